//! The format of the configuration file. Every field is documented here, and
//! `config.example.toml` shows each of them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{
    team::{PersonSettings, PolicyFile, RiskSettings},
    trains::TrainEntry,
    windows::{CalendarEntry, WindowEntry},
};
use crate::{
    domain::{Direction, ReleaseKind, ReleaseState, Unit},
    integrations::SystemSettings,
};

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Version of the format; 1, also when not given.
    #[serde(default = "first_version")]
    pub version: u32,
    /// Where journal, notes and cache live; the user's data directory when
    /// not given.
    pub data_dir: Option<PathBuf>,
    /// The outside systems, by the name that the screen shows.
    #[serde(default)]
    pub integrations: BTreeMap<String, SystemSettings>,
    /// The environments, in the order that versions travel.
    #[serde(default)]
    pub environments: Vec<Environment>,
    /// What holds for every service that says nothing itself.
    #[serde(default)]
    pub defaults: Defaults,
    /// Ways to measure a canary, by name.
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
    /// The services.
    #[serde(default)]
    pub services: Vec<Service>,
    /// Planned releases.
    #[serde(default)]
    pub releases: Vec<Release>,
    /// Freezes and change windows that are one span each; `window` says more.
    #[serde(default)]
    pub windows: Vec<Window>,
    /// When changes may go out.
    #[serde(default)]
    pub window: Vec<WindowEntry>,
    /// Calendars that others keep.
    #[serde(default)]
    pub calendar: Vec<CalendarEntry>,
    /// Releases that leave by a timetable.
    #[serde(default)]
    pub train: Vec<TrainEntry>,
    /// The screen.
    #[serde(default)]
    pub ui: UiSettings,
    /// Keys by command id, such as `approve = ["A"]`.
    #[serde(default)]
    pub keys: BTreeMap<String, Vec<String>>,
    /// How dangerous things are confirmed.
    #[serde(default)]
    pub operations: OperationSettings,
    /// The team's people, by login name.
    #[serde(default)]
    pub people: BTreeMap<String, PersonSettings>,
    /// Your key, and whose signatures count.
    #[serde(default)]
    pub signing: SigningSettings,
    /// What is asked of a change.
    #[serde(default)]
    pub policy: PolicyFile,
    /// What makes a change risky.
    #[serde(default)]
    pub risk: RiskSettings,
    /// How logs of failed jobs are read.
    #[serde(default)]
    pub triage: TriageSettings,
}

/// How logs of failed jobs are read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TriageSettings {
    /// Files of further rules, and directories of such, relative to the file:
    /// see docs/triage.md.
    pub rules: Paths,
}

/// One path, or a list of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Paths {
    /// One.
    One(PathBuf),
    /// Several.
    Several(Vec<PathBuf>),
}

impl Default for Paths {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Paths {
    /// All of them, relative ones below this directory.
    #[must_use]
    pub fn below(&self, directory: &Path) -> Vec<PathBuf> {
        let paths = match self {
            Self::One(path) => std::slice::from_ref(path),
            Self::Several(paths) => paths,
        };
        paths.iter().map(|path| directory.join(path)).collect()
    }
}

fn first_version() -> u32 {
    1
}

/// One environment.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Its name, as deployments use it.
    pub name: String,
    /// Whether it is production.
    #[serde(default)]
    pub production: bool,
    /// How every change of it is confirmed.
    pub confirm: Option<ConfirmProduction>,
}

/// What holds for every service that says nothing itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// The integration that hosts the code.
    pub host: Option<String>,
    /// The canary profile.
    pub canary: Option<String>,
    /// How services are rolled back.
    pub rollback: Option<Rollback>,
    /// Globs of schema changes.
    #[serde(default)]
    pub migrations: Vec<String>,
    /// Globs of those schema changes that take something away.
    #[serde(default)]
    pub contract: Vec<String>,
    /// Globs of configuration.
    #[serde(default)]
    pub config_files: Vec<String>,
    /// How long a deployment takes, such as `40m`.
    pub takes: Option<String>,
    /// How long a rollback takes, such as `15m`.
    pub rollback_takes: Option<String>,
}

