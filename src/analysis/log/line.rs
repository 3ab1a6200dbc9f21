//! From the bytes of a line to what a person reads of it.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDateTime, Utc};

use super::{is_error, without_marks};
use crate::domain::{LOG_LINE_LIMIT, LogLine};

/// The most bytes of a line that are read; what comes after them is counted.
pub const LONGEST_LINE: usize = LOG_LINE_LIMIT;

const ESCAPE: u8 = 27;

/// What a line is besides text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A line like others.
    #[default]
    Plain,
    /// It reports an error.
    Error,
    /// It belongs to the report of an error above it.
    Report,
}

/// One line as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its place in the log, counted from 0.
    pub number: u64,
    /// All of it, made harmless.
    pub text: LogLine,
    /// Where its words begin in the text: behind the vendor's instant and the
    /// marks of groups.
    pub words: usize,
    /// The instant that the vendor wrote before it.
    pub instant: Option<DateTime<Utc>>,
    /// What it is.
    pub kind: Kind,
}

impl Line {
    /// The line of these bytes, without its line end; `missing` bytes more
    /// were not read.
    #[must_use]
    pub fn new(number: u64, raw: &[u8], missing: usize) -> Self {
        let text = LogLine::with_missing(&String::from_utf8_lossy(raw), missing);
        let shown = text.text().as_str();
        let (instant, begin) = instant(shown);
        let words = shown.get(begin..).unwrap_or_default();
        let words = shown.len() - without_marks(words).len();
        let kind = if is_error(shown) {
            Kind::Error
        } else {
            Kind::Plain
        };
        Self {
            number,
            text,
            words,
            instant,
            kind,
        }
    }

    /// The words without instant and marks.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.text.text().get(self.words..).unwrap_or_default()
    }

    /// Whether a line below an error belongs to its report.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        let words = self.shown();
        words.starts_with(' ') && !words.trim().is_empty()
    }
}

/// The instant before a line (`2026-11-22T06:58:52.3309870Z `, with GitLab's
/// stream mark `00O ` after it), and where what comes after it begins. 29
/// columns that nobody reads and that push the message off a narrow screen.
#[must_use]
pub fn instant(line: &str) -> (Option<DateTime<Utc>>, usize) {
    let from = if line.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else if line.starts_with("⟨FEFF⟩") {
        "⟨FEFF⟩".len()
    } else {
        0
    };
    let rest = line.get(from..).unwrap_or_default();
    let Some((word, end)) = instant_at(rest.as_bytes()) else {
        return (None, 0);
    };
    let word = rest.get(..word).unwrap_or_default();
    let parsed = NaiveDateTime::parse_from_str(word, "%Y-%m-%dT%H:%M:%S%.fZ").ok();
    (parsed.map(|instant| instant.and_utc()), from + end)
}

/// The length of the instant at the start, alone and with what belongs to it.
fn instant_at(line: &[u8]) -> Option<(usize, usize)> {
    if line.get(10) != Some(&b'T') {
        return None;
    }
    let head = line.get(..36).unwrap_or(line);
    let word = memchr::memchr(b' ', head).unwrap_or(head.len());
    if !is_instant(line.get(..word)?) {
        return None;
    }
    // GitLab: two hexadecimal digits, the stream, and `+` where the line goes on
    // from the one before.
    let end = match line.get(word..).unwrap_or_default() {
        [
            b' ',
            one,
            two,
            b'O' | b'E',
            sign @ (b' ' | b'+'),
            after @ ..,
        ] if one.is_ascii_hexdigit() && two.is_ascii_hexdigit() => {
            word + 5 + usize::from(*sign == b'+' && after.first() == Some(&b' '))
        }
        [b' ', ..] => word + 1,
        _ => word,
    };
    Some((word, end))
}

fn is_instant(bytes: &[u8]) -> bool {
    (20..=35).contains(&bytes.len())
        && bytes.get(10) == Some(&b'T')
        && bytes.last() == Some(&b'Z')
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            10 => *byte == b'T',
            13 | 16 => *byte == b':',
            19 => matches!(*byte, b'.' | b'Z'),
            _ => byte.is_ascii_digit() || at + 1 == bytes.len(),
        })
}

