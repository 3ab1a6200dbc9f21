//! The log that is open: what of it is shown, and how. Only the lines on the
//! screen and some around them are held.

use std::{collections::BTreeSet, ops::Range};

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::{
    analysis::log::{Cause, Line, Needle, Seek, State},
    domain::{Origin, Text},
};

/// Where the bytes of a log are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogPlace {
    /// Kept of a job's log.
    Job(Origin),
    /// A file that a person named; its name.
    File(Text),
}

/// What is shown of the instants before lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    /// Nothing.
    #[default]
    Hidden,
    /// The time of day, in UTC.
    Clock,
    /// How long after the first line.
    Since,
}

/// How logs are shown; it stays when another one is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogLook {
    /// Long lines go on in the next row.
    pub wrap: bool,
    /// The instants.
    pub times: Times,
}

/// The log that is open.
#[derive(Clone, Debug)]
pub struct LogView {
    /// Which one.
    pub place: LogPlace,
    /// The number of the reader; what another one tells is passed over.
    pub ticket: u64,
    /// How far it was read.
    pub state: State,
    /// True once it is known where to open it.
    pub opened: bool,
    /// First line on the screen, counted from 0.
    pub top: u64,
    /// Rows of the first line that are scrolled out, where lines are wrapped.
    pub skip: usize,
    /// The line under the cursor.
    pub at: u64,
    /// Where the marked range began.
    pub anchor: Option<u64>,
    /// What broke; none where nothing did or nothing says what.
    pub cause: Option<Cause>,
    /// True once the person went somewhere: then nothing else goes for them.
    pub moved: bool,
    /// The end is shown, whatever comes.
    pub follow: bool,
    /// How it is shown.
    pub look: LogLook,
    /// Titles of groups that are folded.
    pub folded: BTreeSet<u64>,
    /// Lines that are folded away: first and last, in order, apart.
    hidden: Vec<(u64, u64)>,
    /// The lines at hand, in order.
    pub window: Vec<Line>,
    /// What was asked for last.
    pub asked: Vec<Range<u64>>,
    /// What is searched for; empty when nothing is.
    pub find: String,
    /// The same, to point it out.
    pub needle: Option<Needle>,
    /// What is being sought since when, in frames.
    pub seeking: Option<Seek>,
    /// Edition, size and end of the log as its facts told last.
    pub told: Option<(u64, u64, bool)>,
    /// Why it cannot be read; empty when it can.
    pub fault: Text,
}

impl LogView {
    /// A log of which nothing was read yet.
    #[must_use]
    pub fn new(place: LogPlace, ticket: u64, look: LogLook) -> Self {
        Self {
            place,
            ticket,
            look,
            state: State::default(),
            opened: false,
            top: 0,
            skip: 0,
            at: 0,
            anchor: None,
            cause: None,
            moved: false,
            follow: false,
            folded: BTreeSet::new(),
            hidden: Vec::new(),
            window: Vec::new(),
            asked: Vec::new(),
            find: String::new(),
            needle: None,
            seeking: None,
            told: None,
            fault: Text::default(),
        }
    }

    /// The job that wrote it.
    #[must_use]
    pub fn job(&self) -> Option<&Origin> {
        match &self.place {
            LogPlace::Job(job) => Some(job),
            LogPlace::File(_) => None,
        }
    }

    /// A line, where it is at hand.
    #[must_use]
    pub fn line(&self, number: u64) -> Option<&Line> {
        self.window
            .binary_search_by_key(&number, |line| line.number)
            .ok()
            .and_then(|place| self.window.get(place))
    }

    /// The last line that is shown.
    #[must_use]
    pub fn last(&self) -> u64 {
        let last = self.state.lines.saturating_sub(1);
        self.shown(last)
    }

    /// The line itself, or the title of the group that it is folded away in.
    #[must_use]
    pub fn shown(&self, line: u64) -> u64 {
        match self.fold_of(line) {
            Some((first, _)) => first - 1,
            None => line,
        }
    }

    fn fold_of(&self, line: u64) -> Option<(u64, u64)> {
        let after = self.hidden.partition_point(|(first, _)| *first <= line);
        let fold = *self.hidden.get(after.checked_sub(1)?)?;
        (line <= fold.1).then_some(fold)
    }

    /// The next line that is shown; none at the end.
    #[must_use]
    pub fn next(&self, line: u64) -> Option<u64> {
        let next = match self.fold_of(line + 1) {
            Some((_, last)) => last + 1,
            None => line + 1,
        };
        (next < self.state.lines).then_some(next)
    }

    /// The line before that is shown; none at the start.
    #[must_use]
    pub fn previous(&self, line: u64) -> Option<u64> {
        line.checked_sub(1).map(|line| self.shown(line))
    }

    /// The line that many shown lines further on, as far as there are any.
    #[must_use]
    pub fn step(&self, from: u64, by: isize) -> u64 {
        let mut line = self.shown(from.min(self.state.lines.saturating_sub(1)));
        match by {
            isize::MIN => return 0,
            isize::MAX => return self.last(),
            _ => {}
        }
        for _ in 0..by.unsigned_abs() {
            let next = if by > 0 {
                self.next(line)
            } else {
                self.previous(line)
            };
            match next {
                Some(next) => line = next,
                None => break,
            }
        }
        line
    }

    /// How many rows a line takes where rows have so many columns.
    #[must_use]
    pub fn rows_of(&self, line: u64, width: u16) -> usize {
        if !self.look.wrap {
            return 1;
        }
        self.line(line)
            .map_or(1, |line| wrapped(line.shown(), width).len())
    }

