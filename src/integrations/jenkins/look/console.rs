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

/// Lines of a log that are kept.
const LOG_LINES: usize = 20_000;

/// The log that somebody reads while it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// The job's full name.
    pub job: String,
    /// The build.
    pub number: u64,
    /// The stage that was opened.
    pub stage: String,
    /// The bytes that came so far.
    pub bytes: Vec<u8>,
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
        let tell = |when: Timestamp, state: LogState| {
            let job = key::part(&at.job, at.number, "stages", &at.stage);
            let job = Origin::new(&self.source, &job);
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
        let mut bytes = if anew {
            Vec::new()
        } else {
            std::mem::take(&mut at.bytes)
        };
        bytes.extend(part.bytes);
        if changed || !part.more {
            let state = if bytes.is_empty() && part.more {
                LogState::NotYet
            } else if bytes.is_empty() {
                LogState::Gone(Text::new("the build ended without writing a log"))
            } else {
                lines(&String::from_utf8_lossy(&bytes))
            };
            tell(seen.at, state);
        }
        at.bytes = bytes;
        at.next = part.next;
        *self.followed() = part.more.then_some(at);
        Ok(())
    }
}

/// The last lines of a log.
fn lines(log: &str) -> LogState {
    let count = log.lines().count();
    let skipped = count.saturating_sub(LOG_LINES);
    LogState::Lines {
        skipped: skipped as u64,
        lines: log.lines().skip(skipped).map(Text::log_line).collect(),
    }
}
