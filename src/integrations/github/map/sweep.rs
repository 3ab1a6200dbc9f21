//! One repository of a sweep → domain.

use std::collections::HashMap;

use crate::{
    domain::{
        Approval, Deployment, DeploymentState, EnvironmentName, Grant, Origin, Run, RunState, Text,
        Timestamp,
    },
    integrations::github::wire::graph as wire,
};

use super::{Place, deployment_state, first_line, key, rest::run_in_url, run_state, version};

/// What GraphQL does not tell of a run, and REST told earlier.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The attempt.
    pub attempt: u32,
    /// The title.
    pub title: Text,
    /// Who started the attempt.
    pub actor: Text,
    /// Branch or tag.
    pub branch: Text,
    /// When the attempt started.
    pub started: Option<Timestamp>,
    /// The state that all this belongs to.
    pub state: RunState,
    /// When the run had last changed then.
    pub updated: Timestamp,
}

/// A repository as one sweep saw it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Swept {
    /// All environments; none where they may not be seen.
    pub environments: Option<Vec<EnvironmentName>>,
    /// Newest deployments, and the newest finished one of each environment.
    pub deployments: Vec<Deployment>,
    /// Runs of the last commits, by id.
    pub runs: Vec<(u64, Run)>,
    /// What those of the runs wait for whose approvals may be seen.
    pub approvals: Vec<(u64, Vec<Approval>)>,
    /// Objects that could not be read.
    pub malformed: usize,
}

/// Learns the tags of a sweep, so that the other answers can be named after
/// them.
pub fn learn(tags: &mut version::Tags, repository: &wire::Repository) {
    for tag in repository.refs.iter().flat_map(|refs| &refs.nodes.items) {
        if let Some(target) = &tag.target {
            tags.learn(&tag.name, target.commit());
        }
    }
}

/// Maps one repository. `known` looks a run up among those that REST told of.
pub fn repository<'k>(
    place: &Place<'_>,
    repository: &wire::Repository,
    known: impl Fn(u64) -> Option<&'k Known>,
) -> Swept {
    let mut swept = Swept {
        malformed: repository.environments.as_ref().map_or(0, malformed)
            + repository.deployments.as_ref().map_or(0, malformed)
            + repository.refs.as_ref().map_or(0, malformed),
        ..Swept::default()
    };
    let environments = repository
        .environments
        .iter()
        .flat_map(|environments| &environments.nodes.items);
    let latest = environments
        .clone()
        .filter_map(|environment| environment.latest_completed_deployment.as_ref());
    let mut seen = std::collections::HashSet::new();
    for deployment in repository
        .deployments
        .iter()
        .flat_map(|deployments| &deployments.nodes.items)
        .chain(latest)
    {
        let mapped = self::deployment(place, deployment);
        if seen.insert(mapped.id.clone()) {
            swept.deployments.push(mapped);
        }
    }
    swept.environments = repository.environments.as_ref().map(|_| {
        environments
            .map(|environment| EnvironmentName::new(&environment.name))
            .collect()
    });
    // The newest deployment of a run tells where the run deploys to.
    let mut environments: HashMap<Origin, EnvironmentName> = HashMap::new();
    for deployment in &swept.deployments {
        if let Some(run) = &deployment.run {
            environments
                .entry(run.clone())
                .or_insert_with(|| deployment.environment.clone());
        }
    }
    let Some(branch) = &repository.default_branch_ref else {
        return swept;
    };
    let Some(target) = &branch.target else {
        return swept;
    };
    swept.malformed += target.history.nodes.malformed;
    for commit in &target.history.nodes.items {
        swept.malformed += commit.check_suites.nodes.malformed;
        for suite in &commit.check_suites.nodes.items {
            let Some(workflow) = &suite.workflow_run else {
                continue;
            };
            let Some(id) = run_in_url(&workflow.url).or(workflow.database_id) else {
                swept.malformed += 1;
                continue;
            };
            let mut run = self::run(place, &branch.name, commit, suite, workflow, id, known(id));
            let requests = workflow.pending_deployment_requests.as_ref();
            swept.malformed += requests.map_or(0, malformed);
            run.environment = requests
                .and_then(|requests| requests.nodes.items.first())
                .map(|request| EnvironmentName::new(&request.environment.name))
                .or_else(|| environments.get(&run.id).cloned());
            if let Some(requests) = requests {
                let requests = requests.nodes.items.iter();
                swept.approvals.push((
                    id,
                    requests
                        .map(|request| approval(place, &run, id, request))
                        .collect(),
                ));
            }
            swept.runs.push((id, run));
        }
    }
    swept
}

