//! What each command does.

use super::{
    Effect, arming, batch, calendar, compare, dialog, info, intent, log, moves, note, pickers,
    plan, planner, refuse, release, rollout, settle, show, tree, why_not,
};
use crate::{
    command::{self, Command, Danger, Item, Pane, View},
    integrations::contract::Query,
    ui::app::{App, Overlay, Palette, ThemePicker},
};

/// Runs a command, or says why not.
pub(super) fn run(app: &mut App, command: Command, effects: &mut Vec<Effect>) {
    let Some(row) = command::row(command) else {
        return;
    };
    if !moves::is_by_rows(command) {
        settle::follow_now(app);
    }
    if row.danger >= Danger::Outside
        && !app.settings.read_only
        && app.is_armed()
        && let Some(doubt) = app.cursor.doubt(app.now)
    {
        refuse(app, &doubt);
        return;
    }
    if let Some(why) = why_not(app, command) {
        refuse(app, &format!("{}: {why}", row.title));
        return;
    }
    match row.danger {
        Danger::Moves if is_sought(command) => log::seek(app, command, effects),
        Danger::Moves => moves::go(app, command),
        Danger::Screen => on_screen(app, command, effects),
        Danger::Outside | Danger::Production => wish(app, command, effects),
    }
}

/// Whether a command goes to a line of a log that has to be looked for.
fn is_sought(command: Command) -> bool {
    matches!(
        command,
        Command::NextMatch | Command::PreviousMatch | Command::NextError | Command::PreviousError
    )
}

/// Commands that change something outside: each opens the dialog.
fn wish(app: &mut App, command: Command, effects: &mut Vec<Effect>) {
    let Some(item) = app.selection().cloned() else {
        return;
    };
    let model = &app.model;
    if command == Command::SendAgain {
        match intent::to_send_again(model, &item)
            .map(|record| (record.intent.clone(), record.id.clone()))
        {
            Ok((intent, before)) => dialog::open_again(app, intent, before, effects),
            Err(why) => refuse(app, &why),
        }
        return;
    }
    if matches!(command, Command::Rerun | Command::Abort) {
        let marked = batch::marked(app);
        if marked.len() > 1 {
            return batch::open(app, command, &marked, effects);
        }
    }
    let intent = match command {
        Command::Approve => intent::answer(model, &item, true),
        Command::Decline => intent::answer(model, &item, false),
        Command::Rerun => rollout::retry(model, &item),
        Command::Abort => rollout::abort(model, &item),
        Command::Promote | Command::PromoteFully | Command::Hold => {
            rollout::wish(model, &item, command)
        }
        Command::Acknowledge => intent::acknowledge(model, &item),
        Command::Resolve => intent::resolve(model, &item),
        Command::RollBack => {
            let marked = intent::marked_places(app);
            if marked.len() > 1 {
                plan::open(app, marked, effects);
                return;
            }
            match intent::rollback_place(model, &item) {
                Ok((service, environment)) => pickers::open_rollback(app, service, environment),
                Err(why) => refuse(app, &why),
            }
            return;
        }
        _ => return,
    };
    match intent {
        Ok(intent) => dialog::open(app, intent, effects),
        Err(why) => refuse(app, &why),
    }
}

