//! The palette: what was typed, and what it finds.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{cursor, frame};
use crate::{
    command::Command,
    ui::{
        app::Palette,
        update::{self, Verb},
        views::Scene,
        widgets::{
            row::{Align, Row},
            scroll,
        },
    },
};

/// Matches that are shown at most.
const SHOWN: u16 = 14;

/// Draws the palette.
pub(super) fn draw(scene: &Scene<'_>, palette: &Palette, area: Rect, buffer: &mut Buffer) {
    let (app, theme) = (scene.app, scene.theme);
    let found = update::entries(app, &palette.text);
    let count = u16::try_from(found.len())
        .unwrap_or(u16::MAX)
        .clamp(1, SHOWN);
    let mut outer = frame::centred(area, 78, count + 4);
    outer.y = outer.y.min(area.y + 3);
    frame::draw(
        buffer,
        outer,
        theme,
        theme.border_focused,
        &[("Command", theme.title_focused)],
    );
    let inner = frame::inside(outer);
    Row::new(buffer, inner, 0, theme.marks.ellipsis)
        .put(":", theme.key)
        .put(&palette.text, theme.text)
        .put(" ", cursor(theme));
    let list = Rect {
        y: inner.y + 1,
        height: inner.height.saturating_sub(2),
        ..inner
    };
    let window = scroll::window(palette.index, 0, found.len(), list.height);
    for (line, place) in (0..list.height).zip(window) {
        let Some(entry) = found.get(place) else { break };
        let selected = place == palette.index;
        let (key, why) = match &entry.verb {
            Verb::Command(command) => (app.keys.shown(*command), update::why_not(app, *command)),
            Verb::Theme(_) => (String::new(), None),
            Verb::Arm(_) => (String::new(), update::why_not(app, Command::Arm)),
        };
        let style = match (&why, selected) {
            (Some(_), _) => theme.faint,
            (None, true) => theme.selection,
            (None, false) => theme.text,
        };
        let mut row = Row::new(buffer, list, line, theme.marks.ellipsis);
        row.put(
            if selected { theme.marks.gutter } else { " " },
            theme.accent,
        )
        .gap(1)
        .cell(&entry.name, 22, Align::Left, style)
        .gap(1);
        row.put_right(&key, theme.key).gap_right(1);
        match why {
            Some(why) => row.put(&why, theme.faint),
            None => row.put(&entry.title, theme.dim),
        };
    }
    if found.is_empty() {
        Row::new(buffer, list, 0, theme.marks.ellipsis)
            .gap(2)
            .put("no command is called that", theme.dim);
    }
    frame::keys(
        buffer,
        inner,
        inner.height.saturating_sub(1),
        theme,
        &[("enter", "run"), ("tab", "complete"), ("esc", "close")],
    );
}
