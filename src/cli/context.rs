//! What most commands start with: configuration, integrations, one full read.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::task::JoinSet;

use super::args::Global;
use crate::{
    config::{Config, default_data_dir},
    domain::{Body, Connection, Fact, Health, Note, SourceId, Text},
    error::{Error, Kind},
    integrations::contract::{FactSink, Fault, Integration, Query},
    model::Model,
    operation::{Desk, Setup},
    runtime::{Connected, actor, connect, now, people, policy},
};

/// A read that takes longer is given up; its integration is then unreachable.
const PATIENCE: Duration = Duration::from_secs(45);

/// Configuration and integrations.
pub struct Context {
    /// The configuration.
    pub config: Config,
    /// The data directory.
    pub directory: PathBuf,
    /// Nothing that changes anything can be sent.
    pub read_only: bool,
    connected: Connected,
}

/// Where data lives: the flag, else the configuration, else the user's own.
///
/// # Errors
/// When there is no home directory and nothing else was said.
pub fn data_directory(global: &Global, config: Option<&Config>) -> Result<PathBuf, Error> {
    global
        .data_dir
        .clone()
        .or_else(|| config.and_then(|config| config.data_dir.clone()))
        .or_else(default_data_dir)
        .ok_or_else(|| {
            Error::new(
                Kind::Usage,
                "there is no home directory to keep the journal in",
            )
            .hint("name a directory with --data-dir")
        })
}

impl Context {
    /// Reads the configuration and sets its integrations up.
    ///
    /// # Errors
    /// When the configuration cannot be read or understood.
    pub fn open(global: &Global) -> Result<Self, Error> {
        let config = Config::find(global.config.clone())?;
        let directory = data_directory(global, Some(&config))?;
        let read_only = global.read_only || config.operations.read_only;
        let connected = connect(&config, &directory, read_only);
        Ok(Self {
            config,
            directory,
            read_only,
            connected,
        })
    }

    /// The integrations that could be set up.
    pub fn integrations(&self) -> &[Arc<dyn Integration>] {
        &self.connected.integrations
    }

    /// Integrations that could not be set up, and why.
    pub fn failed(&self) -> impl Iterator<Item = (&SourceId, &Health)> {
        self.connected.failed.iter()
    }

    /// The names of all configured integrations.
    pub fn sources(&self) -> Vec<SourceId> {
        let calendars = self.config.catalog.calendars.iter();
        let systems = self.config.systems.keys().cloned();
        systems
            .chain(calendars.map(|calendar| calendar.source.clone()))
            .collect()
    }

    /// The one door for operations.
    pub fn desk(&self) -> Arc<Desk> {
        Desk::open(
            &self.directory,
            Setup {
                integrations: self.connected.integrations.clone(),
                read_only: self.read_only,
                // Each command is a deliberate act of its own, with its `--yes`.
                arm: false,
                policy: policy(&self.config),
                actor: actor(),
                people: people(&self.config),
                clock: Arc::new(now),
            },
        )
    }

    /// Reads everything once from every integration, at the same time.
    pub async fn sweep(&self) -> Model {
        let collected = self.collect().await;
        self.picture(collected)
    }

    /// The picture that facts make.
    pub fn picture(&self, facts: Vec<Fact>) -> Model {
        let mut model = Model::new(Arc::clone(&self.config.catalog));
        for (source, health) in self.failed() {
            let body = Body::Health(health.clone());
            apply(&mut model, source.clone(), body);
        }
        for fact in facts {
            model.apply(fact, now());
        }
        model
    }

    /// Reads everything once from every integration, at the same time, and
    /// gives the facts as they came.
    pub async fn collect(&self) -> Vec<Fact> {
        let facts: Arc<Mutex<Vec<Fact>>> = Arc::default();
        let mut sweeps = JoinSet::new();
        for integration in &self.connected.integrations {
            let integration = Arc::clone(integration);
            let sink = collector(&integration, &facts);
            sweeps.spawn(async move {
                let swept = tokio::time::timeout(PATIENCE, integration.sweep(&sink)).await;
                let fault = match swept {
                    Ok(Ok(())) => return,
                    Ok(Err(fault)) => fault,
                    Err(_) => Fault {
                        connection: Connection::Unreachable,
                        detail: Text::new("it did not answer in time"),
                        retry_at: None,
                    },
                };
                sink.emit(now(), [Body::Health(health_of(fault))]);
            });
        }
        while sweeps.join_next().await.is_some() {}
        std::mem::take(&mut *facts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks one question, and gives what it brought; nothing when its
    /// integration is not there or does not answer.
    pub async fn ask(&self, source: &SourceId, query: Query) -> Vec<Fact> {
        // What cannot be read is missing, and is said to be.
        self.read(source, query).await.0
    }

    /// Asks one question, and gives what it brought and what kept it from
    /// bringing all.
    pub async fn read(&self, source: &SourceId, query: Query) -> (Vec<Fact>, Option<Fault>) {
        let late = |detail: &str| Fault {
            connection: Connection::Unreachable,
            detail: Text::new(detail),
            retry_at: None,
        };
        let mut fault = self
            .failed()
            .find(|(failed, _)| *failed == source)
            .map(|(_, health)| late(&health.detail));
        let facts: Arc<Mutex<Vec<Fact>>> = Arc::default();
        let asked = self
            .connected
            .integrations
            .iter()
            .find(|integration| integration.id() == source);
        if let Some(integration) = asked {
            let sink = collector(integration, &facts);
            let read = tokio::time::timeout(PATIENCE, integration.fetch(query, &sink)).await;
            fault = read
                .unwrap_or_else(|_| Err(late("it did not answer in time")))
                .err();
        }
        let found = std::mem::take(&mut *facts.lock().unwrap_or_else(PoisonError::into_inner));
        (found, fault)
    }
}

fn collector(integration: &Arc<dyn Integration>, facts: &Arc<Mutex<Vec<Fact>>>) -> FactSink {
    let facts = Arc::clone(facts);
    FactSink::new(
        integration.id().clone(),
        Arc::new(move |new| {
            facts
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(new);
        }),
    )
}

fn health_of(fault: Fault) -> Health {
    Health {
        connection: fault.connection,
        detail: fault.detail,
        last_ok: None,
        next_try: fault.retry_at,
        budget: None,
        clock_skew_seconds: None,
    }
}

fn apply(model: &mut Model, source: SourceId, body: Body) {
    let fact = Fact {
        source,
        observed: now(),
        body,
    };
    model.apply(fact, now());
}

/// Puts what journal and notes know into the picture.
pub fn remember(model: &mut Model, desk: &Desk) {
    let own = SourceId::new("tminus");
    for record in desk.records().unwrap_or_default() {
        apply(model, own.clone(), Body::Operation(record));
    }
    for (at, event) in desk.release_events().unwrap_or_default() {
        apply(model, own.clone(), Body::ReleaseEvent { at, event });
    }
    for body in desk.own_windows().facts() {
        apply(model, own.clone(), body);
    }
    let notes: Vec<Note> = desk.shelf().map(|shelf| shelf.notes).unwrap_or_default();
    for note in notes {
        apply(model, own.clone(), Body::Note(note));
    }
}
