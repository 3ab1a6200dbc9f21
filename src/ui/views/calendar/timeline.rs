//! The timeline as it is drawn: what holds, then a line a release.

use chrono::Datelike as _;
use ratatui::{buffer::Buffer, layout::Rect};

use super::{Hit, Scene, glyph, gutter, is_selected, part, style};
use crate::{
    command::Pane,
    ui::{
        app::App,
        calendar::{
            Grid, Sort, Timeline, clock,
            timeline::{HEAD, Line},
        },
        theme::State,
        widgets::row::columns,
    },
};

/// The line of the grid that is drawn in a line of the screen: the bands stay,
/// the releases are scrolled.
fn shown(app: &App, timeline: &Timeline, line: u16) -> Option<usize> {
    let line = usize::from(line.checked_sub(HEAD)?);
    let place = if line < timeline.bands {
        line
    } else {
        line + app.calendar.top
    };
    (place < timeline.lines.len()).then_some(place)
}

pub(super) fn hit(
    app: &App,
    grid: &Grid,
    timeline: &Timeline,
    column: u16,
    line: u16,
) -> Option<Hit> {
    let column = column.saturating_sub(timeline.label);
    let day = usize::from(column / timeline.day.max(1)).min(timeline.bounds.len().checked_sub(2)?);
    let place = shown(app, timeline, line);
    let found = place.and_then(|place| {
        let line = &timeline.lines[place];
        let release = line.sort == Sort::Release;
        let bar = line
            .bars
            .iter()
            .find(|bar| release || bar.columns.contains(&column));
        grid.entries[bar?.entry].item.clone()
    });
    Some(Hit {
        at: timeline.bounds[day],
        item: found,
        line: place,
    })
}

pub(super) fn draw(
    scene: &Scene<'_>,
    buffer: &mut Buffer,
    area: Rect,
    grid: &Grid,
    timeline: &Timeline,
) {
    let theme = scene.theme;
    if timeline.label >= area.width || area.height <= HEAD {
        return;
    }
    days(scene, buffer, area, grid, timeline);
    let frozen = frozen(grid, timeline);
    let now = scene.app.now;
    let inside = timeline.bounds.first() <= Some(&now) && Some(&now) < timeline.bounds.last();
    let now = inside.then(|| timeline.column(now));
    for line in HEAD..area.height {
        let Some(place) = shown(scene.app, timeline, line) else {
            break;
        };
        let of = &timeline.lines[place];
        if of.sort == Sort::Release {
            ground(scene, buffer, area, line, timeline, &frozen);
        }
        if let Some(column) = now {
            part(scene, buffer, area, (timeline.label + column, line), 1)
                .put(theme.marks.now, theme.accent);
        }
        name(scene, buffer, area, line, grid, timeline, place);
        bars(scene, buffer, area, line, grid, timeline, of);
    }
    let releases = timeline.lines.len() - timeline.bands;
    let room = usize::from(area.height - HEAD).saturating_sub(timeline.bands);
    let [up, down] = theme.marks.more;
    let below = releases.saturating_sub(scene.app.calendar.top + room);
    let words = match (scene.app.calendar.top, below) {
        (0, 0) => return,
        (0, below) => format!("{down} {below} more"),
        (above, 0) => format!("{up} {above} more"),
        (above, below) => format!("{up} {above} {down} {below}"),
    };
    part(
        scene,
        buffer,
        area,
        (1, 0),
        timeline.label.saturating_sub(2),
    )
    .put(&words, theme.faint);
}

/// The columns in which a freeze holds.
fn frozen(grid: &Grid, timeline: &Timeline) -> Vec<bool> {
    let mut frozen = vec![false; usize::from(timeline.width())];
    let lines = timeline.lines.iter();
    for line in lines.filter(|line| line.sort == Sort::Freeze) {
        for entry in line
            .bars
            .iter()
            .map(|bar| bar.entry)
            .chain(line.hidden.iter().copied())
        {
            let entry = &grid.entries[entry];
            let (from, until) = (timeline.column(entry.start), timeline.column(entry.end));
            for column in from..until.max(from + 1) {
                if let Some(column) = frozen.get_mut(usize::from(column)) {
                    *column = true;
                }
            }
        }
    }
    frozen
}

fn ground(
    scene: &Scene<'_>,
    buffer: &mut Buffer,
    area: Rect,
    line: u16,
    timeline: &Timeline,
    frozen: &[bool],
) {
    let theme = scene.theme;
    for (column, frozen) in (0u16..).zip(frozen) {
        if *frozen {
            part(scene, buffer, area, (timeline.label + column, line), 1)
                .put(theme.marks.progress[1], theme.border);
        }
    }
}

