//! What an entry names is kept word for word before it: what the vendor said,
//! and the policy that was asked.

use super::desk::Desk;
use crate::{
    error::Error,
    integrations::contract::RawAnswer,
    store::{
        Answers,
        journal::{PolicyRecord, RawRecord, digest},
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

    /// Keeps the files of the policy that an entry is about to cite, and what
    /// it was told, so that its verdicts can be evaluated again later. Without
    /// a data directory there is no journal that could cite it.
    ///
    /// # Errors
    /// When they cannot be made durable; then the entry must not be written.
    pub(super) fn keep_policy(
        &self,
        cited: Option<&PolicyRecord>,
        told: Option<&str>,
    ) -> Result<(), Error> {
        let (Some(data), Some(cited), Ok(policy)) = (self.directory(), cited, self.policy()) else {
            return Ok(());
        };
        if policy.record() != cited {
            return Ok(());
        }
        Answers::of_policies(data)
            .keep_all(policy.files().chain(told.map(str::as_bytes)))
            .map_err(|error| {
                let why = format!("the policy's files cannot be kept: {}", error.message);
                Error::new(error.kind, why).hint(error.hint)
            })
    }
}
