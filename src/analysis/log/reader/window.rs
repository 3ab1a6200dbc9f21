//! The lines of a reader that are shown or copied.

use std::{io, ops::Range};

use super::{MOST_COPIED, MOST_SHOWN, Reader, Told};
use crate::analysis::log::{
    LONGEST_REPORT,
    line::{Kind, LONGEST_LINE, Line},
    source::fill,
};

impl Reader {
    /// Shows what is wanted, as far as it was read.
    pub(super) fn show(&mut self, told: &mut Vec<Told>) -> io::Result<()> {
        let Some(wanted) = self.wanted.clone() else {
            return Ok(());
        };
        let known = self.lines();
        let mut lines = Vec::new();
        let mut room = MOST_SHOWN;
        for range in &wanted {
            let range = range.start.min(known)..range.end.min(known);
            lines.extend(self.marked(&range, &mut room)?);
        }
        if self.is_read() || wanted.iter().all(|range| range.end <= known) {
            self.wanted = None;
        }
        told.push(Told::Lines(lines));
        Ok(())
    }

    /// Shows what was asked for and had not been read.
    pub(super) fn show_wanted(&mut self, told: &mut Vec<Told>) -> io::Result<()> {
        let known = self.lines();
        let ready = self
            .wanted
            .as_ref()
            .is_some_and(|wanted| wanted.iter().all(|range| range.end <= known));
        if ready || (self.wanted.is_some() && self.is_read()) {
            self.show(told)?;
        }
        Ok(())
    }

    /// Lines with their marks: an error's report begins above what is shown,
    /// perhaps.
    fn marked(&self, range: &Range<u64>, room: &mut usize) -> io::Result<Vec<Line>> {
        let from = range.start.saturating_sub(LONGEST_REPORT as u64 - 1);
        let mut lines = self.read_lines(&(from..range.end), *room)?;
        let read: usize = lines.iter().map(|line| line.text.text().len()).sum();
        *room = room.saturating_sub(read);
        let mut left = 0;
        for line in &mut lines {
            let reported = u32::try_from(line.number)
                .is_ok_and(|number| self.scan.reports().binary_search(&number).is_ok());
            if reported || line.kind == Kind::Error {
                line.kind = Kind::Error;
                left = LONGEST_REPORT - 1;
            } else if left > 0 && line.goes_on() {
                line.kind = Kind::Report;
                left -= 1;
            } else {
                left = 0;
            }
        }
        lines.retain(|line| line.number >= range.start);
        Ok(lines)
    }

    /// Reads lines, at most so many bytes of them, but always one.
    pub(super) fn read_lines(&self, range: &Range<u64>, most: usize) -> io::Result<Vec<Line>> {
        let source = self.source.as_ref();
        let mut lines = Vec::new();
        let Some(mut at) = self.scan.index.start(range.start, source)? else {
            return Ok(lines);
        };
        let (mut buffer, mut used, mut read) = (Vec::new(), 0, 0);
        let mut number = range.start;
        while number < range.end && at < self.size && (read < most || lines.is_empty()) {
            let rest = buffer.get(used..).unwrap_or_default();
            let mut end = memchr::memchr(b'\n', rest);
            if end.is_none() && rest.len() <= LONGEST_LINE {
                let length = (self.size - at).min(4 * LONGEST_LINE as u64) as usize;
                fill(source, at, length, &mut buffer)?;
                used = 0;
                end = memchr::memchr(b'\n', &buffer);
            }
            let rest = buffer.get(used..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            let next = match end {
                Some(end) => at + end as u64 + 1,
                None => self
                    .scan
                    .index
                    .start(number + 1, source)?
                    .unwrap_or(self.size),
            };
            let length = match end {
                Some(end) => end as u64,
                None if next == self.size => next - at,
                None => next - at - 1,
            };
            let shown = length.min(LONGEST_LINE as u64).min(rest.len() as u64) as usize;
            lines.push(Line::new(
                number,
                &rest[..shown],
                (length - shown as u64) as usize,
            ));
            read += shown;
            let step = (next - at) as usize;
            used = if step <= rest.len() {
                used + step
            } else {
                buffer.len()
            };
            at = next;
            number += 1;
        }
        Ok(lines)
    }

    pub(super) fn text(&self, lines: Range<u64>) -> io::Result<(String, u64)> {
        let lines = self.read_lines(&lines, MOST_COPIED)?;
        let texts: Vec<&str> = lines.iter().map(Line::shown).collect();
        Ok((texts.join("\n"), lines.len() as u64))
    }
}
