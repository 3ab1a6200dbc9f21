//! What a vendor said, word for word, while an operation was carried out.
//!
//! The clients of [`super::http`] note every answer on the tape of the task
//! that asked, when there is one. So no integration has to hand its answers
//! on, and none can forget one. A tape is put in by whoever carries an
//! operation out ([`Tape::record`]); what is asked without one (the watch, the
//! screen) is not kept.

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::domain::{Text, Timestamp};

/// Longest body that is kept, in bytes.
pub const LONGEST: usize = 64 * 1024;

/// Most answers of one question; the newest are kept.
const MOST: usize = 16;

/// One answer of a vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawAnswer {
    /// Method and URL that were asked, without user, password and query.
    pub request: Text,
    /// HTTP status.
    pub status: u16,
    /// The vendor's id of the request; empty when not told.
    pub request_id: Text,
    /// When the answer came, by our clock.
    pub at: Timestamp,
    /// The body without secrets, at most `LONGEST` bytes of it.
    pub body: Vec<u8>,
    /// Length of the body as it came, in bytes.
    pub length: u64,
    /// Whether `body` is the body as it came: not cut, and nothing blanked.
    pub whole: bool,
}

tokio::task_local! {
    static RUNNING: Tape;
}

/// What one operation's questions were answered.
#[derive(Clone, Debug, Default)]
pub struct Tape(Arc<Mutex<Vec<RawAnswer>>>);

impl Tape {
    /// Does `question` and keeps every answer that it got, in place of those
    /// of the question before.
    pub async fn record<F: Future>(&self, question: F) -> F::Output {
        self.answers().clear();
        RUNNING.scope(self.clone(), question).await
    }

    /// The answers to the last question.
    #[must_use]
    pub fn last(&self) -> Vec<RawAnswer> {
        self.answers().clone()
    }

    fn answers(&self) -> MutexGuard<'_, Vec<RawAnswer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes an answer on the tape of this task; without one `answer` is not even
/// made.
pub(super) fn note(answer: impl FnOnce() -> RawAnswer) {
    // Nobody who listens is no error.
    let _ = RUNNING.try_with(|tape| {
        let mut answers = tape.answers();
        if answers.len() == MOST {
            answers.remove(0);
        }
        answers.push(answer());
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(number: u16) -> RawAnswer {
        RawAnswer {
            request: Text::default(),
            status: number,
            request_id: Text::default(),
            at: Timestamp::default(),
            body: Vec::new(),
            length: 0,
            whole: true,
        }
    }

    #[tokio::test]
    async fn each_question_has_its_own_answers_and_other_tasks_none() {
        let tape = Tape::default();
        note(|| unreachable!("nobody listens"));
        tape.record(async { (1..20).for_each(|number| note(|| answer(number))) })
            .await;
        let kept: Vec<u16> = tape.last().iter().map(|answer| answer.status).collect();
        assert_eq!(kept, (4..20).collect::<Vec<_>>());
        tape.record(async { note(|| answer(7)) }).await;
        assert_eq!(tape.last().len(), 1);
    }
}
