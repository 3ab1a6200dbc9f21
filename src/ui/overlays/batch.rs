//! How far several runs are that are run again or cancelled together.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{frame, plan::step_state};
use crate::{
    domain::{PlanState, StepState},
    ui::{
        app::{App, BatchView},
        theme::State,
        views::Scene,
        widgets::row::{Align, Row, columns},
    },
};

/// Columns of the box at most.
const WIDTH: u16 = 100;

fn outer(app: &App, view: &BatchView, area: Rect) -> Rect {
    let lines = app
        .batches
        .get(&view.ticket)
        .map_or(1, |batch| batch.lines.len());
    let lines = u16::try_from(lines).unwrap_or(u16::MAX);
    frame::centred(area, WIDTH, lines.saturating_add(5).min(area.height))
}

/// The rows of the list: all but the line for the whole and that for the keys.
fn list(outer: Rect) -> Rect {
    let inner = frame::inside(outer);
    Rect {
        height: inner.height.saturating_sub(3),
        ..inner
    }
}

/// How far it can be scrolled.
#[must_use]
pub fn scroll_end(app: &App, view: &BatchView) -> u16 {
    let area = Rect::new(0, 0, app.size.0, app.size.1);
    let lines = app
        .batches
        .get(&view.ticket)
        .map_or(0, |batch| batch.lines.len());
    u16::try_from(lines)
        .unwrap_or(u16::MAX)
        .saturating_sub(list(outer(app, view, area)).height)
}

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>, view: &BatchView, area: Rect, buffer: &mut Buffer) {
    let theme = scene.theme;
    let Some(batch) = scene.app.batches.get(&view.ticket) else {
        return;
    };
    let outer = outer(scene.app, view, area);
    let mut title = batch.summary.clone();
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    frame::draw(
        buffer,
        outer,
        theme,
        theme.border_focused,
        &[(&title, theme.title_focused)],
    );
    let (inner, list) = (frame::inside(outer), list(outer));
    let wide = batch.lines.iter().map(|line| columns(&line.label)).max();
    let wide = wide.unwrap_or(0).min(list.width / 2);
    let rows = batch.steps().skip(usize::from(view.scroll));
    for (at, (line, step)) in (0..list.height).zip(rows) {
        let mut row = Row::new(buffer, list, at, theme.marks.ellipsis);
        let (state, word, detail) = match step {
            Some(step) => (step_state(step.state), step.state.word(), &step.detail),
            None if line.intent.is_none() => (State::Quiet, "left out", &line.why_not),
            None => (State::Quiet, "planned", &line.why_not),
        };
        row.put(theme.marks.state(state), theme.state(state))
            .gap(1)
            .cell(&line.label, wide, Align::Left, theme.text)
            .gap(2)
            .cell(word, 13, Align::Left, theme.state(state))
            .gap(2)
            .put(detail, theme.dim);
    }
    let whole = match &batch.progress {
        None => "it begins…".to_owned(),
        Some(progress) => {
            let done = progress
                .steps
                .iter()
                .filter(|step| !matches!(step.state, StepState::Planned | StepState::Running));
            let (done, all) = (done.count(), progress.steps.len());
            match progress.state {
                PlanState::Running => format!("one after the other: {done} of {all} are over"),
                PlanState::Stopping => {
                    format!("stopping after the present one: {}", progress.detail)
                }
                PlanState::Stopped => format!("stopped: {}", progress.detail),
                PlanState::Done => {
                    "all had their turn; the journal has an entry for each".to_owned()
                }
            }
        }
    };
    Row::new(buffer, inner, list.height + 1, theme.marks.ellipsis).put(&whole, theme.dim);
    let stop = batch.stops_by().map(|_| ("s", "stop after this one"));
    let keys: Vec<(&str, &str)> = stop.into_iter().chain([("esc", "close")]).collect();
    frame::keys(buffer, inner, inner.height.saturating_sub(1), theme, &keys);
}
