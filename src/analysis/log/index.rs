//! Which line begins where, without a place for each line: how many lines end
//! before each block of 64 KiB. A log of a gigabyte takes 128 KiB of memory, and
//! finding a line reads one block. A line that is longer than many blocks costs
//! nothing more.

use std::io;

use super::source::{Source, fill};

/// Bytes of a block.
pub const BLOCK: u64 = 64 * 1024;

/// The index of the first bytes of a log.
#[derive(Clone, Debug)]
pub struct Index {
    /// Line ends before each block that was begun.
    before: Vec<u64>,
    /// How many bytes were read.
    bytes: u64,
    /// How many line ends they hold.
    ends: u64,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            before: vec![0],
            bytes: 0,
            ends: 0,
        }
    }
}

impl Index {
    /// Bytes that were read so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Line ends in them.
    pub fn ends(&self) -> u64 {
        self.ends
    }

    /// The bytes that come next.
    pub fn extend(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = (BLOCK - self.bytes % BLOCK) as usize;
            let (part, rest) = bytes.split_at(room.min(bytes.len()));
            self.ends += memchr::memchr_iter(b'\n', part).count() as u64;
            self.bytes += part.len() as u64;
            if self.bytes.is_multiple_of(BLOCK) {
                self.before.push(self.ends);
            }
            bytes = rest;
        }
    }

    /// Where a line begins, lines counted from 0; none when that line did not
    /// begin in the bytes that were read.
    ///
    /// # Errors
    /// When the block cannot be read.
    pub fn start(&self, line: u64, source: &dyn Source) -> io::Result<Option<u64>> {
        let Some(end) = line.checked_sub(1) else {
            return Ok(Some(0));
        };
        if end >= self.ends {
            return Ok(None);
        }
        let block = self.before.partition_point(|before| *before <= end) - 1;
        let offset = block as u64 * BLOCK;
        let mut bytes = Vec::new();
        fill(
            source,
            offset,
            BLOCK.min(self.bytes - offset) as usize,
            &mut bytes,
        )?;
        let inside = end - self.before.get(block).copied().unwrap_or_default();
        Ok(memchr::memchr_iter(b'\n', &bytes)
            .nth(inside as usize)
            .map(|place| offset + place as u64 + 1))
    }

    /// The line that holds a byte, counted from 0.
    ///
    /// # Errors
    /// When the block cannot be read.
    pub fn line_at(&self, offset: u64, source: &dyn Source) -> io::Result<u64> {
        let offset = offset.min(self.bytes);
        let block = (offset / BLOCK) as usize;
        let before = self.before.get(block).copied().unwrap_or(self.ends);
        let begin = block as u64 * BLOCK;
        let mut bytes = Vec::new();
        fill(source, begin, (offset - begin) as usize, &mut bytes)?;
        Ok(before + memchr::memchr_iter(b'\n', &bytes).count() as u64)
    }
}
