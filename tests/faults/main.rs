//! The real program is killed at random points of operations, and its vendors'
//! answers are lost, late, doubled or garbled at random. The judge is the
//! simulator: what reached it, and what is so there.
//!
//! Each test makes `TMINUS_FAULT_RUNS` runs (12 when not set), seeded by
//! `TMINUS_FAULT_SEED`. A failure names the seed of its run: that seed with
//! one run plays it again, as far as the machine's timing allows.
#![cfg(target_os = "linux")]
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "what goes wrong in a test is a failure of the test"
)]

mod deed;
mod judge;
mod proxy;
#[path = "../cli/world.rs"]
#[expect(dead_code, reason = "the tests of the command line use the rest")]
mod world;

use std::{
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use rustix::process::{Pid, Signal, kill_process};

use deed::{Deed, Place};
use judge::Counts;
use proxy::Faults;

/// Runs of each test when nobody says how many.
const RUNS: u64 = 12;
/// The seed when nobody says which.
const SEED: u64 = 4_711;
/// How long an operation may look for its effect before it is told to end.
const LOOKING: Duration = Duration::from_secs(2);

fn number(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text}")),
        Err(_) => otherwise,
    }
}

/// Plays every run; a failing one says how to play it again.
fn play(what: &str, mut run: impl FnMut(&mut StdRng, &mut Counts)) {
    let (runs, seed) = (
        number("TMINUS_FAULT_RUNS", RUNS),
        number("TMINUS_FAULT_SEED", SEED),
    );
    let mut counts = Counts::default();
    for seed in seed..seed + runs {
        let mut dice = StdRng::seed_from_u64(seed);
        let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            run(&mut dice, &mut counts);
        }));
        if let Err(panic) = played {
            println!("{what}: play it again with TMINUS_FAULT_RUNS=1 TMINUS_FAULT_SEED={seed}");
            std::panic::resume_unwind(panic);
        }
    }
    println!("{what}: {runs} runs: {counts}");
    assert!(
        counts.requests > 0 || runs < RUNS,
        "no request ever left: nothing was tried"
    );
}

fn start(place: &Place, deed: &Deed) -> Child {
    let arguments = deed.arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    place
        .world
        .command(&arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs")
}

/// Waits until the journal has an entry, or the program has ended.
fn until_confirmed(place: &Place, child: &mut Child) {
    while place.world.journal_file().is_empty() && child.try_wait().expect("it was ours").is_none()
    {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// How long a deed takes when nothing goes wrong: all of it, and the part
/// after the person's yes.
fn measured(kind: deed::Kind) -> (Duration, Duration) {
    let place = Place::new(Faults::none());
    let deed = Deed::choose(&place, kind);
    let began = Instant::now();
    let mut child = start(&place, &deed);
    until_confirmed(&place, &mut child);
    let confirmed = Instant::now();
    let status = child.wait().expect("it was ours");
    assert!(status.success(), "{deed:?} without any fault: {status}");
    (began.elapsed(), confirmed.elapsed())
}

#[test]
fn killed_at_any_point_an_operation_is_sent_at_most_once_and_known_afterwards() {
    let usual = deed::KINDS.map(|kind| (kind, measured(kind)));
    play("killed", |dice, counts| {
        let (kind, (all, after)) = usual[dice.random_range(0..usual.len())];
        let place = Place::new(Faults::none());
        let deed = Deed::choose(&place, kind);
        // One in four anywhere, the others after the yes, where it matters;
        // a little beyond the end too, for the machine's load changes all
        // times.
        let anywhere = deed::now_and_then(dice, 4);
        let share = dice.random_range(0.0..1.1);
        let mut child = start(&place, &deed);
        if !anywhere {
            until_confirmed(&place, &mut child);
        }
        // The point in time is what is random here: there is nothing to wait
        // for.
        std::thread::sleep(if anywhere { all } else { after }.mul_f64(share));
        let killed = child.try_wait().expect("it was ours").is_none();
        child.kill().expect("it can be killed");
        child.wait().expect("it was ours");
        counts.cut_short += u64::from(killed);
        judge::judge(&place, &deed, dice, counts);
    });
}

#[test]
fn whatever_happens_to_answers_an_operation_is_sent_at_most_once_and_known_afterwards() {
    play("answers", |dice, counts| {
        let kind = deed::KINDS[dice.random_range(0..deed::KINDS.len())];
        let place = Place::new(Faults::none());
        let deed = Deed::choose(&place, kind);
        place.break_answers(dice);
        let mut child = start(&place, &deed);
        let mut until = Instant::now() + LOOKING * 16;
        let mut told = false;
        while child.try_wait().expect("it was ours").is_none() {
            if place.wrote() && !told {
                until = until.min(Instant::now() + LOOKING);
            }
            if Instant::now() > until {
                assert!(!told, "it does not end: {deed:?}");
                // It would look for minutes; a person would go home.
                let _ended = kill_process(Pid::from_child(&child), Signal::TERM);
                (told, until) = (true, Instant::now() + LOOKING * 16);
                counts.cut_short += 1;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        place.mend();
        judge::judge(&place, &deed, dice, counts);
    });
}
