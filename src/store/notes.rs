//! What people wrote: one file a note, replaced whole and synced at each save,
//! so that a crash costs at most what was typed since the last one.

use super::{Directory, Durability, directory::failure};
use crate::{
    domain::{Note, Text},
    error::{Error, Kind},
};

/// The notes of one data directory.
#[derive(Debug)]
pub struct Notes {
    /// None when there is none and none may be made.
    directory: Option<Directory>,
}

/// What is on the shelf: the notes, and words about files that are not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shelf {
    /// The notes, oldest first; drafts have `finished == false`.
    pub notes: Vec<Note>,
    /// One sentence for each file that could not be read. The files stay.
    pub unread: Vec<Text>,
}

impl Notes {
    /// Opens the notes of a data directory.
    ///
    /// # Errors
    /// When their directory cannot be made or opened.
    pub fn open(directory: &Directory) -> Result<Self, Error> {
        Ok(Self {
            directory: Some(directory.sub("notes")?),
        })
    }

    /// Opens the notes to read; nothing is made.
    ///
    /// # Errors
    /// When their directory is there and cannot be opened.
    pub fn open_to_read(directory: &Directory) -> Result<Self, Error> {
        Ok(Self {
            directory: directory.existing("notes")?,
        })
    }

    fn directory(&self) -> Result<&Directory, Error> {
        self.directory
            .as_ref()
            .ok_or_else(|| Error::new(Kind::Refused, "there is no directory for notes"))
    }

    /// Saves a note as it is now; returns when it is durable. A finished note
    /// is never turned back into a draft.
    ///
    /// # Errors
    /// When it cannot be written; what was saved before is still there.
    pub fn save(&self, note: &Note) -> Result<(), Error> {
        let (directory, name) = (self.directory()?, file_name(note)?);
        if !note.finished
            && let Some(old) = self.read(&name)?
            && old.finished
        {
            return Err(Error::new(
                Kind::Refused,
                "this note is finished: begin a new one to add to it",
            ));
        }
        let bytes = serde_json::to_vec(note)
            .map_err(|error| failure("write", &directory.path().join(&name), &error.into()))?;
        directory.replace(&name, &bytes, Durability::Synced)?;
        directory.sync()
    }

    /// Ends the typing: the note is saved for good and returned as it stands.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(&self, note: &Note) -> Result<Note, Error> {
        let note = Note {
            finished: true,
            ..note.clone()
        };
        self.save(&note)?;
        Ok(note)
    }

    /// Throws a draft away. A finished note stays.
    ///
    /// # Errors
    /// When it is finished or cannot be removed.
    pub fn discard(&self, note: &Note) -> Result<(), Error> {
        let name = file_name(note)?;
        if self.read(&name)?.is_some_and(|old| old.finished) {
            return Err(Error::new(Kind::Refused, "a finished note is kept"));
        }
        self.directory()?.remove(&name)
    }

    /// All notes, oldest first. A file that cannot be read costs itself alone.
    ///
    /// # Errors
    /// When the directory cannot be listed.
    pub fn list(&self) -> Result<Shelf, Error> {
        let mut found = Shelf::default();
        let Some(directory) = &self.directory else {
            return Ok(found);
        };
        for name in directory.names()? {
            match self.read(&name) {
                Ok(Some(note)) => found.notes.push(note),
                Ok(None) => {}
                Err(error) => found.unread.push(Text::new(&error.message)),
            }
        }
        found
            .notes
            .sort_by(|left, right| (left.at, &left.id).cmp(&(right.at, &right.id)));
        Ok(found)
    }

    fn read(&self, name: &str) -> Result<Option<Note>, Error> {
        let directory = self.directory()?;
        let Some(bytes) = directory.read(name)? else {
            return Ok(None);
        };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| failure("understand", &directory.path().join(name), &error.into()))
    }
}

/// The id becomes a file name, so it must look like one of ours.
fn file_name(note: &Note) -> Result<String, Error> {
    let id = note.id.as_str();
    let plain = id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if id.is_empty() || id.len() > 64 || !plain {
        return Err(Error::new(
            Kind::Refused,
            format!("`{id}` is not the id of a note"),
        ));
    }
    Ok(format!("{id}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn note(id: &str, second: i64, lines: &[&str]) -> Note {
        Note {
            id: id.into(),
            at: Timestamp::from_timestamp(1_700_000_000 + second, 0).unwrap_or_default(),
            author: "ana".into(),
            lines: lines.iter().map(|line| Text::new(line)).collect(),
            links: Vec::new(),
            finished: false,
        }
    }

    #[test]
    fn the_last_save_is_what_is_found_again() {
        let place = tempfile::tempdir().unwrap();
        let directory = Directory::open(place.path()).unwrap();
        let notes = Notes::open(&directory).unwrap();
        notes.save(&note("b", 2, &["che"])).unwrap();
        notes.save(&note("b", 2, &["checkout is", "bad"])).unwrap();
        notes.save(&note("a", 1, &["first"])).unwrap();
        // Another process, after a kill: nothing was closed in good order.
        let again = Notes::open(&Directory::open(place.path()).unwrap()).unwrap();
        let shelf = again.list().unwrap();
        assert_eq!(
            shelf.notes,
            [
                note("a", 1, &["first"]),
                note("b", 2, &["checkout is", "bad"])
            ]
        );
        assert!(shelf.unread.is_empty());
    }

    #[test]
    fn a_finished_note_stays_as_it_is() {
        let place = tempfile::tempdir().unwrap();
        let notes = Notes::open(&Directory::open(place.path()).unwrap()).unwrap();
        let done = notes.finish(&note("a", 1, &["done"])).unwrap();
        assert!(done.finished);
        assert!(notes.save(&note("a", 1, &[])).is_err());
        assert!(notes.discard(&note("a", 1, &[])).is_err());
        assert_eq!(notes.list().unwrap().notes, [done]);
    }

    #[test]
    fn a_damaged_file_costs_itself_and_is_said() {
        let place = tempfile::tempdir().unwrap();
        let notes = Notes::open(&Directory::open(place.path()).unwrap()).unwrap();
        notes.save(&note("a", 1, &["good"])).unwrap();
        std::fs::write(place.path().join("notes/b.json"), b"{half").unwrap();
        let shelf = notes.list().unwrap();
        assert_eq!(shelf.notes.len(), 1);
        assert!(shelf.unread[0].contains("b.json"), "{:?}", shelf.unread);
        assert!(place.path().join("notes/b.json").exists());
    }

    #[test]
    fn an_id_cannot_leave_the_directory() {
        let place = tempfile::tempdir().unwrap();
        let notes = Notes::open(&Directory::open(place.path()).unwrap()).unwrap();
        for id in ["", "../x", "a/b", ".hidden"] {
            assert!(notes.save(&note(id, 1, &[])).is_err(), "{id}");
        }
    }

    #[test]
    fn a_left_over_of_a_crash_is_not_a_note() {
        let place = tempfile::tempdir().unwrap();
        let notes = Notes::open(&Directory::open(place.path()).unwrap()).unwrap();
        std::fs::write(place.path().join("notes/.a.json.1-0.new"), b"{half").unwrap();
        assert_eq!(notes.list().unwrap(), Shelf::default());
    }
}
