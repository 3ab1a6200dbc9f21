//! Windows that people make here: freezes, change windows, maintenance and
//! days to be seen. Each is the fold of what was done to it, as releases are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DeclaredTime, DeclaredWindow, Selectors, Text, Timestamp, WindowKind};

/// Longest id of a window, in bytes.
const LONGEST_ID: usize = 64;

/// A window as it was made here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnWindow {
    /// What people call it.
    pub name: Text,
    /// What it does.
    pub kind: OwnKind,
    /// When it is.
    pub when: OwnTime,
    /// Whom it concerns.
    #[serde(default)]
    pub selectors: Selectors,
}

/// What a window that was made here does.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum OwnKind {
    /// Nothing goes out in it.
    #[default]
    Deny,
    /// Changes go out in it, and at no other time.
    Allow,
    /// A system is being worked on; it stops nothing.
    Maintenance,
    /// To be seen, such as a holiday; it stops nothing.
    Info,
}

impl OwnKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Deny, Self::Allow, Self::Maintenance, Self::Info];

    /// The word of the configuration, of the command line and of `--json`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Allow => "allow",
            Self::Maintenance => "maintenance",
            Self::Info => "info",
        }
    }

    /// The word for people.
    #[must_use]
    pub fn said(self) -> &'static str {
        match self {
            Self::Deny => "freeze",
            Self::Allow => "change window",
            Self::Maintenance => "maintenance",
            Self::Info => "info",
        }
    }

    /// The sort of span that it is.
    #[must_use]
    pub fn span(self) -> WindowKind {
        match self {
            Self::Deny => WindowKind::Freeze,
            Self::Allow => WindowKind::Change,
            Self::Maintenance => WindowKind::Maintenance,
            Self::Info => WindowKind::Other(Text::new("info")),
        }
    }
}

/// When a window that was made here is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnTime {
    /// Once, `[start, end)`.
    Once {
        /// First instant.
        start: Timestamp,
        /// First instant after it.
        end: Timestamp,
    },
    /// By a recurrence rule, each time so long.
    Rule {
        /// DTSTART, RRULE and, where there are any, EXDATE and RDATE (RFC
        /// 5545), each after a `\n` of two characters.
        rule: Text,
        /// The clock of a DTSTART without a zone, such as `Europe/Berlin`.
        zone: Text,
        /// How long, in elapsed time, such as `62h`.
        duration: Text,
    },
}

impl OwnTime {
    /// A rule without the occurrence that begins at `start`, or with it at
    /// another time; what is once stays as it is.
    #[must_use]
    pub fn without(&self, start: Timestamp, to: Option<Timestamp>) -> Self {
        let Self::Rule {
            rule,
            zone,
            duration,
        } = self
        else {
            return self.clone();
        };
        let line = |name: &str, at: Timestamp| format!("{name}:{}", at.format("%Y%m%dT%H%M%SZ"));
        let mut lines: Vec<String> = rule.split("\\n").map(str::to_owned).collect();
        // One that was moved to there before is not there any more, and one
        // that comes back is not left out any more.
        lines.retain(|known| *known != line("RDATE", start));
        lines.push(line("EXDATE", start));
        if let Some(to) = to {
            lines.retain(|known| *known != line("EXDATE", to));
            lines.push(line("RDATE", to));
        }
        Self::Rule {
            rule: Text::from(lines.join("\\n")),
            zone: zone.clone(),
            duration: duration.clone(),
        }
    }
}

/// One thing that a person did to a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowEvent {
    /// The window, by its id.
    pub window: Text,
    /// Who (login name).
    pub by: Text,
    /// Why; never empty.
    pub why: Text,
    /// What.
    pub change: WindowChange,
}

/// What a person can do to a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "does", rename_all = "snake_case")]
pub enum WindowChange {
    /// It was made.
    Made {
        /// As it was made.
        plan: Box<OwnWindow>,
    },
    /// It is at another time.
    Moved {
        /// The time that the person saw.
        from: OwnTime,
        /// The time from now on.
        to: OwnTime,
    },
    /// It is another one in more than its time.
    Changed {
        /// As the person saw it.
        from: Box<OwnWindow>,
        /// As it is from now on.
        to: Box<OwnWindow>,
    },
    /// It is no more.
    Cancelled,
}

/// Who did it, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hand {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Text,
    /// Why.
    pub why: Text,
}

/// A window with what people did to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCourse {
    /// Its id.
    pub id: Text,
    /// The window as it is now.
    pub window: OwnWindow,
    /// Who made it.
    pub made: Hand,
    /// Who changed it last; none when nobody did.
    pub changed: Option<Hand>,
    /// Who cancelled it; none while it holds.
    pub cancelled: Option<Hand>,
}

impl OwnCourse {
    /// Whether it is over for good at `at`; a rule never is.
    fn has_passed(&self, at: Timestamp) -> bool {
        matches!(self.window.when, OwnTime::Once { end, .. } if end <= at)
    }

    fn refusal(&self, at: Timestamp, change: &WindowChange) -> Option<String> {
        let id = &self.id;
        if let Some(hand) = &self.cancelled {
            return Some(match change {
                WindowChange::Made { .. } => format!("there was a window `{id}` already"),
                _ => format!("{} cancelled it: make a new one", hand.by),
            });
        }
        match change {
            WindowChange::Made { .. } => Some(format!("there is a window `{id}` already")),
            _ if self.has_passed(at) => Some("it is over: make a new one".to_owned()),
            WindowChange::Moved { from, to } => {
                if &self.window.when != from {
                    Some("it is at another time by now: look again".to_owned())
                } else if from == to {
                    Some("it is at that time already".to_owned())
                } else {
                    time_fault(to)
                }
            }
            WindowChange::Changed { from, to } => {
                if self.window != **from {
                    Some("it is another one by now: look again".to_owned())
                } else if from == to {
                    Some("nothing of it would change".to_owned())
                } else {
                    window_fault(to)
                }
            }
            WindowChange::Cancelled => None,
        }
    }

