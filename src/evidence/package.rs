//! A package: a directory of files that tell what was done, and prove it.
//!
//! ```text
//! README.md                          for people
//! summary.json                       the same for programs
//! journal/entries.jsonl              the journal's lines, byte for byte
//! journal/chain.json                 the place of each line, and the journal's head
//! answers/<sha256>                   what vendors answered, word for word
//! policy/<sha256>                    the files of the policy that was asked, and its input
//! facts.json                         what the systems showed, where they were asked
//! statements/NAME.dsse.json          a signed statement for each operation, and one for all
//! statements/NAME.pae, NAME.pae.sig  the same for `ssh-keygen -Y verify`
//! manifest.sha256                    every other file, for `sha256sum -c`
//! manifest.sha256.sig                its signature, for `ssh-keygen -Y verify`
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Sign,
    operation::{Operation, Place},
    page,
    questions::{self, Answer, FACTS},
    sshsig::{self, EVIDENCE},
    statement::{self, Sealed, Statement, Subject, pretty},
};
use crate::{
    domain::{Fact, Note, OperationId, OperationState, Text, Timestamp},
    error::Error,
    store::journal::{Actor, EntryBody, Excerpt, PolicyRecord, RawEntry, digest},
};

/// The files of a package, by their names.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The list of all other files.
pub const MANIFEST: &str = "manifest.sha256";
/// Its signature.
pub const MANIFEST_SIGNATURE: &str = "manifest.sha256.sig";
/// What the package says, for programs.
pub const SUMMARY: &str = "summary.json";
/// The journal's lines.
pub const ENTRIES: &str = "journal/entries.jsonl";
/// Their places.
pub const CHAIN: &str = "journal/chain.json";
/// The statement about the package itself, without its ending.
pub const STATEMENT: &str = "statements/package";

/// What a package is made of.
pub struct Content<'a> {
    /// What it is about.
    pub about: About,
    /// The entries of the journal.
    pub excerpt: &'a Excerpt,
    /// Answers and files of policies, by the SHA-256 of their bytes.
    pub kept: &'a dyn Fn(Kept<'_>) -> Option<Vec<u8>>,
    /// What the systems showed; none when they were not asked.
    pub facts: Option<Vec<Fact>>,
    /// Who puts it together.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// Something that was kept under its SHA-256.
#[derive(Clone, Copy, Debug)]
pub enum Kept<'a> {
    /// An answer of a vendor.
    Answer(&'a str),
    /// A file of a policy.
    Policy(&'a str),
}

/// What a package is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct About {
    /// `operation` or `release`.
    pub kind: Text,
    /// Its id.
    pub id: Text,
    /// For people.
    pub title: Text,
    /// Since when operations were looked for; none for one operation.
    pub from: Option<Timestamp>,
    /// Until when.
    pub until: Option<Timestamp>,
}

/// The places of the entries in their journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// The journal.
    pub chain: String,
    /// Its head when the package was made: compare it with one that was
    /// published.
    pub head: Place,
    /// The entries, in their order.
    pub entries: Vec<Place>,
}

/// What a package says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Summary {
    /// Format of the package; 1.
    pub version: u32,
    /// The program that made it.
    pub made_with: Text,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// What it is about.
    pub about: About,
    /// The operations.
    pub operations: Vec<Line>,
    /// What an auditor asks.
    pub questions: Vec<Answer>,
    /// The policies that were asked.
    pub policies: Vec<PolicyRecord>,
    /// What should be here and is not, in sentences.
    pub missing: Vec<Text>,
    /// The journal's head.
    pub head: Place,
}

/// One operation in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Line {
    /// Identity.
    pub id: OperationId,
    /// What was done.
    pub summary: Text,
    /// Who did it.
    pub who: Text,
    /// The second person, where there was one.
    pub second: Option<Text>,
    /// When it was confirmed, or proposed.
    pub at: Option<Timestamp>,
    /// Where it stands.
    pub state: OperationState,
}

