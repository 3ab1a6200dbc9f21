//! From answers to samples, series and facts. Pure. Whatever is not exactly
//! one finite number is "no data", with the reason.

use super::wire;
use crate::domain::{
    Alert, AlertState, Counts, MetricReading, MetricSpec, Sample, Series, ServiceName, Text,
    Timestamp,
};

/// What a query gave: its series, or why there is nothing to be had from it.
pub type Outcome = Result<Result<Vec<wire::Element>, f64>, Text>;

/// Opens the envelope of a query's answer. `Ok(Ok)` are series, `Ok(Err)` is a
/// plain number, `Err` is the reason why nothing in it may be used: an error,
/// a warning, a partial answer.
pub fn open(envelope: &wire::Envelope) -> Outcome {
    let data = whole(envelope)?;
    let data: wire::QueryData =
        serde_json::from_str(data).map_err(|_| Text::new("the answer has no result"))?;
    let result = data.result.get();
    match data.kind.as_str() {
        "vector" | "matrix" => serde_json::from_str(result)
            .map(Ok)
            .map_err(|_| Text::new("the answer's series cannot be read")),
        "scalar" => serde_json::from_str::<wire::Point>(result)
            .ok()
            .map(|(_, text)| Err(number(&text).unwrap_or(f64::NAN)))
            .ok_or_else(|| Text::new("the answer's number cannot be read")),
        other => Err(Text::new(&format!("the query gives a {other}, no numbers"))),
    }
}

/// The data of an answer that is whole.
pub fn whole(envelope: &wire::Envelope) -> Result<&str, Text> {
    if envelope.status.as_str() != "success" {
        let kind = envelope.error_type.as_deref().unwrap_or("error");
        let why = envelope.error.as_deref().unwrap_or("no reason given");
        return Err(Text::new(&format!("{kind}: {why}")));
    }
    if envelope.partial == Some(true) {
        return Err("the answer is only a part of the data".into());
    }
    if let Some(warning) = envelope.warnings.as_ref().and_then(|all| all.first()) {
        return Err(Text::new(&format!("warning: {warning}")));
    }
    envelope
        .data
        .as_ref()
        .map(|data| data.get())
        .ok_or_else(|| "the answer holds no data".into())
}

fn number(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "+Inf" | "Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        other => other.parse().ok(),
    }
}

/// The one number that an instant query gave.
#[must_use]
pub fn sample(outcome: &Outcome) -> Sample {
    let no_data = |why: &str| Sample::NoData(Text::new(why));
    let value = match outcome {
        Err(why) => return Sample::NoData(why.clone()),
        Ok(Err(value)) => *value,
        Ok(Ok(series)) => match series.as_slice() {
            [] => return no_data("the query gave no series"),
            [one] => match (&one.value, &one.histogram) {
                (Some((_, text)), _) => match number(text) {
                    Some(value) => value,
                    None => return no_data("the value is no number"),
                },
                (None, Some(_)) => {
                    return no_data(
                        "the query gave a native histogram: use histogram_quantile or histogram_count",
                    );
                }
                (None, None) => return no_data("the series has no value"),
            },
            many => {
                return Sample::NoData(too_many(many.len()));
            }
        },
    };
    if value.is_nan() {
        no_data("the value is not a number (nothing divided by nothing?)")
    } else if value.is_infinite() {
        no_data("the value is infinite (divided by nothing?)")
    } else {
        Sample::Value(value)
    }
}

fn too_many(count: usize) -> Text {
    Text::new(&format!("query gave {count} series: aggregate it"))
}

/// The instants of a drawn series, in seconds since 1970; both ends belong to
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First point.
    pub start: i64,
    /// Last point.
    pub end: i64,
    /// Distance.
    pub step: i64,
}

/// Most points of a drawn series.
const POINTS: i64 = 120;
/// Most points that are asked for: a Prometheus refuses more than 11,000.
const MOST_POINTS: i64 = 10_000;

impl Span {
    /// The last `history` seconds before `at`, in at most 120 points, floored
    /// to the step so that points do not move between two looks.
    #[must_use]
    pub fn before(at: Timestamp, history: u32) -> Self {
        let history = i64::from(history.max(1));
        let step = history.div_euclid(POINTS) + i64::from(history % POINTS != 0);
        let end = at.timestamp().div_euclid(step) * step;
        Self {
            start: end - (history / step - 1).max(0) * step,
            end,
            step,
        }
    }

