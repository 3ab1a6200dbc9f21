//! What the background tells the screen, as events.

use std::sync::mpsc::Sender;

use super::now;
use crate::{
    domain::{Fact, OperationId, Text},
    error::Error,
    ui::{
        app::{Refused, Review},
        update::{Event, Level},
    },
};

/// An error in one line, with how to mend it.
pub(super) fn in_words(error: &Error) -> Text {
    Text::from(if error.hint.is_empty() {
        error.message.clone()
    } else {
        format!("{}; {}", error.message, error.hint)
    })
}

pub(super) fn notice(events: &Sender<Event>, text: &str, level: Level) {
    send(
        events,
        Event::Notice {
            text: Text::new(text),
            level,
            at: now(),
        },
    );
}

pub(super) fn send_facts(events: &Sender<Event>, facts: Vec<Fact>) {
    if !facts.is_empty() {
        send(events, Event::Facts { facts, at: now() });
    }
}

/// Answers a dialog that asked for a check.
pub(super) fn checked(events: &Sender<Event>, ticket: u64, result: Result<Box<Review>, Refused>) {
    let at = now();
    send(events, Event::Checked { ticket, result, at });
}

/// Answers a dialog that was confirmed.
pub(super) fn confirmed(events: &Sender<Event>, ticket: u64, result: Result<OperationId, Text>) {
    let at = now();
    send(events, Event::Confirmed { ticket, result, at });
}

pub(super) fn send(events: &Sender<Event>, event: Event) {
    // The screen is gone only when the program ends.
    let _ = events.send(event);
}
