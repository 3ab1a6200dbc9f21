//! The fold of the journal: every operation with all that happened to it.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::{
    domain::{
        Act, Intent, OperationId, OperationRecord, OperationState, Text, Timestamp, Transition,
    },
    store::journal::{AnswerKind, Cursor, Entry, EntryBody, ProposalRecord},
};

/// One operation, with what is needed to look for its effect.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Known {
    pub(super) record: OperationRecord,
    /// The tminus that confirmed it.
    pub(super) session: Text,
    /// Finds its effect again; empty when its answer was lost.
    pub(super) handle: Text,
    /// When it was confirmed.
    pub(super) since: Timestamp,
    /// Whether "about to be sent" was written down.
    pub(super) sent: bool,
    /// Until when it may be countersigned, where it was proposed.
    pub(super) expires: Option<Timestamp>,
    /// How its proposal was signed, where it was proposed.
    pub(super) proposal: Option<ProposalRecord>,
}

/// Everything that the journal told so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    /// How far the journal was read.
    pub(super) cursor: Cursor,
    operations: BTreeMap<OperationId, Known>,
    latest: Timestamp,
}

impl Ledger {
    /// Takes entries over, in their order, and returns the operations that
    /// they changed.
    pub(super) fn absorb(&mut self, entries: &[Entry]) -> Vec<OperationId> {
        let mut changed: Vec<OperationId> = Vec::new();
        for entry in entries {
            if let Some(id) = self.apply(entry.at, &entry.body)
                && !changed.contains(&id)
            {
                changed.push(id);
            }
        }
        changed
    }

    /// A time for the next entry: now, but later than all before, so that
    /// whoever keeps the newer of two keeps the right one.
    pub(super) fn next_instant(&self, now: Timestamp) -> Timestamp {
        now.max(self.latest + TimeDelta::microseconds(1))
    }

    /// A time for what is shown now: later than all that was shown before.
    pub(super) fn tick(&mut self, now: Timestamp) -> Timestamp {
        self.latest = self.next_instant(now);
        self.latest
    }

    /// Takes one change over, durable or not.
    pub(super) fn apply(&mut self, at: Timestamp, body: &EntryBody) -> Option<OperationId> {
        self.latest = self.latest.max(at);
        if let EntryBody::Proposed(confirmation) | EntryBody::Confirmed(confirmation) = body {
            let id = confirmation.operation.clone();
            let state = match body {
                EntryBody::Proposed(_) => OperationState::Proposed,
                _ => OperationState::Confirmed,
            };
            let detail = if confirmation.intent.reason.is_empty() {
                Text::default()
            } else {
                confirmation.intent.reason.clone()
            };
            self.operations.entry(id.clone()).or_insert_with(|| Known {
                record: OperationRecord {
                    id: id.clone(),
                    intent: confirmation.intent.clone(),
                    actor: confirmation.actor.sentence(),
                    summary: confirmation.summary.clone(),
                    request: confirmation.request.line.clone(),
                    state,
                    history: vec![Transition { at, state, detail }],
                },
                session: confirmation.session.clone(),
                handle: Text::default(),
                since: at,
                sent: false,
                expires: confirmation
                    .proposal
                    .as_ref()
                    .map(|proposal| proposal.expires),
                proposal: confirmation.proposal.clone(),
            });
            return Some(id);
        }
        let id = body.operation()?.clone();
        let known = self.operations.get_mut(&id)?;
        match body {
            EntryBody::Sent { .. } => {
                known.sent = true;
                let request = known.record.request.clone();
                known.turn(at, OperationState::Sent, request);
            }
            EntryBody::Answered {
                answer,
                handle,
                detail,
                ..
            } => match answer {
                AnswerKind::Accepted => {
                    known.handle = handle.clone();
                    known.turn(at, OperationState::Accepted, detail.clone());
                }
                AnswerKind::Lost => known.turn(at, OperationState::Sent, detail.clone()),
                // The outcome follows and says the same.
                AnswerKind::Refused => {}
            },
            EntryBody::Outcome { state, detail, .. } => known.turn(at, *state, detail.clone()),
            EntryBody::Recovered { detail, .. } => {
                known.turn(at, OperationState::Unknown, detail.clone());
            }
            EntryBody::Withdrawn { detail, .. } => {
                known.turn(at, OperationState::Failed, detail.clone());
            }
            EntryBody::Proposed(_)
            | EntryBody::Confirmed(_)
            | EntryBody::Note { .. }
            | EntryBody::TornTail { .. }
            | EntryBody::Other(_) => return None,
        }
        Some(id)
    }

    /// Says something new about where an operation stands, without a change.
    pub(super) fn remark(&mut self, id: &OperationId, what: &Text) {
        if let Some(last) = self
            .operations
            .get_mut(id)
            .and_then(|known| known.record.history.last_mut())
        {
            last.detail = what.clone();
        }
    }

    pub(super) fn get(&self, id: &OperationId) -> Option<&Known> {
        self.operations.get(id)
    }

    /// All operations, oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Known> {
        self.operations.values()
    }

    /// An operation that is under way, or proposed and still good at `now`,
    /// and would have the same effect.
    pub(super) fn under_way(
        &self,
        id: &OperationId,
        intent: &Intent,
        now: Timestamp,
    ) -> Option<&Known> {
        self.all().find(|known| {
            &known.record.id != id
                && (!known.record.state.is_final() || known.waits(now))
                && same_effect(&known.record.intent, intent)
        })
    }
}

impl Known {
    /// Whether it is proposed and may still be countersigned.
    pub(super) fn waits(&self, now: Timestamp) -> bool {
        self.record.state == OperationState::Proposed
            && self.expires.is_some_and(|expires| now < expires)
    }

    fn turn(&mut self, at: Timestamp, state: OperationState, detail: Text) {
        self.record.state = state;
        self.record.history.push(Transition { at, state, detail });
    }
}

/// Whether two intents would have one effect: the same act on the same target
/// in the same state. For a rollback that is place, from and to. Two notes
/// are the same when their words are.
#[must_use]
pub fn same_effect(one: &Intent, other: &Intent) -> bool {
    if one.source != other.source {
        return false;
    }
    match (&one.act, &other.act) {
        (
            Act::RollBack { from, to, .. },
            Act::RollBack {
                from: other_from,
                to: other_to,
                ..
            },
        ) => {
            one.service == other.service
                && one.environment == other.environment
                && from == other_from
                && to == other_to
        }
        (one, other) => one == other,
    }
}
