//! Windows and releases on the calendar: made, moved, taken back, planned once
//! more. Each is one event in the journal, or two where the captain changes
//! too; what it is in the way of is shown before.

mod deeds;

use chrono::{TimeDelta, Timelike};
use ratatui::layout::Position;

use self::deeds::{NO_REASON, accepted, consequences, deeds, effect, read, written};
use super::{Effect, input::After, refuse, settle, text};
use crate::{
    analysis::windows::Zone,
    command::{Command, Item, Key, KeyCode, MouseKind},
    domain::{OwnKind, OwnTime, Timestamp, Window, WindowKind},
    ui::{
        app::{About, App, Field, Overlay, Planner, Task},
        overlays,
    },
};

/// What an arrow moves a time by, in its field.
const STEP: TimeDelta = TimeDelta::minutes(15);
const DAY: TimeDelta = TimeDelta::days(1);
/// How long a new window is.
const USUAL: TimeDelta = TimeDelta::hours(1);

/// Why a command cannot run now.
pub(super) fn why_not(app: &App, command: Command) -> Option<String> {
    if app.scope() != crate::command::Scope::Calendar {
        return Some("only in the calendar".to_owned());
    }
    if app.settings.read_only {
        return Some("read-only: nothing can be written down".to_owned());
    }
    if command == Command::AddWindow {
        return None;
    }
    match app.selection() {
        Some(item) => about(app, item, task(command)).err(),
        None => Some("nothing is selected".to_owned()),
    }
}

fn task(command: Command) -> Task {
    match command {
        Command::MoveInTime => Task::Move,
        Command::CancelPlanned => Task::Cancel,
        Command::Duplicate => Task::Duplicate,
        _ => Task::Add,
    }
}

/// What a task would be about.
fn about(app: &App, item: &Item, task: Task) -> Result<About, String> {
    let model = &app.model;
    match item {
        Item::Window(id) => match (model.own_window(id), model.window(id)) {
            (Some(course), Some(span)) => Ok(About::Own(Box::new(course.clone()), span.start)),
            (None, Some(span)) if task == Task::Duplicate => {
                Ok(About::Span(Box::new(span.clone())))
            }
            (None, Some(_)) => Err(format!(
                "{} says so, and it is changed there; `{}` makes one like it here",
                id.source,
                app.keys.shown(Command::Duplicate)
            )),
            (_, None) => Err("it is not known any more".to_owned()),
        },
        Item::Release(id) => {
            let release = model.release(id).ok_or("it is not known any more")?;
            let state = model.release_view(release, app.now).state;
            match task {
                Task::Duplicate => {
                    let start = release.start.map_or(app.now, |start| start.max(app.now));
                    Ok(About::Copy(Box::new(
                        model.copy_of(release, start, app.now),
                    )))
                }
                _ if state.is_over() => Err(format!("it is {}", state.said())),
                _ => Ok(About::Release(Box::new(release.clone()), state)),
            }
        }
        _ => Err("select a window or a release first".to_owned()),
    }
}

/// Opens the box.
pub(super) fn open(app: &mut App, command: Command, effects: &mut Vec<Effect>) {
    let task = task(command);
    let found = match (task, app.selection()) {
        (Task::Add, _) => Ok(About::New),
        (_, Some(item)) => {
            // What has just come under the cursor was not seen yet.
            if let Some(doubt) = app.cursor.doubt(app.now) {
                return refuse(app, &doubt);
            }
            about(app, item, task)
        }
        (_, None) => Err("nothing is selected".to_owned()),
    };
    let about = match found {
        Ok(about) => about,
        Err(why) => return refuse(app, &why),
    };
    // What others wrote meanwhile is read while the person types.
    effects.push(Effect::ReadReleases);
    let (start, end) = slot(app, &about);
    let zone = app.zone();
    let mut planner = Planner {
        task,
        field: Field::Reason,
        kind: OwnKind::Deny,
        name: String::new(),
        services: String::new(),
        environments: String::new(),
        start: written(start, zone),
        end: end.map(|end| written(end, zone)).unwrap_or_default(),
        zone,
        captain: String::new(),
        all: false,
        reason: String::new(),
        said: Vec::new(),
        against: None,
        about,
    };
    match &planner.about {
        About::Own(course, _) => {
            planner.kind = course.window.kind;
            planner.name = course.window.name.to_string();
        }
        About::Span(span) => {
            planner.kind = kind_of(span);
            planner.name = span.title.to_string();
        }
        About::Release(release, _) => {
            let captain = release.captain.as_deref().unwrap_or_default();
            captain.clone_into(&mut planner.captain);
        }
        About::New | About::Copy(_) => {}
    }
    let fields = planner.fields();
    planner.field = match task {
        Task::Add => Field::Name,
        _ => fields.first().copied().unwrap_or(Field::Reason),
    };
    if task == Task::Duplicate {
        planner.field = Field::Start;
    }
    consider(app, &mut planner);
    app.overlays.push(Overlay::Planner(Box::new(planner)));
}