    /// As a window of the configuration's form.
    ///
    /// # Errors
    /// When its zone is not known here.
    pub fn declared(&self) -> Result<DeclaredWindow, String> {
        let owner = self.changed.as_ref().unwrap_or(&self.made).by.clone();
        self.window.declared(self.made.why.clone(), owner)
    }
}

impl OwnWindow {
    /// As a window of the configuration's form.
    ///
    /// # Errors
    /// When its zone is not known here.
    pub fn declared(&self, reason: Text, owner: Text) -> Result<DeclaredWindow, String> {
        let when = match &self.when {
            OwnTime::Once { start, end } => DeclaredTime::Once {
                start: *start,
                end: *end,
            },
            OwnTime::Rule {
                rule,
                zone,
                duration,
            } => DeclaredTime::Rule {
                rule: rule.clone(),
                zone: zone
                    .parse()
                    .map_err(|_| format!("`{zone}` is no time zone"))?,
                duration: duration.clone(),
            },
        };
        Ok(DeclaredWindow {
            name: self.name.clone(),
            deny: self.kind != OwnKind::Allow,
            when,
            selectors: self.selectors.clone(),
            reason,
            owner,
        })
    }
}

fn time_fault(when: &OwnTime) -> Option<String> {
    matches!(when, OwnTime::Once { start, end } if end <= start)
        .then(|| "it would end before it starts".to_owned())
}

fn window_fault(window: &OwnWindow) -> Option<String> {
    if window.name.trim().is_empty() {
        return Some("a window has a name".to_owned());
    }
    time_fault(&window.when)
}

/// All windows that were made here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnBook {
    courses: BTreeMap<Text, OwnCourse>,
}

impl OwnBook {
    /// The book that comes of events in their order. One that does not fit
    /// costs itself alone.
    #[must_use]
    pub fn of<'a>(events: impl IntoIterator<Item = (Timestamp, &'a WindowEvent)>) -> Self {
        let mut book = Self::default();
        for (at, event) in events {
            // What was refused was never written; what an older rule let in
            // changes nothing.
            let _ = book.take(at, event);
        }
        book
    }

    /// Takes one event in.
    ///
    /// # Errors
    /// Why it cannot be; nothing is changed then.
    pub fn take(&mut self, at: Timestamp, event: &WindowEvent) -> Result<(), String> {
        self.accepts(at, event)?;
        let hand = Hand {
            at,
            by: event.by.clone(),
            why: event.why.clone(),
        };
        if let WindowChange::Made { plan } = &event.change {
            let course = OwnCourse {
                id: event.window.clone(),
                window: OwnWindow::clone(plan),
                made: hand,
                changed: None,
                cancelled: None,
            };
            self.courses.insert(event.window.clone(), course);
            return Ok(());
        }
        let Some(course) = self.courses.get_mut(&event.window) else {
            return Ok(());
        };
        match &event.change {
            WindowChange::Made { .. } => {}
            WindowChange::Moved { to, .. } => {
                course.window.when = to.clone();
                course.changed = Some(hand);
            }
            WindowChange::Changed { to, .. } => {
                course.window = OwnWindow::clone(to);
                course.changed = Some(hand);
            }
            WindowChange::Cancelled => course.cancelled = Some(hand),
        }
        Ok(())
    }

    /// Whether an event may be at `at`.
    ///
    /// # Errors
    /// Why not, as a sentence without its full stop.
    pub fn accepts(&self, at: Timestamp, event: &WindowEvent) -> Result<(), String> {
        let refusal = match (self.courses.get(&event.window), &event.change) {
            (Some(course), change) => course.refusal(at, change),
            (None, WindowChange::Made { plan }) => {
                id_fault(&event.window).or_else(|| window_fault(plan))
            }
            (None, _) => Some(format!("there is no window `{}`", event.window)),
        };
        match refusal {
            Some(why) => Err(why),
            None if event.why.trim().is_empty() => Err("say why".to_owned()),
            None => Ok(()),
        }
    }

    /// One window, a cancelled one too.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&OwnCourse> {
        self.courses.get(id)
    }

    /// All windows, cancelled ones too, by their id.
    pub fn all(&self) -> impl Iterator<Item = &OwnCourse> {
        self.courses.values()
    }

    /// The windows that were not cancelled, by their id.
    pub fn standing(&self) -> impl Iterator<Item = &OwnCourse> {
        self.courses
            .values()
            .filter(|course| course.cancelled.is_none())
    }

    /// An id that no window has or had, after a name.
    #[must_use]
    pub fn id_for(&self, name: &str) -> Text {
        let mut slug = String::new();
        for letter in name.trim().chars() {
            if letter.is_ascii_alphanumeric() {
                slug.push(letter.to_ascii_lowercase());
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
            if slug.len() >= LONGEST_ID - 8 {
                break;
            }
        }
        let slug = match slug.trim_end_matches('-') {
            "" => "window",
            slug => slug,
        };
        let mut id = Text::new(slug);
        let mut number = 2_u32;
        while self.courses.contains_key(&id) {
            id = Text::from(format!("{slug}-{number}"));
            number += 1;
        }
        id
    }
}

fn id_fault(id: &str) -> Option<String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_');
    let wrong = id.is_empty() || id.len() > LONGEST_ID || !id.chars().all(plain);
    wrong
        .then(|| format!("`{id}` is no id: letters, digits, dots and dashes, at most {LONGEST_ID}"))
}

#[cfg(test)]
mod tests;
