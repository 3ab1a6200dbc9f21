//! Expected values are computed by hand from the definitions in the
//! Prometheus documentation.

use super::*;

struct Fixed(Vec<Series>);

impl Telemetry for Fixed {
    fn series(&self, wanted: &dyn Fn(&Labels) -> bool, after: i64, until: i64) -> Vec<Series> {
        self.0
            .iter()
            .filter(|series| wanted(&series.labels))
            .map(|series| Series {
                labels: series.labels.clone(),
                points: series
                    .points
                    .iter()
                    .copied()
                    .filter(|point| point.at > after && point.at <= until)
                    .collect(),
            })
            .filter(|series| !series.points.is_empty())
            .collect()
    }
}

fn series(metric: &str, labels: &[(&str, &str)], points: &[(i64, f64)]) -> Series {
    Series {
        labels: Labels::of(metric, labels),
        points: points
            .iter()
            .map(|(second, value)| Point {
                at: second * 1000,
                value: *value,
            })
            .collect(),
    }
}

/// Two tracks of one service. Within the minute before second 60 the canary
/// has 100 requests of which 20 fail, the baseline 300 of which 3 fail; both
/// grow evenly and are sampled every 10 s from second 0 to 60.
fn world() -> Fixed {
    let line = |from: f64, slope: f64| -> Vec<(i64, f64)> {
        (0..=6)
            .map(|step| (step * 10, from + slope * step as f64 * 10.0))
            .collect()
    };
    let requests = |track: &str, code: &str, from: f64, slope: f64| {
        series(
            "http_requests_total",
            &[("service", "checkout"), ("track", track), ("code", code)],
            &line(from, slope),
        )
    };
    Fixed(vec![
        requests("stable", "200", 9_000.0, 4.95),
        requests("stable", "500", 90.0, 0.05),
        requests("canary", "200", 1_000.0, 4.0),
        requests("canary", "500", 10.0, 1.0),
        series(
            "weight",
            &[("service", "checkout")],
            &[(0, 5.0), (30, 25.0)],
        ),
        series(
            "weight",
            &[("service", "search")],
            &[(0, 50.0), (30, stale_marker())],
        ),
        series("odd", &[("kind", "nan")], &[(60, f64::NAN)]),
        series("odd", &[("kind", "one")], &[(60, 1.0)]),
    ])
}

fn at(query: &str, second: i64) -> Outcome<Value> {
    instant(&parse(query)?, &world(), Instants::one(second * 1000))
}

fn vector(query: &str) -> Vec<(String, f64)> {
    match at(query, 60).unwrap() {
        Value::Vector(samples) => samples
            .into_iter()
            .map(|sample| (sample.labels.display(), sample.value))
            .collect(),
        other => panic!("{query} gave {other:?}"),
    }
}

fn one(query: &str) -> f64 {
    let samples = vector(query);
    assert_eq!(samples.len(), 1, "{query}: {samples:?}");
    samples[0].1
}

#[track_caller]
fn close(actual: f64, expected: f64) {
    assert!(
        actual.total_cmp(&expected).is_eq()
            || (actual - expected).abs() <= 1e-9 * expected.abs().max(1.0),
        "{actual} is not {expected}"
    );
}

#[test]
fn an_instant_selector_takes_the_newest_value_and_forgets_what_ended() {
    close(one("weight"), 25.0);
    close(one("weight{service=\"checkout\"} offset 31s"), 5.0);
    assert_eq!(vector("weight{service=\"search\"}"), vec![]);
    assert_eq!(vector("weight{service=\"search\"} offset 31s").len(), 1);
}

#[test]
fn an_instant_selector_looks_back_five_minutes_and_no_further() {
    assert!(
        matches!(at("weight{service=\"checkout\"}", 329), Ok(Value::Vector(found)) if found.len() == 1)
    );
    assert!(
        matches!(at("weight{service=\"checkout\"}", 330), Ok(Value::Vector(found)) if found.is_empty())
    );
}

