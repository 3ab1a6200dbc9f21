//! Short forms of objects, as one object names another.

use chrono::SecondsFormat;
use serde_json::{Value as Json, json};

use crate::domain::Timestamp;
use crate::simulator::world::{
    World,
    company::{PersonIndex, Service, ServiceIndex},
    incident::Incident,
};

/// An instant as PagerDuty writes it.
pub fn time(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// `self` of an object.
pub fn address(collection: &str, id: &str) -> String {
    format!("https://api.pagerduty.com/{collection}/{id}")
}

/// `html_url` of an object.
pub fn page(collection: &str, id: &str) -> String {
    format!("https://larkspur.pagerduty.com/{collection}/{id}")
}

/// A reference.
pub fn reference(kind: &str, collection: &str, id: &str, summary: &str) -> Json {
    json!({
        "id": id,
        "type": kind,
        "summary": summary,
        "self": address(collection, id),
        "html_url": page(collection, id),
    })
}

/// A reference to a person.
pub fn user(world: &World, person: PersonIndex) -> Json {
    world.people.get(person).map_or(Json::Null, |person| {
        reference("user_reference", "users", &person.pagerduty_id, person.name)
    })
}

/// A reference to a service.
pub fn service(service: &Service) -> Json {
    reference(
        "service_reference",
        "services",
        &service.pagerduty_id,
        &service.name,
    )
}

/// A reference to the service with this index.
pub fn service_at(world: &World, index: ServiceIndex) -> Json {
    world.services.get(index).map_or(Json::Null, service)
}

/// A reference to an incident.
pub fn incident(incident: &Incident) -> Json {
    reference(
        "incident_reference",
        "incidents",
        &incident.id,
        &title(incident),
    )
}

/// An incident as people name it: `[#4821] checkout: …`.
pub fn title(incident: &Incident) -> String {
    format!("[#{}] {}", incident.number, incident.title)
}
