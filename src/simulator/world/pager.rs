//! The life of an incident.

use super::{
    World,
    agenda::Step,
    company::{PersonIndex, ServiceIndex},
    incident::{Incident, IncidentStatus, LogEntry, LogKind, Note},
};

/// Seconds until an incident that nobody took goes to the next level.
const ESCALATION_SECONDS: f64 = 300.0;

impl World {
    /// The person on call for a service at a level, from 1.
    pub fn on_call(&self, service: ServiceIndex, level: usize) -> PersonIndex {
        if level == 1 {
            super::OPERATOR
        } else {
            1 + (service + level) % (self.people.len() - 1)
        }
    }

    /// An incident by its id.
    pub fn incident(&self, id: &str) -> Option<&Incident> {
        self.incidents.iter().find(|incident| incident.id == id)
    }

    pub(super) fn trigger(&mut self, service: ServiceIndex, title: &str, high_urgency: bool) {
        let person = self.on_call(service, 1);
        let id = self.key("Q");
        let now = self.now;
        let escalates_at = high_urgency.then(|| now + self.clock.scaled(ESCALATION_SECONDS));
        let number = 4_100 + self.incidents.len() as u64;
        self.incidents.push(Incident {
            id: id.clone(),
            number,
            title: title.to_owned(),
            service,
            high_urgency,
            status: IncidentStatus::Triggered,
            created_at: now,
            updated_at: now,
            assignees: vec![person],
            acknowledgements: Vec::new(),
            escalates_at,
            log: Vec::new(),
            notes: Vec::new(),
        });
        let name = self.people[person].name;
        self.write(
            &id,
            LogKind::Trigger,
            None,
            format!("Triggered through the API: {title}"),
        );
        self.write(
            &id,
            LogKind::Assign,
            Some(person),
            format!("Assigned to {name}"),
        );
        let channel = if high_urgency { "phone" } else { "email" };
        self.write(
            &id,
            LogKind::Notify,
            Some(person),
            format!("Notified {name} by {channel}"),
        );
        if let Some(at) = escalates_at {
            self.schedule(at, Step::Escalate { incident: id });
        }
    }

    /// Takes an incident; false when there is none. One that is over is
    /// opened again and given to the person (PagerDuty changelog, September
    /// 2025).
    pub fn acknowledge(&mut self, id: &str, person: PersonIndex) -> bool {
        let now = self.now;
        let Some(incident) = self.incidents.iter_mut().find(|one| one.id == id) else {
            return false;
        };
        let was = std::mem::replace(&mut incident.status, IncidentStatus::Acknowledged);
        incident.escalates_at = None;
        if was == IncidentStatus::Resolved {
            incident.acknowledgements.clear();
            incident.assignees = vec![person];
        }
        incident.acknowledgements.retain(|(who, _)| *who != person);
        incident.acknowledgements.push((person, now));
        let name = self.people[person].name;
        let summary = if was == IncidentStatus::Resolved {
            format!("Reopened and acknowledged by {name}")
        } else {
            format!("Acknowledged by {name}")
        };
        self.write(id, LogKind::Acknowledge, Some(person), summary);
        true
    }

    /// Gives an incident back to whoever is on call; one that is over is
    /// opened again.
    pub fn retrigger(&mut self, id: &str, person: PersonIndex) {
        let Some(incident) = self.incidents.iter_mut().find(|one| one.id == id) else {
            return;
        };
        let was = std::mem::replace(&mut incident.status, IncidentStatus::Triggered);
        incident.acknowledgements.clear();
        let service = incident.service;
        let name = self.people[person].name;
        match was {
            IncidentStatus::Triggered => {}
            IncidentStatus::Acknowledged => self.write(
                id,
                LogKind::Unacknowledge,
                Some(person),
                format!("Given back by {name}"),
            ),
            IncidentStatus::Resolved => {
                let on_call = self.on_call(service, 1);
                if let Some(incident) = self.open_mut(id) {
                    incident.assignees = vec![on_call];
                }
                self.write(
                    id,
                    LogKind::Trigger,
                    Some(person),
                    format!("Reopened by {name}"),
                );
            }
        }
    }

    /// Ends an incident, with what the person has to say about it; false when
    /// there is none or it is over.
    pub fn resolve(&mut self, id: &str, person: PersonIndex, resolution: Option<&str>) -> bool {
        let Some(incident) = self.open_mut(id) else {
            return false;
        };
        incident.status = IncidentStatus::Resolved;
        incident.escalates_at = None;
        let name = self.people[person].name;
        self.write(
            id,
            LogKind::Resolve,
            Some(person),
            format!("Resolved by {name}"),
        );
        let entry = self
            .incidents
            .iter_mut()
            .find(|one| one.id == id)
            .and_then(|incident| incident.log.last_mut());
        if let Some(entry) = entry {
            entry.note = resolution.map(str::to_owned);
        }
        true
    }

    /// Writes a note on an incident; none when there is no such incident.
    pub fn annotate(&mut self, id: &str, person: PersonIndex, content: &str) -> Option<Note> {
        self.incident(id)?;
        let note = Note {
            id: self.key("N"),
            person,
            at: self.now,
            content: content.to_owned(),
        };
        let name = self.people[person].name;
        self.write(
            id,
            LogKind::Annotate,
            Some(person),
            format!("Note added by {name}"),
        );
        let incident = self.incidents.iter_mut().find(|one| one.id == id)?;
        incident.notes.push(note.clone());
        Some(note)
    }

    pub(super) fn escalate(&mut self, id: &str) {
        let next = match self.open_mut(id) {
            Some(incident) if incident.status == IncidentStatus::Triggered => incident.service,
            _ => return,
        };
        let person = self.on_call(next, 2);
        if let Some(incident) = self.open_mut(id) {
            incident.assignees = vec![person];
            incident.escalates_at = None;
        }
        let name = self.people[person].name;
        self.write(
            id,
            LogKind::Escalate,
            Some(person),
            format!("Escalated to {name}"),
        );
        self.write(
            id,
            LogKind::Notify,
            Some(person),
            format!("Notified {name} by phone"),
        );
    }

    fn open_mut(&mut self, id: &str) -> Option<&mut Incident> {
        self.incidents
            .iter_mut()
            .find(|incident| incident.id == id && incident.status != IncidentStatus::Resolved)
    }

    fn write(&mut self, id: &str, kind: LogKind, person: Option<PersonIndex>, summary: String) {
        let entry = LogEntry {
            id: self.key("R"),
            kind,
            at: self.now,
            person,
            summary,
            note: None,
        };
        let now = self.now;
        if let Some(incident) = self.incidents.iter_mut().find(|one| one.id == id) {
            incident.updated_at = now;
            incident.log.push(entry);
        }
    }
}
