//! What is read, and how often: open incidents at each look, timelines of
//! those that matter, the rest now and then.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{PagerDuty, client::Listing, map, wire};
use crate::{
    domain::{Body, Connection, Incident, IncidentStatus, Origin, Text, Timestamp, Urgency},
    integrations::{
        contract::{Attention, FactSink, Fault},
        http::{
            Priority, clock,
            fault::fault,
            pace::{self, Pace, Woken},
        },
    },
};

/// How often resolved incidents are listed.
const RESOLVED: Duration = Duration::from_secs(60);
/// How often duties and maintenance windows are listed.
const SLOW: Duration = Duration::from_secs(300);
/// How often shifts are listed.
const ROSTER: Duration = Duration::from_secs(900);
/// How far ahead, in days.
const ROSTER_DAYS: i64 = 14;
/// How often the timeline of an incident is read that shows no change.
const TIMELINE: Duration = Duration::from_secs(60);
/// Incidents that were resolved in this time are shown, in hours.
const RECENT: i64 = 24;
/// PagerDuty finds resolved incidents by when they were created: look this
/// far back, in days.
const CREATED: i64 = 7;
/// And this far ahead, in hours: the bound is sent in whole seconds, and
/// PagerDuty's clock may be ahead of ours.
const AHEAD: i64 = 1;

/// What the watch knows from earlier rounds.
#[derive(Default)]
pub struct Memory {
    open: BTreeMap<Text, Incident>,
    timelines: BTreeMap<Text, (Timestamp, Instant)>,
    resolved: Option<Instant>,
    slow: Option<Instant>,
    roster: Option<Instant>,
}

/// One look.
pub struct Round<'a> {
    /// The integration.
    pub duty: &'a PagerDuty,
    /// Where facts go.
    pub facts: &'a FactSink,
    /// Who asks.
    pub priority: Priority,
    /// The incident that somebody looks at.
    pub selected: Option<Text>,
    /// Everything is read, whatever was read before.
    pub whole: bool,
}

impl Round<'_> {
    /// Reads what is due. The first fault is given; what could be read was
    /// emitted.
    pub async fn run(&self, memory: &mut Memory) -> Option<Fault> {
        let mut faults = Vec::new();
        self.open(memory, &mut faults).await;
        // Without the incidents nothing else will be there either.
        if faults
            .iter()
            .any(|fault| fault.connection != Connection::Degraded)
        {
            return faults.into_iter().next();
        }
        self.timelines(memory, &mut faults).await;
        if self.whole || is_due(memory.resolved, RESOLVED) {
            memory.resolved = Some(clock::tick());
            self.resolved(&mut faults).await;
        }
        if self.whole || is_due(memory.roster, ROSTER) {
            memory.roster = Some(clock::tick());
            self.roster(&mut faults).await;
        }
        if self.whole || is_due(memory.slow, SLOW) {
            memory.slow = Some(clock::tick());
            self.duties(&mut faults).await;
            self.windows(&mut faults).await;
        }
        faults.into_iter().next()
    }

    async fn open(&self, memory: &mut Memory, faults: &mut Vec<Fault>) {
        let listing = self.duty.client.open_incidents(self.priority).await;
        let observed = clock::now();
        let whole = listing.fault.is_none();
        let items: Vec<Incident> = listing
            .items
            .iter()
            .map(|wire| map::incident(&self.duty.id, &self.duty.services, wire))
            .collect();
        report(&listing, "open incidents", faults);
        if !whole {
            // A part of a list must not pass for the whole.
            self.facts
                .emit(observed, items.into_iter().map(Body::Incident));
            return;
        }
        let now: BTreeMap<Text, Incident> = items
            .iter()
            .map(|one| (one.id.key.clone(), one.clone()))
            .collect();
        let gone: Vec<Text> = memory
            .open
            .keys()
            .filter(|id| !now.contains_key(*id))
            .cloned()
            .collect();
        memory.open = now;
        self.facts.emit(observed, [Body::Incidents(items)]);
        for id in gone {
            memory.timelines.remove(&id);
            self.last_look(&id, faults).await;
        }
    }

    /// How an incident ended that is not listed as open any more.
    async fn last_look(&self, id: &Text, faults: &mut Vec<Fault>) {
        match self.duty.client.incident(id).await {
            Ok(wire) => {
                let incident = map::incident(&self.duty.id, &self.duty.services, &wire);
                self.facts.emit(clock::now(), [Body::Incident(incident)]);
                self.timeline(id, faults).await;
            }
            // Merged or deleted: it is gone, and the listing said so.
            Err(failure) if failure.status == Some(404) => {}
            Err(failure) => faults.push(failure.into()),
        }
    }

    async fn timelines(&self, memory: &mut Memory, faults: &mut Vec<Fault>) {
        let mut wanted: BTreeSet<Text> = self.selected.iter().cloned().collect();
        wanted.extend(
            memory
                .open
                .values()
                .filter(|incident| incident.urgency == Urgency::High)
                .map(|incident| incident.id.key.clone()),
        );
        for id in wanted {
            let changed = memory.open.get(&id).map(|incident| incident.updated);
            let fresh = memory.timelines.get(&id).is_some_and(|(known, read)| {
                changed.is_none_or(|changed| changed == *known) && !is_due(Some(*read), TIMELINE)
            });
            if fresh && !self.whole && self.selected.as_ref() != Some(&id) {
                continue;
            }
            self.timeline(&id, faults).await;
            let changed = changed.unwrap_or_default();
            memory.timelines.insert(id, (changed, clock::tick()));
        }
    }

    /// Reads and emits the timeline of one incident.
    pub async fn timeline(&self, id: &Text, faults: &mut Vec<Fault>) {
        let client = &self.duty.client;
        let log = match client.log_entries(id, self.priority).await {
            Ok(log) => log,
            Err(failure) => return faults.push(failure.into()),
        };
        let notes = client.notes(id, self.priority).await;
        let observed = clock::now();
        report(&log, "entries of an incident's log", faults);
        let read = match &notes {
            Ok(notes) => Some(notes.items.as_slice()),
            Err(failure) => {
                faults.push(failure.fault.clone());
                None
            }
        };
        // The notes alone would take the place of a whole timeline.
        if log.fault.is_some() && log.items.is_empty() {
            return;
        }
        let items = map::timeline(&self.duty.id, &log.items, read);
        let incident = Origin::new(&self.duty.id, id);
        self.facts
            .emit(observed, [Body::Timeline { incident, items }]);
    }

    async fn resolved(&self, faults: &mut Vec<Fault>) {
        let now = clock::now();
        let recent = now - TimeDelta::hours(RECENT);
        let listing = self
            .duty
            .client
            .resolved_incidents(
                now - TimeDelta::days(CREATED),
                now + TimeDelta::hours(AHEAD),
                self.priority,
            )
            .await;
        let observed = clock::now();
        report(&listing, "resolved incidents", faults);
        let bodies = listing
            .items
            .iter()
            .map(|wire| map::incident(&self.duty.id, &self.duty.services, wire))
            .filter(|one| one.status == IncidentStatus::Resolved && one.updated >= recent)
            .map(Body::Incident);
        self.facts.emit(observed, bodies);
    }

    async fn duties(&self, faults: &mut Vec<Fault>) {
        let listing: Listing<wire::OnCall> = self.duty.client.on_calls(self.priority).await;
        let observed = clock::now();
        report(&listing, "duties", faults);
        if listing.fault.is_none() {
            let items = map::on_calls(&listing.items);
            self.facts.emit(observed, [Body::OnCall(items)]);
        }
    }

    /// Who is on call in the next weeks.
    pub async fn roster(&self, faults: &mut Vec<Fault>) {
        let services = self.duty.client.services(self.priority).await;
        report(&services, "services", faults);
        if services.fault.is_some() {
            return;
        }
        let policies = map::policies(&self.duty.services, &services.items);
        let from = clock::now();
        let until = from + TimeDelta::days(ROSTER_DAYS);
        if policies.is_empty() {
            return;
        }
        let ids: Vec<&str> = policies.keys().map(Text::as_str).collect();
        let client = &self.duty.client;
        // Too many to be read is not known, and is said where it matters.
        let Some(shifts) = client.shifts(&ids, from, until, self.priority).await else {
            return;
        };
        report(&shifts, "shifts", faults);
        if shifts.fault.is_none() {
            let roster = map::roster(&policies, from, until, &shifts.items);
            self.facts.emit(from, [Body::Roster(roster)]);
        }
    }

    async fn windows(&self, faults: &mut Vec<Fault>) {
        let listing = self.duty.client.maintenance_windows(self.priority).await;
        let observed = clock::now();
        report(&listing, "maintenance windows", faults);
        if listing.fault.is_none() {
            let items = listing
                .items
                .iter()
                .filter_map(|wire| map::window(&self.duty.id, &self.duty.services, wire))
                .collect();
            let scope = Text::new("maintenance");
            self.facts.emit(observed, [Body::Windows { scope, items }]);
        }
    }
}

