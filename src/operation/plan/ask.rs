//! Reads what the guards still need to know.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;
use tokio::time::timeout;

use super::{CheckedPlan, Drafted, WayBack};
use crate::{
    domain::{Body, Catalog, Fact, Intent, Mechanism, ServiceName, SourceId, Text},
    integrations::contract::{FactSink, Fault, Precheck, Query},
    operation::{Desk, Emit, Situation},
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
            self.answer(&intent.source, way, emit, anew).await;
        }
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
