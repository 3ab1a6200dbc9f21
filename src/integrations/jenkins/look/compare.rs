//! What lies between two versions, as the builds between them tell it: Jenkins
//! hosts no code, but it notes the commits that came in with each build.

use std::collections::BTreeMap;

use super::Eyes;
use crate::{
    domain::{Body, Commit, CommitFiles, Comparison, Connection, ServiceName, Text},
    integrations::{
        contract::{FactSink, Fault},
        http::{Need, fault::fault},
        jenkins::{map, wire},
        versions,
    },
};

/// Most paths that are kept.
const FILES: usize = 300;

impl Eyes {
    /// Loads what lies between two versions of a service: the commits of the
    /// builds of one job after the one that made the older, up to the one that
    /// made the newer.
    ///
    /// # Errors
    /// When the builds are not known, or cannot be read.
    pub async fn compare(
        &self,
        service: &ServiceName,
        base: &Text,
        head: &Text,
        facts: &FactSink,
    ) -> Result<(), Fault> {
        let not_told = |what: &str| {
            fault(
                Connection::Degraded,
                &format!("{what}: Jenkins hosts no code, and knows the commits of builds only"),
            )
        };
        let Some((job, from, to)) = self.builds_of(service, base, head) else {
            return Err(not_told(&format!(
                "no job of {service} has built both {base} and {head}"
            )));
        };
        let seen = self.client.changes(&job, Need::Person).await?;
        let builds = seen.value.builds.unwrap_or_default();
        let (low, high) = (from.min(to), from.max(to));
        if !builds.items.iter().any(|build| build.number <= low + 1) {
            return Err(not_told(&format!(
                "too many builds lie between {base} and {head}"
            )));
        }
        let mut changes: BTreeMap<String, (i64, &wire::Change)> = BTreeMap::new();
        for build in &builds.items {
            if build.number > low && build.number <= high {
                let sets = build.change_sets.items.iter().chain(&build.change_set);
                for change in sets.flat_map(|set| &set.items.items) {
                    let at = if change.timestamp > 0 {
                        change.timestamp
                    } else {
                        build.timestamp
                    };
                    changes
                        .entry(change.commit_id.clone())
                        .or_insert((at, change));
                }
            }
        }
        let mut changes: Vec<(i64, &wire::Change)> = changes.into_values().collect();
        changes.sort_by_key(|(at, _)| *at);
        let count = u32::try_from(changes.len()).unwrap_or(u32::MAX);
        // What Jenkins tells of each commit is told here: it can be asked for
        // the files of none.
        let touched: Vec<Body> = changes
            .iter()
            .map(|(_, change)| {
                let paths = &change.affected_paths.items;
                Body::CommitFiles(CommitFiles {
                    service: service.clone(),
                    sha: Text::new(&change.commit_id),
                    files: paths
                        .iter()
                        .take(FILES)
                        .map(|path| Text::new(path))
                        .collect(),
                })
            })
            .collect();
        let forward = to >= from;
        let mut files: Vec<Text> = Vec::new();
        for path in changes
            .iter()
            .flat_map(|(_, change)| &change.affected_paths.items)
        {
            let path = Text::new(path);
            if files.len() < FILES && !files.contains(&path) {
                files.push(path);
            }
        }
        let commits = changes.iter().map(|(at, change)| Commit {
            sha: Text::new(&change.commit_id),
            title: Text::new(change.msg.lines().next().unwrap_or_default()),
            author: Text::new(&change.author.full_name),
            at: map::instant(*at),
        });
        let comparison = Comparison {
            service: service.clone(),
            base: base.clone(),
            head: head.clone(),
            commits: if forward {
                commits.collect()
            } else {
                Vec::new()
            },
            ahead: if forward { count } else { 0 },
            behind: if forward { 0 } else { count },
            files,
            pull_requests: Vec::new(),
        };
        let told = touched.into_iter().chain([Body::Comparison(comparison)]);
        facts.emit(seen.at, told);
        Ok(())
    }

    /// The newest builds of one job that are of these two versions.
    fn builds_of(
        &self,
        service: &ServiceName,
        base: &str,
        head: &str,
    ) -> Option<(String, u64, u64)> {
        let roots = self.roots();
        let mut of: BTreeMap<String, [Option<u64>; 2]> = BTreeMap::new();
        for root in roots.iter() {
            let place = root.place(&self.source, &self.rules);
            for ((job, number), known) in &root.known {
                if &place.service_of(job, &known.build) != service {
                    continue;
                }
                let version = map::version(&place, job, known);
                let commit = map::commit(known);
                let is = |wanted: &str| {
                    let plain = versions::of_tag(wanted);
                    version.as_ref().is_some_and(|version| {
                        version.as_str() == wanted || Some(version) == plain.as_ref()
                    }) || (wanted.len() >= 7 && commit.starts_with(wanted))
                };
                for (place, wanted) in [base, head].into_iter().enumerate() {
                    if is(wanted) {
                        let found = of.entry(job.clone()).or_default();
                        found[place] = found[place].max(Some(*number));
                    }
                }
            }
        }
        of.into_iter()
            .find_map(|(job, [from, to])| Some((job, from?, to?)))
    }
}
