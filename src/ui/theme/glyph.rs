//! States as glyph and word, and the marks that the screen is drawn with, in
//! full and in plain ASCII.

use crate::domain::{
    AlertState, Conclusion, DeploymentState, IncidentStatus, OperationState, RunState,
};

/// The states that the screen tells apart. Each has a glyph, a word and a
/// colour, so that colour alone never tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// It worked, or it is well.
    Ok,
    /// It did not work.
    Failed,
    /// At work.
    Running,
    /// Waits for a human.
    Waiting,
    /// Somebody must look.
    Alert,
    /// Paused on purpose.
    Held,
    /// Taken back.
    RolledBack,
    /// Neither good nor bad.
    Marginal,
    /// Not known.
    Unknown,
    /// Nothing may change here.
    Frozen,
    /// Nothing to say.
    Quiet,
}

impl State {
    /// All of them, in the order of the help screen.
    pub const ALL: [Self; 11] = [
        Self::Ok,
        Self::Failed,
        Self::Running,
        Self::Waiting,
        Self::Alert,
        Self::Held,
        Self::RolledBack,
        Self::Marginal,
        Self::Unknown,
        Self::Frozen,
        Self::Quiet,
    ];

    /// The word that goes with the glyph.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Alert => "alert",
            Self::Held => "held",
            Self::RolledBack => "rolled back",
            Self::Marginal => "marginal",
            Self::Unknown => "unknown",
            Self::Frozen => "frozen",
            Self::Quiet => "quiet",
        }
    }
}

impl From<&RunState> for State {
    fn from(state: &RunState) -> Self {
        match state {
            RunState::Queued => Self::Quiet,
            RunState::Running => Self::Running,
            RunState::Waiting => Self::Waiting,
            RunState::Done(conclusion) => match conclusion {
                Conclusion::Success => Self::Ok,
                Conclusion::Failure | Conclusion::TimedOut | Conclusion::StartupFailure => {
                    Self::Failed
                }
                Conclusion::ActionRequired => Self::Waiting,
                Conclusion::Neutral => Self::Marginal,
                Conclusion::Cancelled | Conclusion::Skipped | Conclusion::Stale => Self::Quiet,
                Conclusion::Other(_) => Self::Unknown,
            },
            RunState::Other(_) => Self::Unknown,
        }
    }
}

impl From<&DeploymentState> for State {
    fn from(state: &DeploymentState) -> Self {
        match state {
            DeploymentState::Queued | DeploymentState::Inactive => Self::Quiet,
            DeploymentState::Waiting => Self::Waiting,
            DeploymentState::InProgress => Self::Running,
            DeploymentState::Success => Self::Ok,
            DeploymentState::Failure => Self::Failed,
            DeploymentState::Other(_) => Self::Unknown,
        }
    }
}

impl From<&IncidentStatus> for State {
    fn from(status: &IncidentStatus) -> Self {
        match status {
            IncidentStatus::Triggered => Self::Alert,
            IncidentStatus::Acknowledged => Self::Running,
            IncidentStatus::Resolved => Self::Ok,
            IncidentStatus::Other(_) => Self::Unknown,
        }
    }
}

impl From<&AlertState> for State {
    fn from(state: &AlertState) -> Self {
        match state {
            AlertState::Pending => Self::Marginal,
            AlertState::Firing => Self::Alert,
            AlertState::Other(_) => Self::Unknown,
        }
    }
}

impl From<OperationState> for State {
    fn from(state: OperationState) -> Self {
        match state {
            OperationState::Proposed => Self::Waiting,
            OperationState::Confirmed => Self::Quiet,
            OperationState::Sent | OperationState::Accepted => Self::Running,
            OperationState::Observed => Self::Ok,
            OperationState::Failed => Self::Failed,
            OperationState::Unknown => Self::Unknown,
        }
    }
}

/// The word for a run's state in the field's own language.
#[must_use]
pub fn run_word(state: &RunState) -> &str {
    match state {
        RunState::Queued => "queued",
        RunState::Running => "running",
        RunState::Waiting => "waiting",
        RunState::Done(conclusion) => match conclusion {
            Conclusion::Success => "ok",
            Conclusion::Failure => "failed",
            Conclusion::Cancelled => "cancelled",
            Conclusion::Skipped => "skipped",
            Conclusion::TimedOut => "timed out",
            Conclusion::ActionRequired => "needs action",
            Conclusion::Neutral => "neutral",
            Conclusion::Stale => "stale",
            Conclusion::StartupFailure => "did not start",
            Conclusion::Other(word) => word,
        },
        RunState::Other(word) => word,
    }
}

