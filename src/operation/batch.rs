//! Several operations by one yes, one after the other: runs that are run again
//! or cancelled together.
//!
//! There is no entry for the whole: each is an operation of its own, checked
//! anew when it is its turn, written down, sent once and looked for, as if a
//! person had asked for it alone. They have nothing to do with each other, so
//! one that is refused or fails does not keep the next ones back; one of
//! unknown outcome does, because it may mean that nothing can be known.
//!
//! ```text
//! Desk::check_batch(intents)      asks the rules about each
//! Desk::confirm_batch             one yes for all that may be
//! Desk::run_batch                 plan::machine, played with steps of their own
//! Desk::stop_plan                 no further one starts
//! ```

use std::sync::Arc;

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, join_all},
};
use tokio::sync::watch;

use super::{
    Answers, Checked, Desk, Emit, Situation, Strength,
    confirm::suffice,
    plan::{
        Hands,
        machine::{Doing, End, State},
        rank,
        walk::{Came, Steps, carry_out, check_anew, walk},
    },
    stage,
};
use crate::{
    domain::{Intent, OperationId, PlanState, StepState, Text, Timestamp},
    error::{Error, Kind},
    integrations::contract::{Fault, Precheck},
};

/// What was said about each of several intents.
#[derive(Debug)]
pub struct CheckedBatch {
    id: OperationId,
    checks: Vec<(Intent, Result<Checked, Text>)>,
    strength: Strength,
    at: Timestamp,
}

impl CheckedBatch {
    /// What was said, in the order in which they were asked about.
    pub fn checks(&self) -> &[(Intent, Result<Checked, Text>)] {
        &self.checks
    }

    /// Those that may be, in order.
    pub fn allowed(&self) -> impl Iterator<Item = &Checked> {
        self.checks
            .iter()
            .filter_map(|(_, check)| check.as_ref().ok())
    }

    /// What the person has to do: the strongest that one of them asks for.
    #[must_use]
    pub fn strength(&self) -> &Strength {
        &self.strength
    }

    /// What can be typed instead of holding a key.
    #[must_use]
    pub fn code(&self) -> String {
        stage::code(&self.id)
    }

    /// Whether a rule asks for a reason.
    #[must_use]
    pub fn needs_reason(&self) -> bool {
        self.allowed().any(Checked::needs_reason)
    }

    /// Refuses one that was allowed, because its target is not as it was seen.
    fn refuse(&mut self, place: usize, sentence: Text) {
        if let Some((_, check)) = self.checks.get_mut(place) {
            *check = Err(sentence);
        }
    }
}

/// Several operations that a person said yes to. Nothing of it was sent, and
/// each is checked and confirmed anew before it is.
#[derive(Debug)]
pub struct ConfirmedBatch {
    id: OperationId,
    intents: Vec<(Intent, StepState, Text)>,
    strength: Strength,
    reason: Text,
}

impl ConfirmedBatch {
    /// What it can be stopped by ([`Desk::stop_plan`]).
    #[must_use]
    pub fn id(&self) -> &OperationId {
        &self.id
    }
}

/// How far several operations are.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchProgress {
    /// What it can be stopped by.
    pub id: OperationId,
    /// Each of them, in the order in which they were asked for.
    pub steps: Vec<BatchStep>,
    /// Where the whole stands.
    pub state: PlanState,
    /// Why it stands there; empty where there is nothing to say.
    pub detail: Text,
}

/// How far one of them is.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchStep {
    /// Where it stands.
    pub state: StepState,
    /// Why, or what was seen last.
    pub detail: Text,
}

/// Where progress goes.
pub type Tell = Arc<dyn Fn(BatchProgress) + Send + Sync>;

