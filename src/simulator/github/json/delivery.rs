//! Deployments and their statuses.

use serde_json::{Value, json};

use crate::simulator::world::delivery::{Deployment, DeploymentState};

use super::{Json, instant, node_id};

impl Json<'_> {
    /// A deployment.
    pub fn deployment(&self, one: &Deployment) -> Value {
        let api = self.api(one.service);
        let service = &self.world.services[one.service];
        let environment = &service.environments[one.environment];
        json!({
            "url": format!("{api}/deployments/{}", one.id),
            "id": one.id,
            "node_id": node_id("DE", one.id),
            "sha": service.commits[one.commit].sha(),
            "ref": format!("v{}", one.version),
            "task": "deploy",
            "payload": { "digest": service.digest(&one.version) },
            "original_environment": environment.name,
            "environment": environment.name,
            "description": "",
            "creator": self.person(one.creator),
            "created_at": instant(one.created_at),
            "updated_at": instant(one.updated_at()),
            "statuses_url": format!("{api}/deployments/{}/statuses", one.id),
            "repository_url": api,
            "transient_environment": false,
            "production_environment": environment.name == "production",
            "performed_via_github_app": null,
        })
    }

    /// The statuses of a deployment, newest first. The REST description has
    /// no word for a deployment that waits for a review: it has no status yet.
    pub fn deployment_statuses(&self, one: &Deployment) -> Vec<Value> {
        let api = self.api(one.service);
        let name = self.world.services[one.service].environments[one.environment].name;
        let log = self.log_url(one).unwrap_or_else(|| self.html(one.service));
        one.statuses
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, (state, _))| *state != DeploymentState::Waiting)
            .map(|(index, (state, at))| {
                let id = status_id(one, index as u64);
                json!({
                    "url": format!("{api}/deployments/{}/statuses/{id}", one.id),
                    "id": id,
                    "node_id": node_id("DES", id),
                    "state": state.word(),
                    "creator": self.person(one.creator),
                    "description": "",
                    "environment": name,
                    "target_url": log,
                    "log_url": log,
                    "environment_url": format!("https://{name}.larkspur.example"),
                    "created_at": instant(*at),
                    "updated_at": instant(*at),
                    "deployment_url": format!("{api}/deployments/{}", one.id),
                    "repository_url": api,
                    "performed_via_github_app": null,
                })
            })
            .collect()
    }

    /// Where the run that made a deployment can be looked at.
    pub fn log_url(&self, one: &Deployment) -> Option<String> {
        let run = self.world.runs.get(&one.run?)?;
        let job = run
            .jobs(&run.latest)
            .into_iter()
            .find(|job| job.plan.environment == Some(one.environment))
            .or_else(|| run.jobs(&run.latest).pop())?;
        Some(format!("{}/job/{}", self.run_page(run), job.id))
    }
}

/// The id of a status.
pub fn status_id(one: &Deployment, index: u64) -> u64 {
    one.id * 8 + index
}
