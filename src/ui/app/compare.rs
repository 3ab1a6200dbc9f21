//! What lies between two versions, and who may have broken a run.

use crate::{
    analysis::suspects::{Mention, Suspect},
    domain::{Origin, ServiceName, SourceId, Text},
};

/// What lies between two versions.
#[derive(Clone, Debug, PartialEq)]
pub struct CompareView {
    /// The integration that was asked.
    pub source: SourceId,
    /// The service.
    pub service: ServiceName,
    /// The older side.
    pub base: Text,
    /// The newer side.
    pub head: Text,
    /// What the older side is to people, such as `the last good run #12 on
    /// main, 2h ago`; empty where they chose it.
    pub good: String,
    /// What is known of why the newer side fails, where it is a failed run.
    pub evidence: Option<Evidence>,
    /// What it says, for so many columns: who owns which file is looked up in
    /// all rules, so this is computed when something changed and not for each
    /// frame. No columns: it has to be computed anew.
    pub lines: Vec<CompareLine>,
    /// The columns that the lines are made for.
    pub width: u16,
    /// First line on the screen.
    pub scroll: u16,
    /// Why it could not be loaded; empty while it may still come.
    pub fault: Text,
}

impl CompareView {
    /// A comparison of two sides that somebody chose.
    #[must_use]
    pub fn new(source: SourceId, service: ServiceName, base: Text, head: Text) -> Self {
        Self {
            source,
            service,
            base,
            head,
            good: String::new(),
            evidence: None,
            lines: Vec::new(),
            width: 0,
            scroll: 0,
            fault: Text::default(),
        }
    }
}

/// One line: its pieces from left to right.
pub type CompareLine = Vec<(Role, String)>;

/// How a piece of a line is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The title of a part.
    Title,
    /// Plain words.
    Text,
    /// What matters less.
    Dim,
    /// What breaks more than code.
    Warning,
    /// What went wrong.
    Danger,
    /// A suspect's hash, with a glyph in front.
    Suspect,
}

/// What is known of why a run failed, and which commits that points at.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The run.
    pub run: Origin,
    /// The failed job whose log is read, once it is known.
    pub job: Option<Origin>,
    /// Whether the jobs were asked for already.
    pub asked_jobs: bool,
    /// Whether the log was asked for already.
    pub asked_log: bool,
    /// Whether the log was handed over to be read.
    pub reads: bool,
    /// What the errors of its log name.
    pub named: Named,
    /// Commits whose files were asked for.
    pub looked: Vec<Text>,
    /// The commits that touch what is named, the most telling first.
    pub suspects: Vec<Suspect>,
    /// Why something could not be loaded; empty while nothing failed.
    pub fault: Text,
}

/// What the errors of a log name.
#[derive(Clone, Debug, PartialEq)]
pub enum Named {
    /// The log is not read yet.
    NotYet,
    /// There is no log to read, for this reason.
    NoLog(Text),
    /// These, which may be nothing.
    These(Vec<Mention>),
}
