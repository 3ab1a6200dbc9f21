//! `[[window]]` and `[[calendar]]`: when changes may go out.

use std::{ops::Range, path::Path};

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use toml::Spanned;

use crate::{
    analysis::windows::{Zone, declared},
    domain::{
        CalendarPlace, CalendarSpec, CalendarUse, DeclaredTime, DeclaredWindow, Selectors,
        SourceId, Text, Timestamp,
    },
    error::{Error, Kind},
    model::Model,
};

use super::File;

/// A window: a freeze or a time in which changes go out. Its time is one of
/// `start_cron` with `end_cron`, `rrule` with `duration`, and `from` with `to`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowEntry {
    /// What people call it.
    pub name: Spanned<String>,
    /// `deny` or `allow`.
    pub kind: Spanned<WindowEffect>,
    /// The clock that its times are on, such as `Europe/Berlin`; UTC when not
    /// given.
    pub timezone: Option<Spanned<String>>,
    /// When it begins: a cron expression of five fields.
    pub start_cron: Option<Spanned<String>>,
    /// When it ends.
    pub end_cron: Option<Spanned<String>>,
    /// When it begins: DTSTART and RRULE (RFC 5545), a line each.
    pub rrule: Option<Spanned<String>>,
    /// How long it lasts then, in elapsed time, such as `62h`.
    pub duration: Option<Spanned<String>>,
    /// First instant (RFC 3339).
    pub from: Option<Spanned<toml::Value>>,
    /// First instant after it.
    pub to: Option<Spanned<toml::Value>>,
    /// The services concerned, as globs; all when empty.
    pub services: Option<Spanned<Vec<String>>>,
    /// The environments concerned, as globs; all when empty.
    pub environments: Option<Spanned<Vec<String>>>,
    /// The teams concerned, as globs; all when empty.
    pub teams: Option<Spanned<Vec<String>>>,
    /// The classes of change concerned, as globs; all when empty.
    pub changes: Option<Spanned<Vec<String>>>,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// Whose it is.
    #[serde(default)]
    pub owner: String,
}

/// What a window does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowEffect {
    /// Nothing goes out in it.
    Deny,
    /// Changes go out in it, and at no other time.
    Allow,
}

/// A calendar that others keep.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarEntry {
    /// What people call it; after its file or its host when not given.
    pub name: Option<Spanned<String>>,
    /// `ical`.
    pub kind: Spanned<CalendarKind>,
    /// The file; relative to the configuration.
    pub path: Option<Spanned<String>>,
    /// Its address: HTTPS.
    pub url: Option<Spanned<String>>,
    /// What its events are: `freeze`, `change-window`, `maintenance`,
    /// `release` or `info`.
    #[serde(rename = "as")]
    pub events: Spanned<CalendarUse>,
    /// The services concerned, as globs; all when empty.
    pub services: Option<Spanned<Vec<String>>>,
    /// The environments concerned, as globs; all when empty.
    pub environments: Option<Spanned<Vec<String>>>,
    /// The teams concerned, as globs; all when empty.
    pub teams: Option<Spanned<Vec<String>>>,
    /// The classes of change concerned, as globs; all when empty.
    pub changes: Option<Spanned<Vec<String>>>,
    /// Whose it is.
    #[serde(default)]
    pub owner: String,
}

/// How a calendar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarKind {
    /// iCalendar (RFC 5545).
    Ical,
}

/// What is wrong with an entry, and where in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The bytes of the file that it is about.
    pub place: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: String,
}

impl From<Wrong> for Error {
    fn from(wrong: Wrong) -> Self {
        Self::new(Kind::Usage, wrong.message).hint(wrong.hint)
    }
}

const THREE_FORMS: &str =
    "its time is one of: `start_cron` and `end_cron`; `rrule` and `duration`; `from` and `to`";

