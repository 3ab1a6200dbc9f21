//! The search of a reader: from where the person is to the end, then what is
//! before that.

use std::io;

use super::{PIECES, Reader, TELL, Told};
use crate::analysis::log::{
    line::LONGEST_LINE,
    search::{Hits, MOST_HITS, Needle},
    source::{PIECE, fill},
};

/// A search under way.
pub(super) struct Search {
    pub needle: Needle,
    pub hits: Hits,
    /// Where the parts after and before the origin are read next, in bytes.
    pub after_at: u64,
    pub before_at: u64,
    pub origin_at: u64,
}

impl Reader {
    /// Whether the search can go on in what was read.
    pub(super) fn search_can_go_on(&self) -> bool {
        self.search.as_ref().is_some_and(|search| {
            (!search.hits.after_done && search.after_at < self.scan.index.bytes())
                || self.is_read() && self.search_is_due()
        })
    }

    pub(super) fn search_on(&mut self, told: &mut Vec<Told>) -> io::Result<()> {
        let Some(mut search) = self.search.take() else {
            return Ok(());
        };
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = self.search_pieces(&mut search, &mut buffer);
        self.buffer = buffer;
        let passed = search.after_at - search.origin_at + search.before_at;
        let done = search.hits.after_done && search.hits.before_done;
        self.search = Some(search);
        result?;
        if done || passed % TELL < (PIECE * PIECES) as u64 {
            told.push(Told::State(self.state()));
        }
        Ok(())
    }

    fn search_pieces(&mut self, search: &mut Search, buffer: &mut Vec<u8>) -> io::Result<()> {
        for _ in 0..PIECES {
            let ends = self.scan.index.bytes();
            if search.hits.count() >= MOST_HITS {
                search.hits.after_done = true;
                search.hits.before_done = true;
                return Ok(());
            }
            let found = if search.after_at < ends {
                self.search_piece(search, true, ends, buffer)?
            } else if self.is_read() && !search.hits.after_done {
                let found = self.search_last_line(search, buffer)?;
                search.hits.after_done = true;
                found
            } else if search.before_at < search.origin_at {
                self.search_piece(search, false, search.origin_at, buffer)?
            } else {
                search.hits.before_done = true;
                return Ok(());
            };
            // The first one is told at once.
            if found && self.pending.is_some() {
                break;
            }
        }
        if search.before_at >= search.origin_at {
            search.hits.before_done = true;
        }
        Ok(())
    }

    /// Searches one piece; whether something was found.
    fn search_piece(
        &self,
        search: &mut Search,
        after: bool,
        until: u64,
        buffer: &mut Vec<u8>,
    ) -> io::Result<bool> {
        let at = if after {
            search.after_at
        } else {
            search.before_at
        };
        let length = (until - at).min(PIECE as u64) as usize;
        fill(self.source.as_ref(), at, length, buffer)?;
        let hits = &mut search.hits;
        let (list, line) = if after {
            (&mut hits.after, &mut hits.after_until)
        } else {
            (&mut hits.before, &mut hits.before_until)
        };
        // The line was looked at before, while it had no end.
        if list.last().is_some_and(|last| u64::from(*last) == *line) {
            list.pop();
        }
        let before = list.len();
        let next = match memchr::memrchr(b'\n', buffer) {
            Some(end) => {
                let part = &buffer[..=end];
                search.needle.lines_in(part, &mut |number| {
                    if let Ok(line) = u32::try_from(*line + number) {
                        list.push(line);
                    }
                });
                *line += memchr::memchr_iter(b'\n', part).count() as u64;
                at + end as u64 + 1
            }
            None => {
                // A line that is longer than a piece, or whose end was not read
                // yet: it is searched as far as it is shown.
                if search.needle.is_in(buffer)
                    && let Ok(line) = u32::try_from(*line)
                {
                    list.push(line);
                }
                match self.scan.index.start(*line + 1, self.source.as_ref())? {
                    Some(next) => {
                        *line += 1;
                        next
                    }
                    None => until,
                }
            }
        };
        let found = list.len() > before;
        if after {
            search.after_at = next;
        } else {
            search.before_at = next;
        }
        Ok(found)
    }

    /// Searches the last line, which has no end yet.
    fn search_last_line(&self, search: &mut Search, buffer: &mut Vec<u8>) -> io::Result<bool> {
        if self.size <= self.scan.index.bytes() || self.scan.is_open() {
            return Ok(false);
        }
        let at = self.scan.index.bytes();
        let length = (self.size - at).min(LONGEST_LINE as u64) as usize;
        fill(self.source.as_ref(), at, length, buffer)?;
        let line = self.scan.index.ends();
        let Ok(line) = u32::try_from(line) else {
            return Ok(false);
        };
        let found = search.needle.is_in(buffer) && search.hits.after.last() != Some(&line);
        if found {
            search.hits.after.push(line);
        }
        Ok(found)
    }
}
