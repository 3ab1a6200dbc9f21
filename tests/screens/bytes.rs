//! What a screen costs a slow link: the bytes of a minute in which nobody
//! touches it, of a move of the cursor, and of many keys at once. Bytes are the
//! same on every machine, so they are held to.

use chrono::TimeDelta;
use ratatui::{buffer::Buffer, layout::Rect};
use tminus::{
    command::{Input, Key, KeyMap, View},
    domain::{Body, Connection, Fact, Origin, Run, RunState, ServiceName, Timestamp},
    model::Model,
    runtime::terminal::{Abilities, ColourDepth, Screen},
    ui::{
        self,
        app::{App, Settings},
        theme::Theme,
        update::{Event, next_wakeup, update},
    },
};

use super::{VIEWS, fixture, quiet};

const AREA: Rect = Rect::new(0, 0, 120, 40);
/// A minute without a hand on the keyboard: half of what is promised.
const MINUTE: usize = 1_500;
/// One repaint after a key: half of a segment of TCP.
const MOVE: usize = 700;

/// A screen at the far end of a link, driven as the real loop drives it.
struct Far {
    app: App,
    theme: Theme,
    screen: Screen,
    terminal: vt100::Parser,
    area: Rect,
    now: Timestamp,
    drawn: Option<u64>,
    /// The bytes of each write.
    writes: Vec<usize>,
}

impl Far {
    fn new(model: Model, view: View) -> Self {
        let mut far = Self::open(model, view, AREA);
        far.rest();
        far.writes.clear();
        far
    }

    fn open(model: Model, view: View, area: Rect) -> Self {
        let now = fixture::now();
        let mut app = App::new(model, Settings::default(), KeyMap::default(), now);
        app.view = view;
        let mut far = Self {
            app,
            theme: super::theme("dark"),
            screen: Screen::new(Abilities {
                colours: ColourDepth::True,
                erases_in_colour: true,
                synchronises: true,
            }),
            terminal: vt100::Parser::new(area.height, area.width, 0),
            area,
            now,
            drawn: None,
            writes: Vec::new(),
        };
        far.send(Event::Resize {
            width: area.width,
            height: area.height,
            at: now,
        });
        far.draw();
        far
    }

    fn send(&mut self, event: Event) {
        let _ = update(&mut self.app, event);
    }

    /// Draws as the loop does: not when nothing may have changed.
    fn draw(&mut self) {
        if self.drawn == Some(self.app.frame) {
            return;
        }
        self.drawn = Some(self.app.frame);
        let mut buffer = Buffer::empty(self.area);
        ui::draw(&self.app, &self.theme, self.area, &mut buffer);
        let (bytes, _) = self.screen.encode(buffer.clone());
        self.terminal.process(&bytes);
        self.assert_shows(&buffer);
        if !bytes.is_empty() {
            self.writes.push(bytes.len());
        }
    }

    /// The terminal shows what was drawn, whatever it showed before.
    fn assert_shows(&self, buffer: &Buffer) {
        for y in 0..self.area.height {
            let mut x = 0;
            while x < self.area.width {
                let drawn = buffer[(x, y)].symbol();
                let shown = self.terminal.screen().cell(y, x).expect("a cell");
                let shown = match shown.contents() {
                    "" => " ",
                    text => text,
                };
                assert_eq!(shown, drawn, "at {x}, {y}");
                let wide = unicode_width::UnicodeWidthStr::width(drawn);
                x += u16::try_from(wide).expect("small").max(1);
            }
        }
    }

    /// Lets time pass until `then`, with every wake-up that the state asks for.
    fn pass(&mut self, then: Timestamp) {
        while let Some(at) = next_wakeup(&self.app).filter(|at| *at <= then) {
            self.now = at.max(self.now + TimeDelta::milliseconds(1));
            self.send(Event::Tick(self.now));
            self.draw();
        }
        self.now = then;
    }

    /// The time that a cursor needs to rest, and a little more.
    fn rest(&mut self) {
        self.pass(self.now + TimeDelta::milliseconds(450));
    }

    /// A minute in which every system is asked each two seconds and answers
    /// that all is well.
    fn minute(&mut self) -> usize {
        self.writes.clear();
        for _ in 0..30 {
            self.pass(self.now + TimeDelta::seconds(2));
            let facts = [fixture::github(), fixture::pager(), fixture::meter()].map(|source| {
                let mut health = fixture::health(Connection::Ok, 3);
                health.last_ok = Some(self.now);
                Fact {
                    source,
                    observed: self.now,
                    body: Body::Health(health),
                }
            });
            let (facts, at) = (facts.to_vec(), self.now);
            self.send(Event::Facts { facts, at });
            self.draw();
        }
        self.writes.iter().sum()
    }

    fn press(&mut self, key: &str) {
        let key = Key::parse(key).expect("the key is known");
        let (input, at) = (Input::Key(key), self.now);
        self.send(Event::Input {
            input,
            at,
            burst: false,
        });
    }
}

