//! The machine, the desk and the journal under a vendor that lies, a disk that
//! fails, a link that drops, a clock that jumps, a person who tries again, and
//! a power supply that fails at every point, one after the other.
//!
//! Everything runs in one thread in virtual time. A crash keeps what the disk
//! was asked to keep, and a part of what it was not. What is judged is the
//! vendor's true state and the durable bytes, never our own word alone. Eleven
//! mutants prove that the judge sees what it must: each has to be caught.

mod judge;
mod world;

use std::path::Path;

use self::world::{MUTANTS, Plan, Stop, Then, World};
use crate::{
    domain::OperationState,
    operation::testing::{LIES, Lie},
};

/// A day, in seconds.
const DAY: i64 = 86_400;

fn play(plan: Plan, place: &Path) -> (Vec<String>, u32) {
    World::new(plan, place).play()
}

/// Every story about one vendor: no fault, the disk failing at every write,
/// the power failing at every point and again at every point of the recovery,
/// the link dropping at every point, the clock jumping, and the person trying
/// again in every way after each.
fn stories(base: Plan, place: &Path) -> Vec<Plan> {
    let (_, points) = play(base, place);
    let thens = [Then::Anew, Then::Again, Then::AgainAndAgain];
    let mut plans = vec![base];
    plans.extend(thens.map(|then| Plan { then, ..base }));
    plans.extend((0..16).map(|write| Plan {
        disk: Some(write),
        ..base
    }));
    for point in 0..points {
        for torn in [0, usize::MAX / 2] {
            plans.push(Plan {
                stop: Some((point, Stop::Crash)),
                torn,
                ..base
            });
        }
        plans.extend((0..10).step_by(2).map(|again| Plan {
            stop: Some((point, Stop::Crash)),
            crash_again: Some(again),
            torn: 57,
            ..base
        }));
        // Which clock and which second try is left to the point.
        let turn = point as usize;
        let then = thens[turn % thens.len()];
        let clock = [DAY, -DAY, 0][turn / thens.len() % 3];
        plans.push(Plan {
            stop: Some((point, Stop::Hangup)),
            clock,
            ..base
        });
        plans.push(Plan {
            stop: Some((point, Stop::Hangup)),
            then,
            ..base
        });
        plans.push(Plan {
            stop: Some((point, Stop::Crash)),
            clock,
            then,
            ..base
        });
        plans.push(Plan {
            stop: Some((point, Stop::Crash)),
            then: Then::Again,
            crash_then: Some((point * 7) % 31),
            ..base
        });
    }
    plans
}

#[test]
fn every_lie_every_fault_and_every_second_try_ends_in_the_truth() {
    let place = tempfile::tempdir().unwrap();
    let mut count = 0;
    for lie in LIES {
        for moved in [false, true] {
            let base = Plan {
                moved,
                ..Plan::of(lie)
            };
            for plan in stories(base, place.path()) {
                let (broken, _) = play(plan, place.path());
                assert!(broken.is_empty(), "{plan:?}: {broken:?}");
                count += 1;
            }
        }
    }
    assert!(count > 4_000, "only {count} stories");
}

#[test]
fn an_honest_vendor_without_faults_is_observed_and_a_silent_one_is_unknown() {
    let place = tempfile::tempdir().unwrap();
    for (lie, state) in [
        (Lie::Honest, OperationState::Observed),
        (Lie::ActsAndFails, OperationState::Observed),
        (Lie::ActsAndDrops, OperationState::Observed),
        (Lie::ActsTwice, OperationState::Observed),
        (Lie::StaleReads, OperationState::Observed),
        (Lie::ActsLate, OperationState::Observed),
        (Lie::Refuses, OperationState::Failed),
        (Lie::FailsLater, OperationState::Failed),
        (Lie::DropsBefore, OperationState::Unknown),
        (Lie::NeverActs, OperationState::Unknown),
        (Lie::Unreadable, OperationState::Unknown),
    ] {
        let mut world = World::new(Plan::of(lie), place.path());
        assert!(world.first_life().is_ok_and(|id| id.is_some()));
        let shown = world.shown.values().next().unwrap();
        assert_eq!(shown.state, state, "{lie:?}");
    }
}

#[test]
fn each_mutant_is_caught() {
    let place = tempfile::tempdir().unwrap();
    for mutant in MUTANTS {
        let caught = LIES.iter().any(|lie| {
            [false, true].into_iter().any(|moved| {
                let base = Plan {
                    moved,
                    ..Plan::of(*lie)
                };
                stories(base, place.path()).into_iter().any(|plan| {
                    let plan = Plan { mutant, ..plan };
                    !play(plan, place.path()).0.is_empty()
                })
            })
        });
        assert!(caught, "{mutant:?} lives");
    }
}
