//! The metrics of one canary: numbers of both sides, verdicts and reasons, and
//! the chart of the selected one.

use chrono::TimeDelta;
use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    Placed, Scene,
    canaries::{self, verdict_state},
    freshness::{self, Feed},
    parts::{self, Heading, Look},
    rollout,
};
use crate::{
    analysis::canary::{
        Report, Verdict,
        report::{MetricReport, number},
    },
    command::{Item, Pane},
    domain::{CanaryReading, MetricReading, Sample, ServiceName, Timestamp},
    model::VerdictChange,
    ui::{
        theme::State,
        widgets::{
            chart::{Chart, StepMark, chart},
            format,
            pane::{self, Frame, Title},
            row::{Align, Row, columns, fitting},
            spark,
            table::{self, Column},
        },
    },
};

const COLUMNS: [Column; 7] = [
    Column::words("METRIC", 11, 24, 0),
    Column::number("CANARY", 9, 1),
    Column::number("BASELINE", 9, 2),
    Column::number("CHANGE", 7, 3),
    Column::words("VERDICT", 8, 9, 4),
    Column::words("TREND", 10, 24, 6),
    Column::words("WHY", 22, 60, 5),
];

/// Columns of the legend of the chart.
const LEGEND: u16 = 25;

/// The columns of the deck: no heads, no reasons.
const BRIEF: [Column; 5] = [
    Column::words("", 12, 16, 0),
    Column::number("", 8, 1),
    Column::number("", 8, 2),
    Column::number("", 6, 3),
    Column::words("", 8, 40, 4),
];

pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let selected = match scene.app.subject(Pane::Canaries) {
        Some(Item::Canary(service)) => scene.app.model.canary(service),
        _ => None,
    };
    let Some(canary) = selected else {
        parts::frame(scene, buffer, placed, &Heading::default());
        let why = freshness::empty(scene, Feed::Metrics, "no canary is selected");
        why.draw(buffer, placed.rows, scene.theme);
        return;
    };
    let reading = &canary.value;
    let judgement = scene.app.model.judgement(&reading.service);
    draw_head(scene, buffer, placed, reading, judgement, canary.observed);
    let widths = table::widths(&COLUMNS, placed.rows.width.saturating_sub(4));
    parts::heads(scene, buffer, placed, 3, &COLUMNS, &widths);
    parts::list(
        scene,
        buffer,
        placed,
        Feed::Metrics,
        "no metric is configured",
        |row, look, item| {
            let Item::Metric(_, name) = item else { return };
            let pair = reading.metrics.iter().zip(&judgement.metrics);
            if let Some((metric, judged)) =
                pair.into_iter().find(|(metric, _)| &metric.name == name)
            {
                draw_metric(scene, row, look, reading, (metric, judged), widths);
            }
        },
    );
    let shown = match scene.app.subject(Pane::Metrics) {
        Some(Item::Metric(_, name)) => reading
            .metrics
            .iter()
            .position(|metric| &metric.name == name),
        _ => None,
    };
    let shown = shown.unwrap_or_else(|| canaries::worst(judgement));
    draw_chart_and_words(scene, buffer, placed, reading, judgement, shown);
    parts::fade(scene, buffer, placed.inner, Feed::Metrics);
}

fn draw_head(
    scene: &Scene<'_>,
    buffer: &mut Buffer,
    placed: &Placed,
    reading: &CanaryReading,
    judgement: &Report,
    observed: Timestamp,
) {
    let theme = scene.theme;
    let versions = canaries::versions(scene, reading);
    let detail = [versions.as_str(), reading.environment.as_str()]
        .into_iter()
        .filter(|words| !words.is_empty())
        .collect::<Vec<_>>()
        .join(&format!(" {} ", theme.marks.dot));
    let live = reading.is_live();
    let word = canaries::loud(judgement.verdict);
    let heading = Heading {
        name: Some(reading.service.as_str()),
        detail: &detail,
        right: live.then_some((verdict_state(judgement.verdict), word)),
        feed: Some(Feed::Metrics),
    };
    parts::frame(scene, buffer, placed, &heading);
    let above = placed.rows.y - placed.inner.y;
    if above < 2 {
        return;
    }
    let mut row = Row::new(buffer, placed.inner, 0, theme.marks.ellipsis);
    row.gap(3);
    write_plan(scene, &mut row, reading);
    let bake = canaries::bake_text(scene, reading);
    let age = match parts::age(scene, observed).as_str() {
        "now" => "data just read".to_owned(),
        age => format!("data {age} old"),
    };
    for words in [bake, age] {
        if !words.is_empty() && columns(&words) + 3 < row.room() {
            row.gap(3).put(&words, theme.dim);
        }
    }
    if reading.is_live() {
        write_history(scene, &mut row, &reading.service);
    }
}

