//! What changed since the last good one, and a guess at what of it broke a run.
//!
//! A run is compared with the last good run of its workflow: on its branch
//! where there is one, else on the default branch, else on any. A deployment
//! that failed, and a run that failed with one, is compared with what served
//! there before. What serves is compared with what served before it. For a
//! failed run the log of its first failed job is read for what its errors name,
//! and only when the files between the two sides overlap with that are the
//! files of single commits asked for.

use std::cmp::Reverse;

use super::{Effect, refuse, settle};
use crate::{
    analysis::{
        log::Excerpt,
        suspects::{self, Change, mentions},
    },
    command::{self, Item, Pane},
    domain::{
        Comparison, Conclusion, Deployment, DeploymentState, EnvironmentName, LogState, Origin,
        Run, RunState, ServiceName, SourceId, Text, Timestamp,
    },
    integrations::contract::Query,
    model::{Model, Stint},
    ui::{
        app::{App, CompareView, Evidence, Named, Overlay},
        overlays::compare,
        widgets::format,
    },
};

/// Commits whose files are asked for, the newest ones: each is a request.
const COMMITS: usize = 12;
/// What default branches are usually called. Vendors' lists of runs do not
/// tell which one it is.
const DEFAULT_BRANCHES: [&str; 3] = ["main", "master", "trunk"];

/// What to compare.
#[derive(Debug)]
pub(super) struct Wanted {
    source: SourceId,
    service: ServiceName,
    base: Text,
    head: Text,
    good: String,
    failed: Option<Origin>,
}

/// What a comparison would be about: what is selected, or the job of the log
/// that is read.
pub(super) fn about(app: &App) -> Option<Item> {
    if app.focus() == Some(Pane::Log) {
        return app.log.as_ref()?.job().cloned().map(Item::Job);
    }
    app.selection().cloned()
}

/// Opens the comparison of what is selected.
pub(super) fn open(app: &mut App, effects: &mut Vec<Effect>) {
    let Some(item) = about(app) else {
        return;
    };
    let Wanted {
        source,
        service,
        base,
        head,
        good,
        failed,
    } = match wanted(&app.model, &item, app.now) {
        Ok(wanted) => wanted,
        Err(why) => return refuse(app, &why),
    };
    let mut view = of(app, CompareView::new(source, service, base, head), effects);
    let job = match item {
        Item::Job(job) | Item::Step(job, _) => Some(job),
        _ => None,
    };
    let is_failed = |id: &Origin| {
        app.model
            .job(id)
            .is_some_and(|(_, job)| job.state.is_failed())
    };
    view.good = good;
    view.evidence = failed.map(|run| Evidence {
        run,
        job: job.filter(is_failed),
        asked_jobs: false,
        asked_log: false,
        reads: false,
        named: Named::NotYet,
        looked: Vec::new(),
        suspects: Vec::new(),
        fault: Text::default(),
    });
    app.overlays.push(Overlay::Compare(Box::new(view)));
    follow(app, effects);
}

/// The comparison of two sides; what of it is not known yet is asked for.
pub(super) fn of(app: &App, view: CompareView, effects: &mut Vec<Effect>) -> CompareView {
    fetch(
        app,
        &view.source,
        &view.service,
        (&view.base, &view.head),
        effects,
    );
    if app.model.code_owners(&view.service).is_none() {
        effects.push(Effect::Fetch {
            source: view.source.clone(),
            query: Query::CodeOwners(view.service.clone()),
        });
    }
    view
}

/// Asks for what lies between two sides, where that is not known.
pub(super) fn fetch(
    app: &App,
    source: &SourceId,
    service: &ServiceName,
    (base, head): (&Text, &Text),
    effects: &mut Vec<Effect>,
) {
    if app.model.comparison(service, base, head).is_none() {
        effects.push(Effect::Fetch {
            source: source.clone(),
            query: Query::Compare {
                service: service.clone(),
                base: base.clone(),
                head: head.clone(),
            },
        });
    }
}

