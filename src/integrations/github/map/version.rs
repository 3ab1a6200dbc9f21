//! The version that a deployment or a run of GitHub carries.

pub use crate::integrations::versions::{Tags, in_text, of_tag, short};

use crate::domain::Version;

/// The `version` of a deployment's payload, which is an object or a string of
/// JSON in REST and always a string in GraphQL.
#[must_use]
pub fn of_payload(payload: &serde_json::Value) -> Option<Version> {
    match payload {
        serde_json::Value::String(text) => {
            let inner: serde_json::Value = serde_json::from_str(text).ok()?;
            // GraphQL can wrap the string a second time; no deeper.
            match inner {
                serde_json::Value::String(text) => {
                    payload_field(&serde_json::from_str(&text).ok()?)
                }
                other => payload_field(&other),
            }
        }
        other => payload_field(other),
    }
}

fn payload_field(payload: &serde_json::Value) -> Option<Version> {
    let version = payload.get("version")?.as_str()?;
    (!version.is_empty()).then(|| of_tag(version).unwrap_or_else(|| Version::new(version)))
}

/// The version that a deployment carries: what its payload says, else its
/// tag, else the tag of its commit, else the short commit.
#[must_use]
pub fn of_deployment(
    tags: &Tags,
    payload: &serde_json::Value,
    reference: &str,
    commit: &str,
) -> Version {
    of_payload(payload)
        .or_else(|| of_tag(reference))
        .or_else(|| tags.version_of(commit))
        .unwrap_or_else(|| Version(short(commit)))
}

/// The version that a run ships: its tag, else what its title says where a
/// person or a program started it by hand, else the tag of its commit.
#[must_use]
pub fn of_run(
    tags: &Tags,
    event: &str,
    branch: &str,
    title: &str,
    commit: &str,
) -> Option<Version> {
    let by_hand = matches!(event, "workflow_dispatch" | "repository_dispatch");
    of_tag(branch)
        .or_else(|| by_hand.then(|| in_text(title)).flatten())
        .or_else(|| tags.version_of(commit))
        .or_else(|| in_text(title))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_tells_its_version_however_it_is_wrapped() {
        let object = serde_json::json!({"version": "v4.11.3"});
        let text = serde_json::json!(object.to_string());
        let twice = serde_json::json!(text.to_string());
        for payload in [object, text, twice] {
            assert_eq!(
                of_payload(&payload),
                Some(Version::new("4.11.3")),
                "{payload}"
            );
        }
        assert_eq!(of_payload(&serde_json::json!("not json")), None);
        assert_eq!(of_payload(&serde_json::Value::Null), None);
    }

    #[test]
    fn a_deployment_without_any_tag_is_known_by_its_commit() {
        let version = of_deployment(
            &Tags::default(),
            &serde_json::Value::Null,
            "main",
            "9f8e7d6c5b4a",
        );
        assert_eq!(version, Version::new("9f8e7d6"));
    }
}
