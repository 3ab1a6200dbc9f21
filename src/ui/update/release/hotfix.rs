//! The hotfix lane: from what is broken to a release that mends it, by one
//! key.

use super::super::refuse;
use crate::{
    analysis::releases::{template, train::UNBUILT},
    command::{self, Item},
    domain::{
        Release, ReleaseItem, ReleaseKind, ReleaseLink, ReleaseState, ServiceName, Text, Version,
    },
    ui::app::{App, Overlay, Step, StepKind},
};

/// The service that a hotfix of the item would be for.
pub(in crate::ui::update) fn about(app: &App, item: &Item) -> Result<ServiceName, String> {
    if app.settings.read_only {
        return Err("read-only: nothing can be written down".to_owned());
    }
    let service = command::service(&app.model, item)
        .ok_or("select an incident or something of one service first")?;
    if app.model.production_of(&service).is_none() {
        return Err("no production environment is known".to_owned());
    }
    Ok(service)
}

/// Opens the step that makes a hotfix for what is under the cursor.
pub(in crate::ui::update) fn open(app: &mut App, item: &Item) {
    match plan(app, item) {
        Ok(plan) => app.overlays.push(Overlay::Step(Box::new(Step {
            release: plan.id.clone(),
            kind: StepKind::Hotfix(Box::new(plan)),
            index: 0,
            reason: Some(String::new()),
        }))),
        Err(why) => refuse(app, &why),
    }
}

fn plan(app: &App, item: &Item) -> Result<Release, String> {
    let model = &app.model;
    let service = about(app, item)?;
    let environment = model
        .production_of(&service)
        .cloned()
        .ok_or("no production environment is known")?;
    let from = model.leaving(&service, &environment).cloned();
    let awaiting = model
        .awaiting()
        .into_iter()
        .find(|one| one.service == service)
        // What is going out is what is broken.
        .filter(|one| Some(&one.to) != from.as_ref());
    let what = match item {
        Item::Incident(id) => model.incident(id).map(|found| {
            let incident = &found.value;
            let link = ReleaseLink {
                title: Text::from(format!("incident #{}", incident.number)),
                url: incident.url.clone(),
            };
            (
                format!("mends #{} {}", incident.number, incident.title),
                link,
            )
        }),
        _ => command::link(model, item).map(|url| {
            let link = ReleaseLink {
                title: Text::from(command::label(model, item)),
                url: Text::from(url),
            };
            (format!("mends {}", command::label(model, item)), link)
        }),
    };
    let id = (1..=999)
        .map(|number| format!("hotfix-{service}-{number}"))
        .find(|id| model.release(id).is_none())
        .unwrap_or_default();
    let release = Release {
        name: Text::from(format!("Hotfix of {service}")),
        id: Text::from(id),
        kind: ReleaseKind::Hotfix,
        captain: Some(app.settings.person.clone()),
        items: vec![ReleaseItem {
            service,
            environment,
            from,
            commit: awaiting.as_ref().and_then(|one| one.commit.clone()),
            to: awaiting.map_or_else(|| Version::new(UNBUILT), |one| one.to),
            digest: None,
        }],
        start: Some(app.now),
        declared: Some(ReleaseState::Draft),
        plan: what.iter().map(|(words, _)| Text::new(words)).collect(),
        links: what
            .into_iter()
            .map(|(_, link)| link)
            .filter(|link| !link.url.is_empty())
            .collect(),
        ..Release::default()
    };
    let hours = model.catalog().team.policy.hotfix_review_hours;
    Ok(template::of(ReleaseKind::Hotfix).fill(release, Some(app.now), hours))
}
