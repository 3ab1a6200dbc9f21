//! The reader against a reference that holds the whole log.

use std::{
    io,
    sync::{Arc, Mutex},
};

use proptest::prelude::*;

use super::*;
use crate::{analysis::triage::Class, domain::Text};

/// A log that others can write to.
#[derive(Clone, Default)]
struct Growing(Arc<Mutex<Vec<u8>>>);

impl Growing {
    fn write(&self, more: &[u8]) {
        self.0.lock().expect("a lock").extend_from_slice(more);
    }
}

impl Source for Growing {
    fn size(&self) -> io::Result<u64> {
        self.0.lock().expect("a lock").size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        // Never more than asked for at once: readers have to go on.
        let length = buffer.len().min(100_000);
        self.0
            .lock()
            .expect("a lock")
            .read_at(offset, &mut buffer[..length])
    }
}

fn reader(log: &[u8]) -> Reader {
    Reader::open(Box::new(log.to_vec()), true).expect("bytes have a size")
}

fn run(reader: &mut Reader) -> Vec<Told> {
    let mut told = Vec::new();
    let mut steps = 0;
    while reader.is_busy() {
        told.extend(reader.step().expect("bytes can be read"));
        steps += 1;
        assert!(steps < 10_000, "it never ends");
    }
    told
}

fn ask(reader: &mut Reader, ask: Ask) -> Vec<Told> {
    let mut told = reader.ask(ask).expect("bytes can be read");
    told.extend(run(reader));
    told
}

fn opened(told: &[Told]) -> Option<u64> {
    told.iter()
        .find_map(|told| match told {
            Told::Opened(line) => Some(*line),
            _ => None,
        })
        .expect("it was opened")
}

fn state(told: &[Told]) -> &State {
    told.iter()
        .rev()
        .find_map(|told| match told {
            Told::State(state) => Some(state),
            _ => None,
        })
        .expect("its state was told")
}

fn lines(told: &[Told]) -> Vec<Line> {
    told.iter()
        .rev()
        .find_map(|told| match told {
            Told::Lines(lines) => Some(lines.clone()),
            _ => None,
        })
        .expect("lines were told")
}

fn hits(told: &[Told]) -> Vec<(u64, bool)> {
    told.iter()
        .filter_map(|told| match told {
            Told::Hit(_, line, round) => Some((*line, *round)),
            _ => None,
        })
        .collect()
}

fn next(reader: &mut Reader, of: Seek, from: u64, forward: bool) -> Vec<(u64, bool)> {
    hits(&ask(reader, Ask::Next { of, from, forward }))
}

#[test]
fn a_log_is_opened_at_the_error_and_not_at_the_runners_last_word() {
    let log =
        b"Run npm test\n  41 passed\nError: expect(received).toEqual(expected)\n  - fresh\n  \
                + stale\n\nat search.spec.ts:47\n##[error]Process completed with exit code 1.";
    let mut reader = reader(log);
    let told = run(&mut reader);
    assert_eq!(opened(&told), Some(2));
    assert_eq!((state(&told).errors, state(&told).lines), (1, 8));
    let kinds: Vec<Kind> = lines(&ask(&mut reader, Ask::lines(1..6)))
        .iter()
        .map(|line| line.kind)
        .collect();
    let report = Kind::Report;
    assert_eq!(
        kinds,
        [Kind::Plain, Kind::Error, report, report, Kind::Plain]
    );
    // What is shown may begin inside a report.
    let kinds: Vec<Kind> = lines(&ask(&mut reader, Ask::lines(4..6)))
        .iter()
        .map(|line| line.kind)
        .collect();
    assert_eq!(kinds, [report, Kind::Plain]);
}

#[test]
fn the_runners_last_word_is_better_than_nothing() {
    let told = run(&mut reader(
        b"make\n##[error]Process completed with exit code 2.",
    ));
    assert_eq!(opened(&told), Some(1));
    assert_eq!(state(&told).errors, 1);
    assert_eq!(opened(&run(&mut reader(b"all\nis\nwell\n"))), None);
    assert_eq!(opened(&reader(b"").step().expect("a step")), None);
}

