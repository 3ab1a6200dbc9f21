//! Looks that somebody asked for: the log of a job, and what lies between two
//! versions.

use std::collections::BTreeMap;

use super::Eyes;
use crate::{
    domain::{
        Body, CodeReview, Commit, CommitFiles, Comparison, Connection, JobLog, LogState, Origin,
        PullRequest, RunState, ServiceName, Text,
    },
    integrations::{
        content::CODE_OWNERS,
        contract::{FactSink, Fault},
        github::{
            graphql,
            map::{self, key, rest},
            memory::Repository,
            wire::graph,
        },
        http::{Need, clock, fault::fault},
    },
};

impl Eyes {
    /// Loads the log of a job. Whether there is one is told by the state of
    /// the job, never by the answer to the request for the log.
    ///
    /// # Errors
    /// When neither the log nor the reason for its absence can be told.
    pub async fn log(&self, name: &str, id: u64, facts: &FactSink) -> Result<(), Fault> {
        let job = self.client.job(name, id).await?;
        let origin = Origin::new(&self.source, &key::job(name, id));
        let state = map::run_state(&job.value.status, job.value.conclusion.as_deref());
        let (state, at) = match (&state, job.value.conclusion.as_deref()) {
            (RunState::Done(_), Some("skipped")) => (
                LogState::Gone(Text::new("the job was skipped, so it wrote no log")),
                job.at,
            ),
            (RunState::Done(_), conclusion) => match self.client.log(name, id).await {
                Ok(log) => {
                    facts.log(log.at, origin, 0, &log.value, true);
                    return Ok(());
                }
                Err(failure) if matches!(failure.status, Some(404 | 410)) => {
                    let why = if conclusion == Some("cancelled") {
                        "the job was cancelled before it wrote a log"
                    } else {
                        "GitHub keeps no log of this job any more"
                    };
                    (LogState::Gone(Text::new(why)), job.at)
                }
                Err(failure) => return Err(failure.fault),
            },
            _ => (LogState::NotYet, job.at),
        };
        facts.emit(at, [Body::Log(JobLog { job: origin, state })]);
        Ok(())
    }

    /// Loads what lies between two versions of a service.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn compare(
        &self,
        service: &ServiceName,
        base: &Text,
        head: &Text,
        facts: &FactSink,
    ) -> Result<(), Fault> {
        let Some(repository) = self.of_service(service) else {
            return Err(fault(
                Connection::Degraded,
                &format!("{service} has no repository at {}", self.source),
            ));
        };
        let place = repository.place(&self.source);
        let (from, to) = (
            repository.tags.reference(base),
            repository.tags.reference(head),
        );
        let seen = match self.client.compare(&repository.name, &from, &to).await {
            // The tag was a guess where it is not known: the words themselves
            // may be what Git knows.
            Err(failure)
                if failure.status == Some(404)
                    && (from != base.as_str() || to != head.as_str()) =>
            {
                self.client.compare(&repository.name, base, head).await?
            }
            other => other?,
        };
        let mut comparison = rest::comparison(&place, base, head, &seen.value);
        if let Some(pulls) = self.pull_requests(&repository, &comparison).await {
            comparison.pull_requests = pulls;
        }
        facts.emit(seen.at, [Body::Comparison(comparison)]);
        Ok(())
    }

    /// Loads who owns the files of a service: the first `CODEOWNERS` file that
    /// there is.
    ///
    /// # Errors
    /// When it cannot be read whether there is one.
    pub async fn code_owners(&self, service: &ServiceName, facts: &FactSink) -> Result<(), Fault> {
        let Some(repository) = self.of_service(service) else {
            return Err(fault(
                Connection::Degraded,
                &format!("{service} has no repository at {}", self.source),
            ));
        };
        let mut found = (Vec::new(), None);
        for place in CODE_OWNERS {
            match self.client.file(&repository.name, place).await {
                Ok(seen) => {
                    found = (seen.value.lines(), Some(seen.at));
                    break;
                }
                Err(failure) if failure.status == Some(404) => {}
                Err(failure) => return Err(failure.fault),
            }
        }
        let (lines, at) = found;
        let service = service.clone();
        facts.emit(
            at.unwrap_or_else(clock::now),
            [Body::CodeOwners { service, lines }],
        );
        Ok(())
    }

    /// Loads the files that some commits of a service touch.
    ///
    /// # Errors
    /// When one of them cannot be read; what was read before it was emitted.
    pub async fn commit_files(
        &self,
        service: &ServiceName,
        commits: &[Text],
        facts: &FactSink,
    ) -> Result<(), Fault> {
        let Some(repository) = self.of_service(service) else {
            return Err(fault(
                Connection::Degraded,
                &format!("{service} has no repository at {}", self.source),
            ));
        };
        for sha in commits {
            let seen = self.client.commit_files(&repository.name, sha).await?;
            let touched = CommitFiles {
                service: service.clone(),
                sha: sha.clone(),
                files: seen
                    .value
                    .files
                    .iter()
                    .flat_map(|files| &files.items)
                    .map(|file| Text::new(&file.filename))
                    .collect(),
            };
            facts.emit(seen.at, [Body::CommitFiles(touched)]);
        }
        Ok(())
    }

    /// The pull requests that brought the newest commits in, each once; none
    /// when GraphQL does not tell.
    async fn pull_requests(
        &self,
        repository: &Repository,
        comparison: &Comparison,
    ) -> Option<Vec<PullRequest>> {
        let commits: Vec<&str> = comparison
            .commits
            .iter()
            .rev()
            .map(|Commit { sha, .. }| sha.as_str())
            .filter(|sha| sha.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .take(graphql::COMMITS_PER_QUERY)
            .collect();
        if commits.is_empty() || self.graphql_refused() || repository.rest_only {
            return None;
        }
        let query = graphql::pull_requests(&repository.name, &commits);
        let answered = self.client.graphql(&query, Need::Person).await.ok()?;
        let answer: BTreeMap<String, Option<graph::CommitPulls>> = answered.get("r0")?;
        let mut pulls: BTreeMap<u64, PullRequest> = BTreeMap::new();
        for pull in answer
            .values()
            .flatten()
            .flat_map(|commit| &commit.associated_pull_requests.nodes.items)
        {
            pulls.insert(
                pull.number,
                PullRequest {
                    number: pull.number,
                    title: map::first_line(&pull.title),
                    author: pull
                        .author
                        .as_ref()
                        .map_or_else(Text::default, |author| Text::new(&author.login)),
                    labels: pull
                        .labels
                        .iter()
                        .flat_map(|labels| &labels.nodes.items)
                        .map(|label| Text::new(&label.name))
                        .collect(),
                    reviews: reviews(pull),
                    url: Text::new(&pull.url),
                },
            );
        }
        Some(pulls.into_values().rev().collect())
    }
}

/// What each reviewer said last; none where GitHub does not tell what was
/// merged or who reviewed it.
fn reviews(pull: &graph::PullRequest) -> Option<Vec<CodeReview>> {
    let merged = pull.head_ref_oid.as_ref()?;
    let told = pull.latest_opinionated_reviews.as_ref()?;
    let reviews = told.nodes.items.iter().map(|review| CodeReview {
        author: review
            .author
            .as_ref()
            .map_or_else(Text::default, |author| Text::new(&author.login)),
        approved: review.state == "APPROVED",
        of_final: review
            .commit
            .as_ref()
            .is_some_and(|commit| commit.oid == *merged),
    });
    Some(reviews.collect())
}
