//! Windows as the evaluator holds them: what was declared, what calendars and
//! integrations told, and which calendars could not be read.

use std::sync::{Arc, OnceLock};

use chrono::TimeDelta;

use super::Model;
use crate::{
    analysis::windows::{
        Because, Effect, Interval, Schedule, Scope, Target, Unread, Window as Rule,
        declared::{compile, effect_of, scope_of, told},
        own,
    },
    domain::{
        Catalog, Connection, EnvironmentName, Origin, ServiceName, SourceId, Text, Timestamp,
        Window, WindowKind,
    },
};

/// Occurrences of declared windows are laid out this far back and ahead.
pub(super) const BACK: TimeDelta = TimeDelta::days(35);
pub(super) const AHEAD: TimeDelta = TimeDelta::days(100);
/// And anew after this time.
pub(super) const RENEW: TimeDelta = TimeDelta::days(1);
/// Later than anything that is planned, and a year of four digits.
const FAR: Timestamp = match chrono::DateTime::from_timestamp(250_000_000_000, 0) {
    Some(far) => far,
    None => Timestamp::MAX_UTC,
};
/// No more of them, for a window that comes each minute.
const MOST: usize = 2000;

/// Declared windows laid out as spans, for views.
#[derive(Clone, Debug, Default)]
pub(super) struct LaidOut {
    /// Around when.
    pub(super) at: Option<Timestamp>,
    /// The spans.
    pub(super) spans: Vec<Window>,
}

/// What holds for a place at an instant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// Freezes in force.
    pub freezes: Vec<Window>,
    /// Change windows that are open.
    pub changes: Vec<Window>,
    /// Whether any change window concerns it.
    pub changes_exist: bool,
    /// The next change window that opens.
    pub next_change: Option<Window>,
    /// Calendars that concern it and of which nothing is known, each with why.
    pub unknown: Vec<Text>,
}

/// The windows that a catalog declares.
pub(super) fn declared_rules(catalog: &Catalog) -> Vec<Rule> {
    let own = Model::declared_source().0;
    let mut rules: Vec<Rule> = catalog
        .declared
        .iter()
        // The configuration was checked; what it refused is not here.
        .filter_map(|declared| compile(declared, &own).ok())
        .collect();
    rules.extend(catalog.windows.iter().filter_map(of_span));
    rules
}

/// A span that concerns the services that it names, or all.
fn of_span(span: &Window) -> Option<Rule> {
    let names: Vec<&str> = span.services.iter().map(ServiceName::as_str).collect();
    told(span, Arc::new(Scope::of_services(&names)), &Text::default())
}

impl Model {
    /// All windows of all sources, and the calendars that could not be read.
    #[must_use]
    pub fn schedule(&self) -> &Schedule {
        self.schedule.get_or_init(|| self.put_together())
    }

    /// The schedule is another one; it is put together when it is asked for,
    /// not with each of the thousand listings that a start brings.
    pub(super) fn reschedule(&mut self) {
        self.schedule = OnceLock::new();
        self.plans_changed += 1;
    }

    fn put_together(&self) -> Schedule {
        let mut schedule = Schedule {
            windows: declared_rules(&self.catalog),
            unread: Vec::new(),
        };
        let own = own::schedule(&self.own.book, self.own.unread.as_ref());
        schedule.windows.extend(own.windows);
        schedule.unread.extend(own.unread);
        for ((source, _), listed) in &self.windows {
            let calendar = self
                .catalog
                .calendars
                .iter()
                .find(|calendar| &calendar.source == source);
            match calendar {
                Some(calendar) => {
                    let scope = scope_of(calendar);
                    let told = listed
                        .value
                        .iter()
                        .filter_map(|span| told(span, Arc::clone(&scope), &calendar.owner));
                    schedule.windows.extend(told);
                }
                None => schedule
                    .windows
                    .extend(listed.value.iter().filter_map(of_span)),
            }
        }
        for calendar in &self.catalog.calendars {
            let source = &calendar.source;
            let health = self.health.get(source);
            let read = self
                .windows
                .iter()
                .find(|((of, _), _)| of == source)
                .map(|(_, listed)| listed.observed);
            let well = health.is_some_and(|health| health.value.connection == Connection::Ok);
            if well && read.is_some() {
                continue;
            }
            let why = health
                .map(|health| health.value.detail.clone())
                .filter(|detail| !detail.is_empty())
                .unwrap_or_else(|| Text::new("it has not been read yet"));
            schedule.unread.push(Unread {
                name: source.0.clone(),
                effect: effect_of(calendar.events),
                scope: scope_of(calendar),
                why,
                known_since: read,
            });
        }
        schedule
    }

