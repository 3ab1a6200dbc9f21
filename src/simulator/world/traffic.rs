//! What a service's metrics say: request, error and latency counters for the
//! baseline and the canary, integrated over time as a deterministic function
//! of the seed, and sampled so that a query can look back.

use std::collections::VecDeque;

use crate::{domain::Timestamp, simulator::clock::span};

/// Upper bounds of the latency histogram in seconds; `+Inf` follows.
pub const BUCKETS: [f64; 11] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Seconds between two samples of the past.
pub const SAMPLE_SECONDS: f64 = 5.0;
/// Samples that are kept: a bit more than an hour of the past.
const KEPT: usize = 2_000;

/// Counters since the process began; they only rise.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counters {
    /// Requests.
    pub requests: f64,
    /// Those of them that were answered with a 5xx.
    pub errors: f64,
    /// Sum of the latencies in seconds.
    pub latency_sum: f64,
    /// Requests at or below each of [`BUCKETS`], cumulative as Prometheus
    /// wants it; `+Inf` equals `requests`.
    pub buckets: [f64; BUCKETS.len()],
}

/// One look at a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// What most of the traffic gets.
    pub baseline: Counters,
    /// The canary, while there is one.
    pub canary: Option<Counters>,
    /// Share of the traffic that the canary gets, in percent.
    pub weight: f64,
    /// Busy share of the baseline's and the canary's processes.
    pub saturation: [f64; 2],
}

/// A version on trial.
#[derive(Clone, Debug)]
pub struct Canary {
    /// The version.
    pub version: String,
    /// Share of the traffic in percent.
    pub weight: f64,
    /// Since when it has this share.
    pub since: Timestamp,
    /// Share of its requests that fail.
    pub error_ratio: f64,
    /// How much slower it is than the baseline, as a factor.
    pub slowness: f64,
    counters: Counters,
}

/// The traffic of one service.
#[derive(Clone, Debug)]
pub struct Traffic {
    /// The version that most of the traffic gets.
    pub version: String,
    /// The version on trial.
    pub canary: Option<Canary>,
    /// Requests a second at this time of day.
    pub rate: f64,
    /// Share of the baseline's requests that fail.
    pub error_ratio: f64,
    /// Median latency in seconds.
    pub latency: f64,
    /// Samples, oldest first.
    pub samples: VecDeque<Sample>,
    phase: f64,
    baseline: Counters,
    at: Timestamp,
}

impl Traffic {
    /// Traffic that begins at `at`; `phase` (0 to 1) makes services differ.
    pub fn new(version: &str, rate: f64, latency: f64, phase: f64, at: Timestamp) -> Self {
        let mut traffic = Self {
            version: version.to_owned(),
            canary: None,
            rate,
            error_ratio: 0.0041,
            latency,
            samples: VecDeque::new(),
            phase,
            baseline: Counters::default(),
            at,
        };
        // A process that has served for days does not start from nothing.
        traffic.baseline = grown(
            Counters::default(),
            rate * 86_400.0,
            traffic.error_ratio,
            latency,
        );
        traffic.sample();
        traffic
    }

    /// Integrates up to `now` and keeps a sample.
    pub fn advance(&mut self, now: Timestamp) {
        let seconds = (now - self.at).num_milliseconds() as f64 / 1000.0;
        if seconds <= 0.0 {
            return;
        }
        let total = self.rate * (1.0 + 0.08 * self.wave(97.0) + 0.03 * self.wave(13.0)) * seconds;
        let share = self
            .canary
            .as_ref()
            .map_or(0.0, |canary| canary.weight / 100.0);
        let errors = self.error_ratio * (1.0 + 0.09 * self.wave(31.0));
        let latency = self.latency * (1.0 + 0.05 * self.wave(53.0));
        let noise = 1.0 + 0.06 * self.wave(23.0);
        self.baseline = grown(self.baseline, total * (1.0 - share), errors, latency);
        if let Some(canary) = &mut self.canary {
            canary.counters = grown(
                canary.counters,
                total * share,
                canary.error_ratio * noise,
                latency * canary.slowness,
            );
        }
        self.at = now;
        self.sample();
    }

