//! Stands between the program and a vendor, watches what is written, and lets
//! answers go wrong.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

/// What goes wrong, and how often in a hundred.
#[derive(Clone, Copy, Debug)]
pub struct Faults {
    seed: u64,
    /// With the answer to a request that changes something.
    writes: u32,
    /// With answers to reads, before and after such a request began to leave.
    reads_before: u32,
    reads_after: u32,
}

impl Faults {
    pub fn none() -> Self {
        Self {
            seed: 0,
            writes: 0,
            reads_before: 0,
            reads_after: 0,
        }
    }

    /// The answer to what is written goes wrong nearly always; in some runs
    /// reads do as well, from then on or from the start.
    pub fn some(dice: &mut StdRng) -> Self {
        let (reads_before, reads_after) = match dice.random_range(0..4) {
            0 | 1 => (0, 0),
            2 => (0, 30),
            _ => (4, 12),
        };
        Self {
            seed: dice.random(),
            writes: 90,
            reads_before,
            reads_after,
        }
    }
}

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Nothing,
    /// The connection closes before the request gets through.
    LosesRequest,
    /// Only a part of the request gets through.
    CutsRequest,
    /// The vendor works on it, and nothing comes back.
    LosesAnswer,
    /// A part of the answer comes back.
    CutsAnswer,
    /// It comes back late.
    Delays,
    /// It comes back twice.
    Doubles,
    /// Some of its bytes are others.
    Garbles,
}

struct Shared {
    faults: Mutex<Faults>,
    /// How often each request line was seen since the faults were set.
    lines: Mutex<HashMap<String, u64>>,
    /// The journal's file.
    journal: PathBuf,
    /// For each request that changes something and began to leave, whether
    /// the journal held the entry for it.
    writes: Mutex<Vec<bool>>,
    upstream: String,
}

pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Proxy {
    pub fn start(upstream: &str, journal: PathBuf, faults: Faults) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        let shared = Arc::new(Shared {
            faults: Mutex::new(faults),
            lines: Mutex::default(),
            journal,
            writes: Mutex::default(),
            upstream: upstream.to_owned(),
        });
        let serving = Arc::clone(&shared);
        // It listens until the test's process ends: there is nothing to save.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                thread::spawn(move || shared.serve(client));
            }
        });
        Self { address, shared }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn set(&self, faults: Faults) {
        lock(&self.shared.lines).clear();
        *lock(&self.shared.faults) = faults;
    }

    pub fn writes(&self) -> Vec<bool> {
        lock(&self.shared.writes).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first line of a request.
fn line(head: &[u8]) -> String {
    let head = String::from_utf8_lossy(&head[..head.len().min(400)]);
    head.lines().next().unwrap_or_default().to_owned()
}

/// Whether a request means to change something.
fn is_write(line: &str) -> bool {
    let changes = ["POST ", "PUT ", "PATCH ", "DELETE "]
        .iter()
        .any(|method| line.starts_with(method));
    changes && !line.contains("/graphql") && !line.contains("/__sim/")
}

impl Shared {
    fn serve(&self, mut client: TcpStream) {
        let mut chunk = vec![0; 32 * 1024];
        let Ok(count) = client.read(&mut chunk) else {
            return;
        };
        if count == 0 {
            return;
        }
        let first = chunk[..count].to_vec();
        let line = line(&first);
        let write = is_write(&line);
        if write {
            self.note_write();
        }
        let mut dice = self.dice(&line);
        let wrong = self.decide(write, &mut dice);
        if wrong == Wrong::LosesRequest {
            return;
        }
        let Ok(mut upstream) = TcpStream::connect(&self.upstream) else {
            return;
        };
        if wrong == Wrong::CutsRequest {
            let _ = upstream.write_all(&first[..count / 2]);
            return;
        }
        if upstream.write_all(&first).is_err() {
            return;
        }
        let (Ok(from), Ok(to)) = (client.try_clone(), upstream.try_clone()) else {
            return;
        };
        thread::spawn(move || pump(from, to));
        self.answer(&mut upstream, &mut client, write, wrong, &mut dice);
        let _ = client.shutdown(Shutdown::Both);
        let _ = upstream.shutdown(Shutdown::Both);
    }

    /// Passes the vendor's answers on, as the dice will.
    fn answer(
        &self,
        upstream: &mut TcpStream,
        client: &mut TcpStream,
        write: bool,
        mut wrong: Wrong,
        dice: &mut StdRng,
    ) {
        let mut chunk = vec![0; 32 * 1024];
        loop {
            let count = match upstream.read(&mut chunk) {
                Ok(0) | Err(_) => return,
                Ok(count) => count,
            };
            let mut bytes = chunk[..count].to_vec();
            match wrong {
                Wrong::Nothing | Wrong::LosesRequest | Wrong::CutsRequest => {}
                Wrong::LosesAnswer => return,
                Wrong::CutsAnswer => {
                    let _ = client.write_all(&bytes[..count / 2]);
                    return;
                }
                Wrong::Delays => {
                    let late = dice.random_range(50..1_500);
                    thread::sleep(Duration::from_millis(late));
                }
                Wrong::Doubles => bytes.extend_from_within(..),
                Wrong::Garbles => {
                    // Over TLS a changed byte breaks the connection. Without
                    // it, what can be told apart are bytes that no answer has.
                    let from = dice.random_range(0..count);
                    let long = dice.random_range(1..40);
                    let until = (from + long).min(count);
                    bytes[from..until].fill(0);
                }
            }
            if client.write_all(&bytes).is_err() {
                return;
            }
            // The next answer on this connection has a fate of its own.
            wrong = self.decide(write, dice);
            if matches!(wrong, Wrong::LosesRequest | Wrong::CutsRequest) {
                wrong = Wrong::LosesAnswer;
            }
        }
    }

    fn note_write(&self) {
        let journal = std::fs::read_to_string(&self.journal).unwrap_or_default();
        let entries = journal.matches("\"kind\":\"sent\"").count();
        let mut writes = lock(&self.writes);
        let before = entries > writes.len();
        writes.push(before);
    }

    /// Dice of the run, of this request and of how often it came: whatever
    /// the order of connections is, the same run has the same fate.
    fn dice(&self, line: &str) -> StdRng {
        let mut hasher = DefaultHasher::new();
        let mut lines = lock(&self.lines);
        let count = lines.entry(line.to_owned()).or_default();
        *count += 1;
        (lock(&self.faults).seed, line, *count).hash(&mut hasher);
        StdRng::seed_from_u64(hasher.finish())
    }

    fn decide(&self, write: bool, dice: &mut StdRng) -> Wrong {
        let wrote = !lock(&self.writes).is_empty();
        let faults = *lock(&self.faults);
        let chance = match (write, wrote) {
            (true, _) => faults.writes,
            (false, true) => faults.reads_after,
            (false, false) => faults.reads_before,
        };
        if dice.random_range(0..100) >= chance {
            return Wrong::Nothing;
        }
        match dice.random_range(0..7) {
            0 => Wrong::LosesRequest,
            1 => Wrong::CutsRequest,
            2 => Wrong::LosesAnswer,
            3 => Wrong::CutsAnswer,
            4 => Wrong::Delays,
            5 => Wrong::Doubles,
            _ => Wrong::Garbles,
        }
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream) {
    let mut chunk = vec![0; 32 * 1024];
    while let Ok(count) = from.read(&mut chunk) {
        if count == 0 || to.write_all(&chunk[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
