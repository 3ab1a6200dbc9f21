//! A drawn screen as text, as text with terminal colours, and as a picture.

use std::fmt::Write as _;

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};
use unicode_width::UnicodeWidthStr as _;

/// Width and height of a cell in the picture, in pixels.
const CELL: (f64, f64) = (8.4, 18.0);
/// Foreground and background of a terminal that the theme does not set.
const TERMINAL: (&str, &str) = ("#c8ccd4", "#16181d");

/// The screen's characters, a line a row, without trailing blanks.
#[must_use]
pub fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for_rows(buffer, |row| {
        let line: String = row.iter().map(|cell| cell.symbol()).collect();
        out.push_str(line.trim_end());
        out.push('\n');
    });
    out
}

/// The screen with terminal colours.
#[must_use]
pub fn ansi(buffer: &Buffer) -> String {
    let mut out = String::new();
    for_rows(buffer, |row| {
        let mut last = None;
        for cell in row {
            let look = (cell.fg, cell.bg, cell.modifier);
            if last != Some(look) {
                out.push_str("\x1b[0");
                sgr_modifiers(&mut out, cell.modifier);
                sgr_colour(&mut out, cell.fg, 38, 30);
                sgr_colour(&mut out, cell.bg, 48, 40);
                out.push('m');
                last = Some(look);
            }
            out.push_str(cell.symbol());
        }
        out.push_str("\x1b[0m\n");
    });
    out
}

/// The screen as an SVG picture, without any font of its own.
#[must_use]
pub fn svg(buffer: &Buffer) -> String {
    let (columns, rows) = (buffer.area.width, buffer.area.height);
    let (width, height) = (f64::from(columns) * CELL.0, f64::from(rows) * CELL.1);
    let screen = buffer.content.first().and_then(|cell| hex(cell.bg));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n",
        screen.as_deref().unwrap_or(TERMINAL.1)
    );
    let mut top = 0.0;
    for_rows(buffer, |row| {
        svg_row(&mut out, row, top, screen.as_deref());
        top += CELL.1;
    });
    out.push_str("</svg>\n");
    out
}

/// Calls `each` with the cells of every row, without those that a wide
/// character covers.
fn for_rows(buffer: &Buffer, mut each: impl FnMut(&[&Cell])) {
    let width = usize::from(buffer.area.width.max(1));
    for row in buffer.content.chunks(width) {
        let mut cells = Vec::with_capacity(width);
        let mut covered = 0;
        for cell in row {
            if covered > 0 {
                covered -= 1;
                continue;
            }
            covered = cell.symbol().width().saturating_sub(1);
            cells.push(cell);
        }
        each(&cells);
    }
}

fn svg_row(out: &mut String, row: &[&Cell], top: f64, screen: Option<&str>) {
    let look = |cell: &Cell| (cell.fg, cell.bg, cell.modifier);
    let mut column = 0.0;
    for run in row.chunk_by(|one, other| look(one) == look(other)) {
        let columns: usize = run.iter().map(|cell| cell.symbol().width().max(1)).sum();
        let width = columns as f64 * CELL.0;
        let (mut ink, mut paper) = (hex(run[0].fg), hex(run[0].bg));
        if run[0].modifier.contains(Modifier::REVERSED) {
            (ink, paper) = (
                Some(paper.unwrap_or_else(|| screen.unwrap_or(TERMINAL.1).to_owned())),
                Some(ink.unwrap_or_else(|| TERMINAL.0.to_owned())),
            );
        }
        if let Some(paper) = paper.filter(|paper| Some(paper.as_str()) != screen) {
            let _ = writeln!(
                out,
                "<rect x=\"{column:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{paper}\"/>",
                CELL.1
            );
        }
        let text: String = run.iter().map(|cell| cell.symbol()).collect();
        if !text.trim().is_empty() {
            let _ = write!(
                out,
                "<text x=\"{column:.1}\" y=\"{:.1}\" textLength=\"{width:.1}\" xml:space=\"preserve\" fill=\"{}\"",
                top + 13.5,
                ink.as_deref().unwrap_or(TERMINAL.0)
            );
            if run[0].modifier.contains(Modifier::BOLD) {
                out.push_str(" font-weight=\"bold\"");
            }
            if run[0].modifier.contains(Modifier::DIM) {
                out.push_str(" opacity=\"0.65\"");
            }
            out.push('>');
            for character in text.chars() {
                match character {
                    '<' => out.push_str("&lt;"),
                    '>' => out.push_str("&gt;"),
                    '&' => out.push_str("&amp;"),
                    other => out.push(other),
                }
            }
            out.push_str("</text>\n");
        }
        column += width;
    }
}

