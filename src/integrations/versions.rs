//! Versions out of tags, references and titles, for every system that hosts
//! code.

use crate::domain::{Text, Version};

/// Most tags of one repository that are remembered.
const TAGS: usize = 100;

/// The tags of one repository. There are few of each and many repositories, so
/// they are a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// In the order in which they were learned.
    known: Vec<Tag>,
}

/// A tag that names a version.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Tag {
    name: Text,
    version: Version,
    commit: Text,
}

impl Tags {
    /// Remembers that `tag` names `commit`. Where two tags name one commit,
    /// the first one that was learned stays: lists come newest first.
    pub fn learn(&mut self, tag: &str, commit: &str) {
        if self
            .known
            .iter()
            .any(|known| known.name.as_str() == tag && known.commit.as_str() == commit)
        {
            return;
        }
        let Some(version) = of_tag(tag) else { return };
        if self.known.len() >= TAGS {
            self.known.remove(0);
        }
        self.known.push(Tag {
            name: Text::new(tag),
            version,
            commit: Text::new(commit),
        });
    }

    /// The version whose tag names the commit.
    #[must_use]
    pub fn version_of(&self, commit: &str) -> Option<Version> {
        let tag = self
            .known
            .iter()
            .find(|tag| tag.commit.as_str() == commit)?;
        Some(tag.version.clone())
    }

    /// The tag of a version.
    #[must_use]
    pub fn tag_of(&self, version: &str) -> Option<&str> {
        let tag = self
            .known
            .iter()
            .find(|tag| tag.version.as_str() == version)?;
        Some(&tag.name)
    }

    /// What Git understands for a version, tag or commit: the version's tag;
    /// `v` before what looks like a version; else the text as it is.
    #[must_use]
    pub fn reference(&self, text: &str) -> String {
        if let Some(tag) = self.tag_of(text) {
            return tag.to_owned();
        }
        if is_version(text) {
            format!("v{text}")
        } else {
            text.to_owned()
        }
    }
}

/// `v4.12.0`, `4.12.0`, `checkout-v4.12.0`, `checkout/v4.12.0` and
/// `checkout@4.12.0` name version `4.12.0`; a branch such as `main` names none.
#[must_use]
pub fn of_tag(tag: &str) -> Option<Version> {
    let tag = tag.strip_prefix("refs/tags/").unwrap_or(tag);
    let last = tag.rsplit(['/', '@']).next().unwrap_or(tag);
    let bare = last.strip_prefix(['v', 'V']).unwrap_or(last);
    if is_version(bare) {
        return Some(Version::new(bare));
    }
    let (_, tail) = last.rsplit_once("-v")?;
    is_version(tail).then(|| Version::new(tail))
}

/// The first word of a text that is a version of at least three numbers, such
/// as in `Roll back checkout to 4.11.3`. Fewer numbers are too often a date
/// or an amount.
#[must_use]
pub fn in_text(text: &str) -> Option<Version> {
    text.split(|character: char| {
        !(character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '+' | '_'))
    })
    .map(|word| word.trim_matches(['.', '-', '_', '+']))
    .map(|word| word.strip_prefix(['v', 'V']).unwrap_or(word))
    .find(|word| {
        is_version(word)
            && word
                .split(['-', '+'])
                .next()
                .is_some_and(|core| core.matches('.').count() >= 2)
    })
    .map(Version::new)
}

/// The first seven digits of a commit.
#[must_use]
pub fn short(commit: &str) -> Text {
    Text::new(commit.get(..7).unwrap_or(commit))
}

/// At least two numbers with dots between, then perhaps `-…` or `+…`.
fn is_version(text: &str) -> bool {
    let core = text.split(['-', '+']).next().unwrap_or(text);
    core.contains('.')
        && core
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_tell_versions_and_branches_do_not() {
        for (tag, version) in [
            ("v4.12.0", Some("4.12.0")),
            ("4.12.0", Some("4.12.0")),
            ("refs/tags/v4.12.0-rc.1", Some("4.12.0-rc.1")),
            ("checkout-v4.12.0", Some("4.12.0")),
            ("services/checkout/v4.12.0", Some("4.12.0")),
            ("checkout@4.12.0", Some("4.12.0")),
            ("2026.11", Some("2026.11")),
            ("main", None),
            ("release", None),
            ("v", None),
            ("v4", None),
            ("4..1", None),
            ("", None),
        ] {
            assert_eq!(of_tag(tag), version.map(Version::new), "{tag}");
        }
    }

    #[test]
    fn a_title_tells_a_version_of_three_numbers() {
        assert_eq!(
            in_text("Roll back checkout to v4.11.3 (0199)"),
            Some(Version::new("4.11.3"))
        );
        assert_eq!(in_text("Bump timeout to 2.5 s"), None);
        assert_eq!(
            in_text("Release 4.12.0-rc.1."),
            Some(Version::new("4.12.0-rc.1"))
        );
        assert_eq!(in_text("🚀"), None);
    }

    #[test]
    fn a_version_is_asked_for_by_its_tag() {
        let mut tags = Tags::default();
        tags.learn("checkout-v4.12.0", "abc");
        assert_eq!(tags.reference("4.12.0"), "checkout-v4.12.0");
        assert_eq!(tags.reference("4.11.3"), "v4.11.3");
        assert_eq!(tags.reference("main"), "main");
        assert_eq!(tags.version_of("abc"), Some(Version::new("4.12.0")));
    }
}
