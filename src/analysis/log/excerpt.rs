//! What the errors of a log say, for whoever wants to know what they name.

use super::{LONGEST_REPORT, RUNNERS_WORD, is_error};
use crate::{
    analysis::triage::{Class, Rules, triage_lines},
    domain::Text,
};

/// Reports of errors that are taken.
const REPORTS: usize = 40;
/// Lines before the one that states the cause, and from it on.
const AROUND: (usize, usize) = (2, 14);

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

/// Reads the end of a log. It takes tenths of a second for a long one: not for
/// the loop that answers keys.
#[must_use]
pub fn excerpt(rules: &Rules, log: &[u8]) -> Excerpt {
    let lines: Vec<Text> = String::from_utf8_lossy(log)
        .split('\n')
        .map(Text::log_line)
        .collect();
    let report = triage_lines(rules, &lines);
    let mut errors = places(&lines, is_error);
    if errors.is_empty() {
        errors = places(&lines, |line| line.contains(RUNNERS_WORD));
    }
    let stated = report.first_error_line.map(|line| line - 1);
    let mark = stated.or_else(|| errors.first().copied());
    // Where it happened often stands apart from what happened.
    let near = mark.map_or(0..0, |mark| {
        mark.saturating_sub(AROUND.0)..(mark + AROUND.1).min(lines.len())
    });
    let reports = errors.iter().take(REPORTS).map(|start| {
        let more = lines
            .iter()
            .skip(start + 1)
            .take(LONGEST_REPORT - 1)
            .take_while(|line| line.starts_with([' ', '\t']) && !line.trim().is_empty())
            .count();
        *start..start + 1 + more
    });
    let taken = std::iter::once(near).chain(reports);
    Excerpt {
        cause: (report.class != Class::None).then_some((report.class, report.summary)),
        lines: taken
            .flat_map(|range| lines.get(range).unwrap_or_default())
            .cloned()
            .collect(),
    }
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
    use crate::analysis::triage::shipped_rules;

    fn of(log: &str) -> Vec<String> {
        let found = excerpt(shipped_rules(), log.as_bytes());
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
}
