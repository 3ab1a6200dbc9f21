//! What a team declares about its services. It is resolved from the
//! configuration once and shared, unchanging, with every integration.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, MapAccess, Visitor},
};

use super::{
    CalendarSpec, DeclaredWindow, Direction, EnvironmentName, Release, ServiceName, SourceId, Team,
    Text, Threshold, TrainSpec, Unit, Window,
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
    /// Freezes and change windows that were declared once and for all, each
    /// with its two instants.
    pub windows: Vec<Window>,
    /// Windows that were declared with a rule of their own.
    pub declared: Vec<DeclaredWindow>,
    /// Calendars that others keep.
    pub calendars: Vec<CalendarSpec>,
    /// Trains that were declared.
    pub trains: Vec<TrainSpec>,
    /// How the team works.
    pub team: Arc<Team>,
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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceSpec {
    /// Its name.
    pub name: ServiceName,
    /// 0 is the most important; none when nobody said.
    pub tier: Option<u8>,
    /// The integration that hosts its code and pipelines.
    pub host: Option<SourceId>,
    /// Its repository there (`owner/name`; at GitLab with all groups above it;
    /// at Jenkins the full name of its job or folder).
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
    /// Files whose change matters to whoever goes back.
    pub files: WatchedFiles,
    /// The system that deploys it from Git by itself, by name; none when no
    /// system does.
    pub gitops: Option<Text>,
    /// How long a deployment of it takes, in seconds; none when nobody said.
    pub takes_seconds: Option<u32>,
    /// How long a rollback of it takes, in seconds; none when nobody said.
    pub rollback_seconds: Option<u32>,
}

/// Files whose change matters to whoever goes back, as globs on paths from the
/// root of the repository: `*` stays in a directory, `**` does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchedFiles {
    /// Changes of the database's schema.
    pub migrations: Vec<Text>,
    /// Those of them that take something away, so that an older version cannot
    /// work any more.
    pub contract: Vec<Text>,
    /// Configuration that is deployed apart from the code.
    pub configuration: Vec<Text>,
}

/// How a service is rolled back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RollbackSpec {
    /// By a workflow that takes the version as an input.
    Workflow(WorkflowRollback),
    /// By running the run again that deployed the version before.
    Rerun,
    /// By giving its workload the revision again that it had before.
    Undo,
}

/// A rollback by a workflow that takes the version as an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowRollback {
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
    /// The highest rate of false alarms of a step, over all looks at it.
    pub alpha: f64,
    /// Seconds over which events are counted.
    pub count_seconds: u32,
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
    /// What is tolerated.
    pub threshold: Threshold,
    /// What counts the events behind a share.
    pub counts: Option<CountQueries>,
}

/// Queries that count the events behind a share, such as the errors and the
/// requests behind an error rate, over the seconds of
/// [`CanarySpec::count_seconds`].
#[derive(Clone, Debug, PartialEq)]
pub struct CountQueries {
    /// Events of the baseline.
    pub baseline_events: Text,
    /// Events of the canary.
    pub canary_events: Text,
    /// What the baseline's events are a part of.
    pub baseline_total: Text,
    /// What the canary's events are a part of.
    pub canary_total: Text,
}

impl CountQueries {
    /// The four of them, in the order of the fields.
    #[must_use]
    pub fn each(&self) -> [&Text; 4] {
        [
            &self.baseline_events,
            &self.canary_events,
            &self.baseline_total,
            &self.canary_total,
        ]
    }
}

/// Where a secret comes from; never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenSource {
    /// An environment variable, by name.
    Env(String),
    /// A program and its arguments; its first output line is the secret.
    Command(Vec<String>),
    /// A file that only its owner may read.
    File(String),
    /// An entry of the operating system's keyring, `service/user`.
    Keyring(String),
    /// A plug-in of a kubeconfig that makes tokens. It is never written into our
    /// own configuration.
    #[schemars(skip)]
    Exec(ExecPlugin),
}

/// A program that makes tokens, and answers with an `ExecCredential`
/// (Kubernetes documentation, "client-go credential plugins").
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExecPlugin {
    /// The program.
    pub command: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// What it finds in its environment beside ours.
    pub environment: BTreeMap<String, String>,
    /// The version of the answer that is wanted.
    pub api_version: String,
}

/// What a token's place is told with, for messages.
const TOKEN_FORMS: &str = "{ env = \"NAME\" }, { file = \"PATH\" }, { command = [\"PROGRAM\"] } or { keyring = \"SERVICE/USER\" }";

impl<'de> Deserialize<'de> for TokenSource {
    /// A token that was written down is refused without being repeated: the
    /// message must not carry it any further.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;

        impl<'de> Visitor<'de> for Form {
            type Value = TokenSource;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(TOKEN_FORMS)
            }

            fn visit_str<E: de::Error>(self, _: &str) -> Result<TokenSource, E> {
                Err(E::custom(format!(
                    "a token is never written into the configuration: say where it is, as {TOKEN_FORMS}"
                )))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TokenSource, A::Error> {
                let Some(form) = map.next_key::<String>()? else {
                    return Err(de::Error::custom(format!(
                        "it is empty: write {TOKEN_FORMS}"
                    )));
                };
                let source = match form.as_str() {
                    "env" => TokenSource::Env(map.next_value()?),
                    "command" => TokenSource::Command(map.next_value()?),
                    "file" => TokenSource::File(map.next_value()?),
                    "keyring" => TokenSource::Keyring(map.next_value()?),
                    other => {
                        let known = &["env", "command", "file", "keyring"];
                        return Err(de::Error::unknown_field(other, known));
                    }
                };
                match map.next_key::<String>()? {
                    None => Ok(source),
                    Some(_) => Err(de::Error::custom("a token comes from one place only")),
                }
            }
        }

        deserializer.deserialize_any(Form)
    }
}
