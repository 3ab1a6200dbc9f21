//! From the picture to what is printed.

use super::{
    AlertReport, ApprovalReport, CalendarReport, CanaryReport, EnvironmentReport, IncidentReport,
    IntegrationReport, MetricReport, OperationReport, ReleaseReport, ReleaseServiceReport,
    RunReport, ServiceReport, Status, TransitionReport, VERSION,
};
use crate::{
    analysis::canary::Report as Judgement,
    domain::{
        AlertState, Approval, CanaryReading, Conclusion, Connection, Incident, IncidentStatus,
        OperationRecord, Run, RunState, SourceId, Timestamp, Urgency, Window, WindowKind,
    },
    model::{Model, Stamped},
};

impl Status {
    /// Puts the picture together as it is at `now`.
    #[must_use]
    pub fn of(model: &Model, sources: &[SourceId], now: Timestamp) -> Self {
        let environments = model.environments();
        Self {
            version: VERSION,
            at: now,
            release: model.active_release(now).map(|view| release(&view)),
            services: model
                .services()
                .map(|name| ServiceReport {
                    name: name.to_string(),
                    tier: model
                        .catalog()
                        .service(name)
                        .and_then(|service| service.tier),
                    environments: environments
                        .iter()
                        .filter_map(|environment| {
                            let served = model.served(name, environment)?;
                            Some(EnvironmentReport {
                                name: environment.to_string(),
                                version: Some(served.version.to_string()),
                                since: Some(served.since),
                                observed_at: Some(served.observed),
                            })
                        })
                        .collect(),
                })
                .collect(),
            runs: model.runs().map(|one| run(model, one, now)).collect(),
            approvals: approvals(model),
            canaries: model
                .live_canaries()
                .map(|reading| canary(reading, model.judgement(&reading.value.service)))
                .collect(),
            incidents: model.open_incidents().into_iter().map(incident).collect(),
            alerts: model
                .alerts()
                .map(|alert| AlertReport {
                    name: alert.name.to_string(),
                    service: alert.service.as_ref().map(ToString::to_string),
                    state: match &alert.state {
                        AlertState::Pending => "pending".to_owned(),
                        AlertState::Firing => "firing".to_owned(),
                        AlertState::Other(word) => word.to_string(),
                    },
                    summary: alert.summary.to_string(),
                    since: alert.since,
                })
                .collect(),
            calendar: calendar(model, now),
            integrations: sources
                .iter()
                .map(|source| integration(model, source))
                .collect(),
        }
    }
}

/// All that waits for a human's yes.
#[must_use]
pub fn approvals(model: &Model) -> Vec<ApprovalReport> {
    model.approvals().into_iter().map(approval).collect()
}

fn release(view: &crate::model::ReleaseView<'_>) -> ReleaseReport {
    ReleaseReport {
        id: view.release.id.to_string(),
        name: view.release.name.to_string(),
        state: view.state,
        captain: view.release.captain.as_ref().map(ToString::to_string),
        start: view.release.start,
        services: view
            .items
            .iter()
            .map(|progress| ReleaseServiceReport {
                name: progress.item.service.to_string(),
                environment: progress.item.environment.to_string(),
                from: progress.item.from.as_ref().map(ToString::to_string),
                to: progress.item.to.to_string(),
                there: progress.there,
            })
            .collect(),
    }
}

fn run(model: &Model, run: &Stamped<Run>, now: Timestamp) -> RunReport {
    let (status, conclusion) = state_words(&run.value.state);
    // Of thousands of runs that are over nobody asks.
    let at_work = !matches!(run.value.state, RunState::Done(_));
    let usual = at_work.then(|| model.usual(&run.value)).flatten();
    let over = model.over_usual(&run.value, now);
    RunReport {
        id: run.value.id.to_string(),
        integration: run.value.id.source.to_string(),
        service: run.value.service.to_string(),
        name: run.value.workflow.to_string(),
        number: run.value.number,
        attempt: run.value.attempt,
        title: run.value.title.to_string(),
        branch: run.value.branch.to_string(),
        commit: run.value.commit.to_string(),
        status,
        conclusion,
        url: run.value.url.to_string(),
        created_at: run.value.created,
        started_at: run.value.started,
        usual_seconds: usual.map(|usual| usual.median.num_seconds()),
        p90_seconds: usual.and_then(|usual| usual.p90.map(|p90| p90.num_seconds())),
        over_usual_seconds: over.map(|over| over.num_seconds()),
        observed_at: run.observed,
    }
}

fn state_words(state: &RunState) -> (String, Option<String>) {
    let conclusion = match state {
        RunState::Queued => return ("queued".to_owned(), None),
        RunState::Running => return ("running".to_owned(), None),
        RunState::Waiting => return ("waiting".to_owned(), None),
        RunState::Other(word) => return (word.to_string(), None),
        RunState::Done(conclusion) => conclusion,
    };
    let word = match conclusion {
        Conclusion::Success => "success",
        Conclusion::Failure => "failure",
        Conclusion::Cancelled => "cancelled",
        Conclusion::Skipped => "skipped",
        Conclusion::TimedOut => "timed_out",
        Conclusion::ActionRequired => "action_required",
        Conclusion::Neutral => "neutral",
        Conclusion::Stale => "stale",
        Conclusion::StartupFailure => "startup_failure",
        Conclusion::Other(word) => word.as_str(),
    };
    ("completed".to_owned(), Some(word.to_owned()))
}

fn approval(approval: Stamped<&Approval>) -> ApprovalReport {
    let value = approval.value;
    ApprovalReport {
        id: value.id.to_string(),
        service: value.service.to_string(),
        environment: value.environment.to_string(),
        run: value.run.to_string(),
        version: value.version.as_ref().map(ToString::to_string),
        title: value.title.to_string(),
        requested_by: value.requested_by.to_string(),
        waiting_since: value.waiting_since,
        can_approve: value.can_approve,
        url: value.url.to_string(),
        observed_at: approval.observed,
    }
}

