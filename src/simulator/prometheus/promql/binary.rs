//! Operators between scalars and vectors.

use std::collections::{BTreeMap, BTreeSet};

use promql_parser::parser::token::{
    T_ADD, T_ATAN2, T_DIV, T_EQLC, T_GTE, T_GTR, T_LAND, T_LOR, T_LSS, T_LTE, T_LUNLESS, T_MOD,
    T_MUL, T_NEQ, T_POW, T_SUB,
};
use promql_parser::parser::{BinModifier, BinaryExpr, LabelModifier, VectorMatchCardinality};

use super::{Context, Fault, Labels, Outcome, Sample, Value, evaluate, unsupported};

/// Evaluates an operator.
///
/// # Errors
/// `execution` where elements of two vectors do not pair, or for an operator
/// that is not known.
pub(super) fn binary(expr: &BinaryExpr, context: &Context<'_>) -> Outcome<Value> {
    let standard = BinModifier::default();
    let modifier = expr.modifier.as_ref().unwrap_or(&standard);
    if modifier.fill_values.lhs.is_some() || modifier.fill_values.rhs.is_some() {
        return Err(unsupported("the fill modifier"));
    }
    let left = evaluate(&expr.lhs, context)?;
    let right = evaluate(&expr.rhs, context)?;
    let operator = Operator::of(expr, modifier)?;
    match (left, right) {
        (Value::Scalar(left), Value::Scalar(right)) => Ok(Value::Scalar(
            operator.apply(left, right).unwrap_or_default(),
        )),
        (Value::Vector(left), Value::Scalar(right)) => Ok(Value::Vector(
            left.into_iter()
                .filter_map(|sample| {
                    let kept = operator.apply(sample.value, right)?;
                    Some(operator.result(sample.labels, kept, sample.value))
                })
                .collect(),
        )),
        (Value::Scalar(left), Value::Vector(right)) => Ok(Value::Vector(
            right
                .into_iter()
                .filter_map(|sample| {
                    let kept = operator.apply(left, sample.value)?;
                    Some(operator.result(sample.labels, kept, sample.value))
                })
                .collect(),
        )),
        (Value::Vector(left), Value::Vector(right)) => {
            let vector = match expr.op.id() {
                T_LAND => keep(left, &right, modifier, true),
                T_LUNLESS => keep(left, &right, modifier, false),
                T_LOR => either(left, right, modifier),
                _ => pair(left, right, modifier, operator)?,
            };
            Ok(Value::Vector(vector))
        }
        _ => Err(Fault::BadData(
            "binary expression must contain only scalar and instant vector types".to_owned(),
        )),
    }
}

/// What an operator does to two numbers.
#[derive(Clone, Copy)]
enum Operator {
    Arithmetic(fn(f64, f64) -> f64),
    Comparison {
        holds: fn(&f64, &f64) -> bool,
        as_number: bool,
    },
}

impl Operator {
    fn of(expr: &BinaryExpr, modifier: &BinModifier) -> Outcome<Self> {
        let comparison = |holds: fn(&f64, &f64) -> bool| Self::Comparison {
            holds,
            as_number: modifier.return_bool,
        };
        Ok(match expr.op.id() {
            T_ADD => Self::Arithmetic(|left, right| left + right),
            T_SUB => Self::Arithmetic(|left, right| left - right),
            T_MUL => Self::Arithmetic(|left, right| left * right),
            T_DIV => Self::Arithmetic(|left, right| left / right),
            T_MOD => Self::Arithmetic(|left, right| left % right),
            T_POW => Self::Arithmetic(f64::powf),
            T_ATAN2 => Self::Arithmetic(f64::atan2),
            T_EQLC => comparison(f64::eq),
            T_NEQ => comparison(f64::ne),
            T_LTE => comparison(f64::le),
            T_LSS => comparison(f64::lt),
            T_GTE => comparison(f64::ge),
            T_GTR => comparison(f64::gt),
            // Set operators look at no number.
            T_LAND | T_LOR | T_LUNLESS => Self::Arithmetic(|left, _| left),
            _ => return Err(unsupported(&format!("the operator {}", expr.op))),
        })
    }

