//! What the watch wants to see, and how often.

use std::{sync::Arc, time::Duration};

use crate::integrations::{
    contract::{Attention, FactSink, Fault},
    http::{Need, ReadClient},
    schedule::{self, Rank},
    watching::{self, Pace, Watched, take_all},
};

use super::{look::Eyes, map::key::Part, memory::Root};

/// With so few places each of them is looked at as if it were on the screen.
const FEW: usize = 3;
/// Places on the screen that are looked at beyond the sweep.
const ON_SCREEN: usize = 4;
/// Builds of one place of which more is asked at a time.
const UNCLEAR: usize = 6;
/// Builds that are looked into one by one in a single reading of everything.
const AT_ONCE: usize = 40;
/// Requests that a look at a place takes: itself, and the inputs of a build.
const LOOK_COST: u32 = 2;
/// The slowest look at a place in which nothing moves, budget permitting.
const QUIET: Duration = Duration::from_secs(60);

/// One look.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Look {
    /// One build.
    Run(String, u64),
    /// The stages of a build.
    Jobs(String, u64),
    /// The log that somebody reads.
    Console(String, u64),
    /// A job or folder that is watched.
    Place(String),
}

type Wish = schedule::Wish<Look>;

/// How often each of `count` places can be looked at with half of the budget.
fn interval(pace: Pace, count: usize) -> Duration {
    let allowed = f64::from(pace.requests_per_minute.max(1)) / 2.0;
    let seconds = count as f64 * f64::from(LOOK_COST) * 60.0 / allowed;
    pace.poll.max(Duration::from_secs_f64(seconds))
}

/// Reads everything once.
///
/// # Errors
/// The first fault; what could be read was emitted all the same.
pub async fn sweep(watcher: Watcher, facts: &FactSink) -> Result<(), Fault> {
    let eyes = &watcher.eyes;
    let places: Vec<Look> = eyes.names().into_iter().map(Look::Place).collect();
    let mut fault = take_all(&watcher, &places, facts).await;
    if fault.as_ref().is_none_or(|fault| !fault.ends_the_round()) {
        let mut open: Vec<Look> = Vec::new();
        for root in eyes.roots().iter() {
            let uncovered = root.uncovered.iter().cloned();
            open.extend(uncovered.map(|(job, number)| Look::Run(job, number)));
            let unclear = root.unclear(&eyes.rules).into_iter();
            open.extend(unclear.map(|(job, number)| Look::Jobs(job, number)));
        }
        open.truncate(AT_ONCE);
        fault = fault.or(take_all(&watcher, &open, facts).await);
    }
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
    type Look = Look;

    async fn take(&self, look: &Look, need: Need, facts: &FactSink) -> Result<(), Fault> {
        let eyes = &self.eyes;
        match look {
            Look::Run(job, number) => eyes.run(job, *number, need, facts).await,
            Look::Jobs(job, number) => eyes.jobs(job, *number, need, facts).await,
            Look::Console(..) => eyes.more(facts).await,
            Look::Place(name) => eyes.look(name, need, facts).await,
        }
    }

    fn client(&self) -> &ReadClient {
        self.eyes.client.read()
    }

    /// A log that somebody has just opened is not in the attention.
    fn longest_rest(&self) -> Duration {
        self.pace.poll
    }

    fn wishes(&self, attention: &Attention) -> Vec<Wish> {
        let mut wishes = Vec::new();
        let mut wish = |look: Look, rank: Rank, every: Duration| {
            wishes.push(Wish {
                look,
                rank,
                every: Some(every),
            });
        };
        let poll = self.pace.poll;
        let attended: Vec<(&str, u64)> = attention
            .runs
            .iter()
            .filter_map(|origin| match self.eyes.read_key(origin) {
                Ok(key) if key.part == Part::Build => Some((key.job, key.number)),
                _ => None,
            })
            .take(3)
            .collect();
        if let Some((job, number)) = self.followed(&attended) {
            wish(Look::Console(job, number), Rank::Attention, poll);
        }
        let roots = self.eyes.roots();
        for (job, number) in attended {
            let id = (job.to_owned(), number);
            let live = roots
                .iter()
                .find_map(|root| root.known.get(&id))
                .is_some_and(|known| known.build.building);
            let every = if live { poll } else { QUIET };
            wish(Look::Run(id.0.clone(), number), Rank::Attention, every);
            wish(Look::Jobs(id.0, number), Rank::Attention, every);
        }
        let count = roots.len();
        let sweep = interval(self.pace, count);
        for root in roots.iter() {
            let shown = attention
                .services
                .iter()
                .position(|service| service == &root.service);
            let close = count <= FEW || shown.is_some_and(|place| place < ON_SCREEN);
            let (rank, every) = match (close, root.is_active()) {
                (true, true) => (Rank::Attention, poll),
                (true, false) => (Rank::Attention, sweep.min(QUIET).max(poll * 2)),
                (false, true) => (Rank::Sweep, sweep),
                (false, false) => (Rank::Sweep, sweep.max(QUIET)),
            };
            wish(Look::Place(root.name.clone()), rank, every);
            self.details(root, &mut wish);
        }
        wishes
    }
}

impl Watcher {
    /// What completes the picture of a place. What has ended is asked once.
    fn details(&self, root: &Root, wish: &mut impl FnMut(Look, Rank, Duration)) {
        for (job, number) in root.uncovered.iter().take(UNCLEAR).cloned() {
            wish(Look::Run(job, number), Rank::Detail, self.pace.poll * 2);
        }
        for (job, number) in root.unclear(&self.eyes.rules).into_iter().take(UNCLEAR) {
            wish(Look::Jobs(job, number), Rank::Detail, self.pace.poll * 2);
        }
    }

    /// The build whose log somebody reads: not once they look at something
    /// else.
    fn followed(&self, attended: &[(&str, u64)]) -> Option<(String, u64)> {
        let followed = self.eyes.followed();
        let followed = followed.as_ref()?;
        let elsewhere = !attended.is_empty()
            && !attended
                .iter()
                .any(|(job, number)| *job == followed.job && *number == followed.number);
        (!elsewhere).then(|| (followed.job.clone(), followed.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sweeps_leave_half_of_the_budget() {
        let pace = Pace {
            poll: Duration::from_secs(10),
            requests_per_minute: 120,
        };
        assert_eq!(interval(pace, 1), Duration::from_secs(10));
        assert_eq!(interval(pace, 100), Duration::from_secs(200));
    }
}
