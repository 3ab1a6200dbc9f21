//! Where the panes of a view lie. Small screens stack them under plain titles,
//! large ones set them side by side in boxes.

use ratatui::layout::Rect;

use crate::{
    command::{Pane, View},
    ui::{app::App, widgets::pane::Frame},
};

/// Where a pane lies. Row `n` of its list (after the offset) is drawn in line
/// `n` of `rows`, so the mouse can find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The pane.
    pub pane: Pane,
    /// All of it, title and borders included.
    pub area: Rect,
    /// Inside of title and borders.
    pub inner: Rect,
    /// Where its rows are drawn, one line each.
    pub rows: Rect,
    /// How it is set apart.
    pub frame: Frame,
}

/// The days after today that the calendar draws as bars where there is room.
const WEEK: u16 = 6;

/// Where the panes of the shown view lie; panes without place are left out.
#[must_use]
pub fn layout(app: &App, area: Rect) -> Vec<Placed> {
    if area.is_empty() || !app.view.exists() {
        return Vec::new();
    }
    if app.is_zoomed() {
        let pane = app.focus().into_iter();
        return pane
            .map(|pane| place(app, pane, area, Frame::Rule))
            .collect();
    }
    match app.view {
        View::Deck => deck(app, area),
        View::Pipelines => pipelines(app, area),
        View::Canary => {
            // Those at work matter; of the idle ones a few where there is room.
            let live = u16::try_from(app.model.live_canaries().count()).unwrap_or(u16::MAX);
            let most = if area.height < 30 {
                live.clamp(1, 4) + 3
            } else {
                8
            };
            let first = between(wanted(app, Pane::Canaries, 1), 2, most);
            two(app, area, [Pane::Canaries, Pane::Metrics], first)
        }
        View::WarRoom if area.width >= 150 => side_by_side(
            app,
            area,
            [Pane::Incidents, Pane::Timeline],
            area.width * 2 / 5,
        ),
        View::WarRoom => {
            let mut first = between(wanted(app, Pane::Incidents, 1), 2, area.height / 3);
            if area.height >= 30 {
                first = first.min(8) + super::situation::height(app).min(14);
            }
            two(app, area, [Pane::Incidents, Pane::Timeline], first)
        }
        View::Calendar if app.form().is_grid() && (area.width < 130 || area.height < 30) => {
            vec![place(app, Pane::Agenda, area, Frame::Rule)]
        }
        View::Calendar if app.form().is_grid() => side_by_side(
            app,
            area,
            [Pane::Agenda, Pane::Releases],
            area.width * 13 / 20,
        ),
        View::Calendar if area.width >= 130 => side_by_side(
            app,
            area,
            [Pane::Agenda, Pane::Releases],
            area.width * 11 / 20,
        ),
        View::Calendar => {
            // The list, its title, the bar of today and a space.
            let release =
                super::release::head_lines(app).saturating_add(wanted(app, Pane::Releases, 2));
            let most = area.height.saturating_sub(release).max(area.height * 3 / 5);
            let first = wanted(app, Pane::Agenda, 6 + WEEK).min(most);
            two(app, area, [Pane::Agenda, Pane::Releases], first)
        }
        View::Services => {
            let first = between(wanted(app, Pane::Services, 2), 4, area.height * 2 / 3);
            two(app, area, [Pane::Services, Pane::Versions], first)
        }
        View::Journal => {
            let first = between(wanted(app, Pane::Operations, 3), 6, area.height / 2);
            two(app, area, [Pane::Operations, Pane::Operation], first)
        }
        View::Flaky => vec![place(app, Pane::Flaky, area, Frame::Rule)],
        View::GoNoGo | View::Report => Vec::new(),
    }
}

/// Lines that the sentence takes which says why a pane has no rows.
const WHY: u16 = 3;

/// The lines that a pane can use, its title and `more` lines included.
fn wanted(app: &App, pane: Pane, more: u16) -> u16 {
    let list = app.list(pane);
    let least = if list.total == 0 && app.model.health().any(|(_, health)| health.value.is_away()) {
        WHY
    } else {
        1
    };
    u16::try_from(list.rows.len())
        .unwrap_or(u16::MAX - 100)
        .max(least)
        .saturating_add(more)
}

/// `value`, at least `low`, and never more than `high`.
fn between(value: u16, low: u16, high: u16) -> u16 {
    value.max(low).min(high)
}

