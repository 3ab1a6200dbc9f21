//! What every integration is to the rest of the house, in one trait.

use std::{fmt, io, sync::Arc};

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use super::tape::{RawAnswer, Tape};
use crate::{
    domain::{
        Body, Connection, Fact, Intent, JobLog, LogState, Origin, ServiceName, SourceId, Text,
        Timestamp, Version,
    },
    operation::Confirmed,
};

/// What an integration can do. Views and doctor ask for these, never for a
/// vendor by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Capability {
    /// Runs, jobs and steps.
    Runs,
    /// Logs of jobs.
    Logs,
    /// Reports of tests.
    Tests,
    /// Deployments and what environments serve.
    Deployments,
    /// Things that wait for a human.
    Approvals,
    /// Commits between two versions.
    Changes,
    /// Canary metrics.
    Metrics,
    /// Incidents and their timelines.
    Incidents,
    /// Spans on the calendar.
    Calendar,
    /// Pages of versions, which notes can be published as.
    Pages,
}

/// What is kept of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// See [`LogState::Stored`].
    pub edition: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Where the bytes of logs are kept, so that nobody has to hold them.
pub trait Spool: Send + Sync {
    /// Puts bytes of a job's log behind the first `from` of it. Where fewer are
    /// kept nothing changes; what came from 0 on is the whole log.
    ///
    /// # Errors
    /// When they cannot be written.
    fn put(&self, job: &Origin, from: u64, bytes: &[u8]) -> io::Result<Kept>;
}

/// Where facts go. The source is stamped here, so that no payload can speak
/// for another system.
#[derive(Clone)]
pub struct FactSink {
    source: SourceId,
    deliver: Arc<dyn Fn(Vec<Fact>) + Send + Sync>,
    spool: Option<Arc<dyn Spool>>,
}

impl FactSink {
    /// A sink that stamps `source` on every fact and hands them on together.
    #[must_use]
    pub fn new(source: SourceId, deliver: Arc<dyn Fn(Vec<Fact>) + Send + Sync>) -> Self {
        Self {
            source,
            deliver,
            spool: None,
        }
    }

    /// The same sink, with a place for logs.
    #[must_use]
    pub fn with_spool(mut self, spool: Arc<dyn Spool>) -> Self {
        self.spool = Some(spool);
        self
    }

    /// Hands over bytes of a job's log, from the byte `from` on, and tells that
    /// they are there. `complete`: the job will write no more. Gives how many
    /// bytes are kept now: the place to go on at, which is 0 when the log was
    /// given up meanwhile.
    pub fn log(
        &self,
        observed: Timestamp,
        job: Origin,
        from: u64,
        bytes: &[u8],
        complete: bool,
    ) -> u64 {
        let kept = match &self.spool {
            None => Err("logs are not kept here".to_owned()),
            Some(spool) => spool
                .put(&job, from, bytes)
                .map_err(|error| format!("the log cannot be kept on this disk: {error}")),
        };
        let (state, bytes) = match kept {
            Ok(Kept { edition, bytes }) => {
                let stored = LogState::Stored {
                    edition,
                    bytes,
                    complete,
                };
                (stored, bytes)
            }
            Err(why) => (LogState::Gone(Text::new(&why)), from + bytes.len() as u64),
        };
        self.emit(observed, [Body::Log(JobLog { job, state })]);
        bytes
    }

    /// Emits bodies that were all observed at `observed`.
    pub fn emit(&self, observed: Timestamp, bodies: impl IntoIterator<Item = Body>) {
        let facts: Vec<Fact> = bodies
            .into_iter()
            .map(|body| Fact {
                source: self.source.clone(),
                observed,
                body,
            })
            .collect();
        if !facts.is_empty() {
            (self.deliver)(facts);
        }
    }
}

