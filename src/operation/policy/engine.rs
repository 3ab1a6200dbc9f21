//! The evaluator: all files compiled once, and a copy of it a decision. It is
//! the interpreter: the same crate's virtual machine is four times as fast, and
//! takes a rule whose evaluation fails for one that has nothing to say.

use std::{num::NonZeroU32, sync::Once, time::Duration};

use regorus::{
    Engine as Rego, Value,
    utils::limits::{ExecutionTimerConfig, TimeSource, set_time_source},
};

use super::fault;
use crate::error::Error;

/// A rule that takes longer is stopped, and so refuses.
const LONGEST: Duration = Duration::from_secs(1);
/// Steps between two looks at the time.
const STEPS: NonZeroU32 = match NonZeroU32::new(1_000) {
    Some(steps) => steps,
    None => NonZeroU32::MIN,
};

/// Files, parsed and compiled together.
#[derive(Clone)]
pub(super) struct Engine(Rego);

impl Engine {
    /// Parses the files, each given as name and text.
    ///
    /// # Errors
    /// The first file that cannot be parsed, with line and reason.
    pub(super) fn parse<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Error> {
        watch_the_time();
        let mut rego = Rego::new();
        // What a rule prints must not reach the terminal.
        rego.set_gather_prints(true);
        rego.set_execution_timer_config(ExecutionTimerConfig {
            limit: LONGEST,
            check_interval: STEPS,
        });
        for (name, text) in files {
            rego.add_policy(name.to_owned(), text.to_owned())
                .map_err(|error| fault::from_engine(name, &error.to_string()))?;
        }
        Ok(Self(rego))
    }

    /// The files as they were understood, as the JSON of their syntax trees.
    ///
    /// # Errors
    /// When that JSON cannot be made.
    pub(super) fn syntax(&self) -> Result<Vec<serde_json::Value>, Error> {
        let text = self
            .0
            .get_ast_as_json()
            .map_err(|error| fault::from_engine("the policy", &error.to_string()))?;
        serde_json::from_str(&text)
            .map_err(|error| fault::from_engine("the policy", &error.to_string()))
    }

    /// Compiles everything, with `rule` as the one that is wanted first.
    ///
    /// # Errors
    /// The first fault, with file and line.
    pub(super) fn compile(&mut self, rule: &str) -> Result<(), Error> {
        self.0
            .compile_with_entrypoint(&rule.into())
            .map(|_| ())
            .map_err(|error| fault::from_engine(rule, &error.to_string()))
    }

    /// Puts the input in place, as JSON.
    ///
    /// # Errors
    /// When it is no JSON.
    pub(super) fn set_input(&mut self, json: &str) -> Result<(), String> {
        let input = Value::from_json_str(json).map_err(|error| error.to_string())?;
        self.0.set_input(input);
        Ok(())
    }

    /// What a rule says: its value, [`Value::Undefined`] when it has none.
    ///
    /// # Errors
    /// Why it cannot be evaluated.
    pub(super) fn ask(&mut self, rule: &str) -> Result<Value, String> {
        self.0
            .eval_rule(rule.to_owned())
            .map_err(|error| error.to_string())
    }

    /// What was printed since the last time.
    pub(super) fn prints(&mut self) -> Vec<String> {
        self.0.take_prints().unwrap_or_default()
    }
}

/// Lets the evaluator see time pass: the machine's, not the world's, because
/// it only stops what runs away.
fn watch_the_time() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It is set once a process, and here only.
        let _ = set_time_source(&Passing);
    });
}

struct Passing;

impl TimeSource for Passing {
    fn now(&self) -> Option<Duration> {
        static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        Some(START.get_or_init(std::time::Instant::now).elapsed())
    }
}
