//! What the screen wants besides operations: things loaded on demand, notes
//! saved, pages opened.

use std::{
    process::{Command, Stdio},
    sync::Arc,
};

use super::{Worker, in_words, send, send_facts};
use crate::{
    domain::{Body, Fact, Note, SourceId, Text},
    integrations::contract::Query,
    runtime::now,
    ui::update::Event,
};

impl Worker {
    pub(super) fn fetch(&self, source: &SourceId, query: Query) {
        let events = self.events.clone();
        let Some(integration) = self
            .integrations
            .iter()
            .find(|one| one.id() == source)
            .cloned()
        else {
            let why = Text::new(&format!("there is no integration `{source}`"));
            return send(
                &events,
                Event::FetchFailed {
                    query,
                    why,
                    at: now(),
                },
            );
        };
        let sink = self.sink(source);
        tokio::spawn(async move {
            if let Err(fault) = integration.fetch(query.clone(), &sink).await {
                let why = fault.detail;
                send(
                    &events,
                    Event::FetchFailed {
                        query,
                        why,
                        at: now(),
                    },
                );
            }
        });
    }

    pub(super) fn save(&mut self, note: Note) {
        let (desk, events) = (Arc::clone(&self.desk), self.events.clone());
        self.owed.spawn_blocking(move || {
            let saved = if note.finished {
                desk.finish_note(&note).map(|_| ())
            } else {
                desk.save_note(&note)
            };
            let id = note.id.clone();
            if saved.is_ok() {
                let fact = Fact {
                    source: SourceId::new("tminus"),
                    observed: now(),
                    body: Body::Note(note),
                };
                send_facts(&events, vec![fact]);
            }
            let result = saved.map_err(|error| in_words(&error));
            send(
                &events,
                Event::NoteSaved {
                    id,
                    result,
                    at: now(),
                },
            );
        });
    }

    pub(super) fn open_page(&self, url: &str) {
        // Only web pages: what came from outside must not start programs.
        if !(url.starts_with("https://") || url.starts_with("http://")) {
            return self.say("only web pages are opened");
        }
        let program = if cfg!(target_os = "macos") {
            "open"
        } else {
            "xdg-open"
        };
        let started = Command::new(program)
            .arg(url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match started {
            // Reaped on a thread, so that no zombie stays.
            Ok(mut child) => drop(tokio::task::spawn_blocking(move || child.wait())),
            Err(_) => self.say(&format!("no browser here; the page is {url}")),
        }
    }
}
