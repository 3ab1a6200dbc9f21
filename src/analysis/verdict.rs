//! The simple threshold verdict of a canary: worse than the baseline by more
//! than a ratio and by more than a smallest difference. A metric without data
//! never passes.

use crate::domain::{CanaryReading, Direction, MetricReading, Sample, Text, Unit};

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not worse than tolerated.
    Pass,
    /// Worse than tolerated.
    Fail,
    /// Nothing can be said: data is missing on one side or both.
    NoData,
}

impl Verdict {
    /// The word for people and for JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NoData => "no data",
        }
    }
}

/// The verdict on a whole canary.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The total: fails when a critical metric fails or any two others do;
    /// has no data when a critical metric has none.
    pub verdict: Verdict,
    /// One sentence for people.
    pub sentence: Text,
    /// One verdict a metric, in order.
    pub metrics: Vec<MetricJudgement>,
}

/// The verdict on one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricJudgement {
    /// What it says.
    pub verdict: Verdict,
    /// Canary over baseline, where both are numbers and the baseline is not 0.
    pub ratio: Option<f64>,
    /// Why, for people.
    pub why: Text,
}

/// Judges one look at a canary.
#[must_use]
pub fn judge(reading: &CanaryReading) -> Judgement {
    let metrics: Vec<MetricJudgement> = reading.metrics.iter().map(judge_metric).collect();
    let pairs = || reading.metrics.iter().zip(&metrics);
    let critical = |wanted: Verdict| {
        pairs().find(|(metric, judged)| metric.critical && judged.verdict == wanted)
    };
    let failed = metrics
        .iter()
        .filter(|judged| judged.verdict == Verdict::Fail)
        .count();
    let (verdict, sentence) = if let Some((metric, judged)) = critical(Verdict::Fail) {
        (
            Verdict::Fail,
            format!(
                "{} is clearly worse on the canary: {}",
                metric.name, judged.why
            ),
        )
    } else if failed >= 2 {
        (
            Verdict::Fail,
            format!("{failed} metrics are worse on the canary"),
        )
    } else if let Some((metric, judged)) = critical(Verdict::NoData) {
        (
            Verdict::NoData,
            format!("{} cannot be judged: {}", metric.name, judged.why),
        )
    } else if metrics.is_empty() {
        (Verdict::NoData, "no metric is configured".to_owned())
    } else if metrics
        .iter()
        .all(|judged| judged.verdict == Verdict::NoData)
    {
        (Verdict::NoData, "no metric has data".to_owned())
    } else if let Some((metric, _)) = pairs().find(|(_, judged)| judged.verdict == Verdict::Fail) {
        (
            Verdict::Pass,
            format!("only {} is worse, and it is not critical", metric.name),
        )
    } else {
        (
            Verdict::Pass,
            "the canary does as well as the baseline".to_owned(),
        )
    };
    Judgement {
        verdict,
        sentence: Text::new(&sentence),
        metrics,
    }
}

fn judge_metric(metric: &MetricReading) -> MetricJudgement {
    let (baseline, canary) = match (&metric.baseline, &metric.canary) {
        (Sample::Value(baseline), Sample::Value(canary)) => (*baseline, *canary),
        (_, Sample::NoData(why)) => return no_data("canary", why),
        (Sample::NoData(why), _) => return no_data("baseline", why),
    };
    let ratio = (baseline != 0.0).then(|| canary / baseline);
    let worse_by = match metric.direction {
        Direction::Increase => canary - baseline,
        Direction::Decrease => baseline - canary,
        Direction::Either => (canary - baseline).abs(),
    };
    let (bad, good) = match metric.direction {
        Direction::Increase => (canary, baseline),
        Direction::Decrease => (baseline, canary),
        Direction::Either => (canary.max(baseline), canary.min(baseline)),
    };
    let beyond_ratio = bad > good * metric.threshold.max_ratio;
    let fails = worse_by > metric.threshold.min_difference && beyond_ratio;
    let numbers = format!(
        "{} against {}",
        value_text(canary, metric.unit),
        value_text(baseline, metric.unit)
    );
    let why = if fails {
        numbers
    } else {
        format!("{numbers}, tolerated up to {}×", metric.threshold.max_ratio)
    };
    MetricJudgement {
        verdict: if fails { Verdict::Fail } else { Verdict::Pass },
        ratio,
        why: Text::new(&why),
    }
}

fn no_data(side: &str, why: &Text) -> MetricJudgement {
    MetricJudgement {
        verdict: Verdict::NoData,
        ratio: None,
        why: Text::new(&format!("no {side} data: {why}")),
    }
}

/// A value in its unit, for people.
#[must_use]
pub fn value_text(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Ratio => format!("{:.2} %", value * 100.0),
        Unit::Seconds if value.abs() < 10.0 => format!("{:.0} ms", value * 1000.0),
        Unit::Seconds => format!("{value:.1} s"),
        Unit::PerSecond => format!("{value:.1}/s"),
        Unit::Number => format!("{value:.2}"),
    }
}
