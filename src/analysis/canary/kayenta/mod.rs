//! What Spinnaker's `NetflixACAJudge` (Kayenta) says, step by step, its known
//! faults included: a tolerance that follows the shift and not the baseline,
//! roots found to an absolute 1e-4, errors that do not count. The steps are
//! written down in `docs/canary.md`.
//!
//! The one random step of the original, the noise that is added when each side
//! has one value only, takes fixed normal quantiles here.

mod score;
mod wilcoxon;

pub use self::wilcoxon::{AllTied, Shift, shift};

use self::score::{Basis, Classified, score};
use super::{
    contract::{Analysis, Effect, Metric, NanStrategy, Outliers},
    report::{Class, Details, MetricReport, Report, Verdict, number},
    stats::{
        describe::{ascending, mean, quantile},
        normal,
        rank::RankSum,
    },
};
use crate::domain::{Direction, Text};

/// How far the interval has to be from 0, in shares of the estimated shift.
const BAND: f64 = 0.25;
/// Standard deviation of the noise, in shares of the value.
const NOISE: f64 = 1e-5;
const OUTLIER_FACTOR: f64 = 3.0;

/// Judges an analysis as Kayenta would.
#[must_use]
pub fn judge(analysis: &Analysis) -> Report {
    let judged: Vec<Judged> = analysis.metrics.iter().map(classify).collect();
    let classified: Vec<Classified<'_>> = analysis
        .metrics
        .iter()
        .zip(&judged)
        .map(|(metric, judged)| Classified {
            class: judged.class,
            critical: judged.critical,
            groups: &metric.groups,
        })
        .collect();
    let (score, basis) = score(&classified, &analysis.group_weights);
    let verdict = if score >= analysis.pass {
        Verdict::Pass
    } else if score >= analysis.marginal {
        Verdict::Marginal
    } else {
        Verdict::Fail
    };
    let sentence = match basis {
        Basis::Critical(position) => format!(
            "the critical metric {} did not pass: {}",
            analysis.metrics[position].name, judged[position].why
        ),
        Basis::NoData => "half of the metrics or more have no data".to_owned(),
        Basis::Sum => format!(
            "the score is {}: {} of {} metrics pass, {} is needed",
            // Never -0.
            score + 0.0,
            judged
                .iter()
                .filter(|judged| judged.class == Class::Pass)
                .count(),
            judged.len(),
            analysis.pass
        ),
    };
    Report {
        verdict,
        score: Some(score),
        sentence: Text::new(&sentence),
        metrics: analysis
            .metrics
            .iter()
            .zip(judged)
            .map(|(metric, judged)| judged.report(metric))
            .collect(),
    }
}

/// What is said of one metric.
struct Judged {
    class: Class,
    /// It is critical and failed critically.
    critical: bool,
    shift: Option<Shift>,
    effect: Option<f64>,
    why: String,
    samples: (usize, usize),
}

impl Judged {
    fn report(self, metric: &Metric) -> MetricReport {
        let missing =
            |points: &[Option<f64>]| points.iter().filter(|point| point.is_none()).count();
        MetricReport {
            name: metric.name.clone(),
            verdict: match self.class {
                Class::Pass => Verdict::Pass,
                Class::High | Class::Low => Verdict::Fail,
                Class::NoData | Class::NoDataFail => Verdict::NoData,
                Class::Error => Verdict::Error,
            },
            critical: metric.critical,
            class: Some(self.class),
            interval: self.shift.map(|shift| [shift.low, shift.high]),
            estimate: self.shift.map(|shift| shift.estimate),
            effect: self.effect,
            e_value: None,
            why: Text::new(&self.why),
            details: Details {
                baseline_samples: self.samples.0 as f64,
                canary_samples: self.samples.1 as f64,
                gaps: missing(metric.baseline.plain()) + missing(metric.canary.plain()),
                critical_failure: Some(self.critical),
                ..Details::default()
            },
        }
    }
}

