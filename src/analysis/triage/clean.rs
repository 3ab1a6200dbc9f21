//! From the bytes of a line to the words that a tool printed: without colours,
//! without what a progress bar overwrote, and without the instants and names
//! that CI systems and containers write before each line.

use std::borrow::Cow;

const ESCAPE: u8 = 0x1b;

/// How much of a line is looked at, in bytes. A minified file in one line is
/// no message.
const LONGEST: usize = 8 * 1024;

/// Whether a line has something to be taken off before it can be searched.
pub(super) fn is_plain(line: &[u8]) -> bool {
    line.len() <= LONGEST && memchr::memchr2(ESCAPE, b'\r', line).is_none() && line.is_ascii()
}

/// The text of a line: valid UTF-8, no escape sequences, and of what carriage
/// returns overwrote only what stayed.
pub(super) fn text(line: &[u8]) -> Cow<'_, str> {
    let line = line.get(..LONGEST).unwrap_or(line);
    if memchr::memchr2(ESCAPE, b'\r', line).is_none() {
        return String::from_utf8_lossy(line);
    }
    let bare = without_escapes(line);
    let kept = bare
        .rsplit(|byte| *byte == b'\r')
        .find(|part| part.iter().any(|byte| !byte.is_ascii_whitespace()))
        .unwrap_or_default();
    Cow::Owned(String::from_utf8_lossy(kept).into_owned())
}

