//! The inbox: everything that waits for a human, most urgent first.

use ratatui::buffer::Buffer;

use super::{
    Placed, Scene,
    freshness::Feed,
    need_item,
    parts::{self, Heading, Look},
};
use crate::{
    domain::{EnvironmentName, SourceId, Version},
    model::{Need, NeedKind},
    ui::{
        theme::State,
        widgets::{
            format,
            row::{Align, Row, columns},
            table::{self, Column},
        },
    },
};

const COLUMNS: [Column; 4] = [
    Column::words("", 15, 15, 0),
    Column::words("", 12, 18, 3),
    Column::words("", 22, 120, 2),
    Column::number("", 5, 1),
];

pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let count = scene.app.needs.len();
    let detail = match count {
        0 => String::new(),
        count => count.to_string(),
    };
    let heading = Heading {
        detail: &detail,
        ..Heading::default()
    };
    parts::frame(scene, buffer, placed, &heading);
    let widths = table::widths(&COLUMNS, placed.rows.width.saturating_sub(4));
    let mut near = scene.app.list(placed.pane).offset;
    parts::list(
        scene,
        buffer,
        placed,
        Feed::All,
        "nothing waits for you",
        |row, look, item| {
            // Rows and needs are in the same order, so the next one is near.
            let needs = &scene.app.needs;
            let found = (near..needs.len())
                .chain(0..near.min(needs.len()))
                .find(|at| {
                    needs
                        .get(*at)
                        .is_some_and(|need| &need_item(&need.kind) == item)
                });
            if let Some(at) = found {
                near = at + 1;
                if let Some(need) = needs.get(at) {
                    let look = match source(scene, &need.kind) {
                        Some(source) => look.of_source(scene, source),
                        None => look,
                    };
                    draw_need(scene, row, look, need, widths);
                }
            }
        },
    );
}

fn draw_need(scene: &Scene<'_>, row: &mut Row<'_>, look: Look, need: &Need, widths: [u16; 4]) {
    let theme = scene.theme;
    let state = state(&need.kind);
    let [kind, service, what, age] = widths;
    parts::row_glyph(scene, row, look, state);
    let word = look.state(scene, state);
    parts::cell(row, kind, Align::Left, &kind_word(scene, need), word);
    if service > 0 {
        let name = need.service.as_ref().map_or("", |name| name.as_str());
        parts::cell(row, service, Align::Left, name, look.text);
    }
    if what > 0 {
        row.within(what, |row| {
            // A narrow row has no column for the service.
            if service == 0
                && !names_itself(&need.kind)
                && let Some(name) = &need.service
            {
                row.put(name.as_str(), look.text).gap(1);
            }
            write_what(scene, row, look, need);
        })
        .gap(table::GAP);
    }
    let past = if is_since_known(scene, &need.kind) {
        format::age(scene.now - need.since)
    } else {
        theme.marks.none.to_owned()
    };
    row.cell(&past, age, Align::Right, theme.dim);
}

/// Whether since when it needs somebody is known: not of a canary whose step
/// began before the series that were read.
fn is_since_known(scene: &Scene<'_>, kind: &NeedKind) -> bool {
    match kind {
        NeedKind::Canary(service) => scene
            .app
            .model
            .canary(service)
            .is_some_and(|canary| canary.value.step_since.is_some()),
        _ => true,
    }
}

