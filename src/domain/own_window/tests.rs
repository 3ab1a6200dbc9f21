//! What people do to windows, in any order of two writers.

use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000 + second, 0).unwrap_or_default()
}

fn once(start: i64, end: i64) -> OwnTime {
    OwnTime::Once {
        start: at(start),
        end: at(end),
    }
}

fn freeze(start: i64, end: i64) -> OwnWindow {
    OwnWindow {
        name: "a freeze".into(),
        kind: OwnKind::Deny,
        when: once(start, end),
        selectors: Selectors::default(),
    }
}

fn event(id: &str, change: WindowChange) -> WindowEvent {
    WindowEvent {
        window: id.into(),
        by: "ana".into(),
        why: "because".into(),
        change,
    }
}

fn made(id: &str, window: OwnWindow) -> WindowEvent {
    let plan = Box::new(window);
    event(id, WindowChange::Made { plan })
}

#[test]
fn a_window_is_made_once_moved_and_cancelled_for_good() {
    let mut book = OwnBook::default();
    let new = made("f", freeze(1000, 2000));
    book.take(at(0), &new).unwrap();
    assert!(book.take(at(1), &new).unwrap_err().contains("already"));
    let from = once(1000, 2000);
    let moved = |from: &OwnTime, to| {
        let from = from.clone();
        event("f", WindowChange::Moved { from, to })
    };
    book.take(at(2), &moved(&from, once(1500, 2500))).unwrap();
    // Who saw the old time moves nothing.
    let late = book.take(at(3), &moved(&from, once(0, 10))).unwrap_err();
    assert!(late.contains("look again"), "{late}");
    let now = once(1500, 2500);
    let wrong = book.take(at(3), &moved(&now, once(10, 10))).unwrap_err();
    assert!(wrong.contains("before it starts"), "{wrong}");
    book.take(at(4), &event("f", WindowChange::Cancelled))
        .unwrap();
    assert_eq!(book.standing().count(), 0);
    let after = book.take(at(5), &moved(&now, once(0, 10))).unwrap_err();
    assert!(after.contains("ana cancelled it"), "{after}");
    // Nobody takes the place of a cancelled one unseen.
    assert!(book.take(at(6), &new).unwrap_err().contains("was"));
    assert_eq!(book.id_for("F").as_str(), "f-2");
}

#[test]
fn a_reason_is_needed_and_what_is_over_stays_as_it_was() {
    let mut book = OwnBook::default();
    let mut new = made("f", freeze(0, 10));
    new.why = " ".into();
    assert_eq!(book.take(at(0), &new).unwrap_err(), "say why");
    new.why = "because".into();
    book.take(at(0), &new).unwrap();
    let late = book.take(at(10), &event("f", WindowChange::Cancelled));
    assert!(late.unwrap_err().contains("it is over"));
    assert_eq!(book.standing().count(), 1);
}

#[test]
fn ids_come_from_names() {
    let book = OwnBook::default();
    for (name, id) in [
        ("Year end 2026!", "year-end-2026"),
        ("  ", "window"),
        ("Jahresabschluß", "jahresabschlu"),
        ("é", "window"),
    ] {
        assert_eq!(book.id_for(name).as_str(), id, "{name}");
        assert_eq!(id_fault(&book.id_for(name)), None);
    }
    assert!(id_fault("a b").is_some());
    assert!(id_fault(&"x".repeat(65)).is_some());
}

#[test]
fn events_come_back_from_their_bytes() {
    let rule = OwnTime::Rule {
        rule: "DTSTART:20261224T000000\\nRRULE:FREQ=YEARLY".into(),
        zone: "Europe/Berlin".into(),
        duration: "3d".into(),
    };
    let window = OwnWindow {
        when: rule,
        ..freeze(0, 1)
    };
    let event = made("christmas", window);
    let text = serde_json::to_string(&event).unwrap();
    assert_eq!(serde_json::from_str::<WindowEvent>(&text).unwrap(), event);
}

/// What one person tries: by what they saw, not by what is.
#[derive(Clone, Debug)]
enum Try {
    Make,
    Move(i64),
    Rename(u8),
    Cancel,
}

fn any_try() -> impl Strategy<Value = (bool, u8, Try)> {
    let what = prop_oneof![
        Just(Try::Make),
        (1..100_i64).prop_map(Try::Move),
        any::<u8>().prop_map(Try::Rename),
        Just(Try::Cancel),
    ];
    (any::<bool>(), 0..3_u8, what)
}

proptest! {
    /// Two people, each with a picture that is old: a cancel that was taken is
    /// never lost, whatever comes after, and of two who saw the same one wins.
    #[test]
    fn no_order_of_two_writers_loses_a_cancel(
        tries in prop::collection::vec(any_try(), 1..60),
        looks in prop::collection::vec(any::<bool>(), 60),
    ) {
        let mut book = OwnBook::default();
        let mut pictures = [OwnBook::default(), OwnBook::default()];
        let mut written: Vec<(Timestamp, WindowEvent)> = Vec::new();
        let mut cancelled: Vec<Text> = Vec::new();
        for (place, (who, window, what)) in tries.into_iter().enumerate() {
            let seen = &mut pictures[usize::from(who)];
            if looks[place] {
                *seen = book.clone();
            }
            let id = format!("w{window}");
            let known = seen.get(&id).map(|course| course.window.clone());
            let change = match (what, known) {
                (Try::Make, _) | (Try::Move(_) | Try::Rename(_), None) => {
                    WindowChange::Made { plan: Box::new(freeze(100_000, 200_000)) }
                }
                (Try::Move(by), Some(known)) => WindowChange::Moved {
                    from: known.when,
                    to: once(100_000 + by, 200_000 + by),
                },
                (Try::Rename(name), Some(known)) => {
                    let to = OwnWindow { name: Text::from(format!("n{name}")), ..known.clone() };
                    WindowChange::Changed { from: Box::new(known), to: Box::new(to) }
                }
                (Try::Cancel, _) => WindowChange::Cancelled,
            };
            let now = at(i64::try_from(place).unwrap());
            let event = event(&id, change);
            let before = book.clone();
            match book.take(now, &event) {
                Ok(()) => {
                    if event.change == WindowChange::Cancelled {
                        cancelled.push(event.window.clone());
                    }
                    written.push((now, event));
                }
                Err(why) => {
                    prop_assert_eq!(&book, &before);
                    prop_assert!(!why.is_empty() && !why.ends_with('.'));
                }
            }
            for id in &cancelled {
                prop_assert!(book.get(id).is_some_and(|course| course.cancelled.is_some()));
            }
        }
        // Who reads it later sees the same.
        let again = OwnBook::of(written.iter().map(|(at, event)| (*at, event)));
        prop_assert_eq!(again, book);
    }
}
