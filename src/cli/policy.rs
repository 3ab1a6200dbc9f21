//! `tminus policy`: what the rules are, whether their tests pass, and what
//! they say of an operation.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use schemars::{JsonSchema, schema_for};
use serde::Serialize;

use super::{
    args::{Answer, Explain, Global},
    context::{Context, remember},
    journal::{config, reading_desk},
    operate::{draft_acknowledgement, draft_answer, draft_rollback, mark},
    print,
    report::VERSION,
    single_thread,
};
use crate::{
    config::{Config, default_path},
    domain::{OperationId, RiskLevel, RiskTable, Text, Timestamp},
    error::{Error, Kind},
    model::Model,
    operation::{
        Asked, Desk, Draft, Emit, Policy, Rule, Situation, describe,
        policy::{Input, Source, load, run_tests},
    },
    runtime::now,
    store::journal::{Confirmation, Cursor, EntryBody, PolicyRecord},
};

/// `tminus policy check --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PolicyReport {
    /// Version of this contract.
    pub version: u32,
    /// SHA-256 over the list of the files, in hexadecimal digits.
    pub digest: String,
    /// The rules, by name.
    pub rules: Vec<RuleFile>,
}

/// One rule's file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RuleFile {
    /// The file's name.
    pub name: String,
    /// Where it is from.
    pub place: String,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// `tminus policy test --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PolicyTests {
    /// Version of this contract.
    pub version: u32,
    /// How many passed.
    pub passed: usize,
    /// How many failed.
    pub failed: usize,
    /// Each test.
    pub tests: Vec<TestReport>,
}

/// One test of a rule.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TestReport {
    /// Its file.
    pub file: String,
    /// Its line.
    pub line: u64,
    /// Its name.
    pub name: String,
    /// Why it failed; null when it passed.
    pub failure: Option<String>,
    /// What it printed.
    pub prints: Vec<String>,
}

/// `tminus policy explain --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Explanation {
    /// Version of this contract.
    pub version: u32,
    /// Effect and target in one sentence.
    pub summary: String,
    /// When the rules were asked.
    pub at: Timestamp,
    /// Whether it was confirmed with these verdicts; false for one to come.
    pub recorded: bool,
    /// Each rule with what it says, in order.
    pub rules: Vec<RuleSays>,
    /// How risky; null where it changes no version.
    pub risk: Option<RiskLevel>,
    /// Why, the weightiest first.
    pub reasons: Vec<String>,
    /// SHA-256 of the policy; null when none was asked.
    pub policy: Option<String>,
    /// What the rules were told; only with `--input`.
    pub input: Option<Input>,
}

/// What a rule says.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RuleSays {
    /// The rule.
    pub rule: String,
    /// `pass`, `warn`, `needs_reason`, `needs_hold`, `needs_typing`,
    /// `needs_second_person`, `needs_wait` or `refuse`.
    pub verdict: String,
    /// Why.
    pub sentence: String,
    /// When a wait is over.
    pub until: Option<Timestamp>,
}

/// `tminus policy check`.
///
/// # Errors
/// When the policy cannot be used: says file, line and reason.
pub fn check(global: &Global) -> Result<(), Error> {
    let (sources, table) = sources(global)?;
    let policy = Policy::compile(&sources, table)?;
    let place = |name: &str| {
        sources
            .iter()
            .find(|source| source.name == name)
            .map_or_else(String::new, |source| source.place.clone())
    };
    let PolicyRecord { digest, files } = policy.record();
    let report = PolicyReport {
        version: VERSION,
        digest: digest.clone(),
        rules: files
            .iter()
            .map(|file| RuleFile {
                name: file.name.to_string(),
                place: place(&file.name),
                sha256: file.sha256.clone(),
            })
            .collect(),
    };
    if global.json {
        return print::json(&report);
    }
    for rule in &report.rules {
        print::line(&format!("{}  {}", rule.sha256, rule.place))?;
    }
    print::line(&format!(
        "{} rules, policy {}",
        policy.rules().count(),
        report.digest
    ))
}

