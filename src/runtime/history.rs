//! Keeps the history of jobs and tests: watches the facts that pass by, writes
//! down how each job and test ended, and tells the screen. On a thread of its
//! own, for it waits for the disk.

use std::{
    collections::{HashMap, VecDeque},
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    time::Duration,
};

use super::{now, tell::send_facts};
use crate::{
    analysis::flaky::{self, Brief},
    domain::{Body, Ended, Fact, Job, Origin, Outcome, SourceId, TestReport, Text, Timestamp},
    store::history::History,
    ui::update::Event,
};

/// How often it is looked whether another tminus wrote something.
const OTHERS: Duration = Duration::from_secs(30);
/// Runs that are remembered to tell what jobs and tests belong to.
const RUNS: usize = 20_000;
/// Jobs and reports that wait for their run to be told.
const WAITING: usize = 200;
/// Failed jobs that are remembered for the class that triage may give them.
const FAILED: usize = 2_000;
/// Facts that are taken in before something is written.
const BATCH: usize = 2_000;
/// Outcomes that the screen is told at once: it folds them between two keys.
const TOLD: usize = 500;

/// What the history is made of.
pub(super) enum Seen {
    Run(Box<Brief>),
    Jobs(Origin, u32, Vec<Job>),
    Tests(TestReport, Timestamp),
    /// Triage read the log of this job.
    Class(Origin, Text),
}

/// Tells the keeper what passes by.
#[derive(Clone)]
pub(super) struct Teller(Option<Sender<Seen>>);

impl Teller {
    /// Takes in facts that came from a system.
    pub(super) fn tell(&self, facts: &[Fact]) {
        let Some(seen) = &self.0 else { return };
        for fact in facts {
            let one = match &fact.body {
                Body::Run(run) => Seen::Run(Box::new(run.into())),
                Body::Jobs {
                    run,
                    attempt,
                    items,
                } if items.iter().any(|job| !job.state.is_live()) => {
                    Seen::Jobs(run.clone(), *attempt, items.clone())
                }
                Body::Tests(report) => Seen::Tests(report.clone(), fact.observed),
                _ => continue,
            };
            // It is gone only when the program ends.
            let _ = seen.send(one);
        }
    }

    /// Takes in what triage found in the log of a job.
    pub(super) fn class(&self, job: &Origin, class: &str) {
        if let Some(seen) = &self.0 {
            let _ = seen.send(Seen::Class(job.clone(), Text::new(class)));
        }
    }
}

/// Starts the keeper; it ends with the last teller. Where nothing may be
/// written, what was written before is shown all the same.
pub(super) fn start(directory: &Path, read_only: bool, events: Sender<Event>) -> Teller {
    let (teller, seen) = channel();
    let store = match History::open(directory) {
        Ok(store) => store,
        Err(error) => {
            tracing::warn!(error = %error.message, "no history of jobs and tests");
            return Teller(None);
        }
    };
    let started = std::thread::Builder::new()
        .name("history".to_owned())
        .spawn(move || keep(store, read_only, &seen, &events));
    Teller(started.is_ok().then_some(teller))
}

