//! Incidents, alerts and planned maintenance.

use crate::domain::Timestamp;

use super::company::{PersonIndex, ServiceIndex};

/// One incident.
#[derive(Clone, Debug)]
pub struct Incident {
    /// PagerDuty's id, such as `Q2XK0C9T1LARK1`.
    pub id: String,
    /// Number within the account.
    pub number: u64,
    /// What is wrong.
    pub title: String,
    /// Which service.
    pub service: ServiceIndex,
    /// High urgency wakes somebody.
    pub high_urgency: bool,
    /// Where it stands.
    pub status: IncidentStatus,
    /// When it was triggered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Who has it.
    pub assignees: Vec<PersonIndex>,
    /// Who acknowledged it, and when.
    pub acknowledgements: Vec<(PersonIndex, Timestamp)>,
    /// When it goes to the next level unless somebody takes it.
    pub escalates_at: Option<Timestamp>,
    /// What happened, oldest first.
    pub log: Vec<LogEntry>,
    /// What people wrote, oldest first.
    pub notes: Vec<Note>,
}

/// Where an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncidentStatus {
    /// Nobody has it yet.
    Triggered,
    /// Somebody has it.
    Acknowledged,
    /// Over.
    Resolved,
}

impl IncidentStatus {
    /// PagerDuty's spelling.
    pub fn word(self) -> &'static str {
        match self {
            Self::Triggered => "triggered",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
}

/// One line of an incident's history.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// PagerDuty's id.
    pub id: String,
    /// What sort.
    pub kind: LogKind,
    /// When.
    pub at: Timestamp,
    /// Who did it or was told; none when it was the service.
    pub person: Option<PersonIndex>,
    /// The sentence that is shown.
    pub summary: String,
    /// What the person added, such as the resolution.
    pub note: Option<String>,
}

/// What sort of line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKind {
    /// It began.
    Trigger,
    /// Somebody got it.
    Assign,
    /// Somebody was told.
    Notify,
    /// It went to the next level.
    Escalate,
    /// Somebody took it.
    Acknowledge,
    /// Somebody gave it back.
    Unacknowledge,
    /// Somebody wrote a note.
    Annotate,
    /// It ended.
    Resolve,
}

/// One note on an incident.
#[derive(Clone, Debug)]
pub struct Note {
    /// PagerDuty's id.
    pub id: String,
    /// Who.
    pub person: PersonIndex,
    /// When.
    pub at: Timestamp,
    /// What they wrote.
    pub content: String,
}

/// One alert of the metrics backend.
#[derive(Clone, Debug)]
pub struct Alert {
    /// Its name.
    pub name: String,
    /// Which service.
    pub service: ServiceIndex,
    /// `page` or `ticket`.
    pub severity: String,
    /// What it says to people.
    pub summary: String,
    /// Since when the condition holds.
    pub since: Timestamp,
    /// Whether it has held for long enough.
    pub firing: bool,
    /// The value that raised it.
    pub value: f64,
}

/// A time in which a service is not watched.
#[derive(Clone, Debug)]
pub struct Maintenance {
    /// PagerDuty's id.
    pub id: String,
    /// Why.
    pub description: String,
    /// Which service.
    pub service: ServiceIndex,
    /// From.
    pub start: Timestamp,
    /// To.
    pub end: Timestamp,
}
