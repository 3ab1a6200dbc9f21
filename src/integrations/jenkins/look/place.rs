//! One look at a job or a folder: all that moves in it.

use std::collections::BTreeSet;

use super::Eyes;
use crate::{
    domain::{Body, Conclusion, Connection, RunState, Text},
    integrations::{
        contract::{FactSink, Fault},
        http::{Need, fault::fault},
        jenkins::{
            map,
            memory::{BuildId, Queued, Root},
            wire,
        },
    },
};

/// The class of a multibranch project, without its package: the jobs in it stand
/// for branches.
const MULTIBRANCH: &str = "MultiBranchProject";
/// A job as a look told it.
struct Found<'i> {
    job: String,
    branch: Option<String>,
    item: &'i wire::Item,
}

impl Eyes {
    /// Looks at a job, or at a folder and the jobs in it: their newest builds,
    /// what waits for its turn, and what they wait for.
    ///
    /// # Errors
    /// The first fault; what could be read was emitted all the same.
    pub async fn look(&self, name: &str, need: Need, facts: &FactSink) -> Result<(), Fault> {
        let seen = self.client.item(name, need).await?;
        let mut found = Vec::new();
        let mut odd = 0;
        collect(name, None, &seen.value, &mut found, &mut odd);
        let (covered, gone) = self
            .remember(name, |root| take_in(root, &found))
            .unwrap_or_default();
        let mut fault = (odd > 0).then(|| {
            fault(
                Connection::Degraded,
                &format!("{odd} of the jobs and builds of {name} could not be read"),
            )
        });
        for (job, number) in self.asking(name) {
            if let Err(found) = self.inputs(&job, number, need).await {
                if found.ends_the_round() {
                    return Err(found);
                }
                fault = fault.or(Some(found));
            }
        }
        let service = self.remember(name, |root| root.service.clone());
        let mut bodies: Vec<Body> = service.iter().cloned().map(Body::Service).collect();
        bodies.extend(service.and_then(|service| self.environments(&service)));
        bodies.extend(self.tell(name, &covered));
        bodies.extend(self.cancelled(name, gone, need).await);
        facts.emit(seen.at, bodies);
        fault.map_or(Ok(()), Err)
    }

    /// What waited for its turn and is neither there nor a build any more, as
    /// runs that were cancelled. Between the two there is a moment in which it
    /// is neither, so the item itself has to say so.
    async fn cancelled(&self, name: &str, gone: Vec<(BuildId, Queued)>, need: Need) -> Vec<Body> {
        let mut bodies = Vec::new();
        for ((job, number), queued) in gone {
            let item = self.client.queue_item(queued.item.id, need).await;
            let over = match item {
                Ok(Some(seen)) => seen.value.cancelled,
                Ok(None) => true,
                Err(_) => false,
            };
            let told = self.remember(name, |root| {
                if !over {
                    root.queue.insert((job.clone(), number), queued.clone());
                    return None;
                }
                let place = root.place(&self.source, &self.rules);
                let mut run = map::queued(&place, &job, number, &queued);
                run.state = RunState::Done(Conclusion::Cancelled);
                run.title = Text::new("taken out of the queue");
                Some(Body::Run(run))
            });
            bodies.extend(told.flatten());
        }
        bodies
    }
}

/// All jobs of an answer, with the branches that they stand for, and how many
/// objects could not be read.
fn collect<'i>(
    name: &str,
    above: Option<&wire::Item>,
    item: &'i wire::Item,
    found: &mut Vec<Found<'i>>,
    odd: &mut usize,
) {
    let job = if item.full_name.is_empty() {
        name.to_owned()
    } else {
        item.full_name.clone()
    };
    if let Some(jobs) = &item.jobs {
        *odd += jobs.malformed;
        for below in &jobs.items {
            let name = format!("{job}/{}", below.name);
            collect(&name, Some(item), below, found, odd);
        }
    }
    if let Some(builds) = &item.builds {
        *odd += builds.malformed;
        let branch = above
            .filter(|above| above.class.ends_with(MULTIBRANCH))
            .map(|_| {
                percent_encoding::percent_decode_str(&item.name)
                    .decode_utf8_lossy()
                    .into_owned()
            });
        found.push(Found { job, branch, item });
    }
}

/// Remembers what a look told. Gives the builds that it covered, and what waited
/// before and is neither in the queue nor a build now.
fn take_in(root: &mut Root, found: &[Found<'_>]) -> (BTreeSet<BuildId>, Vec<(BuildId, Queued)>) {
    let mut covered = BTreeSet::new();
    let before = std::mem::take(&mut root.queue);
    for one in found {
        let builds = one.item.builds.iter().flat_map(|builds| &builds.items);
        for build in builds {
            root.note(&one.job, one.branch.as_deref(), build);
            covered.insert((one.job.clone(), build.number));
        }
        if let Some(item) = &one.item.queue_item {
            let queued = Queued {
                item: item.clone(),
                branch: one.branch.clone(),
            };
            let number = one.item.next_build_number.max(1);
            root.queue.insert((one.job.clone(), number), queued);
        }
    }
    root.prune();
    root.uncovered = root
        .known
        .iter()
        .filter(|(id, known)| known.build.building && !covered.contains(id))
        .map(|(id, _)| id.clone())
        .collect();
    let gone = before
        .into_iter()
        .filter(|(id, queued)| {
            let waits = root
                .queue
                .values()
                .any(|other| other.item.id == queued.item.id);
            !waits && !root.known.contains_key(id)
        })
        .collect();
    (covered, gone)
}
