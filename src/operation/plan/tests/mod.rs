//! Plans through the whole door, on a real directory, against a vendor that
//! treats each service in a way of its own.

mod batch;
mod company;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::FutureExt;

use self::company::{Company, open, runtime};
use super::*;
use crate::{
    domain::{
        Body, Catalog, Comparison, Fact, Intent, Mechanism, OperationState, Pinned, PlanRecord,
        PlanState, Quality, RollbackPlan, RollbackStep, ServiceName, ServiceSpec, StepState, Text,
        TrackRecord, WatchedFiles,
    },
    operation::{
        Answers, Desk, Emit, Situation, Strength, Verdict,
        testing::{Lie, checkout},
    },
    store::journal::{Cursor, EntryBody},
};

const NAMES: [&str; 3] = ["checkout", "search", "billing"];

/// What the company hears of all three, one after the other.
const IN_TURN: [&str; 6] = [
    "send checkout",
    "seen checkout",
    "send search",
    "seen search",
    "send billing",
    "seen billing",
];

fn catalog() -> Arc<Catalog> {
    Arc::new(Catalog {
        services: NAMES
            .iter()
            .map(|name| ServiceSpec {
                name: (*name).into(),
                repository: Some(Text::from(format!("larkspur/{name}"))),
                files: WatchedFiles {
                    migrations: vec!["migrations/**".into()],
                    contract: vec!["**/*contract*".into()],
                    configuration: Vec::new(),
                },
                ..checkout()
            })
            .collect(),
        ..Catalog::default()
    })
}

fn way(service: &str, files: &[&str]) -> WayBack {
    WayBack {
        service: service.into(),
        environment: "production".into(),
        from: "2.0".into(),
        to: "1.0".into(),
        mechanism: Mechanism::Workflow {
            workflow: "rollback.yml".into(),
        },
        serving: Some("2.0".into()),
        record: record(),
        files: catalog().services[0].files.clone(),
        changes: Told::Known(Comparison {
            service: service.into(),
            base: "1.0".into(),
            head: "2.0".into(),
            commits: Vec::new(),
            ahead: 0,
            behind: 0,
            files: files.iter().map(|file| Text::new(file)).collect(),
            pull_requests: Vec::new(),
        }),
        ..WayBack::default()
    }
}

fn record() -> TrackRecord {
    TrackRecord {
        served: Some(86_400),
        quality: Quality::Good,
        ..TrackRecord::default()
    }
}

fn pinned(version: &str) -> Pinned {
    Pinned {
        version: version.into(),
        commit: "abc".into(),
    }
}

/// All three go back from 2.0 to 1.0, with these files between the versions.
fn drafted(files: &[(&str, &[&str])]) -> Drafted {
    let now = crate::domain::Timestamp::default();
    let mut drafted = Drafted::default();
    for name in NAMES {
        let changed = files
            .iter()
            .find(|(service, _)| *service == name)
            .map_or(&[][..], |(_, files)| files);
        let way = way(name, changed);
        let mut step = RollbackStep {
            service: name.into(),
            environment: "production".into(),
            from: pinned("2.0"),
            to: pinned("1.0"),
            record: record(),
            mechanism: way.mechanism.clone(),
            guards: judge(&way, now),
            ..RollbackStep::default()
        };
        let refusing = step.objections().first().copied().cloned();
        if let Some(guard) = refusing
            && guard.verdict == crate::domain::GuardVerdict::Refused
        {
            step.refuse(&guard.name, &guard.sentence);
        }
        drafted.plan.steps.push(step);
        drafted.ways.push(way);
    }
    super::build::settle(&mut drafted.plan, &mut drafted.ways);
    drafted
}

fn situation(intent: &Intent) -> Situation {
    let service = intent.service.clone().unwrap();
    Situation {
        production: true,
        way_back: Some(way(service.as_str(), &[])),
        ..Situation::default()
    }
}

fn answers(typed: &str) -> Answers {
    Answers {
        typed: typed.to_owned(),
        held: false,
        reason: "bad canary".to_owned(),
    }
}

fn silent() -> Emit {
    Arc::new(|_: Fact| ())
}

fn hands(emit: Emit) -> Hands {
    Hands {
        catalog: catalog(),
        situate: Arc::new(|intent| async move { Ok(situation(&intent)) }.boxed()),
        emit,
    }
}

fn checked(desk: &Desk, drafted: Drafted) -> CheckedPlan {
    desk.check_plan(drafted, &catalog(), situation).unwrap()
}

fn run(desk: &Arc<Desk>, hands: Hands) -> PlanRecord {
    let checked = checked(desk, drafted(&[]));
    let confirmed = desk.confirm_plan(&checked, &answers("checkout+2")).unwrap();
    runtime().block_on(desk.run_plan(confirmed, hands))
}