/// Puts a package together and signs it.
///
/// # Errors
/// When it cannot be signed.
pub fn make(content: &Content<'_>, signer: &dyn Sign) -> Result<Files, Error> {
    let operations = Operation::all(&content.excerpt.entries);
    let mut files = Files::new();
    let mut missing = Vec::new();
    journal(content.excerpt, &mut files)?;
    answers(content, &operations, &mut files, &mut missing);
    let policies = policies(content, &mut files, &mut missing);
    if let Some(facts) = &content.facts {
        files.insert(FACTS.to_owned(), pretty(facts)?);
    }
    let summary = Summary {
        version: 1,
        made_with: Text::from(format!("tminus {}", env!("CARGO_PKG_VERSION"))),
        at: content.at,
        by: content.by.clone(),
        about: content.about.clone(),
        operations: operations.iter().map(line).collect(),
        questions: questions::answer(
            &operations,
            content.facts.as_deref(),
            &notes_of(&content.excerpt.entries),
            (content.about.from, content.about.until),
        ),
        policies,
        missing,
        head: head(content.excerpt),
    };
    files.insert(SUMMARY.to_owned(), pretty(&summary)?);
    files.insert("README.md".to_owned(), page::write(&summary).into_bytes());
    let subjects = files
        .iter()
        .map(|(name, bytes)| Subject::new(name, digest(bytes)))
        .collect();
    let whole = Statement::new(statement::PACKAGE, subjects, &summary)?;
    add(&mut files, STATEMENT, &whole.seal(EVIDENCE, signer)?)?;
    for operation in &operations {
        let sealed = state(operation)?.seal(EVIDENCE, signer)?;
        add(&mut files, &operation.file(), &sealed)?;
    }
    let manifest = manifest(&files);
    let signature = signer.sign(EVIDENCE, manifest.as_bytes())?;
    files.insert(MANIFEST.to_owned(), manifest.into_bytes());
    files.insert(
        MANIFEST_SIGNATURE.to_owned(),
        sshsig::armour(&signature).into_bytes(),
    );
    Ok(files)
}

/// The statement about one operation: its entries and the answers that they
/// name.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn state(operation: &Operation) -> Result<Statement, Error> {
    let entries = operation
        .entries
        .iter()
        .map(|place| Subject::new(format!("journal entry {}", place.seq), &place.sha256));
    let answers = operation
        .seen()
        .filter(|seen| seen.kept)
        .map(|seen| Subject::new(format!("answers/{}", seen.sha256), &seen.sha256));
    let mut subjects: Vec<Subject> = Vec::new();
    for subject in entries.chain(answers) {
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    Statement::new(statement::OPERATION, subjects, operation)
}

fn add(files: &mut Files, name: &str, sealed: &Sealed) -> Result<(), Error> {
    files.insert(format!("{name}.dsse.json"), pretty(&sealed.envelope)?);
    files.insert(format!("{name}.pae"), sealed.signed.clone());
    if let Some(signature) = sealed.envelope.signatures.first() {
        files.insert(
            format!("{name}.pae.sig"),
            sshsig::armour(&signature.sig).into_bytes(),
        );
    }
    Ok(())
}

fn journal(excerpt: &Excerpt, files: &mut Files) -> Result<(), Error> {
    let lines: Vec<u8> = excerpt
        .entries
        .iter()
        .flat_map(|raw| raw.line.iter().copied())
        .collect();
    files.insert(ENTRIES.to_owned(), lines);
    let chain = Chain {
        chain: excerpt.chain.clone(),
        head: head(excerpt),
        entries: excerpt
            .entries
            .iter()
            .map(|raw| Place {
                seq: raw.entry.seq,
                sha256: raw.entry.hash.clone(),
            })
            .collect(),
    };
    files.insert(CHAIN.to_owned(), pretty(&chain)?);
    Ok(())
}

