//! The log that is open: which one, from which line on, and what the person
//! looks for in it. What is read arrives as events of its reader.

mod place;

pub(super) use self::place::{by_rows, look};
use self::place::{go_to, keep_in_sight, room, settle_view};
use super::{Effect, settle};
use crate::{
    analysis::{
        flaky,
        log::{Ask, Cause, Needle, Seek, State, Told},
        triage::Class,
    },
    command::{self, Command, Item, Pane, View},
    domain::{LogState, Origin, Text},
    integrations::contract::Query,
    ui::app::{App, LogPlace, LogView, Times},
};

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
    show_place(app, LogPlace::Job(job.clone()));
    let usable = matches!(
        app.model.log(job).map(|log| &log.value.state),
        Some(LogState::Stored { complete: true, .. } | LogState::Gone(_))
    );
    if !usable {
        effects.push(Effect::Fetch {
            source: job.source.clone(),
            query: Query::Log(job.clone()),
        });
    }
    await_log(app, effects);
}

/// Opens a file that a person named, and nothing else.
pub(super) fn open_file(app: &mut App, name: Text, effects: &mut Vec<Effect>) {
    super::show(app, View::Pipelines, None);
    if let Some(screen) = settle::screen(app) {
        screen.focus = Pane::Log;
        screen.zoomed = true;
    }
    let place = LogPlace::File(name);
    show_place(app, place.clone());
    let ticket = app.tickets;
    effects.push(Effect::OpenLog {
        ticket,
        place,
        complete: false,
    });
}

fn show_place(app: &mut App, place: LogPlace) {
    app.tickets += 1;
    let look = app.log.as_ref().map_or(app.log_look, |view| view.look);
    app.log_look = look;
    app.log = Some(LogView::new(place, app.tickets, look));
    app.stale.rows_from = Some(0);
}

/// Closes the log.
pub(super) fn close(app: &mut App, effects: &mut Vec<Effect>) {
    if let Some(view) = app.log.take() {
        app.log_look = view.look;
        effects.push(Effect::CloseLog);
    }
}

/// Goes on once the jobs or the log that was awaited are there.
pub(super) fn await_log(app: &mut App, effects: &mut Vec<Effect>) {
    if let Some(run) = app.awaited_log.clone()
        && let Some(job) = job_to_read(app, &run)
    {
        app.awaited_log = None;
        open_job(app, &job, effects);
        return;
    }
    let Some(job) = app.log.as_ref().and_then(LogView::job) else {
        return;
    };
    let Some(LogState::Stored {
        edition,
        bytes,
        complete,
    }) = app.model.log(job).map(|log| log.value.state.clone())
    else {
        return;
    };
    let now = (edition, bytes, complete);
    let Some(view) = &mut app.log else { return };
    match view.told {
        Some(told) if told == now => return,
        Some((before, ..)) if before == edition => {
            effects.push(ask(view, Ask::Grown { complete }));
        }
        _ => {
            // Another edition is another log at the same place.
            app.tickets += 1;
            *view = LogView::new(view.place.clone(), app.tickets, view.look);
            effects.push(Effect::OpenLog {
                ticket: view.ticket,
                place: view.place.clone(),
                complete,
            });
        }
    }
    view.told = Some(now);
}

fn ask(view: &LogView, ask: Ask) -> Effect {
    Effect::AskLog {
        ticket: view.ticket,
        ask,
    }
}

/// The reader answered, or cannot read.
pub(super) fn answered(
    app: &mut App,
    ticket: u64,
    told_by: Result<Vec<Told>, Text>,
    effects: &mut Vec<Effect>,
) {
    match told_by {
        Ok(told_by) => told(app, ticket, told_by, effects),
        Err(why) => {
            if let Some(view) = app.log.as_mut().filter(|view| view.ticket == ticket) {
                view.fault = why;
            }
        }
    }
}

/// One level back inside the log: the marked lines, then the search; false when
/// there was none.
pub(super) fn back(app: &mut App, effects: &mut Vec<Effect>) -> bool {
    let Some(view) = &mut app.log else {
        return false;
    };
    if view.anchor.take().is_some() {
        return true;
    }
    let searching = !view.find.is_empty();
    if searching {
        find(app, "", effects);
    }
    searching
}

