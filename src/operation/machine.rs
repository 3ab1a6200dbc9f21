//! The life of an operation after it was confirmed, as one pure function.
//!
//! ```text
//! Ready ─Precheck─▶ Prechecking ─▶ Recording ─durable─▶ Sending ─▶ Looking ─▶ Ended
//!                       │ moved        │ not durable       │ refused   │ seen, refuted,
//!                       ▼              ▼                   ▼           ▼ or time is over
//!                     Failed         Failed              Failed      Observed, Failed, Unknown
//! ```
//!
//! It has no clock, no I/O and nothing random, so that every order of events
//! can be played in a test. An answer of 2xx only means that the vendor took
//! the request; `Observed` comes from a fresh read and from nothing else.

use std::time::Duration;

use crate::{
    domain::{Act, OperationState, Text},
    integrations::contract::{Answer, Observation, Precheck},
    store::journal::AnswerKind,
};

/// The first pause before looking for the effect.
pub const FIRST_PAUSE: Duration = Duration::from_millis(300);
/// The longest pause between two looks.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long the effect of an act is looked for before it is called unknown:
/// a rollback runs a whole pipeline, everything else changes one object.
#[must_use]
pub fn looking_time(act: &Act) -> Duration {
    match act {
        Act::RollBack { .. } | Act::RollBackByRerun { .. } | Act::Undo { .. } => {
            Duration::from_secs(600)
        }
        Act::Approve { .. }
        | Act::Decline { .. }
        | Act::RerunFailed { .. }
        | Act::CancelRun { .. }
        | Act::Acknowledge { .. }
        | Act::Resolve { .. }
        | Act::AddNote { .. }
        | Act::Publish { .. }
        | Act::Steer { .. } => Duration::from_secs(180),
    }
}

/// Where an operation is in its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Its confirmation is durable; nothing else has happened here.
    Ready {
        /// How long to look for the effect.
        limit: Duration,
    },
    /// The target is being read afresh.
    Prechecking {
        /// How long to look for the effect.
        limit: Duration,
    },
    /// "About to be sent" is being written down.
    Recording {
        /// How long to look for the effect.
        limit: Duration,
    },
    /// The request is out.
    Sending {
        /// How long to look for the effect.
        limit: Duration,
    },
    /// The effect is being looked for.
    Looking(Looking),
    /// Nothing more happens by itself.
    Ended(OperationState),
}

/// What is remembered while the effect is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looking {
    /// What the vendor answered to find the effect by; empty when lost.
    handle: Text,
    /// The pause before the next look.
    pause: Duration,
    /// How this looking began.
    since: Began,
    /// What the last look said.
    last: Text,
}

/// How looking for an effect began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Began {
    /// The request was sent by this process.
    Sent,
    /// A later start found it: "about to be sent" was written down.
    Found,
    /// A later start found it, and "about to be sent" was never written, so
    /// that the request cannot have left.
    FoundUnsent,
}

/// What can happen to an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// It was just confirmed.
    Begin,
    /// It was found again, or a person asks to look again.
    Resume {
        /// What the vendor answered; empty when lost.
        handle: Text,
        /// Whether "about to be sent" was written down.
        sent: bool,
    },
    /// The fresh read of the target, or why it failed.
    Prechecked(Result<Precheck, Text>),
    /// What was appended last is durable.
    Durable,
    /// It is not, for this reason.
    NotDurable(Text),
    /// What came back for the request.
    Answered(Answer),
    /// What a fresh read said about the effect, or why it failed.
    Looked(Result<Observation, Text>),
    /// The pause is over.
    PauseOver,
    /// The time for looking is over.
    TimeOver,
}

/// What has to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Read the target afresh: answers with [`Input::Prechecked`].
    Precheck,
    /// Write down durably, then show. For [`Change::Sent`] it answers with
    /// [`Input::Durable`] or [`Input::NotDurable`].
    Append(Change),
    /// Send the request, once: answers with [`Input::Answered`].
    Send,
    /// Read whether the effect is there: answers with [`Input::Looked`].
    Look {
        /// What the vendor answered; empty when lost.
        handle: Text,
    },
    /// Answer with [`Input::PauseOver`] after this.
    Pause(Duration),
    /// Answer with [`Input::TimeOver`] after this, unless it has ended.
    Limit(Duration),
    /// Tell the person what the last look said.
    Show(Text),
}

/// What is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The request is about to leave.
    Sent,
    /// How the vendor answered.
    Answered {
        /// How.
        answer: AnswerKind,
        /// Finds the effect again.
        handle: Text,
        /// The vendor's id of the request.
        request_id: Text,
        /// For people.
        detail: Text,
    },
    /// How it ended.
    Ended {
        /// Observed, failed or unknown.
        state: OperationState,
        /// The proof or the reason.
        detail: Text,
    },
}

