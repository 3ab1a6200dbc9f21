//! What belongs to a release, each with the reason why it is counted in.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::Model;
use crate::domain::{
    NoteLink, OperationId, Origin, Release, ReleaseItem, ServiceName, Text, Timestamp, Version,
};

/// What is counted in before the planned start: preparation.
const BEFORE: TimeDelta = TimeDelta::hours(1);
/// How long it goes on when nobody said when it ends.
const USUAL: TimeDelta = TimeDelta::hours(4);

/// Characters of a digest that are shown, with the name of its algorithm.
const DIGEST_SHOWN: usize = 19;

/// One thing that belongs to a release.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// What.
    pub what: Joined,
    /// When it began.
    pub at: Timestamp,
    /// The service that it is about; none when it is about all of it.
    pub service: Option<ServiceName>,
    /// What it is, in a few words.
    pub title: Text,
    /// Why it is counted in, such as `commit 4f2a91c`.
    pub reason: Text,
}

/// What sort of thing, with the way back to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Joined {
    /// A run.
    Run(Origin),
    /// A deployment.
    Deployment(Origin),
    /// Something that waits for a yes.
    Approval(Origin),
    /// A canary.
    Canary(ServiceName),
    /// An incident.
    Incident(Origin),
    /// A note, by its id.
    Note(Text),
    /// An operation.
    Operation(OperationId),
}

impl Joined {
    /// The word for people and for `--json`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::Deployment(_) => "deployment",
            Self::Approval(_) => "approval",
            Self::Canary(_) => "canary",
            Self::Incident(_) => "incident",
            Self::Note(_) => "note",
            Self::Operation(_) => "operation",
        }
    }
}

/// The time of a release.
pub(super) struct Span {
    /// From when.
    pub(super) from: Timestamp,
    until: Timestamp,
}

impl Span {
    fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

impl Model {
    /// All that belongs to a release, oldest first. What carries its version,
    /// commit or digest belongs to it whenever it was; what only has its
    /// service belongs to it while it goes on.
    #[must_use]
    pub fn joins(&self, release: &Release, now: Timestamp) -> Vec<Join> {
        let span = self.span_of(release, now);
        let mut joins = Vec::new();
        for item in &release.items {
            self.join_item(item, span.as_ref(), &mut joins);
        }
        self.join_notes(release, span.as_ref(), &mut joins);
        joins.sort_by(|one, other| (one.at, &one.title).cmp(&(other.at, &other.title)));
        joins
    }

    /// When a release goes on: from an hour before its start, or from when
    /// somebody said that it rolls, until its end, or now while it is not over.
    pub(super) fn span_of(&self, release: &Release, now: Timestamp) -> Option<Span> {
        let moves = self
            .course(&release.id)
            .map_or(&[][..], |course| &course.moves[..]);
        let first = moves.first().map(|first| first.at);
        let from = match (release.start, first) {
            (Some(start), Some(first)) => (start - BEFORE).min(first),
            (Some(start), None) => start - BEFORE,
            (None, Some(first)) => first,
            (None, None) => return None,
        };
        let over = moves.last().filter(|last| last.to.is_over());
        let until = match over {
            Some(last) => last.at,
            None if first.is_some() => now,
            None => release
                .end
                .or(release.start.map(|start| start + USUAL))
                .unwrap_or(now),
        };
        Some(Span {
            from,
            until: until.max(from) + TimeDelta::seconds(1),
        })
    }

    /// The digest of what an item deploys: as it was planned, else as a
    /// deployment of its version tells it. None where nobody does.
    #[must_use]
    pub fn item_digest<'a>(&'a self, item: &'a ReleaseItem) -> Option<&'a Text> {
        item.digest.as_ref().or_else(|| {
            self.environments().into_iter().find_map(|environment| {
                self.deployments(&item.service, environment)
                    .filter(|found| found.value.version == item.to)
                    .find_map(|found| found.value.digest.as_ref())
            })
        })
    }

    /// Why a version, commit or digest belongs to an item. `known` is the
    /// item's digest.
    fn identity(
        &self,
        item: &ReleaseItem,
        version: Option<&Version>,
        commit: Option<&Text>,
        (known, told): (Option<&Text>, Option<&Text>),
    ) -> Option<Text> {
        if let Some(commit) = commit.filter(|commit| self.carries(item, commit)) {
            let short: String = commit.chars().take(7).collect();
            return Some(Text::from(format!("commit {short}")));
        }
        if version == Some(&item.to) {
            return Some(Text::from(format!("version {}", item.to)));
        }
        // Metrics may tell the digest in place of a version.
        let told = told.or(version.map(|version| &version.0))?;
        (Some(told) == known).then(|| {
            let short: String = told.chars().take(DIGEST_SHOWN).collect();
            Text::from(format!("digest {short}"))
        })
    }

    /// The runs that deployed what has this digest.
    fn runs_of_digest(&self, service: &ServiceName, digest: &Text) -> BTreeSet<&Origin> {
        let deployments = self
            .environments()
            .into_iter()
            .flat_map(|environment| self.deployments(service, environment));
        deployments
            .filter(|found| found.value.digest.as_ref() == Some(digest))
            .filter_map(|found| found.value.run.as_ref())
            .collect()
    }

