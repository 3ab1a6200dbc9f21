//! Rows, cursors and filters: what a view remembers while another is shown.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::{
    command::{Item, Pane, Terms},
    domain::Timestamp,
};

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

impl Screen {
    /// The first look of a view: with the focus on this pane.
    #[must_use]
    pub fn new(focus: Pane) -> Self {
        Self {
            focus,
            zoomed: false,
            filter: Filter::default(),
            lists: BTreeMap::new(),
            tab: 0,
        }
    }
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
    /// The item that the cursor rested on last, whose parts other panes show;
    /// see [`App::subject`](super::App::subject).
    pub rested: Option<Item>,
    /// Its place among `rows`.
    pub index: usize,
    /// First row on the screen (for panes of lines: first line).
    pub offset: usize,
    /// The newest change of the rows; none when they were never others.
    pub changed: Option<Change>,
    /// For rows that are all runs in their order: which order that was
    /// ([`crate::model::Model::order_of_runs`]).
    pub order: Option<u64>,
}

/// A change of a list's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The first frame that shows it.
    pub frame: u64,
    /// When the terminal took that frame; none before it did.
    pub seen: Option<Timestamp>,
    /// True when it came from outside, and not from what the person did.
    pub foreign: bool,
}

impl Change {
    /// Whether a person who acts at `now` has taken it in: what one did
    /// oneself as soon as it is shown, what came from outside a while later.
    #[must_use]
    pub fn is_taken_in(&self, now: Timestamp) -> bool {
        self.seen
            .is_some_and(|seen| !self.foreign || now - seen >= TAKEN_IN)
    }
}

/// How long after a change was shown a person has taken it in: to see it and
/// to hold back a key takes most of a second, and the link takes its part.
pub const TAKEN_IN: TimeDelta = TimeDelta::milliseconds(800);

/// A pane without rows.
pub(super) static NO_ROWS: List = List {
    rows: Vec::new(),
    total: 0,
    selected: None,
    rested: None,
    index: 0,
    offset: 0,
    changed: None,
    order: None,
};

/// Shows everything.
pub(super) static NO_FILTER: Filter = Filter {
    text: String::new(),
};

impl List {
    /// Notes that the rows are others than before, which `frame` shows first.
    pub(in crate::ui) fn has_changed(&mut self, frame: u64, now: Timestamp, foreign: bool) {
        let before = self.changed.filter(|before| !before.is_taken_in(now));
        self.changed = Some(Change {
            frame,
            seen: None,
            foreign: foreign || before.is_some_and(|before| before.foreign),
        });
    }

    /// Whether the person has taken in what the rows are now.
    #[must_use]
    pub fn is_taken_in(&self, now: Timestamp) -> bool {
        self.changed.is_none_or(|change| change.is_taken_in(now))
    }

    /// The rows that fit `height` lines, each with whether the cursor is on it.
    pub fn visible(&self, height: u16) -> impl Iterator<Item = (bool, &Item)> {
        let selected = self.selected.as_ref();
        self.rows
            .iter()
            .skip(self.offset)
            .take(usize::from(height))
            .map(move |item| (Some(item) == selected, item))
    }

    /// The cursor rests where it is.
    pub(in crate::ui) fn rest(&mut self) {
        if self.rested != self.selected {
            self.rested.clone_from(&self.selected);
        }
    }

    /// How many rows lie below the last one that fits `height` lines.
    #[must_use]
    pub fn below(&self, height: u16) -> usize {
        self.rows
            .len()
            .saturating_sub(self.offset + usize::from(height))
    }
}

/// Which rows are shown; see [`Terms`].
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

    /// What it asks for.
    #[must_use]
    pub fn terms(&self) -> Terms {
        Terms::parse(&self.text)
    }
}
