//! The header: which release, how far, how long; how the systems are doing;
//! what time it is. What does not fit is left out, least important first.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{Places, clock};
use crate::{
    command::View,
    domain::{Connection, ReleaseState},
    model::ReleaseView,
    ui::{
        update,
        views::Scene,
        widgets::{
            format,
            row::{Row, columns},
        },
    },
};

/// Up to this weight a segment leaves before the systems are drawn together.
const EXTRA: u8 = 3;
/// The weight of a system that is well.
const WELL: u8 = 7;
/// The weight of what comes next: the deck's calendar says it, too.
const OUTLOOK: u8 = 5;
/// Clocks that are further apart than this are told, in seconds.
const SKEW: i64 = 60;
/// The weight of a system that is not well (yet).
const TROUBLE: u8 = 10;

struct Segment {
    /// What goes last stays longest.
    weight: u8,
    right: bool,
    text: String,
    style: Style,
}

/// Draws the header.
pub(super) fn draw(scene: &Scene<'_>, places: &Places, buffer: &mut Buffer) {
    let mut segments = segments(scene, places.tabs.is_none());
    let width = places.header.width;
    let needed = |segments: &[Segment]| -> u16 {
        segments
            .iter()
            .map(|segment| columns(&segment.text).saturating_add(2))
            .fold(1, u16::saturating_add)
    };
    let mut merged = false;
    let mut shortened = false;
    while needed(&segments) > width {
        let lightest = segments
            .iter()
            .enumerate()
            .min_by_key(|(_, segment)| segment.weight);
        match lightest {
            Some((_, segment)) if segment.weight > EXTRA && !merged => {
                merge_well(scene, &mut segments);
                merged = true;
            }
            Some((_, segment)) if segment.weight == TROUBLE && !shortened => {
                merge_trouble(scene, &mut segments, needed, width);
                shortened = true;
            }
            Some((place, _)) if segments.len() > 1 => drop(segments.remove(place)),
            _ => break,
        }
    }
    let mut row = Row::new(buffer, places.header, 0, scene.theme.marks.ellipsis);
    for segment in segments.iter().rev().filter(|segment| segment.right) {
        row.gap_right(1)
            .put_right(&segment.text, segment.style)
            .gap_right(1);
    }
    row.gap(1);
    for segment in segments.iter().filter(|segment| !segment.right) {
        row.put(&segment.text, segment.style).gap(2);
    }
}

/// One segment instead of one a system for all that are well: what is left out
/// must not look as if it did not exist.
fn merge_well(scene: &Scene<'_>, segments: &mut Vec<Segment>) {
    let well = segments
        .iter()
        .filter(|segment| segment.weight == WELL)
        .count();
    let Some(first) = segments.iter().position(|segment| segment.weight == WELL) else {
        return;
    };
    segments.retain(|segment| segment.weight != WELL);
    let dot = scene.theme.marks.dots.first().copied().unwrap_or_default();
    segments.insert(
        first,
        Segment {
            weight: WELL,
            right: true,
            text: format!("{well}{dot} ok"),
            style: scene.theme.success,
        },
    );
}

/// One segment for all systems that are not well: their names, or where not
/// even those have room, how many they are.
fn merge_trouble(
    scene: &Scene<'_>,
    segments: &mut Vec<Segment>,
    needed: impl Fn(&[Segment]) -> u16,
    width: u16,
) {
    let theme = scene.theme;
    let (troubled, mut others): (Vec<Segment>, Vec<Segment>) = std::mem::take(segments)
        .into_iter()
        .partition(|segment| segment.weight == TROUBLE);
    if troubled.len() < 2 {
        others.extend(troubled);
        *segments = others;
        return;
    }
    // The worst gives its colour.
    let style = [theme.danger, theme.warning]
        .into_iter()
        .find(|style| troubled.iter().any(|segment| segment.style == *style));
    let dot = theme.marks.dots.get(2).copied().unwrap_or_default();
    let word = style.map_or("connecting", |_| "in trouble");
    // What follows a name is its state in words and its age.
    let names: Vec<&str> = troubled
        .iter()
        .filter_map(|segment| segment.text.split(' ').next())
        .collect();
    let count = format!("{}{dot} {word}", names.len());
    others.push(Segment {
        weight: TROUBLE,
        right: true,
        text: names.join(" "),
        style: style.unwrap_or(theme.dim),
    });
    if needed(&others) > width
        && let Some(segment) = others.last_mut()
    {
        segment.text = count;
    }
    *segments = others;
}

