//! What happened, from every source, in one order of time, with the notes that
//! people wrote.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;

use super::{
    Placed, Scene,
    freshness::{self, Feed},
    incidents, moment_item,
    parts::{self, Heading, Look},
    situation,
};
use crate::{
    domain::{DeploymentState, Incident, Text, TimelineKind},
    model::{Moment, MomentKind},
    ui::{
        theme::State,
        widgets::{
            format,
            row::{Align, Row},
        },
    },
};

pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let incident = situation::incident(scene.app);
    draw_title(scene, buffer, placed, incident);
    if placed.rows.y > placed.inner.y
        && let Some(incident) = incident
    {
        draw_roles(scene, buffer, placed, incident);
    }
    let below = parts::below(placed);
    if below.height > 0 {
        situation::draw(scene, buffer, below);
    }
    let moments = &scene.app.timeline;
    let seconds = placed.rows.width >= 54;
    let mut near = scene.app.list(placed.pane).offset;
    parts::list(
        scene,
        buffer,
        placed,
        Feed::Incidents,
        "nothing happened yet",
        |row, look, item| {
            // Rows and moments are in the same order, so the next one is near.
            let found = (near..moments.len())
                .chain(0..near.min(moments.len()))
                .find(|at| {
                    moments
                        .get(*at)
                        .is_some_and(|moment| &moment_item(&moment.kind, &moment.what) == item)
                });
            if let Some(at) = found {
                near = at + 1;
                if let Some(moment) = moments.get(at) {
                    draw_moment(scene, row, look, moment, seconds);
                }
            }
        },
    );
}

fn draw_title(
    scene: &Scene<'_>,
    buffer: &mut Buffer,
    placed: &Placed,
    incident: Option<&Incident>,
) {
    let detail;
    let word;
    let heading = match incident {
        Some(incident) => {
            detail = format!("#{} {}", incident.number, incident.title);
            word = incidents::status_word(&incident.status).to_owned();
            Heading {
                detail: &detail,
                right: Some((incidents::state(incident), &word)),
                feed: Some(Feed::Incidents),
                ..Heading::default()
            }
        }
        None => Heading {
            // Who cannot ask does not know.
            detail: if freshness::note(scene, Feed::Incidents).is_some() {
                "no open incident is known"
            } else {
                "no open incident"
            },
            feed: Some(Feed::Incidents),
            ..Heading::default()
        },
    };
    parts::frame(scene, buffer, placed, &heading);
}

/// Who has it, who acknowledged it, who is on call, when it goes on.
fn draw_roles(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed, incident: &Incident) {
    let theme = scene.theme;
    let mut row = Row::new(buffer, placed.inner, 0, theme.marks.ellipsis);
    row.gap(3).gap_right(1);
    let names = |people: &[Text]| {
        if people.is_empty() {
            theme.marks.none.to_owned()
        } else {
            people
                .iter()
                .map(Text::as_str)
                .collect::<Vec<_>>()
                .join(", ")
        }
    };
    row.put("assigned ", theme.faint)
        .put(&names(&incident.assigned), theme.text)
        .gap(3)
        .put("acked by ", theme.faint)
        .put(&names(&incident.acknowledged_by), theme.text);
    // One person often has several duties: each is named once, by the first.
    let mut on_call = scene.app.model.on_call();
    let mut seen = BTreeSet::new();
    on_call.retain(|duty| seen.insert(&duty.person));
    if !on_call.is_empty() {
        row.gap(3).put("on call ", theme.faint);
        for (at, duty) in on_call.iter().take(3).enumerate() {
            if at > 0 {
                row.put(", ", theme.faint);
            }
            row.put(&duty.person, theme.text)
                .put(&format!(" L{}", duty.level), theme.dim);
        }
    }
    if let Some(at) = incident.escalates_at.filter(|at| *at > scene.now) {
        row.gap(3).put(
            &format!("escalates in {}", format::left(at - scene.now)),
            theme.warning,
        );
    }
}

fn draw_moment(scene: &Scene<'_>, row: &mut Row<'_>, look: Look, moment: &Moment, seconds: bool) {
    let theme = scene.theme;
    let look = match &moment.kind {
        MomentKind::Vendor(_, id) | MomentKind::Deployment(id, _) => {
            look.of_source(scene, &id.source)
        }
        MomentKind::Alert => look.of_feed(scene, Feed::Metrics),
        MomentKind::Note(_) | MomentKind::Operation(..) => look,
    };
    // A row of an earlier day, which is at the top if anywhere, makes room for
    // the day's name in all of them.
    let today = scene.now.date_naive();
    let oldest = scene.app.timeline.first();
    let days = oldest.is_some_and(|oldest| oldest.at.date_naive() != today);
    let time = if moment.at.date_naive() != today {
        moment.at.format("%a %H:%M").to_string()
    } else if seconds {
        format::clock_seconds(moment.at)
    } else {
        format::clock(moment.at)
    };
    let width = match (days, seconds) {
        (true, _) => 10,
        (false, true) => 9,
        (false, false) => 6,
    };
    row.cell(&time, width, Align::Left, theme.dim);
    let (state, note) = moment_state(&moment.kind);
    let accent = if look.stale {
        theme.stale
    } else {
        theme.accent
    };
    if note {
        row.put(theme.marks.bar, accent).gap(1);
    } else {
        parts::row_glyph(scene, row, look, state);
    }
    // The outcome is what must not be cut.
    if let MomentKind::Operation(_, state) = &moment.kind {
        let word = crate::ui::theme::operation_word(*state);
        row.put_right(word, theme.state(State::from(*state)))
            .gap_right(2);
    }
    if let Some(who) = &moment.who {
        // The host is in the journal.
        let who = who.split('@').next().unwrap_or(who);
        let style = if note { accent } else { theme.dim };
        row.put(who, style);
        row.put(if note { ": " } else { " " }, style);
    }
    let text = match state {
        _ if look.stale => look.text,
        State::Alert | State::Failed if !look.selected => theme.text,
        State::Quiet if !look.selected && !note => theme.dim,
        _ => look.text,
    };
    row.put(&moment.what, text);
}

/// How a moment looks, and whether a person wrote it.
fn moment_state(kind: &MomentKind) -> (State, bool) {
    match kind {
        MomentKind::Note(_) => (State::Quiet, true),
        MomentKind::Alert => (State::Alert, false),
        MomentKind::Operation(_, state) => (State::from(*state), false),
        MomentKind::Deployment(_, state) => match state {
            DeploymentState::Success => (State::Ok, false),
            other => (State::from(other), false),
        },
        MomentKind::Vendor(kind, _) => match kind {
            TimelineKind::Trigger | TimelineKind::Escalate => (State::Alert, false),
            TimelineKind::Acknowledge => (State::Running, false),
            TimelineKind::Resolve => (State::Ok, false),
            TimelineKind::Note => (State::Quiet, true),
            TimelineKind::Notify | TimelineKind::Other(_) => (State::Quiet, false),
        },
    }
}
