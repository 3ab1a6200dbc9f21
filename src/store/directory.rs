//! The data directory: every file of the store is opened through one handle,
//! never through a path that somebody could swap.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Read, Write},
    os::{
        fd::{AsFd, OwnedFd},
        unix::ffi::OsStrExt,
        unix::fs::DirBuilderExt,
    },
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags};

use crate::error::{Error, Kind};

/// Whether a write must survive a power loss before it is reported as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Synced to the disk, its name too.
    Synced,
    /// Whole or not there, but perhaps lost: for what can be made again.
    Cached,
}

/// One directory that only its owner may read.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    handle: OwnedFd,
}

impl Directory {
    /// Opens the directory and makes it, with mode 0700, when it is not there.
    ///
    /// # Errors
    /// When it cannot be made or opened, belongs to somebody else, or others
    /// may write to it.
    pub fn open(path: &Path) -> Result<Self, Error> {
        if let Err(error) = std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            && !path.is_dir()
        {
            return Err(failure("make the data directory", path, &error));
        }
        let handle = fs::open(
            path,
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .map_err(|error| failure("open the data directory", path, &error.into()))?;
        refuse_strangers(&handle, path)?;
        Ok(Self {
            path: path.to_owned(),
            handle,
        })
    }

    /// Opens a directory inside this one and makes it when it is not there.
    ///
    /// # Errors
    /// As for [`Directory::open`]; a symbolic link is refused too.
    pub fn sub(&self, name: &str) -> Result<Self, Error> {
        if let Some(directory) = self.existing(name)? {
            return Ok(directory);
        }
        let path = self.path.join(name);
        match fs::mkdirat(&self.handle, name, Mode::from_raw_mode(0o700)) {
            Ok(()) => self.sync()?,
            Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(failure("make the directory", &path, &error.into())),
        }
        self.existing(name)?
            .ok_or_else(|| failure("open the directory", &path, &io::ErrorKind::NotFound.into()))
    }

    /// Opens a directory inside this one; none when it is not there.
    ///
    /// # Errors
    /// When it is there and cannot be opened, or may not be trusted.
    pub fn existing(&self, name: &str) -> Result<Option<Self>, Error> {
        let path = self.path.join(name);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match fs::openat(&self.handle, name, flags, Mode::empty()) {
            Ok(handle) => {
                refuse_strangers(&handle, &path)?;
                Ok(Some(Self { path, handle }))
            }
            Err(rustix::io::Errno::NOENT) => Ok(None),
            Err(error) => Err(failure("open the directory", &path, &error.into())),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a file of this directory. A symbolic link, a file of somebody
    /// else or one that others may write to is refused.
    ///
    /// # Errors
    /// None when the file is not there and `flags` do not make it.
    pub(super) fn file(&self, name: &str, flags: OFlags) -> Result<Option<File>, Error> {
        let path = self.path.join(name);
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        match fs::openat(&self.handle, name, flags, Mode::from_raw_mode(0o600)) {
            Ok(handle) => {
                refuse_strangers(&handle, &path)?;
                Ok(Some(File::from(handle)))
            }
            Err(rustix::io::Errno::NOENT) if !flags.contains(OFlags::CREATE) => Ok(None),
            Err(error) => Err(failure("open", &path, &error.into())),
        }
    }

    /// The whole content of a file; none when it is not there.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let Some(mut file) = self.file(name, OFlags::RDONLY)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)
            .map_err(|error| failure("read", &self.path.join(name), &error))?;
        Ok(Some(bytes))
    }

    /// Puts `bytes` in the place of the file, whole: a reader sees the old or
    /// the new content, never a part.
    ///
    /// # Errors
    /// When it cannot be written; the old content is still there then.
    pub fn replace(&self, name: &str, bytes: &[u8], durability: Durability) -> Result<(), Error> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let temporary = format!(".{name}.{}-{number}.new", std::process::id());
        let written = self
            .write_new_called(&temporary, name, bytes, durability)
            .and_then(|()| {
                fs::renameat(&self.handle, &temporary, &self.handle, name)
                    .map_err(|error| failure("replace", &self.path.join(name), &error.into()))
            });
        if written.is_err() {
            let _ = fs::unlinkat(&self.handle, &temporary, AtFlags::empty());
        }
        written
    }

    /// Writes a file anew, durably, that will take the place of another one.
    /// Whoever calls this holds a lock: two writers would mix their bytes.
    ///
    /// # Errors
    /// When it cannot be written; they call it by the name that it will get.
    pub(super) fn prepare(&self, name: &str, called: &str, bytes: &[u8]) -> Result<(), Error> {
        let Some(mut file) = self.file(name, OFlags::WRONLY | OFlags::CREATE)? else {
            return Ok(());
        };
        file.set_len(0)
            .and_then(|()| file.write_all(bytes))
            .and_then(|()| file.sync_all())
            .map_err(|error| failure("write", &self.path.join(called), &error))
    }

    /// Gives a file the name of another one, whose place it takes.
    ///
    /// # Errors
    /// When it cannot; both are as they were then.
    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), Error> {
        fs::renameat(&self.handle, from, &self.handle, to)
            .map_err(|error| failure("replace", &self.path.join(to), &error.into()))
    }