    fn join_item(&self, item: &ReleaseItem, span: Option<&Span>, joins: &mut Vec<Join>) {
        let digest = self.item_digest(item);
        let deployed = digest
            .map(|digest| self.runs_of_digest(&item.service, digest))
            .unwrap_or_default();
        let in_time = |at: Timestamp, what: &str| {
            span.filter(|span| span.holds(at))
                .map(|_| Text::from(format!("{}, {what} during the release", item.service)))
        };
        let mut add = |what: Joined, at: Timestamp, title: String, reason: Text| {
            joins.push(Join {
                what,
                at,
                service: Some(item.service.clone()),
                title: Text::from(title),
                reason,
            });
        };
        for run in self.runs_of(&item.service).map(|found| &found.value) {
            let reason = self.identity(
                item,
                run.version.as_ref(),
                Some(&run.commit),
                (digest, digest.filter(|_| deployed.contains(&run.id))),
            );
            if let Some(reason) = reason {
                let title = format!("{} #{} {}", run.workflow, run.number, run.title);
                add(Joined::Run(run.id.clone()), run.created, title, reason);
            }
        }
        for environment in self.environments() {
            for found in self.deployments(&item.service, environment) {
                let one = &found.value;
                let reason = self
                    .identity(
                        item,
                        Some(&one.version),
                        Some(&one.commit),
                        (digest, one.digest.as_ref()),
                    )
                    .or_else(|| {
                        // What went back belongs to it too.
                        let ours = environment == &item.environment;
                        ours.then(|| in_time(one.created, "deployed"))?
                    });
                if let Some(reason) = reason {
                    let title = format!("{} → {environment}", one.version);
                    add(
                        Joined::Deployment(one.id.clone()),
                        one.created,
                        title,
                        reason,
                    );
                }
            }
        }
        for approval in self.approvals().into_iter().map(|found| found.value) {
            if approval.service != item.service {
                continue;
            }
            let reason = self
                .identity(
                    item,
                    approval.version.as_ref(),
                    Some(&approval.commit),
                    (digest, digest.filter(|_| deployed.contains(&approval.run))),
                )
                .or_else(|| in_time(approval.waiting_since, "asked for"));
            if let Some(reason) = reason {
                let title = format!("{} waits for {}", approval.title, approval.environment);
                let at = approval.waiting_since;
                add(Joined::Approval(approval.id.clone()), at, title, reason);
            }
        }
        if let Some(canary) = self.canary(&item.service) {
            let reading = &canary.value;
            let under_test = reading.canary_version.as_ref();
            let reason = self
                .identity(item, under_test, None, (digest, None))
                .or_else(|| {
                    // A version that the metrics do not tell.
                    let runs = reading.weight.is_some_and(|weight| weight > 0.0);
                    (runs && under_test.is_none())
                        .then(|| in_time(reading.step_since.unwrap_or(canary.observed), "tested"))?
                });
            if let Some(reason) = reason {
                let at = reading.step_since.unwrap_or(canary.observed);
                let title = "under test".to_owned();
                add(Joined::Canary(item.service.clone()), at, title, reason);
            }
        }
        for incident in self.incidents.values().map(|found| &found.value) {
            if incident.service.as_ref() == Some(&item.service)
                && let Some(reason) = in_time(incident.created, "triggered")
            {
                let title = format!("#{} {}", incident.number, incident.title);
                add(
                    Joined::Incident(incident.id.clone()),
                    incident.created,
                    title,
                    reason,
                );
            }
        }
        for record in self.operations() {
            let Some(first) = record.history.first() else {
                continue;
            };
            if record.intent.service.as_ref() == Some(&item.service)
                && let Some(reason) = in_time(first.at, "done")
            {
                let title = record.summary.to_string();
                add(
                    Joined::Operation(record.id.clone()),
                    first.at,
                    title,
                    reason,
                );
            }
        }
    }

    fn join_notes(&self, release: &Release, span: Option<&Span>, joins: &mut Vec<Join>) {
        for note in self.notes() {
            let linked = note
                .links
                .iter()
                .any(|link| matches!(link, NoteLink::Release(id) if id == &release.id));
            let service = note.links.iter().find_map(|link| match link {
                NoteLink::Service(name) => Some(name),
                _ => None,
            });
            let in_it = release
                .items
                .iter()
                .any(|item| Some(&item.service) == service);
            let reason = if linked {
                Text::new("written about this release")
            } else if let (Some(service), true) = (service, in_it)
                && span.is_some_and(|span| span.holds(note.at))
            {
                Text::from(format!("{service}, written during the release"))
            } else {
                continue;
            };
            let first = note.lines.first().map_or("", |line| line.as_str());
            joins.push(Join {
                what: Joined::Note(note.id.clone()),
                at: note.at,
                service: service.cloned(),
                title: Text::from(format!("{}: {first}", note.author)),
                reason,
            });
        }
    }
}
