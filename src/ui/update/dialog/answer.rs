//! What a person answers: by keys and by the mouse.

use super::{
    super::{Effect, info, input::After, plan, refuse, text},
    preview_of,
};
use crate::{
    command::{Key, KeyCode},
    domain::OperationState,
    operation::{Answers, Strength},
    ui::{
        app::{App, Dialog, DialogFocus, Hold, Overlay, Phase},
        overlays,
    },
};

/// One key.
pub(in crate::ui::update) fn key(
    app: &mut App,
    mut dialog: Box<Dialog>,
    key: Key,
    burst: bool,
    effects: &mut Vec<Effect>,
) -> After {
    if key.code == KeyCode::Esc {
        // Leaving does no harm, so it is always possible.
        return leave(app, &dialog, effects);
    }
    if burst || !holds(key.code) {
        dialog.hold.release();
    }
    if is_spent(&mut dialog, key, app) {
        return After::Stay(Overlay::Dialog(dialog));
    }
    match key.code {
        KeyCode::Up => dialog.scroll = dialog.scroll.saturating_sub(1),
        KeyCode::PageUp => dialog.scroll = dialog.scroll.saturating_sub(8),
        KeyCode::Down => scroll_down(app, &mut dialog, 1),
        KeyCode::PageDown => scroll_down(app, &mut dialog, 8),
        _ => {
            return match &dialog.phase {
                Phase::Failed(_) => message_key(dialog, key, burst),
                Phase::Done(..) => done_key(app, dialog, key, burst),
                _ => answer_key(app, dialog, key, burst, effects),
            };
        }
    }
    After::Stay(Overlay::Dialog(dialog))
}

/// Whether a key can be held down to act.
fn holds(code: KeyCode) -> bool {
    matches!(code, KeyCode::Char('y') | KeyCode::Enter)
}

/// Whether a key is only the repeat of one that has answered and is still held
/// down.
fn is_spent(dialog: &mut Dialog, key: Key, app: &App) -> bool {
    match &mut dialog.spent {
        Some((code, at)) if *code == key.code && app.now - *at <= Hold::FIRST_GAP => {
            *at = app.now;
            true
        }
        spent => {
            *spent = None;
            false
        }
    }
}

fn scroll_down(app: &App, dialog: &mut Dialog, by: u16) {
    let end = overlays::dialog::scroll_end(app, dialog);
    dialog.scroll = dialog.scroll.saturating_add(by).min(end);
}

/// Shows or hides the whole request.
fn unfold(app: &App, dialog: &mut Dialog) {
    dialog.unfolded = !dialog.unfolded;
    dialog.scroll = if dialog.unfolded {
        overlays::dialog::scroll_end(app, dialog)
    } else {
        0
    };
}

fn leave(app: &mut App, dialog: &Dialog, effects: &mut Vec<Effect>) -> After {
    match &dialog.phase {
        Phase::Preparing | Phase::Prompting(_) => {
            effects.push(Effect::CancelDialog {
                ticket: dialog.ticket,
            });
            info(
                app,
                &format!("{}: cancelled, nothing was sent", dialog.intent.act.verb()),
            );
        }
        Phase::Waiting(_) => info(app, "it was confirmed already; the footer follows it"),
        Phase::Done(..) | Phase::Failed(_) => {}
    }
    After::Close
}

/// A message stays until the person leaves it on purpose.
fn message_key(dialog: Box<Dialog>, key: Key, burst: bool) -> After {
    let leaves = matches!(key.code, KeyCode::Enter | KeyCode::Char('q' | 'n'));
    if leaves && !burst {
        After::Close
    } else {
        After::Stay(Overlay::Dialog(dialog))
    }
}

/// Once the journal has it nobody has to wait: any other key goes on with the
/// work. Bad news stay until they are left on purpose.
fn done_key(app: &mut App, mut dialog: Box<Dialog>, key: Key, burst: bool) -> After {
    if key.code == KeyCode::Char('u') && !burst {
        unfold(app, &mut dialog);
        return After::Stay(Overlay::Dialog(dialog));
    }
    let Phase::Done(_, id) = &dialog.phase else {
        return After::Stay(Overlay::Dialog(dialog));
    };
    let state = app.model.operation(id).map(|record| record.state);
    let bad = matches!(
        state,
        Some(OperationState::Failed | OperationState::Unknown)
    );
    let leaves = matches!(key.code, KeyCode::Enter | KeyCode::Char('q' | 'n' | ' '));
    if bad || leaves || burst {
        return message_key(dialog, key, burst);
    }
    After::Pass
}