/// One step. An input that does not fit the state changes nothing.
#[must_use]
pub fn step(state: State, input: Input) -> (State, Vec<Effect>) {
    match (state, input) {
        (State::Ready { limit }, Input::Begin) => {
            (State::Prechecking { limit }, vec![Effect::Precheck])
        }
        (State::Ready { limit }, Input::Resume { handle, sent }) => {
            let looking = Looking {
                handle: handle.clone(),
                pause: FIRST_PAUSE,
                since: if sent {
                    Began::Found
                } else {
                    Began::FoundUnsent
                },
                last: Text::default(),
            };
            (
                State::Looking(looking),
                vec![Effect::Limit(limit), Effect::Look { handle }],
            )
        }
        (State::Prechecking { limit }, Input::Prechecked(Ok(Precheck::Ready))) => (
            State::Recording { limit },
            vec![Effect::Append(Change::Sent)],
        ),
        (State::Prechecking { .. }, Input::Prechecked(Ok(Precheck::Moved(why)))) => {
            end(OperationState::Failed, &format!("nothing was sent: {why}"))
        }
        (State::Prechecking { .. }, Input::Prechecked(Err(why))) => end(
            OperationState::Failed,
            &format!("nothing was sent, because the target could not be read: {why}"),
        ),
        (State::Recording { limit }, Input::Durable) => {
            (State::Sending { limit }, vec![Effect::Send])
        }
        (State::Recording { .. }, Input::NotDurable(why)) => end(
            OperationState::Failed,
            &format!("nothing was sent, because it could not be written down: {why}"),
        ),
        (State::Sending { limit }, Input::Answered(answer)) => answered(limit, answer),
        (State::Looking(looking), input) => look(looking, input),
        (state, _) => (state, Vec::new()),
    }
}

fn answered(limit: Duration, answer: Answer) -> (State, Vec<Effect>) {
    let (kind, handle, request_id, detail) = match answer {
        Answer::Refused { status, why } => {
            let detail = Text::from(format!("refused with status {status}: {why}"));
            let (state, mut effects) = end(OperationState::Failed, &detail);
            effects.insert(
                0,
                Effect::Append(Change::Answered {
                    answer: AnswerKind::Refused,
                    handle: Text::default(),
                    request_id: Text::default(),
                    detail,
                }),
            );
            return (state, effects);
        }
        Answer::Accepted { handle, request_id } => (
            AnswerKind::Accepted,
            handle,
            request_id,
            Text::new("the request was taken; its effect is not seen yet"),
        ),
        Answer::Lost(why) => (
            AnswerKind::Lost,
            Text::default(),
            Text::default(),
            Text::from(format!("no certain answer, looking for the effect: {why}")),
        ),
    };
    let looking = Looking {
        handle: handle.clone(),
        pause: FIRST_PAUSE,
        since: Began::Sent,
        last: Text::default(),
    };
    let change = Change::Answered {
        answer: kind,
        handle,
        request_id,
        detail,
    };
    (
        State::Looking(looking),
        vec![
            Effect::Append(change),
            Effect::Limit(limit),
            Effect::Pause(FIRST_PAUSE),
        ],
    )
}

fn look(looking: Looking, input: Input) -> (State, Vec<Effect>) {
    match input {
        Input::PauseOver => {
            let handle = looking.handle.clone();
            (State::Looking(looking), vec![Effect::Look { handle }])
        }
        Input::Looked(Ok(Observation::Done(proof))) => end(OperationState::Observed, &proof),
        Input::Looked(Ok(Observation::Refuted(why))) => end(OperationState::Failed, &why),
        Input::Looked(Ok(Observation::Pending(what))) => {
            if looking.since == Began::FoundUnsent {
                return end(
                    OperationState::Failed,
                    "tminus ended before the request left; nothing was sent",
                );
            }
            look_again(looking, what)
        }
        Input::Looked(Err(why)) => look_again(looking, Text::from(format!("cannot look: {why}"))),
        Input::TimeOver => {
            let last = if looking.last.is_empty() {
                "no look came back in time"
            } else {
                looking.last.as_str()
            };
            let detail = match looking.since {
                Began::Sent => format!("sent, but its effect was not seen in time; last: {last}"),
                Began::Found => format!("its effect is still not seen; last: {last}"),
                Began::FoundUnsent => {
                    format!("it had not left tminus, and the target cannot be read; last: {last}")
                }
            };
            end(OperationState::Unknown, &detail)
        }
        _ => (State::Looking(looking), Vec::new()),
    }
}

fn look_again(looking: Looking, what: Text) -> (State, Vec<Effect>) {
    let pause = (looking.pause * 2).min(LONGEST_PAUSE);
    let mut effects = Vec::new();
    if what != looking.last {
        effects.push(Effect::Show(what.clone()));
    }
    effects.push(Effect::Pause(pause));
    (
        State::Looking(Looking {
            pause,
            last: what,
            ..looking
        }),
        effects,
    )
}

