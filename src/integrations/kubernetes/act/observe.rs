//! The fresh look after: does the cluster show the effect?

use crate::{
    domain::{Act, RolloutPhase, RolloutSeen, ServiceName, Steer, Text},
    integrations::{
        contract::{Fault, Observation, Observe},
        http::Need,
        kubernetes::{
            client::Kind,
            look::Eyes,
            map::{Name, Whole, steps},
        },
    },
};

use super::wrong;

/// Says from a fresh read whether the effect is there.
///
/// # Errors
/// When it cannot be read.
pub async fn observe(eyes: &Eyes, operation: &Observe) -> Result<Observation, Fault> {
    let (Act::Steer { rollout, .. } | Act::Undo { rollout, .. }) = &operation.intent.act else {
        return Err(wrong("a cluster only rolls versions out and back"));
    };
    let name = eyes.read_key(rollout)?;
    let found = eyes
        .client
        .workload(name.kind, &name.namespace, &name.name)
        .await;
    let workload = match found {
        Ok(found) => found.value,
        Err(failure) if failure.status == Some(404) => {
            return Ok(refuted(&format!("{} is not there any more", name.key())));
        }
        Err(failure) => return Err(failure.into()),
    };
    let sets = match name.kind {
        // Its revisions say which of them it has.
        Kind::Deployment => {
            let all = eyes
                .client
                .replica_sets(&name.namespace, Need::Fresh)
                .await?;
            let uid = &workload.metadata.uid;
            let mut sets = all.value.0;
            sets.retain(|set| {
                let owners = &set.metadata.owner_references;
                owners.iter().any(|owner| &owner.uid == uid)
            });
            sets
        }
        Kind::Rollout => Vec::new(),
    };
    let now = Whole {
        name,
        workload,
        sets,
    };
    Ok(match &operation.intent.act {
        Act::Steer { how, seen, .. } => steered(&now, *how, seen),
        Act::Undo { hash, seen, to, .. } => went_back(&now, hash, seen, to.as_str()),
        _ => pending(""),
    })
}

fn done(proof: &str) -> Observation {
    Observation::Done(Text::new(proof))
}

fn refuted(why: &str) -> Observation {
    Observation::Refuted(Text::new(why))
}

fn pending(what: &str) -> Observation {
    Observation::Pending(Text::new(what))
}

fn key(name: &Name) -> String {
    name.key()
}

fn steered(now: &Whole, how: Steer, seen: &RolloutSeen) -> Observation {
    let (status, spec) = (&now.workload.status, &now.workload.spec);
    let name = key(&now.name);
    let rollout = now.name.kind == Kind::Rollout;
    if now.workload.metadata.uid != seen.uid.as_str() {
        return refuted(&format!("{name} was made anew"));
    }
    if rollout && status.current_pod_hash != seen.hash.as_str() {
        return refuted(&format!("{name} brings another version now"));
    }
    let through = !status.stable_rs.is_empty() && status.stable_rs == status.current_pod_hash;
    let at = match status.current_step_index {
        Some(step) => format!("step {} of {}", step + 1, steps(spec).len()),
        None => status.phase.to_lowercase(),
    };
    match how {
        Steer::Hold if spec.paused => done(&format!("{name} is held at {at}")),
        Steer::Hold => pending(&format!("{name} is not held yet")),
        Steer::Resume if !spec.paused => done(&format!("{name} is not held any more, at {at}")),
        Steer::Resume => pending(&format!("{name} is still held")),
        Steer::Retry if !status.abort => done(&format!("{name} goes on, at {at}")),
        Steer::Retry => pending(&format!("{name} is still aborted")),
        Steer::Abort if status.abort => {
            let weight = status
                .canary
                .weights
                .as_ref()
                .map_or(0.0, |weights| weights.canary.weight);
            if weight > 0.0 {
                pending(&format!(
                    "{name} is aborted and still gets {weight} % of the traffic"
                ))
            } else {
                done(&format!(
                    "{name} is aborted: {} serves all of the traffic",
                    status.stable_rs
                ))
            }
        }
        Steer::Abort if through => refuted(&format!("{name} was through before")),
        Steer::Abort => pending(&format!("{name} is not aborted yet")),
        Steer::Promote | Steer::PromoteFully if through => {
            done(&format!("{name} is through: {} serves", status.stable_rs))
        }
        Steer::Promote | Steer::PromoteFully if status.abort => {
            refuted(&format!("{name} was aborted"))
        }
        Steer::Promote if status.current_step_index > seen.step => {
            done(&format!("{name} moved on to {at}"))
        }
        Steer::Promote => pending(&format!("{name} is still at {at}")),
        Steer::PromoteFully => pending(&format!("{name} is on its way, at {at}")),
    }
}

fn went_back(now: &Whole, hash: &str, seen: &RolloutSeen, to: &str) -> Observation {
    let name = key(&now.name);
    if now.workload.metadata.uid != seen.uid.as_str() {
        return refuted(&format!("{name} was made anew"));
    }
    let current = now.current_hash();
    if current != hash {
        let generation = now.workload.metadata.generation;
        if generation > seen.generation + 1 {
            return refuted(&format!("{name} was changed again, to {current}"));
        }
        return pending(&format!("{name} has not taken revision {hash} yet"));
    }
    let source = crate::domain::SourceId::default();
    let state = now.rollout(&source, &ServiceName::default(), &"".into());
    let stable = match now.name.kind {
        Kind::Rollout => now.workload.status.stable_rs == hash,
        Kind::Deployment => true,
    };
    match state.phase {
        RolloutPhase::Healthy if stable => done(&format!("{name} serves {to} ({hash})")),
        // What is left is a person's: nothing of the request is under way.
        RolloutPhase::Paused => done(&format!(
            "{name} has {to} ({hash}) again and waits at {}: promote it on",
            state.step().map_or_else(
                || "a pause".to_owned(),
                |(step, of)| format!("step {step} of {of}")
            )
        )),
        RolloutPhase::Degraded => refuted(&format!("{name} is degraded: {}", state.message)),
        _ => pending(&format!("{name} is on its way to {to} ({hash})")),
    }
}
