//! The calls, each a method that asks one question and decodes one answer.
//!
//! Every list names its order: GitLab sorts deployments with the oldest first
//! unless told otherwise. Further pages are asked for below the configured
//! address, with the query that `Link` names: an instance behind a proxy often
//! writes another host or `http` into its links, where the token must not go.

use std::time::Duration;

use http::StatusCode;
use reqwest::Url;
use serde::de::DeserializeOwned;

use crate::{
    error::Error,
    integrations::{
        content::FileContent,
        http::{
            Credential, Expect, Failure, Need, ReadClient, ReadSettings, Reply, Seen, Transport,
            encode, parse_base,
        },
    },
};

use super::{
    config::Settings,
    wire::{self, List},
};

/// Largest log that is read, in bytes after unpacking.
const LOG_CAP: usize = 64 * 1024 * 1024;
/// Most pages of one list that are read.
const PAGES: usize = 10;

/// What came of a question for the rest of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trace {
    /// The whole log.
    Whole(Vec<u8>),
    /// What follows the bytes that were known.
    Rest(Vec<u8>),
    /// There is no more than what was known.
    Nothing,
}

/// GitLab's API as one credential sees it, for reading.
pub struct Client {
    read: ReadClient,
}

impl Client {
    /// Makes the client. Nothing is sent.
    ///
    /// # Errors
    /// When the URL or the file of authorities cannot be used, for people.
    pub fn new(settings: &Settings, credential: Option<Credential>) -> Result<Self, Error> {
        let base = parse_base(
            &settings.rest_url(),
            credential.is_some(),
            settings.insecure,
        )?;
        let mut read = ReadSettings::new(base, credential, settings.requests_per_minute);
        read.transport = Transport::trusting(settings.ca_file.as_deref())?;
        read.deadline = Duration::from_secs(20);
        Ok(Self {
            read: ReadClient::new(read),
        })
    }

    /// What the connection told about itself: budget, clock, requests.
    #[must_use]
    pub fn read(&self) -> &ReadClient {
        &self.read
    }

    async fn ask(&self, path: &str, query: &[(&str, &str)], need: Need) -> Result<Reply, Failure> {
        self.read.send(need.apply(self.read.get(path, query))).await
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        need: Need,
    ) -> Result<Seen<T>, Failure> {
        let reply = self.ask(path, query, need).await?;
        Ok(Seen {
            value: reply.json()?,
            at: reply.observed,
        })
    }

