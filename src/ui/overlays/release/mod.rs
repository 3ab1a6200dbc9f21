//! The sheet of a release, and the small box in which a step is taken on it.

pub mod lines;
mod step;

use ratatui::{buffer::Buffer, layout::Rect};

use super::frame;
use crate::{
    domain::Text,
    ui::{
        app::{App, Sheet, SheetLine, SheetRow},
        views::{Scene, release_look},
        widgets::row::{Align, Row},
    },
};

pub(super) use self::step::draw as draw_step;

/// Lines of the box that are not lines of the sheet: border, list of releases,
/// a space, keys.
const AROUND: u16 = 5;

/// How many lines of the sheet are on the screen.
#[must_use]
pub fn rows(size: (u16, u16)) -> u16 {
    size.1.saturating_sub(AROUND + 2)
}

/// What each key does on the sheet, for help.
pub(super) const KEYS: [(&str, &str); 9] = [
    ("s", "Bring the release to another state."),
    (
        "x",
        "Cut the selected service, bring it back, or waive the selected check.",
    ),
    ("c", "The selected check is done; again, it is open."),
    ("n", "Write its notes by one of the templates."),
    (
        "p",
        "Publish the notes of the selected service as the page of its version.",
    ),
    ("v", "Its review was done."),
    ("enter", "Open what is selected."),
    ("[ ]", "The release before, and the next one."),
    ("esc q", "Leave the sheet."),
];

/// Whether a review is to be done now.
fn is_review_due(app: &App, sheet: &Sheet) -> bool {
    let Some(release) = app.model.release(&sheet.release) else {
        return false;
    };
    let course = app.model.course(&release.id);
    release.review_due.is_some()
        && course.is_none_or(|course| course.reviewed.is_none())
        && app.model.release_view(release, app.now).state.is_over()
}

fn keys(app: &App, sheet: &Sheet) -> Vec<(&'static str, &'static str)> {
    let mut keys = Vec::new();
    let selected = sheet.row();
    if !app.settings.read_only {
        if is_review_due(app, sheet) {
            keys.push(("v", "reviewed"));
        }
        keys.push(("s", "state"));
        match selected {
            Some(SheetRow::Service(_)) => keys.extend([("x", "cut"), ("p", "publish")]),
            Some(SheetRow::Cut(_)) => keys.push(("x", "bring it back")),
            Some(SheetRow::Check(_)) => keys.extend([("c", "check it"), ("x", "waive it")]),
            Some(SheetRow::Joined(_)) | None => {}
        }
        keys.push(("n", "notes"));
    }
    if matches!(selected, Some(SheetRow::Joined(_) | SheetRow::Service(_))) {
        keys.push(("enter", "open"));
    }
    keys.extend([("[ ]", "other"), ("esc", "back")]);
    keys
}

/// Draws the sheet.
pub(super) fn draw(scene: &Scene<'_>, sheet: &Sheet, area: Rect, buffer: &mut Buffer) {
    let (app, theme) = (scene.app, scene.theme);
    // The header of the screen stays in sight.
    let outer = Rect {
        y: area.y + 1.min(area.height),
        height: area.height.saturating_sub(2),
        ..area
    };
    let release = app.model.release(&sheet.release);
    let name = release.map_or("", |release| release.name.as_str());
    let mut title = vec![
        ("Release", theme.title_focused),
        (sheet.release.as_str(), theme.text),
    ];
    if !name.is_empty() && name != sheet.release.as_str() {
        title.extend([(theme.marks.dot, theme.faint), (name, theme.dim)]);
    }
    frame::draw(buffer, outer, theme, theme.border_focused, &title);
    let inner = frame::inside(outer);
    draw_others(scene, &sheet.release, inner, buffer);
    let body = Rect {
        y: inner.y + 2.min(inner.height),
        height: inner.height.saturating_sub(3),
        ..inner
    };
    let all = &sheet.lines;
    if all.is_empty() {
        Row::new(buffer, body, 0, theme.marks.ellipsis).put(
            "it is being written down, or is not known any more",
            theme.dim,
        );
    }
    let at = sheet.cursor();
    let shown = all
        .iter()
        .enumerate()
        .skip(sheet.offset)
        .take(usize::from(body.height));
    for (line, (index, one)) in (0..).zip(shown) {
        draw_line(scene, one, at == Some(index), body, line, buffer);
    }
    let bottom = inner.height.saturating_sub(1);
    frame::keys(buffer, inner, bottom, theme, &keys(app, sheet));
    let below = all
        .len()
        .saturating_sub(sheet.offset + usize::from(body.height));
    if below > 0 {
        Row::new(buffer, inner, bottom, theme.marks.ellipsis)
            .put_right(&format!("{below} more"), theme.faint);
    }
}

/// All releases in one line, the shown one among them.
fn draw_others(scene: &Scene<'_>, shown: &Text, inner: Rect, buffer: &mut Buffer) {
    let (app, theme) = (scene.app, scene.theme);
    let all = app.model.releases_in_order();
    let at = all.iter().position(|release| &release.id == shown);
    // Those before the shown one go where there is no room.
    let wide = |from: usize| {
        all[from..]
            .iter()
            .take(at.map_or(0, |at| at + 1).saturating_sub(from))
            .map(|release| release.id.chars().count() + 16)
            .sum::<usize>()
    };
    let mut from = 0;
    while from < at.unwrap_or(0) && wide(from) > usize::from(inner.width) {
        from += 1;
    }
    let mut row = Row::new(buffer, inner, 0, theme.marks.ellipsis);
    for release in &all[from..] {
        let view = app.model.release_view(release, scene.now);
        let style = if &release.id == shown {
            theme.title_focused
        } else {
            theme.dim
        };
        row.put(
            theme.marks.state(release_look(view.state)),
            theme.state(release_look(view.state)),
        )
        .gap(1)
        .put(&release.id, style)
        .gap(1)
        .put(view.state.said(), theme.faint)
        .gap(3);
    }
}

fn draw_line(
    scene: &Scene<'_>,
    line: &SheetLine,
    selected: bool,
    area: Rect,
    at: u16,
    buffer: &mut Buffer,
) {
    let theme = scene.theme;
    let mut row = Row::new(buffer, area, at, theme.marks.ellipsis);
    if line.heading {
        row.put(&line.name, theme.title).gap(2);
        row.put_right(&line.right, theme.dim).gap_right(1);
        row.fill(theme.marks.lines[0], theme.faint);
        return;
    }
    row.put(if selected { theme.marks.gutter } else { " " }, theme.key)
        .gap(1);
    let style = line.state.map_or(theme.text, |state| theme.state(state));
    if let Some(state) = line.state {
        row.put(theme.marks.state(state), style).gap(1);
    }
    let text = if selected { theme.title } else { theme.text };
    let name = if line.row.is_some() { text } else { style };
    let column = if area.width >= 100 { 19 } else { 14 };
    row.cell(&line.name, column, Align::Left, name).gap(1);
    // What is said matters more than the reason at the edge.
    let columns = crate::ui::widgets::row::columns;
    let room = row
        .room()
        .saturating_sub(columns(&line.words).min(area.width / 2) + 2);
    let short = line.right.split(':').next().unwrap_or_default();
    let right = [line.right.as_str(), short]
        .into_iter()
        .find(|words| columns(words) <= room);
    if let Some(right) = right {
        row.put_right(right, theme.dim).gap_right(2);
    }
    row.put(&line.words, text);
}
