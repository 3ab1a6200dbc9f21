//! The rank sum of two samples (Wilcoxon 1945, Mann and Whitney 1947) with
//! ties.

/// What the ranks of two samples say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankSum {
    /// Size of the first sample.
    pub m: f64,
    /// Size of the second.
    pub n: f64,
    /// How many of the m·n pairs have the first value above the second, ties
    /// counted half, less m·n/2: 0 when neither tends to be above.
    pub excess: f64,
    /// Sum of t³ − t over the groups of t equal values.
    pub ties: f64,
}

impl RankSum {
    /// Ranks `x − shift` among `y`. Both are in ascending order.
    #[must_use]
    #[expect(clippy::float_cmp, reason = "ties are equal values")]
    #[expect(
        clippy::many_single_char_names,
        reason = "the letters of the literature"
    )]
    pub fn of(x: &[f64], y: &[f64], shift: f64) -> Self {
        let (mut i, mut j) = (0, 0);
        // Ranks are halves of whole numbers, so that these sums are exact.
        let (mut ranks, mut ties) = (0.0, 0.0);
        while i < x.len() || j < y.len() {
            let value = match (x.get(i), y.get(j)) {
                (Some(x), Some(y)) if *y < x - shift => *y,
                (Some(x), _) => x - shift,
                (None, Some(y)) => *y,
                (None, None) => break,
            };
            let (from_x, from_y) = (i, j);
            while x.get(i).is_some_and(|x| x - shift == value) {
                i += 1;
            }
            while y.get(j).is_some_and(|y| *y == value) {
                j += 1;
            }
            if (i, j) == (from_x, from_y) {
                // Not a number, by overflow: above everything, as the last.
                i = (i + 1).min(x.len());
                j = if i == from_x { j + 1 } else { j };
            }
            let of_x = (i - from_x) as f64;
            let equal = of_x + (j - from_y) as f64;
            ranks += of_x * ((from_x + from_y) as f64 + f64::midpoint(equal, 1.0));
            if equal > 1.0 {
                ties += equal * equal * equal - equal;
            }
        }
        let (m, n) = (x.len() as f64, y.len() as f64);
        Self {
            m,
            n,
            excess: ranks - m * (m + 1.0) / 2.0 - m * n / 2.0,
            ties,
        }
    }

    /// Standard deviation of [`Self::excess`] when both samples are alike and
    /// their values independent; 0 when all values are equal.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        let all = self.m + self.n;
        let variance = self.m * self.n / 12.0 * ((all + 1.0) - self.ties / (all * (all - 1.0)));
        variance.max(0.0).sqrt()
    }

    /// The excess less the correction for continuity, in standard deviations;
    /// none when all values are equal.
    #[must_use]
    pub fn z(&self) -> Option<f64> {
        let deviation = self.deviation();
        (deviation > 0.0).then(|| (self.excess - 0.5 * sign(self.excess)) / deviation)
    }

    /// Share of the pairs that have the first value above the second, ties
    /// counted half: the effect size of Vargha and Delaney (2000).
    #[must_use]
    pub fn share_above(&self) -> f64 {
        0.5 + self.excess / (self.m * self.n)
    }
}

/// -1, 0 or 1.
#[must_use]
pub fn sign(value: f64) -> f64 {
    if value > 0.0 {
        1.0
    } else if value < 0.0 {
        -1.0
    } else {
        0.0
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    #[test]
    fn a_worked_example_with_ties() {
        // Ranks 1, 3, 3 against 3, 5, 6: U = 0 + 1/2 + 1/2, of 9 pairs.
        let ranks = RankSum::of(&[1.0, 2.0, 2.0], &[2.0, 3.0, 4.0], 0.0);
        assert_eq!(ranks.excess, 1.0 - 4.5);
        assert_eq!(ranks.ties, 24.0);
        // sqrt(9/12 * (7 - 24/30))
        assert!((ranks.deviation() - (0.75_f64 * 6.2).sqrt()).abs() < 1e-12);
        let z = ranks.z().unwrap();
        assert!((z - -3.0 / (0.75_f64 * 6.2).sqrt()).abs() < 1e-12);
        assert!((ranks.share_above() - 1.0 / 9.0).abs() < 1e-12);
    }

    #[test]
    fn a_shift_moves_the_first_sample() {
        let (x, y) = ([5.0, 6.0, 7.0], [1.0, 2.0, 3.0]);
        assert_eq!(RankSum::of(&x, &y, 0.0).excess, 4.5);
        assert_eq!(RankSum::of(&x, &y, 4.0).excess, 0.0);
        assert_eq!(RankSum::of(&x, &y, 9.0).excess, -4.5);
        assert_eq!(RankSum::of(&[2.0], &[2.0, 2.0], 0.0).z(), None);
    }

    #[test]
    fn overflow_ends() {
        let huge = [f64::MAX, f64::MAX];
        let ranks = RankSum::of(&huge, &[0.0], f64::NEG_INFINITY);
        assert!(ranks.m == 2.0);
        let ranks = RankSum::of(&[f64::INFINITY, f64::INFINITY], &[0.0], f64::INFINITY);
        assert!(ranks.n == 1.0);
    }
}
