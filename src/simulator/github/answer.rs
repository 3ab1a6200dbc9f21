//! What is answered, before it is sent: status, body and the few headers
//! that clients of GitHub read.

use axum::http::StatusCode;
use serde_json::{Value, json};

const DOCUMENTATION: &str = "https://docs.github.example/rest";

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// JSON; none sends nothing.
    pub body: Option<Value>,
    /// `Link`, on pages of lists.
    pub link: Option<String>,
    /// `Location`, on redirects.
    pub location: Option<String>,
}

impl Answer {
    /// 200 with a body.
    pub fn ok(body: Value) -> Self {
        Self::new(StatusCode::OK, Some(body))
    }

    /// A status with or without a body.
    pub fn new(status: StatusCode, body: Option<Value>) -> Self {
        Self {
            status,
            body,
            link: None,
            location: None,
        }
    }

    /// A refusal with GitHub's message.
    pub fn refused(status: StatusCode, message: &str) -> Self {
        Self::new(
            status,
            Some(json!({
                "message": message,
                "documentation_url": DOCUMENTATION,
                "status": status.as_str(),
            })),
        )
    }

    /// 404, as GitHub answers for what is absent and for what must not be
    /// seen.
    pub fn not_found() -> Self {
        Self::refused(StatusCode::NOT_FOUND, "Not Found")
    }

    /// 422 with a reason.
    pub fn invalid(message: &str) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            Some(json!({
                "message": message,
                "documentation_url": DOCUMENTATION,
                "errors": [],
                "status": "422",
            })),
        )
    }

    /// 302 to another address.
    pub fn found(location: String) -> Self {
        Self {
            location: Some(location),
            ..Self::new(StatusCode::FOUND, None)
        }
    }
}
