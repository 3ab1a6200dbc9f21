//! The eleven things that an auditor asks about a sampled change (SOC 2 CC8.1,
//! SOX ITGC, PCI DSS 6.5.1), each answered from what is here or named as
//! missing. And first of all: whether the list of changes is complete.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::operation::Operation;
use crate::domain::{
    Act, Body, Comparison, Conclusion, Deployment, DeploymentState, Fact, OperationState, Run,
    RunState, Text, Timestamp, Version,
};

/// Whether an answer is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// The question does not arise.
    DoesNotApply,
    /// It is here.
    Present,
    /// Some of it is here.
    Partly,
    /// It is not here.
    Missing,
}

impl Found {
    /// For people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::DoesNotApply => "does not apply",
            Self::Present => "present",
            Self::Partly => "partly",
            Self::Missing => "missing",
        }
    }
}

/// One question with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Its number, from 1; 0 is the completeness of the list.
    pub number: u8,
    /// What is asked.
    pub question: Text,
    /// Whether the answer is here.
    pub found: Found,
    /// The answer in sentences, one for each operation at least.
    pub says: Vec<Text>,
    /// The files of the package that show it.
    pub shown_in: Vec<Text>,
}

type Part = (Found, String);

const QUESTIONS: [&str; 12] = [
    "Is every change of this span in the list?",
    "Who asked for the change, and why?",
    "What could it harm?",
    "Who wrote it?",
    "Who else reviewed its final revision?",
    "Which tests ran on it, and with what result?",
    "Who approved it before it went out?",
    "Who or what deployed which artifact, when and where to?",
    "How was it verified afterwards?",
    "How could it have been taken back?",
    "Was it an emergency, and was it handled as one?",
    "Do ticket, commits, build, artifact and deployment lead to each other without a gap?",
];

/// Where facts are in a package.
pub const FACTS: &str = "facts.json";

/// Answers every question about some operations. `facts` is what the systems
/// showed when the evidence was put together; none when nobody looked. `span`
/// is the time in which every change has to be in the list, where one was
/// meant.
#[must_use]
pub fn answer(
    operations: &[Operation],
    facts: Option<&[Fact]>,
    span: (Option<Timestamp>, Option<Timestamp>),
) -> Vec<Answer> {
    let known = Known {
        facts: facts.unwrap_or_default(),
        looked: facts.is_some(),
        span,
    };
    (0..)
        .zip(QUESTIONS)
        .map(|(number, question)| {
            let parts: Vec<Part> = if number == 0 {
                vec![known.population(operations)]
            } else {
                operations
                    .iter()
                    .map(|operation| {
                        let (found, says) = known.ask(number, operation);
                        (found, format!("{}: {says}", operation.summary))
                    })
                    .collect()
            };
            let mut shown_in: BTreeSet<String> = BTreeSet::new();
            if parts.iter().any(|(found, _)| *found <= Found::Partly) {
                if matches!(number, 0 | 3 | 4 | 5 | 7 | 9 | 11) && known.looked {
                    shown_in.insert(FACTS.to_owned());
                }
                if number != 3 && number != 5 {
                    shown_in.extend(
                        operations
                            .iter()
                            .map(|operation| format!("{}.dsse.json", operation.file())),
                    );
                }
            }
            Answer {
                number,
                question: Text::new(question),
                found: together(&parts),
                says: parts
                    .into_iter()
                    .map(|(_, says)| Text::from(says))
                    .collect(),
                shown_in: shown_in.into_iter().map(Text::from).collect(),
            }
        })
        .collect()
}

/// The whole is there when each part is, and missing when each part is.
fn together(parts: &[Part]) -> Found {
    let mut asked = parts
        .iter()
        .map(|(found, _)| *found)
        .filter(|found| *found != Found::DoesNotApply);
    let Some(first) = asked.next() else {
        return if parts.is_empty() {
            Found::Missing
        } else {
            Found::DoesNotApply
        };
    };
    if asked.all(|found| found == first) {
        first
    } else {
        Found::Partly
    }
}

struct Known<'a> {
    facts: &'a [Fact],
    looked: bool,
    span: (Option<Timestamp>, Option<Timestamp>),
}

