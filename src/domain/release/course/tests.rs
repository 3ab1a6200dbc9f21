use proptest::prelude::*;

use super::*;
use ReleaseState as S;

fn at(second: i64) -> Timestamp {
    Timestamp::from_timestamp(1_700_000_000 + second, 0).unwrap()
}

fn event(why: &str, change: ReleaseChange) -> ReleaseEvent {
    ReleaseEvent {
        release: "train-1".into(),
        by: "ana".into(),
        why: why.into(),
        change,
    }
}

fn moved(from: S, to: S, why: &str) -> ReleaseEvent {
    let unmet = Vec::new();
    event(why, ReleaseChange::Moved { from, to, unmet })
}

fn plan() -> Release {
    let item = |service: &str| ReleaseItem {
        service: service.into(),
        to: "2".into(),
        ..ReleaseItem::default()
    };
    Release {
        id: "train-1".into(),
        declared: Some(S::Draft),
        items: vec![item("checkout"), item("billing")],
        checklist: vec![Check {
            id: "rollback-plan".into(),
            what: "a way back is known".into(),
            before: S::GoNoGo,
            required: true,
            state: CheckState::Open,
        }],
        review_due: Some(at(100)),
        ..Release::default()
    }
}

fn run(events: &[ReleaseEvent]) -> Course {
    Course::of(Some(plan()), (0..).map(at).zip(events)).unwrap()
}

#[test]
fn a_required_check_holds_up_the_state_that_it_stands_before() {
    let mut events = vec![
        moved(S::Draft, S::Scheduled, ""),
        moved(S::Scheduled, S::Readiness, ""),
    ];
    let on = moved(S::Readiness, S::GoNoGo, "");
    let why = run(&events).accepts(&on).unwrap_err();
    assert_eq!(
        why,
        "the check `rollback-plan` is open: a way back is known"
    );
    let check = ReleaseChange::Checked {
        check: "rollback-plan".into(),
        state: CheckState::Waived,
    };
    let silent = event(" ", check.clone());
    assert!(run(&events).accepts(&silent).is_err());
    events.push(event("there is none, and all agree", check));
    assert_eq!(run(&events).accepts(&on), Ok(()));
    // What leaves the way is never held up by a check.
    let held = moved(S::Readiness, S::Held, "the network is down");
    assert_eq!(run(&events[..2]).accepts(&held), Ok(()));
}

#[test]
fn a_gate_that_is_not_met_asks_for_a_reason() {
    let events = [
        moved(S::Draft, S::Scheduled, ""),
        moved(S::Scheduled, S::Readiness, ""),
    ];
    let unmet = vec![Text::new("checkout has an open incident")];
    let on = |why: &str| {
        event(
            why,
            ReleaseChange::Moved {
                from: S::Readiness,
                to: S::Scheduled,
                unmet: unmet.clone(),
            },
        )
    };
    assert!(run(&events).accepts(&on("")).is_err());
    assert!(run(&events).accepts(&on("it is the cure")).is_ok());
}

#[test]
fn what_was_seen_before_somebody_else_moved_it_is_refused() {
    let events = [moved(S::Draft, S::Scheduled, "")];
    let late = moved(S::Draft, S::Scrubbed, "no time");
    let why = run(&events).accepts(&late).unwrap_err();
    assert_eq!(why, "it is scheduled now, not draft: look again");
}

#[test]
fn a_cut_takes_the_item_out_and_its_return_brings_it_back() {
    let cut = event(
        "its canary fails",
        ReleaseChange::Cut {
            service: "billing".into(),
        },
    );
    let course = run(std::slice::from_ref(&cut));
    assert_eq!(course.release.items.len(), 1);
    assert_eq!(course.cut[0].service.as_str(), "billing");
    let all = event(
        "why not",
        ReleaseChange::Cut {
            service: "checkout".into(),
        },
    );
    assert!(course.accepts(&all).unwrap_err().contains("scrub"));
    let back = event(
        "",
        ReleaseChange::Returned {
            service: "billing".into(),
        },
    );
    let course = run(&[cut, back]);
    assert!(course.cut.is_empty());
    assert_eq!(course.release.items.len(), 2);
}

