//! Theme files: those that come with the program and those of the user.

use std::{collections::BTreeMap, path::Path, sync::OnceLock};

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use super::{ROLES, Theme, colour};
use crate::ui::theme::{Depth, Rgb};

const EMBEDDED: [(&str, &str); 5] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    (
        "high-contrast",
        include_str!("../../../themes/high-contrast.toml"),
    ),
    (
        "colour-blind",
        include_str!("../../../themes/colour-blind.toml"),
    ),
    ("no-colour", include_str!("../../../themes/no-colour.toml")),
];

/// Why a theme file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// The file is not TOML, or has a wrong key.
    #[error("theme {name:?}: {source}")]
    Syntax {
        /// The theme.
        name: String,
        /// What the parser says, with line and column.
        source: toml::de::Error,
    },
    /// A role that does not exist.
    #[error("theme {name:?}: no role is called {role:?}; did you mean {nearest:?}?")]
    Role {
        /// The theme.
        name: String,
        /// The word in the file.
        role: String,
        /// The nearest role.
        nearest: String,
    },
    /// A colour that cannot be read.
    #[error("theme {name:?}: {role} = {colour:?} is not a colour; write it as \"#rrggbb\"")]
    Colour {
        /// The theme.
        name: String,
        /// Where.
        role: String,
        /// The word in the file.
        colour: String,
    },
    /// The file names a theme to start from that is not there.
    #[error("theme {name:?}: extends {base:?}, which is not one of {known}")]
    Base {
        /// The theme.
        name: String,
        /// The word in the file.
        base: String,
        /// The themes that are there.
        known: String,
    },
}