/// A moment for people.
fn clock(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

impl<'a> Known<'a> {
    fn ask(&self, number: u8, operation: &Operation) -> Part {
        match number {
            1 => request(operation),
            2 => impact(operation),
            3 => self.author(operation),
            4 => self.review(operation),
            5 => self.tests(operation),
            6 => approval(operation),
            7 => self.deployed(operation),
            8 => verified(operation),
            9 => self.way_back(operation),
            10 => emergency(operation),
            _ => self.links(operation),
        }
    }

    fn not_read(&self, what: &str) -> Part {
        let why = if self.looked {
            format!("no system showed {what}")
        } else {
            format!("{what}: no system was asked (`--offline`)")
        };
        (Found::Missing, why)
    }

    fn runs(&self) -> impl Iterator<Item = &'a Run> {
        self.facts.iter().filter_map(|fact| match &fact.body {
            Body::Run(run) => Some(run),
            _ => None,
        })
    }

    fn deployments(&self) -> impl Iterator<Item = &'a Deployment> {
        self.facts.iter().filter_map(|fact| match &fact.body {
            Body::Deployment(deployment) => Some(deployment),
            _ => None,
        })
    }

    /// The deployments that the operation let happen, newest first.
    fn deployments_of(&self, operation: &Operation) -> Vec<&'a Deployment> {
        let intent = &operation.confirmation.intent;
        let since = operation
            .confirmed
            .or(operation.proposed)
            .unwrap_or_default();
        let version = self.version(operation);
        let mut deployments: Vec<&Deployment> = self
            .deployments()
            .filter(|deployment| {
                intent.service.as_ref() == Some(&deployment.service)
                    && intent.environment.as_ref() == Some(&deployment.environment)
                    && (deployment.updated >= since || deployment.created >= since)
                    && version
                        .as_ref()
                        .is_none_or(|version| *version == deployment.version)
            })
            .collect();
        deployments.sort_by_key(|deployment| std::cmp::Reverse(deployment.updated));
        deployments
    }

    fn run(&self, operation: &Operation) -> Option<&'a Run> {
        let id = operation.confirmation.intent.act.run()?;
        self.runs().find(|run| &run.id == id)
    }

    /// The version that the operation brings, where it brings one.
    fn version(&self, operation: &Operation) -> Option<Version> {
        match &operation.confirmation.intent.act {
            Act::RollBack { to, .. } | Act::RollBackByRerun { to, .. } => Some(to.clone()),
            _ => self.run(operation)?.version.clone(),
        }
    }

    fn commit(&self, operation: &Operation) -> Option<Text> {
        self.run(operation)
            .map(|run| run.commit.clone())
            .or_else(|| {
                self.deployments_of(operation)
                    .first()
                    .map(|deployment| deployment.commit.clone())
            })
    }

    /// What lies between the version before and the one that is brought.
    fn comparison(&self, operation: &Operation) -> Option<&'a Comparison> {
        let intent = &operation.confirmation.intent;
        let ends: Vec<Text> = match &intent.act {
            Act::RollBack { from, to, .. } | Act::RollBackByRerun { from, to, .. } => {
                vec![from.0.clone(), to.0.clone()]
            }
            _ => [
                self.version(operation).map(|version| version.0),
                self.commit(operation),
            ]
            .into_iter()
            .flatten()
            .collect(),
        };
        self.facts.iter().find_map(|fact| match &fact.body {
            Body::Comparison(comparison)
                if Some(&comparison.service) == intent.service.as_ref()
                    && ends
                        .iter()
                        .any(|end| *end == comparison.head || *end == comparison.base) =>
            {
                Some(comparison)
            }
            _ => None,
        })
    }

    fn author(&self, operation: &Operation) -> Part {
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

    fn review(&self, operation: &Operation) -> Part {
        if !ships(operation) {
            return no_change();
        }
        let pulls: Vec<String> = self
            .comparison(operation)
            .map(|comparison| {
                comparison
                    .pull_requests
                    .iter()
                    .map(|pull| format!("#{} by {}", pull.number, pull.author))
                    .collect()
            })
            .unwrap_or_default();
        let says = if pulls.is_empty() {
            "tminus reads no reviews of code; look at the pull requests".to_owned()
        } else {
            format!(
                "tminus reads no reviews of code; look at the pull requests {}",
                pulls.join(", ")
            )
        };
        (Found::Missing, says)
    }

    fn tests(&self, operation: &Operation) -> Part {
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

    fn deployed(&self, operation: &Operation) -> Part {
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

    fn way_back(&self, operation: &Operation) -> Part {
        let intent = &operation.confirmation.intent;
        match &intent.act {
            Act::RollBack { from, to, .. } | Act::RollBackByRerun { from, to, .. } => (
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

    fn links(&self, operation: &Operation) -> Part {
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
    fn population(&self, operations: &[Operation]) -> Part {
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

/// Whether the operation brings a version somewhere.
fn ships(operation: &Operation) -> bool {
    matches!(
        operation.confirmation.intent.act,
        Act::Approve { .. } | Act::RollBack { .. } | Act::RollBackByRerun { .. }
    )
}

fn no_change() -> Part {
    (
        Found::DoesNotApply,
        "it brings no version anywhere".to_owned(),
    )
}

fn request(operation: &Operation) -> Part {
    let confirmation = &operation.confirmation;
    let who = match &confirmation.proposal {
        Some(proposal) => proposal.actor.sentence(),
        None => confirmation.actor.sentence(),
    };
    if confirmation.intent.reason.is_empty() {
        (Found::Partly, format!("{who} asked; no reason was given"))
    } else {
        (
            Found::Present,
            format!("{who} asked, because: {}", confirmation.intent.reason),
        )
    }
}

fn impact(operation: &Operation) -> Part {
    let confirmation = &operation.confirmation;
    let rules = format!(
        "{} rules were asked{}",
        confirmation.rules.len(),
        match &confirmation.policy {
            Some(policy) => format!(" by the policy {}", policy.digest),
            None => String::new(),
        }
    );
    match &confirmation.risk {
        Some(risk) => {
            let reasons: Vec<&str> = risk.reasons.iter().map(Text::as_str).collect();
            let level = format!("{:?}", risk.level).to_lowercase();
            (
                Found::Present,
                format!("risk {level}: {}; {rules}", reasons.join("; ")),
            )
        }
        None => (Found::Partly, format!("no risk was worked out; {rules}")),
    }
}

fn approval(operation: &Operation) -> Part {
    let confirmation = &operation.confirmation;
    if let Some(proposal) = &confirmation.proposal {
        return (
            Found::Present,
            format!(
                "{} asked and {} agreed, each with a key of the allowed signers ({}, {}), before \
                 it was sent",
                proposal.actor.sentence(),
                confirmation.actor.sentence(),
                proposal.key,
                confirmation
                    .second
                    .as_ref()
                    .map_or("", |second| second.key.as_str()),
            ),
        );
    }
    let who = confirmation.actor.sentence();
    let reviewer = confirmation
        .rules
        .iter()
        .find(|rule| rule.rule.as_str() == "reviewer" && rule.verdict.as_str() == "pass");
    match (&confirmation.intent.act, reviewer) {
        (Act::Approve { .. } | Act::Decline { .. }, Some(rule)) => (
            Found::Present,
            format!("{who} answered, of whom the system said: {}", rule.sentence),
        ),
        (Act::Approve { .. } | Act::Decline { .. }, None) => (
            Found::Partly,
            format!("{who} answered; whether in the right role, the system did not say"),
        ),
        (Act::RollBack { .. } | Act::RollBackByRerun { .. }, _) => (
            Found::Partly,
            format!("{who} alone confirmed it; the rules that were asked did not want another"),
        ),
        _ => no_change(),
    }
}

fn verified(operation: &Operation) -> Part {
    let Some(last) = operation.outcomes.last() else {
        return (Found::Missing, "its outcome is not known".to_owned());
    };
    let says = format!(
        "{} at {}: {} ({} answers kept)",
        match last.state {
            OperationState::Observed => "observed",
            OperationState::Failed => "failed",
            _ => "not known",
        },
        clock(last.at),
        last.detail,
        last.seen.iter().filter(|seen| seen.kept).count()
    );
    match last.state {
        OperationState::Observed | OperationState::Failed
            if last.seen.iter().any(|seen| seen.kept) =>
        {
            (Found::Present, says)
        }
        OperationState::Observed | OperationState::Failed => (Found::Partly, says),
        _ => (Found::Missing, says),
    }
}

fn emergency(operation: &Operation) -> Part {
    let signs: Vec<&str> = operation
        .confirmation
        .rules
        .iter()
        .filter(|rule| {
            let name = rule.rule.to_ascii_lowercase();
            let named = ["freeze", "hotfix", "emergency", "override"]
                .iter()
                .any(|word| name.contains(word));
            named && (rule.verdict.as_str() != "pass" || rule.sentence.contains("in force"))
        })
        .map(|rule| rule.sentence.as_str())
        .filter(|sentence| !sentence.starts_with("no freeze"))
        .collect();
    if signs.is_empty() {
        return (
            Found::DoesNotApply,
            "no rule spoke of a freeze or an emergency".to_owned(),
        );
    }
    let reason = &operation.confirmation.intent.reason;
    (
        Found::Partly,
        format!(
            "{}; reason: {}; a review afterwards is not written down",
            signs.join("; "),
            if reason.is_empty() {
                "none"
            } else {
                reason.as_str()
            }
        ),
    )
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
