//! What an expression evaluates to.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The label that carries a metric's name.
pub const METRIC_NAME: &str = "__name__";

/// The bits of the special NaN by which Prometheus marks that a series ended
/// at that instant (`model/value/value.go`, `StaleNaN`).
const STALE_BITS: u64 = 0x7ff0_0000_0000_0002;

/// The value of a sample that says: this series ended.
#[must_use]
pub fn stale_marker() -> f64 {
    f64::from_bits(STALE_BITS)
}

/// Whether a value is the marker that a series ended.
#[must_use]
pub fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE_BITS
}

/// A series' identity: label names with their values, sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Labels(BTreeMap<String, String>);

impl Labels {
    /// The labels of a metric.
    pub fn of(metric: &str, labels: &[(&str, &str)]) -> Self {
        let mut result = Self::default();
        result.set(METRIC_NAME, metric);
        for (name, value) in labels {
            result.set(name, value);
        }
        result
    }

    /// A label's value; absent and empty are the same in Prometheus.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Sets a label; an empty value removes it.
    pub fn set(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            self.0.remove(name);
        } else {
            self.0.insert(name.to_owned(), value.to_owned());
        }
    }

    /// The same without the metric's name: what functions and operators give.
    #[must_use]
    pub fn nameless(mut self) -> Self {
        self.0.remove(METRIC_NAME);
        self
    }

    /// Only these labels.
    #[must_use]
    pub fn only(&self, names: &[String]) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(name, _)| names.contains(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
    }

    /// All but these labels and the metric's name.
    #[must_use]
    pub fn without(&self, names: &[String]) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(name, _)| *name != METRIC_NAME && !names.contains(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
    }

    /// Names and values in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// As Prometheus writes a series in messages: `{a="b"}`.
    #[must_use]
    pub fn display(&self) -> String {
        let mut text = String::from("{");
        for (index, (name, value)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let _ = write!(text, "{comma}{name}={value:?}");
        }
        text.push('}');
        text
    }
}

/// One measured value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Milliseconds since the epoch.
    pub at: i64,
    /// The value; [`stale_marker`] where the series ended.
    pub value: f64,
}

/// A series with its points, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Identity.
    pub labels: Labels,
    /// Points, oldest first.
    pub points: Vec<Point>,
}

/// One element of an instant vector.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Identity.
    pub labels: Labels,
    /// Value at the evaluation's instant.
    pub value: f64,
}

/// What an expression gives at one instant.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// One number.
    Scalar(f64),
    /// One number a series.
    Vector(Vec<Sample>),
    /// Points of each series within a range.
    Matrix(Vec<Series>),
    /// A string literal.
    Text(String),
}

/// Why an expression has no value, in the words of the API's `errorType`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `bad_data`, 400: the request makes no sense.
    BadData(String),
    /// `execution`, 422: it parses, but cannot be evaluated.
    Execution(String),
}

/// What every evaluation step gives.
pub type Outcome<T> = Result<T, Fault>;
