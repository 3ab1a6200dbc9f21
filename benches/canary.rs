//! What a judgement of a canary costs.
//!
//! `cargo bench --bench canary`: 1,000 metrics of 1,000 points a side, in each
//! mode. `python3 benches/canary_scipy.py` ranks the same arrays elsewhere.

use divan::{Bencher, black_box};
use tminus::analysis::canary::{
    self, Analysis, Mode,
    contract::{Kind, Metric, Numbers, Points},
};

fn main() {
    divan::main();
}

const METRICS: u64 = 1000;
const POINTS: usize = 1000;

/// The numbers of `canary_scipy.py`: a linear congruential generator, the sum
/// of four of whose values is near enough to normal.
fn series(seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut uniform = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..POINTS)
        .map(|_| 100.0 + 17.0 * ((0..4).map(|_| uniform()).sum::<f64>() - 2.0))
        .collect()
}

fn points(seed: u64) -> Points {
    Points::Plain(series(seed).into_iter().map(Some).collect())
}

fn metrics(mode: Mode) -> Analysis {
    Analysis {
        mode,
        metrics: (0..METRICS)
            .map(|metric| Metric {
                name: format!("metric {metric}").into(),
                groups: vec!["all".into()],
                canary: points(metric * 2 + 1),
                baseline: points(metric * 2 + 2),
                ..Metric::default()
            })
            .collect(),
        ..Analysis::default()
    }
}

#[divan::bench(sample_count = 20)]
fn tminus_1000_metrics_of_1000_points(bencher: Bencher<'_, '_>) {
    let analysis = metrics(Mode::Tminus);
    bencher.bench_local(|| canary::judge(black_box(&analysis)));
}

#[divan::bench(sample_count = 20)]
fn kayenta_1000_metrics_of_1000_points(bencher: Bencher<'_, '_>) {
    let analysis = metrics(Mode::Kayenta);
    bencher.bench_local(|| canary::judge(black_box(&analysis)));
}

/// A day of counts, a minute each, while the weight changes.
#[divan::bench(sample_count = 20)]
fn counts_of_1440_minutes(bencher: Bencher<'_, '_>) {
    let each = |of: fn(usize) -> f64| {
        Some(Numbers::Each(
            (0..1440).map(|minute| Some(of(minute))).collect(),
        ))
    };
    let analysis = Analysis {
        metrics: vec![Metric {
            name: "errors".into(),
            kind: Kind::Count,
            baseline_events: each(|minute| (minute % 7) as f64),
            canary_events: each(|minute| (minute % 3) as f64),
            canary_share: each(|minute| if minute < 700 { 0.1 } else { 0.3 }),
            ..Metric::default()
        }],
        ..Analysis::default()
    };
    bencher.bench_local(|| canary::judge(black_box(&analysis)));
}
