//! What is flaky: jobs and tests that failed and then passed on the same
//! commit. A pure fold of outcomes; in which order they come changes nothing.
//!
//! A run that succeeded says of every job and test that ever failed in its
//! pipeline that it passed: few systems tell more of green runs, and reading
//! all their jobs and reports would cost more than it is worth.
//!
//! The formula, for one job or test:
//!
//! - A commit is *flaky evidence* when, among the outcomes on it, a failure is
//!   followed by a pass, or its own tool saw it fail and then pass.
//! - `rate` = commits with flaky evidence / commits seen, both of the last 30
//!   days.
//! - The *last 20*: the newest runs; of these those are *flaky failures* in
//!   which it failed on a commit with flaky evidence. Failures that no pass on
//!   the same commit followed are failures: a change may have broken it.
//! - `weight` = rate × 2^(-days since the last flaky failure / 7): lists are
//!   in its order.

mod seen;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, TimeDelta};

pub use self::seen::{Brief, of_jobs, of_report, of_success, subject_of_job, subject_of_test};
use crate::domain::{Ended, Origin, Outcome, ServiceName, Subject, Text, Timestamp};

/// Outcomes that are kept of one job or test; the oldest go first.
pub const MOST_OUTCOMES: usize = 100;
/// Outcomes that "the last 20 runs" are.
pub const RECENT: usize = 20;
/// How far back the rate looks, in days.
pub const WINDOW_DAYS: i64 = 30;
/// Days after which what was seen weighs half.
const HALF_LIFE: f64 = 7.0;

/// The history of all jobs and tests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    tracks: BTreeMap<Subject, Track>,
}

/// The history of one job or test: by run and attempt, so that the same
/// ending is never counted twice.
#[derive(Clone, Debug, Default, PartialEq)]
struct Track {
    outcomes: BTreeMap<(Origin, u32), Entry>,
    /// Commits with flaky evidence, among what is kept.
    flaky: BTreeSet<Text>,
}

/// One ending. Of two that are told of one attempt the greater counts: what
/// was seen to fail before what was only said to be well.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    ended: Ended,
    class: Text,
    at: Timestamp,
    commit: Text,
    number: u64,
}

/// What the history says about one job or test.
#[derive(Clone, Debug, PartialEq)]
pub struct Flakiness {
    /// How the newest runs ended, at most [`RECENT`], oldest first; flaky where
    /// a run failed and passed when it was tried again.
    pub recent: Vec<Ended>,
    /// How many of them failed on a commit with flaky evidence.
    pub flaky_failures: usize,
    /// Commits on which it ended in the last [`WINDOW_DAYS`] days.
    pub commits: usize,
    /// How many of them are flaky evidence.
    pub flaky_commits: usize,
    /// `flaky_commits / commits`; 0 where there are none.
    pub rate: f64,
    /// The last flaky failure: when, and in which run.
    pub last: Option<(Timestamp, Origin)>,
    /// The newest failure of any sort, by its run.
    pub last_failure: Option<Origin>,
}

impl Flakiness {
    /// Whether it is flaky: something in the window or among the last 20 says
    /// so.
    #[must_use]
    pub fn is_flaky(&self) -> bool {
        self.flaky_commits > 0 || self.flaky_failures > 0
    }

    /// By how much it matters at `now`, from 0 to 1.
    #[must_use]
    pub fn weight(&self, now: Timestamp) -> f64 {
        let Some((last, _)) = &self.last else {
            return 0.0;
        };
        let days = (now - *last).num_minutes().max(0) as f64 / (24.0 * 60.0);
        self.rate * (-days / HALF_LIFE).exp2()
    }
}

impl Flakiness {
    /// `flaky: 3 of the last 20 runs; last on Tue`.
    #[must_use]
    pub fn sentence(&self, now: Timestamp) -> String {
        let runs = match self.recent.len() {
            1 => "run".to_owned(),
            runs => format!("{runs} runs"),
        };
        let mut words = format!("flaky: {} of the last {runs}", self.flaky_failures);
        match self.last_day(now).as_deref() {
            Some("today") => words.push_str("; last today"),
            Some(day) => words.push_str(&format!("; last on {day}")),
            None => {}
        }
        words
    }

