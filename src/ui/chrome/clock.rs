//! Clocks: T-minus, UTC and the team's zones.

use chrono::TimeDelta;
use chrono_tz::{OffsetName, Tz};

use crate::domain::Timestamp;

/// The T-clock against a planned start: `T−00:14:32` with seconds, else
/// `T−5h12`. Before the start it counts down, after it up.
#[must_use]
pub fn t_clock(now: Timestamp, start: Timestamp, seconds: bool, minus: &str) -> String {
    // Down to the whole second: at the start the clock shows zero.
    let ahead = start - now;
    let (sign, span) = if ahead > TimeDelta::zero() {
        (minus, ahead)
    } else {
        ("+", -ahead)
    };
    let total = span.num_seconds();
    let (hours, minutes) = (total / 3_600, total % 3_600 / 60);
    if seconds {
        format!("T{sign}{hours:02}:{minutes:02}:{:02}", total % 60)
    } else if hours >= 48 {
        format!("T{sign}{}d", hours / 24)
    } else {
        format!("T{sign}{hours}h{minutes:02}")
    }
}

/// The time of day in a zone, with the zone's short name: `09:14 EST`.
#[must_use]
pub fn zone_clock(now: Timestamp, zone: Tz) -> String {
    use chrono::Offset as _;
    let local = now.with_timezone(&zone);
    let name = match local.offset().abbreviation() {
        Some(name) if name.chars().all(char::is_alphabetic) => name.to_owned(),
        _ => {
            let hours = local.offset().fix().local_minus_utc() / 3_600;
            format!("UTC{hours:+}")
        }
    };
    format!("{} {name}", local.format("%H:%M"))
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn the_t_clock_counts_down_to_the_start_and_up_after_it() {
        let start = chrono::Utc.timestamp_opt(1_800_000_000, 0).unwrap();
        let at =
            |seconds: i64, fine| t_clock(start + TimeDelta::seconds(seconds), start, fine, "-");
        assert_eq!(at(-872, true), "T-00:14:32");
        assert_eq!(at(0, true), "T+00:00:00");
        assert_eq!(at(872, true), "T+00:14:32");
        assert_eq!(at(-18_750, false), "T-5h12");
        assert_eq!(at(-300_000, false), "T-3d");
    }

    #[test]
    fn zones_without_a_name_show_their_offset() {
        let now = chrono::Utc.timestamp_opt(1_795_356_871, 0).unwrap();
        assert_eq!(zone_clock(now, Tz::America__New_York), "09:14 EST");
        assert_eq!(zone_clock(now, Tz::America__Sao_Paulo), "11:14 UTC-3");
    }
}
