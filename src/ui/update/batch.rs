//! Several marked runs by one yes: opened as one dialog, followed, stopped.

use super::{Effect, dialog, info, input::After, intent, refuse, toast};
use crate::{
    command::{self, Command, Key, KeyCode},
    domain::{Intent, OperationId, Run, StepState, Text},
    model::Model,
    operation::batch::BatchProgress,
    ui::{
        app::{App, Batch, BatchLine, BatchView, Overlay, ToastKind},
        overlays,
        widgets::format,
    },
};

/// The marked runs of the focused pane, in their order, each once.
pub(super) fn marked(app: &App) -> Vec<command::Item> {
    let Some(pane) = app.focus().filter(|_| app.marks.len() > 1) else {
        return Vec::new();
    };
    let mut runs = Vec::new();
    for item in &app.list(pane).rows {
        if app.marks.contains(item)
            && let Some(run) = command::run(&app.model, item)
        {
            let run = command::Item::Run(run);
            if !runs.contains(&run) {
                runs.push(run);
            }
        }
    }
    runs
}

/// What is wanted of one run, or why it cannot be.
fn wish(model: &Model, command: Command, item: &command::Item) -> Result<Intent, String> {
    match command {
        Command::Abort => intent::cancel(model, item),
        _ => intent::rerun(model, item),
    }
}

/// Why none of the marked runs can be; none when one of them can.
pub(super) fn why_not(app: &App, command: Command, marked: &[command::Item]) -> Option<String> {
    let mut why = None;
    for item in marked {
        match wish(&app.model, command, item) {
            Ok(_) => return None,
            Err(fault) => why = why.or(Some(fault)),
        }
    }
    why
}

/// Opens the one dialog for the marked runs.
pub(super) fn open(
    app: &mut App,
    command: Command,
    marked: &[command::Item],
    effects: &mut Vec<Effect>,
) {
    let lines: Vec<BatchLine> = marked
        .iter()
        .filter_map(|item| line(&app.model, command, item))
        .collect();
    let count = lines.iter().filter(|line| line.intent.is_some()).count();
    let runs = format::counted(count, "run", "runs");
    let summary = match command {
        Command::Abort => format!("cancel {runs}"),
        _ => format!("run the failed jobs of {runs} again"),
    };
    let batch = Batch {
        summary,
        lines,
        progress: None,
    };
    match batch.intents().first().cloned() {
        Some(first) => dialog::open_batch(app, batch, first, effects),
        None => refuse(app, "none of the marked runs can be"),
    }
}

fn line(model: &Model, command: Command, item: &command::Item) -> Option<BatchLine> {
    let command::Item::Run(id) = item else {
        return None;
    };
    let run = &model.run(id)?.value;
    let wish = wish(model, command, item);
    let what = match (&wish, command) {
        (Ok(_), Command::Abort) => String::new(),
        (Ok(_), _) => failed_jobs(model, run),
        (Err(_), _) => String::new(),
    };
    Some(BatchLine {
        run: id.clone(),
        label: format!(
            "{} #{} {} on {}",
            run.service, run.number, run.workflow, run.branch
        ),
        what,
        why_not: wish
            .as_ref()
            .err()
            .map_or_else(Text::default, |why| Text::new(why)),
        intent: wish.ok(),
    })
}

/// The jobs that a re-run takes up, as far as they are known.
fn failed_jobs(model: &Model, run: &Run) -> String {
    let jobs = model.jobs(&run.id).map(|jobs| &jobs.value.items[..]);
    let names: Vec<&str> = jobs
        .unwrap_or_default()
        .iter()
        .filter(|job| job.state.is_failed())
        .map(|job| job.name.as_str())
        .collect();
    if names.is_empty() {
        "its failed jobs".to_owned()
    } else {
        names.join(", ")
    }
}

/// The operation room began, or not.
pub(super) fn answered(app: &mut App, ticket: u64, result: &Result<OperationId, Text>) {
    if !app.batches.contains_key(&ticket) {
        return;
    }
    app.awaited.remove(&ticket);
    if result.is_err() {
        app.batches.remove(&ticket);
        return;
    }
    app.marks.clear();
    let asks = app
        .overlays
        .iter()
        .any(|overlay| matches!(overlay, Overlay::Dialog(dialog) if dialog.ticket == ticket));
    if asks {
        app.overlays
            .push(Overlay::Batch(BatchView { ticket, scroll: 0 }));
    }
}

/// One of several operations got further.
pub(super) fn progressed(app: &mut App, ticket: u64, progress: BatchProgress) {
    let followed = app
        .overlays
        .iter()
        .any(|overlay| matches!(overlay, Overlay::Batch(view) if view.ticket == ticket));
    let Some(batch) = app.batches.get_mut(&ticket) else {
        return;
    };
    batch.progress = Some(progress);
    if batch.is_over() && !followed {
        let unknown = batch
            .steps()
            .any(|(_, step)| step.is_some_and(|step| step.state == StepState::Unknown));
        let kind = if unknown {
            ToastKind::Fault
        } else {
            ToastKind::Info
        };
        let outcome = batch.outcome();
        app.batches.remove(&ticket);
        toast(app, &outcome, kind);
    }
}

/// One key while one is followed.
pub(super) fn key(
    app: &mut App,
    mut view: BatchView,
    key: Key,
    burst: bool,
    effects: &mut Vec<Effect>,
) -> After {
    let stops_by = app
        .batches
        .get(&view.ticket)
        .and_then(|batch| batch.stops_by().cloned());
    match (key.code, stops_by) {
        (KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q'), _) => {
            if app.batches.get(&view.ticket).is_some_and(Batch::is_over) {
                app.batches.remove(&view.ticket);
            }
            return After::Close;
        }
        (KeyCode::Down | KeyCode::Char('j'), _) => {
            view.scroll = (view.scroll + 1).min(overlays::batch::scroll_end(app, &view));
        }
        (KeyCode::Up | KeyCode::Char('k'), _) => view.scroll = view.scroll.saturating_sub(1),
        _ if burst => refuse(app, "ignored a burst of input"),
        (KeyCode::Char('s'), Some(id)) => {
            effects.push(Effect::StopPlan(id));
            info(
                app,
                "no further run is touched; what is under way still ends",
            );
        }
        (KeyCode::Char('s'), None) => refuse(app, "there is nothing to stop"),
        _ => refuse(app, &format!("{key} does nothing here")),
    }
    After::Stay(Overlay::Batch(view))
}
