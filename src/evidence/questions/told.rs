//! Questions that the journal answers.

use super::{Found, Part, clock, no_change};
use crate::{
    domain::{Act, Note, OperationState, Text, Timestamp},
    evidence::operation::Operation,
};

pub(super) fn request(operation: &Operation) -> Part {
    let confirmation = &operation.confirmation;
    let who = match &confirmation.proposal {
        Some(proposal) => proposal.actor.sentence(),
        None => confirmation.actor.sentence(),
    };
    if confirmation.intent.reason.is_empty() {
        (Found::Partly, format!("{who} asked; no reason was given"))
    } else {
        (
            Found::Present,
            format!("{who} asked, because: {}", confirmation.intent.reason),
        )
    }
}

pub(super) fn impact(operation: &Operation) -> Part {
    let confirmation = &operation.confirmation;
    let rules = format!(
        "{} rules were asked{}",
        confirmation.rules.len(),
        match &confirmation.policy {
            Some(policy) => format!(" by the policy {}", policy.digest),
            None => String::new(),
        }
    );
    match &confirmation.risk {
        Some(risk) => {
            let reasons: Vec<&str> = risk.reasons.iter().map(Text::as_str).collect();
            let level = format!("{:?}", risk.level).to_lowercase();
            (
                Found::Present,
                format!("risk {level}: {}; {rules}", reasons.join("; ")),
            )
        }
        None => (Found::Partly, format!("no risk was worked out; {rules}")),
    }
}

pub(super) fn approval(operation: &Operation) -> Part {
    let confirmation = &operation.confirmation;
    if let Some(proposal) = &confirmation.proposal {
        return (
            Found::Present,
            format!(
                "{} asked and {} agreed, each with a key of the allowed signers ({}, {}), before \
                 it was sent",
                proposal.actor.sentence(),
                confirmation.actor.sentence(),
                proposal.key,
                confirmation
                    .second
                    .as_ref()
                    .map_or("", |second| second.key.as_str()),
            ),
        );
    }
    let who = confirmation.actor.sentence();
    let reviewer = confirmation
        .rules
        .iter()
        .find(|rule| rule.rule.as_str() == "reviewer" && rule.verdict.as_str() == "pass");
    match (&confirmation.intent.act, reviewer) {
        (Act::Approve { .. } | Act::Decline { .. }, Some(rule)) => (
            Found::Present,
            format!("{who} answered, of whom the system said: {}", rule.sentence),
        ),
        (Act::Approve { .. } | Act::Decline { .. }, None) => (
            Found::Partly,
            format!("{who} answered; whether in the right role, the system did not say"),
        ),
        (Act::RollBack { .. } | Act::RollBackByRerun { .. } | Act::Undo { .. }, _) => (
            Found::Partly,
            format!("{who} alone confirmed it; the rules that were asked did not want another"),
        ),
        _ => no_change(),
    }
}

pub(super) fn verified(operation: &Operation) -> Part {
    let Some(last) = operation.outcomes.last() else {
        return (Found::Missing, "its outcome is not known".to_owned());
    };
    let says = format!(
        "{} at {}: {} ({} answers kept)",
        match last.state {
            OperationState::Observed => "observed",
            OperationState::Failed => "failed",
            _ => "not known",
        },
        clock(last.at),
        last.detail,
        last.seen.iter().filter(|seen| seen.kept).count()
    );
    match last.state {
        OperationState::Observed | OperationState::Failed
            if last.seen.iter().any(|seen| seen.kept) =>
        {
            (Found::Present, says)
        }
        OperationState::Observed | OperationState::Failed => (Found::Partly, says),
        _ => (Found::Missing, says),
    }
}

/// Notes about it that were finished after it was confirmed may be its review;
/// whether one is, only its reader can say.
pub(super) fn emergency(operation: &Operation, notes: &[(Timestamp, &Note)]) -> Part {
    let signs: Vec<&str> = operation
        .confirmation
        .rules
        .iter()
        .filter(|rule| {
            let name = rule.rule.to_ascii_lowercase();
            let named = ["freeze", "hotfix", "emergency", "override"]
                .iter()
                .any(|word| name.contains(word));
            named && (rule.verdict.as_str() != "pass" || rule.sentence.contains("in force"))
        })
        .map(|rule| rule.sentence.as_str())
        .filter(|sentence| !sentence.starts_with("no freeze"))
        .collect();
    if signs.is_empty() {
        return (
            Found::DoesNotApply,
            "no rule spoke of a freeze or an emergency".to_owned(),
        );
    }
    let reason = &operation.confirmation.intent.reason;
    let afterwards: Vec<String> = notes
        .iter()
        .filter(|(at, _)| {
            operation
                .confirmed
                .is_some_and(|confirmed| *at >= confirmed)
        })
        .map(|(at, note)| {
            let first = note.lines.first().map_or("", Text::as_str);
            format!("{} at {}: {first}", note.author, clock(*at))
        })
        .collect();
    let afterwards = if afterwards.is_empty() {
        "a review afterwards is not written down".to_owned()
    } else {
        format!(
            "notes written afterwards, of which one may be the review: {}",
            afterwards.join("; ")
        )
    };
    (
        Found::Partly,
        format!(
            "{}; reason: {}; {afterwards}",
            signs.join("; "),
            if reason.is_empty() {
                "none"
            } else {
                reason.as_str()
            }
        ),
    )
}
