//! Spans of time that matter to releases.

use serde::{Deserialize, Serialize};

use super::{Origin, ServiceName, Text, Timestamp};

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
