//! Colours as numbers: reading them, their contrast, and the nearest colour
//! that a smaller terminal can show.

use ratatui::style::Color;

/// How many colours the terminal can show; decided by the runtime from the
/// environment and the terminal's answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// 24 bits a colour.
    #[default]
    True,
    /// The 256-colour palette.
    Indexed,
    /// The sixteen ANSI colours.
    Ansi,
}

/// A colour of a theme: red, green and blue, 0 to 255 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// Reads `#rrggbb`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        Some(Self(part(0)?, part(2)?, part(4)?))
    }

    /// Relative luminance, 0 (black) to 1 (white). WCAG 2.2, "relative
    /// luminance".
    #[must_use]
    pub fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.04045 {
                share / 12.92
            } else {
                ((share + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// Contrast ratio of two colours, 1 to 21. WCAG 2.2, "contrast ratio".
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// The colour as a terminal of this depth can show it.
    #[must_use]
    pub fn at(self, depth: Depth) -> Color {
        match depth {
            Depth::True => Color::Rgb(self.0, self.1, self.2),
            Depth::Indexed => Color::Indexed(self.indexed()),
            Depth::Ansi => self.ansi(),
        }
    }

    /// The nearest entry of the 6×6×6 cube or the grey ramp (xterm's palette,
    /// entries 16 to 255; the first sixteen differ between terminals).
    fn indexed(self) -> u8 {
        let level = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
        let nearest = |channel: u8| {
            (0..6)
                .min_by_key(|step| channel.abs_diff(level(*step)))
                .unwrap_or(0)
        };
        let (red, green, blue) = (nearest(self.0), nearest(self.1), nearest(self.2));
        let cube = Self(level(red), level(green), level(blue));
        let mean = (u16::from(self.0) + u16::from(self.1) + u16::from(self.2)) / 3;
        let step = u8::try_from(mean.saturating_sub(3) / 10)
            .unwrap_or(23)
            .min(23);
        let grey = 8 + step * 10;
        if self.distance(Self(grey, grey, grey)) < self.distance(cube) {
            232 + step
        } else {
            16 + 36 * red + 6 * green + blue
        }
    }

    /// The nearest of the sixteen, by hue first: a pale red must stay red.
    fn ansi(self) -> Color {
        let (high, low) = (
            self.0.max(self.1).max(self.2),
            self.0.min(self.1).min(self.2),
        );
        if high - low < 40 {
            return match high {
                0..=63 => Color::Black,
                64..=139 => Color::DarkGray,
                140..=199 => Color::Gray,
                _ => Color::White,
            };
        }
        let middle = low + (high - low) / 2;
        let bright = high > 190;
        match (self.0 > middle, self.1 > middle, self.2 > middle, bright) {
            (true, false, false, true) => Color::LightRed,
            (true, false, false, false) => Color::Red,
            (true, true, _, true) => Color::LightYellow,
            (true, true, _, false) => Color::Yellow,
            (false, true, false, true) => Color::LightGreen,
            (false, true, false, false) => Color::Green,
            (false, true, true, true) => Color::LightCyan,
            (false, true, true, false) => Color::Cyan,
            (false, false, _, true) => Color::LightBlue,
            (false, false, _, false) => Color::Blue,
            (true, false, true, true) => Color::LightMagenta,
            (true, false, true, false) => Color::Magenta,
        }
    }

    fn distance(self, other: Self) -> u32 {
        let square = |one: u8, two: u8| u32::from(one.abs_diff(two)).pow(2);
        square(self.0, other.0) + square(self.1, other.1) + square(self.2, other.2)
    }
}

/// The sixteen by the names that a theme file uses.
#[must_use]
pub fn named(name: &str) -> Option<Color> {
    Some(match name {
        "black" => Color::Black,
        "red" => Color::Red,
        "green" => Color::Green,
        "yellow" => Color::Yellow,
        "blue" => Color::Blue,
        "magenta" => Color::Magenta,
        "cyan" => Color::Cyan,
        "gray" => Color::Gray,
        "dark-gray" => Color::DarkGray,
        "light-red" => Color::LightRed,
        "light-green" => Color::LightGreen,
        "light-yellow" => Color::LightYellow,
        "light-blue" => Color::LightBlue,
        "light-magenta" => Color::LightMagenta,
        "light-cyan" => Color::LightCyan,
        "white" => Color::White,
        "default" => Color::Reset,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_read_or_refused() {
        assert_eq!(Rgb::parse("#ff8000"), Some(Rgb(255, 128, 0)));
        for wrong in ["ff8000", "#ff800", "#ff80zz", "#äöü", "", "#+f+f+f"] {
            assert_eq!(Rgb::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        let ratio = Rgb(0, 0, 0).contrast(Rgb(255, 255, 255));
        assert!((ratio - 21.0).abs() < 1e-9, "{ratio}");
        let grey = Rgb(0x76, 0x76, 0x76).contrast(Rgb(255, 255, 255));
        assert!((grey - 4.54).abs() < 0.01, "{grey}");
    }

    #[test]
    fn fewer_colours_keep_the_hue() {
        assert_eq!(Rgb(255, 0, 0).at(Depth::Indexed), Color::Indexed(196));
        assert_eq!(Rgb(128, 128, 128).at(Depth::Indexed), Color::Indexed(244));
        assert_eq!(Rgb(0xff, 0x7b, 0x72).at(Depth::Ansi), Color::LightRed);
        assert_eq!(Rgb(0x11, 0x63, 0x29).at(Depth::Ansi), Color::Green);
        assert_eq!(Rgb(0xd7, 0xda, 0xe0).at(Depth::Ansi), Color::White);
    }
}
