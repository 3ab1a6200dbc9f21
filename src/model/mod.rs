//! The only picture of the outside: the fold of facts. No I/O, no await, no
//! clock but the facts' own; applying a fact twice changes nothing, and an
//! older observation never overwrites a newer one.
//!
//! `fold` takes facts in; the other modules are the questions that views,
//! commands and operations ask.

mod calendar;
mod canary;
mod conflicts;
mod decision;
mod duty;
mod export;
mod fold;
mod history;
mod inbox;
mod looked_at;
mod own;
mod release;
mod rollout;
mod schedule;
mod shelf;
mod stamped;
mod timeline;
mod track_record;
mod trains;
mod usual;
mod versions;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, OnceLock},
};

use self::shelf::Shelf;
pub use self::{
    calendar::NextChange,
    canary::VerdictChange,
    conflicts::{Conflict, ConflictKind, change_class},
    decision::CanaryNow,
    duty::Cover,
    export::PARTS,
    inbox::{Need, NeedKind},
    own::Difference,
    release::{
        Awaiting, Gate, ItemProgress, ItemRisk, Join, Joined, Notes, PageNotes, Proposal,
        ReleaseView, WaitsFor,
    },
    schedule::Standing,
    stamped::Stamped,
    timeline::{Moment, MomentKind},
    usual::Usual,
    versions::{Served, Stint},
};
use crate::analysis::{flaky::History, windows::Schedule};
use crate::domain::{
    Alert, Approval, Calibration, CanaryReading, Catalog, CommitFiles, Comparison, Course,
    Deployment, EnvironmentName, Health, Incident, IncidentStatus, Job, JobLog, KeptVerdict, Note,
    OnCall, OperationId, OperationRecord, Origin, PlanRecord, Published, Release, ReleaseEvent,
    Rollout, Roster, Run, ServiceName, SourceId, TestReport, Text, TimelineEntry, Timestamp,
    Version, VersionPage, Window,
};

/// Runs kept for one service; the oldest go first.
const RUNS_PER_SERVICE: usize = 100;
/// Deployments kept for one service in one environment.
const DEPLOYMENTS_PER_PLACE: usize = 30;
/// Logs kept in memory.
const LOGS: usize = 4;
/// Test reports kept in memory.
const REPORTS: usize = 64;

/// Commits whose files are kept in memory.
const COMMIT_FILES: usize = 200;

/// All jobs of one attempt of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Jobs {
    /// The attempt that they belong to.
    pub attempt: u32,
    /// The jobs in order.
    pub items: Vec<Job>,
}

/// What follows one another: the runs of one workflow on one branch.
type Lane = (ServiceName, Text, Text);

