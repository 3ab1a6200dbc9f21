//! How long a frame takes: each view of a release day at 120x40, and the state's
//! answer to a key; the list and the tree of ten thousand runs; the calendar of
//! 5,000 entries over five years, for which a frame is 16 ms.
//!
//! `cargo bench --bench draw`

#![expect(
    clippy::expect_used,
    reason = "a fixture that cannot be built ends the benchmark"
)]

#[path = "../tests/screens/fixture.rs"]
mod fixture;

use divan::{Bencher, black_box};
use ratatui::{buffer::Buffer, layout::Rect};
use tminus::{
    command::{Input, Item, Key, KeyMap, View},
    domain::{
        Body, Conclusion, Fact, Origin, Release, ReleaseItem, Run, RunState, Text, Window,
        WindowKind,
    },
    model::Model,
    ui::{
        self,
        app::{App, Settings},
        theme::Theme,
        update::{Event, update},
    },
};

const AREA: Rect = Rect::new(0, 0, 120, 40);

fn main() {
    divan::main();
}

fn app(view: &str) -> App {
    let mut app = App::new(
        fixture::model(),
        Settings::default(),
        KeyMap::default(),
        fixture::now(),
    );
    app.view = View::parse(view).expect("the view is known");
    let _ = update(
        &mut app,
        Event::Resize {
            width: AREA.width,
            height: AREA.height,
            at: fixture::now(),
        },
    );
    app
}

#[divan::bench(args = ["deck", "calendar", "pipelines", "canary", "war-room", "services", "journal"])]
fn drawing(bencher: Bencher, view: &str) {
    let app = app(view);
    let theme = Theme::dark();
    bencher
        .with_inputs(|| Buffer::empty(AREA))
        .bench_local_refs(|buffer| ui::draw(black_box(&app), &theme, AREA, buffer));
}

#[divan::bench(args = ["deck", "pipelines"])]
fn moving_the_cursor(bencher: Bencher, view: &str) {
    let mut app = app(view);
    let down = Key::parse("down").expect("the key is known");
    bencher.bench_local(|| {
        update(
            &mut app,
            Event::Input {
                input: Input::Key(down),
                at: fixture::now(),
                burst: false,
            },
        )
    });
}

/// A company of 500 services with 20 runs each, every fortieth run failed.
fn large(tab: usize, unfold: bool) -> App {
    let mut app = App::new(
        Model::default(),
        Settings::default(),
        KeyMap::default(),
        fixture::now(),
    );
    app.view = View::Pipelines;
    let facts = (0..500u64)
        .flat_map(|service| (0..20u64).map(move |number| (service, number)))
        .map(|(service, number)| run(service, number))
        .collect();
    let size = Event::Resize {
        width: AREA.width,
        height: AREA.height,
        at: fixture::now(),
    };
    let facts = Event::Facts {
        facts,
        at: fixture::now(),
    };
    for event in [size, facts] {
        let _ = update(&mut app, event);
    }
    if unfold {
        app.folds.insert(Item::Release(Text::default()), true);
        for service in 0..500 {
            let name = format!("service-{service:03}");
            app.folds.insert(Item::Service(name.as_str().into()), true);
        }
    }
    for _ in 0..tab {
        press(&mut app, "]");
    }
    press(&mut app, "G");
    press(&mut app, "ctrl-u");
    app
}

fn press(app: &mut App, key: &str) {
    let key = Key::parse(key).expect("the key is known");
    let _ = update(
        app,
        Event::Input {
            input: Input::Key(key),
            at: fixture::now(),
            burst: false,
        },
    );
}

fn run(service: u64, number: u64) -> Fact {
    let failed = (service * 20 + number).is_multiple_of(40);
    let created = fixture::ago(i64::try_from(number * 60 + service % 60).unwrap_or(0), 0);
    let conclusion = if failed {
        Conclusion::Failure
    } else {
        Conclusion::Success
    };
    Fact {
        source: fixture::github(),
        observed: fixture::now(),
        body: Body::Run(Run {
            id: Origin::new(&fixture::github(), &format!("{service}/{number}")),
            service: format!("service-{service:03}").as_str().into(),
            number: 1_000 - number,
            attempt: 1,
            workflow: Text::new("ci"),
            title: Text::new("Merge pull request"),
            branch: Text::new("main"),
            commit: Text::new("9f3c1e2ab4d5e6f70819a2b3c4d5e6f708192a3b"),
            version: None,
            environment: None,
            event: Text::new("push"),
            actor: Text::new("deniz"),
            state: RunState::Done(conclusion),
            created,
            started: Some(created),
            updated: created + chrono::TimeDelta::seconds(240),
            url: Text::default(),
        }),
    }
}

/// The list, the tree as it is at first, and the tree with all unfolded.
const SHAPES: [(&str, usize, bool); 3] = [
    ("list", 0, false),
    ("tree", 1, false),
    ("tree-unfolded", 1, true),
];

fn shaped(shape: &str) -> App {
    let (_, tab, unfold) = SHAPES
        .into_iter()
        .find(|(name, ..)| *name == shape)
        .expect("the shape is known");
    large(tab, unfold)
}

#[divan::bench(args = ["list", "tree", "tree-unfolded"])]
fn drawing_ten_thousand_runs(bencher: Bencher, shape: &str) {
    let app = shaped(shape);
    let theme = Theme::dark();
    bencher
        .with_inputs(|| Buffer::empty(AREA))
        .bench_local_refs(|buffer| ui::draw(black_box(&app), &theme, AREA, buffer));
}