    /// `flaky 3/20`, for narrow places.
    #[must_use]
    pub fn short(&self) -> String {
        format!("flaky {}/{}", self.flaky_failures, self.recent.len())
    }

    /// The day of the last flaky failure: `today`, within a week the day of
    /// the week, else the date.
    #[must_use]
    pub fn last_day(&self, now: Timestamp) -> Option<String> {
        let (at, _) = self.last.as_ref()?;
        let days = (now.date_naive() - at.date_naive()).num_days();
        Some(match days {
            ..=0 => "today".to_owned(),
            1..=6 => at.weekday().to_string(),
            _ => at.format("%-d %b").to_string(),
        })
    }
}

impl History {
    /// Takes an outcome in. One that is known is taken as the greater of the
    /// two, so that it does not matter which came first.
    pub fn add(&mut self, outcome: Outcome) {
        let Outcome {
            subject,
            at,
            run,
            number,
            attempt,
            commit,
            ended,
            class,
        } = outcome;
        let entry = Entry {
            ended,
            class,
            at,
            commit,
            number,
        };
        let track = self.tracks.entry(subject).or_default();
        track.add((run, attempt), entry);
    }

    /// Whether taking an outcome in would say nothing new: it is known as it is
    /// or as more than it is, whenever it was said to be, or it is older than
    /// all that is kept.
    #[must_use]
    pub fn knows(&self, outcome: &Outcome) -> bool {
        let Some(track) = self.tracks.get(&outcome.subject) else {
            return false;
        };
        let key = (outcome.run.clone(), outcome.attempt);
        match track.outcomes.get(&key) {
            Some(known) => (known.ended, &known.class) >= (outcome.ended, &outcome.class),
            None => {
                track.outcomes.len() >= MOST_OUTCOMES
                    && track
                        .oldest()
                        .is_some_and(|(oldest, entry)| (outcome.at, &key) < (entry.at, oldest))
            }
        }
    }

    /// Whether anything is known of it.
    #[must_use]
    pub fn has(&self, subject: &Subject) -> bool {
        self.tracks.contains_key(subject)
    }

