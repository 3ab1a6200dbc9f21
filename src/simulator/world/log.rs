//! What a job's log says: plain text with a time on each line, with groups,
//! colours and, where a job failed, the reason.

use chrono::TimeDelta;

use super::{
    World,
    company::{Host, Service},
    run::{Conclusion, FLAKY_JOB, Job, Run, Status},
};

/// Escape: logs carry colours, as the real ones do.
const ESCAPE: char = '\u{1b}';

/// A file that the log of a failed job of the workflow `Ci` names, for the
/// commit that broke it.
pub(super) fn culprit(host: Host, job: u8) -> &'static str {
    match (host, job) {
        (Host::GitLab, _) => "tests/delivery.rs",
        (_, FLAKY_JOB) => "e2e/checkout.spec.ts",
        _ => "storage/lock.rs",
    }
}

struct Writer {
    text: String,
    at: crate::domain::Timestamp,
    step: TimeDelta,
}

impl Writer {
    fn line(&mut self, line: &str) {
        use std::fmt::Write as _;
        self.at += self.step;
        let at = self.at.format("%Y-%m-%dT%H:%M:%S%.6f0Z");
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{at} {line}");
    }

    fn colour(&mut self, code: u8, line: &str) {
        self.line(&format!("{ESCAPE}[{code}m{line}{ESCAPE}[0m"));
    }
}

impl World {
    /// The log of a job that is over and was not skipped; none otherwise.
    pub fn log(&self, run: &Run, job: &Job) -> Option<String> {
        if job.mark.status != Status::Completed || job.mark.conclusion == Some(Conclusion::Skipped)
        {
            return None;
        }
        let start = job.mark.started_at?;
        let end = job.mark.completed_at?;
        let service = self.services.get(run.service)?;
        let mut writer = Writer {
            text: String::with_capacity(8_192),
            at: start,
            step: ((end - start) / 120).max(TimeDelta::milliseconds(3)),
        };
        writer.line("Current runner version: '2.334.0'");
        writer.line("##[group]Runner Image");
        writer.line("Image: ubuntu-24.04");
        writer.line("Version: 20261116.1");
        writer.line("##[endgroup]");
        let failed = (job.mark.conclusion == Some(Conclusion::Failure)).then(|| job.failed_step());
        for (name, number) in job.plan.steps.iter().zip(1..) {
            writer.line(&format!("##[group]Run {name}"));
            writer.colour(
                36,
                &format!("./ci/{}.sh", name.to_lowercase().replace(' ', "-")),
            );
            writer.line("shell: /usr/bin/bash -e {0}");
            writer.line("##[endgroup]");
            if failed == Some(number) {
                if job.plan.environment.is_some() {
                    failed_deployment(&mut writer, service);
                } else {
                    failure(&mut writer, service, job.plan.name);
                }
                return Some(writer.text);
            }
            body(&mut writer, service, name, run);
        }
        if job.mark.conclusion == Some(Conclusion::Cancelled) {
            writer.line("##[error]The operation was canceled.");
        } else {
            writer.line("Cleaning up orphan processes");
        }
        Some(writer.text)
    }
}

fn body(writer: &mut Writer, service: &Service, step: &str, run: &Run) {
    match step {
        "Check out the code" | "Check out the tag" => {
            let sha = service
                .commits
                .get(run.commit)
                .map(super::company::Commit::sha);
            writer.line(&format!("HEAD is now at {}", &sha.unwrap_or_default()));
        }
        "Run unit tests" => {
            for suite in [
                "money",
                "validation",
                "retries",
                "events",
                "storage",
                "http",
            ] {
                writer.colour(32, &format!("ok  {}/{suite}", service.name));
            }
            writer.line("312 passed, 0 failed, 4 ignored");
        }
        "Run end-to-end tests" => {
            writer.line("Running 48 tests using 4 workers");
            for number in [12, 24, 36, 48] {
                writer.colour(32, &format!("  {number} passed"));
            }
        }
        "Lint" => {
            writer.line("##[warning]2 files would be formatted differently by the next version");
        }
        "Watch the rollout" => writer.line("rollout is complete"),
        _ => writer.line("done"),
    }
}

/// A rollout that never gets ready, and what the new version says meanwhile.
fn failed_deployment(writer: &mut Writer, service: &Service) {
    let name = &service.name;
    for ready in [0, 0, 1, 0] {
        writer.line(&format!(
            "Waiting for deployment \"{name}\" rollout to finish: {ready} of 3 updated replicas are available..."
        ));
    }
    writer.line(&format!(
        "error: deployment \"{name}\" exceeded its progress deadline"
    ));
    writer.line(&format!(
        "{name}: config/limits.toml:7: unknown key `max_basket`, going down"
    ));
    writer.line("##[error]Process completed with exit code 1.");
}

fn failure(writer: &mut Writer, service: &Service, job: &str) {
    if !job.starts_with("end-to-end") {
        writer.colour(31, &format!("FAIL {}/storage", service.name));
        writer.line("assertion failed: expected 409, got 500");
        writer.line("##[error]Process completed with exit code 1.");
        return;
    }
    writer.line("Running 48 tests using 4 workers");
    for number in 1..=44 {
        writer.line(&format!(
            "  {ESCAPE}[32m✓{ESCAPE}[39m  {number} [chromium] › basket.spec.ts:{}:7 › step {number} ({}ms)",
            20 + number * 3,
            310 + number * 17
        ));
    }
    writer.line("  ✘  45 [chromium] › checkout.spec.ts:88:7 › guest pays by card (31.2s)");
    writer.line("");
    writer.line("  1) [chromium] › checkout.spec.ts:88:7 › guest pays by card ─────────────");
    writer.line("");
    writer.colour(
        31,
        "    Error: Timed out 30000ms waiting for expect(locator).toBeVisible()",
    );
    writer.line("");
    writer.line("    Locator: getByRole('heading', { name: 'Thank you' })");
    writer.line("    Expected: visible");
    writer.line("    Received: <element(s) not found>");
    writer.line("");
    writer.line("      86 |     await page.getByRole('button', { name: 'Pay' }).click();");
    writer.line("      87 |     // the provider's sandbox answers slowly now and then");
    writer.line("    > 88 |     await expect(page.getByRole('heading', { name: 'Thank you' })).toBeVisible();");
    writer.line("         |                                                                    ^");
    writer.line("        at /home/runner/work/web/web/e2e/checkout.spec.ts:88:68");
    writer.line("");
    writer.line("    Retry #1 ───────────────────────────────────────────────────────────────");
    writer.colour(
        31,
        "    Error: Timed out 30000ms waiting for expect(locator).toBeVisible()",
    );
    writer.line("");
    writer.line("  1 failed");
    writer.line("    [chromium] › checkout.spec.ts:88:7 › guest pays by card");
    writer.line("  47 passed (1.6m)");
    writer.line("##[error]Process completed with exit code 1.");
}
