//! GitHub: the REST API and the GraphQL that release work uses, in the shape
//! of GitHub's published description.

mod answer;
mod call;
mod graphql;
mod json;
mod limit;
mod releases;
mod rest;
mod write;

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::Response,
    routing::get,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    site::{Site, lock, plain},
    world::run::run_of_job,
};
use answer::Answer;
use call::Call;
use limit::Limit;

/// What a token may do, as GitHub's headers say it.
const SCOPES: &str = "repo, workflow, read:org";
/// Versions of the API that are known.
const VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];

#[derive(Clone)]
struct GitHub {
    site: Site,
    blobs: Arc<str>,
    limits: Arc<Mutex<Limits>>,
}

struct Limits {
    core: Limit,
    graphql: Limit,
}

/// What `api.github.com` serves; logs are sent from `blobs`.
pub fn router(site: Site, blobs: &str) -> Router {
    let now = site.now();
    Router::new().fallback(serve).with_state(GitHub {
        site,
        blobs: blobs.into(),
        limits: Arc::new(Mutex::new(Limits {
            core: Limit::new("core", now),
            graphql: Limit::new("graphql", now),
        })),
    })
}

/// The second origin, which sends the text of logs. Like the real one it
/// refuses whoever brings a credential along.
pub fn blobs(site: Site) -> Router {
    Router::new()
        .route("/logs/{job}", get(log))
        .route("/reports/{job}", get(report))
        .with_state(site)
}

async fn log(
    State(site): State<Site>,
    Path(job): Path<u64>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    if headers.contains_key(header::AUTHORIZATION) {
        return plain(
            StatusCode::BAD_REQUEST,
            "<?xml version=\"1.0\"?><Error><Code>InvalidAuthenticationInfo</Code></Error>",
        );
    }
    let world = site.world();
    let text = world
        .runs
        .get(&run_of_job(job))
        .and_then(|run| world.log(run, &run.job(job)?));
    match text {
        Some(text) if uri.query() == Some("sig=once") => plain(StatusCode::OK, &text),
        _ => plain(
            StatusCode::NOT_FOUND,
            "<?xml version=\"1.0\"?><Error><Code>BlobNotFound</Code></Error>",
        ),
    }
}

async fn report(
    State(site): State<Site>,
    Path(job): Path<u64>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    if headers.contains_key(header::AUTHORIZATION) {
        return plain(
            StatusCode::BAD_REQUEST,
            "<?xml version=\"1.0\"?><Error><Code>InvalidAuthenticationInfo</Code></Error>",
        );
    }
    let archive = {
        let world = site.world();
        world
            .runs
            .get(&run_of_job(job))
            .and_then(|run| {
                world
                    .reports_of(run)
                    .into_iter()
                    .find(|one| one.job.id == job)
            })
            .map(|report| report.archive())
    };
    match archive {
        Some(bytes) if uri.query() == Some("sig=once") => {
            let mut response = Response::new(Body::from(bytes));
            response.headers_mut().insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/zip"),
            );
            response
        }
        _ => plain(
            StatusCode::NOT_FOUND,
            "<?xml version=\"1.0\"?><Error><Code>BlobNotFound</Code></Error>",
        ),
    }
}