/// What the reader tells.
fn told(app: &mut App, ticket: u64, told: Vec<Told>, effects: &mut Vec<Effect>) {
    for told in told {
        let Some(view) = app.log.as_mut().filter(|view| view.ticket == ticket) else {
            return;
        };
        match told {
            Told::State(state) => take_state(view, state),
            Told::Opened(line) => {
                view.opened = true;
                let live = !view.state.complete;
                match line {
                    _ if view.moved => {}
                    Some(line) => go_to(app, line),
                    None => {
                        view.follow = live;
                        view.at = view.last();
                        view.top = view.at;
                        settle_view(app);
                    }
                }
            }
            Told::Judged(cause) => judged(app, cause, effects),
            Told::Lines(lines) => view.window = lines,
            Told::Hit(sought, line, round) => {
                view.seeking = None;
                go_to(app, line);
                if round {
                    let what = match sought {
                        Seek::Error => "errors",
                        Seek::Match => "matches",
                    };
                    super::info(
                        app,
                        &format!("there are no more {what}: once round the log"),
                    );
                }
            }
            Told::NoHit(sought) => {
                view.seeking = None;
                let words = match sought {
                    Seek::Error => "no line of this log reports an error".to_owned(),
                    Seek::Match => format!("'{}' does not occur in this log", view.find),
                };
                super::refuse(app, &words);
            }
            Told::Seeking(sought) => view.seeking = Some(sought),
            Told::Text(text, lines) => {
                let shown = if lines == 1 {
                    text.clone()
                } else {
                    format!("{lines} lines")
                };
                view.anchor = None;
                // Some multiplexers swallow it, so what was sent is said.
                super::info(app, &format!("sent to the terminal's clipboard: {shown}"));
                effects.push(Effect::Copy(text));
            }
            Told::Again => {
                let (place, look) = (view.place.clone(), view.look);
                let told = view.told;
                *view = LogView::new(place, ticket, look);
                view.told = told;
                super::info(app, "the log was written anew: it is read from its start");
            }
        }
    }
}

fn take_state(view: &mut LogView, state: State) {
    let grew = state.lines > view.state.lines || state.bytes != view.state.bytes;
    let open_line = view.state.lines.saturating_sub(1);
    let groups = state.groups.len() != view.state.groups.len();
    if grew && view.line(open_line).is_some() {
        // The last line may have become longer.
        view.asked.clear();
    }
    view.state = state;
    if groups {
        view.refold();
    }
}

fn judged(app: &mut App, cause: Option<Cause>, effects: &mut Vec<Effect>) {
    let Some(view) = &mut app.log else { return };
    let known = view.cause.is_some();
    view.cause.clone_from(&cause);
    let Some(cause) = cause.filter(|_| !known) else {
        return;
    };
    let moved = view.moved;
    if let Some(line) = cause.line.filter(|_| !moved) {
        go_to(app, line);
    }
    let how = if cause.whole {
        ""
    } else {
        " (judged by its first 16 and its last 48 MiB)"
    };
    let job = app.log.as_ref().and_then(LogView::job).cloned();
    let before = job.map_or_else(String::new, |job| {
        let words = how_often(app, &job, cause.class);
        let class = cause.class.word();
        effects.push(Effect::Classed { job, class });
        words
    });
    super::info(
        app,
        &format!("{}: {}{how}{before}", cause.class, cause.summary),
    );
}

/// How many of the last runs of the job failed for a reason of the same class,
/// as far as their logs were read; nothing where it is the first.
fn how_often(app: &App, job: &Origin, class: Class) -> String {
    let found = app.model.job(job).and_then(|(run, job)| {
        let run = &app.model.run(run)?.value;
        let subject = flaky::subject_of_job(&run.service, &run.workflow, &job.name);
        Some(app.model.history().failed_so(&subject, class.word()))
    });
    match found {
        Some((runs, so)) if so > 1 => {
            format!(" {so} of the last {runs} runs of this job failed so.")
        }
        _ => String::new(),
    }
}

/// Goes to the next or the previous line of some sort.
pub(super) fn seek(app: &mut App, command: Command, effects: &mut Vec<Effect>) {
    let Some(view) = &mut app.log else { return };
    let searching = !view.find.is_empty();
    let (of, forward) = match command {
        Command::NextMatch if searching => (Seek::Match, true),
        Command::PreviousMatch if searching => (Seek::Match, false),
        Command::NextMatch | Command::NextError => (Seek::Error, true),
        _ => (Seek::Error, false),
    };
    view.moved = true;
    let from = view.at;
    effects.push(ask(view, Ask::Next { of, from, forward }));
}

