//! One row of the screen, written from both ends towards the middle.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Which side of its cell a text keeps to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// Words.
    #[default]
    Left,
    /// Numbers.
    Right,
}

/// Writes into one row of an area. What does not fit is cut with an ellipsis
/// and never splits a character; a row outside of the area takes nothing.
#[derive(Debug)]
pub struct Row<'buffer> {
    buffer: &'buffer mut Buffer,
    y: u16,
    left: u16,
    right: u16,
    ellipsis: &'static str,
}

impl<'buffer> Row<'buffer> {
    /// The row `line` of `area`, counted from 0.
    pub fn new(buffer: &'buffer mut Buffer, area: Rect, line: u16, ellipsis: &'static str) -> Self {
        let area = area.intersection(buffer.area);
        let y = area.y.saturating_add(line);
        let inside = line < area.height;
        Self {
            buffer,
            y,
            left: area.x,
            right: if inside { area.right() } else { area.x },
            ellipsis,
        }
    }

    /// Columns that are left.
    #[must_use]
    pub fn room(&self) -> u16 {
        self.right.saturating_sub(self.left)
    }

    /// The column where the next text from the left goes.
    #[must_use]
    pub fn column(&self) -> u16 {
        self.left
    }

    /// Writes text from the left.
    pub fn put(&mut self, text: &str, style: Style) -> &mut Self {
        let room = self.room();
        self.left += self.write(self.left, text, room, style);
        self
    }

    /// Leaves columns free.
    pub fn gap(&mut self, columns: u16) -> &mut Self {
        self.left = self.left.saturating_add(columns).min(self.right);
        self
    }

    /// Goes to a column counted from the buffer's left edge, if it is ahead.
    pub fn to(&mut self, column: u16) -> &mut Self {
        self.left = self.left.max(column).min(self.right);
        self
    }

    /// Writes text at the right edge; nothing at all when it does not fit.
    pub fn put_right(&mut self, text: &str, style: Style) -> &mut Self {
        let wide = columns(text);
        if wide <= self.room() && wide > 0 {
            let at = self.right - wide;
            self.write(at, text, wide, style);
            self.right = at;
        }
        self
    }

    /// Leaves columns free at the right edge.
    pub fn gap_right(&mut self, columns: u16) -> &mut Self {
        self.right = self.right.saturating_sub(columns).max(self.left);
        self
    }

    /// Writes text into the next `width` columns.
    pub fn cell(&mut self, text: &str, width: u16, align: Align, style: Style) -> &mut Self {
        let width = width.min(self.room());
        let before = match align {
            Align::Left => 0,
            Align::Right => width.saturating_sub(columns(text)),
        };
        self.write(self.left + before, text, width - before, style);
        self.left += width;
        self
    }

    /// Draws into the next `width` columns, whatever it takes of them.
    pub fn within(&mut self, width: u16, draw: impl FnOnce(&mut Self)) -> &mut Self {
        let width = width.min(self.room());
        let (end, right) = (self.left + width, self.right);
        self.right = end;
        draw(self);
        self.left = end;
        self.right = right;
        self
    }

    /// Repeats a glyph of one column over what is left.
    pub fn fill(&mut self, glyph: &str, style: Style) -> &mut Self {
        for x in self.left..self.right {
            if let Some(cell) = self.buffer.cell_mut((x, self.y)) {
                cell.set_symbol(glyph).set_style(style);
            }
        }
        self.left = self.right;
        self
    }

    /// Writes at most `room` columns at `x`; gives back how many it took.
    fn write(&mut self, x: u16, text: &str, room: u16, style: Style) -> u16 {
        if room == 0 || text.is_empty() {
            return 0;
        }
        let kept = fitting(text, room, self.ellipsis);
        let (end, _) = self
            .buffer
            .set_stringn(x, self.y, kept.text, usize::from(room), style);
        if !kept.cut {
            return end.saturating_sub(x);
        }
        let (end, _) = self.buffer.set_stringn(
            end,
            self.y,
            self.ellipsis,
            usize::from((x + room).saturating_sub(end)),
            style,
        );
        end.saturating_sub(x)
    }
}

/// The columns that a text takes.
#[must_use]
pub fn columns(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// The part of a text that fits.
#[derive(Debug, PartialEq, Eq)]
pub struct Kept<'text> {
    /// What is shown.
    pub text: &'text str,
    /// True when an ellipsis must follow it.
    pub cut: bool,
}

/// The longest part of `text` that fits into `room` columns, leaving room for
/// the ellipsis when something is cut. Whole grapheme clusters only.
#[must_use]
pub fn fitting<'text>(text: &'text str, room: u16, ellipsis: &str) -> Kept<'text> {
    let room = usize::from(room);
    if text.len() <= room || text.width() <= room {
        return Kept { text, cut: false };
    }
    let mut used = ellipsis.width();
    let mut end = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        used += cluster.width();
        if used > room {
            break;
        }
        end = at + cluster.len();
    }
    Kept {
        text: text.get(..end).unwrap_or_default(),
        cut: true,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn drawn(width: u16, draw: impl FnOnce(&mut Row<'_>)) -> String {
        let area = Rect::new(0, 0, width, 1);
        let mut buffer = Buffer::empty(area);
        draw(&mut Row::new(&mut buffer, area, 0, "…"));
        buffer
            .content()
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect()
    }

    #[test]
    fn both_ends_meet_and_the_rest_is_cut() {
        let line = drawn(12, |row| {
            row.put_right("4m", Style::new()).gap_right(1);
            row.put("checkout-api", Style::new());
        });
        assert_eq!(line, "checkout… 4m");
    }

    #[test]
    fn what_does_not_fit_at_the_right_is_left_out() {
        let line = drawn(4, |row| {
            row.put_right("12m34s", Style::new());
            row.put("ab", Style::new());
        });
        assert_eq!(line, "ab  ");
    }

    #[test]
    fn a_wide_character_is_never_split() {
        let line = drawn(5, |row| {
            row.put("日本語", Style::new());
        });
        // The second cell of a wide character holds a space in the buffer.
        assert_eq!(line, "日 本 …");
        assert_eq!(fitting("日本語", 4, "…").text, "日");
    }

    #[test]
    fn a_part_of_a_row_keeps_to_its_columns() {
        let line = drawn(12, |row| {
            row.within(5, |row| {
                row.put("abc", Style::new()).put("defg", Style::new());
            });
            row.put("next", Style::new());
        });
        assert_eq!(line, "abcd…next   ");
    }

    #[test]
    fn a_number_keeps_to_the_right() {
        let line = drawn(10, |row| {
            row.cell("2.31 %", 8, Align::Right, Style::new());
        });
        assert_eq!(line, "  2.31 %  ");
    }

    proptest! {
        #[test]
        fn no_text_and_no_place_makes_it_fail(
            text in "\\PC{0,40}",
            x in 0u16..40, width in 0u16..40, line in 0u16..6, room in 0u16..30,
        ) {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 30, 4));
            let area = Rect::new(x, 1, width, 3);
            let mut row = Row::new(&mut buffer, area, line, "…");
            row.cell(&text, room, Align::Right, Style::new());
            row.put(&text, Style::new());
            row.put_right(&text, Style::new());
            row.fill("─", Style::new());
            prop_assert_eq!(row.room(), 0);
        }

        #[test]
        fn what_is_kept_fits(text in "\\PC{0,40}", room in 1u16..30) {
            let kept = fitting(&text, room, "…");
            let wide = columns(kept.text) + u16::from(kept.cut);
            prop_assert!(wide <= room, "{} in {}", wide, room);
        }
    }
}
