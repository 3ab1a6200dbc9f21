use std::sync::Arc;

use chrono::TimeDelta;

use crate::{
    command::Item,
    domain::{
        Body, Catalog, Comparison, DeploymentState, OperationId, PlanRecord, PlanState,
        RollbackPlan, RollbackSpec, ServiceSpec, SourceId, StepState, Text, WatchedFiles,
        WorkflowRollback,
    },
    integrations::contract::Query,
    model::Model,
    operation::{Rule, Strength, Verdict, plan::describe},
    ui::{
        app::{Overlay, PlanStage, PlanView, Review},
        testing::{Driver, fact, origin, review, start},
        update::{Effect, Event},
    },
};

fn spec(name: &str, needs: &[&str]) -> ServiceSpec {
    ServiceSpec {
        name: name.into(),
        host: Some(SourceId::new("hub")),
        repository: Some(Text::from(format!("larkspur/{name}"))),
        rollback: Some(RollbackSpec::Workflow(WorkflowRollback {
            workflow: "rollback.yml".into(),
            reference: "main".into(),
            inputs: [("version".into(), "{version}".into())].into(),
        })),
        incident_services: vec!["P1".into()],
        depends_on: needs.iter().map(|need| (*need).into()).collect(),
        files: WatchedFiles {
            migrations: vec!["migrations/**".into()],
            contract: vec!["**/*contract*".into()],
            configuration: Vec::new(),
        },
        ..ServiceSpec::default()
    }
}

/// Three services, of which checkout needs the others; nothing is compared yet.
pub(crate) fn company(width: u16, height: u16) -> Driver {
    let mut driver = Driver::new(width, height);
    driver.app.model = Model::new(Arc::new(Catalog {
        services: vec![
            spec("billing", &[]),
            spec("checkout", &["search", "billing"]),
            spec("search", &[]),
        ],
        environments: vec![crate::domain::EnvironmentSpec {
            name: "production".into(),
            production: true,
        }],
        ..Catalog::default()
    }));
    let deployment = |service: &str, version: &str, hours: i64, state| {
        let at = start() - TimeDelta::hours(hours);
        Body::Deployment(crate::domain::Deployment {
            id: origin(&format!("{service}/{version}")),
            service: service.into(),
            environment: "production".into(),
            version: version.into(),
            commit: "c0ffee5eed".into(),
            digest: None,
            state,
            creator: "ana".into(),
            created: at,
            updated: at,
            run: None,
            url: Text::default(),
        })
    };
    let facts = [
        deployment("search", "1.86.0", 140, DeploymentState::Inactive),
        deployment("search", "1.87.2", 90, DeploymentState::Inactive),
        deployment("search", "1.88.0", 9, DeploymentState::Success),
        deployment("checkout", "4.11.3", 80, DeploymentState::Inactive),
        deployment("checkout", "4.12.0", 8, DeploymentState::Success),
        deployment("billing", "2.3.0", 70, DeploymentState::Inactive),
        deployment("billing", "2.3.1", 10, DeploymentState::Success),
        Body::Incidents(Vec::new()),
    ]
    .map(|body| fact(body, start()));
    let _ = driver.send(Event::Facts {
        facts: facts.to_vec(),
        at: start(),
    });
    driver
}

fn compared(service: &str, base: &str, head: &str, files: &[&str]) -> Body {
    Body::Comparison(Comparison {
        service: service.into(),
        base: base.into(),
        head: head.into(),
        commits: Vec::new(),
        ahead: 0,
        behind: 0,
        files: files.iter().map(|file| Text::new(file)).collect(),
        pull_requests: Vec::new(),
    })
}

/// What the vendor answers to the questions of a plan of all three.
pub(crate) fn answer(driver: &mut Driver) {
    let at = driver.now;
    let facts = [
        compared("checkout", "4.11.3", "4.12.0", &["src/a.rs"]),
        compared("search", "1.87.2", "1.88.0", &["migrations/1_expand.sql"]),
        compared("billing", "2.3.0", "2.3.1", &["migrations/2_contract.sql"]),
    ]
    .map(|body| fact(body, at));
    let _ = driver.send(Event::Facts {
        facts: facts.to_vec(),
        at,
    });
}

/// The person sees what is on the screen.
fn take_in(driver: &mut Driver) {
    driver.flush();
    driver.later(1_000);
}

/// Marks all three in the services view and opens their plan.
pub(crate) fn open(driver: &mut Driver) -> Vec<Effect> {
    driver.app.marks.clear();
    driver.keys(&["7", "g"]);
    take_in(driver);
    driver.keys(&["space", "space", "space"]);
    take_in(driver);
    driver.keys(&["R"])
}

