//! How long a frame takes: each view of a release day at 120x40, and the state's
//! answer to a key; the list and the tree of ten thousand runs.
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
    domain::{Body, Conclusion, Fact, Origin, Run, RunState, Text},
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
