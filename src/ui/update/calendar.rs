//! The cursor of the calendar's grids: a slot of time, and in it an entry.

use std::sync::Arc;

use chrono::{Datelike as _, Months, TimeDelta};
use chrono_tz::Tz;

use super::{Effect, info, moves, run, settle, show};
use crate::{
    command::{Command, Form, Item, Pane, View},
    domain::{Text, Timestamp},
    ui::{
        app::App,
        calendar::{Body, Frame, Outlook, Sort, Timeline, clock, gather},
        views::calendar as view,
    },
};

/// Rows of a week that half a page moves.
const HALF: i64 = 4;

/// So far back and ahead of now plans are always held against the calendar.
const NEAR: (TimeDelta, TimeDelta) = (TimeDelta::days(1), TimeDelta::days(31));

/// What comes next and what speaks against the plans, where these may be other
/// than they were. Before the rows are made.
pub(super) fn look_ahead(app: &mut App) {
    let known = (
        app.model.plans_changed(),
        app.now.timestamp().div_euclid(60),
    );
    if app.calendar.known == Some(known) {
        return;
    }
    app.calendar.outlook = Outlook::of(&app.model, app.now);
    if app.calendar.known.map(|(plans, _)| plans) != Some(known.0) {
        app.calendar.conflicts.clear();
    }
    app.calendar.known = Some(known);
    judge(app, app.now - NEAR.0, app.now + NEAR.1);
}

/// Holds the plans of `[from, until)` against the calendar, each once.
fn judge(app: &mut App, from: Timestamp, until: Timestamp) {
    let known = &app.calendar.conflicts;
    let found: Vec<(Text, Vec<Text>)> = app
        .model
        .releases_in_order()
        .into_iter()
        .filter(|release| {
            let inside = release
                .start
                .is_some_and(|start| start < until && from < gather::end_of(release, start));
            inside && !known.contains_key(&release.id)
        })
        .map(|release| (release.id.clone(), app.model.conflicts(release)))
        .collect();
    app.calendar.conflicts.extend(found);
}

/// What the grid has to show now; none where there is no grid.
fn wanted(app: &App) -> Option<Frame> {
    if !app.is_grid(Pane::Agenda) {
        return None;
    }
    let placed = moves::layout(app);
    let agenda = placed.iter().find(|placed| placed.pane == Pane::Agenda)?;
    view::frame(app, agenda.rows)
}

/// Whether the grid has to show something else than it does: the terminal has
/// another size, a pane fills it, a day has gone by.
pub(super) fn is_other(app: &App) -> bool {
    wanted(app) != app.calendar.frame
}

/// What the grid shows now. Before its rows are made.
pub(super) fn frame(app: &mut App) {
    app.calendar.frame = wanted(app);
    app.calendar.stood = app.selected(Pane::Agenda).cloned();
    if let Some(frame) = &app.calendar.frame {
        let (from, until) = frame.range();
        app.model.look_at(from, until, app.now);
        judge(app, from, until);
    }
}

/// Lays the grid out, and puts the cursor on what stands in its slot. After the
/// rows are made.
pub(super) fn lay_out(app: &mut App) {
    let Some(frame) = app.calendar.frame else {
        app.calendar.grid = None;
        return;
    };
    let grid = gather::grid(app, frame, &app.list(Pane::Agenda).rows);
    app.calendar.grid = Some(Arc::new(grid));
    // A list puts its cursor on some row; that of a grid may stand on none.
    let stood = app.calendar.stood.take();
    if let Some(list) = settle::list(app, Pane::Agenda) {
        list.selected = stood;
    }
    pick(app);
}

