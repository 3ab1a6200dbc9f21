//! Jobs and tests that fail and pass on the same commit, the worst first.

use ratatui::buffer::Buffer;

use super::{
    Placed, Scene,
    freshness::Feed,
    parts::{self, Heading, Look},
};
use crate::{
    analysis::flaky::Flakiness,
    command::Item,
    domain::{Ended, Subject},
    ui::{
        theme::State,
        widgets::{
            row::{Align, Row},
            table::{self, Column},
        },
    },
};

const COLUMNS: [Column; 7] = [
    Column::words("TEST OR JOB", 22, 70, 0),
    Column::words("SERVICE", 10, 18, 3),
    Column::words("JOB", 10, 26, 5),
    Column::number("RATE", 5, 1),
    Column::number("FLAKY", 8, 2),
    Column::words("LAST 20", 20, 20, 6),
    Column::words("LAST", 6, 8, 4),
];

pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let history = scene.app.model.history();
    let list = scene.app.list(placed.pane);
    let detail = match list.total {
        0 => String::new(),
        total => format!("{total} {} rate over 30 days", scene.theme.marks.dot),
    };
    let heading = Heading {
        detail: &detail,
        ..Heading::default()
    };
    parts::frame(scene, buffer, placed, &heading);
    let widths = table::widths(&COLUMNS, placed.rows.width.saturating_sub(4));
    parts::heads(scene, buffer, placed, 3, &COLUMNS, &widths);
    let nothing = if history.is_empty() {
        "no job and no test was seen to end yet"
    } else {
        "nothing failed and then passed on the same commit"
    };
    parts::list(
        scene,
        buffer,
        placed,
        Feed::Own,
        nothing,
        |row, look, item| {
            if let Item::Flaky(subject) = item
                && let Some(found) = history.of(subject, scene.now)
            {
                draw_subject(scene, row, look, subject, &found, widths);
            }
        },
    );
}

fn draw_subject(
    scene: &Scene<'_>,
    row: &mut Row<'_>,
    look: Look,
    subject: &Subject,
    found: &Flakiness,
    widths: [u16; 7],
) {
    let theme = scene.theme;
    let [name, service, job, rate, flaky, recent, last] = widths;
    parts::row_glyph(scene, row, look, State::Marginal);
    parts::cell(row, name, Align::Left, subject.name(), look.text);
    parts::cell(
        row,
        service,
        Align::Left,
        subject.service.as_str(),
        look.text,
    );
    let place = match (subject.is_test(), subject.job.is_empty()) {
        (true, false) => &subject.job,
        _ => &subject.workflow,
    };
    parts::cell(row, job, Align::Left, place, theme.dim);
    let share = format!("{:.0} %", found.rate * 100.0);
    parts::cell(row, rate, Align::Right, &share, look.text);
    let of = format!("{} of {}", found.flaky_failures, found.recent.len());
    parts::cell(row, flaky, Align::Right, &of, look.text);
    if recent > 0 {
        row.within(recent, |row| draw_recent(scene, row, &found.recent))
            .gap(table::GAP);
    }
    let when = found.last_day(scene.now).unwrap_or_default();
    row.cell(&when, last, Align::Left, theme.dim);
}

/// The last outcomes, a sign each, the newest at the right.
fn draw_recent(scene: &Scene<'_>, row: &mut Row<'_>, recent: &[Ended]) {
    let theme = scene.theme;
    for ended in recent {
        let state = match ended {
            Ended::Passed => State::Ok,
            Ended::Failed => State::Failed,
            Ended::Flaky => State::Marginal,
        };
        let style = match state {
            State::Ok => theme.faint,
            state => theme.state(state),
        };
        row.put(theme.marks.state(state), style);
    }
}
