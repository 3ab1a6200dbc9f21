//! What is selected in the calendar, by three clocks, and what speaks against
//! the plans, each with its reason.

use chrono_tz::Tz;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::{
    command::{Item, Pane},
    domain::{Text, Timestamp},
    ui::{
        app::App,
        calendar::{Sort, clock, gather},
        theme::State,
        views::{Placed, Scene, parts, release_look},
        widgets::{
            format, pane,
            row::{Row, columns},
        },
    },
};

/// The clocks that an entry is told by: its own, yours, UTC, each once.
fn zones(app: &App, item: &Item) -> Vec<Tz> {
    let team = app.model.catalog().team.zone;
    let own = match item {
        Item::Window(id) => app.model.zone_of_window(id),
        _ => None,
    };
    let mut zones = Vec::new();
    for zone in [own.unwrap_or(team), app.settings.zone, Tz::UTC] {
        if !zones.contains(&zone) {
            zones.push(zone);
        }
    }
    zones
}

/// A span by a clock: `Thu 19 Nov 18:00 – Fri 20 Nov 06:00`, the day once where
/// it is one.
fn span(zone: Tz, start: Timestamp, end: Timestamp, ascii: bool) -> String {
    let (from, until) = (clock::wall(zone, start), clock::wall(zone, end));
    let joint = if ascii { "-" } else { "–" };
    let first = from.format("%a %d %b %H:%M");
    if start == end {
        first.to_string()
    } else if from.date() == until.date() {
        format!("{first}{joint}{}", until.format("%H:%M"))
    } else {
        format!("{first} {joint} {}", until.format("%a %d %b %H:%M"))
    }
}

