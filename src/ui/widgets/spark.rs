//! A series in a few columns.

use ratatui::style::Style;

use super::row::Row;
use crate::ui::theme::Theme;

/// Draws the newest `width` buckets of a series as blocks between `low` and
/// `high`; a gap in the data is a gap on the screen. `first` is the number of
/// the first point since any fixed time: buckets keep their points while the
/// series moves on.
pub fn sparkline(
    row: &mut Row<'_>,
    width: u16,
    first: i64,
    points: &[Option<f64>],
    (low, high): (f64, f64),
    theme: &Theme,
    style: Style,
) {
    let width = width.min(row.room());
    let columns = usize::from(width);
    if columns == 0 {
        return;
    }
    let per_column = points.len().div_ceil(columns).max(1);
    let each = i64::try_from(per_column).unwrap_or(1);
    let before = usize::try_from(first.rem_euclid(each)).unwrap_or(0);
    let (part, rest) = points.split_at(((per_column - before) % per_column).min(points.len()));
    let whole = rest.len().div_ceil(per_column);
    // The oldest bucket is left out where only a part of it is there.
    let part = (whole < columns && !part.is_empty()).then_some(part);
    let used = whole + usize::from(part.is_some());
    row.gap(width - u16::try_from(used).unwrap_or(width).min(width));
    for bucket in part.into_iter().chain(rest.chunks(per_column)) {
        let (sum, count) = bucket
            .iter()
            .flatten()
            .filter(|value| value.is_finite())
            .fold((0.0, 0u32), |(sum, count), value| (sum + value, count + 1));
        if count == 0 {
            row.put(" ", style);
            continue;
        }
        let share = if high > low {
            (sum / f64::from(count) - low) / (high - low)
        } else {
            0.0
        };
        // The full block is left out: series above each other stay apart.
        let level = (share.clamp(0.0, 1.0) * 6.0).round() as usize;
        row.put(theme.marks.levels.get(level).copied().unwrap_or(" "), style);
    }
}

/// The smallest and the largest finite value of several series.
#[must_use]
pub fn range<'series>(
    series: impl IntoIterator<Item = &'series [Option<f64>]>,
) -> Option<(f64, f64)> {
    let mut range: Option<(f64, f64)> = None;
    for value in series.into_iter().flatten().flatten() {
        if value.is_finite() {
            range = Some(match range {
                None => (*value, *value),
                Some((low, high)) => (low.min(*value), high.max(*value)),
            });
        }
    }
    range
}

#[cfg(test)]
mod tests {
    use ratatui::{buffer::Buffer, layout::Rect};

    use super::*;

    #[test]
    fn a_series_that_moves_on_moves_whole_buckets() {
        let theme = Theme::dark();
        let drawn = |first: i64| {
            let points: Vec<_> = (first..first + 12)
                .map(|at| Some(f64::from(u8::try_from(at / 3 % 2).unwrap_or(0))))
                .collect();
            let area = Rect::new(0, 0, 4, 1);
            let mut buffer = Buffer::empty(area);
            let mut row = Row::new(&mut buffer, area, 0, "…");
            sparkline(&mut row, 4, first, &points, (0.0, 1.0), &theme, theme.text);
            let cells = buffer.content().iter();
            cells.map(ratatui::buffer::Cell::symbol).collect::<String>()
        };
        assert_eq!(drawn(0), "▁▇▁▇");
        // The next bucket has begun; the others are what they were.
        assert_eq!(drawn(1), "▇▁▇▁");
        assert_eq!(drawn(2), "▇▁▇▁");
        assert_eq!(drawn(3), "▇▁▇▁");
    }

    #[test]
    fn the_newest_value_is_at_the_right_and_gaps_stay() {
        let area = Rect::new(0, 0, 6, 1);
        let mut buffer = Buffer::empty(area);
        let theme = Theme::dark();
        let points = [Some(0.0), None, Some(0.5), Some(1.0), Some(f64::NAN)];
        let mut row = Row::new(&mut buffer, area, 0, "…");
        sparkline(&mut row, 6, 0, &points, (0.0, 1.0), &theme, theme.text);
        let line: String = buffer
            .content()
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect();
        assert_eq!(line, " ▁ ▄▇ ");
        assert_eq!(range([&points[..]]), Some((0.0, 1.0)));
        assert_eq!(range([&[None][..]]), None);
    }
}
