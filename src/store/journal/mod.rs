//! The journal: the record of all that was done, in a file that only grows.
//!
//! Each line is one JSON object with its number, the chain that it belongs to
//! and the SHA-256 of the line before it, taken over the stored bytes. The
//! head file names the newest line, so that a cut at the end is found too.
//! What this cannot prove: that nobody replaced lines and head together. For
//! that, compare [`Verdict::Whole`]'s hash with one that was kept elsewhere.
//!
//! An entry is appended under one exclusive lock, which all tminus processes
//! of a person share: read what the others wrote, write the next head beside
//! the old one, write the line, sync, put the next head in its place. What
//! needs room on the disk comes before the line is durable, so that a full disk
//! refuses an entry and nothing more. When a sync fails, nobody knows what the
//! disk holds: this process appends no more and says so, while reading goes on.

mod entry;
mod medium;
#[cfg(test)]
pub(crate) mod memory;
#[cfg(test)]
mod property_tests;
mod raw;
#[cfg(test)]
mod tests;
mod verify;
mod walk;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;

pub use entry::{
    Actor, AnswerKind, Confirmation, Entry, EntryBody, FactAge, PlanConfirmation, PlanStep,
    PolicyFile, PolicyRecord, ProposalRecord, RawRecord, RequestRecord, RuleRecord, SecondPerson,
    StepRules, digest,
};
pub(crate) use medium::Medium;
pub use raw::{Excerpt, RawEntry};
pub use verify::{Anchor, Verdict};
pub use walk::{Break, Cursor};
use walk::{Head, Misfit};

use super::Directory;
use crate::{
    domain::{Text, Timestamp},
    error::{Error, Kind},
};

/// How much is read at once.
const CHUNK: usize = 256 * 1024;
/// Longest line; a note of half a million characters fits.
const LONGEST_LINE: usize = 4 * 1024 * 1024;

/// The journal of one data directory. Share it in an [`Arc`]; it is safe to
/// use from many threads and from many processes at once.
pub struct Journal {
    inner: Mutex<Inner>,
}

struct Inner {
    medium: Option<Box<dyn Medium>>,
    /// Why nothing may be appended any more.
    refusal: Option<Error>,
    /// The newest head that this process saw.
    seen: Option<Head>,
    /// What was said to nobody yet.
    notices: Vec<Text>,
}

impl fmt::Debug for Journal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Journal")
    }
}

impl Journal {
    /// The journal of a data directory. Nothing is read or made yet.
    #[must_use]
    pub fn open(directory: &Arc<Directory>) -> Self {
        Self::on(Box::new(medium::Disk::new(Arc::clone(directory))))
    }

    /// A journal that cannot be used, because of this. It refuses every entry
    /// and is empty to readers, so that looking goes on where acting cannot.
    #[must_use]
    pub fn unavailable(reason: Error) -> Self {
        Self {
            inner: Mutex::new(Inner {
                medium: None,
                refusal: Some(reason),
                seen: None,
                notices: Vec::new(),
            }),
        }
    }

    pub(crate) fn on(medium: Box<dyn Medium>) -> Self {
        Self {
            inner: Mutex::new(Inner {
                medium: Some(medium),
                refusal: None,
                seen: None,
                notices: Vec::new(),
            }),
        }
    }

    /// Whether an entry could be appended now. Takes and gives back the lock.
    ///
    /// # Errors
    /// The reason why not, for people.
    pub fn ready(&self) -> Result<(), Error> {
        let mut inner = self.inner();
        inner.refuse_if_poisoned()?;
        let medium = inner.medium()?;
        medium.lock()?;
        medium.unlock();
        Ok(())
    }

    /// Why this process appends nothing any more; none while it can try.
    pub fn refusal(&self) -> Option<Error> {
        self.inner().refusal.clone()
    }

    /// Appends one entry and returns when it is durable.
    ///
    /// # Errors
    /// When it is not known to be durable; then nothing may be done that the
    /// entry was to record.
    pub fn append(&self, at: Timestamp, body: EntryBody) -> Result<Entry, Error> {
        self.inner()
            .append_with(None, at, |_| Ok(body))
            .map(|(entry, _)| entry)
    }

    /// Appends one entry that depends on what is already there: `decide` sees
    /// all entries after `cursor` while nobody else can append. Afterwards
    /// `cursor` stands after the new entry, and the entries that `decide` saw
    /// are returned with it.
    ///
    /// # Errors
    /// The error of `decide`, or as for [`Journal::append`]. `cursor` stays.
    pub fn append_with(
        &self,
        cursor: &mut Cursor,
        at: Timestamp,
        decide: impl FnOnce(&[Entry]) -> Result<EntryBody, Error>,
    ) -> Result<(Vec<Entry>, Entry), Error> {
        let (entry, news) = self.inner().append_with(Some(cursor), at, decide)?;
        Ok((news, entry))
    }