/// Puts the cursor on an entry of its slot: the one that is wanted, else the one
/// that it stood on, else a release, else the shortest.
fn pick(app: &mut App) {
    let Some(grid) = app.calendar.grid.clone() else {
        return;
    };
    let Some((start, end)) = app.slot() else {
        return;
    };
    let wanted = app.calendar.wanted.take();
    let before = app.selected(Pane::Agenda).cloned();
    let found = if let Body::Timeline(timeline) = &grid.body {
        // The line follows its entry when lines come and go.
        let asked = wanted.or(before);
        let line = asked
            .as_ref()
            .and_then(|item| line_of(app, timeline, item))
            .unwrap_or_else(|| {
                let last = timeline.lines.len().saturating_sub(1);
                app.calendar.line.min(last)
            });
        app.calendar.line = line;
        scroll(app, timeline);
        let line = timeline.lines.get(line);
        let entries = line.into_iter().flat_map(|line| {
            let hidden = line.hidden.iter().copied();
            let release = line.sort == Sort::Release;
            let all = line.bars.iter().map(|bar| bar.entry).chain(hidden);
            all.map(move |entry| (entry, release))
        });
        let here: Vec<Item> = entries
            .filter(|(entry, release)| *release || grid.entries[*entry].holds_in(start, end))
            .filter_map(|(entry, _)| grid.entries[entry].item.clone())
            .collect();
        asked
            .filter(|item| here.contains(item))
            .or_else(|| here.into_iter().next())
    } else {
        let mut here: Vec<(bool, TimeDelta, &Item)> = grid
            .entries
            .iter()
            .filter(|entry| entry.holds_in(start, end))
            .filter_map(|entry| {
                let release = entry.sort == Sort::Release;
                Some((!release, entry.end - entry.start, entry.item.as_ref()?))
            })
            .collect();
        here.sort();
        let has = |item: &Item| here.iter().any(|(.., other)| *other == item);
        let kept = [wanted, before].into_iter().flatten().find(has);
        kept.or_else(|| here.first().map(|(.., item)| (*item).clone()))
    };
    select(app, found);
}

fn select(app: &mut App, item: Option<Item>) {
    let Some(list) = settle::list(app, Pane::Agenda) else {
        return;
    };
    if list.selected == item {
        return;
    }
    if let Some(index) = item
        .as_ref()
        .and_then(|item| list.rows.iter().position(|row| row == item))
    {
        list.index = index;
    }
    list.selected = item;
    settle::follow_later(app, Pane::Agenda);
}

/// The line of the timeline on which an item lies.
fn line_of(app: &App, timeline: &Timeline, item: &Item) -> Option<usize> {
    let grid = app.calendar.grid.as_ref()?;
    let mut entries = grid.entries.iter();
    let entry = entries.position(|entry| {
        // The mark of a branch is not the release.
        let mark = entry.sort == Sort::Milestone && matches!(item, Item::Release(_));
        entry.item.as_ref() == Some(item) && !mark
    })?;
    timeline.line_of(entry)
}

/// Scrolls the releases by as little as shows the one under the cursor.
fn scroll(app: &mut App, timeline: &Timeline) {
    let Some(frame) = app.calendar.frame else {
        return;
    };
    let head = crate::ui::calendar::timeline::HEAD;
    let bands = u16::try_from(timeline.bands).unwrap_or(u16::MAX);
    let room = frame.height.saturating_sub(head).saturating_sub(bands);
    let releases = timeline.lines.len() - timeline.bands;
    let selected = app.calendar.line.saturating_sub(timeline.bands);
    let top = app.calendar.top;
    app.calendar.top = crate::ui::widgets::scroll::window(selected, top, releases, room).start;
}

/// The cursor goes to another instant.
fn put(app: &mut App, at: Option<Timestamp>, wanted: Option<Item>) {
    app.calendar.at = at;
    app.calendar.wanted = wanted;
    let before = app.calendar.frame;
    frame(app);
    if app.calendar.frame == before {
        pick(app);
        app.stale.scroll = true;
    } else {
        app.stale.rows_from = Some(0);
    }
}

