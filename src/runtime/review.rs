//! What the operation room found out, in the words of the dialog.

use crate::{
    domain::{Act, Intent, Text},
    integrations::contract::{Fault, Precheck, PreparedRequest},
    operation::{self, Checked, Refusal, describe},
    ui::app::{Review, Rule, Strength, Verdict},
};

/// The review of a draft that passed every rule, with what a fresh read of
/// its target said.
pub(super) fn of_checked(checked: &Checked, fresh: &Result<Precheck, Fault>) -> Review {
    let mut rules: Vec<Rule> = checked.rules().iter().map(rule).collect();
    rules.insert(0, freshly(fresh));
    let strength = match checked.strength() {
        operation::Strength::Key => Strength::Key,
        operation::Strength::TypeName(name) => Strength::Type(Text::new(name)),
    };
    let draft = checked.draft();
    Review {
        strength,
        reason_required: checked.needs_reason(),
        request: request_lines(Some(checked.request())),
        ..bare(&draft.id, &draft.intent, checked.production(), rules)
    }
}

/// The review of a draft that a rule refused: it can be read, not confirmed.
pub(super) fn of_refusal(refusal: &Refusal, production: bool) -> Review {
    let mut rules: Vec<Rule> = refusal.rules.iter().map(rule).collect();
    if !rules.iter().any(|rule| rule.verdict == Verdict::Forbidden) {
        rules.push(Rule {
            verdict: Verdict::Forbidden,
            text: refusal.sentence.clone(),
        });
    }
    Review {
        request: request_lines(refusal.request.as_ref()),
        ..bare(&refusal.draft.id, &refusal.draft.intent, production, rules)
    }
}

fn bare(
    id: &crate::domain::OperationId,
    intent: &Intent,
    production: bool,
    rules: Vec<Rule>,
) -> Review {
    let description = describe(intent, production);
    let change = match &intent.act {
        Act::RollBack { from, to, .. } => Some((from.0.clone(), to.0.clone())),
        _ => None,
    };
    Review {
        id: id.clone(),
        intent: intent.clone(),
        title: Text::new(&description.title),
        environment: intent.environment.clone(),
        production,
        effect: vec![
            Text::new(&description.consequence),
            Text::new(description.undo),
        ],
        change,
        rules,
        request: Vec::new(),
        strength: Strength::Key,
        reason_required: false,
        action: Text::new(intent.act.verb()),
    }
}

fn rule(rule: &operation::Rule) -> Rule {
    let verdict = match rule.verdict {
        operation::Verdict::Pass => Verdict::Allowed,
        operation::Verdict::Warn => Verdict::Warning,
        operation::Verdict::NeedsReason | operation::Verdict::NeedsTyping => Verdict::Needs,
        operation::Verdict::Refuse => Verdict::Forbidden,
    };
    Rule {
        verdict,
        text: rule.sentence.clone(),
    }
}

fn freshly(fresh: &Result<Precheck, Fault>) -> Rule {
    let (verdict, text) = match fresh {
        Ok(Precheck::Ready) => (
            Verdict::Allowed,
            Text::new("read afresh: it is as you see it"),
        ),
        Ok(Precheck::Moved(what)) => (
            Verdict::Forbidden,
            Text::new(&format!("it has changed: {what}")),
        ),
        Err(fault) => (
            Verdict::Forbidden,
            Text::new(&format!("it cannot be read afresh: {}", fault.detail)),
        ),
    };
    Rule { verdict, text }
}

fn request_lines(request: Option<&PreparedRequest>) -> Vec<Text> {
    let Some(request) = request else {
        return Vec::new();
    };
    let mut lines = vec![Text::new(&request.to_string())];
    let body = serde_json::from_str::<serde_json::Value>(&request.body)
        .and_then(|body| serde_json::to_string_pretty(&body))
        .unwrap_or_else(|_| request.body.clone());
    lines.extend(body.lines().map(Text::new));
    lines
}
