//! Aggregation over the elements of a vector.

use std::collections::BTreeMap;

use promql_parser::parser::token::{T_AVG, T_COUNT, T_GROUP, T_MAX, T_MIN, T_SUM};
use promql_parser::parser::{AggregateExpr, LabelModifier};

use super::{Context, Labels, Outcome, Sample, Value, unsupported, vector_of};

/// Evaluates an aggregation.
///
/// # Errors
/// `execution` for operators other than sum, avg, min, max, count and group.
pub(super) fn aggregate(aggregate: &AggregateExpr, context: &Context<'_>) -> Outcome<Value> {
    let reduce: fn(&[f64]) -> f64 = match aggregate.op.id() {
        T_SUM => |values| values.iter().sum(),
        T_AVG => |values| values.iter().sum::<f64>() / values.len() as f64,
        T_COUNT => |values| values.len() as f64,
        T_GROUP => |_| 1.0,
        T_MIN => |values| extreme(values, f64::lt),
        T_MAX => |values| extreme(values, f64::gt),
        _ => return Err(unsupported(&format!("the aggregation {}", aggregate.op))),
    };
    let mut groups: BTreeMap<Labels, Vec<f64>> = BTreeMap::new();
    for sample in vector_of(&aggregate.expr, context)? {
        groups
            .entry(group_of(&sample.labels, aggregate.modifier.as_ref()))
            .or_default()
            .push(sample.value);
    }
    Ok(Value::Vector(
        groups
            .into_iter()
            .map(|(labels, values)| Sample {
                labels,
                value: reduce(&values),
            })
            .collect(),
    ))
}

fn group_of(labels: &Labels, modifier: Option<&LabelModifier>) -> Labels {
    match modifier {
        None => Labels::default(),
        Some(LabelModifier::Include(names)) => labels.only(&names.labels),
        Some(LabelModifier::Exclude(names)) => labels.without(&names.labels),
    }
}

/// The extreme value; `NaN` only where nothing else is there.
fn extreme(values: &[f64], beats: fn(&f64, &f64) -> bool) -> f64 {
    values
        .iter()
        .copied()
        .reduce(|best, value| {
            if best.is_nan() || beats(&value, &best) {
                value
            } else {
                best
            }
        })
        .unwrap_or(f64::NAN)
}
