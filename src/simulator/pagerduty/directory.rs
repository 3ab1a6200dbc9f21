//! What changes seldom: services, escalation policies, people on call,
//! maintenance windows, priorities.

use chrono::{Duration, Timelike};
use serde_json::{Value as Json, json};

use crate::domain::Timestamp;
use crate::simulator::world::{
    OPERATOR, World,
    company::{Service, ServiceIndex},
    incident::IncidentStatus,
};

use super::parameters::Parameters;
use super::references::{address, page, reference, service, service_at, time, user};
use super::refusal::Refusal;

/// Teams, each with its own escalation policy. A service belongs to the team
/// that its index names, so that everybody's second level differs.
const TEAMS: [&str; 8] = [
    "Checkout",
    "Discovery",
    "Money",
    "Basket",
    "Catalogue",
    "Identity",
    "Edge",
    "Logistics",
];

/// Priorities: id, name, description.
pub const PRIORITIES: [(&str, &str, &str); 3] = [
    ("PPRIO01", "P1", "Customers cannot buy"),
    ("PPRIO02", "P2", "Customers notice"),
    ("PPRIO03", "P3", "Nobody outside notices"),
];

/// The team that a service belongs to.
fn team(service: ServiceIndex) -> usize {
    service % TEAMS.len()
}

fn policy_id(team: usize) -> String {
    format!("PPOL{team:03}")
}

fn policy_name(team: usize) -> String {
    format!(
        "{} on call",
        TEAMS.get(team).copied().unwrap_or("Everybody")
    )
}

fn schedule(team: usize) -> Json {
    let name = format!(
        "{} primary",
        TEAMS.get(team).copied().unwrap_or("Everybody")
    );
    reference(
        "schedule_reference",
        "schedules",
        &format!("PSCH{team:03}"),
        &name,
    )
}

/// A reference to the escalation policy of a service.
pub fn policy_of(service: ServiceIndex) -> Json {
    policy_reference(team(service))
}

fn policy_reference(team: usize) -> Json {
    reference(
        "escalation_policy_reference",
        "escalation_policies",
        &policy_id(team),
        &policy_name(team),
    )
}

/// The teams that have services.
fn teams(world: &World) -> std::ops::Range<usize> {
    0..TEAMS.len().min(world.services.len())
}

/// `GET /services`.
pub fn services(world: &World, given: &Parameters) -> Result<Json, Refusal> {
    given.only("sort_by", &["name", "name:asc", "name:desc"])?;
    let query = given.first("query").map(str::to_lowercase);
    let mut found: Vec<(ServiceIndex, &Service)> = world
        .services
        .iter()
        .enumerate()
        .filter(|(_, service)| {
            query
                .as_ref()
                .is_none_or(|query| service.name.to_lowercase().contains(query))
                && given.first("name").is_none_or(|name| service.name == name)
        })
        .collect();
    found.sort_by(|left, right| left.1.name.cmp(&right.1.name));
    if given.first("sort_by") == Some("name:desc") {
        found.reverse();
    }
    let all: Vec<Json> = found
        .into_iter()
        .map(|(index, service)| whole_service(world, index, service))
        .collect();
    given.page("services", &all)
}

/// `GET /services/{id}`.
pub fn one_service(world: &World, id: &str) -> Result<Json, Refusal> {
    world
        .services
        .iter()
        .enumerate()
        .find(|(_, service)| service.pagerduty_id == id)
        .map(|(index, service)| json!({ "service": whole_service(world, index, service) }))
        .ok_or_else(Refusal::not_found)
}

/// Where a service stands: in maintenance, or as bad as its worst open
/// incident.
fn state(world: &World, index: ServiceIndex) -> &'static str {
    let now = world.now();
    let open = |status| {
        world
            .incidents
            .iter()
            .any(|incident| incident.service == index && incident.status == status)
    };
    let maintained = world
        .maintenance
        .iter()
        .any(|window| window.service == index && window.start <= now && now < window.end);
    if maintained {
        "maintenance"
    } else if open(IncidentStatus::Triggered) {
        "critical"
    } else if open(IncidentStatus::Acknowledged) {
        "warning"
    } else {
        "active"
    }
}

fn whole_service(world: &World, index: ServiceIndex, service: &Service) -> Json {
    let last = world
        .incidents
        .iter()
        .filter(|incident| incident.service == index)
        .map(|incident| incident.created_at)
        .max();
    let created = service.commits.first().map(|commit| time(commit.at));
    json!({
        "id": service.pagerduty_id,
        "type": "service",
        "summary": service.name,
        "self": address("services", &service.pagerduty_id),
        "html_url": page("service-directory", &service.pagerduty_id),
        "name": service.name,
        "description": service.description,
        "created_at": created,
        "status": state(world, index),
        "auto_resolve_timeout": null,
        "acknowledgement_timeout": null,
        "last_incident_timestamp": last.map(time),
        "teams": [],
        "integrations": [],
        "addons": [],
        "scheduled_actions": [],
        "escalation_policy": policy_of(index),
        "incident_urgency_rule": { "type": "constant", "urgency": "severity_based" },
        "alert_creation": "create_alerts_and_incidents",
    })
}

