//! Arming: where a team wants it, tminus starts able to look only, and a
//! person arms it for a time. The desk holds to it, whatever the screen says,
//! and the journal keeps who armed it and until when.

use std::sync::PoisonError;

use chrono::TimeDelta;

use super::desk::Desk;
use crate::{
    domain::Timestamp,
    error::{Error, Kind},
    store::journal::EntryBody,
};

/// No arming is shorter.
pub const SHORTEST_ARMING: TimeDelta = TimeDelta::minutes(1);
/// No arming is longer.
pub const LONGEST_ARMING: TimeDelta = TimeDelta::minutes(60);

/// The time in which it may act. A clock that was put back does not make it
/// longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Armed {
    from: Timestamp,
    until: Timestamp,
}

impl Desk {
    /// Arms this process from now on, for between one minute and sixty; what
    /// was armed before is replaced. Returns when it is over. The entry is
    /// durable when this returns: it waits for the disk.
    ///
    /// # Errors
    /// When it needs no arming, may only look, or the entry could not be made
    /// durable: then it is not armed.
    pub fn arm(&self, span: TimeDelta) -> Result<Timestamp, Error> {
        if !self.must_be_armed() {
            return Err(self
                .obstacle()
                .unwrap_or_else(|| Error::new(Kind::Refused, "it acts without being armed")));
        }
        self.obstacle().map_or(Ok(()), Err)?;
        let span = span.clamp(SHORTEST_ARMING, LONGEST_ARMING);
        let from = self.now();
        let until = from + span;
        let body = EntryBody::Armed {
            actor: self.actor().clone(),
            session: self.session()?,
            until,
        };
        self.write_when(body, |_| Ok(()))?;
        self.set_armed(Some(Armed { from, until }));
        Ok(until)
    }

    /// Ends the arming at once; it holds even when it cannot be written down.
    ///
    /// # Errors
    /// When the entry could not be made durable.
    pub fn disarm(&self) -> Result<(), Error> {
        let was_armed = self.must_be_armed() && self.armed().is_ok();
        self.set_armed(None);
        if !was_armed {
            return Ok(());
        }
        let body = EntryBody::Disarmed {
            actor: self.actor().clone(),
            session: self.session()?,
        };
        self.write_when(body, |_| Ok(())).map(|_| ())
    }

    /// Whether it may act now.
    ///
    /// # Errors
    /// When it has to be armed first.
    pub fn armed(&self) -> Result<(), Error> {
        if !self.must_be_armed() {
            return Ok(());
        }
        let now = self.now();
        let armed = *self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        match armed {
            Some(armed) if armed.from <= now && now < armed.until => Ok(()),
            Some(_) => Err(not_armed("tminus is not armed any more")),
            None => Err(not_armed("tminus is not armed")),
        }
    }

    fn set_armed(&self, armed: Option<Armed>) {
        *self.armed.lock().unwrap_or_else(PoisonError::into_inner) = armed;
    }
}

fn not_armed(message: &str) -> Error {
    Error::new(Kind::Refused, message).hint("`:arm 10m` arms it for ten minutes")
}
