//! Windows made here: each change is one entry of the journal.

use std::sync::Arc;

use super::{ConflictReport, OwnList, OwnWindowReport, picture};
use crate::{
    analysis::windows::{Zone, duration, own},
    cli::{
        args::{Add, Change, Duplicate, Global, Selected, When},
        context::data_directory,
        freeze::{Known, SourceReport, instant, read},
        journal::desk,
        print,
        report::VERSION,
    },
    config::instant_of,
    domain::{
        OwnBook, OwnCourse, OwnKind, OwnTime, OwnWindow, Selectors, Text, Timestamp, WindowChange,
        WindowEvent,
    },
    error::{Error, Kind},
    model::Model,
    operation::Desk,
    runtime::{actor, now},
};

fn wrong(message: impl Into<String>) -> Error {
    Error::new(Kind::Usage, message)
}

/// What the commands work with.
struct Room<'a> {
    global: &'a Global,
    known: Known,
    model: Model,
    desk: Arc<Desk>,
    at: Timestamp,
}

impl<'a> Room<'a> {
    fn open(global: &'a Global) -> Result<Self, Error> {
        let known = read(global)?;
        let read_only = global.read_only || known.config.operations.read_only;
        let directory = data_directory(global, Some(&known.config))?;
        let desk = desk(&directory, read_only);
        let at = now();
        let model = picture(&known, at);
        Ok(Self {
            global,
            known,
            model,
            desk,
            at,
        })
    }

    fn book(&self) -> &OwnBook {
        &self.known.journal.windows.book
    }

    fn course(&self, id: &str) -> Result<&OwnCourse, Error> {
        self.book().get(id).ok_or_else(|| {
            let known: Vec<&str> = self.book().standing().map(|one| one.id.as_str()).collect();
            let hint = if known.is_empty() {
                "`tminus calendar add` makes one; those of the configuration are changed there"
                    .to_owned()
            } else {
                format!("known: {}", known.join(", "))
            };
            wrong(format!("no window `{id}` was made here")).hint(hint)
        })
    }

    /// Writes a change down, or says what it would do, and shows the window.
    fn write(
        &self,
        id: &Text,
        reason: &str,
        change: WindowChange,
        dry_run: bool,
    ) -> Result<(), Error> {
        let event = WindowEvent {
            window: id.clone(),
            by: actor().login,
            why: Text::new(reason.trim()),
            change,
        };
        let found = self.model.conflicts_after(self.at, &event);
        let mut book = self.book().clone();
        if dry_run {
            book.take(self.at, &event)
                .map_err(|why| Error::new(Kind::Refused, format!("{id}: {why}")))?;
        } else {
            self.desk.change_window(&event)?;
            book = self.desk.window_log()?.book;
        }
        let Some(course) = book.get(id) else {
            return Err(Error::new(Kind::Unknown, format!("{id}: it is not there")));
        };
        let report = |found: Vec<(Text, crate::model::Conflict)>| {
            let found = found.into_iter();
            found
                .map(|(release, conflict)| ConflictReport::of(&release, conflict))
                .collect()
        };
        let mut shown = OwnWindowReport::of(course, self.at);
        shown.conflicts = report(found.come);
        shown.ended = report(found.gone);
        if dry_run {
            shown.made = shown.made.filter(|_| self.book().get(id).is_some());
        }
        if self.global.json {
            return print::json(&shown);
        }
        for line in shown.lines() {
            print::line(&line)?;
        }
        if dry_run {
            print::line("nothing was changed")?;
        }
        Ok(())
    }
}

/// `tminus calendar add`.
pub(super) fn add(global: &Global, add: &Add) -> Result<(), Error> {
    let room = Room::open(global)?;
    let kind = OwnKind::from(add.kind);
    let plan = OwnWindow {
        name: Text::new(add.name.trim()),
        kind,
        when: time(&add.when, kind, None)?,
        selectors: selectors(&add.selected),
    };
    readable(&plan)?;
    let id = match &add.id {
        Some(id) => Text::new(id),
        None => room.book().id_for(&add.name),
    };
    let plan = Box::new(plan);
    room.write(&id, &add.reason, WindowChange::Made { plan }, add.dry_run)
}

