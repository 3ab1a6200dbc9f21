//! Reads the terminal on a thread of its own and says what a person did.
//!
//! Nothing is ever asked of the terminal, and whatever it says unasked (late
//! replies to the program before us, reports, unknown sequences) is swallowed
//! whole, so that no part of it becomes a key.

mod burst;
mod keys;
mod parser;
mod paste;
#[cfg(test)]
mod tests;

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event::{KeyEvent, MouseEvent};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use burst::{Bursts, TYPED_AT_ONCE, presses};
use parser::{Parser, Pending};

/// What came from the terminal, or happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key.
    Key(KeyEvent),
    /// The mouse; columns and rows count from 0.
    Mouse(MouseEvent),
    /// A paste, or a piece of one above 1 MiB. Line ends are LF; everything
    /// else is as it came, so it has to be neutralised before it is shown.
    Paste(String),
    /// The terminal has this many columns and rows now. Also sent after the
    /// process was stopped and continued.
    Resize(u16, u16),
    /// The terminal's window got the focus.
    FocusGained,
    /// The terminal's window lost the focus.
    FocusLost,
    /// The terminal is gone. Nothing comes after it.
    Hangup,
    /// Somebody wants the process to end; the number of the signal. After six
    /// seconds it ends by itself with status 128 + the number.
    Terminate(i32),
    /// Another thread or task panicked. The terminal is already given back and
    /// nothing will be drawn any more; the loop has to end with status 101, and
    /// after six seconds the process does.
    Panicked,
}

/// An input with what the update function needs to judge it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timed {
    /// What came.
    pub input: Input,
    /// A press of a key or a button that no person made: one of more than six
    /// within 15 ms, or within 300 ms after a paste. It may be text or the
    /// repeat of a movement, never a command.
    pub burst: bool,
    /// When it was read.
    pub at: Instant,
}

impl Timed {
    /// An input that is no part of a burst, read now.
    #[must_use]
    pub fn now(input: Input) -> Self {
        Self {
            input,
            burst: false,
            at: Instant::now(),
        }
    }
}

/// How long an escape waits for the rest of a sequence.
const ESCAPE_WAIT: Duration = Duration::from_millis(30);

/// How long an open sequence waits for its next byte before it is dropped.
const SEQUENCE_WAIT: Duration = Duration::from_secs(1);

/// How long a paste may take before it is given back as text.
const PASTE_WAIT: Duration = Duration::from_secs(2);

/// While bytes of an overdue paste follow one another this closely, they are
/// still the paste and no typing.
const PASTE_FLOW: Duration = Duration::from_millis(100);

/// How long to look for the rest of what may be a burst.
const GATHER: Duration = Duration::from_millis(3);

/// Presses in one read from which on it may be the start of a burst.
const SUSPICIOUS: usize = 3;

/// Where inputs go.
pub(super) type Sink = Arc<dyn Fn(Timed) + Send + Sync>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Read,
    Park,
    End,
}

#[derive(Debug)]
struct Shared {
    /// What is wanted of the thread, and whether it is parked (or gone).
    state: Mutex<(Wish, bool)>,
    changed: Condvar,
}

/// The thread that reads; ends with [`Reader::end`] or the terminal.
#[derive(Debug)]
pub(super) struct Reader {
    shared: Arc<Shared>,
    wake: OwnedFd,
}

impl Reader {
    /// Starts to read `tty`, which must not block.
    pub(super) fn start(tty: OwnedFd, sink: Sink) -> io::Result<Self> {
        let (woken, wake) = super::tty::wake_pipe()?;
        let shared = Arc::new(Shared {
            state: Mutex::new((Wish::Read, false)),
            changed: Condvar::new(),
        });
        let mut reading = Reading {
            tty,
            woken,
            shared: Arc::clone(&shared),
            sink,
            parser: Parser::default(),
            bursts: Bursts::default(),
        };
        thread::Builder::new()
            .name("terminal-input".to_owned())
            .spawn(move || {
                reading.run();
                reading.set_parked(true);
            })?;
        Ok(Self { shared, wake })
    }

    /// Stops reading, so that another program can have the terminal. Waits up
    /// to 100 ms for the thread to obey.
    pub(super) fn park(&self) {
        self.wish(Wish::Park);
        let state = self.shared.state.lock();
        let state = state.unwrap_or_else(PoisonError::into_inner);
        let _guard =
            self.shared
                .changed
                .wait_timeout_while(state, Duration::from_millis(100), |state| !state.1);
    }

    /// Goes on reading.
    pub(super) fn unpark(&self) {
        self.wish(Wish::Read);
    }

