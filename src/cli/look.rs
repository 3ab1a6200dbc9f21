//! The commands that only look: `status`, `approvals`, `doctor`, `config
//! check`.

use std::fmt::Write as _;

use super::{
    args::Global,
    context::Context,
    documents::Approvals,
    print,
    report::{Status, approvals as waiting, connection_word},
    single_thread,
};
use crate::{
    config::{Config, ConfigOrigin},
    domain::cause_and_mend,
    error::{Error, Kind},
    model::Model,
    runtime::{now, policy},
    ui::widgets::format,
};

/// `tminus status`.
///
/// # Errors
/// When an integration did not answer as it should: the rest is printed all
/// the same.
pub fn status(global: &Global) -> Result<(), Error> {
    let context = Context::open(global)?;
    let model = single_thread()?.block_on(context.sweep());
    let status = Status::of(&model, &context.sources(), now());
    if global.json {
        print::json(&status)?;
    } else {
        print::text(&in_words(&status))?;
    }
    all_known(&model, &context)
}

/// `tminus approvals`.
///
/// # Errors
/// As [`status`].
pub fn approvals(global: &Global) -> Result<(), Error> {
    let context = Context::open(global)?;
    let model = single_thread()?.block_on(context.sweep());
    let waiting = waiting(&model);
    if global.json {
        print::json(&Approvals::of(waiting))?;
    } else if waiting.is_empty() {
        print::line("nothing waits for a yes")?;
    } else {
        for approval in &waiting {
            print::line(&format!(
                "{}\n  {} {} → {} · {} · since {} · by {}{}",
                approval.id,
                approval.service,
                approval.version.as_deref().unwrap_or("?"),
                approval.environment,
                approval.title,
                approval.waiting_since.format("%H:%M:%SZ"),
                approval.requested_by,
                if approval.can_approve == Some(false) {
                    " · not yours to answer"
                } else {
                    ""
                },
            ))?;
        }
    }
    all_known(&model, &context)
}

/// What is not known is said by the exit status.
pub(super) fn all_known(model: &Model, context: &Context) -> Result<(), Error> {
    let away: Vec<String> = context
        .sources()
        .iter()
        .filter_map(|source| {
            let health = &model.health_of(source)?.value;
            let known = matches!(
                health.connection,
                crate::domain::Connection::Ok | crate::domain::Connection::Degraded
            );
            (!known).then(|| {
                format!(
                    "{source}: {}: {}",
                    connection_word(health.connection),
                    health.detail
                )
            })
        })
        .collect();
    if away.is_empty() {
        Ok(())
    } else {
        Err(Error::new(Kind::Unknown, away.join("\n        "))
            .hint("`tminus doctor` says how to mend it"))
    }
}

fn in_words(status: &Status) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    if let Some(release) = &status.release {
        line(format!("release    {} · {:?}", release.id, release.state).to_lowercase());
    }
    for service in &status.services {
        let places: Vec<String> = service
            .environments
            .iter()
            .map(|place| format!("{} {}", place.name, place.version.as_deref().unwrap_or("?")))
            .collect();
        line(format!(
            "service    {} · {}",
            service.name,
            places.join(" · ")
        ));
    }
    for approval in &status.approvals {
        line(format!(
            "approval   {} → {} · {}",
            approval.service, approval.environment, approval.id
        ));
    }
    for canary in &status.canaries {
        line(format!(
            "canary     {} · {} % · {} · {}",
            canary.service,
            canary.weight.unwrap_or_default(),
            canary.verdict,
            canary.sentence
        ));
    }
    for incident in &status.incidents {
        line(format!(
            "incident   #{} {} · {} · {}",
            incident.number, incident.title, incident.status, incident.id
        ));
    }
    let live = status
        .runs
        .iter()
        .filter(|run| run.conclusion.is_none())
        .count();
    line(format!(
        "runs       {} known · {live} live",
        status.runs.len()
    ));
    for run in &status.runs {
        if let (Some(over), Some(p90)) = (run.over_usual_seconds, run.p90_seconds) {
            line(format!(
                "over usual {} #{} {} · at work for {} · 9 in 10 take {} at most · {}",
                run.service,
                run.number,
                run.name,
                words(p90 + over),
                words(p90),
                run.id
            ));
        }
    }
    for span in &status.calendar {
        line(format!(
            "calendar   {} · {} · {} to {}",
            span.kind, span.title, span.start, span.end
        ));
    }
    for integration in &status.integrations {
        let detail = if integration.detail.is_empty() {
            ""
        } else {
            " · "
        };
        line(format!(
            "system     {} · {}{detail}{}",
            integration.name, integration.state, integration.detail
        ));
    }
    out
}

/// A length of time in words.
fn words(seconds: i64) -> String {
    format::duration(chrono::TimeDelta::seconds(seconds))
}

