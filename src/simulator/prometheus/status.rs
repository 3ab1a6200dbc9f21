//! Alerts, rules, targets and what the server says about itself.

use chrono::SecondsFormat;
use serde_json::{Map, Value as Json, json};

use crate::domain::Timestamp;
use crate::simulator::world::{World, incident::Alert};

use super::answer::Request;
use super::metrics::{FAMILIES, Family, INSTANCE, JOB, TRACKS};
use super::promql::Outcome;
use super::{number, parameters};

/// Name of the one group of rules.
const GROUP: &str = "error-budgets";
/// File of the one group of rules.
const FILE: &str = "/etc/prometheus/rules/error-budgets.yml";

fn time(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn alert(world: &World, alert: &Alert) -> Json {
    let service = world
        .services
        .get(alert.service)
        .map_or("", |service| service.name.as_str());
    json!({
        "labels": {
            "alertname": alert.name,
            "service": service,
            "severity": alert.severity,
        },
        "annotations": { "summary": alert.summary },
        "state": if alert.firing { "firing" } else { "pending" },
        "activeAt": time(alert.since),
        "value": number(alert.value),
    })
}

/// `GET /alerts`.
pub fn alerts(world: &World) -> Json {
    let alerts: Vec<Json> = world.alerts.iter().map(|one| alert(world, one)).collect();
    json!({ "alerts": alerts })
}

/// `GET /rules`: one alerting rule for each measured service of the first
/// tier, and one for each alert that has another name.
///
/// # Errors
/// `bad_data` for a `type` that is not one.
pub fn rules(world: &World, given: &[(String, String)]) -> Outcome<Json> {
    let kind = parameters::first(given, "type").unwrap_or("alert");
    if !matches!(kind, "alert" | "record") {
        return Err(super::promql::Fault::BadData(format!(
            "invalid parameter \"type\": not supported value \"{kind}\""
        )));
    }
    let wanted = |parameter: &str, value: &str| {
        let asked = parameters::all(given, parameter);
        asked.is_empty() || asked.contains(&value)
    };
    let with_alerts = parameters::first(given, "exclude_alerts") != Some("true");
    let mut names: Vec<(String, usize)> = world
        .services
        .iter()
        .enumerate()
        .filter(|(_, service)| service.tier == 1 && service.traffic.is_some())
        .map(|(index, service)| (budget_alert(&service.name), index))
        .collect();
    for alert in &world.alerts {
        if !names.iter().any(|(name, _)| *name == alert.name) {
            names.push((alert.name.clone(), alert.service));
        }
    }
    let now = time(world.now());
    let rules: Vec<Json> = names
        .iter()
        .filter(|(name, _)| kind == "alert" && wanted("rule_name[]", name))
        .map(|(name, service)| rule(world, name, *service, with_alerts, &now))
        .collect();
    let groups: Vec<Json> =
        if wanted("rule_group[]", GROUP) && wanted("file[]", FILE) && !rules.is_empty() {
            vec![json!({
                "name": GROUP,
                "file": FILE,
                "rules": rules,
                "interval": 15,
                "limit": 0,
                "evaluationTime": 0.000_4,
                "lastEvaluation": now,
            })]
        } else {
            Vec::new()
        };
    Ok(json!({ "groups": groups }))
}

/// The name of the alert about a service's error budget.
fn budget_alert(service: &str) -> String {
    let mut letters = service.chars();
    let capital: String = letters
        .next()
        .map(|letter| letter.to_uppercase().chain(letters).collect())
        .unwrap_or_default();
    format!("{}ErrorBudgetBurn", capital.replace('-', ""))
}

fn rule(world: &World, name: &str, service: usize, with_alerts: bool, now: &str) -> Json {
    let open: Vec<&Alert> = world
        .alerts
        .iter()
        .filter(|alert| alert.name == name)
        .collect();
    let state = if open.iter().any(|alert| alert.firing) {
        "firing"
    } else if open.is_empty() {
        "inactive"
    } else {
        "pending"
    };
    let service = world
        .services
        .get(service)
        .map_or("", |service| service.name.as_str());
    let canary = format!("service=\"{service}\",track=\"{}\"", TRACKS[1]);
    let expression = format!(
        "sum(rate(http_requests_total{{{canary},code=~\"5..\"}}[5m])) / sum(rate(http_requests_total{{{canary}}}[5m])) > 0.014"
    );
    let alerts: Vec<Json> = if with_alerts {
        open.iter().map(|one| alert(world, one)).collect()
    } else {
        Vec::new()
    };
    json!({
        "state": state,
        "name": name,
        "query": expression,
        "duration": 15,
        "keepFiringFor": 0,
        "labels": { "severity": "page", "service": service },
        "annotations": { "summary": format!("{service} burns its error budget too fast") },
        "alerts": alerts,
        "health": "ok",
        "evaluationTime": 0.000_2,
        "lastEvaluation": now,
        "type": "alerting",
    })
}

/// `GET /targets`.
pub fn targets(world: &World, request: &Request<'_>) -> Json {
    let state = parameters::first(request.parameters, "state").unwrap_or("any");
    let pool = parameters::first(request.parameters, "scrapePool");
    let active = json!({
        "discoveredLabels": {
            "__address__": INSTANCE,
            "__metrics_path__": "/metrics",
            "__scheme__": "http",
            "job": JOB,
        },
        "labels": { "instance": INSTANCE, "job": JOB },
        "scrapePool": JOB,
        "scrapeUrl": format!("http://{INSTANCE}/metrics"),
        "globalUrl": format!("{}/metrics", request.base),
        "lastError": "",
        "lastScrape": time(world.now()),
        "lastScrapeDuration": 0.003,
        "health": "up",
        "scrapeInterval": "5s",
        "scrapeTimeout": "5s",
    });
    let shown = state != "dropped" && pool.is_none_or(|pool| pool == JOB);
    json!({
        "activeTargets": if shown { vec![active] } else { Vec::new() },
        "droppedTargets": [],
        "droppedTargetCounts": { JOB: 0 },
    })
}

/// `GET /metadata`.
///
/// # Errors
/// `bad_data` for a limit that is no number.
pub fn metadata(given: &[(String, String)]) -> Outcome<Json> {
    let limit = parameters::count(given, "limit")?.unwrap_or(usize::MAX);
    parameters::count(given, "limit_per_metric")?;
    let metric = parameters::first(given, "metric");
    let entry = |family: &Family| {
        (
            family.name.to_owned(),
            json!([{ "type": family.kind, "unit": "", "help": family.help }]),
        )
    };
    Ok(Json::Object(
        FAMILIES
            .iter()
            .filter(|family| metric.is_none_or(|metric| metric == family.name))
            .take(limit)
            .map(entry)
            .collect::<Map<String, Json>>(),
    ))
}

/// `GET /status/buildinfo`.
pub fn build() -> Json {
    json!({
        "version": "3.8.0",
        "revision": "52efe2c0e7b3b0f4b8cba6b3e1f1a7d2c4e90b11",
        "branch": "HEAD",
        "buildUser": "tminus-simulator",
        "buildDate": "20251128-12:00:00",
        "goVersion": "go1.25.4",
    })
}
