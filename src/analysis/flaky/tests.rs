//! What the fold of outcomes promises.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::domain::{Conclusion, Run, RunState, SourceId};

fn start() -> Timestamp {
    Timestamp::from_timestamp(1_795_600_000, 0).unwrap()
}

fn outcome(run: u8, attempt: u32, commit: &str, minutes: i64, ended: Ended) -> Outcome {
    Outcome {
        subject: subject(),
        at: start() + TimeDelta::minutes(minutes),
        run: Origin::new(&SourceId::new("ci"), &format!("runs/{run}")),
        number: u64::from(run),
        attempt,
        commit: commit.into(),
        ended,
        class: Text::default(),
    }
}

fn subject() -> Subject {
    Subject {
        service: "web".into(),
        workflow: "CI".into(),
        job: "e2e".into(),
        test: Text::default(),
    }
}

fn history(outcomes: &[Outcome]) -> History {
    let mut history = History::default();
    for outcome in outcomes {
        history.add(outcome.clone());
    }
    history
}

fn now() -> Timestamp {
    start() + TimeDelta::days(1)
}

#[test]
fn a_failure_that_a_pass_follows_on_the_same_commit_is_flaky() {
    let history = history(&[
        outcome(1, 1, "a", 0, Ended::Passed),
        outcome(2, 1, "b", 10, Ended::Failed),
        outcome(2, 2, "b", 20, Ended::Passed),
        outcome(3, 1, "c", 30, Ended::Failed),
    ]);
    let found = history.of(&subject(), now()).unwrap();
    assert_eq!(
        (found.flaky_failures, found.flaky_commits, found.commits),
        (1, 1, 3)
    );
    assert!((found.rate - 1.0 / 3.0).abs() < 1e-9);
    let last = found.last.clone().unwrap();
    assert_eq!(last.1.key.as_str(), "runs/2");
    assert_eq!(found.last_failure.clone().unwrap().key.as_str(), "runs/3");
    assert_eq!(found.recent, [Ended::Passed, Ended::Flaky, Ended::Failed]);
}

/// The log of what is new would grow with each look at an old run otherwise.
#[test]
fn what_is_too_old_to_be_kept_is_no_news() {
    let most = i64::try_from(MOST_OUTCOMES).unwrap();
    let runs: Vec<Outcome> = (0..=most)
        .map(|run| outcome(u8::try_from(run).unwrap(), 1, "a", run, Ended::Failed))
        .collect();
    let history = history(&runs);
    assert_eq!(history.outcomes().len(), MOST_OUTCOMES);
    assert!(history.knows(&runs[0]) && history.knows(&runs[1]));
    let newer = outcome(200, 1, "a", most + 1, Ended::Failed);
    assert!(!history.knows(&newer));
    // One that is told as more than it was is news, however old it is.
    assert!(!history.knows(&outcome(1, 1, "a", 1, Ended::Flaky)));
}

#[test]
fn what_a_change_broke_or_mended_is_not_flaky() {
    for outcomes in [
        vec![
            outcome(1, 1, "a", 0, Ended::Failed),
            outcome(2, 1, "b", 10, Ended::Passed),
        ],
        // A pass before the failure says that something else has changed.
        vec![
            outcome(1, 1, "a", 0, Ended::Passed),
            outcome(2, 1, "a", 10, Ended::Failed),
        ],
        vec![outcome(1, 1, "a", 0, Ended::Failed)],
        // Nobody knows whether two unknown commits are the same.
        vec![
            outcome(1, 1, "", 0, Ended::Failed),
            outcome(1, 2, "", 10, Ended::Passed),
        ],
    ] {
        assert!(history(&outcomes).flaky(now()).is_empty(), "{outcomes:?}");
    }
}

#[test]
fn attempts_tell_the_order_within_a_run_whatever_the_clocks_say() {
    let history = history(&[
        outcome(1, 2, "a", 0, Ended::Passed),
        outcome(1, 1, "a", 5, Ended::Failed),
    ]);
    assert_eq!(history.flaky(now()).len(), 1);
}

#[test]
fn a_run_that_succeeded_is_a_pass_of_what_failed_before() {
    let mut history = history(&[
        outcome(1, 1, "a", 0, Ended::Failed),
        Outcome {
            subject: Subject {
                job: "lint".into(),
                ..subject()
            },
            ..outcome(1, 1, "a", 0, Ended::Passed)
        },
        Outcome {
            subject: Subject {
                workflow: "CIx".into(),
                ..subject()
            },
            ..outcome(1, 1, "a", 0, Ended::Failed)
        },
    ]);
    let source = SourceId::new("ci");
    let run = |state: RunState| Run {
        id: Origin::new(&source, "runs/1"),
        service: "web".into(),
        number: 1,
        attempt: 2,
        workflow: "CI".into(),
        title: Text::default(),
        branch: "main".into(),
        commit: "a".into(),
        version: None,
        environment: None,
        event: Text::default(),
        actor: Text::default(),
        state,
        created: start(),
        started: None,
        updated: start() + TimeDelta::minutes(9),
        url: Text::default(),
    };
    assert!(
        of_success(
            &Brief::from(&run(RunState::Done(Conclusion::Failure))),
            &history
        )
        .is_empty()
    );
    let told = of_success(
        &Brief::from(&run(RunState::Done(Conclusion::Success))),
        &history,
    );
    assert_eq!(told.len(), 1);
    history.add(told[0].clone());
    assert_eq!(history.flaky(now()).len(), 1);
    // It was only said to be well; that it was seen to fail counts for more.
    let seen = outcome(1, 2, "a", 9, Ended::Failed);
    assert!(!history.knows(&seen));
    history.add(seen);
    assert!(history.flaky(now()).is_empty());
    assert!(history.knows(&told[0]));
}

