//! What `tminus release --json` prints.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::report::VERSION;
use crate::{
    analysis::releases::cut::WhatIf,
    domain::{
        CheckState, Release, ReleaseItem, ReleaseKind, ReleaseState, Risk, Text, Timestamp,
        VersionPage,
    },
    model::{Awaiting, Model},
};

/// `tminus release list --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReleaseList {
    /// Version of this contract.
    pub version: u32,
    /// All releases, the earliest planned start first.
    pub releases: Vec<ReleaseDetail>,
    /// What awaits a release, longest waiting first.
    pub awaiting: Vec<AwaitingReport>,
}

/// One release.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReleaseDetail {
    /// Short id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// What sort.
    pub kind: ReleaseKind,
    /// Its state.
    pub state: ReleaseState,
    /// Whether people gave it its state; the facts show it when not.
    pub declared: bool,
    /// For a held release: where it goes on.
    pub held_from: Option<ReleaseState>,
    /// The state that the facts show, where people say another one.
    pub proposal: Option<ProposalReport>,
    /// Who runs it.
    pub captain: Option<String>,
    /// When it is planned; null when it has no time.
    pub window: Option<WindowOfRelease>,
    /// When its content was fixed, of a train; null for any other.
    pub branch: Option<Timestamp>,
    /// How risky it is, and why.
    pub risk: Risk,
    /// What goes where.
    pub services: Vec<ItemReport>,
    /// What was cut.
    pub cut: Vec<CutItem>,
    /// What people see to.
    pub checks: Vec<CheckReport>,
    /// What is checked by itself.
    pub gates: Vec<GateReport>,
    /// What the calendar has against it, a sentence each.
    pub conflicts: Vec<String>,
    /// The item that holds it up the longest; null when all is there.
    pub long_pole: Option<PoleReport>,
    /// What waits for a person.
    pub waits: Vec<WaitReport>,
    /// Each change of state, oldest first.
    pub course: Vec<MoveReport>,
    /// All that belongs to it, oldest first.
    pub joins: Vec<JoinReport>,
    /// Its pages.
    pub links: Vec<LinkReport>,
    /// When its review has to be done; null when it needs none.
    pub review_due: Option<Timestamp>,
    /// Who did it; null when nobody did yet.
    pub reviewed_by: Option<String>,
    /// The states that may follow, the next on the way first.
    pub follows: Vec<ReleaseState>,
}

/// A state that the facts show.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProposalReport {
    /// The state.
    pub state: ReleaseState,
    /// What shows it.
    pub reason: String,
}

/// When a release is planned.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WindowOfRelease {
    /// Planned start.
    pub start: Option<Timestamp>,
    /// Planned end.
    pub end: Option<Timestamp>,
}

/// One service's part.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ItemReport {
    /// The service.
    pub name: String,
    /// The environment that counts.
    pub environment: String,
    /// The version before; null when it is not known.
    pub from: Option<String>,
    /// The version after.
    pub to: String,
    /// Full commit hash of the version after; null when not known.
    pub commit: Option<String>,
    /// Digest of what is deployed; null when not known.
    pub digest: Option<String>,
    /// `there`, `canary`, `waiting`, `moving`, `rolled_back` or `not_started`.
    pub progress: &'static str,
    /// What serves now; null when not known.
    pub serves: Option<String>,
    /// What each environment serves.
    pub environments: Vec<PlaceReport>,
    /// Services of the release that it needs and that are not there yet.
    pub needs: Vec<String>,
    /// How risky it is, and why.
    pub risk: Risk,
}

/// What one environment serves of a service.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlaceReport {
    /// The environment.
    pub name: String,
    /// What it serves.
    pub serves: String,
    /// Since when.
    pub since: Timestamp,
    /// Whether that is the version after.
    pub there: bool,
}

/// What was cut.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CutItem {
    /// The service.
    pub name: String,
    /// The version that would have gone out.
    pub to: String,
}

/// One check.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckReport {
    /// Short id.
    pub id: String,
    /// What has to be so.
    pub what: String,
    /// The state that it has to be done before.
    pub before: ReleaseState,
    /// Whether the release goes on without it.
    pub required: bool,
    /// Where it stands.
    pub state: CheckState,
}

/// One gate.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GateReport {
    /// Its name.
    pub name: String,
    /// Whether it is met; null when nobody can tell.
    pub met: Option<bool>,
    /// Why.
    pub reason: String,
}

/// What holds a release up.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PoleReport {
    /// The service.
    pub service: String,
    /// Why.
    pub reason: String,
}

/// What waits for a person.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WaitReport {
    /// The service.
    pub service: String,
    /// What it waits for.
    pub what: String,
    /// Who can end the wait; empty when nobody is named.
    pub whom: Vec<String>,
    /// Since when.
    pub since: Timestamp,
}

