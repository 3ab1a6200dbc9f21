//! How a team works: who its people are, what its clock says and what it asks
//! of a change. Resolved from the configuration once.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{BusinessHours, EnvironmentName, Text, risk::RiskTable};

/// What a team declared about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Team {
    /// The zone in which hours and days of the week are meant.
    pub zone: Tz,
    /// When it is at work, on that zone's clock.
    pub hours: BusinessHours,
    /// Its people.
    pub people: Vec<Person>,
    /// Who has the conn; none when everybody may act.
    pub conn: Option<Text>,
    /// What it asks of a change.
    pub policy: PolicySettings,
    /// What makes a change risky.
    pub risk: RiskTable,
}

impl Default for Team {
    fn default() -> Self {
        Self {
            zone: Tz::UTC,
            hours: BusinessHours::default(),
            people: Vec::new(),
            conn: None,
            policy: PolicySettings::default(),
            risk: RiskTable::default(),
        }
    }
}

impl Team {
    /// The person who is called by one of these names anywhere; upper and
    /// lower case count as the same.
    #[must_use]
    pub fn person(&self, names: &[Text]) -> Option<&Person> {
        self.people
            .iter()
            .find(|person| names.iter().any(|name| person.is_called(name)))
    }
}

/// One person, with the names that the systems know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The name in the configuration: the login name on the machine.
    pub name: Text,
    /// Names elsewhere: logins, addresses, the author's name in commits.
    pub names: Vec<Text>,
    /// Groups and roles, such as `captains`.
    pub groups: Vec<Text>,
}

impl Person {
    /// Whether this is one of the person's names.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        let same = |own: &Text| own.to_lowercase() == name.to_lowercase();
        same(&self.name) || self.names.iter().any(same)
    }
}

/// What a rule can ask for. The words are those of the policy's files and of
/// the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(schemars::JsonSchema)]
pub enum Demand {
    /// Nothing against it.
    Allow,
    /// Not against it, but the person should know.
    Warn,
    /// Only with a reason.
    NeedsReason,
    /// Only when a key is held down for a second.
    NeedsHold,
    /// Only when a name is typed.
    NeedsTyping,
    /// Only when another person agrees.
    NeedsSecondPerson,
    /// Not yet.
    NeedsWait,
    /// No.
    Deny,
}

/// What the shipped rules of the policy ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySettings {
    /// An older fact is not known, in seconds.
    pub stale_seconds: u32,
    /// Accounts that are programs: they are nobody's author.
    pub bots: Vec<Text>,
    /// How many people an approval of production takes, by risk.
    pub approvals: Approvals,
    /// For an approval in a freeze.
    pub freeze: Demand,
    /// How soon a change in the hotfix lane is reviewed afterwards, in hours.
    pub hotfix_review_hours: u32,
    /// For an approval outside the change windows, where there are any.
    pub outside_change_window: Demand,
    /// For whoever wrote some of the change and wants to approve it.
    pub own_change: Demand,
    /// For whoever asked for the run and wants to approve it.
    pub own_request: Demand,
    /// For an approval of which nobody knows who wrote or asked for it.
    pub unknown_change: Demand,
    /// For an approval while the canary of the service fails.
    pub canary_failing: Demand,
    /// For an approval while an urgent incident of the service is open.
    pub open_incident: Demand,
    /// For a change while another deployment to the same place is at work.
    pub in_flight: Demand,
    /// For an approval of which canary or incidents are not known.
    pub unknown_health: Demand,
    /// For a rollback of production, where its environment says nothing.
    pub rollback: Demand,
    /// For every change of an environment, by its name.
    pub confirm: BTreeMap<EnvironmentName, Demand>,
}

impl Default for PolicySettings {
    fn default() -> Self {
        Self {
            stale_seconds: 300,
            bots: Vec::new(),
            approvals: Approvals::default(),
            freeze: Demand::NeedsReason,
            hotfix_review_hours: 24,
            outside_change_window: Demand::NeedsReason,
            own_change: Demand::NeedsSecondPerson,
            own_request: Demand::NeedsSecondPerson,
            unknown_change: Demand::NeedsSecondPerson,
            canary_failing: Demand::Deny,
            open_incident: Demand::NeedsReason,
            in_flight: Demand::NeedsReason,
            unknown_health: Demand::Warn,
            rollback: Demand::NeedsTyping,
            confirm: BTreeMap::new(),
        }
    }
}

/// How many people it takes, by risk: 1 or 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(schemars::JsonSchema)]
pub struct Approvals {
    /// At low risk.
    pub low: u8,
    /// At medium risk.
    pub medium: u8,
    /// At high risk.
    pub high: u8,
}

impl Default for Approvals {
    fn default() -> Self {
        Self {
            low: 1,
            medium: 1,
            high: 2,
        }
    }
}
