use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    domain::Text,
    operation::Strength,
    ui::{
        testing::Driver,
        theme::Theme,
        update::{Effect, Event, compare_tests, plan_tests, runs_tests},
        views::Scene,
    },
};

fn screen(driver: &Driver) -> String {
    drawn(driver, |area, buffer| {
        crate::ui::draw(&driver.app, &Theme::dark(), area, buffer);
    })
}

/// What lies over the view, alone: views have snapshots of their own.
fn overlays(driver: &Driver) -> String {
    drawn(driver, |area, buffer| {
        let scene = Scene {
            app: &driver.app,
            theme: &Theme::dark(),
            now: driver.app.now,
        };
        super::draw(&scene, area, buffer);
    })
}

fn drawn(driver: &Driver, draw: impl FnOnce(Rect, &mut Buffer)) -> String {
    let (width, height) = driver.app.size;
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    draw(area, &mut buffer);
    (0..height)
        .map(|y| {
            let line: String = (0..width)
                .map(|x| buffer.cell((x, y)).map_or(" ", |cell| cell.symbol()))
                .collect();
            line.trim_end().to_owned() + "\n"
        })
        .collect()
}

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

/// A driver whose rollback dialog is open and can be answered.
fn rollback(width: u16, height: u16) -> Driver {
    let mut driver = Driver::new(width, height);
    driver.keys(&["g", "R"]);
    let effects = driver.keys(&["enter"]);
    driver.check(&effects, Strength::TypeName("checkout".to_owned()));
    driver.flush();
    driver.later(400);
    driver
}

#[test]
fn the_answer_keys_are_on_the_screen_at_any_size() {
    for (width, height) in [(80, 24), (60, 16), (44, 12), (120, 40), (40, 10)] {
        for unfolded in [false, true] {
            let mut driver = rollback(width, height);
            if unfolded {
                driver.keys(&["u"]);
            }
            let text = screen(&driver);
            for words in ["tab", "Cancel", "roll back"] {
                assert!(text.contains(words), "{words} at {width}x{height}:\n{text}");
            }
        }
    }
}

#[test]
fn production_is_told_by_a_word_too() {
    assert!(screen(&rollback(80, 24)).contains("PRODUCTION"));
}

#[test]
fn no_size_makes_a_frame_fail() {
    let opened: [&[&str]; 9] = [
        &[],
        &[":"],
        &["?"],
        &["t"],
        &["g", "R"],
        &["g", "w"],
        &["/"],
        &["g", "c"],
        &["5", "a"],
    ];
    for keys in opened {
        for (width, height) in [
            (1, 1),
            (0, 0),
            (20, 5),
            (40, 10),
            (41, 11),
            (80, 24),
            (250, 80),
        ] {
            let mut driver = Driver::new(width, height);
            driver.keys(keys);
            let text = screen(&driver);
            if width == 20 {
                assert!(text.starts_with("tminus needs at le"), "{text}");
            }
        }
    }
}

#[test]
fn overlays_look_as_they_did() {
    for (width, height) in SIZES {
        let size = format!("{width}x{height}");
        insta::assert_snapshot!(format!("dialog-{size}"), overlays(&rollback(width, height)));
        for (name, keys) in [
            ("targets", &["g", "R"][..]),
            ("palette", &[":", "r", "o", "l"][..]),
            ("help", &["?"][..]),
            ("themes", &["t"][..]),
            ("note", &["5", "w", "h", "i"][..]),
        ] {
            let mut driver = Driver::new(width, height);
            driver.keys(keys);
            insta::assert_snapshot!(format!("{name}-{size}"), overlays(&driver));
        }
    }
}

#[test]
fn a_plan_looks_as_it_did() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let size = format!("{width}x{height}");
        let mut driver = plan_tests::company(width, height);
        plan_tests::open(&mut driver);
        plan_tests::answer(&mut driver);
        insta::assert_snapshot!(format!("plan-draft-{size}"), overlays(&driver));
        driver.keys(&["esc"]);
        let mut plan = plan_tests::confirmed(&mut driver);
        plan.steps[0].state = crate::domain::StepState::Observed;
        plan.steps[0].detail = "production serves 4.11.3 since run #4".into();
        plan.steps[2].state = crate::domain::StepState::Stopped;
        plan_tests::tell(&mut driver, &plan, crate::domain::PlanState::Stopped);
        insta::assert_snapshot!(format!("plan-stopped-{size}"), overlays(&driver));
    }
}

