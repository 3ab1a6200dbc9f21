//! Where the view of a log is: top, cursor, and the lines that are at hand.

use super::ask;
use crate::{
    analysis::log::Ask,
    command::Pane,
    ui::{
        app::{App, LogView},
        chrome,
        update::{Effect, settle},
        views, widgets,
    },
};

/// Lines above the one that the log is opened at.
const BEFORE: isize = 3;
/// Screens of lines that are held above and below the one that is shown.
const MARGIN: isize = 2;

/// The place of the log on the screen: rows, and columns for words.
pub(super) fn room(app: &App) -> (usize, u16) {
    let area = chrome::places(app, settle::area(app)).view;
    let rows = views::layout(app, area)
        .into_iter()
        .find(|placed| placed.pane == Pane::Log)
        .map(|placed| placed.rows);
    let Some(rows) = rows else { return (1, 1) };
    let gutter = app.log.as_ref().map_or(0, widgets::log::gutter);
    (
        usize::from(rows.height).max(1),
        rows.width.saturating_sub(gutter).max(1),
    )
}

/// Puts the cursor on a line, with some lines above it.
pub(super) fn go_to(app: &mut App, line: u64) {
    let (height, width) = room(app);
    let Some(view) = &mut app.log else { return };
    view.reveal(line);
    view.at = line.min(view.state.lines.saturating_sub(1));
    let seen = view.visible(height, width);
    let inside = seen.len() >= 3 && seen[1..seen.len() - 1].contains(&view.at);
    if !inside || view.skip > 0 {
        view.skip = 0;
        view.top = view.step(view.at, -BEFORE.min(height.cast_signed() / 2));
    }
    view.follow = false;
    settle_view(app);
}

/// Brings top and cursor to where lines are, and shows the end where it is
/// followed.
pub(super) fn settle_view(app: &mut App) {
    let (height, width) = room(app);
    let Some(view) = &mut app.log else { return };
    let last = view.last();
    if view.follow {
        view.at = last;
        view.skip = 0;
        view.top = view.top_for(last, height, width);
        return;
    }
    view.at = view.shown(view.at.min(last));
    view.top = view.shown(view.top.min(last));
    let lowest = view.top_for(last, height, width);
    if view.top > lowest && !view.look.wrap {
        view.top = lowest;
    }
    view.skip = view
        .skip
        .min(view.rows_of(view.top, width).saturating_sub(1));
}

/// Asks for the lines that are to be shown and are not at hand. After each
/// event.
pub(in crate::ui::update) fn look(app: &mut App, effects: &mut Vec<Effect>) {
    if app.log.as_ref().is_none_or(|view| view.state.lines == 0) {
        return;
    }
    settle_view(app);
    let (height, width) = room(app);
    let Some(view) = &mut app.log else { return };
    let visible = view.visible(height, width);
    if visible.is_empty() {
        return;
    }
    let at_hand = visible.iter().all(|line| view.line(*line).is_some());
    if at_hand && !view.asked.is_empty() {
        return;
    }
    let by = height.cast_signed() * MARGIN;
    let mut line = view.step(view.top, -by);
    let end = view.step(*visible.last().unwrap_or(&view.top), by);
    // Runs of lines between what is folded away.
    let mut ranges: Vec<std::ops::Range<u64>> = Vec::new();
    loop {
        match ranges.last_mut() {
            Some(range) if range.end == line => range.end += 1,
            _ => ranges.push(line..line + 1),
        }
        match view.next(line) {
            Some(next) if next <= end => line = next,
            _ => break,
        }
    }
    if view.asked == ranges {
        return;
    }
    view.asked.clone_from(&ranges);
    effects.push(ask(view, Ask::Show(ranges)));
}

/// Moves the cursor by a row, or scrolls by more.
pub(in crate::ui::update) fn by_rows(app: &mut App, by: isize) {
    let (height, width) = room(app);
    let Some(view) = &mut app.log else { return };
    view.moved = true;
    match by {
        isize::MAX => {
            view.follow = !view.state.complete || view.state.read < view.state.bytes;
            view.at = view.last();
            view.skip = 0;
            view.top = view.top_for(view.at, height, width);
        }
        isize::MIN => {
            view.follow = false;
            (view.at, view.top, view.skip) = (0, 0, 0);
        }
        _ => {
            view.follow = false;
            if view.look.wrap && by.abs() == 1 && scroll_inside(view, by, height, width) {
                return;
            }
            view.at = view.step(view.at, by);
            if by.abs() > 1 {
                view.skip = 0;
                view.top = view.step(view.top, by);
            }
            keep_in_sight(view, height, width);
        }
    }
    settle_view(app);
}

/// A line that is taller than the screen is scrolled row by row.
fn scroll_inside(view: &mut LogView, by: isize, height: usize, width: u16) -> bool {
    let rows = view.rows_of(view.top, width);
    if view.at != view.top || rows <= height {
        return false;
    }
    let wanted = view.skip.saturating_add_signed(by);
    if wanted == view.skip || wanted + height > rows {
        return false;
    }
    view.skip = wanted;
    true
}

/// Scrolls by as little as shows the cursor.
pub(super) fn keep_in_sight(view: &mut LogView, height: usize, width: u16) {
    if view.at <= view.top {
        view.top = view.at;
        view.skip = 0;
        return;
    }
    let lowest = view.top_for(view.at, height, width);
    if view.top < lowest {
        view.top = lowest;
        view.skip = 0;
    }
}