/// The word for an operation's state.
#[must_use]
pub fn operation_word(state: OperationState) -> &'static str {
    match state {
        OperationState::Proposed => "proposed",
        OperationState::Confirmed => "confirmed",
        OperationState::Sent => "sent",
        OperationState::Accepted => "accepted",
        OperationState::Observed => "observed",
        OperationState::Failed => "failed",
        OperationState::Unknown => "unknown",
    }
}

/// The marks of one character set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// True for the plain set: braille and blocks are out.
    pub ascii: bool,
    states: [&'static str; 11],
    /// Before the selected row.
    pub gutter: &'static str,
    /// Before a line of a log that reports an error.
    pub bar: &'static str,
    /// Where a text was cut; one column wide in both sets.
    pub ellipsis: &'static str,
    /// Corners of a box: top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
    /// Lines of a box: horizontal, vertical.
    pub lines: [&'static str; 2],
    /// Axis of a chart: vertical with tick, vertical, corner, horizontal.
    pub axis: [&'static str; 4],
    /// A bar that is full, and its empty rest.
    pub progress: [&'static str; 2],
    /// A bar on a time axis: filled, empty, waited for.
    pub gantt: [&'static str; 3],
    /// Eight heights, lowest first.
    pub levels: [&'static str; 8],
    /// A connection: good, partly, away, connecting.
    pub dots: [&'static str; 4],
    /// Between two versions or places.
    pub arrow: &'static str,
    /// Between words of one line.
    pub dot: &'static str,
    /// In place of a missing value.
    pub none: &'static str,
    /// Multiplication, as in `5.6×`.
    pub times: &'static str,
    /// The moment now, on a time axis.
    pub now: &'static str,
    /// A duty goes from one person to another.
    pub handover: &'static str,
    /// A step, on a chart's axis.
    pub step: &'static str,
    /// A branch or a group of lines that is folded, and one that is not.
    pub fold: [&'static str; 2],
    /// More above, more below.
    pub more: [&'static str; 2],
    /// Something is in flight.
    pub flight: &'static str,
    /// Minus as in `T−00:05:00`.
    pub minus: &'static str,
}

/// The full set. Only characters that are one column wide in every terminal
/// that was tried, and that common fonts have.
pub const UNICODE: Marks = Marks {
    ascii: false,
    states: ["✓", "✗", "▶", "◆", "!", "‖", "↺", "~", "?", "⊘", "·"],
    gutter: "▸",
    bar: "▌",
    ellipsis: "…",
    corners: ["╭", "╮", "╰", "╯"],
    lines: ["─", "│"],
    axis: ["┤", "│", "└", "─"],
    progress: ["▓", "░"],
    gantt: ["▇", "·", "░"],
    levels: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    dots: ["●", "◐", "○", "◌"],
    arrow: "→",
    dot: "·",
    none: "–",
    times: "×",
    now: "│",
    handover: "⇄",
    step: "▲",
    fold: ["▸", "▾"],
    more: ["↑", "↓"],
    flight: "⟳",
    minus: "−",
};

/// The plain set, for terminals and fonts that have nothing else.
pub const ASCII: Marks = Marks {
    ascii: true,
    states: ["+", "x", ">", "*", "!", "=", "<", "~", "?", "#", "."],
    gutter: ">",
    bar: "|",
    ellipsis: "~",
    corners: ["+", "+", "+", "+"],
    lines: ["-", "|"],
    axis: ["+", "|", "+", "-"],
    progress: ["#", "."],
    gantt: ["=", ".", ":"],
    levels: ["_", ".", ",", "-", "=", "+", "*", "#"],
    dots: ["o", "%", "-", "?"],
    arrow: "->",
    dot: "-",
    none: "-",
    times: "x",
    now: "|",
    handover: "%",
    step: "^",
    fold: ["+", "-"],
    more: ["^", "v"],
    flight: "@",
    minus: "-",
};

impl Marks {
    /// The glyph of a state; one column wide.
    #[must_use]
    pub fn state(&self, state: State) -> &'static str {
        let place = State::ALL.iter().position(|known| *known == state);
        place
            .and_then(|at| self.states.get(at))
            .copied()
            .unwrap_or("?")
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn every_state_has_its_own_glyph_of_one_column() {
        for marks in [UNICODE, ASCII] {
            let mut seen = std::collections::BTreeSet::new();
            for state in State::ALL {
                let glyph = marks.state(state);
                assert_eq!(glyph.width(), 1, "{glyph}");
                assert!(seen.insert(glyph), "{glyph} stands for two states");
                assert!(!state.word().is_empty());
            }
        }
    }

    #[test]
    fn the_plain_set_is_plain() {
        let all = format!("{ASCII:?}");
        assert!(all.is_ascii(), "{all}");
    }
}
