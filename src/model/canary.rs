//! Canaries, and what the judge says of each.

use std::sync::{LazyLock, OnceLock};

use chrono::TimeDelta;

use super::{Model, Stamped};
use crate::{
    analysis::canary::{Report, Verdict, reading::judge},
    domain::{Calibration, CanaryReading, KeptVerdict, ServiceName, Timestamp},
};

/// The most changes of a verdict that are remembered.
const HISTORY: usize = 64;
/// A verdict that stays is kept anew after this.
const KEPT_AGAIN: TimeDelta = TimeDelta::minutes(5);

/// What the judge says of a canary, once somebody asked, and what it said
/// before.
#[derive(Clone, Debug, Default)]
pub(super) struct Judged {
    report: OnceLock<Report>,
    history: Vec<VerdictChange>,
    /// The verdict that was kept last.
    kept: Option<Kept>,
}

#[derive(Clone, Debug, PartialEq)]
struct Kept {
    at: Timestamp,
    weight: f64,
    verdicts: Vec<Verdict>,
}

/// A verdict that began.
#[derive(Clone, Debug, PartialEq)]
pub struct VerdictChange {
    /// When the reading was seen that had it first.
    pub at: Timestamp,
    /// The canary's share of the traffic then, in percent.
    pub weight: f64,
    /// The verdict.
    pub verdict: Verdict,
}

impl Model {
    /// All canaries that were ever read, by service.
    pub fn canaries(&self) -> impl Iterator<Item = &Stamped<CanaryReading>> {
        self.canaries.values()
    }

    /// Canaries that get some of the traffic but not all of it.
    pub fn live_canaries(&self) -> impl Iterator<Item = &Stamped<CanaryReading>> {
        self.canaries().filter(|canary| canary.value.is_live())
    }

    /// The canary of one service.
    #[must_use]
    pub fn canary(&self, service: &ServiceName) -> Option<&Stamped<CanaryReading>> {
        self.canaries.get(service)
    }

    /// What the judge says of the canary of a service.
    #[must_use]
    pub fn judgement(&self, service: &ServiceName) -> &Report {
        static NONE: LazyLock<Report> = LazyLock::new(|| Report {
            verdict: Verdict::NoData,
            score: None,
            sentence: "no canary was read".into(),
            metrics: Vec::new(),
        });
        match (self.judged.get(service), self.canaries.get(service)) {
            (Some(judged), Some(canary)) => judged.report.get_or_init(|| judge(&canary.value)),
            _ => &NONE,
        }
    }

    /// What the past of a service says of its canaries, where somebody asked.
    #[must_use]
    pub fn calibration(&self, service: &ServiceName) -> Option<&Calibration> {
        Some(&self.calibrations.get(service)?.value)
    }

    /// How the verdict on a service's canary changed while somebody watched,
    /// oldest first.
    #[must_use]
    pub fn verdicts(&self, service: &ServiceName) -> &[VerdictChange] {
        self.judged
            .get(service)
            .map_or(&[], |judged| &judged.history[..])
    }

    /// A canary was read anew: what was said of it holds no longer. Live ones
    /// are judged at once, because their verdicts make a history; others when
    /// somebody asks.
    pub(super) fn judge_anew(&mut self, service: &ServiceName) {
        let Some(canary) = self.canaries.get(service) else {
            return;
        };
        let judged = self.judged.entry(service.clone()).or_default();
        judged.report = OnceLock::new();
        let Some(weight) = canary.value.weight.filter(|_| canary.value.is_live()) else {
            return;
        };
        let verdict = judged.report.get_or_init(|| judge(&canary.value)).verdict;
        let at = canary.observed;
        let same = judged.history.last().is_some_and(|last| {
            last.verdict == verdict && (last.weight - weight).abs() < f64::EPSILON
        });
        if !same && judged.history.last().is_none_or(|last| last.at < at) {
            if judged.history.len() >= HISTORY {
                judged.history.remove(0);
            }
            judged.history.push(VerdictChange {
                at,
                weight,
                verdict,
            });
        }
        let Some(report) = judged.report.get() else {
            return;
        };
        let now = Kept {
            at,
            weight,
            verdicts: report.metrics.iter().map(|metric| metric.verdict).collect(),
        };
        let stays = judged.kept.as_ref().is_some_and(|kept| {
            kept.verdicts == now.verdicts
                && (kept.weight - weight).abs() < f64::EPSILON
                && at - kept.at < KEPT_AGAIN
        });
        if !stays {
            judged.kept = Some(now);
            self.unkept.push(KeptVerdict {
                at,
                verdict: report.verdict.word().into(),
                metrics: report
                    .metrics
                    .iter()
                    .map(|metric| metric.verdict.word().into())
                    .collect(),
                sentence: report.sentence.clone(),
                reading: canary.value.clone(),
            });
        }
    }

    /// The verdicts that are to be kept since somebody asked last: each that
    /// is new, and of one that stays the data every five minutes.
    pub fn take_verdicts(&mut self) -> Vec<KeptVerdict> {
        std::mem::take(&mut self.unkept)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{Body, Catalog, Fact, SourceId};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn seen(model: &mut Model, seconds: i64, weight: f64) {
        let fact = Fact {
            source: SourceId::new("meter"),
            observed: at(seconds),
            body: Body::Canary(CanaryReading {
                service: "checkout".into(),
                environment: "production".into(),
                weight: Some(weight),
                weight_changes: vec![(at(seconds), weight)],
                ..CanaryReading::default()
            }),
        };
        model.apply(fact, at(seconds));
    }

    #[test]
    fn a_verdict_is_kept_when_it_is_new_and_now_and_then() {
        let mut model = Model::new(Arc::new(Catalog::default()));
        let mut kept = Vec::new();
        for (second, weight) in [
            (0, 5.0),
            (15, 5.0),
            (30, 25.0),
            (45, 25.0),
            (331, 25.0),
            (340, 0.0),
        ] {
            seen(&mut model, second, weight);
            kept.extend(
                model
                    .take_verdicts()
                    .into_iter()
                    .map(|kept| (kept.at - at(0)).num_seconds()),
            );
        }
        assert_eq!(kept, [0, 30, 331]);
        let history: Vec<f64> = model
            .verdicts(&"checkout".into())
            .iter()
            .map(|change| change.weight)
            .collect();
        assert_eq!(history, [5.0, 25.0]);
        assert_eq!(model.judgement(&"checkout".into()).verdict, Verdict::NoData);
        assert_eq!(model.judgement(&"search".into()).metrics, []);
    }
}
