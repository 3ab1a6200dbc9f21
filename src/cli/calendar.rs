//! `tminus calendar`: conflicts of what is planned, the windows as instants,
//! an iCalendar file of them for other calendars, and windows made here.

mod edit;
mod report;

pub use report::{OwnList, OwnWindowReport};

use std::{io::Write as _, path::Path, sync::Arc};

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    args::{CalendarCommand, Global, WindowSort},
    context::Context,
    freeze::{Known, SourceReport, instant, read, said},
    print,
    report::VERSION,
    single_thread,
};
use crate::{
    analysis::windows::{
        Effect, Interval, Schedule, Target, When, Window,
        duration::Nominal,
        ical::{Entry, Event, Length, write},
        recurring::Repeated,
    },
    domain::{Body, Fact, Health, SourceId, Text, Timestamp},
    error::{Error, Kind},
    integrations::{
        calendar::spans,
        contract::{Capability, Fault, Query},
    },
    model::{ConflictKind, Model},
    runtime::now,
};

/// Windows that are no rule of a calendar are written out this far ahead.
const WRITTEN_AHEAD: TimeDelta = TimeDelta::days(400);
const WRITTEN_BACK: TimeDelta = TimeDelta::days(35);
/// Spans of one window that are written at most.
const MOST_SPANS: usize = 5000;

/// `tminus calendar check --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CalendarCheck {
    /// Version of this contract.
    pub version: u32,
    /// From when on.
    pub at: Timestamp,
    /// Each conflict, the earliest first.
    pub conflicts: Vec<ConflictReport>,
    /// The calendars, each with how it could be read.
    pub sources: Vec<SourceReport>,
}

/// One conflict.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConflictReport {
    /// The release that cannot be as it is planned.
    pub release: String,
    /// `freeze`, `outside_change_window`, `window_too_short`, `not_known`,
    /// `same_service`, `dependency_order`, `captain_double_booked`,
    /// `no_captain`, `nobody_on_call` or `on_call_not_known`.
    pub kind: &'static str,
    /// Why, in a sentence.
    pub reason: String,
    /// The other side: a freeze or a release; empty when there is none.
    pub with: String,
    /// The service that it is about; null when it is about the release.
    pub service: Option<String>,
    /// From when on.
    pub from: Timestamp,
}

/// `tminus calendar show --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CalendarList {
    /// Version of this contract.
    pub version: u32,
    /// From when on.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// The windows, the earliest first.
    pub windows: Vec<WindowReport>,
    /// The calendars, each with how it could be read.
    pub sources: Vec<SourceReport>,
}

/// One window, as instants.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WindowReport {
    /// Its name.
    pub name: String,
    /// `deny`, `allow`, or `note` for one that stops nothing.
    pub kind: &'static str,
    /// Why it is there; empty when nobody said.
    pub reason: String,
    /// Whose it is; empty when nobody said.
    pub owner: String,
    /// Who says it.
    pub source: String,
    /// First instant; null when it has always been.
    pub from: Option<Timestamp>,
    /// First instant after it; null when it has no end.
    pub to: Option<Timestamp>,
}

/// `tminus calendar …`.
///
/// # Errors
/// When the configuration or an argument is wrong, or the file cannot be
/// written.
pub fn run(global: &Global, what: &CalendarCommand) -> Result<u8, Error> {
    match what {
        CalendarCommand::Check { at } => check(global, at.as_deref()),
        CalendarCommand::Show {
            at,
            days,
            service,
            env,
        } => {
            let from = at
                .as_deref()
                .map_or_else(|| Ok(now()), |at| instant("--at", at))?;
            let until = from + TimeDelta::days(i64::from(*days));
            show(
                global,
                from,
                until,
                &Choice::of(None, service.as_ref(), env.as_ref()),
            )
            .map(|()| 0)
        }
        CalendarCommand::Add(add) => edit::add(global, add).map(|()| 0),
        CalendarCommand::List { all } => edit::list(global, *all).map(|()| 0),
        CalendarCommand::Move(change) => edit::change(global, change).map(|()| 0),
        CalendarCommand::Cancel {
            id,
            occurrence,
            reason,
            dry_run,
        } => edit::cancel(global, id, occurrence.as_deref(), reason, *dry_run).map(|()| 0),
        CalendarCommand::Duplicate(copy) => edit::duplicate(global, copy).map(|()| 0),
        CalendarCommand::ServeFile {
            file,
            kind,
            service,
            env,
        } => serve(
            global,
            file,
            &Choice::of(*kind, service.as_ref(), env.as_ref()),
        )
        .map(|()| 0),
    }
}

