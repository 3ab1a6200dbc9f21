//! The fields of people, repositories, deliveries and plans. GitHub's public
//! schema names them; what is not here, the simulator does not know.

use serde_json::Value;

use crate::{
    domain::Timestamp,
    simulator::world::{
        OPERATOR, ORGANIZATION,
        company::{Host, Service, Tag},
        delivery::DeploymentState,
        run::Workflow,
    },
};

use super::{
    super::json::{Json, PAGES, delivery::status_id, instant, node_id},
    execute::{Arguments, Resolved},
    history,
    node::Node,
};

/// A scalar.
pub fn scalar(value: impl Into<Value>) -> Resolved {
    Resolved::Scalar(value.into())
}

/// An instant.
pub fn time(at: Timestamp) -> Resolved {
    scalar(instant(at))
}

/// Looks a field of a node up.
pub fn resolve(json: &Json<'_>, node: &Node, name: &str, arguments: &Arguments) -> Resolved {
    match node {
        Node::Query => query(json, name, arguments),
        Node::User(person) => {
            let who = &json.world.people[*person];
            match name {
                "login" => scalar(who.login),
                "name" => scalar(who.name),
                "email" => scalar(who.email.as_str()),
                "databaseId" => scalar(who.github_id),
                "id" => scalar(node_id("U", who.github_id)),
                "url" => scalar(format!("{PAGES}/{}", who.login)),
                _ => Resolved::Unknown,
            }
        }
        Node::GitActor(person) => {
            let who = &json.world.people[*person];
            match name {
                "name" => scalar(who.name),
                "email" => scalar(who.email.as_str()),
                "user" => Resolved::One(Node::User(*person)),
                _ => Resolved::Unknown,
            }
        }
        Node::Organization => match name {
            "login" => scalar(ORGANIZATION),
            "id" => scalar(node_id("O", 4_100_021)),
            "url" => scalar(format!("{PAGES}/{ORGANIZATION}")),
            _ => Resolved::Unknown,
        },
        Node::Repository(service) => repository(json, *service, name, arguments),
        Node::Environment(service, index) => environment(json, *service, *index, name),
        Node::Deployment(id) => deployment(json, *id, name),
        Node::DeploymentStatus(id, index) => deployment_status(json, *id, *index, name),
        Node::Release(service, index) => release(json, *service, *index, name),
        Node::Milestone(service, index) => milestone(json, *service, *index, name),
        Node::Connection {
            nodes,
            begin,
            total,
            ..
        } => match name {
            "nodes" => Resolved::Many(nodes.clone()),
            "edges" => Resolved::Many(
                nodes
                    .iter()
                    .zip(*begin..)
                    .map(|(node, index)| Node::Edge(Box::new(node.clone()), index))
                    .collect(),
            ),
            "totalCount" => scalar(*total),
            "pageInfo" => Resolved::One(Node::PageInfo(*begin, begin + nodes.len(), *total)),
            _ => Resolved::Unknown,
        },
        Node::Edge(node, index) => match name {
            "node" => Resolved::One(node.as_ref().clone()),
            "cursor" => scalar(format!("cursor:{index}")),
            _ => Resolved::Unknown,
        },
        Node::PageInfo(begin, end, total) => match name {
            "hasNextPage" => scalar(end < total),
            "hasPreviousPage" => scalar(*begin > 0),
            "startCursor" => scalar((begin < end).then(|| format!("cursor:{begin}"))),
            "endCursor" => scalar((begin < end).then(|| format!("cursor:{}", end - 1))),
            _ => Resolved::Unknown,
        },
        _ => history::resolve(json, node, name, arguments),
    }
}

fn query(json: &Json<'_>, name: &str, arguments: &Arguments) -> Resolved {
    match name {
        "rateLimit" => Resolved::One(Node::RateLimit),
        "viewer" => Resolved::One(Node::User(OPERATOR)),
        "repository" => {
            let owner = arguments.text("owner").unwrap_or_default();
            let repository = arguments.text("name").unwrap_or_default();
            let known = (owner == ORGANIZATION)
                .then(|| json.world.hosted(Host::GitHub, repository))
                .flatten();
            known.map_or_else(
                || {
                    Resolved::Missing(format!(
                        "Could not resolve to a Repository with the name '{owner}/{repository}'."
                    ))
                },
                |service| Resolved::One(Node::Repository(service)),
            )
        }
        _ => Resolved::Unknown,
    }
}

