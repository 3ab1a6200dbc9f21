//! One yes for a whole plan: what every rule says about every step, what the
//! person has to do, and the entry that makes it durable.

use super::build::{self, Drafted};
use crate::{
    domain::{
        Catalog, GuardVerdict, Intent, OperationId, RollbackPlan, RollbackStep, ServiceName,
        ServiceSpec, StepState, Text, Timestamp,
    },
    error::{Error, Kind},
    integrations::contract::PreparedRequest,
    operation::{
        Answers, Checked, Desk, Draft, Rule, Situation, Strength, Verdict, confirm::suffice,
        ledger::Ledger,
    },
    store::journal::{EntryBody, PlanConfirmation, PlanStep, PolicyRecord, RuleRecord, StepRules},
};

/// A plan whose every step was checked; at least one of them can be done.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedPlan {
    plan: RollbackPlan,
    checks: Vec<StepCheck>,
    strength: Strength,
    production: bool,
    policy: Option<PolicyRecord>,
    at: Timestamp,
}

/// What was said about one step.
#[derive(Clone, Debug, PartialEq)]
pub struct StepCheck {
    /// The service.
    pub service: ServiceName,
    /// What each rule and guard said, in the order to show.
    pub rules: Vec<Rule>,
    /// The request that would be sent, where the step can be done. It carries
    /// an identity of its own when it is sent.
    pub request: Option<PreparedRequest>,
    /// What is wanted, where the step can be done.
    pub intent: Option<Intent>,
}

impl CheckedPlan {
    /// The plan; steps that a rule refused are refused in it.
    #[must_use]
    pub fn plan(&self) -> &RollbackPlan {
        &self.plan
    }

    /// What was said about each step, in the order of the steps.
    #[must_use]
    pub fn checks(&self) -> &[StepCheck] {
        &self.checks
    }

    /// What the person has to do.
    #[must_use]
    pub fn strength(&self) -> &Strength {
        &self.strength
    }

    /// What can be typed instead of holding a key.
    #[must_use]
    pub fn code(&self) -> String {
        super::super::stage::code(&self.plan.id)
    }

    /// The policy that was asked, where there is one.
    #[must_use]
    pub fn policy(&self) -> Option<&PolicyRecord> {
        self.policy.as_ref()
    }

    /// Whether it changes production.
    #[must_use]
    pub fn production(&self) -> bool {
        self.production
    }

    /// What is wanted of each step that can be done.
    pub fn intents(&self) -> impl Iterator<Item = (&ServiceName, &Intent)> {
        self.checks
            .iter()
            .filter_map(|check| Some((&check.service, check.intent.as_ref()?)))
    }

    /// Whether a rule asks for a reason.
    #[must_use]
    pub fn needs_reason(&self) -> bool {
        self.checks
            .iter()
            .flat_map(|check| &check.rules)
            .any(|rule| rule.verdict == Verdict::NeedsReason)
    }
}

/// A plan that a person confirmed and whose entry is durable. Nothing of it
/// was sent, and every step is checked and confirmed anew before it is.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfirmedPlan {
    pub(super) plan: RollbackPlan,
    pub(super) strength: Strength,
}

impl ConfirmedPlan {
    /// Identity.
    #[must_use]
    pub fn id(&self) -> &OperationId {
        &self.plan.id
    }
}

/// How much a person did, to compare.
pub(in crate::operation) fn rank(strength: &Strength) -> u8 {
    match strength {
        Strength::Key => 0,
        Strength::Hold => 1,
        Strength::TypeName(_) => 2,
    }
}

impl Desk {
    /// A draft of one step, with an identity of its own.
    ///
    /// # Errors
    /// When there is no way, or too little is known of it.
    pub fn draft_step(
        &self,
        spec: &ServiceSpec,
        step: &RollbackStep,
        place: Option<PlanStep>,
    ) -> Result<Draft, Error> {
        let id = self.new_id();
        let intent = build::go_back(spec, step, &id)?;
        Ok(Draft {
            id,
            intent,
            again_of: None,
            plan: place,
        })
    }

    /// Asks the rules about every step that can be done. `situation` is what is
    /// known about an intent; the guards' facts are those of the drafted plan.
    /// Steps that a rule refuses are refused in what comes back, and those that
    /// must not go without them too.
    ///
    /// # Errors
    /// When no step is left, or one needs more than one yes can give.
    pub fn check_plan(
        &self,
        drafted: Drafted,
        catalog: &Catalog,
        situation: impl Fn(&Intent) -> Situation,
    ) -> Result<CheckedPlan, Error> {
        let Drafted {
            mut plan, mut ways, ..
        } = drafted;
        plan.id = self.new_id();
        build::judge_again(&mut plan, &ways, self.now());
        let mut checks = Vec::with_capacity(plan.steps.len());
        let mut strengths = Vec::new();
        let mut production = false;
        let mut policy = None;
        // Dependents come first, so a refusal is known before it matters.
        for at in 0..plan.steps.len() {
            build::settle(&mut plan, &mut ways);
            let (Some(step), Some(way)) = (plan.steps.get_mut(at), ways.get(at)) else {
                continue;
            };
            let mut check = StepCheck {
                service: step.service.clone(),
                rules: guards_of(step),
                request: None,
                intent: None,
            };
            if step.state == StepState::Planned {
                match self.check_step(step, catalog, |intent| Situation {
                    way_back: Some(way.clone()),
                    ..situation(intent)
                }) {
                    Ok(checked) => {
                        if checked.needs_second_person() {
                            return Err(Error::new(
                                Kind::Refused,
                                format!("{} needs a second person's yes", step.service),
                            )
                            .hint("take it back on its own, or leave it out of the plan"));
                        }
                        production |= checked.production;
                        strengths.push(checked.strength.clone());
                        policy = policy.or_else(|| checked.policy.clone());
                        check.rules = checked.rules;
                        check.request = Some(checked.request);
                        check.intent = Some(checked.draft.intent);
                    }
                    Err((sentence, rules)) => {
                        step.refuse("policy", &sentence);
                        check.rules = rules;
                    }
                }
            }
            checks.push(check);
        }
        build::settle(&mut plan, &mut ways);
        if plan.to_do().next().is_none() {
            return Err(nothing_left(&plan));
        }
        Ok(CheckedPlan {
            strength: strength(&plan, &strengths),
            production,
            policy,
            checks,
            plan,
            at: self.now(),
        })
    }

