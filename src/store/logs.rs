//! The logs that somebody reads: one file each, which has no name any more once
//! it was made. Nobody else can open it, and the system gives its room back when
//! it is given up or the program ends, however that happens. See decisions/0012.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use rustix::fs::OFlags;

use super::Directory;
use crate::domain::Origin;

/// Logs that are kept at once.
const MOST: usize = 32;

/// Bytes that all of them may take together; the newest one may take more.
const MOST_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// How much is compared or written at once, in bytes.
const PIECE: usize = 256 * 1024;

/// One log.
#[derive(Clone)]
struct Log {
    job: Origin,
    edition: u64,
    bytes: u64,
    file: Arc<File>,
}

/// The logs of one running tminus.
pub struct Logs {
    below: PathBuf,
    /// The oldest first. Held for a moment only: the screen asks for files.
    kept: Mutex<Vec<Log>>,
    /// Who writes has the turn for as long as the disk takes.
    turn: Mutex<()>,
    editions: AtomicU64,
}

impl Logs {
    /// Logs whose files are made below a data directory, when they are needed.
    #[must_use]
    pub fn new(data: PathBuf) -> Self {
        Self {
            below: data,
            kept: Mutex::default(),
            turn: Mutex::default(),
            editions: AtomicU64::new(0),
        }
    }

    /// Puts bytes behind the first `from` of a job's log. Where fewer are kept
    /// nothing changes. Bytes from 0 on are the whole log: what differs from
    /// what is kept becomes a new edition. Gives edition and size.
    ///
    /// # Errors
    /// When no file can be made or written.
    pub fn put(&self, job: &Origin, from: u64, bytes: &[u8]) -> io::Result<(u64, u64)> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.logs().iter().find(|log| log.job == *job).cloned();
        let mut log = match known {
            Some(log) => log,
            None => self.make(job)?,
        };
        let written = self.write(&mut log, from, bytes);
        let told = (log.edition, log.bytes);
        let mut logs = self.logs();
        logs.retain(|log| log.job != *job);
        logs.push(log);
        while logs.len() > MOST
            || (logs.len() > 1 && logs.iter().map(|log| log.bytes).sum::<u64>() > MOST_BYTES)
        {
            logs.remove(0);
        }
        written?;
        Ok(told)
    }

    fn write(&self, log: &mut Log, from: u64, bytes: &[u8]) -> io::Result<()> {
        if from > log.bytes {
            return Ok(());
        }
        // What is there already is not written again.
        let known = (log.bytes - from).min(bytes.len() as u64) as usize;
        let shorter = from == 0 && log.bytes > bytes.len() as u64;
        let (old, new) = bytes.split_at(known);
        if shorter || !is_the_same(&log.file, from, old)? {
            if from > 0 {
                return Ok(());
            }
            *log = self.make(&log.job)?;
            return append(log, bytes);
        }
        append(log, new)
    }

    /// The file of a job's log, if it is kept. It never waits for the disk.
    #[must_use]
    pub fn file(&self, job: &Origin) -> Option<Arc<File>> {
        let logs = self.logs();
        let log = logs.iter().find(|log| log.job == *job)?;
        Some(Arc::clone(&log.file))
    }

    fn logs(&self) -> MutexGuard<'_, Vec<Log>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make(&self, job: &Origin) -> io::Result<Log> {
        let edition = self.editions.fetch_add(1, Ordering::Relaxed);
        let file = unnamed(&self.below, edition)?;
        Ok(Log {
            job: job.clone(),
            edition,
            bytes: 0,
            file: Arc::new(file),
        })
    }
}

