//! What the box of the calendar would write down, and what would come of it.

use chrono::{DateTime, NaiveDateTime, Timelike, Utc};
use chrono_tz::Tz;

use super::super::Effect;
use crate::{
    analysis::windows::{Zone, own},
    domain::{
        OwnKind, OwnTime, OwnWindow, Planned, Release, ReleaseChange, ReleaseEvent, ReleaseState,
        Selectors, Text, Timestamp, WindowChange, WindowEvent,
    },
    model::Conflict,
    ui::{
        app::{About, App, Planner, Task},
        theme::State,
        widgets::format,
    },
};

/// How times are written.
const FORM: &str = "%Y-%m-%d %H:%M";
const LONG_FORM: &str = "%Y-%m-%d %H:%M:%S";

/// What is written down.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Deed {
    Window(WindowEvent),
    Release(ReleaseEvent),
}

/// That a reason is missing is seen by the empty field.
pub(super) const NO_REASON: &str = "say why";

pub(super) fn accepted(app: &App, deeds: Vec<Deed>) -> Result<Vec<Deed>, String> {
    for deed in &deeds {
        match deed {
            Deed::Window(event) => app.model.accepts_window_event(app.now, event)?,
            Deed::Release(event) => {
                if event.why.trim().is_empty() {
                    return Err(NO_REASON.to_owned());
                }
                app.model.accepts_release_event(event)?;
            }
        }
    }
    Ok(deeds)
}

pub(super) fn effect(app: &App, deed: Deed) -> Effect {
    match deed {
        Deed::Window(event) => Effect::ChangeWindow(event),
        Deed::Release(event) => Effect::ChangeRelease {
            declared: app
                .model
                .declared_release(&event.release)
                .cloned()
                .map(Box::new),
            event,
        },
    }
}

/// What the box would write down.
pub(super) fn deeds(app: &App, planner: &Planner) -> Result<Vec<Deed>, String> {
    let window = |id: &Text, change: WindowChange| {
        Deed::Window(WindowEvent {
            window: id.clone(),
            by: app.settings.person.clone(),
            why: Text::new(planner.reason.trim()),
            change,
        })
    };
    let release = |id: &Text, change: ReleaseChange| {
        Deed::Release(ReleaseEvent {
            release: id.clone(),
            by: app.settings.person.clone(),
            why: Text::new(planner.reason.trim()),
            change,
        })
    };
    let new = |selectors: Selectors| -> Result<Vec<Deed>, String> {
        let (start, end) = times(planner)?;
        let plan = OwnWindow {
            name: Text::new(planner.name.trim()),
            kind: planner.kind,
            when: OwnTime::Once {
                start,
                end: end.ok_or("it has no end")?,
            },
            selectors,
        };
        own::planned(&plan, Text::default(), Text::default()).map_err(|fault| fault.why)?;
        let id = app.model.own_windows().id_for(&planner.name);
        let plan = Box::new(plan);
        Ok(vec![window(&id, WindowChange::Made { plan })])
    };
    match (planner.task, &planner.about) {
        (Task::Add, _) => new(Selectors {
            services: globs(&planner.services),
            environments: globs(&planner.environments),
            ..Selectors::default()
        }),
        (Task::Duplicate, About::Own(course, _)) => new(course.window.selectors.clone()),
        (Task::Duplicate, About::Span(span)) => new(Selectors {
            services: span.services.iter().map(|name| name.0.clone()).collect(),
            ..Selectors::default()
        }),
        (Task::Cancel, About::Own(course, start)) => {
            let from = course.window.when.clone();
            let change = if planner.all || matches!(from, OwnTime::Once { .. }) {
                WindowChange::Cancelled
            } else {
                let to = own::without(course, *start, None)?;
                WindowChange::Moved { from, to }
            };
            Ok(vec![window(&course.id, change)])
        }
        (_, About::Own(course, seen)) => {
            let (start, end) = times(planner)?;
            let from = course.window.when.clone();
            let to = match &from {
                OwnTime::Once { .. } => OwnTime::Once {
                    start,
                    end: end.ok_or("it has no end")?,
                },
                OwnTime::Rule { .. } if start == *seen => from.clone(),
                OwnTime::Rule { .. } => own::without(course, *seen, Some(start))?,
            };
            Ok(vec![window(&course.id, WindowChange::Moved { from, to })])
        }
        (Task::Cancel, About::Release(known, state)) => Ok(vec![release(
            &known.id,
            ReleaseChange::Moved {
                from: *state,
                to: ReleaseState::Scrubbed,
                unmet: Vec::new(),
            },
        )]),
        (_, About::Release(known, _)) => {
            let mut deeds = Vec::new();
            let (start, end) = times(planner)?;
            let from = Planned::of(known);
            let to = Planned {
                start: Some(start),
                end,
            };
            if from != to {
                deeds.push(release(&known.id, ReleaseChange::Rescheduled { from, to }));
            }
            let captain = planner.captain.trim();
            if captain != known.captain.as_deref().unwrap_or_default() {
                deeds.push(release(
                    &known.id,
                    ReleaseChange::Captained {
                        from: known.captain.clone(),
                        to: Text::new(captain),
                    },
                ));
            }
            if deeds.is_empty() {
                return Err("nothing of it would change".to_owned());
            }
            Ok(deeds)
        }
        (_, About::Copy(copy)) => {
            let (start, end) = times(planner)?;
            let mut plan = copy.clone();
            plan.start = Some(start);
            plan.end = end;
            if Planned::of(&plan).ends_too_soon() {
                return Err("it would end before it starts".to_owned());
            }
            Ok(vec![release(&copy.id, ReleaseChange::Opened { plan })])
        }
        (_, About::New | About::Span(_)) => Err("it is changed where it was declared".to_owned()),
    }
}

