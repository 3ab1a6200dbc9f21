//! Reads a log line by line and keeps what its rules found. Memory does not
//! grow with the log.

use super::{
    clean,
    report::Report,
    rules::{Found, Role, Rules, STRONG},
    wrapping::{Place, Wrapping},
};
use crate::domain::Text;

/// How many findings are kept from the beginning of a log, and how many from
/// its end.
const KEPT: usize = 4_000;

/// How many names of failed tests are kept.
const MOST_TESTS: usize = 1_000;

/// Over how many lines the name of a test may go.
const LONGEST_NAME: usize = 8;

/// How much of a line is kept as evidence, in bytes.
const EVIDENCE: usize = 1_000;

/// A line that a rule matched.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    /// The line, from 1.
    pub line: usize,
    pub step: usize,
    /// The command that printed it; see `Place`.
    pub command: usize,
    /// The index of its rule.
    pub rule: usize,
    pub captured: Vec<(String, String)>,
    pub text: Text,
    /// A tool said later that this was no failure.
    pub cleared: bool,
}

/// A log that is being read.
#[derive(Debug)]
pub struct Triage<'rules> {
    pub(super) rules: &'rules Rules,
    pub(super) wrapping: Wrapping,
    pub(super) hits: Vec<Hit>,
    pub(super) tests: Vec<(usize, String)>,
    /// The line at which a name began that goes on, and the name so far.
    joining: Option<(usize, String)>,
    pub(super) lines: usize,
    /// The first line that the wrapping calls an error and no rule knows.
    pub(super) flagged: Vec<(usize, usize, Text)>,
}

impl<'rules> Triage<'rules> {
    /// Starts to read.
    #[must_use]
    pub fn new(rules: &'rules Rules) -> Self {
        Self {
            rules,
            wrapping: Wrapping::default(),
            hits: Vec::new(),
            tests: Vec::new(),
            joining: None,
            lines: 0,
            flagged: Vec::new(),
        }
    }

    /// Reads a whole log, or a part of it that ends with a line.
    pub fn read(&mut self, log: &[u8]) {
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', log) {
            self.line(log.get(start..end).unwrap_or_default());
            start = end + 1;
        }
        if start < log.len() {
            self.line(log.get(start..).unwrap_or_default());
        }
    }

    /// Reads the next line, without the `\n` at its end.
    pub fn line(&mut self, raw: &[u8]) {
        self.lines += 1;
        if clean::is_plain(raw) {
            // Nearly every line ends here.
            if let Ok(text) = std::str::from_utf8(raw) {
                self.clean_line(text);
                return;
            }
        }
        if memchr::memchr(b'\r', raw).is_some() && memchr::memmem::find(raw, b"section_").is_some()
        {
            self.wrapping.marks(&String::from_utf8_lossy(raw));
        }
        let text = clean::text(raw);
        self.clean_line(&text);
    }

    fn clean_line(&mut self, text: &str) {
        let number = self.lines;
        let prefix = clean::prefix(text);
        if let Some((start, end)) = prefix.step {
            self.wrapping
                .column(text.get(start..end).unwrap_or_default());
        }
        let words = text.get(prefix.length..).unwrap_or_default();
        let place = self.wrapping.line(number, words);
        if place.skip {
            return;
        }
        let words = words.get(place.mark..).unwrap_or_default();
        self.join(words);
        if !self.rules.may_match(words.as_bytes()) {
            if place.error {
                self.flag(place, words);
            }
            return;
        }
        let found = self.rules.matching(words);
        self.keep(place, words, found);
    }

    /// A name that goes on over lines, each further in than the first.
    fn join(&mut self, words: &str) {
        let Some((line, mut name)) = self.joining.take() else {
            return;
        };
        let part = words.trim();
        if part.is_empty() || !words.starts_with("    ") || self.lines - line > LONGEST_NAME {
            return;
        }
        name.push(' ');
        name.push_str(part.trim_end_matches(':'));
        if part.ends_with(':') {
            self.note_test(name);
        } else {
            self.joining = Some((line, name));
        }
    }

    /// Keeps the name of a failed test, unless a longer form of it is known.
    fn note_test(&mut self, name: String) {
        let known = |known: &str| {
            known.strip_suffix(name.as_str()).is_some_and(|before| {
                !before.ends_with(|last: char| last.is_alphanumeric() || last == '_')
            })
        };
        if !name.is_empty()
            && self.tests.len() < MOST_TESTS
            && !self.tests.iter().any(|(_, test)| known(test))
        {
            self.tests.push((self.lines, name));
        }
    }

    fn flag(&mut self, place: Place, words: &str) {
        if self.flagged.len() < KEPT && !words.trim().is_empty() {
            self.flagged.push((self.lines, place.step, evidence(words)));
        }
    }

    fn keep(&mut self, place: Place, words: &str, found: Vec<Found<'rules>>) {
        for found in &found {
            if let Some(test) = test_name(&found.captured) {
                if found.rule.joins {
                    self.joining = Some((self.lines, test));
                } else {
                    self.note_test(test);
                }
            }
        }
        for cleared in found
            .iter()
            .filter(|found| found.rule.role == Role::Success)
        {
            self.clear(place.step, &cleared.rule.clears);
        }
        let best = found.into_iter().max_by_key(|found| {
            // What knows the tool is believed before what only guesses.
            (
                found.rule.weight >= STRONG || found.rule.role < Role::Cause,
                found.rule.role,
                found.rule.weight,
            )
        });
        let Some(best) = best else {
            if place.error {
                self.flag(place, words);
            }
            return;
        };
        if self.hits.len() >= 2 * KEPT {
            self.hits.drain(KEPT..KEPT + KEPT / 2);
        }
        self.hits.push(Hit {
            line: self.lines,
            step: place.step,
            command: place.command,
            rule: best.index,
            captured: best.captured,
            text: evidence(words),
            cleared: false,
        });
    }

    /// Takes back what these families said in this step since one of them
    /// summed up the last time.
    fn clear(&mut self, step: usize, families: &[String]) {
        let mut first = None;
        for hit in self.hits.iter_mut().rev() {
            let Some(rule) = self.rules.get(hit.rule) else {
                break;
            };
            if hit.step != step {
                break;
            }
            if !families.contains(&rule.family) {
                continue;
            }
            match rule.role {
                Role::Consequence | Role::Success => break,
                _ if rule.weight < super::rules::DECISIVE => {
                    hit.cleared = true;
                    first = Some(hit.line);
                }
                _ => {}
            }
        }
        if let Some(first) = first {
            self.tests.retain(|(line, _)| *line < first);
        }
    }

    /// What the log tells.
    #[must_use]
    pub fn finish(self) -> Report {
        super::judge::judge(&self)
    }
}

/// The name of the test that a pattern captured; `suite` goes before it.
fn test_name(captured: &[(String, String)]) -> Option<String> {
    let of = |wanted: &str| {
        captured
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    };
    let test = of("test")?;
    Some(match of("suite") {
        Some(suite) => format!("{suite}.{test}"),
        None => test.to_owned(),
    })
}

/// A line as it is shown.
fn evidence(words: &str) -> Text {
    let mut end = words.len().min(EVIDENCE);
    while !words.is_char_boundary(end) {
        end -= 1;
    }
    Text::log_line(words.get(..end).unwrap_or_default().trim_end())
}