fn answers(
    content: &Content<'_>,
    operations: &[Operation],
    files: &mut Files,
    missing: &mut Vec<Text>,
) {
    for seen in operations.iter().flat_map(Operation::seen) {
        let name = format!("answers/{}", seen.sha256);
        if files.contains_key(&name) {
            continue;
        }
        let bytes = (content.kept)(Kept::Answer(&seen.sha256)).filter(|_| seen.kept);
        match bytes.filter(|bytes| digest(bytes) == seen.sha256) {
            Some(bytes) => {
                files.insert(name, bytes);
            }
            None => missing.push(Text::from(format!(
                "the answer to `{}` of {} was not kept; its SHA-256 is {}",
                seen.request, seen.at, seen.sha256
            ))),
        }
    }
}

fn policies(
    content: &Content<'_>,
    files: &mut Files,
    missing: &mut Vec<Text>,
) -> Vec<PolicyRecord> {
    for input in inputs_of(&content.excerpt.entries) {
        let bytes = (content.kept)(Kept::Policy(input));
        match bytes.filter(|bytes| digest(bytes) == input) {
            Some(bytes) => {
                files.insert(format!("policy/{input}"), bytes);
            }
            None => missing.push(Text::from(format!(
                "what the policy was told was not kept; its SHA-256 is {input}"
            ))),
        }
    }
    let mut policies: Vec<PolicyRecord> = Vec::new();
    for policy in policies_of(&content.excerpt.entries) {
        if policies.contains(policy) {
            continue;
        }
        policies.push(policy.clone());
        for file in &policy.files {
            let name = format!("policy/{}", file.sha256);
            if files.contains_key(&name) {
                continue;
            }
            let bytes = (content.kept)(Kept::Policy(&file.sha256));
            match bytes.filter(|bytes| digest(bytes) == file.sha256) {
                Some(bytes) => {
                    files.insert(name, bytes);
                }
                None => missing.push(Text::from(format!(
                    "the policy file {} was not kept; its SHA-256 is {}",
                    file.name, file.sha256
                ))),
            }
        }
    }
    policies
}

/// The policies that entries cite, as often as they do.
pub(super) fn policies_of(entries: &[RawEntry]) -> impl Iterator<Item = &PolicyRecord> {
    entries.iter().filter_map(|raw| match &raw.entry.body {
        EntryBody::Proposed(confirmation) | EntryBody::Confirmed(confirmation) => {
            confirmation.policy.as_ref()
        }
        EntryBody::Plan(confirmation) => confirmation.policy.as_ref(),
        _ => None,
    })
}

/// The notes among entries, each with when it was finished.
fn notes_of(entries: &[RawEntry]) -> Vec<(Timestamp, &Note)> {
    let notes = entries.iter().filter_map(|raw| match &raw.entry.body {
        EntryBody::Note { note } => Some((raw.entry.at, note)),
        _ => None,
    });
    notes.collect()
}

/// What policies were told, by its SHA-256, as entries cite it.
pub(super) fn inputs_of(entries: &[RawEntry]) -> impl Iterator<Item = &str> {
    entries.iter().filter_map(|raw| match &raw.entry.body {
        EntryBody::Proposed(confirmation) | EntryBody::Confirmed(confirmation) => {
            confirmation.policy_input.as_deref()
        }
        _ => None,
    })
}

fn head(excerpt: &Excerpt) -> Place {
    Place {
        seq: excerpt.seq,
        sha256: excerpt.hash.clone(),
    }
}

fn line(operation: &Operation) -> Line {
    let confirmation = &operation.confirmation;
    Line {
        id: operation.id.clone(),
        summary: operation.summary.clone(),
        who: confirmation.proposal.as_ref().map_or_else(
            || confirmation.actor.sentence(),
            |proposal| proposal.actor.sentence(),
        ),
        second: confirmation
            .second
            .as_ref()
            .map(|second| second.actor.sentence()),
        at: operation.confirmed.or(operation.proposed),
        state: operation.state,
    }
}

/// One line a file, as `sha256sum` writes it.
pub(super) fn manifest(files: &Files) -> String {
    let mut list = String::new();
    for (name, bytes) in files {
        list.push_str(&format!("{}  {name}\n", digest(bytes)));
    }
    list
}
