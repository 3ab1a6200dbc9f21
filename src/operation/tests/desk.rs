//! The whole door, from draft to outcome, on a real directory.

use std::sync::{Arc, Mutex};

use crate::{
    domain::{Comparison, Fact, OperationState, Text},
    integrations::contract::Query,
    operation::{
        Answers, ChangeSeen, Checked, Confirmed, Desk, Emit, Situation, Strength,
        plan::WayBack,
        testing::{Fake, Lie, acknowledge, checkout, collector, desk, setup},
    },
    store::journal::{Cursor, EntryBody, Verdict, digest},
};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn checked(desk: &Desk) -> Checked {
    desk.check(desk.draft(acknowledge()), &Situation::default())
        .unwrap()
}

fn confirmed(desk: &Desk) -> Confirmed {
    desk.confirm(&checked(desk), &Answers::default()).unwrap()
}

fn states(records: &[crate::domain::OperationRecord]) -> Vec<OperationState> {
    records.iter().map(|record| record.state).collect()
}

#[test]
fn an_operation_is_written_down_sent_once_and_observed() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let desk = desk(place.path(), &fake);
    let (emit, records) = collector();
    let operation = confirmed(&desk);
    assert_eq!(fake.vendor().requests, 0);
    assert_eq!(
        states(&desk.records().unwrap()),
        [OperationState::Confirmed]
    );
    let record = runtime().block_on(desk.carry_out(operation.clone(), emit.clone()));
    assert_eq!(record.state, OperationState::Observed);
    assert_eq!(record.actor.as_str(), "ana@bridge (ssh from 192.0.2.7)");
    assert_eq!(
        states(&records.lock().unwrap()),
        [
            OperationState::Confirmed,
            OperationState::Sent,
            OperationState::Accepted,
            OperationState::Observed
        ]
    );
    // The same value handed over again sends nothing.
    let again = runtime().block_on(desk.carry_out(operation, emit));
    assert_eq!(again, record);
    assert_eq!(fake.vendor().requests, 1);
    assert_eq!(desk.in_flight(), 0);
    assert!(matches!(
        desk.journal().verify().unwrap(),
        Verdict::Whole { entries: 4, .. }
    ));
}

#[test]
fn nothing_is_sent_when_the_target_moved() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    fake.vendor.lock().unwrap().moved = Some("somebody else did it".into());
    let desk = desk(place.path(), &fake);
    let record = runtime().block_on(desk.carry_out(confirmed(&desk), collector().0));
    assert_eq!(record.state, OperationState::Failed);
    assert!(record.history[1].detail.contains("somebody else did it"));
    assert_eq!(fake.vendor().requests, 0);
}

#[test]
fn a_yes_counts_once_and_two_of_the_same_never_run_together() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let one = desk(place.path(), &fake);
    let other = desk(place.path(), &fake);
    let (mine, theirs) = (checked(&one), checked(&other));
    one.confirm(&mine, &Answers::default()).unwrap();
    let error = one.confirm(&mine, &Answers::default()).unwrap_err();
    assert!(error.message.contains("already"), "{error}");
    // Another process checked before, and comes too late all the same.
    let error = other.confirm(&theirs, &Answers::default()).unwrap_err();
    assert!(error.message.contains("under way"), "{error}");
    let refusal = one
        .check(one.draft(acknowledge()), &Situation::default())
        .unwrap_err();
    assert!(refusal.sentence.contains("under way"), "{refusal}");
}

#[test]
fn a_production_rollback_wants_the_name_and_a_reason() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let desk = desk(place.path(), &fake);
    let draft = desk
        .draft_roll_back(
            &checkout(),
            &"production".into(),
            &"4.12.0".into(),
            &"4.11.3".into(),
        )
        .unwrap();
    let situation = Situation {
        production: true,
        ..Situation::default()
    };
    let checked = desk.check(draft, &situation).unwrap();
    for (typed, reason) in [
        ("", ""),
        ("checkout", "  "),
        ("check", "bad canary"),
        ("Checkout", "bad canary"),
        ("\u{0441}heckout", "bad canary"),
    ] {
        let answers = Answers {
            typed: typed.to_owned(),
            reason: reason.to_owned(),
            ..Answers::default()
        };
        assert!(desk.confirm(&checked, &answers).is_err(), "{answers:?}");
    }
    let answers = Answers {
        typed: "checkout".to_owned(),
        reason: "bad canary".to_owned(),
        ..Answers::default()
    };
    let shown = desk.preview(&checked, "bad canary").unwrap();
    let operation = desk.confirm(&checked, &answers).unwrap();
    assert_eq!(operation.request(), &shown);
    assert!(shown.body.contains("bad canary"));
    let summary = &desk.records().unwrap()[0].summary;
    assert_eq!(
        summary.as_str(),
        "roll back checkout in PRODUCTION from 4.12.0 to 4.11.3"
    );
}

