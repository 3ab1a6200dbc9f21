//! `tminus rollback`: one service as an operation, several as a plan.

use std::sync::Arc;

use futures_util::future::FutureExt;

use super::{
    args::{Global, Rollback},
    context::{Context, remember},
    operate::{Consent, agree, carry_out, mark, with_picture},
    print,
    report::PlanReport,
};
use crate::{
    domain::{
        Connection, EnvironmentName, GuardVerdict, Intent, PlanRecord, PlanState, RollbackPlan,
        RollbackStep, ServiceName, StepState, Text, Version,
    },
    error::{Error, Kind},
    model::Model,
    operation::{
        Answers, Desk, Emit, Situation, Strength, Verdict,
        plan::{self, CheckedPlan, Drafted, Hands, Miss, Wish},
    },
    runtime::now,
};

/// `tminus rollback`.
///
/// # Errors
/// When a version never served there, a rule or a guard refuses, the name was
/// not confirmed, or it is not observed.
pub fn run(global: &Global, rollback: &Rollback) -> Result<(), Error> {
    let wishes = wishes(rollback)?;
    with_picture(global, async |context, model, desk| {
        for wish in &wishes {
            known_service(model, wish)?;
        }
        let drafted = draft(desk, model, &wishes).await;
        let consent = Consent {
            yes: rollback.confirm.is_some(),
            typed: rollback.confirm.clone().unwrap_or_default(),
            dry_run: rollback.dry_run,
        };
        match (&wishes[..], drafted.plan.steps.first()) {
            ([wish], Some(step)) => {
                one(global, desk, model, (wish, step), rollback, &consent).await
            }
            _ => several(global, context, desk, model, drafted, rollback, &consent).await,
        }
    })
}

/// What shall go back where to.
fn wishes(rollback: &Rollback) -> Result<Vec<Wish>, Error> {
    let usage = |message: String| Error::new(Kind::Usage, message);
    let several = rollback.services.len() > 1;
    if several && rollback.to.is_some() {
        return Err(
            usage("--to names one version, and there are several services".to_owned())
                .hint("write checkout=4.11.3 search=1.87.2"),
        );
    }
    let mut wishes: Vec<Wish> = Vec::new();
    for text in &rollback.services {
        let (service, to) = match (text.split_once('='), &rollback.to) {
            (Some((service, to)), None) if !to.is_empty() => (service, to),
            (None, Some(to)) => (text.as_str(), to.as_str()),
            (Some((service, _)), Some(_)) => {
                return Err(usage(format!(
                    "the version of {service} is there twice: `{text}` and --to"
                )));
            }
            (_, None) => {
                return Err(
                    usage(format!("`{text}` names no version to go back to")).hint(if several {
                        "write SERVICE=VERSION for each"
                    } else {
                        "add --to VERSION"
                    }),
                );
            }
        };
        let service = ServiceName::new(service);
        if wishes.iter().any(|wish| wish.service == service) {
            return Err(usage(format!("{service} is there twice")));
        }
        wishes.push(Wish {
            service,
            environment: EnvironmentName::new(&rollback.env),
            to: Some(Version::new(to)),
        });
    }
    Ok(wishes)
}

fn known_service(model: &Model, wish: &Wish) -> Result<(), Error> {
    let service = &wish.service;
    let spec = model.catalog().service(service).ok_or_else(|| {
        let known: Vec<&str> = model.services().map(ServiceName::as_str).collect();
        Error::new(Kind::Usage, format!("there is no service `{service}`"))
            .hint(format!("known: {}", known.join(", ")))
    })?;
    if model.leaving(service, &wish.environment).is_some() {
        return Ok(());
    }
    let away = spec
        .host
        .as_ref()
        .and_then(|host| model.health_of(host))
        .is_some_and(|health| health.value.connection != Connection::Ok);
    let kind = if away { Kind::Unknown } else { Kind::Refused };
    let environment = &wish.environment;
    Err(Error::new(
        kind,
        format!("it is not known what {environment} serves of {service}"),
    ))
}

