//! From a draft to something that can be confirmed, or a refusal in words.

use super::{
    policy::{Input, Policy},
    rule::{self, Rule, Verdict},
    situation::Situation,
    stage::{Checked, Draft, Refusal, Strength, code},
    states,
};
use crate::{
    analysis::risk::Weighed, domain::Text, error::Error, integrations::contract::Integration,
    store::journal::Actor,
};

/// Builds the request, asks every rule and decides how much the person has to
/// do. Nothing is sent.
///
/// # Errors
/// When a rule refuses, the policy cannot be read, or the integration cannot
/// build such a request.
pub fn check(
    draft: Draft,
    integration: Option<&dyn Integration>,
    situation: &Situation,
    policy: Result<&Policy, &Error>,
    actor: &Actor,
) -> Result<Checked, Box<Refusal>> {
    let Asked {
        rules,
        weighed,
        told,
    } = ask(&draft, situation, policy, actor);
    let request = match integration {
        Some(integration) => integration
            .prepare(&draft.intent)
            .map_err(|fault| fault.detail),
        None => Err(Text::from(format!(
            "there is no integration called `{}` in the configuration",
            draft.intent.source
        ))),
    };
    let refusing: Vec<&str> = rules
        .iter()
        .filter(|rule| rule.stops())
        .map(|rule| rule.sentence.as_str())
        .collect();
    let refusal = Text::from(refusing.join("; "));
    match request {
        Ok(request) if refusing.is_empty() => Ok(Checked {
            production: situation.production,
            strength: strength(&draft, &rules),
            facts: situation
                .facts
                .iter()
                .chain(&situation.surroundings)
                .cloned()
                .collect(),
            policy: policy.ok().map(|policy| policy.record().clone()),
            told,
            risk: weighed.map(|weighed| weighed.risk),
            before: states::before(&draft.intent, situation),
            after: states::after(&draft.intent, situation),
            at: situation.now,
            draft,
            request,
            rules,
        }),
        Ok(request) => Err(Box::new(Refusal {
            sentence: refusal,
            draft,
            request: Some(request),
            rules,
        })),
        Err(why) => Err(Box::new(Refusal {
            sentence: if refusal.is_empty() { why } else { refusal },
            draft,
            request: None,
            rules,
        })),
    }
}

/// What each rule said, the house's own first, and how risky it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Each rule with what it says.
    pub rules: Vec<Rule>,
    /// The risk, where the operation changes a version.
    pub weighed: Option<Weighed>,
    /// What the policy was told, as JSON; none when it was not asked.
    pub told: Option<String>,
}

/// Asks every rule about a draft.
#[must_use]
pub fn ask(
    draft: &Draft,
    situation: &Situation,
    policy: Result<&Policy, &Error>,
    actor: &Actor,
) -> Asked {
    let mut rules = rule::judge(&draft.id, &draft.intent, situation);
    let weighed = policy
        .ok()
        .and_then(|policy| policy.weigh(draft, situation));
    let mut told = None;
    match policy {
        Ok(policy) => {
            let input = Input::of(draft, situation, actor, weighed.as_ref());
            rules.extend(policy.judge(&input));
            told = serde_json::to_string(&input).ok();
        }
        Err(error) => rules.push(rule::no_policy(&error.message)),
    }
    Asked {
        rules,
        weighed,
        told,
    }
}

fn strength(draft: &Draft, rules: &[Rule]) -> Strength {
    let asks = |verdict| rules.iter().any(|rule| rule.verdict == verdict);
    if !asks(Verdict::NeedsTyping) {
        return if asks(Verdict::NeedsHold) {
            Strength::Hold
        } else {
            Strength::Key
        };
    }
    // A name that a keyboard cannot type, or that looks like another one, is
    // no proof that the person read it: a short code takes its place.
    let plain = |name: &String| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte))
    };
    let name = draft.intent.service.as_ref().map(ToString::to_string);
    Strength::TypeName(name.filter(plain).unwrap_or_else(|| code(&draft.id)))
}