/// Carries out a command of movement in a grid; false for one that means the
/// same as elsewhere.
pub(super) fn go(app: &mut App, command: Command) -> bool {
    if !app.is_grid(Pane::Agenda) {
        return agenda(app, command);
    }
    let (Some((start, end)), Some(frame)) = (app.slot(), app.calendar.frame) else {
        return false;
    };
    let moment = TimeDelta::nanoseconds(1);
    let days = |by: i64| by_days(frame.zone, start, by);
    let (form, page) = (frame.form, i64::from(frame.days));
    let at = match (command, form) {
        (Command::Today, _) => {
            put(app, None, None);
            return true;
        }
        (Command::NextEntry | Command::PreviousEntry, _) => {
            neighbour(app, start, command == Command::NextEntry);
            return true;
        }
        (Command::Left, _) => days(-1),
        (Command::Right | Command::Later, _) => days(1),
        (Command::Down, Form::Week) => end,
        (Command::Up, Form::Week) => start - moment,
        (Command::Down, Form::Month) => days(7),
        (Command::Up, Form::Month) => days(-7),
        (Command::Down | Command::Up, _) => {
            by_lines(app, if command == Command::Down { 1 } else { -1 });
            return true;
        }
        (Command::HalfDown, Form::Week) => start + (end - start) * i32::try_from(HALF).unwrap_or(1),
        (Command::HalfUp, Form::Week) => start - (end - start) * i32::try_from(HALF).unwrap_or(1),
        (Command::HalfDown, _) => days(7),
        (Command::HalfUp, _) => days(-7),
        (Command::PageDown, Form::Month) => by_month(frame.zone, start, 1),
        (Command::PageUp, Form::Month) => by_month(frame.zone, start, -1),
        (Command::PageDown, _) => days(page),
        (Command::PageUp, _) => days(-page),
        (Command::First | Command::Last, _) => edge(&frame, start, command == Command::Last),
        _ => return false,
    };
    put(app, Some(at), None);
    true
}

/// What the calendar's own moves mean in the agenda.
fn agenda(app: &mut App, command: Command) -> bool {
    match command {
        Command::Later => moves::go(app, Command::Right),
        Command::NextEntry => moves::by_rows(app, Pane::Agenda, 1),
        Command::PreviousEntry => moves::by_rows(app, Pane::Agenda, -1),
        Command::Today => {
            app.calendar.at = None;
            moves::by_rows(app, Pane::Agenda, isize::MIN);
        }
        _ => return false,
    }
    true
}

/// The same time of day so many days later, by a clock.
fn by_days(zone: Tz, at: Timestamp, days: i64) -> Timestamp {
    let wall = clock::wall(zone, at);
    clock::instant(
        zone,
        clock::shifted(wall.date(), days).and_time(wall.time()),
    )
}

/// The same day of another month, or its last day.
fn by_month(zone: Tz, at: Timestamp, by: i32) -> Timestamp {
    let wall = clock::wall(zone, at);
    let months = Months::new(by.unsigned_abs());
    let date = if by < 0 {
        wall.date().checked_sub_months(months)
    } else {
        wall.date().checked_add_months(months)
    };
    clock::instant(zone, date.unwrap_or(wall.date()).and_time(wall.time()))
}

/// The first or last day of what is shown, at the same time of day.
fn edge(frame: &Frame, at: Timestamp, last: bool) -> Timestamp {
    let wall = clock::wall(frame.zone, at);
    let date = match (frame.form, last) {
        (Form::Month, false) => wall.date().with_day(1).unwrap_or(wall.date()),
        (Form::Month, true) => {
            let next = clock::after(wall.date().with_day(1).unwrap_or(wall.date()), 31);
            clock::shifted(next.with_day(1).unwrap_or(next), -1)
        }
        (_, false) => frame.from,
        (_, true) => clock::after(frame.from, u64::from(frame.days.saturating_sub(1))),
    };
    clock::instant(frame.zone, date.and_time(wall.time()))
}

/// The cursor goes so many lines of the timeline down.
fn by_lines(app: &mut App, by: isize) {
    let Some(grid) = app.calendar.grid.clone() else {
        return;
    };
    let Body::Timeline(timeline) = &grid.body else {
        return;
    };
    let last = timeline.lines.len().saturating_sub(1);
    app.calendar.line = app.calendar.line.saturating_add_signed(by).min(last);
    let line = timeline.lines.get(app.calendar.line);
    let release = line.filter(|line| line.sort == Sort::Release);
    app.calendar.wanted = release
        .and_then(|line| line.bars.first())
        .and_then(|bar| grid.entries[bar.entry].item.clone());
    if app.calendar.wanted.is_none() {
        select(app, None);
    }
    pick(app);
    app.stale.scroll = true;
}

/// The cursor goes to the next entry, or to the one before.
fn neighbour(app: &mut App, from: Timestamp, forwards: bool) {
    let selected = app.selected(Pane::Agenda).cloned();
    match gather::neighbour(app, selected.as_ref(), from, forwards) {
        Some((start, item)) => put(app, Some(start), Some(item)),
        None => info(app, "there is no further entry within 400 days"),
    }
}

