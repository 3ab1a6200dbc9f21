//! From PagerDuty's words to facts. Pure: no network, no clock.

use std::collections::BTreeMap;

use super::wire;
use crate::domain::{
    Catalog, Incident, IncidentStatus, OnCall, Origin, Roster, ServiceName, Shift, SourceId, Text,
    TimelineEntry, TimelineKind, Timestamp, Urgency, Window, WindowKind,
};

/// Which of our services a PagerDuty service pages for.
#[derive(Clone, Debug, Default)]
pub struct Services(BTreeMap<Text, ServiceName>);

impl Services {
    /// Reads the mapping from what the team declared.
    #[must_use]
    pub fn new(catalog: &Catalog) -> Self {
        let pairs = catalog.services.iter().flat_map(|service| {
            service
                .incident_services
                .iter()
                .map(|id| (id.clone(), service.name.clone()))
        });
        Self(pairs.collect())
    }

    /// Our service for PagerDuty's id.
    #[must_use]
    pub fn get(&self, id: &Text) -> Option<&ServiceName> {
        self.0.get(id)
    }

    /// All ids that were declared.
    pub fn ids(&self) -> impl Iterator<Item = &Text> {
        self.0.keys()
    }
}

/// The state that a status word means.
#[must_use]
pub fn status(word: &Text) -> IncidentStatus {
    match word.as_str() {
        "triggered" => IncidentStatus::Triggered,
        "acknowledged" => IncidentStatus::Acknowledged,
        "resolved" => IncidentStatus::Resolved,
        _ => IncidentStatus::Other(word.clone()),
    }
}

/// One incident.
#[must_use]
pub fn incident(source: &SourceId, services: &Services, wire: &wire::Incident) -> Incident {
    let urgency = match wire.urgency.as_deref() {
        Some("high") => Urgency::High,
        Some("low") => Urgency::Low,
        other => Urgency::Other(Text::new(other.unwrap_or("unknown"))),
    };
    let changed = [
        wire.last_status_change_at,
        wire.updated_at,
        wire.resolved_at,
    ];
    Incident {
        id: Origin::new(source, &wire.id),
        number: wire.number,
        title: wire.title.clone().unwrap_or_else(|| "(no title)".into()),
        urgency,
        priority: wire.priority.as_ref().map(wire::Reference::label),
        status: status(&wire.status),
        service: wire
            .service
            .as_ref()
            .and_then(|service| services.get(&service.id))
            .cloned(),
        vendor_service: wire
            .service
            .as_ref()
            .map(wire::Reference::label)
            .unwrap_or_default(),
        created: wire.created_at,
        updated: changed
            .into_iter()
            .flatten()
            .max()
            .unwrap_or(wire.created_at),
        acknowledged_by: wire
            .acknowledgements
            .items
            .iter()
            .map(|one| one.acknowledger.label())
            .collect(),
        assigned: wire
            .assignments
            .items
            .iter()
            .map(|one| one.assignee.label())
            .collect(),
        escalates_at: wire
            .pending_actions
            .items
            .iter()
            .filter(|action| action.kind.as_str() == "escalate")
            .map(|action| action.at)
            .min(),
        url: wire.html_url.clone().unwrap_or_default(),
    }
}

/// The word of a log entry's type without its ending, in the spelling that
/// PagerDuty's description uses for most (`acknowledgement` is `acknowledge`).
#[must_use]
pub fn log_word(entry: &wire::LogEntry) -> &str {
    let kind = entry.kind.as_str();
    let kind = kind.strip_suffix("_reference").unwrap_or(kind);
    match kind.strip_suffix("_log_entry").unwrap_or(kind) {
        "acknowledgement" => "acknowledge",
        word => word,
    }
}

/// The timeline of one incident: its log and its notes in order of time. The
/// log names each note once more, without its text; those entries are left
/// out when the notes themselves could be read.
#[must_use]
pub fn timeline(
    source: &SourceId,
    log: &[wire::LogEntry],
    notes: Option<&[wire::Note]>,
) -> Vec<TimelineEntry> {
    let mut entries: Vec<TimelineEntry> = log
        .iter()
        .filter(|entry| notes.is_none() || log_word(entry) != "annotate")
        .map(|entry| log_entry(source, entry))
        .chain(
            notes
                .unwrap_or_default()
                .iter()
                .map(|one| note(source, one)),
        )
        .collect();
    entries.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
    entries.dedup_by(|one, other| one.id == other.id);
    entries
}

