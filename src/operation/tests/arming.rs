//! Where it has to be armed, the desk itself refuses until it is.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::TimeDelta;

use crate::{
    domain::{OperationState, Timestamp},
    operation::{
        Answers, Desk, Situation,
        testing::{Fake, Lie, acknowledge, collector, setup},
    },
    store::journal::{Cursor, EntryBody},
};

struct Room {
    desk: Arc<Desk>,
    fake: Arc<Fake>,
    /// Seconds.
    clock: Arc<AtomicI64>,
    _place: tempfile::TempDir,
}

fn unarmed() -> Room {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let clock = Arc::new(AtomicI64::new(1_763_800_000));
    let ticks = Arc::clone(&clock);
    let mut setup = setup(&fake);
    setup.arm = true;
    setup.clock = Arc::new(move || {
        Timestamp::from_timestamp(ticks.load(Ordering::SeqCst), 0).unwrap_or_default()
    });
    Room {
        desk: Desk::open(place.path(), setup),
        fake,
        clock,
        _place: place,
    }
}

impl Room {
    fn may_act(&self) -> bool {
        let draft = self.desk.draft(acknowledge());
        match self.desk.check(draft, &Situation::default()) {
            Ok(_) => true,
            Err(refusal) => {
                assert!(refusal.sentence.contains("armed"), "{refusal}");
                false
            }
        }
    }

    fn later(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    fn kinds(&self) -> Vec<&'static str> {
        let entries = self.desk.journal().read(&mut Cursor::default()).unwrap();
        entries
            .iter()
            .map(|entry| match &entry.body {
                EntryBody::Armed { actor, .. } => {
                    assert_eq!(actor.login.as_str(), "ana");
                    "armed"
                }
                EntryBody::Disarmed { .. } => "disarmed",
                EntryBody::Confirmed(_) => "confirmed",
                EntryBody::Outcome { .. } => "outcome",
                _ => "other",
            })
            .collect()
    }
}

#[test]
fn it_acts_only_while_it_is_armed_and_the_journal_says_by_whom() {
    let room = unarmed();
    assert!(!room.may_act());
    let until = room.desk.arm(TimeDelta::minutes(10)).unwrap();
    assert_eq!(until, room.desk.now() + TimeDelta::minutes(10));
    room.later(599);
    assert!(room.may_act());
    room.later(1);
    assert!(!room.may_act());
    room.desk.arm(TimeDelta::minutes(5)).unwrap();
    assert!(room.may_act());
    room.desk.disarm().unwrap();
    assert!(!room.may_act());
    // What is not armed is not disarmed once more.
    room.desk.disarm().unwrap();
    assert_eq!(room.kinds(), ["armed", "armed", "disarmed"]);
}

#[test]
fn a_dialog_that_was_opened_in_time_is_confirmed_too_late() {
    let room = unarmed();
    room.desk.arm(TimeDelta::minutes(1)).unwrap();
    let draft = room.desk.draft(acknowledge());
    let checked = room.desk.check(draft, &Situation::default()).unwrap();
    room.later(61);
    let error = room
        .desk
        .confirm(&checked, &Answers::default())
        .unwrap_err();
    assert!(error.message.contains("not armed"), "{error}");
    assert_eq!(room.kinds(), ["armed"]);
    assert_eq!(room.fake.vendor().requests, 0);
}

#[test]
fn what_was_confirmed_in_time_is_carried_out_and_its_outcome_kept() {
    let room = unarmed();
    room.desk.arm(TimeDelta::minutes(1)).unwrap();
    let draft = room.desk.draft(acknowledge());
    let checked = room.desk.check(draft, &Situation::default()).unwrap();
    let confirmed = room.desk.confirm(&checked, &Answers::default()).unwrap();
    room.later(120);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let record = runtime.block_on(room.desk.carry_out(confirmed, collector().0));
    assert_eq!(record.state, OperationState::Observed);
    assert_eq!(room.kinds().last(), Some(&"outcome"));
}

#[test]
fn it_is_never_armed_for_longer_than_an_hour_nor_by_a_clock_that_is_put_back() {
    let room = unarmed();
    let until = room.desk.arm(TimeDelta::days(3)).unwrap();
    assert_eq!(until, room.desk.now() + TimeDelta::minutes(60));
    room.later(-86_400);
    assert!(
        !room.may_act(),
        "a clock that was put back arms it for a day"
    );
}

#[test]
fn a_desk_that_need_not_be_armed_is_not() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let desk = Desk::open(place.path(), setup(&fake));
    assert!(desk.armed().is_ok());
    assert!(desk.arm(TimeDelta::minutes(10)).is_err());
    let mut looking = setup(&fake);
    (looking.arm, looking.read_only) = (true, true);
    let looking = Desk::open(place.path(), looking);
    let error = looking.arm(TimeDelta::minutes(10)).unwrap_err();
    assert!(error.message.contains("read-only"), "{error}");
}

#[test]
fn a_desk_that_cannot_write_it_down_is_not_armed() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let fake = Fake::new(Lie::Honest);
    let mut setup = setup(&fake);
    setup.arm = true;
    let desk = Desk::open(&file, setup);
    assert!(desk.arm(TimeDelta::minutes(10)).is_err());
    assert!(desk.armed().is_err());
}
