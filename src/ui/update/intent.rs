//! From a command on the selected item to an intent, or to the reason why
//! there is none. The same questions decide what the footer offers, so they
//! are cheap.

use crate::{
    command::{self, Item},
    domain::{
        Approval, EnvironmentName, Incident, Intent, OperationId, OperationRecord, OperationState,
        Origin, Run, RunState, ServiceName, SourceId, Text, Timestamp, Version,
    },
    integrations::contract::Query,
    model::Model,
    operation::{self, plan::Wish},
    ui::app::App,
};

/// A sentence that says why something cannot be done now.
pub(super) type WhyNot = String;

/// The approval that the item is or waits in.
pub(super) fn approval<'a>(model: &'a Model, item: &Item) -> Result<&'a Approval, WhyNot> {
    if let Item::Approval(id) = item {
        return model
            .approval(id)
            .map(|found| found.value)
            .ok_or_else(|| "it does not wait any more".to_owned());
    }
    let run = command::run(model, item);
    let service = command::service(model, item);
    let waiting: Vec<&Approval> = model
        .approvals()
        .into_iter()
        .map(|found| found.value)
        .filter(|approval| match (&run, &service) {
            (Some(run), _) => &approval.run == run,
            (None, Some(service)) => &approval.service == service,
            (None, None) => false,
        })
        .collect();
    match waiting[..] {
        [only] => Ok(only),
        [] => Err("nothing of what is selected waits for a yes".to_owned()),
        [..] => Err("several of it wait: choose one under Needs you".to_owned()),
    }
}

/// Approve or decline.
pub(super) fn answer(model: &Model, item: &Item, yes: bool) -> Result<Intent, WhyNot> {
    let approval = approval(model, item)?;
    if approval.can_approve == Some(false) {
        let reviewers: Vec<&str> = approval.reviewers.iter().map(Text::as_str).collect();
        let who = if reviewers.is_empty() {
            String::new()
        } else {
            format!(": {}", reviewers.join(", "))
        };
        return Err(format!(
            "you are not a reviewer of {}{who}",
            approval.environment
        ));
    }
    Ok(if yes {
        operation::intent::approve(approval)
    } else {
        operation::intent::decline(approval)
    })
}

pub(super) fn run<'a>(model: &'a Model, item: &Item) -> Result<&'a Run, WhyNot> {
    let id = command::run(model, item).ok_or("select a run first")?;
    model
        .run(&id)
        .map(|found| &found.value)
        .ok_or_else(|| "the run is not known yet".to_owned())
}

/// Run the failed jobs again.
pub(super) fn rerun(model: &Model, item: &Item) -> Result<Intent, WhyNot> {
    let run = run(model, item)?;
    if matches!(run.state, RunState::Done(_)) && !run.state.is_failed() {
        return Err(format!("run #{} has no failed jobs", run.number));
    }
    operation::intent::rerun(run).map_err(|error| error.message)
}

/// Stop a run.
pub(super) fn cancel(model: &Model, item: &Item) -> Result<Intent, WhyNot> {
    operation::intent::cancel(run(model, item)?).map_err(|error| error.message)
}

/// The incident that the item is, or the only open one of its service.
pub(super) fn incident<'a>(model: &'a Model, item: &Item) -> Result<&'a Incident, WhyNot> {
    if let Item::Incident(id) = item {
        return model
            .incident(id)
            .map(|found| &found.value)
            .ok_or_else(|| "the incident is not known any more".to_owned());
    }
    let service = command::service(model, item).ok_or("select an incident first")?;
    let of_service: Vec<&Incident> = model
        .open_incidents()
        .into_iter()
        .map(|found| &found.value)
        .filter(|incident| incident.service.as_ref() == Some(&service))
        .collect();
    match of_service[..] {
        [only] => Ok(only),
        [] => Err(format!("{service} has no open incident")),
        [..] => Err(format!("{service} has several open incidents: select one")),
    }
}

/// Say that somebody looks at it.
pub(super) fn acknowledge(model: &Model, item: &Item) -> Result<Intent, WhyNot> {
    operation::intent::acknowledge(incident(model, item)?).map_err(|error| error.message)
}

/// Say that it is over.
pub(super) fn resolve(model: &Model, item: &Item) -> Result<Intent, WhyNot> {
    operation::intent::resolve(incident(model, item)?).map_err(|error| error.message)
}

