//! How often the canary judge is wrong: false alarms and power over kinds of
//! series and of counts, beside Kayenta's way and a fixed threshold.
//!
//! `cargo run --release --example canary_study -- [RUNS] [DIRECTORY]` prints
//! the tables of `docs/canary.md` and writes its plots. Seeded: the same runs
//! give the same numbers.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "an example that prints tables, and has to stop when it cannot write"
)]

mod plot;
mod world;

use std::path::{Path, PathBuf};

use rand::{SeedableRng as _, rngs::StdRng};
use tminus::{
    analysis::canary::{
        self, Analysis, Mode, Verdict,
        contract::{Kind, Metric, Numbers, Points},
    },
    domain::Direction,
};
use world::{COUNTS, Counts, SERIES, Series};

/// Looks begin here: no judge says anything of fewer points.
const FIRST: usize = 10;
/// The fixed threshold: the means differ by more than a fifth.
const THRESHOLD: f64 = 1.2;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let runs: usize = arguments
        .next()
        .map_or(1000, |runs| runs.parse().expect("RUNS is a number"));
    let directory = PathBuf::from(arguments.next().unwrap_or_else(|| "docs/canary".to_owned()));
    std::fs::create_dir_all(&directory).expect("the directory can be made");
    false_alarms(runs, &directory);
    power(runs, &directory);
    counts(runs, &directory);
}

/// Shares of runs in percent: an alarm at any look, and at the last.
#[derive(Clone, Copy, Default)]
struct Rates {
    any: f64,
    last: f64,
}

#[derive(Clone, Copy)]
enum Judge {
    Tminus,
    Kayenta,
    Threshold,
}

const JUDGES: [Judge; 3] = [Judge::Tminus, Judge::Kayenta, Judge::Threshold];

fn analysis(mode: Mode, metric: Metric) -> Analysis {
    Analysis {
        mode,
        metrics: vec![metric],
        ..Analysis::default()
    }
}

fn alarm(judge: Judge, canary: &[f64], baseline: &[f64]) -> bool {
    let mode = match judge {
        Judge::Tminus => Mode::Tminus,
        Judge::Kayenta => Mode::Kayenta,
        Judge::Threshold => {
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            let ratio = mean(canary) / mean(baseline);
            return !(1.0 / THRESHOLD..=THRESHOLD).contains(&ratio);
        }
    };
    let points = |values: &[f64]| Points::Plain(values.iter().map(|value| Some(*value)).collect());
    let metric = Metric {
        name: "m".into(),
        groups: vec!["g".into()],
        direction: Some(Direction::Either),
        canary: points(canary),
        baseline: points(baseline),
        ..Metric::default()
    };
    canary::judge(&analysis(mode, metric)).verdict == Verdict::Fail
}

/// Alarms over `runs` series of `length` points, looking after each point.
fn measure(series: &Series, factor: f64, length: usize, runs: usize, looks: bool) -> [Rates; 3] {
    let mut found = [Rates::default(); 3];
    for run in 0..runs {
        let mut random = StdRng::seed_from_u64(run as u64 * 7919 + length as u64);
        let (canary, baseline) = series.draw(length, factor, &mut random);
        for (judge, rates) in JUDGES.into_iter().zip(&mut found) {
            let at = |length: usize| alarm(judge, &canary[..length], &baseline[..length]);
            let last = at(length);
            let any = last || (looks && (FIRST..length).any(at));
            rates.last += f64::from(u8::from(last)) * 100.0 / runs as f64;
            rates.any += f64::from(u8::from(any)) * 100.0 / runs as f64;
        }
    }
    found
}

fn false_alarms(runs: usize, directory: &Path) {
    println!("### False alarms, values\n");
    println!(
        "Percent of {runs} healthy analyses; 60 points, a look after each from the tenth on.\n"
    );
    println!(
        "| series | tminus, any look | Kayenta, any | threshold, any | tminus, last | Kayenta, last |"
    );
    println!("| --- | --: | --: | --: | --: | --: |");
    let mut bars = Vec::new();
    for series in SERIES {
        let [tminus, kayenta, threshold] = measure(series, 1.0, 60, runs, true);
        println!(
            "| {} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} |",
            series.title, tminus.any, kayenta.any, threshold.any, tminus.last, kayenta.last
        );
        bars.push((series.title, vec![tminus.any, kayenta.any, threshold.any]));
    }
    println!();
    let svg = plot::bars(
        "False alarms at any look, % of analyses (60 points)",
        &["tminus", "Kayenta", "threshold 1.2"],
        &bars,
        5.0,
    );
    std::fs::write(directory.join("false-alarms.svg"), svg).expect("the plot can be written");
}

