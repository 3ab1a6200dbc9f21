//! How a part of a log's line was set by the tool that wrote it: an allow-list
//! of what `CSI … m` can say (ECMA-48 8.3.117, ISO 8613-6 for the colours).

/// A colour as the log names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// An entry of xterm's palette; the first sixteen are the terminal's own.
    Indexed(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

/// Colours and weight. Blinking, concealment, reversal and fonts are left out:
/// what a log hides or what cries for attention is not for it to choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ink {
    /// The colour of the letters; none is the view's own.
    pub fore: Option<Colour>,
    /// The colour behind them; none is the view's own.
    pub back: Option<Colour>,
    /// Bold.
    pub bold: bool,
    /// Dimmed.
    pub dim: bool,
    /// Italic.
    pub italic: bool,
    /// Underlined.
    pub underline: bool,
}

impl Ink {
    /// Takes the parameters of one `CSI … m` in. What is not on the list is
    /// passed over.
    pub(super) fn apply(&mut self, parameters: &str) {
        let mut parts = parameters.split(';');
        while let Some(part) = parts.next() {
            let mut fields = part.split(':');
            let code = fields.next().map(number);
            match code.unwrap_or(Some(0)) {
                Some(0) => *self = Self::default(),
                Some(1) => self.bold = true,
                Some(2) => self.dim = true,
                Some(3) => self.italic = true,
                Some(4) => self.underline = fields.next() != Some("0"),
                Some(22) => (self.bold, self.dim) = (false, false),
                Some(23) => self.italic = false,
                Some(24) => self.underline = false,
                Some(code @ 30..=37) => self.fore = Some(Colour::Indexed(code as u8 - 30)),
                Some(39) => self.fore = None,
                Some(code @ 40..=47) => self.back = Some(Colour::Indexed(code as u8 - 40)),
                Some(49) => self.back = None,
                Some(code @ 90..=97) => self.fore = Some(Colour::Indexed(code as u8 - 82)),
                Some(code @ 100..=107) => self.back = Some(Colour::Indexed(code as u8 - 92)),
                Some(code @ (38 | 48 | 58)) => {
                    let colour = if part.contains(':') {
                        of_fields(&fields.collect::<Vec<_>>())
                    } else {
                        of_parts(&mut parts)
                    };
                    match (code, colour) {
                        (38, Some(colour)) => self.fore = Some(colour),
                        (48, Some(colour)) => self.back = Some(colour),
                        // The colour of an underline is not shown.
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }

    /// The same where the letters can be seen: a background in the colour of
    /// the letters is refused.
    #[must_use]
    pub fn legible(mut self) -> Self {
        if self.back == self.fore {
            self.back = None;
        }
        self
    }
}

fn number(text: &str) -> Option<u16> {
    if text.is_empty() {
        Some(0)
    } else {
        text.parse().ok()
    }
}

/// `5;n` or `2;r;g;b`: the form of xterm.
fn of_parts<'a>(parts: &mut impl Iterator<Item = &'a str>) -> Option<Colour> {
    let mut byte = || parts.next().and_then(|part| part.parse::<u8>().ok());
    match byte()? {
        5 => Some(Colour::Indexed(byte()?)),
        2 => Some(Colour::Rgb(byte()?, byte()?, byte()?)),
        _ => None,
    }
}

/// `5:n`, `2:r:g:b` or `2:space:r:g:b`: the form of the standard.
fn of_fields(fields: &[&str]) -> Option<Colour> {
    let byte = |field: &str| field.parse::<u8>().ok();
    match fields {
        ["5", index, ..] => Some(Colour::Indexed(byte(index)?)),
        ["2", red, green, blue] | ["2", _, red, green, blue, ..] => {
            Some(Colour::Rgb(byte(red)?, byte(green)?, byte(blue)?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ink(parameters: &str) -> Ink {
        let mut ink = Ink::default();
        ink.apply(parameters);
        ink
    }

    #[test]
    fn colours_of_every_form_are_read() {
        for (parameters, fore) in [
            ("31", Some(Colour::Indexed(1))),
            ("1;31", Some(Colour::Indexed(1))),
            ("97", Some(Colour::Indexed(15))),
            ("38;5;208", Some(Colour::Indexed(208))),
            ("38;2;1;2;3", Some(Colour::Rgb(1, 2, 3))),
            ("38:2::1:2:3", Some(Colour::Rgb(1, 2, 3))),
            ("38:2:1:2:3", Some(Colour::Rgb(1, 2, 3))),
            ("38:5:9", Some(Colour::Indexed(9))),
            ("38;5;300", None),
            ("38;7", None),
            ("58;5;1;32", Some(Colour::Indexed(2))),
            ("31;39", None),
            ("31;0", None),
            ("31;", None),
            ("99999999999", None),
        ] {
            assert_eq!(ink(parameters).fore, fore, "{parameters}");
        }
    }

    #[test]
    fn what_hides_or_blinks_is_passed_over() {
        assert_eq!(ink("5;6;7;8;11;21;50;73"), Ink::default());
        assert_eq!(ink("32;42").legible().back, None);
        assert_eq!(ink("32;43").legible().back, Some(Colour::Indexed(3)));
        assert!(ink("4:3").underline && !ink("4;24").underline && !ink("4:0").underline);
        assert!(!ink("1;2;22").bold);
    }
}
