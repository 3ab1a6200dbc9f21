//! Workloads and their sets of instances, as the API server shows them.

use serde_json::{Value, json};

use crate::{
    domain::Timestamp,
    simulator::world::{
        World,
        rollout::{Course, REPLICAS, Revision, Rollout, Strategy},
    },
};

/// Whether a workload is one of Argo Rollouts'.
pub fn is_rollout(rollout: &Rollout) -> bool {
    rollout.strategy != Strategy::Rolling
}

fn instant(at: Timestamp) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The image of a version.
pub fn image(name: &str, version: &str) -> String {
    format!("registry.larkspur.example/{name}:{version}")
}

/// The version that a template wants.
pub fn version_of(template: &Value) -> Option<&str> {
    let image = template.pointer("/spec/containers/0/image")?.as_str()?;
    image.rsplit_once(':').map(|(_, tag)| tag)
}

fn template(world: &World, rollout: &Rollout, version: &str) -> Value {
    let service = &world.services[rollout.service];
    let commit = service
        .commit_of(version)
        .map(|(_, commit)| commit.sha())
        .unwrap_or_default();
    json!({
        "metadata": {
            "labels": {"app.kubernetes.io/name": rollout.name},
            "annotations": {"org.opencontainers.image.revision": commit},
        },
        "spec": {"containers": [{
            "name": rollout.name,
            "image": image(&rollout.name, version),
        }]},
    })
}

fn hash_label(rollout: &Rollout) -> &'static str {
    if is_rollout(rollout) {
        "rollouts-pod-template-hash"
    } else {
        "pod-template-hash"
    }
}

fn revision_mark(rollout: &Rollout) -> &'static str {
    if is_rollout(rollout) {
        "rollout.argoproj.io/revision"
    } else {
        "deployment.kubernetes.io/revision"
    }
}

fn number(rollout: &Rollout) -> String {
    rollout
        .revisions
        .last()
        .map_or(0, |revision| revision.number)
        .to_string()
}

fn metadata(rollout: &Rollout) -> Value {
    let mut annotations = json!({revision_mark(rollout): number(rollout)});
    if rollout.gitops {
        annotations["argocd.argoproj.io/tracking-id"] =
            json!(format!("shop:apps/{}/shop", rollout.name));
    }
    json!({
        "name": rollout.name,
        "namespace": rollout.namespace,
        "uid": rollout.uid,
        "resourceVersion": rollout.resource_version.to_string(),
        "generation": rollout.generation,
        "creationTimestamp": instant(rollout.created),
        "labels": {"app.kubernetes.io/name": rollout.name},
        "annotations": annotations,
    })
}

fn selector(rollout: &Rollout) -> Value {
    json!({"matchLabels": {"app.kubernetes.io/name": rollout.name}})
}

/// A workload.
pub fn workload(world: &World, rollout: &Rollout) -> Value {
    if is_rollout(rollout) {
        argo(world, rollout)
    } else {
        plain(world, rollout)
    }
}

fn steps(rollout: &Rollout) -> Vec<Value> {
    rollout
        .steps
        .iter()
        .map(|step| match step {
            Course::Weight(percent) => json!({"setWeight": *percent as u32}),
            Course::Pause(0.0) => json!({"pause": {}}),
            Course::Pause(seconds) => json!({"pause": {"duration": format!("{seconds}s")}}),
        })
        .collect()
}

fn phase(rollout: &Rollout) -> (&'static str, String) {
    if rollout.abort.is_some() && rollout.current != rollout.stable {
        let message = format!(
            "RolloutAborted: Rollout aborted update to revision {}",
            number(rollout)
        );
        return ("Degraded", message);
    }
    if rollout.held {
        return ("Paused", "manually paused".to_owned());
    }
    if let Some(pause) = &rollout.pause {
        return ("Paused", pause.reason.clone());
    }
    if rollout.is_through() {
        return ("Healthy", String::new());
    }
    ("Progressing", "more replicas need to be updated".to_owned())
}

