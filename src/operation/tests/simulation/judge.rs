//! The judge: the vendor's true state and the durable bytes, never our own
//! word alone.

use super::world::World;
use crate::{
    domain::{OperationId, OperationState},
    operation::testing::Lie,
    store::journal::{Cursor, Entry, EntryBody, Verdict},
};

impl World {
    pub(super) fn judge(&mut self) {
        let journal = self.memory.journal();
        match journal.verify() {
            Ok(Verdict::Whole { .. }) => {}
            other => self.broken.push(format!("the chain: {other:?}")),
        }
        let entries = journal.read(&mut Cursor::default()).unwrap();
        // Everything that can still happen happens now.
        let mut vendor = self.fake.vendor();
        for _ in 0..20 {
            let _ = vendor.observe();
        }
        self.judge_requests(&entries, vendor.requests);
        self.judge_repeats(&entries);
        let confirmed: Vec<&OperationId> = entries.iter().filter_map(confirmed).collect();
        for id in &confirmed {
            let Some(state) = self.shown.get(*id).map(|record| record.state) else {
                self.broken.push("nothing was shown".to_owned());
                continue;
            };
            let sent = self.sent.contains_key(*id);
            let alone = confirmed.len() == 1;
            match state {
                OperationState::Observed if vendor.effects == 0 => {
                    self.broken
                        .push("said to be observed, but it is not so".to_owned());
                }
                OperationState::Failed if alone && vendor.effects > 0 => {
                    self.broken
                        .push("said to have failed, but it is so".to_owned());
                }
                OperationState::Failed
                    if sent && !matches!(self.plan.lie, Lie::Refuses | Lie::FailsLater) =>
                {
                    self.broken
                        .push("said to have failed, but its request left".to_owned());
                }
                state if state.is_final() => {}
                state => self.broken.push(format!("left as {state:?}")),
            }
        }
        for pair in entries.windows(2) {
            if pair[0].at >= pair[1].at {
                self.broken.push("the journal's times go back".to_owned());
            }
        }
    }

    /// Never more than one request for each operation that was confirmed.
    fn judge_requests(&mut self, entries: &[Entry], requests: u32) {
        for (id, sent) in &self.sent {
            if *sent > 1 {
                self.broken
                    .push(format!("{sent} requests of one operation"));
            }
            if !entries.iter().any(|entry| confirmed(entry) == Some(id)) {
                self.broken
                    .push("a request that no journal knows".to_owned());
            }
        }
        if requests as usize > self.sent.len() {
            self.broken.push(format!("{requests} requests arrived"));
        }
    }

    /// A repeat names an operation whose outcome nobody knew at that moment,
    /// and nothing of the same effect is confirmed without naming it.
    fn judge_repeats(&mut self, entries: &[Entry]) {
        for (at, entry) in entries.iter().enumerate() {
            let EntryBody::Confirmed(confirmation) = &entry.body else {
                continue;
            };
            let named = confirmation.again_of.as_ref();
            if named != self.again.get(&confirmation.operation) {
                self.broken
                    .push("a repeat that nobody asked for, or without its name".to_owned());
            }
            if let Some(before) = named
                && outcome(&entries[..at], before) != Some(OperationState::Unknown)
            {
                self.broken
                    .push("a repeat of what is not unknown".to_owned());
            }
        }
    }
}

fn confirmed(entry: &Entry) -> Option<&OperationId> {
    match &entry.body {
        EntryBody::Confirmed(confirmation) => Some(&confirmation.operation),
        _ => None,
    }
}

/// The newest outcome of an operation in the journal.
fn outcome(entries: &[Entry], of: &OperationId) -> Option<OperationState> {
    entries.iter().rev().find_map(|entry| match &entry.body {
        EntryBody::Outcome {
            operation, state, ..
        } if operation == of => Some(*state),
        EntryBody::Recovered { operation, .. } if operation == of => Some(OperationState::Unknown),
        _ => None,
    })
}
