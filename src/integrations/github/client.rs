//! The calls, each a method that asks one question and decodes one answer.
//! The questions go through octocrab, see [`Reads`].

mod pages;

use std::{collections::BTreeMap, ops::Range, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, header::ACCEPT};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio_util::bytes::Bytes;

use crate::{
    domain::{Connection, Text, Timestamp},
    error::Error,
    integrations::{
        content::FileContent,
        contract::Fault,
        http::{
            Credential, Expect, Failure, Need, ReadClient, ReadSettings, Reply, Seen, Transport,
            encode, parse_base,
        },
        reports,
    },
};

use super::{
    config::Settings,
    reads::{Manner, Reads},
    wire::{List, graph, rest},
};

/// The version that every request asks for.
pub const API_VERSION: &str = "2022-11-28";

/// Largest log that is read, in bytes after unpacking.
const LOG_CAP: usize = 64 * 1024 * 1024;

/// Most pages of one list that are read.
const PAGES: usize = 10;

/// How octocrab's transport is told.
fn manner(need: Need) -> Manner {
    Manner {
        priority: need.priority(),
        fresh: need == Need::Fresh,
        ..Manner::default()
    }
}

/// Of which attempts of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempts {
    /// The newest one.
    Newest,
    /// All of them.
    All,
}

/// What a GraphQL query gave. The answers lie in the text that came and are
/// decoded one at a time: a sweep's is a megabyte.
pub struct Answered {
    reply: Reply,
    /// Where in the text each answer lies, by alias; null members are left out.
    answers: BTreeMap<String, Range<usize>>,
    /// Points that the query cost, where GitHub told.
    pub rate: Option<graph::RateLimit>,
    /// What could not be answered, for people; empty when all was.
    pub failures: Vec<graph::Failure>,
    /// When it came.
    pub at: Timestamp,
}

impl Answered {
    /// The answer under this alias; none when there is none, or not of this
    /// shape.
    #[must_use]
    pub fn get<T: DeserializeOwned>(&self, alias: &str) -> Option<T> {
        let answer = self.answers.get(alias)?;
        serde_json::from_slice(self.reply.body.get(answer.clone())?).ok()
    }
}

/// GitHub's API as one credential sees it, for reading.
pub struct Client {
    reads: Reads,
}

/// The headers that every request carries.
#[must_use]
pub fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        ACCEPT,
        HeaderValue::from_static("application/vnd.github+json"),
    );
    headers.insert(
        HeaderName::from_static("x-github-api-version"),
        HeaderValue::from_static(API_VERSION),
    );
    headers
}

impl Client {
    /// Makes the client. Nothing is sent.
    ///
    /// # Errors
    /// When the URL or the file of authorities cannot be used, for people.
    pub fn new(settings: &Settings, credential: Option<Credential>) -> Result<Self, Error> {
        let base = parse_base(settings.rest_url(), credential.is_some(), settings.insecure)?;
        let mut read = ReadSettings::new(base, credential, settings.requests_per_minute);
        read.headers = headers();
        read.transport = Transport::trusting(settings.ca_file.as_deref())?;
        read.deadline = Duration::from_secs(20);
        Ok(Self {
            reads: Reads::new(ReadClient::new(read), settings.graphql_url()),
        })
    }

    /// What the connection told about itself: budget, clock, requests.
    #[must_use]
    pub fn read(&self) -> &ReadClient {
        self.reads.client()
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        need: Need,
    ) -> Result<Seen<T>, Failure> {
        let reply = self.reads.get(path, query, manner(need)).await?;
        Ok(Seen {
            value: reply.json()?,
            at: reply.observed,
        })
    }

