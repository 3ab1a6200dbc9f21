//! The program is killed, or an answer is lost, between the journal's entry
//! and the vendor's answer. The simulator counts what reached it.

use std::process::{Child, Stdio};

use serde_json::Value;

use crate::{
    first_approval,
    world::{World, said, until},
};

/// Starts an approval that a fault holds, and waits until the request is
/// written down as sent and has arrived.
fn held_approval(world: &World, id: &str, fault: &str) -> Child {
    world.fault("github", fault);
    let child = world
        .command(&["approve", id, "--reason", "tests are green", "--yes"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    until("the entry that it is sent", || {
        world.journal_file().contains("\"sent\"")
    });
    until("the request at the vendor", || world.writes() == 1);
    child
}

fn killed(mut child: Child) {
    child.kill().expect("it can be killed");
    child.wait().expect("it was ours");
}

fn only_record(world: &World) -> Value {
    let journal = world.run(&["journal", "--json"]);
    assert_eq!(journal.status, 0, "{}", journal.stderr);
    let records = journal.json();
    let records = records.as_array().expect("a list of operations");
    assert_eq!(records.len(), 1, "{}", journal.stdout);
    records[0].clone()
}

#[test]
fn killed_after_the_vendor_acted_it_is_not_sent_again() {
    let world = World::start("release-day");
    let id = first_approval(&world);
    let child = held_approval(&world, &id, "silence-after-write");
    until("the effect", || !world.waiting().contains(&id));
    killed(child);
    let record = only_record(&world);
    assert_eq!(record["state"], "unknown", "{record}");
    world.fault("github", "none");
    let again = world.run(&["approve", &id, "--reason", "again", "--yes"]);
    assert_eq!(again.status, 1, "{}{}", again.stdout, again.stderr);
    assert_eq!(world.writes(), 1);
    let verified = world.run(&["verify"]);
    assert_eq!(verified.status, 0, "{}", verified.stderr);
}

#[test]
fn killed_before_the_vendor_acted_it_is_not_sent_again_by_itself() {
    let world = World::start("release-day");
    let id = first_approval(&world);
    killed(held_approval(&world, &id, "silence-before-write"));
    world.fault("github", "none");
    assert!(world.waiting().contains(&id));
    let record = only_record(&world);
    assert_eq!(record["state"], "unknown", "{record}");
    assert_eq!(world.run(&["status"]).status, 0);
    assert_eq!(world.writes(), 1, "looking sent it again");
    let operation = record["id"].as_str().expect("an id").to_owned();
    let look = world.run(&["look", &operation, "--wait", "1", "--json"]);
    assert_eq!(look.status, 3, "{}{}", look.stdout, look.stderr);
    assert_eq!(look.json()["state"], "unknown");
    assert_eq!(world.writes(), 1, "looking sent it again");
    // The same anew is refused: nobody knows whether the first one happened.
    let anew = world.run(&["approve", &id, "--reason", "once more", "--yes"]);
    assert_eq!(anew.status, 1, "{}{}", anew.stdout, anew.stderr);
    assert!(anew.stderr.contains(&operation), "{}", anew.stderr);
    assert_eq!(world.writes(), 1);
    // A person who was told sends that one again, with its id.
    let end = &operation[operation.len() - 8..];
    let shown = world.run(&["again", end, "--reason", "it never came", "--dry-run"]);
    assert_eq!(shown.status, 0, "{}", shown.stderr);
    assert!(
        shown.stderr.contains("may happen twice"),
        "{}",
        shown.stderr
    );
    assert_eq!(world.writes(), 1);
    let again = ["again", end, "--reason", "it never came", "--yes", "--json"];
    let sent = world.run(&again);
    assert_eq!(sent.status, 0, "{}{}", sent.stdout, sent.stderr);
    assert_eq!(sent.json()["again_of"], record["id"]);
    assert_eq!(world.writes(), 2);
    let records = world.run(&["journal", "--json"]).json();
    assert_eq!(records[0]["again_as"], sent.json()["id"]);
    assert_eq!(world.run(&again).status, 1, "again and again");
    assert_eq!(world.writes(), 2);
    assert_eq!(world.run(&["verify"]).status, 0);
}

#[test]
fn what_was_done_is_seen_by_looking_and_is_not_sent_again() {
    let world = World::start("release-day");
    let id = first_approval(&world);
    let child = held_approval(&world, &id, "silence-after-write");
    until("the effect", || !world.waiting().contains(&id));
    killed(child);
    world.fault("github", "none");
    let operation = only_record(&world)["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let look = world.run(&["look", &operation, "--json"]);
    assert_eq!(look.status, 0, "{}{}", look.stdout, look.stderr);
    assert_eq!(look.json()["state"], "observed");
    let again = world.run(&["again", &operation, "--reason", "x", "--yes"]);
    assert_eq!(again.status, 1, "{}{}", again.stdout, again.stderr);
    assert_eq!(world.run(&["look", "ffff"]).status, 2);
    assert_eq!(world.writes(), 1);
}

#[test]
fn a_command_that_is_told_to_end_writes_down_what_it_knows() {
    for signal in [
        rustix::process::Signal::HUP,
        rustix::process::Signal::TERM,
        rustix::process::Signal::INT,
    ] {
        let world = World::start("release-day");
        let id = first_approval(&world);
        let child = held_approval(&world, &id, "silence-before-write");
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, signal).expect("it runs");
        let ended = said(&child.wait_with_output().expect("its output"));
        assert_eq!(ended.status, 3, "{}{}", ended.stdout, ended.stderr);
        assert!(ended.stderr.contains("tminus look"), "{}", ended.stderr);
        let journal = world.journal_file();
        let last = journal.lines().last().expect("an entry");
        assert!(
            last.contains("\"outcome\"") && last.contains("\"unknown\""),
            "{last}"
        );
        assert_eq!(world.writes(), 1);
    }
}

#[test]
fn a_lost_answer_to_what_was_done_is_seen_by_reading_back() {
    let world = World::start("release-day");
    let id = first_approval(&world);
    world.fault("github", "reset-after-write");
    let approved = world.run(&["approve", &id, "--reason", "green", "--yes", "--json"]);
    assert_eq!(approved.status, 0, "{}", approved.stderr);
    assert_eq!(approved.json()["state"], "observed");
    assert!(world.journal_file().contains("\"lost\""));
    assert_eq!(only_record(&world)["state"], "observed");
    assert_eq!(world.writes(), 1);
}

#[test]
fn a_request_that_is_lost_is_looked_for_and_never_repeated() {
    let world = World::start("release-day");
    let id = first_approval(&world);
    let mut child = held_approval(&world, &id, "reset-before-write");
    until("the entry that the answer is lost", || {
        world.journal_file().contains("\"lost\"")
    });
    // It looks for minutes; what it says when it is told to end must be true.
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
    child.wait().expect("it was ours");
    let ended = said(&child.wait_with_output().expect("its output"));
    assert_ne!(ended.status, 0, "{}", ended.stdout);
    assert!(!ended.stdout.contains("observed"), "{}", ended.stdout);
    world.fault("github", "none");
    assert_eq!(only_record(&world)["state"], "unknown");
    assert!(world.waiting().contains(&id));
    assert_eq!(world.writes(), 1);
}