fn answer_key(
    app: &mut App,
    mut dialog: Box<Dialog>,
    key: Key,
    burst: bool,
    effects: &mut Vec<Effect>,
) -> After {
    if !dialog.takes_answers(app.now) {
        // What was typed before the question could be read is dropped.
        return After::Stay(Overlay::Dialog(dialog));
    }
    let in_field = matches!(dialog.focus, DialogFocus::Reason | DialogFocus::Word);
    let holding = dialog
        .review()
        .is_some_and(|review| review.strength == Strength::Hold);
    match key.code {
        KeyCode::Tab => step(&mut dialog, !key.shift),
        KeyCode::Left if !in_field => dialog.focus = DialogFocus::Cancel,
        KeyCode::Right if !in_field => dialog.focus = DialogFocus::Action,
        KeyCode::Enter if burst => refuse(app, "ignored a burst of input"),
        KeyCode::Enter => match dialog.focus {
            DialogFocus::Cancel => return leave(app, &dialog, effects),
            DialogFocus::Reason => step(&mut dialog, true),
            DialogFocus::Action if holding => hold(app, &mut dialog, key.code, effects),
            DialogFocus::Word | DialogFocus::Action => {
                confirm(app, &mut dialog, false, effects);
                spend(app, &mut dialog, key.code);
            }
        },
        _ if dialog.focus == DialogFocus::Reason => {
            text::edit(&mut dialog.reason, key);
            preview_of(&dialog, effects);
        }
        _ if burst => refuse(app, "ignored a burst of input"),
        _ if dialog.focus == DialogFocus::Word => {
            text::edit(&mut dialog.word, key);
        }
        KeyCode::Char('u') => {
            unfold(app, &mut dialog);
            preview_of(&dialog, effects);
        }
        KeyCode::Char('n' | 'q') => return leave(app, &dialog, effects),
        KeyCode::Char('y') if holding => hold(app, &mut dialog, key.code, effects),
        KeyCode::Char('y') => {
            let by_key = dialog
                .review()
                .is_some_and(|review| review.strength == Strength::Key);
            if by_key {
                confirm(app, &mut dialog, false, effects);
                spend(app, &mut dialog, key.code);
            } else if let Some(missing) = dialog.missing() {
                refuse(app, &missing);
                dialog.focus = first_missing(&dialog);
            } else {
                dialog.focus = DialogFocus::Action;
            }
        }
        _ => {}
    }
    After::Stay(Overlay::Dialog(dialog))
}

/// One press of a key that has to be held down.
fn hold(app: &mut App, dialog: &mut Dialog, code: KeyCode, effects: &mut Vec<Effect>) {
    if dialog.missing().is_some() {
        confirm(app, dialog, false, effects);
        // It repeats all the same, and is no part of what is typed next.
        dialog.spent = Some((code, app.now));
    } else if dialog.hold.press(code, app.now) {
        confirm(app, dialog, true, effects);
        spend(app, dialog, code);
    }
}

/// A key that has answered means nothing more while it is held down.
fn spend(app: &App, dialog: &mut Dialog, code: KeyCode) {
    if matches!(dialog.phase, Phase::Waiting(_)) {
        dialog.spent = Some((code, app.now));
    }
}

fn step(dialog: &mut Dialog, forwards: bool) {
    let stops = dialog.stops();
    let at = stops
        .iter()
        .position(|stop| *stop == dialog.focus)
        .unwrap_or(0);
    let by = if forwards { 1 } else { stops.len() - 1 };
    if let Some(next) = stops.get((at + by) % stops.len()) {
        dialog.focus = *next;
    }
}

fn first_missing(dialog: &Dialog) -> DialogFocus {
    match dialog.review() {
        Some(review) if review.needs_reason && dialog.reason.trim().is_empty() => {
            DialogFocus::Reason
        }
        Some(review) => match &review.strength {
            Strength::TypeName(name) if dialog.word.trim() != name => DialogFocus::Word,
            _ => DialogFocus::Action,
        },
        None => DialogFocus::Cancel,
    }
}

fn confirm(app: &mut App, dialog: &mut Dialog, held: bool, effects: &mut Vec<Effect>) {
    if let Some(missing) = dialog.missing() {
        refuse(app, &missing);
        dialog.focus = first_missing(dialog);
        return;
    }
    let by_hold = dialog
        .review()
        .is_some_and(|review| review.strength == Strength::Hold);
    if by_hold && !held && !dialog.has_code() {
        let code = dialog.review().map_or("", |review| &review.code);
        refuse(app, &format!("hold y down for a second, or type {code}"));
        return;
    }
    let phase = std::mem::replace(&mut dialog.phase, Phase::Preparing);
    let Phase::Prompting(review) = phase else {
        dialog.phase = phase;
        return;
    };
    if !review.needs_second {
        app.awaited.insert(dialog.ticket, None);
    }
    if let Some(batch) = &dialog.batch {
        app.batches.insert(dialog.ticket, (**batch).clone());
    } else if dialog.plan.is_some() {
        plan::sent(app, dialog.ticket);
    }
    dialog.phase = Phase::Waiting(review);
    effects.push(Effect::Confirm {
        ticket: dialog.ticket,
        answers: Answers {
            typed: dialog.word.trim().to_owned(),
            held,
            reason: dialog.reason.trim().to_owned(),
        },
    });
}

/// A press of the mouse in the dialog: the buttons, the fields.
pub(in crate::ui::update) fn press(app: &mut App, on: DialogFocus, effects: &mut Vec<Effect>) {
    let Some(Overlay::Dialog(mut dialog)) = app.overlays.pop() else {
        return;
    };
    dialog.hold.release();
    if on == DialogFocus::Cancel {
        let _closed = leave(app, &dialog, effects);
        return;
    }
    if dialog.takes_answers(app.now) {
        // The first press gives the focus, the second one acts.
        if on == DialogFocus::Action && dialog.focus == on {
            confirm(app, &mut dialog, false, effects);
        } else {
            dialog.focus = on;
        }
    }
    app.overlays.push(Overlay::Dialog(dialog));
}
