//! The whole state of the screen. Only `update` changes it; `draw` reads it.

mod batch;
mod calendar;
mod compare;
mod cursor;
mod dialog;
mod hold;
mod list;
mod log;
mod overlay;
mod plan;
mod planner;
mod release;
mod review;
mod settings;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

pub use self::{
    batch::{Batch, BatchLine, BatchView},
    calendar::CalendarLook,
    compare::{CompareLine, CompareView, Evidence, Named, Role},
    cursor::Cursor,
    dialog::{Dialog, DialogFocus, Phase, by_weight},
    hold::Hold,
    list::{Change, Filter, List, Screen, TAKEN_IN},
    log::{LogLook, LogPlace, LogView, Times, wrapped},
    overlay::{NoteEditor, Overlay, Palette, RollbackPicker, ThemePicker, Toast, ToastKind},
    plan::{PlanDraft, PlanStage, PlanView},
    planner::{About, Field, Planner, Task},
    release::{Sheet, SheetLine, SheetRow, Step, StepKind},
    review::{Known, Refused, Review, request_lines},
    settings::Settings,
};
use crate::{
    command::{Item, KeyMap, Pane, View},
    domain::{OperationId, Origin, Timestamp},
    integrations::contract::Attention,
    model::{Model, Moment, Need},
};

/// How far back the timeline of everything reaches.
pub const TIMELINE: TimeDelta = TimeDelta::hours(12);

/// The whole state of the screen.
#[derive(Clone, Debug)]
pub struct App {
    /// The picture of the outside.
    pub model: Model,
    /// The newest time that any event told.
    pub now: Timestamp,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// What was configured, and what the person switched since.
    pub settings: Settings,
    /// Which key does what.
    pub keys: KeyMap,
    /// The view that is shown.
    pub view: View,
    /// The view that `z` or `enter` came from; `z` and `esc` go back to it.
    pub came_from: Option<View>,
    /// Focus, filter and lists of each view that was shown.
    pub screens: BTreeMap<View, Screen>,
    /// Items that were marked with `space`.
    pub marks: BTreeSet<Item>,
    /// Jobs whose steps are all shown under them.
    pub unfolded: BTreeSet<Item>,
    /// Branches of the tree of runs that a person folded (false) or unfolded
    /// (true). Others follow what is in them.
    pub folds: BTreeMap<Item, bool>,
    /// The log that is open.
    pub log: Option<LogView>,
    /// How the next log is shown.
    pub log_look: LogLook,
    /// There is nothing but a log: a person named a file.
    pub only_log: bool,
    /// What lies over the view; the last one is on top and asked first.
    pub overlays: Vec<Overlay>,
    /// Short messages, newest last.
    pub toasts: Vec<Toast>,
    /// The inbox at `now`, kept so that drawing need not compute it.
    pub needs: Vec<Need>,
    /// What happened in the last [`TIMELINE`], oldest first: of the selected
    /// incident in the war room, else of everything.
    pub timeline: Vec<Moment>,
    /// Raised by one whenever something that is drawn may have changed. A
    /// frame that is drawn from this state carries this number, and the
    /// runtime need not draw while it stays the same.
    pub frame: u64,
    /// The newest frame that the terminal took, and when.
    pub flushed: Option<(u64, Timestamp)>,
    /// Raised by one for each refresh that the person asked for.
    pub refreshes: u64,
    /// Large type and no secrets, for a shared screen.
    pub presenter: bool,
    /// No key is a command before this instant (after a paste).
    pub quiet_until: Option<Timestamp>,
    /// What the person knows of the item under the cursor.
    pub cursor: Cursor,
    /// Operations that a person confirmed and that the model does not know
    /// yet, by the number of their dialog.
    pub awaited: BTreeMap<u64, Option<OperationId>>,
    /// Runs that were run again or cancelled together, by the number of their
    /// dialog.
    pub batches: BTreeMap<u64, Batch>,
    /// Until when it may act, where it has to be armed.
    pub armed_until: Option<Timestamp>,
    /// How the calendar is looked at.
    pub calendar: CalendarLook,
    /// Set when the program is to end.
    pub quitting: bool,
    /// Numbers dialogs and notes, so that answers find what they belong to.
    pub tickets: u64,
    /// The run whose jobs are awaited so that a log of it can be opened.
    pub awaited_log: Option<Origin>,
    /// What the integrations were told last that the person looks at.
    pub attention: Attention,
    /// When to tell them what the person looks at now.
    pub attend_at: Option<Timestamp>,
    /// The cursor moved a moment ago: when the panes that show the parts of the
    /// item under it follow, and the place of the first of them in the view.
    pub follows: Option<(Timestamp, usize)>,
    /// What of the lists has to be computed anew before the next frame.
    pub(super) stale: Stale,
}

/// What has to be computed anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stale {
    /// The model changed: everything.
    pub(super) model: bool,
    /// The rows of the pane at this place and of those after it.
    pub(super) rows_from: Option<usize>,
    /// Cursors moved: what is scrolled.
    pub(super) scroll: bool,
    /// The minute that the lists were computed in.
    pub(super) minute: i64,
}

