//! After each event: rows are computed anew where they may have changed, the
//! cursor follows its item, and the integrations hear what is looked at.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use ratatui::layout::Rect;

use super::{Effect, calendar, compare, log, plan, release};
use crate::{
    command::{self, Item, Pane, View},
    domain::{RunState, Timestamp},
    integrations::contract::{Attention, Query},
    ui::{
        app::{App, List, Screen, TIMELINE},
        chrome, views,
    },
};

/// How long the cursor must rest before other panes show the parts of what is
/// under it: longer than a key that is held down takes to repeat.
const FOLLOW: TimeDelta = TimeDelta::milliseconds(150);
/// How long the cursor must rest before what is under it is asked for.
const REST: TimeDelta = TimeDelta::milliseconds(400);
/// Services that are told to be on the screen.
const ATTENDED: usize = 40;

/// The whole terminal.
pub(super) fn area(app: &App) -> Rect {
    Rect::new(0, 0, app.size.0, app.size.1)
}

/// The screen of the shown view, made when it is shown for the first time.
pub(super) fn screen(app: &mut App) -> Option<&mut Screen> {
    let view = app.view;
    let first = *view.panes().first()?;
    let new = || Screen::new(first);
    Some(app.screens.entry(view).or_insert_with(new))
}

/// The list of a pane of the shown view, made where there is none.
pub(super) fn list(app: &mut App, pane: Pane) -> Option<&mut List> {
    Some(screen(app)?.lists.entry(pane).or_default())
}

/// Whether the filter of a view applies to a pane: not to those that show the
/// parts of what is selected elsewhere.
pub(in crate::ui) fn is_filtered(view: View, pane: Pane) -> bool {
    view == View::Deck || view.panes().first() == Some(&pane) || pane == Pane::Timeline
}

/// Brings everything that is computed from the state up to date.
pub(super) fn settle(app: &mut App, effects: &mut Vec<Effect>) {
    let minute = app.now.timestamp().div_euclid(60);
    if app.stale.minute != minute {
        app.stale.model = true;
        app.stale.minute = minute;
    }
    if let Some((at, from)) = app.follows
        && at <= app.now
    {
        app.follows = None;
        let before = app.stale.rows_from.unwrap_or(usize::MAX);
        app.stale.rows_from = Some(before.min(from));
    }
    let mut stale = app.stale;
    if calendar::is_other(app) {
        stale.rows_from = Some(0);
    }
    app.stale = super::super::app::Stale {
        minute,
        ..Default::default()
    };
    if stale.model {
        let model = &app.model;
        app.awaited.retain(|_, id| {
            id.as_ref()
                .is_none_or(|id| model.operation(id).is_none() && model.plan(id).is_none())
        });
        app.needs = app.model.inbox(app.now);
        log::await_log(app, effects);
        compare::follow(app, effects);
        plan::refresh(app, effects);
    }
    calendar::look_ahead(app);
    compare::refresh(app, stale.model);
    release::refresh(app, stale.model);
    if screen(app).is_some() && (stale.model || stale.rows_from.is_some()) {
        let from = if stale.model {
            0
        } else {
            stale.rows_from.unwrap_or(0)
        };
        if from == 0 {
            calendar::frame(app);
        }
        for pane in app.view.panes().iter().skip(from) {
            fill(app, *pane, stale.model);
            if *pane == Pane::Agenda {
                calendar::lay_out(app);
            }
        }
    }
    rest(app);
    if stale.model || stale.rows_from.is_some() || stale.scroll {
        scroll(app);
        app.attend_at = Some(app.now + REST);
    }
    attend(app, effects);
}

/// The panes that show parts of what is under the cursor of `pane`: the place
/// of the first one that has rows of its own. None where nothing follows.
fn followers(app: &App, pane: Pane) -> Option<usize> {
    let panes = app.view.panes();
    if app.view == View::Deck {
        return (pane == Pane::Canaries).then_some(panes.len());
    }
    let next = panes.iter().position(|other| *other == pane)? + 1;
    (next < panes.len() || pane == Pane::Metrics).then_some(next)
}

/// The cursor of a pane moved: what shows its parts follows when it rests.
pub(super) fn follow_later(app: &mut App, pane: Pane) {
    let Some(mut from) = followers(app, pane) else {
        return;
    };
    if let Some((_, before)) = app.follows {
        from = from.min(before);
    }
    app.follows = Some((app.now + FOLLOW, from));
}

/// What shows parts follows before anything else is done.
pub(super) fn follow_now(app: &mut App) {
    let Some((_, from)) = app.follows.take() else {
        return;
    };
    for pane in app.view.panes().iter().skip(from) {
        fill(app, *pane, false);
    }
    app.stale.scroll = true;
}

/// Notes where the cursors rest; while one moves, only where what it rested on
/// has gone.
fn rest(app: &mut App) {
    let moving = app.follows.is_some();
    let Some(screen) = screen(app) else { return };
    for list in screen.lists.values_mut() {
        let gone = || {
            let rested = list.rested.as_ref();
            rested.is_none_or(|rested| !list.rows.contains(rested))
        };
        if !moving || gone() {
            list.rest();
        }
    }
}