fn on_screen(app: &mut App, command: Command, effects: &mut Vec<Effect>) {
    match command {
        Command::Show(view) => {
            if view == View::Calendar {
                effects.push(Effect::ReadReleases);
            }
            show(app, view, None);
            app.came_from = None;
        }
        Command::Calendar(form) => calendar::show_form(app, form),
        Command::Zone => calendar::next_zone(app),
        Command::Open | Command::Mark if app.focus() == Some(Pane::Log) => log::toggle(app),
        Command::CopyId if app.focus() == Some(Pane::Log) => log::run(app, command, effects),
        Command::Follow
        | Command::Wrap
        | Command::Times
        | Command::FoldAll
        | Command::SelectLines
        | Command::SaveLog => log::run(app, command, effects),
        Command::Open => open(app, effects),
        Command::Back => {
            back(app, effects);
        }
        Command::Zoom => zoom(app),
        Command::Filter => {
            if app.focus() == Some(Pane::Log) {
                app.overlays.push(Overlay::Find {
                    text: String::new(),
                });
            } else {
                let before = app.filter().text.clone();
                app.overlays.push(Overlay::Filter { before });
            }
        }
        Command::Palette => {
            let about = app.selection().cloned();
            app.overlays.push(Overlay::Palette(Palette {
                about,
                ..Palette::default()
            }));
        }
        Command::Help => app.overlays.push(Overlay::Help { scroll: 0 }),
        Command::Mark => mark(app),
        Command::Note => note::open(app),
        Command::Release => release::open_followed(app, effects),
        Command::Hotfix => {
            if let Some(item) = app.selection().cloned() {
                release::open_hotfix(app, &item);
            }
        }
        Command::AddWindow | Command::MoveInTime | Command::CancelPlanned | Command::Duplicate => {
            planner::open(app, command, effects);
        }
        Command::Compare => compare::open(app, effects),
        Command::Log => {
            if let Some(item) = app.selection().cloned() {
                log::open(app, &item, effects);
            }
        }
        Command::Look => {
            let found = app
                .selection()
                .and_then(|item| intent::unresolved(&app.model, item).ok())
                .map(|record| (record.id.clone(), record.summary.clone()));
            if let Some((id, summary)) = found {
                info(app, &format!("looking for the effect of: {summary}"));
                effects.push(Effect::Look(id));
            }
        }
        Command::Arm => arming::arm(app, arming::USUAL, effects),
        Command::Disarm => effects.push(Effect::Disarm),
        Command::OpenLink => {
            if let Some(link) = app
                .selection()
                .and_then(|item| command::link(&app.model, item))
            {
                info(app, &link);
                effects.push(Effect::Open(link));
            }
        }
        Command::CopyId => copy(app, effects, command::short_id),
        Command::CopyLink => copy(app, effects, command::link),
        Command::Refresh => {
            app.refreshes += 1;
            effects.push(Effect::ReadReleases);
            app.attend_at = Some(app.now);
            info(app, "asking every system now");
        }
        Command::Themes => {
            let index = app
                .settings
                .themes
                .iter()
                .position(|theme| theme == &app.settings.theme)
                .unwrap_or(0);
            app.overlays.push(Overlay::Themes(ThemePicker { index }));
        }
        Command::MouseCapture => {
            app.settings.mouse = !app.settings.mouse;
            effects.push(Effect::SetMouse(app.settings.mouse));
            info(
                app,
                if app.settings.mouse {
                    "the mouse is captured; m gives it back"
                } else {
                    "the mouse is the terminal's: text can be selected"
                },
            );
        }
        Command::Redraw => effects.push(Effect::Redraw),
        Command::Suspend => effects.push(Effect::Suspend),
        Command::Quit if back(app, effects) => {}
        Command::Quit | Command::Leave => quit(app, effects),
        _ => {}
    }
}

fn quit(app: &mut App, effects: &mut Vec<Effect>) {
    let asked = matches!(app.overlays.last(), Some(Overlay::Quit));
    if app.is_in_flight() && !asked && !app.quitting {
        app.overlays.push(Overlay::Quit);
    } else {
        super::leave(app, effects);
    }
}

/// One level back; false when there was none.
fn back(app: &mut App, effects: &mut Vec<Effect>) -> bool {
    let focus = app.focus();
    if focus == Some(Pane::Log) && log::back(app, effects) {
        return true;
    }
    if app.only_log {
        return false;
    }
    if !app.filter().text.is_empty() {
        if let Some(screen) = settle::screen(app) {
            screen.filter.text.clear();
        }
        app.stale.rows_from = Some(0);
        return true;
    }
    if app.is_zoomed() {
        if let Some(screen) = settle::screen(app) {
            screen.zoomed = false;
        }
        app.stale.scroll = true;
        return true;
    }
    if focus == Some(Pane::Log) && app.log.is_some() {
        log::close(app, effects);
        moves::focus(app, Pane::Jobs);
        app.stale.rows_from = Some(0);
        return true;
    }
    if let Some(view) = app.came_from.take() {
        show(app, view, None);
        app.came_from = None;
        return true;
    }
    let first = app.view.panes().first().copied();
    if app.view != View::Deck && focus != first {
        if let Some(first) = first {
            moves::focus(app, first);
        }
        return true;
    }
    if !app.marks.is_empty() {
        app.marks.clear();
        return true;
    }
    false
}

fn zoom(app: &mut App) {
    let Some(pane) = app.focus() else { return };
    if app.view == View::Deck && pane.home() != View::Deck {
        let selected = app.selected(pane).cloned();
        let home = pane.home();
        let focus = home.panes().first().copied().unwrap_or(pane);
        show(app, home, None);
        app.came_from = Some(View::Deck);
        if let Some(item) = selected
            && home.panes().contains(&pane)
            && let Some(list) = settle::list(app, pane)
        {
            list.selected = Some(item);
        }
        moves::focus(
            app,
            if home.panes().contains(&pane) {
                pane
            } else {
                focus
            },
        );
        return;
    }
    if app.came_from == Some(View::Deck) && !app.is_zoomed() {
        app.came_from = None;
        show(app, View::Deck, None);
        return;
    }
    if let Some(screen) = settle::screen(app) {
        screen.zoomed = !screen.zoomed;
    }
    app.stale.scroll = true;
}

