//! The terminal room, by the probe.

use std::time::Duration;

use rustix::process::Signal;

use super::harness::{Ended, Session};
use super::probe;

/// Milliseconds that an end may take on this machine, however busy. The figures
/// that we promise are measured elsewhere; here a hang must fail.
const PROMPT: Duration = Duration::from_secs(10);

fn started(columns: u16, rows: u16) -> Session {
    let session = Session::start(probe::command(), columns, rows);
    session.wait_for("pasted 0");
    session.settle(Duration::from_millis(50));
    session
}

fn panicking(kind: &str) -> Session {
    let mut command = probe::command();
    command.env("TMINUS_TEST_PANIC", kind);
    let session = Session::start(command, 100, 30);
    session.wait_for("pasted 0");
    session
}

#[test]
fn it_is_given_back_at_a_quit() {
    for keys in ["q", "<ctrl-c>"] {
        let mut session = started(100, 30);
        assert_ne!(session.settings(), session.settings_before());
        session.press(keys);
        assert_eq!(session.wait_for_end(), Ended::Status(0));
        session.assert_given_back();
    }
}

#[test]
fn it_is_given_back_at_each_signal() {
    for (signal, status) in [
        (Signal::TERM, 143),
        (Signal::HUP, 129),
        (Signal::INT, 130),
        (Signal::QUIT, 131),
    ] {
        let mut session = started(100, 30);
        session.signal(signal);
        assert_eq!(session.wait_for_end(), Ended::Status(status));
        session.assert_given_back();
    }
}

#[test]
fn it_is_given_back_at_a_panic_and_the_message_is_readable() {
    for (kind, key) in [("draw", "p"), ("task", "t"), ("twice", "p"), ("both", "p")] {
        let mut session = panicking(kind);
        session.press(key);
        assert_eq!(session.wait_for_end(), Ended::Status(101), "{kind}");
        session.assert_given_back();
        session.wait_for("asked for by TMINUS_TEST_PANIC");
    }
}

#[test]
fn it_is_given_back_at_a_panic_when_nobody_reads() {
    // The message may wait for room that never comes: the end must not.
    for (kind, key) in [("draw", "p"), ("task", "t")] {
        let mut session = panicking(kind);
        session.clog();
        session.press(key);
        let (ended, _) = session.end_within(PROMPT);
        assert_eq!(ended, Ended::Status(101), "{kind}");
        session.stall(false);
        session.assert_given_back();
    }
}

#[test]
fn a_loop_that_does_not_end_is_ended() {
    let mut session = started(100, 30);
    session.press("b");
    session.signal(Signal::TERM);
    let (ended, _) = session.end_within(PROMPT);
    assert_eq!(ended, Ended::Status(143));
    session.assert_given_back();
}

#[test]
fn it_is_given_back_when_nobody_reads() {
    for signal in [Signal::TERM, Signal::HUP] {
        let mut session = started(200, 60);
        session.clog();
        session.signal(signal);
        let (ended, _) = session.end_within(PROMPT);
        assert_eq!(ended, Ended::Status(128 + signal.as_raw() as u32));
        session.stall(false);
        session.assert_given_back();
    }
}

#[test]
fn a_reader_that_stalls_costs_no_memory_and_sees_the_newest_frame_after() {
    let mut session = started(120, 40);
    let before = session.resident();
    session.stall(true);
    for _ in 0..300 {
        session.press("j");
    }
    session.resize(119, 40);
    let grown = session.resident().saturating_sub(before);
    assert!(grown < 5 * 1024, "{grown} KiB more");
    session.stall(false);
    session.wait_for("119x40 at 300 ");
    session.press("q");
    assert_eq!(session.wait_for_end(), Ended::Status(0));
    session.assert_given_back();
}

