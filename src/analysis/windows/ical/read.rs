//! Events of an iCalendar file.

use chrono::{NaiveDateTime, TimeDelta};

use super::{
    event::{Event, Length},
    lines::{Component, Line, components},
    zones::Zones,
};
use crate::{
    analysis::windows::{
        civil::Zone,
        duration::nominal,
        interval::Reading,
        recurring::{Moment, Recurrence},
        rule::Rule,
    },
    domain::Text,
};

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calendar {
    /// X-WR-CALNAME; empty when there is none.
    pub name: Text,
    /// Its events, those that were cancelled left out.
    pub events: Vec<Event>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line of the file.
    pub line: usize,
    /// What is wrong, for people.
    pub what: Text,
    /// Whether an event may be missing for it; false where it was read in the
    /// most careful way instead.
    pub hides: bool,
}

/// Reads a file.
///
/// # Errors
/// When it is no iCalendar file or was cut off, with the line.
pub fn read(bytes: &[u8]) -> Result<Calendar, Text> {
    let mut calendar = Calendar::default();
    for component in components(bytes).map_err(|why| Text::new(&why))? {
        if component.name == "VCALENDAR" {
            read_calendar(&component, &mut calendar);
        }
    }
    Ok(calendar)
}

fn read_calendar(component: &Component, calendar: &mut Calendar) {
    if calendar.name.is_empty()
        && let Some(name) = component.property("X-WR-CALNAME")
    {
        calendar.name = Text::new(&name.text());
    }
    let mut reader = Reader {
        zones: Zones::of(component),
        problems: Vec::new(),
        line: 0,
    };
    for (line, why) in &component.broken {
        reader.problem(*line, why, true);
    }
    let mut parts: Vec<Part> = component
        .components
        .iter()
        .filter(|inner| inner.name == "VEVENT")
        .filter_map(|inner| {
            let read = reader.part(inner);
            read.map_err(|(line, why)| reader.problem(line, &why, true))
                .ok()
        })
        .collect();
    keep_newest(&mut parts);
    calendar.events.extend(assemble(parts));
    calendar.problems.append(&mut reader.problems);
}

/// One VEVENT: an event, or what becomes of some of its occurrences.
struct Part {
    event: Event,
    sequence: i64,
    cancelled: bool,
    replaces: Option<Moment>,
    and_future: bool,
}

struct Reader {
    zones: Zones,
    problems: Vec<Problem>,
    line: usize,
}

type Wrong = (usize, String);

impl Reader {
    fn problem(&mut self, line: usize, what: &str, hides: bool) {
        self.problems.push(Problem {
            line,
            what: Text::new(what),
            hides,
        });
    }

    fn part(&mut self, component: &Component) -> Result<Part, Wrong> {
        self.line = component.number;
        if let Some((line, why)) = component.broken.first() {
            return Err((*line, why.clone()));
        }
        let text = |name: &str| {
            component
                .property(name)
                .map_or_else(Text::default, |line| Text::new(&line.text()))
        };
        let start = component
            .property("DTSTART")
            .ok_or((component.number, "the event has no DTSTART".to_owned()))?;
        let start = self.moment(start)?;
        let length = self.length(component, &start)?;
        let rules = |name: &'static str| -> Result<Vec<Rule>, Wrong> {
            component
                .all(name)
                .map(|line| {
                    Rule::parse(&line.value).map_err(|why| (line.number, format!("{name}: {why}")))
                })
                .collect()
        };
        let mut recurrence = Recurrence {
            rules: rules("RRULE")?,
            except: rules("EXRULE")?,
            ..Recurrence::once(start.clone())
        };
        for line in component.all("EXDATE") {
            recurrence.excluded.extend(self.moments(line)?);
        }
        let mut periods = Vec::new();
        for line in component.all("RDATE") {
            let is_period = line
                .parameter("VALUE")
                .is_some_and(|value| value.eq_ignore_ascii_case("PERIOD"))
                || line.value.contains('/');
            if is_period {
                periods.extend(self.periods(line)?);
            } else {
                recurrence.dates.extend(self.moments(line)?);
            }
        }
        let replaced = component.property("RECURRENCE-ID");
        let replaces = replaced.map(|line| self.moment(line)).transpose()?;
        let organizer = component
            .property("ORGANIZER")
            .map_or_else(String::new, |line| {
                let address = line.value.trim();
                line.parameter("CN").map_or_else(
                    || {
                        let mail = address
                            .get(..7)
                            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
                        if mail { &address[7..] } else { address }.to_owned()
                    },
                    str::to_owned,
                )
            });
        Ok(Part {
            sequence: component
                .property("SEQUENCE")
                .and_then(|line| line.value.trim().parse().ok())
                .unwrap_or(0),
            cancelled: component
                .property("STATUS")
                .is_some_and(|line| line.value.trim().eq_ignore_ascii_case("CANCELLED")),
            and_future: replaced
                .and_then(|line| line.parameter("RANGE"))
                .is_some_and(|range| range.eq_ignore_ascii_case("THISANDFUTURE")),
            replaces,
            event: Event {
                uid: text("UID"),
                summary: text("SUMMARY"),
                description: text("DESCRIPTION"),
                organizer: Text::new(&organizer),
                url: text("URL"),
                line: component.number,
                recurrence,
                first: start,
                length,
                periods,
                since: None,
                before: None,
                shift: TimeDelta::zero(),
            },
        })
    }

    /// The zone that a line means.
    fn zone(&mut self, line: &Line) -> Zone {
        let Some(name) = line.parameter("TZID") else {
            return self.zones.floating.clone();
        };
        if let Some(zone) = self.zones.named(name) {
            return zone;
        }
        let what = format!(
            "{}: nobody says what the time zone `{name}` is; its times are read as anywhere on Earth",
            line.name
        );
        if !self
            .problems
            .iter()
            .any(|known| known.what.as_str() == what)
        {
            self.problem(line.number, &what, false);
        }
        Zone::Anywhere
    }

    fn moment(&mut self, line: &Line) -> Result<Moment, Wrong> {
        let zone = self.zone(line);
        self.value(line, &line.value, &zone)
    }

    fn value(&self, line: &Line, value: &str, zone: &Zone) -> Result<Moment, Wrong> {
        let moment = Moment::read(value, zone).ok_or_else(|| {
            (
                line.number,
                format!("{}: `{}` is no time", line.name, value.trim()),
            )
        })?;
        // A day is one of the calendar, whatever zone stands beside it.
        Ok(if moment.whole_day && line.parameter("TZID").is_none() {
            Moment {
                zone: self.zones.floating.clone(),
                ..moment
            }
        } else {
            moment
        })
    }

    fn moments(&mut self, line: &Line) -> Result<Vec<Moment>, Wrong> {
        let zone = self.zone(line);
        line.value
            .split(',')
            .filter(|value| !value.trim().is_empty())
            .map(|value| self.value(line, value, &zone))
            .collect()
    }

    fn periods(&mut self, line: &Line) -> Result<Vec<(Moment, Length)>, Wrong> {
        let zone = self.zone(line);
        line.value
            .split(',')
            .map(|value| {
                let (start, end) = value
                    .split_once('/')
                    .ok_or_else(|| (line.number, format!("RDATE: `{value}` is no period")))?;
                let start = self.value(line, start, &zone)?;
                let length = if end.trim_start().starts_with(['P', 'p', '+', '-']) {
                    Length::Lasting(nominal(end).map_err(|why| (line.number, why))?)
                } else {
                    Length::Until(self.value(line, end, &zone)?)
                };
                Ok((start, length))
            })
            .collect()
    }

    fn length(&mut self, component: &Component, start: &Moment) -> Result<Length, Wrong> {
        if let Some(line) = component.property("DTEND") {
            let end = self.moment(line)?;
            if start.whole_day && end.whole_day {
                // Some programs write the same day twice for one day.
                let days = (end.wall - start.wall).num_days();
                return Ok(Length::Days(if days == 0 { 1 } else { days }));
            }
            return Ok(Length::Until(end));
        }
        if let Some(line) = component.property("DURATION") {
            let length = nominal(&line.value).map_err(|why| (line.number, why))?;
            return Ok(Length::Lasting(length));
        }
        Ok(if start.whole_day {
            Length::Days(1)
        } else {
            Length::Until(start.clone())
        })
    }
}

