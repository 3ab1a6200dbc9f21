//! What can go wrong between here and a vendor, in words that say what, where
//! and how to mend it.

use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use reqwest::Url;
use serde_json::Value;

use super::{Redactor, Transport, clock, origin::origin_text, proxy::Way, reach, wait};
use crate::{
    domain::{Connection, Text, Timestamp},
    integrations::contract::Fault,
};

/// Longest message of a vendor that is shown, in characters.
const MESSAGE: usize = 300;

/// A read that gave no usable answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// For people and for the health strip.
    pub fault: Fault,
    /// The HTTP status, where an answer came.
    pub status: Option<u16>,
    /// The vendor's own message, where it gave one.
    pub message: Text,
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        failure.fault
    }
}

impl Failure {
    /// A failure without an answer.
    #[must_use]
    pub fn new(connection: Connection, detail: &str) -> Self {
        Self {
            fault: fault(connection, detail),
            status: None,
            message: Text::default(),
        }
    }
}

/// A fault that nobody asked us to wait for.
#[must_use]
pub fn fault(connection: Connection, detail: &str) -> Fault {
    Fault {
        connection,
        detail: Text::new(detail),
        retry_at: None,
    }
}

/// A failure from a status that is no success.
pub(super) fn refused(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    url: &Url,
    redactor: &Redactor,
    transport: &Transport,
) -> Failure {
    let now = clock::now();
    let message = redactor.clean(&vendor_message(body));
    let asked = wait::retry_at(headers, now);
    let limited = status == StatusCode::TOO_MANY_REQUESTS
        || (status == StatusCode::FORBIDDEN
            && (asked.is_some() || message.to_ascii_lowercase().contains("rate limit")));
    let retry_at = asked.or_else(|| limited.then(|| a_minute_later(now)));
    let page = is_page(content_type(headers), body);
    let (connection, detail) = if let Some(words) = by_the_proxy(status, page, url, transport) {
        (Connection::Unreachable, words)
    } else {
        let (connection, words) =
            words(status, headers, url, limited.then_some(retry_at).flatten());
        (connection, with_message(words, &message))
    };
    Failure {
        fault: Fault {
            connection,
            detail: Text::new(&detail),
            retry_at,
        },
        status: Some(status.as_u16()),
        message: Text::new(&message),
    }
}

/// State and sentence for a status; `wait` is until when we were asked to.
fn words(
    status: StatusCode,
    headers: &HeaderMap,
    url: &Url,
    wait: Option<Timestamp>,
) -> (Connection, String) {
    let place = origin_text(url);
    let code = status.as_u16();
    if let Some(until) = wait {
        let words = format!(
            "{place} asks us to wait ({code}): it is asked again at {}",
            until.format("%H:%M:%S UTC")
        );
        return (Connection::RateLimited, words);
    }
    match code {
        401 => (
            Connection::Unauthorised,
            format!("{place} does not accept the token ({code}): it is wrong, revoked or expired"),
        ),
        403 => (
            Connection::Forbidden,
            format!(
                "the token lacks a right at {place} ({code}): {}",
                needed(headers)
            ),
        ),
        404 | 410 => (
            Connection::Degraded,
            format!(
                "{place} has nothing at {} for this token ({code}): is it there, may the token \
                 see it?",
                url.path()
            ),
        ),
        407 => (
            Connection::Unreachable,
            format!(
                "a proxy before {place} wants a user and a password ({code}): name it in \
                 HTTPS_PROXY, as http://USER:PASSWORD@HOST:PORT"
            ),
        ),
        300..=399 => (
            Connection::Unreachable,
            format!("{place} sends us elsewhere ({code}): check `url`"),
        ),
        400..=499 => (
            Connection::Degraded,
            format!("{place} refuses the question ({code})"),
        ),
        _ => (
            Connection::Unreachable,
            format!("{place} is in trouble ({code}): it has to mend that itself"),
        ),
    }
}

/// The sentence with the vendor's own words at its end.
fn with_message(words: String, message: &str) -> String {
    match (message, words.contains(": ")) {
        ("", _) => words,
        (message, false) => format!("{words}: it says '{message}'"),
        (message, true) => format!("{words}; it says '{message}'"),
    }
}

/// The words for an answer that came from the proxy in the vendor's place.
/// Only plain HTTP lets a proxy do that.
fn by_the_proxy(
    status: StatusCode,
    page: bool,
    url: &Url,
    transport: &Transport,
) -> Option<String> {
    let Way::Through(proxy) = transport.proxies().way(url) else {
        return None;
    };
    if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        return Some(reach::proxy_wants_a_password(proxy));
    }
    (page && url.scheme() == "http").then(|| {
        format!(
            "the proxy {} answered with a page of its own instead of {} ({}): ask who runs it, or \
             name that host in NO_PROXY if it can be reached without",
            proxy.name(),
            origin_text(url),
            status.as_u16()
        )
    })
}

/// The rights that would do, where the vendor names them (GitHub:
/// `X-Accepted-GitHub-Permissions`, alternatives between semicolons).
fn needed(headers: &HeaderMap) -> String {
    headers
        .get("x-accepted-github-permissions")
        .and_then(|rights| rights.to_str().ok())
        .filter(|rights| !rights.is_empty())
        .map_or_else(
            || "give it that right, or use one that has it".to_owned(),
            |rights| format!("it needs {}", rights.replace(';', " or")),
        )
}

