//! A slow reference that shares no code with the evaluator: it looks at each
//! minute of a zone's clock, and knows of cron and rules only what the cases
//! spell out.

use chrono::{Datelike as _, Offset as _, TimeZone as _, Timelike as _};
use chrono_tz::Tz;

use super::*;

const ZONES: [(&str, &str); 9] = [
    ("Europe/Berlin", "2026-01-01T00:00:00Z"),
    ("America/New_York", "2026-01-01T00:00:00Z"),
    ("Australia/Lord_Howe", "2026-01-01T00:00:00Z"),
    ("America/Sao_Paulo", "2017-06-01T00:00:00Z"),
    ("Asia/Kolkata", "2026-01-01T00:00:00Z"),
    ("Africa/Casablanca", "2026-01-01T00:00:00Z"),
    ("Pacific/Apia", "2011-06-01T00:00:00Z"),
    ("Africa/Cairo", "2026-01-01T00:00:00Z"),
    ("America/Havana", "2026-01-01T00:00:00Z"),
];

/// All minutes of a local calendar with the instants that they may be: from
/// the zone's jumps, which are found by watching the clock.
struct Clock {
    jumps: Vec<(Timestamp, i64, i64)>,
    first: i64,
}

impl Clock {
    fn watch(tz: Tz, from: Timestamp, until: Timestamp) -> Self {
        let offset = |at: Timestamp| {
            i64::from(
                tz.offset_from_utc_datetime(&at.naive_utc())
                    .fix()
                    .local_minus_utc(),
            )
        };
        let first = offset(from);
        let (mut before, mut jumps, mut at) = (first, Vec::new(), from);
        while at < until {
            let after = offset(at);
            if after != before {
                jumps.push((at, before, after));
                before = after;
            }
            at += TimeDelta::minutes(1);
        }
        Self { jumps, first }
    }

    fn candidates(&self, wall: NaiveDateTime) -> (Timestamp, Timestamp) {
        let by = |offset: i64| (wall - TimeDelta::seconds(offset)).and_utc();
        let mut offset = self.first;
        for (at, before, after) in &self.jumps {
            let one = at.naive_utc() + TimeDelta::seconds(*before);
            let other = at.naive_utc() + TimeDelta::seconds(*after);
            if one.min(other) <= wall && wall < one.max(other) {
                let (one, other) = (by(*before), by(*after));
                return (one.min(other), one.max(other));
            }
            if wall >= one.max(other) {
                offset = *after;
            }
        }
        (by(offset), by(offset))
    }
}

/// Marks of the minutes of a span of time.
struct Marks {
    from: Timestamp,
    minutes: Vec<bool>,
}

impl Marks {
    fn mark(&mut self, start: Timestamp, end: Timestamp) {
        let index = |at: Timestamp| {
            ((at - self.from).num_minutes().max(0) as usize).min(self.minutes.len())
        };
        let (start, end) = (index(start), index(end));
        if start < end {
            self.minutes[start..end].fill(true);
        }
    }
}

fn minutes(minutes: usize) -> TimeDelta {
    TimeDelta::minutes(i64::try_from(minutes).unwrap())
}

type Matches = fn(NaiveDateTime) -> bool;

fn on(wall: NaiveDateTime, hour: u32, minute: u32) -> bool {
    (wall.hour(), wall.minute()) == (hour, minute)
}

/// Pairs of cron expressions, each with what it means.
fn pairs() -> Vec<(&'static str, Matches, &'static str, Matches)> {
    vec![
        (
            "30 2 * * *",
            |at| on(at, 2, 30),
            "0 5 * * *",
            |at| on(at, 5, 0),
        ),
        (
            "0 1 * * *",
            |at| on(at, 1, 0),
            "30 2 * * *",
            |at| on(at, 2, 30),
        ),
        (
            "15 2 * * *",
            |at| on(at, 2, 15),
            "45 2 * * *",
            |at| on(at, 2, 45),
        ),
        (
            "0 0 * * *",
            |at| on(at, 0, 0),
            "30 0 * * *",
            |at| on(at, 0, 30),
        ),
        (
            "0 18 * * 5",
            |at| on(at, 18, 0) && at.weekday() == chrono::Weekday::Fri,
            "0 8 * * 1",
            |at| on(at, 8, 0) && at.weekday() == chrono::Weekday::Mon,
        ),
        (
            "*/30 * * * *",
            |at| at.minute() % 30 == 0,
            "45 1-3 * * *",
            |at| at.minute() == 45 && (1..=3).contains(&at.hour()),
        ),
        (
            "0 23 * * 6",
            |at| on(at, 23, 0) && at.weekday() == chrono::Weekday::Sat,
            "0 3 * * 0",
            |at| on(at, 3, 0) && at.weekday() == chrono::Weekday::Sun,
        ),
        (
            "20 2,3 * * *",
            |at| at.minute() == 20 && (2..=3).contains(&at.hour()),
            "10 4 * * *",
            |at| on(at, 4, 10),
        ),
        (
            "0 0 30 * *",
            |at| on(at, 0, 0) && at.day() == 30,
            "0 0 31 * *",
            |at| on(at, 0, 0) && at.day() == 31,
        ),
    ]
}

