//! How a watch rests between two rounds.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;

use super::clock;
use crate::{
    domain::Timestamp,
    integrations::contract::{Attention, Fault},
};

/// Longest pause after faults.
const LONGEST: Duration = Duration::from_secs(120);
/// Shortest pause between two rounds, however often somebody asks.
const SHORTEST: Duration = Duration::from_millis(500);

/// Why a rest ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// The time is over.
    Time,
    /// What the person looks at has changed in a way that matters.
    Attention,
    /// The watch shall end.
    Stop,
}

/// The pause before the next round: the interval while all is well, growing
/// with each faulty round after the other, never before the vendor allows it.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    interval: Duration,
    faults: u32,
}

impl Pace {
    /// A pace with this interval.
    #[must_use]
    pub fn new(interval: Duration) -> Self {
        Self {
            interval: interval.max(SHORTEST),
            faults: 0,
        }
    }

    /// The pause after a round that ended like this.
    pub fn after(&mut self, fault: Option<&Fault>) -> Duration {
        let Some(fault) = fault else {
            self.faults = 0;
            return self.interval;
        };
        let grown = self.interval * 2_u32.pow(self.faults.min(3));
        self.faults += 1;
        let asked = fault
            .retry_at
            .and_then(|at| (at - clock::now()).to_std().ok())
            .unwrap_or_default();
        grown.min(LONGEST).max(asked)
    }
}

/// When a pause that starts now will be over.
#[must_use]
pub fn due(pause: Duration) -> Timestamp {
    clock::now() + TimeDelta::from_std(pause).unwrap_or_default()
}

/// Rests for `pause`, less when `matters` gives something else for the
/// person's attention than at the start.
pub async fn rest<K: PartialEq>(
    pause: Duration,
    attention: &mut watch::Receiver<Attention>,
    matters: impl Fn(&Attention) -> K,
    stop: &CancellationToken,
) -> Woken {
    let start = Instant::now();
    let end = start + pause;
    let before = matters(&attention.borrow_and_update());
    let mut listening = true;
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return Woken::Stop,
            () = tokio::time::sleep_until(end) => return Woken::Time,
            change = attention.changed(), if listening => {
                // Nobody is left to look at anything: only time counts.
                listening = change.is_ok();
                if listening && matters(&attention.borrow_and_update()) != before {
                    tokio::select! {
                        () = stop.cancelled() => return Woken::Stop,
                        () = tokio::time::sleep_until(end.min(start + SHORTEST)) => {}
                    }
                    return Woken::Attention;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::Connection, integrations::http::fault::fault};

    #[test]
    fn faults_slow_the_watch_down_and_a_good_round_ends_it() {
        let mut pace = Pace::new(Duration::from_secs(15));
        let down = fault(Connection::Unreachable, "down");
        let pauses: Vec<u64> = (0..5).map(|_| pace.after(Some(&down)).as_secs()).collect();
        assert_eq!(pauses, [15, 30, 60, 120, 120]);
        assert_eq!(pace.after(None).as_secs(), 15);
        let mut asked = down;
        asked.retry_at = Some(clock::now() + TimeDelta::seconds(600));
        assert!(pace.after(Some(&asked)).as_secs() >= 599);
    }

    #[tokio::test]
    async fn only_what_matters_wakes() {
        let (sender, mut receiver) = watch::channel(Attention::default());
        let stop = CancellationToken::new();
        let matters = |attention: &Attention| attention.refresh;
        let hour = Duration::from_secs(3600);
        {
            let rest = rest(hour, &mut receiver, matters, &stop);
            tokio::pin!(rest);
            for turn in 0..20 {
                tokio::select! {
                    biased;
                    woken = &mut rest => panic!("{woken:?} in turn {turn}"),
                    () = tokio::task::yield_now() => {}
                }
                sender.send_modify(|attention| attention.services.push("x".into()));
            }
            sender.send_modify(|attention| attention.refresh += 1);
            assert_eq!(rest.await, Woken::Attention);
        }
        drop(sender);
        let nothing = Duration::ZERO;
        assert_eq!(
            rest(nothing, &mut receiver, matters, &stop).await,
            Woken::Time
        );
        stop.cancel();
        assert_eq!(rest(hour, &mut receiver, matters, &stop).await, Woken::Stop);
    }
}
