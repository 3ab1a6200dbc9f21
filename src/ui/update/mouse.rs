//! The mouse hits what is drawn: the same layout answers both.

use super::{Effect, calendar, dialog, input::After, moves, planner, run, settle, show};
use crate::{
    command::{Command, Mouse, MouseKind, View},
    ui::{
        app::{App, Overlay},
        chrome, overlays, views,
    },
};

/// Rows that one turn of the wheel moves.
const WHEEL: isize = 3;

/// Takes one thing in that the mouse did.
pub(super) fn take(app: &mut App, mouse: Mouse, effects: &mut Vec<Effect>) {
    if !app.settings.mouse {
        return;
    }
    let at = ratatui::layout::Position::new(mouse.column, mouse.row);
    if let Some(Overlay::Dialog(open)) = app.overlays.last() {
        if mouse.kind == MouseKind::Press
            && let Some(on) = overlays::dialog::hit(app, open, at)
        {
            dialog::press(app, on, effects);
        }
        return;
    }
    if let Some(Overlay::Planner(_)) = app.overlays.last() {
        planner::mouse(app, mouse.kind, at);
        return;
    }
    if let Some(overlay) = app.overlays.pop() {
        // The wheel scrolls what is on top; a press elsewhere does nothing.
        let key = match mouse.kind {
            MouseKind::ScrollUp => crate::command::KeyCode::Up,
            MouseKind::ScrollDown => crate::command::KeyCode::Down,
            MouseKind::Press => {
                app.overlays.push(overlay);
                return;
            }
        };
        match super::pickers::reader_key(app, overlay, crate::command::Key::plain(key)) {
            After::Stay(overlay) => app.overlays.push(overlay),
            After::Under(overlay, top) => app.overlays.extend([overlay, top]),
            After::Close | After::Run(_) | After::Pass => {}
        }
        return;
    }
    if mouse.kind == MouseKind::Press {
        settle::follow_now(app);
    }
    let places = chrome::places(app, settle::area(app));
    if mouse.kind == MouseKind::Press
        && let Some(view) = chrome::tab_at(&places, at)
    {
        to_view(app, view, effects);
        return;
    }
    let hit = moves::layout(app)
        .into_iter()
        .find(|placed| placed.area.contains(at));
    let Some(hit) = hit else { return };
    if app.is_grid(hit.pane) {
        let place = views::calendar::hit(app, hit.rows, at);
        let was_focused = app.is_focused(hit.pane);
        match (mouse.kind, place) {
            (MouseKind::Press, place) => {
                moves::focus(app, hit.pane);
                if let Some(place) = place {
                    calendar::press(app, place, was_focused, effects);
                }
            }
            (turned, _) => calendar::wheel(app, turned == MouseKind::ScrollDown),
        }
        return;
    }
    match mouse.kind {
        MouseKind::ScrollUp => moves::by_rows(app, hit.pane, -WHEEL),
        MouseKind::ScrollDown => moves::by_rows(app, hit.pane, WHEEL),
        MouseKind::Press => {
            let was_focused = app.is_focused(hit.pane);
            moves::focus(app, hit.pane);
            if hit.pane.is_text() || !hit.rows.contains(at) {
                return;
            }
            let row = usize::from(at.y - hit.rows.y) + app.list(hit.pane).offset;
            let list = app.list(hit.pane);
            if row >= list.rows.len() {
                return;
            }
            if was_focused && list.index == row {
                run::run(app, Command::Open, effects);
            } else {
                moves::select(app, hit.pane, row);
            }
        }
    }
}

fn to_view(app: &mut App, view: View, effects: &mut Vec<Effect>) {
    if view.exists() {
        show(app, view, None);
        app.came_from = None;
    } else {
        run::run(app, Command::Show(view), effects);
    }
}
