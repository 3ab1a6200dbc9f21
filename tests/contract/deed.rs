//! What a host of code and pipelines is asked and told to do, and what comes of
//! it.

use std::sync::Arc;

use tminus::domain::{Act, Approval, Body, Intent, Job, LogState, Origin, Text};
use tminus::integrations::contract::{Integration, Observation, Observe, Precheck, Query};

use super::{
    company::{Company, Sink, now},
    seen::{Seen, pause},
};

/// The operation that every deed here is.
pub const ID: &str = "0199aa00-0000-7000-8000-000000000001";

/// What the answer to a question was.
pub async fn fetch(host: &Arc<dyn Integration>, query: Query) -> Vec<Body> {
    let sink = Sink::default();
    let facts = sink.facts(host.id().as_str());
    host.fetch(query, &facts).await.unwrap();
    sink.bodies()
}

/// The newest attempt that was told of a run, with its jobs.
pub async fn jobs(host: &Arc<dyn Integration>, run: &Origin) -> (u32, Vec<Job>) {
    fetch(host, Query::Jobs(run.clone()))
        .await
        .into_iter()
        .find_map(|body| match body {
            Body::Jobs { attempt, items, .. } => Some((attempt, items)),
            _ => None,
        })
        .unwrap()
}

/// The whole log of a job that has ended.
pub async fn log(host: &Arc<dyn Integration>, job: &Origin) -> String {
    let sink = Sink::default();
    let facts = sink.facts(host.id().as_str());
    host.fetch(Query::Log(job.clone()), &facts).await.unwrap();
    assert!(matches!(
        sink.bodies().as_slice(),
        [Body::Log(log)] if matches!(log.state, LogState::Stored { complete: true, .. })
    ));
    sink.log()
}

/// Something to do in production.
pub fn intent(host: &Arc<dyn Integration>, service: &str, act: Act) -> Intent {
    Intent {
        source: host.id().clone(),
        service: Some(service.into()),
        environment: Some("production".into()),
        act,
        reason: "for the train".into(),
    }
}

pub fn approve(approval: &Approval) -> Act {
    Act::Approve {
        approval: approval.id.clone(),
        run: approval.run.clone(),
        environment_key: approval.environment_key.clone(),
        grants: approval.grants,
    }
}

pub fn decline(approval: &Approval) -> Act {
    Act::Decline {
        approval: approval.id.clone(),
        run: approval.run.clone(),
        environment_key: approval.environment_key.clone(),
    }
}

/// What of a service waits for a yes.
pub fn waiting(seen: &Seen, service: &str) -> Option<Approval> {
    let mut waiting = seen.approvals.iter();
    waiting.find(|one| one.service == service.into()).cloned()
}

/// Sends what a confirmed operation would send.
pub async fn send(company: &Company, host: &Arc<dyn Integration>, intent: Intent) -> Observe {
    let before = host.precheck(&intent).await.unwrap();
    assert_eq!(before, Precheck::Ready, "{:?}", intent.act);
    let request = host.prepare(&intent).unwrap();
    let number = |answer: &serde_json::Value, name: &str| {
        let number = answer[name].as_u64();
        number.map_or_else(String::new, |number| number.to_string())
    };
    let (status, handle) = match host.kind() {
        "github" => {
            let (status, answer) = company.deliver_to_github(&request).await;
            (status, number(&answer, "workflow_run_id"))
        }
        "gitlab" => {
            let (status, answer) = company.deliver_to_gitlab(&request).await;
            (status, number(&answer, "id"))
        }
        _ => {
            let (status, location) = company.deliver_to_jenkins(&request).await;
            let item = location.split_once("/queue/item/");
            let item = item.map_or("", |(_, id)| id.trim_end_matches('/'));
            // Jenkins answers what it took with a redirect as well.
            let status = if status < 400 { 200 } else { status };
            (status, item.to_owned())
        }
    };
    assert!((200..300).contains(&status), "{request}: {status}");
    Observe {
        id: ID.into(),
        since: now(),
        handle: Text::new(&handle),
        intent,
    }
}

/// Looks again and again until it is known what came of it.
pub async fn outcome(host: &Arc<dyn Integration>, operation: &Observe) -> Observation {
    loop {
        match host.observe(operation).await.unwrap() {
            Observation::Pending(_) => pause().await,
            other => return other,
        }
    }
}

/// Looks again and again until it is seen to wait for a yes.
pub async fn until_it_waits(host: &Arc<dyn Integration>, operation: &Observe) {
    loop {
        let seen = host.observe(operation).await.unwrap();
        assert!(matches!(seen, Observation::Pending(_)), "{seen:?}");
        if matches!(&seen, Observation::Pending(what) if what.contains("waits for a yes")) {
            return;
        }
        pause().await;
    }
}

/// Does what a confirmed operation does, and waits until it is seen.
pub async fn carry_out(
    company: &Company,
    host: &Arc<dyn Integration>,
    intent: Intent,
) -> Observation {
    let operation = send(company, host, intent).await;
    outcome(host, &operation).await
}

/// The credential is ana's, and the doctor finds nothing wrong.
pub async fn is_well(host: &Arc<dyn Integration>) {
    let told = host.identity().await.unwrap();
    assert_eq!(told.as_deref(), Some("ana"));
    let findings = host.doctor().await;
    assert!(!findings.is_empty());
    for finding in &findings {
        assert_ne!(finding.ok, Some(false), "{finding:?}");
    }
}
