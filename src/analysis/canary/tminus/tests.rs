//! What holds for every input, and the sentences for people.

use proptest::prelude::*;

use super::*;
use crate::{
    analysis::canary::{
        contract::{Numbers, Points},
        report::{Precondition, Verdict},
    },
    domain::Direction,
};

fn points(values: impl IntoIterator<Item = f64>) -> Points {
    Points::Plain(
        values
            .into_iter()
            .map(|value| value.is_finite().then_some(value))
            .collect(),
    )
}

/// Numbers that look random and are the same each time, about 100 ± 10.
fn steady(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut uniform = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..count)
        .map(|_| 100.0 + 10.0 * ((0..12).map(|_| uniform()).sum::<f64>() - 6.0))
        .collect()
}

fn metric(name: &str, canary: Vec<f64>, baseline: Vec<f64>) -> Metric {
    Metric {
        name: name.into(),
        direction: Some(Direction::Increase),
        canary: points(canary),
        baseline: points(baseline),
        ..Metric::default()
    }
}

fn counts(baseline: f64, canary: f64) -> Metric {
    Metric {
        name: "errors".into(),
        kind: Kind::Count,
        direction: Some(Direction::Increase),
        baseline_events: Some(Numbers::One(baseline)),
        canary_events: Some(Numbers::One(canary)),
        ..Metric::default()
    }
}

fn analysis(metrics: Vec<Metric>) -> Analysis {
    Analysis {
        metrics,
        ..Analysis::default()
    }
}

fn alone(metric: Metric) -> MetricReport {
    judge(&analysis(vec![metric])).metrics.remove(0)
}

fn worse() -> Metric {
    let canary = steady(60, 1).into_iter().map(|value| value * 1.3);
    metric("latency", canary.collect(), steady(60, 2))
}

#[test]
fn a_clear_regression_fails_and_a_healthy_canary_passes() {
    let report = judge(&analysis(vec![worse()]));
    assert_eq!(report.verdict, Verdict::Fail);
    let judged = &report.metrics[0];
    let [low, high] = judged.interval.unwrap();
    assert!(low > 0.0 && low < 30.0 && high > 30.0 && high < 60.0);
    assert!((judged.effect.unwrap() - 1.3).abs() < 0.05);
    assert!(judged.why.starts_with("the canary is "), "{}", judged.why);
    assert!(judged.details.alarm_after.is_some_and(|after| after < 60));

    let healthy = metric("latency", steady(60, 1), steady(60, 2));
    let report = judge(&analysis(vec![healthy]));
    assert_eq!((report.verdict, report.score), (Verdict::Pass, Some(100.0)));
    assert!(report.metrics[0].details.would_change.is_some());
}

#[test]
fn directions() {
    let mut better = worse();
    better.direction = Some(Direction::Decrease);
    assert_eq!(alone(better.clone()).verdict, Verdict::Pass);
    better.direction = Some(Direction::Either);
    assert_eq!(alone(better.clone()).verdict, Verdict::Fail);
    better.direction = None;
    assert_eq!(alone(better).verdict, Verdict::Fail);
}

#[test]
fn a_tolerance_has_to_be_proven_exceeded() {
    let mut tolerated = worse();
    tolerated.tolerance = Some(0.35);
    assert_eq!(alone(tolerated.clone()).verdict, Verdict::Pass);
    tolerated.tolerance = Some(0.1);
    assert_eq!(alone(tolerated).verdict, Verdict::Fail);
}

#[test]
fn a_tiny_proven_change_is_marginal() {
    let baseline: Vec<f64> = steady(400, 2)
        .iter()
        .map(|v| 100.0 + (v - 100.0) / 50.0)
        .collect();
    let canary = steady(400, 3)
        .iter()
        .map(|v| 100.0 + (v - 100.0) / 50.0 + 0.4)
        .collect();
    let judged = alone(metric("latency", canary, baseline));
    assert_eq!(judged.verdict, Verdict::Marginal, "{}", judged.why);
}

