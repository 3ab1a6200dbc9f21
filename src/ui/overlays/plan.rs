//! A rollback plan: its steps as a table, and what speaks for and against the
//! selected one. Before it is confirmed it can be changed; afterwards it shows
//! how far it is.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::frame;
use crate::{
    domain::{
        Comparison, GuardVerdict, PlanRecord, PlanState, Quality, RollbackPlan, RollbackStep,
        StepState,
    },
    operation::plan::span,
    ui::{
        app::{App, PlanView},
        theme::State,
        views::Scene,
        widgets::{
            format,
            row::{Align, Row},
            table::{self, Column, GAP},
        },
    },
};

const COLUMNS: [Column; 7] = [
    Column::words("SERVICE", 10, 24, 0),
    Column::words("FROM", 8, 16, 1),
    Column::words("TO", 8, 16, 1),
    Column::words("STATE", 13, 26, 2),
    Column::number("SERVED", 7, 3),
    Column::words("WAS", 9, 9, 4),
    Column::words("HOW", 12, 24, 5),
];

/// Columns before the table: cursor and number.
const INDENT: u16 = 4;
/// Lines of the box that are neither steps nor what is said about one.
const AROUND: u16 = 6;
/// Most lines that the steps get.
const STEPS: u16 = 12;

struct Places {
    outer: Rect,
    /// The column heads and the steps.
    table: Rect,
    /// What is said about the selected step.
    detail: Rect,
    keys: Rect,
}

fn places(area: Rect, view: &PlanView, app: &App) -> Places {
    let steps = view
        .plan(&app.model)
        .map_or(0, |(plan, _)| plan.steps.len());
    let steps = u16::try_from(steps).unwrap_or(u16::MAX).clamp(1, STEPS);
    let width = area.width.min(132);
    let inner_width = width.saturating_sub(4);
    let said = u16::try_from(detail(app, view, inner_width).len()).unwrap_or(u16::MAX);
    let height = steps
        .saturating_add(said)
        .saturating_add(AROUND)
        .min(area.height);
    let outer = frame::centred(area, width, height);
    let inner = frame::inside(outer);
    let steps = steps.min(inner.height.saturating_sub(4));
    let table = Rect {
        height: (steps + 1).min(inner.height),
        ..inner
    };
    let used = table.height + 1;
    Places {
        outer,
        table,
        detail: Rect {
            y: inner.y + used.min(inner.height),
            height: inner.height.saturating_sub(used + 2),
            ..inner
        },
        keys: Rect {
            y: inner.bottom().saturating_sub(1).max(inner.y),
            height: 1.min(inner.height),
            ..inner
        },
    }
}

/// How far what is said about the selected step can be scrolled.
#[must_use]
pub fn scroll_end(app: &App, view: &PlanView) -> u16 {
    let area = Rect::new(0, 0, app.size.0, app.size.1);
    let places = places(area, view, app);
    let lines = detail(app, view, places.detail.width).len();
    u16::try_from(lines)
        .unwrap_or(u16::MAX)
        .saturating_sub(places.detail.height)
}

/// How a line is read.
#[derive(Clone, Copy)]
enum Role {
    Title,
    Dim,
    Mark(State),
}

type Line = (Role, bool, String);

/// What is said about the selected step, then about the plan.
fn detail(app: &App, view: &PlanView, width: u16) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let Some((plan, record)) = view.plan(&app.model) else {
        return lines;
    };
    let mut put = |role: Role, text: &str| {
        let room = width.saturating_sub(2);
        for (place, part) in frame::wrap(text, room).into_iter().enumerate() {
            lines.push((role, place == 0, part));
        }
    };
    if let Some(step) = plan.steps.get(view.index(plan)) {
        put(Role::Title, &step_title(step));
        if !step.detail.is_empty() && step.state != StepState::Refused {
            put(Role::Mark(step_state(step.state)), &step.detail);
        }
        for guard in step.objections() {
            put(Role::Mark(guard_state(guard.verdict)), &guard.sentence);
        }
        let content: Vec<&str> = step
            .guards
            .iter()
            .filter(|guard| guard.verdict == GuardVerdict::Ok)
            .map(|guard| guard.name.as_str())
            .collect();
        if !content.is_empty() {
            put(
                Role::Mark(State::Ok),
                &format!("nothing against it: {}", content.join(", ")),
            );
        }
        let (base, head) = (step.to.version.as_str(), step.from.version.as_str());
        if let Some(found) = app.model.comparison(&step.service, base, head) {
            put(Role::Dim, &changes(&found.value));
        }
    }
    if let Some(record) = record
        && !record.detail.is_empty()
    {
        put(
            Role::Mark(plan_state(record)),
            &format!("{}: {}", record.state.word(), record.detail),
        );
    }
    for remark in &plan.remarks {
        put(Role::Dim, remark);
    }
    lines
}

