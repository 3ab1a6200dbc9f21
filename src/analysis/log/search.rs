//! What a person searches for, and the lines that hold it.

use regex::{Regex, RegexBuilder, bytes};

use super::line::{put_searched, searched};

/// The most memory that one pattern may take, in bytes.
const LARGEST: usize = 1 << 20;

/// The most lines that are remembered; a search that finds more stops counting.
pub(super) const MOST_HITS: usize = 1 << 20;

/// What is searched for.
#[derive(Clone, Debug)]
pub struct Needle {
    bytes: bytes::Regex,
    /// Candidates in many lines at once; none where a line has to be seen alone.
    many: Option<bytes::Regex>,
    text: Regex,
    /// True when it is no valid regular expression: plain words then.
    pub plain: bool,
}

impl Needle {
    /// Reads a pattern: a regular expression, or plain words where it is none.
    /// Capitals count only when there is one in it. None for an empty pattern,
    /// or one that is too large.
    #[must_use]
    pub fn new(pattern: &str) -> Option<Self> {
        if pattern.is_empty() {
            return None;
        }
        Self::build(pattern, false).or_else(|| Self::build(&regex::escape(pattern), true))
    }

    fn build(pattern: &str, plain: bool) -> Option<Self> {
        let any_case = !pattern.chars().any(char::is_uppercase);
        let text = RegexBuilder::new(pattern)
            .case_insensitive(any_case)
            .size_limit(LARGEST)
            .build()
            .ok()?;
        let many = |source: &str| {
            bytes::RegexBuilder::new(source)
                .case_insensitive(any_case)
                .size_limit(LARGEST)
                .build()
                .ok()
        };
        let bytes = many(pattern)?;
        // What looks at the ends of a line sees other ends among many lines.
        let looks = regex_syntax::parse(pattern)
            .map_or(true, |parsed| !parsed.properties().look_set().is_empty());
        Some(Self {
            many: if looks { None } else { many(pattern) },
            bytes,
            text,
            plain,
        })
    }

    /// Whether a line holds it, given the line's bytes as they lie.
    #[must_use]
    pub fn is_in(&self, raw: &[u8]) -> bool {
        self.bytes.is_match(&searched(raw))
    }

    /// Where it stands in a text, in bytes; nothing for what is empty.
    pub fn places<'t>(
        &'t self,
        text: &'t str,
    ) -> impl Iterator<Item = std::ops::Range<usize>> + 't {
        self.text
            .find_iter(text)
            .map(|found| found.range())
            .filter(|range| !range.is_empty())
    }

    /// Tells the lines of a part of a log that hold it, counted from 0 in the
    /// part, in order. The part begins with a line.
    pub(super) fn lines_in(&self, part: &[u8], found: &mut dyn FnMut(u64)) {
        // Colours stand between the letters: they are taken off first, and so is
        // what comes before the words where their start matters.
        let cleaned = self.many.is_none() || memchr::memchr(27, part).is_some();
        let mut plain = Vec::new();
        let part = if cleaned {
            plain.reserve(part.len() + 1);
            for line in lines(part) {
                put_searched(line, &mut plain);
                plain.push(b'\n');
            }
            plain.as_slice()
        } else {
            part
        };
        let holds = |line: &[u8]| {
            if cleaned {
                self.bytes.is_match(line)
            } else {
                self.is_in(line)
            }
        };
        let Some(many) = &self.many else {
            for (number, line) in (0..).zip(lines(part)) {
                if holds(line) {
                    found(number);
                }
            }
            return;
        };
        let (mut from, mut number) = (0, 0);
        while let Some(candidate) = many.find_at(part, from) {
            let at = candidate.start();
            let passed = part.get(from..at).unwrap_or_default();
            number += memchr::memchr_iter(b'\n', passed).count() as u64;
            let begin =
                memchr::memrchr(b'\n', part.get(..at).unwrap_or_default()).map_or(0, |end| end + 1);
            let end = memchr::memchr(b'\n', part.get(at..).unwrap_or_default())
                .map_or(part.len(), |end| at + end);
            if begin < part.len() && holds(part.get(begin..end).unwrap_or_default()) {
                found(number);
            }
            number += 1;
            from = end + 1;
            if from > part.len() {
                break;
            }
        }
    }
}

