//! A plan of several rollbacks: put together, confirmed by the one dialog,
//! followed, stopped.

use super::{Effect, compare, dialog, info, input::After, refuse};
use crate::{
    command::{Key, KeyCode},
    domain::{EnvironmentName, OperationId, PlanState, ServiceName, StepState, Text, Version},
    integrations::contract::Query,
    operation::plan::{Wish, build, choose as choose_target, go_back},
    ui::{
        app::{App, CompareView, Overlay, PlanDraft, PlanStage, PlanView, RollbackPicker},
        overlays,
    },
};

/// Opens a draft for these places.
pub(super) fn open(
    app: &mut App,
    places: Vec<(ServiceName, EnvironmentName)>,
    effects: &mut Vec<Effect>,
) {
    let wishes = places
        .into_iter()
        .map(|(service, environment)| Wish {
            service,
            environment,
            to: None,
        })
        .collect();
    let mut view = PlanView {
        stage: PlanStage::Draft(Box::new(PlanDraft {
            wishes,
            ..PlanDraft::default()
        })),
        selected: None,
        scroll: 0,
    };
    rebuild(app, &mut view, effects);
    app.overlays.push(Overlay::Plan(Box::new(view)));
    // A plan rests on what is so now, not at the next turn.
    app.refreshes += 1;
    app.attend_at = Some(app.now);
}

/// Shows a confirmed plan.
pub(super) fn follow(app: &mut App, id: OperationId) {
    let mut view = PlanView {
        stage: PlanStage::Confirmed(id),
        selected: None,
        scroll: 0,
    };
    let first = view
        .plan(&app.model)
        .and_then(|(plan, _)| plan.steps.first())
        .map(|step| step.service.clone());
    view.selected = first;
    app.overlays.push(Overlay::Plan(Box::new(view)));
}

/// Lets every draft follow the model.
pub(super) fn refresh(app: &mut App, effects: &mut Vec<Effect>) {
    let has_draft = app.overlays.iter().any(|overlay| {
        matches!(overlay, Overlay::Plan(view) if matches!(view.stage, PlanStage::Draft(_)))
    });
    if !has_draft {
        return;
    }
    let mut overlays = std::mem::take(&mut app.overlays);
    for overlay in &mut overlays {
        if let Overlay::Plan(view) = overlay {
            rebuild(app, view, effects);
        }
    }
    app.overlays = overlays;
}

/// Builds the draft anew, and asks for what it still needs, once.
fn rebuild(app: &App, view: &mut PlanView, effects: &mut Vec<Effect>) {
    let PlanStage::Draft(draft) = &mut view.stage else {
        return;
    };
    if draft.sent.is_some() {
        // What is shown is what was confirmed.
        return;
    }
    draft.drafted = build(&app.model, &draft.wishes, &draft.misses, app.now);
    for (source, query) in &draft.drafted.questions {
        if !draft.asked.contains(query) {
            draft.asked.push(query.clone());
            effects.push(Effect::Fetch {
                source: source.clone(),
                query: query.clone(),
            });
        }
    }
    let steps = &draft.drafted.plan.steps;
    let there = steps
        .iter()
        .any(|step| Some(&step.service) == view.selected.as_ref());
    if !there {
        view.selected = steps.first().map(|step| step.service.clone());
    }
}

/// Takes in that something could not be loaded; false when no plan asked.
pub(super) fn missed(app: &mut App, query: &Query, why: &Text) -> bool {
    let mut asked = false;
    for overlay in &mut app.overlays {
        if let Overlay::Plan(view) = overlay
            && let PlanStage::Draft(draft) = &mut view.stage
            && draft.asked.contains(query)
        {
            draft.misses.push((query.clone(), why.clone()));
            asked = true;
        }
    }
    if asked {
        app.stale.model = true;
    }
    asked
}

/// Takes the target that was chosen for a step.
pub(super) fn choose(
    app: &mut App,
    service: &ServiceName,
    to: &Version,
    effects: &mut Vec<Effect>,
) {
    let Some(at) = app
        .overlays
        .iter()
        .rposition(|overlay| matches!(overlay, Overlay::Plan(_)))
    else {
        return;
    };
    let Overlay::Plan(mut view) = app.overlays.remove(at) else {
        return;
    };
    if let PlanStage::Draft(draft) = &mut view.stage {
        for wish in &mut draft.wishes {
            if &wish.service == service {
                wish.to = Some(to.clone());
            }
        }
    }
    rebuild(app, &mut view, effects);
    app.overlays.insert(at, Overlay::Plan(view));
}

