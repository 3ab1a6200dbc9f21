//! What a job's log says at GitLab: without times on its lines, with sections
//! that a browser folds, and there from the first line on while the job works.

use super::{
    World,
    run::{Conclusion, Job, Run, Status},
};

/// Escape: logs carry colours, as the real ones do.
const ESCAPE: char = '\u{1b}';

/// What a test says that fails.
const FAILED_TEST: &[&str] = &[
    "Running 48 tests using 4 workers",
    "  47 passed",
    "thread 'delivery::retries_a_lost_message' panicked at tests/delivery.rs:88:5:",
    "assertion `left == right` failed: the message is delivered once",
    "  left: 2",
    " right: 1",
    "test result: FAILED. 47 passed; 1 failed; 0 ignored",
];

/// What a deployment says whose migration does not fit the database.
const FAILED_DEPLOYMENT: &[&str] = &[
    "applying migrations/0030_expand_devices.sql: 2 statements",
    "applying migrations/0031_expand_sessions.sql: 3 statements",
    "psql:migrations/0031_expand_sessions.sql:12: ERROR:  column \"rotated_at\" of relation \"sessions\" already exists",
    "the old version goes on serving",
];

impl World {
    /// The log of a job as far as it is written by now; empty before it begins.
    pub fn trace(&self, run: &Run, job: &Job) -> String {
        let begun = matches!(job.mark.status, Status::InProgress | Status::Completed)
            && job.mark.conclusion != Some(Conclusion::Skipped);
        let (Some(start), true) = (job.mark.started_at, begun) else {
            return String::new();
        };
        let lines = self.trace_lines(run, job, start.timestamp());
        if job.mark.status == Status::Completed {
            return lines.concat();
        }
        // The job is as far as its time says, and never at its end.
        let length = f64::from(job.plan.seconds).max(1.0) / self.clock.speed();
        let passed = (self.now() - start).num_milliseconds() as f64 / 1000.0;
        let share = (passed / length).clamp(0.0, 1.0);
        let written = ((share * lines.len() as f64) as usize + 1).min(lines.len() - 1);
        lines[..written].concat()
    }

    fn trace_lines(&self, run: &Run, job: &Job, at: i64) -> Vec<String> {
        let service = &self.services[run.service];
        let sha = service.commits[run.commit].sha();
        let mut lines = vec![
            format!("{ESCAPE}[0KRunning with gitlab-runner 18.5.0 (bda84871){ESCAPE}[0;m\n"),
            format!(
                "{ESCAPE}[0K  on runner-{} larkspur{ESCAPE}[0;m\n",
                job.id % 40
            ),
        ];
        let section = |lines: &mut Vec<String>, name: &str, title: &str| {
            lines.push(format!(
                "section_start:{at}:{name}\r{ESCAPE}[0K{ESCAPE}[0K{ESCAPE}[36;1m{title}{ESCAPE}[0;m\n"
            ));
        };
        let end = |lines: &mut Vec<String>, name: &str| {
            lines.push(format!("section_end:{at}:{name}\r{ESCAPE}[0K\n"));
        };
        section(
            &mut lines,
            "get_sources",
            "Getting source from Git repository",
        );
        lines.push(format!(
            "Checking out {} as detached HEAD (ref is {})...\n",
            &sha[..8],
            run.branch
        ));
        end(&mut lines, "get_sources");
        section(
            &mut lines,
            "step_script",
            "Executing \"step_script\" stage of the job script",
        );
        let failed = (job.mark.conclusion == Some(Conclusion::Failure)).then(|| job.failed_step());
        for (name, number) in job.plan.steps.iter().zip(1..) {
            let script = name.to_lowercase().replace(' ', "-");
            lines.push(format!("{ESCAPE}[32;1m$ ./ci/{script}.sh{ESCAPE}[0;m\n"));
            if failed == Some(number) {
                let said = if job.plan.environment.is_some() {
                    FAILED_DEPLOYMENT
                } else {
                    FAILED_TEST
                };
                lines.extend(said.iter().map(|line| format!("{line}\n")));
                end(&mut lines, "step_script");
                lines.push(format!(
                    "{ESCAPE}[31;1mERROR: Job failed: exit code 1\n{ESCAPE}[0;m\n"
                ));
                return lines;
            }
            lines.extend((1..=6).map(|part| format!("{name}: {part} of 6 done\n")));
        }
        end(&mut lines, "step_script");
        lines.push(if job.mark.conclusion == Some(Conclusion::Cancelled) {
            format!("{ESCAPE}[31;1mERROR: Job failed: canceled{ESCAPE}[0;m\n")
        } else {
            format!("{ESCAPE}[32;1mJob succeeded{ESCAPE}[0;m\n")
        });
        lines
    }
}
