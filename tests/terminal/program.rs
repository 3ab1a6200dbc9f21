//! The real program, in a rehearsal.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use portable_pty::CommandBuilder;
use rustix::process::Signal;

use super::harness::{Ended, PATIENCE, Session, read_the_dialog};

/// A rehearsal in a terminal, with its own data directory.
pub struct Rehearsal {
    pub session: Session,
    data: tempfile::TempDir,
}

impl Rehearsal {
    fn start(columns: u16, rows: u16) -> Self {
        Self::start_with(columns, rows, |_| ())
    }

    pub fn start_with(columns: u16, rows: u16, change: impl Fn(&mut CommandBuilder)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tminus"));
        command.args(["demo", "--seed", "7", "--data-dir"]);
        command.arg(data.path());
        command.env("RUST_BACKTRACE", "0");
        command.env("HOME", data.path());
        command.env_remove("TMINUS_CONFIG");
        command.cwd(data.path());
        change(&mut command);
        let session = Session::start(command, columns, rows);
        Self { session, data }
    }

    /// Waits until the facts of the rehearsal are on the screen.
    pub fn ready(self) -> Self {
        self.session.wait_for("Needs you");
        self.session.wait_for("checkout");
        self
    }

    /// How many requests that change something the simulator has seen.
    pub fn writes(&self) -> u64 {
        let company = self.data.path().join("company");
        let urls = std::fs::read_to_string(company.join("urls.json")).unwrap();
        let urls: serde_json::Value = serde_json::from_str(&urls).unwrap();
        ["github", "pagerduty"]
            .iter()
            .map(|vendor| {
                let token = company.join(format!("{vendor}.token"));
                let token = std::fs::read_to_string(token).unwrap();
                writes(urls[vendor].as_str().unwrap(), token.trim())
            })
            .sum()
    }

    /// How many entries of a kind the journal holds.
    pub fn journal_kinds(&self, kind: &str) -> usize {
        let journal = self.data.path().join("journal.jsonl");
        let text = std::fs::read_to_string(journal).unwrap();
        text.matches(&format!("\"kind\":\"{kind}\"")).count()
    }

    /// What `tminus verify` says about the journal.
    pub fn verify(&self) -> std::process::ExitStatus {
        std::process::Command::new(env!("CARGO_BIN_EXE_tminus"))
            .args(["verify", "--data-dir"])
            .arg(self.data.path())
            .env("HOME", self.data.path())
            .current_dir(self.data.path())
            .stdout(std::process::Stdio::null())
            .status()
            .unwrap()
    }

    /// Whether nothing was ever recorded as done.
    fn journal_is_empty(&self) -> bool {
        let journal = self.data.path().join("journal.jsonl");
        std::fs::metadata(journal).map_or(0, |found| found.len()) == 0
    }

    /// Asserts that no operation was begun.
    pub fn assert_nothing_done(&self) {
        assert!(self.journal_is_empty(), "the journal has an entry");
        assert_eq!(self.writes(), 0, "requests that change something");
    }
}

/// The count of writes at one of the simulator's servers.
fn writes(url: &str, token: &str) -> u64 {
    let address = url.strip_prefix("http://").unwrap();
    let address = address.split('/').next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET /__sim/requests HTTP/1.1\r\nHost: {address}\r\n\
         Authorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(" 200 "), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    body["writes"].as_u64().unwrap()
}

/// What a person was doing when the end came: keys that lead there.
const SITUATIONS: [(&str, &str); 4] = [
    ("the deck", ""),
    ("help open", "?"),
    ("the palette open", ":app"),
    ("a note half written", "wcheckout is slow"),
];

fn in_situation(keys: &str) -> Rehearsal {
    let mut rehearsal = Rehearsal::start(100, 30).ready();
    let before = rehearsal.session.contents();
    if !keys.is_empty() {
        rehearsal.session.press(keys);
        rehearsal
            .session
            .wait_until("another picture", |screen| screen.contents() != before);
    }
    rehearsal
}

fn ends_by_signal(signal: Signal, status: u32) {
    for (situation, keys) in SITUATIONS {
        let mut rehearsal = in_situation(keys);
        rehearsal.session.signal(signal);
        let ended = rehearsal.session.wait_for_end();
        assert_eq!(ended, Ended::Status(status), "{situation}");
        rehearsal.session.assert_given_back();
    }
}

