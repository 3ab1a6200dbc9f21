//! A person acts on what the terminal showed: an operation is about the item
//! that was under the cursor there, or there is none.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::{
    command::{Input, Item, Key, Pane},
    domain::{Act, Origin, Timestamp},
    ui::testing::{Driver, approval, approvals, origin},
};

/// How long a person takes at the least from seeing to pressing.
const REACTION: TimeDelta = TimeDelta::milliseconds(250);

/// What a frame showed: the rows of the inbox and the item under the cursor.
#[derive(Clone, Debug)]
struct Picture {
    frame: u64,
    rows: Vec<Item>,
    cursor: Option<Item>,
    /// Keys of movement that were pressed before it was drawn.
    moves: usize,
}

/// A screen with its link, and what its person has seen.
struct World {
    driver: Driver,
    /// Drawn and still on its way.
    on_its_way: Option<Picture>,
    seen: Vec<(Timestamp, Picture)>,
    moves: Vec<char>,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            driver: Driver::new(120, 40),
            on_its_way: None,
            seen: Vec::new(),
            moves: Vec::new(),
        };
        world.draw();
        world.flush();
        world.pass(2_000);
        world
    }

    fn picture(&self) -> Picture {
        Picture {
            frame: self.driver.app.frame,
            rows: self.driver.app.list(Pane::Needs).rows.clone(),
            cursor: self.driver.app.selection().cloned(),
            moves: self.moves.len(),
        }
    }

    fn draw(&mut self) {
        self.on_its_way = Some(self.picture());
    }

    fn flush(&mut self) {
        if let Some(picture) = self.on_its_way.take() {
            let (frame, at) = (picture.frame, self.driver.now);
            let _ = self.driver.send(Event::Flushed { frame, at });
            self.seen.push((at, picture));
        }
    }

    fn pass(&mut self, milliseconds: i64) {
        self.driver.later(milliseconds);
    }

    fn facts(&mut self, waiting: &[(u8, i64)]) {
        let at = self.driver.now;
        let items = waiting
            .iter()
            .map(|(name, minutes)| approval(&format!("a{name}"), *minutes))
            .collect();
        let facts = vec![approvals(items, at)];
        let _ = self.driver.send(Event::Facts { facts, at });
    }

    /// What a person who presses a key now goes by.
    fn perceived(&self) -> Option<Picture> {
        let then = self.driver.now - REACTION;
        let known = self.seen.iter().rev().find(|(at, _)| *at <= then);
        known.map(|(_, picture)| picture.clone())
    }

    fn key(&mut self, key: char) -> Vec<Effect> {
        if "jkgG".contains(key) {
            self.moves.push(key);
        }
        self.driver.input(Input::Key(Key::char(key)), false)
    }
}

/// Where the cursor goes in a picture by a key of movement.
fn moved(picture: &Picture, cursor: Option<&Item>, key: char) -> Option<Item> {
    let last = picture.rows.len().checked_sub(1)?;
    let at = cursor.and_then(|item| picture.rows.iter().position(|row| row == item));
    let next = match key {
        'j' => (at? + 1).min(last),
        'k' => at?.saturating_sub(1),
        'g' => 0,
        _ => last,
    };
    picture.rows.get(next).cloned()
}

fn approved(effects: &[Effect]) -> Option<Origin> {
    effects.iter().find_map(|effect| match effect {
        Effect::Check { intent, .. } => match &intent.act {
            Act::Approve { approval, .. } => Some(approval.clone()),
            other => panic!("{other:?}"),
        },
        _ => None,
    })
}

/// What happens between two keys.
#[derive(Clone, Debug)]
enum Happening {
    Facts(Vec<(u8, i64)>),
    Draw,
    Flush,
    Pass(i64),
}

fn list() -> impl Strategy<Value = Vec<(u8, i64)>> {
    let places = Just((0u8..7).collect::<Vec<_>>()).prop_shuffle();
    (places, prop::collection::vec(1i64..90, 7), 0usize..8)
        .prop_map(|(names, times, count)| names.into_iter().zip(times).take(count).collect())
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        3 => list().prop_map(Happening::Facts),
        3 => Just(Happening::Draw),
        3 => Just(Happening::Flush),
        2 => (0i64..1_500).prop_map(Happening::Pass),
    ]
}

/// Keys that a person decides on at once, each with what happens before it.
#[derive(Clone, Debug)]
struct Gesture {
    before: Vec<Happening>,
    keys: Vec<(char, Vec<Happening>, i64)>,
    last: Vec<Happening>,
}

fn gesture() -> impl Strategy<Value = Gesture> {
    let quick = prop_oneof![
        list().prop_map(Happening::Facts),
        Just(Happening::Draw),
        Just(Happening::Flush),
    ];
    let quick = prop::collection::vec(quick, 0..3);
    let key = (
        prop::sample::select(vec!['j', 'k', 'g', 'G']),
        quick.clone(),
        5i64..100,
    );
    (
        prop::collection::vec(happening(), 0..6),
        prop::collection::vec(key, 0..4),
        quick,
    )
        .prop_map(|(before, keys, last)| Gesture { before, keys, last })
}

