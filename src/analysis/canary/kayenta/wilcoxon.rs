//! The interval and estimate of a shift as Kayenta finds them: by R's method
//! for `wilcox.test`, with roots found to an absolute 1e-4 only.

use crate::analysis::canary::stats::{
    normal,
    rank::{RankSum, sign},
};

/// How sure the interval is.
const CONFIDENCE: f64 = 0.98;
/// Width at which the search for a root ends, in the metric's unit.
const TOLERANCE: f64 = 1e-4;
const MOST_STEPS: usize = 1001;

/// Where the canary lies against the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Near the median of all differences.
    pub estimate: f64,
}

/// All values are equal once one side is shifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllTied;

/// The shift of `x` against `y`, both in ascending order and not empty.
///
/// # Errors
/// When the values tie so that there is no spread to measure by.
pub fn shift(x: &[f64], y: &[f64]) -> Result<Shift, AllTied> {
    shift_at(x, y, CONFIDENCE)
}

fn shift_at(x: &[f64], y: &[f64], confidence: f64) -> Result<Shift, AllTied> {
    let (Some(x_first), Some(x_last)) = (x.first(), x.last()) else {
        return Err(AllTied);
    };
    let (Some(y_first), Some(y_last)) = (y.first(), y.last()) else {
        return Err(AllTied);
    };
    let (from, to) = (x_first - y_last, x_last - y_first);
    let quantile = normal::quantile((1.0 - confidence) / 2.0);
    let limit = |quantile: f64| {
        let (first, last) = (score(x, y, from, quantile)?, score(x, y, to, quantile)?);
        if first <= 0.0 {
            Ok(from)
        } else if last >= 0.0 {
            Ok(to)
        } else {
            root((from, first), (to, last), |at| score(x, y, at, quantile))
        }
    };
    let low = limit(-quantile)?;
    let high = limit(quantile)?;
    let (first, last) = (score(x, y, from, 0.0)?, score(x, y, to, 0.0)?);
    let estimate = root((from, first), (to, last), |at| score(x, y, at, 0.0))?;
    Ok(Shift {
        low,
        high,
        estimate,
    })
}

/// How far the rank sum is from its mean when `x` is moved down by `shift`,
/// in standard deviations, less `quantile`.
fn score(x: &[f64], y: &[f64], shift: f64, quantile: f64) -> Result<f64, AllTied> {
    let ranks = RankSum::of(x, y, shift);
    let deviation = ranks.deviation();
    if deviation == 0.0 {
        return Err(AllTied);
    }
    Ok((ranks.excess - 0.5 * sign(ranks.excess)) / deviation - quantile)
}

#[expect(
    clippy::float_cmp,
    reason = "the method asks whether it is the same point"
)]
/// A root between two points, by Brent's method (1973, chapter 4).
fn root(
    from: (f64, f64),
    to: (f64, f64),
    function: impl Fn(f64) -> Result<f64, AllTied>,
) -> Result<f64, AllTied> {
    if from.1 == 0.0 {
        return Ok(from.0);
    }
    if to.1 == 0.0 {
        return Ok(to.0);
    }
    // The point before the best one, the best one, and one on its other side.
    let (mut before, mut best, mut across) = (from, to, from);
    for _ in 0..MOST_STEPS {
        let moved = best.0 - before.0;
        if across.1.abs() < best.1.abs() {
            (before, best, across) = (best, across, best);
        }
        let least = 2.0 * f64::EPSILON * best.0.abs() + TOLERANCE / 2.0;
        let half = (across.0 - best.0) / 2.0;
        if half.abs() <= least || best.1 == 0.0 {
            return Ok(best.0);
        }
        let mut step = half;
        if moved.abs() >= least && before.1.abs() > best.1.abs() {
            let wide = across.0 - best.0;
            let (mut above, mut below);
            if before.0 == across.0 {
                let slope = best.1 / before.1;
                above = wide * slope;
                below = 1.0 - slope;
            } else {
                let (a, b, c) = (before.1 / across.1, best.1 / across.1, best.1 / before.1);
                above = c * (wide * a * (a - b) - (best.0 - before.0) * (b - 1.0));
                below = (a - 1.0) * (b - 1.0) * (c - 1.0);
            }
            if above > 0.0 {
                below = -below;
            } else {
                above = -above;
            }
            if above < 0.75 * wide * below - (least * below).abs() / 2.0
                && above < (moved * below / 2.0).abs()
            {
                step = above / below;
            }
        }
        if step.abs() < least {
            step = if step > 0.0 { least } else { -least };
        }
        before = best;
        best.0 += step;
        best.1 = function(best.0)?;
        if (best.1 > 0.0 && across.1 > 0.0) || (best.1 < 0.0 && across.1 < 0.0) {
            across = before;
        }
    }
    Ok(best.0)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;
    use crate::analysis::canary::stats::describe::ascending;

    fn of(x: &[f64], y: &[f64]) -> Shift {
        let (x, y) = (ascending(x.to_vec()), ascending(y.to_vec()));
        shift(&x, &y).unwrap()
    }

    /// The first agrees with what a user of Kayenta printed (issue 6278 of
    /// Spinnaker) to all its digits.
    #[test]
    fn known_intervals() {
        let ones = [1.0; 10];
        let seven = [
            100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 1.0, 1.0, 1.0,
        ];
        let found = of(&seven, &ones);
        assert!(
            (found.low - 6.825_022_991_538_788e-5).abs() < 1e-15,
            "{found:?}"
        );
        assert_eq!(found.high, 99.0);
        assert!((found.estimate - 98.999_929_041_701_93).abs() < 1e-12);
        let eight = [
            100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 1.0, 1.0,
        ];
        let found = of(&eight, &ones);
        assert!(
            (found.low - 98.999_931_647_621_62).abs() < 1e-12,
            "{found:?}"
        );
        assert_eq!(found.high, 99.0);
    }

    #[test]
    fn a_new_source_of_errors_has_a_wide_interval() {
        let found = of(&[0.0, 1.0, 2.0, 1.0, 0.0, 0.0], &[0.0; 6]);
        assert_eq!((found.low, found.high), (0.0, 2.0));
        assert!((found.estimate - 0.8127).abs() < 5e-5, "{found:?}");
    }

    #[test]
    fn two_levels_against_alternating_values() {
        let canary = [
            10.0, 10.1, 10.2, 10.3, 10.4, 10.5, 10.6, 17.0, 17.1, 17.2, 17.3, 17.4, 17.5, 17.6,
            17.7,
        ];
        let baseline = [
            1.0, 100.0, 4.0, 101.0, 5.0, 102.0, 6.0, 103.0, 7.0, 104.0, 8.0, 105.0, 9.0, 106.0,
            17.0,
        ];
        let found = of(&canary, &baseline);
        assert!((found.low - -88.40).abs() < 5e-3, "{found:?}");
        assert!((found.high - 8.70).abs() < 5e-3, "{found:?}");
        assert!((found.estimate - -1.777).abs() < 5e-4, "{found:?}");
    }

    #[test]
    fn one_value_a_side_ties() {
        assert_eq!(shift(&[10.0], &[1.0]), Err(AllTied));
        assert_eq!(shift(&[], &[1.0]), Err(AllTied));
    }

    #[test]
    fn overflow_ends() {
        let huge = ascending([f64::MAX, -f64::MAX, 0.0, 1.0]);
        let _ = shift(&huge, &huge);
    }
}
