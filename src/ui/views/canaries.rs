//! Canaries: how far each is, and on the deck the detail of the selected one.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    Placed, Scene,
    freshness::{self, Feed},
    metrics,
    parts::{self, Heading, Look},
    rollout,
};
use crate::{
    analysis::canary::{Report, Verdict},
    command::Item,
    domain::{CanaryReading, ServiceName},
    model::Stamped,
    ui::{
        theme::State,
        widgets::{
            bars,
            empty::wrapped,
            format,
            row::{Align, Row, columns},
            table::{self, Column},
        },
    },
};

const COLUMNS: [Column; 5] = [
    Column::words("", 10, 18, 0),
    Column::words("", 16, 24, 4),
    Column::words("", 15, 44, 2),
    Column::words("", 15, 18, 3),
    Column::number("", 8, 1),
];

/// The state that a verdict looks like.
pub(super) fn verdict_state(verdict: Verdict) -> State {
    match verdict {
        Verdict::Pass => State::Ok,
        Verdict::Fail => State::Failed,
        Verdict::Marginal => State::Marginal,
        Verdict::NoData | Verdict::Error | Verdict::Inconclusive => State::Unknown,
    }
}

/// The word of a verdict in a row: short, and what a person would say.
pub(super) fn calm(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Inconclusive => "not yet",
        other => other.word(),
    }
}

/// How the verdict on one metric looks, and its word. What was measured while no
/// canary ran is no verdict on one.
pub(super) fn of_metric(
    scene: &Scene<'_>,
    reading: &CanaryReading,
    verdict: Verdict,
) -> (State, &'static str) {
    if reading.is_live() {
        (verdict_state(verdict), calm(verdict))
    } else {
        (State::Quiet, scene.theme.marks.none)
    }
}

/// The word of a verdict for a heading.
pub(super) fn loud(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Fail => "FAIL",
        Verdict::Marginal => "MARGINAL",
        Verdict::NoData => "NO DATA",
        Verdict::Error => "ERROR",
        Verdict::Inconclusive => "NOT YET",
    }
}

/// From which version to which: as the metrics tell it, else from what is
/// deployed; empty while no canary runs.
pub(super) fn versions(scene: &Scene<'_>, reading: &CanaryReading) -> String {
    if !reading.is_live() {
        return String::new();
    }
    let model = &scene.app.model;
    let (service, environment) = (&reading.service, &reading.environment);
    let old = reading
        .baseline_version
        .as_ref()
        .or_else(|| Some(model.served(service, environment)?.version));
    let new = reading
        .canary_version
        .as_ref()
        .or_else(|| model.leaving(service, environment))
        .filter(|new| Some(*new) != old);
    match (old, new) {
        (Some(old), Some(new)) => format!("{old} {} {new}", scene.theme.marks.arrow),
        (None, Some(new)) => new.to_string(),
        _ => String::new(),
    }
}

/// The state that a canary looks like: a verdict only while one runs.
fn state(reading: &CanaryReading, judgement: &Report) -> State {
    match reading.weight {
        None => State::Unknown,
        Some(_) if reading.is_live() => verdict_state(judgement.verdict),
        Some(_) => State::Quiet,
    }
}

pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let live = scene.app.model.live_canaries().count();
    let failing = scene
        .app
        .model
        .live_canaries()
        .filter(|canary| {
            let judgement = scene.app.model.judgement(&canary.value.service);
            judgement.verdict == Verdict::Fail
        })
        .count();
    let mut detail = match live {
        0 => "none at work".to_owned(),
        live => format!("{live} at work"),
    };
    if failing > 0 {
        detail.push_str(&format!(" {} {failing} failing", scene.theme.marks.dot));
    }
    let heading = Heading {
        detail: &detail,
        feed: Some(Feed::Metrics),
        ..Heading::default()
    };
    parts::frame(scene, buffer, placed, &heading);
    draw_list(scene, buffer, placed);
    parts::fade(scene, buffer, placed.rows, Feed::Metrics);
}

/// The list and under it the metrics, the chart and the sentence of the
/// selected canary.
pub(super) fn draw_with_detail(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    draw(scene, buffer, placed);
    draw_detail(scene, buffer, placed);
    parts::fade(scene, buffer, parts::below(placed), Feed::Metrics);
}

