//! Where a log tells what went wrong. A failed log is opened at its first real
//! error, not at its end: the end only says that something failed.

use std::ops::Range;

use super::triage::{self, Class};
use crate::domain::Text;

/// Words that start a report of an error, wherever they stand in a line.
const SIGNS: [&str; 8] = [
    "##[error]",
    "error:",
    "Error:",
    "ERROR:",
    "error[",
    "FAILED",
    "panicked at",
    "Exception in thread",
];

/// Lines that carry a sign and report no error of their own: summaries of what
/// went well, and the runner's last word, which only repeats that it failed.
const NOISE: [&str; 5] = [
    "Process completed with exit code",
    " 0 FAILED",
    "FAILED: 0",
    "FAILED 0",
    "error: 0",
];

/// The most lines that belong to one report.
pub const LONGEST_REPORT: usize = 12;

/// What reading a whole log brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The line that states the cause, or the first that reports an error,
    /// counted from 0.
    pub mark: Option<usize>,
    /// What broke, in a word and a sentence; none where nothing did or nothing
    /// says what.
    pub cause: Option<(Class, Text)>,
    /// The lines that report errors, in order.
    pub errors: Vec<usize>,
}

/// Reads a log. It takes tenths of a second for a long one: not for the loop
/// that answers keys.
#[must_use]
pub fn read(lines: &[Text]) -> Reading {
    let report = triage::triage_lines(lines);
    let stated = report.first_error_line.map(|line| line - 1);
    Reading {
        mark: stated.or_else(|| first_error(lines)),
        cause: (report.class != Class::None).then_some((report.class, report.summary)),
        errors: errors(lines),
    }
}

/// Whether a line reports an error.
#[must_use]
pub fn is_error(line: &str) -> bool {
    SIGNS.iter().any(|sign| line.contains(sign)) && !NOISE.iter().any(|noise| line.contains(noise))
}

/// The lines that report errors, in order. The runner's last word counts only
/// where there is nothing better.
#[must_use]
pub fn errors(lines: &[Text]) -> Vec<usize> {
    let found: Vec<usize> = places(lines, is_error);
    if found.is_empty() {
        places(lines, |line| line.contains("##[error]"))
    } else {
        found
    }
}

/// The line to open a log at.
#[must_use]
pub fn first_error(lines: &[Text]) -> Option<usize> {
    lines
        .iter()
        .position(|line| is_error(line))
        .or_else(|| lines.iter().position(|line| line.contains("##[error]")))
}

/// The report that starts at a line: that line and the indented lines after it.
#[must_use]
pub fn report(lines: &[Text], start: usize) -> Range<usize> {
    if start >= lines.len() {
        return 0..0;
    }
    let more = lines
        .iter()
        .skip(start + 1)
        .take(LONGEST_REPORT - 1)
        .take_while(|line| line.starts_with([' ', '\t']) && !line.trim().is_empty())
        .count();
    start..start + 1 + more
}

/// A line as people read it: without the marks by which GitLab folds sections
/// (`section_start:1700000000:build`, a carriage return, an erasure), which
/// stand before the words.
#[must_use]
pub fn without_marks(line: &str) -> &str {
    let mark = |line: &str| -> Option<usize> {
        let rest = line
            .strip_prefix("section_start:")
            .or_else(|| line.strip_prefix("section_end:"))?;
        let (seconds, _) = rest.split_once(':')?;
        let is_time = !seconds.is_empty() && seconds.bytes().all(|byte| byte.is_ascii_digit());
        // A control character is shown as its picture; at the end of a line it
        // belonged to the line break.
        let end = line
            .find('\u{240d}')
            .map_or(line.len(), |at| at + '\u{240d}'.len_utf8());
        is_time.then_some(end)
    };
    let mut line = line;
    while let Some(end) = mark(line) {
        line = line.get(end..).unwrap_or_default();
    }
    line
}

fn places(lines: &[Text], wanted: impl Fn(&str) -> bool) -> Vec<usize> {
    lines
        .iter()
        .enumerate()
        .filter(|(_, line)| wanted(line))
        .map(|(place, _)| place)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Text> {
        text.lines().map(Text::new).collect()
    }

    #[test]
    fn a_log_is_opened_at_the_error_and_not_at_the_runners_last_word() {
        let log = lines(
            "Run npm test\n  ✓ 41 passed\nError: expect(received).toEqual(expected)\n  - fresh\n  \
             + stale\n\nat search.spec.ts:47\n##[error]Process completed with exit code 1.",
        );
        assert_eq!(first_error(&log), Some(2));
        assert_eq!(errors(&log), [2]);
        assert_eq!(report(&log, 2), 2..5);
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

    #[test]
    fn the_runners_last_word_is_better_than_nothing() {
        let log = lines("make\n##[error]Process completed with exit code 2.");
        assert_eq!(first_error(&log), Some(1));
        assert_eq!(errors(&log), [1]);
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
    fn a_report_never_leaves_the_log() {
        assert_eq!(report(&[], 3), 0..0);
        let log = lines("Error: x\n a\n b");
        assert_eq!(report(&log, 0), 0..3);
        assert_eq!(report(&log, 2), 2..3);
        assert_eq!(report(&log, 9), 0..0);
    }
}
