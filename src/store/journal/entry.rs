//! What the journal holds: one entry a line, and the bytes of a line.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::domain::{
    Intent, Note, OperationId, OperationState, PlanState, ReleaseEvent, Risk, RollbackPlan,
    ServiceName, Text, Timestamp, WindowEvent,
};

/// The format that is written into each line.
pub(super) const FORMAT: u8 = 1;

/// What the first entry names as its predecessor.
pub(super) const NOTHING_BEFORE: &str =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// One entry as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its place in the chain, from 1.
    pub seq: u64,
    /// When it was written, by the writer's clock.
    pub at: Timestamp,
    /// SHA-256 of its stored line, newline included, in hexadecimal digits:
    /// `sed -n 5p journal.jsonl | sha256sum` prints that of entry 5.
    pub hash: String,
    /// What happened.
    pub body: EntryBody,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EntryBody {
    /// A person wants an operation that needs another person; nothing is sent
    /// from here.
    Proposed(Box<Confirmation>),
    /// A person took a proposal back.
    Withdrawn {
        /// The operation.
        operation: OperationId,
        /// Who.
        actor: Actor,
        /// For people.
        detail: Text,
    },
    /// A person confirmed an operation; nothing was sent yet.
    Confirmed(Box<Confirmation>),
    /// The request is about to leave: from here on it may have arrived.
    Sent {
        /// The operation.
        operation: OperationId,
        /// What the vendor said when the target was read afresh just before.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        seen: Vec<RawRecord>,
    },
    /// The vendor answered, or its answer was lost.
    Answered {
        /// The operation.
        operation: OperationId,
        /// How.
        answer: AnswerKind,
        /// Finds the effect again; empty when there is nothing to find it by.
        handle: Text,
        /// The vendor's id of the request; empty when not told.
        request_id: Text,
        /// For people.
        detail: Text,
        /// The answer word for word; none when it was lost.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        seen: Vec<RawRecord>,
    },
    /// How it ended, and how that was seen.
    Outcome {
        /// The operation.
        operation: OperationId,
        /// `observed`, `failed` or `unknown`.
        state: OperationState,
        /// The proof or the reason, for people.
        detail: Text,
        /// The reads that showed it, word for word.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        seen: Vec<RawRecord>,
    },
    /// A later start found it without an outcome.
    Recovered {
        /// The operation.
        operation: OperationId,
        /// What was known, for people.
        detail: Text,
    },
    /// A person armed a tminus that starts able to look only.
    Armed {
        /// Who.
        actor: Actor,
        /// The running tminus that may act from now on.
        session: Text,
        /// When it is over by itself.
        until: Timestamp,
    },
    /// A person ended that before its time.
    Disarmed {
        /// Who.
        actor: Actor,
        /// The running tminus that may only look from now on.
        session: Text,
    },
    /// A person confirmed a plan; nothing was sent yet. Each of its steps has a
    /// `Confirmed` entry of its own before it is sent.
    Plan(Box<PlanConfirmation>),
    /// A plan ended: no further step starts.
    PlanEnded {
        /// The plan.
        plan: OperationId,
        /// `done` or `stopped`.
        state: PlanState,
        /// Why, for people; empty when it is done.
        detail: Text,
    },
    /// A person finished a note.
    Note {
        /// The note.
        note: Note,
    },
    /// A person did something to a release.
    Release {
        /// What.
        event: ReleaseEvent,
    },
    /// A person did something to a window that was made here.
    Window {
        /// What.
        event: WindowEvent,
    },
    /// The remains of a half-written line were put into a file of their own.
    TornTail {
        /// How many bytes.
        bytes: u64,
        /// The file's name in the data directory.
        file: Text,
    },
    /// Something that this version does not know, by its name.
    #[serde(skip)]
    Other(Text),
}

impl EntryBody {
    /// The operation that the entry is about, where it is about one.
    #[must_use]
    pub fn operation(&self) -> Option<&OperationId> {
        match self {
            Self::Proposed(confirmation) | Self::Confirmed(confirmation) => {
                Some(&confirmation.operation)
            }
            Self::Sent { operation, .. }
            | Self::Answered { operation, .. }
            | Self::Outcome { operation, .. }
            | Self::Withdrawn { operation, .. }
            | Self::Recovered { operation, .. } => Some(operation),
            Self::Armed { .. }
            | Self::Disarmed { .. }
            | Self::Plan(_)
            | Self::PlanEnded { .. }
            | Self::Note { .. }
            | Self::Release { .. }
            | Self::Window { .. }
            | Self::TornTail { .. }
            | Self::Other(_) => None,
        }
    }
}

