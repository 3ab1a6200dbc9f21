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
                "{} is clearly worse on the canary: {}{}",
                metric.name,
                judged.why,
                in_words(metric)
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
    if !canary.is_finite() || !baseline.is_finite() {
        let side = if canary.is_finite() {
            "baseline"
        } else {
            "canary"
        };
        return no_data(side, &Text::new("not a number"));
    }
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
        format!(
            "{numbers}, tolerated up to {} times",
            metric.threshold.max_ratio
        )
    };
    MetricJudgement {
        verdict: if fails { Verdict::Fail } else { Verdict::Pass },
        ratio,
        why: Text::new(&why),
    }
}

/// Small shares said the way people count: `, one in 43 instead of one in 244`.
fn in_words(metric: &MetricReading) -> String {
    let one_in = |sample: &Sample| match sample {
        Sample::Value(share) if (0.0005..=0.2).contains(share) => Some(1.0 / share),
        _ => None,
    };
    match (
        metric.unit,
        one_in(&metric.canary),
        one_in(&metric.baseline),
    ) {
        (Unit::Ratio, Some(canary), Some(baseline)) => {
            format!(", one in {canary:.0} instead of one in {baseline:.0}")
        }
        _ => String::new(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Series, Threshold};

    fn metric(baseline: Sample, canary: Sample) -> MetricReading {
        MetricReading {
            name: Text::new("error rate"),
            unit: Unit::Ratio,
            direction: Direction::Increase,
            critical: true,
            threshold: Threshold {
                max_ratio: 1.5,
                min_difference: 0.002,
            },
            baseline,
            canary,
            series: Series::default(),
        }
    }

    fn reading(metrics: Vec<MetricReading>) -> CanaryReading {
        CanaryReading {
            service: "checkout".into(),
            environment: "production".into(),
            weight: Some(25.0),
            steps: vec![5.0, 25.0, 100.0],
            step_since: None,
            bake_seconds: 600,
            canary_version: None,
            baseline_version: None,
            metrics,
        }
    }

    fn none() -> Sample {
        Sample::NoData(Text::new("series ended"))
    }

    #[test]
    fn a_critical_metric_decides_alone() {
        let bad = metric(Sample::Value(0.0041), Sample::Value(0.0231));
        let good = metric(Sample::Value(0.0041), Sample::Value(0.0040));
        let judged = judge(&reading(vec![good.clone(), bad]));
        assert_eq!(judged.verdict, Verdict::Fail);
        assert_eq!(
            judged.sentence.as_str(),
            "error rate is clearly worse on the canary: 2.31 % against 0.41 %, \
             one in 43 instead of one in 244"
        );
        assert_eq!(judge(&reading(vec![good])).verdict, Verdict::Pass);
    }

    #[test]
    fn a_critical_metric_without_data_never_passes() {
        let good = metric(Sample::Value(0.0041), Sample::Value(0.0040));
        for (baseline, canary) in [
            (none(), Sample::Value(0.0)),
            (Sample::Value(0.0), none()),
            (none(), none()),
            (Sample::Value(0.004), Sample::Value(f64::NAN)),
        ] {
            let judged = judge(&reading(vec![good.clone(), metric(baseline, canary)]));
            assert_eq!(judged.verdict, Verdict::NoData);
            assert!(judged.sentence.contains("cannot be judged"));
        }
        assert_eq!(judge(&reading(Vec::new())).verdict, Verdict::NoData);
    }

    #[test]
    fn one_lesser_metric_is_said_and_two_of_them_fail() {
        let mut bad = metric(Sample::Value(0.0041), Sample::Value(0.0231));
        bad.critical = false;
        let one = judge(&reading(vec![bad.clone()]));
        assert_eq!(one.verdict, Verdict::Pass);
        assert!(one.sentence.contains("not critical"));
        assert_eq!(
            judge(&reading(vec![bad.clone(), bad])).verdict,
            Verdict::Fail
        );
    }

    #[test]
    fn small_differences_and_the_good_direction_pass() {
        let small = metric(Sample::Value(0.0001), Sample::Value(0.0011));
        assert_eq!(judge(&reading(vec![small])).verdict, Verdict::Pass);
        let mut traffic = metric(Sample::Value(100.0), Sample::Value(10.0));
        assert_eq!(
            judge(&reading(vec![traffic.clone()])).verdict,
            Verdict::Pass
        );
        traffic.direction = Direction::Decrease;
        assert_eq!(judge(&reading(vec![traffic])).verdict, Verdict::Fail);
    }

    #[test]
    fn a_baseline_of_nothing_has_no_ratio() {
        let judged = judge(&reading(vec![metric(
            Sample::Value(0.0),
            Sample::Value(0.02),
        )]));
        assert_eq!(judged.verdict, Verdict::Fail);
        assert_eq!(judged.metrics[0].ratio, None);
    }
}
