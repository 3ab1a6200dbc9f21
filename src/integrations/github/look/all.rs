//! Looks at many repositories at once: the sweep and the calendar.

use std::{collections::BTreeMap, sync::atomic::Ordering};

use super::{Eyes, approvals};
use crate::{
    domain::{Body, Connection, EnvironmentName, Timestamp},
    integrations::{
        contract::{FactSink, Fault},
        github::{
            client::partial,
            graphql::{self, Depth},
            map::{calendar, rest, sweep},
            memory::Repository,
            wire::graph,
        },
        http::{Failure, Need},
    },
};

impl Eyes {
    /// Looks at these repositories at once (by index).
    ///
    /// # Errors
    /// The first fault; what could be read was emitted all the same.
    pub async fn sweep(
        &self,
        indices: &[usize],
        need: Need,
        facts: &FactSink,
    ) -> Result<(), Fault> {
        let (names, deep) = {
            let repositories = self.repositories();
            let chosen: Vec<&Repository> = indices
                .iter()
                .filter_map(|index| repositories.get(*index))
                .collect();
            let names: Vec<(usize, String)> = indices
                .iter()
                .copied()
                .zip(chosen.iter().map(|repository| repository.name.clone()))
                .filter(|(index, _)| !repositories.get(*index).is_some_and(|r| r.rest_only))
                .collect();
            // One that GraphQL does not answer for is never looked at in depth.
            let mut by_graph = chosen.iter().filter(|repository| !repository.rest_only);
            let deep = by_graph.all(|repository| repository.deep);
            (names, deep)
        };
        let mut fault = None;
        if !self.graphql_refused() && !names.is_empty() {
            let list: Vec<&str> = names.iter().map(|(_, name)| name.as_str()).collect();
            let depth = if deep { Depth::Shallow } else { Depth::Deep };
            let query = graphql::sweep(&list, depth);
            match self.client.graphql(&query, need).await {
                Ok(answered) => {
                    // A deep one costs thirty times as much, and only once.
                    if let (Some(rate), Depth::Shallow) = (answered.rate, depth) {
                        self.cost.store(rate.cost, Ordering::Relaxed);
                    }
                    fault = partial(&answered.failures);
                    let limited = answered.failures.iter().any(|f| f.kind == "RATE_LIMITED");
                    for (position, (index, _)) in names.iter().enumerate() {
                        match answered.get::<graph::Repository>(&format!("r{position}")) {
                            Some(answer) => self.swept(*index, &answer, answered.at, facts),
                            // Not even the repository: REST says why, or answers.
                            None if !limited => {
                                if let Some(repository) = self.repositories().get_mut(*index) {
                                    repository.rest_only = true;
                                }
                            }
                            None => {}
                        }
                    }
                }
                Err(failure) if refuses_graphql(&failure) => {
                    self.graphql_refused.store(true, Ordering::Relaxed);
                }
                Err(failure) => return Err(failure.fault),
            }
        }
        let by_rest: Vec<String> = {
            let repositories = self.repositories();
            indices
                .iter()
                .filter_map(|index| repositories.get(*index))
                .filter(|repository| repository.rest_only || self.graphql_refused())
                .map(|repository| repository.name.clone())
                .collect()
        };
        let mut answered = by_rest.is_empty();
        for name in by_rest {
            match self.by_rest(&name, need, facts).await {
                Ok(()) => answered = true,
                Err(found) => {
                    let hopeless = found.ends_the_round();
                    fault = fault.or(Some(found));
                    if hopeless {
                        break;
                    }
                }
            }
        }
        if !answered {
            // REST does no better: what ails them is not GraphQL, which is the
            // cheaper way once it is mended.
            self.graphql_refused.store(false, Ordering::Relaxed);
        }
        fault.map_or(Ok(()), Err)
    }

    fn swept(&self, index: usize, answer: &graph::Repository, at: Timestamp, facts: &FactSink) {
        let mut bodies = Vec::new();
        {
            let mut repositories = self.repositories();
            let Some(repository) = repositories.get_mut(index) else {
                return;
            };
            sweep::learn(&mut repository.tags, answer);
            let swept = sweep::repository(&repository.place(&self.source), answer, |id| {
                repository.known.get(&id)
            });
            repository.absorb(&swept);
            repository.deep = true;
            bodies.push(Body::Service(repository.service.clone()));
            if let Some(items) = swept.environments {
                bodies.push(Body::Environments {
                    service: repository.service.clone(),
                    items,
                });
            }
            bodies.extend(swept.runs.into_iter().map(|(_, run)| Body::Run(run)));
            bodies.extend(swept.deployments.into_iter().map(Body::Deployment));
            bodies.push(approvals(repository));
        }
        facts.emit(at, bodies);
    }

