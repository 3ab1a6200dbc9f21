//! The judge of tminus: evidence that holds at every look, and verdicts that
//! say what they rest on.

mod counts;
mod histogram;
mod looks;
mod plan;
mod series;
mod total;

use self::plan::plans;
use super::{
    contract::{Analysis, Kind, Metric, Moment, Points},
    report::{Details, MetricReport, Precondition, Report, Verdict},
};
use crate::domain::Text;

/// Judges an analysis.
#[must_use]
pub fn judge(analysis: &Analysis) -> Report {
    let plans = plans(analysis);
    let judged: Vec<MetricReport> = analysis
        .metrics
        .iter()
        .zip(&plans)
        .map(|(metric, plan)| judge_metric(metric, plan))
        .collect();
    total::report(analysis, &plans, judged)
}

fn judge_metric(metric: &Metric, plan: &plan::Plan) -> MetricReport {
    if counts::has_counts(metric) {
        return counts::judge(metric, plan);
    }
    let buckets = |points: &Points| matches!(points, Points::Buckets(_));
    if metric.kind == Kind::Histogram || buckets(&metric.baseline) || buckets(&metric.canary) {
        return histogram::judge(metric, plan);
    }
    let numbers = |points: &Points| -> Vec<f64> {
        points
            .plain()
            .iter()
            .map(|point| point.unwrap_or(f64::NAN))
            .collect()
    };
    let (mut canary, mut baseline) = (numbers(&metric.canary), numbers(&metric.baseline));
    in_time(metric, &mut [&mut canary, &mut baseline]);
    series::judge(metric, &canary, &baseline, plan)
}

/// Puts the points of both sides where they lie in time: in order, and with
/// missing points where an interval has none.
fn in_time(metric: &Metric, sides: &mut [&mut Vec<f64>]) {
    let seconds: Vec<f64> = metric
        .timestamps
        .iter()
        .filter_map(|moment| match moment {
            Moment::Seconds(seconds) => Some(*seconds),
            Moment::Rfc3339(_) => None,
        })
        .collect();
    let length = sides.iter().map(|side| side.len()).max().unwrap_or(0);
    if seconds.len() < length || length < 2 || seconds.iter().any(|second| !second.is_finite()) {
        return;
    }
    let mut order: Vec<usize> = (0..length).collect();
    order.sort_by(|a, b| seconds[*a].total_cmp(&seconds[*b]));
    let mut steps: Vec<f64> = order
        .windows(2)
        .map(|pair| seconds[pair[1]] - seconds[pair[0]])
        .filter(|step| *step > 0.0)
        .collect();
    steps.sort_by(f64::total_cmp);
    let step = metric
        .interval_seconds
        .filter(|step| *step > 0.0)
        .or_else(|| steps.get(steps.len() / 2).copied());
    let Some(step) = step else {
        return;
    };
    // A gap of more than ten times the length is an end of its own.
    let most = length * 10;
    let mut places = Vec::with_capacity(length);
    let mut place = 0_usize;
    for (position, index) in order.iter().enumerate() {
        if position > 0 {
            let gap = (seconds[*index] - seconds[order[position - 1]]) / step;
            place += (gap.round().max(1.0) as usize).min(most);
        }
        places.push(place);
    }
    if place + 1 > most.max(length) {
        return;
    }
    for side in sides {
        let mut placed = vec![f64::NAN; place + 1];
        for (index, at) in order.iter().zip(&places) {
            if let Some(value) = side.get(*index) {
                placed[*at] = *value;
            }
        }
        **side = placed;
    }
}

/// A metric about which nothing else can be said, and why.
fn refused(
    metric: &Metric,
    details: Details,
    verdict: Verdict,
    precondition: Precondition,
    why: &str,
) -> MetricReport {
    MetricReport {
        name: metric.name.clone(),
        verdict,
        critical: metric.critical,
        class: None,
        interval: None,
        estimate: None,
        effect: None,
        e_value: None,
        why: Text::new(why),
        details: Details {
            precondition: Some(precondition),
            ..details
        },
    }
}

#[cfg(test)]
mod tests;
