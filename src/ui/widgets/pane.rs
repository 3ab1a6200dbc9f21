//! A pane: its title with count, filter and data age, and the lines that
//! separate it from its neighbours.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::row::{Align, Row, columns, fitting};
use crate::ui::theme::Theme;

/// Fewer columns of a cause tell nothing.
const LEAST_CAUSE: u16 = 24;

/// How a pane is set apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Frame {
    /// A box with the title in its upper line.
    #[default]
    Box,
    /// A line with the title in it; no sides.
    Rule,
    /// The title alone.
    Plain,
}

/// What a pane says about itself.
#[derive(Clone, Debug, Default)]
pub struct Title<'text> {
    /// Its name.
    pub name: &'text str,
    /// What it holds: count, filter, object.
    pub detail: &'text str,
    /// The detail's style; dim when none is set.
    pub detail_style: Option<Style>,
    /// At the right edge: verdict, age of the data.
    pub right: &'text str,
    /// The style of the right part; dim when none is set.
    pub right_style: Option<Style>,
    /// More of the right part: in the lower line of a box, else after it, where
    /// there is room.
    pub cause: &'text str,
    /// In the lower line of a box, at its right edge: what is hidden.
    pub foot: &'text str,
    /// True when keys go here.
    pub focused: bool,
}

/// Draws the frame and gives back the area inside it.
pub fn pane(
    buffer: &mut Buffer,
    area: Rect,
    theme: &Theme,
    frame: Frame,
    title: &Title<'_>,
) -> Rect {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return Rect::ZERO;
    }
    let boxed = frame == Frame::Box && area.height >= 3 && area.width >= 8;
    let line = if title.focused {
        theme.border_focused
    } else {
        theme.border
    };
    let [horizontal, vertical] = theme.marks.lines;
    let mut row = Row::new(buffer, area, 0, theme.marks.ellipsis);
    if boxed {
        row.put(theme.marks.corners[0], line);
        row.put_right(theme.marks.corners[1], line);
    }
    match frame {
        Frame::Box | Frame::Rule => {
            if !boxed {
                row.put(horizontal, line);
            }
            row.put(" ", line);
            if boxed {
                row.put_right(horizontal, line);
            }
            write_title(&mut row, theme, title, boxed);
            row.fill(horizontal, line);
        }
        Frame::Plain => {
            row.put(" ", line);
            write_title(&mut row, theme, title, boxed);
        }
    }
    if !boxed {
        return Rect {
            y: area.y + 1,
            height: area.height - 1,
            ..area
        };
    }
    for y in area.y + 1..area.bottom() - 1 {
        for x in [area.x, area.right() - 1] {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.set_symbol(vertical).set_style(line);
            }
        }
    }
    let mut row = Row::new(buffer, area, area.height - 1, theme.marks.ellipsis);
    row.put(theme.marks.corners[2], line);
    row.put_right(theme.marks.corners[3], line);
    if !title.foot.is_empty() && columns(title.foot) + 3 < row.room() {
        row.put_right(horizontal, line)
            .put_right(" ", line)
            .put_right(title.foot, theme.faint)
            .put_right(" ", line);
    }
    if !title.cause.is_empty() && row.room() > LEAST_CAUSE {
        let width = columns(title.cause).min(row.room() - 4);
        row.put(horizontal, line)
            .put(" ", line)
            .cell(title.cause, width, Align::Left, theme.dim)
            .put(" ", line);
    }
    row.fill(horizontal, line);
    Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width - 2,
        height: area.height - 2,
    }
}