#[test]
fn preconditions_are_states_of_their_own() {
    let of = |metric: Metric| {
        let judged = alone(metric);
        (judged.verdict, judged.details.precondition)
    };
    let few = metric("m", steady(5, 1), steady(60, 2));
    assert_eq!(
        of(few),
        (Verdict::Inconclusive, Some(Precondition::TooFewPoints))
    );
    let none = metric("m", vec![f64::NAN; 60], steady(60, 2));
    assert_eq!(of(none), (Verdict::NoData, Some(Precondition::NoData)));
    let mut ended = steady(60, 1);
    ended[50..].fill(f64::NAN);
    let stale = metric("m", ended, steady(60, 2));
    assert_eq!(of(stale), (Verdict::NoData, Some(Precondition::Stale)));
    let mut gappy = steady(60, 1);
    for index in (0..59).step_by(2) {
        gappy[index] = f64::NAN;
    }
    let gaps = metric("m", gappy, steady(60, 2));
    assert_eq!(of(gaps), (Verdict::Inconclusive, Some(Precondition::Gaps)));
    let reset = counts(5.0, -3.0);
    assert_eq!(
        of(reset),
        (Verdict::Error, Some(Precondition::CounterReset))
    );
    let mut mismatch = counts(50.0, 50.0);
    mismatch.canary_share = Some(Numbers::One(0.5));
    mismatch.baseline_total = Some(Numbers::One(90_000.0));
    mismatch.canary_total = Some(Numbers::One(10_000.0));
    assert_eq!(
        of(mismatch),
        (Verdict::Error, Some(Precondition::SampleRatioMismatch))
    );
    let mut quiet = counts(50.0, 0.0);
    quiet.baseline_total = Some(Numbers::One(90_000.0));
    quiet.canary_total = Some(Numbers::One(0.0));
    assert_eq!(of(quiet), (Verdict::NoData, Some(Precondition::NoTraffic)));
    assert_eq!(
        of(counts(0.0, 0.0)),
        (Verdict::NoData, Some(Precondition::NoTraffic))
    );
    assert_eq!(
        of(counts(2.0, 1.0)),
        (Verdict::Inconclusive, Some(Precondition::TooFewPoints))
    );
}

#[test]
fn points_lie_where_their_times_are() {
    let mut late = metric("m", steady(30, 1), steady(30, 2));
    // After half of the points nothing for as long again, then the rest.
    late.timestamps = (0..30)
        .map(|index| Moment::Seconds(f64::from(index + 40 * i32::from(index >= 15)) * 60.0))
        .collect();
    let judged = alone(late);
    assert_eq!(judged.details.precondition, Some(Precondition::Gaps));
    assert_eq!(judged.details.gaps, 80);
}

#[test]
fn counts_are_exact() {
    let judged = alone(counts(0.0, 8.0));
    assert_eq!(judged.verdict, Verdict::Fail);
    assert!((judged.e_value.unwrap() - 28.4444).abs() < 5e-5);
    assert_eq!(judged.estimate, None);
    let judged = alone(counts(1.0, 10.0));
    assert_eq!(judged.verdict, Verdict::Pass);
    assert!((judged.e_value.unwrap() - 15.5152).abs() < 5e-5);
    assert_eq!(
        judged.details.would_change.unwrap().as_str(),
        "1 more events on the canary alone would be an alarm"
    );
    let mut few = counts(60.0, 12.0);
    few.canary_share = Some(Numbers::One(0.05));
    let judged = alone(few);
    assert_eq!(judged.verdict, Verdict::Fail);
    assert!((judged.e_value.unwrap() - 79.2751).abs() < 5e-5);
    // Fewer events are no alarm where more are worse, and one where fewer are.
    let mut better = counts(8.0, 0.0);
    assert_eq!(alone(better.clone()).verdict, Verdict::Pass);
    better.direction = Some(Direction::Either);
    assert_eq!(alone(better).verdict, Verdict::Fail);
}

#[test]
fn weights_that_change_do_not_deceive() {
    // 1,000 events an interval on all; the canary's share goes up.
    let shares: Vec<Option<f64>> = (0..20)
        .map(|step| Some(0.05 + 0.02 * f64::from(step)))
        .collect();
    let of = |ratio: f64| {
        let split = |on_canary: bool| {
            Some(Numbers::Each(
                shares
                    .iter()
                    .map(|share| {
                        let share = share.unwrap_or(0.0);
                        let part = ratio * share / (ratio * share + 1.0 - share);
                        Some((100.0 * if on_canary { part } else { 1.0 - part }).round())
                    })
                    .collect(),
            ))
        };
        let mut metric = counts(0.0, 0.0);
        metric.baseline_events = split(false);
        metric.canary_events = split(true);
        metric.canary_share = Some(Numbers::Each(shares.clone()));
        alone(metric)
    };
    assert_eq!(of(1.0).verdict, Verdict::Pass);
    let judged = of(1.5);
    assert_eq!(judged.verdict, Verdict::Fail);
    assert!((judged.estimate.unwrap() - 1.5).abs() < 0.1);
    let [low, high] = judged.interval.unwrap();
    assert!(low > 1.0 && high < 2.0);
}

