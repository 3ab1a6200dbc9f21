//! What can be done to an incident: the request, the look before it, the
//! sending and the look after it.

use chrono::TimeDelta;
use secrecy::SecretString;
use serde_json::json;

use super::{
    client::{Client, checked, headers},
    config::Settings,
    map, wire,
};
use crate::{
    domain::{Act, Connection, IncidentStatus, Intent, Origin, Text, Timestamp},
    error::Error,
    integrations::{
        contract::{Answer, Fault, Observation, Observe, Precheck, PreparedRequest},
        http::{Access, Priority, Reply, Transport, WriteClient, WriteSettings, fault::fault},
    },
    operation::Confirmed,
};

/// How far the clocks of PagerDuty and of this machine may be apart.
const TOLERANCE: TimeDelta = TimeDelta::seconds(120);

/// What is needed to act.
pub struct Actor {
    write: Option<WriteClient>,
    base: reqwest::Url,
    from: Option<http::HeaderValue>,
}

impl Actor {
    /// In a read-only process there is no client for writes.
    pub fn new(
        access: Access,
        settings: &Settings,
        base: reqwest::Url,
        secret: &SecretString,
        transport: Transport,
    ) -> Result<Self, Error> {
        let from = settings
            .from
            .as_deref()
            .and_then(|from| http::HeaderValue::from_str(from).ok());
        let mut write = WriteSettings::new(base.clone(), Some(Client::credential(secret)?));
        write.headers = headers();
        write.transport = transport;
        if let Some(from) = &from {
            write.headers.insert(http::header::FROM, from.clone());
        }
        Ok(Self {
            write: WriteClient::new(access, write),
            base,
            from,
        })
    }

    /// The request of an intent. Nothing is sent.
    ///
    /// `PUT /incidents/{id}` with a status, `POST /incidents/{id}/notes`.
    pub fn prepare(&self, intent: &Intent) -> Result<PreparedRequest, Fault> {
        if self.from.is_none() {
            return Err(fault(
                Connection::Forbidden,
                "PagerDuty wants to know who acts: set `from` to the e-mail address that you log in with",
            ));
        }
        let (incident, method, tail, body) = match &intent.act {
            Act::Acknowledge { incident } => (incident, "PUT", "", status_body("acknowledged")),
            Act::Resolve { incident } => (incident, "PUT", "", status_body("resolved")),
            Act::AddNote { incident, lines } => {
                let content = note_content(lines);
                if content.trim().is_empty() {
                    return Err(fault(Connection::Degraded, "the note is empty"));
                }
                let body = json!({ "note": { "content": content } });
                (incident, "POST", "/notes", body)
            }
            other => {
                return Err(fault(
                    Connection::Degraded,
                    &format!("PagerDuty cannot {}", other.verb()),
                ));
            }
        };
        let id = checked(&incident.key)?;
        let base = self.base.as_str().trim_end_matches('/');
        Ok(PreparedRequest {
            method,
            url: format!("{base}/incidents/{id}{tail}"),
            body: body.to_string(),
            ..PreparedRequest::default()
        })
    }

    /// Sends it once.
    pub async fn send(&self, operation: &Confirmed) -> Answer {
        self.deliver(operation.request()).await
    }

    async fn deliver(&self, request: &PreparedRequest) -> Answer {
        let Some(write) = &self.write else {
            return Answer::Refused {
                status: 0,
                why: "nothing was sent: this process is read-only".into(),
            };
        };
        write.send(request, handle).await
    }
}

fn status_body(status: &str) -> serde_json::Value {
    json!({ "incident": { "type": "incident_reference", "status": status } })
}

fn note_content(lines: &[Text]) -> String {
    let lines: Vec<&str> = lines.iter().map(Text::as_str).collect();
    lines.join("\n")
}

/// The id of the note that was written; acts on the incident itself have none.
fn handle(reply: &Reply) -> Text {
    reply
        .json::<wire::OneNote>()
        .map(|one| one.note.id)
        .unwrap_or_default()
}

fn target(intent: &Intent) -> Result<&Origin, Fault> {
    intent
        .act
        .target()
        .ok_or_else(|| fault(Connection::Degraded, "no incident is named"))
}

/// Reads the incident afresh. Acknowledging a resolved incident reopens it
/// (PagerDuty changelog, 2025-09-18), so that is never sent.
pub async fn precheck(client: &Client, intent: &Intent) -> Result<Precheck, Fault> {
    let incident = match client.incident(&target(intent)?.key).await {
        Ok(incident) => incident,
        Err(failure) if failure.status == Some(404) => {
            return Ok(Precheck::Moved("there is no such incident any more".into()));
        }
        Err(failure) => return Err(failure.into()),
    };
    Ok(match judge(&intent.act, &incident) {
        None => Precheck::Ready,
        Some(why) => Precheck::Moved(Text::new(&why)),
    })
}