fn place(app: &App, pane: Pane, area: Rect, frame: Frame) -> Placed {
    let boxed = frame == Frame::Box && area.height >= 3 && area.width >= 8;
    let inner = if boxed {
        Rect::new(area.x + 1, area.y + 1, area.width - 2, area.height - 2)
    } else {
        let title = area.height.min(1);
        Rect::new(area.x, area.y + title, area.width, area.height - title)
    };
    let (above, below) = reserved(app, pane, inner);
    let above = above.min(inner.height);
    Placed {
        pane,
        area,
        inner,
        rows: Rect {
            y: inner.y + above,
            height: inner.height.saturating_sub(above + below),
            ..inner
        },
        frame,
    }
}

/// Lines above and below the rows that a pane uses for something else.
fn reserved(app: &App, pane: Pane, inner: Rect) -> (u16, u16) {
    let deck = app.view == View::Deck;
    let rows = || wanted(app, pane, 0);
    match pane {
        Pane::Runs | Pane::Operations if !deck => (u16::from(inner.height >= 4), 0),
        Pane::Services | Pane::Versions | Pane::Flaky => (u16::from(inner.height >= 3), 0),
        Pane::Canaries if deck => {
            // The detail of the selected canary lies under the list.
            let list = rows().min(if inner.height < 12 { 2 } else { 4 });
            (0, inner.height.saturating_sub(list))
        }
        Pane::Metrics => {
            let above = if inner.height >= 8 { 3 } else { 1 };
            (above, inner.height.saturating_sub(above + rows()))
        }
        Pane::Timeline if !deck => (u16::from(inner.height >= 6), 0),
        Pane::Timeline if inner.height >= 40 => (0, super::situation::height(app)),
        Pane::Incidents => {
            let situation = super::situation::height(app);
            if inner.height < situation + rows().min(3) {
                (0, 0)
            } else {
                let list = rows().min(inner.height - situation);
                (0, inner.height - list)
            }
        }
        Pane::Agenda if app.is_grid(pane) => (0, super::calendar::foot(app.form(), inner)),
        Pane::Agenda if !deck && inner.height >= rows().min(12) + 4 + WEEK => (4 + WEEK, 0),
        Pane::Agenda if !deck && inner.height >= 12 => (4, 0),
        Pane::Agenda if deck && inner.height >= 7 => (3, 0),
        Pane::Releases => {
            let list = rows().min(inner.height / 2);
            let above = super::release::head_lines(app).min(inner.height - list);
            (above, 0)
        }
        _ => (0, 0),
    }
}

fn two(app: &App, area: Rect, panes: [Pane; 2], first: u16) -> Vec<Placed> {
    stack(
        app,
        area,
        &[(panes[0], first), (panes[1], u16::MAX)],
        Frame::Rule,
    )
}

fn side_by_side(app: &App, area: Rect, panes: [Pane; 2], first: u16) -> Vec<Placed> {
    let first = first.min(area.width);
    let left = Rect {
        width: first,
        ..area
    };
    let right = Rect {
        x: area.x + first,
        width: area.width - first,
        ..area
    };
    vec![
        place(app, panes[0], left, Frame::Box),
        place(app, panes[1], right, Frame::Box),
    ]
}

/// Panes above each other with these heights; what is left goes to the last
/// one, and one that has no room for a row is left out.
fn stack(app: &App, area: Rect, panes: &[(Pane, u16)], frame: Frame) -> Vec<Placed> {
    let mut placed = Vec::with_capacity(panes.len());
    let mut rest = area;
    for (at, (pane, height)) in panes.iter().enumerate() {
        let last = at + 1 == panes.len();
        let height = if last { rest.height } else { *height };
        let height = height.min(rest.height);
        if height >= 2 || (at == 0 && height > 0) {
            let area = Rect { height, ..rest };
            placed.push(place(app, *pane, area, frame));
            rest.y += height;
            rest.height -= height;
        }
    }
    placed
}

fn pipelines(app: &App, area: Rect) -> Vec<Placed> {
    let jobs = wanted(app, Pane::Jobs, 1);
    if app.log.is_none() {
        // As much as most runs take, so that the line between the two stays
        // where it is while the cursor moves.
        let least = if area.height >= 30 { 9 } else { 6 };
        // Few runs leave room for many jobs.
        let spare = area.height.saturating_sub(wanted(app, Pane::Runs, 2));
        let most = spare.max(area.height / 2);
        let runs = area.height.saturating_sub(between(jobs, least, most));
        return two(app, area, [Pane::Runs, Pane::Jobs], runs);
    }
    let runs = wanted(app, Pane::Runs, 2).min((area.height / 4).max(5));
    let jobs = jobs.min((area.height / 4).max(3));
    stack(
        app,
        area,
        &[
            (Pane::Runs, runs),
            (Pane::Jobs, jobs),
            (Pane::Log, u16::MAX),
        ],
        Frame::Rule,
    )
}

