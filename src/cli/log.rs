//! `tminus log`: a file in the log view, without any outside system.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::Path,
};

use super::{args::Global, single_thread};
use crate::{
    config::{Config, ConfigOrigin},
    domain::Text,
    error::{Error, Kind},
    runtime::{LogFile, ScreenOptions, run},
    store::unnamed,
};

/// Opens a file, or with `-` standard input, in the log view. Nothing is kept:
/// what the screen needs lies in a directory that is gone afterwards.
///
/// # Errors
/// When the file cannot be read, or there is no terminal that can show it.
pub fn open(global: &Global, path: &Path) -> Result<u8, Error> {
    let directory = std::env::temp_dir().join(format!("tminus-log-{}", uuid::Uuid::now_v7()));
    let log = if path == Path::new("-") {
        DirBuilder::new()
            .mode(0o700)
            .create(&directory)
            .and_then(|()| taken_in(&directory))
            .map_err(|error| cannot("standard input", &error))?
    } else {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| cannot(&name, &error))?;
        let is_file = file.metadata().is_ok_and(|facts| facts.is_file());
        if !is_file {
            return Err(Error::new(
                Kind::Usage,
                format!("{} is not a regular file", Text::new(&name)),
            )
            .hint("give a file, or `-` for standard input"));
        }
        LogFile {
            file,
            name: Text::new(&name),
        }
    };
    let result = run(
        ScreenOptions {
            config: config(global)?,
            directory: directory.clone(),
            read_only: true,
            theme: global.theme.clone(),
            log: Some(log),
        },
        single_thread()?,
    );
    if directory.exists() {
        // Nothing of it is needed again; the system clears its temporary
        // directory anyway.
        let _ = fs::remove_dir_all(&directory);
    }
    Ok(u8::try_from(result?).unwrap_or(u8::MAX))
}

/// The person's colours and keys, and no system at all. A configuration that
/// cannot be read is no reason not to show a file.
fn config(global: &Global) -> Result<Config, Error> {
    let mut nothing = Config::nothing()?;
    nothing.operations.read_only = true;
    Ok(match Config::find(global.config.clone()) {
        Ok(own) if matches!(own.origin, ConfigOrigin::File(_)) => Config {
            ui: own.ui,
            keys: own.keys,
            ..nothing
        },
        Err(error) if global.config.is_some() => return Err(error),
        _ => nothing,
    })
}

/// Standard input in a file without a name, which grows while it comes.
fn taken_in(directory: &Path) -> io::Result<LogFile> {
    let file = unnamed(directory, 0)?;
    let mut into = file.try_clone()?;
    std::thread::Builder::new()
        .name("stdin".to_owned())
        .spawn(move || {
            // A full disk ends it; what came until then is shown.
            if let Err(error) = io::copy(&mut io::stdin().lock(), &mut into) {
                tracing::warn!(%error, "standard input was not taken in");
            }
        })?;
    Ok(LogFile {
        file,
        name: Text::new("standard input"),
    })
}

fn cannot(name: &str, error: &io::Error) -> Error {
    Error::new(
        Kind::Usage,
        format!("cannot read the log {}: {error}", Text::new(name)),
    )
    .hint("give a file, or `-` for standard input")
}
