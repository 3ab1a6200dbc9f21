//! `tminus freeze`: may it go out? The exit status is the answer: 0 open, 1
//! frozen, 3 not known.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    args::{Freeze, Global},
    context::data_directory,
    journal::reading_desk,
    print,
    report::VERSION,
    single_thread,
};
use crate::{
    analysis::windows::{
        Answer, Because, Fit, Interval, Schedule, Scope, State, Target, Unread,
        declared::{compile, told},
        duration, own,
    },
    config::Config,
    domain::{ReleaseEvent, ServiceName, Text, Timestamp},
    error::{Error, Kind},
    integrations::calendar::{Loaded, Loader},
    model::Model,
    operation::OwnLog,
    runtime::now,
};

/// `tminus freeze --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FreezeReport {
    /// Version of this contract.
    pub version: u32,
    /// The service that was asked about.
    pub service: String,
    /// The environment.
    pub environment: String,
    /// The team, where it was said.
    pub team: Option<String>,
    /// The class of the change, where it was said.
    pub change: Option<String>,
    /// The instant.
    pub at: Timestamp,
    /// `open`, `frozen` or `unknown`.
    pub state: &'static str,
    /// Whether it may not go out; null when that is not known, and then it may
    /// not.
    pub frozen: Option<bool>,
    /// Why: the freezes in force, else the change windows that are shut, and
    /// the sources that could not be read. Empty when it is open.
    pub because: Vec<Cause>,
    /// The change windows that are open.
    pub inside: Vec<Cause>,
    /// The first instant after `at` at which the state changes; null when it
    /// does not within ten years.
    pub next_transition: Option<Timestamp>,
    /// The state from then on.
    pub next_state: Option<&'static str>,
    /// Whether the deployment of `--takes` and `--rollback` fits; null when
    /// neither was given.
    pub fits: Option<bool>,
    /// From when on it would not be open; null when it fits.
    pub fits_until: Option<Timestamp>,
    /// The calendars, each with how it could be read.
    pub sources: Vec<SourceReport>,
}

/// A window that is a reason.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Cause {
    /// Its name; of a calendar's event its title.
    pub name: String,
    /// `deny`, `allow`, or `unknown` for a source that could not be read.
    pub kind: &'static str,
    /// Why it is there; empty when nobody said.
    pub reason: String,
    /// Whose it is; empty when nobody said.
    pub owner: String,
    /// Who says it: `config`, `own` for what was made here, or the calendar's
    /// name.
    pub source: String,
    /// First instant; of a change window that is shut, when it opens next.
    /// Null when it has none.
    pub from: Option<Timestamp>,
    /// First instant after it; null when it has none.
    pub to: Option<Timestamp>,
    /// It counts because something was not said, such as the team.
    pub perhaps: bool,
}

/// How a calendar, or what was made here (`own`), could be read.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SourceReport {
    /// Its name.
    pub name: String,
    /// `read`, `last_known` (its last known windows are in force) or
    /// `unknown`.
    pub state: &'static str,
    /// Why it could not be read; empty when it was.
    pub detail: String,
    /// When what is in force was read.
    pub read: Option<Timestamp>,
}

/// Everything that was declared, read now.
pub(super) struct Known {
    pub(super) config: Config,
    pub(super) schedule: Schedule,
    pub(super) calendars: Vec<(Loader, Loaded)>,
    /// What people did here.
    pub(super) journal: Journalled,
}

/// What the journal tells of windows and releases.
#[derive(Debug, Default)]
pub(super) struct Journalled {
    pub(super) windows: OwnLog,
    pub(super) releases: Vec<(Timestamp, ReleaseEvent)>,
}

impl Journalled {
    /// Reads the journal, where there is one. One that cannot be read may hold
    /// a freeze.
    fn read(global: &Global, config: &Config) -> Self {
        let Ok(directory) = data_directory(global, Some(config)) else {
            return Self::default();
        };
        // Nothing was ever made where there is no directory, and none is made
        // by asking.
        if matches!(directory.try_exists(), Ok(false)) {
            return Self::default();
        }
        match reading_desk(global, Some(config)) {
            Ok(desk) => Self {
                windows: desk.own_windows(),
                releases: desk.release_events().unwrap_or_default(),
            },
            Err(error) => Self {
                windows: OwnLog::unreadable(&error),
                releases: Vec::new(),
            },
        }
    }
}

