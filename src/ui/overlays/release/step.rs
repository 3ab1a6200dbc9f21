//! The box in which a change to a release is chosen, given a reason and
//! written down.

use ratatui::{buffer::Buffer, layout::Rect};

use super::super::{cursor, frame};
use crate::{
    analysis::releases::{cut, notes::Template},
    domain::{CheckState, ReleaseChange, ServiceName, Text},
    ui::{
        app::{App, Step, StepKind},
        theme::State,
        update::{PUBLISH_CHOICES, page_notes, step_event},
        views::{Scene, release_look},
        widgets::{format, row::Row},
    },
};

fn title(step: &Step) -> String {
    let id = &step.release;
    match &step.kind {
        StepKind::State { choices, .. } => match choices.get(step.index) {
            Some(to) if step.reason.is_some() => format!("{id}: {}", to.said()),
            _ => format!("{id}: to which state"),
        },
        StepKind::Cut(service) => format!("{id}: cut {service}"),
        StepKind::Return(service) => format!("{id}: bring {service} back"),
        StepKind::Check(check, CheckState::Waived) => format!("{id}: waive {check}"),
        StepKind::Check(check, CheckState::Open) => format!("{id}: open {check} again"),
        StepKind::Check(check, CheckState::Done) => format!("{id}: {check} is done"),
        StepKind::Review => format!("{id}: reviewed"),
        StepKind::Notes => format!("{id}: notes for whom"),
        StepKind::Publish(service) => format!("{id}: publish the notes of {service}"),
        StepKind::Hotfix(_) => format!("{id}: start a hotfix"),
    }
}

/// What a person should know before.
fn said(app: &App, step: &Step) -> Vec<(State, String)> {
    let model = &app.model;
    let mut said = Vec::new();
    let Some(release) = model.release(&step.release) else {
        if let StepKind::Hotfix(plan) = &step.kind {
            for item in &plan.items {
                let from = item.from.as_ref().map_or("?", |version| version.as_str());
                let words = format!(
                    "{} {from} → {} in {}",
                    item.service, item.to, item.environment
                );
                said.push((State::Quiet, words));
            }
            for line in &plan.plan {
                said.push((State::Quiet, line.to_string()));
            }
            let checks = plan.checklist.iter().filter(|check| check.required).count();
            said.push((
                State::Quiet,
                format!(
                    "the hotfix lane: {checks} checks, {} gates",
                    plan.gates.len()
                ),
            ));
            if let Some(due) = plan.review_due {
                let words = format!("its review is due {}", due.format("%a %d %b %H:%MZ"));
                said.push((State::Waiting, words));
            }
        }
        return said;
    };
    match &step.kind {
        StepKind::Cut(service) => match cut::what_if(model.catalog(), release, service) {
            Ok(found) => {
                for (name, reason) in &found.affected {
                    said.push((State::Alert, format!("{name} {reason}")));
                }
                if found.affected.is_empty() {
                    said.push((State::Ok, "nothing that stays needs it".to_owned()));
                }
                for name in &found.idle {
                    let words = format!("nothing else in the release needs {name}");
                    said.push((State::Quiet, words));
                }
                let stays: Vec<&str> = found
                    .stays
                    .iter()
                    .map(|item| item.service.as_str())
                    .collect();
                said.push((State::Quiet, format!("stays: {}", stays.join(", "))));
            }
            Err(why) => said.push((State::Failed, why)),
        },
        StepKind::State { .. } => {
            if let Some(event) = step_event(app, step)
                && let ReleaseChange::Moved { unmet, .. } = &event.change
            {
                for gate in unmet {
                    said.push((State::Failed, gate.to_string()));
                }
            }
        }
        StepKind::Publish(service) => said.extend(publishes(app, &step.release, service)),
        _ => {}
    }
    said
}

/// What goes where: the tag, what is there already, and how long the notes are.
fn publishes(app: &App, id: &Text, service: &ServiceName) -> Vec<(State, String)> {
    let mut said = Vec::new();
    let item = app
        .model
        .release(id)
        .and_then(|release| release.items.iter().find(|item| &item.service == service));
    let Some(item) = item else {
        return said;
    };
    match app.model.version_page(service, &item.to) {
        None => said.push((
            State::Unknown,
            format!("what is there of {} is being read", item.to),
        )),
        Some(found) => {
            let found = &found.value;
            let short: String = found.commit.chars().take(7).collect();
            said.push(match (&found.tag, &found.page) {
                (None, _) => (
                    State::Failed,
                    format!("{} has no tag of {}", found.repository, item.to),
                ),
                (Some(tag), None) => (
                    State::Quiet,
                    format!("{}: {tag} ({short}) has no page yet", found.repository),
                ),
                (Some(tag), Some(page)) if page.draft => (
                    State::Quiet,
                    format!(
                        "{}: {tag} ({short}) has a draft, “{}”",
                        found.repository, page.title
                    ),
                ),
                (Some(tag), Some(page)) => (
                    State::Marginal,
                    format!(
                        "{}: {tag} ({short}) is published, “{}”",
                        found.repository, page.title
                    ),
                ),
            });
        }
    }
    match app.model.served(service, &item.environment) {
        Some(served) if served.version == &item.to => {}
        Some(served) => said.push((
            State::Marginal,
            format!("{} serves {} still", item.environment, served.version),
        )),
        None => said.push((
            State::Unknown,
            format!("it is not known what {} serves", item.environment),
        )),
    }
    said.push(match page_notes(app, id, service) {
        Ok(notes) => {
            let count = format::counted(notes.lines.len(), "line", "lines");
            (State::Quiet, format!("“{}”, {count}", notes.title))
        }
        Err(why) => (State::Waiting, why),
    });
    said
}