    /// The lines on a screen of so many rows and columns, from the top on: line
    /// and first row of it.
    #[must_use]
    pub fn visible(&self, height: usize, width: u16) -> Vec<u64> {
        let mut lines = Vec::with_capacity(height);
        if self.state.lines == 0 {
            return lines;
        }
        let mut rows = 0;
        let mut line = Some(self.top);
        while let Some(number) = line.filter(|_| rows < height) {
            let skipped = if lines.is_empty() { self.skip } else { 0 };
            rows += self.rows_of(number, width).saturating_sub(skipped).max(1);
            lines.push(number);
            line = self.next(number);
        }
        lines
    }

    /// The top at which a line is the last one of the screen.
    #[must_use]
    pub fn top_for(&self, last: u64, height: usize, width: u16) -> u64 {
        let mut top = last;
        let mut rows = self.rows_of(top, width);
        while let Some(above) = self.previous(top) {
            rows += self.rows_of(above, width);
            if rows > height {
                break;
            }
            top = above;
        }
        top
    }

    /// The group whose title a line is, or that it belongs to: title and last
    /// line of the innermost one.
    #[must_use]
    pub fn group_at(&self, line: u64) -> Option<(u64, u64)> {
        let groups = &self.state.groups;
        let after = groups.partition_point(|group| group.title <= line);
        groups
            .iter()
            .take(after)
            .rev()
            // A nest of groups is not deeper than this.
            .take(5_000)
            .find(|group| group.last >= line)
            .map(|group| (group.title, group.last))
    }

    /// The last line of the group that a line is the title of.
    #[must_use]
    pub fn title_of(&self, line: u64) -> Option<u64> {
        let groups = &self.state.groups;
        let place = groups.binary_search_by_key(&line, |group| group.title);
        let group = place.ok().and_then(|place| groups.get(place))?;
        (group.last > group.title).then_some(group.last)
    }

    /// Computes anew what is folded away.
    pub fn refold(&mut self) {
        let mut hidden: Vec<(u64, u64)> = Vec::new();
        for title in &self.folded {
            let Some(last) = self.title_of(*title) else {
                continue;
            };
            match hidden.last_mut() {
                Some(before) if *title <= before.1 => before.1 = before.1.max(last),
                _ => hidden.push((title + 1, last)),
            }
        }
        self.hidden = hidden;
        self.top = self.shown(self.top);
        self.at = self.shown(self.at);
    }

    /// Unfolds whatever hides a line.
    pub fn reveal(&mut self, line: u64) {
        if self.fold_of(line).is_none() {
            return;
        }
        let hiding: Vec<u64> = self
            .folded
            .iter()
            .filter(|title| {
                **title < line && self.title_of(**title).is_some_and(|last| line <= last)
            })
            .copied()
            .collect();
        for title in hiding {
            self.folded.remove(&title);
        }
        self.refold();
    }

    /// The lines that are marked, or the one under the cursor.
    #[must_use]
    pub fn marked(&self) -> Range<u64> {
        let anchor = self.anchor.unwrap_or(self.at);
        anchor.min(self.at)..anchor.max(self.at) + 1
    }
}

/// The parts of a text that fit into rows of so many columns, in bytes; one at
/// least.
#[must_use]
pub fn wrapped(text: &str, width: u16) -> Vec<Range<usize>> {
    let width = usize::from(width.max(1));
    if text.len() <= width {
        return std::iter::once(0..text.len()).collect();
    }
    let mut rows = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (at, cluster) in text.grapheme_indices(true) {
        let wide = cluster.width();
        if used + wide > width && at > start {
            rows.push(start..at);
            start = at;
            used = 0;
        }
        used += wide;
    }
    rows.push(start..text.len());
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::log::Group;

    fn view(lines: u64, groups: &[(u64, u64)]) -> LogView {
        let place = LogPlace::File(Text::new("x"));
        let mut view = LogView::new(place, 1, LogLook::default());
        view.state.lines = lines;
        view.state.groups = groups
            .iter()
            .map(|(title, last)| Group {
                title: *title,
                last: *last,
            })
            .collect();
        view
    }

    #[test]
    fn what_is_folded_away_is_stepped_over() {
        let mut view = view(20, &[(2, 9), (4, 6), (12, 14)]);
        view.folded.extend([4]);
        view.refold();
        assert_eq!(view.visible(6, 80), [0, 1, 2, 3, 4, 7]);
        view.folded.extend([2, 12]);
        view.refold();
        assert_eq!(
            view.visible(99, 80),
            [0, 1, 2, 10, 11, 12, 15, 16, 17, 18, 19]
        );
        assert_eq!(view.step(2, 1), 10);
        assert_eq!(view.step(10, -1), 2);
        assert_eq!(view.step(0, isize::MAX), 19);
        assert_eq!(view.step(19, -4), 15);
        assert_eq!(view.top_for(19, 6, 80), 12);
        view.reveal(5);
        assert!(!view.folded.contains(&2) && !view.folded.contains(&4));
        assert_eq!(view.next(4), Some(5));
        assert_eq!(view.group_at(5), Some((4, 6)));
        assert_eq!(view.group_at(8), Some((2, 9)));
        assert_eq!(view.group_at(11), None);
    }

    #[test]
    fn a_line_is_cut_into_rows_between_characters() {
        assert_eq!(wrapped("", 4), std::slice::from_ref(&(0..0)));
        assert_eq!(wrapped("abcdef", 4), [0..4, 4..6]);
        assert_eq!(wrapped("日本語", 4), [0..6, 6..9]);
        assert_eq!(wrapped("日本", 1), [0..3, 3..6]);
    }
}