/// Of several versions of one thing the newest stays: the highest SEQUENCE.
/// Of equals all stay, for programs that give one UID to many events.
fn keep_newest(parts: &mut Vec<Part>) {
    let key = |part: &Part| {
        (
            part.event.uid.clone(),
            part.replaces
                .as_ref()
                .map(|moment| moment.candidates().earliest),
        )
    };
    let mut newest = std::collections::BTreeMap::new();
    for part in parts.iter() {
        let best = newest.entry(key(part)).or_insert(part.sequence);
        *best = part.sequence.max(*best);
    }
    parts
        .retain(|part| part.event.uid.is_empty() || newest.get(&key(part)) == Some(&part.sequence));
}

/// Events with the changes of single occurrences worked in.
fn assemble(parts: Vec<Part>) -> Vec<Event> {
    let (changes, masters): (Vec<Part>, Vec<Part>) =
        parts.into_iter().partition(|part| part.replaces.is_some());
    let mut events = Vec::new();
    let known: std::collections::BTreeSet<Text> = masters
        .iter()
        .filter(|master| !master.cancelled)
        .map(|master| master.event.uid.clone())
        .collect();
    for master in masters {
        if master.cancelled {
            continue;
        }
        let mut event = master.event;
        let mut later: Vec<(NaiveDateTime, &Part)> = Vec::new();
        for change in changes
            .iter()
            .filter(|change| change.event.uid == event.uid)
        {
            let Some(replaced) = &change.replaces else {
                continue;
            };
            if change.and_future {
                later.push((replaced.wall_in(&event.recurrence.start.zone), change));
            } else {
                event.recurrence.excluded.push(replaced.clone());
            }
        }
        later.sort_by_key(|(since, _)| *since);
        event.before = later.first().map(|(since, _)| *since);
        for (index, (since, change)) in later.iter().enumerate() {
            if change.cancelled {
                continue;
            }
            let start = change.event.first.wall_in(&event.recurrence.start.zone);
            events.push(Event {
                recurrence: event.recurrence.clone(),
                since: Some(*since),
                before: later.get(index + 1).map(|(next, _)| *next),
                shift: start - *since,
                periods: Vec::new(),
                ..change.event.clone()
            });
        }
        events.push(event);
    }
    events.extend(
        changes
            .into_iter()
            // A change of all that follows is worked in, unless what it
            // changes is not here.
            .filter(|change| !change.and_future || !known.contains(&change.event.uid))
            .filter(|change| !change.cancelled)
            .map(|change| change.event),
    );
    events
}

impl Calendar {
    /// Whether an event may be missing.
    #[must_use]
    pub fn hides(&self) -> bool {
        self.problems.iter().any(|problem| problem.hides)
    }

    /// All spans of all events that touch `[from, until)`, with their event.
    pub fn intervals(
        &self,
        reading: Reading,
        from: crate::domain::Timestamp,
        until: crate::domain::Timestamp,
    ) -> impl Iterator<Item = (&Event, super::super::interval::Interval)> {
        self.events.iter().flat_map(move |event| {
            event
                .intervals(reading, from, until)
                .into_iter()
                .map(move |span| (event, span))
        })
    }
}
