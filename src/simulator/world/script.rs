//! The lines of the script, acted out.

use crate::simulator::scenario::Action;

use super::{
    World,
    agenda::{FaultOrder, Step},
    incident::{Alert, IncidentStatus},
    names,
    run::{Fate, Workflow},
};

impl World {
    pub(super) fn act_out(&mut self, action: Action) {
        match action {
            Action::Push {
                service,
                headline,
                repeat,
                flaky,
            } => {
                if let Some(service) = self.service(&service) {
                    self.push(service, headline.repeat(repeat), flaky);
                }
            }
            Action::Busy { service, every } => {
                if let Some(index) = self.service(&service) {
                    let headline = names::headline(&mut self.rng);
                    self.push(index, headline, false);
                    self.schedule_in(every, Step::Script(Action::Busy { service, every }));
                }
            }
            Action::Release {
                service,
                version,
                canary,
                broken,
                headline,
                files,
                page,
            } => {
                let fate = match (canary, broken) {
                    (true, _) => Fate::Canary,
                    (false, true) => Fate::Broken,
                    (false, false) => Fate::Plain,
                };
                if let Some(service) = self.service(&service) {
                    self.release(service, &version, fate, &headline, files, page);
                }
            }
            Action::RollOut { service, version } => {
                if let Some(service) = self.service(&service) {
                    self.roll_out(service, &version);
                }
            }
            Action::Approve { service, comment } => {
                let run = self
                    .service(&service)
                    .and_then(|service| self.live_run(service, Workflow::Release));
                if let Some(run) = run {
                    let person = self.anybody();
                    // What no longer waits needs no approval.
                    let _ = self.review(run, person, true, &comment);
                }
            }
            Action::Weight { service, percent } => {
                if let Some(service) = self.service(&service) {
                    self.canary_step(service, percent);
                }
            }
            Action::Trouble {
                service,
                errors,
                slowness,
            } => {
                let canary = self
                    .service(&service)
                    .and_then(|service| self.services[service].traffic.as_mut())
                    .and_then(|traffic| traffic.canary.as_mut());
                if let Some(canary) = canary {
                    canary.error_ratio = errors;
                    canary.slowness = slowness;
                }
            }
            Action::Alert {
                service,
                name,
                summary,
                firing,
            } => self.raise(&service, name, summary, firing),
            Action::Incident {
                service,
                title,
                high,
                while_canary,
            } => {
                if let Some(service) = self.service(&service)
                    && (!while_canary || self.has_canary(service))
                {
                    self.trigger(service, &title, high);
                }
            }
            Action::Settle { service, resolve } => {
                let service = self.service(&service);
                let open = self.incidents.iter().rev().find(|incident| {
                    Some(incident.service) == service && incident.status != IncidentStatus::Resolved
                });
                if let Some(id) = open.map(|incident| incident.id.clone()) {
                    let person = self.anybody();
                    if resolve {
                        self.resolve(&id, person, None);
                    } else {
                        self.acknowledge(&id, person);
                    }
                }
            }
            Action::Fault {
                vendor,
                kind,
                seconds,
            } => {
                let until = self.now + self.clock.scaled(seconds);
                self.fault_orders.push(FaultOrder {
                    vendor,
                    kind,
                    until,
                });
            }
        }
    }

    fn has_canary(&self, service: usize) -> bool {
        self.services[service]
            .traffic
            .as_ref()
            .is_some_and(|traffic| traffic.canary.is_some())
    }

    /// An alert about a canary: none is raised when the canary is gone.
    fn raise(&mut self, service: &str, name: String, summary: String, firing: bool) {
        let Some(service) = self.service(service) else {
            return;
        };
        if !self.has_canary(service) {
            return;
        }
        let value = self.services[service]
            .traffic
            .as_ref()
            .and_then(|traffic| traffic.canary.as_ref())
            .map_or(0.0, |canary| canary.error_ratio);
        if let Some(alert) = self
            .alerts
            .iter_mut()
            .find(|alert| alert.service == service && alert.name == name)
        {
            alert.firing = firing;
            return;
        }
        self.alerts.push(Alert {
            name,
            service,
            severity: "page".to_owned(),
            summary,
            since: self.now,
            firing,
            value,
        });
    }
}
