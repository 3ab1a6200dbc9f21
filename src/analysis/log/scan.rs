//! The one pass over a log: where lines begin, which report errors, which mark
//! groups.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::{
    RUNNERS_WORD, SIGNS,
    fold::Groups,
    holds,
    index::Index,
    line::{LONGEST_LINE, searched},
    reports_error,
    search::MOST_HITS,
};

/// Words by which groups are marked.
const MARKS: [&str; 6] = [
    "##[group]",
    "##[endgroup]",
    "section_start:",
    "section_end:",
    "[Pipeline] {",
    "[Pipeline] }",
];

/// Signs that a change of colour cuts off from their colon.
const COLOURED: [&str; 3] = ["error\u{1b}", "Error\u{1b}", "ERROR\u{1b}"];

/// All words that make a line worth a look.
static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(SIGNS.iter().chain(&MARKS).chain(&COLOURED))
        .ok()
});

/// What was seen of a log.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// Where its lines begin.
    pub index: Index,
    /// Lines that report errors, in order.
    pub errors: Vec<u32>,
    /// Lines of the runner's last word, which count where there are no others.
    pub last_words: Vec<u32>,
    /// Groups of lines.
    pub groups: Groups,
    /// How many bytes of the line that has no end yet were read.
    open: usize,
}

impl Scan {
    /// The bytes that come next: whole lines, or a part of a line that is too
    /// long to be held. A word that is cut in two by the end of such a part is
    /// not seen.
    pub fn extend(&mut self, part: &[u8]) {
        let mut done = 0;
        if let Some(words) = WORDS.as_ref() {
            let mut from = 0;
            while let Some(found) = words.find(aho_corasick::Input::new(part).range(from..)) {
                let begin = memchr::memrchr(b'\n', &part[..found.start()]).map_or(0, |end| end + 1);
                let end = memchr::memchr(b'\n', &part[found.end()..])
                    .map_or(part.len(), |end| found.end() + end);
                self.index.extend(&part[done..begin]);
                done = begin;
                // What is beyond the part of a line that is shown is not read.
                if begin > 0 || self.open < LONGEST_LINE {
                    self.line(&part[begin..end]);
                }
                from = (end + 1).min(part.len());
                if from == part.len() {
                    break;
                }
            }
        }
        self.index.extend(&part[done..]);
        self.open = match memchr::memrchr(b'\n', part) {
            Some(end) => part.len() - end - 1,
            None => self.open + part.len(),
        };
    }

    /// Looks at the last line, which has no end yet, without going beyond it.
    pub fn peek(&mut self, line: &[u8]) {
        if self.open == 0 {
            self.errors_in(line);
        }
    }

    /// Whether a part of a line was taken in that has no end yet.
    pub fn is_open(&self) -> bool {
        self.open > 0
    }

    fn line(&mut self, line: &[u8]) {
        self.errors_in(line);
        let number = self.index.ends();
        let searched = searched(line);
        if MARKS
            .iter()
            .any(|mark| searched.starts_with(mark.as_bytes()))
        {
            self.groups.line(number, &searched);
        }
    }

    fn errors_in(&mut self, line: &[u8]) {
        let Ok(number) = u32::try_from(self.index.ends()) else {
            return;
        };
        let line = searched(line);
        // It was looked at before, while it had no end.
        for list in [&mut self.errors, &mut self.last_words] {
            if list.last() == Some(&number) {
                list.pop();
            }
        }
        let add = |list: &mut Vec<u32>| {
            if list.len() < MOST_HITS {
                list.push(number);
            }
        };
        if reports_error(&line) {
            add(&mut self.errors);
        } else if holds(&line, RUNNERS_WORD) {
            add(&mut self.last_words);
        }
    }

    /// The lines that report errors: the runner's last word only where there
    /// is nothing better.
    pub fn reports(&self) -> &[u32] {
        if self.errors.is_empty() {
            &self.last_words
        } else {
            &self.errors
        }
    }
}
