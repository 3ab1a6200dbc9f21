//! From the verdicts on metrics to one verdict, a score and a sentence.

use super::plan::Plan;
use crate::{
    analysis::canary::{
        contract::Analysis,
        report::{MetricReport, Report, Verdict, number},
    },
    domain::Text,
};

/// Makes the report of all metrics.
#[must_use]
pub fn report(analysis: &Analysis, plans: &[Plan], metrics: Vec<MetricReport>) -> Report {
    let judged = |report: &MetricReport| {
        matches!(
            report.verdict,
            Verdict::Pass | Verdict::Marginal | Verdict::Fail
        )
    };
    let gating = |report: &MetricReport, plan: &Plan| report.critical || plan.loss > 0.0;
    let with_plans = || metrics.iter().zip(plans);
    let lost: f64 = with_plans()
        .filter(|(report, _)| report.verdict == Verdict::Fail)
        .map(|(_, plan)| plan.loss)
        .sum();
    // Rounded, so that the order of the metrics cannot move a sum.
    let sum = ((100.0 - lost) * 1e6).round() / 1e6;
    let critical = |verdict: Verdict| {
        metrics
            .iter()
            .find(|report| report.critical && report.verdict == verdict)
    };
    let gates = with_plans()
        .filter(|(report, plan)| gating(report, plan))
        .count();
    let unjudged: Vec<&MetricReport> = with_plans()
        .filter(|(report, plan)| gating(report, plan) && !judged(report))
        .map(|(report, _)| report)
        .collect();
    let any = metrics.iter().any(judged);
    let failed = metrics
        .iter()
        .filter(|report| report.verdict == Verdict::Fail)
        .count();
    let mut score = any.then_some(sum);
    let (verdict, sentence) = if let Some(report) = critical(Verdict::Fail) {
        score = Some(0.0);
        (
            Verdict::Fail,
            format!("{} fails: {}", report.name, report.why),
        )
    } else if sum < analysis.marginal && failed > 0 {
        let worst = worst(&metrics);
        (
            Verdict::Fail,
            format!("{failed} of {} metrics fail{worst}", metrics.len()),
        )
    } else if let Some(report) = critical(Verdict::Error) {
        (
            Verdict::Error,
            format!("{} cannot be judged: {}", report.name, report.why),
        )
    } else if let Some(report) = critical(Verdict::NoData) {
        (
            Verdict::NoData,
            format!("{} cannot be judged: {}", report.name, report.why),
        )
    } else if let Some(report) = critical(Verdict::Inconclusive) {
        (
            Verdict::Inconclusive,
            format!("{} cannot be judged yet: {}", report.name, report.why),
        )
    } else if gates == 0 {
        (Verdict::NoData, "no metric is judged".to_owned())
    } else if unjudged.len() * 2 >= gates {
        let verdict = [Verdict::NoData, Verdict::Inconclusive, Verdict::Error]
            .into_iter()
            .max_by_key(|verdict| {
                unjudged
                    .iter()
                    .filter(|report| report.verdict == *verdict)
                    .count()
            })
            .unwrap_or(Verdict::NoData);
        (
            verdict,
            format!(
                "{} of {gates} metrics cannot be judged{}",
                unjudged.len(),
                unjudged.first().map_or_else(String::new, |report| format!(
                    ", {} for one: {}",
                    report.name, report.why
                ))
            ),
        )
    } else if sum < analysis.pass || critical(Verdict::Marginal).is_some() {
        (
            Verdict::Marginal,
            format!(
                "{failed} of {} metrics fail, the score is {}{}",
                metrics.len(),
                number(sum),
                worst(&metrics)
            ),
        )
    } else {
        let others = metrics.len() - metrics.iter().filter(|r| judged(r)).count();
        let without = match others {
            0 => String::new(),
            1 => ", and one cannot be judged".to_owned(),
            many => format!(", and {many} cannot be judged"),
        };
        (
            Verdict::Pass,
            format!("the canary is not shown to be worse{without}"),
        )
    };
    Report {
        verdict,
        score,
        sentence: Text::new(&sentence),
        metrics,
    }
}

/// The strongest failure, or else what is marginal, for people.
fn worst(metrics: &[MetricReport]) -> String {
    let evidence = |report: &&MetricReport| report.details.e_value_max.unwrap_or(0.0);
    let of = |verdict: Verdict| {
        metrics
            .iter()
            .filter(|report| report.verdict == verdict)
            .max_by(|a, b| {
                evidence(a)
                    .total_cmp(&evidence(b))
                    .then_with(|| b.name.cmp(&a.name))
            })
    };
    of(Verdict::Fail)
        .or_else(|| of(Verdict::Marginal))
        .map_or_else(String::new, |report| {
            format!(", most of all {}: {}", report.name, report.why)
        })
}
