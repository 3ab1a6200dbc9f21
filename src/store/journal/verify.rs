//! Walking the whole chain, to say whether it is what it was.

use super::{
    Break, Cursor, Inner, LONGEST_LINE,
    entry::{Stored, digest},
    walk::{Head, Misfit},
};
use crate::error::Error;

/// What `Journal::verify` found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every entry is what the next one, or the head, says that it was.
    Whole {
        /// How many entries.
        entries: u64,
        /// The chain's id; empty when there is no journal yet.
        chain: String,
        /// The newest entry's hash: keep it elsewhere to prove more later.
        hash: String,
        /// Bytes after the last entry that a crash left; 0 usually.
        loose_bytes: u64,
    },
    /// An entry was changed, removed, moved or cut off.
    Broken(Break),
}

/// A head of the journal that was kept elsewhere: whoever can write to the
/// data directory cannot change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The chain that it belongs to, where it says so.
    pub chain: Option<String>,
    /// Number of the entry that was the newest then.
    pub seq: u64,
    /// The hash of that entry in hexadecimal digits.
    pub hash: String,
}

impl Anchor {
    /// Reads `SEQ:HASH`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (seq, hash) = text.trim().split_once(':')?;
        let hash = hash.trim().to_ascii_lowercase();
        (hash.len() == 64 && hash.bytes().all(|digit| digit.is_ascii_hexdigit())).then_some(())?;
        Some(Self {
            chain: None,
            seq: seq.trim().parse().ok()?,
            hash,
        })
    }

    /// What is wrong when this entry is at the anchor's place.
    fn misfit(&self, cursor: &Cursor) -> Option<Break> {
        (cursor.seq == self.seq && cursor.hash != self.hash).then(|| {
            Break::new(
                self.seq.max(1),
                "it is not the entry that a head kept elsewhere names",
            )
        })
    }
}

impl Inner {
    pub(super) fn verify(&mut self, anchors: &[Anchor]) -> Result<Verdict, Error> {
        if self.medium.is_none() {
            self.refuse_if_poisoned()?;
        }
        let broken = |seq, why: &str| Ok(Verdict::Broken(Break::new(seq, why)));
        let medium = self.medium()?;
        let head = medium.head()?;
        let length = medium.length()?;
        let Some(bytes) = head else {
            if length > 0 {
                return broken(1, "the head file is missing");
            }
            if let Some(anchor) = anchors.iter().find(|anchor| anchor.seq > 0) {
                return Ok(Verdict::Broken(beyond(0, anchor)));
            }
            return Ok(Verdict::Whole {
                entries: 0,
                chain: String::new(),
                hash: String::new(),
                loose_bytes: 0,
            });
        };
        let Some(head) = Head::parse(&bytes) else {
            return broken(1, "the head file cannot be understood");
        };
        if let Some(other) = anchors
            .iter()
            .filter_map(|anchor| anchor.chain.as_ref())
            .find(|chain| **chain != head.chain)
        {
            return Ok(Verdict::Broken(Break::new(
                1,
                format!(
                    "this is the journal {}; the head kept elsewhere is of {other}",
                    head.chain
                ),
            )));
        }
        let mut cursor = Cursor {
            chain: Some(head.chain.clone()),
            ..Cursor::default()
        };
        let misfit = self.walk(&mut cursor, length, |cursor, line| {
            // The head must name exactly this entry, at exactly this place.
            if cursor.seq == head.seq && *cursor != head.cursor() {
                return Err(Misfit::Misplaced(Break::new(
                    cursor.seq.max(1),
                    "its bytes are not those that the head names",
                )));
            }
            cursor.take(line, false)?;
            match anchors.iter().find_map(|anchor| anchor.misfit(cursor)) {
                Some(found) => Err(Misfit::Misplaced(found)),
                None => Ok(()),
            }
        })?;
        if let Some(misfit) = misfit
            && (cursor.seq < head.seq || matches!(misfit, Misfit::Misplaced(_)))
        {
            let mut found = misfit.into_break();
            let anchored = anchors
                .iter()
                .any(|anchor| anchor.misfit(&cursor).is_some());
            if !anchored
                && found.seq == cursor.seq
                && cursor.seq > 0
                && self.is_whole(&cursor, &head)?
            {
                found = Break::new(cursor.seq + 1, "it names another predecessor");
            }
            return Ok(Verdict::Broken(found));
        }
        if cursor.seq < head.seq {
            return Ok(Verdict::Broken(Break::new(
                cursor.seq + 1,
                format!("it was cut off; the head names {} entries", head.seq),
            )));
        }
        if cursor.seq == head.seq && cursor != head.cursor() {
            return broken(
                cursor.seq.max(1),
                "its bytes are not those that the head names",
            );
        }
        if let Some(anchor) = anchors.iter().find(|anchor| anchor.seq > cursor.seq) {
            return Ok(Verdict::Broken(beyond(cursor.seq, anchor)));
        }
        Ok(Verdict::Whole {
            entries: cursor.seq,
            chain: head.chain,
            hash: cursor.hash,
            loose_bytes: length - cursor.offset,
        })
    }

    /// The line after the cursor does not name the entry before it. One of
    /// the two was changed: when the line after that, or the head, agrees with
    /// the line, then the entry before it was; otherwise the line itself.
    fn is_whole(&mut self, cursor: &Cursor, head: &Head) -> Result<bool, Error> {
        let rest = self.bytes(cursor.offset, cursor.offset + 2 * LONGEST_LINE as u64)?;
        let mut lines = rest.split_inclusive(|byte| *byte == b'\n');
        let Some(line) = lines.next() else {
            return Ok(false);
        };
        let hash = digest(line);
        let successor = lines.next().map(|next| {
            serde_json::from_slice::<Stored<'_>>(next).is_ok_and(|stored| stored.prev == hash)
        });
        Ok(!successor.unwrap_or(cursor.seq + 1 == head.seq && head.hash == hash))
    }
}

fn beyond(entries: u64, anchor: &Anchor) -> Break {
    Break::new(
        entries + 1,
        format!(
            "it was cut off; a head kept elsewhere names {} entries",
            anchor.seq
        ),
    )
}
