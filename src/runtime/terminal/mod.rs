//! The terminal: raw input, frames out, and everything given back at the end.
//!
//! Four threads, none of which ever waits for the event loop's work or makes it
//! wait: *input* reads and parses, *output* encodes and writes, *signals*
//! listens to the system, and a watchdog that starts only when the process has
//! to end. All of them sleep in the kernel while nothing happens.
//!
//! How an event loop uses it:
//!
//! ```no_run
//! use std::sync::mpsc;
//! use ratatui::layout::Rect;
//! use ratatui::widgets::Widget;
//! use tminus::runtime::terminal::{Input, Options, Terminal};
//!
//! # fn main() -> Result<(), tminus::error::Error> {
//! let (events, inbox) = mpsc::channel();
//! let terminal = Terminal::open(
//!     &Options::from_environment(),
//!     move |timed| drop(events.send(timed)),
//!     |frame| { /* frame number `frame` is on its way to the screen */ },
//! )?;
//! let (mut columns, mut rows) = terminal.size();
//! let mut frame = 0;
//! while let Ok(timed) = inbox.recv() {
//!     match timed.input {
//!         Input::Resize(width, height) => (columns, rows) = (width, height),
//!         Input::Hangup | Input::Terminate(_) | Input::Panicked => break,
//!         _ => { /* update; `timed.burst` was not typed by a person */ }
//!     }
//!     // Take all that waits in `inbox` first, then draw once.
//!     let mut buffer = terminal.buffer(Rect::new(0, 0, columns, rows));
//!     "hello".render(buffer.area, &mut buffer);
//!     frame += 1;
//!     terminal.show(buffer, frame);
//! }
//! terminal.close();
//! # Ok(())
//! # }
//! ```
//!
//! The exit status after [`Input::Terminate`] is 128 + the signal, after
//! [`Input::Hangup`] 129, after [`Input::Panicked`] 101; a watchdog sees to it
//! after two seconds if the loop does not.
//!
//! An unchanged frame costs no byte, and no query is ever sent: size comes from
//! the kernel, colours and abilities from the environment.

mod colour;
mod drill;
mod guard;
mod input;
mod osc;
mod screen;
mod signals;
mod style;
mod tty;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::error::{Error, Kind};
use guard::Guard;
use input::{Reader, Sink};
use signals::Watchdog;
use writer::Writer;

pub use colour::ColourDepth;
pub use drill::{Place, panic_in_task_on_request, panic_on_request};
pub use guard::RESTORE;
pub use input::{Input, Timed};
pub use screen::{Abilities, Screen};

/// How to take the terminal.
#[derive(Clone, Debug)]
pub struct Options {
    /// Ask for reports of the mouse.
    pub mouse: bool,
    /// What the environment calls the terminal (`TERM`).
    pub term: Option<String>,
    /// How many colours to use.
    pub colours: ColourDepth,
}

impl Options {
    /// What `TERM`, `COLORTERM` and `NO_COLOR` say; with the mouse.
    #[must_use]
    pub fn from_environment() -> Self {
        let variable = |name| std::env::var(name).ok();
        let term = variable("TERM");
        let colours = ColourDepth::from_environment(
            term.as_deref(),
            variable("COLORTERM").as_deref(),
            variable("NO_COLOR").as_deref(),
        );
        Self {
            mouse: true,
            term,
            colours,
        }
    }

    fn is_console(&self) -> bool {
        self.term.as_deref() == Some("linux")
    }

    fn abilities(&self) -> Abilities {
        let screen = self
            .term
            .as_deref()
            .is_some_and(|term| term.starts_with("screen"));
        Abilities {
            colours: self.colours,
            erases_in_colour: !screen,
            synchronises: !self.is_console(),
        }
    }
}

/// What changes while the terminal is open.
#[derive(Debug)]
struct Modes {
    mouse: AtomicBool,
    /// Another program has the terminal, by our own wish.
    lent: AtomicBool,
}

/// What the threads and the handle share.
#[derive(Debug)]
struct Parts {
    guard: Guard,
    reader: Reader,
    writer: Writer,
    modes: Modes,
    tty: std::os::fd::OwnedFd,
}

impl Parts {
    fn size(&self) -> (u16, u16) {
        tty::size(&self.tty)
    }

    fn take_again(&self) {
        let mouse = self.modes.mouse.load(Ordering::SeqCst);
        if self.guard.enter(mouse).is_ok() {
            self.reader.unpark();
            self.writer.repaint();
        }
    }
}

/// The terminal, taken. Dropping it gives it back.
#[derive(Debug)]
pub struct Terminal {
    parts: Arc<Parts>,
    signals: signal_hook::iterator::Handle,
    console: bool,
}

