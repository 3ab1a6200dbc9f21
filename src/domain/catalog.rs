//! What a team declares about its services. It is resolved from the
//! configuration once and shared, unchanging, with every integration.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Direction, EnvironmentName, Release, ServiceName, SourceId, Text, Threshold, Unit, Window,
};

/// Everything that was declared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    /// The services, in the order of the configuration.
    pub services: Vec<ServiceSpec>,
    /// The environments, in the order that versions travel.
    pub environments: Vec<EnvironmentSpec>,
    /// Releases that were declared.
    pub releases: Vec<Release>,
    /// Freezes and change windows that were declared.
    pub windows: Vec<Window>,
}

impl Catalog {
    /// The service of this name.
    #[must_use]
    pub fn service(&self, name: &ServiceName) -> Option<&ServiceSpec> {
        self.services.iter().find(|service| &service.name == name)
    }

    /// Whether changes to the environment are changes to production. An
    /// environment that nobody declared counts as production when its name
    /// says so: being too careful costs a few keys, the opposite an outage.
    #[must_use]
    pub fn is_production(&self, name: &EnvironmentName) -> bool {
        self.environments
            .iter()
            .find(|environment| &environment.name == name)
            .map_or_else(
                || {
                    let name = name.as_str().to_ascii_lowercase();
                    name.contains("prod") || name == "live"
                },
                |environment| environment.production,
            )
    }
}

/// One environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentSpec {
    /// Its name.
    pub name: EnvironmentName,
    /// Whether it is production.
    pub production: bool,
}

/// One service.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceSpec {
    /// Its name.
    pub name: ServiceName,
    /// 0 is the most important; none when nobody said.
    pub tier: Option<u8>,
    /// The integration that hosts its code and pipelines.
    pub host: Option<SourceId>,
    /// Its repository there (`owner/name`).
    pub repository: Option<Text>,
    /// The path in a repository of many services, where that is so.
    pub path: Option<Text>,
    /// How it is rolled back.
    pub rollback: Option<RollbackSpec>,
    /// The vendor's ids of the incident services that page for it.
    pub incident_services: Vec<Text>,
    /// How its canary is measured.
    pub canary: Option<CanarySpec>,
    /// Services that must be there before it.
    pub depends_on: Vec<ServiceName>,
}

/// A rollback by a workflow that takes the version as an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackSpec {
    /// Workflow file, such as `rollback.yml`.
    pub workflow: Text,
    /// Branch that the file is taken from.
    pub reference: Text,
    /// Inputs by name; `{service}`, `{environment}`, `{version}`, `{from}` and
    /// `{operation}` are filled in.
    pub inputs: BTreeMap<Text, Text>,
}

/// How a canary is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct CanarySpec {
    /// The metrics integration.
    pub source: SourceId,
    /// The environment that it runs in.
    pub environment: EnvironmentName,
    /// Query for the canary's share of the traffic, in percent.
    pub weight_query: Text,
    /// Weights of the plan in percent.
    pub steps: Vec<f64>,
    /// How long a step should bake, in seconds.
    pub bake_seconds: u32,
    /// The metrics.
    pub metrics: Vec<MetricSpec>,
}

/// One metric of a canary.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricSpec {
    /// Name for people.
    pub name: Text,
    /// Query for the baseline.
    pub baseline_query: Text,
    /// Query for the canary.
    pub canary_query: Text,
    /// How to print it.
    pub unit: Unit,
    /// Which way is worse.
    pub direction: Direction,
    /// A critical metric decides alone.
    pub critical: bool,
    /// When the canary counts as worse.
    pub threshold: Threshold,
}

/// Where a secret comes from; never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TokenSource {
    /// An environment variable, by name.
    Env(String),
    /// A program and its arguments; its first output line is the secret.
    Command(Vec<String>),
    /// A file that only its owner may read.
    File(String),
    /// An entry of the operating system's keyring, `service/user`.
    Keyring(String),
}
