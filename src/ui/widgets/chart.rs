//! Two series drawn together over time: a thin baseline, a strong canary.

mod dots;

use chrono::{DateTime, Utc};
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use self::dots::Dots;
use super::{
    format,
    row::{Align, Row, columns},
    spark,
};
use crate::{domain::Unit, ui::theme::Theme};

/// A moment to point at on the axis.
#[derive(Clone, Debug)]
pub struct StepMark<'text> {
    /// When.
    pub at: DateTime<Utc>,
    /// What, in a word.
    pub label: &'text str,
}

/// What is drawn. Point `i` of both series is at `start + i * step_seconds`.
#[derive(Clone, Debug)]
pub struct Chart<'data> {
    /// Instant of the first point.
    pub start: DateTime<Utc>,
    /// Distance of the points in seconds.
    pub step_seconds: u32,
    /// The thin line.
    pub baseline: &'data [Option<f64>],
    /// The strong line.
    pub canary: &'data [Option<f64>],
    /// How to print a value.
    pub unit: Unit,
    /// Moments to point at.
    pub marks: &'data [StepMark<'data>],
}

/// Draws the chart: ticks of values at the left, of times below.
pub fn chart(buffer: &mut Buffer, area: Rect, theme: &Theme, chart: &Chart<'_>) {
    let area = area.intersection(buffer.area);
    let points = chart.baseline.len().max(chart.canary.len());
    if area.width < 16 || area.height < 3 || points < 2 {
        return;
    }
    let Some((low, high)) = spark::range([chart.baseline, chart.canary]) else {
        return;
    };
    let (low, high, ticks) = scale(low, high, usize::from(area.height - 1));
    let span = high - low;
    let labels: Vec<String> = ticks
        .iter()
        .map(|value| format::tick(*value, chart.unit, span))
        .collect();
    let gutter = labels.iter().map(|label| columns(label)).max().unwrap_or(0) + 1;
    let plot = Rect {
        x: area.x + gutter + 1,
        y: area.y,
        width: area.width.saturating_sub(gutter + 1),
        height: area.height - 1,
    };
    if plot.width < 8 {
        return;
    }
    let scaled = |value: f64| (value - low) / span;
    let window = Window::of(chart, points);
    axis(buffer, area, plot, theme, &ticks, &labels, &scaled);
    marks(buffer, plot, theme, chart, window);
    draw_lines(buffer, plot, theme, chart, window, &scaled);
    mark_labels(buffer, plot, theme, chart, window);
    times(buffer, area, plot, theme, window);
}

/// A scale with round ticks that holds `low` and `high`, and zero unless a
/// value is below it: noise must not look like a cliff. Gives lowest, highest,
/// and the ticks from low to high.
fn scale(low: f64, high: f64, rows: usize) -> (f64, f64, Vec<f64>) {
    let low = low.min(0.0);
    let spread = if high > low {
        high - low
    } else {
        high.abs().max(1e-9)
    };
    let wanted = (rows as f64 / 3.0).clamp(1.0, 5.0);
    let raw = spread / wanted;
    let magnitude = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * magnitude)
        .find(|step| *step >= raw)
        .unwrap_or(raw);
    let first = (low / step).floor() * step;
    // The top is where the values end: a round one would waste half of a
    // small chart.
    let last = if step.is_finite() && step > 0.0 {
        // In quarters of a step, so that a value that is a little higher than
        // all before does not move everything.
        let quarter = step / 4.0;
        let top = ((high + spread * 0.05) / quarter).ceil() * quarter;
        top.max(first + step)
    } else {
        first + 1.0
    };
    let count = (((last - first) / step).floor() as usize).clamp(1, 12);
    let ticks = (0..=count).map(|at| first + step * at as f64).collect();
    (first, last, ticks)
}

/// The row of a share of the height, 0 at the bottom.
fn row_of(plot: Rect, share: f64) -> u16 {
    let bottom = f64::from(plot.height.saturating_sub(1));
    plot.y + (bottom * (1.0 - share.clamp(0.0, 1.0))).round() as u16
}

