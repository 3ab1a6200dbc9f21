//! What the terminal shows, and the fewest bytes that make it show the next
//! frame.

#[cfg(test)]
mod tests;

use std::io::Write as _;

use ratatui::buffer::{Buffer, Cell};
use unicode_width::UnicodeWidthStr;

use crate::runtime::terminal::colour::ColourDepth;
use crate::runtime::terminal::style::Pen;

/// Frames above this size are shown at once (mode 2026), in bytes.
const LARGE_FRAME: usize = 2048;

/// A gap of at most this many cells is written over instead of jumped over.
const SHORT_GAP: u16 = 3;

/// From this many blanks on, erasing is shorter than writing them.
const MANY_BLANKS: usize = 6;

/// What the terminal can do beyond the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// How many colours it shows.
    pub colours: ColourDepth,
    /// Erased cells get the current background.
    pub erases_in_colour: bool,
    /// It may know synchronised output (mode 2026); others ignore it.
    pub synchronises: bool,
}

/// The last frame that was encoded, with the state that the terminal is in
/// after it.
#[derive(Debug)]
pub struct Screen {
    abilities: Abilities,
    /// Nothing before the first frame and after [`Screen::forget`].
    shown: Option<Buffer>,
    pen: Pen,
    /// Where the cursor is, if that is certain.
    cursor: Option<(u16, u16)>,
}

impl Screen {
    /// A screen of which nothing is known yet.
    #[must_use]
    pub fn new(abilities: Abilities) -> Self {
        Self {
            abilities,
            shown: None,
            pen: Pen::default(),
            cursor: None,
        }
    }

    /// Forgets what is shown: the next frame is painted from nothing. Gives
    /// back the last frame, so that it can be painted again.
    pub fn forget(&mut self) -> Option<Buffer> {
        self.pen = Pen::default();
        self.cursor = None;
        self.shown.take()
    }

    /// Encodes the way from what is shown to `next` and gives back the buffer
    /// that is not needed any more. No change, no bytes.
    pub fn encode(&mut self, next: Buffer) -> (Vec<u8>, Option<Buffer>) {
        let mut bytes = Vec::new();
        let former = match self.shown.take() {
            Some(former) if former.area == next.area => {
                self.encode_change(&former, &next, &mut bytes);
                Some(former)
            }
            former => {
                bytes.extend_from_slice(b"\x1b[m\x1b[2J");
                self.pen = Pen::default();
                self.cursor = None;
                self.encode_change(&Buffer::empty(next.area), &next, &mut bytes);
                former
            }
        };
        self.shown = Some(next);
        if bytes.len() > LARGE_FRAME && self.abilities.synchronises {
            bytes.splice(0..0, *b"\x1b[?2026h");
            bytes.extend_from_slice(b"\x1b[?2026l");
        }
        (bytes, former)
    }

    fn encode_change(&mut self, former: &Buffer, next: &Buffer, out: &mut Vec<u8>) {
        let changes = changes(former, next);
        let mut index = 0;
        while let Some(&(x, y, cell)) = changes.get(index) {
            let pen = Pen::of(cell, self.abilities.colours);
            let erased = self.erase(&changes[index..], pen, next, out);
            if erased > 0 {
                index += erased;
                continue;
            }
            self.move_to(x, y, next, out);
            self.set_pen(pen, out);
            self.print(cell, x, y, next.area.right(), out);
            index += 1;
        }
    }

    /// Erases when a run of blanks begins here and that is shorter; says how
    /// many of the changes this settles.
    fn erase(
        &mut self,
        changes: &[(u16, u16, &Cell)],
        pen: Pen,
        next: &Buffer,
        out: &mut Vec<u8>,
    ) -> usize {
        let Some(&(x, y, first)) = changes.first() else {
            return 0;
        };
        if !is_blank(first) || !self.may_erase(pen) {
            return 0;
        }
        let depth = self.abilities.colours;
        let same = |cell: &Cell| is_blank(cell) && Pen::of(cell, depth).same_blank(pen);
        let right = next.area.right();
        // To the end of the row everything is blank, changed or not.
        if (x..right).all(|column| same(&next[(column, y)])) {
            let settled = changes.iter().take_while(|change| change.1 == y).count();
            if settled >= MANY_BLANKS {
                self.move_to(x, y, next, out);
                self.set_pen(pen.blank_from(self.pen), out);
                out.extend_from_slice(b"\x1b[K");
                return settled;
            }
        }
        let run = changes
            .iter()
            .zip(x..)
            .take_while(|((column, row, cell), expected)| {
                *row == y && column == expected && same(cell)
            })
            .count();
        // A jump over the erased cells follows, which costs as much again.
        if run < 2 * MANY_BLANKS {
            return 0;
        }
        self.move_to(x, y, next, out);
        self.set_pen(pen.blank_from(self.pen), out);
        let _infallible = write!(out, "\x1b[{run}X");
        run
    }

