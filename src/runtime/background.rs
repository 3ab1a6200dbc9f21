//! Everything that waits, on one thread with a runtime of its own: watching
//! the vendors, the operation room, notes. The screen sends jobs and gets
//! events; neither ever waits for the other.

mod batches;
mod errands;
mod job;
mod logs;
mod plans;
mod unknown;

use std::{
    collections::HashMap,
    fs::File,
    path::PathBuf,
    sync::{Arc, mpsc::Sender},
    thread::JoinHandle,
    time::Duration,
};

use tokio::{
    runtime::Runtime,
    sync::{mpsc, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use self::{
    job::Job,
    logs::{LogRoom, LogRules},
};
use super::{
    Connected, actor, connect, history,
    memory::Memory,
    now, people, policy, proposals, review,
    tell::{self, in_words, notice, send, send_facts},
    terminal,
};
use crate::{
    config::Config,
    domain::{Act, Body, Fact, Intent, SourceId, Text},
    error::{Error, Kind},
    integrations::contract::{Attention, FactSink, Integration, Spool},
    model::Model,
    operation::{Answers, Checked, Desk, Draft, Emit, Setup, Situation},
    ui::{
        app::{Refused, request_lines},
        update::{Effect, Event, Level},
    },
};

/// How long the end waits for work that is under way: an operation that is
/// being carried out writes its state down within this.
const FAREWELL: Duration = Duration::from_millis(500);

/// How long the end waits for the disk to take what a person wrote. The terminal
/// was given back before; a busy disk takes a second and more to say that a
/// note is safe.
const STORING: Duration = Duration::from_secs(4);

/// The handle that the screen has.
pub(super) struct Background {
    jobs: Option<mpsc::UnboundedSender<Job>>,
    attention: watch::Sender<Attention>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
    logs: LogRoom,
}

/// What the background works on.
pub(super) struct Setting {
    pub(super) config: Config,
    pub(super) directory: PathBuf,
    pub(super) read_only: bool,
    /// Holds the rest of the last picture.
    pub(super) memory: Memory,
    /// The log that a person named.
    pub(super) log: Option<Arc<File>>,
}

impl Background {
    /// Starts the thread. Everything that it learns arrives as events.
    pub(super) fn start(
        runtime: Runtime,
        setting: Setting,
        events: Sender<Event>,
    ) -> Result<Self, Error> {
        let (jobs, queue) = mpsc::unbounded_channel();
        let (attention, attended) = watch::channel(Attention::default());
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let (below, named) = (setting.directory.clone(), setting.log.clone());
        let rules = Arc::new(LogRules::of(setting.config.triage_rules.clone()));
        let logs = LogRoom::new(below, named, Arc::clone(&rules), events.clone());
        let spool = logs.spool();
        let thread = std::thread::Builder::new()
            .name("background".to_owned())
            .spawn(move || {
                let work = work(setting, events, queue, attended, stopped, (spool, rules));
                runtime.block_on(work);
                runtime.shutdown_timeout(FAREWELL);
            })
            .map_err(|error| {
                Error::new(Kind::Unknown, format!("cannot start a thread: {error}"))
            })?;
        Ok(Self {
            jobs: Some(jobs),
            attention,
            stop,
            thread: Some(thread),
            logs,
        })
    }

    /// Has an effect carried out.
    pub(super) fn carry_out(&self, effect: Effect, model: &Model) {
        let job = match effect {
            Effect::Check {
                ticket,
                intent,
                again_of,
            } => Job::Check {
                ticket,
                situation: Box::new(Situation::of(model, &intent, now())),
                intent,
                again_of,
            },
            Effect::CheckPlan { ticket, drafted } => plans::check_job(ticket, drafted, model),
            Effect::CheckBatch { ticket, intents } => plans::batch_job(ticket, intents, model),
            Effect::StopPlan(id) => Job::StopPlan(id),
            Effect::Situate { ticket, intent } => Job::Situation {
                ticket,
                situation: Box::new(Situation::of(model, &intent, now())),
            },
            Effect::Preview { ticket, reason } => Job::Preview { ticket, reason },
            Effect::Confirm { ticket, answers } => Job::Confirm { ticket, answers },
            Effect::CancelDialog { ticket } => Job::Forget(ticket),
            Effect::Look(id) => Job::Look(id),
            Effect::Arm(span) => Job::Arm(span),
            Effect::Disarm => Job::Disarm,
            Effect::Fetch { source, query } => Job::Fetch(source, query),
            of_a_log @ (Effect::OpenLog { .. }
            | Effect::AskLog { .. }
            | Effect::CloseLog
            | Effect::SaveLog { .. }) => return self.logs.carry_out(of_a_log),
            Effect::ReadLog(job) => match self.logs.file(&job) {
                Some(file) => Job::ReadLog(job, file),
                None => return,
            },
            Effect::Classed { job, class } => Job::Classed(job, class),
            Effect::SaveNote(note) => Job::SaveNote(note),
            Effect::ReadReleases => Job::ReadReleases,
            Effect::ChangeRelease { event, declared } => Job::ChangeRelease(declared, event),
            Effect::ChangeWindow(event) => Job::ChangeWindow(event),
            Effect::Open(url) => Job::OpenPage(url),
            Effect::Attend(attention) => {
                self.attention.send_if_modified(|current| {
                    let changed = *current != attention;
                    *current = attention;
                    changed
                });
                return;
            }
            // The loop of the screen carries these out itself.
            Effect::Copy(_)
            | Effect::SetMouse(_)
            | Effect::SaveTheme(_)
            | Effect::Redraw
            | Effect::Suspend
            | Effect::Quit => return,
        };
        self.send(job);
    }

    /// Has something done that waits for the disk.
    pub(super) fn later(&self, work: impl FnOnce() + Send + 'static) {
        self.send(Job::Later(Box::new(work)));
    }

    fn send(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            // The thread is gone only when the program ends.
            let _ = jobs.send(job);
        }
    }

    /// Tells the thread to end. Jobs that were handed over before are still
    /// done.
    pub(super) fn leave(&mut self) {
        self.jobs = None;
        self.stop.cancel();
    }

    /// Waits until the thread has ended.
    pub(super) fn end(&mut self) {
        self.leave();
        if let Some(thread) = self.thread.take() {
            // A panic of that thread was told by the panic hook.
            let _ = thread.join();
        }
    }
}

/// A panic of the screen's thread is no reason to leave what is under way
/// without a word in the journal.
impl Drop for Background {
    fn drop(&mut self) {
        self.end();
    }
}

/// The background's own state.
struct Worker {
    desk: Arc<Desk>,
    integrations: Vec<Arc<dyn Integration>>,
    checked: HashMap<u64, Checked>,
    config: Config,
    events: Sender<Event>,
    spool: Arc<dyn Spool>,
    emit: Emit,
    reviewed: mpsc::UnboundedSender<(u64, Option<Checked>)>,
    /// Operations that are being carried out. What nobody waits for may be
    /// dropped at the end before it began.
    owed: JoinSet<()>,
    /// Notes that are being stored.
    storing: JoinSet<()>,
    unsaved: errands::Unsaved,
    rules: Arc<LogRules>,
    history: history::Teller,
    plans: plans::Plans,
    words: mpsc::UnboundedSender<plans::Word>,
}

async fn work(
    setting: Setting,
    events: Sender<Event>,
    mut jobs: mpsc::UnboundedReceiver<Job>,
    attention: watch::Receiver<Attention>,
    stop: CancellationToken,
    (spool, rules): (Arc<dyn Spool>, Arc<LogRules>),
) {
    let Setting {
        config,
        directory,
        read_only,
        memory,
        log: _,
    } = setting;
    let recalled = events.clone();
    tokio::task::spawn_blocking(move || memory.recall_rest(&recalled));
    let (for_connect, below) = (config.clone(), directory.clone());
    let connecting = tokio::task::spawn_blocking(move || {
        (
            connect(&for_connect, &below, read_only),
            policy(&for_connect),
        )
    });
    let nothing = || {
        let why = Error::new(Kind::Unknown, "the policy was not read");
        (Connected::default(), Err(why))
    };
    let (connected, policy) = tokio::select! {
        // A panic of that thread was told by the panic hook.
        connected = connecting => connected.unwrap_or_else(|_| nothing()),
        // A token command may take its time; what was written is kept now.
        () = stop.cancelled() => nothing(),
    };
    let Connected {
        integrations,
        failed,
    } = connected;
    for (source, health) in failed {
        let fact = Fact {
            source,
            observed: now(),
            body: Body::Health(health),
        };
        send_facts(&events, vec![fact]);
    }
    let setup = Setup {
        integrations: integrations.clone(),
        read_only,
        arm: config.operations.arm,
        policy,
        actor: actor(),
        people: people(&config),
        clock: Arc::new(now),
    };
    let desk = Desk::open(&directory, setup);
    let (reviewed, mut reviews) = mpsc::unbounded_channel();
    let (words, mut heard) = mpsc::unbounded_channel();
    let emit: Emit = {
        let events = events.clone();
        Arc::new(move |fact| send_facts(&events, vec![fact]))
    };
    let mut worker = Worker {
        desk,
        integrations,
        checked: HashMap::new(),
        rules,
        history: history::start(&directory, read_only, events.clone()),
        config,
        events,
        spool,
        emit,
        reviewed,
        owed: JoinSet::new(),
        storing: JoinSet::new(),
        unsaved: errands::Unsaved::default(),
        plans: plans::Plans::default(),
        words,
    };
    worker.remember();
    worker.watch(&attention, &stop);
    worker.recover();
    tokio::spawn(terminal::panic_in_task_on_request());
    loop {
        tokio::select! {
            biased;
            Some((ticket, checked)) = reviews.recv() => {
                match checked {
                    Some(checked) => worker.checked.insert(ticket, checked),
                    None => worker.checked.remove(&ticket),
                };
            }
            Some(word) = heard.recv() => worker.hear(word),
            job = jobs.recv() => match job {
                Some(job) => worker.take(job),
                None => break,
            },
            Some(_) = worker.owed.join_next() => {}
            Some(_) = worker.storing.join_next() => {}
        }
    }
    worker.settle().await;
}

impl Worker {
    /// What the shelf of notes knows, as facts, and what there is to say. What
    /// the journal knows is shown by [`Worker::recover`].
    fn remember(&self) {
        let mut facts = Vec::new();
        match self.desk.shelf() {
            Ok(shelf) => {
                facts.extend(shelf.notes.into_iter().map(Body::Note));
                for unread in shelf.unread {
                    self.say(&unread);
                }
            }
            // Read-only, or a directory that cannot be used: `obstacle` says so.
            Err(error) => tracing::debug!(error = %error.message, "no notes"),
        }
        // A journal that cannot be read is said by `obstacle`.
        let events = self.desk.release_events().unwrap_or_default();
        facts.extend(
            events
                .into_iter()
                .map(|(at, event)| Body::ReleaseEvent { at, event }),
        );
        facts.extend(self.desk.own_windows().facts());
        for notice in self.desk.notices() {
            self.say(&notice);
        }
        if let Some(obstacle) = self.desk.obstacle()
            && !self.config.operations.read_only
        {
            self.say(&obstacle.message);
        }
        let own = SourceId::new("tminus");
        let facts = facts
            .into_iter()
            .map(|body| Fact {
                source: own.clone(),
                observed: now(),
                body,
            })
            .collect();
        send_facts(&self.events, facts);
    }

    fn watch(&self, attention: &watch::Receiver<Attention>, stop: &CancellationToken) {
        for integration in &self.integrations {
            let watching = Arc::clone(integration).watch(
                self.sink(integration.id()),
                attention.clone(),
                stop.clone(),
            );
            tokio::spawn(watching);
        }
    }

    fn sink(&self, source: &SourceId) -> FactSink {
        let (events, history) = (self.events.clone(), self.history.clone());
        FactSink::new(
            source.clone(),
            Arc::new(move |facts| {
                history.tell(&facts);
                send_facts(&events, facts);
            }),
        )
        .with_spool(Arc::clone(&self.spool))
    }

    fn take(&mut self, job: Job) {
        match job {
            Job::Check {
                ticket,
                intent,
                again_of,
                situation,
            } => {
                let draft = match &again_of {
                    Some(before) => self.draft_again(before, &intent),
                    None => self.draft(*intent),
                };
                self.check(ticket, draft, *situation);
            }
            Job::CheckPlan {
                ticket,
                drafted,
                situations,
            } => self.check_plan(ticket, drafted, situations),
            Job::CheckBatch(ticket, asked) => self.check_batch(ticket, asked),
            Job::StopPlan(id) => {
                let why = format!("{} stopped it", actor().login);
                if !self.desk.stop_plan(&id, &why) {
                    self.say("it is not carried out here");
                }
            }
            Job::Situation { ticket, situation } => self.situated(ticket, *situation),
            Job::Preview { ticket, reason } => self.preview(ticket, &reason),
            Job::Confirm { ticket, answers } => self.confirm(ticket, answers),
            Job::Forget(ticket) => {
                self.checked.remove(&ticket);
                self.forget_plan(ticket);
            }
            Job::Look(id) => self.look(id),
            Job::Arm(span) => self.arm(Some(span)),
            Job::Disarm => self.arm(None),
            Job::Fetch(source, query) => self.fetch(&source, query),
            Job::ReadLog(job, log) => self.read_log(job, log),
            Job::Classed(job, class) => self.history.class(&job, class),
            Job::SaveNote(note) => self.save(note),
            Job::ReadReleases => self.read_releases(),
            Job::ChangeRelease(declared, event) => self.change_release(declared, event),
            Job::ChangeWindow(event) => self.change_window(event),
            Job::OpenPage(url) => self.open_page(&url),
            Job::Later(work) => drop(tokio::task::spawn_blocking(work)),
        }
    }

    /// What is missing is read, the rules are asked, and the target is read
    /// afresh; meanwhile the dialog says so.
    fn check(&self, ticket: u64, draft: Result<Draft, Error>, situation: Situation) {
        let events = self.events.clone();
        let answer = move |result| tell::checked(&events, ticket, result);
        let draft = match draft {
            Ok(draft) => draft,
            Err(error) => return answer(Err(Refused::from(in_words(&error)))),
        };
        let (desk, emit, reviewed) = (
            Arc::clone(&self.desk),
            Arc::clone(&self.emit),
            self.reviewed.clone(),
        );
        tokio::spawn(async move {
            let mut situation = desk.look_closer(&draft.intent, situation, &emit).await;
            desk.inform(&draft.intent, &mut situation, &emit, false)
                .await;
            let checked = match desk.check(draft, &situation) {
                Ok(checked) => checked,
                Err(refusal) => return answer(Err(Refused::from(*refusal))),
            };
            let fresh = desk.precheck(&checked).await;
            let result = Ok(Box::new(review::of_checked(&checked, &fresh)));
            // Kept before the screen can answer.
            let _ = reviewed.send((ticket, Some(checked)));
            answer(result);
        });
    }

    /// A rollback's request carries the operation's own identity, so its
    /// draft is made anew here, where identities are made.
    fn draft(&self, intent: Intent) -> Result<Draft, Error> {
        let Act::RollBack { from, to, .. } = &intent.act else {
            return Ok(self.desk.draft(intent));
        };
        let service = intent
            .service
            .as_ref()
            .and_then(|name| self.config.catalog.service(name));
        let (Some(service), Some(environment)) = (service, &intent.environment) else {
            return Ok(self.desk.draft(intent));
        };
        let mut draft = self.desk.draft_roll_back(service, environment, from, to)?;
        draft.intent.reason = intent.reason;
        Ok(draft)
    }

    /// The request as it will be sent with this reason.
    fn preview(&self, ticket: u64, reason: &str) {
        let Some(checked) = self.checked.get(&ticket) else {
            return;
        };
        match self.desk.preview(checked, reason) {
            Ok(request) => send(
                &self.events,
                Event::Previewed {
                    ticket,
                    request: request_lines(&request),
                    at: now(),
                },
            ),
            Err(error) => self.say(&error.message),
        }
    }

    fn confirm(&mut self, ticket: u64, answers: Answers) {
        if self.confirm_plan(ticket, &answers) {
            return;
        }
        let Some(checked) = self.checked.remove(&ticket) else {
            let result = Err(Text::new("it was not checked: ask again"));
            return tell::confirmed(&self.events, ticket, result);
        };
        let (desk, emit, events) = (
            Arc::clone(&self.desk),
            Arc::clone(&self.emit),
            self.events.clone(),
        );
        self.owed.spawn(async move {
            // The journal is synced to the disk here.
            let writing = Arc::clone(&desk);
            if checked.needs_second_person() {
                let proposed =
                    tokio::task::spawn_blocking(move || writing.propose(&checked, &answers)).await;
                return proposals::tell(proposed, &desk, &emit, &events, ticket).await;
            }
            let confirmed =
                tokio::task::spawn_blocking(move || writing.confirm(&checked, &answers)).await;
            let (result, confirmed) = match confirmed {
                Ok(Ok(confirmed)) => (Ok(confirmed.id().clone()), Some(confirmed)),
                Ok(Err(error)) => (Err(in_words(&error)), None),
                Err(_) => (Err(Text::new("the journal could not be written")), None),
            };
            tell::confirmed(&events, ticket, result);
            if let Some(confirmed) = confirmed {
                desk.carry_out(confirmed, emit).await;
            }
        });
    }

    /// Waits for what the disk still owes, and a moment for the vendors.
    async fn settle(&mut self) {
        self.desk.stop_plans("tminus was left");
        let (owed, storing) = (&mut self.owed, &mut self.storing);
        let stored = async { while storing.join_next().await.is_some() {} };
        let in_flight = async {
            while owed.join_next().await.is_some() {}
            while self.desk.in_flight() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let _ = tokio::join!(
            tokio::time::timeout(STORING, stored),
            tokio::time::timeout(FAREWELL, in_flight),
        );
    }

    fn say(&self, text: &str) {
        notice(&self.events, text, Level::Fault);
    }
}
