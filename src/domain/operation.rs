//! The record of one operation, as journal and screen know it.

use serde::{Deserialize, Serialize};

use super::{Intent, OperationId, Text, Timestamp};

/// One operation with all that happened to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperationRecord {
    /// Identity.
    pub id: OperationId,
    /// What was wanted.
    pub intent: Intent,
    /// Who did it: login name and host.
    pub actor: Text,
    /// A sentence that names effect and target, for people.
    pub summary: Text,
    /// The request line that is or was sent, without secrets.
    pub request: Text,
    /// Where it stands: the last of `history`.
    pub state: OperationState,
    /// Each change of state, oldest first.
    pub history: Vec<Transition>,
    /// The operation of unknown outcome that this one sends again.
    #[serde(default)]
    pub again_of: Option<OperationId>,
    /// The newest operation that sends this one again.
    #[serde(default)]
    pub again_as: Option<OperationId>,
    /// When somebody last looked for its effect without a change of state.
    #[serde(default)]
    pub looked: Option<Timestamp>,
}

impl OperationRecord {
    /// Whether nobody knows its outcome and nothing took its place:
    /// `successor` is the operation that sent it again, where there is one.
    /// One that failed, so that nothing was sent, took no place.
    #[must_use]
    pub fn is_open(&self, successor: Option<&Self>) -> bool {
        self.state == OperationState::Unknown
            && (self.again_as.is_none()
                || successor.is_some_and(|next| next.state == OperationState::Failed))
    }
}

/// One change of state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// When.
    pub at: Timestamp,
    /// To what.
    pub state: OperationState,
    /// Details for people: the answer, the proof, the reason.
    pub detail: Text,
}

/// Where an operation stands once it was confirmed, or proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(schemars::JsonSchema)]
pub enum OperationState {
    /// Written down, and waits for another person; nothing was sent.
    Proposed,
    /// Written down, durable; the request may leave from now on.
    Confirmed,
    /// The request was handed to the network.
    Sent,
    /// The vendor took it; the effect is not seen yet.
    Accepted,
    /// The vendor shows the effect.
    Observed,
    /// It did not happen and will not.
    Failed,
    /// Nobody knows whether it happened: look, then decide.
    Unknown,
}

impl OperationState {
    /// True once nothing more will happen by itself.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Proposed | Self::Observed | Self::Failed | Self::Unknown
        )
    }
}
