//! Lengths of time: `62h`, `1h 30m`, and those of iCalendar.

use chrono::TimeDelta;

/// A length as iCalendar says it: days and weeks follow the calendar, hours,
/// minutes and seconds are elapsed time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nominal {
    /// Days on the calendar.
    pub days: i64,
    /// Elapsed time after them.
    pub elapsed: TimeDelta,
}

/// Longest length: a century.
const LONGEST: i64 = 36_600 * 86_400;

/// Reads an elapsed time such as `62h`, `90m`, `1h30m`, `2d` (48 hours) or
/// `PT62H`.
///
/// # Errors
/// What is expected.
pub fn elapsed(text: &str) -> Result<TimeDelta, String> {
    let wrong =
        || format!("`{text}` is no length of time: such as 62h, 90m, 1h30m or 2d is expected");
    let trimmed = text.trim();
    if trimmed.starts_with(['P', 'p']) {
        let read = nominal(trimmed).map_err(|_| wrong())?;
        return positive(read.days * 86_400 + read.elapsed.num_seconds()).ok_or_else(wrong);
    }
    let mut total: i64 = 0;
    let mut rest = trimmed;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        let letters = after.len()
            - after
                .trim_start_matches(|c: char| c.is_ascii_alphabetic())
                .len();
        let (unit, after) = after.split_at(letters);
        let factor = match unit.to_ascii_lowercase().as_str() {
            "s" | "sec" | "second" | "seconds" => 1,
            "m" | "min" | "minute" | "minutes" => 60,
            "h" | "hour" | "hours" => 3600,
            "d" | "day" | "days" => 86_400,
            "w" | "week" | "weeks" => 7 * 86_400,
            _ => return Err(wrong()),
        };
        total = number
            .parse::<i64>()
            .ok()
            .and_then(|number| number.checked_mul(factor))
            .and_then(|seconds| total.checked_add(seconds))
            .ok_or_else(wrong)?;
        rest = after.trim_start();
    }
    positive(total).ok_or_else(wrong)
}

fn positive(seconds: i64) -> Option<TimeDelta> {
    (1..=LONGEST)
        .contains(&seconds)
        .then(|| TimeDelta::seconds(seconds))
}

/// Reads a DURATION (RFC 5545, 3.3.6): `P1D`, `PT24H`, `P1W`, `P1DT12H`.
///
/// # Errors
/// What is expected.
pub fn nominal(text: &str) -> Result<Nominal, String> {
    let wrong = || format!("`{text}` is no DURATION: such as PT2H, P1D or P1W is expected");
    let upper = text.trim().to_ascii_uppercase();
    let (negative, rest) = match upper.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, upper.strip_prefix('+').unwrap_or(&upper)),
    };
    let mut rest = rest.strip_prefix('P').ok_or_else(wrong)?;
    if rest.is_empty() {
        return Err(wrong());
    }
    let (mut days, mut seconds, mut of_day) = (0i64, 0i64, false);
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('T') {
            if of_day || time.is_empty() {
                return Err(wrong());
            }
            of_day = true;
            rest = time;
            continue;
        }
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        let number: i64 = number.parse().map_err(|_| wrong())?;
        let unit = after.chars().next().ok_or_else(wrong)?;
        let (sum, factor) = match (unit, of_day) {
            ('W', false) => (&mut days, 7),
            ('D', false) => (&mut days, 1),
            ('H', true) => (&mut seconds, 3600),
            ('M', true) => (&mut seconds, 60),
            ('S', true) => (&mut seconds, 1),
            _ => return Err(wrong()),
        };
        *sum = number
            .checked_mul(factor)
            .and_then(|more| sum.checked_add(more))
            .filter(|sum| *sum <= LONGEST)
            .ok_or_else(wrong)?;
        rest = &after[unit.len_utf8()..];
    }
    if days > LONGEST / 86_400 {
        return Err(wrong());
    }
    let sign = if negative { -1 } else { 1 };
    Ok(Nominal {
        days: sign * days,
        elapsed: TimeDelta::seconds(sign * seconds),
    })
}
