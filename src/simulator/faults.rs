//! What can go wrong between a vendor and its client.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};
use futures_util::stream;

use super::{server::Hangup, site::Site, world::FaultOrder};

/// What can be ordered with `POST /__sim/fault` and in a scenario.
pub const KINDS: [&str; 20] = [
    "none",
    "timeout",
    "bad-gateway",
    "html",
    "server-error",
    "rate-limit",
    "unauthorized",
    "forbidden",
    "redirect",
    "unknown-words",
    "clock-skew",
    "truncate",
    "cut",
    "trickle",
    "reset",
    "reset-before-write",
    "silence-before-write",
    "reset-after-write",
    "silence-after-write",
    "warn",
];

/// The longest that a request is left without an answer.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);
/// Bytes of a trickle, and the pause after each.
const DRIP: (usize, Duration) = (24, Duration::from_millis(250));

const PROXY_PAGE: &str = "<!DOCTYPE html>\n<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n<center><h1>502 Bad Gateway</h1></center>\n<hr><center>nginx</center>\n</body>\n</html>\n";
const LOGIN_PAGE: &str = "<!DOCTYPE html>\n<html>\n<head><title>Sign in to the corporate network</title></head>\n<body><form><input name=\"user\"></form></body>\n</html>\n";

/// Answers a request as ordered.
pub async fn misbehave(
    site: &Site,
    order: &FaultOrder,
    hangup: &Hangup,
    request: Request,
    next: Next,
) -> Response {
    let left = (order.until - site.now())
        .to_std()
        .unwrap_or(Duration::ZERO);
    let write = site.is_write(&request);
    match order.kind.as_str() {
        "timeout" => {
            tokio::time::sleep(left.min(LONGEST_SILENCE)).await;
            hangup.now();
            Response::new(Body::empty())
        }
        "bad-gateway" => page(StatusCode::BAD_GATEWAY, PROXY_PAGE),
        "html" => page(StatusCode::OK, LOGIN_PAGE),
        "server-error" => refusal(site, StatusCode::INTERNAL_SERVER_ERROR, 0),
        "unauthorized" => refusal(site, StatusCode::UNAUTHORIZED, 1),
        "rate-limit" => {
            let mut response = refusal(site, StatusCode::TOO_MANY_REQUESTS, 2);
            // PagerDuty tells the wait in a header of its own.
            let name = if site.vendor() == "pagerduty" {
                HeaderName::from_static("ratelimit-reset")
            } else {
                header::RETRY_AFTER
            };
            response
                .headers_mut()
                .insert(name, left.as_secs().max(1).into());
            response
        }
        "forbidden" => {
            let mut response = refusal(site, StatusCode::FORBIDDEN, 3);
            response.headers_mut().insert(
                HeaderName::from_static("x-accepted-github-permissions"),
                HeaderValue::from_static("actions=read; deployments=write"),
            );
            response
        }
        "redirect" => elsewhere(&request),
        "unknown-words" => {
            let (head, body) = body_of(next.run(request).await).await;
            rebuilt(head, Body::from(unknown_words(&body)))
        }
        "clock-skew" => {
            let mut response = next.run(request).await;
            let wrong = site.now() + chrono::TimeDelta::hours(1);
            let date = wrong.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
            if let Ok(date) = HeaderValue::from_str(&date) {
                response.headers_mut().insert(header::DATE, date);
            }
            response
        }
        "truncate" => {
            let body = body_of(next.run(request).await).await;
            let half = body.1.slice(..body.1.len() / 2);
            rebuilt(body.0, Body::from(half))
        }
        "cut" => {
            let (head, body) = body_of(next.run(request).await).await;
            let half = body.slice(..body.len() / 2);
            // The first half is on its way before the connection breaks.
            let broken = stream::unfold(Some(half), |half| async move {
                if let Some(half) = half {
                    return Some((Ok(half), None));
                }
                tokio::time::sleep(DRIP.1).await;
                let reset = std::io::ErrorKind::ConnectionReset;
                Some((Err(std::io::Error::from(reset)), None))
            });
            rebuilt(head, Body::from_stream(broken))
        }
        "trickle" => {
            let (head, body) = body_of(next.run(request).await).await;
            let drips = stream::unfold(body, |mut rest| async move {
                if rest.is_empty() {
                    return None;
                }
                tokio::time::sleep(DRIP.1).await;
                let drip = rest.split_to(DRIP.0.min(rest.len()));
                Some((Ok::<Bytes, std::io::Error>(drip), rest))
            });
            rebuilt(head, Body::from_stream(drips))
        }
        // The two `before` kinds lose the request: the vendor never acts.
        "silence-before-write" if write => {
            tokio::time::sleep(left.min(LONGEST_SILENCE)).await;
            hangup.now();
            Response::new(Body::empty())
        }
        "reset-before-write" if write => {
            hangup.now();
            Response::new(Body::empty())
        }
        "reset" => {
            hangup.now();
            Response::new(Body::empty())
        }
        "reset-after-write" if write => {
            let response = next.run(request).await;
            hangup.now();
            response
        }
        "silence-after-write" if write => {
            let response = next.run(request).await;
            tokio::time::sleep(left.min(LONGEST_SILENCE)).await;
            hangup.now();
            response
        }
        _ => next.run(request).await,
    }
}

