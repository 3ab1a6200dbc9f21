//! How good a version was, from what is known of its time.

use super::*;
use crate::domain::{Quality, TrackRecord};

const DAY: i64 = 86_400;

/// 4.10.0 served two days, 4.11.0 three, 4.12.0 since a day.
fn company(paged: bool) -> Model {
    let catalog = crate::domain::Catalog {
        services: vec![crate::domain::ServiceSpec {
            name: "checkout".into(),
            incident_services: if paged { vec!["P1".into()] } else { Vec::new() },
            ..crate::domain::ServiceSpec::default()
        }],
        ..crate::domain::Catalog::default()
    };
    let mut model = Model::new(Arc::new(catalog));
    for (key, version, days, state) in [
        ("d1", "4.10.0", -6, DeploymentState::Inactive),
        ("d2", "4.11.0", -4, DeploymentState::Inactive),
        ("d3", "4.12.0", -1, DeploymentState::Success),
    ] {
        let deployment = deployment(key, version, days * DAY, state);
        model.apply(fact(0, Body::Deployment(deployment)), at(0));
    }
    model.apply(fact(0, Body::Incidents(Vec::new())), at(0));
    model
}

fn record(model: &Model, version: &str) -> TrackRecord {
    model.track_record(
        &"checkout".into(),
        &"production".into(),
        &version.into(),
        at(0),
    )
}

fn incident_at(days: i64) -> Incident {
    Incident {
        created: at(days * DAY),
        ..incident("PD1", IncidentStatus::Resolved)
    }
}

#[test]
fn silence_is_good_only_where_somebody_would_have_spoken() {
    let known = record(&company(true), "4.11.0");
    assert_eq!(known.quality, Quality::Good);
    assert_eq!(known.served, Some(3 * DAY));
    assert_eq!(known.until, Some(at(-DAY)));
    let unpaged = record(&company(false), "4.11.0");
    assert_eq!(unpaged.quality, Quality::NotKnown);
    let never = record(&company(true), "9.9.9");
    assert_eq!((never.served, never.quality), (None, Quality::NotKnown));
    assert!(never.why.contains("never served"), "{}", never.why);
}

#[test]
fn an_incident_counts_against_the_version_that_served_alone_then() {
    let mut model = company(true);
    model.apply(fact(0, Body::Incident(incident_at(-3))), at(0));
    let bad = record(&model, "4.11.0");
    assert_eq!(bad.quality, Quality::Bad);
    assert!(bad.why.contains("incident 4821"), "{}", bad.why);
    assert_eq!(record(&model, "4.10.0").quality, Quality::Good);
    // A canary of the next version was out when it began: it is that one's.
    let mut model = company(true);
    let canary = deployment("d4", "4.13.0", -600, DeploymentState::InProgress);
    model.apply(fact(0, Body::Deployment(canary)), at(0));
    let mut late = incident_at(0);
    late.created = at(-300);
    model.apply(fact(0, Body::Incident(late)), at(0));
    assert_eq!(record(&model, "4.12.0").quality, Quality::Good);
}

#[test]
fn what_was_taken_back_is_bad_and_what_it_went_back_to_is_not() {
    let mut model = company(true);
    let back = deployment("d4", "4.11.0", -3_600, DeploymentState::Success);
    model.apply(fact(0, Body::Deployment(back)), at(0));
    let mut replaced = deployment("d3", "4.12.0", -DAY, DeploymentState::Inactive);
    replaced.updated = at(-3_600);
    model.apply(fact(1, Body::Deployment(replaced)), at(1));
    let taken = record(&model, "4.12.0");
    assert_eq!(taken.quality, Quality::Bad);
    assert!(taken.why.contains("taken back to 4.11.0"), "{}", taken.why);
    let again = record(&model, "4.11.0");
    assert_eq!(again.quality, Quality::Good);
    // Both of its times count.
    assert_eq!(again.served, Some(3 * DAY + 3_600));
}

#[test]
fn a_short_time_proves_nothing() {
    let mut model = company(true);
    let fresh = deployment("d4", "4.13.0", -120, DeploymentState::Success);
    model.apply(fact(0, Body::Deployment(fresh)), at(0));
    assert_eq!(record(&model, "4.13.0").quality, Quality::NotKnown);
    let failed = deployment("d5", "4.12.0", -60, DeploymentState::Failure);
    model.apply(fact(0, Body::Deployment(failed)), at(0));
    let why = record(&model, "4.12.0").why;
    assert!(why.contains("failed"), "{why}");
}
