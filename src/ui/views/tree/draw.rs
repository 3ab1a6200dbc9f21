//! Draws the tree of runs.

use std::collections::BTreeMap;

use ratatui::buffer::Buffer;

use super::rows::{depth, homes};
use crate::{
    command::Item,
    domain::{Job, Run, RunState, ServiceName, Step, Text},
    ui::{
        theme::{State, run_word},
        views::{
            Placed, Scene,
            freshness::Feed,
            jobs,
            parts::{self, Heading, Look},
            runs,
        },
        widgets::{
            format,
            row::{Align, Row},
            table::{self, Column},
        },
    },
};

const COLUMNS: [Column; 6] = [
    Column::words("RELEASE, SERVICE, RUN", 34, 44, 0),
    Column::words("STATE", 22, 60, 1),
    Column::words("TITLE", 20, 70, 5),
    Column::number("AGE", 5, 2),
    Column::number("TIME", 6, 3),
    Column::number("USUAL", 11, 4),
];

/// How many runs of a service failed, wait and are at work.
#[derive(Clone, Copy, Default)]
struct Counts {
    failed: usize,
    waiting: usize,
    working: usize,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.failed += other.failed;
        self.waiting += other.waiting;
        self.working += other.working;
    }

    /// The worst of it; none when all is quiet.
    fn state(self) -> Option<State> {
        if self.failed > 0 {
            Some(State::Failed)
        } else if self.waiting > 0 {
            Some(State::Waiting)
        } else if self.working > 0 {
            Some(State::Running)
        } else {
            None
        }
    }

    fn words(self) -> String {
        let parts = [
            (self.failed, "failed"),
            (self.waiting, "waiting"),
            (self.working, "at work"),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        parts.join(", ")
    }
}

/// What there is to say of branches, counted once for all rows.
struct Counted<'a> {
    services: BTreeMap<&'a ServiceName, Counts>,
    homes: BTreeMap<&'a ServiceName, &'a Text>,
}

impl Counted<'_> {
    fn of_release(&self, id: &Text) -> Counts {
        let mut whole = Counts::default();
        for (service, counts) in &self.services {
            if self.homes.get(service).map_or("", |home| home.as_str()) == id.as_str() {
                whole.add(*counts);
            }
        }
        whole
    }
}

/// What failed and what moves, by service: few of many.
fn counted<'a>(scene: &Scene<'a>) -> BTreeMap<&'a ServiceName, Counts> {
    let model = &scene.app.model;
    let mut all: BTreeMap<&ServiceName, Counts> = BTreeMap::new();
    let speaking = model.failing_runs().into_iter().chain(model.live_runs());
    for run in speaking {
        let counts = all.entry(&run.value.service).or_default();
        match run.value.state {
            RunState::Done(_) => counts.failed += 1,
            RunState::Waiting => counts.waiting += 1,
            _ => counts.working += 1,
        }
    }
    all
}

/// Draws the pane.
pub(in crate::ui::views) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let model = &scene.app.model;
    let counts = Counted {
        services: counted(scene),
        homes: homes(model, scene.now),
    };
    let mut whole = Counts::default();
    for counts in counts.services.values() {
        whole.add(*counts);
    }
    let dot = scene.theme.marks.dot;
    let all = format::count(model.run_count() as u64);
    let words = whole.words();
    let detail = if words.is_empty() {
        format!("{all} runs")
    } else {
        format!("{words} {dot} {all} runs")
    };
    let heading = Heading {
        name: Some("Pipelines by release"),
        detail: &detail,
        feed: Some(Feed::Pipelines),
        ..Heading::default()
    };
    parts::frame(scene, buffer, placed, &heading);
    let widths = table::widths(&COLUMNS, placed.rows.width.saturating_sub(2));
    parts::heads(scene, buffer, placed, 1, &COLUMNS, &widths);
    let list = scene.app.list(placed.pane);
    let mut place = list.offset;
    parts::list(
        scene,
        buffer,
        placed,
        Feed::Pipelines,
        "no runs yet",
        |row, look, item| {
            let open = list
                .rows
                .get(place + 1)
                .is_some_and(|next| depth(next) > depth(item));
            place += 1;
            draw_row(scene, row, look, item, open, &counts, widths);
        },
    );
}

