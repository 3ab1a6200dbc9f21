//! From services to a plan: targets, ways, guards and order. Pure: it looks at
//! the model and nothing else.

use super::{
    facts::{Goes, WayBack},
    guards, order,
};
use crate::{
    domain::{
        EnvironmentName, GuardVerdict, Intent, Mechanism, OperationId, Pinned, Quality,
        RollbackPlan, RollbackSpec, RollbackStep, ServiceName, ServiceSpec, SourceId, StepState,
        Text, Timestamp, Version,
    },
    error::{Error, Kind},
    integrations::contract::Query,
    model::Model,
    operation::intent,
};

/// One service that shall go back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Which.
    pub service: ServiceName,
    /// Where.
    pub environment: EnvironmentName,
    /// To which version; none chooses the newest that was good.
    pub to: Option<Version>,
}

/// A question that could not be answered, and why.
pub type Miss = (Query, Text);

/// A plan with what it rests on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drafted {
    /// The plan.
    pub plan: RollbackPlan,
    /// What is known of each step, in the order of the steps.
    pub ways: Vec<WayBack>,
    /// What has to be loaded before it can say all that it could.
    pub questions: Vec<(SourceId, Query)>,
}

/// Builds a plan for these wishes, in the order in which it would be carried
/// out. Steps that must not be done are in it, and say why.
#[must_use]
pub fn build(model: &Model, wishes: &[Wish], misses: &[Miss], now: Timestamp) -> Drafted {
    let asked: Vec<ServiceName> = wishes.iter().map(|wish| wish.service.clone()).collect();
    let order = order::order(&asked, model.catalog());
    let mut drafted = Drafted::default();
    for service in &order.services {
        let Some(wish) = wishes.iter().find(|wish| &wish.service == service) else {
            continue;
        };
        let (step, way) = step(model, wish, misses, now);
        let host = model
            .catalog()
            .service(service)
            .and_then(|spec| spec.host.clone());
        if let Some(host) = host
            && step.state != StepState::Skipped
        {
            let open = way.open_questions().into_iter();
            drafted
                .questions
                .extend(open.map(|question| (host.clone(), question)));
        }
        drafted.plan.steps.push(step);
        drafted.ways.push(way);
    }
    drafted.plan.remarks = order.remarks;
    settle(&mut drafted.plan, &mut drafted.ways);
    drafted
}

/// One step, without what the plan as a whole has to say about it.
fn step(model: &Model, wish: &Wish, misses: &[Miss], now: Timestamp) -> (RollbackStep, WayBack) {
    let place = (&wish.service, &wish.environment);
    let mut step = RollbackStep {
        service: wish.service.clone(),
        environment: wish.environment.clone(),
        ..RollbackStep::default()
    };
    let serving = model.leaving(place.0, place.1);
    let target = wish.to.clone().or_else(|| choose(model, place, now));
    step.to = pinned(model, place, target.as_ref());
    step.from = pinned(model, place, serving);
    let (Some(from), Some(to)) = (serving, target) else {
        let why = if serving.is_none() {
            format!("it is not known what {} serves of {}", place.1, place.0)
        } else {
            format!(
                "no other version is known to have served {} in {}",
                place.0, place.1
            )
        };
        step.mechanism = mechanism(model, place, &step.to.version);
        step.refuse("target", &why);
        return (step, WayBack::default());
    };
    step.mechanism = mechanism(model, place, &to);
    step.record = model.track_record(place.0, place.1, &to, now);
    if from == &to {
        step.state = StepState::Skipped;
        step.detail = Text::from(format!("{to} serves already"));
        let way = WayBack::of(model, place, (from, &to), step.mechanism.clone(), now);
        return (step, way);
    }
    let mut way = WayBack::of(model, place, (from, &to), step.mechanism.clone(), now);
    for (question, why) in misses {
        way.miss(question, why);
    }
    step.guards = guards::judge(&way, now);
    mark_refused(&mut step);
    (step, way)
}

