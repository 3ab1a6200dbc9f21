//! A file per pane. Drawing reads the state and writes cells; which rows a
//! pane has and where it lies are questions that `update` asks as well, so
//! that keys and mouse hit what is seen.

mod agenda;
pub mod calendar;
mod canaries;
mod day;
mod flaky;
mod freshness;
mod incidents;
mod jobs;
mod layout;
mod log;
mod metrics;
mod needs;
mod operation;
mod operations;
mod parts;
mod release;
mod rollout;
mod rows;
mod runs;
mod services;
mod situation;
mod timeline;
pub mod tree;
mod versions;

use ratatui::{buffer::Buffer, layout::Rect};

pub use self::{
    agenda::release_state as release_look,
    layout::{Placed, layout},
    rows::{moment_item, need_item, rows},
};
use super::{app::App, theme::Theme};
use crate::{
    command::{Pane, View},
    domain::Timestamp,
};

/// What drawing may look at.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The state.
    pub app: &'a App,
    /// How things look.
    pub theme: &'a Theme,
    /// The time to show.
    pub now: Timestamp,
}

/// How many lines a pane of lines has, for scrolling.
#[must_use]
pub fn line_count(app: &App, pane: Pane, width: u16) -> usize {
    match pane {
        Pane::Operation => operation::line_count(app, width),
        _ => 0,
    }
}

/// Draws the shown view.
pub fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    if !scene.app.view.exists() {
        parts::coming(scene, buffer, area);
        return;
    }
    for placed in layout(scene.app, area) {
        draw_pane(scene, buffer, &placed);
    }
}

fn draw_pane(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let deck = scene.app.view == View::Deck;
    match placed.pane {
        Pane::Needs => needs::draw(scene, buffer, placed),
        Pane::Runs if scene.app.is_tree() => tree::draw(scene, buffer, placed),
        Pane::Runs => runs::draw(scene, buffer, placed),
        Pane::Jobs => jobs::draw(scene, buffer, placed),
        Pane::Log => log::draw(scene, buffer, placed),
        Pane::Canaries if deck => canaries::draw_with_detail(scene, buffer, placed),
        Pane::Canaries => canaries::draw(scene, buffer, placed),
        Pane::Metrics => metrics::draw(scene, buffer, placed),
        Pane::Incidents => incidents::draw(scene, buffer, placed),
        Pane::Timeline => timeline::draw(scene, buffer, placed),
        Pane::Agenda if scene.app.is_grid(placed.pane) => calendar::draw(scene, buffer, placed),
        Pane::Agenda => agenda::draw(scene, buffer, placed),
        Pane::Releases => release::draw(scene, buffer, placed),
        Pane::Services => services::draw(scene, buffer, placed),
        Pane::Versions => versions::draw(scene, buffer, placed),
        Pane::Operations => operations::draw(scene, buffer, placed),
        Pane::Operation => operation::draw(scene, buffer, placed),
        Pane::Flaky => flaky::draw(scene, buffer, placed),
    }
}
