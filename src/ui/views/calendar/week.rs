//! The week as it is drawn: hours down, days across.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Hit, Scene, glyph, gutter, is_selected, part, style};
use crate::ui::{
    calendar::{
        Grid, Sort, Week, clock,
        week::{Block, Day, HEAD, Lane, TIMES},
    },
    theme::State,
};

pub(super) fn hit(grid: &Grid, week: &Week, column: u16, line: u16) -> Option<Hit> {
    let column = column.checked_sub(TIMES)?;
    let day = week.days.get(usize::from(column / week.width.max(1)))?;
    let inside = column % week.width.max(1);
    if line < HEAD {
        let at = *day.bounds.first()?;
        let entry = day.above.first().filter(|_| line == 1);
        return Some(Hit {
            at,
            item: entry.and_then(|entry| grid.entries[*entry].item.clone()),
            line: None,
        });
    }
    let row = line - HEAD;
    // The row past the last one is the day's end.
    let at = *day.bounds.get(usize::from(row))?;
    day.bounds.get(usize::from(row) + 1)?;
    let under = |block: &&Block| {
        block.rows.contains(&row)
            && match block.lane {
                Lane::Ground => true,
                Lane::Stripe(lane) => inside == 1 + lane,
                Lane::Part(lane) => {
                    let (from, wide) = place(week, day, lane);
                    (from..from + wide).contains(&inside)
                }
            }
    };
    // What is drawn last lies on top.
    let top = day
        .blocks
        .iter()
        .filter(under)
        .max_by_key(|block| block.lane);
    let label = day.labels.iter().find(|(label, _)| *label == row);
    let found = match (top, label) {
        (Some(block), _) if block.lane != Lane::Ground => Some(block.entry),
        (_, Some((_, entry))) => Some(*entry),
        (block, None) => block.map(|block| block.entry),
    };
    Some(Hit {
        at,
        item: found.and_then(|entry| grid.entries[entry].item.clone()),
        line: None,
    })
}

/// The first column of a part of a day, and how many it has.
fn place(week: &Week, day: &Day, lane: u16) -> (u16, u16) {
    let room = week.width.saturating_sub(day.stripes + 2);
    let wide = room / day.lanes.max(1);
    (1 + day.stripes + lane * wide, wide)
}

pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, area: Rect, grid: &Grid, week: &Week) {
    if week.width < 3 {
        return;
    }
    let today = clock::date(grid.frame.zone, scene.app.now);
    for (place, day) in week.days.iter().enumerate() {
        let x = TIMES + place as u16 * week.width;
        head(
            scene,
            buffer,
            area,
            (x, week.width),
            grid,
            day,
            day.date == today,
        );
        draw_day(scene, buffer, area, x, grid, week, day);
    }
    times(scene, buffer, area, week);
    cursor(scene, buffer, area, week);
}

/// The name of a day, what is there all day, and how much has no place.
fn head(
    scene: &Scene<'_>,
    buffer: &mut Buffer,
    area: Rect,
    (x, width): (u16, u16),
    grid: &Grid,
    day: &Day,
    today: bool,
) {
    let theme = scene.theme;
    let mut row = part(scene, buffer, area, (x, 0), width);
    let name = if today { theme.accent } else { theme.dim };
    row.gap(1);
    if !day.hidden.is_empty() {
        row.put_right(&format!("+{}", day.hidden.len()), theme.warning);
    }
    row.put(&day.date.format("%a %d").to_string(), name);
    if today && row.room() >= 6 {
        row.gap(1).put("today", name);
    }
    let mut row = part(scene, buffer, area, (x, 1), width);
    row.gap(1).gap_right(1);
    if let Some(first) = day.above.first() {
        let entry = &grid.entries[*first];
        if day.above.len() > 1 {
            row.put_right(&format!("+{}", day.above.len() - 1), theme.dim)
                .gap_right(1);
        }
        let style = style(scene, entry, is_selected(scene.app, entry));
        row.put(glyph(theme, entry), style).put(&entry.title, style);
    }
}

