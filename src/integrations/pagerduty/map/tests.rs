//! Vendor-shaped JSON in, facts out.

use serde_json::json;

use super::*;
use crate::domain::{ServiceSpec, Timestamp};

fn source() -> SourceId {
    SourceId::new("pagerduty")
}

fn services() -> Services {
    let service = ServiceSpec {
        name: "checkout".into(),
        incident_services: vec!["PCHECK1".into()],
        ..ServiceSpec::default()
    };
    Services::new(&Catalog {
        services: vec![service],
        ..Catalog::default()
    })
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn wire<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn whole_incident() -> serde_json::Value {
    // Shaped after the example of the API's description.
    json!({
        "id": "PT4KHLK", "type": "incident", "summary": "[#1234] The server is on fire.",
        "self": "https://api.pagerduty.com/incidents/PT4KHLK",
        "html_url": "https://subdomain.pagerduty.com/incidents/PT4KHLK",
        "incident_number": 1234, "title": "The server is on fire.",
        "created_at": "2015-10-06T21:30:42Z", "updated_at": "2015-10-06T21:40:23Z",
        "status": "acknowledged", "incident_key": "baf7cf21b1da41b4b0221008339ff357",
        "service": {"id": "PCHECK1", "type": "generic_email_reference", "summary": "My Mail Service",
            "self": "https://api.pagerduty.com/services/PIJ90N7", "html_url": null},
        "assignments": [{"at": "2015-11-10T00:31:52Z",
            "assignee": {"id": "PXPGF42", "type": "user_reference", "summary": "Earline Greenholt"}}],
        "last_status_change_at": "2015-10-06T21:38:23Z",
        "last_status_change_by": {"id": "PXPGF42", "summary": "Earline Greenholt"},
        "resolved_at": null, "priority": {"id": "P53ZZH5", "summary": "P2", "name": "P2"},
        "pending_actions": [{"type": "resolve", "at": "2015-11-10T05:02:36Z"},
            {"type": "escalate", "at": "2015-11-10T01:02:36Z"}],
        "acknowledgements": [{"at": "2015-11-10T00:32:52Z",
            "acknowledger": {"id": "PXPGF42", "summary": "Earline Greenholt"}}],
        "alert_counts": {"all": 2, "resolved": 0, "triggered": 2}, "urgency": "high"
    })
}

#[test]
fn an_incident_is_mapped_whole() {
    let found = incident(&source(), &services(), &wire(whole_incident()));
    assert_eq!(found.id.to_string(), "pagerduty:PT4KHLK");
    assert_eq!(found.number, 1234);
    assert_eq!(found.urgency, Urgency::High);
    assert_eq!(found.status, IncidentStatus::Acknowledged);
    assert_eq!(found.priority.as_deref(), Some("P2"));
    assert_eq!(found.service, Some("checkout".into()));
    assert_eq!(found.vendor_service.as_str(), "My Mail Service");
    assert_eq!(found.updated, at("2015-10-06T21:40:23Z"));
    assert_eq!(found.escalates_at, Some(at("2015-11-10T01:02:36Z")));
    assert_eq!(found.acknowledged_by, ["Earline Greenholt".into()]);
    assert_eq!(found.assigned, ["Earline Greenholt".into()]);
}

#[test]
fn words_that_nobody_knows_stay_themselves() {
    let mut value = whole_incident();
    value["status"] = json!("snoozed");
    value["urgency"] = json!("severity_based");
    value["service"]["id"] = json!("PELSE");
    value["pending_actions"] = json!(null);
    value["assignments"] = json!([{"at": 3}, {"assignee": {"id": "P1"}}]);
    let found = incident(&source(), &services(), &wire(value));
    assert_eq!(found.status, IncidentStatus::Other("snoozed".into()));
    assert_eq!(found.urgency, Urgency::Other("severity_based".into()));
    assert_eq!(found.service, None);
    assert_eq!(found.escalates_at, None);
    assert_eq!(found.assigned, ["P1".into()]);
}

#[test]
fn hostile_titles_lose_their_power() {
    let mut value = whole_incident();
    value["title"] = json!("\u{1b}[2J\u{202e}fire\nR");
    let found = incident(&source(), &services(), &wire(value));
    assert!(
        !found
            .title
            .chars()
            .any(|c| c.is_control() || c == '\u{202e}')
    );
}

fn entry(id: &str, kind: &str, minute: u32) -> wire::LogEntry {
    wire(
        json!({"id": id, "type": kind, "summary": format!("{kind} happened"),
        "created_at": format!("2026-11-22T14:{minute:02}:00Z"),
        "agent": {"id": "P1", "type": "user_reference", "summary": "Ana"},
        "channel": {"type": "web_trigger"}}),
    )
}

#[test]
fn log_and_notes_become_one_timeline_without_doubles() {
    let log = [
        entry("R5", "annotate_log_entry", 5),
        entry("R4", "notify_log_entry", 4),
        entry("R3", "acknowledgement_log_entry", 3),
        entry("R2", "acknowledge_log_entry", 2),
        entry("R2", "acknowledge_log_entry", 2),
        entry("R1", "trigger_log_entry_reference", 1),
        entry("R6", "custom_field_value_change_log_entry", 6),
    ];
    let notes: Vec<wire::Note> = vec![wire(
        json!({"id": "N1", "user": {"id": "P1", "summary": "Ana"},
        "content": "looking\r\n\nat it", "created_at": "2026-11-22T14:05:01Z"}),
    )];
    let kinds = |entries: &[TimelineEntry]| -> Vec<TimelineKind> {
        entries.iter().map(|one| one.kind.clone()).collect()
    };
    let both = timeline(&source(), &log, Some(&notes));
    assert_eq!(
        kinds(&both),
        [
            TimelineKind::Trigger,
            TimelineKind::Acknowledge,
            TimelineKind::Acknowledge,
            TimelineKind::Notify,
            TimelineKind::Note,
            TimelineKind::Other("custom field value change".into()),
        ]
    );
    assert_eq!(both[4].what.as_str(), "looking / at it");
    let without = timeline(&source(), &log, None);
    assert_eq!(without.len(), 6);
    assert_eq!(without[4].kind, TimelineKind::Note);
}

#[test]
fn a_duty_on_two_schedules_stands_there_once() {
    let duty = |end: serde_json::Value| -> wire::OnCall {
        wire(
            json!({"user": {"id": "P1", "summary": "Ana"}, "escalation_level": 1,
            "escalation_policy": {"id": "E1", "summary": "Checkout"},
            "schedule": {"id": "S", "type": "schedule_v3_reference"},
            "start": "2026-11-22T00:00:00Z", "end": end}),
        )
    };
    let ends = [json!("2026-11-22T20:00:00Z"), json!("2026-11-23T08:00:00Z")];
    let found = on_calls(&ends.clone().map(duty));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].until, Some(at("2026-11-23T08:00:00Z")));
    let found = on_calls(&[duty(json!(null)), duty(ends[0].clone())]);
    assert_eq!(found[0].until, None, "always is longer than any time");
}

