//! The confirm dialog: it answers only to a person who has had the time to
//! read it, and only a deliberate answer does anything.

use super::{Effect, info, input::After, plan, refuse, text};
use crate::{
    command::{Key, KeyCode},
    domain::{Intent, OperationId, Text},
    operation::{Answers, Strength, plan::Drafted},
    ui::{
        app::{App, Dialog, DialogFocus, Overlay, Phase, Refused, Review},
        overlays,
    },
};

/// Opens the dialog for an intent and has it checked.
pub(super) fn open(app: &mut App, intent: Intent, effects: &mut Vec<Effect>) {
    app.tickets += 1;
    let ticket = app.tickets;
    effects.push(Effect::Check {
        ticket,
        intent: Box::new(intent.clone()),
    });
    show(app, ticket, intent, None);
}

/// Opens the dialog for a plan and has it checked; `intent` is that of its
/// first step.
pub(super) fn open_plan(
    app: &mut App,
    drafted: Drafted,
    intent: Intent,
    effects: &mut Vec<Effect>,
) {
    app.tickets += 1;
    let ticket = app.tickets;
    let name = Text::from(drafted.plan.summary());
    effects.push(Effect::CheckPlan {
        ticket,
        drafted: Box::new(drafted),
    });
    show(app, ticket, intent, Some(name));
}

fn show(app: &mut App, ticket: u64, intent: Intent, plan: Option<Text>) {
    app.overlays.push(Overlay::Dialog(Box::new(Dialog {
        ticket,
        intent,
        plan,
        phase: Phase::Preparing,
        focus: DialogFocus::Cancel,
        reason: String::new(),
        word: String::new(),
        unfolded: false,
        scroll: 0,
        asked_in: None,
        flushed_at: None,
    })));
}

fn find(app: &mut App, ticket: u64) -> Option<&mut Dialog> {
    app.overlays.iter_mut().find_map(|overlay| match overlay {
        Overlay::Dialog(dialog) if dialog.ticket == ticket => Some(&mut **dialog),
        _ => None,
    })
}

/// The operation room has looked.
pub(super) fn checked(app: &mut App, ticket: u64, result: Result<Box<Review>, Refused>) {
    // The frame that is drawn from the state after this event is the first
    // that can show the question.
    let next = app.frame + 1;
    let Some(dialog) = find(app, ticket).filter(|dialog| dialog.phase == Phase::Preparing) else {
        return;
    };
    match result {
        Ok(review) => {
            dialog.phase = Phase::Prompting(review);
            dialog.asked_in = Some(next);
        }
        Err(refused) => dialog.phase = Phase::Failed(refused),
    }
}

/// The request with the reason in it.
pub(super) fn previewed(app: &mut App, ticket: u64, request: Vec<Text>) {
    if let Some(dialog) = find(app, ticket)
        && let Phase::Prompting(review) = &mut dialog.phase
    {
        review.request = request;
    }
}

/// The journal has the operation, or not.
pub(super) fn confirmed(app: &mut App, ticket: u64, result: Result<OperationId, Text>) {
    let Some(dialog) = find(app, ticket) else {
        if let Err(why) = result {
            super::toast(app, why.as_str(), crate::ui::app::ToastKind::Fault);
        }
        return;
    };
    let is_plan = dialog.plan.is_some();
    match result {
        Ok(id) => {
            app.overlays.retain(
                |overlay| !matches!(overlay, Overlay::Dialog(open) if open.ticket == ticket),
            );
            if is_plan {
                plan::confirmed(app, &id);
            }
        }
        Err(why) => dialog.phase = Phase::Failed(Refused::from(why)),
    }
}

/// Has the request built anew when it is looked at.
pub(super) fn preview(app: &App, effects: &mut Vec<Effect>) {
    if let Some(dialog) = app.dialog() {
        preview_of(dialog, effects);
    }
}

fn preview_of(dialog: &Dialog, effects: &mut Vec<Effect>) {
    if dialog.unfolded && matches!(dialog.phase, Phase::Prompting(_)) {
        effects.push(Effect::Preview {
            ticket: dialog.ticket,
            reason: dialog.reason.clone(),
        });
    }
}

