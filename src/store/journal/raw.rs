//! Entries with the very bytes of their lines, to hand on as evidence.

use super::{
    Break, Cursor, Entry, Inner,
    entry::{Stored, digest},
    verify::Verdict,
};
use crate::{
    domain::Text,
    error::{Error, Kind},
};

/// One entry with what proves its place.
#[derive(Clone, Debug, PartialEq)]
pub struct RawEntry {
    /// The chain that it says it belongs to.
    pub chain: String,
    /// The hash of the entry before it, as it says.
    pub prev: String,
    /// What it says; its hash is that of `line`.
    pub entry: Entry,
    /// Its stored bytes, newline included.
    pub line: Vec<u8>,
}

impl RawEntry {
    /// Reads one line of a journal, newline included.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(line: &[u8]) -> Result<Self, Text> {
        let content = line
            .strip_suffix(b"\n")
            .ok_or_else(|| Text::new("it does not end"))?;
        let stored = Stored::parse(content).map_err(|error| Text::from(error.to_string()))?;
        Ok(Self {
            chain: stored.chain.to_owned(),
            prev: stored.prev.to_owned(),
            entry: Entry {
                seq: stored.seq,
                at: stored.at,
                hash: digest(line),
                body: stored.body(),
            },
            line: line.to_vec(),
        })
    }
}

/// Entries of a journal that was verified as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Excerpt {
    /// The chain.
    pub chain: String,
    /// How many entries the whole journal has: the number of its head.
    pub seq: u64,
    /// The hash of its head.
    pub hash: String,
    /// The entries that were wanted, in their order.
    pub entries: Vec<RawEntry>,
}

impl Inner {
    pub(super) fn excerpt(
        &mut self,
        mut wanted: impl FnMut(&Entry) -> bool,
    ) -> Result<Excerpt, Error> {
        let (seq, chain, hash) = match self.verify(&[])? {
            Verdict::Whole {
                entries,
                chain,
                hash,
                ..
            } => (entries, chain, hash),
            Verdict::Broken(Break { seq, why }) => {
                return Err(Error::new(
                    Kind::Refused,
                    format!("the journal is broken at entry {seq}: {why}"),
                )
                .hint("nothing can be proved by it; `tminus verify` says more"));
            }
        };
        let mut excerpt = Excerpt {
            chain,
            seq,
            hash,
            entries: Vec::new(),
        };
        let length = self.medium()?.length()?;
        self.walk(&mut Cursor::default(), length, |cursor, line| {
            // What others append meanwhile is not part of it.
            let prev = cursor.hash.clone();
            let entry = cursor.take(line, true)?;
            if let Some(entry) = entry.filter(|entry| entry.seq <= seq && wanted(entry)) {
                excerpt.entries.push(RawEntry {
                    chain: excerpt.chain.clone(),
                    prev,
                    entry,
                    line: line.to_vec(),
                });
            }
            Ok(())
        })?;
        Ok(excerpt)
    }
}
