//! What people did to a release, as events, and the release that comes of it.

use serde::{Deserialize, Serialize};

use super::{
    Check, CheckState, Release, ReleaseItem, ReleaseState,
    state::{Standing, needs_reason},
};
use crate::domain::{ServiceName, Text, Timestamp, Version};

/// One thing that a person did to a release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReleaseEvent {
    /// The release, by its id.
    pub release: Text,
    /// Who (login name).
    pub by: Text,
    /// Why; empty where no reason is needed.
    pub why: Text,
    /// What.
    pub change: ReleaseChange,
}

/// What a person can do to a release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "does", rename_all = "snake_case")]
pub enum ReleaseChange {
    /// It was made here.
    Opened {
        /// As it was made.
        plan: Box<Release>,
    },
    /// It goes to another state.
    Moved {
        /// The state that the person saw.
        from: ReleaseState,
        /// The state from now on.
        to: ReleaseState,
        /// Gates that were not met, each in a sentence.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unmet: Vec<Text>,
    },
    /// One service leaves it.
    Cut {
        /// The service.
        service: ServiceName,
    },
    /// One service that was cut comes back.
    Returned {
        /// The service.
        service: ServiceName,
    },
    /// A service goes to another version than was planned.
    Retargeted {
        /// The service.
        service: ServiceName,
        /// The version from now on.
        to: Version,
        /// Its full commit hash, where known.
        #[serde(default)]
        commit: Option<Text>,
    },
    /// A check was seen to, waived or opened again.
    Checked {
        /// The check, by its id.
        check: Text,
        /// Where it stands from now on.
        state: CheckState,
    },
    /// It is planned for another time.
    Rescheduled {
        /// The time that the person saw.
        from: Planned,
        /// The time from now on.
        to: Planned,
    },
    /// Somebody else runs it.
    Captained {
        /// The captain that the person saw.
        #[serde(default)]
        from: Option<Text>,
        /// The captain from now on.
        to: Text,
    },
    /// Its retrospective review was done.
    Reviewed,
}

/// When a release is planned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// Planned start.
    #[serde(default)]
    pub start: Option<Timestamp>,
    /// Planned end.
    #[serde(default)]
    pub end: Option<Timestamp>,
}

impl Planned {
    /// When a release is planned now.
    #[must_use]
    pub fn of(release: &Release) -> Self {
        Self {
            start: release.start,
            end: release.end,
        }
    }

    /// With another start, end or both. The end goes along with the start where
    /// no other one is given.
    #[must_use]
    pub fn moved(self, start: Option<Timestamp>, end: Option<Timestamp>) -> Self {
        let along = match (self.start, start, self.end) {
            (Some(before), Some(now), Some(end)) => end.checked_add_signed(now - before),
            (_, _, end) => end,
        };
        Self {
            start: start.or(self.start),
            end: end.or(along),
        }
    }

    /// Whether it ends before it starts, or as it does.
    #[must_use]
    pub fn ends_too_soon(self) -> bool {
        matches!((self.start, self.end), (Some(start), Some(end)) if end <= start)
    }
}

/// One change of state.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Text,
    /// Why; empty where no reason was needed.
    pub why: Text,
    /// The state before.
    pub from: ReleaseState,
    /// The state after.
    pub to: ReleaseState,
    /// Gates that were not met.
    pub unmet: Vec<Text>,
}

/// A release with all that people did to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// The release as it is now: what was cut is not in it, and `declared` is
    /// the state that people gave it last.
    pub release: Release,
    /// Where it stands by the word of people; none when nobody said.
    pub standing: Option<Standing>,
    /// What was cut, as it was planned.
    pub cut: Vec<ReleaseItem>,
    /// Each change of state, oldest first.
    pub moves: Vec<Move>,
    /// Who did its review, and when.
    pub reviewed: Option<(Timestamp, Text)>,
}

impl Course {
    /// The course of a release that nobody touched.
    #[must_use]
    pub fn new(release: Release) -> Self {
        Self {
            standing: release.declared.map(Standing::at),
            release,
            cut: Vec::new(),
            moves: Vec::new(),
            reviewed: None,
        }
    }