fn view(driver: &Driver) -> &PlanView {
    driver
        .app
        .overlays
        .iter()
        .find_map(|overlay| match overlay {
            Overlay::Plan(view) => Some(&**view),
            _ => None,
        })
        .expect("a plan is open")
}

fn plan(driver: &Driver) -> &RollbackPlan {
    view(driver).plan(&driver.app.model).unwrap().0
}

fn states(driver: &Driver) -> Vec<(String, StepState)> {
    plan(driver)
        .steps
        .iter()
        .map(|step| (step.service.to_string(), step.state))
        .collect()
}

fn questions(effects: &[Effect]) -> Vec<&Query> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Fetch { query, .. } => Some(query),
            _ => None,
        })
        .collect()
}

#[test]
fn marked_services_become_one_plan_in_order() {
    let mut driver = company(120, 40);
    let effects = open(&mut driver);
    let asked = questions(&effects);
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert_eq!(driver.app.refreshes, 1, "a plan rests on what is so now");
    assert_eq!(
        states(&driver),
        [
            ("checkout".to_owned(), StepState::Planned),
            ("billing".to_owned(), StepState::Planned),
            ("search".to_owned(), StepState::Planned),
        ]
    );
    answer(&mut driver);
    assert_eq!(states(&driver)[1].1, StepState::Refused);
    assert_eq!(plan(&driver).name.as_str(), "checkout+1");
    // What was asked is not asked again.
    let effects = driver.later(61_000);
    assert!(questions(&effects).is_empty(), "{effects:?}");
}

#[test]
fn one_mark_is_no_plan() {
    let mut driver = company(120, 40);
    driver.keys(&["7", "g"]);
    take_in(&mut driver);
    driver.keys(&["space"]);
    take_in(&mut driver);
    driver.keys(&["R"]);
    assert!(matches!(
        driver.app.overlays.last(),
        Some(Overlay::Rollback(picker)) if !picker.for_plan
    ));
}

#[test]
fn what_cannot_be_loaded_is_said_by_the_guards_and_nowhere_else() {
    let mut driver = company(120, 40);
    let effects = open(&mut driver);
    let query = questions(&effects)[0].clone();
    let at = driver.now;
    let _ = driver.send(Event::FetchFailed {
        query,
        why: "502 Bad Gateway".into(),
        at,
    });
    let said = plan(&driver)
        .steps
        .iter()
        .flat_map(|step| &step.guards)
        .filter(|guard| guard.sentence.contains("502"))
        .count();
    assert!(said > 0, "{:?}", plan(&driver));
    assert!(
        driver
            .app
            .toasts
            .iter()
            .all(|toast| !toast.text.contains("502"))
    );
}

#[test]
fn a_step_is_left_out_or_goes_elsewhere() {
    let mut driver = company(120, 40);
    open(&mut driver);
    answer(&mut driver);
    // The cursor follows the step, not the row.
    driver.keys(&["j"]);
    assert_eq!(view(&driver).selected, Some("billing".into()));
    driver.keys(&["x"]);
    assert_eq!(plan(&driver).steps.len(), 2);
    driver.keys(&["j", "t"]);
    assert!(matches!(
        driver.app.overlays.last(),
        Some(Overlay::Rollback(picker)) if picker.for_plan
    ));
    let effects = driver.keys(&["j", "enter"]);
    let step = plan(&driver).step_of(&"search".into()).unwrap();
    assert_eq!(step.to.version, "1.86.0".into());
    assert_eq!(questions(&effects).len(), 1, "{effects:?}");
    driver.keys(&["x"]);
    assert_eq!(plan(&driver).steps.len(), 1);
    driver.keys(&["x"]);
    assert_eq!(plan(&driver).steps.len(), 1, "the last one stays");
    driver.keys(&["esc"]);
    assert!(driver.app.overlays.is_empty());
}

/// The operation room answers that all is well.
fn check(driver: &mut Driver, effects: &[Effect]) -> u64 {
    let (ticket, drafted) = effects
        .iter()
        .find_map(|effect| match effect {
            Effect::CheckPlan { ticket, drafted } => Some((*ticket, drafted.clone())),
            _ => None,
        })
        .expect("nothing was to be checked");
    let plan = drafted.plan;
    let intent = driver.app.dialog().unwrap().intent.clone();
    let review = Review {
        description: describe(&plan, true),
        rules: vec![Rule::new("reason", Verdict::NeedsReason, "say why")],
        plan: Some(Box::new(plan.clone())),
        ..review(intent, Strength::TypeName(plan.name.to_string()))
    };
    let at = driver.now;
    let result = Ok(Box::new(review));
    let _ = driver.send(Event::Checked { ticket, result, at });
    driver.flush();
    driver.later(400);
    ticket
}

