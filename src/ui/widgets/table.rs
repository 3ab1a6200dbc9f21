//! Columns that share a width: the important ones stay, the others leave one
//! by one as it gets narrow.

use super::row::Align;

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its head.
    pub head: &'static str,
    /// Columns that it needs.
    pub min: u16,
    /// Columns that it can use.
    pub max: u16,
    /// Which side its text keeps to.
    pub align: Align,
    /// 0 stays longest.
    pub rank: u8,
}

impl Column {
    /// A column of words.
    #[must_use]
    pub const fn words(head: &'static str, min: u16, max: u16, rank: u8) -> Self {
        Self {
            head,
            min,
            max,
            align: Align::Left,
            rank,
        }
    }

    /// A column of numbers.
    #[must_use]
    pub const fn number(head: &'static str, width: u16, rank: u8) -> Self {
        Self {
            head,
            min: width,
            max: width,
            align: Align::Right,
            rank,
        }
    }
}

/// The columns between two cells.
pub const GAP: u16 = 2;

/// The width of every column of `N`, 0 for one that has to leave. What is left
/// over is shared by those that can use it.
#[must_use]
pub fn widths<const N: usize>(columns: &[Column; N], room: u16) -> [u16; N] {
    let mut widths = [0; N];
    let mut order: [usize; N] = std::array::from_fn(|at| at);
    order.sort_by_key(|at| columns.get(*at).map(|column| column.rank));
    let mut left = room;
    let mut first = true;
    for at in order {
        let Some(column) = columns.get(at) else {
            continue;
        };
        let gap = if first { 0 } else { GAP };
        let needed = column.min + gap;
        if needed > left {
            if first {
                widths[at] = left;
                left = 0;
            }
            // Keeping the order of rank: what is less important than a column
            // that had to leave leaves too.
            break;
        }
        widths[at] = column.min;
        left -= needed;
        first = false;
    }
    share_out(columns, &mut widths, left);
    widths
}

/// Gives what is left to the columns in proportion to what they can use.
fn share_out<const N: usize>(columns: &[Column; N], widths: &mut [u16; N], left: u16) {
    let mut left = u32::from(left);
    let mut wishes: u32 = columns
        .iter()
        .zip(widths.iter())
        .filter(|(_, width)| **width > 0)
        .map(|(column, width)| u32::from(column.max.saturating_sub(*width)))
        .sum();
    for (column, width) in columns.iter().zip(widths.iter_mut()) {
        let wish = u32::from(column.max.saturating_sub(*width));
        if *width == 0 || wish == 0 {
            continue;
        }
        // The last one gets the whole rest: nothing is lost by rounding.
        let share = (left * wish).div_ceil(wishes.max(1)).min(wish).min(left);
        *width += u16::try_from(share).unwrap_or(0);
        left -= share;
        wishes -= wish;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COLUMNS: [Column; 4] = [
        Column::words("SERVICE", 8, 20, 0),
        Column::words("BRANCH", 6, 10, 3),
        Column::words("STATE", 10, 40, 1),
        Column::number("AGE", 4, 2),
    ];

    #[test]
    fn the_least_important_column_leaves_first() {
        assert_eq!(widths(&COLUMNS, 34), [8, 6, 10, 4]);
        assert_eq!(widths(&COLUMNS, 33), [10, 0, 15, 4]);
        assert_eq!(widths(&COLUMNS, 20), [8, 0, 10, 0]);
        assert_eq!(widths(&COLUMNS, 5), [5, 0, 0, 0]);
        assert_eq!(widths(&COLUMNS, 200), [20, 10, 40, 4]);
    }

    proptest! {
        #[test]
        fn columns_never_take_more_than_there_is(room in 0u16..250) {
            let widths = widths(&COLUMNS, room);
            let shown = widths.iter().filter(|width| **width > 0).count() as u16;
            let total = widths.iter().sum::<u16>() + GAP * shown.saturating_sub(1);
            prop_assert!(total <= room);
        }
    }
}
