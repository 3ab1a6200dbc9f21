//! Mappings of vendor-shaped answers.

use crate::{
    domain::{
        Body, Conclusion, DeploymentState, EnvironmentName, Run, RunState, ServiceName, SourceId,
        Text, Version, WindowKind,
    },
    integrations::github::wire::{graph, rest as wire},
};

use super::{
    Place, calendar, deployment_state, first_line, rest, run_state,
    sweep::{self, Known, Swept},
    version::Tags,
};

const SWEPT: &str = r#"{
  "environments": {"nodes": [
    {"name":"production","databaseId":7001,"latestCompletedDeployment":{
      "id":"DE_1","databaseId":1,"state":"ACTIVE","environment":"production","commitOid":"c11",
      "description":"","payload":"","createdAt":"2026-11-01T10:00:00Z","updatedAt":"2026-11-01T10:09:00Z",
      "ref":{"name":"v4.11.3"},"creator":{"login":"ana"},
      "latestStatus":{"state":"SUCCESS","createdAt":"2026-11-01T10:09:00Z","logUrl":"https://github.com/larkspur/checkout/actions/runs/5000000001/job/9"}}},
    {"name":"staging","databaseId":null,"latestCompletedDeployment":null},
    {"nothing":"here"}
  ]},
  "deployments": {"nodes": [
    {"id":"DE_2","databaseId":2,"state":"WAITING","environment":"production","commitOid":"c12",
     "createdAt":"2026-11-22T14:00:00Z","updatedAt":"2026-11-22T14:00:00Z","ref":{"name":"v4.12.0"},
     "creator":{"login":"ana"},"latestStatus":null},
    {"id":"DE_3","databaseId":null,"state":"TELEPORTING","environment":"staging","commitOid":"c12aaaaaaaa",
     "createdAt":"2026-11-22T13:00:00Z","updatedAt":"2026-11-22T13:00:00Z","ref":null,"creator":null,
     "latestStatus":null}
  ]},
  "refs": {"nodes": [
    {"name":"v4.12.0","target":{"oid":"t12","target":{"oid":"c12"}}},
    {"name":"v4.11.3","target":{"oid":"c11"}}
  ]},
  "defaultBranchRef": {"name":"main","target":{"history":{"nodes":[
    {"oid":"c12","messageHeadline":"Faster checkout (#12)","checkSuites":{"nodes":[
      {"status":"WAITING","conclusion":null,"branch":null,"creator":{"login":"bo"},"workflowRun":{
        "databaseId":null,"runNumber":88,"event":"push",
        "url":"https://github.com/larkspur/checkout/actions/runs/5000000088",
        "createdAt":"2026-11-22T13:59:00Z","updatedAt":"2026-11-22T14:00:00Z","workflow":{"name":"release"},
        "pendingDeploymentRequests":{"nodes":[
          {"currentUserCanApprove":true,"waitTimerStartedAt":null,"environment":{"name":"production","databaseId":7001}}
        ]}}},
      {"status":"COMPLETED","conclusion":"EXPLODED","branch":{"name":"main"},"creator":null,"workflowRun":{
        "databaseId":87,"runNumber":87,"event":"push","url":"",
        "createdAt":"2026-11-22T13:58:00Z","updatedAt":"2026-11-22T13:59:00Z","workflow":null}},
      {"status":"QUEUED","conclusion":null,"workflowRun":null},
      {"status":3}
    ]}}
  ]}}}
}"#;

fn source() -> SourceId {
    SourceId::new("github")
}

fn swept_with(known: Option<&Known>) -> Swept {
    let answer: graph::Repository = serde_json::from_str(SWEPT).expect("an answer");
    let (source, service) = (source(), ServiceName::new("checkout"));
    let mut tags = Tags::default();
    sweep::learn(&mut tags, &answer);
    let place = Place {
        source: &source,
        service: &service,
        repository: "larkspur/checkout",
        tags: &tags,
    };
    sweep::repository(&place, &answer, |_| known)
}

