//! What can go wrong between here and a vendor, in words that say what, where
//! and how to mend it.

use http::{HeaderMap, StatusCode};
use reqwest::Url;
use serde_json::Value;

use super::{Redactor, clock, origin::origin_text, wait};
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

/// Why no answer came, from the chain of causes. The URL itself is never
/// shown, only its host.
pub(super) fn transport(error: &reqwest::Error, url: &Url) -> Failure {
    let mut causes = String::new();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        causes.push_str(&cause.to_string());
        causes.push_str("; ");
        source = cause.source();
    }
    let place = origin_text(url);
    let detail = if error.is_timeout() {
        timed_out(&place)
    } else {
        explain(&causes, error.is_dns(), &place)
    };
    Failure::new(Connection::Unreachable, &detail)
}

/// The words for a deadline that passed.
pub(super) fn timed_out(place: &str) -> String {
    format!("{place} did not answer in time")
}

fn explain(causes: &str, dns: bool, place: &str) -> String {
    let lower = causes.to_ascii_lowercase();
    let has = |needles: &[&str]| needles.iter().any(|needle| lower.contains(needle));
    if dns || has(&["dns error", "failed to lookup"]) {
        return format!("no address is known for {place}: check `url`, the network and DNS");
    }
    if has(&["connection refused"]) {
        return format!("{place} refuses connections: is it running, is the port right?");
    }
    if has(&["certificate expired", "certexpired", "expired"]) && has(&["certificate"]) {
        return format!("the TLS certificate of {place} has expired (or this clock is wrong)");
    }
    if has(&["not valid yet"]) {
        return format!("the TLS certificate of {place} is not valid yet (or this clock is wrong)");
    }
    if has(&["unknownissuer", "unknown issuer", "unknownca", "selfsigned"]) {
        return format!(
            "the TLS certificate of {place} is from an authority that this machine does not trust: \
             add the company's certificate to the system's store"
        );
    }
    if has(&["not valid for name", "notvalidforname"]) {
        return format!("the TLS certificate of {place} is for another name: check `url`");
    }
    if has(&[
        "certificate",
        "tls",
        "handshake",
        "corrupt message",
        "invalid message",
    ]) {
        return format!("no TLS connection to {place}: does it speak https there?");
    }
    if has(&["tunnel", "proxy"]) {
        return format!("the proxy did not let us through to {place}");
    }
    if has(&["unreachable"]) {
        return format!("there is no way to {place} from this network");
    }
    if has(&[
        "reset",
        "canceled",
        "closed",
        "broken pipe",
        "incomplete",
        "eof",
    ]) {
        return format!("{place} broke the connection before the answer was whole");
    }
    if has(&["invalid http", "parse", "header"]) {
        return format!("{place} answers what is no HTTP");
    }
    if has(&["decod", "gzip", "deflate"]) {
        return format!("{place} sent an answer that cannot be unpacked");
    }
    format!("no answer from {place}")
}

/// A failure from a status that is no success.
pub(super) fn refused(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    url: &Url,
    redactor: &Redactor,
) -> Failure {
    let now = clock::now();
    let place = origin_text(url);
    let message = redactor.clean(&vendor_message(body));
    let tail = if message.is_empty() {
        String::new()
    } else {
        format!(": {message}")
    };
    let asked = wait::retry_at(headers, now);
    let limited = status == StatusCode::TOO_MANY_REQUESTS
        || (status == StatusCode::FORBIDDEN
            && (asked.is_some() || message.to_ascii_lowercase().contains("rate limit")));
    let code = status.as_u16();
    let (connection, detail) = if limited {
        (
            Connection::RateLimited,
            format!("{place} asks us to wait ({code}){tail}"),
        )
    } else {
        match code {
            401 => (
                Connection::Unauthorised,
                format!("{place} does not accept the token (401){tail}"),
            ),
            403 => (
                Connection::Forbidden,
                format!(
                    "the token lacks a right at {place} (403){tail}{}",
                    needed(headers)
                ),
            ),
            404 | 410 => (
                Connection::Degraded,
                format!(
                    "{place} has nothing at {} for this token ({code}){tail}",
                    url.path()
                ),
            ),
            407 => (
                Connection::Unreachable,
                format!("the proxy before {place} wants a password (407)"),
            ),
            300..=399 => (
                Connection::Unreachable,
                format!("{place} sends us elsewhere ({code}): check `url`"),
            ),
            400..=499 => (
                Connection::Degraded,
                format!("{place} refuses the question ({code}){tail}"),
            ),
            _ => (
                Connection::Unreachable,
                format!("{place} is in trouble ({code}){tail}"),
            ),
        }
    };
    Failure {
        fault: Fault {
            connection,
            detail: Text::new(&detail),
            retry_at: asked.or_else(|| limited.then(|| a_minute_later(now))),
        },
        status: Some(code),
        message: Text::new(&message),
    }
}

