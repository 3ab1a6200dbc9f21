//! Where it is run: without a terminal, in one that can do nothing, into a
//! pipe that nobody reads.

use std::process::{Command, Stdio};

use crate::world::{World, said};

/// The full screen in a session without a controlling terminal.
fn without_terminal(world: &World, term: &str) -> crate::world::Said {
    let plain = world.command(&[]);
    let output = Command::new("setsid")
        .arg("--wait")
        .arg(plain.get_program())
        .args(plain.get_args())
        .env("TERM", term)
        .stdin(Stdio::null())
        .output()
        .expect("setsid is part of the system");
    said(&output)
}

#[test]
fn without_a_terminal_it_names_the_command_that_answers() {
    let world = World::start("quiet-day");
    for (term, why) in [("dumb", "dumb"), ("xterm", "no terminal"), ("", "TERM")] {
        let refused = without_terminal(&world, term);
        assert_eq!(refused.status, 2, "{}", refused.stderr);
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
        assert!(
            refused.stderr.contains("tminus status"),
            "{}",
            refused.stderr
        );
        assert!(!refused.stdout.contains('\u{1b}'), "{}", refused.stdout);
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let world = World::start("quiet-day");
    for arguments in [
        &["status"][..],
        &["status", "--json"],
        &["schema"],
        &["man"],
    ] {
        let mut child = world
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        drop(child.stdout.take());
        let ended = said(&child.wait_with_output().expect("its output"));
        assert_eq!(ended.status, 0, "{arguments:?}: {}", ended.stderr);
        assert_eq!(ended.stderr, "", "{arguments:?}");
    }
}