fn draw_day(
    scene: &Scene<'_>,
    buffer: &mut Buffer,
    area: Rect,
    x: u16,
    grid: &Grid,
    week: &Week,
    day: &Day,
) {
    let theme = scene.theme;
    let [ground_open, ground] = theme.marks.progress;
    for (line, work) in day.work.iter().enumerate() {
        if *work {
            part(scene, buffer, area, (x, HEAD + line as u16), 1)
                .put(theme.marks.lines[1], theme.border);
        }
    }
    for block in &day.blocks {
        let entry = &grid.entries[block.entry];
        let look = style(scene, entry, false);
        for line in block.rows.clone() {
            let y = HEAD + line;
            match block.lane {
                Lane::Ground => {
                    part(scene, buffer, area, (x + 1, y), week.width - 1).fill(ground, look);
                }
                Lane::Stripe(lane) => {
                    let mark = match entry.sort {
                        Sort::Freeze => ground,
                        Sort::Maintenance => theme.marks.state(State::Held),
                        _ => ground_open,
                    };
                    part(scene, buffer, area, (x + 1 + lane, y), 1).put(mark, look);
                }
                Lane::Part(_) => {}
            }
        }
    }
    let names = x + 1 + day.stripes;
    let room = week.width.saturating_sub(day.stripes + 1);
    for (line, entry) in &day.labels {
        let entry = &grid.entries[*entry];
        let style = style(scene, entry, is_selected(scene.app, entry));
        let mut row = part(scene, buffer, area, (names, HEAD + line), room);
        // A stripe of this sort is its glyph already.
        if entry.sort != Sort::Maintenance {
            row.put(glyph(theme, entry), style);
        }
        row.put(&entry.title, style);
    }
    for (line, entry) in &day.handovers {
        let entry = &grid.entries[*entry];
        let mut row = part(scene, buffer, area, (names, HEAD + line), room);
        row.put(theme.marks.handover, theme.dim)
            .put(&entry.title, theme.dim);
    }
    for block in &day.blocks {
        let Lane::Part(lane) = block.lane else {
            continue;
        };
        let entry = &grid.entries[block.entry];
        let style = style(scene, entry, is_selected(scene.app, entry));
        let (from, wide) = place(week, day, lane);
        for line in block.rows.clone() {
            let mut row = part(scene, buffer, area, (x + from, HEAD + line), wide);
            if line == block.rows.start {
                row.put(glyph(theme, entry), style).put(&entry.title, style);
            } else {
                row.put(theme.marks.bar, style);
            }
            // The ground does not shine through.
            row.fill(" ", theme.text);
        }
    }
}

fn times(scene: &Scene<'_>, buffer: &mut Buffer, area: Rect, week: &Week) {
    let theme = scene.theme;
    let now = week.place(scene.app.now);
    let rows = u16::try_from(24 * 60 / week.step).unwrap_or(24);
    for row in 0..rows {
        let minute = u32::from(row) * week.step;
        let here = now.is_some_and(|(_, line)| line == row);
        if minute % 60 == 0 || here {
            let style = if here { theme.accent } else { theme.faint };
            let words = format!("{:02}:{:02}", minute / 60, minute % 60);
            part(scene, buffer, area, (0, HEAD + row), TIMES).put(&words, style);
        }
    }
    if let Some((day, row)) = now {
        let x = TIMES + day * week.width;
        part(scene, buffer, area, (x, HEAD + row), 1).put(theme.marks.now, theme.accent);
    }
}

fn cursor(scene: &Scene<'_>, buffer: &mut Buffer, area: Rect, week: &Week) {
    let Some((start, _)) = scene.app.slot() else {
        return;
    };
    let Some((day, row)) = week.place(start) else {
        return;
    };
    let x = TIMES + day * week.width;
    let y = HEAD + row;
    if area.y + y >= area.bottom() {
        return;
    }
    let (mark, look) = gutter(scene);
    part(scene, buffer, area, (x, y), 1).put(mark, look);
    let cell = Rect::new(area.x + x + 1, area.y + y, week.width - 1, 1).intersection(area);
    if scene.app.is_focused(crate::command::Pane::Agenda) {
        buffer.set_style(cell, scene.theme.found);
    }
}