fn deck(app: &App, area: Rect) -> Vec<Placed> {
    if area.width < 100 || area.height < 24 {
        deck_stacked(app, area)
    } else if area.width < 160 {
        deck_two_columns(app, area)
    } else {
        deck_three_columns(app, area)
    }
}

/// One pane under the other: each gets its least, then what is left goes to
/// those that can use it, the inbox first.
fn deck_stacked(app: &App, area: Rect) -> Vec<Placed> {
    // Pane, least lines, most lines; the first has the first right to more.
    let canaries = app.list(Pane::Canaries).rows.len();
    let detail = if canaries == 0 { 0 } else { 3 };
    let mut shares: [(Pane, u16, u16); 5] = [
        (Pane::Needs, 2, wanted(app, Pane::Needs, 1)),
        (Pane::Runs, 2, wanted(app, Pane::Runs, 1)),
        (
            Pane::Canaries,
            2,
            wanted(app, Pane::Canaries, 1).min(3) + detail,
        ),
        (Pane::Timeline, 2, wanted(app, Pane::Timeline, 1)),
        (Pane::Agenda, 2, wanted(app, Pane::Agenda, 1).min(4)),
    ];
    let mut left = area.height;
    for (_, least, _) in &mut shares {
        *least = (*least).min(left);
        left -= *least;
    }
    // In turns, so that a long list does not take everything.
    while left > 0 {
        let mut given = false;
        for (_, height, most) in &mut shares {
            if left > 0 && *height < *most {
                *height += 1;
                left -= 1;
                given = true;
            }
        }
        if !given {
            break;
        }
    }
    let mut heights = shares.map(|(pane, height, _)| (pane, height));
    // What nobody needs stays free between the moving part and the calendar.
    if let Some((_, height)) = heights.get_mut(3) {
        *height += left;
    }
    stack(app, area, &heights, Frame::Rule)
}

fn deck_two_columns(app: &App, area: Rect) -> Vec<Placed> {
    let width = (area.width * 12 / 25).min(72);
    let [left, right] = columns(area, [width, area.width - width]);
    let needs = between(wanted(app, Pane::Needs, 2), 5, area.height / 3);
    let agenda = between(wanted(app, Pane::Agenda, 5), 6, area.height / 3);
    let runs = left.height - needs - agenda;
    let canaries = canary_height(app, right.height);
    let mut placed = stack(
        app,
        left,
        &[
            (Pane::Needs, needs),
            (Pane::Runs, runs),
            (Pane::Agenda, u16::MAX),
        ],
        Frame::Box,
    );
    placed.extend(stack(
        app,
        right,
        &[(Pane::Canaries, canaries), (Pane::Timeline, u16::MAX)],
        Frame::Box,
    ));
    placed
}

fn deck_three_columns(app: &App, area: Rect) -> Vec<Placed> {
    let first = area.width * 17 / 50;
    let third = area.width * 3 / 10;
    let [left, middle, right] = columns(area, [first, area.width - first - third, third]);
    let needs = between(wanted(app, Pane::Needs, 2), 8, area.height / 3);
    let canaries = canary_height(app, middle.height) + middle.height / 8;
    let mut placed = stack(
        app,
        left,
        &[(Pane::Needs, needs), (Pane::Runs, u16::MAX)],
        Frame::Box,
    );
    placed.extend(stack(
        app,
        middle,
        &[(Pane::Canaries, canaries), (Pane::Agenda, u16::MAX)],
        Frame::Box,
    ));
    placed.extend(stack(app, right, &[(Pane::Timeline, u16::MAX)], Frame::Box));
    placed
}

/// Little where no canary runs, more than half of the column where one does.
fn canary_height(app: &App, height: u16) -> u16 {
    if app.list(Pane::Canaries).rows.is_empty() {
        5.min(height)
    } else {
        height * 11 / 20
    }
}

fn columns<const N: usize>(area: Rect, widths: [u16; N]) -> [Rect; N] {
    let mut x = area.x;
    widths.map(|width| {
        let column = Rect { x, width, ..area };
        x += width;
        column
    })
}
