//! Plans: checked, confirmed, carried out and stopped beside everything else.
//! What is known at each step the screen tells, for it keeps the picture.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::future::FutureExt;
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{Job, Worker, in_words, send, tell};
use crate::{
    domain::{Catalog, Intent, OperationId, RollbackStep, ServiceName, Text},
    error::{Error, Kind},
    model::Model,
    operation::{
        Answers, Desk, Situation,
        batch::CheckedBatch,
        plan::{CheckedPlan, Drafted, Hands, Situate, go_back},
    },
    runtime::{now, review},
    ui::{
        app::{Refused, Review},
        update::Event,
    },
};

/// The screen answers at once; when it does not, it has ended.
const PATIENCE: Duration = Duration::from_secs(10);

/// Plans that wait for a yes, and questions that wait for the screen.
#[derive(Default)]
pub(super) struct Plans {
    checked: HashMap<u64, CheckedPlan>,
    batches: HashMap<u64, CheckedBatch>,
    questions: u64,
    asked: HashMap<u64, oneshot::Sender<Situation>>,
}

/// What the worker hears from its own tasks.
pub(super) enum Word {
    /// A plan was checked under this number.
    Checked(u64, Box<CheckedPlan>),
    /// Several operations were checked under this number.
    CheckedBatch(u64, Box<CheckedBatch>),
    /// A step wants to know what is known about its intent.
    Question(Box<Intent>, oneshot::Sender<Situation>),
}

/// What to do to have a drafted plan checked: what is known about each step.
pub(super) fn check_job(ticket: u64, drafted: Box<Drafted>, model: &Model) -> Job {
    let situations = drafted
        .plan
        .steps
        .iter()
        .filter_map(|step| {
            let intent = intent_of(model.catalog(), step)?;
            let situation = Situation::of(model, &intent, now());
            Some((step.service.clone(), situation))
        })
        .collect();
    Job::CheckPlan {
        ticket,
        drafted,
        situations,
    }
}

/// What to do to have several intents checked.
pub(super) fn batch_job(ticket: u64, intents: Vec<Intent>, model: &Model) -> Job {
    let known = |intent: Intent| {
        let situation = Situation::of(model, &intent, now());
        (intent, situation)
    };
    Job::CheckBatch(ticket, intents.into_iter().map(known).collect())
}

/// What a step wants, with no identity yet.
fn intent_of(catalog: &Catalog, step: &RollbackStep) -> Option<Intent> {
    let spec = catalog.service(&step.service)?;
    go_back(spec, step, &OperationId::default()).ok()
}

impl Worker {
    pub(super) fn check_plan(
        &self,
        ticket: u64,
        drafted: Box<Drafted>,
        situations: HashMap<ServiceName, Situation>,
    ) {
        let (desk, emit) = (Arc::clone(&self.desk), Arc::clone(&self.emit));
        let (events, words) = (self.events.clone(), self.words.clone());
        let catalog = Arc::clone(&self.config.catalog);
        tokio::spawn(async move {
            let known = |intent: &Intent| {
                let service = intent.service.as_ref();
                service
                    .and_then(|service| situations.get(service).cloned())
                    .unwrap_or_default()
            };
            let checked = desk
                .check_plan_closely(*drafted, &catalog, known, &emit)
                .await;
            let result = match checked {
                Err(error) => Err(Refused::from(in_words(&error))),
                Ok(checked) => match review_of(&desk, &checked).await {
                    None => Err(Refused::from(Text::new("nothing of it can be done"))),
                    Some(review) => {
                        // Kept before the screen can answer.
                        let _ = words.send(Word::Checked(ticket, Box::new(checked)));
                        Ok(Box::new(review))
                    }
                },
            };
            tell::checked(&events, ticket, result);
        });
    }

    /// Takes the answers for a plan or for several operations; false when none
    /// has this number.
    pub(super) fn confirm_plan(&mut self, ticket: u64, answers: &Answers) -> bool {
        if let Some(checked) = self.plans.batches.remove(&ticket) {
            self.confirm_batch(ticket, &checked, answers);
            return true;
        }
        let Some(checked) = self.plans.checked.remove(&ticket) else {
            return false;
        };
        let (desk, events) = (Arc::clone(&self.desk), self.events.clone());
        let hands = Hands {
            catalog: Arc::clone(&self.config.catalog),
            situate: situate(self.words.clone()),
            emit: Arc::clone(&self.emit),
        };
        let answers = answers.clone();
        self.owed.spawn(async move {
            // The journal is synced to the disk here.
            let writing = Arc::clone(&desk);
            let confirmed =
                tokio::task::spawn_blocking(move || writing.confirm_plan(&checked, &answers)).await;
            let result: Result<OperationId, Text> = match confirmed {
                Ok(Ok(confirmed)) => {
                    let id = confirmed.id().clone();
                    desk.show_plan(&id, &hands.emit);
                    tokio::spawn(async move { desk.run_plan(confirmed, hands).await });
                    Ok(id)
                }
                Ok(Err(error)) => Err(in_words(&error)),
                Err(_) => Err(Text::new("the journal could not be written")),
            };
            tell::confirmed(&events, ticket, result);
        });
        true
    }

    pub(super) fn forget_plan(&mut self, ticket: u64) {
        self.plans.checked.remove(&ticket);
        self.plans.batches.remove(&ticket);
    }

    pub(super) fn hear(&mut self, word: Word) {
        match word {
            Word::Checked(ticket, checked) => {
                self.plans.checked.insert(ticket, *checked);
            }
            Word::CheckedBatch(ticket, checked) => {
                self.plans.batches.insert(ticket, *checked);
            }
            Word::Question(intent, answer) => {
                self.plans.questions += 1;
                let ticket = self.plans.questions;
                self.plans.asked.insert(ticket, answer);
                send(
                    &self.events,
                    Event::Situate {
                        ticket,
                        intent,
                        at: now(),
                    },
                );
            }
        }
    }

    /// The screen tells what is known about an intent.
    pub(super) fn situated(&mut self, ticket: u64, situation: Situation) {
        if let Some(answer) = self.plans.asked.remove(&ticket) {
            // Whoever asked may have given up.
            let _ = answer.send(situation);
        }
    }
}

/// Asks the screen, through the worker.
pub(super) fn situate(words: mpsc::UnboundedSender<Word>) -> Situate {
    Arc::new(move |intent| {
        let words = words.clone();
        async move {
            let gone = || Error::new(Kind::Unknown, "the screen has ended");
            let (answer, answered) = oneshot::channel();
            words
                .send(Word::Question(Box::new(intent), answer))
                .map_err(|_| gone())?;
            match timeout(PATIENCE, answered).await {
                Ok(Ok(situation)) => Ok(situation),
                Ok(Err(_)) | Err(_) => Err(gone()),
            }
        }
        .boxed()
    })
}

async fn review_of(desk: &Desk, checked: &CheckedPlan) -> Option<Review> {
    let mut review = Review::of_plan(checked)?;
    for (service, fresh) in desk.precheck_plan(checked).await.into_iter().rev() {
        let mut rule = review::freshly(&fresh);
        rule.sentence = Text::from(format!("{service}: {}", rule.sentence));
        review.rules.insert(0, rule);
    }
    Some(review)
}
