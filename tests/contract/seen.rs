//! What a host of code and pipelines shows in one sweep, and waiting for it to
//! show something.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tminus::domain::{Approval, Body, Deployment, Origin, Run};
use tminus::integrations::contract::Integration;

use super::company::collect;

/// What one sweep saw, sorted by noun; the last word on each object counts.
pub struct Seen {
    pub bodies: Vec<Body>,
    pub runs: BTreeMap<Origin, Run>,
    pub approvals: Vec<Approval>,
    pub deployments: Vec<Deployment>,
}

/// Everything, as one sweep sees it.
pub async fn look(host: &Arc<dyn Integration>) -> Seen {
    let (result, bodies) = collect(host).await;
    result.unwrap();
    let mut listings = BTreeMap::new();
    let mut seen = Seen {
        runs: BTreeMap::new(),
        approvals: Vec::new(),
        deployments: Vec::new(),
        bodies,
    };
    for body in &seen.bodies {
        match body {
            Body::Run(run) => {
                seen.runs.insert(run.id.clone(), run.clone());
            }
            Body::Approvals { scope, items } => {
                listings.insert(scope.clone(), items.clone());
            }
            Body::Deployment(deployment) => seen.deployments.push(deployment.clone()),
            _ => {}
        }
    }
    seen.approvals = listings.into_values().flatten().collect();
    seen
}

/// The vendor tells nothing by itself: it has to be asked again, within its
/// budget.
pub async fn pause() {
    tokio::time::sleep(Duration::from_millis(100)).await;
}

/// Looks again and again until it is there.
pub async fn until<T>(host: &Arc<dyn Integration>, find: impl Fn(&Seen) -> Option<T>) -> T {
    loop {
        let seen = look(host).await;
        if let Some(found) = find(&seen) {
            return found;
        }
        pause().await;
    }
}
