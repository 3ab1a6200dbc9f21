//! The policy: Rego files, evaluated in this process. A file holds one rule;
//! what it says becomes rows of the dialog and of the journal.
//!
//! [`load`](mod@load) gathers the files, `inspect` looks up every name in
//! them, `engine` compiles and evaluates, [`Input`] is what a rule is told and
//! `decision` reads what it says; `trial` runs the tests of a policy. `assets/policy/README.md` is the contract
//! with whoever writes rules.
//!
//! What no policy can loosen (read-only, the journal, sending once, the
//! version that serves, the vendor's own answer) is in `operation::rule`.

mod decision;
mod engine;
mod fault;
mod fill;
mod input;
mod inspect;
pub mod load;
mod sample;
#[cfg(test)]
mod tests;
mod trial;

use std::fmt;

use serde_json::Value;

use self::{
    engine::Engine,
    inspect::{Inspector, Module},
};
pub use self::{
    input::{CanaryWord, Input},
    load::Source,
    trial::{Trial, run as run_tests},
};
use super::{
    rule::Rule,
    situation::{ChangeSeen, Situation},
    stage::Draft,
};
use crate::{
    analysis::risk::{self, Weighed},
    domain::{Act, RiskTable},
    error::{Error, Kind},
    store::journal::PolicyRecord,
};

/// Where rules live.
const PACKAGE: &str = "tminus.policy";
/// Where what rules share lives.
const LIBRARY: &str = "tminus.lib";

/// The rules that are asked about every operation, compiled.
pub struct Policy {
    engine: Engine,
    /// The rules by their names in files, with the path that is asked.
    rules: Vec<(String, String)>,
    record: PolicyRecord,
    /// The texts of the files that `record` names.
    texts: Vec<String>,
    risk: risk::Rules,
}

impl fmt::Debug for Policy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Policy")
            .field("digest", &self.record.digest)
            .finish_non_exhaustive()
    }
}

impl Policy {
    /// Compiles these files and the table of risks. Tests among the files are
    /// left out.
    ///
    /// # Errors
    /// The first fault, with file, line and reason.
    pub fn compile(sources: &[Source], risk: RiskTable) -> Result<Self, Error> {
        let risk = risk::Rules::new(risk).map_err(|why| {
            Error::new(Kind::Usage, format!("[[risk.paths]]: {why}"))
                .hint("`*` matches within a directory, `**` across them")
        })?;
        let sources: Vec<&Source> = sources.iter().filter(|source| !source.is_test()).collect();
        let mut engine = parse(&sources)?;
        let trees = engine.syntax()?;
        let sample = sample()?;
        let modules = modules(&sources, &trees)?;
        let inspector = Inspector::new(&modules, &sample);
        for module in &modules {
            inspector.inspect(module)?;
        }
        let mut rules = Vec::new();
        for (source, module) in sources.iter().zip(&modules) {
            if module.package.join(".") != format!("{LIBRARY}.{}", source.stem()) {
                if !module.defines().contains_key("findings") {
                    return Err(fault::at(
                        &source.place,
                        1,
                        "it defines no `findings`, so it can never say anything",
                    ));
                }
                let path = format!("data.{PACKAGE}.{}.findings", source.stem());
                rules.push((source.stem().to_owned(), path));
            }
        }
        if let Some((_, first)) = rules.first() {
            engine.compile(first)?;
        }
        let policy = Self {
            engine,
            rules,
            texts: sources.iter().map(|source| source.text.clone()).collect(),
            record: load::record(&sources.into_iter().cloned().collect::<Vec<_>>()),
            risk,
        };
        policy.rehearse(&sample)?;
        Ok(policy)
    }

    /// The policy that ships.
    ///
    /// # Errors
    /// As [`Policy::compile`]; a test says that there is none.
    pub fn shipped() -> Result<Self, Error> {
        Self::compile(&load::shipped(), RiskTable::default())
    }

