//! Running the tests of a policy: every rule of a `_test` file whose name
//! begins in `test_`. A test passes when it is true, and in no other case.

use regorus::Value;

use super::{PACKAGE, Source, fault, inspect::Inspector, modules, parse, sample};
use crate::error::Error;

/// How one test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The file.
    pub file: String,
    /// The line of the test.
    pub line: u64,
    /// Its name.
    pub name: String,
    /// Why it failed; none when it passed.
    pub failure: Option<String>,
    /// What it printed.
    pub prints: Vec<String>,
}

/// Runs the tests in these files, in the order of files and lines; with
/// `only`, those of the files that it names.
///
/// # Errors
/// When a file cannot be used, with file, line and reason.
pub fn run(sources: &[Source], only: Option<&[String]>) -> Result<Vec<Trial>, Error> {
    let sources: Vec<&Source> = sources.iter().collect();
    let mut engine = parse(&sources)?;
    let trees = engine.syntax()?;
    let sample = sample()?;
    let modules = modules(&sources, &trees)?;
    let inspector = Inspector::new(&modules, &sample);
    let mut tests = Vec::new();
    for (source, module) in sources.iter().zip(&modules) {
        inspector.inspect(module)?;
        if source.is_test() && only.is_none_or(|only| only.contains(&source.name)) {
            let mut of_file: Vec<(u64, String)> = module
                .defines()
                .into_iter()
                .filter(|(name, _)| name.starts_with("test_"))
                .map(|(name, line)| (line, name))
                .collect();
            of_file.sort();
            tests.extend(
                of_file
                    .into_iter()
                    .map(|(line, name)| (*source, line, name)),
            );
        }
    }
    let path = |source: &Source, name: &str| format!("data.{PACKAGE}.{}.{name}", source.stem());
    if let Some((source, _, name)) = tests.first() {
        engine.compile(&path(source, name))?;
    }
    Ok(tests
        .into_iter()
        .map(|(source, line, name)| {
            let mut engine = engine.clone();
            let failure = match engine.ask(&path(source, &name)) {
                Ok(Value::Bool(true)) => None,
                Ok(Value::Bool(false) | Value::Undefined) => Some("it is not true".to_owned()),
                Ok(other) => Some(format!("it is {other}, not true")),
                Err(why) => Some(fault::from_engine(&source.place, &why).message),
            };
            Trial {
                file: source.place.clone(),
                line,
                name,
                failure,
                prints: engine.prints(),
            }
        })
        .collect())
}
