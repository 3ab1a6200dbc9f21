//! Wall time and instants. Where a clock jumps, a local time has two candidate
//! instants: the one by the offset before the jump and the one by the offset
//! after it, in a gap (where it does not exist) as in a fold (where it is
//! there twice).

use std::sync::Arc;

use chrono::{
    DateTime, MappedLocalTime, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _, Utc,
};
use chrono_tz::{GapInfo, Tz};

use crate::domain::Timestamp;

/// No offset differs from UTC, and no jump moves a clock, by more than this.
pub(super) const SLACK: TimeDelta = TimeDelta::days(2);

/// The instants that a local time may mean, the earliest and the latest; the
/// same twice on an ordinary day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidates {
    /// The earliest.
    pub earliest: Timestamp,
    /// The latest.
    pub latest: Timestamp,
}

impl Candidates {
    fn one(instant: Timestamp) -> Self {
        Self {
            earliest: instant,
            latest: instant,
        }
    }

    fn two(one: Timestamp, other: Timestamp) -> Self {
        Self {
            earliest: one.min(other),
            latest: one.max(other),
        }
    }

    /// Both, moved by an elapsed time.
    pub(super) fn after(self, elapsed: TimeDelta) -> Self {
        Self {
            earliest: plus(self.earliest, elapsed),
            latest: plus(self.latest, elapsed),
        }
    }

    /// Whether both share an instant with `other`.
    pub(super) fn meets(self, other: Self) -> bool {
        [self.earliest, self.latest]
            .iter()
            .any(|instant| [other.earliest, other.latest].contains(instant))
    }
}

/// `instant + elapsed`, held at the ends of what can be counted.
pub(super) fn plus(instant: Timestamp, elapsed: TimeDelta) -> Timestamp {
    instant.checked_add_signed(elapsed).unwrap_or({
        if elapsed < TimeDelta::zero() {
            Timestamp::MIN_UTC
        } else {
            Timestamp::MAX_UTC
        }
    })
}

/// `wall + elapsed`, held at the ends of what can be counted.
pub(super) fn wall_plus(wall: NaiveDateTime, elapsed: TimeDelta) -> NaiveDateTime {
    wall.checked_add_signed(elapsed).unwrap_or({
        if elapsed < TimeDelta::zero() {
            NaiveDateTime::MIN
        } else {
            NaiveDateTime::MAX
        }
    })
}

/// A clock on a wall somewhere.
#[derive(Clone, Debug, PartialEq)]
pub enum Zone {
    /// One of the zone database.
    Named(Tz),
    /// One that a calendar defines itself.
    Own(Arc<OwnZone>),
    /// A name that nobody defines: any clock on Earth.
    Anywhere,
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self::Named(Tz::UTC);

    /// The zone of a name: of the zone database in any case, or below a
    /// prefix as some programs write (`/mozilla.org/20050126_1/Europe/Berlin`).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        let mut rest = name.trim_start_matches('/');
        loop {
            if let Some(zone) = database(rest) {
                return Some(Self::Named(zone));
            }
            // Only a name that begins with a slash has a prefix.
            rest = if name.starts_with('/') {
                rest.split_once('/')?.1
            } else {
                return None;
            };
        }
    }

    /// What a local time may mean.
    #[must_use]
    pub fn candidates(&self, wall: NaiveDateTime) -> Candidates {
        match self {
            Self::Named(zone) => named_candidates(*zone, wall),
            Self::Own(zone) => zone.candidates(wall),
            Self::Anywhere => Candidates {
                earliest: at_offset(wall, 14 * 3600),
                latest: at_offset(wall, -12 * 3600),
            },
        }
    }

    /// What the clock shows at an instant.
    #[must_use]
    pub fn wall(&self, instant: Timestamp) -> NaiveDateTime {
        let offset = match self {
            Self::Named(zone) => i64::from(
                zone.offset_from_utc_datetime(&instant.naive_utc())
                    .fix()
                    .local_minus_utc(),
            ),
            Self::Own(zone) => zone.offset(instant),
            Self::Anywhere => 0,
        };
        wall_plus(instant.naive_utc(), TimeDelta::seconds(offset))
    }

    /// Whether the clock runs evenly between two instants, as far as its
    /// offset at a few places tells; true is certain only for spans of days.
    pub(super) fn even(&self, from: Timestamp, until: Timestamp) -> bool {
        if matches!(self, Self::Anywhere) {
            return false;
        }
        let offset = |instant: Timestamp| self.wall(instant) - instant.naive_utc();
        let first = offset(from);
        let mut at = from;
        while at < until {
            at = plus(at, TimeDelta::hours(6));
            if offset(at) != first {
                return false;
            }
        }
        true
    }
}

