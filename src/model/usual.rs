//! How long a run usually takes.

use chrono::TimeDelta;

use super::Model;
use crate::domain::{Conclusion, Run, RunState, Timestamp};

/// Successful runs that are looked at, the newest ones.
const RUNS: usize = 20;
/// Fewer than this tell no median.
const FEW: usize = 2;
/// Fewer than this tell no 90th percentile: it would be the longest of them.
const FEW_FOR_TAIL: usize = 5;

/// How long the last successful runs of one workflow took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    /// Half of them took no longer.
    pub median: TimeDelta,
    /// Nine in ten took no longer; none while there are fewer than five.
    pub p90: Option<TimeDelta>,
    /// How many were looked at.
    pub runs: usize,
}

impl Usual {
    /// From durations in any order, by the nearest rank: of `n` durations in
    /// order the `p`-th percentile is the one at place `ceil(p / 100 * n)`,
    /// counted from 1. It is always one that was measured. None where there
    /// are fewer than two.
    #[must_use]
    pub fn of(mut took: Vec<TimeDelta>) -> Option<Self> {
        if took.len() < FEW {
            return None;
        }
        took.sort_unstable();
        let p90 = (took.len() >= FEW_FOR_TAIL).then(|| nearest_rank(&took, 90));
        Some(Self {
            median: nearest_rank(&took, 50)?,
            p90: p90.flatten(),
            runs: took.len(),
        })
    }
}

/// The percentile of sorted durations by the nearest rank.
fn nearest_rank(sorted: &[TimeDelta], percent: usize) -> Option<TimeDelta> {
    let rank = (percent * sorted.len()).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

impl Model {
    /// How long the last 20 runs of the same workflow of the same service took
    /// that succeeded at once, this one left out. A run that was run again did
    /// a part of the work only, or counts from its first start.
    #[must_use]
    pub fn usual(&self, run: &Run) -> Option<Usual> {
        let took = self
            .runs_of(&run.service)
            .map(|other| &other.value)
            .filter(|other| {
                other.workflow == run.workflow
                    && other.id != run.id
                    && other.attempt == 1
                    && other.state == RunState::Done(Conclusion::Success)
            })
            .map(|other| other.updated - other.started.unwrap_or(other.created))
            .take(RUNS)
            .collect();
        Usual::of(took)
    }

    /// How far a run that is at work is over the 90th percentile of
    /// [`Model::usual`]; none when it is not, when it was run again, or when too
    /// little is known.
    #[must_use]
    pub fn over_usual(&self, run: &Run, now: Timestamp) -> Option<TimeDelta> {
        if run.state != RunState::Running || run.attempt > 1 {
            return None;
        }
        let over = now - run.started.unwrap_or(run.created) - self.usual(run)?.p90?;
        (over > TimeDelta::zero()).then_some(over)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn usual(seconds: &[i64]) -> Option<Usual> {
        Usual::of(seconds.iter().copied().map(TimeDelta::seconds).collect())
    }

    #[test]
    fn the_nearest_rank_is_a_duration_that_was_measured() {
        assert_eq!(usual(&[]), None);
        assert_eq!(usual(&[5]), None);
        let two = usual(&[9, 5]).unwrap();
        assert_eq!((two.median, two.p90), (TimeDelta::seconds(5), None));
        let ten: Vec<i64> = (1..=10).rev().collect();
        let ten = usual(&ten).unwrap();
        assert_eq!(ten.median, TimeDelta::seconds(5));
        assert_eq!(ten.p90, Some(TimeDelta::seconds(9)));
        let five = usual(&[1, 2, 3, 4, 100]).unwrap();
        assert_eq!(five.median, TimeDelta::seconds(3));
        assert_eq!(five.p90, Some(TimeDelta::seconds(100)));
    }

    proptest! {
        #[test]
        fn enough_took_no_longer(
            mut seconds in prop::collection::vec(0i64..10_000, 5..40),
            seed: u64,
        ) {
            let usual = usual(&seconds).unwrap();
            for (percent, value) in [(50, usual.median), (90, usual.p90.unwrap())] {
                let value = value.num_seconds();
                prop_assert!(seconds.contains(&value));
                let within = seconds.iter().filter(|one| **one <= value).count();
                prop_assert!(within * 100 >= percent * seconds.len());
                let below = seconds.iter().filter(|one| **one < value).count();
                prop_assert!(below * 100 < percent * seconds.len());
            }
            // In any order.
            let turn = usize::try_from(seed % seconds.len() as u64).unwrap();
            seconds.rotate_left(turn);
            prop_assert_eq!(self::usual(&seconds), Some(usual));
        }
    }
}
