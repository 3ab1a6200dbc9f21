//! Counts, and ratios with counts behind them: exact evidence from the share
//! of the events that falls on the canary.

use super::{plan::Plan, refused};
use crate::{
    analysis::canary::{
        contract::{Metric, Numbers},
        report::{Details, MetricReport, Precondition, Verdict, number},
        stats::{
            dispersion::dispersion,
            events::{
                Stretch, expected, interval, ln_beta_binomial, ln_evidence, ln_evidence_at_end,
                ln_evidence_of_all, ratio,
            },
        },
    },
    domain::{Direction, Text},
};

/// Share of the intervals that may be missing.
const MOST_MISSING: f64 = 0.25;
/// So many intervals at the end without data are an end.
const STALE: usize = 5;
/// Evidence at which the share of the traffic is not the one that was set.
const MISMATCH: f64 = 1000.0;

/// Whether the metric has counts to judge.
#[must_use]
pub fn has_counts(metric: &Metric) -> bool {
    metric.baseline_events.is_some() || metric.canary_events.is_some()
}

/// Judges counts.
#[must_use]
pub fn judge(metric: &Metric, plan: &Plan) -> MetricReport {
    let each = |numbers: &Option<Numbers>| numbers.as_ref().map(Numbers::each).unwrap_or_default();
    let found = Counts {
        baseline: each(&metric.baseline_events),
        canary: each(&metric.canary_events),
        share: each(&metric.canary_share),
        totals: (metric.baseline_total.is_some() && metric.canary_total.is_some())
            .then(|| (each(&metric.baseline_total), each(&metric.canary_total))),
    };
    found.judge(metric, plan)
}

/// A number for each interval, where it is known.
type Each = Vec<Option<f64>>;

/// Counts by interval.
struct Counts {
    baseline: Vec<Option<f64>>,
    canary: Vec<Option<f64>>,
    share: Vec<Option<f64>>,
    /// Requests of baseline and canary.
    totals: Option<(Each, Each)>,
}

impl Counts {
    fn at(numbers: &[Option<f64>], index: usize) -> Option<f64> {
        numbers.get(index).copied().flatten()
    }

    /// The share that was set in an interval; one number holds for all.
    fn share(&self, index: usize) -> Option<f64> {
        match self.share.as_slice() {
            [] => None,
            [one] => *one,
            each => each.get(index).copied().flatten(),
        }
    }

    fn judge(&self, metric: &Metric, plan: &Plan) -> MetricReport {
        let length = self.baseline.len().max(self.canary.len());
        let mut details = Details {
            alpha: Some(plan.alpha),
            ..Details::default()
        };
        let both = |index: usize| {
            Some((
                Self::at(&self.baseline, index)?,
                Self::at(&self.canary, index)?,
            ))
        };
        let known: Vec<(usize, f64, f64)> = (0..length)
            .filter_map(|index| both(index).map(|(baseline, canary)| (index, baseline, canary)))
            .collect();
        details.gaps = length - known.len();
        details.baseline_samples = known.iter().map(|(_, baseline, _)| baseline).sum();
        details.canary_samples = known.iter().map(|(_, _, canary)| canary).sum();
        if known.is_empty() {
            let side = match (
                self.baseline.iter().any(Option::is_some),
                self.canary.iter().any(Option::is_some),
            ) {
                (true, false) => "the canary has no counts",
                (false, true) => "the baseline has no counts",
                _ => "there are no counts of both sides",
            };
            return refused(metric, details, Verdict::NoData, Precondition::NoData, side);
        }
        let negative = |numbers: &[Option<f64>]| numbers.iter().flatten().any(|n| *n < 0.0);
        let totals = self.totals.as_ref();
        if negative(&self.baseline)
            || negative(&self.canary)
            || totals.is_some_and(|(baseline, canary)| negative(baseline) || negative(canary))
        {
            return refused(
                metric,
                details,
                Verdict::Error,
                Precondition::CounterReset,
                "a count is below 0: a counter began anew in between",
            );
        }
        if let Some(why) = self.mismatch(length) {
            return refused(
                metric,
                details,
                Verdict::Error,
                Precondition::SampleRatioMismatch,
                &why,
            );
        }
        let mut intervals = Vec::new();
        let stretches: Vec<Stretch> = known
            .iter()
            .filter_map(|(index, baseline, canary)| {
                let share = match totals {
                    Some((of_baseline, of_canary)) => {
                        let of_canary = Self::at(of_canary, *index)?;
                        of_canary / (of_canary + Self::at(of_baseline, *index)?)
                    }
                    None if self.share.is_empty() => 0.5,
                    None => self.share(*index)?,
                };
                (share > 0.0 && share < 1.0).then(|| {
                    intervals.push(index + 1);
                    Stretch {
                        baseline: *baseline,
                        canary: *canary,
                        share,
                    }
                })
            })
            .collect();
        if stretches.is_empty() {
            return refused(
                metric,
                details,
                Verdict::NoData,
                Precondition::NoTraffic,
                "one side gets no traffic",
            );
        }
        let events: f64 = stretches.iter().map(|s| s.baseline + s.canary).sum();
        if events <= 0.0 && totals.is_none() {
            return refused(
                metric,
                details,
                Verdict::NoData,
                Precondition::NoTraffic,
                "there is no event on either side: nothing went wrong, or nothing ran; with \
                 baseline_total and canary_total the two are told apart",
            );
        }
        self.weigh(metric, plan, &stretches, &intervals, length, details)
    }

