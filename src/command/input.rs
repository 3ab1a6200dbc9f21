//! What a person's devices can say, free of any terminal library.

use super::Key;

/// One input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted; at most 1 MiB.
    Paste(String),
    /// The mouse did something.
    Mouse(Mouse),
    /// The terminal got or lost the focus.
    Focus(bool),
}

/// One thing that the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    /// What it did.
    pub kind: MouseKind,
    /// Column from the left, from 0.
    pub column: u16,
    /// Row from the top, from 0.
    pub row: u16,
}

/// What a mouse can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseKind {
    /// The left button went down.
    Press,
    /// The wheel turned away from the person.
    ScrollUp,
    /// The wheel turned towards the person.
    ScrollDown,
}

impl Input {
    /// Reads what the terminal library tells; none for what nobody uses, such
    /// as key releases and mouse movements.
    #[must_use]
    pub fn from_crossterm(event: crossterm::event::Event) -> Option<Self> {
        use crossterm::event::{Event, MouseButton, MouseEventKind};
        match event {
            Event::Key(key) => Key::from_crossterm(key).map(Self::Key),
            Event::Paste(text) => Some(Self::Paste(text)),
            Event::Mouse(mouse) => {
                let kind = match mouse.kind {
                    MouseEventKind::Down(MouseButton::Left) => MouseKind::Press,
                    MouseEventKind::ScrollUp => MouseKind::ScrollUp,
                    MouseEventKind::ScrollDown => MouseKind::ScrollDown,
                    _ => return None,
                };
                Some(Self::Mouse(Mouse {
                    kind,
                    column: mouse.column,
                    row: mouse.row,
                }))
            }
            Event::FocusGained => Some(Self::Focus(true)),
            Event::FocusLost => Some(Self::Focus(false)),
            Event::Resize(..) => None,
        }
    }
}
