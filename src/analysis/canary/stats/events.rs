//! Exact sequential evidence from counts. Under equal rates each event falls
//! on the canary with the probability that is its share of the traffic,
//! however the rate moves; the evidence against that is a likelihood ratio
//! mixed over alternatives, and it holds however often one looks (Lindon and
//! Malek, 2022; Ville's inequality).

use libm::lgamma;

/// Events of one stretch of time in which the share did not change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Events on the baseline.
    pub baseline: f64,
    /// Events on the canary.
    pub canary: f64,
    /// The canary's share of the traffic, above 0 and below 1; known before
    /// the events.
    pub share: f64,
}

/// Logarithm of the e-value against "each event falls on the canary with
/// probability `share`", mixed over Beta(1, 1).
#[must_use]
pub fn ln_beta_binomial(canary: f64, baseline: f64, share: f64) -> f64 {
    ln_beta(1.0 + canary, 1.0 + baseline) - canary * share.ln() - baseline * (-share).ln_1p()
}

/// Logarithm of the beta function.
fn ln_beta(a: f64, b: f64) -> f64 {
    lgamma(a) + lgamma(b) - lgamma(a + b)
}

/// Alternatives for shares that change: ratios of the canary's rate to the
/// baseline's on a logarithmic grid, dense around 1, weighted as a uniform
/// prior on the share of the events at the first stretch would weight them.
#[derive(Clone, Debug)]
pub struct RatioGrid {
    /// Logarithm of the ratio, logarithm of its weight.
    points: Vec<(f64, f64)>,
    /// The ratios themselves.
    ratios: Vec<f64>,
}

impl RatioGrid {
    /// The grid for a first share.
    #[must_use]
    pub fn new(share: f64) -> Self {
        const HALF: i32 = 150;
        // ln r = sinh(u · 6.2) / 31: steps of 0.0013 at 1, ratios up to 2,800.
        let ratio = |step: f64| (step / f64::from(HALF) * 6.2).sinh() / 31.0;
        let odds = (share / (1.0 - share)).ln();
        let density = |ln_ratio: f64| {
            let share = 1.0 / (1.0 + (-(ln_ratio + odds)).exp());
            share * (1.0 - share)
        };
        let mut points: Vec<(f64, f64)> = (-HALF..=HALF)
            .map(|step| {
                let step = f64::from(step);
                let width = ratio(step + 0.5) - ratio(step - 0.5);
                (ratio(step), density(ratio(step)) * width)
            })
            .collect();
        let total: f64 = points.iter().map(|(_, weight)| weight).sum();
        for (_, weight) in &mut points {
            *weight = (*weight / total).ln();
        }
        let ratios = points.iter().map(|(ln_ratio, _)| ln_ratio.exp()).collect();
        Self { points, ratios }
    }

    /// Adds what one stretch says to the logarithms of the likelihood ratios,
    /// one for each point of the grid.
    fn add(&self, ratios: &mut [f64], stretch: &Stretch) {
        let odds = stretch.share / (1.0 - stretch.share);
        let events = stretch.canary + stretch.baseline;
        // ln((1 − p0) + r·p0) = ln(1 − p0) + ln(1 + r·odds)
        let base = (1.0 - stretch.share).ln();
        let points = self.points.iter().zip(&self.ratios);
        for (((ln_ratio, _), ratio), sum) in points.zip(ratios) {
            let mixed = base + (ratio * odds).ln_1p();
            *sum += stretch.canary * ln_ratio - events * mixed;
        }
    }

    /// The logarithm of the likelihood ratios' weighted mean.
    fn mixed(&self, ratios: &[f64], scale: f64) -> f64 {
        let terms = || {
            let points = self.points.iter().zip(ratios);
            points.map(|((_, weight), ratio)| weight + ratio / scale)
        };
        let highest = terms().fold(f64::NEG_INFINITY, f64::max);
        highest + terms().map(|term| (term - highest).exp()).sum::<f64>().ln()
    }
}

/// The evidence after each stretch, as logarithms of e-values. Where evidence
/// is counted `scale` times as little (for events that come in clumps), it is
/// divided before mixing.
#[must_use]
pub fn ln_evidence(stretches: &[Stretch], scale: f64) -> Vec<f64> {
    let Some(first) = stretches.first() else {
        return Vec::new();
    };
    if same_share(stretches) {
        let (mut canary, mut baseline) = (0.0, 0.0);
        return stretches
            .iter()
            .map(|stretch| {
                canary += stretch.canary / scale;
                baseline += stretch.baseline / scale;
                ln_beta_binomial(canary, baseline, first.share)
            })
            .collect();
    }
    let grid = RatioGrid::new(first.share);
    let mut ratios = vec![0.0; grid.points.len()];
    stretches
        .iter()
        .map(|stretch| {
            grid.add(&mut ratios, stretch);
            grid.mixed(&ratios, scale)
        })
        .collect()
}

