//! The sheet of a release, its steps and what they write down.

use super::*;
use crate::{
    domain::{
        Act, Body, Commit, Comparison, NoteLink, Page, Release, ReleaseChange, ReleaseEvent,
        ReleaseItem, ReleaseKind, ReleaseState, VersionPage,
    },
    integrations::contract::Query,
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
            ("release-publish", &["i", "p"][..]),
        ] {
            let mut driver = day(width, height);
            if name == "release-publish" {
                told(&mut driver, None);
            }
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
    for key in ["s", "x", "c", "n", "v", "p"] {
        driver.keys(&["esc", "i", key]);
        let step = driver.app.overlays.last();
        assert!(matches!(step, Some(Overlay::Release(_))), "{key}: {step:?}");
    }
}

/// What checkout 4.12.0 brings, and what its host has for it.
fn told(driver: &mut Driver, page: Option<Page>) {
    let commit = |sha: &str, title: &str| Commit {
        sha: sha.into(),
        title: title.into(),
        author: "bo".into(),
        at: driver.now,
    };
    let comparison = Comparison {
        service: "checkout".into(),
        base: "4.11.3".into(),
        head: "4.12.0".into(),
        commits: vec![commit("4f2a91c0d7b8", "feat: pay in instalments")],
        ahead: 1,
        behind: 0,
        files: Vec::new(),
        pull_requests: Vec::new(),
    };
    let found = VersionPage {
        service: "checkout".into(),
        version: "4.12.0".into(),
        repository: "larkspur/checkout".into(),
        tag: Some("v4.12.0".into()),
        commit: "4f2a91c0d7b8".into(),
        page,
    };
    let at = driver.now;
    let bodies = [Body::Comparison(comparison), Body::VersionPage(found)];
    let facts = bodies.into_iter().map(|body| fact(body, at)).collect();
    driver.send(Event::Facts { facts, at });
}

#[test]
fn notes_go_where_the_box_says_and_only_what_is_known_is_asked_for() {
    let mut driver = day(120, 40);
    let effects = driver.keys(&["i", "p"]);
    let asked = effects.iter().any(|effect| {
        matches!(effect, Effect::Fetch { query: Query::VersionPage { service, version }, .. }
            if service.as_str() == "checkout" && version.as_str() == "4.12.0")
    });
    assert!(asked, "{effects:?}");
    assert!(screen(&driver).contains("what is there of 4.12.0 is being read"));
    let effects = driver.keys(&["enter"]);
    let checks = |effects: &[Effect]| {
        let mut all = effects.iter();
        all.any(|effect| matches!(effect, Effect::Check { .. }))
    };
    assert!(!checks(&effects), "nothing is known yet: {effects:?}");

    told(&mut driver, None);
    assert!(screen(&driver).contains("v4.12.0 (4f2a91c) has no page yet"));
    let effects = driver.keys(&["j", "enter"]);
    let [Effect::Check { intent, .. }] = &effects[..] else {
        panic!("{effects:?}");
    };
    let Act::Publish {
        repository,
        tag,
        draft,
        lines,
        over,
        ..
    } = &intent.act
    else {
        panic!("{intent:?}");
    };
    assert_eq!(
        (repository.as_str(), tag.as_str(), *draft, over),
        ("larkspur/checkout", "v4.12.0", true, &None)
    );
    assert!(lines.iter().any(|line| line.contains("pay in instalments")));
}

#[test]
fn the_sheet_tells_the_digest_that_a_deployment_tells() {
    let mut driver = day(120, 40);
    driver.keys(&["i"]);
    assert!(!screen(&driver).contains("sha256"));
    let mut one = crate::ui::testing::deployment(
        "d9",
        "4.12.0",
        3,
        crate::domain::DeploymentState::InProgress,
    );
    one.digest = Some("sha256:0123456789abcdef".into());
    let at = driver.now;
    let facts = vec![fact(Body::Deployment(one), at)];
    driver.send(Event::Facts { facts, at });
    let shown = screen(&driver);
    assert!(shown.contains("sha256:0123456789ab "), "{shown}");
}

#[test]
fn what_is_published_is_not_published_over() {
    let mut driver = day(120, 40);
    let page = Page {
        title: "Winter".into(),
        url: "https://hub.example/v4.12.0".into(),
        ..Page::default()
    };
    told(&mut driver, Some(page));
    let effects = driver.keys(&["i", "p", "enter"]);
    let checks = effects
        .iter()
        .any(|effect| matches!(effect, Effect::Check { .. }));
    assert!(!checks, "{effects:?}");
    assert!(screen(&driver).contains("published already, with other notes"));
}

#[test]
fn notes_of_one_service_are_gone_over_and_published_as_they_were_left() {
    let mut driver = day(120, 40);
    told(&mut driver, None);
    driver.keys(&["i", "p", "j", "j", "enter"]);
    let Some(Overlay::Note(editor)) = driver.app.overlays.last() else {
        panic!("{:?}", driver.app.overlays.last());
    };
    assert_eq!(editor.area.lines()[0], "# checkout 4.12.0");
    let links = [
        NoteLink::Release("train-48".into()),
        NoteLink::Service("checkout".into()),
    ];
    assert_eq!(editor.links, links);
    let note = crate::domain::Note {
        id: "n1".into(),
        at: driver.now,
        author: "ana".into(),
        lines: ["# Pay later", "", "- in three parts"]
            .map(Into::into)
            .to_vec(),
        links: links.to_vec(),
        finished: true,
    };
    let at = driver.now;
    let facts = vec![fact(Body::Note(note), at)];
    driver.send(Event::Facts { facts, at });
    driver.keys(&["esc"]);
    let effects = driver.keys(&["p", "enter"]);
    let act = effects.iter().find_map(|effect| match effect {
        Effect::Check { intent, .. } => Some(&intent.act),
        _ => None,
    });
    let Some(Act::Publish { title, lines, .. }) = act else {
        panic!("{effects:?}");
    };
    assert_eq!(title.as_str(), "Pay later");
    assert_eq!(lines, &["- in three parts".into()]);
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
