//! The grammar of `tminus calendar`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::domain::OwnKind;

/// About freezes, change windows and releases in time.
#[derive(Debug, Subcommand)]
pub enum CalendarCommand {
    /// What is planned against what is frozen: conflicts with their reason.
    /// Exit status 0 none, 1 some, 3 not known.
    Check {
        /// From when on (RFC 3339); now when left out.
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
    },
    /// The windows of all sources, as instants.
    Show {
        /// From when on (RFC 3339); now when left out.
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        /// So many days.
        #[arg(long, value_name = "N", default_value_t = 30)]
        days: u16,
        /// Only windows that concern this service.
        #[arg(long, value_name = "S")]
        service: Option<String>,
        /// Only windows that concern this environment.
        #[arg(long, value_name = "E")]
        env: Option<String>,
    },
    /// Make a window here: a freeze, a change window, maintenance or a day to
    /// be seen. It is in the journal, and in force at once.
    Add(Add),
    /// The windows that were made here.
    List {
        /// Those that were cancelled or are over, too.
        #[arg(long)]
        all: bool,
    },
    /// Put a window that was made here at another time, or change what it is.
    /// Exit status 1 when somebody else did so meanwhile.
    Move(Change),
    /// Take a window back that was made here, or one occurrence of it.
    Cancel {
        /// The window, as `tminus calendar list` prints it.
        id: String,
        /// Only the occurrence that begins then (RFC 3339).
        #[arg(long, value_name = "TIME")]
        occurrence: Option<String>,
        /// Why; kept in the journal.
        #[arg(long, value_name = "R")]
        reason: String,
        /// Say what would change, and change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Make another window like one that was made here.
    Duplicate(Duplicate),
    /// Write the windows as an iCalendar file that other calendars subscribe
    /// to.
    ServeFile {
        /// The file; `-` for standard output. It is replaced in one step.
        file: PathBuf,
        /// Only windows of this kind.
        #[arg(long = "as", value_enum, value_name = "KIND")]
        kind: Option<WindowSort>,
        /// Only windows that concern this service.
        #[arg(long, value_name = "S")]
        service: Option<String>,
        /// Only windows that concern this environment.
        #[arg(long, value_name = "E")]
        env: Option<String>,
    },
}

/// A sort of window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WindowSort {
    /// Nothing goes out in it.
    Freeze,
    /// Changes go out in it, and at no other time.
    ChangeWindow,
    /// It stops nothing.
    Info,
}

/// What a window does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WindowKind {
    /// Nothing goes out in it.
    Deny,
    /// Changes go out in it, and at no other time.
    Allow,
    /// A system is being worked on; it stops nothing.
    Maintenance,
    /// To be seen, such as a holiday; it stops nothing.
    Info,
}

impl From<WindowKind> for OwnKind {
    fn from(kind: WindowKind) -> Self {
        match kind {
            WindowKind::Deny => Self::Deny,
            WindowKind::Allow => Self::Allow,
            WindowKind::Maintenance => Self::Maintenance,
            WindowKind::Info => Self::Info,
        }
    }
}

/// When a window is.
#[derive(Debug, Clone, Default, Args)]
pub struct When {
    /// First instant: RFC 3339, or a local time with --timezone.
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// First instant after it; with --from alone a window that is there goes
    /// along.
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// When it begins: DTSTART and RRULE (RFC 5545), joined by `\n`.
    #[arg(long, value_name = "RULE", conflicts_with_all = ["from", "to"])]
    pub rrule: Option<String>,
    /// How long it lasts then, in elapsed time, such as 62h.
    #[arg(long, value_name = "D", conflicts_with_all = ["from", "to"])]
    pub duration: Option<String>,
    /// The clock that its times are on, such as Europe/Berlin; UTC when left
    /// out.
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,
}

/// Whom a window concerns; everything when nothing is given.
#[derive(Debug, Clone, Default, Args)]
pub struct Selected {
    /// Services, as a glob; several times for several.
    #[arg(long = "service", value_name = "GLOB")]
    pub services: Vec<String>,
    /// Environments, as a glob.
    #[arg(long = "env", value_name = "GLOB")]
    pub environments: Vec<String>,
    /// Teams, as a glob.
    #[arg(long = "team", value_name = "GLOB")]
    pub teams: Vec<String>,
    /// Classes of change, as a glob.
    #[arg(long = "change", value_name = "GLOB")]
    pub changes: Vec<String>,
}

/// A window to be made.
#[derive(Debug, Clone, Args)]
pub struct Add {
    /// What people call it.
    pub name: String,
    /// What it does.
    #[arg(long, value_enum, value_name = "K", default_value_t = WindowKind::Deny)]
    pub kind: WindowKind,
    /// Its id; made from the name when left out.
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// When it is.
    #[command(flatten)]
    pub when: When,
    /// Whom it concerns.
    #[command(flatten)]
    pub selected: Selected,
    /// Why; kept in the journal.
    #[arg(long, value_name = "R")]
    pub reason: String,
    /// Say what it would be in the way of, and make nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// A window to be changed.
#[derive(Debug, Clone, Args)]
pub struct Change {
    /// The window, as `tminus calendar list` prints it.
    pub id: String,
    /// Another name.
    #[arg(long, value_name = "N")]
    pub name: Option<String>,
    /// Another kind.
    #[arg(long, value_enum, value_name = "K")]
    pub kind: Option<WindowKind>,
    /// When it is from now on.
    #[command(flatten)]
    pub when: When,
    /// Only the occurrence of its rule that begins then (RFC 3339), to --from.
    #[arg(long, value_name = "TIME", requires = "from")]
    pub occurrence: Option<String>,
    /// Whom it concerns from now on; as before when nothing is given.
    #[command(flatten)]
    pub selected: Selected,
    /// Why; kept in the journal.
    #[arg(long, value_name = "R")]
    pub reason: String,
    /// Say what would change, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// A window to be made after another one.
#[derive(Debug, Clone, Args)]
pub struct Duplicate {
    /// The window, as `tminus calendar list` prints it.
    pub id: String,
    /// Another name.
    #[arg(long, value_name = "N")]
    pub name: Option<String>,
    /// When it is; it is as long as the other one when only --from is given.
    #[command(flatten)]
    pub when: When,
    /// Why; kept in the journal.
    #[arg(long, value_name = "R")]
    pub reason: String,
    /// Say what it would be in the way of, and make nothing.
    #[arg(long)]
    pub dry_run: bool,
}