impl WindowEntry {
    /// The window that the entry declares.
    ///
    /// # Errors
    /// What is wrong with it, where, and what is expected.
    pub fn declare(&self) -> Result<DeclaredWindow, Wrong> {
        let name = self.name.get_ref().trim();
        if name.is_empty() {
            return Err(self.wrong(
                self.name.span(),
                "it has no name",
                "name = \"year-end freeze\"",
            ));
        }
        let window = DeclaredWindow {
            name: Text::new(name),
            deny: *self.kind.get_ref() == WindowEffect::Deny,
            when: self.when()?,
            selectors: selectors([
                &self.services,
                &self.environments,
                &self.teams,
                &self.changes,
            ]),
            reason: Text::new(&self.reason),
            owner: Text::new(&self.owner),
        };
        match declared::compile(&window, &Text::default()) {
            Ok(_) => Ok(window),
            Err(fault) => {
                let lists = [
                    ("services", &self.services),
                    ("environments", &self.environments),
                    ("teams", &self.teams),
                    ("changes", &self.changes),
                ];
                let words = [
                    ("start_cron", &self.start_cron),
                    ("end_cron", &self.end_cron),
                    ("rrule", &self.rrule),
                    ("duration", &self.duration),
                ];
                let place = words
                    .iter()
                    .filter_map(|(key, word)| Some((key, word.as_ref()?.span())))
                    .chain(
                        lists
                            .iter()
                            .filter_map(|(key, list)| Some((key, list.as_ref()?.span()))),
                    )
                    .find(|(key, _)| **key == fault.key)
                    .map_or_else(|| self.name.span(), |(_, span)| span);
                Err(self.wrong(
                    place,
                    &format!("`{}`: {}", fault.key, fault.why),
                    fault.example,
                ))
            }
        }
    }

    fn wrong(&self, place: Range<usize>, what: &str, hint: &str) -> Wrong {
        Wrong {
            place,
            message: format!("the window `{}`: {what}", self.name.get_ref()),
            hint: hint.to_owned(),
        }
    }

    fn when(&self) -> Result<DeclaredTime, Wrong> {
        let given: Vec<(&str, Range<usize>)> = [
            ("start_cron", self.start_cron.as_ref().map(Spanned::span)),
            ("end_cron", self.end_cron.as_ref().map(Spanned::span)),
            ("rrule", self.rrule.as_ref().map(Spanned::span)),
            ("duration", self.duration.as_ref().map(Spanned::span)),
            ("from", self.from.as_ref().map(Spanned::span)),
            ("to", self.to.as_ref().map(Spanned::span)),
        ]
        .into_iter()
        .filter_map(|(key, span)| Some((key, span?)))
        .collect();
        let zone = self.zone()?;
        match (
            (&self.start_cron, &self.end_cron),
            (&self.rrule, &self.duration),
            (&self.from, &self.to),
        ) {
            ((Some(start), Some(end)), (None, None), (None, None)) => Ok(DeclaredTime::Cron {
                start: Text::new(start.get_ref()),
                end: Text::new(end.get_ref()),
                zone,
            }),
            ((None, None), (Some(rule), Some(duration)), (None, None)) => Ok(DeclaredTime::Rule {
                // A rule has several lines, which no other text of the file
                // has.
                rule: Text::new(&rule.get_ref().replace("\r\n", "\n").replace('\n', "\\n")),
                zone,
                duration: Text::new(duration.get_ref()),
            }),
            ((None, None), (None, None), (Some(from), Some(to))) => self.once(from, to, zone),
            _ => Err(match given.as_slice() {
                [] => self.wrong(self.name.span(), "it says no time", THREE_FORMS),
                [(key, span)] => {
                    let partner = match *key {
                        "start_cron" => "end_cron",
                        "end_cron" => "start_cron",
                        "rrule" => "duration",
                        "duration" => "rrule",
                        "from" => "to",
                        _ => "from",
                    };
                    let what = format!("`{key}` is there without `{partner}`");
                    self.wrong(span.clone(), &what, THREE_FORMS)
                }
                [.., (_, span)] => {
                    let keys: Vec<String> =
                        given.iter().map(|(key, _)| format!("`{key}`")).collect();
                    let what = format!("{} do not belong together", keys.join(", "));
                    self.wrong(span.clone(), &what, THREE_FORMS)
                }
            }),
        }
    }

