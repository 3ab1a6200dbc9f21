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

#[cfg(test)]
mod tests {
    use super::*;

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
