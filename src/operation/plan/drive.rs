//! Carries a plan out: what its machine asks for is done here.

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt};
use tokio::sync::watch;

use super::{
    check::ConfirmedPlan,
    machine::{End, State},
    walk::{Came, Steps, carry_out, check_anew, walk},
};
use crate::{
    domain::{
        Body, Catalog, Fact, Intent, OperationId, PlanRecord, PlanState, RollbackPlan, SourceId,
        Text,
    },
    error::{Error, Kind},
    operation::{Checked, Desk, Emit, Situation, Strength, driver::blocking},
    store::journal::{EntryBody, PlanStep},
};

/// Says what is known about an intent now: asked anew for every step.
pub type Situate =
    Arc<dyn Fn(Intent) -> BoxFuture<'static, Result<Situation, Error>> + Send + Sync>;

/// What a plan is carried out with.
#[derive(Clone)]
pub struct Hands {
    /// What the team declared.
    pub catalog: Arc<Catalog>,
    /// What is known, with fresh facts.
    pub situate: Situate,
    /// Where receipts go: of the plan and of its operations.
    pub emit: Emit,
}

impl Desk {
    /// Carries a confirmed plan out, one step after the other: each is checked
    /// anew, confirmed with an entry of its own, sent once, and looked for; the
    /// next one starts only when it was seen to have worked. It ends when all
    /// are done, when one fails or stays unknown, when a rule refuses one now,
    /// or when somebody stops it.
    pub async fn run_plan(self: &Arc<Self>, confirmed: ConfirmedPlan, hands: Hands) -> PlanRecord {
        let id = confirmed.plan.id.clone();
        let (stopper, stop) = watch::channel(None);
        self.stoppers().insert(id.clone(), stopper);
        let run = Run {
            desk: Arc::clone(self),
            plan: Arc::new(confirmed.plan.clone()),
            strength: confirmed.strength,
            hands,
            settled: false,
        };
        let steps = run.plan.steps.iter().map(|step| step.state).collect();
        walk(run, State::new(steps), stop).await;
        self.ledger()
            .plans
            .get(&id)
            .map_or_else(|| unwritten(confirmed.plan), |known| known.record.clone())
    }

    /// Lets no further step of a plan start; what is under way still ends.
    /// False when no such plan is carried out here.
    pub fn stop_plan(&self, id: &OperationId, why: &str) -> bool {
        self.stoppers()
            .get(id)
            .is_some_and(|stopper| stopper.send(Some(Text::new(why))).is_ok())
    }

    /// Lets no further step of any plan start.
    pub fn stop_plans(&self, why: &str) {
        for stopper in self.stoppers().values() {
            // Whoever listened no more has ended.
            let _ = stopper.send(Some(Text::new(why)));
        }
    }

    /// All plans that the journal knows, oldest first, those of other processes
    /// too; one whose tminus ended is stopped. Reads the disk.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn plans(&self) -> Result<Vec<PlanRecord>, Error> {
        let mut ledger = self.ledger();
        self.catch_up(&mut ledger)?;
        let all: Vec<_> = ledger.plans.all().cloned().collect();
        drop(ledger);
        Ok(all
            .into_iter()
            .map(|known| {
                let mut record = known.record;
                if !record.state.is_final() && !self.is_alive(&known.session) {
                    record.state = PlanState::Stopped;
                    record.detail = Text::new(LEFT);
                }
                record
            })
            .collect())
    }

    /// Writes down that plans whose tminus ended are stopped, and shows all.
    /// No step is started by itself.
    pub(in crate::operation) fn take_stock_of_plans(&self, emit: &Emit) {
        let all: Vec<_> = self.ledger().plans.all().cloned().collect();
        for known in all {
            let id = known.record.plan.id.clone();
            if !known.record.state.is_final() && !self.is_alive(&known.session) {
                self.write_or_say(EntryBody::PlanEnded {
                    plan: id.clone(),
                    state: PlanState::Stopped,
                    detail: Text::new(LEFT),
                });
            }
            self.show_plan(&id, emit);
        }
    }

    /// Shows where a plan stands.
    pub fn show_plan(&self, id: &OperationId, emit: &Emit) {
        let fact = {
            let mut ledger = self.ledger();
            let Some(record) = ledger.plans.get(id).map(|known| known.record.clone()) else {
                return;
            };
            Fact {
                source: SourceId::new("tminus"),
                observed: ledger.tick(self.now()),
                body: Body::Plan(record),
            }
        };
        emit(fact);
    }
}

