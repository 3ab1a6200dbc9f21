//! The fold of the journal: every operation with all that happened to it.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{plan::PlanBook, windows::OwnLog};

use crate::{
    domain::{
        Intent, OperationId, OperationRecord, OperationState, ReleaseEvent, Text, Timestamp,
        Transition,
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
    /// Plans, with how far each of their steps is.
    pub(super) plans: PlanBook,
    /// What people did to releases, oldest first.
    pub(super) releases: Vec<(Timestamp, ReleaseEvent)>,
    /// What people did to windows.
    pub(super) windows: OwnLog,
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
        self.plans.apply(at, body);
        if let EntryBody::Release { event } = body {
            self.releases.push((at, event.clone()));
            return None;
        }
        if self.windows.take(at, body) {
            return None;
        }
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
                    again_of: confirmation.again_of.clone(),
                    again_as: None,
                    looked: None,
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
            if let Some(before) = &confirmation.again_of
                && let Some(before) = self.operations.get_mut(before)
            {
                let state = before.record.state;
                before.record.again_as = Some(id.clone());
                before.turn(at, state, Text::from(format!("sent again as {id}")));
            }
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
            | EntryBody::Armed { .. }
            | EntryBody::Disarmed { .. }
            | EntryBody::Plan(_)
            | EntryBody::PlanEnded { .. }
            | EntryBody::Note { .. }
            | EntryBody::Release { .. }
            | EntryBody::Window { .. }
            | EntryBody::TornTail { .. }
            | EntryBody::Other(_) => return None,
        }
        self.plans.follow(&known.record);
        Some(id)
    }

    /// Says something new about where an operation stands, without a change.
    pub(super) fn remark(&mut self, id: &OperationId, what: &Text, now: Timestamp) {
        let at = self.tick(now);
        let Some(known) = self.operations.get_mut(id) else {
            return;
        };
        known.record.looked = Some(at);
        if let Some(last) = known.record.history.last_mut() {
            last.detail = what.clone();
        }
        self.plans.follow(&known.record);
    }

    pub(super) fn get(&self, id: &OperationId) -> Option<&Known> {
        self.operations.get(id)
    }

    /// All operations, oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Known> {
        self.operations.values()
    }

    /// Whether nobody knows the outcome of an operation, and nothing took its
    /// place.
    pub(super) fn is_open(&self, known: &Known) -> bool {
        let successor = known.record.again_as.as_ref();
        let successor = successor.and_then(|id| self.get(id));
        known.record.is_open(successor.map(|next| &next.record))
    }

    /// Whether an operation may be confirmed next to those that are known: not
    /// while the same is under way, not while nobody knows whether the same
    /// happened, but for the one operation that says that it sends that again,
    /// and not while the same is proposed and still good at `now`.
    pub(super) fn allows(
        &self,
        id: &OperationId,
        intent: &Intent,
        again_of: Option<&OperationId>,
        now: Timestamp,
    ) -> Result<(), String> {
        if self.get(id).is_some() {
            return Err("this was confirmed already".to_owned());
        }
        if let Some(before) = again_of {
            let Some(before) = self.get(before) else {
                return Err(format!("there is no operation {before} to send again"));
            };
            if !self.is_open(before) || !same_effect(&before.record.intent, intent) {
                return Err(match &before.record.again_as {
                    Some(next) => format!("it was sent again already, as {next}"),
                    None => "its outcome is known by now: look again".to_owned(),
                });
            }
        }
        for other in self.all() {
            let record = &other.record;
            if &record.id == id || !same_effect(&record.intent, intent) {
                continue;
            }
            if other.waits(now) {
                return Err(format!(
                    "{} proposed the same, and it waits for another person; `tminus withdraw {}` \
                     takes it back",
                    record.actor, record.id
                ));
            }
            if !record.state.is_final() {
                return Err(format!(
                    "{} confirmed the same, and it is under way",
                    record.actor
                ));
            }
            if self.is_open(other) && again_of != Some(&record.id) {
                return Err(format!(
                    "{} confirmed the same, and nobody knows whether it happened: look for its \
                     effect, or send that operation again ({})",
                    record.actor, record.id
                ));
            }
        }
        Ok(())
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
    match (one.act.from_to(), other.act.from_to()) {
        (Some(way), Some(other_way)) => {
            one.service == other.service && one.environment == other.environment && way == other_way
        }
        _ => one.act == other.act,
    }
}