fn globs(text: &str) -> Vec<Text> {
    text.split([' ', ','])
        .filter(|glob| !glob.is_empty())
        .map(Text::new)
        .collect()
}

fn times(planner: &Planner) -> Result<(Timestamp, Option<Timestamp>), String> {
    let wrong =
        |what: &str, text: &str| format!("{what}: `{text}` is no time, such as 2026-12-20 18:00");
    // In doubt a freeze is longer and an allowance shorter; a release begins at
    // the first of two.
    let longest = planner.kind != OwnKind::Allow;
    let start = read(&planner.start, planner.zone, longest)
        .ok_or_else(|| wrong("start", &planner.start))?;
    let end = match planner.end.trim() {
        "" => None,
        text => {
            let end = read(text, planner.zone, !longest);
            Some(end.ok_or_else(|| wrong("end", text))?)
        }
    };
    Ok((start, end))
}

/// What would come of it, for people.
pub(super) fn consequences(app: &App, deed: &Deed) -> Vec<(State, String)> {
    let conflict = |one: &Conflict| (State::Alert, one.sentence.to_string());
    match deed {
        Deed::Window(event) => {
            let mut said = Vec::new();
            if let WindowChange::Made { plan } = &event.change {
                said.push((State::Quiet, summary(plan)));
                if plan.kind == OwnKind::Allow {
                    let words = "what it selects goes out in such windows and at no other time";
                    said.push((State::Waiting, words.to_owned()));
                }
            }
            let found = app.model.conflicts_after(app.now, &completed(event));
            if found.come.is_empty() {
                said.push((State::Ok, "no release is in its way".to_owned()));
            }
            said.extend(found.come.iter().map(|(_, one)| conflict(one)));
            let ends = |one: &Conflict| (State::Ok, format!("no more: {}", one.sentence));
            said.extend(found.gone.iter().map(|(_, one)| ends(one)));
            said
        }
        Deed::Release(event) => {
            let Some(planned) = planned(app, event) else {
                return Vec::new();
            };
            let has = app.model.conflicts_of(&planned);
            let had = app
                .model
                .release(&event.release)
                .map(|release| app.model.conflicts_of(release))
                .unwrap_or_default();
            let mut said: Vec<(State, String)> = Vec::new();
            if let ReleaseChange::Opened { plan } = &event.change {
                for item in &plan.items {
                    let words = format!("{} → {} in {}", item.service, item.to, item.environment);
                    said.push((State::Quiet, words));
                }
            }
            if let (Some(branch), ReleaseChange::Rescheduled { .. }) =
                (planned.branch, &event.change)
            {
                let zone = app.zone();
                let words = format!("its branch stays: {} {zone}", written(branch, zone));
                said.push((State::Quiet, words));
            }
            if has.is_empty() {
                said.push((State::Ok, "no conflicts".to_owned()));
            }
            said.extend(has.iter().map(conflict));
            let gone = had.iter().filter(|one| !has.contains(one));
            said.extend(gone.map(|one| (State::Ok, format!("no more: {}", one.sentence))));
            said
        }
    }
}