/// Shows the calendar in a form.
pub(super) fn show_form(app: &mut App, form: Form) {
    if app.view != View::Calendar {
        show(app, View::Calendar, None);
        app.came_from = None;
    }
    to_form(app, form);
}

/// The calendar is in a form from now on; its cursor stays on what it stands on.
pub(super) fn to_form(app: &mut App, form: Form) {
    let selected = app.selected(Pane::Agenda).cloned();
    let was_list = !app.is_grid(Pane::Agenda);
    if let Some(screen) = settle::screen(app) {
        screen.tab = form.tab();
        // A grid may leave no room for other panes.
        screen.focus = Pane::Agenda;
    }
    if let Some(item) = selected {
        if was_list && let Some(start) = app.start_of(&item) {
            app.calendar.at = Some(start.max(app.now.min(end_of(app, &item).unwrap_or(start))));
        }
        app.calendar.wanted = Some(item);
    }
    app.stale.rows_from = Some(0);
}

/// The last instant at which an entry holds.
fn end_of(app: &App, item: &Item) -> Option<Timestamp> {
    let end = match item {
        Item::Window(id) => app.model.window(id)?.end,
        Item::Release(id) => {
            let release = app.model.release(id)?;
            gather::end_of(release, release.start?)
        }
        _ => return None,
    };
    Some(end - TimeDelta::seconds(1))
}

/// The calendar by the next clock: the team's, the selected window's, the
/// person's, UTC, each once.
pub(super) fn next_zone(app: &mut App) {
    let team = app.model.catalog().team.zone;
    let own = match app.selected(Pane::Agenda) {
        Some(Item::Window(id)) => app.model.zone_of_window(id),
        _ => None,
    };
    let mut zones: Vec<(Tz, &str)> = Vec::new();
    for (zone, whose) in [
        (Some(team), "the team's clock"),
        (own, "the window's clock"),
        (Some(app.settings.zone), "your clock"),
        (Some(Tz::UTC), "UTC"),
    ] {
        if let Some(zone) = zone
            && !zones.iter().any(|(known, _)| *known == zone)
        {
            zones.push((zone, whose));
        }
    }
    let now = app.zone();
    let here = zones.iter().position(|(zone, _)| *zone == now);
    let Some((zone, whose)) = zones
        .get(here.map_or(0, |here| (here + 1) % zones.len()))
        .copied()
    else {
        return;
    };
    if zone == now {
        info(app, "the team's clock, yours and UTC are one");
        return;
    }
    app.calendar.zone = (zone != team).then_some(zone);
    app.stale.rows_from = Some(0);
    let name = clock::name(zone, app.now);
    let words = if zone == Tz::UTC {
        "days and times are UTC".to_owned()
    } else {
        format!("days and times are those of {name}, {whose}")
    };
    info(app, &words);
}

/// A press of the mouse in a grid: the cursor goes there; where it is already it
/// opens what stands there.
pub(super) fn press(app: &mut App, hit: view::Hit, was_focused: bool, effects: &mut Vec<Effect>) {
    let inside = |slot: (Timestamp, Timestamp)| slot.0 <= hit.at && hit.at < slot.1;
    let here = app.slot().is_some_and(inside)
        && hit.line.is_none_or(|line| line == app.calendar.line)
        && (hit.item.is_none() || hit.item.as_ref() == app.selected(Pane::Agenda));
    if was_focused && here && hit.item.is_some() {
        run::run(app, Command::Open, effects);
        return;
    }
    if let Some(line) = hit.line {
        app.calendar.line = line;
        if hit.item.is_none() {
            select(app, None);
        }
    }
    put(app, Some(hit.at), hit.item);
}

/// A turn of the wheel in a grid: the timeline scrolls, the others turn a page.
pub(super) fn wheel(app: &mut App, down: bool) {
    let command = match (app.form(), down) {
        (Form::Timeline, true) => Command::Down,
        (Form::Timeline, false) => Command::Up,
        (_, true) => Command::PageDown,
        (_, false) => Command::PageUp,
    };
    go(app, command);
}