    /// How many jobs and tests are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tracks.len()
    }

    /// True when nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    /// What is known of one job or test at `now`.
    #[must_use]
    pub fn of(&self, subject: &Subject, now: Timestamp) -> Option<Flakiness> {
        Some(self.tracks.get(subject)?.flakiness(now))
    }

    /// What is flaky, the heaviest first.
    #[must_use]
    pub fn flaky(&self, now: Timestamp) -> Vec<(&Subject, Flakiness)> {
        let mut found: Vec<(f64, &Subject, Flakiness)> = self
            .tracks
            .iter()
            .filter(|(_, track)| !track.flaky.is_empty())
            .map(|(subject, track)| (subject, track.flakiness(now)))
            .filter(|(_, flakiness)| flakiness.is_flaky())
            .map(|(subject, flakiness)| (flakiness.weight(now), subject, flakiness))
            .collect();
        found.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
        found
            .into_iter()
            .map(|(_, subject, flakiness)| (subject, flakiness))
            .collect()
    }

    /// The tests of this name that were seen to end, in whatever pipeline, with
    /// what is known of each.
    #[must_use]
    pub fn tests_called(&self, name: &str, now: Timestamp) -> Vec<(&Subject, Flakiness)> {
        self.tracks
            .iter()
            .filter(|(subject, _)| subject.is_test() && subject.test.as_str() == name)
            .map(|(subject, track)| (subject, track.flakiness(now)))
            .collect()
    }

    /// Among the last [`RECENT`] runs of a job: how many there are, and how
    /// many failed with this class of triage, as far as their logs were read.
    #[must_use]
    pub fn failed_so(&self, subject: &Subject, class: &str) -> (usize, usize) {
        let Some(track) = self.tracks.get(subject) else {
            return (0, 0);
        };
        let runs = track.runs();
        let recent = runs.get(..RECENT.min(runs.len())).unwrap_or_default();
        let so = recent.iter().filter(|attempts| {
            let mut attempts = attempts.iter();
            attempts.any(|entry| entry.ended == Ended::Failed && entry.class.as_str() == class)
        });
        (recent.len(), so.count())
    }

    /// The run of the newest failure of a job or test.
    #[must_use]
    pub fn last_failure(&self, subject: &Subject) -> Option<Origin> {
        let track = self.tracks.get(subject)?;
        let newest = track.newest_first();
        let failed = newest
            .iter()
            .find(|(_, entry)| entry.ended != Ended::Passed)?;
        Some(failed.0.0.clone())
    }

    /// The jobs and tests of a pipeline that were ever seen to fail.
    fn that_failed<'a>(
        &'a self,
        service: &'a ServiceName,
        workflow: &'a Text,
    ) -> impl Iterator<Item = &'a Subject> {
        let first = Subject {
            service: service.clone(),
            workflow: workflow.clone(),
            ..Subject::default()
        };
        self.tracks
            .range(first..)
            .take_while(move |(subject, _)| {
                (&subject.service, &subject.workflow) == (service, workflow)
            })
            .filter(|(_, track)| track.has_failed())
            .map(|(subject, _)| subject)
    }

    /// Whether a job or test was ever seen to fail.
    #[must_use]
    pub fn has_failed(&self, subject: &Subject) -> bool {
        self.tracks.get(subject).is_some_and(Track::has_failed)
    }

    /// The services that anything is known of.
    pub fn services(&self) -> impl Iterator<Item = &ServiceName> {
        let mut last = None;
        self.tracks
            .keys()
            .map(|subject| &subject.service)
            .filter(move |service| {
                let new = last != Some(*service);
                last = Some(*service);
                new
            })
    }

    /// All that is kept, for a file of less length.
    #[must_use]
    pub fn outcomes(&self) -> Vec<Outcome> {
        self.tracks
            .iter()
            .flat_map(|(subject, track)| {
                track
                    .outcomes
                    .iter()
                    .map(|((run, attempt), entry)| Outcome {
                        subject: subject.clone(),
                        at: entry.at,
                        run: run.clone(),
                        number: entry.number,
                        attempt: *attempt,
                        commit: entry.commit.clone(),
                        ended: entry.ended,
                        class: entry.class.clone(),
                    })
            })
            .collect()
    }
}

impl Track {
    fn add(&mut self, key: (Origin, u32), entry: Entry) {
        let mut changed = BTreeSet::from([entry.commit.clone()]);
        match self.outcomes.get_mut(&key) {
            Some(known) if *known >= entry => return,
            Some(known) => changed.extend([std::mem::replace(known, entry).commit]),
            None => drop(self.outcomes.insert(key, entry)),
        }
        if self.outcomes.len() > MOST_OUTCOMES {
            let oldest = self.oldest().map(|(key, _)| key.clone());
            let gone = oldest.and_then(|oldest| self.outcomes.remove(&oldest));
            changed.extend(gone.map(|gone| gone.commit));
        }
        for commit in changed {
            if self.is_evidence(&commit) {
                self.flaky.insert(commit);
            } else {
                self.flaky.remove(&commit);
            }
        }
    }

    /// What goes first when there is too much.
    fn oldest(&self) -> Option<(&(Origin, u32), &Entry)> {
        self.outcomes
            .iter()
            .min_by(|one, other| (one.1.at, one.0).cmp(&(other.1.at, other.0)))
    }

    fn has_failed(&self) -> bool {
        self.outcomes
            .values()
            .any(|entry| entry.ended != Ended::Passed)
    }

