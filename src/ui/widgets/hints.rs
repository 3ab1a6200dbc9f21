//! Keys that can be pressed here and now.

use super::row::{Row, columns};
use crate::ui::theme::Theme;

/// Writes `key label` pairs from the left, as many as fit whole; gives back how
/// many that were.
pub fn hints<'text>(
    row: &mut Row<'_>,
    theme: &Theme,
    pairs: impl IntoIterator<Item = (&'text str, &'text str)>,
) -> usize {
    let mut shown = 0;
    for (key, label) in pairs {
        let gap = if shown == 0 { 0 } else { 2 };
        if columns(key) + columns(label) + 1 + gap > row.room() {
            break;
        }
        row.gap(gap)
            .put(key, theme.key)
            .gap(1)
            .put(label, theme.dim);
        shown += 1;
    }
    shown
}

#[cfg(test)]
mod tests {
    use ratatui::{buffer::Buffer, layout::Rect};

    use super::*;

    #[test]
    fn only_whole_hints_are_shown() {
        let area = Rect::new(0, 0, 22, 1);
        let mut buffer = Buffer::empty(area);
        let mut row = Row::new(&mut buffer, area, 0, "…");
        let pairs = [("A", "approve"), ("?", "help"), (":", "command")];
        assert_eq!(hints(&mut row, &Theme::dark(), pairs), 2);
        let text: String = buffer
            .content()
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect();
        assert_eq!(text, "A approve  ? help     ");
    }
}