impl Desk {
    /// Asks the rules about each intent, with what is known about it.
    ///
    /// # Errors
    /// When none of them may be, or one needs a second person's yes: that
    /// cannot be given for several at once.
    pub async fn check_batch(
        &self,
        asked: Vec<(Intent, Situation)>,
        emit: &Emit,
    ) -> Result<CheckedBatch, Error> {
        let looks = asked.into_iter().map(|(intent, known)| async move {
            let mut situation = self.look_closer(&intent, known, emit).await;
            self.inform(&intent, &mut situation, emit, false).await;
            let check = self
                .check(self.draft(intent.clone()), &situation)
                .map_err(|refusal| refusal.sentence)
                .and_then(alone);
            (intent, check)
        });
        let mut batch = CheckedBatch {
            id: self.new_id(),
            checks: join_all(looks).await,
            strength: Strength::Key,
            at: self.now(),
        };
        for (place, fresh) in self.precheck_batch(&batch).await {
            match fresh {
                Ok(Precheck::Ready) => {}
                Ok(Precheck::Moved(what)) => {
                    batch.refuse(place, Text::from(format!("it has changed: {what}")));
                }
                Err(fault) => {
                    let why = format!("it cannot be read afresh: {}", fault.detail);
                    batch.refuse(place, Text::from(why));
                }
            }
        }
        batch.strength = strength(&batch);
        if batch.allowed().next().is_none() {
            let why = batch
                .checks
                .iter()
                .filter_map(|(_, check)| check.as_ref().err())
                .map(Text::as_str)
                .next()
                .unwrap_or("nothing was asked for");
            return Err(Error::new(
                Kind::Refused,
                format!("none of it can be done: {why}"),
            ));
        }
        Ok(batch)
    }

    /// Reads the target of each that may be afresh.
    async fn precheck_batch(&self, batch: &CheckedBatch) -> Vec<(usize, Result<Precheck, Fault>)> {
        let reads = batch
            .checks
            .iter()
            .enumerate()
            .filter_map(|(place, (_, check))| Some((place, check.as_ref().ok()?)))
            .map(|(place, checked)| async move { (place, self.precheck(checked).await) });
        join_all(reads).await
    }

    /// Takes a person's answers for all that may be. Nothing was sent or
    /// written down when this returns: each gets an entry of its own before it
    /// is sent.
    ///
    /// # Errors
    /// When a name or a reason is missing, or the check is too old.
    pub fn confirm_batch(
        &self,
        checked: &CheckedBatch,
        answers: &Answers,
    ) -> Result<ConfirmedBatch, Error> {
        self.obstacle().map_or(Ok(()), Err)?;
        self.armed()?;
        suffice(
            &checked.strength,
            &checked.code(),
            checked.needs_reason(),
            answers,
        )?;
        self.still_holds(checked.at)?;
        let intents = checked.checks.iter().map(|(intent, check)| match check {
            Ok(_) => (intent.clone(), StepState::Planned, Text::default()),
            Err(why) => (intent.clone(), StepState::Refused, why.clone()),
        });
        Ok(ConfirmedBatch {
            id: checked.id.clone(),
            intents: intents.collect(),
            strength: checked.strength.clone(),
            reason: Text::new(answers.reason.trim()),
        })
    }

    /// Carries several operations out, one after the other, and tells how far
    /// they are. It ends when all have had their turn, when one stays unknown,
    /// when the journal cannot be written, or when somebody stops it.
    pub async fn run_batch(self: &Arc<Self>, confirmed: ConfirmedBatch, hands: Hands, tell: Tell) {
        let (stopper, stop) = watch::channel(None);
        self.stoppers().insert(confirmed.id.clone(), stopper);
        let states = confirmed.intents.iter().map(|(_, state, _)| *state);
        let state = State::independent(states.collect());
        let steps = confirmed.intents.iter();
        let progress = BatchProgress {
            id: confirmed.id.clone(),
            steps: steps
                .map(|(_, state, detail)| BatchStep {
                    state: *state,
                    detail: detail.clone(),
                })
                .collect(),
            state: PlanState::Running,
            detail: Text::default(),
        };
        let run = Run {
            desk: Arc::clone(self),
            intents: confirmed.intents.into_iter().map(|step| step.0).collect(),
            strength: confirmed.strength,
            reason: confirmed.reason,
            hands,
            tell,
            progress,
        };
        walk(run, state, stop).await;
    }
}