fn classify(metric: &Metric) -> Judged {
    let experiment = clean(metric.canary.plain(), metric);
    let control = clean(metric.baseline.plain(), metric);
    let samples = (control.len(), experiment.len());
    let plain = |class, critical, why: &str| Judged {
        class,
        critical,
        shift: None,
        effect: None,
        why: why.to_owned(),
        samples,
    };
    if experiment.is_empty() || control.is_empty() {
        let side = if experiment.is_empty() {
            "the canary"
        } else {
            "the baseline"
        };
        return match metric.nan_strategy {
            NanStrategy::Replace => plain(
                Class::Pass,
                false,
                &format!("{side} has no data, which passes where missing points are replaced"),
            ),
            NanStrategy::Remove if metric.must_have_data && !metric.critical => plain(
                Class::NoDataFail,
                false,
                &format!("{side} has no data, and data is required"),
            ),
            NanStrategy::Remove => plain(
                Class::NoData,
                metric.critical,
                &format!("{side} has no data"),
            ),
        };
    }
    if experiment == control {
        return plain(Class::Pass, false, "both sides have the same values");
    }
    let single = |values: &[f64]| values.first() == values.last();
    let both_single = single(&experiment) && single(&control);
    if both_single && experiment.first() == control.first() {
        return plain(Class::Pass, false, "both sides have one value, the same");
    }
    let (experiment, control) = if both_single {
        (with_noise(&experiment), with_noise(&control))
    } else {
        (experiment, control)
    };
    let Ok(shift) = shift(&experiment, &control) else {
        return plain(
            Class::Error,
            false,
            "all values tie once one side is shifted; Kayenta calls that an error and does not \
             count it",
        );
    };
    compare(metric, &experiment, &control, shift, samples)
}

fn compare(
    metric: &Metric,
    experiment: &[f64],
    control: &[f64],
    shift: Shift,
    samples: (usize, usize),
) -> Judged {
    // None when it cannot be told, which counts as large enough.
    let effect = match metric.effect {
        Effect::MeanRatio => {
            let (above, below) = (mean(experiment), mean(control));
            (above != 0.0 && below != 0.0).then(|| above / below)
        }
        Effect::Cles => Some(RankSum::of(experiment, control, 0.0).share_above()),
    }
    .filter(|effect| !effect.is_nan());
    let even = match metric.effect {
        Effect::MeanRatio => 1.0,
        Effect::Cles => 0.5,
    };
    let at_least = |limit: Option<f64>| effect.is_none_or(|effect| effect >= limit.unwrap_or(even));
    let at_most = |limit: Option<f64>| effect.is_none_or(|effect| effect <= limit.unwrap_or(even));
    let direction = metric.direction.unwrap_or(Direction::Either);
    let band = BAND * shift.estimate.abs();
    let high =
        direction != Direction::Decrease && shift.low > band && at_least(metric.allowed_increase);
    let low =
        direction != Direction::Increase && shift.high < -band && at_most(metric.allowed_decrease);
    let interval = format!(
        "the canary lies {} to {} above the baseline at 98 %",
        number(shift.low),
        number(shift.high)
    );
    let (class, critical, why) = if high {
        let critical = metric.critical && at_least(metric.critical_increase);
        (Class::High, critical, format!("high: {interval}"))
    } else if low {
        let critical = metric.critical && at_most(metric.critical_decrease);
        (Class::Low, critical, format!("low: {interval}"))
    } else {
        (
            Class::Pass,
            false,
            format!("no difference that counts: {interval}"),
        )
    };
    Judged {
        class,
        critical,
        shift: Some(shift),
        effect,
        why,
        samples,
    }
}

/// Missing points and outliers as configured; in ascending order.
fn clean(points: &[Option<f64>], metric: &Metric) -> Vec<f64> {
    let values = ascending(points.iter().filter_map(|point| match metric.nan_strategy {
        NanStrategy::Remove => *point,
        NanStrategy::Replace => Some(point.unwrap_or(0.0)),
    }));
    if metric.outliers == Outliers::Keep || values.is_empty() {
        return values;
    }
    let factor = metric.outlier_factor.unwrap_or(OUTLIER_FACTOR);
    let (first, third) = (quantile(&values, 0.25), quantile(&values, 0.75));
    let reach = factor * (third - first);
    let low = quantile(&values, 0.01).min(first - reach);
    let high = quantile(&values, 0.99).max(third + reach);
    values
        .into_iter()
        .filter(|value| !(*value > high || *value < low))
        .collect()
}

/// One value many times, spread a little: normal quantiles in place of random
/// numbers, so that the same input has the same verdict.
fn with_noise(values: &[f64]) -> Vec<f64> {
    let count = values.len() as f64;
    ascending(values.iter().enumerate().map(|(index, value)| {
        value + value * NOISE * normal::quantile((index as f64 + 0.5) / count)
    }))
}

#[cfg(test)]
mod tests;