/// The plan, with everything loaded that its guards need.
async fn draft(desk: &Arc<Desk>, model: &mut Model, wishes: &[Wish]) -> Drafted {
    let mut misses: Vec<Miss> = Vec::new();
    let open = plan::build(model, wishes, &misses, now()).questions;
    for (source, question) in open {
        match desk.ask(&source, &question).await {
            Ok(facts) => {
                for fact in facts {
                    model.apply(fact, now());
                }
            }
            Err(why) => misses.push((question, why)),
        }
    }
    plan::build(model, wishes, &misses, now())
}

async fn one(
    global: &Global,
    desk: &Arc<Desk>,
    model: &Model,
    (wish, step): (&Wish, &RollbackStep),
    rollback: &Rollback,
    consent: &Consent,
) -> Result<(), Error> {
    let (service, environment) = (&wish.service, &wish.environment);
    let to = &step.to.version;
    let targets = model.rollback_targets(service, environment);
    if &step.from.version != to && !targets.iter().any(|target| target.version == to) {
        let known: Vec<&str> = targets
            .iter()
            .map(|target| target.version.as_str())
            .collect();
        return Err(Error::new(
            Kind::Refused,
            format!("{to} never served {service} in {environment}"),
        )
        .hint(format!("served before: {}", known.join(", "))));
    }
    let Some(spec) = model.catalog().service(service) else {
        return Err(Error::new(
            Kind::Usage,
            format!("there is no service `{service}`"),
        ));
    };
    let mut draft = desk.draft_step(spec, step, None)?;
    draft.intent.reason = Text::new(&rollback.reason);
    carry_out(global, desk, model, draft, consent).await
}

async fn several(
    global: &Global,
    context: &Arc<Context>,
    desk: &Arc<Desk>,
    model: &Model,
    drafted: Drafted,
    rollback: &Rollback,
    consent: &Consent,
) -> Result<(), Error> {
    let drawn = drafted.plan.clone();
    let silent: Emit = Arc::new(|_| ());
    let known = |intent: &Intent| Situation::of(model, intent, now());
    let checked = desk
        .check_plan_closely(drafted, model.catalog(), known, &silent)
        .await;
    let checked = match checked {
        Ok(checked) => checked,
        Err(error) => {
            show(global, &drawn, None)?;
            return Err(error);
        }
    };
    if consent.dry_run || (!consent.yes && !global.json) {
        show(global, checked.plan(), Some(&checked))?;
    }
    if consent.dry_run {
        return if global.json {
            Ok(())
        } else {
            print::line("dry run: nothing was sent")
        };
    }
    agree(checked.strength(), consent).map_err(|error| left_out(error, checked.plan()))?;
    let answers = Answers {
        typed: consent.typed.clone(),
        // `--confirm`, or an answer to the question, is as deliberate.
        held: true,
        reason: rollback.reason.clone(),
    };
    let confirmed = desk.confirm_plan(&checked, &answers)?;
    let record = desk.run_plan(confirmed, hands(context, desk)).await;
    if global.json {
        print::json(&PlanReport::from(&record))?;
    }
    outcome(&record, global.json)
}

/// Names what would not go back, for whoever confirmed more than that.
fn left_out(error: Error, plan: &RollbackPlan) -> Error {
    let out: Vec<String> = plan
        .steps
        .iter()
        .filter(|step| matches!(step.state, StepState::Refused | StepState::Skipped))
        .map(|step| format!("{} ({}: {})", step.service, step.state.word(), step.detail))
        .collect();
    if out.is_empty() {
        return error;
    }
    error.hint(format!("without {}", out.join(", ")))
}

/// Every step is checked with a picture that was read anew.
fn hands(context: &Arc<Context>, desk: &Arc<Desk>) -> Hands {
    let (sweeping, records) = (Arc::clone(context), Arc::clone(desk));
    Hands {
        catalog: Arc::clone(&context.config.catalog),
        situate: Arc::new(move |intent| {
            let (context, desk) = (Arc::clone(&sweeping), Arc::clone(&records));
            async move {
                let mut model = context.sweep().await;
                remember(&mut model, &desk);
                Ok(Situation::of(&model, &intent, now()))
            }
            .boxed()
        }),
        emit: Arc::new(|_| ()),
    }
}

