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
    look::{Eyes, ends_the_round},
    map::key::Key,
    memory::Project,
};

/// With so few projects each of them is looked at as if it were on the screen.
const FEW: usize = 3;
/// Projects on the screen that are looked at beyond the sweep.
const ON_SCREEN: usize = 4;
/// Live pipelines whose jobs are looked at although nobody looks at them.
const LIVE_JOBS: usize = 6;
/// Pipelines that are looked at one by one in a single reading of everything.
const AT_ONCE: usize = 30;
/// Requests that a look at a project takes.
const LOOK_COST: u32 = 2;
/// Requests that a look at a project's calendar takes.
const CALENDAR_COST: u32 = 5;
/// The fastest look at a calendar.
const CALENDAR: Duration = Duration::from_secs(300);
/// The slowest look at a project in which nothing moves, budget permitting.
const QUIET: Duration = Duration::from_secs(60);
/// The longest pause after faults.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// One look.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Look {
    /// One pipeline.
    Run(String, u64),
    /// The jobs of a pipeline.
    Jobs(String, u64),
    /// The log that somebody reads.
    Trace(u64),
    /// The pipelines and deployments of a project.
    Project(String),
    /// Milestones, freezes, releases, tags and environments of a project.
    Calendar(String),
}

type Wish = schedule::Wish<Look>;

/// Intervals of one integration.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Fastest interval.
    pub poll: Duration,
    /// Requests a minute.
    pub requests_per_minute: u32,
}

impl Pace {
    /// How often each of `count` projects can be looked at, when a look takes
    /// `cost` requests and all of them together may take one `share`-th of the
    /// budget.
    fn every(self, count: usize, cost: u32, share: f64, fastest: Duration) -> Duration {
        let allowed = f64::from(self.requests_per_minute.max(1)) / share;
        let seconds = count as f64 * f64::from(cost) * 60.0 / allowed;
        fastest.max(Duration::from_secs_f64(seconds))
    }
}

/// Reads everything once.
///
/// # Errors
/// The first fault; what could be read was emitted all the same.
pub async fn sweep(eyes: &Eyes, facts: &FactSink) -> Result<(), Fault> {
    let names = eyes.names();
    let mut looks: Vec<Look> = Vec::new();
    // Tags tell versions, so they come first.
    looks.extend(names.iter().cloned().map(Look::Calendar));
    looks.extend(names.iter().cloned().map(Look::Project));
    let mut fault = take_all(eyes, &looks, facts).await;
    if fault.as_ref().is_none_or(|fault| !ends_the_round(fault)) {
        let mut open: Vec<Look> = Vec::new();
        for project in eyes.projects().iter() {
            let name = &project.name;
            open.extend(
                project
                    .uncovered
                    .iter()
                    .map(|id| Look::Run(name.clone(), *id)),
            );
            open.extend(
                project
                    .unclear
                    .iter()
                    .rev()
                    .map(|id| Look::Jobs(name.clone(), *id)),
            );
        }
        open.truncate(AT_ONCE);
        fault = fault.or(take_all(eyes, &open, facts).await);
    }
    let health = eyes.client.read().health(fault.as_ref(), None);
    facts.emit(clock::now(), [Body::Health(health)]);
    fault.map_or(Ok(()), Err)
}

/// Takes these looks, until one meets what the next would meet as well.
async fn take_all(eyes: &Eyes, looks: &[Look], facts: &FactSink) -> Option<Fault> {
    let mut fault = None;
    for look in looks {
        if let Err(found) = take(eyes, look, Need::Person, facts).await {
            if ends_the_round(&found) {
                return Some(found);
            }
            fault = fault.or(Some(found));
        }
    }
    fault
}

