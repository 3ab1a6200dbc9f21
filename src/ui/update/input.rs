//! Where keys, pastes and the mouse go: to what lies on top, else to the key
//! map.

use super::{
    Effect, QUIET, batch, dialog, mouse, note, palette, pickers, plan, planner, refuse, release,
    run, settle, text,
};
use crate::{
    command::{self, Command, Danger, Input, Key, KeyCode},
    ui::app::{App, DialogFocus, Overlay},
};

/// What becomes of an overlay after a key.
pub(super) enum After {
    /// It stays on top.
    Stay(Overlay),
    /// It stays, and another one lies over it.
    Under(Overlay, Overlay),
    /// It is gone.
    Close,
    /// It is gone, and this command is run.
    Run(Command),
    /// It is gone, and the key means what it means without it, unless that
    /// changes something outside: what lies under an overlay is not seen well
    /// enough for that.
    Pass,
}

/// Takes one input in.
pub(super) fn take(app: &mut App, input: Input, burst: bool, effects: &mut Vec<Effect>) {
    match input {
        Input::Key(key) => take_key(app, key, burst, effects),
        Input::Paste(pasted) => paste(app, &pasted, effects),
        Input::Mouse(mouse) => {
            if !burst || mouse.kind != command::MouseKind::Press {
                mouse::take(app, mouse, effects);
            }
        }
        Input::Focus(_) => {}
    }
}

/// Whether keys are no commands now, because a paste has just ended.
fn is_quiet(app: &App) -> bool {
    app.quiet_until.is_some_and(|until| app.now < until)
}

fn take_key(app: &mut App, key: Key, burst: bool, effects: &mut Vec<Effect>) {
    let burst = burst || is_quiet(app);
    if key == Key::ctrl('c') && !burst {
        run::run(app, Command::Leave, effects);
        return;
    }
    if app.overlays.is_empty() {
        match app.keys.command(key, app.scope()) {
            None => {
                let help = app.keys.shown(Command::Help);
                refuse(
                    app,
                    &format!("{key} does nothing here; {help} shows the keys"),
                );
            }
            Some(command) if burst && !moves(command) => {
                refuse(app, "ignored a burst of input");
            }
            Some(command) => run::run(app, command, effects),
        }
        return;
    }
    let Some(overlay) = app.overlays.pop() else {
        return;
    };
    let after = match overlay {
        Overlay::Dialog(open) => dialog::key(app, open, key, burst, effects),
        Overlay::Note(editor) => note::key(app, editor, key, burst, effects),
        Overlay::Palette(open) => palette::key(app, open, key, burst, effects),
        Overlay::Filter { before } => filter_key(app, before, key, burst),
        Overlay::Find { text } => pickers::find_key(app, text, key, burst, effects),
        Overlay::Rollback(picker) => pickers::rollback_key(app, picker, key, burst, effects),
        Overlay::Plan(view) => plan::key(app, view, key, burst, effects),
        Overlay::Batch(view) => batch::key(app, view, key, burst, effects),
        Overlay::Themes(picker) => pickers::theme_key(app, picker, key, burst, effects),
        Overlay::Release(sheet) => release::key(app, sheet, key, burst, effects),
        Overlay::Step(step) => release::step_key(app, step, key, burst, effects),
        Overlay::Planner(open) => planner::key(app, open, key, burst, effects),
        Overlay::Quit => pickers::quit_key(app, key, burst, effects),
        other @ (Overlay::Help { .. } | Overlay::Compare(_) | Overlay::Message { .. }) => {
            pickers::reader_key(app, other, key)
        }
    };
    match after {
        After::Stay(overlay) => app.overlays.push(overlay),
        After::Under(overlay, top) => app.overlays.extend([overlay, top]),
        After::Close => app.stale.scroll = true,
        After::Run(command) => {
            app.stale.scroll = true;
            run::run(app, command, effects);
        }
        After::Pass => {
            app.stale.scroll = true;
            let harmless = app
                .keys
                .command(key, app.scope())
                .and_then(command::row)
                .filter(|row| row.danger < Danger::Outside);
            if let Some(row) = harmless.filter(|_| app.overlays.is_empty()) {
                run::run(app, row.command, effects);
            }
        }
    }
}

fn moves(command: Command) -> bool {
    command::row(command).is_some_and(|row| row.danger == Danger::Moves)
}

fn paste(app: &mut App, pasted: &str, effects: &mut Vec<Effect>) {
    app.quiet_until = Some(app.now + QUIET);
    if let Some(Overlay::Dialog(open)) = app.overlays.last_mut() {
        open.hold.release();
    }
    match app.overlays.last_mut() {
        Some(Overlay::Note(editor)) if !editor.asks_to_send => {
            editor.area.insert_str(pasted);
            note::touched(app);
        }
        Some(Overlay::Palette(palette)) => {
            text::insert(&mut palette.text, pasted);
            palette.index = 0;
        }
        Some(Overlay::Find { text }) => text::insert(text, pasted),
        Some(Overlay::Step(step)) if step.reason.is_some() => {
            if let Some(reason) = &mut step.reason {
                text::insert(reason, pasted);
            }
        }
        Some(Overlay::Planner(_)) => planner::paste(app, pasted),
        Some(Overlay::Filter { .. }) => {
            if let Some(screen) = settle::screen(app) {
                text::insert(&mut screen.filter.text, pasted);
                app.stale.rows_from = Some(0);
            }
        }
        Some(Overlay::Dialog(open))
            if open.focus == DialogFocus::Reason && open.takes_answers(app.now) =>
        {
            text::insert(&mut open.reason, pasted);
            dialog::preview(app, effects);
        }
        Some(Overlay::Dialog(open)) if open.focus == DialogFocus::Word => {
            refuse(app, "the name is typed, not pasted");
        }
        _ => refuse(app, "ignored a paste: there is no text field here"),
    }
}

/// The line that the filter is typed into: rows follow each key.
fn filter_key(app: &mut App, before: String, key: Key, burst: bool) -> After {
    match key.code {
        KeyCode::Enter if burst => return After::Stay(Overlay::Filter { before }),
        KeyCode::Enter => {
            // What is not understood must not look like a filter.
            let terms = app.filter().terms();
            let Some(fault) = terms.fault() else {
                return After::Close;
            };
            refuse(app, fault);
        }
        KeyCode::Esc => {
            if let Some(screen) = settle::screen(app) {
                screen.filter.text.clear();
            }
            app.stale.rows_from = Some(0);
            return After::Close;
        }
        KeyCode::Up => super::moves::go(app, Command::Up),
        KeyCode::Down => super::moves::go(app, Command::Down),
        KeyCode::Tab => super::moves::go(
            app,
            if key.shift {
                Command::PreviousPane
            } else {
                Command::NextPane
            },
        ),
        _ => {
            if let Some(screen) = settle::screen(app)
                && text::edit(&mut screen.filter.text, key)
            {
                app.stale.rows_from = Some(0);
            }
        }
    }
    After::Stay(Overlay::Filter { before })
}