/// What to compare the item with: the last good run or version; or why there
/// is nothing.
pub(super) fn wanted(model: &Model, item: &Item, now: Timestamp) -> Result<Wanted, String> {
    let service = command::service(model, item).ok_or("select something of one service first")?;
    let source = model
        .catalog()
        .service(&service)
        .and_then(|spec| spec.host.clone())
        .or_else(|| Some(command::run(model, item)?.source))
        .ok_or_else(|| format!("nobody said where the code of {service} lives (services.host)"))?;
    let (base, head, good, failed) = match (item, failed_deployment(model, item)) {
        (_, Some((deployment, before))) => (
            before.commit.clone(),
            deployment.commit.clone(),
            served(&before, &deployment.environment, now),
            deployment.run.clone(),
        ),
        (Item::Run(_) | Item::Job(_) | Item::Step(..), None) => {
            let run = super::intent::run(model, item)?;
            let good = last_good(model, run).ok_or_else(|| {
                format!(
                    "no good run of {} is known before #{}",
                    run.workflow, run.number
                )
            })?;
            let failed = run.state.is_failed().then(|| run.id.clone());
            (
                good.commit.clone(),
                run.commit.clone(),
                good_run(run, good, now),
                failed,
            )
        }
        (Item::Approval(id), None) => {
            let approval = model.approval(id).ok_or("it does not wait any more")?.value;
            let served = model
                .served(&service, &approval.environment)
                .ok_or_else(|| format!("{} serves nothing yet", approval.environment))?;
            let good = format!("{} serves {} now", approval.environment, served.version);
            (served.commit.clone(), approval.commit.clone(), good, None)
        }
        (_, None) => {
            let environment = model
                .production_of(&service)
                .ok_or("no production environment is known")?;
            let head = model
                .leaving(&service, environment)
                .ok_or_else(|| format!("it is not known what serves {service}"))?;
            let good = model
                .rollback_targets(&service, environment)
                .into_iter()
                .next()
                .ok_or_else(|| format!("no other version of {service} is known to have served"))?;
            let words = served(&good, environment, now);
            (good.version.0.clone(), head.0.clone(), words, None)
        }
    };
    Ok(Wanted {
        source,
        service,
        base,
        head,
        good,
        failed,
    })
}

/// The deployment that failed, or that failed with a run, and what served in
/// its environment before. None where nothing did.
fn failed_deployment<'a>(model: &'a Model, item: &Item) -> Option<(&'a Deployment, Stint<'a>)> {
    let deployment = match item {
        Item::Deployment(id) => &model.deployment(id)?.value,
        Item::Run(_) | Item::Job(_) | Item::Step(..) => {
            model.failed_deployment(super::intent::run(model, item).ok()?)?
        }
        _ => return None,
    };
    if deployment.state != DeploymentState::Failure {
        return None;
    }
    Some((deployment, model.served_before(deployment)?))
}

/// Until when a version served, in words.
fn served(stint: &Stint<'_>, environment: &EnvironmentName, now: Timestamp) -> String {
    match stint.until {
        Some(until) => format!(
            "{} served {environment} before, until {} ago",
            stint.version,
            format::age(now - until)
        ),
        None => format!("{} serves {environment} now", stint.version),
    }
}

/// How near the branch of another run is to that of this one.
fn nearness(run: &Run, other: &Run) -> u8 {
    if other.branch == run.branch {
        2
    } else {
        u8::from(DEFAULT_BRANCHES.contains(&other.branch.as_str()))
    }
}

/// The last good run of the same workflow before this one.
fn last_good<'a>(model: &'a Model, run: &Run) -> Option<&'a Run> {
    model
        .runs_of(&run.service)
        .map(|found| &found.value)
        .filter(|other| {
            other.workflow == run.workflow
                && other.id != run.id
                && other.created < run.created
                && other.state == RunState::Done(Conclusion::Success)
        })
        // Of equals the first, and they come newest first.
        .min_by_key(|other| (Reverse(nearness(run, other)), Reverse(other.created)))
}

