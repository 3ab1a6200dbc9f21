//! What the vendor said is kept word for word before the entry that names it.

use super::desk::Desk;
use crate::{
    integrations::contract::RawAnswer,
    store::{
        Answers,
        journal::{RawRecord, digest},
    },
};

impl Desk {
    /// Keeps answers and says how the record names them. One that cannot be
    /// kept is named all the same: its digest still proves what it was.
    pub(super) fn keep(&self, answers: &[RawAnswer]) -> Vec<RawRecord> {
        answers
            .iter()
            .map(|answer| RawRecord {
                request: answer.request.clone(),
                status: answer.status,
                request_id: answer.request_id.clone(),
                at: answer.at,
                sha256: digest(&answer.body),
                length: answer.length,
                whole: answer.whole,
                kept: self
                    .directory()
                    .is_some_and(|data| Answers::of(data).keep(&answer.body).is_ok()),
            })
            .collect()
    }
}
