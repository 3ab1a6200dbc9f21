//! How risky a change is: points from a table over what is known, added up.
//! What is not known raises the risk, never lowers it.
//!
//! The rows are the usual ones of change management: size, what is touched,
//! how important the service is, how often it went wrong lately, the hour, and
//! how long nothing was deployed. DORA's finding that small and frequent
//! changes fail less is in `large` and `long_ago`.

#[cfg(test)]
mod tests;

use chrono::{DateTime, Datelike as _, TimeDelta, Timelike as _, Weekday};
use chrono_tz::Tz;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::domain::{Risk, RiskLevel, RiskTable, Text};

/// A table whose globs are compiled.
#[derive(Clone, Debug)]
pub struct Rules {
    table: RiskTable,
    paths: Vec<GlobSet>,
}

/// What is known of a change and its moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts<'a> {
    /// What changes; none when it is not known.
    pub change: Option<Change<'a>>,
    /// The service's tier: 0 is the most important.
    pub tier: Option<u8>,
    /// How the last deployments to the same place ended, newest first: true
    /// for those that went wrong.
    pub went_wrong: &'a [bool],
    /// The time on the team's clock.
    pub now: DateTime<Tz>,
    /// How long ago something was deployed there; none when not known.
    pub since_last: Option<TimeDelta>,
}

/// What changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change<'a> {
    /// How many commits.
    pub commits: u32,
    /// The changed files; none when they are not known.
    pub files: Option<&'a [Text]>,
}

/// A risk with its points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weighed {
    /// The level and its reasons.
    pub risk: Risk,
    /// All points together.
    pub points: u32,
}

/// Fewer deployments tell nothing about how often they fail.
const FEWEST: usize = 3;

impl Rules {
    /// Compiles the globs of a table.
    ///
    /// # Errors
    /// The glob that cannot be read, and why.
    pub fn new(table: RiskTable) -> Result<Self, String> {
        let paths = table
            .paths
            .iter()
            .map(|class| {
                let mut set = GlobSetBuilder::new();
                for glob in &class.globs {
                    let compiled = GlobBuilder::new(glob)
                        .literal_separator(true)
                        .build()
                        .map_err(|error| error.to_string())?;
                    set.add(compiled);
                }
                set.build().map_err(|error| error.to_string())
            })
            .collect::<Result<_, String>>()?;
        Ok(Self { table, paths })
    }

    /// Weighs a change.
    #[must_use]
    pub fn weigh(&self, facts: &Facts<'_>) -> Weighed {
        let mut rows: Vec<(u32, String)> = Vec::new();
        if let Some(change) = &facts.change {
            rows.extend(self.size(change));
            rows.extend(self.touched(change));
        }
        rows.extend(self.tier(facts.tier));
        rows.extend(self.failures(facts.went_wrong));
        rows.extend(self.hour(facts.now));
        rows.extend(self.long_ago(facts.since_last));
        rows.retain(|(points, _)| *points > 0);
        rows.sort_by_key(|row| std::cmp::Reverse(row.0));
        let points = rows
            .iter()
            .fold(0u32, |sum, (points, _)| sum.saturating_add(*points));
        let mut level = if points >= self.table.high {
            RiskLevel::High
        } else if points >= self.table.medium {
            RiskLevel::Medium
        } else {
            RiskLevel::Low
        };
        let mut reasons: Vec<Text> = rows
            .into_iter()
            .map(|(points, reason)| Text::from(format!("{reason} (+{points})")))
            .collect();
        if facts.change.is_none() {
            level = level.max(RiskLevel::Medium);
            reasons.insert(0, Text::new("what changes is not known"));
        }
        Weighed {
            risk: Risk { level, reasons },
            points,
        }
    }

    fn size(&self, change: &Change<'_>) -> Option<(u32, String)> {
        let files = change.files.map_or(0, <[Text]>::len);
        let files = u32::try_from(files).unwrap_or(u32::MAX);
        let reached =
            |size: &crate::domain::Size| change.commits >= size.commits || files >= size.files;
        let size = [&self.table.very_large, &self.table.large]
            .into_iter()
            .find(|size| reached(size))?;
        let many = |count: u32, one: &str| match count {
            1 => format!("1 {one}"),
            _ => format!("{count} {one}s"),
        };
        Some((
            size.points,
            format!(
                "{}, {}",
                many(change.commits, "commit"),
                many(files, "file")
            ),
        ))
    }

    fn touched(&self, change: &Change<'_>) -> Vec<(u32, String)> {
        let Some(files) = change.files else {
            return vec![(1, "which files change is not known".to_owned())];
        };
        self.table
            .paths
            .iter()
            .zip(&self.paths)
            .filter_map(|(class, globs)| {
                let touched: Vec<&Text> = files
                    .iter()
                    .filter(|file| globs.is_match(file.as_str()))
                    .collect();
                let first = touched.first()?;
                let more = match touched.len() {
                    1 => String::new(),
                    count => format!(" and {} more", count - 1),
                };
                Some((
                    class.points,
                    format!("{} touched: {first}{more}", class.name),
                ))
            })
            .collect()
    }

    fn tier(&self, tier: Option<u8>) -> Option<(u32, String)> {
        let tier = tier?;
        let points = *self.table.tiers.get(usize::from(tier))?;
        Some((points, format!("the service is of tier {tier}")))
    }

    fn failures(&self, went_wrong: &[bool]) -> Option<(u32, String)> {
        let rule = &self.table.failures;
        let looked_at = went_wrong.len().min(rule.last as usize);
        if looked_at < FEWEST {
            return None;
        }
        let wrong = went_wrong[..looked_at]
            .iter()
            .filter(|wrong| **wrong)
            .count();
        (wrong > 0 && wrong * 100 >= rule.percent as usize * looked_at).then(|| {
            (
                rule.points,
                format!("{wrong} of the last {looked_at} deployments went wrong"),
            )
        })
    }

    fn hour(&self, now: DateTime<Tz>) -> Option<(u32, String)> {
        let rule = &self.table.late;
        let until = match now.weekday() {
            Weekday::Sat | Weekday::Sun => 0,
            Weekday::Fri => rule.friday_until,
            _ => rule.until,
        };
        let works = (rule.from..until).contains(&now.hour());
        (!works).then(|| (rule.points, format!("it is {}", now.format("%A %H:%M"))))
    }

    fn long_ago(&self, since: Option<TimeDelta>) -> Option<(u32, String)> {
        let rule = &self.table.long_ago;
        let days = since?.num_days();
        (days >= i64::from(rule.days))
            .then(|| (rule.points, format!("nothing was deployed for {days} days")))
    }
}
