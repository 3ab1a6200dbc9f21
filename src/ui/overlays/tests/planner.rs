//! Windows and releases on the calendar: what the box shows before yes, and
//! what it writes down.

use chrono::TimeDelta;

use super::*;
use crate::{
    command::{Input, Item, Mouse, MouseKind},
    domain::{
        Body, OwnKind, OwnTime, Release, ReleaseChange, ReleaseEvent, ReleaseItem, ReleaseKind,
        ReleaseState, Timestamp, WindowChange, WindowEvent,
    },
    ui::{app::Overlay, testing::fact},
};

/// The calendar with a release that begins in two hours, the cursor on it.
fn calendar(width: u16, height: u16) -> Driver {
    let mut driver = Driver::new(width, height);
    let at = driver.now;
    let release = Release {
        id: "train-48".into(),
        name: "Train 48".into(),
        kind: ReleaseKind::Train,
        captain: Some("bo".into()),
        items: vec![ReleaseItem {
            service: "billing".into(),
            environment: "production".into(),
            to: "4.13.0".into(),
            ..ReleaseItem::default()
        }],
        branch: Some(at - TimeDelta::days(1)),
        start: Some(at + TimeDelta::hours(2)),
        end: Some(at + TimeDelta::hours(4)),
        ..Release::default()
    };
    let release =
        crate::analysis::releases::template::of(ReleaseKind::Train).fill(release, None, 24);
    let facts = vec![fact(Body::Release(release), at)];
    driver.send(Event::Facts { facts, at });
    driver.keys(&["2", "g"]);
    driver.flush();
    driver.later(900);
    driver
}

fn window(effects: &[Effect]) -> Option<&WindowEvent> {
    effects.iter().find_map(|effect| match effect {
        Effect::ChangeWindow(event) => Some(event),
        _ => None,
    })
}

fn releases(effects: &[Effect]) -> Vec<&ReleaseEvent> {
    let events = effects.iter().filter_map(|effect| match effect {
        Effect::ChangeRelease { event, .. } => Some(event),
        _ => None,
    });
    events.collect()
}

/// What was written down has become durable.
fn told(driver: &mut Driver, event: WindowEvent) {
    let at = driver.now;
    let facts = vec![fact(Body::WindowEvent { at, event }, at)];
    driver.send(Event::Facts { facts, at });
    driver.flush();
    driver.later(900);
}

/// A freeze of everything that holds the release up.
fn freeze(driver: &mut Driver) -> WindowEvent {
    driver.keys(&["a"]);
    driver.text("Year end");
    driver.keys(&["tab", "tab", "tab", "tab", "tab"]);
    driver.text("accounts");
    let effects = driver.keys(&["enter"]);
    window(&effects).expect("it is complete").clone()
}

#[test]
fn the_box_looks_as_it_did() {
    for (width, height) in [(80, 24), (120, 40)] {
        let size = format!("{width}x{height}");
        for (name, keys) in [
            ("planner-add", &["a"][..]),
            ("planner-move", &["m", "up"][..]),
            ("planner-cancel", &["x"][..]),
            ("planner-duplicate", &["d"][..]),
        ] {
            let mut driver = calendar(width, height);
            driver.keys(keys);
            insta::assert_snapshot!(format!("{name}-{size}"), overlays(&driver));
        }
    }
}

#[test]
fn a_freeze_shows_what_it_is_in_the_way_of_before_it_is_made() {
    let mut driver = calendar(120, 40);
    driver.keys(&["a"]);
    assert!(
        screen(&driver).contains("train-48 is in the freeze"),
        "{}",
        screen(&driver)
    );
    // A day later nothing is in its way.
    driver.keys(&["tab", "tab", "tab", "up"]);
    assert!(screen(&driver).contains("no release is in its way"));
    driver.keys(&["down"]);
    let effects = driver.keys(&["enter"]);
    assert_eq!(window(&effects), None, "it has no name");
    driver.keys(&["esc"]);

    let event = freeze(&mut driver);
    assert_eq!((event.by.as_str(), event.why.as_str()), ("ana", "accounts"));
    assert_eq!(event.window.as_str(), "year-end");
    let WindowChange::Made { plan } = &event.change else {
        panic!("{event:?}");
    };
    assert_eq!(plan.kind, OwnKind::Deny);
    let start = driver
        .app
        .model
        .release("train-48")
        .and_then(|one| one.start);
    assert!(matches!(&plan.when, OwnTime::Once { start: at, .. } if Some(*at) == start));
    told(&mut driver, event);
    assert!(screen(&driver).contains("Year end"), "{}", screen(&driver));
}

#[test]
fn a_window_that_was_made_here_is_moved_and_cancelled_with_a_reason() {
    let mut driver = calendar(120, 40);
    let made = freeze(&mut driver);
    told(&mut driver, made);
    // The freeze and the train begin together; the freeze is a row of its own.
    let on_it = |driver: &Driver| matches!(driver.app.selection(), Some(Item::Window(_)));
    if !on_it(&driver) {
        driver.keys(&["k"]);
    }
    assert!(on_it(&driver), "{}", screen(&driver));
    driver.flush();
    driver.later(900);
    driver.keys(&["m", "right"]);
    assert_eq!(window(&driver.keys(&["enter"])), None, "it has no reason");
    driver.text("later");
    let effects = driver.keys(&["enter"]);
    let moved = window(&effects).expect("it has one now").clone();
    let WindowChange::Moved { from, to } = &moved.change else {
        panic!("{moved:?}");
    };
    let (OwnTime::Once { start, end }, OwnTime::Once { start: s, end: e }) = (from, to) else {
        panic!("{moved:?}");
    };
    let quarter = TimeDelta::minutes(15);
    assert_eq!((*start + quarter, *end + quarter), (*s, *e));
    told(&mut driver, moved);
    driver.keys(&["x"]);
    assert!(
        screen(&driver).contains("no more: train-48 is in the freeze"),
        "{}",
        screen(&driver)
    );
    driver.text("over");
    let effects = driver.keys(&["enter"]);
    let gone = window(&effects)
        .unwrap_or_else(|| panic!("{}", screen(&driver)))
        .clone();
    assert_eq!(gone.change, WindowChange::Cancelled);
    told(&mut driver, gone);
    assert!(!screen(&driver).contains("Year end"));
}

