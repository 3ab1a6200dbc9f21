//! What speaks for and against one way back: one pure function from what is
//! known to what each guard says. What is not known is said, and never passes
//! for good.

mod changes;

use chrono::TimeDelta;

use super::facts::{Dependent, Goes, Published, Told, WayBack};
use crate::domain::{
    DeploymentState, Guard, GuardVerdict as Verdict, Mechanism, OperationState, Quality, Text,
    Timestamp,
};

/// Names that are said of a longer list.
const SHOWN: usize = 3;
/// A deployment that has not moved for so long is not believed to be at work:
/// nobody may be kept from going back by a record that nobody closed.
const STUCK: TimeDelta = TimeDelta::hours(6);
/// A run can be run again for so many days (GitHub documentation, "Re-running
/// workflows and jobs").
const RERUN_DAYS: i64 = 30;

/// Asks every guard, in the order to show.
#[must_use]
pub fn judge(way: &WayBack, now: Timestamp) -> Vec<Guard> {
    let mut guards = Guards(Vec::new());
    guards.version(way);
    guards.once(way);
    guards.mechanism(way, now);
    guards.target(way);
    guards.in_flight(way, now);
    guards.schema(way);
    guards.fixes(way);
    guards.configuration(way);
    guards.dependents(&way.dependents, way);
    guards.artifact(way);
    guards.gitops(way);
    guards.freeze(way);
    guards.0
}

/// What the guard of dependents says, once a plan knows what it does about
/// them.
#[must_use]
pub fn dependents(way: &WayBack) -> Vec<Guard> {
    let mut guards = Guards(Vec::new());
    guards.dependents(&way.dependents, way);
    guards.0
}

struct Guards(Vec<Guard>);

impl Guards {
    fn add(&mut self, name: &str, verdict: Verdict, sentence: impl AsRef<str>) {
        self.0.push(Guard {
            name: Text::new(name),
            verdict,
            sentence: Text::new(sentence.as_ref()),
        });
    }

    /// Double rollback: what is not at `from` is left alone.
    fn version(&mut self, way: &WayBack) {
        let (from, to) = (&way.from, &way.to);
        match &way.serving {
            Some(serving) if serving == to => self.add(
                "version",
                Verdict::Refused,
                format!("{to} already serves; there is nothing to roll back"),
            ),
            Some(serving) if serving != from => self.add(
                "version",
                Verdict::Refused,
                format!("{serving} serves now, not {from}: nothing is sent"),
            ),
            Some(_) => self.add("version", Verdict::Ok, format!("{from} is what serves")),
            None => self.add(
                "version",
                Verdict::NotKnown,
                format!("it is not known what {} serves", way.environment),
            ),
        }
    }

    fn once(&mut self, way: &WayBack) {
        for record in &way.operations {
            let Some((from, to)) = record.intent.act.from_to() else {
                continue;
            };
            let same = from == &way.from && to == &way.to;
            let who = &record.actor;
            let at = record.history.first().map_or_else(String::new, |first| {
                first.at.format(" at %H:%MZ").to_string()
            });
            match record.state {
                OperationState::Confirmed | OperationState::Sent | OperationState::Accepted => self
                    .add(
                        "once",
                        Verdict::Refused,
                        format!("{who} began to go back to {to}{at}, and it is under way"),
                    ),
                OperationState::Proposed => self.add(
                    "once",
                    Verdict::Refused,
                    format!(
                        "{who} proposed to go back to {to}{at}, and it waits for another person"
                    ),
                ),
                OperationState::Unknown => self.add(
                    "once",
                    Verdict::Warn,
                    format!(
                        "{who} began to go back to {to}{at}, and nobody knows whether it happened: \
                         look first"
                    ),
                ),
                OperationState::Observed if same => self.add(
                    "once",
                    Verdict::Warn,
                    format!("{who} did the same{at}, and it was seen to have worked"),
                ),
                OperationState::Observed if from == &way.to => self.add(
                    "once",
                    Verdict::Warn,
                    format!("{who} went back from {from}{at}: this brings it again"),
                ),
                OperationState::Observed | OperationState::Failed => {}
            }
        }
    }

    fn mechanism(&mut self, way: &WayBack, now: Timestamp) {
        match &way.mechanism {
            Mechanism::Missing { why } => self.add("mechanism", Verdict::Refused, why.as_str()),
            Mechanism::Workflow { .. } => {}
            Mechanism::Undo { revision, .. } => self.add(
                "mechanism",
                Verdict::Ok,
                format!("the cluster still has {} as revision {revision}", way.to),
            ),
            Mechanism::Rerun { number, .. } => match way.run_made {
                None => self.add(
                    "mechanism",
                    Verdict::NotKnown,
                    format!("the run that deployed {} is not read yet", way.to),
                ),
                Some(made) if (now - made).num_days() >= RERUN_DAYS => self.add(
                    "mechanism",
                    Verdict::Refused,
                    format!(
                        "run #{number}, which deployed {}, is older than {RERUN_DAYS} days and \
                         cannot be run again",
                        way.to
                    ),
                ),
                Some(_) => self.add(
                    "mechanism",
                    Verdict::Warn,
                    format!(
                        "run #{number} runs again as a whole: with the workflow file of {}, the \
                         rights of whoever started it then, the secrets of today, and its \
                         approvals asked anew",
                        way.to
                    ),
                ),
            },
        }
    }