/// The lines of a part, the last one with or without its end.
fn lines(part: &[u8]) -> impl Iterator<Item = &[u8]> {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    let mut rest = Some(part);
    std::iter::from_fn(move || {
        let part = rest?;
        match memchr::memchr(b'\n', part) {
            Some(end) => {
                let (line, after) = part.split_at(end);
                rest = after.get(1..);
                Some(line)
            }
            None => {
                rest = None;
                Some(part)
            }
        }
    })
}

/// What a question for the next hit brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// This line; `true` when the search went round the end of the log.
    Found(u64, bool),
    /// There is none.
    Nothing,
    /// Not all that decides was read yet.
    NotYet,
}

/// Lines in order, with what of the log they are known of.
#[derive(Clone, Debug, Default)]
pub(super) struct Hits {
    /// Lines from where the search began on.
    pub after: Vec<u32>,
    /// Lines before that.
    pub before: Vec<u32>,
    /// The line at which it began.
    pub origin: u64,
    /// The first line, from the origin on, that was not read.
    pub after_until: u64,
    /// The first line, from the start of the log on, that was not read.
    pub before_until: u64,
    /// All from the origin to the end was read.
    pub after_done: bool,
    /// All before the origin was read.
    pub before_done: bool,
}

impl Hits {
    pub fn count(&self) -> usize {
        self.after.len() + self.before.len()
    }

    /// The first hit from the origin on.
    pub fn first(&self) -> Next {
        match (self.after.first(), self.before.first()) {
            (Some(line), _) => Next::Found(u64::from(*line), false),
            (None, _) if !self.after_done => Next::NotYet,
            (None, Some(line)) => Next::Found(u64::from(*line), true),
            (None, None) if self.before_done => Next::Nothing,
            (None, None) => Next::NotYet,
        }
    }

    /// The hit next to a line, which is itself none of the answers unless it
    /// is the only one.
    pub fn next(&self, from: u64, forward: bool) -> Next {
        if forward {
            self.forward(from)
        } else {
            self.backward(from)
        }
    }

    fn forward(&self, from: u64) -> Next {
        let above = |list: &[u32]| {
            let at = list.partition_point(|line| u64::from(*line) <= from);
            list.get(at).map(|line| u64::from(*line))
        };
        if from < self.origin {
            if let Some(line) = above(&self.before) {
                return Next::Found(line, false);
            }
            if !self.before_done {
                return Next::NotYet;
            }
        }
        if let Some(line) = above(&self.after) {
            return Next::Found(line, false);
        }
        if !self.after_done {
            return Next::NotYet;
        }
        match (self.before.first(), self.before_done, self.after.first()) {
            (Some(line), _, _) | (None, true, Some(line)) => Next::Found(u64::from(*line), true),
            (None, false, _) => Next::NotYet,
            (None, true, None) => Next::Nothing,
        }
    }

    fn backward(&self, from: u64) -> Next {
        let below = |list: &[u32]| {
            let at = list.partition_point(|line| u64::from(*line) < from);
            at.checked_sub(1)
                .and_then(|at| list.get(at))
                .map(|line| u64::from(*line))
        };
        if from > self.origin {
            if from > self.after_until && !self.after_done {
                return Next::NotYet;
            }
            if let Some(line) = below(&self.after) {
                return Next::Found(line, false);
            }
        }
        let reached = from.min(self.origin);
        if reached > self.before_until && !self.before_done {
            return Next::NotYet;
        }
        if let Some(line) = below(&self.before) {
            return Next::Found(line, false);
        }
        if !self.after_done || !self.before_done {
            return Next::NotYet;
        }
        match self.after.last().or(self.before.last()) {
            Some(line) => Next::Found(u64::from(*line), true),
            None => Next::Nothing,
        }
    }
}

