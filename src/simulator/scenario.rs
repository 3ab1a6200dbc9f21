//! The script of a day, as TOML.

use serde::Deserialize;

use super::world::{company::Host, rollout::RolloutSeed};
use crate::error::{Error, Kind};

const EMBEDDED: [(&str, &str); 7] = [
    (
        "release-day",
        include_str!("../../assets/scenarios/release-day.toml"),
    ),
    (
        "quiet-day",
        include_str!("../../assets/scenarios/quiet-day.toml"),
    ),
    (
        "vendor-outage",
        include_str!("../../assets/scenarios/vendor-outage.toml"),
    ),
    (
        "bad-deploys",
        include_str!("../../assets/scenarios/bad-deploys.toml"),
    ),
    (
        "train-day",
        include_str!("../../assets/scenarios/train-day.toml"),
    ),
    ("large", include_str!("../../assets/scenarios/large.toml")),
    (
        "rollout-day",
        include_str!("../../assets/scenarios/rollout-day.toml"),
    ),
];

/// A company and its day.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// What happens, in a sentence.
    pub summary: String,
    /// Another scenario whose services, plans and events come first.
    #[serde(default)]
    pub extends: Option<String>,
    /// How the written configuration polls.
    #[serde(default)]
    pub polling: Option<Polling>,
    /// Services that are made up, after the named ones.
    #[serde(default)]
    pub generate: Option<Generate>,
    /// Services by name.
    #[serde(default)]
    pub services: Vec<ServiceSeed>,
    /// Workloads in the cluster.
    #[serde(default)]
    pub rollouts: Vec<RolloutSeed>,
    /// Releases for the configuration.
    #[serde(default)]
    pub releases: Vec<ReleaseSeed>,
    /// Freezes and change windows for the configuration.
    #[serde(default)]
    pub windows: Vec<WindowSeed>,
    /// Maintenance windows at PagerDuty.
    #[serde(default)]
    pub maintenance: Vec<MaintenanceSeed>,
    /// What happens when.
    #[serde(default)]
    pub events: Vec<Event>,
}

/// How the written configuration polls.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Polling {
    /// Request budget of each integration.
    pub requests_per_minute: u32,
    /// Fastest interval in seconds.
    pub poll_seconds: u32,
}

impl Default for Polling {
    fn default() -> Self {
        Self {
            requests_per_minute: 240,
            poll_seconds: 2,
        }
    }
}

/// Services that are made up.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generate {
    /// How many in all.
    pub services: usize,
    /// Finished runs of each.
    pub runs_per_service: usize,
    /// How many of them are worked on all day long.
    pub active: usize,
}

/// One named service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceSeed {
    /// Name.
    pub name: String,
    /// What it does.
    #[serde(default)]
    pub description: String,
    /// Where its code lives.
    #[serde(default)]
    pub host: Host,
    /// 1 is the most important.
    #[serde(default = "third")]
    pub tier: u8,
    /// The version that production serves at the beginning.
    pub version: String,
    /// Services that it calls.
    #[serde(default)]
    pub depends_on: Vec<String>,
    /// Requests a second; 0 leaves it without metrics.
    #[serde(default)]
    pub rate: f64,
    /// Median latency in seconds.
    #[serde(default = "eighty_milliseconds")]
    pub latency: f64,
    /// Finished runs before the start.
    #[serde(default = "dozen")]
    pub runs: usize,
}

fn third() -> u8 {
    3
}

fn once() -> usize {
    1
}

fn dozen() -> usize {
    12
}

fn eighty_milliseconds() -> f64 {
    0.08
}

/// A release for the configuration; times are seconds from the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseSeed {
    /// Short id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// `train`, `regular` or `hotfix`.
    pub kind: String,
    /// Who runs it.
    pub captain: String,
    /// Planned start.
    pub start: f64,
    /// Planned end.
    pub end: f64,
    /// What goes where.
    pub items: Vec<ItemSeed>,
    /// The plan, a line each.
    #[serde(default)]
    pub plan: Vec<String>,
}

/// One service's part of a release.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemSeed {
    /// Service.
    pub service: String,
    /// The version before.
    pub from: String,
    /// The version after.
    pub to: String,
}

/// A freeze or change window for the configuration; times are seconds from
/// the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowSeed {
    /// Short id.
    pub id: String,
    /// `freeze` or `change`.
    pub kind: String,
    /// Title.
    pub title: String,
    /// From.
    pub start: f64,
    /// To.
    pub end: f64,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// A maintenance window at PagerDuty; times are seconds from the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaintenanceSeed {
    /// Service.
    pub service: String,
    /// Why.
    pub description: String,
    /// From.
    pub start: f64,
    /// To.
    pub end: f64,
}

/// What is published of a tag when it is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PageSeed {
    /// A page that the pipeline writes.
    #[default]
    Published,
    /// A draft of it; nothing where the host of the code knows no drafts.
    Draft,
    /// Nothing.
    Nothing,
}

/// One thing that happens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Seconds from the start; what is negative has happened already.
    pub at: f64,
    /// What.
    #[serde(rename = "do")]
    pub action: Action,
}

