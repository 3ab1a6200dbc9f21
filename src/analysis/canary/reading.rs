//! From a look at a running canary to what the judge is asked, and its answer
//! in the words of the screen.
//!
//! Each step of a canary is an analysis of its own: what is judged is what was
//! measured since the present weight was set. Where the events behind a share
//! are counted they are judged, exactly; all else is judged as series.

use super::{
    Analysis, Mode, Report, Verdict,
    contract::{Kind, Metric, Numbers, Points},
    report::{Precondition, number},
};
use crate::domain::{
    CanaryReading, Counts, Direction, MetricReading, Sample, Text, Threshold, Timestamp, Unit,
};

/// Judges one look at a canary.
#[must_use]
pub fn judge(reading: &CanaryReading) -> Report {
    let mut report = super::judge(&analysis(reading));
    for (judged, metric) in report.metrics.iter_mut().zip(&reading.metrics) {
        if judged.details.precondition == Some(Precondition::NoData) {
            // Why a query gave nothing is told by the answer, not by its
            // absence. Where both sides have values, the step is only young.
            if let Some(why) = silence(metric) {
                judged.why = why;
            } else {
                judged.verdict = Verdict::Inconclusive;
                judged.why = Text::new("nothing was measured yet since the weight was set");
            }
        }
        if matches!(
            judged.verdict,
            Verdict::Pass | Verdict::Marginal | Verdict::Inconclusive
        ) && let Some(now) = beyond(metric)
        {
            judged.verdict = Verdict::Inconclusive;
            judged.why = Text::from(format!("{now} now, which is not proven yet"));
        }
    }
    if let Some((verdict, sentence)) = total(&report, reading) {
        report.verdict = verdict;
        report.sentence = sentence;
    }
    report
}

/// What the changed verdicts make of the whole; none where it stays as the
/// judge said. What is worse goes before what cannot be judged, and an error
/// before what is missing.
fn total(report: &Report, reading: &CanaryReading) -> Option<(Verdict, Text)> {
    if report.verdict == Verdict::Fail {
        return Some((Verdict::Fail, sentence(report, reading)?));
    }
    if report.metrics.is_empty() {
        return Some((report.verdict, Text::new("no metric is configured")));
    }
    let critical = |verdict: Verdict| {
        let mut pairs = report.metrics.iter().zip(&reading.metrics);
        pairs.find(|(judged, _)| judged.critical && judged.verdict == verdict)
    };
    for verdict in [Verdict::Error, Verdict::NoData] {
        if let Some((judged, _)) = critical(verdict) {
            let words = format!("{} cannot be judged: {}", judged.name, judged.why);
            return Some((verdict, Text::from(words)));
        }
    }
    let mut open = report
        .metrics
        .iter()
        .zip(&reading.metrics)
        .filter(|(judged, _)| judged.critical && judged.verdict == Verdict::Inconclusive);
    // One that may be worse says more than one that is young.
    let first = critical(Verdict::Inconclusive)?;
    let (judged, metric) = open
        .find(|(_, metric)| beyond(metric).is_some())
        .unwrap_or(first);
    let words = match beyond(metric) {
        Some(_) => format!("{} may be worse: {}", judged.name, judged.why),
        None => format!("{} cannot be judged yet: {}", judged.name, judged.why),
    };
    Some((Verdict::Inconclusive, Text::from(words)))
}

/// What the judge is asked about a look at a canary.
#[must_use]
pub fn analysis(reading: &CanaryReading) -> Analysis {
    Analysis {
        mode: Mode::Tminus,
        alpha: reading.alpha,
        metrics: reading
            .metrics
            .iter()
            .map(|metric| asked(metric, reading.step_since, reading.weight))
            .collect(),
        ..Analysis::default()
    }
}

/// What is asked about one metric: about what was measured since `since`, when
/// the weight of so many percent was set.
pub(super) fn asked(
    metric: &MetricReading,
    since: Option<Timestamp>,
    weight: Option<f64>,
) -> Metric {
    let base = Metric {
        name: metric.name.clone(),
        kind: match metric.unit {
            Unit::Ratio => Kind::Ratio,
            Unit::Seconds => Kind::Latency,
            Unit::PerSecond | Unit::Number => Kind::Value,
        },
        direction: Some(metric.direction),
        critical: metric.critical,
        ..Metric::default()
    };
    if let Some(counts) = &metric.counts {
        return with_counts(base, counts, metric, since, weight);
    }
    let from = since.map_or_else(
        || first_known(&metric.series.canary),
        |since| first_at(metric.series.start, metric.series.step_seconds, since),
    );
    let points = |side: &[Option<f64>]| side.get(from..).unwrap_or_default().to_vec();
    let baseline = points(&metric.series.baseline);
    Metric {
        tolerance: Some(tolerance(
            metric.threshold,
            metric.direction,
            middle(&baseline).or_else(|| metric.baseline.value()),
        )),
        interval_seconds: Some(f64::from(metric.series.step_seconds)),
        canary: Points::Plain(points(&metric.series.canary)),
        baseline: Points::Plain(baseline),
        ..base
    }
}