#[test]
fn a_sweep_tells_environments_deployments_runs_and_approvals() {
    let swept = swept_with(None);
    assert_eq!(
        swept.environments,
        Some(vec![
            EnvironmentName::new("production"),
            EnvironmentName::new("staging")
        ])
    );
    assert_eq!(swept.malformed, 2, "one environment and one suite");

    let [waiting, odd, serving] = swept.deployments.as_slice() else {
        panic!("{:?}", swept.deployments);
    };
    assert_eq!(waiting.version, Version::new("4.12.0"));
    assert_eq!(waiting.state, DeploymentState::Waiting);
    assert_eq!(odd.state, DeploymentState::Other(Text::new("teleporting")));
    assert_eq!(
        odd.version,
        Version::new("c12aaaa"),
        "no tag, so the commit"
    );
    assert_eq!(odd.id.key.as_str(), "larkspur/checkout/deployments/DE_3");
    assert_eq!(serving.state, DeploymentState::Success);
    assert_eq!(
        serving.run.as_ref().map(|run| run.key.as_str()),
        Some("larkspur/checkout/runs/5000000001")
    );

    let [(id, run), (_, exploded)] = swept.runs.as_slice() else {
        panic!("{:?}", swept.runs);
    };
    assert_eq!(*id, 5_000_000_088, "from the page, for it exceeds 32 bits");
    assert_eq!(run.state, RunState::Waiting);
    assert_eq!(run.title, Text::new("Faster checkout (#12)"));
    assert_eq!(run.branch, Text::new("main"));
    assert_eq!(run.version, Some(Version::new("4.12.0")));
    assert_eq!(run.environment, Some(EnvironmentName::new("production")));
    assert_eq!(
        exploded.state,
        RunState::Done(Conclusion::Other(Text::new("exploded")))
    );

    let (_, approvals) = &swept.approvals[0];
    assert_eq!(
        approvals[0].id.key.as_str(),
        "larkspur/checkout/runs/5000000088/approvals/production"
    );
    assert_eq!(approvals[0].environment_key, Text::new("7001"));
    assert_eq!(approvals[0].can_approve, Some(true));
    assert_eq!(swept.approvals.len(), 1, "the other run was not asked");
}

#[test]
fn what_rest_told_of_a_run_outlives_the_sweep() {
    let known = Known {
        attempt: 3,
        title: Text::new("Release 4.12.0"),
        actor: Text::new("cy"),
        branch: Text::new("v4.12.0"),
        started: None,
        state: RunState::Waiting,
        updated: "2026-11-22T14:00:00Z".parse().expect("a time"),
    };
    let swept = swept_with(Some(&known));
    let run = &swept.runs[0].1;
    assert_eq!((run.attempt, run.actor.as_str()), (3, "cy"));
    assert_eq!(run.title, Text::new("Release 4.12.0"));
}

#[test]
fn a_repository_that_may_not_be_seen_whole_is_not_empty() {
    let answer: graph::Repository = serde_json::from_str(
        r#"{"environments":null,"deployments":null,"refs":null,"defaultBranchRef":null}"#,
    )
    .expect("an answer");
    let (source, service, tags) = (source(), ServiceName::new("checkout"), Tags::default());
    let place = Place {
        source: &source,
        service: &service,
        repository: "larkspur/checkout",
        tags: &tags,
    };
    let swept = sweep::repository(&place, &answer, |_| None);
    assert_eq!(swept.environments, None);
}

#[test]
fn words_are_known_in_both_spellings_and_strangers_are_kept() {
    for status in ["queued", "QUEUED", "requested", "pending"] {
        assert_eq!(run_state(status, None), RunState::Queued);
    }
    assert_eq!(run_state("IN_PROGRESS", None), RunState::Running);
    assert_eq!(
        run_state("completed", Some("startup_failure")),
        RunState::Done(Conclusion::StartupFailure)
    );
    assert_eq!(
        run_state("completed", None),
        RunState::Done(Conclusion::Other(Text::new("no conclusion")))
    );
    assert_eq!(
        run_state("paused", None),
        RunState::Other(Text::new("paused"))
    );
    assert_eq!(deployment_state("ACTIVE"), DeploymentState::Success);
    assert_eq!(deployment_state("error"), DeploymentState::Failure);
}

#[test]
fn only_the_first_line_of_a_message_is_a_title() {
    assert_eq!(first_line("one\r\ntwo"), Text::new("one"));
    assert_eq!(first_line(""), Text::new(""));
    let hostile = first_line("\u{1b}]0;pwned\u{7}\u{1b}[2Jx");
    assert!(!hostile.chars().any(char::is_control), "{hostile:?}");
    let long = "🚀".repeat(10_000);
    assert!(first_line(&long).chars().count() > 0);
}

fn mapped(json: &str) -> Run {
    let run: wire::Run = serde_json::from_str(json).expect("a run");
    let (source, service, tags) = (source(), ServiceName::new("checkout"), Tags::default());
    let place = Place {
        source: &source,
        service: &service,
        repository: "larkspur/checkout",
        tags: &tags,
    };
    rest::run(&place, &run, None)
}

