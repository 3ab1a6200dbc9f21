//! What a rank test says of two series at each look: after ten points, after
//! eleven, and so on to the last.

use crate::analysis::canary::stats::{
    dependence::dependence,
    describe::{ascending, quantile},
    mixture,
    rank::sign,
};

/// Fewest points a side that are judged by.
pub const FEWEST: usize = 10;
/// Information at which an always-valid interval is narrowest, over eight: it
/// is near its best from ten independent points to some hundreds.
pub const RHO: f64 = 4.0;
/// Up to here every point is a look; later looks are a quarter apart.
const EACH: usize = 64;
/// Below about so many points the order in time tells too little of itself,
/// and evidence counts less.
const FEW: f64 = 9.0;
/// Distance of the medians, in standard deviations within a side, that no slow
/// movement makes.
const AT_A_GLANCE: f64 = 12.0;
/// Up to so many points the distance is looked at.
const GLANCE: usize = 40;
/// Fewest points at which a common movement of both sides is told.
const FEWEST_PAIRED: usize = 20;

/// What is known after some points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// After how many points of the longer series.
    pub after: usize,
    /// Points of the canary.
    pub canary: f64,
    /// Points of the baseline.
    pub baseline: f64,
    /// How far the canary ranks above the baseline, in standard deviations.
    pub z: f64,
    /// Standard deviation of the rank sum.
    pub deviation: f64,
    /// As many independent points a side would tell as much.
    pub effective: f64,
    /// Likeness of neighbours.
    pub phi: f64,
}

impl Look {
    /// Logarithm of the evidence that the canary is higher.
    #[must_use]
    pub fn ln_higher(&self) -> f64 {
        mixture::ln_one_sided(self.z, self.effective, RHO)
    }

    /// Logarithm of the evidence that the canary is lower.
    #[must_use]
    pub fn ln_lower(&self) -> f64 {
        mixture::ln_one_sided(-self.z, self.effective, RHO)
    }
}

/// The looks at two series that begin together, the last one last. A missing
/// point is not a number.
#[must_use]
pub fn looks(canary: &[f64], baseline: &[f64]) -> Vec<Look> {
    let mut points = Vec::with_capacity(canary.len() + baseline.len());
    for (side, series) in [canary, baseline].into_iter().enumerate() {
        for (index, value) in series.iter().enumerate() {
            if !value.is_nan() {
                points.push((order(*value), (index * 2 + side) as u32));
            }
        }
    }
    points.sort_unstable();
    let mut ranks = Ranks::new(canary, baseline);
    let mut found: Vec<Look> = schedule(canary.len().max(baseline.len()))
        .into_iter()
        .rev()
        .filter_map(|after| {
            // What comes later than a look is not known at it.
            points.retain(|(_, place)| ((place / 2) as usize) < after);
            ranks.fill(&points);
            ranks.look(after, [canary, baseline])
        })
        .collect();
    found.reverse();
    found
}

/// After how many points one looks. The same looks come again in a longer
/// series, so that an alarm stays.
fn schedule(length: usize) -> Vec<usize> {
    let mut schedule = Vec::new();
    let mut next = FEWEST;
    while next < length {
        schedule.push(next);
        next += (next / 4).max(1) * usize::from(next >= EACH) + usize::from(next < EACH);
    }
    schedule.push(length);
    schedule
}

/// A key that sorts as the number does.
fn order(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | (1 << 63)
    }
}

/// Ranks of the points of both sides in order of time, about each side's mean.
struct Ranks {
    canary: Vec<f64>,
    baseline: Vec<f64>,
    counts: [f64; 2],
    ties: f64,
    /// Sums and sums of squares of each point's rank among the other side.
    placements: [(f64, f64); 2],
    aligned: bool,
    paired: Vec<f64>,
}

impl Ranks {
    fn new(canary: &[f64], baseline: &[f64]) -> Self {
        Self {
            canary: vec![f64::NAN; canary.len()],
            baseline: vec![f64::NAN; baseline.len()],
            counts: [0.0; 2],
            ties: 0.0,
            placements: [(0.0, 0.0); 2],
            aligned: canary.len() == baseline.len(),
            paired: Vec::with_capacity(canary.len()),
        }
    }

    fn fill(&mut self, points: &[(u64, u32)]) {
        self.counts = [0.0; 2];
        self.ties = 0.0;
        self.placements = [(0.0, 0.0); 2];
        let mut start = 0;
        while start < points.len() {
            let mut end = start + 1;
            let mut equal = [0.0; 2];
            equal[(points[start].1 & 1) as usize] += 1.0;
            while end < points.len() && points[end].0 == points[start].0 {
                equal[(points[end].1 & 1) as usize] += 1.0;
                end += 1;
            }
            let rank = (start + end + 1) as f64 / 2.0;
            for (_, place) in &points[start..end] {
                let index = (place / 2) as usize;
                if place & 1 == 0 {
                    self.canary[index] = rank;
                } else {
                    self.baseline[index] = rank;
                }
            }
            for side in 0..2 {
                let among = self.counts[1 - side] + equal[1 - side] / 2.0;
                self.placements[side].0 += equal[side] * among;
                self.placements[side].1 += equal[side] * among * among;
            }
            self.counts[0] += equal[0];
            self.counts[1] += equal[1];
            let tied = (end - start) as f64;
            if tied > 1.0 {
                self.ties += tied * tied * tied - tied;
            }
            start = end;
        }
    }

