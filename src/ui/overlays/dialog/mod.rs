//! The confirm dialog of every operation. Its body scrolls; its fields and its
//! keys are always on the screen.

mod body;
#[cfg(test)]
mod tests;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

use self::body::{Body, Line, Role};
use super::{cursor, frame};
use crate::{
    operation::Strength,
    ui::{
        app::{App, Dialog, DialogFocus, Hold, Phase},
        theme::{State, Theme},
        views::Scene,
        widgets::{
            bars,
            row::{Row, columns},
        },
    },
};

const WIDTH: u16 = 92;
/// Columns of `hold y` and of the bar that fills.
const HOLD_WORDS: u16 = 6;
const BAR: u16 = 10;

/// Where the parts of the dialog lie.
struct Parts {
    outer: Rect,
    body: Rect,
    reason: Rect,
    word: Rect,
    cancel: Rect,
    action: Rect,
    keys: Rect,
}

/// The lines of the body and where everything lies.
fn laid_out(app: &App, dialog: &Dialog, area: Rect) -> (Vec<Line>, Parts) {
    let width = WIDTH.min(area.width);
    let inner_width = width.saturating_sub(4);
    let has_fields = dialog.question().is_some();
    let has_word = dialog.has_word();
    let fixed = 3 + u16::from(has_fields) * 2 + u16::from(has_word);
    let lines = Body::of(app, dialog, inner_width).lines;
    let wanted = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let outer = frame::centred(area, width, wanted.saturating_add(fixed + 2));
    let inner = frame::inside(outer);
    // The lines below the body are counted from the bottom, so that the keys
    // stay whatever the height.
    let line = |from_bottom: u16| {
        if from_bottom < inner.height {
            Rect::new(inner.x, inner.bottom() - 1 - from_bottom, inner.width, 1)
        } else {
            Rect::ZERO
        }
    };
    let action = dialog.action();
    let action_width = columns(action) + 4;
    let buttons = line(1);
    let button = |from_right: u16, wide: u16| {
        let x = buttons.right().saturating_sub(from_right).max(buttons.x);
        Rect::new(x, buttons.y, wide.min(buttons.right() - x), buttons.height)
    };
    let word_line = if has_word { line(3) } else { Rect::ZERO };
    let reason_line = if has_fields {
        line(3 + u16::from(has_word))
    } else {
        Rect::ZERO
    };
    let parts = Parts {
        outer,
        body: Rect {
            height: inner.height.saturating_sub(fixed),
            ..inner
        },
        reason: reason_line,
        word: word_line,
        cancel: if has_fields {
            button(action_width + 12, 10)
        } else {
            button(10, 10)
        },
        action: if has_fields {
            button(action_width, action_width)
        } else {
            Rect::ZERO
        },
        keys: line(0),
    };
    (lines, parts)
}

/// The whole terminal, where the dialog is centred.
fn area(app: &App) -> Rect {
    Rect::new(0, 0, app.size.0, app.size.1)
}

/// How far the body can be scrolled.
#[must_use]
pub fn scroll_end(app: &App, dialog: &Dialog) -> u16 {
    let (lines, parts) = laid_out(app, dialog, area(app));
    u16::try_from(lines.len())
        .unwrap_or(u16::MAX)
        .saturating_sub(parts.body.height)
}

/// What a press of the mouse hits.
#[must_use]
pub fn hit(app: &App, dialog: &Dialog, at: Position) -> Option<DialogFocus> {
    let (_, parts) = laid_out(app, dialog, area(app));
    [
        (parts.cancel, DialogFocus::Cancel),
        (parts.action, DialogFocus::Action),
        (parts.reason, DialogFocus::Reason),
        (parts.word, DialogFocus::Word),
    ]
    .into_iter()
    .find(|(area, _)| area.contains(at))
    .map(|(_, focus)| focus)
}

