//! What of the model stands on the calendar.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, TimeDelta};

use super::{Entry, Frame, Grid, Sort, clock};
use crate::{
    command::Item,
    domain::{Release, Text, Timestamp},
    ui::{app::App, theme::State, views::release_look},
};

/// How long a release counts of which nobody said when it ends.
pub const USUAL: TimeDelta = TimeDelta::hours(1);
/// How far another entry is looked for from the one under the cursor.
const FAR: TimeDelta = TimeDelta::days(400);

/// All that touches `[from, until)`, in no order.
#[must_use]
pub fn entries(app: &App, from: Timestamp, until: Timestamp) -> Vec<Entry> {
    let windows = app.model.windows_between(from, until);
    let mut entries: Vec<Entry> = windows.into_iter().map(Entry::of_window).collect();
    entries.extend(releases(app, from, until));
    entries.extend(handovers(app));
    entries.retain(|entry| entry.touches(from, until));
    entries
}

fn releases(app: &App, from: Timestamp, until: Timestamp) -> Vec<Entry> {
    let mut entries = Vec::new();
    for release in app.model.releases_in_order() {
        let Some(start) = release.start else { continue };
        // When it was cut says more than when it was to be.
        let branch = app.model.branch_cut(&release.id).or(release.branch);
        let first = branch.map_or(start, |branch| branch.min(start));
        if first >= until || end_of(release, start) < from {
            continue;
        }
        entries.push(Entry {
            item: Some(Item::Release(release.id.clone())),
            sort: Sort::Release,
            state: release_look(app.model.release_view(release, app.now).state),
            title: release.name.clone(),
            start,
            end: end_of(release, start),
            branch,
            troubled: !app.conflicts(release).is_empty(),
        });
        if let Some(branch) = branch {
            entries.push(Entry {
                item: Some(Item::Release(release.id.clone())),
                sort: Sort::Milestone,
                state: Sort::Milestone.state(),
                title: Text::from(format!("branch of {}", release.name)),
                start: branch,
                end: branch,
                branch: None,
                troubled: false,
            });
        }
    }
    entries
}

/// When a release that begins at `start` ends.
#[must_use]
pub fn end_of(release: &Release, start: Timestamp) -> Timestamp {
    release.end.unwrap_or(start + USUAL).max(start)
}

/// The ends of the duties that are known, those at one time as one.
fn handovers(app: &App) -> impl Iterator<Item = Entry> {
    let mut ends: BTreeMap<Timestamp, Vec<&str>> = BTreeMap::new();
    for duty in app.model.on_call() {
        if let Some(until) = duty.until {
            let names = ends.entry(until).or_default();
            if !names.contains(&duty.person.as_str()) {
                names.push(&duty.person);
            }
        }
    }
    ends.into_iter().map(|(until, names)| Entry {
        item: None,
        sort: Sort::Handover,
        state: State::Quiet,
        title: match names[..] {
            [one] => Text::from(format!("{one} hands over")),
            _ => Text::from(format!("{} hand over", names.join(", "))),
        },
        start: until,
        end: until,
        branch: None,
        troubled: false,
    })
}

/// The range of a grid, or around now where there is none.
fn range(app: &App) -> (Timestamp, Timestamp) {
    app.calendar.frame.map_or_else(
        || clock::day(app.zone(), clock::date(app.zone(), app.now)),
        |frame| frame.range(),
    )
}

/// What can be selected in the grid, by its start.
#[must_use]
pub fn items(app: &App) -> Vec<Item> {
    let (from, until) = range(app);
    let mut found = entries(app, from, until);
    found.sort_by(|one, other| one.order().cmp(&other.order()));
    found.into_iter().filter_map(|entry| entry.item).collect()
}

/// The grid in a frame, of these rows; what nobody can select stands on it, too.
#[must_use]
pub fn grid(app: &App, frame: Frame, rows: &[Item]) -> Grid {
    let (from, until) = frame.range();
    let wanted: HashSet<&Item> = rows.iter().collect();
    let mut found = entries(app, from, until);
    found.retain(|entry| match &entry.item {
        Some(item) => wanted.contains(item),
        None => true,
    });
    let team = &app.model.catalog().team;
    Grid::new(frame, found, (team.hours, team.zone))
}

/// The entry that follows another one, or comes before it: what `after` says is
/// where to look from, where nothing is selected. What a filter shows is found
/// on the other side, too.
#[must_use]
pub fn neighbour(
    app: &App,
    selected: Option<&Item>,
    after: Timestamp,
    forwards: bool,
) -> Option<(Timestamp, Item)> {
    let (from, until) = (later(after, -FAR), later(after, FAR));
    let terms = app.filter().terms();
    let windows = app.model.windows_between(from, until).into_iter();
    let windows = windows.map(Entry::of_window);
    let mut all: Vec<(Timestamp, Sort, Item)> = windows
        .filter_map(|entry| Some((entry.start, entry.sort, entry.item?)))
        .collect();
    for release in app.model.releases_in_order() {
        if let Some(start) = release.start.filter(|start| (from..until).contains(start)) {
            all.push((start, Sort::Release, Item::Release(release.id.clone())));
        }
    }
    if !app.filter().is_empty() {
        all.retain(|(.., item)| terms.shows(&app.model, item, None, app.now));
    }
    all.sort();
    let here = selected.and_then(|item| all.iter().position(|(.., other)| other == item));
    let next = match (here, forwards) {
        (Some(here), true) => here.checked_add(1),
        (Some(here), false) => here.checked_sub(1),
        (None, true) => all.iter().position(|(start, ..)| *start >= after),
        (None, false) => all.iter().rposition(|(start, ..)| *start < after),
    };
    let next = match (next, here) {
        (None, None) if !app.filter().is_empty() && forwards => all.len().checked_sub(1),
        (None, None) if !app.filter().is_empty() => Some(0),
        (next, _) => next,
    };
    let (start, _, item) = all.into_iter().nth(next?)?;
    Some((start, item))
}

fn later(at: Timestamp, by: TimeDelta) -> Timestamp {
    at.checked_add_signed(by).unwrap_or(DateTime::UNIX_EPOCH)
}