/// A company of 500 services: twenty runs are at work, each service has two
/// that are done.
fn crowd() -> Model {
    let mut model = fixture::model();
    let now = fixture::now();
    let like: Vec<Run> = model.runs().map(|run| run.value.clone()).collect();
    let (live, done): (Vec<Run>, Vec<Run>) = like.into_iter().partition(|run| run.state.is_live());
    let (live, done) = (&live[0], &done[0]);
    for service in 0..500_i64 {
        let name = format!("service-{service:03}");
        for back in 0..2 {
            let mut run = if service < 20 && back == 0 {
                live.clone()
            } else {
                done.clone()
            };
            if service < 20 && back == 0 {
                run.state = RunState::Running;
            }
            let started = now - TimeDelta::seconds(70 + service * 17 + back * 9_000);
            run.id = Origin::new(&fixture::github(), &format!("{name}/{back}"));
            run.service = ServiceName::new(&name);
            run.number = 1_000 + u64::try_from(service + back).expect("small");
            run.created = started;
            run.started = Some(started);
            run.updated = started + TimeDelta::seconds(240 + service % 50);
            let fact = Fact {
                source: fixture::github(),
                observed: now,
                body: Body::Run(run),
            };
            model.apply(fact, now);
        }
    }
    model
}

#[test]
fn an_unchanged_screen_writes_nothing() {
    for view in VIEWS {
        let mut far = Far::new(fixture::model(), view);
        let at = far.now;
        for _ in 0..5 {
            let facts = Vec::new();
            far.send(Event::Facts { facts, at });
            far.draw();
        }
        assert_eq!(far.writes, [0; 0], "{view:?}");
    }
}

#[test]
fn a_day_without_a_release_wakes_once_a_minute_for_the_clock() {
    for view in VIEWS {
        let mut far = Far::new(quiet(), view);
        // Up to a whole minute: the clock's digit changes, nothing else.
        far.pass(fixture::at("2026-11-19T14:15:30Z"));
        assert_eq!(far.writes.len(), 1, "{view:?}");
        assert!(far.writes[0] <= 40, "{view:?}: {:?}", far.writes);
    }
}

#[test]
fn a_minute_of_a_release_day_is_cheap() {
    for (name, model) in [("14 services", fixture::model()), ("500", crowd())] {
        for view in VIEWS {
            let mut far = Far::new(model.clone(), view);
            let bytes = far.minute();
            eprintln!("{name}, {view:?}: {bytes} bytes a minute");
            assert!(bytes <= MINUTE, "{name}, {view:?}: {bytes} bytes");
        }
    }
}

#[test]
fn a_move_of_the_cursor_is_one_small_write() {
    for (name, model) in [("14 services", fixture::model()), ("500", crowd())] {
        for view in VIEWS {
            let mut far = Far::new(model.clone(), view);
            let (mut moves, mut follows) = (Vec::new(), Vec::new());
            for step in 0..60 {
                far.writes.clear();
                far.press(if step < 40 { "j" } else { "k" });
                far.draw();
                assert!(far.writes.len() <= 1, "{name}, {view:?}");
                moves.append(&mut far.writes);
                far.rest();
                follows.append(&mut far.writes);
            }
            moves.sort_unstable();
            follows.sort_unstable();
            let most = moves.last().copied().unwrap_or(0);
            eprintln!(
                "{name}, {view:?}: a move {:?}, at most {most}; what follows at most {:?}",
                moves.get(moves.len() / 2),
                follows.last()
            );
            assert!(most <= MOVE, "{name}, {view:?}: {most} bytes");
        }
    }
}

#[test]
fn a_hundred_keys_at_once_are_two_repaints() {
    for (name, model) in [("14 services", fixture::model()), ("500", crowd())] {
        for view in VIEWS {
            let mut far = Far::new(model.clone(), view);
            for _ in 0..100 {
                far.press("j");
            }
            far.draw();
            far.rest();
            let bytes: usize = far.writes.iter().sum();
            eprintln!(
                "{name}, {view:?}: {:?} bytes for a hundred keys",
                far.writes
            );
            assert!(far.writes.len() <= 2, "{name}, {view:?}: {:?}", far.writes);
            assert!(bytes <= 2 * 3_000, "{name}, {view:?}: {bytes} bytes");
        }
    }
}

/// A day that is heard in pieces, in any order, while a person looks around.
#[test]
fn the_terminal_shows_what_was_drawn() {
    let keys = [
        "j", "k", "tab", "1", "2", "3", "4", "5", "7", "8", "G", "g", "z", "?", "esc", "R",
    ];
    for area in [(80, 24), (120, 40), (200, 60)] {
        for seed in 1..4_u64 {
            let mut random = seed;
            let mut next = |below: usize| {
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                usize::try_from(random >> 33).expect("small") % below
            };
            let mut facts = fixture::facts();
            for at in (1..facts.len()).rev() {
                facts.swap(at, next(at + 1));
            }
            let area = Rect::new(0, 0, area.0, area.1);
            let mut far = Far::open(fixture::before(), View::Deck, area);
            while !facts.is_empty() {
                let rest = facts.split_off((1 + next(6)).min(facts.len()));
                let (some, at) = (std::mem::replace(&mut facts, rest), far.now);
                far.send(Event::Facts { facts: some, at });
                far.draw();
                far.pass(
                    far.now
                        + TimeDelta::milliseconds(100 * i64::try_from(next(20)).expect("small")),
                );
                if next(2) == 0 {
                    far.press(keys[next(keys.len())]);
                    far.draw();
                }
            }
        }
    }
}
