//! How a team works: people, what the policy asks for, what is risky.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::file::{ConfirmProduction, File};
use crate::{
    domain::{
        Approvals, BusinessHours, Demand, EnvironmentName, Failures, LateHours, LongAgo, PathClass,
        Person, PolicySettings, RiskTable, Size, Team, Text,
    },
    error::{Error, Kind},
};

/// One person, by login name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PersonSettings {
    /// What the systems call this person: logins, addresses, the author's name
    /// in commits.
    pub names: Vec<String>,
    /// Groups and roles, for rules.
    pub groups: Vec<String>,
}

/// What is asked of a change. The words are those of the policy's files:
/// `allow`, `warn`, `needs_reason`, `needs_hold`, `needs_typing`,
/// `needs_second_person`, `needs_wait`, `deny`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyFile {
    /// A directory of further rules; a file of the same name as a shipped one
    /// takes its place. Relative to the configuration.
    pub dir: Option<PathBuf>,
    /// Single files of rules.
    pub files: Vec<PathBuf>,
    /// An older fact is not known, in seconds.
    pub stale_seconds: Option<u32>,
    /// Accounts that are programs.
    pub bots: Vec<String>,
    /// How many people an approval of production takes, by risk.
    pub approvals: Option<Approvals>,
    /// An approval in a freeze.
    pub freeze: Option<Demand>,
    /// How soon a hotfix is reviewed afterwards, in hours.
    pub hotfix_review_hours: Option<u32>,
    /// An approval outside the change windows.
    pub outside_change_window: Option<Demand>,
    /// An approval of one's own change.
    pub own_change: Option<Demand>,
    /// An approval of what one asked for.
    pub own_request: Option<Demand>,
    /// An approval of which nobody knows who wrote or asked for it.
    pub unknown_change: Option<Demand>,
    /// An approval while the canary fails.
    pub canary_failing: Option<Demand>,
    /// An approval while an urgent incident is open.
    pub open_incident: Option<Demand>,
    /// A change while another deployment is at work.
    pub in_flight: Option<Demand>,
    /// An approval of which canary or incidents are not known.
    pub unknown_health: Option<Demand>,
}

/// What makes a change risky; what is not given keeps its default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RiskSettings {
    /// Points from which the risk is medium.
    pub medium: Option<u32>,
    /// Points from which the risk is high.
    pub high: Option<u32>,
    /// A large change.
    pub large: Option<Size>,
    /// A very large change.
    pub very_large: Option<Size>,
    /// Points of tier 0, 1, 2 and so on.
    pub tiers: Option<Vec<u32>>,
    /// Deployments that went wrong lately.
    pub failures: Option<Failures>,
    /// Hours at which few people are there.
    pub late: Option<LateHours>,
    /// A long time without a deployment.
    pub long_ago: Option<LongAgo>,
    /// Paths that matter: one of a name that ships takes its place, others
    /// are added; `points = 0` switches one off.
    pub paths: Vec<PathClass>,
}

/// Where the policy's own files are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyPlaces {
    /// A directory of rules.
    pub dir: Option<PathBuf>,
    /// Single files.
    pub files: Vec<PathBuf>,
}

impl PolicyPlaces {
    /// The places that a configuration in `home` names.
    pub(super) fn of(policy: &PolicyFile, home: &Path) -> Self {
        Self {
            dir: policy.dir.as_ref().map(|path| home.join(path)),
            files: policy.files.iter().map(|path| home.join(path)).collect(),
        }
    }
}

/// The team of a file.
pub(super) fn resolve(file: &File) -> Result<Team, Error> {
    let zone = match &file.operations.zone {
        Some(name) => super::resolve::parse_zone(name)?,
        None => chrono_tz::Tz::UTC,
    };
    let hours = match &file.operations.business_hours {
        Some(text) => BusinessHours::parse(text).ok_or_else(|| {
            wrong(
                format!("[operations] business_hours = \"{text}\""),
                "days and hours, such as `Mon-Fri 09:00-17:00`",
            )
        })?,
        None => BusinessHours::default(),
    };
    Ok(Team {
        zone,
        hours,
        people: file
            .people
            .iter()
            .map(|(name, person)| Person {
                name: Text::new(name),
                names: texts(&person.names),
                groups: texts(&person.groups),
            })
            .collect(),
        conn: file
            .operations
            .conn
            .as_deref()
            .filter(|name| !name.trim().is_empty())
            .map(Text::new),
        policy: policy(file)?,
        risk: risk(&file.risk)?,
    })
}

