//! What the terminal shows, and the fewest bytes that make it show the next
//! frame.

mod brush;
mod change;
mod shift;
#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;

use self::{brush::Brush, change::Stroke, shift::Shift};
use crate::runtime::terminal::colour::ColourDepth;

/// Frames above this size are shown at once (mode 2026), in bytes.
const LARGE_FRAME: usize = 2048;

/// A frame that takes more bytes than this is looked at for rows that moved.
const WORTH_A_SHIFT: usize = 160;

/// What the terminal can do beyond the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// How many colours it shows.
    pub colours: ColourDepth,
    /// Erased cells get the current background.
    pub erases_in_colour: bool,
    /// It may know synchronised output (mode 2026); others ignore it.
    pub synchronises: bool,
}

/// The last frame that was encoded, with the state that the terminal is in
/// after it.
#[derive(Debug)]
pub struct Screen {
    abilities: Abilities,
    /// Nothing before the first frame and after [`Screen::forget`].
    shown: Option<Buffer>,
    brush: Brush,
}

impl Screen {
    /// A screen of which nothing is known yet.
    #[must_use]
    pub fn new(abilities: Abilities) -> Self {
        Self {
            abilities,
            shown: None,
            brush: Brush::new(abilities.colours),
        }
    }

    /// Forgets what is shown: the next frame is painted from nothing. Gives
    /// back the last frame, so that it can be painted again.
    pub fn forget(&mut self) -> Option<Buffer> {
        self.brush = Brush::new(self.abilities.colours);
        self.shown.take()
    }

    /// Encodes the way from what is shown to `next` and gives back the buffer
    /// that is not needed any more. No change, no bytes.
    pub fn encode(&mut self, next: Buffer) -> (Vec<u8>, Option<Buffer>) {
        let (mut bytes, former) = match self.shown.take() {
            Some(mut former) if former.area == next.area => {
                let bytes = self.encode_change(&mut former, &next);
                (bytes, Some(former))
            }
            former => {
                self.brush = Brush::new(self.abilities.colours);
                let mut bytes = b"\x1b[m\x1b[2J".to_vec();
                let (painted, brush) = self.painted(&Buffer::empty(next.area), &next, self.brush);
                bytes.extend_from_slice(&painted);
                self.brush = brush;
                (bytes, former)
            }
        };
        self.shown = Some(next);
        if bytes.len() > LARGE_FRAME && self.abilities.synchronises {
            bytes.splice(0..0, *b"\x1b[?2026h");
            bytes.extend_from_slice(b"\x1b[?2026l");
        }
        (bytes, former)
    }

    /// The shorter way: cell by cell, or with rows that the terminal moves.
    /// `former` is of no use afterwards.
    fn encode_change(&mut self, former: &mut Buffer, next: &Buffer) -> Vec<u8> {
        let (bytes, brush) = self.painted(former, next, self.brush);
        if bytes.len() > WORTH_A_SHIFT
            && let Some(shift) = Shift::between(former, next)
        {
            let mut moved = Vec::new();
            let mut brush = self.brush;
            brush.set_plain_background(&mut moved);
            shift.write(&mut moved);
            brush.cursor = None;
            shift.apply(former);
            let (painted, brush) = self.painted(former, next, brush);
            moved.extend_from_slice(&painted);
            if moved.len() < bytes.len() {
                self.brush = brush;
                return moved;
            }
        }
        self.brush = brush;
        bytes
    }

    /// The shorter way to paint what differs: in the order of its places, which
    /// jumps little, or in the order of its looks, which changes the pen
    /// little. A change of colour costs up to 19 bytes, a jump about five.
    fn painted(&self, former: &Buffer, next: &Buffer, brush: Brush) -> (Vec<u8>, Brush) {
        let changes = change::changes(former, next);
        let Abilities {
            colours,
            erases_in_colour,
            ..
        } = self.abilities;
        let strokes = change::strokes(&changes, next, colours, erases_in_colour);
        let paint = |strokes: &mut dyn Iterator<Item = &Stroke<'_, '_>>| {
            let (mut brush, mut bytes) = (brush, Vec::new());
            for stroke in strokes {
                brush.paint(stroke, next, &mut bytes);
            }
            (bytes, brush)
        };
        let by_place = paint(&mut strokes.iter());
        let by_look = paint(&mut by_look(&strokes, brush).into_iter());
        if by_look.0.len() < by_place.0.len() {
            by_look
        } else {
            by_place
        }
    }
}

/// Strokes of one pen after each other. Characters of doubtful width go first
/// and in their order, so that one which is wider than it should be covers
/// nothing that was painted before it.
fn by_look<'strokes, 'changes, 'frame>(
    strokes: &'strokes [Stroke<'changes, 'frame>],
    brush: Brush,
) -> Vec<&'strokes Stroke<'changes, 'frame>> {
    let (certain, doubtful): (Vec<_>, Vec<_>) =
        strokes.iter().partition(|stroke| stroke.is_certain());
    let mut pens = vec![doubtful.last().map_or(brush.pen, |last| last.pen)];
    for stroke in &certain {
        if !pens.contains(&stroke.pen) {
            pens.push(stroke.pen);
        }
    }
    let mut ordered = doubtful;
    for pen in pens {
        ordered.extend(certain.iter().copied().filter(|stroke| stroke.pen == pen));
    }
    ordered
}
