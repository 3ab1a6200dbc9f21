use chrono::TimeDelta;
use serde_json::Value as Json;

use crate::domain::Timestamp;
use crate::simulator::{clock::Clock, scenario::Scenario, world::World};

use super::*;

fn start() -> Timestamp {
    "2026-11-22T14:00:00Z".parse().unwrap()
}

/// The release day, this many seconds in.
fn release_day(seconds: i64) -> World {
    let scenario = Scenario::load("release-day").unwrap();
    let mut world = World::new(&scenario, 7, Clock::at(start(), 1.0));
    world.advance(start() + TimeDelta::seconds(seconds));
    world
}

fn ask(world: &World, path: &str, parameters: &[(&str, &str)]) -> Answer {
    let parameters: Vec<(String, String)> = parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    answer(
        world,
        &Request {
            method: "GET",
            path,
            parameters: &parameters,
            base: "http://127.0.0.1:9090",
            warning: None,
        },
    )
    .unwrap()
}

fn number_of(world: &World, query: &str) -> f64 {
    let found = ask(world, "query", &[("query", query)]);
    assert_eq!(found.status, 200, "{query}: {found:?}");
    found.body["data"]["result"][0]["value"][1]
        .as_str()
        .unwrap_or_else(|| panic!("{query}: {}", found.body))
        .parse()
        .unwrap()
}

#[test]
fn the_canary_queries_tell_the_story() {
    let [baseline, canary] = metrics::TRACKS;
    let weight = "max(rollout_canary_weight{service=\"checkout\"})";
    let errors = |track: &str| {
        let of = format!("service=\"checkout\",track=\"{track}\"");
        format!(
            "sum(rate(http_requests_total{{{of},code=~\"5..\"}}[60s])) / sum(rate(http_requests_total{{{of}}}[60s]))"
        )
    };
    let latency = |track: &str| {
        format!(
            "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{{service=\"checkout\",track=\"{track}\"}}[60s])))"
        )
    };
    let good = release_day(15);
    assert!((number_of(&good, weight) - 5.0).abs() < 1e-9);
    let before = number_of(&good, &errors(canary));
    assert!((0.002..0.008).contains(&before), "{before}");

    let bad = release_day(140);
    assert!((number_of(&bad, weight) - 25.0).abs() < 1e-9);
    let (calm, burning) = (
        number_of(&bad, &errors(baseline)),
        number_of(&bad, &errors(canary)),
    );
    assert!((0.003..0.006).contains(&calm), "{calm}");
    assert!((0.020..0.026).contains(&burning), "{burning}");
    let (fast, slow) = (
        number_of(&bad, &latency(baseline)),
        number_of(&bad, &latency(canary)),
    );
    assert!(slow > fast && fast > 0.1 && slow < 2.5, "{fast} {slow}");
    let busy = number_of(
        &bad,
        "avg(process_saturation_ratio{service=\"checkout\",track=\"canary\"})",
    );
    assert!((0.3..0.9).contains(&busy), "{busy}");
}

#[test]
fn a_range_has_a_point_a_step_and_both_ends() {
    let world = release_day(140);
    let found = ask(
        &world,
        "query_range",
        &[
            (
                "query",
                "sum(rate(http_requests_total{service=\"checkout\"}[1m]))",
            ),
            ("start", "2026-11-22T14:00:00Z"),
            ("end", "1795356120"),
            ("step", "30s"),
        ],
    );
    let values = found.body["data"]["result"][0]["values"]
        .as_array()
        .unwrap();
    assert_eq!(values.len(), 5, "{found:?}");
    assert_eq!(values[0][0], 1_795_356_000);
}

#[test]
fn what_is_not_there_is_an_empty_vector_and_nothing_by_nothing_is_nan() {
    let world = release_day(0);
    let empty = ask(&world, "query", &[("query", "sum(no_such_metric)")]);
    assert_eq!(empty.body["data"]["result"], serde_json::json!([]));
    let nan = ask(&world, "query", &[("query", "vector(0) / 0")]);
    assert_eq!(nan.body["data"]["result"][0]["value"][1], "NaN");
    let infinite = ask(&world, "query", &[("query", "-1 / 0"), ("time", "12.5")]);
    assert_eq!(
        infinite.body["data"]["result"],
        serde_json::json!([12.5, "-Inf"])
    );
}

/// Path, parameters, and the status, type and words that they get.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    u16,
    &'static str,
    &'static str,
);

