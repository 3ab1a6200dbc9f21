//! `[[train]]`: releases that leave by a timetable.

use std::ops::Range;

use chrono::NaiveTime;
use chrono_tz::Tz;
use serde::Deserialize;
use toml::Spanned;

use super::{File, windows::Wrong};
use crate::{
    analysis::{releases::train::Timetable, windows::Zone},
    domain::{EnvironmentName, ServiceName, Text, TrainSpec},
};

/// A train: each occurrence of its rule is a planned release. The branch date
/// is fixed, the ship date can be moved.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainEntry {
    /// What the ids of its releases begin with: `train` gives
    /// `train-2026-11-02`.
    pub name: Spanned<String>,
    /// The clock that its times are on, such as `Europe/Berlin`; UTC when not
    /// given.
    pub timezone: Option<Spanned<String>>,
    /// When it branches: DTSTART and RRULE (RFC 5545), a line each.
    pub rrule: Spanned<String>,
    /// Days on the calendar from branch to ship.
    #[serde(default)]
    pub ship_days: u32,
    /// When on that day, such as `14:00`; at the time of the branch when not
    /// given.
    pub ship_time: Option<Spanned<String>>,
    /// How long its window is, in elapsed time, such as `4h`.
    pub duration: Spanned<String>,
    /// What is on it.
    pub services: Spanned<Vec<String>>,
    /// Where it goes; the only production environment when not given.
    pub environment: Option<Spanned<String>>,
    /// Who runs it, in turn.
    #[serde(default)]
    pub captains: Vec<String>,
    /// The number of the first one, for ids such as `train-47`; ids end in the
    /// day of the branch when not given.
    pub first_number: Option<u32>,
}

impl TrainEntry {
    fn wrong(&self, place: Range<usize>, what: &str, hint: &str) -> Wrong {
        Wrong {
            place,
            message: format!("the train `{}`: {what}", self.name.get_ref()),
            hint: hint.to_owned(),
        }
    }

    /// The train that the entry declares.
    ///
    /// # Errors
    /// What is wrong with it, where, and what is expected.
    pub fn declare(&self, file: &File) -> Result<TrainSpec, Wrong> {
        let name = self.name.get_ref().trim();
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-._".contains(letter);
        if name.is_empty() || name.len() > 48 || !name.chars().all(plain) {
            let what = "its name has letters, digits, dots and dashes, at most 48";
            return Err(self.wrong(self.name.span(), what, "name = \"train\""));
        }
        let services = self.services.get_ref();
        if services.is_empty() {
            let what = "there is no service on it";
            return Err(self.wrong(self.services.span(), what, "services = [\"checkout\"]"));
        }
        if let Some(unknown) = services
            .iter()
            .find(|service| !file.services.iter().any(|known| &&known.name == service))
        {
            let what = format!("there is no service `{unknown}`");
            return Err(self.wrong(self.services.span(), &what, "add it to [[services]]"));
        }
        let time = |text: &Spanned<String>| {
            NaiveTime::parse_from_str(text.get_ref().trim(), "%H:%M").map_err(|_| {
                let what = format!("`ship_time`: `{}` is no time of day", text.get_ref());
                self.wrong(text.span(), &what, "ship_time = \"14:00\"")
            })
        };
        let spec = TrainSpec {
            name: Text::new(name),
            rule: Text::new(
                &self
                    .rrule
                    .get_ref()
                    .replace("\r\n", "\n")
                    .replace('\n', "\\n"),
            ),
            zone: self.zone()?,
            ship_days: self.ship_days.min(3660),
            ship_time: self.ship_time.as_ref().map(time).transpose()?,
            duration: Text::new(self.duration.get_ref()),
            services: services.iter().map(|name| ServiceName::new(name)).collect(),
            environment: self.place(file)?,
            captains: self.captains.iter().map(|name| Text::new(name)).collect(),
            first_number: self.first_number,
        };
        match Timetable::read(&spec) {
            Ok(_) => Ok(spec),
            Err(("duration", why)) => Err(self.wrong(
                self.duration.span(),
                &format!("`duration`: {why}"),
                "duration = \"4h\"",
            )),
            Err((key, why)) => Err(self.wrong(
                self.rrule.span(),
                &format!("`{key}`: {why}"),
                "rrule = \"DTSTART;TZID=Europe/Berlin:20261102T100000\\nRRULE:FREQ=WEEKLY;BYDAY=MO\"",
            )),
        }
    }

    fn zone(&self) -> Result<Tz, Wrong> {
        let Some(name) = &self.timezone else {
            return Ok(Tz::UTC);
        };
        match Zone::named(name.get_ref()) {
            Some(Zone::Named(zone)) => Ok(zone),
            _ => {
                let what = format!("`{}` is no time zone", name.get_ref());
                Err(self.wrong(name.span(), &what, "such as Europe/Berlin"))
            }
        }
    }

    fn place(&self, file: &File) -> Result<EnvironmentName, Wrong> {
        if let Some(name) = &self.environment {
            return Ok(EnvironmentName::new(name.get_ref()));
        }
        let production: Vec<&String> = file
            .environments
            .iter()
            .filter(|environment| environment.production)
            .map(|environment| &environment.name)
            .collect();
        match production[..] {
            [only] => Ok(EnvironmentName::new(only)),
            _ => Err(self.wrong(
                self.name.span(),
                "it does not say where it goes",
                "environment = \"production\"",
            )),
        }
    }
}

/// All trains of a file; no two have one name.
///
/// # Errors
/// What is wrong with the first that cannot be.
pub fn trains(file: &File) -> Result<Vec<TrainSpec>, Wrong> {
    let mut trains: Vec<TrainSpec> = Vec::new();
    for entry in &file.train {
        let spec = entry.declare(file)?;
        if trains.iter().any(|known| known.name == spec.name) {
            return Err(entry.wrong(
                entry.name.span(),
                "it is there twice",
                "give each train a name of its own",
            ));
        }
        trains.push(spec);
    }
    Ok(trains)
}
