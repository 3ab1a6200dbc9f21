//! Several re-runs by one yes, through the whole door.

use super::*;
use crate::{
    domain::{Act, Origin, SourceId},
    operation::batch::{BatchProgress, CheckedBatch, Tell},
};

fn intent(service: &str) -> Intent {
    Intent {
        source: SourceId::new("hub"),
        service: Some(service.into()),
        environment: None,
        act: Act::RerunFailed {
            run: Origin::new(&SourceId::new("hub"), service),
            attempt: 1,
        },
        reason: Text::default(),
    }
}

fn asked() -> Vec<(Intent, Situation)> {
    NAMES
        .map(|name| (intent(name), Situation::default()))
        .to_vec()
}

fn check(desk: &Desk) -> Result<CheckedBatch, crate::error::Error> {
    runtime().block_on(desk.check_batch(asked(), &silent()))
}

fn answer() -> Answers {
    Answers {
        reason: "the runner was full".to_owned(),
        ..Answers::default()
    }
}

/// Collects the progress that is told.
fn teller() -> (Tell, Arc<Mutex<Vec<BatchProgress>>>) {
    let told: Arc<Mutex<Vec<BatchProgress>>> = Arc::default();
    let sink = Arc::clone(&told);
    (
        Arc::new(move |progress| sink.lock().unwrap().push(progress)),
        told,
    )
}

/// Carries all three out; how each ended, and how the whole did.
fn play(company: &Arc<Company>) -> (Arc<Desk>, tempfile::TempDir, Vec<StepState>, PlanState) {
    let place = tempfile::tempdir().unwrap();
    let desk = open(place.path(), company);
    let checked = check(&desk).unwrap();
    let confirmed = desk.confirm_batch(&checked, &answer()).unwrap();
    let (tell, told) = teller();
    let hands = Hands {
        situate: Arc::new(|_| async { Ok(Situation::default()) }.boxed()),
        ..hands(silent())
    };
    runtime().block_on(desk.run_batch(confirmed, hands, tell));
    let last = told.lock().unwrap().last().unwrap().clone();
    let states = last.steps.iter().map(|step| step.state).collect();
    (desk, place, states, last.state)
}

fn with(lie: Lie) -> Arc<Company> {
    Company::new(&[
        ("checkout", Lie::Honest),
        ("search", lie),
        ("billing", Lie::Honest),
    ])
}

#[test]
fn each_is_an_operation_of_its_own_and_one_follows_the_other() {
    let company = Company::new(&honest());
    let (desk, _place, states, whole) = play(&company);
    assert_eq!(states, [StepState::Observed; 3]);
    assert_eq!(whole, PlanState::Done);
    assert_eq!(company.log(), IN_TURN);
    // Each was written down before it was sent, with the reason, and there is
    // no entry for the whole.
    let confirmed: Vec<EntryBody> = entries(&desk)
        .into_iter()
        .filter(|body| matches!(body, EntryBody::Confirmed(_) | EntryBody::Plan(_)))
        .collect();
    assert_eq!(confirmed.len(), 3);
    for body in confirmed {
        let EntryBody::Confirmed(confirmation) = body else {
            panic!("{body:?}");
        };
        assert_eq!(confirmation.intent.reason.as_str(), "the runner was full");
        assert_eq!(confirmation.plan, None);
    }
}

#[test]
fn one_that_fails_does_not_keep_the_others_back() {
    let company = with(Lie::Refuses);
    let (_desk, _place, states, whole) = play(&company);
    assert_eq!(
        states,
        [StepState::Observed, StepState::Failed, StepState::Observed]
    );
    assert_eq!(whole, PlanState::Done);
}

#[test]
fn one_whose_target_moved_is_told_before_and_left_out() {
    let company = Company::new(&honest());
    let moved = |name: &str| {
        let mut vendors = company.vendors.lock().unwrap();
        vendors.get_mut(&ServiceName::new(name)).unwrap().moved =
            Some("it is at attempt 2 by now".into());
    };
    moved("search");
    let place = tempfile::tempdir().unwrap();
    let desk = open(place.path(), &company);
    let checked = check(&desk).unwrap();
    let said: Vec<Option<&str>> = checked
        .checks()
        .iter()
        .map(|(_, check)| check.as_ref().err().map(Text::as_str))
        .collect();
    assert_eq!(
        said,
        [
            None,
            Some("it has changed: it is at attempt 2 by now"),
            None
        ]
    );
    let (_desk, _place, states, _) = play(&company);
    assert_eq!(
        states,
        [StepState::Observed, StepState::Refused, StepState::Observed]
    );
    assert_eq!(company.requests("search"), 0);
    // Where all moved there is nothing to say yes to.
    moved("checkout");
    moved("billing");
    let error = check(&desk).unwrap_err();
    assert!(error.message.contains("none of it can be done"), "{error}");
}

#[test]
fn a_stop_between_two_lets_no_further_one_start() {
    let place = tempfile::tempdir().unwrap();
    let company = Company::new(&honest());
    let desk = open(place.path(), &company);
    let checked = check(&desk).unwrap();
    let confirmed = desk.confirm_batch(&checked, &answer()).unwrap();
    let id = confirmed.id().clone();
    let (stopping, told) = (Arc::clone(&desk), teller());
    let tell: Tell = Arc::new(move |progress| {
        // The first is under way when a person presses the key.
        if progress.steps[0].state == StepState::Running {
            assert!(stopping.stop_plan(&id, "ana stopped it"));
        }
        told.0(progress);
    });
    let hands = Hands {
        situate: Arc::new(|_| async { Ok(Situation::default()) }.boxed()),
        ..hands(silent())
    };
    runtime().block_on(desk.run_batch(confirmed, hands, tell));
    let last = told.1.lock().unwrap().last().unwrap().clone();
    assert_eq!(last.state, PlanState::Stopped);
    assert_eq!(last.detail.as_str(), "ana stopped it");
    assert_eq!(company.requests("search") + company.requests("billing"), 0);
}

#[test]
fn a_yes_alone_neither_sends_nor_writes_anything() {
    let place = tempfile::tempdir().unwrap();
    let company = Company::new(&honest());
    let desk = open(place.path(), &company);
    let checked = check(&desk).unwrap();
    assert_eq!(checked.strength(), &Strength::Key);
    assert_eq!(checked.allowed().count(), 3);
    assert!(desk.confirm_batch(&checked, &Answers::default()).is_ok());
    assert!(company.log().is_empty(), "a yes alone sends nothing");
    assert!(entries(&desk).is_empty(), "and writes nothing down");
}
