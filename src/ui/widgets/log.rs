//! Lines of a log with their numbers, colours and folds.

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    format,
    row::{Align, Row, columns},
};
use crate::{
    analysis::log::{Kind, Line},
    ui::{
        app::{LogView, Times, wrapped},
        theme::Theme,
    },
};

/// Columns of an instant.
const TIME: u16 = 8;

/// The columns before the words: the bar of an error, the number, the fold, the
/// instant where it is shown.
#[must_use]
pub fn gutter(view: &LogView) -> u16 {
    let time = match view.look.times {
        Times::Hidden => 0,
        Times::Clock | Times::Since => TIME + 1,
    };
    2 + number_width(view) + 2 + time
}

fn number_width(view: &LogView) -> u16 {
    columns(&format::count(view.state.lines.max(1)))
}

/// Draws the lines that fit.
pub fn log(buffer: &mut Buffer, area: Rect, theme: &Theme, view: &LogView, focused: bool) {
    let width = area.width.saturating_sub(gutter(view)).max(1);
    let marked = view.marked();
    let mut at = 0;
    for (place, number) in view
        .visible(usize::from(area.height), width)
        .into_iter()
        .enumerate()
    {
        let line = view.line(number);
        let shown = line.map_or("", Line::shown);
        let rows = if view.look.wrap {
            wrapped(shown, width)
        } else {
            std::iter::once(0..shown.len()).collect()
        };
        let skipped = if place == 0 { view.skip } else { 0 };
        let looks = line.map_or_else(Vec::new, |line| looks(line, view, theme));
        for (part, range) in rows.iter().enumerate().skip(skipped) {
            if at >= area.height {
                return;
            }
            let mut row = Row::new(buffer, area, at, theme.marks.ellipsis);
            let is_error = line.is_some_and(|line| line.kind != Kind::Plain);
            if is_error {
                row.put(theme.marks.bar, theme.danger);
            } else {
                row.gap(1);
            }
            if part == 0 {
                let here = focused && (number == view.at || marked.contains(&number));
                let style = if here { theme.selection } else { theme.faint };
                let count = format::count(number + 1);
                row.cell(&count, number_width(view), Align::Right, style);
                row.gap(1);
                row.cell(fold(view, number, theme), 1, Align::Left, theme.accent);
                row.gap(1);
                instant(&mut row, view, line, theme);
            }
            row.to(area.x + gutter(view).min(area.width));
            for (piece, style) in &looks {
                let from = piece.start.max(range.start);
                let until = piece.end.min(range.end);
                if from < until {
                    row.put(shown.get(from..until).unwrap_or_default(), *style);
                }
            }
            at += 1;
        }
    }
}

fn fold(view: &LogView, number: u64, theme: &Theme) -> &'static str {
    let [folded, unfolded] = theme.marks.fold;
    match view.title_of(number) {
        None => " ",
        Some(_) if view.folded.contains(&number) => folded,
        Some(_) => unfolded,
    }
}

fn instant(row: &mut Row<'_>, view: &LogView, line: Option<&Line>, theme: &Theme) {
    let told = line.and_then(|line| line.instant);
    let words = match (view.look.times, told, view.state.begun) {
        (Times::Hidden, ..) => return,
        (Times::Clock, Some(told), _) => told.format("%H:%M:%S").to_string(),
        (Times::Since, Some(told), Some(begun)) => since((told - begun).num_milliseconds()),
        _ => String::new(),
    };
    row.cell(&words, TIME, Align::Right, theme.dim).gap(1);
}

