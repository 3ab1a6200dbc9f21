//! Why a pane shows nothing, in words. Nothing there, not allowed, away and
//! filtered are different answers.

use chrono::{DateTime, Utc};
use ratatui::{buffer::Buffer, layout::Rect};

use super::{format, row::Row};
use crate::ui::theme::{State, Theme};

/// Why there is nothing to show.
#[derive(Clone, Debug, PartialEq)]
pub enum Empty<'text> {
    /// There is nothing, and that is known.
    Nothing(&'text str),
    /// The first answer is not there yet.
    Connecting(&'text str),
    /// The credential lacks a right.
    NotAllowed(&'text str),
    /// The source does not answer.
    Unreachable {
        /// When it last did; none when it never did.
        since: Option<DateTime<Utc>>,
        /// What it said.
        why: &'text str,
    },
    /// The source answers, and asks for patience.
    MustWait(&'text str),
    /// Everything is hidden by the filter.
    Filtered(usize),
    /// The configuration does not name it.
    NotConfigured(&'text str),
}

impl Empty<'_> {
    /// The sentence for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Nothing(words) | Self::NotConfigured(words) => (*words).to_owned(),
            Self::Connecting(source) => format!("waiting for the first answer of {source}"),
            Self::NotAllowed(why) => format!("not allowed: {why}"),
            Self::MustWait(why) => (*why).to_owned(),
            Self::Unreachable {
                since: Some(since),
                why,
            } => format!("unreachable since {}: {why}", format::clock(*since)),
            Self::Unreachable { since: None, why } => format!("unreachable: {why}"),
            Self::Filtered(hidden) => format!("filtered: {hidden} hidden, esc clears"),
        }
    }

    fn state(&self) -> State {
        match self {
            Self::Nothing(_) | Self::Connecting(_) | Self::NotConfigured(_) => State::Quiet,
            Self::NotAllowed(_) => State::Frozen,
            Self::Unreachable { .. } => State::Unknown,
            Self::MustWait(_) | Self::Filtered(_) => State::Marginal,
        }
    }

    /// Draws the sentence in the pane's first row.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let state = self.state();
        let mut row = Row::new(buffer, area, 0, theme.marks.ellipsis);
        row.gap(1);
        let style = match state {
            State::Quiet => theme.faint,
            other => theme.state(other),
        };
        if state != State::Quiet {
            row.put(theme.marks.state(state), style).gap(1);
        }
        let sentence = self.sentence();
        wrapped(buffer, row_rest(area, state), theme, &sentence, style);
    }
}

fn row_rest(area: Rect, state: State) -> Rect {
    let indent = if state == State::Quiet { 1 } else { 3 };
    let indent = indent.min(area.width);
    Rect {
        x: area.x + indent,
        width: area.width - indent,
        ..area
    }
}

/// Draws words in as many rows as they need; gives back how many that were.
pub fn wrapped(
    buffer: &mut Buffer,
    area: Rect,
    theme: &Theme,
    words: &str,
    style: ratatui::style::Style,
) -> u16 {
    let mut line = 0;
    let mut row = Row::new(buffer, area, line, theme.marks.ellipsis);
    let start = row.column();
    for word in words.split(' ') {
        let first = row.column() == start;
        let needed = super::row::columns(word) + u16::from(!first);
        if needed > row.room() && !first && line + 1 < area.height {
            line += 1;
            row = Row::new(buffer, area, line, theme.marks.ellipsis);
            row.put(word, style);
        } else {
            if !first {
                row.put(" ", style);
            }
            row.put(word, style);
        }
    }
    line + 1
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn each_reason_has_its_own_sentence() {
        let since = Utc.with_ymd_and_hms(2026, 11, 19, 14, 2, 0).single();
        assert_eq!(
            Empty::Unreachable {
                since,
                why: "timed out"
            }
            .sentence(),
            "unreachable since 14:02: timed out"
        );
        assert_eq!(
            Empty::Filtered(12).sentence(),
            "filtered: 12 hidden, esc clears"
        );
        assert_eq!(
            Empty::NotAllowed("needs actions:read").sentence(),
            "not allowed: needs actions:read"
        );
    }

    #[test]
    fn long_words_wrap_and_small_areas_cut() {
        let area = Rect::new(0, 0, 14, 2);
        let mut buffer = Buffer::empty(area);
        let theme = Theme::dark();
        let used = wrapped(
            &mut buffer,
            area,
            &theme,
            "nothing waits for you now",
            theme.dim,
        );
        assert_eq!(used, 2);
        let text: String = buffer
            .content()
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect();
        assert_eq!(text, "nothing waits for you now   ");
        for width in 0..10 {
            let area = Rect::new(2, 1, width, 3);
            Empty::Filtered(3).draw(&mut buffer, area, &theme);
        }
    }
}