/// The time that is offered first.
fn slot(app: &App, about: &About) -> (Timestamp, Option<Timestamp>) {
    let next = quarter(app.now);
    match about {
        About::Own(course, start) => {
            let end = match &course.window.when {
                OwnTime::Once { end, .. } => Some(*end),
                OwnTime::Rule { .. } => None,
            };
            (*start, end)
        }
        About::Span(span) => (span.start, Some(span.end)),
        About::Release(release, _) | About::Copy(release) => {
            (release.start.unwrap_or(next), release.end)
        }
        // What has begun by now is no time for anything new.
        About::New => match app.slot().filter(|(start, _)| *start >= next) {
            Some((start, end)) => (start, Some(end)),
            None => (next, Some(next + USUAL)),
        },
    }
}

/// The next full quarter of an hour.
fn quarter(now: Timestamp) -> Timestamp {
    let into = TimeDelta::seconds(i64::from(now.num_seconds_from_midnight()) % 900)
        + TimeDelta::nanoseconds(i64::from(now.timestamp_subsec_nanos()));
    now - into + STEP
}

fn kind_of(span: &Window) -> OwnKind {
    match span.kind {
        WindowKind::Freeze => OwnKind::Deny,
        WindowKind::Change => OwnKind::Allow,
        WindowKind::Maintenance => OwnKind::Maintenance,
        _ => OwnKind::Info,
    }
}

/// One key in the box.
pub(super) fn key(
    app: &mut App,
    mut planner: Box<Planner>,
    key: Key,
    burst: bool,
    effects: &mut Vec<Effect>,
) -> After {
    let fields = planner.fields();
    let at = fields.iter().position(|field| *field == planner.field);
    let beside = |by: isize| {
        let last = fields.len().saturating_sub(1);
        let next = at.unwrap_or(0).saturating_add_signed(by).min(last);
        fields.get(next).copied()
    };
    let is_time = matches!(planner.field, Field::Start | Field::End);
    let chosen = matches!(planner.field, Field::Kind | Field::Which);
    match key.code {
        KeyCode::Esc => return After::Close,
        KeyCode::Enter if burst => refuse(app, "ignored a burst of input"),
        KeyCode::Enter => {
            consider(app, &mut planner);
            match deeds(app, &planner).and_then(|deeds| accepted(app, deeds)) {
                Ok(deeds) => {
                    for deed in deeds {
                        effects.push(effect(app, deed));
                    }
                    return After::Close;
                }
                Err(why) => {
                    if planner.reason.trim().is_empty() {
                        planner.field = Field::Reason;
                    }
                    refuse(app, &why);
                }
            }
        }
        KeyCode::Tab if key.shift => planner.field = beside(-1).unwrap_or(planner.field),
        KeyCode::Tab => planner.field = beside(1).unwrap_or(planner.field),
        KeyCode::Up if is_time => shift(&mut planner, DAY),
        KeyCode::Down if is_time => shift(&mut planner, -DAY),
        KeyCode::Right if is_time => shift(&mut planner, STEP),
        KeyCode::Left if is_time => shift(&mut planner, -STEP),
        KeyCode::Left | KeyCode::Right | KeyCode::Char(' ') if chosen => {
            choose(&mut planner, key.code != KeyCode::Left);
        }
        KeyCode::Up => planner.field = beside(-1).unwrap_or(planner.field),
        KeyCode::Down => planner.field = beside(1).unwrap_or(planner.field),
        _ => {
            let field = planner.field;
            if let Some(line) = planner.text_mut(field) {
                text::edit(line, key);
            }
        }
    }
    consider(app, &mut planner);
    After::Stay(Overlay::Planner(planner))
}

