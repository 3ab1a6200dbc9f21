//! The terminal's pen and cursor, and the fewest bytes that bring both to
//! where the next cells are painted.

use std::io::Write as _;
use std::ops::Range;

use ratatui::buffer::{Buffer, Cell};
use unicode_width::UnicodeWidthStr;

use super::change::{Kind, Stroke, is_blank, is_certain};
use crate::runtime::terminal::colour::ColourDepth;
use crate::runtime::terminal::style::Pen;

/// A gap of at most this many cells is written over instead of jumped over.
const SHORT_GAP: u16 = 4;

/// What is known of the terminal's state after all that was written to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Brush {
    pub(super) depth: ColourDepth,
    pub(super) pen: Pen,
    /// Where the cursor is, if that is certain.
    pub(super) cursor: Option<(u16, u16)>,
}

impl Brush {
    /// The state after a reset of everything.
    pub(super) fn new(depth: ColourDepth) -> Self {
        Self {
            depth,
            pen: Pen::default(),
            cursor: None,
        }
    }

    /// Paints one stroke of `next`.
    pub(super) fn paint(&mut self, stroke: &Stroke<'_, '_>, next: &Buffer, out: &mut Vec<u8>) {
        if stroke.kind != Kind::Text {
            self.erase(stroke, next, out);
            return;
        }
        for &(x, y, cell) in stroke.cells {
            self.move_to(x, y, next, out);
            let own = Pen::of(cell, self.depth);
            self.set_pen(
                if is_blank(cell) && own.erases() {
                    own.blank_from(self.pen)
                } else {
                    own
                },
                out,
            );
            self.print(cell, x, y, next.area.right(), out);
        }
    }

    fn erase(&mut self, stroke: &Stroke<'_, '_>, next: &Buffer, out: &mut Vec<u8>) {
        let Some(&(x, y, cell)) = stroke.cells.first() else {
            return;
        };
        self.move_to(x, y, next, out);
        let own = Pen::of(cell, self.depth);
        self.set_pen(own.blank_from(self.pen), out);
        if stroke.kind == Kind::EraseToEnd {
            out.extend_from_slice(b"\x1b[K");
        } else {
            let _infallible = write!(out, "\x1b[{}X", stroke.cells.len());
        }
    }

    /// Changes the pen to one that erases to the terminal's own background.
    pub(super) fn set_plain_background(&mut self, out: &mut Vec<u8>) {
        self.set_pen(Pen::default().blank_from(self.pen), out);
    }

    fn set_pen(&mut self, pen: Pen, out: &mut Vec<u8>) {
        self.pen.change_to(pen, out);
        self.pen = pen;
    }

    /// Brings the cursor to a cell by the shortest certain way.
    fn move_to(&mut self, x: u16, y: u16, next: &Buffer, out: &mut Vec<u8>) {
        let origin = next.area;
        let (column, row) = (x - origin.x, y - origin.y);
        if let Some((from, at)) = self.cursor {
            if (from, at) == (x, y) {
                return;
            }
            if at == y && from < x && x - from <= SHORT_GAP && self.write_gap(from..x, y, next, out)
            {
                return;
            }
        }
        let mut shortest = absolute(column, row);
        if let Some((from, at)) = self.cursor {
            let vertical = down(i32::from(y) - i32::from(at));
            let right = along(i32::from(x) - i32::from(from));
            let way = vertical + &right;
            if way.len() < shortest.len() {
                shortest = way;
            }
        }
        out.extend_from_slice(shortest.as_bytes());
        self.cursor = Some((x, y));
    }

    /// Writes the unchanged cells of a gap again, when the pen is right for all
    /// of them and each is one plain character.
    fn write_gap(&mut self, gap: Range<u16>, y: u16, next: &Buffer, out: &mut Vec<u8>) -> bool {
        let plain = |column: u16| {
            let cell = &next[(column, y)];
            let own = Pen::of(cell, self.depth);
            is_plain(cell.symbol())
                && (own == self.pen || (is_blank(cell) && own.same_blank(self.pen)))
        };
        if !gap.clone().all(plain) {
            return false;
        }
        let end = gap.end;
        for column in gap {
            out.extend_from_slice(next[(column, y)].symbol().as_bytes());
        }
        self.cursor = Some((end, y));
        true
    }

    fn print(&mut self, cell: &Cell, x: u16, y: u16, right: u16, out: &mut Vec<u8>) {
        let symbol = cell.symbol();
        let width = symbol.width();
        // No widget puts a control into a cell; were one to, it stays here.
        if width == 0 || symbol.chars().any(char::is_control) {
            out.push(if width == 0 { b' ' } else { b'?' });
            self.cursor = None;
            return;
        }
        out.extend_from_slice(symbol.as_bytes());
        // Terminals disagree about the width of some characters, and about
        // where the cursor is after the last column.
        self.cursor = (is_certain(symbol) && x + 1 < right).then_some((x + 1, y));
    }
}

/// To a place counted from the screen's corner.
fn absolute(column: u16, row: u16) -> String {
    match (column, row) {
        (0, 0) => "\x1b[H".to_owned(),
        (0, row) => format!("\x1b[{}H", row + 1),
        (column, row) => format!("\x1b[{};{}H", row + 1, column + 1),
    }
}

/// So many columns to the right, or to the left.
fn along(columns: i32) -> String {
    match columns {
        0 => String::new(),
        1 => "\x1b[C".to_owned(),
        2.. => format!("\x1b[{columns}C"),
        -1 => "\x1b[D".to_owned(),
        _ => format!("\x1b[{}D", -columns),
    }
}

/// So many rows down in the same column, or up. A line feed would do as well,
/// but then no control character could be told from one that is not ours.
fn down(rows: i32) -> String {
    match rows {
        0 => String::new(),
        1 => "\x1b[B".to_owned(),
        2.. => format!("\x1b[{rows}B"),
        -1 => "\x1b[A".to_owned(),
        _ => format!("\x1b[{}A", -rows),
    }
}

fn is_plain(symbol: &str) -> bool {
    matches!(symbol.as_bytes(), [b' '..=b'~'])
}