/// A step with a guard that refuses is refused.
fn mark_refused(step: &mut RollbackStep) {
    let why: Vec<&str> = step
        .guards
        .iter()
        .filter(|guard| guard.verdict == GuardVerdict::Refused)
        .map(|guard| guard.sentence.as_str())
        .collect();
    if !why.is_empty() && step.state == StepState::Planned {
        step.detail = Text::from(why.join("; "));
        step.state = StepState::Refused;
    }
}

/// Asks the guards anew, after more was loaded.
pub fn judge_again(plan: &mut RollbackPlan, ways: &[WayBack], now: Timestamp) {
    for (step, way) in plan.steps.iter_mut().zip(ways) {
        if step.guards.is_empty() || way.service != step.service {
            continue;
        }
        step.guards = guards::judge(way, now);
        if step.state == StepState::Refused {
            step.state = StepState::Planned;
            step.detail = Text::default();
        }
        mark_refused(step);
    }
}

/// What depends on the other steps: who must go back before whom, and the
/// plan's name. To be done again whenever a step was refused.
pub fn settle(plan: &mut RollbackPlan, ways: &mut [WayBack]) {
    for at in 0..plan.steps.len() {
        let Some(way) = ways.get_mut(at) else {
            continue;
        };
        for dependent in &mut way.dependents {
            let place = plan
                .steps
                .iter()
                .position(|step| step.service == dependent.service);
            dependent.goes = match place.and_then(|place| plan.steps.get(place).zip(Some(place))) {
                Some((other, _)) if other.state == StepState::Refused => Goes::Cannot,
                Some((other, place)) if place < at && other.state != StepState::Skipped => {
                    Goes::Before
                }
                _ => Goes::Stays,
            };
        }
        let Some(step) = plan.steps.get_mut(at) else {
            continue;
        };
        if step.guards.is_empty() || step.state == StepState::Skipped {
            continue;
        }
        let old = step
            .guards
            .iter()
            .position(|guard| guard.name.as_str() == "dependents");
        let at = old.unwrap_or(step.guards.len());
        step.guards
            .retain(|guard| guard.name.as_str() != "dependents");
        let at = at.min(step.guards.len());
        step.guards.splice(at..at, guards::dependents(way));
        mark_refused(step);
    }
    plan.name = name(plan);
}

/// What a person types: something that can be typed, and that tells which plan
/// it is.
fn name(plan: &RollbackPlan) -> Text {
    let mut steps = plan.to_do();
    let Some(first) = steps.next() else {
        return Text::default();
    };
    match steps.count() {
        0 => first.service.0.clone(),
        more => Text::from(format!("{}+{more}", first.service)),
    }
}

fn pinned(
    model: &Model,
    (service, environment): (&ServiceName, &EnvironmentName),
    version: Option<&Version>,
) -> Pinned {
    let Some(version) = version else {
        return Pinned::default();
    };
    Pinned {
        version: version.clone(),
        commit: model
            .deployments(service, environment)
            .find(|deployment| &deployment.value.version == version)
            .map(|deployment| deployment.value.commit.clone())
            .unwrap_or_default(),
    }
}

/// The version to go back to when nobody says: the newest that was good; else
/// the newest that nothing is known against; else the newest.
#[must_use]
pub fn choose(
    model: &Model,
    (service, environment): (&ServiceName, &EnvironmentName),
    now: Timestamp,
) -> Option<Version> {
    let targets = model.rollback_targets(service, environment);
    let best = |wanted: &[Quality]| {
        targets
            .iter()
            .find(|target| {
                let record = model.track_record(service, environment, target.version, now);
                wanted.contains(&record.quality)
            })
            .map(|target| target.version.clone())
    };
    best(&[Quality::Good])
        .or_else(|| best(&[Quality::NotKnown]))
        .or_else(|| targets.first().map(|target| target.version.clone()))
}

