//! Two people for one operation: who may be the second, and that it is sent
//! once.

mod refused;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use crate::{
    domain::{Act, Grant, Intent, OperationRecord, OperationState, Origin, SourceId, Timestamp},
    error::Error,
    evidence::{Sign, signers::AllowedSigners, testing::Pen},
    operation::{
        Answers, Checked, Clock, Confirmed, Desk, Opened, People, Proposed, Setup, Situation,
        testing::{Fake, Lie, acknowledge, setup},
    },
    store::journal::{Actor, Cursor, EntryBody},
};

const HOUR: i64 = 3_600_000;

/// A clock that tests move, in milliseconds.
#[derive(Clone)]
struct Time(Arc<AtomicI64>);

impl Time {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_763_800_000_000)))
    }

    fn pass(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_timestamp_millis(self.0.fetch_add(1, Ordering::SeqCst)).unwrap()
    }

    fn clock(&self) -> Clock {
        let time = self.clone();
        Arc::new(move || time.now())
    }
}

/// Who may sign: ana and ben, each with a key.
fn signers() -> AllowedSigners {
    let line =
        |name: &str, seed| format!("{name} namespaces=\"tminus-*\" {}\n", Pen::new(seed).line());
    AllowedSigners::parse(&(line("ana", 1) + &line("ben", 2))).unwrap()
}

/// A person's tminus, with a data directory of their own.
struct Person {
    place: tempfile::TempDir,
    desk: Arc<Desk>,
}

fn person(login: &str, seed: u8, time: &Time, fake: &Arc<Fake>) -> Person {
    person_with(login, Some(seed), signers(), time, fake)
}

fn person_with(
    login: &str,
    seed: Option<u8>,
    allowed: AllowedSigners,
    time: &Time,
    fake: &Arc<Fake>,
) -> Person {
    let place = tempfile::tempdir().unwrap();
    let desk = Desk::open(
        place.path(),
        Setup {
            actor: Actor {
                login: login.into(),
                host: "bridge".into(),
                ssh_client: None,
            },
            people: People {
                signer: seed.map(|seed| Arc::new(Pen::new(seed)) as Arc<dyn Sign>),
                allowed: Some(Ok(allowed)),
            },
            clock: time.clock(),
            ..setup(fake)
        },
    );
    Person { place, desk }
}

fn approve() -> Intent {
    let hub = SourceId::new("hub");
    Intent {
        environment: Some("production".into()),
        act: Act::Approve {
            approval: Origin::new(&hub, "a/1"),
            run: Origin::new(&hub, "run/7"),
            environment_key: "42".into(),
            grants: Grant::default(),
        },
        ..acknowledge()
    }
}

fn situation() -> Situation {
    Situation {
        production: true,
        ..Situation::default()
    }
}

fn checked(desk: &Desk) -> Checked {
    desk.check(desk.draft(approve()), &situation()).unwrap()
}

fn because(reason: &str) -> Answers {
    Answers {
        reason: reason.to_owned(),
        ..Answers::default()
    }
}

fn propose(person: &Person) -> Result<Proposed, Error> {
    person
        .desk
        .propose(&checked(&person.desk), &because("tests are green"))
}

fn file(proposed: &Proposed) -> Vec<u8> {
    std::fs::read(&proposed.file).unwrap()
}

fn countersign(person: &Person, bytes: &[u8]) -> Result<(Confirmed, Vec<u8>), Error> {
    let opened = person.desk.open_proposal(bytes)?;
    agree(person, &opened)
}

