//! Zones that a calendar defines itself (VTIMEZONE).

use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::lines::Component;
use crate::{
    analysis::windows::{
        civil::{OwnZone, Zone, wall_plus},
        expand::Occurrences,
        rule::{Rule, Until, read_date_time},
    },
    domain::Timestamp,
};

/// Jumps are known for these years.
const YEARS: (i32, i32) = (1970, 2100);

/// The zones of one calendar.
pub(super) struct Zones {
    /// What days and times without a zone are meant in.
    pub(super) floating: Zone,
    own: Vec<(String, Zone)>,
}

impl Zones {
    pub(super) fn of(calendar: &Component) -> Self {
        let floating = calendar
            .property("X-WR-TIMEZONE")
            .and_then(|line| Zone::named(&line.value));
        let mut zones = Self {
            floating: Zone::UTC,
            own: Vec::new(),
        };
        for component in &calendar.components {
            if component.name == "VTIMEZONE"
                && let Some(name) = component.property("TZID")
                && let Some(zone) = own_zone(name.value.trim(), component)
            {
                zones.own.push((name.value.trim().to_owned(), zone));
            }
        }
        zones.floating = floating
            .or_else(|| {
                let name = &calendar.property("X-WR-TIMEZONE")?.value;
                zones.named(name)
            })
            .unwrap_or(Zone::UTC);
        zones
    }

    /// The zone of a TZID: one of the zone database, else one that the
    /// calendar defines.
    pub(super) fn named(&self, name: &str) -> Option<Zone> {
        Zone::named(name).or_else(|| {
            self.own
                .iter()
                .find(|(own, _)| own == name.trim())
                .or_else(|| {
                    self.own
                        .iter()
                        .find(|(own, _)| own.eq_ignore_ascii_case(name.trim()))
                })
                .map(|(_, zone)| zone.clone())
        })
    }
}

struct Jump {
    at: Timestamp,
    from: i64,
    to: i64,
}

fn own_zone(name: &str, component: &Component) -> Option<Zone> {
    let mut jumps: Vec<Jump> = Vec::new();
    for observance in &component.components {
        if matches!(observance.name.as_str(), "STANDARD" | "DAYLIGHT") {
            observe(observance, &mut jumps)?;
        }
    }
    jumps.sort_by_key(|jump| jump.at);
    jumps.dedup_by_key(|jump| jump.at);
    Some(Zone::Own(Arc::new(OwnZone {
        name: name.to_owned(),
        first: jumps.first()?.from,
        jumps: jumps.into_iter().map(|jump| (jump.at, jump.to)).collect(),
    })))
}

/// Adds the jumps of a STANDARD or DAYLIGHT part; none when it cannot be read.
fn observe(part: &Component, jumps: &mut Vec<Jump>) -> Option<()> {
    let from = offset(&part.property("TZOFFSETFROM")?.value)?;
    let to = offset(&part.property("TZOFFSETTO")?.value)?;
    let start = read_date_time(
        part.property("DTSTART")?
            .value
            .trim()
            .trim_end_matches(['Z', 'z']),
    )?;
    let begin =
        |year: i32| Some(NaiveDate::from_ymd_opt(year, 1, 1)?.and_time(chrono::NaiveTime::MIN));
    let (first, last) = (begin(YEARS.0)?, begin(YEARS.1)?);
    let instant = |wall: NaiveDateTime| wall_plus(wall, -TimeDelta::seconds(from)).and_utc();
    let mut walls = vec![start];
    for line in part.all("RRULE") {
        let rule = Rule::parse(&line.value).ok()?;
        walls.extend(
            Occurrences::new(&rule, start, last)
                .from(first)
                .take_while(|wall| match rule.until {
                    Some(Until::Instant(until)) => instant(*wall) <= until.and_utc(),
                    _ => true,
                }),
        );
    }
    for line in part.all("RDATE") {
        for value in line.value.split(',') {
            walls.push(read_date_time(value.trim())?);
        }
    }
    jumps.extend(walls.into_iter().map(|wall| Jump {
        at: instant(wall),
        from,
        to,
    }));
    Some(())
}

/// Seconds of `+0100`, `-0330` or `+013025`.
fn offset(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let fine = matches!(digits.len(), 4 | 6) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !fine {
        return None;
    }
    let part = |range: std::ops::Range<usize>| {
        digits
            .get(range)
            .map_or(Some(0), |part| part.parse::<i64>().ok())
    };
    let seconds = part(0..2)? * 3600 + part(2..4)? * 60 + part(4..6)?;
    (seconds < 86_400).then_some(sign * seconds)
}
