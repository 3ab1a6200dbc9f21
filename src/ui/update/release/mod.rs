//! The sheet of a release: its cursor, and the steps that a person takes on
//! it. Each step is one event in the journal.

mod hotfix;

use chrono::TimeDelta;

use super::{Effect, compare, info, input::After, note, refuse, run, show, text};
use crate::{
    analysis::releases::notes::Template,
    command::{Command, Item, Key, KeyCode, Pane, View},
    domain::{CheckState, Release, ReleaseChange, ReleaseEvent, Text},
    ui::{
        app::{App, Overlay, Sheet, SheetRow, Step, StepKind, TAKEN_IN},
        overlays::release::{lines::lines, rows},
        widgets::scroll::window,
    },
};

pub(super) use self::hotfix::{about as hotfix_about, open as open_hotfix};

/// Opens the sheet of a release, and asks for what its risk and notes rest on.
pub(super) fn open(app: &mut App, id: Text, effects: &mut Vec<Effect>) {
    effects.push(Effect::ReadReleases);
    if let Some(release) = app.model.release(&id) {
        ask(app, release, effects);
    }
    let sheet = sheet(app, id);
    app.overlays.push(Overlay::Release(sheet));
}

/// The sheet of a release with what stands on it.
fn sheet(app: &App, release: Text) -> Sheet {
    let mut sheet = Sheet {
        release,
        ..Sheet::default()
    };
    sheet.take(lines(app, &sheet.release), app.now);
    sheet
}

/// How long ages on the sheet read as they do.
const STEP: TimeDelta = TimeDelta::seconds(10);

/// Computes anew what stands on the sheets that are open: when something
/// `changed`, and as ages grow.
pub(super) fn refresh(app: &mut App, changed: bool) {
    let mut overlays = std::mem::take(&mut app.overlays);
    for overlay in &mut overlays {
        if let Overlay::Release(sheet) = overlay
            && (changed || app.now - sheet.computed >= STEP)
        {
            sheet.take(lines(app, &sheet.release), app.now);
            scroll(sheet, app.size);
        }
    }
    app.overlays = overlays;
}

/// Opens the sheet of the release that the header follows, else of the first
/// one.
pub(super) fn open_followed(app: &mut App, effects: &mut Vec<Effect>) {
    let followed = app
        .model
        .followed_release(app.now)
        .or_else(|| app.model.releases_in_order().first().copied())
        .map(|release| release.id.clone());
    match followed {
        Some(id) => open(app, id, effects),
        None => refuse(app, "there is no release; `tminus release new` makes one"),
    }
}

/// Asks for what the items of a release bring, where that is not known.
fn ask(app: &App, release: &Release, effects: &mut Vec<Effect>) {
    for item in &release.items {
        let host = app
            .model
            .catalog()
            .service(&item.service)
            .and_then(|spec| spec.host.clone());
        if let (Some(source), Some((base, head))) = (host, app.model.item_span(item)) {
            compare::fetch(app, &source, &item.service, (&base, &head), effects);
        }
    }
}

/// Scrolls by as little as shows the cursor. What stands above the first row is
/// seen with it.
fn scroll(sheet: &mut Sheet, size: (u16, u16)) {
    let first = sheet.lines.iter().position(|line| line.row.is_some());
    let wanted = sheet.cursor().filter(|at| Some(*at) != first);
    let count = sheet.lines.len();
    sheet.offset = window(wanted.unwrap_or(0), sheet.offset, count, rows(size)).start;
}

