//! What is planned against what is frozen, and against what else is planned.

use chrono::TimeDelta;

use super::Model;
use crate::{
    analysis::windows::{Effect, Fit, Schedule, State, Target},
    domain::{Release, ReleaseItem, ReleaseKind, ReleaseState, Text, Timestamp},
};

/// Why a plan cannot be as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConflictKind {
    /// A freeze is in force in it.
    Freeze,
    /// No change window is open for all of it.
    OutsideWindow,
    /// It is shorter than what it has to hold.
    TooShort,
    /// A calendar could not be read.
    NotKnown,
    /// Two releases change one service at one time.
    SameService,
    /// A service goes out before one that it depends on.
    DependencyOrder,
    /// Its captain runs another release at the same time.
    CaptainBusy,
    /// Nobody runs it.
    NoCaptain,
    /// Nobody is on call for a service of it, for a part of it at least.
    NobodyOnCall,
    /// Who is on call could not be read.
    OnCallNotKnown,
}

impl ConflictKind {
    /// The words of those that are no conflict but something that is not known.
    pub const UNCERTAIN: [&'static str; 2] = ["not_known", "on_call_not_known"];

    /// Whether it is about when, and not about who.
    #[must_use]
    pub fn is_of_time(self) -> bool {
        !matches!(
            self,
            Self::NoCaptain | Self::NobodyOnCall | Self::OnCallNotKnown
        )
    }

    /// The word of `--json`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Freeze => "freeze",
            Self::OutsideWindow => "outside_change_window",
            Self::TooShort => "window_too_short",
            Self::NotKnown => "not_known",
            Self::SameService => "same_service",
            Self::DependencyOrder => "dependency_order",
            Self::CaptainBusy => "captain_double_booked",
            Self::NoCaptain => "no_captain",
            Self::NobodyOnCall => "nobody_on_call",
            Self::OnCallNotKnown => "on_call_not_known",
        }
    }
}

/// One conflict.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// What sort.
    pub kind: ConflictKind,
    /// Why, in a sentence.
    pub sentence: Text,
    /// The other side: a freeze, a release, a person, a calendar; empty when
    /// there is none.
    pub with: Text,
    /// The service that it is about; none when it is about the release.
    pub service: Option<Text>,
    /// From when on.
    pub from: Timestamp,
}

/// The least time that an item of a release takes.
#[derive(Clone, Copy, Debug)]
struct LeastTime {
    takes: TimeDelta,
    /// The canary takes that long.
    is_canary: bool,
    rollback: TimeDelta,
}

impl LeastTime {
    /// Deployment and, should it be needed, rollback.
    fn whole(self) -> TimeDelta {
        self.takes + self.rollback
    }

    fn said(self, item: &ReleaseItem) -> String {
        let service = &item.service;
        let takes = self.takes.num_minutes();
        let back = self.rollback.num_minutes();
        match (self.is_canary, back) {
            (true, 0) => format!("the canary of {service} alone takes {takes} minutes"),
            (true, _) => {
                format!("the canary of {service} takes {takes} minutes and its rollback {back}")
            }
            (false, 0) => format!("{service} takes {takes} minutes"),
            (false, _) => format!("{service} takes {takes} minutes and its rollback {back}"),
        }
    }
}

/// The class of a change that a release of this kind is.
#[must_use]
pub fn change_class(kind: ReleaseKind) -> &'static str {
    kind.word()
}

impl Model {
    /// Why a release's plan conflicts with the calendar; empty when it does
    /// not, or when it is over or has no time.
    #[must_use]
    pub fn conflicts_of(&self, release: &Release) -> Vec<Conflict> {
        self.conflicts_in(self.schedule(), release)
    }

    /// The same by another schedule.
    #[must_use]
    pub fn conflicts_in(&self, schedule: &Schedule, release: &Release) -> Vec<Conflict> {
        let mut conflicts = Vec::new();
        let over = matches!(
            release.declared,
            Some(ReleaseState::Done | ReleaseState::Scrubbed | ReleaseState::RolledBack)
        );
        let Some(start) = release.start.filter(|_| !over) else {
            return conflicts;
        };
        let end = release
            .end
            .unwrap_or(start)
            .max(start + TimeDelta::seconds(1));
        self.against_windows(schedule, release, start, end, &mut conflicts);
        self.against_releases(release, start, end, &mut conflicts);
        self.against_duty(release, start, end, &mut conflicts);
        if release.captain.is_none() {
            conflicts.push(Conflict {
                kind: ConflictKind::NoCaptain,
                sentence: Text::from(format!("{} has no captain", release.id)),
                with: Text::default(),
                service: None,
                from: start,
            });
        }
        conflicts
    }

    /// The same as sentences.
    #[must_use]
    pub fn conflicts(&self, release: &Release) -> Vec<Text> {
        let conflicts = self.conflicts_of(release);
        conflicts.into_iter().map(|one| one.sentence).collect()
    }

