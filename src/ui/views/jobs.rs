//! The jobs of the selected run on an axis of time, with the steps that matter.

use chrono::TimeDelta;
use ratatui::buffer::Buffer;

use super::{
    Placed, Scene,
    freshness::Feed,
    parts::{self, Heading, Look},
};
use crate::{
    command::{Item, Pane},
    domain::{Job, Run, RunState, Step, Timestamp},
    ui::{
        theme::{State, run_word},
        widgets::{
            bars, format,
            row::{Align, Row},
            table::{self, Column},
        },
    },
};

const COLUMNS: [Column; 4] = [
    Column::words("", 16, 34, 0),
    Column::words("", 12, 120, 2),
    Column::number("", 7, 1),
    Column::words("", 11, 14, 3),
];

/// The span of time that the bars are drawn on.
#[derive(Clone, Copy)]
struct Axis {
    from: Timestamp,
    until: Timestamp,
}

impl Axis {
    fn share(self, at: Timestamp) -> f64 {
        let whole = (self.until - self.from).num_milliseconds().max(1);
        (at - self.from).num_milliseconds() as f64 / whole as f64
    }
}

pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let model = &scene.app.model;
    let run = match scene.app.subject(Pane::Runs) {
        Some(Item::Run(id)) => model.run(id).map(|run| &run.value),
        _ => None,
    };
    let Some(run) = run else {
        parts::frame(scene, buffer, placed, &Heading::default());
        return;
    };
    draw_title(scene, buffer, placed, run);
    let jobs = model.jobs(&run.id).map(|jobs| &jobs.value.items[..]);
    let jobs = jobs.unwrap_or_default();
    let axis = axis(scene, run, jobs);
    let widths = table::widths(&COLUMNS, placed.rows.width.saturating_sub(4));
    parts::list(
        scene,
        buffer,
        placed,
        Feed::Pipelines,
        "the jobs are being fetched",
        |row, look, item| match item {
            Item::Job(id) => {
                if let Some(job) = jobs.iter().find(|job| &job.id == id) {
                    let look = look.of_source(scene, &id.source);
                    let flaky = model.flaky_job(run, job, scene.now);
                    let flaky = flaky.filter(|_| job.state.is_failed());
                    let mark = flaky.map(|flaky| flaky.short());
                    draw_job(scene, row, look, (job, mark), axis, widths);
                }
            }
            Item::Step(id, number) => {
                let job = jobs.iter().find(|job| &job.id == id);
                let step = job.and_then(|job| job.steps.iter().find(|step| step.number == *number));
                if let Some(step) = step {
                    let look = look.of_source(scene, &id.source);
                    draw_step(scene, row, look, step, axis, widths);
                }
            }
            _ => {}
        },
    );
}

fn draw_title(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed, run: &Run) {
    let dot = scene.theme.marks.dot;
    let name = format!("#{} {}", run.number, run.workflow);
    let short = run.commit.get(..7).unwrap_or(&run.commit);
    let mut detail = format!("{} @ {short}", run.service);
    if let Some(version) = &run.version {
        detail.push_str(&format!(" {dot} {version}"));
    }
    detail.push_str(&format!(" {dot} {}", run.title));
    let word = super::runs::doing(scene, run, false);
    let heading = Heading {
        name: Some(&name),
        detail: &detail,
        right: Some((State::from(&run.state), &word)),
        feed: None,
    };
    parts::frame(scene, buffer, placed, &heading);
}

/// How far the axis of a live run reaches, in seconds: it is drawn anew only
/// when the run outgrows it.
const REACH: [i64; 16] = [
    60, 90, 120, 180, 240, 360, 480, 600, 900, 1_200, 1_800, 2_700, 3_600, 7_200, 14_400, 28_800,
];

