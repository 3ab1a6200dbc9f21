//! The stages before anything is sent, as types.

use crate::{
    domain::{Intent, OperationId, Text, Timestamp},
    integrations::contract::PreparedRequest,
};

/// What a person asked for; nothing was looked at yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Identity, made before the first attempt.
    pub id: OperationId,
    /// What is wanted.
    pub intent: Intent,
}

/// A draft whose request was built and whose rules were asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    pub(super) draft: Draft,
    pub(super) request: PreparedRequest,
}

impl Checked {
    /// The draft that was checked.
    #[must_use]
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// The request that would be sent.
    #[must_use]
    pub fn request(&self) -> &PreparedRequest {
        &self.request
    }
}

/// An operation that a person confirmed and whose journal entry is durable.
/// Its fields are private: no other room can make or change one.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirmed {
    pub(super) id: OperationId,
    pub(super) intent: Intent,
    pub(super) request: PreparedRequest,
    pub(super) actor: Text,
    pub(super) at: Timestamp,
}

impl Confirmed {
    /// Identity.
    #[must_use]
    pub fn id(&self) -> &OperationId {
        &self.id
    }

    /// What is wanted.
    #[must_use]
    pub fn intent(&self) -> &Intent {
        &self.intent
    }

    /// The request: exactly these bytes are sent.
    #[must_use]
    pub fn request(&self) -> &PreparedRequest {
        &self.request
    }

    /// Who confirmed it.
    #[must_use]
    pub fn actor(&self) -> &Text {
        &self.actor
    }

    /// When it was confirmed.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }
}
