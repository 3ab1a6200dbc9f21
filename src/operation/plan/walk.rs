//! Plays a machine: asks it what to do, has it done, and tells it what came of
//! it.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::{
    check::rank,
    drive::Hands,
    machine::{Doing, Effect, End, Input, State, step},
};
use crate::{
    domain::{OperationId, OperationState, Text},
    error::{Error, Kind},
    operation::{Answers, Checked, Desk, Draft, Emit, Strength, driver::blocking},
};

/// What came of a question of the machine.
pub(in crate::operation) enum Came {
    /// A step was checked anew: it may go on, or why not.
    Checked(usize, Result<Box<Checked>, Text>),
    /// A step's operation ended, with what was seen last; or why it never
    /// began.
    Ended(usize, Result<OperationState, Text>, Text),
}

impl Came {
    /// What came of a check.
    pub(in crate::operation) fn checked(at: usize, checked: Result<Checked, Error>) -> Self {
        let why = |error: Error| Text::from(error.message);
        Self::Checked(at, checked.map(Box::new).map_err(why))
    }
}

/// What the steps of a machine are carried out with.
pub(in crate::operation) trait Steps {
    /// The machine asks to show where it stands, and whether it is to stop.
    fn show(&self, stopping: Option<&Text>);

    /// Something came of a question.
    fn came(&mut self, _: &Came) {}

    /// The machine is in another state.
    fn moved(&mut self, _: &State) {}

    /// Checks a step with what is so now.
    fn check(&self, at: usize) -> BoxFuture<'static, Came>;

    /// Confirms, sends and looks for a step.
    fn send(&self, at: usize, checked: Box<Checked>) -> BoxFuture<'static, Came>;

    /// It is over.
    fn end(&mut self, end: End, why: Text) -> BoxFuture<'_, ()>;
}

/// Plays a machine to its end.
pub(in crate::operation) async fn walk(
    mut steps: impl Steps,
    mut state: State,
    mut stop: watch::Receiver<Option<Text>>,
) {
    let mut input = Input::Begin;
    let mut pending: Option<BoxFuture<'static, Came>> = None;
    let mut allowed: Option<Box<Checked>> = None;
    let mut heard = false;
    loop {
        let (next, effects) = step(state, input);
        state = next;
        steps.moved(&state);
        for effect in effects {
            match effect {
                Effect::Show => steps.show(state.stop.as_ref()),
                Effect::End(end, why) => steps.end(end, why).await,
                Effect::Check(at) => pending = Some(steps.check(at)),
                Effect::Send(at) => {
                    pending = allowed.take().map(|checked| steps.send(at, checked));
                }
            }
        }
        if matches!(state.doing, Doing::Over(_)) {
            return;
        }
        let Some(question) = &mut pending else {
            // The machine always asks for something; a missing question
            // must not become an endless loop.
            input = Input::Stop(Text::new("nothing was left to wait for"));
            continue;
        };
        input = tokio::select! {
            biased;
            why = asked_to_stop(&mut stop), if !heard => {
                heard = true;
                Input::Stop(why)
            }
            came = question => {
                steps.came(&came);
                match came {
                    Came::Checked(at, Ok(checked)) => {
                        allowed = Some(checked);
                        Input::Checked(at, Ok(()))
                    }
                    Came::Checked(at, Err(why)) => Input::Checked(at, Err(why)),
                    Came::Ended(at, state, detail) => Input::Ended(at, state, detail),
                }
            }
        };
    }
}

/// Checks a step with what is so now: it may ask for no more than the one yes
/// gave. `whose` names it where it is refused.
pub(in crate::operation) async fn check_anew(
    desk: &Desk,
    draft: Draft,
    (hands, given): (&Hands, &Strength),
    whose: &str,
) -> Result<Checked, Error> {
    let situation = (hands.situate)(draft.intent.clone()).await?;
    let mut situation = desk
        .look_closer(&draft.intent, situation, &hands.emit)
        .await;
    desk.inform(&draft.intent, &mut situation, &hands.emit, true)
        .await;
    let unexplained = draft.intent.reason.is_empty();
    let checked = desk
        .check(draft, &situation)
        .map_err(|refusal| Error::from(*refusal))?;
    let more = if checked.needs_second_person() {
        "needs a second person's yes now"
    } else if rank(checked.strength()) > rank(given) || (checked.needs_reason() && unexplained) {
        "asks for more now than was confirmed"
    } else {
        return Ok(checked);
    };
    Err(Error::new(Kind::Refused, format!("{whose} {more}")))
}

/// Confirms a step, tells of it, sends it once and looks for its effect. The
/// yes to all of them stands for the step's, which asks for no more.
pub(in crate::operation) async fn carry_out(
    desk: Arc<Desk>,
    at: usize,
    (checked, reason): (Box<Checked>, String),
    emit: Emit,
    begun: impl FnOnce(&OperationId) + Send,
) -> Came {
    let answers = Answers {
        typed: match checked.strength() {
            Strength::TypeName(name) => name.clone(),
            Strength::Key | Strength::Hold => String::new(),
        },
        held: true,
        reason,
    };
    let writing = Arc::clone(&desk);
    let confirmed = blocking(move || writing.confirm(&checked, &answers)).await;
    let confirmed = match confirmed {
        Ok(confirmed) => confirmed,
        Err(error) => return Came::Ended(at, Err(Text::from(error.message)), Text::default()),
    };
    begun(confirmed.id());
    let record = desk.carry_out(confirmed, emit).await;
    let detail = record
        .history
        .last()
        .map(|last| last.detail.clone())
        .unwrap_or_default();
    Came::Ended(at, Ok(record.state), detail)
}

/// Waits until somebody wants it to stop; for ever when nobody can.
async fn asked_to_stop(stop: &mut watch::Receiver<Option<Text>>) -> Text {
    let asked = stop.wait_for(Option::is_some).await;
    match asked.ok().and_then(|why| why.clone()) {
        Some(why) => why,
        None => std::future::pending().await,
    }
}