/// One change of state.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MoveReport {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why; empty where no reason was needed.
    pub why: String,
    /// The state before.
    pub from: ReleaseState,
    /// The state after.
    pub to: ReleaseState,
    /// Gates that were not met.
    pub unmet: Vec<String>,
}

/// One thing that belongs to a release.
#[derive(Debug, Serialize, JsonSchema)]
pub struct JoinReport {
    /// `run`, `deployment`, `approval`, `canary`, `incident`, `note` or
    /// `operation`.
    pub kind: &'static str,
    /// When it began.
    pub at: Timestamp,
    /// The service that it is about; null when it is about all of it.
    pub service: Option<String>,
    /// What it is.
    pub title: String,
    /// Why it is counted in.
    pub reason: String,
}

/// One page.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LinkReport {
    /// What it is.
    pub title: String,
    /// Where it is.
    pub url: String,
}

/// A version that awaits its release.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AwaitingReport {
    /// The service.
    pub service: String,
    /// The production environment.
    pub environment: String,
    /// What production serves; null when not known.
    pub from: Option<String>,
    /// What awaits.
    pub to: String,
    /// Full commit hash; null when not known.
    pub commit: Option<String>,
    /// How it was found.
    pub found: String,
    /// Since when it waits.
    pub since: Timestamp,
}

/// `tminus release cut --dry-run --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CutReport {
    /// Version of this contract.
    pub version: u32,
    /// The release.
    pub release: String,
    /// The service that leaves.
    pub leaves: String,
    /// The version that would have gone out.
    pub to: String,
    /// The services that stay.
    pub stays: Vec<String>,
    /// What stays and needs what leaves.
    pub affected: Vec<AffectedReport>,
    /// What stays and was needed only by what leaves.
    pub idle: Vec<String>,
}

/// `tminus release publish --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PublishReport {
    /// Version of this contract.
    pub version: u32,
    /// The release.
    pub release: String,
    /// What became of each page.
    pub pages: Vec<PageReport>,
}

/// What became of one page.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PageReport {
    /// The service.
    pub service: String,
    /// The version.
    #[serde(rename = "to")]
    pub version: String,
    /// The repository that the page is in; null when it is not known.
    pub repository: Option<String>,
    /// The tag that it is about; null when it is not known.
    pub tag: Option<String>,
    /// `observed`, `there` where nothing had to be done, `not_sent`, `refused`
    /// or `unknown`.
    pub outcome: &'static str,
    /// What was seen, or why it was not done.
    pub detail: String,
}

impl PageReport {
    /// A page that nothing is known of.
    pub(super) fn of(item: &ReleaseItem, outcome: &'static str, detail: String) -> Self {
        Self {
            service: item.service.to_string(),
            version: item.to.to_string(),
            repository: None,
            tag: None,
            outcome,
            detail,
        }
    }

    /// A page whose place is known.
    pub(super) fn at(found: &VersionPage, outcome: &'static str, detail: String) -> Self {
        Self {
            service: found.service.to_string(),
            version: found.version.to_string(),
            repository: Some(text(&found.repository)),
            tag: found.tag.as_ref().map(text),
            outcome,
            detail,
        }
    }
}

/// What stays and needs what leaves.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AffectedReport {
    /// The service.
    pub service: String,
    /// Why.
    pub reason: String,
}

fn text(text: &Text) -> String {
    text.to_string()
}

impl ReleaseList {
    pub(super) fn of(model: &Model, now: Timestamp) -> Self {
        Self {
            version: VERSION,
            releases: model
                .releases_in_order()
                .into_iter()
                .map(|release| ReleaseDetail::of(model, release, now))
                .collect(),
            awaiting: model.awaiting().iter().map(AwaitingReport::of).collect(),
        }
    }
}

impl AwaitingReport {
    fn of(one: &Awaiting) -> Self {
        Self {
            service: one.service.to_string(),
            environment: one.environment.to_string(),
            from: one.from.as_ref().map(ToString::to_string),
            to: one.to.to_string(),
            commit: one.commit.as_ref().map(text),
            found: text(&one.found),
            since: one.since,
        }
    }
}

impl CutReport {
    pub(super) fn of(release: &Release, found: &WhatIf<'_>) -> Self {
        Self {
            version: VERSION,
            release: text(&release.id),
            leaves: found.leaves.service.to_string(),
            to: found.leaves.to.to_string(),
            stays: found
                .stays
                .iter()
                .map(|item| item.service.to_string())
                .collect(),
            affected: found
                .affected
                .iter()
                .map(|(service, reason)| AffectedReport {
                    service: service.to_string(),
                    reason: text(reason),
                })
                .collect(),
            idle: found.idle.iter().map(ToString::to_string).collect(),
        }
    }
}