fn argo(world: &World, rollout: &Rollout) -> Value {
    let current = rollout.hash(&rollout.current);
    let stable = rollout.hash(&rollout.stable);
    let (phase, message) = phase(rollout);
    let strategy = match rollout.strategy {
        Strategy::BlueGreen => json!({"blueGreen": {
            "activeService": format!("{}-active", rollout.name),
            "previewService": format!("{}-preview", rollout.name),
            "autoPromotionEnabled": false,
        }}),
        _ => json!({"canary": {
            "canaryService": format!("{}-canary", rollout.name),
            "stableService": format!("{}-stable", rollout.name),
            "steps": steps(rollout),
        }}),
    };
    let mut status = json!({
        "phase": phase,
        "currentPodHash": current,
        "stableRS": stable,
        "observedGeneration": rollout.observed.to_string(),
        "replicas": REPLICAS,
        "readyReplicas": REPLICAS,
        "availableReplicas": REPLICAS,
        "updatedReplicas": rollout.updated,
        "selector": format!("app.kubernetes.io/name={}", rollout.name),
        "conditions": [{
            "type": "Progressing",
            "status": "True",
            "reason": "ReplicaSetUpdated",
            "message": "ReplicaSet is progressing.",
            "lastTransitionTime": instant(rollout.progress),
            "lastUpdateTime": instant(rollout.progress),
        }],
        "canary": {},
        "blueGreen": {},
    });
    if !message.is_empty() {
        status["message"] = json!(message);
    }
    if let Some(pause) = &rollout.pause {
        status["pauseConditions"] =
            json!([{"reason": pause.reason, "startTime": instant(pause.since)}]);
    }
    if rollout.controller_pause {
        status["controllerPause"] = json!(true);
    }
    if let Some(at) = rollout.abort {
        status["abort"] = json!(true);
        status["abortedAt"] = json!(instant(at));
    }
    if rollout.promote_full {
        status["promoteFull"] = json!(true);
    }
    match rollout.strategy {
        Strategy::Canary => {
            status["currentStepIndex"] = json!(rollout.step);
            let weight = rollout.weight as u32;
            status["canary"]["weights"] = json!({
                "canary": {"weight": weight, "podTemplateHash": current},
                "stable": {"weight": 100 - weight, "podTemplateHash": stable},
            });
        }
        _ => {
            status["blueGreen"]["activeSelector"] = json!(stable);
            status["blueGreen"]["previewSelector"] = json!(current);
        }
    }
    let mut spec = json!({
        "replicas": REPLICAS,
        "revisionHistoryLimit": 10,
        "selector": selector(rollout),
        "strategy": strategy,
        "template": template(world, rollout, &rollout.wanted),
    });
    if rollout.held {
        spec["paused"] = json!(true);
    }
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": metadata(rollout),
        "spec": spec,
        "status": status,
    })
}

fn plain(world: &World, rollout: &Rollout) -> Value {
    let mut spec = json!({
        "replicas": REPLICAS,
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
        "selector": selector(rollout),
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
        "template": template(world, rollout, &rollout.wanted),
    });
    if rollout.held {
        spec["paused"] = json!(true);
    }
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(rollout),
        "spec": spec,
        "status": {
            "observedGeneration": rollout.observed,
            "replicas": REPLICAS,
            "readyReplicas": REPLICAS,
            "availableReplicas": REPLICAS,
            "updatedReplicas": rollout.updated,
            "conditions": [{
                "type": "Progressing",
                "status": "True",
                "reason": if rollout.is_through() { "NewReplicaSetAvailable" } else { "ReplicaSetUpdated" },
                "message": "ReplicaSet is progressing.",
                "lastTransitionTime": instant(rollout.progress),
                "lastUpdateTime": instant(rollout.progress),
            }],
        },
    })
}

/// The name of the set of a version.
pub fn set_name(rollout: &Rollout, version: &str) -> String {
    format!("{}-{}", rollout.name, rollout.hash(version))
}

/// The set of instances of one version.
pub fn replica_set(world: &World, rollout: &Rollout, revision: &Revision) -> Value {
    let hash = rollout.hash(&revision.version);
    let count = if revision.version == rollout.current && rollout.current != rollout.stable {
        rollout.updated
    } else if revision.version == rollout.stable {
        match rollout.strategy {
            Strategy::Rolling => {
                REPLICAS - rollout.updated.min(REPLICAS - 1) * u32::from(!rollout.is_through())
            }
            _ => REPLICAS,
        }
    } else {
        0
    };
    let mut template = template(world, rollout, &revision.version);
    template["metadata"]["labels"][hash_label(rollout)] = json!(hash);
    let mut selector = selector(rollout);
    selector["matchLabels"][hash_label(rollout)] = json!(hash);
    let (version, kind) = if is_rollout(rollout) {
        ("argoproj.io/v1alpha1", "Rollout")
    } else {
        ("apps/v1", "Deployment")
    };
    json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": set_name(rollout, &revision.version),
            "namespace": rollout.namespace,
            "uid": format!("{}{hash}", &rollout.uid[..rollout.uid.len() - hash.len()]),
            "resourceVersion": rollout.resource_version.to_string(),
            "generation": 1,
            "creationTimestamp": instant(revision.created),
            "labels": {"app.kubernetes.io/name": rollout.name, hash_label(rollout): hash},
            "annotations": {revision_mark(rollout): revision.number.to_string()},
            "ownerReferences": [{
                "apiVersion": version,
                "kind": kind,
                "name": rollout.name,
                "uid": rollout.uid,
                "controller": true,
                "blockOwnerDeletion": true,
            }],
        },
        "spec": {"replicas": count, "selector": selector, "template": template},
        "status": {
            "replicas": count,
            "readyReplicas": count,
            "availableReplicas": count,
            "observedGeneration": 1,
        },
    })
}
