//! Guards at the one door: no rollback passes [`crate::operation::Desk::check`]
//! without them, whoever asks for it.

use super::guards;
use crate::{
    domain::{Guard, GuardVerdict, Text},
    operation::{Checked, Refusal, Rule, Situation, Verdict},
};

/// Adds what the guards say to what the rules said, and refuses where a guard
/// does. Where a rule and a guard look at the same, the stricter one stays.
pub(in crate::operation) fn with_guards(
    checked: Result<Checked, Box<Refusal>>,
    situation: &Situation,
) -> Result<Checked, Box<Refusal>> {
    let Some(way) = &situation.way_back else {
        return checked;
    };
    let id = match &checked {
        Ok(checked) => &checked.draft.id,
        Err(refusal) => &refusal.draft.id,
    };
    let mut way = way.clone();
    way.learn_operations(id, situation.operations.iter(), situation.now);
    let guards = guards::judge(&way, situation.now);
    match checked {
        Ok(mut checked) => {
            let added = added(&checked.rules, &guards);
            checked.rules.extend(added);
            let refusing = sentences(&checked.rules);
            if refusing.is_empty() {
                return Ok(checked);
            }
            Err(Box::new(Refusal {
                sentence: refusing,
                draft: checked.draft,
                request: Some(checked.request),
                rules: checked.rules,
            }))
        }
        Err(mut refusal) => {
            let added = added(&refusal.rules, &guards);
            refusal.rules.extend(added);
            if refusal.rules.iter().any(Rule::stops) {
                refusal.sentence = sentences(&refusal.rules);
            }
            Err(refusal)
        }
    }
}

fn sentences(rules: &[Rule]) -> Text {
    let all: Vec<&str> = rules
        .iter()
        .filter(|rule| rule.stops())
        .map(|rule| rule.sentence.as_str())
        .collect();
    Text::from(all.join("; "))
}

/// The guards as rules, without those that a rule of the same name says at
/// least as strictly.
fn added(rules: &[Rule], guards: &[Guard]) -> Vec<Rule> {
    guards
        .iter()
        .filter(|guard| {
            !rules.iter().any(|rule| {
                rule.name == guard.name && weight(rule.verdict) >= weight(as_rule(guard.verdict))
            })
        })
        .map(|guard| Rule::new(&guard.name, as_rule(guard.verdict), &guard.sentence))
        .collect()
}

fn as_rule(verdict: GuardVerdict) -> Verdict {
    match verdict {
        GuardVerdict::Ok => Verdict::Pass,
        GuardVerdict::Warn | GuardVerdict::NotKnown => Verdict::Warn,
        GuardVerdict::Refused => Verdict::Refuse,
    }
}

fn weight(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Warn => 1,
        Verdict::NeedsReason
        | Verdict::NeedsHold
        | Verdict::NeedsTyping
        | Verdict::NeedsSecondPerson => 2,
        Verdict::NeedsWait => 3,
        Verdict::Refuse => 4,
    }
}
