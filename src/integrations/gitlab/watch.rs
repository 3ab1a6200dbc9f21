//! What the watch wants to see, and how often.

use std::{sync::Arc, time::Duration};

use crate::integrations::{
    contract::{Attention, FactSink, Fault},
    http::{Need, ReadClient},
    schedule::{self, Rank},
    watching::{self, Pace, Watched, take_all},
};

use super::{look::Eyes, map::key::Key, memory::Project};

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
/// With more projects than this there is always something to read for the
/// history, and it must not take what others need.
const MANY: usize = 25;
/// How many intervals lie between two reads for the history: it is for later.
const HISTORY: u32 = 2;
/// The slowest look at a project in which nothing moves, budget permitting.
const QUIET: Duration = Duration::from_secs(60);

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
    /// The jobs and tests of the next pipeline that may tell of something
    /// flaky.
    History,
}

type Wish = schedule::Wish<Look>;

/// How often each of `count` projects can be looked at, when a look takes
/// `cost` requests and all of them together may take one `share`-th of the
/// budget.
fn interval(pace: Pace, count: usize, cost: u32, share: f64, fastest: Duration) -> Duration {
    let allowed = f64::from(pace.requests_per_minute.max(1)) / share;
    let seconds = count as f64 * f64::from(cost) * 60.0 / allowed;
    fastest.max(Duration::from_secs_f64(seconds))
}

/// Reads everything once.
///
/// # Errors
/// The first fault; what could be read was emitted all the same.
pub async fn sweep(watcher: Watcher, facts: &FactSink) -> Result<(), Fault> {
    let eyes = &watcher.eyes;
    let names = eyes.names();
    let mut looks: Vec<Look> = Vec::new();
    // Tags tell versions, so they come first.
    looks.extend(names.iter().cloned().map(Look::Calendar));
    looks.extend(names.iter().cloned().map(Look::Project));
    let mut fault = take_all(&watcher, &looks, facts).await;
    if fault.as_ref().is_none_or(|fault| !fault.ends_the_round()) {
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
            Look::Run(name, id) => eyes.run(name, *id, need, facts).await,
            Look::Jobs(name, id) => eyes.jobs(name, *id, need, facts).await,
            Look::Trace(_) => eyes.trace(facts).await,
            Look::Project(name) => eyes.look(name, need, facts).await,
            Look::Calendar(name) => eyes.calendar(name, need, facts).await,
            Look::History => eyes.next_of_history(need, facts).await,
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
        let sweep = interval(self.pace, count, LOOK_COST, 2.0, poll);
        let calendar = interval(self.pace, count, CALENDAR_COST, 8.0, CALENDAR);
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
        if projects.iter().any(|project| project.untold().is_some()) {
            let seldom = if count > MANY { 4 } else { 1 };
            wish(Look::History, Rank::Calendar, poll * HISTORY * seldom);
        }
        self.details(&projects, &mut wish);
        wishes
    }

    /// What the next pipeline meets is another thing.
    fn still_counts(&self, look: &Look) -> bool {
        *look != Look::History
    }
}

impl Watcher {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_that_comes_as_a_whole_is_looked_at_seldom() {
        let poll = Duration::from_secs(2);
        let every = |bytes: u64, whole: bool| {
            let followed = crate::integrations::gitlab::look::Followed {
                bytes,
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
        let sweep = |count| interval(pace, count, LOOK_COST, 2.0, pace.poll);
        assert_eq!(sweep(1), Duration::from_secs(15));
        assert_eq!(sweep(100), Duration::from_secs(200));
        let calendar = |count| interval(pace, count, CALENDAR_COST, 8.0, CALENDAR);
        assert_eq!(calendar(10), CALENDAR);
        assert_eq!(calendar(100), Duration::from_secs(2000));
    }
}
