//! What the journal tells of one operation, as one value: the predicate of a
//! statement, and what the auditor's questions are answered from.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{OperationId, OperationState, Text, Timestamp},
    store::journal::{AnswerKind, Confirmation, EntryBody, RawEntry, RawRecord},
};

/// One operation with all that its journal says about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Operation {
    /// Identity.
    pub id: OperationId,
    /// What was done to what, in a sentence.
    pub summary: Text,
    /// Where it stands.
    pub state: OperationState,
    /// When it was proposed to a second person, where it was.
    pub proposed: Option<Timestamp>,
    /// When it was confirmed; none for a proposal that another journal
    /// carried out.
    pub confirmed: Option<Timestamp>,
    /// Who, what, why, under which policy, on which facts, and the request.
    pub confirmation: Confirmation,
    /// When the request left.
    pub sent: Option<Timestamp>,
    /// What the vendor showed of the target just before.
    pub seen_before: Vec<RawRecord>,
    /// What the vendor answered.
    pub answers: Vec<AnswerRecord>,
    /// How it ended, the last word last.
    pub outcomes: Vec<OutcomeRecord>,
    /// The journal that it is in.
    pub chain: String,
    /// Its entries, by their number and SHA-256.
    pub entries: Vec<Place>,
}

/// One answer of the vendor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AnswerRecord {
    /// When it was written down.
    pub at: Timestamp,
    /// How.
    pub answer: AnswerKind,
    /// Finds the effect again.
    pub handle: Text,
    /// The vendor's id of the request.
    pub request_id: Text,
    /// For people.
    pub detail: Text,
    /// Word for word.
    pub seen: Vec<RawRecord>,
}

/// One word about how it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OutcomeRecord {
    /// When it was written down.
    pub at: Timestamp,
    /// How it ended.
    pub state: OperationState,
    /// The proof or the reason.
    pub detail: Text,
    /// The reads that showed it.
    pub seen: Vec<RawRecord>,
}

/// The place of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Place {
    /// Its number.
    pub seq: u64,
    /// SHA-256 of its line.
    pub sha256: String,
}

impl Operation {
    /// All operations that entries tell of, in the order in which they began.
    #[must_use]
    pub fn all(entries: &[RawEntry]) -> Vec<Self> {
        let mut operations: Vec<Self> = Vec::new();
        for raw in entries {
            let at = raw.entry.at;
            if let EntryBody::Proposed(confirmation) = &raw.entry.body {
                operations.push(Self::new(confirmation, raw, OperationState::Proposed));
            }
            if let EntryBody::Confirmed(confirmation) = &raw.entry.body {
                let there = operations
                    .iter_mut()
                    .find(|operation| operation.id == confirmation.operation);
                match there {
                    Some(operation) => {
                        operation.confirmed = Some(at);
                        operation.confirmation = (**confirmation).clone();
                        operation.state = OperationState::Confirmed;
                    }
                    None => {
                        operations.push(Self::new(confirmation, raw, OperationState::Confirmed));
                    }
                }
            }
            if let Some(operation) = raw
                .entry
                .body
                .operation()
                .and_then(|id| operations.iter_mut().find(|operation| &operation.id == id))
            {
                operation.absorb(raw);
            }
        }
        operations
    }

    fn new(confirmation: &Confirmation, raw: &RawEntry, state: OperationState) -> Self {
        let at = raw.entry.at;
        let confirmed = state == OperationState::Confirmed;
        Self {
            id: confirmation.operation.clone(),
            summary: confirmation.summary.clone(),
            state,
            proposed: (!confirmed).then_some(at),
            confirmed: confirmed.then_some(at),
            confirmation: confirmation.clone(),
            sent: None,
            seen_before: Vec::new(),
            answers: Vec::new(),
            outcomes: Vec::new(),
            chain: raw.chain.clone(),
            entries: Vec::new(),
        }
    }

    fn absorb(&mut self, raw: &RawEntry) {
        let at = raw.entry.at;
        self.entries.push(Place {
            seq: raw.entry.seq,
            sha256: raw.entry.hash.clone(),
        });
        match &raw.entry.body {
            EntryBody::Sent { seen, .. } => {
                self.state = OperationState::Sent;
                self.sent = Some(at);
                self.seen_before.clone_from(seen);
            }
            EntryBody::Answered {
                answer,
                handle,
                request_id,
                detail,
                seen,
                ..
            } => {
                if *answer == AnswerKind::Accepted {
                    self.state = OperationState::Accepted;
                }
                self.answers.push(AnswerRecord {
                    at,
                    answer: *answer,
                    handle: handle.clone(),
                    request_id: request_id.clone(),
                    detail: detail.clone(),
                    seen: seen.clone(),
                });
            }
            EntryBody::Outcome {
                state,
                detail,
                seen,
                ..
            } => self.end(at, *state, detail, seen.clone()),
            EntryBody::Recovered { detail, .. } => {
                self.end(at, OperationState::Unknown, detail, Vec::new());
            }
            EntryBody::Withdrawn { detail, .. } => {
                self.end(at, OperationState::Failed, detail, Vec::new());
            }
            EntryBody::Proposed(_)
            | EntryBody::Confirmed(_)
            | EntryBody::Armed { .. }
            | EntryBody::Disarmed { .. }
            | EntryBody::Plan(_)
            | EntryBody::PlanEnded { .. }
            | EntryBody::Note { .. }
            | EntryBody::Release { .. }
            | EntryBody::Window { .. }
            | EntryBody::TornTail { .. }
            | EntryBody::Other(_) => {}
        }
    }

    fn end(&mut self, at: Timestamp, state: OperationState, detail: &Text, seen: Vec<RawRecord>) {
        self.state = state;
        self.outcomes.push(OutcomeRecord {
            at,
            state,
            detail: detail.clone(),
            seen,
        });
    }

    /// Everything that the vendor said, word for word.
    pub fn seen(&self) -> impl Iterator<Item = &RawRecord> {
        self.seen_before
            .iter()
            .chain(self.answers.iter().flat_map(|answer| &answer.seen))
            .chain(self.outcomes.iter().flat_map(|outcome| &outcome.seen))
    }

    /// The file of its statement, without its ending.
    #[must_use]
    pub fn file(&self) -> String {
        let plain: String = self
            .id
            .as_str()
            .chars()
            .map(|character| {
                if character.is_ascii_alphanumeric() || character == '-' {
                    character
                } else {
                    '_'
                }
            })
            .collect();
        format!("statements/operation-{plain}")
    }
}
