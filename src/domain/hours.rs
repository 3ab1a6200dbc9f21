//! The hours in which a team is at work.

use chrono::{Datelike as _, NaiveDateTime, Timelike as _};

/// The names of the days, Monday first.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The hours in which a team is at work, on the team's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusinessHours {
    /// Whether it works on that day, Monday first.
    pub days: [bool; 7],
    /// The minute of the day at which it begins.
    pub from: u32,
    /// The minute of the day at which it ends; 1440 is midnight.
    pub until: u32,
}

impl Default for BusinessHours {
    /// Monday to Friday, nine to five.
    fn default() -> Self {
        Self {
            days: [true, true, true, true, true, false, false],
            from: 9 * 60,
            until: 17 * 60,
        }
    }
}

impl BusinessHours {
    /// Reads `Mon-Fri 09:00-17:00`; several days or spans of days are set apart
    /// by commas. None when it cannot be read.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (days, hours) = text.trim().split_once(' ')?;
        let mut found = [false; 7];
        for span in days.split(',') {
            let (first, last) = span.split_once('-').unwrap_or((span, span));
            let (first, last) = (day(first)?, day(last)?);
            // `Sun-Thu` goes over the end of the week.
            let many = (last + 7 - first) % 7;
            for after in 0..=many {
                found[(first + after) % 7] = true;
            }
        }
        let (from, until) = hours.trim().split_once('-')?;
        let (from, until) = (minute(from)?, minute(until)?);
        (from < until).then_some(Self {
            days: found,
            from,
            until,
        })
    }

    /// Whether the team is at work when its clock shows this.
    #[must_use]
    pub fn hold(&self, wall: NaiveDateTime) -> bool {
        let minute = wall.hour() * 60 + wall.minute();
        let day = wall.weekday().num_days_from_monday() as usize;
        self.days.get(day) == Some(&true) && self.from <= minute && minute < self.until
    }
}

fn day(name: &str) -> Option<usize> {
    let name = name.trim().to_ascii_lowercase();
    DAYS.iter().position(|day| *day == name)
}

fn minute(time: &str) -> Option<u32> {
    let (hours, minutes) = time.trim().split_once(':').unwrap_or((time.trim(), "0"));
    let (hours, minutes) = (hours.parse::<u32>().ok()?, minutes.parse::<u32>().ok()?);
    let minute = hours.checked_mul(60)?.checked_add(minutes)?;
    (minutes < 60 && minute <= 24 * 60).then_some(minute)
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    #[test]
    fn hours_are_read() {
        assert_eq!(
            BusinessHours::parse("Mon-Fri 09:00-17:00"),
            Some(BusinessHours::default())
        );
        let gulf = BusinessHours::parse("sun-thu 8-16:30").unwrap();
        assert_eq!(gulf.days, [true, true, true, true, false, false, true]);
        assert_eq!((gulf.from, gulf.until), (480, 990));
        let some = BusinessHours::parse("Mon,Wed 0:00-24:00").unwrap();
        assert_eq!(some.days, [true, false, true, false, false, false, false]);
        for wrong in [
            "",
            "Mon-Fri",
            "Mon-Fry 9-17",
            "Mon-Fri 17-9",
            "Mon-Fri 9-25",
            "Mon-Fri 9:60-17",
            "Mon-Fri 9",
        ] {
            assert_eq!(BusinessHours::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn they_hold_from_the_first_minute_to_the_last() {
        let hours = BusinessHours::default();
        let at = |day: u32, hour, minute| {
            // 2 March 2026 is a Monday.
            let date = NaiveDate::from_ymd_opt(2026, 3, 1 + day).unwrap();
            hours.hold(date.and_hms_opt(hour, minute, 0).unwrap())
        };
        assert!(at(1, 9, 0) && at(5, 16, 59));
        assert!(!at(1, 8, 59) && !at(5, 17, 0) && !at(6, 12, 0) && !at(0, 12, 0));
    }
}