    /// The course that comes of events in their order. `plan` is the release
    /// as somebody else declared it; none when only an event can have made it.
    #[must_use]
    pub fn of<'a>(
        plan: Option<Release>,
        events: impl IntoIterator<Item = (Timestamp, &'a ReleaseEvent)>,
    ) -> Option<Self> {
        let mut course = plan.map(Self::new);
        for (at, event) in events {
            match (&mut course, &event.change) {
                (None, ReleaseChange::Opened { plan }) => {
                    course = Some(Self::new(Release::clone(plan)));
                }
                // What does not fit any more, because the plan is another one
                // now, costs itself alone.
                (Some(course), _) if course.refusal(event).is_none() => course.apply(at, event),
                _ => {}
            }
        }
        course
    }

    /// Whether anything is to be said against an event.
    ///
    /// # Errors
    /// Why it cannot be, as a sentence without its full stop.
    pub fn accepts(&self, event: &ReleaseEvent) -> Result<(), String> {
        self.refusal(event).map_or(Ok(()), Err)
    }

    fn refusal(&self, event: &ReleaseEvent) -> Option<String> {
        match &event.change {
            ReleaseChange::Opened { .. } => {
                Some(format!("there is a release `{}` already", event.release))
            }
            ReleaseChange::Moved { from, to, unmet } => {
                self.moves_refused(*from, *to, unmet, &event.why)
            }
            ReleaseChange::Cut { service } => self.cut_refused(service, &event.why),
            ReleaseChange::Returned { service } => {
                let known = self.cut.iter().any(|item| &item.service == service);
                if !known {
                    Some(format!("{service} was not cut from it"))
                } else if self.is_over() {
                    Some("it is over".to_owned())
                } else {
                    None
                }
            }
            ReleaseChange::Retargeted { service, to, .. } => {
                let item = self
                    .release
                    .items
                    .iter()
                    .find(|item| &item.service == service);
                match item {
                    None => Some(format!("{service} is not in it")),
                    Some(_) if self.is_over() => Some("it is over".to_owned()),
                    Some(item) if &item.to == to => Some(format!("{service} goes to {to} already")),
                    Some(_) => None,
                }
            }
            ReleaseChange::Checked { check, state } => {
                let Some(known) = self.release.checklist.iter().find(|one| &one.id == check) else {
                    return Some(format!("it has no check `{check}`"));
                };
                if known.state == *state {
                    Some(format!("the check `{check}` is {} already", state.word()))
                } else if *state == CheckState::Waived && event.why.trim().is_empty() {
                    Some("a check is waived with a reason".to_owned())
                } else {
                    None
                }
            }
            ReleaseChange::Rescheduled { from, to } => self.time_refused(*from, *to),
            ReleaseChange::Captained { from, to } => self.captain_refused(from.as_ref(), to),
            ReleaseChange::Reviewed => match (&self.release.review_due, &self.reviewed) {
                (None, _) => Some("it needs no review".to_owned()),
                (_, Some((_, who))) => Some(format!("{who} did its review already")),
                (Some(_), None) if !self.is_over() => {
                    Some("it is reviewed when it is over".to_owned())
                }
                _ => None,
            },
        }
    }

    /// Whether nothing more can happen to it but a rollback, by the word of
    /// people.
    fn is_over(&self) -> bool {
        self.standing
            .is_some_and(|standing| standing.state.is_over())
    }

    fn moves_refused(
        &self,
        from: ReleaseState,
        to: ReleaseState,
        unmet: &[Text],
        why: &Text,
    ) -> Option<String> {
        let standing = self.standing.unwrap_or(Standing::at(from));
        if standing.state != from {
            return Some(format!(
                "it is {} now, not {}: look again",
                standing.state.said(),
                from.said()
            ));
        }
        if let Err(why) = standing.to(to, &self.release.skips) {
            return Some(why);
        }
        let open = self.open_checks(from, to);
        if let [first, rest @ ..] = &open[..] {
            let more = if rest.is_empty() {
                String::new()
            } else {
                format!(" and {} more", rest.len())
            };
            return Some(format!(
                "the check `{}`{more} is open: {}",
                first.id, first.what
            ));
        }
        let why = why.trim();
        if needs_reason(from, to) && why.is_empty() {
            return Some(format!("{} needs a reason", to.said()));
        }
        if let (Some(first), true) = (unmet.first(), why.is_empty()) {
            return Some(format!("a gate is not met, so say why: {first}"));
        }
        None
    }

