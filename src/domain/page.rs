//! What the host of the code has for one version: its tag, and the page that
//! is published for it.

use serde::{Deserialize, Serialize};

use super::{ServiceName, Text, Version};

/// What the host of a service's code has for one version of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VersionPage {
    /// The service.
    pub service: ServiceName,
    /// The version.
    pub version: Version,
    /// The repository, as its integration knows it (`owner/name`).
    pub repository: Text,
    /// The tag of the version; none where the repository has none.
    pub tag: Option<Text>,
    /// Full hash of the commit that the tag names; empty without a tag.
    pub commit: Text,
    /// The page that is there; none where nobody published any.
    pub page: Option<Page>,
}

/// A page about a version that is there (GitHub and GitLab: a release).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Page {
    /// What the host calls it, such as its number.
    pub key: Text,
    /// Only those see it who may change it.
    pub draft: bool,
    /// Its title.
    pub title: Text,
    /// What it says, line by line; blank lines at its end are left out.
    pub lines: Vec<Text>,
    /// Page for people.
    pub url: Text,
}

impl Page {
    /// The lines of a text as a page has them.
    #[must_use]
    pub fn lines_of(text: &str) -> Vec<Text> {
        let mut lines: Vec<Text> = text
            .lines()
            .map(|line| Text::new(line.trim_end()))
            .collect();
        while lines.last().is_some_and(|line| line.is_empty()) {
            lines.pop();
        }
        lines
    }

    /// Whether it says this.
    #[must_use]
    pub fn says(&self, title: &Text, lines: &[Text]) -> bool {
        &self.title == title && self.lines == lines
    }

    /// The word for what it is.
    #[must_use]
    pub fn word(&self) -> &'static str {
        if self.draft { "draft" } else { "page" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_the_same_however_its_lines_end() {
        let plain = Page::lines_of("# One\n\n- two");
        assert_eq!(plain, ["# One", "", "- two"].map(Text::new));
        assert_eq!(Page::lines_of("# One\r\n\r\n- two  \r\n\r\n"), plain);
        assert_eq!(Page::lines_of(""), [] as [Text; 0]);
        assert_ne!(Page::lines_of("# One\n- two"), plain);
    }
}
