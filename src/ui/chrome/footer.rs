//! The footer: the keys that work here and now, from the table; what is typed
//! into a filter; the chips of operations.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Places, chips};
use crate::{
    command::{self, Command, Danger, Scope, TABLE, View},
    ui::{
        app::Overlay,
        update,
        views::Scene,
        widgets::row::{Row, columns},
    },
};

/// The keys that work here and now, most useful first.
#[must_use]
pub(super) fn keys(scene: &Scene<'_>) -> Vec<(String, &'static str, Danger)> {
    let app = scene.app;
    let scope = app.scope();
    let mut rows: Vec<_> = TABLE
        .iter()
        .filter(|row| row.footer > 0 && (row.scope == scope || row.scope == Scope::Everywhere))
        .filter(|row| update::why_not(app, row.command).is_none())
        .collect();
    // The calendar's forms come before what it does in each.
    let here = |row: &command::Row| {
        row.scope != Scope::Everywhere
            || (scope == Scope::Calendar && row.command == Command::NextTab)
    };
    rows.sort_by_key(|row| (!here(row), row.scope != Scope::Everywhere, row.footer));
    rows.into_iter()
        .map(|row| {
            let title = match row.command {
                // Where there are more than two, the next one has a name.
                Command::NextTab if app.view == View::Calendar => app.form().next().word(),
                _ => row.title,
            };
            (app.keys.shown(row.command), title, row.danger)
        })
        .filter(|(key, ..)| !key.is_empty())
        .collect()
}

/// Draws the footer.
pub(super) fn draw(scene: &Scene<'_>, places: &Places, buffer: &mut Buffer) {
    let beside = places.chips.is_none();
    if let Some(line) = places.chips {
        draw_chips(scene, line, buffer);
    }
    let line = places.keys;
    match scene.app.overlays.last() {
        Some(Overlay::Filter { .. }) => draw_filter(scene, line, buffer),
        Some(Overlay::Find { text }) => draw_find(scene, line, text, buffer),
        over => {
            let room = if beside {
                line.width
                    .saturating_sub(draw_chips_right(scene, line, buffer))
            } else {
                line.width
            };
            let line = Rect {
                width: room,
                ..line
            };
            match over {
                // The sheet covers what the other keys are about, and names its
                // own.
                Some(Overlay::Release(_)) => put_keys(scene, line, buffer, &always(scene, 1)),
                Some(Overlay::Step(_) | Overlay::Planner(_)) => {}
                _ => draw_keys(scene, line, buffer),
            }
        }
    }
}

fn draw_keys(scene: &Scene<'_>, line: Rect, buffer: &mut Buffer) {
    let keys = keys(scene);
    // Palette and help are always there, whatever else has to go.
    let always = always(scene, 0);
    let wide = |(key, title, _): &(String, &'static str, Danger)| columns(key) + columns(title) + 3;
    let kept_free: u16 = always.iter().map(wide).sum();
    let mut left = line.width.saturating_sub(kept_free + 1);
    let mut shown = Vec::new();
    for entry in keys
        .into_iter()
        .filter(|entry| !always.iter().any(|kept| kept.0 == entry.0))
    {
        let needed = wide(&entry);
        if needed > left {
            break;
        }
        left -= needed;
        shown.push(entry);
    }
    shown.extend(always);
    put_keys(scene, line, buffer, &shown);
}

/// Palette and help, without the first so many.
fn always(scene: &Scene<'_>, without: usize) -> Vec<(String, &'static str, Danger)> {
    [Command::Palette, Command::Help]
        .into_iter()
        .skip(without)
        .filter_map(|command| {
            let row = crate::command::row(command)?;
            Some((scene.app.keys.shown(command), row.title, row.danger))
        })
        .collect()
}

fn put_keys(
    scene: &Scene<'_>,
    line: Rect,
    buffer: &mut Buffer,
    keys: &[(String, &'static str, Danger)],
) {
    let theme = scene.theme;
    let mut row = Row::new(buffer, line, 0, theme.marks.ellipsis);
    row.gap(1);
    for (key, title, danger) in keys {
        let style = if *danger == Danger::Production {
            theme.production
        } else {
            theme.key
        };
        row.put(key, style).gap(1).put(title, theme.dim).gap(2);
    }
}

fn draw_filter(scene: &Scene<'_>, line: Rect, buffer: &mut Buffer) {
    let (app, theme) = (scene.app, scene.theme);
    let (shown, total) = app
        .focus()
        .map_or((0, 0), |pane| (app.shown_rows(pane), app.list(pane).total));
    let mut row = Row::new(buffer, line, 0, theme.marks.ellipsis);
    if let Some(fault) = app.filter().terms().fault() {
        row.gap(1)
            .gap_right(1)
            .put("/", theme.key)
            .put(&app.filter().text, theme.text)
            .put(" ", crate::ui::overlays::cursor(theme))
            .gap(2)
            .put(fault, theme.warning);
        return;
    }
    row.gap(1)
        .gap_right(1)
        .put_right("enter keeps  esc clears", theme.faint)
        .gap_right(2)
        .put_right(&format!("{shown} of {total}"), theme.dim)
        .gap_right(2)
        .put("/", theme.key)
        .put(&app.filter().text, theme.text)
        .put(" ", crate::ui::overlays::cursor(theme));
}

fn draw_find(scene: &Scene<'_>, line: Rect, text: &str, buffer: &mut Buffer) {
    let theme = scene.theme;
    Row::new(buffer, line, 0, theme.marks.ellipsis)
        .gap(1)
        .gap_right(1)
        .put_right("enter finds  esc leaves", theme.faint)
        .gap_right(2)
        .put("find ", theme.key)
        .put(text, theme.text)
        .put(" ", crate::ui::overlays::cursor(theme));
}

fn draw_chips(scene: &Scene<'_>, line: Rect, buffer: &mut Buffer) {
    let theme = scene.theme;
    let mut row = Row::new(buffer, line, 0, theme.marks.ellipsis);
    row.gap(1);
    for chip in chips::all(scene.app) {
        row.put(theme.marks.state(chip.state), theme.state(chip.state))
            .gap(1)
            .put(&chip.text, theme.text)
            .gap(2);
    }
}

/// Draws the chips at the right end of a line; gives back the columns that
/// they take.
fn draw_chips_right(scene: &Scene<'_>, line: Rect, buffer: &mut Buffer) -> u16 {
    let theme = scene.theme;
    let mut row = Row::new(buffer, line, 0, theme.marks.ellipsis);
    let before = row.room();
    for chip in chips::all(scene.app) {
        // Half of the line belongs to the keys.
        let most = (line.width / 2).saturating_sub(before - row.room());
        if most < 12 {
            break;
        }
        let text = crate::ui::widgets::row::fitting(&chip.text, most - 4, theme.marks.ellipsis);
        let end = if text.cut { theme.marks.ellipsis } else { "" };
        row.gap_right(1)
            .put_right(end, theme.text)
            .put_right(text.text, theme.text)
            .gap_right(1)
            .put_right(theme.marks.state(chip.state), theme.state(chip.state))
            .gap_right(1);
    }
    before - row.room()
}