/// How a service is rolled back.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rollback {
    /// By which way.
    #[serde(default)]
    pub mechanism: RollbackMechanism,
    /// Workflow file, such as `rollback.yml`; of the mechanism `workflow`.
    pub workflow: Option<String>,
    /// Branch that the file is taken from.
    #[serde(default = "main_branch", rename = "ref")]
    pub reference: String,
    /// Inputs by name; `{service}`, `{environment}`, `{version}`, `{from}` and
    /// `{operation}` are filled in.
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
}

/// By which way a service is rolled back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RollbackMechanism {
    /// A workflow takes the version as an input.
    #[default]
    Workflow,
    /// The run that deployed the version before is run again.
    Rerun,
    /// Its workload in the cluster gets the revision again that it had before.
    Undo,
}

fn main_branch() -> String {
    "main".to_owned()
}

/// A way to measure a canary. `{service}` is filled into each query.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The metrics integration.
    pub source: String,
    /// The environment that the canary runs in.
    pub environment: String,
    /// Query for the canary's share of the traffic, in percent.
    pub weight: String,
    /// Weights of the plan in percent.
    #[serde(default)]
    pub steps: Vec<f64>,
    /// How long a step should bake, such as `10m`.
    #[serde(default = "ten_minutes")]
    pub bake: String,
    /// The highest rate of false alarms of a step, over all looks at it.
    #[serde(default = "five_percent")]
    pub alpha: f64,
    /// Over how long events are counted: `{window}` in the queries of events
    /// and totals. At least two scrape intervals.
    #[serde(default = "one_minute")]
    pub count_every: String,
    /// The metrics.
    pub metrics: Vec<Metric>,
}

fn ten_minutes() -> String {
    "10m".to_owned()
}

fn five_percent() -> f64 {
    0.05
}

fn one_minute() -> String {
    "1m".to_owned()
}

/// One metric of a canary.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Name for people.
    pub name: String,
    /// How to print it.
    #[serde(default)]
    pub unit: Unit,
    /// Which way is worse.
    #[serde(default)]
    pub direction: Direction,
    /// A critical metric decides alone.
    #[serde(default)]
    pub critical: bool,
    /// Largest tolerated ratio of canary to baseline.
    #[serde(default = "one_and_a_half")]
    pub max_ratio: f64,
    /// Differences below this, in the metric's unit, never count.
    #[serde(default)]
    pub min_difference: f64,
    /// Query for the baseline.
    pub baseline: String,
    /// Query for the canary.
    pub canary: String,
    /// Query for the events behind the baseline's share in `{window}`; with
    /// the three below the share is judged by counts. All four or none.
    pub baseline_events: Option<String>,
    /// Query for the events behind the canary's share.
    pub canary_events: Option<String>,
    /// Query for what the baseline's events are a part of, such as requests.
    pub baseline_total: Option<String>,
    /// Query for what the canary's events are a part of.
    pub canary_total: Option<String>,
}

fn one_and_a_half() -> f64 {
    1.5
}

/// A canary profile's name, or `false` for none.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum CanaryChoice {
    /// The profile's name.
    Profile(String),
    /// `false` switches the default off.
    Switch(bool),
}

/// One service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// 0 is the most important.
    pub tier: Option<u8>,
    /// The integration that hosts its code.
    pub host: Option<String>,
    /// Its repository there (`owner/name`; at GitLab with all groups above it;
    /// at Jenkins the full name of its job or folder).
    pub repository: Option<String>,
    /// Its path in a repository of many services.
    pub path: Option<String>,
    /// The vendor's ids of the incident services that page for it.
    #[serde(default)]
    pub incident_services: Vec<String>,
    /// Services that must be there before it.
    #[serde(default)]
    pub depends_on: Vec<String>,
    /// The canary profile, or `false`.
    pub canary: Option<CanaryChoice>,
    /// How it is rolled back.
    pub rollback: Option<Rollback>,
    /// Globs of schema changes; those of the defaults when not given.
    pub migrations: Option<Vec<String>>,
    /// Globs of those schema changes that take something away, so that an
    /// older version cannot work any more.
    pub contract: Option<Vec<String>>,
    /// Globs of configuration that is deployed apart from the code.
    pub config_files: Option<Vec<String>>,
    /// The system that deploys it from Git by itself, by name.
    pub gitops: Option<String>,
    /// How long a deployment of it takes, such as `40m`.
    pub takes: Option<String>,
    /// How long a rollback of it takes, such as `15m`.
    pub rollback_takes: Option<String>,
}