fn draw_detail(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let Some(canary) = chosen(scene) else { return };
    let area = parts::below(placed);
    let reading = &canary.value;
    let judgement = scene.app.model.judgement(&reading.service);
    if area.height < 6 {
        metrics::brief(scene, buffer, area, reading, judgement);
        return;
    }
    let mut row = Row::new(buffer, area, 0, scene.theme.marks.ellipsis);
    row.gap(3);
    let change = versions(scene, reading);
    if !change.is_empty() {
        row.put(&change, scene.theme.text)
            .gap(1)
            .put(scene.theme.marks.dot, scene.theme.faint)
            .gap(1);
    }
    let look = Look {
        selected: false,
        stale: false,
        text: scene.theme.dim,
    };
    let style = parts::environment(scene, &reading.environment, look);
    row.put(reading.environment.as_str(), style);
    if reading.is_live() && usize::from(row.room()) >= 10 + 8 * reading.steps.len() {
        row.gap(3);
        metrics::write_plan(scene, &mut row, reading);
    }
    let area = parts::after(area, 1);
    let rows = u16::try_from(reading.metrics.len()).unwrap_or(u16::MAX);
    let rows = rows.min(area.height / 2);
    let list = Rect {
        height: rows,
        ..area
    };
    metrics::brief(scene, buffer, list, reading, judgement);
    let mut rest = parts::after(area, rows);
    if rest.height == 0 {
        return;
    }
    // A long sentence gets a second line where there is room for the chart.
    let long = columns(&judgement.sentence) + 8 > rest.width && reading.is_live();
    let lines = if long && rest.height >= 9 { 2 } else { 1 };
    let sentence = Rect {
        y: rest.bottom() - lines,
        height: lines,
        ..rest
    };
    write_sentence(scene, buffer, sentence, reading, judgement);
    rest.height -= lines;
    if let Some(rollout) = rollout::of(scene, reading).filter(|_| rest.height > 0) {
        rest.height -= 1;
        let line = Rect {
            y: rest.bottom(),
            height: 1,
            ..rest
        };
        rollout::write(scene, buffer, line, rollout);
    }
    if rest.height >= 5 {
        let worst = worst(judgement);
        metrics::chart_of(scene, buffer, parts::after(rest, 1), reading, worst);
    }
}

fn draw_list(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let widths = table::widths(&COLUMNS, placed.rows.width.saturating_sub(4));
    parts::list(
        scene,
        buffer,
        placed,
        Feed::Metrics,
        "no canary is configured",
        |row, look, item| {
            let Item::Canary(service) = item else { return };
            if let Some(canary) = scene.app.model.canary(service) {
                draw_canary(scene, row, look, canary, widths);
            }
        },
    );
}

fn draw_canary(
    scene: &Scene<'_>,
    row: &mut Row<'_>,
    look: Look,
    canary: &Stamped<CanaryReading>,
    widths: [u16; 5],
) {
    let theme = scene.theme;
    let reading = &canary.value;
    let judgement = scene.app.model.judgement(&reading.service);
    let state = state(reading, judgement);
    let [service, versions, progress, bake, verdict] = widths;
    parts::glyph(scene, row, state);
    let text = if state == State::Quiet && !look.selected {
        theme.dim
    } else {
        look.text
    };
    parts::cell(row, service, Align::Left, reading.service.as_str(), text);
    if versions > 0 {
        let words = self::versions(scene, reading);
        parts::cell(row, versions, Align::Left, &words, theme.dim);
    }
    if progress > 0 {
        row.within(progress, |row| write_step(scene, row, look, reading))
            .gap(table::GAP);
    }
    parts::cell(
        row,
        bake,
        Align::Left,
        &bake_text(scene, reading),
        theme.dim,
    );
    let word = match (state, judgement.verdict) {
        (State::Quiet, _) => "idle",
        (_, Verdict::Fail) => "FAIL",
        (_, verdict) if reading.weight.is_some() => calm(verdict),
        _ => "no data",
    };
    let style = theme.emphasise(theme.state(state), look.selected);
    row.cell(word, verdict, Align::Right, style);
}

