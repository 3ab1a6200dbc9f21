//! The tree of runs, and several runs by one yes.

use chrono::TimeDelta;

use super::*;
use crate::{
    domain::{Body, Conclusion, Fact, Job, OperationId, PlanState, Run, RunState, Step, StepState},
    operation::{
        Rule, Strength, Verdict,
        batch::{BatchProgress, BatchStep},
    },
    ui::testing::{Driver, fact, origin, review, run, start},
};

pub(crate) const FAILED: RunState = RunState::Done(Conclusion::Failure);
pub(crate) const OK: RunState = RunState::Done(Conclusion::Success);

pub(crate) fn of(service: &str, key: &str, number: u64, state: RunState) -> Run {
    Run {
        service: service.into(),
        ..run(key, number, state)
    }
}

fn job(key: &str, name: &str, state: RunState) -> Job {
    let step = |number, name: &str, state: &RunState| Step {
        number,
        name: name.into(),
        state: state.clone(),
        started: None,
        finished: None,
    };
    Job {
        id: origin(key),
        name: name.into(),
        steps: vec![step(1, "set up", &OK), step(2, "run", &state)],
        state,
        created: Some(start() - TimeDelta::minutes(9)),
        started: Some(start() - TimeDelta::minutes(8)),
        finished: Some(start() - TimeDelta::minutes(3)),
        runner: None,
        url: Text::default(),
    }
}

pub(crate) fn tell(driver: &mut Driver, bodies: Vec<Body>) -> Vec<Effect> {
    let at = driver.now;
    let facts: Vec<Fact> = bodies.into_iter().map(|body| fact(body, at)).collect();
    driver.send(Event::Facts { facts, at })
}

/// Checkout with a failed run among good ones, search with one that failed,
/// cart with good ones only.
pub(crate) fn company(width: u16, height: u16) -> Driver {
    let mut driver = Driver::new(width, height);
    let mut runs: Vec<Body> = (10..14)
        .map(|number| of("cart", &format!("cart{number}"), number, OK))
        .chain((20..23).map(|number| of("checkout", &format!("old{number}"), number, OK)))
        .map(|run| {
            Body::Run(Run {
                workflow: "ci".into(),
                ..run
            })
        })
        .collect();
    for (service, key, number) in [("checkout", "c30", 30), ("search", "s31", 31)] {
        runs.push(Body::Run(Run {
            workflow: "ci".into(),
            ..of(service, key, number, FAILED)
        }));
        runs.push(Body::Jobs {
            run: origin(key),
            attempt: 1,
            items: vec![
                job(&format!("{key}/1"), "build", OK),
                job(&format!("{key}/2"), "unit tests", FAILED),
            ],
        });
    }
    let _ = tell(&mut driver, runs);
    driver.keys(&["3"]);
    take_in(&mut driver);
    driver
}

/// The person sees what is on the screen.
fn take_in(driver: &mut Driver) {
    driver.flush();
    driver.later(1_000);
}

/// The rows of the tree, each as its depth and its name.
fn tree(driver: &Driver) -> Vec<String> {
    let rows = &driver.app.list(Pane::Runs).rows;
    rows.iter()
        .map(|item| {
            let indent = "  ".repeat(usize::from(crate::ui::views::tree::depth(item)));
            let name = match item {
                Item::Run(id) | Item::Job(id) => id.key.to_string(),
                Item::Step(_, number) => number.to_string(),
                Item::Service(name) => name.to_string(),
                Item::Release(id) => format!("[{id}]"),
                other => format!("{other:?}"),
            };
            format!("{indent}{name}")
        })
        .collect()
}

pub(crate) fn select(driver: &mut Driver, item: &Item) {
    driver.keys(&["g"]);
    for _ in 0..40 {
        if driver.app.selection() == Some(item) {
            return;
        }
        driver.keys(&["j"]);
    }
    panic!("{item:?} is not listed: {:?}", tree(driver));
}

#[test]
fn what_failed_or_is_at_work_is_unfolded_at_first() {
    let mut driver = company(120, 40);
    driver.keys(&["]"]);
    assert!(driver.app.is_tree());
    assert_eq!(
        tree(&driver),
        [
            "[]",
            "  checkout",
            "    c30",
            "      c30/2",
            "        2",
            "    r2",
            "    r1",
            "  cart",
            "  search",
            "    s31",
            "      s31/2",
            "        2",
        ]
    );
    driver.keys(&["["]);
    assert!(!driver.app.is_tree());
    assert_eq!(driver.app.list(Pane::Runs).rows.len(), 11);
}

