//! The command line's grammar. Names and flags are a contract that scripts
//! rely on.

mod calendar;
mod canary;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use super::release::args::ReleaseCommand;
pub use calendar::{Add, CalendarCommand, Change, Duplicate, Selected, When, WindowSort};
pub use canary::{Calibrate, CanaryCommand, CanaryService, Judge, JudgeMode, ReplayVerdicts};

/// A release command center in the terminal.
///
/// Without a command it opens the full screen: on the configuration, or in a
/// checkout with a token on that checkout's repository.
#[derive(Debug, Parser)]
#[command(name = "tminus", version, propagate_version = true)]
#[command(
    after_help = "Exit status: 0 yes or done and observed; 1 no, failed or refused; \
    2 wrong usage or configuration; 3 not known (no data, outcome unknown, vendor unreachable)."
)]
pub struct Cli {
    /// What to do; the full screen when left out.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
}

/// What holds for every command.
#[derive(Debug, Clone, Default, Args)]
pub struct Global {
    /// Configuration file.
    #[arg(long, global = true, value_name = "FILE", env = "TMINUS_CONFIG")]
    pub config: Option<PathBuf>,
    /// Directory of journal, notes and cache.
    #[arg(long, global = true, value_name = "DIR", env = "TMINUS_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Nothing that changes anything outside can be sent.
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Theme: dark, light, high-contrast, colour-blind, no-colour, or a file in
    /// the themes directory.
    #[arg(long, global = true, value_name = "T")]
    pub theme: Option<String>,
    /// Print JSON (see `tminus schema`).
    #[arg(long, global = true)]
    pub json: bool,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Play a rehearsal: the simulator and the full screen in one.
    Demo(World),
    /// Run the simulator's servers only, until SIGTERM.
    Sim {
        /// Where to write `tminus.toml`, `urls.json` and the token files.
        #[arg(long, value_name = "D")]
        dir: PathBuf,
        /// The world to play.
        #[command(flatten)]
        world: World,
    },
    /// What is so, from every system.
    Status,
    /// What waits for a human's yes.
    Approvals,
    /// Let a waiting deployment go on.
    Approve(Answer),
    /// Refuse a waiting deployment; its run fails.
    Decline(Answer),
    /// Bring services back to versions that served before.
    Rollback(Rollback),
    /// Agree to what another person proposed, and have it done.
    Countersign(Countersign),
    /// Take a proposal back.
    Withdraw {
        /// The operation, as `tminus proposals` prints it, or the beginning of
        /// its id.
        id: String,
    },
    /// What you proposed and what became of it, read back now.
    Proposals {
        /// The file that came back from the other person.
        #[arg(long, value_name = "FILE")]
        countersigned: Option<PathBuf>,
    },
    /// Say that you look at an incident.
    Ack {
        /// Incident, as `tminus status` prints it, or its number.
        id: String,
        /// Do it without asking.
        #[arg(long)]
        yes: bool,
    },
    /// Look for the effect of an operation of unknown outcome; nothing is sent.
    Look {
        /// Operation, as `tminus journal` prints it, or an end of its id that
        /// no other has.
        id: String,
        /// How long to look, in seconds.
        #[arg(long, value_name = "S", default_value_t = 10)]
        wait: u64,
    },
    /// Send an operation of unknown outcome again, as a new one; it may then
    /// happen twice.
    Again(Again),
    /// Write a note; with an incident it is sent there as well.
    Note {
        /// The text.
        #[arg(long, value_name = "T")]
        text: String,
        /// Incident that it belongs to.
        #[arg(long, value_name = "ID")]
        incident: Option<String>,
    },
    /// What was done, newest last.
    Journal(JournalArgs),
    /// Walk the journal's chain and name the first broken entry; with a path,
    /// check an evidence package.
    Verify(VerifyArgs),
    /// Put together what proves an operation or a release, signed.
    Evidence(EvidenceArgs),
    /// Read a log of any size on the full screen: opened at its first error,
    /// with search, folds and jumps from error to error. A file that grows is
    /// read on.
    Log {
        /// The file, or with `-` standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Say what broke, by the log of a job: a class, the first line that states
    /// the cause, what proves it.
    ///
    /// Exit status 0 when the log could be read, whatever is in it; 2 when not.
    Triage {
        /// The log of one job as its CI system stores it, or with `-` standard
        /// input.
        #[arg(long, value_name = "FILE")]
        log: PathBuf,
        /// A test report of the same job (JUnit's XML); may be given several
        /// times. Its failed tests are named, with what the history knows.
        #[arg(long, value_name = "FILE")]
        report: Vec<PathBuf>,
    },
    /// Jobs and tests that fail and pass on the same commit, by the history
    /// that the screen has kept. Nothing is asked of any system.
    Flaky {
        /// Only of this service.
        #[arg(long, value_name = "S")]
        service: Option<String>,
    },
    /// Draw one screen without a terminal.
    Snapshot(Snapshot),
    /// May it go out? Exit status 0 open, 1 frozen, 3 not known.
    Freeze(Freeze),
    /// About freezes, change windows and releases in time.
    #[command(subcommand)]
    Calendar(CalendarCommand),
    /// About releases: what goes out together, from plan to done.
    #[command(subcommand)]
    Release(ReleaseCommand),
    /// Write a configuration from what is found in this checkout.
    Init {
        /// Overwrite a file that is there.
        #[arg(long)]
        force: bool,
    },
    /// Try every connection, permission and clock, and say how to mend each fault.
    Doctor,
    /// About the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// About the policy: the rules that every operation is held against.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// About canaries.
    #[command(subcommand)]
    Canary(CanaryCommand),
    /// Print the JSON Schema of what `--json` prints.
    Schema,
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page.
    Man,
}

/// What may go out.
#[derive(Debug, Clone, Args)]
pub struct Freeze {
    /// The service.
    #[arg(long, value_name = "S")]
    pub service: String,
    /// The environment.
    #[arg(long, value_name = "E")]
    pub env: String,
    /// The team that owns the service; windows of any team count when left out.
    #[arg(long, value_name = "T")]
    pub team: Option<String>,
    /// The class of the change, such as hotfix; windows of any class count when
    /// left out.
    #[arg(long, value_name = "C")]
    pub change: Option<String>,
    /// When (RFC 3339); now when left out.
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// How long the deployment takes, such as 40m: it has to fit.
    #[arg(long, value_name = "D")]
    pub takes: Option<String>,
    /// How long a rollback after it would take, such as 15m: it has to fit too.
    #[arg(long, value_name = "D")]
    pub rollback: Option<String>,
}

/// About the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Read it and say what is wrong, without connecting anywhere.
    Check,
}

