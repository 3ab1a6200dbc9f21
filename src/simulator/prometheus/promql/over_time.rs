//! Functions of range vectors. Rates extrapolate to the ends of the range as
//! the Prometheus documentation of `rate()` describes it: to an end that is
//! nearer than 1.1 sample distances, else by half a distance, and never to
//! before a counter would have been zero.

use super::{Outcome, Point, Sample, Series, unsupported};

/// Applies a function of one range vector.
///
/// # Errors
/// `execution` for a function that is not one of these.
pub(super) fn apply(
    name: &str,
    matrix: Vec<Series>,
    range_seconds: f64,
    until: i64,
) -> Outcome<Vec<Sample>> {
    let function: fn(&[Point], Window) -> Option<f64> = match name {
        "rate" => {
            |points, window| extrapolated(points, window, true).map(|total| total / window.seconds)
        }
        "increase" => |points, window| extrapolated(points, window, true),
        "delta" => |points, window| extrapolated(points, window, false),
        "irate" => |points, _| instant_rate(points),
        "idelta" => |points, _| match points {
            [.., before, last] => Some(last.value - before.value),
            _ => None,
        },
        "avg_over_time" => |points, _| Some(sum(points) / points.len() as f64),
        "sum_over_time" => |points, _| Some(sum(points)),
        "count_over_time" => |points, _| Some(points.len() as f64),
        "min_over_time" => |points, _| extreme(points, f64::lt),
        "max_over_time" => |points, _| extreme(points, f64::gt),
        "last_over_time" => |points, _| points.last().map(|point| point.value),
        "present_over_time" => |_, _| Some(1.0),
        "changes" => |points, _| {
            Some(count_pairs(points, |before, after| {
                before.total_cmp(&after).is_ne()
            }))
        },
        "resets" => |points, _| Some(count_pairs(points, |before, after| after < before)),
        other => return Err(unsupported(&format!("the function {other}()"))),
    };
    let window = Window {
        seconds: range_seconds,
        until,
    };
    Ok(matrix
        .into_iter()
        .filter_map(|series| {
            let value = function(&series.points, window)?;
            let labels = if name == "last_over_time" {
                series.labels
            } else {
                series.labels.nameless()
            };
            Some(Sample { labels, value })
        })
        .collect())
}

#[derive(Clone, Copy)]
struct Window {
    seconds: f64,
    until: i64,
}

fn sum(points: &[Point]) -> f64 {
    points.iter().map(|point| point.value).sum()
}

/// The extreme value; `NaN` counts only where nothing else is there.
fn extreme(points: &[Point], beats: fn(&f64, &f64) -> bool) -> Option<f64> {
    points
        .iter()
        .map(|point| point.value)
        .reduce(|best, value| {
            if best.is_nan() || beats(&value, &best) {
                value
            } else {
                best
            }
        })
}

fn count_pairs(points: &[Point], counts: fn(f64, f64) -> bool) -> f64 {
    points
        .windows(2)
        .filter(|pair| matches!(pair, [before, after] if counts(before.value, after.value)))
        .count() as f64
}

fn instant_rate(points: &[Point]) -> Option<f64> {
    let [.., before, last] = points else {
        return None;
    };
    let seconds = (last.at - before.at) as f64 / 1000.0;
    let grown = if last.value < before.value {
        last.value
    } else {
        last.value - before.value
    };
    (seconds > 0.0).then(|| grown / seconds)
}

/// The growth over the whole range. A counter that falls was reset to zero,
/// so what it had counts on.
fn extrapolated(points: &[Point], window: Window, counter: bool) -> Option<f64> {
    let (first, last) = (points.first()?, points.last()?);
    let sampled = (last.at - first.at) as f64 / 1000.0;
    if points.len() < 2 || sampled <= 0.0 {
        return None;
    }
    let mut growth = last.value - first.value;
    if counter {
        growth += points
            .windows(2)
            .filter_map(|pair| match pair {
                [before, after] if after.value < before.value => Some(before.value),
                _ => None,
            })
            .sum::<f64>();
    }
    let distance = sampled / (points.len() - 1) as f64;
    let reach = |gap: f64| {
        if gap < distance * 1.1 {
            gap
        } else {
            distance / 2.0
        }
    };
    // In whole milliseconds: seconds since the epoch leave too few digits.
    let begin = window.until - (window.seconds * 1000.0).round() as i64;
    let mut before = reach((first.at - begin) as f64 / 1000.0);
    if counter && growth > 0.0 && first.value >= 0.0 {
        before = before.min(sampled * (first.value / growth));
    }
    let after = reach((window.until - last.at) as f64 / 1000.0);
    Some(growth * (sampled + before + after) / sampled)
}
