//! How long the picture takes to fold: 100,000 facts of 500 services.
//!
//! `cargo bench --bench model`

use std::sync::Arc;

use chrono::{TimeDelta, TimeZone as _, Utc};
use divan::{Bencher, counter::ItemsCount};
use tminus::{
    domain::{
        Body, Catalog, Conclusion, Fact, Origin, Run, RunState, ServiceName, SourceId, Text,
        Timestamp,
    },
    model::{Model, PARTS},
};

fn main() {
    divan::main();
}

fn start() -> Timestamp {
    Utc.timestamp_opt(1_800_000_000, 0)
        .single()
        .unwrap_or_default()
}

/// `count` facts about 10,000 runs of 500 services: most of them say again
/// what is known, as polling does.
fn facts(count: usize) -> Vec<Fact> {
    let source = SourceId::new("github");
    (0..count)
        .map(|index| {
            let run = index % 10_000;
            let seconds =
                |count: usize| TimeDelta::seconds(i64::try_from(count).unwrap_or_default());
            let created = start() - seconds(run);
            let observed = start() + seconds(index) / 1000;
            Fact {
                source: source.clone(),
                observed,
                body: Body::Run(Run {
                    id: Origin::new(
                        &source,
                        &format!("larkspur/svc-{:03}/runs/{run}", run % 500),
                    ),
                    service: ServiceName::new(&format!("svc-{:03}", run % 500)),
                    number: run as u64,
                    attempt: 1,
                    workflow: Text::new("release"),
                    title: Text::new("Rank results by freshness and price"),
                    branch: Text::new("main"),
                    commit: Text::new("9f3c1e2a7b5d4c6e8f0a1b2c3d4e5f6a7b8c9d0e"),
                    version: None,
                    environment: None,
                    event: Text::new("push"),
                    actor: Text::new("deniz"),
                    state: if index % 7 == 0 {
                        RunState::Running
                    } else {
                        RunState::Done(Conclusion::Success)
                    },
                    created,
                    started: Some(created),
                    updated: created,
                    url: Text::new("https://github.com/larkspur/checkout/actions/runs/8841"),
                }),
            }
        })
        .collect()
}

fn fold(facts: Vec<Fact>) -> Model {
    let mut model = Model::new(Arc::new(Catalog::default()));
    let arrival = start() + TimeDelta::days(1);
    for fact in facts {
        model.apply(fact, arrival);
    }
    model
}

#[divan::bench(args = [1_000, 10_000, 100_000])]
fn folding(bencher: Bencher, count: usize) {
    bencher
        .counter(ItemsCount::new(count))
        .with_inputs(|| facts(count))
        .bench_values(fold);
}

#[divan::bench]
fn inbox_of_10_000_runs(bencher: Bencher) {
    let model = fold(facts(10_000));
    bencher.bench(|| model.inbox(start()));
}

#[divan::bench]
fn facts_for_the_cache_of_10_000_runs(bencher: Bencher) {
    let model = fold(facts(10_000));
    let parts = || (0..PARTS).map(|part| model.part_facts(part).len());
    bencher.bench(|| model.first_facts().len() + parts().sum::<usize>());
}
