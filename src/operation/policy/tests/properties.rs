//! What holds for every decision.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{CanaryWord, Input, Policy, input::Verb};
use super::with;
use crate::{
    domain::{Demand, RiskLevel},
    operation::{
        rule::{Rule, Verdict},
        testing::policy,
    },
};

/// An input in which everything that the shipped rules look at varies.
fn inputs() -> impl Strategy<Value = Input> {
    let demand = prop::sample::select(vec![
        Demand::Allow,
        Demand::Warn,
        Demand::NeedsReason,
        Demand::NeedsSecondPerson,
        Demand::NeedsWait,
        Demand::Deny,
    ]);
    let verb = prop::sample::select(vec![
        Verb::Approve,
        Verb::Decline,
        Verb::RerunFailed,
        Verb::CancelRun,
        Verb::RollBack,
        Verb::Acknowledge,
        Verb::Resolve,
        Verb::AddNote,
        Verb::Publish,
    ]);
    let name = || prop::sample::select(vec!["ana", "bo", "dependabot[bot]", ""]);
    let level = prop::sample::select(vec![RiskLevel::Low, RiskLevel::Medium, RiskLevel::High]);
    let canary = prop::sample::select(vec![
        CanaryWord::None,
        CanaryWord::Passing,
        CanaryWord::Failing,
        CanaryWord::NotKnown,
    ]);
    let age = || proptest::option::of(0u64..700);
    (
        (verb, any::<bool>(), proptest::option::of(Just("1.87.9"))),
        (age(), age(), any::<[bool; 8]>()),
        (
            level,
            canary,
            prop::sample::select(vec!["train", "hotfix", ""]),
        ),
        (name(), name(), name()),
        (
            demand.clone(),
            proptest::option::of(demand),
            proptest::option::of(name()),
        ),
    )
        .prop_map(|(operation, seen, state, names, settings)| {
            let mut input = Input::sample();
            let (verb, production, from) = operation;
            input.operation.verb = verb;
            input.operation.production = production;
            input.operation.from = from.map(str::to_owned);
            let (fact, around, flags) = seen;
            input.facts[0].age_seconds = fact;
            input.surroundings[0].age_seconds = around;
            if flags[0] {
                input.windows.freezes.clear();
            }
            if flags[1] {
                input.windows.changes.clear();
            }
            if flags[2] {
                input.windows.next_change = None;
            }
            input.windows.change_windows_exist = flags[3];
            input.change.known = flags[4];
            input.change.complete = flags[4] && flags[5];
            input.person.known = flags[6];
            if flags[7] {
                input.incidents.clear();
            } else {
                input.deployments.clear();
            }
            (input.risk.level, input.canary.state) = (state.0, state.1);
            input.release.kind = state.2.to_owned();
            input.change.authors = vec![names.0.to_owned()];
            input.change.pull_request_authors = vec![names.1.to_owned()];
            input.request.by = names.2.to_owned();
            input.request.known = !names.2.is_empty();
            input.settings.freeze = settings.0;
            input.settings.own_change = settings.0;
            input.settings.in_flight = settings.0;
            input.settings.confirm = settings.1;
            input.settings.conn = settings.2.map(str::to_owned);
            input.settings.conn_names = settings.2.iter().map(|name| (*name).to_owned()).collect();
            input
        })
}

/// The shipped policy with a rule that always refuses, and with one that
/// always allows.
fn others() -> &'static (Policy, Policy) {
    static OTHERS: LazyLock<(Policy, Policy)> = LazyLock::new(|| {
        let own = |verdict: &str| {
            let text = format!(
                "package tminus.policy.own\nfindings contains {{\"verdict\": \"{verdict}\", \
                 \"sentence\": \"own\"}}\n"
            );
            with("own.rego", &text).unwrap()
        };
        (own("deny"), own("allow"))
    });
    &OTHERS
}

fn refuses(rules: &[Rule]) -> bool {
    rules.iter().any(|rule| rule.verdict == Verdict::Refuse)
}

/// All paths to something inside a document.
fn paths(value: &Value, here: &str, found: &mut Vec<String>) {
    let mut into = |name: &str, inner: &Value| {
        let path = format!("{here}/{name}");
        found.push(path.clone());
        paths(inner, &path, found);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, inner)| into(name, inner)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(place, inner)| into(&place.to_string(), inner)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_decision_is_the_same_twice_and_in_order(input in inputs()) {
        let rules = policy().judge(&input);
        prop_assert_eq!(&rules, &policy().judge(&input));
        let mut sorted = rules.clone();
        sorted.reverse();
        super::super::decision::sort(&mut sorted);
        prop_assert_eq!(&rules, &sorted);
        // What was decided before leaves no trace.
        let _ = policy().judge(&Input::sample());
        prop_assert_eq!(&rules, &policy().judge(&input));
    }

    #[test]
    fn a_deny_refuses_whatever_else_is_said_and_one_more_rule_never_loosens(input in inputs()) {
        let rules = policy().judge(&input);
        let (deny, allow) = others();
        let denied = deny.judge(&input);
        prop_assert!(refuses(&denied));
        let allowed = allow.judge(&input);
        prop_assert_eq!(refuses(&allowed), refuses(&rules));
        for rule in &rules {
            prop_assert!(denied.contains(rule) && allowed.contains(rule));
        }
    }

    #[test]
    fn what_is_old_or_never_seen_does_not_pass(input in inputs()) {
        let rules = policy().judge(&input);
        let fresh = input.facts[0].age_seconds.is_some_and(|age| age <= 300);
        prop_assert!(fresh || refuses(&rules));
    }

    #[test]
    fn an_input_that_cannot_be_read_never_passes(
        which in any::<prop::sample::Index>(),
        how in 0..4usize,
    ) {
        let whole = json!(Input::sample());
        let mut found = Vec::new();
        paths(&whole, "", &mut found);
        let path = which.get(&found).clone();
        let (above, name) = path.rsplit_once('/').unwrap();
        let mut broken = whole.clone();
        let slot = broken.pointer_mut(&path).unwrap();
        match how {
            // A field is missing.
            0 => match broken.pointer_mut(above).unwrap() {
                Value::Object(fields) => {
                    fields.remove(name);
                }
                // A shorter list is another list, and readable.
                _ => return Ok(()),
            },
            // It is of another type.
            1 => *slot = json!({"odd": [1.5]}),
            // It is no number.
            2 => *slot = json!("NaN-1e999\u{0}"),
            // There is one more.
            _ => match broken.pointer_mut(above).unwrap() {
                Value::Object(fields) => {
                    fields.insert("odd".to_owned(), json!(1));
                }
                _ => return Ok(()),
            },
        }
        // A text can be any text.
        if how == 2 && serde_json::from_value::<Input>(broken.clone()).is_ok() {
            return Ok(());
        }
        prop_assert!(refuses(&policy().judge_json(&broken.to_string())), "{path}");
    }
}

#[test]
fn what_is_no_json_number_never_passes() {
    let whole = json!(Input::sample()).to_string();
    assert!(whole.contains("\"age_seconds\":12"));
    for odd in [
        "NaN",
        "Infinity",
        "1e999",
        "-1",
        "1.5",
        "18446744073709551616",
        "null0",
    ] {
        let broken = whole.replace("\"age_seconds\":12", &format!("\"age_seconds\":{odd}"));
        assert!(refuses(&policy().judge_json(&broken)), "{odd}");
    }
    for text in [
        "",
        "{}",
        "null",
        "[]",
        "{\"operation\":",
        &format!("{whole}{whole}"),
    ] {
        assert!(refuses(&policy().judge_json(text)), "{text}");
    }
}
