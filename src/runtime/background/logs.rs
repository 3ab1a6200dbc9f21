//! The log that is open: its reader has a thread of its own, which answers the
//! screen between two pieces of the log.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError},
    },
    time::Duration,
};

use crate::{
    analysis::{
        log::{Ask, Reader, Source, Told},
        triage::{Rules, shipped_rules},
    },
    config::triage_rules,
    domain::{Origin, Text},
    integrations::contract::{Kept, Spool},
    runtime::{
        now,
        tell::{notice, send},
    },
    store::Logs,
    ui::{
        app::LogPlace,
        update::{Effect, Event, Level},
    },
};

/// How often it is looked whether a file has grown.
const LOOK: Duration = Duration::from_millis(250);
/// How much is copied at once, in bytes.
const PIECE: usize = 1024 * 1024;
/// Names that are tried for a copy before it is given up.
const NAMES: u32 = 1_000;
/// The longest name of a copy, in characters.
const LONGEST_NAME: usize = 80;

/// The rules by which logs are judged, made when the first log is read.
pub(super) struct LogRules {
    paths: Vec<PathBuf>,
    rules: OnceLock<&'static Rules>,
}

impl LogRules {
    pub(super) fn of(paths: Vec<PathBuf>) -> Self {
        Self {
            paths,
            rules: OnceLock::new(),
        }
    }

    /// The user's rules with those that ship; these alone where one of the
    /// user's is broken, which is said once.
    pub(super) fn get(&self, events: &Sender<Event>) -> &'static Rules {
        if self.paths.is_empty() {
            return shipped_rules();
        }
        self.rules.get_or_init(|| match triage_rules(&self.paths) {
            // They are made once and hold as long as the program.
            Ok(rules) => Box::leak(Box::new(rules)),
            Err(error) => {
                let words = format!("{}; the rules that ship are used", error.message);
                notice(events, &words, Level::Fault);
                shipped_rules()
            }
        })
    }
}

/// Where logs are kept and read.
pub(in crate::runtime) struct LogRoom {
    logs: Arc<Logs>,
    rules: Arc<LogRules>,
    /// What a person named on the command line.
    file: Option<Arc<File>>,
    events: Sender<Event>,
    open: Mutex<Option<Open>>,
}

/// The log that is open.
struct Open {
    ticket: u64,
    bytes: Bytes,
    asks: Sender<Ask>,
}

impl LogRoom {
    /// A room whose logs lie below the data directory.
    pub(in crate::runtime) fn new(
        data: PathBuf,
        file: Option<Arc<File>>,
        rules: Arc<LogRules>,
        events: Sender<Event>,
    ) -> Self {
        Self {
            logs: Arc::new(Logs::new(data)),
            rules,
            file,
            events,
            open: Mutex::default(),
        }
    }

    /// Where integrations put the bytes of logs.
    pub(super) fn spool(&self) -> Arc<dyn Spool> {
        Arc::new(Keeper(Arc::clone(&self.logs)))
    }

    /// What is kept of a job's log.
    pub(super) fn file(&self, job: &Origin) -> Option<Arc<File>> {
        self.logs.file(job)
    }

    /// Carries an effect about logs out.
    pub(super) fn carry_out(&self, effect: Effect) {
        match effect {
            Effect::OpenLog {
                ticket,
                place,
                complete,
            } => self.open(ticket, &place, complete),
            Effect::AskLog { ticket, ask } => self.ask(ticket, ask),
            Effect::CloseLog => *self.slot() = None,
            Effect::SaveLog { ticket, name } => self.save(ticket, &name),
            _ => {}
        }
    }

