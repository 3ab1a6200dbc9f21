//! The table of commands.

use super::{Form, Key, KeyCode, View};

/// One verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Command {
    /// Show a view.
    Show(View),
    /// Next row.
    Down,
    /// Previous row.
    Up,
    /// To the left: fold, or previous pane.
    Left,
    /// To the right: unfold, or next pane.
    Right,
    /// First row.
    First,
    /// Last row.
    Last,
    /// Half a page down.
    HalfDown,
    /// Half a page up.
    HalfUp,
    /// A page down.
    PageDown,
    /// A page up.
    PageUp,
    /// Next pane.
    NextPane,
    /// Previous pane.
    PreviousPane,
    /// Next tab inside the pane.
    NextTab,
    /// Previous tab inside the pane.
    PreviousTab,
    /// Show the calendar in a form.
    Calendar(Form),
    /// The calendar's cursor to now.
    Today,
    /// The calendar on another clock.
    Zone,
    /// The calendar's next entry.
    NextEntry,
    /// The calendar's previous entry.
    PreviousEntry,
    /// The calendar's cursor to the right.
    Later,
    /// Open what is selected.
    Open,
    /// One level back.
    Back,
    /// The focused pane alone, or all again.
    Zoom,
    /// Filter rows, or search a log.
    Filter,
    /// Next error or match in a log.
    NextMatch,
    /// Previous error or match in a log.
    PreviousMatch,
    /// Next line of a log that reports an error.
    NextError,
    /// Previous line of a log that reports an error.
    PreviousError,
    /// Stay at the end of a log, or stay where it is.
    Follow,
    /// Long lines of a log go on in the next row, or are cut.
    Wrap,
    /// What is shown of the instants of a log.
    Times,
    /// Fold all groups of a log, or none.
    FoldAll,
    /// Mark lines of a log from here on.
    SelectLines,
    /// A copy of the log as a file.
    SaveLog,
    /// Every command by name.
    Palette,
    /// The keys that work here.
    Help,
    /// Mark what is selected.
    Mark,
    /// Write a note.
    Note,
    /// The sheet of the release that the header follows.
    Release,
    /// Start a hotfix for what is selected.
    Hotfix,
    /// Make a window on the calendar.
    AddWindow,
    /// Put a window or a release at another time.
    MoveInTime,
    /// Take a window back, or scrub a release.
    CancelPlanned,
    /// Plan the same once more.
    Duplicate,
    /// Let a waiting deployment go on.
    Approve,
    /// Refuse a waiting deployment.
    Decline,
    /// Next canary step.
    Promote,
    /// All canary steps that are left.
    PromoteFully,
    /// Hold a rollout.
    Hold,
    /// Back to a version that served before.
    RollBack,
    /// Cancel a run.
    Abort,
    /// Run failed jobs again.
    Rerun,
    /// Run everything again.
    RerunAll,
    /// Say that somebody looks at an incident.
    Acknowledge,
    /// Say that an incident is over.
    Resolve,
    /// Look for the effect of an operation of unknown outcome.
    Look,
    /// Send an operation of unknown outcome again.
    SendAgain,
    /// May act for a time.
    Arm,
    /// May only look again.
    Disarm,
    /// What changed since the last good one.
    Compare,
    /// The log of a failed job.
    Log,
    /// Open the page for people.
    OpenLink,
    /// Copy the id.
    CopyId,
    /// Copy the link.
    CopyLink,
    /// Ask all systems now.
    Refresh,
    /// Large type for a shared screen.
    Presenter,
    /// Choose a theme.
    Themes,
    /// Capture the mouse or give it back.
    MouseCapture,
    /// Draw everything anew.
    Redraw,
    /// To the shell, and back with `fg`.
    Suspend,
    /// Back, then leave.
    Quit,
    /// Leave now, from anywhere.
    Leave,
}

/// What a command can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Danger {
    /// Only moves a cursor or scrolls: allowed even when keys come in a burst.
    Moves,
    /// Changes this screen only.
    Screen,
    /// Changes something outside that is frequent and easily taken back.
    Outside,
    /// Changes production.
    Production,
}

/// Where a key has its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// In every view.
    Everywhere,
    /// In panes of lines, such as a log.
    Text,
    /// In the calendar.
    Calendar,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The verb.
    pub command: Command,
    /// The name that palette and configuration use.
    pub id: &'static str,
    /// A word or two, for footer and palette.
    pub title: &'static str,
    /// A sentence, for help and documentation.
    pub doc: &'static str,
    /// Where its keys have this meaning.
    pub scope: Scope,
    /// What it can change.
    pub danger: Danger,
    /// The keys that it has when nobody changed them.
    pub keys: &'static [Key],
    /// Place in the footer; 0 keeps it out.
    pub footer: u8,
}

