//! Groups of lines that CI systems mark so that a browser can fold them.

/// One group, from its title on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// The line of the title.
    pub title: u64,
    /// The last line that is folded away; the title's own line where nothing is.
    pub last: u64,
}

/// The most groups of one log that can be folded.
const MOST: usize = 50_000;

/// The deepest nesting that is followed.
const DEEPEST: usize = 200;

/// A group that has no end yet.
#[derive(Clone, Debug)]
struct Open {
    title: u64,
    /// By what it is closed.
    by: Mark,
}

/// What opens and closes a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// `##[group]` and `##[endgroup]`.
    Command,
    /// `section_start:TIME:NAME` and `section_end:TIME:NAME`.
    Section(Vec<u8>),
    /// `[Pipeline] {` and `[Pipeline] }`.
    Block,
}

/// The groups of a log that is read from its start.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    closed: Vec<Group>,
    open: Vec<Open>,
}

impl Groups {
    /// Reads one line that may hold marks.
    pub(super) fn line(&mut self, number: u64, searched: &[u8]) {
        if searched.starts_with(b"##[group]") {
            self.opens(number, Mark::Command);
        } else if searched.starts_with(b"##[endgroup]") {
            self.closes(&Mark::Command, number);
        } else if searched.starts_with(b"[Pipeline] {") {
            self.opens(number, Mark::Block);
        } else if searched.starts_with(b"[Pipeline] }") {
            self.closes(&Mark::Block, number);
        } else {
            self.sections(number, searched);
        }
    }

    /// Marks of sections stand before the words, several of them on one line.
    fn sections(&mut self, number: u64, searched: &[u8]) {
        let mut rest = searched;
        let opens_here = memchr::memmem::find(rest, b"section_start:").is_some();
        while let Some((opens, name, after)) = section(rest) {
            let mark = Mark::Section(name.to_vec());
            if opens {
                self.opens(number, mark);
            } else {
                // The title of the next group is not folded away with this one.
                let last = if opens_here {
                    number.saturating_sub(1)
                } else {
                    number
                };
                self.closes(&mark, last);
            }
            rest = after;
        }
    }

    fn opens(&mut self, title: u64, by: Mark) {
        // The first kind does not nest: a new one ends the one before.
        if by == Mark::Command {
            self.closes(&by, title.saturating_sub(1));
        }
        if self.open.len() < DEEPEST {
            self.open.push(Open { title, by });
        }
    }

    fn closes(&mut self, mark: &Mark, last: u64) {
        let Some(place) = self.open.iter().rposition(|open| open.by == *mark) else {
            return;
        };
        // What was opened inside and never closed ends here too.
        for open in self.open.drain(place..) {
            if self.closed.len() < MOST && last >= open.title {
                self.closed.push(Group {
                    title: open.title,
                    last,
                });
            }
        }
    }

    /// All groups in the order of their titles, one for each title: the
    /// outermost. Those without an end reach to `end`, the last line.
    #[must_use]
    pub fn all(&self, end: u64) -> Vec<Group> {
        let mut all = self.closed.clone();
        all.extend(self.open.iter().map(|open| Group {
            title: open.title,
            last: end.max(open.title),
        }));
        all.sort_by_key(|group| (group.title, std::cmp::Reverse(group.last)));
        all.dedup_by_key(|group| group.title);
        all
    }
}

/// The mark of a section at the start: whether it opens one, the section's
/// name, and what comes after the mark.
fn section(line: &[u8]) -> Option<(bool, &[u8], &[u8])> {
    let (opens, rest) = if let Some(rest) = line.strip_prefix(b"section_start:") {
        (true, rest)
    } else {
        (false, line.strip_prefix(b"section_end:")?)
    };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || rest.get(digits) != Some(&b':') {
        return None;
    }
    let rest = rest.get(digits + 1..)?;
    let end = memchr::memchr(b'\r', rest).unwrap_or(rest.len());
    let name = rest.get(..end)?;
    // Options such as `[collapsed=true]` are no part of the name.
    let name = name.split(|byte| *byte == b'[').next().unwrap_or_default();
    let after = rest.get(end + 1..).unwrap_or_default();
    Some((opens, name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(log: &str) -> Vec<(u64, u64)> {
        let mut groups = Groups::default();
        for (number, line) in log.split('\n').enumerate() {
            groups.line(
                number as u64,
                &super::super::line::searched(line.as_bytes()),
            );
        }
        let end = log.split('\n').count() as u64 - 1;
        groups
            .all(end)
            .iter()
            .map(|group| (group.title, group.last))
            .collect()
    }

    #[test]
    fn the_marks_of_three_systems_are_known() {
        let log = "2026-11-22T06:58:52Z ##[group]Run make\na\n2026-11-22T06:58:52Z ##[endgroup]\nb";
        assert_eq!(groups(log), [(0, 2)]);
        let log = "section_start:1:prepare[collapsed=true]\r\x1b[0KPrepare\na\n\
                   section_end:2:prepare\r\x1b[0Ksection_start:2:build\r\x1b[0KBuild\nb\n\
                   section_end:3:build\r\x1b[0K\nc";
        assert_eq!(groups(log), [(0, 1), (2, 4)]);
        let log = "[Pipeline] stage\n[Pipeline] { (Build)\n[Pipeline] sh\n[Pipeline] {\nx\n\
                   [Pipeline] }\n[Pipeline] }\nend";
        assert_eq!(groups(log), [(1, 6), (3, 5)]);
    }

    #[test]
    fn broken_marks_fold_nothing_that_is_not_there() {
        assert_eq!(groups("##[endgroup]\na"), []);
        assert_eq!(groups("##[group]a\nb\n##[group]c\nd"), [(0, 1), (2, 3)]);
        assert_eq!(groups("section_end:x:y\nsection_start::z\na ##[group]"), []);
        assert_eq!(
            groups("section_start:1:a\r\nsection_start:1:b\r\nsection_end:2:a\r\nz"),
            [(0, 2), (1, 2)]
        );
    }
}
