//! Vendor-shaped JSON in, samples and facts out.

use serde_json::json;

use super::*;

fn outcome(value: &serde_json::Value) -> Outcome {
    open(&serde_json::from_value(value.clone()).unwrap())
}

fn vector(elements: &serde_json::Value) -> serde_json::Value {
    json!({"status": "success", "data": {"resultType": "vector", "result": elements}})
}

fn one(value: &str) -> serde_json::Value {
    vector(&json!([{"metric": {"service": "checkout"}, "value": [1_763_820_000.5, value]}]))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn one_finite_number_is_a_value() {
    for (text, value) in [("0.023", 0.023), ("0", 0.0), ("1e+02", 100.0), ("-3", -3.0)] {
        assert_eq!(sample(&outcome(&one(text))), Sample::Value(value));
    }
    let scalar =
        json!({"status": "success", "data": {"resultType": "scalar", "result": [1, "25"]}});
    assert_eq!(sample(&outcome(&scalar)), Sample::Value(25.0));
}

#[test]
fn everything_else_is_no_data_with_its_reason() {
    let with = |key: &str, value: serde_json::Value| {
        let mut answer = one("1");
        answer[key] = value;
        answer
    };
    let histogram = json!([{"metric": {}, "histogram":
        [1, {"count": "5", "sum": "2", "buckets": [[0, "0.1", "0.2", "5"]]}]}]);
    let three = json!([{"metric": {"a": "1"}, "value": [1, "1"]},
        {"metric": {"a": "2"}, "value": [1, "1"]}, {"metric": {"a": "3"}, "value": [1, "1"]}]);
    let cases = [
        (one("NaN"), "not a number"),
        (one("+Inf"), "infinite"),
        (one("-Inf"), "infinite"),
        (one("many"), "no number"),
        (vector(&json!([])), "no series"),
        (vector(&three), "query gave 3 series: aggregate it"),
        (vector(&histogram), "native histogram"),
        (vector(&json!([{"metric": {}}])), "no value"),
        (
            vector(&json!([{"metric": {}, "value": "x"}])),
            "cannot be read",
        ),
        (
            with("warnings", json!(["one store did not answer"])),
            "one store",
        ),
        (with("isPartial", json!(true)), "part"),
        (with("status", json!("error")), "no reason"),
        (with("data", json!(null)), "no data"),
        (
            with("data", json!({"resultType": "string", "result": [1, "x"]})),
            "string",
        ),
        (
            json!({"status": "error", "errorType": "bad_data", "error": "parse error"}),
            "bad_data: parse error",
        ),
    ];
    for (answer, why) in cases {
        match sample(&outcome(&answer)) {
            Sample::NoData(reason) => assert!(reason.contains(why), "{reason} is not {why}"),
            value @ Sample::Value(_) => panic!("{answer}: {value:?}"),
        }
    }
    let infos = with(
        "infos",
        json!(["PromQL info: metric might not be a counter"]),
    );
    assert_eq!(
        sample(&outcome(&infos)),
        Sample::Value(1.0),
        "an info is no warning"
    );
}

#[test]
fn the_span_is_floored_and_short() {
    let span = Span::before(at("2026-11-22T14:00:07Z"), 1800);
    assert_eq!((span.step, span.end % 15, span.len()), (15, 0, 120));
    assert_eq!(span, Span::before(at("2026-11-22T14:00:14Z"), 1800));
    assert_ne!(span, Span::before(at("2026-11-22T14:00:15Z"), 1800));
    for history in [60, 61, 119, 120, 121, 3600, 86_400] {
        let span = Span::before(at("2026-11-22T14:00:07Z"), history);
        assert!(span.len() <= 120 && span.len() >= 50, "{history}: {span:?}");
        assert!(span.end <= at("2026-11-22T14:00:07Z").timestamp());
    }
}

#[test]
fn points_land_on_the_grid_and_gaps_stay_gaps() {
    let span = Span {
        start: 100,
        end: 140,
        step: 10,
    };
    let matrix = |values: serde_json::Value| {
        outcome(
            &json!({"status": "success", "data": {"resultType": "matrix",
            "result": [{"metric": {}, "values": values}]}}),
        )
    };
    let found = span.points(&matrix(json!([
        [100, "1"],
        [110, "NaN"],
        [130.0, "3"],
        [999, "9"],
        [90, "9"]
    ])));
    assert_eq!(found, [Some(1.0), None, None, Some(3.0), None]);
    let none = span.points(&Err("broken".into()));
    assert_eq!(none, [None; 5]);
    assert_eq!(
        series(span, &Err("x".into()), &Err("y".into())),
        Series::default()
    );
    let both = series(
        span,
        &matrix(json!([[100, "1"]])),
        &matrix(json!([[140, "2"]])),
    );
    assert_eq!(both.step_seconds, 10);
    assert_eq!(both.start.unwrap().timestamp(), 100);
    assert_eq!((both.baseline[0], both.canary[4]), (Some(1.0), Some(2.0)));
}

#[test]
fn a_step_began_where_the_weight_changed() {
    let span = Span {
        start: 100,
        end: 140,
        step: 10,
    };
    let since = |points: [Option<f64>; 5], weight: f64| {
        span.since(&points, weight).map(|at| at.timestamp())
    };
    let five = Some(5.0);
    let quarter = Some(25.0);
    assert_eq!(since([five, five, quarter, quarter, None], 25.0), Some(120));
    assert_eq!(
        since([None, quarter, quarter, quarter, quarter], 25.0),
        Some(110)
    );
    assert_eq!(since([quarter; 5], 25.0), None, "longer than we look back");
    assert_eq!(since([quarter, five, five, five, five], 25.0), None);
    let left =
        |points: [Option<f64>; 5], weight: f64| span.left(&points, weight).map(|at| at.timestamp());
    assert_eq!(left([quarter, five, five, five, None], 25.0), Some(130));
    assert_eq!(left([five, five, five, five, quarter], 25.0), None);
    assert_eq!(left([None; 5], 25.0), None);
    assert_eq!(since([None; 5], 25.0), None);
}

#[test]
fn many_queries_travel_as_one_and_come_back_apart() {
    let query = together(&["up # the last", "vector(1)"]);
    assert!(
        query.contains("up # the last\n)"),
        "a comment ends before the mark"
    );
    assert_eq!(query.matches(" or ").count(), 1);
    let element = |number: &str| -> wire::Element {
        serde_json::from_value(
            json!({"metric": {"a": "b", "tminus_query": number}, "value": [1, number]}),
        )
        .unwrap()
    };
    let parts = apart(vec![element("1"), element("0"), element("1")], 3).unwrap();
    let sizes: Vec<usize> = parts.iter().map(Vec::len).collect();
    assert_eq!(sizes, [1, 2, 0]);
    assert_eq!(parts[0][0].metric.len(), 1, "the mark is gone");
    assert!(apart(vec![element("7")], 3).is_none());
    assert!(apart(vec![element("x")], 3).is_none());
}

#[test]
fn alerts_keep_words_that_nobody_knows() {
    let wire = |state: &str| -> wire::Alert {
        serde_json::from_value(
            json!({"labels": {"alertname": "Burn", "severity": "page", "service": "checkout"},
            "annotations": {"description": "burns"}, "state": state,
            "activeAt": "2026-11-22T14:00:00.123456789Z", "value": "1e+00"}),
        )
        .unwrap()
    };
    let now = at("2026-11-22T15:00:00Z");
    let found = alert(&wire("firing"), now);
    assert_eq!(found.state, AlertState::Firing);
    assert_eq!(found.service, Some("checkout".into()));
    assert_eq!(found.summary.as_str(), "burns");
    assert!(found.since < now);
    assert_eq!(
        alert(&wire("silenced"), now).state,
        AlertState::Other("silenced".into())
    );
}
