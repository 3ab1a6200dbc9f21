//! What the tests of a pipeline said, as GitLab tells it: it reads the reports
//! itself and keeps those of the newest try of each job.

use serde_json::{Value, json};

use crate::simulator::world::{World, report::Case, run::Run};

/// The tests of a pipeline, by the job that ran them.
pub fn of(world: &World, run: &Run) -> Value {
    let mut reports = world.reports_of(run);
    reports.sort_by_key(|report| (report.job.index, report.job.attempt));
    reports.reverse();
    reports.dedup_by_key(|report| report.job.index);
    let suites: Vec<Value> = reports
        .iter()
        .map(|report| suite(report.job.plan.name, &report.cases_in_rust()))
        .collect();
    let sum = |name: &str| -> u64 {
        suites
            .iter()
            .filter_map(|suite| suite.get(name)?.as_u64())
            .sum()
    };
    json!({
        "total_time": sum("total_time"),
        "total_count": sum("total_count"),
        "success_count": sum("success_count"),
        "failed_count": sum("failed_count"),
        "skipped_count": 0,
        "error_count": 0,
        "test_suites": suites,
    })
}

fn suite(name: &str, cases: &[Case]) -> Value {
    let failed = cases.iter().filter(|case| case.failure.is_some()).count();
    let time: f64 = cases.iter().map(|case| case.seconds).sum();
    let tests: Vec<Value> = cases
        .iter()
        .map(|case| {
            let mut test = json!({
                "status": if case.failure.is_some() { "failed" } else { "success" },
                "name": case.name,
                "classname": case.file,
                "execution_time": case.seconds.round() as u64,
            });
            if let (Some(failure), Some(fields)) = (case.failure, test.as_object_mut()) {
                fields.insert("system_output".to_owned(), failure.into());
            }
            test
        })
        .collect();
    json!({
        "name": name,
        "total_time": time.round() as u64,
        "total_count": cases.len(),
        "success_count": cases.len() - failed,
        "failed_count": failed,
        "skipped_count": 0,
        "error_count": 0,
        "test_cases": tests,
    })
}
