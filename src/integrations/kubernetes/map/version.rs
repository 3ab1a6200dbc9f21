//! Which version and which commit a set of instances is.

use serde_json::Value;

use crate::{
    domain::{Text, Version},
    integrations::kubernetes::wire,
};

/// The label that names a version.
const VERSION: &str = "app.kubernetes.io/version";
/// Annotations and labels that name a commit.
const COMMITS: [&str; 3] = [
    "org.opencontainers.image.revision",
    "app.kubernetes.io/revision",
    "git-commit",
];

/// The image of the container that is called as its workload is, else of the
/// first.
fn image<'t>(workload: &str, template: &'t Value) -> &'t str {
    let containers = template
        .pointer("/spec/containers")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    containers
        .iter()
        .find(|container| container["name"] == workload)
        .or_else(|| containers.first())
        .and_then(|container| container["image"].as_str())
        .unwrap_or_default()
}

/// Tag and digest of an image; empty where it has none.
fn tag_and_digest(image: &str) -> (&str, &str) {
    let (name, digest) = image.split_once('@').unwrap_or((image, ""));
    // A colon before the last slash is a port.
    let last = name.rsplit('/').next().unwrap_or_default();
    (last.split_once(':').map_or("", |(_, tag)| tag), digest)
}

/// What a mark on the template, or on the set, says.
fn mark<'t>(name: &str, metadata: &'t wire::Meta, template: &'t Value) -> Option<&'t str> {
    let of = |place: &str| {
        template
            .get("metadata")?
            .get(place)?
            .get(name)
            .and_then(Value::as_str)
    };
    of("labels")
        .or_else(|| of("annotations"))
        .or_else(|| metadata.annotations.get(name).map(String::as_str))
}

/// The version: the image's tag, else the label for it, else the beginning of
/// the image's digest. `latest` and its like tell none.
pub(super) fn version_of(workload: &str, metadata: &wire::Meta, template: &Value) -> Version {
    let (tag, digest) = tag_and_digest(image(workload, template));
    let named = mark(VERSION, metadata, template);
    let moving = ["", "latest", "main", "master", "stable"].contains(&tag);
    let text = if moving {
        named.unwrap_or_else(|| {
            let hash = digest.rsplit(':').next().unwrap_or_default();
            hash.get(..12).unwrap_or(tag)
        })
    } else {
        tag
    };
    let number = text
        .strip_prefix('v')
        .filter(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
    Version::new(number.unwrap_or(text))
}

/// The commit: what a mark says, else the tag where it is a hash; empty where
/// nobody tells.
pub(super) fn commit_of(workload: &str, metadata: &wire::Meta, template: &Value) -> String {
    let (tag, _) = tag_and_digest(image(workload, template));
    COMMITS
        .iter()
        .find_map(|name| mark(name, metadata, template))
        .or_else(|| {
            let hash = tag.len() == 40 && tag.bytes().all(|byte| byte.is_ascii_hexdigit());
            hash.then_some(tag)
        })
        .unwrap_or_default()
        .to_owned()
}

/// The digest that the image is named by, where it is named so.
pub(super) fn digest_of(workload: &str, template: &Value) -> Option<Text> {
    let (_, digest) = tag_and_digest(image(workload, template));
    (!digest.is_empty()).then(|| Text::new(digest))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn images_tell_versions() {
        let none = wire::Meta::default();
        for (image, version, digest) in [
            ("shop/web:1.2.3", "1.2.3", ""),
            ("registry:5000/shop/web:v1.2.3", "1.2.3", ""),
            ("registry:5000/shop/web", "", ""),
            ("web:vanilla", "vanilla", ""),
            (
                "web:latest@sha256:0123456789abcdef0123",
                "0123456789ab",
                "sha256:0123456789abcdef0123",
            ),
            ("web:1.0@sha256:01", "1.0", "sha256:01"),
        ] {
            let template = json!({"spec": {"containers": [{"name": "proxy", "image": "e:9"}, {"name": "web", "image": image}]}});
            assert_eq!(
                version_of("web", &none, &template).as_str(),
                version,
                "{image}"
            );
            let found = digest_of("web", &template).unwrap_or_default();
            assert_eq!(found.as_str(), digest, "{image}");
            assert_eq!(commit_of("web", &none, &template), "", "{image}");
        }
    }

    #[test]
    fn a_mark_tells_the_commit() {
        let template = json!({
            "metadata": {"annotations": {"org.opencontainers.image.revision": "abc"}},
            "spec": {"containers": [{"name": "web", "image": "web:1@sha256:01"}]},
        });
        assert_eq!(commit_of("web", &wire::Meta::default(), &template), "abc");
    }
}
