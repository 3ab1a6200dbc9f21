//! Which part of a list is on the screen.

use std::ops::Range;

/// The rows to draw: the same as before (`offset`) if the selected row is
/// among them, else moved by as little as shows it. A list that fits is shown
/// whole.
#[must_use]
pub fn window(selected: usize, offset: usize, count: usize, height: u16) -> Range<usize> {
    let height = usize::from(height);
    if height == 0 || count == 0 {
        return 0..0;
    }
    let selected = selected.min(count - 1);
    let last_start = count.saturating_sub(height);
    let start = offset
        .min(last_start)
        .min(selected)
        .max((selected + 1).saturating_sub(height));
    start..(start + height).min(count)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_window_moves_as_little_as_it_can() {
        assert_eq!(window(3, 0, 10, 4), 0..4);
        assert_eq!(window(4, 0, 10, 4), 1..5);
        assert_eq!(window(2, 1, 10, 4), 1..5);
        assert_eq!(window(0, 1, 10, 4), 0..4);
        assert_eq!(window(9, 99, 10, 4), 6..10);
        assert_eq!(window(9, 0, 3, 4), 0..3);
    }

    proptest! {
        #[test]
        fn the_selected_row_is_always_shown(
            selected in 0usize..500, offset in 0usize..500, count in 1usize..500, height in 1u16..80,
        ) {
            let shown = window(selected, offset, count, height);
            prop_assert!(shown.contains(&selected.min(count - 1)));
            prop_assert_eq!(shown.len(), count.min(usize::from(height)));
        }
    }
}
