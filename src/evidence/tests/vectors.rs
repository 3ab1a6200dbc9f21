//! Ways to spoil a package. Each has to be found, at its place, for its own
//! reason.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{ANSWER, INPUT, POLICY, PROOF, allowed, at, files, reseal};
use crate::{
    evidence::{
        Flaw, Sign as _,
        dsse::{Envelope, pae},
        package::{CHAIN, ENTRIES, Files, MANIFEST, MANIFEST_SIGNATURE, SUMMARY},
        sshsig::{self, EVIDENCE, HEAD},
        statement::pretty,
        testing::{Made, Pen, strings},
        verify::{Finding, verify},
    },
    store::journal::{PolicyRecord, digest},
};

const OPERATION: &str = "statements/operation-op-1.dsse.json";
const PACKAGE: &str = "statements/package.dsse.json";
const ANA: u8 = 1;

/// What is done to a package before it is checked.
struct Case {
    files: Files,
    pen: Pen,
    allowed: String,
}

impl Case {
    fn new() -> Self {
        let pen = Pen::new(ANA);
        Self {
            files: files(&pen),
            allowed: format!("ana {}", pen.line()),
            pen,
        }
    }

    fn flaws(&self) -> Vec<Finding> {
        verify(&self.files, Some(&allowed(&self.allowed)), at(100)).flaws
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(self.files[name].clone()).unwrap()
    }

    fn put(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.files.insert(name.to_owned(), bytes.into());
    }

    /// Signs the list of files as it is, in another way.
    fn sign_list(&mut self, made: impl FnOnce(&Pen, &[u8]) -> Made) {
        let made = made(&self.pen, &self.files[MANIFEST]);
        self.put(MANIFEST_SIGNATURE, sshsig::armour(&made.base64()));
    }

    fn list(&mut self, change: impl FnOnce(String) -> String) {
        let changed = change(self.text(MANIFEST));
        self.put(MANIFEST, changed);
        self.sign_list(|pen, message| pen.made(EVIDENCE, message));
    }

    fn reseal(&mut self) {
        reseal(&mut self.files, &self.pen);
    }

    /// Changes a statement and signs it anew: a signer who lies.
    fn restate(&mut self, name: &str, change: impl FnOnce(&mut Value)) {
        let mut envelope = Envelope::parse(&self.files[name]).unwrap();
        let mut statement: Value = serde_json::from_slice(&envelope.unverified().unwrap()).unwrap();
        change(&mut statement);
        envelope = Envelope::new(&serde_json::to_vec(&statement).unwrap());
        self.seal(name, envelope);
    }

    /// Signs an envelope, with what stands beside it.
    fn seal(&mut self, name: &str, mut envelope: Envelope) {
        let message = pae(
            &envelope.payload_type,
            &STANDARD.decode(&envelope.payload).unwrap(),
        );
        let signature = self.pen.sign(EVIDENCE, &message).unwrap();
        envelope.signatures.clear();
        envelope.add("", signature.clone());
        let stem = name.strip_suffix(".dsse.json").unwrap().to_owned();
        self.put(name, pretty(&envelope).unwrap());
        self.put(&format!("{stem}.pae"), message);
        self.put(&format!("{stem}.pae.sig"), sshsig::armour(&signature));
        self.reseal();
    }

    fn envelope(&mut self, name: &str, change: impl FnOnce(&mut Envelope)) {
        let mut envelope = Envelope::parse(&self.files[name]).unwrap();
        change(&mut envelope);
        self.put(name, pretty(&envelope).unwrap());
        self.reseal();
    }

    fn lines(&mut self, change: impl FnOnce(&mut Vec<String>)) {
        let text = self.text(ENTRIES);
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        change(&mut lines);
        self.put(ENTRIES, lines.concat());
    }

    /// Writes the places of the lines down as they are now.
    fn place_lines(&mut self, change: impl FnOnce(&mut Value)) {
        let mut chain: Value = serde_json::from_slice(&self.files[CHAIN]).unwrap();
        chain["entries"] = self
            .text(ENTRIES)
            .split_inclusive('\n')
            .map(|line| {
                let entry: Value = serde_json::from_str(line).unwrap();
                serde_json::json!({ "seq": entry["seq"], "sha256": digest(line.as_bytes()) })
            })
            .collect();
        change(&mut chain);
        self.put(CHAIN, pretty(&chain).unwrap());
        self.reseal();
    }
}