/// Why the act must not be sent, if so.
pub fn judge(act: &Act, incident: &wire::Incident) -> Option<String> {
    let who = |who: &Option<wire::Reference>| {
        who.as_ref()
            .map(|who| format!(" by {}", who.label()))
            .unwrap_or_default()
    };
    let at = |at: Option<Timestamp>| {
        at.map(|at| format!(" at {} UTC", at.format("%H:%M:%S")))
            .unwrap_or_default()
    };
    let by = who(&incident.last_status_change_by);
    match (act, map::status(&incident.status)) {
        (Act::AddNote { .. }, _) => None,
        (_, IncidentStatus::Resolved) => Some(format!(
            "the incident was resolved{by}{}",
            at(incident.resolved_at.or(incident.last_status_change_at))
        )),
        (Act::Acknowledge { .. }, IncidentStatus::Acknowledged) => Some(format!(
            "the incident was acknowledged{by}{}",
            at(incident.last_status_change_at)
        )),
        _ => None,
    }
}

/// Reads afresh whether the effect is there.
pub async fn observe(client: &Client, operation: &Observe) -> Result<Observation, Fault> {
    let id = &target(&operation.intent)?.key;
    match &operation.intent.act {
        Act::AddNote { lines, .. } => {
            let notes = client.notes(id, Priority::Person).await?;
            let wanted = note_content(lines);
            Ok(seen_note(&notes.items, &wanted, operation))
        }
        act => {
            let incident = client.incident(id).await?;
            let log = match act {
                Act::Acknowledge { .. } => client.log_entries(id, Priority::Person).await?.items,
                _ => Vec::new(),
            };
            Ok(match act {
                Act::Acknowledge { .. } => seen_acknowledgement(&incident, &log, operation.since),
                _ => seen_resolution(&incident),
            })
        }
    }
}

fn seen_note(notes: &[wire::Note], wanted: &str, operation: &Observe) -> Observation {
    let earliest = operation.since - TOLERANCE;
    let same = |note: &&wire::Note| {
        let content = note.content.replace("\r\n", "\n");
        note.created_at >= earliest && content.trim() == wanted.trim()
    };
    let by_handle = |note: &&wire::Note| {
        !operation.handle.is_empty() && note.id.as_str() == operation.handle.as_str()
    };
    let found = notes
        .iter()
        .find(by_handle)
        .or_else(|| notes.iter().find(same));
    match found {
        Some(note) => Observation::Done(Text::new(&format!(
            "the incident shows the note, written at {} UTC",
            note.created_at.format("%H:%M:%S")
        ))),
        None => Observation::Pending("the incident does not show the note yet".into()),
    }
}

fn seen_acknowledgement(
    incident: &wire::Incident,
    log: &[wire::LogEntry],
    since: Timestamp,
) -> Observation {
    let earliest = since - TOLERANCE;
    let newest = |word: &str| {
        log.iter()
            .filter(|entry| map::log_word(entry) == word && entry.created_at >= earliest)
            .max_by_key(|entry| entry.created_at)
    };
    let acknowledged = newest("acknowledge")
        .map(|entry| (entry.created_at, entry.agent.as_ref()))
        .or_else(|| {
            incident
                .acknowledgements
                .items
                .iter()
                .filter(|one| one.at >= earliest)
                .max_by_key(|one| one.at)
                .map(|one| (one.at, Some(&one.acknowledger)))
        });
    let resolved = newest("resolve");
    let clock = |at: Timestamp| at.format("%H:%M:%S").to_string();
    let named = |who: Option<&wire::Reference>| {
        who.map(|who| format!(" by {}", who.label()))
            .unwrap_or_default()
    };
    match (acknowledged, map::status(&incident.status)) {
        (Some((at, who)), status) => {
            let mut proof = format!("acknowledged{} at {} UTC", named(who), clock(at));
            if let Some(entry) = resolved {
                let tail = format!(
                    "resolved{} at {} UTC",
                    named(entry.agent.as_ref()),
                    clock(entry.created_at)
                );
                if entry.created_at < at && status != IncidentStatus::Resolved {
                    proof = format!("{proof}; it had been {tail}, so this reopened it");
                } else {
                    proof = format!("{proof}, {tail}");
                }
            }
            Observation::Done(Text::new(&proof))
        }
        (None, IncidentStatus::Resolved) => {
            Observation::Refuted("the incident is resolved and nobody acknowledged it".into())
        }
        (None, IncidentStatus::Acknowledged) => Observation::Pending(
            "the incident is acknowledged, but by nobody since this was confirmed".into(),
        ),
        (None, _) => Observation::Pending("the incident is not acknowledged yet".into()),
    }
}

fn seen_resolution(incident: &wire::Incident) -> Observation {
    if map::status(&incident.status) == IncidentStatus::Resolved {
        let who = incident
            .last_status_change_by
            .as_ref()
            .map(|who| format!(" by {}", who.label()))
            .unwrap_or_default();
        let at = incident
            .resolved_at
            .or(incident.last_status_change_at)
            .map(|at| format!(" at {} UTC", at.format("%H:%M:%S")))
            .unwrap_or_default();
        return Observation::Done(Text::new(&format!("resolved{who}{at}")));
    }
    Observation::Pending("the incident is not resolved yet".into())
}

#[cfg(test)]
mod tests;
