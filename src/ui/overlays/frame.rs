//! Boxes over a view, and text that is broken into lines.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::ui::{
    theme::Theme,
    widgets::row::{Row, columns},
};

/// A box in the middle, as large as wished and as there is room.
pub(super) fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let width = width.min(area.width);
    let height = height.min(area.height);
    Rect::new(
        area.x + (area.width - width) / 2,
        area.y + (area.height - height) / 2,
        width,
        height,
    )
}

/// The area inside a box.
pub(super) fn inside(outer: Rect) -> Rect {
    Rect::new(
        outer.x + 2.min(outer.width),
        outer.y + 1.min(outer.height),
        outer.width.saturating_sub(4),
        outer.height.saturating_sub(2),
    )
}

/// Clears a box and draws its border and title.
pub(super) fn draw(
    buffer: &mut Buffer,
    outer: Rect,
    theme: &Theme,
    line: Style,
    title: &[(&str, Style)],
) {
    let outer = outer.intersection(buffer.area);
    if outer.width < 2 || outer.height < 2 {
        return;
    }
    clear(buffer, outer, theme);
    let [horizontal, vertical] = theme.marks.lines;
    let mut row = Row::new(buffer, outer, 0, theme.marks.ellipsis);
    row.put(theme.marks.corners[0], line)
        .put_right(theme.marks.corners[1], line)
        .put(" ", line);
    for (text, style) in title {
        row.put(text, *style).put(" ", line);
    }
    row.fill(horizontal, line);
    for y in outer.y + 1..outer.bottom() - 1 {
        for x in [outer.x, outer.right() - 1] {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.set_symbol(vertical).set_style(line);
            }
        }
    }
    Row::new(buffer, outer, outer.height - 1, theme.marks.ellipsis)
        .put(theme.marks.corners[2], line)
        .put_right(theme.marks.corners[3], line)
        .fill(horizontal, line);
}

/// Empties an area.
pub(super) fn clear(buffer: &mut Buffer, area: Rect, theme: &Theme) {
    for position in area.intersection(buffer.area).positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.reset();
            cell.set_style(theme.base);
        }
    }
}

/// Breaks a text into lines of at most `width` columns, at blanks where there
/// are any; a word that is longer than a line, such as a URL, begins where it
/// stands and is broken after a mark.
#[must_use]
pub fn wrap(text: &str, width: u16) -> Vec<String> {
    let width = usize::from(width.max(1));
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        // The blank after a word may hang over the edge.
        let wide = word.trim_end().width();
        let long = wide > width;
        // What is left of the line must hold a good part of a long word.
        if used > 0 && used + wide > width && !(long && used <= width / 2) {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            used = 0;
        }
        if long {
            let mut rest = word;
            while used + rest.trim_end().width() > width {
                let (part, after) = rest.split_at(end_of_part(rest, width - used));
                line.push_str(part);
                lines.push(std::mem::take(&mut line));
                used = 0;
                rest = after;
            }
            line.push_str(rest);
            used += rest.width();
            continue;
        }
        line.push_str(word);
        used += word.width();
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Where the part of a long word ends that fits `room` columns: after its last
/// mark or before a slash, else after its last whole character; never at its
/// start.
fn end_of_part(word: &str, room: usize) -> usize {
    let (mut used, mut whole, mut marked) = (0, 0, 0);
    for (at, cluster) in word.grapheme_indices(true) {
        used += cluster.width();
        let end = at + cluster.len();
        if used > room && whole > 0 {
            if cluster == "/" {
                marked = whole;
            }
            break;
        }
        whole = end;
        if matches!(cluster, "/" | "?" | "&" | "=" | "." | "-" | "_" | "," | ":") {
            marked = end;
        }
        if used > room {
            break;
        }
    }
    // A part that is very short makes a ragged picture.
    if marked * 2 > whole { marked } else { whole }
}

/// Draws a line of keys with what they do.
pub(super) fn keys(
    buffer: &mut Buffer,
    area: Rect,
    line: u16,
    theme: &Theme,
    keys: &[(&str, &str)],
) {
    let mut row = Row::new(buffer, area, line, theme.marks.ellipsis);
    for (key, what) in keys {
        if columns(key) + columns(what) + 1 > row.room() {
            break;
        }
        row.put(key, theme.key).gap(1).put(what, theme.dim).gap(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_broken_at_blanks_and_long_words_anywhere() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("", 7), [""]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("日本語のテキスト", 5).len(), 4);
        assert_eq!(
            wrap("POST https://hub.example/repos/actions/dispatches", 24),
            ["POST https://hub.example", "/repos/actions/", "dispatches"]
        );
        for width in 0..6 {
            assert!(!wrap("a 日本 bcd", width).is_empty());
        }
    }
}
