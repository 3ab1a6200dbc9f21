//! The jobs that there are: a folder for each service, in it a multibranch
//! project that tests every push, a job that releases and one that goes back.

use crate::simulator::world::{
    ORGANIZATION, World,
    company::{Host, ServiceIndex},
    run::{Conclusion, Run, Status, Workflow},
};

/// The branches of the multibranch project, as Jenkins names their jobs. Nobody
/// has pushed to the second one for long.
pub const BRANCHES: [&str; 2] = ["fix%2Frounding", "main"];

/// Something with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// The folder of the organisation.
    Organization,
    /// The folder of a service.
    Folder(ServiceIndex),
    /// The multibranch project of a service.
    Project(ServiceIndex),
    /// One branch of it, by its place in [`BRANCHES`].
    Branch(ServiceIndex, usize),
    /// A job that is started with parameters.
    Job(ServiceIndex, Workflow),
}

impl Item {
    /// The item that the beginning of a path names, and the rest of the path.
    pub fn find<'p>(world: &World, path: &'p [String]) -> Option<(Self, &'p [String])> {
        let mut found: Option<Self> = None;
        let mut rest = path;
        while let [word, name, after @ ..] = rest {
            if word != "job" {
                break;
            }
            found = Some(match found {
                None if name == ORGANIZATION => Self::Organization,
                Some(Self::Organization) => Self::Folder(world.hosted(Host::Jenkins, name)?),
                Some(Self::Folder(service)) => match name.as_str() {
                    "pipeline" => Self::Project(service),
                    "release" => Self::Job(service, Workflow::Release),
                    "rollback" => Self::Job(service, Workflow::Rollback),
                    _ => return None,
                },
                Some(Self::Project(service)) => {
                    let place = BRANCHES.iter().position(|branch| branch == name)?;
                    Self::Branch(service, place)
                }
                _ => return None,
            });
            rest = after;
        }
        found.map(|found| (found, rest))
    }

    /// Its name in its folder.
    pub fn name(self, world: &World) -> String {
        match self {
            Self::Organization => ORGANIZATION.to_owned(),
            Self::Folder(service) => world.services[service].name.clone(),
            Self::Project(_) => "pipeline".to_owned(),
            Self::Branch(_, place) => BRANCHES[place].to_owned(),
            Self::Job(_, workflow) => workflow.name().to_lowercase(),
        }
    }

    /// Where it is.
    fn above(self) -> Option<Self> {
        match self {
            Self::Organization => None,
            Self::Folder(_) => Some(Self::Organization),
            Self::Project(service) | Self::Job(service, _) => Some(Self::Folder(service)),
            Self::Branch(service, _) => Some(Self::Project(service)),
        }
    }

    /// What is in it.
    pub fn below(self, world: &World) -> Vec<Self> {
        match self {
            Self::Organization => world
                .services_of(Host::Jenkins)
                .into_iter()
                .map(Self::Folder)
                .collect(),
            Self::Folder(service) => vec![
                Self::Project(service),
                Self::Job(service, Workflow::Release),
                Self::Job(service, Workflow::Rollback),
            ],
            Self::Project(service) => (0..BRANCHES.len())
                .map(|place| Self::Branch(service, place))
                .collect(),
            Self::Branch(..) | Self::Job(..) => Vec::new(),
        }
    }

    /// Its name with those of all folders above it.
    pub fn full_name(self, world: &World) -> String {
        let name = self.name(world);
        match self.above() {
            Some(above) => format!("{}/{name}", above.full_name(world)),
            None => name,
        }
    }

    /// Its path, with an end.
    pub fn path(self, world: &World) -> String {
        let name = crate::simulator::uri::encoded(&self.name(world));
        let above = self
            .above()
            .map_or_else(String::new, |above| above.path(world));
        format!("{above}job/{name}/")
    }

    /// Whether it has builds.
    pub fn is_job(self) -> bool {
        matches!(self, Self::Branch(..) | Self::Job(..))
    }

    /// Its runs, oldest first, those that wait for their turn among them.
    fn runs(self, world: &World) -> Vec<&Run> {
        let (service, workflow) = match self {
            Self::Branch(service, place) if BRANCHES[place] == "main" => (service, Workflow::Ci),
            Self::Job(service, workflow) => (service, workflow),
            _ => return Vec::new(),
        };
        world
            .runs_of(service)
            .filter(|run| run.workflow == workflow)
            .collect()
    }

    /// Its builds, newest first.
    pub fn builds(self, world: &World) -> Vec<&Run> {
        let mut runs = self.runs(world);
        runs.retain(|run| !waits(run) && !was_taken_out(run));
        runs.reverse();
        runs
    }

    /// The run that waits for its turn.
    pub fn queued(self, world: &World) -> Option<&Run> {
        self.runs(world).into_iter().find(|run| waits(run))
    }

    /// The number of its next build.
    pub fn next_number(self, world: &World) -> u32 {
        let newest = self.builds(world).first().map_or(0, |run| run.number);
        self.queued(world).map_or(newest + 1, |run| run.number)
    }

    /// The build with this number.
    pub fn build<'w>(self, world: &'w World, number: &str) -> Option<&'w Run> {
        let number: u32 = number.parse().ok()?;
        self.builds(world)
            .into_iter()
            .find(|run| run.number == number)
    }

    /// The item whose build a run is.
    pub fn of(run: &Run) -> Self {
        match run.workflow {
            Workflow::Ci => Self::Branch(run.service, 1),
            workflow => Self::Job(run.service, workflow),
        }
    }
}

/// Whether a run waits for its turn, so that it is no build yet.
pub fn waits(run: &Run) -> bool {
    run.latest.status == Status::Queued
}

/// Whether a run was taken out of the queue, so that it never was a build: all
/// of it ended when it was cancelled.
pub fn was_taken_out(run: &Run) -> bool {
    run.latest.conclusion == Some(Conclusion::Cancelled)
        && !run.latest.marks.is_empty()
        && run.latest.marks.iter().all(|mark| {
            mark.conclusion == Some(Conclusion::Cancelled) && mark.started_at == mark.completed_at
        })
}

/// The number of a run in the queue.
pub fn queue_id(run: &Run) -> u64 {
    run.id % 1_000_000_000
}
