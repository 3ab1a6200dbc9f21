//! A file of a repository as GitHub and GitLab both tell it: base64 in JSON.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;

use crate::domain::Text;

/// Where hosts of code look for the file, in their order.
pub const CODE_OWNERS: [&str; 4] = [
    ".github/CODEOWNERS",
    "CODEOWNERS",
    "docs/CODEOWNERS",
    ".gitlab/CODEOWNERS",
];
/// Longest file that is read, in lines.
const LINES: usize = 5_000;

/// The content of one file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FileContent {
    /// In base64, over several lines; empty for a file that is too large.
    pub content: String,
}

impl FileContent {
    /// Its first lines; none where it is no text in base64.
    #[must_use]
    pub fn lines(&self) -> Vec<Text> {
        let packed: String = self
            .content
            .chars()
            .filter(|character| !character.is_whitespace())
            .collect();
        let bytes = STANDARD.decode(packed).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        text.lines().take(LINES).map(Text::log_line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_over_several_lines_is_read_and_anything_else_is_nothing() {
        let lines = |content: &str| {
            let content = content.to_owned();
            FileContent { content }.lines()
        };
        assert_eq!(
            lines("KiBA\nYQovYiBAYgo=\n"),
            ["* @a", "/b @b"].map(Text::new)
        );
        assert_eq!(lines("%%%"), [] as [Text; 0]);
        assert_eq!(lines(""), [] as [Text; 0]);
    }
}