/// Takes one look.
async fn take(eyes: &Eyes, look: &Look, need: Need, facts: &FactSink) -> Result<(), Fault> {
    match look {
        Look::Run(name, id) => eyes.run(name, *id, need, facts).await,
        Look::Jobs(name, id) => eyes.jobs(name, *id, need, facts).await,
        Look::Trace(_) => eyes.trace(facts).await,
        Look::Project(name) => eyes.look(name, need, facts).await,
        Look::Calendar(name) => eyes.calendar(name, need, facts).await,
    }
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
            // A log that somebody has just opened is not in the attention.
            Next::Rest(rest) => rest.min(watcher.pace.poll),
            Next::Take(look) => {
                tokio::select! {
                    pause = watcher.step(&look, &facts) => pause,
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
                Ok(Key::Pipeline { project, id }) => Some((project, id)),
                _ => None,
            })
            .take(3)
            .collect();
        if let Some((job, every)) = self.followed(&attended) {
            wish(Look::Trace(job), Rank::Attention, every);
        }
        let projects = self.eyes.projects();
        for (name, id) in attended {
            let live = projects
                .iter()
                .any(|known| known.name == name && known.live.contains(&id));
            let every = if live { poll } else { QUIET };
            wish(Look::Run(name.to_owned(), id), Rank::Attention, every);
            wish(Look::Jobs(name.to_owned(), id), Rank::Attention, every);
        }
        let count = projects.len();
        let sweep = self.pace.every(count, LOOK_COST, 2.0, poll);
        let calendar = self.pace.every(count, CALENDAR_COST, 8.0, CALENDAR);
        for project in projects.iter() {
            let shown = attention
                .services
                .iter()
                .position(|service| service == &project.service);
            let close = count <= FEW || shown.is_some_and(|place| place < ON_SCREEN);
            let (rank, every) = match (close, project.is_active()) {
                (true, true) => (Rank::Attention, poll),
                (true, false) => (Rank::Attention, sweep.min(QUIET).max(poll * 2)),
                (false, true) => (Rank::Sweep, sweep),
                (false, false) => (Rank::Sweep, sweep.max(QUIET)),
            };
            wish(Look::Project(project.name.clone()), rank, every);
            wish(
                Look::Calendar(project.name.clone()),
                Rank::Calendar,
                calendar,
            );
        }
        self.details(&projects, &mut wish);
        wishes
    }

    /// What completes the picture of the projects.
    fn details(&self, projects: &[Project], wish: &mut impl FnMut(Look, Rank, Duration)) {
        let poll = self.pace.poll;
        let mut jobs = 0;
        for project in projects {
            let name = &project.name;
            for id in &project.uncovered {
                wish(Look::Run(name.clone(), *id), Rank::Detail, poll * 2);
            }
            for id in project.unclear.iter().rev() {
                wish(Look::Jobs(name.clone(), *id), Rank::Detail, poll * 2);
            }
            for id in project.live.iter().rev() {
                jobs += 1;
                if jobs <= LIVE_JOBS && !project.unclear.contains(id) {
                    wish(Look::Jobs(name.clone(), *id), Rank::Detail, poll * 4);
                }
            }
        }
    }

    /// The job whose log somebody reads, and how often it is looked at: not
    /// once they look at something else.
    fn followed(&self, attended: &[(&str, u64)]) -> Option<(u64, Duration)> {
        let followed = self.eyes.followed();
        let followed = followed.as_ref()?;
        let elsewhere = !attended.is_empty()
            && !attended.iter().any(|(project, id)| {
                *project == followed.project && followed.pipeline.is_none_or(|own| own == *id)
            });
        (!elsewhere).then(|| (followed.job, followed.every(self.pace.poll, QUIET)))
    }

    /// Takes one look, says how it went and how long to pause after it.
    async fn step(&mut self, look: &Look, facts: &FactSink) -> Duration {
        let taken = take(&self.eyes, look, Need::Watch, facts).await;
        self.taken.note(look, clock::tick());
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
        let health = self.health(pause);
        facts.emit(clock::now(), [Body::Health(health)]);
        pause
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_that_comes_as_a_whole_is_looked_at_seldom() {
        let poll = Duration::from_secs(2);
        let every = |bytes: usize, whole: bool| {
            let followed = crate::integrations::gitlab::look::Followed {
                bytes: vec![0; bytes],
                whole,
                ..Default::default()
            };
            followed.every(poll, QUIET).as_secs()
        };
        assert_eq!(every(1 << 10, true), 2);
        assert_eq!(every(3 << 20, true), 8);
        assert_eq!(every(60 << 20, true), 60);
        assert_eq!(every(60 << 20, false), 2, "only the rest is asked for");
    }

    #[test]
    fn sweeps_leave_half_of_the_budget_and_calendars_most_of_it() {
        let pace = Pace {
            poll: Duration::from_secs(15),
            requests_per_minute: 120,
        };
        let sweep = |count| pace.every(count, LOOK_COST, 2.0, pace.poll);
        assert_eq!(sweep(1), Duration::from_secs(15));
        assert_eq!(sweep(100), Duration::from_secs(200));
        let calendar = |count| pace.every(count, CALENDAR_COST, 8.0, CALENDAR);
        assert_eq!(calendar(10), CALENDAR);
        assert_eq!(calendar(100), Duration::from_secs(2000));
    }
}