    fn target(&mut self, way: &WayBack) {
        let Some(seconds) = way.record.served else {
            return self.add("target", Verdict::Refused, way.record.why.as_str());
        };
        let verdict = match way.record.quality {
            Quality::Good => Verdict::Ok,
            Quality::Bad => Verdict::Warn,
            Quality::NotKnown => Verdict::NotKnown,
        };
        let word = way.record.quality.word();
        self.add(
            "target",
            verdict,
            format!(
                "{} served {} and counts as {word}: {}",
                way.to,
                span(seconds),
                way.record.why
            ),
        );
    }

    fn in_flight(&mut self, way: &WayBack, now: Timestamp) {
        let mut quiet = true;
        for deployment in &way.moving {
            let version = &deployment.version;
            let leaving = version == &way.from;
            match deployment.state {
                DeploymentState::Waiting if version == &way.to => continue,
                DeploymentState::Waiting => self.add(
                    "in flight",
                    Verdict::Warn,
                    format!("{version} waits for a yes: given afterwards, it comes again"),
                ),
                DeploymentState::Queued | DeploymentState::InProgress if leaving => self.add(
                    "in flight",
                    Verdict::Warn,
                    format!(
                        "the deployment of {version} is still at work{}: unless this ends it, it \
                         can bring {version} again",
                        if way.under_test { " as a canary" } else { "" }
                    ),
                ),
                DeploymentState::Queued | DeploymentState::InProgress
                    if now - deployment.updated > STUCK =>
                {
                    self.add(
                        "in flight",
                        Verdict::Warn,
                        format!(
                            "a deployment of {version} is said to be under way and has not moved \
                             for {}: look whether it is",
                            span((now - deployment.updated).num_seconds())
                        ),
                    );
                }
                DeploymentState::Queued | DeploymentState::InProgress => self.add(
                    "in flight",
                    Verdict::Refused,
                    format!(
                        "a deployment of {version} is under way, and whichever ends last serves: \
                         wait for its end, or stop it first"
                    ),
                ),
                _ => continue,
            }
            quiet = false;
        }
        if quiet {
            self.add("in flight", Verdict::Ok, "no other deployment is under way");
        }
    }

    fn dependents(&mut self, dependents: &[Dependent], way: &WayBack) {
        let name = |one: &Dependent| format!("{} {}", one.service, one.version);
        let of = |goes: Goes| -> Vec<String> {
            dependents
                .iter()
                .filter(|one| one.later && one.goes == goes)
                .map(name)
                .collect()
        };
        let (stuck, staying, going) = (of(Goes::Cannot), of(Goes::Stays), of(Goes::Before));
        if !stuck.is_empty() {
            self.add(
                "dependents",
                Verdict::Refused,
                format!(
                    "{} came after {} and may need it, and cannot go back before",
                    some(&stuck),
                    way.from
                ),
            );
        }
        if !staying.is_empty() {
            self.add(
                "dependents",
                Verdict::Warn,
                format!(
                    "{} came after {} and may need it: look, or take it back in the same plan",
                    some(&staying),
                    way.from
                ),
            );
        }
        if stuck.is_empty() && staying.is_empty() {
            let sentence = if going.is_empty() {
                format!("no service that depends on it came after {}", way.from)
            } else {
                format!("{} goes back before it", some(&going))
            };
            self.add("dependents", Verdict::Ok, sentence);
        }
    }

    fn artifact(&mut self, way: &WayBack) {
        let to = &way.to;
        match (way.published, &way.changes) {
            (Published::Listed, _) => {
                self.add("artifact", Verdict::Ok, format!("{to} is still published"));
            }
            (Published::Gone, _) => self.add(
                "artifact",
                Verdict::Warn,
                format!("{to} is published no more: look whether its image is still there"),
            ),
            (Published::NotKnown, Told::Known(_)) => self.add(
                "artifact",
                Verdict::NotKnown,
                format!("the code of {to} is there; whether its image is, nobody tells"),
            ),
            (Published::NotKnown, _) => self.add(
                "artifact",
                Verdict::NotKnown,
                format!("it is not known whether {to} is still published"),
            ),
        }
    }

    fn gitops(&mut self, way: &WayBack) {
        if let Some(system) = &way.gitops {
            self.add(
                "gitops",
                Verdict::NotKnown,
                format!(
                    "{system} deploys it from Git, and tminus cannot ask it: while it syncs by \
                     itself, it brings {} again",
                    way.from
                ),
            );
        }
    }

    fn freeze(&mut self, way: &WayBack) {
        for freeze in &way.freezes {
            self.add(
                "freeze",
                Verdict::Ok,
                format!("the freeze `{freeze}` is in force; going back is allowed, and recorded"),
            );
        }
    }
}

fn some(names: &[String]) -> String {
    let more = names.len().saturating_sub(SHOWN);
    let shown = names
        .iter()
        .take(SHOWN)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if more > 0 {
        format!("{shown} and {more} more")
    } else {
        shown
    }
}

/// A span of seconds for people: `42 s`, `12 min`, `3 h`, `6 d`.
#[must_use]
pub fn span(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{} s", seconds.max(0)),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests;