    /// Reads the entries after `cursor` and moves it behind them.
    ///
    /// # Errors
    /// When the files cannot be read, or what they hold does not follow on
    /// from the cursor; then the cursor stands before the first entry that
    /// does not, and the entries before it are lost to this call.
    pub fn read(&self, cursor: &mut Cursor) -> Result<Vec<Entry>, Error> {
        let mut inner = self.inner();
        if inner.medium.is_none() {
            return Ok(Vec::new());
        }
        inner.read(cursor)
    }

    /// Whether the newest entry that was promised to be durable is there, as it
    /// was written. For who must not take a journal that was cut off for one in
    /// which nothing was done; all of it is walked by [`Journal::verify`].
    ///
    /// # Errors
    /// What is missing or another one, or why it cannot be read.
    pub fn has_its_end(&self) -> Result<(), Error> {
        self.inner().has_its_end()
    }

    /// What has to be said to people, such as a half-written line that was
    /// moved away. Each is returned once.
    pub fn notices(&self) -> Vec<Text> {
        std::mem::take(&mut self.inner().notices)
    }

    /// Walks the whole chain.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub fn verify(&self) -> Result<Verdict, Error> {
        self.inner().verify(&[])
    }

    /// Walks the whole chain, and compares it with heads that were kept
    /// elsewhere: then nobody can have replaced lines and head together.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub fn verify_against(&self, anchors: &[Anchor]) -> Result<Verdict, Error> {
        self.inner().verify(anchors)
    }

    /// The entries that are wanted, with the bytes of their lines, out of a
    /// journal that was verified as a whole.
    ///
    /// # Errors
    /// When the files cannot be read, or the chain is broken.
    pub fn excerpt(&self, wanted: impl FnMut(&Entry) -> bool) -> Result<Excerpt, Error> {
        self.inner().excerpt(wanted)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn refuse_if_poisoned(&self) -> Result<(), Error> {
        self.refusal.clone().map_or(Ok(()), Err)
    }

    fn medium(&mut self) -> Result<&mut dyn Medium, Error> {
        match &mut self.medium {
            Some(medium) => Ok(medium.as_mut()),
            None => Err(self
                .refusal
                .clone()
                .unwrap_or_else(|| Error::new(Kind::Refused, "there is no journal"))),
        }
    }

    /// No entry is appended by this process any more.
    fn poison(&mut self, error: Error) -> Error {
        let error = Error::new(
            error.kind,
            format!("the journal is closed for writing: {}", error.message),
        )
        .hint(error.hint);
        self.refusal = Some(error.clone());
        error
    }

    /// The disk failed where nobody knows what it holds now.
    fn poison_by_disk(&mut self, error: Error) -> Error {
        self.poison(
            error.hint(
                "make room if the disk is full, run `tminus verify`, then start tminus again",
            ),
        )
    }

    fn broken(&mut self, found: &Break) -> Error {
        self.poison(
            Error::new(
                Kind::Refused,
                format!("it is broken at entry {}: {}", found.seq, found.why),
            )
            .hint("run `tminus verify`; keep the file, and move it away to begin a new journal"),
        )
    }

    fn append_with(
        &mut self,
        cursor: Option<&mut Cursor>,
        at: Timestamp,
        decide: impl FnOnce(&[Entry]) -> Result<EntryBody, Error>,
    ) -> Result<(Entry, Vec<Entry>), Error> {
        self.refuse_if_poisoned()?;
        self.medium()?.lock()?;
        let result = self.append_locked(cursor, at, decide);
        self.medium()?.unlock();
        result
    }

    fn append_locked(
        &mut self,
        cursor: Option<&mut Cursor>,
        at: Timestamp,
        decide: impl FnOnce(&[Entry]) -> Result<EntryBody, Error>,
    ) -> Result<(Entry, Vec<Entry>), Error> {
        let mut end = self.catch_up(at)?;
        let news = match &cursor {
            None => Vec::new(),
            Some(cursor) => {
                let mut reader = Cursor::clone(cursor);
                self.entries_to(&mut reader, end.offset)?
            }
        };
        let body = decide(&news)?;
        let entry = self.write(&mut end, at, &body)?;
        if let Some(cursor) = cursor {
            *cursor = end;
        }
        Ok((entry, news))
    }

    /// Brings head and lines together and returns the end of the chain.
    fn catch_up(&mut self, at: Timestamp) -> Result<Cursor, Error> {
        let medium = self.medium()?;
        let length = medium.length()?;
        let Some(bytes) = medium.head()? else {
            if length > 0 || self.seen.is_some() {
                return Err(self.broken(&Break::new(1, "the head file is missing")));
            }
            let head = Head::of_nothing(new_id(at));
            // Nothing was promised yet: it can be tried again.
            self.replace_head(&head)?;
            return Ok(head.cursor());
        };
        let Some(head) = Head::parse(&bytes) else {
            return Err(self.broken(&Break::new(1, "the head file cannot be understood")));
        };
        if let Some(seen) = &self.seen
            && (head.chain != seen.chain
                || head.seq < seen.seq
                || (head.seq == seen.seq && head.hash != seen.hash))
        {
            return Err(self.broken(&Break::new(head.seq + 1, "the head went back")));
        }
        if length < head.length {
            return Err(self.broken(&Break::new(head.seq, "it was cut off")));
        }
        if let Some(found) = head.misfit(&self.bytes(head.start, head.length)?) {
            return Err(self.broken(&found));
        }
        let end = self.adopt(head.cursor(), length, at)?;
        self.seen = Some(Head::at(&end, &head.chain));
        Ok(end)
    }

    /// Takes over what was written after the head: whole entries of a writer
    /// that crashed before it could replace the head, then perhaps a torn one.
    fn adopt(&mut self, mut end: Cursor, length: u64, at: Timestamp) -> Result<Cursor, Error> {
        let before = end.seq;
        while end.offset < length {
            let rest = self.bytes(end.offset, length.min(end.offset + LONGEST_LINE as u64))?;
            let line = rest
                .iter()
                .position(|byte| *byte == b'\n')
                .map_or(&rest[..], |newline| &rest[..=newline]);
            match end.take(line, false) {
                Ok(_) => {}
                Err(Misfit::Unreadable(_)) => return self.set_aside(end, length, at),
                Err(Misfit::Misplaced(found)) => return Err(self.broken(&found)),
            }
        }
        if end.seq > before {
            // They may not have reached the disk yet: the head must not name
            // what is not durable.
            self.sync()?;
            let chain = end.chain.clone().unwrap_or_default();
            self.replace_head(&Head::at(&end, &chain))?;
        }
        Ok(end)
    }

    fn set_aside(&mut self, mut end: Cursor, length: u64, at: Timestamp) -> Result<Cursor, Error> {
        let torn = self.bytes(end.offset, length)?;
        let medium = self.medium()?;
        let file = medium.set_aside(&torn)?;
        if let Err(error) = medium.truncate(end.offset) {
            return Err(self.poison_by_disk(error));
        }
        self.notices.push(Text::from(format!(
            "the last line of the journal was only half written ({} bytes); \
             it was never acted on and is kept in {file}",
            torn.len()
        )));
        self.write(
            &mut end,
            at,
            &EntryBody::TornTail {
                bytes: torn.len() as u64,
                file: Text::from(file),
            },
        )?;
        Ok(end)
    }

    fn write(&mut self, end: &mut Cursor, at: Timestamp, body: &EntryBody) -> Result<Entry, Error> {
        let chain = end.chain.clone().unwrap_or_default();
        let line = entry::line(&chain, end.seq + 1, at, &end.hash, body).map_err(|error| {
            Error::new(
                Kind::Refused,
                format!("cannot write the entry down: {error}"),
            )
        })?;
        if line.len() > LONGEST_LINE {
            return Err(Error::new(
                Kind::Refused,
                format!(
                    "an entry of {} bytes is too long for the journal",
                    line.len()
                ),
            ));
        }
        let before = end.offset;
        let mut after = end.clone();
        after
            .take(&line, false)
            .map_err(|misfit| self.broken(&misfit.into_break()))?;
        let head = Head::at(&after, &chain);
        self.prepare_head(&head)?;
        let medium = self.medium()?;
        if let Err(error) = medium.append(&line) {
            // Nothing was promised yet, so the part that was written can go.
            return match medium.truncate(before) {
                Ok(()) => Err(error),
                Err(_) => Err(self.poison_by_disk(error)),
            };
        }
        self.sync()?;
        *end = after;
        self.take_head(head)
            .map_err(|error| self.poison_by_disk(error))?;
        Ok(Entry {
            seq: end.seq,
            at,
            hash: end.hash.clone(),
            body: body.clone(),
        })
    }

    fn sync(&mut self) -> Result<(), Error> {
        let synced = self.medium()?.sync();
        synced.map_err(|error| self.poison_by_disk(error))
    }

    fn replace_head(&mut self, head: &Head) -> Result<(), Error> {
        self.prepare_head(head)?;
        self.take_head(head.clone())
    }

    /// Makes the next head durable beside the one that holds.
    fn prepare_head(&mut self, head: &Head) -> Result<(), Error> {
        let bytes = serde_json::to_vec(head)
            .map_err(|error| Error::new(Kind::Refused, error.to_string()))?;
        self.medium()?.prepare_head(&bytes)
    }

    /// Puts the head that was prepared in its place. It takes no room on the
    /// disk. When it fails after an entry was synced, that entry is durable and
    /// whoever asked for it is told that it is not: nothing may follow it here.
    fn take_head(&mut self, head: Head) -> Result<(), Error> {
        self.medium()?.take_head()?;
        self.seen = Some(head);
        Ok(())
    }

    fn bytes(&mut self, from: u64, to: u64) -> Result<Vec<u8>, Error> {
        let length = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
        self.medium()?.read(from, length)
    }

    /// Reads entries up to an offset at which one ends.
    fn entries_to(&mut self, cursor: &mut Cursor, to: u64) -> Result<Vec<Entry>, Error> {
        let mut entries = Vec::new();
        let walked = self.walk(cursor, to, |cursor, line| {
            if let Some(entry) = cursor.take(line, true)? {
                entries.push(entry);
            }
            Ok(())
        })?;
        match walked {
            Some(misfit) => Err(self.broken(&misfit.into_break())),
            None => Ok(entries),
        }
    }

    fn has_its_end(&mut self) -> Result<(), Error> {
        let medium = self.medium()?;
        // The head is replaced after its entry is durable, so it is read first.
        let bytes = medium.head()?;
        let length = medium.length()?;
        let Some(bytes) = bytes else {
            return match length {
                0 => Ok(()),
                _ => Err(self.broken(&Break::new(1, "the head file is missing"))),
            };
        };
        let Some(head) = Head::parse(&bytes) else {
            return Err(self.broken(&Break::new(1, "the head file cannot be understood")));
        };
        if length < head.length {
            return Err(self.broken(&Break::new(head.seq, "it was cut off")));
        }
        match head.misfit(&self.bytes(head.start, head.length)?) {
            Some(found) => Err(self.broken(&found)),
            None => Ok(()),
        }
    }

    fn read(&mut self, cursor: &mut Cursor) -> Result<Vec<Entry>, Error> {
        let medium = self.medium()?;
        let head = medium.head()?.as_deref().and_then(Head::parse);
        let length = medium.length()?;
        let certain = head.map_or(0, |head| head.length).min(length);
        let mut entries = Vec::new();
        if cursor.offset > length {
            return Err(self.broken(&Break::new(cursor.seq, "it was cut off")));
        }
        let misfit = self.walk(cursor, length, |cursor, line| {
            if let Some(entry) = cursor.take(line, true)? {
                entries.push(entry);
            }
            Ok(())
        })?;
        match misfit {
            // Beyond the head somebody may be writing at this moment.
            Some(misfit) if cursor.offset < certain => Err(self.broken(&misfit.into_break())),
            _ => Ok(entries),
        }
    }

    /// Calls `each` with every line from the cursor to `to`, until one does
    /// not fit. An unfinished last line is a line too.
    fn walk(
        &mut self,
        cursor: &mut Cursor,
        to: u64,
        mut each: impl FnMut(&mut Cursor, &[u8]) -> Result<(), Misfit>,
    ) -> Result<Option<Misfit>, Error> {
        let mut pending = Vec::new();
        let mut offset = cursor.offset;
        while offset < to {
            let wanted = CHUNK.min(usize::try_from(to - offset).unwrap_or(CHUNK));
            let chunk = self.medium()?.read(offset, wanted)?;
            if chunk.is_empty() {
                break;
            }
            offset += chunk.len() as u64;
            let mut rest = &chunk[..];
            while let Some(newline) = rest.iter().position(|byte| *byte == b'\n') {
                let (line, after) = rest.split_at(newline + 1);
                let fits = if pending.is_empty() {
                    each(cursor, line)
                } else {
                    pending.extend_from_slice(line);
                    each(cursor, &std::mem::take(&mut pending))
                };
                if let Err(misfit) = fits {
                    return Ok(Some(misfit));
                }
                rest = after;
            }
            pending.extend_from_slice(rest);
        }
        if pending.is_empty() {
            return Ok(None);
        }
        Ok(each(cursor, &pending).err())
    }
}

/// A new id: a UUID of version 7 for this instant.
#[must_use]
pub fn new_id(at: Timestamp) -> String {
    let seconds = u64::try_from(at.timestamp()).unwrap_or_default();
    let instant = uuid::Timestamp::from_unix(uuid::NoContext, seconds, at.timestamp_subsec_nanos());
    Uuid::new_v7(instant).to_string()
}
