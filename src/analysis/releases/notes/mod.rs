//! Release notes: what lies between two versions, grouped by what it is. The
//! words of a commit come first, then the labels of its pull request.

mod render;

use std::collections::BTreeSet;

use git_conventional::Commit as Conventional;

pub use self::render::{Head, Template, render};
use crate::domain::{Commit, Comparison, PullRequest, Text};

/// What sort of change, in the order of the notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Closes a hole.
    Security,
    /// Something new.
    Feature,
    /// Something mended.
    Fix,
    /// The same, faster.
    Performance,
    /// Words for people.
    Documentation,
    /// Nothing that users see.
    Maintenance,
    /// Nobody said.
    Other,
}

impl Group {
    /// All groups in their order.
    pub const ALL: [Self; 7] = [
        Self::Security,
        Self::Feature,
        Self::Fix,
        Self::Performance,
        Self::Documentation,
        Self::Maintenance,
        Self::Other,
    ];

    /// The heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Security => "Security",
            Self::Feature => "New",
            Self::Fix => "Fixed",
            Self::Performance => "Faster",
            Self::Documentation => "Documentation",
            Self::Maintenance => "Maintenance",
            Self::Other => "Other changes",
        }
    }

    /// Whether customers are told.
    #[must_use]
    pub fn is_for_customers(self) -> bool {
        matches!(
            self,
            Self::Security | Self::Feature | Self::Fix | Self::Performance
        )
    }

    fn of_type(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "feat" | "feature" => Self::Feature,
            "fix" | "bugfix" | "hotfix" | "revert" => Self::Fix,
            "perf" => Self::Performance,
            "sec" | "security" => Self::Security,
            "docs" | "doc" => Self::Documentation,
            "build" | "chore" | "ci" | "deps" | "refactor" | "style" | "test" | "tests" => {
                Self::Maintenance
            }
            _ => Self::Other,
        }
    }

    fn of_label(label: &str) -> Option<Self> {
        let label = label.to_ascii_lowercase();
        // `type: bug`, `kind/bug` and `bug` are the same to people.
        let word = label.rsplit([':', '/']).next().unwrap_or_default().trim();
        Some(match word {
            "security" | "vulnerability" => Self::Security,
            "feature" | "enhancement" | "feat" => Self::Feature,
            "bug" | "bugfix" | "fix" | "regression" => Self::Fix,
            "performance" | "perf" => Self::Performance,
            "documentation" | "docs" => Self::Documentation,
            "chore" | "dependencies" | "internal" | "maintenance" | "refactor" | "ci" => {
                Self::Maintenance
            }
            _ => return None,
        })
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What sort.
    pub group: Group,
    /// Whether whoever uses it has to change something.
    pub breaking: bool,
    /// The part that it is about; empty when nobody said.
    pub scope: Text,
    /// What changed, without type and number.
    pub text: Text,
    /// Who; empty when not known.
    pub author: Text,
    /// Its pull request; none where it came without one.
    pub number: Option<u64>,
    /// Full commit hash; empty for a pull request whose commit is not listed.
    pub sha: Text,
    /// Page for people; empty when there is none.
    pub url: Text,
}

/// What one service's part of a release brings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// The changes, by group and then in the order in which they came.
    pub entries: Vec<Entry>,
    /// All listed commits, oldest first.
    pub commits: Vec<Commit>,
    /// How many commits there are beside those that are listed.
    pub missing: u32,
    /// Who wrote them, each once, by name.
    pub authors: Vec<Text>,
}

