//! Looks for the history of jobs and tests: all tries of the jobs of a pipeline,
//! and what its tests said.

use super::Eyes;
use crate::integrations::{
    contract::{FactSink, Fault},
    http::Need,
};

impl Eyes {
    /// Reads the next pipeline that may tell of something flaky: those that
    /// failed before those that ended well.
    ///
    /// # Errors
    /// When the next look would meet the same. What concerns one pipeline alone
    /// is no fault and is not tried again: the history is a help, no duty.
    pub async fn next_of_history(&self, need: Need, facts: &FactSink) -> Result<(), Fault> {
        let next = self
            .projects()
            .iter()
            .filter_map(|one| {
                let id = one.untold()?;
                let quiet = !one.known.get(&id)?.run.state.is_failed();
                Some((quiet, one.name.clone(), id))
            })
            // Of equals the first.
            .min_by_key(|(quiet, ..)| *quiet);
        let Some((_, name, id)) = next else {
            return Ok(());
        };
        let has_jobs = self.remember(&name, |project| {
            let known = project.known.get(&id)?;
            project.told.insert(id, known.run.updated);
            Some(known.detailed == Some(known.run.updated))
        });
        if has_jobs.flatten() != Some(true) {
            of_it_alone(self.jobs(&name, id, need, facts).await)?;
        }
        // Only its jobs tell how often it was tried.
        let may_tell = self.remember(&name, |project| {
            let run = &project.known.get(&id)?.run;
            Some(run.state.is_failed() || run.attempt > 1)
        });
        if may_tell.flatten() == Some(true) {
            of_it_alone(self.tests(&name, id, need, facts).await)?;
        }
        Ok(())
    }
}

/// A fault that concerns one pipeline is not one of the connection.
fn of_it_alone(looked: Result<(), Fault>) -> Result<(), Fault> {
    match looked {
        Err(fault) if fault.ends_the_round() => Err(fault),
        _ => Ok(()),
    }
}
