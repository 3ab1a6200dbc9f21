//! `tminus release notes`.

use std::path::Path;

use super::Room;
use crate::{
    analysis::releases::notes::Template,
    cli::print,
    domain::NoteLink,
    error::{Error, Kind},
    runtime::now,
};

pub(super) fn run(
    room: &Room<'_>,
    id: &str,
    template: Template,
    out: Option<&Path>,
) -> Result<(), Error> {
    let release = room.release(id)?;
    let notes = room
        .model
        .release_notes(release, template, now())
        .map_err(|why| Error::new(Kind::Unknown, why))?;
    write(&notes.text, out)?;
    if notes.unknown.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = notes
        .unknown
        .iter()
        .map(crate::domain::ServiceName::as_str)
        .collect();
    Err(Error::new(
        Kind::Unknown,
        format!("what changed is not known of {}", names.join(", ")),
    )
    .hint("the notes say so where it belongs; `tminus doctor` says what does not answer"))
}

/// The notes as somebody went over them on the screen.
pub(super) fn edited(room: &Room<'_>, id: &str, out: Option<&Path>) -> Result<(), Error> {
    let release = room.release(id)?;
    let about = |link: &NoteLink| matches!(link, NoteLink::Release(id) if id == &release.id);
    let note = room
        .model
        .notes()
        .into_iter()
        .rev()
        .filter(|note| note.finished && note.links.iter().any(about))
        .find(|note| {
            note.lines
                .first()
                .is_some_and(|line| line.starts_with("# "))
        })
        .ok_or_else(|| {
            Error::new(
                Kind::Refused,
                format!("nobody finished notes of {id} on the screen"),
            )
            .hint("open the release with `i`, press `n`, go over them, finish with ctrl-s")
        })?;
    let mut text = String::new();
    for line in &note.lines {
        text.push_str(line);
        text.push('\n');
    }
    write(&text, out)
}

fn write(text: &str, out: Option<&Path>) -> Result<(), Error> {
    let Some(path) = out else {
        return print::text(text);
    };
    std::fs::write(path, text).map_err(|error| {
        Error::new(
            Kind::Refused,
            format!("cannot write {}: {error}", path.display()),
        )
    })
}
