//! The clock of the integrations. Everything else gets its time from facts.

use std::time::Instant;

use chrono::Utc;

use crate::domain::Timestamp;

/// The time now, in UTC.
#[must_use]
pub fn now() -> Timestamp {
    Utc::now()
}

/// A point on a clock that never goes back, to measure spans with.
#[must_use]
pub fn tick() -> Instant {
    Instant::now()
}
