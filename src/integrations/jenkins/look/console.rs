//! The log that somebody reads. Jenkins keeps one log for a build, whatever its
//! stages; it is followed by offsets that Jenkins counts.

use super::Eyes;
use crate::{
    domain::{Body, JobLog, LogState, Origin, Text, Timestamp},
    integrations::{
        contract::{FactSink, Fault},
        http::Need,
        jenkins::map::key,
    },
};

/// The log that somebody reads while it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// The job's full name.
    pub job: String,
    /// The build.
    pub number: u64,
    /// The stage that was opened.
    pub stage: String,
    /// How many bytes are kept: where the next part goes.
    pub kept: u64,
    /// Where the next part begins, as Jenkins counts.
    pub next: u64,
}

impl Eyes {
    /// Loads the log of a build under the name of one of its stages; while the
    /// build works, it is followed from then on.
    ///
    /// # Errors
    /// When neither the log nor the reason for its absence can be told.
    pub async fn log(
        &self,
        job: &str,
        number: u64,
        stage: &str,
        facts: &FactSink,
    ) -> Result<(), Fault> {
        *self.followed() = None;
        let followed = Followed {
            job: job.to_owned(),
            number,
            stage: stage.to_owned(),
            ..Followed::default()
        };
        self.follow(followed, Need::Person, facts).await
    }

    /// Looks at the log that somebody reads, if there is one: what came to it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn more(&self, facts: &FactSink) -> Result<(), Fault> {
        let Some(followed) = self.followed().clone() else {
            return Ok(());
        };
        self.follow(followed, Need::Watch, facts).await
    }

    async fn follow(&self, mut at: Followed, need: Need, facts: &FactSink) -> Result<(), Fault> {
        let job = Origin::new(
            &self.source,
            &key::part(&at.job, at.number, "stages", &at.stage),
        );
        let tell = |when: Timestamp, state: LogState| {
            let job = job.clone();
            facts.emit(when, [Body::Log(JobLog { job, state })]);
        };
        let asked = self.client.console(&at.job, at.number, at.next, need);
        let seen = match asked.await {
            Ok(seen) => seen,
            Err(failure) if failure.status == Some(404) => {
                *self.followed() = None;
                let state = if self.waiting(&at.job, at.number).is_some() {
                    LogState::NotYet
                } else {
                    LogState::Gone(Text::new("Jenkins keeps this build no more"))
                };
                tell(crate::integrations::http::clock::now(), state);
                return Ok(());
            }
            Err(failure) => return Err(failure.fault),
        };
        let first = at.next == 0;
        let part = seen.value;
        // Jenkins begins anew where the log is shorter than what was asked
        // for.
        let anew = part.next < at.next;
        let changed = first || anew || !part.bytes.is_empty();
        let from = if anew { 0 } else { at.kept };
        let came = from + part.bytes.len() as u64;
        if changed || !part.more {
            if came > 0 {
                at.kept = facts.log(seen.at, job.clone(), from, &part.bytes, !part.more);
            } else if part.more {
                tell(seen.at, LogState::NotYet);
            } else {
                let why = "the build ended without writing a log";
                tell(seen.at, LogState::Gone(Text::new(why)));
            }
        }
        // What was given up meanwhile is read from its start.
        let given_up = came > 0 && at.kept == 0;
        at.next = if given_up { 0 } else { part.next };
        *self.followed() = part.more.then_some(at);
        Ok(())
    }
}