fn axis(
    buffer: &mut Buffer,
    area: Rect,
    plot: Rect,
    theme: &Theme,
    ticks: &[f64],
    labels: &[String],
    scaled: &impl Fn(f64) -> f64,
) {
    let [tick, line, ..] = theme.marks.axis;
    for y in plot.y..plot.bottom() {
        if let Some(cell) = buffer.cell_mut((plot.x - 1, y)) {
            cell.set_symbol(line).set_style(theme.chart_axis);
        }
    }
    let mut taken = None;
    for (value, label) in ticks.iter().zip(labels) {
        let y = row_of(plot, scaled(*value));
        if taken == Some(y) {
            continue;
        }
        taken = Some(y);
        let mut row = Row::new(buffer, area, y - area.y, theme.marks.ellipsis);
        row.cell(label, plot.x - area.x - 2, Align::Right, theme.dim)
            .gap(1)
            .put(tick, theme.chart_axis);
    }
}

/// The span of time that is drawn: as long as the data, but it moves on in
/// sixteenths of itself. Until then a new point is one more point at the right,
/// and what is drawn already stays where it is.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Window {
    /// In seconds since 1970.
    from: f64,
    seconds: f64,
}

impl Window {
    fn of(chart: &Chart<'_>, points: usize) -> Self {
        let step = f64::from(chart.step_seconds.max(1));
        let length = (points - 1) as f64;
        let page = (length / 16.0).floor().max(1.0);
        let start = chart.start.timestamp_millis() as f64 / 1_000.0 / step;
        let end = ((start + length) / page).ceil() * page;
        Self {
            from: (end - length) * step,
            seconds: length * step,
        }
    }

    /// Where an instant lies, as a share of the width; outside it is below 0
    /// or above 1.
    fn share(self, at: f64) -> f64 {
        (at - self.from) / self.seconds
    }

    /// The column of an instant, where it is inside.
    fn column(self, plot: Rect, at: DateTime<Utc>) -> Option<u16> {
        let share = self.share(at.timestamp_millis() as f64 / 1_000.0);
        (0.0..=1.0)
            .contains(&share)
            .then(|| plot.x + (f64::from(plot.width - 1) * share).round() as u16)
    }
}

fn marks(buffer: &mut Buffer, plot: Rect, theme: &Theme, chart: &Chart<'_>, window: Window) {
    for mark in chart.marks {
        let Some(x) = window.column(plot, mark.at) else {
            continue;
        };
        for y in plot.y..plot.bottom() {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                let glyph = if theme.marks.ascii { ":" } else { "┊" };
                cell.set_symbol(glyph).set_style(theme.chart_axis);
            }
        }
    }
}

/// Names each mark in the first row where its name hides no point.
fn mark_labels(buffer: &mut Buffer, plot: Rect, theme: &Theme, chart: &Chart<'_>, window: Window) {
    for mark in chart.marks {
        let Some(x) = window.column(plot, mark.at) else {
            continue;
        };
        let width = columns(mark.label) + 1;
        // At the right of the mark, else at its left.
        let start = if x + 1 + width < plot.right() {
            x + 1
        } else if x >= plot.x + width {
            x - width
        } else {
            continue;
        };
        let free = (plot.y..plot.bottom()).find(|y| {
            (start..start + width).all(|x| {
                buffer
                    .cell((x, *y))
                    .is_some_and(|cell| cell.symbol() == " ")
            })
        });
        if let Some(y) = free {
            let label = Rect::new(start, y, width, 1);
            Row::new(buffer, label, 0, theme.marks.ellipsis)
                .put(theme.marks.step, theme.faint)
                .put(mark.label, theme.dim);
        }
    }
}

fn draw_lines(
    buffer: &mut Buffer,
    plot: Rect,
    theme: &Theme,
    chart: &Chart<'_>,
    window: Window,
    scaled: &impl Fn(f64) -> f64,
) {
    let start = chart.start.timestamp_millis() as f64 / 1_000.0;
    let step = f64::from(chart.step_seconds.max(1));
    let lines: [(&[Option<f64>], Style, bool); 2] = [
        (chart.baseline, theme.chart_baseline, false),
        (chart.canary, theme.chart_canary, true),
    ];
    for (series, style, strong) in lines {
        let mut dots = Dots::new(plot.width, plot.height, theme.marks.ascii);
        let mut before = None;
        for (at, value) in series.iter().enumerate() {
            let along = window.share(start + at as f64 * step);
            let place = value
                .filter(|value| value.is_finite() && along >= 0.0)
                .map(|value| dots.place(along, scaled(value)));
            match (before, place) {
                (Some(before), Some(place)) => dots.line(before, place, strong),
                (None, Some(place)) => dots.dot(place, strong),
                _ => {}
            }
            before = place;
        }
        dots.draw(buffer, plot, style, if strong { "*" } else { "." });
    }
}