/// One answer of a vendor, word for word: its body is the file
/// `answers/<sha256>` of the data directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RawRecord {
    /// Method and URL that were asked, without user, password and query.
    pub request: Text,
    /// HTTP status.
    pub status: u16,
    /// The vendor's id of the request; empty when not told.
    pub request_id: Text,
    /// When the answer came, by our clock.
    pub at: Timestamp,
    /// SHA-256 of the kept bytes in hexadecimal digits.
    pub sha256: String,
    /// How long the body was when it came, in bytes.
    pub length: u64,
    /// Whether the kept bytes are the body as it came: not cut after 64 KiB,
    /// and no secret blanked.
    pub whole: bool,
    /// Whether the bytes could be kept.
    pub kept: bool,
}

/// How a vendor answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    /// It took the request.
    Accepted,
    /// It refused; nothing happened.
    Refused,
    /// Nobody knows.
    Lost,
}

/// All that is known when a person says yes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Confirmation {
    /// Identity.
    pub operation: OperationId,
    /// What is wanted, in full.
    pub intent: Intent,
    /// A sentence that names effect and target.
    pub summary: Text,
    /// Who.
    pub actor: Actor,
    /// The running tminus that will send it.
    pub session: Text,
    /// The request that will be sent, without credentials.
    pub request: RequestRecord,
    /// What the person did: `key`, `hold`, `type_name`, or `type_code` where a
    /// key could not be held down.
    pub strength: Text,
    /// Each rule that was asked, with its verdict.
    pub rules: Vec<RuleRecord>,
    /// What the decision rested on, and how old it was.
    pub facts: Vec<FactAge>,
    /// The target as it was seen, in words; empty when nothing was known.
    #[serde(default)]
    pub before: Text,
    /// What it shall be afterwards, in words.
    #[serde(default)]
    pub after: Text,
    /// The policy that was asked.
    #[serde(default)]
    pub policy: Option<PolicyRecord>,
    /// SHA-256 of what the policy was told, as it was kept, in hexadecimal
    /// digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_input: Option<String>,
    /// How risky the change was.
    #[serde(default)]
    pub risk: Option<Risk>,
    /// The operation of unknown outcome that this one sends again.
    #[serde(default)]
    pub again_of: Option<OperationId>,
    /// The step of a plan that it is.
    #[serde(default)]
    pub plan: Option<PlanStep>,
    /// The other person who agreed.
    #[serde(default)]
    pub second: Option<SecondPerson>,
    /// Who proposed it to the second person, where it was proposed.
    #[serde(default)]
    pub proposal: Option<ProposalRecord>,
}

/// What one person proposed for another to agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ProposalRecord {
    /// Who proposed it, from where, by their own word.
    pub actor: Actor,
    /// Whose key it is, by the allowed signers of whoever checked it; empty
    /// in the proposer's own journal.
    pub principal: Text,
    /// When it was proposed.
    pub at: Timestamp,
    /// It may be carried out until then.
    pub expires: Timestamp,
    /// The fingerprint of the key that signed it (`SHA256:…`).
    pub key: Text,
    /// SHA-256 of the signed statement in hexadecimal digits.
    pub sha256: String,
    /// The signature's bytes in base64.
    pub signature: Text,
}

/// All that is known when a person says yes to a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanConfirmation {
    /// The plan with its guards; steps that are refused in it are not done.
    pub plan: RollbackPlan,
    /// A sentence that names effect and targets.
    pub summary: Text,
    /// Who.
    pub actor: Actor,
    /// The running tminus that carries it out.
    pub session: Text,
    /// What was asked of the person: `key`, `hold` or `type_name`.
    pub strength: Text,
    /// Each rule that was asked about each step. They are asked again before
    /// the step is sent, and its own entry has what they said then.
    pub rules: Vec<StepRules>,
    /// The policy that was asked.
    #[serde(default)]
    pub policy: Option<PolicyRecord>,
}

/// What the rules said about one step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRules {
    /// The service.
    pub service: ServiceName,
    /// The rules.
    pub rules: Vec<RuleRecord>,
}

/// The policy that was asked, so that it can be found again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PolicyRecord {
    /// SHA-256 over all its files, in hexadecimal digits.
    pub digest: String,
    /// Its files, with the SHA-256 of each.
    pub files: Vec<PolicyFile>,
}

impl PolicyRecord {
    /// The record of these files. What identifies them is the SHA-256 of what
    /// `sha256sum` prints of them, in the order of their names.
    #[must_use]
    pub fn of(mut files: Vec<PolicyFile>) -> Self {
        files.sort_by(|one, other| one.name.cmp(&other.name));
        Self {
            digest: Self::digest_of(&files),
            files,
        }
    }

    /// Whether its digest is that of its files.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.digest == Self::digest_of(&self.files)
    }

    fn digest_of(files: &[PolicyFile]) -> String {
        let lines: Vec<String> = files
            .iter()
            .map(|file| format!("{}  {}\n", file.sha256, file.name))
            .collect();
        digest(lines.concat().as_bytes())
    }
}