/// The evidence after the last stretch, without what it was on the way.
#[must_use]
pub fn ln_evidence_at_end(stretches: &[Stretch], scale: f64) -> f64 {
    let Some(first) = stretches.first() else {
        return 0.0;
    };
    if same_share(stretches) {
        let sum = |of: fn(&Stretch) -> f64| stretches.iter().map(of).sum::<f64>() / scale;
        let canary = sum(|stretch| stretch.canary);
        return ln_beta_binomial(canary, sum(|stretch| stretch.baseline), first.share);
    }
    let grid = RatioGrid::new(first.share);
    let mut ratios = vec![0.0; grid.points.len()];
    for stretch in stretches {
        grid.add(&mut ratios, stretch);
    }
    grid.mixed(&ratios, scale)
}

fn same_share(stretches: &[Stretch]) -> bool {
    let apart = |pair: &[Stretch]| (pair[0].share - pair[1].share).abs() >= 1e-12;
    !stretches.windows(2).any(apart)
}

/// The evidence after all stretches. Their order does not matter to it.
#[must_use]
pub fn ln_evidence_of_all(stretches: &[Stretch], scale: f64) -> f64 {
    ln_evidence_at_end(&merged(stretches), scale)
}

/// Stretches of equal shares as one; of very many shares, near ones too.
fn merged(stretches: &[Stretch]) -> Vec<Stretch> {
    const MOST: usize = 64;
    let mut sorted = stretches.to_vec();
    sorted.sort_by(|a, b| a.share.total_cmp(&b.share));
    let apart = |near: f64| {
        sorted
            .chunk_by(move |a, b| b.share - a.share <= near)
            .map(|chunk| {
                let sum = |of: fn(&Stretch) -> f64| chunk.iter().map(of).sum::<f64>();
                Stretch {
                    baseline: sum(|stretch| stretch.baseline),
                    canary: sum(|stretch| stretch.canary),
                    share: chunk[chunk.len() / 2].share,
                }
            })
            .collect::<Vec<_>>()
    };
    let same = apart(1e-12);
    if same.len() <= MOST {
        return same;
    }
    let size = sorted.len().div_ceil(MOST);
    sorted
        .chunks(size)
        .map(|chunk| {
            let sum = |of: fn(&Stretch) -> f64| chunk.iter().map(of).sum::<f64>();
            Stretch {
                baseline: sum(|stretch| stretch.baseline),
                canary: sum(|stretch| stretch.canary),
                share: sum(|stretch| stretch.share) / chunk.len() as f64,
            }
        })
        .collect()
}

/// How many events are expected on the canary at a ratio of the rates.
#[must_use]
pub fn expected(stretches: &[Stretch], ratio: f64) -> f64 {
    stretches
        .iter()
        .map(|stretch| {
            let with = ratio * stretch.share;
            (stretch.canary + stretch.baseline) * with / (with + 1.0 - stretch.share)
        })
        .sum()
}

