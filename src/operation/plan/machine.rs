//! The life of a plan after it was confirmed, as one pure function: one step
//! after the other, the next only when the one before was seen to have worked.
//!
//! ```text
//! Ready ─Begin─▶ Checking ─allowed─▶ Sending ─observed─▶ Checking the next …
//!                   │ refused, stop     │ failed, unknown     │ none left
//!                   ▼                   ▼                     ▼
//!                Stopped             Stopped                 Done
//! ```
//!
//! Where the steps have nothing to do with each other, one that is refused or
//! fails does not keep the next ones back; one of unknown outcome always does.
//!
//! It has no clock and no I/O, so that every order of events can be played in
//! a test. `Send` is asked for at most once for each step.

use crate::domain::{OperationState, StepState, Text};

/// Where a plan is in its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Where each step stands.
    pub steps: Vec<StepState>,
    /// What is being done.
    pub doing: Doing,
    /// Why it shall stop as soon as what is under way has ended.
    pub stop: Option<Text>,
    /// Whether the next step starts although one was refused or failed.
    pub independent: bool,
}

/// What is being done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Its confirmation is durable; nothing else has happened.
    Ready,
    /// A step is checked anew with fresh facts.
    Checking(usize),
    /// A step's operation is confirmed, sent, and looked for.
    Sending(usize),
    /// Nothing more happens by itself.
    Over(End),
}

/// How a plan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All steps were seen to have worked.
    Done,
    /// It ended before.
    Stopped,
}

/// What can happen to a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// It was just confirmed.
    Begin,
    /// A step was checked anew: it may go on, or why not.
    Checked(usize, Result<(), Text>),
    /// A step's operation ended; or why it never began.
    Ended(usize, Result<OperationState, Text>, Text),
    /// A person wants it to stop, or the program ends.
    Stop(Text),
}

/// What has to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Check a step anew: answers with [`Input::Checked`].
    Check(usize),
    /// Confirm the step's operation durably, send it once, and look for its
    /// effect: answers with [`Input::Ended`].
    Send(usize),
    /// Tell the person where the plan stands.
    Show,
    /// Write down that the plan ended, and why.
    End(End, Text),
}

impl State {
    /// A plan that was confirmed, from the states of its steps.
    #[must_use]
    pub fn new(steps: Vec<StepState>) -> Self {
        Self {
            steps,
            doing: Doing::Ready,
            stop: None,
            independent: false,
        }
    }

    /// Steps that have nothing to do with each other.
    #[must_use]
    pub fn independent(steps: Vec<StepState>) -> Self {
        Self {
            independent: true,
            ..Self::new(steps)
        }
    }
}

/// One step of the life. An input that does not fit the state changes nothing.
#[must_use]
pub fn step(mut state: State, input: Input) -> (State, Vec<Effect>) {
    match (&state.doing, input) {
        (Doing::Ready, Input::Begin) => next(state),
        (Doing::Checking(at), Input::Checked(checked, result)) if *at == checked => {
            let at = *at;
            match (result, state.stop.take()) {
                (_, Some(why)) => end(state, why),
                (Ok(()), None) => {
                    state.doing = Doing::Sending(at);
                    set(&mut state, at, StepState::Running);
                    (state, vec![Effect::Send(at)])
                }
                (Err(_), None) if state.independent => {
                    set(&mut state, at, StepState::Refused);
                    next(state)
                }
                (Err(why), None) => end(state, why),
            }
        }
        (Doing::Sending(at), Input::Ended(ended, result, detail)) if *at == ended => {
            let at = *at;
            let (step, why) = match result {
                Ok(OperationState::Observed) => (StepState::Observed, None),
                Ok(OperationState::Failed) if state.independent => (StepState::Failed, None),
                Ok(OperationState::Failed) => (StepState::Failed, Some(detail)),
                Ok(_) => (StepState::Unknown, Some(detail)),
                Err(why) => (StepState::Stopped, Some(why)),
            };
            set(&mut state, at, step);
            match why {
                Some(why) => end(state, why),
                None => next(state),
            }
        }
        (Doing::Ready | Doing::Checking(_), Input::Stop(why)) => end(state, why),
        (Doing::Sending(_), Input::Stop(why)) if state.stop.is_none() => {
            state.stop = Some(why);
            (state, vec![Effect::Show])
        }
        _ => (state, Vec::new()),
    }
}

fn set(state: &mut State, at: usize, to: StepState) {
    if let Some(step) = state.steps.get_mut(at) {
        *step = to;
    }
}

