//! The log that is open: which job's, from which line on.

use super::{Effect, settle};
use crate::{
    analysis::{flaky, log::Reading, triage::Class},
    command::{self, Item, Pane, View},
    domain::{LogState, Origin, Text},
    integrations::contract::Query,
    ui::{
        app::{App, LogView},
        chrome, views,
    },
};

/// Lines above the one that the log is opened at.
const BEFORE: usize = 3;

/// Opens the log of the item's job, or of its run's first failed job.
pub(super) fn open(app: &mut App, item: &Item, effects: &mut Vec<Effect>) {
    let job = match item {
        Item::Job(job) | Item::Step(job, _) => Some(job.clone()),
        _ => None,
    };
    if let Some(job) = job {
        open_job(app, &job, effects);
    } else if let Some(run) = command::run(&app.model, item) {
        if let Some(job) = job_to_read(app, &run) {
            open_job(app, &job, effects);
        } else {
            effects.push(Effect::Fetch {
                source: run.source.clone(),
                query: Query::Jobs(run.clone()),
            });
            super::show(
                app,
                View::Pipelines,
                Some((Pane::Runs, Item::Run(run.clone()))),
            );
            super::info(app, "loading the jobs of the run");
            app.awaited_log = Some(run);
        }
    }
}

/// The job whose log says most: the first failed one, else the first live one,
/// else the last.
fn job_to_read(app: &App, run: &Origin) -> Option<Origin> {
    let jobs = &app.model.jobs(run)?.value.items;
    let found = jobs
        .iter()
        .find(|job| job.state.is_failed())
        .or_else(|| jobs.iter().find(|job| job.state.is_live()))
        .or_else(|| jobs.last())?;
    Some(found.id.clone())
}

fn open_job(app: &mut App, job: &Origin, effects: &mut Vec<Effect>) {
    let run = app.model.job(job).map(|(run, _)| run.clone());
    if let Some(run) = run {
        super::show(app, View::Pipelines, Some((Pane::Runs, Item::Run(run))));
    }
    if let Some(list) = settle::list(app, Pane::Jobs) {
        list.selected = Some(Item::Job(job.clone()));
    }
    if let Some(screen) = settle::screen(app) {
        screen.focus = Pane::Log;
    }
    app.log = Some(LogView {
        job: job.clone(),
        top: 0,
        mark: None,
        cause: None,
        errors: Vec::new(),
        find: String::new(),
        read: None,
    });
    app.stale.rows_from = Some(0);
    let usable = matches!(
        app.model.log(job).map(|log| &log.value.state),
        Some(LogState::Lines { .. } | LogState::Gone(_))
    );
    if !usable {
        effects.push(Effect::Fetch {
            source: job.source.clone(),
            query: Query::Log(job.clone()),
        });
    }
    await_lines(app, effects);
}

/// Goes on once the jobs or the lines that were awaited are there.
pub(super) fn await_lines(app: &mut App, effects: &mut Vec<Effect>) {
    if let Some(run) = app.awaited_log.clone()
        && let Some(job) = job_to_read(app, &run)
    {
        app.awaited_log = None;
        open_job(app, &job, effects);
        return;
    }
    let Some(view) = &app.log else { return };
    let Some(log) = app.model.log(&view.job) else {
        return;
    };
    let LogState::Lines { skipped, lines } = &log.value.state else {
        return;
    };
    let now = Some((skipped + lines.len() as u64, lines.len()));
    if view.read == now {
        return;
    }
    effects.push(Effect::ReadLog {
        job: view.job.clone(),
        lines: lines.clone(),
    });
    // Who reads at the end goes on with it.
    let height = height(app);
    let follows = view
        .read
        .is_none_or(|(_, before)| view.top + height >= before);
    let end = lines.len().saturating_sub(height);
    if let Some(view) = &mut app.log {
        view.read = now;
        if follows {
            view.top = end;
        }
    }
}

/// The lines were read: the first time, the view goes to the one that counts.
pub(super) fn read(app: &mut App, job: &Origin, reading: Reading) {
    let end = lines(app).len().saturating_sub(height(app));
    let Some(view) = &mut app.log else { return };
    if &view.job != job {
        return;
    }
    let told = view.cause.is_some();
    view.errors = reading.errors;
    view.cause.clone_from(&reading.cause);
    if !told && (view.mark.is_none() || reading.cause.is_some()) {
        if let Some(mark) = reading.mark {
            view.top = mark.saturating_sub(BEFORE).min(end);
        }
        view.mark = reading.mark.or(Some(end));
    }
    if let Some((class, summary)) = reading.cause.filter(|_| !told) {
        let before = how_often(app, job, class);
        super::info(app, &format!("{class}: {summary}{before}"));
    }
}

