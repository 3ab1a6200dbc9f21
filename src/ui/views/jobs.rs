//! The jobs of the selected run on an axis of time, with the steps that matter.

use chrono::TimeDelta;
use ratatui::buffer::Buffer;

use super::{
    Placed, Scene,
    freshness::Feed,
    parts::{self, Heading, Look},
};
use crate::{
    analysis::critical::{self, Span},
    command::Item,
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
    Column::words("", 18, 34, 3),
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
    let run = scene.app.shown_run();
    let run = run.and_then(|id| model.run(&id).map(|run| &run.value));
    let Some(run) = run else {
        parts::frame(scene, buffer, placed, &Heading::default());
        return;
    };
    draw_title(scene, buffer, placed, run);
    let jobs = model.jobs(&run.id).map(|jobs| &jobs.value.items[..]);
    let jobs = jobs.unwrap_or_default();
    let axis = axis(scene, run, jobs);
    let lanes = Lanes::of(jobs, scene.now);
    let widths = table::widths(&COLUMNS, placed.rows.width.saturating_sub(4));
    parts::list(
        scene,
        buffer,
        placed,
        Feed::Pipelines,
        "the jobs are being fetched",
        |row, look, item| match item {
            Item::Job(id) => {
                if let Some((place, job)) = (0..).zip(jobs).find(|(_, job)| &job.id == id) {
                    let look = look.of_source(scene, &id.source);
                    let flaky = model.flaky_job(run, job, scene.now);
                    let mark = flaky.filter(|_| job.state.is_failed());
                    let mark = mark.map(|flaky| flaky.short());
                    let (span, critical) = lanes.of_job(place);
                    let beside = Beside {
                        span,
                        critical,
                        flaky: mark,
                    };
                    draw_job(scene, row, look, (job, beside), axis, widths);
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
        let usual = scene.app.model.usual(run).map(|usual| from + usual.median);
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

/// When jobs waited and worked, and which of them the length of the run hangs
/// on.
struct Lanes {
    spans: Vec<Option<Span>>,
    critical: Vec<bool>,
}

impl Lanes {
    fn of(jobs: &[Job], now: Timestamp) -> Self {
        let spans = critical::spans(jobs, now);
        let known: Vec<(usize, Span)> = (0..)
            .zip(&spans)
            .filter_map(|(place, span)| Some((place, (*span)?)))
            .collect();
        let mut on_path = vec![false; spans.len()];
        // Of one job there is nothing to tell.
        if known.len() > 1 {
            let only: Vec<Span> = known.iter().map(|(_, span)| *span).collect();
            for at in critical::path(&only) {
                let place = known.get(at).map(|(place, _)| *place);
                if let Some(mark) = place.and_then(|place| on_path.get_mut(place)) {
                    *mark = true;
                }
            }
        }
        Self {
            spans,
            critical: on_path,
        }
    }

    fn of_job(&self, place: usize) -> (Option<Span>, bool) {
        (
            self.spans.get(place).copied().flatten(),
            self.critical.get(place).copied().unwrap_or_default(),
        )
    }
}

/// A wait that is worth a word.
const WORTH_A_WORD: TimeDelta = TimeDelta::seconds(10);

/// What is told beside a job's name.
struct Beside {
    span: Option<Span>,
    critical: bool,
    /// That it fails now and then, in a few words.
    flaky: Option<String>,
}

fn draw_job(
    scene: &Scene<'_>,
    row: &mut Row<'_>,
    look: Look,
    (job, beside): (&Job, Beside),
    axis: Axis,
    widths: [u16; 4],
) {
    let Beside { span, critical, .. } = beside;
    let theme = scene.theme;
    let state = State::from(&job.state);
    let [name, bar, took, word] = widths;
    parts::row_glyph(scene, row, look, state);
    let words = format::middle(&job.name, name, theme.marks.ellipsis);
    parts::cell(row, name, Align::Left, &words, look.text);
    if bar > 0 {
        let share = |from, until| (axis.share(from), axis.share(until));
        let wait = span.map(|span| share(span.ready, span.began.unwrap_or(span.until)));
        let work = span.and_then(|span| Some(share(span.began?, span.until)));
        bars::gantt_after(row, bar, wait, work, theme, theme.state(state));
        row.gap(table::GAP);
    }
    let time = span.map_or_else(
        || theme.marks.none.to_owned(),
        |span| format::duration(span.whole()),
    );
    parts::cell(row, took, Align::Right, &time, look.text);
    if word == 0 {
        return;
    }
    row.within(word, |row| {
        if let Some(mark) = &beside.flaky {
            row.put(mark, look.state(scene, state));
        } else {
            row.put(run_word(&job.state), look.state(scene, state));
        }
        // What waits for a person waits for no runner.
        let waited =
            span.filter(|span| span.waited() >= WORTH_A_WORD && job.state != RunState::Waiting);
        if let Some(span) = waited {
            let waited = format::duration(span.waited());
            row.put(&format!(", waited {waited}"), theme.dim);
        }
        if critical {
            // By time alone, so with a question mark.
            row.put(&format!(" {} critical?", theme.marks.dot), theme.dim);
        }
    });
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

pub(super) fn took_text(
    scene: &Scene<'_>,
    started: Option<Timestamp>,
    finished: Option<Timestamp>,
) -> String {
    match (started, finished) {
        (Some(started), Some(finished)) => format::duration(finished - started),
        (Some(started), None) => format::duration(scene.now - started),
        _ => scene.theme.marks.none.to_owned(),
    }
}
