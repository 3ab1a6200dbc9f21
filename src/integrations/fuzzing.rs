//! Hostile answers of vendors, for the fuzz targets alone: each type that is
//! read from the network, from any bytes.

use serde::de::DeserializeOwned;

use super::{github, gitlab, pagerduty, prometheus};

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
