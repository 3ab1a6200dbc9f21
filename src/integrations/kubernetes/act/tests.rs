use serde_json::json;

use super::*;
use crate::domain::Text;

fn seen(step: Option<u32>, pause: &str) -> RolloutSeen {
    RolloutSeen {
        uid: Text::new("u1"),
        generation: 7,
        hash: Text::new("6f9d"),
        step,
        pause: Text::new(pause),
    }
}

fn patch(how: Steer, seen: &RolloutSeen) -> (bool, Vec<Value>) {
    steering(&Name::read("rollouts/shop/web").unwrap(), how, seen).unwrap()
}

/// What comes after the tests that all of them begin with.
fn rest(how: Steer, seen: &RolloutSeen) -> Vec<Value> {
    let (_, patch) = patch(how, seen);
    assert_eq!(
        patch[..3],
        [
            json!({"op": "test", "path": "/metadata/uid", "value": "u1"}),
            json!({"op": "test", "path": "/metadata/generation", "value": 7}),
            json!({"op": "test", "path": "/status/currentPodHash", "value": "6f9d"}),
        ],
        "{how:?}"
    );
    patch[3..].to_vec()
}

#[test]
fn a_pause_is_taken_away_only_where_it_still_is() {
    assert_eq!(
        rest(Steer::Promote, &seen(Some(3), "CanaryPauseStep")),
        [
            json!({"op": "test", "path": "/status/currentStepIndex", "value": 3}),
            json!({"op": "test", "path": "/status/pauseConditions/0/reason", "value": "CanaryPauseStep"}),
            json!({"op": "remove", "path": "/status/pauseConditions"}),
        ]
    );
}

#[test]
fn a_step_that_waits_for_nobody_is_left_by_its_number() {
    assert_eq!(
        rest(Steer::Promote, &seen(Some(2), "")),
        [
            json!({"op": "test", "path": "/status/currentStepIndex", "value": 2}),
            json!({"op": "add", "path": "/status/currentStepIndex", "value": 3}),
        ]
    );
}

#[test]
fn an_inconclusive_analysis_is_left_behind() {
    let patch = rest(Steer::Promote, &seen(Some(2), "InconclusiveAnalysisRun"));
    assert!(
        patch.contains(&json!({"op": "add", "path": "/status/controllerPause", "value": false}))
    );
    assert!(patch.contains(&json!({"op": "add", "path": "/status/currentStepIndex", "value": 3})));
}

#[test]
fn each_change_goes_to_the_part_that_it_changes() {
    for (how, on_status) in [
        (Steer::Promote, true),
        (Steer::PromoteFully, true),
        (Steer::Abort, true),
        (Steer::Retry, true),
        (Steer::Hold, false),
        (Steer::Resume, false),
    ] {
        let (told, patch) = patch(how, &seen(Some(1), "CanaryPauseStep"));
        assert_eq!(told, on_status, "{how:?}");
        let part = if on_status { "/status/" } else { "/spec/" };
        for operation in patch.iter().filter(|one| one["op"] != "test") {
            assert!(
                operation["path"]
                    .as_str()
                    .is_some_and(|path| path.starts_with(part)),
                "{operation}"
            );
        }
    }
}

#[test]
fn a_deployment_has_no_steps() {
    let name = Name::read("deployments/shop/web").unwrap();
    for how in [
        Steer::Promote,
        Steer::PromoteFully,
        Steer::Abort,
        Steer::Retry,
    ] {
        assert!(steering(&name, how, &seen(None, "")).is_err(), "{how:?}");
    }
    // It tells no hash of its own that could be tested.
    let (_, patch) = steering(&name, Steer::Hold, &seen(None, "")).unwrap();
    assert_eq!(patch.len(), 3);
}