/// How the verdict came to be what it is, as far as there is room: the newest
/// changes at the right edge.
fn write_history(scene: &Scene<'_>, row: &mut Row<'_>, service: &ServiceName) {
    let theme = scene.theme;
    let changes = scene.app.model.verdicts(service);
    let words = |change: &VerdictChange| {
        let at = change.at.format("%H:%M");
        format!("{at} {}", canaries::calm(change.verdict))
    };
    // The last one is what the heading says.
    let [before @ .., last] = changes else { return };
    let mut shown = vec![(words(last), last.verdict)];
    let mut room = row.room().saturating_sub(columns(&shown[0].0) + 6);
    for change in before.iter().rev() {
        let words = words(change);
        let Some(left) = room.checked_sub(columns(&words) + 3) else {
            break;
        };
        room = left;
        shown.push((words, change.verdict));
    }
    if before.is_empty() || shown.len() < 2 {
        return;
    }
    row.gap_right(1);
    for (place, (words, verdict)) in shown.iter().enumerate() {
        if place > 0 {
            row.put_right(&format!(" {} ", theme.marks.arrow), theme.faint);
        }
        row.put_right(words, theme.state(verdict_state(*verdict)));
    }
}

/// The steps of the plan, those that are done, the present one, those to come.
pub(super) fn write_plan(scene: &Scene<'_>, row: &mut Row<'_>, reading: &CanaryReading) {
    let theme = scene.theme;
    let present = canaries::step(reading).map(|(step, _)| step);
    if present.is_none() || !reading.is_live() {
        let look = Look {
            selected: false,
            stale: false,
            text: theme.text,
        };
        row.within(46, |row| canaries::write_step(scene, row, look, reading));
        return;
    }
    row.put("plan ", theme.faint);
    for (at, weight) in (1..).zip(&reading.steps) {
        if at > 1 {
            row.gap(1).put(theme.marks.arrow, theme.faint).gap(1);
        }
        let words = format::percent(*weight);
        match Some(at).cmp(&present) {
            std::cmp::Ordering::Less => row.put(&words, theme.dim),
            std::cmp::Ordering::Equal => row
                .put(theme.marks.state(State::Running), theme.running)
                .gap(1)
                .put(&words, theme.emphasise(theme.running, true)),
            std::cmp::Ordering::Greater => row.put(&words, theme.faint),
        };
    }
}

fn draw_metric(
    scene: &Scene<'_>,
    row: &mut Row<'_>,
    look: Look,
    reading: &CanaryReading,
    (metric, judged): (&MetricReading, &MetricReport),
    widths: [u16; 7],
) {
    let theme = scene.theme;
    let [name, canary, baseline, change, verdict, trend, why] = widths;
    let (state, word) = canaries::of_metric(scene, reading, judged.verdict);
    parts::glyph(scene, row, state);
    let strong = theme.emphasise(theme.state(state), look.selected);
    parts::cell(row, name, Align::Left, &metric.name, look.text);
    let failed = state == State::Failed;
    let number = if failed { strong } else { look.text };
    parts::cell(
        row,
        canary,
        Align::Right,
        &sample(scene, metric, true),
        number,
    );
    let other = sample(scene, metric, false);
    parts::cell(row, baseline, Align::Right, &other, theme.dim);
    let ratio = change_text(scene, metric);
    parts::cell(row, change, Align::Right, &ratio, number);
    parts::cell(row, verdict, Align::Left, word, strong);
    if trend > 0 {
        draw_trend(scene, row, trend, metric, failed);
        row.gap(table::GAP);
    }
    if why > 0 {
        row.within(why, |row| {
            row.put(&reason(scene, metric, judged), theme.dim).gap(2);
            // Whole or not at all.
            if metric.critical && columns("critical") <= row.room() {
                row.put("critical", theme.warning);
            }
        });
    }
}

