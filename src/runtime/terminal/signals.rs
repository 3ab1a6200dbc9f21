//! Signals and panics: whatever happens, the terminal is given back and the
//! process ends.

use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH, SIGXFSZ};
use signal_hook::iterator::{Handle, Signals};

use super::guard::Guard;
use super::input::{Input, Sink, Timed};
use super::{Modes, Parts};

/// How long the event loop may take to end in order.
const LIMIT: Duration = Duration::from_secs(6);

/// The exit status of a process that panicked.
const PANICKED: i32 = 101;

/// Handles signals on a thread until the handle is closed.
pub(super) fn start(parts: Arc<Parts>, sink: Sink) -> io::Result<Handle> {
    let mut signals = Signals::new([
        SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH, SIGXFSZ,
    ])?;
    let handle = signals.handle();
    let watchdog = Watchdog::default();
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for signal in signals.forever() {
                match signal {
                    SIGWINCH => resized(&parts, &sink),
                    SIGTSTP => stop(&parts),
                    SIGCONT => proceed(&parts, &sink),
                    // The write that went too far fails, and says so itself.
                    SIGXFSZ => {}
                    _ => {
                        watchdog.start(&parts.guard, 128 + signal);
                        sink(Timed::now(Input::Terminate(signal)));
                    }
                }
            }
        })?;
    Ok(handle)
}

fn resized(parts: &Parts, sink: &Sink) {
    let (columns, rows) = parts.size();
    sink(Timed::now(Input::Resize(columns, rows)));
}

/// Stops this process as the shell expects it, with its terminal in order.
fn stop(parts: &Parts) {
    if !parts.modes.lent() {
        parts.reader.park();
        parts.guard.leave();
    }
    // The signal that was asked for would be dropped in an orphaned group.
    let _refused =
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP);
}

/// Takes the terminal again after a stop. Continued in the background, we wait
/// for the foreground.
fn proceed(parts: &Parts, sink: &Sink) {
    if !parts.modes.lent() && parts.guard.is_foreground() {
        parts.take_again();
        resized(parts, sink);
    }
}

impl Modes {
    fn lent(&self) -> bool {
        self.lent.load(Ordering::SeqCst)
    }
}

/// Ends the process when the event loop does not.
#[derive(Clone, Debug, Default)]
pub(super) struct Watchdog(Arc<AtomicBool>);

impl Watchdog {
    /// Gives everybody six seconds, the disk among them; only the first call counts.
    pub(super) fn start(&self, guard: &Guard, status: i32) {
        if self.0.swap(true, Ordering::SeqCst) {
            return;
        }
        let last_resort = guard.clone();
        let started = thread::Builder::new()
            .name("watchdog".to_owned())
            .spawn(move || {
                thread::sleep(LIMIT);
                last_resort.restore();
                std::process::exit(status);
            });
        if started.is_err() {
            guard.restore();
            std::process::exit(status);
        }
    }
}

thread_local! {
    /// This thread panicked before, and may still be unwinding.
    static PANICKED_BEFORE: Cell<bool> = const { Cell::new(false) };
}

/// Gives the terminal back at any panic, of whatever thread or task, then lets
/// the former hook speak, then has the process end.
pub(super) fn install_panic_hook(guard: Guard, sink: Sink) {
    let former = std::panic::take_hook();
    let watchdog = Watchdog::default();
    std::panic::set_hook(Box::new(move |info| {
        guard.restore();
        // Before anything is said: nobody may read it.
        watchdog.start(&guard, PANICKED);
        former(info);
        if PANICKED_BEFORE.replace(true) {
            // A panic while another one is unwound aborts the process when
            // this hook returns, with a core dump and the status of SIGABRT.
            std::process::exit(PANICKED);
        }
        sink(Timed::now(Input::Panicked));
    }));
}