/// What is said of a plan that its tminus left.
const LEFT: &str = "tminus ended before the plan did; no step is sent by itself";

/// What is known of a plan that the journal does not hold.
fn unwritten(plan: RollbackPlan) -> PlanRecord {
    PlanRecord {
        plan,
        actor: Text::default(),
        confirmed: crate::domain::Timestamp::default(),
        state: PlanState::Stopped,
        detail: Text::new("the journal does not know it"),
        ended: None,
    }
}

/// One plan that is being carried out.
struct Run {
    desk: Arc<Desk>,
    plan: Arc<RollbackPlan>,
    strength: Strength,
    hands: Hands,
    /// Its end is written down.
    settled: bool,
}

impl Steps for Run {
    fn show(&self, stopping: Option<&Text>) {
        if let Some(why) = stopping {
            self.desk
                .ledger()
                .plans
                .remark(&self.plan.id, PlanState::Stopping, why);
        }
        self.desk.show_plan(&self.plan.id, &self.hands.emit);
    }

    fn end(&mut self, end: End, why: Text) -> BoxFuture<'_, ()> {
        // What follows cannot be interrupted: the end is on its way.
        self.settled = true;
        async move {
            let (desk, plan) = (Arc::clone(&self.desk), self.plan.id.clone());
            let state = match end {
                End::Done => PlanState::Done,
                End::Stopped => PlanState::Stopped,
            };
            let _ = blocking(move || {
                desk.write_or_say(EntryBody::PlanEnded {
                    plan,
                    state,
                    detail: why,
                });
                Ok(())
            })
            .await;
            self.desk.show_plan(&self.plan.id, &self.hands.emit);
        }
        .boxed()
    }

    /// Checks a step with what is so now.
    fn check(&self, at: usize) -> BoxFuture<'static, Came> {
        let (desk, plan) = (Arc::clone(&self.desk), Arc::clone(&self.plan));
        let (hands, given) = (self.hands.clone(), self.strength.clone());
        async move { Came::checked(at, check(&desk, &plan, at, (&hands, &given)).await) }.boxed()
    }

    fn send(&self, at: usize, checked: Box<Checked>) -> BoxFuture<'static, Came> {
        let (desk, emit) = (Arc::clone(&self.desk), self.hands.emit.clone());
        let (showing, plan, shown) = (Arc::clone(&desk), self.plan.id.clone(), emit.clone());
        let confirmed = move |_: &OperationId| showing.show_plan(&plan, &shown);
        let reason = self.plan.reason.to_string();
        carry_out(desk, at, (checked, reason), emit, confirmed).boxed()
    }
}

async fn check(
    desk: &Arc<Desk>,
    plan: &RollbackPlan,
    at: usize,
    (hands, given): (&Hands, &Strength),
) -> Result<Checked, Error> {
    let refused = |why: String| Err(Error::new(Kind::Refused, why));
    let Some(step) = plan.steps.get(at) else {
        return refused("there is no such step".to_owned());
    };
    let service = &step.service;
    let Some(spec) = hands.catalog.service(service) else {
        return refused(format!("{service} is not in the configuration"));
    };
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let place = PlanStep {
        plan: plan.id.clone(),
        step: number(at + 1),
        of: number(plan.steps.len()),
    };
    let mut draft = desk.draft_step(spec, step, Some(place))?;
    draft.intent.reason = plan.reason.clone();
    check_anew(desk, draft, (hands, given), service.as_str()).await
}

impl Drop for Run {
    fn drop(&mut self) {
        if !self.settled {
            self.desk.write_or_say(EntryBody::PlanEnded {
                plan: self.plan.id.clone(),
                state: PlanState::Stopped,
                detail: Text::new(LEFT),
            });
            self.desk.show_plan(&self.plan.id, &self.hands.emit);
        }
        self.desk.stoppers().remove(&self.plan.id);
    }
}
