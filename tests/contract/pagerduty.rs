//! The PagerDuty integration against the simulator.

use tminus::domain::{Act, Body, Connection, IncidentStatus, Intent, Text, TimelineKind, Urgency};
use tminus::integrations::contract::{Observation, Observe, Precheck, Query};

use super::company::{Company, collect};

#[tokio::test]
async fn a_sweep_tells_of_incidents_duties_and_maintenance() {
    let company = Company::open("release-day", 200.0).await;
    let duty = company.connect("pagerduty");
    company.until_incident().await;
    let (result, facts) = collect(&duty).await;
    result.unwrap();
    let incidents = facts
        .iter()
        .find_map(|body| match body {
            Body::Incidents(items) => Some(items.clone()),
            _ => None,
        })
        .unwrap();
    let burn = incidents
        .iter()
        .find(|incident| incident.service == Some("checkout".into()))
        .unwrap();
    assert_eq!(burn.urgency, Urgency::High);
    assert!(facts.iter().any(|body| matches!(
        body,
        Body::Timeline { incident, items }
            if *incident == burn.id && items.iter().any(|one| one.kind == TimelineKind::Trigger)
    )));
    assert!(
        facts
            .iter()
            .any(|body| matches!(body, Body::OnCall(items) if !items.is_empty()))
    );
    let roster = facts.iter().find_map(|body| match body {
        Body::Roster(roster) => Some(roster.clone()),
        _ => None,
    });
    let roster = roster.unwrap();
    assert!(roster.services.contains(&"checkout".into()));
    // Level one turns over each half day, and nobody is left out between.
    let mut shifts: Vec<_> = roster
        .shifts
        .iter()
        .filter(|shift| shift.services.contains(&"checkout".into()))
        .filter_map(|shift| shift.start.zip(shift.end))
        .collect();
    shifts.sort();
    assert!(shifts.len() >= 28, "{}", shifts.len());
    assert!(shifts.windows(2).all(|pair| pair[0].1 == pair[1].0));
    assert!(shifts[0].0 <= roster.from && roster.until <= shifts[shifts.len() - 1].1);
    assert!(facts.iter().any(|body| matches!(
        body,
        Body::Windows { items, .. } if items.iter().any(|one| one.services == ["inventory".into()])
    )));
    let health = facts.iter().find_map(|body| match body {
        Body::Health(health) => Some(health.clone()),
        _ => None,
    });
    assert_eq!(health.unwrap().connection, Connection::Ok);
}

#[tokio::test]
async fn each_act_is_seen_afterwards_and_not_before() {
    let company = Company::open("release-day", 200.0).await;
    let duty = company.connect("pagerduty");
    let incident = company.until_incident().await;
    let acts = [
        Act::Acknowledge {
            incident: incident.clone(),
        },
        Act::AddNote {
            incident: incident.clone(),
            lines: vec!["looking at it".into(), "second line".into()],
        },
        Act::Resolve {
            incident: incident.clone(),
        },
    ];
    for act in acts {
        let operation = Observe {
            id: "0198".into(),
            intent: Intent {
                source: duty.id().clone(),
                service: None,
                environment: None,
                act,
                reason: Text::default(),
            },
            since: chrono::Utc::now(),
            handle: Text::default(),
        };
        let verb = operation.intent.act.verb();
        let before = duty.precheck(&operation.intent).await.unwrap();
        assert_eq!(before, Precheck::Ready, "{verb}");
        let pending = duty.observe(&operation).await.unwrap();
        assert!(
            matches!(pending, Observation::Pending(_)),
            "{verb}: {pending:?}"
        );
        let request = duty.prepare(&operation.intent).unwrap();
        assert_eq!(company.deliver("pagerduty", &request).await, 200, "{verb}");
        let seen = duty.observe(&operation).await.unwrap();
        assert!(matches!(seen, Observation::Done(_)), "{verb}: {seen:?}");
    }
    let again = Intent {
        source: duty.id().clone(),
        service: None,
        environment: None,
        act: Act::Acknowledge {
            incident: incident.clone(),
        },
        reason: Text::default(),
    };
    let moved = duty.precheck(&again).await.unwrap();
    assert!(matches!(moved, Precheck::Moved(_)), "it would reopen it");

    let sink = super::company::Sink::default();
    duty.fetch(Query::Timeline(incident.clone()), &sink.facts("pagerduty"))
        .await
        .unwrap();
    let Some(Body::Timeline { items, .. }) = sink.bodies().pop() else {
        panic!("no timeline");
    };
    let notes: Vec<_> = items
        .iter()
        .filter(|one| one.kind == TimelineKind::Note)
        .collect();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].what.contains("looking at it"));
    let (_, facts) = collect(&duty).await;
    assert!(facts.iter().any(|body| matches!(
        body,
        Body::Incident(one) if one.id == incident && one.status == IncidentStatus::Resolved
    )));
}

#[tokio::test]
async fn the_doctor_finds_it_well() {
    let company = Company::open("release-day", 1.0).await;
    let findings = company.connect("pagerduty").doctor().await;
    assert!(
        findings.iter().all(|one| one.ok != Some(false)),
        "{findings:#?}"
    );
    assert!(findings.len() >= 5);
}