#[test]
fn colours_do_not_hide_an_error() {
    let log = b"a\n\x1b[1m\x1b[31merror\x1b[0m\x1b[1m: mismatched types\x1b[0m\nb\n";
    let told = run(&mut reader(log));
    assert_eq!(state(&told).errors, 1);
}

#[test]
fn the_usual_tools_are_understood() {
    for line in [
        "error[E0308]: mismatched types",
        "src/main.c:4:2: error: expected ';'",
        "thread 'main' panicked at src/lib.rs:3:5:",
        "FAILED tests/test_search.py::test_fresh",
        "##[error]The operation was canceled.",
        "ERROR: could not connect",
    ] {
        assert!(is_error(line), "{line}");
    }
    for line in [
        "12 passed, 0 FAILED",
        "no errors",
        "Run failed-tests.sh",
        "",
    ] {
        assert!(!is_error(line), "{line}");
    }
}

#[test]
fn the_marks_of_sections_are_not_read_by_people() {
    let raw = "section_end:1795590464:step_script\r\u{1b}[0Ksection_start:1795590465:after\r\
               \u{1b}[0K\u{1b}[0K\u{1b}[36;1mRunning after_script\u{1b}[0;m";
    let line = Text::log_line(raw);
    assert_eq!(without_marks(&line), "Running after_script");
    let last = Text::log_line("section_end:1795590464:step_script\r\u{1b}[0K");
    assert_eq!(without_marks(&last), "");
    for line in [
        "section_start: of the essay",
        "a section_end:1:x",
        "",
        "section_end:x:y",
    ] {
        assert_eq!(without_marks(line), line);
    }
}

/// Lines of 100 bytes, with an error at one of them.
fn large(megabytes: usize, error: usize) -> Vec<u8> {
    let mut log = Vec::with_capacity(megabytes << 20);
    let mut number = 0;
    while log.len() < megabytes << 20 {
        let words = if number == error {
            "src/main.c:7:2: error: unknown type name 'sizet'"
        } else {
            "compiling another file of the project"
        };
        log.extend_from_slice(format!("{number:<20} {words:<78}\n").as_bytes());
        number += 1;
    }
    log
}

#[test]
fn the_first_error_of_a_large_log_is_shown_before_the_rest_is_read() {
    let mut reader = reader(&large(9, 30_000));
    let mut told = Vec::new();
    while !told.iter().any(|told| matches!(told, Told::Opened(_))) {
        told.extend(reader.step().expect("a step"));
    }
    assert_eq!(opened(&told), Some(30_000));
    let seen = state(&told);
    assert!(seen.read < 5 << 20 && seen.bytes > 9 << 20, "{seen:?}");
    let shown = ask_once(&mut reader, Ask::lines(29_999..30_001));
    assert!(shown[1].shown().contains("unknown type name"));
    let told = run(&mut reader);
    assert_eq!(state(&told).read, state(&told).bytes);
    assert!(told.iter().any(|told| matches!(
        told,
        Told::Judged(Some(Cause {
            class: Class::Code,
            line: Some(30_000),
            whole: true,
            ..
        }))
    )));
    // The index takes eight bytes for 64 KiB.
    let last = state(&told).lines - 1;
    assert_eq!(
        lines(&ask(&mut reader, Ask::lines(last..last + 9)))[0].number,
        last
    );
}

fn ask_once(reader: &mut Reader, ask: Ask) -> Vec<Line> {
    lines(&reader.ask(ask).expect("bytes can be read"))
}