/// The yes of this dialog to the draft below it is on its way to the journal.
pub(super) fn sent(app: &mut App, ticket: u64) {
    let below = app
        .overlays
        .iter_mut()
        .rev()
        .find_map(|overlay| match overlay {
            Overlay::Plan(view) => Some(view),
            _ => None,
        });
    if let Some(PlanStage::Draft(draft)) = below.map(|view| &mut view.stage) {
        draft.sent = Some(ticket);
    }
}

/// The journal has the plan, which is followed from now on, or it has not, and
/// it is a draft as before. It does not matter whether the dialog is open.
pub(super) fn answered(app: &mut App, ticket: u64, result: &Result<OperationId, Text>) {
    let draft = app.overlays.iter_mut().find_map(|overlay| match overlay {
        Overlay::Plan(view) => match &mut view.stage {
            PlanStage::Draft(draft) if draft.sent == Some(ticket) => Some(view),
            _ => None,
        },
        _ => None,
    });
    let Some(view) = draft else {
        return;
    };
    match (result, &mut view.stage) {
        (Ok(id), stage) => {
            *stage = PlanStage::Confirmed(id.clone());
            view.scroll = 0;
            app.marks.clear();
        }
        (Err(_), PlanStage::Draft(draft)) => {
            draft.sent = None;
            // It follows the model again.
            app.stale.model = true;
        }
        (Err(_), PlanStage::Confirmed(_)) => {}
    }
}

/// One key.
pub(super) fn key(
    app: &mut App,
    mut view: Box<PlanView>,
    key: Key,
    burst: bool,
    effects: &mut Vec<Effect>,
) -> After {
    match key.code {
        KeyCode::Esc | KeyCode::Char('q') => {
            if view.is_sent() {
                info(app, "it was confirmed already; the journal shows it");
            }
            return After::Close;
        }
        KeyCode::Down | KeyCode::Char('j') => step(app, &mut view, 1),
        KeyCode::Up | KeyCode::Char('k') => step(app, &mut view, -1),
        KeyCode::PageDown => scroll(app, &mut view, 8),
        KeyCode::PageUp => scroll(app, &mut view, -8),
        _ if burst => refuse(app, "ignored a burst of input"),
        KeyCode::Char('c') => {
            let top = compare(app, &view, effects);
            return under(view, top);
        }
        _ => {
            return match view.stage {
                PlanStage::Draft(_) => draft_key(app, view, key, effects),
                PlanStage::Confirmed(_) => record_key(app, view, key, effects),
            };
        }
    }
    After::Stay(Overlay::Plan(view))
}

fn step(app: &App, view: &mut PlanView, by: isize) {
    let Some((plan, _)) = view.plan(&app.model) else {
        return;
    };
    let last = plan.steps.len().saturating_sub(1);
    let at = view.index(plan).saturating_add_signed(by).min(last);
    view.selected = plan.steps.get(at).map(|step| step.service.clone());
    view.scroll = 0;
}

fn scroll(app: &App, view: &mut PlanView, by: isize) {
    let end = usize::from(overlays::plan::scroll_end(app, view));
    let wanted = usize::from(view.scroll).saturating_add_signed(by).min(end);
    view.scroll = u16::try_from(wanted).unwrap_or(u16::MAX);
}

/// The plan with what lies over it, where something does.
fn under(view: Box<PlanView>, top: Option<Overlay>) -> After {
    match top {
        Some(top) => After::Under(Overlay::Plan(view), top),
        None => After::Stay(Overlay::Plan(view)),
    }
}

/// What came between the versions of the selected step.
fn compare(app: &mut App, view: &PlanView, effects: &mut Vec<Effect>) -> Option<Overlay> {
    let (plan, _) = view.plan(&app.model)?;
    let step = plan.steps.get(view.index(plan))?;
    let host = app
        .model
        .catalog()
        .service(&step.service)
        .and_then(|spec| spec.host.clone());
    let Some(source) = host else {
        let why = format!("nobody said where the code of {} lives", step.service);
        refuse(app, &why);
        return None;
    };
    let view = CompareView::new(
        source,
        step.service.clone(),
        step.to.version.0.clone(),
        step.from.version.0.clone(),
    );
    Some(Overlay::Compare(Box::new(compare::of(app, view, effects))))
}