/// One key.
pub(super) fn key(
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
    match key.code {
        KeyCode::Up => dialog.scroll = dialog.scroll.saturating_sub(1),
        KeyCode::PageUp => dialog.scroll = dialog.scroll.saturating_sub(8),
        KeyCode::Down => scroll_down(app, &mut dialog, 1),
        KeyCode::PageDown => scroll_down(app, &mut dialog, 8),
        _ => return answer_key(app, dialog, key, burst, effects),
    }
    After::Stay(Overlay::Dialog(dialog))
}

fn scroll_down(app: &App, dialog: &mut Dialog, by: u16) {
    let end = overlays::dialog::scroll_end(app, dialog);
    dialog.scroll = dialog.scroll.saturating_add(by).min(end);
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
        Phase::Failed(_) => {}
    }
    After::Close
}

fn answer_key(
    app: &mut App,
    mut dialog: Box<Dialog>,
    key: Key,
    burst: bool,
    effects: &mut Vec<Effect>,
) -> After {
    if let Phase::Failed(_) = dialog.phase {
        return if matches!(key.code, KeyCode::Enter | KeyCode::Char('q')) && !burst {
            After::Close
        } else {
            After::Stay(Overlay::Dialog(dialog))
        };
    }
    if !dialog.takes_answers(app.now) {
        // What was typed before the question could be read is dropped.
        return After::Stay(Overlay::Dialog(dialog));
    }
    let in_field = matches!(dialog.focus, DialogFocus::Reason | DialogFocus::Word);
    match key.code {
        KeyCode::Tab => step(&mut dialog, !key.shift),
        KeyCode::Left if !in_field => dialog.focus = DialogFocus::Cancel,
        KeyCode::Right if !in_field => dialog.focus = DialogFocus::Action,
        KeyCode::Enter if burst => refuse(app, "ignored a burst of input"),
        KeyCode::Enter => match dialog.focus {
            DialogFocus::Cancel => return leave(app, &dialog, effects),
            DialogFocus::Reason => step(&mut dialog, true),
            DialogFocus::Word | DialogFocus::Action => confirm(app, &mut dialog, effects),
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
            dialog.unfolded = !dialog.unfolded;
            dialog.scroll = if dialog.unfolded {
                overlays::dialog::scroll_end(app, &dialog)
            } else {
                0
            };
            preview_of(&dialog, effects);
        }
        KeyCode::Char('n' | 'q') => return leave(app, &dialog, effects),
        KeyCode::Char('y') => {
            let by_key = dialog
                .review()
                .is_some_and(|review| review.strength == Strength::Key);
            if by_key {
                confirm(app, &mut dialog, effects);
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

fn confirm(app: &mut App, dialog: &mut Dialog, effects: &mut Vec<Effect>) {
    if let Some(missing) = dialog.missing() {
        refuse(app, &missing);
        dialog.focus = first_missing(dialog);
        return;
    }
    let phase = std::mem::replace(&mut dialog.phase, Phase::Preparing);
    let Phase::Prompting(review) = phase else {
        dialog.phase = phase;
        return;
    };
    dialog.phase = Phase::Waiting(review);
    effects.push(Effect::Confirm {
        ticket: dialog.ticket,
        answers: Answers {
            typed: dialog.word.trim().to_owned(),
            reason: dialog.reason.trim().to_owned(),
        },
    });
}

/// A press of the mouse in the dialog: the buttons, the fields.
pub(super) fn press(app: &mut App, on: DialogFocus, effects: &mut Vec<Effect>) {
    let Some(Overlay::Dialog(mut dialog)) = app.overlays.pop() else {
        return;
    };
    if matches!(dialog.phase, Phase::Failed(_)) {
        return;
    }
    if on == DialogFocus::Cancel {
        let _closed = leave(app, &dialog, effects);
        return;
    }
    if dialog.takes_answers(app.now) {
        // The first press gives the focus, the second one acts.
        if on == DialogFocus::Action && dialog.focus == on {
            confirm(app, &mut dialog, effects);
        } else {
            dialog.focus = on;
        }
    }
    app.overlays.push(Overlay::Dialog(dialog));
}
