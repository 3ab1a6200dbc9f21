//! Questions that the systems answer.

use std::collections::BTreeSet;

use super::{Found, Part, clock, known::Known, no_change, ships};
use crate::{
    domain::{Act, Conclusion, Deployment, DeploymentState, PullRequest, Run, RunState, Text},
    evidence::operation::Operation,
};

impl Known<'_> {
    pub(super) fn author(&self, operation: &Operation) -> Part {
        if !ships(operation) {
            return no_change();
        }
        let Some(comparison) = self.comparison(operation) else {
            return self.not_read("the commits");
        };
        let authors: BTreeSet<&str> = comparison
            .commits
            .iter()
            .map(|commit| commit.author.as_str())
            .collect();
        if authors.is_empty() {
            return (
                Found::Missing,
                format!(
                    "between {} and {} no commit is known",
                    comparison.base, comparison.head
                ),
            );
        }
        let says = format!(
            "{} of {} commits between {} and {}, by {}",
            comparison.commits.len(),
            comparison.ahead,
            comparison.base,
            comparison.head,
            authors.into_iter().collect::<Vec<_>>().join(", ")
        );
        let whole = comparison.commits.len() as u64 >= u64::from(comparison.ahead);
        (if whole { Found::Present } else { Found::Partly }, says)
    }

    pub(super) fn review(&self, operation: &Operation) -> Part {
        if !ships(operation) {
            return no_change();
        }
        let Some(comparison) = self.comparison(operation) else {
            return self.not_read("the commits and their pull requests");
        };
        let pulls = &comparison.pull_requests;
        if pulls.is_empty() {
            return (
                Found::Missing,
                format!(
                    "no pull request is known of what lies between {} and {}",
                    comparison.base, comparison.head
                ),
            );
        }
        let told = |pull: &PullRequest| {
            let head = format!("#{} by {}", pull.number, named(&pull.author));
            match pull.approved_by() {
                None => format!("{head}: the reviews are not known"),
                Some(who) if who.is_empty() => {
                    format!("{head}: nobody else is known to have approved its final revision")
                }
                Some(who) => {
                    let who: Vec<&str> = who.into_iter().map(named).collect();
                    format!("{head}: approved by {}", who.join(", "))
                }
            }
        };
        let says: Vec<String> = pulls.iter().map(told).collect();
        let mut says = says.join("; ");
        let approved = |pull: &&PullRequest| pull.approved_by().is_some_and(|who| !who.is_empty());
        let reviewed = pulls.iter().filter(approved).count();
        let commits = comparison.ahead.max(comparison.behind) as usize;
        if commits > pulls.len() {
            says.push_str(&format!(
                "; whether each of {commits} commits came in by one of them is not known"
            ));
        }
        let found = match reviewed {
            0 => Found::Missing,
            all if all == pulls.len() && commits <= pulls.len() => Found::Present,
            _ => Found::Partly,
        };
        (found, says)
    }

    pub(super) fn tests(&self, operation: &Operation) -> Part {
        if !ships(operation) {
            return no_change();
        }
        let Some(commit) = self.commit(operation) else {
            return self.not_read("the commit that was shipped");
        };
        // What deploys it is no test of it.
        let own = operation.confirmation.intent.act.run();
        let runs: Vec<&Run> = self
            .runs()
            .filter(|run| run.commit == commit && Some(&run.id) != own && run.environment.is_none())
            .collect();
        if runs.is_empty() {
            return self.not_read("a run of this commit that does not deploy it");
        }
        let says: Vec<String> = runs
            .iter()
            .map(|run| {
                let state = match &run.state {
                    RunState::Done(Conclusion::Success) => "succeeded",
                    RunState::Done(_) => "did not succeed",
                    _ => "has not ended",
                };
                format!("{} #{} {state} ({})", run.workflow, run.number, run.url)
            })
            .collect();
        let good = runs
            .iter()
            .any(|run| run.state == RunState::Done(Conclusion::Success));
        (
            if good { Found::Present } else { Found::Partly },
            format!("commit {commit}: {}", says.join("; ")),
        )
    }

    pub(super) fn deployed(&self, operation: &Operation) -> Part {
        let confirmation = &operation.confirmation;
        let place = match (
            &confirmation.intent.service,
            &confirmation.intent.environment,
        ) {
            (Some(service), Some(environment)) => format!("{service} in {environment}"),
            (Some(service), None) => service.to_string(),
            _ => confirmation.intent.source.to_string(),
        };
        let Some(sent) = operation.sent else {
            return (
                Found::DoesNotApply,
                format!("nothing was sent by this journal ({place})"),
            );
        };
        let mut says = format!(
            "{} sent `{}` at {} ({place})",
            confirmation.actor.sentence(),
            confirmation.request.line,
            clock(sent)
        );
        if !ships(operation) {
            return (Found::Present, says);
        }
        if let Some(version) = self.version(operation) {
            says.push_str(&format!("; version {version}"));
        }
        match self.deployments_of(operation).first() {
            Some(deployment) => {
                says.push_str(&format!(
                    "; deployment {} of commit {}; the digest of the artifact is not known",
                    deployment.id.key, deployment.commit
                ));
            }
            None => says.push_str("; neither commit nor digest of the artifact is known"),
        }
        (Found::Partly, says)
    }

    pub(super) fn way_back(&self, operation: &Operation) -> Part {
        let intent = &operation.confirmation.intent;
        match &intent.act {
            Act::RollBack { from, to, .. }
            | Act::RollBackByRerun { from, to, .. }
            | Act::Undo { from, to, .. } => (
                Found::Present,
                format!("it is itself a way back, from {from} to {to}"),
            ),
            Act::Approve { .. } => {
                let shipped = self.version(operation);
                let since = operation.confirmed.unwrap_or_default();
                let mut before: Vec<&Deployment> = self
                    .deployments()
                    .filter(|deployment| {
                        intent.service.as_ref() == Some(&deployment.service)
                            && intent.environment.as_ref() == Some(&deployment.environment)
                            && deployment.created < since
                            && Some(&deployment.version) != shipped.as_ref()
                            && matches!(
                                deployment.state,
                                DeploymentState::Success | DeploymentState::Inactive
                            )
                    })
                    .collect();
                before.sort_by_key(|deployment| deployment.created);
                match before.last() {
                    Some(deployment) => (
                        Found::Partly,
                        format!(
                            "{} served before and could be rolled back to; no plan was written \
                             down",
                            deployment.version
                        ),
                    ),
                    None => self.not_read("a version that served before"),
                }
            }
            _ => no_change(),
        }
    }

    pub(super) fn links(&self, operation: &Operation) -> Part {
        if !ships(operation) {
            return no_change();
        }
        let mut there = Vec::new();
        let mut gaps = vec!["the artifact's digest"];
        let comparison = self.comparison(operation);
        let tickets: BTreeSet<String> = comparison
            .iter()
            .flat_map(|comparison| {
                let pulls = comparison.pull_requests.iter().map(|pull| &pull.title);
                comparison
                    .commits
                    .iter()
                    .map(|commit| &commit.title)
                    .chain(pulls)
            })
            .flat_map(|title| tickets(title))
            .collect();
        if tickets.is_empty() {
            gaps.push("a ticket");
        } else {
            there.push(format!(
                "tickets {}",
                tickets.into_iter().collect::<Vec<_>>().join(", ")
            ));
        }
        let pulls: Vec<String> = comparison
            .iter()
            .flat_map(|comparison| &comparison.pull_requests)
            .map(|pull| format!("#{}", pull.number))
            .collect();
        if pulls.is_empty() {
            gaps.push("a pull request");
        } else {
            there.push(format!("pull requests {}", pulls.join(", ")));
        }
        match self.commit(operation) {
            Some(commit) => there.push(format!("commit {commit}")),
            None => gaps.push("the commit"),
        }
        match self.run(operation) {
            Some(run) => there.push(format!("run {}", run.url)),
            None => gaps.push("the build"),
        }
        match self.deployments_of(operation).first() {
            Some(deployment) => there.push(format!("deployment {}", deployment.url)),
            None => gaps.push("the deployment"),
        }
        if there.is_empty() {
            return self.not_read("any of them");
        }
        (
            Found::Partly,
            format!("{}; not known: {}", there.join(", "), gaps.join(", ")),
        )
    }

    /// Deployments of the same services to the same places in the same span
    /// that no operation of the list brought.
    pub(super) fn population(&self, operations: &[Operation]) -> Part {
        if !self.looked {
            return (
                Found::Missing,
                "no system was asked which changes there were (`--offline`)".to_owned(),
            );
        }
        let moments = operations
            .iter()
            .filter_map(|operation| operation.confirmed.or(operation.proposed));
        let Some((first, last)) = moments.fold(None, |span, at| match span {
            None => Some((at, at)),
            Some((first, last)) => Some((at.min(first), at.max(last))),
        }) else {
            return (Found::Missing, "there is no operation here".to_owned());
        };
        let first = self.span.0.unwrap_or(first);
        let last = self.span.1.unwrap_or(last + chrono::TimeDelta::hours(1));
        let explained: BTreeSet<_> = operations
            .iter()
            .flat_map(|operation| self.deployments_of(operation))
            .map(|deployment| &deployment.id)
            .collect();
        let mut all = 0;
        let mut others = Vec::new();
        for deployment in self.deployments() {
            let ours = operations.iter().any(|operation| {
                let intent = &operation.confirmation.intent;
                intent.service.as_ref() == Some(&deployment.service)
                    && intent.environment.as_ref() == Some(&deployment.environment)
            });
            if !ours || deployment.created < first || deployment.created > last {
                continue;
            }
            all += 1;
            if !explained.contains(&deployment.id) {
                others.push(format!(
                    "{} {} by {}",
                    deployment.service, deployment.version, deployment.creator
                ));
            }
        }
        let span = format!("from {} to {}", clock(first), clock(last));
        let noun = if all == 1 {
            "deployment"
        } else {
            "deployments"
        };
        if others.is_empty() {
            (
                Found::Present,
                format!(
                    "{all} {noun} of these services to these places {span}, none without an \
                     operation here"
                ),
            )
        } else {
            (
                Found::Partly,
                format!(
                    "{all} {noun} {span}; {} without an operation here: {}",
                    others.len(),
                    others.join(", ")
                ),
            )
        }
    }
}

/// Somebody's login, or that it is not known.
fn named(login: &Text) -> &str {
    if login.is_empty() {
        "somebody whose account is not known"
    } else {
        login.as_str()
    }
}

/// What looks like a ticket: `ABC-123`.
fn tickets(title: &str) -> impl Iterator<Item = String> {
    title
        .split(|character: char| !(character.is_ascii_alphanumeric() || character == '-'))
        .filter(|word| {
            word.split_once('-').is_some_and(|(project, number)| {
                project.len() >= 2
                    && !["UTF", "SHA", "ISO", "RFC", "CVE", "HTTP", "TLS"].contains(&project)
                    && project.bytes().all(|byte| byte.is_ascii_uppercase())
                    && !number.is_empty()
                    && number.bytes().all(|byte| byte.is_ascii_digit())
            })
        })
        .map(str::to_owned)
}
