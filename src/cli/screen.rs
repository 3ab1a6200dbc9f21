//! Opening the full screen.

use tokio::runtime::Runtime;

use super::{args::Global, context::data_directory, single_thread};
use crate::{
    config::Config,
    error::Error,
    runtime::{ScreenOptions, run},
};

/// `tminus`: the screen on the configuration or the checkout.
///
/// # Errors
/// When there is no configuration, or no terminal that can show it.
pub fn configured(global: &Global) -> Result<u8, Error> {
    open(
        global,
        Config::find(global.config.clone())?,
        single_thread()?,
    )
}

/// Opens the screen on a configuration.
///
/// # Errors
/// When there is no terminal that can show it, or a setting is wrong.
pub fn open(global: &Global, config: Config, runtime: Runtime) -> Result<u8, Error> {
    let status = run(
        ScreenOptions {
            directory: data_directory(global, Some(&config))?,
            read_only: global.read_only || config.operations.read_only,
            theme: global.theme.clone(),
            log: None,
            config,
        },
        runtime,
    )?;
    Ok(u8::try_from(status).unwrap_or(u8::MAX))
}
