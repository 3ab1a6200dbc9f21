//! PagerDuty's own words, as far as they are needed. Only what an object
//! cannot be shown without is required.
//!
//! Source: PagerDuty REST API v2, `reference/REST/openapiv3.json`.

use serde::Deserialize;

use crate::{
    domain::{Text, Timestamp},
    integrations::http::Lenient,
};

/// `{"incident": …}`.
#[derive(Deserialize)]
pub struct OneIncident {
    pub incident: Incident,
}

/// `{"notes": […]}`; this list is not paged.
#[derive(Deserialize)]
pub struct Notes {
    pub notes: Lenient<Note>,
}

/// `{"note": …}`.
#[derive(Deserialize)]
pub struct OneNote {
    pub note: Note,
}

/// A mention of another object.
#[derive(Clone, Debug, Deserialize)]
pub struct Reference {
    #[serde(default)]
    pub id: Text,
    pub summary: Option<Text>,
    pub name: Option<Text>,
}

impl Reference {
    /// The name for people.
    pub fn label(&self) -> Text {
        self.summary
            .clone()
            .or_else(|| self.name.clone())
            .unwrap_or_else(|| self.id.clone())
    }
}

#[derive(Clone, Debug, Deserialize)]
pub struct Incident {
    pub id: Text,
    #[serde(default, rename = "incident_number")]
    pub number: u64,
    #[serde(default)]
    pub title: Option<Text>,
    pub status: Text,
    #[serde(default)]
    pub urgency: Option<Text>,
    pub priority: Option<Reference>,
    pub service: Option<Reference>,
    pub created_at: Timestamp,
    pub last_status_change_at: Option<Timestamp>,
    pub last_status_change_by: Option<Reference>,
    pub updated_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    #[serde(default)]
    pub assignments: Lenient<Assignment>,
    #[serde(default)]
    pub acknowledgements: Lenient<Acknowledgement>,
    #[serde(default)]
    pub pending_actions: Lenient<PendingAction>,
    pub html_url: Option<Text>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Assignment {
    pub assignee: Reference,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Acknowledgement {
    pub at: Timestamp,
    pub acknowledger: Reference,
}

#[derive(Clone, Debug, Deserialize)]
pub struct PendingAction {
    #[serde(rename = "type")]
    pub kind: Text,
    pub at: Timestamp,
}

/// An entry of an incident's log. Its type is a word such as
/// `acknowledge_log_entry`; the description of the API is not at one with
/// itself about its spelling.
#[derive(Clone, Debug, Deserialize)]
pub struct LogEntry {
    pub id: Text,
    #[serde(rename = "type")]
    pub kind: Text,
    pub created_at: Timestamp,
    pub summary: Option<Text>,
    pub agent: Option<Reference>,
    pub channel: Option<Channel>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Channel {
    pub summary: Option<Text>,
}

/// A human note. Its content has many lines, so it stays raw until it is
/// split.
#[derive(Clone, Debug, Deserialize)]
pub struct Note {
    pub id: Text,
    pub user: Option<Reference>,
    #[serde(default)]
    pub content: String,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, Deserialize)]
pub struct OnCall {
    pub user: Reference,
    pub escalation_policy: Option<Reference>,
    pub schedule: Option<Reference>,
    #[serde(default)]
    pub escalation_level: u32,
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Service {
    pub id: Text,
    pub escalation_policy: Option<Reference>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct MaintenanceWindow {
    pub id: Text,
    pub start_time: Timestamp,
    pub end_time: Timestamp,
    pub description: Option<Text>,
    #[serde(default)]
    pub services: Lenient<Reference>,
    pub created_by: Option<Reference>,
    pub html_url: Option<Text>,
}
