//! Small things: themes, messages, the question before leaving, toasts.

use ratatui::{buffer::Buffer, layout::Rect};

use super::frame;
use crate::{
    domain::Text,
    ui::{
        app::{ThemePicker, ToastKind},
        theme::State,
        views::Scene,
        widgets::{
            row::{Row, columns},
            scroll,
        },
    },
};

/// Draws the themes; the one under the cursor is what everything is drawn in.
pub(super) fn draw_themes(
    scene: &Scene<'_>,
    picker: &ThemePicker,
    area: Rect,
    buffer: &mut Buffer,
) {
    let (themes, theme) = (&scene.app.settings.themes, scene.theme);
    let count = u16::try_from(themes.len()).unwrap_or(u16::MAX).clamp(1, 12);
    let outer = frame::centred(area, 44, count + 3);
    frame::draw(
        buffer,
        outer,
        theme,
        theme.border_focused,
        &[("Theme", theme.title_focused)],
    );
    let inner = frame::inside(outer);
    let list = Rect {
        height: inner.height.saturating_sub(1),
        ..inner
    };
    let window = scroll::window(picker.index, 0, themes.len(), list.height);
    for (line, place) in (0..list.height).zip(window) {
        let Some(name) = themes.get(place) else { break };
        let selected = place == picker.index;
        Row::new(buffer, list, line, theme.marks.ellipsis)
            .put(
                if selected { theme.marks.gutter } else { " " },
                theme.accent,
            )
            .gap(1)
            .put(name, theme.row(selected, false))
            .put_right(
                if *name == scene.app.settings.theme {
                    "chosen"
                } else {
                    ""
                },
                theme.dim,
            );
    }
    frame::keys(
        buffer,
        inner,
        inner.height.saturating_sub(1),
        theme,
        &[("j/k", "look"), ("enter", "choose"), ("esc", "as before")],
    );
}

/// Draws a text to look at.
pub(super) fn draw_message(
    scene: &Scene<'_>,
    title: &Text,
    lines: &[Text],
    area: Rect,
    buffer: &mut Buffer,
) {
    let theme = scene.theme;
    let width = 80.min(area.width);
    let wrapped: Vec<String> = lines
        .iter()
        .flat_map(|line| frame::wrap(line, width.saturating_sub(4)))
        .collect();
    let count = u16::try_from(wrapped.len()).unwrap_or(u16::MAX);
    let outer = frame::centred(area, width, count.saturating_add(3));
    frame::draw(
        buffer,
        outer,
        theme,
        theme.border_focused,
        &[(title.as_str(), theme.title_focused)],
    );
    let inner = frame::inside(outer);
    for (at, line) in (0..inner.height.saturating_sub(1)).zip(&wrapped) {
        Row::new(buffer, inner, at, theme.marks.ellipsis).put(line, theme.text);
    }
    frame::keys(
        buffer,
        inner,
        inner.height.saturating_sub(1),
        theme,
        &[("esc", "close")],
    );
}

/// Draws the question before leaving.
pub(super) fn draw_quit(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = scene.theme;
    let model = &scene.app.model;
    let plans = model
        .plans_in_flight()
        .map(|record| format!("the rest of the plan {}", record.plan.name));
    let mut flying: Vec<String> = plans
        .chain(
            model
                .operations_in_flight()
                .map(|record| record.summary.to_string()),
        )
        .collect();
    let batches = scene.app.batches.values().filter(|batch| !batch.is_over());
    flying.extend(batches.map(|batch| format!("the rest of: {}", batch.summary)));
    if flying.is_empty() && !scene.app.awaited.is_empty() {
        flying.push("an operation that is being written down".to_owned());
    }
    let shown = u16::try_from(flying.len()).unwrap_or(u16::MAX).min(4);
    let outer = frame::centred(area, 70, shown + 6);
    frame::draw(
        buffer,
        outer,
        theme,
        theme.border_focused,
        &[("Leave tminus?", theme.title_focused)],
    );
    let inner = frame::inside(outer);
    Row::new(buffer, inner, 0, theme.marks.ellipsis).put("These have no outcome yet:", theme.text);
    for (at, summary) in (0..shown).zip(&flying) {
        Row::new(buffer, inner, at + 1, theme.marks.ellipsis)
            .put(theme.marks.flight, theme.running)
            .gap(1)
            .put(summary, theme.text);
    }
    Row::new(buffer, inner, shown + 1, theme.marks.ellipsis).put(
        "They are in the journal and are looked for at the next start.",
        theme.dim,
    );
    frame::keys(
        buffer,
        inner,
        inner.height.saturating_sub(1),
        theme,
        &[("y", "leave"), ("n", "stay")],
    );
}

/// Draws the short messages above the footer, newest at the bottom.
pub(super) fn draw_toasts(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = scene.theme;
    let width = 76.min(area.width.saturating_sub(4));
    if width < 10 {
        return;
    }
    let mut bottom = area.bottom().saturating_sub(2);
    for toast in scene.app.toasts.iter().rev() {
        let (state, style) = match toast.kind {
            ToastKind::Info => (State::Quiet, theme.text),
            ToastKind::Refused => (State::Alert, theme.warning),
            ToastKind::Fault => (State::Failed, theme.danger),
        };
        let lines: Vec<String> = frame::wrap(&toast.text, width - 4)
            .into_iter()
            .take(3)
            .collect();
        let wide = lines.iter().map(|line| columns(line)).max().unwrap_or(0) + 4;
        let high = u16::try_from(lines.len()).unwrap_or(1);
        if bottom < area.y + high + 1 {
            break;
        }
        let place = Rect::new(
            area.right().saturating_sub(wide + 1),
            bottom - high,
            wide,
            high,
        );
        frame::clear(buffer, place, theme);
        for (at, line) in (0..high).zip(&lines) {
            let mut row = Row::new(buffer, place, at, theme.marks.ellipsis);
            row.gap(1);
            if at == 0 {
                row.put(theme.marks.state(state), theme.state(state));
            }
            row.to(place.x + 3).put(line, style);
        }
        bottom = bottom.saturating_sub(high);
    }
}