    fn check_step(
        &self,
        step: &RollbackStep,
        catalog: &Catalog,
        situation: impl Fn(&Intent) -> Situation,
    ) -> Result<Checked, (Text, Vec<Rule>)> {
        let said = |error: Error| (Text::from(error.message), Vec::new());
        let spec = catalog.service(&step.service).ok_or_else(|| {
            said(Error::new(
                Kind::Refused,
                format!("{} is not in the configuration", step.service),
            ))
        })?;
        let draft = self.draft_step(spec, step, None).map_err(said)?;
        let situation = situation(&draft.intent);
        self.check(draft, &situation)
            .map_err(|refusal| (refusal.sentence, refusal.rules))
    }

    /// Takes a person's answers for the whole plan. It is confirmed when they
    /// are what was asked for *and* its entry is durable; nothing was sent when
    /// this returns. It waits for the disk, so call it where that may block.
    ///
    /// # Errors
    /// When a name or a reason is missing, the check is too old, a plan for one
    /// of the places is under way, or the entry could not be made durable.
    pub fn confirm_plan(
        &self,
        checked: &CheckedPlan,
        answers: &Answers,
    ) -> Result<ConfirmedPlan, Error> {
        self.obstacle().map_or(Ok(()), Err)?;
        suffice(
            &checked.strength,
            &checked.code(),
            checked.needs_reason(),
            answers,
        )?;
        self.still_holds(checked.at)?;
        self.keep_policy(checked.policy.as_ref(), None)?;
        let mut plan = checked.plan.clone();
        plan.reason = Text::new(answers.reason.trim());
        let body = EntryBody::Plan(Box::new(PlanConfirmation {
            plan: plan.clone(),
            summary: Text::from(plan.summary()),
            actor: self.actor().clone(),
            session: self.session()?,
            strength: Text::new(match checked.strength {
                Strength::Key => "key",
                Strength::Hold => "hold",
                Strength::TypeName(_) => "type_name",
            }),
            rules: checked
                .checks
                .iter()
                .map(|check| StepRules {
                    service: check.service.clone(),
                    rules: check
                        .rules
                        .iter()
                        .map(|rule| RuleRecord {
                            rule: rule.name.clone(),
                            verdict: Text::new(rule.verdict.word()),
                            sentence: rule.sentence.clone(),
                        })
                        .collect(),
                })
                .collect(),
            policy: checked.policy.clone(),
        }));
        let ours = plan.clone();
        let alive = |session: &str| self.is_alive(session);
        self.write_when(body, |ledger| allowed(&ours, ledger, alive))?;
        Ok(ConfirmedPlan {
            plan,
            strength: checked.strength.clone(),
        })
    }
}

/// A plan counts once, and two of them never work on one place.
fn allowed(
    plan: &RollbackPlan,
    ledger: &Ledger,
    alive: impl Fn(&str) -> bool,
) -> Result<(), Error> {
    let refused = |why: String| Err(Error::new(Kind::Refused, why));
    if ledger.plans.get(&plan.id).is_some() {
        return refused("this plan was confirmed already".to_owned());
    }
    for other in ledger.plans.all() {
        if !other.record.state.is_final()
            && alive(&other.session)
            && let Some(step) =
                plan.to_do().find(|step| {
                    other.record.plan.to_do().any(|one| {
                        one.service == step.service && one.environment == step.environment
                    })
                })
        {
            return refused(format!(
                "{} confirmed a plan for {} in {}, and it is under way",
                other.record.actor, step.service, step.environment
            ));
        }
    }
    Ok(())
}

fn guards_of(step: &RollbackStep) -> Vec<Rule> {
    step.guards
        .iter()
        .map(|guard| {
            let verdict = match guard.verdict {
                GuardVerdict::Ok => Verdict::Pass,
                GuardVerdict::Warn | GuardVerdict::NotKnown => Verdict::Warn,
                GuardVerdict::Refused => Verdict::Refuse,
            };
            Rule::new(&guard.name, verdict, &guard.sentence)
        })
        .collect()
}

fn nothing_left(plan: &RollbackPlan) -> Error {
    let why: Vec<String> = plan
        .steps
        .iter()
        .map(|step| format!("{}: {}", step.service, step.detail))
        .collect();
    if why.is_empty() {
        return Error::new(Kind::Refused, "the plan has no step");
    }
    Error::new(
        Kind::Refused,
        format!("nothing of it can be done: {}", why.join("; ")),
    )
}

/// The strongest that a step asks for; a name is that of the plan.
fn strength(plan: &RollbackPlan, strengths: &[Strength]) -> Strength {
    let strongest = strengths.iter().max_by_key(|strength| rank(strength));
    let plain = plan
        .name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"._/-+".contains(&byte));
    match strongest {
        None => Strength::Key,
        Some(Strength::TypeName(_)) if strengths.len() > 1 && plain => {
            Strength::TypeName(plan.name.to_string())
        }
        Some(strength) => strength.clone(),
    }
}
