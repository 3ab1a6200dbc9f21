//! The commands that only look: `status`, `approvals`, `journal`, `verify`,
//! `doctor`, `config check`.

use std::fmt::Write as _;

use super::{
    args::Global,
    context::{Context, data_directory},
    documents::Approvals,
    print,
    report::{OperationReport, Status, approvals as waiting, connection_word},
    single_thread,
};
use crate::{
    config::{Config, ConfigOrigin},
    error::{Error, Kind},
    model::Model,
    operation::{Desk, Setup},
    runtime::{actor, now, policy},
    store::journal::Verdict,
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
fn all_known(model: &Model, context: &Context) -> Result<(), Error> {
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

/// A desk that only reads: no integration is set up.
pub(super) fn reading_desk(global: &Global) -> Result<std::sync::Arc<Desk>, Error> {
    let config = match Config::find(global.config.clone()) {
        Ok(config) => Some(config),
        // The journal can be read without a configuration; a wrong one that
        // was named is said.
        Err(error) if global.config.is_some() => return Err(error),
        Err(_) => None,
    };
    Ok(Desk::open(
        &data_directory(global, config.as_ref())?,
        Setup {
            integrations: Vec::new(),
            read_only: true,
            policy: Err(Error::new(Kind::Refused, "nothing is sent from here")),
            actor: actor(),
            clock: std::sync::Arc::new(now),
        },
    ))
}

/// `tminus journal`.
///
/// # Errors
/// When the journal cannot be read.
pub fn journal(global: &Global) -> Result<(), Error> {
    let records = reading_desk(global)?.records()?;
    let reports: Vec<OperationReport> = records.iter().map(OperationReport::from).collect();
    if global.json {
        return print::json(&reports);
    }
    if reports.is_empty() {
        return print::line("nothing was done yet");
    }
    for report in &reports {
        let at = report.history.first().map_or_else(String::new, |first| {
            first.at.format("%Y-%m-%d %H:%M:%SZ").to_string()
        });
        let state = format!("{:?}", report.state).to_lowercase();
        print::line(&format!(
            "{at}  {state:9}  {}  by {}",
            report.summary, report.actor
        ))?;
        if !report.detail.is_empty() {
            print::line(&format!("                      {}", report.detail))?;
        }
    }
    Ok(())
}

/// `tminus verify`.
///
/// # Errors
/// When the chain is broken: names the first broken entry.
pub fn verify(global: &Global) -> Result<(), Error> {
    match reading_desk(global)?.journal().verify()? {
        Verdict::Whole {
            entries,
            hash,
            loose_bytes,
            ..
        } => {
            if loose_bytes > 0 {
                print::remark(&format!(
                    "{loose_bytes} bytes after the last entry are left from a crash"
                ));
            }
            print::line(&format!(
                "the journal is whole: {entries} entries, head {hash}"
            ))
        }
        Verdict::Broken(broken) => Err(Error::new(
            Kind::Refused,
            format!(
                "the journal is broken: entry {}: {}",
                broken.seq, broken.why
            ),
        )
        .hint("keep the file as it is; somebody must look at it")),
    }
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
        say(Some(false), source.as_str(), &health.detail, "")?;
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
