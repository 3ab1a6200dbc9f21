//! The grammar of `tminus release`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::{analysis::releases::notes, domain};

/// About releases.
#[derive(Debug, Subcommand)]
pub enum ReleaseCommand {
    /// All releases, and what awaits one.
    List,
    /// One release: its content, risk, checks, gates, course, and all that
    /// belongs to it.
    Show {
        /// The release.
        id: String,
    },
    /// Make a release of what awaits one.
    New(New),
    /// Bring a release to another state. Exit status 1 when it cannot follow.
    SetState {
        /// The release.
        id: String,
        /// draft, scheduled, readiness, go-no-go, rolling, baking, done, held,
        /// scrubbed or rolled-back.
        state: String,
        /// Why; needed for what leaves the way, goes back on it, or passes a
        /// gate that is not met.
        #[arg(long, value_name = "R", default_value = "")]
        reason: String,
    },
    /// See to a check of a release.
    Check {
        /// The release.
        id: String,
        /// The check, as `tminus release show` prints it.
        check: String,
        /// It need not be so; takes a reason.
        #[arg(long)]
        waive: bool,
        /// It is not so any more.
        #[arg(long, conflicts_with = "waive")]
        open: bool,
        /// Why; kept in the journal.
        #[arg(long, value_name = "R", default_value = "")]
        reason: String,
    },
    /// Take a service out of a release; first see what depends on it.
    Cut {
        /// The release.
        id: String,
        /// The service.
        service: String,
        /// Say what would leave and what depends on it, and change nothing.
        #[arg(long)]
        dry_run: bool,
        /// Why; kept in the journal.
        #[arg(long, value_name = "R", default_value = "")]
        reason: String,
    },
    /// Bring a service back that was cut.
    Return {
        /// The release.
        id: String,
        /// The service.
        service: String,
        /// Why; kept in the journal.
        #[arg(long, value_name = "R", default_value = "")]
        reason: String,
    },
    /// Have a service go to another version than was planned.
    Retarget {
        /// The release.
        id: String,
        /// The service.
        service: String,
        /// The version from now on.
        #[arg(value_name = "VERSION")]
        to: String,
        /// Why; kept in the journal.
        #[arg(long, value_name = "R", default_value = "")]
        reason: String,
    },
    /// Plan a release for another time.
    Move {
        /// The release.
        id: String,
        /// Planned start (RFC 3339); a planned end goes along unless it is
        /// given too.
        #[arg(long, value_name = "TIME", required_unless_present = "end")]
        start: Option<String>,
        /// Planned end (RFC 3339).
        #[arg(long, value_name = "TIME")]
        end: Option<String>,
        /// Why; kept in the journal.
        #[arg(long, value_name = "R", default_value = "")]
        reason: String,
    },
    /// Have somebody else run a release.
    Captain {
        /// The release.
        id: String,
        /// Who runs it from now on.
        who: String,
        /// Why; kept in the journal.
        #[arg(long, value_name = "R", default_value = "")]
        reason: String,
    },
    /// Say that the review of a release was done.
    Reviewed {
        /// The release.
        id: String,
        /// What came of it, or where it is written down.
        #[arg(long, value_name = "R", default_value = "")]
        reason: String,
    },
    /// Write its notes, from commits, pull requests and their labels.
    Notes {
        /// The release.
        id: String,
        /// For whom.
        #[arg(long, value_enum, value_name = "T", default_value_t = For::Internal)]
        template: For,
        /// Take them as they were gone over on the screen: the newest finished
        /// note about the release that begins with a heading.
        #[arg(long, conflicts_with = "template")]
        edited: bool,
        /// The file to write; standard output when left out.
        #[arg(long, value_name = "F")]
        out: Option<PathBuf>,
    },
    /// Publish its notes as the pages of its versions, each where the code of
    /// its service is (GitHub, GitLab: releases). The tags have to be there. A
    /// draft that is there is taken over, a page is not.
    Publish(Publish),
}

/// What to publish.
#[derive(Debug, Clone, Args)]
pub struct Publish {
    /// The release.
    pub id: String,
    /// This service alone; several times for several. All of it when left out.
    #[arg(long = "service", value_name = "SERVICE")]
    pub services: Vec<String>,
    /// Only those shall see it who may change it.
    #[arg(long)]
    pub draft: bool,
    /// For whom; what somebody went over on the screen comes first.
    #[arg(long, value_enum, value_name = "T", default_value_t = For::Customer)]
    pub template: For,
    /// Why; kept in the journal.
    #[arg(long, value_name = "R", default_value = "")]
    pub reason: String,
    /// Say what would be sent, and send nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

/// What to make a release of.
#[derive(Debug, Clone, Args)]
pub struct New {
    /// Short id, such as `train-48`: letters, digits, dots and dashes.
    pub id: String,
    /// Name for people; the id when left out.
    #[arg(long, value_name = "N")]
    pub name: Option<String>,
    /// What sort of release: it brings its checks and gates; regular when left
    /// out.
    #[arg(long, value_enum, value_name = "K")]
    pub kind: Option<Kind>,
    /// Who runs it.
    #[arg(long, value_name = "WHO")]
    pub captain: Option<String>,
    /// Planned start (RFC 3339).
    #[arg(long, value_name = "TIME")]
    pub start: Option<String>,
    /// Planned end (RFC 3339).
    #[arg(long, value_name = "TIME")]
    pub end: Option<String>,
    /// A service, with the version that shall go out; the version that awaits
    /// release when left out. Several times for several.
    #[arg(long = "service", value_name = "SERVICE[=VERSION]")]
    pub services: Vec<String>,
    /// All that awaits release.
    #[arg(long)]
    pub awaiting: bool,
    /// The services of another release, each with the version that awaits, else
    /// with none chosen yet; kind, captain and length too, where they are not
    /// given.
    #[arg(long, value_name = "ID")]
    pub copy: Option<String>,
    /// The services of a milestone; its due date is the planned end where none
    /// is given.
    #[arg(long, value_name = "TITLE")]
    pub milestone: Option<String>,
    /// A page that belongs to it, such as `ticket=https://…`.
    #[arg(long = "link", value_name = "TITLE=URL")]
    pub links: Vec<String>,
    /// Say what would be made, and make nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// What sort of release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A planned release.
    Regular,
    /// One of a recurring series.
    Train,
    /// A fix that cannot wait.
    Hotfix,
    /// One that goes through a store.
    Mobile,
    /// Another sort.
    Other,
}

impl From<Kind> for domain::ReleaseKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Regular => Self::Regular,
            Kind::Train => Self::Train,
            Kind::Hotfix => Self::Hotfix,
            Kind::Mobile => Self::Mobile,
            Kind::Other => Self::Other,
        }
    }
}

/// For whom the notes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum For {
    /// Those who made it.
    Internal,
    /// Those who use it.
    Customer,
    /// The change record.
    ChangeRecord,
}

impl From<For> for notes::Template {
    fn from(template: For) -> Self {
        match template {
            For::Internal => Self::Internal,
            For::Customer => Self::Customer,
            For::ChangeRecord => Self::ChangeRecord,
        }
    }
}
