//! Values and latencies: a rank test with a tolerance relative to the
//! baseline, as many effective points as the order in time leaves, and an
//! interval that holds at every look.

use super::{
    looks::{FEWEST, Look, RHO, looks},
    plan::Plan,
    refused,
};
use crate::{
    analysis::canary::{
        contract::{Kind, Metric},
        report::{Details, MetricReport, Precondition, Verdict, number},
        stats::{
            describe::{ascending, deviation, mean, quantile},
            mixture, pairwise,
        },
    },
    domain::{Direction, Text},
};

/// A proven change below this share of the baseline is marginal.
const MATTERS: f64 = 0.01;
/// Fewest effective points a side that are judged by.
const FEWEST_EFFECTIVE: f64 = 5.0;
/// Share of a side's points that may be missing.
const MOST_MISSING: f64 = 0.25;
/// So many points at the end without data are an end.
const STALE_POINTS: usize = 5;
/// Standard errors by which the means of a ratio have to agree.
const AGREES: f64 = 1.645;

/// Judges two series.
#[must_use]
pub fn judge(metric: &Metric, canary: &[f64], baseline: &[f64], plan: &Plan) -> MetricReport {
    let x = ascending(valid(canary));
    let y = ascending(valid(baseline));
    let gaps = canary.len() + baseline.len() - x.len() - y.len();
    let details = Details {
        baseline_samples: y.len() as f64,
        canary_samples: x.len() as f64,
        gaps,
        alpha: Some(plan.alpha),
        ..Details::default()
    };
    if x.is_empty() || y.is_empty() {
        let side = match (x.is_empty(), y.is_empty()) {
            (true, true) => "neither side has",
            (true, false) => "the canary has no",
            _ => "the baseline has no",
        };
        let any = if x.is_empty() && y.is_empty() {
            " any"
        } else {
            ""
        };
        return refused(
            metric,
            details,
            Verdict::NoData,
            Precondition::NoData,
            &format!("{side}{any} data"),
        );
    }
    if x.len() < FEWEST || y.len() < FEWEST {
        return refused(
            metric,
            Details {
                would_change: Some(Text::new(&format!("{FEWEST} points on each side"))),
                ..details
            },
            Verdict::Inconclusive,
            Precondition::TooFewPoints,
            &format!(
                "{} and {} points are too few: {FEWEST} a side are needed",
                x.len(),
                y.len()
            ),
        );
    }
    let level = quantile(&y, 0.5).abs();
    let tolerance = plan.tolerance * level;
    let evidence = Evidence::of(canary, baseline, plan, tolerance);
    let last = evidence.last;
    let interval = interval(&x, &y, &last, plan);
    let estimate = pairwise::difference(&x, &y, middle(x.len(), y.len())).unwrap_or(f64::NAN);
    let (mean_x, mean_y) = (mean(&x), mean(&y));
    let effect = if level > 0.0 && estimate != 0.0 {
        Some((quantile(&y, 0.5) + estimate) / quantile(&y, 0.5))
    } else {
        (mean_y != 0.0).then(|| mean_x / mean_y)
    }
    .filter(|effect| effect.is_finite());
    // Where most values tie the middle does not move: the means do.
    let matters = |upward: f64| {
        let against = |change: f64, base: f64| change * upward > MATTERS * base.abs();
        against(estimate, level) || against(mean_x - mean_y, mean_y)
    };
    let upward = if evidence.higher { 1.0 } else { -1.0 };
    let agrees = metric.kind != Kind::Ratio || {
        let factor =
            (last.canary * last.baseline * 2.0 / (last.canary + last.baseline) / last.effective)
                .max(1.0);
        let error = (deviation(&x).powi(2) / x.len() as f64
            + deviation(&y).powi(2) / y.len() as f64)
            .sqrt();
        (mean_x - mean_y) * upward >= AGREES * error * factor.sqrt()
    };
    let alarm = evidence.max >= plan.ln_limit();
    let verdict_if_proven = if agrees && matters(upward) {
        Verdict::Fail
    } else {
        Verdict::Marginal
    };
    let change = Change {
        estimate,
        effect,
        higher: estimate > 0.0 || (estimate == 0.0 && mean_x > mean_y),
    };
    let mut report = MetricReport {
        name: metric.name.clone(),
        verdict: Verdict::Pass,
        critical: metric.critical,
        class: None,
        interval,
        estimate: Some(estimate).filter(|estimate| estimate.is_finite()),
        effect,
        e_value: Some(evidence.now.exp().min(f64::MAX)),
        why: Text::default(),
        details: Details {
            effective_samples: Some(last.effective),
            autocorrelation: Some(last.phi),
            tolerance: Some(tolerance),
            e_value_max: Some(evidence.max.exp().min(f64::MAX)),
            ..details
        },
    };
    if alarm {
        report.verdict = verdict_if_proven;
        report.details.alarm_after = evidence.alarm_after;
        report.why = Text::new(&if verdict_if_proven == Verdict::Fail {
            format!(
                "{change}: chance alone gives such evidence at most {} in 100 times",
                number(plan.alpha * 100.0)
            )
        } else if agrees {
            format!("{change}: proven, but less than 1 % of the baseline")
        } else {
            format!("{change} by rank, but the means do not show it: the sides differ in shape")
        });
        return report;
    }
    if let Some((verdict, precondition, why)) = obstacle(canary, baseline, &last) {
        report.verdict = verdict;
        report.details.precondition = Some(precondition);
        report.why = Text::new(&why);
        return report;
    }
    report.details.would_change = would_change(interval, level, tolerance);
    report.why = Text::new(&match interval {
        Some([low, high]) => format!(
            "no change that is worse is proven: {} to {} at any look",
            number(low),
            number(high)
        ),
        None => "no change that is worse is proven, and none can be with so few points".to_owned(),
    });
    report
}

