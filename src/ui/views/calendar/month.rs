//! The month as it is drawn: each day with what ships and what holds.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Hit, MONTH_HEAD, Scene, glyph, gutter, is_selected, part, style};
use crate::{
    command::Pane,
    ui::calendar::{Grid, Month, clock, month::Day},
};

/// From this width on an entry of a day is told with its time.
const TIMED: u16 = 17;

pub(super) fn hit(grid: &Grid, month: &Month, column: u16, line: u16) -> Option<Hit> {
    let line = line.checked_sub(MONTH_HEAD)?;
    let (week, inside) = (line / month.lines, line % month.lines);
    let weekday = column / month.width;
    if weekday > 6 {
        return None;
    }
    let day = month.days.get(usize::from(week * 7 + weekday))?;
    let entry = inside
        .checked_sub(1)
        .and_then(|place| day.shown.get(usize::from(place)));
    Some(Hit {
        at: day.start,
        item: entry.and_then(|entry| grid.entries[*entry].item.clone()),
        line: None,
    })
}

pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, area: Rect, grid: &Grid, month: &Month) {
    let theme = scene.theme;
    if month.width < 3 {
        return;
    }
    let today = clock::date(grid.frame.zone, scene.app.now);
    let slot = scene.app.slot().map(|(start, _)| start);
    for (place, day) in month.days.iter().enumerate() {
        let (week, weekday) = (place as u16 / 7, place as u16 % 7);
        let x = weekday * month.width;
        if week == 0 {
            part(scene, buffer, area, (x, 0), month.width)
                .gap(1)
                .put(&day.date.format("%a").to_string(), theme.faint);
        }
        let at = (x, MONTH_HEAD + week * month.lines);
        let selected = slot.is_some_and(|slot| day.start <= slot && slot < day.end);
        number(
            scene,
            buffer,
            area,
            at,
            month.width,
            day,
            (day.date == today, selected),
        );
        for (line, entry) in (1..).zip(&day.shown) {
            let entry = &grid.entries[*entry];
            let goes_on = entry.start < day.start;
            let picked = selected && is_selected(scene.app, entry);
            let look = if goes_on && !picked {
                theme.faint
            } else {
                style(scene, entry, picked)
            };
            let mut row = part(scene, buffer, area, (at.0, at.1 + line), month.width);
            row.gap(1).gap_right(1);
            row.put(glyph(theme, entry), style(scene, entry, picked));
            if month.width >= TIMED && !goes_on {
                let time = clock::wall(grid.frame.zone, entry.start);
                row.gap(1)
                    .put(&time.format("%H:%M").to_string(), theme.faint)
                    .gap(1);
            } else if month.width >= TIMED {
                row.gap(1);
            }
            row.put(&entry.title, look);
        }
    }
}

/// The number of a day, and how much more there is.
fn number(
    scene: &Scene<'_>,
    buffer: &mut Buffer,
    area: Rect,
    (x, y): (u16, u16),
    width: u16,
    day: &Day,
    (today, selected): (bool, bool),
) {
    let theme = scene.theme;
    let mut row = part(scene, buffer, area, (x, y), width);
    if selected {
        let (mark, look) = gutter(scene);
        row.put(mark, look);
    } else {
        row.gap(1);
    }
    row.gap_right(1);
    if !day.hidden.is_empty() {
        row.put_right(&format!("+{}", day.hidden.len()), theme.dim);
    }
    let focused = scene.app.is_focused(Pane::Agenda);
    let look = match (selected && focused, today, day.inside) {
        (true, ..) => theme.found,
        (_, true, _) => theme.accent,
        (_, _, true) => theme.text,
        (_, _, false) => theme.faint,
    };
    let first = day.date.format("%d").to_string();
    row.put(&first, look);
    if first == "01" && row.room() > 4 {
        row.gap(1).put(&day.date.format("%b").to_string(), look);
    }
    if today && row.room() > 6 {
        row.gap(1).put("today", theme.accent);
    }
}
