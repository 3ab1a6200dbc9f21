//! A wire between the program and a vendor that can be cut and mended: while
//! it is cut, connections are refused, as those to a host whose server died.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// The wire.
pub struct Relay {
    address: SocketAddr,
    behind: SocketAddr,
    line: Option<Line>,
}

/// A wire that is whole.
struct Line {
    accepting: JoinHandle<()>,
    cut: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Relay {
    /// A wire to the server at this URL.
    pub fn to(url: &str) -> Self {
        let behind = url.strip_prefix("http://").unwrap().parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            address: listener.local_addr().unwrap(),
            behind,
            line: Some(Line::new(listener, behind)),
        }
    }

    /// Where the program connects to.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Breaks all connections off; from now on they are refused.
    pub fn cut(&mut self) {
        let line = self.line.take().unwrap();
        line.cut.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        let _woken = TcpStream::connect(self.address);
        line.accepting.join().unwrap();
        for stream in line.open.lock().unwrap().drain(..) {
            let _gone = stream.shutdown(Shutdown::Both);
        }
    }

    /// Lets connections through again.
    pub fn mend(&mut self) {
        let listener = TcpListener::bind(self.address).unwrap();
        self.line = Some(Line::new(listener, self.behind));
    }
}

impl Line {
    fn new(listener: TcpListener, behind: SocketAddr) -> Self {
        let cut = Arc::new(AtomicBool::new(false));
        let open: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let (is_cut, streams) = (Arc::clone(&cut), Arc::clone(&open));
        let accepting = thread::spawn(move || {
            while let Ok((outside, _)) = listener.accept() {
                if is_cut.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(inside) = TcpStream::connect(behind) else {
                    continue;
                };
                let mut streams = streams.lock().unwrap();
                for (from, to) in [(&outside, &inside), (&inside, &outside)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    streams.push(to.try_clone().unwrap());
                    thread::spawn(move || {
                        let _ended = io::copy(&mut from, &mut to);
                        let _told = to.shutdown(Shutdown::Write);
                    });
                }
            }
        });
        Self {
            accepting,
            cut,
            open,
        }
    }
}
