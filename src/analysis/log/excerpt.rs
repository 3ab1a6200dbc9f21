//! What the errors at the end of a log say, for whoever wants to know what they
//! name. The [`Reader`] reads it as it reads a log that is shown.

use std::io;

use super::{
    Ask, Kind, LONGEST_REPORT, Reader, Source, Told,
    source::{PIECE, fill},
};
use crate::{
    analysis::triage::{Class, Rules},
    domain::Text,
};

/// Reports of errors that are taken.
const REPORTS: usize = 40;
/// Lines before the one that states the cause, and from it on.
const AROUND: (u64, u64) = (2, 14);

/// The most bytes at the end of a log that are read for it.
pub const EXCERPT: u64 = 8 * 1024 * 1024;

/// What the errors of a log say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Excerpt {
    /// What broke, in a word and a sentence; none where nothing says what.
    pub cause: Option<(Class, Text)>,
    /// The lines around the one that states the cause, and the reports of
    /// errors.
    pub lines: Vec<Text>,
}

/// Reads the last [`EXCERPT`] bytes of a log. It takes tenths of a second for a
/// long one: not for the loop that answers keys.
///
/// # Errors
/// When the log cannot be read.
pub fn excerpt(rules: &'static Rules, log: Box<dyn Source>) -> io::Result<Excerpt> {
    let mut reader = Reader::open(Box::new(End::of(log)?), true)?.judged_by(rules);
    let mut cause = None;
    while reader.is_busy() {
        for told in reader.step()? {
            if let Told::Judged(found) = told {
                cause = found;
            }
        }
    }
    let reports: Vec<u64> = reader.reports().take(REPORTS).collect();
    let stated = cause.as_ref().and_then(|cause| cause.line);
    let mut lines = Vec::new();
    // Where it happened often stands apart from what happened.
    if let Some(mark) = stated.or_else(|| reports.first().copied()) {
        let near = mark.saturating_sub(AROUND.0)..mark + AROUND.1;
        let shown = shown(reader.ask(Ask::lines(near))?);
        lines.extend(shown.map(|line| line.text.text().clone()));
    }
    for start in reports {
        let shown = shown(reader.ask(Ask::lines(start..start + LONGEST_REPORT as u64))?);
        let report = shown
            .enumerate()
            .take_while(|(place, line)| *place == 0 || line.kind == Kind::Report);
        lines.extend(report.map(|(_, line)| line.text.text().clone()));
    }
    Ok(Excerpt {
        cause: cause.map(|cause| (cause.class, cause.summary)),
        lines,
    })
}

fn shown(told: Vec<Told>) -> impl Iterator<Item = super::Line> {
    told.into_iter()
        .filter_map(|told| match told {
            Told::Lines(lines) => Some(lines),
            _ => None,
        })
        .flatten()
}

/// The end of a log, from the start of a line on.
struct End {
    log: Box<dyn Source>,
    from: u64,
}

impl End {
    fn of(log: Box<dyn Source>) -> io::Result<Self> {
        let mut from = log.size()?.saturating_sub(EXCERPT);
        if from > 0 {
            let mut bytes = Vec::new();
            fill(log.as_ref(), from, PIECE, &mut bytes)?;
            // A line of more than a piece is read from its middle on.
            let end = memchr::memchr(b'\n', &bytes);
            from += end.map_or(0, |end| end as u64 + 1);
        }
        Ok(Self { log, from })
    }
}

impl Source for End {
    fn size(&self) -> io::Result<u64> {
        Ok(self.log.size()?.saturating_sub(self.from))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.log.read_at(self.from + offset, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::triage::shipped_rules;

    fn read(log: Vec<u8>) -> Excerpt {
        excerpt(shipped_rules(), Box::new(log)).expect("bytes")
    }

    fn of(log: &str) -> Vec<String> {
        let found = read(log.as_bytes().to_vec());
        found.lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_stands_around_the_cause_and_under_each_error_is_taken() {
        let filler = "compiling\n".repeat(100);
        let log = format!(
            "{filler}src/a.rs here\nerror[E0308]: mismatched types\n  --> src/b.rs:3:5\n{filler}\
             FAILED tests/c.py::d\n\tat tests/c.py:9\nend\n{filler}"
        );
        let lines = of(&log);
        for wanted in ["src/a.rs here", "  --> src/b.rs:3:5", "\tat tests/c.py:9"] {
            assert!(
                lines.iter().any(|line| line.trim() == wanted.trim()),
                "{wanted} is not in {lines:?}"
            );
        }
        assert!(!lines.iter().any(|line| line == "end"), "{lines:?}");
    }

    #[test]
    fn a_log_without_errors_says_nothing() {
        assert_eq!(of("all is well\n"), Vec::<String>::new());
        assert_eq!(of(""), Vec::<String>::new());
    }

    #[test]
    fn the_runners_last_word_is_better_than_nothing() {
        let lines = of("make\n##[error]Process completed with exit code 2.");
        assert!(lines.iter().any(|line| line.contains("exit code 2")));
    }

    #[test]
    fn below_an_error_the_words_count_and_not_the_instant_before_them() {
        let lines = of("2026-11-22T06:58:52Z FAILED tests/c.py::d\n\
                        2026-11-22T06:58:52Z     at tests/c.py:9\n");
        let said = |words: &str| lines.iter().filter(|line| line.contains(words)).count();
        // Near the cause, and as a part of its report.
        assert_eq!((said("FAILED"), said("at tests/c.py:9")), (2, 2));
    }

    #[test]
    fn of_a_long_log_the_end_is_read_from_the_start_of_a_line_on() {
        let filler = "a line of words\n".repeat(1_000_000);
        let log = format!("error: the first\n{filler}error: the last");
        let end = End::of(Box::new(log.clone().into_bytes())).expect("bytes");
        assert!((EXCERPT - 100..=EXCERPT).contains(&end.size().expect("bytes")));
        let mut head = [0; 16];
        assert_eq!(end.read_at(0, &mut head).expect("bytes"), 16);
        assert_eq!(&head, b"a line of words\n");
        let lines = read(log.into_bytes()).lines;
        assert!(lines.iter().any(|line| line.as_str() == "error: the last"));
        assert!(!lines.iter().any(|line| line.contains("the first")));
    }
}
