//! Today as a bar: what holds when, and where now is.

use chrono::{NaiveDate, TimeDelta};
use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    Scene,
    agenda::{release_state, window_state},
};
use crate::{
    domain::{Timestamp, WindowKind},
    ui::{
        calendar::clock,
        theme::State,
        widgets::{bars, row::Row},
    },
};

/// Columns of the days' names, where more than today is drawn.
const NAMES: u16 = 8;

/// Draws hours, bars and the mark of now in three lines, and in the lines that
/// are left, but for the last one, the days that follow.
pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, area: Rect) {
    let theme = scene.theme;
    if area.width < 30 || area.height < 3 {
        return;
    }
    let days = area.height.saturating_sub(4);
    let indent = if days > 0 { NAMES + 1 } else { 2 };
    let bar = Rect {
        x: area.x + indent,
        width: area.width - indent - 2,
        ..area
    };
    hours(scene, buffer, bar);
    let today = clock::date(scene.app.zone(), scene.now);
    draw_day(scene, buffer, bar, 1, today);
    let share = share(clock::day(scene.app.zone(), today), scene.now);
    let at = (share.clamp(0.0, 1.0) * f64::from(bar.width - 1)).round() as u16;
    Row::new(buffer, bar, 1, theme.marks.ellipsis)
        .gap(at)
        .put(theme.marks.now, theme.accent);
    Row::new(buffer, bar, 2, theme.marks.ellipsis)
        .gap(at.saturating_sub(1).min(bar.width - 3))
        .put("now", theme.accent);
    if days == 0 {
        return;
    }
    for (line, day) in std::iter::once((1, today)).chain((0..days).map(|after| {
        let day = clock::after(today, u64::from(after) + 1);
        (3 + after, day)
    })) {
        Row::new(buffer, area, line, theme.marks.ellipsis)
            .gap(1)
            .put(&day.format("%a %d").to_string(), theme.dim);
        if day != today {
            draw_day(scene, buffer, bar, line, day);
        }
    }
}

/// How far into a day an instant is; a day may have 23 or 25 hours.
fn share((start, end): (Timestamp, Timestamp), at: Timestamp) -> f64 {
    (at - start).num_seconds() as f64 / (end - start).num_seconds().max(1) as f64
}

/// Draws what holds on a day.
fn draw_day(scene: &Scene<'_>, buffer: &mut Buffer, bar: Rect, line: u16, date: NaiveDate) {
    let theme = scene.theme;
    let model = &scene.app.model;
    let bar = Rect {
        y: bar.y + line,
        height: 1,
        ..bar
    };
    let (midnight, tomorrow) = clock::day(scene.app.zone(), date);
    let share = |at: Timestamp| share((midnight, tomorrow), at);
    let mut row = Row::new(buffer, bar, 0, theme.marks.ellipsis);
    row.fill(theme.marks.gantt[1], theme.border);
    for window in model.windows_between(midnight, tomorrow) {
        if window.kind == WindowKind::Milestone {
            continue;
        }
        let state = window_state(&window.kind);
        // Freezes look closed, the others open.
        let glyph = theme.marks.progress[usize::from(state == State::Frozen)];
        let span = bars::span(bar.width, share(window.start), share(window.end));
        paint(scene, buffer, bar, span, glyph, state);
    }
    for release in model.releases_in_order() {
        let Some(start) = release.start else { continue };
        let end = release.end.unwrap_or(start + TimeDelta::hours(1));
        if start < tomorrow && end > midnight {
            let view = model.release_view(release, scene.now);
            let state = if scene.app.conflicts(release).is_empty() {
                release_state(view.state)
            } else {
                State::Alert
            };
            let span = bars::span(bar.width, share(start), share(end));
            paint(scene, buffer, bar, span, theme.marks.gantt[0], state);
        }
    }
}

fn paint(
    scene: &Scene<'_>,
    buffer: &mut Buffer,
    bar: Rect,
    (start, end): (u16, u16),
    glyph: &str,
    state: State,
) {
    let style = scene.theme.state(state);
    for x in start..end {
        if let Some(cell) = buffer.cell_mut((bar.x + x, bar.y)) {
            cell.set_symbol(glyph).set_style(style);
        }
    }
}

fn hours(scene: &Scene<'_>, buffer: &mut Buffer, bar: Rect) {
    let theme = scene.theme;
    let every = if bar.width >= 96 {
        2
    } else if bar.width >= 48 {
        3
    } else {
        6
    };
    for hour in (0..24u16).step_by(every) {
        let at = (u32::from(bar.width) * u32::from(hour) / 24) as u16;
        let mut row = Row::new(buffer, bar, 0, theme.marks.ellipsis);
        row.gap(at);
        if row.room() >= 3 {
            row.put(&format!("{hour:02}"), theme.faint);
        }
    }
}