/// The fold of all facts, with the indexes that queries need.
#[derive(Clone, Debug)]
pub struct Model {
    catalog: Arc<Catalog>,
    declared: BTreeSet<ServiceName>,
    /// Integrations that host the pipelines of a declared service.
    hosts: BTreeSet<SourceId>,
    /// Integrations that measure the canary of a declared service.
    gauges: BTreeSet<SourceId>,
    found_services: BTreeSet<ServiceName>,
    environments: BTreeMap<ServiceName, Stamped<Vec<EnvironmentName>>>,
    /// All of them, and those of the deployments.
    seen_environments: BTreeSet<EnvironmentName>,
    /// By service.
    runs: Shelf<Run>,
    live_runs: BTreeSet<Origin>,
    /// The newest run of each lane that has ended, where it failed.
    failing: BTreeMap<Lane, Origin>,
    jobs: HashMap<Origin, Stamped<Jobs>>,
    logs: HashMap<Origin, Stamped<JobLog>>,
    /// By run.
    tests: HashMap<Origin, Stamped<TestReport>>,
    /// How jobs and tests ended, over time.
    history: History,
    /// By service and environment.
    deployments: Shelf<Deployment>,
    approvals: BTreeMap<(SourceId, Text), Stamped<Vec<Approval>>>,
    /// Where something waits: in few of many repositories.
    waiting: BTreeSet<(SourceId, Text)>,
    comparisons: BTreeMap<(ServiceName, Text, Text), Stamped<Comparison>>,
    commit_files: HashMap<(ServiceName, Text), Stamped<CommitFiles>>,
    code_owners: BTreeMap<ServiceName, Stamped<Vec<Text>>>,
    published: BTreeMap<Origin, Stamped<Published>>,
    version_pages: BTreeMap<(ServiceName, Version), Stamped<VersionPage>>,
    canaries: BTreeMap<ServiceName, Stamped<CanaryReading>>,
    rollouts: BTreeMap<Origin, Stamped<Rollout>>,
    judged: BTreeMap<ServiceName, canary::Judged>,
    calibrations: BTreeMap<ServiceName, Stamped<Calibration>>,
    /// Verdicts that are to be kept.
    unkept: Vec<KeptVerdict>,
    alerts: BTreeMap<SourceId, Stamped<Vec<Alert>>>,
    incidents: BTreeMap<Origin, Stamped<Incident>>,
    open_incidents: BTreeMap<SourceId, Stamped<BTreeSet<Origin>>>,
    timelines: BTreeMap<Origin, Stamped<Vec<TimelineEntry>>>,
    on_call: BTreeMap<SourceId, Stamped<Vec<OnCall>>>,
    rosters: BTreeMap<SourceId, Stamped<Roster>>,
    windows: BTreeMap<(SourceId, Text), Stamped<Vec<Window>>>,
    releases: BTreeMap<Text, Stamped<Release>>,
    /// What people did to releases, each at its time.
    release_events: BTreeMap<Text, BTreeMap<Timestamp, ReleaseEvent>>,
    /// What comes of it.
    courses: BTreeMap<Text, Course>,
    notes: BTreeMap<Text, Stamped<Note>>,
    operations: BTreeMap<OperationId, OperationRecord>,
    plans: BTreeMap<OperationId, Stamped<PlanRecord>>,
    health: BTreeMap<SourceId, Stamped<Health>>,
    /// All windows as the evaluator holds them.
    schedule: OnceLock<Schedule>,
    /// What makes a change risky, ready to use; none where it cannot be.
    weights: OnceLock<Option<crate::analysis::risk::Rules>>,
    laid_out: schedule::LaidOut,
    own: own::Own,
    departures: Vec<trains::Departure>,
    /// What a person looks at beyond it.
    looked_at: looked_at::LookedAt,
    /// How often what is planned became other.
    plans_changed: u64,
    changes: export::Changes,
}

impl Model {
    /// An empty picture over what the team declared.
    #[must_use]
    pub fn new(catalog: Arc<Catalog>) -> Self {
        let services = &catalog.services;
        Self {
            declared: services.iter().map(|one| one.name.clone()).collect(),
            hosts: services.iter().filter_map(|one| one.host.clone()).collect(),
            gauges: services
                .iter()
                .filter_map(|one| Some(one.canary.as_ref()?.source.clone()))
                .collect(),
            catalog,
            found_services: BTreeSet::new(),
            environments: BTreeMap::new(),
            seen_environments: BTreeSet::new(),
            runs: Shelf::new(RUNS_PER_SERVICE),
            live_runs: BTreeSet::new(),
            plans: BTreeMap::new(),
            failing: BTreeMap::new(),
            jobs: HashMap::new(),
            logs: HashMap::new(),
            tests: HashMap::new(),
            history: History::default(),
            deployments: Shelf::new(DEPLOYMENTS_PER_PLACE),
            approvals: BTreeMap::new(),
            waiting: BTreeSet::new(),
            comparisons: BTreeMap::new(),
            commit_files: HashMap::new(),
            code_owners: BTreeMap::new(),
            published: BTreeMap::new(),
            version_pages: BTreeMap::new(),
            canaries: BTreeMap::new(),
            rollouts: BTreeMap::new(),
            judged: BTreeMap::new(),
            calibrations: BTreeMap::new(),
            unkept: Vec::new(),
            alerts: BTreeMap::new(),
            incidents: BTreeMap::new(),
            open_incidents: BTreeMap::new(),
            timelines: BTreeMap::new(),
            on_call: BTreeMap::new(),
            rosters: BTreeMap::new(),
            windows: BTreeMap::new(),
            releases: BTreeMap::new(),
            release_events: BTreeMap::new(),
            courses: BTreeMap::new(),
            weights: OnceLock::new(),
            notes: BTreeMap::new(),
            operations: BTreeMap::new(),
            health: BTreeMap::new(),
            schedule: OnceLock::new(),
            laid_out: schedule::LaidOut::default(),
            own: own::Own::default(),
            departures: Vec::new(),
            looked_at: looked_at::LookedAt::default(),
            plans_changed: 0,
            changes: export::Changes::default(),
        }
    }