async fn serve(
    State(github): State<GitHub>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(refusal) = github.refuse(&headers) {
        return github.send(&refusal, &headers, false, false);
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("127.0.0.1");
    let body = if body.is_empty() {
        Value::Null
    } else {
        let Ok(body) = serde_json::from_slice(&body) else {
            let answer = Answer::refused(StatusCode::BAD_REQUEST, "Problems parsing JSON");
            return github.send(&answer, &headers, false, false);
        };
        body
    };
    let enterprise = uri.path().strip_prefix("/api/v3").map(str::to_owned);
    let base = match enterprise {
        Some(_) => format!("http://{host}/api/v3"),
        None => format!("http://{host}"),
    };
    let uri = match (enterprise, uri.query()) {
        (Some(path), Some(query)) => format!("{path}?{query}").parse().unwrap_or(uri),
        (Some(path), None) => path.parse().unwrap_or(uri),
        (None, _) => uri,
    };
    let call = Call::new(&base, &uri, body);
    if method == Method::GET && uri.path() == "/rate_limit" {
        let answer = {
            let limits = lock(&github.limits);
            rest::limits(&limits.core, &limits.graphql)
        };
        return github.send(&answer, &headers, false, false);
    }
    if method == Method::POST && matches!(uri.path(), "/graphql" | "/api/graphql") {
        let answer = github.graphql(&call);
        return github.send(&answer, &headers, false, true);
    }
    if !lock(&github.limits).core.take(github.site.now(), 1) {
        let answer = Answer::refused(
            StatusCode::FORBIDDEN,
            "API rate limit exceeded for user ID 5830101.",
        );
        return github.send(&answer, &headers, false, false);
    }
    let answer = {
        let mut world = github.site.world();
        match method {
            Method::GET => rest::read(&world, &call, &github.blobs),
            Method::POST => write::write(&mut world, &call),
            Method::PATCH => releases::change(&mut world, &call),
            _ => Answer::not_found(),
        }
    };
    github.send(&answer, &headers, method == Method::GET, false)
}

impl GitHub {
    /// What is wrong with a request before anybody looks at its path.
    fn refuse(&self, headers: &HeaderMap) -> Option<Answer> {
        if !headers.contains_key(header::USER_AGENT) {
            return Some(Answer::refused(
                StatusCode::FORBIDDEN,
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
            ));
        }
        let version = headers.get("x-github-api-version");
        if version.is_some_and(|version| !VERSIONS.iter().any(|known| version == known)) {
            return Some(Answer::refused(
                StatusCode::BAD_REQUEST,
                "The API version in the X-GitHub-Api-Version header is not supported.",
            ));
        }
        if !headers.contains_key(header::AUTHORIZATION) {
            return Some(Answer::refused(
                StatusCode::UNAUTHORIZED,
                "Requires authentication",
            ));
        }
        (!self.site.authorised(headers))
            .then(|| Answer::refused(StatusCode::UNAUTHORIZED, "Bad credentials"))
    }

    fn graphql(&self, call: &Call) -> Answer {
        let world = self.site.world();
        let json = json::Json {
            world: &world,
            base: &call.base,
        };
        let request = graphql::Request {
            json: &json,
            body: &call.body,
        };
        Answer::ok(graphql::answer(&request, &mut lock(&self.limits).graphql))
    }

    /// Sends an answer with the headers that every one carries. What can be
    /// asked for again has a tag; whoever brings it along gets a 304, which
    /// costs nothing.
    fn send(&self, answer: &Answer, headers: &HeaderMap, tagged: bool, graphql: bool) -> Response {
        let body = answer
            .body
            .as_ref()
            .and_then(|body| serde_json::to_vec(body).ok())
            .unwrap_or_default();
        let mut response = Response::new(Body::empty());
        *response.status_mut() = answer.status;
        if tagged && answer.status == StatusCode::OK {
            let digest = super::world::company::hex(&Sha256::digest(&body));
            let tag = format!("W/\"{digest}\"");
            let same = headers
                .get_all(header::IF_NONE_MATCH)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .flat_map(|value| value.split(','))
                .any(|value| value.trim().trim_start_matches("W/") == &tag[2..]);
            if let Ok(tag) = HeaderValue::from_str(&tag) {
                response.headers_mut().insert(header::ETAG, tag);
            }
            response.headers_mut().insert(
                header::CACHE_CONTROL,
                HeaderValue::from_static("private, max-age=60, s-maxage=60"),
            );
            if same {
                *response.status_mut() = StatusCode::NOT_MODIFIED;
                lock(&self.limits).core.give_back(1);
            }
        }
        if answer.body.is_some() && response.status() != StatusCode::NOT_MODIFIED {
            response.headers_mut().insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json; charset=utf-8"),
            );
            *response.body_mut() = Body::from(body);
        }
        let optional = [
            (header::LINK, &answer.link),
            (header::LOCATION, &answer.location),
        ];
        for (name, value) in optional {
            if let Some(value) = value
                .as_ref()
                .and_then(|text| HeaderValue::from_str(text).ok())
            {
                response.headers_mut().insert(name, value);
            }
        }
        let limits = lock(&self.limits);
        let limit = if graphql {
            &limits.graphql
        } else {
            &limits.core
        };
        limit.headers(response.headers_mut());
        let headers = response.headers_mut();
        headers.insert(
            "x-github-media-type",
            HeaderValue::from_static("github.v3; format=json"),
        );
        if answer.status != StatusCode::UNAUTHORIZED {
            headers.insert("x-oauth-scopes", HeaderValue::from_static(SCOPES));
        }
        headers.insert(header::SERVER, HeaderValue::from_static("github.com"));
        if let Ok(date) = HeaderValue::from_str(
            &self
                .site
                .now()
                .format("%a, %d %b %Y %H:%M:%S GMT")
                .to_string(),
        ) {
            headers.insert(header::DATE, date);
        }
        response
    }
}