/// What the person looks at: these are refreshed first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attention {
    /// Services on the screen, the selected one first.
    pub services: Vec<ServiceName>,
    /// Runs that are open or selected.
    pub runs: Vec<Origin>,
    /// Incident that is open or selected.
    pub incident: Option<Origin>,
    /// Raised by one when the person asks for a refresh now.
    pub refresh: u64,
}

/// Something that is only loaded when somebody looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// A run as it is now.
    Run(Origin),
    /// The jobs of a run.
    Jobs(Origin),
    /// The log of a job.
    Log(Origin),
    /// What the tests of a run said.
    Tests(Origin),
    /// What lies between two versions of a service (tags, versions or commits).
    Compare {
        /// The service.
        service: ServiceName,
        /// The older side.
        base: Text,
        /// The newer side.
        head: Text,
    },
    /// The files that each of these commits of a service touches; one request
    /// a commit, so few are asked for.
    CommitFiles {
        /// The service.
        service: ServiceName,
        /// Full hashes.
        commits: Vec<Text>,
    },
    /// What the host of the code has for a version: its tag, and its page.
    VersionPage {
        /// The service.
        service: ServiceName,
        /// The version.
        version: Version,
    },
    /// Who owns the files of a service, by its `CODEOWNERS` file.
    CodeOwners(ServiceName),
    /// The timeline of an incident.
    Timeline(Origin),
    /// Who is on call in the next weeks.
    Roster,
    /// The canary of a service with all its metrics, whether one runs or not.
    Canary {
        /// The service.
        service: ServiceName,
        /// How far back its series shall reach, in seconds; as far as usual
        /// where it is not said.
        past: Option<u32>,
    },
}

/// The request as the dialog shows it and as it is sent: the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreparedRequest {
    /// HTTP method.
    pub method: &'static str,
    /// Whole URL, without credentials.
    pub url: String,
    /// The body: JSON, or a form where the system takes forms.
    pub body: String,
    /// What it will bring about there, where that differs from what such an act
    /// usually does; empty when it does not. Not sent.
    pub note: Text,
}

impl fmt::Display for PreparedRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.url)
    }
}

/// What a fresh read of the target said before anything was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precheck {
    /// The target is in the state that the person saw.
    Ready,
    /// It is not; nothing may be sent. The text says what is so instead.
    Moved(Text),
}

/// What came back for the one request that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The vendor took it (2xx). `handle` finds the effect again (for example
    /// the id of the run that was started).
    Accepted {
        /// Handle of the effect; empty when there is none.
        handle: Text,
        /// The vendor's id of the request, for support; empty when not told.
        request_id: Text,
    },
    /// The vendor refused it: nothing happened.
    Refused {
        /// HTTP status.
        status: u16,
        /// Why, for people.
        why: Text,
    },
    /// No answer, or one that does not say whether it happened (timeouts,
    /// broken connections, 5xx).
    Lost(Text),
}

/// What a fresh read says about an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// The vendor shows the effect; the text is the proof.
    Done(Text),
    /// The vendor shows that it will not happen; the text says why.
    Refuted(Text),
    /// Not yet.
    Pending(Text),
}

/// One finding of `tminus doctor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was checked.
    pub title: Text,
    /// How it turned out: true is good, none could not be told.
    pub ok: Option<bool>,
    /// What was seen.
    pub detail: Text,
    /// How to mend it; empty when there is nothing to mend.
    pub hint: Text,
}

/// Why a read failed, for people and for the health strip.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Fault {
    /// What sort of failure.
    pub connection: Connection,
    /// What, where, and what to do.
    pub detail: Text,
    /// Not before this instant, where the vendor said so.
    pub retry_at: Option<Timestamp>,
}

impl Fault {
    /// Whether the next look would meet the same fault.
    #[must_use]
    pub fn ends_the_round(&self) -> bool {
        matches!(
            self.connection,
            Connection::Unreachable | Connection::Unauthorised | Connection::RateLimited
        )
    }
}

