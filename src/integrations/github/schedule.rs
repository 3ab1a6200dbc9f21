//! What can be looked at, and how often a sweep is due. Which look is taken
//! next is told by [`crate::integrations::schedule`].

use std::time::Duration;

/// One look.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Look {
    /// One run, and what it waits for.
    Run(String, u64),
    /// The jobs of a run.
    Jobs(String, u64),
    /// The newest runs of a repository, on all branches.
    Runs(String),
    /// A chunk of repositories, by its number.
    Sweep(usize),
    /// Milestones and releases of a chunk of repositories.
    Calendar(usize),
    /// The next run that tells of something flaky.
    History,
}

/// How often to sweep `chunks` chunks: as fast as `fastest`, but with no more
/// than half of the requests a minute, and no more than half of the points an
/// hour when one query costs `cost` of `limit`.
#[must_use]
pub fn sweep_interval(
    fastest: Duration,
    chunks: usize,
    requests_per_minute: u32,
    cost: u32,
    limit: u32,
) -> Duration {
    let half = f64::from(requests_per_minute.max(2)) / 2.0;
    let by_requests = chunks as f64 * 60.0 / half;
    let by_points = if limit == 0 {
        0.0
    } else {
        f64::from(cost) * chunks as f64 * 3600.0 / (f64::from(limit) / 2.0)
    };
    fastest.max(Duration::from_secs_f64(by_requests.max(by_points)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sweeps_leave_half_of_both_budgets() {
        let fastest = Duration::from_secs(15);
        // 100 services are 4 chunks.
        assert_eq!(
            sweep_interval(fastest, 4, 30, 2, 5000),
            Duration::from_secs(16)
        );
        // 500 services are 20 chunks: 15 requests a minute.
        assert_eq!(
            sweep_interval(fastest, 20, 30, 2, 5000),
            Duration::from_secs(80)
        );
        // Points can be dearer than requests.
        assert_eq!(
            sweep_interval(fastest, 20, 30, 10, 5000),
            Duration::from_secs(288)
        );
        assert_eq!(sweep_interval(fastest, 1, 30, 1, 5000), fastest);
        assert_eq!(sweep_interval(fastest, 1, 30, 0, 0), fastest);
    }
}