fn draw_row(
    scene: &Scene<'_>,
    row: &mut Row<'_>,
    look: Look,
    item: &Item,
    open: bool,
    counts: &Counted<'_>,
    widths: [u16; 6],
) {
    let model = &scene.app.model;
    let begin = |row: &mut Row<'_>, state: State, leaf: bool, look: Look| {
        row.gap(depth(item) * 2);
        let [closed, opened] = scene.theme.marks.fold;
        let fold = match (leaf, open) {
            (true, _) => " ",
            (false, true) => opened,
            (false, false) => closed,
        };
        row.put(fold, scene.theme.dim).gap(1);
        parts::row_glyph(scene, row, look, state);
    };
    match item {
        Item::Release(id) => {
            let counts = counts.of_release(id);
            let state = counts.state().unwrap_or(State::Quiet);
            let name = if id.is_empty() { "no release" } else { id };
            let words = counts.words();
            row.within(widths[0], |row| {
                begin(row, state, false, look);
                row.put(name, look.text);
            })
            .gap(table::GAP);
            row.put(&words, look.state(scene, state));
        }
        Item::Service(name) => {
            let own = counts.services.get(name).copied().unwrap_or_default();
            let newest = model.runs_of(name).next().map(|run| &run.value);
            let state = own
                .state()
                .or_else(|| newest.map(|run| State::from(&run.state)))
                .unwrap_or(State::Quiet);
            let look = newest.map_or(look, |run| look.of_source(scene, &run.id.source));
            row.within(widths[0], |row| {
                begin(row, state, newest.is_none(), look);
                row.put(name.as_str(), look.text);
            })
            .gap(table::GAP);
            let words = match (own.state(), newest) {
                (Some(_), _) => own.words(),
                (None, Some(run)) => run_word(&run.state).to_owned(),
                (None, None) => "no runs".to_owned(),
            };
            let style = if own.state().is_some() {
                look.state(scene, state)
            } else {
                scene.theme.dim
            };
            row.within(widths[1], |row| {
                row.put(&words, style);
            })
            .gap(table::GAP);
            if widths[2] > 0 {
                row.within(widths[2], |_| {}).gap(table::GAP);
            }
            if let Some(run) = newest {
                let past = format::age(scene.now - run.created);
                parts::cell(row, widths[3], Align::Right, &past, scene.theme.faint);
            }
        }
        Item::Run(id) => {
            let Some(run) = model.run(id) else { return };
            let look = look.of_source(scene, &id.source);
            row.within(widths[0], |row| {
                begin(row, State::from(&run.value.state), false, look);
                row.put(&format!("#{} ", run.value.number), scene.theme.dim)
                    .put(&run.value.workflow, look.text)
                    .put(&format!(" {}", run.value.branch), scene.theme.dim);
            })
            .gap(table::GAP);
            draw_run(scene, row, look, &run.value, widths);
        }
        Item::Job(id) => {
            let Some((_, job)) = model.job(id) else {
                return;
            };
            let look = look.of_source(scene, &id.source);
            row.within(widths[0], |row| {
                begin(row, State::from(&job.state), job.steps.is_empty(), look);
                row.put(&job.name, look.text);
            })
            .gap(table::GAP);
            draw_job(scene, row, look, job, widths);
        }
        Item::Step(id, number) => {
            let found = model.job(id).and_then(|(_, job)| {
                let mut steps = job.steps.iter();
                steps.find(|step| step.number == *number)
            });
            let Some(step) = found else { return };
            let look = look.of_source(scene, &id.source);
            row.within(widths[0], |row| {
                begin(row, State::from(&step.state), true, look);
                row.put(&step.name, look.text);
            })
            .gap(table::GAP);
            draw_step(scene, row, look, step, widths);
        }
        _ => {}
    }
}

fn draw_run(scene: &Scene<'_>, row: &mut Row<'_>, look: Look, run: &Run, widths: [u16; 6]) {
    let theme = scene.theme;
    let [_, state, title, age, took, usual] = widths;
    if state > 0 {
        row.within(state, |row| runs::write_state(scene, row, look, run))
            .gap(table::GAP);
    }
    parts::cell(row, title, Align::Left, &run.title, theme.dim);
    let past = format::age(scene.now - run.created);
    parts::cell(row, age, Align::Right, &past, theme.dim);
    runs::write_took(scene, row, look, run, took);
    if usual > 0 {
        let words = runs::usual_words(scene, run);
        row.cell(&words, usual, Align::Right, theme.faint);
    }
}

fn draw_job(scene: &Scene<'_>, row: &mut Row<'_>, look: Look, job: &Job, widths: [u16; 6]) {
    let started = job.started.filter(|_| job.state != RunState::Queued);
    let took = jobs::took_text(scene, started, job.finished);
    draw_part(scene, row, look, (&job.state, &took), widths);
}

fn draw_step(scene: &Scene<'_>, row: &mut Row<'_>, look: Look, step: &Step, widths: [u16; 6]) {
    let took = jobs::took_text(scene, step.started, step.finished);
    draw_part(scene, row, look, (&step.state, &took), widths);
}

/// What a job and a step have in common: a state and how long it took.
fn draw_part(
    scene: &Scene<'_>,
    row: &mut Row<'_>,
    look: Look,
    (state, took): (&RunState, &str),
    widths: [u16; 6],
) {
    let style = look.state(scene, State::from(state));
    row.within(widths[1], |row| {
        row.put(run_word(state), style);
    })
    .gap(table::GAP);
    for width in [widths[2], widths[3]] {
        if width > 0 {
            row.within(width, |_| {}).gap(table::GAP);
        }
    }
    parts::cell(row, widths[4], Align::Right, took, scene.theme.dim);
}
