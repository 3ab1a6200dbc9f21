//! iCalendar (RFC 5545), as programs write it: read into events, and written
//! for others to subscribe to.

mod event;
pub(super) mod lines;
mod read;
mod write;
mod zones;

pub use self::{
    event::{Event, Length},
    read::{Calendar, Problem, read},
    write::{Entry, write},
};
