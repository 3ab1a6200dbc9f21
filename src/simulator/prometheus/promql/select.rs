//! Selectors: which series, and which of their points.

use std::collections::HashMap;

use promql_parser::label::Matcher;
use promql_parser::parser::{Expr, MatrixSelector, Offset, VectorSelector};

use super::value::is_stale;
use super::{Fault, Instants, Labels, METRIC_NAME, Outcome, Point, Sample, Series, unsupported};

/// Where measured values come from.
pub trait Telemetry {
    /// The series whose labels are wanted, with their points within
    /// `after < at <= until` (milliseconds since the epoch), oldest first.
    fn series(&self, wanted: &dyn Fn(&Labels) -> bool, after: i64, until: i64) -> Vec<Series>;
}

/// Whether labels satisfy a selector.
#[must_use]
pub fn matches(selector: &VectorSelector, labels: &Labels) -> bool {
    let all = |matchers: &[Matcher]| {
        matchers
            .iter()
            .all(|matcher| matcher.is_match(labels.get(&matcher.name)))
    };
    let named = selector
        .name
        .as_ref()
        .is_none_or(|name| name == labels.get(METRIC_NAME));
    let alternatives = &selector.matchers.or_matchers;
    named
        && all(&selector.matchers.matchers)
        && (alternatives.is_empty() || alternatives.iter().any(|group| all(group)))
}

/// The selectors of an expression with the length of their range in
/// milliseconds; none for instant selectors.
#[must_use]
pub fn selectors(expr: &Expr) -> Vec<(&VectorSelector, Option<i64>)> {
    let mut found = Vec::new();
    collect(expr, &mut found);
    found
}

fn collect<'a>(expr: &'a Expr, found: &mut Vec<(&'a VectorSelector, Option<i64>)>) {
    match expr {
        Expr::VectorSelector(selector) => found.push((selector, None)),
        Expr::MatrixSelector(selector) => found.push((&selector.vs, Some(range_of(selector)))),
        Expr::Paren(inner) => collect(&inner.expr, found),
        Expr::Unary(inner) => collect(&inner.expr, found),
        Expr::Subquery(inner) => collect(&inner.expr, found),
        Expr::Aggregate(inner) => {
            collect(&inner.expr, found);
            if let Some(parameter) = &inner.param {
                collect(parameter, found);
            }
        }
        Expr::Binary(inner) => {
            collect(&inner.lhs, found);
            collect(&inner.rhs, found);
        }
        Expr::Call(call) => {
            for argument in &call.args.args {
                collect(argument, found);
            }
        }
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => {}
    }
}

fn range_of(selector: &MatrixSelector) -> i64 {
    i64::try_from(selector.range.as_millis()).unwrap_or(i64::MAX / 4)
}

pub(super) fn offset_of(selector: &VectorSelector) -> i64 {
    let length = |duration: &std::time::Duration| {
        i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
    };
    match &selector.offset {
        None => 0,
        Some(Offset::Pos(duration)) => length(duration),
        Some(Offset::Neg(duration)) => -length(duration),
    }
}

/// The series of each selector of one expression, read once for all instants.
/// A selector is known by its place in the parsed tree, which does not move
/// during the evaluation.
pub(super) struct Loaded(HashMap<usize, Vec<Series>>);

fn place(selector: &VectorSelector) -> usize {
    std::ptr::from_ref(selector).addr()
}

/// Reads what the selectors of an expression need.
///
/// # Errors
/// `execution` for the `@` modifier.
pub(super) fn load(expr: &Expr, telemetry: &dyn Telemetry, instants: Instants) -> Outcome<Loaded> {
    let mut loaded = HashMap::new();
    for (selector, range) in selectors(expr) {
        if selector.at.is_some() {
            return Err(unsupported("the @ modifier"));
        }
        if selector.name.is_none() && selector.matchers.is_empty_matchers() {
            return Err(Fault::BadData(
                "invalid parameter \"query\": parse error: vector selector must contain at least one non-empty matcher".to_owned(),
            ));
        }
        let offset = offset_of(selector);
        let reach = range.unwrap_or(instants.lookback);
        let series = telemetry.series(
            &|labels| matches(selector, labels),
            instants.start - offset - reach,
            instants.end - offset,
        );
        loaded.insert(place(selector), series);
    }
    Ok(Loaded(loaded))
}

impl Loaded {
    fn of(&self, selector: &VectorSelector) -> &[Series] {
        self.0.get(&place(selector)).map_or(&[], Vec::as_slice)
    }

    /// The newest value of each series within the look-back; a series that
    /// has ended is not there.
    pub(super) fn vector(&self, selector: &VectorSelector, at: i64, lookback: i64) -> Vec<Sample> {
        let until = at - offset_of(selector);
        self.of(selector)
            .iter()
            .filter_map(|series| {
                let last = window(&series.points, until - lookback, until).last()?;
                (!is_stale(last.value)).then(|| Sample {
                    labels: series.labels.clone(),
                    value: last.value,
                })
            })
            .collect()
    }

    /// The points of each series within the range; the range is open on the
    /// left (since Prometheus 3.0).
    pub(super) fn matrix(&self, selector: &MatrixSelector, at: i64) -> Vec<Series> {
        let until = at - offset_of(&selector.vs);
        self.of(&selector.vs)
            .iter()
            .filter_map(|series| {
                let points: Vec<Point> = window(&series.points, until - range_of(selector), until)
                    .iter()
                    .copied()
                    .filter(|point| !is_stale(point.value))
                    .collect();
                (!points.is_empty()).then(|| Series {
                    labels: series.labels.clone(),
                    points,
                })
            })
            .collect()
    }
}

/// The points with `after < at <= until`.
fn window(points: &[Point], after: i64, until: i64) -> &[Point] {
    let from = points.partition_point(|point| point.at <= after);
    let to = points.partition_point(|point| point.at <= until);
    points.get(from..to).unwrap_or(&[])
}
