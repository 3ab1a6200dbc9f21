//! What a release of each kind brings with it, from `assets/releases`.

use std::{collections::BTreeMap, sync::OnceLock};

use chrono::TimeDelta;
use serde::Deserialize;

use crate::domain::{Check, CheckState, Release, ReleaseKind, ReleaseState, Text, Timestamp};

const SHIPPED: &str = include_str!("../../../assets/releases/templates.toml");

/// What a release of one kind brings with it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// How long all of it has to serve before it is done, in minutes.
    pub bake_minutes: u32,
    /// States that it may pass over.
    #[serde(default)]
    pub skips: Vec<ReleaseState>,
    /// What is checked by itself, by name.
    #[serde(default)]
    gates: Vec<String>,
    /// Whether it is reviewed afterwards.
    #[serde(default)]
    pub review: bool,
    #[serde(default)]
    checks: Vec<TemplateCheck>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateCheck {
    id: String,
    what: String,
    before: ReleaseState,
    #[serde(default = "yes")]
    required: bool,
}

fn yes() -> bool {
    true
}

/// The template of a kind.
#[must_use]
pub fn of(kind: ReleaseKind) -> &'static Template {
    static ALL: OnceLock<BTreeMap<String, Template>> = OnceLock::new();
    static NONE: OnceLock<Template> = OnceLock::new();
    ALL.get_or_init(|| {
        // A test holds that the shipped file can be read and names each kind.
        toml::from_str(SHIPPED).unwrap_or_default()
    })
    .get(kind.word())
    .unwrap_or_else(|| NONE.get_or_init(Template::default))
}

impl Template {
    /// Gives a release what its kind brings with it and it does not have yet.
    /// `made` is when it was made and `review_hours` how soon afterwards a
    /// review has to be done where the kind asks for one.
    #[must_use]
    pub fn fill(
        &self,
        mut release: Release,
        made: Option<Timestamp>,
        review_hours: u32,
    ) -> Release {
        if release.checklist.is_empty() {
            release.checklist = self
                .checks
                .iter()
                .map(|check| Check {
                    id: Text::new(&check.id),
                    what: Text::new(&check.what),
                    before: check.before,
                    required: check.required,
                    state: CheckState::Open,
                })
                .collect();
        }
        if release.gates.is_empty() {
            release.gates = self.gates.iter().map(|gate| Text::new(gate)).collect();
        }
        if release.skips.is_empty() {
            release.skips.clone_from(&self.skips);
        }
        if release.bake_minutes == 0 {
            release.bake_minutes = self.bake_minutes;
        }
        if self.review
            && release.review_due.is_none()
            && let Some(made) = made
        {
            release.review_due = Some(made + TimeDelta::hours(i64::from(review_hours)));
        }
        release
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_names_each_kind_and_nothing_else() {
        let all: BTreeMap<String, Template> = toml::from_str(SHIPPED).unwrap();
        let mut kinds: Vec<&str> = ReleaseKind::ALL.map(ReleaseKind::word).to_vec();
        kinds.sort_unstable();
        assert_eq!(all.keys().collect::<Vec<_>>(), kinds);
        for (kind, template) in all {
            for check in &template.checks {
                assert!(check.before.place().is_some(), "{kind}: {}", check.id);
                let skipped = template.skips.contains(&check.before);
                assert!(
                    !skipped,
                    "{kind}: {} stands before a skipped state",
                    check.id
                );
            }
        }
    }

    #[test]
    fn the_hotfix_lane_is_shorter_and_is_reviewed() {
        let (hotfix, regular) = (of(ReleaseKind::Hotfix), of(ReleaseKind::Regular));
        assert!(hotfix.gates.len() < regular.gates.len());
        assert!(hotfix.skips.contains(&ReleaseState::Scheduled));
        let made = Timestamp::from_timestamp(1_700_000_000, 0).unwrap();
        let filled = hotfix.fill(Release::default(), Some(made), 24);
        assert_eq!(filled.review_due, Some(made + TimeDelta::hours(24)));
        let filled = regular.fill(Release::default(), Some(made), 24);
        assert_eq!(filled.review_due, None);
    }
}
