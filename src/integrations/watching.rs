//! The loop of a watch: takes one look after the other within the budget, says
//! how the connection does, and rests when nothing is due. What there is to
//! look at is the integration's own: see [`Watched`].

use std::{collections::BTreeMap, hash::Hash, time::Duration};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    contract::{Attention, FactSink, Fault},
    http::{Need, ReadClient, clock},
    schedule::{Next, Taken, Wish},
};
use crate::domain::{Body, Connection, Health, Text, Timestamp};

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

impl Pace {
    /// The pace of settings.
    #[must_use]
    pub fn of(poll_seconds: u32, requests_per_minute: u32) -> Self {
        Self {
            poll: Duration::from_secs(u64::from(poll_seconds)),
            requests_per_minute,
        }
    }
}

/// A system that is looked at, a look at a time.
pub trait Watched: Send + Sync {
    /// One look.
    type Look: Clone + Eq + Hash + Ord + Send + Sync;

    /// Everything that is wanted now.
    fn wishes(&self, attention: &Attention) -> Vec<Wish<Self::Look>>;

    /// Takes one look and emits what was seen.
    ///
    /// # Errors
    /// Why the look failed; what could be read was emitted all the same.
    fn take(
        &self,
        look: &Self::Look,
        need: Need,
        facts: &FactSink,
    ) -> impl Future<Output = Result<(), Fault>> + Send;

    /// The client that the looks go through; it knows how the connection does.
    fn client(&self) -> &ReadClient;

    /// Whether the fault that this look met still counts although others
    /// succeeded since.
    fn still_counts(&self, _look: &Self::Look) -> bool {
        true
    }

    /// The longest rest: something may be wanted that is not in the attention.
    fn longest_rest(&self) -> Duration {
        Duration::MAX
    }
}

/// Takes these looks for a person who waits, until one meets what the next
/// would meet as well. Gives that fault, else the first.
pub async fn take_all<System: Watched>(
    system: &System,
    looks: &[System::Look],
    facts: &FactSink,
) -> Option<Fault> {
    let mut fault = None;
    for look in looks {
        if let Err(found) = system.take(look, Need::Person, facts).await {
            if found.ends_the_round() {
                return Some(found);
            }
            fault = fault.or(Some(found));
        }
    }
    fault
}

/// Says how the connection does after a reading of everything.
///
/// # Errors
/// The fault, if there was one.
pub fn ended<System: Watched>(
    system: &System,
    fault: Option<Fault>,
    facts: &FactSink,
) -> Result<(), Fault> {
    let health = system.client().health(fault.as_ref(), None);
    facts.emit(clock::now(), [Body::Health(health)]);
    fault.map_or(Ok(()), Err)
}

/// Emits facts until `stop`.
pub async fn watch<System: Watched>(
    system: System,
    facts: FactSink,
    mut attention: watch::Receiver<Attention>,
    stop: CancellationToken,
) {
    let mut watcher = Watcher {
        system,
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
            Next::Rest(rest) => rest.min(watcher.system.longest_rest()),
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

struct Watcher<System: Watched> {
    system: System,
    taken: Taken<System::Look>,
    /// Faults that the last look of their kind met.
    standing: BTreeMap<System::Look, Fault>,
    /// Looks in a row that met no usable answer at all.
    failures: u32,
}

impl<System: Watched> Watcher<System> {
    fn next(&mut self, attention: &Attention) -> Next<System::Look> {
        let mut wishes = self.system.wishes(attention);
        let budget = self.system.client().budget();
        let stretch = budget.map_or(1.0, |budget| budget.stretch(clock::now()));
        for wish in &mut wishes {
            wish.slow_down(stretch);
        }
        self.taken.keep(&wishes);
        if self.failures == 0 {
            // What nobody wants to see again would never be seen to be well.
            self.standing
                .retain(|look, _| wishes.iter().any(|wish| &wish.look == look));
        }
        self.taken.next(&wishes, clock::tick())
    }

    /// Takes one look, says how it went and how long to pause after it.
    async fn step(&mut self, look: &System::Look, facts: &FactSink) -> Duration {
        let taken = self.system.take(look, Need::Watch, facts).await;
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
        if self.standing.len() > 1 {
            self.standing
                .retain(|look, _| self.system.still_counts(look));
        }
        let health = self.health(pause);
        facts.emit(clock::now(), [Body::Health(health)]);
        pause
    }

    /// How long to pause after a fault: not at all when it concerns one object
    /// only; else until the vendor's time, or 2 s, 4 s, … up to a minute.
    fn pause(&mut self, fault: &Fault) -> Duration {
        if !fault.ends_the_round() {
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
            .find(|fault| fault.ends_the_round())
            .filter(|_| self.failures > 0)
            .or_else(|| self.standing.values().next());
        let next: Option<Timestamp> = (!pause.is_zero())
            .then(|| chrono::TimeDelta::from_std(pause).ok())
            .flatten()
            .map(|pause| clock::now() + pause);
        let mut health = self.system.client().health(worst, next);
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
