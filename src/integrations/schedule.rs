//! What to look at next: pure, so that the order and the rate can be tested
//! without a clock.
//!
//! Each look has a rank and an interval. A look is due when its interval has
//! passed; among those that are due, the one goes first that is most overdue,
//! measured in its own intervals times the weight of its rank. So what is
//! under attention goes before the sweep, the sweep before the details and the
//! details before the calendar; and when the budget cannot carry all of it,
//! everything gets slower together and nothing starves.

use std::{
    collections::HashMap,
    hash::Hash,
    time::{Duration, Instant},
};

/// How much a look matters, the first the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// Somebody looks at it.
    Attention,
    /// It keeps everything on the screen true.
    Sweep,
    /// It completes what the sweep saw.
    Detail,
    /// It changes by the day.
    Calendar,
}

impl Rank {
    fn weight(self) -> f64 {
        match self {
            Self::Attention => 2.0,
            Self::Sweep => 1.6,
            Self::Detail => 1.2,
            Self::Calendar => 1.0,
        }
    }
}

/// A look that is wanted, and how often.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish<Look> {
    /// What.
    pub look: Look,
    /// How much it matters.
    pub rank: Rank,
    /// How often; none for a look that is wanted once.
    pub every: Option<Duration>,
}

/// What somebody looks at gets rarer by no more than this.
const ATTENDED: f64 = 3.0;

impl<Look> Wish<Look> {
    /// Wants it more seldom by this factor, for requests run out.
    pub fn slow_down(&mut self, factor: f64) {
        let factor = match self.rank {
            Rank::Attention => factor.min(ATTENDED),
            Rank::Sweep | Rank::Detail | Rank::Calendar => factor,
        };
        if factor > 1.0 {
            self.every = self.every.map(|every| every.mul_f64(factor));
        }
    }
}

/// When each look was last taken.
#[derive(Debug)]
pub struct Taken<Look> {
    at: HashMap<Look, Instant>,
}

/// What to do now.
#[derive(Clone, Debug, PartialEq)]
pub enum Next<Look> {
    /// Take this look.
    Take(Look),
    /// Nothing is due for so long.
    Rest(Duration),
}

/// Longest rest: things may become live without a look of ours.
const REST: Duration = Duration::from_secs(60);

impl<Look> Default for Taken<Look> {
    fn default() -> Self {
        Self { at: HashMap::new() }
    }
}

impl<Look: Clone + Eq + Hash> Taken<Look> {
    /// The look was taken.
    pub fn note(&mut self, look: &Look, now: Instant) {
        self.at.insert(look.clone(), now);
    }

    /// Somebody wants everything afresh: all is due at once.
    pub fn forget(&mut self) {
        self.at.clear();
    }

    /// Forgets looks that nobody wishes any more.
    pub fn keep(&mut self, wishes: &[Wish<Look>]) {
        if self.at.len() > 2 * wishes.len() + 64 {
            self.at
                .retain(|look, _| wishes.iter().any(|wish| &wish.look == look));
        }
    }

    /// Chooses among the wishes.
    #[must_use]
    pub fn next(&self, wishes: &[Wish<Look>], now: Instant) -> Next<Look> {
        let mut best: Option<(f64, &Look)> = None;
        let mut rest = REST;
        for wish in wishes {
            let overdue = match (self.at.get(&wish.look), wish.every) {
                // Never taken: before all that were, in the order of rank.
                (None, _) => 1e6,
                (Some(_), None) => continue,
                (Some(taken), Some(every)) => {
                    let passed = now.saturating_duration_since(*taken);
                    if passed < every {
                        rest = rest.min(every.saturating_sub(passed));
                        continue;
                    }
                    passed.as_secs_f64() / every.as_secs_f64().max(0.001)
                }
            };
            let score = overdue * wish.rank.weight();
            if best.is_none_or(|(high, _)| score > high) {
                best = Some((score, &wish.look));
            }
        }
        best.map_or(Next::Rest(rest), |(_, look)| Next::Take(look.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    enum Look {
        Run(u64),
        Jobs(u64),
        Sweep(usize),
        Calendar(usize),
    }

    fn wish(look: Look, rank: Rank, seconds: u64) -> Wish<Look> {
        Wish {
            look,
            rank,
            every: Some(Duration::from_secs(seconds)),
        }
    }

    /// Plays `minutes` with one request every two seconds at most.
    fn play(wishes: &[Wish<Look>], minutes: u64) -> HashMap<Look, usize> {
        let start = Instant::now();
        let mut taken = Taken::default();
        let mut counts = HashMap::new();
        let mut now = start;
        while now < start + Duration::from_secs(minutes * 60) {
            match taken.next(wishes, now) {
                Next::Take(look) => {
                    taken.note(&look, now);
                    *counts.entry(look).or_default() += 1;
                    now += Duration::from_secs(2);
                }
                Next::Rest(rest) => now += rest,
            }
        }
        counts
    }

    #[test]
    fn what_was_never_seen_goes_in_the_order_of_rank() {
        let wishes = [
            wish(Look::Calendar(0), Rank::Calendar, 300),
            wish(Look::Sweep(0), Rank::Sweep, 15),
            wish(Look::Run(1), Rank::Attention, 15),
        ];
        let now = Instant::now();
        let mut taken = Taken::default();
        let mut order = Vec::new();
        while let Next::Take(look) = taken.next(&wishes, now) {
            taken.note(&look, now);
            order.push(look);
        }
        assert_eq!(order, [Look::Run(1), Look::Sweep(0), Look::Calendar(0)]);
    }

    #[test]
    fn a_crowded_screen_starves_neither_the_sweep_nor_the_calendar() {
        let mut wishes: Vec<Wish<Look>> = (0..20)
            .map(|id| wish(Look::Jobs(id), Rank::Attention, 15))
            .collect();
        wishes.extend((0..4).map(|chunk| wish(Look::Sweep(chunk), Rank::Sweep, 16)));
        wishes.push(wish(Look::Calendar(0), Rank::Calendar, 300));
        let counts = play(&wishes, 60);
        assert!(counts[&Look::Sweep(0)] >= 40, "{counts:?}");
        assert!(counts[&Look::Calendar(0)] >= 2, "{counts:?}");
    }

    #[test]
    fn what_is_looked_at_slows_down_less() {
        let slowed = |rank: Rank| {
            let mut wish = wish(Look::Run(1), rank, 10);
            wish.slow_down(8.0);
            wish.every
        };
        assert_eq!(slowed(Rank::Attention), Some(Duration::from_secs(30)));
        assert_eq!(slowed(Rank::Sweep), Some(Duration::from_secs(80)));
        let mut once = Wish {
            every: None,
            ..wish(Look::Run(1), Rank::Detail, 1)
        };
        once.slow_down(8.0);
        assert_eq!(once.every, None);
    }

    #[test]
    fn a_quiet_day_rests() {
        let wishes = [wish(Look::Sweep(0), Rank::Sweep, 60)];
        assert_eq!(play(&wishes, 30)[&Look::Sweep(0)], 30);
    }

    #[test]
    fn a_look_that_is_wanted_once_is_taken_once() {
        let wishes = [Wish {
            look: Look::Run(1),
            rank: Rank::Detail,
            every: None,
        }];
        assert_eq!(play(&wishes, 10).values().sum::<usize>(), 1);
    }
}
