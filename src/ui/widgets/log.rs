//! Lines of a log with their numbers.

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    format,
    row::{Align, Row, columns},
};
use crate::ui::theme::Theme;

/// What is shown of a log.
#[derive(Clone, Debug)]
pub struct LogView<'log> {
    /// Index of the line at the top.
    pub top: usize,
    /// Columns that are scrolled out at the left.
    pub left: usize,
    /// The number of the line with index 0, counted from 1.
    pub first_number: u64,
    /// Indexes of the lines that report errors, a range each report.
    pub marked: &'log [Range<usize>],
    /// Words to point out.
    pub found: Option<&'log str>,
}

/// Draws the lines that fit; `line` gives the text of an index.
pub fn log<'log>(
    buffer: &mut Buffer,
    area: Rect,
    theme: &Theme,
    view: &LogView<'log>,
    count: usize,
    line: impl Fn(usize) -> Option<&'log str>,
) {
    let last = view.first_number + count as u64;
    let number_width = columns(&format::count(last));
    for at in 0..area.height {
        let index = view.top + usize::from(at);
        let Some(text) = line(index).filter(|_| index < count) else {
            return;
        };
        let marked = view.marked.iter().any(|report| report.contains(&index));
        let mut row = Row::new(buffer, area, at, theme.marks.ellipsis);
        if marked {
            row.put(theme.marks.bar, theme.danger);
        } else {
            row.gap(1);
        }
        let number = format::count(view.first_number + index as u64);
        row.cell(&number, number_width, Align::Right, theme.faint)
            .gap(2);
        let text = without_instant(text);
        let shown = text
            .char_indices()
            .nth(view.left)
            .map_or("", |(start, _)| text.get(start..).unwrap_or_default());
        let shown = if view.left == 0 { text } else { shown };
        let style = if marked { theme.log_error } else { theme.text };
        match view.found.filter(|words| !words.is_empty()) {
            None => {
                row.put(shown, style);
            }
            Some(words) => {
                let mut rest = shown;
                while let Some(place) = rest.find(words) {
                    row.put(rest.get(..place).unwrap_or_default(), style);
                    row.put(words, theme.found);
                    rest = rest.get(place + words.len()..).unwrap_or_default();
                }
                row.put(rest, style);
            }
        }
    }
}

/// The line without the instant that CI writes before each one
/// (`2026-11-22T06:58:52.3309870Z `): 29 columns that nobody reads and that push
/// the message off a narrow screen. A copied log keeps it.
fn without_instant(line: &str) -> &str {
    let Some((instant, rest)) = line.split_once(' ') else {
        return if is_instant(line) { "" } else { line };
    };
    if is_instant(instant) { rest } else { line }
}

fn is_instant(word: &str) -> bool {
    let bytes = word.as_bytes();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instant_before_each_line_is_not_drawn() {
        for (line, shown) in [
            ("2026-11-22T06:58:52.3309870Z Error: two", "Error: two"),
            ("2026-11-22T06:58:52Z   indented", "  indented"),
            ("2026-11-22T06:58:52.3309870Z", ""),
            ("2026-11-22 06:58:52 kept", "2026-11-22 06:58:52 kept"),
            (
                "Error at 2026-11-22T06:58:52Z",
                "Error at 2026-11-22T06:58:52Z",
            ),
            ("", ""),
        ] {
            assert_eq!(without_instant(line), shown);
        }
    }

    #[test]
    fn lines_have_numbers_and_errors_have_a_bar() {
        let area = Rect::new(0, 0, 24, 3);
        let mut buffer = Buffer::empty(area);
        let lines = ["one", "Error: two", "three"];
        let view = LogView {
            top: 0,
            left: 0,
            first_number: 18_203,
            marked: std::slice::from_ref(&(1..2)),
            found: None,
        };
        log(&mut buffer, area, &Theme::dark(), &view, 3, |at| {
            lines.get(at).copied()
        });
        let text: Vec<String> = (0..3)
            .map(|y| (0..24).map(|x| buffer[(x, y)].symbol()).collect())
            .collect();
        assert_eq!(text[0], " 18,203  one            ");
        assert_eq!(text[1], "▌18,204  Error: two     ");
    }

    #[test]
    fn any_window_of_any_log_can_be_asked_for() {
        let lines = ["日本語", "x"];
        for left in 0..6 {
            for top in 0..4 {
                let area = Rect::new(0, 0, 9, 2);
                let mut buffer = Buffer::empty(area);
                let view = LogView {
                    top,
                    left,
                    first_number: 1,
                    marked: std::slice::from_ref(&(0..9)),
                    found: Some("本"),
                };
                log(&mut buffer, area, &Theme::dark(), &view, 2, |at| {
                    lines.get(at).copied()
                });
            }
        }
    }
}
