//! What people write down.

use serde::{Deserialize, Serialize};

use super::{Origin, ServiceName, Text, Timestamp};

/// One note. It is stored at each pause in typing, before anybody else sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// Identity: a UUID of version 7.
    pub id: Text,
    /// When it was begun.
    pub at: Timestamp,
    /// Who wrote it (login name).
    pub author: Text,
    /// The lines of the note.
    pub lines: Vec<Text>,
    /// What it is about.
    pub links: Vec<NoteLink>,
    /// False while it is still being typed.
    pub finished: bool,
}

/// What a note is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoteLink {
    /// An incident.
    Incident(Origin),
    /// A service.
    Service(ServiceName),
    /// A release, by its id.
    Release(Text),
    /// A run.
    Run(Origin),
}
