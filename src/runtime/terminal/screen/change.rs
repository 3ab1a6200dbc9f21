//! What differs between two frames, and in which strokes it is painted.

use ratatui::buffer::{Buffer, Cell};
use unicode_width::UnicodeWidthStr;

use crate::runtime::terminal::colour::ColourDepth;
use crate::runtime::terminal::style::Pen;

/// From this many blanks on, erasing is shorter than writing them.
const MANY_BLANKS: usize = 6;

/// A cell to paint.
pub(super) type Change<'frame> = (u16, u16, &'frame Cell);

/// Cells to paint with one pen, in order.
#[derive(Debug)]
pub(super) struct Stroke<'changes, 'frame> {
    pub(super) pen: Pen,
    pub(super) cells: &'changes [Change<'frame>],
    pub(super) kind: Kind,
}

/// How a stroke is painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Character by character.
    Text,
    /// By erasing its cells.
    Erase,
    /// By erasing the row from its first cell on.
    EraseToEnd,
}

impl Stroke<'_, '_> {
    /// True when every terminal agrees how wide its characters are.
    pub(super) fn is_certain(&self) -> bool {
        self.kind != Kind::Text || self.cells.iter().all(|cell| is_certain(cell.2.symbol()))
    }
}

/// The cells to paint, in order, of two frames of the same size. Where a wide
/// character is broken up, all columns that it covered are among them: with
/// which colour a terminal fills the other half is its own affair.
pub(super) fn changes<'next>(former: &Buffer, next: &'next Buffer) -> Vec<Change<'next>> {
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

/// Divides changes into strokes, in the order of the changes.
pub(super) fn strokes<'changes, 'frame>(
    changes: &'changes [Change<'frame>],
    next: &Buffer,
    depth: ColourDepth,
    erases_in_colour: bool,
) -> Vec<Stroke<'changes, 'frame>> {
    let mut strokes: Vec<Stroke<'_, '_>> = Vec::new();
    let mut rest = changes;
    while let Some(&(_, _, cell)) = rest.first() {
        let mut pen = Pen::of(cell, depth);
        // A blank is drawn by the pen at hand where that looks the same.
        if is_blank(cell)
            && let Some(before) = strokes.last()
            && before.pen.same_blank(pen)
        {
            pen = before.pen;
        }
        let (kind, count) = match erased(rest, next, depth, erases_in_colour) {
            Some(erased) => erased,
            None => (Kind::Text, run(rest, pen, next, depth, erases_in_colour)),
        };
        let (cells, after) = rest.split_at(count);
        strokes.push(Stroke { pen, cells, kind });
        rest = after;
    }
    strokes
}

/// How many of the changes one pen paints in this row, up to where erasing is
/// shorter.
fn run(
    changes: &[Change<'_>],
    pen: Pen,
    next: &Buffer,
    depth: ColourDepth,
    erases_in_colour: bool,
) -> usize {
    let Some(row) = changes.first().map(|first| first.1) else {
        return 0;
    };
    let mut after_blank = true;
    for (at, (_, y, cell)) in changes.iter().enumerate() {
        let own = Pen::of(cell, depth);
        let blank = is_blank(cell);
        if *y != row || !(own == pen || (blank && own.same_blank(pen))) {
            return at;
        }
        // Of a run of blanks only the first is asked.
        if blank && !after_blank && erased(&changes[at..], next, depth, erases_in_colour).is_some()
        {
            return at;
        }
        after_blank = blank;
    }
    changes.len()
}

/// How many of the changes erasing settles, where a run of blanks begins here
/// and erasing it is shorter.
fn erased(
    changes: &[Change<'_>],
    next: &Buffer,
    depth: ColourDepth,
    erases_in_colour: bool,
) -> Option<(Kind, usize)> {
    let &(x, y, first) = changes.first()?;
    let pen = Pen::of(first, depth);
    let erasable = if erases_in_colour {
        pen.erases()
    } else {
        pen.erases_to_default()
    };
    if !is_blank(first) || !erasable {
        return None;
    }
    let same = |cell: &Cell| is_blank(cell) && Pen::of(cell, depth).same_blank(pen);
    let right = next.area.right();
    // To the end of the row everything is blank, changed or not.
    let settled = changes.iter().take_while(|change| change.1 == y).count();
    if settled >= MANY_BLANKS && (x..right).all(|column| same(&next[(column, y)])) {
        return Some((Kind::EraseToEnd, settled));
    }
    let run = changes
        .iter()
        .zip(x..)
        .take_while(|((column, row, cell), expected)| *row == y && column == expected && same(cell))
        .count();
    // A jump over the erased cells follows, which costs as much again.
    (run >= 2 * MANY_BLANKS).then_some((Kind::Erase, run))
}

pub(super) fn columns_of(cell: &Cell) -> usize {
    let symbol = cell.symbol();
    if symbol.len() == 1 {
        1
    } else {
        symbol.width().max(1)
    }
}

pub(super) fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " "
}

/// One character that every terminal draws one column wide.
pub(super) fn is_certain(symbol: &str) -> bool {
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
