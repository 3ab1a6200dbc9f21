//! Several operations by one yes, carried out beside everything else.

use std::sync::Arc;

use super::{
    Worker, in_words,
    plans::{Word, situate},
    send, tell,
};
use crate::{
    domain::{Intent, OperationId, Text},
    operation::{
        Answers, Situation,
        batch::{CheckedBatch, Tell},
        plan::Hands,
    },
    runtime::now,
    ui::{
        app::{Refused, Review},
        update::Event,
    },
};

impl Worker {
    pub(super) fn check_batch(&self, ticket: u64, asked: Vec<(Intent, Situation)>) {
        let (desk, emit) = (Arc::clone(&self.desk), Arc::clone(&self.emit));
        let (events, words) = (self.events.clone(), self.words.clone());
        tokio::spawn(async move {
            let result = match desk.check_batch(asked, &emit).await {
                Err(error) => Err(Refused::from(in_words(&error))),
                Ok(checked) => match Review::of_batch(&checked) {
                    None => Err(Refused::from(Text::new("none of it can be done"))),
                    Some(review) => {
                        // Kept before the screen can answer.
                        let _ = words.send(Word::CheckedBatch(ticket, Box::new(checked)));
                        Ok(Box::new(review))
                    }
                },
            };
            tell::checked(&events, ticket, result);
        });
    }

    /// Takes the answers for several operations.
    pub(super) fn confirm_batch(&self, ticket: u64, checked: &CheckedBatch, answers: &Answers) {
        let (desk, events) = (Arc::clone(&self.desk), self.events.clone());
        let result: Result<OperationId, Text> = match desk.confirm_batch(checked, answers) {
            Err(error) => Err(in_words(&error)),
            Ok(confirmed) => {
                let id = confirmed.id().clone();
                let hands = Hands {
                    catalog: Arc::clone(&self.config.catalog),
                    situate: situate(self.words.clone()),
                    emit: Arc::clone(&self.emit),
                };
                let tell: Tell = {
                    let events = events.clone();
                    Arc::new(move |progress| {
                        send(
                            &events,
                            Event::Batch {
                                ticket,
                                progress: Box::new(progress),
                                at: now(),
                            },
                        );
                    })
                };
                tokio::spawn(async move { desk.run_batch(confirmed, hands, tell).await });
                Ok(id)
            }
        };
        tell::confirmed(&events, ticket, result);
    }
}
