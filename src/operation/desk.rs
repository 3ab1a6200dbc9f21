//! The desk: the one door through which a person's will leaves tminus.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::{
    arming::Armed,
    check::{Asked, ask, check},
    closer::Identities,
    intent,
    ledger::{Known, Ledger},
    people::People,
    plan,
    policy::{Input, Policy},
    situation::Situation,
    stage::{Checked, Draft, Refusal},
};
use crate::{
    domain::{
        Body, EnvironmentName, Fact, Intent, Note, NoteLink, OperationId, OperationRecord,
        OperationState, ServiceSpec, SourceId, Text, Timestamp, Version,
    },
    error::{Error, Kind},
    integrations::contract::{Fault, Integration, Precheck, PreparedRequest},
    store::{
        Directory, Journal, Notes, Session, Shelf,
        journal::{Actor, EntryBody, new_id},
    },
};

/// Tells the time. Only the runtime knows a real one.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Where receipts go: each is a [`Body::Operation`] of the source `tminus`.
pub type Emit = Arc<dyn Fn(Fact) + Send + Sync>;

/// What a desk is set up with.
pub struct Setup {
    /// The configured integrations.
    pub integrations: Vec<Arc<dyn Integration>>,
    /// Whether tminus may only look.
    pub read_only: bool,
    /// Whether it may only look until a person arms it.
    pub arm: bool,
    /// The policy, or why it cannot be used: then nothing can be sent.
    pub policy: Result<Arc<Policy>, Error>,
    /// Who acts.
    pub actor: Actor,
    /// Who that is to others, and whose signatures count.
    pub people: People,
    /// The time.
    pub clock: Clock,
}

/// The one door. Share it in an [`Arc`].
pub struct Desk {
    setup: Setup,
    directory: Option<Arc<Directory>>,
    journal: Arc<Journal>,
    notes: Result<Notes, Error>,
    session: Result<Session, Error>,
    ledger: Mutex<Ledger>,
    busy: Mutex<BTreeSet<OperationId>>,
    pub(super) armed: Mutex<Option<Armed>>,
    pub(super) identities: Identities,
    stoppers: Mutex<BTreeMap<OperationId, watch::Sender<Option<Text>>>>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Desk")
    }
}

impl Desk {
    /// Opens the desk on a data directory. It opens whatever is wrong with
    /// the directory: then [`Desk::obstacle`] tells why nothing can be done,
    /// and looking goes on. Read-only, it writes nothing at all.
    #[must_use]
    pub fn open(directory: &Path, setup: Setup) -> Arc<Self> {
        let (directory, journal, notes, session) = match Directory::open(directory) {
            Ok(directory) => {
                let directory = Arc::new(directory);
                let session = if setup.read_only {
                    Err(read_only())
                } else {
                    Session::begin(&directory, &new_id((setup.clock)())).inspect(Session::tidy)
                };
                let notes = if setup.read_only {
                    Notes::open_to_read(&directory)
                } else {
                    Notes::open(&directory)
                };
                let journal = Journal::open(&directory);
                (Some(directory), journal, notes, session)
            }
            Err(error) => (
                None,
                Journal::unavailable(error.clone()),
                Err(error.clone()),
                Err(error),
            ),
        };
        let session = session.and_then(|session| journal.ready().map(|()| session));
        Self::with(setup, directory, Arc::new(journal), notes, session)
    }

    pub(super) fn with(
        setup: Setup,
        directory: Option<Arc<Directory>>,
        journal: Arc<Journal>,
        notes: Result<Notes, Error>,
        session: Result<Session, Error>,
    ) -> Arc<Self> {
        Arc::new(Self {
            setup,
            directory,
            journal,
            notes,
            session,
            ledger: Mutex::default(),
            busy: Mutex::default(),
            armed: Mutex::default(),
            identities: Identities::default(),
            stoppers: Mutex::default(),
        })
    }

    /// Why no operation can be confirmed; none when one can.
    #[must_use]
    pub fn obstacle(&self) -> Option<Error> {
        if self.setup.read_only {
            return Some(read_only());
        }
        self.session
            .as_ref()
            .err()
            .cloned()
            .or_else(|| self.journal.refusal())
            .or_else(|| self.setup.policy.as_ref().err().cloned())
    }

    /// The policy that is asked, or why there is none.
    ///
    /// # Errors
    /// Why it cannot be used, with file and line.
    pub fn policy(&self) -> Result<&Policy, &Error> {
        self.setup.policy.as_deref()
    }

    /// What the journal has to say to people, such as a half-written line
    /// that was moved away. Each is returned once.
    #[must_use]
    pub fn notices(&self) -> Vec<Text> {
        self.journal.notices()
    }

    /// The journal, to read and to verify.
    #[must_use]
    pub fn journal(&self) -> &Arc<Journal> {
        &self.journal
    }

    /// A draft of an intent, with an identity of its own.
    #[must_use]
    pub fn draft(&self, intent: Intent) -> Draft {
        Draft {
            id: self.new_id(),
            intent,
            again_of: None,
            plan: None,
        }
    }

