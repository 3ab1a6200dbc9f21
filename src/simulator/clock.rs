//! The one place of the simulator that reads time. World time is wall time;
//! `speed` only shortens what the script and its consequences wait for.

use chrono::{TimeDelta, Utc};

use crate::domain::Timestamp;

/// When the world began and how fast its script runs.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Timestamp,
    speed: f64,
}

impl Clock {
    /// A clock that starts now.
    pub fn start_now(speed: f64) -> Self {
        Self::at(Utc::now(), speed)
    }

    /// A clock with a given start, for worlds whose time a test moves.
    pub fn at(start: Timestamp, speed: f64) -> Self {
        let speed = if speed.is_finite() && speed > 0.0 {
            speed
        } else {
            1.0
        };
        Self { start, speed }
    }

    /// The present.
    pub fn now(self) -> Timestamp {
        Utc::now()
    }

    /// When the world began.
    pub fn start(self) -> Timestamp {
        self.start
    }

    /// How many times faster than written the script runs.
    pub fn speed(self) -> f64 {
        self.speed
    }

    /// The instant of a script offset in seconds: what lies before the start
    /// is history and keeps its length, what lies after it is divided by the
    /// speed.
    pub fn offset(self, seconds: f64) -> Timestamp {
        if seconds < 0.0 {
            self.start + span(seconds)
        } else {
            self.start + span(seconds / self.speed)
        }
    }

    /// A length of the script in seconds as a length of wall time.
    pub fn scaled(self, seconds: f64) -> TimeDelta {
        span(seconds / self.speed)
    }
}

/// Seconds as a length of time, to the millisecond.
pub fn span(seconds: f64) -> TimeDelta {
    TimeDelta::milliseconds((seconds * 1000.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_shortens_what_is_to_come_and_leaves_the_past() {
        let start = Timestamp::UNIX_EPOCH;
        let clock = Clock::at(start, 10.0);
        assert_eq!(clock.offset(20.0), start + TimeDelta::seconds(2));
        assert_eq!(clock.offset(-240.0), start - TimeDelta::seconds(240));
        assert_eq!(clock.scaled(8.0), TimeDelta::milliseconds(800));
    }

    #[test]
    fn a_speed_that_makes_no_sense_is_one() {
        for speed in [0.0, -3.0, f64::NAN, f64::INFINITY] {
            assert!((Clock::at(Timestamp::UNIX_EPOCH, speed).speed() - 1.0).abs() < f64::EPSILON);
        }
    }
}
