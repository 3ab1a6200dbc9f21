//! A real Prometheus scrapes the simulator: the canary queries of the written
//! configuration give the story's values there, and the simulator's own
//! evaluator agrees with the real one about the very same samples.
//!
//! Without the program `prometheus` these tests say so and pass, unless
//! `TMINUS_REQUIRE_PROMETHEUS` is set.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what it misses and stops where a step fails"
)]

mod judged;
mod server;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use tminus::simulator::prometheus::promql::{
    self, Instants, Labels, METRIC_NAME, Point, Series, Telemetry, Value,
};
use tminus::simulator::{Options, Running, start};

use self::server::{Prometheus, program};

/// Longest wait for anything that is polled.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);

async fn release_day(speed: f64) -> Running {
    start(Options {
        scenario: "release-day".to_owned(),
        seed: 11,
        speed,
    })
    .await
    .unwrap()
}

/// The expressions of the canary profile in the written configuration, for
/// checkout: of each metric the baseline's and the canary's, and the weight's.
fn profile(running: &Running) -> (String, BTreeMap<String, [String; 2]>) {
    let text = running.config_toml(Path::new("/nowhere"));
    let configuration: toml::Table = text.parse().unwrap();
    let profile = &configuration["profiles"]["http-service"];
    let filled = |value: &toml::Value| value.as_str().unwrap().replace("{service}", "checkout");
    let metrics = profile["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|metric| {
            (
                metric["name"].as_str().unwrap().to_owned(),
                [filled(&metric["baseline"]), filled(&metric["canary"])],
            )
        })
        .collect();
    (filled(&profile["weight"]), metrics)
}

