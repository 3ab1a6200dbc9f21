//! Who is on call while a release goes out.

use super::{Conflict, ConflictKind, Model};
use crate::domain::{Connection, Release, ServiceName, SourceId, Text, Timestamp};

/// How a span is covered by people on call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cover {
    /// Nobody has to be on call: no system pages for the service.
    NotPaged,
    /// Somebody is, all of the time.
    Covered,
    /// Nobody is from this instant on.
    Gap(Timestamp),
    /// It is further ahead than is asked for.
    TooFar,
    /// It is not known, and why.
    Unknown(Text),
}

impl Model {
    /// Whether somebody is on call for a service all through `[from, until)`.
    #[must_use]
    pub fn cover(&self, service: &ServiceName, from: Timestamp, until: Timestamp) -> Cover {
        let paged = self
            .catalog()
            .service(service)
            .is_some_and(|spec| !spec.incident_services.is_empty());
        if !paged {
            return Cover::NotPaged;
        }
        let unknown = |why: &str| Cover::Unknown(Text::new(why));
        let mut found: Vec<(Timestamp, Timestamp)> = Vec::new();
        let (mut told, mut last) = (false, until);
        for (source, roster) in &self.rosters {
            let roster = &roster.value;
            if !roster.services.contains(service) {
                continue;
            }
            if let Some(why) = self.away(source) {
                return Cover::Unknown(why);
            }
            if roster.until <= from {
                return Cover::TooFar;
            }
            last = last.min(roster.until);
            told = true;
            let shifts = roster.shifts.iter();
            let shifts = shifts.filter(|shift| shift.services.contains(service));
            found.extend(shifts.map(|shift| {
                let start = shift.start.unwrap_or(Timestamp::MIN_UTC);
                (start, shift.end.unwrap_or(Timestamp::MAX_UTC))
            }));
        }
        if !told {
            return unknown("the system that pages for it has not told who is on call");
        }
        found.sort_unstable();
        let mut covered = from.max(self.first_roster());
        for (start, end) in found {
            if start > covered || covered >= last {
                break;
            }
            covered = covered.max(end);
        }
        if covered < last {
            Cover::Gap(covered)
        } else {
            Cover::Covered
        }
    }

    /// From when on anything is known of who is on call: what is over by then
    /// is not looked at.
    fn first_roster(&self) -> Timestamp {
        let all = self.rosters.values().map(|roster| roster.value.from);
        all.min().unwrap_or(Timestamp::MIN_UTC)
    }

    /// Why a source does not tell what is so now; none when it does.
    pub(super) fn away(&self, source: &SourceId) -> Option<Text> {
        let health = &self.health_of(source)?.value;
        let fine = matches!(health.connection, Connection::Ok | Connection::Degraded);
        (!fine).then(|| {
            if health.detail.is_empty() {
                Text::from(format!("{source} does not answer"))
            } else {
                health.detail.clone()
            }
        })
    }