/// One that needs another person is done on its own.
fn alone(checked: Checked) -> Result<Checked, Text> {
    if checked.needs_second_person() {
        return Err(Text::new(
            "it needs a second person's yes, so it is asked for on its own",
        ));
    }
    Ok(checked)
}

/// The strongest that one asks for; a name to type is that of the first with
/// the number of the others, as `checkout+2`.
fn strength(batch: &CheckedBatch) -> Strength {
    let strongest = batch
        .allowed()
        .map(Checked::strength)
        .max_by_key(|strength| rank(strength));
    match strongest {
        None => Strength::Key,
        Some(Strength::TypeName(name)) => match batch.allowed().count() {
            1 => Strength::TypeName(name.clone()),
            count => Strength::TypeName(format!("{name}+{}", count - 1)),
        },
        Some(strength) => strength.clone(),
    }
}

/// Several operations that are being carried out.
struct Run {
    desk: Arc<Desk>,
    intents: Vec<Intent>,
    strength: Strength,
    reason: Text,
    hands: Hands,
    tell: Tell,
    progress: BatchProgress,
}

impl Run {
    fn tell(&self) {
        (self.tell)(self.progress.clone());
    }

    fn note(&mut self, at: usize, detail: &Text) {
        if let Some(step) = self.progress.steps.get_mut(at)
            && !detail.is_empty()
        {
            step.detail = detail.clone();
        }
    }
}

impl Steps for Run {
    fn show(&self, _: Option<&Text>) {}

    fn came(&mut self, came: &Came) {
        match came {
            Came::Checked(_, Ok(_)) => {}
            Came::Checked(at, Err(why)) => self.note(*at, why),
            Came::Ended(at, Ok(_), detail) => self.note(*at, detail),
            Came::Ended(at, Err(why), _) => self.note(*at, why),
        }
    }

    fn moved(&mut self, state: &State) {
        for (step, state) in self.progress.steps.iter_mut().zip(&state.steps) {
            step.state = *state;
        }
        // What is checked is under way for whoever looks on.
        if let Doing::Checking(at) | Doing::Sending(at) = state.doing
            && let Some(step) = self.progress.steps.get_mut(at)
        {
            step.state = StepState::Running;
        }
        if let Some(why) = &state.stop {
            self.progress.state = PlanState::Stopping;
            self.progress.detail = why.clone();
        }
        if !matches!(state.doing, Doing::Over(_)) {
            self.tell();
        }
    }

    fn check(&self, at: usize) -> BoxFuture<'static, Came> {
        let (desk, hands) = (Arc::clone(&self.desk), self.hands.clone());
        let (intent, given) = (self.intents.get(at).cloned(), self.strength.clone());
        let reason = self.reason.clone();
        async move {
            let Some(mut intent) = intent else {
                let none = Error::new(Kind::Refused, "there is no such step");
                return Came::checked(at, Err(none));
            };
            intent.reason = reason;
            let draft = desk.draft(intent);
            Came::checked(at, check_anew(&desk, draft, (&hands, &given), "it").await)
        }
        .boxed()
    }

    fn send(&self, at: usize, checked: Box<Checked>) -> BoxFuture<'static, Came> {
        let (desk, emit) = (Arc::clone(&self.desk), Arc::clone(&self.hands.emit));
        let reason = self.reason.to_string();
        carry_out(desk, at, (checked, reason), emit, |_| ()).boxed()
    }

    fn end(&mut self, end: End, why: Text) -> BoxFuture<'_, ()> {
        self.progress.state = match end {
            End::Done => PlanState::Done,
            End::Stopped => PlanState::Stopped,
        };
        self.progress.detail = why;
        self.tell();
        std::future::ready(()).boxed()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.desk.stoppers().remove(&self.progress.id);
    }
}
