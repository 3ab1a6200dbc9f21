//! Events as an iCalendar file that other programs subscribe to.

use std::fmt::Write as _;

use chrono::{NaiveDateTime, TimeDelta, Weekday};

use super::event::{Event, Length};
use crate::{
    analysis::windows::{
        civil::{OwnZone, Zone},
        interval::{Interval, Reading},
        recurring::Moment,
        rule::{Frequency, Rule, Until},
    },
    domain::{Text, Timestamp},
};

/// Years before and after now for which a zone's jumps are written.
const YEARS: i64 = 15;

/// One entry of a file.
#[derive(Clone, Debug)]
pub enum Entry<'a> {
    /// An event, with what sort it is.
    Event(&'a Event, &'a str),
    /// A span.
    Span {
        /// What makes it unique and stays.
        uid: String,
        /// SUMMARY.
        summary: &'a Text,
        /// DESCRIPTION; empty for none.
        description: &'a Text,
        /// What sort it is.
        sort: &'a str,
        /// When.
        span: Interval,
    },
}

/// Writes a calendar; `stamp` is when.
#[must_use]
pub fn write(name: &str, entries: &[Entry<'_>], stamp: Timestamp) -> String {
    let entries: Vec<Entry<'_>> = entries
        .iter()
        .flat_map(|entry| laid_out(entry, stamp))
        .collect();
    let days = entries.iter().find_map(|entry| match entry {
        Entry::Event(event, _) => Some(&event.recurrence.start).filter(|start| start.whole_day),
        Entry::Span { .. } => None,
    });
    let mut out = Out {
        text: String::new(),
        days: days.map_or(Zone::UTC, |start| start.zone.clone()),
    };
    out.line("BEGIN:VCALENDAR");
    out.line("VERSION:2.0");
    out.line("PRODID:-//tminus//calendar//EN");
    out.line("CALSCALE:GREGORIAN");
    out.line("METHOD:PUBLISH");
    out.line(&format!("X-WR-CALNAME:{}", escaped(name)));
    if let Zone::Named(zone) = &out.days {
        out.line(&format!("X-WR-TIMEZONE:{}", zone.name()));
    }
    let mut zones: Vec<&Zone> = Vec::new();
    for entry in &entries {
        if let Entry::Event(event, _) = entry {
            let mut want = |zone| {
                if !zones.contains(&zone) && tzid(zone).is_some() {
                    zones.push(zone);
                }
            };
            want(&event.recurrence.start.zone);
            if let Length::Until(end) = &event.length {
                want(&end.zone);
            }
        }
    }
    for zone in zones {
        out.zone(zone, stamp);
    }
    let mut uids: std::collections::BTreeMap<String, u32> = std::collections::BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let uid = match entry {
            Entry::Event(event, _) if event.uid.is_empty() => format!("event-{index}@tminus"),
            Entry::Event(event, _) => event.uid.to_string(),
            Entry::Span { uid, .. } => uid.clone(),
        };
        // A changed occurrence is an event of its own here.
        let times = uids.entry(uid.clone()).or_default();
        *times += 1;
        let uid = match times {
            1 => uid,
            more => format!("{uid}-{more}"),
        };
        out.line("BEGIN:VEVENT");
        out.line(&format!("UID:{}", escaped(&uid)));
        out.line(&format!("DTSTAMP:{}Z", wall(stamp.naive_utc())));
        match entry {
            Entry::Event(event, sort) => out.event(event, sort),
            Entry::Span {
                summary,
                description,
                sort,
                span,
                ..
            } => {
                out.line(&format!("DTSTART:{}Z", wall(span.start.naive_utc())));
                out.line(&format!("DTEND:{}Z", wall(span.end.naive_utc())));
                out.words(summary, description, sort);
            }
        }
        out.line("END:VEVENT");
    }
    out.line("END:VCALENDAR");
    out.text
}

/// An event that changes from some occurrence on, or whose zone nobody knows,
/// is laid out as spans: no single rule says it.
fn laid_out<'a>(entry: &Entry<'a>, stamp: Timestamp) -> Vec<Entry<'a>> {
    let Entry::Event(event, sort) = entry else {
        return vec![entry.clone()];
    };
    let whole = event.since.is_none()
        && event.before.is_none()
        && event.shift.is_zero()
        && event.recurrence.start.zone != Zone::Anywhere;
    if whole {
        return vec![entry.clone()];
    }
    let reading = if *sort == "change-window" {
        Reading::Shortest
    } else {
        Reading::Longest
    };
    let (back, ahead) = (TimeDelta::days(2 * 366), TimeDelta::days(6 * 366));
    event
        .intervals(reading, stamp - back, stamp + ahead)
        .into_iter()
        .map(|span| Entry::Span {
            uid: format!("{}-{}", event.uid, span.start.timestamp()),
            summary: &event.summary,
            description: &event.description,
            sort,
            span,
        })
        .collect()
}

