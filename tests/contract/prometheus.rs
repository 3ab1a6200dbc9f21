//! The Prometheus integration against the simulator.

use tminus::{
    domain::{Body, CanaryReading, Connection, Sample},
    integrations::contract::Finding,
};

use super::company::{Company, collect};

fn canary(facts: &[Body], service: &str) -> CanaryReading {
    facts
        .iter()
        .find_map(|body| match body {
            Body::Canary(reading) if reading.service.as_str() == service => Some(reading.clone()),
            _ => None,
        })
        .unwrap()
}

#[tokio::test]
async fn a_sweep_measures_the_canary_that_runs() {
    let company = Company::open("release-day", 1.0).await;
    let server = company.connect("prometheus");
    let (result, facts) = collect(&server).await;
    result.unwrap();
    let checkout = canary(&facts, "checkout");
    assert_eq!(checkout.weight, Some(5.0));
    assert_eq!(checkout.steps, [5.0, 25.0, 50.0, 100.0]);
    assert!(checkout.step_since.is_some());
    assert_eq!(checkout.metrics.len(), 3);
    for metric in &checkout.metrics {
        assert!(metric.baseline.value().is_some(), "{metric:?}");
        assert!(metric.canary.value().is_some(), "{metric:?}");
        assert!(metric.series.baseline.len() <= 120);
        let known = metric.series.baseline.iter().flatten().count();
        assert!(known > 10, "{known} points of {}", metric.name);
    }
    let other = canary(&facts, "search");
    assert!(matches!(other.metrics[0].canary, Sample::NoData(_)));
    assert!(facts.iter().any(|body| matches!(body, Body::Alerts(_))));
    assert!(
        facts.iter().any(
            |body| matches!(body, Body::Health(health) if health.connection == Connection::Ok)
        )
    );
}

#[tokio::test]
async fn the_doctor_tries_each_query() {
    let company = Company::open("release-day", 1.0).await;
    let findings = company.connect("prometheus").doctor().await;
    assert!(
        findings.iter().all(|one| one.ok != Some(false)),
        "{findings:#?}"
    );
    let about = |service: &str| {
        let prefix = |one: &&Finding| one.title.as_str() == service;
        let found = findings.iter().find(prefix).unwrap();
        (found.ok, found.detail.to_string())
    };
    assert_eq!(
        about("checkout"),
        (Some(true), "all 11 queries answer".to_owned())
    );
    assert_eq!(
        about("search"),
        (
            Some(true),
            "6 queries answer; no canary runs now, so its own are silent".to_owned()
        )
    );
}
