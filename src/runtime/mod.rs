//! The moving parts: the terminal, the loop of the screen, and a background
//! thread for everything that waits.

mod background;
mod connect;
mod history;
mod memory;
mod proposals;
mod review;
mod screen;
mod screen_loop;
pub mod ssh;
mod tell;
pub mod terminal;

pub use connect::{Connected, actor, connect, people, policy};
pub use screen::{LogFile, ScreenOptions, run, themes, zone};

use crate::domain::Timestamp;

/// The wall clock, read in one place.
#[must_use]
pub fn now() -> Timestamp {
    chrono::Utc::now()
}
