//! The server: the query API under `/api/v1`, the exposition, and the two
//! addresses that say whether the server lives. No token is asked for, as a
//! Prometheus has none of its own.

use axum::{
    Form, Json as JsonBody, Router,
    extract::{FromRequest, Query, Request as HttpRequest, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::simulator::site::{Site, plain};

use super::answer::error;
use super::promql::Fault;
use super::{Answer, Request, answer, metrics};

/// The kind of misbehaviour that adds a warning to each answer.
const WARN: &str = "warn";
/// The warning.
const WARNING: &str = "PromQL: one of 3 stores did not answer; the result is partial";

/// Prometheus as a server.
pub fn router(site: Site) -> Router {
    Router::new().fallback(serve).with_state(site)
}

async fn serve(State(site): State<Site>, request: HttpRequest) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    match uri.path() {
        "/metrics" => return exposition(&site),
        "/-/healthy" => return plain(StatusCode::OK, "Prometheus Server is Healthy.\n"),
        "/-/ready" => return plain(StatusCode::OK, "Prometheus Server is Ready.\n"),
        _ => {}
    }
    let Some(path) = uri.path().strip_prefix("/api/v1/") else {
        return plain(StatusCode::NOT_FOUND, "404 page not found\n");
    };
    let mut parameters = Query::<Vec<(String, String)>>::try_from_uri(&uri)
        .map(|query| query.0)
        .unwrap_or_default();
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("127.0.0.1")
        .to_owned();
    if method == Method::POST {
        match Form::<Vec<(String, String)>>::from_request(request, &()).await {
            Ok(form) => parameters.extend(form.0),
            Err(refusal) => {
                return respond(error(Fault::BadData(refusal.to_string())));
            }
        }
    }
    let warned = site.fault().is_some_and(|order| order.kind == WARN);
    let answer = answer(
        &site.world(),
        &Request {
            method: method.as_str(),
            path,
            parameters: &parameters,
            base: &format!("http://{host}"),
            warning: warned.then_some(WARNING),
        },
    );
    match answer {
        Some(answer) => respond(answer),
        None => plain(StatusCode::NOT_FOUND, "404 page not found\n"),
    }
}

fn respond(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, JsonBody(answer.body)).into_response()
}

fn exposition(site: &Site) -> Response {
    let text = metrics::exposition(&site.world());
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        text,
    )
        .into_response()
}