#[test]
fn histograms_are_distributions() {
    let of = |baseline: &[f64], canary: &[f64]| {
        let mut metric = metric("latency", canary.to_vec(), baseline.to_vec());
        metric.kind = Kind::Histogram;
        alone(metric).verdict
    };
    assert_eq!(
        of(&[500.0, 300.0, 150.0, 50.0], &[510.0, 290.0, 152.0, 48.0]),
        Verdict::Pass
    );
    assert_eq!(
        of(&[500.0, 300.0, 150.0, 50.0], &[300.0, 300.0, 250.0, 150.0]),
        Verdict::Fail
    );
    assert_eq!(of(&[5.0, 3.0], &[3.0, 5.0]), Verdict::Inconclusive);
    assert_eq!(of(&[500.0, 300.0], &[0.0, 0.0]), Verdict::NoData);
    let each = |worse: f64| {
        let row = |step: u32, worse: f64| {
            vec![
                Some(50.0 - worse + f64::from(step % 3)),
                Some(30.0 + f64::from(step % 2)),
                Some(15.0 + worse),
            ]
        };
        let mut metric = metric("latency", Vec::new(), Vec::new());
        metric.kind = Kind::Histogram;
        metric.baseline = Points::Buckets((0..40).map(|step| row(step, 0.0)).collect());
        metric.canary = Points::Buckets((0..40).map(|step| row(step + 1, worse)).collect());
        alone(metric).verdict
    };
    assert_eq!(each(0.0), Verdict::Pass);
    assert_eq!(each(20.0), Verdict::Fail);
}

#[test]
fn the_total() {
    let good = || metric("good", steady(60, 1), steady(60, 2));
    let verdict = |metrics: Vec<Metric>| judge(&analysis(metrics)).verdict;
    let grouped = |mut metric: Metric| {
        metric.groups = vec!["g".into()];
        metric
    };
    // One of ten of a group: 90 points, and shown.
    let mut ten: Vec<Metric> = (0..9).map(|_| grouped(good())).collect();
    ten.push(grouped(worse()));
    let report = judge(&analysis(ten.clone()));
    assert_eq!(
        (report.verdict, report.score),
        (Verdict::Marginal, Some(90.0))
    );
    // A critical one decides alone.
    ten[9].critical = true;
    let report = judge(&analysis(ten));
    assert_eq!((report.verdict, report.score), (Verdict::Fail, Some(0.0)));
    assert!(report.sentence.starts_with("latency fails: "));
    // What is shown only decides nothing.
    let mut shown = worse();
    shown.weight = Some(0.0);
    assert_eq!(verdict(vec![good(), shown]), Verdict::Pass);
    assert_eq!(verdict(Vec::new()), Verdict::NoData);
    let empty = || metric("empty", Vec::new(), steady(60, 2));
    assert_eq!(verdict(vec![good(), empty()]), Verdict::NoData);
    assert_eq!(verdict(vec![good(), good(), empty()]), Verdict::Pass);
}

fn any_series() -> impl Strategy<Value = Vec<Option<f64>>> {
    let value = prop_oneof![
        3 => (-1e3..1e3_f64).prop_map(Some),
        1 => Just(None),
        1 => (0..4_i32).prop_map(|value| Some(f64::from(value))),
        1 => any::<f64>().prop_map(|value| Some(value).filter(|value| value.is_finite())),
    ];
    prop::collection::vec(value, 0..90)
}

