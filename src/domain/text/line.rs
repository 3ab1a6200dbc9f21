//! One line of a log as it is shown: neutral text, and the colours that its
//! tool gave it.

use super::{Ink, LOG_LINE_LIMIT, Text, cut, head_of, neutral};

/// A line of a log. Its text is what [`Text::log_line`] makes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogLine {
    text: Text,
    /// From which byte of the text on it is set how.
    inks: Vec<(usize, Ink)>,
}

impl LogLine {
    /// Neutralises one line of a log and keeps its colours.
    #[must_use]
    pub fn new(raw: &str) -> Self {
        Self::with_missing(raw, 0)
    }

    /// The same for the start of a line of which `missing` bytes more were not
    /// read: the note at the end counts them.
    #[must_use]
    pub fn with_missing(raw: &str, missing: usize) -> Self {
        let (head, beyond) = head_of(raw, LOG_LINE_LIMIT);
        let (neutral, mut inks) = neutral::neutralise_inked(head);
        let text = Text(cut(&neutral, LOG_LINE_LIMIT, beyond + missing));
        let kept = text
            .as_bytes()
            .iter()
            .zip(neutral.as_bytes())
            .take_while(|(one, other)| one == other)
            .count();
        inks.retain(|(place, _)| *place < kept);
        if kept < text.len() && !inks.is_empty() {
            inks.push((kept, Ink::default()));
        }
        Self { text, inks }
    }

    /// The words.
    #[must_use]
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// The parts of the text from a byte on, each set in one way.
    pub fn parts(&self, from: usize) -> impl Iterator<Item = (&str, Ink)> {
        let ends = self.inks.iter().map(|(place, _)| *place);
        let ends = ends.chain(std::iter::once(self.text.len()));
        let inks = std::iter::once(Ink::default()).chain(self.inks.iter().map(|(_, ink)| *ink));
        let mut start = 0;
        ends.zip(inks).filter_map(move |(end, ink)| {
            let part = self.text.get(start.max(from)..end).unwrap_or_default();
            start = end;
            (!part.is_empty()).then_some((part, ink.legible()))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Colour;
    use super::*;

    fn parts(raw: &str) -> Vec<(String, Option<Colour>)> {
        LogLine::new(raw)
            .parts(0)
            .map(|(part, ink)| (part.to_owned(), ink.fore))
            .collect()
    }

    #[test]
    fn colours_stay_with_their_words() {
        let red = Some(Colour::Indexed(1));
        assert_eq!(
            parts("a \u{1b}[31mb\tc\u{1b}[0m\u{1b}[K d"),
            [
                ("a ".to_owned(), None),
                ("b     c".to_owned(), red),
                (" d".to_owned(), None)
            ]
        );
        // A mark stays with its base.
        assert_eq!(
            parts("e\u{1b}[31m\u{301}x"),
            [("é".to_owned(), None), ("x".to_owned(), red)]
        );
        assert_eq!(
            parts("\u{1b}[31m日\u{1b}[m本"),
            [("日".to_owned(), red), ("本".to_owned(), None)]
        );
        let tail: Vec<_> = LogLine::new("ab\u{1b}[31mcd")
            .parts(3)
            .map(|(part, _)| part.to_owned())
            .collect();
        assert_eq!(tail, ["d"]);
    }

    #[test]
    fn the_note_at_the_end_of_a_long_line_is_plain() {
        let raw = format!("\u{1b}[31m{}", "x".repeat(70_000));
        let line = LogLine::with_missing(&raw, 5);
        let last = line.parts(0).last();
        assert!(last.is_some_and(|(part, ink)| part.starts_with('…') && ink == Ink::default()));
        assert!(
            line.text()
                .ends_with(&format!("+{}", 70_005 - (LOG_LINE_LIMIT - 32)))
        );
    }

    proptest! {
        #[test]
        fn the_text_is_that_of_a_line_without_colours(
            pieces in prop::collection::vec(prop_oneof![
                Just("\u{1b}[31m".to_owned()), Just("\u{1b}[0m".to_owned()),
                Just("\u{1b}[K".to_owned()), Just("\u{1b}[2J".to_owned()),
                Just("\u{301}".to_owned()), Just("\u{1f3fb}".to_owned()),
                Just("\u{200d}".to_owned()), Just("👩".to_owned()),
                Just("\u{1161}".to_owned()), Just("\u{1100}".to_owned()),
                Just("\t".to_owned()), Just("\r".to_owned()), "\\PC{0,4}", any::<String>(),
            ], 0..20)
        ) {
            let raw = pieces.concat();
            let line = LogLine::new(&raw);
            prop_assert_eq!(line.text(), &Text::log_line(&raw));
            let whole: String = line.parts(0).map(|(part, _)| part).collect();
            prop_assert_eq!(whole.as_str(), line.text().as_str());
        }
    }
}
