//! Incidents: open ones first, then those that are over.

use ratatui::buffer::Buffer;

use super::{
    Placed, Scene,
    freshness::{self, Feed},
    parts::{self, Heading, Look},
    situation,
};
use crate::{
    command::Item,
    domain::{Incident, IncidentStatus, Urgency},
    ui::{
        theme::State,
        widgets::{
            format,
            row::{Align, Row},
            table::{self, Column},
        },
    },
};

const COLUMNS: [Column; 6] = [
    Column::words("", 6, 7, 1),
    Column::words("", 2, 3, 4),
    Column::words("", 30, 120, 0),
    Column::words("", 12, 12, 2),
    Column::words("", 12, 16, 5),
    Column::number("", 5, 3),
];

/// The word for an incident's status.
pub(super) fn status_word(status: &IncidentStatus) -> &str {
    match status {
        IncidentStatus::Triggered => "not acked",
        IncidentStatus::Acknowledged => "acknowledged",
        IncidentStatus::Resolved => "resolved",
        IncidentStatus::Other(word) => word,
    }
}

/// How an incident looks: a low one does not shout.
pub(super) fn state(incident: &Incident) -> State {
    match (&incident.status, &incident.urgency) {
        (IncidentStatus::Triggered, Urgency::Low) => State::Marginal,
        (status, _) => State::from(status),
    }
}

pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let open = scene.app.model.open_incidents();
    let waiting = open
        .iter()
        .filter(|incident| incident.value.status == IncidentStatus::Triggered)
        .count();
    let mut detail = match open.len() {
        // Who cannot ask does not know.
        0 if freshness::note(scene, Feed::Incidents).is_some() => "none open is known".to_owned(),
        0 => "none open".to_owned(),
        count => format!("{count} open"),
    };
    if waiting > 0 {
        detail.push_str(&format!(" {} {waiting} not acked", scene.theme.marks.dot));
    }
    let heading = Heading {
        detail: &detail,
        feed: Some(Feed::Incidents),
        ..Heading::default()
    };
    parts::frame(scene, buffer, placed, &heading);
    let below = parts::below(placed);
    if below.height > 0 {
        situation::draw(scene, buffer, below);
    }
    let widths = table::widths(&COLUMNS, placed.rows.width.saturating_sub(4));
    parts::list(
        scene,
        buffer,
        placed,
        Feed::Incidents,
        "no incident is known",
        |row, look, item| {
            let Item::Incident(id) = item else { return };
            if let Some(incident) = scene.app.model.incident(id) {
                draw_incident(scene, row, look, &incident.value, widths);
            }
        },
    );
}

fn draw_incident(
    scene: &Scene<'_>,
    row: &mut Row<'_>,
    look: Look,
    incident: &Incident,
    widths: [u16; 6],
) {
    let theme = scene.theme;
    let state = state(incident);
    let [number, priority, title, status, service, age] = widths;
    let over = incident.status == IncidentStatus::Resolved;
    let look = look.of_source(scene, &incident.id.source);
    let text = if over && !look.selected {
        theme.dim
    } else {
        look.text
    };
    parts::row_glyph(scene, row, look, state);
    parts::cell(
        row,
        number,
        Align::Left,
        &format!("#{}", incident.number),
        theme.dim,
    );
    let rank = incident.priority.as_ref().map_or("", |word| word.as_str());
    let style = if over {
        theme.dim
    } else {
        look.state(scene, state)
    };
    parts::cell(row, priority, Align::Left, rank, style);
    parts::cell(row, title, Align::Left, &incident.title, text);
    let word = look.state(scene, state);
    parts::cell(
        row,
        status,
        Align::Left,
        status_word(&incident.status),
        word,
    );
    let name = incident
        .service
        .as_ref()
        .map_or(incident.vendor_service.as_str(), |name| name.as_str());
    parts::cell(row, service, Align::Left, name, theme.dim);
    let since = if over {
        incident.updated
    } else {
        incident.created
    };
    row.cell(
        &format::age(scene.now - since),
        age,
        Align::Right,
        theme.dim,
    );
}
