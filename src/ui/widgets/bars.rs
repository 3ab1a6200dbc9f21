//! Bars: how far something is, and when things happened on an axis of time.

use ratatui::style::Style;

use super::row::Row;
use crate::ui::theme::Theme;

/// Draws a bar of `width` columns that is full up to `share` (0 to 1).
pub fn progress(row: &mut Row<'_>, width: u16, share: f64, theme: &Theme, style: Style) {
    let share = if share.is_finite() {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    };
    let mut full = (f64::from(width) * share).round() as u16;
    // A little is not nothing, and nearly all is not all.
    if share > 0.0 && share < 1.0 && width >= 2 {
        full = full.clamp(1, width - 1);
    }
    let [on, off] = theme.marks.progress;
    for at in 0..width.min(row.room()) {
        if at < full {
            row.put(on, style);
        } else {
            row.put(off, theme.border);
        }
    }
}

/// The columns `[from, until)` of an axis of `width` columns that a span takes;
/// a span inside the axis is at least one column wide. Shares are of the axis.
#[must_use]
pub fn span(width: u16, from: f64, until: f64) -> (u16, u16) {
    let wide = f64::from(width);
    let place = |share: f64| {
        if share.is_finite() {
            (share.clamp(0.0, 1.0) * wide).round() as u16
        } else {
            0
        }
    };
    let mut start = place(from);
    let mut end = place(until);
    if end <= start && from < 1.0 && until >= 0.0 && width > 0 {
        start = start.min(width - 1);
        end = start + 1;
    }
    (start, end.max(start))
}

/// Draws one bar on an axis of time that is `width` columns wide.
pub fn gantt(row: &mut Row<'_>, width: u16, from: f64, until: f64, theme: &Theme, style: Style) {
    gantt_after(row, width, None, Some((from, until)), theme, style);
}

/// Draws what was waited for, lightly, and then the work, on an axis of time
/// that is `width` columns wide. A wait that is shorter than a column is not
/// drawn.
pub fn gantt_after(
    row: &mut Row<'_>,
    width: u16,
    wait: Option<(f64, f64)>,
    work: Option<(f64, f64)>,
    theme: &Theme,
    style: Style,
) {
    let width = width.min(row.room());
    let work = work.map(|(from, until)| span(width, from, until));
    let wait = wait.map(|(from, until)| {
        let (start, end) = span(width, from, until);
        match work {
            Some((begin, _)) => (start.min(begin), begin),
            None => (start, end),
        }
    });
    let [dark, _, light] = theme.marks.gantt;
    let mut at = 0;
    for (part, glyph, style) in [(wait, light, theme.faint), (work, dark, style)] {
        let Some((start, end)) = part else { continue };
        let end = end.min(width);
        row.gap(start.saturating_sub(at));
        at = at.max(start);
        for _ in at..end {
            row.put(glyph, style);
        }
        at = at.max(end);
    }
    row.gap(width.saturating_sub(at));
}

#[cfg(test)]
mod tests {
    use ratatui::{buffer::Buffer, layout::Rect};

    use super::*;

    fn drawn(draw: impl FnOnce(&mut Row<'_>)) -> String {
        let area = Rect::new(0, 0, 10, 1);
        let mut buffer = Buffer::empty(area);
        draw(&mut Row::new(&mut buffer, area, 0, "…"));
        buffer
            .content()
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect()
    }

    #[test]
    fn a_bar_is_as_full_as_it_should_be() {
        let theme = Theme::dark();
        for (share, wanted) in [
            (0.0, "░░░░░░░░░░"),
            (0.01, "▓░░░░░░░░░"),
            (0.25, "▓▓▓░░░░░░░"),
            (0.99, "▓▓▓▓▓▓▓▓▓░"),
            (1.0, "▓▓▓▓▓▓▓▓▓▓"),
            (f64::NAN, "░░░░░░░░░░"),
            (7.0, "▓▓▓▓▓▓▓▓▓▓"),
        ] {
            let line = drawn(|row| progress(row, 10, share, &theme, theme.running));
            assert_eq!(line, wanted);
        }
    }

    #[test]
    fn a_wait_stands_lightly_before_the_work() {
        let theme = Theme::dark();
        let bar = |wait, work| {
            drawn(|row| {
                gantt_after(row, 10, wait, work, &theme, theme.running);
                row.put("|", theme.text);
            })
        };
        let (wait, work) = (Some((0.2, 0.4)), Some((0.4, 0.7)));
        assert_eq!(bar(wait, work), "  ░░▇▇▇   ");
        assert_eq!(bar(None, work), "    ▇▇▇   ");
        assert_eq!(bar(wait, None), "  ░░      ");
        // Shorter than a column.
        assert_eq!(bar(Some((0.39, 0.4)), work), "    ▇▇▇   ");
    }

    #[test]
    fn a_short_span_is_still_seen() {
        assert_eq!(span(10, 0.5, 0.5001), (5, 6));
        assert_eq!(span(10, 0.9999, 2.0), (9, 10));
        assert_eq!(span(10, 0.2, 0.5), (2, 5));
        assert_eq!(span(0, 0.2, 0.5), (0, 0));
        let theme = Theme::dark();
        let line = drawn(|row| gantt(row, 10, 0.2, 0.5, &theme, theme.running));
        assert_eq!(line, "  ▇▇▇     ");
    }
}
