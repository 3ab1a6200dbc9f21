//! What lies over a view: drawn last, asked first.

pub mod batch;
pub mod compare;
pub mod dialog;
mod frame;
mod help;
mod note;
mod palette;
pub mod plan;
pub mod planner;
pub mod release;
pub mod rollback;
mod small;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

pub use self::frame::wrap;
use super::{
    app::{App, Overlay},
    theme::Theme,
    views::Scene,
};

/// How the place is shown where the next character goes.
#[must_use]
pub fn cursor(theme: &Theme) -> Style {
    theme.text.add_modifier(Modifier::REVERSED)
}

/// Draws everything that lies over the view.
pub fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    for overlay in &scene.app.overlays {
        match overlay {
            Overlay::Dialog(open) => dialog::draw(scene, open, area, buffer),
            Overlay::Rollback(picker) => rollback::draw(scene, picker, area, buffer),
            Overlay::Plan(view) => plan::draw(scene, view, area, buffer),
            Overlay::Batch(view) => batch::draw(scene, view, area, buffer),
            Overlay::Palette(open) => palette::draw(scene, open, area, buffer),
            Overlay::Help { scroll } => help::draw(scene, *scroll, area, buffer),
            Overlay::Note(editor) => note::draw(scene, editor, area, buffer),
            Overlay::Themes(picker) => small::draw_themes(scene, picker, area, buffer),
            Overlay::Compare(view) => compare::draw(scene, view, area, buffer),
            Overlay::Message { title, lines } => {
                small::draw_message(scene, title, lines, area, buffer);
            }
            Overlay::Release(sheet) => release::draw(scene, sheet, area, buffer),
            Overlay::Step(step) => release::draw_step(scene, step, area, buffer),
            Overlay::Planner(planner) => planner::draw(scene, planner, area, buffer),
            Overlay::Quit => small::draw_quit(scene, area, buffer),
            // These are typed in the footer.
            Overlay::Filter { .. } | Overlay::Find { .. } => {}
        }
    }
    small::draw_toasts(scene, area, buffer);
}

/// How far a text can be scrolled.
#[must_use]
pub fn scroll_end(app: &App, overlay: &Overlay) -> u16 {
    let area = Rect::new(0, 0, app.size.0, app.size.1);
    match overlay {
        Overlay::Help { .. } => help::scroll_end(app, area),
        Overlay::Compare(view) => compare::scroll_end(view, area),
        Overlay::Dialog(open) => dialog::scroll_end(app, open),
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