#[test]
fn a_key_is_held_or_its_code_is_typed_and_the_journal_says_which() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Refuses);
    let desk = desk(place.path(), &fake);
    for (held, strength) in [(true, "hold"), (false, "type_code")] {
        let mut checked = checked(&desk);
        checked.strength = Strength::Hold;
        let mut answers = Answers::default();
        assert!(desk.confirm(&checked, &answers).is_err());
        answers.typed = "y".to_owned();
        assert!(desk.confirm(&checked, &answers).is_err());
        answers.typed = checked.code();
        answers.held = held;
        let operation = desk.confirm(&checked, &answers).unwrap();
        runtime().block_on(desk.carry_out(operation, collector().0));
        let entries = desk.journal().read(&mut Cursor::default()).unwrap();
        let last = entries.iter().rev().find_map(|entry| match &entry.body {
            EntryBody::Confirmed(confirmation) => Some(confirmation.strength.clone()),
            _ => None,
        });
        assert_eq!(last.as_deref(), Some(strength));
    }
}

#[test]
fn read_only_writes_nothing_and_refuses_everything() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let mut setup = setup(&fake);
    setup.read_only = true;
    let path = place.path().join("data");
    let desk = Desk::open(&path, setup);
    let refusal = desk
        .check(desk.draft(acknowledge()), &Situation::default())
        .unwrap_err();
    assert!(refusal.sentence.contains("read-only"), "{refusal}");
    assert!(desk.save_note(&desk.new_note(Vec::new())).is_err());
    assert!(desk.records().unwrap().is_empty() && desk.shelf().unwrap().notes.is_empty());
    assert_eq!(std::fs::read_dir(&path).unwrap().count(), 0);
}

#[test]
fn read_only_says_what_a_dead_tminus_left_unknown_without_writing_it_down() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    confirmed(&desk(place.path(), &fake));
    let mut setup = setup(&fake);
    setup.read_only = true;
    let (emit, records) = collector();
    let looking = Desk::open(place.path(), setup);
    runtime().block_on(looking.recover(emit)).unwrap();
    assert_eq!(records.lock().unwrap()[0].state, OperationState::Unknown);
    assert!(matches!(
        looking.journal().verify().unwrap(),
        Verdict::Whole { entries: 1, .. }
    ));
}

#[test]
fn a_directory_that_cannot_be_used_refuses_with_its_reason_and_looking_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let fake = Fake::new(Lie::Honest);
    let desk = desk(&file, &fake);
    let refusal = desk
        .check(desk.draft(acknowledge()), &Situation::default())
        .unwrap_err();
    assert!(
        refusal.sentence.contains("cannot be written down"),
        "{refusal}"
    );
    assert!(desk.records().unwrap().is_empty());
    assert!(desk.shelf().is_err());
}

#[test]
fn what_is_cut_short_is_unknown_at_once_and_read_back_at_the_next_start() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::ActsAndDrops);
    let (emit, records) = collector();
    {
        let desk = desk(place.path(), &fake);
        let operation = confirmed(&desk);
        let runtime = runtime();
        runtime.block_on(async {
            let _no_answer = fake.gate.lock().await;
            let work = desk.carry_out(operation, Arc::clone(&emit));
            tokio::pin!(work);
            // Until the request is out.
            while fake.vendor().requests == 0 {
                tokio::select! {
                    _ = &mut work => panic!("no answer can have come"),
                    () = tokio::task::yield_now() => {}
                }
            }
            assert_eq!(desk.in_flight(), 1);
        });
        drop(runtime);
        assert_eq!(desk.in_flight(), 0);
    }
    let last = records.lock().unwrap().last().cloned().unwrap();
    assert_eq!(last.state, OperationState::Unknown);
    let (emit, records) = collector();
    let next = desk(place.path(), &fake);
    let found = runtime().block_on(next.recover(emit)).unwrap();
    assert_eq!(states(&found), [OperationState::Observed]);
    assert_eq!(records.lock().unwrap()[0].state, OperationState::Unknown);
    assert_eq!(fake.vendor().requests, 1);
}

