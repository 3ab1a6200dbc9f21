//! The colours of a log's line in the colours of the theme. The sixteen of a
//! terminal become the theme's own, which can be read on its background; any
//! other colour is kept where it can be read.

use ratatui::style::{Color, Modifier, Style};

use super::{Rgb, Theme};
use crate::domain::{Colour, Ink};

/// The least contrast between letters and what is behind them. WCAG 2.2 asks
/// for 3 of large text; the sixteen of most terminals reach no more.
const LEAST: f64 = 3.0;

const BLACK: Rgb = Rgb(0, 0, 0);
const WHITE: Rgb = Rgb(0xff, 0xff, 0xff);

impl Theme {
    /// How a part of a line looks that its tool set so. A theme without
    /// colours shows its weight alone.
    #[must_use]
    pub fn ink(&self, base: Style, ink: Ink) -> Style {
        let mut style = base;
        for (wanted, modifier) in [
            (ink.bold, Modifier::BOLD),
            (ink.dim, Modifier::DIM),
            (ink.italic, Modifier::ITALIC),
            (ink.underline, Modifier::UNDERLINED),
        ] {
            if wanted {
                style = style.add_modifier(modifier);
            }
        }
        if self.danger.fg.is_none() {
            return style;
        }
        match ink.back.map(|back| self.own(back)) {
            // Words on a colour of the theme: the colour and its opposite change
            // places, which always can be read.
            Some(Own::Role(role)) => {
                style.fg = role.fg;
                return style.add_modifier(Modifier::REVERSED);
            }
            Some(Own::Kept(back)) => {
                let wanted = match ink.fore.map(|fore| self.own(fore)) {
                    Some(Own::Kept(fore)) if fore.contrast(back) >= LEAST => fore,
                    _ if WHITE.contrast(back) > BLACK.contrast(back) => WHITE,
                    _ => BLACK,
                };
                return style.fg(shown(wanted)).bg(shown(back));
            }
            Some(Own::Plain) | None => {}
        }
        match ink.fore.map(|fore| self.own(fore)) {
            Some(Own::Role(role)) => style.fg = role.fg.or(style.fg),
            Some(Own::Kept(fore)) if fore.contrast(self.canvas) >= LEAST => {
                style.fg = Some(shown(fore));
            }
            _ => {}
        }
        style
    }

    fn own(&self, colour: Colour) -> Own {
        match colour {
            Colour::Rgb(red, green, blue) => Own::Kept(Rgb(red, green, blue)),
            Colour::Indexed(index) => match index {
                8 => Own::Role(self.faint),
                1 | 9 => Own::Role(self.danger),
                2 | 10 => Own::Role(self.success),
                3 | 11 => Own::Role(self.warning),
                4 | 12 => Own::Role(self.running),
                5 | 13 => Own::Role(self.held),
                6 | 14 => Own::Role(self.accent),
                // Black and white are the theme's background and letters.
                0 | 7 | 15 => Own::Plain,
                index => Own::Kept(of_palette(index)),
            },
        }
    }
}

/// What a colour of a log becomes.
enum Own {
    /// The colour of a role.
    Role(Style),
    /// Itself.
    Kept(Rgb),
    /// Nothing.
    Plain,
}

fn shown(colour: Rgb) -> Color {
    Color::Rgb(colour.0, colour.1, colour.2)
}

/// The entries 16 to 255 of xterm's palette: a cube of colours, then greys.
fn of_palette(index: u8) -> Rgb {
    if index >= 232 {
        let grey = 8 + (index - 232) * 10;
        return Rgb(grey, grey, grey);
    }
    let index = index.saturating_sub(16);
    let level = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
    Rgb(level(index / 36), level(index / 6 % 6), level(index % 6))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::{Depth, Themes};

    fn themes() -> Vec<Theme> {
        let themes = Themes::embedded(Depth::True);
        themes
            .names()
            .map(|name| themes.get_or_first(name))
            .collect()
    }

    #[test]
    fn the_sixteen_are_the_themes_own_and_nothing_is_unreadable() {
        for theme in themes() {
            for index in 0..=255 {
                let ink = Ink {
                    fore: Some(Colour::Indexed(index)),
                    ..Ink::default()
                };
                let style = theme.ink(theme.text, ink);
                if let Some(Color::Rgb(red, green, blue)) = style.fg
                    && index >= 16
                    && style.fg != theme.text.fg
                {
                    let contrast = Rgb(red, green, blue).contrast(theme.canvas);
                    assert!(contrast >= LEAST, "{} {index}", theme.name);
                }
            }
            let ink = Ink {
                fore: Some(Colour::Indexed(1)),
                bold: true,
                ..Ink::default()
            };
            let style = theme.ink(theme.text, ink);
            assert_eq!(style.fg, theme.danger.fg.or(theme.text.fg));
            assert!(style.add_modifier.contains(Modifier::BOLD));
        }
    }

    #[test]
    fn a_theme_without_colours_shows_none() {
        let theme = Themes::embedded(Depth::True).get_or_first("no-colour");
        let ink = Ink {
            fore: Some(Colour::Rgb(255, 0, 0)),
            back: Some(Colour::Indexed(2)),
            underline: true,
            ..Ink::default()
        };
        let style = theme.ink(Style::new(), ink);
        assert_eq!(style, Style::new().add_modifier(Modifier::UNDERLINED));
    }
}
