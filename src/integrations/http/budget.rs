//! The request budget of one credential: a bucket that fills with time and
//! that each request empties by one.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::clock;

/// Who asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// The watch: waits until the budget allows it.
    #[default]
    Background,
    /// A person waits, or an operation is checked: goes at once and leaves the
    /// debt to the watch.
    Person,
}

/// A token bucket. It holds at most a minute's worth.
pub(super) struct Bucket {
    per_second: f64,
    capacity: f64,
    state: Mutex<State>,
}

struct State {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    pub(super) fn new(per_minute: u32) -> Self {
        let capacity = f64::from(per_minute.max(1));
        Self {
            per_second: capacity / 60.0,
            capacity,
            state: Mutex::new(State {
                tokens: capacity,
                at: clock::tick(),
            }),
        }
    }

    /// Takes one token, or says how long to wait before asking again.
    fn take(&self, priority: Priority, now: Instant) -> Option<Duration> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(state.at).as_secs_f64();
        state.tokens = (state.tokens + passed * self.per_second).min(self.capacity);
        state.at = now;
        if state.tokens >= 1.0 || priority == Priority::Person {
            // A debt of more than a minute's worth would silence the watch.
            state.tokens = (state.tokens - 1.0).max(-self.capacity);
            return None;
        }
        Some(Duration::from_secs_f64(
            ((1.0 - state.tokens) / self.per_second).max(0.01),
        ))
    }

    /// Waits until a request may be sent.
    pub(super) async fn acquire(&self, priority: Priority) {
        while let Some(wait) = self.take(priority, clock::tick()) {
            tokio::time::sleep(wait).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_sees_more_than_two_budgets_and_the_long_run_one() {
        let bucket = Bucket::new(30);
        let start = clock::tick();
        let mut sent = 0;
        for second in 0..600_u64 {
            let now = start + Duration::from_secs(second);
            while bucket.take(Priority::Background, now).is_none() {
                sent += 1;
            }
        }
        assert!((300..=330).contains(&sent), "{sent} in ten minutes");
    }

    #[test]
    fn a_person_goes_at_once_and_the_watch_pays() {
        let bucket = Bucket::new(2);
        let now = clock::tick() + Duration::from_secs(1);
        for _ in 0..5 {
            assert_eq!(bucket.take(Priority::Person, now), None);
        }
        let wait = bucket.take(Priority::Background, now);
        assert!(wait.is_some_and(|wait| wait > Duration::from_secs(60)));
    }
}
