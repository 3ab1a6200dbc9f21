//! `tminus canary`: the contract that notebooks rely on, and the commands that
//! ask a metrics source.

use std::fs;

use tminus::{
    domain::{
        CanaryReading, Counts, Direction, KeptVerdict, MetricReading, Sample, Series, Threshold,
        Timestamp, Unit,
    },
    store::{Directory, verdicts},
};

use super::world::{World, tminus};

/// A judgement of this input: exit status, standard output, standard error.
fn judge(input: &str, more: &[&str]) -> (i32, String, String) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("input.json");
    fs::write(&path, input).expect("the file is written");
    let path = path.display().to_string();
    let run = tminus(&[&["canary", "judge", "--input", &path], more].concat());
    (run.status, run.stdout, run.stderr)
}

fn json(input: &str, more: &[&str]) -> (i32, serde_json::Value) {
    let (status, out, error) = judge(input, &[&["--json"], more].concat());
    let value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("no JSON: {out}{error}"));
    (status, value)
}

const COUNTS: &str = r#"{"metrics": [{"name": "errors", "kind": "count", "critical": true,
    "direction": "increase", "baseline_events": BASE, "canary_events": CANARY}]}"#;

fn counts(baseline: &str, canary: &str) -> String {
    COUNTS.replace("BASE", baseline).replace("CANARY", canary)
}

#[test]
fn the_exit_status_says_the_verdict() {
    let (status, value) = json(&counts("0", "8"), &[]);
    assert_eq!((status, &value["verdict"]), (1, &"fail".into()));
    let metric = &value["metrics"][0];
    assert_eq!(metric["verdict"], "fail");
    assert!((metric["e_value"].as_f64().unwrap() - 28.4444).abs() < 1e-4);
    for field in ["name", "critical", "interval", "estimate", "effect", "why"] {
        assert!(metric.get(field).is_some(), "{field} is missing: {metric}");
    }
    assert_eq!(json(&counts("[10, 12]", "[11, 10]"), &[]).0, 0);
    let (status, value) = json(&counts("[5, 5]", "[null, null]"), &[]);
    assert_eq!((status, &value["verdict"]), (3, &"no data".into()));
    let both = format!(
        "{{\"analyses\": [{}, {}]}}",
        counts("[5]", "[null]"),
        counts("0", "8")
    );
    let (status, value) = json(&both, &[]);
    assert_eq!(status, 1);
    assert_eq!(value["results"][0]["verdict"], "no data");
    assert_eq!(value["results"][1]["verdict"], "fail");
}

#[test]
fn kayenta_by_the_file_or_by_the_flag() {
    let input = r#"{"metrics": [{"name": "m", "groups": ["g"], "allowed_increase": 1.05,
        "baseline": [1,1,1,1,1,1,1,1,1,1], "canary": [100,100,1,100,100,100,100,1,100,100]}]}"#;
    let (status, value) = json(input, &["--mode", "kayenta"]);
    assert_eq!((status, &value["verdict"]), (1, &"fail".into()));
    assert_eq!(value["score"], 0.0);
    let metric = &value["metrics"][0];
    assert_eq!(metric["class"], "high");
    assert!((metric["effect"].as_f64().unwrap() - 80.2).abs() < 1e-9);
    assert!((metric["interval"][0].as_f64().unwrap() - 98.999_931_647_621_62).abs() < 1e-9);
    let in_file = input.replacen('{', "{\"mode\": \"kayenta\", ", 1);
    assert_eq!(json(&in_file, &[]).1, value);
    assert!(json(&in_file, &["--mode", "tminus"]).1["metrics"][0]["class"].is_null());
}

#[test]
fn a_wrong_input_is_said_and_where() {
    let (status, out, error) = judge(r#"{"metrics": [{"name": "m", "canary": [1, true]}]}"#, &[]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(
        error.contains("metrics[0].canary[1]") && error.contains("expected a number or null"),
        "{error}"
    );
    let (status, _, error) = judge(&counts("5", "6").replace("critical", "criticl"), &[]);
    assert_eq!(status, 0);
    assert!(error.contains("criticl"), "{error}");
    let missing = tminus(&["canary", "judge", "--input", "/nowhere.json"]);
    assert_eq!(missing.status, 2);
}

#[test]
fn words_for_people_carry_no_control() {
    let input = counts("0", "8").replace("errors", "\\u001b[31merrors\\u009b");
    let (status, out, _) = judge(&input, &[]);
    assert_eq!(status, 1);
    assert!(out.starts_with("fail · score 0 · "), "{out}");
    assert!(!out.contains(['\u{1b}', '\u{9b}']), "{out}");
    let (_, out, _) = judge(&input, &["--json"]);
    assert!(!out.contains(['\u{1b}', '\u{9b}']), "{out}");
}

