//! What surrounds an incident: since when, what its service serves, who is on
//! call, which alerts fire. Drawn below a list where there is room.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    Scene,
    freshness::{self, Feed},
    parts,
};
use crate::{
    analysis::canary::Verdict,
    command::{Item, Pane, View},
    domain::{AlertState, Incident, Urgency},
    ui::{
        app::App,
        theme::State,
        widgets::{
            format,
            row::{Align, Row},
        },
    },
};

/// People and alerts that are shown of each.
const MOST: usize = 4;

/// One line: what it tells of, how that is doing, the words.
struct Line {
    label: &'static str,
    state: Option<State>,
    words: String,
}

/// The incident that the war room is about: the selected one there, elsewhere
/// the most urgent open one.
pub(super) fn incident(app: &App) -> Option<&Incident> {
    if app.view == View::WarRoom
        && let Some(Item::Incident(id)) = app.subject(Pane::Incidents)
    {
        return app.model.incident(id).map(|incident| &incident.value);
    }
    let open = app.model.open_incidents();
    open.first().map(|incident| &incident.value)
}

/// The lines that it takes, with its title.
pub(super) fn height(app: &App) -> u16 {
    u16::try_from(lines(app).len() + 1).unwrap_or(u16::MAX)
}

pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, area: Rect) {
    let theme = scene.theme;
    let mut row = Row::new(buffer, area, 0, theme.marks.ellipsis);
    row.put(theme.marks.lines[0], theme.border)
        .gap(1)
        .put("Situation", theme.title)
        .gap(1)
        .fill(theme.marks.lines[0], theme.border);
    for (at, line) in (1u16..).zip(lines(scene.app)) {
        let mut row = Row::new(buffer, area, at, theme.marks.ellipsis);
        row.gap(1).gap_right(1);
        row.cell(line.label, 10, Align::Left, theme.faint);
        // No alerts from a system that is away is no good news.
        if line.label == "alerts"
            && let Some((state, note)) = freshness::note(scene, Feed::Metrics)
        {
            row.put_right(&note, theme.state(state)).gap_right(2);
        }
        match line.state {
            Some(state) => {
                parts::glyph(scene, &mut row, state);
                row.put(&line.words, theme.text);
            }
            None => {
                row.put(&line.words, theme.text);
            }
        }
    }
}

fn lines(app: &App) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut put = |label, state, words| {
        lines.push(Line {
            label,
            state,
            words,
        });
    };
    if let Some(incident) = incident(app) {
        put("since", None, since(app, incident));
        for (state, words) in serves(app, incident) {
            put("serves", state, words);
        }
    }
    for (at, words) in on_call(app).into_iter().take(MOST).enumerate() {
        put(if at == 0 { "on call" } else { "" }, None, words);
    }
    let mut alerts: Vec<_> = app.model.alerts().collect();
    alerts.sort_by_key(|alert| (alert.state != AlertState::Firing, alert.since));
    for (at, alert) in alerts.iter().take(MOST).enumerate() {
        let state = match alert.state {
            AlertState::Firing => State::Alert,
            _ => State::Marginal,
        };
        let past = format::calm_age(app.now - alert.since);
        let words = format!("{}  {past}  {}", alert.name, alert.summary);
        put(if at == 0 { "alerts" } else { "" }, Some(state), words);
    }
    if alerts.is_empty() {
        put("alerts", None, "none fires".to_owned());
    }
    lines
}

/// `14:12:03, 4m ago  high urgency  checkout-prod`.
fn since(app: &App, incident: &Incident) -> String {
    let urgency = match &incident.urgency {
        Urgency::High => "high urgency",
        Urgency::Low => "low urgency",
        Urgency::Other(word) => word.as_str(),
    };
    let at = format::clock_or_day(incident.created, app.now);
    let past = format::calm_age(app.now - incident.created);
    format!("{at}, {past} ago  {urgency}  {}", incident.vendor_service)
}

/// What production serves of the incident's service, and what is under test.
fn serves(app: &App, incident: &Incident) -> Vec<(Option<State>, String)> {
    let model = &app.model;
    let mut found = Vec::new();
    let Some(service) = &incident.service else {
        return found;
    };
    let Some(environment) = model.production_of(service) else {
        return found;
    };
    if let Some(served) = model.served(service, environment) {
        let past = format::calm_age(app.now - served.since);
        let words = format!(
            "{service} {} in {environment}  {past}  by {}",
            served.version, served.by
        );
        found.push((None, words));
    }
    let canary = model
        .live_canaries()
        .find(|canary| &canary.value.service == service);
    if let Some(canary) = canary {
        let reading = &canary.value;
        let judgement = model.judgement(&reading.service);
        let version = reading
            .canary_version
            .as_ref()
            .or_else(|| model.leaving(service, environment))
            .map_or("the canary", |version| version.as_str());
        let weight = reading.weight.map(format::percent).unwrap_or_default();
        let word = match judgement.verdict {
            Verdict::Pass => "passes",
            Verdict::Fail => "FAILS",
            other => super::canaries::calm(other),
        };
        let state = super::canaries::verdict_state(judgement.verdict);
        found.push((Some(state), format!("{version} on {weight}: {word}")));
    }
    found
}

/// Each person once, with the duties: `mira L1 · storefront, search`.
fn on_call(app: &App) -> Vec<String> {
    let mut people: Vec<(&str, u32, Vec<&str>)> = Vec::new();
    let mut duties = app.model.on_call();
    if let Some(incident) = incident(app) {
        // Who is on call for what is in trouble comes first.
        let name = incident.vendor_service.to_lowercase();
        duties.sort_by_key(|duty| (duty.level, !duty.duty.to_lowercase().contains(&name)));
    }
    for duty in duties {
        let known = people
            .iter_mut()
            .find(|(person, level, _)| *person == duty.person.as_str() && *level == duty.level);
        match known {
            Some((_, _, duties)) => duties.push(&duty.duty),
            None => people.push((&duty.person, duty.level, vec![&duty.duty])),
        }
    }
    people
        .into_iter()
        .map(|(person, level, duties)| format!("{person} L{level}  {}", duties.join(", ")))
        .collect()
}