/// Which operations.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct JournalArgs {
    /// Something else than the list.
    #[command(subcommand)]
    pub command: Option<JournalCommand>,
    /// Begun at or after this: RFC 3339, a day, or an age such as 30m, 2h, 7d.
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Begun before this.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// On this service.
    #[arg(long, value_name = "SERVICE")]
    pub service: Option<String>,
    /// In this environment.
    #[arg(long, value_name = "E")]
    pub environment: Option<String>,
    /// By whom: the login name, or a part of LOGIN@HOST.
    #[arg(long, value_name = "WHO")]
    pub actor: Option<String>,
    /// Of this sort, such as `approve` or `roll back`.
    #[arg(long, value_name = "VERB")]
    pub verb: Option<String>,
    /// Where it stands: proposed, confirmed, sent, accepted, observed, failed
    /// or unknown.
    #[arg(long, value_name = "STATE")]
    pub state: Option<String>,
    /// This one, by its id or the beginning of it.
    #[arg(long, value_name = "ID")]
    pub operation: Option<String>,
    /// At most so many, the newest.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Everything that is written down about each, as JSON: rules, facts,
    /// policy, answers.
    #[arg(long)]
    pub full: bool,
}

/// Something else than the list of operations.
#[derive(Debug, Clone, Subcommand)]
pub enum JournalCommand {
    /// Print the journal's head, to keep it where nobody here can change it.
    Head {
        /// Sign it with your SSH key.
        #[arg(long)]
        sign: bool,
        /// How to sign.
        #[command(flatten)]
        signing: Signing,
    },
}

/// How to sign.
#[derive(Debug, Clone, Args)]
pub struct Signing {
    /// SSH key: the private file, or the .pub file of a key that an agent or a
    /// security key holds; `key` in `[signing]` when left out.
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Only ssh-agent signs; without --key its only key.
    #[arg(long)]
    pub agent: bool,
}

/// What to check, and against what.
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// An evidence package: its directory or .tar; the journal when left out.
    pub package: Option<PathBuf>,
    /// A head of the journal that was kept elsewhere.
    #[arg(long, value_name = "SEQ:HASH", conflicts_with = "package")]
    pub head: Option<String>,
    /// A file of heads as `tminus journal head` prints them, one a line.
    #[arg(long, value_name = "FILE", conflicts_with = "package")]
    pub anchor: Option<PathBuf>,
    /// Who may sign what (ssh-keygen(1)); `allowed_signers` in `[signing]` when
    /// left out.
    #[arg(long, value_name = "FILE")]
    pub allowed_signers: Option<PathBuf>,
    /// When the keys have to be valid; now when left out.
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
}

/// What to put together.
#[derive(Debug, Clone, Args)]
pub struct EvidenceArgs {
    /// A release, as the configuration names it, or the id of an operation or of
    /// a rollback plan.
    pub about: String,
    /// The directory to make, or a file that ends in .tar.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// How to sign.
    #[command(flatten)]
    pub signing: Signing,
    /// Ask no system what it shows now.
    #[arg(long)]
    pub offline: bool,
}

