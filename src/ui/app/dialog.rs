//! The one dialog that every operation goes through.

use super::{Batch, Hold, Refused, Review};
use crate::{
    command::KeyCode,
    domain::{Intent, OperationId, Text, Timestamp},
    operation::{Rule, Strength, Verdict},
};

/// How far the dialog is.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// The target is being read afresh.
    Preparing,
    /// The person is asked.
    Prompting(Box<Review>),
    /// The answer is being written to the journal.
    Waiting(Box<Review>),
    /// The journal has it: what becomes of it is followed until the person
    /// leaves.
    Done(Box<Review>, OperationId),
    /// It cannot be done; the message stays until the person leaves.
    Failed(Refused),
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
    /// What was asked for; of a plan its first step.
    pub intent: Intent,
    /// The operation of unknown outcome that it sends again.
    pub again_of: Option<OperationId>,
    /// What it is called, where it is for a plan or for several runs.
    pub plan: Option<Text>,
    /// The runs, where it is for several.
    pub batch: Option<Box<Batch>>,
    /// How far it is.
    pub phase: Phase,
    /// What has the focus.
    pub focus: DialogFocus,
    /// The reason as typed.
    pub reason: String,
    /// The word as typed.
    pub word: String,
    /// How far a key was held down, where one has to be.
    pub hold: Hold,
    /// A key that answered and may still be held down: its repeats mean
    /// nothing. With the time of its last press.
    pub spent: Option<(KeyCode, Timestamp)>,
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

    /// A dialog for an intent that is still to be checked.
    #[must_use]
    pub fn open(ticket: u64, intent: Intent, again_of: Option<OperationId>) -> Self {
        Self {
            ticket,
            intent,
            again_of,
            plan: None,
            batch: None,
            phase: Phase::Preparing,
            focus: DialogFocus::Cancel,
            reason: String::new(),
            word: String::new(),
            hold: Hold::default(),
            spent: None,
            unfolded: false,
            scroll: 0,
            asked_in: None,
            flushed_at: None,
        }
    }

    /// What was found out, once it is there.
    #[must_use]
    pub fn review(&self) -> Option<&Review> {
        match &self.phase {
            Phase::Prompting(review) | Phase::Waiting(review) | Phase::Done(review, _) => {
                Some(review)
            }
            Phase::Preparing | Phase::Failed(_) => None,
        }
    }

    /// What was found out, while there is something to answer.
    #[must_use]
    pub fn question(&self) -> Option<&Review> {
        match &self.phase {
            Phase::Prompting(review) | Phase::Waiting(review) => Some(review),
            Phase::Preparing | Phase::Done(..) | Phase::Failed(_) => None,
        }
    }

    /// The word on the button that acts.
    #[must_use]
    pub fn action(&self) -> &'static str {
        match self.question() {
            Some(review) if review.needs_second => "propose",
            _ => self.intent.act.verb(),
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

    /// What is missing before the button may act; none when nothing is. A key
    /// that has to be held down is not missing: it is how the button acts.
    #[must_use]
    pub fn missing(&self) -> Option<String> {
        let review = self.question()?;
        if let Some(rule) = review.rules.iter().find(|rule| rule.stops()) {
            return Some(match (rule.verdict, rule.until) {
                (Verdict::NeedsWait, Some(until)) => {
                    format!("wait until {}", until.format("%H:%M:%SZ"))
                }
                (Verdict::NeedsWait, None) => "a rule asks to wait".to_owned(),
                _ => "a rule forbids it".to_owned(),
            });
        }
        if review.needs_reason && self.reason.trim().is_empty() {
            return Some("a reason is required".to_owned());
        }
        match &review.strength {
            Strength::TypeName(name) if self.word.trim() != name => {
                Some(format!("type {name} to confirm"))
            }
            _ => None,
        }
    }

    /// Whether the code was typed that stands for a held key.
    #[must_use]
    pub fn has_code(&self) -> bool {
        self.question().is_some_and(|review| {
            review.strength == Strength::Hold && self.word.trim() == review.code
        })
    }

    /// Whether something is typed besides the reason: a name, or the code that
    /// stands for a held key.
    #[must_use]
    pub fn has_word(&self) -> bool {
        self.question()
            .is_some_and(|review| review.strength != Strength::Key)
    }

    /// The stops of `tab`, in order.
    #[must_use]
    pub fn stops(&self) -> &'static [DialogFocus] {
        match self.question().map(|review| &review.strength) {
            Some(Strength::TypeName(_)) => &[
                DialogFocus::Cancel,
                DialogFocus::Reason,
                DialogFocus::Word,
                DialogFocus::Action,
            ],
            Some(Strength::Hold) => &[
                DialogFocus::Cancel,
                DialogFocus::Reason,
                DialogFocus::Action,
                DialogFocus::Word,
            ],
            Some(Strength::Key) => &[
                DialogFocus::Cancel,
                DialogFocus::Reason,
                DialogFocus::Action,
            ],
            None => &[DialogFocus::Cancel],
        }
    }
}

/// The rules in the order to read them: what stops, what asks, what warns,
/// what speaks for it. Within each, the policy's own order holds.
#[must_use]
pub fn by_weight(rules: &[Rule]) -> Vec<&Rule> {
    let weight = |rule: &Rule| match rule.verdict {
        Verdict::Refuse => 0,
        Verdict::NeedsWait => 1,
        Verdict::NeedsSecondPerson => 2,
        Verdict::NeedsTyping | Verdict::NeedsHold => 3,
        Verdict::NeedsReason => 4,
        Verdict::Warn => 5,
        Verdict::Pass => 6,
    };
    let mut rules: Vec<&Rule> = rules.iter().collect();
    rules.sort_by_key(|rule| weight(rule));
    rules
}
