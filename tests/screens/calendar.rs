//! The calendar as week, month and timeline, as keys lead there.

use chrono_tz::Tz;
use ratatui::{buffer::Buffer, layout::Rect};
use tminus::{
    command::{Input, Key, KeyMap, Mouse, MouseKind, Pane, View},
    domain::{Body, Fact, Origin, Release, SourceId, Text, Timestamp, Window, WindowKind},
    model::Model,
    ui::{
        self,
        app::{App, Settings},
        update::{Event, update},
    },
};

use super::{fixture, text, theme, weights};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];
const FORMS: [&str; 3] = ["week", "month", "timeline"];

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// The day with maintenance, a holiday and what comes later.
fn model() -> Model {
    let mut model = fixture::model();
    let source = SourceId::new("ops");
    let window = |key: &str, kind, title: &str, start: &str, end: &str| Window {
        id: Origin::new(&source, key),
        kind,
        title: Text::new(title),
        start: at(start),
        end: at(end),
        services: vec!["inventory".into()],
        detail: Text::default(),
        url: Text::default(),
    };
    let info = WindowKind::Other(Text::new("info"));
    let items = vec![
        window(
            "upgrade",
            WindowKind::Maintenance,
            "database upgrade",
            "2026-11-18T20:00:00Z",
            "2026-11-18T23:00:00Z",
        ),
        window(
            "thanksgiving",
            info,
            "Thanksgiving",
            "2026-11-26T05:00:00Z",
            "2026-11-27T05:00:00Z",
        ),
        window(
            "beta",
            WindowKind::Milestone,
            "beta",
            "2026-10-01T00:00:00Z",
            "2026-11-17T16:00:00Z",
        ),
    ];
    let facts = [
        Body::Windows {
            scope: Text::new("all"),
            items,
        },
        Body::Release(Release {
            id: Text::new("train-48"),
            name: Text::new("train-48"),
            captain: Some(Text::new("bo")),
            start: Some(at("2026-12-03T14:00:00Z")),
            end: Some(at("2026-12-03T17:00:00Z")),
            ..Release::default()
        }),
        Body::Release(Release {
            id: Text::new("hotfix-9"),
            name: Text::new("hotfix-9"),
            captain: Some(Text::new("bo")),
            start: Some(at("2026-11-19T15:00:00Z")),
            end: Some(at("2026-11-19T16:00:00Z")),
            ..Release::default()
        }),
    ];
    for body in facts {
        let fact = Fact {
            source: source.clone(),
            observed: fixture::now(),
            body,
        };
        model.apply(fact, fixture::now());
    }
    model
}

fn send(app: &mut App, input: Input) {
    let at = fixture::now();
    let burst = false;
    let _ = update(app, Event::Input { input, at, burst });
}

fn press(app: &mut App, keys: &[&str]) {
    for key in keys {
        let key = Key::parse(key).expect("the key is known");
        send(app, Input::Key(key));
    }
}

fn app((width, height): (u16, u16)) -> App {
    let settings = Settings {
        zone: Tz::America__New_York,
        mouse: true,
        ..Settings::default()
    };
    let mut app = App::new(model(), settings, KeyMap::default(), fixture::now());
    app.view = View::Calendar;
    let at = fixture::now();
    let _ = update(&mut app, Event::Resize { width, height, at });
    app
}

/// The calendar in a form, by its key.
fn formed(form: &str, size: (u16, u16)) -> App {
    let mut app = app(size);
    while app.form().word() != form {
        press(&mut app, &["]"]);
    }
    app
}

fn drawn(app: &App, name: &str, (width, height): (u16, u16)) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    ui::draw(app, &theme(name), area, &mut buffer);
    buffer
}

#[test]
fn every_form_at_every_size() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for form in FORMS {
            for size in SIZES {
                let app = formed(form, size);
                let buffer = drawn(&app, "dark", size);
                let name = format!("calendar-{form}-{}x{}", size.0, size.1);
                insta::assert_snapshot!(name, text(&buffer));
            }
        }
    });
}

