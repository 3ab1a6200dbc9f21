//! A package that is whole, and every way in which one can be spoilt.

mod vectors;

use super::{
    dsse::Envelope,
    package::{
        self, About, Chain, Content, ENTRIES, Files, Kept, MANIFEST, MANIFEST_SIGNATURE, Summary,
    },
    questions::Found,
    signers::AllowedSigners,
    sshsig::{self, EVIDENCE},
    statement::pretty,
    testing::Pen,
    verify::{Report, verify},
};
use crate::{
    domain::{
        Act, Grant, Intent, Note, NoteLink, OperationId, OperationState, Origin, SourceId, Text,
        Timestamp,
    },
    evidence::Sign as _,
    store::journal::{
        Actor, AnswerKind, Confirmation, EntryBody, Excerpt, PolicyFile, PolicyRecord, RawRecord,
        RequestRecord, RuleRecord, digest, memory::Memory,
    },
};

pub(super) const ANSWER: &[u8] = b"{\"state\":\"approved\"}";
pub(super) const PROOF: &[u8] = b"[{\"user\":\"ana\"}]";
pub(super) const POLICY: &[u8] = b"package tminus\n";
pub(super) const INPUT: &[u8] = b"{\"operation\":{}}";

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_timestamp(1_795_356_000 + second, 0).unwrap_or_default()
}

fn seen(bytes: &[u8], kept: bool) -> RawRecord {
    RawRecord {
        request: "GET https://api.github.com/repos/larkspur/checkout".into(),
        status: 200,
        request_id: "C0FF:EE".into(),
        at: at(3),
        sha256: digest(bytes),
        length: bytes.len() as u64,
        whole: true,
        kept,
    }
}

/// What a person says yes to.
pub(crate) fn confirmation(id: &str) -> Confirmation {
    let source = SourceId::new("github");
    Confirmation {
        operation: OperationId::new(id),
        intent: Intent {
            source: source.clone(),
            service: Some("checkout".into()),
            environment: Some("production".into()),
            act: Act::Approve {
                approval: Origin::new(&source, "larkspur/checkout/runs/7/approvals/production"),
                run: Origin::new(&source, "larkspur/checkout/runs/7"),
                environment_key: "1640".into(),
                grants: Grant::Deploys,
            },
            reason: "tests are green".into(),
        },
        summary: "approve checkout to PRODUCTION".into(),
        actor: Actor {
            login: "ana".into(),
            host: "bridge".into(),
            ssh_client: None,
        },
        session: "0192d3c4-0000-7000-8000-00000000aaaa".into(),
        request: RequestRecord {
            line: "POST https://api.github.com/…/pending_deployments".into(),
            body_sha256: digest(b"{}"),
            body_length: 2,
        },
        strength: "key".into(),
        rules: vec![RuleRecord {
            rule: "reviewer".into(),
            verdict: "pass".into(),
            sentence: "you are one of its reviewers".into(),
        }],
        facts: Vec::new(),
        before: "4.11.3".into(),
        after: "4.12.0".into(),
        policy: Some(PolicyRecord::of(vec![PolicyFile {
            name: "freeze.rego".into(),
            sha256: digest(POLICY),
        }])),
        policy_input: Some(digest(INPUT)),
        risk: None,
        again_of: None,
        plan: None,
        second: None,
        proposal: None,
    }
}