#[test]
fn the_review_of_a_hotfix_is_done_once_and_afterwards() {
    let done = event("", ReleaseChange::Reviewed);
    assert!(run(&[]).accepts(&done).is_err());
    let events = [moved(S::Draft, S::Scrubbed, "not needed"), done.clone()];
    assert!(run(&events[..1]).accepts(&done).is_ok());
    assert_eq!(run(&events).reviewed, Some((at(1), "ana".into())));
    assert!(run(&events).accepts(&done).is_err());
}

#[test]
fn of_two_who_saw_the_same_time_one_plans_it_anew() {
    let planned = |start: i64, end: i64| Planned {
        start: Some(at(start)),
        end: Some(at(end)),
    };
    let to = |from, to| event("", ReleaseChange::Rescheduled { from, to });
    let first = to(Planned::default(), planned(50, 90));
    let course = run(std::slice::from_ref(&first));
    assert_eq!(Planned::of(&course.release), planned(50, 90));
    let late = to(Planned::default(), planned(60, 90));
    assert!(course.accepts(&late).unwrap_err().contains("look again"));
    let backwards = to(planned(50, 90), planned(50, 50));
    assert!(course.accepts(&backwards).unwrap_err().contains("before"));
    // The end goes along, unless it is given.
    assert_eq!(planned(50, 90).moved(Some(at(70)), None), planned(70, 110));
    assert_eq!(planned(50, 90).moved(None, Some(at(95))), planned(50, 95));
    let over = moved(S::Draft, S::Scrubbed, "not needed");
    let again = to(planned(50, 90), planned(60, 100));
    assert!(run(&[first.clone(), again.clone()]).accepts(&over).is_ok());
    assert!(run(&[first, over]).accepts(&again).is_err());
}

#[test]
fn a_captain_hands_over_what_is_still_theirs() {
    let to = |from: Option<&str>, to: &str| {
        let (from, to) = (from.map(Text::new), Text::new(to));
        event("", ReleaseChange::Captained { from, to })
    };
    let first = to(None, "ana");
    let course = run(std::slice::from_ref(&first));
    assert_eq!(course.release.captain, Some("ana".into()));
    let late = course.accepts(&to(None, "bo")).unwrap_err();
    assert_eq!(late, "ana runs it by now: look again");
    assert!(course.accepts(&to(Some("ana"), "ana")).is_err());
    assert!(course.accepts(&to(Some("ana"), " ")).is_err());
    assert_eq!(course.accepts(&to(Some("ana"), "bo")), Ok(()));
}

fn any_change() -> impl Strategy<Value = ReleaseChange> {
    let state = || prop::sample::select(&S::ALL[..]);
    let service = || prop::sample::select(&["checkout", "billing", "search"][..]);
    prop_oneof![
        6 => (state(), state()).prop_map(|(from, to)| ReleaseChange::Moved {
            from,
            to,
            unmet: Vec::new()
        }),
        1 => service().prop_map(|name| ReleaseChange::Cut { service: name.into() }),
        1 => service().prop_map(|name| ReleaseChange::Returned { service: name.into() }),
        1 => Just(ReleaseChange::Checked {
            check: "rollback-plan".into(),
            state: CheckState::Done
        }),
        1 => Just(ReleaseChange::Reviewed),
    ]
}

proptest! {
    /// No event loses an item or makes one, and the last move is the state.
    #[test]
    fn no_order_of_events_loses_an_item(
        changes in prop::collection::vec(any_change(), 0..60)
    ) {
        let events: Vec<ReleaseEvent> =
            changes.into_iter().map(|change| event("because", change)).collect();
        let course = run(&events);
        let mut names: Vec<&str> = course
            .release
            .items
            .iter()
            .chain(&course.cut)
            .map(|item| item.service.as_str())
            .collect();
        names.sort_unstable();
        prop_assert_eq!(names, ["billing", "checkout"]);
        prop_assert!(!course.release.items.is_empty());
        let last = course.moves.last().map_or(S::Draft, |last| last.to);
        prop_assert_eq!(course.standing.map(|now| now.state), Some(last));
        prop_assert_eq!(course.release.declared, Some(last));
        for pair in course.moves.windows(2) {
            prop_assert_eq!(pair[0].to, pair[1].from);
        }
    }
}