/// The next of lines in order that are known up to `until`, all of them where
/// `done`.
pub(super) fn next_of(list: &[u32], until: u64, done: bool, from: u64, forward: bool) -> Next {
    let hits = |line: Option<&u32>, round| match line {
        Some(line) => Next::Found(u64::from(*line), round),
        None => Next::Nothing,
    };
    if forward {
        let at = list.partition_point(|line| u64::from(*line) <= from);
        match list.get(at) {
            line @ Some(_) => hits(line, false),
            None if !done => Next::NotYet,
            None => hits(list.first(), true),
        }
    } else {
        let at = list.partition_point(|line| u64::from(*line) < from);
        match at.checked_sub(1).and_then(|at| list.get(at)) {
            _ if from > until && !done => Next::NotYet,
            line @ Some(_) => hits(line, false),
            None if !done => Next::NotYet,
            None => hits(list.last(), true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, part: &str) -> Vec<u64> {
        let needle = Needle::new(pattern).expect("a pattern");
        let mut found = Vec::new();
        needle.lines_in(part.as_bytes(), &mut |line| found.push(line));
        found
    }

    #[test]
    fn lines_are_found_as_a_person_sees_them() {
        assert_eq!(found("b", "a\nb\nab\n"), [1, 2]);
        assert_eq!(found("^b", "a\nb\nab\n"), [1]);
        assert_eq!(found("a$", "a\r\nab\na"), [0, 2]);
        assert_eq!(found("error: x", "\x1b[31merror\x1b[0m: x\nerror: y"), [0]);
        // Nothing that begins on one line is found because of the next.
        assert_eq!(found(r"a\s+b", "a\nb a  b\na\n"), [1]);
        assert_eq!(found("[^x]y", "a\ny\nzy"), [2]);
        assert_eq!(found("Ab", "ab\nAb\nAB"), [1]);
        assert_eq!(found("ab", "ab\nAb\nAB"), [0, 1, 2]);
        assert_eq!(found("^words", "2026-11-22T06:58:52Z words\nno"), [0]);
    }

    #[test]
    fn what_is_no_pattern_is_plain_words() {
        let needle = Needle::new("foo(").expect("words");
        assert!(needle.plain && needle.is_in(b"call foo(1)") && !needle.is_in(b"foo"));
        assert!(Needle::new("").is_none());
        assert!(!Needle::new("a+").expect("a pattern").plain);
        let places: Vec<_> = Needle::new("l+")
            .expect("a pattern")
            .places("hello l")
            .collect();
        assert_eq!(places, [2..4, 6..7]);
    }

    #[test]
    fn the_next_hit_is_told_once_it_is_certain() {
        let mut hits = Hits {
            after: vec![10, 20],
            before: vec![2],
            origin: 8,
            after_until: 25,
            before_until: 3,
            ..Hits::default()
        };
        assert_eq!(hits.next(9, true), Next::Found(10, false));
        assert_eq!(hits.next(20, true), Next::NotYet);
        assert_eq!(hits.next(20, false), Next::Found(10, false));
        assert_eq!(hits.next(30, false), Next::NotYet);
        assert_eq!(hits.next(10, false), Next::NotYet);
        assert_eq!(hits.next(3, false), Next::Found(2, false));
        assert_eq!(hits.next(0, true), Next::Found(2, false));
        hits.after_done = true;
        assert_eq!(hits.next(20, true), Next::Found(2, true));
        assert_eq!(hits.next(2, false), Next::NotYet);
        hits.before_done = true;
        assert_eq!(hits.next(2, false), Next::Found(20, true));
        assert_eq!(hits.next(5, true), Next::Found(10, false));
        assert_eq!(
            Hits {
                before_done: true,
                after_done: true,
                ..Hits::default()
            }
            .next(0, true),
            Next::Nothing
        );
    }
}