    /// The result; none where a comparison filters the element out.
    fn apply(self, left: f64, right: f64) -> Option<f64> {
        match self {
            Self::Arithmetic(function) => Some(function(left, right)),
            Self::Comparison { holds, as_number } => {
                let held = holds(&left, &right);
                if as_number {
                    Some(f64::from(u8::from(held)))
                } else {
                    held.then_some(left)
                }
            }
        }
    }

    /// The element that comes out: a filter leaves it as it was.
    fn result(self, labels: Labels, result: f64, original: f64) -> Sample {
        match self {
            Self::Comparison {
                as_number: false, ..
            } => Sample {
                labels,
                value: original,
            },
            _ => Sample {
                labels: labels.nameless(),
                value: result,
            },
        }
    }
}

/// The labels by which elements of both sides find each other.
fn signature(labels: &Labels, modifier: &BinModifier) -> Labels {
    match &modifier.matching {
        Some(LabelModifier::Include(names)) => labels.only(&names.labels),
        Some(LabelModifier::Exclude(names)) => labels.without(&names.labels),
        None => labels.without(&[]),
    }
}

fn keep(left: Vec<Sample>, right: &[Sample], modifier: &BinModifier, present: bool) -> Vec<Sample> {
    let known: BTreeSet<Labels> = right
        .iter()
        .map(|sample| signature(&sample.labels, modifier))
        .collect();
    left.into_iter()
        .filter(|sample| known.contains(&signature(&sample.labels, modifier)) == present)
        .collect()
}

fn either(mut left: Vec<Sample>, right: Vec<Sample>, modifier: &BinModifier) -> Vec<Sample> {
    let additional = keep(right, &left, modifier, false);
    left.extend(additional);
    left
}

fn pair(
    left: Vec<Sample>,
    right: Vec<Sample>,
    modifier: &BinModifier,
    operator: Operator,
) -> Outcome<Vec<Sample>> {
    let (many, one, swapped) = match &modifier.card {
        VectorMatchCardinality::OneToMany(_) => (right, left, true),
        _ => (left, right, false),
    };
    let mut partners: BTreeMap<Labels, Sample> = BTreeMap::new();
    for sample in one {
        let key = signature(&sample.labels, modifier);
        let side = if swapped { "left" } else { "right" };
        if partners.contains_key(&key) {
            return Err(Fault::Execution(format!(
                "found duplicate series for the match group {} on the {side} hand-side of the operation;many-to-many matching not allowed: matching labels must be unique on one side",
                key.display()
            )));
        }
        partners.insert(key, sample);
    }
    let grouping = modifier.card.labels();
    let mut taken = BTreeSet::new();
    let mut result = Vec::new();
    for sample in many {
        let key = signature(&sample.labels, modifier);
        let Some(partner) = partners.get(&key) else {
            continue;
        };
        let (left, right) = if swapped {
            (partner.value, sample.value)
        } else {
            (sample.value, partner.value)
        };
        let Some(value) = operator.apply(left, right) else {
            continue;
        };
        let filters = matches!(
            operator,
            Operator::Comparison {
                as_number: false,
                ..
            }
        );
        let mut labels = match (&modifier.matching, grouping) {
            (Some(LabelModifier::Exclude(names)), None) if filters => {
                let mut labels = sample.labels;
                for name in &names.labels {
                    labels.set(name, "");
                }
                labels
            }
            (Some(_), None) => key,
            _ if filters => sample.labels,
            _ => sample.labels.nameless(),
        };
        for name in grouping.iter().flat_map(|names| &names.labels) {
            labels.set(name, partner.labels.get(name));
        }
        if !taken.insert(labels.clone()) {
            return Err(Fault::Execution(
                "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)".to_owned(),
            ));
        }
        result.push(Sample { labels, value });
    }
    Ok(result)
}
