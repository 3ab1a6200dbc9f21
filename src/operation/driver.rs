//! Carries an operation out: asks the machine what to do, does it, and tells
//! the machine what came of it.

use std::{pin::Pin, sync::Arc, time::Duration};

use tokio::time::{Sleep, sleep, timeout};

use super::{
    desk::{Desk, Emit},
    machine::{Change, Effect, Input, State, looking_time, step},
    stage::Confirmed,
};
use crate::{
    domain::{Intent, OperationId, OperationRecord, OperationState, Text, Timestamp},
    error::{Error, Kind},
    integrations::contract::{Answer, Integration, Observe, PreparedRequest, RawAnswer, Tape},
    store::journal::EntryBody,
};

/// An integration that has not come back by then has lost its answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

impl Desk {
    /// Carries a confirmed operation out: reads the target afresh, writes down
    /// that the request is about to leave, sends it once, and looks for its
    /// effect until it is seen, refuted, or the time is over. Every change is
    /// written down and then handed to `emit`.
    ///
    /// The work goes on when the caller stops waiting. When the whole program
    /// ends first, it is written down as unknown, and read back at the next
    /// start. Needs a tokio runtime with its clock.
    pub async fn carry_out(self: &Arc<Self>, confirmed: Confirmed, emit: Emit) -> OperationRecord {
        let fallback = record_of(&confirmed);
        let id = confirmed.id.clone();
        let fresh = self
            .known(&id)
            .is_some_and(|known| known.record.state == OperationState::Confirmed)
            && self.busy().insert(id.clone());
        if fresh {
            // From the yes on it is under way for everybody who looks.
            self.show(&id, &emit);
            if let Some(before) = self.known(&id).and_then(|known| known.record.again_of) {
                self.show(&before, &emit);
            }
            let work = Work {
                desk: Arc::clone(self),
                id: id.clone(),
                intent: confirmed.intent.clone(),
                since: confirmed.at,
                integration: self.integration(&confirmed.intent.source),
                confirmed: Some(confirmed),
                emit,
                limit: None,
                tape: Tape::default(),
                sent: false,
                settled: false,
            };
            work.start(Input::Begin).await;
        }
        self.known(&id).map_or(fallback, |known| known.record)
    }

    /// Looks once more for the effect of an operation that ended unknown, for
    /// as long as `limit` says or, without it, as at first. Nothing is sent.
    /// One with an outcome keeps it.
    ///
    /// # Errors
    /// When there is no such operation, or it is under way, here or elsewhere.
    pub async fn look(
        self: &Arc<Self>,
        id: &OperationId,
        limit: Option<Duration>,
        emit: Emit,
    ) -> Result<OperationRecord, Error> {
        let missing = || Error::new(Kind::Refused, format!("there is no operation {id}"));
        let known = self.known(id).ok_or_else(missing)?;
        match known.record.state {
            OperationState::Unknown => {}
            OperationState::Proposed => return self.look_at_proposal(known, emit).await,
            OperationState::Observed | OperationState::Failed => return Ok(known.record),
            OperationState::Confirmed | OperationState::Sent | OperationState::Accepted => {
                return Err(Error::new(Kind::Refused, "it is under way"));
            }
        }
        if !self.busy().insert(id.clone()) {
            return Err(Error::new(Kind::Refused, "it is being looked for already"));
        }
        let work = Work {
            desk: Arc::clone(self),
            id: id.clone(),
            integration: self.integration(&known.record.intent.source),
            intent: known.record.intent,
            since: known.since,
            confirmed: None,
            emit,
            limit,
            tape: Tape::default(),
            sent: true,
            settled: false,
        };
        let input = Input::Resume {
            handle: known.handle,
            sent: known.sent,
        };
        work.start(input).await;
        self.known(id).map(|known| known.record).ok_or_else(missing)
    }
}

/// One operation that is being carried out or looked for.
struct Work {
    desk: Arc<Desk>,
    id: OperationId,
    intent: Intent,
    since: Timestamp,
    /// None when it was found again: then it cannot be sent.
    confirmed: Option<Confirmed>,
    integration: Option<Arc<dyn Integration>>,
    emit: Emit,
    /// How long the effect is looked for, where not as long as usual.
    limit: Option<Duration>,
    /// What the vendor said to the last question.
    tape: Tape,
    /// From here on the request may have left.
    sent: bool,
    /// The outcome is known to the person.
    settled: bool,
}

