//! The sheet of a release, its steps and what they write down.

use super::*;
use crate::{
    domain::{Body, Release, ReleaseChange, ReleaseEvent, ReleaseItem, ReleaseKind, ReleaseState},
    ui::{
        app::Overlay,
        testing::fact,
        update::{Effect, Event},
    },
};

/// A day with a train of two services that is a draft.
fn day(width: u16, height: u16) -> Driver {
    let mut driver = Driver::new(width, height);
    let item = |service: &str, to: &str| ReleaseItem {
        service: service.into(),
        environment: "production".into(),
        to: to.into(),
        ..ReleaseItem::default()
    };
    let release = Release {
        id: "train-48".into(),
        name: "Train 48".into(),
        kind: ReleaseKind::Train,
        captain: Some("bo".into()),
        items: vec![item("checkout", "4.12.0"), item("search", "1.88.0")],
        declared: Some(ReleaseState::Draft),
        ..Release::default()
    };
    let at = driver.now;
    let release =
        crate::analysis::releases::template::of(ReleaseKind::Train).fill(release, None, 24);
    let facts = vec![fact(Body::Release(release), at)];
    driver.send(Event::Facts { facts, at });
    driver
}

fn written(effects: &[Effect]) -> Option<&ReleaseEvent> {
    effects.iter().find_map(|effect| match effect {
        Effect::ChangeRelease { event, .. } => Some(event),
        _ => None,
    })
}

#[test]
fn the_sheet_and_its_steps_look_as_they_did() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let size = format!("{width}x{height}");
        for (name, keys) in [
            ("release", &["i"][..]),
            ("release-state", &["i", "s"][..]),
            ("release-cut", &["i", "x"][..]),
            ("release-hotfix", &["g", "F"][..]),
        ] {
            let mut driver = day(width, height);
            driver.keys(keys);
            insta::assert_snapshot!(format!("{name}-{size}"), overlays(&driver));
        }
    }
}

#[test]
fn a_cut_is_written_down_with_its_reason_and_not_without() {
    let mut driver = day(120, 40);
    driver.keys(&["i", "x"]);
    let effects = driver.keys(&["enter"]);
    assert_eq!(written(&effects), None, "it has no reason");
    driver.text("late");
    let effects = driver.keys(&["enter"]);
    let event = written(&effects).expect("it has a reason now");
    assert_eq!(event.release.as_str(), "train-48");
    assert_eq!((event.by.as_str(), event.why.as_str()), ("ana", "late"));
    let service = "checkout".into();
    assert_eq!(event.change, ReleaseChange::Cut { service });
}

#[test]
fn a_state_is_chosen_and_an_open_check_holds_it_up() {
    let mut driver = day(120, 40);
    let effects = driver.keys(&["i", "s", "enter", "enter"]);
    let event = written(&effects)
        .expect("scheduled needs no reason")
        .clone();
    assert!(
        matches!(
            event.change,
            ReleaseChange::Moved {
                from: ReleaseState::Draft,
                to: ReleaseState::Scheduled,
                ..
            }
        ),
        "{event:?}"
    );
    let at = driver.now;
    let facts = vec![fact(Body::ReleaseEvent { at, event }, at)];
    driver.send(Event::Facts { facts, at });
    let effects = driver.keys(&["s", "enter", "enter"]);
    assert_eq!(written(&effects), None);
    assert!(screen(&driver).contains("branch-cut"));
}

#[test]
fn read_only_begins_no_step() {
    let mut driver = day(120, 40);
    driver.app.settings.read_only = true;
    for key in ["s", "x", "c", "n", "v"] {
        driver.keys(&["esc", "i", key]);
        let step = driver.app.overlays.last();
        assert!(matches!(step, Some(Overlay::Release(_))), "{key}: {step:?}");
    }
}

#[test]
fn a_row_that_went_away_does_not_hand_its_key_to_the_next_one() {
    let mut driver = day(120, 40);
    driver.keys(&["i", "G"]);
    let Some(Overlay::Release(sheet)) = driver.app.overlays.last_mut() else {
        panic!("the sheet is open");
    };
    sheet.selected = Some(crate::ui::app::SheetRow::Check("gone".into()));
    sheet.lines.push(crate::ui::app::SheetLine {
        row: sheet.selected.clone(),
        ..crate::ui::app::SheetLine::default()
    });
    let at = driver.now;
    driver.send(Event::Facts {
        facts: Vec::new(),
        at,
    });
    driver.keys(&["c"]);
    let top = driver.app.overlays.last();
    assert!(matches!(top, Some(Overlay::Release(_))), "{top:?}");
    assert!(screen(&driver).contains("press again"));
}

#[test]
fn the_sheet_has_a_help_of_its_own() {
    let mut driver = day(120, 40);
    driver.keys(&["i", "?"]);
    let shown = screen(&driver);
    assert!(shown.contains("Keys here"), "{shown}");
    assert!(shown.contains("waive the selected check"), "{shown}");
    driver.keys(&["esc", "F"]);
    let top = driver.app.overlays.last();
    assert!(matches!(top, Some(Overlay::Release(_))), "{top:?}");
    assert!(screen(&driver).contains("does nothing here"));
}

#[test]
fn no_size_makes_the_sheet_fail() {
    for keys in [&["i"][..], &["i", "s"], &["i", "x"], &["g", "F"]] {
        for (width, height) in [(1, 1), (20, 5), (40, 10), (80, 24), (250, 80)] {
            let mut driver = day(width, height);
            driver.keys(keys);
            let _ = screen(&driver);
        }
    }
}