#[test]
fn without_colour_glyphs_and_weight_tell_the_same() {
    for form in FORMS {
        let app = formed(form, SIZES[0]);
        let (dark, plain) = (
            drawn(&app, "dark", SIZES[0]),
            drawn(&app, "no-colour", SIZES[0]),
        );
        assert_eq!(text(&dark), text(&plain), "{form}");
        // The cursor is seen without a colour.
        assert!(weights(&plain).contains('R'), "{form}");
    }
}

#[test]
fn a_plain_terminal_gets_plain_marks() {
    for form in FORMS {
        for size in SIZES {
            let app = formed(form, size);
            let area = Rect::new(0, 0, size.0, size.1);
            let mut buffer = Buffer::empty(area);
            ui::draw(&app, &theme("dark").with_ascii(true), area, &mut buffer);
            let odd: Vec<char> = text(&buffer)
                .chars()
                .filter(|mark| !mark.is_ascii())
                .collect();
            assert!(odd.is_empty(), "{form} {size:?}: {odd:?}");
        }
    }
}

#[test]
fn no_size_makes_a_form_fail() {
    for form in FORMS {
        for width in (1..210).step_by(19) {
            for height in (1..64).step_by(3) {
                let size = (width, height);
                let app = formed(form, size);
                drawn(&app, "dark", size);
                // And drawn at another size than it was settled for.
                drawn(&app, "dark", (210 - width, 64 - height));
            }
        }
    }
}

/// The words of the title, and what is selected.
fn place(app: &App) -> (String, Option<String>) {
    let buffer = drawn(app, "dark", (120, 40));
    let title = text(&buffer).lines().nth(2).unwrap_or_default().to_owned();
    let item = app.selected(Pane::Agenda);
    let label = item.map(|item| tminus::command::label(&app.model, item));
    (title, label)
}

#[test]
fn the_cursor_moves_by_hours_days_and_pages_and_comes_back() {
    let mut app = formed("week", (120, 40));
    let slot = |app: &App| {
        let (start, end) = app.slot().expect("a slot");
        (start, end - start)
    };
    let hour = chrono::TimeDelta::hours(1);
    // It stands on what was selected in the agenda: the train, under way.
    assert_eq!(slot(&app), (at("2026-11-19T14:00:00Z"), hour));
    assert_eq!(place(&app).1.as_deref(), Some("train-47"));
    press(&mut app, &["j", "down", "k"]);
    assert_eq!(slot(&app), (at("2026-11-19T15:00:00Z"), hour));
    press(&mut app, &["l", "right", "h"]);
    assert_eq!(slot(&app), (at("2026-11-20T15:00:00Z"), hour));
    assert_eq!(place(&app).1, None, "nothing is planned there");
    press(&mut app, &["pagedown"]);
    assert_eq!(slot(&app), (at("2026-11-27T15:00:00Z"), hour));
    assert!(place(&app).0.contains("week 48"), "{:?}", place(&app));
    assert_eq!(place(&app).1.as_deref(), Some("Black Friday"));
    press(&mut app, &["t"]);
    assert!(place(&app).0.contains("week 47"));
    assert_eq!(slot(&app).0, at("2026-11-19T14:00:00Z"));
    // Over midnight, and over the end of the week.
    press(&mut app, &["pageup", "G"]);
    assert_eq!(slot(&app).0, at("2026-11-15T14:00:00Z"));
    press(&mut app, &["l"]);
    assert_eq!(slot(&app).0, at("2026-11-16T14:00:00Z"));

    let mut app = formed("month", (120, 40));
    let day = chrono::TimeDelta::days(1);
    assert_eq!(slot(&app), (at("2026-11-19T00:00:00Z"), day));
    press(&mut app, &["j"]);
    assert_eq!(slot(&app).0, at("2026-11-26T00:00:00Z"));
    press(&mut app, &["pagedown"]);
    assert_eq!(slot(&app).0, at("2026-12-26T00:00:00Z"));
    assert!(place(&app).0.contains("December 2026"));
    press(&mut app, &["g", "pagedown", "pagedown", "G"]);
    assert_eq!(slot(&app).0, at("2027-02-28T00:00:00Z"));
}