impl App {
    /// The state before the first event.
    #[must_use]
    pub fn new(model: Model, settings: Settings, keys: KeyMap, now: Timestamp) -> Self {
        Self {
            model,
            now,
            size: (80, 24),
            settings,
            keys,
            view: View::Deck,
            came_from: None,
            screens: BTreeMap::new(),
            marks: BTreeSet::new(),
            unfolded: BTreeSet::new(),
            folds: BTreeMap::new(),
            log: None,
            log_look: LogLook::default(),
            only_log: false,
            overlays: Vec::new(),
            toasts: Vec::new(),
            needs: Vec::new(),
            timeline: Vec::new(),
            frame: 1,
            flushed: None,
            refreshes: 0,
            presenter: false,
            quiet_until: None,
            cursor: Cursor::default(),
            awaited: BTreeMap::new(),
            batches: BTreeMap::new(),
            armed_until: None,
            calendar: CalendarLook::default(),
            quitting: false,
            tickets: 0,
            awaited_log: None,
            attention: Attention::default(),
            attend_at: None,
            follows: None,
            stale: Stale {
                model: true,
                ..Stale::default()
            },
        }
    }

    /// Whether it may act: it need not be armed, or it is.
    #[must_use]
    pub fn is_armed(&self) -> bool {
        !self.settings.arm || self.armed_until.is_some_and(|until| self.now < until)
    }

    /// Whether an operation has no outcome yet.
    #[must_use]
    pub fn is_in_flight(&self) -> bool {
        !self.awaited.is_empty()
            || self.model.operations_in_flight().next().is_some()
            || self.model.plans_in_flight().next().is_some()
            || self.batches.values().any(|batch| !batch.is_over())
    }

    /// Whether the model knows what was confirmed under this identity: an
    /// operation or a plan.
    #[must_use]
    pub fn is_shown(&self, id: &OperationId) -> bool {
        self.model.operation(id).is_some() || self.model.plan(id).is_some()
    }

    /// The dialog that is open, if one is on top.
    #[must_use]
    pub fn dialog(&self) -> Option<&Dialog> {
        match self.overlays.last() {
            Some(Overlay::Dialog(dialog)) => Some(dialog),
            _ => None,
        }
    }

    /// The state of the view that is shown, where it was ever settled.
    #[must_use]
    pub fn screen(&self) -> Option<&Screen> {
        self.screens.get(&self.view)
    }

    /// The pane that has the focus.
    #[must_use]
    pub fn focus(&self) -> Option<Pane> {
        self.screen()
            .map(|screen| screen.focus)
            .or_else(|| self.view.panes().first().copied())
    }

    /// True when the pane has the focus.
    #[must_use]
    pub fn is_focused(&self, pane: Pane) -> bool {
        self.focus() == Some(pane)
    }

    /// True when the focused pane fills the view.
    #[must_use]
    pub fn is_zoomed(&self) -> bool {
        self.screen().is_some_and(|screen| screen.zoomed)
    }

    /// Whether the runs are shown as a tree.
    #[must_use]
    pub fn is_tree(&self) -> bool {
        self.view == View::Pipelines && self.screen().is_some_and(|screen| screen.tab == 1)
    }

    /// The run whose jobs are shown beside the runs: the selected one, the one
    /// that the selected job is of, or the one of the selected service that
    /// failed or is at work, else its newest.
    #[must_use]
    pub fn shown_run(&self) -> Option<Origin> {
        let item = self.subject(Pane::Runs)?;
        let Item::Service(name) = item else {
            return crate::command::run(&self.model, item);
        };
        let mut first = None;
        for run in self.model.runs_of(name) {
            if run.value.state.is_failed() || run.value.state.is_live() {
                return Some(run.value.id.clone());
            }
            first = first.or(Some(&run.value.id));
        }
        first.cloned()
    }

    /// The rows of a pane of the view that is shown.
    #[must_use]
    pub fn list(&self, pane: Pane) -> &List {
        self.screen()
            .and_then(|screen| screen.lists.get(&pane))
            .unwrap_or(&list::NO_ROWS)
    }

    /// How many of the things that a filter is about have a row in a pane: in
    /// the tree of runs its runs, else all but the headings.
    #[must_use]
    pub fn shown_rows(&self, pane: Pane) -> usize {
        let tree = pane == Pane::Runs && self.is_tree();
        let counts = |row: &&Item| match row {
            Item::Run(_) => true,
            row => row.is_selectable() && !tree,
        };
        self.list(pane).rows.iter().filter(counts).count()
    }

    /// The item under the cursor of a pane.
    #[must_use]
    pub fn selected(&self, pane: Pane) -> Option<&Item> {
        self.list(pane).selected.as_ref()
    }

    /// The item of a pane whose parts other panes show. While the cursor moves
    /// it stays behind: a move is painted at once, the parts when the cursor
    /// rests.
    #[must_use]
    pub fn subject(&self, pane: Pane) -> Option<&Item> {
        let list = self.list(pane);
        if self.follows.is_some() && list.rested.is_some() {
            list.rested.as_ref()
        } else {
            list.selected.as_ref()
        }
    }

    /// The item under the cursor of the pane that has the focus.
    #[must_use]
    pub fn selection(&self) -> Option<&Item> {
        self.selected(self.focus()?)
    }

    /// The filter of the view that is shown.
    #[must_use]
    pub fn filter(&self) -> &Filter {
        self.screen()
            .map_or(&list::NO_FILTER, |screen| &screen.filter)
    }

    /// The name of the theme to draw with: the one that is looked at in the
    /// theme picker, else the chosen one.
    #[must_use]
    pub fn theme_name(&self) -> &str {
        self.overlays
            .iter()
            .find_map(|overlay| match overlay {
                Overlay::Themes(picker) => {
                    self.settings.themes.get(picker.index).map(String::as_str)
                }
                _ => None,
            })
            .unwrap_or(&self.settings.theme)
    }
}