/// From the first start to the last end; while something is at work to when it
/// usually ends, or beyond now.
fn axis(scene: &Scene<'_>, run: &Run, jobs: &[Job]) -> Axis {
    let starts = jobs.iter().filter_map(|job| job.created.or(job.started));
    let from = starts.min().or(run.started).unwrap_or(run.created);
    let until = if run.state.is_live() {
        let usual = super::runs::usual_time(scene, run).map(|usual| from + usual);
        usual.filter(|end| *end >= scene.now).unwrap_or_else(|| {
            let passed = (scene.now - from).num_seconds();
            let reach = REACH.into_iter().find(|reach| *reach >= passed);
            from + TimeDelta::seconds(reach.unwrap_or(passed))
        })
    } else {
        let ends = jobs.iter().filter_map(|job| job.finished);
        ends.max().unwrap_or(run.updated)
    };
    Axis { from, until }
}

fn draw_job(
    scene: &Scene<'_>,
    row: &mut Row<'_>,
    look: Look,
    (job, mark): (&Job, Option<String>),
    axis: Axis,
    widths: [u16; 4],
) {
    let state = State::from(&job.state);
    let [name, bar, took, word] = widths;
    parts::row_glyph(scene, row, look, state);
    parts::cell(row, name, Align::Left, &job.name, look.text);
    // Vendors tell a start of jobs that only wait, too.
    let started = job.started.filter(|_| job.state != RunState::Queued);
    if bar > 0 {
        draw_bar(scene, row, bar, (started, job.finished), state, axis);
        row.gap(table::GAP);
    }
    let time = took_text(scene, started, job.finished);
    parts::cell(row, took, Align::Right, &time, look.text);
    let style = look.state(scene, state);
    if let Some(mark) = mark {
        row.cell(&mark, word, Align::Left, style);
        return;
    }
    // What a job waited is of interest only where nothing worse is to be said.
    let words = match (job.created, job.started) {
        (Some(created), Some(started))
            if (started - created).num_seconds() >= 30 && !job.state.is_failed() =>
        {
            format!("after {}", format::duration(started - created))
        }
        _ => run_word(&job.state).to_owned(),
    };
    row.cell(&words, word, Align::Left, style);
}

fn draw_step(
    scene: &Scene<'_>,
    row: &mut Row<'_>,
    look: Look,
    step: &Step,
    axis: Axis,
    widths: [u16; 4],
) {
    let theme = scene.theme;
    let state = State::from(&step.state);
    let [name, bar, took, word] = widths;
    row.gap(2);
    parts::row_glyph(scene, row, look, state);
    let text = if look.selected { look.text } else { theme.dim };
    parts::cell(row, name.saturating_sub(2), Align::Left, &step.name, text);
    if bar > 0 {
        draw_bar(scene, row, bar, (step.started, step.finished), state, axis);
        row.gap(table::GAP);
    }
    let time = took_text(scene, step.started, step.finished);
    parts::cell(row, took, Align::Right, &time, theme.dim);
    let style = if look.stale {
        theme.stale
    } else {
        theme.state(state)
    };
    row.cell(run_word(&step.state), word, Align::Left, style);
}

fn draw_bar(
    scene: &Scene<'_>,
    row: &mut Row<'_>,
    width: u16,
    (started, finished): (Option<Timestamp>, Option<Timestamp>),
    state: State,
    axis: Axis,
) {
    let theme = scene.theme;
    let Some(started) = started else {
        row.within(width, |_| {});
        return;
    };
    let until = finished.unwrap_or(scene.now);
    let style = theme.state(state);
    bars::gantt(
        row,
        width,
        axis.share(started),
        axis.share(until),
        theme,
        style,
    );
}

fn took_text(scene: &Scene<'_>, started: Option<Timestamp>, finished: Option<Timestamp>) -> String {
    match (started, finished) {
        (Some(started), Some(finished)) => format::duration(finished - started),
        (Some(started), None) => format::duration(scene.now - started),
        _ => scene.theme.marks.none.to_owned(),
    }
}
