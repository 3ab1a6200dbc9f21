//! The one dialog that every operation goes through.

use crate::domain::{EnvironmentName, Intent, OperationId, Text, Timestamp};

/// What the operation room found out about an intent: everything that the
/// dialog shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// The operation's identity.
    pub id: OperationId,
    /// What is wanted.
    pub intent: Intent,
    /// Verb and object, such as `Roll back checkout`.
    pub title: Text,
    /// Where it happens, where that can be said.
    pub environment: Option<EnvironmentName>,
    /// Whether that is production.
    pub production: bool,
    /// The exact effect, a sentence each.
    pub effect: Vec<Text>,
    /// What is so now and what shall be so.
    pub change: Option<(Text, Text)>,
    /// Each rule with its verdict.
    pub rules: Vec<Rule>,
    /// The request: method and URL, then the lines of its body.
    pub request: Vec<Text>,
    /// What the person must do to confirm.
    pub strength: Strength,
    /// Whether a reason must be given.
    pub reason_required: bool,
    /// The word on the button, such as `roll back`.
    pub action: Text,
}

impl Review {
    /// False when a rule forbids it: then there is nothing to confirm.
    #[must_use]
    pub fn allowed(&self) -> bool {
        self.rules
            .iter()
            .all(|rule| rule.verdict != Verdict::Forbidden)
    }
}

/// One rule and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it says.
    pub verdict: Verdict,
    /// Why, for people.
    pub text: Text,
}

/// What a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Allowed.
    Allowed,
    /// Forbidden.
    Forbidden,
    /// Allowed once the person gave something: a reason, a second person.
    Needs,
    /// Allowed, and worth knowing.
    Warning,
}

/// What the person must do to confirm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strength {
    /// Press `y`, or go to the button and press enter.
    Key,
    /// Type this word.
    Type(Text),
}

/// How far the dialog is.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// The target is being read afresh.
    Preparing,
    /// The person is asked.
    Prompting(Review),
    /// The answer is being written to the journal.
    Waiting(Review),
    /// It cannot be done; the message stays until the person leaves.
    Failed(Text),
}

/// What has the focus in the dialog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DialogFocus {
    /// The button that does no harm.
    #[default]
    Cancel,
    /// The button that acts.
    Action,
    /// The field for the reason.
    Reason,
    /// The field for the word to type.
    Word,
}

/// The dialog.
#[derive(Clone, Debug, PartialEq)]
pub struct Dialog {
    /// Its number, which answers of the operation room carry.
    pub ticket: u64,
    /// What was asked for.
    pub intent: Intent,
    /// How far it is.
    pub phase: Phase,
    /// What has the focus.
    pub focus: DialogFocus,
    /// The reason as typed.
    pub reason: String,
    /// The word as typed.
    pub word: String,
    /// Whether the whole request is shown.
    pub unfolded: bool,
    /// First line of the body on the screen.
    pub scroll: u16,
    /// The frame that showed the question first; none before it was asked.
    pub asked_in: Option<u64>,
    /// When that frame was flushed to the terminal; none before it was.
    pub flushed_at: Option<Timestamp>,
}

impl Dialog {
    /// How long after its first frame was flushed it takes an answer.
    pub const DELAY: chrono::TimeDelta = chrono::TimeDelta::milliseconds(300);

    /// What was found out, once it is there.
    #[must_use]
    pub fn review(&self) -> Option<&Review> {
        match &self.phase {
            Phase::Prompting(review) | Phase::Waiting(review) => Some(review),
            Phase::Preparing | Phase::Failed(_) => None,
        }
    }

    /// Whether the person has had the time to read it at `now`.
    #[must_use]
    pub fn takes_answers(&self, now: Timestamp) -> bool {
        matches!(self.phase, Phase::Prompting(_))
            && self
                .flushed_at
                .is_some_and(|flushed| now - flushed >= Self::DELAY)
    }

    /// What is missing before the button may act; none when nothing is.
    #[must_use]
    pub fn missing(&self) -> Option<&'static str> {
        let review = self.review()?;
        if !review.allowed() {
            Some("a rule forbids it")
        } else if review.reason_required && self.reason.trim().is_empty() {
            Some("a reason is required")
        } else if let Strength::Type(word) = &review.strength
            && self.word.trim() != word.as_str()
        {
            Some("type the name to confirm")
        } else {
            None
        }
    }
}

/// What a person answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The dialog's number.
    pub ticket: u64,
    /// The reason; empty when none was given.
    pub reason: Text,
    /// The word that was typed; empty when none was asked for.
    pub word: Text,
    /// When it was answered.
    pub at: Timestamp,
}