/// One planned release.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Short id, such as `train-47`.
    pub id: String,
    /// Name for people; the id when not given.
    pub name: Option<String>,
    /// What sort of release.
    #[serde(default)]
    pub kind: ReleaseKind,
    /// Who runs it.
    pub captain: Option<String>,
    /// Planned start (RFC 3339).
    pub start: Option<String>,
    /// Planned end (RFC 3339).
    pub end: Option<String>,
    /// Zone of times without an offset, such as `Europe/Berlin`.
    pub zone: Option<String>,
    /// The declared state; derived from facts when not given.
    pub state: Option<ReleaseState>,
    /// What goes where.
    #[serde(default)]
    pub items: Vec<Item>,
    /// The plan, a line each.
    #[serde(default)]
    pub plan: Vec<String>,
    /// How long all of it has to serve before it is done, in minutes; what its
    /// kind asks for when not given.
    pub bake_minutes: Option<u32>,
    /// Change record, ticket, pages.
    #[serde(default)]
    pub links: Vec<Link>,
}

/// A page that belongs to a release.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What it is, such as `change record`.
    pub title: String,
    /// Where it is.
    pub url: String,
}

/// One service's part of a release.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The service.
    pub service: String,
    /// The environment that counts.
    pub environment: String,
    /// The version before.
    pub from: Option<String>,
    /// The version after.
    pub to: String,
    /// Full commit hash of the version after.
    pub commit: Option<String>,
    /// Digest of what is deployed.
    pub digest: Option<String>,
}

/// A freeze or a change window.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Short id.
    pub id: String,
    /// `freeze` or `change`.
    pub kind: DeclaredWindow,
    /// Title for people; the id when not given.
    pub title: Option<String>,
    /// First instant (RFC 3339, or local with `zone`).
    pub start: String,
    /// First instant after it.
    pub end: String,
    /// Zone of times without an offset, such as `Europe/Berlin`.
    pub zone: Option<String>,
    /// The services concerned; all when empty.
    #[serde(default)]
    pub services: Vec<String>,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// What sort of span can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclaredWindow {
    /// Nothing may be deployed.
    Freeze,
    /// Deployments are expected here.
    Change,
}

/// The screen.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UiSettings {
    /// Theme by name, or a file in the themes directory.
    pub theme: String,
    /// Whether the mouse is captured.
    pub mouse: bool,
    /// Your time zone, for the calendar; the machine's when not given.
    pub zone: Option<String>,
    /// Further time zones in the header.
    pub zones: Vec<String>,
    /// Draw with ASCII only.
    pub ascii: bool,
}

impl Default for UiSettings {
    fn default() -> Self {
        Self {
            theme: "dark".to_owned(),
            mouse: true,
            zone: None,
            zones: Vec::new(),
            ascii: false,
        }
    }
}

/// Who you are to others, and who may sign what. A path that begins with `~/`
/// is in the home directory; any other relative one is beside the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SigningSettings {
    /// Your SSH key: the private file, or the `.pub` file of a key that the
    /// agent or a security key holds.
    pub key: Option<PathBuf>,
    /// Who may sign what, in the format of ssh-keygen(1).
    pub allowed_signers: Option<PathBuf>,
}

/// How dangerous things are confirmed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OperationSettings {
    /// Nothing that changes anything can be sent.
    pub read_only: bool,
    /// The screen starts able to look only, until a person arms it for a time.
    pub arm: bool,
    /// How a rollback in production is confirmed.
    pub confirm_production: ConfirmProduction,
    /// Who has the conn: then only this person acts.
    pub conn: Option<String>,
    /// The zone in which hours and days of the week are meant, such as
    /// `Europe/Berlin`; UTC when not given.
    pub zone: Option<String>,
    /// When the team is at work, on the clock of `zone`, such as
    /// `Mon-Fri 09:00-17:00`, which is the default; the calendar shades it.
    pub business_hours: Option<String>,
}

/// How a change is confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfirmProduction {
    /// By typing the service's name.
    #[default]
    TypeName,
    /// By a key that is held down for a second.
    Hold,
    /// By a key.
    Key,
    /// By typing the service's name, and another person has to agree to each
    /// approval and rollback in production.
    SecondPerson,
}
