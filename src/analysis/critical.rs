//! Which jobs a run's length hangs on: the longest chain in which each job
//! could begin only when the one before had ended.
//!
//! No vendor that is read here lists what each job needs, so the chain is a
//! *guess by time*: from the job that ends last back to the one that ended
//! last before it became ready, and so on.

use chrono::TimeDelta;

use crate::domain::{Job, RunState, Timestamp};

/// Vendors tell whole seconds: a job may seem to begin before the one ended
/// that it waited for.
const ROUNDING: TimeDelta = TimeDelta::seconds(1);

/// When one job could begin, began and ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// When nothing but a runner was missing: when it was queued, or when the
    /// job ended that it seems to have waited for.
    pub ready: Timestamp,
    /// When it began; none while it waits.
    pub began: Option<Timestamp>,
    /// When it ended, or the present for one that has not.
    pub until: Timestamp,
}

impl Span {
    /// How long it waited for a runner.
    #[must_use]
    pub fn waited(&self) -> TimeDelta {
        (self.began.unwrap_or(self.until) - self.ready).max(TimeDelta::zero())
    }

    /// Waiting and work together.
    #[must_use]
    pub fn whole(&self) -> TimeDelta {
        (self.until - self.ready).max(TimeDelta::zero())
    }
}

/// The spans of jobs, in their order; none for one that was skipped or of which
/// no time is known. Some vendors call a job queued as soon as its run is, so
/// of the ends of other jobs before its begin the last one counts instead.
#[must_use]
pub fn spans(jobs: &[Job], now: Timestamp) -> Vec<Option<Span>> {
    jobs.iter()
        .map(|job| {
            // Vendors tell a start of jobs that only wait, too.
            let began = job
                .started
                .filter(|_| !matches!(job.state, RunState::Queued | RunState::Waiting));
            let queued = job.created.or(began)?;
            let bound = began.unwrap_or(now);
            if !job.state.is_live() && began.is_none() {
                return None;
            }
            let after = jobs
                .iter()
                .filter(|other| other.id != job.id)
                .filter_map(|other| other.finished)
                .filter(|end| *end <= bound + ROUNDING)
                .max();
            Some(Span {
                ready: after.map_or(queued, |end| end.max(queued)).min(bound),
                began,
                until: job.finished.unwrap_or(now).max(bound),
            })
        })
        .collect()
}

/// The places of the jobs on the critical path, the first job first; spans
/// that end before they begin are on none. Of jobs that end together the one
/// that began first counts, and of those the first in the list.
#[must_use]
pub fn path(spans: &[Span]) -> Vec<usize> {
    let mut path = Vec::new();
    let mut bound: Option<Timestamp> = None;
    loop {
        let next = spans
            .iter()
            .enumerate()
            .filter(|(place, span)| {
                span.ready <= span.until
                    && !path.contains(place)
                    && bound.is_none_or(|bound| span.until <= bound)
            })
            .max_by_key(|(place, span)| {
                (
                    span.until,
                    std::cmp::Reverse(span.ready),
                    std::cmp::Reverse(*place),
                )
            });
        let Some((place, span)) = next else { break };
        path.push(place);
        bound = Some(span.ready);
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone as _, Utc};
    use proptest::prelude::*;

    use super::*;

    fn span(ready: i64, until: i64) -> Span {
        let at = |seconds| Utc.timestamp_opt(1_800_000_000 + seconds, 0).unwrap();
        Span {
            ready: at(ready),
            began: Some(at(ready)),
            until: at(until),
        }
    }

    #[test]
    fn the_chain_ends_with_what_ends_last() {
        // build; lint and unit after it; e2e after unit; deploy after e2e.
        let jobs = [
            span(0, 60),
            span(60, 70),
            span(60, 160),
            span(160, 300),
            span(300, 330),
        ];
        assert_eq!(path(&jobs), [0, 2, 3, 4]);
        assert_eq!(path(&[]), [0; 0]);
        assert_eq!(path(&[span(0, 10), span(0, 20)]), [1]);
    }

    fn job(key: &str, times: [Option<i64>; 3]) -> Job {
        let [created, started, finished] =
            times.map(|at| at.map(|at| Utc.timestamp_opt(1_800_000_000 + at, 0).unwrap()));
        Job {
            id: crate::domain::Origin::new(&crate::domain::SourceId::new("hub"), key),
            name: key.into(),
            state: RunState::Running,
            created,
            started,
            finished,
            runner: None,
            steps: Vec::new(),
            url: crate::domain::Text::default(),
        }
    }

    #[test]
    fn waiting_for_another_job_is_not_waiting_for_a_runner() {
        let jobs = [
            job("build", [Some(0), Some(4), Some(60)]),
            job("test", [Some(0), Some(72), Some(100)]),
            job("lint", [Some(61), Some(61), None]),
            job("deploy", [Some(0), None, None]),
        ];
        // One that waits for a person does not work, whatever it is told to.
        let mut approve = job("approve", [Some(100), Some(101), None]);
        approve.state = RunState::Waiting;
        let jobs = jobs.into_iter().chain([approve]).collect::<Vec<_>>();
        let now = Utc.timestamp_opt(1_800_000_130, 0).unwrap();
        let spans: Vec<Span> = spans(&jobs, now).into_iter().flatten().collect();
        let seconds: Vec<(i64, i64)> = spans
            .iter()
            .map(|span| (span.waited().num_seconds(), span.whole().num_seconds()))
            .collect();
        // The last waits since the one before it ended.
        assert_eq!(seconds, [(4, 60), (12, 40), (0, 69), (30, 30), (30, 30)]);
    }

    #[test]
    fn a_span_that_ends_before_it_begins_is_on_none() {
        assert_eq!(path(&[span(0, 10), span(20, 5)]), [0]);
    }

    proptest! {
        #[test]
        fn each_begins_after_the_one_before_ended(
            jobs in prop::collection::vec((0i64..500, 0i64..200), 0..20),
        ) {
            let spans: Vec<Span> = jobs
                .iter()
                .map(|(ready, took)| span(*ready, ready + took))
                .collect();
            let path = path(&spans);
            prop_assert_eq!(path.is_empty(), spans.is_empty());
            for pair in path.windows(2) {
                prop_assert!(spans[pair[0]].until <= spans[pair[1]].ready);
            }
            if let Some(last) = path.last() {
                let end = spans.iter().map(|span| span.until).max();
                prop_assert_eq!(Some(spans[*last].until), end);
            }
            if let Some(first) = path.first() {
                // Nothing could stand before it.
                let bound = spans[*first].ready;
                let before = spans
                    .iter()
                    .enumerate()
                    .any(|(place, span)| !path.contains(&place) && span.until <= bound);
                prop_assert!(!before);
            }
        }
    }
}
