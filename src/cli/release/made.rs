//! `tminus release new`: its content is found where nobody names it.

use super::{Room, args::New, report::ReleaseDetail, words};
use crate::{
    analysis::releases::template,
    cli::{freeze::instant, print},
    domain::{
        Planned, Release, ReleaseChange, ReleaseItem, ReleaseLink, ReleaseState, ServiceName, Text,
        Version, Window,
    },
    error::{Error, Kind},
    model::Awaiting,
    runtime::now,
};

pub(super) fn run(room: &mut Room<'_>, new: &New) -> Result<(), Error> {
    let release = planned(room, new)?;
    if new.dry_run {
        let detail = ReleaseDetail::of(&room.model, &release, now());
        return if room.global.json {
            print::json(&detail)
        } else {
            print::text(&words::detail(&detail))
        };
    }
    let plan = Box::new(release);
    room.change(&new.id, "", ReleaseChange::Opened { plan })
}

fn wrong(message: String) -> Error {
    Error::new(Kind::Usage, message)
}

fn planned(room: &Room<'_>, new: &New) -> Result<Release, Error> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_');
    if new.id.is_empty() || new.id.len() > 64 || !new.id.chars().all(plain) {
        return Err(wrong(format!(
            "`{}` is no id: letters, digits, dots and dashes, at most 64",
            new.id
        )));
    }
    if room.model.release(&new.id).is_some() {
        return Err(Error::new(
            Kind::Refused,
            format!("there is a release `{}` already", new.id),
        ));
    }
    let copied = new
        .copy
        .as_deref()
        .map(|id| room.release(id).cloned())
        .transpose()?;
    let awaiting = room.model.awaiting();
    let milestone = new
        .milestone
        .as_deref()
        .map(|title| milestones(room, title))
        .transpose()?;
    let mut items: Vec<ReleaseItem> = Vec::new();
    for word in &new.services {
        items.push(named(room, &awaiting, word)?);
    }
    let of_milestone = |one: &Awaiting| {
        milestone.as_ref().is_some_and(|spans| {
            spans
                .iter()
                .any(|span| span.services.contains(&one.service))
        })
    };
    for one in &awaiting {
        let known = items.iter().any(|item| item.service == one.service);
        if !known && (new.awaiting || of_milestone(one)) {
            items.push(one.item());
        }
    }
    for item in copied.iter().flat_map(|release| &release.items) {
        if !items.iter().any(|known| known.service == item.service) {
            items.push(room.model.next_item(&awaiting, item));
        }
    }
    if items.is_empty() {
        let names: Vec<String> = awaiting
            .iter()
            .map(|one| format!("{} {}", one.service, one.to))
            .collect();
        let hint = if names.is_empty() {
            "nothing awaits release; name a version: --service checkout=4.12.0".to_owned()
        } else {
            format!("what awaits release: {}", names.join(", "))
        };
        return Err(wrong("a release names at least one service".to_owned()).hint(hint));
    }
    let due = milestone
        .as_ref()
        .and_then(|spans| spans.iter().map(|span| span.end).max());
    let time = |flag, text: Option<&str>| text.map(|text| instant(flag, text)).transpose();
    let start = time("--start", new.start.as_deref())?;
    let end = time("--end", new.end.as_deref())?.or(due);
    // A copy is as long as what it is a copy of.
    let long = copied.as_ref().and_then(|one| Some(one.end? - one.start?));
    let end = end.or_else(|| start?.checked_add_signed(long?));
    if (Planned { start, end }).ends_too_soon() {
        return Err(wrong("it would end before it starts".to_owned()));
    }
    let links = new
        .links
        .iter()
        .map(|link| {
            let (title, url) = link
                .split_once('=')
                .ok_or_else(|| wrong(format!("`{link}` is not TITLE=URL")))?;
            Ok(ReleaseLink {
                title: Text::new(title),
                url: Text::new(url),
            })
        })
        .collect::<Result<_, Error>>()?;
    let release = Release {
        id: Text::new(&new.id),
        name: Text::new(
            new.name
                .as_deref()
                .or(new.milestone.as_deref())
                .unwrap_or(&new.id),
        ),
        kind: new
            .kind
            .map(Into::into)
            .or(copied.as_ref().map(|one| one.kind))
            .unwrap_or_default(),
        captain: new
            .captain
            .as_deref()
            .map(Text::new)
            .or_else(|| copied.as_ref()?.captain.clone()),
        items,
        start,
        end,
        declared: Some(ReleaseState::Draft),
        links,
        ..Release::default()
    };
    let hours = room.model.catalog().team.policy.hotfix_review_hours;
    Ok(template::of(release.kind).fill(release, Some(now()), hours))
}

/// The open milestones of a title, one a repository.
fn milestones(room: &Room<'_>, title: &str) -> Result<Vec<Window>, Error> {
    let found: Vec<Window> = room
        .model
        .milestones()
        .filter(|span| span.title.as_str() == title)
        .cloned()
        .collect();
    if found.is_empty() {
        let mut known: Vec<&str> = room
            .model
            .milestones()
            .map(|span| span.title.as_str())
            .collect();
        known.sort_unstable();
        known.dedup();
        return Err(wrong(format!("there is no milestone `{title}`"))
            .hint(format!("known: {}", known.join(", "))));
    }
    Ok(found)
}

/// `checkout=4.12.0`, or `checkout` with what awaits release.
fn named(room: &Room<'_>, awaiting: &[Awaiting], word: &str) -> Result<ReleaseItem, Error> {
    let (name, version) = match word.split_once('=') {
        Some((name, version)) => (name, Some(Version::new(version))),
        None => (word, None),
    };
    let service = ServiceName::new(name);
    if !room.model.services().any(|known| known == &service) {
        let known: Vec<&str> = room.model.services().map(ServiceName::as_str).collect();
        return Err(wrong(format!("there is no service `{name}`"))
            .hint(format!("known: {}", known.join(", "))));
    }
    let waits = awaiting.iter().find(|one| one.service == service);
    match (version, waits) {
        (None, Some(one)) => Ok(one.item()),
        (Some(version), Some(one)) if one.to == version => Ok(one.item()),
        (Some(version), _) => {
            let environment = room
                .model
                .production_of(&service)
                .ok_or_else(|| Error::new(Kind::Unknown, "no production environment is known"))?;
            Ok(ReleaseItem {
                from: room
                    .model
                    .served(&service, environment)
                    .map(|served| served.version.clone()),
                environment: environment.clone(),
                service,
                to: version,
                ..ReleaseItem::default()
            })
        }
        (None, None) => Err(wrong(format!("nothing of {name} awaits release"))
            .hint(format!("name a version: --service {name}=VERSION"))),
    }
}