#[test]
fn the_schema_has_the_contract() {
    let schema: serde_json::Value =
        serde_json::from_str(&tminus(&["schema"]).stdout).expect("it is JSON");
    let text = schema["properties"].to_string();
    assert!(text.contains("canary_input") && text.contains("canary_verdict"));
    let metric = &schema["$defs"]["Metric"]["properties"];
    for field in [
        "baseline_events",
        "nan_strategy",
        "must_have_data",
        "canary_share",
    ] {
        assert!(metric.get(field).is_some(), "{field} is missing");
    }
}

#[test]
fn the_queries_of_a_service_are_asked_now_and_over_its_past() {
    let world = World::start("release-day");
    let check = world.run(&["canary", "check", "checkout", "--json"]);
    assert_eq!(check.status, 0, "{}{}", check.stdout, check.stderr);
    let canary = &check.json()["canary"];
    assert_eq!(canary["verdict"], "pass", "{canary}");
    assert_eq!(canary["metrics"][0]["verdict"], "pass");
    // Where no canary runs its baseline answers, and that is well.
    let idle = world.run(&["canary", "check", "search"]);
    assert_eq!(idle.status, 0, "{}", idle.stderr);
    assert!(idle.stdout.contains("no canary runs"), "{}", idle.stdout);
    let nobody = world.run(&["canary", "check", "serach"]);
    assert_eq!(nobody.status, 2);
    assert!(nobody.stderr.contains("no service `serach`"));

    let calibrate = |more: &[&str]| {
        world.run(
            &[
                &["canary", "calibrate", "checkout", "--json", "--past", "1h"],
                more,
            ]
            .concat(),
        )
    };
    let found = calibrate(&["--bake", "3m"]);
    assert_eq!(found.status, 0, "{}", found.stderr);
    let errors = &found.json()["metrics"][0];
    assert!(errors["windows"].as_u64().unwrap() >= 10, "{errors}");
    assert_eq!(errors["false_alarms"], 0, "{errors}");
    assert!(errors["sees"].as_f64().unwrap() > errors["misses"].as_f64().unwrap());
    let same = calibrate(&["--bake", "30m"]);
    assert_eq!(same.status, 3, "one window is too few: {}", same.stdout);
    assert_eq!(calibrate(&["--share", "80"]).status, 2);
}

#[test]
fn verdicts_of_the_past_are_judged_again() {
    let world = World::start("release-day");
    let data = Directory::open(&world.data()).expect("the data directory");
    let nothing = world.run(&["canary", "replay", "checkout"]);
    assert_eq!(nothing.status, 3);
    assert!(nothing.stderr.contains("no verdict"), "{}", nothing.stderr);
    let since = Timestamp::from_timestamp(1_800_000_000, 0).unwrap();
    let each = |count: f64| vec![Some(count); 10];
    let reading = CanaryReading {
        service: "checkout".into(),
        environment: "production".into(),
        weight: Some(25.0),
        steps: vec![5.0, 25.0, 100.0],
        metrics: vec![MetricReading {
            name: "error rate".into(),
            unit: Unit::Ratio,
            direction: Direction::Increase,
            critical: true,
            threshold: Threshold {
                max_ratio: 1.5,
                min_difference: 0.0,
            },
            baseline: Sample::Value(0.0041),
            canary: Sample::Value(0.0231),
            series: Series::default(),
            counts: Some(Counts {
                start: Some(since),
                step_seconds: 60,
                baseline_events: each(26.0),
                canary_events: each(48.0),
                baseline_total: each(6_300.0),
                canary_total: each(2_100.0),
            }),
        }],
        ..CanaryReading::default()
    };
    verdicts::keep(
        &data,
        &KeptVerdict {
            at: since,
            verdict: "fail".into(),
            metrics: vec!["fail".into()],
            sentence: "it failed".into(),
            reading,
        },
    )
    .unwrap();
    let replay = |more: &[&str]| {
        let run = world.run(&[&["canary", "replay", "checkout", "--json"], more].concat());
        assert_eq!(run.status, 0, "{}", run.stderr);
        let verdict = run.json()["verdicts"][0].clone();
        (verdict["was"].clone(), verdict["is"].clone())
    };
    assert_eq!(replay(&[]), ("fail".into(), "fail".into()));
    // Ten times as many errors would have been tolerated.
    assert_eq!(
        replay(&["--max-ratio", "10"]),
        ("fail".into(), "pass".into())
    );
    assert_eq!(
        world
            .run(&["canary", "replay", "checkout", "--alpha", "2"])
            .status,
        2
    );
}