const fn key(character: char) -> Key {
    Key::char(character)
}

const fn code(code: KeyCode) -> Key {
    Key::plain(code)
}

const BACK_TAB: Key = Key {
    shift: true,
    ..Key::plain(KeyCode::Tab)
};

macro_rules! table {
    ($($scope:ident $danger:ident $footer:literal $command:expr, $id:literal, $title:literal, [$($key:expr),*], $doc:literal;)+) => {
        /// Every command.
        pub const TABLE: &[Row] = &[$(Row {
            command: $command,
            id: $id,
            title: $title,
            doc: $doc,
            scope: Scope::$scope,
            danger: Danger::$danger,
            keys: &[$($key),*],
            footer: $footer,
        }),+];
    };
}

use Command as C;

table! {
    Everywhere Production 1 C::RollBack, "rollback", "roll back", [key('R')],
        "Bring the selected service back to a version that served before; first choose which. With several marked: all of them, by a plan.";
    Everywhere Production 2 C::Approve, "approve", "approve", [key('A')],
        "Let the selected deployment, which waits for a person, go on.";
    Everywhere Production 3 C::Decline, "decline", "decline", [key('D')],
        "Refuse the selected deployment, which waits for a person; its run fails.";
    Everywhere Outside 4 C::Acknowledge, "acknowledge", "acknowledge", [key('a')],
        "Tell everybody that you look at the selected incident.";
    Everywhere Outside 5 C::Rerun, "rerun-failed", "re-run failed", [key('r')],
        "Run the failed jobs of the selected run again; with several marked, of all of them by one yes. On a canary that was aborted: begin it anew.";
    Everywhere Production 6 C::Abort, "cancel", "cancel run", [key('X')],
        "Cancel the selected run; with several marked, all of them by one yes. On a canary that a cluster rolls out: abort it.";
    Everywhere Outside 9 C::Resolve, "resolve", "resolve", [key('e')],
        "Say that the selected incident is over.";
    Everywhere Screen 4 C::Look, "look", "look for its effect", [key('v')],
        "Look whether the selected operation, of which nobody knows the outcome, took effect. Nothing is sent.";
    Everywhere Production 5 C::SendAgain, "send-again", "send again", [key('S')],
        "Send the selected operation, of which nobody knows the outcome, again as a new one; it may then happen twice.";
    Everywhere Screen 0 C::Arm, "arm", "arm", [],
        "Let tminus act for a time, such as `:arm 10m` (1m to 60m), where `arm = true` in [operations] has it start able to look only.";
    Everywhere Screen 0 C::Disarm, "disarm", "disarm", [],
        "Let tminus only look again, before the time of `:arm` is over.";
    Everywhere Production 0 C::Promote, "promote", "promote", [key('P')],
        "Let the selected canary take its next step; what is held goes on, and of what a person has to approve, the yes is asked for.";
    Everywhere Production 0 C::PromoteFully, "promote-fully", "promote fully", [],
        "Give the selected canary all of the traffic, without the steps, pauses and analyses that are left.";
    Everywhere Production 0 C::Hold, "hold", "hold", [key('H')],
        "Hold the selected rollout where it is.";
    Everywhere Production 0 C::RerunAll, "rerun-all", "re-run all", [key('E')],
        "Run all jobs of the selected run again.";
    Everywhere Screen 7 C::Log, "log", "log", [key('l')],
        "Open the log of the selected job, or of the run's first failed job, at its first error.";
    Everywhere Screen 8 C::Compare, "compare", "compare", [key('c')],
        "Show what changed since the last good run or version: commits, authors, files, pull requests.";
    Everywhere Screen 10 C::Note, "note", "note", [key('w')],
        "Write a note, linked to what is selected; it is stored at each pause in typing.";
    Everywhere Screen 0 C::Release, "release", "release", [key('i')],
        "The sheet of the release that the header follows, and of all others: content, checks, gates, course, all that belongs to it; its state is changed there.";
    Everywhere Screen 0 C::Hotfix, "hotfix", "hotfix", [key('F')],
        "Start a hotfix release for the service of what is selected, such as an incident; its review stays in the inbox until it is done.";
    Calendar Screen 4 C::AddWindow, "calendar add", "new window", [key('a')],
        "Make a freeze, a change window, maintenance or a day to be seen; it is in the journal, and in force at once.";
    Calendar Screen 5 C::MoveInTime, "calendar move", "move", [key('m')],
        "Plan the selected release, or a window that was made here, for another time; what is in the way is shown before.";
    Calendar Screen 6 C::CancelPlanned, "calendar cancel", "cancel", [key('x')],
        "Take back a window that was made here, or scrub a release of which nothing has moved.";
    Calendar Screen 7 C::Duplicate, "calendar duplicate", "duplicate", [key('d')],
        "Plan the same once more: a window, or the services of a release with the versions that await.";
    Everywhere Screen 12 C::Open, "open", "open", [code(KeyCode::Enter)],
        "Open what is selected.";
    Everywhere Screen 0 C::Back, "back", "back", [code(KeyCode::Esc)],
        "One level back: clear the filter, close the log, leave the zoom. Never leaves tminus.";
    Everywhere Screen 14 C::Zoom, "zoom", "zoom", [key('z')],
        "Show the focused pane alone; again, show all panes.";
    Everywhere Screen 13 C::Filter, "filter", "filter", [key('/')],
        "Show only rows that contain each of the words, or that are so: service: branch: actor: env: state:failed,running age:<2h; `!` before one turns it round. In a log: search by a regular expression.";
    Everywhere Screen 16 C::Palette, "palette", "command", [key(':')],
        "Find any command, view or theme by name.";
    Everywhere Screen 17 C::Help, "help", "help", [key('?'), code(KeyCode::F(1))],
        "Show the keys that work here.";
    Everywhere Moves 0 C::Down, "down", "down", [key('j'), code(KeyCode::Down)],
        "Next row.";
    Everywhere Moves 0 C::Up, "up", "up", [key('k'), code(KeyCode::Up)],
        "Previous row.";
    Everywhere Moves 0 C::Left, "left", "fold", [key('h'), code(KeyCode::Left)],
        "Fold the selected row, or go to the pane before.";
    Everywhere Moves 0 C::Right, "right", "unfold", [code(KeyCode::Right)],
        "Unfold the selected row, or go to the next pane.";
    Everywhere Moves 0 C::First, "first", "first", [key('g'), code(KeyCode::Home)],
        "First row.";
    Everywhere Moves 0 C::Last, "last", "last", [key('G'), code(KeyCode::End)],
        "Last row.";
    Everywhere Moves 0 C::HalfDown, "half-page-down", "half a page down", [Key::ctrl('d')],
        "Half a page down.";
    Everywhere Moves 0 C::HalfUp, "half-page-up", "half a page up", [Key::ctrl('u')],
        "Half a page up.";
    Everywhere Moves 0 C::PageDown, "page-down", "page down", [code(KeyCode::PageDown), Key::ctrl('f')],
        "A page down.";
    Everywhere Moves 0 C::PageUp, "page-up", "page up", [code(KeyCode::PageUp), Key::ctrl('b')],
        "A page up.";
    Everywhere Moves 15 C::NextPane, "next-pane", "pane", [code(KeyCode::Tab)],
        "Give the focus to the next pane.";
    Everywhere Moves 0 C::PreviousPane, "previous-pane", "previous pane", [BACK_TAB],
        "Give the focus to the pane before.";
    Everywhere Moves 11 C::NextTab, "next-tab", "list or tree", [key(']')],
        "Next tab inside the pane: runs newest first, or as a tree by release and service; the calendar as agenda, week, month or timeline.";
    Everywhere Moves 0 C::PreviousTab, "previous-tab", "previous tab", [key('[')],
        "Previous tab inside the pane.";
    Text Moves 1 C::NextMatch, "next-match", "next error", [key('n')],
        "Next match of the search, or next error where nothing is searched for.";
    Text Moves 0 C::PreviousMatch, "previous-match", "previous error", [key('N')],
        "Previous match of the search, or previous error where nothing is searched for.";
    Text Moves 0 C::NextError, "next-error", "next error", [key('}')],
        "Next line that reports an error, whatever is searched for.";
    Text Moves 0 C::PreviousError, "previous-error", "previous error", [key('{')],
        "Previous line that reports an error, whatever is searched for.";
    Text Screen 2 C::Follow, "follow", "follow", [key('f')],
        "Stay at the end of the log while it grows; again, or any move, pauses.";
    Text Screen 3 C::Wrap, "wrap", "wrap", [key('W')],
        "Let long lines go on in the next row; again, cut them.";
    Text Screen 4 C::Times, "times", "times", [key('T')],
        "Show the time of day of each line, then the time since the first line, then none.";
    Text Screen 0 C::FoldAll, "fold-all", "fold all", [key('F')],
        "Fold all groups of the log; again, unfold them. `enter` and `space` fold the one under the cursor.";
    Text Screen 0 C::SelectLines, "select-lines", "mark lines", [key('V')],
        "Mark lines from the cursor on; `y` copies them.";
    Text Screen 5 C::SaveLog, "save-log", "save", [key('s')],
        "Save a copy of the log, as it came, in the current directory; no file is overwritten.";
    Calendar Moves 1 C::Today, "today", "today", [key('t')],
        "The calendar's cursor goes to now and follows it; themes are chosen by `:themes` here.";
    Calendar Moves 3 C::NextEntry, "next-entry", "next entry", [key('n')],
        "Next entry of the calendar by its start, also one that shares its place with others.";
    Calendar Moves 0 C::PreviousEntry, "previous-entry", "previous entry", [key('N')],
        "Previous entry of the calendar by its start.";
    Calendar Moves 0 C::Later, "later", "later", [key('l')],
        "In the calendar what the right arrow does: a day later; a page is a week, a month or all that the timeline shows.";
    Calendar Screen 2 C::Zone, "zone", "zone", [key('s')],
        "Days and times of the calendar by another clock: the team's, the selected window's, yours, UTC.";
    Everywhere Screen 0 C::Calendar(Form::Agenda), "calendar agenda", "agenda", [],
        "The calendar as a list by days.";
    Everywhere Screen 0 C::Calendar(Form::Week), "calendar week", "week", [],
        "The calendar as a week: hours down, days across.";
    Everywhere Screen 0 C::Calendar(Form::Month), "calendar month", "month", [],
        "The calendar as a month: each day with what holds and what ships.";
    Everywhere Screen 0 C::Calendar(Form::Timeline), "calendar timeline", "timeline", [],
        "The calendar as a timeline: releases side by side under freezes and windows.";
    Everywhere Screen 0 C::Mark, "mark", "mark", [key(' ')],
        "Mark what is selected, or take the mark away; `y` copies all that is marked, `r` runs its failed jobs again, `X` cancels it, `R` rolls it back by one plan.";
    Everywhere Screen 18 C::OpenLink, "open-link", "link", [key('o')],
        "Open the page of what is selected in a browser, and show its address.";
    Everywhere Screen 0 C::CopyId, "copy-id", "copy id", [key('y')],
        "Copy the id of what is selected, or of all that is marked, over SSH too. In a log: the line, or the marked lines.";
    Everywhere Screen 0 C::CopyLink, "copy-link", "copy link", [key('Y')],
        "Copy the link of what is selected, or of all that is marked, over SSH too.";
    Everywhere Screen 0 C::Refresh, "refresh", "refresh", [key('u')],
        "Ask every system now instead of at its next turn.";
    Everywhere Screen 0 C::Show(View::Deck), "view deck", "Deck", [key('1')],
        "All that needs a person, and the four panes of the mission.";
    Everywhere Screen 0 C::Show(View::Calendar), "view calendar", "Calendar", [key('2')],
        "Releases, freezes, change windows and maintenance.";
    Everywhere Screen 0 C::Show(View::Pipelines), "view pipelines", "Pipelines", [key('3')],
        "Runs, jobs, steps and logs.";
    Everywhere Screen 0 C::Show(View::Canary), "view canary", "Canary", [key('4')],
        "Canary and baseline, metric by metric.";
    Everywhere Screen 0 C::Show(View::WarRoom), "view war-room", "War room", [key('5')],
        "Incidents, and the timeline that writes itself.";
    Everywhere Screen 0 C::Show(View::GoNoGo), "view go-no-go", "Go/No-Go", [key('6')],
        "Stations and votes, gates and the countdown.";
    Everywhere Screen 0 C::Show(View::Services), "view services", "Services", [key('7')],
        "Which version each environment serves.";
    Everywhere Screen 0 C::Show(View::Journal), "view journal", "Journal", [key('8')],
        "Everything that was done, by whom, and what came of it.";
    Everywhere Screen 0 C::Show(View::Report), "view report", "Report", [key('9')],
        "Figures over a period.";
    Everywhere Screen 0 C::Show(View::Flaky), "view flaky", "Flaky", [],
        "Jobs and tests that failed and then passed on the same commit, the worst first.";
    Everywhere Screen 0 C::Presenter, "presenter", "presenter mode", [code(KeyCode::F(5))],
        "Large type and no secrets, for a shared screen.";
    Everywhere Screen 0 C::Themes, "themes", "theme", [key('t')],
        "Choose a theme; each is shown while you choose.";
    Everywhere Screen 0 C::MouseCapture, "mouse", "mouse", [key('m')],
        "Capture the mouse, or give it back so that the terminal can select text.";
    Everywhere Screen 0 C::Redraw, "redraw", "redraw", [Key::ctrl('l')],
        "Draw everything anew, after something else wrote to the terminal.";
    Everywhere Screen 0 C::Suspend, "suspend", "to the shell", [Key::ctrl('z')],
        "To the shell; `fg` comes back.";
    Everywhere Screen 0 C::Quit, "quit", "quit", [key('q')],
        "Back to where you came from, then leave; asks while an operation has no outcome yet.";
    Everywhere Screen 0 C::Leave, "leave", "leave", [Key::ctrl('c')],
        "Leave tminus from anywhere; asks while an operation has no outcome yet. Never cancels a pipeline.";
}

/// The row of a command.
#[must_use]
pub fn row(command: Command) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.command == command)
}