#[test]
fn the_operations_of_a_running_tminus_are_left_to_it() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let running = desk(place.path(), &fake);
    let operation = confirmed(&running);
    let other = desk(place.path(), &fake);
    let (emit, records) = collector();
    assert!(runtime().block_on(other.recover(emit)).unwrap().is_empty());
    assert_eq!(
        states(&records.lock().unwrap()),
        [OperationState::Confirmed]
    );
    let record = runtime().block_on(running.carry_out(operation, collector().0));
    assert_eq!(record.state, OperationState::Observed);
}

#[test]
fn looking_again_is_for_what_is_unknown() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let desk = desk(place.path(), &fake);
    let operation = confirmed(&desk);
    let id = operation.id().clone();
    let (emit, records) = collector();
    let runtime = runtime();
    assert!(
        runtime
            .block_on(desk.look(&id, None, emit.clone()))
            .is_err()
    );
    let record = runtime.block_on(desk.carry_out(operation, emit.clone()));
    let shown = records.lock().unwrap().len();
    assert_eq!(
        runtime.block_on(desk.look(&id, None, emit)).unwrap(),
        record
    );
    assert_eq!(records.lock().unwrap().len(), shown);
}

#[test]
fn one_that_was_confirmed_but_never_left_is_said_not_to_have_happened() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    confirmed(&desk(place.path(), &fake));
    let (emit, records) = collector();
    let next = desk(place.path(), &fake);
    let found = runtime().block_on(next.recover(emit)).unwrap();
    assert_eq!(states(&found), [OperationState::Failed]);
    assert_eq!(
        states(&records.lock().unwrap()),
        [OperationState::Unknown, OperationState::Failed]
    );
    assert_eq!(fake.vendor().requests, 0);
}

#[test]
fn a_note_survives_from_its_first_save_and_enters_the_journal_when_finished() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let mut note = {
        let desk = desk(place.path(), &fake);
        let mut note = desk.new_note(Vec::new());
        note.lines = vec!["half a th".into()];
        desk.save_note(&note).unwrap();
        note
    };
    let desk = desk(place.path(), &fake);
    assert_eq!(desk.shelf().unwrap().notes, [note.clone()]);
    note.lines = vec!["half a thought".into()];
    let done = desk.finish_note(&note).unwrap();
    assert_eq!(desk.shelf().unwrap().notes, [done]);
    assert!(matches!(
        desk.journal().verify().unwrap(),
        Verdict::Whole { entries: 1, .. }
    ));
}

#[test]
fn what_is_missing_is_read_before_the_rules_are_asked() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let desk = desk(place.path(), &fake);
    let wanted = Situation {
        production: true,
        change: ChangeSeen::Wanted(Query::Compare {
            service: "checkout".into(),
            base: "1".into(),
            head: "2".into(),
        }),
        ..Situation::default()
    };
    let seen = Arc::new(Mutex::new(Vec::new()));
    let emit: Emit = {
        let seen = Arc::clone(&seen);
        Arc::new(move |fact: Fact| seen.lock().unwrap().push(fact))
    };
    let intent = acknowledge();
    let look = |wanted: Situation| runtime().block_on(desk.look_closer(&intent, wanted, &emit));
    // Away: not known, and why.
    let found = look(wanted.clone());
    assert_eq!(found.change, ChangeSeen::Unknown("the hub is away".into()));
    assert_eq!(found.vendor_names, [Text::new("ana-larkspur")]);
    assert!(seen.lock().unwrap().is_empty());
    // There: known, and everybody else hears of it with its source.
    let between = Comparison {
        service: "checkout".into(),
        base: "1".into(),
        head: "2".into(),
        commits: Vec::new(),
        ahead: 0,
        behind: 0,
        files: Vec::new(),
        pull_requests: Vec::new(),
    };
    *fake.between.lock().unwrap() = Some(between.clone());
    let found = look(wanted.clone());
    assert_eq!(found.change, ChangeSeen::Known(Box::new(between)));
    assert_eq!(seen.lock().unwrap()[0].source.as_str(), "hub");
    // A way back knows it by the versions' names then, and asks no more.
    let back = look(Situation {
        way_back: Some(WayBack {
            service: "checkout".into(),
            from: "4.12.0".into(),
            to: "4.11.3".into(),
            ..WayBack::default()
        }),
        ..wanted.clone()
    });
    let back = back.way_back.unwrap();
    assert!(back.open_questions().is_empty(), "{back:?}");
    assert_eq!(back.changes.known().unwrap().head.as_str(), "4.12.0");
    // Who the credential belongs to is asked once.
    assert_eq!(fake.asked_who.load(std::sync::atomic::Ordering::SeqCst), 1);
    // Who that is is asked as well where only one person acts.
    let fresh = Fake::new(Lie::Honest);
    let elsewhere = tempfile::tempdir().unwrap();
    let other = crate::operation::testing::desk(elsewhere.path(), &fresh);
    for (conn, asked) in [(None, 0), (Some("ana".into()), 1)] {
        let team = crate::domain::Team {
            conn,
            ..crate::domain::Team::default()
        };
        let situation = Situation {
            team: Arc::new(team),
            ..Situation::default()
        };
        let seen = runtime().block_on(other.look_closer(&intent, situation, &emit));
        assert_eq!(seen.vendor_names.len(), asked);
    }
    // What is known already is not read again.
    assert_eq!(look(found.clone()).change, found.change);
    assert_eq!(seen.lock().unwrap().len(), 2);
    assert_eq!(fake.vendor().requests, 0);
}