    fn weigh(
        &self,
        metric: &Metric,
        plan: &Plan,
        stretches: &[Stretch],
        intervals: &[usize],
        length: usize,
        mut details: Details,
    ) -> MetricReport {
        let events: f64 = stretches.iter().map(|s| s.baseline + s.canary).sum();
        // Evidence against the tolerated ratio is evidence at a moved share.
        let moved = |ratio: f64| -> Vec<Stretch> {
            stretches
                .iter()
                .map(|stretch| {
                    let with = ratio * stretch.share;
                    Stretch {
                        share: with / (with + 1.0 - stretch.share),
                        ..*stretch
                    }
                })
                .collect()
        };
        let scale = dispersion(stretches);
        let mut strongest = f64::NEG_INFINITY;
        let mut higher = true;
        for upward in [true, false] {
            let wanted = match plan.direction {
                Direction::Increase => upward,
                Direction::Decrease => !upward,
                Direction::Either => true,
            };
            if !wanted {
                continue;
            }
            let bound = if upward {
                1.0 + plan.tolerance
            } else {
                (1.0 - plan.tolerance).max(1e-6)
            };
            let against = moved(bound);
            let evidence = ln_evidence(&against, scale);
            let (mut canary, mut so_far) = (0.0, 0.0);
            for (index, evidence) in evidence.iter().enumerate() {
                canary += against[index].canary;
                so_far += expected(&against[index..=index], 1.0);
                let points_here = if upward {
                    canary > so_far
                } else {
                    canary < so_far
                };
                if points_here && *evidence > strongest {
                    strongest = *evidence;
                    higher = upward;
                }
                if points_here && *evidence >= plan.ln_limit() {
                    let after = intervals[index];
                    let first = details
                        .alarm_after
                        .map_or(after, |before| before.min(after));
                    details.alarm_after = Some(first);
                }
            }
        }
        let now = ln_evidence_at_end(stretches, scale);
        let rate = ratio(stretches);
        let limits = interval(stretches, plan.alpha, scale);
        details.effective_samples = Some(events / scale);
        details.dispersion = Some(scale);
        details.tolerance = Some(plan.tolerance);
        details.e_value_max = Some(strongest.exp().clamp(0.0, f64::MAX));
        let mut report = MetricReport {
            name: metric.name.clone(),
            verdict: Verdict::Pass,
            critical: metric.critical,
            class: None,
            interval: limits.and_then(|(low, high)| high.is_finite().then_some([low, high])),
            estimate: rate.filter(|rate| rate.is_finite()),
            effect: rate.filter(|rate| rate.is_finite()),
            e_value: Some(now.exp().min(f64::MAX)),
            why: Text::default(),
            details,
        };
        let counts = format!(
            "{} events on the canary where {} of {} were to be expected",
            whole(report.details.canary_samples),
            number(expected(stretches, 1.0)),
            whole(events)
        );
        if report.details.alarm_after.is_some() {
            report.verdict = Verdict::Fail;
            report.why = Text::new(&format!(
                "{} events on the canary: {counts}; chance alone gives such evidence at most {} \
                 in 100 times",
                if higher { "more" } else { "fewer" },
                number(plan.alpha * 100.0)
            ));
            return report;
        }
        if let Some((verdict, precondition, why)) = self.obstacle(length) {
            report.verdict = verdict;
            report.details.precondition = Some(precondition);
            report.why = Text::new(&why);
            return report;
        }
        let share = expected(stretches, 1.0) / events.max(1.0);
        let most = if events > 0.0 {
            ln_beta_binomial(events, 0.0, share.clamp(1e-12, 1.0 - 1e-12))
        } else {
            0.0
        };
        if most < plan.ln_limit() && self.totals.is_none() {
            report.verdict = Verdict::Inconclusive;
            report.details.precondition = Some(Precondition::TooFewPoints);
            report.why = Text::new(&format!(
                "{} events are too few: even all of them on the canary would prove nothing",
                whole(events)
            ));
        } else {
            report.why = Text::new(&format!("as many as by chance: {counts}"));
        }
        report.details.would_change = more_events(stretches, plan, scale);
        report
    }