fn times(buffer: &mut Buffer, area: Rect, plot: Rect, theme: &Theme, window: Window) {
    let [_, _, corner, line] = theme.marks.axis;
    let y = area.height - 1;
    let under = Rect {
        x: plot.x - 1,
        width: plot.width + 1,
        ..area
    };
    let mut row = Row::new(buffer, under, y, theme.marks.ellipsis);
    row.put(corner, theme.chart_axis)
        .fill(line, theme.chart_axis);
    let whole = window.seconds as i64;
    let start = window.from as i64;
    // As many labels as leave twice their own width free.
    let most = i64::from(plot.width / 12).max(1);
    let every = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1_440]
        .into_iter()
        .map(|minutes| minutes * 60)
        .find(|seconds| whole / seconds <= most)
        .unwrap_or(86_400);
    let mut at = start.div_euclid(every) * every + every;
    let mut free = plot.x;
    for _ in 0..64 {
        let Some(instant) = DateTime::from_timestamp(at, 0) else {
            return;
        };
        let Some(x) = window.column(plot, instant) else {
            return;
        };
        let label = format::clock(instant);
        let start = x.saturating_sub(2).max(plot.x);
        if start >= free && start + 7 <= plot.right() {
            let mut row = Row::new(buffer, under, y, theme.marks.ellipsis);
            row.to(start.saturating_sub(1))
                .put(" ", theme.dim)
                .put(&label, theme.dim)
                .put(" ", theme.dim);
            free = start + 8;
        }
        at += every;
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone};
    use proptest::prelude::*;

    use super::*;

    fn text(buffer: &Buffer) -> Vec<String> {
        (0..buffer.area.height)
            .map(|y| {
                (0..buffer.area.width)
                    .map(|x| buffer[(x, y)].symbol())
                    .collect::<String>()
            })
            .collect()
    }

    fn start() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 19, 13, 55, 0)
            .single()
            .expect("an instant")
    }

    #[test]
    fn both_series_have_ticks_and_times() {
        let baseline: Vec<_> = (0..41).map(|_| Some(0.004)).collect();
        let canary: Vec<_> = (0..41)
            .map(|at| {
                Some(if at < 20 {
                    0.004
                } else {
                    0.004 + f64::from(at - 20) * 0.001
                })
            })
            .collect();
        let area = Rect::new(0, 0, 60, 8);
        let mut buffer = Buffer::empty(area);
        let marks = [StepMark {
            at: start() + TimeDelta::minutes(10),
            label: "25 %",
        }];
        let data = Chart {
            start: start(),
            step_seconds: 30,
            baseline: &baseline,
            canary: &canary,
            unit: Unit::Ratio,
            marks: &marks,
        };
        chart(&mut buffer, area, &Theme::dark(), &data);
        let text = text(&buffer).join("\n");
        assert!(text.contains("0.0 %") || text.contains("0 %"), "{text}");
        assert!(text.contains("14:05"), "{text}");
        assert!(text.contains("▲25 %"), "{text}");
        assert!(!text.contains("13:55"), "{text}");
    }

    #[test]
    fn a_plain_terminal_gets_plain_characters() {
        let area = Rect::new(0, 0, 40, 6);
        let mut buffer = Buffer::empty(area);
        let canary = [Some(1.0), Some(2.0), None, Some(9.0)];
        let data = Chart {
            start: start(),
            step_seconds: 60,
            baseline: &[Some(1.0), Some(1.0), Some(1.0), Some(1.0)],
            canary: &canary,
            unit: Unit::Number,
            marks: &[],
        };
        chart(&mut buffer, area, &Theme::dark().with_ascii(true), &data);
        let text = text(&buffer).join("\n");
        assert!(text.is_ascii(), "{text}");
        assert!(text.contains('*') && text.contains('.'), "{text}");
    }

    proptest! {
        #[test]
        fn no_data_and_no_size_makes_it_fail(
            width in 0u16..120, height in 0u16..30,
            baseline in prop::collection::vec(prop::option::of(any::<f64>()), 0..30),
            canary in prop::collection::vec(prop::option::of(-1e12f64..1e12), 0..30),
            step_seconds in any::<u32>(),
        ) {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 100, 25));
            let marks = [StepMark { at: start(), label: "5 %" }];
            let data = Chart {
                start: start(), step_seconds, baseline: &baseline, canary: &canary,
                unit: Unit::Seconds, marks: &marks,
            };
            chart(&mut buffer, Rect::new(3, 2, width, height), &Theme::dark(), &data);
        }
    }
}