fn log_entry(source: &SourceId, entry: &wire::LogEntry) -> TimelineEntry {
    let word = log_word(entry);
    let kind = match word {
        "trigger" => TimelineKind::Trigger,
        "acknowledge" => TimelineKind::Acknowledge,
        "resolve" => TimelineKind::Resolve,
        "annotate" => TimelineKind::Note,
        "notify" => TimelineKind::Notify,
        "escalate"
        | "assign"
        | "delegate"
        | "repeat_escalation_path"
        | "exhaust_escalation_path" => TimelineKind::Escalate,
        other => TimelineKind::Other(Text::new(&other.replace('_', " "))),
    };
    let what = entry
        .summary
        .clone()
        .or_else(|| entry.channel.as_ref().and_then(|one| one.summary.clone()))
        .unwrap_or_else(|| Text::new(&word.replace('_', " ")));
    TimelineEntry {
        id: Origin::new(source, &format!("log/{}", entry.id)),
        at: entry.created_at,
        kind,
        who: entry.agent.as_ref().map(wire::Reference::label),
        what,
    }
}

fn note(source: &SourceId, note: &wire::Note) -> TimelineEntry {
    TimelineEntry {
        id: Origin::new(source, &format!("note/{}", note.id)),
        at: note.created_at,
        kind: TimelineKind::Note,
        who: note.user.as_ref().map(wire::Reference::label),
        what: one_line(&note.content),
    }
}

/// The lines of a note as one line.
fn one_line(content: &str) -> Text {
    let lines: Vec<&str> = content
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    Text::new(&lines.join(" / "))
}

/// Who is on call; a person with one duty on several schedules stands there
/// once, with the longest time.
#[must_use]
pub fn on_calls(wires: &[wire::OnCall]) -> Vec<OnCall> {
    let mut duties: BTreeMap<(Text, u32, Text), OnCall> = BTreeMap::new();
    for wire in wires {
        let duty = wire
            .escalation_policy
            .as_ref()
            .or(wire.schedule.as_ref())
            .map(wire::Reference::label)
            .unwrap_or_default();
        let person = wire.user.label();
        let one = OnCall {
            person: person.clone(),
            duty: duty.clone(),
            level: wire.escalation_level,
            until: wire.end,
        };
        duties
            .entry((duty, wire.escalation_level, person))
            .and_modify(|known| {
                known.until = match (known.until, one.until) {
                    (Some(one), Some(other)) => Some(one.max(other)),
                    _ => None,
                };
            })
            .or_insert(one);
    }
    duties.into_values().collect()
}

/// Which of our services each escalation policy is of.
#[must_use]
pub fn policies(services: &Services, wires: &[wire::Service]) -> BTreeMap<Text, Vec<ServiceName>> {
    let mut policies: BTreeMap<Text, Vec<ServiceName>> = BTreeMap::new();
    for wire in wires {
        if let (Some(ours), Some(policy)) = (services.get(&wire.id), &wire.escalation_policy) {
            let known = policies.entry(policy.id.clone()).or_default();
            if !known.contains(ours) {
                known.push(ours.clone());
            }
        }
    }
    policies
}

/// Who is on call in `[from, until)` for the services of these policies.
#[must_use]
pub fn roster(
    policies: &BTreeMap<Text, Vec<ServiceName>>,
    from: Timestamp,
    until: Timestamp,
    wires: &[wire::OnCall],
) -> Roster {
    let mut services: Vec<ServiceName> = policies.values().flatten().cloned().collect();
    services.sort();
    services.dedup();
    let shift = |wire: &wire::OnCall| {
        Some(Shift {
            person: wire.user.label(),
            services: policies.get(&wire.escalation_policy.as_ref()?.id)?.clone(),
            start: wire.start,
            end: wire.end,
        })
    };
    Roster {
        from,
        until,
        services,
        shifts: wires.iter().filter_map(shift).collect(),
    }
}

/// A maintenance window; none when it concerns none of our services, for a
/// window without services would concern all.
#[must_use]
pub fn window(
    source: &SourceId,
    services: &Services,
    wire: &wire::MaintenanceWindow,
) -> Option<Window> {
    let ours: Vec<ServiceName> = wire
        .services
        .items
        .iter()
        .filter_map(|service| services.get(&service.id).cloned())
        .collect();
    if ours.is_empty() {
        return None;
    }
    let title = wire
        .description
        .clone()
        .filter(|text| !text.trim().is_empty())
        .unwrap_or_else(|| "maintenance".into());
    Some(Window {
        id: Origin::new(source, &format!("maintenance/{}", wire.id)),
        kind: WindowKind::Maintenance,
        title,
        start: wire.start_time,
        end: wire.end_time,
        services: ours,
        detail: wire
            .created_by
            .as_ref()
            .map(|who| Text::new(&format!("by {}", who.label())))
            .unwrap_or_default(),
        url: wire.html_url.clone().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests;
