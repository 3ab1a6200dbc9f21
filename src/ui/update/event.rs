//! What can happen to the screen.

use crate::{
    analysis::log::{Excerpt, Told},
    command::Input,
    domain::{Fact, Intent, OperationId, Origin, Text, Timestamp},
    integrations::contract::Query,
    operation::batch::BatchProgress,
    ui::app::{Refused, Review},
};

/// One thing that happened. Every event but those that say otherwise carries
/// its time; the screen has no other clock.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A person did something.
    Input {
        /// What.
        input: Input,
        /// When.
        at: Timestamp,
        /// True when it came with more keys at once than a person can press:
        /// then it is text, never a command.
        burst: bool,
    },
    /// Facts came in.
    Facts {
        /// The facts in order.
        facts: Vec<Fact>,
        /// When they arrived.
        at: Timestamp,
    },
    /// What the cache of the last picture holds came in.
    Recalled {
        /// The facts in order.
        facts: Vec<Fact>,
        /// When they were read.
        at: Timestamp,
    },
    /// The time that [`super::next_wakeup`] asked for has come.
    Tick(Timestamp),
    /// The terminal took a whole frame.
    Flushed {
        /// The frame's number: [`crate::ui::app::App::frame`] when it was drawn.
        frame: u64,
        /// When.
        at: Timestamp,
    },
    /// The terminal has another size.
    Resize {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
        /// When.
        at: Timestamp,
    },
    /// The operation room looked at an intent ([`super::Effect::Check`]).
    Checked {
        /// The dialog's number.
        ticket: u64,
        /// What it found, or why it cannot be done, for people.
        result: Result<Box<Review>, Refused>,
        /// When.
        at: Timestamp,
    },
    /// The request as it will be sent ([`super::Effect::Preview`]).
    Previewed {
        /// The dialog's number.
        ticket: u64,
        /// Its lines: method and URL, then its body.
        request: Vec<Text>,
        /// When.
        at: Timestamp,
    },
    /// The journal holds the confirmed operation, or not
    /// ([`super::Effect::Confirm`]). What happens to it afterwards arrives as
    /// facts.
    Confirmed {
        /// The dialog's number.
        ticket: u64,
        /// The operation, or why it was not started, for people.
        result: Result<OperationId, Text>,
        /// When.
        at: Timestamp,
    },
    /// Several operations got further.
    Batch {
        /// The dialog's number.
        ticket: u64,
        /// How far they are.
        progress: Box<BatchProgress>,
        /// When.
        at: Timestamp,
    },
    /// The operation room is armed or not ([`super::Effect::Arm`],
    /// [`super::Effect::Disarm`]).
    Arming {
        /// Until when it may act, none when it may only look; or why that did
        /// not change, for people.
        result: Result<Option<Timestamp>, Text>,
        /// When.
        at: Timestamp,
    },
    /// The operation room wants to know what is known about an intent now
    /// (answer: [`super::Effect::Situate`]).
    Situate {
        /// The question's number.
        ticket: u64,
        /// The intent.
        intent: Box<Intent>,
        /// When.
        at: Timestamp,
    },
    /// Something that was asked for could not be loaded
    /// ([`super::Effect::Fetch`]). What could be arrives as facts.
    FetchFailed {
        /// What was asked for.
        query: Query,
        /// Why not, for people.
        why: Text,
        /// When.
        at: Timestamp,
    },
    /// The reader of a log has something to say ([`super::Effect::OpenLog`]).
    Log {
        /// The reader's number.
        ticket: u64,
        /// What, or why the log cannot be read, for people.
        told: Result<Vec<Told>, Text>,
        /// When.
        at: Timestamp,
    },
    /// The end of a job's log was read ([`super::Effect::ReadLog`]).
    LogRead {
        /// The job.
        job: Origin,
        /// What its errors say.
        excerpt: Box<Excerpt>,
        /// When.
        at: Timestamp,
    },
    /// A note is on the disk, or not ([`super::Effect::SaveNote`]).
    NoteSaved {
        /// The note.
        id: Text,
        /// Why not, for people.
        result: Result<(), Text>,
        /// When.
        at: Timestamp,
    },
    /// The runtime has something to say.
    Notice {
        /// What.
        text: Text,
        /// How much it matters.
        level: Level,
        /// When.
        at: Timestamp,
    },
    /// The system asks the program to end: no question is asked.
    Signal(Timestamp),
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Good to know.
    Info,
    /// Something failed.
    Fault,
}

impl Event {
    /// When it happened.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Tick(at)
            | Self::Signal(at)
            | Self::Input { at, .. }
            | Self::Facts { at, .. }
            | Self::Recalled { at, .. }
            | Self::Flushed { at, .. }
            | Self::Resize { at, .. }
            | Self::Checked { at, .. }
            | Self::Previewed { at, .. }
            | Self::Confirmed { at, .. }
            | Self::Batch { at, .. }
            | Self::Arming { at, .. }
            | Self::Situate { at, .. }
            | Self::FetchFailed { at, .. }
            | Self::Log { at, .. }
            | Self::LogRead { at, .. }
            | Self::NoteSaved { at, .. }
            | Self::Notice { at, .. } => *at,
        }
    }
}
