//! The shortest sequence that turns one style into the next (ECMA-48, SGR).

use std::fmt::Write as _;

use ratatui::buffer::Cell;
use ratatui::style::{Color as Colour, Modifier};

use super::colour::ColourDepth;

/// How the terminal draws the next character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pen {
    foreground: Colour,
    background: Colour,
    modifier: Modifier,
}

/// What shows even where there is no character.
const VISIBLE_ON_BLANK: Modifier = Modifier::REVERSED
    .union(Modifier::UNDERLINED)
    .union(Modifier::CROSSED_OUT)
    .union(Modifier::SLOW_BLINK)
    .union(Modifier::RAPID_BLINK);

/// Each modifier with the code that sets it and the code that takes it away.
/// Blinking is not among them: nothing here blinks.
const MODIFIERS: [(Modifier, u8, u8); 7] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

impl Pen {
    /// The pen for `cell`, with the colours that the terminal has.
    pub fn of(cell: &Cell, depth: ColourDepth) -> Self {
        Self {
            foreground: depth.nearest(cell.fg),
            background: depth.nearest(cell.bg),
            modifier: cell.modifier,
        }
    }

    /// Whether a blank drawn by this pen is nothing but its background, so that
    /// erasing gives the same picture.
    pub fn erases(self) -> bool {
        !self.modifier.intersects(VISIBLE_ON_BLANK)
    }

    /// Whether erasing gives the same picture on a terminal that erases to the
    /// default background.
    pub fn erases_to_default(self) -> bool {
        self.erases() && self.background == Colour::Reset
    }

    /// Whether blanks drawn by the two look the same.
    pub fn same_blank(self, other: Self) -> bool {
        self.erases() && other.erases() && self.background == other.background
    }

    /// The pen that draws a blank of this background and keeps as much as it
    /// can of `current`, so that the change costs few bytes.
    pub fn blank_from(self, current: Self) -> Self {
        Self {
            foreground: current.foreground,
            background: self.background,
            modifier: if current.erases() {
                current.modifier
            } else {
                Modifier::empty()
            },
        }
    }

    /// Appends what turns `self` into `next`; nothing when they are equal.
    pub fn change_to(self, next: Self, out: &mut Vec<u8>) {
        if self == next {
            return;
        }
        let steps = self.steps_to(next);
        let anew = Self::default().steps_to(next);
        out.extend_from_slice(b"\x1b[");
        if anew.is_empty() {
            // A reset needs no parameter.
        } else if anew.len() + 2 < steps.len() {
            out.extend_from_slice(b"0;");
            out.extend_from_slice(anew.as_bytes());
        } else {
            out.extend_from_slice(steps.as_bytes());
        }
        out.push(b'm');
    }

    fn steps_to(self, next: Self) -> String {
        let mut codes = String::new();
        let mut add = |code: std::fmt::Arguments<'_>| {
            if !codes.is_empty() {
                codes.push(';');
            }
            let _infallible = codes.write_fmt(code);
        };
        let weight = Modifier::BOLD | Modifier::DIM;
        // One code takes away both weights, so the other is set again.
        let weight_lost = self.modifier.difference(next.modifier).intersects(weight);
        let kept = if weight_lost {
            self.modifier.difference(weight)
        } else {
            self.modifier
        };
        if weight_lost {
            add(format_args!("22"));
        }
        for (modifier, _, off) in MODIFIERS {
            if !weight.contains(modifier)
                && self.modifier.contains(modifier)
                && !next.modifier.contains(modifier)
            {
                add(format_args!("{off}"));
            }
        }
        for (modifier, on, _) in MODIFIERS {
            if next.modifier.contains(modifier) && !kept.contains(modifier) {
                add(format_args!("{on}"));
            }
        }
        if self.foreground != next.foreground {
            add(format_args!("{}", Code(next.foreground, 0)));
        }
        if self.background != next.background {
            add(format_args!("{}", Code(next.background, 10)));
        }
        codes
    }
}

/// A colour as parameters; the second part is 10 for a background.
struct Code(Colour, u8);

impl std::fmt::Display for Code {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(colour, offset) = *self;
        let index = match colour {
            Colour::Reset => return write!(formatter, "{}", 39 + offset),
            Colour::Rgb(red, green, blue) => {
                return write!(formatter, "{};2;{red};{green};{blue}", 38 + offset);
            }
            Colour::Indexed(index) => index,
            Colour::Black => 0,
            Colour::Red => 1,
            Colour::Green => 2,
            Colour::Yellow => 3,
            Colour::Blue => 4,
            Colour::Magenta => 5,
            Colour::Cyan => 6,
            Colour::Gray => 7,
            Colour::DarkGray => 8,
            Colour::LightRed => 9,
            Colour::LightGreen => 10,
            Colour::LightYellow => 11,
            Colour::LightBlue => 12,
            Colour::LightMagenta => 13,
            Colour::LightCyan => 14,
            Colour::White => 15,
        };
        match index {
            0..=7 => write!(formatter, "{}", 30 + offset + index),
            8..=15 => write!(formatter, "{}", 90 + offset + index - 8),
            _ => write!(formatter, "{};5;{index}", 38 + offset),
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    fn pen(style: Style) -> Pen {
        let mut cell = Cell::EMPTY;
        cell.set_style(style);
        Pen::of(&cell, ColourDepth::True)
    }

    fn change(from: Style, to: Style) -> String {
        let mut out = Vec::new();
        pen(from).change_to(pen(to), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_what_changes_is_written() {
        let plain = Style::new();
        assert_eq!(change(plain, plain), "");
        assert_eq!(change(plain, plain.red()), "\x1b[31m");
        assert_eq!(change(plain.red(), plain.red().bold()), "\x1b[1m");
        assert_eq!(change(plain.red().bold(), plain.red()), "\x1b[22m");
        assert_eq!(change(plain.red().bold(), plain), "\x1b[m");
        assert_eq!(
            change(plain.bold().dim(), plain.dim().on_light_blue()),
            "\x1b[0;2;104m"
        );
        assert_eq!(
            change(
                plain
                    .bold()
                    .italic()
                    .underlined()
                    .reversed()
                    .red()
                    .on_blue(),
                plain.green()
            ),
            "\x1b[0;32m"
        );
        assert_eq!(
            change(
                plain,
                plain.fg(Colour::Rgb(1, 2, 3)).bg(Colour::Indexed(200))
            ),
            "\x1b[38;2;1;2;3;48;5;200m"
        );
    }
}