/// What is frozen or allowed, minute by minute.
fn slow(
    clock: &Clock,
    from: Timestamp,
    length: usize,
    start: Matches,
    end: Matches,
    deny: bool,
) -> Marks {
    let mut marks = Marks {
        from,
        minutes: vec![false; length],
    };
    let first = from.naive_utc() - days(40);
    let last = from.naive_utc() + minutes(length) + days(3);
    let mut next_end = None;
    // Backwards, so that the next end is known at each start.
    let mut at = last + days(40);
    while at >= first {
        if start(at)
            && let Some(end) = next_end
        {
            let (start, end) = (clock.candidates(at), clock.candidates(end));
            if deny {
                marks.mark(start.0, end.1);
            } else {
                marks.mark(start.1, end.0);
            }
        }
        if end(at) {
            next_end = Some(at);
        }
        at -= TimeDelta::minutes(1);
    }
    marks
}

#[test]
fn cron_pairs_are_those_of_the_minute_by_minute_reference() {
    const MINUTES: usize = 400 * 1440;
    for (name, from) in ZONES {
        let tz: Tz = name.parse().unwrap();
        let from = at(from);
        let until = from + minutes(MINUTES);
        let clock = Clock::watch(tz, from - days(60), until + days(60));
        for (start_text, start, end_text, end) in pairs() {
            let pair = super::pair(start_text, end_text, name);
            for deny in [true, false] {
                let wanted = slow(&clock, from, MINUTES, start, end, deny);
                let mut found = Marks {
                    from,
                    minutes: vec![false; MINUTES],
                };
                let reading = if deny {
                    Reading::Longest
                } else {
                    Reading::Shortest
                };
                for span in pair.intervals(reading, from, until) {
                    found.mark(span.start, span.end);
                }
                let differs =
                    (0..MINUTES).find(|minute| wanted.minutes[*minute] != found.minutes[*minute]);
                if let Some(minute) = differs {
                    panic!(
                        "{name}: {start_text} to {end_text}, deny {deny}: at {} the reference says {}",
                        from + minutes(minute),
                        wanted.minutes[minute]
                    );
                }
            }
        }
    }
}

#[test]
fn rules_are_those_of_the_minute_by_minute_reference() {
    const MINUTES: usize = 400 * 1440;
    let rules: [(&str, Matches, i64); 5] = [
        ("FREQ=DAILY;BYHOUR=2;BYMINUTE=30", |at| on(at, 2, 30), 90),
        ("FREQ=DAILY;BYHOUR=0;BYMINUTE=15", |at| on(at, 0, 15), 20),
        (
            "FREQ=WEEKLY;BYDAY=FR;BYHOUR=18;BYMINUTE=0",
            |at| on(at, 18, 0) && at.weekday() == chrono::Weekday::Fri,
            62 * 60,
        ),
        (
            "FREQ=HOURLY;BYHOUR=1,2,3;BYMINUTE=10",
            |at| at.minute() == 10 && (1..=3).contains(&at.hour()),
            30,
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=23;BYMINUTE=0",
            |at| on(at, 23, 0) && (at + days(1)).day() == 1,
            120,
        ),
    ];
    for (name, from) in ZONES {
        let tz: Tz = name.parse().unwrap();
        let from = at(from);
        let until = from + minutes(MINUTES);
        let clock = Clock::watch(tz, from - days(60), until + days(60));
        for (rule, matches, lasts) in rules {
            let first = (from - days(30)).format("%Y%m%dT000000");
            let text = format!("DTSTART;TZID={name}:{first}\nRRULE:{rule}");
            let repeated = repeated(&text, &format!("{lasts}m"));
            for deny in [true, false] {
                let mut wanted = Marks {
                    from,
                    minutes: vec![false; MINUTES],
                };
                let mut wall = from.naive_utc() - days(29);
                while wall < until.naive_utc() + days(2) {
                    if matches(wall) {
                        let lasts = TimeDelta::minutes(lasts);
                        let (early, late) = clock.candidates(wall);
                        if deny {
                            wanted.mark(early, late + lasts);
                        } else {
                            wanted.mark(late, early + lasts);
                        }
                    }
                    wall += TimeDelta::minutes(1);
                }
                let mut found = Marks {
                    from,
                    minutes: vec![false; MINUTES],
                };
                let reading = if deny {
                    Reading::Longest
                } else {
                    Reading::Shortest
                };
                for span in repeated.intervals(reading, from, until) {
                    found.mark(span.start, span.end);
                }
                let differs =
                    (0..MINUTES).find(|minute| wanted.minutes[*minute] != found.minutes[*minute]);
                assert_eq!(
                    differs.map(|minute| from + minutes(minute)),
                    None,
                    "{name}: {rule}, deny {deny}"
                );
            }
        }
    }
}
