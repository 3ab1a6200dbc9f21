//! How the canary of a service is measured, from its profile.

use super::{
    file::{self, File},
    resolve::{parse_duration, wrong},
};
use crate::{
    domain::{CanarySpec, CountQueries, EnvironmentName, MetricSpec, SourceId, Text, Threshold},
    error::Error,
};

/// The canary of a service by its profile.
///
/// # Errors
/// When the profile says what cannot be; for people.
pub(super) fn resolve(
    name: &str,
    profile: &file::Profile,
    service: &file::Service,
    file: &File,
) -> Result<CanarySpec, Error> {
    if !file.integrations.contains_key(&profile.source) {
        return Err(wrong(format!(
            "the profile `{name}`: its source `{}` is no integration",
            profile.source
        )));
    }
    let seconds = |text: &str| {
        parse_duration(text).ok_or_else(|| {
            wrong(format!("the profile `{name}`: `{text}` is no duration"))
                .hint("such as 90s, 10m or 2h")
        })
    };
    if !(profile.alpha > 0.0 && profile.alpha <= 0.5) {
        return Err(wrong(format!(
            "the profile `{name}`: `alpha` is {}",
            profile.alpha
        ))
        .hint("the highest rate of false alarms: above 0 and at most 0.5, such as 0.05"));
    }
    let count_seconds = seconds(&profile.count_every)?.max(1);
    let fill = |query: &str| {
        Text::new(
            &query
                .replace("{service}", &service.name)
                .replace("{window}", &format!("{count_seconds}s")),
        )
    };
    let counts = |metric: &file::Metric| {
        let queries = [
            &metric.baseline_events,
            &metric.canary_events,
            &metric.baseline_total,
            &metric.canary_total,
        ];
        match queries.map(Option::as_deref) {
            [None, None, None, None] => Ok(None),
            [
                Some(baseline_events),
                Some(canary_events),
                Some(baseline_total),
                Some(canary_total),
            ] => Ok(Some(CountQueries {
                baseline_events: fill(baseline_events),
                canary_events: fill(canary_events),
                baseline_total: fill(baseline_total),
                canary_total: fill(canary_total),
            })),
            _ => Err(wrong(format!(
                "the profile `{name}`: the counts of `{}` are not whole",
                metric.name
            ))
            .hint(
                "`baseline_events`, `canary_events`, `baseline_total` and `canary_total` come \
                 together or not at all",
            )),
        }
    };
    Ok(CanarySpec {
        source: SourceId::new(&profile.source),
        environment: EnvironmentName::new(&profile.environment),
        weight_query: fill(&profile.weight),
        steps: profile.steps.clone(),
        bake_seconds: seconds(&profile.bake)?,
        alpha: profile.alpha,
        count_seconds,
        metrics: profile
            .metrics
            .iter()
            .map(|metric| {
                Ok(MetricSpec {
                    name: Text::new(&metric.name),
                    baseline_query: fill(&metric.baseline),
                    canary_query: fill(&metric.canary),
                    unit: metric.unit,
                    direction: metric.direction,
                    critical: metric.critical,
                    threshold: Threshold {
                        max_ratio: metric.max_ratio,
                        min_difference: metric.min_difference,
                    },
                    counts: counts(metric)?,
                })
            })
            .collect::<Result<_, Error>>()?,
    })
}