#[divan::bench(args = ["list", "tree", "tree-unfolded"])]
fn moving_among_ten_thousand_runs(bencher: Bencher, shape: &str) {
    let mut app = shaped(shape);
    let mut down = false;
    bencher.bench_local(|| {
        down = !down;
        press(&mut app, if down { "down" } else { "up" });
    });
}

/// A run that is seen again, changed: what the rows cost to make anew.
#[divan::bench(args = ["list", "tree", "tree-unfolded"])]
fn hearing_of_one_of_ten_thousand_runs(bencher: Bencher, shape: &str) {
    let mut app = shaped(shape);
    let mut seconds = 0;
    bencher.bench_local(|| {
        seconds += 1;
        let mut fact = run(250, 3);
        fact.observed += chrono::TimeDelta::milliseconds(seconds);
        if let Body::Run(run) = &mut fact.body {
            run.updated += chrono::TimeDelta::seconds(seconds);
        }
        let at = fixture::now();
        let facts = vec![fact];
        update(&mut app, Event::Facts { facts, at })
    });
}

/// The calendar of 5,000 entries over five years, of which 250 are releases, in a
/// form.
fn planned(form: &str) -> App {
    let mut app = app("calendar");
    let start = fixture::now() - chrono::TimeDelta::days(900);
    let source = tminus::domain::SourceId::new("bench");
    let kinds = [
        WindowKind::Freeze,
        WindowKind::Change,
        WindowKind::Maintenance,
    ];
    let items = (0..4750usize)
        .map(|number| {
            let start = start + chrono::TimeDelta::minutes(number as i64 * 553);
            Window {
                id: Origin::new(&source, &number.to_string()),
                kind: kinds[number % kinds.len()].clone(),
                title: Text::new(&format!("entry {number}")),
                start,
                end: start + chrono::TimeDelta::hours(3 + number as i64 % 40),
                services: vec![format!("service-{:03}", number % 100).as_str().into()],
                detail: Text::default(),
                url: Text::default(),
            }
        })
        .collect();
    let scope = Text::new("all");
    let mut facts = vec![fact(&source, Body::Windows { scope, items })];
    for number in 0..250i64 {
        let start = start + chrono::TimeDelta::hours(number * 175);
        let item = |service: i64| ReleaseItem {
            service: format!("service-{:03}", (number + service) % 100)
                .as_str()
                .into(),
            environment: "production".into(),
            to: "2.0".into(),
            ..ReleaseItem::default()
        };
        let release = Release {
            id: Text::new(&format!("train-{number}")),
            name: Text::new(&format!("train-{number}")),
            items: (0..8).map(item).collect(),
            start: Some(start),
            end: Some(start + chrono::TimeDelta::hours(3)),
            ..Release::default()
        };
        facts.push(fact(&source, Body::Release(release)));
    }
    let at = fixture::now();
    let _ = update(&mut app, Event::Facts { facts, at });
    while app.form().word() != form {
        press(&mut app, "]");
    }
    app
}

fn fact(source: &tminus::domain::SourceId, body: Body) -> Fact {
    Fact {
        source: source.clone(),
        observed: fixture::now(),
        body,
    }
}

#[divan::bench(args = ["agenda", "week", "month", "timeline"])]
fn drawing_five_thousand_entries(bencher: Bencher, form: &str) {
    let app = planned(form);
    let theme = Theme::dark();
    bencher
        .with_inputs(|| Buffer::empty(AREA))
        .bench_local_refs(|buffer| ui::draw(black_box(&app), &theme, AREA, buffer));
}

/// A page on and back: rows and grid are made anew.
#[divan::bench(args = ["agenda", "week", "month", "timeline"])]
fn turning_a_page_of_five_thousand_entries(bencher: Bencher, form: &str) {
    let mut app = planned(form);
    let mut down = false;
    bencher.bench_local(|| {
        down = !down;
        press(&mut app, if down { "pagedown" } else { "pageup" });
    });
}

/// A minute goes by: what comes next is evaluated anew.
#[divan::bench]
fn a_minute_among_five_thousand_entries(bencher: Bencher) {
    let mut app = planned("week");
    let mut minutes = 0;
    bencher.bench_local(|| {
        minutes += 1;
        update(
            &mut app,
            Event::Tick(fixture::now() + chrono::TimeDelta::minutes(minutes)),
        )
    });
}

/// One of them is another one: all that speaks against plans is found anew.
#[divan::bench]
fn hearing_of_one_of_five_thousand_entries(bencher: Bencher) {
    let mut app = planned("week");
    let source = tminus::domain::SourceId::new("more");
    let mut minutes = 0;
    bencher.bench_local(|| {
        minutes += 1;
        let start = fixture::now() + chrono::TimeDelta::minutes(minutes);
        let items = vec![Window {
            id: Origin::new(&source, "one"),
            kind: WindowKind::Freeze,
            title: Text::new("one"),
            start,
            end: start + chrono::TimeDelta::hours(1),
            services: Vec::new(),
            detail: Text::default(),
            url: Text::default(),
        }];
        let scope = Text::new("all");
        let mut heard = fact(&source, Body::Windows { scope, items });
        heard.observed += chrono::TimeDelta::milliseconds(minutes);
        let at = fixture::now();
        let facts = vec![heard];
        update(&mut app, Event::Facts { facts, at })
    });
}
