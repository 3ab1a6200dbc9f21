//! The one evaluator: all windows of all sources, held against a target.
//!
//! A freeze beats an allowance. Where no allowance concerns the target it is
//! open by default, else only inside of one. Whatever is not known (a team
//! that was not said, a source that could not be read) is taken the careful
//! way: it never opens.

use chrono::TimeDelta;

use super::{
    cron::CronPair,
    ical::Event,
    interval::{Interval, Reading, around, union},
    recurring::Repeated,
    scope::{Concern, Scope, Target},
};
use crate::domain::{Text, Timestamp};

/// How far ahead a transition is looked for.
const AHEAD: TimeDelta = TimeDelta::days(10 * 366);
/// How far ahead is looked at first; four times as far each time after.
const FIRST_LOOK: TimeDelta = TimeDelta::days(21);

/// What a window does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing goes out in it.
    Deny,
    /// Changes go out in it, and in no other time.
    Allow,
    /// It is there to be seen.
    Note,
}

impl Effect {
    /// How a doubtful time of such a window is read.
    #[must_use]
    pub fn reading(self) -> Reading {
        match self {
            Self::Deny | Self::Note => Reading::Longest,
            Self::Allow => Reading::Shortest,
        }
    }

    /// The word of the configuration.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Allow => "allow",
            Self::Note => "note",
        }
    }
}

/// When a window is.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// Once.
    Once(Interval),
    /// From each match of a cron expression to the next of another.
    Cron(CronPair),
    /// A recurrence rule with a length.
    Repeated(Repeated),
    /// An event of a calendar.
    Event(Box<Event>),
}

impl When {
    /// The spans that touch `[from, until)`, in no order; they may overlap.
    #[must_use]
    pub fn intervals(&self, reading: Reading, from: Timestamp, until: Timestamp) -> Vec<Interval> {
        match self {
            Self::Once(span) => Some(*span)
                .filter(|span| span.touches(from, until))
                .into_iter()
                .collect(),
            Self::Cron(pair) => pair.intervals(reading, from, until),
            Self::Repeated(repeated) => repeated.intervals(reading, from, until),
            Self::Event(event) => event.intervals(reading, from, until),
        }
    }
}

/// A window of any source.
#[derive(Clone, Debug)]
pub struct Window {
    /// What people call it.
    pub name: Text,
    /// What it does.
    pub effect: Effect,
    /// Whom it concerns.
    pub scope: std::sync::Arc<Scope>,
    /// Why; empty when nobody said.
    pub reason: Text,
    /// Whose it is; empty when nobody said.
    pub owner: Text,
    /// Who says it.
    pub source: Text,
    /// When it is.
    pub when: When,
}

impl Window {
    /// Its spans that touch `[from, until)`, joined and in order.
    #[must_use]
    pub fn spans(&self, from: Timestamp, until: Timestamp) -> Vec<Interval> {
        union(self.when.intervals(self.effect.reading(), from, until))
    }

    /// Whether it can say anything about `[from, until)`: a freeze that is once,
    /// and at another time, cannot. An allowance that is shut can.
    fn matters(&self, from: Timestamp, until: Timestamp) -> bool {
        match (self.effect, &self.when) {
            (Effect::Deny | Effect::Note, When::Once(span)) => span.touches(from, until),
            _ => true,
        }
    }

    /// The occurrence that holds `at`, overlapping ones put together.
    #[must_use]
    pub fn at(&self, at: Timestamp) -> Option<Interval> {
        let until = super::civil::plus(at, TimeDelta::nanoseconds(1));
        around(&self.when.intervals(self.effect.reading(), at, until), at)
    }

    /// The first occurrence that begins after `at`, within ten years.
    #[must_use]
    pub fn next(&self, at: Timestamp) -> Option<Interval> {
        let last = super::civil::plus(at, AHEAD);
        let mut look = FIRST_LOOK;
        loop {
            let until = super::civil::plus(at, look).min(last);
            let first = self
                .when
                .intervals(self.effect.reading(), at, until)
                .into_iter()
                .filter(|span| span.start > at)
                .min();
            if first.is_some() || until >= last {
                return first;
            }
            look = look * 4;
        }
    }
}

/// A source whose windows are not all known.
#[derive(Clone, Debug)]
pub struct Unread {
    /// What people call it.
    pub name: Text,
    /// What its windows do.
    pub effect: Effect,
    /// Whom they concern.
    pub scope: std::sync::Arc<Scope>,
    /// Why it could not be read.
    pub why: Text,
    /// When its windows, which are in force, were read; none when none are
    /// known.
    pub known_since: Option<Timestamp>,
}

/// What is so at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A change may go out.
    Open,
    /// It may not.
    Frozen,
    /// It is not known; nothing may go out.
    Unknown,
}