struct Out {
    text: String,
    /// The zone of days, which a file has one of; days of another are written
    /// as times.
    days: Zone,
}

impl Out {
    /// A line, folded at 75 bytes and never within a letter.
    fn line(&mut self, line: &str) {
        let mut room = 75;
        for letter in line.chars() {
            if letter.len_utf8() > room {
                self.text.push_str("\r\n ");
                room = 74;
            }
            self.text.push(letter);
            room -= letter.len_utf8();
        }
        self.text.push_str("\r\n");
    }

    fn words(&mut self, summary: &str, description: &str, sort: &str) {
        self.line(&format!("SUMMARY:{}", escaped(summary)));
        if !description.is_empty() {
            self.line(&format!("DESCRIPTION:{}", escaped(description)));
        }
        self.line(&format!("CATEGORIES:{}", escaped(sort)));
        // Nobody is busy because of it.
        self.line("TRANSP:TRANSPARENT");
    }

    fn event(&mut self, event: &Event, sort: &str) {
        let recurrence = &event.recurrence;
        self.moment("DTSTART", &moved(&recurrence.start, event.shift));
        match &event.length {
            Length::Until(end) => self.moment("DTEND", end),
            Length::Days(days) if event.first.zone == self.days => {
                let end = moved(&event.first, TimeDelta::days(*days));
                self.moment("DTEND", &end);
            }
            Length::Days(days) => self.line(&format!("DURATION:P{days}D")),
            Length::Lasting(length) => {
                let mut text = format!("DURATION:P{}D", length.days);
                if length.elapsed != TimeDelta::zero() {
                    text = if length.days == 0 {
                        "DURATION:P".to_owned()
                    } else {
                        text
                    };
                    let _ = write!(text, "T{}S", length.elapsed.num_seconds());
                }
                self.line(&text);
            }
        }
        for rule in &recurrence.rules {
            self.line(&format!("RRULE:{}", rule_text(rule)));
        }
        for rule in &recurrence.except {
            self.line(&format!("EXRULE:{}", rule_text(rule)));
        }
        for date in &recurrence.dates {
            self.moment("RDATE", date);
        }
        for date in &recurrence.excluded {
            self.moment("EXDATE", date);
        }
        for (start, length) in &event.periods {
            self.period(start, length);
        }
        self.words(&event.summary, &event.description, sort);
        if !event.organizer.is_empty() {
            let name = event.organizer.replace('"', "'");
            self.line(&format!(
                "ORGANIZER;CN=\"{name}\":mailto:nobody@tminus.invalid"
            ));
        }
        if !event.url.is_empty() {
            self.line(&format!("URL:{}", event.url));
        }
    }

    fn moment(&mut self, name: &str, moment: &Moment) {
        let line = if moment.whole_day && moment.zone == self.days {
            format!("{name};VALUE=DATE:{}", moment.wall.format("%Y%m%d"))
        } else if moment.zone == Zone::UTC {
            format!("{name}:{}Z", wall(moment.wall))
        } else {
            match tzid(&moment.zone) {
                Some(zone) => format!("{name};TZID={}:{}", quoted(zone), wall(moment.wall)),
                None => format!("{name}:{}", wall(moment.wall)),
            }
        };
        self.line(&line);
    }

    fn period(&mut self, start: &Moment, length: &Length) {
        let end = match length {
            Length::Until(end) => format!("{}Z", wall(end.candidates().latest.naive_utc())),
            Length::Days(days) => format!("P{days}D"),
            Length::Lasting(length) => {
                format!("P{}DT{}S", length.days, length.elapsed.num_seconds())
            }
        };
        let start = wall(start.candidates().earliest.naive_utc());
        self.line(&format!("RDATE;VALUE=PERIOD:{start}Z/{end}"));
    }

    fn zone(&mut self, zone: &Zone, about: Timestamp) {
        let Some(name) = tzid(zone) else { return };
        let (first, jumps) = match zone {
            Zone::Own(own) => own_jumps(own),
            _ => jumps(zone, about),
        };
        self.line("BEGIN:VTIMEZONE");
        self.line(&format!("TZID:{name}"));
        let mut before = first;
        if jumps.is_empty() {
            self.observance(before, before, "19700101T000000");
        }
        for (at, after) in jumps {
            let onset = at.naive_utc() + TimeDelta::seconds(before);
            self.observance(before, after, &wall(onset));
            before = after;
        }
        self.line("END:VTIMEZONE");
    }

