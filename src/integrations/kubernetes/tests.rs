//! The integration in front of a server on loopback that says what no simulator
//! says.

use std::{collections::BTreeMap, sync::Arc};

use super::{Settings, connect};
use crate::{
    domain::{Body, Catalog, Connection, ServiceName, ServiceSpec, SourceId, TokenSource},
    integrations::{
        contract::Integration,
        http::Access,
        testing::{self, Reply, Vendor, bodies},
    },
};

fn cluster(url: &str) -> Arc<dyn Integration> {
    let settings = Settings {
        url: Some(url.to_owned()),
        token: Some(TokenSource::Env("UNUSED".to_owned())),
        namespaces: BTreeMap::from([("shop".to_owned(), "production".to_owned())]),
        requests_per_minute: 6000,
        ..Settings::default()
    };
    let catalog = Arc::new(Catalog {
        services: vec![ServiceSpec {
            name: ServiceName::new("web"),
            ..ServiceSpec::default()
        }],
        ..Catalog::default()
    });
    connect(
        SourceId::new("cluster"),
        &settings,
        &|_| Ok("tminus_canary_0123456789".to_owned().into()),
        &catalog,
        Access::ReadWrite,
    )
    .unwrap()
}

fn status(code: u16, reason: &str, message: &str) -> Reply {
    Reply::Say(
        code,
        "content-type: application/json\r\n".to_owned(),
        serde_json::json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "reason": reason, "message": message, "code": code,
        })
        .to_string(),
    )
}

const NOTHING: &str = r#"{"metadata":{},"items":[]}"#;
const WEB: &str = r#"{"metadata":{},"items":[
    {"metadata":{"name":"web","uid":"u1","generation":2},"spec":{"strategy":{"canary":{}}},
     "status":{"phase":"Healthy","observedGeneration":"2"}},
    {"metadata":{"name":7}},
    {"metadata":{"name":"nobody-knows-it","uid":"u2"}}]}"#;

#[tokio::test]
async fn a_malformed_workload_costs_itself() {
    let vendor = Vendor::start(|asked| match asked.path.split('?').next() {
        Some(path) if path.ends_with("/rollouts") => Reply::json(WEB),
        _ => Reply::json(NOTHING),
    })
    .await;
    let cluster = cluster(&vendor.url);
    let (sink, facts) = testing::sink("cluster");
    let fault = cluster.sweep(&sink).await.unwrap_err();
    assert_eq!(fault.connection, Connection::Degraded);
    assert!(fault.detail.contains("1 objects"), "{}", fault.detail);
    let rollouts = bodies(&facts)
        .into_iter()
        .filter(|body| matches!(body, Body::Rollout(_)))
        .count();
    assert_eq!(rollouts, 1, "what belongs to no service is left out");
}

#[tokio::test]
async fn without_argo_rollouts_deployments_are_read() {
    let vendor = Vendor::start(|asked| {
        if asked.path.contains("argoproj.io") {
            status(
                404,
                "NotFound",
                "the server could not find the requested resource",
            )
        } else {
            Reply::json(NOTHING)
        }
    })
    .await;
    let (sink, _) = testing::sink("cluster");
    assert_eq!(cluster(&vendor.url).sweep(&sink).await, Ok(()));
}

#[tokio::test]
async fn a_list_that_expired_between_its_pages_begins_anew() {
    let expired = std::sync::atomic::AtomicBool::new(false);
    let vendor = Vendor::start(move |asked| {
        if !asked.path.contains("/rollouts") {
            return Reply::json(NOTHING);
        }
        if !asked.path.contains("continue=") {
            return Reply::json(r#"{"metadata":{"continue":"page2"},"items":[]}"#);
        }
        if expired.swap(true, std::sync::atomic::Ordering::SeqCst) {
            Reply::json(WEB)
        } else {
            status(410, "Expired", "The provided continue parameter is too old")
        }
    })
    .await;
    let (sink, facts) = testing::sink("cluster");
    let _ = cluster(&vendor.url).sweep(&sink).await;
    assert!(
        bodies(&facts)
            .iter()
            .any(|body| matches!(body, Body::Rollout(_)))
    );
}

#[tokio::test]
async fn a_refusal_to_read_names_verb_and_resource() {
    let words = "rollouts.argoproj.io is forbidden: User \"ana\" cannot list resource \"rollouts\" \
                 in API group \"argoproj.io\" in the namespace \"shop\"";
    let vendor = Vendor::start(move |_| status(403, "Forbidden", words)).await;
    let (sink, _) = testing::sink("cluster");
    let fault = cluster(&vendor.url).sweep(&sink).await.unwrap_err();
    assert_eq!(fault.connection, Connection::Forbidden);
    assert!(
        fault.detail.contains("cannot list resource \"rollouts\""),
        "{}",
        fault.detail
    );
}