/// The next step that is planned; done when there is none.
fn next(mut state: State) -> (State, Vec<Effect>) {
    let planned = state
        .steps
        .iter()
        .position(|step| *step == StepState::Planned);
    let Some(at) = planned else {
        // Nothing is left to stop.
        state.stop = None;
        state.doing = Doing::Over(End::Done);
        return (state, vec![Effect::End(End::Done, Text::default())]);
    };
    if let Some(why) = state.stop.take() {
        return end(state, why);
    }
    state.doing = Doing::Checking(at);
    (state, vec![Effect::Show, Effect::Check(at)])
}

fn end(mut state: State, why: Text) -> (State, Vec<Effect>) {
    for step in &mut state.steps {
        if *step == StepState::Planned {
            *step = StepState::Stopped;
        }
    }
    state.stop = None;
    state.doing = Doing::Over(End::Stopped);
    (state, vec![Effect::End(End::Stopped, why)])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plan(steps: usize) -> State {
        State::new(vec![StepState::Planned; steps])
    }

    fn play(state: State, inputs: Vec<Input>) -> (State, Vec<Effect>) {
        inputs
            .into_iter()
            .fold((state, Vec::new()), |(state, mut all), input| {
                let (state, effects) = step(state, input);
                all.extend(effects);
                (state, all)
            })
    }

    fn observed(at: usize) -> Input {
        Input::Ended(at, Ok(OperationState::Observed), Text::default())
    }

    fn allowed(at: usize) -> Input {
        Input::Checked(at, Ok(()))
    }

    fn why(text: &str) -> Text {
        Text::new(text)
    }

    #[test]
    fn one_goes_after_the_other_and_then_it_is_done() {
        let inputs = vec![
            Input::Begin,
            allowed(0),
            observed(0),
            allowed(1),
            observed(1),
        ];
        let (state, effects) = play(plan(2), inputs);
        assert_eq!(state.doing, Doing::Over(End::Done));
        assert_eq!(
            effects,
            [
                Effect::Show,
                Effect::Check(0),
                Effect::Send(0),
                Effect::Show,
                Effect::Check(1),
                Effect::Send(1),
                Effect::End(End::Done, Text::default()),
            ]
        );
    }

    #[test]
    fn what_is_refused_or_skipped_is_passed_over() {
        let state = State::new(vec![
            StepState::Refused,
            StepState::Planned,
            StepState::Skipped,
        ]);
        let (state, effects) = play(state, vec![Input::Begin, allowed(1), observed(1)]);
        assert_eq!(state.doing, Doing::Over(End::Done));
        assert_eq!(
            effects
                .iter()
                .filter(|effect| matches!(effect, Effect::Send(_)))
                .collect::<Vec<_>>(),
            [&Effect::Send(1)]
        );
        assert_eq!(state.steps[0], StepState::Refused);
    }

    #[test]
    fn a_rule_that_refuses_now_stops_it_before_anything_is_sent() {
        let inputs = vec![Input::Begin, Input::Checked(0, Err(why("no")))];
        let (state, effects) = play(plan(2), inputs);
        assert_eq!(state.doing, Doing::Over(End::Stopped));
        assert_eq!(state.steps, [StepState::Stopped; 2]);
        assert_eq!(effects.last(), Some(&Effect::End(End::Stopped, why("no"))));
    }

    #[test]
    fn failed_and_unknown_stop_it() {
        for (outcome, step) in [
            (OperationState::Failed, StepState::Failed),
            (OperationState::Unknown, StepState::Unknown),
            (OperationState::Accepted, StepState::Unknown),
        ] {
            let ended = Input::Ended(0, Ok(outcome), why("it broke"));
            let (state, effects) = play(plan(2), vec![Input::Begin, allowed(0), ended]);
            assert_eq!(state.steps, [step, StepState::Stopped]);
            assert_eq!(
                effects.last(),
                Some(&Effect::End(End::Stopped, why("it broke")))
            );
        }
    }

    #[test]
    fn a_stop_between_steps_lets_what_is_under_way_end() {
        let inputs = vec![
            Input::Begin,
            allowed(0),
            Input::Stop(why("ana stopped it")),
            observed(0),
        ];
        let (state, effects) = play(plan(2), inputs);
        assert_eq!(state.steps, [StepState::Observed, StepState::Stopped]);
        assert_eq!(
            effects.last(),
            Some(&Effect::End(End::Stopped, why("ana stopped it")))
        );
        // While it is only checked, nothing has left: it stops at once.
        let (state, effects) = play(
            plan(1),
            vec![Input::Begin, Input::Stop(why("no")), allowed(0)],
        );
        assert_eq!(state.doing, Doing::Over(End::Stopped));
        assert!(!effects.contains(&Effect::Send(0)));
    }

    #[test]
    fn a_stop_after_the_last_step_leaves_it_done() {
        let inputs = vec![
            Input::Begin,
            allowed(0),
            Input::Stop(why("late")),
            observed(0),
        ];
        assert_eq!(play(plan(1), inputs).0.doing, Doing::Over(End::Done));
    }

    #[test]
    fn steps_of_their_own_go_on_after_a_failure_and_stop_at_the_unknown() {
        let run = |outcome| {
            let ended = Input::Ended(1, Ok(outcome), why("so"));
            let state = State::independent(vec![StepState::Planned; 3]);
            let refused = Input::Checked(0, Err(why("it moved")));
            play(state, vec![Input::Begin, refused, allowed(1), ended]).0
        };
        let failed = run(OperationState::Failed);
        assert_eq!(
            failed.steps,
            [StepState::Refused, StepState::Failed, StepState::Planned]
        );
        assert_eq!(failed.doing, Doing::Checking(2));
        let unknown = run(OperationState::Unknown);
        assert_eq!(
            unknown.steps,
            [StepState::Refused, StepState::Unknown, StepState::Stopped]
        );
        assert_eq!(unknown.doing, Doing::Over(End::Stopped));
    }

    fn inputs() -> impl Strategy<Value = Vec<Input>> {
        let outcome = prop_oneof![
            Just(Ok(OperationState::Observed)),
            Just(Ok(OperationState::Observed)),
            Just(Ok(OperationState::Failed)),
            Just(Ok(OperationState::Unknown)),
            Just(Err(Text::new("not durable"))),
        ];
        let one = prop_oneof![
            2 => Just(Input::Begin),
            6 => (0usize..4).prop_map(|at| Input::Checked(at, Ok(()))),
            1 => (0usize..4).prop_map(|at| Input::Checked(at, Err(Text::new("refused")))),
            6 => ((0usize..4), outcome)
                .prop_map(|(at, outcome)| Input::Ended(at, outcome, Text::new("so"))),
            1 => Just(Input::Stop(Text::new("stop"))),
        ];
        prop::collection::vec(one, 0..60)
    }

    proptest! {
        #[test]
        fn no_order_of_events_breaks_the_promises(
            steps in prop::collection::vec(
                prop_oneof![
                    4 => Just(StepState::Planned),
                    1 => Just(StepState::Refused),
                    1 => Just(StepState::Skipped),
                ],
                0..4,
            ),
            inputs in inputs(),
            independent: bool,
        ) {
            let mut state = State::new(steps.clone());
            state.independent = independent;
            let mut sent: Vec<usize> = Vec::new();
            let mut ended = 0;
            for input in inputs {
                let was_over = matches!(state.doing, Doing::Over(_));
                let before = state.clone();
                let (next, effects) = step(state, input);
                if was_over {
                    // An end is final.
                    prop_assert_eq!(&next, &before);
                    prop_assert!(effects.is_empty());
                }
                for effect in &effects {
                    match effect {
                        Effect::Send(at) => {
                            // Once, and nothing that was refused.
                            prop_assert!(!sent.contains(at));
                            prop_assert_eq!(steps[*at], StepState::Planned);
                            // Everything before it was seen to have worked.
                            let earlier = steps.iter().zip(&next.steps).take(*at);
                            for (then, now) in earlier {
                                if *then == StepState::Planned && independent {
                                    // Nothing before it is of unknown outcome.
                                    prop_assert!(matches!(
                                        now,
                                        StepState::Observed | StepState::Failed | StepState::Refused
                                    ));
                                } else if *then == StepState::Planned {
                                    prop_assert_eq!(*now, StepState::Observed);
                                }
                            }
                            sent.push(*at);
                        }
                        Effect::End(end, _) => {
                            ended += 1;
                            let all_done = next.steps.iter().zip(&steps).all(|(now, then)| {
                                *then != StepState::Planned
                                    || *now == StepState::Observed
                                    || independent
                                        && matches!(now, StepState::Failed | StepState::Refused)
                            });
                            prop_assert!(*end == End::Stopped || all_done);
                        }
                        Effect::Check(_) | Effect::Show => {}
                    }
                }
                state = next;
            }
            prop_assert!(ended <= 1);
        }
    }
}
