//! `tminus evidence`: puts a package together, and reads one back.

use std::{
    collections::BTreeSet,
    fs,
    io::{Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use chrono::TimeDelta;

use super::{
    args::{EvidenceArgs, Global},
    context::{Context, data_directory},
    journal::{config, reading_desk},
    people, print, single_thread, verify,
};
use crate::{
    config::Config,
    domain::{
        Act, Body, Course, Deployment, DeploymentState, Fact, Note, NoteLink, ReleaseEvent,
        ReleaseItem, RollbackPlan, Run, ServiceName, Text, Timestamp,
    },
    error::{Error, Kind},
    evidence::{
        operation::Operation,
        package::{self, About, Content, Files, Kept},
        verify::is_name,
    },
    integrations::contract::Query,
    runtime::{actor, now},
    store::{
        Answers, Directory,
        journal::{Entry, EntryBody, Excerpt},
    },
};

/// Largest file of a package, and largest package, in bytes.
const LARGEST: u64 = 256 * 1024 * 1024;
/// Most files of a package.
const MOST: usize = 20_000;
/// How long before a release's start its operations are looked for.
const BEFORE: TimeDelta = TimeDelta::days(1);
/// How long after its end.
const AFTER: TimeDelta = TimeDelta::days(1);
/// How long after an operation a note about its service may belong to it: a
/// review afterwards takes its time.
const REVIEWED: TimeDelta = TimeDelta::days(30);

/// `tminus evidence`.
///
/// # Errors
/// When there is no such operation or release, nothing was done in it, the
/// journal is broken, or it cannot be signed or written.
pub fn run(global: &Global, what: &EvidenceArgs) -> Result<(), Error> {
    let config = config(global)?;
    if what.out.exists() {
        return Err(Error::new(
            Kind::Usage,
            format!("{} is there already", what.out.display()),
        )
        .hint("name a directory or a .tar file that is not there yet"));
    }
    let data = data_directory(global, config.as_ref())?;
    let key = people::signer(&what.signing, config.as_ref(), &data)?;
    let (about, excerpt) = about(global, config.as_ref(), &what.about)?;
    let facts = match (&config, what.offline) {
        (Some(_), false) => Some(look(global, &excerpt)?),
        _ => None,
    };
    let directory = Directory::open(&data)?;
    let answers = Answers::of(&directory);
    let content = Content {
        about,
        excerpt: &excerpt,
        kept: &|kept| {
            let kept = match kept {
                Kept::Answer(sha256) => answers.read(sha256),
                Kept::Policy(sha256) => Answers::of_policies(&directory).read(sha256),
            };
            // What was changed is as good as gone, and is named as missing.
            kept.ok().flatten()
        },
        facts,
        by: actor(),
        at: now(),
    };
    let files = package::make(&content, &key)?;
    write(&what.out, &files)?;
    let report = crate::evidence::verify::verify(&files, None, now());
    if let Some(found) = report.flaws.first() {
        return Err(Error::new(
            Kind::Refused,
            format!(
                "the package does not verify: {}: {}",
                found.place, found.flaw
            ),
        ));
    }
    let Some(summary) = report.summary else {
        return Ok(());
    };
    if global.json {
        return print::json(&summary);
    }
    print::line(&format!("{}: {} files", what.out.display(), files.len()))?;
    verify::tell(&summary)
}

/// What is meant by a word, with its entries.
fn about(global: &Global, config: Option<&Config>, word: &str) -> Result<(About, Excerpt), Error> {
    let desk = reading_desk(global, config)?;
    let declared = config.and_then(|config| {
        let mut releases = config.catalog.releases.iter();
        releases.find(|release| release.id.as_str() == word)
    });
    let events = desk.release_events()?;
    let events: Vec<(Timestamp, &ReleaseEvent)> = events
        .iter()
        .filter(|(_, event)| event.release.as_str() == word)
        .map(|(at, event)| (*at, event))
        .collect();
    if let Some(course) = Course::of(declared.cloned(), events.iter().copied()) {
        let made = events.first().filter(|_| declared.is_none());
        return of_release(&desk, &course, made.map(|(at, _)| *at));
    }
    let id = Text::new(word);
    let records = desk.records()?;
    let plans = desk.plans()?;
    let mut found = records
        .iter()
        .filter(|record| record.id.as_str().starts_with(id.as_str()));
    let mut planned = plans
        .iter()
        .filter(|record| record.plan.id.as_str().starts_with(id.as_str()));
    let record = match (found.next(), found.next(), planned.next(), planned.next()) {
        (Some(record), None, None, _) => record,
        (None, _, Some(plan), None) => return of_plan(&desk, &plan.plan),
        _ => {
            return Err(Error::new(
                Kind::Usage,
                format!("`{id}` is no release and not the id of one operation or plan"),
            )
            .hint("`tminus journal --json` prints the ids, `tminus release list` the releases"));
        }
    };
    let services: BTreeSet<&ServiceName> = record.intent.service.iter().collect();
    let begun = record.history.first().map(|first| first.at);
    let excerpt = desk.journal().excerpt(|entry| match &entry.body {
        EntryBody::Note { note } => is_about(note, None, &services) && follows(entry, begun),
        body => body.operation() == Some(&record.id),
    })?;
    let about = About {
        kind: Text::new("operation"),
        id: record.id.0.clone(),
        title: record.summary.clone(),
        from: None,
        until: None,
    };
    Ok((about, excerpt))
}

/// Whether a note was written down within [`REVIEWED`] after that.
fn follows(entry: &Entry, begun: Option<Timestamp>) -> bool {
    begun.is_some_and(|begun| entry.at >= begun && entry.at <= begun + REVIEWED)
}

/// Whether a note is about a release or one of some services.
fn is_about(note: &Note, release: Option<&Text>, services: &BTreeSet<&ServiceName>) -> bool {
    note.links.iter().any(|link| match link {
        NoteLink::Release(id) => Some(id) == release,
        NoteLink::Service(service) => services.contains(service),
        NoteLink::Incident(_) | NoteLink::Run(_) => false,
    })
}

/// A rollback plan: its own entries, and those of the operations that are its
/// steps. What it refused is in its own.
fn of_plan(desk: &crate::operation::Desk, plan: &RollbackPlan) -> Result<(About, Excerpt), Error> {
    let mut steps = BTreeSet::new();
    let excerpt = desk.journal().excerpt(|entry| match &entry.body {
        EntryBody::Plan(confirmation) => confirmation.plan.id == plan.id,
        EntryBody::PlanEnded { plan: ended, .. } => *ended == plan.id,
        EntryBody::Confirmed(confirmation) => {
            let step = confirmation
                .plan
                .as_ref()
                .is_some_and(|step| step.plan == plan.id);
            if step {
                steps.insert(confirmation.operation.clone());
            }
            step
        }
        body => body.operation().is_some_and(|id| steps.contains(id)),
    })?;
    let about = About {
        kind: Text::new("plan"),
        id: plan.id.0.clone(),
        title: Text::from(plan.summary()),
        from: None,
        until: None,
    };
    Ok((about, excerpt))
}

/// The operations on a release's services in its environments, what was cut
/// among them, and what people did to the release. `made` is when it was made,
/// where that was here.
fn of_release(
    desk: &crate::operation::Desk,
    course: &Course,
    made: Option<Timestamp>,
) -> Result<(About, Excerpt), Error> {
    let release = &course.release;
    let (from, until) = span(course, made);
    let items: Vec<&ReleaseItem> = release.items.iter().chain(&course.cut).collect();
    let mut wanted = BTreeSet::new();
    let services: BTreeSet<&ServiceName> = items.iter().map(|item| &item.service).collect();
    let mut begun = None;
    let mut belongs = |entry: &Entry| match &entry.body {
        EntryBody::Note { note } => {
            is_about(note, Some(&release.id), &services) && follows(entry, begun)
        }
        EntryBody::Proposed(confirmation) | EntryBody::Confirmed(confirmation) => {
            let intent = &confirmation.intent;
            let item = items.iter().any(|item| {
                intent.service.as_ref() == Some(&item.service)
                    && intent
                        .environment
                        .as_ref()
                        .is_none_or(|environment| environment == &item.environment)
            });
            let in_time = from.is_none_or(|from| entry.at >= from)
                && until.is_none_or(|until| entry.at <= until);
            if item && in_time {
                begun.get_or_insert(entry.at);
                wanted.insert(confirmation.operation.clone());
            }
            item && in_time
        }
        // Who moved it, when and why.
        EntryBody::Release { event } if event.release == release.id => {
            begun.get_or_insert(entry.at);
            true
        }
        body => body.operation().is_some_and(|id| wanted.contains(id)),
    };
    let excerpt = desk.journal().excerpt(&mut belongs)?;
    if excerpt.entries.is_empty() {
        return Err(Error::new(
            Kind::Refused,
            format!("nothing was done in the release {}", release.id),
        )
        .hint("`tminus journal` tells what was done; evidence of one operation takes its id"));
    }
    let about = About {
        kind: Text::new("release"),
        id: release.id.clone(),
        title: release.name.clone(),
        from,
        until,
    };
    Ok((about, excerpt))
}

/// The time in which a release's operations are looked for: from [`BEFORE`] its
/// planned start or from its first change of state, whichever is first, or from
/// when it was made where it has no start; until [`AFTER`] its planned end or
/// the end of its course, whichever is last. It has no end while people have it
/// under way.
fn span(course: &Course, made: Option<Timestamp>) -> (Option<Timestamp>, Option<Timestamp>) {
    let release = &course.release;
    let moved = course.moves.first().map(|first| first.at);
    let from = release
        .start
        .map(|start| moved.map_or(start - BEFORE, |moved| moved.min(start - BEFORE)))
        .or(made);
    let planned = release.end.or(release.start).map(|end| end + AFTER);
    let until = match course.moves.last() {
        None => planned,
        Some(last) if last.to.is_over() => planned.max(Some(last.at + AFTER)),
        Some(_) => None,
    };
    (from, until)
}

/// What the systems show now that has to do with the operations.
fn look(global: &Global, excerpt: &Excerpt) -> Result<Vec<Fact>, Error> {
    let mut global = global.clone();
    // Evidence never changes anything.
    global.read_only = true;
    let context = Context::open(&global)?;
    let operations = Operation::all(&excerpt.entries);
    single_thread()?.block_on(async {
        let all = context.collect().await;
        let mut kept: Vec<Fact> = Vec::new();
        for operation in &operations {
            for fact in relevant(operation, &all) {
                if !kept.contains(fact) {
                    kept.push(fact.clone());
                }
            }
        }
        for operation in &operations {
            let Some((source, query)) = comparison(&context.config, operation, &all) else {
                continue;
            };
            for fact in context.ask(&source, query).await {
                if !kept.contains(&fact) {
                    kept.push(fact);
                }
            }
        }
        Ok(kept)
    })
}

fn run_of<'a>(operation: &Operation, facts: &'a [Fact]) -> Option<&'a Run> {
    let id = operation.confirmation.intent.act.run()?;
    facts.iter().find_map(|fact| match &fact.body {
        Body::Run(run) if &run.id == id => Some(run),
        _ => None,
    })
}