fn repository(json: &Json<'_>, service: usize, name: &str, arguments: &Arguments) -> Resolved {
    let world = json.world;
    let one = &world.services[service];
    match name {
        "id" => scalar(node_id("R", one.repository_id)),
        "databaseId" => scalar(one.repository_id),
        "name" => scalar(one.name.as_str()),
        "nameWithOwner" => scalar(format!("{ORGANIZATION}/{}", one.name)),
        "owner" => Resolved::One(Node::Organization),
        "description" => scalar(one.description.as_str()),
        "url" => scalar(json.html(service)),
        "pushedAt" | "updatedAt" => scalar(json.pushed_at(service)),
        "createdAt" => scalar("2021-02-01T10:00:00Z"),
        "isArchived" | "isDisabled" | "isFork" => scalar(false),
        "isPrivate" => scalar(true),
        "viewerPermission" => scalar("MAINTAIN"),
        "defaultBranchRef" => Resolved::One(Node::Branch(service)),
        "object" => {
            let found = arguments
                .text("oid")
                .or_else(|| arguments.text("expression"))
                .and_then(|name| one.resolve(name));
            found.map_or(Resolved::Scalar(Value::Null), |index| {
                Resolved::One(Node::Commit(service, index))
            })
        }
        "ref" => reference(
            one,
            service,
            arguments.text("qualifiedName").unwrap_or_default(),
        ),
        "refs" => {
            let mut nodes = match arguments.text("refPrefix") {
                Some("refs/tags/") => (0..one.tags.len())
                    .map(|index| Node::Tag(service, index))
                    .collect::<Vec<_>>(),
                Some("refs/heads/") => vec![Node::Branch(service)],
                _ => Vec::new(),
            };
            if arguments.descending() == Some(true) {
                nodes.reverse();
            }
            Resolved::Pages("RefConnection", nodes)
        }
        "environments" => Resolved::Pages(
            "EnvironmentConnection",
            (0..2)
                .map(|index| Node::Environment(service, index))
                .collect(),
        ),
        "environment" => {
            let wanted = arguments.text("name").unwrap_or_default();
            one.environments
                .iter()
                .position(|environment| environment.name == wanted)
                .map_or(Resolved::Scalar(Value::Null), |index| {
                    Resolved::One(Node::Environment(service, index))
                })
        }
        "deployments" => {
            let mut nodes: Vec<Node> = world
                .deployments_of(service)
                .filter(|deployment| {
                    arguments.allows(
                        "environments",
                        one.environments[deployment.environment].name,
                    )
                })
                .map(|deployment| Node::Deployment(deployment.id))
                .collect();
            if arguments.descending() == Some(true) {
                nodes.reverse();
            }
            Resolved::Pages("DeploymentConnection", nodes)
        }
        "releases" => {
            let mut nodes: Vec<Node> = one
                .pages()
                .into_iter()
                .map(|index| Node::Release(service, index))
                .collect();
            if arguments.descending() == Some(false) {
                nodes.reverse();
            }
            Resolved::Pages("ReleaseConnection", nodes)
        }
        "latestRelease" => match one.tags.iter().rposition(Tag::is_published) {
            Some(index) => Resolved::One(Node::Release(service, index)),
            None => scalar(Value::Null),
        },
        "milestones" => {
            let mut nodes: Vec<usize> = if arguments.allows("states", "OPEN") {
                (0..one.milestones.len()).collect()
            } else {
                Vec::new()
            };
            nodes.sort_by_key(|index| one.milestones[*index].due);
            if arguments.descending() == Some(true) {
                nodes.reverse();
            }
            Resolved::Pages(
                "MilestoneConnection",
                nodes
                    .into_iter()
                    .map(|index| Node::Milestone(service, index))
                    .collect(),
            )
        }
        _ => Resolved::Unknown,
    }
}

fn reference(one: &Service, service: usize, name: &str) -> Resolved {
    if matches!(name, "main" | "refs/heads/main") {
        return Resolved::One(Node::Branch(service));
    }
    let name = name.trim_start_matches("refs/tags/");
    one.tags
        .iter()
        .position(|tag| tag.name() == name)
        .map_or(Resolved::Scalar(Value::Null), |index| {
            Resolved::One(Node::Tag(service, index))
        })
}

fn environment(json: &Json<'_>, service: usize, index: usize, name: &str) -> Resolved {
    let one = &json.world.services[service].environments[index];
    match name {
        "id" => scalar(node_id("EN", one.id)),
        "databaseId" => scalar(one.id),
        "name" => scalar(one.name),
        "isPinned" => scalar(false),
        "latestCompletedDeployment" => json
            .world
            .deployments_of(service)
            .rev()
            .find(|deployment| {
                deployment.environment == index && deployment.state() == DeploymentState::Success
            })
            .map_or(Resolved::Scalar(Value::Null), |deployment| {
                Resolved::One(Node::Deployment(deployment.id))
            }),
        _ => Resolved::Unknown,
    }
}

