//! What a decision costs.
//!
//! `cargo bench --bench policy`. `shipped` are the 12 rules that ship, asked
//! about an approval; `hundred` adds 88 of the size that a team writes itself
//! (three conditions, one of which holds for none of them); `hundred_heavy`
//! are the shipped ones eight times over and four more.

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot set itself up has to stop"
)]

use divan::{Bencher, black_box};
use tminus::{
    domain::RiskTable,
    operation::policy::{Input, Policy, Source, load},
};

fn main() {
    divan::main();
}

fn own(name: &str, text: String) -> Source {
    Source {
        place: format!("{name}.rego"),
        name: format!("{name}.rego"),
        text,
    }
}

/// The shipped rules and as many of a team's own.
fn with_own(count: usize) -> Policy {
    let mut sources = load::shipped();
    sources.extend((0..count).map(|number| {
        let name = format!("own_{number}");
        let text = format!(
            "package tminus.policy.{name}\n\n\
             findings contains {{\"verdict\": \"deny\", \"sentence\": sentence}} if {{\n\
             \tinput.operation.production\n\
             \tinput.operation.verb in {{\"approve\", \"roll_back\"}}\n\
             \tinput.now.hour == {}\n\
             \tsentence := sprintf(\"%s waits\", [input.operation.service])\n\
             }}\n",
            number % 24 + 24
        );
        own(&name, text)
    }));
    Policy::compile(&sources, RiskTable::default()).expect("the policy compiles")
}

/// The shipped rules, again and again under other names.
fn heavy(copies: usize, and: usize) -> Policy {
    let shipped: Vec<Source> = load::shipped()
        .into_iter()
        .filter(|source| !source.is_test())
        .collect();
    let copy = |source: &Source, number: usize| {
        let name = format!("{}_{number}", source.stem());
        let package = format!("package tminus.policy.{}", source.stem());
        let text = source
            .text
            .replace(&package, &format!("package tminus.policy.{name}"));
        own(&name, text)
    };
    let sources: Vec<Source> = (0..copies)
        .flat_map(|number| shipped.iter().map(move |source| (source, number)))
        .chain(shipped.iter().take(and).map(|source| (source, copies)))
        .map(|(source, number)| copy(source, number))
        .collect();
    Policy::compile(&sources, RiskTable::default()).expect("the policy compiles")
}

fn judge(bencher: Bencher<'_, '_>, policy: &Policy) {
    let input = Input::sample();
    bencher.bench_local(|| policy.judge(black_box(&input)));
}

#[divan::bench]
fn shipped(bencher: Bencher<'_, '_>) {
    judge(bencher, &with_own(0));
}

#[divan::bench]
fn hundred(bencher: Bencher<'_, '_>) {
    judge(bencher, &with_own(88));
}

#[divan::bench]
fn hundred_heavy(bencher: Bencher<'_, '_>) {
    judge(bencher, &heavy(8, 4));
}

/// Reading, looking every name up, compiling and the rehearsal: once a start.
#[divan::bench]
fn start() -> Policy {
    Policy::shipped().expect("the policy compiles")
}
