//! Incidents and their notes: reading and changing.

use chrono::{Duration, Months};
use serde_json::{Value as Json, json};

use crate::simulator::world::{
    World,
    company::PersonIndex,
    incident::{Incident, IncidentStatus, LogKind, Note},
};

use super::directory::{policy_of, priority};
use super::parameters::Parameters;
use super::references::{address, page, service_at, time, title, user};
use super::refusal::Refusal;

/// Most incidents that one update may change.
const MOST: usize = 250;

/// `GET /incidents`. Without `date_range=all` only a month is looked at: up to
/// `until`, or from `since`.
pub fn list(world: &World, given: &Parameters) -> Result<Json, Refusal> {
    given.only("statuses[]", &["triggered", "acknowledged", "resolved"])?;
    given.only("urgencies[]", &["high", "low"])?;
    let window = window(world, given)?;
    let mut found: Vec<&Incident> = world
        .incidents
        .iter()
        .filter(|incident| {
            let service = world.services.get(incident.service);
            window.is_none_or(|(since, until)| {
                incident.created_at >= since && incident.created_at < until
            }) && given.wants("statuses[]", incident.status.word())
                && given.wants("urgencies[]", urgency(incident))
                && service
                    .is_some_and(|service| given.wants("service_ids[]", &service.pagerduty_id))
                && assigned_to(world, incident, given)
                && given
                    .first("incident_key")
                    .is_none_or(|key| key == incident_key(incident))
        })
        .collect();
    sort(
        &mut found,
        given.first("sort_by").unwrap_or("created_at:asc"),
    )?;
    let all: Vec<Json> = found
        .into_iter()
        .map(|incident| whole(world, incident))
        .collect();
    given.page("incidents", &all)
}

type Window = (crate::domain::Timestamp, crate::domain::Timestamp);

fn window(world: &World, given: &Parameters) -> Result<Option<Window>, Refusal> {
    match given.first("date_range") {
        Some("all") => return Ok(None),
        Some(other) => {
            return Err(Refusal::arguments(&format!(
                "date_range has the unknown value {other}"
            )));
        }
        None => {}
    }
    // The present second counts.
    let now = world.now() + Duration::seconds(1);
    let month = Months::new(1);
    let (since, until) = match (given.instant("since")?, given.instant("until")?) {
        (Some(since), Some(until)) => (since, until),
        (Some(since), None) => (since, since + month),
        (None, until) => {
            let until = until.unwrap_or(now);
            (until - month, until)
        }
    };
    if until < since {
        return Err(Refusal::dates("until is before since"));
    }
    if until > since + Months::new(6) {
        return Err(Refusal::dates("The range may be at most six months"));
    }
    Ok(Some((since, until)))
}

/// Nobody is assigned to what is over, so a filter by person leaves it out.
fn assigned_to(world: &World, incident: &Incident, given: &Parameters) -> bool {
    if given.first("user_ids[]").is_none() {
        return true;
    }
    incident.status != IncidentStatus::Resolved
        && incident.assignees.iter().any(|person| {
            world
                .people
                .get(*person)
                .is_some_and(|person| given.wants("user_ids[]", &person.pagerduty_id))
        })
}

fn sort(found: &mut [&Incident], order: &str) -> Result<(), Refusal> {
    let fields: Vec<&str> = order.split(',').collect();
    if fields.len() > 2 {
        return Err(Refusal::arguments("sort_by takes at most two fields"));
    }
    // Sorting by the second field first, and stably, makes it the tie-breaker.
    for field in fields.iter().rev() {
        let (name, direction) = field.split_once(':').unwrap_or((field, "asc"));
        match name {
            "incident_number" => found.sort_by_key(|incident| incident.number),
            "created_at" => found.sort_by_key(|incident| (incident.created_at, incident.number)),
            "resolved_at" => found.sort_by_key(|incident| resolved_at(incident)),
            "urgency" => found.sort_by_key(|incident| !incident.high_urgency),
            _ => {
                return Err(Refusal::arguments(&format!(
                    "sort_by has the unknown field {name}"
                )));
            }
        }
        match direction {
            "asc" => {}
            "desc" => found.reverse(),
            _ => return Err(Refusal::arguments("sort_by is asc or desc")),
        }
    }
    Ok(())
}

fn urgency(incident: &Incident) -> &'static str {
    if incident.high_urgency { "high" } else { "low" }
}

fn incident_key(incident: &Incident) -> String {
    format!("larkspur-{}", incident.number)
}

fn resolved_at(incident: &Incident) -> Option<crate::domain::Timestamp> {
    (incident.status == IncidentStatus::Resolved).then_some(incident.updated_at)
}

/// `GET /incidents/{id}`, by id or by number.
pub fn one<'a>(world: &'a World, id: &str) -> Result<&'a Incident, Refusal> {
    world
        .incidents
        .iter()
        .find(|incident| incident.id == id || incident.number.to_string() == id)
        .ok_or_else(Refusal::not_found)
}

