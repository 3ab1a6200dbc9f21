//! An evaluator for the part of PromQL that canary queries use. The grammar
//! is the parser crate's; the semantics follow the Prometheus documentation
//! ("Querying": basics, operators, functions). What is not evaluated is
//! refused by name, never guessed.

mod aggregate;
mod binary;
mod functions;
mod histogram;
mod over_time;
mod select;
mod value;

#[cfg(test)]
mod tests;

use promql_parser::parser::{self, Expr, token::T_SUB};

pub use select::{Telemetry, matches, selectors};
pub use value::{
    Fault, Labels, METRIC_NAME, Outcome, Point, Sample, Series, Value, is_stale, stale_marker,
};

use select::Loaded;

/// The window in which an instant selector looks back, in milliseconds, unless
/// the request says otherwise (`--query.lookback-delta`).
pub const LOOKBACK: i64 = 5 * 60 * 1000;

/// The instants at which an expression is evaluated, in milliseconds since
/// the epoch; both ends inclusive.
#[derive(Clone, Copy, Debug)]
pub struct Instants {
    /// First.
    pub start: i64,
    /// Last.
    pub end: i64,
    /// Distance; any positive number for one instant.
    pub step: i64,
    /// How far an instant selector looks back.
    pub lookback: i64,
}

impl Instants {
    /// One instant.
    #[must_use]
    pub fn one(at: i64) -> Self {
        Self {
            start: at,
            end: at,
            step: 1,
            lookback: LOOKBACK,
        }
    }
}

/// What a parsed expression is evaluated with at one instant.
struct Context<'a> {
    loaded: &'a Loaded,
    at: i64,
    lookback: i64,
}

/// Parses an expression.
///
/// # Errors
/// `bad_data`, with the parser's message.
pub fn parse(query: &str) -> Outcome<Expr> {
    if query.trim().is_empty() {
        return Err(Fault::BadData(
            "invalid parameter \"query\": unknown position: parse error: no expression found in input"
                .to_owned(),
        ));
    }
    parser::parse(query).map_err(|error| {
        Fault::BadData(format!("invalid parameter \"query\": parse error: {error}"))
    })
}

/// The value of an expression at one instant.
///
/// # Errors
/// `execution`, naming what is not supported or does not fit together.
pub fn instant(expr: &Expr, telemetry: &dyn Telemetry, instants: Instants) -> Outcome<Value> {
    let loaded = select::load(expr, telemetry, instants)?;
    evaluate(
        expr,
        &Context {
            loaded: &loaded,
            at: instants.end,
            lookback: instants.lookback,
        },
    )
}

/// The values of an expression at several instants, one series each.
///
/// # Errors
/// As [`instant`]; `bad_data` for an expression that has no number at an
/// instant.
pub fn range(expr: &Expr, telemetry: &dyn Telemetry, instants: Instants) -> Outcome<Vec<Series>> {
    let kind = expr.value_type();
    if !matches!(
        kind,
        parser::value::ValueType::Vector | parser::value::ValueType::Scalar
    ) {
        return Err(Fault::BadData(format!(
            "invalid parameter \"query\": invalid expression type \"{}\" for range query, must be Scalar or instant Vector",
            match kind {
                parser::value::ValueType::Matrix => "range vector",
                _ => "string",
            }
        )));
    }
    let loaded = select::load(expr, telemetry, instants)?;
    let mut result: std::collections::BTreeMap<Labels, Vec<Point>> =
        std::collections::BTreeMap::new();
    let mut at = instants.start;
    while at <= instants.end {
        let context = Context {
            loaded: &loaded,
            at,
            lookback: instants.lookback,
        };
        match evaluate(expr, &context)? {
            Value::Scalar(value) => result
                .entry(Labels::default())
                .or_default()
                .push(Point { at, value }),
            Value::Vector(samples) => {
                for sample in samples {
                    result.entry(sample.labels).or_default().push(Point {
                        at,
                        value: sample.value,
                    });
                }
            }
            Value::Matrix(_) | Value::Text(_) => {}
        }
        at += instants.step.max(1);
    }
    Ok(result
        .into_iter()
        .map(|(labels, points)| Series { labels, points })
        .collect())
}

fn evaluate(expr: &Expr, context: &Context<'_>) -> Outcome<Value> {
    match expr {
        Expr::NumberLiteral(number) => Ok(Value::Scalar(number.val)),
        Expr::StringLiteral(text) => Ok(Value::Text(text.val.clone())),
        Expr::Paren(inner) => evaluate(&inner.expr, context),
        Expr::Unary(inner) => negate(evaluate(&inner.expr, context)?),
        Expr::VectorSelector(selector) => Ok(Value::Vector(context.loaded.vector(
            selector,
            context.at,
            context.lookback,
        ))),
        Expr::MatrixSelector(selector) => {
            Ok(Value::Matrix(context.loaded.matrix(selector, context.at)))
        }
        Expr::Call(call) => functions::call(call, context),
        Expr::Aggregate(aggregate) => aggregate::aggregate(aggregate, context),
        Expr::Binary(binary) => binary::binary(binary, context),
        Expr::Subquery(_) => Err(unsupported("a subquery")),
        Expr::Extension(_) => Err(unsupported("an extension")),
    }
}

fn negate(value: Value) -> Outcome<Value> {
    match value {
        Value::Scalar(number) => Ok(Value::Scalar(-number)),
        Value::Vector(samples) => Ok(Value::Vector(
            samples
                .into_iter()
                .map(|sample| Sample {
                    labels: sample.labels.nameless(),
                    value: -sample.value,
                })
                .collect(),
        )),
        Value::Matrix(_) | Value::Text(_) => Err(Fault::BadData(format!(
            "unary expression {} only allowed on scalars and instant vectors",
            parser::token::TokenType::new(T_SUB)
        ))),
    }
}

/// The refusal of what this evaluator does not know.
fn unsupported(what: &str) -> Fault {
    Fault::Execution(format!("{what} is not supported by this server"))
}

fn scalar_of(expr: &Expr, context: &Context<'_>) -> Outcome<f64> {
    match evaluate(expr, context)? {
        Value::Scalar(number) => Ok(number),
        _ => Err(Fault::Execution(format!("{expr} is not a scalar"))),
    }
}

fn vector_of(expr: &Expr, context: &Context<'_>) -> Outcome<Vec<Sample>> {
    match evaluate(expr, context)? {
        Value::Vector(samples) => Ok(samples),
        _ => Err(Fault::Execution(format!("{expr} is not an instant vector"))),
    }
}