impl Terminal {
    /// Takes the terminal. `on_input` is called from two threads and must only
    /// pass the input on, without ever blocking; `on_flushed` gets the number of each frame whose
    /// bytes the kernel took.
    ///
    /// # Errors
    ///
    /// When there is no terminal, or `TERM` says that it cannot do more than a
    /// typewriter.
    pub fn open(
        options: &Options,
        on_input: impl Fn(Timed) + Send + Sync + 'static,
        on_flushed: impl Fn(u64) + Send + 'static,
    ) -> Result<Self, Error> {
        let console = options.is_console();
        match options.term.as_deref() {
            None | Some("") => return Err(no_full_screen("TERM is not set")),
            Some("dumb") => return Err(no_full_screen("TERM is `dumb`")),
            Some(_) => {}
        }
        let failed = |error: std::io::Error| {
            Error::new(Kind::Usage, format!("cannot take the terminal: {error}"))
                .hint("`tminus status` answers without a full screen")
        };
        let guard = Guard::new(tty::open()?).map_err(|errno| failed(errno.into()))?;
        let watchdog = Watchdog::default();
        let sink: Sink = {
            let guard = guard.clone();
            Arc::new(move |timed: Timed| {
                if timed.input == Input::Hangup {
                    watchdog.start(&guard, 128 + signal_hook::consts::SIGHUP);
                }
                on_input(timed);
            })
        };
        let screen = Screen::new(options.abilities());
        let parts = Arc::new(Parts {
            reader: Reader::start(tty::open()?, Arc::clone(&sink)).map_err(failed)?,
            writer: Writer::start(tty::open()?, screen, guard.clone(), on_flushed)
                .map_err(failed)?,
            modes: Modes {
                mouse: AtomicBool::new(options.mouse),
                lent: AtomicBool::new(false),
            },
            tty: tty::open()?,
            guard: guard.clone(),
        });
        let signals = signals::start(Arc::clone(&parts), Arc::clone(&sink)).map_err(failed)?;
        signals::install_panic_hook(guard, sink);
        let terminal = Self {
            parts,
            signals,
            console,
        };
        terminal
            .parts
            .guard
            .enter(options.mouse)
            .map_err(|errno| failed(errno.into()))?;
        Ok(terminal)
    }

    /// Columns and rows, as the kernel knows them now.
    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        self.parts.size()
    }

    /// A blank buffer to draw the next frame into.
    #[must_use]
    pub fn buffer(&self, area: Rect) -> Buffer {
        self.parts.writer.buffer(area)
    }

    /// Has `buffer` shown. It replaces a frame that was not begun yet, so a
    /// terminal that nobody reads costs nothing but its own frames.
    pub fn show(&self, buffer: Buffer, frame: u64) {
        self.parts.writer.show(buffer, frame);
    }

    /// Paints the last frame again from nothing, for a person whose screen was
    /// disturbed by something else.
    pub fn repaint(&self) {
        self.parts.writer.repaint();
    }

    /// Sends `text` to the terminal's clipboard (OSC 52). Whether the terminal
    /// takes it is not known. False when it was not sent: too long, or the
    /// Linux console.
    #[must_use]
    pub fn copy(&self, text: &str) -> bool {
        !self.console && osc::clipboard(text).is_some_and(|bytes| self.parts.writer.send(bytes))
    }

    /// Sets the title of the terminal's window.
    pub fn set_title(&self, text: &str) {
        if !self.console {
            self.parts.writer.send(osc::title(text));
        }
    }

    /// Turns reports of the mouse on or off.
    pub fn set_mouse(&self, wanted: bool) {
        if self.parts.modes.mouse.swap(wanted, Ordering::SeqCst) != wanted {
            let sequence = if wanted {
                guard::MOUSE_ON
            } else {
                guard::MOUSE_OFF
            };
            self.parts.writer.send(sequence.to_vec());
        }
    }

    /// Gives the terminal to another program, such as an editor, until
    /// [`Terminal::resume`].
    pub fn suspend(&self) {
        self.parts.modes.lent.store(true, Ordering::SeqCst);
        self.parts.reader.park();
        self.parts.guard.leave();
    }

    /// Takes the terminal again and paints the last frame. The size may have
    /// changed meanwhile.
    pub fn resume(&self) {
        self.parts.modes.lent.store(false, Ordering::SeqCst);
        self.parts.take_again();
    }

    /// Stops the whole job as Ctrl-Z does, with the terminal in order.
    pub fn stop(&self) {
        let _refused = rustix::process::kill_current_process_group(rustix::process::Signal::TSTP);
    }

    /// Gives the terminal back; at once, even when nobody reads it.
    pub fn close(&self) {
        self.parts.guard.restore();
        self.parts.reader.end();
        self.parts.writer.end();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.close();
        self.signals.close();
    }
}

fn no_full_screen(why: &str) -> Error {
    Error::new(Kind::Usage, format!("{why}, so there is no full screen"))
        .hint("set TERM to what your terminal is, or ask for one answer with `tminus status`")
}
