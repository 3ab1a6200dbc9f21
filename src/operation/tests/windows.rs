//! Windows that are made here, by several processes at once, and what they
//! stop.

use proptest::prelude::*;

use crate::{
    domain::{
        Act, Intent, Origin, OwnKind, OwnTime, OwnWindow, Selectors, Timestamp, WindowChange,
        WindowEvent,
    },
    operation::{
        Answers, Desk, Setup, Situation,
        testing::{Fake, Lie, acknowledge, desk, setup},
    },
    store::journal::EntryBody,
};

fn event(id: &str, change: WindowChange) -> WindowEvent {
    WindowEvent {
        window: id.into(),
        by: "bo".into(),
        why: "because".into(),
        change,
    }
}

/// A freeze of one service, or of all, that holds now and for years.
fn freeze(id: &str, service: Option<&str>) -> WindowEvent {
    let selectors = Selectors {
        services: service.into_iter().map(Into::into).collect(),
        ..Selectors::default()
    };
    let plan = Box::new(OwnWindow {
        name: id.into(),
        kind: OwnKind::Deny,
        when: OwnTime::Once {
            start: Timestamp::UNIX_EPOCH,
            end: "2099-01-01T00:00:00Z".parse().unwrap(),
        },
        selectors,
    });
    event(id, WindowChange::Made { plan })
}

/// An operation on a service.
fn intent() -> Intent {
    Intent {
        service: Some("checkout".into()),
        environment: Some("production".into()),
        act: Act::RerunFailed {
            run: Origin::new(&"hub".into(), "r1"),
            attempt: 1,
        },
        ..acknowledge()
    }
}

#[test]
fn a_freeze_that_another_process_made_is_seen_at_the_next_check() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let (one, other) = (desk(place.path(), &fake), desk(place.path(), &fake));
    let freezes = |desk: &Desk| {
        let (input, _) = desk.explain(&desk.draft(intent()), &Situation::default());
        let names = input.windows.freezes.iter().map(|one| one.title.clone());
        names.collect::<Vec<_>>()
    };
    assert!(freezes(&one).is_empty());
    other.change_window(&freeze("all", None)).unwrap();
    other
        .change_window(&freeze("search", Some("search")))
        .unwrap();
    assert_eq!(freezes(&one), ["all"]);
    one.change_window(&event("all", WindowChange::Cancelled))
        .unwrap();
    let again = other.change_window(&event("all", WindowChange::Cancelled));
    assert!(again.unwrap_err().message.contains("bo cancelled it"));
    assert!(freezes(&other).is_empty());
}

#[test]
fn a_freeze_that_was_made_since_the_check_stops_the_yes() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let (one, other) = (desk(place.path(), &fake), desk(place.path(), &fake));
    let checked = one
        .check(one.draft(intent()), &Situation::default())
        .unwrap();
    // One of another service is in nobody's way.
    other
        .change_window(&freeze("search", Some("search")))
        .unwrap();
    other.change_window(&freeze("all", None)).unwrap();
    let refused = one.confirm(&checked, &Answers::default()).unwrap_err();
    assert!(
        refused
            .message
            .contains("bo has just made the freeze 'all'"),
        "{refused:?}"
    );
    other
        .change_window(&event("all", WindowChange::Cancelled))
        .unwrap();
    one.confirm(&checked, &Answers::default()).unwrap();
}

#[test]
fn what_a_newer_tminus_wrote_counts_as_not_known() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let desk = desk(place.path(), &fake);
    desk.change_window(&freeze("f", Some("search"))).unwrap();
    assert_eq!(desk.own_windows().unread, None);
    let mut log = desk.own_windows();
    assert!(log.take(Timestamp::UNIX_EPOCH, &EntryBody::Other("window".into())));
    assert!(!log.take(Timestamp::UNIX_EPOCH, &EntryBody::Other("else".into())));
    assert!(log.unread.is_some());
    let mut situation = Situation::default();
    situation.add_own(&intent(), &log);
    assert_eq!(situation.calendars_unknown.len(), 1);
}

#[test]
fn what_cannot_be_is_not_written_and_read_only_writes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let desk = desk(place.path(), &fake);
    let unknown = desk.change_window(&event("f", WindowChange::Cancelled));
    assert!(unknown.unwrap_err().message.contains("no window `f`"));
    let glob = freeze("f", Some("[x"));
    assert!(
        desk.change_window(&glob)
            .unwrap_err()
            .message
            .contains("no glob")
    );
    let rule = OwnTime::Rule {
        rule: "RRULE:FREQ=WEEKLY".into(),
        zone: "UTC".into(),
        duration: "1h".into(),
    };
    desk.change_window(&freeze("f", None)).unwrap();
    let from = match freeze("f", None).change {
        WindowChange::Made { plan } => plan.when,
        _ => rule.clone(),
    };
    let moved = event("f", WindowChange::Moved { from, to: rule });
    assert!(
        desk.change_window(&moved)
            .unwrap_err()
            .message
            .contains("DTSTART")
    );
    let looking = Desk::open(
        place.path(),
        Setup {
            read_only: true,
            ..setup(&fake)
        },
    );
    assert!(
        looking
            .change_window(&event("f", WindowChange::Cancelled))
            .is_err()
    );
    assert_eq!(looking.window_log().unwrap().events.len(), 1);
}

#[test]
fn a_directory_that_cannot_be_used_may_hold_a_freeze() {
    let place = tempfile::tempdir().unwrap();
    let fake = Fake::new(Lie::Honest);
    let file = place.path().join("file");
    std::fs::write(&file, "").unwrap();
    let desk = Desk::open(&file, setup(&fake));
    assert!(desk.window_log().is_err());
    assert!(desk.own_windows().unread.is_some());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Two processes with one journal, each with what it saw when it looked
    /// last: what was taken back stays so in both, and in who comes later.
    #[test]
    fn no_interleaving_of_two_writers_loses_a_cancel(
        tries in prop::collection::vec((0..2_usize, 0..2_u8, 0..3_u8, any::<bool>()), 1..14),
    ) {
        let place = tempfile::tempdir().unwrap();
        let fake = Fake::new(Lie::Honest);
        let desks = [desk(place.path(), &fake), desk(place.path(), &fake)];
        let mut seen = [desks[0].own_windows().book, desks[1].own_windows().book];
        let mut cancelled = std::collections::BTreeSet::new();
        for (who, window, what, looks) in tries {
            if looks {
                seen[who] = desks[who].own_windows().book;
            }
            let id = format!("w{window}");
            let known = seen[who].get(&id).map(|course| course.window.when.clone());
            let change = match (what, known) {
                (0, _) => freeze(&id, None).change,
                (1, Some(from)) => WindowChange::Moved {
                    from,
                    to: OwnTime::Once {
                        start: Timestamp::UNIX_EPOCH,
                        end: "2098-01-01T00:00:00Z".parse().unwrap(),
                    },
                },
                _ => WindowChange::Cancelled,
            };
            let cancels = change == WindowChange::Cancelled;
            if desks[who].change_window(&event(&id, change)).is_ok() && cancels {
                prop_assert!(cancelled.insert(id), "it was cancelled twice");
            }
        }
        let third = desk(place.path(), &fake);
        for desk in desks.iter().chain([&third]) {
            let book = desk.own_windows().book;
            for id in &cancelled {
                prop_assert!(book.get(id).is_some_and(|course| course.cancelled.is_some()));
            }
            prop_assert_eq!(&book, &third.own_windows().book);
        }
    }
}
