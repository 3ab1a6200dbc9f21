//! The history of jobs and tests: how each ended, commit by commit.
//!
//! `history.jsonl` in the data directory: the first line names the format and
//! its version, each further one is an [`Outcome`]. Lines are only ever added
//! at the end, each batch in one write under a lock, so several tminus share
//! the file. What a crash left half written costs that line alone. It can be
//! lost: it is a memory of what the systems told, and what they still tell is
//! written again.
//!
//! It is bounded: once the file is longer than [`LONGEST`], what
//! the fold of the history would keep of it takes its
//! place; who opens the file for reading never sees a half of either.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::MetadataExt as _,
};

use rustix::fs::{FlockOperation, OFlags, flock};
use serde::{Deserialize, Serialize};

use super::{Directory, Durability, directory::failure};
use crate::{
    domain::Outcome,
    error::{Error, Kind},
};

const FILE: &str = "history.jsonl";
const LOCK: &str = "history.lock";
/// The format that is written here.
const VERSION: u32 = 1;
/// Above this length, in bytes, the file is made shorter.
pub const LONGEST: u64 = 8 * 1024 * 1024;
/// More than this is never read, in bytes.
const MOST_READ: u64 = 64 * 1024 * 1024;

/// The first line.
#[derive(Serialize, Deserialize)]
struct Head {
    format: String,
    version: u32,
}

/// The history in one data directory, as one process reads and adds to it.
#[derive(Debug)]
pub struct History {
    directory: Directory,
    longest: u64,
    /// Which file was read, and how far.
    read: Option<(u64, u64)>,
}

impl History {
    /// The history of a data directory. Nothing is made before the first
    /// outcome.
    ///
    /// # Errors
    /// When the directory cannot be opened.
    pub fn open(directory: &std::path::Path) -> Result<Self, Error> {
        Ok(Self {
            directory: Directory::open(directory)?,
            longest: LONGEST,
            read: None,
        })
    }

    /// What was added since the last call, whoever added it; at first all.
    ///
    /// # Errors
    /// When the file cannot be read, or a later tminus wrote it.
    pub fn news(&mut self) -> Result<Vec<Outcome>, Error> {
        let Some(mut file) = self.directory.file(FILE, OFlags::RDONLY)? else {
            return Ok(Vec::new());
        };
        self.news_of(&mut file)
    }

    fn news_of(&mut self, file: &mut File) -> Result<Vec<Outcome>, Error> {
        let wrong = |error| failure("read", &self.directory.path().join(FILE), &error);
        let place = file.metadata().map_err(wrong)?;
        let from = match self.read {
            Some((inode, until)) if inode == place.ino() && until <= place.len() => until,
            _ => 0,
        };
        file.seek(SeekFrom::Start(from)).map_err(wrong)?;
        let mut bytes = Vec::new();
        file.take(MOST_READ)
            .read_to_end(&mut bytes)
            .map_err(wrong)?;
        // What has no end yet is somebody's, or nobody's any more.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n');
        let whole = whole.map_or(0, |end| end + 1);
        bytes.truncate(whole);
        let mut lines = bytes.split(|byte| *byte == b'\n');
        if from == 0 && whole > 0 {
            let first = lines.next().unwrap_or_default();
            if let Ok(head) = serde_json::from_slice::<Head>(first)
                && head.version > VERSION
            {
                return Err(Error::new(
                    Kind::Refused,
                    format!(
                        "{} is of a later tminus (version {})",
                        self.directory.path().join(FILE).display(),
                        head.version
                    ),
                )
                .hint("use that one, or another directory with --data-dir"));
            }
        }
        self.read = Some((place.ino(), from + whole as u64));
        Ok(lines
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect())
    }