/// `GET /escalation_policies`.
pub fn policies(world: &World, given: &Parameters) -> Result<Json, Refusal> {
    let all: Vec<Json> = teams(world)
        .filter(|team| {
            given
                .first("query")
                .is_none_or(|query| policy_name(*team).contains(query))
        })
        .map(|team| {
            let rules: Vec<Json> = [1, 2]
                .into_iter()
                .map(|level| {
                    let target = if level == 1 {
                        schedule(team)
                    } else {
                        user(world, world.on_call(team, level))
                    };
                    json!({
                        "id": format!("PRUL{team:02}{level}"),
                        "escalation_delay_in_minutes": 5,
                        "targets": [target],
                    })
                })
                .collect();
            let members: Vec<Json> = world
                .services
                .iter()
                .enumerate()
                .filter(|(index, _)| self::team(*index) == team)
                .map(|(_, one)| service(one))
                .collect();
            json!({
                "id": policy_id(team),
                "type": "escalation_policy",
                "summary": policy_name(team),
                "self": address("escalation_policies", &policy_id(team)),
                "html_url": page("escalation_policies", &policy_id(team)),
                "name": policy_name(team),
                "description": null,
                "num_loops": 2,
                "on_call_handoff_notifications": "if_has_services",
                "escalation_rules": rules,
                "services": members,
                "teams": [],
            })
        })
        .collect();
    given.page("escalation_policies", &all)
}

/// How long the first level is on call.
const SHIFT: Duration = Duration::hours(12);

/// `GET /oncalls`: the first level turns over at noon and midnight, the second
/// is always the same person (`end` is null).
pub fn on_calls(world: &World, given: &Parameters) -> Result<Json, Refusal> {
    let (since, until) = (given.instant("since")?, given.instant("until")?);
    let now = world.now();
    let begin = now
        - Duration::seconds(i64::from(now.time().num_seconds_from_midnight() % 43_200))
        - Duration::nanoseconds(i64::from(now.timestamp_subsec_nanos()));
    let mut all = Vec::new();
    for team in teams(world) {
        for level in [1, 2] {
            let person = world.on_call(team, level);
            let user = user(world, person);
            let plan = if level == 1 {
                schedule(team)
            } else {
                Json::Null
            };
            let wanted = given.wants("escalation_policy_ids[]", &policy_id(team))
                && given.wants("user_ids[]", user["id"].as_str().unwrap_or_default())
                && given.wants("schedule_ids[]", plan["id"].as_str().unwrap_or_default());
            if wanted {
                let shift = |at: Option<Timestamp>| {
                    json!({
                        "escalation_policy": policy_reference(team),
                        "escalation_level": level,
                        "user": user,
                        "schedule": plan,
                        "start": at.map(time),
                        "end": at.map(|at| time(at + SHIFT)),
                    })
                };
                if level == 2 {
                    all.push(shift(None));
                    continue;
                }
                let mut at = begin;
                let first = since.unwrap_or(now);
                while at + SHIFT <= first {
                    at += SHIFT;
                }
                while at > first {
                    at -= SHIFT;
                }
                all.push(shift(Some(at)));
                at += SHIFT;
                while until.is_some_and(|until| at < until) {
                    all.push(shift(Some(at)));
                    at += SHIFT;
                }
            }
        }
    }
    given.page("oncalls", &all)
}

/// `GET /maintenance_windows`.
pub fn maintenance(world: &World, given: &Parameters) -> Result<Json, Refusal> {
    given.only("filter", &["past", "future", "ongoing", "open", "all"])?;
    let filter = given.first("filter").unwrap_or("all");
    let now = world.now();
    let all: Vec<Json> = world
        .maintenance
        .iter()
        .zip(1..)
        .filter(|(window, _)| match filter {
            "past" => window.end <= now,
            "future" => window.start > now,
            "ongoing" => window.start <= now && now < window.end,
            "open" => window.end > now,
            _ => true,
        })
        .filter(|(window, _)| {
            given
                .first("query")
                .is_none_or(|query| window.description.contains(query))
                && world
                    .services
                    .get(window.service)
                    .is_some_and(|service| given.wants("service_ids[]", &service.pagerduty_id))
        })
        .map(|(window, number): (_, u32)| {
            json!({
                "id": window.id,
                "type": "maintenance_window",
                "summary": window.description,
                "self": address("maintenance_windows", &window.id),
                "html_url": page("maintenance_windows", &window.id),
                "sequence_number": number,
                "start_time": time(window.start),
                "end_time": time(window.end),
                "description": window.description,
                "created_by": user(world, OPERATOR),
                "services": [service_at(world, window.service)],
                "teams": [],
            })
        })
        .collect();
    given.page("maintenance_windows", &all)
}

/// `GET /users/me`: the token is the operator's own.
pub fn me(world: &World) -> Result<Json, Refusal> {
    let person = world.people.get(OPERATOR).ok_or_else(Refusal::not_found)?;
    Ok(json!({ "user": {
        "id": person.pagerduty_id,
        "type": "user",
        "summary": person.name,
        "self": address("users", &person.pagerduty_id),
        "html_url": page("users", &person.pagerduty_id),
        "name": person.name,
        "email": person.email,
        "time_zone": "Etc/UTC",
        "color": "purple",
        "role": "user",
        "description": null,
        "invitation_sent": false,
        "job_title": "Release captain",
        "teams": [],
        "contact_methods": [],
        "notification_rules": [],
    }}))
}

/// `GET /abilities`.
pub fn abilities() -> Json {
    json!({ "abilities": ["teams", "read_only_users", "urgencies", "manage_schedules", "preview_incident_alert_split"] })
}

/// `GET /priorities`.
pub fn priorities(given: &Parameters) -> Result<Json, Refusal> {
    let all: Vec<Json> = (0..PRIORITIES.len()).map(priority).collect();
    given.page("priorities", &all)
}

/// A priority by its place in [`PRIORITIES`].
pub fn priority(index: usize) -> Json {
    PRIORITIES
        .get(index)
        .map_or(Json::Null, |(id, name, description)| {
            json!({
                "id": id,
                "type": "priority",
                "summary": name,
                "self": address("priorities", id),
                "html_url": null,
                "name": name,
                "description": description,
            })
        })
}