/// An incident in full.
pub fn whole(world: &World, incident: &Incident) -> Json {
    let open = incident.status != IncidentStatus::Resolved;
    let sets_status = |kind: LogKind| {
        matches!(
            kind,
            LogKind::Trigger | LogKind::Acknowledge | LogKind::Unacknowledge | LogKind::Resolve
        )
    };
    let changed = incident
        .log
        .iter()
        .rev()
        .find(|entry| sets_status(entry.kind));
    let changed_by = changed.and_then(|entry| entry.person).map_or_else(
        || service_at(world, incident.service),
        |person| user(world, person),
    );
    let handed_out = incident
        .log
        .iter()
        .rev()
        .find(|entry| matches!(entry.kind, LogKind::Assign | LogKind::Escalate))
        .map_or(incident.created_at, |entry| entry.at);
    let assignments: Vec<Json> = incident
        .assignees
        .iter()
        .filter(|_| open)
        .map(|person| json!({ "at": time(handed_out), "assignee": user(world, *person) }))
        .collect();
    let acknowledgements: Vec<Json> = incident
        .acknowledgements
        .iter()
        .filter(|_| incident.status == IncidentStatus::Acknowledged)
        .map(|(person, at)| json!({ "at": time(*at), "acknowledger": user(world, *person) }))
        .collect();
    let pending: Vec<Json> = incident
        .escalates_at
        .iter()
        .map(|at| json!({ "type": "escalate", "at": time(*at) }))
        .collect();
    let first = incident.log.first().map(|entry| {
        json!({
            "id": entry.id,
            "type": "trigger_log_entry_reference",
            "summary": entry.summary,
            "self": address("log_entries", &entry.id),
            "html_url": null,
        })
    });
    let tier = world
        .services
        .get(incident.service)
        .map_or(3, |service| service.tier);
    let priority = match (incident.high_urgency, tier) {
        (true, 1) => priority(0),
        (true, _) => priority(1),
        (false, _) => Json::Null,
    };
    json!({
        "id": incident.id,
        "type": "incident",
        "summary": title(incident),
        "self": address("incidents", &incident.id),
        "html_url": page("incidents", &incident.id),
        "incident_number": incident.number,
        "title": incident.title,
        "created_at": time(incident.created_at),
        "updated_at": time(incident.updated_at),
        "status": incident.status.word(),
        "urgency": urgency(incident),
        "priority": priority,
        "incident_key": incident_key(incident),
        "service": service_at(world, incident.service),
        "escalation_policy": policy_of(incident.service),
        "teams": [],
        "assignments": assignments,
        "assigned_via": "escalation_policy",
        "acknowledgements": acknowledgements,
        "pending_actions": pending,
        "last_status_change_at": time(changed.map_or(incident.created_at, |entry| entry.at)),
        "last_status_change_by": changed_by,
        "resolved_at": resolved_at(incident).map(time),
        "first_trigger_log_entry": first,
        "alert_counts": {
            "all": 1,
            "triggered": u8::from(open),
            "resolved": u8::from(!open),
        },
        "is_mergeable": open,
        "incident_type": { "name": "incident_default" },
    })
}

/// `PUT /incidents/{id}`: the new state and the words that go with it.
pub fn update(
    world: &mut World,
    id: &str,
    body: &Json,
    person: PersonIndex,
) -> Result<Json, Refusal> {
    let change = body
        .get("incident")
        .filter(|change| change.is_object())
        .ok_or_else(|| Refusal::input("Incident must be given"))?;
    let id = one(world, id)?.id.clone();
    apply(world, &id, change, person)?;
    let incident = one(world, &id)?;
    Ok(json!({ "incident": whole(world, incident) }))
}

/// `PUT /incidents`: several at once.
pub fn update_many(
    world: &mut World,
    body: &Json,
    person: PersonIndex,
    given: &Parameters,
) -> Result<Json, Refusal> {
    let changes = body
        .get("incidents")
        .and_then(Json::as_array)
        .ok_or_else(|| Refusal::input("Incidents must be given"))?;
    if changes.len() > MOST {
        return Err(Refusal::too_large());
    }
    let mut results = Vec::new();
    for change in changes {
        let id = change["id"].as_str().unwrap_or_default();
        let id = one(world, id)?.id.clone();
        apply(world, &id, change, person)?;
        results.push(whole(world, one(world, &id)?));
    }
    given.page("incidents", &results)
}

fn apply(world: &mut World, id: &str, change: &Json, person: PersonIndex) -> Result<(), Refusal> {
    if !matches!(
        change["type"].as_str(),
        Some("incident" | "incident_reference")
    ) {
        return Err(Refusal::input("Type must be incident_reference"));
    }
    match change.get("status").map(|status| status.as_str()) {
        None => {}
        Some(Some("acknowledged")) => {
            world.acknowledge(id, person);
        }
        Some(Some("resolved")) => {
            world.resolve(id, person, change["resolution"].as_str());
        }
        Some(Some("triggered")) => world.retrigger(id, person),
        Some(_) => return Err(Refusal::input("Status is invalid")),
    }
    Ok(())
}

/// `GET /incidents/{id}/notes`: all of them, newest first.
pub fn notes(world: &World, id: &str) -> Result<Json, Refusal> {
    let incident = one(world, id)?;
    let notes: Vec<Json> = incident
        .notes
        .iter()
        .rev()
        .map(|one| note(world, one))
        .collect();
    Ok(json!({ "notes": notes }))
}

/// `POST /incidents/{id}/notes`: each request makes one more note.
pub fn annotate(
    world: &mut World,
    id: &str,
    body: &Json,
    person: PersonIndex,
) -> Result<Json, Refusal> {
    let content = body["note"]["content"]
        .as_str()
        .filter(|content| !content.trim().is_empty())
        .ok_or_else(|| Refusal::input("Content cannot be empty"))?;
    let id = one(world, id)?.id.clone();
    let written = world
        .annotate(&id, person, content)
        .ok_or_else(Refusal::not_found)?;
    Ok(json!({ "note": note(world, &written) }))
}

fn note(world: &World, note: &Note) -> Json {
    json!({
        "id": note.id,
        "user": user(world, note.person),
        "channel": { "type": "website", "summary": "The PagerDuty website or APIs" },
        "content": note.content,
        "created_at": time(note.at),
    })
}
