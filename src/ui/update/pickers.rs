//! Lists and texts that lie over a view: rollback targets, themes, help,
//! comparisons, messages, and the question before leaving.

use super::{Effect, dialog, input::After, intent, log, plan, refuse, text};
use crate::{
    command::{Key, KeyCode},
    domain::{EnvironmentName, ServiceName},
    operation,
    ui::{
        app::{App, Overlay, RollbackPicker, ThemePicker},
        overlays,
    },
};

/// Opens the list of versions that a service can go back to.
pub(super) fn open_rollback(app: &mut App, service: ServiceName, environment: EnvironmentName) {
    let place = (&service, &environment);
    let selected = operation::plan::choose(&app.model, place, app.now);
    app.overlays.push(Overlay::Rollback(RollbackPicker {
        service,
        environment,
        selected,
        offset: 0,
        for_plan: false,
    }));
}

/// How far a key moves in a list; none when it does not.
pub(super) fn movement(key: Key) -> Option<isize> {
    Some(match key.code {
        KeyCode::Down | KeyCode::Char('j') => 1,
        KeyCode::Up | KeyCode::Char('k') => -1,
        KeyCode::Char('d') if key.ctrl => 8,
        KeyCode::Char('u') if key.ctrl => -8,
        KeyCode::PageDown => 8,
        KeyCode::PageUp => -8,
        KeyCode::Char('g') | KeyCode::Home => isize::MIN,
        KeyCode::Char('G') | KeyCode::End => isize::MAX,
        _ => return None,
    })
}

pub(super) fn rollback_key(
    app: &mut App,
    mut picker: RollbackPicker,
    key: Key,
    burst: bool,
    effects: &mut Vec<Effect>,
) -> After {
    let targets = app
        .model
        .rollback_targets(&picker.service, &picker.environment);
    let versions: Vec<_> = targets
        .iter()
        .map(|target| target.version.clone())
        .collect();
    let at = versions
        .iter()
        .position(|version| Some(version) == picker.selected.as_ref());
    if let Some(by) = movement(key) {
        let last = versions.len().saturating_sub(1);
        let next = at.map_or(0, |at| at.saturating_add_signed(by).min(last));
        picker.selected = versions.get(next).cloned();
        let height = overlays::rollback::rows(app.size);
        picker.offset =
            crate::ui::widgets::scroll::window(next, picker.offset, versions.len(), height).start;
        return After::Stay(Overlay::Rollback(picker));
    }
    match key.code {
        KeyCode::Esc | KeyCode::Char('q') => After::Close,
        KeyCode::Enter if burst => {
            refuse(app, "ignored a burst of input");
            After::Stay(Overlay::Rollback(picker))
        }
        KeyCode::Enter => {
            let from = app
                .model
                .leaving(&picker.service, &picker.environment)
                .cloned();
            match (from, at.and_then(|at| versions.get(at).cloned())) {
                (Some(_), Some(to)) if picker.for_plan => {
                    plan::choose(app, &picker.service, &to, effects);
                    After::Close
                }
                (Some(_), Some(to)) => {
                    let place = (&picker.service, &picker.environment);
                    let (intent, questions) = intent::roll_back(&app.model, place, &to, app.now);
                    match intent {
                        Ok(intent) => {
                            dialog::open(app, intent, effects);
                            After::Close
                        }
                        Err(why) => {
                            refuse(app, &why);
                            effects.extend(
                                questions
                                    .into_iter()
                                    .map(|(source, query)| Effect::Fetch { source, query }),
                            );
                            After::Stay(Overlay::Rollback(picker))
                        }
                    }
                }
                (None, _) => {
                    let why = format!(
                        "it is not known what {} serves of {}",
                        picker.environment, picker.service
                    );
                    refuse(app, &why);
                    After::Stay(Overlay::Rollback(picker))
                }
                (_, None) => {
                    refuse(app, "that version is no target any more: choose again");
                    After::Stay(Overlay::Rollback(picker))
                }
            }
        }
        _ => After::Stay(Overlay::Rollback(picker)),
    }
}

pub(super) fn theme_key(
    app: &mut App,
    mut picker: ThemePicker,
    key: Key,
    burst: bool,
    effects: &mut Vec<Effect>,
) -> After {
    if let Some(by) = movement(key) {
        let last = app.settings.themes.len().saturating_sub(1);
        picker.index = picker.index.saturating_add_signed(by).min(last);
        return After::Stay(Overlay::Themes(picker));
    }
    match key.code {
        KeyCode::Esc | KeyCode::Char('q') => After::Close,
        KeyCode::Enter if !burst => {
            if let Some(theme) = app.settings.themes.get(picker.index).cloned() {
                app.settings.theme.clone_from(&theme);
                effects.push(Effect::SaveTheme(theme));
            }
            After::Close
        }
        _ => After::Stay(Overlay::Themes(picker)),
    }
}

/// Texts to read: help, a comparison, a message.
pub(super) fn reader_key(app: &App, mut overlay: Overlay, key: Key) -> After {
    if matches!(
        key.code,
        KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q' | '?')
    ) {
        return After::Close;
    }
    let end = overlays::scroll_end(app, &overlay);
    if let (Some(scroll), Some(by)) = (
        match &mut overlay {
            Overlay::Help { scroll } => Some(scroll),
            Overlay::Compare(view) => Some(&mut view.scroll),
            _ => None,
        },
        movement(key),
    ) {
        let wanted = usize::from(*scroll)
            .saturating_add_signed(by)
            .min(usize::from(end));
        *scroll = u16::try_from(wanted).unwrap_or(end);
    }
    After::Stay(overlay)
}

/// The line that a log is searched with.
pub(super) fn find_key(
    app: &mut App,
    mut typed: String,
    key: Key,
    burst: bool,
    effects: &mut Vec<Effect>,
) -> After {
    match key.code {
        KeyCode::Esc => {
            log::find(app, "", effects);
            After::Close
        }
        KeyCode::Enter if !burst => {
            log::find(app, &typed, effects);
            After::Close
        }
        _ => {
            text::edit(&mut typed, key);
            After::Stay(Overlay::Find { text: typed })
        }
    }
}

/// The question before leaving: enter stays.
pub(super) fn quit_key(app: &mut App, key: Key, burst: bool, effects: &mut Vec<Effect>) -> After {
    match key.code {
        KeyCode::Char('y') if !burst => {
            super::leave(app, effects);
            After::Close
        }
        KeyCode::Char('n' | 'q') | KeyCode::Esc | KeyCode::Enter => After::Close,
        _ => After::Stay(Overlay::Quit),
    }
}