fn mark(app: &mut App) {
    let Some(item) = app.selection().cloned() else {
        return;
    };
    if !app.marks.remove(&item) {
        app.marks.insert(item);
    }
    moves::go(app, Command::Down);
}

fn copy(
    app: &mut App,
    effects: &mut Vec<Effect>,
    what: fn(&crate::model::Model, &Item) -> Option<String>,
) {
    let texts: Vec<String> = if app.marks.is_empty() {
        app.selection()
            .and_then(|item| what(&app.model, item))
            .into_iter()
            .collect()
    } else {
        app.marks
            .iter()
            .filter_map(|item| what(&app.model, item))
            .collect()
    };
    if texts.is_empty() {
        refuse(app, "there is nothing to copy");
        return;
    }
    // Some multiplexers swallow it, so the text is shown as well.
    info(
        app,
        &format!("sent to the terminal's clipboard: {}", texts.join(" ")),
    );
    effects.push(Effect::Copy(texts.join("\n")));
}

/// Opens what is selected: the view where it is at home, or its parts.
pub(super) fn open(app: &mut App, effects: &mut Vec<Effect>) {
    let Some(item) = app.selection().cloned() else {
        return;
    };
    if app.focus() == Some(Pane::Runs) && app.is_tree() && tree::toggle(app, &item) {
        return;
    }
    open_item(app, &item, effects);
}

/// Opens an item.
pub(super) fn open_item(app: &mut App, item: &Item, effects: &mut Vec<Effect>) {
    match item {
        Item::Job(_) | Item::Step(..) => log::open(app, item, effects),
        Item::Run(_) | Item::Approval(_) | Item::Deployment(_) => {
            let Some(run) = command::run(&app.model, item) else {
                refuse(app, "the run that carries it out is not known");
                return;
            };
            let inside = app.view == View::Pipelines;
            if app.model.jobs(&run).is_none() {
                effects.push(Effect::Fetch {
                    source: run.source.clone(),
                    query: Query::Jobs(run.clone()),
                });
            }
            show(app, View::Pipelines, Some((Pane::Runs, Item::Run(run))));
            if inside {
                moves::focus(app, Pane::Jobs);
            }
        }
        Item::Flaky(subject) => {
            let Some(run) = app.model.history().last_failure(subject) else {
                refuse(app, "no run is known in which it failed");
                return;
            };
            if app.model.run(&run).is_none() {
                effects.push(Effect::Fetch {
                    source: run.source.clone(),
                    query: Query::Run(run.clone()),
                });
                info(
                    app,
                    "the run is being fetched: press again when it is there",
                );
                return;
            }
            if app.model.jobs(&run).is_none() {
                effects.push(Effect::Fetch {
                    source: run.source.clone(),
                    query: Query::Jobs(run.clone()),
                });
            }
            show(app, View::Pipelines, Some((Pane::Runs, Item::Run(run))));
        }
        Item::Canary(_) if app.view == View::Canary => moves::focus(app, Pane::Metrics),
        Item::Canary(_) => show(app, View::Canary, Some((Pane::Canaries, item.clone()))),
        Item::Incident(id) => {
            if app.model.vendor_timeline(id).is_none() {
                effects.push(Effect::Fetch {
                    source: id.source.clone(),
                    query: Query::Timeline(id.clone()),
                });
            }
            if app.view == View::WarRoom {
                moves::focus(app, Pane::Timeline);
            } else {
                show(app, View::WarRoom, Some((Pane::Incidents, item.clone())));
            }
        }
        Item::Plan(id) => plan::follow(app, id.clone()),
        Item::Operation(_) if app.view == View::Journal => moves::focus(app, Pane::Operation),
        Item::Operation(_) => show(app, View::Journal, Some((Pane::Operations, item.clone()))),
        Item::Service(_) if app.view == View::Services => moves::focus(app, Pane::Versions),
        Item::Service(_) => show(app, View::Services, Some((Pane::Services, item.clone()))),
        Item::Release(id) => release::open(app, id.clone(), effects),
        Item::Window(_) if app.view != View::Calendar => {
            show(app, View::Calendar, Some((Pane::Agenda, item.clone())));
        }
        Item::Note(_) => note::open(app),
        _ => {}
    }
}
