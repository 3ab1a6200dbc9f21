//! The server: the token, the rate limit and the way to the answers.

use std::sync::{Arc, Mutex};

use axum::{
    Json as JsonBody, Router,
    body::Bytes,
    extract::{Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};

use crate::domain::Timestamp;
use crate::simulator::site::{Site, lock};

use super::{Request, answer, refusal::Refusal};

/// Requests a minute that one token may make (developer documentation,
/// "Rate Limits").
const REQUESTS_PER_MINUTE: u32 = 960;

/// PagerDuty as a server.
pub fn router(site: Site) -> Router {
    let budget = Arc::new(Mutex::new(Budget {
        begun: site.now(),
        used: 0,
    }));
    Router::new()
        .fallback(serve)
        .with_state(Server { site, budget })
}

#[derive(Clone)]
struct Server {
    site: Site,
    budget: Arc<Mutex<Budget>>,
}

/// What is used up of the current minute.
struct Budget {
    begun: Timestamp,
    used: u32,
}

impl Budget {
    /// Counts one request: what remains, the seconds until the next minute,
    /// and whether the request is within the limit.
    fn spend(&mut self, now: Timestamp) -> (u32, i64, bool) {
        if (now - self.begun).num_seconds() >= 60 {
            self.begun = now;
            self.used = 0;
        }
        let allowed = self.used < REQUESTS_PER_MINUTE;
        if allowed {
            self.used += 1;
        }
        let reset = 60 - (now - self.begun).num_seconds().clamp(0, 59);
        (REQUESTS_PER_MINUTE - self.used, reset, allowed)
    }
}

async fn serve(
    State(server): State<Server>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !server.site.authorised(&headers) {
        return refused(&Refusal::unauthorised());
    }
    let (remaining, reset, allowed) = lock(&server.budget).spend(server.site.now());
    let mut response = if allowed {
        let parameters = Query::<Vec<(String, String)>>::try_from_uri(&uri)
            .map(|query| query.0)
            .unwrap_or_default();
        let (status, body) = answer(
            &mut server.site.world(),
            Request {
                method: method.as_str(),
                path: uri.path(),
                parameters,
                from: headers.get("from").and_then(|from| from.to_str().ok()),
                body: &body,
            },
        );
        respond(status, body)
    } else {
        refused(&Refusal::too_many())
    };
    for (name, value) in [
        ("ratelimit-limit", i64::from(REQUESTS_PER_MINUTE)),
        ("ratelimit-remaining", i64::from(remaining)),
        ("ratelimit-reset", reset),
    ] {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
    response
}

fn refused(refusal: &Refusal) -> Response {
    respond(refusal.status, refusal.body())
}

fn respond(status: u16, body: serde_json::Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, JsonBody(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_runs_down_and_comes_back_with_the_minute() {
        let start = Timestamp::UNIX_EPOCH;
        let mut budget = Budget {
            begun: start,
            used: 0,
        };
        assert_eq!(budget.spend(start), (959, 60, true));
        let later = start + chrono::TimeDelta::seconds(20);
        for _ in 1..REQUESTS_PER_MINUTE {
            assert!(budget.spend(later).2);
        }
        assert_eq!(budget.spend(later), (0, 40, false));
        let next = start + chrono::TimeDelta::seconds(60);
        assert_eq!(budget.spend(next), (959, 60, true));
    }
}