/// How a service is brought back to a version.
#[must_use]
pub fn mechanism(
    model: &Model,
    (service, environment): (&ServiceName, &EnvironmentName),
    to: &Version,
) -> Mechanism {
    let missing = |why: String| Mechanism::Missing {
        why: Text::from(why),
    };
    let Some(spec) = model.catalog().service(service) else {
        return missing(format!(
            "{service} is not in the configuration, so nobody said how"
        ));
    };
    if spec.host.is_none() || spec.repository.is_none() {
        return missing(format!(
            "nobody said where the code of {service} lives (services.host, services.repository)"
        ));
    }
    match &spec.rollback {
        None => missing(format!(
            "no way back is configured for {service} (services.rollback)"
        )),
        Some(RollbackSpec::Workflow(workflow)) => Mechanism::Workflow {
            workflow: workflow.workflow.clone(),
        },
        Some(RollbackSpec::Undo) => {
            let Some(rollout) = model.rollout_at(service, environment) else {
                return missing(format!(
                    "no workload of {service} in {environment} is known, so nothing can be undone"
                ));
            };
            let serving = rollout.value.current().map(|revision| &revision.version);
            if serving != model.leaving(service, environment) {
                return missing(format!(
                    "what the workload of {service} in {environment} shall bring is {}",
                    serving.map_or("not known", |version| version.as_str())
                ));
            }
            match rollout.value.revision_of(to) {
                Some(revision) => Mechanism::Undo {
                    rollout: rollout.value.id.clone(),
                    revision: revision.number,
                    hash: revision.hash.clone(),
                    seen: rollout.value.seen.clone(),
                    managed_by: rollout.value.managed_by.clone(),
                },
                None => missing(format!(
                    "the cluster does not have {service} {to} in {environment} any more: deploy it anew"
                )),
            }
        }
        Some(RollbackSpec::Rerun) => {
            // Not a run that only brought it back: that one is of other code.
            let run = model
                .deployments(service, environment)
                .filter(|deployment| &deployment.value.version == to)
                .filter_map(|deployment| deployment.value.run.as_ref().zip(Some(deployment)))
                .find(|(run, deployment)| {
                    model
                        .run(run)
                        .is_none_or(|run| run.value.commit == deployment.value.commit)
                });
            let Some((run, _)) = run else {
                return missing(format!(
                    "the run that deployed {service} {to} to {environment} is not known"
                ));
            };
            let known = model.run(run).map(|run| &run.value);
            Mechanism::Rerun {
                run: run.clone(),
                number: known.map_or(0, |run| run.number),
                attempt: known.map_or(0, |run| run.attempt),
            }
        }
    }
}

/// The intent of a step. `operation` is the id that it will have.
///
/// # Errors
/// When there is no way, or too little is known of it.
pub fn go_back(
    spec: &ServiceSpec,
    step: &RollbackStep,
    operation: &OperationId,
) -> Result<Intent, Error> {
    let refused = |why: &str| Err(Error::new(Kind::Refused, why));
    match &step.mechanism {
        Mechanism::Missing { why } => refused(why),
        Mechanism::Workflow { .. } => intent::roll_back(
            spec,
            &step.environment,
            &step.from.version,
            &step.to.version,
            operation,
        ),
        Mechanism::Undo {
            rollout,
            revision,
            hash,
            seen,
            ..
        } => intent::undo(
            spec,
            &step.environment,
            (&step.from.version, &step.to.version),
            rollout,
            (*revision, hash),
            seen,
        ),
        Mechanism::Rerun { attempt: 0, .. } => refused(&format!(
            "the run that deployed {} is not read yet",
            step.to.version
        )),
        Mechanism::Rerun { run, attempt, .. } => intent::roll_back_by_rerun(
            spec,
            &step.environment,
            &step.from.version,
            &step.to,
            run,
            *attempt,
        ),
    }
}

#[cfg(test)]
mod tests;
