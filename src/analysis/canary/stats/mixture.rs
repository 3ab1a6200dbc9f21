//! Evidence that holds at every look, from a mean that is near normal: a
//! likelihood ratio mixed over a normal (or half of one) distribution of
//! shifts (Robbins 1970; Johari et al. 2017; Waudby-Smith et al. 2021).

use super::normal;

/// Logarithm of the e-value for a mean `z` standard errors from 0 after
/// information `t`, where shifts of the prior have the variance `1/rho` per
/// unit of information. Shifts of either sign.
#[must_use]
pub fn ln_two_sided(z: f64, t: f64, rho: f64) -> f64 {
    0.5 * (rho / (rho + t)).ln() + 0.5 * z * z * t / (t + rho)
}

/// As [`ln_two_sided`], against shifts above 0 only.
#[must_use]
pub fn ln_one_sided(z: f64, t: f64, rho: f64) -> f64 {
    let tail = normal::cdf(z * (t / (t + rho)).sqrt()).max(f64::MIN_POSITIVE);
    std::f64::consts::LN_2 + ln_two_sided(z, t, rho) + tail.ln()
}

/// The least `z` at which [`ln_one_sided`] reaches `ln_limit`, which is above 0.
#[must_use]
pub fn one_sided_boundary(ln_limit: f64, t: f64, rho: f64) -> f64 {
    let (mut low, mut high) = (0.0, 2.0);
    while ln_one_sided(high, t, rho) < ln_limit && high < 1e6 {
        high *= 2.0;
    }
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if ln_one_sided(middle, t, rho) >= ln_limit {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published form: `n` a side, variance of a difference `v`, variance
    /// of the prior `tau2`.
    fn published(n: f64, d: f64, v: f64, tau2: f64) -> f64 {
        ln_two_sided(d * (n / v).sqrt(), n, v / tau2).exp()
    }

    #[test]
    fn published_values() {
        let first = published(200.0, 0.2, 2.0, 0.1);
        assert!((first - 1.8575).abs() < 5e-5, "{first}");
        assert!((1.0 / first - 0.53836).abs() < 5e-6);
        let later = published(1000.0, 0.2, 2.0, 0.1);
        assert!((later - 2535.15).abs() < 5e-3, "{later}");
    }

    #[test]
    fn published_half_widths() {
        for (n, width) in [(200.0, 0.30378), (1000.0, 0.14228)] {
            let (v, rho) = (2.0_f64, 20.0);
            let z = width * (n / v).sqrt();
            assert!((ln_two_sided(z, n, rho) - 20_f64.ln()).abs() < 2e-4);
        }
    }

    #[test]
    fn the_boundary_is_where_the_evidence_is() {
        for t in [10.0, 60.0, 5_000.0] {
            let z = one_sided_boundary(20_f64.ln(), t, 5.0);
            assert!((ln_one_sided(z, t, 5.0) - 20_f64.ln()).abs() < 1e-9);
        }
        // One direction needs less than two at the same level.
        let z = one_sided_boundary(20_f64.ln(), 60.0, 5.0);
        assert!(ln_two_sided(z, 60.0, 5.0) < 20_f64.ln());
        assert!(ln_one_sided(-50.0, 60.0, 5.0).is_finite());
    }
}