    /// A list over its pages, at most [`PAGES`] of them. Totals are not looked
    /// at: GitLab leaves them out of long lists.
    async fn pages<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        need: Need,
    ) -> Result<Seen<List<T>>, Failure> {
        let mut reply = self.ask(path, query, need).await?;
        let mut all: Seen<List<T>> = Seen {
            value: reply.json()?,
            at: reply.observed,
        };
        for _ in 1..PAGES {
            let Some(next) = reply.next_page().and_then(|link| query_of(&link)) else {
                break;
            };
            reply = self.ask(&format!("{path}?{next}"), &[], need).await?;
            let page: List<T> = reply.json()?;
            all.value.items.extend(page.items);
            all.value.malformed += page.malformed;
            all.at = reply.observed;
        }
        Ok(all)
    }

    /// The newest pipelines of a project, on all branches.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn pipelines(
        &self,
        project: &str,
        need: Need,
    ) -> Result<Seen<List<wire::Pipeline>>, Failure> {
        let query = [("order_by", "id"), ("sort", "desc"), ("per_page", "50")];
        self.get(&below(project, "pipelines"), &query, need).await
    }

    /// One pipeline.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn pipeline(
        &self,
        project: &str,
        id: u64,
        need: Need,
    ) -> Result<Seen<wire::Pipeline>, Failure> {
        let path = below(project, &format!("pipelines/{id}"));
        self.get(&path, &[], need).await
    }

    /// The jobs of a pipeline, those that were retried among them: without
    /// them nothing tells how often something was tried.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn jobs(
        &self,
        project: &str,
        id: u64,
        need: Need,
    ) -> Result<Seen<List<wire::Job>>, Failure> {
        let path = below(project, &format!("pipelines/{id}/jobs"));
        let query = [("include_retried", "true"), ("per_page", "100")];
        self.pages(&path, &query, need).await
    }

    /// The jobs of a pipeline that start other pipelines; the list of jobs
    /// leaves them out.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn bridges(
        &self,
        project: &str,
        id: u64,
        need: Need,
    ) -> Result<Seen<List<wire::Bridge>>, Failure> {
        let path = below(project, &format!("pipelines/{id}/bridges"));
        self.get(&path, &[("per_page", "100")], need).await
    }

    /// All tests of a pipeline, by the job that ran them.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn test_report(
        &self,
        project: &str,
        id: u64,
        need: Need,
    ) -> Result<Seen<wire::TestReport>, Failure> {
        let path = below(project, &format!("pipelines/{id}/test_report"));
        self.get(&path, &[], need).await
    }

    /// One job.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn job(
        &self,
        project: &str,
        id: u64,
        need: Need,
    ) -> Result<Seen<wire::Job>, Failure> {
        self.get(&below(project, &format!("jobs/{id}")), &[], need)
            .await
    }

    /// The log of a job from a byte on; it grows while the job works. GitLab
    /// itself knows no ranges and answers with the whole, what stands before
    /// it may know them.
    ///
    /// # Errors
    /// When it cannot be read; a status of 404 says that there is none.
    pub async fn trace(
        &self,
        project: &str,
        id: u64,
        known: u64,
        need: Need,
    ) -> Result<Seen<Trace>, Failure> {
        let path = below(project, &format!("jobs/{id}/trace"));
        let mut request = need
            .apply(self.read.get(&path, &[]))
            .fresh()
            .expect(Expect::Any)
            .body_cap(LOG_CAP);
        if known > 0 {
            request = request.from_byte(known);
        }
        let reply = match self.read.send(request).await {
            Ok(reply) => reply,
            Err(failure) if failure.status == Some(416) && known > 0 => {
                return Ok(Seen {
                    value: Trace::Nothing,
                    at: crate::integrations::http::clock::now(),
                });
            }
            Err(failure) => return Err(failure),
        };
        let body = reply.body.to_vec();
        let value = if reply.status == StatusCode::PARTIAL_CONTENT.as_u16() {
            // A range that begins elsewhere cannot be put behind what is known.
            let begins = reply
                .header("content-range")
                .and_then(|range| range.trim().strip_prefix("bytes "))
                .and_then(|range| range.split('-').next()?.parse::<u64>().ok());
            match begins {
                Some(begin) if begin == known => Trace::Rest(body),
                _ => Trace::Nothing,
            }
        } else {
            Trace::Whole(body)
        };
        Ok(Seen {
            value,
            at: reply.observed,
        })
    }

    /// The newest deployments, of one environment or of all.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn deployments(
        &self,
        project: &str,
        environment: Option<&str>,
        need: Need,
    ) -> Result<Seen<List<wire::Deployment>>, Failure> {
        let count = if environment.is_some() { "20" } else { "40" };
        let mut query = vec![("order_by", "id"), ("sort", "desc"), ("per_page", count)];
        query.extend(environment.map(|environment| ("environment", environment)));
        self.get(&below(project, "deployments"), &query, need).await
    }

    /// One deployment, with what it waits for.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn deployment(
        &self,
        project: &str,
        id: u64,
        need: Need,
    ) -> Result<Seen<wire::Deployment>, Failure> {
        let path = below(project, &format!("deployments/{id}"));
        self.get(&path, &[], need).await
    }

    /// The environments that are not stopped.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn environments(
        &self,
        project: &str,
        need: Need,
    ) -> Result<Seen<List<wire::Environment>>, Failure> {
        let query = [("states", "available"), ("per_page", "100")];
        self.pages(&below(project, "environments"), &query, need)
            .await
    }

    /// The newest commits, on all branches.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn commits(
        &self,
        project: &str,
        need: Need,
    ) -> Result<Seen<List<wire::Commit>>, Failure> {
        let query = [("all", "true"), ("per_page", "50")];
        self.get(&below(project, "repository/commits"), &query, need)
            .await
    }

    /// The newest tags.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn tags(&self, project: &str, need: Need) -> Result<Seen<List<wire::Tag>>, Failure> {
        let query = [
            ("order_by", "updated"),
            ("sort", "desc"),
            ("per_page", "50"),
        ];
        self.get(&below(project, "repository/tags"), &query, need)
            .await
    }

    /// Open milestones.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn milestones(
        &self,
        project: &str,
        need: Need,
    ) -> Result<Seen<List<wire::Milestone>>, Failure> {
        let query = [("state", "active"), ("per_page", "100")];
        self.pages(&below(project, "milestones"), &query, need)
            .await
    }

    /// Freeze periods. Old instances tell them to maintainers only.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn freeze_periods(
        &self,
        project: &str,
        need: Need,
    ) -> Result<Seen<List<wire::FreezePeriod>>, Failure> {
        let query = [("per_page", "100")];
        self.get(&below(project, "freeze_periods"), &query, need)
            .await
    }

    /// The newest releases, those that are announced among them.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn releases(
        &self,
        project: &str,
        need: Need,
    ) -> Result<Seen<List<wire::Release>>, Failure> {
        let query = [
            ("order_by", "released_at"),
            ("sort", "desc"),
            ("per_page", "10"),
        ];
        self.get(&below(project, "releases"), &query, need).await
    }

    /// One tag.
    ///
    /// # Errors
    /// When there is none (404), or it cannot be read.
    pub async fn tag(&self, project: &str, tag: &str) -> Result<Seen<wire::Tag>, Failure> {
        let path = below(project, &format!("repository/tags/{}", encode(tag)));
        self.get(&path, &[], Need::Fresh).await
    }

    /// The release of a tag.
    ///
    /// # Errors
    /// When there is none (404), or it cannot be read.
    pub async fn release_of_tag(
        &self,
        project: &str,
        tag: &str,
        need: Need,
    ) -> Result<Seen<wire::Release>, Failure> {
        let path = below(project, &format!("releases/{}", encode(tag)));
        self.get(&path, &[], need).await
    }

    /// What `to` has since it parted from `from`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn compare(
        &self,
        project: &str,
        from: &str,
        to: &str,
    ) -> Result<Seen<wire::Compare>, Failure> {
        let path = below(project, "repository/compare");
        self.get(&path, &[("from", from), ("to", to)], Need::Person)
            .await
    }

    /// A file of the default branch.
    ///
    /// # Errors
    /// When there is none (404), or it cannot be read.
    pub async fn file(&self, project: &str, path: &str) -> Result<Seen<FileContent>, Failure> {
        let path = below(project, &format!("repository/files/{}", encode(path)));
        self.get(&path, &[("ref", "HEAD")], Need::Person).await
    }

    /// The files that a commit touches: the first page, at most 100.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn commit_files(
        &self,
        project: &str,
        sha: &str,
    ) -> Result<Seen<List<wire::Diff>>, Failure> {
        let path = below(project, &format!("repository/commits/{}/diff", encode(sha)));
        self.get(&path, &[("per_page", "100")], Need::Person).await
    }

    /// The merge requests that a deployment brought with it.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn shipped(
        &self,
        project: &str,
        deployment: u64,
    ) -> Result<Seen<List<wire::MergeRequest>>, Failure> {
        let path = below(project, &format!("deployments/{deployment}/merge_requests"));
        self.get(&path, &[("per_page", "100")], Need::Person).await
    }

    /// Who the token belongs to.
    ///
    /// # Errors
    /// When GitLab does not accept it.
    pub async fn user(&self) -> Result<wire::User, Failure> {
        let seen: Seen<wire::User> = self.get("user", &[], Need::Fresh).await?;
        Ok(seen.value)
    }

    /// What the token may do in a project.
    ///
    /// # Errors
    /// When it cannot be seen at all.
    pub async fn project(&self, project: &str) -> Result<wire::Project, Failure> {
        let path = format!("projects/{}", encode(project));
        let seen: Seen<wire::Project> = self.get(&path, &[], Need::Person).await?;
        Ok(seen.value)
    }
}

/// The path of something in a project: the project's own path is one segment.
#[must_use]
pub fn below(project: &str, rest: &str) -> String {
    format!("projects/{}/{rest}", encode(project))
}

fn query_of(link: &str) -> Option<String> {
    Url::parse(link).ok()?.query().map(str::to_owned)
}