    fn may_erase(&self, pen: Pen) -> bool {
        if self.abilities.erases_in_colour {
            pen.erases()
        } else {
            pen.erases_to_default()
        }
    }

    fn set_pen(&mut self, pen: Pen, out: &mut Vec<u8>) {
        self.pen.change_to(pen, out);
        self.pen = pen;
    }

    /// Brings the cursor to a cell by the shortest certain way.
    fn move_to(&mut self, x: u16, y: u16, next: &Buffer, out: &mut Vec<u8>) {
        let origin = next.area;
        match self.cursor {
            Some(at) if at == (x, y) => {}
            Some((column, row)) if row == y && column < x => {
                let gap = x - column;
                if gap <= SHORT_GAP && self.write_gap(column..x, y, next, out) {
                    return;
                }
                let _infallible = if gap == 1 {
                    out.write_all(b"\x1b[C")
                } else {
                    write!(out, "\x1b[{gap}C")
                };
            }
            Some((_, row)) if row + 1 == y && x == origin.x => out.extend_from_slice(b"\r\n"),
            _ => {
                let (column, row) = (x - origin.x + 1, y - origin.y + 1);
                let _infallible = if column == 1 {
                    write!(out, "\x1b[{row}H")
                } else {
                    write!(out, "\x1b[{row};{column}H")
                };
            }
        }
        self.cursor = Some((x, y));
    }

    /// Writes the unchanged cells of a gap again, when the pen is right for all
    /// of them and each is one plain character.
    fn write_gap(
        &mut self,
        gap: std::ops::Range<u16>,
        y: u16,
        next: &Buffer,
        out: &mut Vec<u8>,
    ) -> bool {
        let depth = self.abilities.colours;
        let plain = |column: u16| {
            let cell = &next[(column, y)];
            is_plain(cell.symbol()) && Pen::of(cell, depth) == self.pen
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

/// The cells to paint, in order, of two frames of the same size. Where a wide
/// character is broken up, all columns that it covered are among them: with
/// which colour a terminal fills the other half is its own affair.
fn changes<'next>(former: &Buffer, next: &'next Buffer) -> Vec<(u16, u16, &'next Cell)> {
    let area = next.area;
    let columns = usize::from(area.width);
    let mut changes = Vec::new();
    if columns == 0 {
        return changes;
    }
    let rows = former
        .content
        .chunks(columns)
        .zip(next.content.chunks(columns));
    for (y, (old, new)) in (area.y..).zip(rows) {
        let mut broken_until = 0;
        let mut column = 0;
        while column < columns {
            let cell = &new[column];
            let width = columns_of(cell);
            if column < broken_until || *cell != old[column] {
                changes.push((area.x + column as u16, y, cell));
                for (covered, former) in old.iter().enumerate().skip(column).take(width) {
                    broken_until = broken_until.max(covered + columns_of(former));
                }
            }
            column += width;
        }
    }
    changes
}

fn columns_of(cell: &Cell) -> usize {
    let symbol = cell.symbol();
    if symbol.len() == 1 {
        1
    } else {
        symbol.width().max(1)
    }
}

fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " "
}

fn is_plain(symbol: &str) -> bool {
    matches!(symbol.as_bytes(), [b' '..=b'~'])
}

/// One character that every terminal draws one column wide.
fn is_certain(symbol: &str) -> bool {
    let mut characters = symbol.chars();
    matches!(
        (characters.next(), characters.next()),
        (
            Some(
                ' '..='~'
                | '\u{a1}'..='\u{24f}'
                | '\u{370}'..='\u{373}'
                | '\u{391}'..='\u{3ff}'
                | '\u{2010}'..='\u{2027}'
                | '\u{2190}'..='\u{21ff}'
                | '\u{2500}'..='\u{25ff}'
                | '\u{2800}'..='\u{28ff}',
            ),
            None,
        )
    )
}