#[test]
fn a_roster_is_of_our_services_by_their_escalation_policies() {
    let service = |id: &str, policy: serde_json::Value| -> wire::Service {
        wire(json!({"id": id, "escalation_policy": policy}))
    };
    let policy = json!({"id": "E1", "summary": "Checkout"});
    let policies = policies(
        &services(),
        &[
            service("PCHECK1", policy.clone()),
            service("PELSE", json!({"id": "E2", "summary": "Others"})),
            service("PCHECK1", policy),
        ],
    );
    assert_eq!(
        policies.keys().map(Text::as_str).collect::<Vec<_>>(),
        ["E1"]
    );
    let shift = |policy: &str, start: serde_json::Value| -> wire::OnCall {
        wire(
            json!({"user": {"id": "P1", "summary": "Ana"}, "escalation_level": 1,
            "escalation_policy": {"id": policy, "summary": "x"}, "start": start, "end": null}),
        )
    };
    let (from, until) = (at("2026-11-22T00:00:00Z"), at("2026-12-06T00:00:00Z"));
    let wires = [
        shift("E1", json!("2026-11-22T00:00:00Z")),
        shift("E1", json!(null)),
        shift("E2", json!(null)),
    ];
    let roster = roster(&policies, from, until, &wires);
    assert_eq!(roster.services, ["checkout".into()]);
    let starts: Vec<_> = roster.shifts.iter().map(|shift| shift.start).collect();
    assert_eq!(starts, [Some(from), None], "those of others are not ours");
}

#[test]
fn a_window_of_others_is_not_one_of_all() {
    let value = |service: &str| -> wire::MaintenanceWindow {
        wire(
            json!({"id": "PW98YIO", "type": "maintenance_window", "sequence_number": 1,
            "start_time": "2015-11-09T20:00:00-05:00", "end_time": "2015-11-09T22:00:00-05:00",
            "description": "Immanentizing the eschaton",
            "services": [{"id": service, "type": "service_reference"}],
            "created_by": {"id": "P1", "summary": "Ana"}}),
        )
    };
    let found = window(&source(), &services(), &value("PCHECK1")).unwrap();
    assert_eq!(found.start, at("2015-11-10T01:00:00Z"));
    assert_eq!(found.services, ["checkout".into()]);
    assert_eq!(window(&source(), &services(), &value("PELSE")), None);
}
