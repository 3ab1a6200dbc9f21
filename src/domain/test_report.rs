//! What the tests of a run said, test by test.

use serde::{Deserialize, Serialize};

use super::{Origin, Text};

/// The test reports of one attempt of a run, or why there are none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestReport {
    /// The run.
    pub run: Origin,
    /// The attempt whose tests these are.
    pub attempt: u32,
    /// What they said.
    pub state: TestState,
}

/// Whether test reports can be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TestState {
    /// They were read.
    Known(TestResults),
    /// There are none, or none that can be read; the text says why.
    Gone(Text),
}

/// What all reports of one attempt said together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestResults {
    /// Tests that passed.
    pub passed: u32,
    /// Tests that failed.
    pub failed: u32,
    /// Tests that failed and then passed, tried again by their own tool.
    pub flaky: u32,
    /// Tests that were not run.
    pub skipped: u32,
    /// The tests by name, those that failed first; long lists are cut, so
    /// there may be fewer than the counts say.
    pub cases: Vec<TestCase>,
    /// What could not be read, one sentence a report.
    pub flaws: Vec<Text>,
}

/// One test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestCase {
    /// What its tool groups it by: a class, a file, a module; may be empty.
    pub suite: Text,
    /// Its own name.
    pub name: Text,
    /// The job that ran it, where the system tells; else empty.
    pub job: Text,
    /// How it ended.
    pub result: TestResult,
    /// How long it took, in milliseconds, where the report tells.
    pub millis: Option<u64>,
    /// The first line that says why it did not pass; empty when it did.
    pub message: Text,
}

/// How a test ended. The order is by how much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TestResult {
    /// It failed, or could not be run as it should.
    Failed,
    /// It failed and then passed, tried again by its own tool.
    Flaky,
    /// It passed.
    Passed,
    /// It was not run.
    Skipped,
}

impl TestCase {
    /// The name by which people find it: the suite, where its name does not
    /// hold it already, and the name.
    #[must_use]
    pub fn label(&self) -> Text {
        let (suite, name) = (self.suite.as_str(), self.name.as_str());
        if suite.is_empty() || name.contains(suite) {
            return self.name.clone();
        }
        let path = |text: &str| !text.contains("::") && !text.contains(char::is_whitespace);
        let joint = if path(suite) && path(name) { '.' } else { ' ' };
        Text::new(&format!("{suite}{joint}{name}"))
    }
}

impl TestResults {
    /// The tests that failed, or failed before they passed.
    pub fn troubled(&self) -> impl Iterator<Item = &TestCase> {
        self.cases
            .iter()
            .filter(|case| matches!(case.result, TestResult::Failed | TestResult::Flaky))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_called_as_its_tool_calls_it() {
        for (suite, name, label) in [
            ("", "adds", "adds"),
            ("shop.PayTest", "pays", "shop.PayTest.pays"),
            (
                "checkout guest pays",
                "checkout guest pays",
                "checkout guest pays",
            ),
            (
                "checkout.spec.ts",
                "guest pays by card",
                "checkout.spec.ts guest pays by card",
            ),
            ("cart", "basket::adds", "cart basket::adds"),
        ] {
            let case = TestCase {
                suite: suite.into(),
                name: name.into(),
                job: Text::default(),
                result: TestResult::Failed,
                millis: None,
                message: Text::default(),
            };
            assert_eq!(case.label().as_str(), label);
        }
    }
}