    fn look(&mut self, after: usize, values: [&[f64]; 2]) -> Option<Look> {
        let [m, n] = self.counts;
        if m < FEWEST as f64 || n < FEWEST as f64 {
            return None;
        }
        let all = m + n;
        let variance = m * n / 12.0 * ((all + 1.0) - self.ties / (all * (all - 1.0)));
        let end = |series: &[f64]| after.min(series.len());
        let (canary_end, baseline_end) = (end(&self.canary), end(&self.baseline));
        let ranks_of_canary: f64 = sum(&self.canary[..canary_end]);
        let excess = ranks_of_canary - m * (m + 1.0) / 2.0 - m * n / 2.0;
        let quiet = Look {
            after,
            canary: m,
            baseline: n,
            z: 0.0,
            deviation: 0.0,
            effective: 2.0 * m * n / all,
            phi: 0.0,
        };
        if variance <= 0.0 {
            return Some(quiet);
        }
        centre(&mut self.canary[..canary_end], m);
        centre(&mut self.baseline[..baseline_end], n);
        let (canary, baseline) = (&self.canary[..canary_end], &self.baseline[..baseline_end]);
        let apart = dependence(&[canary, baseline]);
        let mut phi = apart.phi;
        let mut factor = apart.inflation;
        if self.aligned
            && after >= FEWEST_PAIRED
            && let Some((paired_phi, paired)) = paired(canary, baseline, &mut self.paired)
            && paired < factor
        {
            (phi, factor) = (paired_phi, paired);
        }
        // Sides of unlike shape spread the rank sum more (Brunner and Munzel
        // 2000), which like shapes do not.
        let spread = |side: usize, own: f64, other: f64| {
            let (sum, square) = self.placements[side];
            (square / own - (sum / own).powi(2)).max(0.0) / (other * other) / (own - 1.0)
        };
        let unlike = (spread(0, m, n) + spread(1, n, m)) * (m * n).powi(2) / variance;
        factor *= unlike.max(1.0);
        // The order of few points tells little about itself.
        factor *= 1.0 + (FEW / quiet.effective).powi(3);
        if apart_at_a_glance(excess / (m * n), after, values) {
            factor = 1.0;
        }
        let deviation = (variance * factor).sqrt();
        Some(Look {
            z: (excess - 0.5 * sign(excess)) / deviation,
            deviation,
            effective: quiet.effective / factor,
            phi,
            ..quiet
        })
    }
}

/// Whether few points of the two sides lie so far apart that no slow movement
/// explains it.
fn apart_at_a_glance(excess: f64, after: usize, values: [&[f64]; 2]) -> bool {
    if after > GLANCE || excess.abs() < 0.45 {
        return false;
    }
    // Ratios where there are any: a larger value mostly moves more.
    let positive = values.iter().all(|values| {
        values[..after.min(values.len())]
            .iter()
            .all(|v| v.is_nan() || *v > 0.0)
    });
    let scale = |value: f64| if positive { value.ln() } else { value };
    let [canary, baseline] = values.map(|values| {
        let sorted = ascending(
            values[..after.min(values.len())]
                .iter()
                .copied()
                .filter(|value| !value.is_nan())
                .map(scale),
        );
        [0.25, 0.5, 0.75].map(|q| quantile(&sorted, q))
    });
    let spread = (canary[2] - canary[0]).max(baseline[2] - baseline[0]) / 1.349;
    (canary[1] - baseline[1]).abs() > AT_A_GLANCE * spread
}

/// Where both sides move together (traffic, time of day), what is left of the
/// differences: their dependence and their variance over that of two
/// independent sides. None unless the common movement is clear and the
/// differences are not alike in time themselves.
fn paired(canary: &[f64], baseline: &[f64], room: &mut Vec<f64>) -> Option<(f64, f64)> {
    room.clear();
    let (mut product, mut own, mut count) = (0.0, 0.0, 0.0);
    for (a, b) in canary.iter().zip(baseline) {
        room.push(a - b);
        if !(a.is_nan() || b.is_nan()) {
            product += a * b;
            own += a * a + b * b;
            count += 1.0;
        }
    }
    if own <= 0.0 || count < FEWEST_PAIRED as f64 {
        return None;
    }
    let likeness = 2.0 * product / own;
    if likeness <= 0.0 {
        return None;
    }
    let left = dependence(&[room]);
    let square = left.phi * left.phi;
    let error = ((1.0 + square) / (1.0 - square) / count).sqrt();
    if left.phi > 0.5 || likeness < 3.0 * error {
        return None;
    }
    Some((left.phi, (1.0 - likeness + error).min(1.0) * left.inflation))
}

fn sum(values: &[f64]) -> f64 {
    values.iter().filter(|value| !value.is_nan()).sum()
}

fn centre(values: &mut [f64], count: f64) {
    let mean = sum(values) / count;
    for value in values {
        *value -= mean;
    }
}