fn with_counts(
    base: Metric,
    counts: &Counts,
    metric: &MetricReading,
    since: Option<Timestamp>,
    weight: Option<f64>,
) -> Metric {
    // An interval counts when it began after the weight was set.
    let from = since.map_or_else(
        || first_known(&counts.canary_total),
        |since| first_at(counts.start, counts.step_seconds, since) + 1,
    );
    let each =
        |numbers: &[Option<f64>]| Numbers::Each(numbers.get(from..).unwrap_or_default().to_vec());
    let sum = |numbers: &[Option<f64>]| -> f64 {
        numbers
            .get(from..)
            .unwrap_or_default()
            .iter()
            .flatten()
            .sum()
    };
    let of_baseline = sum(&counts.baseline_total);
    let level = (of_baseline > 0.0).then(|| sum(&counts.baseline_events) / of_baseline);
    Metric {
        tolerance: Some(tolerance(metric.threshold, metric.direction, level)),
        interval_seconds: Some(f64::from(counts.step_seconds)),
        baseline_events: Some(each(&counts.baseline_events)),
        canary_events: Some(each(&counts.canary_events)),
        baseline_total: Some(each(&counts.baseline_total)),
        canary_total: Some(each(&counts.canary_total)),
        // Only a weight of which the beginning is known holds for all of it.
        canary_share: since
            .and(weight)
            .map(|percent| Numbers::One(percent / 100.0)),
        ..base
    }
}

/// Where a canary begins to tell something, where nobody knows since when it
/// has its weight: what it did not measure before is nothing that is missing.
fn first_known(canary: &[Option<f64>]) -> usize {
    canary.iter().position(Option::is_some).unwrap_or(0)
}

/// The first point of a series that lies at `since` or after it.
fn first_at(start: Option<Timestamp>, step_seconds: u32, since: Timestamp) -> usize {
    let Some(start) = start else { return 0 };
    let step = i64::from(step_seconds.max(1));
    let passed = (since - start).num_seconds();
    let points = passed.div_euclid(step) + i64::from(passed.rem_euclid(step) != 0);
    usize::try_from(points).unwrap_or(0)
}

/// The change relative to the baseline that is tolerated: what `max_ratio`
/// allows, and at least what `min_difference` is of the baseline's level.
fn tolerance(threshold: Threshold, direction: Direction, level: Option<f64>) -> f64 {
    let by_ratio = match direction {
        Direction::Decrease => 1.0 - 1.0 / threshold.max_ratio.max(1.0),
        Direction::Increase | Direction::Either => threshold.max_ratio.max(1.0) - 1.0,
    };
    match level.map(f64::abs) {
        Some(level) if level > 0.0 => by_ratio.max(threshold.min_difference / level),
        _ => by_ratio,
    }
}

fn middle(points: &[Option<f64>]) -> Option<f64> {
    let mut known: Vec<f64> = points.iter().copied().flatten().collect();
    known.sort_by(f64::total_cmp);
    known.get(known.len() / 2).copied()
}

/// The present values where they are further apart than is tolerated: nobody
/// is told that a metric passes while the screen shows that it is worse.
fn beyond(metric: &MetricReading) -> Option<String> {
    let (canary, baseline) = (metric.canary.value()?, metric.baseline.value()?);
    let worse = match metric.direction {
        Direction::Increase => canary - baseline,
        Direction::Decrease => baseline - canary,
        Direction::Either => (canary - baseline).abs(),
    };
    let tolerated = tolerance(metric.threshold, metric.direction, Some(baseline)) * baseline.abs();
    (worse > tolerated.max(metric.threshold.min_difference)).then(|| {
        format!(
            "{} against {}",
            metric.unit.text(canary),
            metric.unit.text(baseline)
        )
    })
}

/// Why there is no number on one side, where the answer told it.
fn silence(metric: &MetricReading) -> Option<Text> {
    match (&metric.canary, &metric.baseline) {
        (Sample::NoData(why), _) => Some(Text::from(format!("no canary data: {why}"))),
        (_, Sample::NoData(why)) => Some(Text::from(format!("no baseline data: {why}"))),
        _ => None,
    }
}

