//! The reads of PagerDuty's REST API.

use std::collections::HashMap;

use http::{HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::wire;
use crate::{
    domain::{Connection, Timestamp},
    integrations::http::{Credential, Failure, Lenient, Priority, ReadClient, ReadSettings, Reply},
};

/// Objects a page; the most that PagerDuty gives.
const PAGE: usize = 100;
/// `offset + limit` may not pass this (error 2002).
const REACH: usize = 10_000;

/// Headers of every request: the version of the API.
pub fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        http::header::ACCEPT,
        HeaderValue::from_static("application/vnd.pagerduty+json;version=2"),
    );
    headers
}

/// A list, and whether it is the whole.
pub struct Listing<T> {
    /// What could be read.
    pub items: Vec<T>,
    /// How many objects were malformed.
    pub malformed: usize,
    /// Why the list is not whole.
    pub fault: Option<Failure>,
}

/// The reads.
pub struct Client {
    pub http: ReadClient,
}

impl Client {
    pub fn new(mut settings: ReadSettings) -> Self {
        settings.headers = headers();
        Self {
            http: ReadClient::new(settings),
        }
    }

    pub fn credential(secret: &secrecy::SecretString) -> Result<Credential, crate::error::Error> {
        Credential::prefixed("Token token=", secret)
    }

    /// All open incidents, however old.
    pub async fn open_incidents(&self, priority: Priority) -> Listing<wire::Incident> {
        let query = [
            ("date_range", "all"),
            ("statuses[]", "triggered"),
            ("statuses[]", "acknowledged"),
        ];
        self.list("/incidents", "incidents", &query, REACH, priority)
            .await
    }

    /// Resolved incidents that were created since then, newest first.
    pub async fn resolved_incidents(
        &self,
        since: Timestamp,
        until: Timestamp,
        priority: Priority,
    ) -> Listing<wire::Incident> {
        let (since, until) = (instant(since), instant(until));
        let query = [
            ("statuses[]", "resolved"),
            ("since", since.as_str()),
            ("until", until.as_str()),
            ("sort_by", "created_at:desc"),
        ];
        self.list("/incidents", "incidents", &query, 3 * PAGE, priority)
            .await
    }

    pub async fn incident(&self, id: &str) -> Result<wire::Incident, Failure> {
        let path = format!("/incidents/{}", checked(id)?);
        let request = self.http.get(&path, &[]).fresh().priority(Priority::Person);
        let one: wire::OneIncident = self.http.send(request).await?.json()?;
        Ok(one.incident)
    }

    /// The short timeline, newest first as PagerDuty gives it.
    pub async fn log_entries(
        &self,
        id: &str,
        priority: Priority,
    ) -> Result<Listing<wire::LogEntry>, Failure> {
        let path = format!("/incidents/{}/log_entries", checked(id)?);
        let query = [("is_overview", "true")];
        Ok(self
            .list(&path, "log_entries", &query, 3 * PAGE, priority)
            .await)
    }

    pub async fn notes(
        &self,
        id: &str,
        priority: Priority,
    ) -> Result<Lenient<wire::Note>, Failure> {
        let path = format!("/incidents/{}/notes", checked(id)?);
        let request = self.http.get(&path, &[]).priority(priority);
        let notes: wire::Notes = self.http.send(request).await?.json()?;
        Ok(notes.notes)
    }

    pub async fn on_calls(&self, priority: Priority) -> Listing<wire::OnCall> {
        let query = [("earliest", "true")];
        self.list("/oncalls", "oncalls", &query, 3 * PAGE, priority)
            .await
    }

    /// All shifts of some escalation policies that touch a span; none when
    /// there are too many to be read.
    pub async fn shifts(
        &self,
        policies: &[&str],
        since: Timestamp,
        until: Timestamp,
        priority: Priority,
    ) -> Option<Listing<wire::OnCall>> {
        let most = 30 * PAGE;
        let (since, until) = (instant(since), instant(until));
        let mut query = vec![("since", since.as_str()), ("until", until.as_str())];
        query.extend(policies.iter().map(|id| ("escalation_policy_ids[]", *id)));
        let listing = self
            .list("/oncalls", "oncalls", &query, most, priority)
            .await;
        (listing.items.len() < most).then_some(listing)
    }

    pub async fn services(&self, priority: Priority) -> Listing<wire::Service> {
        self.list("/services", "services", &[], 10 * PAGE, priority)
            .await
    }

    pub async fn maintenance_windows(
        &self,
        priority: Priority,
    ) -> Listing<wire::MaintenanceWindow> {
        let query = [("filter", "open")];
        self.list(
            "/maintenance_windows",
            "maintenance_windows",
            &query,
            3 * PAGE,
            priority,
        )
        .await
    }

    /// Reads pages until there is no more or `most` objects were read.
    async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        name: &str,
        query: &[(&str, &str)],
        most: usize,
        priority: Priority,
    ) -> Listing<T> {
        let mut listing = Listing {
            items: Vec::new(),
            malformed: 0,
            fault: None,
        };
        let limit = PAGE.to_string();
        let mut offset = 0;
        while offset + PAGE <= most {
            let at = offset.to_string();
            let mut all = query.to_vec();
            all.push(("limit", &limit));
            all.push(("offset", &at));
            let request = self.http.get(path, &all).priority(priority);
            let page = match self.http.send(request).await {
                Ok(reply) => page::<T>(&reply, name),
                Err(failure) => Err(failure),
            };
            match page {
                Ok((page, more)) => {
                    listing.malformed += page.malformed;
                    listing.items.extend(page.items);
                    if !more {
                        return listing;
                    }
                }
                Err(failure) => {
                    listing.fault = Some(failure);
                    return listing;
                }
            }
            offset += PAGE;
        }
        listing
    }
}

/// One page: the list under its name, and whether more follows.
fn page<T: DeserializeOwned>(reply: &Reply, name: &str) -> Result<(Lenient<T>, bool), Failure> {
    let parts: HashMap<String, Box<RawValue>> = reply.json()?;
    let list = parts
        .get(name)
        .and_then(|list| serde_json::from_str(list.get()).ok())
        .ok_or_else(|| {
            let detail = format!("PagerDuty's answer has no list of {name}: check `url`");
            Failure::new(Connection::Unreachable, &detail)
        })?;
    let more = parts.get("more").is_some_and(|more| more.get() == "true");
    Ok((list, more))
}

/// PagerDuty's ids are letters and digits; anything else never goes into a
/// path.
pub fn checked(id: &str) -> Result<&str, Failure> {
    if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(id);
    }
    Err(Failure::new(
        Connection::Degraded,
        &format!("{id:?} is not the id of a PagerDuty incident"),
    ))
}

fn instant(at: Timestamp) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
