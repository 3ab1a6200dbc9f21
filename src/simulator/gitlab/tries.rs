//! Jobs as GitLab counts them: a retry makes a new job, and what was not
//! retried keeps its id.

use crate::simulator::world::{
    World,
    delivery::Deployment,
    run::{Conclusion, Job, Run, Status},
};

/// One try of a job.
pub struct Try {
    /// The job.
    pub job: Job,
    /// Whether a later one took its place.
    pub retried: bool,
}

/// All tries of all jobs of a run, by position and then in order.
pub fn of(run: &Run) -> Vec<Try> {
    let attempts: Vec<Vec<Job>> = run
        .earlier
        .iter()
        .chain(std::iter::once(&run.latest))
        .map(|attempt| run.jobs(attempt))
        .collect();
    let mut all = Vec::new();
    for index in 0..run.workflow.plan().len() {
        let mut tries: Vec<Job> = Vec::new();
        for job in attempts.iter().filter_map(|jobs| jobs.get(index)) {
            match tries.last_mut() {
                Some(last) if same(last, job) => {}
                // A job that was skipped is taken up again as it is.
                Some(last) if never_ran(last) => {
                    let id = last.id;
                    *last = Job { id, ..job.clone() };
                }
                _ => tries.push(job.clone()),
            }
        }
        let count = tries.len();
        let numbered = tries.into_iter().zip(1..);
        all.extend(numbered.map(|(job, number)| Try {
            job,
            retried: number < count,
        }));
    }
    all
}

fn same(one: &Job, other: &Job) -> bool {
    one.mark.status == Status::Completed
        && other.mark.status == Status::Completed
        && one.mark.conclusion == other.mark.conclusion
        && one.mark.started_at == other.mark.started_at
        && one.mark.completed_at == other.mark.completed_at
}

fn never_ran(job: &Job) -> bool {
    job.mark.conclusion == Some(Conclusion::Skipped)
}

/// The job that carries a deployment out: the first try made its first
/// deployment, the second its second.
pub fn deployable(world: &World, one: &Deployment) -> Option<(Job, u64)> {
    let id = one.run?;
    let run = world.runs.get(&id)?;
    let place = world
        .deployments_of(one.service)
        .filter(|other| other.run == Some(id) && other.environment == one.environment)
        .position(|other| other.id == one.id)?;
    let mut tries: Vec<Job> = of(run)
        .into_iter()
        .map(|one| one.job)
        .filter(|job| job.plan.environment == Some(one.environment))
        .collect();
    let place = place.min(tries.len().checked_sub(1)?);
    Some((tries.swap_remove(place), id))
}