/// The bytes that a search looks at: without colours and erasures, without the
/// vendor's instant, and no more than is shown.
#[must_use]
pub fn searched(raw: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(ESCAPE, raw.get(..LONGEST_LINE).unwrap_or(raw)).is_some() {
        let mut plain = Vec::with_capacity(raw.len().min(LONGEST_LINE));
        put_searched(raw, &mut plain);
        return Cow::Owned(plain);
    }
    let raw = trimmed(raw);
    let begin = instant_at(raw).map_or(0, |(_, end)| end);
    Cow::Borrowed(raw.get(begin..).unwrap_or_default())
}

/// Appends [`searched`] bytes.
pub(super) fn put_searched(raw: &[u8], plain: &mut Vec<u8>) {
    let mut rest = trimmed(raw);
    // The instant is seldom coloured.
    if let Some((_, end)) = instant_at(rest) {
        rest = rest.get(end..).unwrap_or_default();
        put_without_styling(rest, plain);
        return;
    }
    let start = plain.len();
    put_without_styling(rest, plain);
    let begin = instant_at(plain.get(start..).unwrap_or_default());
    if let Some((_, end)) = begin {
        plain.drain(start..start + end);
    }
}

fn trimmed(raw: &[u8]) -> &[u8] {
    let raw = raw.get(..LONGEST_LINE).unwrap_or(raw);
    let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
    raw.strip_prefix("\u{feff}".as_bytes()).unwrap_or(raw)
}

/// Appends bytes without `CSI … m` and `CSI … K`.
fn put_without_styling(mut rest: &[u8], plain: &mut Vec<u8>) {
    while let Some(start) = memchr::memchr(ESCAPE, rest) {
        let (before, sequence) = rest.split_at(start);
        plain.extend_from_slice(before);
        let parameters = sequence
            .iter()
            .skip(2)
            .take_while(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'))
            .count();
        let is_styling = sequence.get(1) == Some(&b'[')
            && matches!(sequence.get(2 + parameters), Some(b'm' | b'K'));
        let length = if is_styling { parameters + 3 } else { 1 };
        if !is_styling {
            plain.push(ESCAPE);
        }
        rest = sequence.get(length..).unwrap_or_default();
    }
    plain.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instant_before_each_line_is_told_apart() {
        for (line, shown) in [
            ("2026-11-22T06:58:52.3309870Z Error: two", "Error: two"),
            ("2026-11-22T06:58:52Z   indented", "  indented"),
            ("2026-11-22T06:58:52.330987Z 00O words", "words"),
            ("2026-11-22T06:58:52.330987Z 01E+ words", "words"),
            ("\u{feff}2026-11-22T06:58:52Z first", "first"),
            ("2026-11-22T06:58:52.3309870Z", ""),
            ("2026-11-22 06:58:52 kept", "2026-11-22 06:58:52 kept"),
            (
                "Error at 2026-11-22T06:58:52Z",
                "Error at 2026-11-22T06:58:52Z",
            ),
            ("", ""),
        ] {
            let line_of = Line::new(0, line.as_bytes(), 0);
            assert_eq!(line_of.shown(), shown, "{line}");
            assert_eq!(
                String::from_utf8_lossy(&searched(line.as_bytes())),
                shown,
                "{line}"
            );
        }
        let (instant, _) = instant("2026-11-22T06:58:52.5Z x");
        assert_eq!(
            instant.map(|instant| instant.timestamp_millis()),
            Some(1_795_330_732_500)
        );
    }

    #[test]
    fn a_search_sees_through_colours() {
        let raw = b"\x1b[31merr\x1b[1;32mor\x1b[0m\x1b[K: \x1b[2Jx\r";
        assert_eq!(searched(raw).as_ref(), b"error: \x1b[2Jx");
        assert_eq!(searched(b"\x1b").as_ref(), b"\x1b");
        assert_eq!(searched(b"a\x1b[").as_ref(), b"a\x1b[");
    }
}
