//! Dangerous things on the real screen: lists that move, links that drop, and
//! operations of which nobody knows the outcome.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::crash::screen;
use super::harness::{Ended, Session, read_the_dialog};
use super::world::{World, until};

/// The deck with two approvals, the cursor on the first.
fn on_the_first_approval(world: &World) -> Session {
    let mut session = screen(world, 120, 40, &[]);
    session.wait_for("Needs you");
    session.press("/approve <enter>");
    session.wait_until("both approvals", |screen| {
        let picture = screen.contents();
        picture.contains("2.3.1") && picture.contains("1.88.0")
    });
    session.press("g");
    session
}

#[test]
fn a_list_that_moves_under_the_cursor_is_not_acted_on() {
    let world = World::start("release-day");
    let billing = world.waiting().first().cloned().unwrap();
    let mut session = on_the_first_approval(&world);
    // Somebody else approves what is under the cursor.
    let approved = world.run(&["approve", &billing, "--reason", "green", "--yes"]);
    assert_eq!(approved.status, 0, "{}", approved.stderr);
    session.wait_until("the list without it", |screen| {
        !screen.contents().contains("2.3.1")
    });
    // At the same moment the key is on its way.
    let shown = Instant::now();
    session.press("A");
    session.wait_until("an answer to the key", |screen| {
        let picture = screen.contents();
        picture.contains("press again") || picture.contains("Approve search to")
    });
    // A machine that stalls for that long gives anybody the time to see it.
    let seen = shown.elapsed() >= Duration::from_millis(700);
    assert!(seen || !session.contents().contains("Approve search to"));
    // Whoever has seen it can act.
    session.act("A", "Approve search to");
    session.press("<esc><ctrl-c>");
    session.wait_for_end();
    assert_eq!(world.writes(), 1);
}

/// Approves the first thing on a screen while the vendor keeps its answer
/// back, and waits until the request is out.
fn in_flight(world: &World) -> Session {
    let mut session = on_the_first_approval(world);
    world.fault("github", "silence-after-write");
    session.act("A", "y do it");
    read_the_dialog();
    session.press("y");
    until("the request at the vendor", || world.writes() == 1);
    session
}

fn read_back(world: &World) {
    world.fault("github", "none");
    let mut next = screen(world, 120, 40, &[]);
    next.wait_for("Needs you");
    next.press("8");
    next.wait_for("approve billing to PRODUCTION");
    next.wait_for("observed");
    next.press("<ctrl-c>");
    next.wait_for_end();
    assert_eq!(world.writes(), 1, "it was sent again");
    assert_eq!(world.run(&["verify"]).status, 0);
}

#[test]
fn a_link_that_drops_with_an_operation_in_flight_leaves_it_in_the_journal() {
    let world = World::start("release-day");
    let mut session = in_flight(&world);
    session.close_terminal(b"\x1b[B");
    assert_eq!(session.wait_for_end(), Ended::Status(129));
    let journal = world.journal_file();
    let last = journal.lines().last().unwrap();
    assert!(last.contains("\"kind\":\"outcome\""), "{last}");
    assert!(last.contains("\"state\":\"unknown\""), "{last}");
    read_back(&world);
}

#[test]
fn a_hangup_with_an_operation_in_flight_leaves_it_in_the_journal() {
    let world = World::start("release-day");
    let mut session = in_flight(&world);
    session.signal(Signal::HUP);
    assert_eq!(session.wait_for_end(), Ended::Status(129));
    session.assert_given_back();
    assert!(
        world
            .journal_file()
            .lines()
            .last()
            .is_some_and(|last| last.contains("\"state\":\"unknown\""))
    );
    read_back(&world);
}

#[test]
fn quitting_with_an_operation_in_flight_asks_first() {
    let world = World::start("release-day");
    let mut session = in_flight(&world);
    session.press("<esc><esc>q");
    session.wait_for("Leave tminus?");
    session.wait_for("approve billing to PRODUCTION");
    // Enter stays.
    session.press("<enter>");
    session.wait_until("no question", |screen| {
        !screen.contents().contains("Leave tminus?")
    });
    session.press("<ctrl-c>");
    session.wait_for("Leave tminus?");
    session.press("y");
    assert_eq!(session.wait_for_end(), Ended::Status(0));
    read_back(&world);
}

#[test]
fn what_nobody_knows_is_looked_for_and_sent_again_by_a_person() {
    let world = World::start("release-day");
    let mut session = on_the_first_approval(&world);
    world.fault("github", "silence-before-write");
    session.act("A", "y do it");
    read_the_dialog();
    session.press("y");
    until("the request at the vendor", || world.writes() == 1);
    session.signal(Signal::KILL);
    session.wait_for_end();
    world.fault("github", "none");

    let mut session = screen(&world, 120, 40, &[]);
    session.wait_for("outcome unknown");
    session.press("g");
    session.press("v");
    session.wait_for("looking for the effect of");
    // The same, asked for anew, is refused: it may have happened.
    session.press("/approve billing<enter>g");
    session.wait_for("2.3.1");
    session.act("A", "nobody knows whether it happened");
    session.press("<esc><esc>");
    session.press("/unknown<enter>g");
    session.wait_for("outcome unknown");
    session.act("S", "y do it");
    session.wait_for("Again: Approve billing to");
    session.wait_for("may happen twice");
    read_the_dialog();
    session.press("y");
    session.wait_for("observed");
    session.press("<esc><esc>");
    session.press("8");
    session.wait_for("2 operations");
    session.press("j");
    session.wait_for("sent again as");
    session.press("<ctrl-c>");
    session.wait_for_end();
    assert_eq!(world.writes(), 2);
    let records = world.run(&["journal", "--json"]).json();
    let records = records.as_array().unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(records[1]["again_of"], records[0]["id"]);
    assert_eq!(world.run(&["verify"]).status, 0);
}

#[test]
fn a_screen_that_has_to_be_armed_looks_only_until_it_is() {
    let world = World::start("release-day");
    let text = std::fs::read_to_string(world.config()).unwrap();
    std::fs::write(world.config(), text + "\n[operations]\narm = true\n").unwrap();
    let mut session = on_the_first_approval(&world);
    session.wait_for("NOT ARMED");
    session.press("A");
    session.wait_for(":arm 10m");
    session.press(":arm 10m<enter>");
    session.wait_for("ARMED 10 m");
    assert!(world.journal_file().contains("\"kind\":\"armed\""));
    session.act("A", "y do it");
    read_the_dialog();
    session.press("y");
    session.wait_for("approve billing: observed");
    session.press("<esc>:disarm<enter>");
    session.wait_for("NOT ARMED");
    assert!(world.journal_file().contains("\"kind\":\"disarmed\""));
    session.press("<ctrl-c>");
    session.wait_for_end();
    assert_eq!(world.writes(), 1);
    // A command is a deliberate act of its own.
    let search = world.waiting().first().cloned().unwrap();
    let approved = world.run(&["approve", &search, "--reason", "green", "--yes"]);
    assert_eq!(approved.status, 0, "{}", approved.stderr);
    assert_eq!(world.run(&["verify"]).status, 0);
}
