//! What every vendor's server shares: the world, its token, and the door
//! through which each request comes in.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::domain::Timestamp;

use super::{
    clock::Clock,
    faults,
    server::Hangup,
    world::{FaultOrder, World},
};

/// Requests that are kept for `GET /__sim/requests`; all are counted.
const KEPT_REQUESTS: usize = 4_000;

/// One vendor's view of the world; cheap to clone.
#[derive(Clone)]
pub struct Site(Arc<Inner>);

struct Inner {
    vendor: &'static str,
    token: String,
    clock: Clock,
    world: Arc<Mutex<World>>,
    requests: Mutex<Requests>,
}

#[derive(Default)]
struct Requests {
    total: u64,
    writes: u64,
    kept: std::collections::VecDeque<Seen>,
}

struct Seen {
    at: Timestamp,
    method: Method,
    path: String,
    query: String,
    credential: bool,
}

impl Site {
    /// A vendor's view of a world.
    pub fn new(
        vendor: &'static str,
        token: String,
        world: Arc<Mutex<World>>,
        clock: Clock,
    ) -> Self {
        Self(Arc::new(Inner {
            vendor,
            token,
            clock,
            world,
            requests: Mutex::default(),
        }))
    }

    /// The vendor's name: `github`, `gitlab`, `jenkins`, `pagerduty`,
    /// `prometheus`.
    pub fn vendor(&self) -> &'static str {
        self.0.vendor
    }

    /// The token that this vendor knows.
    pub fn token(&self) -> &str {
        &self.0.token
    }

    /// The world, played up to now.
    pub fn world(&self) -> MutexGuard<'_, World> {
        let mut world = lock(&self.0.world);
        world.advance(self.0.clock.now());
        world
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Whether a request carries the token, as a bearer or in PagerDuty's
    /// own form (`Token token=…`).
    pub fn authorised(&self, headers: &HeaderMap) -> bool {
        let Some(value) = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
        else {
            // GitLab's own form.
            return headers
                .get("private-token")
                .is_some_and(|token| token.as_bytes() == self.token().as_bytes());
        };
        ["Bearer ", "bearer ", "token ", "Token token="]
            .iter()
            .any(|scheme| value.strip_prefix(scheme) == Some(self.token()))
    }

    /// The misbehaviour that is ordered for this vendor at this moment.
    pub fn fault(&self) -> Option<FaultOrder> {
        let world = self.world();
        let now = world.now();
        world
            .fault_orders
            .iter()
            .rev()
            .find(|order| order.vendor == self.vendor() && order.until > now)
            .cloned()
    }

    /// Whether a request is meant to change something: GraphQL, Prometheus and
    /// Kubernetes' reviews ask their questions with POST, too.
    pub fn is_write(&self, request: &Request) -> bool {
        let asks = request.method() == Method::GET || request.method() == Method::HEAD;
        let path = request.uri().path();
        let question = self.vendor() == "prometheus"
            || path.ends_with("/graphql")
            || path.ends_with("reviews");
        !asks && !question
    }

    fn note(&self, request: &Request) {
        let mut requests = lock(&self.0.requests);
        requests.total += 1;
        if self.is_write(request) {
            requests.writes += 1;
        }
        if requests.kept.len() == KEPT_REQUESTS {
            requests.kept.pop_front();
        }
        requests.kept.push_back(Seen {
            at: self.now(),
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            credential: request.headers().contains_key(header::AUTHORIZATION),
        });
    }

    fn requests(&self) -> Value {
        let requests = lock(&self.0.requests);
        let kept: Vec<Value> = requests
            .kept
            .iter()
            .map(|seen| {
                json!({
                    "at": seen.at,
                    "method": seen.method.as_str(),
                    "path": seen.path,
                    "query": seen.query,
                    "credential": seen.credential,
                })
            })
            .collect();
        json!({ "total": requests.total, "writes": requests.writes, "requests": kept })
    }

    async fn administer(&self, request: Request) -> Response {
        if !self.authorised(request.headers()) {
            return plain(StatusCode::UNAUTHORIZED, "this needs the vendor's token");
        }
        match (request.method().as_str(), request.uri().path()) {
            ("GET", "/__sim/requests") => axum::Json(self.requests()).into_response(),
            ("POST", "/__sim/fault") => {
                let order = axum::body::to_bytes(request.into_body(), 4_096)
                    .await
                    .ok()
                    .and_then(|body| serde_json::from_slice::<FaultRequest>(&body).ok());
                let Some(order) =
                    order.filter(|order| faults::KINDS.contains(&order.kind.as_str()))
                else {
                    return plain(
                        StatusCode::UNPROCESSABLE_ENTITY,
                        &format!(
                            "send {{\"kind\": …, \"seconds\": …}}, kind being one of: none, {}",
                            faults::KINDS.join(", ")
                        ),
                    );
                };
                let mut world = self.world();
                let until = world.now() + super::clock::span(order.seconds.clamp(0.0, 86_400.0));
                let vendor = self.vendor().to_owned();
                world.fault_orders.retain(|order| order.vendor != vendor);
                world.fault_orders.push(FaultOrder {
                    vendor,
                    kind: order.kind,
                    until,
                });
                axum::Json(json!({ "until": until })).into_response()
            }
            _ => plain(StatusCode::NOT_FOUND, "there is no such switch"),
        }
    }
}

#[derive(serde::Deserialize)]
struct FaultRequest {
    kind: String,
    #[serde(default = "minute")]
    seconds: f64,
}

fn minute() -> f64 {
    60.0
}

/// A lock that a panic elsewhere does not take away.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A plain-text answer.
pub fn plain(status: StatusCode, text: &str) -> Response {
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

/// The door: only loopback names come in (a page in a browser must not reach
/// the simulator through a name that it controls), requests are written
/// down, and what is ordered to go wrong goes wrong.
pub async fn door(
    State(site): State<Site>,
    ConnectInfo(hangup): ConnectInfo<Hangup>,
    request: Request,
    next: Next,
) -> Response {
    if !loopback(request.headers()) {
        return plain(
            StatusCode::FORBIDDEN,
            "the simulator answers loopback names only",
        );
    }
    if request.uri().path().starts_with("/__sim/") {
        return site.administer(request).await;
    }
    site.note(&request);
    match site.fault() {
        Some(order) => faults::misbehave(&site, &order, &hangup, request, next).await,
        None => next.run(request).await,
    }
}

fn loopback(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).is_some_and(is_loopback);
    let origin = headers.get(header::ORIGIN).is_none()
        || text(header::ORIGIN)
            .and_then(|origin| origin.split_once("://"))
            .is_some_and(|(_, host)| is_loopback(host));
    host && origin
}

fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    matches!(host, "localhost" | "127.0.0.1" | "::1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_come_in() {
        for (host, origin, expected) in [
            ("127.0.0.1:8000", None, true),
            ("localhost", None, true),
            ("[::1]:8000", None, true),
            ("attacker.example:8000", None, false),
            ("127.0.0.1.attacker.example", None, false),
            ("127.0.0.1", Some("https://attacker.example"), false),
            ("127.0.0.1", Some("null"), false),
            ("127.0.0.1", Some("http://localhost:3000"), true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            assert_eq!(loopback(&headers), expected, "{host} {origin:?}");
        }
        assert!(!loopback(&HeaderMap::new()));
    }
}
