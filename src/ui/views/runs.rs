//! Pipeline runs of all services in one order of time.

use chrono::TimeDelta;
use ratatui::buffer::Buffer;

use super::{
    Placed, Scene,
    freshness::Feed,
    parts::{self, Heading, Look},
};
use crate::{
    command::{Item, View},
    domain::{Conclusion, Run, RunState},
    model::NeedKind,
    ui::{
        theme::{State, run_word},
        widgets::{
            format,
            row::{Align, Row, columns},
            table::{self, Column},
        },
    },
};

/// On the deck: what matters in a narrow pane.
const SHORT: [Column; 4] = [
    Column::words("", 10, 18, 0),
    Column::words("", 13, 20, 3),
    Column::words("", 16, 80, 1),
    Column::number("", 6, 2),
];

const FULL: [Column; 10] = [
    Column::words("SERVICE", 15, 20, 0),
    Column::words("RUN", 6, 7, 2),
    Column::words("WORKFLOW", 9, 12, 3),
    Column::words("BRANCH", 9, 14, 6),
    Column::words("BY", 7, 12, 7),
    Column::words("STATE", 20, 60, 1),
    Column::words("TITLE", 24, 70, 9),
    Column::number("AGE", 5, 4),
    Column::number("TIME", 6, 5),
    Column::number("USUAL", 11, 8),
];

pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let model = &scene.app.model;
    let deck = scene.app.view == View::Deck;
    let live = model.live_runs().len();
    // Counting all of them anew would cost more than drawing the pane.
    let failing = scene
        .app
        .needs
        .iter()
        .filter(|need| matches!(need.kind, NeedKind::FailedRun(_)))
        .count();
    let dot = scene.theme.marks.dot;
    let mut detail = format!("{live} live");
    if failing > 0 {
        detail.push_str(&format!(" {dot} {failing} failed"));
    }
    if !deck {
        let all = format::count(model.run_count() as u64);
        detail.push_str(&format!(" {dot} {all} runs"));
    }
    let heading = Heading {
        detail: &detail,
        feed: Some(Feed::Pipelines),
        ..Heading::default()
    };
    parts::frame(scene, buffer, placed, &heading);
    let room = placed.rows.width.saturating_sub(4);
    let short = table::widths(&SHORT, room);
    let full = table::widths(&FULL, room);
    if !deck {
        parts::heads(scene, buffer, placed, 3, &FULL, &full);
    }
    parts::list(
        scene,
        buffer,
        placed,
        Feed::Pipelines,
        "no runs yet",
        |row, look, item| {
            let Item::Run(id) = item else { return };
            let Some(run) = model.run(id) else { return };
            let run = &run.value;
            let look = look.of_source(scene, &id.source);
            parts::row_glyph(scene, row, look, State::from(&run.state));
            if deck {
                draw_short(scene, row, look, run, short);
            } else {
                draw_full(scene, row, look, run, full);
            }
        },
    );
}

fn draw_short(scene: &Scene<'_>, row: &mut Row<'_>, look: Look, run: &Run, widths: [u16; 4]) {
    let theme = scene.theme;
    let [service, what, state, took] = widths;
    parts::cell(row, service, Align::Left, run.service.as_str(), look.text);
    if what > 0 {
        row.within(what, |row| {
            row.put(&format!("#{}", run.number), theme.dim)
                .gap(1)
                .put(&run.workflow, look.text);
        })
        .gap(table::GAP);
    }
    if state > 0 {
        row.within(state, |row| write_state(scene, row, look, run))
            .gap(table::GAP);
    }
    row.cell(&took_text(scene, run), took, Align::Right, theme.dim);
}

fn draw_full(scene: &Scene<'_>, row: &mut Row<'_>, look: Look, run: &Run, widths: [u16; 10]) {
    let theme = scene.theme;
    let [
        service,
        number,
        workflow,
        branch,
        by,
        state,
        title,
        age,
        took,
        usual,
    ] = widths;
    parts::cell(row, service, Align::Left, run.service.as_str(), look.text);
    parts::cell(
        row,
        number,
        Align::Left,
        &format!("#{}", run.number),
        theme.dim,
    );
    parts::cell(row, workflow, Align::Left, &run.workflow, look.text);
    parts::cell(row, branch, Align::Left, &run.branch, theme.dim);
    parts::cell(row, by, Align::Left, &run.actor, theme.dim);
    if state > 0 {
        row.within(state, |row| write_state(scene, row, look, run))
            .gap(table::GAP);
    }
    parts::cell(row, title, Align::Left, &run.title, theme.dim);
    let past = format::age(scene.now - run.created);
    parts::cell(row, age, Align::Right, &past, theme.dim);
    write_took(scene, row, look, run, took);
    if usual > 0 {
        let words = usual_words(scene, run);
        row.cell(&words, usual, Align::Right, theme.faint);
    }
}