/// `tminus doctor`.
///
/// # Errors
/// When something is broken.
pub fn doctor(global: &Global) -> Result<(), Error> {
    let context = Context::open(global)?;
    let mut broken = 0;
    let mut say = |ok: Option<bool>, title: &str, detail: &str, hint: &str| {
        let mark = match ok {
            Some(true) => "✓",
            Some(false) => {
                broken += 1;
                "✗"
            }
            None => "?",
        };
        let detail = if detail.is_empty() {
            String::new()
        } else {
            format!(": {detail}")
        };
        print::line(&format!("{mark} {title}{detail}"))?;
        if hint.is_empty() {
            Ok(())
        } else {
            print::line(&format!("    → {hint}"))
        }
    };
    let origin = match &context.config.origin {
        ConfigOrigin::File(path) => path.display().to_string(),
        ConfigOrigin::Checkout(checkout) => format!("the checkout of {}", checkout.repository),
    };
    say(Some(true), "configuration", &origin, "")?;
    let desk = context.desk();
    let data = context.directory.display().to_string();
    match desk.obstacle() {
        Some(_) if context.read_only => {
            say(Some(true), "journal", "read-only: nothing is written", "")?;
        }
        // That one has a line of its own.
        Some(error) if desk.policy().err() != Some(&error) => {
            say(Some(false), "journal", &error.message, &error.hint)?;
        }
        _ => say(Some(true), "journal", &data, "")?,
    }
    match desk.policy() {
        Ok(policy) => {
            let detail = format!("{} rules", policy.rules().count());
            say(Some(true), "policy", &detail, "")?;
        }
        Err(error) => say(Some(false), "policy", &error.message, &error.hint)?,
    }
    for (source, health) in context.failed() {
        let (cause, mend) = cause_and_mend(&health.detail);
        say(Some(false), source.as_str(), cause, mend)?;
    }
    let findings = single_thread()?.block_on(async {
        let mut all = Vec::new();
        for integration in context.integrations() {
            all.push((integration.id().clone(), integration.doctor().await));
        }
        all
    });
    for (source, findings) in findings {
        for finding in findings {
            say(
                finding.ok,
                &format!("{source} {}", finding.title),
                &finding.detail,
                &finding.hint,
            )?;
        }
    }
    if broken == 0 {
        Ok(())
    } else {
        Err(Error::new(
            Kind::Refused,
            format!("{broken} of the checks failed"),
        ))
    }
}

/// `tminus config check`.
///
/// # Errors
/// When the configuration is wrong: says where and how to mend it.
pub fn config_check(global: &Global) -> Result<(), Error> {
    let config = Config::find(global.config.clone())?;
    let origin = match &config.origin {
        ConfigOrigin::File(path) => path.display().to_string(),
        ConfigOrigin::Checkout(checkout) => {
            format!(
                "found in the checkout of {} on {}",
                checkout.repository, checkout.host
            )
        }
    };
    let policy = policy(&config)?;
    print::line(&format!(
        "{origin}: fine\n{} integrations, {} services, {} environments, {} releases, {} windows, \
         {} rules",
        config.systems.len(),
        config.catalog.services.len(),
        config.catalog.environments.len(),
        config.catalog.releases.len(),
        config.catalog.windows.len(),
        policy.rules().count(),
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::{TimeDelta, TimeZone as _, Utc};

    use super::*;
    use crate::domain::{Body, Catalog, Conclusion, Fact, Origin, Run, RunState, SourceId};

    /// Five good runs of 100 to 140 s, and one that began `seconds` ago.
    fn at_work_for(seconds: i64) -> Status {
        let now = Utc.timestamp_opt(1_800_000_000, 0).unwrap();
        let source = SourceId::new("github");
        let run = |number: u64, state: RunState, ago: i64, took: i64| Run {
            id: Origin::new(&source, &number.to_string()),
            service: "checkout".into(),
            number,
            attempt: 1,
            workflow: "ci".into(),
            title: "Round totals".into(),
            branch: "main".into(),
            commit: "abc".into(),
            version: None,
            environment: None,
            event: "push".into(),
            actor: "ana".into(),
            state,
            created: now - TimeDelta::seconds(ago),
            started: Some(now - TimeDelta::seconds(ago)),
            updated: now - TimeDelta::seconds(ago - took),
            url: "".into(),
        };
        let good = RunState::Done(Conclusion::Success);
        let mut runs: Vec<Run> = (1..=5)
            .zip([100, 110, 120, 130, 140])
            .map(|(number, took)| run(number, good.clone(), 10_000, took))
            .collect();
        runs.push(run(6, RunState::Running, seconds, 0));
        let mut model = Model::new(Arc::new(Catalog::default()));
        for run in runs {
            let fact = Fact {
                source: source.clone(),
                observed: now,
                body: Body::Run(run),
            };
            model.apply(fact, now);
        }
        Status::of(&model, &[], now)
    }

    #[test]
    fn a_run_over_its_usual_is_told_in_fields_and_in_words() {
        let status = at_work_for(200);
        let words = in_words(&status);
        let said = "over usual checkout #6 ci · at work for 3m20s · 9 in 10 take 2m20s at most";
        assert!(words.contains(said), "{words}");
        let json = serde_json::to_value(&status).unwrap();
        let runs = json["runs"].as_array().unwrap();
        let live = runs.iter().find(|run| run["number"] == 6).unwrap();
        assert_eq!(live["usual_seconds"], 120);
        assert_eq!(live["p90_seconds"], 140);
        assert_eq!(live["over_usual_seconds"], 60);
        let done = runs.iter().find(|run| run["number"] == 5).unwrap();
        for field in ["usual_seconds", "p90_seconds", "over_usual_seconds"] {
            assert!(done[field].is_null(), "{field} of one that is over");
        }
        assert!(!done["started_at"].is_null());
    }

    #[test]
    fn a_run_within_its_usual_is_not_told_as_over_it() {
        let status = at_work_for(140);
        assert!(!in_words(&status).contains("over usual"));
        let live = status.runs.iter().find(|run| run.number == 6).unwrap();
        assert_eq!(live.p90_seconds, Some(140));
        assert_eq!(live.over_usual_seconds, None);
    }
}
