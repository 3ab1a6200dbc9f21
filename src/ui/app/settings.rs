//! What was configured, as far as the screen needs it.

use chrono_tz::Tz;

use crate::domain::Text;

/// What was configured, and what the person switched since.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Who uses this screen: author of notes.
    pub person: Text,
    /// No operation may be started.
    pub read_only: bool,
    /// Why, for people: `--read-only`, the configuration, a missing token.
    pub read_only_why: Text,
    /// It starts able to look only, and has to be armed to act.
    pub arm: bool,
    /// Whether the mouse is captured.
    pub mouse: bool,
    /// Names of all themes that can be chosen.
    pub themes: Vec<String>,
    /// The chosen theme.
    pub theme: String,
    /// The person's own time zone.
    pub zone: Tz,
    /// Time zones that the header shows beside UTC.
    pub zones: Vec<Tz>,
    /// A number that no other session has: new identities are made from it.
    pub seed: u64,
    /// No clock shows seconds: for links on which each byte counts.
    pub still: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            person: Text::new("you"),
            read_only: false,
            read_only_why: Text::default(),
            arm: false,
            mouse: false,
            themes: vec!["dark".to_owned()],
            theme: "dark".to_owned(),
            zone: Tz::UTC,
            zones: Vec::new(),
            seed: 0,
            still: false,
        }
    }
}
