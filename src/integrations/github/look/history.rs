//! Looks for the history of jobs and tests: all attempts of a run with their
//! jobs, and the test reports among its artifacts.

use std::collections::BTreeMap;

use super::{Eyes, stranger};
use crate::{
    analysis::junit::Collected,
    domain::{Body, Connection, Job, Text, Timestamp},
    integrations::{
        contract::{FactSink, Fault},
        github::{client::Attempts, map::rest, memory::Repository, wire::rest::Artifact},
        http::{Failure, Need},
        reports,
    },
};

/// Most artifacts of one attempt that are loaded.
const ARTIFACTS: usize = 4;

impl Eyes {
    /// Reads the next run that tells of something flaky; where there is none
    /// yet, lists the runs of the next repository.
    ///
    /// # Errors
    /// When it cannot be read. It is not tried again then: the history is a
    /// help, no duty.
    pub async fn next_of_history(&self, need: Need, facts: &FactSink) -> Result<(), Fault> {
        let (next, unlisted) = {
            let repositories = self.repositories();
            let next = repositories
                .iter()
                .find_map(|one| Some((one.name.clone(), one.untold()?)));
            // Where something failed somebody may ask whether it is flaky.
            let failed = |one: &Repository| one.known.values().any(|run| run.state.is_failed());
            let unlisted = repositories
                .iter()
                .filter(|one| !one.listed)
                .max_by_key(|one| (failed(one), one.is_active()))
                .map(|one| one.name.clone());
            (next, unlisted)
        };
        if let Some((name, run)) = next {
            return self.tests(&name, run, need, facts).await;
        }
        let Some(name) = unlisted else { return Ok(()) };
        self.remember(&name, |repository| repository.listed = true);
        self.runs(&name, need, facts).await
    }

    /// Reads the jobs of all attempts of a run, and what their tests said.
    ///
    /// # Errors
    /// When neither can be read.
    pub async fn tests(
        &self,
        name: &str,
        id: u64,
        need: Need,
        facts: &FactSink,
    ) -> Result<(), Fault> {
        let attempt = self
            .find(name)
            .and_then(|repository| Some(repository.known.get(&id)?.attempt));
        if let Some(attempt) = attempt {
            self.remember(name, |repository| {
                repository.told.insert((id, attempt));
            });
        }
        let seen = self.client.jobs(name, id, Attempts::All, need).await?;
        let repository = self.find(name).unwrap_or_else(|| stranger(name));
        let place = repository.place(&self.source);
        let run = place.run(id);
        // By attempt: when it began, and its jobs.
        let mut attempts: BTreeMap<u32, (Option<Timestamp>, Vec<Job>)> = BTreeMap::new();
        for job in &seen.value.items {
            let (began, jobs) = attempts.entry(job.run_attempt).or_default();
            let queued = job.created_at.or(job.started_at);
            *began = match (*began, queued) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
            jobs.push(rest::job(&place, job));
        }
        let began: Vec<(u32, Option<Timestamp>)> = attempts
            .iter()
            .map(|(attempt, (began, _))| (*attempt, *began))
            .collect();
        let newest = began.last().map_or(1, |(attempt, _)| *attempt);
        facts.emit(
            seen.at,
            attempts
                .into_iter()
                .map(|(attempt, (_, items))| Body::Jobs {
                    run: run.clone(),
                    attempt,
                    items,
                }),
        );
        let artifacts = self.client.artifacts(name, id, need).await?;
        let mut of: BTreeMap<u32, Vec<&Artifact>> = BTreeMap::new();
        for artifact in &artifacts.value.items {
            if reports::may_hold_reports(&artifact.name) {
                let attempt = attempt_of(artifact, &began);
                of.entry(attempt).or_default().push(artifact);
            }
        }
        of.entry(newest).or_default();
        for (attempt, artifacts_of) in of {
            let body = match self.read(name, &artifacts_of, need).await? {
                Ok(all) => reports::told(run.clone(), attempt, all.finish()),
                Err(why) => reports::none(run.clone(), attempt, &why),
            };
            facts.emit(artifacts.at, [body]);
        }
        Ok(())
    }

