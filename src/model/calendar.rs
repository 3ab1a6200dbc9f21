//! Spans of time and what comes next.

use super::Model;
use crate::domain::{Origin, SourceId, Timestamp, Window, WindowKind};

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
    /// The milestones of all repositories, in no order that matters.
    pub fn milestones(&self) -> impl Iterator<Item = &Window> {
        let listed = self.windows.values().flat_map(|listed| &listed.value);
        listed.filter(|span| span.kind == WindowKind::Milestone)
    }

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
            .chain(&self.laid_out.spans)
            .chain(self.own_spans())
            .chain(&self.looked_at.spans)
            .chain(self.windows.values().flat_map(|listed| &listed.value))
    }

    /// One span.
    #[must_use]
    pub fn window(&self, id: &Origin) -> Option<&Window> {
        self.windows().find(|window| &window.id == id)
    }

    /// Freezes of all services that are in force at `now`, for people.
    pub fn freezes_of_all(&self, now: Timestamp) -> impl Iterator<Item = &Window> {
        self.windows().filter(move |window| {
            window.kind == WindowKind::Freeze
                && window.start <= now
                && now < window.end
                && window.services.is_empty()
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

    /// The source name under which declared spans are known.
    #[must_use]
    pub fn declared_source() -> SourceId {
        SourceId::new("config")
    }
}