fn step_title(step: &RollbackStep) -> String {
    let pinned = |pinned: &crate::domain::Pinned| match pinned.commit.get(..7) {
        Some(commit) => format!("{} ({commit})", pinned.version),
        None => pinned.version.to_string(),
    };
    let by = if step.record.by.is_empty() {
        String::new()
    } else {
        format!(", deployed by {}", step.record.by)
    };
    format!(
        "{} in {}: {} back to {}{by}",
        step.service,
        step.environment,
        pinned(&step.from),
        pinned(&step.to),
    )
}

/// What goes away, in one line.
fn changes(comparison: &Comparison) -> String {
    let mut authors: Vec<&str> = comparison
        .commits
        .iter()
        .map(|commit| commit.author.as_str())
        .collect();
    authors.sort_unstable();
    authors.dedup();
    let by = if authors.is_empty() {
        String::new()
    } else {
        format!(" by {}", authors.join(", "))
    };
    format!(
        "takes away {}{by}, {} and {}",
        format::counted(comparison.ahead as usize, "commit", "commits"),
        format::counted(
            comparison.pull_requests.len(),
            "pull request",
            "pull requests"
        ),
        format::counted(comparison.files.len(), "changed file", "changed files"),
    )
}

fn guard_state(verdict: GuardVerdict) -> State {
    match verdict {
        GuardVerdict::Ok => State::Ok,
        GuardVerdict::NotKnown => State::Unknown,
        GuardVerdict::Warn => State::Alert,
        GuardVerdict::Refused => State::Failed,
    }
}

/// How a step's state looks.
#[must_use]
pub fn step_state(state: StepState) -> State {
    match state {
        StepState::Planned => State::Waiting,
        StepState::Refused | StepState::Failed => State::Failed,
        StepState::Skipped => State::Quiet,
        StepState::Running => State::Running,
        StepState::Observed => State::Ok,
        StepState::Unknown => State::Unknown,
        StepState::Stopped => State::Held,
    }
}

/// How a plan's state looks.
#[must_use]
pub fn plan_state(record: &PlanRecord) -> State {
    match record.state {
        PlanState::Running => State::Running,
        PlanState::Stopping => State::Held,
        PlanState::Done => State::Ok,
        PlanState::Stopped if record.is_unknown() => State::Unknown,
        PlanState::Stopped => State::Failed,
    }
}

/// What the table says of a step: of a draft its worst guard, later its state.
fn words(step: &RollbackStep, record: Option<&PlanRecord>) -> (State, String) {
    if record.is_some() || step.state != StepState::Planned {
        return (step_state(step.state), step.state.word().to_owned());
    }
    let count = |verdict| {
        step.guards
            .iter()
            .filter(|guard| guard.verdict == verdict)
            .count()
    };
    let (warnings, unknown) = (count(GuardVerdict::Warn), count(GuardVerdict::NotKnown));
    match (warnings, unknown) {
        (0, 0) => (State::Ok, "nothing against".to_owned()),
        (0, unknown) => (State::Unknown, format!("{unknown} not known")),
        (warnings, _) => (
            State::Alert,
            format::counted(warnings, "warning", "warnings"),
        ),
    }
}

/// Draws the plan.
pub(super) fn draw(scene: &Scene<'_>, view: &PlanView, area: Rect, buffer: &mut Buffer) {
    let theme = scene.theme;
    let places = places(area, view, scene.app);
    let Some((plan, record)) = view.plan(&scene.app.model) else {
        return;
    };
    let catalog = scene.app.model.catalog();
    let production = plan
        .steps
        .iter()
        .any(|step| catalog.is_production(&step.environment));
    let border = if production {
        theme.production
    } else {
        theme.border_focused
    };
    let title = match record {
        None if view.is_sent() => format!("Rollback plan {} being written down", theme.marks.dot),
        None => format!("Rollback plan {} draft", theme.marks.dot),
        Some(record) => {
            let (done, all) = record.progress();
            format!(
                "Rollback plan {} {} {} {} {done} of {all} observed",
                plan.name,
                theme.marks.dot,
                record.state.word(),
                theme.marks.dot
            )
        }
    };
    let mut spans: Vec<(&str, Style)> = vec![(&title, theme.title_focused)];
    if production {
        spans.push((" PRODUCTION ", theme.production_badge));
    }
    frame::draw(buffer, places.outer, theme, border, &spans);
    draw_table(scene, view, (plan, record), places.table, buffer);
    draw_detail(scene, view, &places, buffer);
    draw_keys(scene, view, record, places.keys, buffer);
}