/// Which windows.
struct Choice<'a> {
    effect: Option<Effect>,
    service: Option<&'a str>,
    environment: Option<&'a str>,
}

impl<'a> Choice<'a> {
    fn of(
        kind: Option<WindowSort>,
        service: Option<&'a String>,
        environment: Option<&'a String>,
    ) -> Self {
        Self {
            effect: kind.map(|kind| match kind {
                WindowSort::Freeze => Effect::Deny,
                WindowSort::ChangeWindow => Effect::Allow,
                WindowSort::Info => Effect::Note,
            }),
            service: service.map(String::as_str),
            environment: environment.map(String::as_str),
        }
    }

    fn takes(&self, window: &Window) -> bool {
        use crate::analysis::windows::Concern;

        let concerned = self.service.is_none_or(|service| {
            let target = Target {
                service,
                environment: self.environment,
                ..Target::default()
            };
            window.scope.concerns(&target) != Concern::No
        });
        concerned && self.effect.is_none_or(|effect| effect == window.effect)
    }

    fn windows<'s>(&self, schedule: &'s Schedule) -> impl Iterator<Item = &'s Window> {
        schedule
            .windows
            .iter()
            .filter(move |window| self.takes(window))
    }
}

fn check(global: &Global, at: Option<&str>) -> Result<u8, Error> {
    let at = at.map_or_else(|| Ok(now()), |at| instant("--at", at))?;
    let known = read(global)?;
    let mut model = picture(&known, at);
    ask_who_is_on_call(global, &known, &mut model, at)?;
    let mut conflicts: Vec<ConflictReport> = Vec::new();
    for release in model.releases_in_order() {
        let over = release.end.or(release.start).is_some_and(|end| end < at);
        if over {
            continue;
        }
        conflicts.extend(
            model
                .conflicts_of(release)
                .into_iter()
                .map(|conflict| ConflictReport::of(&release.id, conflict)),
        );
    }
    conflicts.sort_by(|one, other| (one.from, &one.release).cmp(&(other.from, &other.release)));
    let report = CalendarCheck {
        version: VERSION,
        at,
        conflicts,
        sources: SourceReport::all(&known),
    };
    let unknown = !report.conflicts.is_empty()
        || report
            .sources
            .iter()
            .any(|source| source.state == "unknown");
    if global.json {
        print::json(&report)?;
    } else {
        for conflict in &report.conflicts {
            print::line(&format!("{}  {}", said(conflict.from), conflict.reason))?;
        }
        for source in report
            .sources
            .iter()
            .filter(|source| source.state != "read")
        {
            print::line(&format!(
                "the calendar `{}` could not be read: {}",
                source.name, source.detail
            ))?;
        }
        if report.conflicts.is_empty() && !unknown {
            print::line("no conflicts")?;
        }
    }
    let certain = report
        .conflicts
        .iter()
        .any(|conflict| !ConflictKind::UNCERTAIN.contains(&conflict.kind));
    Ok(match (certain, unknown) {
        (true, _) => 1,
        (false, true) => 3,
        (false, false) => 0,
    })
}

/// Asks the systems that page who is on call, where a release needs somebody. A
/// system that does not answer leaves it not known.
fn ask_who_is_on_call(
    global: &Global,
    known: &Known,
    model: &mut Model,
    at: Timestamp,
) -> Result<(), Error> {
    let asked = model.releases_in_order().into_iter().any(|release| {
        release.end.or(release.start).is_some_and(|end| end >= at)
            && model
                .conflicts_of(release)
                .iter()
                .any(|conflict| conflict.kind == ConflictKind::OnCallNotKnown)
    });
    if !asked || known.config.systems.is_empty() {
        return Ok(());
    }
    let context = Context::open(global)?;
    let facts = single_thread()?.block_on(async {
        let mut facts = Vec::new();
        for integration in context.integrations() {
            if integration.capabilities().contains(&Capability::Incidents) {
                facts.extend(context.ask(integration.id(), Query::Roster).await);
            }
        }
        facts
    });
    for fact in facts {
        model.apply(fact, at);
    }
    Ok(())
}

