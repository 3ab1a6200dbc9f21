//! Repositories, workflows and environments.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::simulator::world::run::Workflow;

use super::{Json, instant, merge, node_id, object};

/// Links of a repository: the field without `_url`, and what follows the
/// repository's own address.
const LINKS: [(&str, &str); 37] = [
    ("archive", "/{archive_format}{/ref}"),
    ("assignees", "/assignees{/user}"),
    ("blobs", "/git/blobs{/sha}"),
    ("branches", "/branches{/branch}"),
    ("collaborators", "/collaborators{/collaborator}"),
    ("comments", "/comments{/number}"),
    ("commits", "/commits{/sha}"),
    ("compare", "/compare/{base}...{head}"),
    ("contents", "/contents/{+path}"),
    ("contributors", "/contributors"),
    ("deployments", "/deployments"),
    ("downloads", "/downloads"),
    ("events", "/events"),
    ("forks", "/forks"),
    ("git_commits", "/git/commits{/sha}"),
    ("git_refs", "/git/refs{/sha}"),
    ("git_tags", "/git/tags{/sha}"),
    ("hooks", "/hooks"),
    ("issue_comment", "/issues/comments{/number}"),
    ("issue_events", "/issues/events{/number}"),
    ("issues", "/issues{/number}"),
    ("keys", "/keys{/key_id}"),
    ("labels", "/labels{/name}"),
    ("languages", "/languages"),
    ("merges", "/merges"),
    ("milestones", "/milestones{/number}"),
    ("notifications", "/notifications{?since,all,participating}"),
    ("pulls", "/pulls{/number}"),
    ("releases", "/releases{/id}"),
    ("stargazers", "/stargazers"),
    ("statuses", "/statuses/{sha}"),
    ("subscribers", "/subscribers"),
    ("subscription", "/subscription"),
    ("tags", "/tags"),
    ("teams", "/teams"),
    ("trees", "/git/trees{/sha}"),
    ("svn", ""),
];

impl Json<'_> {
    /// A repository in the short form that runs carry.
    pub fn minimal_repository(&self, service: usize) -> Value {
        let one = &self.world.services[service];
        let api = self.api(service);
        let mut repository = object(
            LINKS
                .iter()
                .filter(|(name, _)| *name != "svn")
                .map(|(name, rest)| (format!("{name}_url"), json!(format!("{api}{rest}")))),
        );
        merge(
            &mut repository,
            json!({
                "id": one.repository_id,
                "node_id": node_id("R", one.repository_id),
                "name": one.name,
                "full_name": format!("{}/{}", super::ORGANIZATION, one.name),
                "owner": self.organization(),
                "private": true,
                "html_url": self.html(service),
                "description": one.description,
                "fork": false,
                "url": api,
            }),
        );
        repository
    }

    /// A repository with everything.
    pub fn repository(&self, service: usize) -> Value {
        let one = &self.world.services[service];
        let html = self.html(service);
        let mut repository = self.minimal_repository(service);
        let open = one
            .milestones
            .iter()
            .map(|milestone| milestone.issues.0)
            .sum::<u32>();
        merge(
            &mut repository,
            json!({
                "git_url": html.replacen("https", "git", 1) + ".git",
                "ssh_url": format!("git@github.example:{}/{}.git", super::ORGANIZATION, one.name),
                "clone_url": format!("{html}.git"),
                "svn_url": html,
                "mirror_url": null,
                "homepage": null,
                "language": "Rust",
                "license": null,
                "default_branch": "main",
                "visibility": "private",
                "topics": ["larkspur"],
                "size": 18_432,
                "pushed_at": self.pushed_at(service),
                "created_at": "2021-02-01T10:00:00Z",
                "updated_at": self.pushed_at(service),
                "permissions": { "admin": false, "maintain": true, "push": true, "triage": true, "pull": true },
                "archived": false,
                "disabled": false,
                "is_template": false,
                "has_issues": true,
                "has_projects": false,
                "has_wiki": false,
                "has_pages": false,
                "has_downloads": true,
                "has_discussions": false,
                "forks": 0,
                "forks_count": 0,
                "stargazers_count": 3,
                "watchers": 3,
                "watchers_count": 3,
                "open_issues": open,
                "open_issues_count": open,
            }),
        );
        repository
    }

    /// The repository as `GET /repos/{owner}/{repo}` answers.
    pub fn full_repository(&self, service: usize) -> Value {
        let mut repository = self.repository(service);
        merge(
            &mut repository,
            json!({
                "subscribers_count": 9,
                "network_count": 0,
                "organization": self.organization(),
                "allow_merge_commit": false,
                "allow_squash_merge": true,
                "allow_rebase_merge": false,
                "delete_branch_on_merge": true,
            }),
        );
        repository
    }

    /// When the default branch last moved.
    pub fn pushed_at(&self, service: usize) -> String {
        let commits = &self.world.services[service].commits;
        commits.last().map_or_else(
            || "2021-02-01T10:00:00Z".to_owned(),
            |commit| instant(commit.at),
        )
    }

    /// The id of a workflow.
    pub fn workflow_id(&self, service: usize, workflow: Workflow) -> u64 {
        (self.world.services[service].repository_id % 100_000_000) * 4 + workflow.index() as u64
    }

    /// A workflow.
    pub fn workflow(&self, service: usize, workflow: Workflow) -> Value {
        let id = self.workflow_id(service, workflow);
        let html = self.html(service);
        let file = workflow.file();
        json!({
            "id": id,
            "node_id": node_id("W", id),
            "name": workflow.name(),
            "path": format!(".github/workflows/{file}"),
            "state": "active",
            "created_at": "2021-02-01T11:00:00Z",
            "updated_at": "2026-06-18T07:30:00Z",
            "url": format!("{}/actions/workflows/{id}", self.api(service)),
            "html_url": format!("{html}/blob/main/.github/workflows/{file}"),
            "badge_url": format!("{html}/workflows/{}/badge.svg", workflow.name()),
        })
    }

    /// An environment with its rules.
    pub fn environment(&self, service: usize, environment: usize) -> Value {
        let one = &self.world.services[service].environments[environment];
        let created = instant(self.world.clock.start() - TimeDelta::days(400));
        let mut rules = Vec::new();
        if !one.reviewers.is_empty() {
            rules.push(json!({
                "id": one.id * 2,
                "node_id": node_id("GA", one.id * 2),
                "type": "required_reviewers",
                "prevent_self_review": false,
                "reviewers": self.reviewers(service, environment),
            }));
        }
        json!({
            "id": one.id,
            "node_id": node_id("EN", one.id),
            "name": one.name,
            "url": format!("{}/environments/{}", self.api(service), one.name),
            "html_url": format!("{}/deployments/activity_log?environments_filter={}", self.html(service), one.name),
            "created_at": created,
            "updated_at": created,
            "protection_rules": rules,
            "deployment_branch_policy": null,
        })
    }

    /// Who may review deployments to an environment.
    pub fn reviewers(&self, service: usize, environment: usize) -> Vec<Value> {
        self.world.services[service].environments[environment]
            .reviewers
            .iter()
            .map(|person| json!({ "type": "User", "reviewer": self.person(*person) }))
            .collect()
    }
}
