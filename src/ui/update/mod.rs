//! The only place where the state of the screen changes: an event gives the
//! next state and the effects that the runtime carries out. No await, no
//! clock but the event's own, so any bug is a list of events.

mod effect;
mod event;

pub use self::{
    effect::Effect,
    event::{Event, Level},
};
use super::app::App;
use crate::domain::Timestamp;

/// Takes one event in.
#[must_use]
pub fn update(_app: &mut App, _event: Event) -> Vec<Effect> {
    Vec::new()
}

/// When the screen changes next by time alone; none when it does not.
#[must_use]
pub fn next_wakeup(_app: &App) -> Option<Timestamp> {
    None
}
