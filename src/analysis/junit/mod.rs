//! Test reports in JUnit's XML, as every tool of the trade writes it.
//!
//! There is no standard, so whatever is written is read: one root or nested
//! suites, with or without counts, `failure`, `error` and `skipped` in a test,
//! Surefire's `rerunFailure` and `flakyFailure`, output in CDATA, encodings
//! that are not what they say. Entities of a document's own are not expanded,
//! and every size has a bound: a report is from outside.
//!
//! `decode` makes text of bytes, `read` reads one report; here reports are put
//! together.

mod decode;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use self::read::{LARGEST, read};
use crate::domain::{TestCase, TestResult, TestResults, Text};

/// Most tests that are kept by name, of all reports of an attempt.
const MOST_CASES: usize = 20_000;

/// What one report said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The tests in the order of the report, at most `read::MOST_CASES`.
    pub cases: Vec<TestCase>,
    /// Tests that it counts and does not name: passed, failed, skipped.
    pub unnamed: [u32; 3],
    /// Why the rest of it could not be read; none when all of it was.
    pub flaw: Option<Text>,
}

/// Puts reports together, each with its name. What is no test report at all
/// is passed over.
#[must_use]
pub fn results<'a>(reports: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> TestResults {
    let mut all = Collected::default();
    for (name, bytes) in reports {
        if let Some(reading) = read(bytes) {
            all.add(name, &Text::default(), reading);
        }
    }
    all.finish()
}

/// Reports that are being put together.
#[derive(Debug, Default)]
pub struct Collected {
    cases: BTreeMap<(Text, Text, Text), TestCase>,
    unnamed: [u32; 3],
    flaws: Vec<Text>,
}

impl Collected {
    /// Takes in one report: its name and, where it is known, the job that wrote
    /// it. The same test twice counts once, as the worse of the two: a failure
    /// is never hidden.
    pub fn add(&mut self, name: &str, job: &Text, reading: Reading) {
        for (sum, more) in self.unnamed.iter_mut().zip(reading.unnamed) {
            *sum = sum.saturating_add(more);
        }
        if let Some(flaw) = reading.flaw {
            self.flaws.push(Text::new(&format!("{name}: {flaw}")));
        }
        for mut case in reading.cases {
            case.job = job.clone();
            let key = (job.clone(), case.suite.clone(), case.name.clone());
            let known = self.cases.len();
            match self.cases.get_mut(&key) {
                Some(before) if case.result < before.result => *before = case,
                Some(_) => {}
                None if known >= read::MOST_CASES * 4 => {}
                None => drop(self.cases.insert(key, case)),
            }
        }
    }

    /// Whether no report was taken in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty() && self.unnamed == [0; 3] && self.flaws.is_empty()
    }

    /// What they said together.
    #[must_use]
    pub fn finish(self) -> TestResults {
        let mut all = TestResults {
            passed: self.unnamed[0],
            failed: self.unnamed[1],
            skipped: self.unnamed[2],
            flaws: self.flaws,
            ..TestResults::default()
        };
        let mut cases: Vec<TestCase> = self.cases.into_values().collect();
        for case in &cases {
            let count = match case.result {
                TestResult::Passed => &mut all.passed,
                TestResult::Failed => &mut all.failed,
                TestResult::Flaky => &mut all.flaky,
                TestResult::Skipped => &mut all.skipped,
            };
            *count = count.saturating_add(1);
        }
        cases.sort_by_key(|case| case.result);
        cases.truncate(MOST_CASES);
        all.cases = cases;
        all
    }
}