/// Draws the dialog.
pub(super) fn draw(scene: &Scene<'_>, dialog: &Dialog, area: Rect, buffer: &mut Buffer) {
    let theme = scene.theme;
    let (lines, parts) = laid_out(scene.app, dialog, area);
    let production = is_production(scene.app, dialog);
    let border = if production {
        theme.production
    } else {
        theme.border_focused
    };
    let title = title(dialog);
    let mut spans: Vec<(&str, Style)> = Vec::new();
    match title.rsplit_once("PRODUCTION") {
        // The word is in the title already: it gets the colour.
        Some((before, after)) if production && after.is_empty() => {
            spans.push((before.trim_end(), theme.title_focused));
            spans.push((" PRODUCTION ", theme.production_badge));
        }
        _ => {
            spans.push((&title, theme.title_focused));
            if production {
                spans.push((" PRODUCTION ", theme.production_badge));
            }
        }
    }
    frame::draw(buffer, parts.outer, theme, border, &spans);
    if let Some(review) = dialog.review().filter(|review| !review.policy.is_empty()) {
        let short: String = review.policy.chars().take(8).collect();
        let foot = parts.outer.height.saturating_sub(1);
        Row::new(buffer, parts.outer, foot, theme.marks.ellipsis)
            .gap_right(2)
            .put_right(&format!(" policy {short} "), theme.faint);
    }
    draw_body(scene, dialog, &lines, &parts, buffer);
    if dialog.question().is_some() {
        draw_fields(scene, dialog, &parts, buffer);
    }
    draw_buttons(scene, dialog, &parts, buffer);
}

/// Whether the dialog is about production, from what was checked or, before
/// that, from what was wished.
fn is_production(app: &App, dialog: &Dialog) -> bool {
    if let Some(review) = dialog.review() {
        return review.production;
    }
    let environment = dialog.intent.environment.as_ref();
    environment.is_some_and(|name| app.model.catalog().is_production(name))
}

fn title(dialog: &Dialog) -> String {
    let again = if dialog.again_of.is_some() {
        "Again: "
    } else {
        ""
    };
    if let Some(review) = dialog.review() {
        return format!("{again}{}", review.description.title);
    }
    match (&dialog.plan, &dialog.intent.service) {
        (Some(plan), _) => plan.to_string(),
        (None, Some(service)) => format!("{again}{} {service}", dialog.intent.act.verb()),
        (None, None) => format!("{again}{}", dialog.intent.act.verb()),
    }
}

fn style(theme: &Theme, role: Role) -> Style {
    match role {
        Role::Text => theme.text,
        Role::Dim => theme.dim,
        Role::Strong => theme.title,
        Role::Warning => theme.warning,
        Role::Danger => theme.danger,
        Role::State(state) => theme.state(state),
    }
}

fn draw_body(
    scene: &Scene<'_>,
    dialog: &Dialog,
    lines: &[Line],
    parts: &Parts,
    buffer: &mut Buffer,
) {
    let theme = scene.theme;
    let top = usize::from(dialog.scroll);
    let below = lines
        .len()
        .saturating_sub(top + usize::from(parts.body.height));
    for (at, line) in (0..parts.body.height).zip(lines.iter().skip(top)) {
        let mut row = Row::new(buffer, parts.body, at, theme.marks.ellipsis);
        for piece in line {
            let style = style(theme, piece.role);
            row.to(parts.body.x + piece.at);
            if let Some(state) = piece.glyph {
                row.put(theme.marks.state(state), style);
            }
            row.put(&piece.text, style);
        }
    }
    if below > 0 || dialog.scroll > 0 {
        let end = Rect {
            y: parts.body.bottom(),
            height: 1,
            ..parts.body
        };
        let [up, down] = theme.marks.more;
        let text = match (dialog.scroll, below) {
            (0, 1) => format!("{down} 1 more line"),
            (0, below) => format!("{down} {below} more lines"),
            (1, 0) => format!("{up} 1 line above"),
            (above, 0) => format!("{up} {above} lines above"),
            (above, below) => format!("{up} {above} {down} {below}"),
        };
        Row::new(buffer, end, 0, theme.marks.ellipsis).put_right(&text, theme.faint);
    }
}

