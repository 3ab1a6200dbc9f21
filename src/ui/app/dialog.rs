//! The one dialog that every operation goes through.

use crate::{
    domain::{Intent, RollbackPlan, Text, Timestamp},
    integrations::contract::PreparedRequest,
    operation::{self, Checked, Description, Refusal, Rule, Strength, Verdict, plan::CheckedPlan},
};

/// What the operation room found out about an intent: everything that the dialog
/// shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// What is wanted.
    pub intent: Intent,
    /// Title, effect and the way back, in words.
    pub description: Description,
    /// Whether it changes production.
    pub production: bool,
    /// Each rule with what it says, in order.
    pub rules: Vec<Rule>,
    /// What the person must do to confirm.
    pub strength: Strength,
    /// Whether a reason must be given.
    pub needs_reason: bool,
    /// The request: method and URL, then the lines of its body.
    pub request: Vec<Text>,
    /// The plan, where the yes is for one.
    pub plan: Option<Box<RollbackPlan>>,
}

impl Review {
    /// What there is to show of a check that passed.
    #[must_use]
    pub fn of(checked: &Checked) -> Self {
        let intent = checked.draft().intent.clone();
        Self {
            description: operation::describe(&intent, checked.production()),
            intent,
            production: checked.production(),
            rules: checked.rules().to_vec(),
            strength: checked.strength().clone(),
            needs_reason: checked.needs_reason(),
            request: request_lines(checked.request()),
            plan: None,
        }
    }

    /// What there is to show of a plan that passed. Rules that say the same of
    /// every step are shown once, and those that are content are counted.
    #[must_use]
    pub fn of_plan(checked: &CheckedPlan) -> Option<Self> {
        let plan = checked.plan();
        Some(Self {
            description: operation::plan::describe(plan, checked.production()),
            intent: checked.intents().next()?.1.clone(),
            production: checked.production(),
            rules: plan_rules(checked),
            strength: checked.strength().clone(),
            needs_reason: checked.needs_reason(),
            request: checked
                .checks()
                .iter()
                .filter_map(|check| check.request.as_ref())
                .flat_map(request_lines)
                .collect(),
            plan: Some(Box::new(plan.clone())),
        })
    }
}

fn plan_rules(checked: &CheckedPlan) -> Vec<Rule> {
    let going: Vec<_> = checked
        .checks()
        .iter()
        .filter(|check| check.request.is_some())
        .collect();
    let mut rules: Vec<Rule> = Vec::new();
    let mut content = 0;
    for check in &going {
        for rule in &check.rules {
            if rule.verdict == Verdict::Pass {
                content += 1;
                continue;
            }
            let of_all = going.iter().all(|other| other.rules.contains(rule));
            let mut said = rule.clone();
            if rule.verdict == Verdict::NeedsTyping && going.len() > 1 {
                // One name stands for all of theirs.
                said.sentence = Text::new("it is confirmed by typing the name of the plan");
            } else if !of_all {
                said.sentence = Text::from(format!("{}: {}", check.service, rule.sentence));
            }
            if !rules.contains(&said) {
                rules.push(said);
            }
        }
    }
    if content > 0 {
        let sentence = format!("{content} further rules and guards have nothing against it");
        rules.push(Rule::new("content", Verdict::Pass, &sentence));
    }
    rules
}

/// A request as lines: method and URL, then its body.
#[must_use]
pub fn request_lines(request: &PreparedRequest) -> Vec<Text> {
    let body = serde_json::from_str::<serde_json::Value>(&request.body)
        .and_then(|body| serde_json::to_string_pretty(&body))
        .unwrap_or_else(|_| request.body.clone());
    std::iter::once(Text::new(&request.to_string()))
        .chain(body.lines().map(Text::new))
        .collect()
}

/// Why it cannot be done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refused {
    /// Why, in one sentence for people.
    pub sentence: Text,
    /// What each rule said, where they were asked.
    pub rules: Vec<Rule>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self {
            sentence: refusal.sentence,
            rules: refusal.rules,
        }
    }
}

impl From<Text> for Refused {
    fn from(sentence: Text) -> Self {
        Self {
            sentence,
            rules: Vec::new(),
        }
    }
}

/// How far the dialog is.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// The target is being read afresh.
    Preparing,
    /// The person is asked.
    Prompting(Box<Review>),
    /// The answer is being written to the journal.
    Waiting(Box<Review>),
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
    /// What it is called, where it is for a plan.
    pub plan: Option<Text>,
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
    pub fn missing(&self) -> Option<String> {
        let review = self.review()?;
        if review.rules.iter().any(Rule::stops) {
            return Some("a rule forbids it".to_owned());
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

    /// The stops of `tab`, in order.
    #[must_use]
    pub fn stops(&self) -> &'static [DialogFocus] {
        match self.review().map(|review| &review.strength) {
            Some(Strength::TypeName(_)) => &[
                DialogFocus::Cancel,
                DialogFocus::Reason,
                DialogFocus::Word,
                DialogFocus::Action,
            ],
            Some(Strength::Key | Strength::Hold) => &[
                DialogFocus::Cancel,
                DialogFocus::Reason,
                DialogFocus::Action,
            ],
            None => &[DialogFocus::Cancel],
        }
    }
}