/// Reads the configuration, its calendars and what was made here.
///
/// # Errors
/// When the configuration cannot be read or understood.
pub(super) fn read(global: &Global) -> Result<Known, Error> {
    let config = Config::find(global.config.clone())?;
    // Without a directory there are no copies to fall back on.
    let directory = data_directory(global, Some(&config)).ok();
    let loaders: Vec<Loader> = config
        .catalog
        .calendars
        .iter()
        .map(|spec| Loader::new(spec.clone(), directory.as_deref()))
        .collect();
    let loaded = single_thread()?.block_on(join_all(loaders.iter().map(|one| one.load(now()))));
    let own = Model::declared_source().0;
    let mut schedule = Schedule::default();
    for declared in &config.catalog.declared {
        let window = compile(declared, &own)
            .map_err(|fault| Error::new(Kind::Usage, format!("`{}`: {}", fault.key, fault.why)))?;
        schedule.windows.push(window);
    }
    for span in &config.catalog.windows {
        let names: Vec<&str> = span.services.iter().map(ServiceName::as_str).collect();
        let scope = Arc::new(Scope::of_services(&names));
        schedule.windows.extend(told(span, scope, &Text::default()));
    }
    let calendars: Vec<(Loader, Loaded)> = loaders.into_iter().zip(loaded).collect();
    for (loader, loaded) in &calendars {
        let (windows, unread) = loader.windows(loaded);
        schedule.windows.extend(windows);
        schedule.unread.extend(unread);
    }
    let journal = Journalled::read(global, &config);
    let made = own::schedule(&journal.windows.book, journal.windows.unread.as_ref());
    schedule.windows.extend(made.windows);
    schedule.unread.extend(made.unread);
    Ok(Known {
        config,
        schedule,
        calendars,
        journal,
    })
}

/// `tminus freeze`.
///
/// # Errors
/// When the configuration or an argument is wrong.
pub fn run(global: &Global, asked: &Freeze) -> Result<u8, Error> {
    let at = asked
        .at
        .as_deref()
        .map_or_else(|| Ok(now()), |at| instant("--at", at))?;
    let lasts = |text: &Option<String>| {
        text.as_deref().map_or(Ok(None), |text| {
            duration::elapsed(text)
                .map(Some)
                .map_err(|why| Error::new(Kind::Usage, why))
        })
    };
    let (takes, rollback) = (lasts(&asked.takes)?, lasts(&asked.rollback)?);
    let known = read(global)?;
    let target = Target {
        service: &asked.service,
        environment: Some(&asked.env),
        team: asked.team.as_deref(),
        change: asked.change.as_deref(),
    };
    let answer = known.schedule.answer(&target, at);
    let next = known.schedule.next_transition(&target, at);
    let fit = (takes.is_some() || rollback.is_some()).then(|| {
        let zero = TimeDelta::zero();
        known
            .schedule
            .fits(&target, at, takes.unwrap_or(zero), rollback.unwrap_or(zero))
    });
    let report = FreezeReport {
        version: VERSION,
        service: asked.service.clone(),
        environment: asked.env.clone(),
        team: asked.team.clone(),
        change: asked.change.clone(),
        at,
        state: word(answer.state),
        frozen: match answer.state {
            State::Open => Some(false),
            State::Frozen => Some(true),
            State::Unknown => None,
        },
        because: reasons(&answer),
        inside: answer.inside.iter().map(Cause::of).collect(),
        next_transition: next.map(|(at, _)| at),
        next_state: next.map(|(_, state)| word(state)),
        fits: fit.map(|fit| fit == Fit::Fits),
        fits_until: match fit {
            Some(Fit::Until(until, _)) => Some(until),
            Some(Fit::Shut(_)) => Some(at),
            _ => None,
        },
        sources: SourceReport::all(&known),
    };
    if global.json {
        print::json(&report)?;
    } else {
        say(&report)?;
    }
    Ok(match (answer.state, fit) {
        (State::Unknown, _) | (_, Some(Fit::Until(_, State::Unknown))) => 3,
        (State::Frozen, _) | (_, Some(Fit::Until(..) | Fit::Shut(_))) => 1,
        (State::Open, _) => 0,
    })
}

pub(super) fn instant(flag: &str, text: &str) -> Result<Timestamp, Error> {
    DateTime::parse_from_rfc3339(&text.trim().to_ascii_uppercase())
        .map(|at| at.with_timezone(&Utc))
        .map_err(|_| {
            Error::new(Kind::Usage, format!("{flag}: `{text}` is no instant")).hint(
                "RFC 3339 with an offset, such as 2026-12-20T18:00:00Z or 2026-12-20T18:00:00+01:00",
            )
        })
}

fn word(state: State) -> &'static str {
    match state {
        State::Open => "open",
        State::Frozen => "frozen",
        State::Unknown => "unknown",
    }
}

fn reasons(answer: &Answer<'_>) -> Vec<Cause> {
    let unread = answer
        .unread
        .iter()
        .filter(|source| answer.state != State::Open && source.known_since.is_none())
        .map(|source| Cause::unread(source));
    answer.because.iter().map(Cause::of).chain(unread).collect()
}