/// The picture of what was declared and read, around `at`.
fn picture(known: &Known, at: Timestamp) -> Model {
    let mut model = Model::new(Arc::clone(&known.config.catalog));
    let own = SourceId::new("tminus");
    let releases = known.journal.releases.iter().cloned();
    let bodies = releases.map(|(at, event)| Body::ReleaseEvent { at, event });
    for body in known
        .journal
        .windows
        .clone()
        .facts()
        .into_iter()
        .chain(bodies)
    {
        let fact = Fact {
            source: own.clone(),
            observed: at,
            body,
        };
        model.apply(fact, at);
    }
    for (loader, loaded) in &known.calendars {
        let mut tell = |body: Body| {
            let fact = Fact {
                source: loader.spec.source.clone(),
                observed: at,
                body,
            };
            model.apply(fact, at);
        };
        if let (Some(calendar), Some(_)) = (&loaded.calendar, loaded.read) {
            let items = spans(&loader.spec, calendar, at);
            let scope = Text::new("calendar");
            tell(Body::Windows { scope, items });
        }
        tell(Body::Health(Health {
            connection: loaded
                .fault
                .as_ref()
                .map_or(crate::domain::Connection::Ok, |fault: &Fault| {
                    fault.connection
                }),
            detail: loaded
                .fault
                .as_ref()
                .map_or_else(Text::default, |fault| fault.detail.clone()),
            last_ok: loaded.read,
            next_try: None,
            budget: None,
            clock_skew_seconds: None,
        }));
    }
    model
}

fn show(
    global: &Global,
    from: Timestamp,
    until: Timestamp,
    choice: &Choice<'_>,
) -> Result<(), Error> {
    let known = read(global)?;
    let mut windows: Vec<(Interval, WindowReport)> = choice
        .windows(&known.schedule)
        .flat_map(|window| {
            window.spans(from, until).into_iter().map(|span| {
                let (start, end) = super::freeze::ends(Some(span));
                let report = WindowReport {
                    name: window.name.to_string(),
                    kind: window.effect.word(),
                    reason: window.reason.to_string(),
                    owner: window.owner.to_string(),
                    source: window.source.to_string(),
                    from: start,
                    to: end,
                };
                (span, report)
            })
        })
        .collect();
    windows.sort_by_key(|(span, _)| *span);
    let report = CalendarList {
        version: VERSION,
        from,
        until,
        windows: windows.into_iter().map(|(_, report)| report).collect(),
        sources: SourceReport::all(&known),
    };
    if global.json {
        return print::json(&report);
    }
    for window in &report.windows {
        let time = |at: Option<Timestamp>| at.map_or_else(|| "always".to_owned(), said);
        print::line(&format!(
            "{} – {}  {:<5}  {}{}",
            time(window.from),
            time(window.to),
            window.kind,
            window.name,
            if window.reason.is_empty() {
                String::new()
            } else {
                format!(": {}", window.reason)
            }
        ))?;
    }
    for source in report
        .sources
        .iter()
        .filter(|source| source.state != "read")
    {
        print::line(&format!(
            "the calendar `{}` could not be read: {}",
            source.name, source.detail
        ))?;
    }
    if report.windows.is_empty() {
        print::line("no windows")?;
    }
    Ok(())
}

/// The sort of a window, for CATEGORIES.
fn sort(effect: Effect) -> &'static str {
    match effect {
        Effect::Deny => "freeze",
        Effect::Allow => "change-window",
        Effect::Note => "info",
    }
}