/// One outside system.
///
/// `watch`, `sweep`, `fetch`, `precheck`, `observe`, `identity` and `doctor`
/// only read.
/// `send` is the only method that changes anything, and it takes a
/// [`Confirmed`], which only the operation room can make.
pub trait Integration: Send + Sync {
    /// The configured name.
    fn id(&self) -> &SourceId;

    /// The system's name, such as `github`.
    fn kind(&self) -> &'static str;

    /// What it can do.
    fn capabilities(&self) -> &'static [Capability];

    /// Emits facts until `stop` is cancelled, within its request budget: fast
    /// for what is live or on the screen, slow for the rest. Faults become
    /// [`Body::Health`] facts and never end the watch.
    fn watch(
        self: Arc<Self>,
        facts: FactSink,
        attention: watch::Receiver<Attention>,
        stop: CancellationToken,
    ) -> BoxFuture<'static, ()>;

    /// Reads everything once, emits it and returns: what `tminus status` does.
    ///
    /// # Errors
    /// The first fault that kept it from reading everything; what could be
    /// read was emitted all the same.
    fn sweep<'a>(&'a self, facts: &'a FactSink) -> BoxFuture<'a, Result<(), Fault>>;

    /// Loads one thing on demand and emits it.
    ///
    /// # Errors
    /// The fault that kept it from loading.
    fn fetch<'a>(&'a self, query: Query, facts: &'a FactSink) -> BoxFuture<'a, Result<(), Fault>>;

    /// Builds the request of an intent, without sending anything. A system
    /// that is only read leaves this and the next three as they are.
    ///
    /// # Errors
    /// When the integration cannot carry out such an intent; for people.
    fn prepare(&self, _intent: &Intent) -> Result<PreparedRequest, Fault> {
        Err(only_read(self.id()))
    }

    /// Reads the target afresh and compares it with what the person saw.
    ///
    /// # Errors
    /// When the target cannot be read: then nothing may be sent.
    fn precheck<'a>(&'a self, _intent: &'a Intent) -> BoxFuture<'a, Result<Precheck, Fault>> {
        Box::pin(async { Err(only_read(self.id())) })
    }

    /// Sends the request of a confirmed operation exactly once: no retry, no
    /// redirect, a fresh connection.
    fn send<'a>(&'a self, _operation: &'a Confirmed) -> BoxFuture<'a, Answer> {
        Box::pin(async {
            Answer::Refused {
                status: 0,
                why: only_read(self.id()).detail,
            }
        })
    }

    /// Reads afresh whether the effect is there. `since` is when the request
    /// was confirmed; `handle` is what the vendor answered, empty when the
    /// answer was lost.
    ///
    /// # Errors
    /// When it cannot be read: the operation stays as it is.
    fn observe<'a>(&'a self, _operation: &'a Observe) -> BoxFuture<'a, Result<Observation, Fault>> {
        Box::pin(async { Err(only_read(self.id())) })
    }

    /// Whom the system knows as the owner of the credential, in its own word
    /// for authors and approvers; none where it does not tell.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn identity(&self) -> BoxFuture<'_, Result<Option<Text>, Fault>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// Checks credentials, permissions, reachability and clock, without side
    /// effects, and says how to mend each fault.
    fn doctor(&self) -> BoxFuture<'_, Vec<Finding>>;
}

/// What a system that is only read answers to whoever wants to change it.
fn only_read(source: &SourceId) -> Fault {
    Fault {
        connection: Connection::Degraded,
        detail: Text::new(&format!(
            "{source} is only read: nothing can be changed there"
        )),
        retry_at: None,
    }
}

/// What an effect is looked for with.
#[derive(Clone, Debug, PartialEq)]
pub struct Observe {
    /// The operation's id, which the request carried where it could.
    pub id: crate::domain::OperationId,
    /// What was wanted.
    pub intent: Intent,
    /// When it was confirmed.
    pub since: Timestamp,
    /// The handle that the vendor answered; empty when the answer was lost.
    pub handle: Text,
}