/// An event as it will be when name and reason are typed: what it is in the way
/// of is seen before.
fn completed(event: &WindowEvent) -> WindowEvent {
    let mut event = event.clone();
    if event.why.trim().is_empty() {
        event.why = Text::new("?");
    }
    if let WindowChange::Made { plan } = &mut event.change
        && plan.name.trim().is_empty()
    {
        plan.name = Text::new("new");
    }
    event
}

/// A release as it would be.
fn planned(app: &App, event: &ReleaseEvent) -> Option<Release> {
    if let ReleaseChange::Opened { plan } = &event.change {
        return Some((**plan).clone());
    }
    let mut release = app.model.release(&event.release)?.clone();
    match &event.change {
        ReleaseChange::Rescheduled { to, .. } => {
            release.start = to.start;
            release.end = to.end;
        }
        ReleaseChange::Captained { to, .. } => release.captain = Some(to.clone()),
        ReleaseChange::Moved { to, .. } => release.declared = Some(*to),
        _ => {}
    }
    Some(release)
}

fn summary(plan: &OwnWindow) -> String {
    let whom = |globs: &[Text], all: &str| {
        if globs.is_empty() {
            all.to_owned()
        } else {
            globs.join(", ")
        }
    };
    let long = match &plan.when {
        OwnTime::Once { start, end } => format::left(*end - *start),
        OwnTime::Rule { duration, .. } => duration.to_string(),
    };
    format!(
        "{} of {long} for {} in {}",
        plan.kind.said(),
        whom(&plan.selectors.services, "every service"),
        whom(&plan.selectors.environments, "every environment")
    )
}

/// A time as it is typed, on a clock.
pub(super) fn written(at: Timestamp, zone: Tz) -> String {
    let local = at.with_timezone(&zone);
    let form = if at.second() == 0 { FORM } else { LONG_FORM };
    local.format(form).to_string()
}

/// What was typed, on a clock; where it may mean two instants, the earliest of
/// them or the latest.
pub(super) fn read(text: &str, zone: Tz, earliest: bool) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(&text.to_ascii_uppercase()) {
        return Some(at.with_timezone(&Utc));
    }
    let forms = [FORM, LONG_FORM, "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
    let local = |text: &str| {
        let mut found = forms.iter();
        found.find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
    };
    if let Some(utc) = text.strip_suffix(['Z', 'z']) {
        return Some(local(utc.trim_end())?.and_utc());
    }
    let meant = Zone::Named(zone).candidates(local(text)?);
    Some(if earliest {
        meant.earliest
    } else {
        meant.latest
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        let (utc, berlin) = (Tz::UTC, Tz::Europe__Berlin);
        let at = read("2026-12-20 18:00", utc, true).unwrap();
        assert_eq!(at.to_rfc3339(), "2026-12-20T18:00:00+00:00");
        assert_eq!(written(at, utc), "2026-12-20 18:00");
        assert_eq!(written(at, berlin), "2026-12-20 19:00");
        assert_eq!(read("2026-12-20 19:00", berlin, true), Some(at));
        for same in [
            "2026-12-20 18:00Z",
            "2026-12-20 18:00 z",
            "2026-12-20t19:00:00+01:00",
        ] {
            assert_eq!(read(same, berlin, true), Some(at), "{same}");
        }
        let odd = at + TimeDelta::seconds(7);
        assert_eq!(read(&written(odd, berlin), berlin, true), Some(odd));
        assert_eq!(read("tomorrow", utc, true), None);
    }

    #[test]
    fn an_hour_that_is_there_twice_is_the_earlier_or_the_later_one() {
        let berlin = Tz::Europe__Berlin;
        let [one, other] = [true, false].map(|first| read("2026-10-25 02:30", berlin, first));
        assert_eq!(one.unwrap() + TimeDelta::hours(1), other.unwrap());
    }
}