fn draw_table(
    scene: &Scene<'_>,
    view: &PlanView,
    (plan, record): (&RollbackPlan, Option<&PlanRecord>),
    area: Rect,
    buffer: &mut Buffer,
) {
    let theme = scene.theme;
    let widths = table::widths(&COLUMNS, area.width.saturating_sub(INDENT + 1));
    let mut heads = Row::new(buffer, area, 0, theme.marks.ellipsis);
    heads.gap(INDENT);
    for (column, width) in COLUMNS.iter().zip(widths) {
        if width > 0 {
            heads
                .cell(column.head, width, column.align, theme.faint)
                .gap(GAP);
        }
    }
    let selected = view.index(plan);
    let height = area.height.saturating_sub(1);
    let window = crate::ui::widgets::scroll::window(selected, 0, plan.steps.len(), height);
    let mut number = plan
        .steps
        .iter()
        .take(window.start)
        .filter(|step| !is_out(step))
        .count();
    for (line, at) in (1..=height).zip(window) {
        let Some(step) = plan.steps.get(at) else {
            break;
        };
        let here = at == selected;
        let style = theme.row(here, false);
        let mut row = Row::new(buffer, area, line, theme.marks.ellipsis);
        row.put(if here { theme.marks.gutter } else { " " }, theme.accent);
        let place = if is_out(step) {
            theme.marks.none.to_owned()
        } else {
            number += 1;
            number.to_string()
        };
        row.cell(&place, 2, Align::Right, theme.dim).gap(1);
        let (state, words) = words(step, record);
        let quality = match step.record.quality {
            Quality::Good => theme.success,
            Quality::Bad => theme.danger,
            Quality::NotKnown => theme.dim,
        };
        let served = step.record.served.map(span).unwrap_or_default();
        let [service, from, to, what, time, was, how] = widths;
        let out = if is_out(step) { theme.dim } else { style };
        for (width, align, text, style) in [
            (service, Align::Left, step.service.as_str(), style),
            (from, Align::Left, step.from.version.as_str(), theme.dim),
            (to, Align::Left, step.to.version.as_str(), out),
        ] {
            if width > 0 {
                row.cell(text, width, align, style).gap(GAP);
            }
        }
        if what > 0 {
            row.within(what, |row| {
                row.put(theme.marks.state(state), theme.state(state))
                    .gap(1)
                    .put(&words, theme.state(state));
            })
            .gap(GAP);
        }
        for (width, align, text, style) in [
            (time, Align::Right, served.as_str(), theme.dim),
            (was, Align::Left, step.record.quality.word(), quality),
            (how, Align::Left, &step.mechanism.words(), theme.dim),
        ] {
            if width > 0 {
                row.cell(text, width, align, style).gap(GAP);
            }
        }
    }
}

/// Whether the plan goes on without the step.
fn is_out(step: &RollbackStep) -> bool {
    matches!(step.state, StepState::Refused | StepState::Skipped)
}

fn draw_detail(scene: &Scene<'_>, view: &PlanView, places: &Places, buffer: &mut Buffer) {
    let theme = scene.theme;
    let area = places.detail;
    let lines = detail(scene.app, view, area.width);
    for (at, (role, first, text)) in
        (0..area.height).zip(lines.iter().skip(usize::from(view.scroll)))
    {
        let mut row = Row::new(buffer, area, at, theme.marks.ellipsis);
        match role {
            Role::Title => row.put(text, theme.title),
            Role::Dim => row.gap(2).put(text, theme.dim),
            Role::Mark(state) => {
                if *first {
                    row.put(theme.marks.state(*state), theme.state(*state));
                }
                row.to(area.x + 2).put(text, theme.text)
            }
        };
    }
    let below = lines
        .len()
        .saturating_sub(usize::from(view.scroll) + usize::from(area.height));
    if below > 0 || view.scroll > 0 {
        let [up, down] = theme.marks.more;
        let end = Rect {
            y: area.bottom(),
            height: 1,
            ..area
        };
        let text = match (view.scroll, below) {
            (0, below) => format!("{down} {below} more lines: pgdn"),
            (above, 0) => format!("{up} {above} lines above: pgup"),
            (above, below) => format!("{up} {above} {down} {below}"),
        };
        Row::new(buffer, end, 0, theme.marks.ellipsis).put_right(&text, theme.faint);
    }
}

fn draw_keys(
    scene: &Scene<'_>,
    view: &PlanView,
    record: Option<&PlanRecord>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let keys: &[(&str, &str)] = match record.map(|record| record.state) {
        None if view.is_sent() => &[("esc", "hide"), ("j/k", "step"), ("c", "changes")],
        None => &[
            ("enter", "go on"),
            ("t", "target"),
            ("x", "leave out"),
            ("c", "changes"),
            ("j/k", "step"),
            ("esc", "cancel"),
        ],
        Some(PlanState::Running) => &[
            ("s", "stop after this step"),
            ("esc", "hide"),
            ("j/k", "step"),
            ("c", "changes"),
        ],
        Some(PlanState::Stopping) => &[("esc", "hide"), ("j/k", "step"), ("c", "changes")],
        Some(PlanState::Stopped) => &[
            ("p", "plan what is left"),
            ("esc", "close"),
            ("j/k", "step"),
            ("c", "changes"),
        ],
        Some(PlanState::Done) => &[("esc", "close"), ("j/k", "step"), ("c", "changes")],
    };
    frame::keys(buffer, area, 0, scene.theme, keys);
}