/// About the policy.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Read it, list its rules and what identifies it.
    Check,
    /// Run its tests: every rule of a `_test.rego` file that begins in `test_`.
    Test {
        /// Files of tests to run, or rules to put among the others; all tests
        /// when left out.
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// What each rule says of an operation: one that was confirmed, by its id,
    /// or one to come, in words.
    Explain(Explain),
    /// Print the JSON Schema of what a rule is told.
    Schema,
}

/// An operation to explain.
#[derive(Debug, Clone, Args)]
pub struct Explain {
    /// Id of a confirmed operation, or: approve ID, decline ID, ack ID,
    /// rollback SERVICE.
    #[arg(value_name = "OPERATION", required = true, num_args = 1..=2)]
    pub operation: Vec<String>,
    /// The environment of a rollback.
    #[arg(long, value_name = "E")]
    pub env: Option<String>,
    /// The version of a rollback.
    #[arg(long, value_name = "VERSION")]
    pub to: Option<String>,
    /// A reason.
    #[arg(long, value_name = "R", default_value = "")]
    pub reason: String,
    /// Print what the rules are told, too.
    #[arg(long)]
    pub input: bool,
}

/// The simulator's world.
#[derive(Debug, Clone, Args)]
pub struct World {
    /// Which day to play: release-day, quiet-day, train-day, bad-deploys,
    /// rollout-day, vendor-outage or large.
    #[arg(long, value_name = "S", default_value = "release-day")]
    pub scenario: String,
    /// Same seed, same day.
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub seed: u64,
    /// How much faster than the clock the day goes.
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    pub speed: f64,
}

/// An answer to something that waits.
#[derive(Debug, Clone, Args)]
pub struct Answer {
    /// What waits, as `tminus approvals` prints it.
    pub id: String,
    /// Why; it is sent along and kept in the journal.
    #[arg(long, value_name = "R", default_value = "")]
    pub reason: String,
    /// Do it without asking.
    #[arg(long)]
    pub yes: bool,
}

/// An operation of unknown outcome, once more.
#[derive(Debug, Clone, Args)]
pub struct Again {
    /// Operation, as `tminus journal` prints it, or an end of its id that no
    /// other has.
    pub id: String,
    /// Why; kept in the journal.
    #[arg(long, value_name = "R")]
    pub reason: String,
    /// Do it without asking.
    #[arg(long)]
    pub yes: bool,
    /// The service's name once more, where the operation asks for it.
    #[arg(long, value_name = "SERVICE")]
    pub confirm: Option<String>,
    /// Show what would be sent, and send nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// A rollback.
#[derive(Debug, Clone, Args)]
pub struct Rollback {
    /// The service; or several, each with its version: `checkout=4.11.3
    /// search=1.87.2`. Those that depend on another go back before it.
    #[arg(required = true, value_name = "SERVICE[=VERSION]")]
    pub services: Vec<String>,
    /// The environment.
    #[arg(long, value_name = "E")]
    pub env: String,
    /// The version that shall serve; it must have served before.
    #[arg(long, value_name = "VERSION")]
    pub to: Option<String>,
    /// Why; kept in the journal.
    #[arg(long, value_name = "R")]
    pub reason: String,
    /// The service's name once more; of several, the plan's name, which
    /// `--dry-run` prints.
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    /// Show what would be sent, and send nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// Agreeing to a proposal.
#[derive(Debug, Clone, Args)]
pub struct Countersign {
    /// The file that the other person's tminus made.
    pub file: PathBuf,
    /// Why you agree; kept in the journal.
    #[arg(long, value_name = "R", default_value = "")]
    pub reason: String,
    /// The service's name once more, where it is asked for.
    #[arg(long, value_name = "SERVICE")]
    pub confirm: Option<String>,
    /// Do it without asking.
    #[arg(long)]
    pub yes: bool,
    /// Show and check it, and send nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// One screen without a terminal.
#[derive(Debug, Clone, Args)]
pub struct Snapshot {
    /// deck, calendar, pipelines, canary, war-room, services or journal; or a form
    /// of the calendar: agenda, week, month or timeline.
    #[arg(long, value_name = "V", default_value = "deck")]
    pub view: String,
    /// Columns and rows.
    #[arg(long, value_name = "WxH", default_value = "120x40")]
    pub size: String,
    /// What to draw with.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// File to write; standard output when left out.
    #[arg(long, value_name = "F")]
    pub out: Option<PathBuf>,
    /// Seconds to watch before drawing, so that series have points.
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub after: u64,
}

/// What a snapshot is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Characters only.
    Text,
    /// Characters with terminal colours.
    Ansi,
    /// A picture.
    Svg,
}
