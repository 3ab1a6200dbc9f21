//! `tminus release notes`.

use std::path::Path;

use super::Room;
use crate::{
    analysis::releases::notes::Template,
    cli::print,
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
    match out {
        None => print::text(&notes.text)?,
        Some(path) => {
            std::fs::write(path, &notes.text).map_err(|error| {
                Error::new(
                    Kind::Refused,
                    format!("cannot write {}: {error}", path.display()),
                )
            })?;
        }
    }
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