/// `+3.2s`, `+4m05s`, `+1h02m`.
fn since(milliseconds: i64) -> String {
    let seconds = milliseconds / 1000;
    match seconds {
        i64::MIN..=-1 => format!("-{}s", seconds.unsigned_abs()),
        0..=59 => format!("+{seconds}.{}s", milliseconds % 1000 / 100),
        60..=3_599 => format!("+{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("+{}h{:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

/// The parts of a line's words, each with how it looks.
fn looks(line: &Line, view: &LogView, theme: &Theme) -> Vec<(Range<usize>, Style)> {
    let base = if line.kind == Kind::Plain {
        theme.text
    } else {
        theme.log_error
    };
    let found: Vec<Range<usize>> = match &view.needle {
        Some(needle) => needle.places(line.shown()).take(1_000).collect(),
        None => Vec::new(),
    };
    let mut looks = Vec::new();
    let mut start = 0;
    for (part, ink) in line.text.parts(line.words) {
        let end = start + part.len();
        let style = theme.ink(base, ink);
        let mut from = start;
        for place in &found {
            let (begin, stop) = (place.start.max(from), place.end.min(end));
            if begin < stop {
                looks.push((from..begin, style));
                looks.push((begin..stop, theme.found));
                from = stop;
            }
        }
        looks.push((from..end, style));
        start = end;
    }
    looks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::log::{Group, Needle},
        domain::Text,
        ui::app::{LogLook, LogPlace},
    };

    fn view(lines: &[&str], look: LogLook) -> LogView {
        let mut view = LogView::new(LogPlace::File(Text::new("x")), 1, look);
        view.state.lines = 18_200 + lines.len() as u64;
        view.window = (18_200..)
            .zip(lines)
            .map(|(number, line)| Line::new(number, line.as_bytes(), 0))
            .collect();
        view.top = 18_200;
        view.at = 18_201;
        view.state.begun = view.window.first().and_then(|line| line.instant);
        view
    }

    fn drawn(view: &LogView, width: u16, height: u16) -> Vec<String> {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        log(&mut buffer, area, &Theme::dark(), view, true);
        (0..height)
            .map(|y| {
                let row: String = (0..width).map(|x| buffer[(x, y)].symbol()).collect();
                row.trim_end().to_owned()
            })
            .collect()
    }

    #[test]
    fn lines_have_numbers_and_errors_have_a_bar() {
        let mut view = view(
            &[
                "2026-11-22T06:58:52.3Z ##[group]one",
                "2026-11-22T06:58:55.5Z Error: two",
                "2026-11-22T07:00:02.5Z a line that is too long for it",
            ],
            LogLook::default(),
        );
        view.state.groups = [Group {
            title: 18_200,
            last: 18_202,
        }]
        .into();
        assert_eq!(
            drawn(&view, 32, 4),
            [
                " 18,201 ▾ one",
                "▌18,202   Error: two",
                " 18,203   a line that is too lo…",
                ""
            ]
        );
        view.look.times = Times::Since;
        let shown = drawn(&view, 40, 3);
        assert_eq!(shown[1], "▌18,202      +3.2s Error: two");
        assert!(shown[2].starts_with(" 18,203     +1m10s a line"));
        view.look.times = Times::Clock;
        assert!(drawn(&view, 40, 3)[1].contains("06:58:55 Error: two"));
    }

    #[test]
    fn long_lines_go_on_in_the_next_row() {
        let look = LogLook {
            wrap: true,
            ..LogLook::default()
        };
        let mut view = view(&["abcdefghij", "x"], look);
        assert_eq!(
            drawn(&view, 14, 4),
            [
                " 18,201   abcd",
                "          efgh",
                "          ij",
                " 18,202   x"
            ]
        );
        view.skip = 2;
        assert_eq!(drawn(&view, 14, 2), ["          ij", " 18,202   x"]);
    }

    #[test]
    fn colours_of_the_log_are_those_of_the_theme_and_what_is_found_stands_out() {
        let mut view = view(&["\x1b[31mred\x1b[0m and plain"], LogLook::default());
        view.needle = Needle::new("d a");
        let area = Rect::new(0, 0, 40, 1);
        let theme = Theme::dark();
        let mut buffer = Buffer::empty(area);
        log(&mut buffer, area, &theme, &view, true);
        assert_eq!(buffer[(10, 0)].fg, theme.danger.fg.expect("a colour"));
        assert_eq!(buffer[(11, 0)].fg, theme.danger.fg.expect("a colour"));
        for column in 12..15 {
            assert_eq!(Some(buffer[(column, 0)].bg), theme.found.bg);
        }
        assert_eq!(buffer[(16, 0)].fg, theme.text.fg.unwrap_or_default());
    }

    #[test]
    fn any_window_of_any_log_can_be_asked_for() {
        let look = LogLook {
            wrap: true,
            ..LogLook::default()
        };
        for width in 0..16 {
            for skip in 0..4 {
                let mut view = view(&["日本語", "x", ""], look);
                view.skip = skip;
                view.needle = Needle::new("本");
                let _ = drawn(&view, width, 3);
            }
        }
    }
}
