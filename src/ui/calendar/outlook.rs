//! What comes next: whether changes may go out now, and when that changes, for
//! the services of the release that is followed, else for all.

use std::collections::BTreeMap;

use crate::{
    analysis::windows::{Because, Concern, Effect, Schedule, State, Target},
    domain::{EnvironmentName, ServiceName, Text, Timestamp},
    model::{Model, change_class},
    ui::{theme, widgets::format},
};

/// Looking for the time at which all is open takes no more steps.
const STEPS: usize = 64;

/// Whether changes may go out, and when that changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// What is so now, of the worst of the places.
    pub now: State,
    /// So many of the places are not open.
    pub shut: usize,
    /// So many places were looked at.
    pub places: usize,
    /// When that changes; none where it does not within ten years.
    pub at: Option<Timestamp>,
    /// What is so then.
    pub then: State,
    /// The freeze in force, or the one that comes; where no freeze is the cause,
    /// the change window that is shut or ends. Empty where there is neither.
    pub name: Text,
    /// The cause is a change window and no freeze.
    pub window: bool,
    /// Why something is not known.
    pub unread: Option<Text>,
}

impl Outlook {
    /// The outlook at `now`; none where nobody declared a window or a calendar,
    /// or no place is known.
    #[must_use]
    pub fn of(model: &Model, now: Timestamp) -> Option<Self> {
        let schedule = model.schedule();
        if schedule.windows.is_empty() && schedule.unread.is_empty() {
            return None;
        }
        let places = places(model, now);
        let targets: Vec<Target<'_>> = places
            .iter()
            .map(|(service, environment, change)| Target {
                service: service.as_str(),
                environment: environment.as_ref().map(EnvironmentName::as_str),
                team: None,
                change: *change,
            })
            .collect();
        let groups = groups(schedule, &targets);
        if groups.is_empty() {
            return None;
        }
        Some(Self::of_groups(schedule, &groups, now))
    }

