//! What the watch wants to see, and how often.

use std::{sync::Arc, time::Duration};

use super::look::Eyes;
use crate::integrations::{
    contract::{Attention, FactSink, Fault},
    http::{Need, ReadClient},
    schedule::{self, Rank},
    watching::{self, Pace, Watched, take_all},
};

/// Requests that a look takes.
const LOOK_COST: u32 = 3;
/// The slowest look at a namespace in which nothing moves, budget permitting.
const QUIET: Duration = Duration::from_secs(30);

type Wish = schedule::Wish<String>;

/// Reads everything once.
///
/// # Errors
/// The first fault; what could be read was emitted all the same.
pub async fn sweep(watcher: Watcher, facts: &FactSink) -> Result<(), Fault> {
    let looks: Vec<String> = watcher.eyes.namespaces.keys().cloned().collect();
    let fault = take_all(&watcher, &looks, facts).await;
    watching::ended(&watcher, fault, facts)
}

/// What is watched, and how fast.
pub struct Watcher {
    /// What looks.
    pub eyes: Arc<Eyes>,
    /// How fast.
    pub pace: Pace,
}

impl Watched for Watcher {
    /// A namespace.
    type Look = String;

    async fn take(&self, look: &String, need: Need, facts: &FactSink) -> Result<(), Fault> {
        self.eyes.look(look, need, facts).await
    }

    fn client(&self) -> &ReadClient {
        self.eyes.client.read()
    }

    fn wishes(&self, attention: &Attention) -> Vec<Wish> {
        let count = self.eyes.namespaces.len();
        let sweep = interval(self.pace, count);
        self.eyes
            .namespaces
            .keys()
            .map(|namespace| {
                let shown = self
                    .eyes
                    .services(namespace)
                    .iter()
                    .any(|service| attention.services.contains(service));
                let moving = self.eyes.is_moving(namespace);
                let (rank, every) = match (shown, moving) {
                    (_, true) => (Rank::Attention, self.pace.poll.max(sweep)),
                    (true, false) => (Rank::Attention, (self.pace.poll * 2).max(sweep)),
                    (false, false) => (Rank::Sweep, sweep.max(QUIET)),
                };
                Wish {
                    look: namespace.clone(),
                    rank,
                    every: Some(every),
                }
            })
            .collect()
    }
}

/// How often each of `count` namespaces can be looked at with half of the
/// budget.
fn interval(pace: Pace, count: usize) -> Duration {
    let allowed = f64::from(pace.requests_per_minute.max(1)) / 2.0;
    let seconds = count as f64 * f64::from(LOOK_COST) * 60.0 / allowed;
    pace.poll.max(Duration::from_secs_f64(seconds))
}
