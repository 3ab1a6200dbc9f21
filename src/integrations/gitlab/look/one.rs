//! Looks that somebody asked for: the log of a job, and what lies between two
//! versions.

use super::{Eyes, Followed};
use crate::{
    domain::{
        Body, CommitFiles, Comparison, Connection, JobLog, LogState, Origin, RunState, ServiceName,
        Text, Timestamp,
    },
    integrations::{
        content::CODE_OWNERS,
        contract::{FactSink, Fault},
        gitlab::{
            client::Trace,
            map::{self, key},
            memory::Project,
        },
        http::{Need, clock, fault::fault},
    },
};

impl Eyes {
    /// Loads the log of a job; while the job works, it is followed from then
    /// on. Whether there is one is told by the state of the job, never by the
    /// answer to the request for the log.
    ///
    /// # Errors
    /// When neither the log nor the reason for its absence can be told.
    pub async fn log(&self, name: &str, id: u64, facts: &FactSink) -> Result<(), Fault> {
        *self.followed() = None;
        self.follow(name, id, 0, Need::Person, facts).await
    }

    /// Looks at the log that somebody reads, if there is one: what came to it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn trace(&self, facts: &FactSink) -> Result<(), Fault> {
        let Some(followed) = self.followed().clone() else {
            return Ok(());
        };
        let Followed {
            project,
            job,
            bytes,
            ..
        } = followed;
        self.follow(&project, job, bytes, Need::Watch, facts).await
    }

    async fn follow(
        &self,
        name: &str,
        id: u64,
        known: u64,
        need: Need,
        facts: &FactSink,
    ) -> Result<(), Fault> {
        let job = self.client.job(name, id, need).await?;
        let state = map::run_state(&job.value.status);
        let live = state.is_live() && state != RunState::Waiting;
        let tell = |at: Timestamp, state: LogState| {
            let job = Origin::new(&self.source, &key::of(name, "jobs", id));
            facts.emit(at, [Body::Log(JobLog { job, state })]);
        };
        let why = match job.value.status.as_str() {
            _ if job.value.erased_at.is_some() => Some("the log was erased"),
            "skipped" => Some("the job was skipped, so it wrote no log"),
            "manual" => Some("nobody has played the job yet, so it wrote no log"),
            _ => None,
        };
        if let Some(why) = why {
            *self.followed() = None;
            tell(job.at, LogState::Gone(Text::new(why)));
            return Ok(());
        }
        let begun = known;
        let mut whole = false;
        let (from, bytes, at) = match self.client.trace(name, id, begun, need).await {
            Ok(seen) => match seen.value {
                Trace::Whole(bytes) => {
                    whole = true;
                    (0, bytes, seen.at)
                }
                Trace::Rest(rest) => (begun, rest, seen.at),
                Trace::Nothing => (begun, Vec::new(), seen.at),
            },
            Err(failure) if failure.status == Some(404) && live => (begun, Vec::new(), job.at),
            Err(failure) if failure.status == Some(404) => {
                *self.followed() = None;
                let why = "GitLab keeps no log of this job any more";
                tell(job.at, LogState::Gone(Text::new(why)));
                return Ok(());
            }
            Err(failure) => return Err(failure.fault),
        };
        let came = from + bytes.len() as u64;
        let mut kept = begun;
        if came == 0 {
            let state = if live {
                LogState::NotYet
            } else {
                LogState::Gone(Text::new("the job ended without writing a log"))
            };
            tell(at, state);
        } else if came != begun || !live {
            let origin = Origin::new(&self.source, &key::of(name, "jobs", id));
            kept = facts.log(at, origin, from, &bytes, !live);
        }
        *self.followed() = live.then(|| Followed {
            project: name.to_owned(),
            pipeline: job.value.pipeline.map(|pipeline| pipeline.id),
            job: id,
            bytes: kept,
            whole,
        });
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
        let Some(project) = self.of_service(service) else {
            return Err(fault(
                Connection::Degraded,
                &format!("{service} has no project at {}", self.source),
            ));
        };
        let (mut from, mut to) = (project.tags.reference(base), project.tags.reference(head));
        let mut ahead = self.client.compare(&project.name, &from, &to).await;
        if ahead
            .as_ref()
            .is_err_and(|failure| failure.status == Some(404))
            && (from != base.as_str() || to != head.as_str())
        {
            // The tag was a guess where it is not known: the words themselves
            // may be what Git knows.
            from = base.to_string();
            to = head.to_string();
            ahead = self.client.compare(&project.name, &from, &to).await;
        }
        let ahead = ahead?;
        // One call tells one side only.
        let behind = if ahead.value.commits.items.is_empty() {
            let other = self.client.compare(&project.name, &to, &from).await?;
            other.value.commits.items.len() as u32
        } else {
            0
        };
        let place = project.place(&self.source);
        let mut comparison = map::comparison(&place, base, head, &ahead.value, behind);
        if let Some(merged) = self.merged(&project, &comparison).await {
            comparison.pull_requests = merged;
        }
        facts.emit(ahead.at, [Body::Comparison(comparison)]);
        Ok(())
    }

    /// Loads who owns the files of a service: the first `CODEOWNERS` file that
    /// there is.
    ///
    /// # Errors
    /// When it cannot be read whether there is one.
    pub async fn code_owners(&self, service: &ServiceName, facts: &FactSink) -> Result<(), Fault> {
        let Some(project) = self.of_service(service) else {
            return Err(fault(
                Connection::Degraded,
                &format!("{service} has no project at {}", self.source),
            ));
        };
        let mut found = (Vec::new(), None);
        for place in CODE_OWNERS {
            match self.client.file(&project.name, place).await {
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
        let Some(project) = self.of_service(service) else {
            return Err(fault(
                Connection::Degraded,
                &format!("{service} has no project at {}", self.source),
            ));
        };
        for sha in commits {
            let seen = self.client.commit_files(&project.name, sha).await?;
            let touched = CommitFiles {
                service: service.clone(),
                sha: sha.clone(),
                files: seen
                    .value
                    .items
                    .iter()
                    .map(|diff| Text::new(&diff.new_path))
                    .collect(),
            };
            facts.emit(seen.at, [Body::CommitFiles(touched)]);
        }
        Ok(())
    }

    /// The merge requests that brought the commits in, as the deployment of the
    /// newer side tells them; none when there is no such deployment.
    async fn merged(
        &self,
        project: &Project,
        comparison: &Comparison,
    ) -> Option<Vec<crate::domain::PullRequest>> {
        let newest = comparison.commits.last()?;
        let deployment = project
            .deployables
            .values()
            .filter(|known| known.sha == newest.sha.as_str())
            .map(|known| known.deployment)
            .max()?;
        let list = self.client.shipped(&project.name, deployment).await.ok()?;
        let merged = map::merge_requests(&comparison.commits, &list.value.items);
        (!merged.is_empty()).then_some(merged)
    }
}
