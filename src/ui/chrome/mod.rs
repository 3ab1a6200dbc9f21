//! What frames every view: the header, the tabs, the footer with the keys that
//! work here and now, and the chips of operations.

pub mod chips;
mod clock;
mod footer;
mod header;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

pub use self::clock::{t_clock, zone_clock};
use super::{app::App, views::Scene, widgets::row::columns};
use crate::command::View;

/// Below this there is no view, only a line that says so.
pub const SMALLEST: (u16, u16) = (40, 10);
/// From this height on the views have a line of tabs.
const TABS_FROM: u16 = 30;
/// From this width on the chips of operations stand in the line of keys.
const CHIPS_BESIDE_FROM: u16 = 120;

/// Where the parts of the screen lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// The header.
    pub header: Rect,
    /// The tabs of the views, where there is room.
    pub tabs: Option<Rect>,
    /// The view.
    pub view: Rect,
    /// A line for the chips of operations, where they need one of their own.
    pub chips: Option<Rect>,
    /// The keys.
    pub keys: Rect,
}

/// Whether the terminal is large enough for anything.
#[must_use]
pub fn is_large_enough(area: Rect) -> bool {
    area.width >= SMALLEST.0 && area.height >= SMALLEST.1
}

/// Where the parts of the screen lie; all are empty when it is too small.
#[must_use]
pub fn places(app: &App, area: Rect) -> Places {
    if !is_large_enough(area) {
        let none = Rect::new(area.x, area.y, 0, 0);
        return Places {
            header: none,
            tabs: None,
            view: none,
            chips: None,
            keys: none,
        };
    }
    let line = |y: u16| Rect::new(area.x, area.y + y, area.width, 1);
    let tabs = (area.height >= TABS_FROM && !app.only_log).then(|| line(1));
    let own_line = area.width < CHIPS_BESIDE_FROM && !chips::all(app).is_empty();
    let chips = own_line.then(|| line(area.height - 2));
    let top = 1 + u16::from(tabs.is_some());
    let bottom = 1 + u16::from(chips.is_some());
    Places {
        header: line(0),
        tabs,
        view: Rect::new(area.x, area.y + top, area.width, area.height - top - bottom),
        chips,
        keys: line(area.height - 1),
    }
}

/// The views with the columns of their tabs, counted from the line's start.
fn tabs(width: u16) -> Vec<(View, u16, u16)> {
    let mut at = 1;
    let mut tabs = Vec::new();
    for view in View::ALL {
        let wide = columns(view.title()) + 2;
        if at + wide > width {
            break;
        }
        tabs.push((view, at, wide));
        at += wide + 2;
    }
    tabs
}

/// The view whose tab is at a place.
#[must_use]
pub fn tab_at(places: &Places, at: Position) -> Option<View> {
    let line = places.tabs.filter(|line| line.contains(at))?;
    let column = at.x - line.x;
    tabs(line.width)
        .into_iter()
        .find(|(_, start, wide)| (*start..start + wide).contains(&column))
        .map(|(view, ..)| view)
}

/// Draws everything but the view.
pub fn draw(scene: &Scene<'_>, places: &Places, buffer: &mut Buffer) {
    header::draw(scene, places, buffer);
    if let Some(line) = places.tabs {
        header::draw_tabs(scene, line, &tabs(line.width), buffer);
    }
    footer::draw(scene, places, buffer);
}