/// Searches for what was typed; nothing for an empty line.
pub(super) fn find(app: &mut App, typed: &str, effects: &mut Vec<Effect>) {
    let Some(view) = &mut app.log else { return };
    typed.clone_into(&mut view.find);
    view.needle = Needle::new(typed);
    if typed.is_empty() {
        effects.push(ask(view, Ask::Forget));
        return;
    }
    view.moved = true;
    view.seeking = Some(Seek::Match);
    let pattern = typed.to_owned();
    let from = view.at;
    effects.push(ask(view, Ask::Search { pattern, from }));
    match &view.needle {
        None => super::refuse(app, "this pattern is too large to search with"),
        Some(needle) if needle.plain => super::info(
            app,
            "this is no valid regular expression: it is searched for as plain words",
        ),
        Some(_) => {}
    }
}

/// Folds the group under the cursor or unfolds it, or says that there is none.
pub(super) fn toggle(app: &mut App) {
    if !fold(app, None) {
        super::refuse(app, "there is no group of lines here");
    }
}

/// Folds the group under the cursor, or unfolds it; false where there is none.
pub(super) fn fold(app: &mut App, open: Option<bool>) -> bool {
    let Some(view) = &mut app.log else {
        return false;
    };
    let group = view.group_at(view.at);
    let Some((title, _)) = group.filter(|(title, last)| last > title) else {
        return false;
    };
    let is_open = !view.folded.contains(&title);
    if open == Some(is_open) {
        return false;
    }
    view.moved = true;
    if is_open {
        view.folded.insert(title);
    } else {
        view.folded.remove(&title);
    }
    view.at = title;
    view.refold();
    let (height, width) = room(app);
    if let Some(view) = &mut app.log {
        keep_in_sight(view, height, width);
    }
    settle_view(app);
    true
}

/// The commands of a log.
pub(super) fn run(app: &mut App, command: Command, effects: &mut Vec<Effect>) {
    let Some(view) = &mut app.log else { return };
    match command {
        Command::Follow => {
            view.follow = !view.follow;
            view.moved = true;
            let words = if view.follow {
                "the end of the log is followed; f pauses"
            } else {
                "paused: the log stays where it is"
            };
            super::info(app, words);
            settle_view(app);
        }
        Command::Wrap => {
            view.look.wrap = !view.look.wrap;
            view.skip = 0;
            settle_view(app);
        }
        Command::Times => {
            view.look.times = match view.look.times {
                Times::Hidden => Times::Clock,
                Times::Clock => Times::Since,
                Times::Since => Times::Hidden,
            };
            if view.state.begun.is_none() && view.look.times != Times::Hidden {
                super::info(app, "the first line of this log tells no time");
            }
        }
        Command::FoldAll => {
            view.moved = true;
            if view.folded.is_empty() {
                let titles: Vec<u64> = view.state.groups.iter().map(|group| group.title).collect();
                view.folded.extend(titles);
            } else {
                view.folded.clear();
            }
            view.refold();
            settle_view(app);
        }
        Command::SelectLines => {
            view.anchor = match view.anchor {
                None => Some(view.at),
                Some(_) => None,
            };
        }
        Command::CopyId => {
            let lines = view.marked();
            effects.push(ask(view, Ask::Text(lines)));
        }
        Command::SaveLog => {
            let (ticket, place) = (view.ticket, view.place.clone());
            let name = match &place {
                LogPlace::File(name) => name.rsplit('/').next().unwrap_or("log").to_owned(),
                LogPlace::Job(job) => name_of(app, job),
            };
            effects.push(Effect::SaveLog { ticket, name });
        }
        _ => {}
    }
}

/// A name for a file: service, run and job, of letters that every system takes.
fn name_of(app: &App, job: &Origin) -> String {
    let known = app.model.job(job).and_then(|(run, job)| {
        let run = &app.model.run(run)?.value;
        Some(format!("{}-{}-{}", run.service, run.number, job.name))
    });
    known.unwrap_or_else(|| job.key.to_string())
}

#[cfg(test)]
mod tests;