fn begun(operation: &Operation) -> Timestamp {
    operation
        .confirmed
        .or(operation.proposed)
        .unwrap_or_default()
}

/// Deployments of the operation's service to its environment; runs of the
/// commits that they ship.
fn relevant<'a>(operation: &Operation, facts: &'a [Fact]) -> Vec<&'a Fact> {
    let intent = &operation.confirmation.intent;
    let here = |deployment: &Deployment| {
        intent.service.as_ref() == Some(&deployment.service)
            && intent.environment.as_ref() == Some(&deployment.environment)
    };
    let mut commits: BTreeSet<&Text> = BTreeSet::new();
    commits.extend(run_of(operation, facts).map(|run| &run.commit));
    for fact in facts {
        if let Body::Deployment(deployment) = &fact.body
            && here(deployment)
            && deployment.updated >= begun(operation)
        {
            commits.insert(&deployment.commit);
        }
    }
    facts
        .iter()
        .filter(|fact| match &fact.body {
            Body::Deployment(deployment) => here(deployment),
            Body::Run(run) => {
                Some(&run.id) == intent.act.run()
                    || (intent.service.as_ref() == Some(&run.service)
                        && commits.contains(&run.commit))
            }
            _ => false,
        })
        .collect()
}

/// The question what lies between the version before and the one that the
/// operation brings.
fn comparison(
    config: &Config,
    operation: &Operation,
    facts: &[Fact],
) -> Option<(crate::domain::SourceId, Query)> {
    let intent = &operation.confirmation.intent;
    let service = intent.service.clone()?;
    let host = config.catalog.service(&service)?.host.clone()?;
    let (base, head) = match &intent.act {
        // What is taken back.
        Act::RollBack { from, to, .. } | Act::Undo { from, to, .. } => {
            (to.0.clone(), from.0.clone())
        }
        Act::Approve { .. } => {
            let run = run_of(operation, facts)?;
            let head = run
                .version
                .as_ref()
                .map_or_else(|| run.commit.clone(), |version| version.0.clone());
            let before = facts
                .iter()
                .filter_map(|fact| match &fact.body {
                    Body::Deployment(deployment) => Some(deployment),
                    _ => None,
                })
                .filter(|deployment| {
                    deployment.service == service
                        && intent.environment.as_ref() == Some(&deployment.environment)
                        && deployment.created < begun(operation)
                        && deployment.version.0 != head
                        && deployment.commit != run.commit
                        && matches!(
                            deployment.state,
                            DeploymentState::Success | DeploymentState::Inactive
                        )
                })
                .max_by_key(|deployment| deployment.created)?;
            (before.version.0.clone(), head)
        }
        _ => return None,
    };
    Some((
        host,
        Query::Compare {
            service,
            base,
            head,
        },
    ))
}