/// What can happen.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// Somebody pushes to the default branch and CI runs.
    Push {
        /// Service.
        service: String,
        /// Headline of the commit; empty makes one up.
        #[serde(default)]
        headline: String,
        /// How often the headline says the same.
        #[serde(default = "once")]
        repeat: usize,
        /// The end-to-end test fails in the first attempt.
        #[serde(default)]
        flaky: bool,
    },
    /// Somebody pushes again and again.
    Busy {
        /// Service.
        service: String,
        /// Seconds from one push to the next.
        every: f64,
    },
    /// A version is tagged and its release run starts.
    Release {
        /// Service.
        service: String,
        /// Version.
        version: String,
        /// Production is reached by a canary.
        #[serde(default)]
        canary: bool,
        /// The deployment to staging fails.
        #[serde(default)]
        broken: bool,
        /// Headline of its newest commit; empty leaves it as it is.
        #[serde(default)]
        headline: String,
        /// Paths that its newest commit changes beside others.
        #[serde(default)]
        files: Vec<String>,
        /// What is published of its tag.
        #[serde(default)]
        page: PageSeed,
    },
    /// A version is wanted in the cluster.
    RollOut {
        /// Service.
        service: String,
        /// Version.
        version: String,
    },
    /// Somebody else approves what waits for production.
    Approve {
        /// Service.
        service: String,
        /// What they wrote.
        comment: String,
    },
    /// The canary's share of the traffic changes.
    Weight {
        /// Service.
        service: String,
        /// Percent; 100 ends the trial well.
        percent: f64,
    },
    /// The canary's requests fail or get slow.
    Trouble {
        /// Service.
        service: String,
        /// Share of requests that fail.
        errors: f64,
        /// How much slower than the baseline, as a factor.
        slowness: f64,
    },
    /// An alert's condition holds.
    Alert {
        /// Service.
        service: String,
        /// Name.
        name: String,
        /// What it says.
        summary: String,
        /// Whether it has held for long enough.
        firing: bool,
    },
    /// PagerDuty opens an incident.
    Incident {
        /// Service.
        service: String,
        /// What is wrong.
        title: String,
        /// Whether it wakes somebody.
        high: bool,
        /// Only while a canary of the service runs.
        #[serde(default)]
        while_canary: bool,
    },
    /// Somebody takes or ends the newest incident of a service.
    Settle {
        /// Service.
        service: String,
        /// Ends it, instead of taking it.
        resolve: bool,
    },
    /// A vendor misbehaves.
    Fault {
        /// `github`, `gitlab`, `jenkins`, `kubernetes`, `pagerduty`, `prometheus`.
        vendor: String,
        /// How, as in `POST /__sim/fault`.
        kind: String,
        /// For how long.
        seconds: f64,
    },
}

impl Scenario {
    /// Names of the scenarios in the binary.
    pub fn names() -> impl Iterator<Item = &'static str> {
        EMBEDDED.iter().map(|(name, _)| *name)
    }

    /// Loads a scenario by name.
    pub fn load(name: &str) -> Result<Self, Error> {
        let text = EMBEDDED
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, text)| *text)
            .ok_or_else(|| {
                Error::new(Kind::Usage, format!("there is no scenario named '{name}'")).hint(
                    format!("one of: {}", Self::names().collect::<Vec<_>>().join(", ")),
                )
            })?;
        let mut scenario: Self = toml::from_str(text)
            .map_err(|error| Error::new(Kind::Usage, format!("scenario '{name}': {error}")))?;
        if let Some(base) = scenario.extends.take() {
            let mut base = Self::load(&base)?;
            base.name = scenario.name;
            base.summary = scenario.summary;
            base.polling = scenario.polling.or(base.polling);
            base.generate = scenario.generate.or(base.generate);
            base.services.extend(scenario.services);
            base.rollouts.extend(scenario.rollouts);
            base.releases.extend(scenario.releases);
            base.windows.extend(scenario.windows);
            base.maintenance.extend(scenario.maintenance);
            base.events.extend(scenario.events);
            scenario = base;
        }
        Ok(scenario)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_loads_and_names_only_services_that_exist() {
        for name in Scenario::names() {
            let scenario = Scenario::load(name).unwrap();
            assert_eq!(scenario.name, name);
            let known =
                |service: &String| scenario.services.iter().any(|known| &known.name == service);
            for event in &scenario.events {
                let service = match &event.action {
                    Action::Push { service, .. }
                    | Action::Busy { service, .. }
                    | Action::Release { service, .. }
                    | Action::RollOut { service, .. }
                    | Action::Approve { service, .. }
                    | Action::Weight { service, .. }
                    | Action::Trouble { service, .. }
                    | Action::Alert { service, .. }
                    | Action::Incident { service, .. }
                    | Action::Settle { service, .. } => service,
                    Action::Fault { .. } => continue,
                };
                assert!(known(service), "{name}: {service}");
            }
            for release in &scenario.releases {
                assert!(release.items.iter().all(|item| known(&item.service)));
            }
        }
    }

    #[test]
    fn an_unknown_scenario_names_the_known_ones() {
        let error = Scenario::load("noisy-day").unwrap_err();
        assert_eq!(error.kind, Kind::Usage);
        assert!(error.hint.contains("release-day"));
    }
}
