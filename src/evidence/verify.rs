//! Checks a package: every file, every signature, every statement, and that
//! all of them speak of the same entries. It reads nothing but the package.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Flaw,
    dsse::Envelope,
    operation::Operation,
    package::{
        CHAIN, Chain, ENTRIES, Files, MANIFEST, MANIFEST_SIGNATURE, STATEMENT, SUMMARY, Summary,
        inputs_of, policies_of, state,
    },
    signers::{AllowedSigners, Principal},
    sshsig::{self, EVIDENCE, Signer},
    statement::{OPERATION, PACKAGE, Statement},
};
use crate::{
    domain::Timestamp,
    store::journal::{PolicyRecord, RawEntry, digest},
};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Everything that is wrong, with its place.
    pub flaws: Vec<Finding>,
    /// The key that signed the package.
    pub signer: Option<Signer>,
    /// Whose key it is; none when nobody said who may sign.
    pub principal: Option<Principal>,
    /// What the package says, when it can be read.
    pub summary: Option<Summary>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub place: String,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// Whether a name may be one of a file in a package.
#[must_use]
pub fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.split('/').all(|part| {
            !part.is_empty()
                && !part.starts_with('.')
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        })
}

/// The flaws of a folder whose files are named by the digests of their bytes.
struct KeptFlaws {
    swapped: Flaw,
    unknown: Flaw,
    missing: fn(String) -> Flaw,
}

const ANSWERS: KeptFlaws = KeptFlaws {
    swapped: Flaw::AnswerSwapped,
    unknown: Flaw::AnswerUnknown,
    missing: Flaw::AnswerMissing,
};

const POLICY: KeptFlaws = KeptFlaws {
    swapped: Flaw::PolicySwapped,
    unknown: Flaw::PolicyUnknown,
    missing: Flaw::PolicyMissing,
};

/// Checks a package. With `allowed`, the key has to be somebody's who may
/// sign evidence at `at`.
#[must_use]
pub fn verify(files: &Files, allowed: Option<&AllowedSigners>, at: Timestamp) -> Report {
    let mut check = Check {
        files,
        report: Report::default(),
    };
    check.manifest();
    check.signer(allowed, at);
    let entries = check.entries();
    let operations = Operation::all(&entries);
    check.answers(&operations);
    check.policies(&entries);
    check.package();
    check.statements(&operations);
    check.report
}

struct Check<'a> {
    files: &'a Files,
    report: Report,
}

