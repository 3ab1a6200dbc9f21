//! What the person can know of the item under the cursor.
//!
//! A person acts on what the terminal *showed*. Between that picture and the
//! key lie the rest of a frame, the link and the person's own time to react,
//! and in that time the list may have moved. So a key that changes something
//! outside is taken only when the item under the cursor is the one that the
//! person must have meant:
//!
//! 1. the person has just put the cursor there, over a list that was taken
//!    in, and it still stands on the same item, wherever that went; or
//! 2. that item has been under the cursor on the screen: at all, where the
//!    person's own hand brought it there or nothing was there before; for long
//!    enough to see it and to hold back, where the list moved by itself.
//!
//! Else nothing is done, and the person is asked to press again.

use chrono::TimeDelta;

use super::list::{List, TAKEN_IN};
use crate::{
    command::{Item, Pane, View},
    domain::{Text, Timestamp},
};

/// What the person can know of the item under the cursor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cursor {
    place: Option<(View, Option<Pane>)>,
    item: Option<Item>,
    /// What it is called, for when it is gone.
    label: Text,
    /// The first frame that shows it there.
    frame: u64,
    /// When the terminal took that frame.
    seen: Option<Timestamp>,
    /// How long it has to be seen before the person has taken it in.
    takes: TimeDelta,
    /// When the person put the cursor on it over a list that was taken in.
    meant: Option<Timestamp>,
    /// What stood under the cursor before and is gone; empty when nothing is.
    gone: Text,
}

impl Cursor {
    /// Whether the cursor stands elsewhere than it did.
    #[must_use]
    pub fn differs(&self, place: (View, Option<Pane>), item: Option<&Item>) -> bool {
        self.place != Some(place) || self.item.as_ref() != item
    }

    /// The cursor stands elsewhere: by the person's hand or not. `list` is what
    /// it stands in, `label` names the item.
    pub(in crate::ui) fn comes_to(
        &mut self,
        place: (View, Option<Pane>),
        item: Option<Item>,
        label: Text,
        by_hand: bool,
        list: &List,
        (frame, now): (u64, Timestamp),
    ) {
        let here = self.place == Some(place);
        let nothing_before = self.item.is_none();
        let before = std::mem::take(&mut self.label);
        let fell = here && !by_hand && !nothing_before;
        self.gone = if fell { before } else { Text::default() };
        let taken_in = list.is_taken_in(now);
        let moved_by_itself = !taken_in && list.changed.is_some_and(|change| change.foreign);
        // Where nothing was, nothing else can have been meant.
        let needs_no_time = if by_hand {
            !moved_by_itself
        } else {
            here && nothing_before
        };
        self.takes = if needs_no_time {
            TimeDelta::zero()
        } else {
            TAKEN_IN
        };
        self.meant = (by_hand && taken_in).then_some(now);
        self.place = Some(place);
        self.item = item;
        self.label = label;
        self.frame = frame;
        self.seen = None;
    }

    /// The terminal took a frame.
    pub(in crate::ui) fn flushed(&mut self, frame: u64, at: Timestamp) {
        if self.seen.is_none() && frame >= self.frame {
            self.seen = Some(at);
        }
    }

    /// Why a key that changes something outside is not taken now; none when it
    /// is.
    #[must_use]
    pub fn doubt(&self, now: Timestamp) -> Option<String> {
        let seen = self.seen.is_some_and(|seen| now - seen >= self.takes);
        let meant = self.meant.is_some_and(|at| now - at < TAKEN_IN);
        if self.item.is_none() || seen || meant {
            return None;
        }
        Some(if self.gone.is_empty() {
            "the list moved: press again".to_owned()
        } else {
            format!(
                "the list moved, {} has gone from under the cursor: press again",
                self.gone
            )
        })
    }
}
