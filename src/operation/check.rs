//! From a draft to something that can be confirmed, or a refusal in words.

use super::{
    rule::{self, Verdict},
    situation::Situation,
    stage::{Checked, Draft, Refusal, Strength},
};
use crate::{
    domain::{Act, Text},
    integrations::contract::Integration,
    store::journal::digest,
};

/// Builds the request, asks every rule and decides how much the person has to
/// do. Nothing is sent.
///
/// # Errors
/// When a rule refuses, or the integration cannot build such a request.
pub fn check(
    draft: Draft,
    integration: Option<&dyn Integration>,
    situation: &Situation,
) -> Result<Checked, Box<Refusal>> {
    let rules = rule::judge(&draft.id, &draft.intent, situation);
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
    match request {
        Ok(request) if refusing.is_empty() => Ok(Checked {
            production: situation.production,
            strength: strength(&draft, &rules),
            facts: situation.facts.clone(),
            policy: None,
            risk: None,
            at: situation.now,
            draft,
            request,
            rules,
        }),
        Ok(request) => Err(Box::new(Refusal {
            sentence: Text::from(refusing.join("; ")),
            draft,
            request: Some(request),
            rules,
        })),
        Err(why) => Err(Box::new(Refusal {
            sentence: if refusing.is_empty() {
                why
            } else {
                Text::from(refusing.join("; "))
            },
            draft,
            request: None,
            rules,
        })),
    }
}

fn strength(draft: &Draft, rules: &[rule::Rule]) -> Strength {
    if !rules
        .iter()
        .any(|rule| rule.verdict == Verdict::NeedsTyping)
    {
        return Strength::Key;
    }
    let name = match &draft.intent.act {
        Act::RollBack { .. } | Act::RollBackByRerun { .. } => {
            draft.intent.service.as_ref().map(ToString::to_string)
        }
        _ => None,
    };
    // A name that a keyboard cannot type, or that looks like another one, is
    // no proof that the person read it: a short code takes its place.
    let plain = |name: &String| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte))
    };
    Strength::TypeName(name.filter(plain).unwrap_or_else(|| {
        digest(draft.id.as_str().as_bytes())
            .chars()
            .take(4)
            .collect()
    }))
}