    fn observance(&mut self, before: i64, after: i64, onset: &str) {
        let sort = if after > before {
            "DAYLIGHT"
        } else {
            "STANDARD"
        };
        self.line(&format!("BEGIN:{sort}"));
        self.line(&format!("DTSTART:{onset}"));
        self.line(&format!("TZOFFSETFROM:{}", offset(before)));
        self.line(&format!("TZOFFSETTO:{}", offset(after)));
        self.line(&format!("END:{sort}"));
    }
}

/// The jumps of a zone that some calendar defined.
fn own_jumps(zone: &OwnZone) -> (i64, Vec<(Timestamp, i64)>) {
    (zone.first, zone.jumps.clone())
}

/// The jumps of a zone of the database in the years around `about`.
fn jumps(zone: &Zone, about: Timestamp) -> (i64, Vec<(Timestamp, i64)>) {
    let offset = |at: Timestamp| (zone.wall(at) - at.naive_utc()).num_seconds();
    let day = TimeDelta::days(1);
    let mut at = about - TimeDelta::days(366 * YEARS);
    let last = about + TimeDelta::days(366 * YEARS);
    let first = offset(at);
    let (mut before, mut found) = (first, Vec::new());
    while at < last {
        let next = at + day;
        let after = offset(next);
        if after != before {
            let (mut low, mut high) = (at, next);
            while high - low > TimeDelta::seconds(1) {
                let middle = low + TimeDelta::seconds((high - low).num_seconds() / 2);
                if offset(middle) == before {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            found.push((high, after));
            before = after;
        }
        at = next;
    }
    (first, found)
}

fn moved(moment: &Moment, by: TimeDelta) -> Moment {
    Moment {
        wall: moment.wall + by,
        ..moment.clone()
    }
}

fn tzid(zone: &Zone) -> Option<&str> {
    match zone {
        Zone::Named(chrono_tz::Tz::UTC) | Zone::Anywhere => None,
        Zone::Named(zone) => Some(zone.name()),
        Zone::Own(own) => Some(&own.name),
    }
}

fn quoted(name: &str) -> String {
    if name.contains([':', ';', ',']) {
        format!("\"{name}\"")
    } else {
        name.to_owned()
    }
}

fn offset(seconds: i64) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.abs();
    let (hours, minutes, odd) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if odd == 0 {
        format!("{sign}{hours:02}{minutes:02}")
    } else {
        format!("{sign}{hours:02}{minutes:02}{odd:02}")
    }
}

fn wall(wall: NaiveDateTime) -> String {
    wall.format("%Y%m%dT%H%M%S").to_string()
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace(';', "\\;")
        .replace(',', "\\,")
        .replace("\r\n", "\\n")
        .replace(['\n', '\r'], "\\n")
}

/// A rule as text.
pub(super) fn rule_text(rule: &Rule) -> String {
    let mut parts = vec![format!(
        "FREQ={}",
        match rule.frequency {
            Frequency::Yearly => "YEARLY",
            Frequency::Monthly => "MONTHLY",
            Frequency::Weekly => "WEEKLY",
            Frequency::Daily => "DAILY",
            Frequency::Hourly => "HOURLY",
            Frequency::Minutely => "MINUTELY",
            Frequency::Secondly => "SECONDLY",
        }
    )];
    if rule.interval != 1 {
        parts.push(format!("INTERVAL={}", rule.interval));
    }
    if let Some(count) = rule.count {
        parts.push(format!("COUNT={count}"));
    }
    match rule.until {
        Some(Until::Instant(until)) => parts.push(format!("UNTIL={}Z", wall(until))),
        Some(Until::Wall(until)) => parts.push(format!("UNTIL={}", wall(until))),
        Some(Until::Date(date)) => parts.push(format!("UNTIL={}", date.format("%Y%m%d"))),
        None => {}
    }
    if rule.week_start != Weekday::Mon {
        parts.push(format!("WKST={}", weekday(rule.week_start)));
    }
    for (name, values) in [
        ("BYMONTH", &rule.months),
        ("BYWEEKNO", &rule.weeks),
        ("BYYEARDAY", &rule.year_days),
        ("BYMONTHDAY", &rule.month_days),
        ("BYHOUR", &rule.hours),
        ("BYMINUTE", &rule.minutes),
        ("BYSECOND", &rule.seconds),
        ("BYSETPOS", &rule.positions),
    ] {
        if !values.is_empty() {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            parts.push(format!("{name}={}", values.join(",")));
        }
    }
    if !rule.weekdays.is_empty() {
        let days: Vec<String> = rule
            .weekdays
            .iter()
            .map(|(nth, day)| match nth {
                0 => weekday(*day).to_owned(),
                nth => format!("{nth}{}", weekday(*day)),
            })
            .collect();
        parts.push(format!("BYDAY={}", days.join(",")));
    }
    parts.join(";")
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}
