//! What a killed tminus left behind, as the next one shows it on the screen.

use std::process::{Command, Stdio};

use portable_pty::CommandBuilder;

use super::harness::Session;
use super::world::{World, until};

/// The full screen on a simulator that runs as a process of its own.
pub fn screen(world: &World, columns: u16, rows: u16, more: &[&str]) -> Session {
    Session::start(command(world, more), columns, rows)
}

/// What starts it.
pub fn command(world: &World, more: &[&str]) -> CommandBuilder {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tminus"));
    command.arg("--config");
    command.arg(world.config());
    command.arg("--data-dir");
    command.arg(world.data());
    command.args(more);
    command.env("HOME", world.data().parent().unwrap());
    command.env("RUST_BACKTRACE", "0");
    command.env_remove("TMINUS_CONFIG");
    command.env_remove("TMINUS_DATA_DIR");
    command.cwd(world.data().parent().unwrap());
    command
}

/// Approves the first thing that waits; the program is killed when its request
/// is at the vendor. Returns what was approved.
fn killed_while_sending(world: &World, fault: &str) -> String {
    let id = world.waiting().first().cloned().unwrap();
    world.fault("github", fault);
    let mut command: Command = world.command(&["approve", &id, "--reason", "green", "--yes"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    until("the entry that it is sent", || {
        world.journal_file().contains("\"sent\"")
    });
    until("the request at the vendor", || world.writes() == 1);
    if fault.ends_with("after-write") {
        until("the effect", || !world.waiting().contains(&id));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    world.fault("github", "none");
    id
}

#[test]
fn what_the_vendor_did_is_read_back() {
    let world = World::start("release-day");
    killed_while_sending(&world, "silence-after-write");
    let mut session = screen(&world, 120, 40, &[]);
    session.wait_for("Needs you");
    session.press("8");
    session.wait_for("observed");
    session.wait_for("approve billing to PRODUCTION");
    session.press("<ctrl-c>");
    session.wait_for_end();
    assert_eq!(world.writes(), 1);
    assert_eq!(world.run(&["verify"]).status, 0);
}

#[test]
fn what_the_vendor_never_got_is_unknown_and_not_sent_again() {
    let world = World::start("release-day");
    killed_while_sending(&world, "silence-before-write");
    let mut session = screen(&world, 120, 40, &[]);
    session.wait_for("Needs you");
    session.press("8");
    session.wait_for("approve billing to PRODUCTION");
    session.wait_for("unknown");
    // It is being looked for: several reads of the run go by.
    let reads = || world.requests("github")["total"].as_u64().unwrap();
    let before = reads();
    until("some rounds of reading", || reads() > before + 8);
    assert_eq!(world.writes(), 1, "it was sent again");
    assert!(session.contents().contains("unknown"));
}