/// One operation from its beginning to its end, an entry of another between.
pub(super) fn files(pen: &Pen) -> Files {
    let memory = Memory::default();
    let journal = memory.journal();
    let operation = OperationId::new("op-1");
    let bodies = [
        EntryBody::Confirmed(Box::new(confirmation("op-1"))),
        EntryBody::Sent {
            operation: operation.clone(),
            seen: vec![seen(b"lost", false)],
        },
        EntryBody::Confirmed(Box::new(confirmation("op-2"))),
        EntryBody::Answered {
            operation: operation.clone(),
            answer: AnswerKind::Accepted,
            handle: "7".into(),
            request_id: "C0FF:EE".into(),
            detail: "taken".into(),
            seen: vec![seen(ANSWER, true)],
        },
        EntryBody::Outcome {
            operation: operation.clone(),
            state: OperationState::Observed,
            detail: "approved by ana".into(),
            seen: vec![seen(PROOF, true)],
        },
    ];
    for (second, body) in (0..).zip(bodies) {
        journal.append(at(second), body).unwrap();
    }
    let excerpt = journal
        .excerpt(|entry| entry.body.operation() == Some(&operation))
        .unwrap();
    put_together(&excerpt, pen)
}

/// The package of some entries.
fn put_together(excerpt: &Excerpt, pen: &Pen) -> Files {
    let content = Content {
        about: About {
            kind: "operation".into(),
            id: "op-1".into(),
            title: "approve checkout to PRODUCTION".into(),
            from: None,
            until: None,
        },
        excerpt,
        kept: &|kept| match kept {
            Kept::Answer(name) => [ANSWER, PROOF]
                .into_iter()
                .find(|bytes| digest(bytes) == name)
                .map(<[u8]>::to_vec),
            Kept::Policy(name) => [POLICY, INPUT]
                .into_iter()
                .find(|bytes| digest(bytes) == name)
                .map(<[u8]>::to_vec),
        },
        facts: Some(Vec::new()),
        by: confirmation("op-1").actor,
        at: at(60),
    };
    package::make(&content, pen).unwrap()
}

/// Everybody who may sign, as the file says it.
pub(super) fn allowed(line: &str) -> AllowedSigners {
    AllowedSigners::parse(&format!("{line}\n")).unwrap()
}

/// Writes the list of files anew and signs it: what a signer could do who
/// changes their own package.
pub(super) fn reseal(files: &mut Files, pen: &Pen) {
    files.remove(MANIFEST);
    files.remove(MANIFEST_SIGNATURE);
    let manifest = package::manifest(files);
    let signature = pen.sign(EVIDENCE, manifest.as_bytes()).unwrap();
    files.insert(MANIFEST.to_owned(), manifest.into_bytes());
    files.insert(
        MANIFEST_SIGNATURE.to_owned(),
        sshsig::armour(&signature).into_bytes(),
    );
}

fn check(files: &Files, pen: &Pen) -> Report {
    verify(
        files,
        Some(&allowed(&format!("ana {}", pen.line()))),
        at(100),
    )
}

#[test]
fn a_package_is_whole_and_says_who_signed_it() {
    let pen = Pen::new(1);
    let files = files(&pen);
    let report = check(&files, &pen);
    assert_eq!(report.flaws, []);
    assert_eq!(report.principal.unwrap().name().as_str(), "ana");
    let summary = report.summary.unwrap();
    assert_eq!(summary.operations.len(), 1);
    assert_eq!(summary.questions.len(), 12);
    // What is not here is said.
    assert_eq!(summary.missing.len(), 1);
    assert!(summary.missing[0].contains("was not kept"));
    let page = String::from_utf8(files["README.md"].clone()).unwrap();
    for answer in &summary.questions {
        assert!(page.contains(answer.question.as_str()));
    }
    // Nobody vouches for the key: the rest holds, the name is not known.
    let report = verify(&files, None, at(100));
    assert!(report.flaws.is_empty() && report.principal.is_none());
}