#[test]
fn a_fold_is_the_persons_and_survives_what_comes_in() {
    let mut driver = company(120, 40);
    driver.keys(&["]"]);
    select(&mut driver, &Item::Service("checkout".into()));
    driver.keys(&["left"]);
    let folded = tree(&driver);
    assert_eq!(&folded[..3], ["[]", "  checkout", "  cart"]);
    // It fails once more and stays folded.
    let again = of("checkout", "c40", 40, FAILED);
    let _ = tell(&mut driver, vec![Body::Run(again)]);
    assert_eq!(tree(&driver), folded);
    assert_eq!(
        driver.app.selection(),
        Some(&Item::Service("checkout".into()))
    );
    // To the right, all of it is there, and to the left nothing again.
    driver.keys(&["right"]);
    assert_eq!(
        tree(&driver)
            .iter()
            .filter(|row| row.contains("old"))
            .count(),
        3
    );
    driver.keys(&["enter"]);
    assert_eq!(tree(&driver), folded);
    // Where nothing is unfolded, to the left leads to the branch above.
    driver.keys(&["left"]);
    assert_eq!(
        driver.app.selection(),
        Some(&Item::Release(Text::default()))
    );
    // Another tab and back changes nothing.
    driver.keys(&["]", "]"]);
    assert_eq!(tree(&driver), folded);
}

#[test]
fn the_cursor_follows_the_item_in_the_tree_even_when_it_goes_quiet() {
    let mut driver = company(120, 40);
    driver.keys(&["]"]);
    let item = Item::Run(origin("s31"));
    select(&mut driver, &item);
    take_in(&mut driver);
    // A service before it gets rows, and the run itself is mended.
    let _ = tell(
        &mut driver,
        vec![
            Body::Run(of("cart", "cart50", 50, RunState::Running)),
            Body::Run(Run {
                workflow: "ci".into(),
                ..of("search", "s51", 51, OK)
            }),
        ],
    );
    assert_eq!(driver.app.selection(), Some(&item));
    assert!(tree(&driver).contains(&"    cart50".to_owned()));
    // Once the cursor leaves it, it is quiet like the others.
    select(&mut driver, &Item::Service("cart".into()));
    let _ = tell(&mut driver, vec![Body::Run(of("cart", "cart52", 52, OK))]);
    assert!(!tree(&driver).contains(&"    s31".to_owned()));
}

#[test]
fn a_filter_finds_runs_in_the_tree_whatever_is_folded() {
    let mut driver = company(120, 40);
    driver.keys(&["]", "/"]);
    driver.text("service:cart state:success");
    driver.keys(&["enter"]);
    assert_eq!(
        tree(&driver),
        [
            "[]",
            "  cart",
            "    cart13",
            "    cart12",
            "    cart11",
            "    cart10"
        ]
    );
    assert_eq!(driver.app.shown_rows(Pane::Runs), 4);
    driver.keys(&["esc"]);
    assert!(tree(&driver).contains(&"    c30".to_owned()));
}

#[test]
fn a_filter_that_is_not_understood_is_told_and_not_taken() {
    let mut driver = company(120, 40);
    driver.keys(&["/"]);
    driver.text("state:broken");
    driver.keys(&["enter"]);
    assert!(matches!(
        driver.app.overlays.last(),
        Some(Overlay::Filter { .. })
    ));
    let toast = driver.app.toasts.last().unwrap();
    assert!(
        toast.text.contains("`broken` is no state"),
        "{}",
        toast.text
    );
    driver.keys(&["ctrl-w"]);
    driver.text("state:failed");
    driver.keys(&["enter"]);
    assert!(driver.app.overlays.is_empty());
    assert_eq!(driver.app.list(Pane::Runs).rows.len(), 3);
}

/// Marks the two failed runs and a good one, and asks to run them again.
pub(crate) fn ask_for_several(driver: &mut Driver) -> Vec<Effect> {
    driver.app.marks = ["c30", "s31", "old22"]
        .map(|key| Item::Run(origin(key)))
        .into();
    driver.keys(&["g"]);
    take_in(driver);
    driver.keys(&["r"])
}

