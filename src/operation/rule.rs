//! The house's own rules, which no policy can loosen: read-only, the journal,
//! sending once, the version that serves, the vendor's own answer. All other
//! rules are files of the policy.

use serde::Serialize;

use super::{ledger::same_effect, situation::Situation};
use crate::domain::{Act, Intent, OperationId, OperationState, Text, Timestamp, Version};

/// What a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing against it.
    Pass,
    /// Not against it, but the person should know.
    Warn,
    /// Only with a reason.
    NeedsReason,
    /// Only when a key is held down for a second.
    NeedsHold,
    /// Only when a name is typed.
    NeedsTyping,
    /// Only when another person agrees.
    NeedsSecondPerson,
    /// Not yet: see [`Rule::until`].
    NeedsWait,
    /// No.
    Refuse,
}

impl Verdict {
    /// The word that the record keeps.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::NeedsReason => "needs_reason",
            Self::NeedsHold => "needs_hold",
            Self::NeedsTyping => "needs_typing",
            Self::NeedsSecondPerson => "needs_second_person",
            Self::NeedsWait => "needs_wait",
            Self::Refuse => "refuse",
        }
    }
}

/// One rule with what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its name.
    pub name: Text,
    /// What it says.
    pub verdict: Verdict,
    /// Why, in one sentence for people.
    pub sentence: Text,
    /// When a wait is over, where the rule asks for one and knows.
    pub until: Option<Timestamp>,
}

impl Rule {
    /// A rule that asks for no wait.
    #[must_use]
    pub fn new(name: &str, verdict: Verdict, sentence: &str) -> Self {
        Self {
            name: Text::new(name),
            verdict,
            sentence: Text::new(sentence),
            until: None,
        }
    }

    /// Whether nothing may be confirmed while the rule says so.
    #[must_use]
    pub fn stops(&self) -> bool {
        matches!(self.verdict, Verdict::Refuse | Verdict::NeedsWait)
    }
}

/// Asks the house's own rules about an intent, in the order to show.
#[must_use]
pub fn judge(id: &OperationId, intent: &Intent, situation: &Situation) -> Vec<Rule> {
    let mut rules = Rules(Vec::new());
    rules.may_act(situation);
    rules.duplicate(id, intent, situation);
    match &intent.act {
        Act::Approve { .. } | Act::Decline { .. } => rules.reviewer(situation),
        Act::RollBack { from, to, .. }
        | Act::RollBackByRerun { from, to, .. }
        | Act::Undo { from, to, .. } => rules.serving(from, to, situation),
        Act::RerunFailed { .. }
        | Act::CancelRun { .. }
        | Act::Acknowledge { .. }
        | Act::Resolve { .. }
        | Act::AddNote { .. }
        | Act::Publish { .. }
        | Act::Steer { .. } => {}
    }
    rules.0
}

/// What is said of an operation under a policy that cannot be read.
#[must_use]
pub fn no_policy(why: &str) -> Rule {
    Rule::new(
        "policy",
        Verdict::Refuse,
        &format!("the policy cannot be read, so nothing is done: {why}"),
    )
}

struct Rules(Vec<Rule>);

impl Rules {
    fn add(&mut self, name: &'static str, verdict: Verdict, sentence: impl AsRef<str>) {
        self.0.push(Rule::new(name, verdict, sentence.as_ref()));
    }

    fn may_act(&mut self, situation: &Situation) {
        if situation.read_only {
            self.add(
                "read-only",
                Verdict::Refuse,
                "tminus is read-only: start it without --read-only, and without `read_only` in \
                 [operations], to act",
            );
        }
        if situation.unarmed {
            self.add(
                "armed",
                Verdict::Refuse,
                "tminus is not armed: `:arm 10m` arms it for ten minutes",
            );
        }
        match &situation.obstacle {
            Some(why) => self.add(
                "journal",
                Verdict::Refuse,
                format!("it cannot be written down, so it is not done: {why}"),
            ),
            None => self.add(
                "journal",
                Verdict::Pass,
                "it is written down before it is sent",
            ),
        }
    }

    fn duplicate(&mut self, id: &OperationId, intent: &Intent, situation: &Situation) {
        for other in &situation.operations {
            if &other.id == id || !same_effect(&other.intent, intent) {
                continue;
            }
            let clock = |at: Option<Timestamp>| {
                at.map_or_else(String::new, |at| format!(" at {}", at.format("%H:%M:%SZ")))
            };
            let at = clock(other.history.first().map(|first| first.at));
            match other.state {
                OperationState::Confirmed | OperationState::Sent | OperationState::Accepted => {
                    self.add(
                        "once",
                        Verdict::Refuse,
                        format!(
                            "{} confirmed the same{at}, and it is under way",
                            other.actor
                        ),
                    );
                }
                OperationState::Proposed => self.add(
                    "once",
                    Verdict::Refuse,
                    format!(
                        "{} proposed the same{at}, and it waits for another person; `tminus \
                         withdraw {}` takes it back",
                        other.actor, other.id
                    ),
                ),
                OperationState::Unknown if situation.again_of.as_ref() == Some(&other.id) => self
                    .add(
                        "once",
                        Verdict::Warn,
                        format!(
                            "{} confirmed the same{at}, and nobody knows whether it happened: \
                             with this it may happen twice",
                            other.actor
                        ),
                    ),
                OperationState::Unknown => {
                    let successor = other.again_as.as_ref().and_then(|next| {
                        situation
                            .operations
                            .iter()
                            .find(|record| &record.id == next)
                    });
                    if other.is_open(successor) {
                        self.add(
                            "once",
                            Verdict::Refuse,
                            format!(
                                "{} confirmed the same{at}, and nobody knows whether it happened: \
                                 look for its effect, or send that operation again ({})",
                                other.actor, other.id
                            ),
                        );
                    }
                }
                OperationState::Observed | OperationState::Failed => {}
            }
        }
    }

    fn reviewer(&mut self, situation: &Situation) {
        match situation.may_answer {
            Some(true) => self.add("reviewer", Verdict::Pass, "you are one of its reviewers"),
            Some(false) => {
                let who: Vec<&str> = situation.reviewers.iter().map(Text::as_str).collect();
                self.add(
                    "reviewer",
                    Verdict::Refuse,
                    if who.is_empty() {
                        "you are not one of its reviewers".to_owned()
                    } else {
                        format!("you are not one of its reviewers: {}", who.join(", "))
                    },
                );
            }
            None => {}
        }
    }

    fn serving(&mut self, from: &Version, to: &Version, situation: &Situation) {
        match &situation.serving {
            Some(serving) if serving == to => self.add(
                "version",
                Verdict::Refuse,
                format!("{to} already serves; there is nothing to roll back"),
            ),
            Some(serving) if serving != from => self.add(
                "version",
                Verdict::Refuse,
                format!("{serving} serves now, not {from}: look again and decide anew"),
            ),
            Some(_) => self.add("version", Verdict::Pass, format!("{from} is what serves")),
            None => {}
        }
    }
}
