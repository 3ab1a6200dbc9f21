//! How often the judge would have raised a false alarm on a service's own past,
//! and the smallest change that a step of its length can see.
//!
//! The past of the baseline is cut into windows as long as a step bakes. Each
//! is held against the one before it as if it were a canary: nothing was
//! changed between them, so each alarm is false. What moves from one window to
//! the next, such as the time of day, counts against the judge here and not
//! while a canary runs beside its baseline: the rate is an upper bound. Then
//! the same windows are made worse by a factor, and the smallest one that is
//! found in four of five is what the step can see.
//!
//! Of counted events a canary gets as many as its share of the traffic would:
//! each event of the later window is kept with that probability.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use super::{Analysis, Verdict, contract::Metric, judge};
use crate::{
    analysis::canary::reading::asked,
    domain::{CalibratedMetric, CanaryReading, Counts, Direction, MetricReading, Series},
};

/// Changes that are tried, as factors on what is worse.
const FACTORS: [f64; 11] = [1.02, 1.05, 1.1, 1.15, 1.2, 1.3, 1.5, 2.0, 3.0, 5.0, 10.0];
/// Share of the windows in which a change has to be found.
const FOUND: f64 = 0.8;
/// Most windows that are judged: the newest.
const MOST: usize = 200;

/// Calibrates each metric of a reading whose series reach far back. `share` is
/// the canary's share of the traffic, 0 to 1. The same reading gives the same
/// answer.
#[must_use]
pub fn calibrate(reading: &CanaryReading, share: f64) -> Vec<CalibratedMetric> {
    let gating = reading.metrics.len().max(1) as f64;
    reading
        .metrics
        .iter()
        .map(|metric| {
            // Alone it would get all of alpha: here it gets its part.
            let alpha = reading.alpha / gating;
            let windows = windows(metric, reading, share);
            of_metric(metric, &windows, alpha)
        })
        .collect()
}

fn of_metric(metric: &MetricReading, windows: &[Window], alpha: f64) -> CalibratedMetric {
    let verdicts = |factor: f64| -> Vec<Verdict> {
        windows
            .iter()
            .map(|window| {
                let analysis = Analysis {
                    alpha,
                    metrics: vec![window.asked(metric, factor)],
                    ..Analysis::default()
                };
                judge(&analysis)
                    .metrics
                    .first()
                    .map_or(Verdict::NoData, |judged| judged.verdict)
            })
            .collect()
    };
    let judged =
        |verdict: &Verdict| matches!(verdict, Verdict::Pass | Verdict::Marginal | Verdict::Fail);
    let failed = |verdicts: &[Verdict]| {
        verdicts
            .iter()
            .filter(|verdict| **verdict == Verdict::Fail)
            .count()
    };
    let plain = verdicts(1.0);
    let count = plain.iter().filter(|verdict| judged(verdict)).count();
    let mut calibration = CalibratedMetric {
        name: metric.name.clone(),
        windows: count,
        false_alarms: failed(&plain),
        sees: None,
        misses: None,
    };
    if !calibration.tells() {
        return calibration;
    }
    for factor in FACTORS {
        let found = failed(&verdicts(factor)) as f64 / windows.len().max(1) as f64;
        let change = match metric.direction {
            Direction::Decrease => 1.0 - 1.0 / factor,
            Direction::Increase | Direction::Either => factor - 1.0,
        };
        if found >= FOUND {
            calibration.sees = Some(change);
            break;
        }
        calibration.misses = Some(change);
    }
    calibration
}

/// Two neighbouring stretches of the past.
enum Window {
    Series {
        before: Vec<Option<f64>>,
        after: Vec<Option<f64>>,
        step_seconds: u32,
    },
    Counts {
        before: [Vec<Option<f64>>; 2],
        after: [Vec<Option<f64>>; 2],
        step_seconds: u32,
        share: f64,
        seed: u64,
    },
}

impl Window {
    /// The later stretch as a canary, worse by a factor.
    fn asked(&self, metric: &MetricReading, factor: f64) -> Metric {
        match self {
            Self::Series {
                before,
                after,
                step_seconds,
            } => {
                let by = match metric.direction {
                    Direction::Decrease => 1.0 / factor,
                    Direction::Increase | Direction::Either => factor,
                };
                let worse = after.iter().map(|point| point.map(|point| point * by));
                let series = Series {
                    start: None,
                    step_seconds: *step_seconds,
                    baseline: before.clone(),
                    canary: worse.collect(),
                };
                let measured = MetricReading {
                    series,
                    counts: None,
                    ..metric.clone()
                };
                asked(&measured, None, None)
            }
            Self::Counts {
                before: [events, total],
                after: [later_events, later_total],
                step_seconds,
                share,
                seed,
            } => {
                let mut dice = StdRng::seed_from_u64(*seed);
                let odds = share / (1.0 - share);
                let counts = Counts {
                    start: None,
                    step_seconds: *step_seconds,
                    baseline_events: events.clone(),
                    canary_events: later_events
                        .iter()
                        .map(|count| count.map(|count| thinned(count, odds * factor, &mut dice)))
                        .collect(),
                    baseline_total: total.clone(),
                    canary_total: later_total
                        .iter()
                        .map(|count| count.map(|count| (count * odds).round()))
                        .collect(),
                };
                let measured = MetricReading {
                    counts: Some(counts),
                    ..metric.clone()
                };
                asked(&measured, None, None)
            }
        }
    }
}

