//! At the start: what an earlier tminus left without an outcome is unknown,
//! is said at once, and is read back. Nothing is ever sent again by itself.

use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::future::join_all;

use super::{
    desk::{Desk, Emit},
    driver::blocking,
    ledger::Known,
};
use crate::{
    domain::{OperationId, OperationRecord, OperationState, Text, Transition},
    error::Error,
    store::journal::EntryBody,
};

/// What has been unknown for longer is read back only when a person asks.
const LOOK_BACK: TimeDelta = TimeDelta::days(7);

impl Desk {
    /// Shows every operation that the journal knows, those without an outcome
    /// as unknown, and then reads the unknown ones back. Operations of a
    /// tminus that still runs are left to it. Returns what became of the
    /// unknown ones.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn recover(self: &Arc<Self>, emit: Emit) -> Result<Vec<OperationRecord>, Error> {
        let desk = Arc::clone(self);
        let show = Arc::clone(&emit);
        let found = blocking(move || desk.take_stock(&show)).await?;
        let looked = found
            .iter()
            .map(|id| self.look(id, None, Arc::clone(&emit)))
            .collect::<Vec<_>>();
        Ok(join_all(looked).await.into_iter().flatten().collect())
    }

    /// Marks what was left without an outcome, shows all, and returns what has
    /// to be read back.
    pub(super) fn take_stock(&self, emit: &Emit) -> Result<Vec<OperationId>, Error> {
        let all: Vec<Known> = {
            let mut ledger = self.ledger();
            self.catch_up(&mut ledger)?;
            ledger.all().cloned().collect()
        };
        let now = self.now();
        let mut found = Vec::new();
        for known in all {
            let id = known.record.id.clone();
            let ours_to_judge = !self.busy().contains(&id) && !self.is_alive(&known.session);
            if ours_to_judge && !known.record.state.is_final() {
                self.mark_unknown(&known);
            }
            self.show(&id, emit);
            let unknown = self
                .known(&id)
                .is_some_and(|known| known.record.state == OperationState::Unknown);
            let proposed = known.record.state == OperationState::Proposed;
            if proposed || (ours_to_judge && unknown && now - known.since < LOOK_BACK) {
                found.push(id);
            }
        }
        self.take_stock_of_plans(emit);
        Ok(found)
    }

    /// Writes down that what an earlier tminus left without an outcome is
    /// unknown, so that it no longer counts as under way. Nothing is read back.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn take_over(&self) -> Result<(), Error> {
        let nobody: Emit = Arc::new(|_| ());
        self.take_stock(&nobody).map(drop)
    }

    /// The record of an operation, unknown when whoever carried it out is gone
    /// and left no outcome.
    pub(super) fn as_it_stands(&self, known: Known) -> OperationRecord {
        let left = self.is_left(&known);
        let says = (known.record.state == OperationState::Proposed).then(|| {
            known.proposal_says(self.now(), self.proposal_file(&known.record.id).as_deref())
        });
        let mut record = known.record;
        if let (Some(says), Some(last)) = (says, record.history.last_mut()) {
            last.detail = says;
        }
        if left {
            record.state = OperationState::Unknown;
            record.history.push(Transition {
                at: record.history.last().map_or(known.since, |last| last.at),
                state: OperationState::Unknown,
                detail: Text::new(why_unknown(known.sent)),
            });
        }
        record
    }

    fn is_left(&self, known: &Known) -> bool {
        !known.record.state.is_final()
            && !self.busy().contains(&known.record.id)
            && !self.is_alive(&known.session)
    }

    fn mark_unknown(&self, known: &Known) {
        let id = known.record.id.clone();
        self.write_or_say(EntryBody::Recovered {
            operation: id,
            detail: Text::new(why_unknown(known.sent)),
        });
    }
}

fn why_unknown(sent: bool) -> &'static str {
    if sent {
        "an earlier tminus ended before its outcome was seen"
    } else {
        "an earlier tminus ended before it wrote down that the request leaves"
    }
}