    /// A draft of a rollback; its inputs may carry the draft's identity.
    ///
    /// # Errors
    /// When the configuration does not say how to roll the service back, or
    /// the versions make no sense.
    pub fn draft_roll_back(
        &self,
        service: &ServiceSpec,
        environment: &EnvironmentName,
        from: &Version,
        to: &Version,
    ) -> Result<Draft, Error> {
        let id = self.new_id();
        let intent = intent::roll_back(service, environment, from, to, &id)?;
        Ok(Draft {
            id,
            intent,
            again_of: None,
            plan: None,
        })
    }

    /// Builds the request and asks every rule; nothing is sent. No network; of
    /// the disk only what the journal holds that is new.
    ///
    /// # Errors
    /// When it may not be done, and why.
    pub fn check(&self, draft: Draft, situation: &Situation) -> Result<Checked, Box<Refusal>> {
        let situation = self.settled(&draft, situation);
        let integration = self.integration(&draft.intent.source);
        let checked = check(
            draft,
            integration.as_deref(),
            &situation,
            self.policy(),
            self.actor(),
        );
        plan::with_guards(checked, &situation)
    }

    /// What the rules are told about a draft, and what each says: as
    /// [`Desk::check`] does, without a request.
    #[must_use]
    pub fn explain(&self, draft: &Draft, situation: &Situation) -> (Input, Asked) {
        let situation = self.settled(draft, situation);
        let asked = ask(draft, &situation, self.policy(), self.actor());
        let input = Input::of(draft, &situation, self.actor(), asked.weighed.as_ref());
        (input, asked)
    }

    /// A situation with what the desk knows better.
    fn settled(&self, draft: &Draft, situation: &Situation) -> Situation {
        let mut situation = situation.clone();
        situation.now = self.now();
        situation.read_only |= self.setup.read_only;
        situation.unarmed = self.armed().is_err();
        situation.add_own(&draft.intent, &self.own_windows());
        situation.again_of.clone_from(&draft.again_of);
        if !situation.read_only && situation.obstacle.is_none() && self.setup.policy.is_ok() {
            situation.obstacle = self.obstacle().map(|error| Text::from(error.message));
        }
        {
            let ledger = self.ledger();
            let now = situation.now;
            let mine = ledger
                .all()
                .filter(|known| known.record.state != OperationState::Proposed || known.waits(now))
                .map(|known| known.record.clone());
            situation
                .operations
                .retain(|record| ledger.get(&record.id).is_none());
            situation.operations.extend(mine);
        }
        situation
    }

    /// Reads the target afresh and compares it with what the person saw, so
    /// that a dialog can say at once when it moved. It is read once more
    /// before anything is sent.
    ///
    /// # Errors
    /// When the target cannot be read.
    pub async fn precheck(&self, checked: &Checked) -> Result<Precheck, Fault> {
        let intent = &checked.draft().intent;
        match self.integration(&intent.source) {
            Some(integration) => integration.precheck(intent).await,
            None => Ok(Precheck::Moved(Text::from(format!(
                "there is no integration called `{}` any more",
                intent.source
            )))),
        }
    }

