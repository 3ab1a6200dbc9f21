//! Rollouts inside a cluster, and what they tell of the canaries that others
//! measure.

use super::{Model, Stamped, fold::keep};
use crate::domain::{
    CanaryReading, EnvironmentName, Origin, Rollout, ServiceName, Strategy, Timestamp,
};

impl Model {
    /// All rollouts that are known, by identity.
    pub fn rollouts(&self) -> impl Iterator<Item = &Stamped<Rollout>> {
        self.rollouts.values()
    }

    /// One rollout.
    #[must_use]
    pub fn rollout(&self, id: &Origin) -> Option<&Stamped<Rollout>> {
        self.rollouts.get(id)
    }

    /// The rollout that brings a service to an environment.
    #[must_use]
    pub fn rollout_at(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Option<&Stamped<Rollout>> {
        self.rollouts()
            .filter(|known| {
                &known.value.service == service && &known.value.environment == environment
            })
            .max_by_key(|known| known.observed)
    }

    /// The rollout of a service that a key on the service is about: the one in
    /// production, else the only one.
    #[must_use]
    pub fn rollout_of(&self, service: &ServiceName) -> Option<&Stamped<Rollout>> {
        let production = self.production_of(service);
        if let Some(found) = production.and_then(|name| self.rollout_at(service, name)) {
            return Some(found);
        }
        let mut others = self
            .rollouts()
            .filter(|known| &known.value.service == service);
        let first = others.next()?;
        others.next().is_none().then_some(first)
    }

    /// A rollout was seen. What it says of its weight is truer than what a
    /// metric says, which comes later or not at all.
    pub(super) fn apply_rollout(&mut self, rollout: Rollout, observed: Timestamp) {
        let id = rollout.id.clone();
        let service = rollout.service.clone();
        let environment = rollout.environment.clone();
        if !keep(&mut self.rollouts, id, observed, rollout) {
            // Where nobody measures, this look is all that is known.
            if let Some(known) = self.canaries.get_mut(&service)
                && known.value.metrics.is_empty()
                && known.value.environment == environment
            {
                known.observed = known.observed.max(observed);
            }
            return;
        }
        let known = self.canaries.get(&service);
        let reading = match known {
            Some(known) if known.value.environment != environment => return,
            Some(known) => known.value.clone(),
            // Nobody measures it: it is shown all the same, without data. What
            // is measured is shown with its first reading.
            None if self.shares_traffic(&service) && !self.is_measured(&service) => CanaryReading {
                service: service.clone(),
                environment,
                weight: Some(0.0),
                ..CanaryReading::default()
            },
            None => return,
        };
        // What was measured keeps its age.
        let at = known
            .filter(|known| !known.value.metrics.is_empty())
            .map_or(observed, |known| known.observed);
        let value = self.with_rollout(reading);
        self.noting(|model| {
            let new = Stamped {
                observed: at,
                value,
            };
            let old = model.canaries.insert(service.clone(), new);
            let differs = old.is_none_or(|old| old.value != model.canaries[&service].value);
            if differs {
                model.judge_anew(&service);
            }
            differs
        });
    }

    fn is_measured(&self, service: &ServiceName) -> bool {
        let spec = self.catalog.service(service);
        spec.is_some_and(|spec| spec.canary.is_some())
    }

    /// Whether a rollout of the service shares traffic out by canary.
    fn shares_traffic(&self, service: &ServiceName) -> bool {
        self.rollouts().any(|known| {
            &known.value.service == service && known.value.strategy == Strategy::Canary
        })
    }

    /// The reading, with what the rollout knows better: how far it is, since
    /// when, and of which versions.
    pub(super) fn with_rollout(&self, mut reading: CanaryReading) -> CanaryReading {
        let Some(known) = self.rollout_at(&reading.service, &reading.environment) else {
            return reading;
        };
        let rollout = &known.value;
        if rollout.strategy != Strategy::Canary {
            return reading;
        }
        let settled = rollout.current().is_some_and(|revision| revision.stable);
        let weight = if settled || rollout.aborted {
            Some(0.0)
        } else {
            rollout.weight
        };
        let before = reading.weight;
        reading.weight = weight.or(before);
        if !rollout.weights.is_empty() {
            reading.steps.clone_from(&rollout.weights);
        }
        if !settled {
            reading.canary_version = rollout
                .current()
                .map(|revision| revision.version.clone())
                .or(reading.canary_version);
            reading.baseline_version = rollout
                .stable()
                .map(|revision| revision.version.clone())
                .or(reading.baseline_version);
        }
        // The pause began when the weight of its step was there.
        if let Some(pause) = rollout.pauses.first()
            && reading.step_since.is_none()
        {
            reading.step_since = Some(pause.since);
        }
        reading
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{
        Body, Catalog, Fact, Pause, Revision, RolloutPhase, RolloutSeen, SourceId, Text,
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn revision(number: u64, version: &str, current: bool, stable: bool) -> Revision {
        Revision {
            number,
            hash: Text::from(format!("hash{number}")),
            version: version.into(),
            commit: Text::default(),
            digest: None,
            created: at(0),
            current,
            stable,
            ready: (1, 1),
        }
    }

    fn rollout() -> Rollout {
        Rollout {
            id: Origin::new(&SourceId::new("cluster"), "rollouts/shop/web"),
            service: "web".into(),
            environment: "production".into(),
            strategy: Strategy::Canary,
            phase: RolloutPhase::Paused,
            message: Text::new("CanaryPauseStep"),
            pauses: vec![Pause {
                reason: Text::new("CanaryPauseStep"),
                since: at(60),
            }],
            held: false,
            aborted: false,
            unpausing: false,
            steps: vec![Text::new("weight 25 %"), Text::new("pause")],
            weights: vec![25.0],
            weight: Some(25.0),
            revisions: vec![
                revision(2, "2.0.0", true, false),
                revision(1, "1.0.0", false, true),
            ],
            analyses: Vec::new(),
            managed_by: Text::default(),
            seen: RolloutSeen::default(),
        }
    }

    fn fact(seconds: i64, body: Body) -> Fact {
        Fact {
            source: SourceId::new("cluster"),
            observed: at(seconds),
            body,
        }
    }

    #[test]
    fn a_rollout_knows_its_weight_better_than_a_metric() {
        let mut model = Model::new(Arc::new(Catalog::default()));
        let stale = CanaryReading {
            service: "web".into(),
            environment: "production".into(),
            weight: Some(5.0),
            ..CanaryReading::default()
        };
        for body in [
            Body::Canary(stale.clone()),
            Body::Rollout(rollout()),
            Body::Canary(stale),
        ] {
            model.apply(fact(100, body), at(100));
        }
        let reading = &model.canary(&"web".into()).unwrap().value;
        assert_eq!(reading.weight, Some(25.0));
        assert_eq!(reading.canary_version, Some("2.0.0".into()));
        assert_eq!(reading.baseline_version, Some("1.0.0".into()));
        assert_eq!(reading.step_since, Some(at(60)));
    }

    #[test]
    fn a_canary_that_nobody_measures_is_shown_without_data() {
        let mut model = Model::new(Arc::new(Catalog::default()));
        model.apply(fact(100, Body::Rollout(rollout())), at(100));
        let reading = &model.canary(&"web".into()).unwrap().value;
        assert!(reading.is_live());
        assert!(reading.metrics.is_empty());
        // Given up, it gets nothing.
        let aborted = Rollout {
            aborted: true,
            ..rollout()
        };
        model.apply(fact(110, Body::Rollout(aborted)), at(110));
        assert!(!model.canary(&"web".into()).unwrap().value.is_live());
    }
}
