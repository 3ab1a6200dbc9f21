//! How long a frame takes: each view of a release day at 120x40, and the state's
//! answer to a key.
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
    command::{Input, Key, KeyMap, View},
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
