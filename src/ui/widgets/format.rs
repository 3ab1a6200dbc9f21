//! Numbers and times as people read them.

use chrono::{DateTime, TimeDelta, Utc};

use unicode_segmentation::UnicodeSegmentation as _;

use super::row::{columns, fitting};
use crate::domain::Unit;

/// How long ago: `12s`, `4m`, `2h10`, `14h`, `3d`. The older, the coarser: from
/// an hour on in steps of ten minutes, from ten hours on in hours, so that a
/// list of old things rests.
#[must_use]
pub fn age(past: TimeDelta) -> String {
    let seconds = past.num_seconds().max(0);
    match seconds {
        3_600..36_000 => format!("{}h{:02}", seconds / 3_600, seconds / 600 % 6 * 10),
        _ => left(past),
    }
}

/// How long until, to the minute where it may be waited for: `12s`, `4m`,
/// `2h14`, `14h`, `3d`.
#[must_use]
pub fn left(ahead: TimeDelta) -> String {
    let seconds = ahead.num_seconds().max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..36_000 => format!("{}h{:02}", seconds / 3_600, seconds / 60 % 60),
        36_000..86_400 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// How long ago, in steps of ten seconds below a minute, so that a quiet
/// screen need not be drawn every second.
#[must_use]
pub fn calm_age(past: TimeDelta) -> String {
    let seconds = past.num_seconds().max(0);
    match seconds {
        0..10 => "now".to_owned(),
        10..60 => format!("{}s", seconds / 10 * 10),
        _ => age(past),
    }
}

/// How long something took: `42s`, `3m12s`, `1h04m`.
#[must_use]
pub fn duration(took: TimeDelta) -> String {
    let seconds = took.num_seconds().max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3_600..360_000 => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// The time of day in UTC: `14:12`.
#[must_use]
pub fn clock(at: DateTime<Utc>) -> String {
    at.format("%H:%M").to_string()
}

/// The time of day in UTC with seconds: `14:12:03`.
#[must_use]
pub fn clock_seconds(at: DateTime<Utc>) -> String {
    at.format("%H:%M:%S").to_string()
}

/// The time of day, with the day in front when it is not today's.
#[must_use]
pub fn clock_or_day(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match (at.date_naive() - now.date_naive()).num_days() {
        0 => clock(at),
        -6..=6 => at.format("%a %H:%M").to_string(),
        _ => at.format("%d %b %H:%M").to_string(),
    }
}

/// A value in its unit: `2.31 %`, `412 ms`, `11.2 s`, `37.5/s`, `61`.
#[must_use]
pub fn value(number: f64, unit: Unit) -> String {
    unit.text(number)
}

/// A value as a tick of an axis: as short as it can be told apart.
#[must_use]
pub fn tick(number: f64, unit: Unit, span: f64) -> String {
    let places = |span: f64| -> usize {
        if span >= 4.0 {
            0
        } else if span >= 0.4 {
            1
        } else {
            2
        }
    };
    match unit {
        Unit::Ratio => format!("{:.*} %", places(span * 100.0), number * 100.0),
        Unit::Seconds if span.abs() < 10.0 => format!("{:.0} ms", number * 1000.0),
        Unit::Seconds => format!("{:.*} s", places(span), number),
        Unit::PerSecond => format!("{:.*}/s", places(span), number),
        Unit::Number => format!("{:.*}", places(span), number),
    }
}

/// How the canary compares: `5.6×` from half as much again, else `+6 %`, and
/// `same` below two percent. `times` is the sign of multiplication.
#[must_use]
pub fn change(ratio: f64, times: &str) -> String {
    let percent = (ratio - 1.0) * 100.0;
    if !ratio.is_finite() {
        String::new()
    } else if ratio >= 100.0 {
        format!("{ratio:.0}{times}")
    } else if ratio >= 1.5 {
        format!("{ratio:.1}{times}")
    } else if percent.abs() < 2.0 {
        "same".to_owned()
    } else {
        format!("{percent:+.0} %")
    }
}

/// A share of the traffic: `25 %`, `0.5 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    if (share - share.round()).abs() < 0.05 {
        format!("{share:.0} %")
    } else {
        format!("{share:.1} %")
    }
}