/// A text that was pasted into the field.
pub(super) fn paste(app: &mut App, pasted: &str) {
    let Some(Overlay::Planner(mut planner)) = app.overlays.pop() else {
        return;
    };
    let field = planner.field;
    if let Some(line) = planner.text_mut(field) {
        text::insert(line, pasted);
    }
    consider(app, &mut planner);
    app.overlays.push(Overlay::Planner(planner));
}

/// A press goes to its field, and on one that is chosen to the next choice; the
/// wheel moves a time.
pub(super) fn mouse(app: &mut App, kind: MouseKind, at: Position) {
    let Some(Overlay::Planner(mut planner)) = app.overlays.pop() else {
        return;
    };
    let field = overlays::planner::hit(&planner, settle::area(app), at);
    let is_time = matches!(planner.field, Field::Start | Field::End);
    match (kind, field) {
        (MouseKind::Press, Some(field)) => {
            let again = planner.field == field;
            planner.field = field;
            if again && matches!(field, Field::Kind | Field::Which) {
                choose(&mut planner, true);
            }
        }
        (MouseKind::ScrollUp, _) if is_time => shift(&mut planner, STEP),
        (MouseKind::ScrollDown, _) if is_time => shift(&mut planner, -STEP),
        _ => {}
    }
    consider(app, &mut planner);
    app.overlays.push(Overlay::Planner(planner));
}

fn choose(planner: &mut Planner, onwards: bool) {
    if planner.field == Field::Which {
        planner.all = !planner.all;
        return;
    }
    let all = OwnKind::ALL;
    let at = all.iter().position(|kind| *kind == planner.kind);
    let step = if onwards { 1 } else { all.len() - 1 };
    let next = (at.unwrap_or(0) + step) % all.len();
    planner.kind = all.get(next).copied().unwrap_or_default();
}

/// Moves the time under the cursor; with the start the end goes along. A day is
/// one on the calendar, whatever the clock does in it.
fn shift(planner: &mut Planner, by: TimeDelta) {
    let zone = planner.zone;
    let moved = |text: &str| {
        let at = read(text, zone, true)?;
        let moved = if by.abs() < DAY {
            at.checked_add_signed(by)?
        } else {
            let wall = Zone::Named(zone).wall(at).checked_add_signed(by)?;
            Zone::Named(zone).candidates(wall).earliest
        };
        Some(written(moved, zone))
    };
    if let Some(end) = moved(&planner.end) {
        planner.end = end;
    }
    if planner.field == Field::Start
        && let Some(start) = moved(&planner.start)
    {
        planner.start = start;
    }
}

/// Computes what would come of it, and what is against it.
fn consider(app: &App, planner: &mut Planner) {
    let found = deeds(app, planner);
    planner.said = match &found {
        Ok(deeds) => deeds
            .iter()
            .flat_map(|deed| consequences(app, deed))
            .collect(),
        Err(_) => Vec::new(),
    };
    planner.against = found
        .and_then(|deeds| accepted(app, deeds))
        .err()
        .filter(|why| why != NO_REASON);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quarter_that_is_offered_is_the_next_one() {
        let at = read("2026-12-20 18:00", chrono_tz::Tz::UTC, true).unwrap();
        assert_eq!(quarter(at), at + STEP);
        assert_eq!(quarter(at + TimeDelta::nanoseconds(1)), at + STEP);
        assert_eq!(quarter(at + TimeDelta::minutes(29)), at + STEP * 2);
    }
}
