//! What the operation room found out about an intent: everything that the
//! dialog shows.

use crate::{
    domain::{Act, Intent, Risk, RollbackPlan, Text},
    integrations::contract::PreparedRequest,
    operation::{
        self, Checked, Description, Refusal, Rule, Strength, Verdict, batch::CheckedBatch,
        plan::CheckedPlan,
    },
};

/// What the operation room found out about an intent.
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
    /// How risky it is, where something tells.
    pub risk: Option<Risk>,
    /// The digest of the policy that was asked; empty when there is none.
    pub policy: String,
    /// What the person must do to confirm.
    pub strength: Strength,
    /// What can be typed instead of holding a key.
    pub code: String,
    /// Whether a reason must be given.
    pub needs_reason: bool,
    /// Whether another person has to agree before it is sent.
    pub needs_second: bool,
    /// The request: method and URL, then the lines of its body.
    pub request: Vec<Text>,
    /// What is known of the target, as the screen knew it.
    pub known: Vec<Known>,
    /// What is known of the operation that this one sends again.
    pub again: Vec<String>,
    /// The plan, where the yes is for one.
    pub plan: Option<Box<RollbackPlan>>,
    /// Where the yes is for several operations: why each of them cannot be, in
    /// the order in which they were asked for.
    pub refused: Vec<Option<Text>>,
}

/// One thing that is known of the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// A word of at most five letters, such as `from`.
    pub label: &'static str,
    /// What it is.
    pub what: String,
    /// More about it, said more quietly.
    pub more: String,
    /// Whether it matters most.
    pub strong: bool,
}

impl Review {
    /// What there is to show of a check that passed.
    #[must_use]
    pub fn of(checked: &Checked) -> Self {
        let intent = checked.draft().intent.clone();
        let mut description = operation::describe(&intent, checked.production());
        let note = &checked.request().note;
        if !note.is_empty() {
            description.consequence = note.to_string();
        }
        Self {
            description,
            intent,
            production: checked.production(),
            rules: checked.rules().to_vec(),
            risk: checked.risk().cloned(),
            policy: checked
                .policy()
                .map(|policy| policy.digest.clone())
                .unwrap_or_default(),
            strength: checked.strength().clone(),
            code: checked.code(),
            needs_reason: checked.needs_reason(),
            needs_second: checked.needs_second_person(),
            request: request_lines(checked.request()),
            known: Vec::new(),
            again: Vec::new(),
            plan: None,
            refused: Vec::new(),
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
            risk: None,
            policy: checked
                .policy()
                .map(|policy| policy.digest.clone())
                .unwrap_or_default(),
            strength: checked.strength().clone(),
            code: checked.code(),
            needs_reason: checked.needs_reason(),
            // A step that needs another person's yes is in no plan.
            needs_second: false,
            request: checked
                .checks()
                .iter()
                .filter_map(|check| check.request.as_ref())
                .flat_map(request_lines)
                .collect(),
            known: Vec::new(),
            again: Vec::new(),
            plan: Some(Box::new(plan.clone())),
            refused: Vec::new(),
        })
    }
}

impl Review {
    /// What there is to show of several operations of which one can be.
    #[must_use]
    pub fn of_batch(checked: &CheckedBatch) -> Option<Self> {
        let first = checked.allowed().next()?;
        let production = checked.allowed().any(Checked::production);
        let names: Vec<String> = checked.allowed().map(name_of).collect();
        let going: Vec<(&str, &[Rule])> = names
            .iter()
            .map(String::as_str)
            .zip(checked.allowed().map(Checked::rules))
            .collect();
        Some(Self {
            description: several(&first.draft().intent, names.len()),
            intent: first.draft().intent.clone(),
            production,
            rules: merged(&going, "the first with the number of the others"),
            strength: checked.strength().clone(),
            code: checked.code(),
            needs_reason: checked.needs_reason(),
            request: checked
                .allowed()
                .flat_map(|one| request_lines(one.request()))
                .collect(),
            refused: checked
                .checks()
                .iter()
                .map(|(_, check)| check.as_ref().err().cloned())
                .collect(),
            // Each has one of its own, and the rules tell of it.
            risk: None,
            ..Self::of(first)
        })
    }
}

/// What one of several is called where a rule speaks of it alone.
fn name_of(checked: &Checked) -> String {
    let intent = &checked.draft().intent;
    let service = intent.service.as_ref();
    service.map_or_else(|| intent.source.to_string(), ToString::to_string)
}

/// What is said about several operations of one sort.
fn several(first: &Intent, count: usize) -> Description {
    let runs = if count == 1 { "run" } else { "runs" };
    let one_by_one = "One after the other: each is checked again before it is sent, and has an \
                      entry of its own. One that fails does not keep the others back; one of \
                      unknown outcome does.";
    match first.act {
        Act::CancelRun { .. } => Description {
            title: format!("Cancel {count} {runs}"),
            summary: format!("cancel {count} {runs}"),
            consequence: format!("{one_by_one} What they have already done stays done."),
            undo: "Run them again to start over.",
        },
        _ => Description {
            title: format!("Run the failed jobs of {count} {runs} again"),
            summary: format!("re-run the failed jobs of {count} {runs}"),
            consequence: one_by_one.to_owned(),
            undo: "Cancel the runs to stop them.",
        },
    }
}

fn plan_rules(checked: &CheckedPlan) -> Vec<Rule> {
    let going: Vec<(&str, &[Rule])> = checked
        .checks()
        .iter()
        .filter(|check| check.request.is_some())
        .map(|check| (check.service.as_str(), &check.rules[..]))
        .collect();
    merged(&going, "the plan")
}

/// The rules about several things, each named: those that say the same of all
/// are shown once, and those that are content are counted.
fn merged(going: &[(&str, &[Rule])], whole: &str) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut content = 0;
    for (name, of_one) in going {
        for rule in *of_one {
            if rule.verdict == Verdict::Pass {
                content += 1;
                continue;
            }
            let of_all = going.iter().all(|(_, other)| other.contains(rule));
            let mut said = rule.clone();
            if rule.verdict == Verdict::NeedsTyping && going.len() > 1 {
                // One name stands for all of theirs.
                said.sentence =
                    Text::from(format!("it is confirmed by typing the name of {whole}"));
            } else if !of_all {
                said.sentence = Text::from(format!("{name}: {}", rule.sentence));
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
