//! What a canary and its baseline measure, and alerts.

use serde::{Deserialize, Serialize};

use super::{EnvironmentName, ServiceName, Text, Timestamp, Version};

/// One look at a running canary: its weight and its metrics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CanaryReading {
    /// The service.
    pub service: ServiceName,
    /// The environment.
    pub environment: EnvironmentName,
    /// Share of the traffic that the canary gets, in percent; none when the
    /// weight cannot be read, 0 when no canary runs.
    pub weight: Option<f64>,
    /// Weights of the plan in percent, in order, from the configuration.
    pub steps: Vec<f64>,
    /// Since when the current weight is set, where it can be told.
    pub step_since: Option<Timestamp>,
    /// Earlier changes of the weight as far as the series reach: when, and to
    /// how many percent.
    #[serde(default)]
    pub weight_changes: Vec<(Timestamp, f64)>,
    /// How long a step should bake, in seconds.
    pub bake_seconds: u32,
    /// The highest rate of false alarms of a step, over all looks at it.
    #[serde(default = "five_percent")]
    pub alpha: f64,
    /// The version under test, where the metrics tell it.
    pub canary_version: Option<Version>,
    /// The version that it is compared with.
    pub baseline_version: Option<Version>,
    /// The metrics in the order of the configuration.
    pub metrics: Vec<MetricReading>,
}

fn five_percent() -> f64 {
    0.05
}

impl Default for CanaryReading {
    fn default() -> Self {
        Self {
            service: ServiceName::default(),
            environment: EnvironmentName::default(),
            weight: None,
            steps: Vec::new(),
            step_since: None,
            weight_changes: Vec::new(),
            bake_seconds: 600,
            alpha: five_percent(),
            canary_version: None,
            baseline_version: None,
            metrics: Vec::new(),
        }
    }
}

impl CanaryReading {
    /// Whether a canary is at work: it gets some of the traffic, not all.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.weight
            .is_some_and(|weight| weight > 0.0 && weight < 100.0)
    }
}

/// What a service's own past says of its canaries: how often the judge would
/// have been wrong, and what a step can see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The service.
    pub service: ServiceName,
    /// When it was made.
    pub at: Timestamp,
    /// How long a step bakes, in seconds.
    pub bake_seconds: u32,
    /// How far back the past reached, in seconds.
    pub past_seconds: u32,
    /// The canary's share of the traffic that was assumed, 0 to 1.
    pub share: f64,
    /// The metrics in the order of the configuration.
    pub metrics: Vec<CalibratedMetric>,
}

/// What the past of one metric tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibratedMetric {
    /// The metric.
    pub name: Text,
    /// Windows that could be judged.
    pub windows: usize,
    /// Windows with a false alarm.
    pub false_alarms: usize,
    /// The smallest relative change that is found in four of five windows,
    /// such as 0.1; none where none of those tried is.
    pub sees: Option<f64>,
    /// The largest change of those tried that is not; none where each is.
    pub misses: Option<f64>,
}

impl CalibratedMetric {
    /// Fewest windows that say anything.
    pub const FEWEST: usize = 10;

    /// Whether there was enough to tell.
    #[must_use]
    pub fn tells(&self) -> bool {
        self.windows >= Self::FEWEST
    }

    /// False alarms by window, 0 to 1.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.false_alarms as f64 / self.windows.max(1) as f64
    }
}

/// A verdict of the past with all that it rested on, so that it can be held
/// against the same data in another way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptVerdict {
    /// When the reading was seen.
    pub at: Timestamp,
    /// What was said of the canary: `pass`, `marginal`, `fail`, `no data`,
    /// `error` or `inconclusive`.
    pub verdict: Text,
    /// The same of each metric, in order.
    pub metrics: Vec<Text>,
    /// Why, in one sentence.
    pub sentence: Text,
    /// What it rested on.
    pub reading: CanaryReading,
}

/// One metric on both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricReading {
    /// Name for people, such as `error rate`.
    pub name: Text,
    /// How to print it.
    pub unit: Unit,
    /// Which way is worse.
    pub direction: Direction,
    /// A critical metric decides alone.
    pub critical: bool,
    /// When the canary counts as worse.
    pub threshold: Threshold,
    /// Current value of the baseline.
    pub baseline: Sample,
    /// Current value of the canary.
    pub canary: Sample,
    /// Both sides over time.
    pub series: Series,
    /// The events behind a share, where the profile asks for them.
    #[serde(default)]
    pub counts: Option<Counts>,
}

