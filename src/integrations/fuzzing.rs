//! Hostile answers of vendors, for the fuzz targets alone: each type that is
//! read from the network, from any bytes.

use serde::{Deserialize, de::DeserializeOwned};

use super::{github, gitlab, http::Lenient, jenkins, pagerduty, prometheus};
use crate::domain::{ServiceName, SourceId};

fn read<T: DeserializeOwned>(bytes: &[u8]) {
    // What is refused is as good as what is read: nothing may panic.
    drop(serde_json::from_slice::<T>(bytes));
}

/// GitHub's REST and GraphQL.
pub fn github(bytes: &[u8]) {
    use github::wire::{List, graph, rest};
    read::<rest::Runs>(bytes);
    read::<rest::Jobs>(bytes);
    read::<List<rest::PendingDeployment>>(bytes);
    read::<List<rest::Review>>(bytes);
    read::<List<rest::Deployment>>(bytes);
    read::<rest::Compare>(bytes);
    read::<graph::Repository>(bytes);
    read::<graph::Calendar>(bytes);
    read::<graph::CommitPulls>(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        drop(serde_json::from_str::<graph::Envelope<'_>>(text));
    }
}

/// GitLab's REST.
pub fn gitlab(bytes: &[u8]) {
    use gitlab::wire::{
        Compare, Deployment, Environment, FreezePeriod, Job, List, MergeRequest, Milestone,
        Pipeline, Release,
    };
    read::<List<Pipeline>>(bytes);
    read::<List<Job>>(bytes);
    read::<Job>(bytes);
    read::<List<Deployment>>(bytes);
    read::<List<Environment>>(bytes);
    read::<List<FreezePeriod>>(bytes);
    read::<List<Release>>(bytes);
    read::<List<Milestone>>(bytes);
    read::<List<MergeRequest>>(bytes);
    read::<Compare>(bytes);
}

/// Jenkins' core API and the Pipeline REST API.
pub fn jenkins(bytes: &[u8]) {
    use jenkins::wire::{Crumb, Described, Input, Item, Me, QueueItem, Startable, TestReport};
    read::<Item>(bytes);
    read::<Described>(bytes);
    read::<Input>(bytes);
    read::<Startable>(bytes);
    read::<TestReport>(bytes);
    read::<QueueItem>(bytes);
    read::<Me>(bytes);
    read::<Crumb>(bytes);
    if let Ok(whole) = serde_json::from_slice(bytes) {
        put_together(whole);
    }
}

/// A build with what is asked for beside it.
#[derive(Deserialize)]
struct Whole {
    build: jenkins::wire::Build,
    #[serde(default)]
    stages: Lenient<jenkins::wire::Stage>,
    #[serde(default)]
    inputs: Lenient<jenkins::wire::Input>,
}

/// What is read of a build is put together as well: it has numbers without
/// bounds, and words in which others are sought.
fn put_together(whole: Whole) {
    use jenkins::{config::Deploys, map, memory::Known, rules::rules};
    let known = Known {
        build: whole.build,
        branch: None,
        stages: Some(whole.stages.items),
        settled: false,
        inputs: whole.inputs.items,
    };
    let (source, service) = (SourceId::new("ci"), ServiceName::new("web"));
    let rule = Deploys {
        job: "a/web".to_owned(),
        stages: [("Deploy".to_owned(), "live".to_owned())].into(),
        ..Deploys::default()
    };
    for rules in [Vec::new(), rules(&[rule], &[])] {
        let place = map::Place {
            source: &source,
            service: &service,
            root: "a",
            rules: &rules,
        };
        drop(map::run(&place, "a/web", &known));
        drop(map::jobs(&place, "a/web", &known));
        drop(map::approvals(&place, "a/web", &known));
        drop(map::deploy::deployments(&place, "a/web", &known));
        let _ = map::repeats(&known.build);
    }
}

/// `PagerDuty`'s REST.
pub fn pagerduty(bytes: &[u8]) {
    use pagerduty::wire::{Incident, LogEntry, MaintenanceWindow, Notes, OnCall, OneIncident};
    read::<OneIncident>(bytes);
    read::<Notes>(bytes);
    read::<Vec<Incident>>(bytes);
    read::<Vec<LogEntry>>(bytes);
    read::<Vec<OnCall>>(bytes);
    read::<Vec<MaintenanceWindow>>(bytes);
}

/// The HTTP API of Prometheus.
pub fn prometheus(bytes: &[u8]) {
    use prometheus::wire::{AlertData, BuildInfo, Envelope, QueryData};
    read::<Envelope>(bytes);
    read::<QueryData>(bytes);
    read::<AlertData>(bytes);
    read::<BuildInfo>(bytes);
}
