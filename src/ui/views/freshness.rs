//! How old a pane's data is, and why it is empty.

use chrono::TimeDelta;

use super::Scene;
use crate::{
    domain::{Connection, Health, SourceId},
    model::Stamped,
    ui::{
        theme::State,
        widgets::{empty::Empty, format},
    },
};

/// Where a pane's data comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Feed {
    /// Runs, deployments, approvals.
    Pipelines,
    /// Canaries and alerts.
    Metrics,
    /// Incidents and who is on call.
    Incidents,
    /// Any of them.
    All,
    /// What tminus itself wrote down.
    Own,
}

/// Data older than this says so although its source is well.
const OLD: TimeDelta = TimeDelta::seconds(90);

/// True when data of this source is the last good data of a source that is
/// away.
pub(super) fn is_stale(scene: &Scene<'_>, source: &SourceId) -> bool {
    scene
        .app
        .model
        .health_of(source)
        .is_some_and(|health| health.value.is_away())
}

/// What the title says about the data's age; nothing while all is well.
pub(super) fn note(scene: &Scene<'_>, feed: Feed) -> Option<(State, String)> {
    let mut oldest: Option<TimeDelta> = None;
    for (source, health) in healths(scene, feed) {
        if health.value.is_away() {
            let word = word(health.value.connection);
            let since = health
                .value
                .last_ok
                .map(|since| format!(" since {}", format::clock(since)))
                .unwrap_or_default();
            return Some((State::Unknown, format!("{source} {word}{since}")));
        }
        if let Some(last_ok) = health.value.last_ok {
            let age = scene.now - last_ok;
            if oldest.is_none_or(|oldest| oldest < age) {
                oldest = Some(age);
            }
        }
    }
    oldest.filter(|age| *age > OLD).map(|age| {
        (
            State::Marginal,
            format!("data {} old", format::calm_age(age)),
        )
    })
}

/// Why the source is away that [`note`] tells of: a few words of its fault.
pub(super) fn cause<'a>(scene: &Scene<'a>, feed: Feed) -> Option<&'a str> {
    healths(scene, feed)
        .find(|(_, health)| health.value.is_away())
        .map(|(_, health)| health.value.cause())
}

/// Why a pane has no rows.
pub(super) fn empty<'a>(scene: &Scene<'a>, feed: Feed, nothing: &'a str) -> Empty<'a> {
    if feed == Feed::Own {
        return Empty::Nothing(nothing);
    }
    let mut known = false;
    for (source, health) in healths(scene, feed) {
        known = true;
        let health = &health.value;
        match health.connection {
            Connection::Ok | Connection::Degraded => {}
            Connection::Connecting => return Empty::Connecting(source.as_str()),
            Connection::Unauthorised | Connection::Forbidden => {
                return Empty::NotAllowed(&health.detail);
            }
            Connection::RateLimited => return Empty::MustWait(&health.detail),
            Connection::Unreachable => {
                return Empty::Unreachable {
                    since: health.last_ok,
                    why: &health.detail,
                };
            }
        }
    }
    if !known && scene.app.model.health().next().is_none() {
        return Empty::Connecting("any source");
    }
    Empty::Nothing(nothing)
}

/// The word for a connection that is away.
fn word(connection: Connection) -> &'static str {
    match connection {
        Connection::Connecting => "connecting",
        Connection::Ok => "ok",
        Connection::Degraded => "degraded",
        Connection::Unreachable => "unreachable",
        Connection::Unauthorised => "not signed in",
        Connection::Forbidden => "not allowed",
        Connection::RateLimited => "asks to wait",
    }
}

fn healths<'a>(
    scene: &Scene<'a>,
    feed: Feed,
) -> impl Iterator<Item = (&'a SourceId, &'a Stamped<Health>)> {
    let model = &scene.app.model;
    let (hosts, gauges) = (model.hosts(), model.gauges());
    model.health().filter(move |(source, _)| match feed {
        Feed::All => true,
        Feed::Own => false,
        Feed::Pipelines => hosts.is_empty() || hosts.contains(source),
        Feed::Metrics => gauges.is_empty() || gauges.contains(source),
        Feed::Incidents => !hosts.contains(source) && !gauges.contains(source),
    })
}
