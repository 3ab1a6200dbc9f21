use serde_json::json;

use super::*;

fn rollout(status: &serde_json::Value, generation: u64) -> Whole {
    let workload = json!({
        "metadata": {"name": "web", "uid": "u1", "generation": generation},
        "spec": {"replicas": 4, "strategy": {"canary": {"steps": [
            {"setWeight": 20}, {"pause": {}}, {"analysis": {"templates": []}},
            {"setWeight": 60}, {"pause": {"duration": "10m"}}, {"pause": {"duration": 30}},
        ]}}},
        "status": status,
    });
    Whole {
        name: Name::read("rollouts/shop/web").unwrap(),
        workload: serde_json::from_value(workload).unwrap(),
        sets: Vec::new(),
    }
}

fn fact(whole: &Whole) -> Rollout {
    whole.rollout(
        &SourceId::new("cluster"),
        &"web".into(),
        &"production".into(),
    )
}

#[test]
fn keys_name_workloads_and_nothing_else() {
    for key in ["rollouts/shop/web", "deployments/shop/web"] {
        assert_eq!(Name::read(key).unwrap().key(), key);
    }
    for wrong in [
        "pods/shop/web",
        "rollouts/shop",
        "rollouts/shop/web/status",
        "rollouts/shop/..",
        "rollouts/Shop/web",
        "rollouts/shop/web#3",
    ] {
        assert_eq!(Name::read(wrong), None, "{wrong}");
    }
}

#[test]
fn a_phase_is_of_the_past_until_the_controller_has_looked() {
    let stale = rollout(&json!({"phase": "Healthy", "observedGeneration": "3"}), 4);
    assert_eq!(fact(&stale).phase, RolloutPhase::Progressing);
    let fresh = rollout(&json!({"phase": "Healthy", "observedGeneration": "4"}), 4);
    assert_eq!(fact(&fresh).phase, RolloutPhase::Healthy);
}

#[test]
fn let_go_and_not_moved_is_no_pause() {
    let let_go = rollout(
        &json!({"phase": "Paused", "controllerPause": true, "pauseConditions": []}),
        1,
    );
    let fact = fact(&let_go);
    assert_eq!(fact.phase, RolloutPhase::Progressing);
    assert!(fact.unpausing);
}

#[test]
fn an_unknown_phase_is_shown_as_it_is_and_never_healthy() {
    let odd = rollout(&json!({"phase": "Sideways"}), 1);
    let fact = fact(&odd);
    assert_eq!(fact.phase, RolloutPhase::Other(Text::new("Sideways")));
    assert!(!fact.is_settled());
}

#[test]
fn steps_are_told_in_words_and_weights_apart() {
    let fact = fact(&rollout(&json!({}), 1));
    let steps: Vec<&str> = fact.steps.iter().map(Text::as_str).collect();
    assert_eq!(
        steps,
        [
            "weight 20 %",
            "pause until promoted",
            "analysis",
            "weight 60 %",
            "pause 10m",
            "pause 30s"
        ]
    );
    assert_eq!(fact.weights, [20.0, 60.0]);
}

#[test]
fn without_a_router_the_weight_is_what_the_plan_asked_for() {
    let at = |step: u32| {
        fact(&rollout(
            &json!({"currentStepIndex": step, "currentPodHash": "b", "stableRS": "a"}),
            1,
        ))
        .weight
    };
    assert_eq!(at(0), Some(0.0));
    assert_eq!(at(1), Some(20.0));
    assert_eq!(at(3), Some(20.0), "that step is not done yet");
    assert_eq!(at(4), Some(60.0));
    assert_eq!(at(6), Some(100.0));
}

#[test]
fn marks_of_what_follows_git_are_read() {
    let mut whole = rollout(&json!({}), 1);
    assert_eq!(whole.managed_by(), "");
    let annotations = &mut whole.workload.metadata.annotations;
    annotations.insert("argocd.argoproj.io/tracking-id".into(), "x".into());
    assert_eq!(whole.managed_by(), "Argo CD");
    let mut whole = rollout(&json!({}), 1);
    let labels = &mut whole.workload.metadata.labels;
    labels.insert("kustomize.toolkit.fluxcd.io/name".into(), "x".into());
    assert_eq!(whole.managed_by(), "Flux");
}

#[test]
fn a_deployment_is_there_when_all_its_instances_are() {
    let at = |status: &serde_json::Value| {
        let workload = json!({
            "metadata": {"name": "web", "uid": "u1", "generation": 3},
            "spec": {"replicas": 2},
            "status": status,
        });
        let whole = Whole {
            name: Name::read("deployments/shop/web").unwrap(),
            workload: serde_json::from_value(workload).unwrap(),
            sets: Vec::new(),
        };
        fact(&whole).phase
    };
    let healthy = json!({"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2});
    assert_eq!(at(&healthy), RolloutPhase::Healthy);
    for (field, value) in [
        ("observedGeneration", 2),
        ("replicas", 3),
        ("updatedReplicas", 1),
        ("availableReplicas", 1),
    ] {
        let mut status = healthy.clone();
        status[field] = json!(value);
        assert_eq!(at(&status), RolloutPhase::Progressing, "{field}");
    }
    let late = json!({"observedGeneration": 3, "conditions": [
        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "late"}
    ]});
    assert_eq!(at(&late), RolloutPhase::Degraded);
}
