//! Spans of instants, and how a gap or a fold of daylight saving makes them
//! longer or shorter.

use chrono::TimeDelta;

use super::civil::Candidates;
use crate::domain::Timestamp;

/// A span `[start, end)` of instants; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    /// First instant.
    pub start: Timestamp,
    /// First instant after it.
    pub end: Timestamp,
}

impl Interval {
    /// All time.
    pub const ALWAYS: Self = Self {
        start: Timestamp::MIN_UTC,
        end: Timestamp::MAX_UTC,
    };

    /// The span, unless it is empty.
    #[must_use]
    pub fn new(start: Timestamp, end: Timestamp) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// Whether the instant lies in it.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// Whether it shares an instant with `[from, until)`.
    #[must_use]
    pub fn touches(&self, from: Timestamp, until: Timestamp) -> bool {
        self.start < until && from < self.end
    }

    /// How long it is.
    #[must_use]
    pub fn length(&self) -> TimeDelta {
        self.end - self.start
    }
}

/// Which way a doubtful time is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As the longest span that it may mean: a freeze.
    Longest,
    /// As the shortest: an allowance.
    Shortest,
}

impl Reading {
    /// The start among its candidates.
    #[must_use]
    pub fn start(self, start: Candidates) -> Timestamp {
        match self {
            Self::Longest => start.earliest,
            Self::Shortest => start.latest,
        }
    }

    /// The end among its candidates.
    #[must_use]
    pub fn end(self, end: Candidates) -> Timestamp {
        match self {
            Self::Longest => end.latest,
            Self::Shortest => end.earliest,
        }
    }

    /// The span between two local times; none when it is empty.
    #[must_use]
    pub fn between(self, start: Candidates, end: Candidates) -> Option<Interval> {
        Interval::new(self.start(start), self.end(end))
    }

    /// The span of an elapsed time from a local time on.
    #[must_use]
    pub fn lasting(self, start: Candidates, elapsed: TimeDelta) -> Option<Interval> {
        self.between(start, start.after(elapsed))
    }
}

/// Overlapping and touching spans put together, in order.
#[must_use]
pub fn union(mut spans: Vec<Interval>) -> Vec<Interval> {
    spans.sort_unstable();
    let mut joined: Vec<Interval> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

/// The span that holds `at` when all that hold it are put together.
#[must_use]
pub fn around(spans: &[Interval], at: Timestamp) -> Option<Interval> {
    spans
        .iter()
        .filter(|span| span.holds(at))
        .copied()
        .reduce(|one, other| Interval {
            start: one.start.min(other.start),
            end: one.end.max(other.end),
        })
}
