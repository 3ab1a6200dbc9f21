//! What the panes share: frames, lists, gutters and ages.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

use super::{
    Placed, Scene,
    freshness::{self, Feed},
};
use crate::{
    command::{Item, View},
    domain::{EnvironmentName, SourceId, Timestamp},
    ui::{
        theme::State,
        update,
        widgets::{
            empty::Empty,
            format,
            pane::{self, Title},
            row::{Align, Row},
            table::{Column, GAP},
        },
    },
};

/// What a pane's title says beyond its name.
#[derive(Debug, Default)]
pub(super) struct Heading<'text> {
    /// Instead of the pane's own name.
    pub(super) name: Option<&'text str>,
    /// Count, filter, object.
    pub(super) detail: &'text str,
    /// At the right edge, with its state.
    pub(super) right: Option<(State, &'text str)>,
    /// Where its data comes from.
    pub(super) feed: Option<Feed>,
}

/// A row that is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// The cursor is on it and the pane has the focus.
    pub(super) selected: bool,
    /// It is the last good data of a source that is away.
    pub(super) stale: bool,
    /// The style of its words.
    pub(super) text: Style,
}

/// Draws a pane's frame and title.
pub(super) fn frame(
    scene: &Scene<'_>,
    buffer: &mut Buffer,
    placed: &Placed,
    heading: &Heading<'_>,
) {
    let theme = scene.theme;
    let list = scene.app.list(placed.pane);
    let age = heading.feed.and_then(|feed| freshness::note(scene, feed));
    let (right, right_style) = match (&age, heading.right) {
        (Some((state, note)), _) => (note.as_str(), Some(theme.state(*state))),
        (None, Some((state, words))) => (words, Some(theme.state(state))),
        (None, None) => ("", None),
    };
    // A pane without rows says why in its first row, in full.
    let cause = heading
        .feed
        .filter(|_| list.total > 0)
        .and_then(|feed| freshness::cause(scene, feed))
        .unwrap_or_default();
    let below = list.below(placed.rows.height);
    let above = list.offset;
    let [up, down] = theme.marks.more;
    let foot = match (above, below) {
        (0, 0) => String::new(),
        (0, below) => format!("{down} {below} more"),
        (above, 0) => format!("{up} {above} more"),
        (above, below) => format!("{up} {above}  {down} {below}"),
    };
    let filter = filter_words(scene, placed);
    let boxed = placed.frame == pane::Frame::Box;
    let mut detail = heading.detail.to_owned();
    for more in [filter.as_str(), if boxed { "" } else { foot.as_str() }] {
        if !more.is_empty() {
            if !detail.is_empty() {
                detail.push_str(&format!(" {} ", theme.marks.dot));
            }
            detail.push_str(more);
        }
    }
    let title = Title {
        name: heading.name.unwrap_or(placed.pane.title()),
        detail: &detail,
        detail_style: None,
        right,
        right_style,
        cause,
        foot: &foot,
        focused: scene.app.is_focused(placed.pane),
    };
    pane::pane(buffer, placed.area, theme, placed.frame, &title);
}

/// What the title says about the filter.
pub(super) fn filter_words(scene: &Scene<'_>, placed: &Placed) -> String {
    let app = scene.app;
    if app.filter().is_empty()
        || !app.is_focused(placed.pane)
        || !update::is_filtered(app.view, placed.pane)
    {
        return String::new();
    }
    let list = app.list(placed.pane);
    let shown = app.shown_rows(placed.pane);
    format!("/{} · {shown} of {}", app.filter().text, list.total)
}

/// Draws the rows that are visible, or why there are none.
pub(super) fn list<'a>(
    scene: &Scene<'a>,
    buffer: &mut Buffer,
    placed: &Placed,
    feed: Feed,
    nothing: &'a str,
    mut draw: impl FnMut(&mut Row<'_>, Look, &Item),
) {
    let app = scene.app;
    let theme = scene.theme;
    let list = app.list(placed.pane);
    let focused = app.is_focused(placed.pane);
    if list.rows.is_empty() {
        let empty = if list.total > 0 {
            Empty::Filtered(list.total)
        } else {
            freshness::empty(scene, feed, nothing)
        };
        empty.draw(buffer, placed.rows, theme);
        return;
    }
    for (line, (under_cursor, item)) in (0u16..).zip(list.visible(placed.rows.height)) {
        let mut row = Row::new(buffer, placed.rows, line, theme.marks.ellipsis);
        if let Item::Heading(words) = item {
            row.gap(1).put(words, theme.title);
            continue;
        }
        let selected = under_cursor && focused;
        let marked = app.marks.contains(item);
        if selected {
            row.put(theme.marks.gutter, theme.accent);
        } else if marked {
            row.put("*", theme.accent);
        } else if under_cursor && app.view != View::Deck {
            row.put(theme.marks.gutter, theme.faint);
        } else {
            row.gap(1);
        }
        row.gap_right(1);
        let look = Look {
            selected,
            stale: false,
            text: theme.row(selected, false),
        };
        draw(&mut row, look, item);
    }
}