    /// The reports in these artifacts, or why there are none.
    async fn read(
        &self,
        name: &str,
        artifacts: &[&Artifact],
        need: Need,
    ) -> Result<Result<Collected, Text>, Fault> {
        if artifacts.is_empty() {
            return Ok(Err(Text::new(
                "the run left no artifact that looks like a test report",
            )));
        }
        let mut all = Collected::default();
        let (mut expired, mut out_of_reach) = (false, None);
        for artifact in artifacts.iter().take(ARTIFACTS) {
            if artifact.expired {
                expired = true;
                continue;
            }
            if artifact.size_in_bytes > reports::LARGEST_ARCHIVE as u64 {
                continue;
            }
            match self.client.archive(name, artifact.id, need).await {
                Ok(archive) => reports::from_archive(&artifact.name, &archive.value, &mut all),
                Err(failure) if matches!(failure.status, Some(404 | 410)) => expired = true,
                // Archives lie on another host: that it cannot be reached
                // says nothing of GitHub.
                Err(Failure { fault, .. }) if fault.connection == Connection::Unreachable => {
                    out_of_reach = Some(fault.detail);
                }
                Err(failure) => return Err(failure.fault),
            }
        }
        if !all.is_empty() {
            return Ok(Ok(all));
        }
        Ok(Err(match (out_of_reach, expired) {
            (Some(why), _) => Text::from(format!("the test reports were not loaded: {why}")),
            (None, true) => Text::new("GitHub keeps the test reports of this run no longer"),
            (None, false) => Text::new("none of the run's artifacts holds a test report"),
        }))
    }
}

/// The attempt that an artifact is of: the last that had begun when it was
/// made. GitHub tells only the run.
fn attempt_of(artifact: &Artifact, began: &[(u32, Option<Timestamp>)]) -> u32 {
    let newest = began.last().map_or(1, |(attempt, _)| *attempt);
    let Some(made) = artifact.created_at else {
        return newest;
    };
    began
        .iter()
        .rev()
        .find(|(_, began)| began.is_some_and(|began| began <= made))
        .or(began.first())
        .map_or(newest, |(attempt, _)| *attempt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Catalog, SourceId, TestState},
        integrations::github::{
            Settings,
            client::Client,
            memory,
            testing::{Reply, Vendor, bodies, service, sink},
        },
    };

    #[tokio::test]
    async fn a_host_of_archives_that_is_out_of_reach_is_not_github() {
        let vendor = Vendor::start(|asked| {
            let found = |body: &str| Reply::json(body);
            if asked.path.contains("/jobs") {
                found(r#"{"total_count":0,"jobs":[]}"#)
            } else if asked.path.contains("/zip") {
                let nobody = "location: http://127.0.0.1:1/archive\r\n";
                Reply::Say(302, nobody.to_owned(), String::new())
            } else {
                found(
                    r#"{"total_count":1,"artifacts":[{"id":7,"name":"junit","size_in_bytes":9,"expired":false,"created_at":null}]}"#,
                )
            }
        })
        .await;
        let settings = Settings {
            url: vendor.url.clone(),
            requests_per_minute: 6000,
            ..Settings::default()
        };
        let catalog = Catalog {
            services: vec![service("checkout")],
            ..Catalog::default()
        };
        let source = SourceId::new("github");
        let repositories = memory::repositories(&source, &settings, &catalog);
        let client = Client::new(&settings, None).unwrap();
        let eyes = Eyes::new(source, client, repositories);
        let (sink, facts) = sink();
        let read = eyes.tests("larkspur/checkout", 5, Need::Watch, &sink).await;
        assert!(read.is_ok(), "{read:?}");
        let told = bodies(&facts).into_iter().find_map(|body| match body {
            Body::Tests(report) => Some(report.state),
            _ => None,
        });
        let Some(TestState::Gone(why)) = told else {
            panic!("{told:?}");
        };
        assert!(why.contains("were not loaded: 127.0.0.1:1"), "{why}");
    }

    #[test]
    fn an_artifact_belongs_to_the_last_attempt_that_had_begun() {
        let at = |minute: i64| Timestamp::from_timestamp(1_795_600_000 + 60 * minute, 0).unwrap();
        let began = [(1, Some(at(0))), (2, Some(at(30))), (3, None)];
        let made = |minute: Option<i64>| {
            let artifact = Artifact {
                id: 1,
                name: "reports".to_owned(),
                size_in_bytes: 1,
                expired: false,
                created_at: minute.map(at),
            };
            attempt_of(&artifact, &began)
        };
        assert_eq!(made(Some(5)), 1);
        assert_eq!(made(Some(30)), 2);
        assert_eq!(made(Some(90)), 2);
        // A clock that is wrong, and no time at all.
        assert_eq!(made(Some(-5)), 1);
        assert_eq!(made(None), 3);
    }
}
