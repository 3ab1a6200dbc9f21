//! How many colours the terminal shows, and the nearest of them.

use ratatui::style::Color as Colour;

/// How many colours the terminal shows. Decided from the environment, never by
/// asking the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColourDepth {
    /// None: bold, reversed and the like only.
    None,
    /// The 16 named colours.
    Sixteen,
    /// The 256 indexed colours.
    Indexed,
    /// 24 bits.
    True,
}

impl ColourDepth {
    /// Decides from the values of `TERM`, `COLORTERM` and `NO_COLOR`
    /// (no-color.org: present and not empty).
    #[must_use]
    pub fn from_environment(
        term: Option<&str>,
        colorterm: Option<&str>,
        no_color: Option<&str>,
    ) -> Self {
        let term = term.unwrap_or_default();
        if no_color.is_some_and(|value| !value.is_empty())
            || term.ends_with("-mono")
            || term.ends_with("-m")
            || term.starts_with("vt1")
            || term.starts_with("vt2")
        {
            return Self::None;
        }
        if term == "linux" {
            return Self::Sixteen;
        }
        let modern = [
            "kitty",
            "alacritty",
            "foot",
            "wezterm",
            "ghostty",
            "contour",
        ];
        if matches!(colorterm, Some("truecolor" | "24bit"))
            || term.ends_with("-direct")
            || modern.iter().any(|name| term.contains(name))
        {
            return Self::True;
        }
        let indexed = ["256", "tmux", "konsole", "vte", "gnome", "iterm", "st-"];
        if indexed.iter().any(|name| term.contains(name)) {
            return Self::Indexed;
        }
        Self::Sixteen
    }

    /// The nearest colour that the terminal shows.
    #[must_use]
    pub fn nearest(self, colour: Colour) -> Colour {
        match (self, colour) {
            (Self::None, _) => Colour::Reset,
            (Self::Indexed, Colour::Rgb(red, green, blue)) => {
                Colour::Indexed(to_indexed([red, green, blue]))
            }
            (Self::Sixteen, Colour::Rgb(red, green, blue)) => {
                Colour::Indexed(to_sixteen([red, green, blue]))
            }
            (Self::Sixteen, Colour::Indexed(index)) if index > 15 => {
                Colour::Indexed(to_sixteen(from_indexed(index)))
            }
            _ => colour,
        }
    }
}

/// The steps of the 6×6×6 cube (xterm's 256colres).
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The 16 named colours as xterm draws them.
const NAMED: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

fn from_indexed(index: u8) -> [u8; 3] {
    match index {
        0..=15 => NAMED[usize::from(index)],
        16..=231 => {
            let cube = usize::from(index - 16);
            [STEPS[cube / 36], STEPS[cube / 6 % 6], STEPS[cube % 6]]
        }
        _ => [8 + (index - 232) * 10; 3],
    }
}

fn to_indexed(colour: [u8; 3]) -> u8 {
    nearest_of(16..=255, colour)
}

fn to_sixteen(colour: [u8; 3]) -> u8 {
    nearest_of(0..=15, colour)
}

fn nearest_of(candidates: std::ops::RangeInclusive<u8>, colour: [u8; 3]) -> u8 {
    candidates
        .min_by_key(|&index| distance(from_indexed(index), colour))
        .unwrap_or_default()
}

/// The weighted distance that is known as "redmean": cheap, and close to what
/// the eye says.
fn distance(left: [u8; 3], right: [u8; 3]) -> i32 {
    let [red, green, blue] =
        std::array::from_fn(|part| i32::from(left[part]) - i32::from(right[part]));
    let mean = i32::midpoint(i32::from(left[0]), i32::from(right[0]));
    (((512 + mean) * red * red) >> 8) + 4 * green * green + (((767 - mean) * blue * blue) >> 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides() {
        let depth = |term, colorterm, no_color| {
            ColourDepth::from_environment(Some(term), colorterm, no_color)
        };
        assert_eq!(depth("xterm-256color", None, None), ColourDepth::Indexed);
        assert_eq!(
            depth("xterm-256color", Some("truecolor"), None),
            ColourDepth::True
        );
        assert_eq!(depth("xterm-kitty", None, None), ColourDepth::True);
        assert_eq!(
            depth("linux", Some("truecolor"), None),
            ColourDepth::Sixteen
        );
        assert_eq!(depth("xterm", None, None), ColourDepth::Sixteen);
        assert_eq!(depth("vt100", None, None), ColourDepth::None);
        assert_eq!(depth("xterm-kitty", None, Some("1")), ColourDepth::None);
        assert_eq!(depth("xterm-kitty", None, Some("")), ColourDepth::True);
    }

    #[test]
    fn colours_come_down_to_what_is_there() {
        let orange = Colour::Rgb(255, 135, 0);
        assert_eq!(ColourDepth::True.nearest(orange), orange);
        assert_eq!(ColourDepth::Indexed.nearest(orange), Colour::Indexed(208));
        assert_eq!(
            ColourDepth::Sixteen.nearest(Colour::Rgb(250, 10, 10)),
            Colour::Indexed(9)
        );
        assert_eq!(
            ColourDepth::Sixteen.nearest(Colour::Indexed(232)),
            Colour::Indexed(0)
        );
        assert_eq!(ColourDepth::None.nearest(orange), Colour::Reset);
        assert_eq!(ColourDepth::Sixteen.nearest(Colour::Cyan), Colour::Cyan);
    }
}