/// A window with the span that matters.
#[derive(Clone, Copy, Debug)]
pub struct Because<'a> {
    /// The window.
    pub window: &'a Window,
    /// The span in force; of an allowance that is not open, the next one,
    /// none where none comes.
    pub span: Option<Interval>,
    /// It concerns the target only perhaps: something was not said.
    pub perhaps: bool,
}

/// The answer to "may it go out?".
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    /// The answer.
    pub state: State,
    /// Freezes in force; where there are none, the allowances that are shut.
    /// Empty when it is open.
    pub because: Vec<Because<'a>>,
    /// Allowances that are open.
    pub inside: Vec<Because<'a>>,
    /// Sources that concern the target and could not be read.
    pub unread: Vec<&'a Unread>,
}

/// Whether a deployment fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It does.
    Fits,
    /// The start is in a freeze or outside all allowances, or not known.
    Shut(State),
    /// From this instant on it would not be open any more.
    Until(Timestamp, State),
}

/// All windows of all sources.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    /// The windows.
    pub windows: Vec<Window>,
    /// Sources that could not be read.
    pub unread: Vec<Unread>,
}

/// The windows that concern one target, to be asked more than once.
struct Concerned<'a> {
    windows: Vec<(&'a Window, Concern)>,
    unread: Vec<&'a Unread>,
}

/// How many windows of each sort are there and open.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    freezes: i64,
    allowances: i64,
    open: i64,
    perhaps: i64,
    perhaps_open: i64,
}

impl Tally {
    fn change(&mut self, window: &Window, concern: Concern, by: i64) {
        match (window.effect, concern) {
            (Effect::Deny, _) => self.freezes += by,
            (Effect::Allow, Concern::Yes) => self.open += by,
            (Effect::Allow, _) => self.perhaps_open += by,
            (Effect::Note, _) => {}
        }
    }

    fn state(self, unread: &[&Unread]) -> State {
        let unknown = |effect: Effect| {
            unread
                .iter()
                .any(|source| source.effect == effect && source.known_since.is_none())
        };
        // An allowance that perhaps concerns the target counts while it is
        // shut: then it may be the one that shuts.
        let shut = self.allowances > 0 || self.perhaps > self.perhaps_open;
        if self.freezes > 0 {
            State::Frozen
        } else if shut && self.open == 0 {
            if unknown(Effect::Allow) {
                State::Unknown
            } else {
                State::Frozen
            }
        } else if unknown(Effect::Deny) || (!shut && unknown(Effect::Allow)) {
            State::Unknown
        } else {
            State::Open
        }
    }
}

impl Schedule {
    fn concerned(&self, target: &Target<'_>) -> Concerned<'_> {
        self.concerned_in(target, Timestamp::MIN_UTC, Timestamp::MAX_UTC)
    }

    /// The windows that concern a target in `[from, until)`.
    fn concerned_in(
        &self,
        target: &Target<'_>,
        from: Timestamp,
        until: Timestamp,
    ) -> Concerned<'_> {
        Concerned {
            windows: self
                .windows
                .iter()
                .filter(|window| window.effect != Effect::Note && window.matters(from, until))
                .map(|window| (window, window.scope.concerns(target)))
                .filter(|(_, concern)| *concern != Concern::No)
                .collect(),
            unread: self
                .unread
                .iter()
                .filter(|source| source.effect != Effect::Note)
                .filter(|source| source.scope.concerns(target) != Concern::No)
                .collect(),
        }
    }

