//! The last picture, kept between two starts: the first screen is drawn from
//! it before any system has answered.
//!
//! It is written in parts while the day goes on, so that a crash costs little
//! and the end need not wait: what is left then is written for a moment, and
//! what is not written by then is as it was a little earlier. It can be lost as
//! a whole; notes and the journal are kept elsewhere.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
    time::{Duration, Instant},
};

use super::now;
use crate::{
    domain::{Body, Fact, SourceId},
    model::{Model, PARTS},
    store::{
        Directory,
        cache::{self, Part},
        verdicts,
    },
    ui::update::Event,
};

/// Between two parts that are written while the day goes on.
const BETWEEN_PARTS: Duration = Duration::from_secs(1);
/// Between two times that what the first screen shows is written.
const BETWEEN_FIRSTS: Duration = Duration::from_secs(30);
/// How long the end goes on writing parts.
const FAREWELL: Duration = Duration::from_millis(15);

/// Where the picture is kept; nothing when the directory cannot be used,
/// which the operation room says.
#[derive(Clone)]
pub(super) struct Memory {
    directory: Option<Arc<Directory>>,
    /// A part is handed over or being written.
    busy: Arc<AtomicBool>,
    part_due: Instant,
    first_due: Instant,
    /// The part after the one that was written last: each has its turn.
    turn: u8,
}

impl Memory {
    /// The memory in a data directory.
    pub(super) fn open(directory: &Path) -> Self {
        let now = Instant::now();
        Self {
            directory: Directory::open(directory).ok().map(Arc::new),
            busy: Arc::default(),
            part_due: now + BETWEEN_PARTS,
            first_due: now + BETWEEN_FIRSTS,
            turn: 0,
        }
    }

    /// Puts what the first screen shows into the picture.
    pub(super) fn recall(&self, model: &mut Model) {
        let Some(directory) = &self.directory else {
            return;
        };
        for fact in cache::load(directory, Part::First).facts {
            model.recall(fact, now());
        }
    }

    /// Sends the rest of the last picture, part by part.
    pub(super) fn recall_rest(&self, events: &Sender<Event>) {
        let Some(directory) = &self.directory else {
            return;
        };
        let calibrations: Vec<Fact> = verdicts::calibrations(directory)
            .into_iter()
            .map(|calibration| Fact {
                source: SourceId::new("tminus"),
                observed: calibration.at,
                body: Body::Calibration(calibration),
            })
            .collect();
        if !calibrations.is_empty() {
            let at = now();
            let _ = events.send(Event::Recalled {
                facts: calibrations,
                at,
            });
        }
        for part in 0..PARTS {
            let facts = cache::load(directory, Part::Number(part)).facts;
            if !facts.is_empty() {
                // The screen is gone only when the program ends.
                let _ = events.send(Event::Recalled { facts, at: now() });
            }
        }
    }

    /// What has to be written now, to be done elsewhere: the screen does not
    /// wait for the disk. One part at a time, for each costs a moment.
    pub(super) fn due(&mut self, model: &mut Model) -> Option<impl FnOnce() + Send + use<>> {
        let directory = Arc::clone(self.directory.as_ref()?);
        let now = Instant::now();
        if now < self.part_due || self.busy.load(Ordering::Acquire) {
            return None;
        }
        let (part, facts) = if now >= self.first_due && model.first_has_changed() {
            self.first_due = now + BETWEEN_FIRSTS;
            model.first_is_taken();
            (Part::First, model.first_facts())
        } else {
            let part = self.next_part(model)?;
            self.turn = part + 1;
            model.part_is_taken(part);
            (Part::Number(part), model.part_facts(part))
        };
        self.part_due = now + BETWEEN_PARTS;
        self.busy.store(true, Ordering::Release);
        let busy = Arc::clone(&self.busy);
        Some(move || {
            save(&directory, part, &facts);
            busy.store(false, Ordering::Release);
        })
    }

    /// The verdicts that have to be kept now, to be done elsewhere.
    pub(super) fn verdicts(&self, model: &mut Model) -> Option<impl FnOnce() + Send + use<>> {
        let verdicts = model.take_verdicts();
        let directory = Arc::clone(self.directory.as_ref()?);
        if verdicts.is_empty() {
            return None;
        }
        Some(move || {
            for verdict in &verdicts {
                if let Err(error) = verdicts::keep(&directory, verdict) {
                    tracing::warn!(error = %error.message, "a verdict is not kept");
                }
            }
        })
    }

    fn next_part(&self, model: &Model) -> Option<u8> {
        let next = model.changed_parts().find(|part| *part >= self.turn);
        next.or_else(|| model.changed_parts().next())
    }

    /// Keeps the picture for the next start: what its first screen shows, and
    /// of the rest what can be written in a moment. One that cannot be kept
    /// costs the next start some seconds, nothing else.
    pub(super) fn keep(&self, model: &Model) {
        let Some(directory) = &self.directory else {
            return;
        };
        let began = Instant::now();
        if model.first_has_changed() {
            save(directory, Part::First, &model.first_facts());
        }
        for part in model.changed_parts() {
            if began.elapsed() > FAREWELL {
                return;
            }
            save(directory, Part::Number(part), &model.part_facts(part));
        }
    }
}

fn save(directory: &Directory, part: Part, facts: &[Fact]) {
    if let Err(error) = cache::save(directory, part, facts) {
        tracing::warn!(error = %error.message, "the picture is not kept");
    }
}