/// Sends the client to the same server under another host name, to which no
/// credential may follow; the log of requests shows whether one did.
fn elsewhere(request: &Request) -> Response {
    let port = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .and_then(|host| host.rsplit_once(':'))
        .map_or("80", |(_, port)| port);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    let target = format!("http://localhost:{port}/__elsewhere");
    if let Ok(target) = HeaderValue::from_str(&target) {
        response.headers_mut().insert(header::LOCATION, target);
    }
    response
}

/// The answer with states that no client has heard of.
fn unknown_words(body: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(body).into_owned();
    for (known, unknown) in [
        ("in_progress", "levitating"),
        ("IN_PROGRESS", "LEVITATING"),
        ("completed", "petrified"),
        ("COMPLETED", "PETRIFIED"),
        ("success", "glorious"),
        ("SUCCESS", "GLORIOUS"),
        ("triggered", "howling"),
        ("firing", "glowing"),
        ("running", "levitating"),
        ("manual", "dreaming"),
        ("FAILURE", "CALAMITOUS"),
        ("PAUSED_PENDING_INPUT", "MEDITATING"),
    ] {
        text = text.replace(&format!("\"{known}\""), &format!("\"{unknown}\""));
    }
    text
}

/// A vendor's body for: a fault of its own, a bad token, too many requests,
/// no permission.
fn words(site: &Site, which: usize) -> &'static str {
    let bodies = match site.vendor() {
        "pagerduty" => [
            r#"{"error":{"message":"Internal Server Error","code":2000}}"#,
            r#"{"error":{"message":"Authentication Failed","code":2006}}"#,
            r#"{"error":{"message":"Rate Limit Exceeded","code":2020}}"#,
            r#"{"error":{"message":"Access Denied","code":2010}}"#,
        ],
        "gitlab" => [
            r#"{"message":"500 Internal Server Error"}"#,
            r#"{"message":"401 Unauthorized"}"#,
            r#"{"message":{"error":"This endpoint has been requested too many times. Try again later."}}"#,
            r#"{"error":"insufficient_scope","error_description":"The request requires higher privileges than provided by the access token.","scope":"api"}"#,
        ],
        "jenkins" => [
            "<!DOCTYPE html><html><body><h1>Oops!</h1><p>A problem occurred while processing the request.</p></body></html>",
            "<html><head><title>Error 401 Unauthorized</title></head><body><h2>HTTP ERROR 401 Unauthorized</h2></body></html>",
            "<html><body><h1>429 Too Many Requests</h1></body></html>",
            "<html><head><title>Error 403 Forbidden</title></head><body><h2>HTTP ERROR 403 ana is missing the Job/Read permission</h2></body></html>",
        ],
        "prometheus" => [
            r#"{"status":"error","errorType":"internal","error":"opening the storage failed"}"#,
            r#"{"status":"error","errorType":"unauthorized","error":"no valid credentials"}"#,
            r#"{"status":"error","errorType":"too_many_requests","error":"too many outstanding requests"}"#,
            r#"{"status":"error","errorType":"forbidden","error":"not allowed"}"#,
        ],
        _ => [
            r#"{"message":"Server Error"}"#,
            r#"{"message":"Bad credentials"}"#,
            r#"{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}"#,
            r#"{"message":"Resource not accessible by personal access token","documentation_url":"https://docs.github.example/rest","status":"403"}"#,
        ],
    };
    bodies.get(which).copied().unwrap_or_default()
}

/// A refusal in the vendor's way: Jenkins refuses with pages for people.
fn refusal(site: &Site, status: StatusCode, which: usize) -> Response {
    if site.vendor() == "jenkins" {
        page(status, words(site, which))
    } else {
        json(status, words(site, which))
    }
}

async fn body_of(response: Response) -> (axum::http::response::Parts, Bytes) {
    let (mut head, body) = response.into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    let bytes = axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap_or_default();
    (head, bytes)
}

fn rebuilt(head: axum::http::response::Parts, body: Body) -> Response {
    Response::from_parts(head, body)
}

fn page(status: StatusCode, text: &'static str) -> Response {
    typed(status, "text/html; charset=utf-8", text)
}

fn json(status: StatusCode, text: &'static str) -> Response {
    typed(status, "application/json; charset=utf-8", text)
}

fn typed(status: StatusCode, media: &'static str, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_words_leave_json_and_other_texts_alone() {
        let text = unknown_words(br#"{"status":"completed","title":"completed it"}"#);
        assert_eq!(text, r#"{"status":"petrified","title":"completed it"}"#);
    }
}
