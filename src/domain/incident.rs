//! Incidents, what happened in them, and who is on call.

use serde::{Deserialize, Serialize};

use super::{Origin, ServiceName, Text, Timestamp};

/// One incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Identity.
    pub id: Origin,
    /// The number that people call it by.
    pub number: u64,
    /// Title.
    pub title: Text,
    /// How urgent.
    pub urgency: Urgency,
    /// Priority in the team's own words (`P1`), where set.
    pub priority: Option<Text>,
    /// Where it stands.
    pub status: IncidentStatus,
    /// Our service, where the vendor's service is mapped to one.
    pub service: Option<ServiceName>,
    /// The vendor's name of the service.
    pub vendor_service: Text,
    /// When it was triggered.
    pub created: Timestamp,
    /// When its status last changed.
    pub updated: Timestamp,
    /// Who acknowledged it.
    pub acknowledged_by: Vec<Text>,
    /// Who has it.
    pub assigned: Vec<Text>,
    /// When it escalates to the next level, where that is planned.
    pub escalates_at: Option<Timestamp>,
    /// Page for people.
    pub url: Text,
}

/// How urgent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Urgency {
    /// Wakes people.
    High,
    /// Can wait.
    Low,
    /// A word that tminus does not know.
    Other(Text),
}

/// Where an incident stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IncidentStatus {
    /// Nobody has said that they look at it.
    Triggered,
    /// Somebody looks at it.
    Acknowledged,
    /// Over.
    Resolved,
    /// A word that tminus does not know.
    Other(Text),
}

/// One thing that happened in an incident, as its vendor tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// Identity.
    pub id: Origin,
    /// When.
    pub at: Timestamp,
    /// What sort of thing.
    pub kind: TimelineKind,
    /// Who did it, where a person or service is named.
    pub who: Option<Text>,
    /// What happened, for people.
    pub what: Text,
}

/// What sort of thing happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimelineKind {
    /// The incident was triggered.
    Trigger,
    /// Somebody acknowledged it.
    Acknowledge,
    /// Somebody or something resolved it.
    Resolve,
    /// It went to the next level or to somebody else.
    Escalate,
    /// A human note.
    Note,
    /// Somebody was notified.
    Notify,
    /// A kind that tminus does not know.
    Other(Text),
}

/// Who is on call over a span of time, of one source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Roster {
    /// From when on it is told.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// The services that it is told of.
    pub services: Vec<ServiceName>,
    /// The shifts that touch the span.
    pub shifts: Vec<Shift>,
}

/// One person's time on call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// The person.
    pub person: Text,
    /// The services that page this person.
    pub services: Vec<ServiceName>,
    /// From when on; none for always.
    pub start: Option<Timestamp>,
    /// Until when; none for always.
    pub end: Option<Timestamp>,
}

/// Who is on call for what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnCall {
    /// The person.
    pub person: Text,
    /// Escalation policy or schedule, in the vendor's words.
    pub duty: Text,
    /// Escalation level from 1.
    pub level: u32,
    /// Until when; none for always.
    pub until: Option<Timestamp>,
}