    /// The same grid, going back as far as `past` seconds.
    #[must_use]
    pub fn reaching(self, past: u32) -> Self {
        let points = (i64::from(past) / self.step).clamp(1, MOST_POINTS);
        Self {
            start: self.end - (points - 1) * self.step,
            ..self
        }
    }

    /// As [`Span::before`], with points `step` seconds apart: intervals that
    /// are counted one after the other.
    #[must_use]
    pub fn counted(at: Timestamp, history: u32, step: u32) -> Self {
        let step = i64::from(step.max(1));
        let end = at.timestamp().div_euclid(step) * step;
        let intervals = (i64::from(history) / step).clamp(1, MOST_POINTS);
        Self {
            start: end - (intervals - 1) * step,
            end,
            step,
        }
    }

    /// The changes of a value as its points tell them: when, and to what.
    #[must_use]
    pub fn changes(self, points: &[Option<f64>]) -> Vec<(Timestamp, f64)> {
        let mut found = Vec::new();
        let mut before: Option<f64> = None;
        for (at, point) in (self.start..)
            .step_by(self.step.unsigned_abs() as usize)
            .zip(points)
        {
            let Some(point) = *point else { continue };
            if before.is_some_and(|before| !close(before, point))
                && let Some(at) = chrono::DateTime::from_timestamp(at, 0)
            {
                found.push((at, point));
            }
            before = Some(point);
        }
        found
    }

    fn len(self) -> usize {
        usize::try_from((self.end - self.start) / self.step + 1).unwrap_or_default()
    }

    /// The points of a range query on this span's grid; none where one is
    /// missing or no finite number, nothing at all where the answer cannot be
    /// used.
    #[must_use]
    pub fn points(self, outcome: &Outcome) -> Vec<Option<f64>> {
        let mut grid = vec![None; self.len()];
        let Ok(Ok(series)) = outcome else {
            return grid;
        };
        let [one] = series.as_slice() else {
            return grid;
        };
        for (at, text) in one.values.iter().flatten() {
            let offset = *at - self.start as f64;
            let index = (offset / self.step as f64).round();
            if index >= 0.0
                && let Some(slot) = grid.get_mut(index as usize)
            {
                *slot = number(text).filter(|value| value.is_finite());
            }
        }
        grid
    }

    /// Since when the last point has its value; none when it always had it as
    /// far as the span reaches, or when there is no last point.
    #[must_use]
    pub fn since(self, points: &[Option<f64>], value: f64) -> Option<Timestamp> {
        let same = |point: &Option<f64>| point.is_some_and(|point| close(point, value));
        let last = points.iter().rposition(Option::is_some)?;
        if !same(&points[last]) {
            return None;
        }
        let first = points[..=last]
            .iter()
            .rposition(|point| !same(point))
            .map(|before| before + 1)?;
        let first = i64::try_from(first).ok()?;
        chrono::DateTime::from_timestamp(self.start + first * self.step, 0)
    }

    /// When the last known point was taken, where it has another value: what
    /// has this one now got it after that.
    #[must_use]
    pub fn left(self, points: &[Option<f64>], value: f64) -> Option<Timestamp> {
        let last = points.iter().rposition(Option::is_some)?;
        if points[last].is_some_and(|point| close(point, value)) {
            return None;
        }
        let last = i64::try_from(last).ok()?;
        chrono::DateTime::from_timestamp(self.start + last * self.step, 0)
    }
}

/// Weights closer than this, in percent, are the same.
pub fn close(one: f64, other: f64) -> bool {
    (one - other).abs() < 0.01
}

/// Both sides of a metric.
#[must_use]
pub fn metric(
    spec: &MetricSpec,
    baseline: Sample,
    canary: Sample,
    series: Series,
) -> MetricReading {
    MetricReading {
        name: spec.name.clone(),
        unit: spec.unit,
        direction: spec.direction,
        critical: spec.critical,
        threshold: spec.threshold,
        baseline,
        canary,
        series,
        counts: None,
    }
}

