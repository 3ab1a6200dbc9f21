//! `histogram_quantile` of classic histograms: linear interpolation inside the
//! bucket that holds the rank, as the Prometheus documentation describes it.

use std::collections::BTreeMap;

use super::{Labels, Sample};

/// The quantile of each histogram in a vector of buckets; elements without a
/// readable `le` are not buckets and are left out.
pub(super) fn quantile(rank: f64, buckets: Vec<Sample>) -> Vec<Sample> {
    let mut histograms: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
    for bucket in buckets {
        let Some(bound) = bound(bucket.labels.get("le")) else {
            continue;
        };
        let identity = bucket.labels.without(&["le".to_owned()]);
        histograms
            .entry(identity)
            .or_default()
            .push((bound, bucket.value));
    }
    histograms
        .into_iter()
        .map(|(labels, mut buckets)| {
            buckets.sort_by(|left, right| left.0.total_cmp(&right.0));
            Sample {
                labels,
                value: interpolate(rank, &buckets),
            }
        })
        .collect()
}

fn bound(text: &str) -> Option<f64> {
    match text {
        "+Inf" => Some(f64::INFINITY),
        other => other.parse().ok(),
    }
}

fn interpolate(quantile: f64, buckets: &[(f64, f64)]) -> f64 {
    if quantile.is_nan() {
        return f64::NAN;
    }
    if quantile < 0.0 {
        return f64::NEG_INFINITY;
    }
    if quantile > 1.0 {
        return f64::INFINITY;
    }
    let buckets = monotonic(buckets);
    let [finite @ .., (f64::INFINITY, total)] = buckets.as_slice() else {
        return f64::NAN;
    };
    let Some((highest, _)) = finite.last() else {
        return f64::NAN;
    };
    if *total == 0.0 || total.is_nan() {
        return f64::NAN;
    }
    let rank = quantile * total;
    let Some(index) = finite.iter().position(|(_, count)| *count >= rank) else {
        return *highest;
    };
    let (end, count) = finite[index];
    let (start, below) = if index == 0 {
        if end <= 0.0 {
            return end;
        }
        (0.0, 0.0)
    } else {
        finite[index - 1]
    };
    let inside = count - below;
    if inside <= 0.0 {
        return end;
    }
    start + (end - start) * (rank - below) / inside
}

/// Buckets of one bound added up, and counts that never fall: rates of
/// buckets that were scraped apart may break the order by a hair.
fn monotonic(buckets: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut merged: Vec<(f64, f64)> = Vec::new();
    for (bound, count) in buckets {
        match merged.last_mut() {
            Some(last) if last.0.total_cmp(bound).is_eq() => last.1 += count,
            _ => merged.push((*bound, *count)),
        }
    }
    let mut highest = f64::NEG_INFINITY;
    for bucket in &mut merged {
        highest = highest.max(bucket.1);
        bucket.1 = highest;
    }
    merged
}
