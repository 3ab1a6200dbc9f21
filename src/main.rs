//! The start of the program.

use std::process::ExitCode;

fn main() -> color_eyre::Result<ExitCode> {
    // Reports of panics only: errors are said by the command line itself.
    color_eyre::config::HookBuilder::default()
        .display_env_section(false)
        .install()?;
    Ok(ExitCode::from(tminus::cli::run()))
}