    /// What the team declared.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// All services: the declared ones in their order, then the found ones.
    pub fn services(&self) -> impl Iterator<Item = &ServiceName> {
        let declared = self.catalog.services.iter().map(|service| &service.name);
        let found = self
            .found_services
            .iter()
            .filter(|name| !self.declared.contains(*name));
        declared.chain(found)
    }

    /// Integrations that host the pipelines of a declared service.
    #[must_use]
    pub fn hosts(&self) -> &BTreeSet<SourceId> {
        &self.hosts
    }

    /// Integrations that measure the canary of a declared service.
    #[must_use]
    pub fn gauges(&self) -> &BTreeSet<SourceId> {
        &self.gauges
    }

    /// All environments: the declared ones in their order, then others that
    /// were seen, by name.
    #[must_use]
    pub fn environments(&self) -> Vec<&EnvironmentName> {
        let mut names: Vec<&EnvironmentName> = self
            .catalog
            .environments
            .iter()
            .map(|environment| &environment.name)
            .collect();
        let seen = self.seen_environments.iter();
        let others: Vec<_> = seen.filter(|name| !names.contains(name)).collect();
        names.extend(others);
        names
    }

    /// All runs, newest first, without collecting them.
    pub fn runs(&self) -> impl Iterator<Item = &Stamped<Run>> {
        self.runs.newest_first()
    }

    /// Raised whenever a run comes, goes or changes its place among
    /// [`Model::runs`]: while it stays the same, their list is the same.
    #[must_use]
    pub fn order_of_runs(&self) -> u64 {
        self.runs.order()
    }

    /// How many runs are known.
    #[must_use]
    pub fn run_count(&self) -> usize {
        self.runs.len()
    }

    /// Runs that can still change, newest first.
    #[must_use]
    pub fn live_runs(&self) -> Vec<&Stamped<Run>> {
        let mut runs: Vec<_> = self
            .live_runs
            .iter()
            .filter_map(|id| self.runs.get(id))
            .collect();
        runs.sort_by_key(|run| Reverse(run.value.created));
        runs
    }

    /// The newest run of each workflow of a service that failed, that is,
    /// failures that nothing newer has mended.
    #[must_use]
    pub fn failing_runs(&self) -> Vec<&Stamped<Run>> {
        let mut failing: Vec<_> = self
            .failing
            .values()
            .filter_map(|id| self.runs.get(id))
            .collect();
        failing.sort_by_key(|run| Reverse(run.value.created));
        failing
    }

    /// The runs of one service, newest first.
    pub fn runs_of(&self, service: &ServiceName) -> impl Iterator<Item = &Stamped<Run>> {
        self.runs.of(service)
    }

    /// One run.
    #[must_use]
    pub fn run(&self, id: &Origin) -> Option<&Stamped<Run>> {
        self.runs.get(id)
    }

    /// The jobs of a run's newest known attempt.
    #[must_use]
    pub fn jobs(&self, run: &Origin) -> Option<&Stamped<Jobs>> {
        self.jobs.get(run)
    }