/// `tminus policy test`.
///
/// # Errors
/// When a test fails, or the policy cannot be used.
pub fn test(global: &Global, files: &[PathBuf]) -> Result<(), Error> {
    let (mut sources, _) = sources(global)?;
    let mut only = Vec::new();
    for file in files {
        only.push(load::add(&mut sources, file)?);
    }
    // A rule that was named stands for its tests.
    let wanted: BTreeSet<String> = only
        .iter()
        .map(|name| match name.strip_suffix(".rego") {
            Some(stem) if !stem.ends_with("_test") => format!("{stem}_test.rego"),
            _ => name.clone(),
        })
        .collect();
    let wanted: Vec<String> = wanted.into_iter().collect();
    let trials = run_tests(&sources, (!files.is_empty()).then_some(wanted.as_slice()))?;
    let failed = trials
        .iter()
        .filter(|trial| trial.failure.is_some())
        .count();
    let report = PolicyTests {
        version: VERSION,
        passed: trials.len() - failed,
        failed,
        tests: trials
            .into_iter()
            .map(|trial| TestReport {
                file: trial.file,
                line: trial.line,
                name: trial.name,
                failure: trial.failure.map(|why| Text::new(&why).to_string()),
                prints: trial
                    .prints
                    .iter()
                    .map(|said| Text::new(said).to_string())
                    .collect(),
            })
            .collect(),
    };
    if global.json {
        print::json(&report)?;
    } else {
        for test in &report.tests {
            let mark = if test.failure.is_none() { "✓" } else { "✗" };
            print::line(&format!("{mark} {}:{} {}", test.file, test.line, test.name))?;
            for said in &test.prints {
                print::line(&format!("    {said}"))?;
            }
            if let Some(why) = &test.failure {
                print::line(&format!("    {why}"))?;
            }
        }
        print::line(&format!("{} passed, {failed} failed", report.passed))?;
    }
    match (failed, report.tests.len()) {
        (0, 0) => Err(Error::new(Kind::Refused, "there is no such test")),
        (0, _) => Ok(()),
        (failed, of) => Err(Error::new(
            Kind::Refused,
            format!("{failed} of {of} tests failed"),
        )),
    }
}

/// The files of the policy and the table of risks, from the configuration
/// where there is one.
fn sources(global: &Global) -> Result<(Vec<Source>, RiskTable), Error> {
    match Config::find(global.config.clone()) {
        Ok(config) => Ok((
            load::gather(config.policy.dir.as_deref(), &config.policy.files)?,
            config.catalog.team.risk.clone(),
        )),
        // A wrong configuration must not pass for none.
        Err(error)
            if global.config.is_some() || default_path().is_some_and(|path| path.exists()) =>
        {
            Err(error)
        }
        Err(_) => Ok((load::shipped(), RiskTable::default())),
    }
}

/// `tminus policy schema`.
///
/// # Errors
/// When standard output cannot be written.
pub fn schema() -> Result<(), Error> {
    print::json(&schema_for!(Input))
}

/// `tminus policy explain`.
///
/// # Errors
/// When there is no such operation, or the target cannot be found.
pub fn explain(global: &Global, explain: &Explain) -> Result<(), Error> {
    let explanation = match explain.operation.as_slice() {
        [id] => recorded(global, explain, id)?,
        [verb, target] => prospective(global, explain, verb, target)?,
        _ => return Err(usage()),
    };
    if global.json {
        return print::json(&explanation);
    }
    print::line(&format!(
        "{}{}",
        explanation.summary,
        if explanation.recorded {
            format!(
                ", confirmed {}",
                explanation.at.format("%Y-%m-%d %H:%M:%SZ")
            )
        } else {
            String::new()
        }
    ))?;
    for (rule, says) in explanation.rules.iter().map(|says| (&says.rule, says)) {
        let sign = says.sign();
        print::line(&format!(
            "  {sign} {:<19}  {rule}: {}",
            says.verdict, says.sentence
        ))?;
    }
    if let Some(policy) = &explanation.policy {
        print::line(&format!("  policy {policy}"))?;
    }
    match &explanation.input {
        Some(input) => print::json(input),
        None => Ok(()),
    }
}

fn usage() -> Error {
    Error::new(Kind::Usage, "that names no operation").hint(
        "an operation's id, or: approve ID, decline ID, ack ID, rollback SERVICE --env E --to V",
    )
}