fn agree(person: &Person, opened: &Opened) -> Result<(Confirmed, Vec<u8>), Error> {
    let checked = person
        .desk
        .check(person.desk.draft_of(opened), &situation())
        .map_err(|refusal| Error::from(*refusal))?;
    let mut both = Vec::new();
    let confirmed = person.desk.countersign(
        &checked,
        &Answers::default(),
        opened,
        "I looked too",
        |file| {
            both = file.to_vec();
            Ok(())
        },
    )?;
    Ok((confirmed, both))
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

fn carry_out(person: &Person, confirmed: Confirmed) -> OperationRecord {
    run(person.desk.carry_out(confirmed, Arc::new(|_| ())))
}

fn look(person: &Person, proposed: &Proposed) -> OperationRecord {
    run(person.desk.look(&proposed.id, None, Arc::new(|_| ()))).unwrap()
}

fn detail(record: &OperationRecord) -> &str {
    record
        .history
        .last()
        .map_or("", |last| last.detail.as_str())
}

fn bodies(desk: &Desk) -> Vec<EntryBody> {
    let entries = desk.journal().read(&mut Cursor::default()).unwrap();
    entries.into_iter().map(|entry| entry.body).collect()
}

#[test]
fn one_person_proposes_another_agrees_and_it_is_sent_once() {
    let (time, fake) = (Time::new(), Fake::new(Lie::Honest));
    let (ana, ben) = (
        person("ana", 1, &time, &fake),
        person("ben", 2, &time, &fake),
    );

    // Alone it is refused, and nothing is sent.
    let alone = ana
        .desk
        .confirm(&checked(&ana.desk), &because("x"))
        .unwrap_err();
    assert!(alone.message.contains("another person"), "{alone}");
    let proposed = propose(&ana).unwrap();
    let waiting = look(&ana, &proposed);
    assert_eq!(waiting.state, OperationState::Proposed);
    assert!(
        detail(&waiting).contains(&format!("tminus countersign {}", proposed.file.display())),
        "{}",
        detail(&waiting)
    );
    assert_eq!(ana.desk.in_flight(), 0);
    assert_eq!(fake.vendor().requests, 0);

    let (confirmed, both) = countersign(&ben, &file(&proposed)).unwrap();
    assert_eq!(confirmed.id(), &proposed.id);
    let done = carry_out(&ben, confirmed);
    assert_eq!(done.state, OperationState::Observed);
    assert_eq!(fake.vendor().requests, 1);

    // Ben's journal has both people, each with their signature.
    let EntryBody::Confirmed(entry) = bodies(&ben.desk).swap_remove(0) else {
        panic!("the first entry is the confirmation");
    };
    let (second, proposal) = (entry.second.unwrap(), entry.proposal.unwrap());
    assert_eq!(entry.actor.login.as_str(), "ben");
    assert_eq!(second.actor.login.as_str(), "ben");
    assert_eq!(second.reason.as_str(), "I looked too");
    assert_eq!(proposal.principal.as_str(), "ana");
    assert_eq!(proposal.actor.login.as_str(), "ana");
    assert_eq!(proposal.key.as_str(), Pen::new(1).fingerprint());
    assert_eq!(second.key.as_str(), Pen::new(2).fingerprint());

    // Ana's sees it at the vendor, and by whom when the file came back.
    assert_eq!(
        ana.desk.take_back(&proposed.id, &both).unwrap().as_str(),
        "ben"
    );
    let seen = look(&ana, &proposed);
    assert_eq!(seen.state, OperationState::Observed);
    assert!(
        detail(&seen).ends_with("by ben (countersigned)"),
        "{}",
        detail(&seen)
    );
    assert_eq!(fake.vendor().requests, 1);

    // Once is once.
    let again = ben.desk.open_proposal(&file(&proposed)).unwrap_err();
    assert!(again.message.contains("confirmed already"), "{again}");
}

#[test]
fn without_the_file_that_came_back_it_is_not_claimed_who_did_it() {
    let (time, fake) = (Time::new(), Fake::new(Lie::Honest));
    let (ana, ben) = (
        person("ana", 1, &time, &fake),
        person("ben", 2, &time, &fake),
    );
    let proposed = propose(&ana).unwrap();
    let (confirmed, _) = countersign(&ben, &file(&proposed)).unwrap();
    carry_out(&ben, confirmed);
    let seen = look(&ana, &proposed);
    assert_eq!(seen.state, OperationState::Observed);
    assert!(
        detail(&seen).contains("not known here"),
        "{}",
        detail(&seen)
    );
    // A file of nobody is not taken.
    assert!(ana.desk.take_back(&proposed.id, b"{}").is_err());
}

#[test]
fn one_person_cannot_be_both() {
    let (time, fake) = (Time::new(), Fake::new(Lie::Honest));
    let ana = person("ana", 1, &time, &fake);
    let bytes = file(&propose(&ana).unwrap());
    let refused = |who: &Person, why: &str| {
        let error = who.desk.open_proposal(&bytes).unwrap_err();
        assert!(
            error.message.contains("one person cannot be both") && error.message.contains(why),
            "{why}: {error}"
        );
    };
    // The same login on the same machine, whatever the key and directory.
    refused(&person("ana", 2, &time, &fake), "ana@bridge");
    // The same key under another name.
    refused(&person("ben", 1, &time, &fake), "your key");
    // Another key of the same person.
    let line = |name: &str, seed| format!("{name} {}\n", Pen::new(seed).line());
    let two_keys = AllowedSigners::parse(&(line("ana", 1) + &line("ana", 3))).unwrap();
    refused(
        &person_with("ben", Some(3), two_keys, &time, &fake),
        "both ana's",
    );
    // Two keys under one pattern tell nobody apart.
    let pattern = line("*@larkspur.dev", 1) + &line("ben@larkspur.dev", 2);
    let pattern = AllowedSigners::parse(&pattern).unwrap();
    refused(&person_with("ben", Some(2), pattern, &time, &fake), "both");
    assert_eq!(fake.vendor().requests, 0);
}

#[test]
fn without_a_key_or_signers_the_refusal_says_how_to_set_them_up() {
    let (time, fake) = (Time::new(), Fake::new(Lie::Honest));
    let keyless = person_with("ana", None, signers(), &time, &fake);
    let error = propose(&keyless).unwrap_err();
    assert!(error.hint.contains("`key` in [signing]"), "{error}");
    // A key that the allowed signers do not know is said to its owner.
    let strange = person("ana", 9, &time, &fake);
    let error = propose(&strange).unwrap_err();
    assert!(
        error.message.contains("not among the allowed signers"),
        "{error}"
    );
    assert!(bodies(&strange.desk).is_empty());

    let bytes = file(&propose(&person("ana", 1, &time, &fake)).unwrap());
    let nobody = Desk::open(
        tempfile::tempdir().unwrap().path(),
        Setup {
            people: People {
                signer: Some(Arc::new(Pen::new(2))),
                ..People::default()
            },
            clock: time.clock(),
            ..setup(&fake)
        },
    );
    let error = nobody.open_proposal(&bytes).unwrap_err();
    assert!(error.hint.contains("allowed_signers"), "{error}");
}

#[test]
fn a_proposal_expires_and_then_stands_in_nobodys_way() {
    let (time, fake) = (Time::new(), Fake::new(Lie::NeverActs));
    let (ana, ben) = (
        person("ana", 1, &time, &fake),
        person("ben", 2, &time, &fake),
    );
    let proposed = propose(&ana).unwrap();
    // While it waits, the same is not proposed again.
    let refusal = ana
        .desk
        .check(ana.desk.draft(approve()), &situation())
        .unwrap_err();
    assert!(
        refusal.sentence.contains("tminus withdraw"),
        "{}",
        refusal.sentence
    );

    let opened = ben.desk.open_proposal(&file(&proposed)).unwrap();
    time.pass(4 * HOUR);
    let late = ben.desk.open_proposal(&file(&proposed)).unwrap_err();
    assert!(late.message.contains("was good until"), "{late}");
    // Nor by somebody who opened it in time and thought about it for long.
    let late = agree(&ben, &opened).unwrap_err();
    assert!(late.message.contains("expired"), "{late}");

    let waits = look(&ana, &proposed);
    assert_eq!(waits.state, OperationState::Proposed);
    assert!(
        detail(&waits).contains("nobody is known"),
        "{}",
        detail(&waits)
    );
    assert!(propose(&ana).is_ok());
    time.pass(HOUR);
    let over = look(&ana, &proposed);
    assert_eq!(over.state, OperationState::Failed);
    assert!(detail(&over).contains("in time"), "{}", detail(&over));
    assert_eq!(fake.vendor().requests, 0);
}

#[test]
fn what_was_withdrawn_is_over_here_and_says_that_copies_are_not() {
    let (time, fake) = (Time::new(), Fake::new(Lie::Honest));
    let ana = person("ana", 1, &time, &fake);
    let proposed = propose(&ana).unwrap();
    let record = ana.desk.withdraw(&proposed.id).unwrap();
    assert_eq!(record.state, OperationState::Failed);
    assert!(detail(&record).contains("a copy of the file stays good"));
    assert!(!proposed.file.exists());
    assert!(ana.desk.withdraw(&proposed.id).is_err());
    assert!(propose(&ana).is_ok());
    // It is so for a later tminus too.
    let later = Desk::open(ana.place.path(), setup(&fake));
    assert_eq!(later.records().unwrap()[0].state, OperationState::Failed);
}

#[test]
fn a_restart_knows_what_waits_and_does_not_call_it_unknown() {
    let (time, fake) = (Time::new(), Fake::new(Lie::DropsBefore));
    let ana = person("ana", 1, &time, &fake);
    let proposed = propose(&ana).unwrap();
    let Person { place, desk } = ana;
    drop(desk);
    let later = Desk::open(
        place.path(),
        Setup {
            clock: time.clock(),
            ..setup(&fake)
        },
    );
    let looked = run(later.recover(Arc::new(|_| ()))).unwrap();
    assert_eq!(looked.len(), 1);
    assert_eq!(looked[0].state, OperationState::Proposed);
    assert_eq!(
        later.proposals().unwrap(),
        std::slice::from_ref(&proposed.id)
    );
    assert!(matches!(
        bodies(&later).as_slice(),
        [EntryBody::Proposed(_)]
    ));
}
