//! How fresh an answer has to be, and when an answer came.

use super::{Priority, Request};
use crate::domain::Timestamp;

/// How fresh an answer has to be, and who waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The watch looks around: within the budget, conditional.
    Watch,
    /// A person waits: at once, conditional.
    Person,
    /// An operation hangs on it: at once, and never from memory.
    Fresh,
}

impl Need {
    /// Whose share of the budget the question takes.
    #[must_use]
    pub fn priority(self) -> Priority {
        match self {
            Self::Watch => Priority::Background,
            Self::Person | Self::Fresh => Priority::Person,
        }
    }

    /// The request, asked in this way.
    #[must_use]
    pub fn apply(self, request: Request) -> Request {
        let request = request.priority(self.priority());
        if self == Self::Fresh {
            request.fresh()
        } else {
            request
        }
    }
}

/// An answer and when it came.
#[derive(Clone, Debug)]
pub struct Seen<T> {
    /// The answer.
    pub value: T,
    /// When it came.
    pub at: Timestamp,
}