/// Cuts escape sequences out: CSI to its final byte, OSC and its like to their
/// terminator, anything else with the one byte that follows.
fn without_escapes(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = memchr::memchr(ESCAPE, rest) {
        out.extend_from_slice(rest.get(..start).unwrap_or_default());
        rest = rest.get(start + 1..).unwrap_or_default();
        let length = match rest.first() {
            Some(b'[') => rest
                .iter()
                .skip(1)
                .position(|byte| (0x40..=0x7e).contains(byte))
                .map_or(rest.len(), |end| end + 2),
            Some(b']' | b'P' | b'^' | b'_' | b'X') => match memchr::memchr2(0x07, ESCAPE, rest) {
                Some(end) if rest.get(end) == Some(&ESCAPE) => end + 2,
                Some(end) => end + 1,
                None => rest.len(),
            },
            Some(b'(' | b')' | b'#' | b'%') => 2,
            Some(_) => 1,
            None => 0,
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// What stood before the words of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Prefix {
    /// How many bytes it is long.
    pub length: usize,
    /// The line goes on where the line before it ended.
    pub continues: bool,
    /// The step's name, where each line carries it.
    pub step: Option<(usize, usize)>,
}

/// Finds what a CI system or a container wrote before the words of a line.
pub(super) fn prefix(line: &str) -> Prefix {
    let mut found = Prefix::default();
    if let Some((step, length)) = named_columns(line) {
        found.step = Some(step);
        found.length = length;
    }
    let after = |found: &Prefix| line.get(found.length..).unwrap_or_default();
    if let Some(rest) = after(&found).strip_prefix('\u{feff}') {
        found.length = line.len() - rest.len();
    }
    if let Some(length) = instant(after(&found)) {
        found.length += length;
        if let Some((length, continues)) = stream_mark(after(&found)) {
            found.length += length;
            found.continues = continues;
        }
    }
    if let Some(length) = build_step(after(&found)).or_else(|| composed(after(&found))) {
        found.length += length;
    }
    found
}

/// `job<TAB>step<TAB>` before an instant, as a command-line client prints the
/// logs of a whole run.
fn named_columns(line: &str) -> Option<((usize, usize), usize)> {
    let first = memchr::memchr(b'\t', line.as_bytes())?;
    let second = first + 1 + memchr::memchr(b'\t', line.as_bytes().get(first + 1..)?)?;
    let rest = line.get(second + 1..)?;
    let rest = rest.strip_prefix('\u{feff}').unwrap_or(rest);
    instant(rest).map(|_| ((first + 1, second), second + 1))
}

/// The length of an instant and the blanks after it: RFC 3339, or in brackets,
/// or a time of day with two blanks.
fn instant(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let open = usize::from(bytes.first() == Some(&b'['));
    let at = |place: usize| bytes.get(open + place).copied().unwrap_or_default();
    let digits = |places: &[usize]| places.iter().all(|place| at(*place).is_ascii_digit());
    if digits(&[0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18])
        && at(4) == b'-'
        && at(7) == b'-'
        && matches!(at(10), b'T' | b' ')
        && at(13) == b':'
        && at(16) == b':'
    {
        let mut end = open + 19;
        while bytes
            .get(end)
            .is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
        {
            end += 1;
        }
        let zone = end;
        if bytes.get(end) == Some(&b'Z') {
            end += 1;
        } else if matches!(bytes.get(end), Some(b'+' | b'-'))
            && bytes.get(end + 1).is_some_and(u8::is_ascii_digit)
        {
            end += 1;
            while bytes
                .get(end)
                .is_some_and(|byte| byte.is_ascii_digit() || *byte == b':')
            {
                end += 1;
            }
        }
        if open == 1 {
            if bytes.get(end) != Some(&b']') {
                return None;
            }
            end += 1;
        } else if zone == end && at(10) == b' ' {
            // A logger's own line, not a wrapping: its words begin later.
            return None;
        }
        return match bytes.get(end) {
            None => Some(end),
            Some(b' ') => Some(end + 1),
            Some(_) => None,
        };
    }
    // Jenkins: `12:43:46  text`, or `00:00:12.345  text`.
    if open == 0 && digits(&[0, 1, 3, 4, 6, 7]) && at(2) == b':' && at(5) == b':' {
        let mut end = 8;
        if at(8) == b'.' {
            end += 1;
            while bytes.get(end).is_some_and(u8::is_ascii_digit) {
                end += 1;
            }
        }
        return (bytes.get(end) == Some(&b' ') && matches!(bytes.get(end + 1), None | Some(b' ')))
            .then_some((end + 2).min(bytes.len()));
    }
    None
}

/// `00O ` or `00E+`: number and kind of a stream, and whether the line goes on.
fn stream_mark(line: &str) -> Option<(usize, bool)> {
    let bytes = line.as_bytes();
    let hex = |place: usize| bytes.get(place).is_some_and(u8::is_ascii_hexdigit);
    (hex(0) && hex(1) && matches!(bytes.get(2), Some(b'O' | b'E')))
        .then_some(())
        .and_then(|()| match bytes.get(3) {
            None => Some((3, false)),
            Some(b' ') => Some((4, false)),
            Some(b'+') => Some((4, true)),
            Some(_) => None,
        })
}

/// `#12 3.456 ` of an image's build, or `3.456 ` in its summary.
fn build_step(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let number = |from: usize| {
        bytes
            .iter()
            .skip(from)
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let mut at = 0;
    if bytes.first() == Some(&b'#') {
        let digits = number(1);
        if digits == 0 || bytes.get(1 + digits) != Some(&b' ') {
            return None;
        }
        at = digits + 2;
    }
    let start = at;
    let whole = number(at);
    let places = number(at + whole + 1);
    if (1..=5).contains(&whole)
        && bytes.get(at + whole) == Some(&b'.')
        && (2..=3).contains(&places)
        && bytes.get(at + whole + 1 + places) == Some(&b' ')
    {
        at += whole + places + 2;
    }
    (at > start || start > 0).then_some(at)
}

/// `web-1  | ` of a composed service.
fn composed(line: &str) -> Option<usize> {
    let bar = line.find(" | ").filter(|bar| *bar <= 40)?;
    let name = line.get(..bar)?.trim_end();
    let fine = name.starts_with(|character: char| character.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    fine.then_some(bar + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_and_overwritten_words_are_taken_off() {
        for (line, kept) in [
            (
                &b"\x1b[1m\x1b[31merror\x1b[0m\x1b[1m: x\x1b[0m"[..],
                "error: x",
            ),
            (b"  3/10 [==>  ]\r\x1b[Kerror: two", "error: two"),
            (b"done\r", "done"),
            (
                b"\x1b]0;title\x07text\x1b]8;;http://a\x1b\\link",
                "textlink",
            ),
            (b"\x1b[31", ""),
            (b"\x1b", ""),
            (b"a\xffb", "a\u{fffd}b"),
        ] {
            assert_eq!(text(line), kept);
        }
    }

    #[test]
    fn what_ci_systems_write_before_a_line_is_known() {
        for (line, rest) in [
            ("2026-11-22T06:58:52.3309870Z Error: two", "Error: two"),
            ("\u{feff}2026-11-22T06:58:52.3309870Z x", "x"),
            ("2026-11-22T06:58:52.330987Z 00O make", "make"),
            ("2026-11-22T06:58:52.330987Z 01E+rest", "rest"),
            ("[2026-11-22T06:58:52.330Z] + make", "+ make"),
            ("06:58:52  make", "make"),
            ("06:58:52 make", "06:58:52 make"),
            ("build\tRun make\t2026-11-22T06:58:52.3Z x", "x"),
            ("#12 3.456 npm error", "npm error"),
            ("#12 ERROR: x", "ERROR: x"),
            ("0.512 npm error", "npm error"),
            ("web-1  | panic: x", "panic: x"),
            ("2026-11-22 06:58:52 kept", "2026-11-22 06:58:52 kept"),
            ("  12 | let x", "  12 | let x"),
            ("#include <x>", "#include <x>"),
            ("", ""),
        ] {
            assert_eq!(&line[prefix(line).length..], rest, "{line}");
        }
        assert!(prefix("2026-11-22T06:58:52.330987Z 00O+rest").continues);
    }
}
