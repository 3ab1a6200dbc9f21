//! The keys that work here, from the table.

use ratatui::{buffer::Buffer, layout::Rect};

use super::frame;
use crate::{
    command::{Danger, Scope, TABLE},
    ui::{
        app::{App, Overlay},
        theme::State,
        update,
        views::Scene,
        widgets::row::{Align, Row},
    },
};

enum Line {
    Title(&'static str),
    Key {
        keys: String,
        what: String,
        danger: Danger,
        off: bool,
    },
    Glyphs,
    Blank,
}

/// The terms of a filter: each is one that [`crate::command::Terms`] reads.
pub(super) const FILTER: [(&str, &str); 7] = [
    ("check fail", "each word is somewhere in the row"),
    ("service:a,b", "one of these is part of the service's name"),
    ("branch:main", "so too actor:ana and env:production"),
    (
        "state:failed",
        "failed running waiting queued success cancelled",
    ),
    ("age:<2h", "began less than that ago, >1d more; s m h d w"),
    (
        "!state:failed",
        "not so; each of the others can be turned round too",
    ),
    ("\"fix: it\"", "words as they are"),
];

fn outer(area: Rect) -> Rect {
    frame::centred(area, 96, area.height.saturating_sub(2))
}

const GLYPHS: &str = "What the glyphs mean";

/// Whether the help is asked for on the sheet of a release, which has keys of
/// its own.
fn is_on_sheet(app: &App) -> bool {
    let sheet = |overlay: &Overlay| matches!(overlay, Overlay::Release(_));
    app.overlays.iter().any(sheet)
}

fn lines(app: &App, width: u16) -> Vec<Line> {
    let scope = app.scope();
    let mut lines = Vec::new();
    if is_on_sheet(app) {
        lines.push(Line::Title("On the sheet of a release"));
        lines.extend(super::release::KEYS.iter().map(|(keys, what)| Line::Key {
            keys: (*keys).to_owned(),
            what: (*what).to_owned(),
            danger: Danger::Screen,
            off: false,
        }));
        lines.extend([Line::Blank, Line::Title(GLYPHS), Line::Glyphs]);
        return lines;
    }
    let groups = [
        ("Changes production", Danger::Production),
        ("Changes something outside", Danger::Outside),
        ("This screen", Danger::Screen),
        ("Moves", Danger::Moves),
    ];
    for (title, danger) in groups {
        lines.push(Line::Title(title));
        for row in TABLE.iter().filter(|row| {
            row.danger == danger && (row.scope == scope || row.scope == Scope::Everywhere)
        }) {
            let keys: Vec<String> = app
                .keys
                .keys(row.command)
                .iter()
                .map(ToString::to_string)
                .collect();
            let keys = if keys.is_empty() {
                format!(":{}", row.id)
            } else {
                keys.join(" ")
            };
            let why = update::why_not(app, row.command);
            let what = match &why {
                // Moves that do nothing here need no reason.
                Some(why) if danger != Danger::Moves => format!("{} Now: {why}.", row.doc),
                _ => row.doc.to_owned(),
            };
            for (place, part) in frame::wrap(&what, width.saturating_sub(18))
                .into_iter()
                .enumerate()
            {
                lines.push(Line::Key {
                    keys: if place == 0 {
                        keys.clone()
                    } else {
                        String::new()
                    },
                    what: part,
                    danger,
                    off: why.is_some(),
                });
            }
        }
        lines.push(Line::Blank);
    }
    lines.push(Line::Title("What a filter can ask for"));
    lines.extend(FILTER.iter().map(|(what, means)| Line::Key {
        keys: (*what).to_owned(),
        what: (*means).to_owned(),
        danger: Danger::Moves,
        off: false,
    }));
    lines.push(Line::Blank);
    lines.push(Line::Title(GLYPHS));
    lines.push(Line::Glyphs);
    lines
}

fn text_area(area: Rect) -> Rect {
    let inner = frame::inside(outer(area));
    Rect {
        height: inner.height.saturating_sub(1),
        ..inner
    }
}

/// How far the help can be scrolled.
pub(super) fn scroll_end(app: &App, area: Rect) -> u16 {
    let text = text_area(area);
    let count = u16::try_from(lines(app, text.width).len()).unwrap_or(u16::MAX);
    count.saturating_sub(text.height)
}

/// Draws the help.
pub(super) fn draw(scene: &Scene<'_>, scroll: u16, area: Rect, buffer: &mut Buffer) {
    let (app, theme) = (scene.app, scene.theme);
    let place = if is_on_sheet(app) {
        "Release"
    } else {
        app.view.title()
    };
    let title = format!("Keys here {} {place}", theme.marks.dot);
    frame::draw(
        buffer,
        outer(area),
        theme,
        theme.border_focused,
        &[(&title, theme.title_focused)],
    );
    let text = text_area(area);
    let lines = lines(app, text.width);
    for (at, line) in (0..text.height).zip(lines.iter().skip(usize::from(scroll))) {
        let mut row = Row::new(buffer, text, at, theme.marks.ellipsis);
        match line {
            Line::Blank => {}
            Line::Title(title) => {
                row.put(title, theme.title);
            }
            Line::Key {
                keys,
                what,
                danger,
                off,
            } => {
                let key = if *danger == Danger::Production {
                    theme.production
                } else {
                    theme.key
                };
                row.cell(keys, 16, Align::Left, key)
                    .gap(2)
                    .put(what, if *off { theme.faint } else { theme.text });
            }
            Line::Glyphs => {
                for state in State::ALL {
                    let (glyph, word) = theme.glyph(state);
                    row.put(glyph, theme.state(state))
                        .gap(1)
                        .put(word, theme.dim)
                        .gap(2);
                }
            }
        }
    }
    let inner = frame::inside(outer(area));
    frame::keys(
        buffer,
        inner,
        inner.height.saturating_sub(1),
        theme,
        &[("j/k", "scroll"), ("esc", "close")],
    );
    let below = lines
        .len()
        .saturating_sub(usize::from(scroll) + usize::from(text.height));
    if below > 0 {
        Row::new(
            buffer,
            inner,
            inner.height.saturating_sub(1),
            theme.marks.ellipsis,
        )
        .put_right(
            &format!("{} {below} more", theme.marks.more[1]),
            theme.faint,
        );
    }
}