#[test]
fn matchers_select_by_equality_and_by_anchored_expression() {
    assert_eq!(vector("http_requests_total").len(), 4);
    assert_eq!(vector("http_requests_total{track=\"canary\"}").len(), 2);
    assert_eq!(
        vector("http_requests_total{track!=\"canary\",code!=\"200\"}").len(),
        1
    );
    assert_eq!(vector("http_requests_total{code=~\"5..\"}").len(), 2);
    assert_eq!(vector("http_requests_total{code=~\"5\"}").len(), 0);
    assert_eq!(vector("http_requests_total{code!~\"2.*|3.*\"}").len(), 2);
    assert_eq!(vector("{__name__=~\"http_.*\",nothing=\"\"}").len(), 4);
}

#[test]
fn rates_extrapolate_to_the_ends_of_the_range() {
    // Points at 10..60 (the range is open on the left): 50 s are measured and
    // both gaps (10 s and 0 s) are within 1.1 distances, so 60 s are covered.
    close(
        one("rate(http_requests_total{track=\"canary\",code=\"500\"}[60s])"),
        1.0,
    );
    close(
        one("increase(http_requests_total{track=\"canary\",code=\"500\"}[60s])"),
        60.0,
    );
    close(
        one("irate(http_requests_total{track=\"canary\",code=\"500\"}[60s])"),
        1.0,
    );
    // Six points in 50 s; 40 s of the 90 s before are not covered: half a
    // distance (5 s) stands for them.
    close(
        one("increase(http_requests_total{track=\"canary\",code=\"500\"}[100s])"),
        60.0 + 5.0,
    );
}

#[test]
fn a_counter_does_not_grow_from_below_zero_and_survives_a_reset() {
    let telemetry = Fixed(vec![
        series("young", &[], &[(20, 1.0), (40, 21.0), (60, 41.0)]),
        series("again", &[], &[(20, 100.0), (40, 140.0), (60, 20.0)]),
        series("gauge", &[], &[(20, 100.0), (40, 140.0), (60, 20.0)]),
    ]);
    let value =
        |query: &str| match instant(&parse(query).unwrap(), &telemetry, Instants::one(60_000)) {
            Ok(Value::Vector(samples)) => samples[0].value,
            other => panic!("{other:?}"),
        };
    // It grows 40 in 40 s and was zero one second before its first point.
    close(value("increase(young[55s])"), 41.0);
    // 140 were lost at the reset: 20 - 100 + 140 in 40 s. The gap of 15 s at
    // the beginning is nearer than 22 s, so 55 s are covered.
    close(value("increase(again[55s])"), 60.0 * 55.0 / 40.0);
    close(value("delta(gauge[55s])"), -80.0 * 55.0 / 40.0);
    close(value("idelta(gauge[55s])"), -120.0);
    close(value("resets(again[55s])"), 1.0);
    close(value("changes(again[55s])"), 2.0);
}

#[test]
fn one_point_makes_no_rate() {
    assert_eq!(vector("rate(odd{kind=\"one\"}[60s])"), vec![]);
    assert_eq!(vector("irate(odd{kind=\"one\"}[60s])"), vec![]);
}

#[test]
fn functions_over_time() {
    let over = |function: &str| one(&format!("{function}(weight{{service=\"checkout\"}}[2m])"));
    close(over("avg_over_time"), 15.0);
    close(over("sum_over_time"), 30.0);
    close(over("min_over_time"), 5.0);
    close(over("max_over_time"), 25.0);
    close(over("count_over_time"), 2.0);
    close(over("last_over_time"), 25.0);
    assert!(one("max_over_time(odd{kind=\"nan\"}[2m])").is_nan());
    // The marker of an end is no point.
    close(one("count_over_time(weight{service=\"search\"}[2m])"), 1.0);
}