    fn once(
        &self,
        from: &Spanned<toml::Value>,
        to: &Spanned<toml::Value>,
        zone: Tz,
    ) -> Result<DeclaredTime, Wrong> {
        let zone = self.timezone.is_some().then_some(Zone::Named(zone));
        let read = |key: &str, value: &Spanned<toml::Value>, first: bool| {
            // In doubt a freeze is longer and an allowance shorter.
            let earliest = first == (*self.kind.get_ref() == WindowEffect::Deny);
            instant(value.get_ref(), zone.as_ref(), earliest).ok_or_else(|| {
                self.wrong(
                    value.span(),
                    &format!("`{key}` is no instant"),
                    "RFC 3339 with an offset, such as 2026-12-20T18:00:00+01:00, or a local time with `timezone`",
                )
            })
        };
        let start = read("from", from, true)?;
        let end = read("to", to, false)?;
        if end <= start {
            return Err(self.wrong(
                to.span(),
                "it ends before it begins",
                "`to` is an instant after `from`",
            ));
        }
        Ok(DeclaredTime::Once { start, end })
    }

    fn zone(&self) -> Result<Tz, Wrong> {
        let Some(name) = &self.timezone else {
            return Ok(Tz::UTC);
        };
        match Zone::named(name.get_ref()) {
            Some(Zone::Named(zone)) => Ok(zone),
            _ => {
                let nearest = nearest_zone(name.get_ref());
                let hint = nearest.map_or_else(
                    || "such as Europe/Berlin or America/New_York".to_owned(),
                    |zone| format!("did you mean `{zone}`?"),
                );
                let what = format!("`{}` is no time zone", name.get_ref());
                Err(self.wrong(name.span(), &what, &hint))
            }
        }
    }
}

fn nearest_zone(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    chrono_tz::TZ_VARIANTS
        .iter()
        .map(|zone| {
            let known = zone.name();
            let whole = strsim::damerau_levenshtein(&name, &known.to_ascii_lowercase());
            (whole, known)
        })
        .min()
        .filter(|(distance, known)| *distance <= known.len() / 3)
        .map(|(_, known)| known)
}

/// An instant of RFC 3339, as text or as a date of TOML's own; a local time is
/// one with a zone.
fn instant(value: &toml::Value, zone: Option<&Zone>, earliest: bool) -> Option<Timestamp> {
    let text = match value {
        toml::Value::String(text) => text.trim().to_owned(),
        toml::Value::Datetime(time) => time.to_string(),
        _ => return None,
    };
    instant_of(&text, zone, earliest)
}

/// An instant of RFC 3339; a local time is one with a zone, the earliest or the
/// latest that it may mean.
#[must_use]
pub fn instant_of(text: &str, zone: Option<&Zone>, earliest: bool) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(&text.to_ascii_uppercase()) {
        return Some(time.with_timezone(&Utc));
    }
    let local = [
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
    ]
    .iter()
    .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
    let candidates = zone?.candidates(local);
    Some(if earliest {
        candidates.earliest
    } else {
        candidates.latest
    })
}

fn selectors(lists: [&Option<Spanned<Vec<String>>>; 4]) -> Selectors {
    let texts = |list: &Option<Spanned<Vec<String>>>| {
        list.iter()
            .flat_map(Spanned::get_ref)
            .map(|glob| Text::new(glob))
            .collect()
    };
    let [services, environments, teams, changes] = lists;
    Selectors {
        services: texts(services),
        environments: texts(environments),
        teams: texts(teams),
        changes: texts(changes),
    }
}

