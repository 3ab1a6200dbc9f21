//! Declared windows at a time that a person looks at, however far away.

use super::{
    Model,
    schedule::{AHEAD, BACK, RENEW, as_span},
};
use crate::{
    analysis::windows::declared::compile,
    domain::{DeclaredTime, Origin, OwnTime, ServiceName, Timestamp, Window},
};

/// No more spans of one window: a page holds no more.
const MOST: usize = 2000;

/// Declared windows laid out beyond what is always laid out.
#[derive(Clone, Debug, Default)]
pub(super) struct LookedAt {
    range: Option<(Timestamp, Timestamp)>,
    /// The spans.
    pub(super) spans: Vec<Window>,
}

impl Model {
    /// Raised whenever a window, a calendar or a release becomes other: while it
    /// stays the same, what speaks against a plan is the same.
    #[must_use]
    pub fn plans_changed(&self) -> u64 {
        self.plans_changed
    }

    /// Lays the declared windows out over `[from, until)`, where they are not
    /// yet.
    pub fn look_at(&mut self, from: Timestamp, until: Timestamp, now: Timestamp) {
        let always = now - BACK <= from && until <= now + AHEAD - RENEW;
        let already = self
            .looked_at
            .range
            .is_some_and(|range| range.0 <= from && until <= range.1);
        let none = self.catalog.declared.is_empty() && self.own.book.standing().next().is_none();
        if always || already || none {
            return;
        }
        let own = Self::declared_source();
        let mut spans: Vec<Window> = Vec::new();
        for declared in &self.catalog.declared {
            let Ok(rule) = compile(declared, &own.0) else {
                continue;
            };
            let services = declared.selectors.services.iter();
            let services: Vec<ServiceName> = services.map(|glob| ServiceName::new(glob)).collect();
            let found = rule.spans(from, until).into_iter().take(MOST);
            let laid = found.map(|span| Window {
                id: Origin::new(
                    &own,
                    &format!("{}/{}", declared.name, span.start.timestamp()),
                ),
                services: services.clone(),
                // What has no end is laid out as far as is looked.
                start: span.start.max(from),
                end: span.end.min(until + AHEAD),
                ..as_span(&rule)
            });
            let known = &self.laid_out.spans;
            spans.extend(laid.filter(|span| known.iter().all(|known| known.id != span.id)));
        }
        let known = self.own_spans();
        let own = self.own_spans_in(from, until, MOST);
        let unknown = |span: &Window| known.iter().all(|known| known.id != span.id);
        spans.extend(own.into_iter().filter(unknown));
        self.looked_at = LookedAt {
            range: Some((from, until)),
            spans,
        };
    }

    /// The clock that a window was declared on; none where nobody said.
    #[must_use]
    pub fn zone_of_window(&self, id: &Origin) -> Option<chrono_tz::Tz> {
        if let Some(course) = self.own_window(id) {
            return match &course.window.when {
                OwnTime::Once { .. } => None,
                OwnTime::Rule { zone, .. } => zone.parse().ok(),
            };
        }
        if id.source != Self::declared_source() {
            return None;
        }
        let key = id.key.as_str();
        let name = key.rsplit_once('/').map_or(key, |(name, _)| name);
        let mut declared = self.catalog.declared.iter();
        let found = declared.find(|declared| declared.name.as_str() == name)?;
        match &found.when {
            DeclaredTime::Once { .. } => None,
            DeclaredTime::Cron { zone, .. } | DeclaredTime::Rule { zone, .. } => Some(*zone),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::{TimeDelta, TimeZone as _, Utc};

    use super::*;
    use crate::domain::{Catalog, DeclaredWindow, Selectors, Text};

    fn model() -> Model {
        let evening = DeclaredWindow {
            name: Text::new("evening"),
            deny: true,
            when: DeclaredTime::Cron {
                start: Text::new("0 18 * * *"),
                end: Text::new("0 6 * * *"),
                zone: chrono_tz::Tz::Europe__Berlin,
            },
            selectors: Selectors::default(),
            reason: Text::default(),
            owner: Text::default(),
        };
        Model::new(Arc::new(Catalog {
            declared: vec![evening],
            ..Catalog::default()
        }))
    }

    #[test]
    fn a_window_is_there_in_three_years_too_and_once() {
        let mut model = model();
        let now = Utc.with_ymd_and_hms(2026, 11, 19, 12, 0, 0).unwrap();
        model.lay_out(now);
        for ahead in [0, 90, 1000] {
            let from = now + TimeDelta::days(ahead);
            let until = from + TimeDelta::days(14);
            model.look_at(from, until, now);
            let found = model.windows_between(from, until);
            let mut ids: Vec<_> = found.iter().map(|span| span.id.clone()).collect();
            ids.sort();
            ids.dedup();
            assert_eq!((found.len(), ids.len()), (14, 14), "{ahead}");
            assert_eq!(
                model.zone_of_window(&found[0].id),
                Some(chrono_tz::Tz::Europe__Berlin)
            );
        }
    }
}
