//! Rows that moved up or down together, as those of a list that scrolls: the
//! terminal moves them itself (DECSTBM, IL and DL, as since the VT102).

use std::io::Write as _;
use std::ops::Range;

use ratatui::buffer::{Buffer, Cell};

/// Rows that must have moved for it to be worth a try.
const LEAST: usize = 3;

/// The rows `to` of the next frame were `by` rows further down before (further
/// up, where it is negative). Rows are counted from the top of the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shift {
    to: Range<usize>,
    by: isize,
}

impl Shift {
    /// The shift that explains most of what differs between two frames of the
    /// same size; none where nothing moved.
    pub(super) fn between(former: &Buffer, next: &Buffer) -> Option<Self> {
        let columns = usize::from(next.area.width);
        if columns == 0 {
            return None;
        }
        let old: Vec<&[Cell]> = former.content.chunks(columns).collect();
        let new: Vec<&[Cell]> = next.content.chunks(columns).collect();
        let changed: Vec<usize> = (0..new.len().min(old.len()))
            .filter(|row| new[*row] != old[*row])
            .collect();
        if changed.len() < LEAST {
            return None;
        }
        let reach = isize::try_from(new.len()).ok()? - 1;
        let (by, moved) = (-reach..=reach)
            .filter(|by| *by != 0)
            .map(|by| {
                let moved = changed
                    .iter()
                    .filter(|row| came_from(&old, **row, by) == Some(new[**row]));
                (by, moved.count())
            })
            .max_by_key(|(by, moved)| (*moved, -by.abs()))?;
        if moved < LEAST {
            return None;
        }
        let to = best_block(&old, &new, by)?;
        Some(Self { to, by })
    }

    /// The rows that move and those that they move over.
    fn region(&self) -> Range<usize> {
        let by = self.by.unsigned_abs();
        if self.by > 0 {
            self.to.start..self.to.end + by
        } else {
            self.to.start - by..self.to.end
        }
    }

    /// Writes what makes the terminal move the rows. The rows that came free
    /// are blank afterwards. Where the cursor is is not certain: the standard
    /// has it in the upper left corner, some leave it where it was.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let region = self.region();
        let (top, bottom) = (region.start + 1, region.end);
        let by = self.by.unsigned_abs();
        let letter = if self.by > 0 { 'M' } else { 'L' };
        let _infallible = write!(out, "\x1b[{top};{bottom}r\x1b[{top}H");
        if by > 1 {
            let _infallible = write!(out, "\x1b[{by}{letter}\x1b[r");
        } else {
            let _infallible = write!(out, "\x1b[{letter}\x1b[r");
        }
    }

    /// Moves the rows of a frame as the terminal does.
    pub(super) fn apply(&self, frame: &mut Buffer) {
        let columns = usize::from(frame.area.width);
        let region = self.region();
        let by = self.by.unsigned_abs() * columns;
        let cells = region.start * columns..region.end * columns;
        let Some(cells) = frame.content.get_mut(cells) else {
            return;
        };
        let free = if self.by > 0 {
            cells.rotate_left(by);
            cells.len() - by..cells.len()
        } else {
            cells.rotate_right(by);
            0..by
        };
        cells[free].fill(Cell::EMPTY);
    }
}

fn came_from<'frame>(old: &[&'frame [Cell]], row: usize, by: isize) -> Option<&'frame [Cell]> {
    old.get(row.checked_add_signed(by)?).copied()
}

/// The rows in a block for which the shift spares most cells.
fn best_block(old: &[&[Cell]], new: &[&[Cell]], by: isize) -> Option<Range<usize>> {
    let differ = |one: &[Cell], other: &[Cell]| -> isize {
        let count = one.iter().zip(other).filter(|(one, other)| one != other);
        isize::try_from(count.count()).unwrap_or(isize::MAX)
    };
    let (mut best, mut most) = (None, 0);
    let (mut start, mut sum) = (0, 0);
    for (row, cells) in new.iter().enumerate() {
        let gain = match (old.get(row), came_from(old, row, by)) {
            (Some(here), Some(there)) => differ(cells, here) - differ(cells, there),
            _ => {
                (start, sum) = (row + 1, 0);
                continue;
            }
        };
        sum += gain;
        if sum <= 0 {
            (start, sum) = (row + 1, 0);
        } else if sum > most {
            (best, most) = (Some(start..row + 1), sum);
        }
    }
    best
}
