//! The calendar as a grid: week, month or timeline, and under it what is
//! selected and what speaks against the plans.

pub(super) mod detail;
mod month;
mod timeline;
mod week;

use std::sync::Arc;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

use super::{Placed, Scene, parts};
use crate::{
    command::{Form, Item, Pane},
    domain::Timestamp,
    ui::{
        app::App,
        calendar::{Body, Entry, Frame, Grid, clock, gather, month as months, week as weeks},
        theme::{State, Theme},
        widgets::{pane, row::Row},
    },
};

/// What lies at a place of the grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The first instant of the slot.
    pub at: Timestamp,
    /// The entry, where there is one.
    pub item: Option<Item>,
    /// The line of a timeline.
    pub line: Option<usize>,
}

/// Lines under the grid for what is selected and what speaks against plans.
#[must_use]
pub(super) fn foot(form: Form, inner: Rect) -> u16 {
    let least = match inner.height {
        0..8 => 0,
        8..12 => 1,
        12..26 => 4,
        _ => 5,
    };
    if form != Form::Week {
        return least;
    }
    // What the hours leave is the foot's.
    let lines = inner.height.saturating_sub(least + weeks::HEAD);
    let rows = 24 * 60 / weeks::step(lines);
    let used = u16::try_from(rows).unwrap_or(lines).min(lines) + weeks::HEAD;
    inner.height.saturating_sub(used)
}

/// The frame of the grid in a pane's rows; none while the calendar is a list.
#[must_use]
pub fn frame(app: &App, rows: Rect) -> Option<Frame> {
    let at = app.calendar.at.unwrap_or(app.now);
    let size = (rows.width, rows.height);
    app.is_grid(Pane::Agenda)
        .then(|| Frame::showing(app.form(), app.zone(), at, app.now, size))
}

/// The grid as it was laid out for these rows, else laid out now.
#[must_use]
pub fn grid(app: &App, rows: Rect) -> Option<Arc<Grid>> {
    let frame = frame(app, rows)?;
    let known = app.calendar.grid.as_ref();
    if let Some(grid) = known.filter(|grid| grid.frame == frame) {
        return Some(Arc::clone(grid));
    }
    let rows = &app.list(Pane::Agenda).rows;
    Some(Arc::new(gather::grid(app, frame, rows)))
}

/// What lies at a place of the screen.
#[must_use]
pub fn hit(app: &App, rows: Rect, at: Position) -> Option<Hit> {
    if !rows.contains(at) {
        return None;
    }
    let grid = grid(app, rows)?;
    let (column, line) = (at.x - rows.x, at.y - rows.y);
    match &grid.body {
        Body::Week(week) => week::hit(&grid, week, column, line),
        Body::Month(month) => month::hit(&grid, month, column, line),
        Body::Timeline(timeline) => timeline::hit(app, &grid, timeline, column, line),
    }
}

/// Draws the grid.
pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let Some(grid) = grid(scene.app, placed.rows) else {
        return;
    };
    heading(scene, buffer, placed, &grid);
    match &grid.body {
        Body::Week(week) => week::draw(scene, buffer, placed.rows, &grid, week),
        Body::Month(month) => month::draw(scene, buffer, placed.rows, &grid, month),
        Body::Timeline(timeline) => {
            timeline::draw(scene, buffer, placed.rows, &grid, timeline);
        }
    }
    detail::foot(scene, buffer, parts::below(placed));
}

fn heading(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed, grid: &Grid) {
    let (app, theme) = (scene.app, scene.theme);
    let frame = &grid.frame;
    let from = frame.from;
    let what = match frame.form {
        Form::Agenda => String::new(),
        Form::Week => from.format("week %V").to_string(),
        Form::Month => clock::after(from, u64::from(frame.days / 2))
            .format("%B %Y")
            .to_string(),
        Form::Timeline => {
            let last = clock::after(from, u64::from(frame.days.saturating_sub(1)));
            let joint = if theme.marks.ascii { "-" } else { "–" };
            format!("{} {joint} {}", from.format("%d %b"), last.format("%d %b"))
        }
    };
    let at = app.slot().map_or(app.now, |(start, _)| start);
    let dot = theme.marks.dot;
    let mut detail = format!("{what} {dot} {}", clock::name(frame.zone, at));
    let filter = parts::filter_words(scene, placed);
    if !filter.is_empty() {
        detail.push_str(&format!(" {dot} {filter}"));
    }
    let outlook = app.calendar.outlook.as_ref();
    let next = outlook.map_or_else(String::new, |outlook| outlook.sentence(scene.now));
    let title = pane::Title {
        name: placed.pane.title(),
        detail: &detail,
        right: &next,
        right_style: outlook.map(|outlook| theme.state(outlook.look())),
        focused: app.is_focused(placed.pane),
        ..pane::Title::default()
    };
    pane::pane(buffer, placed.area, theme, placed.frame, &title);
}

/// The glyph of an entry.
fn glyph(theme: &Theme, entry: &Entry) -> &'static str {
    match entry.sort {
        crate::ui::calendar::Sort::Handover => theme.marks.handover,
        _ => theme.marks.state(entry.look()),
    }
}

/// How an entry looks; bold under the cursor.
fn style(scene: &Scene<'_>, entry: &Entry, selected: bool) -> Style {
    let theme = scene.theme;
    let over = entry.end <= scene.now && !entry.troubled;
    let quiet = entry.look() == State::Quiet;
    let style = match (over, quiet) {
        (true, _) => theme.faint,
        (false, true) => theme.dim,
        (false, false) => theme.state(entry.look()),
    };
    theme.emphasise(style, selected)
}

/// Whether the cursor stands on an entry.
fn is_selected(app: &App, entry: &Entry) -> bool {
    entry.item.is_some() && entry.item.as_ref() == app.selected(Pane::Agenda)
}

/// One row of a part of the buffer.
fn part<'buffer>(
    scene: &Scene<'_>,
    buffer: &'buffer mut Buffer,
    within: Rect,
    (x, y): (u16, u16),
    width: u16,
) -> Row<'buffer> {
    let area = Rect::new(within.x + x, within.y + y, width, 1).intersection(within);
    Row::new(buffer, area, 0, scene.theme.marks.ellipsis)
}

/// What stands in the cursor's column of a slot.
fn gutter(scene: &Scene<'_>) -> (&'static str, Style) {
    let theme = scene.theme;
    let style = if scene.app.is_focused(Pane::Agenda) {
        theme.accent
    } else {
        theme.faint
    };
    (theme.marks.gutter, style)
}

/// Lines of the month's head, for whoever lays it out.
const MONTH_HEAD: u16 = months::HEAD;
