//! What is checked by itself before a release rolls. A gate that nobody can
//! tell about is not met.

use super::Model;
use crate::{
    analysis::canary::Verdict,
    domain::{Release, ReleaseItem, ReleaseState, SourceId, Text},
    model::{CanaryNow, ConflictKind},
};

/// One gate as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// Its name.
    pub name: Text,
    /// Whether it is met; none when nobody can tell.
    pub met: Option<bool>,
    /// Why, in a sentence.
    pub sentence: Text,
}

impl Model {
    /// The gates of a release, in the order of its template.
    #[must_use]
    pub fn gates(&self, release: &Release) -> Vec<Gate> {
        release
            .gates
            .iter()
            .map(|name| {
                let (met, sentence) = match name.as_str() {
                    "calendar" => self.calendar_gate(release),
                    "captain" => captain_gate(release),
                    "pipelines" => Self::over_items(release, "no pipeline of it failed", |item| {
                        self.pipeline_of(item)
                    }),
                    "incidents" => self.incident_gate(release),
                    "canary" => {
                        Self::over_items(release, "no canary fails", |item| self.canary_of(item))
                    }
                    _ => (None, "tminus knows no gate of this name".to_owned()),
                };
                Gate {
                    name: name.clone(),
                    met,
                    sentence: Text::from(sentence),
                }
            })
            .collect()
    }

    /// The gates that speak against a change of state: those that are not met
    /// when something is about to move, and none before.
    #[must_use]
    pub fn unmet_gates(&self, release: &Release, to: ReleaseState) -> Vec<Text> {
        if to != ReleaseState::Rolling {
            return Vec::new();
        }
        self.gates(release)
            .into_iter()
            .filter(|gate| gate.met != Some(true))
            .map(|gate| Text::from(format!("{}: {}", gate.name, gate.sentence)))
            .collect()
    }

    fn calendar_gate(&self, release: &Release) -> (Option<bool>, String) {
        let conflicts = self.conflicts_of(release);
        let blocking = conflicts
            .iter()
            .filter(|conflict| conflict.kind.is_of_time())
            .min_by_key(|conflict| conflict.kind == ConflictKind::NotKnown);
        match blocking {
            Some(one) if one.kind == ConflictKind::NotKnown => (None, one.sentence.to_string()),
            Some(one) => (Some(false), one.sentence.to_string()),
            None if release.start.is_none() => (None, "it has no time".to_owned()),
            None => (
                Some(true),
                "nothing in the calendar is against it".to_owned(),
            ),
        }
    }

    fn incident_gate(&self, release: &Release) -> (Option<bool>, String) {
        let found = release.items.iter().find_map(|item| {
            let incident = self.urgent_incidents(&item.service).next()?;
            Some(format!(
                "{} has an open incident, #{} {}",
                item.service, incident.number, incident.title
            ))
        });
        if let Some(why) = found {
            return (Some(false), why);
        }
        if self.open_incidents.is_empty() {
            return (None, "no system that knows incidents was read".to_owned());
        }
        let mut sources = self.open_incidents.keys();
        match sources.find_map(|source| self.silence(source)) {
            Some(why) => (None, why),
            None => (Some(true), "no urgent incident is open".to_owned()),
        }
    }

    /// Why what a system told last does not tell what is so now; none while it
    /// answers.
    fn silence(&self, source: &SourceId) -> Option<String> {
        let health = &self.health_of(source)?.value;
        health
            .is_away()
            .then(|| format!("{source} does not answer: {}", health.cause()))
    }

    /// The first item that speaks against it, else the first that nobody can
    /// tell about, else yes.
    fn over_items(
        release: &Release,
        all_well: &str,
        of: impl Fn(&ReleaseItem) -> Result<(), (Option<bool>, String)>,
    ) -> (Option<bool>, String) {
        release
            .items
            .iter()
            .filter_map(|item| of(item).err())
            .min_by_key(|(met, _)| met.is_none())
            .unwrap_or_else(|| (Some(true), all_well.to_owned()))
    }

    /// The newest run that carries the item.
    fn pipeline_of(&self, item: &ReleaseItem) -> Result<(), (Option<bool>, String)> {
        let run = self
            .runs_of(&item.service)
            .map(|found| &found.value)
            .find(|run| run.version.as_ref() == Some(&item.to) || self.carries(item, &run.commit))
            .ok_or_else(|| {
                let why = format!("no run of {} {} is known", item.service, item.to);
                (None, why)
            })?;
        if run.state.is_failed() {
            let why = format!("{} #{} failed", item.service, run.number);
            return Err((Some(false), why));
        }
        // It, or a newer one, may have failed since.
        match self.silence(&run.id.source) {
            Some(why) => Err((None, why)),
            None => Ok(()),
        }
    }

    fn canary_of(&self, item: &ReleaseItem) -> Result<(), (Option<bool>, String)> {
        match self.canary_now(&item.service, &item.environment) {
            CanaryNow::Runs(_, judgement) if judgement.verdict == Verdict::Fail => Err((
                Some(false),
                format!("{}: {}", item.service, judgement.sentence),
            )),
            CanaryNow::Runs(_, judgement)
                if !matches!(judgement.verdict, Verdict::Pass | Verdict::Marginal) =>
            {
                Err((None, format!("{}: {}", item.service, judgement.sentence)))
            }
            CanaryNow::NotKnown => {
                let why = format!("how the canary of {} is is not known", item.service);
                Err((None, why))
            }
            CanaryNow::Runs(..) | CanaryNow::None => {
                let source = self
                    .catalog
                    .service(&item.service)
                    .and_then(|spec| spec.canary.as_ref())
                    .filter(|canary| canary.environment == item.environment)
                    .map(|canary| &canary.source);
                match source.and_then(|source| self.silence(source)) {
                    Some(why) => Err((None, why)),
                    None => Ok(()),
                }
            }
        }
    }

    /// Whether a commit is that of an item.
    pub(super) fn carries(&self, item: &ReleaseItem, commit: &Text) -> bool {
        !commit.is_empty() && self.item_commit(item) == Some(commit)
    }

    /// The full commit hash of an item, declared or by a deployment or run of
    /// its version.
    #[must_use]
    pub fn item_commit<'a>(&'a self, item: &'a ReleaseItem) -> Option<&'a Text> {
        item.commit
            .as_ref()
            .or_else(|| {
                self.environments()
                    .into_iter()
                    .flat_map(|name| self.deployments(&item.service, name))
                    .find(|deployment| deployment.value.version == item.to)
                    .map(|deployment| &deployment.value.commit)
            })
            .or_else(|| {
                self.runs_of(&item.service)
                    .find(|run| run.value.version.as_ref() == Some(&item.to))
                    .map(|run| &run.value.commit)
            })
            .filter(|commit| !commit.is_empty())
    }
}

fn captain_gate(release: &Release) -> (Option<bool>, String) {
    match &release.captain {
        Some(captain) => (Some(true), format!("{captain} runs it")),
        None => (Some(false), "nobody runs it".to_owned()),
    }
}