/// One theme file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ThemeFile {
    title: Option<String>,
    extends: Option<String>,
    background: Option<String>,
    pub(super) designed_for: Option<String>,
    #[serde(default)]
    pub(super) styles: BTreeMap<String, StyleFile>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum StyleFile {
    Colour(String),
    Full(FullStyle),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FullStyle {
    pub(super) fg: Option<String>,
    pub(super) bg: Option<String>,
    ansi: Option<String>,
    ansi_bg: Option<String>,
    bold: bool,
    dim: bool,
    reverse: bool,
}

impl StyleFile {
    pub(super) fn full(self) -> FullStyle {
        match self {
            Self::Full(full) => full,
            Self::Colour(fg) => FullStyle {
                fg: Some(fg),
                ..FullStyle::default()
            },
        }
    }
}

/// The themes that can be chosen, in the order in which they are cycled.
#[derive(Clone, Debug)]
pub struct Themes {
    depth: Depth,
    list: Vec<Entry>,
}

/// One theme. Those that come with the program are read when they are asked
/// for: the first screen needs one of them.
#[derive(Clone, Debug)]
struct Entry {
    name: String,
    text: &'static str,
    theme: OnceLock<Option<Theme>>,
}

impl Themes {
    /// The themes that come with the program, for a terminal of this depth.
    #[must_use]
    pub fn embedded(depth: Depth) -> Self {
        let list = EMBEDDED
            .into_iter()
            .map(|(name, text)| Entry {
                name: name.to_owned(),
                text,
                theme: OnceLock::new(),
            })
            .collect();
        Self { depth, list }
    }

    /// Adds a theme from the text of its file; one of the same name is
    /// replaced.
    ///
    /// # Errors
    /// Says which key of the file is wrong and how to mend it.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), ThemeError> {
        let entry = Entry {
            name: name.to_owned(),
            text: "",
            theme: OnceLock::from(Some(self.read(name, text)?)),
        };
        match self.list.iter_mut().find(|known| known.name == name) {
            Some(known) => *known = entry,
            None => self.list.push(entry),
        }
        Ok(())
    }

    /// Adds every `*.toml` of a directory; gives back one sentence for each
    /// file that could not be used. A directory that is not there is empty.
    pub fn add_directory(&mut self, directory: &Path) -> Vec<String> {
        let mut complaints = Vec::new();
        let Ok(entries) = std::fs::read_dir(directory) else {
            return complaints;
        };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            if path.extension().is_none_or(|end| end != "toml") {
                continue;
            }
            let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else {
                continue;
            };
            match std::fs::read_to_string(&path) {
                Ok(text) => {
                    if let Err(error) = self.add(name, &text) {
                        complaints.push(format!("{}: {error}", path.display()));
                    }
                }
                Err(error) => complaints.push(format!("{}: {error}", path.display())),
            }
        }
        complaints
    }

    /// The theme of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Theme> {
        self.at(self.list.iter().position(|entry| entry.name == name)?)
    }

    /// The theme of this name, or the first one.
    #[must_use]
    pub fn get_or_first(&self, name: &str) -> Theme {
        self.get(name)
            .or_else(|| self.at(0))
            .cloned()
            .unwrap_or_else(|| Theme::plain("plain"))
    }

    /// The theme after the one of this name, going round.
    #[must_use]
    pub fn after(&self, name: &str) -> Theme {
        let place = self.list.iter().position(|entry| entry.name == name);
        let next = place.map_or(0, |at| (at + 1) % self.list.len().max(1));
        self.at(next)
            .cloned()
            .unwrap_or_else(|| Theme::plain("plain"))
    }

    /// All names in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|entry| entry.name.as_str())
    }

    fn at(&self, place: usize) -> Option<&Theme> {
        let entry = self.list.get(place)?;
        // A test reads each of them; none is wrong.
        let read = || self.read(&entry.name, entry.text).ok();
        entry.theme.get_or_init(read).as_ref()
    }

    fn read(&self, name: &str, text: &str) -> Result<Theme, ThemeError> {
        let file: ThemeFile = toml::from_str(text).map_err(|source| ThemeError::Syntax {
            name: name.to_owned(),
            source,
        })?;
        let mut theme = match &file.extends {
            None => Theme::plain(name),
            Some(base) => self.get(base).cloned().ok_or_else(|| ThemeError::Base {
                name: name.to_owned(),
                base: base.clone(),
                known: self.names().collect::<Vec<_>>().join(", "),
            })?,
        };
        name.clone_into(&mut theme.name);
        theme.label = file.title.unwrap_or_else(|| name.to_owned());
        for (role, style) in file.styles {
            let style = self.style(name, &role, style.full())?;
            if !theme.set_role(&role, style) {
                let nearest = ROLES
                    .iter()
                    .min_by_key(|known| strsim::damerau_levenshtein(known, &role))
                    .copied()
                    .unwrap_or_default();
                return Err(ThemeError::Role {
                    name: name.to_owned(),
                    role,
                    nearest: nearest.to_owned(),
                });
            }
        }
        if let Some(canvas) = &file.designed_for {
            theme.canvas =
                Rgb::parse(canvas).ok_or_else(|| wrong_colour(name, "designed_for", canvas))?;
        }
        if let Some(background) = &file.background {
            let background = self.colour(name, "background", background)?;
            theme.base = theme.text.bg(background);
        }
        Ok(theme)
    }

    fn style(&self, name: &str, role: &str, file: FullStyle) -> Result<Style, ThemeError> {
        let mut style = Style::new();
        let sides = [(file.fg, file.ansi, false), (file.bg, file.ansi_bg, true)];
        for (full, ansi, behind) in sides {
            let chosen = match (&full, &ansi) {
                (_, Some(ansi)) if self.depth == Depth::Ansi || full.is_none() => {
                    Some(colour::named(ansi).ok_or_else(|| wrong_colour(name, role, ansi))?)
                }
                (Some(full), _) => Some(self.colour(name, role, full)?),
                _ => None,
            };
            if let Some(colour) = chosen {
                style = if behind {
                    style.bg(colour)
                } else {
                    style.fg(colour)
                };
            }
        }
        for (wanted, modifier) in [
            (file.bold, Modifier::BOLD),
            (file.dim, Modifier::DIM),
            (file.reverse, Modifier::REVERSED),
        ] {
            if wanted {
                style = style.add_modifier(modifier);
            }
        }
        Ok(style)
    }

    fn colour(&self, name: &str, role: &str, text: &str) -> Result<Color, ThemeError> {
        Rgb::parse(text)
            .map(|rgb| rgb.at(self.depth))
            .ok_or_else(|| wrong_colour(name, role, text))
    }
}

fn wrong_colour(name: &str, role: &str, colour: &str) -> ThemeError {
    ThemeError::Colour {
        name: name.to_owned(),
        role: role.to_owned(),
        colour: colour.to_owned(),
    }
}

#[cfg(test)]
pub(super) fn embedded_files() -> Vec<(&'static str, ThemeFile)> {
    EMBEDDED
        .iter()
        .map(|(name, text)| (*name, toml::from_str(text).expect(name)))
        .collect()
}