/// The rights that would do, where the vendor names them (GitHub:
/// `X-Accepted-GitHub-Permissions`, alternatives between semicolons).
fn needed(headers: &HeaderMap) -> String {
    headers
        .get("x-accepted-github-permissions")
        .and_then(|rights| rights.to_str().ok())
        .filter(|rights| !rights.is_empty())
        .map(|rights| format!("; it needs {}", rights.replace(';', " or ")))
        .unwrap_or_default()
}

fn a_minute_later(now: Timestamp) -> Timestamp {
    now + chrono::TimeDelta::seconds(60)
}

/// An answer that is no JSON although JSON was asked for.
pub(super) fn not_json(url: &Url, content_type: &str, body: &[u8]) -> Failure {
    let place = origin_text(url);
    let start = body
        .iter()
        .copied()
        .find(|byte| !byte.is_ascii_whitespace());
    let detail = if content_type.contains("html") || start == Some(b'<') {
        format!(
            "{place} answered with a web page instead of data: a proxy's or login page, or a wrong `url`?"
        )
    } else if content_type.is_empty() {
        format!("{place} answered something that does not say what it is")
    } else {
        format!("{place} answered with {content_type} instead of JSON")
    };
    Failure::new(Connection::Unreachable, &detail)
}

/// JSON that ends too early or has another shape than expected. The parser's
/// own words are shown without the data.
pub(super) fn malformed(url: &Url, error: &serde_json::Error) -> Failure {
    let place = origin_text(url);
    let detail = if error.is_eof() {
        format!("the answer of {place} is cut off")
    } else if error.is_data() {
        format!(
            "the answer of {place} is not as its API describes it (line {} column {})",
            error.line(),
            error.column()
        )
    } else {
        format!("the answer of {place} is not valid JSON")
    };
    Failure::new(Connection::Unreachable, &detail)
}

/// The vendor's message in an error body: GitHub's `message`, PagerDuty's
/// `error.message` with `error.errors`, Prometheus' `error`; empty when there
/// is none.
#[must_use]
pub fn vendor_message(body: &[u8]) -> String {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return String::new();
    };
    let error = &value["error"];
    let main = [
        &error["message"],
        &value["message"],
        error,
        &value["detail"],
    ]
    .into_iter()
    .find_map(Value::as_str)
    .unwrap_or_default();
    let more: Vec<&str> = [&error["errors"], &value["errors"]]
        .into_iter()
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(|entry| entry.as_str().or_else(|| entry["message"].as_str()))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> Url {
        Url::parse("https://vendor.example/api?token=canary").unwrap()
    }

    #[test]
    fn the_causes_are_named_in_plain_words() {
        for (causes, word) in [
            ("dns error: failed to lookup address information", "DNS"),
            (
                "tcp connect error; Connection refused (os error 111)",
                "refuses",
            ),
            (
                "invalid peer certificate: certificate expired: verification time 1",
                "expired",
            ),
            ("invalid peer certificate: UnknownIssuer", "authority"),
            (
                "invalid peer certificate: certificate not valid for name \"x\"",
                "another name",
            ),
            (
                "received corrupt message of type InvalidContentType",
                "https",
            ),
            ("connection closed before message completed", "broke"),
            ("something new", "no answer"),
        ] {
            let words = explain(causes, false, "vendor.example");
            assert!(words.contains(word), "{causes}: {words}");
        }
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