fn good_run(run: &Run, good: &Run, now: Timestamp) -> String {
    let past = format::age(now - good.updated);
    let elsewhere = if good.branch == run.branch {
        String::new()
    } else {
        format!("; none is known on {}", run.branch)
    };
    format!(
        "the last good run is #{} on {}, {past} ago{elsewhere}",
        good.number, good.branch
    )
}

/// Lets every comparison go on with what came in.
pub(super) fn follow(app: &mut App, effects: &mut Vec<Effect>) {
    let open =
        |overlay: &Overlay| matches!(overlay, Overlay::Compare(view) if view.evidence.is_some());
    if !app.overlays.iter().any(open) {
        return;
    }
    let mut overlays = std::mem::take(&mut app.overlays);
    for overlay in &mut overlays {
        if let Overlay::Compare(view) = overlay {
            ask(&app.model, view, effects);
            judge(&app.model, view);
        }
    }
    app.overlays = overlays;
}

/// Computes anew what the comparisons say that are open: when something
/// `changed`, and when there is another width.
pub(super) fn refresh(app: &mut App, changed: bool) {
    let area = settle::area(app);
    let width = compare::width(area);
    for overlay in &mut app.overlays {
        if let Overlay::Compare(view) = overlay
            && (changed || view.width != width)
        {
            view.lines = compare::lines::all(&app.model, view, width);
            view.width = width;
            view.scroll = view.scroll.min(compare::scroll_end(view, area));
        }
    }
}

/// Asks for what is missing next: the jobs, the log, the files of commits.
fn ask(model: &Model, view: &mut CompareView, effects: &mut Vec<Effect>) {
    let Some(evidence) = &mut view.evidence else {
        return;
    };
    if evidence.job.is_none() {
        match model.jobs(&evidence.run) {
            None if !evidence.asked_jobs => {
                evidence.asked_jobs = true;
                effects.push(Effect::Fetch {
                    source: evidence.run.source.clone(),
                    query: Query::Jobs(evidence.run.clone()),
                });
            }
            None => {}
            Some(jobs) => {
                let failed = jobs.value.items.iter().find(|job| job.state.is_failed());
                evidence.job = failed.map(|job| job.id.clone());
                if failed.is_none() {
                    evidence.named = Named::NoLog(Text::new("no job of it failed"));
                }
            }
        }
    }
    if let Some(job) = &evidence.job
        && evidence.named == Named::NotYet
        && !evidence.reads
    {
        match model.log(job).map(|log| &log.value.state) {
            Some(LogState::Stored { .. }) => {
                evidence.reads = true;
                effects.push(Effect::ReadLog(job.clone()));
            }
            Some(LogState::Gone(why)) => evidence.named = Named::NoLog(why.clone()),
            Some(LogState::NotYet) | None if !evidence.asked_log => {
                evidence.asked_log = true;
                effects.push(Effect::Fetch {
                    source: job.source.clone(),
                    query: Query::Log(job.clone()),
                });
            }
            Some(LogState::NotYet) | None => {}
        }
    }
    let Named::These(named) = &evidence.named else {
        return;
    };
    let Some(found) = model.comparison(&view.service, &view.base, &view.head) else {
        return;
    };
    let comparison = &found.value;
    if named.is_empty() || !evidence.looked.is_empty() || !overlaps(named, comparison) {
        return;
    }
    evidence.looked = comparison
        .commits
        .iter()
        .rev()
        .take(COMMITS)
        .map(|commit| commit.sha.clone())
        .collect();
    let unknown: Vec<Text> = evidence
        .looked
        .iter()
        .filter(|sha| files(model, &view.service, comparison, sha).is_none())
        .cloned()
        .collect();
    if !unknown.is_empty() {
        effects.push(Effect::Fetch {
            source: view.source.clone(),
            query: Query::CommitFiles {
                service: view.service.clone(),
                commits: unknown,
            },
        });
    }
}