/// When an entry is, by each of its clocks.
fn times(app: &App, item: &Item, ascii: bool) -> Vec<String> {
    let (start, end) = match item {
        Item::Window(id) => match app.model.window(id) {
            Some(window) if Sort::of(&window.kind) == Sort::Milestone => (window.end, window.end),
            Some(window) => (window.start, window.end),
            None => return Vec::new(),
        },
        Item::Release(id) => match app.model.release(id) {
            Some(release) => match release.start {
                Some(start) => (start, gather::end_of(release, start)),
                None => return Vec::new(),
            },
            None => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let zones = zones(app, item).into_iter();
    zones
        .map(|zone| {
            format!(
                "{} {}",
                span(zone, start, end, ascii),
                clock::name(zone, start)
            )
        })
        .collect()
}

/// What an entry is, in a line: its state and its parts, the weightiest first.
fn parts_of(app: &App, item: &Item) -> Option<(State, Vec<String>)> {
    match item {
        Item::Window(id) => {
            let window = app.model.window(id)?;
            let sort = Sort::of(&window.kind);
            let mut words = vec![format!("{} {}", sort.word(), window.title)];
            if !window.detail.is_empty() {
                words.push(window.detail.to_string());
            }
            let names: Vec<&str> = window.services.iter().map(|name| name.as_str()).collect();
            words.push(if names.is_empty() {
                "all services".to_owned()
            } else {
                names.join(", ")
            });
            words.push(format!("by {}", id.source));
            Some((sort.state(), words))
        }
        Item::Release(id) => {
            let release = app.model.release(id)?;
            let view = app.model.release_view(release, app.now);
            let done = view.items.iter().filter(|item| item.there).count();
            let mut words = vec![
                format!("release {} {}", release.name, view.state.said()),
                format!("{done} of {} there", view.items.len()),
            ];
            words.push(match &release.captain {
                Some(captain) => format!("captain {captain}"),
                None => "no captain".to_owned(),
            });
            Some((release_look(view.state), words))
        }
        _ => None,
    }
}

/// The conflicts of the shown releases, those of the selected one first, each
/// with its release's name where it does not say it.
fn conflicts(app: &App) -> Vec<String> {
    let selected = match app.selected(Pane::Agenda) {
        Some(Item::Release(id)) => Some(id),
        _ => None,
    };
    let mut ids: Vec<&Text> = Vec::new();
    ids.extend(selected);
    for item in &app.list(Pane::Agenda).rows {
        if let Item::Release(id) = item
            && !ids.contains(&id)
        {
            ids.push(id);
        }
    }
    let mut found = Vec::new();
    for id in ids {
        let Some(release) = app.model.release(id) else {
            continue;
        };
        for reason in app.conflicts(release).iter() {
            found.push(if reason.contains(id.as_str()) {
                reason.to_string()
            } else {
                format!("{id}: {reason}")
            });
        }
    }
    found
}

/// Calendars of which nothing is known, or not all.
fn unread(app: &App) -> Vec<String> {
    let unread = app.model.schedule().unread.iter();
    unread
        .map(|source| match source.known_since {
            Some(since) => format!(
                "the calendar {} could not be read; what it said {} holds: {}",
                source.name,
                format::clock_or_day(since, app.now),
                source.why
            ),
            None => format!("the calendar {} is not known: {}", source.name, source.why),
        })
        .collect()
}

/// Draws what is selected and what speaks against the plans under the grid.
pub(super) fn foot(scene: &Scene<'_>, buffer: &mut Buffer, area: Rect) {
    let (app, theme) = (scene.app, scene.theme);
    let ascii = theme.marks.ascii;
    let mut lines: Vec<(State, String, Style)> = Vec::new();
    let selected = app.selected(Pane::Agenda);
    if let Some((item, (state, words))) =
        selected.and_then(|item| Some((item, parts_of(app, item)?)))
    {
        let dot = format!(" {} ", theme.marks.dot);
        lines.push((state, words.join(&dot), theme.text));
        // As many clocks as fit whole.
        let mut told = String::new();
        for time in times(app, item, ascii) {
            let more = if told.is_empty() { "" } else { "   " };
            if !told.is_empty() && columns(&told) + columns(&time) + 7 > area.width {
                break;
            }
            told.push_str(more);
            told.push_str(&time);
        }
        lines.push((State::Quiet, told, theme.dim));
    } else if let Some((start, end)) = app.slot() {
        let zone = app.zone();
        let words = format!(
            "{} {}: nothing is planned",
            span(zone, start, end, ascii),
            clock::name(zone, start)
        );
        lines.push((State::Quiet, words, theme.dim));
    }
    for why in unread(app) {
        lines.push((State::Unknown, why, theme.warning));
    }
    for reason in conflicts(app) {
        lines.push((State::Alert, reason, theme.danger));
    }
    let room = usize::from(area.height);
    let more = lines.len().saturating_sub(room);
    for (line, (state, words, style)) in (0..area.height).zip(&lines) {
        let mut row = Row::new(buffer, area, line, theme.marks.ellipsis);
        row.gap(1).gap_right(1);
        if more > 0 && line + 1 == area.height {
            row.put_right(&format!("{} {more} more", theme.marks.more[1]), theme.faint)
                .gap_right(2);
        }
        parts::glyph(scene, &mut row, *state);
        row.put(words, *style);
    }
}

/// Draws a span in a pane of its own: what it is, when by each clock, and which
/// releases it stops.
pub(in crate::ui::views) fn draw(
    scene: &Scene<'_>,
    buffer: &mut Buffer,
    placed: &Placed,
    item: &Item,
) {
    let (app, theme) = (scene.app, scene.theme);
    let Some((state, words)) = parts_of(app, item) else {
        return;
    };
    let title = pane::Title {
        name: words.first().map_or("", String::as_str),
        focused: app.is_focused(placed.pane),
        ..pane::Title::default()
    };
    pane::pane(buffer, placed.area, theme, placed.frame, &title);
    let mut lines: Vec<(State, String, Style)> = times(app, item, theme.marks.ascii)
        .into_iter()
        .map(|time| (state, time, theme.text))
        .collect();
    for more in words.into_iter().skip(1) {
        lines.push((State::Quiet, more, theme.dim));
    }
    for reason in stopped(app, item) {
        lines.push((State::Alert, reason, theme.danger));
    }
    for (line, (state, words, style)) in (0..placed.inner.height).zip(&lines) {
        let mut row = Row::new(buffer, placed.inner, line, theme.marks.ellipsis);
        row.gap(1).gap_right(1);
        parts::glyph(scene, &mut row, *state);
        row.put(words, *style);
    }
}

/// Lines that a span's own pane takes.
pub(in crate::ui::views) fn height(app: &App, item: &Item) -> u16 {
    let words = parts_of(app, item).map_or(0, |(_, words)| words.len().saturating_sub(1));
    let lines = times(app, item, false).len() + words + stopped(app, item).len();
    u16::try_from(lines).unwrap_or(u16::MAX)
}

/// What a span has to do with conflicts: the reasons that name it.
fn stopped(app: &App, item: &Item) -> Vec<String> {
    let Item::Window(id) = item else {
        return Vec::new();
    };
    let Some(window) = app.model.window(id) else {
        return Vec::new();
    };
    let named = format!("'{}'", window.title);
    let mut found = Vec::new();
    for release in app.model.releases_in_order() {
        let touches = release.start.is_some_and(|start| {
            start < window.end && gather::end_of(release, start) > window.start
        });
        if touches {
            let reasons = app.conflicts(release);
            let about = reasons.iter().filter(|reason| reason.contains(&named));
            found.extend(about.map(ToString::to_string));
        }
    }
    found
}