#[test]
fn a_line_of_many_megabytes_costs_nothing() {
    let mut log = b"first\n".to_vec();
    log.extend(std::iter::repeat_n(b'x', 9 << 20));
    log.extend_from_slice(b" error: late\nthird error: here\n");
    log.extend(std::iter::repeat_n(b'y', 3 << 20));
    let mut reader = reader(&log);
    let told = run(&mut reader);
    // What is not shown of a line is not searched either.
    assert_eq!((opened(&told), state(&told).lines), (Some(2), 4));
    let shown = lines(&ask(&mut reader, Ask::lines(0..9)));
    assert_eq!(shown.len(), 4);
    assert!(shown[1].text.text().len() <= LONGEST_LINE);
    assert!(
        shown[1]
            .text
            .text()
            .ends_with(&format!("+{}", (9 << 20) + 12 - (LONGEST_LINE - 32)))
    );
    assert_eq!(shown[2].shown(), "third error: here");
    let told = ask(
        &mut reader,
        Ask::Search {
            pattern: "here|^y+|late".to_owned(),
            from: 0,
        },
    );
    assert_eq!(
        (hits(&told), state(&told).found),
        (vec![(2, false)], Some((2, true, false)))
    );
}

#[test]
fn a_search_begins_where_the_person_is_and_goes_round() {
    let mut reader = reader(b"x\na\nx\na\nx\nA\n");
    run(&mut reader);
    let told = ask(
        &mut reader,
        Ask::Search {
            pattern: "a".to_owned(),
            from: 2,
        },
    );
    assert_eq!(hits(&told), [(3, false)]);
    assert_eq!(state(&told).found, Some((3, true, false)));
    assert_eq!(next(&mut reader, Seek::Match, 3, true), [(5, false)]);
    assert_eq!(next(&mut reader, Seek::Match, 5, true), [(1, true)]);
    assert_eq!(next(&mut reader, Seek::Match, 3, false), [(1, false)]);
    assert_eq!(next(&mut reader, Seek::Match, 1, false), [(5, true)]);
    let told = ask(
        &mut reader,
        Ask::Search {
            pattern: "z".to_owned(),
            from: 0,
        },
    );
    assert!(told.contains(&Told::NoHit(Seek::Match)));
    let told = ask(&mut reader, Ask::Text(1..3));
    assert_eq!(told, [Told::Text("a\nx".to_owned(), 2)]);
}

#[test]
fn what_grows_is_read_on_and_what_shrinks_is_read_anew() {
    let log = Growing::default();
    let mut reader = Reader::open(Box::new(log.clone()), false).expect("a size");
    assert_eq!(opened(&reader.step().expect("a step")), None);
    log.write(b"one\ntw");
    let told = ask(&mut reader, Ask::Grown { complete: false });
    assert_eq!(state(&told).lines, 2);
    log.write(b"o\nthree error");
    let told = ask(&mut reader, Ask::Grown { complete: false });
    assert_eq!((state(&told).lines, state(&told).errors), (3, 0));
    let told = ask(
        &mut reader,
        Ask::Search {
            pattern: "o".to_owned(),
            from: 0,
        },
    );
    assert_eq!(state(&told).found, Some((3, true, false)));
    log.write(b": x\nfour o");
    let told = ask(&mut reader, Ask::Grown { complete: true });
    assert_eq!((state(&told).lines, state(&told).errors), (4, 1));
    assert_eq!(state(&told).found, Some((4, true, false)));
    assert!(told.iter().any(|told| matches!(told, Told::Judged(_))));
    log.0.lock().expect("a lock").truncate(3);
    let told = ask(&mut reader, Ask::Grown { complete: false });
    assert_eq!(told.first(), Some(&Told::Again));
    assert_eq!((state(&told).lines, state(&told).errors), (1, 0));
}