/// One file of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PolicyFile {
    /// Its name.
    pub name: Text,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// A step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PlanStep {
    /// The plan: the id of its entry.
    pub plan: OperationId,
    /// Its place, from 1.
    pub step: u32,
    /// How many there are.
    pub of: u32,
}

/// Another person who checked an operation and agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SecondPerson {
    /// Who, from where.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// The fingerprint of the key that signed it (`SHA256:…`).
    pub key: Text,
    /// The signature's bytes in base64.
    pub signature: Text,
    /// Why they agreed, in their words; empty when they gave no reason.
    #[serde(default)]
    pub reason: Text,
}

/// Who did it, from where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Actor {
    /// Login name.
    pub login: Text,
    /// The machine that tminus runs on.
    pub host: Text,
    /// The address that the person came from over SSH, where they did.
    pub ssh_client: Option<Text>,
}

impl Actor {
    /// `login@host`, with the address of the SSH client where there is one.
    #[must_use]
    pub fn sentence(&self) -> Text {
        match &self.ssh_client {
            Some(client) => Text::from(format!("{}@{} (ssh from {client})", self.login, self.host)),
            None => Text::from(format!("{}@{}", self.login, self.host)),
        }
    }
}

/// The request, as the record keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RequestRecord {
    /// Method and URL.
    pub line: Text,
    /// SHA-256 of the body's bytes in hexadecimal digits.
    pub body_sha256: String,
    /// The body's length in bytes.
    pub body_length: u64,
}

/// One rule and what it said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RuleRecord {
    /// The rule's name.
    pub rule: Text,
    /// `pass`, `warn`, `needs_reason`, `needs_typing` or `refuse`.
    pub verdict: Text,
    /// What it said to the person.
    pub sentence: Text,
}

/// Something that the decision rested on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FactAge {
    /// What, for people.
    pub what: Text,
    /// When it was seen; none when it never was.
    pub observed: Option<Timestamp>,
}

#[derive(Serialize)]
struct Line<'a> {
    v: u8,
    chain: &'a str,
    seq: u64,
    at: Timestamp,
    prev: &'a str,
    body: &'a EntryBody,
}

/// A line's fields, read back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored<'a> {
    pub(super) v: u8,
    pub(super) chain: &'a str,
    pub(super) seq: u64,
    pub(super) at: Timestamp,
    pub(super) prev: &'a str,
    #[serde(borrow)]
    body: &'a RawValue,
}

impl<'a> Stored<'a> {
    /// Reads a line without its newline.
    pub(super) fn parse(content: &'a [u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(content)
    }

    /// Reads the line that comes next in a chain when it is spelt as `line`
    /// spells it, which costs a third of [`Stored::parse`]. None says nothing:
    /// parse it.
    pub(super) fn expect(
        content: &'a [u8],
        chain: &'a str,
        seq: u64,
        prev: &'a str,
    ) -> Option<Self> {
        let rest = content.strip_prefix(br#"{"v":1,"chain":""#)?;
        let rest = rest.strip_prefix(chain.as_bytes())?;
        let rest = rest.strip_prefix(br#"","seq":"#)?;
        let (number, rest) = rest.split_at_checked(rest.iter().position(|byte| *byte == b',')?)?;
        let rest = rest.strip_prefix(br#","at":""#)?;
        let (at, rest) = rest.split_at_checked(rest.iter().position(|byte| *byte == b'"')?)?;
        let rest = rest.strip_prefix(br#"","prev":""#)?;
        let rest = rest.strip_prefix(prev.as_bytes())?;
        let rest = rest.strip_prefix(br#"","body":"#)?;
        let number = std::str::from_utf8(number).ok()?;
        if number.starts_with(['0', '+']) || number.parse::<u64>().ok()? != seq {
            return None;
        }
        let at = std::str::from_utf8(at).ok()?;
        Some(Self {
            v: FORMAT,
            chain,
            seq,
            at: chrono::DateTime::parse_from_rfc3339(at).ok()?.to_utc(),
            prev,
            body: serde_json::from_slice(rest.strip_suffix(b"}")?).ok()?,
        })
    }

    /// The body; one of a kind that is not known is kept by its name.
    pub(super) fn body(&self) -> EntryBody {
        #[derive(Deserialize)]
        struct Kind {
            kind: Option<Text>,
        }
        serde_json::from_str(self.body.get()).unwrap_or_else(|_| {
            let kind = serde_json::from_str::<Kind>(self.body.get())
                .ok()
                .and_then(|kind| kind.kind)
                .unwrap_or_default();
            EntryBody::Other(kind)
        })
    }
}

/// The bytes of one line, newline included.
pub(super) fn line(
    chain: &str,
    seq: u64,
    at: Timestamp,
    prev: &str,
    body: &EntryBody,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec(&Line {
        v: FORMAT,
        chain,
        seq,
        at,
        prev,
        body,
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// SHA-256 of stored bytes in hexadecimal digits.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}