/// The reason in few words: how much worse it may be, at any look.
fn reason(scene: &Scene<'_>, metric: &MetricReading, judged: &MetricReport) -> String {
    let Some([low, high]) = judged
        .interval
        .filter(|_| judged.details.precondition.is_none())
    else {
        return judged.why.to_string();
    };
    let range = if metric.counts.is_some() {
        let times = scene.theme.marks.times;
        format!("{}{times} to {}{times}", number(low), number(high))
    } else {
        let signed = |value: f64| {
            let sign = if value < 0.0 { "-" } else { "+" };
            format!("{sign}{}", metric.unit.text(value.abs()))
        };
        format!("{} to {}", signed(low), signed(high))
    };
    match judged.verdict {
        Verdict::Fail => format!("proven: {range}"),
        Verdict::Marginal => format!("proven, but little: {range}"),
        _ => range,
    }
}

/// What a step can see of this metric, by the service's past.
fn calibrated(scene: &Scene<'_>, service: &ServiceName, metric: &MetricReading) -> String {
    let Some(calibration) = scene.app.model.calibration(service) else {
        return String::new();
    };
    let found = calibration.metrics.iter();
    let Some(found) = found
        .filter(|one| one.tells())
        .find(|one| one.name == metric.name)
    else {
        return String::new();
    };
    let bake = format::age(TimeDelta::seconds(i64::from(calibration.bake_seconds)));
    let percent = |change: f64| format!("{} %", number(change * 100.0));
    match (found.sees, found.misses) {
        (Some(sees), Some(misses)) => {
            format!("{bake} see {}, not {}", percent(sees), percent(misses))
        }
        (Some(sees), None) => format!("{bake} see {}", percent(sees)),
        _ => format!("{bake} see no change"),
    }
}

/// The numbers behind a verdict, in one line.
fn behind(scene: &Scene<'_>, metric: &MetricReading, judged: &MetricReport) -> String {
    let details = &judged.details;
    let what = if metric.counts.is_some() {
        "events"
    } else {
        "points"
    };
    let count = |number: f64| format::count(number.round().max(0.0) as u64);
    let mut parts = vec![format!(
        "{} and {} {what}",
        count(details.canary_samples),
        count(details.baseline_samples)
    )];
    if let Some(effective) = details
        .effective_samples
        .filter(|_| metric.counts.is_none())
    {
        parts.push(format!("as good as {} independent", number(effective)));
    }
    if details.gaps > 0 {
        parts.push(format!("{} missing", details.gaps));
    }
    if let (Some(e_value), Some(alpha)) = (judged.e_value, details.alpha) {
        parts.push(format!(
            "evidence {}, alarm at {}",
            number(e_value),
            number(1.0 / alpha)
        ));
    }
    if let Some(change) = &details.would_change {
        parts.push(change.to_string());
    }
    parts.join(&format!(" {} ", scene.theme.marks.dot))
}

fn sample(scene: &Scene<'_>, metric: &MetricReading, canary: bool) -> String {
    let sample = if canary {
        &metric.canary
    } else {
        &metric.baseline
    };
    match sample {
        Sample::Value(value) => format::value(*value, metric.unit),
        Sample::NoData(_) => scene.theme.marks.none.to_owned(),
    }
}

fn change_text(scene: &Scene<'_>, metric: &MetricReading) -> String {
    metric.ratio().map_or_else(
        || scene.theme.marks.none.to_owned(),
        |ratio| format::change(ratio, scene.theme.marks.times),
    )
}