fn deployment(json: &Json<'_>, id: u64, name: &str) -> Resolved {
    let Some(one) = json.world.deployments.get(&id) else {
        return scalar(Value::Null);
    };
    let service = &json.world.services[one.service];
    let environment = service.environments[one.environment].name;
    match name {
        "id" => scalar(node_id("DE", one.id)),
        "databaseId" => scalar(one.id),
        "environment" | "latestEnvironment" | "originalEnvironment" => scalar(environment),
        "state" => scalar(state_of(one.state())),
        "commit" => Resolved::One(Node::Commit(one.service, one.commit)),
        "commitOid" => scalar(service.commits[one.commit].sha()),
        "createdAt" => time(one.created_at),
        "updatedAt" => time(one.updated_at()),
        "creator" => Resolved::One(Node::User(one.creator)),
        "description" => scalar(""),
        "payload" => {
            let payload = serde_json::json!({ "digest": service.digest(&one.version) });
            scalar(Value::from(payload.to_string()).to_string())
        }
        "task" => scalar("deploy"),
        "ref" => service
            .tags
            .iter()
            .position(|tag| *tag.version == *one.version)
            .map_or(Resolved::Scalar(Value::Null), |tag| {
                Resolved::One(Node::Tag(one.service, tag))
            }),
        "repository" => Resolved::One(Node::Repository(one.service)),
        "latestStatus" => match one.statuses.len().checked_sub(1) {
            Some(index) => Resolved::One(Node::DeploymentStatus(id, index)),
            None => scalar(Value::Null),
        },
        "statuses" => Resolved::Pages(
            "DeploymentStatusConnection",
            (0..one.statuses.len())
                .rev()
                .map(|index| Node::DeploymentStatus(id, index))
                .collect(),
        ),
        _ => Resolved::Unknown,
    }
}

/// GraphQL calls a deployment that succeeded and was not replaced active.
fn state_of(state: DeploymentState) -> String {
    match state {
        DeploymentState::Success => "ACTIVE".to_owned(),
        other => other.word().to_uppercase(),
    }
}

fn deployment_status(json: &Json<'_>, id: u64, index: usize, name: &str) -> Resolved {
    let Some(one) = json.world.deployments.get(&id) else {
        return scalar(Value::Null);
    };
    let Some((state, at)) = one.statuses.get(index) else {
        return scalar(Value::Null);
    };
    match name {
        "id" => scalar(node_id("DES", status_id(one, index as u64))),
        "state" => scalar(state.word().to_uppercase()),
        "createdAt" | "updatedAt" => time(*at),
        "creator" => Resolved::One(Node::User(one.creator)),
        "deployment" => Resolved::One(Node::Deployment(id)),
        "description" => scalar(""),
        "environment" => {
            scalar(json.world.services[one.service].environments[one.environment].name)
        }
        "environmentUrl" => scalar(Value::Null),
        "logUrl" => scalar(json.log_url(one)),
        _ => Resolved::Unknown,
    }
}

fn release(json: &Json<'_>, service: usize, index: usize, name: &str) -> Resolved {
    let one = &json.world.services[service];
    let tag = &one.tags[index];
    let rest = |field: &str| Resolved::Scalar(json.release(service, index)[field].clone());
    match name {
        "id" => rest("node_id"),
        "databaseId" => rest("id"),
        "name" => rest("name"),
        "description" => rest("body"),
        "url" => rest("html_url"),
        "tagName" => scalar(tag.name()),
        "tag" => Resolved::One(Node::Tag(service, index)),
        "tagCommit" => Resolved::One(Node::Commit(service, tag.commit)),
        "createdAt" => rest("created_at"),
        "publishedAt" => rest("published_at"),
        "updatedAt" => rest("updated_at"),
        "isDraft" => rest("draft"),
        "isPrerelease" => rest("prerelease"),
        "isLatest" => scalar(one.tags.iter().rposition(Tag::is_published) == Some(index)),
        "author" => Resolved::One(Node::User(one.commits[tag.commit].author)),
        "repository" => Resolved::One(Node::Repository(service)),
        _ => Resolved::Unknown,
    }
}

fn milestone(json: &Json<'_>, service: usize, index: usize, name: &str) -> Resolved {
    let one = &json.world.services[service].milestones[index];
    let rest = |field: &str| Resolved::Scalar(json.milestone(service, index)[field].clone());
    match name {
        "id" => rest("node_id"),
        "number" => scalar(one.number),
        "title" => scalar(one.title.as_str()),
        "description" => rest("description"),
        "dueOn" => rest("due_on"),
        "createdAt" | "updatedAt" => rest("created_at"),
        "closed" => scalar(false),
        "closedAt" => scalar(Value::Null),
        "state" => scalar("OPEN"),
        "url" => rest("html_url"),
        "creator" => Resolved::One(Node::User(OPERATOR)),
        "repository" => Resolved::One(Node::Repository(service)),
        "progressPercentage" => {
            let (open, closed) = (f64::from(one.issues.0), f64::from(one.issues.1));
            scalar(100.0 * closed / (open + closed).max(1.0))
        }
        _ => Resolved::Unknown,
    }
}

/// The workflow's fields, which runs need too.
pub fn workflow(json: &Json<'_>, service: usize, workflow: Workflow, name: &str) -> Resolved {
    let rest = |field: &str| Resolved::Scalar(json.workflow(service, workflow)[field].clone());
    match name {
        "id" => rest("node_id"),
        "databaseId" => rest("id"),
        "name" => scalar(workflow.name()),
        "state" => scalar("ACTIVE"),
        "createdAt" => rest("created_at"),
        "updatedAt" => rest("updated_at"),
        "url" => rest("html_url"),
        "runs" => Resolved::Pages(
            "WorkflowRunConnection",
            json.world
                .runs_of(service)
                .rev()
                .filter(|run| run.workflow == workflow)
                .map(|run| Node::WorkflowRun(run.id))
                .collect(),
        ),
        _ => Resolved::Unknown,
    }
}
