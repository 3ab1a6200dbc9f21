//! The versions that served in production, newest first: where a rollback can
//! go.

use ratatui::buffer::Buffer;

use super::{
    Placed, Scene,
    freshness::Feed,
    parts::{self, Heading},
};
use crate::{
    command::{Item, Pane},
    ui::{
        theme::State,
        widgets::{
            format,
            row::Align,
            table::{self, Column},
        },
    },
};

const COLUMNS: [Column; 5] = [
    Column::words("VERSION", 10, 20, 0),
    Column::words("COMMIT", 7, 9, 4),
    Column::words("SINCE", 12, 14, 1),
    Column::number("SERVED", 7, 2),
    Column::words("BY", 8, 30, 3),
];

pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let model = &scene.app.model;
    let Some(Item::Service(service)) = scene.app.subject(Pane::Services) else {
        parts::frame(scene, buffer, placed, &Heading::default());
        return;
    };
    let environment = model.production_of(service);
    let detail = environment.map_or_else(
        || service.to_string(),
        |environment| format!("{service} in {environment}"),
    );
    let heading = Heading {
        detail: &detail,
        ..Heading::default()
    };
    parts::frame(scene, buffer, placed, &heading);
    let line = environment
        .map(|environment| model.line(service, environment))
        .unwrap_or_default();
    let widths = table::widths(&COLUMNS, placed.rows.width.saturating_sub(4));
    parts::heads(scene, buffer, placed, 3, &COLUMNS, &widths);
    parts::list(
        scene,
        buffer,
        placed,
        Feed::Pipelines,
        "no deployment to production is known",
        |row, look, item| {
            let Item::Deployment(id) = item else { return };
            let Some(stint) = line.iter().find(|stint| stint.deployment == id) else {
                return;
            };
            let theme = scene.theme;
            let [version, commit, since, served, by] = widths;
            let serves = stint.until.is_none();
            parts::glyph(scene, row, if serves { State::Ok } else { State::Quiet });
            parts::cell(row, version, Align::Left, stint.version.as_str(), look.text);
            let short = stint.commit.get(..7).unwrap_or(stint.commit);
            parts::cell(row, commit, Align::Left, short, theme.dim);
            let from = format::clock_or_day(stint.from, scene.now);
            parts::cell(row, since, Align::Left, &from, look.text);
            let took = stint.until.unwrap_or(scene.now) - stint.from;
            let words = if took.num_seconds() < 3600 {
                format::duration(took)
            } else {
                format::age(took)
            };
            parts::cell(row, served, Align::Right, &words, theme.dim);
            row.cell(stint.by, by, Align::Left, theme.dim);
        },
    );
}