    /// The outlook of targets, each with how many it stands for.
    #[must_use]
    pub fn of_groups(schedule: &Schedule, groups: &[(Target<'_>, usize)], now: Timestamp) -> Self {
        let mut outlook = Self {
            now: State::Open,
            shut: 0,
            places: groups.iter().map(|(_, count)| count).sum(),
            at: None,
            then: State::Open,
            name: Text::default(),
            window: false,
            unread: None,
        };
        for (target, count) in groups {
            let answer = schedule.answer(target, now);
            if answer.state != State::Open {
                outlook.shut += count;
            }
            if answer.state == State::Frozen && outlook.now != State::Frozen {
                outlook.now = State::Frozen;
                outlook.because(answer.because.first());
            }
            if answer.state == State::Unknown && outlook.now == State::Open {
                outlook.now = State::Unknown;
            }
            let unread = answer.unread.iter();
            if let Some(source) = { unread }.find(|source| source.known_since.is_none()) {
                outlook.unread = Some(Text::from(format!("{}: {}", source.name, source.why)));
            }
        }
        if outlook.now == State::Open {
            let next = groups.iter().filter_map(|(target, _)| {
                let (at, state) = schedule.next_transition(target, now)?;
                Some((at, state, target))
            });
            if let Some((at, state, target)) = { next }.min_by_key(|(at, ..)| *at) {
                outlook.at = Some(at);
                outlook.then = state;
                let because = schedule.answer(target, at).because;
                outlook.because(because.first().filter(|_| state == State::Frozen));
                if outlook.window {
                    // Of the windows that are shut then, the one that is open now.
                    let open = schedule.answer(target, now).inside;
                    outlook.because(open.first());
                }
            }
            return outlook;
        }
        // All of it is open as soon as each part is, at one time.
        let mut at = now;
        for _ in 0..STEPS {
            let opens =
                groups
                    .iter()
                    .filter_map(|(target, _)| match schedule.answer(target, at).state {
                        State::Open => None,
                        _ => Some(schedule.next_transition(target, at).map(|(at, _)| at)),
                    });
            let opens: Vec<Option<Timestamp>> = opens.collect();
            if opens.is_empty() {
                outlook.at = Some(at);
                break;
            }
            match opens.into_iter().collect::<Option<Vec<_>>>() {
                Some(all) => at = all.into_iter().max().unwrap_or(at),
                None => break,
            }
        }
        outlook
    }

    fn because(&mut self, because: Option<&Because<'_>>) {
        if let Some(because) = because {
            self.name = because.window.name.clone();
            self.window = because.window.effect == Effect::Allow;
        }
    }

    /// How it looks now.
    #[must_use]
    pub fn look(&self) -> theme::State {
        match self.now {
            State::Open => theme::State::Ok,
            State::Frozen => theme::State::Frozen,
            State::Unknown => theme::State::Unknown,
        }
    }

    /// In a few words: `freeze in 2h10`, `open in 14h`, `freeze not known`.
    #[must_use]
    pub fn words(&self, now: Timestamp) -> String {
        let left = self.at.map(|at| format::left(at - now));
        match (self.now, left) {
            (State::Open, Some(left)) if self.window => format!("window ends in {left}"),
            (State::Open, Some(left)) if self.then == State::Frozen => format!("freeze in {left}"),
            (State::Open, Some(left)) => format!("not known in {left}"),
            (State::Open, None) => "no freeze ahead".to_owned(),
            (State::Frozen, Some(left)) if self.shut < self.places => {
                format!("{} of {} frozen, open in {left}", self.shut, self.places)
            }
            (State::Frozen, Some(left)) => format!("open in {left}"),
            (State::Frozen, None) => "frozen, no end known".to_owned(),
            (State::Unknown, _) => "freeze not known".to_owned(),
        }
    }

    /// The same with what it is about: `freeze EU evening in 2h10`.
    #[must_use]
    pub fn sentence(&self, now: Timestamp) -> String {
        let words = self.words(now);
        match (self.now, &self.unread) {
            (State::Unknown, Some(why)) => format!("{words}: {why}"),
            (State::Open, _) if self.window => {
                let named = self.name.to_lowercase().contains("window");
                let rest = words.strip_prefix("window").unwrap_or(&words);
                let word = if named { "" } else { "window " };
                format!("{word}{}{rest}", self.name)
            }
            (State::Open, _) if !self.name.is_empty() => {
                let named = self.name.to_lowercase().contains("freeze");
                let rest = words.strip_prefix("freeze").unwrap_or(&words);
                let word = if named { "" } else { "freeze " };
                format!("{word}{}{rest}", self.name)
            }
            (State::Frozen, _) if !self.name.is_empty() => format!("{}: {words}", self.name),
            _ => words,
        }
    }
}

type Place = (ServiceName, Option<EnvironmentName>, Option<&'static str>);

/// What the followed release changes, else every service in production.
fn places(model: &Model, now: Timestamp) -> Vec<Place> {
    if let Some(release) = model.followed_release(now)
        && !release.items.is_empty()
    {
        let change = change_class(release.kind);
        return release
            .items
            .iter()
            .map(|item| {
                let environment = Some(item.environment.clone());
                (item.service.clone(), environment, Some(change))
            })
            .collect();
    }
    model
        .services()
        .map(|service| (service.clone(), model.production_of(service).cloned(), None))
        .collect()
}

/// Targets that the same windows concern are asked about once: one of them, and
/// how many they are.
fn groups<'a>(schedule: &Schedule, targets: &[Target<'a>]) -> Vec<(Target<'a>, usize)> {
    // Windows of one source share their scope.
    let mut scopes = Vec::new();
    let all = schedule.windows.iter().map(|window| &window.scope);
    for scope in all.chain(schedule.unread.iter().map(|source| &source.scope)) {
        let last: Option<&std::sync::Arc<_>> = scopes.last().copied();
        if last.is_none_or(|last| !std::sync::Arc::ptr_eq(last, scope)) {
            scopes.push(scope);
        }
    }
    let mut groups: BTreeMap<Vec<Concern>, (Target<'a>, usize)> = BTreeMap::new();
    for target in targets {
        let concerns = scopes.iter().map(|scope| scope.concerns(target)).collect();
        groups.entry(concerns).or_insert((*target, 0)).1 += 1;
    }
    groups.into_values().collect()
}
