//! Panics that a test asks for, to see what they leave behind. In a release
//! build nobody can ask.

use std::path::Path;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

/// What asks: the kind, and after a colon a file that has to be there first.
const VARIABLE: &str = "TMINUS_TEST_PANIC";

/// How often a task looks whether the file is there.
const PAUSE: Duration = Duration::from_millis(10);

/// What a message may carry from outside: it must not act on a terminal.
const HOSTILE: &str = "\x1b[2J\x1b]0;owned\x07\u{9b}31m\u{202e}";

/// Where a test may ask for a panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// While drawing. `draw` panics, `twice` panics and then again while that
    /// is unwound, `both` panics together with another thread.
    Draw,
    /// In a background task: `task`.
    Task,
}

/// Panics if the environment asks for it at this place; never in a release
/// build.
pub fn panic_on_request(place: Place) {
    if !cfg!(debug_assertions) {
        return;
    }
    let Ok(asked) = std::env::var(VARIABLE) else {
        return;
    };
    let (kind, file) = asked.split_once(':').unwrap_or((&asked, "/"));
    if !Path::new(file).exists() {
        return;
    }
    match (place, kind) {
        (Place::Draw, "draw") | (Place::Task, "task") => panic(kind),
        (Place::Draw, "twice") => {
            let _again = PanicsWhenDropped;
            panic(kind);
        }
        (Place::Draw, "both") => {
            let meeting = Arc::new(Barrier::new(2));
            let other = Arc::clone(&meeting);
            thread::spawn(move || {
                other.wait();
                panic("both, elsewhere");
            });
            meeting.wait();
            panic(kind);
        }
        _ => {}
    }
}

/// A task that panics when the environment asks for it; it ends at once when
/// nothing was asked, as in every release build.
pub async fn panic_in_task_on_request() {
    while cfg!(debug_assertions)
        && std::env::var(VARIABLE).is_ok_and(|asked| asked.starts_with("task"))
    {
        panic_on_request(Place::Task);
        tokio::time::sleep(PAUSE).await;
    }
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic("twice, while unwinding");
    }
}

#[expect(
    clippy::panic,
    reason = "a test wants to see what a panic leaves behind"
)]
fn panic(kind: &str) -> ! {
    panic!("asked for by {VARIABLE}={kind}, with {HOSTILE} from outside");
}