fn malformed<T>(nodes: &wire::Nodes<T>) -> usize {
    nodes.nodes.malformed
}

fn run(
    place: &Place<'_>,
    default_branch: &str,
    commit: &wire::Commit,
    suite: &wire::CheckSuite,
    workflow: &wire::WorkflowRun,
    id: u64,
    known: Option<&Known>,
) -> Run {
    let branch = known.map_or_else(
        || {
            suite.branch.as_ref().map_or_else(
                || Text::new(default_branch),
                |branch| Text::new(&branch.name),
            )
        },
        |known| known.branch.clone(),
    );
    let title = known.map_or_else(
        || first_line(&commit.message_headline),
        |known| known.title.clone(),
    );
    Run {
        id: place.run(id),
        service: place.service.clone(),
        number: workflow.run_number,
        attempt: known.map_or(1, |known| known.attempt),
        workflow: workflow
            .workflow
            .as_ref()
            .map_or_else(Text::default, |workflow| Text::new(&workflow.name)),
        version: version::of_run(place.tags, &workflow.event, &branch, &title, &commit.oid),
        title,
        branch,
        commit: Text::new(&commit.oid),
        environment: None,
        event: Text::new(&workflow.event),
        actor: known.map_or_else(
            || {
                suite
                    .creator
                    .as_ref()
                    .map_or_else(Text::default, |creator| Text::new(&creator.login))
            },
            |known| known.actor.clone(),
        ),
        state: run_state(&suite.status, suite.conclusion.as_deref()),
        created: workflow.created_at,
        started: known.and_then(|known| known.started),
        updated: workflow.updated_at,
        url: Text::new(&workflow.url),
    }
}

fn approval(
    place: &Place<'_>,
    run: &Run,
    run_id: u64,
    request: &wire::DeploymentRequest,
) -> Approval {
    Approval {
        id: Origin::new(
            place.source,
            &key::approval(place.repository, run_id, &request.environment.name),
        ),
        service: place.service.clone(),
        environment: EnvironmentName::new(&request.environment.name),
        environment_key: request
            .environment
            .database_id
            .map_or_else(Text::default, |id| Text::new(&id.to_string())),
        run: run.id.clone(),
        run_number: run.number,
        title: run.title.clone(),
        version: run.version.clone(),
        commit: run.commit.clone(),
        requested_by: run.actor.clone(),
        waiting_since: request.wait_timer_started_at.unwrap_or(run.updated),
        can_approve: request.current_user_can_approve,
        grants: Grant::Deploys,
        reviewers: Vec::new(),
        url: run.url.clone(),
    }
}

/// One deployment as GraphQL tells it.
fn deployment(place: &Place<'_>, deployment: &wire::Deployment) -> Deployment {
    let status = deployment.latest_status.as_ref();
    // A status that was never set leaves the deployment's own word.
    let state = status.map_or_else(
        || deployment_state(&deployment.state),
        |status| match deployment_state(&status.state) {
            // A newer deployment took over without a status of its own.
            DeploymentState::Success
                if deployment_state(&deployment.state) == DeploymentState::Inactive =>
            {
                DeploymentState::Inactive
            }
            state => state,
        },
    );
    let reference = deployment
        .reference
        .as_ref()
        .map_or("", |reference| &reference.name);
    let payload = deployment
        .payload
        .as_deref()
        .map_or(serde_json::Value::Null, |payload| {
            serde_json::Value::String(payload.to_owned())
        });
    let log = status.and_then(|status| status.log_url.as_deref());
    Deployment {
        id: deployment.database_id.map_or_else(
            || place.object("deployments", &deployment.id),
            |id| place.object("deployments", id),
        ),
        service: place.service.clone(),
        environment: EnvironmentName::new(&deployment.environment),
        version: version::of_deployment(place.tags, &payload, reference, &deployment.commit_oid),
        commit: Text::new(&deployment.commit_oid),
        digest: version::digest_of(&payload),
        state,
        creator: deployment
            .creator
            .as_ref()
            .map_or_else(Text::default, |creator| Text::new(&creator.login)),
        created: deployment.created_at,
        updated: status.map_or(deployment.updated_at, |status| status.created_at),
        run: log.and_then(run_in_url).map(|run| place.run(run)),
        url: log.map_or_else(Text::default, Text::new),
    }
}
