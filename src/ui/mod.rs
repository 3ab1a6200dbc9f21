//! Drawing and the state of the screen; knows no vendor by name. `app` is the
//! state, `update` the only place that changes it, and [`draw`] a function of
//! both and a theme.

pub mod app;
pub mod calendar;
pub mod chrome;
pub mod overlays;
#[cfg(test)]
mod testing;
pub mod theme;
pub mod update;
pub mod views;
pub mod widgets;

use chrono::{DurationRound as _, TimeDelta};
use ratatui::{buffer::Buffer, layout::Rect};

use self::{app::App, theme::Theme, views::Scene};
use crate::domain::Timestamp;

/// Ages and times of what runs go on in these steps: what ticks each second
/// costs a slow link more than it tells a person.
const STEP: TimeDelta = TimeDelta::seconds(10);

fn calm(now: Timestamp) -> Timestamp {
    now.duration_trunc(STEP).unwrap_or(now)
}

/// Draws one frame: chrome, the view, and what lies over it. No size of the
/// area makes it fail; a terminal that is too small says so.
pub fn draw(app: &App, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    let scene = Scene {
        app,
        theme,
        now: app.now,
    };
    buffer.set_style(area, theme.base);
    if !chrome::is_large_enough(area) {
        let (width, height) = chrome::SMALLEST;
        let text = format!("tminus needs at least {width}x{height}");
        if area.height > 0 {
            buffer.set_stringn(area.x, area.y, text, usize::from(area.width), theme.text);
        }
        return;
    }
    let places = chrome::places(app, area);
    let calm = Scene {
        now: calm(app.now),
        ..scene
    };
    views::draw(&calm, places.view, buffer);
    chrome::draw(&scene, &places, buffer);
    overlays::draw(&scene, area, buffer);
}
