//! From classes to a score, as Kayenta's weighted sum makes it.

use std::collections::BTreeMap;

use crate::{analysis::canary::report::Class, domain::Text};

/// Share of metrics without data, in percent, from which the score is 0.
const TOO_MANY_WITHOUT_DATA: f64 = 50.0;

/// What a metric brings to the score.
#[derive(Clone, Debug)]
pub struct Classified<'a> {
    /// Its class.
    pub class: Class,
    /// It failed critically.
    pub critical: bool,
    /// Its groups.
    pub groups: &'a [Text],
}

/// What the score rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// A critical metric did not pass: this one, by position.
    Critical(usize),
    /// Half of the metrics or more have no data.
    NoData,
    /// The weighted sum.
    Sum,
}

/// The score of an analysis, and what it rests on.
#[must_use]
pub fn score(metrics: &[Classified<'_>], weights: &BTreeMap<Text, f64>) -> (f64, Basis) {
    let critical = metrics
        .iter()
        .position(|metric| metric.critical && metric.class != Class::Pass);
    if let Some(position) = critical {
        return (0.0, Basis::Critical(position));
    }
    let without = metrics
        .iter()
        .filter(|metric| metric.class == Class::NoData)
        .count();
    if without as f64 / metrics.len() as f64 * 100.0 >= TOO_MANY_WITHOUT_DATA {
        return (0.0, Basis::NoData);
    }
    (two_places(sum(metrics, weights)), Basis::Sum)
}

fn sum(metrics: &[Classified<'_>], weights: &BTreeMap<Text, f64>) -> f64 {
    // Passed and counted, by group.
    let mut groups: BTreeMap<&Text, (f64, f64)> = BTreeMap::new();
    for metric in metrics {
        let (passed, counted) = match metric.class {
            Class::Pass => (1.0, 1.0),
            Class::High | Class::Low | Class::NoDataFail => (0.0, 1.0),
            Class::NoData | Class::Error => (0.0, 0.0),
        };
        for group in metric.groups {
            let sums = groups.entry(group).or_default();
            sums.0 += passed;
            sums.1 += counted;
        }
    }
    let unweighted = groups
        .keys()
        .filter(|group| !weights.contains_key(**group))
        .count();
    let share = (100.0 - weights.values().sum::<f64>()) / unweighted as f64;
    groups
        .iter()
        .map(|(group, (passed, counted))| {
            let score = if *counted == 0.0 {
                100.0
            } else {
                passed / counted * 100.0
            };
            score * (weights.get(*group).copied().unwrap_or(share) / 100.0)
        })
        .sum()
}

/// Rounded to two decimal places, halves away from 0, as the shortest decimal
/// that stands for the number is rounded by hand.
fn two_places(value: f64) -> f64 {
    let text = format!("{value}");
    let Some((whole, fraction)) = text.split_once('.') else {
        return value;
    };
    let (Some(kept), Some(next)) = (fraction.get(..2), fraction.as_bytes().get(2)) else {
        return value;
    };
    let Ok(near) = format!("{whole}.{kept}").parse::<f64>() else {
        return value;
    };
    if *next < b'5' {
        return near;
    }
    let up = (near.abs() * 100.0).round() + 1.0;
    (up / 100.0).copysign(value)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    fn metric(
        class: Class,
        groups: &'static [&'static str],
        critical: bool,
    ) -> Classified<'static> {
        Classified {
            class,
            critical,
            groups: Vec::leak(groups.iter().map(|group| Text::new(group)).collect()),
        }
    }

    fn of(metrics: &[Classified<'_>], weights: &[(&str, f64)]) -> f64 {
        let weights = weights
            .iter()
            .map(|(name, weight)| (Text::new(name), *weight))
            .collect();
        score(metrics, &weights).0
    }

    #[test]
    fn published_scores() {
        use Class::{High, Low, NoData, Pass};
        const G: &[&str] = &["g"];
        let (pass, high) = (metric(Pass, G, false), metric(High, G, false));
        assert_eq!(of(std::slice::from_ref(&pass), &[]), 100.0);
        assert_eq!(of(std::slice::from_ref(&high), &[]), 0.0);
        assert_eq!(of(&[metric(NoData, G, false)], &[]), 0.0);
        assert_eq!(of(&[pass.clone(), high.clone()], &[]), 50.0);
        let three = [pass.clone(), high, metric(Low, G, false)];
        assert_eq!(of(&three, &[]), 33.33);
        let two_groups = [
            pass.clone(),
            pass.clone(),
            metric(NoData, &["other"], false),
        ];
        assert_eq!(of(&two_groups, &[]), 100.0);
        let weighted = [
            metric(Pass, &["a"], false),
            metric(Pass, &["a"], false),
            metric(High, &["b"], false),
        ];
        assert_eq!(of(&weighted, &[("a", 75.0), ("b", 25.0)]), 75.0);
        let unequal = [
            metric(High, &["a"], false),
            metric(Low, &["a"], false),
            metric(Pass, &["a"], false),
            metric(High, &["b"], false),
        ];
        assert_eq!(of(&unequal, &[("a", 15.0), ("b", 85.0)]), 5.0);
        assert_eq!(of(&[pass.clone(), metric(High, G, true)], &[]), 0.0);
        assert_eq!(
            of(&[metric(Low, G, false), metric(Pass, G, true)], &[]),
            50.0
        );
        assert_eq!(of(&[pass, metric(NoData, G, true)], &[]), 0.0);
    }

    #[test]
    fn what_nobody_checks_is_kept() {
        use Class::{High, NoDataFail, Pass};
        // Weights above 100 make scores above 100 and shares below 0.
        let two = [metric(Pass, &["a"], false), metric(High, &["b"], false)];
        assert_eq!(of(&two, &[("a", 150.0)]), 150.0);
        let both = [metric(Pass, &["a"], false), metric(Pass, &["b"], false)];
        assert_eq!(of(&both, &[("a", 150.0)]), 100.0);
        // A weight for a group that has no metric takes from the others.
        assert_eq!(of(&[metric(Pass, &["a"], false)], &[("gone", 40.0)]), 60.0);
        // A metric without a group scores nowhere; in two groups, in both.
        assert_eq!(of(&[metric(Pass, &[], false)], &[]), 0.0);
        let twice = [
            metric(Pass, &["a", "b"], false),
            metric(High, &["b"], false),
        ];
        assert_eq!(of(&twice, &[]), 75.0);
        let missing = [
            metric(Pass, &["a"], false),
            metric(NoDataFail, &["a"], false),
        ];
        assert_eq!(of(&missing, &[]), 50.0);
        assert_eq!(of(&[metric(Class::Error, &["a"], false)], &[]), 100.0);
    }

    #[test]
    fn rounding_is_by_the_shortest_decimal() {
        for (value, rounded) in [
            (33.333_333_333_333_336, 33.33),
            (66.666_666_666_666_67, 66.67),
            (2.675, 2.68),
            (1.005, 1.01),
            (99.999, 100.0),
            (50.0, 50.0),
            (-1.005, -1.01),
            (0.004_9, 0.0),
        ] {
            assert_eq!(two_places(value), rounded, "{value}");
        }
    }
}
