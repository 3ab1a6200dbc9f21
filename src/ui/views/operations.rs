//! Everything that was done, newest first.

use ratatui::buffer::Buffer;

use super::{
    Placed, Scene,
    freshness::Feed,
    parts::{self, Heading, Look},
};
use crate::{
    command::Item,
    domain::{OperationRecord, OperationState, PlanRecord},
    ui::{
        overlays::plan,
        theme::{State, operation_word},
        widgets::{
            format,
            row::{Align, Row},
            table::{self, Column},
        },
    },
};

const COLUMNS: [Column; 6] = [
    Column::words("WHEN", 8, 13, 2),
    Column::words("STATE", 9, 9, 1),
    Column::words("WHO", 10, 18, 4),
    Column::words("WHAT", 20, 90, 0),
    Column::words("WHY", 16, 60, 5),
    Column::number("TOOK", 6, 3),
];

pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let model = &scene.app.model;
    let list = scene.app.list(placed.pane);
    let mut detail = if model.plans().next().is_some() {
        format::counted(list.total, "entry", "entries")
    } else {
        format::counted(list.total, "operation", "operations")
    };
    let flying = model.operations_in_flight().count();
    if flying > 0 {
        detail.push_str(&format!(" {} {flying} in flight", scene.theme.marks.dot));
    }
    let unknown = model
        .operations()
        .filter(|record| record.state == OperationState::Unknown)
        .count();
    let words = format!("{unknown} unknown");
    let heading = Heading {
        detail: &detail,
        right: (unknown > 0).then_some((State::Unknown, words.as_str())),
        ..Heading::default()
    };
    parts::frame(scene, buffer, placed, &heading);
    let widths = table::widths(&COLUMNS, placed.rows.width.saturating_sub(4));
    parts::heads(scene, buffer, placed, 3, &COLUMNS, &widths);
    parts::list(
        scene,
        buffer,
        placed,
        Feed::Own,
        "nothing was done yet; whatever you do is recorded here",
        |row, look, item| match item {
            Item::Operation(id) => {
                if let Some(record) = model.operation(id) {
                    draw_record(scene, row, look, record, widths);
                }
            }
            Item::Plan(id) => {
                if let Some(record) = model.plan(id) {
                    draw_plan(scene, row, look, record, widths);
                }
            }
            _ => {}
        },
    );
}

fn draw_record(
    scene: &Scene<'_>,
    row: &mut Row<'_>,
    look: Look,
    record: &OperationRecord,
    widths: [u16; 6],
) {
    let theme = scene.theme;
    let state = State::from(record.state);
    let [when, word, who, what, why, took] = widths;
    let first = record.history.first().map(|first| first.at);
    let last = record.history.last().map(|last| last.at);
    parts::glyph(scene, row, state);
    let time = first.map_or_else(String::new, |at| {
        if at.date_naive() == scene.now.date_naive() {
            format::clock_seconds(at)
        } else {
            format::clock_or_day(at, scene.now)
        }
    });
    parts::cell(row, when, Align::Left, &time, theme.dim);
    let style = theme.emphasise(theme.state(state), look.selected);
    parts::cell(row, word, Align::Left, operation_word(record.state), style);
    parts::cell(row, who, Align::Left, &record.actor, theme.dim);
    parts::cell(row, what, Align::Left, &record.summary, look.text);
    parts::cell(row, why, Align::Left, &record.intent.reason, theme.dim);
    let time = match (first, last) {
        (Some(first), Some(last)) if record.state.is_final() => took_text(first, last),
        (Some(first), _) => format::duration(scene.now - first),
        _ => String::new(),
    };
    row.cell(&time, took, Align::Right, theme.dim);
}

fn draw_plan(
    scene: &Scene<'_>,
    row: &mut Row<'_>,
    look: Look,
    record: &PlanRecord,
    widths: [u16; 6],
) {
    let theme = scene.theme;
    let state = plan::plan_state(record);
    let [when, word, who, what, why, took] = widths;
    parts::glyph(scene, row, state);
    let time = if record.confirmed.date_naive() == scene.now.date_naive() {
        format::clock_seconds(record.confirmed)
    } else {
        format::clock_or_day(record.confirmed, scene.now)
    };
    parts::cell(row, when, Align::Left, &time, theme.dim);
    let style = theme.emphasise(theme.state(state), look.selected);
    parts::cell(row, word, Align::Left, record.state.word(), style);
    parts::cell(row, who, Align::Left, &record.actor, theme.dim);
    let (done, all) = record.progress();
    let words = format!("plan: {}, {done} of {all}", record.plan.summary());
    parts::cell(row, what, Align::Left, &words, look.text);
    parts::cell(row, why, Align::Left, &record.plan.reason, theme.dim);
    let time = record.ended.map_or_else(
        || format::duration(scene.now - record.confirmed),
        |ended| took_text(record.confirmed, ended),
    );
    row.cell(&time, took, Align::Right, theme.dim);
}

/// `1.8s` below ten seconds, else in whole ones.
pub(super) fn took_text(from: crate::domain::Timestamp, until: crate::domain::Timestamp) -> String {
    let took = (until - from).num_milliseconds().max(0);
    if took < 10_000 {
        format!("{:.1}s", took as f64 / 1000.0)
    } else {
        format::duration(until - from)
    }
}