    fn against_windows(
        &self,
        schedule: &Schedule,
        release: &Release,
        start: Timestamp,
        end: Timestamp,
        conflicts: &mut Vec<Conflict>,
    ) {
        let mut add = |conflict: Conflict| {
            if !conflicts.iter().any(|known| {
                (known.kind, &known.with, &known.sentence)
                    == (conflict.kind, &conflict.with, &conflict.sentence)
            }) {
                conflicts.push(conflict);
            }
        };
        for item in &release.items {
            let target = Target {
                service: item.service.as_str(),
                environment: Some(item.environment.as_str()),
                team: None,
                change: Some(change_class(release.kind)),
            };
            let service = Some(item.service.0.clone());
            let mut frozen = false;
            for (window, span) in schedule.between(&target, start, end) {
                if window.effect == Effect::Deny {
                    frozen = true;
                    add(Conflict {
                        kind: ConflictKind::Freeze,
                        sentence: Text::from(format!(
                            "{} is in the freeze '{}'",
                            release.id, window.name
                        )),
                        with: window.name.clone(),
                        service: service.clone(),
                        from: span.start.max(start),
                    });
                }
            }
            let needs = self.least_time(item);
            let all = needs.map_or(end - start, |needs| needs.whole().max(end - start));
            let fit = schedule.fits(&target, start, all, TimeDelta::zero());
            let found = match fit {
                Fit::Shut(State::Unknown) | Fit::Until(_, State::Unknown) => Some((
                    ConflictKind::NotKnown,
                    start,
                    "what is frozen is not known".to_owned(),
                )),
                Fit::Shut(_) if !frozen => Some((
                    ConflictKind::OutsideWindow,
                    start,
                    format!("no change window of {} is open", item.service),
                )),
                Fit::Until(until, _) if !frozen && until < end => Some((
                    ConflictKind::TooShort,
                    until,
                    format!(
                        "the change window of {} ends {}, before the release",
                        item.service,
                        until.format("%H:%M")
                    ),
                )),
                Fit::Until(until, _) if !frozen => Some((
                    ConflictKind::TooShort,
                    until,
                    format!(
                        "{} could not be deployed and rolled back before {}: it is not open then",
                        item.service,
                        until.format("%H:%M")
                    ),
                )),
                _ => None,
            };
            if let Some((kind, from, why)) = found {
                add(Conflict {
                    kind,
                    sentence: Text::from(format!("{}: {why}", release.id)),
                    with: Text::default(),
                    service: service.clone(),
                    from,
                });
            }
            if let (Some(needs), true) = (needs, release.end.is_some())
                && end - start < needs.whole()
            {
                add(Conflict {
                    kind: ConflictKind::TooShort,
                    sentence: Text::from(format!(
                        "{}: {}, more than the window",
                        release.id,
                        needs.said(item)
                    )),
                    with: Text::default(),
                    service,
                    from: start,
                });
            }
        }
    }

    /// The least time that an item takes: what was declared, or all steps of
    /// its canary where that is longer, and the way back.
    fn least_time(&self, item: &ReleaseItem) -> Option<LeastTime> {
        let spec = self.catalog().service(&item.service)?;
        let canary = spec.canary.as_ref().and_then(|canary| {
            let steps = i64::try_from(canary.steps.len()).unwrap_or(i64::MAX);
            (canary.environment == item.environment && steps > 0).then(|| {
                TimeDelta::seconds(i64::from(canary.bake_seconds).saturating_mul(steps.min(1000)))
            })
        });
        let seconds = |seconds: Option<u32>| seconds.map(|one| TimeDelta::seconds(one.into()));
        let takes = seconds(spec.takes_seconds);
        let least = LeastTime {
            takes: takes.max(canary).unwrap_or_default(),
            is_canary: canary > takes,
            rollback: seconds(spec.rollback_seconds).unwrap_or_default(),
        };
        (least.whole() > TimeDelta::zero()).then_some(least)
    }

    fn against_releases(
        &self,
        release: &Release,
        start: Timestamp,
        end: Timestamp,
        conflicts: &mut Vec<Conflict>,
    ) {
        for other in self.releases_in_order() {
            let (Some(other_start), Some(other_end)) = (other.start, other.end) else {
                continue;
            };
            if other.id == release.id {
                continue;
            }
            let same_time = other_end > start && other_start < end;
            for item in &release.items {
                let both = other
                    .items
                    .iter()
                    .any(|their| their.service == item.service);
                if same_time && both {
                    conflicts.push(Conflict {
                        kind: ConflictKind::SameService,
                        sentence: Text::from(format!(
                            "{} is in {} at the same time",
                            item.service, other.id
                        )),
                        with: other.id.clone(),
                        service: Some(item.service.0.clone()),
                        from: other_start.max(start),
                    });
                }
                let later = self.catalog().service(&item.service).and_then(|spec| {
                    spec.depends_on.iter().find(|needed| {
                        let theirs = other.items.iter().any(|their| &their.service == *needed);
                        let ours = release.items.iter().any(|our| &our.service == *needed);
                        theirs && !ours && other_start >= start
                    })
                });
                if let Some(needed) = later {
                    conflicts.push(Conflict {
                        kind: ConflictKind::DependencyOrder,
                        sentence: Text::from(format!(
                            "{} needs {needed}, which goes out later in {}",
                            item.service, other.id
                        )),
                        with: other.id.clone(),
                        service: Some(item.service.0.clone()),
                        from: start,
                    });
                }
            }
            if let Some(captain) = &release.captain
                && same_time
                && other.captain.as_ref() == Some(captain)
            {
                conflicts.push(Conflict {
                    kind: ConflictKind::CaptainBusy,
                    sentence: Text::from(format!("{captain} runs {} at the same time", other.id)),
                    with: other.id.clone(),
                    service: None,
                    from: other_start.max(start),
                });
            }
        }
    }
}
