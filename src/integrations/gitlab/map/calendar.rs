//! Milestones, freeze periods and releases → spans of the calendar and
//! published versions.

use chrono::{NaiveDate, NaiveTime, TimeDelta};

use crate::{
    domain::{Body, Published, Text, Timestamp, Version, Window, WindowKind},
    integrations::{gitlab::wire, versions},
};

use super::{Place, first_line, freeze};

/// One project's milestones. A day has no time of day: it is taken as a day of
/// UTC, and the last day belongs to the span.
#[must_use]
pub fn milestones(place: &Place<'_>, list: &[wire::Milestone]) -> Body {
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let items = list
        .iter()
        .filter_map(|one| {
            let end = midnight(one.due_date?).checked_add_signed(TimeDelta::days(1))?;
            let start = one.start_date.map(midnight).or(one.created_at)?;
            // A due date before its own milestone spans nothing.
            (start < end).then(|| Window {
                id: place.object("milestones", one.id),
                kind: WindowKind::Milestone,
                title: first_line(&one.title),
                start,
                end,
                services: vec![place.service.clone()],
                detail: Text::default(),
                url: Text::new(&one.web_url),
            })
        })
        .collect();
    Body::Windows {
        scope: Text::new(&format!("{}/milestones", place.project)),
        items,
    }
}

/// One project's freezes. GitLab only tells its pipelines of them
/// (`CI_DEPLOY_FREEZE`): its API deploys all the same, so that the calendar
/// has to warn.
#[must_use]
pub fn freezes(place: &Place<'_>, list: &[wire::FreezePeriod], now: Timestamp) -> Body {
    let items = list
        .iter()
        .flat_map(|one| {
            let spans = freeze::spans(one, now).unwrap_or_default();
            spans.into_iter().map(|(start, end)| Window {
                id: place.object(
                    "freeze_periods",
                    format_args!("{}/{}", one.id, start.timestamp()),
                ),
                kind: WindowKind::Freeze,
                title: Text::new(&format!("Deploy freeze of {}", place.service)),
                start,
                end,
                services: vec![place.service.clone()],
                detail: Text::new(&format!(
                    "from {} to {} ({})",
                    one.freeze_start, one.freeze_end, one.cron_timezone
                )),
                url: Text::default(),
            })
        })
        .collect();
    Body::Windows {
        scope: Text::new(&format!("{}/freezes", place.project)),
        items,
    }
}

/// The freezes whose expressions or zone cannot be read, for people.
#[must_use]
pub fn unread(list: &[wire::FreezePeriod], now: Timestamp) -> Option<String> {
    let one = list.iter().find(|one| freeze::spans(one, now).is_none())?;
    Some(format!(
        "the freeze period {} cannot be read: from '{}' to '{}' in '{}'",
        one.id, one.freeze_start, one.freeze_end, one.cron_timezone
    ))
}

/// A published version. One that is announced for later is not out yet.
#[must_use]
pub fn release(place: &Place<'_>, one: &wire::Release) -> Body {
    let title = if one.name.is_empty() {
        &one.tag_name
    } else {
        &one.name
    };
    Body::Published(Published {
        id: place.object("releases", &one.tag_name),
        service: place.service.clone(),
        version: versions::of_tag(&one.tag_name).unwrap_or_else(|| Version::new(&one.tag_name)),
        title: first_line(title),
        at: one.released_at.filter(|_| !one.upcoming_release),
        prerelease: versions::of_tag(&one.tag_name)
            .is_some_and(|version| version.as_str().contains('-')),
        url: Text::new(&one.links.page),
    })
}