    /// What is so for a target at `at`, and why.
    #[must_use]
    pub fn answer(&self, target: &Target<'_>, at: Timestamp) -> Answer<'_> {
        let concerned = self.concerned(target);
        let mut tally = concerned.tally();
        let (mut freezes, mut inside, mut shut) = (Vec::new(), Vec::new(), Vec::new());
        for (window, concern) in &concerned.windows {
            let because = Because {
                window,
                span: window.at(at),
                perhaps: *concern == Concern::Perhaps,
            };
            if because.span.is_some() {
                tally.change(window, *concern, 1);
            }
            match (window.effect, because.span) {
                (Effect::Deny, Some(_)) => freezes.push(because),
                (Effect::Allow, Some(_)) => inside.push(because),
                (Effect::Allow, None) => shut.push(because),
                _ => {}
            }
        }
        let state = tally.state(&concerned.unread);
        let because = if !freezes.is_empty() {
            freezes
        } else if state == State::Open || tally.open > 0 {
            Vec::new()
        } else {
            shut.into_iter()
                .map(|because| Because {
                    span: because.window.next(at),
                    ..because
                })
                .collect()
        };
        Answer {
            state,
            because,
            inside,
            unread: concerned.unread,
        }
    }

    /// Whether any allowance concerns the target, or may.
    #[must_use]
    pub fn has_allowance(&self, target: &Target<'_>) -> bool {
        let concerned = self.concerned(target);
        let allows = |effect: Effect| effect == Effect::Allow;
        concerned
            .windows
            .iter()
            .any(|(window, _)| allows(window.effect))
            || concerned.unread.iter().any(|source| allows(source.effect))
    }

    /// The allowance that opens next after `at`.
    #[must_use]
    pub fn next_allowance(&self, target: &Target<'_>, at: Timestamp) -> Option<Because<'_>> {
        let concerned = self.concerned(target);
        let next = concerned
            .windows
            .iter()
            .filter(|(window, _)| window.effect == Effect::Allow)
            .filter_map(|(window, concern)| {
                let because = Because {
                    window,
                    span: window.next(at),
                    perhaps: *concern == Concern::Perhaps,
                };
                Some((because.span?.start, because))
            });
        next.min_by_key(|(start, _)| *start)
            .map(|(_, because)| because)
    }

    /// The spans of all windows that concern the target and touch
    /// `[from, until)`, with their window.
    #[must_use]
    pub fn between(
        &self,
        target: &Target<'_>,
        from: Timestamp,
        until: Timestamp,
    ) -> Vec<(&Window, Interval)> {
        let mut found: Vec<(&Window, Interval)> = self
            .windows
            .iter()
            .filter(|window| window.matters(from, until))
            .filter(|window| window.scope.concerns(target) != Concern::No)
            .flat_map(|window| {
                window
                    .spans(from, until)
                    .into_iter()
                    .map(move |span| (window, span))
            })
            .collect();
        found.sort_by_key(|(_, span)| *span);
        found
    }

    /// The first instant after `at` at which the state changes, and the state
    /// from then on; none where it does not within ten years.
    #[must_use]
    pub fn next_transition(
        &self,
        target: &Target<'_>,
        at: Timestamp,
    ) -> Option<(Timestamp, State)> {
        self.concerned(target)
            .change_after(at, super::civil::plus(at, AHEAD))
    }

    /// Whether a deployment that begins at `start`, takes `takes` and may have
    /// to be rolled back in `rollback` stays in the open.
    #[must_use]
    pub fn fits(
        &self,
        target: &Target<'_>,
        start: Timestamp,
        takes: TimeDelta,
        rollback: TimeDelta,
    ) -> Fit {
        let end = super::civil::plus(super::civil::plus(start, takes), rollback);
        let until = end.max(super::civil::plus(start, TimeDelta::nanoseconds(1)));
        let concerned = self.concerned_in(target, start, until);
        match concerned.state(start) {
            State::Open => {}
            state => return Fit::Shut(state),
        }
        match concerned.change_after(start, end) {
            Some((at, state)) if at < end => Fit::Until(at, state),
            _ => Fit::Fits,
        }
    }
}

impl Concerned<'_> {
    /// The windows that are there, none of them open.
    fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for (window, concern) in &self.windows {
            match (window.effect, concern) {
                (Effect::Allow, Concern::Yes) => tally.allowances += 1,
                (Effect::Allow, _) => tally.perhaps += 1,
                _ => {}
            }
        }
        tally
    }

    fn state(&self, at: Timestamp) -> State {
        let mut tally = self.tally();
        for (window, concern) in &self.windows {
            if window.at(at).is_some() {
                tally.change(window, *concern, 1);
            }
        }
        tally.state(&self.unread)
    }

    fn change_after(&self, at: Timestamp, last: Timestamp) -> Option<(Timestamp, State)> {
        let now = self.state(at);
        let mut from = at;
        let mut look = FIRST_LOOK;
        while from < last {
            let until = super::civil::plus(from, look).min(last);
            if let Some(found) = self.change_within(now, from, until) {
                return Some(found);
            }
            from = until;
            look = (look * 4).min(TimeDelta::days(400));
        }
        None
    }

    /// The first change away from `now` in `(from, until]`.
    fn change_within(
        &self,
        now: State,
        from: Timestamp,
        until: Timestamp,
    ) -> Option<(Timestamp, State)> {
        let end = super::civil::plus(until, TimeDelta::nanoseconds(1));
        let mut tally = self.tally();
        let mut edges: Vec<(Timestamp, usize, i64)> = Vec::new();
        for (index, (window, concern)) in self.windows.iter().enumerate() {
            for span in window.spans(from, end) {
                if span.start <= from {
                    tally.change(window, *concern, 1);
                } else {
                    edges.push((span.start, index, 1));
                }
                edges.push((span.end, index, -1));
            }
        }
        edges.retain(|(at, _, _)| *at <= until);
        edges.sort_unstable();
        let mut place = 0;
        while let Some((at, _, _)) = edges.get(place) {
            let at = *at;
            // All that happens at one instant happens together: a seam
            // between two windows is no change.
            while let Some((_, index, by)) = edges.get(place).filter(|edge| edge.0 == at) {
                let (window, concern) = self.windows[*index];
                tally.change(window, concern, *by);
                place += 1;
            }
            let state = tally.state(&self.unread);
            if state != now {
                return Some((at, state));
            }
        }
        None
    }
}
