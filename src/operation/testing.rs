//! A vendor that lies in every way that vendors do, and a desk in front of it.

use std::{
    path::Path,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use futures_util::future::{BoxFuture, FutureExt};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Actor, Clock, Desk, Emit, Policy, Setup};
use crate::{
    domain::{
        Act, Body, Comparison, Connection, Fact, Incident, IncidentStatus, Intent, OperationRecord,
        Origin, RollbackSpec, ServiceSpec, SourceId, Text, Timestamp, Urgency, WorkflowRollback,
    },
    integrations::contract::{
        Answer, Attention, Capability, FactSink, Fault, Finding, Integration, Observation, Observe,
        Precheck, PreparedRequest, Query,
    },
    operation::Confirmed,
};

/// How the vendor treats the one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lie {
    /// It does it and says so.
    Honest,
    /// It does it and answers 500.
    ActsAndFails,
    /// It does it and the connection breaks.
    ActsAndDrops,
    /// It drops the connection before it did anything.
    DropsBefore,
    /// It says 200 and never does it.
    NeverActs,
    /// It refuses.
    Refuses,
    /// It does it twice and says so once.
    ActsTwice,
    /// It does it, but reads show the old state for a while.
    StaleReads,
    /// It says 200, and later shows that it went wrong.
    FailsLater,
    /// It does it only after a while.
    ActsLate,
    /// Reads fail, always.
    Unreadable,
}

/// All ways to lie.
pub(super) const LIES: [Lie; 11] = [
    Lie::Honest,
    Lie::ActsAndFails,
    Lie::ActsAndDrops,
    Lie::DropsBefore,
    Lie::NeverActs,
    Lie::Refuses,
    Lie::ActsTwice,
    Lie::StaleReads,
    Lie::FailsLater,
    Lie::ActsLate,
    Lie::Unreadable,
];

/// The vendor's true state: the oracle that no record of ours can bend.
#[derive(Clone, Debug)]
pub(super) struct Vendor {
    pub(super) lie: Lie,
    /// Requests that arrived and would change something.
    pub(super) requests: u32,
    /// How often the effect took place.
    pub(super) effects: u32,
    /// Reads so far.
    pub(super) reads: u32,
    /// What the first read finds instead of what the person saw.
    pub(super) moved: Option<Text>,
}

/// After so many reads a stale or late vendor tells the truth.
pub(super) const SLOW_READS: u32 = 3;

impl Vendor {
    pub(super) fn new(lie: Lie) -> Self {
        Self {
            lie,
            requests: 0,
            effects: 0,
            reads: 0,
            moved: None,
        }
    }

    /// The one request arrives; false `heard` means that the answer is lost
    /// on the way although the vendor worked on it.
    pub(super) fn receive(&mut self) -> Answer {
        if self.lie == Lie::DropsBefore {
            return Answer::Lost("reset before the request was read".into());
        }
        self.requests += 1;
        let accepted = Answer::Accepted {
            handle: "run/7".into(),
            request_id: "R-1".into(),
        };
        match self.lie {
            Lie::Honest | Lie::StaleReads | Lie::Unreadable => {
                self.effects += 1;
                accepted
            }
            Lie::ActsTwice => {
                self.effects += 2;
                accepted
            }
            Lie::ActsAndFails => {
                self.effects += 1;
                Answer::Lost("500 Internal Server Error".into())
            }
            Lie::ActsAndDrops => {
                self.effects += 1;
                Answer::Lost("connection reset".into())
            }
            Lie::Refuses => Answer::Refused {
                status: 422,
                why: "not allowed".into(),
            },
            Lie::NeverActs | Lie::FailsLater | Lie::ActsLate => accepted,
            Lie::DropsBefore => Answer::Lost(Text::default()),
        }
    }

    /// A fresh read of the effect.
    pub(super) fn observe(&mut self) -> Result<Observation, Text> {
        self.reads += 1;
        let slow = self.reads <= SLOW_READS;
        match self.lie {
            Lie::Unreadable => return Err("502 Bad Gateway".into()),
            Lie::StaleReads if slow => return Ok(Observation::Pending("the old state".into())),
            Lie::FailsLater if self.requests > 0 && !slow => {
                return Ok(Observation::Refuted("the run failed".into()));
            }
            Lie::ActsLate if self.requests > 0 && !slow => self.effects = 1,
            _ => {}
        }
        Ok(if self.effects > 0 {
            Observation::Done("it is there".into())
        } else {
            Observation::Pending("not there".into())
        })
    }
}

/// The vendor behind the contract.
pub(super) struct Fake {
    id: SourceId,
    pub(super) vendor: Arc<Mutex<Vendor>>,
    /// While this is held, no answer comes back.
    pub(super) gate: Arc<tokio::sync::Mutex<()>>,
    /// What it tells of the commits between two versions; none makes it fail.
    pub(super) between: Mutex<Option<Comparison>>,
    /// How often it was asked whose credential it has.
    pub(super) asked_who: AtomicI64,
}

impl Fake {
    pub(super) fn new(lie: Lie) -> Arc<Self> {
        Arc::new(Self {
            id: SourceId::new("hub"),
            vendor: Arc::new(Mutex::new(Vendor::new(lie))),
            gate: Arc::default(),
            between: Mutex::default(),
            asked_who: AtomicI64::default(),
        })
    }

    pub(super) fn vendor(&self) -> Vendor {
        self.vendor.lock().unwrap().clone()
    }
}

impl Integration for Fake {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        "fake"
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