fn any_metric() -> impl Strategy<Value = Metric> {
    (
        any_series(),
        any_series(),
        0..6_usize,
        any::<[bool; 4]>(),
        prop::option::of(any_series()),
    )
        .prop_map(|(canary, baseline, choice, flags, events)| Metric {
            name: "m".into(),
            kind: [
                Kind::Value,
                Kind::Latency,
                Kind::Ratio,
                Kind::Count,
                Kind::Histogram,
                Kind::Value,
            ][choice],
            direction: [None, Some(Direction::Increase), Some(Direction::Decrease)][choice % 3],
            critical: flags[0],
            must_have_data: flags[1],
            groups: if flags[2] {
                vec!["g".into()]
            } else {
                Vec::new()
            },
            baseline_events: events.clone().filter(|_| flags[3]).map(Numbers::Each),
            canary_events: events.filter(|_| flags[3]).map(|mut events| {
                events.reverse();
                Numbers::Each(events)
            }),
            canary: Points::Plain(canary),
            baseline: Points::Plain(baseline),
            ..Metric::default()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn never_panics_and_judges_the_same_again(
        metrics in prop::collection::vec(any_metric(), 0..4),
        kayenta in any::<bool>(),
    ) {
        let mode = if kayenta { crate::analysis::canary::Mode::Kayenta } else { crate::analysis::canary::Mode::Tminus };
        let asked = Analysis { mode, ..analysis(metrics) };
        let report = crate::analysis::canary::judge(&asked);
        prop_assert_eq!(report.metrics.len(), asked.metrics.len());
        prop_assert_eq!(&report, &crate::analysis::canary::judge(&asked));
        let critical_without = report.metrics.iter().any(|metric| {
            metric.critical && matches!(metric.verdict, Verdict::NoData | Verdict::Error)
        });
        // Kayenta lets an error of a critical metric pass; tminus does not.
        if critical_without && !kayenta {
            prop_assert_ne!(report.verdict, Verdict::Pass);
            prop_assert_ne!(report.verdict, Verdict::Marginal);
        }
    }

    #[test]
    fn missing_critical_data_never_passes(
        others in prop::collection::vec(any_metric(), 0..4),
        baseline in any_series(),
        missing in 0..80_usize,
        kayenta in any::<bool>(),
    ) {
        let mode = if kayenta { crate::analysis::canary::Mode::Kayenta } else { crate::analysis::canary::Mode::Tminus };
        let without = Metric {
            name: "without".into(),
            critical: true,
            baseline: Points::Plain(baseline),
            canary: Points::Plain(vec![None; missing]),
            ..Metric::default()
        };
        let metrics = [vec![without], others].concat();
        let report = crate::analysis::canary::judge(&Analysis { mode, ..analysis(metrics) });
        prop_assert_ne!(report.verdict, Verdict::Pass);
        prop_assert_ne!(report.verdict, Verdict::Marginal);
    }

    #[test]
    fn the_order_of_metrics_does_not_matter(
        metrics in prop::collection::vec(any_metric(), 1..5),
        kayenta in any::<bool>(),
    ) {
        let mode = if kayenta { crate::analysis::canary::Mode::Kayenta } else { crate::analysis::canary::Mode::Tminus };
        let asked = Analysis { mode, ..analysis(metrics) };
        let mut turned = asked.clone();
        turned.metrics.reverse();
        let (one, other) = (crate::analysis::canary::judge(&asked), crate::analysis::canary::judge(&turned));
        prop_assert_eq!(one.verdict, other.verdict);
        prop_assert_eq!(one.score, other.score);
        let again: Vec<_> = other.metrics.into_iter().rev().collect();
        prop_assert_eq!(one.metrics, again);
    }

    #[test]
    fn units_do_not_matter(
        canary in prop::collection::vec(1.0..1e3_f64, 10..70),
        baseline in prop::collection::vec(1.0..1e3_f64, 10..70),
        power in -40..40_i32,
    ) {
        // Powers of two scale without rounding.
        let by = 2_f64.powi(power);
        let scale = |values: &[f64]| values.iter().map(|value| value * by).collect::<Vec<_>>();
        let plain = alone(metric("m", canary.clone(), baseline.clone()));
        let scaled = alone(metric("m", scale(&canary), scale(&baseline)));
        prop_assert_eq!(plain.verdict, scaled.verdict);
        prop_assert_eq!(plain.e_value, scaled.e_value);
        prop_assert_eq!(plain.estimate.map(|estimate| estimate * by), scaled.estimate);
        prop_assert_eq!(plain.effect, scaled.effect);
    }

    #[test]
    fn kayenta_does_not_look_at_the_order_of_samples(
        canary in any_series(),
        baseline in any_series(),
        by in 1..50_usize,
    ) {
        let of = |canary: &[Option<f64>], baseline: &[Option<f64>]| {
            let metric = Metric {
                name: "m".into(),
                groups: vec!["g".into()],
                canary: Points::Plain(canary.to_vec()),
                baseline: Points::Plain(baseline.to_vec()),
                ..Metric::default()
            };
            crate::analysis::canary::kayenta::judge(&analysis(vec![metric]))
        };
        let turn = |series: &[Option<f64>]| {
            let mut turned = series.to_vec();
            let length = turned.len().max(1);
            turned.rotate_left(by % length);
            turned.reverse();
            turned
        };
        prop_assert_eq!(of(&canary, &baseline), of(&turn(&canary), &turn(&baseline)));
    }

    #[test]
    fn more_of_the_same_does_not_mend_a_clear_failure(
        seed in 1..500_u64,
        factor in 1.4..5.0_f64,
        more in 1..200_usize,
    ) {
        let of = |count: usize| {
            let canary = steady(count, seed).iter().map(|value| value * factor).collect();
            alone(metric("m", canary, steady(count, seed + 1000))).verdict
        };
        prop_assert_eq!(of(60), Verdict::Fail);
        prop_assert_eq!(of(60 + more), Verdict::Fail);
    }
}
