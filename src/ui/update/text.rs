//! Lines that are typed into.

use unicode_segmentation::UnicodeSegmentation;

use crate::command::{Key, KeyCode};

/// Longest line that can be typed, in bytes.
const LONGEST: usize = 2_000;

/// Edits a line at its end; false when the key means nothing to a line.
pub(super) fn edit(text: &mut String, key: Key) -> bool {
    match key.code {
        KeyCode::Backspace if key.ctrl || key.alt => cut_word(text),
        KeyCode::Backspace => {
            let end = text
                .grapheme_indices(true)
                .next_back()
                .map_or(0, |(start, _)| start);
            text.truncate(end);
        }
        KeyCode::Char('w') if key.ctrl => cut_word(text),
        KeyCode::Char('u') if key.ctrl => text.clear(),
        _ => match key.typed() {
            Some(character) => insert(text, character.encode_utf8(&mut [0; 4])),
            None => return false,
        },
    }
    true
}

fn cut_word(text: &mut String) {
    let end = text
        .trim_end()
        .rfind(char::is_whitespace)
        .map_or(0, |place| place + 1);
    text.truncate(end);
}

/// Adds text to a line: line breaks and tabulators become blanks.
pub(super) fn insert(text: &mut String, more: &str) {
    for character in more.chars() {
        let character = if character.is_whitespace() {
            ' '
        } else {
            character
        };
        if !character.is_control() && text.len() + character.len_utf8() <= LONGEST {
            text.push(character);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_edited_by_grapheme_and_by_word() {
        let mut text = "ab e\u{301}".to_owned();
        assert!(edit(&mut text, Key::plain(KeyCode::Backspace)));
        assert_eq!(text, "ab ");
        assert!(edit(&mut text, Key::char('c')));
        assert!(edit(&mut text, Key::ctrl('w')));
        assert_eq!(text, "ab ");
        insert(&mut text, "x\ny\u{7}");
        assert_eq!(text, "ab x y");
        assert!(edit(&mut text, Key::ctrl('u')));
        assert!(text.is_empty());
        assert!(!edit(&mut text, Key::plain(KeyCode::Up)));
    }
}