    /// Begins to read a log; the one before is given up.
    fn open(&self, ticket: u64, place: &LogPlace, complete: bool) {
        let file = match place {
            LogPlace::Job(job) => self.logs.file(job),
            LogPlace::File(_) => self.file.clone(),
        };
        let Some(file) = file else {
            let told = Err(Text::new(
                "the log was given up for newer ones; open it again",
            ));
            return send(
                &self.events,
                Event::Log {
                    ticket,
                    told,
                    at: now(),
                },
            );
        };
        let bytes = Bytes(file);
        let (asks, asked) = mpsc::channel();
        let events = self.events.clone();
        let grows = matches!(place, LogPlace::File(_));
        let rules = Arc::clone(&self.rules);
        let reading = bytes.clone();
        let started = std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || {
                let rules = rules.get(&events);
                let reader = Reader::open(Box::new(reading), complete);
                let reader = reader.map(|reader| reader.judged_by(rules));
                let done = reader
                    .and_then(|reader| read(reader, complete, ticket, &asked, &events, grows));
                if let Err(error) = done {
                    let told = Err(Text::from(format!("the log cannot be read: {error}")));
                    send(
                        &events,
                        Event::Log {
                            ticket,
                            told,
                            at: now(),
                        },
                    );
                }
            });
        if let Err(error) = started {
            notice(
                &self.events,
                &format!("cannot start a thread: {error}"),
                Level::Fault,
            );
        }
        *self.slot() = Some(Open {
            ticket,
            bytes,
            asks,
        });
    }

    /// Hands a question to the reader of the open log.
    fn ask(&self, ticket: u64, ask: Ask) {
        if let Some(open) = self.slot().as_ref().filter(|open| open.ticket == ticket) {
            // The reader is gone when it could not read on, and said so.
            let _ = open.asks.send(ask);
        }
    }

    /// Writes a copy of the open log and says where.
    fn save(&self, ticket: u64, name: &str) {
        let slot = self.slot();
        let Some(open) = slot.as_ref().filter(|open| open.ticket == ticket) else {
            return;
        };
        let (bytes, events) = (open.bytes.clone(), self.events.clone());
        let name = file_name(name);
        // It ends by itself; a copy that the end of the program cuts short is
        // told apart by its size.
        drop(std::thread::spawn(move || {
            let place = std::env::current_dir().unwrap_or_default();
            match copy(&bytes, &place, &name) {
                Ok(path) => {
                    let words = format!("saved as {}", path.display());
                    notice(&events, &words, Level::Info);
                }
                Err(error) => {
                    let words = format!(
                        "the log cannot be saved in {}: {error}; start tminus where you may write",
                        place.display()
                    );
                    notice(&events, &words, Level::Fault);
                }
            }
        }));
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The store as integrations see it.
struct Keeper(Arc<Logs>);

impl Spool for Keeper {
    fn put(&self, job: &Origin, from: u64, bytes: &[u8]) -> io::Result<Kept> {
        let (edition, bytes) = self.0.put(job, from, bytes)?;
        Ok(Kept { edition, bytes })
    }
}

/// The bytes of a file.
#[derive(Clone)]
pub(super) struct Bytes(pub(super) Arc<File>);

impl Source for Bytes {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }
}

fn read(
    mut reader: Reader,
    complete: bool,
    ticket: u64,
    asked: &Receiver<Ask>,
    events: &Sender<Event>,
    grows: bool,
) -> io::Result<()> {
    let tell = |told: Vec<Told>| {
        if !told.is_empty() {
            let told = Ok(told);
            send(
                events,
                Event::Log {
                    ticket,
                    told,
                    at: now(),
                },
            );
        }
    };
    tell(reader.step()?);
    loop {
        let first = if reader.is_busy() {
            match asked.try_recv() {
                Ok(ask) => Some(ask),
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Disconnected) => return Ok(()),
            }
        } else if grows {
            match asked.recv_timeout(LOOK) {
                Ok(ask) => Some(ask),
                Err(RecvTimeoutError::Timeout) => Some(Ask::Grown { complete }),
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        } else {
            match asked.recv() {
                Ok(ask) => Some(ask),
                Err(_) => return Ok(()),
            }
        };
        let Some(first) = first else {
            tell(reader.step()?);
            continue;
        };
        // What was to be shown a moment ago need not be read any more.
        let mut asks = vec![first];
        asks.extend(asked.try_iter());
        let newest = asks.iter().rposition(|ask| matches!(ask, Ask::Show(_)));
        for (place, ask) in asks.into_iter().enumerate() {
            if !matches!(ask, Ask::Show(_)) || Some(place) == newest {
                tell(reader.ask(ask)?);
            }
        }
    }
}

