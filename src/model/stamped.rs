//! A value that knows when it was observed.

use serde::Serialize;

use crate::domain::Timestamp;

/// A value with the time of its observation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stamped<T> {
    /// When it was seen.
    pub observed: Timestamp,
    /// What was seen.
    pub value: T,
}

impl<T> Stamped<T> {
    /// How old the observation is at `now`, in whole seconds, never negative.
    #[must_use]
    pub fn age_seconds(&self, now: Timestamp) -> i64 {
        (now - self.observed).num_seconds().max(0)
    }
}

impl<T: Serialize + PartialEq> Stamped<T> {
    /// Whether `new` replaces this. Newer wins; two different values seen at
    /// the same instant are settled by their bytes, so that the order of
    /// arrival never matters.
    pub(super) fn yields_to(&self, new: &Self) -> bool {
        match self.observed.cmp(&new.observed) {
            std::cmp::Ordering::Less => true,
            std::cmp::Ordering::Greater => false,
            std::cmp::Ordering::Equal => {
                self.value != new.value
                    && postcard::to_stdvec(&self.value).ok() < postcard::to_stdvec(&new.value).ok()
            }
        }
    }
}
