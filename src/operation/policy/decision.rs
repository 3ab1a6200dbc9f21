//! From what a rule's file says to rows for people. Whatever is not exactly
//! what the contract asks for refuses.

use std::cmp::Reverse;

use chrono::DateTime;
use regorus::Value;

use super::fault;
use crate::{
    domain::{Text, Timestamp},
    operation::rule::{Rule, Verdict},
};

/// What a rule's file says, as rows. A rule that has nothing to say gives
/// none.
pub(super) fn rows(name: &str, said: Result<Value, String>) -> Vec<Rule> {
    let findings = match said {
        Err(why) => return vec![broken(name, &fault::reason(&why))],
        Ok(Value::Set(findings)) => findings,
        Ok(Value::Undefined) => return vec![broken(name, "`findings` is undefined")],
        Ok(_) => return vec![broken(name, "`findings` is no set")],
    };
    findings
        .iter()
        .map(|finding| row(name, finding).unwrap_or_else(|why| broken(name, &why)))
        .collect()
}

/// The order to show: by rule, the strongest first, then by sentence.
pub(super) fn sort(rules: &mut [Rule]) {
    rules.sort_by(|one, other| {
        let key = |rule: &Rule| (rule.name.clone(), Reverse(strength(rule.verdict)));
        (key(one), &one.sentence).cmp(&(key(other), &other.sentence))
    });
}

/// How much a verdict asks for, from nothing to no.
pub(super) fn strength(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Warn => 1,
        Verdict::NeedsReason => 2,
        Verdict::NeedsHold => 3,
        Verdict::NeedsTyping => 4,
        Verdict::NeedsSecondPerson => 5,
        Verdict::NeedsWait => 6,
        Verdict::Refuse => 7,
    }
}

/// A rule that refuses because it could not be understood.
pub(super) fn broken(name: &str, why: &str) -> Rule {
    Rule::new(
        name,
        Verdict::Refuse,
        &format!("the rule `{name}` cannot tell, so it is no: {why}"),
    )
}

fn row(name: &str, finding: &Value) -> Result<Rule, String> {
    let Value::Object(fields) = finding else {
        return Err("a finding is no object".to_owned());
    };
    let (mut verdict, mut sentence, mut until) = (None, None, None);
    for (key, value) in fields.iter() {
        match key.as_string().map(ToString::to_string).as_deref() {
            Ok("verdict") => verdict = Some(word(value)?),
            Ok("sentence") => sentence = Some(words(value)?),
            Ok("until") => until = time(value)?,
            _ => {
                return Err(format!(
                    "a finding has the field {key}, which means nothing"
                ));
            }
        }
    }
    Ok(Rule {
        name: Text::new(name),
        verdict: verdict.ok_or("a finding has no verdict")?,
        sentence: sentence.ok_or("a finding has no sentence")?,
        until,
    })
}

fn word(value: &Value) -> Result<Verdict, String> {
    match value.as_string().map(ToString::to_string).as_deref() {
        Ok("allow") => Ok(Verdict::Pass),
        Ok("warn") => Ok(Verdict::Warn),
        Ok("needs_reason") => Ok(Verdict::NeedsReason),
        Ok("needs_hold") => Ok(Verdict::NeedsHold),
        Ok("needs_typing") => Ok(Verdict::NeedsTyping),
        Ok("needs_second_person") => Ok(Verdict::NeedsSecondPerson),
        Ok("needs_wait") => Ok(Verdict::NeedsWait),
        Ok("deny") => Ok(Verdict::Refuse),
        _ => Err(format!("{value} is no verdict")),
    }
}

fn words(value: &Value) -> Result<Text, String> {
    match value.as_string() {
        Ok(sentence) if !sentence.trim().is_empty() => Ok(Text::new(sentence)),
        _ => Err("a finding's sentence is no text".to_owned()),
    }
}

fn time(value: &Value) -> Result<Option<Timestamp>, String> {
    match value {
        Value::Null => Ok(None),
        Value::Number(_) => value
            .as_i64()
            .ok()
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
            .map(Some)
            .ok_or_else(|| "`until` is no time".to_owned()),
        _ => Err("`until` is no number of seconds since 1970".to_owned()),
    }
}