    /// All operations that the journal knows, oldest first, those of other
    /// processes too; one whose tminus ended without an outcome is unknown.
    /// Reads the disk and writes nothing.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn records(&self) -> Result<Vec<OperationRecord>, Error> {
        let all: Vec<Known> = {
            let mut ledger = self.ledger();
            self.catch_up(&mut ledger)?;
            ledger.all().cloned().collect()
        };
        Ok(all
            .into_iter()
            .map(|known| self.as_it_stands(known))
            .collect())
    }

    /// How many operations this process is carrying out or looking for:
    /// quitting should ask while there are any.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.busy().len()
    }

    /// A new note, not saved yet.
    #[must_use]
    pub fn new_note(&self, links: Vec<NoteLink>) -> Note {
        let now = self.now();
        Note {
            id: Text::from(new_id(now)),
            at: now,
            author: self.setup.actor.login.clone(),
            lines: Vec::new(),
            links,
            finished: false,
        }
    }

    /// Saves a note as it is now; durable when this returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save_note(&self, note: &Note) -> Result<(), Error> {
        self.notes()?.save(note)
    }

    /// Ends a note for good, and enters it into the journal. When only the
    /// journal refuses, the note is kept all the same.
    ///
    /// # Errors
    /// When the note cannot be written.
    pub fn finish_note(&self, note: &Note) -> Result<Note, Error> {
        let note = self.notes()?.finish(note)?;
        // The note is safe; why the journal refuses, `obstacle` tells.
        let _ = self.write_when(EntryBody::Note { note: note.clone() }, |_| Ok(()));
        Ok(note)
    }

    /// Throws a draft of a note away.
    ///
    /// # Errors
    /// When it is finished or cannot be removed.
    pub fn discard_note(&self, note: &Note) -> Result<(), Error> {
        self.notes()?.discard(note)
    }

    /// All notes, drafts too, oldest first.
    ///
    /// # Errors
    /// When their directory cannot be read.
    pub fn shelf(&self) -> Result<Shelf, Error> {
        match &self.notes {
            Ok(notes) => notes.list(),
            Err(error) => Err(error.clone()),
        }
    }

    pub(super) fn may_write(&self) -> Result<(), Error> {
        if self.setup.read_only {
            return Err(read_only());
        }
        Ok(())
    }

    fn notes(&self) -> Result<&Notes, Error> {
        self.may_write()?;
        self.notes.as_ref().map_err(Clone::clone)
    }

    pub(super) fn new_id(&self) -> OperationId {
        OperationId::new(&new_id(self.now()))
    }

    /// Whether a person has to arm this tminus before it acts.
    #[must_use]
    pub fn must_be_armed(&self) -> bool {
        self.setup.arm && !self.setup.read_only
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.setup.clock)()
    }

    /// The data directory; none when it cannot be used.
    pub(super) fn directory(&self) -> Option<&Directory> {
        self.directory.as_deref()
    }

    pub(super) fn people(&self) -> &People {
        &self.setup.people
    }

    pub(super) fn actor(&self) -> &Actor {
        &self.setup.actor
    }

    pub(super) fn session(&self) -> Result<Text, Error> {
        match &self.session {
            Ok(session) => Ok(Text::new(session.id())),
            Err(error) => Err(error.clone()),
        }
    }

    /// Whether the tminus of a session still runs.
    pub(super) fn is_alive(&self, session: &str) -> bool {
        match (&self.session, &self.directory) {
            (Ok(own), _) => own.is_alive(session),
            (Err(_), Some(directory)) => Session::is_alive_in(directory, session),
            (Err(_), None) => true,
        }
    }

    pub(super) fn integration(&self, id: &SourceId) -> Option<Arc<dyn Integration>> {
        self.setup
            .integrations
            .iter()
            .find(|integration| integration.id() == id)
            .cloned()
    }

    pub(super) fn prepare(&self, intent: &Intent) -> Result<PreparedRequest, Error> {
        let Some(integration) = self.integration(&intent.source) else {
            return Err(Error::new(
                Kind::Refused,
                format!("there is no integration called `{}`", intent.source),
            ));
        };
        integration
            .prepare(intent)
            .map_err(|fault| Error::new(Kind::Refused, fault.detail.as_str()))
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn busy(&self) -> MutexGuard<'_, BTreeSet<OperationId>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The plans that are carried out here, each with what stops it.
    pub(super) fn stoppers(
        &self,
    ) -> MutexGuard<'_, BTreeMap<OperationId, watch::Sender<Option<Text>>>> {
        self.stoppers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn known(&self, id: &OperationId) -> Option<Known> {
        self.ledger().get(id).cloned()
    }

    pub(super) fn catch_up(&self, ledger: &mut Ledger) -> Result<(), Error> {
        let news = self.journal.read(&mut ledger.cursor)?;
        ledger.absorb(&news);
        Ok(())
    }

    /// Appends an entry if `allowed` agrees, looking at everything that any
    /// process wrote before. Returns the entry's time.
    pub(super) fn write_when(
        &self,
        body: EntryBody,
        allowed: impl FnOnce(&Ledger) -> Result<(), Error>,
    ) -> Result<Timestamp, Error> {
        let mut ledger = self.ledger();
        self.catch_up(&mut ledger)?;
        let at = ledger.next_instant(self.now());
        let mut cursor = ledger.cursor.clone();
        let (news, entry) = self.journal.append_with(&mut cursor, at, |news| {
            if news.is_empty() {
                allowed(&ledger)?;
            } else {
                let mut ahead = ledger.clone();
                ahead.absorb(news);
                allowed(&ahead)?;
            }
            Ok(body)
        })?;
        ledger.absorb(&news);
        ledger.absorb(&[entry]);
        ledger.cursor = cursor;
        Ok(at)
    }

    /// Takes a change over that could not be written down, so that the person
    /// sees it at least.
    pub(super) fn apply_unwritten(&self, body: &EntryBody) {
        let mut ledger = self.ledger();
        let at = ledger.next_instant(self.now());
        ledger.apply(at, body);
    }

    /// Shows where an operation stands.
    pub(super) fn show(&self, id: &OperationId, emit: &Emit) {
        let (fact, plan) = {
            let mut ledger = self.ledger();
            let Some(known) = ledger.get(id) else {
                return;
            };
            let record = known.record.clone();
            let plan = ledger.plans.of_operation(id);
            let fact = Fact {
                source: SourceId::new("tminus"),
                observed: ledger.tick(self.now()),
                body: Body::Operation(record),
            };
            (fact, plan)
        };
        emit(fact);
        if let Some(plan) = plan {
            self.show_plan(&plan, emit);
        }
    }
}

fn read_only() -> Error {
    Error::new(Kind::Refused, "tminus is read-only").hint(
        "start it without --read-only, and without `read_only = true` in [operations], to act",
    )
}