    /// Adds outcomes; gives what others added meanwhile. `keep` makes of all
    /// that the file holds what is worth keeping, and is asked when the file is
    /// too long.
    ///
    /// # Errors
    /// When they cannot be written; what was there is still there.
    pub fn add(
        &mut self,
        outcomes: &[Outcome],
        keep: impl FnOnce(Vec<Outcome>) -> Vec<Outcome>,
    ) -> Result<Vec<Outcome>, Error> {
        let path = self.directory.path().join(FILE);
        let wrong = |error| failure("write", &path, &error);
        let lock = self.lock()?;
        let flags = OFlags::RDWR | OFlags::APPEND | OFlags::CREATE;
        let mut file = self
            .directory
            .file(FILE, flags)?
            .ok_or_else(|| wrong(std::io::ErrorKind::NotFound.into()))?;
        let others = self.news_of(&mut file)?;
        let length = file.metadata().map_err(wrong)?.len();
        let mut bytes = Vec::new();
        if length == 0 {
            bytes = head()?;
        } else if !ends_a_line(&mut file).map_err(wrong)? {
            // A crash left half a line: it ends here and is passed over.
            bytes.push(b'\n');
        }
        lines(outcomes, &mut bytes)?;
        file.write_all(&bytes).map_err(wrong)?;
        let length = length + bytes.len() as u64;
        self.read = Some((file.metadata().map_err(wrong)?.ino(), length));
        if length > self.longest {
            self.shorten(keep)?;
        }
        let _ = flock(&lock, FlockOperation::Unlock);
        Ok(others)
    }

    /// Waits for the lock. It is held for as long as a write takes; a process
    /// that ends gives it back.
    fn lock(&self) -> Result<File, Error> {
        let path = self.directory.path().join(LOCK);
        let lock = self
            .directory
            .file(LOCK, OFlags::RDWR | OFlags::CREATE)?
            .ok_or_else(|| failure("open", &path, &std::io::ErrorKind::NotFound.into()))?;
        loop {
            match flock(&lock, FlockOperation::LockExclusive) {
                Ok(()) => return Ok(lock),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(failure("lock", &path, &error.into())),
            }
        }
    }

    fn shorten(&mut self, keep: impl FnOnce(Vec<Outcome>) -> Vec<Outcome>) -> Result<(), Error> {
        self.read = None;
        let mut kept = keep(self.news()?);
        let mut bytes = head()?;
        lines(&kept, &mut bytes)?;
        // What is worth keeping may be too much as well: then the oldest go.
        if bytes.len() as u64 > self.longest / 4 * 3 {
            kept.sort_by_key(|outcome| std::cmp::Reverse(outcome.at));
            let share = self.longest as f64 / 2.0 / bytes.len() as f64;
            kept.truncate((kept.len() as f64 * share) as usize);
            bytes = head()?;
            lines(&kept, &mut bytes)?;
        }
        self.directory.replace(FILE, &bytes, Durability::Cached)?;
        // Nothing in it is news.
        let file = self.directory.file(FILE, OFlags::RDONLY)?;
        self.read = file
            .and_then(|file| file.metadata().ok())
            .map(|place| (place.ino(), place.len()));
        Ok(())
    }
}

fn head() -> Result<Vec<u8>, Error> {
    let head = Head {
        format: "tminus history".to_owned(),
        version: VERSION,
    };
    let mut bytes = Vec::new();
    line(&head, &mut bytes)?;
    Ok(bytes)
}

fn lines(outcomes: &[Outcome], bytes: &mut Vec<u8>) -> Result<(), Error> {
    outcomes.iter().try_for_each(|outcome| line(outcome, bytes))
}

fn line(value: &impl Serialize, bytes: &mut Vec<u8>) -> Result<(), Error> {
    serde_json::to_writer(&mut *bytes, value).map_err(|error| {
        Error::new(
            Kind::Unknown,
            format!("an outcome cannot be written: {error}"),
        )
    })?;
    bytes.push(b'\n');
    Ok(())
}