#[test]
fn the_files_of_the_policy_are_kept_before_the_entry_that_cites_them() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let desk = desk(place.path(), &fake);
    let shelf = place.path().join("policies");
    // Where they cannot be kept nothing is confirmed.
    let draft = desk.draft_roll_back(
        &checkout(),
        &"production".into(),
        &"4.12.0".into(),
        &"4.11.3".into(),
    );
    let situation = Situation {
        production: true,
        ..Situation::default()
    };
    let before = desk.check(draft.unwrap(), &situation).unwrap();
    let answers = Answers {
        typed: "checkout".into(),
        held: false,
        reason: "error rate".into(),
    };
    std::fs::write(&shelf, "in the way").unwrap();
    let error = desk.confirm(&before, &answers).unwrap_err();
    assert!(error.message.contains("policy's files"), "{error}");
    assert!(desk.records().unwrap().is_empty());
    std::fs::remove_file(&shelf).unwrap();
    // Looking keeps nothing.
    assert!(!shelf.exists());
    desk.confirm(&before, &answers).unwrap();
    let entries = desk.journal().read(&mut Cursor::default()).unwrap();
    let EntryBody::Confirmed(confirmation) = &entries[0].body else {
        panic!("{entries:?}");
    };
    let cited = confirmation.policy.clone().unwrap();
    assert!(cited.is_whole() && !cited.files.is_empty());
    for file in &cited.files {
        let bytes = std::fs::read(shelf.join(&file.sha256)).unwrap();
        assert_eq!(digest(&bytes), file.sha256, "{}", file.name);
    }
    // And what it was told: asked again, it says the same.
    let told = std::fs::read(shelf.join(confirmation.policy_input.as_ref().unwrap())).unwrap();
    let again = desk
        .policy()
        .unwrap()
        .judge_json(std::str::from_utf8(&told).unwrap());
    assert!(!again.is_empty());
    for row in again {
        let said = confirmation.rules.iter().any(|rule| {
            rule.rule == row.name
                && rule.verdict.as_str() == row.verdict.word()
                && rule.sentence == row.sentence
        });
        assert!(said, "{row:?}");
    }
    assert_eq!(
        std::fs::read_dir(&shelf).unwrap().count(),
        cited.files.len() + 1
    );
}

#[test]
fn under_a_broken_policy_the_desk_looks_and_does_nothing() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let whole = desk(place.path(), &fake);
    let before = checked(&whole);
    let mut setup = setup(&fake);
    let error = crate::error::Error::new(crate::error::Kind::Usage, "odd.rego:3: it is odd");
    setup.policy = Err(error.clone());
    let desk = Desk::open(place.path(), setup);
    assert_eq!(desk.obstacle(), Some(error));
    let refusal = desk
        .check(desk.draft(acknowledge()), &Situation::default())
        .unwrap_err();
    assert!(refusal.sentence.contains("odd.rego:3"), "{refusal}");
    // What was checked under another policy is not confirmed under this one.
    assert!(desk.confirm(&before, &Answers::default()).is_err());
    assert!(desk.records().unwrap().is_empty());
    assert_eq!(fake.vendor().requests, 0);
}
