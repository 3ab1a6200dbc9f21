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
    /// The next head, durable beside it.
    next: Option<Vec<u8>>,
    pub(crate) aside: Vec<Vec<u8>>,
    /// Fails the call with this number, counted down over all writing calls.
    pub(crate) fail_after: Option<u32>,
    /// A failing write leaves this many bytes.
    pub(crate) short_write: usize,
    /// How many more bytes the disk takes; none for any number.
    pub(crate) room: Option<usize>,
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

    /// Takes as many of these bytes as there is room for.
    fn take_room(&mut self, wanted: usize) -> Result<(), (usize, Error)> {
        let Some(room) = &mut self.room else {
            return Ok(());
        };
        if *room < wanted {
            let part = std::mem::take(room);
            return Err((part, Error::new(Kind::Refused, "the disk is full")));
        }
        *room -= wanted;
        Ok(())
    }

    fn give_room(&mut self, bytes: usize) {
        if let Some(room) = &mut self.room {
            *room += bytes;
        }
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

    fn prepare_head(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.with(|platter| {
            platter.fault()?;
            let before = platter.next.take().map_or(0, |next| next.len());
            platter.give_room(before);
            let taken = platter.take_room(bytes.len());
            let part = taken
                .as_ref()
                .map_or_else(|(part, _)| *part, |()| bytes.len());
            platter.next = Some(bytes[..part].to_vec());
            taken.map_err(|(_, error)| error)
        })
    }

    fn take_head(&mut self) -> Result<(), Error> {
        self.with(|platter| {
            platter.fault()?;
            let Some(next) = platter.next.take() else {
                return Err(Error::new(Kind::Refused, "no head was prepared"));
            };
            let before = platter.head.replace(next).map_or(0, |head| head.len());
            platter.give_room(before);
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
            let taken = platter.take_room(bytes.len());
            let part = taken
                .as_ref()
                .map_or_else(|(part, _)| *part, |()| bytes.len());
            platter.lines.extend_from_slice(&bytes[..part]);
            taken.map_err(|(_, error)| error)
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
            let cut = platter.lines.len().saturating_sub(length as usize);
            platter.give_room(cut);
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
