//! Function calls.

use promql_parser::label::MatchOp;
use promql_parser::parser::{Call, Expr};

use super::{
    Context, Fault, Labels, Outcome, Sample, Value, evaluate, histogram, over_time, scalar_of,
    unsupported, vector_of,
};

/// Evaluates a call.
///
/// # Errors
/// `execution` naming a function that is not evaluated here.
pub(super) fn call(call: &Call, context: &Context<'_>) -> Outcome<Value> {
    let arguments = &call.args.args;
    let argument = |index: usize| -> Outcome<&Expr> {
        arguments.get(index).map(AsRef::as_ref).ok_or_else(|| {
            Fault::BadData(format!(
                "expected more arguments in call to {:?}",
                call.func.name
            ))
        })
    };
    match call.func.name {
        "time" => Ok(Value::Scalar(context.at as f64 / 1000.0)),
        "pi" => Ok(Value::Scalar(std::f64::consts::PI)),
        "vector" => Ok(Value::Vector(vec![Sample {
            labels: Labels::default(),
            value: scalar_of(argument(0)?, context)?,
        }])),
        "scalar" => Ok(Value::Scalar(
            match vector_of(argument(0)?, context)?.as_slice() {
                [only] => only.value,
                _ => f64::NAN,
            },
        )),
        "absent" => absent(argument(0)?, context),
        "histogram_quantile" => {
            let rank = scalar_of(argument(0)?, context)?;
            let buckets = vector_of(argument(1)?, context)?;
            Ok(Value::Vector(histogram::quantile(rank, buckets)))
        }
        "clamp" => {
            let low = scalar_of(argument(1)?, context)?;
            let high = scalar_of(argument(2)?, context)?;
            let vector = vector_of(argument(0)?, context)?;
            if low > high {
                return Ok(Value::Vector(Vec::new()));
            }
            Ok(map(vector, |value| clamp(value, low, high)))
        }
        "clamp_min" => {
            let low = scalar_of(argument(1)?, context)?;
            Ok(map(vector_of(argument(0)?, context)?, |value| {
                clamp(value, low, f64::INFINITY)
            }))
        }
        "clamp_max" => {
            let high = scalar_of(argument(1)?, context)?;
            Ok(map(vector_of(argument(0)?, context)?, |value| {
                clamp(value, f64::NEG_INFINITY, high)
            }))
        }
        "label_replace" => {
            let text = |index: usize| match argument(index)? {
                Expr::StringLiteral(text) => Ok(text.val.as_str()),
                _ => Err(unsupported("the function label_replace() of no text")),
            };
            // Only the form that sets a label on everything.
            if !(text(3)?.is_empty() && text(4)?.is_empty()) || text(2)?.contains('$') {
                return Err(unsupported("the function label_replace() with a pattern"));
            }
            let mut vector = vector_of(argument(0)?, context)?;
            for sample in &mut vector {
                sample.labels.set(text(1)?, text(2)?);
            }
            Ok(Value::Vector(vector))
        }
        "sort" | "sort_desc" => {
            let mut vector = vector_of(argument(0)?, context)?;
            vector.sort_by(|left, right| left.value.total_cmp(&right.value));
            if call.func.name == "sort_desc" {
                vector.reverse();
            }
            Ok(Value::Vector(vector))
        }
        name => {
            if let Some(function) = simple(name) {
                return Ok(map(vector_of(argument(0)?, context)?, function));
            }
            if let (1, Ok(Expr::MatrixSelector(selector))) = (arguments.len(), argument(0)) {
                let Value::Matrix(matrix) = evaluate(argument(0)?, context)? else {
                    return Err(unsupported(&format!("the function {name}()")));
                };
                let until = context.at - super::select::offset_of(&selector.vs);
                let seconds = selector.range.as_secs_f64();
                return over_time::apply(name, matrix, seconds, until).map(Value::Vector);
            }
            Err(unsupported(&format!("the function {name}()")))
        }
    }
}

/// Functions that look at each value alone.
fn simple(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "abs" => f64::abs,
        "ceil" => f64::ceil,
        "floor" => f64::floor,
        "exp" => f64::exp,
        "ln" => f64::ln,
        "log2" => f64::log2,
        "log10" => f64::log10,
        "sqrt" => f64::sqrt,
        "sgn" => |value| {
            if value == 0.0 { 0.0 } else { value.signum() }
        },
        _ => return None,
    })
}

fn map(vector: Vec<Sample>, function: impl Fn(f64) -> f64) -> Value {
    Value::Vector(
        vector
            .into_iter()
            .map(|sample| Sample {
                labels: sample.labels.nameless(),
                value: function(sample.value),
            })
            .collect(),
    )
}

/// `NaN` stays `NaN`.
fn clamp(value: f64, low: f64, high: f64) -> f64 {
    if value.is_nan() || low.is_nan() || high.is_nan() {
        f64::NAN
    } else {
        value.max(low).min(high)
    }
}

/// One where there is nothing. The labels are those that a selector names by
/// equality, each once.
fn absent(argument: &Expr, context: &Context<'_>) -> Outcome<Value> {
    if !vector_of(argument, context)?.is_empty() {
        return Ok(Value::Vector(Vec::new()));
    }
    let mut labels = Labels::default();
    if let Expr::VectorSelector(selector) = argument {
        let matchers = &selector.matchers.matchers;
        for matcher in matchers {
            let once = matchers
                .iter()
                .filter(|other| other.name == matcher.name)
                .count()
                == 1;
            if once && matches!(matcher.op, MatchOp::Equal) {
                labels.set(&matcher.name, &matcher.value);
            }
        }
    }
    Ok(Value::Vector(vec![Sample {
        labels: labels.nameless(),
        value: 1.0,
    }]))
}