fn database(name: &str) -> Option<Tz> {
    if let Ok(zone) = name.parse() {
        return Some(zone);
    }
    chrono_tz::TZ_VARIANTS
        .iter()
        .find(|zone| zone.name().eq_ignore_ascii_case(name))
        .copied()
}

fn at_offset(wall: NaiveDateTime, offset_seconds: i64) -> Timestamp {
    wall_plus(wall, -TimeDelta::seconds(offset_seconds)).and_utc()
}

fn named_candidates(zone: Tz, wall: NaiveDateTime) -> Candidates {
    let utc = |time: DateTime<Tz>| time.with_timezone(&Utc);
    match zone.from_local_datetime(&wall) {
        MappedLocalTime::Single(time) => Candidates::one(utc(time)),
        MappedLocalTime::Ambiguous(one, other) => Candidates::two(utc(one), utc(other)),
        MappedLocalTime::None => {
            let gap = GapInfo::new(&wall, &zone);
            let before = gap
                .as_ref()
                .and_then(|gap| gap.begin)
                .map(|(_, offset)| offset.fix().local_minus_utc());
            let after = gap
                .as_ref()
                .and_then(|gap| gap.end)
                .map(|end| end.offset().fix().local_minus_utc());
            match (before, after) {
                (Some(before), Some(after)) => Candidates::two(
                    at_offset(wall, before.into()),
                    at_offset(wall, after.into()),
                ),
                // The database begins or ends in this gap: any clock on Earth.
                _ => Zone::Anywhere.candidates(wall),
            }
        }
    }
}

/// A zone that a calendar defines: its jumps, earliest first.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnZone {
    /// The name that the calendar uses.
    pub name: String,
    /// Seconds east of UTC before the first jump.
    pub first: i64,
    /// When the clock jumps, and the seconds east of UTC from then on.
    pub jumps: Vec<(Timestamp, i64)>,
}

impl OwnZone {
    fn offset(&self, instant: Timestamp) -> i64 {
        let passed = self.jumps.partition_point(|(at, _)| *at <= instant);
        self.after(passed)
    }

    /// The offset after so many jumps.
    fn after(&self, passed: usize) -> i64 {
        passed
            .checked_sub(1)
            .and_then(|last| self.jumps.get(last))
            .map_or(self.first, |(_, offset)| *offset)
    }

    fn candidates(&self, wall: NaiveDateTime) -> Candidates {
        let about = wall.and_utc();
        let near = self
            .jumps
            .partition_point(|(at, _)| *at < plus(about, -SLACK));
        let mut before = self.after(near);
        for (at, after) in &self.jumps[near..] {
            if *at > plus(about, SLACK) {
                break;
            }
            // The clock shows these two at the jump: between them lies the
            // gap or the fold.
            let one = wall_plus(at.naive_utc(), TimeDelta::seconds(before));
            let other = wall_plus(at.naive_utc(), TimeDelta::seconds(*after));
            if one.min(other) <= wall && wall < one.max(other) {
                return Candidates::two(at_offset(wall, before), at_offset(wall, *after));
            }
            if wall < one {
                break;
            }
            before = *after;
        }
        Candidates::one(at_offset(wall, before))
    }
}
