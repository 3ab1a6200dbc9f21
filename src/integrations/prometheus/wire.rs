//! The words of the Prometheus query API, as far as they are needed.
//!
//! Source: Prometheus documentation, "HTTP API"; `VictoriaMetrics` adds
//! `isPartial`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    domain::{Text, Timestamp},
    integrations::http::Lenient,
};

/// What every answer is wrapped in.
#[derive(Deserialize)]
pub struct Envelope {
    pub status: Text,
    pub data: Option<Box<RawValue>>,
    #[serde(rename = "errorType")]
    pub error_type: Option<Text>,
    pub error: Option<Text>,
    #[serde(default)]
    pub warnings: Option<Vec<Text>>,
    #[serde(rename = "isPartial", default)]
    pub partial: Option<bool>,
}

/// The data of a query.
#[derive(Deserialize)]
pub struct QueryData {
    #[serde(rename = "resultType")]
    pub kind: Text,
    pub result: Box<RawValue>,
}

/// A point: seconds since 1970 and the value as text (`NaN`, `+Inf`).
pub type Point = (f64, Text);

/// One series of a vector or a matrix. A series may hold histograms instead of
/// or beside plain values.
#[derive(Clone, Debug, Deserialize)]
pub struct Element {
    #[serde(default)]
    pub metric: BTreeMap<Text, Text>,
    pub value: Option<Point>,
    #[serde(default)]
    pub values: Option<Vec<Point>>,
    pub histogram: Option<serde::de::IgnoredAny>,
}

/// The data of `/alerts`.
#[derive(Deserialize)]
pub struct AlertData {
    pub alerts: Lenient<Alert>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Alert {
    #[serde(default)]
    pub labels: BTreeMap<Text, Text>,
    #[serde(default)]
    pub annotations: BTreeMap<Text, Text>,
    pub state: Text,
    #[serde(rename = "activeAt")]
    pub active_at: Option<Timestamp>,
}

/// The data of `/status/buildinfo`.
#[derive(Deserialize)]
pub struct BuildInfo {
    #[serde(default)]
    pub version: Text,
}
