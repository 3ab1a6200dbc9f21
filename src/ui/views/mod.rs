//! A file per screen. Drawing reads the state and writes cells; which rows a
//! pane has and where it lies are questions that `update` asks as well, so
//! that keys and mouse hit what is seen.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{app::App, theme::Theme};
use crate::{
    command::{Item, Pane, View},
    domain::Timestamp,
    model::MomentKind,
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

/// Where a pane lies. Row `n` of its list (after the offset) is drawn in line
/// `n` of `rows`, so the mouse can find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The pane.
    pub pane: Pane,
    /// All of it, title and borders included.
    pub area: Rect,
    /// Where its rows are drawn, one line each.
    pub rows: Rect,
}

/// Where the panes of the shown view lie; panes without place are left out.
#[must_use]
pub fn layout(app: &App, area: Rect) -> Vec<Placed> {
    let panes: Vec<Pane> = if app.is_zoomed() {
        app.focus().into_iter().collect()
    } else {
        app.view.panes().to_vec()
    };
    let count = u16::try_from(panes.len()).unwrap_or(1).max(1);
    let height = area.height / count;
    panes
        .into_iter()
        .zip(0u16..)
        .map(|(pane, place)| {
            let area = Rect::new(area.x, area.y + place * height, area.width, height);
            let rows = Rect::new(
                area.x,
                area.y + 1.min(height),
                area.width,
                height.saturating_sub(1),
            );
            Placed { pane, area, rows }
        })
        .collect()
}

/// The rows of a pane before any filter, in the order in which they are drawn.
/// Lists of panes that stand earlier in [`View::panes`] are settled already.
#[must_use]
pub fn rows(app: &App, pane: Pane) -> Vec<Item> {
    match pane {
        Pane::Needs => app.needs.iter().map(|need| need_item(&need.kind)).collect(),
        Pane::Runs if app.view == View::Deck => {
            let mut rows: Vec<Item> = Vec::new();
            for run in app
                .model
                .live_runs()
                .into_iter()
                .chain(app.model.failing_runs())
            {
                rows.push(Item::Run(run.value.id.clone()));
            }
            rows
        }
        Pane::Runs => app
            .model
            .runs()
            .map(|run| Item::Run(run.value.id.clone()))
            .collect(),
        Pane::Jobs => match app.selected(Pane::Runs) {
            Some(Item::Run(run)) => app
                .model
                .jobs(run)
                .map(|jobs| &jobs.value.items[..])
                .unwrap_or_default()
                .iter()
                .map(|job| Item::Job(job.id.clone()))
                .collect(),
            _ => Vec::new(),
        },
        Pane::Canaries => app
            .model
            .canaries()
            .map(|canary| Item::Canary(canary.value.service.clone()))
            .collect(),
        Pane::Metrics => match app.selected(Pane::Canaries) {
            Some(Item::Canary(service)) => app
                .model
                .canary(service)
                .map(|canary| &canary.value.metrics[..])
                .unwrap_or_default()
                .iter()
                .map(|metric| Item::Metric(service.clone(), metric.name.clone()))
                .collect(),
            _ => Vec::new(),
        },
        Pane::Incidents => app
            .model
            .open_incidents()
            .into_iter()
            .chain(app.model.closed_incidents())
            .map(|incident| Item::Incident(incident.value.id.clone()))
            .collect(),
        Pane::Timeline => app
            .timeline
            .iter()
            .map(|moment| moment_item(&moment.kind, &moment.what))
            .collect(),
        Pane::Agenda => app
            .model
            .windows_between(
                app.now - chrono::TimeDelta::hours(12),
                app.now + chrono::TimeDelta::days(30),
            )
            .into_iter()
            .map(|window| Item::Window(window.id.clone()))
            .collect(),
        Pane::Releases => app
            .model
            .releases_in_order()
            .into_iter()
            .map(|release| Item::Release(release.id.clone()))
            .collect(),
        Pane::Services => app.model.services().cloned().map(Item::Service).collect(),
        Pane::Operations => app
            .model
            .operations()
            .map(|record| Item::Operation(record.id.clone()))
            .collect(),
        Pane::Versions | Pane::Log | Pane::Operation => Vec::new(),
    }
}

/// The item of a need.
#[must_use]
pub fn need_item(kind: &crate::model::NeedKind) -> Item {
    use crate::model::NeedKind;
    match kind {
        NeedKind::Unknown(id) => Item::Operation(id.clone()),
        NeedKind::Canary(service) => Item::Canary(service.clone()),
        NeedKind::Incident(id) => Item::Incident(id.clone()),
        NeedKind::Approval(id) => Item::Approval(id.clone()),
        NeedKind::FailedRun(id) => Item::Run(id.clone()),
    }
}

/// The item of a moment of the timeline.
#[must_use]
pub fn moment_item(kind: &MomentKind, what: &crate::domain::Text) -> Item {
    match kind {
        MomentKind::Vendor(_, id) => Item::Entry(id.clone()),
        MomentKind::Deployment(id, _) => Item::Deployment(id.clone()),
        MomentKind::Alert => Item::Alert(what.clone()),
        MomentKind::Note(id) => Item::Note(id.clone()),
        MomentKind::Operation(id, _) => Item::Operation(id.clone()),
    }
}

/// How many lines a pane of lines has, for scrolling.
#[must_use]
pub fn line_count(_app: &App, _pane: Pane, _width: u16) -> usize {
    0
}

/// Draws the shown view.
pub fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    for placed in layout(scene.app, area) {
        buffer.set_stringn(
            placed.area.x,
            placed.area.y,
            placed.pane.title(),
            usize::from(placed.area.width),
            scene.theme.title,
        );
    }
}