/// One key on the sheet.
pub(super) fn key(
    app: &mut App,
    mut sheet: Sheet,
    key: Key,
    burst: bool,
    effects: &mut Vec<Effect>,
) -> After {
    let at = sheet.cursor();
    if let Some(by) = super::pickers::movement(key) {
        let places: Vec<usize> = sheet
            .lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.row.is_some())
            .map(|(place, _)| place)
            .collect();
        let here = places.iter().position(|place| Some(*place) == at);
        let last = places.len().saturating_sub(1);
        let next = here.map_or(0, |here| here.saturating_add_signed(by).min(last));
        if let Some(place) = places.get(next) {
            sheet.selected.clone_from(&sheet.lines[*place].row);
            sheet.slipped = None;
            scroll(&mut sheet, app.size);
        }
        return After::Stay(Overlay::Release(sheet));
    }
    let selected = sheet.row().cloned();
    match key.code {
        KeyCode::Esc | KeyCode::Char('q') => return After::Close,
        KeyCode::Char(way @ ('[' | ']')) => {
            let ids: Vec<Text> = app
                .model
                .releases_in_order()
                .into_iter()
                .map(|release| release.id.clone())
                .collect();
            let at = ids.iter().position(|id| id == &sheet.release);
            let by = if way == ']' { 1 } else { -1 };
            let last = ids.len().saturating_sub(1);
            let next = at.map_or(0, |at| at.saturating_add_signed(by).min(last));
            if let Some(id) = ids.get(next).filter(|id| *id != &sheet.release) {
                if let Some(release) = app.model.release(id) {
                    ask(app, release, effects);
                }
                sheet = self::sheet(app, id.clone());
            }
            return After::Stay(Overlay::Release(sheet));
        }
        KeyCode::Enter => return go_to(app, sheet, selected, effects),
        _ if app.keys.command(key, app.scope()) == Some(Command::Help) => {
            return After::Under(Overlay::Release(sheet), Overlay::Help { scroll: 0 });
        }
        _ => {}
    }
    match step(app, &sheet, key, selected) {
        Some(Ok(_)) if burst => {
            refuse(app, "ignored a burst of input");
            After::Stay(Overlay::Release(sheet))
        }
        Some(Ok(step)) => After::Under(Overlay::Release(sheet), Overlay::Step(Box::new(step))),
        Some(Err(why)) => {
            refuse(app, &why);
            After::Stay(Overlay::Release(sheet))
        }
        None => {
            let help = app.keys.shown(Command::Help);
            refuse(
                app,
                &format!("{key} does nothing here; {help} shows the keys"),
            );
            After::Stay(Overlay::Release(sheet))
        }
    }
}

/// What a row leads to.
fn go_to(
    app: &mut App,
    sheet: Sheet,
    selected: Option<SheetRow>,
    effects: &mut Vec<Effect>,
) -> After {
    match selected {
        Some(SheetRow::Service(service)) => {
            show(
                app,
                View::Services,
                Some((Pane::Services, Item::Service(service))),
            );
            After::Close
        }
        Some(SheetRow::Joined(item)) => {
            run::open_item(app, &item, effects);
            After::Close
        }
        _ => After::Stay(Overlay::Release(sheet)),
    }
}

/// The step that a key begins on the sheet; none when it begins none.
fn step(
    app: &App,
    sheet: &Sheet,
    key: Key,
    selected: Option<SheetRow>,
) -> Option<Result<Step, String>> {
    let KeyCode::Char(letter @ ('s' | 'x' | 'c' | 'n' | 'v')) = key.code else {
        return None;
    };
    if app.settings.read_only {
        return Some(Err("read-only: nothing can be written down".to_owned()));
    }
    let Some(release) = app.model.release(&sheet.release) else {
        return Some(Err("it is not known yet".to_owned()));
    };
    let slipped = sheet.slipped.is_some_and(|at| app.now - at < TAKEN_IN);
    if slipped && matches!(letter, 'x' | 'c') {
        return Some(Err("the list moved: press again".to_owned()));
    }
    let made = |kind, reason: Option<String>| Step {
        release: sheet.release.clone(),
        kind,
        index: 0,
        reason,
    };
    let typed = Some(String::new());
    let state_of = |id: &Text| {
        let check = release.checklist.iter().find(|check| &check.id == id);
        check.map_or(CheckState::Open, |check| check.state)
    };
    Some(match (letter, selected) {
        ('s', _) => {
            let view = app.model.release_view(release, app.now);
            let choices = app.model.following_states(&view);
            if choices.is_empty() {
                Err(format!("it is {}: nothing follows", view.state.said()))
            } else {
                let mut made = made(
                    StepKind::State {
                        from: view.state,
                        choices: choices.clone(),
                    },
                    None,
                );
                // What the facts show is offered first.
                let shown = view.proposal.map(|proposal| proposal.state);
                made.index = choices
                    .iter()
                    .position(|state| Some(*state) == shown)
                    .unwrap_or(0);
                Ok(made)
            }
        }
        ('x', Some(SheetRow::Service(service))) => Ok(made(StepKind::Cut(service), typed)),
        ('x', Some(SheetRow::Cut(service))) => Ok(made(StepKind::Return(service), typed)),
        ('x', Some(SheetRow::Check(check))) => {
            Ok(made(StepKind::Check(check, CheckState::Waived), typed))
        }
        ('c', Some(SheetRow::Check(check))) => {
            let to = match state_of(&check) {
                CheckState::Open => CheckState::Done,
                CheckState::Done | CheckState::Waived => CheckState::Open,
            };
            Ok(made(StepKind::Check(check, to), typed))
        }
        ('n', _) => Ok(made(StepKind::Notes, None)),
        ('v', _) => Ok(made(StepKind::Review, typed)),
        ('x', _) => Err("select a service or a check first".to_owned()),
        _ => Err("select a check first".to_owned()),
    })
}

