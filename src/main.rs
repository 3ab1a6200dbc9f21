//! The start of the program.

use std::process::ExitCode;

fn main() -> ExitCode {
    tminus::cli::report_panics();
    ExitCode::from(tminus::cli::run())
}