fn end(state: OperationState, detail: &str) -> (State, Vec<Effect>) {
    let change = Change::Ended {
        state,
        detail: Text::new(detail),
    };
    (State::Ended(state), vec![Effect::Append(change)])
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(180);

    fn play(inputs: Vec<Input>) -> (State, Vec<Effect>) {
        inputs.into_iter().fold(
            (State::Ready { limit: LIMIT }, Vec::new()),
            |(state, mut all), input| {
                let (state, effects) = step(state, input);
                all.extend(effects);
                (state, all)
            },
        )
    }

    fn to_sending() -> Vec<Input> {
        vec![
            Input::Begin,
            Input::Prechecked(Ok(Precheck::Ready)),
            Input::Durable,
        ]
    }

    fn accepted() -> Input {
        Input::Answered(Answer::Accepted {
            handle: "run/7".into(),
            request_id: "R1".into(),
        })
    }

    #[test]
    fn it_is_sent_only_after_the_entry_is_durable() {
        let (_, effects) = play(to_sending()[..2].to_vec());
        assert_eq!(effects, [Effect::Precheck, Effect::Append(Change::Sent)]);
        let (state, effects) = play(to_sending());
        assert_eq!(effects.last(), Some(&Effect::Send));
        assert_eq!(state, State::Sending { limit: LIMIT });
    }

    #[test]
    fn nothing_is_sent_when_the_target_moved_is_unreadable_or_the_disk_refuses() {
        for inputs in [
            vec![
                Input::Begin,
                Input::Prechecked(Ok(Precheck::Moved("it serves 4.11.2".into()))),
            ],
            vec![Input::Begin, Input::Prechecked(Err("502".into()))],
            vec![
                Input::Begin,
                Input::Prechecked(Ok(Precheck::Ready)),
                Input::NotDurable("full".into()),
            ],
        ] {
            let (state, effects) = play(inputs);
            assert_eq!(state, State::Ended(OperationState::Failed));
            assert!(!effects.contains(&Effect::Send));
            let Some(Effect::Append(Change::Ended { detail, .. })) = effects.last() else {
                panic!("{effects:?}");
            };
            assert!(detail.starts_with("nothing was sent"), "{detail}");
        }
    }

    #[test]
    fn an_answer_of_2xx_is_no_outcome() {
        let mut inputs = to_sending();
        inputs.push(accepted());
        assert!(matches!(play(inputs.clone()).0, State::Looking(_)));
        inputs.push(Input::PauseOver);
        inputs.push(Input::Looked(Ok(Observation::Done("run 7 runs".into()))));
        assert_eq!(play(inputs).0, State::Ended(OperationState::Observed));
    }

    #[test]
    fn a_lost_answer_is_looked_for_and_becomes_unknown_never_sent_again() {
        let mut inputs = to_sending();
        inputs.push(Input::Answered(Answer::Lost("reset".into())));
        for _ in 0..50 {
            inputs.push(Input::PauseOver);
            inputs.push(Input::Looked(Ok(Observation::Pending(
                "nothing yet".into(),
            ))));
        }
        inputs.push(Input::TimeOver);
        let (state, effects) = play(inputs);
        assert_eq!(state, State::Ended(OperationState::Unknown));
        assert_eq!(
            effects
                .iter()
                .filter(|effect| **effect == Effect::Send)
                .count(),
            1
        );
    }

    #[test]
    fn pauses_grow_from_a_third_of_a_second_to_five() {
        let mut inputs = to_sending();
        inputs.push(accepted());
        for _ in 0..7 {
            inputs.push(Input::PauseOver);
            inputs.push(Input::Looked(Err("timeout".into())));
        }
        let pauses: Vec<u128> = play(inputs)
            .1
            .iter()
            .filter_map(|effect| match effect {
                Effect::Pause(pause) => Some(pause.as_millis()),
                _ => None,
            })
            .collect();
        assert_eq!(pauses, [300, 600, 1200, 2400, 4800, 5000, 5000, 5000]);
    }

    #[test]
    fn one_that_was_found_is_read_back_and_never_sent() {
        for sent in [false, true] {
            let resume = Input::Resume {
                handle: "h".into(),
                sent,
            };
            let (_, effects) = play(vec![resume.clone()]);
            assert_eq!(
                effects,
                [Effect::Limit(LIMIT), Effect::Look { handle: "h".into() }]
            );
            let pending = Input::Looked(Ok(Observation::Pending("no".into())));
            let (state, _) = play(vec![resume.clone(), pending]);
            assert_eq!(state == State::Ended(OperationState::Failed), !sent);
            let done = Input::Looked(Ok(Observation::Done("yes".into())));
            assert_eq!(
                play(vec![resume, done]).0,
                State::Ended(OperationState::Observed)
            );
        }
    }

    #[test]
    fn what_comes_after_the_end_changes_nothing() {
        let mut inputs = to_sending();
        inputs.push(Input::Answered(Answer::Refused {
            status: 422,
            why: "no".into(),
        }));
        let (state, effects) = play(inputs.clone());
        assert_eq!(state, State::Ended(OperationState::Failed));
        inputs.extend([
            accepted(),
            Input::Durable,
            Input::PauseOver,
            Input::TimeOver,
            Input::Begin,
        ]);
        assert_eq!(play(inputs), (state, effects));
    }
}
