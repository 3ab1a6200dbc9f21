//! The sheet of a release, and the steps that are taken on it.

use crate::{
    command::Item,
    domain::{CheckState, Release, ReleaseState, ServiceName, Text},
};

/// The sheet of one release.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// The release, by its id.
    pub release: Text,
    /// The row under the cursor.
    pub selected: Option<SheetRow>,
    /// First line on the screen.
    pub offset: usize,
}

/// A row of the sheet that the cursor may stand on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SheetRow {
    /// A service that is in it.
    Service(ServiceName),
    /// A service that was cut.
    Cut(ServiceName),
    /// A check.
    Check(Text),
    /// Something that belongs to it.
    Joined(Item),
}

/// A change that is being made to a release.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The release, by its id.
    pub release: Text,
    /// What change.
    pub kind: StepKind,
    /// The choice under the cursor, where there are choices.
    pub index: usize,
    /// The reason as typed; none while something is to be chosen first.
    pub reason: Option<String>,
}

/// What change.
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// To another state, from the one that the person saw.
    State {
        /// The state that the person saw.
        from: ReleaseState,
        /// The states that may follow.
        choices: Vec<ReleaseState>,
    },
    /// A service leaves.
    Cut(ServiceName),
    /// A service comes back.
    Return(ServiceName),
    /// A check is seen to, waived or opened again.
    Check(Text, CheckState),
    /// Its review was done.
    Review,
    /// Its notes, by one of the templates.
    Notes,
    /// A hotfix is made.
    Hotfix(Box<Release>),
}