    /// The names of the rules, as their files have them.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|(name, _)| name.as_str())
    }

    /// What identifies it.
    #[must_use]
    pub fn record(&self) -> &PolicyRecord {
        &self.record
    }

    /// The bytes of its files, tests left out.
    pub fn files(&self) -> impl Iterator<Item = &[u8]> {
        self.texts.iter().map(String::as_bytes)
    }

    /// How risky an operation is; none where it changes no version.
    #[must_use]
    pub fn weigh(&self, draft: &Draft, situation: &Situation) -> Option<Weighed> {
        if !matches!(
            draft.intent.act,
            Act::Approve { .. }
                | Act::RerunFailed { .. }
                | Act::RollBack { .. }
                | Act::RollBackByRerun { .. }
                | Act::Undo { .. }
        ) {
            return None;
        }
        let change = match &situation.change {
            ChangeSeen::Known(comparison) => Some(risk::Change {
                commits: comparison.ahead.saturating_add(comparison.behind),
                files: fill::files_known(comparison).then_some(comparison.files.as_slice()),
            }),
            _ => None,
        };
        Some(self.risk.weigh(&risk::Facts {
            change,
            tier: situation.tier,
            went_wrong: &situation.went_wrong,
            now: situation.now.with_timezone(&situation.team.zone),
            since_last: situation.served_since.map(|since| situation.now - since),
        }))
    }

    /// Asks every rule. A rule that cannot tell refuses.
    #[must_use]
    pub fn judge(&self, input: &Input) -> Vec<Rule> {
        match serde_json::to_string(input) {
            Ok(json) => self.ask(&json),
            Err(error) => vec![decision::broken("input", &error.to_string())],
        }
    }

    /// Asks every rule about an input from elsewhere. One that is not exactly
    /// an [`Input`] is refused without asking.
    #[must_use]
    pub fn judge_json(&self, json: &str) -> Vec<Rule> {
        match serde_json::from_str::<Input>(json) {
            Ok(input) => self.judge(&input),
            Err(error) => vec![decision::broken("input", &error.to_string())],
        }
    }

    fn ask(&self, json: &str) -> Vec<Rule> {
        let mut engine = self.engine.clone();
        if let Err(why) = engine.set_input(json) {
            return vec![decision::broken("input", &why)];
        }
        let mut rows: Vec<Rule> = self
            .rules
            .iter()
            .flat_map(|(name, path)| decision::rows(&spoken(name), engine.ask(path)))
            .collect();
        decision::sort(&mut rows);
        rows
    }

    /// Asks each rule once about a made-up operation: what cannot be evaluated
    /// at all is found at the start, not at the approval.
    fn rehearse(&self, sample: &Value) -> Result<(), Error> {
        let mut engine = self.engine.clone();
        engine
            .set_input(&sample.to_string())
            .map_err(|why| fault::from_engine("the policy", &why))?;
        for (name, path) in &self.rules {
            if let Err(why) = engine.ask(path) {
                return Err(fault::from_engine(&format!("{name}.rego"), &why));
            }
        }
        Ok(())
    }
}

/// A rule's name for people: `in_flight` is `in flight`.
fn spoken(name: &str) -> String {
    name.replace('_', " ")
}

fn parse(sources: &[&Source]) -> Result<Engine, Error> {
    Engine::parse(
        sources
            .iter()
            .map(|source| (source.place.as_str(), source.text.as_str())),
    )
}

/// The files' syntax trees, each in the package that its name says.
fn modules<'a>(sources: &[&'a Source], trees: &'a [Value]) -> Result<Vec<Module<'a>>, Error> {
    sources
        .iter()
        .zip(trees)
        .map(|(source, tree)| {
            let module = Module::new(&source.place, source.is_test(), tree)?;
            let package = module.package.join(".");
            let stem = source.stem();
            if package == format!("{PACKAGE}.{stem}")
                || (package == format!("{LIBRARY}.{stem}") && !source.is_test())
            {
                Ok(module)
            } else {
                Err(fault::at(
                    &source.place,
                    1,
                    &format!("its package is `{package}`: write `package {PACKAGE}.{stem}`"),
                ))
            }
        })
        .collect()
}

fn sample() -> Result<Value, Error> {
    serde_json::to_value(Input::sample())
        .map_err(|error| fault::from_engine("the policy", &error.to_string()))
}
