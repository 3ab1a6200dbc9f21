//! The last picture, kept between two starts: the first screen is drawn from
//! it before any system has answered.

use std::{path::Path, sync::mpsc::Sender};

use super::now;
use crate::{
    domain::Fact,
    model::Model,
    store::{
        Directory,
        cache::{self, Part},
    },
    ui::update::Event,
};

/// Runs that the first screen may show; older ones follow a moment later.
const FIRST_RUNS: usize = 200;

/// Where the picture is kept; nothing when the directory cannot be used,
/// which the operation room says.
pub(super) struct Memory(Option<Directory>);

impl Memory {
    /// The memory in a data directory.
    pub(super) fn open(directory: &Path) -> Self {
        Self(Directory::open(directory).ok())
    }

    /// Puts what the first screen shows into the picture.
    pub(super) fn recall(&self, model: &mut Model) {
        let Some(directory) = &self.0 else { return };
        for fact in cache::load(directory, Part::First).facts {
            model.apply(fact, now());
        }
    }

    /// Sends the rest of the last picture, as facts like any others.
    pub(super) fn recall_rest(&self, events: &Sender<Event>) {
        let Some(directory) = &self.0 else { return };
        let facts = cache::load(directory, Part::Rest).facts;
        if !facts.is_empty() {
            // The screen is gone only when the program ends.
            let _ = events.send(Event::Facts { facts, at: now() });
        }
    }

    /// Keeps the picture for the next start. One that cannot be kept costs
    /// the next start some seconds, nothing else.
    pub(super) fn keep(&self, model: &Model) {
        let Some(directory) = &self.0 else { return };
        let (first, rest) = model.facts(FIRST_RUNS);
        let save = |part, facts: &[Fact]| {
            if let Err(error) = cache::save(directory, part, facts) {
                tracing::warn!(error = %error.message, "the picture is not kept");
            }
        };
        save(Part::First, &first);
        save(Part::Rest, &rest);
    }
}