    fn newest_first(&self) -> Vec<(&(Origin, u32), &Entry)> {
        let mut all: Vec<_> = self.outcomes.iter().collect();
        all.sort_by(|one, other| (other.1.at, other.0, other.1).cmp(&(one.1.at, one.0, one.1)));
        all
    }

    /// Whether on a commit a failure was followed by a pass. Within one run the
    /// attempts tell the order; between runs the time does.
    fn is_evidence(&self, commit: &Text) -> bool {
        if commit.is_empty() {
            return false;
        }
        let of = |ended: Ended| {
            self.outcomes
                .iter()
                .filter(move |(_, entry)| entry.ended == ended && entry.commit == *commit)
        };
        let follows = |failed: (&(Origin, u32), &Entry), passed: (&(Origin, u32), &Entry)| {
            let ((run, attempt), (other, later)) = (failed.0, passed.0);
            if run == other {
                attempt < later
            } else {
                failed.1.at < passed.1.at
            }
        };
        of(Ended::Flaky).next().is_some()
            || of(Ended::Failed)
                .any(|failed| of(Ended::Passed).any(|passed| follows(failed, passed)))
    }

    /// The runs, newest first, each with its attempts in order.
    fn runs(&self) -> Vec<Vec<&Entry>> {
        let mut runs: BTreeMap<&Origin, Vec<&Entry>> = BTreeMap::new();
        for ((run, _), entry) in &self.outcomes {
            runs.entry(run).or_default().push(entry);
        }
        let mut runs: Vec<(&Origin, Vec<&Entry>)> = runs.into_iter().collect();
        let last = |attempts: &[&Entry]| attempts.iter().map(|entry| entry.at).max();
        runs.sort_by(|one, other| (last(&other.1), other.0).cmp(&(last(&one.1), one.0)));
        runs.into_iter().map(|(_, attempts)| attempts).collect()
    }

    fn flakiness(&self, now: Timestamp) -> Flakiness {
        let is_flaky_failure =
            |entry: &Entry| entry.ended != Ended::Passed && self.flaky.contains(&entry.commit);
        let runs = self.runs();
        let recent = runs.get(..RECENT.min(runs.len())).unwrap_or_default();
        let flaky_failures = recent
            .iter()
            .filter(|attempts| attempts.iter().any(|entry| is_flaky_failure(entry)));
        let since = now - TimeDelta::days(WINDOW_DAYS);
        let commits: BTreeSet<&Text> = self
            .outcomes
            .values()
            .filter(|entry| entry.at >= since && !entry.commit.is_empty())
            .map(|entry| &entry.commit)
            .collect();
        let flaky_commits = commits
            .iter()
            .filter(|commit| self.flaky.contains(**commit))
            .count();
        let newest = self.newest_first();
        let find = |wanted: &dyn Fn(&Entry) -> bool| {
            newest
                .iter()
                .find(|(_, entry)| wanted(entry))
                .map(|((run, _), entry)| (entry.at, run.clone()))
        };
        Flakiness {
            recent: recent
                .iter()
                .rev()
                .map(|attempts| ended(attempts))
                .collect(),
            flaky_failures: flaky_failures.count(),
            rate: if commits.is_empty() {
                0.0
            } else {
                flaky_commits as f64 / commits.len() as f64
            },
            commits: commits.len(),
            flaky_commits,
            last: find(&is_flaky_failure),
            last_failure: find(&|entry| entry.ended != Ended::Passed).map(|(_, run)| run),
        }
    }
}

/// How a run ended, by its attempts: flaky where it failed and then passed.
fn ended(attempts: &[&Entry]) -> Ended {
    let failed = attempts
        .iter()
        .position(|entry| entry.ended != Ended::Passed);
    let Some(failed) = failed else {
        return Ended::Passed;
    };
    let passed = attempts
        .iter()
        .skip(failed)
        .any(|entry| entry.ended != Ended::Failed);
    if passed { Ended::Flaky } else { Ended::Failed }
}

#[cfg(test)]
mod tests;
