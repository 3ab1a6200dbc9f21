//! The calendar: spans and releases by their start, conflicts with their
//! reason, and today as a bar.

use chrono::{NaiveDate, TimeDelta};
use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    Placed, Scene, day,
    freshness::Feed,
    parts::{self, Heading, Look},
};
use crate::{
    command::{Item, View},
    domain::{Release, ReleaseState, ServiceName, Text, Timestamp, Window, WindowKind},
    ui::{
        calendar::clock,
        theme::State,
        widgets::{
            format,
            row::{Align, Row},
        },
    },
};

/// The heading of a day: `Thu 19 Nov · today`.
pub(super) fn day_heading(date: NaiveDate, today: NaiveDate) -> Text {
    let name = date.format("%a %d %b");
    Text::new(&match (date - today).num_days() {
        0 => format!("{name} · today"),
        1 => format!("{name} · tomorrow"),
        _ => name.to_string(),
    })
}

pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let model = &scene.app.model;
    let mut detail = next_words(scene);
    if scene.app.view == View::Calendar {
        let zone = clock::name(scene.app.zone(), scene.now);
        let joint = if detail.is_empty() {
            String::new()
        } else {
            format!(" {} ", scene.theme.marks.dot)
        };
        detail = format!("{zone}{joint}{detail}");
    }
    let frozen = model.freezes_of_all(scene.now).next();
    let held = frozen.map(|window| format!("frozen: {}", window.title));
    let heading = Heading {
        detail: &detail,
        right: held.as_deref().map(|words| (State::Frozen, words)),
        ..Heading::default()
    };
    parts::frame(scene, buffer, placed, &heading);
    let above = placed.rows.y - placed.inner.y;
    if above >= 3 {
        let days = Rect {
            height: above,
            ..placed.inner
        };
        day::draw(scene, buffer, days);
    }
    parts::list(
        scene,
        buffer,
        placed,
        Feed::All,
        "nothing is planned",
        |row, look, item| match item {
            Item::Window(id) => {
                if let Some(window) = model.window(id) {
                    let look = look.of_source(scene, &id.source);
                    draw_window(scene, row, look, window);
                }
            }
            Item::Release(id) => {
                let releases = model.releases_in_order();
                if let Some(release) = releases.iter().find(|release| &release.id == id) {
                    draw_release(scene, row, look, release);
                }
            }
            _ => {}
        },
    );
}

/// What comes next: what the evaluator says, else the next freeze within a day,
/// else the next change.
fn next_words(scene: &Scene<'_>) -> String {
    if let Some(outlook) = &scene.app.calendar.outlook {
        return outlook.sentence(scene.now);
    }
    let model = &scene.app.model;
    let now = scene.now;
    let freeze = model
        .windows_between(now, now + TimeDelta::days(1))
        .into_iter()
        .find(|window| window.kind == WindowKind::Freeze && window.start > now);
    if let Some(freeze) = freeze {
        let left = format::left(freeze.start - now);
        let named = freeze.title.to_lowercase().contains("freeze");
        let word = if named { "" } else { "freeze " };
        return format!("{word}{} in {left}", freeze.title);
    }
    let Some(next) = model.next_change(now) else {
        return String::new();
    };
    let word = kind_word(&next.window.kind);
    let ends = if next.begins { "" } else { " ends" };
    format!("{word}{ends} in {}", format::left(next.at - now))
}

/// How a span looks.
pub(super) fn window_state(kind: &WindowKind) -> State {
    match kind {
        WindowKind::Freeze => State::Frozen,
        WindowKind::Change => State::Ok,
        WindowKind::Maintenance => State::Held,
        WindowKind::Release => State::Running,
        WindowKind::Milestone => State::Marginal,
        WindowKind::Other(_) => State::Quiet,
    }
}

fn kind_word(kind: &WindowKind) -> &str {
    match kind {
        WindowKind::Freeze => "freeze",
        WindowKind::Change => "change window",
        WindowKind::Maintenance => "maintenance",
        WindowKind::Release => "release",
        WindowKind::Milestone => "milestone",
        WindowKind::Other(word) => word,
    }
}