impl CalendarEntry {
    /// The calendar that the entry declares; paths are relative to `home`.
    ///
    /// # Errors
    /// What is wrong with it, where, and what is expected.
    pub fn declare(&self, home: &Path) -> Result<CalendarSpec, Wrong> {
        let wrong = |place: Range<usize>, what: &str, hint: &str| Wrong {
            place,
            message: format!("a calendar: {what}"),
            hint: hint.to_owned(),
        };
        let (place, name) = match (&self.path, &self.url) {
            (Some(path), None) => {
                let given = path.get_ref().trim();
                let path_of = given.strip_prefix("~/").and_then(|rest| {
                    directories::BaseDirs::new().map(|user| user.home_dir().join(rest))
                });
                if given.is_empty() {
                    return Err(wrong(
                        path.span(),
                        "`path` is empty",
                        "path = \"freezes.ics\"",
                    ));
                }
                let file = path_of.unwrap_or_else(|| home.join(given));
                let stem = file.file_stem().map(|stem| stem.to_string_lossy());
                let name = stem.map_or_else(|| given.to_owned(), std::borrow::Cow::into_owned);
                (CalendarPlace::File(file), name)
            }
            (None, Some(url)) => {
                let given = url.get_ref().trim();
                // An address that some programs give for subscribing.
                let address = match given.split_once("://") {
                    Some(("webcal" | "webcals", rest)) => format!("https://{rest}"),
                    _ => given.to_owned(),
                };
                let host = crate::integrations::calendar::host_of(&address)
                    .map_err(|error| wrong(url.span(), &error.message, &error.hint))?;
                (CalendarPlace::Url(address), host)
            }
            (Some(_), Some(url)) => {
                return Err(wrong(
                    url.span(),
                    "it has both `path` and `url`",
                    "one of the two says where it is",
                ));
            }
            (None, None) => {
                return Err(wrong(
                    self.kind.span(),
                    "it does not say where it is",
                    "path = \"freezes.ics\", or url = \"https://…\"",
                ));
            }
        };
        let name = self
            .name
            .as_ref()
            .map(|name| name.get_ref().trim())
            .filter(|name| !name.is_empty())
            .unwrap_or(&name);
        let spec = CalendarSpec {
            source: SourceId::new(name),
            place,
            events: *self.events.get_ref(),
            selectors: selectors([
                &self.services,
                &self.environments,
                &self.teams,
                &self.changes,
            ]),
            owner: Text::new(&self.owner),
        };
        declared::scope(&spec.selectors).map_err(|fault| {
            let span = [
                ("services", &self.services),
                ("environments", &self.environments),
                ("teams", &self.teams),
                ("changes", &self.changes),
            ]
            .into_iter()
            .find(|(key, _)| *key == fault.key)
            .and_then(|(_, list)| Some(list.as_ref()?.span()))
            .unwrap_or_else(|| self.kind.span());
            wrong(
                span,
                &format!("`{}`: {}", fault.key, fault.why),
                fault.example,
            )
        })?;
        Ok(spec)
    }
}

/// Whether all windows, calendars and trains of a file can be.
///
/// # Errors
/// What is wrong with the first that cannot, and where.
pub fn check(file: &File) -> Result<(), Wrong> {
    for entry in &file.window {
        entry.declare()?;
    }
    for entry in &file.calendar {
        entry.declare(Path::new(""))?;
    }
    super::trains::trains(file)?;
    Ok(())
}

/// All calendars of a file, each with a name that no other source has.
///
/// # Errors
/// What is wrong with the first that cannot be.
pub fn calendars(file: &File, home: &Path) -> Result<Vec<CalendarSpec>, Wrong> {
    let mut known: Vec<CalendarSpec> = Vec::new();
    for entry in &file.calendar {
        let mut spec = entry.declare(home)?;
        let taken = |name: &SourceId| {
            known.iter().any(|other| &other.source == name)
                || file.integrations.contains_key(name.as_str())
                || [Model::declared_source(), Model::own_source()].contains(name)
        };
        if taken(&spec.source) {
            let base = spec.source.clone();
            for number in 2.. {
                spec.source = SourceId::new(&format!("{base}-{number}"));
                if !taken(&spec.source) {
                    break;
                }
            }
        }
        known.push(spec);
    }
    Ok(known)
}

#[cfg(test)]
mod tests;