fn power(runs: usize, directory: &Path) {
    println!("### Power, values\n");
    println!("Percent of {runs} regressions found at the last look.\n");
    println!("| series | points | factor | tminus | Kayenta | threshold |");
    println!("| --- | --: | --: | --: | --: | --: |");
    let factors = [1.05, 1.1, 1.2, 1.5];
    for series in SERIES.iter().filter(|series| series.independent) {
        for length in [20, 30, 60] {
            for factor in factors {
                let [tminus, kayenta, threshold] = measure(series, factor, length, runs, false);
                println!(
                    "| {} | {length} | {factor} | {:.1} | {:.1} | {:.1} |",
                    series.title, tminus.last, kayenta.last, threshold.last
                );
            }
        }
    }
    println!();
    let lines: Vec<(&str, Vec<(f64, f64)>)> = ["tminus", "Kayenta"]
        .into_iter()
        .enumerate()
        .map(|(judge, name)| {
            let points = (0..=10)
                .map(|step| 1.0 + f64::from(step) * 0.02)
                .map(|factor| {
                    let rates = measure(&SERIES[0], factor, 60, runs / 2, false);
                    (factor, rates[judge].last)
                })
                .collect();
            (name, points)
        })
        .collect();
    let svg = plot::lines(
        "Regressions found, % (normal values, 60 points)",
        "canary over baseline",
        &lines,
    );
    std::fs::write(directory.join("power.svg"), svg).expect("the plot can be written");
}

fn counts(runs: usize, directory: &Path) {
    println!("### Counts\n");
    println!(
        "Percent of {runs} analyses with an alarm at any look, one a minute; Kayenta sees the"
    );
    println!("errors per request of each minute, the threshold the ratio of the rates so far.\n");
    println!(
        "| counts | minutes | factor | tminus | Kayenta | threshold | events at the alarm (to ten minutes), median |"
    );
    println!("| --- | --: | --: | --: | --: | --: | --: |");
    let mut bars = Vec::new();
    for counts in COUNTS {
        for factor in [1.0, 1.5, 2.0] {
            let (rates, events) = measure_counts(counts, factor, runs / 2);
            println!(
                "| {} | {} | {factor} | {:.1} | {:.1} | {:.1} | {} |",
                counts.title,
                counts.minutes,
                rates[0],
                rates[1],
                rates[2],
                events.map_or_else(|| "–".to_owned(), |events| format!("{events:.0}"))
            );
            if factor < 1.1 {
                bars.push((counts.title, rates.to_vec()));
            }
        }
    }
    let svg = plot::bars(
        "False alarms at any look, % of analyses (counts)",
        &["tminus", "Kayenta", "threshold 1.2"],
        &bars,
        5.0,
    );
    std::fs::write(directory.join("counts.svg"), svg).expect("the plot can be written");
}

fn measure_counts(counts: &Counts, factor: f64, runs: usize) -> ([f64; 3], Option<f64>) {
    let mut found = [0.0; 3];
    let mut events = Vec::new();
    for run in 0..runs {
        let mut random = StdRng::seed_from_u64(run as u64 * 104_729 + 17);
        let minutes = counts.draw(factor, &mut random);
        let each = |pick: fn(&world::Minute) -> f64, until: usize| {
            Some(Numbers::Each(
                minutes[..until]
                    .iter()
                    .map(|minute| Some(pick(minute)))
                    .collect(),
            ))
        };
        // A look weighs the evidence after each minute before it as well.
        let tminus = (1..=minutes.len())
            .filter(|until| until % 10 == 0)
            .find(|until| {
                let metric = Metric {
                    name: "errors".into(),
                    kind: Kind::Count,
                    direction: Some(Direction::Either),
                    baseline_events: each(|minute| minute.baseline, *until),
                    canary_events: each(|minute| minute.canary, *until),
                    canary_share: each(|minute| minute.share, *until),
                    ..Metric::default()
                };
                canary::judge(&analysis(Mode::Tminus, metric)).verdict == Verdict::Fail
            });
        if let Some(until) = tminus {
            events.push(
                minutes[..until]
                    .iter()
                    .map(|m| m.baseline + m.canary)
                    .sum::<f64>(),
            );
        }
        let rates = |canary: bool| -> Vec<f64> {
            minutes
                .iter()
                .map(|minute| {
                    let (events, share) = if canary {
                        (minute.canary, minute.share)
                    } else {
                        (minute.baseline, 1.0 - minute.share)
                    };
                    events / (counts.requests * share)
                })
                .collect()
        };
        let (canary, baseline) = (rates(true), rates(false));
        let kayenta = (FIRST..=minutes.len())
            .any(|until| alarm(Judge::Kayenta, &canary[..until], &baseline[..until]));
        let threshold = (FIRST..=minutes.len())
            .any(|until| alarm(Judge::Threshold, &canary[..until], &baseline[..until]));
        for (rate, alarm) in found.iter_mut().zip([tminus.is_some(), kayenta, threshold]) {
            *rate += f64::from(u8::from(alarm)) * 100.0 / runs as f64;
        }
    }
    events.sort_by(f64::total_cmp);
    (found, events.get(events.len() / 2).copied())
}
