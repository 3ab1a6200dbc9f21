//! A key that is held down for a second.
//!
//! A terminal tells of presses alone, never of a release. What it does tell is
//! that a held key *repeats*: once more after the keyboard's delay, then fast.
//! So "held" is: the same key again and again, with no gap longer than a
//! repeat can have, for a second. It is complete at a press, never by time
//! alone: whoever lets go before has done nothing. What comes in a burst or
//! out of a paste never counts, and empties it.
//!
//! Keyboards that do not repeat, terminals that swallow it and links that
//! deliver it in clumps exist; whoever tried in vain is offered four letters
//! to type instead.

use chrono::TimeDelta;

use crate::{command::KeyCode, domain::Timestamp};

/// How far a key was held down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hold {
    held: Option<Held>,
    /// How often somebody let go before the time.
    failures: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    key: KeyCode,
    began: Timestamp,
    last: Timestamp,
    presses: u32,
}

impl Hold {
    /// How long it has to be held.
    pub const TIME: TimeDelta = TimeDelta::milliseconds(1_000);
    /// The longest pause before the first repeat: keyboards wait for a quarter
    /// of a second to two thirds of one.
    pub const FIRST_GAP: TimeDelta = TimeDelta::milliseconds(700);
    /// The longest pause between two repeats, which come 10 to 40 times a
    /// second.
    pub const GAP: TimeDelta = TimeDelta::milliseconds(150);
    /// Fewer presses are no held key, however they lie.
    pub const LEAST: u32 = 5;
    /// Steps in which the bar fills.
    pub const STEPS: i64 = 10;

    /// One press; true when with it the key was held for the whole time.
    pub fn press(&mut self, key: KeyCode, at: Timestamp) -> bool {
        match &mut self.held {
            Some(held) if held.key == key && held.is_alive(at) => {
                held.last = at;
                held.presses += 1;
                held.presses >= Self::LEAST && at - held.began >= Self::TIME
            }
            other => {
                self.failures += u32::from(other.is_some());
                *other = Some(Held {
                    key,
                    began: at,
                    last: at,
                    presses: 1,
                });
                false
            }
        }
    }

    /// Empties it: another key, a burst, a paste.
    pub fn release(&mut self) {
        self.failures += u32::from(self.held.take().is_some());
    }

    /// How full the bar is at `now`, in steps from 0 to [`Self::STEPS`]. It is
    /// never quite full by time alone.
    #[must_use]
    pub fn steps(&self, now: Timestamp) -> i64 {
        let Some(held) = self.held.filter(|held| held.is_alive(now)) else {
            return 0;
        };
        let held_for = (now - held.began).num_milliseconds().max(0);
        let steps = held_for * Self::STEPS / Self::TIME.num_milliseconds();
        steps.clamp(1, Self::STEPS - 1)
    }

    /// When the bar changes next by time alone.
    #[must_use]
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let held = self.held.filter(|held| held.is_alive(now))?;
        let step = Self::TIME / i32::try_from(Self::STEPS).unwrap_or(10);
        let steps = i32::try_from(self.steps(now)).unwrap_or(0);
        // The millisecond after the last one at which it may still be held.
        let over = held.last + held.gap() + TimeDelta::milliseconds(1);
        Some(over.min((held.began + step * (steps + 1)).max(now + step / 2)))
    }

    /// Whether somebody has tried in vain.
    #[must_use]
    pub fn was_in_vain(&self, now: Timestamp) -> bool {
        self.failures > 0 || self.held.is_some_and(|held| !held.is_alive(now))
    }
}

impl Held {
    fn gap(&self) -> TimeDelta {
        if self.presses == 1 {
            Hold::FIRST_GAP
        } else {
            Hold::GAP
        }
    }

    fn is_alive(&self, now: Timestamp) -> bool {
        now - self.last <= self.gap()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const Y: KeyCode = KeyCode::Char('y');

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_timestamp_millis(1_800_000_000_000 + milliseconds).unwrap_or_default()
    }

    /// When the hold is complete with presses after these gaps; none when it
    /// never is.
    fn complete(gaps: &[i64]) -> Option<i64> {
        let (mut hold, mut now) = (Hold::default(), 0);
        if hold.press(Y, at(now)) {
            return Some(now);
        }
        for gap in gaps {
            now += gap;
            if hold.press(Y, at(now)) {
                return Some(now);
            }
        }
        None
    }

    fn keyboard(delay: i64, repeat: i64) -> Vec<i64> {
        std::iter::once(delay)
            .chain(std::iter::repeat_n(repeat, 60))
            .collect()
    }

    #[test]
    fn every_usual_keyboard_fills_it_in_a_second() {
        for (delay, repeat) in [
            (250, 25),
            (250, 33),
            (500, 33),
            (660, 40),
            (225, 30),
            (600, 90),
            (700, 100),
        ] {
            let done = complete(&keyboard(delay, repeat));
            let done = done.unwrap_or_else(|| panic!("{delay}/{repeat} never fills it"));
            assert!((1_000..1_300).contains(&done), "{delay}/{repeat}: {done}");
        }
    }

    #[test]
    fn letting_go_before_the_time_does_nothing_and_empties_it() {
        let mut hold = Hold::default();
        hold.press(Y, at(0));
        for step in 0..13 {
            assert!(!hold.press(Y, at(500 + step * 30)));
        }
        assert_eq!(hold.steps(at(870)), 8);
        assert_eq!(hold.steps(at(860 + 151)), 0);
        assert!(hold.was_in_vain(at(1_100)));
        // Time alone never completes it, and a later press begins anew.
        assert!(!hold.press(Y, at(1_100)));
        assert_eq!(hold.steps(at(1_100)), 1);
    }

    #[test]
    fn a_keyboard_that_does_not_repeat_is_seen() {
        let mut hold = Hold::default();
        assert!(!hold.was_in_vain(at(0)));
        assert!(!hold.press(Y, at(0)));
        assert!(!hold.was_in_vain(at(700)));
        assert!(hold.was_in_vain(at(701)));
        assert_eq!(hold.next_change(at(650)), Some(at(700)));
        assert_eq!(hold.next_change(at(700)), Some(at(701)));
        assert_eq!(hold.next_change(at(701)), None);
    }

    #[test]
    fn another_key_begins_anew() {
        let mut hold = Hold::default();
        for step in 0..30 {
            let key = if step % 2 == 0 { Y } else { KeyCode::Enter };
            assert!(!hold.press(key, at(step * 50)));
        }
    }

    proptest! {
        /// Whatever presses come: it is complete only when five or more of the
        /// same key reach over a second without a gap that no repeat has.
        #[test]
        fn nothing_else_completes_it(gaps in prop::collection::vec(0i64..900, 0..60)) {
            if let Some(done) = complete(&gaps) {
                let mut times = vec![0];
                for gap in &gaps {
                    times.push(times.last().unwrap() + gap);
                }
                times.retain(|time| *time <= done);
                // The longest tail without a break.
                let mut began = times.len() - 1;
                while began > 0 && times[began] - times[began - 1] <= 150 {
                    began -= 1;
                }
                if began > 0 && times[began] - times[began - 1] <= 700 {
                    began -= 1;
                }
                prop_assert!(times.len() - began >= 5);
                prop_assert!(done - times[began] >= 1_000);
            }
        }

        /// Few presses never do, wherever they lie.
        #[test]
        fn four_presses_are_never_enough(gaps in prop::collection::vec(0i64..900, 3)) {
            prop_assert_eq!(complete(&gaps), None);
        }
    }
}