fn fill(app: &mut App, pane: Pane, foreign: bool) {
    if pane == Pane::Timeline {
        app.timeline = match (app.view, app.subject(Pane::Incidents)) {
            (View::WarRoom, Some(Item::Incident(id))) => app.model.incident_timeline(id),
            _ => app.model.timeline(app.now - TIMELINE),
        };
    }
    if pane.is_text() {
        return;
    }
    // Ten thousand rows that are as they were are not made anew.
    let tree = pane == Pane::Runs && app.is_tree();
    let plain = pane == Pane::Runs && app.view != View::Deck && !tree;
    let order = (plain && app.filter().is_empty()).then(|| app.model.order_of_runs());
    let known = app.list(pane);
    if order.is_some()
        && known.order == order
        && known.rows.get(known.index) == known.selected.as_ref()
    {
        return;
    }
    let mut rows = views::rows(app, pane);
    // Runs and services are kept by name, so each of them is there once.
    if !matches!(pane, Pane::Runs | Pane::Services) {
        let mut seen: BTreeSet<&Item> = BTreeSet::new();
        if !rows.iter().all(|row| seen.insert(row)) {
            let mut kept = BTreeSet::new();
            rows.retain(|row| kept.insert(row.clone()));
        }
    }
    let total = if tree {
        app.model.run_count()
    } else {
        rows.iter().filter(|row| row.is_selectable()).count()
    };
    // The tree has looked at the filter: what passes stands under what does not.
    if !tree && is_filtered(app.view, pane) && !app.filter().is_empty() {
        let (terms, now) = (app.filter().terms(), app.now);
        let moments: std::collections::BTreeMap<Item, String> = if pane == Pane::Timeline {
            app.timeline
                .iter()
                .map(|moment| {
                    let who = moment.who.as_deref().unwrap_or_default();
                    (
                        views::moment_item(&moment.kind, &moment.what),
                        format!("{who} {}", moment.what).to_lowercase(),
                    )
                })
                .collect()
        } else {
            std::collections::BTreeMap::new()
        };
        rows.retain(|row| {
            row.is_selectable()
                && terms.shows(&app.model, row, moments.get(row).map(String::as_str), now)
        });
    }
    let wanted = wanted(app, pane, &rows);
    // The state after this event is drawn in the next frame at the earliest.
    let (next, now) = (app.frame + 1, app.now);
    let Some(list) = list(app, pane) else { return };
    list.total = total;
    if list.rows != rows {
        let was_empty = list.rows.is_empty();
        list.has_changed(next, now, foreign && !was_empty);
    }
    list.order = order;
    place(list, rows, pane == Pane::Timeline);
    if let Some(wanted) = wanted
        && let Some(index) = list.rows.iter().position(|row| row == &wanted)
    {
        list.index = index;
        list.selected = Some(wanted);
    }
}

/// Where the cursor of the whole screen stands.
pub(super) fn cursor_place(app: &App) -> (View, Option<Pane>) {
    (app.view, app.focus())
}

/// Follows what is under the cursor: `by_hand` when the event was a person's.
pub(super) fn follow_cursor(app: &mut App, by_hand: bool) {
    let place = cursor_place(app);
    if !app.cursor.differs(place, app.selection()) {
        return;
    }
    let item = app.selection().cloned();
    let label = item
        .as_ref()
        .map_or_else(String::new, |item| command::label(&app.model, item));
    let at = (app.frame + 1, app.now);
    let mut cursor = std::mem::take(&mut app.cursor);
    let none = List::default();
    let list = place.1.map_or(&none, |pane| app.list(pane));
    cursor.comes_to(place, item, label.into(), by_hand, list, at);
    app.cursor = cursor;
}

/// Where the cursor of a pane should stand instead of where it would by rule:
/// in the jobs of a run that was just selected on the one that failed or is at
/// work; in a pane of the deck that nobody moved in on what is first.
fn wanted(app: &App, pane: Pane, rows: &[Item]) -> Option<Item> {
    let list = app.list(pane);
    if pane == Pane::Agenda && app.view == View::Calendar && list.selected.is_none() {
        let followed = app.model.followed_release(app.now)?;
        let row = Item::Release(followed.id.clone());
        return rows.contains(&row).then_some(row);
    }
    if pane == Pane::Jobs {
        let fresh = list
            .selected
            .as_ref()
            .is_none_or(|selected| !rows.contains(selected));
        if !fresh {
            return None;
        }
        let job_is = |speaks: fn(&RunState) -> bool| {
            rows.iter().find(|row| match row {
                Item::Job(id) => app.model.job(id).is_some_and(|(_, job)| speaks(&job.state)),
                _ => false,
            })
        };
        return job_is(RunState::is_failed)
            .or_else(|| job_is(|state| *state == RunState::Running))
            .or_else(|| rows.first())
            .cloned();
    }
    let untouched = app.view == View::Deck
        && !app.is_focused(pane)
        && pane != Pane::Timeline
        && list.index == 0;
    untouched.then(|| rows.first().cloned()).flatten()
}