#[test]
fn its_own_tool_saw_it_fail_and_pass() {
    let history = history(&[outcome(1, 1, "a", 0, Ended::Flaky)]);
    let found = history.flaky(now());
    assert_eq!(found[0].1.flaky_failures, 1);
}

#[test]
fn what_is_long_ago_weighs_little_and_then_nothing() {
    let history = history(&[outcome(1, 1, "a", 0, Ended::Flaky)]);
    let weight = |days: i64| {
        let now = start() + TimeDelta::days(days);
        history.of(&subject(), now).unwrap().weight(now)
    };
    assert!((weight(0) - 1.0).abs() < 1e-6);
    assert!((weight(7) - 0.5).abs() < 1e-6);
    assert!(weight(31).abs() < f64::EPSILON);
}

#[test]
fn the_class_of_the_last_runs_is_counted() {
    let mut outcomes: Vec<Outcome> = (0..30)
        .map(|run| outcome(run, 1, &format!("c{run}"), i64::from(run), Ended::Passed))
        .collect();
    for run in [5, 20, 25, 29] {
        outcomes[run].ended = Ended::Failed;
        outcomes[run].class = "infrastructure".into();
    }
    outcomes[26].ended = Ended::Failed;
    let history = history(&outcomes);
    assert_eq!(history.failed_so(&subject(), "infrastructure"), (20, 3));
    assert_eq!(history.failed_so(&subject(), "test"), (20, 0));
    assert_eq!(history.failed_so(&Subject::default(), "test"), (0, 0));
}

#[test]
fn it_is_said_in_a_sentence() {
    // A Wednesday.
    let now = Timestamp::from_timestamp(1_795_608_000, 0).unwrap();
    let found = |days: i64| Flakiness {
        recent: vec![Ended::Passed; 20],
        flaky_failures: 3,
        commits: 10,
        flaky_commits: 3,
        rate: 0.3,
        last: Some((now - TimeDelta::days(days), Origin::default())),
        last_failure: None,
    };
    for (days, words) in [
        (0, "flaky: 3 of the last 20 runs; last today"),
        (1, "flaky: 3 of the last 20 runs; last on Tue"),
        (9, "flaky: 3 of the last 20 runs; last on 16 Nov"),
    ] {
        assert_eq!(found(days).sentence(now), words);
    }
    assert_eq!(found(0).short(), "flaky 3/20");
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    let ended = prop_oneof![Just(Ended::Passed), Just(Ended::Failed), Just(Ended::Flaky)];
    (0..40_u8, 1..4_u32, 0..6_u8, 0..5_000_i64, ended, 0..3_u8).prop_map(
        |(run, attempt, commit, minutes, ended, class)| {
            let commit = ["", "a", "b", "c", "d", "e"][usize::from(commit)];
            let mut one = outcome(run, attempt, commit, minutes, ended);
            one.class = ["", "test", "infrastructure"][usize::from(class)].into();
            one
        },
    )
}

proptest! {
    #[test]
    fn the_order_in_which_outcomes_come_changes_nothing(
        mut outcomes in prop::collection::vec(any_outcome(), 0..260),
        seed in any::<u64>(),
    ) {
        // Where more is told than is kept, one attempt is told of one time: what
        // was let go as old cannot come back as new.
        let many = outcomes.len() > MOST_OUTCOMES;
        for outcome in outcomes.iter_mut().filter(|_| many) {
            outcome.at = start() + TimeDelta::minutes(
                i64::try_from(outcome.number).unwrap() * 10 + i64::from(outcome.attempt),
            );
        }
        let straight = history(&outcomes);
        // A shuffle that the seed decides, and everything twice.
        let mut state = seed | 1;
        for place in (1..outcomes.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            outcomes.swap(place, (state >> 33) as usize % (place + 1));
        }
        let mut twice = outcomes.clone();
        twice.extend(outcomes.into_iter().rev());
        prop_assert_eq!(straight, history(&twice));
    }

    #[test]
    fn nothing_is_flaky_without_a_failure_and_a_pass_on_one_commit(
        outcomes in prop::collection::vec(any_outcome(), 0..40),
    ) {
        let history = history(&outcomes);
        let kept = history.outcomes();
        let both = |commit: &Text| {
            let on = |wanted: &[Ended]| {
                kept.iter().any(|one| &one.commit == commit && wanted.contains(&one.ended))
            };
            on(&[Ended::Failed, Ended::Flaky]) && on(&[Ended::Passed, Ended::Flaky])
        };
        let commits: BTreeSet<&Text> = kept
            .iter()
            .map(|one| &one.commit)
            .filter(|commit| !commit.is_empty())
            .collect();
        let possible = commits.iter().filter(|commit| both(commit)).count();
        for (_, found) in history.flaky(now()) {
            prop_assert!(found.flaky_commits <= possible);
            prop_assert!(possible > 0);
            prop_assert!((0.0..=1.0).contains(&found.rate));
            prop_assert!(found.flaky_failures <= found.recent.len());
        }
    }

    #[test]
    fn what_is_kept_is_bounded_and_gives_the_same_again(
        outcomes in prop::collection::vec(any_outcome(), 0..260),
    ) {
        let one = history(&outcomes);
        let kept = one.outcomes();
        prop_assert!(kept.len() <= MOST_OUTCOMES);
        prop_assert_eq!(history(&kept), one.clone());
        for outcome in &kept {
            prop_assert!(one.knows(outcome));
        }
    }
}