#[test]
fn a_note_after_an_emergency_is_told_as_what_may_be_its_review() {
    let pen = Pen::new(1);
    let package = |noted: bool| {
        let memory = Memory::default();
        let journal = memory.journal();
        let mut confirmed = confirmation("op-1");
        confirmed.rules.push(RuleRecord {
            rule: "freeze".into(),
            verdict: "needs_reason".into(),
            sentence: "the freeze `quarter end` is in force".into(),
        });
        let note = |text: &str| EntryBody::Note {
            note: Note {
                id: "n".into(),
                at: at(0),
                author: "ben".into(),
                lines: vec![text.into()],
                links: vec![NoteLink::Service("checkout".into())],
                finished: true,
            },
        };
        journal.append(at(0), note("before it")).unwrap();
        journal
            .append(at(1), EntryBody::Confirmed(Box::new(confirmed)))
            .unwrap();
        if noted {
            journal.append(at(9), note("it was justified")).unwrap();
        }
        let excerpt = journal.excerpt(|_| true).unwrap();
        let files = put_together(&excerpt, &pen);
        assert_eq!(check(&files, &pen).flaws, []);
        let summary: Summary = serde_json::from_slice(&files["summary.json"]).unwrap();
        summary.questions[10].clone()
    };
    let alone = package(false);
    assert!(alone.says[0].contains("is not written down"), "{alone:?}");
    let noted = package(true);
    assert_eq!(noted.found, Found::Partly);
    assert!(noted.says[0].contains("it was justified"), "{noted:?}");
    assert!(!noted.says[0].contains("before it"), "{noted:?}");
}

#[test]
fn the_chain_tells_the_place_of_each_line() {
    let files = files(&Pen::new(1));
    let chain: Chain = serde_json::from_slice(&files["journal/chain.json"]).unwrap();
    let places: Vec<u64> = chain.entries.iter().map(|place| place.seq).collect();
    assert_eq!(places, [1, 2, 4, 5]);
    assert_eq!(chain.head.seq, 5);
    let lines = files[ENTRIES].split_inclusive(|byte| *byte == b'\n');
    for (line, place) in lines.zip(&chain.entries) {
        assert_eq!(digest(line), place.sha256);
    }
}

#[test]
fn what_outside_wrote_cannot_become_markup() {
    let pen = Pen::new(1);
    let mut summary: Summary = serde_json::from_slice(&files(&pen)["summary.json"]).unwrap();
    summary.operations[0].summary = Text::new("a | b [c](d) <e>");
    assert!(super::page::write(&summary).contains("a \\| b \\[c\\](d) \\<e\\>"));
}

#[test]
fn security_keys_are_read_and_have_to_be_touched() {
    let pen = Pen::new(3);
    let good = pen.security_key(EVIDENCE, b"message", true).base64();
    let signer = sshsig::verify(&good, EVIDENCE, b"message").unwrap();
    assert_eq!(signer.touched, Some(true));
    assert_eq!(
        sshsig::verify(&good, EVIDENCE, b"another"),
        Err(super::Flaw::Signature)
    );
}

#[test]
fn two_people_sign_with_two_keys_each_for_their_own_purpose() {
    let (ana, ben) = (Pen::new(1), Pen::new(2));
    let namespaces = [sshsig::PROPOSAL, sshsig::COUNTERSIGNATURE];
    let sign = |pens: [(&Pen, &str); 2]| {
        let mut envelope = Envelope::new(b"{}");
        let message = super::dsse::pae(&envelope.payload_type, b"{}");
        for (pen, namespace) in pens {
            let sig = pen.sign(namespace, &message).unwrap();
            envelope.add(&pen.fingerprint(), sig);
        }
        // As it is stored and read again.
        let envelope = Envelope::parse(&pretty(&envelope).unwrap()).unwrap();
        envelope.verify(&namespaces)
    };
    let (payload, signers) = sign([(&ana, namespaces[0]), (&ben, namespaces[1])]).unwrap();
    assert_eq!((payload.as_slice(), signers.len()), (&b"{}"[..], 2));
    assert!(matches!(
        sign([(&ana, namespaces[0]), (&ana, namespaces[1])]),
        Err(super::Flaw::OneKeyTwice(_))
    ));
    assert!(matches!(
        sign([(&ana, namespaces[0]), (&ben, namespaces[0])]),
        Err(super::Flaw::Namespace(_))
    ));
}