fn segments(scene: &Scene<'_>, with_view: bool) -> Vec<Segment> {
    let (app, theme) = (scene.app, scene.theme);
    let mut segments = Vec::new();
    let mut put = |weight, right, text: String, style| {
        segments.push(Segment {
            weight,
            right,
            text,
            style,
        });
    };
    put(9, false, "tminus".to_owned(), theme.brand);
    if with_view {
        let title = if app.only_log {
            "Log"
        } else {
            app.view.title()
        };
        put(6, false, title.to_owned(), theme.text);
    }
    if let Some(active) = app.model.active_release(scene.now) {
        put(11, false, active.release.id.to_string(), theme.title);
        let (word, style) = state_word(scene, &active);
        put(12, false, word, style);
        if let Some(start) = active.release.start {
            let clock = clock::t_clock(scene.now, start, update::ticks(app), theme.marks.minus);
            put(13, false, clock, theme.accent);
            let go = format!("GO {}Z", format::clock(start));
            put(3, false, go, theme.dim);
        }
        if let Some(captain) = &active.release.captain {
            put(2, false, format!("captain {captain}"), theme.dim);
        }
    }
    if let Some(outlook) = &app.calendar.outlook {
        let glyph = theme.marks.state(outlook.look());
        let text = format!("{glyph} {}", outlook.words(scene.now));
        put(OUTLOOK, false, text, theme.state(outlook.look()));
    }
    if app.settings.read_only {
        put(14, true, "READ-ONLY".to_owned(), theme.warning);
    } else if app.settings.arm {
        match update::armed_left(app) {
            Some((left, _)) => put(14, true, format!("ARMED {left}"), theme.production_badge),
            None => put(14, true, "NOT ARMED".to_owned(), theme.warning),
        }
    }
    for (source, health) in app.model.health() {
        let age = |since: Option<crate::domain::Timestamp>| {
            since.map_or_else(String::new, |since| {
                format!(" {}", format::calm_age(scene.now - since))
            })
        };
        let (dot, word, style) = match health.value.connection {
            Connection::Ok => (0, "", theme.success),
            Connection::Connecting => (3, " connecting", theme.dim),
            Connection::Degraded => (1, " partly", theme.warning),
            Connection::Unreachable => (2, " away", theme.danger),
            Connection::Unauthorised => (2, " token refused", theme.danger),
            Connection::Forbidden => (1, " no right", theme.warning),
            Connection::RateLimited => (1, " must wait", theme.warning),
        };
        let behind = health
            .value
            .last_ok
            .is_some_and(|last| (scene.now - last).num_seconds() >= 60);
        let age = if behind || health.value.connection != Connection::Ok {
            age(health.value.last_ok)
        } else {
            String::new()
        };
        let dot = theme.marks.dots.get(dot).copied().unwrap_or_default();
        // Ages and countdowns are wrong where the clocks disagree.
        let off = health
            .value
            .clock_skew_seconds
            .filter(|seconds| seconds.abs() > SKEW && health.value.connection == Connection::Ok);
        if let Some(seconds) = off {
            let by = format::age(chrono::TimeDelta::seconds(seconds.abs()));
            let way = if seconds > 0 { "ahead" } else { "behind" };
            let text = format!("{source}{dot} clock {by} {way}");
            put(TROUBLE, true, text, theme.warning);
            continue;
        }
        // A system in trouble matters more than one that is well.
        let weight = if health.value.connection == Connection::Ok {
            WELL
        } else {
            TROUBLE
        };
        put(weight, true, format!("{source}{dot}{word}{age}"), style);
    }
    meter(scene, &mut put);
    put(
        8,
        true,
        format!("{}Z", format::clock(scene.now)),
        theme.text,
    );
    for zone in &app.settings.zones {
        put(1, true, clock::zone_clock(scene.now, *zone), theme.dim);
    }
    segments
}