fn states(plan: &RollbackPlan) -> Vec<StepState> {
    plan.steps.iter().map(|step| step.state).collect()
}

fn honest() -> Vec<(&'static str, Lie)> {
    NAMES.map(|name| (name, Lie::Honest)).to_vec()
}

fn entries(desk: &Desk) -> Vec<EntryBody> {
    let read = desk.journal().read(&mut Cursor::default()).unwrap();
    read.into_iter().map(|entry| entry.body).collect()
}

#[test]
fn one_yes_and_each_step_starts_when_the_one_before_was_seen() {
    let place = tempfile::tempdir().unwrap();
    let company = Company::new(&honest());
    let desk = open(place.path(), &company);
    let shown: Arc<Mutex<Vec<PlanState>>> = Arc::default();
    let sink = Arc::clone(&shown);
    let emit: Emit = Arc::new(move |fact| {
        if let Body::Plan(record) = fact.body {
            sink.lock().unwrap().push(record.state);
        }
    });
    let record = run(&desk, hands(emit));
    assert_eq!(record.state, PlanState::Done);
    assert_eq!(states(&record.plan), [StepState::Observed; 3]);
    assert_eq!(company.log(), IN_TURN);
    assert_eq!(shown.lock().unwrap().last(), Some(&PlanState::Done));
    // Each step has an entry of its own that names plan and place.
    let places: Vec<(u32, u32)> = entries(&desk)
        .iter()
        .filter_map(|body| match body {
            EntryBody::Confirmed(confirmation) => confirmation.plan.as_ref(),
            _ => None,
        })
        .inspect(|step| assert_eq!(step.plan, record.plan.id))
        .map(|step| (step.step, step.of))
        .collect();
    assert_eq!(places, [(1, 3), (2, 3), (3, 3)]);
    for record in desk.records().unwrap() {
        assert_eq!(record.intent.reason.as_str(), "bad canary");
    }
    assert_eq!(desk.plans().unwrap(), [record]);
}

#[test]
fn a_plan_is_confirmed_by_its_name_with_a_reason_and_once() {
    let place = tempfile::tempdir().unwrap();
    let desk = open(place.path(), &Company::new(&honest()));
    let checked = checked(&desk, drafted(&[]));
    assert_eq!(
        checked.strength(),
        &Strength::TypeName("checkout+2".to_owned())
    );
    assert!(checked.needs_reason() && checked.production());
    for (typed, reason) in [
        ("", "bad canary"),
        ("checkout", "bad canary"),
        ("checkout+1", "bad canary"),
        ("checkout+2", " "),
    ] {
        let answers = Answers {
            typed: typed.to_owned(),
            held: false,
            reason: reason.to_owned(),
        };
        assert!(desk.confirm_plan(&checked, &answers).is_err(), "{typed}");
    }
    assert!(desk.plans().unwrap().is_empty());
    desk.confirm_plan(&checked, &answers("checkout+2")).unwrap();
    let again = desk
        .confirm_plan(&checked, &answers("checkout+2"))
        .unwrap_err();
    assert!(again.message.contains("already"), "{again}");
    // Another plan for one of the places waits for this one's end.
    let other = super::tests::checked(&desk, drafted(&[]));
    let refused = desk
        .confirm_plan(&other, &answers("checkout+2"))
        .unwrap_err();
    assert!(refused.message.contains("under way"), "{refused}");
}

#[test]
fn a_step_that_is_refused_is_left_out_and_said_before() {
    let place = tempfile::tempdir().unwrap();
    let company = Company::new(&honest());
    let desk = open(place.path(), &company);
    let drafted = drafted(&[("search", &["migrations/9_contract.sql"])]);
    let checked = checked(&desk, drafted);
    assert_eq!(checked.plan().name.as_str(), "checkout+1");
    assert_eq!(checked.plan().steps[1].state, StepState::Refused);
    assert!(checked.checks()[1].request.is_none());
    assert!(
        checked.checks()[1]
            .rules
            .iter()
            .any(|rule| rule.verdict == Verdict::Refuse)
    );
    let confirmed = desk.confirm_plan(&checked, &answers("checkout+1")).unwrap();
    let record = runtime().block_on(desk.run_plan(confirmed, hands(silent())));
    assert_eq!(record.state, PlanState::Done);
    assert_eq!(company.requests("search"), 0);
    assert_eq!(company.requests("billing"), 1);
}