fn keep(mut store: History, read_only: bool, seen: &Receiver<Seen>, events: &Sender<Event>) {
    let mut recorder = Recorder::default();
    show(events, &recorder.others(store.news()));
    loop {
        let first = match seen.recv_timeout(OTHERS) {
            Ok(first) => first,
            Err(RecvTimeoutError::Timeout) => {
                show(events, &recorder.others(store.news()));
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let mut new = recorder.see(first);
        for more in seen.try_iter().take(BATCH) {
            new.extend(recorder.see(more));
        }
        if new.is_empty() {
            continue;
        }
        if !read_only {
            let written = store.add(&new, |all| {
                let mut history = flaky::History::default();
                for outcome in all {
                    history.add(outcome);
                }
                history.outcomes()
            });
            new.extend(recorder.others(written));
        }
        show(events, &new);
    }
}

fn show(events: &Sender<Event>, outcomes: &[Outcome]) {
    for part in outcomes.chunks(TOLD) {
        let fact = Fact {
            source: SourceId::new("tminus"),
            observed: now(),
            body: Body::Outcomes(part.to_vec()),
        };
        send_facts(events, vec![fact]);
    }
}

/// Puts together what belongs together, without a disk or a clock.
#[derive(Default)]
pub(crate) struct Recorder {
    known: flaky::History,
    runs: HashMap<Origin, Brief>,
    order: VecDeque<Origin>,
    waiting: VecDeque<Seen>,
    failed: HashMap<Origin, Outcome>,
    failed_order: VecDeque<Origin>,
}

impl Recorder {
    /// Takes in what others wrote; gives what is new in it.
    fn others(&mut self, found: Result<Vec<Outcome>, crate::error::Error>) -> Vec<Outcome> {
        match found {
            Ok(found) => self.learn(found),
            Err(error) => {
                tracing::warn!(error = %error.message, "the history of jobs and tests");
                Vec::new()
            }
        }
    }

    /// Takes in one thing; gives the outcomes that were not known.
    pub(super) fn see(&mut self, seen: Seen) -> Vec<Outcome> {
        match seen {
            Seen::Run(run) => {
                let id = run.id().clone();
                let passed = flaky::of_success(&run, &self.known);
                if self.runs.insert(id.clone(), *run).is_none() {
                    self.order.push_back(id.clone());
                    if self.order.len() > RUNS
                        && let Some(oldest) = self.order.pop_front()
                    {
                        self.runs.remove(&oldest);
                    }
                }
                let (mine, others) = std::mem::take(&mut self.waiting)
                    .into_iter()
                    .partition(|one| run_of(one) == Some(&id));
                self.waiting = others;
                let mine: VecDeque<Seen> = mine;
                let mut new = self.learn(passed);
                for one in mine {
                    new.extend(self.see(one));
                }
                new
            }
            Seen::Jobs(run, attempt, jobs) => {
                let Some(known) = self.runs.get(&run) else {
                    return self.wait(Seen::Jobs(run, attempt, jobs));
                };
                let outcomes = flaky::of_jobs(known, attempt, &jobs);
                for outcome in &outcomes {
                    if outcome.ended == Ended::Failed
                        && let Some(job) = jobs.iter().find(|job| job.name == outcome.subject.job)
                    {
                        self.failed_order.push_back(job.id.clone());
                        self.failed.insert(job.id.clone(), outcome.clone());
                    }
                }
                while self.failed_order.len() > FAILED {
                    if let Some(oldest) = self.failed_order.pop_front() {
                        self.failed.remove(&oldest);
                    }
                }
                self.learn(outcomes)
            }
            Seen::Tests(report, at) => {
                let Some(known) = self.runs.get(&report.run) else {
                    return self.wait(Seen::Tests(report, at));
                };
                let history = &self.known;
                // Of an attempt that is over the end of its run is nearest.
                let at = if known.attempt == report.attempt && !known.live {
                    known.updated
                } else {
                    known
                        .started
                        .filter(|_| report.attempt < known.attempt)
                        .unwrap_or(at)
                };
                let outcomes = flaky::of_report(known, &report, at, |subject| history.has(subject));
                self.learn(outcomes)
            }
            Seen::Class(job, class) => match self.failed.get(&job) {
                Some(outcome) => {
                    let outcome = Outcome {
                        class,
                        ..outcome.clone()
                    };
                    self.learn(vec![outcome])
                }
                None => Vec::new(),
            },
        }
    }

    fn wait(&mut self, seen: Seen) -> Vec<Outcome> {
        self.waiting.push_back(seen);
        if self.waiting.len() > WAITING {
            self.waiting.pop_front();
        }
        Vec::new()
    }

    fn learn(&mut self, outcomes: Vec<Outcome>) -> Vec<Outcome> {
        let mut new = Vec::new();
        let mut first = Vec::new();
        for outcome in outcomes {
            if !self.known.knows(&outcome) {
                let fails = outcome.ended != Ended::Passed;
                if fails && !self.known.has_failed(&outcome.subject) {
                    first.push(outcome.subject.clone());
                }
                self.known.add(outcome.clone());
                new.push(outcome);
            }
        }
        if first.is_empty() {
            return new;
        }
        // Green runs that were seen before it first failed tell of it as well.
        for run in self.runs.values() {
            for outcome in flaky::of_success(run, &self.known) {
                if first.contains(&outcome.subject) && !self.known.knows(&outcome) {
                    new.push(outcome);
                }
            }
        }
        for outcome in &new {
            self.known.add(outcome.clone());
        }
        new
    }
}

fn run_of(seen: &Seen) -> Option<&Origin> {
    match seen {
        Seen::Jobs(run, _, _) => Some(run),
        Seen::Tests(report, _) => Some(&report.run),
        Seen::Run(_) | Seen::Class(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Conclusion, Run, RunState, TestCase, TestResult, TestResults, TestState};

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_timestamp(1_795_600_000 + 60 * minute, 0).unwrap()
    }

    fn origin(key: &str) -> Origin {
        Origin::new(&SourceId::new("ci"), key)
    }

    fn run(number: u64, attempt: u32, conclusion: Conclusion) -> Run {
        Run {
            id: origin(&format!("runs/{number}")),
            service: "web".into(),
            number,
            attempt,
            workflow: "CI".into(),
            title: Text::default(),
            branch: "main".into(),
            commit: Text::new(&format!("{number:040}")),
            version: None,
            environment: None,
            event: Text::default(),
            actor: Text::default(),
            state: RunState::Done(conclusion),
            created: at(0),
            started: None,
            updated: at(number.cast_signed()),
            url: Text::default(),
        }
    }

    fn seen(run: &Run) -> Seen {
        Seen::Run(Box::new(Brief::from(run)))
    }

    fn job(name: &str, conclusion: Conclusion) -> Job {
        Job {
            id: origin(&format!("jobs/{name}")),
            name: name.into(),
            state: RunState::Done(conclusion),
            created: None,
            started: None,
            finished: Some(at(5)),
            runner: None,
            steps: Vec::new(),
            url: Text::default(),
        }
    }

    fn report(number: u64, attempt: u32, result: TestResult) -> Seen {
        let case = |name: &str, result| TestCase {
            suite: Text::default(),
            name: name.into(),
            job: Text::default(),
            result,
            millis: None,
            message: Text::default(),
        };
        let report = TestReport {
            run: origin(&format!("runs/{number}")),
            attempt,
            state: TestState::Known(TestResults {
                cases: vec![case("pays", result), case("adds", TestResult::Passed)],
                ..TestResults::default()
            }),
        };
        Seen::Tests(report, at(6))
    }

    fn told(outcomes: &[Outcome]) -> Vec<(&str, u64, u32, Ended)> {
        outcomes
            .iter()
            .map(|one| {
                (
                    one.subject.name().as_str(),
                    one.number,
                    one.attempt,
                    one.ended,
                )
            })
            .collect()
    }

    #[test]
    fn jobs_wait_for_their_run_and_are_told_once() {
        let mut recorder = Recorder::default();
        let jobs = || {
            let jobs = vec![
                job("e2e", Conclusion::Failure),
                job("lint", Conclusion::Success),
                job("deploy", Conclusion::Skipped),
            ];
            Seen::Jobs(origin("runs/7"), 1, jobs)
        };
        assert!(recorder.see(jobs()).is_empty());
        let new = recorder.see(seen(&run(7, 1, Conclusion::Failure)));
        assert_eq!(
            told(&new),
            [("e2e", 7, 1, Ended::Failed), ("lint", 7, 1, Ended::Passed)]
        );
        assert_eq!(new[0].commit.len(), 12);
        assert!(recorder.see(jobs()).is_empty());
        // What triage found in its log is added, once.
        let class = || Seen::Class(origin("jobs/e2e"), "infrastructure".into());
        assert_eq!(recorder.see(class())[0].class.as_str(), "infrastructure");
        assert!(recorder.see(class()).is_empty());
        assert!(recorder.see(jobs()).is_empty());
    }

    #[test]
    fn of_tests_only_those_that_ever_failed_are_told() {
        let mut recorder = Recorder::default();
        recorder.see(seen(&run(7, 2, Conclusion::Failure)));
        assert!(recorder.see(report(7, 2, TestResult::Passed)).is_empty());
        let new = recorder.see(report(7, 1, TestResult::Failed));
        assert_eq!(told(&new), [("pays", 7, 1, Ended::Failed)]);
        let new = recorder.see(report(7, 2, TestResult::Passed));
        assert_eq!(told(&new), [("pays", 7, 2, Ended::Passed)]);
        assert_eq!(recorder.known.flaky(at(60)).len(), 1);
    }

    #[test]
    fn green_runs_count_whether_they_came_before_or_after() {
        let mut recorder = Recorder::default();
        recorder.see(seen(&run(6, 1, Conclusion::Success)));
        recorder.see(seen(&run(7, 1, Conclusion::Failure)));
        let new = recorder.see(report(7, 1, TestResult::Failed));
        assert_eq!(
            told(&new),
            [("pays", 7, 1, Ended::Failed), ("pays", 6, 1, Ended::Passed)]
        );
        let new = recorder.see(seen(&run(8, 1, Conclusion::Success)));
        assert_eq!(told(&new), [("pays", 8, 1, Ended::Passed)]);
    }

    #[test]
    fn what_another_tminus_wrote_is_news_once() {
        let mut recorder = Recorder::default();
        let mut other = Recorder::default();
        other.see(seen(&run(7, 1, Conclusion::Failure)));
        let wrote = other.see(report(7, 1, TestResult::Failed));
        assert_eq!(recorder.others(Ok(wrote.clone())).len(), 1);
        assert!(recorder.others(Ok(wrote)).is_empty());
        recorder.see(seen(&run(7, 1, Conclusion::Failure)));
        assert!(recorder.see(report(7, 1, TestResult::Failed)).is_empty());
    }
}