/// How many of the last runs of the job failed for a reason of the same class,
/// as far as their logs were read; nothing where it is the first.
fn how_often(app: &App, job: &Origin, class: Class) -> String {
    let found = app.model.job(job).and_then(|(run, job)| {
        let run = &app.model.run(run)?.value;
        let subject = flaky::subject_of_job(run, &job.name);
        Some(app.model.history().failed_so(&subject, class.word()))
    });
    match found {
        Some((runs, so)) if so > 1 => {
            format!(" {so} of the last {runs} runs of this job failed so.")
        }
        _ => String::new(),
    }
}

/// The lines of the open log.
pub(super) fn lines(app: &App) -> &[Text] {
    let log = app.log.as_ref().and_then(|view| app.model.log(&view.job));
    match log.map(|log| &log.value.state) {
        Some(LogState::Lines { lines, .. }) => lines,
        _ => &[],
    }
}

/// How many lines of the log are on the screen.
pub(super) fn height(app: &App) -> usize {
    let area = chrome::places(app, settle::area(app)).view;
    views::layout(app, area)
        .iter()
        .find(|placed| placed.pane == Pane::Log)
        .map_or(1, |placed| usize::from(placed.rows.height).max(1))
}

/// Shows the lines from `top` on, as far as there are lines.
pub(super) fn go(app: &mut App, top: usize) {
    let end = lines(app).len().saturating_sub(height(app));
    if let Some(view) = &mut app.log {
        view.top = top.min(end);
    }
}

/// Goes to the next or the previous match, or error where nothing is searched
/// for; false when there is none.
pub(super) fn seek(app: &mut App, forwards: bool) -> bool {
    let Some(view) = &app.log else { return false };
    let from = view.mark.unwrap_or(view.top);
    let find = view.find.to_lowercase();
    let lines = lines(app);
    let hits = |line: usize| -> bool {
        if find.is_empty() {
            view.errors.binary_search(&line).is_ok()
        } else {
            lines
                .get(line)
                .is_some_and(|text| text.to_lowercase().contains(&find))
        }
    };
    let found = if forwards {
        (from + 1..lines.len())
            .chain(0..=from)
            .find(|line| hits(*line))
    } else {
        (0..from)
            .rev()
            .chain((from..lines.len()).rev())
            .find(|line| hits(*line))
    };
    let Some(line) = found else { return false };
    if let Some(view) = &mut app.log {
        view.mark = Some(line);
    }
    go(app, line.saturating_sub(BEFORE));
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Body, JobLog},
        ui::{
            testing::{Driver, fact, origin},
            update::Event,
        },
    };

    fn told(driver: &mut Driver, lines: &[String]) {
        let at = driver.now;
        let state = LogState::Lines {
            skipped: 0,
            lines: lines.iter().map(|line| Text::new(line)).collect(),
        };
        let body = Body::Log(JobLog {
            job: origin("j1"),
            state,
        });
        let facts = vec![fact(body, at)];
        let _ = driver.send(Event::Facts { facts, at });
        driver.later(1_000);
    }

    fn opened() -> Driver {
        let mut driver = Driver::new(120, 40);
        let _ = driver.keys(&["3"]);
        open_job(&mut driver.app, &origin("j1"), &mut Vec::new());
        driver
    }

    fn lines_of(count: usize) -> Vec<String> {
        (0..count).map(|line| format!("line {line}")).collect()
    }

    #[test]
    fn a_log_that_grows_is_followed_until_it_says_what_broke() {
        let mut driver = opened();
        let mut lines = lines_of(200);
        told(&mut driver, &lines);
        let end = |driver: &Driver| 200 - height(&driver.app);
        assert_eq!(driver.app.log.as_ref().unwrap().top, end(&driver));
        lines.extend(lines_of(100));
        told(&mut driver, &lines);
        assert_eq!(driver.app.log.as_ref().unwrap().top, end(&driver) + 100);
        lines.push("src/main.c:7:2: error: unknown type name 'sizet'".to_owned());
        lines.extend(lines_of(60));
        told(&mut driver, &lines);
        let view = driver.app.log.as_ref().unwrap();
        assert_eq!(view.mark, Some(300));
        assert_eq!(view.top, 300 - BEFORE);
        assert_eq!(
            view.cause.as_ref().map(|(class, _)| *class),
            Some(Class::Code)
        );
        // What grows below does not take the person away from it.
        lines.extend(lines_of(60));
        told(&mut driver, &lines);
        assert_eq!(driver.app.log.as_ref().unwrap().top, 300 - BEFORE);
    }

    #[test]
    fn who_reads_further_up_is_left_there() {
        let mut driver = opened();
        told(&mut driver, &lines_of(200));
        go(&mut driver.app, 20);
        told(&mut driver, &lines_of(300));
        assert_eq!(driver.app.log.as_ref().unwrap().top, 20);
    }

    #[test]
    fn the_answer_about_another_log_changes_nothing() {
        let mut driver = opened();
        told(&mut driver, &lines_of(200));
        let before = driver.app.log.clone();
        let reading = Reading {
            mark: Some(3),
            ..Reading::default()
        };
        read(&mut driver.app, &origin("j2"), reading);
        assert_eq!(driver.app.log, before);
    }
}
