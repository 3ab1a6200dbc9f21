//! The one place that prints. A closed pipe (`tminus status | head`) is a
//! reader that has seen enough, not an error.

use std::io::{self, Write as _};

use serde::Serialize;

use crate::error::{Error, Kind};

/// Prints text as it is.
///
/// # Errors
/// When standard output cannot be written, other than by a closed pipe.
pub fn text(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::new(
            Kind::Unknown,
            format!("cannot write to standard output: {error}"),
        )),
        _ => Ok(()),
    }
}

/// Prints a line.
///
/// # Errors
/// As [`text`].
pub fn line(line: &str) -> Result<(), Error> {
    text(&format!("{line}\n"))
}

/// Prints a value as JSON, with every control character and line separator
/// escaped, so that no outside text can act on a terminal.
///
/// # Errors
/// As [`text`].
pub fn json<T: Serialize>(value: &T) -> Result<(), Error> {
    let json = serde_json::to_string_pretty(value)
        .map_err(|error| Error::new(Kind::Unknown, format!("cannot write JSON: {error}")))?;
    line(&json)
}

/// Prints an error on standard error, as JSON too when that was asked for.
pub fn error(error: &Error) {
    // There is nowhere left to say that standard error is closed.
    let _ = writeln!(io::stderr(), "tminus: {error}");
}

/// Says something by the way, on standard error.
pub fn remark(remark: &str) {
    let _ = writeln!(io::stderr(), "tminus: {remark}");
}
