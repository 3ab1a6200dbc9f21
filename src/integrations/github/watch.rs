//! What the watch wants to see, and how often.

use std::{sync::Arc, time::Duration};

use crate::integrations::{
    contract::{Attention, FactSink, Fault},
    http::{Need, ReadClient},
    schedule::{self, Rank},
    watching::{self, Pace, Watched, take_all},
};

use super::{
    graphql::REPOSITORIES_PER_QUERY,
    look::Eyes,
    map::key::{self, Key},
    memory::Repository,
    schedule::{Look, sweep_interval},
};

/// With so few repositories each of them is looked at on all its branches.
const FEW: usize = 3;
/// Repositories on the screen that are looked at beyond the sweep.
const ON_SCREEN: usize = 4;
/// Live runs whose jobs are looked at although nobody looks at them.
const LIVE_JOBS: usize = 6;
/// How often milestones and releases are read.
const CALENDAR: Duration = Duration::from_secs(300);
/// With more repositories than this there is always something to read for the
/// history, and it must not take what others need.
const MANY: usize = 25;
/// How many intervals lie between two reads for the history: it is for later.
const HISTORY: u32 = 2;
/// The slowest sweep of a chunk in which nothing moves.
const QUIET: Duration = Duration::from_secs(60);

type Wish = schedule::Wish<Look>;

/// The numbers of the repositories of each chunk.
fn chunk(chunk: usize, count: usize) -> Vec<usize> {
    let start = chunk * REPOSITORIES_PER_QUERY;
    (start..(start + REPOSITORIES_PER_QUERY).min(count)).collect()
}

/// How many chunks there are.
fn chunks(count: usize) -> usize {
    count.div_ceil(REPOSITORIES_PER_QUERY)
}

/// Reads everything once.
///
/// # Errors
/// The first fault; what could be read was emitted all the same.
pub async fn sweep(watcher: Watcher, facts: &FactSink) -> Result<(), Fault> {
    let eyes = &watcher.eyes;
    let count = eyes.repositories().len();
    let chunks = chunks(count);
    let sweeps: Vec<Look> = (0..chunks).map(Look::Sweep).collect();
    let mut fault = take_all(&watcher, &sweeps, facts).await;
    if fault.as_ref().is_none_or(|fault| !fault.ends_the_round()) {
        let mut looks: Vec<Look> = Vec::new();
        for repository in eyes.repositories().iter() {
            if count <= FEW {
                looks.push(Look::Runs(repository.name.clone()));
            } else {
                let open = repository.unclear.iter().chain(&repository.uncovered);
                looks.extend(open.map(|run| Look::Run(repository.name.clone(), *run)));
            }
            let waiting = repository.half_known();
            looks.extend(waiting.map(|run| Look::Run(repository.name.clone(), run)));
        }
        looks.sort();
        looks.dedup();
        looks.truncate(30);
        looks.extend((0..chunks).map(Look::Calendar));
        fault = fault.or(take_all(&watcher, &looks, facts).await);
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
        let count = eyes.repositories().len();
        match look {
            Look::Run(name, run) => eyes.run(name, *run, need, facts).await,
            Look::Jobs(name, run) => eyes.jobs(name, *run, need, facts).await,
            Look::Runs(name) => eyes.runs(name, need, facts).await,
            Look::Sweep(number) => eyes.sweep(&chunk(*number, count), need, facts).await,
            Look::Calendar(number) => eyes.calendar(&chunk(*number, count), need, facts).await,
            Look::History => eyes.next_of_history(need, facts).await,
        }
    }

    fn client(&self) -> &ReadClient {
        self.eyes.client.read()
    }

    fn wishes(&self, attention: &Attention) -> Vec<Wish> {
        let repositories = self.eyes.repositories();
        let poll = self.pace.poll;
        let mut wishes = Vec::new();
        let mut wish = |look: Look, rank: Rank, every: Duration| {
            wishes.push(Wish {
                look,
                rank,
                every: Some(every),
            });
        };
        for origin in attention.runs.iter().take(3) {
            let Some(Key::Run { repository, run }) = (origin.source == self.eyes.source)
                .then(|| key::parse(&origin.key))
                .flatten()
            else {
                continue;
            };
            let live = repositories
                .iter()
                .any(|known| known.name == repository && known.live.contains(&run));
            let every = if live { poll } else { QUIET };
            wish(
                Look::Run(repository.to_owned(), run),
                Rank::Attention,
                every,
            );
            wish(
                Look::Jobs(repository.to_owned(), run),
                Rank::Attention,
                every,
            );
        }
        let few = repositories.len() <= FEW;
        for repository in repositories.iter() {
            let place = attention
                .services
                .iter()
                .position(|service| service == &repository.service);
            if few || place.is_some_and(|place| place < ON_SCREEN) {
                // The sweep sees it as well; this sees other branches.
                let every = match (few, repository.is_active()) {
                    (_, true) => poll,
                    (true, false) => QUIET.min(poll * 2),
                    (false, false) => QUIET,
                };
                wish(Look::Runs(repository.name.clone()), Rank::Attention, every);
            }
        }
        let count = repositories.len();
        let all = chunks(count);
        let limit = self
            .eyes
            .client
            .read()
            .budget()
            .map_or(0, |budget| budget.limit);
        let every = sweep_interval(
            poll,
            all,
            self.pace.requests_per_minute,
            self.eyes.cost(),
            limit,
        );
        for number in 0..all {
            let indices = chunk(number, count);
            let mut these = indices.iter().filter_map(|index| repositories.get(*index));
            let shown = |one: &Repository| attention.services.contains(&one.service);
            let every = if these.clone().any(Repository::is_active) {
                every
            } else if these.any(shown) {
                every.max(QUIET.min(poll * 2))
            } else {
                every.max(QUIET)
            };
            wish(Look::Sweep(number), Rank::Sweep, every);
            wish(Look::Calendar(number), Rank::Calendar, CALENDAR);
        }
        let untold = |repository: &Repository| !repository.listed || repository.untold().is_some();
        if repositories.iter().any(untold) {
            let seldom = if repositories.len() > MANY { 4 } else { 1 };
            wish(Look::History, Rank::Calendar, poll * HISTORY * seldom);
        }
        let mut jobs = 0;
        for repository in repositories.iter() {
            let name = &repository.name;
            let open = repository.unclear.iter().chain(&repository.uncovered);
            for run in open.chain(&repository.suspected) {
                wish(Look::Run(name.clone(), *run), Rank::Detail, poll * 2);
            }
            for run in repository.live.iter().rev() {
                jobs += 1;
                if jobs <= LIVE_JOBS {
                    wish(Look::Jobs(name.clone(), *run), Rank::Detail, poll * 4);
                }
            }
        }
        for repository in repositories.iter() {
            for run in repository.half_known() {
                wish(
                    Look::Run(repository.name.clone(), run),
                    Rank::Attention,
                    QUIET,
                );
            }
        }
        wishes
    }

    /// A run that is over may never be looked at again.
    fn still_counts(&self, look: &Look) -> bool {
        match look {
            Look::Run(name, run) | Look::Jobs(name, run) => self
                .eyes
                .repositories()
                .iter()
                .any(|known| &known.name == name && known.live.contains(run)),
            Look::Runs(_) | Look::Sweep(_) | Look::Calendar(_) => true,
            // It is the next one's turn.
            Look::History => false,
        }
    }
}