/// Each of so many events is kept with probability `odds`; above 1 each counts
/// as often as its whole part says, and once more with the rest.
fn thinned(count: f64, odds: f64, dice: &mut StdRng) -> f64 {
    // Beyond this the spread no longer matters beside the size.
    if !(0.0..=1e5).contains(&count) {
        return (count * odds).round().max(0.0);
    }
    let (whole, rest) = (odds.floor(), odds.fract());
    let extra = (0..count as u32)
        .filter(|_| dice.random::<f64>() < rest)
        .count();
    count * whole + extra as f64
}

fn windows(metric: &MetricReading, reading: &CanaryReading, share: f64) -> Vec<Window> {
    let bake = usize::try_from(reading.bake_seconds).unwrap_or(usize::MAX);
    let length = |step: u32| (bake / usize::try_from(step.max(1)).unwrap_or(1)).max(1);
    let cut = |points: &[Option<f64>], length: usize| -> Vec<Vec<Option<f64>>> {
        let mut newest: Vec<Vec<Option<f64>>> = points
            .rchunks_exact(length)
            .take(MOST + 1)
            .map(<[Option<f64>]>::to_vec)
            .collect();
        newest.reverse();
        newest
    };
    if let Some(counts) = &metric.counts {
        let length = length(counts.step_seconds);
        let events = cut(&counts.baseline_events, length);
        let totals = cut(&counts.baseline_total, length);
        return events
            .windows(2)
            .zip(totals.windows(2))
            .zip(1..)
            .map(|((events, totals), seed)| Window::Counts {
                before: [events[0].clone(), totals[0].clone()],
                after: [events[1].clone(), totals[1].clone()],
                step_seconds: counts.step_seconds,
                share: share.clamp(0.01, 0.5),
                seed,
            })
            .collect();
    }
    let series = &metric.series;
    cut(&series.baseline, length(series.step_seconds))
        .windows(2)
        .map(|pair| Window::Series {
            before: pair[0].clone(),
            after: pair[1].clone(),
            step_seconds: series.step_seconds,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Sample, Threshold, Unit};

    fn reading(metric: MetricReading) -> CanaryReading {
        CanaryReading {
            service: "checkout".into(),
            environment: "production".into(),
            weight: Some(0.0),
            steps: vec![5.0, 100.0],
            metrics: vec![metric],
            ..CanaryReading::default()
        }
    }

    fn metric(unit: Unit) -> MetricReading {
        MetricReading {
            name: "m".into(),
            unit,
            direction: Direction::Increase,
            critical: true,
            threshold: Threshold {
                max_ratio: 1.0,
                min_difference: 0.0,
            },
            baseline: Sample::Value(1.0),
            canary: Sample::NoData("none".into()),
            series: Series::default(),
            counts: None,
        }
    }

    fn noisy(points: usize, level: f64, spread: f64) -> Vec<Option<f64>> {
        let mut dice = StdRng::seed_from_u64(5);
        (0..points)
            .map(|_| {
                let noise: f64 = (0..12).map(|_| dice.random::<f64>()).sum::<f64>() - 6.0;
                Some(level * (1.0 + spread * noise))
            })
            .collect()
    }

    #[test]
    fn a_steady_metric_has_few_false_alarms_and_sees_what_stands_out_of_its_noise() {
        let mut steady = metric(Unit::Seconds);
        steady.series = Series {
            start: None,
            step_seconds: 15,
            baseline: noisy(40 * 60, 0.2, 0.1),
            canary: Vec::new(),
        };
        let found = &calibrate(&reading(steady), 0.05)[0];
        assert_eq!(found.windows, 59);
        assert!(found.rate() <= 0.05, "{found:?}");
        let sees = found.sees.unwrap();
        assert!((0.05..=0.2).contains(&sees), "{found:?}");
        assert!(found.misses.unwrap() < sees);
    }

    #[test]
    fn rare_errors_take_a_large_change_to_be_seen() {
        let of = |events: f64| {
            let mut counted = metric(Unit::Ratio);
            counted.counts = Some(Counts {
                start: None,
                step_seconds: 60,
                baseline_events: vec![Some(events); 10 * 40],
                canary_events: Vec::new(),
                baseline_total: vec![Some(10_000.0); 10 * 40],
                canary_total: Vec::new(),
            });
            calibrate(&reading(counted), 0.5)[0].clone()
        };
        let (rare, dense) = (of(2.0), of(200.0));
        assert_eq!((rare.false_alarms, dense.false_alarms), (0, 0));
        assert!(
            dense.sees.unwrap() < rare.sees.unwrap(),
            "{dense:?} {rare:?}"
        );
    }

    #[test]
    fn too_short_a_past_tells_nothing_and_says_so() {
        let mut young = metric(Unit::Seconds);
        young.series.step_seconds = 15;
        young.series.baseline = noisy(40 * 4, 0.2, 0.1);
        let found = &calibrate(&reading(young), 0.05)[0];
        assert!(!found.tells() && found.sees.is_none(), "{found:?}");
        assert_eq!(
            calibrate(&reading(metric(Unit::Number)), 0.05)[0].windows,
            0
        );
    }
}
