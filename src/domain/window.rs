//! Spans of time that matter to releases.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Origin, ServiceName, SourceId, Text, Timestamp};

/// A span `[start, end)` on the calendar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Identity.
    pub id: Origin,
    /// What sort of span.
    pub kind: WindowKind,
    /// Title for people.
    pub title: Text,
    /// First instant.
    pub start: Timestamp,
    /// First instant after it.
    pub end: Timestamp,
    /// The services concerned; empty means all.
    pub services: Vec<ServiceName>,
    /// Progress, reason or owner, for people.
    pub detail: Text,
    /// Page for people; empty when there is none.
    pub url: Text,
}

/// What sort of span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WindowKind {
    /// Nothing may be deployed.
    Freeze,
    /// Deployments are expected here.
    Change,
    /// A system is being worked on.
    Maintenance,
    /// A release is planned here.
    Release,
    /// A milestone is due at its end.
    Milestone,
    /// A kind that tminus does not know.
    Other(Text),
}

/// A window that a team declared, in the words of its configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct DeclaredWindow {
    /// What people call it.
    pub name: Text,
    /// Nothing goes out in it; else changes go out in it and at no other time.
    pub deny: bool,
    /// When it is.
    pub when: DeclaredTime,
    /// Whom it concerns.
    pub selectors: Selectors,
    /// Why; empty when nobody said.
    pub reason: Text,
    /// Whose it is; empty when nobody said.
    pub owner: Text,
}

/// When a declared window is.
#[derive(Clone, Debug, PartialEq)]
pub enum DeclaredTime {
    /// Once, `[start, end)`.
    Once {
        /// First instant.
        start: Timestamp,
        /// First instant after it.
        end: Timestamp,
    },
    /// From each match of one cron expression to the next match of another.
    Cron {
        /// When it begins.
        start: Text,
        /// When it ends.
        end: Text,
        /// The clock that both look at.
        zone: chrono_tz::Tz,
    },
    /// By a recurrence rule, each time so long.
    Rule {
        /// DTSTART, RRULE and, where there are any, EXDATE and RDATE.
        rule: Text,
        /// The clock of a DTSTART without a zone.
        zone: chrono_tz::Tz,
        /// How long, in words.
        duration: Text,
    },
}

/// Whom a window concerns, as globs; an empty list takes everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selectors {
    /// Services.
    pub services: Vec<Text>,
    /// Environments.
    pub environments: Vec<Text>,
    /// Teams.
    pub teams: Vec<Text>,
    /// Classes of change, such as `regular` or `hotfix`.
    pub changes: Vec<Text>,
}

/// A calendar that others keep.
#[derive(Clone, Debug, PartialEq)]
pub struct CalendarSpec {
    /// The name under which its facts are known.
    pub source: SourceId,
    /// Where it is.
    pub place: CalendarPlace,
    /// What its events are.
    pub events: CalendarUse,
    /// Whom they concern.
    pub selectors: Selectors,
    /// Whose it is; empty when nobody said.
    pub owner: Text,
}

/// Where a calendar is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalendarPlace {
    /// A file.
    File(PathBuf),
    /// An address, which may be as good as a password: it is never shown.
    Url(String),
}

/// What the events of a calendar are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CalendarUse {
    /// Nothing goes out in them.
    Freeze,
    /// Changes go out in them, and at no other time.
    ChangeWindow,
    /// A system is being worked on; it stops nothing.
    Maintenance,
    /// Releases that are planned; they stop nothing.
    Release,
    /// To be seen; they stop nothing.
    Info,
}

impl CalendarUse {
    /// The sort of span that its events are.
    #[must_use]
    pub fn kind(self) -> WindowKind {
        match self {
            Self::Freeze => WindowKind::Freeze,
            Self::ChangeWindow => WindowKind::Change,
            Self::Maintenance => WindowKind::Maintenance,
            Self::Release => WindowKind::Release,
            Self::Info => WindowKind::Other(Text::new("info")),
        }
    }
}
