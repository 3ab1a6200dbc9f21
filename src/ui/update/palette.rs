//! The palette: every command, view and theme by name.

use chrono::TimeDelta;
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::{Effect, arming, input::After, refuse, text, why_not};
use crate::{
    command::{self, Command, Danger, Key, KeyCode, TABLE},
    ui::app::{App, Overlay, Palette},
};

/// What an entry of the palette does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Runs a command.
    Command(Command),
    /// Chooses a theme.
    Theme(String),
    /// Arms for this time; none when what was typed is no such time.
    Arm(Option<TimeDelta>),
}

/// One entry of the palette.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name that is completed.
    pub name: String,
    /// A word or two for people.
    pub title: String,
    /// What it does.
    pub verb: Verb,
}

/// The entries that match what was typed, best first.
#[must_use]
pub fn entries(app: &App, typed: &str) -> Vec<Entry> {
    if let Some(words) = typed.trim_start().strip_prefix("arm ") {
        return vec![Entry {
            name: format!("arm {}", words.trim()),
            title: "act for so long, 1m to 60m".to_owned(),
            verb: Verb::Arm(arming::parse(words)),
        }];
    }
    let all = TABLE
        .iter()
        .map(|row| Entry {
            name: row.id.to_owned(),
            title: row.title.to_owned(),
            verb: Verb::Command(row.command),
        })
        .chain(app.settings.themes.iter().map(|theme| Entry {
            name: format!("theme {theme}"),
            title: "choose the theme".to_owned(),
            verb: Verb::Theme(theme.clone()),
        }));
    let typed = typed.trim();
    if typed.is_empty() {
        return all.collect();
    }
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut found: Vec<(u32, usize, Entry)> = all
        .enumerate()
        .filter_map(|(place, entry)| {
            let exact = entry.name == typed || entry.name.strip_prefix("view ") == Some(typed);
            let short = typed == "q" && entry.verb == Verb::Command(Command::Quit);
            let text = format!("{} {}", entry.name, entry.title);
            let score = if exact || short {
                u32::MAX
            } else if entry.name.starts_with(typed) {
                u32::MAX - 1
            } else {
                pattern.score(Utf32Str::new(&text, &mut buffer), &mut matcher)?
            };
            Some((score, place, entry))
        })
        .collect();
    found.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    found.into_iter().map(|(_, _, entry)| entry).collect()
}

/// One key.
pub(super) fn key(
    app: &mut App,
    mut palette: Palette,
    key: Key,
    burst: bool,
    effects: &mut Vec<Effect>,
) -> After {
    let found = entries(app, &palette.text);
    let last = found.len().saturating_sub(1);
    match key.code {
        KeyCode::Esc => return After::Close,
        KeyCode::Backspace if palette.text.is_empty() => return After::Close,
        KeyCode::Up => palette.index = palette.index.saturating_sub(1),
        KeyCode::Down => palette.index = (palette.index + 1).min(last),
        KeyCode::PageUp => palette.index = palette.index.saturating_sub(8),
        KeyCode::PageDown => palette.index = (palette.index + 8).min(last),
        KeyCode::Tab => {
            if let Some(entry) = found.get(palette.index) {
                palette.text.clone_from(&entry.name);
                palette.index = 0;
            }
        }
        KeyCode::Enter if burst => refuse(app, "ignored a burst of input"),
        KeyCode::Enter => {
            let Some(entry) = found.get(palette.index) else {
                refuse(
                    app,
                    &format!("no command is called '{}'", palette.text.trim()),
                );
                return After::Stay(Overlay::Palette(palette));
            };
            match &entry.verb {
                Verb::Theme(theme) => {
                    app.settings.theme.clone_from(theme);
                    effects.push(Effect::SaveTheme(theme.clone()));
                    return After::Close;
                }
                Verb::Arm(Some(span)) => {
                    arming::arm(app, *span, effects);
                    return After::Close;
                }
                Verb::Arm(None) => {
                    refuse(app, "arm takes 1m to 60m, such as `:arm 10m`");
                    return After::Stay(Overlay::Palette(palette));
                }
                Verb::Command(command) => {
                    let acts =
                        command::row(*command).is_some_and(|row| row.danger >= Danger::Outside);
                    if acts && app.selection() != palette.about.as_ref() {
                        refuse(app, "the list moved: press again");
                        return After::Close;
                    }
                    if let Some(why) = why_not(app, *command) {
                        refuse(app, &format!("{}: {why}", entry.name));
                        return After::Stay(Overlay::Palette(palette));
                    }
                    return After::Run(*command);
                }
            }
        }
        _ => {
            if text::edit(&mut palette.text, key) {
                palette.index = 0;
            }
        }
    }
    After::Stay(Overlay::Palette(palette))
}