/// What is reported of a canary.
pub fn canary(canary: &Stamped<CanaryReading>, judgement: &Judgement) -> CanaryReport {
    let reading = &canary.value;
    let weight = reading.weight.unwrap_or_default();
    CanaryReport {
        service: reading.service.to_string(),
        environment: reading.environment.to_string(),
        weight: reading.weight,
        step: reading.steps.iter().filter(|step| **step <= weight).count(),
        steps: reading.steps.len(),
        verdict: judgement.verdict.word().to_owned(),
        score: judgement.score,
        sentence: judgement.sentence.to_string(),
        metrics: reading
            .metrics
            .iter()
            .zip(&judgement.metrics)
            .map(|(metric, judged)| MetricReport {
                name: metric.name.to_string(),
                baseline: metric.baseline.value(),
                canary: metric.canary.value(),
                verdict: judged.verdict.word().to_owned(),
                why: judged.why.to_string(),
                effect: judged.effect,
                interval: judged.interval,
                e_value: judged.e_value,
                critical: metric.critical,
            })
            .collect(),
        observed_at: canary.observed,
    }
}

fn incident(incident: &Stamped<Incident>) -> IncidentReport {
    let value = &incident.value;
    IncidentReport {
        id: value.id.to_string(),
        number: value.number,
        title: value.title.to_string(),
        urgency: match &value.urgency {
            Urgency::High => "high".to_owned(),
            Urgency::Low => "low".to_owned(),
            Urgency::Other(word) => word.to_string(),
        },
        status: match &value.status {
            IncidentStatus::Triggered => "triggered".to_owned(),
            IncidentStatus::Acknowledged => "acknowledged".to_owned(),
            IncidentStatus::Resolved => "resolved".to_owned(),
            IncidentStatus::Other(word) => word.to_string(),
        },
        service: value.service.as_ref().map(ToString::to_string),
        created_at: value.created,
        url: value.url.to_string(),
        observed_at: incident.observed,
    }
}

fn calendar(model: &Model, now: Timestamp) -> Vec<CalendarReport> {
    let until = now + chrono::TimeDelta::days(7);
    let mut spans: Vec<CalendarReport> = model
        .windows_between(now, until)
        .into_iter()
        .map(window)
        .collect();
    for release in model.releases_in_order() {
        let Some(start) = release.start else { continue };
        let end = release.end.unwrap_or(start);
        if start < until && end >= now {
            spans.push(CalendarReport {
                kind: "release".to_owned(),
                title: release.name.to_string(),
                start,
                end,
                services: release
                    .items
                    .iter()
                    .map(|item| item.service.to_string())
                    .collect(),
            });
        }
    }
    spans.sort_by_key(|span| span.start);
    spans
}

fn window(window: &Window) -> CalendarReport {
    CalendarReport {
        kind: match &window.kind {
            WindowKind::Freeze => "freeze".to_owned(),
            WindowKind::Change => "change".to_owned(),
            WindowKind::Maintenance => "maintenance".to_owned(),
            WindowKind::Release => "release".to_owned(),
            WindowKind::Milestone => "milestone".to_owned(),
            WindowKind::Other(word) => word.to_string(),
        },
        title: window.title.to_string(),
        start: window.start,
        end: window.end,
        services: window.services.iter().map(ToString::to_string).collect(),
    }
}

fn integration(model: &Model, source: &SourceId) -> IntegrationReport {
    let Some(health) = model.health_of(source) else {
        return IntegrationReport {
            name: source.to_string(),
            state: connection_word(Connection::Connecting).to_owned(),
            last_ok: None,
            detail: "it has not answered yet".to_owned(),
            requests_left: None,
        };
    };
    IntegrationReport {
        name: source.to_string(),
        state: connection_word(health.value.connection).to_owned(),
        last_ok: health.value.last_ok,
        detail: health.value.detail.to_string(),
        requests_left: health.value.budget.map(|budget| budget.remaining),
    }
}

/// The word of a connection's state.
#[must_use]
pub fn connection_word(connection: Connection) -> &'static str {
    match connection {
        Connection::Connecting => "connecting",
        Connection::Ok => "ok",
        Connection::Degraded => "degraded",
        Connection::Unreachable => "unreachable",
        Connection::Unauthorised => "unauthorised",
        Connection::Forbidden => "forbidden",
        Connection::RateLimited => "rate_limited",
    }
}

impl From<&OperationRecord> for OperationReport {
    fn from(record: &OperationRecord) -> Self {
        let intent = &record.intent;
        let target = intent.act.target().map_or_else(
            || {
                let service = intent.service.as_ref().map_or("", |name| name.as_str());
                let environment = intent.environment.as_ref().map_or("", |name| name.as_str());
                format!("{service}@{environment}")
            },
            ToString::to_string,
        );
        Self {
            version: VERSION,
            id: record.id.to_string(),
            action: intent.act.verb().to_owned(),
            summary: record.summary.to_string(),
            target,
            actor: record.actor.to_string(),
            reason: intent.reason.to_string(),
            request: record.request.to_string(),
            state: record.state,
            detail: record
                .history
                .last()
                .map_or_else(String::new, |last| last.detail.to_string()),
            history: record
                .history
                .iter()
                .map(|transition| TransitionReport {
                    at: transition.at,
                    state: transition.state,
                    detail: transition.detail.to_string(),
                })
                .collect(),
            again_of: record.again_of.as_ref().map(ToString::to_string),
            again_as: record.again_as.as_ref().map(ToString::to_string),
        }
    }
}