/// The event that a step would write down; none while something is to be
/// chosen, or when there is nothing to write.
#[must_use]
pub fn event(app: &App, step: &Step) -> Option<ReleaseEvent> {
    let change = match &step.kind {
        StepKind::State { from, choices } => {
            let to = *choices.get(step.index)?;
            let release = app.model.release(&step.release)?;
            ReleaseChange::Moved {
                from: *from,
                to,
                unmet: app.model.unmet_gates(release, to),
            }
        }
        StepKind::Cut(service) => ReleaseChange::Cut {
            service: service.clone(),
        },
        StepKind::Return(service) => ReleaseChange::Returned {
            service: service.clone(),
        },
        StepKind::Check(check, state) => ReleaseChange::Checked {
            check: check.clone(),
            state: *state,
        },
        StepKind::Review => ReleaseChange::Reviewed,
        StepKind::Hotfix(plan) => ReleaseChange::Opened { plan: plan.clone() },
        StepKind::Notes => return None,
    };
    Some(ReleaseEvent {
        release: step.release.clone(),
        by: app.settings.person.clone(),
        why: Text::new(step.reason.as_deref().unwrap_or_default().trim()),
        change,
    })
}

/// One key in the box of a step.
pub(super) fn step_key(
    app: &mut App,
    mut step: Box<Step>,
    key: Key,
    burst: bool,
    effects: &mut Vec<Effect>,
) -> After {
    let Some(mut reason) = step.reason.take() else {
        return choose(app, step, key, burst);
    };
    match key.code {
        KeyCode::Esc => return After::Close,
        KeyCode::Enter if burst => refuse(app, "ignored a burst of input"),
        KeyCode::Enter => {
            step.reason = Some(reason.clone());
            let Some(event) = event(app, &step) else {
                return After::Close;
            };
            match app.model.accepts_release_event(&event) {
                Ok(()) => {
                    let hotfix = matches!(step.kind, StepKind::Hotfix(_));
                    if let StepKind::Hotfix(plan) = &step.kind {
                        ask(app, plan, effects);
                    }
                    let declared = app.model.declared_release(&event.release).cloned();
                    effects.push(Effect::ChangeRelease {
                        event,
                        declared: declared.map(Box::new),
                    });
                    if hotfix {
                        let sheet = sheet(app, step.release.clone());
                        app.overlays.push(Overlay::Release(sheet));
                    }
                    return After::Close;
                }
                Err(why) => refuse(app, &why),
            }
        }
        _ => {
            text::edit(&mut reason, key);
        }
    }
    step.reason = Some(reason);
    After::Stay(Overlay::Step(step))
}

fn choose(app: &mut App, mut step: Box<Step>, key: Key, burst: bool) -> After {
    let count = match &step.kind {
        StepKind::State { choices, .. } => choices.len(),
        _ => Template::ALL.len(),
    };
    if let Some(by) = super::pickers::movement(key) {
        step.index = step
            .index
            .saturating_add_signed(by)
            .min(count.saturating_sub(1));
        return After::Stay(Overlay::Step(step));
    }
    match key.code {
        KeyCode::Esc | KeyCode::Char('q') => After::Close,
        KeyCode::Enter if burst => {
            refuse(app, "ignored a burst of input");
            After::Stay(Overlay::Step(step))
        }
        KeyCode::Enter if step.kind == StepKind::Notes => {
            write_notes(app, &step);
            After::Close
        }
        KeyCode::Enter => {
            step.reason = Some(String::new());
            After::Stay(Overlay::Step(step))
        }
        _ => After::Stay(Overlay::Step(step)),
    }
}

/// Puts the notes into the editor, to be gone over before they are used.
fn write_notes(app: &mut App, step: &Step) {
    let (Some(release), Some(template)) = (
        app.model.release(&step.release).cloned(),
        Template::ALL.get(step.index),
    ) else {
        return;
    };
    match app.model.release_notes(&release, *template, app.now) {
        Ok(notes) => {
            if !notes.unknown.is_empty() {
                info(app, "what some services bring is still being read");
            }
            let lines = notes.text.lines().map(str::to_owned).collect();
            note::open_with(app, release.id, lines);
        }
        Err(why) => refuse(app, &why),
    }
}
