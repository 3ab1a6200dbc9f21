//! What the screen wants besides operations: things loaded on demand, notes
//! saved, pages opened.

use std::{
    collections::VecDeque,
    fs::File,
    process::{Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Worker, in_words, logs::Bytes, send, send_facts};
use crate::{
    analysis::log::excerpt,
    domain::{Body, Fact, Note, Origin, Release, ReleaseEvent, SourceId, Text, WindowEvent},
    integrations::contract::Query,
    runtime::now,
    ui::update::{Event, Level},
};

/// Notes that wait for the disk, oldest first.
#[derive(Clone, Default)]
pub(super) struct Unsaved {
    queue: Arc<Mutex<VecDeque<Note>>>,
    turn: Arc<Mutex<()>>,
}

impl Unsaved {
    fn push(&self, note: Note) {
        locked(&self.queue).push_back(note);
    }

    /// Waits for the turn and gives the oldest note; the turn lasts as long as
    /// the guard.
    fn take(&self) -> Option<(Note, MutexGuard<'_, ()>)> {
        let turn = locked(&self.turn);
        let note = locked(&self.queue).pop_front()?;
        Some((note, turn))
    }
}

/// A panic of another thread leaves the data as whole as it was: nothing is
/// changed in steps under these locks.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

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

    /// Reads the end of a log for what its errors say.
    pub(super) fn read_log(&self, job: Origin, log: Arc<File>) {
        let (events, history) = (self.events.clone(), self.history.clone());
        let rules = Arc::clone(&self.rules);
        tokio::task::spawn_blocking(move || {
            // A log that cannot be read names nothing; who opens it is told why.
            let excerpt = excerpt(rules.get(&events), Box::new(Bytes(log)));
            let excerpt = Box::new(excerpt.unwrap_or_default());
            if let Some((class, _)) = &excerpt.cause {
                history.class(&job, class.word());
            }
            let at = now();
            send(&events, Event::LogRead { job, excerpt, at });
        });
    }

    /// Has a note stored. Notes reach the disk one at a time, in the order in
    /// which they were written: a text that a slow disk held up must not replace
    /// the newer one.
    pub(super) fn save(&mut self, note: Note) {
        let (desk, events) = (Arc::clone(&self.desk), self.events.clone());
        self.unsaved.push(note);
        let unsaved = self.unsaved.clone();
        self.storing.spawn_blocking(move || {
            let Some((note, _turn)) = unsaved.take() else {
                return;
            };
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

    /// Has what a person did to a release written down; the screen sees it when
    /// it is durable.
    pub(super) fn change_release(&mut self, declared: Option<Box<Release>>, event: ReleaseEvent) {
        let (desk, events) = (Arc::clone(&self.desk), self.events.clone());
        self.storing.spawn_blocking(move || {
            match desk.change_release(declared.as_deref(), &event) {
                Ok(at) => {
                    let fact = Fact {
                        source: SourceId::new("tminus"),
                        observed: at,
                        body: Body::ReleaseEvent { at, event },
                    };
                    send_facts(&events, vec![fact]);
                }
                Err(error) => {
                    let text = in_words(&error);
                    let level = Level::Fault;
                    send(
                        &events,
                        Event::Notice {
                            text,
                            level,
                            at: now(),
                        },
                    );
                }
            }
        });
    }

    /// Has what a person did to a window written down; the screen sees it when
    /// it is durable.
    pub(super) fn change_window(&mut self, event: WindowEvent) {
        let (desk, events) = (Arc::clone(&self.desk), self.events.clone());
        self.storing
            .spawn_blocking(move || match desk.change_window(&event) {
                Ok(at) => {
                    let fact = Fact {
                        source: SourceId::new("tminus"),
                        observed: at,
                        body: Body::WindowEvent { at, event },
                    };
                    send_facts(&events, vec![fact]);
                }
                Err(error) => {
                    let (text, level, at) = (in_words(&error), Level::Fault, now());
                    send(&events, Event::Notice { text, level, at });
                }
            });
    }

    /// Reads what people did to releases and windows, also in other processes.
    pub(super) fn read_releases(&self) {
        let (desk, events) = (Arc::clone(&self.desk), self.events.clone());
        tokio::task::spawn_blocking(move || {
            // A journal that cannot be read is said by `obstacle`.
            let known = desk.release_events().unwrap_or_default();
            let known = known
                .into_iter()
                .map(|(at, event)| Body::ReleaseEvent { at, event });
            let facts = known.chain(desk.own_windows().facts()).map(|body| Fact {
                source: SourceId::new("tminus"),
                observed: now(),
                body,
            });
            send_facts(&events, facts.collect());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn note(text: &str) -> Note {
        Note {
            id: Text::new("one"),
            at: Timestamp::default(),
            author: Text::new("ana"),
            lines: vec![Text::new(text)],
            links: Vec::new(),
            finished: false,
        }
    }

    #[test]
    fn the_older_text_has_its_turn_first_whoever_asks() {
        let unsaved = Unsaved::default();
        unsaved.push(note("check"));
        unsaved.push(note("checkout is slow"));
        let (first, turn) = unsaved.take().expect("a note waits");
        let second = {
            let unsaved = unsaved.clone();
            std::thread::spawn(move || unsaved.take().map(|(note, _)| note.lines))
        };
        assert_eq!(locked(&unsaved.queue).len(), 1);
        assert_eq!(first.lines, [Text::new("check")]);
        drop(turn);
        let second = second.join().expect("the thread ends");
        assert_eq!(second, Some(vec![Text::new("checkout is slow")]));
    }
}