/// `14:00–18:00`, with the day where it is not the row's own.
fn write_span(scene: &Scene<'_>, row: &mut Row<'_>, start: Timestamp, end: Option<Timestamp>) {
    let theme = scene.theme;
    let deck = scene.app.view == View::Deck;
    let wall = |at| clock::wall(scene.app.zone(), at);
    let (from_wall, today) = (wall(start), wall(scene.now).date());
    let began_before = from_wall.date() < today;
    let from = match (deck, began_before) {
        (_, true) => "until".to_owned(),
        (true, false) if from_wall.date() != today => from_wall.format("%a %H:%M").to_string(),
        _ => from_wall.format("%H:%M").to_string(),
    };
    let long = end.is_some_and(|end| end - start >= TimeDelta::hours(20));
    let until = end.map_or_else(String::new, |end| {
        let until = wall(end);
        let pattern = if deck && began_before && until.date() == today {
            "%H:%M"
        } else if deck && long {
            "%a %H"
        } else if long || began_before {
            "%a %H:%M"
        } else {
            "%H:%M"
        };
        until.format(pattern).to_string()
    });
    row.cell(&from, if deck { 9 } else { 5 }, Align::Right, theme.dim);
    let end_width = if deck { 6 } else { 9 };
    if until.is_empty() {
        row.gap(end_width + 2);
    } else {
        let joint = if began_before { " " } else { "–" };
        let joint = if theme.marks.ascii && !began_before {
            "-"
        } else {
            joint
        };
        row.put(joint, theme.faint)
            .cell(&until, end_width, Align::Left, theme.faint)
            .gap(1);
    }
}

fn draw_window(scene: &Scene<'_>, row: &mut Row<'_>, look: Look, window: &Window) {
    let theme = scene.theme;
    let state = window_state(&window.kind);
    let over = window.end <= scene.now;
    let text = if over && !look.selected {
        theme.faint
    } else {
        look.text
    };
    // A milestone is a moment: its end is what matters.
    let milestone = window.kind == WindowKind::Milestone;
    if milestone {
        write_span(scene, row, window.end.max(window.start), None);
    } else {
        write_span(scene, row, window.start, Some(window.end));
    }
    let style = match (over, look.stale) {
        (true, _) => theme.faint,
        (false, true) => theme.stale,
        (false, false) => theme.state(state),
    };
    row.put(theme.marks.state(state), style).gap(1);
    if row.room() >= 44 {
        row.cell(kind_word(&window.kind), 14, Align::Left, style);
    }
    let running = window.start <= scene.now && !over;
    let left = if over {
        "over".to_owned()
    } else if running {
        let word = if milestone { "due" } else { "ends" };
        format!("{word} in {}", format::left(window.end - scene.now))
    } else {
        format!("in {}", format::left(window.start - scene.now))
    };
    if row.room() >= 30 {
        row.put_right(
            &left,
            if running && !milestone {
                style
            } else {
                theme.faint
            },
        )
        .gap_right(2);
    }
    row.put(&window.title, text);
    if !window.detail.is_empty() {
        row.gap(2).put(&window.detail, theme.faint);
    }
    if !window.services.is_empty() {
        let names: Vec<&str> = window.services.iter().map(ServiceName::as_str).collect();
        row.gap(2).put(&names.join(", "), theme.dim);
    }
}

fn draw_release(scene: &Scene<'_>, row: &mut Row<'_>, look: Look, release: &Release) {
    let theme = scene.theme;
    let model = &scene.app.model;
    let view = model.release_view(release, scene.now);
    let state = release_state(view.state);
    if let Some(start) = release.start {
        write_span(scene, row, start, release.end);
    }
    parts::glyph(scene, row, state);
    if row.room() >= 44 {
        row.cell("release", 14, Align::Left, theme.state(state));
    }
    let conflicts = scene.app.conflicts(release);
    if row.room() >= if conflicts.is_empty() { 30 } else { 60 } {
        let done = view.items.iter().filter(|item| item.there).count();
        let words = format!("{} {done}/{}", view.state.said(), view.items.len());
        row.put_right(&words, theme.state(state)).gap_right(2);
    }
    row.put(&release.name, look.text);
    if let Some(reason) = conflicts.first() {
        let more = conflicts.len() - 1;
        // The row names the release already.
        let known = reason.strip_prefix(release.id.as_str());
        let reason = known.map_or(reason.as_str(), |rest| rest.trim_start_matches([':', ' ']));
        row.gap(2)
            .put(theme.marks.state(State::Alert), theme.danger)
            .gap(1)
            .put(reason, theme.danger);
        if more > 0 {
            row.put(&format!("; {more} more"), theme.danger);
        }
    } else if let Some(captain) = &release.captain {
        row.gap(2).put(captain, theme.dim);
    }
}

/// How a release looks.
#[must_use]
pub fn release_state(state: ReleaseState) -> State {
    match state {
        ReleaseState::Draft | ReleaseState::Scheduled | ReleaseState::Scrubbed => State::Quiet,
        ReleaseState::Readiness | ReleaseState::GoNoGo => State::Waiting,
        ReleaseState::Rolling | ReleaseState::Baking => State::Running,
        ReleaseState::Done => State::Ok,
        ReleaseState::Held => State::Held,
        ReleaseState::RolledBack => State::RolledBack,
    }
}
