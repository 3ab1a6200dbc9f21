//! Reads what the rules and the guards still need to know.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;
use tokio::time::timeout;

use super::{CheckedPlan, Drafted, WayBack, go_back};
use crate::{
    domain::{Body, Catalog, Fact, Intent, Mechanism, OperationId, ServiceName, SourceId, Text},
    error::Error,
    integrations::contract::{FactSink, Fault, Precheck, Query},
    operation::{ChangeSeen, Desk, Emit, Situation},
};

/// A question that has no answer by then is unanswered: the guard says so.
const PATIENCE: Duration = Duration::from_secs(20);

impl Desk {
    /// Loads what the guards of a rollback need and the model did not know, or
    /// with `anew` all of it, and completes the situation. What was loaded is
    /// handed to `emit` too. What cannot be loaded is said by the guards.
    pub async fn inform(
        &self,
        intent: &Intent,
        situation: &mut Situation,
        emit: &Emit,
        anew: bool,
    ) {
        if let Some(way) = &mut situation.way_back {
            let host = situation.host.as_ref().unwrap_or(&intent.source);
            self.answer(host, way, emit, anew).await;
        }
    }

    /// Reads what the rules and the guards of a drafted plan still need to know
    /// about each step, then asks them, as [`Desk::check_plan`] does.
    /// `situation` is what is known about an intent without reading.
    ///
    /// # Errors
    /// As [`Desk::check_plan`].
    pub async fn check_plan_closely(
        &self,
        mut drafted: Drafted,
        catalog: &Catalog,
        situation: impl Fn(&Intent) -> Situation,
        emit: &Emit,
    ) -> Result<CheckedPlan, Error> {
        let place = |intent: &Intent| intent.service.clone().zip(intent.environment.clone());
        let intents: Vec<Intent> = drafted
            .plan
            .steps
            .iter()
            .filter_map(|step| {
                let spec = catalog.service(&step.service)?;
                go_back(spec, step, &OperationId::default()).ok()
            })
            .collect();
        let looks = intents.iter().map(|intent| {
            let known = situation(intent);
            async move { (place(intent), self.look_closer(intent, known, emit).await) }
        });
        let seen: HashMap<_, Situation> = join_all(looks).await.into_iter().collect();
        for way in &mut drafted.ways {
            let place = (way.service.clone(), way.environment.clone());
            if let Some(Situation {
                change: ChangeSeen::Known(found),
                ..
            }) = seen.get(&Some(place))
            {
                way.learn_by_commits(found);
            }
        }
        self.complete(&mut drafted, catalog, emit).await;
        self.check_plan(drafted, catalog, |intent| {
            seen.get(&place(intent)).cloned().unwrap_or_default()
        })
    }

    /// Loads what the guards of a drafted plan still need.
    pub async fn complete(&self, drafted: &mut Drafted, catalog: &Catalog, emit: &Emit) {
        for way in &mut drafted.ways {
            let host = catalog
                .service(&way.service)
                .and_then(|spec| spec.host.clone());
            if let Some(host) = host {
                self.answer(&host, way, emit, false).await;
            }
        }
    }

    /// Reads the targets of a checked plan afresh and compares them with what
    /// the person saw. They are read once more before anything is sent.
    pub async fn precheck_plan(
        &self,
        checked: &CheckedPlan,
    ) -> Vec<(ServiceName, Result<Precheck, Fault>)> {
        let reads = checked.intents().map(|(service, intent)| async move {
            let read = match self.integration(&intent.source) {
                Some(integration) => integration.precheck(intent).await,
                None => Ok(Precheck::Moved(Text::from(format!(
                    "there is no integration called `{}` any more",
                    intent.source
                )))),
            };
            (service.clone(), read)
        });
        join_all(reads).await
    }

    async fn answer(&self, source: &SourceId, way: &mut WayBack, emit: &Emit, anew: bool) {
        let questions = if anew {
            way.questions()
        } else {
            way.open_questions()
        };
        let asked = questions.iter().map(|question| self.ask(source, question));
        for (question, answer) in questions.iter().zip(join_all(asked).await) {
            let facts = match answer {
                Ok(facts) => facts,
                Err(why) => {
                    way.miss(question, &why);
                    continue;
                }
            };
            for fact in facts {
                match (&fact.body, &way.mechanism) {
                    (Body::Comparison(comparison), _) => way.learn(comparison),
                    (Body::Run(run), Mechanism::Rerun { run: wanted, .. }) if &run.id == wanted => {
                        way.run_made = Some(run.created);
                    }
                    _ => {}
                }
                emit(fact);
            }
        }
    }

    /// Asks an integration one question; the facts that it answers with, or
    /// why there are none.
    pub async fn ask(&self, source: &SourceId, question: &Query) -> Result<Vec<Fact>, Text> {
        let Some(integration) = self.integration(source) else {
            return Err(Text::from(format!(
                "there is no integration called `{source}`"
            )));
        };
        let facts: Arc<Mutex<Vec<Fact>>> = Arc::default();
        let into = Arc::clone(&facts);
        let sink = FactSink::new(
            source.clone(),
            Arc::new(move |new| {
                into.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend(new);
            }),
        );
        match timeout(PATIENCE, integration.fetch(question.clone(), &sink)).await {
            Ok(Ok(())) => {}
            Ok(Err(fault)) => return Err(fault.detail),
            Err(_) => return Err(Text::new("no answer in time")),
        }
        let facts = std::mem::take(&mut *facts.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(facts)
    }
}