/// A count with its thousands apart: `61,877`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A name that fits `width` columns: a long one is cut in the middle, because
/// names of one sort differ at their ends, such as `end-to-end (2/2)`.
#[must_use]
pub fn middle(name: &str, width: u16, ellipsis: &str) -> String {
    if columns(name) <= width {
        return name.to_owned();
    }
    let room = width.saturating_sub(columns(ellipsis));
    let (head, tail) = (room - room / 2, room / 2);
    let kept = fitting(name, head, "").text;
    let mut end = String::new();
    let mut used = 0;
    for cluster in name.graphemes(true).rev() {
        used += columns(cluster);
        if used > tail {
            break;
        }
        end.insert_str(0, cluster);
    }
    format!("{}{ellipsis}{}", kept.trim_end(), end.trim_start())
}

/// A number with its noun: `1 run`, `3 runs`.
#[must_use]
pub fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_in_the_middle() {
        assert_eq!(middle("lint", 10, "…"), "lint");
        assert_eq!(
            middle("end-to-end tests (12/24)", 14, "…"),
            "end-to-…12/24)"
        );
        assert_eq!(middle("日本語日本語", 7, "…"), "日…語");
        for width in 0..12 {
            assert!(columns(&middle("end-to-end tests", width, "…")) <= width.max(1));
        }
    }

    #[test]
    fn ages_and_durations() {
        let of = TimeDelta::seconds;
        assert_eq!(age(of(12)), "12s");
        assert_eq!(age(of(240)), "4m");
        assert_eq!(age(of(8_340)), "2h10");
        assert_eq!(age(of(50_000)), "13h");
        assert_eq!(left(of(8_340)), "2h19");
        assert_eq!(left(of(50_000)), "13h");
        assert_eq!(age(of(3 * 86_400 + 5)), "3d");
        assert_eq!(age(of(-5)), "0s");
        assert_eq!(calm_age(of(7)), "now");
        assert_eq!(calm_age(of(47)), "40s");
        assert_eq!(duration(of(192)), "3m12s");
        assert_eq!(duration(of(3_840)), "1h04m");
        assert_eq!(duration(of(42)), "42s");
    }

    #[test]
    fn values_in_their_units() {
        assert_eq!(value(0.0231, Unit::Ratio), "2.31 %");
        assert_eq!(value(0.612, Unit::Ratio), "61.2 %");
        assert_eq!(value(0.412, Unit::Seconds), "412 ms");
        assert_eq!(value(11.24, Unit::Seconds), "11.2 s");
        assert_eq!(value(37.53, Unit::PerSecond), "37.5/s");
        assert_eq!(value(61.0, Unit::Number), "61");
        assert_eq!(tick(0.02, Unit::Ratio, 0.03), "2.0 %");
        assert_eq!(tick(0.4, Unit::Seconds, 0.5), "400 ms");
    }

    #[test]
    fn a_change_is_told_in_the_words_that_fit() {
        assert_eq!(change(5.634, "×"), "5.6×");
        assert_eq!(change(1.06, "×"), "+6 %");
        assert_eq!(change(0.8, "×"), "-20 %");
        assert_eq!(change(1.01, "×"), "same");
        assert_eq!(change(f64::INFINITY, "×"), "");
    }

    #[test]
    fn counts() {
        assert_eq!(count(7), "7");
        assert_eq!(count(61_877), "61,877");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(percent(25.0), "25 %");
        assert_eq!(percent(0.5), "0.5 %");
        assert_eq!(counted(1, "run", "runs"), "1 run");
    }
}