/// The weight of requests that run out.
const RUN_OUT: u8 = 9;
/// From this share on the requests that are used matter more than what is well.
const NEARLY_USED: f64 = 0.8;

/// The requests of the system that has used the largest share of its own: how
/// many, and until when. It has no place where there is none to spare, unless
/// they run out.
fn meter(scene: &Scene<'_>, put: &mut impl FnMut(u8, bool, String, Style)) {
    let current = scene.app.model.health().filter_map(|(source, health)| {
        let budget = health.value.budget?;
        (budget.resets > scene.now && budget.limit > 0).then_some((source, budget))
    });
    let worst = current.max_by(|one, other| one.1.used().total_cmp(&other.1.used()));
    let Some((source, budget)) = worst else {
        return;
    };
    let theme = scene.theme;
    let (share, slow) = (budget.used(), budget.stretch(scene.now) >= 1.05);
    let (weight, style) = if share >= NEARLY_USED || slow {
        (RUN_OUT, theme.warning)
    } else {
        (3, theme.dim)
    };
    // A share below one hundredth is not none.
    let used = match (share * 100.0).ceil() {
        hundredths if hundredths <= 0.0 => "0 %".to_owned(),
        hundredths => format!("{hundredths:.0} %"),
    };
    let slow = if slow { ", slow" } else { "" };
    put(weight, true, format!("{source} {used} used{slow}"), style);
    let spent = format::count(u64::from(budget.limit.saturating_sub(budget.remaining)));
    let limit = format::count(u64::from(budget.limit));
    let until = format::clock(budget.resets);
    put(
        1,
        true,
        format!("{spent} of {limit} until {until}Z"),
        theme.dim,
    );
}

fn state_word(scene: &Scene<'_>, active: &ReleaseView<'_>) -> (String, Style) {
    let theme = scene.theme;
    let moving = active
        .items
        .iter()
        .find_map(|item| Some((&item.item.service, item.canary_weight?)));
    let (word, style) = match active.state {
        ReleaseState::Draft => ("DRAFT", theme.dim),
        ReleaseState::Scheduled => ("SCHEDULED", theme.dim),
        ReleaseState::Readiness => ("READINESS", theme.waiting),
        ReleaseState::GoNoGo => ("GO/NO-GO", theme.waiting),
        ReleaseState::Rolling => ("ROLLING", theme.running),
        ReleaseState::Baking => ("BAKING", theme.running),
        ReleaseState::Done => ("DONE", theme.success),
        ReleaseState::Held => ("HELD", theme.held),
        ReleaseState::Scrubbed => ("SCRUBBED", theme.dim),
        ReleaseState::RolledBack => ("ROLLED BACK", theme.held),
    };
    let text = match moving {
        Some((service, weight)) => {
            format!(
                "{word} {} {service} {}",
                theme.marks.dot,
                format::percent(weight)
            )
        }
        None => word.to_owned(),
    };
    (text, style)
}

/// Draws the tabs of the views.
pub(super) fn draw_tabs(
    scene: &Scene<'_>,
    line: Rect,
    tabs: &[(View, u16, u16)],
    buffer: &mut Buffer,
) {
    let theme = scene.theme;
    for (view, at, wide) in tabs {
        let area = Rect::new(line.x + at, line.y, *wide, 1);
        let style = if *view == scene.app.view {
            theme.title_focused
        } else if view.exists() {
            theme.dim
        } else {
            theme.faint
        };
        Row::new(buffer, area, 0, theme.marks.ellipsis)
            .put(&view.number().to_string(), theme.key)
            .gap(1)
            .put(view.title(), style);
    }
}
