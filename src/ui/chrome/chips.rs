//! The chips of operations and plans: each lives until its outcome is
//! observed, and a little longer so that it can be read.

use chrono::TimeDelta;

use crate::{
    domain::{OperationRecord, OperationState, PlanRecord, PlanState, Timestamp},
    operation::PROPOSAL_HOLDS,
    ui::{app::App, overlays, theme::State},
};

/// Chips that are shown at once.
const SHOWN: usize = 3;

/// One chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// Where the operation stands.
    pub state: State,
    /// What it is and where it stands, in words.
    pub text: String,
}

/// How long a chip stays after its operation got into this state.
fn stays(state: OperationState) -> Option<TimeDelta> {
    match state {
        OperationState::Confirmed | OperationState::Sent | OperationState::Accepted => None,
        OperationState::Proposed => Some(PROPOSAL_HOLDS),
        OperationState::Observed => Some(TimeDelta::seconds(20)),
        OperationState::Failed => Some(TimeDelta::minutes(2)),
        OperationState::Unknown => Some(TimeDelta::hours(24)),
    }
}

fn ends(app: &App, record: &OperationRecord) -> Option<Timestamp> {
    let last = record.history.last()?;
    // What was sent again has a successor, which has a chip of its own.
    let state = if record.again_as.is_some() && !app.model.is_unresolved(record) {
        OperationState::Observed
    } else {
        record.state
    };
    Some(last.at + stays(state)?)
}

fn live(app: &App) -> impl Iterator<Item = &OperationRecord> {
    app.model
        .operations()
        .filter(|record| ends(app, record).is_none_or(|ends| ends > app.now))
}

fn plan_ends(record: &PlanRecord) -> Option<Timestamp> {
    let stays = match record.state {
        PlanState::Running | PlanState::Stopping => return None,
        PlanState::Done => TimeDelta::seconds(20),
        PlanState::Stopped if record.is_unknown() => TimeDelta::hours(24),
        PlanState::Stopped => TimeDelta::minutes(2),
    };
    Some(record.ended? + stays)
}

fn live_plans(app: &App) -> impl Iterator<Item = &PlanRecord> {
    app.model.plans().filter(|record| {
        // What an earlier tminus left says so in the journal alone.
        (record.ended.is_some() || !record.state.is_final())
            && plan_ends(record).is_none_or(|ends| ends > app.now)
    })
}

/// The chips: plans first, then operations, newest first.
#[must_use]
pub fn all(app: &App) -> Vec<Chip> {
    live_plans(app)
        .map(plan_chip)
        .chain(live(app).map(chip))
        .take(SHOWN)
        .collect()
}

/// When the next chip goes away.
#[must_use]
pub fn next_change(app: &App) -> Option<Timestamp> {
    live(app)
        .filter_map(|record| ends(app, record))
        .chain(live_plans(app).filter_map(plan_ends))
        .min()
}

fn plan_chip(record: &PlanRecord) -> Chip {
    let (done, all) = record.progress();
    let name = &record.plan.name;
    let text = match record.state {
        PlanState::Running => format!("plan {name}: {done} of {all} observed"),
        PlanState::Stopping => format!("plan {name}: stopping after {done} of {all}"),
        PlanState::Done => format!("plan {name}: done, {done} of {all} observed"),
        PlanState::Stopped => format!(
            "plan {name}: stopped after {done} of {all}: {}",
            record.detail
        ),
    };
    Chip {
        state: overlays::plan::plan_state(record),
        text,
    }
}

fn chip(record: &OperationRecord) -> Chip {
    let reached = |state: OperationState| {
        record
            .history
            .iter()
            .find(|transition| transition.state == state)
            .map(|transition| transition.at)
    };
    let detail = record
        .history
        .last()
        .map(|last| last.detail.as_str())
        .unwrap_or_default();
    let short = match &record.intent.service {
        Some(service) => format!("{} {service}", record.intent.act.verb()),
        None => record.intent.act.verb().to_owned(),
    };
    let (state, word) = match record.state {
        OperationState::Proposed => (
            State::Waiting,
            "proposed: waits for another person".to_owned(),
        ),
        OperationState::Confirmed => (State::Running, "confirmed".to_owned()),
        OperationState::Sent => (State::Running, "sent".to_owned()),
        OperationState::Accepted => (State::Running, "accepted".to_owned()),
        OperationState::Observed => {
            let took = reached(OperationState::Sent)
                .or_else(|| reached(OperationState::Confirmed))
                .zip(reached(OperationState::Observed))
                .map(|(from, to)| (to - from).num_milliseconds().max(0));
            let word = match took {
                Some(took) => format!("observed ({}.{} s)", took / 1_000, took % 1_000 / 100),
                None => "observed".to_owned(),
            };
            (State::Ok, word)
        }
        OperationState::Failed => (State::Failed, format!("failed: {detail}")),
        OperationState::Unknown if record.again_as.is_some() => {
            (State::Unknown, "unknown, sent again".to_owned())
        }
        OperationState::Unknown => (State::Unknown, "unknown: it is in the inbox".to_owned()),
    };
    Chip {
        state,
        text: format!("{short}: {word}"),
    }
}
