//! The policy that ships, and what is refused at the start.

use serde_json::{Value, json};

mod properties;

use super::{Input, Policy, Source, load, run_tests};
use crate::{
    domain::RiskTable,
    operation::{
        rule::{Rule, Verdict},
        testing::policy,
    },
};

/// The policy that ships with one more file.
fn with(name: &str, text: &str) -> Result<Policy, String> {
    let mut sources = load::shipped();
    sources.retain(|source| source.name != name);
    sources.push(Source {
        name: name.to_owned(),
        place: format!("/home/ana/policy/{name}"),
        text: text.to_owned(),
    });
    Policy::compile(&sources, RiskTable::default()).map_err(|error| error.message)
}

/// What the rule `own` says of the sample when this is its body.
fn said(body: &str) -> Vec<Rule> {
    let policy = with("own.rego", &format!("package tminus.policy.own\n{body}\n")).unwrap();
    let mut rules = policy.judge(&Input::sample());
    rules.retain(|rule| rule.name.as_str() == "own");
    rules
}

#[test]
fn the_tests_of_the_shipped_rules_pass() {
    let trials = run_tests(&load::shipped(), None).unwrap();
    let failed: Vec<String> = trials
        .iter()
        .filter_map(|trial| {
            let why = trial.failure.as_ref()?;
            Some(format!(
                "{}:{} {}: {why}",
                trial.file, trial.line, trial.name
            ))
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    // Each rule has tests of its own.
    for rule in policy().rules() {
        let file = format!("shipped {rule}_test.rego");
        assert!(
            trials.iter().any(|trial| trial.file == file),
            "{rule} has no test"
        );
    }
}

#[test]
fn the_fixtures_of_the_tests_are_inputs() {
    let mut sources = load::shipped();
    sources.retain(|source| source.name == "fixture_test.rego");
    let engine = super::parse(&sources.iter().collect::<Vec<_>>()).unwrap();
    for operation in ["approve", "roll_back", "acknowledge", "hotfix"] {
        let mut engine = engine.clone();
        let path = format!("data.tminus.policy.fixture_test.{operation}");
        let value = engine.ask(&path).unwrap().to_json_str().unwrap();
        serde_json::from_str::<Input>(&value).unwrap();
    }
}

#[test]
fn the_examples_of_the_readme_hold() {
    let readme = include_str!("../../../assets/policy/README.md");
    let examples: Vec<&str> = readme
        .split("```rego\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    let mut sources = load::shipped();
    for (name, text) in ["quarter_end.rego", "quarter_end_test.rego"]
        .iter()
        .zip(&examples)
    {
        sources.push(Source {
            name: (*name).to_owned(),
            place: (*name).to_owned(),
            text: (*text).to_owned(),
        });
    }
    Policy::compile(&sources, RiskTable::default()).unwrap();
    let only = ["quarter_end_test.rego".to_owned()];
    let trials = run_tests(&sources, Some(&only)).unwrap();
    assert_eq!(trials.len(), 1);
    assert_eq!(trials[0].failure, None);
}

#[test]
fn the_sample_has_something_in_every_field() {
    fn empty(value: &Value, path: &str, found: &mut Vec<String>) {
        match value {
            Value::Null => found.push(path.to_owned()),
            Value::Array(items) if items.is_empty() => found.push(path.to_owned()),
            Value::Array(items) => items.iter().for_each(|item| empty(item, path, found)),
            Value::Object(fields) => fields
                .iter()
                .for_each(|(name, value)| empty(value, &format!("{path}.{name}"), found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    empty(&json!(Input::sample()), "input", &mut found);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_rule_of_ones_own_adds_its_findings() {
    let rules = said(
        r#"findings contains {"verdict": "needs_wait", "sentence": "after lunch", "until": 1795013600} if input.now.hour > 11"#,
    );
    assert_eq!(rules.len(), 1);
    assert_eq!(rules[0].verdict, Verdict::NeedsWait);
    assert_eq!(rules[0].until.unwrap().timestamp(), 1_795_013_600);
    // It takes nothing away: each of the shipped rules still speaks.
    let own = with("own.rego", "package tminus.policy.own\nfindings := set()").unwrap();
    let sample = Input::sample();
    assert_eq!(own.judge(&sample), policy().judge(&sample));
}

#[test]
fn a_file_of_the_same_name_takes_the_place_of_the_shipped_one() {
    let own = with(
        "freeze.rego",
        "package tminus.policy.freeze\nfindings contains {\"verdict\": \"deny\", \"sentence\": \"no\"}",
    )
    .unwrap();
    let rules = own.judge(&Input::sample());
    let freeze: Vec<&Rule> = rules
        .iter()
        .filter(|rule| rule.name.as_str() == "freeze")
        .collect();
    assert_eq!(freeze.len(), 1);
    assert_eq!(freeze[0].sentence.as_str(), "no");
    assert_ne!(own.record().digest, policy().record().digest);
}

#[test]
fn whatever_is_not_exactly_a_finding_refuses() {
    for body in [
        r#"findings contains {"verdict": "maybe", "sentence": "x"}"#,
        r#"findings contains {"verdict": "Deny", "sentence": "x"}"#,
        r#"findings contains {"verdict": true, "sentence": "x"}"#,
        r#"findings contains {"sentence": "x"}"#,
        r#"findings contains {"verdict": "allow"}"#,
        r#"findings contains {"verdict": "allow", "sentence": ""}"#,
        r#"findings contains {"verdict": "allow", "sentence": 7}"#,
        r#"findings contains {"verdict": "allow", "sentence": "x", "untill": 3}"#,
        r#"findings contains {"verdict": "needs_wait", "sentence": "x", "until": "noon"}"#,
        r#"findings contains {"verdict": "needs_wait", "sentence": "x", "until": 1e300}"#,
        r#"findings contains "allow""#,
        r#"findings := [{"verdict": "allow", "sentence": "x"}]"#,
        r#"findings := {"verdict": "allow", "sentence": "x"}"#,
        r#"findings := "allow""#,
        "findings := true",
        "findings := set() if input.now.hour > 23",
    ] {
        let rules = said(body);
        assert_eq!(rules.len(), 1, "{body}");
        assert_eq!(rules[0].verdict, Verdict::Refuse, "{body}");
        assert!(rules[0].sentence.contains("the rule `own`"), "{body}");
    }
}

#[test]
fn an_evaluation_that_fails_refuses_wherever_it_fails() {
    // Each goes well with the sample, and divides by zero at three o'clock.
    let odd = "(10 / (input.now.hour - 3))";
    for body in [
        format!(
            "findings contains {{\"verdict\": \"allow\", \"sentence\": s}} if s := sprintf(\"%v\", [{odd}])"
        ),
        format!("findings contains {{\"verdict\": \"deny\", \"sentence\": \"x\"}} if {odd} > 100"),
        format!(
            "findings contains {{\"verdict\": \"deny\", \"sentence\": \"x\"}} if not {odd} < 100"
        ),
        "f(x) := x / (input.now.hour - 3)\nfindings contains {\"verdict\": \"deny\", \"sentence\": \"x\"} if f(3) > 100".to_owned(),
        format!(
            "findings contains {{\"verdict\": \"deny\", \"sentence\": \"x\"}} if count([x | some f in input.facts; x := f; {odd} > 100]) > 0"
        ),
        format!(
            "findings contains {{\"verdict\": \"deny\", \"sentence\": \"x\"}} if {{\n\tsome f in input.facts\n\tf.age_seconds > {odd} * 100\n}}"
        ),
        format!(
            "findings contains {{\"verdict\": \"deny\", \"sentence\": \"x\"}} if {{\n\tevery f in input.facts {{\n\t\tf.age_seconds > {odd} * 100\n\t}}\n}}"
        ),
        format!(
            "late := true if {odd} > 100\nelse := false\nfindings contains {{\"verdict\": \"deny\", \"sentence\": \"x\"}} if late"
        ),
        format!(
            "default late := false\nlate if {odd} > 100\nfindings contains {{\"verdict\": \"deny\", \"sentence\": \"x\"}} if late"
        ),
    ] {
        let policy = with("own.rego", &format!("package tminus.policy.own\n{body}\n")).unwrap();
        let mut input = Input::sample();
        input.now.hour = 3;
        let rules = policy.judge(&input);
        let own: Vec<&Rule> = rules
            .iter()
            .filter(|rule| rule.name.as_str() == "own")
            .collect();
        assert_eq!(own.len(), 1, "{body}");
        assert_eq!(own[0].verdict, Verdict::Refuse, "{body}");
        assert!(
            own[0].sentence.contains("divide by zero"),
            "{body}: {}",
            own[0].sentence
        );
    }
}

#[test]
fn a_fault_is_refused_at_the_start_with_its_place() {
    let package = "package tminus.policy.own\n";
    for (body, line, reason) in [
        ("findings contains x if {\n x := \n}", 3, "expecting"),
        ("findings contains x if y == 3", 2, "undefined variable `y`"),
        (
            "findings contains x if { x := http.send({}) }",
            2,
            "`http.send` cannot be used",
        ),
        (
            "x := opa.runtime()\nfindings := set()",
            2,
            "`opa.runtime` cannot",
        ),
        (
            "findings := {net.lookup_ip_addr(\"a\")}",
            2,
            "`net.lookup_ip_addr`",
        ),
        ("findings := {rand.intn(\"a\", 3)}", 2, "`rand.intn`"),
        ("findings := {time.now_ns()}", 2, "`time.now_ns`"),
        ("findings := {uuid.rfc4122(\"a\")}", 2, "`uuid.rfc4122`"),
        ("findings := {trace(\"a\")}", 2, "`trace`"),
        ("findings contains 1 if print(\"a\")", 2, "`print`"),
        ("findings := {count2([])}", 2, "`count2`"),
        (
            "findings contains 1 if\n\tinput.operation.enviroment == \"x\"",
            3,
            "`input.operation` has no `enviroment`",
        ),
        (
            "findings contains 1 if input[\"persn\"].login",
            2,
            "`input` has no `persn`",
        ),
        (
            "findings contains 1 if {\n\tsome fact in input.facts\n\tfact.age > 3\n}",
            4,
            "`fact` has no `age`",
        ),
        (
            "findings contains 1 if {\n\tp := input.person\n\tp.logn == \"x\"\n}",
            4,
            "`p` has no `logn`",
        ),
        (
            "findings contains 1 if input.person.login.x",
            2,
            "it is no object",
        ),
        (
            "findings contains 1 if data.foo.bar",
            2,
            "there is no `data.foo.bar`",
        ),
        (
            "findings contains 1 if data.tminus.policy.freeze.nothing",
            2,
            "there is no `data.tminus.policy.freeze.nothing`",
        ),
        (
            "import data.tminus.lib.words\nfindings := set()",
            2,
            "there is no",
        ),
        (
            "import input.oparation\nfindings := set()",
            2,
            "has no `oparation`",
        ),
        (
            "findings contains 1 if findings == 2 with input as {}",
            2,
            "for tests only",
        ),
        ("findings contains x if some x in findings", 2, "recursion"),
        ("findings := 1\nfindings := 2", 3, "conflict"),
        ("findings[x] { x := 1 }", 2, "`if` keyword"),
        ("found contains 1", 1, "defines no `findings`"),
    ] {
        let message = with("own.rego", &format!("{package}{body}\n")).unwrap_err();
        assert!(
            message.starts_with(&format!("/home/ana/policy/own.rego:{line}: ")),
            "{body}\n{message}"
        );
        assert!(message.contains(reason), "{body}\n{message}");
    }
    let message = with(
        "own.rego",
        "package tminus.policy.freeze\nfindings := set()",
    )
    .unwrap_err();
    assert!(
        message.contains("write `package tminus.policy.own`"),
        "{message}"
    );
    let message = with("own.rego", "").unwrap_err();
    assert!(
        message.starts_with("/home/ana/policy/own.rego:"),
        "{message}"
    );
}

#[test]
fn a_rule_that_does_not_end_is_stopped_and_refuses() {
    // It ends at once with the sample, which has one file.
    let body = r#"findings contains {"verdict": "allow", "sentence": a} if {
    some a in input.change.files
    some b in input.change.files
    some c in input.change.files
    concat(a, [b, c]) == "never"
}"#;
    let policy = with("own.rego", &format!("package tminus.policy.own\n{body}\n")).unwrap();
    let mut input = Input::sample();
    input.change.files = (0..300).map(|number| format!("src/{number}.rs")).collect();
    let rules = policy.judge(&input);
    let own = rules
        .iter()
        .find(|rule| rule.name.as_str() == "own")
        .unwrap();
    assert_eq!(own.verdict, Verdict::Refuse, "{}", own.sentence);
    // The others were asked all the same.
    assert!(rules.iter().any(|rule| rule.name.as_str() == "risk"));
}

#[test]
fn what_rules_share_is_a_library() {
    let mut sources = load::shipped();
    for (name, text) in [
        (
            "words.rego",
            "package tminus.lib.words\nhello(name) := sprintf(\"hello %s\", [name])",
        ),
        (
            "own.rego",
            "package tminus.policy.own\nimport data.tminus.lib.words as w\nimport input.person as who\nfindings contains {\"verdict\": \"warn\", \"sentence\": w.hello(who.login)}",
        ),
    ] {
        sources.push(Source {
            name: name.to_owned(),
            place: name.to_owned(),
            text: text.to_owned(),
        });
    }
    let policy = Policy::compile(&sources, RiskTable::default()).unwrap();
    let rules = policy.judge(&Input::sample());
    assert!(
        rules
            .iter()
            .any(|rule| rule.sentence.as_str() == "hello ana")
    );
}