/// Writes a package: a directory that only its owner can read, or a .tar.
fn write(out: &Path, files: &Files) -> Result<(), Error> {
    let failed = |path: &Path, error: &std::io::Error| {
        Error::new(
            Kind::Refused,
            format!("cannot write {}: {error}", path.display()),
        )
    };
    if is_tar(out) {
        let file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(out)
            .map_err(|error| failed(out, &error))?;
        let mut tar = tar::Builder::new(file);
        for (name, bytes) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.set_mtime(0);
            tar.append_data(&mut header, name, bytes.as_slice())
                .map_err(|error| failed(out, &error))?;
        }
        return tar
            .into_inner()
            .and_then(|file| file.sync_all())
            .map_err(|error| failed(out, &error));
    }
    let mut directories = fs::DirBuilder::new();
    directories.recursive(true).mode(0o700);
    directories
        .create(out)
        .map_err(|error| failed(out, &error))?;
    for (name, bytes) in files {
        let path = out.join(name);
        if let Some(parent) = path.parent() {
            directories
                .create(parent)
                .map_err(|error| failed(parent, &error))?;
        }
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
            .map_err(|error| failed(&path, &error))?;
    }
    Ok(())
}

fn is_tar(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "tar")
}

/// Reads a package back: every file below the directory, or in the .tar.
///
/// # Errors
/// When it cannot be read, or holds what no package holds.
pub fn read_package(place: &Path) -> Result<Files, Error> {
    let failed = |error: &std::io::Error| {
        Error::new(
            Kind::Usage,
            format!("cannot read {}: {error}", place.display()),
        )
    };
    let mut files = Files::new();
    if place.is_dir() {
        collect(place, Path::new(""), &mut files)?;
    } else {
        let file = fs::File::open(place).map_err(|error| failed(&error))?;
        let mut tar = tar::Archive::new(file);
        for entry in tar.entries().map_err(|error| failed(&error))? {
            let entry = entry.map_err(|error| failed(&error))?;
            let name = entry
                .path()
                .map_err(|error| failed(&error))?
                .to_string_lossy()
                .into_owned();
            if entry.header().entry_type() == tar::EntryType::Directory {
                continue;
            }
            if entry.header().entry_type() != tar::EntryType::Regular {
                return Err(strange(place, &name));
            }
            let mut bytes = Vec::new();
            entry
                .take(LARGEST)
                .read_to_end(&mut bytes)
                .map_err(|error| failed(&error))?;
            keep(place, &mut files, &name, bytes)?;
        }
    }
    Ok(files)
}

