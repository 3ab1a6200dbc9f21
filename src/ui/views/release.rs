//! The release that is selected in the calendar, else the active one: who runs
//! it, how far each of its services is, what speaks against it.

use ratatui::buffer::Buffer;

use super::{
    Placed, Scene,
    agenda::release_state,
    calendar::detail,
    freshness::Feed,
    parts::{self, Heading, Look},
};
use crate::{
    command::{Item, Pane, View},
    domain::{Text, Timestamp},
    model::{ItemProgress, ReleaseView},
    ui::{
        app::App,
        calendar::clock,
        theme::State,
        widgets::{
            format,
            row::{Align, Row},
            table::{self, Column},
        },
    },
};

const COLUMNS: [Column; 4] = [
    Column::words("", 12, 20, 0),
    Column::words("", 20, 34, 2),
    Column::words("", 14, 40, 1),
    Column::words("", 12, 20, 3),
];

/// The span that the pane shows instead of a release.
fn window(app: &App) -> Option<&Item> {
    app.subject(Pane::Agenda)
        .filter(|item| matches!(item, Item::Window(_)))
        .filter(|_| app.view == View::Calendar)
}

/// The release that the pane shows.
pub(super) fn shown(app: &App) -> Option<ReleaseView<'_>> {
    if window(app).is_some() {
        return None;
    }
    if let Some(Item::Release(id)) = app.subject(Pane::Agenda) {
        let release = app
            .model
            .releases_in_order()
            .into_iter()
            .find(|release| &release.id == id)?;
        return Some(app.model.release_view(release, app.now));
    }
    app.model.active_release(app.now)
}

/// The lines above the services: who and when, conflicts, the plan, a space.
pub(super) fn head_lines(app: &App) -> u16 {
    if let Some(item) = window(app) {
        return detail::height(app, item);
    }
    shown(app).map_or(0, |view| {
        let conflicts = app.conflicts(view.release).len();
        let plan = view.release.plan.len();
        u16::try_from(2 + conflicts + plan).unwrap_or(u16::MAX)
    })
}

pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let theme = scene.theme;
    if let Some(item) = window(scene.app) {
        detail::draw(scene, buffer, placed, item);
        return;
    }
    let Some(view) = shown(scene.app) else {
        parts::frame(scene, buffer, placed, &Heading::default());
        parts::list(
            scene,
            buffer,
            placed,
            Feed::All,
            "no release is planned within twelve hours",
            |_, _, _| {},
        );
        return;
    };
    let there = view.items.iter().filter(|item| item.there).count();
    let detail = format!("{there} of {} there", view.items.len());
    let heading = Heading {
        name: Some(&view.release.name),
        detail: &detail,
        right: Some((release_state(view.state), view.state.said())),
        feed: None,
    };
    parts::frame(scene, buffer, placed, &heading);
    let above = placed.rows.y - placed.inner.y;
    let mut lines: Vec<(State, Text)> = Vec::new();
    for reason in scene.app.conflicts(view.release).iter() {
        lines.push((State::Alert, reason.clone()));
    }
    for line in &view.release.plan {
        lines.push((State::Quiet, line.clone()));
    }
    if above > 0 {
        let mut row = Row::new(buffer, placed.inner, 0, theme.marks.ellipsis);
        row.gap(3);
        let captain = view.release.captain.as_ref();
        row.put("captain ", theme.faint)
            .put(captain.map_or("nobody", |name| name.as_str()), theme.text);
        if let Some(start) = view.release.start {
            row.gap(3)
                .put("start ", theme.faint)
                .put(&when(scene, start), theme.text);
        }
        if let Some(end) = view.release.end {
            row.gap(3)
                .put("end ", theme.faint)
                .put(&when(scene, end), theme.text);
        }
    }
    for (line, (state, words)) in (1..above.saturating_sub(1)).zip(&lines) {
        let mut row = Row::new(buffer, placed.inner, line, theme.marks.ellipsis);
        row.gap(1);
        parts::glyph(scene, &mut row, *state);
        let style = if *state == State::Alert {
            theme.danger
        } else {
            theme.dim
        };
        row.put(words, style);
    }
    let widths = table::widths(&COLUMNS, placed.rows.width.saturating_sub(4));
    parts::list(
        scene,
        buffer,
        placed,
        Feed::Pipelines,
        "the release names no service",
        |row, look, item| {
            let Item::Service(service) = item else { return };
            let progress = view
                .items
                .iter()
                .find(|progress| &progress.item.service == service);
            if let Some(progress) = progress {
                draw_item(scene, row, look, progress, widths);
            }
        },
    );
}

/// The time by the calendar's clock, with the day where it is not today's.
fn when(scene: &Scene<'_>, at: Timestamp) -> String {
    let zone = scene.app.zone();
    let (wall, today) = (clock::wall(zone, at), clock::date(zone, scene.now));
    let pattern = match (wall.date() - today).num_days() {
        0 => "%H:%M",
        -6..=6 => "%a %H:%M",
        _ => "%d %b %H:%M",
    };
    wall.format(pattern).to_string()
}

fn draw_item(
    scene: &Scene<'_>,
    row: &mut Row<'_>,
    look: Look,
    progress: &ItemProgress<'_>,
    widths: [u16; 4],
) {
    let theme = scene.theme;
    let item = progress.item;
    let [service, versions, state_width, environment] = widths;
    let (state, words) = if progress.there {
        (State::Ok, "there".to_owned())
    } else if let Some(weight) = progress.canary_weight {
        (
            State::Running,
            format!("canary {}", format::percent(weight)),
        )
    } else if progress.waiting {
        (State::Waiting, "waits for a yes".to_owned())
    } else if progress.moving {
        (State::Running, "on its way".to_owned())
    } else if progress.rolled_back {
        (State::RolledBack, "rolled back".to_owned())
    } else {
        (State::Quiet, "not started".to_owned())
    };
    parts::glyph(scene, row, state);
    parts::cell(row, service, Align::Left, item.service.as_str(), look.text);
    if versions > 0 {
        row.within(versions, |row| {
            let from = item.from.as_ref().or(progress.serves);
            if let Some(from) = from.filter(|from| **from != item.to) {
                row.put(from.as_str(), theme.dim)
                    .gap(1)
                    .put(theme.marks.arrow, theme.faint)
                    .gap(1);
            }
            row.put(item.to.as_str(), look.text);
        })
        .gap(table::GAP);
    }
    let style = theme.emphasise(theme.state(state), look.selected);
    parts::cell(row, state_width, Align::Left, &words, style);
    row.cell(
        item.environment.as_str(),
        environment,
        Align::Left,
        parts::environment(scene, &item.environment, look),
    );
}