/// Writes the weight as a bar, a number and a step of the plan.
pub(super) fn write_step(
    scene: &Scene<'_>,
    row: &mut Row<'_>,
    look: Look,
    reading: &CanaryReading,
) {
    let theme = scene.theme;
    let Some(weight) = reading.weight else {
        row.put("weight not known", theme.warning);
        return;
    };
    if !reading.is_live() {
        row.put("no canary runs", theme.faint);
        return;
    }
    let bar = row.room().saturating_sub(16).min(24);
    if bar >= 4 {
        bars::progress(row, bar, weight / 100.0, theme, theme.running);
        row.gap(1);
    }
    row.cell(&format::percent(weight), 5, Align::Right, look.text);
    if let Some((step, of)) = step(reading) {
        row.put(&format!("  step {step}/{of}"), theme.dim);
    }
}

/// The step of the plan that the weight belongs to, from 1, and how many there
/// are.
pub(super) fn step(reading: &CanaryReading) -> Option<(usize, usize)> {
    let weight = reading.weight?;
    let place = reading
        .steps
        .iter()
        .position(|step| (step - weight).abs() < 0.5)?;
    Some((place + 1, reading.steps.len()))
}

/// `bake 6m of 10m`.
pub(super) fn bake_text(scene: &Scene<'_>, reading: &CanaryReading) -> String {
    let Some(since) = reading.step_since.filter(|_| reading.is_live()) else {
        return String::new();
    };
    let bake = chrono::TimeDelta::seconds(i64::from(reading.bake_seconds));
    format!(
        "bake {} of {}",
        format::age(scene.now - since),
        format::age(bake)
    )
}

/// The canary that the deck shows the detail of: the one under the cursor, else
/// the first.
fn chosen<'a>(scene: &Scene<'a>) -> Option<&'a Stamped<CanaryReading>> {
    let pane = crate::command::Pane::Canaries;
    let first = || scene.app.list(pane).rows.first();
    let item = scene.app.subject(pane).or_else(first)?;
    match item {
        Item::Canary(service) => scene.app.model.canary(service),
        _ => None,
    }
}

/// The metric to look at first: the first of those with the worst verdict.
pub(super) fn worst(judgement: &Report) -> usize {
    let first = [
        Verdict::Fail,
        Verdict::Marginal,
        Verdict::Error,
        Verdict::NoData,
        Verdict::Inconclusive,
    ];
    let at = |verdict: Verdict| {
        let mut metrics = judgement.metrics.iter();
        metrics.position(|metric| metric.verdict == verdict)
    };
    first.into_iter().find_map(at).unwrap_or(0)
}

/// The numbers of the first failing metric: `error rate 2.31 % vs 0.41 %`, or
/// `error rate 5.6×` where there is little room.
pub(super) fn short_reason(scene: &Scene<'_>, service: &ServiceName, room: u16) -> String {
    let Some(canary) = scene.app.model.canary(service) else {
        return String::new();
    };
    let reading = &canary.value;
    let judgement = scene.app.model.judgement(&reading.service);
    let Some(metric) = reading.metrics.get(worst(judgement)) else {
        return String::new();
    };
    if let Some(ratio) = metric.ratio().filter(|_| room < 32) {
        let change = format::change(ratio, scene.theme.marks.times);
        return format!("{} {change}", metric.name);
    }
    match (metric.canary.value(), metric.baseline.value()) {
        (Some(canary), Some(baseline)) => format!(
            "{} {} vs {}",
            metric.name,
            format::value(canary, metric.unit),
            format::value(baseline, metric.unit)
        ),
        _ => judgement.sentence.to_string(),
    }
}

/// Writes verdict and sentence in one line.
pub(super) fn write_sentence(
    scene: &Scene<'_>,
    buffer: &mut Buffer,
    area: Rect,
    reading: &CanaryReading,
    judgement: &Report,
) {
    let theme = scene.theme;
    let mut row = Row::new(buffer, area, 0, theme.marks.ellipsis);
    row.gap(1);
    if !reading.is_live() {
        let words = match reading.weight {
            None => "the canary's weight cannot be read",
            Some(_) => "no canary runs; these are the last values",
        };
        row.put(words, theme.dim);
        return;
    }
    let state = verdict_state(judgement.verdict);
    let word = loud(judgement.verdict);
    row.put(theme.marks.state(state), theme.state(state))
        .gap(1)
        .put(word, theme.state(state))
        .gap(1);
    let stale = freshness::note(scene, Feed::Metrics).is_some();
    let style = theme.row(false, stale);
    let start = row.column().saturating_sub(area.x).min(area.width);
    let words = Rect {
        x: area.x + start,
        width: (area.width - start).saturating_sub(1),
        ..area
    };
    wrapped(buffer, words, theme, &judgement.sentence, style);
}