    pub(super) fn against_duty(
        &self,
        release: &Release,
        start: Timestamp,
        end: Timestamp,
        conflicts: &mut Vec<Conflict>,
    ) {
        for item in &release.items {
            let (kind, sentence, from) = match self.cover(&item.service, start, end) {
                Cover::NotPaged | Cover::Covered | Cover::TooFar => continue,
                Cover::Gap(from) => (
                    ConflictKind::NobodyOnCall,
                    format!(
                        "{}: nobody is on call for {} from {} on",
                        release.id,
                        item.service,
                        from.format("%a %H:%M")
                    ),
                    from,
                ),
                Cover::Unknown(why) => (
                    ConflictKind::OnCallNotKnown,
                    format!(
                        "{}: who is on call for {} is not known: {why}",
                        release.id, item.service
                    ),
                    start,
                ),
            };
            conflicts.push(Conflict {
                kind,
                sentence: Text::from(sentence),
                with: Text::default(),
                service: Some(item.service.0.clone()),
                from,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::TimeDelta;

    use super::*;
    use crate::domain::{Body, Catalog, Fact, Health, ReleaseItem, Roster, ServiceSpec, Shift};

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::hours(hour)
    }

    fn catalog() -> Catalog {
        let service = |name: &str, paged: bool| ServiceSpec {
            name: name.into(),
            incident_services: paged.then(|| "PCHECK1".into()).into_iter().collect(),
            ..ServiceSpec::default()
        };
        Catalog {
            services: vec![service("checkout", true), service("docs", false)],
            ..Catalog::default()
        }
    }

    fn model(shifts: &[(Option<i64>, Option<i64>)]) -> Model {
        let mut model = Model::new(Arc::new(catalog()));
        let shift = |(start, end): &(Option<i64>, Option<i64>)| Shift {
            person: "ana".into(),
            services: vec!["checkout".into()],
            start: start.map(at),
            end: end.map(at),
        };
        let roster = Roster {
            from: at(0),
            until: at(100),
            services: vec!["checkout".into()],
            shifts: shifts.iter().map(shift).collect(),
        };
        tell(&mut model, Body::Roster(roster));
        model
    }

    fn tell(model: &mut Model, body: Body) {
        let fact = Fact {
            source: "pager".into(),
            observed: at(0),
            body,
        };
        model.apply(fact, at(0));
    }

    fn cover(model: &Model, from: i64, until: i64) -> Cover {
        model.cover(&"checkout".into(), at(from), at(until))
    }

    #[test]
    fn shifts_that_follow_one_another_cover_and_a_gap_is_found() {
        let whole = model(&[(Some(6), Some(20)), (Some(-2), Some(6)), (Some(20), None)]);
        assert_eq!(cover(&whole, 1, 90), Cover::Covered);
        let gap = model(&[(Some(-2), Some(6)), (Some(7), Some(20))]);
        assert_eq!(cover(&gap, 1, 6), Cover::Covered);
        assert_eq!(cover(&gap, 1, 7), Cover::Gap(at(6)));
        assert_eq!(cover(&gap, 19, 21), Cover::Gap(at(20)));
        assert_eq!(cover(&model(&[]), 1, 2), Cover::Gap(at(1)));
        assert_eq!(cover(&model(&[(None, None)]), 1, 99), Cover::Covered);
    }

    #[test]
    fn what_is_not_asked_for_is_no_gap_and_what_is_over_is_not_looked_at() {
        let model = model(&[(Some(0), Some(100))]);
        assert_eq!(cover(&model, 90, 110), Cover::Covered, "as far as is known");
        assert_eq!(cover(&model, 100, 110), Cover::TooFar);
        assert_eq!(cover(&model, -10, 3), Cover::Covered);
        let docs = model.cover(&"docs".into(), at(1), at(2));
        assert_eq!(docs, Cover::NotPaged);
    }

    #[test]
    fn a_system_that_is_away_leaves_it_not_known() {
        let mut model = model(&[(None, None)]);
        tell(
            &mut model,
            Body::Health(Health {
                connection: Connection::Unreachable,
                detail: "no route to host".into(),
                last_ok: None,
                next_try: None,
                budget: None,
                clock_skew_seconds: None,
            }),
        );
        assert_eq!(
            cover(&model, 1, 2),
            Cover::Unknown("no route to host".into())
        );
        let silent = Model::new(Arc::new(catalog()));
        assert!(matches!(cover(&silent, 1, 2), Cover::Unknown(_)));
    }

    #[test]
    fn a_release_without_anybody_on_call_is_a_conflict() {
        let release = Release {
            id: "r".into(),
            captain: Some("ana".into()),
            items: vec![ReleaseItem {
                service: "checkout".into(),
                environment: "production".into(),
                ..ReleaseItem::default()
            }],
            start: Some(at(1)),
            end: Some(at(8)),
            ..Release::default()
        };
        let kinds = |model: &Model| -> Vec<ConflictKind> {
            let conflicts = model.conflicts_of(&release).into_iter();
            conflicts.map(|one| one.kind).collect()
        };
        assert_eq!(kinds(&model(&[(None, None)])), []);
        assert_eq!(
            kinds(&model(&[(Some(0), Some(6))])),
            [ConflictKind::NobodyOnCall]
        );
        let silent = Model::new(Arc::new(catalog()));
        assert_eq!(kinds(&silent), [ConflictKind::OnCallNotKnown]);
    }
}
