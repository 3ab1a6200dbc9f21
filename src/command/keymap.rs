//! Which key does what: the table's defaults with the person's changes.

use std::collections::BTreeMap;

use super::{Command, Danger, Key, KeyCode, Scope, TABLE};

/// Which key does what.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyMap {
    by_key: BTreeMap<(Scope, Key), Command>,
    by_command: BTreeMap<Command, Vec<Key>>,
}

/// What is wrong with a person's key map, for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// There is no such command.
    #[error("no command is called '{id}'{}", nearest(.id))]
    UnknownCommand {
        /// As written.
        id: String,
    },
    /// That is no key.
    #[error("'{key}' (for {id}) is no key; write A, ctrl-d, shift-tab, f5 or space")]
    NotAKey {
        /// The command.
        id: String,
        /// As written.
        key: String,
    },
    /// Two commands would have one key.
    #[error("'{key}' is given to both {one} and {other}")]
    Twice {
        /// The key.
        key: String,
        /// The command that has it.
        one: String,
        /// The command that wants it.
        other: String,
    },
    /// Production is changed by capital letters only.
    #[error(
        "'{key}' cannot be {id}: what changes production has a capital letter or a key with ctrl or alt"
    )]
    NotCapital {
        /// The command.
        id: String,
        /// The key.
        key: String,
    },
}

fn nearest(id: &str) -> String {
    TABLE
        .iter()
        .map(|row| (strsim::damerau_levenshtein(id, row.id), row.id))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map_or_else(String::new, |(_, nearest)| {
            format!("; did you mean '{nearest}'?")
        })
}

impl Default for KeyMap {
    fn default() -> Self {
        let mut map = Self {
            by_key: BTreeMap::new(),
            by_command: BTreeMap::new(),
        };
        for row in TABLE {
            map.by_command.insert(row.command, row.keys.to_vec());
            for key in row.keys {
                map.by_key.insert((row.scope, *key), row.command);
            }
        }
        map
    }
}

impl KeyMap {
    /// The table's keys with the changes of a person: command id → keys, which
    /// replace the command's own. A key that is taken over is lost to the
    /// command that had it by default.
    ///
    /// # Errors
    /// All faults; nothing is changed then.
    pub fn with(changes: &BTreeMap<String, Vec<String>>) -> Result<Self, Vec<KeyFault>> {
        let mut faults = Vec::new();
        let mut taken: BTreeMap<(Scope, Key), (Command, &str)> = BTreeMap::new();
        let mut replaced: BTreeMap<Command, Vec<Key>> = BTreeMap::new();
        for (id, keys) in changes {
            let Some(row) = TABLE.iter().find(|row| row.id == id) else {
                faults.push(KeyFault::UnknownCommand { id: id.clone() });
                continue;
            };
            let mine = replaced.entry(row.command).or_default();
            for text in keys {
                let Some(key) = Key::parse(text) else {
                    faults.push(KeyFault::NotAKey {
                        id: id.clone(),
                        key: text.clone(),
                    });
                    continue;
                };
                let held = key.ctrl || key.alt;
                let capital = matches!(key.code, KeyCode::Char(c) if c.is_uppercase());
                if row.danger == Danger::Production && !held && !capital {
                    faults.push(KeyFault::NotCapital {
                        id: id.clone(),
                        key: text.clone(),
                    });
                    continue;
                }
                if let Some((other, its)) = taken.insert((row.scope, key), (row.command, row.id))
                    && other != row.command
                {
                    faults.push(KeyFault::Twice {
                        key: text.clone(),
                        one: its.to_owned(),
                        other: id.clone(),
                    });
                    continue;
                }
                mine.push(key);
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut map = Self::default();
        for (command, keys) in replaced {
            map.by_key.retain(|_, theirs| *theirs != command);
            map.by_command.insert(command, keys);
        }
        for ((scope, key), (command, _)) in taken {
            if let Some(before) = map.by_key.insert((scope, key), command)
                && before != command
                && let Some(keys) = map.by_command.get_mut(&before)
            {
                keys.retain(|theirs| *theirs != key);
            }
        }
        Ok(map)
    }

    /// What a key does in a place, where not everywhere.
    #[must_use]
    pub fn command(&self, key: Key, scope: Scope) -> Option<Command> {
        self.by_key
            .get(&(scope, key))
            .or_else(|| self.by_key.get(&(Scope::Everywhere, key)))
            .copied()
    }

    /// The keys of a command, the first one to be shown.
    #[must_use]
    pub fn keys(&self, command: Command) -> &[Key] {
        self.by_command.get(&command).map_or(&[], Vec::as_slice)
    }

    /// The first key of a command as people write it; empty when it has none.
    #[must_use]
    pub fn shown(&self, command: Command) -> String {
        self.keys(command)
            .first()
            .map_or_else(String::new, Key::to_string)
    }
}