#[test]
fn a_rule_refuses_a_step_and_nothing_is_left_of_a_plan_without_steps() {
    let place = tempfile::tempdir().unwrap();
    let desk = open(place.path(), &Company::new(&honest()));
    let moved = |intent: &Intent| Situation {
        serving: Some("3.0".into()),
        ..situation(intent)
    };
    let error = desk
        .check_plan(drafted(&[]), &catalog(), moved)
        .unwrap_err();
    assert!(
        error.message.contains("nothing of it can be done"),
        "{error}"
    );
    assert!(error.message.contains("3.0 serves now"), "{error}");
}

#[test]
fn a_step_that_fails_stops_it() {
    for lie in [Lie::Refuses, Lie::FailsLater] {
        let place = tempfile::tempdir().unwrap();
        let company = Company::new(&[
            ("checkout", Lie::Honest),
            ("search", lie),
            ("billing", Lie::Honest),
        ]);
        let desk = open(place.path(), &company);
        let record = run(&desk, hands(silent()));
        assert_eq!(record.state, PlanState::Stopped, "{lie:?}");
        assert_eq!(
            states(&record.plan),
            [StepState::Observed, StepState::Failed, StepState::Stopped]
        );
        assert_eq!(company.requests("billing"), 0);
        assert!(!record.detail.is_empty());
    }
}

#[test]
fn a_target_that_moved_meanwhile_stops_it_and_nothing_is_sent() {
    let place = tempfile::tempdir().unwrap();
    let company = Company::new(&honest());
    company
        .vendors
        .lock()
        .unwrap()
        .get_mut(&ServiceName::new("search"))
        .unwrap()
        .moved = Some("it serves 3.0 by now".into());
    let desk = open(place.path(), &company);
    let record = run(&desk, hands(silent()));
    assert_eq!(record.state, PlanState::Stopped);
    assert!(record.detail.contains("3.0 by now"), "{}", record.detail);
    assert_eq!(company.requests("search"), 0);
    assert_eq!(company.requests("billing"), 0);
}

#[test]
fn every_step_is_checked_anew_with_what_is_so_then() {
    let place = tempfile::tempdir().unwrap();
    let company = Company::new(&honest());
    // When it was confirmed nothing was known against it; the fresh
    // comparison shows a migration that took something away.
    company.files.lock().unwrap().extend([
        ("checkout".into(), vec!["src/a.rs".into()]),
        ("search".into(), vec!["migrations/9_contract.sql".into()]),
    ]);
    let desk = open(place.path(), &company);
    let record = run(&desk, hands(silent()));
    assert_eq!(record.state, PlanState::Stopped);
    assert!(record.detail.contains("fix forward"), "{}", record.detail);
    assert_eq!(
        states(&record.plan),
        [StepState::Observed, StepState::Stopped, StepState::Stopped]
    );
    assert_eq!(company.log(), ["send checkout", "seen checkout"]);
}

#[test]
fn a_step_that_asks_for_more_than_was_given_stops_it() {
    let place = tempfile::tempdir().unwrap();
    let company = Company::new(&honest());
    let desk = open(place.path(), &company);
    let easy = |intent: &Intent| Situation {
        production: false,
        ..situation(intent)
    };
    let checked = desk.check_plan(drafted(&[]), &catalog(), easy).unwrap();
    assert_eq!(checked.strength(), &Strength::Key);
    let confirmed = desk.confirm_plan(&checked, &answers("")).unwrap();
    // Meanwhile somebody declared the environment to be production.
    let record = runtime().block_on(desk.run_plan(confirmed, hands(silent())));
    assert_eq!(record.state, PlanState::Stopped);
    assert!(record.detail.contains("asks for more"), "{}", record.detail);
    assert!(company.log().is_empty());
}

#[test]
fn a_person_stops_it_between_steps() {
    let place = tempfile::tempdir().unwrap();
    let company = Company::new(&honest());
    let desk = open(place.path(), &company);
    let stopping: Arc<Mutex<Vec<PlanState>>> = Arc::default();
    let (sink, stopper) = (Arc::clone(&stopping), Arc::downgrade(&desk));
    let emit: Emit = Arc::new(move |fact| match fact.body {
        // While the first step is on its way.
        Body::Operation(record) if record.state == OperationState::Sent => {
            let desk = stopper.upgrade().unwrap();
            let plan = desk.plans().unwrap()[0].plan.id.clone();
            assert!(desk.stop_plan(&plan, "ana stopped it"));
        }
        Body::Plan(record) => sink.lock().unwrap().push(record.state),
        _ => {}
    });
    let record = run(&desk, hands(emit));
    assert_eq!(record.state, PlanState::Stopped);
    assert_eq!(record.detail.as_str(), "ana stopped it");
    assert_eq!(
        states(&record.plan),
        [StepState::Observed, StepState::Stopped, StepState::Stopped]
    );
    assert!(stopping.lock().unwrap().contains(&PlanState::Stopping));
    assert!(!desk.stop_plan(&record.plan.id, "late"));
}