impl Look {
    /// The look of a row whose data comes from this source.
    pub(super) fn of_source(self, scene: &Scene<'_>, source: &SourceId) -> Self {
        self.dimmed(scene, freshness::is_stale(scene, source))
    }

    /// The look of a row whose data comes from some source of this feed.
    pub(super) fn of_feed(self, scene: &Scene<'_>, feed: Feed) -> Self {
        self.dimmed(scene, freshness::cause(scene, feed).is_some())
    }

    fn dimmed(self, scene: &Scene<'_>, stale: bool) -> Self {
        Self {
            stale,
            text: scene.theme.row(self.selected, stale),
            ..self
        }
    }

    /// How a state's word looks in this row.
    pub(super) fn state(self, scene: &Scene<'_>, state: State) -> Style {
        if self.stale {
            scene.theme.emphasise(scene.theme.stale, self.selected)
        } else {
            let style = scene.theme.state(state);
            scene.theme.emphasise(style, self.selected)
        }
    }
}

/// Takes the colours from what was drawn here when its source is away: it is
/// the last good data, and no verdict of it is one of now. The cursor's column
/// stays as it is.
pub(super) fn fade(scene: &Scene<'_>, buffer: &mut Buffer, area: Rect, feed: Feed) {
    if freshness::cause(scene, feed).is_none() {
        return;
    }
    let stale = scene.theme.stale.remove_modifier(Modifier::BOLD);
    let area = Rect {
        x: area.x + area.width.min(1),
        width: area.width.saturating_sub(1),
        ..area
    };
    buffer.set_style(area, stale);
}

/// The glyph of a state as it looks in a row, and a space.
pub(super) fn row_glyph(scene: &Scene<'_>, row: &mut Row<'_>, look: Look, state: State) {
    let style = if look.stale {
        scene.theme.stale
    } else {
        scene.theme.state(state)
    };
    row.put(scene.theme.marks.state(state), style).gap(1);
}

/// The glyph of a state in its colour, and a space.
pub(super) fn glyph(scene: &Scene<'_>, row: &mut Row<'_>, state: State) {
    let theme = scene.theme;
    row.put(theme.marks.state(state), theme.state(state)).gap(1);
}

/// How long ago, calmly.
pub(super) fn age(scene: &Scene<'_>, at: Timestamp) -> String {
    let past = scene.now - at;
    if past.num_seconds() < 60 {
        format::calm_age(past)
    } else {
        format::age(past)
    }
}

/// How an environment is written: production looks different.
pub(super) fn environment(scene: &Scene<'_>, name: &EnvironmentName, look: Look) -> Style {
    if scene.app.model.catalog().is_production(name) && !look.stale {
        scene.theme.production
    } else {
        look.text
    }
}

/// Column heads in the line above the rows, where the layout left one.
pub(super) fn heads<const N: usize>(
    scene: &Scene<'_>,
    buffer: &mut Buffer,
    placed: &Placed,
    indent: u16,
    columns: &[Column; N],
    widths: &[u16; N],
) {
    if placed.rows.y == placed.inner.y {
        return;
    }
    let line = placed.rows.y - placed.inner.y - 1;
    let mut row = Row::new(buffer, placed.inner, line, scene.theme.marks.ellipsis);
    row.gap(indent);
    for (column, width) in columns.iter().zip(widths) {
        if *width > 0 {
            row.cell(column.head, *width, column.align, scene.theme.faint)
                .gap(GAP);
        }
    }
}

/// Writes one cell of a table and the gap after it; nothing for a column that
/// had to leave.
pub(super) fn cell(row: &mut Row<'_>, width: u16, align: Align, text: &str, style: Style) {
    if width > 0 {
        row.cell(text, width, align, style).gap(GAP);
    }
}

/// The part of `inner` below the rows.
pub(super) fn below(placed: &Placed) -> Rect {
    let used = placed.rows.bottom().saturating_sub(placed.inner.y);
    Rect {
        y: placed.inner.y + used,
        height: placed.inner.height.saturating_sub(used),
        ..placed.inner
    }
}

/// The part of `area` after its first `lines` lines.
pub(super) fn after(area: Rect, lines: u16) -> Rect {
    let lines = lines.min(area.height);
    Rect {
        y: area.y + lines,
        height: area.height - lines,
        ..area
    }
}

/// A view that is still to come says so.
pub(super) fn coming(scene: &Scene<'_>, buffer: &mut Buffer, area: Rect) {
    let title = Title {
        name: scene.app.view.title(),
        ..Title::default()
    };
    let inner = pane::pane(buffer, area, scene.theme, pane::Frame::Rule, &title);
    Empty::NotConfigured("not there yet: this view comes with a later version").draw(
        buffer,
        inner,
        scene.theme,
    );
}