impl Changes {
    /// The changes between two versions. `bots` are nobody's author.
    #[must_use]
    pub fn of(comparison: &Comparison, bots: &[Text]) -> Self {
        let mut entries = Vec::new();
        let mut named = BTreeSet::new();
        let pull_request = |number: Option<u64>| {
            comparison
                .pull_requests
                .iter()
                .find(|one| Some(one.number) == number)
        };
        for commit in &comparison.commits {
            let merge = merged_number(&commit.title);
            let (title, number) = split_number(&commit.title);
            let number = merge.or(number);
            // A merge says nothing of its own; its pull request does.
            if merge.is_some() || commit.title.starts_with("Merge branch ") {
                if let Some(found) = pull_request(number)
                    && named.insert(found.number)
                {
                    entries.push(entry(&found.title, Some(found), Some(commit)));
                }
                continue;
            }
            let found = pull_request(number);
            if let Some(number) = number {
                named.insert(number);
            }
            let mut made = entry(title, found, Some(commit));
            made.number = number;
            entries.push(made);
        }
        for one in &comparison.pull_requests {
            // Its commits are listed under words of their own, or not at all.
            let told = entries.iter().any(|known| {
                known
                    .text
                    .eq_ignore_ascii_case(plain(split_number(&one.title).0).as_str())
            });
            if named.insert(one.number) && !told {
                entries.push(entry(&one.title, Some(one), None));
            }
        }
        entries.sort_by_key(|entry| entry.group);
        let listed = u32::try_from(comparison.commits.len()).unwrap_or(u32::MAX);
        let authors: BTreeSet<Text> = entries
            .iter()
            .map(|entry| &entry.author)
            .filter(|author| !author.is_empty() && !bots.contains(author))
            .filter(|author| !author.ends_with("[bot]"))
            .cloned()
            .collect();
        Self {
            entries,
            commits: comparison.commits.clone(),
            missing: comparison.ahead.saturating_sub(listed),
            authors: authors.into_iter().collect(),
        }
    }
}

/// What is left of a title without its type.
fn plain(title: &str) -> String {
    match Conventional::parse(title) {
        Ok(parsed) => parsed.description().to_owned(),
        Err(_) => title.trim().to_owned(),
    }
}

fn entry(title: &str, pull: Option<&PullRequest>, commit: Option<&Commit>) -> Entry {
    let title = split_number(title).0;
    let parsed = Conventional::parse(title).ok();
    let labels = pull.map_or(&[][..], |pull| &pull.labels[..]);
    let by_label = labels.iter().find_map(|label| Group::of_label(label));
    let by_type = parsed
        .as_ref()
        .map(|parsed| Group::of_type(parsed.type_().as_str()))
        .filter(|group| *group != Group::Other);
    let breaking = parsed.as_ref().is_some_and(Conventional::breaking)
        || labels
            .iter()
            .any(|label| label.to_ascii_lowercase().contains("breaking"));
    Entry {
        group: by_type.or(by_label).unwrap_or(Group::Other),
        breaking,
        scope: parsed
            .as_ref()
            .and_then(Conventional::scope)
            .map(|scope| Text::new(scope.as_str()))
            .unwrap_or_default(),
        text: Text::from(plain(title)),
        author: pull
            .map(|pull| pull.author.clone())
            .or_else(|| commit.map(|commit| commit.author.clone()))
            .unwrap_or_default(),
        number: pull.map(|pull| pull.number),
        sha: commit.map(|commit| commit.sha.clone()).unwrap_or_default(),
        url: pull.map(|pull| pull.url.clone()).unwrap_or_default(),
    }
}

/// `fix: the basket (#12)` → the title and 12; GitLab writes `(!12)`.
fn split_number(title: &str) -> (&str, Option<u64>) {
    let trimmed = title.trim();
    let split = trimmed.strip_suffix(')').and_then(|rest| {
        let (before, inside) = rest.rsplit_once('(')?;
        let number = inside.strip_prefix(['#', '!'])?.parse().ok()?;
        Some((before.trim_end(), Some(number)))
    });
    split.unwrap_or((trimmed, None))
}

/// The number in `Merge pull request #12 from …`.
fn merged_number(title: &str) -> Option<u64> {
    let rest = title.strip_prefix("Merge pull request #")?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests;
