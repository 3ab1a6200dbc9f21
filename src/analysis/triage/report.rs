//! What triage tells.

use super::class::Class;
use crate::domain::Text;

/// A line that proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The line, from 1; lines end at `\n` only.
    pub line: usize,
    /// Its words, without the wrapping of the CI system.
    pub text: Text,
}

/// What became of a job, by its log.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What sort of failure.
    pub class: Class,
    /// How sure this is, from 0 to 1.
    pub confidence: f64,
    /// The first line that states the cause, from 1; none where the job
    /// succeeded or no line says anything.
    pub first_error_line: Option<usize>,
    /// The lines that prove it, in order.
    pub evidence: Vec<Evidence>,
    /// One sentence.
    pub summary: Text,
    /// The tests that failed, as their tool names them, in order.
    pub failed_tests: Vec<Text>,
    /// The rule that decided; none where no rule did.
    pub rule: Option<String>,
}
