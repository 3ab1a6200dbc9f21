//! The original's published behaviour, and what its users ran into.

use super::*;
use crate::analysis::canary::contract::{Mode, Points};

fn points(values: &[f64]) -> Points {
    Points::Plain(values.iter().map(|value| Some(*value)).collect())
}

fn metric(canary: &[f64], baseline: &[f64]) -> Metric {
    Metric {
        name: "m".into(),
        groups: vec!["g".into()],
        baseline: points(baseline),
        canary: points(canary),
        ..Metric::default()
    }
}

fn analysis(metrics: Vec<Metric>) -> Analysis {
    Analysis {
        mode: Mode::Kayenta,
        metrics,
        ..Analysis::default()
    }
}

fn class(metric: &Metric) -> Class {
    classify(metric).class
}

#[test]
fn golden_vectors() {
    let mut seven = metric(
        &[
            100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 1.0, 1.0, 1.0,
        ],
        &[1.0; 10],
    );
    seven.allowed_increase = Some(1.05);
    let judged = classify(&seven);
    assert_eq!(judged.class, Class::Pass);
    assert!((judged.effect.unwrap() - 70.3).abs() < 1e-12);
    let mut eight = metric(
        &[
            100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 1.0, 1.0,
        ],
        &[1.0; 10],
    );
    eight.allowed_increase = Some(1.05);
    let judged = classify(&eight);
    assert_eq!(judged.class, Class::High);
    assert!((judged.effect.unwrap() - 80.2).abs() < 1e-12);
    // A new source of errors passes, and has no ratio.
    let judged = classify(&metric(&[0.0, 1.0, 2.0, 1.0, 0.0, 0.0], &[0.0; 6]));
    assert_eq!((judged.class, judged.effect), (Class::Pass, None));
    let judged = classify(&metric(
        &[
            10.0, 10.1, 10.2, 10.3, 10.4, 10.5, 10.6, 17.0, 17.1, 17.2, 17.3, 17.4, 17.5, 17.6,
            17.7,
        ],
        &[
            1.0, 100.0, 4.0, 101.0, 5.0, 102.0, 6.0, 103.0, 7.0, 104.0, 8.0, 105.0, 9.0, 106.0,
            17.0,
        ],
    ));
    assert_eq!(judged.class, Class::Pass);
}

#[test]
fn few_and_tied_values() {
    assert_eq!(
        class(&metric(&[1.0, 1.0, 1.0, 1.0, 10.0], &[1.0; 5])),
        Class::Pass
    );
    assert_eq!(class(&metric(&[10.0; 5], &[1.0; 5])), Class::High);
    assert_eq!(class(&metric(&[10.0; 5], &[0.0; 5])), Class::High);
    assert_eq!(class(&metric(&[0.0; 5], &[0.0; 5])), Class::Pass);
    assert_eq!(class(&metric(&[3.0; 4], &[3.0; 5])), Class::Pass);
    assert_eq!(class(&metric(&[2.0, 1.0], &[1.0, 2.0])), Class::Pass);
    let high = metric(&[54.9, 54.5, 55.1, 55.6, 57.4], &[0.0; 5]);
    assert_eq!(class(&high), Class::High);
    let low = metric(&[0.0; 5], &[54.9, 54.5, 55.1, 55.6, 57.4]);
    assert_eq!(class(&low), Class::Low);
    // One value against another ties once it is shifted.
    let judged = judge(&analysis(vec![metric(&[10.0], &[1.0])]));
    assert_eq!(judged.metrics[0].class, Some(Class::Error));
    assert_eq!(judged.metrics[0].verdict, Verdict::Error);
    assert_eq!(judged.metrics[0].interval, None);
    // An error does not count, not even a critical one's.
    assert_eq!(judged.score, Some(100.0));
}

#[test]
fn directions_and_limits() {
    let mut judged = metric(
        &[20.1, 20.9, 20.4, 20.6, 20.3, 20.8, 20.2, 20.7],
        &[10.1, 10.9, 10.4, 10.6, 10.3, 10.8, 10.2, 10.7],
    );
    assert_eq!(class(&judged), Class::High);
    judged.direction = Some(Direction::Decrease);
    assert_eq!(class(&judged), Class::Pass);
    judged.direction = Some(Direction::Increase);
    judged.allowed_increase = Some(2.1);
    assert_eq!(class(&judged), Class::Pass);
    judged.allowed_increase = Some(1.9);
    judged.critical = true;
    judged.critical_increase = Some(3.0);
    let found = classify(&judged);
    assert_eq!((found.class, found.critical), (Class::High, false));
    judged.critical_increase = None;
    assert!(classify(&judged).critical);
    judged.effect = Effect::Cles;
    judged.allowed_increase = None;
    let found = classify(&judged);
    assert_eq!((found.class, found.effect), (Class::High, Some(1.0)));
}

#[test]
fn missing_data() {
    let empty = Metric {
        canary: Points::Plain(vec![None, None]),
        ..metric(&[], &[1.0, 2.0])
    };
    assert_eq!(class(&empty), Class::NoData);
    let required = Metric {
        must_have_data: true,
        ..empty.clone()
    };
    assert_eq!(class(&required), Class::NoDataFail);
    let critical = Metric {
        critical: true,
        ..required
    };
    let report = judge(&analysis(vec![critical, metric(&[1.0], &[1.0])]));
    assert_eq!(report.metrics[0].class, Some(Class::NoData));
    assert_eq!((report.verdict, report.score), (Verdict::Fail, Some(0.0)));
    let replaced = Metric {
        nan_strategy: NanStrategy::Replace,
        ..metric(&[], &[1.0, 2.0])
    };
    assert_eq!(class(&replaced), Class::Pass);
    // Half without data is too many.
    let report = judge(&analysis(vec![empty.clone(), metric(&[1.0], &[1.0])]));
    assert_eq!(report.score, Some(0.0));
    let fine = metric(&[1.0], &[1.0]);
    let report = judge(&analysis(vec![empty, fine.clone(), fine]));
    assert_eq!(report.score, Some(100.0));
    assert_eq!(judge(&analysis(Vec::new())).verdict, Verdict::Fail);
}

#[test]
fn outliers_are_looked_for_on_each_side() {
    let mut values = vec![21.0, 23.0, 24.0, 25.0, 29.0, 23.0, 21.0];
    values.extend(vec![22.0; 200]);
    let mut with = values.clone();
    with.push(5000.0);
    let mut judged = metric(&with, &values);
    judged.outliers = Outliers::Remove;
    assert_eq!(clean(judged.canary.plain(), &judged).last(), Some(&24.0));
    judged.outliers = Outliers::Keep;
    assert_eq!(clean(judged.canary.plain(), &judged).last(), Some(&5000.0));
}

#[test]
fn verdicts_by_the_score() {
    let pass = metric(&[1.0], &[1.0]);
    let high = metric(&[10.0; 9], &[1.0; 9]);
    let of = |passing: usize| {
        let mut metrics = vec![pass.clone(); passing];
        metrics.push(high.clone());
        judge(&analysis(metrics))
    };
    assert_eq!(of(1).verdict, Verdict::Fail);
    assert_eq!(of(3).verdict, Verdict::Marginal);
    assert_eq!(of(3).score, Some(75.0));
    assert_eq!(of(19).verdict, Verdict::Pass);
    assert_eq!(of(19).score, Some(95.0));
}