fn serve(global: &Global, file: &Path, choice: &Choice<'_>) -> Result<(), Error> {
    let known = read(global)?;
    if let Some(why) = &known.journal.windows.unread {
        return Err(
            Error::new(Kind::Unknown, format!("the windows made here: {why}"))
                .hint("nothing was written: the file that is there stays as it was"),
        );
    }
    for (loader, loaded) in &known.calendars {
        if loaded.read.is_none() {
            // A file that lacks a freeze would open it for all who subscribe.
            return Err(Error::new(
                Kind::Unknown,
                format!(
                    "the calendar `{}` could not be read: {}",
                    loader.spec.source,
                    loaded
                        .fault
                        .as_ref()
                        .map_or("", |fault| fault.detail.as_str())
                ),
            )
            .hint("nothing was written: the file that is there stays as it was"));
        }
    }
    let at = now();
    let written = written(choice.windows(&known.schedule), at);
    let entries: Vec<Entry<'_>> = written.iter().map(Written::entry).collect();
    let text = write("tminus", &entries, at);
    if file == Path::new("-") {
        return print::text(&text);
    }
    replace(file, &text).map_err(|error| {
        Error::new(
            Kind::Refused,
            format!("cannot write {}: {error}", file.display()),
        )
    })?;
    print::line(&format!("{}: {} entries", file.display(), entries.len()))
}

/// Writes beside the file and renames, so that no reader sees half of it.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = file.with_file_name(name);
    let mut out = std::fs::File::create(&beside)?;
    out.write_all(text.as_bytes())
        .and_then(|()| out.sync_all())
        .and_then(|()| std::fs::rename(&beside, file))
        .inspect_err(|_| {
            let _ = std::fs::remove_file(&beside);
        })
}

enum Written<'a> {
    Event(Box<Event>, &'static str),
    Span(&'a Window, Interval),
}

/// What of the windows is written: rules as rules, everything else as the
/// spans that it comes to.
fn written<'a>(windows: impl Iterator<Item = &'a Window>, at: Timestamp) -> Vec<Written<'a>> {
    let (from, until) = (at - WRITTEN_BACK, at + WRITTEN_AHEAD);
    let mut written = Vec::new();
    for window in windows {
        let sort = sort(window.effect);
        match &window.when {
            When::Event(event) => written.push(Written::Event(event.clone(), sort)),
            When::Repeated(repeated) => written.extend(
                event_of(window, repeated).map(|event| Written::Event(Box::new(event), sort)),
            ),
            When::Once(span) => written.push(Written::Span(window, *span)),
            When::Cron(_) => written.extend(
                window
                    .spans(from, until)
                    .into_iter()
                    .take(MOST_SPANS)
                    .map(|span| Interval {
                        start: span.start.max(from),
                        end: span.end.min(until),
                    })
                    .map(|span| Written::Span(window, span)),
            ),
        }
    }
    written
}

/// A rule of the configuration as an event; none when it never comes.
fn event_of(window: &Window, repeated: &Repeated) -> Option<Event> {
    let mut recurrence = repeated.recurrence.clone();
    // A start that is no occurrence is none in the configuration, and one in
    // calendar programs.
    recurrence.start = recurrence.first_occurrence()?;
    Some(Event {
        uid: Text::from(format!(
            "{}@{}.tminus",
            slug(&window.name),
            slug(&window.source)
        )),
        summary: window.name.clone(),
        description: window.reason.clone(),
        organizer: Text::default(),
        url: Text::default(),
        line: 0,
        first: recurrence.start.clone(),
        recurrence,
        length: Length::Lasting(Nominal {
            days: 0,
            elapsed: repeated.lasts,
        }),
        periods: Vec::new(),
        since: None,
        before: None,
        shift: TimeDelta::zero(),
    })
}

fn slug(name: &str) -> String {
    name.chars()
        .map(|letter| {
            if letter.is_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .collect()
}

impl Written<'_> {
    fn entry(&self) -> Entry<'_> {
        match self {
            Self::Event(event, sort) => Entry::Event(event, sort),
            Self::Span(window, span) => Entry::Span {
                uid: format!(
                    "{}-{}@{}.tminus",
                    slug(&window.name),
                    span.start.timestamp(),
                    slug(&window.source)
                ),
                summary: &window.name,
                description: &window.reason,
                sort: sort(window.effect),
                span: *span,
            },
        }
    }
}