/// The likeliest ratio of the canary's rate to the baseline's: infinite when
/// only the canary has events, none without events.
#[must_use]
pub fn ratio(stretches: &[Stretch]) -> Option<f64> {
    let canary: f64 = stretches.iter().map(|stretch| stretch.canary).sum();
    let baseline: f64 = stretches.iter().map(|stretch| stretch.baseline).sum();
    if canary + baseline <= 0.0 {
        return None;
    }
    if canary <= 0.0 {
        return Some(0.0);
    }
    if baseline <= 0.0 {
        return Some(f64::INFINITY);
    }
    let (mut low, mut high) = (-46.0_f64, 46.0_f64);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if expected(stretches, middle.exp()) < canary {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(f64::midpoint(low, high).exp())
}

/// Ratios that the evidence does not speak against at `alpha`: an interval
/// that holds at every look. The upper end is infinite when the baseline has
/// too few events to bound it.
#[must_use]
pub fn interval(stretches: &[Stretch], alpha: f64, scale: f64) -> Option<(f64, f64)> {
    let stretches = &merged(stretches);
    let found = ratio(stretches)?;
    let limit = (1.0 / alpha).ln();
    let against = |ln_ratio: f64| {
        // A ratio r is the same as equal rates at shares moved by r.
        let moved: Vec<Stretch> = stretches
            .iter()
            .map(|stretch| {
                let with = ln_ratio.exp() * stretch.share;
                Stretch {
                    share: (with / (with + 1.0 - stretch.share)).clamp(1e-300, 1.0 - 1e-16),
                    ..*stretch
                }
            })
            .collect();
        ln_evidence_at_end(&moved, scale)
    };
    let centre = found.clamp(1e-12, 1e12).ln();
    let end = |outward: f64| {
        let mut inside = centre;
        let mut outside = None;
        let mut step = 0.5;
        while outside.is_none() && (inside - centre).abs() < 30.0 {
            let next = inside + outward * step;
            if against(next) >= limit {
                outside = Some(next);
            } else {
                inside = next;
                step *= 2.0;
            }
        }
        let mut outside = outside?;
        for _ in 0..40 {
            let middle = f64::midpoint(inside, outside);
            if against(middle) >= limit {
                outside = middle;
            } else {
                inside = middle;
            }
        }
        Some(inside.exp())
    };
    let low = if found == 0.0 { None } else { end(-1.0) };
    let high = if found.is_infinite() { None } else { end(1.0) };
    Some((low.unwrap_or(0.0), high.unwrap_or(f64::INFINITY)))
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    fn stretch(baseline: f64, canary: f64, share: f64) -> Stretch {
        Stretch {
            baseline,
            canary,
            share,
        }
    }

    #[test]
    fn published_values() {
        for (canary, baseline, share, expected) in [
            (8.0, 0.0, 0.5, 28.4444),
            (10.0, 1.0, 0.5, 15.5152),
            (20.0, 8.0, 0.5, 2.9781),
            (30.0, 30.0, 0.5, 0.1598),
            (12.0, 60.0, 0.05, 79.2751),
            (5.0, 40.0, 0.05, 0.4431),
        ] {
            let found = ln_beta_binomial(canary, baseline, share).exp();
            assert!((found - expected).abs() < 5e-5, "{found} {expected}");
        }
    }

    #[test]
    fn the_grid_is_near_the_formula() {
        for (canary, baseline, share) in [(8.0, 0.0, 0.5), (12.0, 60.0, 0.05), (400.0, 380.0, 0.5)]
        {
            // A share that changes by nothing that matters takes the grid.
            let stretches = [
                stretch(0.0, 0.0, share),
                stretch(baseline, canary, share + 1e-9),
            ];
            let grid = ln_evidence(&stretches, 1.0)[1];
            assert_eq!(ln_evidence_at_end(&stretches, 1.0), grid);
            let exact = ln_beta_binomial(canary, baseline, share);
            assert!((grid - exact).abs() < 0.02, "{grid} {exact}");
        }
    }

    #[test]
    fn ratios_and_intervals() {
        let even = [stretch(40.0, 80.0, 0.5)];
        assert!((ratio(&even).unwrap() - 2.0).abs() < 1e-9);
        let (low, high) = interval(&even, 0.05, 1.0).unwrap();
        assert!(
            low > 1.0 && low < 2.0 && high > 2.0 && high < 4.5,
            "{low} {high}"
        );
        // The interval leaves out 1 just when the evidence reaches 1/alpha.
        let against = ln_evidence(&even, 1.0)[0];
        assert_eq!(ln_evidence_at_end(&even, 1.0), against);
        assert!(against > 20_f64.ln());
        let small = [stretch(95.0, 5.0, 0.05)];
        assert!((ratio(&small).unwrap() - 1.0).abs() < 1e-9);
        assert_eq!(ratio(&[stretch(0.0, 3.0, 0.5)]), Some(f64::INFINITY));
        assert_eq!(
            interval(&[stretch(5.0, 0.0, 0.5)], 0.05, 1.0).unwrap().0,
            0.0
        );
        assert_eq!(ratio(&[stretch(0.0, 0.0, 0.5)]), None);
    }

    #[test]
    fn clumped_events_count_less() {
        let events = [stretch(10.0, 40.0, 0.5)];
        let plain = ln_evidence(&events, 1.0)[0];
        let clumped = ln_evidence(&events, 4.0)[0];
        assert!(clumped < plain / 3.0 && clumped > 0.0);
    }
}