#[test]
fn aggregations_group_by_and_without() {
    close(one("sum(rate(http_requests_total[60s]))"), 10.0);
    assert_eq!(
        vector("sum by (track) (rate(http_requests_total[60s]))"),
        vec![
            ("{track=\"canary\"}".to_owned(), 5.0),
            ("{track=\"stable\"}".to_owned(), 5.0),
        ]
    );
    assert_eq!(
        vector("count without (code) (http_requests_total)"),
        vec![
            ("{service=\"checkout\", track=\"canary\"}".to_owned(), 2.0),
            ("{service=\"checkout\", track=\"stable\"}".to_owned(), 2.0),
        ]
    );
    close(one("max(rate(http_requests_total[60s]))"), 4.95);
    close(one("min(rate(http_requests_total[60s]))"), 0.05);
    close(one("avg(rate(http_requests_total[60s]))"), 2.5);
    close(one("max(odd)"), 1.0);
    assert!(one("sum(odd)").is_nan());
    assert_eq!(vector("sum(nothing_of_the_sort)"), vec![]);
}

#[test]
fn the_error_ratio_of_each_track() {
    let ratio = "sum by (track) (rate(http_requests_total{code=~\"5..\"}[60s])) / sum by (track) (rate(http_requests_total[60s]))";
    let found = vector(ratio);
    assert_eq!(found[0].0, "{track=\"canary\"}");
    close(found[0].1, 0.2);
    close(found[1].1, 0.01);
    assert_eq!(vector(&format!("({ratio}) > 0.1")).len(), 1);
    assert_eq!(
        vector(&format!("({ratio}) > bool 0.1")),
        vec![
            ("{track=\"canary\"}".to_owned(), 1.0),
            ("{track=\"stable\"}".to_owned(), 0.0),
        ]
    );
}

#[test]
fn vectors_pair_on_ignoring_and_in_groups() {
    assert_eq!(
        vector(
            "http_requests_total{code=\"500\"} / ignoring(code) http_requests_total{code=\"200\"}"
        )
        .len(),
        2
    );
    assert_eq!(
        vector("http_requests_total / on(track) group_left() sum by (track) (http_requests_total)")
            .len(),
        4
    );
    let fault = at("http_requests_total / on(track) http_requests_total", 60).unwrap_err();
    assert!(matches!(fault, Fault::Execution(text) if text.contains("many-to-many")));
    assert_eq!(vector("odd == odd").len(), 1);
    assert!(vector("odd == on(kind) odd")[0].0.contains("kind"));
}

#[test]
fn set_operators() {
    assert_eq!(
        vector("http_requests_total and on(service) weight").len(),
        4
    );
    assert_eq!(
        vector("http_requests_total unless on(service) weight").len(),
        0
    );
    assert_eq!(vector("weight or http_requests_total").len(), 5);
    assert_eq!(
        vector("nothing_of_the_sort or vector(0)"),
        vec![("{}".to_owned(), 0.0)]
    );
}

#[test]
fn scalars_and_small_functions() {
    assert_eq!(at("1 + 2 * 3 ^ 2 - 10 % 4", 60), Ok(Value::Scalar(17.0)));
    assert_eq!(at("2 > bool 1", 60), Ok(Value::Scalar(1.0)));
    assert_eq!(at("time()", 60), Ok(Value::Scalar(60.0)));
    assert_eq!(at("scalar(weight) + 0", 60), Ok(Value::Scalar(25.0)));
    assert!(
        matches!(at("scalar(http_requests_total)", 60), Ok(Value::Scalar(number)) if number.is_nan())
    );
    assert_eq!(at("\"text\"", 60), Ok(Value::Text("text".to_owned())));
    close(one("abs(-weight)"), 25.0);
    close(one("clamp_max(weight, 10)"), 10.0);
    close(one("clamp_min(weight, 30)"), 30.0);
    close(one("clamp(weight, 1, 7)"), 7.0);
    assert!(one("vector(0) / 0").is_nan());
    close(one("vector(1) / 0"), f64::INFINITY);
    assert_eq!(
        vector("absent(nothing_of_the_sort{service=\"a\", track=~\"b\"})"),
        vec![("{service=\"a\"}".to_owned(), 1.0)]
    );
    assert_eq!(vector("absent(weight)"), vec![]);
}

