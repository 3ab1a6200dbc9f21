//! Takes the terminal and gives it back, exactly once, whoever asks for it.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::termios::{OptionalActions, QueueSelector, Termios};

/// Alternate screen, blank, no cursor, bracketed paste, reports of the focus.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[m\x1b[2J\x1b[H\x1b[?25l\x1b[?2004h\x1b[?1004h";

/// Presses, drags and the wheel, in the encoding without limits.
pub(super) const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h";

/// The reverse of [`MOUSE_ON`].
pub(super) const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1002l\x1b[?1000l";

/// Everything back, whatever state the terminal is in: cancel the sequence or
/// string under way, show what was held back, mouse and focus and paste off,
/// plain style, ASCII, wrapping lines, all rows scroll, the main screen, the
/// cursor.
pub const RESTORE: &[u8] = b"\x18\x1b\\\x1b[?2026l\
    \x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?1004l\x1b[?2004l\
    \x1b[m\x0f\x1b(B\x1b[?7h\x1b[r\x1b[?1049l\x1b[?25h";

/// Ends a control sequence that was cut short, for readers that do not know how
/// to cancel one: with whatever parameters, it moves the cursor. Where nothing
/// was cut it is a letter on a screen that goes away at once.
const END_OF_SEQUENCE: u8 = b'A';

/// How long to wait for whoever writes, in milliseconds: the writer's system
/// call is short, and giving back a terminal that nobody reads takes some 100.
const PATIENCE: u32 = 300;

/// How long to wait for room after throwing away what the terminal did not
/// read.
const ROOM: Duration = Duration::from_millis(40);

/// Not taken, or given away for a while.
const AWAY: u8 = 0;
/// Taken.
const TAKEN: u8 = 1;
/// Given back for good.
const OVER: u8 = 2;

#[derive(Debug)]
struct Inner {
    tty: OwnedFd,
    saved: Termios,
    /// What is wanted.
    state: AtomicU8,
    /// What is so: the terminal is as we set it. Changes with `output` held.
    changed: AtomicBool,
    /// The last write took a part only, so a sequence may be cut short.
    cut: AtomicBool,
    /// Held for each write, so that no frame follows the restoring bytes, and
    /// while the terminal changes hands, so that whoever gives it back too
    /// waits until it is given back.
    output: Mutex<()>,
}

/// A handle on the taken terminal; clones are the same one.
#[derive(Clone, Debug)]
pub struct Guard(Arc<Inner>);

impl Guard {
    /// Remembers how the terminal is; takes nothing yet.
    pub fn new(tty: OwnedFd) -> rustix::io::Result<Self> {
        let saved = rustix::termios::tcgetattr(&tty)?;
        Ok(Self(Arc::new(Inner {
            tty,
            saved,
            state: AtomicU8::new(AWAY),
            changed: AtomicBool::new(false),
            cut: AtomicBool::new(false),
            output: Mutex::new(()),
        })))
    }

    /// Takes the terminal: raw mode and our own screen. Does nothing when it
    /// was given back for good.
    pub fn enter(&self, mouse: bool) -> rustix::io::Result<()> {
        let _output = self.output();
        if self.0.state.load(Ordering::SeqCst) == OVER {
            return Ok(());
        }
        let mut raw = self.0.saved.clone();
        raw.make_raw();
        rustix::termios::tcsetattr(&self.0.tty, OptionalActions::Now, &raw)?;
        // Whoever gives it back from now on finds that there is work to do.
        self.0.changed.store(true, Ordering::SeqCst);
        let mut bytes = ENTER.to_vec();
        if mouse {
            bytes.extend_from_slice(MOUSE_ON);
        }
        self.write_or_discard(&bytes);
        self.0.state.fetch_max(TAKEN, Ordering::SeqCst);
        Ok(())
    }

    /// Whether the terminal is ours at the moment.
    pub fn is_taken(&self) -> bool {
        self.0.state.load(Ordering::SeqCst) == TAKEN
    }

    /// Gives the terminal away until the next [`Guard::enter`].
    pub fn leave(&self) {
        let was = self
            .0
            .state
            .compare_exchange(TAKEN, AWAY, Ordering::SeqCst, Ordering::SeqCst);
        if was.is_ok() {
            self.give_back();
        }
    }

    /// Gives the terminal back for good. When this returns, it is given back,
    /// whoever of several callers did it. Takes at most some 100 ms even when
    /// nobody reads the terminal, and may be called from a panic hook.
    pub fn restore(&self) {
        self.0.state.store(OVER, Ordering::SeqCst);
        self.give_back();
    }

    /// Writes what fits of `bytes`; nothing while the terminal is not ours.
    pub(super) fn write(&self, tty: &OwnedFd, bytes: &[u8]) -> Option<rustix::io::Result<usize>> {
        let _output = self.output();
        self.is_taken().then(|| {
            let written = rustix::io::write(tty, bytes);
            if let Ok(count) = written {
                self.0.cut.store(count < bytes.len(), Ordering::SeqCst);
            }
            written
        })
    }

    /// Whether we are the terminal's foreground job. A terminal that is not our
    /// controlling one has no say in that.
    pub(super) fn is_foreground(&self) -> bool {
        match rustix::termios::tcgetpgrp(&self.0.tty) {
            Ok(group) => group == rustix::process::getpgrp(),
            Err(Errno::IO) => false,
            Err(_) => true,
        }
    }

    fn give_back(&self) {
        let _output = self.output();
        // In the background the shell has set the terminal as it wants it, and
        // touching it would stop us.
        if !self.0.changed.swap(false, Ordering::SeqCst) || !self.is_foreground() {
            return;
        }
        self.write_or_discard(RESTORE);
        // Reports that were under way would be typed into the shell.
        let _gone = rustix::termios::tcflush(&self.0.tty, QueueSelector::IFlush);
        let _gone = rustix::termios::tcsetattr(&self.0.tty, OptionalActions::Now, &self.0.saved);
    }

    /// Writes `bytes` at once. When they do not fit, what waits in the kernel is
    /// thrown away for them.
    fn write_or_discard(&self, bytes: &[u8]) {
        let mut after_cut = vec![END_OF_SEQUENCE];
        after_cut.extend_from_slice(bytes);
        let mut bytes = if self.0.cut.load(Ordering::SeqCst) {
            &after_cut[..]
        } else {
            bytes
        };
        for _ in 0..3 {
            match rustix::io::write(&self.0.tty, bytes) {
                Ok(count) if count == bytes.len() => return,
                Ok(_) | Err(Errno::AGAIN | Errno::INTR) => {}
                Err(_) => return,
            }
            // Where the reader stood, nobody knows.
            let _gone = rustix::termios::tcflush(&self.0.tty, QueueSelector::OFlush);
            bytes = &after_cut;
            let mut watched = [PollFd::from_borrowed_fd(self.0.tty.as_fd(), PollFlags::OUT)];
            let room = Timespec {
                tv_sec: 0,
                tv_nsec: i64::from(ROOM.subsec_nanos()),
            };
            let _timeout = poll(&mut watched, Some(&room));
        }
    }

    /// The right to write, or none after a while: the thread that holds it may
    /// be the one that panics.
    fn output(&self) -> Option<MutexGuard<'_, ()>> {
        for _ in 0..PATIENCE {
            match self.0.output.try_lock() {
                Ok(guard) => return Some(guard),
                Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
            }
        }
        None
    }
}
