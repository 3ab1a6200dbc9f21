//! What the end-to-end tests of a job reported, as they store it: a zip archive
//! that holds JUnit's XML, beside a page for people.

use std::{
    fmt::Write as _,
    io::{Cursor, Write as _},
};

use zip::{ZipWriter, write::SimpleFileOptions};

use super::{
    World,
    run::{Attempt, Conclusion, FLAKY_JOB, Job, Run, Status},
};
use crate::domain::Timestamp;

/// The test that fails now and then, by its file and name.
pub const FLAKY_TEST: (&str, &str) = ("checkout.spec.ts", "guest pays by card");

/// One report.
pub struct Report {
    /// The job that wrote it.
    pub job: Job,
    /// When it was stored.
    pub at: Timestamp,
}

/// One test in it.
pub struct Case {
    /// File.
    pub file: &'static str,
    /// Name.
    pub name: String,
    /// Seconds.
    pub seconds: f64,
    /// Why it failed; none when it passed.
    pub failure: Option<&'static str>,
}

impl World {
    /// The reports that the tests of a run stored, of all its attempts.
    pub fn reports_of(&self, run: &Run) -> Vec<Report> {
        run.earlier
            .iter()
            .chain(std::iter::once(&run.latest))
            .flat_map(|attempt| reports(run, attempt))
            .collect()
    }
}

/// A job that an attempt took over from the one before stored nothing anew.
fn reports(run: &Run, attempt: &Attempt) -> Vec<Report> {
    run.jobs(attempt)
        .into_iter()
        .filter(|job| {
            job.plan.steps.contains(&"Upload report")
                && job.mark.status == Status::Completed
                && matches!(
                    job.mark.conclusion,
                    Some(Conclusion::Success | Conclusion::Failure)
                )
                && job
                    .mark
                    .started_at
                    .is_some_and(|started| started >= attempt.started_at)
        })
        .filter_map(|job| {
            let at = job.mark.completed_at?;
            Some(Report { job, at })
        })
        .collect()
}

impl Report {
    /// The artifact's name.
    pub fn name(&self) -> String {
        format!("e2e-report-{}", self.job.index)
    }

    /// The tests that it tells of.
    pub fn cases(&self) -> Vec<Case> {
        let failed = self.job.mark.conclusion == Some(Conclusion::Failure);
        let mut cases: Vec<Case> = (1..=44)
            .map(|number| Case {
                file: "basket.spec.ts",
                name: format!("step {number}"),
                seconds: f64::from(310 + number * 17) / 1000.0,
                failure: None,
            })
            .collect();
        if self.job.index == FLAKY_JOB {
            cases.push(Case {
                file: FLAKY_TEST.0,
                name: FLAKY_TEST.1.to_owned(),
                seconds: if failed { 31.2 } else { 4.1 },
                failure: failed
                    .then_some("Timed out 30000ms waiting for expect(locator).toBeVisible()"),
            });
        }
        cases
    }

    /// The same as a project in Rust names them, which GitLab's logs tell of.
    pub fn cases_in_rust(&self) -> Vec<Case> {
        self.cases()
            .into_iter()
            .map(|case| match case.failure {
                _ if case.file == FLAKY_TEST.0 => Case {
                    file: "delivery",
                    name: "retries_a_lost_message".to_owned(),
                    failure: case.failure.and(Some(
                        "assertion `left == right` failed: the message is delivered once",
                    )),
                    ..case
                },
                _ => Case {
                    file: "queue",
                    name: case.name.replace(' ', "_"),
                    ..case
                },
            })
            .collect()
    }

    /// The archive.
    pub fn archive(&self) -> Vec<u8> {
        let files = [
            (
                "playwright-report/index.html",
                "<!DOCTYPE html><title>report</title>".to_owned(),
            ),
            ("results/junit.xml", self.xml()),
        ];
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in files {
            // Writing to memory cannot fail.
            let _ = archive.start_file(name, SimpleFileOptions::default());
            let _ = archive.write_all(text.as_bytes());
        }
        archive.finish().map(Cursor::into_inner).unwrap_or_default()
    }

    fn xml(&self) -> String {
        let cases = self.cases();
        let failures = cases.iter().filter(|case| case.failure.is_some()).count();
        let mut text = format!(
            "<testsuites id=\"\" name=\"\" tests=\"{}\" failures=\"{failures}\" skipped=\"0\" errors=\"0\">\n\
             <testsuite name=\"chromium\" hostname=\"chromium\" tests=\"{}\" failures=\"{failures}\">\n",
            cases.len(),
            cases.len()
        );
        for case in cases {
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "<testcase name=\"{}\" classname=\"{}\" time=\"{}\">",
                case.name, case.file, case.seconds
            );
            if let Some(failure) = case.failure {
                let _ = write!(
                    text,
                    "\n<failure message=\"{failure}\" type=\"FAILURE\"><![CDATA[    Error: {failure}]]></failure>\n"
                );
            }
            text.push_str("</testcase>\n");
        }
        text.push_str("</testsuite>\n</testsuites>\n");
        text
    }
}