/// A change for people.
struct Change {
    estimate: f64,
    effect: Option<f64>,
    higher: bool,
}

impl std::fmt::Display for Change {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let way = if self.higher { "higher" } else { "lower" };
        match self.effect {
            Some(effect) if effect > 3.0 => {
                write!(formatter, "the canary is {} times as high", number(effect))
            }
            Some(effect) if effect >= 0.0 => write!(
                formatter,
                "the canary is {} % {way}",
                number((effect - 1.0).abs() * 100.0)
            ),
            _ => write!(
                formatter,
                "the canary is {way} by {}",
                number(self.estimate.abs())
            ),
        }
    }
}

/// The evidence at all looks.
struct Evidence {
    now: f64,
    max: f64,
    alarm_after: Option<usize>,
    /// Which way the strongest evidence points.
    higher: bool,
    last: Look,
}

impl Evidence {
    fn of(canary: &[f64], baseline: &[f64], plan: &Plan, tolerance: f64) -> Self {
        let moved = |by: f64| -> Vec<f64> { canary.iter().map(|value| value + by).collect() };
        let plain;
        let (up, down) = if tolerance > 0.0 {
            (
                (plan.direction != Direction::Decrease)
                    .then(|| looks(&moved(-tolerance), baseline)),
                (plan.direction != Direction::Increase).then(|| looks(&moved(tolerance), baseline)),
            )
        } else {
            plain = looks(canary, baseline);
            (
                (plan.direction != Direction::Decrease).then(|| plain.clone()),
                (plan.direction != Direction::Increase).then_some(plain),
            )
        };
        let higher: Vec<f64> = up.iter().flatten().map(Look::ln_higher).collect();
        let lower: Vec<f64> = down.iter().flatten().map(Look::ln_lower).collect();
        let both: Vec<(f64, bool)> = match plan.direction {
            Direction::Increase => higher.iter().map(|e| (*e, true)).collect(),
            Direction::Decrease => lower.iter().map(|e| (*e, false)).collect(),
            // Half of each: the mean of two e-values is one.
            Direction::Either => higher
                .iter()
                .zip(&lower)
                .map(|(up, down)| {
                    let most = up.max(*down);
                    let sum = (up - most).exp() + (down - most).exp();
                    (most + sum.ln() - std::f64::consts::LN_2, up >= down)
                })
                .collect(),
        };
        let all = up.or(down).unwrap_or_default();
        let strongest =
            both.iter().copied().fold(
                (f64::NEG_INFINITY, true),
                |a, b| if b.0 > a.0 { b } else { a },
            );
        Self {
            now: both.last().map_or(0.0, |(e, _)| *e),
            max: strongest.0,
            higher: strongest.1,
            alarm_after: both
                .iter()
                .zip(&all)
                .find(|((e, _), _)| *e >= plan.ln_limit())
                .map(|(_, look)| look.after),
            last: all.last().copied().unwrap_or(Look {
                after: canary.len(),
                canary: 0.0,
                baseline: 0.0,
                z: 0.0,
                deviation: 0.0,
                effective: 0.0,
                phi: 0.0,
            }),
        }
    }
}

