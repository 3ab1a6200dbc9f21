//! What can lie over a view. The last one is drawn last and asked first.

use tui_textarea::TextArea;

use super::{BatchView, CompareView, Dialog, PlanView, Planner, Sheet, Step};
use crate::{
    command::Item,
    domain::{EnvironmentName, NoteLink, ServiceName, Text, Timestamp, Version},
};

/// One thing that lies over the view.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The confirm dialog of an operation.
    Dialog(Box<Dialog>),
    /// The list of versions that a rollback may go to.
    Rollback(RollbackPicker),
    /// A plan of several rollbacks.
    Plan(Box<PlanView>),
    /// Several runs that are run again or cancelled together.
    Batch(BatchView),
    /// Every command by name.
    Palette(Palette),
    /// The keys that work here.
    Help {
        /// First line on the screen.
        scroll: u16,
    },
    /// The line that the filter is typed into.
    Filter {
        /// What the filter was before, for `esc`.
        before: String,
    },
    /// The line that is searched for in a log.
    Find {
        /// As typed.
        text: String,
    },
    /// A note that is being written.
    Note(Box<NoteEditor>),
    /// The themes, each shown at once.
    Themes(ThemePicker),
    /// What lies between two versions.
    Compare(Box<CompareView>),
    /// A text to look at, such as a link that can be copied.
    Message {
        /// What it is.
        title: Text,
        /// Its lines.
        lines: Vec<Text>,
    },
    /// The sheet of a release.
    Release(Sheet),
    /// A change that is being made to a release.
    Step(Box<Step>),
    /// A window or a release that is being put on the calendar.
    Planner(Box<Planner>),
    /// Whether to leave while operations have no outcome yet.
    Quit,
}

/// The rollback targets of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct RollbackPicker {
    /// The service.
    pub service: ServiceName,
    /// Its environment.
    pub environment: EnvironmentName,
    /// The target under the cursor.
    pub selected: Option<Version>,
    /// First row on the screen.
    pub offset: usize,
    /// True when the choice is for the plan under it.
    pub for_plan: bool,
}

/// The command palette.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    /// As typed.
    pub text: String,
    /// The match under the cursor.
    pub index: usize,
    /// What was selected when it was opened: a command that changes something
    /// outside is about this and nothing else.
    pub about: Option<Item>,
}

/// A note that is being written.
#[derive(Clone, Debug)]
pub struct NoteEditor {
    /// Identity of the note.
    pub id: Text,
    /// When it was begun.
    pub begun: Timestamp,
    /// The text.
    pub area: TextArea<'static>,
    /// What it is about.
    pub links: Vec<NoteLink>,
    /// What was selected when it was begun.
    pub about: Option<Item>,
    /// When the last key changed it; none when everything is stored.
    pub changed: Option<Timestamp>,
    /// When the first key changed it that is not stored yet.
    pub unsaved_since: Option<Timestamp>,
    /// When it was last stored.
    pub saved: Option<Timestamp>,
    /// Why it could not be stored; empty when it could.
    pub fault: Text,
    /// True once it is finished and the question is whether to send it too.
    pub asks_to_send: bool,
}

/// The theme picker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThemePicker {
    /// The theme under the cursor, which is shown.
    pub index: usize,
}

/// A short message.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    /// What it says.
    pub text: Text,
    /// How much it matters.
    pub kind: ToastKind,
    /// When it goes away by itself.
    pub until: Timestamp,
}

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToastKind {
    /// Good to know.
    Info,
    /// Something was not done, with the reason.
    Refused,
    /// Something failed.
    Fault,
}

impl Overlay {
    /// Whether keys are text in it.
    #[must_use]
    pub fn takes_text(&self) -> bool {
        match self {
            Self::Palette(_) | Self::Filter { .. } | Self::Find { .. } | Self::Note(_) => true,
            Self::Step(step) => step.reason.is_some(),
            Self::Planner(_) => true,
            _ => false,
        }
    }
}
