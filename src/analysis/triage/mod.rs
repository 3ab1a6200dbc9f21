//! What broke, by the log of a job: a class, the line that states the cause,
//! the lines that prove it. See docs/triage.md.
//!
//! `clean` takes off what is no words of a tool, `wrapping` and `steps` know the
//! parts of a job, `rules` is data about tools and `read` its format, `scan`
//! reads a log, `judge` decides, `tell` says it.

mod class;
mod clean;
mod judge;
mod literals;
mod read;
mod report;
mod rules;
mod scan;
mod steps;
mod tell;
#[cfg(test)]
mod tests;
mod wrapping;

use std::sync::LazyLock;

pub use self::{
    class::Class,
    report::{Evidence, Report},
    rules::{Flaw, Role, RuleFile, Rules, shipped},
    scan::Triage,
};

/// The rules that ship.
///
/// # Panics
/// Never in a release: a test builds them.
pub fn shipped_rules() -> &'static Rules {
    static RULES: LazyLock<Rules> =
        LazyLock::new(|| Rules::build(&shipped()).unwrap_or_else(|_| Rules::none()));
    &RULES
}

/// Reads a whole log.
#[must_use]
pub fn triage(rules: &Rules, log: &[u8]) -> Report {
    let mut triage = Triage::new(rules);
    triage.read(log);
    triage.finish()
}
