//! One file per group of subcommands. Whatever can be seen or done on the
//! screen can be seen or done here too.

mod again;
pub mod args;
mod calendar;
mod canary;
mod context;
mod countersign;
mod documents;
mod evidence;
mod flaky;
mod freeze;
mod init;
mod journal;
mod keys;
mod log;
mod look;
mod operate;
mod panics;
mod people;
mod policy;
mod print;
mod rehearsal;
mod release;
mod report;
mod rollback;
mod screen;
mod snapshot;
mod triage;
mod verify;

use clap::Parser as _;
use tokio::runtime::{Builder, Runtime};

pub use self::panics::report_panics;

use self::args::{CanaryCommand, Cli, Command, ConfigCommand, PolicyCommand};
use crate::error::{Error, Kind};

/// Runs what the command line says and gives the exit status.
#[must_use]
pub fn run() -> u8 {
    let cli = Cli::parse();
    start_log();
    match dispatch(cli) {
        Ok(status) => status,
        Err(error) => {
            print::error(&error);
            error.kind.exit_status()
        }
    }
}

fn dispatch(cli: Cli) -> Result<u8, Error> {
    let global = cli.global;
    match cli.command {
        None => return screen::configured(&global),
        Some(Command::Demo(world)) => return rehearsal::demo(&global, world),
        Some(Command::Sim { dir, world }) => rehearsal::sim(&dir, world),
        Some(Command::Status) => look::status(&global),
        Some(Command::Approvals) => look::approvals(&global),
        Some(Command::Approve(answer)) => operate::answer(&global, &answer, true),
        Some(Command::Decline(answer)) => operate::answer(&global, &answer, false),
        Some(Command::Rollback(rollback)) => rollback::run(&global, &rollback),
        Some(Command::Countersign(what)) => countersign::run(&global, &what),
        Some(Command::Withdraw { id }) => countersign::withdraw(&global, &id),
        Some(Command::Proposals { countersigned }) => {
            countersign::proposals(&global, countersigned.as_deref())
        }
        Some(Command::Ack { id, yes }) => operate::acknowledge(&global, &id, yes),
        Some(Command::Look { id, wait }) => again::look(&global, &id, wait),
        Some(Command::Again(wanted)) => again::again(&global, &wanted),
        Some(Command::Note { text, incident }) => {
            operate::note(&global, &text, incident.as_deref())
        }
        Some(Command::Journal(what)) => journal::run(&global, &what),
        Some(Command::Verify(what)) => verify::run(&global, &what),
        Some(Command::Evidence(what)) => evidence::run(&global, &what),
        Some(Command::Snapshot(snapshot)) => snapshot::run(&global, &snapshot),
        Some(Command::Freeze(asked)) => return freeze::run(&global, &asked),
        Some(Command::Calendar(what)) => return calendar::run(&global, &what),
        Some(Command::Release(what)) => release::run(&global, &what),
        Some(Command::Init { force }) => init::run(&global, force),
        Some(Command::Doctor) => look::doctor(&global),
        Some(Command::Config(ConfigCommand::Check)) => look::config_check(&global),
        Some(Command::Policy(PolicyCommand::Check)) => policy::check(&global),
        Some(Command::Policy(PolicyCommand::Test { files })) => policy::test(&global, &files),
        Some(Command::Policy(PolicyCommand::Explain(explain))) => {
            policy::explain(&global, &explain)
        }
        Some(Command::Policy(PolicyCommand::Schema)) => policy::schema(),
        Some(Command::Log { file }) => return log::open(&global, &file),
        Some(Command::Triage { log, report }) => triage::run(&global, &log, &report),
        Some(Command::Flaky { service }) => flaky::run(&global, service.as_deref()),
        Some(Command::Canary(what)) => {
            return match what {
                CanaryCommand::Judge(what) => canary::judge(&global, &what),
                CanaryCommand::Check(what) => canary::check(&global, &what),
                CanaryCommand::Calibrate(what) => canary::calibrate(&global, &what),
                CanaryCommand::Replay(what) => canary::replay(&global, &what),
            };
        }
        Some(Command::Schema) => documents::schema(),
        Some(Command::Completions { shell }) => documents::completions(shell),
        Some(Command::Man) => documents::man(),
    }?;
    Ok(0)
}

/// A runtime that lives on the thread that asks it: nothing here needs more.
fn single_thread() -> Result<Runtime, Error> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(Kind::Unknown, format!("cannot start: {error}")))
}

/// Writes a log to the file that `TMINUS_LOG_FILE` names, at the levels of
/// `RUST_LOG`; without that variable there is none.
fn start_log() {
    let Some(path) = std::env::var_os("TMINUS_LOG_FILE") else {
        return;
    };
    match std::fs::File::options()
        .create(true)
        .append(true)
        .open(&path)
    {
        Ok(file) => tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
            .with_ansi(false)
            .with_writer(std::sync::Mutex::new(file))
            .init(),
        Err(error) => print::remark(&format!("no log: cannot write {}: {error}", path.display())),
    }
}