/// Writes what it is about.
fn write_what(scene: &Scene<'_>, row: &mut Row<'_>, look: Look, need: &Need) {
    let theme = scene.theme;
    let model = &scene.app.model;
    match &need.kind {
        NeedKind::Approval(id) => {
            let Some(approval) = model.approval(id) else {
                return;
            };
            let approval = approval.value;
            let version = approval.version.as_ref();
            write_way(scene, row, look, version, &approval.environment);
            // Whole or not at all: a cut number tells nothing.
            if approval.can_approve == Some(false) {
                whole(row, "  not yours to approve", theme.warning);
            }
            let by = format!("  #{} by {}", approval.run_number, approval.requested_by);
            whole(row, &by, theme.dim);
        }
        NeedKind::Canary(service) => {
            let sentence = super::canaries::short_reason(scene, service, row.room());
            row.put(&sentence, look.text);
        }
        NeedKind::Incident(id) => {
            row.put(&need.what, look.text);
            let escalates = model
                .incident(id)
                .and_then(|incident| incident.value.escalates_at)
                .filter(|at| *at > scene.now);
            if let Some(at) = escalates {
                let words = format!("  escalates in {}", format::left(at - scene.now));
                whole(row, &words, theme.warning);
            }
        }
        NeedKind::FailedRun(id) => match model.run(id) {
            Some(run) => {
                if let Some(failed) = model.failed_deployment(&run.value) {
                    write_way(scene, row, look, Some(&failed.version), &failed.environment);
                    if let Some((_, flaky)) = model.flaky_in(&run.value, scene.now) {
                        row.gap(1).put(&flaky.short(), theme.warning);
                    }
                    let by = format!("  {} #{}", run.value.workflow, run.value.number);
                    return whole(row, &by, theme.dim);
                }
                let words = super::runs::doing(scene, &run.value, true);
                row.put(&run.value.workflow, look.text)
                    .gap(1)
                    .put(&format!("#{}", run.value.number), theme.dim)
                    .gap(1);
                let flaky = model.flaky_in(&run.value, scene.now);
                let long = flaky.as_ref().map(|(_, flaky)| flaky.sentence(scene.now));
                let ends = long.filter(|long| columns(&words) + columns(long) + 2 <= row.room());
                if ends.is_none()
                    && let Some((_, flaky)) = &flaky
                {
                    row.put(&flaky.short(), theme.warning).gap(1);
                }
                row.put(&words, look.text);
                if let Some(long) = ends {
                    row.gap(2).put(&long, theme.warning);
                }
            }
            None => {
                row.put(&need.what, look.text);
            }
        },
        NeedKind::Unknown(_) | NeedKind::Review(_) => {
            row.put(&need.what, look.text);
        }
        NeedKind::Proposal(id) => {
            row.put(&need.what, look.text);
            // What to hand over, as far as there is room; the journal has all.
            let says = model.operation(id).and_then(|record| record.history.last());
            let says = says.map_or("", |last| last.detail.as_str());
            let short: String = id.as_str().chars().take(8).collect();
            let words = [
                format!("  {says}"),
                format!("  tminus countersign proposals/{id}.json"),
                format!("  {short}"),
            ];
            if let Some(words) = words.iter().find(|words| columns(words) <= row.room()) {
                row.put(words, theme.dim);
            }
        }
    }
}

/// Writes which version goes where.
fn write_way(
    scene: &Scene<'_>,
    row: &mut Row<'_>,
    look: Look,
    version: Option<&Version>,
    environment: &EnvironmentName,
) {
    let theme = scene.theme;
    if let Some(version) = version {
        row.put(version.as_str(), look.text).gap(1);
    }
    let style = parts::environment(scene, environment, look);
    row.put(theme.marks.arrow, theme.faint)
        .gap(1)
        .put(environment.as_str(), style);
}

/// Writes words only where all of them fit.
fn whole(row: &mut Row<'_>, words: &str, style: ratatui::style::Style) {
    if columns(words) <= row.room() {
        row.put(words, style);
    }
}

/// True where the words name the service or the object by themselves.
fn names_itself(kind: &NeedKind) -> bool {
    matches!(
        kind,
        NeedKind::Unknown(_) | NeedKind::Proposal(_) | NeedKind::Incident(_) | NeedKind::Review(_)
    )
}

/// The integration that the need was heard of from.
/// Where a need comes from; none for what tminus itself knows.
fn source<'a>(scene: &Scene<'a>, kind: &'a NeedKind) -> Option<&'a SourceId> {
    match kind {
        NeedKind::Incident(id) | NeedKind::Approval(id) | NeedKind::FailedRun(id) => {
            Some(&id.source)
        }
        NeedKind::Canary(name) => {
            let services = &scene.app.model.catalog().services;
            let service = services.iter().find(|service| &service.name == name)?;
            Some(&service.canary.as_ref()?.source)
        }
        NeedKind::Unknown(_) | NeedKind::Proposal(_) | NeedKind::Review(_) => None,
    }
}

fn state(kind: &NeedKind) -> State {
    match kind {
        NeedKind::Unknown(_) => State::Unknown,
        NeedKind::Canary(_) | NeedKind::FailedRun(_) => State::Failed,
        NeedKind::Incident(_) => State::Alert,
        NeedKind::Approval(_) | NeedKind::Proposal(_) | NeedKind::Review(_) => State::Waiting,
    }
}

fn kind_word(scene: &Scene<'_>, need: &Need) -> String {
    match &need.kind {
        NeedKind::Unknown(_) => "outcome unknown".to_owned(),
        NeedKind::Canary(_) => "canary failing".to_owned(),
        NeedKind::FailedRun(id) => {
            let model = &scene.app.model;
            let run = model.run(id).map(|run| &run.value);
            match run.and_then(|run| model.failed_deployment(run)) {
                Some(_) => "deploy failed".to_owned(),
                None => "run failed".to_owned(),
            }
        }
        NeedKind::Approval(_) => "approve".to_owned(),
        NeedKind::Proposal(_) => "needs another".to_owned(),
        NeedKind::Review(_) => "review".to_owned(),
        NeedKind::Incident(id) => {
            let priority = scene
                .app
                .model
                .incident(id)
                .and_then(|incident| incident.value.priority.as_ref());
            match priority {
                Some(priority) => format!("{priority} not acked"),
                None => "not acked".to_owned(),
            }
        }
    }
}
