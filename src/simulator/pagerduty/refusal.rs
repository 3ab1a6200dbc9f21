//! Refusals in PagerDuty's words (developer documentation, "Errors").

use serde_json::{Value as Json, json};

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// PagerDuty's own code.
    pub code: u32,
    /// What it says.
    pub message: &'static str,
    /// Details, a sentence each.
    pub errors: Vec<String>,
}

impl Refusal {
    /// 401: the token is missing or wrong.
    pub fn unauthorised() -> Self {
        Self::new(401, 2006, "Authentication Failed", &[])
    }

    /// 404.
    pub fn not_found() -> Self {
        Self::new(404, 2100, "Not Found", &[])
    }

    /// 429.
    pub fn too_many() -> Self {
        Self::new(429, 2020, "Rate Limit Exceeded", &[])
    }

    /// 400: the body makes no sense.
    pub fn input(error: &str) -> Self {
        Self::new(400, 2001, "Invalid Input Provided", &[error])
    }

    /// 400: a parameter makes no sense.
    pub fn arguments(error: &str) -> Self {
        Self::new(400, 2002, "Arguments Caused Error", &[error])
    }

    /// 400: the dates make no sense.
    pub fn dates(error: &str) -> Self {
        Self::new(400, 2005, "Invalid Date Range", &[error])
    }

    /// 400: no readable address in the From header.
    pub fn malformed_from() -> Self {
        Self::new(
            400,
            1028,
            "Invalid From Header",
            &["The From header must hold the email address of a user"],
        )
    }

    /// 400: nobody has the address in the From header.
    pub fn unknown_from() -> Self {
        Self::new(
            400,
            1008,
            "Requester User Not Found",
            &["No user has the email address of the From header"],
        )
    }

    /// 413: too many incidents in one update.
    pub fn too_large() -> Self {
        Self::new(
            413,
            2001,
            "Request Entity Too Large",
            &["At most 250 incidents"],
        )
    }

    fn new(status: u16, code: u32, message: &'static str, errors: &[&str]) -> Self {
        Self {
            status,
            code,
            message,
            errors: errors.iter().map(|error| (*error).to_owned()).collect(),
        }
    }

    /// The body.
    pub fn body(&self) -> Json {
        let mut error = json!({ "message": self.message, "code": self.code });
        if !self.errors.is_empty() {
            error["errors"] = json!(self.errors);
        }
        json!({ "error": error })
    }
}
