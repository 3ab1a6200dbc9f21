//! What the journal is written on. The trait is the seam at which tests lose
//! power, fill the disk and tear writes.

use std::{
    fs::File,
    io::{self, Write},
    os::unix::fs::FileExt,
    path::PathBuf,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use rustix::fs::{FlockOperation, OFlags, flock};

use crate::{
    error::{Error, Kind},
    store::{Directory, Durability, directory::failure},
};

/// The two files of a journal: the lines and the head.
pub(crate) trait Medium: Send {
    /// Takes the one exclusive lock, shared by every tminus on these files.
    fn lock(&mut self) -> Result<(), Error>;

    /// Gives the lock back.
    fn unlock(&mut self);

    /// The head as it was last replaced; none when there never was one.
    fn head(&mut self) -> Result<Option<Vec<u8>>, Error>;

    /// Makes what will be the head durable beside it. Whatever may need room
    /// on the disk happens here.
    fn prepare_head(&mut self, bytes: &[u8]) -> Result<(), Error>;

    /// Puts what was prepared last in the head's place, never a part of it.
    fn take_head(&mut self) -> Result<(), Error>;

    /// Length of the lines in bytes; 0 when there are none.
    fn length(&mut self) -> Result<u64, Error>;

    /// Up to `at_most` bytes of the lines from an offset.
    fn read(&mut self, from: u64, at_most: usize) -> Result<Vec<u8>, Error>;

    /// Writes at the end. After an error a part may be there.
    fn append(&mut self, bytes: &[u8]) -> Result<(), Error>;

    /// Returns when what was appended is durable, its file's name too.
    fn sync(&mut self) -> Result<(), Error>;

    /// Cuts the lines at a length, durably.
    fn truncate(&mut self, length: u64) -> Result<(), Error>;

    /// Keeps bytes in a file of their own, durably, and says its name.
    fn set_aside(&mut self, bytes: &[u8]) -> Result<String, Error>;
}

const LINES: &str = "journal.jsonl";
const HEAD: &str = "journal.head";
/// The next head, until its entry is durable.
const NEXT_HEAD: &str = ".journal.head.next";
/// How long the lock is waited for. An append holds it for two syncs, so a
/// dozen processes that append at once have their turns within it.
const PATIENCE: Duration = Duration::from_secs(5);

/// The journal's files in a data directory.
pub(super) struct Disk {
    directory: Arc<Directory>,
    file: Option<File>,
    may_write: bool,
    /// Holds the lock where it had to be waited for.
    waited: Option<File>,
}

impl Disk {
    pub(super) fn new(directory: Arc<Directory>) -> Self {
        Self {
            directory,
            file: None,
            may_write: false,
            waited: None,
        }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join(LINES)
    }

    fn failure(&self, verb: &str, error: &std::io::Error) -> Error {
        failure(verb, &self.path(), error)
    }

    /// The file for reading; none when there is none yet.
    fn open(&mut self) -> Result<Option<&mut File>, Error> {
        if self.file.is_none() {
            self.file = self.directory.file(LINES, OFlags::RDONLY)?;
            self.may_write = false;
        }
        Ok(self.file.as_mut())
    }

    fn writable(&mut self) -> Result<&mut File, Error> {
        if self.file.is_none() || !self.may_write {
            let flags = OFlags::RDWR | OFlags::APPEND;
            self.file = self.directory.file(LINES, flags)?;
            if self.file.is_none() {
                self.file = self.directory.file(LINES, flags | OFlags::CREATE)?;
                // The name of a new file is durable only after this.
                self.directory.sync()?;
            }
            self.may_write = true;
        }
        let path = self.directory.path().join(LINES);
        self.file
            .as_mut()
            .ok_or_else(|| failure("open", &path, &std::io::ErrorKind::NotFound.into()))
    }
}

impl Disk {
    /// Waits in the kernel's queue, where asking again and again would starve
    /// beside a busy writer. The waiting has a description of its own: when it
    /// is given up, the lock that comes too late goes with it.
    fn wait(&self) -> Option<io::Result<File>> {
        let directory = Arc::clone(&self.directory);
        let (told, result) = mpsc::channel();
        thread::spawn(move || {
            let locked = directory
                .file(LINES, OFlags::RDWR)
                .map_err(|error| io::Error::other(error.message))
                .and_then(|file| file.ok_or_else(|| io::ErrorKind::NotFound.into()))
                .and_then(|file| {
                    loop {
                        match flock(&file, FlockOperation::LockExclusive) {
                            Ok(()) => return Ok(file),
                            Err(rustix::io::Errno::INTR) => {}
                            Err(error) => return Err(error.into()),
                        }
                    }
                });
            // Whoever gave up takes nothing: the file is closed here then.
            let _ = told.send(locked);
        });
        result.recv_timeout(PATIENCE).ok()
    }
}

impl Medium for Disk {
    fn lock(&mut self) -> Result<(), Error> {
        let path = self.path();
        let file = self.writable()?;
        match flock(&*file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(()),
            Err(rustix::io::Errno::WOULDBLOCK | rustix::io::Errno::INTR) => {}
            Err(error) => return Err(failure("lock", &path, &error.into())),
        }
        match self.wait() {
            Some(Ok(file)) => {
                self.waited = Some(file);
                Ok(())
            }
            Some(Err(error)) => Err(failure("lock", &path, &error)),
            None => Err(Error::new(
                Kind::Refused,
                format!("another program holds the lock of {}", path.display()),
            )
            .hint("wait until it is done, or look for a hanging tminus with `fuser`")),
        }
    }

    fn unlock(&mut self) {
        // The lock belongs to the description that took it.
        if let Some(file) = self.waited.take() {
            let _ = flock(&file, FlockOperation::Unlock);
        } else if let Some(file) = &self.file {
            let _ = flock(file, FlockOperation::Unlock);
        }
    }

    fn head(&mut self) -> Result<Option<Vec<u8>>, Error> {
        self.directory.read(HEAD)
    }

    fn prepare_head(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.directory.prepare(NEXT_HEAD, HEAD, bytes)
    }

    fn take_head(&mut self) -> Result<(), Error> {
        // The new name is not synced: after a power loss the old head may be
        // back, which is still true, only older.
        self.directory.rename(NEXT_HEAD, HEAD)
    }

    fn length(&mut self) -> Result<u64, Error> {
        let length = match self.open()? {
            Some(file) => file.metadata().map(|metadata| metadata.len()),
            None => Ok(0),
        };
        length.map_err(|error| self.failure("look at", &error))
    }

    fn read(&mut self, from: u64, at_most: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; at_most];
        let mut filled = 0;
        let Some(file) = self.open()? else {
            return Ok(Vec::new());
        };
        while filled < at_most {
            match file.read_at(&mut bytes[filled..], from + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failure("read", &error)),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let written = self.writable()?.write_all(bytes);
        written.map_err(|error| self.failure("write to", &error))
    }

    fn sync(&mut self) -> Result<(), Error> {
        let synced = self.writable()?.sync_data();
        synced.map_err(|error| self.failure("sync", &error))
    }

    fn truncate(&mut self, length: u64) -> Result<(), Error> {
        let file = self.writable()?;
        let cut = file.set_len(length).and_then(|()| file.sync_all());
        cut.map_err(|error| self.failure("cut", &error))
    }

    fn set_aside(&mut self, bytes: &[u8]) -> Result<String, Error> {
        let taken = self.directory.names()?;
        let number = taken
            .iter()
            .filter_map(|name| name.strip_prefix("journal-torn-")?.parse::<u64>().ok())
            .max()
            .map_or(1, |last| last.saturating_add(1));
        let name = format!("journal-torn-{number}");
        self.directory.write_new(&name, bytes, Durability::Synced)?;
        self.directory.sync()?;
        Ok(name)
    }
}