/// `tminus calendar list`.
pub(super) fn list(global: &Global, all: bool) -> Result<(), Error> {
    let known = read(global)?;
    let at = now();
    let over = |course: &OwnCourse| {
        course.cancelled.is_some()
            || own::made(course).is_ok_and(|one| one.at(at).or_else(|| one.next(at)).is_none())
    };
    let list = OwnList {
        version: VERSION,
        windows: known
            .journal
            .windows
            .book
            .all()
            .filter(|course| all || !over(course))
            .map(|course| OwnWindowReport::of(course, at))
            .collect(),
        sources: SourceReport::all(&known),
    };
    if global.json {
        return print::json(&list);
    }
    for window in &list.windows {
        for line in window.lines() {
            print::line(&line)?;
        }
    }
    if list.windows.is_empty() {
        print::line("no windows were made here")?;
    }
    Ok(())
}

/// `tminus calendar move`.
pub(super) fn change(global: &Global, change: &Change) -> Result<(), Error> {
    let room = Room::open(global)?;
    let course = room.course(&change.id)?;
    let from = course.window.clone();
    let mut to = from.clone();
    if let Some(name) = &change.name {
        to.name = Text::new(name.trim());
    }
    if let Some(kind) = change.kind {
        to.kind = kind.into();
    }
    let selected = selectors(&change.selected);
    if selected != Selectors::default() {
        to.selectors = selected;
    }
    match &change.occurrence {
        Some(text) => {
            let target = change.when.from.as_deref().unwrap_or_default();
            let zone = zone_of(&change.when)?;
            let target = read_instant("--from", target, zone.as_ref(), true)?;
            to.when = occurrence(course, text, Some(target))?;
        }
        None => to.when = time(&change.when, to.kind, Some(&from.when))?,
    }
    readable(&to)?;
    let only_time = OwnWindow {
        when: from.when.clone(),
        ..to.clone()
    } == from;
    let what = if only_time {
        WindowChange::Moved {
            from: from.when,
            to: to.when,
        }
    } else {
        WindowChange::Changed {
            from: Box::new(from),
            to: Box::new(to),
        }
    };
    room.write(&course.id, &change.reason, what, change.dry_run)
}

/// `tminus calendar cancel`.
pub(super) fn cancel(
    global: &Global,
    id: &str,
    one: Option<&str>,
    reason: &str,
    dry_run: bool,
) -> Result<(), Error> {
    let room = Room::open(global)?;
    let course = room.course(id)?;
    let what = match one {
        None => WindowChange::Cancelled,
        Some(text) => WindowChange::Moved {
            from: course.window.when.clone(),
            to: occurrence(course, text, None)?,
        },
    };
    room.write(&course.id, reason, what, dry_run)
}

/// `tminus calendar duplicate`.
pub(super) fn duplicate(global: &Global, copy: &Duplicate) -> Result<(), Error> {
    let room = Room::open(global)?;
    let course = room.course(&copy.id)?;
    let mut plan = course.window.clone();
    if let Some(name) = &copy.name {
        plan.name = Text::new(name.trim());
    }
    plan.when = time(&copy.when, plan.kind, Some(&plan.when))?;
    readable(&plan)?;
    let id = room.book().id_for(&plan.name);
    let plan = Box::new(plan);
    room.write(&id, &copy.reason, WindowChange::Made { plan }, copy.dry_run)
}

/// What the evaluator cannot read is no window.
fn readable(plan: &OwnWindow) -> Result<(), Error> {
    match own::planned(plan, Text::default(), Text::default()) {
        Ok(_) => Ok(()),
        Err(fault) if fault.key == "to" => Err(wrong("it would end before it starts")),
        Err(fault) => Err(wrong(format!("`{}`: {}", fault.key, fault.why)).hint(fault.example)),
    }
}

fn selectors(selected: &Selected) -> Selectors {
    let texts = |globs: &[String]| globs.iter().map(|glob| Text::new(glob)).collect();
    Selectors {
        services: texts(&selected.services),
        environments: texts(&selected.environments),
        teams: texts(&selected.teams),
        changes: texts(&selected.changes),
    }
}

fn zone_of(when: &When) -> Result<Option<Zone>, Error> {
    when.timezone
        .as_deref()
        .map(|name| {
            Zone::named(name).ok_or_else(|| {
                wrong(format!("--timezone: `{name}` is no time zone"))
                    .hint("such as Europe/Berlin or America/New_York")
            })
        })
        .transpose()
}