    fn fetch<'a>(&'a self, _: Query, sink: &'a FactSink) -> BoxFuture<'a, Result<(), Fault>> {
        async {
            let between = self.between.lock().unwrap().clone();
            let between = between.ok_or_else(|| fault("the hub is away"))?;
            sink.emit(Timestamp::default(), [Body::Comparison(between)]);
            Ok(())
        }
        .boxed()
    }

    fn identity(&self) -> BoxFuture<'_, Result<Option<Text>, Fault>> {
        async {
            self.asked_who.fetch_add(1, Ordering::SeqCst);
            Ok(Some(Text::new("ana-larkspur")))
        }
        .boxed()
    }

    fn prepare(&self, intent: &Intent) -> Result<PreparedRequest, Fault> {
        if let Act::CancelRun { .. } = intent.act {
            return Err(fault("the fake cannot cancel runs"));
        }
        Ok(PreparedRequest {
            method: "POST",
            url: "https://hub.example/act".to_owned(),
            body: format!("{{\"comment\":\"{}\"}}", intent.reason),
            ..PreparedRequest::default()
        })
    }

    fn precheck<'a>(&'a self, _: &'a Intent) -> BoxFuture<'a, Result<Precheck, Fault>> {
        async {
            Ok(match self.vendor().moved {
                Some(what) => Precheck::Moved(what),
                None => Precheck::Ready,
            })
        }
        .boxed()
    }

    fn send<'a>(&'a self, _: &'a Confirmed) -> BoxFuture<'a, Answer> {
        async {
            let answer = self.vendor.lock().unwrap().receive();
            let _gate = self.gate.lock().await;
            answer
        }
        .boxed()
    }

    fn observe<'a>(&'a self, _: &'a Observe) -> BoxFuture<'a, Result<Observation, Fault>> {
        async {
            let seen = self.vendor.lock().unwrap().observe();
            seen.map_err(|why| fault(&why))
        }
        .boxed()
    }

    fn doctor(&self) -> BoxFuture<'_, Vec<Finding>> {
        async { Vec::new() }.boxed()
    }
}

fn fault(why: &str) -> Fault {
    Fault {
        connection: Connection::Unreachable,
        detail: Text::new(why),
        retry_at: None,
    }
}

/// A clock that goes on by a millisecond each time somebody looks.
pub(super) fn clock() -> Clock {
    let ticks = AtomicI64::new(1_763_800_000_000);
    Arc::new(move || {
        Timestamp::from_timestamp_millis(ticks.fetch_add(1, Ordering::SeqCst)).unwrap_or_default()
    })
}

/// The shipped policy, compiled once for all tests.
pub(super) fn policy() -> Arc<Policy> {
    static SHIPPED: LazyLock<Arc<Policy>> = LazyLock::new(|| Arc::new(Policy::shipped().unwrap()));
    Arc::clone(&SHIPPED)
}

pub(super) fn setup(fake: &Arc<Fake>) -> Setup {
    Setup {
        integrations: vec![Arc::clone(fake) as Arc<dyn Integration>],
        read_only: false,
        arm: false,
        policy: Ok(policy()),
        actor: Actor {
            login: "ana".into(),
            host: "bridge".into(),
            ssh_client: Some("192.0.2.7".into()),
        },
        people: super::People::default(),
        clock: clock(),
    }
}

pub(super) fn desk(path: &Path, fake: &Arc<Fake>) -> Arc<Desk> {
    Desk::open(path, setup(fake))
}

/// Collects the records that a desk emits.
pub(super) fn collector() -> (Emit, Arc<Mutex<Vec<OperationRecord>>>) {
    let records = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&records);
    let emit: Emit = Arc::new(move |fact: Fact| {
        let Body::Operation(record) = fact.body else {
            panic!("only receipts are emitted");
        };
        sink.lock().unwrap().push(record);
    });
    (emit, records)
}

pub(super) fn acknowledge() -> Intent {
    Intent {
        source: SourceId::new("hub"),
        service: Some("checkout".into()),
        environment: None,
        act: Act::Acknowledge {
            incident: Origin::new(&SourceId::new("hub"), "PD1"),
        },
        reason: Text::default(),
    }
}

pub(super) fn checkout() -> ServiceSpec {
    ServiceSpec {
        name: "checkout".into(),
        tier: Some(1),
        host: Some("hub".into()),
        repository: Some("larkspur/checkout".into()),
        path: None,
        rollback: Some(RollbackSpec::Workflow(WorkflowRollback {
            workflow: "rollback.yml".into(),
            reference: "main".into(),
            inputs: [
                ("service", "{service}"),
                ("environment", "{environment}"),
                ("version", "{version}"),
                ("request_id", "{operation}"),
                ("note", "from {from} {"),
            ]
            .map(|(key, value)| (Text::new(key), Text::new(value)))
            .into(),
        })),
        ..ServiceSpec::default()
    }
}

pub(super) fn incident(status: IncidentStatus) -> Incident {
    Incident {
        id: Origin::new(&SourceId::new("hub"), "PD1"),
        number: 4821,
        title: "checkout 5xx".into(),
        urgency: Urgency::High,
        priority: None,
        status,
        service: Some("checkout".into()),
        vendor_service: "Checkout".into(),
        created: Timestamp::default(),
        updated: Timestamp::default(),
        acknowledged_by: vec!["bo".into()],
        assigned: Vec::new(),
        escalates_at: None,
        url: Text::default(),
    }
}
