//! Where a log tells what went wrong, and reading a log of any size without
//! holding it. A failed log is opened at its first real error, not at its end:
//! the end only says that something failed.
//!
//! [`Reader`] is the whole: it reads a [`Source`] a piece at a time, answers
//! what the view asks and never waits. `index` finds lines, `scan` is the one
//! pass over the bytes, `search` what a person looks for, `fold` groups, `line`
//! one line as it is shown, `judge` what broke. See decisions/0012.

mod excerpt;
mod fold;
mod index;
mod judge;
mod line;
mod reader;
mod scan;
mod search;
mod source;
#[cfg(test)]
mod tests;

pub use self::{
    excerpt::{EXCERPT, Excerpt, excerpt},
    fold::Group,
    index::{BLOCK, Index},
    judge::Cause,
    line::{Kind, LONGEST_LINE, Line, searched},
    reader::{Ask, Reader, Seek, State, Told},
    search::Needle,
    source::Source,
};

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

/// What the runner writes before its last word.
const RUNNERS_WORD: &str = "##[error]";

/// The most lines that belong to one report.
pub const LONGEST_REPORT: usize = 12;

/// Whether a line reports an error.
#[must_use]
pub fn is_error(line: &str) -> bool {
    reports_error(line.as_bytes())
}

fn reports_error(line: &[u8]) -> bool {
    SIGNS.iter().any(|sign| holds(line, sign)) && !NOISE.iter().any(|noise| holds(line, noise))
}

fn holds(line: &[u8], word: &str) -> bool {
    memchr::memmem::find(line, word.as_bytes()).is_some()
}

/// A line as people read it: without the marks of groups, which stand before
/// the words: `##[group]`, and `section_start:1700000000:build` with a carriage
/// return and an erasure.
#[must_use]
pub fn without_marks(line: &str) -> &str {
    if let Some(title) = line.strip_prefix("##[group]") {
        return title;
    }
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
