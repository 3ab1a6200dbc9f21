//! The log of a job, opened at the first error.

use ratatui::buffer::Buffer;

use super::{
    Placed, Scene,
    parts::{self, Heading},
};
use crate::{
    analysis,
    domain::{Job, LogState, Origin},
    ui::{
        app::App,
        theme::State,
        widgets::{empty::Empty, format, log, log::LogView},
    },
};

/// How many lines the open log has.
pub(super) fn line_count(app: &App) -> usize {
    let Some(view) = &app.log else { return 0 };
    match app.model.log(&view.job).map(|log| &log.value.state) {
        Some(LogState::Lines { lines, .. }) => lines.len(),
        _ => 0,
    }
}

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
        let heading = Heading {
            detail: "none is open",
            ..Heading::default()
        };
        parts::frame(scene, buffer, placed, &heading);
        return;
    };
    let job = scene.app.model.job(&view.job).map(|(_, job)| job);
    let name = job.map_or("", |job| job.name.as_str());
    let state = scene.app.model.log(&view.job).map(|log| &log.value.state);
    let (detail, right) = match state {
        Some(LogState::Lines { skipped, lines }) => {
            let dot = theme.marks.dot;
            let first = skipped + view.top as u64 + 1;
            let all = skipped + lines.len() as u64;
            let detail = format!(
                "{name} {dot} line {} of {}",
                format::count(first.min(all)),
                format::count(all)
            );
            let count = view.errors.len();
            let mut right = match count {
                0 => String::new(),
                count => format::counted(count, "error", "errors"),
            };
            if let Some((class, _)) = &view.cause {
                let class = class.word().replace('_', " ");
                right = match right.as_str() {
                    "" => class,
                    count => format!("{class} {dot} {count}"),
                };
            }
            let job = scene.app.model.job(&view.job);
            if let Some(words) = job.and_then(|(run, job)| flaky_words(scene, run, job)) {
                right = format!("{right} {dot} {words}");
            }
            (detail, right)
        }
        _ => (name.to_owned(), String::new()),
    };
    let heading = Heading {
        detail: &detail,
        right: (!right.is_empty()).then_some((State::Failed, right.as_str())),
        ..Heading::default()
    };
    parts::frame(scene, buffer, placed, &heading);
    match state {
        None => Empty::Connecting("the log").draw(buffer, placed.rows, theme),
        Some(LogState::NotYet) => {
            let words = "the job is still at work; its log comes when it ends";
            Empty::Nothing(words).draw(buffer, placed.rows, theme);
        }
        Some(LogState::Gone(why)) => {
            Empty::NotAllowed(why).draw(buffer, placed.rows, theme);
        }
        Some(LogState::Lines { skipped, lines }) => {
            // Those that reach into what is shown.
            let from = view.top.saturating_sub(analysis::log::LONGEST_REPORT);
            let until = view.top + usize::from(placed.rows.height);
            let marked: Vec<_> = view
                .errors
                .iter()
                .skip(view.errors.partition_point(|error| *error < from))
                .take_while(|error| **error < until)
                .map(|error| analysis::log::report(lines, *error))
                .collect();
            let shown = LogView {
                top: view.top,
                left: 0,
                first_number: skipped + 1,
                marked: &marked,
                found: Some(view.find.as_str()).filter(|words| !words.is_empty()),
            };
            log::log(buffer, placed.rows, theme, &shown, lines.len(), |at| {
                lines.get(at).map(|line| analysis::log::without_marks(line))
            });
        }
    }
}
