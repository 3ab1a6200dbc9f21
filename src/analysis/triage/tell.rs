//! The verdict in words: a sentence, the lines that prove it.

use super::{
    class::Class,
    judge::{Log, Seen, Verdict},
    report::{Evidence, Report},
    rules::Role,
};
use crate::domain::Text;

/// The most lines of evidence.
const MOST_EVIDENCE: usize = 8;

impl<'log> Log<'log> {
    pub fn report(&self, verdict: &Verdict<'log>, failed_tests: Vec<Text>) -> Report {
        let speaks = verdict.because.unwrap_or(verdict.cause);
        let mut lines: Vec<Evidence> = vec![evidence(verdict.cause)];
        if let Some(because) = verdict.because {
            lines.push(evidence(because));
        }
        let same = self.seen.iter().copied().filter(|seen| {
            seen.hit.line > verdict.line
                && seen.rule.class == verdict.class
                && seen.rule.role == Role::Cause
                && seen.hit.step == verdict.cause.hit.step
        });
        lines.extend(same.take(MOST_EVIDENCE - 3).map(evidence));
        lines.extend(
            self.with_role(Role::Consequence)
                .filter(|seen| seen.hit.line > verdict.line && !self.is_cleanup(seen.hit.step))
                .last()
                .map(evidence),
        );
        lines.sort_by_key(|evidence| evidence.line);
        lines.dedup_by_key(|evidence| evidence.line);
        Report {
            class: verdict.class,
            confidence: verdict.confidence,
            first_error_line: Some(verdict.line),
            evidence: lines,
            summary: summary(speaks, verdict, failed_tests.len()),
            failed_tests,
            rule: Some(speaks.rule.id.clone()),
        }
    }

    /// No rule found anything, and yet it failed.
    pub fn nothing(&self, failed_tests: Vec<Text>) -> Report {
        let failing = self.wrapping.failing_step();
        let flagged = self
            .flagged
            .iter()
            .find(|(_, step, _)| failing.is_none_or(|failing| failing == *step));
        let (class, line, text, summary) = match flagged {
            Some((line, _, text)) => (
                Class::Code,
                Some(*line),
                Some(text.clone()),
                format!("A step failed and says: {text}."),
            ),
            None => (
                Class::Unknown,
                self.wrapping.outcome.map(|(_, line)| line),
                None,
                "The job failed, and its log does not say why.".to_owned(),
            ),
        };
        Report {
            class,
            confidence: 0.4,
            first_error_line: line,
            evidence: line
                .zip(text)
                .map(|(line, text)| Evidence { line, text })
                .into_iter()
                .collect(),
            summary: Text::new(&summary),
            failed_tests,
            rule: None,
        }
    }
}

pub(super) fn evidence(seen: Seen<'_>) -> Evidence {
    Evidence {
        line: seen.hit.line,
        text: seen.hit.text.clone(),
    }
}

/// The rule's sentence with what its pattern captured; a rule without one, and
/// a name that captured nothing, speak by the line itself.
fn summary(speaks: Seen<'_>, verdict: &Verdict<'_>, failed_tests: usize) -> Text {
    let mut sentence = if speaks.rule.summary.is_empty() {
        match verdict.class {
            Class::Unknown => "It ended with an exit code and says no more: {line}".to_owned(),
            _ => "{line}".to_owned(),
        }
    } else {
        speaks.rule.summary.clone()
    };
    for (name, value) in &speaks.hit.captured {
        sentence = sentence.replace(&format!("{{{name}}}"), &shortened(value));
    }
    sentence = sentence.replace("{line}", &shortened(speaks.hit.text.trim()));
    if verdict.class == Class::Test && failed_tests > 1 {
        sentence.push_str(&format!(" {failed_tests} tests failed."));
    }
    Text::new(&sentence)
}

/// What fits into a sentence.
fn shortened(value: &str) -> String {
    let value = value.trim().trim_end_matches(['.', ':']);
    match value.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}
