//! Requests and judgements without a network.

use serde_json::json;

use super::*;
use crate::{
    domain::{OperationId, SourceId},
    integrations::http::{
        self,
        tests::{Server, answer},
    },
};

fn actor(from: Option<&str>) -> Actor {
    let settings = Settings {
        from: from.map(str::to_owned),
        ..Settings::default()
    };
    let base = reqwest::Url::parse("http://127.0.0.1:1/pd").unwrap();
    let secret = SecretString::from("tminus-canary");
    Actor::new(
        Access::ReadOnly,
        &settings,
        base,
        &secret,
        Transport::default(),
    )
    .unwrap()
}

fn intent(act: Act) -> Intent {
    Intent {
        source: SourceId::new("pagerduty"),
        service: None,
        environment: None,
        act,
        reason: Text::default(),
    }
}

fn origin(key: &str) -> Origin {
    Origin::new(&SourceId::new("pagerduty"), key)
}

fn wire<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn incident(status: &str) -> wire::Incident {
    wire(
        json!({"id": "P1", "status": status, "created_at": "2026-11-22T13:00:00Z",
        "last_status_change_at": "2026-11-22T14:01:00Z",
        "last_status_change_by": {"id": "U1", "summary": "Bo"}}),
    )
}

fn entry(kind: &str, clock: &str) -> wire::LogEntry {
    wire(
        json!({"id": clock, "type": format!("{kind}_log_entry"), "agent": {"id": "U1", "summary": "Ana"},
        "created_at": format!("2026-11-22T{clock}Z")}),
    )
}

fn since() -> Timestamp {
    "2026-11-22T14:00:00Z".parse().unwrap()
}

#[test]
fn each_act_has_its_request() {
    let actor = actor(Some("ana@larkspur.example"));
    let incident = origin("PT4KHLK");
    let cases = [
        (
            Act::Acknowledge {
                incident: incident.clone(),
            },
            "PUT http://127.0.0.1:1/pd/incidents/PT4KHLK",
            json!({"incident": {"type": "incident_reference", "status": "acknowledged"}}),
        ),
        (
            Act::Resolve {
                incident: incident.clone(),
            },
            "PUT http://127.0.0.1:1/pd/incidents/PT4KHLK",
            json!({"incident": {"type": "incident_reference", "status": "resolved"}}),
        ),
        (
            Act::AddNote {
                incident,
                lines: vec!["one".into(), "two".into()],
            },
            "POST http://127.0.0.1:1/pd/incidents/PT4KHLK/notes",
            json!({"note": {"content": "one\ntwo"}}),
        ),
    ];
    for (act, line, body) in cases {
        let request = actor.prepare(&intent(act)).unwrap();
        assert_eq!(request.to_string(), line);
        let sent: serde_json::Value = serde_json::from_str(&request.body).unwrap();
        assert_eq!(sent, body);
    }
}

#[test]
fn what_cannot_be_done_is_said() {
    let known = actor(Some("ana@larkspur.example"));
    for key in ["", "../users", "P1?x=1", "P1/notes"] {
        let act = Act::Resolve {
            incident: origin(key),
        };
        assert!(known.prepare(&intent(act)).is_err(), "{key}");
    }
    let cancel = Act::CancelRun {
        run: origin("P1"),
        attempt: 1,
    };
    assert!(known.prepare(&intent(cancel)).is_err());
    let empty = Act::AddNote {
        incident: origin("P1"),
        lines: vec![" ".into()],
    };
    assert!(known.prepare(&intent(empty)).is_err());
    let ack = Act::Acknowledge {
        incident: origin("P1"),
    };
    let fault = actor(None).prepare(&intent(ack)).unwrap_err();
    assert!(fault.detail.contains("from"), "{fault}");
}

#[test]
fn a_resolved_incident_is_never_acknowledged() {
    let acknowledge = Act::Acknowledge {
        incident: origin("P1"),
    };
    let resolve = Act::Resolve {
        incident: origin("P1"),
    };
    let why = judge(&acknowledge, &incident("resolved")).unwrap();
    assert!(why.contains("resolved by Bo at 14:01:00"), "{why}");
    assert!(judge(&acknowledge, &incident("acknowledged")).is_some());
    assert_eq!(judge(&acknowledge, &incident("triggered")), None);
    assert!(judge(&resolve, &incident("resolved")).is_some());
    assert_eq!(judge(&resolve, &incident("acknowledged")), None);
}

#[test]
fn an_acknowledgement_is_what_the_log_shows_since() {
    let old = entry("acknowledge", "10:00:00");
    let new = entry("acknowledgement", "14:00:02");
    let seen = seen_acknowledgement(
        &incident("acknowledged"),
        &[new.clone(), old.clone()],
        since(),
    );
    assert_eq!(
        seen,
        Observation::Done("acknowledged by Ana at 14:00:02 UTC".into())
    );
    let seen = seen_acknowledgement(&incident("triggered"), std::slice::from_ref(&old), since());
    assert!(matches!(seen, Observation::Pending(_)));
    let seen = seen_acknowledgement(&incident("acknowledged"), &[old], since());
    assert!(
        matches!(seen, Observation::Pending(_)),
        "somebody else, before"
    );
    let seen = seen_acknowledgement(&incident("resolved"), &[], since());
    assert!(matches!(seen, Observation::Refuted(_)));
}