fn draw_trend(
    scene: &Scene<'_>,
    row: &mut Row<'_>,
    width: u16,
    metric: &MetricReading,
    failed: bool,
) {
    let theme = scene.theme;
    let series = &metric.series;
    let range = spark::range([&series.baseline[..], &series.canary[..]]);
    let style = if failed {
        theme.chart_canary
    } else {
        theme.chart_baseline
    };
    row.within(width, |row| {
        if let Some((low, high)) = range {
            // The baseline is drawn at half of the height, so that a canary
            // that does as well is neither a wall nor a magnified noise.
            let usual = spark::range([&series.baseline[..]]).map_or(high, |(_, top)| top);
            let range = (low.min(0.0), high.max(usual * 2.0));
            let first = series.start.map_or(0, |start| {
                start.timestamp() / i64::from(series.step_seconds.max(1))
            });
            // What was before the canary began takes no room from it.
            let begins = series.canary.iter().position(Option::is_some).unwrap_or(0);
            let points = series.canary.get(begins..).unwrap_or_default();
            let first = first.saturating_add_unsigned(begins as u64);
            spark::sparkline(row, width, first, points, range, theme, style);
        }
    });
}

/// The metrics without heads, for the deck.
pub(super) fn brief(
    scene: &Scene<'_>,
    buffer: &mut Buffer,
    area: Rect,
    reading: &CanaryReading,
    judgement: &Report,
) {
    let theme = scene.theme;
    let widths = table::widths(&BRIEF, area.width.saturating_sub(6));
    let [name, canary, baseline, change, trend] = widths;
    // Failing metrics first where not all of them have room.
    let mut order: Vec<usize> = (0..reading.metrics.len()).collect();
    if order.len() > usize::from(area.height) {
        order.sort_by_key(|at| {
            judgement
                .metrics
                .get(*at)
                .is_none_or(|judged| judged.verdict == Verdict::Pass)
        });
    }
    for (line, at) in (0..area.height).zip(order) {
        let (Some(metric), Some(judged)) = (reading.metrics.get(at), judgement.metrics.get(at))
        else {
            continue;
        };
        let (state, _) = canaries::of_metric(scene, reading, judged.verdict);
        let failed = state == State::Failed;
        let number = if failed { theme.danger } else { theme.text };
        let mut row = Row::new(buffer, area, line, theme.marks.ellipsis);
        row.gap(3).gap_right(1);
        parts::glyph(scene, &mut row, state);
        parts::cell(&mut row, name, Align::Left, &metric.name, theme.text);
        let ours = sample(scene, metric, true);
        parts::cell(&mut row, canary, Align::Right, &ours, number);
        let theirs = sample(scene, metric, false);
        parts::cell(&mut row, baseline, Align::Right, &theirs, theme.dim);
        let ratio = change_text(scene, metric);
        parts::cell(&mut row, change, Align::Right, &ratio, number);
        if trend > 0 {
            draw_trend(scene, &mut row, trend, metric, failed);
        }
    }
}

/// The chart of one metric, with the steps of the plan.
pub(super) fn chart_of(
    scene: &Scene<'_>,
    buffer: &mut Buffer,
    area: Rect,
    reading: &CanaryReading,
    at: usize,
) {
    let theme = scene.theme;
    let Some(metric) = reading.metrics.get(at) else {
        return;
    };
    let mut row = Row::new(buffer, area, 0, theme.marks.ellipsis);
    let [line, _] = theme.marks.lines;
    row.gap(1).put(&metric.name, theme.text);
    row.put_right(&format!("{line}{line} canary "), theme.chart_canary)
        .gap_right(1)
        .put_right(&format!("{line}{line} baseline"), theme.chart_baseline);
    draw_series(scene, buffer, parts::after(area, 1), reading, metric);
}

