//! The watch: takes one look after the other within the budget, says how the
//! connection does, and rests when nothing is due.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{Body, Connection, Health, Text, Timestamp},
    integrations::{
        contract::{Attention, FactSink, Fault},
        http::clock,
        schedule::{self, Next, Rank, Taken},
    },
};

use super::{
    client::Need,
    graphql::REPOSITORIES_PER_QUERY,
    look::{Eyes, ends_the_round},
    map::key::{self, Key},
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
/// The slowest sweep of a chunk in which nothing moves.
const QUIET: Duration = Duration::from_secs(60);
/// The longest pause after faults.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Intervals of one integration.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Fastest interval.
    pub poll: Duration,
    /// Requests a minute.
    pub requests_per_minute: u32,
}

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
pub async fn sweep(eyes: &Eyes, facts: &FactSink) -> Result<(), Fault> {
    let count = eyes.repositories().len();
    let mut fault = None;
    for number in 0..chunks(count) {
        let indices = chunk(number, count);
        if let Err(found) = eyes.sweep(&indices, Need::Person, facts).await {
            let hopeless = ends_the_round(&found);
            fault = fault.or(Some(found));
            if hopeless {
                break;
            }
        }
    }
    if fault.as_ref().is_none_or(|fault| !ends_the_round(fault)) {
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
        looks.extend((0..chunks(count)).map(Look::Calendar));
        for look in &looks {
            if let Err(found) = take(eyes, look, Need::Person, facts).await {
                fault = fault.or(Some(found));
            }
        }
    }
    facts.emit(
        clock::now(),
        [Body::Health(
            eyes.client.read().health(fault.as_ref(), None),
        )],
    );
    fault.map_or(Ok(()), Err)
}

/// Emits facts until `stop`.
pub async fn watch(
    eyes: Arc<Eyes>,
    pace: Pace,
    facts: FactSink,
    mut attention: watch::Receiver<Attention>,
    stop: CancellationToken,
) {
    let mut watcher = Watcher {
        eyes,
        pace,
        taken: Taken::default(),
        standing: BTreeMap::new(),
        failures: 0,
    };
    let mut refresh = attention.borrow_and_update().refresh;
    let mut attentive = true;
    loop {
        let seen = attention.borrow_and_update().clone();
        if seen.refresh != refresh {
            refresh = seen.refresh;
            watcher.taken.forget();
        }
        let pause = match watcher.next(&seen) {
            Next::Rest(rest) => rest,
            Next::Take(look) => {
                let looking = watcher.step(&look, &facts);
                tokio::select! {
                    pause = looking => pause,
                    () = stop.cancelled() => return,
                }
            }
        };
        if pause.is_zero() {
            if stop.is_cancelled() {
                return;
            }
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            changed = attention.changed(), if attentive => attentive = changed.is_ok(),
            () = stop.cancelled() => return,
        }
    }
}

struct Watcher {
    eyes: Arc<Eyes>,
    pace: Pace,
    taken: Taken<Look>,
    /// Faults that the last look of their kind met.
    standing: BTreeMap<Look, Fault>,
    /// Looks in a row that met no usable answer at all.
    failures: u32,
}

impl Watcher {
    fn next(&mut self, attention: &Attention) -> Next<Look> {
        let wishes = self.wishes(attention);
        self.taken.keep(&wishes);
        if self.failures == 0 {
            // What nobody wants to see again would never be seen to be well.
            self.standing
                .retain(|look, _| wishes.iter().any(|wish| &wish.look == look));
        }
        self.taken.next(&wishes, clock::tick())
    }

    /// Everything that is wanted now.
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
                let every = if repository.is_active() {
                    poll
                } else {
                    QUIET.min(poll * 2)
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
            let moves = chunk(number, count)
                .iter()
                .filter_map(|index| repositories.get(*index))
                .any(|repository| {
                    repository.is_active() || attention.services.contains(&repository.service)
                });
            let every = if moves { every } else { every.max(QUIET) };
            wish(Look::Sweep(number), Rank::Sweep, every);
            wish(Look::Calendar(number), Rank::Calendar, CALENDAR);
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

    /// Takes one look, says how it went and how long to pause after it.
    async fn step(&mut self, look: &Look, facts: &FactSink) -> Duration {
        let taken = take(&self.eyes, look, Need::Watch, facts).await;
        let now = clock::tick();
        self.taken.note(look, now);
        let pause = match taken {
            Ok(()) => {
                self.standing.remove(look);
                self.failures = 0;
                Duration::ZERO
            }
            Err(fault) => {
                let pause = self.pause(&fault);
                self.standing.insert(look.clone(), fault);
                pause
            }
        };
        self.drop_settled();
        let health = self.health(pause);
        facts.emit(clock::now(), [Body::Health(health)]);
        pause
    }

    /// Faults of looks that are wanted no more would stand for ever.
    fn drop_settled(&mut self) {
        if self.standing.len() <= 1 {
            return;
        }
        let repositories = self.eyes.repositories();
        self.standing.retain(|look, _| match look {
            Look::Run(name, run) | Look::Jobs(name, run) => repositories
                .iter()
                .any(|known| &known.name == name && known.live.contains(run)),
            Look::Runs(_) | Look::Sweep(_) | Look::Calendar(_) => true,
        });
    }

    /// How long to pause after a fault: not at all when it concerns one object
    /// only; else until the vendor's time, or 2 s, 4 s, … up to a minute.
    fn pause(&mut self, fault: &Fault) -> Duration {
        if !ends_the_round(fault) {
            return Duration::ZERO;
        }
        self.failures = (self.failures + 1).min(6);
        let asked = fault
            .retry_at
            .and_then(|at| (at - clock::now()).to_std().ok());
        asked.unwrap_or_else(|| Duration::from_secs(2_u64.pow(self.failures)).min(LONGEST_PAUSE))
    }

    fn health(&self, pause: Duration) -> Health {
        // The worst kind speaks: a round that ended, before parts that lack.
        let worst = self
            .standing
            .values()
            .find(|fault| ends_the_round(fault))
            .filter(|_| self.failures > 0)
            .or_else(|| self.standing.values().next());
        let next: Option<Timestamp> = (!pause.is_zero())
            .then(|| chrono::TimeDelta::from_std(pause).ok())
            .flatten()
            .map(|pause| clock::now() + pause);
        let mut health = self.eyes.client.read().health(worst, next);
        let more = self.standing.len().saturating_sub(1);
        if more > 0 && health.connection == Connection::Degraded {
            health.detail = Text::new(&format!("{} (and {more} more)", health.detail));
        }
        if self.failures == 0 && health.connection == Connection::Unreachable {
            // Others were answered since.
            health.connection = Connection::Degraded;
        }
        health
    }
}

/// Takes one look.
async fn take(eyes: &Eyes, look: &Look, need: Need, facts: &FactSink) -> Result<(), Fault> {
    let count = eyes.repositories().len();
    match look {
        Look::Run(name, run) => eyes.run(name, *run, need, facts).await,
        Look::Jobs(name, run) => eyes.jobs(name, *run, need, facts).await,
        Look::Runs(name) => eyes.runs(name, need, facts).await,
        Look::Sweep(number) => eyes.sweep(&chunk(*number, count), need, facts).await,
        Look::Calendar(number) => eyes.calendar(&chunk(*number, count), need, facts).await,
    }
}
