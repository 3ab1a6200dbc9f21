//! A journal in memory that can lose power, for tests here and in the
//! operation room.

use std::sync::{Arc, Mutex};

use super::{Journal, Medium};
use crate::error::{Error, Kind};

/// What is on the disk, and what the disk was told but has not kept yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Platter {
    pub(crate) lines: Vec<u8>,
    /// How many bytes of `lines` would survive a power loss.
    pub(crate) durable: usize,
    pub(crate) head: Option<Vec<u8>>,
    pub(crate) aside: Vec<Vec<u8>>,
    /// Fails the call with this number, counted down over all writing calls.
    pub(crate) fail_after: Option<u32>,
    /// A failing write leaves this many bytes.
    pub(crate) short_write: usize,
    pub(crate) syncs: u32,
    locked: bool,
}

impl Platter {
    /// Pulls the plug: what was not synced is lost but for `torn` bytes of it.
    pub(crate) fn lose_power(&mut self, torn: usize) {
        let kept = (self.durable + torn).min(self.lines.len());
        self.lines.truncate(kept);
        self.durable = kept;
        self.locked = false;
        self.fail_after = None;
    }

    fn fault(&mut self) -> Result<(), Error> {
        match &mut self.fail_after {
            Some(0) => Err(Error::new(Kind::Refused, "the disk failed")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// One process's view of the shared platter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory(pub(crate) Arc<Mutex<Platter>>);

impl Memory {
    pub(crate) fn journal(&self) -> Journal {
        Journal::on(Box::new(self.clone()))
    }

    pub(crate) fn with<R>(&self, what: impl FnOnce(&mut Platter) -> R) -> R {
        what(&mut self.0.lock().unwrap())
    }
}

impl Medium for Memory {
    fn lock(&mut self) -> Result<(), Error> {
        self.with(|platter| {
            if platter.locked {
                return Err(Error::new(Kind::Refused, "locked"));
            }
            platter.locked = true;
            Ok(())
        })
    }

    fn unlock(&mut self) {
        self.with(|platter| platter.locked = false);
    }

    fn head(&mut self) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.with(|platter| platter.head.clone()))
    }

    fn set_head(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.with(|platter| {
            platter.fault()?;
            platter.head = Some(bytes.to_vec());
            Ok(())
        })
    }

    fn length(&mut self) -> Result<u64, Error> {
        Ok(self.with(|platter| platter.lines.len() as u64))
    }

    fn read(&mut self, from: u64, at_most: usize) -> Result<Vec<u8>, Error> {
        Ok(self.with(|platter| {
            let from = (from as usize).min(platter.lines.len());
            let to = from.saturating_add(at_most).min(platter.lines.len());
            platter.lines[from..to].to_vec()
        }))
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.with(|platter| {
            if let Err(error) = platter.fault() {
                let part = platter.short_write.min(bytes.len());
                platter.lines.extend_from_slice(&bytes[..part]);
                return Err(error);
            }
            platter.lines.extend_from_slice(bytes);
            Ok(())
        })
    }

    fn sync(&mut self) -> Result<(), Error> {
        self.with(|platter| {
            platter.fault()?;
            platter.syncs += 1;
            platter.durable = platter.lines.len();
            Ok(())
        })
    }

    fn truncate(&mut self, length: u64) -> Result<(), Error> {
        self.with(|platter| {
            platter.fault()?;
            platter.lines.truncate(length as usize);
            platter.durable = platter.lines.len();
            Ok(())
        })
    }

    fn set_aside(&mut self, bytes: &[u8]) -> Result<String, Error> {
        self.with(|platter| {
            platter.fault()?;
            platter.aside.push(bytes.to_vec());
            Ok(format!("journal-torn-{}", platter.aside.len()))
        })
    }
}
