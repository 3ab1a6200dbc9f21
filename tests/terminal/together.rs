//! Several tminus on one data directory at once.

use std::process::{Child, Output, Stdio};

use super::crash::screen;
use super::harness::read_the_dialog;
use super::world::World;

fn approve(world: &World, id: &str) -> Child {
    world
        .command(&["approve", id, "--reason", "green", "--yes"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn statuses(children: Vec<Child>) -> Vec<Option<i32>> {
    let ended: Vec<Output> = children
        .into_iter()
        .map(|child| child.wait_with_output().unwrap())
        .collect();
    ended.iter().map(|output| output.status.code()).collect()
}

#[test]
fn all_can_act_and_the_journal_stays_whole() {
    let world = World::start("release-day");
    let mut session = screen(&world, 120, 40, &[]);
    session.wait_for("Needs you");
    session.wait_for("checkout error budget burn");
    let waiting = world.waiting();
    let children = waiting.iter().map(|id| approve(&world, id)).collect();
    session.press("5");
    session.wait_for("not acked");
    session.press("g");
    session.act("a", "y do it");
    read_the_dialog();
    session.press("y");
    session.wait_for("acknowledged");
    assert_eq!(statuses(children), vec![Some(0); waiting.len()]);
    let hosts = ["github", "gitlab", "jenkins"];
    let sent: u64 = hosts.iter().map(|host| world.writes_at(host)).sum();
    assert_eq!(sent, waiting.len() as u64);
    assert_eq!(world.writes_at("pagerduty"), 1);
    let verified = world.run(&["verify"]);
    assert_eq!(verified.status, 0, "{}", verified.stderr);
    let journal = world.run(&["journal", "--json"]).json();
    assert_eq!(journal.as_array().unwrap().len(), waiting.len() + 1);
    session.press("<ctrl-c>");
    session.wait_for_end();
}

#[test]
fn the_same_is_sent_once() {
    let world = World::start("release-day");
    let id = world.waiting().first().cloned().unwrap();
    let mut ended = statuses((0..4).map(|_| approve(&world, &id)).collect());
    ended.sort_unstable();
    assert_eq!(ended, [Some(0), Some(1), Some(1), Some(1)]);
    assert_eq!(world.writes(), 1);
    assert_eq!(world.run(&["verify"]).status, 0);
}
