//! The confirm dialog of every operation. Its body scrolls; its fields and its
//! keys are always on the screen.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

use super::{cursor, frame};
use crate::{
    domain::{Act, RollbackPlan, StepState},
    operation::{Rule, Strength, Verdict},
    ui::{
        app::{App, Dialog, DialogFocus, Phase},
        theme::{State, Theme},
        views::Scene,
        widgets::row::{Row, columns},
    },
};

const WIDTH: u16 = 92;

/// How a line of the body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Text,
    Dim,
    Version,
    Rule(Verdict),
    Fault,
}

/// One line of the body: a label or glyph, then text.
struct Line {
    role: Role,
    label: &'static str,
    /// False for what did not fit the line before.
    first: bool,
    text: String,
}

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

fn body(dialog: &Dialog, width: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut put = |role, label: &'static str, text: &str| {
        let room = width.saturating_sub(6);
        for (place, part) in frame::wrap(text, room).into_iter().enumerate() {
            lines.push(Line {
                role,
                label,
                first: place == 0,
                text: part,
            });
        }
    };
    match &dialog.phase {
        Phase::Preparing => {
            put(
                Role::Dim,
                "",
                "reading the target afresh and asking the rules…",
            );
        }
        Phase::Prompting(review) | Phase::Waiting(review) => {
            if let Some(plan) = &review.plan {
                for (place, line) in steps(plan).iter().enumerate() {
                    put(Role::Version, if place == 0 { "plan" } else { "" }, line);
                }
            } else if let Some((from, to)) = review.intent.act.from_to() {
                put(Role::Version, "from", from.as_str());
                put(Role::Version, "to", to.as_str());
            }
            put(Role::Text, "does", &review.description.consequence);
            put(Role::Dim, "undo", review.description.undo);
            if let Act::AddNote { lines, .. } = &review.intent.act {
                for line in lines {
                    put(Role::Text, "note", line);
                }
            }
            put(Role::Dim, "", "");
            rules(&review.rules, &mut put);
            if dialog.unfolded {
                put(Role::Dim, "", "");
                for (place, line) in review.request.iter().enumerate() {
                    put(Role::Dim, if place == 0 { "sends" } else { "" }, line);
                }
            } else if let Some(first) = review.request.first() {
                put(Role::Dim, "sends", first);
            }
        }
        Phase::Failed(refused) => {
            put(Role::Fault, "", &refused.sentence);
            put(Role::Text, "", "Nothing was sent.");
            if !refused.rules.is_empty() {
                put(Role::Dim, "", "");
                rules(&refused.rules, &mut put);
            }
        }
    }
    lines
}

/// The steps of a plan, a line each; last those that it goes on without.
fn steps(plan: &RollbackPlan) -> Vec<String> {
    let wide = |text: &str| columns(text) as usize;
    let name = plan.steps.iter().map(|step| wide(step.service.as_str()));
    let name = name.max().unwrap_or(0);
    let from = plan
        .steps
        .iter()
        .map(|step| wide(step.from.version.as_str()));
    let from = from.max().unwrap_or(0);
    let pad = |text: &str, width: usize| {
        format!("{text}{}", " ".repeat(width.saturating_sub(wide(text))))
    };
    let mut lines: Vec<String> = plan
        .to_do()
        .enumerate()
        .map(|(place, step)| {
            format!(
                "{} {}  {} → {}",
                place + 1,
                pad(step.service.as_str(), name),
                pad(step.from.version.as_str(), from),
                step.to.version
            )
        })
        .collect();
    let out = plan
        .steps
        .iter()
        .filter(|step| matches!(step.state, StepState::Refused | StepState::Skipped));
    lines.extend(out.map(|step| {
        format!(
            "– {}  stays at {}: {}",
            pad(step.service.as_str(), name),
            step.from.version,
            step.detail
        )
    }));
    lines
}