fn line_of_a_log() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => "[a-c ]{0,12}".prop_map(String::into_bytes),
        1 => Just(b"error: a".to_vec()),
        1 => Just(b"##[error]Process completed with exit code 1.".to_vec()),
        1 => Just(b"\x1b[31merror\x1b[0m: b\r".to_vec()),
        1 => Just(b"##[group]a".to_vec()),
        1 => Just(b"##[endgroup]".to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
        1 => (0_usize..90_000).prop_map(|length| vec![b'b'; length]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn windows_errors_and_hits_are_those_of_the_reference(
        rows in prop::collection::vec(line_of_a_log(), 0..40),
        from in 0_u64..60,
        length in 0_u64..30,
        cuts in prop::collection::vec(0_usize..400_000, 0..4),
        pattern in prop_oneof![Just("a"), Just("^b"), Just("b c|error"), Just("c$"), Just("[^a]b")],
        forward in any::<bool>(),
    ) {
        let log = rows.join(&b'\n');
        let mut naive: Vec<&[u8]> = log.split(|byte| *byte == b'\n').collect();
        if naive.last().is_some_and(|last| last.is_empty()) {
            naive.pop();
        }
        // It grows in pieces while it is read.
        let growing = Growing::default();
        let mut reader = Reader::open(Box::new(growing.clone()), false).expect("a size");
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (log.len() + 1)).collect();
        cuts.push(log.len());
        cuts.sort_unstable();
        let mut done = 0;
        let mut told = Vec::new();
        for cut in cuts {
            growing.write(&log[done..cut]);
            done = cut;
            told.extend(ask(&mut reader, Ask::Grown { complete: cut == log.len() }));
        }
        told.extend(ask(&mut reader, Ask::Grown { complete: true }));
        told.extend(ask(&mut reader, Ask::Forget));
        let seen = state(&told).clone();
        prop_assert_eq!(seen.lines, naive.len() as u64);
        prop_assert_eq!(seen.read, log.len() as u64);

        let shown = lines(&ask(&mut reader, Ask::lines(from..from + length)));
        let expected: Vec<Line> = naive
            .iter()
            .enumerate()
            .skip(from as usize)
            .take(length as usize)
            .map(|(number, raw)| {
                let head = &raw[..raw.len().min(LONGEST_LINE)];
                Line::new(number as u64, head, raw.len() - head.len())
            })
            .collect();
        prop_assert_eq!(shown.len(), expected.len());
        for (one, other) in shown.iter().zip(&expected) {
            prop_assert_eq!(one.number, other.number);
            prop_assert_eq!(&one.text, &other.text);
        }

        let needle = Needle::new(pattern).expect("a pattern");
        let matches: Vec<u64> = (0_u64..)
            .zip(&naive)
            .filter(|(_, raw)| needle.is_in(raw))
            .map(|(number, _)| number)
            .collect();
        let told = ask(&mut reader, Ask::Search { pattern: pattern.to_owned(), from });
        prop_assert_eq!(state(&told).found.map(|found| found.0), Some(matches.len()));
        let start = from.min((naive.len() as u64).saturating_sub(1));
        let first = matches.iter().find(|line| **line >= start).or(matches.first());
        prop_assert_eq!(hits(&told).first().map(|hit| hit.0), first.copied());
        let then = if forward {
            matches.iter().find(|line| **line > from).or(matches.first())
        } else {
            matches.iter().rev().find(|line| **line < from).or(matches.last())
        };
        let told = next(&mut reader, Seek::Match, from, forward);
        prop_assert_eq!(told.first().map(|hit| hit.0), then.copied());

        let errors: Vec<u64> = expected_errors(&naive);
        prop_assert_eq!(seen.errors, errors.len());
        let then = if forward {
            errors.iter().find(|line| **line > from).or(errors.first())
        } else {
            errors.iter().rev().find(|line| **line < from).or(errors.last())
        };
        let told = next(&mut reader, Seek::Error, from, forward);
        prop_assert_eq!(told.first().map(|hit| hit.0), then.copied());
    }
}

fn expected_errors(naive: &[&[u8]]) -> Vec<u64> {
    let holding = |wanted: &dyn Fn(&str) -> bool| -> Vec<u64> {
        (0_u64..)
            .zip(naive)
            .filter(|(_, raw)| wanted(&String::from_utf8_lossy(&line::searched(raw))))
            .map(|(number, _)| number)
            .collect()
    };
    let errors = holding(&|line| is_error(line));
    if errors.is_empty() {
        holding(&|line| line.contains(RUNNERS_WORD))
    } else {
        errors
    }
}
