//! Rows, cursors and filters: what a view remembers while another is shown.

use std::collections::BTreeMap;

use crate::command::{Item, Pane};

/// What one view remembers.
#[derive(Clone, Debug, PartialEq)]
pub struct Screen {
    /// The pane that has the focus.
    pub focus: Pane,
    /// True when that pane fills the view.
    pub zoomed: bool,
    /// Which rows are shown.
    pub filter: Filter,
    /// The rows of each pane.
    pub lists: BTreeMap<Pane, List>,
    /// The tab inside a pane, for panes that have several.
    pub tab: usize,
}

/// The rows of one pane and where the cursor is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    /// The rows that pass the filter, in the order in which they are drawn.
    pub rows: Vec<Item>,
    /// How many rows there would be without a filter, headings not counted.
    pub total: usize,
    /// The item under the cursor.
    pub selected: Option<Item>,
    /// Its place among `rows`.
    pub index: usize,
    /// First row on the screen (for panes of lines: first line).
    pub offset: usize,
    /// For rows that are all runs in their order: which order that was
    /// ([`crate::model::Model::order_of_runs`]).
    pub order: Option<u64>,
}

/// A pane without rows.
pub(super) static NO_ROWS: List = List {
    rows: Vec::new(),
    total: 0,
    selected: None,
    index: 0,
    offset: 0,
    order: None,
};

/// Shows everything.
pub(super) static NO_FILTER: Filter = Filter {
    text: String::new(),
};

impl List {
    /// The rows that fit `height` lines, each with whether the cursor is on it.
    pub fn visible(&self, height: u16) -> impl Iterator<Item = (bool, &Item)> {
        let selected = self.selected.as_ref();
        self.rows
            .iter()
            .skip(self.offset)
            .take(usize::from(height))
            .map(move |item| (Some(item) == selected, item))
    }

    /// How many rows lie below the last one that fits `height` lines.
    #[must_use]
    pub fn below(&self, height: u16) -> usize {
        self.rows
            .len()
            .saturating_sub(self.offset + usize::from(height))
    }
}

/// Which rows are shown: each word must occur in a row's text; a leading `!`
/// shows the others instead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// As typed.
    pub text: String,
}

impl Filter {
    /// True when it shows everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.trim_start_matches('!').trim().is_empty()
    }

    /// Whether a row with this text, in lower case, is shown.
    #[must_use]
    pub fn shows(&self, text: &str) -> bool {
        if self.is_empty() {
            return true;
        }
        let lower = self.text.to_lowercase();
        let (inverse, words) = match lower.strip_prefix('!') {
            Some(words) => (true, words),
            None => (false, lower.as_str()),
        };
        words.split_whitespace().all(|word| text.contains(word)) != inverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_ask_for_every_word_and_can_be_turned_round() {
        let filter = |text: &str| Filter {
            text: text.to_owned(),
        };
        assert!(filter("").shows("anything"));
        assert!(filter("!").shows("anything"));
        assert!(filter("Check fail").shows("checkout #1 failed"));
        assert!(!filter("check ok").shows("checkout #1 failed"));
        assert!(!filter("!check").shows("checkout #1 failed"));
        assert!(filter("!search").shows("checkout #1 failed"));
    }
}