    /// A job, with the run that it belongs to.
    #[must_use]
    pub fn job(&self, id: &Origin) -> Option<(&Origin, &Job)> {
        self.jobs.iter().find_map(|(run, jobs)| {
            let job = jobs.value.items.iter().find(|job| &job.id == id)?;
            Some((run, job))
        })
    }

    /// The log of a job, where it was loaded.
    #[must_use]
    pub fn log(&self, job: &Origin) -> Option<&Stamped<JobLog>> {
        self.logs.get(job)
    }

    /// One deployment.
    #[must_use]
    pub fn deployment(&self, id: &Origin) -> Option<&Stamped<Deployment>> {
        self.deployments.get(id)
    }

    /// All that waits for a human's yes, longest waiting first, each with the
    /// time at which it was seen.
    #[must_use]
    pub fn approvals(&self) -> Vec<Stamped<&Approval>> {
        let mut waiting: Vec<Stamped<&Approval>> = self
            .waiting_lists()
            .flat_map(|listed| {
                listed.value.iter().map(|approval| Stamped {
                    observed: listed.observed,
                    value: approval,
                })
            })
            .collect();
        waiting.sort_by(|one, other| {
            (one.value.waiting_since, &one.value.id)
                .cmp(&(other.value.waiting_since, &other.value.id))
        });
        waiting
    }

    fn waiting_lists(&self) -> impl Iterator<Item = &Stamped<Vec<Approval>>> {
        self.waiting
            .iter()
            .filter_map(|scope| self.approvals.get(scope))
    }

    /// One approval that still waits.
    #[must_use]
    pub fn approval(&self, id: &Origin) -> Option<Stamped<&Approval>> {
        self.waiting_lists().find_map(|listed| {
            let approval = listed.value.iter().find(|approval| &approval.id == id)?;
            Some(Stamped {
                observed: listed.observed,
                value: approval,
            })
        })
    }

    /// What lies between two versions, where it was loaded.
    #[must_use]
    pub fn comparison(
        &self,
        service: &ServiceName,
        base: &str,
        head: &str,
    ) -> Option<&Stamped<Comparison>> {
        self.comparisons
            .get(&(service.clone(), Text::new(base), Text::new(head)))
    }

    /// What the host of the code has for a version, where it was asked.
    #[must_use]
    pub fn version_page(
        &self,
        service: &ServiceName,
        version: &Version,
    ) -> Option<&Stamped<VersionPage>> {
        self.version_pages.get(&(service.clone(), version.clone()))
    }

    /// The files that a commit touches, where they were loaded.
    #[must_use]
    pub fn commit_files(&self, service: &ServiceName, sha: &Text) -> Option<&[Text]> {
        self.commit_files
            .get(&(service.clone(), sha.clone()))
            .map(|found| &found.value.files[..])
    }

    /// The lines of a service's `CODEOWNERS` file, where that was asked for.
    #[must_use]
    pub fn code_owners(&self, service: &ServiceName) -> Option<&[Text]> {
        self.code_owners.get(service).map(|found| &found.value[..])
    }

    /// Versions that were published, newest first.
    #[must_use]
    pub fn published(&self) -> Vec<&Stamped<Published>> {
        let mut all: Vec<_> = self.published.values().collect();
        all.sort_by_key(|published| Reverse(published.value.at));
        all
    }

