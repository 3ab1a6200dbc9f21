//! The request limits: they run down and come back after an hour.

use axum::http::{HeaderMap, HeaderValue};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::domain::Timestamp;

/// Requests an hour, and points an hour for GraphQL.
const PER_HOUR: u32 = 5_000;

/// One limit.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    name: &'static str,
    used: u32,
    reset: Timestamp,
}

impl Limit {
    /// A fresh limit.
    pub fn new(name: &'static str, now: Timestamp) -> Self {
        Self {
            name,
            used: 0,
            reset: now + TimeDelta::hours(1),
        }
    }

    /// Takes from it; false when it is used up.
    pub fn take(&mut self, now: Timestamp, cost: u32) -> bool {
        self.renew(now);
        if self.used >= PER_HOUR {
            return false;
        }
        self.used = (self.used + cost).min(PER_HOUR);
        true
    }

    /// Gives back what a 304 has not cost.
    pub fn give_back(&mut self, cost: u32) {
        self.used = self.used.saturating_sub(cost);
    }

    fn renew(&mut self, now: Timestamp) {
        if now >= self.reset {
            *self = Self::new(self.name, now);
        }
    }

    /// What is left.
    pub fn remaining(&self) -> u32 {
        PER_HOUR - self.used
    }

    /// When it comes back.
    pub fn reset(&self) -> Timestamp {
        self.reset
    }

    /// As `GET /rate_limit` shows it.
    pub fn json(&self) -> Value {
        json!({
            "limit": PER_HOUR,
            "used": self.used,
            "remaining": self.remaining(),
            "reset": self.reset.timestamp(),
        })
    }

    /// As GraphQL shows it.
    pub fn graph(&self, cost: u32) -> [(&'static str, Value); 6] {
        [
            ("cost", cost.into()),
            ("limit", PER_HOUR.into()),
            ("remaining", self.remaining().into()),
            ("used", self.used.into()),
            ("nodeCount", (cost * 100).into()),
            ("resetAt", super::json::instant(self.reset).into()),
        ]
    }

    /// The headers of every answer.
    pub fn headers(&self, headers: &mut HeaderMap) {
        let numbers = [
            ("x-ratelimit-limit", i64::from(PER_HOUR)),
            ("x-ratelimit-remaining", i64::from(self.remaining())),
            ("x-ratelimit-used", i64::from(self.used)),
            ("x-ratelimit-reset", self.reset.timestamp()),
        ];
        for (name, number) in numbers {
            headers.insert(name, HeaderValue::from(number));
        }
        headers.insert("x-ratelimit-resource", HeaderValue::from_static(self.name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_runs_down_and_comes_back() {
        let now = Timestamp::UNIX_EPOCH;
        let mut limit = Limit::new("core", now);
        assert!(limit.take(now, PER_HOUR - 1));
        assert!(limit.take(now, 1));
        assert_eq!(limit.remaining(), 0);
        assert!(!limit.take(now, 1));
        assert!(limit.take(now + TimeDelta::hours(1), 1));
        limit.give_back(1);
        assert_eq!(limit.remaining(), PER_HOUR);
    }
}
