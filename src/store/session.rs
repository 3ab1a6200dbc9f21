//! Which tminus is still alive: each one holds the lock of a file of its own
//! for as long as it runs. The kernel gives the lock back when the process
//! ends in whatever way, so a lock that can be had belongs to nobody.

use std::fs::File;

use rustix::fs::{FlockOperation, OFlags, flock};

use super::Directory;
use crate::error::Error;

/// The sign of life of one running tminus.
#[derive(Debug)]
pub struct Session {
    id: String,
    directory: Directory,
    _lock: File,
}

impl Session {
    /// Begins a session. `id` must be new, such as a UUID.
    ///
    /// # Errors
    /// When the file cannot be made or locked.
    pub fn begin(directory: &Directory, id: &str) -> Result<Self, Error> {
        let directory = directory.sub("sessions")?;
        let file = directory.file(id, OFlags::RDWR | OFlags::CREATE | OFlags::EXCL)?;
        let Some(file) = file else {
            return Err(super::directory::failure(
                "make",
                &directory.path().join(id),
                &std::io::ErrorKind::NotFound.into(),
            ));
        };
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|error| {
            super::directory::failure("lock", &directory.path().join(id), &error.into())
        })?;
        Ok(Self {
            id: id.to_owned(),
            directory,
            _lock: file,
        })
    }

    /// Its id, as journal entries carry it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether the tminus of this session still runs.
    #[must_use]
    pub fn is_alive(&self, id: &str) -> bool {
        id == self.id || holds_its_lock(&self.directory, id)
    }

    /// The same for somebody who has no session, such as a read-only tminus.
    #[must_use]
    pub fn is_alive_in(data: &Directory, id: &str) -> bool {
        match data.existing("sessions") {
            Ok(Some(directory)) => holds_its_lock(&directory, id),
            Ok(None) => false,
            Err(_) => true,
        }
    }

    /// Removes the files of sessions that ended without doing so themselves.
    pub fn tidy(&self) {
        for name in self.directory.names().unwrap_or_default() {
            if !self.is_alive(&name) {
                let _ = self.directory.remove(&name);
            }
        }
    }
}

/// A session that cannot be looked at counts as alive: leaving its operations
/// alone harms less than judging them.
fn holds_its_lock(directory: &Directory, id: &str) -> bool {
    if id.is_empty() || id.contains(['/', '\0']) || id.starts_with('.') {
        return false;
    }
    match directory.file(id, OFlags::RDONLY) {
        Ok(None) => false,
        Ok(Some(file)) => flock(&file, FlockOperation::NonBlockingLockShared).is_err(),
        Err(_) => true,
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.directory.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_lives_until_it_is_dropped() {
        let place = tempfile::tempdir().unwrap();
        let directory = Directory::open(place.path()).unwrap();
        let first = Session::begin(&directory, "first").unwrap();
        let second = Session::begin(&directory, "second").unwrap();
        assert!(second.is_alive("first") && second.is_alive("second"));
        assert!(!second.is_alive("third"));
        drop(first);
        assert!(!second.is_alive("first"));
    }

    #[test]
    fn a_killed_session_is_dead_and_tidied() {
        let place = tempfile::tempdir().unwrap();
        let directory = Directory::open(place.path()).unwrap();
        std::fs::create_dir_all(place.path().join("sessions")).unwrap();
        std::fs::set_permissions(
            place.path().join("sessions"),
            std::os::unix::fs::PermissionsExt::from_mode(0o700),
        )
        .unwrap();
        std::fs::write(place.path().join("sessions/killed"), b"").unwrap();
        let session = Session::begin(&directory, "new").unwrap();
        assert!(!session.is_alive("killed"));
        session.tidy();
        assert!(!place.path().join("sessions/killed").exists());
        assert!(place.path().join("sessions/new").exists());
    }
}