    /// Whether a source is a calendar that was declared.
    pub(super) fn is_calendar(&self, source: &SourceId) -> bool {
        self.catalog
            .calendars
            .iter()
            .any(|calendar| &calendar.source == source)
    }

    /// Lays the declared windows out around `now`, when that was not done
    /// lately.
    pub(super) fn lay_out(&mut self, now: Timestamp) {
        let lately = |at: Timestamp| (now - at).abs() < RENEW;
        if self.laid_out.at.is_some_and(lately) {
            return;
        }
        self.forget_own_spans();
        self.depart(now);
        let own = Self::declared_source();
        let mut spans = Vec::new();
        for declared in &self.catalog.declared {
            let Ok(rule) = compile(declared, &own.0) else {
                continue;
            };
            let services: Vec<ServiceName> = declared
                .selectors
                .services
                .iter()
                .map(|glob| ServiceName::new(glob))
                .collect();
            spans.extend(laid(&rule, now).map(|span| Window {
                id: Origin::new(
                    &own,
                    &format!("{}/{}", declared.name, span.start.timestamp()),
                ),
                services: services.clone(),
                start: span.start,
                end: span.end,
                ..as_span(&rule)
            }));
        }
        self.laid_out = LaidOut {
            at: Some(now),
            spans,
        };
    }

    /// What holds for a service in an environment at `now`; `change` is the
    /// class of the change, where that is known.
    #[must_use]
    pub fn standing(
        &self,
        service: &ServiceName,
        environment: Option<&EnvironmentName>,
        change: Option<&str>,
        now: Timestamp,
    ) -> Standing {
        let target = Target {
            service: service.as_str(),
            environment: environment.map(EnvironmentName::as_str),
            team: None,
            change,
        };
        Standing::of(self.schedule(), &target, now)
    }
}

impl Standing {
    /// What a schedule holds for a target at `now`.
    #[must_use]
    pub fn of(schedule: &Schedule, target: &Target<'_>, now: Timestamp) -> Self {
        let answer = schedule.answer(target, now);
        let span = |because: &Because<'_>| {
            let span = because.span?;
            Some(Window {
                // What has no end is said with one that a calendar has.
                start: span.start.max(Timestamp::UNIX_EPOCH),
                end: span.end.min(FAR),
                id: Origin {
                    source: SourceId(because.window.source.clone()),
                    key: because.window.name.clone(),
                },
                ..as_span(because.window)
            })
        };
        let of = |effect: Effect| {
            let inside = answer.because.iter().chain(&answer.inside);
            inside
                .filter(move |because| because.window.effect == effect)
                .filter(|because| because.span.is_some_and(|span| span.holds(now)))
        };
        let next_change = schedule
            .next_allowance(target, now)
            .and_then(|because| span(&because));
        let unknown: Vec<Text> = answer
            .unread
            .iter()
            .filter(|source| source.known_since.is_none())
            .map(|source| Text::from(format!("the calendar `{}`: {}", source.name, source.why)))
            .collect();
        Self {
            freezes: of(Effect::Deny).filter_map(span).collect(),
            changes: of(Effect::Allow).filter_map(span).collect(),
            changes_exist: schedule.has_allowance(target),
            next_change,
            unknown,
        }
    }
}

/// The spans of a window around `now`; what has no end goes as far as is
/// looked.
pub(super) fn laid(rule: &Rule, now: Timestamp) -> impl Iterator<Item = Interval> + use<> {
    let found = rule.spans(now - BACK, now + AHEAD);
    found.into_iter().take(MOST).map(move |span| Interval {
        start: span.start.max(now - BACK),
        end: span.end.min(now + AHEAD + AHEAD),
    })
}

/// A window as a span without its times.
pub(super) fn as_span(rule: &Rule) -> Window {
    Window {
        id: Origin::default(),
        kind: match rule.effect {
            Effect::Deny => WindowKind::Freeze,
            Effect::Allow => WindowKind::Change,
            Effect::Note => WindowKind::Other(Text::new("info")),
        },
        title: rule.name.clone(),
        start: Timestamp::UNIX_EPOCH,
        end: Timestamp::UNIX_EPOCH,
        services: Vec::new(),
        detail: rule.reason.clone(),
        url: Text::default(),
    }
}