    /// All alerts that are pending or firing.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.values().flat_map(|listed| &listed.value)
    }

    /// Whether an incident is open as far as is known: it says so itself, and
    /// no newer listing of its source left it out.
    #[must_use]
    pub fn is_open(&self, incident: &Stamped<Incident>) -> bool {
        if matches!(incident.value.status, IncidentStatus::Resolved) {
            return false;
        }
        self.open_incidents
            .get(&incident.value.id.source)
            .is_none_or(|listed| {
                listed.value.contains(&incident.value.id) || incident.observed > listed.observed
            })
    }

    /// Open incidents, the most urgent and least attended first.
    #[must_use]
    pub fn open_incidents(&self) -> Vec<&Stamped<Incident>> {
        let mut open: Vec<_> = self
            .incidents
            .values()
            .filter(|incident| self.is_open(incident))
            .collect();
        open.sort_by_key(|incident| {
            (
                incident.value.urgency != crate::domain::Urgency::High,
                incident.value.status != IncidentStatus::Triggered,
                Reverse(incident.value.created),
            )
        });
        open
    }

    /// Incidents that are over, newest first.
    #[must_use]
    pub fn closed_incidents(&self) -> Vec<&Stamped<Incident>> {
        let mut closed: Vec<_> = self
            .incidents
            .values()
            .filter(|incident| !self.is_open(incident))
            .collect();
        closed.sort_by_key(|incident| Reverse(incident.value.updated));
        closed
    }

    /// One incident.
    #[must_use]
    pub fn incident(&self, id: &Origin) -> Option<&Stamped<Incident>> {
        self.incidents.get(id)
    }

    /// What the vendor tells of an incident, where it was loaded.
    #[must_use]
    pub fn vendor_timeline(&self, incident: &Origin) -> Option<&Stamped<Vec<TimelineEntry>>> {
        self.timelines.get(incident)
    }

    /// Who is on call, first level first.
    #[must_use]
    pub fn on_call(&self) -> Vec<&OnCall> {
        let mut all: Vec<_> = self
            .on_call
            .values()
            .flat_map(|listed| &listed.value)
            .collect();
        all.sort_by(|one, other| (one.level, &one.duty).cmp(&(other.level, &other.duty)));
        all
    }

    /// Notes, oldest first.
    #[must_use]
    pub fn notes(&self) -> Vec<&Note> {
        let mut all: Vec<_> = self.notes.values().map(|note| &note.value).collect();
        all.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
        all
    }

    /// One note.
    #[must_use]
    pub fn note(&self, id: &str) -> Option<&Note> {
        self.notes.get(id).map(|note| &note.value)
    }

    /// Operations, newest first (their ids are ordered by time).
    pub fn operations(&self) -> impl Iterator<Item = &OperationRecord> {
        self.operations.values().rev()
    }

    /// One operation.
    #[must_use]
    pub fn operation(&self, id: &OperationId) -> Option<&OperationRecord> {
        self.operations.get(id)
    }

    /// Whether nobody knows an operation's outcome and nothing took its place.
    #[must_use]
    pub fn is_unresolved(&self, record: &OperationRecord) -> bool {
        let successor = record.again_as.as_ref().and_then(|id| self.operation(id));
        record.is_open(successor)
    }

    /// Operations that were sent or will be and have no outcome yet.
    pub fn operations_in_flight(&self) -> impl Iterator<Item = &OperationRecord> {
        self.operations().filter(|record| !record.state.is_final())
    }

    /// Plans that were confirmed, newest first (their ids are ordered by time).
    pub fn plans(&self) -> impl Iterator<Item = &PlanRecord> {
        self.plans.values().rev().map(|plan| &plan.value)
    }

    /// Plans of which a further step may start.
    pub fn plans_in_flight(&self) -> impl Iterator<Item = &PlanRecord> {
        self.plans().filter(|record| !record.state.is_final())
    }

    /// One plan.
    #[must_use]
    pub fn plan(&self, id: &OperationId) -> Option<&PlanRecord> {
        self.plans.get(id).map(|plan| &plan.value)
    }

    /// How each integration is doing, by name.
    pub fn health(&self) -> impl Iterator<Item = (&SourceId, &Stamped<Health>)> {
        self.health.iter()
    }

    /// How one integration is doing.
    #[must_use]
    pub fn health_of(&self, source: &SourceId) -> Option<&Stamped<Health>> {
        self.health.get(source)
    }
}

impl Default for Model {
    fn default() -> Self {
        Self::new(Arc::default())
    }
}

#[cfg(test)]
mod tests;