    /// Looks at one repository by REST alone: where GraphQL is not allowed.
    async fn by_rest(&self, name: &str, need: Need, facts: &FactSink) -> Result<(), Fault> {
        let tags = self.client.tags(name, need).await;
        if let Ok(tags) = &tags {
            self.remember(name, |repository| {
                for tag in &tags.value.items {
                    repository.tags.learn(&tag.name, &tag.commit.sha);
                }
            });
        }
        if let Err(failure) = &tags
            && failure.fault.ends_the_round()
        {
            return Err(failure.fault.clone());
        }
        let runs = self.runs(name, need, facts).await;
        let environments = self.client.environments(name, need).await;
        let Some(repository) = self.find(name) else {
            return Ok(());
        };
        let mut fault = runs.err().or(tags.err().map(Fault::from));
        match environments {
            Ok(seen) => facts.emit(
                seen.at,
                [
                    Body::Service(repository.service.clone()),
                    Body::Environments {
                        service: repository.service.clone(),
                        items: seen
                            .value
                            .items
                            .iter()
                            .map(|environment| EnvironmentName::new(&environment.name))
                            .collect(),
                    },
                ],
            ),
            Err(failure) => fault = fault.or(Some(failure.fault)),
        }
        match self.client.deployments(name, None, need).await {
            Ok(seen) => {
                // One more request each: the newest of each environment do.
                let mut newest: BTreeMap<&str, usize> = BTreeMap::new();
                for deployment in &seen.value.items {
                    let count = newest.entry(&deployment.environment).or_default();
                    *count += 1;
                    if *count > 2 {
                        continue;
                    }
                    match self
                        .client
                        .deployment_status(name, deployment.id, need)
                        .await
                    {
                        Ok(status) => facts.emit(
                            status.at,
                            [Body::Deployment(rest::deployment(
                                &repository.place(&self.source),
                                deployment,
                                status.value.as_ref(),
                            ))],
                        ),
                        Err(failure) => fault = fault.or(Some(failure.fault)),
                    }
                }
            }
            Err(failure) => fault = fault.or(Some(failure.fault)),
        }
        fault.map_or(Ok(()), Err)
    }

    /// Looks at milestones and releases of these repositories.
    ///
    /// # Errors
    /// The first fault; what could be read was emitted all the same.
    pub async fn calendar(
        &self,
        indices: &[usize],
        need: Need,
        facts: &FactSink,
    ) -> Result<(), Fault> {
        let chosen: Vec<Repository> = {
            let repositories = self.repositories();
            indices
                .iter()
                .filter_map(|index| repositories.get(*index).cloned())
                .collect()
        };
        let (by_rest, by_graph): (Vec<&Repository>, Vec<&Repository>) = chosen
            .iter()
            .partition(|repository| repository.rest_only || self.graphql_refused());
        let mut fault = None;
        if !by_graph.is_empty() {
            let names: Vec<&str> = by_graph.iter().map(|r| r.name.as_str()).collect();
            let answered = self
                .client
                .graphql(&graphql::calendar(&names), need)
                .await?;
            fault = partial(&answered.failures);
            for (position, repository) in by_graph.iter().enumerate() {
                if let Some(answer) = answered.get::<graph::Calendar>(&format!("r{position}")) {
                    facts.emit(
                        answered.at,
                        calendar::from_graph(&repository.place(&self.source), &answer),
                    );
                }
            }
        }
        for repository in by_rest {
            let milestones = self.client.milestones(&repository.name, need).await;
            let releases = self.client.releases(&repository.name, need).await;
            match (milestones, releases) {
                (Ok(milestones), Ok(releases)) => facts.emit(
                    milestones.at,
                    calendar::from_rest(
                        &repository.place(&self.source),
                        &milestones.value.items,
                        &releases.value.items,
                    ),
                ),
                (Err(failure), _) | (_, Err(failure)) => {
                    let hopeless = failure.fault.ends_the_round();
                    fault = fault.or(Some(failure.fault));
                    if hopeless {
                        break;
                    }
                }
            }
        }
        fault.map_or(Ok(()), Err)
    }
}

/// GraphQL is switched off, not served, or not for this token.
fn refuses_graphql(failure: &Failure) -> bool {
    matches!(failure.status, Some(403 | 404 | 405 | 501))
        && failure.fault.connection != Connection::RateLimited
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Catalog, SourceId},
        integrations::github::{
            Settings,
            client::Client,
            memory,
            testing::{Reply, Vendor, service, sink},
        },
    };

    /// What GitHub answers of two repositories, of which it does not know one.
    fn answer(cost: u32) -> String {
        format!(
            r#"{{"data":{{"rateLimit":{{"cost":{cost},"limit":5000,"remaining":4000,"resetAt":"2026-11-22T15:00:00Z"}},
            "r0":{{"environments":{{"nodes":[]}},"deployments":{{"nodes":[]}},"refs":{{"nodes":[]}},"defaultBranchRef":null}},
            "r1":null}},"errors":[{{"type":"NOT_FOUND","path":["r1"],"message":"gone"}}]}}"#
        )
    }

    #[tokio::test]
    async fn a_deep_sweep_is_taken_once_and_slows_no_later_one_down() {
        let vendor = Vendor::start(|asked| {
            if asked.path != "/graphql" {
                return Reply::status(404, r#"{"message":"Not Found"}"#);
            }
            let deep = asked.body.contains("history(first: 20)");
            Reply::json(&answer(if deep { 56 } else { 2 }))
        })
        .await;
        let settings = Settings {
            url: vendor.url.clone(),
            requests_per_minute: 6000,
            ..Settings::default()
        };
        let catalog = Catalog {
            services: vec![service("checkout"), service("gone")],
            ..Catalog::default()
        };
        let source = SourceId::new("github");
        let repositories = memory::repositories(&source, &settings, &catalog);
        let client = Client::new(&settings, None).unwrap();
        let eyes = Eyes::new(source, client, repositories);
        let (sink, _) = sink();
        let mut costs = Vec::new();
        for _ in 0..2 {
            // That one is gone is said each time.
            eyes.sweep(&[0, 1], Need::Watch, &sink).await.unwrap_err();
            costs.push(eyes.cost());
        }
        assert_eq!(costs, [0, 2]);
    }
}
