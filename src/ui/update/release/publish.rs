//! Notes as the page of a version: what its host has for it is asked for, shown
//! in a box, and published through the dialog that every operation has.

use super::{
    super::{Effect, dialog, input::After, note, refuse},
    ask,
};
use crate::{
    analysis::releases::notes::Template,
    domain::{NoteLink, Release, ReleaseItem, ServiceName, Text},
    integrations::contract::Query,
    model::PageNotes,
    operation::intent,
    ui::app::{App, Overlay, Step, StepKind},
};

/// What can be done with the notes of one service, in the order of the box.
pub const CHOICES: [&str; 3] = [
    "publish them",
    "keep them there as a draft",
    "go over them first",
];

/// Begins to publish the notes of a service; what its host has for the version
/// is asked for each time.
pub(super) fn begin(
    app: &App,
    id: &Text,
    service: &ServiceName,
    effects: &mut Vec<Effect>,
) -> Result<Step, String> {
    let (release, item) = found(app, id, service).ok_or("it is not in the release any more")?;
    let spec = app.model.catalog().service(service);
    let host = spec
        .and_then(|spec| spec.host.clone())
        .ok_or_else(|| format!("nobody said where the code of {service} lives (services.host)"))?;
    ask(app, release, effects);
    effects.push(Effect::Fetch {
        source: host,
        query: Query::VersionPage {
            service: service.clone(),
            version: item.to.clone(),
        },
    });
    Ok(Step {
        release: id.clone(),
        kind: StepKind::Publish(service.clone()),
        index: 0,
        reason: None,
    })
}

fn found<'a>(
    app: &'a App,
    id: &Text,
    service: &ServiceName,
) -> Option<(&'a Release, &'a ReleaseItem)> {
    let release = app.model.release(id)?;
    let mut items = release.items.iter();
    let item = items.find(|item| &item.service == service)?;
    Some((release, item))
}

/// The notes of the service, as its page would say them.
///
/// # Errors
/// Why there are none, as a sentence without its full stop.
pub fn notes(app: &App, id: &Text, service: &ServiceName) -> Result<PageNotes, String> {
    let (release, item) = found(app, id, service).ok_or("it is not in the release any more")?;
    app.model
        .page_notes(release, item, Template::Customer, app.now)
}

/// Does what was chosen in the box.
pub(super) fn choose(
    app: &mut App,
    step: Box<Step>,
    service: &ServiceName,
    effects: &mut Vec<Effect>,
) -> After {
    let stay = |app: &mut App, why: &str, step| {
        refuse(app, why);
        After::Stay(Overlay::Step(step))
    };
    let notes = match notes(app, &step.release, service) {
        Ok(notes) => notes,
        Err(why) => return stay(app, &why, step),
    };
    if step.index == 2 {
        let links = vec![
            NoteLink::Release(step.release.clone()),
            NoteLink::Service(service.clone()),
        ];
        let mut lines = vec![format!("# {}", notes.title), String::new()];
        lines.extend(notes.lines.iter().map(ToString::to_string));
        note::open_with(app, links, lines);
        return After::Close;
    }
    let wanted = found(app, &step.release, service).and_then(|(_, item)| {
        let spec = app.model.catalog().service(service)?;
        let page = app.model.version_page(service, &item.to)?;
        let words = (&notes.title, &notes.lines[..]);
        Some(intent::publish(spec, &page.value, words, step.index == 1))
    });
    match wanted {
        None => stay(
            app,
            "what is there already is still being read: wait for it",
            step,
        ),
        Some(Err(error)) => stay(app, &error.message, step),
        Some(Ok(intent)) => {
            dialog::open(app, intent, effects);
            After::Close
        }
    }
}

/// Takes in that what a host has for a version could not be read; false when
/// nobody asked for it here.
pub(in crate::ui::update) fn missed(app: &mut App, query: &Query, why: &Text) -> bool {
    let Query::VersionPage { service, .. } = query else {
        return false;
    };
    let before = app.overlays.len();
    app.overlays.retain(|overlay| {
        !matches!(overlay, Overlay::Step(step)
            if matches!(&step.kind, StepKind::Publish(of) if of == service))
    });
    let ours = before != app.overlays.len();
    if ours {
        refuse(app, why);
    }
    ours
}