fn collect(place: &Path, below: &Path, files: &mut Files) -> Result<(), Error> {
    let failed = |path: &Path, error: &std::io::Error| {
        Error::new(
            Kind::Usage,
            format!("cannot read {}: {error}", path.display()),
        )
    };
    let directory = place.join(below);
    for entry in fs::read_dir(&directory).map_err(|error| failed(&directory, &error))? {
        let entry = entry.map_err(|error| failed(&directory, &error))?;
        let relative: PathBuf = below.join(entry.file_name());
        let path = entry.path();
        // A link is not followed: what it leads to is not in the package.
        let kind = entry.file_type().map_err(|error| failed(&path, &error))?;
        if kind.is_dir() {
            collect(place, &relative, files)?;
        } else if kind.is_file() {
            let length = entry
                .metadata()
                .map_err(|error| failed(&path, &error))?
                .len();
            if length > LARGEST {
                return Err(strange(place, &relative.to_string_lossy()));
            }
            let bytes = fs::read(&path).map_err(|error| failed(&path, &error))?;
            keep(place, files, &relative.to_string_lossy(), bytes)?;
        } else {
            return Err(strange(place, &relative.to_string_lossy()));
        }
    }
    Ok(())
}

fn keep(place: &Path, files: &mut Files, name: &str, bytes: Vec<u8>) -> Result<(), Error> {
    let total: u64 = files.values().map(|bytes| bytes.len() as u64).sum();
    let name = name.trim_start_matches("./").to_owned();
    if !is_name(&name)
        || files.len() >= MOST
        || total + bytes.len() as u64 > LARGEST
        || files.insert(name.clone(), bytes).is_some()
    {
        return Err(strange(place, &name));
    }
    Ok(())
}

fn strange(place: &Path, name: &str) -> Error {
    Error::new(
        Kind::Refused,
        format!(
            "{} is no evidence package: `{}` does not belong into one",
            place.display(),
            Text::new(name)
        ),
    )
}
