//! What the signatures are bound to, and what a second person's tminus refuses.

use serde_json::Value;

use super::{
    Time, agree, approve, bodies, carry_out, countersign, detail, file, person, propose, situation,
};
use crate::{
    domain::{Act, Intent, OperationState, Origin, SourceId, Text},
    error::Error,
    evidence::{
        Sign as _,
        dsse::{Envelope, pae},
        sshsig,
        statement::pretty,
        testing::Pen,
    },
    operation::{
        Answers, Situation,
        testing::{Fake, Lie},
    },
};

/// Signs a changed proposal as ana, so that only the change can be what is
/// wrong with it.
fn forged(bytes: &[u8], seed: u8, namespace: &str, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let envelope = Envelope::parse(bytes).unwrap();
    let mut statement: Value = serde_json::from_slice(&envelope.unverified().unwrap()).unwrap();
    change(&mut statement);
    let payload = serde_json::to_vec(&statement).unwrap();
    let mut envelope = Envelope::new(&payload);
    let message = pae(&envelope.payload_type, &payload);
    envelope.add("", Pen::new(seed).sign(namespace, &message).unwrap());
    pretty(&envelope).unwrap()
}

#[test]
fn a_proposal_that_is_not_what_was_signed_or_not_signed_for_this_is_refused() {
    let (time, fake) = (Time::new(), Fake::new(Lie::Honest));
    let (ana, ben) = (
        person("ana", 1, &time, &fake),
        person("ben", 2, &time, &fake),
    );
    let good = file(&propose(&ana).unwrap());
    let namespace = sshsig::PROPOSAL;
    let spoilt = String::from_utf8(good.clone()).unwrap();
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"{}".to_vec(), "no DSSE envelope"),
        (
            spoilt.replace("in-toto", "out-toto").into_bytes(),
            "payload is of the type",
        ),
        (
            spoilt
                .replacen("\"payload\": \"ey", "\"payload\": \"eZ", 1)
                .into_bytes(),
            "does not fit",
        ),
        (
            forged(&good, 9, namespace, |_| ()),
            "not among the allowed signers",
        ),
        (
            forged(&good, 1, sshsig::EVIDENCE, |_| ()),
            "another purpose",
        ),
        (
            forged(&good, 1, sshsig::COUNTERSIGNATURE, |_| ()),
            "another purpose",
        ),
        (
            forged(&good, 1, namespace, |statement| {
                statement["predicateType"] = "x".into();
            }),
            "does not belong here",
        ),
        (
            forged(&good, 1, namespace, |statement| {
                statement["predicate"]["request_sha256"] = "00".into();
            }),
            "another request than it names",
        ),
        (
            forged(&good, 1, namespace, |statement| {
                statement["predicate"]["expires"] = "2099-01-01T00:00:00Z".into();
            }),
            "longer than a day",
        ),
        (
            forged(&good, 1, namespace, |statement| {
                let late = "2026-01-01T00:00:00Z";
                statement["predicate"]["at"] = late.into();
                statement["predicate"]["expires"] = "2026-01-01T01:00:00Z".into();
            }),
            "in the future",
        ),
    ];
    for (bytes, why) in cases {
        let error = ben.desk.open_proposal(&bytes).unwrap_err();
        assert!(error.message.contains(why), "{why}: {error}");
    }
    assert!(ben.desk.open_proposal(&good).is_ok());
}

#[test]
fn what_is_agreed_to_is_the_very_request_that_was_signed() {
    let (time, fake) = (Time::new(), Fake::new(Lie::Honest));
    let (ana, ben) = (
        person("ana", 1, &time, &fake),
        person("ben", 2, &time, &fake),
    );
    let good = file(&propose(&ana).unwrap());
    let digest = "0".repeat(64);
    let other = forged(&good, 1, sshsig::PROPOSAL, |statement| {
        statement["subject"][0]["digest"]["sha256"] = digest.clone().into();
        statement["predicate"]["request_sha256"] = digest.clone().into();
    });
    let error = countersign(&ben, &other).unwrap_err();
    assert!(error.message.contains("another request"), "{error}");
    // A check of something else does not serve either.
    let opened = ben.desk.open_proposal(&good).unwrap();
    let another = Intent {
        act: Act::Acknowledge {
            incident: Origin::new(&SourceId::new("hub"), "PD1"),
        },
        ..approve()
    };
    let checked = ben
        .desk
        .check(ben.desk.draft(another), &situation())
        .unwrap();
    let error = ben
        .desk
        .countersign(&checked, &Answers::default(), &opened, "", |_| Ok(()))
        .unwrap_err();
    assert!(error.message.contains("not what was proposed"), "{error}");
    assert!(bodies(&ben.desk).is_empty());
    assert_eq!(fake.vendor().requests, 0);
}

#[test]
fn the_second_persons_own_rules_count_and_a_moved_target_is_not_touched() {
    let (time, fake) = (Time::new(), Fake::new(Lie::Honest));
    let (ana, ben) = (
        person("ana", 1, &time, &fake),
        person("ben", 2, &time, &fake),
    );
    let proposed = propose(&ana).unwrap();
    let opened = ben.desk.open_proposal(&file(&proposed)).unwrap();
    let not_a_reviewer = Situation {
        may_answer: Some(false),
        ..situation()
    };
    let refusal = ben
        .desk
        .check(ben.desk.draft_of(&opened), &not_a_reviewer)
        .unwrap_err();
    assert!(
        refusal.sentence.contains("reviewers"),
        "{}",
        refusal.sentence
    );
    fake.vendor.lock().unwrap().moved = Some(Text::new("it was answered"));
    let (confirmed, _) = agree(&ben, &opened).unwrap();
    let record = carry_out(&ben, confirmed);
    assert_eq!(record.state, OperationState::Failed);
    assert!(
        detail(&record).contains("nothing was sent"),
        "{}",
        detail(&record)
    );
    assert_eq!(fake.vendor().requests, 0);
}

#[test]
fn when_the_claim_says_no_nothing_is_written_and_nothing_sent() {
    let (time, fake) = (Time::new(), Fake::new(Lie::Honest));
    let (ana, ben) = (
        person("ana", 1, &time, &fake),
        person("ben", 2, &time, &fake),
    );
    let proposed = propose(&ana).unwrap();
    let opened = ben.desk.open_proposal(&file(&proposed)).unwrap();
    let checked = ben
        .desk
        .check(ben.desk.draft_of(&opened), &situation())
        .unwrap();
    let refused = ben
        .desk
        .countersign(&checked, &Answers::default(), &opened, "", |_| {
            Err(Error::new(
                crate::error::Kind::Refused,
                "somebody was first",
            ))
        })
        .unwrap_err();
    assert_eq!(refused.message, "somebody was first");
    assert!(bodies(&ben.desk).is_empty());
    assert_eq!(
        std::fs::read_dir(ben.place.path().join("sessions"))
            .unwrap()
            .count(),
        1
    );
}

#[test]
fn an_id_from_outside_cannot_leave_the_directory() {
    let (time, fake) = (Time::new(), Fake::new(Lie::Honest));
    let (ana, ben) = (
        person("ana", 1, &time, &fake),
        person("ben", 2, &time, &fake),
    );
    let good = file(&propose(&ana).unwrap());
    let hostile = forged(&good, 1, sshsig::PROPOSAL, |statement| {
        statement["predicate"]["confirmation"]["operation"] = "../../x".into();
    });
    let error = countersign(&ben, &hostile).unwrap_err();
    assert!(error.message.contains("no id of an operation"), "{error}");
    assert!(!ben.place.path().join("proposals").exists());
}
