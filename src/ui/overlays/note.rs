//! The note editor, at the bottom, so that the view above stays in sight.

use ratatui::{buffer::Buffer, layout::Rect, widgets::Widget};

use super::{cursor, frame};
use crate::{
    domain::NoteLink,
    ui::{
        app::{App, NoteEditor},
        views::Scene,
        widgets::{format, row::Row},
    },
};

/// Most lines that say why a note is not stored.
const FAULT_LINES: usize = 4;

/// What the note is about, in words.
fn about(app: &App, editor: &NoteEditor) -> String {
    let words: Vec<String> = editor
        .links
        .iter()
        .map(|link| match link {
            NoteLink::Incident(id) => app.model.incident(id).map_or_else(
                || "incident".to_owned(),
                |found| format!("incident #{}", found.value.number),
            ),
            NoteLink::Service(name) => name.to_string(),
            NoteLink::Release(id) => id.to_string(),
            NoteLink::Run(id) => app.model.run(id).map_or_else(
                || "run".to_owned(),
                |found| format!("run #{}", found.value.number),
            ),
        })
        .collect();
    if words.is_empty() {
        "the release day".to_owned()
    } else {
        words.join(", ")
    }
}

/// Why the note is not stored, in lines.
fn fault(editor: &NoteEditor, width: u16) -> Vec<String> {
    if editor.fault.is_empty() {
        return Vec::new();
    }
    let lines = frame::wrap(&editor.fault, width.saturating_sub(4));
    lines.into_iter().take(FAULT_LINES).collect()
}

/// Draws the editor.
pub(super) fn draw(scene: &Scene<'_>, editor: &NoteEditor, area: Rect, buffer: &mut Buffer) {
    let (app, theme) = (scene.app, scene.theme);
    let lines = u16::try_from(editor.area.lines().len()).unwrap_or(u16::MAX);
    let width = 96.min(area.width);
    let fault = fault(editor, width);
    let below = u16::try_from(fault.len()).unwrap_or_default();
    let height = (lines.clamp(4, 12) + 3 + below).min(area.height);
    let outer = Rect::new(
        area.x + (area.width - width) / 2,
        area.bottom().saturating_sub(height + 1).max(area.y),
        width,
        height,
    );
    let about = about(app, editor);
    let stored = if !editor.fault.is_empty() {
        "not stored".to_owned()
    } else if editor.changed.is_some() {
        "not stored yet".to_owned()
    } else {
        editor.saved.map_or_else(String::new, |at| {
            format!("stored {}", format::clock_seconds(at))
        })
    };
    let style = if editor.fault.is_empty() {
        theme.dim
    } else {
        theme.danger
    };
    frame::draw(
        buffer,
        outer,
        theme,
        theme.border_focused,
        &[
            ("Note", theme.title_focused),
            (theme.marks.dot, theme.faint),
            (&about, theme.dim),
            (theme.marks.dot, theme.faint),
            (&stored, style),
        ],
    );
    let inner = frame::inside(outer);
    let text = Rect {
        height: inner.height.saturating_sub(1 + below),
        ..inner
    };
    for (line, at) in fault.iter().zip(text.height..inner.height) {
        Row::new(buffer, inner, at, theme.marks.ellipsis).put(line, theme.danger);
    }
    if editor.asks_to_send {
        Row::new(buffer, text, 0, theme.marks.ellipsis).put(
            "The note is on the timeline. Send it to the incident too, for everybody to see?",
            theme.text,
        );
        frame::keys(
            buffer,
            inner,
            inner.height.saturating_sub(1),
            theme,
            &[("y", "send it: opens the dialog"), ("n", "keep it here")],
        );
        return;
    }
    if text.width > 0 && text.height > 0 && text.intersection(buffer.area) == text {
        let mut shown = editor.area.clone();
        shown.set_style(theme.text);
        shown.set_cursor_style(cursor(theme));
        shown.set_cursor_line_style(theme.text);
        shown.render(text, buffer);
    }
    frame::keys(
        buffer,
        inner,
        inner.height.saturating_sub(1),
        theme,
        &[("ctrl-s", "finish"), ("esc", "keep as draft")],
    );
}