impl ReleaseDetail {
    pub(super) fn of(model: &Model, release: &Release, now: Timestamp) -> Self {
        let view = model.release_view(release, now);
        let course = model.course(&release.id);
        let window =
            (release.start.is_some() || release.end.is_some()).then_some(WindowOfRelease {
                start: release.start,
                end: release.end,
            });
        Self {
            id: text(&release.id),
            name: text(&release.name),
            branch: release.branch,
            kind: release.kind,
            state: view.state,
            declared: release.declared.is_some(),
            held_from: course
                .and_then(|course| course.standing)
                .and_then(|standing| standing.held_from),
            proposal: view.proposal.as_ref().map(|proposal| ProposalReport {
                state: proposal.state,
                reason: text(&proposal.reason),
            }),
            captain: release.captain.as_ref().map(text),
            window,
            risk: model.release_risk(release, now),
            services: items(model, &view, now),
            cut: course
                .map_or(&[][..], |course| &course.cut[..])
                .iter()
                .map(cut)
                .collect(),
            checks: checks(release),
            gates: model
                .gates(release)
                .into_iter()
                .map(|gate| GateReport {
                    name: text(&gate.name),
                    met: gate.met,
                    reason: text(&gate.sentence),
                })
                .collect(),
            conflicts: model.conflicts(release).iter().map(text).collect(),
            long_pole: model
                .long_pole(&view, now)
                .filter(|_| !view.state.is_over())
                .map(|(service, reason)| PoleReport {
                    service: service.to_string(),
                    reason: text(&reason),
                }),
            waits: model
                .waits_for(&view)
                .into_iter()
                .map(|wait| WaitReport {
                    service: wait.service.to_string(),
                    what: text(&wait.what),
                    whom: wait.whom.iter().map(text).collect(),
                    since: wait.since,
                })
                .collect(),
            course: course
                .map_or(&[][..], |course| &course.moves[..])
                .iter()
                .map(|one| MoveReport {
                    at: one.at,
                    by: text(&one.by),
                    why: text(&one.why),
                    from: one.from,
                    to: one.to,
                    unmet: one.unmet.iter().map(text).collect(),
                })
                .collect(),
            joins: model
                .joins(release, now)
                .into_iter()
                .map(|join| JoinReport {
                    kind: join.what.word(),
                    at: join.at,
                    service: join.service.map(|service| service.to_string()),
                    title: text(&join.title),
                    reason: text(&join.reason),
                })
                .collect(),
            links: release
                .links
                .iter()
                .map(|link| LinkReport {
                    title: text(&link.title),
                    url: text(&link.url),
                })
                .collect(),
            review_due: release.review_due,
            reviewed_by: course
                .and_then(|course| course.reviewed.as_ref())
                .map(|(_, who)| text(who)),
            follows: model.following_states(&view),
        }
    }
}

fn items(model: &Model, view: &crate::model::ReleaseView<'_>, now: Timestamp) -> Vec<ItemReport> {
    let mut risks = model.item_risks(view.release, now).into_iter();
    view.items
        .iter()
        .map(|one| ItemReport {
            name: one.item.service.to_string(),
            environment: one.item.environment.to_string(),
            from: model
                .item_span(one.item)
                .map(|(from, _)| from.to_string())
                .or_else(|| one.item.from.as_ref().map(ToString::to_string)),
            to: one.item.to.to_string(),
            commit: model.item_commit(one.item).map(text),
            digest: model.item_digest(one.item).map(text),
            progress: one.word(),
            serves: one.serves.map(ToString::to_string),
            environments: model
                .item_places(one.item)
                .into_iter()
                .map(|(name, served)| PlaceReport {
                    name: name.to_string(),
                    serves: served.version.to_string(),
                    since: served.since,
                    there: served.version == &one.item.to,
                })
                .collect(),
            needs: model
                .needs_first(view, one.item)
                .into_iter()
                .filter(|_| !one.there)
                .map(ToString::to_string)
                .collect(),
            risk: risks.next().map(|item| item.risk).unwrap_or_default(),
        })
        .collect()
}

fn cut(item: &ReleaseItem) -> CutItem {
    CutItem {
        name: item.service.to_string(),
        to: item.to.to_string(),
    }
}

fn checks(release: &Release) -> Vec<CheckReport> {
    release
        .checklist
        .iter()
        .map(|check| CheckReport {
            id: text(&check.id),
            what: text(&check.what),
            before: check.before,
            required: check.required,
            state: check.state,
        })
        .collect()
}
