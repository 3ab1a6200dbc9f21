//! Guards that rest on what came between two versions: schema, fixes and
//! configuration.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobMatcher};

use super::{
    super::facts::{Told, WayBack},
    Guards, Verdict, some,
};
use crate::domain::{Comparison, Text};

/// More files than this are not told by a comparison (GitHub REST, "Compare
/// two commits").
const FILES: usize = 300;

impl Guards {
    pub(super) fn schema(&mut self, way: &WayBack) {
        let files = &way.files;
        if files.migrations.is_empty() && files.contract.is_empty() {
            return self.add(
                "schema",
                Verdict::NotKnown,
                "nobody said which files change the schema (services.migrations)",
            );
        }
        let Some(changes) = self.told("schema", &way.changes) else {
            return;
        };
        let migrations: Vec<&Text> = if files.migrations.is_empty() {
            changes.files.iter().collect()
        } else {
            matching(&changes.files, &files.migrations)
        };
        let contract: Vec<&Text> = matching(migrations.iter().copied(), &files.contract);
        if !contract.is_empty() {
            return self.add(
                "schema",
                Verdict::Refused,
                format!(
                    "fix forward: {} took something away from the data with {}, and {} cannot \
                     work without it",
                    names(&contract),
                    way.from,
                    way.to
                ),
            );
        }
        if !files.migrations.is_empty() && !migrations.is_empty() {
            return self.add(
                "schema",
                Verdict::Warn,
                format!(
                    "the schema stays as {} left it ({}): {} must be able to read what was \
                     written since",
                    way.from,
                    names(&migrations),
                    way.to
                ),
            );
        }
        if changes.behind > 0 && changes.ahead == 0 {
            return self.add(
                "schema",
                Verdict::Warn,
                format!(
                    "{} is newer than {}: this goes forward, and its migrations run",
                    way.to, way.from
                ),
            );
        }
        if let Some(why) = incomplete(changes) {
            return self.add("schema", Verdict::NotKnown, why);
        }
        self.add(
            "schema",
            Verdict::Ok,
            format!("no migration came between {} and {}", way.to, way.from),
        );
    }

    pub(super) fn fixes(&mut self, way: &WayBack) {
        let Some(changes) = self.told("fixes", &way.changes) else {
            return;
        };
        let mut security: Vec<&Text> = Vec::new();
        let mut fixes: Vec<&Text> = Vec::new();
        for (title, labels) in brought(changes) {
            let says = |what: fn(&str) -> bool| {
                what(title) || labels.iter().any(|label| what(label.as_str()))
            };
            if says(is_security) {
                security.push(title);
            } else if says(is_fix) {
                fixes.push(title);
            }
        }
        if !security.is_empty() {
            self.add(
                "fixes",
                Verdict::Warn,
                format!(
                    "it takes a security fix away, so that the hole is open again: {}",
                    quoted(&security)
                ),
            );
        }
        if !fixes.is_empty() {
            self.add(
                "fixes",
                Verdict::Warn,
                format!(
                    "it takes {} away: {}",
                    if fixes.len() == 1 {
                        "a fix".to_owned()
                    } else {
                        format!("{} fixes", fixes.len())
                    },
                    quoted(&fixes)
                ),
            );
        }
        if !security.is_empty() || !fixes.is_empty() {
            return;
        }
        if (changes.commits.len() as u64) < u64::from(changes.ahead) {
            return self.add(
                "fixes",
                Verdict::NotKnown,
                format!(
                    "only {} of {} commits are told, and no fix is among them",
                    changes.commits.len(),
                    changes.ahead
                ),
            );
        }
        self.add(
            "fixes",
            Verdict::Ok,
            format!(
                "no title or label between {} and {} speaks of a fix",
                way.to, way.from
            ),
        );
    }

