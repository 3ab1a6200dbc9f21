//! What overlaps is put side by side.

use std::ops::Range;

/// A lane for each range so that no two in one lane overlap: the first lane
/// that is free, the longer one first where two begin together. None where all
/// lanes are taken.
#[must_use]
pub fn lanes(ranges: &[Range<u16>], most: u16) -> Vec<Option<u16>> {
    let mut order: Vec<usize> = (0..ranges.len()).collect();
    order.sort_by_key(|at| (ranges[*at].start, std::cmp::Reverse(ranges[*at].end), *at));
    let mut ends: Vec<u16> = Vec::new();
    let mut found = vec![None; ranges.len()];
    for at in order {
        let range = &ranges[at];
        let free = ends.iter().position(|end| *end <= range.start);
        let lane = match free {
            Some(lane) => lane,
            None if ends.len() < usize::from(most) => {
                ends.push(0);
                ends.len() - 1
            }
            None => continue,
        };
        ends[lane] = range.end;
        found[at] = u16::try_from(lane).ok();
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_overlaps_lies_side_by_side() {
        assert_eq!(
            lanes(&[0..4, 2..3, 4..6, 1..5], 3),
            [Some(0), Some(2), Some(0), Some(1)]
        );
        assert_eq!(lanes(&[0..4, 2..3], 1), [Some(0), None]);
        assert_eq!(lanes(&[0..1], 0), [None]);
    }

    proptest! {
        #[test]
        fn no_two_of_a_lane_overlap_and_none_is_lost_while_there_is_room(
            spans in prop::collection::vec((0u16..40, 1u16..12), 0..30), most in 0u16..6,
        ) {
            let ranges: Vec<Range<u16>> = spans.iter().map(|(at, long)| *at..at + long).collect();
            let found = lanes(&ranges, most);
            for (one, lane) in found.iter().enumerate() {
                if let Some(lane) = lane {
                    prop_assert!(*lane < most);
                    for other in 0..one {
                        let apart = ranges[one].end <= ranges[other].start
                            || ranges[other].end <= ranges[one].start;
                        prop_assert!(apart || found[other] != Some(*lane));
                    }
                } else {
                    // All lanes are taken where it begins.
                    let here = ranges[one].start;
                    let taken = (0..ranges.len())
                        .filter(|other| found[*other].is_some() && ranges[*other].contains(&here));
                    prop_assert_eq!(taken.count(), usize::from(most));
                }
            }
        }
    }
}
