//! Whether events come in clumps: more unequal from stretch to stretch than
//! chance makes single events (Generalized Linear Models, 1989, section 4.5).

use super::events::{Stretch, ratio};

/// How far the spread has to be from chance, in standard deviations, to count.
const CLEAR: f64 = 3.0;
/// Fewest stretches that tell.
const FEWEST: usize = 8;

/// By how much the events of one side vary more than single independent
/// events would, given both: 1 when that is not clear. Looked at over single
/// stretches and over runs of 2, 4, 8 … of them, for clumps that last.
#[must_use]
pub fn dispersion(stretches: &[Stretch]) -> f64 {
    let Some(ratio) = ratio(stretches).filter(|ratio| ratio.is_finite() && *ratio > 0.0) else {
        return 1.0;
    };
    let mut worst: f64 = 1.0;
    let mut length = 1;
    while stretches.len() / length >= FEWEST {
        let (mut square, mut variance, mut used) = (0.0, 0.0, 0.0);
        for run in stretches.chunks_exact(length) {
            let (mut difference, mut spread, mut fourth) = (0.0, 0.0, 0.0);
            for stretch in run {
                let events = stretch.canary + stretch.baseline;
                if events <= 0.0 {
                    continue;
                }
                let odds = ratio * stretch.share / (1.0 - stretch.share);
                let p = odds / (1.0 + odds);
                let one = p * (1.0 - p);
                difference += stretch.canary - events * p;
                spread += events * one;
                fourth += events * one * (1.0 - 6.0 * one);
            }
            if spread > 0.0 {
                square += difference * difference / spread;
                // Of the squared standardised difference: 2 + excess kurtosis.
                variance += 2.0 + (fourth / (spread * spread)).max(0.0);
                used += 1.0;
            }
        }
        let free: f64 = used - 1.0;
        if free >= (FEWEST - 1) as f64 && square - free > CLEAR * variance.sqrt() {
            worst = worst.max(square / free);
        }
        length *= 2;
    }
    worst
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    fn stretches(pairs: impl IntoIterator<Item = (f64, f64)>) -> Vec<Stretch> {
        pairs
            .into_iter()
            .map(|(baseline, canary)| Stretch {
                baseline,
                canary,
                share: 0.5,
            })
            .collect()
    }

    #[test]
    fn even_events_are_not_clumped() {
        let even = stretches((0..40).map(|step| (10.0 + f64::from(step % 3), 11.0)));
        assert_eq!(dispersion(&even), 1.0);
        assert_eq!(dispersion(&even[..5]), 1.0);
        // A rate that moves is no clump: both sides see it.
        let moving = stretches((0..40).map(|step| (f64::from(step), f64::from(step))));
        assert_eq!(dispersion(&moving), 1.0);
    }

    #[test]
    fn bursts_on_one_side_are_clumps() {
        let bursts = stretches((0..40).map(|step| {
            if step % 8 == 0 {
                (1.0, 40.0)
            } else {
                (6.0, 1.0)
            }
        }));
        assert!(dispersion(&bursts) > 5.0);
    }
}
