//! What lies between two versions: commits, authors, files, pull requests; for
//! a failed run a guess at which commit broke it.

pub mod lines;

use ratatui::{buffer::Buffer, layout::Rect};

use super::frame;
use crate::ui::{
    app::{CompareLine, CompareView, Role},
    theme::State,
    views::Scene,
    widgets::row::{Row, columns},
};

/// Columns of the box at most, and of its two edges.
const WIDTH: u16 = 112;
const EDGES: u16 = 4;

/// The box, as high as what it says and as there is room.
fn outer(area: Rect, lines: usize) -> Rect {
    let height = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(3);
    let most = area.height.saturating_sub(4);
    frame::centred(area, WIDTH, height.clamp(most.min(9), most))
}

/// The columns of a line.
#[must_use]
pub fn width(area: Rect) -> u16 {
    WIDTH.min(area.width).saturating_sub(EDGES)
}

fn text_area(area: Rect, lines: usize) -> Rect {
    let inner = frame::inside(outer(area, lines));
    Rect {
        height: inner.height.saturating_sub(1),
        ..inner
    }
}

/// How far it can be scrolled.
#[must_use]
pub fn scroll_end(view: &CompareView, area: Rect) -> u16 {
    let count = view.lines.len();
    u16::try_from(count)
        .unwrap_or(u16::MAX)
        .saturating_sub(text_area(area, count).height)
}

fn short(side: &str) -> String {
    if side.len() == 40 && side.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        side.chars().take(8).collect()
    } else {
        side.to_owned()
    }
}

/// Draws the comparison.
pub(super) fn draw(scene: &Scene<'_>, view: &CompareView, area: Rect, buffer: &mut Buffer) {
    let theme = scene.theme;
    let title = format!(
        "{} {} {} {} {}",
        view.service,
        theme.marks.dot,
        short(&view.base),
        theme.marks.arrow,
        short(&view.head)
    );
    let lines = &view.lines;
    let outer = outer(area, lines.len());
    frame::draw(
        buffer,
        outer,
        theme,
        theme.border_focused,
        &[(&title, theme.title_focused)],
    );
    let text = text_area(area, lines.len());
    for (at, line) in (0..text.height).zip(lines.iter().skip(usize::from(view.scroll))) {
        draw_line(scene, buffer, text, at, line);
    }
    let below = lines
        .len()
        .saturating_sub(usize::from(view.scroll) + usize::from(text.height));
    let inner = frame::inside(outer);
    let foot = inner.height.saturating_sub(1);
    frame::keys(
        buffer,
        inner,
        foot,
        theme,
        &[("j/k", "scroll"), ("esc", "close")],
    );
    if below > 0 {
        let more = format!("{} {below} more", theme.marks.more[1]);
        Row::new(buffer, inner, foot, theme.marks.ellipsis).put_right(&more, theme.dim);
    }
}

fn draw_line(scene: &Scene<'_>, buffer: &mut Buffer, area: Rect, at: u16, line: &CompareLine) {
    let theme = scene.theme;
    let mut row = Row::new(buffer, area, at, theme.marks.ellipsis);
    for (role, text) in line {
        let style = match role {
            Role::Title => theme.title,
            Role::Text => theme.text,
            Role::Dim => theme.dim,
            Role::Warning => theme.warning,
            Role::Danger => theme.danger,
            Role::Suspect => {
                row.put(theme.marks.state(State::Marginal), theme.warning)
                    .gap(1);
                theme.text
            }
        };
        row.put(text, style);
    }
}

/// A text with blanks up to `wide` columns, but not without end.
fn padded(text: &str, wide: u16) -> String {
    let missing = wide.min(20).saturating_sub(columns(text));
    format!("{text}{}", " ".repeat(usize::from(missing)))
}
