//! `tminus triage`: what broke, by the log of a job.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

use schemars::JsonSchema;
use serde::Serialize;

use super::{args::Global, journal::config, print, report::VERSION};
use crate::{
    analysis::triage::{Report, Rules, Triage},
    config::triage_rules,
    domain::Text,
    error::{Error, Kind},
};

/// The most bytes of a line that are read; the rest of it is passed over.
const LONGEST_LINE: usize = 64 * 1024;

/// `tminus triage --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TriageReport {
    /// Version of this contract.
    pub version: u32,
    /// What sort of failure: `code`, `test`, `dependency`, `infrastructure`,
    /// `configuration`, `timeout`, `out_of_memory`, `cancelled`, `unknown` (an
    /// exit code and no message) or `none` (it succeeded).
    pub class: String,
    /// How sure this is, from 0 to 1.
    pub confidence: f64,
    /// The first line that states the cause, from 1; lines end at `\n` only.
    /// Null when the job succeeded, or no line says anything.
    pub first_error_line: Option<usize>,
    /// The lines that prove it, in order.
    pub evidence: Vec<TriageEvidence>,
    /// One sentence.
    pub summary: String,
    /// The tests that failed, as their tool names them, in order.
    pub failed_tests: Vec<String>,
    /// The rule that decided; null when none did.
    pub rule: Option<String>,
}

/// A line that proves it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TriageEvidence {
    /// The line, from 1.
    pub line: usize,
    /// Its words, without colours and what the CI system wrote before them.
    pub text: String,
}

impl TriageReport {
    fn of(report: &Report) -> Self {
        Self {
            version: VERSION,
            class: report.class.word().to_owned(),
            confidence: report.confidence,
            first_error_line: report.first_error_line,
            evidence: report
                .evidence
                .iter()
                .map(|evidence| TriageEvidence {
                    line: evidence.line,
                    text: evidence.text.to_string(),
                })
                .collect(),
            summary: report.summary.to_string(),
            failed_tests: report.failed_tests.iter().map(Text::to_string).collect(),
            rule: report.rule.clone(),
        }
    }
}

/// `tminus triage`.
///
/// # Errors
/// When the log or a file of rules cannot be read.
pub fn run(global: &Global, log: &Path) -> Result<(), Error> {
    let config = config(global)?;
    let paths = config.as_ref().map(|config| &config.triage_rules[..]);
    let rules = triage_rules(paths.unwrap_or_default())?;
    let report = if log == Path::new("-") {
        read(&rules, io::stdin().lock())
    } else {
        File::open(log).and_then(|file| read(&rules, BufReader::with_capacity(1 << 18, file)))
    }
    .map_err(|error| {
        let name = log.display().to_string();
        Error::new(
            Kind::Usage,
            format!("cannot read the log {}: {error}", Text::new(&name)),
        )
        .hint("give the file of one job's log, or `-` for standard input")
    })?;
    if global.json {
        return print::json(&TriageReport::of(&report));
    }
    print::text(&shown(&report))
}

/// Reads line by line: neither a long log nor a long line fills memory.
fn read(rules: &Rules, mut from: impl BufRead) -> io::Result<Report> {
    let mut triage = Triage::new(rules);
    let mut line = Vec::new();
    loop {
        let (used, ended) = {
            let buffer = from.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            let end = memchr::memchr(b'\n', buffer);
            let part = buffer
                .get(..end.unwrap_or(buffer.len()))
                .unwrap_or_default();
            let room = LONGEST_LINE.saturating_sub(line.len());
            line.extend_from_slice(part.get(..part.len().min(room)).unwrap_or_default());
            (part.len() + usize::from(end.is_some()), end.is_some())
        };
        from.consume(used);
        if ended {
            triage.line(&line);
            line.clear();
        }
    }
    if !line.is_empty() {
        triage.line(&line);
    }
    Ok(triage.finish())
}

fn shown(report: &Report) -> String {
    let mut text = format!(
        "{} ({:.0} % sure): {}\n",
        report.class,
        report.confidence * 100.0,
        report.summary
    );
    if !report.evidence.is_empty() {
        text.push('\n');
    }
    for evidence in &report.evidence {
        let mark = if Some(evidence.line) == report.first_error_line {
            '>'
        } else {
            ' '
        };
        text.push_str(&format!("{mark}{:>7}  {}\n", evidence.line, evidence.text));
    }
    if !report.failed_tests.is_empty() {
        text.push_str("\nfailed tests:\n");
        for test in &report.failed_tests {
            text.push_str(&format!("  {test}\n"));
        }
    }
    text
}