    /// Makes a file that must not be there yet.
    ///
    /// # Errors
    /// When it is there already or cannot be written.
    pub(super) fn write_new(
        &self,
        name: &str,
        bytes: &[u8],
        durability: Durability,
    ) -> Result<(), Error> {
        self.write_new_called(name, name, bytes, durability)
    }

    /// The same; errors of writing call it by the name that it will get.
    fn write_new_called(
        &self,
        name: &str,
        called: &str,
        bytes: &[u8],
        durability: Durability,
    ) -> Result<(), Error> {
        let path = self.path.join(called);
        let Some(mut file) = self.file(name, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)?
        else {
            return Ok(());
        };
        file.write_all(bytes)
            .and_then(|()| match durability {
                Durability::Synced => file.sync_all(),
                Durability::Cached => Ok(()),
            })
            .map_err(|error| failure("write", &path, &error))
    }

    /// Removes a file; one that is not there is no error.
    ///
    /// # Errors
    /// When it is there and cannot be removed.
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        match fs::unlinkat(&self.handle, name, AtFlags::empty()) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(error) => Err(failure("remove", &self.path.join(name), &error.into())),
        }
    }

    /// The names of its files, sorted.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        let wrong = |error: rustix::io::Errno| failure("list", &self.path, &error.into());
        let mut names = Vec::new();
        for entry in fs::Dir::read_from(&self.handle).map_err(wrong)? {
            let entry = entry.map_err(wrong)?;
            if let Some(name) = OsStr::from_bytes(entry.file_name().to_bytes()).to_str()
                && !name.starts_with('.')
            {
                names.push(name.to_owned());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Makes the names of new and renamed files durable.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn sync(&self) -> Result<(), Error> {
        fs::fsync(&self.handle).map_err(|error| failure("sync", &self.path, &error.into()))
    }
}

/// Whatever others could have put there is not ours to trust.
fn refuse_strangers(handle: &impl AsFd, path: &Path) -> Result<(), Error> {
    let stat = fs::fstat(handle).map_err(|error| failure("look at", path, &error.into()))?;
    let kind = FileType::from_raw_mode(stat.st_mode);
    if kind != FileType::RegularFile && kind != FileType::Directory {
        return Err(Error::new(
            Kind::Usage,
            format!("{} is not a regular file", path.display()),
        )
        .hint("choose another data directory with --data-dir"));
    }
    if stat.st_uid != rustix::process::geteuid().as_raw() {
        return Err(Error::new(
            Kind::Usage,
            format!("{} belongs to somebody else", path.display()),
        )
        .hint("choose a directory of your own with --data-dir"));
    }
    if stat.st_mode & 0o022 != 0 {
        return Err(Error::new(
            Kind::Usage,
            format!("others may write to {}", path.display()),
        )
        .hint(format!("chmod go-w '{}'", path.display())));
    }
    Ok(())
}

/// An error for people about a path.
pub(super) fn failure(verb: &str, path: &Path, error: &io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "the disk is full: make room and try again"
        }
        io::ErrorKind::FileTooLarge => "the limit on the size of files is reached: see `ulimit -f`",
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            "give yourself the right to write there, or choose another directory with --data-dir"
        }
        _ => "",
    };
    Error::new(
        Kind::Refused,
        format!("cannot {verb} {}: {error}", path.display()),
    )
    .hint(hint)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_new_directory_and_its_files_are_the_owners_alone() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a/b");
        let directory = Directory::open(&path).unwrap();
        directory.replace("x", b"1", Durability::Synced).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join("x")), 0o600);
        assert_eq!(directory.names().unwrap(), ["x"]);
    }

    #[test]
    fn a_directory_that_others_may_write_to_is_refused_with_the_cure() {
        let place = tempfile::tempdir().unwrap();
        std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o770)).unwrap();
        let error = Directory::open(place.path()).unwrap_err();
        assert!(error.hint.starts_with("chmod go-w"), "{error}");
    }

    #[test]
    fn a_symbolic_link_is_never_followed() {
        let place = tempfile::tempdir().unwrap();
        let directory = Directory::open(place.path()).unwrap();
        std::fs::write(place.path().join("real"), b"secret").unwrap();
        std::os::unix::fs::symlink("real", place.path().join("link")).unwrap();
        assert!(directory.read("link").is_err());
        directory
            .replace("link", b"new", Durability::Cached)
            .unwrap();
        assert_eq!(std::fs::read(place.path().join("real")).unwrap(), b"secret");
    }

    #[test]
    fn a_pipe_in_the_place_of_a_file_does_not_hang() {
        let place = tempfile::tempdir().unwrap();
        let directory = Directory::open(place.path()).unwrap();
        fs::mkfifoat(&directory.handle, "pipe", Mode::from_raw_mode(0o600)).unwrap();
        assert!(directory.read("pipe").is_err());
    }
}
