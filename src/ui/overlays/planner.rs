//! The box in which a window or a release is put on the calendar.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{cursor, frame};
use crate::ui::{
    app::{About, Field, Planner, Task},
    theme::State,
    views::Scene,
    widgets::row::Row,
};

/// Lines that say what would come of it, at most.
const MOST: usize = 8;

fn title(planner: &Planner) -> String {
    let subject = planner.subject();
    match planner.task {
        Task::Add => "New window".to_owned(),
        Task::Move => format!("Move {subject}"),
        Task::Cancel if matches!(planner.about, About::Release(..)) => format!("Scrub {subject}"),
        Task::Cancel => format!("Cancel {subject}"),
        Task::Duplicate => format!("Once more: {subject}"),
    }
}

/// What a field shows that is chosen, not typed.
fn chosen(planner: &Planner, field: Field) -> String {
    match field {
        Field::Kind => planner.kind.said().to_owned(),
        Field::Which if planner.all => "all occurrences".to_owned(),
        Field::Which => format!("the one of {} {}", planner.start, planner.zone),
        _ => String::new(),
    }
}

fn hint(planner: &Planner, field: Field) -> String {
    let zone = planner.zone;
    let fixed = match field {
        Field::Kind | Field::Which => "arrows: another",
        Field::Start | Field::End if planner.field == field => {
            return format!("{zone}, arrows: 15 min or a day");
        }
        Field::Start | Field::End => return zone.to_string(),
        Field::Services | Field::Environments if planner.text(field).is_some_and(str::is_empty) => {
            "all"
        }
        _ => "",
    };
    fixed.to_owned()
}

/// What the box holds, and where it is.
struct Layout {
    outer: Rect,
    fields: Vec<Field>,
    said: Vec<(State, String)>,
    against: Vec<String>,
}

fn layout(planner: &Planner, area: Rect) -> Layout {
    let width = 76.min(area.width);
    let room = width.saturating_sub(6);
    let fields = planner.fields();
    let mut said: Vec<(State, String)> = Vec::new();
    for (state, words) in &planner.said {
        said.extend(
            frame::wrap(words, room)
                .into_iter()
                .map(|line| (*state, line)),
        );
    }
    let against = planner.against.as_deref().unwrap_or_default();
    let tail: Vec<String> = if against.is_empty() {
        Vec::new()
    } else {
        frame::wrap(against, room)
    };
    // What is against it is seen whatever else there is to say.
    let around = fields.len() + tail.len() + 5;
    let most = usize::from(area.height).saturating_sub(around).min(MOST);
    let left = said.len().saturating_sub(most);
    if left > 0 {
        said.truncate(most.saturating_sub(1));
        said.push((State::Quiet, format!("{} more", left + 1)));
    }
    let height = u16::try_from(fields.len() + said.len() + tail.len() + 5).unwrap_or(u16::MAX);
    Layout {
        outer: frame::centred(area, width, height),
        fields,
        said,
        against: tail,
    }
}

/// The field under the mouse.
#[must_use]
pub fn hit(planner: &Planner, area: Rect, at: Position) -> Option<Field> {
    let placed = layout(planner, area);
    let inner = frame::inside(placed.outer);
    let row = at.y.checked_sub(inner.y).filter(|_| inner.contains(at))?;
    placed.fields.get(usize::from(row)).copied()
}

/// Draws the box.
pub(super) fn draw(scene: &Scene<'_>, planner: &Planner, area: Rect, buffer: &mut Buffer) {
    let theme = scene.theme;
    let Layout {
        outer,
        fields,
        said,
        against: tail,
    } = layout(planner, area);
    frame::draw(
        buffer,
        outer,
        theme,
        theme.border_focused,
        &[(title(planner).as_str(), theme.title_focused)],
    );
    let inner = frame::inside(outer);
    let mut at = 0;
    for field in &fields {
        draw_field(scene, planner, *field, inner, at, buffer);
        at += 1;
    }
    at += 1;
    for (state, words) in &said {
        let mut row = Row::new(buffer, inner, at, theme.marks.ellipsis);
        row.put(theme.marks.state(*state), theme.state(*state))
            .gap(1)
            .put(words, theme.text);
        at += 1;
    }
    for words in &tail {
        let mut row = Row::new(buffer, inner, at, theme.marks.ellipsis);
        row.put(
            theme.marks.state(State::Waiting),
            theme.state(State::Waiting),
        )
        .gap(1)
        .put(words, theme.warning);
        at += 1;
    }
    let bottom = inner.height.saturating_sub(1);
    let keys: &[(&str, &str)] = if planner.against.is_some() {
        &[("tab", "next field"), ("esc", "leave it as it is")]
    } else {
        &[
            ("enter", "write it down"),
            ("tab", "next field"),
            ("esc", "leave it as it is"),
        ]
    };
    frame::keys(buffer, inner, bottom, theme, keys);
}

fn draw_field(
    scene: &Scene<'_>,
    planner: &Planner,
    field: Field,
    inner: Rect,
    at: u16,
    buffer: &mut Buffer,
) {
    use crate::ui::widgets::row::Align;

    let theme = scene.theme;
    let here = planner.field == field;
    let mut row = Row::new(buffer, inner, at, theme.marks.ellipsis);
    row.put(if here { theme.marks.gutter } else { " " }, theme.key)
        .gap(1)
        .cell(field.title(), 9, Align::Left, theme.dim)
        .gap(1);
    let hint = hint(planner, field);
    if !hint.is_empty() {
        row.put_right(&hint, theme.faint).gap_right(1);
    }
    let Some(text) = planner.text(field) else {
        let style = if here { theme.title } else { theme.text };
        row.put(&chosen(planner, field), style);
        return;
    };
    // The end of a long line is what is being typed.
    let room = usize::from(row.room().saturating_sub(1));
    let skip = text.chars().count().saturating_sub(room);
    let end: String = text.chars().skip(skip).collect();
    row.put(&end, theme.text);
    if here {
        row.put(" ", cursor(theme));
    }
}