    /// Tells the thread to end.
    pub(super) fn end(&self) {
        self.wish(Wish::End);
    }

    fn wish(&self, wish: Wish) {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .0 = wish;
        self.shared.changed.notify_all();
        super::tty::wake(&self.wake);
    }
}

/// Why a read ended.
enum Got {
    Bytes,
    Nothing,
    Gone,
}

struct Reading {
    tty: OwnedFd,
    woken: OwnedFd,
    shared: Arc<Shared>,
    sink: Sink,
    parser: Parser,
    bursts: Bursts,
}

impl Reading {
    fn run(&mut self) {
        let mut last_byte = Instant::now();
        let mut began = last_byte;
        loop {
            if !self.allowed() {
                return;
            }
            let deadline = match self.parser.pending() {
                Pending::Nothing => None,
                Pending::Escape => Some(last_byte + ESCAPE_WAIT),
                Pending::Sequence => Some(last_byte + SEQUENCE_WAIT),
                Pending::Paste => Some(began + PASTE_WAIT),
            };
            let mut batch = Vec::new();
            let got = match deadline {
                Some(deadline) if deadline <= Instant::now() => {
                    if self.parser.pending() == Pending::Paste && last_byte.elapsed() < PASTE_FLOW {
                        self.parser.give_paste(&mut batch);
                        began = Instant::now();
                    } else {
                        self.parser.give_up(&mut batch);
                    }
                    Got::Bytes
                }
                _ => {
                    let was = self.parser.pending();
                    let got = self.read_batch(deadline, &mut batch);
                    if matches!(got, Got::Bytes) {
                        last_byte = Instant::now();
                    }
                    if was != Pending::Paste {
                        began = last_byte;
                    }
                    got
                }
            };
            let gone = matches!(got, Got::Gone);
            for timed in self.bursts.mark(batch, Instant::now()) {
                (self.sink)(timed);
            }
            if gone {
                (self.sink)(Timed::now(Input::Hangup));
                return;
            }
        }
    }

    /// Waits while parked; false when the thread is to end.
    fn allowed(&mut self) -> bool {
        let mut state = self
            .shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        while state.0 == Wish::Park {
            // Half a sequence from before is of no use afterwards.
            self.parser = Parser::default();
            state.1 = true;
            self.shared.changed.notify_all();
            state = self
                .shared
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.1 = false;
        state.0 == Wish::Read
    }

    fn set_parked(&self, parked: bool) {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .1 = parked;
        self.shared.changed.notify_all();
    }

    /// One wake-up's worth of input. What may be the start of a burst waits a
    /// moment for the rest, so that all of it is judged together.
    fn read_batch(&mut self, deadline: Option<Instant>, batch: &mut Vec<Input>) -> Got {
        let mut got = self.read_once(deadline, batch);
        let started = Instant::now();
        while matches!(got, Got::Bytes)
            && (SUSPICIOUS..=TYPED_AT_ONCE).contains(&presses(batch))
            && started.elapsed() < GATHER * 5
        {
            match self.read_once(Some(Instant::now() + GATHER), batch) {
                Got::Bytes => {}
                Got::Nothing => break,
                Got::Gone => got = Got::Gone,
            }
        }
        got
    }

    fn read_once(&mut self, deadline: Option<Instant>, batch: &mut Vec<Input>) -> Got {
        let timeout = deadline.map(|deadline| {
            let left = deadline.saturating_duration_since(Instant::now());
            Timespec {
                tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: i64::from(left.subsec_nanos()),
            }
        });
        let mut watched = [
            PollFd::from_borrowed_fd(self.tty.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.woken.as_fd(), PollFlags::IN),
        ];
        match poll(&mut watched, timeout.as_ref()) {
            Ok(0) | Err(rustix::io::Errno::INTR) => return Got::Nothing,
            Ok(_) => {}
            Err(_) => return Got::Gone,
        }
        let [tty, woken] = watched.map(|entry| entry.revents());
        if !woken.is_empty() {
            super::tty::drain(&self.woken);
        }
        if tty.is_empty() {
            return Got::Nothing;
        }
        let mut bytes = [0_u8; 4096];
        match rustix::io::read(&self.tty, &mut bytes) {
            // A terminal that does not block says "nothing yet" by an error.
            Ok(0) => Got::Gone,
            Ok(count) => {
                self.parser.feed(&bytes[..count], batch);
                Got::Bytes
            }
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR)
                if !tty.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) =>
            {
                Got::Nothing
            }
            Err(_) => Got::Gone,
        }
    }
}