/// The sentence of a failing canary with the numbers that people know: the
/// present values and, of a small share, one in how many.
fn sentence(report: &Report, reading: &CanaryReading) -> Option<Text> {
    let failing = || {
        report
            .metrics
            .iter()
            .zip(&reading.metrics)
            .filter(|(judged, _)| judged.verdict == Verdict::Fail)
    };
    let (judged, metric) = failing()
        .find(|(judged, _)| judged.critical)
        .or_else(|| failing().next())?;
    let others = match failing().count() {
        0 | 1 => String::new(),
        2 => " (and one more metric)".to_owned(),
        many => format!(" (and {} more metrics)", many - 1),
    };
    let numbers = match (metric.canary.value(), metric.baseline.value()) {
        (Some(canary), Some(baseline)) => format!(
            "{} against {}{}",
            metric.unit.text(canary),
            metric.unit.text(baseline),
            in_words(metric)
        ),
        _ => judged.why.to_string(),
    };
    let proof = match (&metric.counts, judged.details.alarm_after) {
        (Some(_), _) => format!(
            "; {} events on the canary, {} on the baseline",
            whole(judged.details.canary_samples),
            whole(judged.details.baseline_samples)
        ),
        (None, Some(after)) => format!("; proven after {after} points"),
        (None, None) => String::new(),
    };
    Some(Text::from(format!(
        "{} is worse on the canary: {numbers}{proof}{others}",
        judged.name
    )))
}

