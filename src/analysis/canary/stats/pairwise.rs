//! Exact quantiles of all differences between two samples, without making the
//! differences: the Hodges–Lehmann estimate of a shift and the limits of its
//! interval (Hodges and Lehmann 1963; Lehmann, Nonparametrics, 1975).

/// The `k`-th smallest (from 1) of the m·n differences `x[i] − y[j]`. Both
/// samples are in ascending order and finite. None when there is no such
/// difference.
///
/// Counting the differences up to a limit takes m + n steps, so the limit is
/// narrowed until few differences are left, and those are looked at.
#[must_use]
pub fn difference(x: &[f64], y: &[f64], k: u64) -> Option<f64> {
    let all = x.len() as u64 * y.len() as u64;
    if k == 0 || k > all {
        return None;
    }
    let (first, last) = (x.first()? - y.last()?, x.last()? - y.first()?);
    // At most `below` differences are ≤ low, at least k are ≤ high.
    let (mut low, mut below) = (first.next_down(), 0);
    let (mut high, mut upto) = (last, all);
    if let Some((from, to)) = guess(x, y, k) {
        for limit in [from, to] {
            let count = count_upto(x, y, limit);
            if count >= k && limit < high {
                (high, upto) = (limit, count);
            } else if count < k && limit > low {
                (low, below) = (limit, count);
            }
        }
    }
    let few = 2 * (x.len() + y.len()) as u64 + 16;
    let mut halve = false;
    while upto - below > few && low < high {
        let share = (k - below) as f64 / (upto - below) as f64;
        let share = if halve { 0.5 } else { share.clamp(0.02, 0.98) };
        let middle = low + (high - low) * share;
        if !(middle > low && middle < high) {
            break;
        }
        let count = count_upto(x, y, middle);
        let before = upto - below;
        if count >= k {
            (high, upto) = (middle, count);
        } else {
            (low, below) = (middle, count);
        }
        // Where the guess gains little, halves are certain to.
        halve = !halve && (upto - below) * 3 > before;
    }
    let mut left = between(x, y, low, high, few);
    let index = usize::try_from(k - below - 1).ok()?;
    if index >= left.len() {
        // Only equal differences were left out: they are all `high`.
        return Some(high);
    }
    let (_, found, _) = left.select_nth_unstable_by(index, f64::total_cmp);
    Some(*found)
}

/// Limits that are likely to hold the `k`-th difference between them, from the
/// differences of sixteen values a side; none for small samples.
fn guess(x: &[f64], y: &[f64], k: u64) -> Option<(f64, f64)> {
    const SAMPLE: usize = 16;
    const MARGIN: f64 = 0.05;
    if x.len().min(y.len()) < SAMPLE * 8 {
        return None;
    }
    let sample = |values: &[f64]| -> Vec<f64> {
        (0..SAMPLE)
            .map(|index| values[(2 * index + 1) * values.len() / (2 * SAMPLE)])
            .collect()
    };
    let below = sample(y);
    let mut differences: Vec<f64> = sample(x)
        .iter()
        .flat_map(|x| below.iter().map(move |y| x - y))
        .collect();
    differences.sort_unstable_by(f64::total_cmp);
    let share = k as f64 / (x.len() as f64 * y.len() as f64);
    let at = |share: f64| {
        let last = differences.len() - 1;
        differences[(share.clamp(0.0, 1.0) * last as f64) as usize]
    };
    Some((at(share - MARGIN), at(share + MARGIN)))
}

/// How many differences are at most `limit`.
fn count_upto(x: &[f64], y: &[f64], limit: f64) -> u64 {
    // The larger x, the later begins the run of y with x − y ≤ limit.
    let mut start = 0;
    let mut count = 0;
    for x in x {
        while start < y.len() && x - y[start] > limit {
            start += 1;
        }
        if start == y.len() {
            break;
        }
        count += (y.len() - start) as u64;
    }
    count
}

/// The differences above `low` up to `high`, at most about `few` of them when
/// they are not all equal.
fn between(x: &[f64], y: &[f64], low: f64, high: f64, few: u64) -> Vec<f64> {
    let mut found = Vec::new();
    let mut start = 0;
    for x in x {
        while start < y.len() && x - y[start] > high {
            start += 1;
        }
        for y in &y[start..] {
            let difference = x - y;
            if difference <= low {
                break;
            }
            found.push(difference);
        }
        if found.len() as u64 > 4 * few && low.next_up() >= high {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::canary::stats::describe::ascending;

    fn slow(x: &[f64], y: &[f64]) -> Vec<f64> {
        ascending(x.iter().flat_map(|x| y.iter().map(move |y| x - y)))
    }

    #[test]
    fn each_of_them_is_found() {
        let mut state = 1_u64;
        let mut next = |ties: bool| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let value = (state >> 40) as f64 / 1e4;
            if ties { (value / 300.0).floor() } else { value }
        };
        for ties in [false, true] {
            for (m, n) in [(1, 1), (1, 7), (5, 3), (40, 61), (130, 150)] {
                let x = ascending((0..m).map(|_| next(ties)));
                let y = ascending((0..n).map(|_| next(ties)));
                let expected = slow(&x, &y);
                for (index, value) in expected.iter().enumerate() {
                    assert_eq!(difference(&x, &y, index as u64 + 1), Some(*value));
                }
                assert_eq!(difference(&x, &y, 0), None);
                assert_eq!(difference(&x, &y, m * n + 1), None);
            }
        }
    }

    #[test]
    fn equal_values_and_extremes() {
        let same = [3.0; 200];
        assert_eq!(difference(&same, &same, 20_000), Some(0.0));
        let wide = ascending((0..100).map(|power| 10_f64.powi(power * 3 - 150)));
        let expected = slow(&wide, &wide);
        assert_eq!(difference(&wide, &wide, 5_000), Some(expected[4_999]));
        assert_eq!(difference(&wide, &wide, 9_000), Some(expected[8_999]));
    }
}
