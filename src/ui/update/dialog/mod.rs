//! The confirm dialog: it answers only to a person who has had the time to
//! read it, and only a deliberate answer does anything.

mod answer;
mod known;
#[cfg(test)]
mod tests;

pub(super) use self::answer::{key, press};
use super::{Effect, batch, plan, toast};
use crate::{
    domain::{Intent, OperationId, Text},
    operation::plan::Drafted,
    ui::app::{App, Batch, Dialog, Overlay, Phase, Refused, Review, ToastKind},
};

/// Opens the dialog for an intent and has it checked.
pub(super) fn open(app: &mut App, intent: Intent, effects: &mut Vec<Effect>) {
    ask(app, intent, None, effects);
}

/// Opens the dialog for an operation of unknown outcome that is to be sent
/// again.
pub(super) fn open_again(
    app: &mut App,
    intent: Intent,
    before: OperationId,
    effects: &mut Vec<Effect>,
) {
    ask(app, intent, Some(before), effects);
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
    let mut dialog = Dialog::open(ticket, intent, None);
    dialog.plan = Some(Text::from(drafted.plan.summary()));
    effects.push(Effect::CheckPlan {
        ticket,
        drafted: Box::new(drafted),
    });
    app.overlays.push(Overlay::Dialog(Box::new(dialog)));
}

/// Opens the dialog for several intents and has them checked; `first` is the
/// first of them.
pub(super) fn open_batch(app: &mut App, batch: Batch, first: Intent, effects: &mut Vec<Effect>) {
    app.tickets += 1;
    let ticket = app.tickets;
    effects.push(Effect::CheckBatch {
        ticket,
        intents: batch.intents(),
    });
    let mut dialog = Dialog::open(ticket, first, None);
    dialog.plan = Some(Text::new(&batch.summary));
    dialog.batch = Some(Box::new(batch));
    app.overlays.push(Overlay::Dialog(Box::new(dialog)));
}

fn ask(
    app: &mut App,
    mut intent: Intent,
    again_of: Option<OperationId>,
    effects: &mut Vec<Effect>,
) {
    // A reason is given for each time anew.
    intent.reason = Text::default();
    app.tickets += 1;
    let ticket = app.tickets;
    effects.push(Effect::Check {
        ticket,
        intent: Box::new(intent.clone()),
        again_of: again_of.clone(),
    });
    let dialog = Dialog::open(ticket, intent, again_of);
    app.overlays.push(Overlay::Dialog(Box::new(dialog)));
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
    let result = result.map(|mut review| {
        let several = find(app, ticket).is_some_and(|dialog| dialog.batch.is_some());
        if review.plan.is_none() && !several {
            review.known = known::of(&app.model, &review.intent, app.now);
        }
        let before = find(app, ticket).and_then(|dialog| dialog.again_of.clone());
        if let Some(before) = before.and_then(|id| app.model.operation(&id)) {
            review.again = known::before(before);
        }
        review
    });
    let Some(dialog) = find(app, ticket).filter(|dialog| dialog.phase == Phase::Preparing) else {
        return;
    };
    match result {
        Ok(review) => {
            if let Some(batch) = &mut dialog.batch {
                batch.refuse(&review.refused);
            }
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
    match &result {
        // What is only proposed is not on its way.
        Ok(id) if app.awaited.contains_key(&ticket) && !app.is_shown(id) => {
            app.awaited.insert(ticket, Some(id.clone()));
        }
        Ok(_) | Err(_) => {
            app.awaited.remove(&ticket);
        }
    }
    plan::answered(app, ticket, &result);
    batch::answered(app, ticket, &result);
    let Some(dialog) = find(app, ticket) else {
        if let Err(why) = result {
            toast(app, why.as_str(), ToastKind::Fault);
        }
        return;
    };
    if dialog.plan.is_some() && result.is_ok() {
        // What becomes of a plan is followed in a view of its own.
        app.overlays
            .retain(|overlay| !matches!(overlay, Overlay::Dialog(open) if open.ticket == ticket));
        return;
    }
    (dialog.scroll, dialog.unfolded) = (0, false);
    let phase = std::mem::replace(&mut dialog.phase, Phase::Preparing);
    dialog.phase = match (phase, result) {
        (Phase::Waiting(review), Ok(id)) => Phase::Done(review, id),
        (Phase::Waiting(_), Err(why)) => Phase::Failed(Refused::from(why)),
        (phase, _) => phase,
    };
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
