//! The real program, in a rehearsal. How it ends is the matter of `exits`.

use std::time::Duration;

use rustix::process::Signal;

use super::harness::{Ended, PATIENCE};
use super::rehearsal::Rehearsal;

#[test]
fn any_size_will_do() {
    let mut rehearsal = Rehearsal::start(20, 5);
    rehearsal
        .session
        .wait_until("anything", |screen| !screen.contents().trim().is_empty());
    rehearsal.session.resize(120, 40);
    rehearsal.session.wait_for("Needs you");
    for round in 0..100_u16 {
        rehearsal.session.resize(20 + round * 2, 5 + round % 50);
    }
    for (columns, rows) in [(20, 5), (2, 1), (1, 1), (80, 24), (250, 80), (100, 30)] {
        rehearsal.session.resize(columns, rows);
        rehearsal.session.settle(Duration::from_millis(30));
    }
    rehearsal.session.wait_for("Needs you");
    rehearsal
        .session
        .wait_until("the last size", |screen| screen.size() == (30, 100));
    rehearsal.session.press("<ctrl-c>");
    assert_eq!(rehearsal.session.wait_for_end(), Ended::Status(0));
    rehearsal.session.assert_given_back();
}

#[test]
fn a_stalled_reader_costs_nothing_and_the_end_comes_all_the_same() {
    let mut rehearsal = Rehearsal::start(200, 60).ready();
    let session = &mut rehearsal.session;
    let before = session.resident();
    session.stall(true);
    for round in 0..60 {
        session.resize(200 - round % 2, 60);
        session.press("j");
        std::thread::sleep(Duration::from_millis(40));
    }
    let grown = session.resident().saturating_sub(before);
    assert!(grown < 8 * 1024, "{grown} KiB more");
    session.signal(Signal::TERM);
    let (ended, _) = session.end_within(PATIENCE);
    assert_eq!(ended, Ended::Status(143));
    session.stall(false);
    session.assert_given_back();
}

#[test]
fn what_no_person_pressed_does_nothing() {
    let mut rehearsal = Rehearsal::start(120, 40).ready();
    for view in ["1", "2", "3", "4", "5", "8"] {
        rehearsal.session.press(view);
        rehearsal.session.settle(Duration::from_millis(100));
        for reply in REPLIES {
            rehearsal.session.send(reply);
        }
        rehearsal
            .session
            .send(b"\x1b[200~x \x1b[201~Rcheckout\rAAcheckout\ry\r");
        rehearsal.session.send(b"ARcheckout\rAy\rXcheckout\r");
        rehearsal.session.settle(Duration::from_millis(400));
        rehearsal.session.press("<esc><esc>");
    }
    rehearsal.assert_nothing_done();
    rehearsal.session.press("<ctrl-c>");
    assert_eq!(rehearsal.session.wait_for_end(), Ended::Status(0));
}

/// Answers to queries that somebody else asked.
const REPLIES: [&[u8]; 18] = [
    b"\x1bP>|XTerm(389)\x1b\\",
    b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
    b"\x1b]11;rgb:1e1e/1e1e/2e2e\x07",
    b"\x1b]lRroll back checkout\x1b\\",
    b"\x1b]52;c;UmNoZWNrb3V0DQ==\x1b\\",
    b"\x1b[?62;22c",
    b"\x1b[>0;276;0c",
    b"\x1bP!|7E565445\x1b\\",
    b"\x1b[0n",
    b"\x1b[24;80R",
    b"\x1b[?997;1n",
    b"\x1b[?2026;2$y",
    b"\x1b[?31u",
    b"\x1b[8;24;80t",
    b"\x1bP1$r0m\x1b\\",
    b"\x1bP1+r544e=787465726d\x1b\\",
    b"\x1b_Gi=31;ENOENT:Rerun\x1b\\",
    b"\x9b?62;22c",
];

#[test]
fn an_unchanged_screen_costs_next_to_nothing() {
    let rehearsal = Rehearsal::start(120, 40).ready();
    rehearsal.session.settle(Duration::from_millis(500));
    let start = rehearsal.session.written();
    let before = rehearsal.session.processor_ticks();
    std::thread::sleep(Duration::from_secs(5));
    let bytes = rehearsal.session.written() - start;
    let ticks = rehearsal.session.processor_ticks() - before;
    // A rehearsal is alive: its clock ticks and its simulator answers. A loop
    // that draws without a reason would use many times as much.
    assert!(bytes < 16 * 1024, "{bytes} bytes in five seconds");
    assert!(ticks < 250, "{ticks} ticks in five seconds");
}