/// Polls until a number is as it should be.
async fn eventually(prometheus: &Prometheus, query: &str, wanted: impl Fn(f64) -> bool) -> f64 {
    let end = Instant::now() + PATIENCE;
    let mut last = None;
    while Instant::now() < end {
        last = prometheus.number(query).await;
        if let Some(number) = last.filter(|number| wanted(*number)) {
            return number;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("{query} stayed at {last:?}");
}

#[tokio::test]
async fn the_canary_queries_tell_the_story_on_a_real_prometheus() {
    let Some(program) = program() else { return };
    let running = release_day(10.0).await;
    let target = running.urls["prometheus"]
        .trim_start_matches("http://")
        .to_owned();
    let prometheus = Prometheus::start(&program, &target).await;
    let (weight, metrics) = profile(&running);
    assert_eq!(metrics.len(), 3, "{metrics:?}");

    // The canary gets a quarter of the traffic and then starts to fail.
    eventually(&prometheus, &weight, |weight| (weight - 25.0).abs() < 1e-9).await;
    let [baseline, canary] = &metrics["error rate"];
    let failing = eventually(&prometheus, canary, |ratio| ratio > 0.018).await;
    assert!(failing < 0.03, "{failing}");
    let calm = prometheus.number(baseline).await.unwrap();
    assert!((0.002..0.008).contains(&calm), "{calm}");

    let [baseline, canary] = &metrics["latency p99"];
    let slow = eventually(&prometheus, canary, |seconds| seconds > 0.5).await;
    let usual = prometheus.number(baseline).await.unwrap();
    assert!(
        usual > 0.1 && slow > 1.1 * usual && slow < 2.5,
        "{usual} {slow}"
    );
    for query in &metrics["saturation"] {
        let busy = prometheus.number(query).await.unwrap();
        assert!((0.2..0.9).contains(&busy), "{busy}");
    }
    drop(prometheus);
    running.shutdown().await;
}

/// The samples that the real Prometheus has.
struct Recorded(Vec<Series>);

impl Telemetry for Recorded {
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

fn labels(metric: &Json) -> Labels {
    let mut labels = Labels::default();
    for (name, value) in metric.as_object().unwrap() {
        labels.set(name, value.as_str().unwrap());
    }
    labels
}

fn point(pair: &Json) -> Point {
    Point {
        at: (pair[0].as_f64().unwrap() * 1000.0).round() as i64,
        value: pair[1].as_str().unwrap().parse().unwrap(),
    }
}

fn series(result: &Json) -> Vec<Series> {
    result
        .as_array()
        .unwrap()
        .iter()
        .map(|one| Series {
            labels: labels(&one["metric"]),
            points: one["values"]
                .as_array()
                .unwrap()
                .iter()
                .map(point)
                .collect(),
        })
        .collect()
}

/// What both give: numbers by series.
fn numbers(result: &Json) -> BTreeMap<String, f64> {
    match result["resultType"].as_str() {
        Some("scalar") => BTreeMap::from([(String::new(), point(&result["result"]).value)]),
        _ => result["result"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (labels(&one["metric"]).display(), point(&one["value"]).value))
            .collect(),
    }
}

fn own_numbers(value: Value) -> BTreeMap<String, f64> {
    match value {
        Value::Scalar(number) => BTreeMap::from([(String::new(), number)]),
        Value::Vector(samples) => samples
            .into_iter()
            .map(|sample| (sample.labels.display(), sample.value))
            .collect(),
        other => panic!("{other:?}"),
    }
}

fn agree(left: f64, right: f64) -> bool {
    left.is_nan() && right.is_nan()
        || left.total_cmp(&right).is_eq()
        || (left - right).abs() <= 1e-9 * left.abs().max(right.abs())
}

#[track_caller]
fn same(query: &str, real: &BTreeMap<String, f64>, own: &BTreeMap<String, f64>) {
    let keys = |map: &BTreeMap<String, f64>| map.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(own), keys(real), "{query}");
    for (key, expected) in real {
        assert!(
            agree(*expected, own[key]),
            "{query} {key}: {} where the real one says {expected}",
            own[key]
        );
    }
}

const ERRORS: &str = "http_requests_total{service=\"checkout\",code=~\"5..\"}";
const ALL: &str = "http_requests_total{service=\"checkout\"}";

/// Expressions about which both must agree.
fn expressions() -> Vec<String> {
    let mut found: Vec<String> = [
        "ERRORS",
        "ALL offset 2s",
        "http_requests_total{service!=\"checkout\",track!~\"can.*\"}",
        "http_requests_total{nothing=\"\"}",
        "sum(ALL)",
        "sum by (track) (ALL)",
        "avg without (code, instance) (ALL)",
        "max by (service) (http_requests_total)",
        "min by (service, track) (http_requests_total)",
        "count by (code) (http_requests_total)",
        "group by (track) (http_requests_total)",
        "count(http_requests_total > 100000)",
        "sum by (track) (rate(ERRORS[10s])) / sum by (track) (rate(ALL[10s]))",
        "rate(ERRORS[9s]) / ignoring(code) rate(http_requests_total{service=\"checkout\",code=\"200\"}[9s])",
        "rate(ALL[9s]) / on(track) group_left sum by (track) (rate(ALL[9s]))",
        "sum by (track) (rate(ALL[9s])) * on(track) group_right rate(ALL[9s])",
        "histogram_quantile(0.99, sum by (le, track) (rate(http_request_duration_seconds_bucket{service=\"checkout\"}[10s])))",
        "histogram_quantile(0.5, rate(http_request_duration_seconds_bucket[10s]))",
        "histogram_quantile(0.999, rate(http_request_duration_seconds_bucket[10s]))",
        "histogram_quantile(0, rate(http_request_duration_seconds_bucket[10s]))",
        "histogram_quantile(1.2, rate(http_request_duration_seconds_bucket[10s]))",
        "rate(http_request_duration_seconds_sum[10s]) / rate(http_request_duration_seconds_count[10s])",
        "rollout_canary_weight > 10",
        "10 < rollout_canary_weight",
        "rollout_canary_weight > bool 10",
        "rollout_canary_weight == rollout_canary_weight",
        "ALL > ignoring(code) group_left sum by (instance, job, service, track) (ALL) * 0.5",
        "process_saturation_ratio and on(service) (rollout_canary_weight > 0)",
        "process_saturation_ratio unless on(service) (rollout_canary_weight > 0)",
        "(rollout_canary_weight > 0) or process_saturation_ratio",
        "-process_saturation_ratio + 1",
        "2 ^ 3 ^ 2 % 7",
        "1 - process_saturation_ratio * 100 / 2",
        "clamp(process_saturation_ratio, 0.4, 0.5)",
        "clamp_min(process_saturation_ratio, 0.45)",
        "clamp_max(process_saturation_ratio, 0.45)",
        "abs(0.45 - process_saturation_ratio)",
        "ceil(process_saturation_ratio * 10)",
        "floor(process_saturation_ratio * 10)",
        "sqrt(process_saturation_ratio)",
        "ln(process_saturation_ratio)",
        "exp(process_saturation_ratio)",
        "sgn(process_saturation_ratio - 0.46)",
        "scalar(rollout_canary_weight{service=\"checkout\"})",
        "scalar(rollout_canary_weight)",
        "vector(time())",
        "time() - 1",
        "absent(rollout_canary_weight)",
        "absent(no_such_metric{service=\"checkout\",track=~\"c.*\"})",
        "absent(sum(no_such_metric))",
        "sum(no_such_metric)",
        "vector(0) / 0",
        "sum(no_such_metric) or vector(1)",
        "rollout_version_info{service=\"checkout\"}",
        "up",
    ]
    .iter()
    .map(|text| text.replace("ERRORS", ERRORS).replace("ALL", ALL))
    .collect();
    for function in [
        "rate",
        "increase",
        "irate",
        "delta",
        "idelta",
        "avg_over_time",
        "sum_over_time",
        "min_over_time",
        "max_over_time",
        "count_over_time",
        "last_over_time",
        "present_over_time",
        "changes",
        "resets",
    ] {
        for range in ["4s", "9s", "60s"] {
            found.push(format!("{function}({ALL}[{range}])"));
            // How far the rate of a thing that is no counter reaches back
            // differs between versions of Prometheus.
            if !matches!(function, "rate" | "increase") {
                found.push(format!(
                    "{function}(process_saturation_ratio[{range}] offset 1s)"
                ));
            }
        }
    }
    found
}

#[tokio::test]
async fn the_evaluator_agrees_with_a_real_prometheus() {
    let Some(program) = program() else { return };
    let running = release_day(5.0).await;
    let target = running.urls["prometheus"]
        .trim_start_matches("http://")
        .to_owned();
    let prometheus = Prometheus::start(&program, &target).await;
    let scrapes = format!("count_over_time(up{{job=\"{}\"}}[1m])", prometheus.job);
    eventually(&prometheus, &scrapes, |count| count >= 12.0).await;

    // A moment that is over, between two scrapes: nothing is added to it.
    let newest = prometheus
        .number(&format!("timestamp(up{{job=\"{}\"}})", prometheus.job))
        .await
        .unwrap();
    let at = newest - 0.613;
    let raw = prometheus
        .try_query("{job=~\"tminus.*\"}[2m]", Some(at))
        .await
        .unwrap();
    let recorded = Recorded(series(&raw["data"]["result"]));
    assert!(
        recorded
            .0
            .iter()
            .any(|one| one.labels.get(METRIC_NAME) == "http_requests_total")
    );

    let milliseconds = (at * 1000.0).round() as i64;
    for query in expressions() {
        let real = prometheus.try_query(&query, Some(at)).await.unwrap();
        assert_eq!(real["status"], "success", "{query}: {real}");
        let own = promql::parse(&query)
            .and_then(|parsed| promql::instant(&parsed, &recorded, Instants::one(milliseconds)))
            .unwrap_or_else(|fault| panic!("{query}: {fault:?}"));
        same(&query, &numbers(&real["data"]), &own_numbers(own));
    }

    let query = format!("sum by (track) (rate({ALL}[5s]))");
    let form = [
        ("query", query.clone()),
        ("start", format!("{:.3}", at - 6.0)),
        ("end", format!("{at:.3}")),
        ("step", "2".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    let real = prometheus.post("query_range", &form).await.unwrap();
    let instants = Instants {
        start: milliseconds - 6_000,
        end: milliseconds,
        step: 2_000,
        lookback: promql::LOOKBACK,
    };
    let own = promql::range(&promql::parse(&query).unwrap(), &recorded, instants).unwrap();
    let flat = |series: &[Series]| -> BTreeMap<String, f64> {
        series
            .iter()
            .flat_map(|one| {
                one.points.iter().map(|point| {
                    (
                        format!("{} {}", one.labels.display(), point.at),
                        point.value,
                    )
                })
            })
            .collect()
    };
    let expected = flat(&series(&real["data"]["result"]));
    assert_eq!(expected.len(), 8, "{expected:?}");
    same(&query, &expected, &flat(&own));
    drop(prometheus);
    running.shutdown().await;
}