fn write_title(row: &mut Row<'_>, theme: &Theme, title: &Title<'_>, boxed: bool) {
    let line = if title.focused {
        theme.border_focused
    } else {
        theme.border
    };
    let name = if title.focused {
        theme.title_focused
    } else {
        theme.title
    };
    // The name goes first and the verdict next, so that a narrow pane keeps
    // both and cuts the detail.
    let needed = columns(title.name) + columns(title.right) + 4;
    if !title.right.is_empty() && needed <= row.room() {
        let detail = match title.detail {
            "" => 0,
            detail => columns(detail) + 3,
        };
        // Behind it are the dot, its spaces, and a piece of the line.
        let spare = row.room().saturating_sub(needed + detail + 4);
        row.put_right(" ", line);
        if !boxed && !title.cause.is_empty() && spare >= LEAST_CAUSE {
            let kept = fitting(title.cause, spare, theme.marks.ellipsis);
            let more = if kept.cut { theme.marks.ellipsis } else { "" };
            row.put_right(&format!("{}{more}", kept.text), theme.dim)
                .put_right(" ", line)
                .put_right(theme.marks.dot, theme.faint)
                .put_right(" ", line);
        }
        row.put_right(title.right, title.right_style.unwrap_or(theme.dim))
            .put_right(" ", line);
    }
    row.put(title.name, name);
    if !title.detail.is_empty() && row.room() > 5 {
        row.put(" ", line)
            .put(theme.marks.dot, theme.faint)
            .put(" ", line);
        // Room for the space after it stays.
        let width = columns(title.detail).min(row.room() - 1);
        let style = title.detail_style.unwrap_or(theme.dim);
        row.cell(title.detail, width, Align::Left, style);
    }
    row.put(" ", line);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(buffer: &Buffer) -> Vec<String> {
        (0..buffer.area.height)
            .map(|y| {
                (0..buffer.area.width)
                    .map(|x| buffer[(x, y)].symbol())
                    .collect::<String>()
            })
            .collect()
    }

    #[test]
    fn a_box_carries_title_verdict_and_what_is_hidden() {
        let area = Rect::new(0, 0, 40, 3);
        let mut buffer = Buffer::empty(area);
        let title = Title {
            name: "Pipelines",
            detail: "14 live",
            right: "3s",
            foot: "↓ 12 more",
            ..Title::default()
        };
        let inner = pane(&mut buffer, area, &Theme::dark(), Frame::Box, &title);
        assert_eq!(inner, Rect::new(1, 1, 38, 1));
        assert_eq!(
            text(&buffer),
            [
                "╭ Pipelines · 14 live ──────────── 3s ─╮",
                "│                                      │",
                "╰────────────────────────── ↓ 12 more ─╯",
            ]
        );
    }

    #[test]
    fn the_cause_stands_where_there_is_room() {
        let title = Title {
            name: "Pipelines",
            detail: "6 live",
            right: "github unreachable since 14:02",
            cause: "git.example did not answer in time",
            foot: "↓ 3 more",
            ..Title::default()
        };
        let drawn = |width, height, frame| {
            let area = Rect::new(0, 0, width, height);
            let mut buffer = Buffer::empty(area);
            pane(&mut buffer, area, &Theme::dark(), frame, &title);
            text(&buffer)
        };
        let wide = drawn(60, 3, Frame::Box);
        assert_eq!(
            [wide[0].as_str(), wide[2].as_str()],
            [
                "╭ Pipelines · 6 live ───── github unreachable since 14:02 ─╮",
                "╰─ git.example did not answer in time ────────── ↓ 3 more ─╯",
            ]
        );
        assert_eq!(
            drawn(46, 3, Frame::Box)[2],
            "╰─ git.example did not answer i… ─ ↓ 3 more ─╯"
        );
        // Too narrow for it: what is hidden is told, the cause is not.
        assert_eq!(
            drawn(34, 3, Frame::Box)[2],
            "╰───────────────────── ↓ 3 more ─╯"
        );
        let (cause, since) = ("git.example did not answer in time", title.right);
        for (width, told) in [
            (100, format!("─ {since} · {cause} ")),
            (
                84,
                "─ github unreachable since 14:02 · git.example did not answe… ".to_owned(),
            ),
            (70, format!("─ {since} ")),
        ] {
            let drawn = &drawn(width, 2, Frame::Rule)[0];
            assert!(drawn.starts_with("─ Pipelines · 6 live ─"), "{drawn}");
            assert!(drawn.ends_with(&told), "{width}: {drawn}");
        }
    }

    #[test]
    fn a_rule_and_a_plain_title_take_one_line() {
        for (frame, wanted) in [
            (Frame::Rule, "─ Log · e2e ────────"),
            (Frame::Plain, " Log · e2e          "),
        ] {
            let area = Rect::new(0, 0, 20, 2);
            let mut buffer = Buffer::empty(area);
            let title = Title {
                name: "Log",
                detail: "e2e",
                ..Title::default()
            };
            let inner = pane(&mut buffer, area, &Theme::dark(), frame, &title);
            assert_eq!(inner, Rect::new(0, 1, 20, 1));
            assert_eq!(text(&buffer)[0], wanted);
        }
    }

    #[test]
    fn no_size_makes_it_fail() {
        let title = Title {
            name: "Needs you",
            detail: "3",
            right: "FAIL",
            foot: "more",
            ..Title::default()
        };
        for width in 0..20 {
            for height in 0..5 {
                for frame in [Frame::Box, Frame::Rule, Frame::Plain] {
                    let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 3));
                    let area = Rect::new(1, 1, width, height);
                    pane(&mut buffer, area, &Theme::dark(), frame, &title);
                }
            }
        }
    }
}
