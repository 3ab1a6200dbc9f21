//! `tminus flaky`: jobs and tests that fail and pass on the same commit, by the
//! history that this tminus has kept.

use schemars::JsonSchema;
use serde::Serialize;

use super::{args::Global, context::data_directory, journal::config, print, report::VERSION};
use crate::{
    analysis::flaky::{Flakiness, History, WINDOW_DAYS},
    domain::{Ended, ServiceName, Subject, Timestamp},
    error::Error,
    runtime::now,
    store,
};

/// `tminus flaky --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FlakyReport {
    /// Version of this contract.
    pub version: u32,
    /// Days that `rate` looks back.
    pub window_days: i64,
    /// Jobs and tests that are flaky, the worst first.
    pub flaky: Vec<FlakySubject>,
}

/// A job or test that is flaky.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FlakySubject {
    /// The service.
    pub service: String,
    /// The pipeline.
    pub workflow: String,
    /// The job; null where the system does not tell which one ran the test.
    pub job: Option<String>,
    /// The test; null for a job itself.
    pub test: Option<String>,
    /// Its history.
    #[serde(flatten)]
    pub history: FlakyHistory,
}

/// What is known of how a job or test ended.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FlakyHistory {
    /// Commits on which it failed and then passed, as a share of the commits on
    /// which it ended, in the window.
    pub rate: f64,
    /// Commits in the window on which it failed and then passed.
    pub flaky_commits: usize,
    /// Commits in the window on which it ended.
    pub commits: usize,
    /// How many of `last` failed on a commit on which it passed afterwards.
    pub flaky_failures: usize,
    /// How its last runs ended, at most 20, oldest first: `passed`, `failed` or
    /// `flaky` (its own tool saw it fail and pass).
    pub last: Vec<String>,
    /// When it last failed so; null where that is not in the history.
    pub last_flaky: Option<Timestamp>,
    /// The run of its last failure, as `tminus status` names runs.
    pub last_failed_run: Option<String>,
}

impl FlakyHistory {
    pub(super) fn of(found: &Flakiness) -> Self {
        Self {
            rate: found.rate,
            flaky_commits: found.flaky_commits,
            commits: found.commits,
            flaky_failures: found.flaky_failures,
            last: found
                .recent
                .iter()
                .map(|ended| {
                    match ended {
                        Ended::Passed => "passed",
                        Ended::Failed => "failed",
                        Ended::Flaky => "flaky",
                    }
                    .to_owned()
                })
                .collect(),
            last_flaky: found.last.as_ref().map(|(at, _)| *at),
            last_failed_run: found.last_failure.as_ref().map(ToString::to_string),
        }
    }
}

/// The history in the data directory.
///
/// # Errors
/// When it cannot be read.
pub(super) fn history(global: &Global) -> Result<History, Error> {
    let directory = data_directory(global, config(global)?.as_ref())?;
    let mut history = History::default();
    // Nothing is made where nothing is.
    if directory.is_dir() {
        for outcome in store::history::History::open(&directory)?.news()? {
            history.add(outcome);
        }
    }
    Ok(history)
}

/// `tminus flaky`.
///
/// # Errors
/// When the history cannot be read.
pub fn run(global: &Global, service: Option<&str>) -> Result<(), Error> {
    let (history, now) = (history(global)?, now());
    let service = service.map(ServiceName::new);
    let found: Vec<(&Subject, Flakiness)> = history
        .flaky(now)
        .into_iter()
        .filter(|(subject, _)| {
            service
                .as_ref()
                .is_none_or(|wanted| &subject.service == wanted)
        })
        .collect();
    if global.json {
        return print::json(&FlakyReport {
            version: VERSION,
            window_days: WINDOW_DAYS,
            flaky: found
                .iter()
                .map(|(subject, found)| FlakySubject {
                    service: subject.service.to_string(),
                    workflow: subject.workflow.to_string(),
                    job: (!subject.job.is_empty()).then(|| subject.job.to_string()),
                    test: subject.is_test().then(|| subject.test.to_string()),
                    history: FlakyHistory::of(found),
                })
                .collect(),
        });
    }
    if found.is_empty() {
        let words = if history.is_empty() {
            "no history yet: `tminus` writes it while it runs"
        } else {
            "nothing failed and then passed on the same commit"
        };
        return print::line(words);
    }
    for (subject, found) in &found {
        let place = if subject.job.is_empty() || !subject.is_test() {
            subject.workflow.to_string()
        } else {
            format!("{} · {}", subject.workflow, subject.job)
        };
        print::line(&format!(
            "{}\n  {} · {place} · {} · {:.0} % of {} commits in {WINDOW_DAYS} days",
            subject.name(),
            subject.service,
            found.sentence(now),
            found.rate * 100.0,
            found.commits,
        ))?;
    }
    Ok(())
}
