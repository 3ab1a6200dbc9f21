//! Refusals, as the API server words them.

use serde_json::{Value, json};

/// An answer before it is sent.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Body.
    pub body: Value,
}

impl Answer {
    /// 200 with an object.
    pub fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }

    /// 201 with an object.
    pub fn created(body: Value) -> Self {
        Self { status: 201, body }
    }

    /// A refusal: a `Status` object.
    pub fn refused(status: u16, reason: &str, message: &str, details: Option<Value>) -> Self {
        let mut body = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            "code": status,
        });
        if let Some(details) = details {
            body["details"] = details;
        }
        Self { status, body }
    }

    /// 404 for what is no path at all.
    pub fn no_such_path() -> Self {
        Self::refused(
            404,
            "NotFound",
            "the server could not find the requested resource",
            Some(json!({})),
        )
    }

    /// 404 for an object.
    pub fn not_found(group: &str, resource: &str, name: &str) -> Self {
        Self::refused(
            404,
            "NotFound",
            &format!("{resource}.{group} \"{name}\" not found"),
            Some(json!({"name": name, "group": group, "kind": resource})),
        )
    }

    /// 401.
    pub fn unauthorised() -> Self {
        Self::refused(401, "Unauthorized", "Unauthorized", None)
    }

    /// 403.
    pub fn forbidden(user: &str, verb: &str, group: &str, resource: &str, name: &str) -> Self {
        let plain = resource.split('/').next().unwrap_or_default();
        Self::refused(
            403,
            "Forbidden",
            &format!(
                "{plain}.{group} \"{name}\" is forbidden: User \"{user}\" cannot {verb} resource \
                 \"{resource}\" in API group \"{group}\" in the namespace \"shop\""
            ),
            Some(json!({"name": name, "group": group, "kind": plain})),
        )
    }

    /// 409: another version of the object than the one that was sent.
    pub fn conflict(group: &str, resource: &str, name: &str) -> Self {
        Self::refused(
            409,
            "Conflict",
            &format!(
                "Operation cannot be fulfilled on {resource}.{group} \"{name}\": the object has \
                 been modified; please apply your changes to the latest version and try again"
            ),
            Some(json!({"name": name, "group": group, "kind": resource})),
        )
    }

    /// 410: a list that begun too long ago.
    pub fn expired() -> Self {
        Self::refused(
            410,
            "Expired",
            "The provided continue parameter is too old to display a consistent list result. You \
             can start a new list without the continue parameter.",
            None,
        )
    }

    /// 422: a patch whose tests fail.
    pub fn invalid() -> Self {
        Self::refused(
            422,
            "Invalid",
            "the server rejected our request due to an error in our request",
            Some(json!({})),
        )
    }
}
