//! How a person looks at the calendar: the form, the clock and the place of the
//! cursor, and what was laid out for it.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::{App, Screen};
use crate::{
    command::{Form, Item, Pane, Scope, View},
    domain::{Release, Text, Timestamp},
    ui::calendar::{Frame, Grid, Outlook, clock, week},
};

/// How a person looks at the calendar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CalendarLook {
    /// An instant of the slot under the cursor of a grid; none while it follows
    /// the time.
    pub at: Option<Timestamp>,
    /// The clock; none for the team's.
    pub zone: Option<Tz>,
    /// The line of the timeline under the cursor.
    pub line: usize,
    /// The first release of the timeline that is on the screen.
    pub top: usize,
    /// An entry that the cursor is to stand on, of several in one slot.
    pub wanted: Option<Item>,
    /// What the cursor stood on before the rows of a grid were made anew.
    pub stood: Option<Item>,
    /// What the grid shows; none while the calendar is a list.
    pub frame: Option<Frame>,
    /// The grid, laid out.
    pub grid: Option<Arc<Grid>>,
    /// What comes next.
    pub outlook: Option<Outlook>,
    /// What speaks against the plan of each release that has a conflict.
    pub conflicts: BTreeMap<Text, Vec<Text>>,
    /// For which plans and which minute the last two were found.
    pub known: Option<(u64, i64)>,
}

impl App {
    /// The form of the calendar.
    #[must_use]
    pub fn form(&self) -> Form {
        let screen = self.screens.get(&View::Calendar);
        let tab = screen.filter(|_| self.view == View::Calendar);
        Form::of_tab(tab.map_or(0, |screen| screen.tab))
    }

    /// The calendar is in this form from now on.
    pub fn show_form(&mut self, form: Form) {
        let first = Screen::new(Pane::Agenda);
        let screen = self.screens.entry(View::Calendar).or_insert(first);
        screen.tab = form.tab();
    }

    /// Whether a pane shows the calendar as a grid.
    #[must_use]
    pub fn is_grid(&self, pane: Pane) -> bool {
        pane == Pane::Agenda && self.form().is_grid()
    }

    /// The clock of the calendar; that of other views is UTC.
    #[must_use]
    pub fn zone(&self) -> Tz {
        if self.view != View::Calendar {
            return Tz::UTC;
        }
        self.calendar.zone.unwrap_or(self.model.catalog().team.zone)
    }

    /// Where keys have a meaning of their own now.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match (self.view, self.focus()) {
            (_, Some(Pane::Log)) => Scope::Text,
            (View::Calendar, Some(Pane::Agenda)) => Scope::Calendar,
            _ => Scope::Everywhere,
        }
    }

    /// The span `[start, end)` that is selected in the calendar: in a week the
    /// row under the cursor, in month and timeline the day, in the agenda the
    /// hour from the start of the selected entry on. None in other views, and
    /// where nothing is selected.
    #[must_use]
    pub fn slot(&self) -> Option<(Timestamp, Timestamp)> {
        if self.view != View::Calendar {
            return None;
        }
        let (zone, at) = (self.zone(), self.calendar.at.unwrap_or(self.now));
        match self.form() {
            Form::Agenda => {
                let start = self.start_of(self.selected(Pane::Agenda)?)?;
                Some((start, start + TimeDelta::hours(1)))
            }
            Form::Week => {
                let step = self.calendar.frame.map_or(60, |frame| frame.step());
                Some(week::slot(zone, at, step))
            }
            Form::Month | Form::Timeline => Some(clock::day(zone, clock::date(zone, at))),
        }
    }

    /// When an entry of the calendar begins.
    #[must_use]
    pub fn start_of(&self, item: &Item) -> Option<Timestamp> {
        match item {
            Item::Window(id) => Some(self.model.window(id)?.start),
            Item::Release(id) => self.model.release(id)?.start,
            _ => None,
        }
    }

    /// What speaks against the plan of a release, each as a sentence: what was
    /// found last, else it is found now.
    #[must_use]
    pub fn conflicts(&self, release: &Release) -> Cow<'_, [Text]> {
        if self.calendar.known.is_some() {
            let found = self.calendar.conflicts.get(&release.id);
            return Cow::Borrowed(found.map_or(&[], Vec::as_slice));
        }
        Cow::Owned(self.model.conflicts(release))
    }
}