/// The ends of a span, as far as it has any.
pub(super) fn ends(span: Option<Interval>) -> (Option<Timestamp>, Option<Timestamp>) {
    let has = |at: Timestamp, none: Timestamp| (at != none).then_some(at);
    span.map_or((None, None), |span| {
        (
            has(span.start, Interval::ALWAYS.start),
            has(span.end, Interval::ALWAYS.end),
        )
    })
}

impl Cause {
    fn of(because: &Because<'_>) -> Self {
        let window = because.window;
        let (from, to) = ends(because.span);
        Self {
            name: window.name.to_string(),
            kind: window.effect.word(),
            reason: window.reason.to_string(),
            owner: window.owner.to_string(),
            source: window.source.to_string(),
            from,
            to,
            perhaps: because.perhaps,
        }
    }

    fn unread(source: &Unread) -> Self {
        Self {
            name: source.name.to_string(),
            kind: "unknown",
            reason: source.why.to_string(),
            owner: String::new(),
            source: source.name.to_string(),
            from: None,
            to: None,
            perhaps: false,
        }
    }
}

impl SourceReport {
    /// The calendars, and what was made here where it is not all known.
    pub(super) fn all(known: &Known) -> Vec<Self> {
        let unread = known.journal.windows.unread.iter().map(|why| Self {
            name: own::SOURCE.to_owned(),
            state: "unknown",
            detail: why.to_string(),
            read: None,
        });
        known.calendars.iter().map(Self::of).chain(unread).collect()
    }

    fn of((loader, loaded): &(Loader, Loaded)) -> Self {
        Self {
            name: loader.spec.source.to_string(),
            state: match (&loaded.fault, loaded.read) {
                (None, _) => "read",
                (Some(_), Some(_)) => "last_known",
                (Some(_), None) => "unknown",
            },
            detail: loaded
                .fault
                .as_ref()
                .map_or_else(String::new, |fault| fault.detail.to_string()),
            read: loaded.read,
        }
    }
}

/// An instant for people.
pub(super) fn said(at: Timestamp) -> String {
    at.format("%a %Y-%m-%d %H:%M:%SZ").to_string()
}

fn say(report: &FreezeReport) -> Result<(), Error> {
    let of = format!("{} in {}", report.service, report.environment);
    print::line(&match report.state {
        "open" => format!("open: {of} may go out at {}", said(report.at)),
        "frozen" => format!("frozen: {of} may not go out at {}", said(report.at)),
        _ => format!("not known: whether {of} may go out at {}", said(report.at)),
    })?;
    for reason in report.because.iter().chain(&report.inside) {
        let mut line = match (reason.kind, report.state) {
            ("deny", _) => format!("  the freeze `{}`", reason.name),
            ("allow", "open") => format!("  the change window `{}` is open", reason.name),
            ("allow", _) => format!("  outside the change window `{}`", reason.name),
            _ => format!("  `{}` could not be read", reason.name),
        };
        let until = reason.to.map(|to| format!(" until {}", said(to)));
        match (reason.kind, report.state, reason.from) {
            ("allow", "frozen" | "unknown", Some(from)) => {
                line.push_str(&format!(", which opens {}", said(from)));
            }
            ("allow", "frozen" | "unknown", None) => line.push_str(", which does not open again"),
            _ => line.push_str(&until.unwrap_or_default()),
        }
        if reason.perhaps {
            line.push_str(", if it concerns this change: --team and --change were not all said");
        }
        if !reason.reason.is_empty() {
            line.push_str(&format!(": {}", reason.reason));
        }
        if !reason.owner.is_empty() {
            line.push_str(&format!(" ({})", reason.owner));
        }
        print::line(&line)?;
    }
    for source in report
        .sources
        .iter()
        .filter(|one| one.state == "last_known")
    {
        let since = source.read.map(said).unwrap_or_default();
        print::line(&format!(
            "  the calendar `{}` could not be read ({}); its windows of {since} are in force",
            source.name, source.detail
        ))?;
    }
    match (report.fits, report.fits_until) {
        (Some(true), _) => print::line("  the deployment fits, its rollback included")?,
        (Some(false), Some(until)) => print::line(&format!(
            "  the deployment does not fit: from {} on it would not be open",
            said(until)
        ))?,
        _ => {}
    }
    match (report.next_transition, report.next_state) {
        (Some(at), Some(state)) => print::line(&format!("  {state} from {}", said(at))),
        _ if report.frozen.is_none() => print::line("  nothing goes out until it is known"),
        _ => print::line("  this does not change in the next ten years"),
    }
}