/// The plan as a table, with what speaks against each step.
fn show(global: &Global, plan: &RollbackPlan, checked: Option<&CheckedPlan>) -> Result<(), Error> {
    if global.json {
        return print::json(&PlanReport::from(plan));
    }
    table(plan)?;
    for (at, step) in plan.steps.iter().enumerate() {
        let head = format!("\n{}  {}", step.service, step.detail);
        print::line(head.trim_end())?;
        for guard in &step.guards {
            let verdict = match guard.verdict {
                GuardVerdict::Ok => Verdict::Pass,
                GuardVerdict::Warn => Verdict::Warn,
                GuardVerdict::NotKnown => {
                    print::line(&format!("  ? {}", guard.sentence))?;
                    continue;
                }
                GuardVerdict::Refused => Verdict::Refuse,
            };
            print::line(&format!("  {} {}", mark(verdict), guard.sentence))?;
        }
        let check = checked.and_then(|checked| checked.checks().get(at));
        let more = check.iter().flat_map(|check| &check.rules).filter(|rule| {
            rule.verdict != Verdict::Pass
                && !step
                    .guards
                    .iter()
                    .any(|guard| guard.sentence == rule.sentence)
        });
        for rule in more {
            print::line(&format!("  {} {}", mark(rule.verdict), rule.sentence))?;
        }
        if let Some(request) = check.and_then(|check| check.request.as_ref()) {
            print::line(&format!("  {request}"))?;
        }
    }
    if !plan.remarks.is_empty() {
        print::line("")?;
    }
    for remark in &plan.remarks {
        print::line(remark)?;
    }
    match checked.map(CheckedPlan::strength) {
        Some(Strength::TypeName(name)) => print::line(&format!("\nconfirm with --confirm {name}")),
        _ => Ok(()),
    }
}

fn table(plan: &RollbackPlan) -> Result<(), Error> {
    let heads = [
        "", "SERVICE", "IN", "FROM", "TO", "SERVED", "WAS", "BY", "HOW", "STATE",
    ];
    let rows: Vec<[String; 10]> = plan
        .steps
        .iter()
        .enumerate()
        .map(|(at, step)| {
            [
                (at + 1).to_string(),
                step.service.to_string(),
                step.environment.to_string(),
                pinned(&step.from),
                pinned(&step.to),
                step.record.served.map(plan::span).unwrap_or_default(),
                step.record.quality.word().to_owned(),
                step.record.by.to_string(),
                step.mechanism.words(),
                step.state.word().to_owned(),
            ]
        })
        .collect();
    let widths: Vec<usize> = heads
        .iter()
        .enumerate()
        .map(|(column, head)| {
            rows.iter()
                .map(|row| row.get(column).map_or(0, |cell| cell.chars().count()))
                .chain([head.chars().count()])
                .max()
                .unwrap_or(0)
        })
        .collect();
    let line = |cells: &[&str]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        print::line(padded.join("  ").trim_end())
    };
    line(&heads)?;
    for row in &rows {
        line(&row.each_ref().map(String::as_str))?;
    }
    Ok(())
}

/// A version with the beginning of its commit.
fn pinned(pinned: &crate::domain::Pinned) -> String {
    match pinned.commit.get(..7) {
        Some(commit) => format!("{} ({commit})", pinned.version),
        None => pinned.version.to_string(),
    }
}

fn outcome(record: &PlanRecord, json: bool) -> Result<(), Error> {
    if !json {
        for step in &record.plan.steps {
            print::line(&format!(
                "{}  {} → {}  {}",
                step.service,
                step.from.version,
                step.to.version,
                step.state.word()
            ))?;
            if !step.detail.is_empty() {
                print::line(&format!("    {}", step.detail))?;
            }
        }
    }
    let (done, all) = record.progress();
    let sentence = format!(
        "{}: {} after {done} of {all}: {}",
        record.plan.summary(),
        record.state.word(),
        record.detail
    );
    match record.state {
        PlanState::Done if json => Ok(()),
        PlanState::Done => print::line(&format!("observed · {}", record.plan.summary())),
        _ if record.is_unknown() => Err(Error::new(
            Kind::Unknown,
            format!("outcome unknown · {sentence}"),
        )
        .hint("look at the vendor before you send it again; nothing is sent by itself")),
        _ => Err(Error::new(Kind::Refused, sentence)),
    }
}