    fn time_refused(&self, from: Planned, to: Planned) -> Option<String> {
        if self.is_over() {
            Some("it is over".to_owned())
        } else if Planned::of(&self.release) != from {
            Some("it is planned for another time by now: look again".to_owned())
        } else if from == to {
            Some("it is planned for that time already".to_owned())
        } else if to.ends_too_soon() {
            Some("it would end before it starts".to_owned())
        } else {
            None
        }
    }

    fn captain_refused(&self, from: Option<&Text>, to: &Text) -> Option<String> {
        let now = self.release.captain.as_ref();
        if self.is_over() {
            Some("it is over".to_owned())
        } else if now != from {
            let who = now.map_or("nobody", Text::as_str);
            Some(format!("{who} runs it by now: look again"))
        } else if to.trim().is_empty() {
            Some("a captain has a name".to_owned())
        } else if now == Some(to) {
            Some(format!("{to} runs it already"))
        } else {
            None
        }
    }

    /// Required checks that are open and have to be done before the release
    /// goes from one state on to another.
    #[must_use]
    pub fn open_checks(&self, from: ReleaseState, to: ReleaseState) -> Vec<&Check> {
        let (Some(here), Some(there)) = (from.place(), to.place()) else {
            return Vec::new();
        };
        self.release
            .checklist
            .iter()
            .filter(|check| {
                there > here
                    && check.required
                    && check.state == CheckState::Open
                    && check.before.place().is_some_and(|before| before <= there)
            })
            .collect()
    }

    fn cut_refused(&self, service: &ServiceName, why: &Text) -> Option<String> {
        let in_it = self
            .release
            .items
            .iter()
            .any(|item| &item.service == service);
        if !in_it {
            return Some(format!("{service} is not in it"));
        }
        if self.is_over() {
            return Some("it is over".to_owned());
        }
        if self.release.items.len() == 1 {
            return Some(format!(
                "{service} is all that is in it: scrub the release instead"
            ));
        }
        why.trim()
            .is_empty()
            .then(|| "a cut needs a reason".to_owned())
    }

    fn apply(&mut self, at: Timestamp, event: &ReleaseEvent) {
        let release = &mut self.release;
        match &event.change {
            ReleaseChange::Opened { .. } => {}
            ReleaseChange::Moved { from, to, unmet } => {
                let standing = self.standing.unwrap_or(Standing::at(*from));
                if let Ok(next) = standing.to(*to, &release.skips) {
                    self.standing = Some(next);
                    release.declared = Some(*to);
                    self.moves.push(Move {
                        at,
                        by: event.by.clone(),
                        why: event.why.clone(),
                        from: *from,
                        to: *to,
                        unmet: unmet.clone(),
                    });
                }
            }
            ReleaseChange::Cut { service } => {
                let (gone, kept) = std::mem::take(&mut release.items)
                    .into_iter()
                    .partition(|item| &item.service == service);
                release.items = kept;
                self.cut.extend::<Vec<ReleaseItem>>(gone);
            }
            ReleaseChange::Returned { service } => {
                let (back, cut) = std::mem::take(&mut self.cut)
                    .into_iter()
                    .partition(|item| &item.service == service);
                self.cut = cut;
                release.items.extend::<Vec<ReleaseItem>>(back);
            }
            ReleaseChange::Retargeted {
                service,
                to,
                commit,
            } => {
                for item in &mut release.items {
                    if &item.service == service {
                        item.to = to.clone();
                        item.commit.clone_from(commit);
                        item.digest = None;
                    }
                }
            }
            ReleaseChange::Checked { check, state } => {
                for one in &mut release.checklist {
                    if &one.id == check {
                        one.state = *state;
                    }
                }
            }
            ReleaseChange::Rescheduled { to, .. } => {
                release.start = to.start;
                release.end = to.end;
            }
            ReleaseChange::Captained { to, .. } => release.captain = Some(to.clone()),
            ReleaseChange::Reviewed => self.reviewed = Some((at, event.by.clone())),
        }
    }
}

#[cfg(test)]
mod tests;
