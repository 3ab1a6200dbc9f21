//! What `tminus doctor` says about a Prometheus. Nothing is changed.

use super::{Prometheus, client::When, map};
use crate::{
    domain::{CanarySpec, Connection, Sample, ServiceName, Text},
    integrations::{
        contract::{Fault, Finding},
        http::{
            Priority, clock,
            doctor::{failed, way},
        },
    },
};

/// A clock that is further off than this is worth saying, in seconds.
const SKEW: i64 = 60;
/// Services whose queries are tried; the rest is like them.
const TRIED: usize = 20;

/// Checks one after the other; each says how to mend it.
pub async fn examine(server: &Prometheus) -> Vec<Finding> {
    let client = &server.client;
    let mut findings = way(&client.http);
    match client.version().await {
        Ok(version) => {
            let version = version.unwrap_or_else(|| "it does not tell its version".into());
            let detail = format!("{}: {version}", client.http.base());
            findings.push(finding("Prometheus answers", Some(true), &detail, ""));
        }
        Err(failure) => {
            let fault = Fault::from(failure);
            findings.push(failed("Prometheus answers", &fault, hint(&fault)));
            return findings;
        }
    }
    if let Some(skew) = client.http.skew() {
        let agrees = skew.abs() <= SKEW;
        findings.push(finding(
            "clocks agree",
            Some(agrees),
            &format!("the server's clock is {skew} s ahead of this machine's"),
            if agrees {
                ""
            } else {
                "set this machine's clock: queries are evaluated at its time"
            },
        ));
    }
    findings.push(match client.alerts(Priority::Person).await {
        Ok(Some(alerts)) => {
            let detail = format!("{} are pending or firing", alerts.items.len());
            finding("alerts can be read", Some(true), &detail, "")
        }
        Ok(None) => finding(
            "alerts can be read",
            None,
            "this server keeps no alerts",
            "with Thanos or Mimir, the ruler does",
        ),
        Err(failure) => {
            let fault = Fault::from(failure);
            failed("alerts can be read", &fault, hint(&fault))
        }
    });
    let mut tried = 0;
    for (service, spec) in server.canaries() {
        tried += 1;
        if tried > TRIED {
            break;
        }
        findings.extend(canary(server, service, spec).await);
    }
    if tried == 0 {
        findings.push(finding(
            "canaries",
            None,
            "no service has a canary that is measured here",
            "write a [profiles.NAME] with `source` and set `canary = \"NAME\"` for services",
        ));
    }
    findings
}

/// Tries the queries of one canary. What is as it should be is one line;
/// each query that is not has a line of its own.
async fn canary(server: &Prometheus, service: &ServiceName, spec: &CanarySpec) -> Vec<Finding> {
    let weight = tried_query(
        server,
        &format!("{service}: the weight"),
        &spec.weight_query,
    )
    .await;
    let runs = weight.ok == Some(true) && weight.detail.as_str() != "0";
    let mut baseline = Vec::new();
    let mut canary = Vec::new();
    for metric in &spec.metrics {
        let title = |side: &str| format!("{service}: {}, {side}", metric.name);
        baseline.push(tried_query(server, &title("baseline"), &metric.baseline_query).await);
        canary.push(tried_query(server, &title("canary"), &metric.canary_query).await);
        if let Some(counts) = &metric.counts {
            let of = [
                "baseline's events",
                "canary's events",
                "baseline's total",
                "canary's total",
            ];
            for (what, query) in of.iter().zip(counts.each()) {
                // Nothing may have gone wrong: events may be silent.
                let mut found = tried_query(server, &title(what), query).await;
                let of_canary = what.starts_with("canary");
                if what.ends_with("events") && found.ok.is_none() && (runs || !of_canary) {
                    found.ok = Some(true);
                }
                let side = if of_canary {
                    &mut canary
                } else {
                    &mut baseline
                };
                side.push(found);
            }
        }
    }
    let silent = |finding: &Finding| finding.ok.is_none();
    // Without a canary its queries have nothing to say, which is as it should
    // be; an error is one all the same.
    let resting = !runs && weight.ok != Some(false) && canary.iter().all(silent);
    let mut all = vec![weight];
    all.extend(baseline);
    if !resting {
        all.extend(canary);
    }
    if all.iter().all(|finding| finding.ok == Some(true)) {
        let count = all.len();
        let detail = if resting {
            format!("{count} queries answer; no canary runs now, so its own are silent")
        } else {
            format!("all {count} queries answer")
        };
        return vec![finding(&format!("{service}"), Some(true), &detail, "")];
    }
    all.retain(|finding| finding.ok != Some(true));
    all
}

/// What one query answers; the detail is its value where it has one.
async fn tried_query(server: &Prometheus, title: &str, query: &Text) -> Finding {
    let lag = chrono::TimeDelta::seconds(i64::from(server.settings.lag_seconds));
    let when = When::At(clock::now() - lag);
    match server.client.one(query, when, Priority::Person).await {
        Ok(outcome) => match map::sample(&outcome) {
            Sample::Value(value) => finding(title, Some(true), &format!("{value}"), ""),
            Sample::NoData(why) => {
                // An empty answer is usual while no canary runs.
                let ok = match outcome {
                    Ok(Ok(series)) if series.len() <= 1 => None,
                    _ => Some(false),
                };
                let shown = format!("try it in the server's own page: {query}");
                finding(title, ok, &why, &shown)
            }
        },
        Err(failure) => {
            let fault = Fault::from(failure);
            failed(title, &fault, hint(&fault))
        }
    }
}

fn finding(title: &str, ok: Option<bool>, detail: &str, hint: &str) -> Finding {
    Finding {
        title: Text::new(title),
        ok,
        detail: Text::new(detail),
        hint: Text::new(hint),
    }
}

fn hint(fault: &Fault) -> &'static str {
    match fault.connection {
        Connection::Unauthorised | Connection::Forbidden => {
            "check `token`, and `user` or `tenant` where the server wants them"
        }
        Connection::RateLimited => "wait; lower `requests_per_minute` if this comes back",
        Connection::Degraded => "check the path of `url`: /api/v1 is added to it",
        _ => "",
    }
}
