//! Walking along the chain: each line must be what the next one, or the head,
//! says that it was.

use serde::{Deserialize, Serialize};

use super::entry::{Entry, FORMAT, NOTHING_BEFORE, Stored, digest};
use crate::domain::Text;

/// A place in the journal that was read up to. It remembers the hash of the
/// last entry, so that going on from here proves that nothing before changed
/// its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The last entry that was read; 0 at the start.
    pub(super) seq: u64,
    /// Its hash.
    pub(super) hash: String,
    /// The chain, once it is known.
    pub(super) chain: Option<String>,
    /// Offset of the first byte after it.
    pub(super) offset: u64,
    /// Offset of its first byte.
    pub(super) start: u64,
}

impl Default for Cursor {
    fn default() -> Self {
        Self {
            seq: 0,
            hash: NOTHING_BEFORE.to_owned(),
            chain: None,
            offset: 0,
            start: 0,
        }
    }
}

/// Where the chain is broken, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// The first entry that is not what it should be.
    pub seq: u64,
    /// What is wrong with it, for people.
    pub why: Text,
}

impl Break {
    pub(super) fn new(seq: u64, why: impl Into<String>) -> Self {
        Self {
            seq,
            why: Text::from(why.into()),
        }
    }
}

/// Why a line is not the next entry.
pub(super) enum Misfit {
    /// It is no entry at all, as after a torn write.
    Unreadable(Break),
    /// It is an entry, but not the next one of this chain.
    Misplaced(Break),
}

impl Misfit {
    pub(super) fn into_break(self) -> Break {
        match self {
            Self::Unreadable(found) | Self::Misplaced(found) => found,
        }
    }
}

impl Cursor {
    /// How many entries were read up to here.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.seq
    }

    /// Takes the next line, newline included. With `bodies` unset the body is
    /// not decoded, which is enough to verify.
    pub(super) fn take(&mut self, line: &[u8], bodies: bool) -> Result<Option<Entry>, Misfit> {
        let seq = self.seq + 1;
        let unreadable = |why: &str| Misfit::Unreadable(Break::new(seq, why));
        let misplaced = |seq: u64, why: String| Misfit::Misplaced(Break::new(seq, why));
        let Some(content) = line.strip_suffix(b"\n") else {
            return Err(unreadable("its line does not end"));
        };
        let expected = self
            .chain
            .as_deref()
            .and_then(|chain| Stored::expect(content, chain, seq, &self.hash));
        let stored = match expected {
            Some(stored) => stored,
            None => Stored::parse(content)
                .map_err(|error| unreadable(&format!("its line is not an entry: {error}")))?,
        };
        if stored.v != FORMAT {
            return Err(misplaced(
                seq,
                format!("it has format {}, this tminus reads {FORMAT}", stored.v),
            ));
        }
        if stored.seq != seq {
            return Err(misplaced(
                seq,
                format!("entry {} is in its place", stored.seq),
            ));
        }
        if self
            .chain
            .as_deref()
            .is_some_and(|chain| chain != stored.chain)
        {
            return Err(misplaced(seq, "it belongs to another chain".to_owned()));
        }
        if stored.prev != self.hash {
            return Err(misplaced(
                self.seq.max(1),
                format!("its bytes are not those that entry {seq} was chained to"),
            ));
        }
        let hash = digest(line);
        let entry = bodies.then(|| Entry {
            seq,
            at: stored.at,
            hash: hash.clone(),
            body: stored.body(),
        });
        if self.chain.is_none() {
            self.chain = Some(stored.chain.to_owned());
        }
        self.seq = seq;
        self.hash = hash;
        self.start = self.offset;
        self.offset += line.len() as u64;
        Ok(entry)
    }
}

/// The newest entry that is known to be durable, kept beside the lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    v: u8,
    pub(super) chain: String,
    /// Number of the newest entry; 0 for none.
    pub(super) seq: u64,
    /// Its hash.
    pub(super) hash: String,
    /// Offset of its first byte.
    pub(super) start: u64,
    /// Offset of the first byte after it.
    pub(super) length: u64,
}

impl Head {
    /// The head of a chain without entries.
    pub(super) fn of_nothing(chain: String) -> Self {
        Self {
            v: FORMAT,
            chain,
            seq: 0,
            hash: NOTHING_BEFORE.to_owned(),
            start: 0,
            length: 0,
        }
    }

    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice::<Self>(bytes)
            .ok()
            .filter(|head| head.v == FORMAT)
    }

    /// What is wrong when `last` is not the entry that the head names.
    pub(super) fn misfit(&self, last: &[u8]) -> Option<Break> {
        let fits = if self.seq == 0 {
            last.is_empty() && self.hash == NOTHING_BEFORE && self.length == 0
        } else {
            digest(last) == self.hash
                && serde_json::from_slice::<Stored<'_>>(last)
                    .is_ok_and(|stored| stored.seq == self.seq && stored.chain == self.chain)
        };
        (!fits).then(|| Break::new(self.seq.max(1), "it is not the entry that the head names"))
    }

    pub(super) fn cursor(&self) -> Cursor {
        Cursor {
            seq: self.seq,
            hash: self.hash.clone(),
            chain: Some(self.chain.clone()),
            offset: self.length,
            start: self.start,
        }
    }

    pub(super) fn at(cursor: &Cursor, chain: &str) -> Self {
        Self {
            v: FORMAT,
            chain: chain.to_owned(),
            seq: cursor.seq,
            hash: cursor.hash.clone(),
            start: cursor.start,
            length: cursor.offset,
        }
    }
}