fn ends_a_line(file: &mut File) -> std::io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == [b'\n'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Ended, Origin, SourceId, Subject, Text, Timestamp};

    fn outcome(number: u64) -> Outcome {
        Outcome {
            subject: Subject {
                service: "web".into(),
                workflow: "CI".into(),
                job: "e2e".into(),
                test: Text::default(),
            },
            at: Timestamp::from_timestamp(1_795_600_000 + number.cast_signed(), 0).unwrap(),
            run: Origin::new(&SourceId::new("ci"), &format!("runs/{number}")),
            number,
            attempt: 1,
            commit: "0123456789ab".into(),
            ended: Ended::Failed,
            class: Text::default(),
        }
    }

    fn all(outcomes: Vec<Outcome>) -> Vec<Outcome> {
        outcomes
    }

    #[test]
    fn two_processes_see_what_the_other_added_and_nothing_twice() {
        let place = tempfile::tempdir().unwrap();
        let mut one = History::open(place.path()).unwrap();
        let mut other = History::open(place.path()).unwrap();
        assert!(one.news().unwrap().is_empty());
        assert!(!place.path().join(FILE).exists());
        assert!(one.add(&[outcome(1)], all).unwrap().is_empty());
        assert_eq!(other.add(&[outcome(2)], all).unwrap(), [outcome(1)]);
        assert!(other.news().unwrap().is_empty());
        assert_eq!(one.news().unwrap(), [outcome(2)]);
        let mut third = History::open(place.path()).unwrap();
        assert_eq!(third.news().unwrap(), [outcome(1), outcome(2)]);
    }

    #[test]
    fn a_torn_end_costs_its_own_line_wherever_it_is_torn() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join(FILE);
        let mut history = History::open(place.path()).unwrap();
        history.add(&[outcome(1), outcome(2)], all).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let second = bytes.len() / 2 + 60;
        for cut in second..bytes.len() {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            let mut history = History::open(place.path()).unwrap();
            history.add(&[outcome(3)], all).unwrap();
            let mut after = History::open(place.path()).unwrap();
            let found = after.news().unwrap();
            // The second is whole only where nothing but its end is missing.
            let wanted = if cut + 1 == bytes.len() {
                vec![outcome(1), outcome(2), outcome(3)]
            } else {
                vec![outcome(1), outcome(3)]
            };
            assert_eq!(found, wanted, "cut at {cut} of {}", bytes.len());
        }
    }

    #[test]
    fn a_long_file_is_made_shorter_and_others_notice() {
        let place = tempfile::tempdir().unwrap();
        let mut one = History::open(place.path()).unwrap();
        one.longest = 20_000;
        let mut other = History::open(place.path()).unwrap();
        for number in 0..400 {
            one.add(&[outcome(number)], |found| {
                found.into_iter().rev().take(20).collect()
            })
            .unwrap();
            assert!(std::fs::metadata(place.path().join(FILE)).unwrap().len() <= 21_000);
            if number == 3 {
                assert_eq!(other.news().unwrap().len(), 4);
            }
        }
        let found = other.news().unwrap();
        assert!(found.contains(&outcome(399)));
        assert!(other.news().unwrap().is_empty());
        // Where nothing may go by itself, the oldest go.
        for number in 400..800 {
            one.add(&[outcome(number)], all).unwrap();
        }
        let mut third = History::open(place.path()).unwrap();
        let found = third.news().unwrap();
        assert!(found.contains(&outcome(799)) && !found.contains(&outcome(0)));
    }

    #[test]
    fn the_file_of_a_later_tminus_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let later = b"{\"format\":\"tminus history\",\"version\":2}\n{\"new\":1}\n";
        std::fs::write(place.path().join(FILE), later).unwrap();
        let mut history = History::open(place.path()).unwrap();
        assert!(history.news().unwrap_err().to_string().contains("later"));
        assert!(history.add(&[outcome(1)], all).is_err());
        assert_eq!(std::fs::read(place.path().join(FILE)).unwrap(), later);
    }

    #[test]
    fn many_writers_at_once_lose_nothing() {
        let place = tempfile::tempdir().unwrap();
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let path = place.path().to_owned();
                std::thread::spawn(move || {
                    let mut history = History::open(&path).unwrap();
                    for number in 0..50 {
                        history
                            .add(&[outcome(writer * 1_000 + number)], all)
                            .unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        let found = History::open(place.path()).unwrap().news().unwrap();
        assert_eq!(found.len(), 200);
    }
}
