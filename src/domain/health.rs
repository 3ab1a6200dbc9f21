//! How an integration is doing.

use serde::{Deserialize, Serialize};

use super::{Text, Timestamp};

/// The state of one integration's connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// Where it stands.
    pub connection: Connection,
    /// Why, and after a colon what to do, for people; empty when all is well.
    pub detail: Text,
    /// When it last answered as it should.
    pub last_ok: Option<Timestamp>,
    /// When the next try is due after a fault.
    pub next_try: Option<Timestamp>,
    /// The vendor's request budget, where it tells one.
    pub budget: Option<Budget>,
    /// How far the vendor's clock is ahead of ours, in seconds, where its
    /// answers tell; more than 60 either way is worth saying.
    pub clock_skew_seconds: Option<i64>,
}

impl Health {
    /// Whether it does not tell the present state: what it told last is the
    /// last good data.
    #[must_use]
    pub fn is_away(&self) -> bool {
        !matches!(
            self.connection,
            Connection::Ok | Connection::Degraded | Connection::Connecting
        )
    }

    /// Why, without what to do: for narrow places.
    #[must_use]
    pub fn cause(&self) -> &str {
        cause_and_mend(&self.detail).0
    }
}

/// The two parts of a sentence about a fault: the cause, and how to mend it
/// (empty where the sentence does not tell).
#[must_use]
pub fn cause_and_mend(detail: &str) -> (&str, &str) {
    detail.split_once(": ").unwrap_or((detail, ""))
}

/// What sort of state a connection is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// The first answer is not there yet.
    Connecting,
    /// It answers.
    Ok,
    /// It answers some of it.
    Degraded,
    /// It does not answer, or answers what is no answer.
    Unreachable,
    /// The credential is not accepted.
    Unauthorised,
    /// The credential lacks a right.
    Forbidden,
    /// It asks us to wait.
    RateLimited,
}

/// Requests left in the vendor's current window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Requests in a whole window.
    pub limit: u32,
    /// Requests left.
    pub remaining: u32,
    /// When the window starts anew.
    pub resets: Timestamp,
}

impl Budget {
    /// The share of the window's requests that is used, from 0 to 1.
    #[must_use]
    pub fn used(&self) -> f64 {
        if self.limit == 0 {
            return 0.0;
        }
        1.0 - f64::from(self.remaining.min(self.limit)) / f64::from(self.limit)
    }

    /// By how much looks have to be rarer at `now` for what is left to last
    /// until the window starts anew: 1 while at least half is left or it lasts
    /// anyway, at most [`Budget::RAREST`]. A window is taken to be an hour.
    #[must_use]
    pub fn stretch(&self, now: Timestamp) -> f64 {
        let left = 1.0 - self.used();
        let ahead = (self.resets - now).num_seconds().clamp(0, 3_600) as f64 / 3_600.0;
        if self.limit == 0 || left >= 0.5 || ahead <= 0.0 {
            return 1.0;
        }
        (ahead / left.max(1e-6)).clamp(1.0, Self::RAREST)
    }

    /// The most by which looks get rarer.
    pub const RAREST: f64 = 8.0;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_get_rarer_when_the_requests_would_not_last() {
        let now = Timestamp::from_timestamp(1_795_600_000, 0).unwrap();
        let stretch = |remaining: u32, minutes: i64| {
            Budget {
                limit: 5_000,
                remaining,
                resets: now + chrono::TimeDelta::minutes(minutes),
            }
            .stretch(now)
        };
        let is = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-9, "{found}");
        is(stretch(5_000, 60), 1.0);
        is(stretch(2_500, 60), 1.0);
        is(stretch(1_000, 12), 1.0);
        is(stretch(1_000, 30), 2.5);
        is(stretch(10, 30), 8.0);
        is(stretch(0, 30), 8.0);
        is(stretch(0, -1), 1.0);
        is(stretch(0, 0), 1.0);
    }

    #[test]
    fn a_sentence_comes_apart_at_its_colon() {
        for (detail, parts) in [
            (
                "git.example:8443 is away since 12:00: wait; it says: x",
                ("git.example:8443 is away since 12:00", "wait; it says: x"),
            ),
            ("it is away", ("it is away", "")),
            ("", ("", "")),
        ] {
            assert_eq!(cause_and_mend(detail), parts);
        }
    }
}
