//! A vendor that treats each service in a way of its own, and keeps the order
//! of what happened.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
};

use futures_util::future::{BoxFuture, FutureExt};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{Body, Comparison, Connection, Intent, ServiceName, SourceId, Text},
    integrations::contract::{
        Answer, Attention, Capability, FactSink, Fault, Finding, Integration, Observation, Observe,
        Precheck, PreparedRequest, Query,
    },
    operation::{
        Confirmed, Desk, Setup,
        testing::{Lie, Vendor, clock},
    },
    store::journal::Actor,
};

/// A vendor with a vendor's state for each service.
pub(super) struct Company {
    id: SourceId,
    pub(super) vendors: Mutex<BTreeMap<ServiceName, Vendor>>,
    /// Files between any two versions of a service.
    pub(super) files: Mutex<BTreeMap<ServiceName, Vec<Text>>>,
    /// What happened, in order.
    log: Mutex<Vec<String>>,
}

impl Company {
    pub(super) fn new(lies: &[(&str, Lie)]) -> Arc<Self> {
        Arc::new(Self {
            id: SourceId::new("hub"),
            vendors: Mutex::new(
                lies.iter()
                    .map(|(name, lie)| (ServiceName::new(name), Vendor::new(*lie)))
                    .collect(),
            ),
            files: Mutex::default(),
            log: Mutex::default(),
        })
    }

    pub(super) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    pub(super) fn requests(&self, service: &str) -> u32 {
        self.vendors.lock().unwrap()[&ServiceName::new(service)].requests
    }

    fn on<T>(&self, intent: &Intent, act: impl FnOnce(&mut Vendor) -> T) -> T {
        let service = intent.service.clone().unwrap();
        act(self.vendors.lock().unwrap().get_mut(&service).unwrap())
    }

    fn note(&self, what: &str, intent: &Intent) {
        let service = intent.service.clone().unwrap();
        self.log.lock().unwrap().push(format!("{what} {service}"));
    }
}

impl Integration for Company {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        "company"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[]
    }

    fn watch(
        self: Arc<Self>,
        _: FactSink,
        _: watch::Receiver<Attention>,
        _: CancellationToken,
    ) -> BoxFuture<'static, ()> {
        async {}.boxed()
    }

    fn sweep<'a>(&'a self, _: &'a FactSink) -> BoxFuture<'a, Result<(), Fault>> {
        async { Ok(()) }.boxed()
    }

    fn fetch<'a>(&'a self, query: Query, facts: &'a FactSink) -> BoxFuture<'a, Result<(), Fault>> {
        async move {
            let Query::Compare {
                service,
                base,
                head,
            } = query
            else {
                return Ok(());
            };
            let Some(files) = self.files.lock().unwrap().get(&service).cloned() else {
                return Err(Fault {
                    connection: Connection::Unreachable,
                    detail: "502".into(),
                    retry_at: None,
                });
            };
            let comparison = Comparison {
                service,
                base,
                head,
                commits: Vec::new(),
                ahead: 0,
                behind: 0,
                files,
                pull_requests: Vec::new(),
            };
            facts.emit(
                crate::domain::Timestamp::default(),
                [Body::Comparison(comparison)],
            );
            Ok(())
        }
        .boxed()
    }

    fn prepare(&self, intent: &Intent) -> Result<PreparedRequest, Fault> {
        Ok(PreparedRequest {
            method: "POST",
            url: format!(
                "https://hub.example/{}",
                intent.service.as_ref().map_or("", ServiceName::as_str)
            ),
            body: String::new(),
            ..PreparedRequest::default()
        })
    }

    fn precheck<'a>(&'a self, intent: &'a Intent) -> BoxFuture<'a, Result<Precheck, Fault>> {
        async {
            Ok(match self.on(intent, |vendor| vendor.moved.clone()) {
                Some(what) => Precheck::Moved(what),
                None => Precheck::Ready,
            })
        }
        .boxed()
    }

    fn send<'a>(&'a self, operation: &'a Confirmed) -> BoxFuture<'a, Answer> {
        async {
            self.note("send", operation.intent());
            self.on(operation.intent(), Vendor::receive)
        }
        .boxed()
    }

    fn observe<'a>(&'a self, target: &'a Observe) -> BoxFuture<'a, Result<Observation, Fault>> {
        async {
            let seen = self.on(&target.intent, Vendor::observe);
            if matches!(seen, Ok(Observation::Done(_))) {
                self.note("seen", &target.intent);
            }
            seen.map_err(|why| Fault {
                connection: Connection::Unreachable,
                detail: why,
                retry_at: None,
            })
        }
        .boxed()
    }

    fn doctor(&self) -> BoxFuture<'_, Vec<Finding>> {
        async { Vec::new() }.boxed()
    }
}

pub(super) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

pub(super) fn open(path: &Path, company: &Arc<Company>) -> Arc<Desk> {
    Desk::open(
        path,
        Setup {
            integrations: vec![Arc::clone(company) as Arc<dyn Integration>],
            read_only: false,
            arm: false,
            policy: Ok(crate::operation::testing::policy()),
            actor: Actor {
                login: "ana".into(),
                host: "bridge".into(),
                ssh_client: None,
            },
            people: crate::operation::People::default(),
            clock: clock(),
        },
    )
}