    /// Why counts without an alarm cannot pass either.
    fn obstacle(&self, length: usize) -> Option<(Verdict, Precondition, String)> {
        for (side, numbers) in [
            ("the canary", &self.canary),
            ("the baseline", &self.baseline),
        ] {
            let known = |index: &usize| Self::at(numbers, *index).is_some();
            let silent = (0..length).rev().take_while(|index| !known(index)).count();
            if length > 1 && silent >= STALE.max(length / 20) {
                return Some((
                    Verdict::NoData,
                    Precondition::Stale,
                    format!("{side} has no counts in the last {silent} intervals"),
                ));
            }
            let missing = length - (0..length).filter(known).count();
            if missing as f64 > MOST_MISSING * length as f64 {
                return Some((
                    Verdict::Inconclusive,
                    Precondition::Gaps,
                    format!("{missing} of {length} intervals of {side} are missing"),
                ));
            }
        }
        None
    }

    /// Whether requests fall on the canary in another share than was set.
    fn mismatch(&self, length: usize) -> Option<String> {
        let (of_baseline, of_canary) = self.totals.as_ref()?;
        let requests: Vec<Stretch> = (0..length)
            .filter_map(|index| {
                let share = self.share(index)?;
                (share > 0.0 && share < 1.0).then_some(Stretch {
                    baseline: Self::at(of_baseline, index)?,
                    canary: Self::at(of_canary, index)?,
                    share,
                })
            })
            .collect();
        if ln_evidence_at_end(&requests, dispersion(&requests)) < MISMATCH.ln() {
            return None;
        }
        let canary: f64 = requests.iter().map(|stretch| stretch.canary).sum();
        let all: f64 = canary + requests.iter().map(|stretch| stretch.baseline).sum::<f64>();
        Some(format!(
            "the canary gets {} % of the requests where {} % were set",
            number(canary / all * 100.0),
            number(expected(&requests, 1.0) / all * 100.0)
        ))
    }
}

/// How many more events on the canary alone would be an alarm.
fn more_events(stretches: &[Stretch], plan: &Plan, scale: f64) -> Option<Text> {
    if plan.direction == Direction::Decrease {
        return None;
    }
    let last = stretches.last()?;
    let against = |more: f64| {
        let mut with = stretches.to_vec();
        with.push(Stretch {
            baseline: 0.0,
            canary: more,
            share: last.share,
        });
        let canary: f64 = with.iter().map(|stretch| stretch.canary).sum();
        canary > expected(&with, 1.0) && ln_evidence_of_all(&with, scale) >= plan.ln_limit()
    };
    let mut more = 1.0;
    while !against(more) {
        more *= 2.0;
        if more > 1e9 {
            return None;
        }
    }
    let (mut low, mut high) = (more / 2.0, more);
    while high - low > 1.0 {
        let middle = f64::midpoint(low, high).floor();
        if against(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(Text::new(&format!(
        "{} more events on the canary alone would be an alarm",
        whole(high)
    )))
}

fn whole(count: f64) -> String {
    if count.fract() == 0.0 {
        format!("{count:.0}")
    } else {
        format!("{count:.1}")
    }
}
