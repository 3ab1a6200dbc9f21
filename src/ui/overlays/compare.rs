//! What lies between two versions: commits, authors, files, pull requests.

use std::collections::BTreeMap;

use ratatui::{buffer::Buffer, layout::Rect};

use super::frame;
use crate::{
    domain::Comparison,
    ui::{
        app::{App, CompareView},
        views::Scene,
        widgets::{
            format,
            row::{Row, columns},
        },
    },
};

#[derive(Clone, Copy)]
enum Role {
    Title,
    Text,
}

fn outer(area: Rect) -> Rect {
    frame::centred(area, 110, area.height.saturating_sub(4))
}

fn text_area(area: Rect) -> Rect {
    let inner = frame::inside(outer(area));
    Rect {
        height: inner.height.saturating_sub(1),
        ..inner
    }
}

fn lines(comparison: &Comparison) -> Vec<(Role, String)> {
    let mut lines = Vec::new();
    let ahead = usize::try_from(comparison.ahead).unwrap_or(usize::MAX);
    let mut authors: BTreeMap<&str, usize> = BTreeMap::new();
    for commit in &comparison.commits {
        *authors.entry(commit.author.as_str()).or_default() += 1;
    }
    let by: Vec<String> = authors
        .iter()
        .map(|(author, count)| format!("{author} {count}"))
        .collect();
    lines.push((
        Role::Title,
        format!(
            "{} by {}",
            format::counted(ahead, "commit", "commits"),
            if by.is_empty() {
                "nobody".to_owned()
            } else {
                by.join(", ")
            }
        ),
    ));
    if comparison.behind > 0 {
        lines.push((
            Role::Text,
            format!(
                "the older side has {} that the newer one lacks",
                format::counted(comparison.behind as usize, "commit", "commits")
            ),
        ));
    }
    let authors = comparison.commits.iter().map(|commit| &commit.author);
    let requesters = comparison.pull_requests.iter();
    let authors = authors.chain(requesters.map(|request| &request.author));
    let wide = authors.map(|author| columns(author)).max().unwrap_or(0);
    for commit in comparison.commits.iter().rev() {
        let short: String = commit.sha.chars().take(8).collect();
        let author = padded(&commit.author, wide);
        lines.push((Role::Text, format!("{short}  {author}  {}", commit.title)));
    }
    let missing = ahead.saturating_sub(comparison.commits.len());
    if missing > 0 {
        lines.push((Role::Text, format!("and {missing} more, not loaded")));
    }
    if !comparison.pull_requests.is_empty() {
        lines.push((Role::Text, String::new()));
        lines.push((Role::Title, "Pull requests".to_owned()));
        for request in &comparison.pull_requests {
            let number = padded(&format!("#{}", request.number), 8);
            let author = padded(&request.author, wide);
            lines.push((Role::Text, format!("{number}  {author}  {}", request.title)));
        }
    }
    lines.push((Role::Text, String::new()));
    lines.push((
        Role::Title,
        format::counted(comparison.files.len(), "file", "files"),
    ));
    for file in &comparison.files {
        lines.push((Role::Text, file.to_string()));
    }
    lines
}

/// A text with blanks up to `wide` columns, but not without end.
fn padded(text: &str, wide: u16) -> String {
    let missing = wide.min(20).saturating_sub(columns(text));
    format!("{text}{}", " ".repeat(usize::from(missing)))
}

/// How far it can be scrolled.
pub(super) fn scroll_end(app: &App, view: &CompareView, area: Rect) -> u16 {
    let count = app
        .model
        .comparison(&view.service, &view.base, &view.head)
        .map_or(0, |found| lines(&found.value).len());
    u16::try_from(count)
        .unwrap_or(u16::MAX)
        .saturating_sub(text_area(area).height)
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
    frame::draw(
        buffer,
        outer(area),
        theme,
        theme.border_focused,
        &[(&title, theme.title_focused)],
    );
    let text = text_area(area);
    match scene
        .app
        .model
        .comparison(&view.service, &view.base, &view.head)
    {
        Some(found) => {
            let lines = lines(&found.value);
            for (at, (role, line)) in
                (0..text.height).zip(lines.iter().skip(usize::from(view.scroll)))
            {
                let style = match role {
                    Role::Title => theme.title,
                    Role::Text => theme.text,
                };
                Row::new(buffer, text, at, theme.marks.ellipsis).put(line, style);
            }
        }
        None if view.fault.is_empty() => {
            Row::new(buffer, text, 0, theme.marks.ellipsis).put("loading…", theme.dim);
        }
        None => {
            for (at, line) in (0..text.height).zip(frame::wrap(&view.fault, text.width)) {
                Row::new(buffer, text, at, theme.marks.ellipsis).put(&line, theme.danger);
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
}