impl Work {
    /// Runs as a task of its own, so that it outlives whoever waits for it.
    async fn start(self, first: Input) {
        // A panic in there ends the task, and `drop` writes down what is known.
        let _ = tokio::spawn(self.run(first)).await;
    }

    async fn run(mut self, first: Input) {
        let mut state = State::Ready {
            limit: self.limit.unwrap_or_else(|| looking_time(&self.intent.act)),
        };
        let mut limit: Option<Pin<Box<Sleep>>> = None;
        let mut input = first;
        loop {
            let (next, effects) = step(state, input);
            state = next;
            let mut reply = None;
            let mut question = None;
            for effect in effects {
                match effect {
                    Effect::Append(Change::Sent) => reply = Some(self.about_to_send().await),
                    Effect::Append(change) => self.write(change).await,
                    Effect::Show(what) => {
                        let now = self.desk.now();
                        self.desk.ledger().remark(&self.id, &what, now);
                        self.desk.show(&self.id, &self.emit);
                    }
                    Effect::Limit(time) => limit = Some(Box::pin(sleep(time))),
                    Effect::Precheck | Effect::Send | Effect::Look { .. } | Effect::Pause(_) => {
                        question = Some(effect);
                    }
                }
            }
            if matches!(state, State::Ended(_)) {
                self.settled = true;
                return;
            }
            input = match (reply, question) {
                (Some(reply), _) => reply,
                (None, Some(question)) => match &mut limit {
                    Some(limit) => tokio::select! {
                        biased;
                        answer = self.ask(question) => answer,
                        () = limit => Input::TimeOver,
                    },
                    None => self.ask(question).await,
                },
                // The machine always asks for something; a missing question
                // must not become an endless loop.
                (None, None) => Input::TimeOver,
            };
        }
    }

    async fn ask(&self, question: Effect) -> Input {
        let gone = || {
            Text::from(format!(
                "there is no integration called `{}` any more",
                self.intent.source
            ))
        };
        let slow = || Text::new("no answer in time");
        match question {
            Effect::Precheck => {
                let Some(integration) = &self.integration else {
                    return Input::Prechecked(Err(gone()));
                };
                Input::Prechecked(
                    match self
                        .tape
                        .record(timeout(PATIENCE, integration.precheck(&self.intent)))
                        .await
                    {
                        Ok(read) => read.map_err(|fault| fault.detail),
                        Err(_) => Err(slow()),
                    },
                )
            }
            Effect::Send => {
                let (Some(integration), Some(confirmed)) = (&self.integration, &self.confirmed)
                else {
                    return Input::Answered(Answer::Lost(gone()));
                };
                Input::Answered(
                    self.tape
                        .record(timeout(PATIENCE, integration.send(confirmed)))
                        .await
                        .unwrap_or_else(|_| Answer::Lost(slow())),
                )
            }
            Effect::Look { handle } => {
                let Some(integration) = &self.integration else {
                    return Input::Looked(Err(gone()));
                };
                let target = Observe {
                    id: self.id.clone(),
                    intent: self.intent.clone(),
                    since: self.since,
                    handle,
                };
                Input::Looked(
                    match self
                        .tape
                        .record(timeout(PATIENCE, integration.observe(&target)))
                        .await
                    {
                        Ok(seen) => seen.map_err(|fault| fault.detail),
                        Err(_) => Err(slow()),
                    },
                )
            }
            Effect::Pause(pause) => {
                sleep(pause).await;
                Input::PauseOver
            }
            Effect::Append(_) | Effect::Limit(_) | Effect::Show(_) => Input::TimeOver,
        }
    }

    async fn about_to_send(&mut self) -> Input {
        // From here on this task may be dropped at any await while the entry
        // reaches the disk all the same.
        self.sent = true;
        let (desk, id, seen) = (Arc::clone(&self.desk), self.id.clone(), self.tape.last());
        let written = blocking(move || desk.write_sent(&id, &seen)).await;
        match written {
            Ok(()) => {
                self.desk.show(&self.id, &self.emit);
                Input::Durable
            }
            Err(error) => Input::NotDurable(Text::from(error.message)),
        }
    }