#[test]
fn a_reopening_is_said() {
    let log = [
        entry("acknowledge", "14:00:02"),
        entry("resolve", "13:59:59"),
    ];
    let Observation::Done(proof) = seen_acknowledgement(&incident("acknowledged"), &log, since())
    else {
        panic!("it is done");
    };
    assert!(proof.contains("reopened"), "{proof}");
}

#[test]
fn a_note_is_found_by_handle_or_by_its_text() {
    let note = |id: &str, content: &str, clock: &str| -> wire::Note {
        wire(json!({"id": id, "content": content, "created_at": format!("2026-11-22T{clock}Z")}))
    };
    let operation = |handle: &str| Observe {
        id: OperationId::new("1"),
        intent: intent(Act::AddNote {
            incident: origin("P1"),
            lines: vec!["a".into(), "b".into()],
        }),
        since: since(),
        handle: handle.into(),
    };
    let done = |notes: &[wire::Note], handle: &str| {
        matches!(
            seen_note(notes, "a\nb", &operation(handle)),
            Observation::Done(_)
        )
    };
    assert!(done(&[note("N1", "a\r\nb", "14:00:01")], ""));
    assert!(done(&[note("N1", "edited", "14:00:01")], "N1"));
    assert!(
        !done(&[note("N1", "a\nb", "10:00:00")], ""),
        "an older twin"
    );
    assert!(!done(&[note("N1", "a\nb c", "14:00:01")], ""));
    assert!(!done(&[], "N1"));
}

#[test]
fn a_resolution_is_the_status() {
    assert!(matches!(
        seen_resolution(&incident("resolved")),
        Observation::Done(_)
    ));
    assert!(matches!(
        seen_resolution(&incident("acknowledged")),
        Observation::Pending(_)
    ));
}

fn acts() -> [Act; 3] {
    let incident = origin("PT4KHLK");
    [
        Act::Acknowledge {
            incident: incident.clone(),
        },
        Act::Resolve {
            incident: incident.clone(),
        },
        Act::AddNote {
            incident,
            lines: vec!["one".into()],
        },
    ]
}

fn writer(server: &Server, access: Access) -> Actor {
    let settings = Settings {
        from: Some("ana@larkspur.example".to_owned()),
        ..Settings::default()
    };
    let base = http::parse_base(&server.base, true, false).unwrap();
    let secret = SecretString::from("tminus-canary");
    Actor::new(access, &settings, base, &secret, Transport::default()).unwrap()
}

#[tokio::test]
async fn each_act_is_on_the_wire_exactly_once() {
    type Reply = Option<Vec<u8>>;
    let note = r#"{"note":{"id":"N9","created_at":"2026-11-22T14:00:00Z"}}"#;
    let json = "content-type: application/json\r\n";
    let replies: [(&str, Reply); 4] = [
        ("lost", answer("502 Bad Gateway", "", "")),
        ("lost", None),
        ("accepted", answer("200 OK", json, note)),
        (
            "refused",
            answer("403 No", json, r#"{"error":{"message":"Read only"}}"#),
        ),
    ];
    for act in acts() {
        for (outcome, reply) in replies.clone() {
            let server = Server::start(move |_, _| reply.clone()).await;
            let actor = writer(&server, Access::ReadWrite);
            let request = actor.prepare(&intent(act.clone())).unwrap();
            let got = match actor.deliver(&request).await {
                Answer::Lost(_) => "lost",
                Answer::Refused { status: 403, .. } => "refused",
                Answer::Refused { .. } => "never sent",
                Answer::Accepted { handle, .. } => {
                    assert_eq!(handle.as_str(), "N9");
                    "accepted"
                }
            };
            assert_eq!(got, outcome, "{}", act.verb());
            let seen = server.seen();
            assert_eq!(seen.len(), 1, "{}", act.verb());
            assert!(seen[0].starts_with(request.method));
            assert!(
                seen[0].ends_with(&request.body),
                "the bytes that were shown"
            );
            let head = seen[0].to_ascii_lowercase();
            assert!(head.contains("from: ana@larkspur.example"), "{head}");
            assert!(head.contains("authorization: token token=tminus-canary"));
        }
    }
}

#[tokio::test]
async fn a_read_only_process_sends_nothing() {
    let server = Server::start(|_, _| answer("200 OK", "", "")).await;
    let actor = writer(&server, Access::ReadOnly);
    for act in acts() {
        let request = actor.prepare(&intent(act)).unwrap();
        let got = actor.deliver(&request).await;
        assert!(matches!(got, Answer::Refused { status: 0, .. }), "{got:?}");
    }
    assert!(server.seen().is_empty());
}