/// How long it took or takes, in the colour of a warning where that is over
/// its usual.
pub(super) fn write_took(scene: &Scene<'_>, row: &mut Row<'_>, look: Look, run: &Run, width: u16) {
    let over = scene.app.model.over_usual(run, scene.now).is_some();
    let style = if over && !look.stale {
        scene.theme.emphasise(scene.theme.warning, look.selected)
    } else {
        look.text
    };
    parts::cell(row, width, Align::Right, &took_text(scene, run), style);
}

/// The median and the 90th percentile of the last successful runs of the same
/// workflow, `4m50s–6m10s`.
pub(super) fn usual_words(scene: &Scene<'_>, run: &Run) -> String {
    let marks = &scene.theme.marks;
    let Some(usual) = scene.app.model.usual(run) else {
        return marks.none.to_owned();
    };
    let median = format::duration(round(usual.median));
    match usual.p90 {
        Some(p90) => format!("{median}{}{}", marks.none, format::duration(round(p90))),
        None => median,
    }
}

/// Writes the state's word and, where one can be named, its place.
pub(super) fn write_state(scene: &Scene<'_>, row: &mut Row<'_>, look: Look, run: &Run) {
    let theme = scene.theme;
    let state = State::from(&run.state);
    let style = match &run.state {
        RunState::Done(Conclusion::Success) => theme.dim,
        _ => look.state(scene, state),
    };
    let place = place(scene, run);
    let word = match &run.state {
        RunState::Waiting if row.room() < columns(&place) + 8 => "waits",
        other => run_word(other),
    };
    row.put(word, style);
    if run.attempt > 1 {
        row.put(&format!(" (attempt {})", run.attempt), theme.dim);
    }
    if scene.app.model.over_usual(run, scene.now).is_some() && !look.stale {
        let warning = scene.theme.emphasise(theme.warning, look.selected);
        row.put(", over its usual", warning);
    }
    if !place.is_empty() {
        row.gap(1);
        if run.state == RunState::Waiting {
            if row.room() > columns(&place) + 3 {
                row.put("for ", theme.dim);
            }
            let approvals = scene.app.model.approvals();
            let environment = approvals
                .iter()
                .find(|approval| approval.value.run == run.id)
                .map(|approval| &approval.value.environment);
            let style = environment.map_or(theme.text, |environment| {
                parts::environment(scene, environment, look)
            });
            row.put(&place, style);
        } else {
            row.put(&place, look.text);
        }
    }
}

/// The state in words, with its place: `failed e2e · Run tests`; the place
/// alone where the word is said already.
pub(super) fn doing(scene: &Scene<'_>, run: &Run, said: bool) -> String {
    let place = place(scene, run);
    let word = run_word(&run.state);
    if place.is_empty() {
        word.to_owned()
    } else if said {
        place
    } else {
        format!("{word} {place}")
    }
}

/// The job and step that fail or are at work, or what a run waits for.
fn place(scene: &Scene<'_>, run: &Run) -> String {
    let model = &scene.app.model;
    if run.state == RunState::Waiting {
        return model
            .approvals()
            .iter()
            .find(|approval| approval.value.run == run.id)
            .map(|approval| approval.value.environment.to_string())
            .unwrap_or_default();
    }
    let wanted = |state: &RunState| {
        if run.state.is_failed() {
            state.is_failed()
        } else {
            *state == RunState::Running && run.state == RunState::Running
        }
    };
    let jobs = model.jobs(&run.id).map(|jobs| &jobs.value.items[..]);
    let Some(job) = jobs
        .unwrap_or_default()
        .iter()
        .find(|job| wanted(&job.state))
    else {
        return String::new();
    };
    match job.steps.iter().find(|step| wanted(&step.state)) {
        Some(step) => format!("{} {} {}", job.name, scene.theme.marks.dot, step.name),
        None => job.name.to_string(),
    }
}

/// How long a run took, to the second, or takes, as coarse as an age: a list
/// of running runs rests for a minute. From its creation where its start is
/// not told; a dash for one that is not at work yet.
fn took_text(scene: &Scene<'_>, run: &Run) -> String {
    let started = run.started.unwrap_or(run.created);
    match run.state {
        RunState::Done(_) => format::duration(run.updated - started),
        RunState::Running | RunState::Waiting => format::age(scene.now - started),
        _ => scene.theme.marks.none.to_owned(),
    }
}

/// In steps of ten seconds: what is usual is no measurement.
fn round(took: TimeDelta) -> TimeDelta {
    TimeDelta::seconds(took.num_seconds() / 10 * 10)
}
