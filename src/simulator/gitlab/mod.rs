//! GitLab: the part of the REST API v4 that release work uses, in the shape of
//! GitLab's published description. Some services live here, below one group
//! with a subgroup, so that paths are what they are in real life.

mod call;
mod json;
mod read;
mod report;
mod tries;
mod write;

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::Response,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    site::{Site, lock},
    world::company::hex,
};
use crate::domain::Timestamp;
use call::{Answer, Call};

/// The group that the projects are in.
pub const GROUP: &str = "larkspur/platform";
/// Requests a minute for one token (gitlab.com).
const PER_MINUTE: u32 = 2_000;

#[derive(Clone)]
struct GitLab {
    site: Site,
    limit: Arc<Mutex<Limit>>,
}

/// The limit: it comes back each full minute.
struct Limit {
    used: u32,
    until: Timestamp,
}

impl Limit {
    fn take(&mut self, now: Timestamp) -> bool {
        if now >= self.until {
            self.used = 0;
            self.until = now + chrono::TimeDelta::seconds(60);
        }
        // A 304 costs as much as any other answer.
        self.used = self.used.saturating_add(1);
        self.used <= PER_MINUTE
    }
}

/// What the instance serves.
pub fn router(site: Site) -> Router {
    let limit = Arc::new(Mutex::new(Limit {
        used: 0,
        until: site.now(),
    }));
    Router::new()
        .fallback(serve)
        .with_state(GitLab { site, limit })
}

async fn serve(
    State(gitlab): State<GitLab>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(path) = uri.path().strip_prefix("/api/v4/") else {
        let page = Answer::text(StatusCode::NOT_FOUND, "<!DOCTYPE html><html>404</html>");
        return gitlab.send(page, &headers, false);
    };
    if !lock(&gitlab.limit).take(gitlab.site.now()) {
        let answer = Answer::text(StatusCode::TOO_MANY_REQUESTS, "Retry later");
        return gitlab.send(answer, &headers, false);
    }
    if !gitlab.site.authorised(&headers) {
        let answer = Answer::refused(StatusCode::UNAUTHORIZED, "401 Unauthorized");
        return gitlab.send(answer, &headers, false);
    }
    let body = if body.is_empty() {
        Value::Null
    } else {
        let Ok(body) = serde_json::from_slice(&body) else {
            let why = json!({ "error": "The provided content-type 'application/json' is not supported." });
            let answer = Answer::new(StatusCode::BAD_REQUEST, &why);
            return gitlab.send(answer, &headers, false);
        };
        body
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("127.0.0.1");
    let call = Call::new(host, path, &uri, body);
    let answer = {
        let mut world = gitlab.site.world();
        match method {
            Method::GET => read::read(&world, &call),
            Method::POST => write::write(&mut world, &call),
            _ => Answer::refused(StatusCode::METHOD_NOT_ALLOWED, "405 Not Allowed"),
        }
    };
    gitlab.send(answer, &headers, method == Method::GET)
}

impl GitLab {
    /// Sends an answer with the headers that every one carries. What can be
    /// asked for again has a tag; whoever brings it along gets a 304.
    fn send(&self, answer: Answer, headers: &HeaderMap, tagged: bool) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = answer.status;
        let out = response.headers_mut();
        if tagged && answer.status == StatusCode::OK {
            let digest = hex(&Sha256::digest(&answer.body)[..16]);
            let tag = format!("W/\"{digest}\"");
            let same = headers
                .get(header::IF_NONE_MATCH)
                .is_some_and(|known| known.as_bytes() == tag.as_bytes());
            if let Ok(tag) = HeaderValue::from_str(&tag) {
                out.insert(header::ETAG, tag);
            }
            if same {
                *response.status_mut() = StatusCode::NOT_MODIFIED;
            }
        }
        let out = response.headers_mut();
        let limit = lock(&self.limit);
        for (name, number) in [
            ("ratelimit-limit", i64::from(PER_MINUTE)),
            ("ratelimit-observed", i64::from(limit.used)),
            (
                "ratelimit-remaining",
                i64::from(PER_MINUTE.saturating_sub(limit.used)),
            ),
            ("ratelimit-reset", limit.until.timestamp()),
        ] {
            out.insert(name, HeaderValue::from(number));
        }
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            out.insert(header::RETRY_AFTER, HeaderValue::from(60));
        }
        drop(limit);
        for (name, value) in &answer.headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                out.insert(*name, value);
            }
        }
        let date = self.site.now().format("%a, %d %b %Y %H:%M:%S GMT");
        if let Ok(date) = HeaderValue::from_str(&date.to_string()) {
            out.insert(header::DATE, date);
        }
        out.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("max-age=0, private, must-revalidate"),
        );
        if response.status() != StatusCode::NOT_MODIFIED {
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.media));
            *response.body_mut() = Body::from(answer.body);
        }
        response
    }
}
