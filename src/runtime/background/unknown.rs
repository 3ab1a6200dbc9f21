//! Operations of unknown outcome: read back at the start, looked for when a
//! person asks, drafted once more; and arming.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;

use super::{Worker, in_words, notice, send};
use crate::{
    domain::{Body, Intent, OperationId, OperationState},
    error::Error,
    operation::{Draft, Emit},
    runtime::{now, proposals},
    ui::{
        theme::operation_word,
        update::{Event, Level},
    },
};

/// How long a person who asks to look waits for what is seen.
const LOOK: Duration = Duration::from_secs(20);

impl Worker {
    /// Operations without an outcome are read back; nothing is sent again.
    pub(super) fn recover(&self) {
        let (desk, emit, events) = (
            Arc::clone(&self.desk),
            Arc::clone(&self.emit),
            self.events.clone(),
        );
        let (started, saying, show) = (now(), self.events.clone(), Arc::clone(&emit));
        let telling: Emit = Arc::new(move |fact| {
            if let Body::Operation(record) = &fact.body
                && let Some(last) = record.history.last()
                && matches!(
                    record.state,
                    OperationState::Observed | OperationState::Failed
                )
                && last.at >= started
            {
                let word = operation_word(record.state);
                let text = format!("read back: {}: {word}: {}", record.summary, last.detail);
                notice(&saying, &text, Level::Info);
            }
            show(fact);
        });
        tokio::spawn(async move {
            if let Err(error) = desk.recover(telling).await {
                notice(&events, &error.message, Level::Fault);
            }
            proposals::follow(&desk, &emit).await;
        });
    }

    /// The same once more, as the configuration says now how it is done.
    pub(super) fn draft_again(
        &self,
        before: &OperationId,
        intent: &Intent,
    ) -> Result<Draft, Error> {
        let service = intent
            .service
            .as_ref()
            .and_then(|name| self.config.catalog.service(name));
        self.desk.draft_again(before, service)
    }

    /// Reads back whether an operation of unknown outcome took effect.
    pub(super) fn look(&self, id: OperationId) {
        let (desk, emit, events) = (
            Arc::clone(&self.desk),
            Arc::clone(&self.emit),
            self.events.clone(),
        );
        tokio::spawn(async move {
            match desk.look(&id, Some(LOOK), emit).await {
                Ok(record) if record.state == OperationState::Unknown => {
                    let last = record.history.last();
                    let last = last.map_or("", |last| last.detail.as_str());
                    let text = format!("{}: still unknown: {last}", record.summary);
                    notice(&events, &text, Level::Info);
                }
                Ok(record) => {
                    let word = operation_word(record.state);
                    notice(&events, &format!("{}: {word}", record.summary), Level::Info);
                }
                Err(error) => notice(&events, &in_words(&error), Level::Fault),
            }
        });
    }

    /// Arms the desk for a time, or ends that; the journal is written.
    pub(super) fn arm(&self, span: Option<TimeDelta>) {
        let (desk, events) = (Arc::clone(&self.desk), self.events.clone());
        tokio::task::spawn_blocking(move || {
            let result = match span {
                Some(span) => desk.arm(span).map(Some),
                None => desk.disarm().map(|()| None),
            };
            let result = result.map_err(|error| in_words(&error));
            send(&events, Event::Arming { result, at: now() });
        });
    }
}