    /// A list over its pages, at most [`PAGES`] of them, by `Link`.
    async fn pages<T: DeserializeOwned>(
        &self,
        path: &str,
        need: Need,
    ) -> Result<Seen<List<T>>, Failure> {
        let mut all: Seen<List<T>> = Seen {
            value: List::default(),
            at: Timestamp::UNIX_EPOCH,
        };
        let mut next = Some(path.to_owned());
        for _ in 0..PAGES {
            let Some(path) = next else { break };
            let reply = self.reads.get(&path, &[], manner(need)).await?;
            let page: List<T> = reply.json()?;
            all.at = reply.observed;
            all.value.items.extend(page.items);
            all.value.malformed += page.malformed;
            next = reply.next_page();
        }
        Ok(all)
    }

    /// Asks GraphQL. Errors beside data are given with the data.
    ///
    /// # Errors
    /// When there is no data at all.
    pub async fn graphql(&self, query: &str, need: Need) -> Result<Answered, Failure> {
        let body = serde_json::json!({ "query": query });
        let mut reply = self.reads.graphql(&body, manner(need)).await?;
        reply.make_text();
        let (at, start) = (reply.observed, reply.body.as_ptr() as usize);
        let envelope: graph::Envelope<'_> = reply.borrowed_json()?;
        let failures = envelope.errors.map_or_else(Vec::new, |errors| errors.items);
        let Some(data) = envelope.data else {
            return Err(no_data(&failures));
        };
        let place = |answer: &RawValue| {
            let first = answer.get().as_ptr() as usize - start;
            first..first + answer.get().len()
        };
        let answers = data
            .into_iter()
            .filter_map(|(alias, answer)| Some((alias, place(answer?))))
            .collect();
        let mut answered = Answered {
            answers,
            rate: None,
            failures,
            at,
            reply,
        };
        answered.rate = answered.get("rateLimit");
        Ok(answered)
    }

