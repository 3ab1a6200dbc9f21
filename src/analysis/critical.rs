//! Which jobs a run's length hangs on: the longest chain in which each job
//! could begin only when the one before had ended.
//!
//! No vendor that is read here lists what each job needs, so the chain is a
//! *guess by time*: from the job that ends last back to the one that ended
//! last before it became ready, and so on.

use crate::domain::Timestamp;

/// When one job could begin, began and ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// When it was queued, else when it began.
    pub ready: Timestamp,
    /// When it ended, or the present for one that is at work.
    pub until: Timestamp,
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