/// Puts new rows into a list. The cursor stays on its item; when the item is
/// gone, it stands where the item was. A cursor at the end of a list that
/// grows at its end stays at the end.
pub(super) fn place(list: &mut List, rows: Vec<Item>, grows: bool) {
    let was_last = list.selected.is_none() || list.index + 1 >= list.rows.len();
    let was_filled = !list.rows.is_empty();
    list.rows = rows;
    if list.rows.is_empty() {
        list.index = 0;
        list.offset = 0;
        list.selected = None;
        return;
    }
    if grows && was_last && (was_filled || list.selected.is_none()) {
        list.index = list.rows.len() - 1;
        list.selected = list.rows.last().cloned();
        return;
    }
    let before = list.selected.take();
    if let Some(item) = &before
        && let Some(index) = place_of(item, &list.rows, list.index)
    {
        list.index = index;
        list.selected = before;
        return;
    }
    let wanted = list.index.min(list.rows.len() - 1);
    let nearest = (wanted..list.rows.len())
        .chain((0..wanted).rev())
        .find(|index| list.rows[*index].is_selectable());
    list.index = nearest.unwrap_or(0);
    list.selected = nearest.map(|index| list.rows[index].clone());
}

/// Where an item is among rows, most likely near where it was.
fn place_of(item: &Item, rows: &[Item], near: usize) -> Option<usize> {
    if rows.get(near) == Some(item) {
        return Some(near);
    }
    rows.iter().position(|row| row == item)
}

/// Moves what is scrolled by as little as shows each cursor.
fn scroll(app: &mut App) {
    let places = views::layout(app, chrome::places(app, area(app)).view);
    for placed in places {
        let height = usize::from(placed.rows.height);
        if placed.pane.is_text() {
            continue;
        }
        let Some(list) = list(app, placed.pane) else {
            continue;
        };
        let count = list.rows.len();
        list.offset =
            crate::ui::widgets::scroll::window(list.index, list.offset, count, placed.rows.height)
                .start;
        // A heading above the first row belongs to it.
        if list.offset == 1 && height > 1 && !list.rows[0].is_selectable() {
            list.offset = usize::from(list.index >= height);
        }
    }
}

/// Tells the integrations what is looked at once the cursor rests, and loads
/// what only the selected item needs.
fn attend(app: &mut App, effects: &mut Vec<Effect>) {
    if app.attend_at.is_none_or(|at| at > app.now) {
        return;
    }
    app.attend_at = None;
    let attention = attention(app);
    if attention == app.attention {
        return;
    }
    if let Some(run) = attention.runs.first()
        && app.attention.runs.first() != Some(run)
        && app.view == View::Pipelines
        && app.model.jobs(run).is_none()
    {
        effects.push(Effect::Fetch {
            source: run.source.clone(),
            query: Query::Jobs(run.clone()),
        });
    }
    if let Some(run) = attention.runs.first()
        && app.attention.runs.first() != Some(run)
        && app.view == View::Pipelines
        && app.model.tests(run).is_none()
        && (app.model.run(run)).is_some_and(|known| known.value.state.is_failed())
    {
        effects.push(Effect::Fetch {
            source: run.source.clone(),
            query: Query::Tests(run.clone()),
        });
    }
    if let Some(incident) = &attention.incident
        && app.attention.incident.as_ref() != Some(incident)
        && app.model.vendor_timeline(incident).is_none()
    {
        effects.push(Effect::Fetch {
            source: incident.source.clone(),
            query: Query::Timeline(incident.clone()),
        });
    }
    app.attention = attention.clone();
    effects.push(Effect::Attend(attention));
}

fn attention(app: &App) -> Attention {
    let mut services = Vec::new();
    let mut runs = Vec::new();
    let mut incident = None;
    let places = views::layout(app, chrome::places(app, area(app)).view);
    let shown = places.iter().flat_map(|placed| {
        app.list(placed.pane)
            .visible(placed.rows.height)
            .map(|(_, item)| item)
    });
    let selected = app
        .selection()
        .into_iter()
        .chain(places.iter().filter_map(|placed| app.selected(placed.pane)));
    for item in selected {
        if let Some(run) = command::run(&app.model, item)
            && !runs.contains(&run)
        {
            runs.push(run);
        }
        if let Item::Incident(id) = item
            && incident.is_none()
        {
            incident = Some(id.clone());
        }
    }
    for item in app.selection().into_iter().chain(shown) {
        if services.len() >= ATTENDED {
            break;
        }
        if let Some(service) = command::service(&app.model, item)
            && !services.contains(&service)
        {
            services.push(service);
        }
    }
    Attention {
        services,
        runs,
        incident,
        refresh: app.refreshes,
    }
}

/// When the cursor will have rested.
pub(super) fn rest_ends(app: &App) -> Option<Timestamp> {
    app.attend_at
}