impl MetricReading {
    /// The canary's value over the baseline's, where both are numbers and the
    /// baseline is not 0.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        let (canary, baseline) = (self.canary.value()?, self.baseline.value()?);
        (baseline != 0.0)
            .then(|| canary / baseline)
            .filter(|ratio| ratio.is_finite())
    }
}

/// Events and what they are a part of, counted in intervals that do not
/// overlap; number `i` is of the interval that ends at `start + i *
/// step_seconds`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// End of the first interval; none when there are no intervals.
    pub start: Option<Timestamp>,
    /// Length of an interval in seconds.
    pub step_seconds: u32,
    /// Events of the baseline, such as errors; none where they are missing.
    pub baseline_events: Vec<Option<f64>>,
    /// Events of the canary.
    pub canary_events: Vec<Option<f64>>,
    /// What the baseline's events are a part of, such as its requests.
    pub baseline_total: Vec<Option<f64>>,
    /// What the canary's events are a part of.
    pub canary_total: Vec<Option<f64>>,
}

/// A value, or why there is none. Empty, `NaN`, partial and warned-about
/// answers are all "no data": they never look healthy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Sample {
    /// A finite number in the metric's unit.
    Value(f64),
    /// No number, with the reason for people.
    NoData(Text),
}

impl Sample {
    /// The number, where there is one.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Value(value) => Some(*value),
            Self::NoData(_) => None,
        }
    }
}

/// Two aligned series; point `i` is at `start + i * step_seconds`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Instant of the first point; none when there are no points.
    pub start: Option<Timestamp>,
    /// Distance of the points in seconds.
    pub step_seconds: u32,
    /// The baseline; none where a point is missing.
    pub baseline: Vec<Option<f64>>,
    /// The canary; none where a point is missing.
    pub canary: Vec<Option<f64>>,
}

/// How a number is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(schemars::JsonSchema)]
pub enum Unit {
    /// A share between 0 and 1, printed in percent.
    Ratio,
    /// Seconds, printed in milliseconds below 10 s.
    Seconds,
    /// Events a second.
    PerSecond,
    /// A plain number.
    #[default]
    Number,
}

impl Unit {
    /// A number in this unit, for people: `2.31 %`, `412 ms`, `11.2 s`,
    /// `37.5/s`, `61`.
    #[must_use]
    pub fn text(self, number: f64) -> String {
        match self {
            Self::Ratio => {
                let percent = number * 100.0;
                if percent.abs() >= 10.0 {
                    format!("{percent:.1} %")
                } else {
                    format!("{percent:.2} %")
                }
            }
            Self::Seconds if number.abs() < 10.0 => format!("{:.0} ms", number * 1000.0),
            Self::Seconds => format!("{number:.1} s"),
            Self::PerSecond => format!("{number:.1}/s"),
            Self::Number if number.fract() == 0.0 && number.abs() < 1e9 => format!("{number:.0}"),
            Self::Number => format!("{number:.2}"),
        }
    }
}

/// Which way is worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(schemars::JsonSchema)]
pub enum Direction {
    /// More is worse (errors, latency).
    #[default]
    Increase,
    /// Less is worse (throughput).
    Decrease,
    /// Any difference is worse.
    Either,
}

/// What is tolerated: the canary fails when it is proven to be worse than the
/// baseline by more than `max_ratio` and by more than `min_difference`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct Threshold {
    /// Largest tolerated canary/baseline ratio (baseline/canary where less is
    /// worse).
    pub max_ratio: f64,
    /// Differences below this, in the metric's unit, never count.
    pub min_difference: f64,
}

impl Default for Threshold {
    fn default() -> Self {
        Self {
            max_ratio: 1.5,
            min_difference: 0.0,
        }
    }
}

/// One alert of a metrics backend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// The alert's name.
    pub name: Text,
    /// The service that it names in its labels, where it does.
    pub service: Option<ServiceName>,
    /// Where it stands.
    pub state: AlertState,
    /// What it says to people.
    pub summary: Text,
    /// How bad, in the backend's own word.
    pub severity: Text,
    /// Since when.
    pub since: Timestamp,
}

/// Where an alert stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlertState {
    /// The condition holds, not yet for long enough.
    Pending,
    /// It fires.
    Firing,
    /// A word that tminus does not know.
    Other(Text),
}
