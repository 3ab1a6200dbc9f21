//! One thing on the calendar.

use chrono::TimeDelta;

use crate::{
    command::Item,
    domain::{Text, Timestamp, Window, WindowKind},
    ui::theme::State,
};

/// What sort of thing, the weightiest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// A release.
    Release,
    /// Nothing goes out.
    Freeze,
    /// A system is being worked on.
    Maintenance,
    /// Changes go out.
    Change,
    /// Due at a moment.
    Milestone,
    /// A holiday or another note.
    Note,
    /// Somebody's duty ends.
    Handover,
}

impl Sort {
    /// The sort of a span.
    #[must_use]
    pub fn of(kind: &WindowKind) -> Self {
        match kind {
            WindowKind::Freeze => Self::Freeze,
            WindowKind::Change => Self::Change,
            WindowKind::Maintenance => Self::Maintenance,
            WindowKind::Release => Self::Release,
            WindowKind::Milestone => Self::Milestone,
            WindowKind::Other(_) => Self::Note,
        }
    }

    /// The word for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Freeze => "freeze",
            Self::Maintenance => "maintenance",
            Self::Change => "change window",
            Self::Milestone => "milestone",
            Self::Note => "note",
            Self::Handover => "on call",
        }
    }

    /// How a span of it looks.
    #[must_use]
    pub fn state(self) -> State {
        match self {
            Self::Release => State::Running,
            Self::Freeze => State::Frozen,
            Self::Maintenance => State::Held,
            Self::Change => State::Ok,
            Self::Milestone => State::Marginal,
            Self::Note | Self::Handover => State::Quiet,
        }
    }

    /// Whether it holds for a time, and other things happen in it.
    #[must_use]
    pub fn is_band(self) -> bool {
        matches!(self, Self::Freeze | Self::Maintenance | Self::Change)
    }
}

/// One thing on the calendar.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What can be selected; none for a handover.
    pub item: Option<Item>,
    /// What sort.
    pub sort: Sort,
    /// How it looks.
    pub state: State,
    /// Title for people.
    pub title: Text,
    /// First instant.
    pub start: Timestamp,
    /// First instant after it; the same for what is a moment.
    pub end: Timestamp,
    /// When its code was cut, or will be.
    pub branch: Option<Timestamp>,
    /// Something speaks against its plan.
    pub troubled: bool,
}

impl Entry {
    /// A span of time.
    #[must_use]
    pub fn of_window(window: &Window) -> Self {
        let sort = Sort::of(&window.kind);
        Self {
            item: Some(Item::Window(window.id.clone())),
            sort,
            state: sort.state(),
            title: window.title.clone(),
            // A milestone matters when it is due, not since somebody made it.
            start: if sort == Sort::Milestone {
                window.end
            } else {
                window.start
            },
            end: window.end,
            branch: None,
            troubled: false,
        }
    }

    /// Whether it touches `[from, until)`: with its branch, too.
    #[must_use]
    pub fn touches(&self, from: Timestamp, until: Timestamp) -> bool {
        let start = self
            .branch
            .map_or(self.start, |branch| branch.min(self.start));
        let end = self.end.max(start + TimeDelta::nanoseconds(1));
        start < until && from < end
    }

    /// Whether it holds in `[from, until)`.
    #[must_use]
    pub fn holds_in(&self, from: Timestamp, until: Timestamp) -> bool {
        let end = self.end.max(self.start + TimeDelta::nanoseconds(1));
        self.start < until && from < end
    }

    /// Its place among others: by its start, the weightier first, the longer
    /// first.
    #[must_use]
    pub fn order(&self) -> (Timestamp, Sort, std::cmp::Reverse<Timestamp>, &Option<Item>) {
        (
            self.start,
            self.sort,
            std::cmp::Reverse(self.end),
            &self.item,
        )
    }

    /// How it looks, what speaks against it included.
    #[must_use]
    pub fn look(&self) -> State {
        if self.troubled {
            State::Alert
        } else {
            self.state
        }
    }
}