/// Draws the box.
pub(in crate::ui::overlays) fn draw(
    scene: &Scene<'_>,
    step: &Step,
    area: Rect,
    buffer: &mut Buffer,
) {
    let (app, theme) = (scene.app, scene.theme);
    let choices: Vec<(State, String)> = match (&step.kind, &step.reason) {
        (StepKind::State { choices, .. }, None) => choices
            .iter()
            .map(|state| (release_look(*state), state.said().to_owned()))
            .collect(),
        (StepKind::Notes, None) => Template::ALL
            .iter()
            .map(|template| (State::Quiet, template.word().to_owned()))
            .collect(),
        (StepKind::Publish(_), None) => PUBLISH_CHOICES
            .iter()
            .map(|words| (State::Quiet, (*words).to_owned()))
            .collect(),
        _ => Vec::new(),
    };
    let width = 76.min(area.width);
    let room = width.saturating_sub(6);
    let mut body: Vec<(State, String)> = Vec::new();
    if choices.is_empty() || matches!(step.kind, StepKind::Publish(_)) {
        for (state, words) in said(app, step) {
            for line in frame::wrap(&words, room) {
                body.push((state, line));
            }
        }
    }
    // What is against it, as long as it is.
    let against = step_event(app, step)
        .filter(|_| step.reason.is_some())
        .and_then(|event| app.model.accepts_release_event(&event).err());
    let mut tail: Vec<(State, String)> = Vec::new();
    if let Some(why) = &against {
        for line in frame::wrap(why, room) {
            tail.push((State::Waiting, line));
        }
    }
    let typed = u16::from(step.reason.is_some());
    let lines = choices.len() + body.len() + tail.len();
    let height = u16::try_from(lines)
        .unwrap_or(u16::MAX)
        .saturating_add(4 + typed * 2);
    let outer = frame::centred(area, width, height);
    frame::draw(
        buffer,
        outer,
        theme,
        theme.border_focused,
        &[(title(step).as_str(), theme.title_focused)],
    );
    let inner = frame::inside(outer);
    let mut at = 0;
    for (index, (state, words)) in choices.iter().enumerate() {
        let here = index == step.index;
        let mut row = Row::new(buffer, inner, at, theme.marks.ellipsis);
        row.put(if here { theme.marks.gutter } else { " " }, theme.key)
            .gap(1)
            .put(theme.marks.state(*state), theme.state(*state))
            .gap(1)
            .put(words, if here { theme.title } else { theme.text });
        at += 1;
    }
    for (state, words) in &body {
        let mut row = Row::new(buffer, inner, at, theme.marks.ellipsis);
        row.put(theme.marks.state(*state), theme.state(*state))
            .gap(1)
            .put(words, theme.text);
        at += 1;
    }
    if let Some(reason) = &step.reason {
        at += 1;
        let mut row = Row::new(buffer, inner, at, theme.marks.ellipsis);
        row.put("why", theme.dim).gap(2);
        // The end of a long line is what is being typed.
        let room = usize::from(row.room().saturating_sub(1));
        let skip = reason.chars().count().saturating_sub(room);
        let end: String = reason.chars().skip(skip).collect();
        row.put(&end, theme.text).put(" ", cursor(theme));
        at += 1;
    }
    for (state, words) in &tail {
        let mut row = Row::new(buffer, inner, at, theme.marks.ellipsis);
        row.put(theme.marks.state(*state), theme.state(*state))
            .gap(1)
            .put(words, theme.warning);
        at += 1;
    }
    let bottom = inner.height.saturating_sub(1);
    let keys: &[(&str, &str)] = match (&step.reason, &against) {
        (None, _) => &[("enter", "choose"), ("esc", "back")],
        (Some(_), None) => &[("enter", "write it down"), ("esc", "leave it as it is")],
        (Some(_), Some(_)) => &[("esc", "leave it as it is")],
    };
    frame::keys(buffer, inner, bottom, theme, keys);
}