fn whole(count: f64) -> String {
    if count.abs() < 1e6 {
        format!("{count:.0}")
    } else {
        number(count)
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

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::Series;

    fn start() -> Timestamp {
        Timestamp::from_timestamp(1_800_000_000, 0).unwrap()
    }

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
            counts: None,
        }
    }

    /// Ten minutes with so many errors a minute on the canary.
    fn counted(canary: [f64; 10]) -> MetricReading {
        MetricReading {
            counts: Some(Counts {
                start: Some(start()),
                step_seconds: 60,
                baseline_events: vec![Some(26.0); 10],
                canary_events: canary.map(Some).to_vec(),
                baseline_total: vec![Some(6_300.0); 10],
                canary_total: vec![Some(2_100.0); 10],
            }),
            ..metric(Sample::Value(0.0041), Sample::Value(0.0231))
        }
    }

    fn reading(step_since: Option<Timestamp>, metrics: Vec<MetricReading>) -> CanaryReading {
        CanaryReading {
            service: "checkout".into(),
            environment: "production".into(),
            weight: Some(25.0),
            steps: vec![5.0, 25.0, 100.0],
            step_since,
            metrics,
            ..CanaryReading::default()
        }
    }

    #[test]
    fn a_critical_share_decides_alone_and_is_said_as_people_count() {
        let judged = judge(&reading(None, vec![counted([48.0; 10])]));
        assert_eq!(judged.verdict, Verdict::Fail);
        assert_eq!(
            judged.sentence.as_str(),
            "error rate is worse on the canary: 2.31 % against 0.41 %, one in 43 instead of one \
             in 244; 480 events on the canary, 260 on the baseline"
        );
    }

    #[test]
    fn what_is_worse_now_never_passes() {
        let healthy = counted([9.0; 10]);
        let mut worse = healthy.clone();
        worse.canary = Sample::Value(0.0231);
        let mut same = healthy;
        same.canary = Sample::Value(0.0043);
        assert_eq!(judge(&reading(None, vec![same])).verdict, Verdict::Pass);
        let judged = judge(&reading(None, vec![worse.clone()]));
        assert_eq!(judged.verdict, Verdict::Inconclusive);
        assert_eq!(
            judged.sentence.as_str(),
            "error rate may be worse: 2.31 % against 0.41 % now, which is not proven yet"
        );
        // A metric that decides nothing alone does not hold the rest up.
        worse.critical = false;
        let judged = judge(&reading(None, vec![worse]));
        assert_eq!(judged.metrics[0].verdict, Verdict::Inconclusive);
        assert_eq!(judged.verdict, Verdict::Pass);
    }

    #[test]
    fn an_error_is_not_hidden_by_what_may_be_worse() {
        // The canary gets half of the requests where a quarter was set.
        let mut skewed = counted([9.0; 10]);
        skewed.name = Text::new("skewed");
        if let Some(counts) = &mut skewed.counts {
            counts.canary_total.fill(Some(6_300.0));
        }
        let worse = counted([9.0; 10]);
        let since = Some(start() - TimeDelta::seconds(60));
        let judged = judge(&reading(since, vec![worse, skewed]));
        assert_eq!(judged.metrics[0].verdict, Verdict::Inconclusive);
        assert_eq!(judged.metrics[1].verdict, Verdict::Error);
        assert_eq!(judged.verdict, Verdict::Error);
        assert!(judged.sentence.starts_with("skewed cannot be judged"));
    }

    #[test]
    fn a_side_without_traffic_is_no_young_step() {
        let mut idle = counted([0.0; 10]);
        idle.canary = Sample::Value(0.0);
        if let Some(counts) = &mut idle.counts {
            counts.canary_total.fill(Some(0.0));
        }
        let judged = judge(&reading(None, vec![idle]));
        assert_eq!(judged.verdict, Verdict::NoData);
        assert!(
            judged.sentence.contains("no traffic"),
            "{}",
            judged.sentence
        );
    }

    #[test]
    fn a_step_is_judged_by_what_was_measured_since_it_began() {
        let mut errors = [9.0; 10];
        errors[..6].fill(60.0);
        let all = judge(&reading(None, vec![counted(errors)]));
        assert_eq!(all.verdict, Verdict::Fail);
        // The sixth interval ends at 5 min; the step began within the seventh.
        let since = start() + TimeDelta::seconds(310);
        let asked = analysis(&reading(Some(since), vec![counted(errors)]));
        let events = asked.metrics[0].canary_events.as_ref().unwrap().each();
        assert_eq!(events, [Some(9.0); 3]);
        let step = judge(&reading(Some(since), vec![counted(errors)]));
        assert_ne!(step.verdict, Verdict::Fail);
        // A step that began where an interval ends has all of those after it.
        let since = start() + TimeDelta::seconds(300);
        let asked = analysis(&reading(Some(since), vec![counted(errors)]));
        assert_eq!(
            asked.metrics[0]
                .canary_events
                .as_ref()
                .unwrap()
                .each()
                .len(),
            4
        );
    }

    #[test]
    fn a_critical_metric_without_data_never_passes_and_says_why() {
        let none = || Sample::NoData(Text::new("the query gave no series"));
        for (baseline, canary) in [
            (none(), Sample::Value(0.0)),
            (Sample::Value(0.0), none()),
            (none(), none()),
        ] {
            let judged = judge(&reading(None, vec![metric(baseline, canary)]));
            assert_eq!(judged.verdict, Verdict::NoData);
            assert!(judged.sentence.contains("cannot be judged"));
            assert!(judged.metrics[0].why.contains("the query gave no series"));
        }
        let nothing = judge(&reading(None, Vec::new()));
        assert_eq!(nothing.verdict, Verdict::NoData);
        assert_eq!(nothing.sentence.as_str(), "no metric is configured");
    }

    #[test]
    fn a_young_step_is_not_judged_yet() {
        let mut young = metric(Sample::Value(0.1), Sample::Value(0.1));
        young.series = Series {
            start: Some(start()),
            step_seconds: 15,
            baseline: vec![Some(0.1); 120],
            canary: vec![Some(0.1); 120],
        };
        let since = start() + TimeDelta::seconds(15 * 115);
        let judged = judge(&reading(Some(since), vec![young]));
        assert_eq!(judged.verdict, Verdict::Inconclusive);
    }

    #[test]
    fn what_was_before_the_canary_began_is_not_missing() {
        let mut late = counted([48.0; 10]);
        if let Some(counts) = &mut late.counts {
            counts.canary_events[..7].fill(None);
            counts.canary_total[..7].fill(None);
        }
        let asked = analysis(&reading(None, vec![late.clone()]));
        let events = asked.metrics[0].canary_events.as_ref().unwrap().each();
        assert_eq!(events, [Some(48.0); 3]);
        let judged = judge(&reading(None, vec![late]));
        assert_ne!(judged.verdict, Verdict::Inconclusive, "{}", judged.sentence);
    }

    #[test]
    fn a_step_that_just_began_is_no_lack_of_data() {
        let mut young = counted([9.0; 10]);
        young.canary = Sample::Value(0.0041);
        let since = start() + TimeDelta::seconds(60 * 9 + 1);
        let judged = judge(&reading(Some(since), vec![young]));
        assert_eq!(judged.verdict, Verdict::Inconclusive);
        assert!(
            judged.sentence.contains("nothing was measured yet"),
            "{}",
            judged.sentence
        );
    }

    #[test]
    fn the_smallest_difference_is_a_tolerance_too() {
        let limits = Threshold {
            max_ratio: 1.5,
            min_difference: 0.01,
        };
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(close(
            tolerance(limits, Direction::Increase, Some(0.005)),
            2.0
        ));
        assert!(close(
            tolerance(limits, Direction::Increase, Some(1.0)),
            0.5
        ));
        assert!(close(tolerance(limits, Direction::Increase, None), 0.5));
        assert!(close(
            tolerance(limits, Direction::Decrease, Some(0.0)),
            1.0 / 3.0
        ));
    }
}