fn sgr_modifiers(out: &mut String, modifier: Modifier) {
    for (flag, code) in [
        (Modifier::BOLD, ";1"),
        (Modifier::DIM, ";2"),
        (Modifier::ITALIC, ";3"),
        (Modifier::UNDERLINED, ";4"),
        (Modifier::REVERSED, ";7"),
    ] {
        if modifier.contains(flag) {
            out.push_str(code);
        }
    }
}

fn sgr_colour(out: &mut String, colour: Color, extended: u8, base: u8) {
    // Writing to a String cannot fail.
    let _ = match colour {
        Color::Reset => Ok(()),
        Color::Rgb(red, green, blue) => write!(out, ";{extended};2;{red};{green};{blue}"),
        Color::Indexed(index) => write!(out, ";{extended};5;{index}"),
        named => match ansi_index(named) {
            index @ 0..=7 => write!(out, ";{}", base + index),
            index => write!(out, ";{}", base + 60 + index - 8),
        },
    };
}

fn ansi_index(colour: Color) -> u8 {
    match colour {
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        _ => 0,
    }
}

fn hex(colour: Color) -> Option<String> {
    const NAMED: [&str; 16] = [
        "#1d1f21", "#cc6666", "#8abf6a", "#e0b860", "#6f9fd8", "#b294bb", "#6fb8b0", "#c5c8c6",
        "#666a73", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#ffffff",
    ];
    match colour {
        Color::Reset => None,
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        Color::Indexed(index @ 0..=15) => Some(NAMED[usize::from(index)].to_owned()),
        Color::Indexed(index @ 16..=231) => {
            let index = index - 16;
            let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
            Some(format!(
                "#{:02x}{:02x}{:02x}",
                level(index / 36),
                level(index / 6 % 6),
                level(index % 6)
            ))
        }
        Color::Indexed(index) => {
            let level = 8 + 10 * (index - 232);
            Some(format!("#{level:02x}{level:02x}{level:02x}"))
        }
        named => Some(NAMED[usize::from(ansi_index(named))].to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use ratatui::{layout::Rect, style::Style};

    use super::*;

    fn screen() -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 2));
        buffer.set_string(0, 0, "a<b 漢 x", Style::new().fg(Color::Red));
        buffer.set_string(0, 1, "ok", Style::new().add_modifier(Modifier::BOLD));
        buffer
    }

    #[test]
    fn text_has_no_trailing_blanks_and_wide_characters_once() {
        assert_eq!(text(&screen()), "a<b 漢 x\nok\n");
    }

    #[test]
    fn a_picture_escapes_markup_and_keeps_weight() {
        let picture = svg(&screen());
        assert!(picture.contains("a&lt;b 漢 x"), "{picture}");
        assert!(picture.contains("font-weight=\"bold\""));
        assert!(picture.contains("#cc6666"));
    }

    #[test]
    fn colours_end_with_the_line() {
        let coloured = ansi(&screen());
        assert!(coloured.starts_with("\x1b[0;31ma<b"), "{coloured:?}");
        assert!(coloured.lines().all(|line| line.ends_with("\x1b[0m")));
    }
}
