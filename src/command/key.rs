//! One key press, and how people and the configuration write it: `A`,
//! `ctrl-d`, `shift-tab`, `f5`, `space`.

use std::fmt;

/// One key with its modifiers. Shift is part of the character for letters, so
/// that `A` is one thing on every keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// With control.
    pub ctrl: bool,
    /// With alt or meta.
    pub alt: bool,
    /// With shift, for keys that are no characters.
    pub shift: bool,
}

/// Which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyCode {
    /// A character as it is typed; the space bar is `Char(' ')`.
    Char(char),
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// Tabulator; back-tab is this with shift.
    Tab,
    /// Deletes to the left.
    Backspace,
    /// Deletes to the right.
    Delete,
    /// Insert.
    Insert,
    /// Arrow.
    Up,
    /// Arrow.
    Down,
    /// Arrow.
    Left,
    /// Arrow.
    Right,
    /// First.
    Home,
    /// Last.
    End,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// A function key.
    F(u8),
}

const NAMES: [(KeyCode, &str); 16] = [
    (KeyCode::Char(' '), "space"),
    (KeyCode::Enter, "enter"),
    (KeyCode::Esc, "esc"),
    (KeyCode::Tab, "tab"),
    (KeyCode::Backspace, "backspace"),
    (KeyCode::Delete, "delete"),
    (KeyCode::Insert, "insert"),
    (KeyCode::Up, "up"),
    (KeyCode::Down, "down"),
    (KeyCode::Left, "left"),
    (KeyCode::Right, "right"),
    (KeyCode::Home, "home"),
    (KeyCode::End, "end"),
    (KeyCode::PageUp, "pageup"),
    (KeyCode::PageDown, "pagedown"),
    // What a key map file can say where `-` joins modifiers.
    (KeyCode::Char('-'), "minus"),
];

impl Key {
    /// A key without modifiers.
    #[must_use]
    pub const fn plain(code: KeyCode) -> Self {
        Self {
            code,
            ctrl: false,
            alt: false,
            shift: false,
        }
    }

    /// A character as it is typed.
    #[must_use]
    pub const fn char(character: char) -> Self {
        Self::plain(KeyCode::Char(character))
    }

    /// A character with control.
    #[must_use]
    pub const fn ctrl(character: char) -> Self {
        Self {
            ctrl: true,
            ..Self::char(character)
        }
    }

    /// Reads the form that [`fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut key = Self::plain(KeyCode::Esc);
        let mut rest = text;
        while let Some((modifier, after)) =
            rest.split_once('-').filter(|(_, after)| !after.is_empty())
        {
            match modifier.to_ascii_lowercase().as_str() {
                "ctrl" => key.ctrl = true,
                "alt" => key.alt = true,
                "shift" => key.shift = true,
                _ => return None,
            }
            rest = after;
        }
        let mut characters = rest.chars();
        key.code = if let (Some(character), None) = (characters.next(), characters.next()) {
            KeyCode::Char(character)
        } else {
            let lower = rest.to_ascii_lowercase();
            let named = NAMES.iter().find(|(_, name)| *name == lower);
            match (named, lower.strip_prefix('f')) {
                (Some((code, _)), _) => *code,
                (None, Some(number)) => KeyCode::F(number.parse().ok()?),
                (None, None) => return None,
            }
        };
        Some(key)
    }

    /// The character that the key types into a text field.
    #[must_use]
    pub fn typed(&self) -> Option<char> {
        match self.code {
            KeyCode::Char(character) if !self.ctrl && !self.alt => Some(character),
            _ => None,
        }
    }

    pub(super) fn from_crossterm(event: crossterm::event::KeyEvent) -> Option<Self> {
        use crossterm::event::{KeyCode as Theirs, KeyEventKind, KeyModifiers};
        if event.kind == KeyEventKind::Release {
            return None;
        }
        let mut shift = event.modifiers.contains(KeyModifiers::SHIFT);
        let code = match event.code {
            Theirs::Char(character) => {
                shift = false;
                KeyCode::Char(character)
            }
            Theirs::Enter => KeyCode::Enter,
            Theirs::Esc => KeyCode::Esc,
            Theirs::Tab => KeyCode::Tab,
            Theirs::BackTab => {
                shift = true;
                KeyCode::Tab
            }
            Theirs::Backspace => KeyCode::Backspace,
            Theirs::Delete => KeyCode::Delete,
            Theirs::Insert => KeyCode::Insert,
            Theirs::Up => KeyCode::Up,
            Theirs::Down => KeyCode::Down,
            Theirs::Left => KeyCode::Left,
            Theirs::Right => KeyCode::Right,
            Theirs::Home => KeyCode::Home,
            Theirs::End => KeyCode::End,
            Theirs::PageUp => KeyCode::PageUp,
            Theirs::PageDown => KeyCode::PageDown,
            Theirs::F(number) => KeyCode::F(number),
            _ => return None,
        };
        Some(Self {
            code,
            ctrl: event.modifiers.contains(KeyModifiers::CONTROL),
            alt: event
                .modifiers
                .intersects(KeyModifiers::ALT | KeyModifiers::META),
            shift,
        })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [
            (self.ctrl, "ctrl-"),
            (self.alt, "alt-"),
            (self.shift, "shift-"),
        ] {
            if held {
                formatter.write_str(name)?;
            }
        }
        if let Some((_, name)) = NAMES.iter().find(|(code, _)| *code == self.code) {
            return formatter.write_str(name);
        }
        match self.code {
            KeyCode::Char(character) => write!(formatter, "{character}"),
            KeyCode::F(number) => write!(formatter, "f{number}"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_what_they_write() {
        for text in [
            "A",
            "a",
            "ctrl-d",
            "shift-tab",
            "f5",
            "space",
            "alt-x",
            "minus",
            "?",
            "[",
        ] {
            let key = Key::parse(text);
            assert_eq!(key.map(|key| key.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Key::parse("hyper-x"), None);
        assert_eq!(Key::parse("ctrl-"), None);
        assert_eq!(Key::parse(""), None);
        assert_eq!(Key::parse("-"), Some(Key::char('-')));
    }

    #[test]
    fn releases_are_no_keys_and_shift_is_part_of_a_letter() {
        use crossterm::event::{KeyCode as Theirs, KeyEvent, KeyEventKind, KeyModifiers};
        let mut event = KeyEvent::new(Theirs::Char('A'), KeyModifiers::SHIFT);
        assert_eq!(Key::from_crossterm(event), Some(Key::char('A')));
        event.kind = KeyEventKind::Release;
        assert_eq!(Key::from_crossterm(event), None);
    }
}