fn is_due(last: Option<Instant>, every: Duration) -> bool {
    last.is_none_or(|last| clock::tick().saturating_duration_since(last) >= every)
}

fn report<T>(listing: &Listing<T>, what: &str, faults: &mut Vec<Fault>) {
    if let Some(failure) = &listing.fault {
        faults.push(failure.fault.clone());
    }
    if listing.malformed > 0 {
        faults.push(fault(
            Connection::Degraded,
            &format!(
                "{} of {} {what} could not be read and are left out",
                listing.malformed,
                listing.malformed + listing.items.len()
            ),
        ));
    }
}

/// Looks again and again until told to stop.
pub async fn watch(
    duty: &PagerDuty,
    facts: &FactSink,
    mut attention: watch::Receiver<Attention>,
    stop: &CancellationToken,
) {
    let mut memory = Memory::default();
    let mut pace = Pace::new(duty.poll);
    let matters = |attention: &Attention| (attention.refresh, selected(duty, attention));
    let mut refreshed = attention.borrow().refresh;
    loop {
        let (refresh, selected) = matters(&attention.borrow_and_update());
        let asked = refresh != refreshed;
        refreshed = refresh;
        let round = Round {
            duty,
            facts,
            priority: if asked {
                Priority::Person
            } else {
                Priority::Background
            },
            selected,
            whole: asked,
        };
        let fault = tokio::select! {
            () = stop.cancelled() => return,
            fault = round.run(&mut memory) => fault,
        };
        let pause = pace.after(fault.as_ref());
        let health = duty
            .client
            .http
            .health(fault.as_ref(), Some(pace::due(pause)));
        facts.emit(clock::now(), [Body::Health(health)]);
        if pace::rest(pause, &mut attention, matters, stop).await == Woken::Stop {
            return;
        }
    }
}

fn selected(duty: &PagerDuty, attention: &Attention) -> Option<Text> {
    attention
        .incident
        .as_ref()
        .filter(|incident| incident.source == duty.id)
        .map(|incident| incident.key.clone())
}
