//! Operations of unknown outcome: nothing of the same effect passes while one
//! is open, but for the one operation that names it.

use std::sync::Arc;

use crate::{
    domain::{OperationId, OperationState},
    operation::{
        Answers, Desk, Draft, Situation, Verdict,
        testing::{Fake, Lie, acknowledge, checkout, collector, desk},
    },
    store::journal::{Cursor, EntryBody},
};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn carried_out(desk: &Arc<Desk>, draft: Draft) -> OperationState {
    let checked = desk.check(draft, &Situation::default()).unwrap();
    let confirmed = desk.confirm(&checked, &Answers::default()).unwrap();
    let (emit, _) = collector();
    runtime().block_on(desk.carry_out(confirmed, emit)).state
}

/// An operation whose request is out when its tminus ends, and the next
/// tminus, which knows that it is unknown.
fn left_unknown(place: &std::path::Path, fake: &Arc<Fake>) -> (Arc<Desk>, OperationId) {
    let id = {
        let desk = desk(place, fake);
        let checked = desk
            .check(desk.draft(acknowledge()), &Situation::default())
            .unwrap();
        let confirmed = desk.confirm(&checked, &Answers::default()).unwrap();
        let id = confirmed.id().clone();
        desk.write_sent(&id, &[]).unwrap();
        id
    };
    let next = desk(place, fake);
    next.take_over().unwrap();
    (next, id)
}

#[test]
fn what_is_unknown_blocks_the_same_but_for_the_one_that_names_it() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let (desk, id) = left_unknown(place.path(), &fake);
    let refusal = desk
        .check(desk.draft(acknowledge()), &Situation::default())
        .unwrap_err();
    assert!(refusal.sentence.contains(id.as_str()), "{refusal}");

    let draft = desk.draft_again(&id, None).unwrap();
    assert_ne!(draft.id, id);
    assert_eq!(draft.again_of.as_ref(), Some(&id));
    let checked = desk.check(draft.clone(), &Situation::default()).unwrap();
    let once = checked
        .rules()
        .iter()
        .find(|rule| rule.name.as_str() == "once");
    assert_eq!(once.unwrap().verdict, Verdict::Warn);
    assert!(once.unwrap().sentence.contains("twice"));

    let (emit, shown) = collector();
    let confirmed = desk.confirm(&checked, &Answers::default()).unwrap();
    let record = runtime().block_on(desk.carry_out(confirmed, emit));
    assert_eq!(record.state, OperationState::Observed);
    assert_eq!(record.again_of.as_ref(), Some(&id));
    assert_eq!(fake.vendor().requests, 1);
    // The old one is shown with its successor, at once.
    let old = shown
        .lock()
        .unwrap()
        .iter()
        .find(|record| record.id == id)
        .cloned();
    let old = old.unwrap();
    assert_eq!(old.again_as.as_ref(), Some(&draft.id));
    assert_eq!(old.state, OperationState::Unknown);
    assert!(old.history.last().unwrap().detail.contains("sent again as"));
    // It has its successor: it is sent no third time, and blocks nothing.
    let error = desk.draft_again(&id, None).unwrap_err();
    assert!(error.message.contains("sent again already"), "{error}");
    assert!(
        desk.check(desk.draft(acknowledge()), &Situation::default())
            .is_ok()
    );
    // The journal keeps which is which.
    let entries = desk.journal().read(&mut Cursor::default()).unwrap();
    let named = entries.iter().filter_map(|entry| match &entry.body {
        EntryBody::Confirmed(confirmation) => confirmation.again_of.clone(),
        _ => None,
    });
    assert_eq!(named.collect::<Vec<_>>(), [id]);
}

#[test]
fn what_was_sent_again_is_not_said_to_have_done_it_alone() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let (desk, id) = left_unknown(place.path(), &fake);
    let draft = desk.draft_again(&id, None).unwrap();
    carried_out(&desk, draft);
    let record = runtime()
        .block_on(desk.look(&id, None, collector().0))
        .unwrap();
    assert_eq!(record.state, OperationState::Observed);
    let said = &record.history.last().unwrap().detail;
    assert!(said.contains("either may have done it"), "{said}");
}

#[test]
fn a_repeat_of_which_nothing_was_sent_took_no_place() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let (desk, id) = left_unknown(place.path(), &fake);
    fake.vendor.lock().unwrap().moved = Some("somebody else did it".into());
    let draft = desk.draft_again(&id, None).unwrap();
    assert_eq!(carried_out(&desk, draft), OperationState::Failed);
    fake.vendor.lock().unwrap().moved = None;
    let draft = desk.draft_again(&id, None).unwrap();
    assert_eq!(carried_out(&desk, draft), OperationState::Observed);
    assert_eq!(fake.vendor().requests, 1);
}

#[test]
fn only_what_is_unknown_is_sent_again() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let desk = desk(place.path(), &fake);
    let draft = desk.draft(acknowledge());
    let id = draft.id.clone();
    assert!(desk.draft_again(&id, None).is_err(), "nobody knows it");
    let checked = desk.check(draft, &Situation::default()).unwrap();
    let confirmed = desk.confirm(&checked, &Answers::default()).unwrap();
    let error = desk.draft_again(&id, None).unwrap_err();
    assert!(error.message.contains("under way"), "{error}");
    runtime().block_on(desk.carry_out(confirmed, collector().0));
    let error = desk.draft_again(&id, None).unwrap_err();
    assert!(error.message.contains("outcome is known"), "{error}");
    // A draft that merely says so is refused under the journal's lock.
    let mut forged = desk.draft(acknowledge());
    forged.again_of = Some(id);
    let checked = desk.check(forged, &Situation::default()).unwrap();
    assert!(desk.confirm(&checked, &Answers::default()).is_err());
}

#[test]
fn two_who_send_it_again_at_once_are_one() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let (one, id) = left_unknown(place.path(), &fake);
    let other = desk(place.path(), &fake);
    other.take_over().unwrap();
    let check = |desk: &Desk| {
        let draft = desk.draft_again(&id, None).unwrap();
        desk.check(draft, &Situation::default()).unwrap()
    };
    let (mine, theirs) = (check(&one), check(&other));
    one.confirm(&mine, &Answers::default()).unwrap();
    let error = other.confirm(&theirs, &Answers::default()).unwrap_err();
    assert!(error.message.contains("sent again already"), "{error}");
}

#[test]
fn a_rollback_is_sent_again_under_its_new_identity() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let id = {
        let desk = desk(place.path(), &fake);
        let draft = desk
            .draft_roll_back(
                &checkout(),
                &"staging".into(),
                &"4.12.0".into(),
                &"4.11.3".into(),
            )
            .unwrap();
        let checked = desk.check(draft, &Situation::default()).unwrap();
        let confirmed = desk.confirm(&checked, &Answers::default()).unwrap();
        desk.write_sent(confirmed.id(), &[]).unwrap();
        confirmed.id().clone()
    };
    let desk = desk(place.path(), &fake);
    desk.take_over().unwrap();
    assert!(desk.draft_again(&id, None).is_err(), "nobody says how");
    let draft = desk.draft_again(&id, Some(&checkout())).unwrap();
    let said = format!("{:?}", draft.intent.act);
    assert!(
        said.contains(draft.id.as_str()) && !said.contains(id.as_str()),
        "{said}"
    );
}
