//! Spans of time and what comes next.

use super::Model;
use crate::domain::{Origin, ServiceName, SourceId, Text, Timestamp, Window, WindowKind};

/// The next moment at which a span begins or ends.
#[derive(Clone, Debug, PartialEq)]
pub struct NextChange<'a> {
    /// When.
    pub at: Timestamp,
    /// True when the span begins, false when it ends.
    pub begins: bool,
    /// The span.
    pub window: &'a Window,
}

impl Model {
    /// All spans that touch `[from, until)`, earliest first: declared ones and
    /// those that integrations tell of.
    #[must_use]
    pub fn windows_between(&self, from: Timestamp, until: Timestamp) -> Vec<&Window> {
        let mut windows: Vec<&Window> = self
            .windows()
            .filter(|window| window.start < until && window.end > from)
            .collect();
        windows.sort_by(|one, other| (one.start, &one.id).cmp(&(other.start, &other.id)));
        windows
    }

    fn windows(&self) -> impl Iterator<Item = &Window> {
        self.catalog
            .windows
            .iter()
            .chain(self.windows.values().flat_map(|listed| &listed.value))
    }

    /// One span.
    #[must_use]
    pub fn window(&self, id: &Origin) -> Option<&Window> {
        self.windows().find(|window| &window.id == id)
    }

    /// Freezes in force at `now` for a service; none asks for freezes of all
    /// services only.
    pub fn freezes<'a>(
        &'a self,
        service: Option<&'a ServiceName>,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a Window> {
        self.windows().filter(move |window| {
            window.kind == WindowKind::Freeze
                && window.start <= now
                && now < window.end
                && (window.services.is_empty()
                    || service.is_some_and(|service| window.services.contains(service)))
        })
    }

    /// The next time at which a freeze, change window or maintenance begins or
    /// ends.
    #[must_use]
    pub fn next_change(&self, now: Timestamp) -> Option<NextChange<'_>> {
        self.windows()
            .filter(|window| {
                matches!(
                    window.kind,
                    WindowKind::Freeze | WindowKind::Change | WindowKind::Maintenance
                )
            })
            .flat_map(|window| {
                [(window.start, true), (window.end, false)]
                    .into_iter()
                    .filter(move |(at, _)| *at > now)
                    .map(move |(at, begins)| NextChange { at, begins, window })
            })
            .min_by_key(|change| change.at)
    }

    /// Why a release's plan conflicts with the calendar, for people; empty
    /// when it does not.
    #[must_use]
    pub fn conflicts(&self, release: &crate::domain::Release) -> Vec<Text> {
        let mut reasons = Vec::new();
        let Some(start) = release.start else {
            return reasons;
        };
        let end = release.end.unwrap_or(start);
        for window in self.windows_between(start, end.max(start + chrono::TimeDelta::seconds(1))) {
            let concerns = window.services.is_empty()
                || release
                    .items
                    .iter()
                    .any(|item| window.services.contains(&item.service));
            if window.kind == WindowKind::Freeze && concerns {
                reasons.push(Text::new(&format!(
                    "{} is in the freeze '{}'",
                    release.id, window.title
                )));
            }
        }
        for other in self.releases_in_order() {
            let (Some(other_start), Some(other_end)) = (other.start, other.end) else {
                continue;
            };
            if other.id == release.id || other_end <= start || other_start >= end {
                continue;
            }
            for item in &release.items {
                if other
                    .items
                    .iter()
                    .any(|their| their.service == item.service)
                {
                    reasons.push(Text::new(&format!(
                        "{} is in {} at the same time",
                        item.service, other.id
                    )));
                }
            }
        }
        if release.captain.is_none() {
            reasons.push(Text::new(&format!("{} has no captain", release.id)));
        }
        reasons
    }

    /// The source name under which declared spans are known.
    #[must_use]
    pub fn declared_source() -> SourceId {
        SourceId::new("config")
    }
}
