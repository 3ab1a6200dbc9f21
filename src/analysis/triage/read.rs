//! A file of rules: its format, and what is wrong with it where it is broken.

use std::ops::Range;

use regex::Regex;
use serde::Deserialize;
use toml::Spanned;

use super::{
    class::Class,
    literals,
    rules::{Flaw, Pattern, Role, Rule, RuleFile},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Format {
    #[serde(default)]
    rule: Vec<WrittenRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    id: Spanned<String>,
    #[serde(default = "cause")]
    role: Role,
    class: Option<Class>,
    #[serde(default)]
    weight: Option<u8>,
    patterns: Vec<Spanned<String>>,
    #[serde(default)]
    unless: Vec<Spanned<String>>,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    explained_by: Vec<String>,
    #[serde(default)]
    transient: bool,
    #[serde(default)]
    joins: bool,
    #[serde(default)]
    clears: Vec<String>,
}

fn cause() -> Role {
    Role::Cause
}

pub(super) type ReadRule = (Rule, Vec<String>, Vec<Vec<String>>);

/// Reads the rules of a file, each with its patterns and the words that they
/// need.
pub(super) fn read_file(file: &RuleFile) -> Result<Vec<ReadRule>, Flaw> {
    let flaw = |span: Range<usize>, reason: String| Flaw {
        place: file.place.clone(),
        line: file
            .text
            .get(..span.start)
            .unwrap_or_default()
            .matches('\n')
            .count()
            + 1,
        reason,
    };
    let format: Format = toml::from_str(&file.text).map_err(|error| {
        let reason = error.message().trim().replace('\n', " ");
        flaw(error.span().unwrap_or_default(), reason)
    })?;
    let mut seen: Vec<String> = Vec::new();
    let mut rules = Vec::new();
    for written in format.rule {
        let here = written.id.span();
        let id = written.id.into_inner();
        let wrong = |reason: &str| flaw(here.clone(), format!("the rule `{id}` {reason}"));
        if id.is_empty() {
            return Err(wrong("has an empty id"));
        }
        if seen.contains(&id) {
            return Err(wrong("is there twice"));
        }
        let weight = match (written.role, written.class, written.weight) {
            (Role::Cause, None, _) => return Err(wrong("is a cause and needs a `class`")),
            (_, Some(Class::None), _) => {
                return Err(wrong("has the class none; say `role = \"success\"`"));
            }
            (_, _, Some(weight)) if weight > 100 => {
                return Err(wrong("has a weight above 100"));
            }
            (Role::Cause, _, Some(weight)) if weight < 30 => {
                return Err(wrong(
                    "has a weight below 30; say `role = \"consequence\"` or `\"hint\"`",
                ));
            }
            (Role::Cause | Role::Hint, _, weight) => weight.unwrap_or(70),
            (_, _, weight) => weight.unwrap_or(20),
        };
        if written.role == Role::Cause && written.summary.is_empty() {
            return Err(wrong("is a cause and needs a `summary`"));
        }
        if written.patterns.is_empty() {
            return Err(wrong("has no patterns"));
        }
        let mut patterns = Vec::new();
        let mut words = Vec::new();
        for pattern in written.patterns {
            let span = pattern.span();
            let source = pattern.into_inner();
            let needed = words_of(&source).map_err(|reason| flaw(span, reason))?;
            patterns.push(source);
            words.push(needed);
        }
        let mut unless = Vec::new();
        for pattern in written.unless {
            let span = pattern.span();
            let source = pattern.into_inner();
            Regex::new(&source).map_err(|error| flaw(span, one_line(&error.to_string())))?;
            unless.push(Pattern::new(source));
        }
        seen.push(id.clone());
        rules.push((
            Rule {
                family: file.family.clone(),
                role: written.role,
                class: written.class.unwrap_or(Class::Unknown),
                weight,
                summary: written.summary,
                topic: written.topic,
                explained_by: written.explained_by,
                transient: written.transient,
                joins: written.joins,
                clears: written.clears,
                unless,
                id,
            },
            patterns,
            words,
        ));
    }
    Ok(rules)
}

/// The words that a pattern needs; checks the pattern without building it.
fn words_of(pattern: &str) -> Result<Vec<String>, String> {
    let parsed = regex_syntax::parse(pattern).map_err(|error| one_line(&error.to_string()))?;
    literals::required(&parsed).ok_or_else(|| {
        format!(
            "`{pattern}` has no fixed word of two letters or more, so it would have to be \
             tried on every line"
        )
    })
}

/// The last line of an error of the regex crate says what is wrong; those
/// above it draw the place.
fn one_line(error: &str) -> String {
    let last = error.lines().last().unwrap_or_default().trim();
    let reason = last.strip_prefix("error: ").unwrap_or(last);
    format!("the pattern cannot be read: {reason}")
}
