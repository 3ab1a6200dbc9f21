//! Drawing and the state of the screen; knows no vendor by name. `app` is the
//! state, `update` the only place that changes it, and [`draw`] a function of
//! both and a theme.

pub mod app;
pub mod theme;
pub mod update;
pub mod views;
pub mod widgets;

use ratatui::{buffer::Buffer, layout::Rect};

use self::{app::App, theme::Theme, views::Scene};

/// Draws one frame.
pub fn draw(app: &App, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let scene = Scene {
        app,
        theme,
        now: app.now,
    };
    views::draw(&scene, area.intersection(buffer.area), buffer);
}
