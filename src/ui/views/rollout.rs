//! One line about how a cluster rolls a version out: where it stands, why, what
//! measures it there, and who else has a hand in it.

use ratatui::{buffer::Buffer, layout::Rect};

use super::Scene;
use crate::{
    domain::{CanaryReading, Rollout, RolloutPhase},
    ui::{
        theme::State,
        widgets::{format, row::Row},
    },
};

/// The rollout behind a canary, where a cluster rolls it out.
pub(super) fn of<'a>(scene: &Scene<'a>, reading: &CanaryReading) -> Option<&'a Rollout> {
    let model = &scene.app.model;
    let known = model.rollout_at(&reading.service, &reading.environment)?;
    Some(&known.value)
}

fn state(rollout: &Rollout) -> State {
    match rollout.phase {
        _ if rollout.aborted => State::Failed,
        _ if rollout.held => State::Held,
        RolloutPhase::Degraded => State::Failed,
        RolloutPhase::Healthy => State::Ok,
        RolloutPhase::Paused => State::Waiting,
        RolloutPhase::Progressing => State::Running,
        RolloutPhase::Other(_) => State::Unknown,
    }
}

/// What is said of it, the most important first.
fn parts(scene: &Scene<'_>, rollout: &Rollout) -> Vec<String> {
    let mut first = format!("{} {}", rollout.strategy.word(), rollout.phase.word());
    if rollout.aborted {
        first = format!("{} aborted", rollout.strategy.word());
    } else if rollout.held {
        first = format!("{} held", rollout.strategy.word());
    }
    if let (Some((step, of)), false) = (rollout.step(), rollout.aborted) {
        first.push_str(&format!(" at step {step}/{of}"));
        if let Some(words) = rollout.steps.get(step - 1) {
            first.push_str(&format!(" ({words})"));
        }
    }
    let mut parts = vec![first];
    if let Some(pause) = rollout.pauses.first() {
        let age = format::age(scene.now - pause.since);
        parts.push(format!("{} for {age}", pause.reason));
    } else if !rollout.message.is_empty() {
        parts.push(rollout.message.to_string());
    }
    if rollout.aborted
        && let Some(current) = rollout.current()
    {
        parts.push(format!(
            "{} is still wanted: roll back with R",
            current.version
        ));
    }
    for analysis in &rollout.analyses {
        parts.push(format!("analysis {} {}", analysis.name, analysis.phase));
    }
    if !rollout.pauses.is_empty() && !rollout.held && !rollout.aborted {
        parts.push("P promotes, H holds, X aborts".to_owned());
    } else if rollout.held && !rollout.aborted {
        parts.push("P lets it go on, X aborts".to_owned());
    }
    if !rollout.managed_by.is_empty() {
        parts.push(format!("{} deploys it from Git", rollout.managed_by));
    }
    parts
}

/// Writes the line.
pub(super) fn write(scene: &Scene<'_>, buffer: &mut Buffer, area: Rect, rollout: &Rollout) {
    let theme = scene.theme;
    let mut row = Row::new(buffer, area, 0, theme.marks.ellipsis);
    let state = state(rollout);
    row.gap(1)
        .put(theme.marks.state(state), theme.state(state))
        .gap(1);
    for (place, words) in parts(scene, rollout).iter().enumerate() {
        if place > 0 {
            row.put(&format!(" {} ", theme.marks.dot), theme.faint);
        }
        row.put(words, if place == 0 { theme.text } else { theme.dim });
    }
}
