//! Runs, jobs, pending deployments and reviews.

use serde_json::{Value, json};

use crate::simulator::world::{
    report::Report,
    run::{Attempt, Conclusion, Job, Run, Status},
};

use super::{Json, PAGES, instant, node_id};

impl Json<'_> {
    /// What a run is called in lists.
    pub fn title(&self, run: &Run) -> String {
        match &run.title {
            Some(title) => title.to_string(),
            None => self.world.services[run.service].commits[run.commit].message(),
        }
    }

    /// One attempt of a run.
    pub fn run(&self, run: &Run, attempt: &Attempt) -> Value {
        let api = self.api(run.service);
        let url = format!("{api}/actions/runs/{}", run.id);
        let commit = &self.world.services[run.service].commits[run.commit];
        let author = &self.world.people[commit.author];
        let suite = suite_id(run);
        let repository = self.minimal_repository(run.service);
        let git_user = json!({ "name": author.name, "email": author.email });
        json!({
            "id": run.id,
            "name": run.workflow.name(),
            "node_id": node_id("WFR", run.id),
            "check_suite_id": suite,
            "check_suite_node_id": node_id("CS", suite),
            "head_branch": &*run.branch,
            "head_sha": commit.sha(),
            "path": format!(".github/workflows/{}", run.workflow.file()),
            "display_title": self.title(run),
            "run_number": run.number,
            "run_attempt": attempt.number,
            "event": run.trigger.word(),
            "status": attempt.status.word(),
            "conclusion": attempt.conclusion.map(Conclusion::word),
            "workflow_id": self.workflow_id(run.service, run.workflow),
            "url": url,
            "html_url": self.run_page(run),
            "pull_requests": [],
            "created_at": instant(run.created_at),
            "updated_at": instant(attempt.updated_at),
            "run_started_at": instant(attempt.started_at),
            "actor": self.person(run.actor),
            "triggering_actor": self.person(attempt.actor),
            "referenced_workflows": [],
            "jobs_url": format!("{url}/jobs"),
            "logs_url": format!("{url}/logs"),
            "check_suite_url": format!("{api}/check-suites/{suite}"),
            "artifacts_url": format!("{url}/artifacts"),
            "cancel_url": format!("{url}/cancel"),
            "rerun_url": format!("{url}/rerun"),
            "previous_attempt_url": (attempt.number > 1)
                .then(|| format!("{url}/attempts/{}", attempt.number - 1)),
            "workflow_url": format!("{api}/actions/workflows/{}", self.workflow_id(run.service, run.workflow)),
            "head_commit": {
                "id": commit.sha(),
                "tree_id": tree(&commit.sha()),
                "message": commit.message(),
                "timestamp": instant(commit.at),
                "author": git_user,
                "committer": git_user,
            },
            "repository": repository,
            "head_repository": repository,
        })
    }

    /// Where a person would look at a run.
    pub fn run_page(&self, run: &Run) -> String {
        format!("{}/actions/runs/{}", self.html(run.service), run.id)
    }

    /// One job.
    pub fn job(&self, run: &Run, job: &Job) -> Value {
        let api = self.api(run.service);
        let commit = &self.world.services[run.service].commits[run.commit];
        let begun = job.mark.started_at;
        let steps: Vec<Value> = job
            .steps(self.world.now())
            .iter()
            .zip(1..)
            .map(|(step, number)| {
                json!({
                    "name": step.name,
                    "number": number,
                    "status": step.mark.status.word(),
                    "conclusion": step.mark.conclusion.map(Conclusion::word),
                    "started_at": step.mark.started_at.map(instant),
                    "completed_at": step.mark.completed_at.map(instant),
                })
            })
            .collect();
        let ran = begun.is_some() && !steps.is_empty();
        json!({
            "id": job.id,
            "run_id": run.id,
            "run_url": format!("{api}/actions/runs/{}", run.id),
            "run_attempt": job.attempt,
            "node_id": node_id("CR", job.id),
            "head_sha": commit.sha(),
            "head_branch": &*run.branch,
            "url": format!("{api}/actions/jobs/{}", job.id),
            "html_url": format!("{}/job/{}", self.run_page(run), job.id),
            "status": job.mark.status.word(),
            "conclusion": job.mark.conclusion.map(Conclusion::word),
            "created_at": instant(run.attempt(job.attempt).filter(|_| job.attempt > 1)
                .map_or(run.created_at, |attempt| attempt.started_at)),
            "started_at": instant(begun.unwrap_or(run.created_at)),
            "completed_at": job.mark.completed_at.map(instant),
            "name": job.plan.name,
            "steps": steps,
            "check_run_url": format!("{api}/check-runs/{}", job.id),
            "labels": ["ubuntu-24.04"],
            "runner_id": ran.then_some(job.id % 900 + 1),
            "runner_name": ran.then(|| format!("runner-{}", job.id % 40)),
            "runner_group_id": ran.then_some(2),
            "runner_group_name": ran.then_some("default"),
            "workflow_name": run.workflow.name(),
        })
    }

    /// A test report that a run left, as an artifact.
    pub fn artifact(&self, run: &Run, report: &Report) -> Value {
        let api = self.api(run.service);
        let commit = &self.world.services[run.service].commits[run.commit];
        let id = report.job.id + ARTIFACT_IDS;
        let url = format!("{api}/actions/artifacts/{id}");
        let repository = 1_000_000 + run.service as u64;
        json!({
            "id": id,
            "node_id": node_id("A", id),
            "name": report.name(),
            "size_in_bytes": report.archive().len(),
            "url": url,
            "archive_download_url": format!("{url}/zip"),
            "expired": false,
            "digest": null,
            "created_at": instant(report.at),
            "expires_at": instant(report.at + chrono::TimeDelta::days(90)),
            "updated_at": instant(report.at),
            "workflow_run": {
                "id": run.id,
                "repository_id": repository,
                "head_repository_id": repository,
                "head_branch": &*run.branch,
                "head_sha": commit.sha(),
            },
        })
    }

    /// What a run waits for; a list, as the endpoint answers it.
    pub fn pending(&self, run: &Run) -> Value {
        let Some((environment, _)) = run.waiting else {
            return json!([]);
        };
        let one = &self.world.services[run.service].environments[environment];
        json!([{
            "environment": {
                "id": one.id,
                "node_id": node_id("EN", one.id),
                "name": one.name,
                "url": format!("{}/environments/{}", self.api(run.service), one.name),
                "html_url": format!("{}/deployments/activity_log?environments_filter={}", self.html(run.service), one.name),
            },
            "wait_timer": 0,
            "wait_timer_started_at": null,
            "current_user_can_approve": one.reviewers.contains(&crate::simulator::world::OPERATOR),
            "reviewers": self.reviewers(run.service, environment),
        }])
    }

    /// The reviews of a run.
    pub fn approvals(&self, run: &Run) -> Value {
        run.reviews
            .iter()
            .map(|review| {
                let one = &self.world.services[run.service].environments[review.environment];
                json!({
                    "state": if review.approved { "approved" } else { "rejected" },
                    "comment": review.comment,
                    "user": self.person(review.person),
                    "environments": [{
                        "id": one.id,
                        "node_id": node_id("EN", one.id),
                        "name": one.name,
                        "url": format!("{}/environments/{}", self.api(run.service), one.name),
                        "html_url": format!("{PAGES}/environments/{}", one.id),
                        "created_at": "2021-02-01T12:00:00Z",
                        "updated_at": "2021-02-01T12:00:00Z",
                    }],
                })
            })
            .collect()
    }
}

/// What lies between the id of an artifact and that of the job that left it.
pub const ARTIFACT_IDS: u64 = 40_000_000_000;

/// The id of the check suite that a run belongs to.
pub fn suite_id(run: &Run) -> u64 {
    run.id + 30_000_000_000
}

/// The object name of a commit's tree: any other name will do.
pub fn tree(sha: &str) -> String {
    sha.chars().rev().collect()
}

/// Whether a run passes the filter `status`, which takes statuses and
/// conclusions alike.
pub fn has_status(run: &Run, wanted: &str) -> bool {
    run.latest.status.word() == wanted
        || (run.latest.status == Status::Completed
            && run
                .latest
                .conclusion
                .is_some_and(|conclusion| conclusion.word() == wanted))
}
