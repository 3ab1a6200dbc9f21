//! `tminus log`: files of any size and of any content, by keys.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufWriter, Write as _},
    path::Path,
};

use portable_pty::CommandBuilder;
use rustix::process::Signal;

use super::{
    grammar::fault,
    harness::{Ended, Session},
};

fn opened(file: &Path, columns: u16, rows: u16) -> Session {
    let home = file.parent().unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tminus"));
    command.arg("log");
    command.arg(file);
    command.env("HOME", home);
    command.env("TMPDIR", home);
    command.env_remove("TMINUS_CONFIG");
    command.cwd(home);
    Session::start(command, columns, rows)
}

/// 200 MB with an error in line 50,001 and a word in line 60,001.
fn large(path: &Path) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    let filler = "2026-11-22T06:58:52.3309870Z compiling another file, which is well, and so on\n";
    let many = filler.repeat(10_000);
    for _ in 0..5 {
        file.write_all(many.as_bytes()).unwrap();
    }
    file.write_all(b"src/main.c:7:2: \x1b[31merror\x1b[0m: unknown type name 'sizet'\n")
        .unwrap();
    file.write_all(&many.as_bytes()[filler.len()..]).unwrap();
    file.write_all(b"the needle (1) of this log\n").unwrap();
    for _ in 0..250 {
        file.write_all(many.as_bytes()).unwrap();
    }
    file.flush().unwrap();
}

#[test]
fn a_large_log_is_opened_at_its_first_error_and_searched() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("large.log");
    large(&path);
    let mut session = opened(&path, 100, 24);
    session.wait_for("error: unknown type name 'sizet'");
    session.wait_for("line 50,001 of");
    session.press("/needle (<enter>");
    session.wait_for("the needle (1) of this log");
    session.wait_for("line 60,001 of");
    session.press("{");
    session.wait_for("line 50,001 of");
    session.press("s");
    session.wait_for("saved as");
    session.press("<esc>q");
    assert_eq!(session.wait_for_end(), Ended::Status(0));
    let copy = fs::metadata(place.path().join("large-2.log")).unwrap();
    assert_eq!(copy.len(), fs::metadata(&path).unwrap().len());
}

#[test]
fn a_file_that_grows_is_followed_until_somebody_moves() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("growing.log");
    let lines: Vec<String> = (1..=100)
        .map(|line| format!("line number {line}\n"))
        .collect();
    fs::write(&path, lines.concat()).unwrap();
    let mut session = opened(&path, 80, 24);
    session.wait_for("line number 100");
    let more = |words: &str| {
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(words.as_bytes()).unwrap();
    };
    more("something came\n");
    session.wait_for("something came");
    session.press("g");
    session.wait_for("line 1 of 101");
    more("something else came\n");
    session.wait_for("line 1 of 102");
    assert!(!session.contents().contains("else"));
    session.press("f");
    session.wait_for("something else came");
    session.press("q");
    assert_eq!(session.wait_for_end(), Ended::Status(0));
}

#[test]
fn no_line_of_a_log_moves_anything() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("hostile.log");
    let corpus: Vec<(String, String)> =
        serde_json::from_str(include_str!("../fixtures/neutral.json")).unwrap();
    let mut log = String::new();
    for (raw, _) in &corpus {
        log.push_str(&raw.replace('\n', " "));
        log.push('\n');
    }
    log.push_str("the last line\n");
    fs::write(&path, log).unwrap();
    let mut session = opened(&path, 80, 24);
    session.wait_for("hostile.log");
    session.press("g");
    session.wait_for("line 1 of");
    for _ in 0..=corpus.len() / 18 {
        session.press("<ctrl-f>");
        let screen = session.contents();
        let last = screen.lines().last().unwrap_or_default();
        assert!(last.contains("? help"), "{screen}");
        assert!(
            screen.lines().any(|line| line.contains("Log · ")),
            "{screen}"
        );
    }
    session.wait_for("the last line");
    session.press("W");
    session.press("g");
    session.wait_for("line 1 of");
    let written = session.bytes_since(0);
    if let Err(fault) = fault(&written) {
        panic!("{fault}");
    }
    session.signal(Signal::TERM);
}
