//! Every view of a release day at three sizes, as it is seen.

#![expect(
    clippy::expect_used,
    reason = "a fixture that cannot be built fails its test"
)]

mod bytes;
mod calendar;
mod fixture;
mod flaky;

use std::collections::BTreeMap;

use proptest::prelude::*;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier},
};
use tminus::{
    analysis::log::{Ask, Reader, Told},
    command::{Item, KeyMap, Pane, View},
    domain::{Body, Connection, Fact, Text},
    model::Model,
    ui::{
        app::{App, Filter, List, LogLook, LogPlace, LogView, Screen, Settings},
        chrome,
        theme::{Depth, Theme, Themes},
        views::{self, Scene},
        widgets::scroll,
    },
};

const VIEWS: [View; 7] = [
    View::Deck,
    View::Calendar,
    View::Pipelines,
    View::Canary,
    View::WarRoom,
    View::Services,
    View::Journal,
];

/// The terminal's sizes without the header's and the footer's lines.
const SIZES: [(u16, u16); 3] = [(80, 21), (120, 37), (200, 57)];

fn theme(name: &str) -> Theme {
    Themes::embedded(Depth::True).get_or_first(name)
}

/// The state of one view with all its lists filled.
fn app(model: Model, view: View, focus: Option<Pane>, select: &[(Pane, Item)]) -> App {
    let mut app = App::new(
        model,
        Settings::default(),
        KeyMap::default(),
        fixture::now(),
    );
    app.view = view;
    app.needs = app.model.inbox(app.now);
    app.screens.insert(
        view,
        Screen {
            focus: focus
                .or(view.panes().first().copied())
                .unwrap_or(Pane::Needs),
            zoomed: false,
            filter: Filter::default(),
            lists: BTreeMap::new(),
            tab: 0,
        },
    );
    for pane in view.panes() {
        fill(&mut app, *pane, select);
    }
    app
}

fn fill(app: &mut App, pane: Pane, select: &[(Pane, Item)]) {
    if pane == Pane::Timeline {
        app.timeline = match app.selected(Pane::Incidents) {
            Some(Item::Incident(id)) => app.model.incident_timeline(id),
            _ => app.model.timeline(app.now - tminus::ui::app::TIMELINE),
        };
    }
    let rows = views::rows(app, pane);
    let wanted = select
        .iter()
        .find(|(of, _)| *of == pane)
        .map(|(_, item)| item);
    let index = match wanted {
        Some(item) => rows.iter().position(|row| row == item),
        None if pane == Pane::Timeline => rows.len().checked_sub(1),
        None => rows.iter().position(Item::is_selectable),
    };
    let total = rows.iter().filter(|row| row.is_selectable()).count();
    let list = List {
        selected: index.and_then(|index| rows.get(index).cloned()),
        rested: None,
        index: index.unwrap_or(0),
        total,
        rows,
        ..List::default()
    };
    if let Some(screen) = app.screens.get_mut(&app.view) {
        screen.lists.insert(pane, list);
    }
}

/// Scrolls every list to its cursor, as `update` does.
fn scrolled(app: &mut App, area: Rect) {
    for placed in views::layout(app, area) {
        let Some(screen) = app.screens.get_mut(&app.view) else {
            continue;
        };
        if let Some(list) = screen.lists.get_mut(&placed.pane) {
            let shown =
                scroll::window(list.index, list.offset, list.rows.len(), placed.rows.height);
            list.offset = shown.start;
        }
    }
}

fn drawn(app: &mut App, theme: &Theme, (width, height): (u16, u16)) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    buffer.set_style(area, theme.base);
    scrolled(app, area);
    let scene = Scene {
        app,
        theme,
        now: fixture::now(),
    };
    views::draw(&scene, area, &mut buffer);
    buffer
}

fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut skip = 0;
        for x in 0..buffer.area.width {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// What bold, dim and reverse make of the screen: one letter a cell.
fn weights(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let held = cell.modifier;
            line.push(
                if cell.symbol() == " " && !held.contains(Modifier::REVERSED) {
                    ' '
                } else if held.contains(Modifier::REVERSED) {
                    'R'
                } else if held.contains(Modifier::BOLD) {
                    'B'
                } else if held.contains(Modifier::DIM) {
                    'd'
                } else {
                    '.'
                },
            );
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn with_log(app: &mut App) {
    let job = tminus::domain::Origin::new(&fixture::github(), "1203/4");
    let log = fixture::people::log_text().into_bytes();
    let mut view = LogView::new(LogPlace::Job(job), 1, LogLook::default());
    let mut reader = Reader::open(Box::new(log), true).expect("bytes have a size");
    let mut told = Vec::new();
    while reader.is_busy() {
        told.extend(reader.step().expect("bytes can be read"));
    }
    told.extend(
        reader
            .ask(Ask::lines(18_190..18_209))
            .expect("bytes can be read"),
    );
    for told in told {
        match told {
            Told::State(state) => view.state = state,
            Told::Opened(line) => {
                view.opened = true;
                view.at = line.expect("an error");
                view.top = view.at - 2;
            }
            Told::Judged(cause) => view.cause = cause,
            Told::Lines(lines) => view.window = lines,
            _ => {}
        }
    }
    app.log = Some(view);
}

fn search_run() -> Item {
    let key = "larkspur/search/runs/1203";
    Item::Run(tminus::domain::Origin::new(&fixture::github(), key))
}

/// The runs as a tree, with a service unfolded by hand.
fn tree() -> App {
    let select = [(Pane::Runs, search_run())];
    let mut app = app(fixture::model(), View::Pipelines, None, &select);
    if let Some(screen) = app.screens.get_mut(&View::Pipelines) {
        screen.tab = 1;
    }
    app.folds.insert(Item::Service("catalog".into()), true);
    for pane in View::Pipelines.panes() {
        fill(&mut app, *pane, &select);
    }
    app
}

/// Every picture: its name and the state that it shows.
fn pictures() -> Vec<(String, App)> {
    let mut pictures: Vec<(String, App)> = VIEWS
        .into_iter()
        .map(|view| {
            // The calendar's cursor begins on the release that is followed.
            let train = Item::Release(Text::new("train-47"));
            let select = [(Pane::Runs, search_run()), (Pane::Agenda, train)];
            let name = view.word().to_owned();
            (name, app(fixture::model(), view, None, &select))
        })
        .collect();
    pictures.push(("tree".to_owned(), tree()));
    let select = [(Pane::Runs, search_run())];
    let mut log = app(fixture::model(), View::Pipelines, Some(Pane::Log), &select);
    with_log(&mut log);
    pictures.push(("log".to_owned(), log));
    for view in [View::Deck, View::Pipelines] {
        let name = format!("{}-away", view.word());
        pictures.push((name, app(away(), view, None, &[])));
    }
    pictures.push((
        "deck-empty".to_owned(),
        app(Model::default(), View::Deck, None, &[]),
    ));
    pictures.push((
        "journal-empty".to_owned(),
        app(quiet(), View::Journal, None, &[]),
    ));
    pictures.push(("deck-quiet".to_owned(), app(quiet(), View::Deck, None, &[])));
    pictures
}

/// The same day with a code host that does not answer any more.
fn away() -> Model {
    let mut model = fixture::model();
    let mut health = fixture::health(Connection::Unreachable, 750);
    health.detail = Text::new("timed out after 10 s");
    model.apply(
        Fact {
            source: fixture::github(),
            observed: fixture::now(),
            body: Body::Health(health),
        },
        fixture::now(),
    );
    model
}

/// The header's line of an app.
fn header(app: &App, width: u16) -> String {
    let area = Rect::new(0, 0, width, 24);
    let mut buffer = Buffer::empty(area);
    let scene = Scene {
        app,
        theme: &theme("dark"),
        now: fixture::now(),
    };
    chrome::draw(&scene, &chrome::places(app, area), &mut buffer);
    text(&buffer).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn systems_in_trouble_are_told_at_every_width() {
    let mut model = fixture::model();
    for (source, connection) in [
        (fixture::github(), Connection::Unreachable),
        (fixture::pager(), Connection::Unauthorised),
        (fixture::meter(), Connection::RateLimited),
    ] {
        let fact = Fact {
            source,
            observed: fixture::now(),
            body: Body::Health(fixture::health(connection, 750)),
        };
        model.apply(fact, fixture::now());
    }
    let app = app(model, View::Deck, None, &[]);
    for (width, words) in [
        (
            140,
            "github○ away 12m  pagerduty○ token refused 12m  prometheus◐ must wait 12m",
        ),
        (90, "github○ pagerduty○ prometheus◐"),
        (70, "3○ in trouble"),
    ] {
        let line = header(&app, width);
        assert!(line.contains(words), "{width}: {line}");
        assert!(line.contains("train-47"), "{width}: {line}");
    }
}

#[test]
fn clocks_that_disagree_are_told() {
    for (seconds, words) in [
        (3_600, "github● clock 1h00 ahead"),
        (-300, "github● clock 5m behind"),
        (60, "github●  pagerduty●"),
    ] {
        let mut health = fixture::health(Connection::Ok, 3);
        health.clock_skew_seconds = Some(seconds);
        let mut model = fixture::model();
        let fact = Fact {
            source: fixture::github(),
            observed: fixture::now(),
            body: Body::Health(health),
        };
        model.apply(fact, fixture::now());
        let line = header(&app(model, View::Deck, None, &[]), 140);
        assert!(line.contains(words), "{seconds}: {line}");
    }
}

/// Every source answers and nothing is there.
fn quiet() -> Model {
    let mut model = Model::default();
    for source in [fixture::github(), fixture::pager(), fixture::meter()] {
        let fact = Fact {
            source,
            observed: fixture::now(),
            body: Body::Health(fixture::health(Connection::Ok, 3)),
        };
        model.apply(fact, fixture::now());
    }
    model
}

#[test]
fn every_view_at_every_size() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, mut app) in pictures() {
            for size in SIZES {
                let buffer = drawn(&mut app, &theme("dark"), size);
                insta::assert_snapshot!(format!("{name}-{}x{}", size.0, size.1 + 3), text(&buffer));
            }
        }
    });
}

