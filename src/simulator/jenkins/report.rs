//! What the tests of a build said, as the plugin "JUnit" tells it of the reports
//! that a stage published.

use serde_json::{Value, json};

use crate::simulator::world::{
    World,
    report::{Case, Report},
    run::Run,
};

/// The tests of a build; none where no stage published any, for then there is
/// no such page.
pub fn of(world: &World, run: &Run) -> Option<Value> {
    let reports = world.reports_of(run);
    if reports.is_empty() {
        return None;
    }
    let suites: Vec<Vec<Case>> = reports.iter().map(Report::cases).collect();
    let all = || suites.iter().flatten();
    let failed = all().filter(|case| case.failure.is_some()).count();
    let told: Vec<Value> = suites
        .iter()
        .map(|cases| {
            json!({
                "name": "chromium",
                "cases": cases.iter().map(told).collect::<Vec<Value>>(),
            })
        })
        .collect();
    Some(json!({
        "_class": "hudson.tasks.junit.TestResult",
        "duration": all().map(|case| case.seconds).sum::<f64>(),
        "empty": false,
        "failCount": failed,
        "passCount": all().count() - failed,
        "skipCount": 0,
        "suites": told,
    }))
}

fn told(case: &Case) -> Value {
    json!({
        "className": case.file,
        "name": case.name,
        "status": if case.failure.is_some() { "REGRESSION" } else { "PASSED" },
        "duration": case.seconds,
        "errorDetails": case.failure,
        "errorStackTrace": null,
        "skipped": false,
    })
}
