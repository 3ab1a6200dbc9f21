//! The views that number keys switch to, and the panes inside them.

/// One view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// Home: all that needs a person, and the four panes of the mission.
    #[default]
    Deck,
    /// Releases, freezes and other spans of time.
    Calendar,
    /// Runs, jobs, steps and logs.
    Pipelines,
    /// Canary and baseline, metric by metric.
    Canary,
    /// Incidents and the timeline that writes itself.
    WarRoom,
    /// Stations and votes.
    GoNoGo,
    /// Service × environment → version.
    Services,
    /// Everything that was done.
    Journal,
    /// Figures over a period.
    Report,
    /// Jobs and tests that are flaky; it has no number key.
    Flaky,
}

impl View {
    /// The views with a number key, in the order of these.
    pub const ALL: [Self; 9] = [
        Self::Deck,
        Self::Calendar,
        Self::Pipelines,
        Self::Canary,
        Self::WarRoom,
        Self::GoNoGo,
        Self::Services,
        Self::Journal,
        Self::Report,
    ];

    /// The views without a number key: the palette finds them.
    pub const OTHERS: [Self; 1] = [Self::Flaky];

    /// The number key; 0 for a view without one.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Deck => 1,
            Self::Calendar => 2,
            Self::Pipelines => 3,
            Self::Canary => 4,
            Self::WarRoom => 5,
            Self::GoNoGo => 6,
            Self::Services => 7,
            Self::Journal => 8,
            Self::Report => 9,
            Self::Flaky => 0,
        }
    }

    /// The title for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Deck => "Deck",
            Self::Calendar => "Calendar",
            Self::Pipelines => "Pipelines",
            Self::Canary => "Canary",
            Self::WarRoom => "War room",
            Self::GoNoGo => "Go/No-Go",
            Self::Services => "Services",
            Self::Journal => "Journal",
            Self::Report => "Report",
            Self::Flaky => "Flaky",
        }
    }

    /// The word that the palette and the command line take.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Deck => "deck",
            Self::Calendar => "calendar",
            Self::Pipelines => "pipelines",
            Self::Canary => "canary",
            Self::WarRoom => "war-room",
            Self::GoNoGo => "go-no-go",
            Self::Services => "services",
            Self::Journal => "journal",
            Self::Report => "report",
            Self::Flaky => "flaky",
        }
    }

    /// The view of this word, if there is one.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .chain(Self::OTHERS)
            .find(|view| view.word() == word)
    }

    /// Whether the view can be shown already.
    #[must_use]
    pub fn exists(self) -> bool {
        !matches!(self, Self::GoNoGo | Self::Report)
    }

    /// Tabs inside the view's main pane; `[` and `]` switch between them.
    #[must_use]
    pub fn tabs(self) -> &'static [&'static str] {
        match self {
            Self::Pipelines => &["newest first", "by release"],
            Self::Calendar => &["agenda", "week", "month", "timeline"],
            _ => &[],
        }
    }

    /// All panes of the view in the order of `tab`. A pane stands after the
    /// pane whose selection it follows.
    #[must_use]
    pub fn panes(self) -> &'static [Pane] {
        match self {
            Self::Deck => &[
                Pane::Needs,
                Pane::Runs,
                Pane::Canaries,
                Pane::Timeline,
                Pane::Agenda,
            ],
            Self::Calendar => &[Pane::Agenda, Pane::Releases],
            Self::Pipelines => &[Pane::Runs, Pane::Jobs, Pane::Log],
            Self::Canary => &[Pane::Canaries, Pane::Metrics],
            Self::WarRoom => &[Pane::Incidents, Pane::Timeline],
            Self::Services => &[Pane::Services, Pane::Versions],
            Self::Journal => &[Pane::Operations, Pane::Operation],
            Self::Flaky => &[Pane::Flaky],
            Self::GoNoGo | Self::Report => &[],
        }
    }
}

/// A form of the calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// A list by days.
    #[default]
    Agenda,
    /// Hours down, days across.
    Week,
    /// Each day with what holds and what ships.
    Month,
    /// Releases side by side, time across.
    Timeline,
}

impl Form {
    /// All of them, in the order of the view's tabs.
    pub const ALL: [Self; 4] = [Self::Agenda, Self::Week, Self::Month, Self::Timeline];

    /// The form of a tab of [`View::Calendar`].
    #[must_use]
    pub fn of_tab(tab: usize) -> Self {
        Self::ALL.get(tab).copied().unwrap_or_default()
    }

    /// The tab.
    #[must_use]
    pub fn tab(self) -> usize {
        self as usize
    }

    /// The word of people and of the palette.
    #[must_use]
    pub fn word(self) -> &'static str {
        View::Calendar.tabs().get(self.tab()).copied().unwrap_or("")
    }

    /// The form after it; after the last the first.
    #[must_use]
    pub fn next(self) -> Self {
        Self::of_tab((self.tab() + 1) % Self::ALL.len())
    }

    /// True for the forms with a cursor that stands on a time, not on a row.
    #[must_use]
    pub fn is_grid(self) -> bool {
        self != Self::Agenda
    }
}

/// A part of a view that can have the focus. Most are lists of [`super::Item`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pane {
    /// All that needs a person.
    Needs,
    /// Pipeline runs.
    Runs,
    /// Jobs and steps of the selected run.
    Jobs,
    /// The log of the open job: lines, not items.
    Log,
    /// Canaries.
    Canaries,
    /// Metrics of the selected canary.
    Metrics,
    /// Incidents.
    Incidents,
    /// What happened, of the selected incident or of everything.
    Timeline,
    /// Spans of time and releases, in order.
    Agenda,
    /// Items of the selected release.
    Releases,
    /// Services and what their environments serve.
    Services,
    /// Versions that the selected service served.
    Versions,
    /// Operations, newest first.
    Operations,
    /// The history of the selected operation: lines, not items.
    Operation,
    /// Jobs and tests that are flaky.
    Flaky,
}

impl Pane {
    /// The title for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Needs => "Needs you",
            Self::Runs => "Pipelines",
            Self::Jobs => "Jobs",
            Self::Log => "Log",
            Self::Canaries => "Canary",
            Self::Metrics => "Metrics",
            Self::Incidents => "Incidents",
            Self::Timeline => "War room",
            Self::Agenda => "Calendar",
            Self::Releases => "Release",
            Self::Services => "Services",
            Self::Versions => "Versions",
            Self::Operations => "Journal",
            Self::Operation => "Operation",
            Self::Flaky => "Flaky",
        }
    }

    /// The view that shows the pane at full size.
    #[must_use]
    pub fn home(self) -> View {
        match self {
            Self::Needs => View::Deck,
            Self::Runs | Self::Jobs | Self::Log => View::Pipelines,
            Self::Canaries | Self::Metrics => View::Canary,
            Self::Incidents | Self::Timeline => View::WarRoom,
            Self::Agenda | Self::Releases => View::Calendar,
            Self::Services | Self::Versions => View::Services,
            Self::Operations | Self::Operation => View::Journal,
            Self::Flaky => View::Flaky,
        }
    }

    /// True for panes of lines, which scroll and have no selected item.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::Log | Self::Operation)
    }
}