fn draw_series(
    scene: &Scene<'_>,
    buffer: &mut Buffer,
    area: Rect,
    reading: &CanaryReading,
    metric: &MetricReading,
) {
    let series = &metric.series;
    let points = series.baseline.len().max(series.canary.len());
    let (Some(start), true) = (series.start, points >= 2) else {
        let mut row = Row::new(buffer, area, 0, scene.theme.marks.ellipsis);
        row.gap(3).put("no series yet", scene.theme.faint);
        return;
    };
    let end = start
        + TimeDelta::seconds(i64::from(series.step_seconds) * i64::try_from(points).unwrap_or(0));
    let mut steps: Vec<(Timestamp, f64)> = reading.weight_changes.clone();
    if let (Some(since), Some(weight), true) =
        (reading.step_since, reading.weight, reading.is_live())
        && !steps
            .iter()
            .any(|(at, _)| (*at - since).num_seconds().abs() < 60)
    {
        steps.push((since, weight));
    }
    let labels: Vec<(Timestamp, String)> = steps
        .into_iter()
        .filter(|(at, _)| *at > start && *at < end)
        .map(|(at, weight)| (at, format::percent(weight)))
        .collect();
    let marks: Vec<StepMark<'_>> = labels
        .iter()
        .map(|(at, label)| StepMark { at: *at, label })
        .collect();
    let data = Chart {
        start,
        step_seconds: series.step_seconds,
        baseline: &series.baseline,
        canary: &series.canary,
        unit: metric.unit,
        marks: &marks,
    };
    chart(buffer, area, scene.theme, &data);
}

fn draw_chart_and_words(
    scene: &Scene<'_>,
    buffer: &mut Buffer,
    placed: &Placed,
    reading: &CanaryReading,
    judgement: &Report,
    shown: usize,
) {
    let theme = scene.theme;
    let mut area = parts::below(placed);
    if area.height == 0 {
        return;
    }
    // A long sentence gets a second line where there is room for the chart.
    let long = columns(&judgement.sentence) + 8 > area.width && reading.is_live();
    let lines = if long && area.height >= 8 { 2 } else { 1 };
    let words = Rect {
        y: area.bottom() - lines,
        height: lines,
        ..area
    };
    canaries::write_sentence(scene, buffer, words, reading, judgement);
    area.height -= lines;
    if let Some(rollout) = rollout::of(scene, reading).filter(|_| area.height > 0) {
        area.height -= 1;
        let line = Rect {
            y: area.bottom(),
            height: 1,
            ..area
        };
        rollout::write(scene, buffer, line, rollout);
    }
    let (Some(metric), Some(judged)) = (reading.metrics.get(shown), judgement.metrics.get(shown))
    else {
        return;
    };
    if area.height < 5 {
        return;
    }
    let area = parts::after(area, u16::from(area.height > 8));
    let (state, word) = canaries::of_metric(scene, reading, judged.verdict);
    let detail = format!("{word} {} {}", theme.marks.dot, judged.why);
    // The legend stands at the end of the same line.
    let room = area
        .width
        .saturating_sub(columns(&metric.name) + 6 + LEGEND + 2);
    let kept = fitting(&detail, room, theme.marks.ellipsis);
    let end = if kept.cut { theme.marks.ellipsis } else { "" };
    let detail = format!("{}{end}", kept.text);
    let title = Title {
        name: &metric.name,
        detail: &detail,
        detail_style: Some(theme.state(state)),
        ..Title::default()
    };
    let inner = pane::pane(buffer, area, theme, Frame::Rule, &title);
    write_legend(scene, buffer, area);
    let inner = Rect {
        x: inner.x + inner.width.min(1),
        width: inner.width.saturating_sub(2),
        ..inner
    };
    let mut chart = inner;
    if inner.height >= 8 {
        let mut row = Row::new(buffer, inner, 0, theme.marks.ellipsis);
        let seen = calibrated(scene, &reading.service, metric);
        row.put(&behind(scene, metric, judged), theme.dim)
            .gap(3)
            .put(&seen, theme.faint);
        chart = parts::after(inner, 1);
    }
    draw_series(scene, buffer, chart, reading, metric);
}

/// Says at the right edge of a line which series is which.
fn write_legend(scene: &Scene<'_>, buffer: &mut Buffer, area: Rect) {
    let theme = scene.theme;
    let [line, _] = theme.marks.lines;
    let mut row = Row::new(buffer, area, 0, theme.marks.ellipsis);
    if row.room() < 2 * LEGEND {
        return;
    }
    row.put_right(" ", theme.text)
        .put_right(&format!("{line}{line} canary"), theme.chart_canary)
        .put_right(&format!(" {line}{line} baseline  "), theme.chart_baseline);
}