    /// The newest runs of a repository, on all branches.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn runs(
        &self,
        repository: &str,
        need: Need,
    ) -> Result<Seen<List<rest::Run>>, Failure> {
        let path = format!("/repos/{repository}/actions/runs");
        let query = [("per_page", "50"), ("exclude_pull_requests", "true")];
        let page: Seen<rest::Runs> = self.get(&path, &query, need).await?;
        Ok(Seen {
            value: page.value.workflow_runs,
            at: page.at,
        })
    }

    /// The newest runs of one workflow that were started by hand.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn dispatched(
        &self,
        repository: &str,
        workflow: &str,
    ) -> Result<Seen<List<rest::Run>>, Failure> {
        let path = format!(
            "/repos/{repository}/actions/workflows/{}/runs",
            encode(workflow)
        );
        let query = [("event", "workflow_dispatch"), ("per_page", "50")];
        let page: Seen<rest::Runs> = self.get(&path, &query, Need::Fresh).await?;
        Ok(Seen {
            value: page.value.workflow_runs,
            at: page.at,
        })
    }

    /// One run.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn run(
        &self,
        repository: &str,
        run: u64,
        need: Need,
    ) -> Result<Seen<rest::Run>, Failure> {
        self.get(
            &format!("/repos/{repository}/actions/runs/{run}"),
            &[],
            need,
        )
        .await
    }

    /// The jobs of a run's newest attempt, or those of all its attempts.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn jobs(
        &self,
        repository: &str,
        run: u64,
        filter: Attempts,
        need: Need,
    ) -> Result<Seen<List<rest::Job>>, Failure> {
        let path = format!("/repos/{repository}/actions/runs/{run}/jobs");
        let filter = match filter {
            Attempts::Newest => "latest",
            Attempts::All => "all",
        };
        let query = [("filter", filter), ("per_page", "100")];
        let page: Seen<rest::Jobs> = self.get(&path, &query, need).await?;
        Ok(Seen {
            value: page.value.jobs,
            at: page.at,
        })
    }

    /// One job.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn job(&self, repository: &str, job: u64) -> Result<Seen<rest::Job>, Failure> {
        self.get(
            &format!("/repos/{repository}/actions/jobs/{job}"),
            &[],
            Need::Person,
        )
        .await
    }

    /// The log of a finished job. GitHub answers with a redirect to a signed
    /// address on another host, which gets no credential.
    ///
    /// # Errors
    /// When it cannot be read; a status of 404 or 410 says that it is gone.
    pub async fn log(&self, repository: &str, job: u64) -> Result<Seen<Vec<u8>>, Failure> {
        let path = format!("/repos/{repository}/actions/jobs/{job}/logs");
        let manner = Manner {
            expect: Expect::Any,
            body_cap: Some(LOG_CAP),
            ..manner(Need::Fresh)
        };
        let reply = self.reads.get(&path, &[], manner).await?;
        Ok(Seen {
            value: reply.body.to_vec(),
            at: reply.observed,
        })
    }

    /// The files that a run left, of all its attempts.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn artifacts(
        &self,
        repository: &str,
        run: u64,
        need: Need,
    ) -> Result<Seen<List<rest::Artifact>>, Failure> {
        let path = format!("/repos/{repository}/actions/runs/{run}/artifacts");
        let page: Seen<rest::Artifacts> = self.get(&path, &[("per_page", "100")], need).await?;
        Ok(Seen {
            value: page.value.artifacts,
            at: page.at,
        })
    }

    /// The archive of an artifact. GitHub answers with a redirect to a signed
    /// address on another host, which gets no credential.
    ///
    /// # Errors
    /// When it cannot be read; a status of 404 or 410 says that it is gone.
    pub async fn archive(
        &self,
        repository: &str,
        artifact: u64,
        need: Need,
    ) -> Result<Seen<Bytes>, Failure> {
        let path = format!("/repos/{repository}/actions/artifacts/{artifact}/zip");
        let manner = Manner {
            fresh: true,
            expect: Expect::Any,
            body_cap: Some(reports::LARGEST_ARCHIVE),
            ..manner(need)
        };
        let reply = self.reads.get(&path, &[], manner).await?;
        Ok(Seen {
            value: reply.body,
            at: reply.observed,
        })
    }

    /// What a run waits for.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn pending(
        &self,
        repository: &str,
        run: u64,
        need: Need,
    ) -> Result<Seen<List<rest::PendingDeployment>>, Failure> {
        let path = format!("/repos/{repository}/actions/runs/{run}/pending_deployments");
        self.get(&path, &[], need).await
    }

    /// Who answered what, over all attempts of a run.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn reviews(
        &self,
        repository: &str,
        run: u64,
    ) -> Result<Seen<List<rest::Review>>, Failure> {
        let path = format!("/repos/{repository}/actions/runs/{run}/approvals");
        self.get(&path, &[], Need::Fresh).await
    }

    /// The newest deployments, of one environment or of all.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn deployments(
        &self,
        repository: &str,
        environment: Option<&str>,
        need: Need,
    ) -> Result<Seen<List<rest::Deployment>>, Failure> {
        let path = format!("/repos/{repository}/deployments");
        let mut query = vec![("per_page", "10")];
        query.extend(environment.map(|environment| ("environment", environment)));
        self.get(&path, &query, need).await
    }

    /// The newest status of a deployment; none before the first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn deployment_status(
        &self,
        repository: &str,
        deployment: u64,
        need: Need,
    ) -> Result<Seen<Option<rest::DeploymentStatus>>, Failure> {
        let path = format!("/repos/{repository}/deployments/{deployment}/statuses");
        let page: Seen<List<rest::DeploymentStatus>> =
            self.get(&path, &[("per_page", "30")], need).await?;
        Ok(Seen {
            value: page
                .value
                .items
                .into_iter()
                .max_by_key(|status| (status.created_at, status.id)),
            at: page.at,
        })
    }

    /// All environments.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn environments(
        &self,
        repository: &str,
        need: Need,
    ) -> Result<Seen<List<rest::Environment>>, Failure> {
        let path = format!("/repos/{repository}/environments");
        let page: Seen<rest::Environments> = self.get(&path, &[("per_page", "100")], need).await?;
        Ok(Seen {
            value: page.value.environments,
            at: page.at,
        })
    }

    /// The newest tags.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn tags(
        &self,
        repository: &str,
        need: Need,
    ) -> Result<Seen<List<rest::Tag>>, Failure> {
        self.get(
            &format!("/repos/{repository}/tags"),
            &[("per_page", "50")],
            need,
        )
        .await
    }

    /// Open milestones, the next due first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn milestones(
        &self,
        repository: &str,
        need: Need,
    ) -> Result<Seen<List<rest::Milestone>>, Failure> {
        self.pages(
            &format!(
                "/repos/{repository}/milestones?state=open&sort=due_on&direction=asc&per_page=50"
            ),
            need,
        )
        .await
    }

    /// The newest releases.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn releases(
        &self,
        repository: &str,
        need: Need,
    ) -> Result<Seen<List<rest::Release>>, Failure> {
        self.get(
            &format!("/repos/{repository}/releases"),
            &[("per_page", "10")],
            need,
        )
        .await
    }

    /// What lies between two references: at most 250 commits and 300 files.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn compare(
        &self,
        repository: &str,
        base: &str,
        head: &str,
    ) -> Result<Seen<rest::Compare>, Failure> {
        let path = format!(
            "/repos/{repository}/compare/{}...{}",
            encode(base),
            encode(head)
        );
        self.get(&path, &[], Need::Person).await
    }

    /// A file of the default branch.
    ///
    /// # Errors
    /// When there is none (404), or it cannot be read.
    pub async fn file(&self, repository: &str, path: &str) -> Result<Seen<FileContent>, Failure> {
        let path = format!("/repos/{repository}/contents/{path}");
        self.get(&path, &[], Need::Person).await
    }

    /// The files that a commit touches: the first page, at most 300.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn commit_files(
        &self,
        repository: &str,
        sha: &str,
    ) -> Result<Seen<rest::CommitFiles>, Failure> {
        let path = format!("/repos/{repository}/commits/{}", encode(sha));
        self.get(&path, &[], Need::Person).await
    }

    /// Who the token belongs to.
    ///
    /// # Errors
    /// When GitHub does not accept it.
    pub async fn user(&self) -> Result<(String, Option<String>), Failure> {
        let reply = self.reads.get("/user", &[], manner(Need::Fresh)).await?;
        let login: super::wire::Login = reply.json()?;
        let scopes = reply.header("x-oauth-scopes").map(str::to_owned);
        Ok((login.login, scopes))
    }

    /// What the token may do in a repository.
    ///
    /// # Errors
    /// When it cannot be seen at all.
    pub async fn repository(&self, repository: &str) -> Result<rest::Repository, Failure> {
        let seen: Seen<rest::Repository> = self
            .get(&format!("/repos/{repository}"), &[], Need::Person)
            .await?;
        Ok(seen.value)
    }
}

/// The failure of a query that gave nothing.
fn no_data(failures: &[graph::Failure]) -> Failure {
    let Some(first) = failures.first() else {
        return Failure::new(
            Connection::Unreachable,
            "GitHub's GraphQL answer holds neither data nor errors",
        );
    };
    let connection = match first.kind.as_str() {
        "RATE_LIMITED" => Connection::RateLimited,
        "FORBIDDEN" | "INSUFFICIENT_SCOPES" => Connection::Forbidden,
        _ => Connection::Degraded,
    };
    let mut failure = Failure::new(
        connection,
        &format!("GitHub's GraphQL refuses the query: {}", first.message),
    );
    failure.message = Text::new(&first.message);
    failure
}

/// One fault for all that a query could not answer.
#[must_use]
pub fn partial(failures: &[graph::Failure]) -> Option<Fault> {
    let first = failures.first()?;
    let more = match failures.len() {
        1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    };
    Some(Fault {
        connection: if first.kind == "RATE_LIMITED" {
            Connection::RateLimited
        } else {
            Connection::Degraded
        },
        detail: Text::new(&format!(
            "GitHub answered only a part: {}{more}",
            first.message
        )),
        retry_at: None,
    })
}