#[test]
fn a_terminal_that_is_gone_ends_the_process_without_burning_a_core() {
    let mut session = started(100, 30);
    let before = session.processor_ticks();
    session.close_terminal(b"j");
    session.wait_for_process_state('Z');
    let used = session.processor_ticks() - before;
    assert!(used <= 5, "{used} ticks");
    assert_eq!(session.wait_for_end(), Ended::Status(129));
}

#[test]
fn stopped_and_continued_it_gives_back_and_takes_again() {
    let mut session = started(100, 30);
    session.press("jj");
    session.wait_for("at 2 ");
    session.signal(Signal::TSTP);
    session.wait_for_process_state('T');
    session.assert_given_back();
    session.resize(90, 30);
    session.signal(Signal::CONT);
    session.wait_for("90x30 at 2 ");
    assert_ne!(session.settings(), session.settings_before());
    session.press("jq");
    assert_eq!(session.wait_for_end(), Ended::Status(0));
    session.assert_given_back();
}

#[test]
fn an_editor_gets_the_terminal_and_gives_it_back() {
    let mut session = started(100, 30);
    session.press("e");
    session.wait_for("the editor has the terminal");
    session.assert_given_back();
    session.wait_for("keys 1 ");
    session.press("jq");
    assert_eq!(session.wait_for_end(), Ended::Status(0));
    session.assert_given_back();
}

#[test]
fn an_unchanged_screen_writes_nothing_and_a_move_is_small() {
    let mut session = started(120, 40);
    let start = session.written();
    session.send(b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\");
    session.settle(Duration::from_millis(200));
    assert_eq!(session.written(), start);
    session.press("j");
    session.wait_for("at 1 ");
    session.settle(Duration::from_millis(50));
    let bytes = session.bytes_since(start);
    assert!(bytes.len() <= 120, "{}", bytes.escape_ascii());
}

#[test]
fn a_hundred_keys_at_once_are_one_or_two_repaints() {
    let mut session = started(120, 40);
    let start = session.written();
    session.send(&b"j".repeat(100));
    session.wait_for("at 100 ");
    session.settle(Duration::from_millis(50));
    let bytes = session.bytes_since(start);
    assert!(bytes.len() <= 300, "{}", bytes.escape_ascii());
    session.wait_for("bursts 100 ");
}

#[test]
fn late_replies_and_what_breaks_out_of_a_paste_are_no_commands() {
    let mut session = started(120, 40);
    for reply in [
        &b"\x1bP>|XTerm(389)\x1b\\"[..],
        b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
        b"\x1b]lRroll back\x1b\\",
        b"\x1b[?62;22c\x1b[24;80R\x1b[0n",
        b"\x1b_Gi=31;Rerun\x1b\\",
    ] {
        session.send(reply);
        for byte in reply {
            session.send(&[*byte]);
        }
    }
    session.send(b"\x1b[200~x\x1b[201~Rcheckout\r");
    session.wait_for("pasted 1 ");
    session.settle(Duration::from_millis(400));
    assert!(
        session.contents().contains("commands 0 "),
        "{}",
        session.contents()
    );
    session.press("R");
    session.wait_for("commands 1 ");
}

#[test]
fn a_storm_of_sizes_ends_in_the_last_one() {
    let mut session = started(120, 40);
    for round in 0..100_u16 {
        session.resize(20 + round, 5 + round % 40);
    }
    for (columns, rows) in [(20, 5), (2, 1), (1, 1), (100, 30)] {
        session.resize(columns, rows);
    }
    session.wait_for("100x30 at 0 ");
    session.wait_for("service-029");
    session.press("q");
    assert_eq!(session.wait_for_end(), Ended::Status(0));
    session.assert_given_back();
}

#[test]
fn a_typewriter_is_refused_with_a_hint() {
    let mut command = probe::command();
    command.env("TERM", "unknown");
    command.env_remove("TERM");
    let mut session = Session::start(
        {
            command.env("TERM", "");
            command
        },
        80,
        24,
    );
    assert_eq!(session.wait_for_end(), Ended::Status(2));
    session.wait_for("tminus status");
    session.assert_given_back();
}
