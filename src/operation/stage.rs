//! The stages before anything is sent, as types.

use std::fmt;

use super::rule::{Rule, Verdict};
use crate::{
    domain::{Intent, OperationId, Risk, Text, Timestamp},
    error::{Error, Kind},
    integrations::contract::PreparedRequest,
    store::journal::{FactAge, PlanStep, PolicyRecord, digest},
};

/// What a person asked for; nothing was looked at yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Identity, made before the first attempt.
    pub id: OperationId,
    /// What is wanted.
    pub intent: Intent,
    /// The operation of unknown outcome that a person sends again with this
    /// one, having been told.
    pub again_of: Option<OperationId>,
    /// The step of a plan that it is, where it is one.
    pub plan: Option<PlanStep>,
}

/// How much a person has to do to say yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strength {
    /// A key on the button that does not have the focus at first.
    Key,
    /// A key held down for a second.
    Hold,
    /// This text, letter by letter.
    TypeName(String),
}

/// A draft whose request was built and whose rules were asked; none of them
/// refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    pub(super) draft: Draft,
    pub(super) request: PreparedRequest,
    pub(super) production: bool,
    pub(super) strength: Strength,
    pub(super) rules: Vec<Rule>,
    pub(super) facts: Vec<FactAge>,
    pub(super) policy: Option<PolicyRecord>,
    /// What the policy was told, as JSON.
    pub(super) told: Option<String>,
    pub(super) risk: Option<Risk>,
    pub(super) before: Text,
    pub(super) after: Text,
    pub(super) at: Timestamp,
}

impl Checked {
    /// The draft that was checked.
    #[must_use]
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// The request that would be sent if no reason is given. With a reason,
    /// which some vendors are told, ask `Desk::preview`.
    #[must_use]
    pub fn request(&self) -> &PreparedRequest {
        &self.request
    }

    /// Whether it changes production.
    #[must_use]
    pub fn production(&self) -> bool {
        self.production
    }

    /// What the person has to do.
    #[must_use]
    pub fn strength(&self) -> &Strength {
        &self.strength
    }

    /// What can be typed where a key cannot be held down, because the terminal
    /// or the link between repeats none: four letters that are this draft's
    /// own.
    #[must_use]
    pub fn code(&self) -> String {
        code(&self.draft.id)
    }

    /// What each rule said, in the order to show.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether a rule asks for a reason.
    #[must_use]
    pub fn needs_reason(&self) -> bool {
        self.rules
            .iter()
            .any(|rule| rule.verdict == Verdict::NeedsReason)
    }

    /// Whether a rule asks for another person's yes.
    #[must_use]
    pub fn needs_second_person(&self) -> bool {
        self.rules
            .iter()
            .any(|rule| rule.verdict == Verdict::NeedsSecondPerson)
    }

    /// The policy that was asked; none before one is set up.
    #[must_use]
    pub fn policy(&self) -> Option<&PolicyRecord> {
        self.policy.as_ref()
    }

    /// How risky the change is; none where nothing tells.
    #[must_use]
    pub fn risk(&self) -> Option<&Risk> {
        self.risk.as_ref()
    }

    /// The target as it was seen, in words.
    #[must_use]
    pub fn before(&self) -> &Text {
        &self.before
    }

    /// What the target shall be afterwards, in words.
    #[must_use]
    pub fn after(&self) -> &Text {
        &self.after
    }

    /// What the decision rests on, and when it was seen.
    #[must_use]
    pub fn facts(&self) -> &[FactAge] {
        &self.facts
    }

    /// When it was checked.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

/// Four letters that are easy to tell apart, made of an identity.
pub(super) fn code(id: &OperationId) -> String {
    const LETTERS: &[u8; 16] = b"abcdefhkmnprstwx";
    digest(id.as_str().as_bytes())
        .bytes()
        .take(4)
        .filter_map(|digit| char::from(digit).to_digit(16))
        .map(|digit| char::from(LETTERS[digit as usize]))
        .collect()
}

/// A draft that may not be confirmed, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The draft.
    pub draft: Draft,
    /// The request that would have been sent, where it could be built.
    pub request: Option<PreparedRequest>,
    /// What each rule said; at least one refused, or `request` is none.
    pub rules: Vec<Rule>,
    /// Why, in one sentence for people.
    pub sentence: Text,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sentence)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::new(Kind::Refused, refusal.sentence.as_str())
    }
}

/// What a person answered in the dialog or on the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// What was typed where a name was asked for.
    pub typed: String,
    /// A key was held down for a second, or the command line said as much.
    pub held: bool,
    /// The reason; empty when none was given.
    pub reason: String,
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

    /// One that no journal knows, for the tests of integrations.
    #[cfg(test)]
    #[must_use]
    pub fn for_test(id: &str, intent: Intent, request: PreparedRequest, at: Timestamp) -> Self {
        Self {
            id: OperationId::new(id),
            intent,
            request,
            actor: Text::new("ana@test"),
            at,
        }
    }
}
