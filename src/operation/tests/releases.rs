//! What people do to releases, from several processes at once.

use crate::{
    domain::{Course, Release, ReleaseChange, ReleaseEvent, ReleaseState},
    operation::{
        Desk, Setup,
        testing::{Fake, Lie, desk, setup},
    },
};

fn event(change: ReleaseChange) -> ReleaseEvent {
    ReleaseEvent {
        release: "train-1".into(),
        by: "ana".into(),
        why: "because".into(),
        change,
    }
}

fn moved(from: ReleaseState, to: ReleaseState) -> ReleaseEvent {
    let unmet = Vec::new();
    event(ReleaseChange::Moved { from, to, unmet })
}

fn opened() -> ReleaseEvent {
    event(ReleaseChange::Opened {
        plan: Box::new(Release {
            id: "train-1".into(),
            declared: Some(ReleaseState::Draft),
            ..Release::default()
        }),
    })
}

#[test]
fn of_two_processes_that_saw_the_same_state_one_moves_it() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let (one, other) = (desk(place.path(), &fake), desk(place.path(), &fake));
    one.change_release(None, &opened()).unwrap();
    let again = other.change_release(None, &opened()).unwrap_err();
    assert!(again.message.contains("already"), "{again:?}");
    let on = moved(ReleaseState::Draft, ReleaseState::Scheduled);
    other.change_release(None, &on).unwrap();
    let off = moved(ReleaseState::Draft, ReleaseState::Scrubbed);
    let late = one.change_release(None, &off).unwrap_err();
    assert!(late.message.contains("look again"), "{late:?}");
    // A third one, after a crash of both, sees what was written and no more.
    let third = desk(place.path(), &fake);
    let events = third.release_events().unwrap();
    assert_eq!(events.len(), 2);
    assert!(events[0].0 < events[1].0, "each has a time of its own");
    let events = events.iter().map(|(at, event)| (*at, event));
    let course = Course::of(None, events).unwrap();
    assert_eq!(course.release.declared, Some(ReleaseState::Scheduled));
}

#[test]
fn what_nobody_made_is_not_changed_and_read_only_changes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let on = moved(ReleaseState::Draft, ReleaseState::Scheduled);
    let desk = desk(place.path(), &fake);
    let unknown = desk.change_release(None, &on).unwrap_err();
    assert!(unknown.message.contains("no such release"), "{unknown:?}");
    let setup = Setup {
        read_only: true,
        ..setup(&fake)
    };
    let looking = Desk::open(place.path(), setup);
    assert!(looking.change_release(None, &opened()).is_err());
    assert!(desk.release_events().unwrap().is_empty());
}