fn happens(world: &mut World, happening: Happening) {
    match happening {
        Happening::Facts(list) => world.facts(&list),
        Happening::Draw => world.draw(),
        Happening::Flush => world.flush(),
        Happening::Pass(milliseconds) => world.pass(milliseconds),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// The list changes in any way at any moment, frames are drawn and arrive
    /// at any moment: what is asked about is what the person saw, or nothing.
    #[test]
    fn an_operation_is_about_what_was_seen_or_there_is_none(
        gestures in prop::collection::vec(gesture(), 1..12),
    ) {
        let mut world = World::new();
        for gesture in gestures {
            for happening in gesture.before {
                happens(&mut world, happening);
            }
            let Some(picture) = world.perceived() else { continue };
            // Whoever pressed keys knows that they are not shown yet.
            let mut wanted = picture.cursor.clone();
            for key in &world.moves[picture.moves..] {
                wanted = moved(&picture, wanted.as_ref(), *key);
            }
            for (key, before, after) in gesture.keys {
                for happening in before {
                    happens(&mut world, happening);
                }
                wanted = moved(&picture, wanted.as_ref(), key);
                world.key(key);
                world.pass(after);
            }
            for happening in gesture.last {
                happens(&mut world, happening);
            }
            if let Some(hit) = approved(&world.key('A')) {
                let hit = Item::Approval(hit);
                prop_assert_eq!(
                    wanted.as_ref(), Some(&hit),
                    "the person saw {:?}", picture
                );
                world.driver.keys(&["esc"]);
            }
        }
    }

    /// Nobody is kept out: once everything was shown for a while, the key does
    /// what it should, whatever happened before.
    #[test]
    fn what_has_been_seen_for_a_while_can_be_acted_on(
        happenings in prop::collection::vec(happening(), 0..20),
        keys in prop::collection::vec(prop::sample::select(vec!['j', 'k', 'g', 'G']), 0..4),
    ) {
        let mut world = World::new();
        for happening in happenings {
            happens(&mut world, happening);
        }
        world.pass(100);
        world.draw();
        world.flush();
        world.pass(1_000);
        for key in keys {
            world.key(key);
        }
        let selected = world.driver.app.selection().cloned();
        let hit = approved(&world.key('A')).map(Item::Approval);
        let is_approval = matches!(selected, Some(Item::Approval(_)));
        prop_assert_eq!(hit, selected.filter(|_| is_approval));
    }
}

fn on(world: &mut World, name: &str) {
    let wanted = Item::Approval(origin(name));
    world.key('g');
    for _ in 0..12 {
        if world.driver.app.selection() == Some(&wanted) {
            world.draw();
            world.flush();
            world.pass(1_000);
            return;
        }
        world.key('j');
    }
    panic!("{name} is not listed");
}

#[test]
fn facts_and_key_in_one_batch_hit_the_item_wherever_it_went() {
    let mut world = World::new();
    on(&mut world, "a1");
    world.facts(&[(5, 80), (4, 70), (2, 4), (1, 1)]);
    assert_eq!(approved(&world.key('A')), Some(origin("a1")));
}

#[test]
fn facts_and_key_in_one_batch_hit_nothing_when_the_item_is_gone() {
    let mut world = World::new();
    on(&mut world, "a1");
    world.facts(&[(2, 4), (3, 60)]);
    assert_eq!(world.key('A'), []);
    // However long the frame takes to arrive: the person cannot have seen it.
    world.pass(20_000);
    assert_eq!(world.key('A'), []);
    world.draw();
    world.flush();
    world.pass(300);
    assert_eq!(world.key('A'), []);
    let said = world.driver.app.toasts.last().unwrap().text.to_string();
    assert!(said.contains("press again"), "{said}");
    world.pass(800);
    assert!(approved(&world.key('A')).is_some());
}

#[test]
fn a_move_over_a_list_that_changed_unseen_hits_nothing() {
    let mut world = World::new();
    on(&mut world, "a1");
    world.facts(&[(1, 9), (5, 8), (2, 4)]);
    // The person means a2, which stood below, and would hit a5.
    world.key('j');
    assert_eq!(
        world.driver.app.selection(),
        Some(&Item::Approval(origin("a5")))
    );
    assert_eq!(world.key('A'), []);
}

#[test]
fn the_palette_is_about_what_was_selected_when_it_was_opened() {
    let mut world = World::new();
    on(&mut world, "a1");
    world.key(':');
    world.driver.text("approve");
    world.facts(&[(2, 4)]);
    world.draw();
    world.flush();
    world.pass(5_000);
    assert_eq!(approved(&world.driver.keys(&["enter"])), None);
    let said = world.driver.app.toasts.last().unwrap().text.to_string();
    assert!(said.contains("press again"), "{said}");
}

#[test]
fn an_item_in_an_empty_list_can_be_acted_on_as_soon_as_it_is_shown() {
    let mut world = World::new();
    world.facts(&[]);
    world.key('/');
    world.driver.text("approve");
    world.driver.keys(&["enter"]);
    world.draw();
    world.flush();
    world.pass(1_000);
    assert_eq!(world.driver.app.selection(), None);
    world.facts(&[(3, 1)]);
    assert_eq!(approved(&world.key('A')), None, "nobody has seen it");
    world.draw();
    world.flush();
    world.pass(1);
    assert_eq!(approved(&world.key('A')), Some(origin("a3")));
}
