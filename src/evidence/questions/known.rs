//! What the systems showed, and what of it belongs to an operation.

use super::Part;
use crate::{
    domain::{Act, Body, Comparison, Deployment, Fact, Run, Text, Timestamp, Version},
    evidence::{operation::Operation, questions::Found},
};

/// What the systems showed when the evidence was put together.
pub(super) struct Known<'a> {
    pub(super) facts: &'a [Fact],
    pub(super) looked: bool,
    pub(super) span: (Option<Timestamp>, Option<Timestamp>),
}

impl<'a> Known<'a> {
    pub(super) fn not_read(&self, what: &str) -> Part {
        let why = if self.looked {
            format!("no system showed {what}")
        } else {
            format!("{what}: no system was asked (`--offline`)")
        };
        (Found::Missing, why)
    }

    pub(super) fn runs(&self) -> impl Iterator<Item = &'a Run> {
        self.facts.iter().filter_map(|fact| match &fact.body {
            Body::Run(run) => Some(run),
            _ => None,
        })
    }

    pub(super) fn deployments(&self) -> impl Iterator<Item = &'a Deployment> {
        self.facts.iter().filter_map(|fact| match &fact.body {
            Body::Deployment(deployment) => Some(deployment),
            _ => None,
        })
    }

    /// The deployments that the operation let happen, newest first.
    pub(super) fn deployments_of(&self, operation: &Operation) -> Vec<&'a Deployment> {
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

    pub(super) fn run(&self, operation: &Operation) -> Option<&'a Run> {
        let id = operation.confirmation.intent.act.run()?;
        self.runs().find(|run| &run.id == id)
    }

    /// The version that the operation brings, where it brings one.
    pub(super) fn version(&self, operation: &Operation) -> Option<Version> {
        match &operation.confirmation.intent.act {
            Act::RollBack { to, .. } | Act::RollBackByRerun { to, .. } | Act::Undo { to, .. } => {
                Some(to.clone())
            }
            Act::Steer { version, .. } => Some(version.clone()),
            _ => self.run(operation)?.version.clone(),
        }
    }

    pub(super) fn commit(&self, operation: &Operation) -> Option<Text> {
        self.run(operation)
            .map(|run| run.commit.clone())
            .or_else(|| {
                self.deployments_of(operation)
                    .first()
                    .map(|deployment| deployment.commit.clone())
            })
    }

    /// What lies between the version before and the one that is brought.
    pub(super) fn comparison(&self, operation: &Operation) -> Option<&'a Comparison> {
        let intent = &operation.confirmation.intent;
        let ends: Vec<Text> = match &intent.act {
            Act::RollBack { from, to, .. }
            | Act::RollBackByRerun { from, to, .. }
            | Act::Undo { from, to, .. } => {
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
}