#[test]
fn when_tminus_ends_the_plan_is_stopped_and_no_step_is_sent_by_itself() {
    let place = tempfile::tempdir().unwrap();
    let company = Company::new(&[
        ("checkout", Lie::Honest),
        ("search", Lie::NeverActs),
        ("billing", Lie::Honest),
    ]);
    {
        let desk = open(place.path(), &company);
        let checked = checked(&desk, drafted(&[]));
        let confirmed = desk.confirm_plan(&checked, &answers("checkout+2")).unwrap();
        let runtime = runtime();
        let running = Arc::clone(&desk);
        runtime.block_on(async {
            let plan = tokio::spawn(async move {
                running.run_plan(confirmed, hands(silent())).await;
            });
            // The second step's effect is being looked for.
            while company.requests("search") == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            plan.abort();
            assert!(plan.await.is_err());
        });
        drop(runtime);
        let stopped = desk.plans().unwrap().remove(0);
        assert_eq!(stopped.state, PlanState::Stopped);
        assert!(stopped.detail.contains("tminus ended"), "{stopped:?}");
    }
    let desk = open(place.path(), &company);
    desk.take_over().unwrap();
    let plan = desk.plans().unwrap().remove(0);
    assert_eq!(
        states(&plan.plan),
        [StepState::Observed, StepState::Unknown, StepState::Stopped]
    );
    assert!(plan.is_unknown());
    assert_eq!(plan.progress(), (1, 3));
    assert_eq!(company.requests("billing"), 0);
    assert_eq!(company.requests("search"), 1);
}

#[test]
fn a_plan_that_was_killed_is_found_and_stopped() {
    let place = tempfile::tempdir().unwrap();
    let company = Company::new(&honest());
    let id = {
        let desk = open(place.path(), &company);
        let checked = checked(&desk, drafted(&[]));
        let confirmed = desk.confirm_plan(&checked, &answers("checkout+2")).unwrap();
        // It is never carried out: the process is gone.
        confirmed.id().clone()
    };
    let desk = open(place.path(), &company);
    let before = desk.plans().unwrap().remove(0);
    assert_eq!((before.plan.id, before.state), (id, PlanState::Stopped));
    desk.take_over().unwrap();
    assert!(matches!(
        entries(&desk).last(),
        Some(EntryBody::PlanEnded {
            state: PlanState::Stopped,
            ..
        })
    ));
    assert!(company.log().is_empty());
    // What is left can be planned anew.
    let checked = checked(&desk, drafted(&[]));
    desk.confirm_plan(&checked, &answers("checkout+2")).unwrap();
}

#[test]
fn a_single_rollback_passes_the_guards_too() {
    let place = tempfile::tempdir().unwrap();
    let desk = open(place.path(), &Company::new(&honest()));
    let spec = catalog().services[0].clone();
    let step = drafted(&[]).plan.steps[0].clone();
    let check = |files: &[&str]| {
        let draft = desk.draft_step(&spec, &step, None).unwrap();
        let situation = Situation {
            way_back: Some(way("checkout", files)),
            ..situation(&draft.intent)
        };
        desk.check(draft, &situation)
    };
    let allowed = check(&["migrations/9_expand.sql"]).unwrap();
    let names: Vec<&str> = allowed
        .rules()
        .iter()
        .map(|rule| rule.name.as_str())
        .collect();
    assert!(names.contains(&"schema"), "{names:?}");
    let refusal = check(&["migrations/9_contract.sql"]).unwrap_err();
    assert!(refusal.sentence.contains("fix forward"), "{refusal}");
    assert!(refusal.request.is_some());
}

#[test]
fn what_cannot_be_loaded_is_said_and_does_not_take_away_what_was_known() {
    let place = tempfile::tempdir().unwrap();
    let company = Company::new(&honest());
    let desk = open(place.path(), &company);
    let spec = catalog().services[0].clone();
    let step = drafted(&[]).plan.steps[0].clone();
    let intent = desk.draft_step(&spec, &step, None).unwrap().intent;
    let mut unknown = Situation {
        way_back: Some(WayBack {
            changes: Told::NotYet,
            ..way("checkout", &[])
        }),
        ..Situation::default()
    };
    let mut known = situation(&intent);
    runtime().block_on(async {
        desk.inform(&intent, &mut unknown, &silent(), false).await;
        desk.inform(&intent, &mut known, &silent(), true).await;
    });
    let changes = |situation: &Situation| situation.way_back.clone().unwrap().changes;
    assert_eq!(changes(&unknown), Told::Unreadable("502".into()));
    assert!(changes(&known).known().is_some());
}
