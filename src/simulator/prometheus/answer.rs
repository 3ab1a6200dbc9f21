//! The HTTP API under `/api/v1`: from a request to its envelope.

use serde_json::{Map, Value as Json, json};

use crate::simulator::world::World;

use super::metrics::{self, History};
use super::promql::{self, Fault, Instants, LOOKBACK, Labels, Outcome, Series, Telemetry, Value};
use super::{number, parameters, status};

/// A request, taken apart.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method; `POST` carries its parameters in the body.
    pub method: &'a str,
    /// The path after `/api/v1/`.
    pub path: &'a str,
    /// Parameters of the address and of the form, in order.
    pub parameters: &'a [(String, String)],
    /// The address of the server, for links.
    pub base: &'a str,
    /// Adds this warning to the answers of queries.
    pub warning: Option<&'a str>,
}

/// An answer in JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: Json,
}

/// Answers a request; none for a path that the API does not have.
pub fn answer(world: &World, request: &Request<'_>) -> Option<Answer> {
    let reads = request.method == "GET" || request.method == "HEAD";
    let reads_or_posts = reads || request.method == "POST";
    let parts: Vec<&str> = request.path.split('/').collect();
    let data = match parts.as_slice() {
        ["query"] if reads_or_posts => query(world, request),
        ["query_range"] if reads_or_posts => query_range(world, request),
        ["labels"] if reads_or_posts => labels(world, request),
        ["series"] if reads_or_posts => series(world, request),
        ["label", name, "values"] if reads => label_values(world, request, name),
        ["alerts"] if reads => Ok(status::alerts(world)),
        ["rules"] if reads => status::rules(world, request.parameters),
        ["targets"] if reads => Ok(status::targets(world, request)),
        ["metadata"] if reads => status::metadata(request.parameters),
        ["status", "buildinfo"] if reads => Ok(status::build()),
        _ => return None,
    };
    let warned = matches!(
        parts.as_slice(),
        ["query" | "query_range" | "series" | "labels"]
    );
    Some(match data {
        Ok(data) => {
            let mut body = json!({"status": "success", "data": data});
            if let (true, Some(warning)) = (warned, request.warning) {
                body["warnings"] = json!([warning]);
            }
            Answer { status: 200, body }
        }
        Err(fault) => error(fault),
    })
}

/// The envelope of a refusal.
pub fn error(fault: Fault) -> Answer {
    let (status, kind, text) = match fault {
        Fault::BadData(text) => (400, "bad_data", text),
        Fault::Execution(text) => (422, "execution", text),
    };
    Answer {
        status,
        body: json!({"status": "error", "errorType": kind, "error": text}),
    }
}

fn query(world: &World, request: &Request<'_>) -> Outcome<Json> {
    let now = world.now().timestamp_millis();
    let at = parameters::instant(request.parameters, "time")?.unwrap_or(now);
    let limit = parameters::count(request.parameters, "limit")?;
    parameters::duration(request.parameters, "timeout")?;
    let instants = Instants {
        lookback: lookback(request)?,
        ..Instants::one(at)
    };
    let parsed = promql::parse(parameters::first(request.parameters, "query").unwrap_or_default())?;
    let seconds = seconds(at);
    Ok(match promql::instant(&parsed, &History(world), instants)? {
        Value::Scalar(value) => {
            json!({"resultType": "scalar", "result": [seconds, number(value)]})
        }
        Value::Text(text) => json!({"resultType": "string", "result": [seconds, text]}),
        Value::Vector(samples) => {
            let result: Vec<Json> = samples
                .iter()
                .take(limited(limit))
                .map(|sample| {
                    json!({
                        "metric": identity(&sample.labels),
                        "value": [seconds.clone(), number(sample.value)],
                    })
                })
                .collect();
            json!({"resultType": "vector", "result": result})
        }
        Value::Matrix(series) => json!({"resultType": "matrix", "result": matrix(&series, limit)}),
    })
}