fn a_minute_later(now: Timestamp) -> Timestamp {
    now + chrono::TimeDelta::seconds(60)
}

/// An answer that is no JSON although JSON was asked for.
pub(super) fn not_json(
    url: &Url,
    headers: &HeaderMap,
    body: &[u8],
    transport: &Transport,
) -> Failure {
    let place = origin_text(url);
    let content_type = content_type(headers);
    let page = is_page(content_type, body);
    let detail = if let Some(words) = by_the_proxy(StatusCode::OK, page, url, transport) {
        words
    } else if page {
        format!("{place} answered with a web page instead of data: a login page, or a wrong `url`?")
    } else if content_type.is_empty() {
        format!("{place} answered something that does not say what it is: check `url`")
    } else {
        format!("{place} answered with {content_type} instead of JSON: check `url`")
    };
    Failure::new(Connection::Unreachable, &detail)
}

fn content_type(headers: &HeaderMap) -> &str {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// Whether it is a page for people.
fn is_page(content_type: &str, body: &[u8]) -> bool {
    let start = body
        .iter()
        .copied()
        .find(|byte| !byte.is_ascii_whitespace());
    content_type.contains("html") || start == Some(b'<')
}

/// JSON that ends too early or has another shape than expected. The parser's
/// own words are shown without the data.
pub(super) fn malformed(url: &Url, error: &serde_json::Error) -> Failure {
    let place = origin_text(url);
    let detail = if error.is_eof() {
        format!("{place} sent half an answer: something on the way cuts it off")
    } else if error.is_data() {
        format!(
            "the answer of {place} is not as its API describes it (line {} column {}): a wrong \
             `url`, or an API of another version?",
            error.line(),
            error.column()
        )
    } else {
        format!("the answer of {place} is not valid JSON: a wrong `url`, or a proxy?")
    };
    Failure::new(Connection::Unreachable, &detail)
}

/// The vendor's message in an error body: GitHub's `message`, PagerDuty's
/// `error.message` with `error.errors`, Prometheus' `error`, GitLab's `message`,
/// which can hold lists below names; empty when there is none.
#[must_use]
pub fn vendor_message(body: &[u8]) -> String {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return String::new();
    };
    let error = &value["error"];
    let main = [
        &error["message"],
        &value["message"],
        &value["error_description"],
        error,
        &value["detail"],
    ]
    .into_iter()
    .find_map(Value::as_str)
    .unwrap_or_default();
    let mut listed = Vec::new();
    texts(&value["message"], &mut listed);
    let more: Vec<&str> = [&error["errors"], &value["errors"]]
        .into_iter()
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(|entry| entry.as_str().or_else(|| entry["message"].as_str()))
        .chain(listed)
        .filter(|entry| !entry.is_empty() && *entry != main)
        .take(5)
        .collect();
    let mut text = main.to_owned();
    if !more.is_empty() {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&more.join(", "));
    }
    text.chars().take(MESSAGE).collect()
}

/// The texts of a value that is a list, or lists below names.
fn texts<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(list) => list.iter().for_each(|entry| texts(entry, found)),
        Value::Object(map) => map.values().for_each(|entry| texts(entry, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Proxies, *};

    fn url() -> Url {
        Url::parse("https://vendor.example/api?token=canary").unwrap()
    }

    #[test]
    fn statuses_become_states() {
        let state = |status: u16, headers: &HeaderMap, body: &str| {
            let status = StatusCode::from_u16(status).unwrap();
            refused(
                status,
                headers,
                body.as_bytes(),
                &url(),
                &Redactor::default(),
                &Transport::default().through(Proxies::none()),
            )
        };
        let none = HeaderMap::new();
        for (status, expected) in [
            (401, Connection::Unauthorised),
            (403, Connection::Forbidden),
            (404, Connection::Degraded),
            (422, Connection::Degraded),
            (429, Connection::RateLimited),
            (500, Connection::Unreachable),
            (502, Connection::Unreachable),
        ] {
            let failure = state(status, &none, r#"{"message":"because"}"#);
            assert_eq!(failure.fault.connection, expected);
            assert_eq!(failure.status, Some(status));
            assert!(failure.fault.detail.contains("because"));
            assert!(!failure.fault.detail.contains("canary"));
            assert_eq!(failure.fault.retry_at.is_some(), status == 429);
        }
        let secondary = state(
            403,
            &none,
            r#"{"message":"You have exceeded a secondary rate limit"}"#,
        );
        assert_eq!(secondary.fault.connection, Connection::RateLimited);
    }

    #[test]
    fn vendors_messages_are_found() {
        for (body, message) in [
            (r#"{"message":"Not Found"}"#, "Not Found"),
            (
                r#"{"error":{"message":"Invalid","code":2001,"errors":["From is bad"]}}"#,
                "Invalid: From is bad",
            ),
            (
                r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#,
                "parse error",
            ),
            (r#"{"message":"V","errors":[{"message":"w"}]}"#, "V: w"),
            ("<html>", ""),
            ("[]", ""),
        ] {
            assert_eq!(vendor_message(body.as_bytes()), message);
        }
    }
}