#[test]
fn refusals_carry_their_type_and_status() {
    let world = release_day(0);
    let cases: [Case; 9] = [
        (
            "query",
            &[("query", "sum(")],
            400,
            "bad_data",
            "parse error",
        ),
        ("query", &[], 400, "bad_data", "no expression"),
        (
            "query",
            &[("query", "1"), ("time", "noon")],
            400,
            "bad_data",
            "\"time\"",
        ),
        (
            "query",
            &[("query", "deriv(up[5m])")],
            422,
            "execution",
            "deriv",
        ),
        (
            "query_range",
            &[("query", "up"), ("start", "0"), ("end", "9")],
            400,
            "bad_data",
            "step",
        ),
        (
            "query_range",
            &[("query", "up"), ("start", "9"), ("end", "0"), ("step", "1")],
            400,
            "bad_data",
            "before start",
        ),
        (
            "query_range",
            &[
                ("query", "up"),
                ("start", "0"),
                ("end", "11001"),
                ("step", "1"),
            ],
            400,
            "bad_data",
            "11,000 points",
        ),
        (
            "query_range",
            &[("query", "up"), ("start", "0"), ("end", "9"), ("step", "0")],
            400,
            "bad_data",
            "zero or negative",
        ),
        ("series", &[], 400, "bad_data", "match[]"),
    ];
    for (path, parameters, status, kind, says) in cases {
        let found = ask(&world, path, parameters);
        assert_eq!(found.status, status, "{path} {parameters:?}");
        assert_eq!(found.body["status"], "error");
        assert_eq!(found.body["errorType"], kind);
        let text = found.body["error"].as_str().unwrap();
        assert!(text.contains(says), "{text}");
    }
    let most = ask(
        &world,
        "query_range",
        &[
            ("query", "vector(1)"),
            ("start", "0"),
            ("end", "11000"),
            ("step", "1"),
        ],
    );
    assert_eq!(most.status, 200);
}

#[test]
fn a_warning_goes_with_queries_only() {
    let world = release_day(0);
    let parameters = [("query".to_owned(), "1".to_owned())];
    let mut request = Request {
        method: "POST",
        path: "query",
        parameters: &parameters,
        base: "",
        warning: Some("a store did not answer"),
    };
    let found = answer(&world, &request).unwrap();
    assert_eq!(found.body["warnings"][0], "a store did not answer");
    request.path = "alerts";
    assert_eq!(answer(&world, &request), None, "alerts are not posted");
    request.method = "GET";
    assert_eq!(answer(&world, &request).unwrap().body.get("warnings"), None);
    request.path = "no/such/path";
    assert_eq!(answer(&world, &request), None);
}

#[test]
fn labels_and_series_of_a_selector() {
    let world = release_day(0);
    let services = ask(
        &world,
        "label/service/values",
        &[("match[]", "rollout_canary_weight")],
    );
    assert!(
        services.body["data"]
            .as_array()
            .unwrap()
            .contains(&Json::from("checkout"))
    );
    let names = ask(
        &world,
        "labels",
        &[("match[]", "http_request_duration_seconds_bucket")],
    );
    assert_eq!(
        names.body["data"],
        serde_json::json!(["__name__", "instance", "job", "le", "service", "track"])
    );
    let found = ask(
        &world,
        "series",
        &[("match[]", "rollout_version_info{service=\"checkout\"}")],
    );
    let found = found.body["data"].as_array().unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0]["version"], "4.11.3");
    assert_eq!(found[1]["version"], "4.12.0");
}

#[test]
fn alerts_are_pending_then_firing_and_their_rule_with_them() {
    let state = |seconds: i64| {
        let world = release_day(seconds);
        let alerts = ask(&world, "alerts", &[]).body["data"]["alerts"].clone();
        let rules = ask(
            &world,
            "rules",
            &[("rule_name[]", "CheckoutErrorBudgetBurn")],
        );
        let rule = rules.body["data"]["groups"][0]["rules"][0]["state"].clone();
        (alerts, rule)
    };
    let (alerts, rule) = state(30);
    assert_eq!(alerts, serde_json::json!([]));
    assert_eq!(rule, "inactive");
    let (alerts, rule) = state(65);
    assert_eq!(alerts[0]["state"], "pending");
    assert_eq!(alerts[0]["labels"]["service"], "checkout");
    assert_eq!(rule, "pending");
    let (alerts, rule) = state(80);
    assert_eq!(alerts[0]["state"], "firing");
    assert_eq!(rule, "firing");
}

#[test]
fn the_exposition_is_grouped_by_family_and_escaped() {
    let text = metrics::exposition(&release_day(10));
    let mut types = Vec::new();
    for line in text.lines() {
        if let Some(family) = line.strip_prefix("# TYPE ") {
            types.push(family.to_owned());
        } else if !line.starts_with('#') {
            let family = types.last().unwrap().split(' ').next().unwrap();
            assert!(line.starts_with(family), "{line} under {family}");
            let (_, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().unwrap().is_finite());
        }
    }
    assert_eq!(types.len(), metrics::FAMILIES.len());
    assert!(text.contains("rollout_canary_weight{service=\"checkout\"} 5\n"));
    assert!(text.contains(
        "rollout_version_info{service=\"checkout\",track=\"canary\",version=\"4.12.0\"} 1\n"
    ));
    assert!(text.contains("le=\"+Inf\""));
    assert!(
        !text.contains("service=\"search\",track=\"canary\""),
        "search has no canary yet"
    );
}

#[test]
fn a_canary_that_is_gone_leaves_no_value_but_its_past() {
    let mut world = release_day(140);
    let checkout = world.service("checkout").unwrap();
    if let Some(traffic) = &mut world.services[checkout].traffic {
        traffic.end_canary(false);
    }
    world.advance(start() + TimeDelta::seconds(160));
    let query = "http_requests_total{service=\"checkout\",track=\"canary\"}";
    let now = ask(&world, "query", &[("query", query)]);
    assert_eq!(now.body["data"]["result"], serde_json::json!([]));
    let before = ask(&world, "query", &[("query", query), ("time", "1795356130")]);
    assert_eq!(before.body["data"]["result"].as_array().unwrap().len(), 2);
}