#[test]
fn a_release_is_moved_and_its_branch_stays() {
    let mut driver = calendar(120, 40);
    driver.keys(&["m", "up"]);
    assert!(
        screen(&driver).contains("its branch stays"),
        "{}",
        screen(&driver)
    );
    driver.keys(&["tab", "tab"]);
    for _ in 0..2 {
        driver.keys(&["backspace"]);
    }
    driver.text("mira");
    driver.keys(&["tab"]);
    driver.text("late");
    let effects = driver.keys(&["enter"]);
    let written = releases(&effects);
    let [moved, captain] = written[..] else {
        panic!("{written:?}");
    };
    let ReleaseChange::Rescheduled { from, to } = &moved.change else {
        panic!("{moved:?}");
    };
    assert_eq!(
        from.start.map(|at: Timestamp| at + TimeDelta::days(1)),
        to.start
    );
    assert_eq!(
        from.end.map(|at| at + TimeDelta::days(1)),
        to.end,
        "it goes along"
    );
    assert!(
        matches!(&captain.change, ReleaseChange::Captained { to, .. } if to.as_str() == "mira")
    );
    let at = driver.now;
    let event = moved.clone();
    let before = driver
        .app
        .model
        .release("train-48")
        .and_then(|one| one.branch);
    let facts = vec![fact(Body::ReleaseEvent { at, event }, at)];
    driver.send(Event::Facts { facts, at });
    let after = driver.app.model.release("train-48").unwrap();
    assert_eq!(after.branch, before);
    assert_eq!(after.start, to_start(&effects));
}

fn to_start(effects: &[Effect]) -> Option<Timestamp> {
    match &releases(effects)[0].change {
        ReleaseChange::Rescheduled { to, .. } => to.start,
        _ => None,
    }
}

#[test]
fn a_release_is_scrubbed_or_planned_once_more() {
    let mut driver = calendar(120, 40);
    driver.keys(&["x"]);
    driver.text("not needed");
    let effects = driver.keys(&["enter"]);
    assert!(!releases(&effects).is_empty(), "{}", screen(&driver));
    assert!(matches!(
        &releases(&effects)[0].change,
        ReleaseChange::Moved {
            to: ReleaseState::Scrubbed,
            ..
        }
    ));
    driver.keys(&["d", "up", "tab", "tab"]);
    driver.text("next");
    let effects = driver.keys(&["enter"]);
    let event = releases(&effects)[0];
    let ReleaseChange::Opened { plan } = &event.change else {
        panic!("{event:?}");
    };
    assert_eq!(event.release.as_str(), "train-49");
    assert_eq!(plan.items.len(), 1);
    assert_eq!(plan.captain.as_deref(), Some("bo"));
    assert_eq!(plan.declared, Some(ReleaseState::Draft));
}

#[test]
fn read_only_opens_no_box_and_neither_does_another_view() {
    let mut driver = calendar(120, 40);
    driver.app.settings.read_only = true;
    for key in ["a", "m", "x", "d"] {
        driver.keys(&[key]);
        assert!(driver.app.overlays.is_empty(), "{key}");
        assert!(screen(&driver).contains("read-only"), "{key}");
    }
    let mut driver = calendar(120, 40);
    driver.keys(&["1", "x"]);
    assert!(driver.app.overlays.is_empty());
}

#[test]
fn no_size_makes_the_box_fail() {
    for keys in [&["a"][..], &["m"], &["x"], &["d"]] {
        for (width, height) in [(1, 1), (20, 5), (40, 10), (250, 80)] {
            let mut driver = calendar(width, height);
            driver.keys(keys);
            let open = matches!(driver.app.overlays.last(), Some(Overlay::Planner(_)));
            assert!(open || width < 80, "{keys:?}");
            let _ = screen(&driver);
        }
    }
}

#[test]
fn a_press_goes_to_its_field_and_the_wheel_moves_its_time() {
    let mut driver = calendar(120, 40);
    driver.keys(&["m"]);
    let mouse = |driver: &mut Driver, kind, words: &str| {
        let picture = screen(driver);
        let mut lines = picture.lines();
        let row = lines.position(|line| line.contains(words)).unwrap();
        let row = u16::try_from(row).unwrap();
        let column = 40;
        driver.input(Input::Mouse(Mouse { kind, column, row }), false);
    };
    mouse(&mut driver, MouseKind::Press, " end  ");
    mouse(&mut driver, MouseKind::ScrollUp, " end  ");
    mouse(&mut driver, MouseKind::Press, " why  ");
    driver.text("late");
    let effects = driver.keys(&["enter"]);
    let written = releases(&effects);
    let [moved] = written[..] else {
        panic!("{written:?}");
    };
    let ReleaseChange::Rescheduled { from, to } = &moved.change else {
        panic!("{moved:?}");
    };
    assert_eq!(from.start, to.start);
    assert_eq!(from.end.map(|at| at + TimeDelta::minutes(15)), to.end);
}