/// One that was confirmed, from the journal.
fn recorded(global: &Global, explain: &Explain, id: &str) -> Result<Explanation, Error> {
    if explain.input {
        return Err(Error::new(
            Kind::Usage,
            "the journal keeps what the rules said, not all that they were told",
        )
        .hint("--input is for an operation to come; the facts and their ages are in the journal"));
    }
    let wanted = OperationId::new(id);
    let entries = reading_desk(global, config(global)?.as_ref())?
        .journal()
        .read(&mut Cursor::default())?;
    let found = entries.into_iter().find_map(|entry| match entry.body {
        EntryBody::Confirmed(confirmation) if confirmation.operation == wanted => {
            Some((entry.at, confirmation))
        }
        _ => None,
    });
    let Some((at, confirmation)) = found else {
        return Err(
            Error::new(Kind::Refused, format!("no operation is called {id}"))
                .hint("`tminus journal --json` prints their ids"),
        );
    };
    let Confirmation {
        summary,
        rules,
        risk,
        policy,
        ..
    } = *confirmation;
    let (level, reasons) = risk.map_or((None, Vec::new()), |risk| {
        (Some(risk.level), texts(&risk.reasons))
    });
    Ok(Explanation {
        version: VERSION,
        summary: summary.to_string(),
        at,
        recorded: true,
        rules: rules
            .into_iter()
            .map(|rule| RuleSays {
                rule: rule.rule.to_string(),
                verdict: rule.verdict.to_string(),
                sentence: rule.sentence.to_string(),
                until: None,
            })
            .collect(),
        risk: level,
        reasons,
        policy: policy.map(|policy| policy.digest),
        input: None,
    })
}

/// One to come, against what is so now.
fn prospective(
    global: &Global,
    explain: &Explain,
    verb: &str,
    target: &str,
) -> Result<Explanation, Error> {
    if !["approve", "decline", "ack", "rollback"].contains(&verb) {
        return Err(usage());
    }
    let context = Context::open(global)?;
    let desk = context.desk();
    single_thread()?.block_on(async {
        let mut model = context.sweep().await;
        remember(&mut model, &desk);
        let draft = draft(&context, &model, &desk, explain, verb, target)?;
        let silent: Emit = Arc::new(|_| ());
        let situation = Situation::of(&model, &draft.intent, now());
        let situation = desk.look_closer(&draft.intent, situation, &silent).await;
        let (input, Asked { rules, weighed, .. }) = desk.explain(&draft, &situation);
        let risk = weighed.map(|weighed| weighed.risk);
        Ok(Explanation {
            version: VERSION,
            summary: describe(&draft.intent, situation.production).summary,
            at: now(),
            recorded: false,
            rules: rules.iter().map(RuleSays::from).collect(),
            risk: risk.as_ref().map(|risk| risk.level),
            reasons: risk.map_or_else(Vec::new, |risk| texts(&risk.reasons)),
            policy: desk
                .policy()
                .ok()
                .map(|policy| policy.record().digest.clone()),
            input: explain.input.then_some(input),
        })
    })
}

fn draft(
    context: &Context,
    model: &Model,
    desk: &Desk,
    explain: &Explain,
    verb: &str,
    target: &str,
) -> Result<Draft, Error> {
    match verb {
        "approve" | "decline" => {
            let answer = Answer {
                id: target.to_owned(),
                reason: explain.reason.clone(),
                yes: false,
            };
            draft_answer(context, model, desk, &answer, verb == "approve")
        }
        "ack" => draft_acknowledgement(context, model, desk, target),
        _ => {
            let (Some(env), Some(to)) = (&explain.env, &explain.to) else {
                return Err(Error::new(
                    Kind::Usage,
                    "a rollback names its environment and its version",
                )
                .hint("rollback SERVICE --env E --to VERSION"));
            };
            draft_rollback(model, desk, (target, env, to), &explain.reason)
        }
    }
}

fn texts(reasons: &[crate::domain::Text]) -> Vec<String> {
    reasons.iter().map(ToString::to_string).collect()
}

impl RuleSays {
    fn sign(&self) -> &'static str {
        match self.verdict.as_str() {
            "pass" => mark(crate::operation::Verdict::Pass),
            "warn" => mark(crate::operation::Verdict::Warn),
            "refuse" => mark(crate::operation::Verdict::Refuse),
            _ => mark(crate::operation::Verdict::NeedsReason),
        }
    }
}

impl From<&Rule> for RuleSays {
    fn from(rule: &Rule) -> Self {
        Self {
            rule: rule.name.to_string(),
            verdict: rule.verdict.word().to_owned(),
            sentence: rule.sentence.to_string(),
            until: rule.until,
        }
    }
}