/// Write a note into an incident.
pub(super) fn add_note(model: &Model, incident: &Origin, lines: &[Text]) -> Result<Intent, WhyNot> {
    let incident = model
        .incident(incident)
        .ok_or("the incident is not known any more")?;
    operation::intent::add_note(&incident.value, lines).map_err(|error| error.message)
}

/// The operation that the item is, of which nobody knows the outcome.
pub(super) fn unresolved<'a>(model: &'a Model, item: &Item) -> Result<&'a OperationRecord, WhyNot> {
    let Item::Operation(id) = item else {
        return Err("select an operation of unknown outcome first".to_owned());
    };
    let record = model
        .operation(id)
        .ok_or_else(|| "the operation is not known any more".to_owned())?;
    if record.state != OperationState::Unknown {
        return Err("its outcome is known".to_owned());
    }
    Ok(record)
}

/// The same, when nothing took its place.
pub(super) fn to_send_again<'a>(
    model: &'a Model,
    item: &Item,
) -> Result<&'a OperationRecord, WhyNot> {
    let record = unresolved(model, item)?;
    if model.is_unresolved(record) {
        Ok(record)
    } else {
        Err("it was sent again already".to_owned())
    }
}

/// The service of an item, and its environment that a rollback is about.
fn place(model: &Model, item: &Item) -> Option<(ServiceName, EnvironmentName)> {
    let service = command::service(model, item)?;
    let named = match item {
        Item::Deployment(id) => model
            .deployment(id)
            .map(|found| found.value.environment.clone()),
        Item::Approval(id) => model
            .approval(id)
            .map(|found| found.value.environment.clone()),
        Item::Canary(_) | Item::Metric(..) => model
            .canary(&service)
            .map(|found| found.value.environment.clone()),
        _ => None,
    };
    let environment = named.or_else(|| model.production_of(&service).cloned())?;
    Some((service, environment))
}

/// Where a rollback of the item would happen.
pub(super) fn rollback_place(
    model: &Model,
    item: &Item,
) -> Result<(ServiceName, EnvironmentName), WhyNot> {
    command::service(model, item).ok_or("select something of one service first")?;
    let (service, environment) = place(model, item).ok_or("no production environment is known")?;
    let spec = model
        .catalog()
        .service(&service)
        .ok_or_else(|| format!("{service} is not in the configuration, so nobody said how"))?;
    if spec.rollback.is_none() || spec.host.is_none() || spec.repository.is_none() {
        return Err(format!(
            "no way back is configured for {service} (services.rollback)"
        ));
    }
    if model.rollback_targets(&service, &environment).is_empty() {
        return Err(format!(
            "no other version is known to have served {service} in {environment}"
        ));
    }
    Ok((service, environment))
}

/// Bring a service back, or why that cannot be built; with what has to be
/// loaded for it. The identity that its request carries is filled in by the
/// operation room, where identities are made.
pub(super) fn roll_back(
    model: &Model,
    (service, environment): (&ServiceName, &EnvironmentName),
    to: &Version,
    now: Timestamp,
) -> (Result<Intent, WhyNot>, Vec<(SourceId, Query)>) {
    let wish = Wish {
        service: service.clone(),
        environment: environment.clone(),
        to: Some(to.clone()),
    };
    let drafted = operation::plan::build(model, &[wish], &[], now);
    let intent = match (model.catalog().service(service), drafted.plan.steps.first()) {
        (Some(spec), Some(step)) => operation::plan::go_back(spec, step, &OperationId::default())
            .map_err(|error| error.message),
        _ => Err(format!(
            "{service} is not in the configuration, so nobody said how"
        )),
    };
    (intent, drafted.questions)
}

/// Where the marked rows of the focused pane would be rolled back, in their
/// order, each service once.
pub(super) fn marked_places(app: &App) -> Vec<(ServiceName, EnvironmentName)> {
    let mut places: Vec<(ServiceName, EnvironmentName)> = Vec::new();
    let Some(pane) = app.focus().filter(|_| !app.marks.is_empty()) else {
        return places;
    };
    for item in &app.list(pane).rows {
        if app.marks.contains(item)
            && let Some(place) = place(&app.model, item)
            && !places.iter().any(|(service, _)| service == &place.0)
        {
            places.push(place);
        }
    }
    places
}
