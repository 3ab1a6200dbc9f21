//! `tminus triage`: what broke, by the log of a job.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::Serialize;

use super::{args::Global, flaky::FlakyHistory, journal::config, print, report::VERSION};
use crate::{
    analysis::{
        flaky::Flakiness,
        junit,
        triage::{Report, Rules, Triage},
    },
    config::triage_rules,
    domain::{Subject, TestCase, TestResult, Text, Timestamp},
    error::{Error, Kind},
    runtime::now,
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
    /// What the history knows of the failed tests, each pipeline that ran one
    /// of that name; left out where it knows none of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub test_history: Vec<TestHistory>,
}

/// What the history knows of a failed test.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TestHistory {
    /// The test, as in `failed_tests`.
    pub test: String,
    /// The service in whose pipeline it ran.
    pub service: String,
    /// That pipeline.
    pub workflow: String,
    /// How it ended there.
    #[serde(flatten)]
    pub history: FlakyHistory,
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
    fn of(report: &Report, known: &[(&Subject, Flakiness)]) -> Self {
        Self {
            test_history: known
                .iter()
                .map(|(subject, found)| TestHistory {
                    test: subject.test.to_string(),
                    service: subject.service.to_string(),
                    workflow: subject.workflow.to_string(),
                    history: FlakyHistory::of(found),
                })
                .collect(),
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
pub fn run(global: &Global, log: &Path, reports: &[PathBuf]) -> Result<(), Error> {
    let config = config(global)?;
    let paths = config.as_ref().map(|config| &config.triage_rules[..]);
    let rules = triage_rules(paths.unwrap_or_default())?;
    let mut report = if log == Path::new("-") {
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
    let tests = failed_in(reports)?;
    // A report names tests as the history knows them; a log only as its tool
    // prints them.
    if !tests.is_empty() {
        report.failed_tests = tests;
    }
    // A history that cannot be read is no reason to say nothing about a log.
    let history = super::flaky::history(global).unwrap_or_default();
    let now = now();
    let known: Vec<(&Subject, Flakiness)> = report
        .failed_tests
        .iter()
        .flat_map(|test| history.tests_called(test, now))
        .collect();
    if global.json {
        return print::json(&TriageReport::of(&report, &known));
    }
    print::text(&shown(&report, &known, now))
}

/// The tests that failed by these reports, by name.
fn failed_in(reports: &[PathBuf]) -> Result<Vec<Text>, Error> {
    let mut files = Vec::new();
    for path in reports {
        let wrong = |why: &str| {
            let name = path.display().to_string();
            Error::new(
                Kind::Usage,
                format!("cannot read the test report {}: {why}", Text::new(&name)),
            )
            .hint("give a report in JUnit's XML, as the test tool wrote it")
        };
        let size = std::fs::metadata(path).map_or(0, |facts| facts.len());
        if size > junit::LARGEST as u64 {
            return Err(wrong("it is larger than 32 MiB"));
        }
        let bytes = std::fs::read(path).map_err(|error| wrong(&error.to_string()))?;
        if junit::read(&bytes).is_none() {
            return Err(wrong("it is no test report"));
        }
        files.push((path.display().to_string(), bytes));
    }
    let results = junit::results(
        files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice())),
    );
    Ok(results
        .cases
        .iter()
        .filter(|case| case.result == TestResult::Failed)
        .map(TestCase::label)
        .collect())
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

fn shown(report: &Report, known: &[(&Subject, Flakiness)], now: Timestamp) -> String {
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
            for (subject, found) in known.iter().filter(|(subject, _)| &subject.test == test) {
                if found.is_flaky() {
                    let words = found.sentence(now);
                    text.push_str(&format!("      in {}: {words}\n", subject.service));
                }
            }
        }
    }
    text
}
