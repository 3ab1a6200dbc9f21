//! PagerDuty: the REST API v2 over the world's incidents (developer
//! documentation, "REST API").

mod directory;
mod incidents;
mod log;
mod parameters;
mod references;
mod refusal;
mod server;

#[cfg(test)]
mod tests;

use serde_json::{Value as Json, json};

use super::world::{World, company::PersonIndex};

use parameters::Parameters;
use refusal::Refusal;
pub use server::router;

/// A request, taken apart.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// The path with its leading slash.
    pub path: &'a str,
    /// Parameters of the address, in order.
    pub parameters: Vec<(String, String)>,
    /// The From header.
    pub from: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// Answers a request with a status and a body.
pub fn answer(world: &mut World, request: Request<'_>) -> (u16, Json) {
    match dispatch(world, request) {
        Ok(body) => (200, body),
        Err(refusal) => (refusal.status, refusal.body()),
    }
}

fn dispatch(world: &mut World, request: Request<'_>) -> Result<Json, Refusal> {
    let given = Parameters(request.parameters);
    let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    let method = if request.method == "HEAD" {
        "GET"
    } else {
        request.method
    };
    match (method, parts.as_slice()) {
        ("GET", ["incidents"]) => incidents::list(world, &given),
        ("GET", ["incidents", id]) => {
            let incident = incidents::one(world, id)?;
            Ok(json!({ "incident": incidents::whole(world, incident) }))
        }
        ("GET", ["incidents", id, "notes"]) => incidents::notes(world, id),
        ("GET", ["incidents", id, "log_entries"]) => {
            let incident = incidents::one(world, id)?;
            log::entries(world, std::iter::once(incident), &given)
        }
        ("GET", ["log_entries"]) => log::entries(world, world.incidents.iter(), &given),
        ("GET", ["services"]) => directory::services(world, &given),
        ("GET", ["services", id]) => directory::one_service(world, id),
        ("GET", ["escalation_policies"]) => directory::policies(world, &given),
        ("GET", ["oncalls"]) => directory::on_calls(world, &given),
        ("GET", ["maintenance_windows"]) => directory::maintenance(world, &given),
        ("GET", ["users", "me"]) => directory::me(world),
        ("GET", ["abilities"]) => Ok(directory::abilities()),
        ("GET", ["priorities"]) => directory::priorities(&given),
        ("PUT", ["incidents"]) => {
            let (person, body) = (author(world, request.from)?, content(request.body)?);
            incidents::update_many(world, &body, person, &given)
        }
        ("PUT", ["incidents", id]) => {
            let (person, body) = (author(world, request.from)?, content(request.body)?);
            incidents::update(world, id, &body, person)
        }
        ("POST", ["incidents", id, "notes"]) => {
            let (person, body) = (author(world, request.from)?, content(request.body)?);
            incidents::annotate(world, id, &body, person)
        }
        _ => Err(Refusal::not_found()),
    }
}

/// The person whom the From header names: whatever is changed is on record
/// as theirs.
fn author(world: &World, from: Option<&str>) -> Result<PersonIndex, Refusal> {
    let from = from
        .map(str::trim)
        .filter(|from| from.split('@').filter(|part| !part.is_empty()).count() == 2)
        .ok_or_else(Refusal::malformed_from)?;
    world
        .people
        .iter()
        .position(|person| person.email.eq_ignore_ascii_case(from))
        .ok_or_else(Refusal::unknown_from)
}

fn content(body: &[u8]) -> Result<Json, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::input("The body is no JSON"))
}
