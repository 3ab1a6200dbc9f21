//! `tminus sim` and `tminus demo`: the simulator alone, or with the screen.

use std::{
    fs,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};

use super::{
    args::{Global, World},
    print, screen, single_thread,
};
use crate::{
    config::Config,
    error::{Error, Kind},
    simulator::{self, Options},
};

impl From<World> for Options {
    fn from(world: World) -> Self {
        Self {
            scenario: world.scenario,
            seed: world.seed,
            speed: world.speed,
        }
    }
}

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// When there is no such scenario, the directory cannot be written, or no port
/// is free.
pub fn sim(directory: &Path, world: World) -> Result<(), Error> {
    check(&world)?;
    let mut signals =
        Signals::new([SIGTERM, SIGINT]).map_err(|error| cannot("listen for signals", &error))?;
    single_thread()?.block_on(async {
        make_directory(directory)?;
        let running = simulator::start(world.into()).await?;
        running.write_files(&absolute(directory)?)?;
        print::line("ready")?;
        let wait = tokio::task::spawn_blocking(move || signals.forever().next());
        // The thread ends with a signal; that it panicked would end us, too.
        let _ = wait.await;
        running.shutdown().await;
        Ok(())
    })
}

/// Plays a rehearsal on the screen. Journal and notes of a rehearsal never
/// mix with real ones: they live in a directory of their own, which is removed
/// at the end unless one was named.
///
/// # Errors
/// As [`sim`], and when the screen cannot be opened.
pub fn demo(global: &Global, world: World) -> Result<u8, Error> {
    check(&world)?;
    let temporary = std::env::temp_dir().join(format!("tminus-demo-{}", uuid::Uuid::now_v7()));
    let directory = global.data_dir.clone().unwrap_or_else(|| temporary.clone());
    make_directory(&directory)?;
    let company = directory.join("company");
    make_directory(&company)?;
    let runtime = single_thread()?;
    let running = runtime.block_on(simulator::start(world.into()))?;
    running.write_files(&absolute(&company)?)?;
    let config = Config::find(Some(company.join("tminus.toml")))?;
    let mut global = global.clone();
    global.data_dir = Some(directory);
    let result = screen::open(&global, config, runtime);
    drop(running);
    if temporary.exists() {
        // Nothing of it is needed again; the system clears its temporary
        // directory anyway.
        let _ = fs::remove_dir_all(&temporary);
    }
    result
}

fn check(world: &World) -> Result<(), Error> {
    if world.speed.is_finite() && world.speed > 0.0 && world.speed <= 1000.0 {
        Ok(())
    } else {
        Err(Error::new(
            Kind::Usage,
            "--speed takes a number above 0 and at most 1000",
        ))
    }
}

fn make_directory(directory: &Path) -> Result<(), Error> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|error| cannot(&format!("make {}", directory.display()), &error))
}

fn absolute(directory: &Path) -> Result<PathBuf, Error> {
    directory
        .canonicalize()
        .map_err(|error| cannot(&format!("find {}", directory.display()), &error))
}

fn cannot(what: &str, error: &std::io::Error) -> Error {
    Error::new(Kind::Usage, format!("cannot {what}: {error}"))
}