/// A new file below the data directory that has no name.
///
/// # Errors
/// When it cannot be made.
pub fn unnamed(data: &std::path::Path, number: u64) -> io::Result<File> {
    let in_words = |error: crate::error::Error| io::Error::other(error.message);
    let directory = Directory::open(data)
        .and_then(|data| data.sub("logs"))
        .map_err(in_words)?;
    let name = format!("{}-{number}.log", std::process::id());
    // One that a crash left between the two calls below.
    directory.remove(&name).map_err(in_words)?;
    let file = directory
        .file(&name, OFlags::RDWR | OFlags::CREATE | OFlags::EXCL)
        .map_err(in_words)?;
    directory.remove(&name).map_err(in_words)?;
    file.ok_or_else(|| io::ErrorKind::NotFound.into())
}

fn append(log: &mut Log, bytes: &[u8]) -> io::Result<()> {
    for piece in bytes.chunks(PIECE) {
        log.file.write_all_at(piece, log.bytes)?;
        log.bytes += piece.len() as u64;
    }
    Ok(())
}

fn is_the_same(file: &File, from: u64, bytes: &[u8]) -> io::Result<bool> {
    let mut kept = vec![0; PIECE.min(bytes.len())];
    let mut at = from;
    for piece in bytes.chunks(PIECE) {
        let kept = kept.get_mut(..piece.len()).unwrap_or_default();
        file.read_exact_at(kept, at)?;
        if kept != piece {
            return Ok(false);
        }
        at += piece.len() as u64;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SourceId;

    fn job(key: &str) -> Origin {
        Origin::new(&SourceId::new("hub"), key)
    }

    fn content(logs: &Logs, job: &Origin) -> Vec<u8> {
        let file = logs.file(job).expect("it is kept");
        let mut bytes = vec![0; file.metadata().expect("a size").len() as usize];
        file.read_exact_at(&mut bytes, 0).expect("it can be read");
        bytes
    }

    #[test]
    fn a_log_grows_and_another_one_in_its_place_is_a_new_edition() {
        let place = tempfile::tempdir().expect("a directory");
        let logs = Logs::new(place.path().join("data"));
        let one = job("1");
        let (edition, bytes) = logs.put(&one, 0, b"ab\n").expect("written");
        assert_eq!(bytes, 3);
        let before = logs.file(&one).expect("it is kept");
        assert_eq!(logs.put(&one, 3, b"cd\n").expect("written"), (edition, 6));
        assert_eq!(
            logs.put(&one, 0, b"ab\ncd\nef\n").expect("written"),
            (edition, 9)
        );
        assert_eq!(content(&logs, &one), b"ab\ncd\nef\n");
        // What does not join is not taken.
        assert_eq!(logs.put(&one, 20, b"x").expect("passed over"), (edition, 9));
        assert_eq!(logs.put(&one, 3, b"XY").expect("passed over"), (edition, 9));
        let (other, bytes) = logs.put(&one, 0, b"xy").expect("written");
        assert!(other != edition && bytes == 2);
        assert_eq!(content(&logs, &one), b"xy");
        // Who reads the old one reads on.
        assert_eq!(before.metadata().expect("a size").len(), 9);
    }

    #[test]
    fn who_asks_for_a_file_does_not_wait_for_who_writes() {
        let place = tempfile::tempdir().expect("a directory");
        let logs = Logs::new(place.path().to_owned());
        logs.put(&job("1"), 0, b"ab").expect("written");
        // As while the disk is slow.
        let _writes = logs.turn.lock().expect("nobody writes");
        assert!(logs.file(&job("1")).is_some());
        assert!(logs.file(&job("2")).is_none());
    }

    #[test]
    fn no_log_has_a_name_and_the_oldest_one_goes_first() {
        let place = tempfile::tempdir().expect("a directory");
        let logs = Logs::new(place.path().to_owned());
        for number in 0..=MOST {
            logs.put(&job(&number.to_string()), 0, b"x")
                .expect("written");
        }
        assert!(logs.file(&job("0")).is_none());
        assert!(logs.file(&job("1")).is_some());
        let left = std::fs::read_dir(place.path().join("logs")).expect("a directory");
        assert_eq!(left.count(), 0);
    }
}