/// The weeks, the days, and which of them is under the cursor.
fn days(scene: &Scene<'_>, buffer: &mut Buffer, area: Rect, grid: &Grid, timeline: &Timeline) {
    let theme = scene.theme;
    let today = clock::date(grid.frame.zone, scene.app.now);
    let slot = scene.app.slot().map(|(start, _)| start);
    for (place, start) in timeline
        .bounds
        .iter()
        .enumerate()
        .take(timeline.bounds.len() - 1)
    {
        let date = clock::after(grid.frame.from, place as u64);
        let x = timeline.label + place as u16 * timeline.day;
        if date.weekday() == chrono::Weekday::Mon {
            let month = date.format("%b, week %V").to_string();
            part(scene, buffer, area, (x, 0), timeline.day * 7)
                .gap(1)
                .put(&month, theme.faint);
        }
        let selected = slot == Some(*start) && scene.app.is_focused(Pane::Agenda);
        let weekend = matches!(date.weekday(), chrono::Weekday::Sat | chrono::Weekday::Sun);
        let look = match (selected, date == today, weekend) {
            (true, ..) => theme.found,
            (_, true, _) => theme.accent,
            (_, _, true) => theme.faint,
            _ => theme.dim,
        };
        let mut row = part(scene, buffer, area, (x, 1), timeline.day);
        if slot == Some(*start) {
            let (mark, look) = gutter(scene);
            row.put(mark, look);
        } else {
            row.gap(1);
        }
        row.put(&date.format("%d").to_string(), look);
    }
}

fn name(
    scene: &Scene<'_>,
    buffer: &mut Buffer,
    area: Rect,
    line: u16,
    grid: &Grid,
    timeline: &Timeline,
    place: usize,
) {
    let theme = scene.theme;
    let of = &timeline.lines[place];
    let selected = scene.app.calendar.line == place;
    let mut row = part(scene, buffer, area, (0, line), timeline.label);
    if selected {
        let (mark, look) = gutter(scene);
        row.put(mark, look);
    } else {
        row.gap(1);
    }
    row.gap_right(1);
    if of.sort == Sort::Release {
        if let Some(entry) = of.bars.first().map(|bar| &grid.entries[bar.entry]) {
            let focused = scene.app.is_focused(Pane::Agenda);
            row.put(glyph(theme, entry), style(scene, entry, selected))
                .gap(1)
                .put(&entry.title, theme.row(selected && focused, false));
        }
        return;
    }
    if !of.hidden.is_empty() {
        row.put_right(&format!("+{}", of.hidden.len()), theme.warning)
            .gap_right(1);
    }
    let first = place == 0 || timeline.lines[place - 1].sort != of.sort;
    if first {
        row.put(of.sort.word(), theme.dim);
    }
}

fn bars(
    scene: &Scene<'_>,
    buffer: &mut Buffer,
    area: Rect,
    line: u16,
    grid: &Grid,
    timeline: &Timeline,
    of: &Line,
) {
    let theme = scene.theme;
    let [open, closed] = theme.marks.progress;
    for bar in &of.bars {
        let entry = &grid.entries[bar.entry];
        let look = style(scene, entry, is_selected(scene.app, entry));
        let (from, until) = (bar.columns.start, bar.columns.end);
        let x = timeline.label + from;
        let wide = until - from;
        let mut put = |column: u16, width: u16, words: &str| {
            part(scene, buffer, area, (timeline.label + column, line), width).put(words, look);
        };
        if of.sort == Sort::Release {
            let first = timeline.bounds.first().copied().unwrap_or_default();
            if let Some(branch) = entry.branch {
                // From the branch to the ship date.
                let start = timeline.column(branch);
                for column in start..from {
                    put(column, 1, theme.marks.lines[0]);
                }
                if branch >= first && start < from {
                    put(start, 1, theme.marks.step);
                }
            }
            let ships =
                entry.start >= first && entry.start < *timeline.bounds.last().unwrap_or(&first);
            for column in from..until {
                if ships || entry.end > first {
                    put(column, 1, theme.marks.gantt[0]);
                }
            }
            if ships {
                put(from, 1, glyph(theme, entry));
                let time = clock::wall(grid.frame.zone, entry.start);
                let mut row = part(
                    scene,
                    buffer,
                    area,
                    (timeline.label + until + 1, line),
                    timeline.width().saturating_sub(until + 1),
                );
                row.put(&time.format("%a %H:%M").to_string(), theme.dim);
            }
            continue;
        }
        let mark = match of.sort {
            Sort::Freeze => closed,
            Sort::Maintenance => theme.marks.state(State::Held),
            Sort::Change => open,
            _ => glyph(theme, entry),
        };
        part(scene, buffer, area, (x, line), wide).fill(mark, look);
        // A name is told where it fits whole, and a little beside it.
        let fits = columns(&entry.title) + 2;
        if fits <= wide {
            part(scene, buffer, area, (x + 1, line), fits)
                .put(" ", look)
                .put(&entry.title, look)
                .put(" ", look);
        }
    }
}
