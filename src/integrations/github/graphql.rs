//! The three GraphQL queries: the sweep over many repositories, the calendar
//! over many repositories, and the pull requests of many commits.
//!
//! Each takes one request for many objects by way of aliases. Names of owners
//! and repositories were checked by [`super::config::is_repository`] before
//! they come here, and commits are hexadecimal, so both can stand in a query
//! as they are.
//!
//! Costs (GitHub GraphQL, "Rate limits and node limits"): a query costs the
//! number of connections that it opens, divided by 100. A deep sweep opens
//! 4 + 20 + 200 connections a repository, a shallow one 4 + 3: 500
//! repositories cost about 1,100 points once and 40 points each time after, of
//! 5,000 an hour. That is why a shallow sweep does not ask what each run waits
//! for: a run that waits says so in its status, and is then asked alone.

use std::fmt::Write as _;

/// How many repositories one query asks for. 500 repositories take 20 queries.
pub const REPOSITORIES_PER_QUERY: usize = 25;

/// How many commits one query asks pull requests for.
pub const COMMITS_PER_QUERY: usize = 50;

const SWEEP: &str = r"
fragment Deployed on Deployment {
  id databaseId state environment commitOid description payload createdAt updatedAt
  ref { name }
  creator { login }
  latestStatus { state createdAt logUrl }
}
fragment Swept on Repository {
  environments(first: 20) {
    nodes { name databaseId latestCompletedDeployment { ...Deployed } }
  }
  deployments(first: 10, orderBy: {field: CREATED_AT, direction: DESC}) {
    nodes { ...Deployed }
  }
  refs(refPrefix: REFS, first: 20, orderBy: {field: TAG_COMMIT_DATE, direction: DESC}) {
    nodes { name target { oid ... on Tag { target { oid } } } }
  }
  defaultBranchRef {
    name
    target {
      ... on Commit {
        history(first: COMMITS) {
          nodes {
            oid messageHeadline
            checkSuites(first: 10) {
              nodes {
                status conclusion
                branch { name }
                creator { login }
                workflowRun {
                  databaseId runNumber event url createdAt updatedAt
                  workflow { name }
                  PENDING
                }
              }
            }
          }
        }
      }
    }
  }
}
";

const PENDING: &str = "pendingDeploymentRequests(first: 5) {
                    nodes {
                      currentUserCanApprove waitTimerStartedAt
                      environment { name databaseId }
                    }
                  }";

const CALENDAR: &str = r"
fragment Planned on Repository {
  milestones(first: 10, states: [OPEN], orderBy: {field: DUE_DATE, direction: ASC}) {
    nodes { number title dueOn createdAt progressPercentage url }
  }
  releases(first: 5, orderBy: {field: CREATED_AT, direction: DESC}) {
    nodes { id databaseId tagName name publishedAt isPrerelease url }
  }
}
";

/// How far a sweep looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The last 20 commits of each default branch, and what their runs wait for.
    Deep,
    /// The last 3 commits.
    Shallow,
}

/// The sweep over `repositories` (`owner/name` each). Answers are aliased
/// `r0`, `r1`, … in the given order.
#[must_use]
pub fn sweep(repositories: &[&str], depth: Depth) -> String {
    let (commits, pending) = match depth {
        Depth::Deep => ("20", PENDING),
        Depth::Shallow => ("3", ""),
    };
    let mut query = aliases("Sweep", repositories, "Swept");
    query.push_str(
        &SWEEP
            .replace("REFS", "\"refs/tags/\"")
            .replace("COMMITS", commits)
            .replace("PENDING", pending),
    );
    query
}

/// Milestones and releases of `repositories`, aliased as in [`sweep`].
#[must_use]
pub fn calendar(repositories: &[&str]) -> String {
    let mut query = aliases("Calendar", repositories, "Planned");
    query.push_str(CALENDAR);
    query
}

/// The pull requests that brought `commits` (full hashes) into `repository`.
/// The answer is one repository, aliased `r0`, with commits `c0`, `c1`, ….
#[must_use]
pub fn pull_requests(repository: &str, commits: &[&str]) -> String {
    let mut query =
        String::from("query PullRequests {\n  rateLimit { cost limit remaining resetAt }\n");
    let (owner, name) = repository.split_once('/').unwrap_or((repository, ""));
    let _ = writeln!(
        query,
        "  r0: repository(owner: \"{owner}\", name: \"{name}\") {{"
    );
    for (index, commit) in commits.iter().enumerate() {
        let _ = writeln!(
            query,
            "    c{index}: object(oid: \"{commit}\") {{ ...Brought }}"
        );
    }
    query.push_str(
        "  }\n}\nfragment Brought on Commit {\n  associatedPullRequests(first: 1) {\n    nodes { number title url author { login } labels(first: 10) { nodes { name } } headRefOid latestOpinionatedReviews(first: 10) { nodes { state author { login } commit { oid } } } }\n  }\n}\n",
    );
    query
}

/// The smallest query that shows whether GraphQL is allowed, for the doctor.
pub const PROBE: &str =
    "query Probe { rateLimit { cost limit remaining resetAt } viewer { login } }";

fn aliases(operation: &str, repositories: &[&str], fragment: &str) -> String {
    let mut query =
        format!("query {operation} {{\n  rateLimit {{ cost limit remaining resetAt }}\n");
    for (index, repository) in repositories.iter().enumerate() {
        let (owner, name) = repository.split_once('/').unwrap_or((repository, ""));
        let _ = writeln!(
            query,
            "  r{index}: repository(owner: \"{owner}\", name: \"{name}\") {{ ...{fragment} }}"
        );
    }
    query.push('}');
    query
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parses(query: &str) {
        graphql_parser::parse_query::<String>(query).expect("a query");
    }

    #[test]
    fn every_query_is_graphql() {
        parses(&sweep(
            &["larkspur/checkout", "larkspur/search"],
            Depth::Deep,
        ));
        parses(&sweep(&["larkspur/checkout"], Depth::Shallow));
        parses(&calendar(&["larkspur/checkout"]));
        parses(&pull_requests("larkspur/checkout", &["ab", "cd"]));
        parses(PROBE);
    }

    #[test]
    fn every_repository_is_asked_for_under_its_own_alias() {
        let query = sweep(&["larkspur/checkout", "larkspur/search"], Depth::Shallow);
        assert!(query.contains(r#"r0: repository(owner: "larkspur", name: "checkout")"#));
        assert!(query.contains(r#"r1: repository(owner: "larkspur", name: "search")"#));
        assert!(query.contains("history(first: 3)"));
        assert!(!query.contains("pendingDeploymentRequests"));
    }
}
