//! One thread writes to the terminal; nobody else ever waits for it.
//!
//! Frames go through a slot that holds the newest one: a terminal that is not
//! read costs its own frames and nothing else. Only the difference between two
//! frames that were really sent is ever encoded.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use rustix::event::{PollFd, PollFlags, poll};

use super::guard::Guard;
use super::screen::Screen;

/// How many sequences may wait; further ones are refused.
const SEQUENCES: usize = 16;

#[derive(Debug, Default)]
struct Mailbox {
    /// The newest frame with its number.
    frame: Option<(Buffer, u64)>,
    /// Sequences between frames: clipboard, title, modes.
    sequences: VecDeque<Vec<u8>>,
    /// Paint the last frame again from nothing.
    repaint: bool,
    /// A buffer that is not needed any more.
    spare: Option<Buffer>,
    end: bool,
}

#[derive(Debug, Default)]
struct Shared {
    mailbox: Mutex<Mailbox>,
    posted: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Mailbox> {
        self.mailbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writer's side that everybody may use.
#[derive(Debug)]
pub(super) struct Writer {
    shared: Arc<Shared>,
    wake: OwnedFd,
}

impl Writer {
    /// Starts the thread. `on_flushed` gets the number of each frame whose
    /// bytes the kernel took, once; frames that a newer one replaced never
    /// flush.
    pub(super) fn start(
        tty: OwnedFd,
        screen: Screen,
        guard: Guard,
        on_flushed: impl Fn(u64) + Send + 'static,
    ) -> io::Result<Self> {
        let (woken, wake) = super::tty::wake_pipe()?;
        let shared = Arc::new(Shared::default());
        let mut writing = Writing {
            tty,
            woken,
            shared: Arc::clone(&shared),
            screen,
            guard,
            flushed: None,
        };
        thread::Builder::new()
            .name("terminal-output".to_owned())
            .spawn(move || writing.run(&on_flushed))?;
        Ok(Self { shared, wake })
    }

    /// Puts a frame into the slot, in place of one that was not begun yet.
    pub(super) fn show(&self, buffer: Buffer, frame: u64) {
        let mut mailbox = self.shared.lock();
        if let Some((replaced, _)) = mailbox.frame.replace((buffer, frame)) {
            mailbox.spare = Some(replaced);
        }
        drop(mailbox);
        self.shared.posted.notify_one();
    }

    /// Queues a sequence; false when too many wait already.
    pub(super) fn send(&self, sequence: Vec<u8>) -> bool {
        let mut mailbox = self.shared.lock();
        if mailbox.sequences.len() >= SEQUENCES {
            return false;
        }
        mailbox.sequences.push_back(sequence);
        drop(mailbox);
        self.shared.posted.notify_one();
        true
    }

    /// Paints the last frame again, from nothing.
    pub(super) fn repaint(&self) {
        self.shared.lock().repaint = true;
        self.shared.posted.notify_one();
    }

    /// A blank buffer, one that was used before if there is one.
    pub(super) fn buffer(&self, area: Rect) -> Buffer {
        match self.shared.lock().spare.take() {
            Some(mut spare) => {
                spare.resize(area);
                spare.reset();
                spare
            }
            None => Buffer::empty(area),
        }
    }

    /// Tells the thread to end, finished or not.
    pub(super) fn end(&self) {
        self.shared.lock().end = true;
        self.shared.posted.notify_one();
        super::tty::wake(&self.wake);
    }
}

enum Job {
    Frame(Buffer, u64),
    Sequence(Vec<u8>),
    Repaint,
}

struct Writing {
    tty: OwnedFd,
    woken: OwnedFd,
    shared: Arc<Shared>,
    screen: Screen,
    guard: Guard,
    /// The frame that was reported last.
    flushed: Option<u64>,
}

impl Writing {
    fn run(&mut self, on_flushed: &impl Fn(u64)) {
        while let Some(job) = self.next_job() {
            let written = match job {
                Job::Sequence(bytes) => self.write(&bytes),
                Job::Repaint => match self.screen.forget() {
                    Some(last) => self.show(last),
                    None => true,
                },
                Job::Frame(buffer, frame) => {
                    let written = self.show(buffer);
                    // A number that was reported is not news: a loop that
                    // draws after each report would never rest.
                    if written && self.flushed != Some(frame) {
                        self.flushed = Some(frame);
                        on_flushed(frame);
                    }
                    written
                }
            };
            if !written {
                return;
            }
        }
    }

    fn next_job(&self) -> Option<Job> {
        let mut mailbox = self.shared.lock();
        loop {
            if mailbox.end {
                return None;
            }
            if let Some(sequence) = mailbox.sequences.pop_front() {
                return Some(Job::Sequence(sequence));
            }
            if std::mem::take(&mut mailbox.repaint) {
                return Some(Job::Repaint);
            }
            if let Some((buffer, frame)) = mailbox.frame.take() {
                return Some(Job::Frame(buffer, frame));
            }
            mailbox = self
                .shared
                .posted
                .wait(mailbox)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn show(&mut self, buffer: Buffer) -> bool {
        let (bytes, former) = self.screen.encode(buffer);
        if let Some(former) = former {
            self.shared.lock().spare.get_or_insert(former);
        }
        self.write(&bytes)
    }

    /// Writes all of `bytes`; false when there is no terminal to write to any
    /// more. While the terminal is given away for a while, nothing is written
    /// and nothing is missed: its return paints anew.
    fn write(&mut self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.guard.write(&self.tty, rest) {
                Some(Ok(count)) => rest = &rest[count..],
                Some(Err(rustix::io::Errno::INTR)) => {}
                Some(Err(rustix::io::Errno::AGAIN)) => {
                    if !self.wait_for_room() {
                        return false;
                    }
                }
                Some(Err(_)) => return false,
                None => {
                    return true;
                }
            }
        }
        true
    }

    /// Waits until the terminal takes bytes again; false when it never will.
    fn wait_for_room(&self) -> bool {
        let mut watched = [
            PollFd::from_borrowed_fd(self.tty.as_fd(), PollFlags::OUT),
            PollFd::from_borrowed_fd(self.woken.as_fd(), PollFlags::IN),
        ];
        let result = poll(&mut watched, None);
        let [tty, woken] = watched.map(|entry| entry.revents());
        match result {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => return true,
            Err(_) => return false,
        }
        woken.is_empty() && !tty.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)
    }
}