fn draw_fields(scene: &Scene<'_>, dialog: &Dialog, parts: &Parts, buffer: &mut Buffer) {
    let theme = scene.theme;
    let Some(review) = dialog.review() else {
        return;
    };
    let mut field = |area: Rect, label: &str, text: &str, focused: bool, hint: &str| {
        let style = if focused { theme.accent } else { theme.dim };
        let mut row = Row::new(buffer, area, 0, theme.marks.ellipsis);
        row.put(label, style).gap(1);
        // The end of a long text stays in sight.
        let room = usize::from(row.room().saturating_sub(1));
        let mut shown = text;
        while columns(shown) as usize > room {
            let mut characters = shown.chars();
            characters.next();
            shown = characters.as_str();
        }
        row.put(shown, theme.text);
        if focused {
            row.put(" ", cursor(theme));
        } else if text.is_empty() {
            row.put(hint, theme.faint);
        }
    };
    let hint = if review.needs_reason {
        "required"
    } else {
        "optional"
    };
    let on = dialog.focus;
    field(
        parts.reason,
        "reason",
        &dialog.reason,
        on == DialogFocus::Reason,
        hint,
    );
    match &review.strength {
        Strength::Key => {}
        Strength::TypeName(name) => {
            let label = format!("type {name} to confirm:");
            field(
                parts.word,
                &label,
                &dialog.word,
                on == DialogFocus::Word,
                "",
            );
        }
        Strength::Hold => {
            let bar = HOLD_WORDS + BAR + 3;
            let offered = dialog.hold.was_in_vain(scene.now) || on == DialogFocus::Word;
            let rest = Rect {
                x: parts.word.x + bar.min(parts.word.width),
                width: parts.word.width.saturating_sub(bar),
                ..parts.word
            };
            if offered {
                let label = format!("or type {}:", review.code);
                field(rest, &label, &dialog.word, on == DialogFocus::Word, "tab");
            }
            let line = Rect {
                width: parts.word.width.min(bar),
                ..parts.word
            };
            let mut row = Row::new(buffer, line, 0, theme.marks.ellipsis);
            let share = dialog.hold.steps(scene.now) as f64 / Hold::STEPS as f64;
            row.put("hold y", theme.key).gap(1);
            bars::progress(&mut row, BAR, share, theme, theme.danger);
        }
    }
}

fn draw_buttons(scene: &Scene<'_>, dialog: &Dialog, parts: &Parts, buffer: &mut Buffer) {
    let theme = scene.theme;
    let on = dialog.focus;
    let ready = dialog.takes_answers(scene.now);
    let mut button = |area: Rect, text: &str, focused: bool, style: Style| {
        let (open, close) = if focused { ("[ ", " ]") } else { ("  ", "  ") };
        Row::new(buffer, area, 0, theme.marks.ellipsis)
            .put(open, theme.accent)
            .put(text, if focused { theme.selection } else { style })
            .put(close, theme.accent);
    };
    let leave = match dialog.phase {
        Phase::Failed(_) | Phase::Done(..) => "Close ",
        Phase::Waiting(_) => "Hide  ",
        Phase::Preparing | Phase::Prompting(_) => "Cancel",
    };
    button(
        parts.cancel,
        leave,
        on == DialogFocus::Cancel || dialog.question().is_none(),
        theme.text,
    );
    let missing = dialog.missing();
    let style = if missing.is_some() || !ready {
        theme.faint
    } else {
        theme.danger
    };
    button(
        parts.action,
        dialog.action(),
        on == DialogFocus::Action,
        style,
    );
    let left = Rect {
        width: parts.cancel.x.saturating_sub(parts.keys.x),
        y: parts.cancel.y,
        ..parts.keys
    };
    let mut row = Row::new(buffer, left, 0, theme.marks.ellipsis);
    match (&dialog.phase, missing) {
        (Phase::Waiting(_), _) => row.put("writing it to the journal…", theme.dim),
        (Phase::Prompting(_), Some(missing)) => row
            .put(theme.marks.state(State::Waiting), theme.waiting)
            .gap(1)
            .put(&missing, theme.waiting),
        _ => &mut row,
    };
    frame::keys(buffer, parts.keys, 0, theme, &keys(dialog));
}

/// The keys that answer, most useful first.
fn keys(dialog: &Dialog) -> Vec<(&'static str, &'static str)> {
    let request = ("u", "request");
    let scroll = ("↑↓", "scroll");
    match (
        &dialog.phase,
        dialog.review().map(|review| &review.strength),
    ) {
        (Phase::Prompting(review), Some(Strength::Key | Strength::Hold)) => {
            let y = if review.strength == Strength::Hold {
                "hold y"
            } else {
                "y"
            };
            let act = if review.needs_second {
                "propose"
            } else {
                "do it"
            };
            vec![
                (y, act),
                ("n", "cancel"),
                ("tab", "next"),
                ("enter", "press"),
                request,
                scroll,
            ]
        }
        (Phase::Prompting(_), _) => vec![
            ("tab", "next"),
            ("enter", "press"),
            ("esc", "cancel"),
            request,
            scroll,
        ],
        (Phase::Waiting(_), _) => vec![("esc", "hide")],
        (Phase::Done(..), _) => vec![("esc", "close"), request, scroll],
        (Phase::Failed(_), _) => vec![("esc", "close"), scroll],
        (Phase::Preparing, _) => vec![("esc", "cancel")],
    }
}
