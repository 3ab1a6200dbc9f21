//! Windows that people made here, as the picture holds them.

use std::{collections::BTreeMap, sync::OnceLock};

use super::{Conflict, Model, looked_at::LookedAt, schedule};
use crate::{
    analysis::windows::{Interval, Schedule, own},
    domain::{
        Origin, OwnBook, OwnCourse, OwnKind, OwnTime, ServiceName, SourceId, Text, Timestamp,
        Window, WindowEvent,
    },
};

/// What people did to windows, and what comes of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Own {
    /// What they did, each at its time: no two have the same.
    events: BTreeMap<Timestamp, WindowEvent>,
    /// What comes of it.
    pub(super) book: OwnBook,
    /// Why not all of it is known.
    pub(super) unread: Option<Text>,
    /// The spans, for views.
    spans: OnceLock<Vec<Window>>,
}

/// What a change makes of the conflicts of releases, each with its release.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// Those that would come.
    pub come: Vec<(Text, Conflict)>,
    /// Those that would go.
    pub gone: Vec<(Text, Conflict)>,
}

impl Model {
    /// The windows that were made here.
    #[must_use]
    pub fn own_windows(&self) -> &OwnBook {
        &self.own.book
    }

    /// Why not all windows that were made here are known; none when they are.
    #[must_use]
    pub fn own_windows_unread(&self) -> Option<&Text> {
        self.own.unread.as_ref()
    }

    /// The source name under which windows are known that were made here.
    #[must_use]
    pub fn own_source() -> SourceId {
        SourceId::new(own::SOURCE)
    }

    /// The window made here that a span is of.
    #[must_use]
    pub fn own_window(&self, id: &Origin) -> Option<&OwnCourse> {
        if id.source.as_str() != own::SOURCE {
            return None;
        }
        let (window, _) = id.key.rsplit_once('/')?;
        self.own.book.get(window)
    }

    /// Whether an event may be at `at`, by all that is known here.
    ///
    /// # Errors
    /// Why not, as a sentence without its full stop.
    pub fn accepts_window_event(&self, at: Timestamp, event: &WindowEvent) -> Result<(), String> {
        self.own.book.accepts(at, event)
    }

    /// The schedule as it would be after an event; as it is where the event
    /// cannot be.
    #[must_use]
    pub fn schedule_after(&self, at: Timestamp, event: &WindowEvent) -> Schedule {
        let mut book = self.own.book.clone();
        let _ = book.take(at, event);
        let now = self.schedule();
        let others = |source: &Text| source.as_str() != own::SOURCE;
        let mut after = own::schedule(&book, self.own.unread.as_ref());
        let windows = now.windows.iter().filter(|window| others(&window.source));
        after.windows.extend(windows.cloned());
        let unread = now.unread.iter().filter(|source| others(&source.name));
        after.unread.extend(unread.cloned());
        after
    }

    /// What an event would change about the releases that are not over at `at`.
    #[must_use]
    pub fn conflicts_after(&self, at: Timestamp, event: &WindowEvent) -> Difference {
        let after = self.schedule_after(at, event);
        let mut difference = Difference::default();
        for release in self.releases_in_order() {
            if release.end.or(release.start).is_none_or(|end| end <= at) {
                continue;
            }
            let (had, has) = (
                self.conflicts_of(release),
                self.conflicts_in(&after, release),
            );
            let of = |one: Conflict| (release.id.clone(), one);
            let come = has.iter().filter(|one| !had.contains(one));
            difference.come.extend(come.cloned().map(of));
            let gone = had.into_iter().filter(|one| !has.contains(one));
            difference.gone.extend(gone.map(of));
        }
        difference
    }

    pub(super) fn note_window_event(&mut self, at: Timestamp, event: &WindowEvent) {
        if self.own.events.get(&at) == Some(event) {
            return;
        }
        let newest = self.own.events.keys().next_back().copied();
        self.own.events.insert(at, event.clone());
        if newest.is_none_or(|newest| newest < at) {
            // What does not fit costs itself alone.
            let _ = self.own.book.take(at, event);
        } else {
            let events = self.own.events.iter();
            self.own.book = OwnBook::of(events.map(|(at, event)| (*at, event)));
        }
        self.forget_own_spans();
        self.reschedule();
    }

    pub(super) fn note_own_windows(&mut self, unread: Option<Text>) {
        if self.own.unread != unread {
            self.own.unread = unread;
            self.reschedule();
        }
    }

    pub(super) fn forget_own_spans(&mut self) {
        self.own.spans = OnceLock::new();
        self.looked_at = LookedAt::default();
    }

    /// Their spans in `[from, until)`, at most so many of each.
    pub(super) fn own_spans_in(
        &self,
        from: Timestamp,
        until: Timestamp,
        most: usize,
    ) -> Vec<Window> {
        let mut spans = Vec::new();
        for course in self.own.book.standing() {
            let Ok(rule) = own::made(course) else {
                continue;
            };
            let found = rule.spans(from, until).into_iter().take(most);
            spans.extend(found.map(|span| of_course(course, &rule.owner, span)));
        }
        spans
    }

    /// Their spans around the time at which spans were laid out last.
    pub(super) fn own_spans(&self) -> &[Window] {
        let Some(now) = self.laid_out.at else {
            return &[];
        };
        self.own.spans.get_or_init(|| {
            let courses = self.own.book.standing();
            courses.flat_map(|course| spans(course, now)).collect()
        })
    }
}

/// The key of a span: a cursor follows a window that is moved.
fn key(course: &OwnCourse, start: Timestamp) -> String {
    match course.window.when {
        OwnTime::Once { .. } => format!("{}/once", course.id),
        OwnTime::Rule { .. } => format!("{}/{}", course.id, start.timestamp()),
    }
}

fn spans(course: &OwnCourse, now: Timestamp) -> Vec<Window> {
    // What cannot be read is said by the schedule.
    let Ok(rule) = own::made(course) else {
        return Vec::new();
    };
    let laid = schedule::laid(&rule, now);
    laid.map(|span| of_course(course, &rule.owner, span))
        .collect()
}

fn of_course(course: &OwnCourse, owner: &Text, span: Interval) -> Window {
    let globs = course.window.selectors.services.iter();
    Window {
        id: Origin::new(&Model::own_source(), &key(course, span.start)),
        kind: OwnKind::span(course.window.kind),
        title: course.window.name.clone(),
        start: span.start,
        end: span.end,
        services: globs.map(|glob| ServiceName::new(glob)).collect(),
        detail: Text::from(format!("{}, {owner}", course.made.why)),
        url: Text::default(),
    }
}