    /// Gives the canary this share of the traffic; the first share starts it.
    pub fn set_weight(&mut self, version: &str, weight: f64) {
        let at = self.at;
        match &mut self.canary {
            Some(canary) => {
                canary.weight = weight;
                canary.since = at;
            }
            None => {
                self.canary = Some(Canary {
                    version: version.to_owned(),
                    weight,
                    since: at,
                    error_ratio: self.error_ratio,
                    slowness: 1.02,
                    counters: Counters::default(),
                });
            }
        }
        self.sample();
    }

    /// Ends the trial; `promoted` makes the version on trial the baseline.
    pub fn end_canary(&mut self, promoted: bool) {
        if let Some(canary) = self.canary.take()
            && promoted
        {
            self.version = canary.version;
        }
        self.sample();
    }

    /// The newest sample.
    pub fn latest(&self) -> Option<&Sample> {
        self.samples.back()
    }

    /// Instant up to which the counters are integrated.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    fn sample(&mut self) {
        let sample = Sample {
            at: self.at,
            baseline: self.baseline,
            canary: self.canary.as_ref().map(|canary| canary.counters),
            weight: self.canary.as_ref().map_or(0.0, |canary| canary.weight),
            saturation: [
                0.46 + 0.06 * self.wave(71.0),
                (0.47 + 0.05 * self.wave(61.0))
                    * self.canary.as_ref().map_or(1.0, |canary| canary.slowness),
            ],
        };
        if self.samples.back().is_some_and(|last| last.at == self.at) {
            self.samples.pop_back();
        }
        self.samples.push_back(sample);
        if self.samples.len() > KEPT {
            self.samples.pop_front();
        }
    }

    fn wave(&self, period: f64) -> f64 {
        let seconds = self.at.timestamp_millis() as f64 / 1000.0;
        (std::f64::consts::TAU * (seconds.rem_euclid(period) / period + self.phase * 7.0)).sin()
    }
}

/// The counters after `requests` more. The latencies follow a log-logistic
/// distribution with the given median, so that the cumulative share at a
/// bound `x` is `1 / (1 + (median / x)^3.2)`.
fn grown(counters: Counters, requests: f64, error_ratio: f64, median: f64) -> Counters {
    let mut next = counters;
    next.requests += requests;
    next.errors += requests * error_ratio;
    next.latency_sum += requests * median * 1.18;
    for (bucket, bound) in next.buckets.iter_mut().zip(BUCKETS) {
        *bucket += requests / (1.0 + (median / bound).powf(3.2));
    }
    next
}

/// The instant of the next sample after `at`.
pub fn next_sample(at: Timestamp, start: Timestamp, speed: f64) -> Timestamp {
    let step = if at < start {
        SAMPLE_SECONDS
    } else {
        (SAMPLE_SECONDS / speed).clamp(1.0, SAMPLE_SECONDS)
    };
    at + span(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds)
    }

    #[test]
    fn counters_only_rise_and_buckets_are_cumulative() {
        let mut traffic = Traffic::new("1.0.0", 100.0, 0.08, 0.3, at(0));
        for second in (5..600).step_by(5) {
            traffic.advance(at(second));
        }
        let samples: Vec<_> = traffic.samples.iter().collect();
        for pair in samples.windows(2) {
            assert!(pair[1].baseline.requests > pair[0].baseline.requests);
            assert!(pair[1].baseline.errors > pair[0].baseline.errors);
        }
        let buckets = samples[samples.len() - 1].baseline.buckets;
        assert!(buckets.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(buckets[10] <= samples[samples.len() - 1].baseline.requests);
    }

    #[test]
    fn a_canary_takes_its_share_and_its_own_errors() {
        let mut traffic = Traffic::new("1.0.0", 100.0, 0.08, 0.3, at(0));
        traffic.set_weight("1.1.0", 25.0);
        if let Some(canary) = &mut traffic.canary {
            canary.error_ratio = 0.023;
        }
        let before = traffic.latest().cloned().unwrap();
        traffic.advance(at(60));
        let after = traffic.latest().cloned().unwrap();
        let canary = after.canary.unwrap();
        let baseline = after.baseline.requests - before.baseline.requests;
        assert!((canary.requests / (canary.requests + baseline) - 0.25).abs() < 1e-9);
        assert!((canary.errors / canary.requests - 0.023).abs() < 0.002);
        traffic.end_canary(false);
        assert_eq!(traffic.version, "1.0.0");
        assert!(traffic.latest().unwrap().canary.is_none());
    }
}
