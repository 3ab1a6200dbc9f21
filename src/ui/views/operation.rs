//! The selected operation with all that happened to it.

use ratatui::{buffer::Buffer, style::Style};

use super::{
    Placed, Scene, operations,
    parts::{self, Heading},
};
use crate::{
    command::{Item, Pane},
    domain::{EnvironmentName, OperationRecord, PlanRecord, ServiceName, Transition},
    ui::{
        app::App,
        overlays::{plan, wrap},
        theme::{State, operation_word},
        widgets::{
            format,
            row::{Align, Row},
        },
    },
};

/// Lines before the history: what, who, why, where, request, and a space.
const HEAD: usize = 6;
/// Lines before a plan's steps: what, who, why, how it stands, and a space.
const PLAN_HEAD: usize = 5;

/// Columns before the detail of a change of state.
const BEFORE: u16 = 31;

fn record(app: &App) -> Option<&OperationRecord> {
    match app.subject(Pane::Operations) {
        Some(Item::Operation(id)) => app.model.operation(id),
        _ => None,
    }
}

fn plan_record(app: &App) -> Option<&PlanRecord> {
    match app.selected(Pane::Operations) {
        Some(Item::Plan(id)) => app.model.plan(id),
        _ => None,
    }
}

/// How many lines the selected operation or plan has.
pub(super) fn line_count(app: &App, width: u16) -> usize {
    record(app)
        .map(|record| HEAD + history(record, width).len())
        .or_else(|| plan_record(app).map(|record| PLAN_HEAD + record.plan.steps.len()))
        .unwrap_or(0)
}

/// The history in lines: which change of state, and its detail on one line
/// or, where it is long, on several.
fn history(record: &OperationRecord, width: u16) -> Vec<(Option<&Transition>, String)> {
    record
        .history
        .iter()
        .flat_map(|transition| {
            wrap(&transition.detail, width.saturating_sub(BEFORE + 1))
                .into_iter()
                .enumerate()
                .map(move |(line, words)| ((line == 0).then_some(transition), words))
        })
        .collect()
}

pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let theme = scene.theme;
    if let Some(record) = plan_record(scene.app) {
        draw_plan(scene, buffer, placed, record);
        return;
    }
    let Some(record) = record(scene.app) else {
        parts::frame(scene, buffer, placed, &Heading::default());
        return;
    };
    let state = State::from(record.state);
    let heading = Heading {
        detail: record.intent.act.verb(),
        right: Some((state, operation_word(record.state))),
        ..Heading::default()
    };
    parts::frame(scene, buffer, placed, &heading);
    let offset = scene.app.list(placed.pane).offset;
    let history = history(record, placed.rows.width);
    for line in 0..placed.rows.height {
        let mut row = Row::new(buffer, placed.rows, line, theme.marks.ellipsis);
        row.gap(1).gap_right(1);
        let at = offset + usize::from(line);
        match at.checked_sub(HEAD) {
            None => write_line(scene, &mut row, record, at),
            Some(at) => {
                if let Some((transition, words)) = history.get(at) {
                    write_change(scene, &mut row, record, *transition, words);
                }
            }
        }
    }
}

fn draw_plan(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed, record: &PlanRecord) {
    let state = plan::plan_state(record);
    let heading = Heading {
        detail: "plan",
        right: Some((state, record.state.word())),
        ..Heading::default()
    };
    parts::frame(scene, buffer, placed, &heading);
    let offset = scene.app.list(placed.pane).offset;
    for line in 0..placed.rows.height {
        let mut row = Row::new(buffer, placed.rows, line, scene.theme.marks.ellipsis);
        row.gap(1).gap_right(1);
        write_plan_line(scene, &mut row, record, offset + usize::from(line));
    }
}

fn write_plan_line(scene: &Scene<'_>, row: &mut Row<'_>, record: &PlanRecord, line: usize) {
    let theme = scene.theme;
    let plan = &record.plan;
    let mut label = |name: &str, words: &str, style: Style| {
        row.cell(name, 9, Align::Left, theme.faint)
            .put(words, style);
    };
    match line {
        0 => label("what", &plan.summary(), theme.text),
        1 => label("who", &record.actor, theme.text),
        2 if plan.reason.is_empty() => label("why", theme.marks.none, theme.faint),
        2 => label("why", &plan.reason, theme.text),
        3 => {
            let (done, all) = record.progress();
            let mut words = format!("{}, {done} of {all} observed", record.state.word());
            if !record.detail.is_empty() {
                words.push_str(&format!(": {}", record.detail));
            }
            label("stands", &words, theme.state(plan::plan_state(record)));
        }
        _ => {
            let Some(step) = line
                .checked_sub(PLAN_HEAD)
                .and_then(|at| plan.steps.get(at))
            else {
                return;
            };
            let state = plan::step_state(step.state);
            parts::glyph(scene, row, state);
            row.cell(step.state.word(), 13, Align::Left, theme.state(state))
                .gap(1)
                .put(step.service.as_str(), theme.text)
                .gap(1)
                .put(
                    &format!(
                        "{} {} {}",
                        step.from.version, theme.marks.arrow, step.to.version
                    ),
                    theme.dim,
                )
                .gap(2)
                .put(&step.detail, theme.dim);
        }
    }
}

fn write_line(scene: &Scene<'_>, row: &mut Row<'_>, record: &OperationRecord, line: usize) {
    let theme = scene.theme;
    let intent = &record.intent;
    let mut label = |name: &str, words: &str, style: Style| {
        row.cell(name, 9, Align::Left, theme.faint)
            .put(words, style);
    };
    match line {
        0 => label("what", &record.summary, theme.text),
        1 => label("who", &record.actor, theme.text),
        2 if intent.reason.is_empty() => label("why", theme.marks.none, theme.faint),
        2 => label("why", &intent.reason, theme.text),
        3 => {
            let place = [
                Some(intent.source.as_str()),
                intent.service.as_ref().map(ServiceName::as_str),
                intent.environment.as_ref().map(EnvironmentName::as_str),
            ];
            let words: Vec<&str> = place.into_iter().flatten().collect();
            label("where", &words.join(" · "), theme.text);
        }
        4 => label("request", &record.request, theme.dim),
        5 => match (&record.again_of, &record.again_as) {
            (_, Some(next)) => label("again", &format!("sent again as {next}"), theme.warning),
            (Some(before), None) => label("again", &format!("sends {before} again"), theme.text),
            (None, None) => {}
        },
        _ => {}
    }
}

/// One line of the history; without a change of state one more line of the
/// detail before.
fn write_change(
    scene: &Scene<'_>,
    row: &mut Row<'_>,
    record: &OperationRecord,
    transition: Option<&Transition>,
    words: &str,
) {
    let theme = scene.theme;
    let Some(transition) = transition else {
        row.gap(BEFORE - 1).put(words, theme.text);
        return;
    };
    let state = State::from(transition.state);
    row.cell(
        &format::clock_seconds(transition.at),
        9,
        Align::Left,
        theme.dim,
    );
    parts::glyph(scene, row, state);
    row.cell(
        operation_word(transition.state),
        10,
        Align::Left,
        theme.state(state),
    );
    let first = record
        .history
        .first()
        .map_or(transition.at, |first| first.at);
    let past = format!("+{}", operations::took_text(first, transition.at));
    row.cell(&past, 7, Align::Right, theme.faint)
        .gap(2)
        .put(words, theme.text);
}