#[test]
fn runs_compared_and_run_again_look_as_they_did() {
    use crate::domain::{PlanState, StepState};
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let size = format!("{width}x{height}");
        let mut driver = runs_tests::company(width, height);
        compare_tests::compare(&mut driver);
        insta::assert_snapshot!(format!("compare-asked-{size}"), overlays(&driver));
        compare_tests::compared(&mut driver, &compare_tests::FILES);
        compare_tests::touched(&mut driver);
        insta::assert_snapshot!(format!("compare-{size}"), overlays(&driver));
        let mut driver = runs_tests::company(width, height);
        let effects = runs_tests::ask_for_several(&mut driver);
        let why = Some(Text::new("it has changed: it is at attempt 2"));
        let ticket = runs_tests::checked(&mut driver, &effects, vec![None, why]);
        insta::assert_snapshot!(format!("several-{size}"), overlays(&driver));
        runs_tests::begin(&mut driver, ticket);
        let steps = [
            (StepState::Observed, "run #31 is at attempt 2"),
            (StepState::Refused, "it has changed: it is at attempt 2"),
        ];
        runs_tests::progress(&mut driver, ticket, &steps, PlanState::Done);
        insta::assert_snapshot!(format!("several-done-{size}"), overlays(&driver));
    }
    for (width, height) in [(0, 0), (1, 1), (3, 2), (20, 5), (41, 11), (44, 12)] {
        let mut driver = runs_tests::company(width, height);
        compare_tests::compare(&mut driver);
        compare_tests::compared(&mut driver, &compare_tests::FILES);
        let _ = overlays(&driver);
        let mut driver = runs_tests::company(width, height);
        let effects = runs_tests::ask_for_several(&mut driver);
        let ticket = runs_tests::checked(&mut driver, &effects, vec![None, None]);
        runs_tests::begin(&mut driver, ticket);
        let _ = overlays(&driver);
    }
}

#[test]
fn the_keys_of_a_plan_are_on_the_screen_at_any_size() {
    for (width, height) in [(80, 24), (60, 16), (44, 12), (40, 10), (200, 60)] {
        let mut driver = plan_tests::company(width, height);
        plan_tests::open(&mut driver);
        plan_tests::answer(&mut driver);
        let text = screen(&driver);
        assert!(text.contains("enter go on"), "{width}x{height}:\n{text}");
        assert!(text.contains("checkout"), "{width}x{height}:\n{text}");
    }
    for (width, height) in [(0, 0), (1, 1), (3, 2), (20, 5), (41, 11)] {
        let mut driver = plan_tests::company(width, height);
        plan_tests::open(&mut driver);
        let _ = screen(&driver);
        let _ = overlays(&driver);
    }
}

#[test]
fn a_filter_is_typed_in_the_footer() {
    let mut driver = Driver::new(80, 24);
    driver.keys(&["3", "/", "f", "a", "i", "l"]);
    let text = screen(&driver);
    let footer = text.lines().last().unwrap_or_default();
    assert!(footer.starts_with(" /fail"), "{footer}");
    assert!(footer.contains("1 of 2"), "{footer}");
}

#[test]
fn why_a_note_is_not_stored_is_read_at_any_size() {
    let why = "cannot write /home/ana/.local/share/tminus/notes/0.json: \
               No space left on device (the disk is full: make room and try again)";
    for (width, height) in [(120, 40), (80, 24), (44, 12)] {
        let mut driver = Driver::new(width, height);
        driver.keys(&["5", "w", "h", "i"]);
        let effects = driver.later(500);
        let id = effects.iter().find_map(|effect| match effect {
            Effect::SaveNote(note) => Some(note.id.clone()),
            _ => None,
        });
        let _ = driver.send(Event::NoteSaved {
            id: id.unwrap(),
            result: Err(Text::new(why)),
            at: driver.now,
        });
        let text = overlays(&driver);
        let words = |text: &str| text.replace(['│', '\n', ' '], "");
        assert!(words(&text).contains(&words(why)), "{text}");
        assert!(text.contains("hi"), "{text}");
        assert!(text.contains("ctrl-s finish"), "{text}");
    }
}

mod planner;
mod release;
