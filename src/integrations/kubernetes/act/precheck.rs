//! The fresh look before: is the workload what the person saw?

use crate::{
    domain::{Act, Intent, RolloutSeen, Steer, Text},
    integrations::{
        contract::{Fault, Precheck},
        kubernetes::{
            client::Kind,
            look::{Eyes, plain_template},
            map::{self, Name, Whole},
        },
    },
};

use super::wrong;

/// Reads the target afresh and compares it with what the person saw.
///
/// # Errors
/// When it cannot be read.
pub async fn precheck(eyes: &Eyes, intent: &Intent) -> Result<Precheck, Fault> {
    let (Act::Steer { rollout, seen, .. } | Act::Undo { rollout, seen, .. }) = &intent.act else {
        return Err(wrong("a cluster only rolls versions out and back"));
    };
    let name = eyes.read_key(rollout)?;
    let workload = match eyes
        .client
        .workload(name.kind, &name.namespace, &name.name)
        .await
    {
        Ok(found) => found.value,
        Err(failure) if failure.status == Some(404) => {
            return Ok(moved(&name, "is not there any more"));
        }
        Err(failure) => return Err(failure.into()),
    };
    let now = Whole {
        sets: eyes
            .whole(&name)
            .map(|known| known.sets)
            .unwrap_or_default(),
        name,
        workload,
    };
    if let Some(why) = differs(&now, seen) {
        return Ok(moved(&now.name, &why));
    }
    match &intent.act {
        Act::Steer { how, .. } => Ok(steerable(&now, *how, seen)),
        Act::Undo { hash, revision, .. } => {
            let set = format!("{}-{hash}", now.name.name);
            let namespace = &now.name.namespace;
            let set = match eyes.client.replica_set(namespace, &set).await {
                Ok(found) => found.value,
                Err(failure) if failure.status == Some(404) => {
                    let why = format!("does not have revision {revision} ({hash}) any more");
                    return Ok(moved(&now.name, &why));
                }
                Err(failure) => return Err(failure.into()),
            };
            let kind = now.name.kind;
            let fresh = plain_template(kind, &set.spec.template);
            if map::hash_of(kind, &set) != hash.as_str()
                || fresh != eyes.template(&now.name, hash)?
            {
                return Ok(moved(&now.name, "has another content under that revision"));
            }
            if fresh == now.workload.spec.template {
                return Ok(moved(&now.name, "has that content already"));
            }
            Ok(Precheck::Ready)
        }
        _ => Ok(Precheck::Ready),
    }
}

fn moved(name: &Name, why: &str) -> Precheck {
    Precheck::Moved(Text::from(format!("{} {why}", name.key())))
}

/// What is not as the person saw it.
fn differs(now: &Whole, seen: &RolloutSeen) -> Option<String> {
    let metadata = &now.workload.metadata;
    if metadata.uid != seen.uid.as_str() {
        return Some("was made anew since it was seen".to_owned());
    }
    if metadata.generation != seen.generation {
        return Some("was changed since it was seen".to_owned());
    }
    if now.name.kind == Kind::Rollout && now.workload.status.current_pod_hash != seen.hash.as_str()
    {
        return Some("brings another version now".to_owned());
    }
    None
}

fn steerable(now: &Whole, how: Steer, seen: &RolloutSeen) -> Precheck {
    let status = &now.workload.status;
    let fresh = now.seen();
    let through = !status.stable_rs.is_empty() && status.stable_rs == status.current_pod_hash;
    let why = match how {
        Steer::Promote if fresh.step != seen.step => "stands at another step now",
        Steer::Promote if fresh.pause != seen.pause => "waits no more: somebody let it go",
        Steer::Promote | Steer::PromoteFully | Steer::Hold if status.abort => "was aborted",
        Steer::Promote | Steer::PromoteFully | Steer::Abort if through => "is through already",
        Steer::PromoteFully if status.promote_full => "is being promoted fully already",
        Steer::Abort if status.abort => "was aborted already",
        Steer::Retry if !status.abort => "is not aborted any more",
        Steer::Hold if now.workload.spec.paused => "is held already",
        Steer::Resume if !now.workload.spec.paused => "is not held any more",
        _ => return Precheck::Ready,
    };
    moved(&now.name, why)
}
