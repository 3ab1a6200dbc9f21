//! What people do to windows of their own: written into the journal, against
//! all that other processes wrote, as with releases.

use super::{Desk, ledger::Ledger, situation::Situation};
use crate::{
    analysis::windows::{Effect, Target, own},
    domain::{
        Act, Body, EnvironmentName, Intent, OwnBook, Text, Timestamp, WindowChange, WindowEvent,
    },
    error::{Error, Kind},
    model::{Standing, change_class},
    store::journal::EntryBody,
};

/// The name of its entries in the journal.
const ENTRY: &str = "window";

/// What the journal tells of windows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnLog {
    /// What people did, oldest first.
    pub events: Vec<(Timestamp, WindowEvent)>,
    /// What comes of it.
    pub book: OwnBook,
    /// Why not all of it is known; none when it is.
    pub unread: Option<Text>,
}

impl OwnLog {
    /// Takes an entry of the journal over; false when it is about something
    /// else.
    pub(super) fn take(&mut self, at: Timestamp, body: &EntryBody) -> bool {
        match body {
            EntryBody::Window { event } => {
                // What does not fit costs itself alone.
                let _ = self.book.take(at, event);
                self.events.push((at, event.clone()));
                true
            }
            EntryBody::Other(kind) if kind.as_str() == ENTRY => {
                let why = "a newer tminus made a window that this one does not understand";
                self.unread = Some(Text::new(why));
                true
            }
            _ => false,
        }
    }

    /// The same as facts.
    #[must_use]
    pub fn facts(self) -> Vec<Body> {
        let unread = self.unread;
        let events = self.events.into_iter();
        events
            .map(|(at, event)| Body::WindowEvent { at, event })
            .chain([Body::OwnWindows { unread }])
            .collect()
    }

    /// What is known when the journal cannot be read: nothing, and a freeze may
    /// be in it.
    #[must_use]
    pub fn unreadable(error: &Error) -> Self {
        Self {
            unread: Some(Text::new(&error.message)),
            ..Self::default()
        }
    }
}

impl Desk {
    /// Writes down what a person did to a window; durable when this returns.
    /// What other processes wrote in the meantime is held against it first,
    /// under the journal's lock.
    ///
    /// # Errors
    /// When it cannot be, or cannot be written down.
    pub fn change_window(&self, event: &WindowEvent) -> Result<Timestamp, Error> {
        self.may_write()?;
        let plan = match &event.change {
            WindowChange::Made { plan } => Some((**plan).clone()),
            WindowChange::Changed { to, .. } => Some((**to).clone()),
            WindowChange::Moved { .. } | WindowChange::Cancelled => None,
        };
        let asked = self.now();
        let body = EntryBody::Window {
            event: event.clone(),
        };
        self.write_when(body, |ledger| {
            let refused = |why: String| {
                Error::new(Kind::Refused, format!("{}: {why}", event.window))
                    .hint("`tminus calendar list` says which windows there are")
            };
            let book = &ledger.windows.book;
            book.accepts(asked, event).map_err(refused)?;
            let plan = match (plan, &event.change) {
                (None, WindowChange::Moved { to, .. }) => book.get(&event.window).map(|course| {
                    let mut plan = course.window.clone();
                    plan.when = to.clone();
                    plan
                }),
                (plan, _) => plan,
            };
            // What the evaluator could not read must not be written.
            if let Some(plan) = plan {
                own::planned(&plan, Text::default(), Text::default())
                    .map_err(|fault| refused(format!("`{}`: {}", fault.key, fault.why)))?;
            }
            Ok(())
        })
    }

    /// What people did to windows. Reads the disk and writes nothing.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn window_log(&self) -> Result<OwnLog, Error> {
        if self.directory().is_none() {
            let why = self.journal().refusal();
            return Err(why.unwrap_or_else(|| {
                Error::new(Kind::Unknown, "the data directory cannot be used")
            }));
        }
        let mut ledger = self.ledger();
        self.catch_up(&mut ledger)?;
        // One that was cut off would look as if nobody had made a freeze.
        self.journal().has_its_end()?;
        Ok(ledger.windows.clone())
    }

    /// The same; a journal that cannot be read counts as one that may hold a
    /// freeze.
    #[must_use]
    pub fn own_windows(&self) -> OwnLog {
        self.window_log()
            .unwrap_or_else(|error| OwnLog::unreadable(&error))
    }
}

impl Situation {
    /// Adds windows that were made here since the picture was drawn, by any
    /// process.
    pub(super) fn add_own(&mut self, intent: &Intent, log: &OwnLog) {
        let Some(service) = &intent.service else {
            return;
        };
        let schedule = own::schedule(&log.book, log.unread.as_ref());
        let release = self.release.as_ref();
        let target = Target {
            service: service.as_str(),
            environment: intent.environment.as_ref().map(EnvironmentName::as_str),
            team: None,
            change: release.map(|release| change_class(release.kind)),
        };
        // What was cancelled or moved is not in force any more, whatever an
        // older picture holds.
        let of_others = |window: &crate::domain::Window| window.id.source.as_str() != own::SOURCE;
        self.freezes.retain(of_others);
        self.change_windows.retain(of_others);
        let standing = Standing::of(&schedule, &target, self.now);
        self.freezes.extend(standing.freezes);
        self.change_windows.extend(standing.changes);
        self.change_windows_exist |= standing.changes_exist;
        let next = self.next_change_window.take().filter(of_others);
        self.next_change_window = next
            .into_iter()
            .chain(standing.next_change)
            .min_by_key(|window| window.start);
        for why in standing.unknown {
            if !self.calendars_unknown.contains(&why) {
                self.calendars_unknown.push(why);
            }
        }
    }
}

/// A freeze that somebody made or moved here after `since`, that is in force at
/// `now` and that what goes out has to wait for.
pub(super) fn frozen_since(
    ledger: &Ledger,
    intent: &Intent,
    since: Timestamp,
    now: Timestamp,
) -> Option<String> {
    // Going back and looking after an incident are allowed in a freeze.
    let goes_out = matches!(intent.act, Act::Approve { .. } | Act::RerunFailed { .. });
    let service = intent.service.as_ref().filter(|_| goes_out)?;
    let target = Target {
        service: service.as_str(),
        environment: intent.environment.as_ref().map(EnvironmentName::as_str),
        ..Target::default()
    };
    ledger.windows.book.standing().find_map(|course| {
        let hand = course.changed.as_ref().unwrap_or(&course.made);
        let window = own::made(course).ok()?;
        let concerns = window.scope.concerns(&target) != crate::analysis::windows::Concern::No;
        let new = hand.at > since && window.effect == Effect::Deny && concerns;
        (new && window.at(now).is_some()).then(|| {
            format!(
                "{} has just made the freeze '{}': look again",
                hand.by, window.name
            )
        })
    })
}
