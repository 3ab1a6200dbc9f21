//! The integration reads a real Prometheus, and the judge what it read.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use tminus::analysis::canary::{Verdict, reading::judge};
use tminus::config::{Config, fetch_secret};
use tminus::domain::{AlertState, Body, CanaryReading};
use tminus::integrations::{
    contract::{FactSink, Integration},
    http::Access,
};

use super::{
    PATIENCE, PAUSE, release_day,
    server::{Prometheus, program},
};

/// What the integration reads there, while it goes on asking.
async fn until(server: &dyn Integration, wanted: impl Fn(&[Body]) -> bool) -> Vec<Body> {
    let end = Instant::now() + PATIENCE;
    loop {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&seen);
        let facts = FactSink::new(
            server.id().clone(),
            Arc::new(move |facts| {
                let bodies = facts.into_iter().map(|fact| fact.body);
                keep.lock().unwrap().extend(bodies);
            }),
        );
        server.sweep(&facts).await.unwrap();
        let found = std::mem::take(&mut *seen.lock().unwrap());
        if wanted(&found) {
            return found;
        }
        assert!(Instant::now() < end, "it stayed at {found:#?}");
        tokio::time::sleep(PAUSE).await;
    }
}

fn checkout(bodies: &[Body]) -> Option<&CanaryReading> {
    bodies.iter().find_map(|body| match body {
        Body::Canary(reading) if reading.service.as_str() == "checkout" => Some(reading),
        _ => None,
    })
}

#[tokio::test]
async fn its_answers_are_judged_and_its_alerts_are_read() {
    let Some(program) = program() else { return };
    let running = release_day(4.0).await;
    let target = running.urls["prometheus"]
        .trim_start_matches("http://")
        .to_owned();
    let prometheus = Prometheus::start(&program, &target).await;
    let directory = tempfile::tempdir().unwrap();
    let text = running
        .config_toml(directory.path())
        .replace(&running.urls["prometheus"], &prometheus.url)
        // The recorded series is a metric of the profile, too.
        .replace("metrics = [\n", RECORDED);
    running.write_files(directory.path()).unwrap();
    let file = directory.path().join("real.toml");
    std::fs::write(&file, text).unwrap();
    let config = Config::find(Some(file)).unwrap();
    let id = "prometheus".into();
    let server = config.systems[&id]
        .connect(id.clone(), &fetch_secret, &config.catalog, Access::ReadOnly)
        .unwrap();

    let failing = until(&*server, |bodies| {
        checkout(bodies).is_some_and(|reading| judge(reading).verdict == Verdict::Fail)
    })
    .await;
    let reading = checkout(&failing).unwrap();
    let report = judge(reading);
    let of = |name: &str| {
        let at = report
            .metrics
            .iter()
            .position(|one| one.name.as_str() == name);
        (&report.metrics[at.unwrap()], &reading.metrics[at.unwrap()])
    };
    let (errors, measured) = of("error rate");
    assert_eq!(errors.verdict, Verdict::Fail, "{report:#?}");
    assert!(
        report
            .sentence
            .starts_with("error rate is worse on the canary")
    );
    // The counts are of the same order as the rate says.
    let share = errors.details.canary_samples / {
        let counts = measured.counts.as_ref().unwrap();
        let since = reading.step_since.unwrap() - counts.start.unwrap();
        let from = usize::try_from(since.num_seconds() / i64::from(counts.step_seconds)).unwrap();
        counts.canary_total[from + 1..]
            .iter()
            .flatten()
            .sum::<f64>()
    };
    assert!((0.002..0.04).contains(&share), "{share}");
    let (_, recorded) = of("recorded errors");
    assert!(
        recorded.canary.value().is_some_and(|ratio| ratio > 0.004),
        "{recorded:?}"
    );

    until(&*server, |bodies| {
        bodies.iter().any(|body| match body {
            Body::Alerts(alerts) => alerts.iter().any(|alert| {
                alert.name.as_str() == "CheckoutCanaryBurns"
                    && alert.state == AlertState::Firing
                    && alert.service == Some("checkout".into())
            }),
            _ => false,
        })
    })
    .await;
    drop(prometheus);
    running.shutdown().await;
}

/// A metric by the recorded series.
const RECORDED: &str = r#"metrics = [
  { name = "recorded errors", unit = "ratio", baseline = 'track:http_requests_errors:ratio15s{track="baseline"}', canary = 'track:http_requests_errors:ratio15s{track="canary"}' },
"#;
