//! What one sample is like.

/// The values in ascending order, with -0 as 0.
#[must_use]
pub fn ascending(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.into_iter().map(|value| value + 0.0).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// The mean, in two passes: the second takes back what rounding cost the
/// first. Not a number for no values.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let first = values.iter().sum::<f64>() / count;
    first + values.iter().map(|value| value - first).sum::<f64>() / count
}

/// The sample's standard deviation; 0 for fewer than two values.
#[must_use]
pub fn deviation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

/// The quantile `q` (0 to 1) of values in ascending order, by definition 7 of
/// Hyndman and Fan (1996), which R takes by default. Not a number for no
/// values.
#[must_use]
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let position = q.clamp(0.0, 1.0) * last as f64;
    let below = position.floor() as usize;
    let lower = sorted[below];
    let upper = sorted[(below + 1).min(last)];
    lower + (position - below as f64) * (upper - lower)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    #[test]
    fn quantiles_as_r_gives_them() {
        let values = ascending((0..8).map(|step| f64::from(step) * 0.5));
        assert!((quantile(&values, 0.05) - 0.175).abs() < 1e-12);
        assert_eq!(quantile(&values, 0.5), 1.75);
        assert_eq!(quantile(&values, 1.0), 3.5);
        assert_eq!(quantile(&[4.0], 0.99), 4.0);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn mean_and_deviation() {
        let values = [1.0, 1.0, 1.0, 10.0, 10.0, 10.0];
        assert_eq!(mean(&values), 5.5);
        assert!((deviation(&values) - 4.929_503).abs() < 1e-6);
        assert!(mean(&[]).is_nan());
        assert_eq!(deviation(&[3.0]), 0.0);
        // The first pass alone loses this.
        let close = [1e16, 1e16 + 2.0, 1e16 + 4.0];
        assert_eq!(mean(&close), 1e16 + 2.0);
    }
}