/// The team of somebody who declared none: alone, so that nobody else can be
/// asked for. The vendor's own rules hold all the same.
#[must_use]
pub(super) fn alone() -> Team {
    Team {
        policy: PolicySettings {
            own_change: Demand::Warn,
            own_request: Demand::Warn,
            unknown_change: Demand::Warn,
            approvals: Approvals {
                low: 1,
                medium: 1,
                high: 1,
            },
            ..PolicySettings::default()
        },
        ..Team::default()
    }
}

fn texts(words: &[String]) -> Vec<Text> {
    words.iter().map(|word| Text::new(word)).collect()
}

fn policy(file: &File) -> Result<PolicySettings, Error> {
    let asked = &file.policy;
    let ships = PolicySettings::default();
    let approvals = asked.approvals.unwrap_or(ships.approvals);
    for (risk, count) in [
        ("low", approvals.low),
        ("medium", approvals.medium),
        ("high", approvals.high),
    ] {
        if !(1..=2).contains(&count) {
            return Err(wrong(
                format!("[policy] approvals: {risk} = {count}"),
                "an approval takes 1 or 2 people",
            ));
        }
    }
    if asked.stale_seconds == Some(0) {
        return Err(wrong(
            "[policy] stale_seconds = 0".to_owned(),
            "every fact would be too old; the default is 300",
        ));
    }
    Ok(PolicySettings {
        stale_seconds: asked.stale_seconds.unwrap_or(ships.stale_seconds),
        bots: texts(&asked.bots),
        approvals,
        freeze: asked.freeze.unwrap_or(ships.freeze),
        hotfix_review_hours: asked
            .hotfix_review_hours
            .unwrap_or(ships.hotfix_review_hours),
        outside_change_window: asked
            .outside_change_window
            .unwrap_or(ships.outside_change_window),
        own_change: asked.own_change.unwrap_or(ships.own_change),
        own_request: asked.own_request.unwrap_or(ships.own_request),
        unknown_change: asked.unknown_change.unwrap_or(ships.unknown_change),
        canary_failing: asked.canary_failing.unwrap_or(ships.canary_failing),
        open_incident: asked.open_incident.unwrap_or(ships.open_incident),
        in_flight: asked.in_flight.unwrap_or(ships.in_flight),
        unknown_health: asked.unknown_health.unwrap_or(ships.unknown_health),
        rollback: file.operations.confirm_production.into(),
        confirm: file
            .environments
            .iter()
            .filter_map(|environment| {
                let confirm = environment.confirm?;
                Some((EnvironmentName::new(&environment.name), confirm.into()))
            })
            .collect::<BTreeMap<_, _>>(),
    })
}

impl From<ConfirmProduction> for Demand {
    fn from(confirm: ConfirmProduction) -> Self {
        match confirm {
            ConfirmProduction::TypeName => Self::NeedsTyping,
            ConfirmProduction::Hold => Self::NeedsHold,
            ConfirmProduction::Key => Self::Allow,
            ConfirmProduction::SecondPerson => Self::NeedsSecondPerson,
        }
    }
}

fn risk(asked: &RiskSettings) -> Result<RiskTable, Error> {
    let ships = RiskTable::default();
    let mut paths = ships.paths;
    for class in &asked.paths {
        match paths.iter_mut().find(|known| known.name == class.name) {
            Some(known) => *known = class.clone(),
            None => paths.push(class.clone()),
        }
    }
    let table = RiskTable {
        medium: asked.medium.unwrap_or(ships.medium),
        high: asked.high.unwrap_or(ships.high),
        large: asked.large.unwrap_or(ships.large),
        very_large: asked.very_large.unwrap_or(ships.very_large),
        tiers: asked.tiers.clone().unwrap_or(ships.tiers),
        paths,
        failures: asked.failures.unwrap_or(ships.failures),
        late: asked.late.unwrap_or(ships.late),
        long_ago: asked.long_ago.unwrap_or(ships.long_ago),
    };
    if table.medium == 0 || table.high < table.medium {
        return Err(wrong(
            format!("[risk] medium = {}, high = {}", table.medium, table.high),
            "medium is at least 1 and not above high",
        ));
    }
    let late = &table.late;
    if late.from > late.until || late.until > 24 || late.friday_until > 24 {
        return Err(wrong(
            "[risk] late: the hours make no working day".to_owned(),
            "such as { from = 8, until = 18, friday_until = 15, points = 1 }",
        ));
    }
    Ok(table)
}

fn wrong(message: String, hint: &str) -> Error {
    Error::new(Kind::Usage, message).hint(hint)
}