impl Check<'_> {
    fn flaw(&mut self, place: &str, flaw: Flaw) {
        self.report.flaws.push(Finding {
            place: place.to_owned(),
            flaw,
        });
    }

    fn file(&mut self, name: &str) -> Option<&[u8]> {
        if !self.files.contains_key(name) {
            self.flaw(name, Flaw::FileMissing);
        }
        self.files.get(name).map(Vec::as_slice)
    }

    /// Every file is named, once, with its digest, and none is there besides.
    fn manifest(&mut self) {
        let mut named: BTreeMap<String, String> = BTreeMap::new();
        let Some(bytes) = self.file(MANIFEST) else {
            return;
        };
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => return self.flaw(MANIFEST, Flaw::Manifest("it is no text".to_owned())),
        };
        if !text.ends_with('\n') {
            return self.flaw(
                MANIFEST,
                Flaw::Manifest("its last line does not end".to_owned()),
            );
        }
        for line in text.lines() {
            let Some((sha256, name)) = line.split_once("  ") else {
                return self.flaw(MANIFEST, Flaw::Manifest(format!("`{line}` is no entry")));
            };
            if !is_name(name) || name == MANIFEST || name == MANIFEST_SIGNATURE {
                return self.flaw(MANIFEST, Flaw::FileName(name.to_owned()));
            }
            if named.insert(name.to_owned(), sha256.to_owned()).is_some() {
                return self.flaw(MANIFEST, Flaw::Manifest(format!("it names `{name}` twice")));
            }
        }
        for (name, sha256) in &named {
            match self.files.get(name) {
                None => self.flaw(name, Flaw::FileMissing),
                Some(bytes) if digest(bytes) != *sha256 => self.flaw(name, Flaw::FileChanged),
                Some(_) => {}
            }
        }
        let extra: Vec<String> = self
            .files
            .keys()
            .filter(|name| {
                !named.contains_key(*name) && *name != MANIFEST && *name != MANIFEST_SIGNATURE
            })
            .cloned()
            .collect();
        for name in extra {
            self.flaw(&name, Flaw::FileExtra);
        }
    }

    /// Who signed the list of files.
    fn signer(&mut self, allowed: Option<&AllowedSigners>, at: Timestamp) {
        let Some(armoured) = self.file(MANIFEST_SIGNATURE) else {
            return;
        };
        let armoured = String::from_utf8_lossy(armoured).into_owned();
        let manifest = self.files.get(MANIFEST).cloned().unwrap_or_default();
        let signer = sshsig::bare(&armoured)
            .and_then(|signature| sshsig::verify(&signature, EVIDENCE, &manifest));
        let signer = match signer {
            Ok(signer) => signer,
            Err(flaw) => return self.flaw(MANIFEST_SIGNATURE, flaw),
        };
        if let Some(allowed) = allowed {
            match allowed.who(&signer.key, EVIDENCE, at) {
                Ok(principal) => self.report.principal = Some(principal),
                Err(flaw) => self.flaw(MANIFEST_SIGNATURE, flaw),
            }
        }
        self.report.signer = Some(signer);
    }

    /// The journal's lines: each is an entry, in its order, of one chain, at
    /// the place that was written down, and those that follow on do.
    fn entries(&mut self) -> Vec<RawEntry> {
        let Some(bytes) = self.file(ENTRIES) else {
            return Vec::new();
        };
        let mut entries: Vec<RawEntry> = Vec::new();
        let parsed: Vec<Result<RawEntry, Flaw>> = (1..)
            .zip(bytes.split_inclusive(|byte| *byte == b'\n'))
            .map(|(line, bytes)| {
                RawEntry::parse(bytes).map_err(|why| Flaw::NotAnEntry {
                    line,
                    why: why.to_string(),
                })
            })
            .collect();
        for parsed in parsed {
            match parsed {
                Ok(entry) => entries.push(entry),
                Err(flaw) => self.flaw(ENTRIES, flaw),
            }
        }
        for pair in entries.windows(2) {
            let [one, next] = pair else { continue };
            let seq = next.entry.seq;
            if next.chain != one.chain {
                self.flaw(ENTRIES, Flaw::EntryOfAnotherChain(seq));
            }
            if seq <= one.entry.seq {
                self.flaw(ENTRIES, Flaw::EntryOutOfOrder(seq));
            } else if seq == one.entry.seq + 1 && next.prev != one.entry.hash {
                self.flaw(ENTRIES, Flaw::EntryNotChained(seq));
            }
        }
        self.places(&entries);
        entries
    }

    fn places(&mut self, entries: &[RawEntry]) {
        let Some(bytes) = self.file(CHAIN) else {
            return;
        };
        let chain: Chain = match serde_json::from_slice(bytes) {
            Ok(chain) => chain,
            Err(error) => return self.flaw(CHAIN, Flaw::NotAStatement(error.to_string())),
        };
        if chain.entries.len() != entries.len() {
            self.flaw(
                ENTRIES,
                Flaw::EntryCount {
                    named: chain.entries.len(),
                    there: entries.len(),
                },
            );
        }
        for (place, raw) in chain.entries.iter().zip(entries) {
            let seq = raw.entry.seq;
            if raw.chain != chain.chain {
                self.flaw(ENTRIES, Flaw::EntryOfAnotherChain(seq));
            }
            if place.seq != seq || place.sha256 != raw.entry.hash {
                self.flaw(ENTRIES, Flaw::EntryChanged(seq));
            }
            let head = &chain.head;
            if seq > head.seq || (seq == head.seq && raw.entry.hash != head.sha256) {
                self.flaw(ENTRIES, Flaw::EntryBeyondTheHead(seq));
            }
        }
    }

    /// Each answer has the name of its bytes, an entry names it, and each
    /// that was kept is here.
    fn answers(&mut self, operations: &[Operation]) {
        let named: BTreeSet<&str> = operations
            .iter()
            .flat_map(Operation::seen)
            .map(|seen| seen.sha256.as_str())
            .collect();
        self.kept("answers", &named, &ANSWERS);
    }

    /// Each file of a policy has the name of its bytes, an entry names it, and
    /// each that was kept is here; each policy's digest is that of its files.
    fn policies(&mut self, entries: &[RawEntry]) {
        let cited: Vec<&PolicyRecord> = policies_of(entries).collect();
        for policy in &cited {
            if !policy.is_whole() {
                self.flaw(ENTRIES, Flaw::PolicyDigest(policy.digest.clone()));
            }
        }
        let named: BTreeSet<&str> = cited
            .iter()
            .flat_map(|policy| &policy.files)
            .map(|file| file.sha256.as_str())
            .chain(inputs_of(entries))
            .collect();
        self.kept("policy", &named, &POLICY);
    }

    /// Each file of a folder has the name of its bytes and is named by an
    /// entry, and each that an entry names is here.
    fn kept(&mut self, folder: &str, named: &BTreeSet<&str>, flaws: &KeptFlaws) {
        let there: Vec<(String, String)> = self
            .files
            .iter()
            .filter_map(|(path, bytes)| {
                let name = path.strip_prefix(folder)?.strip_prefix('/')?;
                Some((name.to_owned(), digest(bytes)))
            })
            .collect();
        for (name, sha256) in &there {
            let place = format!("{folder}/{name}");
            if name != sha256 {
                self.flaw(&place, flaws.swapped.clone());
            }
            if !named.contains(name.as_str()) {
                self.flaw(&place, flaws.unknown.clone());
            }
        }
        // One that was kept and is not here is named as missing, or cut out.
        let excused = self.summary_value().map(|summary| summary.missing);
        for sha256 in named {
            let here = there.iter().any(|(name, _)| name == sha256);
            let excused = excused
                .as_ref()
                .is_some_and(|missing| missing.iter().any(|says| says.contains(sha256)));
            if !here && !excused {
                self.flaw(ENTRIES, (flaws.missing)((*sha256).to_owned()));
            }
        }
    }

    fn summary_value(&self) -> Option<Summary> {
        serde_json::from_slice(self.files.get(SUMMARY)?).ok()
    }

    /// The statement about the package: its subjects are its files, and it
    /// says what the summary says.
    fn package(&mut self) {
        let Some(statement) = self.statement(STATEMENT, PACKAGE) else {
            return;
        };
        let place = format!("{STATEMENT}.dsse.json");
        for subject in &statement.subject {
            match self.files.get(&subject.name) {
                None => self.flaw(&place, Flaw::SubjectMissing(subject.name.clone())),
                Some(bytes) if digest(bytes) != subject.digest.sha256 => {
                    self.flaw(&place, Flaw::SubjectChanged(subject.name.clone()));
                }
                Some(_) => {}
            }
        }
        let unsaid: Vec<String> = self
            .files
            .keys()
            .filter(|name| {
                !name.starts_with("statements/")
                    && *name != MANIFEST
                    && *name != MANIFEST_SIGNATURE
                    && !statement.subject.iter().any(|one| one.name == **name)
            })
            .cloned()
            .collect();
        for name in unsaid {
            self.flaw(&name, Flaw::FileExtra);
        }
        match statement.predicate::<Summary>() {
            Ok(summary) => {
                if self.summary_value().as_ref() != Some(&summary) {
                    self.flaw(SUMMARY, Flaw::NotTheSummary);
                }
                self.report.summary = Some(summary);
            }
            Err(flaw) => self.flaw(&place, Flaw::NoSummary(flaw.to_string())),
        }
    }

    /// There is one statement for each operation, and it says what the
    /// journal's entries say.
    fn statements(&mut self, operations: &[Operation]) {
        let mut expected: BTreeSet<String> = BTreeSet::from([STATEMENT.to_owned()]);
        for operation in operations {
            let file = operation.file();
            expected.insert(file.clone());
            let place = format!("{file}.dsse.json");
            if !self.files.contains_key(&place) {
                self.flaw(&place, Flaw::NotStated(operation.id.to_string()));
                continue;
            }
            let Some(statement) = self.statement(&file, OPERATION) else {
                continue;
            };
            let Ok(derived) = state(operation) else {
                continue;
            };
            for subject in &statement.subject {
                if derived.subject.contains(subject) {
                    continue;
                }
                let there = derived.subject.iter().any(|one| one.name == subject.name);
                self.flaw(
                    &place,
                    if there {
                        Flaw::SubjectChanged(subject.name.clone())
                    } else {
                        Flaw::SubjectMissing(subject.name.clone())
                    },
                );
            }
            if let Some(path) = differs(&statement.predicate, &derived.predicate, "") {
                self.flaw(&place, Flaw::NotWhatTheJournalSays(path));
            }
        }
        let strange: Vec<String> = self
            .files
            .keys()
            .filter(|name| {
                name.strip_prefix("statements/").is_some_and(|_| {
                    let stem = name
                        .strip_suffix(".dsse.json")
                        .or_else(|| name.strip_suffix(".pae.sig"))
                        .or_else(|| name.strip_suffix(".pae"));
                    !stem.is_some_and(|stem| expected.contains(stem))
                })
            })
            .cloned()
            .collect();
        for name in strange {
            self.flaw(&name, Flaw::FileExtra);
        }
    }

    /// Verifies an envelope and what stands beside it; then, and only then,
    /// reads the bytes that were verified.
    fn statement(&mut self, file: &str, kind: &str) -> Option<Statement> {
        let place = format!("{file}.dsse.json");
        let envelope = match Envelope::parse(self.file(&place)?) {
            Ok(envelope) => envelope,
            Err(flaw) => {
                self.flaw(&place, flaw);
                return None;
            }
        };
        let verified = envelope.verify(&[EVIDENCE]);
        let (payload, signers) = match verified {
            Ok(verified) => verified,
            Err(flaw) => {
                self.flaw(&place, flaw);
                return None;
            }
        };
        let same = self
            .report
            .signer
            .as_ref()
            .is_none_or(|signer| signers.iter().all(|other| other.key == signer.key));
        if !same {
            self.flaw(&place, Flaw::AnotherSigner);
        }
        self.beside(file, &envelope, &payload);
        match Statement::parse(&payload, kind) {
            Ok(statement) => Some(statement),
            Err(flaw) => {
                self.flaw(&place, flaw);
                None
            }
        }
    }

    fn beside(&mut self, file: &str, envelope: &Envelope, payload: &[u8]) {
        let signed = super::dsse::pae(&envelope.payload_type, payload);
        let place = format!("{file}.pae");
        if self.file(&place).is_some_and(|bytes| bytes != signed) {
            self.flaw(&place, Flaw::NotTheSignedBytes);
        }
        let place = format!("{file}.pae.sig");
        if let Some(armoured) = self.file(&place) {
            let bare = sshsig::bare(&String::from_utf8_lossy(armoured)).ok();
            let own = envelope.signatures.first().map(|signature| &signature.sig);
            if bare.as_ref() != own {
                self.flaw(&place, Flaw::NotTheSignature);
            }
        }
    }
}

/// Where what is stated differs from what is derived from the entries. What a
/// later version derives besides is no difference.
fn differs(stated: &Value, derived: &Value, path: &str) -> Option<String> {
    match (stated, derived) {
        (Value::Object(stated), Value::Object(derived)) => {
            stated.iter().find_map(|(name, stated)| {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                match derived.get(name) {
                    Some(derived) => differs(stated, derived, &path),
                    None => Some(path),
                }
            })
        }
        (Value::Array(stated), Value::Array(derived)) if stated.len() == derived.len() => (0..)
            .zip(stated.iter().zip(derived))
            .find_map(|(at, (stated, derived)): (usize, _)| {
                differs(stated, derived, &format!("{path}[{at}]"))
            }),
        _ => (stated != derived).then(|| path.to_owned()),
    }
}
