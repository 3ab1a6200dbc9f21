//! What people do to releases: written into the journal, against all that
//! other processes wrote. Nothing of it leaves tminus.

use super::Desk;
use crate::{
    domain::{Course, Release, ReleaseChange, ReleaseEvent, Timestamp},
    error::{Error, Kind},
    store::journal::EntryBody,
};

impl Desk {
    /// Writes down what a person did to a release; durable when this returns.
    /// `declared` is the release as the configuration or a system declares it,
    /// none where it is made here. What other processes wrote in the meantime
    /// is held against it first, under the journal's lock.
    ///
    /// # Errors
    /// When it cannot be, or cannot be written down.
    pub fn change_release(
        &self,
        declared: Option<&Release>,
        event: &ReleaseEvent,
    ) -> Result<Timestamp, Error> {
        self.may_write()?;
        let body = EntryBody::Release {
            event: event.clone(),
        };
        self.write_when(body, |ledger| {
            let events = ledger
                .releases
                .iter()
                .filter(|(_, known)| known.release == event.release)
                .map(|(at, known)| (*at, known));
            let course = Course::of(declared.cloned(), events);
            let refused = |why: String| {
                Error::new(Kind::Refused, format!("{}: {why}", event.release))
                    .hint("`tminus release show ID` says where it stands")
            };
            match (course, &event.change) {
                (None, ReleaseChange::Opened { .. }) => Ok(()),
                (None, _) => Err(refused("there is no such release".to_owned())),
                (Some(course), _) => course.accepts(event).map_err(refused),
            }
        })
    }

    /// What people did to releases, oldest first. Reads the disk and writes
    /// nothing.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn release_events(&self) -> Result<Vec<(Timestamp, ReleaseEvent)>, Error> {
        let mut ledger = self.ledger();
        self.catch_up(&mut ledger)?;
        Ok(ledger.releases.clone())
    }
}
