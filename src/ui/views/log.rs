//! A log, opened at the first error.

use ratatui::buffer::Buffer;

use super::{
    Placed, Scene,
    parts::{self, Heading},
};
use crate::{
    domain::{Job, LogState, Origin, Text},
    ui::{
        app::{LogPlace, LogView},
        theme::State,
        widgets::{empty::Empty, format, log},
    },
};

/// That the job or one of its failed tests is flaky; none where it is not, or
/// did not fail.
fn flaky_words(scene: &Scene<'_>, run: &Origin, job: &Job) -> Option<String> {
    let model = &scene.app.model;
    let run = &model.run(run).filter(|_| job.state.is_failed())?.value;
    let of_tests = model
        .troubled_tests(&run.id, Some(job))
        .into_iter()
        .find_map(|case| model.flaky_test(run, case, scene.now));
    let found = of_tests.or_else(|| model.flaky_job(run, job, scene.now))?;
    Some(found.sentence(scene.now))
}

pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let theme = scene.theme;
    let Some(view) = &scene.app.log else {
        let heading = Heading::default();
        parts::frame(scene, buffer, placed, &heading);
        let words = "no log is open; press l on a run or a job";
        Empty::Nothing(words).draw(buffer, placed.rows, theme);
        return;
    };
    let (name, state) = match &view.place {
        LogPlace::File(name) => (name.as_str(), None),
        LogPlace::Job(job) => {
            let name = scene.app.model.job(job).map(|(_, job)| job.name.as_str());
            let state = scene.app.model.log(job).map(|log| &log.value.state);
            (name.unwrap_or_default(), Some(state))
        }
    };
    let read = view.state.lines > 0 && view.fault.is_empty();
    let detail = if read {
        place(scene, view, name)
    } else {
        name.to_owned()
    };
    let right = if read {
        result(scene, view)
    } else {
        String::new()
    };
    // What is found by a search alone is no failure.
    let bad = if view.cause.is_some() || view.state.errors > 0 {
        State::Failed
    } else {
        State::Quiet
    };
    let heading = Heading {
        detail: &detail,
        right: (!right.is_empty()).then_some((bad, right.as_str())),
        ..Heading::default()
    };
    parts::frame(scene, buffer, placed, &heading);
    match state {
        _ if !view.fault.is_empty() => {
            Empty::NotAllowed(&view.fault).draw(buffer, placed.rows, theme);
        }
        Some(None) => {
            Empty::Connecting("the log").draw(buffer, placed.rows, theme);
        }
        Some(Some(LogState::NotYet)) => {
            let words = "the job is still at work; its log comes when it ends";
            Empty::Nothing(words).draw(buffer, placed.rows, theme);
        }
        Some(Some(LogState::Gone(why))) => {
            Empty::NotAllowed(why).draw(buffer, placed.rows, theme);
        }
        _ if !view.opened && view.state.lines == 0 => {
            Empty::Connecting("the log").draw(buffer, placed.rows, theme);
        }
        _ if view.state.lines == 0 => {
            let words = "there is nothing in it yet";
            Empty::Nothing(words).draw(buffer, placed.rows, theme);
        }
        _ => {
            let focused = scene.app.is_focused(placed.pane);
            log::log(buffer, placed.rows, theme, view, focused);
        }
    }
}

/// Which log, where in it, and how far it was read.
fn place(scene: &Scene<'_>, view: &LogView, name: &str) -> String {
    let dot = scene.theme.marks.dot;
    let lines = view.state.lines;
    let mut words = format!(
        "{name} {dot} line {} of {}",
        format::count((view.at + 1).min(lines)),
        format::count(lines)
    );
    if view.state.read < view.state.bytes {
        let percent = view.state.read * 100 / view.state.bytes.max(1);
        words.push_str(&format!(" {dot} {percent} % read"));
    }
    if !view.opened {
        words.push_str(&format!(" {dot} looking for the first error"));
    }
    if view.follow {
        words.push_str(&format!(" {dot} following"));
    }
    if let Some(anchor) = view.anchor {
        let count = view.at.abs_diff(anchor) + 1;
        words.push_str(&format!(" {dot} {} marked", format::count(count)));
    }
    words
}

/// What broke, and how much was found.
fn result(scene: &Scene<'_>, view: &LogView) -> String {
    let dot = scene.theme.marks.dot;
    let mut words: Vec<String> = Vec::new();
    if !view.find.is_empty() {
        let find = Text::new(&view.find);
        words.push(match view.state.found {
            None => format!("{find}: searching"),
            Some((count, true, _)) => format!("{find}: {}", found(count)),
            Some((count, false, _)) => format!("{find}: {} so far", found(count)),
        });
    } else if view.seeking.is_some() {
        words.push("searching".to_owned());
    }
    if let Some(cause) = &view.cause {
        words.push(cause.class.word().replace('_', " "));
    }
    let more = if view.state.more_errors { "+" } else { "" };
    match view.state.errors {
        0 => {}
        1 => words.push("1 error".to_owned()),
        count => words.push(format!("{}{more} errors", format::count(count as u64))),
    }
    let job = view.job().and_then(|job| scene.app.model.job(job));
    if let Some(flaky) = job.and_then(|(run, job)| flaky_words(scene, run, job)) {
        words.push(flaky);
    }
    words.join(&format!(" {dot} "))
}

fn found(count: usize) -> String {
    match count {
        1 => "1 line".to_owned(),
        count => format!("{} lines", format::count(count as u64)),
    }
}
