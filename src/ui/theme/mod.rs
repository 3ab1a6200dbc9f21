//! Looks by meaning. A view asks for `danger` or `stale` and never for a
//! colour; what these look like is written in a theme file. This is the only
//! room that knows colours.

mod colour;
mod file;
mod glyph;
mod ink;

pub use colour::{Depth, Rgb};
pub use file::{ThemeError, Themes};
pub use glyph::{ASCII, Marks, State, UNICODE, operation_word, run_word};

use ratatui::style::{Modifier, Style};

macro_rules! roles {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// How everything looks, by meaning.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Theme {
            /// The name that configuration and palette use.
            pub name: String,
            /// A name for people.
            pub label: String,
            /// What every cell starts as: nothing where the terminal's own
            /// background and foreground are kept.
            pub base: Style,
            /// The background that the theme was made for; pictures of the
            /// screen use it where the terminal's own is kept.
            pub canvas: Rgb,
            /// The character set.
            pub marks: Marks,
            $($(#[doc = $doc])+ pub $name: Style,)+
        }

        /// The names of all roles, in the order of the documentation.
        pub const ROLES: &[&str] = &[$(stringify!($name)),+];

        impl Theme {
            /// A theme in which every role looks like plain text.
            fn plain(name: &str) -> Self {
                Self {
                    name: name.to_owned(),
                    label: name.to_owned(),
                    base: Style::new(),
                    canvas: Rgb(0x1a, 0x1c, 0x21),
                    marks: UNICODE,
                    $($name: Style::new(),)+
                }
            }

            /// The style of a role by its name.
            #[must_use]
            pub fn role(&self, name: &str) -> Option<Style> {
                match name {
                    $(stringify!($name) => Some(self.$name),)+
                    _ => None,
                }
            }

            /// Sets a role by its name; false when there is no such role.
            fn set_role(&mut self, name: &str, style: Style) -> bool {
                match name {
                    $(stringify!($name) => self.$name = style,)+
                    _ => return false,
                }
                true
            }
        }
    };
}

roles! {
    /// What is read.
    text,
    /// What is read second: labels, ages, units.
    dim,
    /// What is read last: column heads, hints, placeholders.
    faint,
    /// The one accent of the screen: what has the focus.
    accent,
    /// A pane's title.
    title,
    /// The title of the pane that has the focus.
    title_focused,
    /// Lines that separate.
    border,
    /// Lines around the pane that has the focus.
    border_focused,
    /// Failed, or harmful.
    danger,
    /// Marginal, or soon harmful.
    warning,
    /// Worked, or well.
    success,
    /// At work.
    running,
    /// Waits for a human.
    waiting,
    /// Paused, held, frozen.
    held,
    /// Production, wherever it is named.
    production,
    /// The badge of production in dialogs.
    production_badge,
    /// The selected row.
    selection,
    /// A key that can be pressed.
    key,
    /// The baseline of a chart.
    chart_baseline,
    /// The canary of a chart.
    chart_canary,
    /// Axis and ticks of a chart.
    chart_axis,
    /// Last good data whose source is away.
    stale,
    /// What was searched for.
    found,
    /// A line of a log that reports an error.
    log_error,
    /// The header's name of the program.
    brand,
}

impl Theme {
    /// The dark theme, which every program starts with.
    #[must_use]
    pub fn dark() -> Self {
        Themes::embedded(Depth::True).get_or_first("dark")
    }

    /// The theme with the plain character set.
    #[must_use]
    pub fn with_ascii(mut self, ascii: bool) -> Self {
        self.marks = if ascii { ASCII } else { UNICODE };
        self
    }

    /// The glyph of a state and the word that goes with it.
    #[must_use]
    pub fn glyph(&self, state: State) -> (&'static str, &'static str) {
        (self.marks.state(state), state.word())
    }

    /// How a state looks.
    #[must_use]
    pub fn state(&self, state: State) -> Style {
        match state {
            State::Ok => self.success,
            State::Failed | State::Alert => self.danger,
            State::Running => self.running,
            State::Waiting => self.waiting,
            State::Held | State::Frozen | State::RolledBack => self.held,
            State::Marginal | State::Unknown => self.warning,
            State::Quiet => self.faint,
        }
    }

    /// The style of a row: bold when it is selected, dimmed when its source
    /// is away.
    #[must_use]
    pub fn row(&self, selected: bool, stale: bool) -> Style {
        match (selected, stale) {
            (true, _) => self.selection,
            (false, true) => self.stale,
            (false, false) => self.text,
        }
    }

    /// `style` on a selected row: the same colour, bold.
    #[must_use]
    pub fn emphasise(&self, style: Style, selected: bool) -> Style {
        if selected {
            style.add_modifier(Modifier::BOLD)
        } else {
            style
        }
    }
}

#[cfg(test)]
mod tests;
