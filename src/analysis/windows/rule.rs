//! Recurrence rules (RFC 5545, 3.3.10) as text.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Weekday};

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frequency {
    /// Each year.
    Yearly,
    /// Each month.
    Monthly,
    /// Each week.
    Weekly,
    /// Each day.
    Daily,
    /// Each hour.
    Hourly,
    /// Each minute.
    Minutely,
    /// Each second.
    Secondly,
}

/// The last time that may be an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// An instant, as UTC.
    Instant(NaiveDateTime),
    /// A local time of the rule's own clock.
    Wall(NaiveDateTime),
    /// A day.
    Date(NaiveDate),
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// How often.
    pub frequency: Frequency,
    /// Each so many of them; at least 1.
    pub interval: u32,
    /// So many occurrences, those that are taken out later included.
    pub count: Option<u32>,
    /// Not after this.
    pub until: Option<Until>,
    /// First day of the week.
    pub week_start: Weekday,
    /// BYMONTH.
    pub months: Vec<i32>,
    /// BYWEEKNO.
    pub weeks: Vec<i32>,
    /// BYYEARDAY.
    pub year_days: Vec<i32>,
    /// BYMONTHDAY.
    pub month_days: Vec<i32>,
    /// BYDAY: 0 for every one.
    pub weekdays: Vec<(i32, Weekday)>,
    /// BYHOUR.
    pub hours: Vec<i32>,
    /// BYMINUTE.
    pub minutes: Vec<i32>,
    /// BYSECOND.
    pub seconds: Vec<i32>,
    /// BYSETPOS.
    pub positions: Vec<i32>,
}

