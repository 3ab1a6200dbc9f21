//! What the runtime shall do.

use chrono::TimeDelta;

use crate::{
    analysis::log::Ask,
    domain::{Intent, Note, OperationId, Origin, Release, ReleaseEvent, SourceId, WindowEvent},
    integrations::contract::{Attention, Query},
    operation::{Answers, plan::Drafted},
    ui::app::LogPlace,
};

/// One thing that the runtime shall do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Have the operation room look at an intent: draft it, ask the rules, read
    /// the target afresh. A rollback's identity is not in its inputs yet. It answers with [`super::Event::Checked`].
    Check {
        /// The dialog's number.
        ticket: u64,
        /// What is wanted.
        intent: Box<Intent>,
        /// The operation of unknown outcome that it sends again.
        again_of: Option<OperationId>,
    },
    /// Have the operation room look at a plan: load what its guards still need,
    /// ask the rules about every step, read the targets afresh. It answers with
    /// [`super::Event::Checked`], and takes [`Effect::Confirm`].
    CheckPlan {
        /// The dialog's number.
        ticket: u64,
        /// What was drafted.
        drafted: Box<Drafted>,
    },
    /// Have the operation room look at several intents that one yes is asked
    /// for. It answers with [`super::Event::Checked`], takes
    /// [`Effect::Confirm`], and tells by [`super::Event::Batch`] how far they
    /// are.
    CheckBatch {
        /// The dialog's number.
        ticket: u64,
        /// What is wanted.
        intents: Vec<Intent>,
    },
    /// Let no further step of a plan start, or no further one of several
    /// operations.
    StopPlan(OperationId),
    /// Tell the operation room what is known about an intent now; asked for by
    /// [`super::Event::Situate`].
    Situate {
        /// The question's number.
        ticket: u64,
        /// The intent.
        intent: Box<Intent>,
    },
    /// Build the request anew with this reason; it answers with
    /// [`super::Event::Previewed`].
    Preview {
        /// The dialog's number.
        ticket: u64,
        /// The reason as typed.
        reason: String,
    },
    /// Have the operation room start what was checked under this number; it
    /// answers with [`super::Event::Confirmed`].
    Confirm {
        /// The dialog's number.
        ticket: u64,
        /// What the person answered.
        answers: Answers,
    },
    /// The dialog was left: what was checked under this number is void.
    CancelDialog {
        /// The dialog's number.
        ticket: u64,
    },
    /// Look for the effect of an operation of unknown outcome. What comes of
    /// it arrives as facts.
    Look(OperationId),
    /// Let this process act for a time; it answers with
    /// [`super::Event::Arming`].
    Arm(TimeDelta),
    /// Let it only look again; it answers with [`super::Event::Arming`].
    Disarm,
    /// Load something on demand.
    Fetch {
        /// The integration to ask.
        source: SourceId,
        /// What.
        query: Query,
    },
    /// Begin to read a log; what comes of it arrives as [`super::Event::Log`].
    OpenLog {
        /// The reader's number.
        ticket: u64,
        /// Which log.
        place: LogPlace,
        /// It will not grow.
        complete: bool,
    },
    /// Ask the reader of the open log for something.
    AskLog {
        /// The reader's number.
        ticket: u64,
        /// What.
        ask: Ask,
    },
    /// Read no more.
    CloseLog,
    /// Write a copy of the open log into the current directory.
    SaveLog {
        /// The reader's number.
        ticket: u64,
        /// What to call it, without an ending.
        name: String,
    },
    /// Read the end of a job's log for what its errors name; it answers with
    /// [`super::Event::LogRead`].
    ReadLog(Origin),
    /// Remember of what class the failure of a job is.
    Classed {
        /// The job.
        job: Origin,
        /// The class, in its word.
        class: &'static str,
    },
    /// Tell every integration what the person looks at.
    Attend(Attention),
    /// Write down what a person did to a release. What comes of it arrives as
    /// a fact, or as a notice that says why not.
    ChangeRelease {
        /// What.
        event: ReleaseEvent,
        /// The release as it was declared outside; none where it was made here.
        declared: Option<Box<Release>>,
    },
    /// Write down what a person did to a window. What comes of it arrives as a
    /// fact, or as a notice that says why not.
    ChangeWindow(WindowEvent),
    /// Read what people did to releases and windows, also in other processes.
    /// It arrives as facts.
    ReadReleases,
    /// Store a note now: a fact for everybody, on the disk first.
    SaveNote(Note),
    /// Put a text into the clipboard of the person's terminal.
    Copy(String),
    /// Open a page for people, where there is a browser.
    Open(String),
    /// Capture the mouse or give it back.
    SetMouse(bool),
    /// Remember the theme.
    SaveTheme(String),
    /// Draw everything anew, for a terminal that was disturbed.
    Redraw,
    /// Suspend to the shell that started the program.
    Suspend,
    /// End the program.
    Quit,
}
