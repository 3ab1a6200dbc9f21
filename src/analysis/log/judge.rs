//! What broke, of a log of any size: all of it up to 64 MiB, else its first 16
//! and its last 48 MiB, where failures begin and where they are told.

use std::io;

use super::{
    index::Index,
    line::LONGEST_LINE,
    source::{Source, fill},
};
use crate::{
    analysis::triage::{Class, Rules, Triage},
    domain::Text,
};

/// How much of a log is judged, in bytes: all of it up to the sum of both, else
/// its first and its last part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    pub head: u64,
    pub tail: u64,
}

/// What is judged of every log.
pub(super) const ENDS: Ends = Ends {
    head: 16 * 1024 * 1024,
    tail: 48 * 1024 * 1024,
};

/// How much is read at once.
const STEP: usize = 256 * 1024;

/// What broke.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// In a word.
    pub class: Class,
    /// In a sentence.
    pub summary: Text,
    /// The line that states it, counted from 0; none where none does.
    pub line: Option<u64>,
    /// Whether all of the log was judged, not only its ends.
    pub whole: bool,
}

/// A log that is being judged.
#[derive(Debug)]
pub(super) struct Judge {
    triage: Triage<'static>,
    /// Where the next bytes are read.
    at: u64,
    /// Where the first part ends.
    head: u64,
    /// Lines in the first part, once it was read.
    head_lines: Option<u64>,
    /// Where the second part begins, and with which line.
    tail: (u64, u64),
    end: u64,
    lines: u64,
    whole: bool,
}

impl Judge {
    /// Begins to judge the first `end` bytes.
    pub fn new(
        rules: &'static Rules,
        index: &Index,
        end: u64,
        ends: Ends,
        source: &dyn Source,
    ) -> io::Result<Self> {
        let whole = end <= ends.head + ends.tail;
        let (head, tail) = if whole {
            (end, (end, 0))
        } else {
            let head_line = index.line_at(ends.head, source)?;
            let head = index.start(head_line, source)?.unwrap_or(0);
            let line = index.line_at(end - ends.tail, source)? + 1;
            let begin = index.start(line, source)?.unwrap_or(end);
            (head, (begin.max(head), line.max(head_line)))
        };
        Ok(Self {
            triage: Triage::new(rules),
            at: 0,
            head,
            head_lines: None,
            tail,
            end,
            lines: 0,
            whole,
        })
    }

    /// Reads on; the cause once all was read.
    pub fn step(
        &mut self,
        index: &Index,
        source: &dyn Source,
        buffer: &mut Vec<u8>,
    ) -> io::Result<bool> {
        if self.at >= self.head && self.head_lines.is_none() {
            self.head_lines = Some(self.lines);
            self.at = self.tail.0;
        }
        let until = if self.head_lines.is_none() {
            self.head
        } else {
            self.end
        };
        if self.at >= until {
            return Ok(true);
        }
        let length = (until - self.at).min(STEP as u64) as usize;
        fill(source, self.at, length, buffer)?;
        if buffer.is_empty() {
            // It became shorter: what was read counts.
            self.at = until;
            return Ok(false);
        }
        let last = self.at + buffer.len() as u64 >= until;
        let whole = match memchr::memrchr(b'\n', buffer) {
            Some(end) => end + 1,
            None if last => buffer.len(),
            // The start of a line that is longer than what is read of one.
            None => {
                self.triage
                    .line(buffer.get(..LONGEST_LINE).unwrap_or(buffer));
                self.lines += 1;
                let line = index.line_at(self.at, source)?;
                self.at = index.start(line + 1, source)?.unwrap_or(until);
                return Ok(false);
            }
        };
        let taken = if last { buffer.len() } else { whole };
        let part = &buffer[..taken];
        self.lines += memchr::memchr_iter(b'\n', part).count() as u64;
        self.lines += u64::from(!part.ends_with(b"\n"));
        self.triage.read(part);
        self.at += taken as u64;
        Ok(false)
    }

    /// What was found; none where nothing failed.
    pub fn finish(self) -> Option<Cause> {
        let report = self.triage.finish();
        let head_lines = self.head_lines.unwrap_or(self.lines);
        let line = report.first_error_line.map(|line| {
            let line = line as u64 - 1;
            if line < head_lines {
                line
            } else {
                self.tail.1 + (line - head_lines)
            }
        });
        (report.class != Class::None).then_some(Cause {
            class: report.class,
            summary: report.summary,
            line,
            whole: self.whole,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::triage::shipped_rules;

    fn judged(log: &[u8], ends: Ends) -> Option<Cause> {
        let mut index = Index::default();
        index.extend(log);
        let source = log.to_vec();
        let mut judge =
            Judge::new(shipped_rules(), &index, log.len() as u64, ends, &source).expect("bytes");
        let mut buffer = Vec::new();
        while !judge.step(&index, &source, &mut buffer).expect("bytes") {}
        judge.finish()
    }

    #[test]
    fn of_a_huge_log_both_ends_are_judged_and_that_is_said() {
        let filler = b"compiling another file\n".repeat(1_000);
        let error: &[u8] = b"src/main.c:7:2: error: unknown type name 'sizet'\n";
        let end: &[u8] = b"make: *** [all] Error 1\n";
        let ends = Ends {
            head: 4_000,
            tail: 8_000,
        };
        let late = [&filler, error, end].concat();
        let cause = judged(&late, ends).expect("it failed");
        assert_eq!((cause.line, cause.whole), (Some(1_000), false));
        let early = [b"first\n", error, &filler, end].concat();
        let cause = judged(&early, ends).expect("it failed");
        assert_eq!((cause.line, cause.whole), (Some(1), false));
        let all = Ends {
            head: 40_000,
            tail: 40_000,
        };
        assert!(judged(&late, all).expect("it failed").whole);
        // A line that is longer than what is judged.
        let long = [&b"x".repeat(30_000), &b"\n"[..], error, end].concat();
        let cause = judged(&long, ends).expect("it failed");
        assert_eq!(cause.line, Some(1));
    }
}
