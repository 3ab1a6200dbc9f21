//! What a request of the query API carries.

use crate::domain::Timestamp;

use super::promql::{Fault, Outcome};

/// Most points of one series that an answer may have (Prometheus
/// `web/api/v1/api.go`).
pub const MOST_POINTS: i64 = 11_000;

/// The first value of a parameter; an empty one counts as not given.
pub fn first<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
        .filter(|value| !value.is_empty())
}

/// All values of a parameter.
pub fn all<'a>(parameters: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    parameters
        .iter()
        .filter(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
        .collect()
}

/// An instant in milliseconds since the epoch, given as seconds with
/// decimals or as RFC 3339.
///
/// # Errors
/// `bad_data` where it is neither.
pub fn instant(parameters: &[(String, String)], name: &str) -> Outcome<Option<i64>> {
    let Some(text) = first(parameters, name) else {
        return Ok(None);
    };
    if let Some(seconds) = text.parse::<f64>().ok().filter(|number| number.is_finite()) {
        return Ok(Some((seconds * 1000.0).round() as i64));
    }
    text.parse::<Timestamp>()
        .map(|at| Some(at.timestamp_millis()))
        .map_err(|_| {
            Fault::BadData(format!(
                "invalid parameter \"{name}\": cannot parse \"{text}\" to a valid timestamp"
            ))
        })
}

/// A length of time in milliseconds, given as seconds with decimals or in
/// Prometheus' own way (`1m30s`).
///
/// # Errors
/// `bad_data` where it is neither.
pub fn duration(parameters: &[(String, String)], name: &str) -> Outcome<Option<i64>> {
    let Some(text) = first(parameters, name) else {
        return Ok(None);
    };
    if let Some(seconds) = text.parse::<f64>().ok().filter(|number| number.is_finite()) {
        return Ok(Some((seconds * 1000.0).round() as i64));
    }
    promql_parser::util::parse_duration(text)
        .map(|length| i64::try_from(length.as_millis()).ok())
        .map_err(|_| {
            Fault::BadData(format!(
                "invalid parameter \"{name}\": cannot parse \"{text}\" to a valid duration"
            ))
        })
}

/// A count.
///
/// # Errors
/// `bad_data` where it is no number from 0.
pub fn count(parameters: &[(String, String)], name: &str) -> Outcome<Option<usize>> {
    first(parameters, name)
        .map(|text| {
            text.parse().map_err(|_| {
                Fault::BadData(format!(
                    "invalid parameter \"{name}\": limit must be non-negative"
                ))
            })
        })
        .transpose()
}
