//! The standard normal distribution.

use std::f64::consts::{PI, SQRT_2};

use libm::erfc;

/// Probability that a standard normal value is at most `z`.
#[must_use]
pub fn cdf(z: f64) -> f64 {
    0.5 * erfc(-z / SQRT_2)
}

/// The value that a standard normal value is at most with probability `p`;
/// infinite at 0 and 1, not a number outside of them.
#[must_use]
pub fn quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p > 0.5 {
        return -quantile_below(1.0 - p);
    }
    quantile_below(p)
}

/// For the lower half: a rational start (Abramowitz and Stegun 26.2.23, good to
/// 4.5e-4), and Halley's method from there.
fn quantile_below(p: f64) -> f64 {
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let t = (-2.0 * p.ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    let mut z = above / below - t;
    for _ in 0..3 {
        let density = (-z * z / 2.0).exp() / (2.0 * PI).sqrt();
        if density <= 0.0 {
            break;
        }
        let step = (cdf(z) - p) / density;
        z -= step / (1.0 + z * step / 2.0);
    }
    z
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        for (z, p) in [
            (0.0, 0.5),
            (1.959_963_984_540_054, 0.975),
            (2.326_347_874_040_841, 0.99),
            (-3.090_232_306_167_813, 0.001),
        ] {
            assert!((cdf(z) - p).abs() < 1e-14, "{z}");
            assert!((quantile(p) - z).abs() < 1e-13, "{p}");
        }
        // Abramowitz and Stegun, table 26.2: Q(6).
        assert!((cdf(-6.0) / 9.865_876_450_377e-10 - 1.0).abs() < 1e-12);
        assert!(quantile(f64::NAN).is_nan() && quantile(1.5).is_nan());
        assert_eq!(quantile(0.0), f64::NEG_INFINITY);
    }
}