fn query_range(world: &World, request: &Request<'_>) -> Outcome<Json> {
    let required = |name: &str, found: Option<i64>| {
        found.ok_or_else(|| {
            Fault::BadData(format!(
                "invalid parameter \"{name}\": cannot parse \"\" to a valid {}",
                if name == "step" {
                    "duration"
                } else {
                    "timestamp"
                }
            ))
        })
    };
    let start = required("start", parameters::instant(request.parameters, "start")?)?;
    let end = required("end", parameters::instant(request.parameters, "end")?)?;
    if end < start {
        return Err(Fault::BadData(
            "invalid parameter \"end\": end timestamp must not be before start time".to_owned(),
        ));
    }
    let step = required("step", parameters::duration(request.parameters, "step")?)?;
    if step <= 0 {
        return Err(Fault::BadData(
            "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer".to_owned(),
        ));
    }
    if (end - start) / step > parameters::MOST_POINTS {
        return Err(Fault::BadData(
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)".to_owned(),
        ));
    }
    let limit = parameters::count(request.parameters, "limit")?;
    parameters::duration(request.parameters, "timeout")?;
    let instants = Instants {
        start,
        end,
        step,
        lookback: lookback(request)?,
    };
    let parsed = promql::parse(parameters::first(request.parameters, "query").unwrap_or_default())?;
    let series = promql::range(&parsed, &History(world), instants)?;
    Ok(json!({"resultType": "matrix", "result": matrix(&series, limit)}))
}

fn lookback(request: &Request<'_>) -> Outcome<i64> {
    Ok(parameters::duration(request.parameters, "lookback_delta")?
        .filter(|length| *length > 0)
        .unwrap_or(LOOKBACK))
}

fn limited(limit: Option<usize>) -> usize {
    limit.filter(|limit| *limit > 0).unwrap_or(usize::MAX)
}

fn matrix(series: &[Series], limit: Option<usize>) -> Vec<Json> {
    series
        .iter()
        .take(limited(limit))
        .map(|one| {
            let values: Vec<Json> = one
                .points
                .iter()
                .map(|point| json!([seconds(point.at), number(point.value)]))
                .collect();
            json!({"metric": identity(&one.labels), "values": values})
        })
        .collect()
}

fn identity(labels: &Labels) -> Json {
    Json::Object(
        labels
            .iter()
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect::<Map<String, Json>>(),
    )
}

/// Milliseconds as Prometheus writes an instant: seconds, with decimals only
/// where there are some.
fn seconds(at: i64) -> Json {
    if at % 1000 == 0 {
        json!(at / 1000)
    } else {
        json!(at as f64 / 1000.0)
    }
}

/// Series that the `match[]` parameters select within `start` and `end`.
fn selected(world: &World, request: &Request<'_>, needed: bool) -> Outcome<Vec<Labels>> {
    let now = world.now().timestamp_millis();
    let end = parameters::instant(request.parameters, "end")?.unwrap_or(now);
    let start = parameters::instant(request.parameters, "start")?.unwrap_or(i64::MIN / 4);
    let texts = parameters::all(request.parameters, "match[]");
    if texts.is_empty() && needed {
        return Err(Fault::BadData("no match[] parameter provided".to_owned()));
    }
    let mut expressions = Vec::new();
    for text in texts {
        let parsed = promql::parse(text).map_err(|fault| match fault {
            Fault::BadData(text) | Fault::Execution(text) => {
                Fault::BadData(text.replace("\"query\"", "\"match[]\""))
            }
        })?;
        if !matches!(parsed, promql_parser::parser::Expr::VectorSelector(_)) {
            return Err(Fault::BadData(format!(
                "invalid parameter \"match[]\": {text} is not a series selector"
            )));
        }
        expressions.push(parsed);
    }
    let selectors: Vec<_> = expressions.iter().flat_map(promql::selectors).collect();
    let wanted = |labels: &Labels| {
        selectors.is_empty()
            || selectors
                .iter()
                .any(|(selector, _)| promql::matches(selector, labels))
    };
    Ok(History(world)
        .series(&wanted, start.saturating_sub(1), end)
        .into_iter()
        .map(|series| series.labels)
        .collect())
}

fn series(world: &World, request: &Request<'_>) -> Outcome<Json> {
    let limit = parameters::count(request.parameters, "limit")?;
    let found = selected(world, request, true)?;
    Ok(found.iter().take(limited(limit)).map(identity).collect())
}

fn labels(world: &World, request: &Request<'_>) -> Outcome<Json> {
    let limit = parameters::count(request.parameters, "limit")?;
    let mut names = metrics::label_names(&selected(world, request, false)?);
    names.truncate(limited(limit));
    Ok(json!(names))
}

fn label_values(world: &World, request: &Request<'_>, name: &str) -> Outcome<Json> {
    let limit = parameters::count(request.parameters, "limit")?;
    let mut values = metrics::label_values(&selected(world, request, false)?, name);
    values.truncate(limited(limit));
    Ok(json!(values))
}
