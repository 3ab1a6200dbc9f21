//! The version that a deployment or a run of GitHub carries.

pub use crate::integrations::versions::{Tags, in_text, of_tag, short};

use crate::domain::{Text, Version};

/// Fields of a deployment's payload that hold the digest of what is deployed.
const DIGESTS: [&str; 3] = ["digest", "image_digest", "image"];

/// The `version` of a deployment's payload, which is an object or a string of
/// JSON in REST and always a string in GraphQL.
#[must_use]
pub fn of_payload(payload: &serde_json::Value) -> Option<Version> {
    in_payload(payload, |payload| {
        let version = payload.get("version")?.as_str()?;
        (!version.is_empty()).then(|| of_tag(version).unwrap_or_else(|| Version::new(version)))
    })
}

/// The digest of what is deployed, by the payload: a field of its own, or the
/// end of the image's name (`registry.test/checkout@sha256:…`).
#[must_use]
pub fn digest_of(payload: &serde_json::Value) -> Option<Text> {
    in_payload(payload, |payload| {
        DIGESTS.iter().find_map(|field| {
            let text = payload.get(field)?.as_str()?;
            let digest = text.rsplit('@').next()?;
            let (algorithm, hash) = digest.split_once(':')?;
            let is_hash = hash.len() >= 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            (is_hash && algorithm.starts_with("sha")).then(|| Text::new(digest))
        })
    })
}

/// What is read from a payload, however often it is wrapped.
fn in_payload<T>(
    payload: &serde_json::Value,
    read: impl Fn(&serde_json::Value) -> Option<T>,
) -> Option<T> {
    match payload {
        serde_json::Value::String(text) => {
            let inner: serde_json::Value = serde_json::from_str(text).ok()?;
            // GraphQL can wrap the string a second time; no deeper.
            match inner {
                serde_json::Value::String(text) => read(&serde_json::from_str(&text).ok()?),
                other => read(&other),
            }
        }
        other => read(other),
    }
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
    fn a_payload_tells_the_digest_of_what_is_deployed() {
        let hash = "ab".repeat(32);
        let digest = format!("sha256:{hash}");
        for payload in [
            serde_json::json!({ "digest": digest }),
            serde_json::json!({ "image": format!("registry.test:5000/checkout@{digest}") }),
            serde_json::json!(serde_json::json!({ "image_digest": digest }).to_string()),
        ] {
            assert_eq!(digest_of(&payload), Some(Text::new(&digest)), "{payload}");
        }
        for payload in [
            serde_json::json!({ "image": "registry.test:5000/checkout:4.12.0" }),
            serde_json::json!({ "digest": "sha256:short" }),
            serde_json::Value::Null,
        ] {
            assert_eq!(digest_of(&payload), None, "{payload}");
        }
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