fn rules(rules: &[Rule], put: &mut impl FnMut(Role, &'static str, &str)) {
    for rule in rules {
        // What refuses or asks for something comes first to the eye by its
        // glyph; the order is the policy's.
        put(Role::Rule(rule.verdict), "", &rule.sentence);
    }
}

fn parts(area: Rect, dialog: &Dialog) -> Parts {
    let width = WIDTH.min(area.width);
    let inner_width = width.saturating_sub(4);
    let has_fields = dialog.review().is_some();
    let has_word = dialog
        .review()
        .is_some_and(|review| matches!(review.strength, Strength::TypeName(_)));
    let fixed = 3 + u16::from(has_fields) * 2 + u16::from(has_word);
    let wanted = u16::try_from(body(dialog, inner_width).len()).unwrap_or(u16::MAX);
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
    let action = dialog.intent.act.verb();
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
    Parts {
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
    }
}

/// The whole terminal, where the dialog is centred.
fn area(app: &App) -> Rect {
    Rect::new(0, 0, app.size.0, app.size.1)
}

/// How far the body can be scrolled.
#[must_use]
pub fn scroll_end(app: &App, dialog: &Dialog) -> u16 {
    let parts = parts(area(app), dialog);
    let lines = body(dialog, parts.body.width).len();
    u16::try_from(lines)
        .unwrap_or(u16::MAX)
        .saturating_sub(parts.body.height)
}

/// What a press of the mouse hits.
#[must_use]
pub fn hit(app: &App, dialog: &Dialog, at: Position) -> Option<DialogFocus> {
    let parts = parts(area(app), dialog);
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
    let parts = parts(area, dialog);
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
    draw_body(scene, dialog, &parts, buffer);
    if dialog.review().is_some() {
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
    if let Some(review) = dialog.review() {
        return review.description.title.clone();
    }
    match (&dialog.plan, &dialog.intent.service) {
        (Some(plan), _) => plan.to_string(),
        (None, Some(service)) => format!("{} {service}", dialog.intent.act.verb()),
        (None, None) => dialog.intent.act.verb().to_owned(),
    }
}

fn glyph(theme: &Theme, verdict: Verdict) -> (&'static str, Style) {
    let state = match verdict {
        Verdict::Pass => State::Ok,
        Verdict::Warn => State::Alert,
        Verdict::NeedsReason
        | Verdict::NeedsHold
        | Verdict::NeedsTyping
        | Verdict::NeedsSecondPerson
        | Verdict::NeedsWait => State::Waiting,
        Verdict::Refuse => State::Failed,
    };
    (theme.marks.state(state), theme.state(state))
}

fn draw_body(scene: &Scene<'_>, dialog: &Dialog, parts: &Parts, buffer: &mut Buffer) {
    let theme = scene.theme;
    let lines = body(dialog, parts.body.width);
    let below = lines
        .len()
        .saturating_sub(usize::from(dialog.scroll) + usize::from(parts.body.height));
    for (at, line) in (0..parts.body.height).zip(lines.iter().skip(usize::from(dialog.scroll))) {
        let mut row = Row::new(buffer, parts.body, at, theme.marks.ellipsis);
        let style = match line.role {
            Role::Text | Role::Rule(_) => theme.text,
            Role::Version => theme.title,
            Role::Fault => theme.danger,
            Role::Dim => theme.dim,
        };
        let (mark, mark_style, indent) = match line.role {
            Role::Rule(verdict) => {
                let (glyph, style) = glyph(theme, verdict);
                (glyph, style, 2)
            }
            _ => (line.label, theme.dim, 6),
        };
        if line.first {
            row.put(mark, mark_style);
        }
        row.to(parts.body.x + indent).put(&line.text, style);
    }
    if below > 0 || dialog.scroll > 0 {
        let end = Rect {
            y: parts.body.bottom(),
            height: 1,
            ..parts.body
        };
        let [up, down] = theme.marks.more;
        let text = match (dialog.scroll, below) {
            (0, below) => format!("{down} {below} more lines"),
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
    if let Strength::TypeName(name) = &review.strength {
        let label = format!("type {name} to confirm:");
        field(
            parts.word,
            &label,
            &dialog.word,
            on == DialogFocus::Word,
            "",
        );
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
        Phase::Failed(_) => "Close ",
        Phase::Waiting(_) => "Hide  ",
        Phase::Preparing | Phase::Prompting(_) => "Cancel",
    };
    button(
        parts.cancel,
        leave,
        on == DialogFocus::Cancel || dialog.review().is_none(),
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
        dialog.intent.act.verb(),
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
    let keys: &[(&str, &str)] = match (&dialog.phase, dialog.review()) {
        (Phase::Prompting(_), Some(review)) if review.strength == Strength::Key => &[
            ("y", "do it"),
            ("n", "cancel"),
            ("tab", "next"),
            ("enter", "press"),
            ("u", "request"),
            ("↑↓", "scroll"),
        ],
        (Phase::Prompting(_), _) => &[
            ("tab", "next"),
            ("enter", "press"),
            ("esc", "cancel"),
            ("u", "request"),
            ("↑↓", "scroll"),
        ],
        (Phase::Waiting(_), _) => &[("esc", "hide")],
        (Phase::Failed(_), _) => &[("esc", "close"), ("↑↓", "scroll")],
        (Phase::Preparing, _) => &[("esc", "cancel")],
    };
    frame::keys(buffer, parts.keys, 0, theme, keys);
}