fn answer(bytes: &[u8]) -> String {
    format!("answers/{}", digest(bytes))
}

type Vector = (&'static str, fn(&mut Case), fn() -> (String, Flaw));

fn place(place: &str, flaw: Flaw) -> (String, Flaw) {
    (place.to_owned(), flaw)
}

fn stranger() -> String {
    Pen::new(9).fingerprint()
}

#[rustfmt::skip]
const VECTORS: &[Vector] = &[
    // The signature over the list of files.
    ("signed for files in general", |case| case.sign_list(|pen, message| pen.made("file", message)),
        || place(MANIFEST_SIGNATURE, Flaw::Namespace("file".into()))),
    ("signed for Git", |case| case.sign_list(|pen, message| pen.made("git", message)),
        || place(MANIFEST_SIGNATURE, Flaw::Namespace("git".into()))),
    ("signed as a head of a journal", |case| case.sign_list(|pen, message| pen.made(HEAD, message)),
        || place(MANIFEST_SIGNATURE, Flaw::Namespace(HEAD.into()))),
    ("signed for nothing", |case| case.sign_list(|pen, message| pen.made("", message)),
        || place(MANIFEST_SIGNATURE, Flaw::Namespace(String::new()))),
    ("another message signed", |case| case.sign_list(|pen, _| pen.made(EVIDENCE, b"another")),
        || place(MANIFEST_SIGNATURE, Flaw::Signature)),
    ("another key named than the one that signed", |case| case.sign_list(|pen, message| Made {
            key: Pen::new(9).made(EVIDENCE, message).key, ..pen.made(EVIDENCE, message) }),
        || place(MANIFEST_SIGNATURE, Flaw::Signature)),
    ("no signature but text", |case| case.put(MANIFEST_SIGNATURE, "signed: ana\n"),
        || place(MANIFEST_SIGNATURE, Flaw::NotASignature)),
    ("a later format of signatures", |case| case.sign_list(|pen, message| Made {
            version: 2, ..pen.made(EVIDENCE, message) }),
        || place(MANIFEST_SIGNATURE, Flaw::SignatureVersion(2))),
    ("an older format of signatures", |case| case.sign_list(|pen, message| Made {
            version: 0, ..pen.made(EVIDENCE, message) }),
        || place(MANIFEST_SIGNATURE, Flaw::SignatureVersion(0))),
    ("something in the reserved field", |case| case.sign_list(|pen, message| pen.reserved(EVIDENCE, message)),
        || place(MANIFEST_SIGNATURE, Flaw::SignatureReserved)),
    ("a short RSA key", |case| case.sign_list(|pen, message| Made {
            key: strings(&[b"ssh-rsa", &[1, 0, 1], &[&[0][..], &[0xff; 128]].concat()]),
            signature: strings(&[b"rsa-sha2-512", &[1; 128]]), ..pen.made(EVIDENCE, message) }),
        || place(MANIFEST_SIGNATURE, Flaw::WeakKey("an RSA key of 1024 bits".into()))),
    ("a kind of key that is not known", |case| case.sign_list(|pen, message| Made {
            key: strings(&[b"own@larkspur.dev", b"key"]),
            signature: strings(&[b"own@larkspur.dev", b"sig"]), ..pen.made(EVIDENCE, message) }),
        || place(MANIFEST_SIGNATURE, Flaw::UnknownAlgorithm("own@larkspur.dev".into()))),
    ("a security key that nobody touched", |case| case.sign_list(|pen, message| pen.security_key(EVIDENCE, message, false)),
        || place(MANIFEST_SIGNATURE, Flaw::NotTouched)),
    ("a key that nobody knows", |case| { case.pen = Pen::new(9); case.files = files(&case.pen); },
        || place(MANIFEST_SIGNATURE, Flaw::UnknownKey(stranger()))),
    ("a key that is not valid yet", |case| case.allowed = case.allowed.replacen("ana ", "ana valid-after=\"20991231Z\" ", 1),
        || place(MANIFEST_SIGNATURE, Flaw::KeyNotYetValid("2099-12-31T00:00:00Z".parse().unwrap()))),
    ("a key that was valid once", |case| case.allowed = case.allowed.replacen("ana ", "ana valid-before=\"20200101Z\" ", 1),
        || place(MANIFEST_SIGNATURE, Flaw::KeyExpired("2020-01-01T00:00:00Z".parse().unwrap()))),
    ("a key for other things", |case| case.allowed = case.allowed.replacen("ana ", "ana namespaces=\"git,file\" ", 1),
        || place(MANIFEST_SIGNATURE, Flaw::MayNotSignThis(EVIDENCE.into()))),
    ("the signature is gone", |case| { case.files.remove(MANIFEST_SIGNATURE); },
        || place(MANIFEST_SIGNATURE, Flaw::FileMissing)),
    // The list of files.
    ("the list is gone", |case| { case.files.remove(MANIFEST); },
        || place(MANIFEST, Flaw::FileMissing)),
    ("a file was changed", |case| case.put("facts.json", "[1]\n"),
        || place("facts.json", Flaw::FileChanged)),
    ("a file is gone", |case| { case.files.remove("facts.json"); },
        || place("facts.json", Flaw::FileMissing)),
    ("a file came along", |case| case.put("notes.txt", "trust me\n"),
        || place("notes.txt", Flaw::FileExtra)),
    ("a file came along and was listed", |case| { case.put("notes.txt", "trust me\n"); case.reseal(); },
        || place("notes.txt", Flaw::FileExtra)),
    ("the list leads out of the package", |case| case.list(|list| list + &"0".repeat(64) + "  ../../etc/passwd\n"),
        || place(MANIFEST, Flaw::FileName("../../etc/passwd".into()))),
    ("the list names a file twice", |case| case.list(|list| { let line = list.lines().next().unwrap().to_owned(); list + &line + "\n" }),
        || place(MANIFEST, Flaw::Manifest("it names `README.md` twice".into()))),
    ("the list ends in the middle", |case| case.list(|list| list.trim_end().to_owned()),
        || place(MANIFEST, Flaw::Manifest("its last line does not end".into()))),
    // Envelopes.
    ("no envelope", |case| { case.put(OPERATION, "{}\n"); case.reseal(); },
        || place(OPERATION, Flaw::NotAnEnvelope)),
    ("another type of payload", |case| case.envelope(OPERATION, |envelope| envelope.payload_type = "text/plain".into()),
        || place(OPERATION, Flaw::PayloadType("text/plain".into()))),
    ("nobody signed the statement", |case| case.envelope(OPERATION, |envelope| envelope.signatures.clear()),
        || place(OPERATION, Flaw::NoSignature)),
    ("the statement is signed twice by one", |case| case.envelope(OPERATION, |envelope| { let one = envelope.signatures[0].clone(); envelope.signatures.push(one); }),
        || place(OPERATION, Flaw::SignatureCount { wanted: 1, there: 2 })),
    ("the payload was changed", |case| case.envelope(OPERATION, |envelope| envelope.payload = STANDARD.encode("{}")),
        || place(OPERATION, Flaw::Signature)),
    ("the statement is signed for Git", |case| case.envelope(OPERATION, |envelope| { let message = pae(&envelope.payload_type, &envelope.unverified().unwrap()); envelope.signatures[0].sig = Pen::new(ANA).sign("git", &message).unwrap(); }),
        || place(OPERATION, Flaw::Namespace("git".into()))),
    ("another key signed the statement", |case| case.envelope(OPERATION, |envelope| { let message = pae(&envelope.payload_type, &envelope.unverified().unwrap()); envelope.signatures[0].sig = Pen::new(9).sign(EVIDENCE, &message).unwrap(); }),
        || place(OPERATION, Flaw::AnotherSigner)),
    ("other signed bytes beside it", |case| { case.put("statements/package.pae", "DSSEv1 0  0 "); case.reseal(); },
        || place("statements/package.pae", Flaw::NotTheSignedBytes)),
    ("another signature beside it", |case| { let other = case.files[MANIFEST_SIGNATURE].clone(); case.put("statements/package.pae.sig", other); case.reseal(); },
        || place("statements/package.pae.sig", Flaw::NotTheSignature)),
    // Statements.
    ("no statement", |case| case.seal(OPERATION, Envelope::new(b"[]")),
        || place(OPERATION, Flaw::NotAStatement("invalid length 0, expected struct Statement with 4 elements at line 1 column 2".into()))),
    ("an older kind of statement", |case| case.restate(OPERATION, |statement| statement["_type"] = "https://in-toto.io/Statement/v0.1".into()),
        || place(OPERATION, Flaw::StatementType("https://in-toto.io/Statement/v0.1".into()))),
    ("a statement about something else", |case| case.restate(OPERATION, |statement| statement["predicateType"] = "https://slsa.dev/provenance/v1".into()),
        || place(OPERATION, Flaw::PredicateType("https://slsa.dev/provenance/v1".into()))),
    ("it speaks of an answer that is not here", |case| case.restate(OPERATION, |statement| statement["subject"][0]["name"] = "answers/x".into()),
        || place(OPERATION, Flaw::SubjectMissing("answers/x".into()))),
    ("it speaks of another entry", |case| case.restate(OPERATION, |statement| statement["subject"][0]["digest"]["sha256"] = digest(b"x").into()),
        || place(OPERATION, Flaw::SubjectChanged("journal entry 1".into()))),
    ("it gives another reason", |case| case.restate(OPERATION, |statement| statement["predicate"]["confirmation"]["intent"]["reason"] = "it was urgent".into()),
        || place(OPERATION, Flaw::NotWhatTheJournalSays("confirmation.intent.reason".into()))),
    ("it gives a better outcome", |case| case.restate(OPERATION, |statement| statement["predicate"]["outcomes"][0]["detail"] = "approved by ben".into()),
        || place(OPERATION, Flaw::NotWhatTheJournalSays("outcomes[0].detail".into()))),
    ("it adds a second person", |case| case.restate(OPERATION, |statement| statement["predicate"]["witness"] = "ben".into()),
        || place(OPERATION, Flaw::NotWhatTheJournalSays("witness".into()))),
    ("an operation is not stated", |case| { for end in ["dsse.json", "pae", "pae.sig"] { case.files.remove(&format!("statements/operation-op-1.{end}")); } case.reseal(); },
        || place(OPERATION, Flaw::NotStated("op-1".into()))),
    ("an operation is stated that is not here", |case| { let bytes = case.files[OPERATION].clone(); case.put("statements/operation-op-9.dsse.json", bytes); case.reseal(); },
        || place("statements/operation-op-9.dsse.json", Flaw::FileExtra)),
    ("the package speaks of a file that is not here", |case| { case.files.remove("facts.json"); case.reseal(); },
        || place(PACKAGE, Flaw::SubjectMissing("facts.json".into()))),
    ("the package speaks of another file", |case| { case.put("facts.json", "[]"); case.reseal(); },
        || place(PACKAGE, Flaw::SubjectChanged("facts.json".into()))),
    ("the summary was polished", |case| { let polished = case.text(SUMMARY).replace("\"missing\"", "\"present\""); case.put(SUMMARY, polished); case.reseal(); },
        || place(SUMMARY, Flaw::NotTheSummary)),
    ("the package says nothing", |case| case.restate(PACKAGE, |statement| statement["predicate"] = Value::Null),
        || place(PACKAGE, Flaw::NoSummary("its payload is no in-toto statement: invalid type: null, expected struct Summary".into()))),
    // The journal's lines.
    ("two lines change places", |case| { case.lines(|lines| lines.swap(2, 3)); case.place_lines(|_| ()); },
        || place(ENTRIES, Flaw::EntryOutOfOrder(4))),
    ("a line was changed", |case| { case.lines(|lines| lines[3] = lines[3].replace("by ana", "by ben")); case.reseal(); },
        || place(ENTRIES, Flaw::EntryChanged(5))),
    ("a line was changed and its place written anew", |case| { case.lines(|lines| lines[0] = lines[0].replace("green", "amber")); case.place_lines(|_| ()); },
        || place(ENTRIES, Flaw::EntryNotChained(2))),
    ("a line is gone", |case| { case.lines(|lines| { lines.pop(); }); case.reseal(); },
        || place(ENTRIES, Flaw::EntryCount { named: 4, there: 3 })),
    ("a line is there twice", |case| { case.lines(|lines| { let last = lines[3].clone(); lines.push(last); }); case.reseal(); },
        || place(ENTRIES, Flaw::EntryCount { named: 4, there: 5 })),
    ("a line of another journal", |case| { case.lines(|lines| { let at = lines[3].find("\"chain\":\"").unwrap() + 9; lines[3].replace_range(at..=at, "f"); }); case.place_lines(|_| ()); },
        || place(ENTRIES, Flaw::EntryOfAnotherChain(5))),
    ("a line that is none", |case| { case.lines(|lines| lines[3] = "hello\n".into()); case.reseal(); },
        || place(ENTRIES, Flaw::NotAnEntry { line: 4, why: "expected value at line 1 column 1".into() })),
    ("a line after the head", |case| case.place_lines(|chain| chain["head"]["seq"] = 4.into()),
        || place(ENTRIES, Flaw::EntryBeyondTheHead(5))),
    // Answers and policies.
    ("two answers change places", |case| { case.put(&answer(ANSWER), PROOF); case.put(&answer(PROOF), ANSWER); case.reseal(); },
        || place(&answer(PROOF), Flaw::AnswerSwapped)),
    ("an answer was changed", |case| { case.put(&answer(ANSWER), "{}"); case.reseal(); },
        || place(&answer(ANSWER), Flaw::AnswerSwapped)),
    ("an answer that no entry names", |case| { case.put(&answer(b"x"), "x"); case.reseal(); },
        || place(&answer(b"x"), Flaw::AnswerUnknown)),
    ("an answer is gone", |case| { case.files.remove(&answer(PROOF)); case.reseal(); },
        || place(ENTRIES, Flaw::AnswerMissing(digest(PROOF)))),
    ("another policy", |case| { let name = case.files.keys().find(|name| name.starts_with("policy/")).unwrap().clone(); case.put(&name, "package other\n"); case.reseal(); },
        || { let name = Case::new().files.keys().find(|name| name.starts_with("policy/")).unwrap().clone(); place(&name, Flaw::PolicySwapped) }),
    ("a policy that no entry names", |case| { case.put(&format!("policy/{}", digest(b"x")), "x"); case.reseal(); },
        || place(&format!("policy/{}", digest(b"x")), Flaw::PolicyUnknown)),
    ("a policy's file is gone", |case| { case.files.remove(&format!("policy/{}", digest(POLICY))); case.reseal(); },
        || place(ENTRIES, Flaw::PolicyMissing(digest(POLICY)))),
    ("what the policy was told is gone", |case| { case.files.remove(&format!("policy/{}", digest(INPUT))); case.reseal(); },
        || place(ENTRIES, Flaw::PolicyMissing(digest(INPUT)))),
    ("a policy with another digest", |case| { case.lines(|lines| { let digest = PolicyRecord::of(Vec::new()).digest; let at = lines[0].find("\"policy\":{\"digest\":\"").unwrap() + 20; lines[0].replace_range(at..at + 64, &digest); }); case.place_lines(|_| ()); },
        || place(ENTRIES, Flaw::PolicyDigest(PolicyRecord::of(Vec::new()).digest))),
];

#[test]
fn every_way_to_spoil_a_package_is_found_at_its_place_for_its_own_reason() {
    assert_eq!(Case::new().flaws(), []);
    assert!(VECTORS.len() >= 40);
    let mut reasons = BTreeSet::new();
    for (name, spoil, expected) in VECTORS {
        let mut case = Case::new();
        spoil(&mut case);
        let (place, flaw) = expected();
        let flaws = case.flaws();
        assert!(
            flaws
                .iter()
                .any(|found| found.place == place && found.flaw == flaw),
            "{name}: wanted {place}: {flaw:?}\nfound {flaws:#?}"
        );
        reasons.insert(format!("{:?}", std::mem::discriminant(&flaw)));
        assert!(!flaw.to_string().is_empty());
    }
    // The reasons are as many as the flaws that a package can have.
    assert!(reasons.len() >= 41, "{}", reasons.len());
}