/// A plan that was confirmed, with its dialog answered.
pub(crate) fn confirmed(driver: &mut Driver) -> RollbackPlan {
    open(driver);
    answer(driver);
    let effects = driver.keys(&["enter"]);
    let ticket = check(driver, &effects);
    driver.keys(&["tab"]);
    driver.text("bad");
    driver.keys(&["tab"]);
    driver.text("checkout+1");
    let effects = driver.keys(&["enter"]);
    let [Effect::Confirm { answers, .. }] = &effects[..] else {
        panic!("not confirmed: {effects:?}");
    };
    assert_eq!(answers.typed, "checkout+1");
    let mut plan = plan(driver).clone();
    plan.id = OperationId::new("plan-1");
    let at = driver.now;
    let result = Ok(plan.id.clone());
    tell(driver, &plan, PlanState::Running);
    let _ = driver.send(Event::Confirmed { ticket, result, at });
    plan
}

/// What the operation room tells of a plan.
pub(crate) fn tell(driver: &mut Driver, plan: &RollbackPlan, state: PlanState) {
    driver.now += TimeDelta::milliseconds(10);
    let at = driver.now;
    let record = PlanRecord {
        plan: plan.clone(),
        actor: "ana@bridge".into(),
        confirmed: start(),
        state,
        detail: match state {
            PlanState::Stopped => "ana stopped it".into(),
            _ => Text::default(),
        },
        ended: state.is_final().then_some(at),
    };
    let facts = vec![fact(Body::Plan(record), at)];
    let _ = driver.send(Event::Facts { facts, at });
}

#[test]
fn one_dialog_confirms_it_and_a_single_enter_does_no_harm() {
    let mut driver = company(120, 40);
    open(&mut driver);
    answer(&mut driver);
    let effects = driver.keys(&["enter"]);
    check(&mut driver, &effects);
    let effects = driver.keys(&["enter"]);
    assert!(
        matches!(effects[..], [Effect::CancelDialog { .. }]),
        "{effects:?}"
    );
    assert!(matches!(view(&driver).stage, PlanStage::Draft(_)));
    driver.keys(&["esc"]);
    let plan = confirmed(&mut driver);
    assert_eq!(view(&driver).stage, PlanStage::Confirmed(plan.id));
    assert!(driver.app.dialog().is_none());
    assert!(driver.app.marks.is_empty());
}

/// A plan whose yes is on its way to the journal, with its dialog hidden.
fn sent_and_hidden(driver: &mut Driver) -> u64 {
    open(driver);
    answer(driver);
    let effects = driver.keys(&["enter"]);
    let ticket = check(driver, &effects);
    driver.keys(&["tab"]);
    driver.text("bad");
    driver.keys(&["tab"]);
    driver.text("checkout+1");
    let effects = driver.keys(&["enter"]);
    assert!(
        matches!(effects[..], [Effect::Confirm { .. }]),
        "{effects:?}"
    );
    assert_eq!(driver.keys(&["esc"]), []);
    assert!(driver.app.dialog().is_none());
    ticket
}

#[test]
fn while_its_entry_is_written_a_plan_is_neither_changed_nor_sent_again_nor_lost() {
    let mut driver = company(120, 40);
    let ticket = sent_and_hidden(&mut driver);
    let before = plan(&driver).clone();
    for key in ["enter", "x", "t"] {
        assert_eq!(driver.keys(&[key]), [], "{key}");
        assert_eq!(driver.app.overlays.len(), 1, "{key} opened something");
    }
    assert_eq!(plan(&driver), &before);
    let id = OperationId::new("plan-1");
    let mut written = before;
    written.id = id.clone();
    tell(&mut driver, &written, PlanState::Running);
    let at = driver.now;
    let result = Ok(id.clone());
    let _ = driver.send(Event::Confirmed { ticket, result, at });
    assert_eq!(view(&driver).stage, PlanStage::Confirmed(id.clone()));
    assert_eq!(driver.keys(&["s"]), [Effect::StopPlan(id)]);
}

