//! How risky a release is: that of each of its items, and the highest of them.

use chrono::TimeDelta;

use super::Model;
use crate::{
    analysis::risk::{Change, Facts, Rules},
    domain::{Comparison, Release, ReleaseItem, Risk, RiskLevel, ServiceName, Text, Timestamp},
};

/// How risky one item is.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemRisk {
    /// The service.
    pub service: ServiceName,
    /// The risk and its reasons.
    pub risk: Risk,
}

impl Model {
    /// How risky each item of a release is, if it went out when it is planned
    /// to, or now.
    #[must_use]
    pub fn item_risks(&self, release: &Release, now: Timestamp) -> Vec<ItemRisk> {
        let Some(rules) = self
            .weights
            .get_or_init(|| Rules::new(self.catalog.team.risk.clone()).ok())
        else {
            return Vec::new();
        };
        let at = release.start.map_or(now, |start| start.max(now));
        release
            .items
            .iter()
            .map(|item| ItemRisk {
                service: item.service.clone(),
                risk: self.item_risk(rules, item, at),
            })
            .collect()
    }

    /// The highest risk of the items, with the reasons of those that have it.
    #[must_use]
    pub fn release_risk(&self, release: &Release, now: Timestamp) -> Risk {
        let items = self.item_risks(release, now);
        let level = items.iter().map(|item| item.risk.level).max();
        let Some(level) = level else {
            return Risk {
                level: RiskLevel::Medium,
                reasons: vec![Text::new("it names no service")],
            };
        };
        let reasons = items
            .iter()
            .filter(|item| item.risk.level == level)
            .flat_map(|item| {
                item.risk
                    .reasons
                    .iter()
                    .map(|reason| Text::from(format!("{}: {reason}", item.service)))
            })
            .collect();
        Risk { level, reasons }
    }

    fn item_risk(&self, rules: &Rules, item: &ReleaseItem, at: Timestamp) -> Risk {
        let comparison = self.item_comparison(item);
        let since_last = self
            .deployments(&item.service, &item.environment)
            .next()
            .map(|last| (at - last.value.updated).max(TimeDelta::zero()));
        rules
            .weigh(&Facts {
                change: comparison.map(|found| Change {
                    commits: found.ahead,
                    files: (!found.files.is_empty()).then_some(&found.files[..]),
                }),
                tier: self
                    .catalog
                    .service(&item.service)
                    .and_then(|spec| spec.tier),
                went_wrong: &self.went_wrong(&item.service, &item.environment),
                now: at.with_timezone(&self.catalog.team.zone),
                since_last,
            })
            .risk
    }

    /// The versions or commits that an item's content lies between, the older
    /// first; none when the older is not known.
    #[must_use]
    pub fn item_span(&self, item: &ReleaseItem) -> Option<(Text, Text)> {
        let base = match &item.from {
            Some(from) => from.0.clone(),
            None => {
                let before = self
                    .line(&item.service, &item.environment)
                    .into_iter()
                    .find(|stint| stint.version != &item.to)?;
                before.version.0.clone()
            }
        };
        Some((base, item.to.0.clone()))
    }

    /// What an item brings, where it was loaded.
    #[must_use]
    pub fn item_comparison(&self, item: &ReleaseItem) -> Option<&Comparison> {
        let (base, head) = self.item_span(item)?;
        self.comparison(&item.service, &base, &head)
            .map(|found| &found.value)
    }
}