#[test]
fn a_run_with_the_least_that_github_sends_is_a_run() {
    let run = mapped(
        r#"{"id":18446744073709551615,"created_at":"2026-11-22T14:00:00Z","updated_at":"2026-11-22T14:00:00Z",
            "name":null,"head_branch":null,"conclusion":null,"actor":null,"path":".github/workflows/release.yml"}"#,
    );
    assert_eq!(
        run.id.key.as_str(),
        "larkspur/checkout/runs/18446744073709551615"
    );
    assert_eq!(run.workflow, Text::new("release.yml"));
    assert_eq!(run.attempt, 1);
}

#[test]
fn a_run_of_a_tag_ships_its_version() {
    let run = mapped(
        r#"{"id":1,"run_attempt":2,"created_at":"2026-11-22T14:00:00Z","updated_at":"2026-11-22T14:00:00Z",
            "name":"release","head_branch":"v4.12.0","display_title":"x","actor":{"login":"ana"},
            "triggering_actor":{"login":"bo"},"status":"completed","conclusion":"failure"}"#,
    );
    assert_eq!(run.version, Some(Version::new("4.12.0")));
    assert_eq!(run.actor, Text::new("bo"), "who started this attempt");
    assert!(run.state.is_failed());
}

#[test]
fn a_comparison_tells_commits_and_pull_requests() {
    let answer: wire::Compare = serde_json::from_str(
        r#"{"ahead_by":3,"behind_by":1,"files":[{"filename":"src/a.rs"},{"nope":1}],"commits":[
            {"sha":"a1","commit":{"message":"Faster (#12)\n\nbody","author":{"name":"Ana","date":"2026-11-20T10:00:00Z"}},"author":{"login":"ana"}},
            {"sha":"a2","commit":{"message":"Merge pull request #13 from x/y\n\nSafer","committer":{"name":"Bo","date":"2026-11-21T10:00:00Z"}},"author":null},
            {"sha":"a3","commit":{"message":"No request","author":null}}]}"#,
    )
    .expect("an answer");
    let (source, service, tags) = (source(), ServiceName::new("checkout"), Tags::default());
    let place = Place {
        source: &source,
        service: &service,
        repository: "larkspur/checkout",
        tags: &tags,
    };
    let comparison = rest::comparison(&place, &Text::new("4.11.3"), &Text::new("4.12.0"), &answer);
    assert_eq!((comparison.ahead, comparison.behind), (3, 1));
    assert_eq!(comparison.commits.len(), 3);
    assert_eq!(comparison.commits[0].title, Text::new("Faster (#12)"));
    assert_eq!(comparison.files, [Text::new("src/a.rs")]);
    let pulls: Vec<(u64, &str)> = comparison
        .pull_requests
        .iter()
        .map(|pull| (pull.number, pull.title.as_str()))
        .collect();
    assert_eq!(pulls, [(12, "Faster"), (13, "Safer")]);
}

#[test]
fn milestones_are_one_listing_and_releases_are_published() {
    let answer: graph::Calendar = serde_json::from_str(
        r#"{"milestones":{"nodes":[
              {"number":4,"title":"4.13","dueOn":"2026-12-01T00:00:00Z","createdAt":"2026-11-01T00:00:00Z","progressPercentage":62.4,"url":"u"},
              {"number":5,"title":"some day","dueOn":null,"createdAt":"2026-11-01T00:00:00Z"},
              {"number":6,"title":"late","dueOn":"2026-10-01T00:00:00Z","createdAt":"2026-11-01T00:00:00Z"}]},
            "releases":{"nodes":[
              {"id":"RE_1","databaseId":11,"tagName":"v4.12.0","name":"","publishedAt":"2026-11-20T00:00:00Z","isPrerelease":true,"url":"r"}]}}"#,
    )
    .expect("an answer");
    let (source, service, tags) = (source(), ServiceName::new("checkout"), Tags::default());
    let place = Place {
        source: &source,
        service: &service,
        repository: "larkspur/checkout",
        tags: &tags,
    };
    let bodies = calendar::from_graph(&place, &answer);
    let [Body::Windows { items, .. }, Body::Published(published)] = bodies.as_slice() else {
        panic!("{bodies:?}");
    };
    assert_eq!(items.len(), 1, "one has no date, one ends before it begins");
    assert_eq!(items[0].kind, WindowKind::Milestone);
    assert_eq!(items[0].detail, Text::new("62 % done"));
    assert_eq!(published.version, Version::new("4.12.0"));
    assert_eq!(published.title, Text::new("v4.12.0"));
    assert!(published.prerelease);
}
