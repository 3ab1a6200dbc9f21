//! Histograms, compared as distributions: only the order of the buckets
//! counts, not their limits. One histogram a side is judged by the ranks of
//! its observations; one for each interval by the series of their mean ranks,
//! which needs no independence of the observations within an interval.

use super::{looks::RHO, plan::Plan, series};
use crate::{
    analysis::canary::{
        contract::{Metric, Points},
        report::{Details, MetricReport, Precondition, Verdict, number},
        stats::{mixture, rank::sign},
    },
    domain::{Direction, Text},
};

/// Fewest observations a side.
const FEWEST: f64 = 50.0;
/// Share of pairs, from one half, below which a proven change is marginal.
const MATTERS: f64 = 0.01;

/// Judges histograms.
#[must_use]
pub fn judge(metric: &Metric, plan: &Plan) -> MetricReport {
    match (&metric.baseline, &metric.canary) {
        (Points::Buckets(baseline), Points::Buckets(canary))
            if baseline.len().max(canary.len()) > 1 =>
        {
            let (baseline, canary) = mean_ranks(baseline, canary);
            series::judge(metric, &canary, &baseline, plan)
        }
        (baseline, canary) => once(metric, &flat(baseline), &flat(canary), plan),
    }
}

fn flat(points: &Points) -> Vec<f64> {
    match points {
        Points::Plain(counts) => counts.iter().map(|count| count.unwrap_or(0.0)).collect(),
        Points::Buckets(lists) => lists
            .first()
            .into_iter()
            .flatten()
            .map(|count| count.unwrap_or(0.0))
            .collect(),
    }
}

/// The mean rank of each interval's observations among those of both sides and
/// all intervals, 0 to 1; not a number without observations.
fn mean_ranks(baseline: &[Vec<Option<f64>>], canary: &[Vec<Option<f64>>]) -> (Vec<f64>, Vec<f64>) {
    // One score a bucket for both sides: when they are alike, so are their scores.
    let width = baseline
        .iter()
        .chain(canary)
        .map(Vec::len)
        .max()
        .unwrap_or(0);
    let at = |list: &[Option<f64>], bucket: usize| {
        list.get(bucket).copied().flatten().unwrap_or(0.0).max(0.0)
    };
    let pooled: Vec<f64> = (0..width)
        .map(|bucket| {
            baseline
                .iter()
                .chain(canary)
                .map(|list| at(list, bucket))
                .sum()
        })
        .collect();
    let all: f64 = pooled.iter().sum();
    let mut below = 0.0;
    let scores: Vec<f64> = pooled
        .iter()
        .map(|count| {
            let score = (below + count / 2.0) / all.max(1.0);
            below += count;
            score
        })
        .collect();
    let means = |lists: &[Vec<Option<f64>>]| -> Vec<f64> {
        lists
            .iter()
            .map(|list| {
                let count: f64 = (0..list.len()).map(|bucket| at(list, bucket)).sum();
                let sum: f64 = (0..list.len())
                    .map(|bucket| at(list, bucket) * scores[bucket])
                    .sum();
                if count > 0.0 { sum / count } else { f64::NAN }
            })
            .collect()
    };
    (means(baseline), means(canary))
}

/// One histogram a side.
fn once(metric: &Metric, baseline: &[f64], canary: &[f64], plan: &Plan) -> MetricReport {
    let (m, n): (f64, f64) = (canary.iter().sum(), baseline.iter().sum());
    let mut report = MetricReport {
        name: metric.name.clone(),
        verdict: Verdict::Pass,
        critical: metric.critical,
        class: None,
        interval: None,
        estimate: None,
        effect: None,
        e_value: None,
        why: Text::default(),
        details: Details {
            baseline_samples: n,
            canary_samples: m,
            alpha: Some(plan.alpha),
            ..Details::default()
        },
    };
    let refuse = |mut report: MetricReport, verdict, precondition, why: &str| {
        report.verdict = verdict;
        report.details.precondition = Some(precondition);
        report.why = Text::new(why);
        report
    };
    if baseline.iter().chain(canary).any(|count| *count < 0.0) {
        return refuse(
            report,
            Verdict::Error,
            Precondition::CounterReset,
            "a bucket's count is below 0: a counter began anew in between",
        );
    }
    if m <= 0.0 || n <= 0.0 {
        let side = if m <= 0.0 {
            "the canary"
        } else {
            "the baseline"
        };
        return refuse(
            report,
            Verdict::NoData,
            Precondition::NoData,
            &format!("{side} has no observations"),
        );
    }
    if m < FEWEST || n < FEWEST {
        return refuse(
            report,
            Verdict::Inconclusive,
            Precondition::TooFewPoints,
            &format!("fewer than {FEWEST} observations a side are too few"),
        );
    }
    let (mut excess, mut below, mut ties) = (-m * n / 2.0, 0.0, 0.0);
    for bucket in 0..baseline.len().max(canary.len()) {
        let of = |counts: &[f64]| counts.get(bucket).copied().unwrap_or(0.0);
        let (x, y) = (of(canary), of(baseline));
        excess += x * (below + y / 2.0);
        below += y;
        let tied = x + y;
        ties += tied * tied * tied - tied;
    }
    let all = m + n;
    let variance = m * n / 12.0 * ((all + 1.0) - ties / (all * (all - 1.0)));
    if variance <= 0.0 {
        report.why = Text::new("all observations are in one bucket");
        return report;
    }
    let z = (excess - 0.5 * sign(excess)) / variance.sqrt();
    let information = 2.0 * m * n / all;
    let (up, down) = (
        mixture::ln_one_sided(z, information, RHO),
        mixture::ln_one_sided(-z, information, RHO),
    );
    let evidence = match plan.direction {
        Direction::Increase => up,
        Direction::Decrease => down,
        Direction::Either => up.max(down) - std::f64::consts::LN_2,
    };
    let share = 0.5 + excess / (m * n);
    report.effect = Some(share);
    report.estimate = Some(share - 0.5);
    report.e_value = Some(evidence.exp().min(f64::MAX));
    let half = mixture::one_sided_boundary(plan.ln_one_side(), information, RHO) * variance.sqrt()
        / (m * n);
    report.interval = Some([share - 0.5 - half, share - 0.5 + half]);
    let said = format!(
        "an observation of the canary is above one of the baseline in {} of 100 cases",
        number(share * 100.0)
    );
    let moved = (share - 0.5).abs();
    report.why = Text::new(&said);
    if evidence >= plan.ln_limit() {
        report.verdict = if moved > MATTERS.max(plan.tolerance) {
            Verdict::Fail
        } else {
            Verdict::Marginal
        };
    }
    report
}
