//! Canaries, and what the judge says of each.

use std::sync::{LazyLock, OnceLock};

use super::{Model, Stamped};
use crate::{
    analysis::canary::{Report, Verdict, reading::judge},
    domain::{CanaryReading, ServiceName, Timestamp},
};

/// The most changes of a verdict that are remembered.
const HISTORY: usize = 64;

/// What the judge says of a canary, once somebody asked, and what it said
/// before.
#[derive(Clone, Debug, Default)]
pub(super) struct Judged {
    report: OnceLock<Report>,
    history: Vec<VerdictChange>,
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
    }
}
