//! Cursors, focus and scrolling.

use super::{calendar, log, settle, tree};
use crate::{
    command::{Command, Form, Item, Pane, View},
    ui::{app::App, chrome, views},
};

/// Whether a command moves the cursor inside a pane, and nothing else.
pub(super) fn is_by_rows(command: Command) -> bool {
    matches!(
        command,
        Command::Down
            | Command::Up
            | Command::HalfDown
            | Command::HalfUp
            | Command::PageDown
            | Command::PageUp
            | Command::First
            | Command::Last
    )
}

/// Carries out a command of movement.
pub(super) fn go(app: &mut App, command: Command) {
    let Some(pane) = app.focus() else { return };
    if pane == Pane::Agenda && app.view == View::Calendar && calendar::go(app, command) {
        return;
    }
    match command {
        Command::NextPane => focus_by(app, true),
        Command::PreviousPane => focus_by(app, false),
        Command::NextTab | Command::PreviousTab if app.view == View::Calendar => {
            let (count, tab) = (Form::ALL.len(), app.form().tab());
            let step = if command == Command::NextTab {
                1
            } else {
                count - 1
            };
            calendar::to_form(app, Form::of_tab((tab + step) % count));
        }
        Command::NextTab | Command::PreviousTab => {
            let count = app.view.tabs().len();
            if let Some(screen) = settle::screen(app)
                && count > 1
            {
                let step = if command == Command::NextTab {
                    1
                } else {
                    count - 1
                };
                screen.tab = (screen.tab + step) % count;
                app.stale.rows_from = Some(0);
            }
        }
        Command::Left | Command::Right => fold(app, pane, command == Command::Right),
        _ => {
            let page = isize::try_from(height(app, pane)).unwrap_or(1).max(1);
            let by = match command {
                Command::Down => 1,
                Command::Up => -1,
                Command::HalfDown => (page / 2).max(1),
                Command::HalfUp => -(page / 2).max(1),
                Command::PageDown => page,
                Command::PageUp => -page,
                Command::First => isize::MIN,
                Command::Last => isize::MAX,
                _ => return,
            };
            by_rows(app, pane, by);
        }
    }
}

/// How many rows of a pane are on the screen.
fn height(app: &App, pane: Pane) -> usize {
    layout(app)
        .iter()
        .find(|placed| placed.pane == pane)
        .map_or(1, |placed| usize::from(placed.rows.height).max(1))
}

/// Where the panes are.
pub(super) fn layout(app: &App) -> Vec<views::Placed> {
    views::layout(app, chrome::places(app, settle::area(app)).view)
}

/// Moves a pane's cursor, or scrolls a pane of lines.
pub(super) fn by_rows(app: &mut App, pane: Pane, by: isize) {
    if pane == Pane::Log {
        log::by_rows(app, by);
        return;
    }
    if pane.is_text() {
        let placed = layout(app).into_iter().find(|placed| placed.pane == pane);
        let (width, height) =
            placed.map_or((1, 1), |placed| (placed.rows.width, placed.rows.height));
        let end = views::line_count(app, pane, width).saturating_sub(usize::from(height));
        if let Some(list) = settle::list(app, pane) {
            list.offset = list.offset.saturating_add_signed(by).min(end);
        }
        return;
    }
    let Some(list) = settle::list(app, pane) else {
        return;
    };
    let Some(last) = list.rows.len().checked_sub(1) else {
        return;
    };
    let wanted = list.index.saturating_add_signed(by).min(last);
    // Headings are passed over: first onwards, then back.
    let onwards: Box<dyn Iterator<Item = usize>> = if by < 0 {
        Box::new((0..=wanted).rev().chain(wanted..=last))
    } else {
        Box::new((wanted..=last).chain((0..wanted).rev()))
    };
    let found = onwards
        .into_iter()
        .find(|index| list.rows[*index].is_selectable());
    if let Some(index) = found {
        select(app, pane, index);
    }
}

/// Puts the cursor of a pane on a row.
pub(super) fn select(app: &mut App, pane: Pane, index: usize) {
    let Some(list) = settle::list(app, pane) else {
        return;
    };
    let Some(item) = list.rows.get(index).filter(|item| item.is_selectable()) else {
        return;
    };
    if list.index == index && list.selected.as_ref() == Some(item) {
        return;
    }
    list.index = index;
    list.selected = Some(item.clone());
    app.stale.scroll = true;
    settle::follow_later(app, pane);
}

/// Gives the focus to a pane of the shown view.
pub(super) fn focus(app: &mut App, pane: Pane) {
    if !app.view.panes().contains(&pane) {
        return;
    }
    settle::follow_now(app);
    if let Some(screen) = settle::screen(app) {
        screen.focus = pane;
        app.stale.scroll = true;
    }
}

fn focus_by(app: &mut App, forwards: bool) {
    let zoomed = app.is_zoomed();
    let visible: Vec<Pane> = if zoomed {
        Vec::new()
    } else {
        layout(app).iter().map(|placed| placed.pane).collect()
    };
    let panes: Vec<Pane> = app
        .view
        .panes()
        .iter()
        .copied()
        .filter(|pane| zoomed || visible.contains(pane))
        .filter(|pane| *pane != Pane::Log || app.log.is_some())
        .collect();
    if panes.is_empty() {
        return;
    }
    let at = app
        .focus()
        .and_then(|focus| panes.iter().position(|pane| *pane == focus));
    let next = match (at, forwards) {
        (None, _) => 0,
        (Some(at), true) => (at + 1) % panes.len(),
        (Some(at), false) => (at + panes.len() - 1) % panes.len(),
    };
    focus(app, panes[next]);
}

/// Shows or hides the parts of the selected row; where there are none, goes to
/// the pane beside.
fn fold(app: &mut App, pane: Pane, open: bool) {
    if pane == Pane::Runs && app.is_tree() {
        if !tree::fold(app, open) && open {
            focus_by(app, true);
        }
        return;
    }
    if pane == Pane::Log && log::fold(app, Some(open)) {
        return;
    }
    let item = app.selected(pane).cloned();
    if let Some(item @ Item::Job(_)) = item {
        let changed = if open {
            app.unfolded.insert(item)
        } else {
            app.unfolded.remove(&item)
        };
        if changed {
            app.stale.rows_from = Some(0);
            return;
        }
    }
    focus_by(app, open);
}
