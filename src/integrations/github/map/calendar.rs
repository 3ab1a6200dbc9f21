//! Milestones and releases → spans of the calendar and published versions.

use crate::{
    domain::{Body, Published, Text, Timestamp, Version, Window, WindowKind},
    integrations::github::wire::{graph, rest},
};

use super::{Place, first_line, version};

/// One repository's part of the calendar: one listing of milestones, and each
/// release that was published.
#[must_use]
pub fn from_graph(place: &Place<'_>, calendar: &graph::Calendar) -> Vec<Body> {
    let windows = calendar
        .milestones
        .nodes
        .items
        .iter()
        .filter_map(|milestone| {
            window(
                place,
                milestone.number,
                &milestone.title,
                milestone.created_at,
                milestone.due_on?,
                milestone.progress_percentage,
                &milestone.url,
            )
        })
        .collect();
    let mut bodies = vec![listing(place, windows)];
    for release in &calendar.releases.nodes.items {
        let id = release
            .database_id
            .map_or_else(|| release.id.clone(), |id| id.to_string());
        bodies.push(published(
            place,
            &id,
            &release.tag_name,
            release.name.as_deref(),
            release.published_at,
            release.is_prerelease,
            &release.url,
        ));
    }
    bodies
}

/// The same from REST, where GraphQL is not allowed.
#[must_use]
pub fn from_rest(
    place: &Place<'_>,
    milestones: &[rest::Milestone],
    releases: &[rest::Release],
) -> Vec<Body> {
    let windows = milestones
        .iter()
        .filter_map(|milestone| {
            let all = milestone.open_issues + milestone.closed_issues;
            let percent = if all == 0 {
                0.0
            } else {
                f64::from(milestone.closed_issues) * 100.0 / f64::from(all)
            };
            window(
                place,
                milestone.number,
                &milestone.title,
                milestone.created_at,
                milestone.due_on?,
                percent,
                &milestone.html_url,
            )
        })
        .collect();
    let mut bodies = vec![listing(place, windows)];
    for release in releases {
        bodies.push(published(
            place,
            &release.id.to_string(),
            &release.tag_name,
            release.name.as_deref(),
            release.published_at,
            release.prerelease,
            &release.html_url,
        ));
    }
    bodies
}

fn listing(place: &Place<'_>, items: Vec<Window>) -> Body {
    Body::Windows {
        scope: Text::new(&format!("{}/milestones", place.repository)),
        items,
    }
}

fn window(
    place: &Place<'_>,
    number: u64,
    title: &str,
    created: Timestamp,
    due: Timestamp,
    percent: f64,
    url: &str,
) -> Option<Window> {
    // A due date before its own milestone spans nothing.
    (created <= due).then(|| Window {
        id: place.object("milestones", number),
        kind: WindowKind::Milestone,
        title: first_line(title),
        start: created,
        end: due,
        services: vec![place.service.clone()],
        detail: Text::new(&format!("{percent:.0} % done")),
        url: Text::new(url),
    })
}

fn published(
    place: &Place<'_>,
    id: &str,
    tag: &str,
    name: Option<&str>,
    at: Option<Timestamp>,
    prerelease: bool,
    url: &str,
) -> Body {
    Body::Published(Published {
        id: place.object("releases", id),
        service: place.service.clone(),
        version: version::of_tag(tag).unwrap_or_else(|| Version::new(tag)),
        title: first_line(name.filter(|name| !name.is_empty()).unwrap_or(tag)),
        at,
        prerelease,
        url: Text::new(url),
    })
}
