//! Descriptors of our own onto the terminal.
//!
//! Each is a new open file description, so that making it non-blocking changes
//! nothing for the shell that shares our standard streams.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Mode, OFlags};

use crate::error::{Error, Kind};

/// Opens the terminal for reading and writing without blocking.
pub fn open() -> Result<OwnedFd, Error> {
    let controlling = || open_path(c"/dev/tty");
    let named = || {
        named(rustix::stdio::stdin())
            .or_else(|_| named(rustix::stdio::stdout()))
            .or_else(|_| named(rustix::stdio::stderr()))
    };
    // macOS cannot poll /dev/tty; elsewhere it is the surest name.
    let opened = if cfg!(target_os = "macos") {
        named().or_else(|_| controlling())
    } else {
        controlling().or_else(|_| named())
    };
    opened.map_err(|error| {
        Error::new(
            Kind::Usage,
            format!("no terminal to draw on: {}", io::Error::from(error)),
        )
        .hint("run tminus in a terminal, or ask for one answer with `tminus status`")
    })
}

fn named(stream: impl AsFd) -> rustix::io::Result<OwnedFd> {
    let name = rustix::termios::ttyname(stream, Vec::new())?;
    open_path(&name)
}

fn open_path(path: &std::ffi::CStr) -> rustix::io::Result<OwnedFd> {
    rustix::fs::open(
        path,
        OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NONBLOCK,
        Mode::empty(),
    )
}

/// Columns and rows; 80 by 24 when the terminal does not say.
pub fn size(tty: impl AsFd) -> (u16, u16) {
    match rustix::termios::tcgetwinsize(tty) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
        _ => (80, 24),
    }
}

/// A pipe that wakes a thread out of `poll`: the end to watch and the end to
/// write.
pub fn wake_pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = rustix::pipe::pipe()?;
    for end in [&read, &write] {
        rustix::io::fcntl_setfd(end, rustix::io::FdFlags::CLOEXEC)?;
        let flags = rustix::fs::fcntl_getfl(end)?;
        rustix::fs::fcntl_setfl(end, flags | OFlags::NONBLOCK)?;
    }
    Ok((read, write))
}

/// Wakes the thread at the other end. A full pipe wakes it just as well.
pub fn wake(pipe: &OwnedFd) {
    let _full = rustix::io::write(pipe, &[1]);
}

/// Empties the pipe after a wake-up.
pub fn drain(pipe: &OwnedFd) {
    let mut bytes = [0_u8; 64];
    while rustix::io::read(pipe, &mut bytes).is_ok_and(|count| count == bytes.len()) {}
}