    pub(super) fn configuration(&mut self, way: &WayBack) {
        let globs = &way.files.configuration;
        if globs.is_empty() {
            return self.add(
                "configuration",
                Verdict::NotKnown,
                "nobody said which files are configuration (services.config_files)",
            );
        }
        let Some(changes) = self.told("configuration", &way.changes) else {
            return;
        };
        let with_it = matching(&changes.files, globs);
        if !with_it.is_empty() {
            self.add(
                "configuration",
                Verdict::Warn,
                format!(
                    "{} changed with the code: make sure that it goes back too, or fits both",
                    names(&with_it)
                ),
            );
        }
        if way.branch.is_none() {
            if with_it.is_empty() {
                self.add(
                    "configuration",
                    Verdict::NotKnown,
                    format!("whether it changed after {} is not known", way.from),
                );
            }
            return;
        }
        let Some(later) = self.told("configuration", &way.later) else {
            return;
        };
        let after = matching(&later.files, globs);
        if !after.is_empty() {
            self.add(
                "configuration",
                Verdict::Warn,
                format!(
                    "{} changed after {}: {} never ran with that",
                    names(&after),
                    way.from,
                    way.to
                ),
            );
        } else if with_it.is_empty() {
            self.add(
                "configuration",
                Verdict::Ok,
                format!("no configuration changed since {}", way.to),
            );
        }
    }

    /// What was told, or a guard that says why nothing was.
    fn told<'a>(&mut self, name: &str, told: &'a Told<Comparison>) -> Option<&'a Comparison> {
        match told {
            Told::Known(comparison) => return Some(comparison),
            Told::NotYet => self.add(
                name,
                Verdict::NotKnown,
                "what lies between the versions is not read yet",
            ),
            Told::Unreadable(why) => self.add(
                name,
                Verdict::NotKnown,
                format!("what lies between the versions cannot be read: {why}"),
            ),
        }
        None
    }
}

/// Why the files of a comparison are not all.
fn incomplete(changes: &Comparison) -> Option<String> {
    if changes.files.len() >= FILES {
        Some(format!(
            "only {} changed files are told, and no migration is among them",
            changes.files.len()
        ))
    } else if changes.ahead > 0 && changes.files.is_empty() {
        Some(format!(
            "no changed files are told of {} commits",
            changes.ahead
        ))
    } else {
        None
    }
}

/// The paths that one of the globs matches. A glob that cannot be read matches
/// everything: the configuration refuses such ones.
fn matching<'a>(paths: impl IntoIterator<Item = &'a Text>, globs: &[Text]) -> Vec<&'a Text> {
    let globs: Vec<Option<GlobMatcher>> = globs
        .iter()
        .map(|glob| {
            let glob = GlobBuilder::new(glob).literal_separator(true).build();
            glob.ok().map(|glob| glob.compile_matcher())
        })
        .collect();
    paths
        .into_iter()
        .filter(|path| {
            globs.iter().any(|glob| {
                glob.as_ref()
                    .is_none_or(|glob| glob.is_match(path.as_str()))
            })
        })
        .collect()
}

/// What came in: the title of each commit, and of each pull request that no
/// commit's title names, with the labels of the pull request.
fn brought(changes: &Comparison) -> Vec<(&Text, Vec<&Text>)> {
    let mut brought: Vec<(&Text, Vec<&Text>)> = changes
        .commits
        .iter()
        .map(|commit| (&commit.title, Vec::new()))
        .collect();
    for pull in &changes.pull_requests {
        let number = format!("(#{})", pull.number);
        let named = brought
            .iter_mut()
            .find(|(title, _)| title.contains(&number) || **title == pull.title);
        match named {
            Some((_, labels)) => labels.extend(&pull.labels),
            None => brought.push((&pull.title, pull.labels.iter().collect())),
        }
    }
    brought
}

fn words(title: &str) -> BTreeSet<String> {
    title
        .split(|character: char| !(character.is_alphanumeric() || character == '-'))
        .map(str::to_lowercase)
        .collect()
}

fn is_security(title: &str) -> bool {
    words(title).iter().any(|word| {
        matches!(
            word.as_str(),
            "security" | "vulnerability" | "vulnerabilities" | "cve"
        ) || word.starts_with("cve-")
            || word.starts_with("ghsa-")
    })
}

fn is_fix(title: &str) -> bool {
    const WORDS: [&str; 8] = [
        "fix",
        "fixes",
        "fixed",
        "bugfix",
        "hotfix",
        "bug",
        "regression",
        "revert",
    ];
    let words = words(title);
    WORDS.iter().any(|word| words.contains(*word))
}

fn names(paths: &[&Text]) -> String {
    some(&paths.iter().map(ToString::to_string).collect::<Vec<_>>())
}

fn quoted(titles: &[&Text]) -> String {
    some(
        &titles
            .iter()
            .map(|title| format!("'{title}'"))
            .collect::<Vec<_>>(),
    )
}
