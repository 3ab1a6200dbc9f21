//! The versions that a service can go back to: those that really served, with
//! how long each did, whether that was good, and who deployed it.

use ratatui::{buffer::Buffer, layout::Rect};

use super::frame;
use crate::{
    domain::Quality,
    operation::plan::span,
    ui::{
        app::RollbackPicker,
        views::Scene,
        widgets::{
            format,
            row::{Align, Row},
        },
    },
};

/// Lines of the box that are no versions.
const AROUND: u16 = 8;

/// How many versions are on the screen at most.
#[must_use]
pub fn rows(size: (u16, u16)) -> u16 {
    size.1.saturating_sub(AROUND).min(12)
}

/// Draws the list.
pub(super) fn draw(scene: &Scene<'_>, picker: &RollbackPicker, area: Rect, buffer: &mut Buffer) {
    let (model, theme) = (&scene.app.model, scene.theme);
    let targets = model.rollback_targets(&picker.service, &picker.environment);
    let height = rows((area.width, area.height))
        .min(u16::try_from(targets.len()).unwrap_or(u16::MAX))
        .max(1);
    let outer = frame::centred(area, 78, height + AROUND);
    let production = model.catalog().is_production(&picker.environment);
    let place = picker.environment.as_str();
    // The badge says it already.
    let title = if production && place.eq_ignore_ascii_case("production") {
        format!("Roll back {} in", picker.service)
    } else {
        format!("Roll back {} in {place}", picker.service)
    };
    let mut spans = vec![(title.as_str(), theme.title_focused)];
    if production {
        spans.push((" PRODUCTION ", theme.production_badge));
    }
    let border = if production {
        theme.production
    } else {
        theme.border_focused
    };
    frame::draw(buffer, outer, theme, border, &spans);
    let inner = frame::inside(outer);
    let place = (&picker.service, &picker.environment);
    let record = |version| model.track_record(place.0, place.1, version, scene.now);
    let mut row = Row::new(buffer, inner, 0, theme.marks.ellipsis);
    row.put("from", theme.dim).gap(2);
    match model.leaving(place.0, place.1) {
        Some(version) => row.put(version.as_str(), theme.title),
        None => row.put("not known", theme.warning),
    };
    Row::new(buffer, inner, 2, theme.marks.ellipsis)
        .gap(2)
        .cell("TO", 14, Align::Left, theme.faint)
        .gap(1)
        .cell("COMMIT", 7, Align::Left, theme.faint)
        .cell("SERVED", 9, Align::Right, theme.faint)
        .gap(2)
        .cell("WAS", 9, Align::Left, theme.faint)
        .gap(2)
        .cell("UNTIL", 12, Align::Left, theme.faint)
        .put("BY", theme.faint);
    let list = Rect {
        y: inner.y + 3.min(inner.height),
        height: height.min(inner.height.saturating_sub(6)),
        ..inner
    };
    for (line, target) in (0..list.height).zip(targets.iter().skip(picker.offset)) {
        let selected = Some(target.version) == picker.selected.as_ref();
        let style = theme.row(selected, false);
        let known = record(target.version);
        let served = known.served.map(span).unwrap_or_default();
        let until = target.until.map_or_else(
            || "serves now".to_owned(),
            |until| format::clock_or_day(until, scene.now),
        );
        let quality = match known.quality {
            Quality::Good => theme.success,
            Quality::Bad => theme.danger,
            Quality::NotKnown => theme.dim,
        };
        let commit = target.commit.get(..7).unwrap_or(target.commit);
        Row::new(buffer, list, line, theme.marks.ellipsis)
            .put(
                if selected { theme.marks.gutter } else { " " },
                theme.accent,
            )
            .gap(1)
            .cell(target.version.as_str(), 14, Align::Left, style)
            .gap(1)
            .cell(commit, 7, Align::Left, theme.dim)
            .cell(&served, 9, Align::Right, theme.dim)
            .gap(2)
            .cell(known.quality.word(), 9, Align::Left, quality)
            .gap(2)
            .cell(&until, 12, Align::Left, theme.dim)
            .put(target.by.as_str(), theme.dim);
    }
    if targets.is_empty() {
        Row::new(buffer, list, 0, theme.marks.ellipsis).put(
            "no other version is known to have served here",
            theme.warning,
        );
    }
    if let Some(version) = &picker.selected {
        let known = record(version);
        let why = format!("{}: {}", known.quality.word(), known.why);
        Row::new(
            buffer,
            inner,
            inner.height.saturating_sub(2),
            theme.marks.ellipsis,
        )
        .put(&why, theme.dim);
    }
    frame::keys(
        buffer,
        inner,
        inner.height.saturating_sub(1),
        theme,
        &[("enter", "choose"), ("j/k", "move"), ("esc", "cancel")],
    );
}