impl Rule {
    /// A rule of this frequency and nothing else.
    #[must_use]
    pub fn every(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: 1,
            count: None,
            until: None,
            week_start: Weekday::Mon,
            months: Vec::new(),
            weeks: Vec::new(),
            year_days: Vec::new(),
            month_days: Vec::new(),
            weekdays: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            seconds: Vec::new(),
            positions: Vec::new(),
        }
    }

    /// Reads a rule such as `FREQ=WEEKLY;BYDAY=FR`.
    ///
    /// # Errors
    /// Which part is wrong, and what is expected there.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rule = Self::every(Frequency::Yearly);
        let mut frequency = None;
        let mut seen: Vec<String> = Vec::new();
        for part in text
            .trim()
            .split(';')
            .filter(|part| !part.trim().is_empty())
        {
            let (key, value) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` has no `=`: NAME=VALUE is expected"))?;
            let key = key.trim().to_ascii_uppercase();
            let value = value.trim().to_ascii_uppercase();
            if seen.contains(&key) {
                return Err(format!("{key} is there twice"));
            }
            match key.as_str() {
                "FREQ" => frequency = Some(read_frequency(&value)?),
                "INTERVAL" => {
                    rule.interval = value
                        .parse()
                        .ok()
                        .filter(|interval| (1..=1_000_000).contains(interval))
                        .ok_or_else(|| wrong("INTERVAL", &value, "a number from 1 on"))?;
                }
                "COUNT" => {
                    let count = value
                        .parse()
                        .ok()
                        .filter(|count| *count >= 1)
                        .ok_or_else(|| wrong("COUNT", &value, "a number from 1 on"))?;
                    rule.count = Some(count);
                }
                "UNTIL" => {
                    rule.until = Some(read_until(&value).ok_or_else(|| {
                        wrong(
                            "UNTIL",
                            &value,
                            "20261231T225959Z, 20261231T235959 or 20261231",
                        )
                    })?);
                }
                "WKST" => {
                    rule.week_start = read_weekday(&value)
                        .ok_or_else(|| wrong("WKST", &value, "MO, TU, WE, TH, FR, SA or SU"))?;
                }
                "BYMONTH" => rule.months = numbers(&key, &value, 1, 12, false)?,
                "BYWEEKNO" => rule.weeks = numbers(&key, &value, 1, 53, true)?,
                "BYYEARDAY" => rule.year_days = numbers(&key, &value, 1, 366, true)?,
                "BYMONTHDAY" => rule.month_days = numbers(&key, &value, 1, 31, true)?,
                "BYHOUR" => rule.hours = numbers(&key, &value, 0, 23, false)?,
                "BYMINUTE" => rule.minutes = numbers(&key, &value, 0, 59, false)?,
                // 60 is a leap second, which no clock here shows.
                "BYSECOND" => rule.seconds = numbers(&key, &value, 0, 60, false)?,
                "BYSETPOS" => rule.positions = numbers(&key, &value, 1, 366, true)?,
                "BYDAY" | "BYWEEKDAY" => {
                    rule.weekdays = value
                        .split(',')
                        .map(|day| {
                            read_nth(day.trim()).ok_or_else(|| {
                                wrong("BYDAY", day, "a day such as MO, or 1MO, -1FR")
                            })
                        })
                        .collect::<Result<_, _>>()?;
                }
                _ if key.starts_with("X-") => {}
                _ => {
                    return Err(format!(
                        "`{key}` is not known in a rule; FREQ, INTERVAL, COUNT, UNTIL, WKST, BYMONTH, BYWEEKNO, BYYEARDAY, BYMONTHDAY, BYDAY, BYHOUR, BYMINUTE, BYSECOND and BYSETPOS are"
                    ));
                }
            }
            seen.push(key);
        }
        rule.frequency = frequency
            .ok_or_else(|| "a rule says how often: FREQ=WEEKLY, for example".to_owned())?;
        if rule.count.is_some() && rule.until.is_some() {
            return Err("a rule ends by COUNT or by UNTIL, not by both".to_owned());
        }
        Ok(rule)
    }
}

fn wrong(key: &str, value: &str, expected: &str) -> String {
    format!("{key}={value}: {expected} is expected")
}

fn numbers(
    key: &str,
    value: &str,
    first: i32,
    last: i32,
    signed: bool,
) -> Result<Vec<i32>, String> {
    value
        .split(',')
        .map(|word| {
            let number: Option<i32> = word.trim().trim_start_matches('+').parse().ok();
            number
                .filter(|number| {
                    (first..=last).contains(number) || signed && (-last..=-first).contains(number)
                })
                .ok_or_else(|| wrong(key, word, &format!("numbers from {first} to {last}")))
        })
        .collect()
}

fn read_frequency(value: &str) -> Result<Frequency, String> {
    Ok(match value {
        "YEARLY" => Frequency::Yearly,
        "MONTHLY" => Frequency::Monthly,
        "WEEKLY" => Frequency::Weekly,
        "DAILY" => Frequency::Daily,
        "HOURLY" => Frequency::Hourly,
        "MINUTELY" => Frequency::Minutely,
        "SECONDLY" => Frequency::Secondly,
        _ => {
            return Err(wrong(
                "FREQ",
                value,
                "YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY, MINUTELY or SECONDLY",
            ));
        }
    })
}

fn read_weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return None,
    })
}

fn read_nth(word: &str) -> Option<(i32, Weekday)> {
    let split = word.len().checked_sub(2)?;
    let (number, day) = (word.get(..split)?, word.get(split..)?);
    let nth = match number {
        "" => 0,
        number => number
            .trim_start_matches('+')
            .parse::<i32>()
            .ok()
            .filter(|nth| *nth != 0 && nth.abs() <= 53)?,
    };
    Some((nth, read_weekday(day)?))
}

fn read_until(value: &str) -> Option<Until> {
    if let Some(date) = read_date(value) {
        return Some(Until::Date(date));
    }
    match value.strip_suffix('Z') {
        Some(utc) => read_date_time(utc).map(Until::Instant),
        None => read_date_time(value).map(Until::Wall),
    }
}

/// Reads `20261231`.
#[must_use]
pub fn read_date(text: &str) -> Option<NaiveDate> {
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return None;
    }
    NaiveDate::from_ymd_opt(
        text[..4].parse().ok()?,
        text[4..6].parse().ok()?,
        text[6..].parse().ok()?,
    )
}

/// Reads `20261231T235959`; a leap second is the second before it.
#[must_use]
pub fn read_date_time(text: &str) -> Option<NaiveDateTime> {
    let (date, time) = text.split_once(['T', 't'])?;
    let digits = matches!(time.len(), 4 | 6) && time.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return None;
    }
    let seconds: u32 = match time.get(4..6) {
        Some(seconds) => seconds.parse().ok()?,
        None => 0,
    };
    let time = NaiveTime::from_hms_opt(
        time[..2].parse().ok()?,
        time[2..4].parse().ok()?,
        if seconds == 60 { 59 } else { seconds },
    )?;
    Some(read_date(date)?.and_time(time))
}