fn draft_key(app: &mut App, mut view: Box<PlanView>, key: Key, effects: &mut Vec<Effect>) -> After {
    match key.code {
        _ if view.is_sent() => refuse(app, "it was confirmed: its entry is being written"),
        KeyCode::Enter => {
            let top = confirm(app, &view, effects);
            return under(view, top);
        }
        KeyCode::Char('t') => {
            let top = targets(app, &view);
            return under(view, top);
        }
        KeyCode::Char('x') => leave_out(app, &mut view, effects),
        _ => refuse(app, &format!("{key} does nothing in a plan")),
    }
    After::Stay(Overlay::Plan(view))
}

/// Opens the one dialog for what can be done of the plan.
fn confirm(app: &mut App, view: &PlanView, effects: &mut Vec<Effect>) -> Option<Overlay> {
    let PlanStage::Draft(draft) = &view.stage else {
        return None;
    };
    let Some(first) = draft.drafted.plan.to_do().next() else {
        refuse(app, "nothing of this plan can be done");
        return None;
    };
    let intent = app
        .model
        .catalog()
        .service(&first.service)
        .ok_or_else(|| format!("{} is not in the configuration", first.service))
        .and_then(|spec| {
            go_back(spec, first, &OperationId::default()).map_err(|error| error.message)
        });
    match intent {
        Ok(intent) => {
            dialog::open_plan(app, draft.drafted.clone(), intent, effects);
            app.overlays.pop()
        }
        Err(why) => {
            refuse(app, &why);
            None
        }
    }
}

/// Opens the versions that the selected step can go back to.
fn targets(app: &App, view: &PlanView) -> Option<Overlay> {
    let (plan, _) = view.plan(&app.model)?;
    let step = plan.steps.get(view.index(plan))?;
    let place = (&step.service, &step.environment);
    let selected = Some(step.to.version.clone())
        .filter(|version| !version.as_str().is_empty())
        .or_else(|| choose_target(&app.model, place, app.now));
    Some(Overlay::Rollback(RollbackPicker {
        service: step.service.clone(),
        environment: step.environment.clone(),
        selected,
        offset: 0,
        for_plan: true,
    }))
}

fn leave_out(app: &mut App, view: &mut PlanView, effects: &mut Vec<Effect>) {
    let selected = view.selected.clone();
    if let PlanStage::Draft(draft) = &mut view.stage {
        if draft.wishes.len() < 2 {
            return refuse(app, "it is the only service of the plan; esc leaves it");
        }
        draft
            .wishes
            .retain(|wish| Some(&wish.service) != selected.as_ref());
    }
    view.scroll = 0;
    rebuild(app, view, effects);
}

fn record_key(app: &mut App, view: Box<PlanView>, key: Key, effects: &mut Vec<Effect>) -> After {
    let PlanStage::Confirmed(id) = &view.stage else {
        return After::Stay(Overlay::Plan(view));
    };
    let Some(record) = app.model.plan(id) else {
        return After::Close;
    };
    match key.code {
        KeyCode::Char('s') if record.state == PlanState::Running => {
            effects.push(Effect::StopPlan(id.clone()));
            info(app, "no further step starts; what is under way still ends");
        }
        KeyCode::Char('s') => refuse(app, "there is nothing to stop"),
        KeyCode::Char('p') if record.state.is_final() => {
            let left: Vec<(ServiceName, EnvironmentName)> = record
                .plan
                .steps
                .iter()
                .filter(|step| matches!(step.state, StepState::Stopped | StepState::Failed))
                .map(|step| (step.service.clone(), step.environment.clone()))
                .collect();
            if left.is_empty() {
                refuse(app, "nothing of it is left to plan");
                return After::Stay(Overlay::Plan(view));
            }
            open(app, left, effects);
            return app.overlays.pop().map_or(After::Close, After::Stay);
        }
        KeyCode::Char('p') => refuse(app, "it is not over yet"),
        _ => refuse(app, &format!("{key} does nothing here")),
    }
    After::Stay(Overlay::Plan(view))
}

#[cfg(test)]
pub(in crate::ui) mod tests;