#[test]
fn without_colour_weight_alone_tells_what_matters() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, mut app) in pictures().into_iter().take(VIEWS.len()) {
            let dark = drawn(&mut app, &theme("dark"), SIZES[0]);
            let plain = drawn(&mut app, &theme("no-colour"), SIZES[0]);
            assert_eq!(
                text(&dark),
                text(&plain),
                "{name}: colour changes the words"
            );
            for cell in plain.content() {
                assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{name}");
            }
            insta::assert_snapshot!(format!("{name}-80x24-no-colour"), weights(&plain));
        }
    });
}

#[test]
fn a_plain_terminal_gets_only_plain_marks() {
    for (name, mut app) in pictures() {
        let theme = theme("dark").with_ascii(true);
        for size in SIZES {
            let text = text(&drawn(&mut app, &theme, size));
            let marks = "✓✗▶◆‖↺⊘▸▌…╭╮╰╯─│┤└▓░▇▁●→×▲↑↓⟳┊⣀";
            let odd: Vec<char> = text.chars().filter(|mark| marks.contains(*mark)).collect();
            // The day's own texts hold an arrow and an ellipsis.
            let odd: Vec<_> = odd
                .into_iter()
                .filter(|mark| !"→…".contains(*mark))
                .collect();
            assert!(odd.is_empty(), "{name} {size:?}: {odd:?}");
        }
    }
}

#[test]
fn no_size_makes_a_view_fail() {
    let all = pictures();
    let theme = theme("dark");
    let config = ProptestConfig {
        cases: 400,
        ..ProptestConfig::default()
    };
    let size = (0u16..=250, 0u16..=80);
    proptest!(config, |((width, height) in size, picture in 0..all.len(), zoomed: bool, ascii: bool)| {
        let mut app = all[picture].1.clone();
        if let Some(screen) = app.screens.get_mut(&app.view) {
            screen.zoomed = zoomed;
        }
        let area = Rect::new(0, 0, width, height);
        for placed in views::layout(&app, area) {
            prop_assert_eq!(placed.area.intersection(area), placed.area);
            prop_assert_eq!(placed.rows.intersection(placed.area), placed.rows);
        }
        drawn(&mut app, &theme.clone().with_ascii(ascii), (width, height));
    });
}
