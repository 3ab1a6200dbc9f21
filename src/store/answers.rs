//! What is kept word for word beside the journal, one file each, named by the
//! SHA-256 of its bytes: the vendors' answers, the files of the policies that
//! were asked, and what those were told. Journal entries name them, so that a changed file is
//! noticed and nothing has to be kept twice.

use super::{Directory, Durability, journal::digest};
use crate::error::{Error, Kind};

/// One such directory. It is made when the first file is kept.
#[derive(Clone, Copy, Debug)]
pub struct Answers<'a> {
    data: &'a Directory,
    place: &'static str,
}

impl<'a> Answers<'a> {
    /// What vendors answered. Nothing is read or made yet.
    #[must_use]
    pub fn of(data: &'a Directory) -> Self {
        Self {
            data,
            place: "answers",
        }
    }

    /// The files of policies that were asked, and what they were told.
    #[must_use]
    pub fn of_policies(data: &'a Directory) -> Self {
        Self {
            data,
            place: "policies",
        }
    }

    /// Keeps bytes, durably, and gives the name that they have from now on:
    /// their SHA-256 in hexadecimal digits.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn keep(&self, bytes: &[u8]) -> Result<String, Error> {
        self.keep_all([bytes])?;
        Ok(digest(bytes))
    }

    /// Keeps several, durably. What is there already is not written again.
    ///
    /// # Errors
    /// When one of them cannot be written.
    pub fn keep_all<'b>(&self, all: impl IntoIterator<Item = &'b [u8]>) -> Result<(), Error> {
        let place = self.data.sub(self.place)?;
        let mut new = false;
        for bytes in all {
            let name = digest(bytes);
            if place.read(&name)?.is_none_or(|there| there != bytes) {
                place.replace(&name, bytes, Durability::Synced)?;
                new = true;
            }
        }
        if new { place.sync() } else { Ok(()) }
    }

    /// The bytes of that name; none when they were never kept.
    ///
    /// # Errors
    /// When they cannot be read, or are not those that were kept.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        if name.len() != 64 || !name.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let Some(place) = self.data.existing(self.place)? else {
            return Ok(None);
        };
        let Some(bytes) = place.read(name)? else {
            return Ok(None);
        };
        if digest(&bytes) != name {
            return Err(Error::new(
                Kind::Refused,
                format!("the kept answer {name} was changed"),
            ));
        }
        Ok(Some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_found_by_its_digest_and_a_change_is_noticed() {
        let place = tempfile::tempdir().unwrap();
        let data = Directory::open(place.path()).unwrap();
        let answers = Answers::of(&data);
        assert_eq!(answers.read(&digest(b"x")).unwrap(), None);
        let name = answers.keep(b"{\"id\":7}").unwrap();
        assert_eq!(answers.keep(b"{\"id\":7}").unwrap(), name);
        assert_eq!(answers.read(&name).unwrap().unwrap(), b"{\"id\":7}");
        assert_eq!(answers.read("../journal.jsonl").unwrap(), None);
        std::fs::write(place.path().join("answers").join(&name), b"{\"id\":8}").unwrap();
        assert!(answers.read(&name).is_err());
        assert_eq!(answers.keep(b"{\"id\":7}").unwrap(), name);
        assert!(answers.read(&name).unwrap().is_some());
    }

    #[test]
    fn what_is_kept_already_is_not_written_again() {
        use std::os::unix::fs::MetadataExt as _;
        let place = tempfile::tempdir().unwrap();
        let data = Directory::open(place.path()).unwrap();
        let policies = Answers::of_policies(&data);
        let files: [&[u8]; 2] = [b"package a", b"package b"];
        policies.keep_all(files).unwrap();
        let inode = |bytes| {
            std::fs::metadata(place.path().join("policies").join(digest(bytes)))
                .unwrap()
                .ino()
        };
        let before = files.map(inode);
        policies
            .keep_all([files[0], files[1], b"package c"])
            .unwrap();
        assert_eq!(files.map(inode), before);
        assert_eq!(
            policies.read(&digest(b"package c")).unwrap().unwrap(),
            b"package c"
        );
    }
}