/// Four range queries of events and totals, in the order of
/// [`crate::domain::CountQueries::each`]; nothing where none has a number.
///
/// `increase()` extrapolates to the ends of its range (Prometheus
/// documentation, "Functions"), so its answer is rounded to whole events.
#[must_use]
pub fn counts(span: Span, answers: &[Outcome]) -> Option<Counts> {
    let [baseline_events, canary_events, baseline_total, canary_total] = answers else {
        return None;
    };
    let whole = |outcome: &Outcome| -> Vec<Option<f64>> {
        let points = span.points(outcome);
        points.into_iter().map(|n| n.map(f64::round)).collect()
    };
    // The series of errors begins with the first error: before it, and on a
    // side without any, none happened where there were requests.
    let of = |events: &Outcome, total: &[Option<f64>]| -> Vec<Option<f64>> {
        let told = matches!(events, Ok(Ok(series)) if series.len() <= 1);
        let points = whole(events);
        let none = |total: &Option<f64>| total.filter(|_| told).map(|_| 0.0);
        points
            .iter()
            .zip(total)
            .map(|(n, total)| n.or_else(|| none(total)))
            .collect()
    };
    let (baseline_total, canary_total) = (whole(baseline_total), whole(canary_total));
    Some(Counts {
        start: chrono::DateTime::from_timestamp(span.start, 0),
        step_seconds: u32::try_from(span.step).unwrap_or(u32::MAX),
        baseline_events: of(baseline_events, &baseline_total),
        canary_events: of(canary_events, &canary_total),
        baseline_total,
        canary_total,
    })
}

/// Two range queries, aligned.
#[must_use]
pub fn series(span: Span, baseline: &Outcome, canary: &Outcome) -> Series {
    let (baseline, canary) = (span.points(baseline), span.points(canary));
    if baseline.iter().chain(&canary).all(Option::is_none) {
        return Series::default();
    }
    Series {
        start: chrono::DateTime::from_timestamp(span.start, 0),
        step_seconds: u32::try_from(span.step).unwrap_or(u32::MAX),
        baseline,
        canary,
    }
}

/// One alert.
#[must_use]
pub fn alert(wire: &wire::Alert, now: Timestamp) -> Alert {
    let label = |name: &str| {
        wire.labels
            .get(name)
            .cloned()
            .filter(|text| !text.is_empty())
    };
    let annotation = |name: &str| wire.annotations.get(name).cloned();
    Alert {
        name: label("alertname").unwrap_or_else(|| "(no name)".into()),
        service: label("service").map(ServiceName),
        state: match wire.state.as_str() {
            "pending" => AlertState::Pending,
            "firing" => AlertState::Firing,
            _ => AlertState::Other(wire.state.clone()),
        },
        summary: annotation("summary")
            .or_else(|| annotation("description"))
            .or_else(|| annotation("message"))
            .unwrap_or_default(),
        severity: label("severity").unwrap_or_default(),
        since: wire.active_at.unwrap_or(now),
    }
}

/// The label that tells the queries of one request apart.
const MARK: &str = "tminus_query";

/// Several queries as one: each series gets a mark with its query's number.
/// `label_replace` with an empty source label sets a label on everything
/// (Prometheus documentation, "Functions"), and `or` keeps all series whose
/// labels differ. The line breaks keep a comment at a query's end within it.
#[must_use]
pub fn together(queries: &[&str]) -> String {
    let marked: Vec<String> = queries
        .iter()
        .enumerate()
        .map(|(number, query)| {
            format!("label_replace((\n{query}\n), \"{MARK}\", \"{number}\", \"\", \"\")")
        })
        .collect();
    marked.join(" or ")
}

/// The series of a combined answer, by their query's number; none when one
/// has no mark.
#[must_use]
pub fn apart(series: Vec<wire::Element>, count: usize) -> Option<Vec<Vec<wire::Element>>> {
    let mut parts = vec![Vec::new(); count];
    let mark = Text::new(MARK);
    for mut element in series {
        let number: usize = element.metric.remove(&mark)?.parse().ok()?;
        parts.get_mut(number)?.push(element);
    }
    Some(parts)
}

#[cfg(test)]
mod tests;