/// A name that every system takes, and nothing else.
fn file_name(name: &str) -> String {
    let name: String = name
        .trim_end_matches(".log")
        .chars()
        .map(|character| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' => character,
            _ => '-',
        })
        .take(LONGEST_NAME)
        .collect();
    let name = name.trim_matches(['.', '-']);
    if name.is_empty() {
        "job".to_owned()
    } else {
        name.to_owned()
    }
}

/// Writes a copy under the first name that is free.
fn copy(bytes: &dyn Source, place: &Path, name: &str) -> io::Result<PathBuf> {
    let (mut file, path) = free(place, name)?;
    let mut buffer = vec![0; PIECE];
    let mut at = 0;
    loop {
        let count = bytes.read_at(at, &mut buffer)?;
        if count == 0 {
            break;
        }
        file.write_all(buffer.get(..count).unwrap_or_default())?;
        at += count as u64;
    }
    Ok(path)
}

fn free(place: &Path, name: &str) -> io::Result<(File, PathBuf)> {
    for number in 1..=NAMES {
        let path = place.join(match number {
            1 => format!("{name}.log"),
            number => format!("{name}-{number}.log"),
        });
        // A log may hold what is not for everybody.
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
        {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_never_takes_the_place_of_a_file() {
        let place = tempfile::tempdir().expect("a directory");
        let bytes: Vec<u8> = b"ab\n".repeat(PIECE);
        for expected in ["x.log", "x-2.log", "x-3.log"] {
            let path = copy(&bytes, place.path(), "x").expect("written");
            assert_eq!(path, place.path().join(expected));
            assert_eq!(std::fs::read(path).expect("readable"), bytes);
        }
    }

    #[test]
    fn a_name_is_of_letters_that_every_system_takes() {
        for (name, expected) in [
            ("checkout-88-unit tests (3)", "checkout-88-unit-tests--3"),
            ("../../etc/passwd", "etc-passwd"),
            ("build.log", "build"),
            ("..", "job"),
            ("", "job"),
        ] {
            assert_eq!(file_name(name), expected);
        }
    }

    #[test]
    fn a_file_is_read_and_read_on_when_it_grows() {
        let place = tempfile::tempdir().expect("a directory");
        let path = place.path().join("log");
        std::fs::write(&path, b"one\nerror: two\n").expect("written");
        let file = Arc::new(File::open(&path).expect("a file"));
        let (events, told) = mpsc::channel();
        let room = LogRoom::new(
            place.path().join("data"),
            Some(file),
            Arc::new(LogRules::of(Vec::new())),
            events,
        );
        room.open(7, &LogPlace::File(Text::new("log")), false);
        let until = |wanted: &dyn Fn(&Told) -> bool| loop {
            let event = told
                .recv_timeout(Duration::from_secs(20))
                .expect("an event");
            if let Event::Log {
                ticket: 7,
                told: Ok(told),
                ..
            } = event
                && told.iter().any(wanted)
            {
                break;
            }
        };
        until(&|told| matches!(told, Told::Opened(Some(1))));
        let mut more = OpenOptions::new().append(true).open(&path).expect("a file");
        more.write_all(b"three\n").expect("written");
        until(&|told| matches!(told, Told::State(state) if state.lines == 3));
        room.ask(7, Ask::lines(2..3));
        until(&|told| matches!(told, Told::Lines(lines) if lines[0].shown() == "three"));
        room.carry_out(Effect::CloseLog);
    }
}