#[test]
fn a_plan_that_the_journal_refused_is_a_draft_again_and_says_why() {
    let mut driver = company(120, 40);
    let ticket = sent_and_hidden(&mut driver);
    let at = driver.now;
    // The answer to another dialog changes nothing.
    let _ = driver.send(Event::Confirmed {
        ticket: ticket + 1,
        result: Ok(OperationId::new("other")),
        at,
    });
    assert!(view(&driver).is_sent());
    let result = Err(Text::new("the disk is full"));
    let _ = driver.send(Event::Confirmed { ticket, result, at });
    assert!(!view(&driver).is_sent());
    let toasts = &driver.app.toasts;
    assert!(
        toasts
            .iter()
            .any(|toast| toast.text.contains("the disk is full"))
    );
    let effects = driver.keys(&["enter"]);
    assert!(
        matches!(effects[..], [Effect::CheckPlan { .. }]),
        "{effects:?}"
    );
}

#[test]
fn a_refusal_is_shown_over_the_draft() {
    let mut driver = company(120, 40);
    open(&mut driver);
    let effects = driver.keys(&["enter"]);
    let Some(Effect::CheckPlan { ticket, .. }) = effects.first() else {
        panic!("{effects:?}");
    };
    let at = driver.now;
    let _ = driver.send(Event::Checked {
        ticket: *ticket,
        result: Err(Text::new("nothing of it can be done").into()),
        at,
    });
    driver.keys(&["enter"]);
    assert!(matches!(view(&driver).stage, PlanStage::Draft(_)));
}

#[test]
fn it_is_stopped_while_it_runs_and_what_is_left_is_planned_anew() {
    let mut driver = company(120, 40);
    let mut plan = confirmed(&mut driver);
    let effects = driver.keys(&["s"]);
    assert_eq!(effects, [Effect::StopPlan(plan.id.clone())]);
    // It is not over yet.
    assert_eq!(driver.keys(&["p"]), []);
    plan.steps[0].state = StepState::Observed;
    plan.steps[2].state = StepState::Stopped;
    tell(&mut driver, &plan, PlanState::Stopped);
    assert_eq!(driver.keys(&["s"]), [], "there is nothing to stop");
    driver.keys(&["p"]);
    assert!(matches!(view(&driver).stage, PlanStage::Draft(_)));
    let left: Vec<String> = states(&driver).into_iter().map(|step| step.0).collect();
    assert_eq!(left, ["search"]);
}

#[test]
fn leaving_asks_while_a_step_may_still_start() {
    let mut driver = company(120, 40);
    let plan = confirmed(&mut driver);
    driver.keys(&["esc"]);
    assert_eq!(driver.keys(&["ctrl-c"]), []);
    assert!(matches!(driver.app.overlays.last(), Some(Overlay::Quit)));
    driver.keys(&["n"]);
    tell(&mut driver, &plan, PlanState::Done);
    assert_eq!(driver.keys(&["ctrl-c"]), [Effect::Quit]);
}

#[test]
fn a_plan_is_found_again_in_the_journal() {
    let mut driver = company(120, 40);
    let plan = confirmed(&mut driver);
    driver.keys(&["esc", "8", "g"]);
    assert_eq!(driver.app.selection(), Some(&Item::Plan(plan.id.clone())));
    driver.keys(&["enter"]);
    assert_eq!(view(&driver).stage, PlanStage::Confirmed(plan.id));
}

#[test]
fn a_burst_does_nothing_to_a_plan() {
    let mut driver = company(120, 40);
    open(&mut driver);
    answer(&mut driver);
    let before = plan(&driver).clone();
    for key in "xtscp".chars() {
        let input = crate::command::Input::Key(crate::command::Key::char(key));
        assert_eq!(driver.input(input, true), [], "{key}");
    }
    let enter = crate::command::Input::Key(crate::command::Key::parse("enter").unwrap());
    assert_eq!(driver.input(enter, true), []);
    assert_eq!(plan(&driver), &before);
    assert_eq!(driver.app.overlays.len(), 1);
}

#[test]
fn the_operation_room_is_told_what_is_known_when_it_asks() {
    let mut driver = company(120, 40);
    let plan = confirmed(&mut driver);
    let spec = driver.app.model.catalog().services[1].clone();
    let intent = crate::operation::plan::go_back(&spec, &plan.steps[0], &plan.id).unwrap();
    let at = driver.now;
    let effects = driver.send(Event::Situate {
        ticket: 7,
        intent: Box::new(intent.clone()),
        at,
    });
    assert_eq!(
        effects,
        [Effect::Situate {
            ticket: 7,
            intent: Box::new(intent)
        }]
    );
}