#[test]
fn quantiles_interpolate_inside_the_bucket() {
    let bucket = |le: &str, count: f64| series("lat_bucket", &[("le", le)], &[(60, count)]);
    let telemetry = Fixed(vec![
        bucket("0.1", 50.0),
        bucket("0.5", 90.0),
        bucket("1", 98.0),
        bucket("+Inf", 100.0),
    ]);
    let quantile = |rank: &str| match instant(
        &parse(&format!("histogram_quantile({rank}, lat_bucket)")).unwrap(),
        &telemetry,
        Instants::one(60_000),
    ) {
        Ok(Value::Vector(samples)) => samples[0].value,
        other => panic!("{other:?}"),
    };
    // Rank 25 is half way through the first bucket, which begins at zero.
    close(quantile("0.25"), 0.05);
    // Rank 70 is half way between 50 and 90: 0.1 + 0.4 / 2.
    close(quantile("0.7"), 0.3);
    // Rank 97 is 7/8 of the way between 90 and 98.
    close(quantile("0.97"), 0.5 + 0.5 * 7.0 / 8.0);
    // Beyond the last finite bound nothing is known but that bound.
    close(quantile("0.99"), 1.0);
    close(quantile("1.5"), f64::INFINITY);
    close(quantile("-1"), f64::NEG_INFINITY);
}

#[test]
fn a_histogram_without_observations_or_without_infinity_has_no_quantile() {
    let quantile = |buckets: &[(&str, f64)]| {
        let telemetry = Fixed(
            buckets
                .iter()
                .map(|(le, count)| series("lat_bucket", &[("le", le)], &[(60, *count)]))
                .collect(),
        );
        match instant(
            &parse("histogram_quantile(0.5, lat_bucket)").unwrap(),
            &telemetry,
            Instants::one(60_000),
        ) {
            Ok(Value::Vector(samples)) => samples[0].value,
            other => panic!("{other:?}"),
        }
    };
    assert!(quantile(&[("0.1", 0.0), ("+Inf", 0.0)]).is_nan());
    assert!(quantile(&[("0.1", 3.0), ("1", 5.0)]).is_nan());
    assert!(quantile(&[("+Inf", 5.0)]).is_nan());
}

#[test]
fn what_is_not_evaluated_is_refused_by_name() {
    for (query, name) in [
        ("deriv(weight[5m])", "deriv"),
        ("predict_linear(weight[5m], 60)", "predict_linear"),
        ("quantile_over_time(0.5, weight[5m])", "quantile_over_time"),
        (
            "label_replace(weight, \"a\", \"b\", \"c\", \"d\")",
            "label_replace",
        ),
        ("topk(3, weight)", "topk"),
        ("stddev(weight)", "stddev"),
        ("max_over_time(rate(weight[1m])[5m:10s])", "max_over_time"),
        ("weight @ 5", "@"),
    ] {
        match at(query, 60) {
            Err(Fault::Execution(text)) => assert!(text.contains(name), "{query}: {text}"),
            other => panic!("{query}: {other:?}"),
        }
    }
}

#[test]
fn what_does_not_parse_is_bad_data() {
    for query in [
        "",
        "   ",
        "sum(",
        "rate(weight)",
        "no_such_function(weight)",
        "{}",
        "{a=~\".*\"}",
    ] {
        assert!(
            matches!(at(query, 60), Err(Fault::BadData(_))),
            "{query:?}: {:?}",
            at(query, 60)
        );
    }
}

#[test]
fn a_range_gives_each_instant_its_own_value_and_both_ends() {
    let telemetry = world();
    let instants = Instants {
        start: 0,
        end: 60_000,
        step: 30_000,
        lookback: LOOKBACK,
    };
    let found = range(&parse("weight").unwrap(), &telemetry, instants).unwrap();
    let points: Vec<Vec<(i64, f64)>> = found
        .iter()
        .map(|series| {
            series
                .points
                .iter()
                .map(|point| (point.at, point.value))
                .collect()
        })
        .collect();
    assert_eq!(
        points,
        vec![
            vec![(0, 5.0), (30_000, 25.0), (60_000, 25.0)],
            vec![(0, 50.0)],
        ]
    );
    let constant = range(&parse("7").unwrap(), &telemetry, instants).unwrap();
    assert_eq!(constant[0].points.len(), 3);
    assert!(matches!(
        range(&parse("weight[5m]").unwrap(), &telemetry, instants),
        Err(Fault::BadData(_))
    ));
}