    async fn write(&mut self, change: Change) {
        if matches!(change, Change::Ended { .. }) {
            // What follows cannot be interrupted: the outcome is on its way.
            self.settled = true;
        }
        let (desk, id, seen) = (Arc::clone(&self.desk), self.id.clone(), self.tape.last());
        let _ = blocking(move || {
            desk.write_change(&id, change, &seen);
            Ok(())
        })
        .await;
        self.desk.show(&self.id, &self.emit);
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if !self.settled {
            self.desk.cut_short(&self.id, self.sent, &self.tape.last());
            self.desk.show(&self.id, &self.emit);
        }
        self.desk.busy().remove(&self.id);
    }
}

impl Desk {
    /// Writes down where an operation stands whose work ends before it has an
    /// outcome: `sent` says whether its request may have left, `seen` what the
    /// vendor said last.
    pub(super) fn cut_short(&self, id: &OperationId, sent: bool, seen: &[RawAnswer]) {
        let (state, detail) = if sent {
            (
                OperationState::Unknown,
                "tminus ended before its effect was seen",
            )
        } else {
            (
                OperationState::Failed,
                "tminus ended before anything was sent",
            )
        };
        let detail = Text::new(detail);
        self.write_change(id, Change::Ended { state, detail }, seen);
    }

    /// Writes down that the request is about to leave, unless any process did
    /// so before. Only after this may it leave. `seen` is what the vendor said
    /// to the fresh read before.
    pub(super) fn write_sent(&self, id: &OperationId, seen: &[RawAnswer]) -> Result<(), Error> {
        let body = EntryBody::Sent {
            operation: id.clone(),
            seen: self.keep(seen),
        };
        self.write_when(body, |ledger| {
            let fresh = ledger
                .get(id)
                .is_some_and(|known| known.record.state == OperationState::Confirmed);
            if fresh {
                Ok(())
            } else {
                Err(Error::new(Kind::Refused, "it was carried out before"))
            }
        })
        .map(|_| ())
    }

    /// Writes a change down; when that cannot be, it is shown all the same,
    /// with the reason. `seen` is what the vendor said to the last question.
    pub(super) fn write_change(&self, id: &OperationId, change: Change, seen: &[RawAnswer]) {
        let operation = id.clone();
        let body = match change {
            Change::Sent => EntryBody::Sent {
                operation,
                seen: self.keep(seen),
            },
            Change::Answered {
                answer,
                handle,
                request_id,
                detail,
            } => EntryBody::Answered {
                operation,
                answer,
                handle,
                request_id,
                detail,
                seen: self.keep(seen),
            },
            Change::Ended { state, mut detail } => {
                let known = self.known(id);
                if state == OperationState::Observed
                    && let Some(next) = known.and_then(|known| known.record.again_as)
                {
                    detail = Text::from(format!(
                        "{detail}; it was sent again as {next}, so either may have done it"
                    ));
                }
                let same = self
                    .known(id)
                    .is_some_and(|known| known.record.state == state);
                if same {
                    // Still unknown, or another process saw it first.
                    let now = self.now();
                    self.ledger().remark(id, &detail, now);
                    return;
                }
                EntryBody::Outcome {
                    operation,
                    state,
                    detail,
                    seen: self.keep(seen),
                }
            }
        };
        self.write_or_say(body);
    }

    pub(super) fn write_or_say(&self, mut body: EntryBody) {
        let refused = match self.obstacle() {
            Some(error) => Err(error),
            None => self.write_when(body.clone(), |_| Ok(())).map(|_| ()),
        };
        if let Err(error) = refused {
            if let EntryBody::Outcome { detail, .. }
            | EntryBody::Answered { detail, .. }
            | EntryBody::Recovered { detail, .. }
            | EntryBody::PlanEnded { detail, .. } = &mut body
            {
                *detail = Text::from(format!("{detail} (not in the journal: {})", error.message));
            }
            self.apply_unwritten(&body);
        }
    }
}

/// Does what waits for the disk where waiting harms nobody.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Error::new(Kind::Unknown, error.to_string())))
}

/// What is known of a confirmed operation without any journal.
fn record_of(confirmed: &Confirmed) -> OperationRecord {
    OperationRecord {
        id: confirmed.id.clone(),
        intent: confirmed.intent.clone(),
        actor: confirmed.actor.clone(),
        summary: Text::from(super::describe::describe(&confirmed.intent, false).summary),
        request: Text::from(PreparedRequest::to_string(&confirmed.request)),
        state: OperationState::Unknown,
        history: vec![crate::domain::Transition {
            at: confirmed.at,
            state: OperationState::Unknown,
            detail: Text::new("the journal does not know it"),
        }],
        again_of: None,
        again_as: None,
        looked: None,
    }
}
