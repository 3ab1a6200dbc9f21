//! What the judge answers: the output of `tminus canary judge --json`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::Text;

/// What is said of a metric, or of them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Verdict {
    /// Not shown to be worse.
    #[serde(rename = "pass")]
    Pass,
    /// Something is worse, and too little for an alarm.
    #[serde(rename = "marginal")]
    Marginal,
    /// Worse: the alarm.
    #[serde(rename = "fail")]
    Fail,
    /// One side or both have no data, or no longer.
    #[serde(rename = "no data")]
    NoData,
    /// The data contradicts itself.
    #[serde(rename = "error")]
    Error,
    /// There is data, and too little to judge by.
    #[serde(rename = "inconclusive")]
    Inconclusive,
}

impl Verdict {
    /// The word for people and for JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Marginal => "marginal",
            Self::Fail => "fail",
            Self::NoData => "no data",
            Self::Error => "error",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// The verdict on an analysis.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// The total.
    pub verdict: Verdict,
    /// 0 to 100; null when no metric could be judged.
    pub score: Option<f64>,
    /// The verdict in one sentence.
    #[schemars(with = "String")]
    pub sentence: Text,
    /// One verdict a metric, in order.
    pub metrics: Vec<MetricReport>,
}

/// The verdict on one metric.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MetricReport {
    /// The metric's name.
    #[schemars(with = "String")]
    pub name: Text,
    /// What is said of it.
    pub verdict: Verdict,
    /// Whether it decides alone.
    pub critical: bool,
    /// Kayenta mode: its class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// Limits of the estimate: at the level of this metric and at any look; in
    /// Kayenta mode at 98 %. Null where there are none.
    pub interval: Option<[f64; 2]>,
    /// Canary less baseline in the metric's unit; for counts the canary's rate
    /// over the baseline's.
    pub estimate: Option<f64>,
    /// The canary over the baseline, 1 when they are alike; in Kayenta mode in
    /// the measure that was chosen.
    pub effect: Option<f64>,
    /// Evidence against "no worse than the baseline", now; an alarm at 1 over
    /// the level, at any look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub e_value: Option<f64>,
    /// The verdict on it in one sentence.
    #[schemars(with = "String")]
    pub why: Text,
    /// The numbers behind it.
    pub details: Details,
}

/// Kayenta's class of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// No difference that matters.
    Pass,
    /// The canary is higher.
    High,
    /// The canary is lower.
    Low,
    /// One side or both are empty.
    #[serde(rename = "nodata")]
    NoData,
    /// As that, and it counts against the score.
    #[serde(rename = "nodata_fail")]
    NoDataFail,
    /// It could not be judged.
    Error,
}

/// The numbers behind a verdict; null where one has no meaning.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Details {
    /// What stood in the way of a judgement: `too_few_points`, `stale`, `gaps`,
    /// `counter_reset`, `sample_ratio_mismatch`, `no_traffic`, `no_data`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precondition: Option<Precondition>,
    /// Points or events of the baseline that were judged.
    pub baseline_samples: f64,
    /// Points or events of the canary that were judged.
    pub canary_samples: f64,
    /// Points that are missing, of both sides.
    pub gaps: usize,
    /// As many independent points a side would tell as much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_samples: Option<f64>,
    /// Likeness of neighbours in time, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autocorrelation: Option<f64>,
    /// How much more the events vary than single independent ones would.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dispersion: Option<f64>,
    /// The level of this metric: its part of the analysis's alpha.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f64>,
    /// The change that is tolerated, in the unit of the estimate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
    /// The strongest evidence at any look so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub e_value_max: Option<f64>,
    /// After how many points or intervals the alarm was first due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm_after: Option<usize>,
    /// What would change the verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub would_change: Option<Text>,
    /// Kayenta mode: it is critical and failed critically.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub critical_failure: Option<bool>,
}

/// What stood in the way of a judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Precondition {
    /// Nothing on one side or both.
    NoData,
    /// Fewer points than can be judged by.
    TooFewPoints,
    /// One side stopped reporting.
    Stale,
    /// Too many points are missing in between.
    Gaps,
    /// A count went down.
    CounterReset,
    /// The canary does not get the share that was set.
    SampleRatioMismatch,
    /// One side gets no requests.
    NoTraffic,
}

/// A number with three significant digits, for people.
#[must_use]
pub fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if !(1e-4..1e6).contains(&size) {
        format!("{value:.2e}")
    } else {
        let digits = (2.0 - size.log10().floor()).clamp(0.0, 7.0) as usize;
        format!("{value:.digits$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        for (value, text) in [
            (0.0, "0"),
            (12.345, "12.3"),
            (1234.5, "1234"),
            (-0.012_345, "-0.0123"),
            (1.2e-7, "1.20e-7"),
            (3.0, "3.00"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
