//! Occurrences in a zone: a rule's local times, with those that were added
//! and taken out, and the spans that begin with them.

use chrono::{NaiveDateTime, TimeDelta};

use super::{
    civil::{Candidates, SLACK, Zone, wall_plus},
    expand::Occurrences,
    ical::lines::Line,
    interval::{Interval, Reading},
    rule::{Rule, Until, read_date, read_date_time},
};
use crate::domain::Timestamp;

/// A time as a calendar says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// What the clock on the wall shows; midnight for a day.
    pub wall: NaiveDateTime,
    /// Which clock.
    pub zone: Zone,
    /// A day, not a time of it.
    pub whole_day: bool,
}

impl Moment {
    /// What it may mean.
    #[must_use]
    pub fn candidates(&self) -> Candidates {
        self.zone.candidates(self.wall)
    }

    /// The same on the clock of another zone.
    pub(super) fn wall_in(&self, zone: &Zone) -> NaiveDateTime {
        if self.whole_day || self.zone == *zone {
            self.wall
        } else {
            zone.wall(self.candidates().earliest)
        }
    }

    /// Reads a value such as `20261231T180000Z`, `20261231T180000` on the
    /// clock of `zone`, or `20261231`.
    #[must_use]
    pub fn read(value: &str, zone: &Zone) -> Option<Self> {
        let value = value.trim();
        if let Some(date) = read_date(value) {
            return Some(Self {
                wall: date.and_hms_opt(0, 0, 0)?,
                zone: zone.clone(),
                whole_day: true,
            });
        }
        let (text, zone) = match value.strip_suffix(['Z', 'z']) {
            Some(text) => (text, Zone::UTC),
            None => (value, zone.clone()),
        };
        Some(Self {
            wall: read_date_time(text)?,
            zone,
            whole_day: false,
        })
    }
}

/// A start, and what repeats it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recurrence {
    /// The first.
    pub start: Moment,
    /// RRULE.
    pub rules: Vec<Rule>,
    /// EXRULE, which RFC 5545 gave up and files still hold.
    pub except: Vec<Rule>,
    /// RDATE.
    pub dates: Vec<Moment>,
    /// EXDATE.
    pub excluded: Vec<Moment>,
    /// Whether the start is an occurrence even when no rule says so.
    pub start_counts: bool,
}

impl Recurrence {
    /// Once.
    #[must_use]
    pub fn once(start: Moment) -> Self {
        Self {
            start,
            rules: Vec::new(),
            except: Vec::new(),
            dates: Vec::new(),
            excluded: Vec::new(),
            start_counts: true,
        }
    }

    /// The first occurrence, within a century of the start; none when none
    /// comes.
    #[must_use]
    pub fn first_occurrence(&self) -> Option<Moment> {
        let start = self.start.wall;
        let by_rule = self
            .rules
            .iter()
            .filter_map(|rule| {
                let last = wall_plus(start, TimeDelta::days(36_600));
                Occurrences::new(rule, start, last).next()
            })
            .min();
        let wall = match by_rule {
            None if self.rules.is_empty() => start,
            found => found?,
        };
        Some(Moment {
            wall,
            ..self.start.clone()
        })
    }

    /// The local times of the occurrences from `from` to `until`, both
    /// included, in order.
    #[must_use]
    pub fn walls(
        &self,
        reading: Reading,
        from: NaiveDateTime,
        until: NaiveDateTime,
    ) -> Vec<NaiveDateTime> {
        let start = self.start.wall;
        let zone = &self.start.zone;
        let mut walls = Vec::new();
        for rule in &self.rules {
            walls.extend(
                Occurrences::new(rule, start, until)
                    .from(from)
                    .skip_while(|wall| *wall < from)
                    .take_while(|wall| self.before_end(rule, *wall, reading)),
            );
        }
        // A start that no rule repeats is seen in every calendar program: it
        // freezes, and it allows nothing.
        if self.rules.is_empty() || self.start_counts && reading == Reading::Longest {
            walls.push(start);
        }
        walls.extend(self.dates.iter().map(|date| date.wall_in(zone)));
        walls.retain(|wall| from <= *wall && *wall <= until);
        walls.sort_unstable();
        walls.dedup();
        if !self.excluded.is_empty() {
            walls.retain(|wall| !self.is_excluded(*wall, reading));
        }
        for rule in &self.except {
            let out: std::collections::BTreeSet<NaiveDateTime> =
                Occurrences::new(rule, start, until)
                    .from(from)
                    .take_while(|wall| self.before_end(rule, *wall, reading))
                    .collect();
            walls.retain(|wall| !out.contains(wall));
        }
        walls
    }

