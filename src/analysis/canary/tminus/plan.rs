//! How the analysis's alpha is shared over its metrics, and what each weighs.

use std::collections::BTreeMap;

use crate::{
    analysis::canary::contract::{Analysis, Effect, Metric},
    domain::{Direction, Text},
};

/// What one metric is judged by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Its level: the rate of false alarms that it may have over all looks.
    pub alpha: f64,
    /// Which way is worse.
    pub direction: Direction,
    /// Tolerated change relative to the baseline.
    pub tolerance: f64,
    /// Points of the score that are lost when it fails.
    pub loss: f64,
}

impl Plan {
    /// Logarithm of the evidence that is an alarm.
    #[must_use]
    pub fn ln_limit(&self) -> f64 {
        -self.alpha.max(f64::MIN_POSITIVE).ln()
    }

    /// The same for evidence in one direction.
    #[must_use]
    pub fn ln_one_side(&self) -> f64 {
        let sides = if self.direction == Direction::Either {
            std::f64::consts::LN_2
        } else {
            0.0
        };
        self.ln_limit() + sides
    }
}

/// A plan for each metric.
///
/// An analysis fails when a critical metric does, or when more points are lost
/// than `100 − marginal`. By Markov's inequality the chance of that is at most
/// the sum over the metrics of (chance × points, at most those that may be
/// lost) over those points, however the metrics hang together; so each gets
/// the level that makes this alpha.
#[must_use]
pub fn plans(analysis: &Analysis) -> Vec<Plan> {
    let losses = losses(analysis);
    let spare = 100.0 - analysis.marginal;
    let heaviest = |metric: &Metric, loss: f64| -> f64 {
        if metric.critical || (spare <= 0.0 && loss > 0.0) {
            1.0
        } else if loss > 0.0 {
            (loss / spare).min(1.0)
        } else {
            0.0
        }
    };
    let mut shares: Vec<f64> = analysis
        .metrics
        .iter()
        .zip(&losses)
        .map(|(metric, loss)| heaviest(metric, *loss))
        .collect();
    // In one order, so that the order of the metrics cannot move a sum.
    shares.sort_by(f64::total_cmp);
    let alpha = analysis.alpha / shares.iter().sum::<f64>().max(1.0);
    analysis
        .metrics
        .iter()
        .zip(losses)
        .map(|(metric, loss)| Plan {
            alpha,
            direction: metric.direction.unwrap_or(Direction::Either),
            tolerance: tolerance(metric),
            loss,
        })
        .collect()
}

/// Points of the score that each metric stands for; they add up to 100.
fn losses(analysis: &Analysis) -> Vec<f64> {
    let weight = |metric: &Metric| metric.weight.unwrap_or(1.0).max(0.0);
    // Metrics without a group are a group of their own.
    let own = [Text::default()];
    let groups_of = |metric: &'_ Metric| -> Vec<Text> {
        if metric.groups.is_empty() {
            own.to_vec()
        } else {
            metric.groups.clone()
        }
    };
    let mut groups: BTreeMap<Text, f64> = BTreeMap::new();
    for metric in &analysis.metrics {
        for group in groups_of(metric) {
            *groups.entry(group).or_default() += weight(metric);
        }
    }
    groups.retain(|_, weight| *weight > 0.0);
    let set = |group: &Text| analysis.group_weights.get(group).copied();
    let named: f64 = groups.keys().filter_map(set).map(|w| w.max(0.0)).sum();
    let unnamed = groups.keys().filter(|group| set(group).is_none()).count();
    let rest = (100.0 - named).max(0.0) / unnamed.max(1) as f64;
    let points = |group: &Text| set(group).map_or(rest, |weight| weight.max(0.0));
    let total: f64 = groups.keys().map(points).sum();
    analysis
        .metrics
        .iter()
        .map(|metric| {
            groups_of(metric)
                .iter()
                .filter_map(|group| {
                    let all = groups.get(group)?;
                    (total > 0.0).then(|| points(group) / total * 100.0 * weight(metric) / all)
                })
                .sum()
        })
        .collect()
}

/// A ratio of means that is allowed is a tolerance as well.
fn tolerance(metric: &Metric) -> f64 {
    if let Some(tolerance) = metric.tolerance {
        return tolerance.max(0.0);
    }
    if metric.effect != Effect::MeanRatio {
        return 0.0;
    }
    let up = metric.allowed_increase.map(|limit| limit - 1.0);
    let down = metric.allowed_decrease.map(|limit| 1.0 - limit);
    match metric.direction.unwrap_or(Direction::Either) {
        Direction::Increase => up,
        Direction::Decrease => down,
        Direction::Either => match (up, down) {
            (Some(up), Some(down)) => Some(up.min(down)),
            (up, down) => up.or(down),
        },
    }
    .unwrap_or(0.0)
    .max(0.0)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    fn metric(groups: &[&str], critical: bool) -> Metric {
        Metric {
            name: "m".into(),
            groups: groups.iter().map(|group| Text::new(group)).collect(),
            critical,
            ..Metric::default()
        }
    }

    fn alphas(metrics: Vec<Metric>) -> Vec<f64> {
        let analysis = Analysis {
            metrics,
            ..Analysis::default()
        };
        plans(&analysis).iter().map(|plan| plan.alpha).collect()
    }

    #[test]
    fn alpha_is_shared_over_what_can_fail_the_analysis() {
        assert_eq!(alphas(vec![metric(&[], false)]), [0.05]);
        assert_eq!(alphas(vec![metric(&[], true); 2]), [0.025; 2]);
        assert_eq!(alphas(vec![metric(&["a"], false); 4]), [0.0125; 4]);
        // Ten of one group: three have to fail together.
        let ten = alphas(vec![metric(&["a"], false); 10]);
        assert!((ten[0] - 0.0125).abs() < 1e-12);
        let mut shown = metric(&[], false);
        shown.weight = Some(0.0);
        assert_eq!(alphas(vec![metric(&[], true), shown]), [0.05; 2]);
    }

    #[test]
    fn points_add_up() {
        let mut analysis = Analysis {
            metrics: vec![
                metric(&["a"], false),
                metric(&["a", "b"], false),
                metric(&[], false),
            ],
            ..Analysis::default()
        };
        analysis.group_weights.insert("a".into(), 60.0);
        analysis.group_weights.insert("gone".into(), 30.0);
        let losses = losses(&analysis);
        assert!((losses.iter().sum::<f64>() - 100.0).abs() < 1e-9);
        assert_eq!(losses, [30.0, 50.0, 20.0]);
    }

    #[test]
    fn limits_of_kayenta_are_tolerances() {
        let mut limited = metric(&[], false);
        limited.allowed_increase = Some(1.2);
        limited.allowed_decrease = Some(0.9);
        assert!((tolerance(&limited) - 0.1).abs() < 1e-12);
        limited.direction = Some(Direction::Increase);
        assert!((tolerance(&limited) - 0.2).abs() < 1e-12);
        limited.tolerance = Some(0.5);
        assert_eq!(tolerance(&limited), 0.5);
        limited.tolerance = None;
        limited.effect = Effect::Cles;
        assert_eq!(tolerance(&limited), 0.0);
    }
}