#[test]
fn it_ends_in_order_by_sigterm() {
    ends_by_signal(Signal::TERM, 143);
}

#[test]
fn it_ends_in_order_by_sighup() {
    ends_by_signal(Signal::HUP, 129);
}

#[test]
fn it_ends_in_order_by_sigint() {
    ends_by_signal(Signal::INT, 130);
}

#[test]
fn it_ends_in_order_by_the_keys_for_it() {
    for (situation, keys) in SITUATIONS {
        let mut rehearsal = in_situation(keys);
        rehearsal.session.press("<ctrl-c>");
        let ended = rehearsal.session.wait_for_end();
        assert_eq!(ended, Ended::Status(0), "{situation}");
        rehearsal.session.assert_given_back();
    }
    let mut rehearsal = in_situation("");
    rehearsal.session.press("q");
    assert_eq!(rehearsal.session.wait_for_end(), Ended::Status(0));
    rehearsal.session.assert_given_back();
}

#[test]
fn it_stops_and_comes_back_where_it_was() {
    for (situation, keys) in SITUATIONS {
        let mut rehearsal = in_situation(keys);
        rehearsal.session.signal(Signal::TSTP);
        rehearsal.session.wait_for_process_state('T');
        rehearsal.session.assert_given_back();
        rehearsal.session.resize(110, 32);
        let start = rehearsal.session.written();
        rehearsal.session.signal(Signal::CONT);
        rehearsal.session.wait_until(situation, |screen| {
            screen.alternate_screen() && screen.contents().len() > 200
        });
        assert!(rehearsal.session.written() > start);
        rehearsal.session.signal(Signal::TERM);
        assert_eq!(rehearsal.session.wait_for_end(), Ended::Status(143));
        rehearsal.session.assert_given_back();
    }
}

#[test]
fn it_ends_when_the_terminal_is_gone() {
    for (situation, keys) in SITUATIONS {
        let mut rehearsal = in_situation(keys);
        // A press that changes the picture everywhere, and an answer to none.
        rehearsal.session.resize(99, 30);
        let before = rehearsal.session.processor_ticks();
        rehearsal.session.close_terminal(b"\x1b[B");
        rehearsal.session.wait_for_process_state('Z');
        let used = rehearsal.session.processor_ticks() - before;
        assert!(used < 100, "{situation}: {used} ticks");
        assert_eq!(rehearsal.session.wait_for_end(), Ended::Status(129));
    }
}

#[test]
fn a_panic_anywhere_gives_the_terminal_back() {
    for place in ["draw", "task"] {
        let mut rehearsal =
            Rehearsal::start_with(100, 30, |command| command.env("TMINUS_TEST_PANIC", place));
        let ended = rehearsal.session.wait_for_end();
        assert_eq!(ended, Ended::Status(101), "{place}");
        rehearsal.session.assert_given_back();
        rehearsal.session.wait_for("TMINUS_TEST_PANIC");
    }
}

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

/// The end comes while an operation is on its way: it is in the journal, the
/// terminal is given back, and the chain is whole.
fn ends_in_flight(signal: Signal, status: u32) {
    let mut rehearsal = Rehearsal::start(100, 30).ready();
    rehearsal.session.press("/approve search<enter>g");
    rehearsal.session.press("A");
    rehearsal.session.wait_for("y do it");
    read_the_dialog();
    rehearsal.session.press("y");
    until_confirmed(&rehearsal);
    rehearsal.session.signal(signal);
    assert_eq!(rehearsal.session.wait_for_end(), Ended::Status(status));
    rehearsal.session.assert_given_back();
    assert!(rehearsal.verify().success(), "the chain is whole");
}

/// Waits until the journal holds the operation.
fn until_confirmed(rehearsal: &Rehearsal) {
    let deadline = std::time::Instant::now() + PATIENCE;
    while rehearsal.journal_is_empty() {
        assert!(
            std::time::Instant::now() < deadline,
            "nothing was written down"
        );
        std::thread::yield_now();
    }
}

#[test]
fn it_ends_in_order_with_an_operation_in_flight() {
    ends_in_flight(Signal::TERM, 143);
    ends_in_flight(Signal::HUP, 129);
    ends_in_flight(Signal::INT, 130);
}