#[test]
fn the_grid_follows_the_size_and_the_day() {
    let mut app = formed("week", (120, 40));
    let hour = chrono::TimeDelta::hours(1);
    let long = |app: &App| app.slot().map(|(start, end)| end - start);
    assert_eq!(long(&app), Some(hour));
    let (width, height, at_noon) = (80, 24, fixture::now());
    let resized = Event::Resize {
        width,
        height,
        at: at_noon,
    };
    let _ = update(&mut app, resized);
    assert_eq!(long(&app), Some(hour * 2));
    let from = |app: &App| app.calendar.frame.map(|frame| frame.from.to_string());
    press(&mut app, &["t"]);
    assert_eq!(from(&app).as_deref(), Some("2026-11-16"));
    // The cursor follows the time until it is moved: on Monday it is next week.
    let _ = update(&mut app, Event::Tick(at("2026-11-23T00:00:00Z")));
    assert_eq!(from(&app).as_deref(), Some("2026-11-23"));
    press(&mut app, &["1"]);
    assert_eq!(from(&app), None, "no other view lays it out");
}

#[test]
fn entries_are_found_one_after_the_other() {
    for form in FORMS {
        let mut app = formed(form, (120, 40));
        let mut seen = Vec::new();
        for _ in 0..6 {
            press(&mut app, &["n"]);
            seen.push(place(&app).1.unwrap_or_default());
        }
        assert_eq!(
            seen,
            [
                "hotfix-9",
                "payments-2.9",
                "EU evening",
                "weekend",
                "Black Friday",
                "Thanksgiving"
            ],
            "{form}"
        );
        press(&mut app, &["n", "N", "N"]);
        assert_eq!(place(&app).1.as_deref(), Some("Black Friday"), "{form}");
        press(&mut app, &["enter"]);
    }
}

#[test]
fn the_clock_is_named_and_goes_round() {
    let mut app = formed("week", (120, 40));
    assert!(
        place(&app).0.contains("week 47 · UTC "),
        "{:?}",
        place(&app)
    );
    press(&mut app, &["s"]);
    assert!(
        place(&app).0.contains("America/New_York (UTC-5)"),
        "{:?}",
        place(&app)
    );
    // The slot is the same time; the day is that of the clock.
    assert_eq!(app.slot().expect("a slot").0, at("2026-11-19T14:00:00Z"));
    press(&mut app, &["]"]);
    let (start, end) = app.slot().expect("a slot");
    assert_eq!(
        (start, end),
        (at("2026-11-19T05:00:00Z"), at("2026-11-20T05:00:00Z"))
    );
    press(&mut app, &["s"]);
    assert_eq!(app.slot().expect("a slot").0, at("2026-11-19T00:00:00Z"));
}

#[test]
fn what_is_next_stands_in_the_header_and_in_the_title() {
    let app = formed("week", (120, 40));
    let screen = text(&drawn(&app, "dark", (120, 40)));
    let header = screen.lines().next().unwrap_or_default();
    // The freeze begins after the change window has ended.
    assert!(header.contains("window ends in 2h45"), "{header}");
    assert!(place(&app).0.contains("Thursday window ends in 2h45"));
    // A conflict has its reason under the grid.
    assert!(
        screen.contains("payments-2.9 is in the freeze 'EU evening'"),
        "{screen}"
    );
}

#[test]
fn the_mouse_selects_and_turns_the_page() {
    for form in FORMS {
        let mut app = formed(form, (120, 40));
        let screen = text(&drawn(&app, "dark", (120, 40)));
        // The second one: the first is the header's.
        let place = |word: &str| {
            let mut found = screen.lines().enumerate().skip(3);
            found.find_map(|(row, line)| {
                let byte = line.find(word)?;
                let column = line[..byte].chars().count();
                Some((column as u16, row as u16))
            })
        };
        let (column, row) = place("payme").expect("it is on the screen");
        let mouse = |kind| {
            Input::Mouse(Mouse {
                kind,
                column: column + 1,
                row,
            })
        };
        send(&mut app, mouse(MouseKind::Press));
        let label = app
            .selected(Pane::Agenda)
            .map(|item| tminus::command::label(&app.model, item));
        assert_eq!(label.as_deref(), Some("payments-2.9"), "{form}:\n{screen}");
        let before = app.calendar.frame;
        send(&mut app, mouse(MouseKind::ScrollDown));
        let turned = app.calendar.frame != before;
        assert_eq!(turned, form != "timeline", "{form}");
    }
}
