//! The calls to the API server.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::wire;
use crate::integrations::http::{Failure, Need, Priority, ReadClient, Seen};

/// Objects of a page.
const PAGE: &str = "500";
/// Pages of one list that are read.
const PAGES: usize = 20;

/// The API group of Argo Rollouts with its version.
pub const ROLLOUTS: &str = "apis/argoproj.io/v1alpha1";
/// The API group of Kubernetes' own workloads.
pub const APPS: &str = "apis/apps/v1";

/// What kind a workload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Argo Rollouts' Rollout.
    Rollout,
    /// Kubernetes' own Deployment.
    Deployment,
}

impl Kind {
    /// The resource's name, as paths and roles have it.
    #[must_use]
    pub fn resource(self) -> &'static str {
        match self {
            Self::Rollout => "rollouts",
            Self::Deployment => "deployments",
        }
    }

    /// The resource of this name.
    #[must_use]
    pub fn of(resource: &str) -> Option<Self> {
        [Self::Rollout, Self::Deployment]
            .into_iter()
            .find(|kind| kind.resource() == resource)
    }

    /// The group's name, as roles have it.
    #[must_use]
    pub fn group(self) -> &'static str {
        match self {
            Self::Rollout => "argoproj.io",
            Self::Deployment => "apps",
        }
    }

    fn root(self) -> &'static str {
        match self {
            Self::Rollout => ROLLOUTS,
            Self::Deployment => APPS,
        }
    }

    /// The path of one object; a name needs no encoding (`config::is_name`).
    #[must_use]
    pub fn path(self, namespace: &str, name: &str) -> String {
        format!(
            "{}/namespaces/{namespace}/{}/{name}",
            self.root(),
            self.resource()
        )
    }
}

/// The client of one cluster.
pub struct Client {
    read: ReadClient,
}

impl Client {
    /// A client over this connection.
    #[must_use]
    pub fn new(read: ReadClient) -> Self {
        Self { read }
    }

    /// The connection.
    #[must_use]
    pub fn read(&self) -> &ReadClient {
        &self.read
    }

    /// The workloads of a kind in a namespace; none where the cluster does not
    /// have that kind.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn workloads(
        &self,
        kind: Kind,
        namespace: &str,
        need: Need,
    ) -> Result<Seen<(Vec<wire::Workload>, usize)>, Failure> {
        let path = format!("{}/namespaces/{namespace}/{}", kind.root(), kind.resource());
        match self.list(&path, need).await {
            Err(failure) if failure.status == Some(404) && kind == Kind::Rollout => Ok(Seen {
                value: (Vec::new(), 0),
                at: crate::integrations::http::clock::now(),
            }),
            other => other,
        }
    }

    /// The sets of like instances in a namespace.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn replica_sets(
        &self,
        namespace: &str,
        need: Need,
    ) -> Result<Seen<(Vec<wire::ReplicaSet>, usize)>, Failure> {
        self.list(&format!("{APPS}/namespaces/{namespace}/replicasets"), need)
            .await
    }

    /// One workload.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn workload(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
    ) -> Result<Seen<wire::Workload>, Failure> {
        self.one(&kind.path(namespace, name)).await
    }

    /// One set of like instances.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn replica_set(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Seen<wire::ReplicaSet>, Failure> {
        self.one(&format!("{APPS}/namespaces/{namespace}/replicasets/{name}"))
            .await
    }

    /// The version of the API server.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn version(&self) -> Result<wire::ServerVersion, Failure> {
        Ok(self.one("version/").await?.value)
    }

    /// Whether the owner of the credential may do this. Nothing is kept of the
    /// question.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn may(
        &self,
        namespace: &str,
        verb: &str,
        group: &str,
        resource: &str,
    ) -> Result<bool, Failure> {
        let (resource, part) = resource.split_once('/').unwrap_or((resource, ""));
        let question = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {
                "namespace": namespace,
                "verb": verb,
                "group": group,
                "resource": resource,
                "subresource": part,
            }},
        });
        let path = "apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let review: wire::AccessReview = self.ask(path, &question).await?;
        Ok(review.status.allowed)
    }

    /// Whom the credential belongs to; empty where the API server is too old to
    /// say (before 1.28).
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn who(&self) -> Result<String, Failure> {
        let question = json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "SelfSubjectReview",
        });
        let path = "apis/authentication.k8s.io/v1/selfsubjectreviews";
        match self.ask::<wire::SelfReview>(path, &question).await {
            Ok(review) => Ok(review.status.user_info.username),
            Err(failure) if failure.status == Some(404) => Ok(String::new()),
            Err(failure) => Err(failure),
        }
    }

    async fn ask<T: DeserializeOwned>(&self, path: &str, question: &Value) -> Result<T, Failure> {
        let request = self
            .read
            .json_question(path, question)
            .priority(Priority::Person);
        self.read.send(request).await?.json()
    }

    async fn one<T: DeserializeOwned>(&self, path: &str) -> Result<Seen<T>, Failure> {
        let reply = self
            .read
            .send(Need::Fresh.apply(self.read.get(path, &[])))
            .await?;
        Ok(Seen {
            value: reply.json()?,
            at: reply.observed,
        })
    }

    /// All pages of a list. A page whose token has expired (410) begins the list
    /// anew, once.
    async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        need: Need,
    ) -> Result<Seen<(Vec<T>, usize)>, Failure> {
        let mut again = true;
        'anew: loop {
            let (mut items, mut malformed) = (Vec::new(), 0);
            let mut next = String::new();
            for page in 0..PAGES {
                let mut query = vec![("limit", PAGE)];
                if page > 0 {
                    query.push(("continue", &next));
                }
                // A list has no ETag, and remembering it would only cost room.
                let request = need.apply(self.read.get(path, &query)).fresh();
                let reply = match self.read.send(request).await {
                    Err(failure) if failure.status == Some(410) && page > 0 && again => {
                        again = false;
                        continue 'anew;
                    }
                    other => other?,
                };
                let list: wire::List<T> = reply.json()?;
                items.extend(list.items.items);
                malformed += list.items.malformed;
                next = list.metadata.next;
                if next.is_empty() || page + 1 == PAGES {
                    return Ok(Seen {
                        value: (items, malformed),
                        at: reply.observed,
                    });
                }
            }
        }
    }
}