/// Whether anything between the two sides overlaps with what is named. Longer
/// lists of files are cut by the vendors, so they may.
fn overlaps(named: &[suspects::Mention], comparison: &Comparison) -> bool {
    let sha = Text::default();
    let whole = Change {
        sha: &sha,
        at: Timestamp::UNIX_EPOCH,
        files: &comparison.files,
    };
    comparison.files.len() >= 300 || !suspects::rank(named, &[whole]).is_empty()
}

/// The files of one commit, where they are known: those of the only one are
/// those of the comparison.
fn files<'a>(
    model: &'a Model,
    service: &ServiceName,
    comparison: &'a Comparison,
    sha: &Text,
) -> Option<&'a [Text]> {
    let only = comparison.commits.len() == 1 && comparison.ahead == 1;
    if only {
        return Some(&comparison.files);
    }
    model.commit_files(service, sha)
}

/// Ranks the commits whose files are known.
fn judge(model: &Model, view: &mut CompareView) {
    let Some(evidence) = &mut view.evidence else {
        return;
    };
    let (Named::These(named), Some(found)) = (
        &evidence.named,
        model.comparison(&view.service, &view.base, &view.head),
    ) else {
        return;
    };
    let comparison = &found.value;
    let changes: Vec<Change<'_>> = comparison
        .commits
        .iter()
        .filter_map(|commit| {
            Some(Change {
                sha: &commit.sha,
                at: commit.at,
                files: files(model, &view.service, comparison, &commit.sha)?,
            })
        })
        .collect();
    evidence.suspects = suspects::rank(named, &changes);
}

/// The log of a job was read: what its errors name is known.
pub(super) fn read(app: &mut App, job: &Origin, excerpt: &Excerpt) {
    let awaited =
        |evidence: &Evidence| evidence.job.as_ref() == Some(job) && evidence.named == Named::NotYet;
    let waits = app.overlays.iter().any(|overlay| {
        matches!(overlay, Overlay::Compare(view) if view.evidence.as_ref().is_some_and(awaited))
    });
    if !waits {
        return;
    }
    let named = named(excerpt);
    for overlay in &mut app.overlays {
        if let Overlay::Compare(view) = overlay
            && let Some(evidence) = view.evidence.as_mut().filter(|evidence| awaited(evidence))
        {
            evidence.named = Named::These(named.clone());
        }
    }
    app.stale.model = true;
}

/// What the reports of errors in a log name, and what the cause says.
fn named(excerpt: &Excerpt) -> Vec<suspects::Mention> {
    let told = excerpt.lines.iter().map(Text::as_str);
    let summary = excerpt.cause.iter().map(|(_, summary)| summary.as_str());
    mentions(told.chain(summary))
}

/// Takes in that something could not be loaded; false when no comparison asked
/// for it.
pub(super) fn missed(app: &mut App, query: &Query, why: &Text) -> bool {
    let mut asked = false;
    for overlay in &mut app.overlays {
        let Overlay::Compare(view) = overlay else {
            continue;
        };
        match (query, &mut view.evidence) {
            (Query::Compare { base, head, .. }, _) if base == &view.base && head == &view.head => {
                view.fault = why.clone();
                asked = true;
            }
            // Who owns a file is good to know, and no more.
            (Query::CodeOwners(service), _) if service == &view.service => asked = true,
            (Query::CommitFiles { service, .. }, Some(evidence)) if service == &view.service => {
                evidence.fault = why.clone();
                asked = true;
            }
            (Query::Jobs(run), Some(evidence)) if run == &evidence.run => {
                evidence.named = Named::NoLog(why.clone());
                asked = true;
            }
            (Query::Log(job), Some(evidence)) if Some(job) == evidence.job.as_ref() => {
                evidence.named = Named::NoLog(why.clone());
                asked = true;
            }
            _ => continue,
        }
        // What it says is another thing now.
        view.width = 0;
    }
    asked
}
