//! Log entries: what happened in incidents, newest first.

use serde_json::{Value as Json, json};

use crate::domain::Timestamp;
use crate::simulator::world::{
    World,
    incident::{Incident, LogEntry, LogKind},
};

use super::parameters::Parameters;
use super::references::{address, incident as incident_reference, service_at, time, user};
use super::refusal::Refusal;

/// `GET /log_entries` and `GET /incidents/{id}/log_entries`.
pub fn entries<'a>(
    world: &'a World,
    incidents: impl Iterator<Item = &'a Incident>,
    given: &Parameters,
) -> Result<Json, Refusal> {
    let since = given.instant("since")?;
    let until = given.instant("until")?;
    let overview = given.on("is_overview");
    let mut rows: Vec<(Timestamp, usize, Json)> = Vec::new();
    for incident in incidents {
        let mut notes = incident.notes.iter();
        for entry in &incident.log {
            // The nth annotation tells of the nth note.
            let note = if entry.kind == LogKind::Annotate {
                notes.next().map(|note| note.content.as_str())
            } else {
                entry.note.as_deref()
            };
            let wanted = since.is_none_or(|since| entry.at >= since)
                && until.is_none_or(|until| entry.at < until)
                && (!overview || important(entry.kind));
            if wanted {
                rows.push((entry.at, rows.len(), whole(world, incident, entry, note)));
            }
        }
    }
    rows.sort_by_key(|(at, place, _)| std::cmp::Reverse((*at, *place)));
    let all: Vec<Json> = rows.into_iter().map(|(_, _, json)| json).collect();
    given.page("log_entries", &all)
}

/// What `is_overview` keeps: the entries that people look for.
fn important(kind: LogKind) -> bool {
    !matches!(kind, LogKind::Assign | LogKind::Notify)
}

/// `type` of an entry. PagerDuty's description names the acknowledgement two
/// ways; the schema of the entry itself has this one.
pub fn word(kind: LogKind) -> &'static str {
    match kind {
        LogKind::Trigger => "trigger_log_entry",
        LogKind::Assign => "assign_log_entry",
        LogKind::Notify => "notify_log_entry",
        LogKind::Escalate => "escalate_log_entry",
        LogKind::Acknowledge => "acknowledgement_log_entry",
        LogKind::Unacknowledge => "unacknowledge_log_entry",
        LogKind::Annotate => "annotate_log_entry",
        LogKind::Resolve => "resolve_log_entry",
    }
}

fn whole(world: &World, incident: &Incident, entry: &LogEntry, note: Option<&str>) -> Json {
    let by_service = matches!(
        entry.kind,
        LogKind::Assign | LogKind::Notify | LogKind::Escalate
    );
    let person = entry.person.map(|person| user(world, person));
    let agent = match (&person, by_service) {
        (Some(person), false) => person.clone(),
        _ => service_at(world, incident.service),
    };
    let channel = match entry.kind {
        LogKind::Trigger => json!({ "type": "api", "summary": incident.title }),
        LogKind::Notify => json!({
            "type": "auto",
            "notification": {
                "type": if incident.high_urgency { "phone_notification" } else { "email_notification" },
                "status": "success",
            },
        }),
        LogKind::Assign | LogKind::Escalate => json!({ "type": "auto" }),
        LogKind::Annotate => json!({ "type": "note", "summary": note }),
        LogKind::Acknowledge | LogKind::Unacknowledge | LogKind::Resolve => {
            json!({ "type": "website" })
        }
    };
    let mut body = json!({
        "id": entry.id,
        "type": word(entry.kind),
        "summary": entry.summary,
        "self": address("log_entries", &entry.id),
        "html_url": null,
        "created_at": time(entry.at),
        "agent": agent,
        "channel": channel,
        "service": service_at(world, incident.service),
        "incident": incident_reference(incident),
        "teams": [],
        "contexts": [],
    });
    match entry.kind {
        LogKind::Assign | LogKind::Escalate => {
            body["assignees"] = person.into_iter().collect();
        }
        LogKind::Notify => body["user"] = json!(person),
        LogKind::Trigger => body["event_details"] = json!({ "description": incident.title }),
        LogKind::Resolve => {
            if let Some(note) = note {
                body["note"] = json!(note);
            }
        }
        LogKind::Acknowledge | LogKind::Unacknowledge | LogKind::Annotate => {}
    }
    body
}