fn valid(series: &[f64]) -> impl Iterator<Item = f64> {
    series.iter().copied().filter(|value| !value.is_nan())
}

fn middle(m: usize, n: usize) -> u64 {
    (m as u64 * n as u64).div_ceil(2)
}

/// Rank of the differences at which the interval begins; none when even all
/// of them do not reach so far.
fn reach(last: &Look, plan: &Plan) -> Option<u64> {
    if last.effective <= 0.0 {
        return None;
    }
    let boundary = mixture::one_sided_boundary(plan.ln_one_side(), last.effective, RHO);
    let from = last.canary * last.baseline / 2.0 - 0.5 - boundary * last.deviation;
    (from >= 0.0).then_some(from as u64 + 1)
}

fn interval(x: &[f64], y: &[f64], last: &Look, plan: &Plan) -> Option<[f64; 2]> {
    let from = reach(last, plan)?;
    let to = x.len() as u64 * y.len() as u64 + 1 - from;
    let low = pairwise::difference(x, y, from)?;
    let high = pairwise::difference(x, y, to)?;
    (low.is_finite() && high.is_finite()).then_some([low, high])
}

/// How large a change would have been an alarm by now: half of the interval.
fn would_change(interval: Option<[f64; 2]>, level: f64, tolerance: f64) -> Option<Text> {
    let [low, high] = interval?;
    let least = (high - low) / 2.0 + tolerance;
    Some(Text::new(&if level > 0.0 {
        format!(
            "a change of about {} % would be an alarm by now",
            number(least / level * 100.0)
        )
    } else {
        format!(
            "a change of about {} would be an alarm by now",
            number(least)
        )
    }))
}

/// Why series without an alarm cannot pass either.
fn obstacle(
    canary: &[f64],
    baseline: &[f64],
    last: &Look,
) -> Option<(Verdict, Precondition, String)> {
    let length = canary.len().max(baseline.len());
    for (side, series) in [("the canary", canary), ("the baseline", baseline)] {
        let silent = series
            .iter()
            .rev()
            .take_while(|value| value.is_nan())
            .count();
        if silent >= STALE_POINTS.max(length / 20) {
            return Some((
                Verdict::NoData,
                Precondition::Stale,
                format!("{side} has no data in the last {silent} points"),
            ));
        }
    }
    for (side, series) in [("the canary", canary), ("the baseline", baseline)] {
        let missing = series.iter().filter(|value| value.is_nan()).count();
        if missing as f64 > MOST_MISSING * series.len() as f64 {
            return Some((
                Verdict::Inconclusive,
                Precondition::Gaps,
                format!("{missing} of {} points of {side} are missing", series.len()),
            ));
        }
    }
    (last.effective < FEWEST_EFFECTIVE).then(|| {
        (
            Verdict::Inconclusive,
            Precondition::TooFewPoints,
            format!(
                "neighbouring points are alike: {} points a side tell as much as {} independent \
                 ones, and {FEWEST_EFFECTIVE} are needed",
                length,
                number(last.effective)
            ),
        )
    })
}
