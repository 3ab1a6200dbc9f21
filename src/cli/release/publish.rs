//! `tminus release publish`: each page is an operation of its own.

use std::sync::Arc;

use super::{
    Room,
    args::Publish,
    report::{PageReport, PublishReport},
};
use crate::{
    cli::{
        operate::{Consent, carried, outcome},
        print,
        report::VERSION,
    },
    domain::{OperationState, ReleaseItem, ServiceName, SourceId},
    error::{Error, Kind},
    integrations::contract::{Capability, Query},
    operation::intent,
    runtime::now,
};

/// Runs it.
///
/// # Errors
/// When a service is not in the release, nothing of it can be published, or one
/// of the pages was refused, failed or is not known to be there.
pub(super) fn run(room: &mut Room<'_>, wanted: &Publish) -> Result<(), Error> {
    if room.context.read_only {
        return Err(Error::new(Kind::Refused, "read-only: nothing is sent")
            .hint("leave out --read-only, or set read_only = false in [operations]"));
    }
    // What a killed tminus left is not under way any more.
    room.desk.take_over()?;
    let items = chosen(room, wanted)?;
    room.compare(&wanted.id)?;
    let mut pages = Vec::new();
    let mut faults: Vec<Error> = Vec::new();
    for item in &items {
        let (page, fault) = match one(room, wanted, item) {
            Ok(page) => (page, None),
            Err(error) => {
                let page = PageReport::of(item, error_word(&error), error.message.clone());
                (page, Some(error))
            }
        };
        if !room.global.json {
            print::line(&format!(
                "{} {}: {}",
                page.service, page.version, page.detail
            ))?;
        }
        pages.push(page);
        faults.extend(fault);
    }
    if room.global.json {
        print::json(&PublishReport {
            version: VERSION,
            release: wanted.id.clone(),
            pages,
        })?;
    }
    worst(faults)
}

/// The items whose notes are wanted: all that have a place for them, or those
/// that were named.
fn chosen(room: &Room<'_>, wanted: &Publish) -> Result<Vec<ReleaseItem>, Error> {
    let release = room.release(&wanted.id)?;
    let mut items = Vec::new();
    for name in &wanted.services {
        let item = release
            .items
            .iter()
            .find(|item| item.service.as_str() == name);
        let known: Vec<&str> = release
            .items
            .iter()
            .map(|item| item.service.as_str())
            .collect();
        items.push(item.cloned().ok_or_else(|| {
            Error::new(Kind::Usage, format!("{name} is not in {}", release.id))
                .hint(format!("in it: {}", known.join(", ")))
        })?);
    }
    if !items.is_empty() {
        return Ok(items);
    }
    for item in &release.items {
        let back = room.model.taken_back(release, item, now());
        match (host(room, &item.service), back) {
            (Ok(_), None) => items.push(item.clone()),
            (Ok(_), Some(serves)) => print::remark(&format!(
                "left out: {} {} was taken back: {serves} serves",
                item.service, item.to
            )),
            (Err(why), _) => print::remark(&format!("left out: {}", why.message)),
        }
    }
    if items.is_empty() {
        return Err(Error::new(
            Kind::Refused,
            format!("nothing of {} has a place for its notes", wanted.id),
        )
        .hint("`tminus release notes --out FILE` writes them into a file"));
    }
    Ok(items)
}

/// The system that keeps the pages of a service's versions.
fn host(room: &Room<'_>, service: &ServiceName) -> Result<SourceId, Error> {
    let none = |why: String| Error::new(Kind::Refused, why);
    let spec = room.model.catalog().service(service);
    let host = spec
        .and_then(|spec| spec.host.clone())
        .ok_or_else(|| none(format!("nobody said where the code of {service} lives")))?;
    let keeps = room.context.integrations().iter().any(|integration| {
        integration.id() == &host && integration.capabilities().contains(&Capability::Pages)
    });
    // What could not be set up says so when it is asked.
    let failed = room.context.failed().any(|(source, _)| source == &host);
    if keeps || failed {
        Ok(host)
    } else {
        Err(none(format!(
            "{service} is at {host}, which keeps no pages of versions"
        )))
    }
}

/// Publishes the notes of one item.
fn one(room: &mut Room<'_>, wanted: &Publish, item: &ReleaseItem) -> Result<PageReport, Error> {
    let host = host(room, &item.service)?;
    let query = Query::VersionPage {
        service: item.service.clone(),
        version: item.to.clone(),
    };
    let (facts, fault) = room.runtime.block_on(room.context.read(&host, query));
    if let Some(fault) = fault {
        return Err(Error::new(Kind::Unknown, fault.detail.to_string()));
    }
    for fact in facts {
        room.model.apply(fact, now());
    }
    let refused = |why: String| Error::new(Kind::Refused, why);
    let notes = room
        .model
        .page_notes(
            room.release(&wanted.id)?,
            item,
            wanted.template.into(),
            now(),
        )
        .map_err(refused)?;
    let found = room.model.version_page(&item.service, &item.to);
    let spec = room.model.catalog().service(&item.service);
    let (Some(found), Some(spec)) = (found, spec) else {
        return Err(Error::new(
            Kind::Unknown,
            format!("{host} does not tell what it has of {}", item.to),
        ));
    };
    let page = found.value.page.as_ref();
    if page.is_some_and(|page| page.draft == wanted.draft && page.says(&notes.title, &notes.lines))
    {
        let detail = "it is there with these notes already".to_owned();
        return Ok(PageReport::at(&found.value, "there", detail));
    }
    let mut meant = intent::publish(
        spec,
        &found.value,
        (&notes.title, &notes.lines),
        wanted.draft,
    )?;
    meant.reason = wanted.reason.as_str().into();
    let consent = Consent {
        yes: wanted.yes,
        typed: String::new(),
        dry_run: wanted.dry_run,
    };
    let desk = Arc::clone(&room.desk);
    let draft = desk.draft(meant);
    let found = found.value.clone();
    let record =
        room.runtime
            .block_on(carried(room.global, &desk, &room.model, draft, &consent))?;
    let Some(record) = record else {
        return Ok(PageReport::at(
            &found,
            "not_sent",
            "nothing was sent".to_owned(),
        ));
    };
    if record.state != OperationState::Observed {
        outcome(&record, true)?;
    }
    let detail = record
        .history
        .last()
        .map_or("", |last| last.detail.as_str());
    Ok(PageReport::at(&found, "observed", detail.to_owned()))
}

fn error_word(error: &Error) -> &'static str {
    match error.kind {
        Kind::Unknown => "unknown",
        _ => "refused",
    }
}

/// One error for all: what is not known weighs more than what was refused.
fn worst(mut faults: Vec<Error>) -> Result<(), Error> {
    faults.sort_by_key(|error| error.kind != Kind::Unknown);
    let messages: Vec<String> = faults.iter().map(|error| error.message.clone()).collect();
    match faults.into_iter().next() {
        None => Ok(()),
        Some(first) => Err(Error {
            message: messages.join("; "),
            ..first
        }),
    }
}