fn read_instant(
    flag: &str,
    text: &str,
    zone: Option<&Zone>,
    earliest: bool,
) -> Result<Timestamp, Error> {
    match zone {
        None => instant(flag, text),
        Some(zone) => instant_of(text, Some(zone), earliest)
            .ok_or_else(|| wrong(format!("{flag}: `{text}` is no time"))),
    }
}

/// The time that was asked for; what was not said is as it was `before`.
fn time(when: &When, kind: OwnKind, before: Option<&OwnTime>) -> Result<OwnTime, Error> {
    let zone = zone_of(when)?;
    // In doubt a freeze is longer and an allowance shorter.
    let longest = kind != OwnKind::Allow;
    let read = |flag: &str, text: &Option<String>, first: bool| {
        text.as_deref()
            .map(|text| read_instant(flag, text, zone.as_ref(), first == longest))
            .transpose()
    };
    let (from, to) = (
        read("--from", &when.from, true)?,
        read("--to", &when.to, false)?,
    );
    let said = when.rrule.is_some() || when.duration.is_some();
    match (from, to, before) {
        (Some(start), Some(end), _) => Ok(OwnTime::Once { start, end }),
        (None, None, Some(before)) if !said && when.timezone.is_none() => Ok(before.clone()),
        (Some(start), None, Some(before)) => {
            let long = length(before)?;
            let end = start.checked_add_signed(long);
            let end = end.ok_or_else(|| wrong("--from: that is too far ahead"))?;
            Ok(OwnTime::Once { start, end })
        }
        (None, Some(end), Some(OwnTime::Once { start, .. })) => {
            Ok(OwnTime::Once { start: *start, end })
        }
        (None, None, before) => rule(when, before),
        _ => Err(wrong("it says no time").hint(FORMS)),
    }
}

const FORMS: &str = "its time is --from and --to, or --rrule and --duration";

fn rule(when: &When, before: Option<&OwnTime>) -> Result<OwnTime, Error> {
    let known = match before {
        Some(OwnTime::Rule {
            rule,
            zone,
            duration,
        }) => Some((rule, zone, duration)),
        _ => None,
    };
    let one = |given: &Option<String>, before: Option<&Text>| {
        given.as_deref().map(Text::new).or_else(|| before.cloned())
    };
    // A rule has several lines, which no other text has.
    let lines = |rule: &String| rule.replace("\r\n", "\n").replace('\n', "\\n");
    let rrule = when.rrule.as_ref().map(lines);
    let rule = one(&rrule, known.map(|(rule, _, _)| rule));
    let duration = one(&when.duration, known.map(|(_, _, duration)| duration));
    let zone = one(&when.timezone, known.map(|(_, zone, _)| zone));
    match (rule, duration) {
        (Some(rule), Some(duration)) => Ok(OwnTime::Rule {
            rule,
            zone: zone.unwrap_or_else(|| Text::new("UTC")),
            duration,
        }),
        (Some(_), None) => Err(wrong("--rrule is there without --duration").hint(FORMS)),
        (None, Some(_)) => Err(wrong("--duration is there without --rrule").hint(FORMS)),
        (None, None) => Err(wrong("it says no time").hint(FORMS)),
    }
}

fn length(time: &OwnTime) -> Result<chrono::TimeDelta, Error> {
    match time {
        OwnTime::Once { start, end } => Ok(*end - *start),
        OwnTime::Rule { duration, .. } => duration::elapsed(duration).map_err(wrong),
    }
}

/// A rule with one occurrence at another time, or without it.
fn occurrence(course: &OwnCourse, text: &str, to: Option<Timestamp>) -> Result<OwnTime, Error> {
    let start = instant("--occurrence", text)?;
    if !matches!(course.window.when, OwnTime::Rule { .. }) {
        return Err(wrong(format!(
            "{}: it has no rule, so no occurrences",
            course.id
        )));
    }
    own::without(course, start, to).map_err(|why| {
        let next = own::made(course).ok().and_then(|one| one.next(start));
        let error = wrong(format!("{}: {why}", course.id));
        match next {
            Some(span) => error.hint(format!("the next one begins {}", span.start.to_rfc3339())),
            None => error,
        }
    })
}