/// The operation room has looked at both and refuses the second.
pub(crate) fn checked(driver: &mut Driver, effects: &[Effect], refused: Vec<Option<Text>>) -> u64 {
    let (ticket, intents) = effects
        .iter()
        .find_map(|effect| match effect {
            Effect::CheckBatch { ticket, intents } => Some((*ticket, intents.clone())),
            _ => None,
        })
        .expect("nothing was to be checked");
    assert_eq!(intents.len(), refused.len());
    let mut review = review(intents[0].clone(), Strength::Key);
    review.rules = vec![Rule::new("fresh", Verdict::Pass, "nothing is against it")];
    review.description.title = format!("Run the failed jobs of {} runs again", intents.len());
    review.refused = refused;
    let _ = driver.send(Event::Checked {
        ticket,
        result: Ok(Box::new(review)),
        at: driver.now,
    });
    driver.flush();
    driver.later(400);
    ticket
}

pub(crate) fn progress(
    driver: &mut Driver,
    ticket: u64,
    steps: &[(StepState, &str)],
    state: PlanState,
) {
    let progress = BatchProgress {
        id: OperationId("B1".into()),
        steps: steps
            .iter()
            .map(|(state, detail)| BatchStep {
                state: *state,
                detail: (*detail).into(),
            })
            .collect(),
        state,
        detail: Text::default(),
    };
    let _ = driver.send(Event::Batch {
        ticket,
        progress: Box::new(progress),
        at: driver.now,
    });
}

/// Says yes, and the operation room begins.
pub(crate) fn begin(driver: &mut Driver, ticket: u64) {
    let effects = driver.keys(&["y"]);
    assert!(
        matches!(effects[..], [Effect::Confirm { .. }]),
        "{effects:?}"
    );
    let _ = driver.send(Event::Confirmed {
        ticket,
        result: Ok(OperationId("B1".into())),
        at: driver.now,
    });
}

#[test]
fn several_marked_runs_are_run_again_by_one_yes() {
    let mut driver = company(120, 40);
    let effects = ask_for_several(&mut driver);
    let ticket = checked(&mut driver, &effects, vec![None, None]);
    let lines = &driver.app.dialog().unwrap().batch.as_ref().unwrap().lines;
    let said: Vec<(&str, &str, &str)> = lines
        .iter()
        .map(|line| {
            (
                line.run.key.as_str(),
                line.what.as_str(),
                line.why_not.as_str(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            ("s31", "unit tests", ""),
            ("c30", "unit tests", ""),
            ("old22", "", "run #22 has no failed jobs"),
        ]
    );
    begin(&mut driver, ticket);
    assert!(driver.app.marks.is_empty());
    assert!(matches!(driver.app.overlays[..], [Overlay::Batch(_)]));
    assert!(driver.app.is_in_flight(), "leaving asks first");
    let running = [(StepState::Observed, ""), (StepState::Running, "")];
    progress(&mut driver, ticket, &running, PlanState::Running);
    // It is stopped between two by a key.
    assert_eq!(
        driver.keys(&["s"]),
        [Effect::StopPlan(OperationId("B1".into()))]
    );
    driver.keys(&["esc"]);
    let done = [(StepState::Observed, ""), (StepState::Failed, "422")];
    progress(&mut driver, ticket, &done, PlanState::Done);
    assert!(!driver.app.is_in_flight());
    let toast = driver.app.toasts.last().unwrap();
    assert!(
        toast.text.contains("1 observed, 1 failed"),
        "{}",
        toast.text
    );
}

#[test]
fn what_the_operation_room_refuses_is_listed_and_a_refusal_of_all_begins_nothing() {
    let mut driver = company(120, 40);
    let effects = ask_for_several(&mut driver);
    let why = Some(Text::new("it has changed: it is at attempt 2"));
    let ticket = checked(&mut driver, &effects, vec![why, None]);
    let lines = &driver.app.dialog().unwrap().batch.as_ref().unwrap().lines;
    assert!(lines[0].why_not.contains("attempt 2"));
    let _ = driver.keys(&["y"]);
    let _ = driver.send(Event::Confirmed {
        ticket,
        result: Err("the journal is full".into()),
        at: driver.now,
    });
    assert!(driver.app.batches.is_empty());
    assert!(!driver.app.is_in_flight());
    // One mark alone is no batch: the key is about what is selected.
    driver.keys(&["esc"]);
    driver.app.marks = [Item::Run(origin("old22"))].into();
    select(&mut driver, &Item::Run(origin("c30")));
    take_in(&mut driver);
    let effects = driver.keys(&["r"]);
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Check { .. })),
        "{effects:?}"
    );
}
