//! Rules as data: TOML files, one for each family of tools. The format is
//! described in docs/triage.md.

use std::{collections::BTreeMap, fmt, sync::OnceLock};

use aho_corasick::AhoCorasick;
use regex::Regex;
use serde::Deserialize;

use super::{class::Class, read::read_file};

/// From this weight on a rule is believed, wherever in the job it stands.
pub(super) const DECISIVE: u8 = 90;
/// From this weight on a rule names the root of what the same command said.
pub(super) const ROOT: u8 = 80;
/// From this weight on a rule knows its tool; below it only guesses.
pub(super) const STRONG: u8 = 60;

/// What a line that a rule matches says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It is no evidence at all, whatever other rules see in it.
    Noise,
    /// A tool ended well; what it printed before was no failure.
    Success,
    /// Something failed before this line.
    Consequence,
    /// It explains a cause, and is none by itself: a warning, a retry.
    Hint,
    /// It states the cause.
    Cause,
}

/// A file of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFile {
    /// Its name without an ending: the family of the rules in it.
    pub family: String,
    /// What messages call it: its path, or `shipped NAME`.
    pub place: String,
    /// Its text.
    pub text: String,
}

/// What is wrong with a file of rules, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The file.
    pub place: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.place, self.line, self.reason)
    }
}

impl std::error::Error for Flaw {}

/// One rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub id: String,
    pub family: String,
    pub role: Role,
    pub class: Class,
    pub weight: u8,
    pub summary: String,
    pub topic: String,
    pub explained_by: Vec<String>,
    pub transient: bool,
    /// The test's name goes on in the lines below, to one that ends with `:`.
    pub joins: bool,
    pub clears: Vec<String>,
    pub unless: Vec<Pattern>,
}

/// A pattern that is built when a line first asks for it: most logs need few.
#[derive(Debug)]
pub(super) struct Pattern {
    source: String,
    built: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub fn new(source: String) -> Self {
        Self {
            source,
            built: OnceLock::new(),
        }
    }

    fn regex(&self) -> Option<&Regex> {
        self.built
            .get_or_init(|| Regex::new(&self.source).ok())
            .as_ref()
    }
}

/// All rules, ready to be asked.
#[derive(Debug)]
pub struct Rules {
    all: Vec<Rule>,
    /// Each pattern with the index of its rule.
    patterns: Vec<(Pattern, usize)>,
    /// Finds the words that patterns need.
    /// None where there are no rules.
    words: Option<AhoCorasick>,
    /// The patterns that need a word, by the word's index.
    wanted_by: Vec<Vec<usize>>,
}

/// A rule that matches a line.
pub(super) struct Found<'rules> {
    pub index: usize,
    pub rule: &'rules Rule,
    /// What the pattern's names captured: `what`, `test` and others.
    pub captured: Vec<(String, String)>,
}

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../assets/triage/", $name, ".toml")))),*]
    };
}

const SHIPPED: &[(&str, &str)] = shipped![
    "ci",
    "databases",
    "deploy",
    "dotnet",
    "gates",
    "generic",
    "git",
    "go",
    "javascript",
    "jvm",
    "languages",
    "linux",
    "native",
    "network",
    "packages",
    "python",
    "rust",
    "shell",
];

/// The files that ship.
#[must_use]
pub fn shipped() -> Vec<RuleFile> {
    SHIPPED
        .iter()
        .map(|(family, text)| RuleFile {
            family: (*family).to_owned(),
            place: format!("shipped {family}.toml"),
            text: (*text).to_owned(),
        })
        .collect()
}

impl Rules {
    /// Builds the rules of these files. A rule takes the place of one with the
    /// same id that came before it.
    ///
    /// # Errors
    /// Names file, line and reason of the first broken rule.
    pub fn build(files: &[RuleFile]) -> Result<Self, Flaw> {
        let mut read: Vec<(Rule, Vec<String>, Vec<Vec<String>>)> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for file in files {
            for (rule, patterns, words) in read_file(file)? {
                match places.get(&rule.id) {
                    Some(place) => read[*place] = (rule, patterns, words),
                    None => {
                        places.insert(rule.id.clone(), read.len());
                        read.push((rule, patterns, words));
                    }
                }
            }
        }
        let mut rules = Vec::new();
        let mut patterns = Vec::new();
        let mut wanted: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (rule, sources, needs) in read {
            for (source, words) in sources.into_iter().zip(needs) {
                for word in words {
                    wanted.entry(word).or_default().push(patterns.len());
                }
                patterns.push((Pattern::new(source), rules.len()));
            }
            rules.push(rule);
        }
        let words = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(wanted.keys())
            .map_err(|error| Flaw {
                place: "the rules".to_owned(),
                line: 1,
                reason: format!("they are too many: {error}"),
            })?;
        Ok(Self {
            all: rules,
            patterns,
            words: Some(words),
            wanted_by: wanted.into_values().collect(),
        })
    }

    /// No rules.
    #[must_use]
    pub fn none() -> Self {
        Self {
            all: Vec::new(),
            patterns: Vec::new(),
            words: None,
            wanted_by: Vec::new(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&Rule> {
        self.all.get(index)
    }

    /// How many rules there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Whether any pattern could match the line: whether a word is in it that
    /// one needs.
    pub(super) fn may_match(&self, line: &[u8]) -> bool {
        self.words
            .as_ref()
            .is_some_and(|words| words.is_match(line))
    }

    /// The rules that match the line; none where one says that it is noise.
    pub(super) fn matching(&self, line: &str) -> Vec<Found<'_>> {
        let mut candidates: Vec<usize> = self
            .words
            .iter()
            .flat_map(|words| words.find_overlapping_iter(line))
            .filter_map(|hit| self.wanted_by.get(hit.pattern().as_usize()))
            .flatten()
            .copied()
            .collect();
        candidates.sort_unstable();
        candidates.dedup();
        let mut found: Vec<Found<'_>> = Vec::new();
        for candidate in candidates {
            let Some((pattern, index)) = self.patterns.get(candidate) else {
                continue;
            };
            let Some(rule) = self.all.get(*index) else {
                continue;
            };
            if found.iter().any(|found| found.index == *index) {
                continue;
            }
            let Some(regex) = pattern.regex() else {
                continue;
            };
            let Some(captures) = regex.captures(line) else {
                continue;
            };
            let refused = rule
                .unless
                .iter()
                .any(|unless| unless.regex().is_some_and(|regex| regex.is_match(line)));
            if refused {
                continue;
            }
            if rule.role == Role::Noise {
                return Vec::new();
            }
            let captured = regex
                .capture_names()
                .flatten()
                .filter_map(|name| {
                    let value = captures.name(name)?.as_str().trim();
                    Some((name.to_owned(), value.to_owned()))
                })
                .collect();
            found.push(Found {
                index: *index,
                rule,
                captured,
            });
        }
        found
    }
}