    /// Whether an occurrence is not after the rule's UNTIL.
    fn before_end(&self, rule: &Rule, wall: NaiveDateTime, reading: Reading) -> bool {
        match rule.until {
            None => true,
            Some(Until::Instant(until)) => {
                reading.start(self.start.zone.candidates(wall)) <= until.and_utc()
            }
            Some(Until::Wall(until)) => wall <= until,
            // A day as the end of times of day: the freeze takes all of it,
            // the allowance none.
            Some(Until::Date(date)) if self.start.whole_day || reading == Reading::Longest => {
                wall.date() <= date
            }
            Some(Until::Date(date)) => date.and_hms_opt(0, 0, 0).is_some_and(|until| wall <= until),
        }
    }

    fn is_excluded(&self, wall: NaiveDateTime, reading: Reading) -> bool {
        let zone = &self.start.zone;
        self.excluded.iter().any(|out| {
            match (out.whole_day, self.start.whole_day) {
                (true, true) => out.wall == wall,
                // A day does not name a time: only an allowance is cautious
                // enough to lose it.
                (true, false) => reading == Reading::Shortest && out.wall.date() == wall.date(),
                (false, _) if out.zone == *zone => out.wall == wall,
                (false, true) if out.zone != Zone::UTC && out.wall == wall => true,
                (false, _) => out.candidates().meets(zone.candidates(wall)),
            }
        })
    }
}

/// A rule with a length: `rrule` and `duration` of the configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeated {
    /// When.
    pub recurrence: Recurrence,
    /// How long each lasts.
    pub lasts: TimeDelta,
}

impl Repeated {
    /// Reads `DTSTART;TZID=Europe/Berlin:20260327T180000`, `RRULE:…` and, where
    /// there are any, RDATE, EXDATE and EXRULE, a line each. `zone` is the
    /// clock of a start that names none.
    ///
    /// # Errors
    /// Which line is wrong, and what is expected.
    pub fn parse(text: &str, zone: &Zone, lasts: TimeDelta) -> Result<Self, String> {
        const FORM: &str =
            "DTSTART;TZID=Europe/Berlin:20260327T180000\\nRRULE:FREQ=WEEKLY is expected";
        let text = text.replace("\\n", "\n");
        let (mut start, mut rules, mut except) = (None, Vec::new(), Vec::new());
        let mut dated: Vec<(bool, Vec<Moment>)> = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let written = if line.to_ascii_uppercase().starts_with("FREQ=") {
                format!("RRULE:{line}")
            } else {
                line.to_owned()
            };
            let read = Line::parse(&written).map_err(|why| format!("`{line}`: {why}; {FORM}"))?;
            let zone = match read.parameter("TZID") {
                Some(name) => Zone::named(name).ok_or_else(|| {
                    format!("`{name}` is no time zone: such as Europe/Berlin is expected")
                })?,
                None => zone.clone(),
            };
            let moments = || -> Result<Vec<Moment>, String> {
                read.value
                    .split(',')
                    .map(|value| {
                        Moment::read(value, &zone).ok_or_else(|| {
                            format!("`{value}` is no time: such as 20260327T180000 is expected")
                        })
                    })
                    .collect()
            };
            match read.name.as_str() {
                "DTSTART" if start.is_some() => {
                    return Err("DTSTART is there twice: a window has one".to_owned());
                }
                "DTSTART" => start = moments()?.pop(),
                "RRULE" => rules.push(Rule::parse(&read.value)?),
                "EXRULE" => except.push(Rule::parse(&read.value)?),
                "RDATE" => dated.push((true, moments()?)),
                "EXDATE" => dated.push((false, moments()?)),
                other => {
                    return Err(format!(
                        "`{other}` does not belong here: DTSTART, RRULE, RDATE, EXDATE or EXRULE is expected"
                    ));
                }
            }
        }
        let start = start.ok_or_else(|| format!("DTSTART is missing: {FORM}"))?;
        if rules.is_empty() && !dated.iter().any(|(added, _)| *added) {
            return Err(format!("RRULE is missing: {FORM}"));
        }
        let take = |wanted: bool| {
            dated
                .iter()
                .filter(|(added, _)| *added == wanted)
                .flat_map(|(_, moments)| moments.clone())
                .collect()
        };
        Ok(Self {
            recurrence: Recurrence {
                start,
                rules,
                except,
                dates: take(true),
                excluded: take(false),
                start_counts: false,
            },
            lasts,
        })
    }

    /// The spans that touch `[from, until)`.
    #[must_use]
    pub fn intervals(&self, reading: Reading, from: Timestamp, until: Timestamp) -> Vec<Interval> {
        let zone = &self.recurrence.start.zone;
        let first = wall_plus(wall_plus(zone.wall(from), -SLACK), -self.lasts);
        let last = wall_plus(zone.wall(until), SLACK);
        self.recurrence
            .walls(reading, first, last)
            .into_iter()
            .filter_map(|wall| reading.lasting(zone.candidates(wall), self.lasts))
            .filter(|span| span.touches(from, until))
            .collect()
    }
}
