//! Who owns a file, by a `CODEOWNERS` file as GitHub and GitLab read it.
//!
//! Of the patterns that match, the last one counts; one without owners takes
//! them away. GitLab's sections (`[Name]`, `^[Name]`, with owners for all of the
//! section) are each read so, and their owners come together.

use globset::{GlobBuilder, GlobMatcher};

/// A `CODEOWNERS` file that was read.
#[derive(Clone, Debug, Default)]
pub struct Owners {
    sections: Vec<Vec<Rule>>,
}

#[derive(Clone, Debug)]
struct Rule {
    /// The path itself, and what is below it.
    matchers: Vec<GlobMatcher>,
    owners: Vec<String>,
}

impl Owners {
    /// Reads a file. Lines that are no rules, such as comments, say nothing;
    /// neither does a pattern that cannot be read.
    #[must_use]
    pub fn parse<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut sections = vec![Vec::new()];
        let mut of_section: Vec<String> = Vec::new();
        for line in lines {
            let line = line.split(" #").next().unwrap_or_default().trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(rest) = line.strip_prefix('^').unwrap_or(line).strip_prefix('[') {
                let after = rest.split_once(']').map_or("", |(_, after)| after);
                // `[Name][2]` asks for so many approvals.
                let after = after.split_once(']').map_or(after, |(_, after)| after);
                of_section = after.split_whitespace().map(str::to_owned).collect();
                sections.push(Vec::new());
                continue;
            }
            let line = line.replace("\\ ", "\u{0}");
            let mut words = line.split_whitespace();
            let Some(pattern) = words.next() else {
                continue;
            };
            let pattern = pattern.replace('\u{0}', " ").replace("\\#", "#");
            let mut owners: Vec<String> = words.map(str::to_owned).collect();
            if owners.is_empty() {
                owners.clone_from(&of_section);
            }
            let rule = Rule {
                matchers: matchers(&pattern),
                owners,
            };
            if let Some(section) = sections.last_mut() {
                section.push(rule);
            }
        }
        Self { sections }
    }

    /// Whether it names no owner at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sections
            .iter()
            .flatten()
            .all(|rule| rule.owners.is_empty())
    }

    /// The owners of a path from the root of the repository.
    #[must_use]
    pub fn of(&self, path: &str) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        for section in &self.sections {
            let last = section
                .iter()
                .rev()
                .find(|rule| rule.matchers.iter().any(|glob| glob.is_match(path)));
            for owner in last.iter().flat_map(|rule| &rule.owners) {
                if !found.contains(&owner.as_str()) {
                    found.push(owner);
                }
            }
        }
        found
    }
}

/// What a pattern matches: like a `.gitignore`'s, from the root where it has a
/// slash before its end, else anywhere; a directory with all below it.
fn matchers(pattern: &str) -> Vec<GlobMatcher> {
    let bare = pattern.trim_start_matches('/').trim_end_matches('/');
    let anchored = pattern.starts_with('/') || bare.contains('/');
    let from = if anchored || bare.starts_with("**") {
        bare.to_owned()
    } else {
        format!("**/{bare}")
    };
    let below = format!("{from}/**");
    let mut globs = Vec::new();
    if !pattern.ends_with('/') {
        globs.push(from.clone());
    }
    // `docs/*` owns what is in the directory, and not what is deeper.
    if pattern == "*" || !pattern.ends_with("/*") {
        globs.push(below);
    }
    globs
        .iter()
        .filter_map(|glob| {
            let glob = GlobBuilder::new(glob).literal_separator(true).build();
            Some(glob.ok()?.compile_matcher())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_last_pattern_that_matches_counts() {
        let owners = Owners::parse([
            "# everything",
            "*       @acme/all",
            "*.js    @js # inline",
            "/build/logs/ @logs",
            "docs/*  docs@acme.example",
            "apps/   @apps",
            "/apps/github",
            "a\\ b.txt @space",
        ]);
        for (path, wanted) in [
            ("README.md", "@acme/all"),
            ("src/deep/a.js", "@js"),
            ("build/logs/a/b.txt", "@logs"),
            ("x/build/logs/a.txt", "@acme/all"),
            ("docs/a.md", "docs@acme.example"),
            ("docs/more/a.md", "@acme/all"),
            ("x/apps/a.rs", "@apps"),
            ("apps/github", ""),
            ("apps/github/a.rs", ""),
            ("x/a b.txt", "@space"),
        ] {
            assert_eq!(owners.of(path).join(" "), wanted, "{path}");
        }
    }

    #[test]
    fn sections_come_together() {
        let owners = Owners::parse([
            "* @all",
            "[Database][2] @dba",
            "*.sql",
            "model/ @model",
            "^[Docs]",
            "*.md @docs",
        ]);
        assert_eq!(owners.of("a.sql"), ["@all", "@dba"]);
        assert_eq!(owners.of("model/a.md"), ["@all", "@model", "@docs"]);
        assert!(Owners::parse(["# nothing", "*.rs"]).is_empty());
    }

    proptest! {
        #[test]
        fn no_line_and_no_path_makes_it_fail(lines in prop::collection::vec("\\PC{0,30}", 0..6), path in "\\PC{0,30}") {
            let owners = Owners::parse(lines.iter().map(String::as_str));
            let _ = owners.of(&path);
        }
    }
}
