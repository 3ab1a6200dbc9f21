//! How much less a series tells than as many independent values would:
//! neighbours in time are alike.

/// What the order of a series says about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dependence {
    /// Likeness of neighbours: the coefficient of an autoregression of order
    /// one, corrected for the bias of short series; 0 or above.
    pub phi: f64,
    /// By how much the variance of the mean is above that of independent
    /// values; 1 or above.
    pub inflation: f64,
}

/// Bias of the first autocorrelation of a series about its own mean:
/// −(1 + 4φ)/n (Kendall 1954; Marriott and Pope 1954).
const BIAS: f64 = 4.0;
/// Later autocorrelations count while they are above this many standard errors.
const CLEAR: f64 = 1.0;
/// How slowly what lasts under noise is taken to fade.
const LASTING: f64 = 0.85;
/// All autocorrelations of what lasts, over the first four.
const TAIL: f64 = 1.8;
/// From so many points on, later autocorrelations say more.
const LONG: f64 = 100.0;
/// Standard errors that are added to the coefficient, in shares of itself.
const CAUTION: f64 = 1.5;
/// Largest coefficient that is told from 1.
const HIGHEST: f64 = 0.99;

/// The dependence of series about their own means, pooled. A missing point is
/// not a number.
#[must_use]
pub fn dependence(series: &[&[f64]]) -> Dependence {
    let independent = Dependence {
        phi: 0.0,
        inflation: 1.0,
    };
    let mut count = 0.0;
    let mut square = 0.0;
    let mut whole = true;
    for series in series {
        for value in *series {
            if value.is_nan() {
                whole = false;
            } else {
                count += 1.0;
                square += value * value;
            }
        }
    }
    // Length of one of the series, for the bias.
    let n = count / series.len().max(1) as f64;
    if square <= 0.0 || n < 6.0 {
        return independent;
    }
    let at = |lag: usize| -> f64 {
        let mut sum = 0.0;
        let mut pairs = 0.0;
        for series in series {
            let Some(later) = series.get(lag..) else {
                continue;
            };
            if whole {
                sum += product(series, later);
                pairs += later.len() as f64;
            } else {
                for (a, b) in series.iter().zip(later) {
                    if !(a.is_nan() || b.is_nan()) {
                        sum += a * b;
                        pairs += 1.0;
                    }
                }
            }
        }
        // As many products as a series without gaps would have.
        let expected = count * (n - lag as f64).max(1.0) / n;
        if pairs > 0.0 {
            sum / square * (expected / pairs).min(4.0)
        } else {
            0.0
        }
    };
    let near = [at(1), at(2), at(3), at(4)];
    let lagged = |lag: usize| near.get(lag - 1).copied().unwrap_or_else(|| at(lag));
    let first = near[0];
    let raw = ((first + 1.0 / n) / (1.0 - BIAS / n)).clamp(0.0, HIGHEST);
    // The nearer to 1, the more an error of the coefficient costs.
    // What chance alone makes of independent values is not counted, once there
    // are enough of them to tell.
    let error = 1.0 / count.sqrt() / (1.0 - BIAS / n);
    let chance = ((n - 10.0) / 20.0).clamp(0.0, 1.0);
    let raw = raw * (raw / error - chance).clamp(0.0, 1.0);
    let phi = (raw + CAUTION * raw * ((1.0 - raw * raw) / count).sqrt()).min(HIGHEST);
    let by_order_one = order_one(phi, n);
    // What lasts longer than order one says shows in later autocorrelations,
    // taken in pairs while they are clear (after Geyer 1992).
    let clear = 2.0 * CLEAR / count.sqrt();
    let (mut sum, mut weights) = (0.0, 0.0);
    let mut lag = 1;
    let mut value = first;
    while lag + 1 < (n / 3.0) as usize {
        let next = lagged(lag + 1);
        if value + next < clear {
            break;
        }
        for (value, lag) in [(value, lag), (next, lag + 1)] {
            let weight = 1.0 - lag as f64 / n;
            sum += value * weight;
            weights += weight;
        }
        lag += 2;
        value = lagged(lag);
    }
    // Each autocorrelation about the series' own mean is too low by the
    // inflation over n.
    let summed = (1.0 + 2.0 * sum) / (1.0 - 2.0 * weights / n).max(0.2);
    // Part of a series may last long under noise that does not: then the first
    // autocorrelation alone says too little.
    let error = 1.0 / count.sqrt();
    let surplus = (first + 1.0 / n - error).max(0.0);
    let persistent = 1.0 + 2.0 * surplus / (1.0 - phi.max(LASTING));
    let four = near.iter().sum::<f64>() + 4.0 * by_order_one / n - 2.0 * error;
    let persistent = persistent.max(1.0 + 2.0 * TAIL * four);
    // Long series show by their later autocorrelations whether it does.
    let persistent = by_order_one + (persistent - by_order_one) * (LONG / n).min(1.0);
    Dependence {
        phi,
        inflation: by_order_one
            .max(summed)
            .max(persistent)
            .clamp(1.0, n.max(1.0)),
    }
}

/// Sum of the products, in four sums that do not wait for each other.
fn product(a: &[f64], b: &[f64]) -> f64 {
    let length = a.len().min(b.len());
    let (a, b) = (a[..length].chunks_exact(4), b[..length].chunks_exact(4));
    let rest: f64 = a
        .remainder()
        .iter()
        .zip(b.remainder())
        .map(|(a, b)| a * b)
        .sum();
    let mut sums = [0.0; 4];
    for (a, b) in a.zip(b) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// Variance of the mean of `n` values of an autoregression of order one, over
/// that of independent values.
fn order_one(phi: f64, n: f64) -> f64 {
    let rest = 1.0 - phi;
    (1.0 + phi) / rest - 2.0 * phi * (1.0 - phi.powf(n)) / (n * rest * rest)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    /// An autoregression of order one from a linear congruential generator.
    fn series(phi: f64, length: usize, seed: u64) -> Vec<f64> {
        let mut state = seed;
        let mut uniform = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let mut value = 0.0;
        let mut values = Vec::new();
        for _ in 0..length + 100 {
            let noise: f64 = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
            value = phi * value + noise;
            values.push(value);
        }
        let values = values.split_off(100);
        let mean = values.iter().sum::<f64>() / length as f64;
        values.into_iter().map(|value| value - mean).collect()
    }

    #[test]
    fn it_is_found_in_long_series() {
        for phi in [0.0, 0.5, 0.8, 0.95] {
            let long = series(phi, 20_000, 3);
            let found = dependence(&[&long]);
            assert!((found.phi - phi).abs() < 0.03, "{phi} {found:?}");
            let expected = (1.0 + phi) / (1.0 - phi);
            assert!(
                (found.inflation / expected - 1.0).abs() < 0.25,
                "{phi} {found:?}"
            );
        }
    }

    #[test]
    fn gaps_and_short_series() {
        let mut gappy = series(0.8, 5_000, 5);
        for index in (0..gappy.len()).step_by(7) {
            gappy[index] = f64::NAN;
        }
        let found = dependence(&[&gappy]);
        assert!((found.phi - 0.8).abs() < 0.06, "{found:?}");
        assert_eq!(dependence(&[&[1.0, -1.0]]).inflation, 1.0);
        assert_eq!(dependence(&[&[0.0; 30]]).inflation, 1.0);
        assert_eq!(dependence(&[]).inflation, 1.0);
    }
}
