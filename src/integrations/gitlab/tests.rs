//! The whole integration against a vendor on loopback.

mod history;
mod log;

use super::testing::{Reply, TOKEN, Vendor, answer, bodies, gitlab, path, project, sink};
use crate::{
    domain::{
        Approval, Body, Connection, Deployment, DeploymentState, Job, Origin, Run, RunState,
        ServiceName, SourceId, Text,
    },
    integrations::contract::Query,
};

fn origin(key: &str) -> Origin {
    Origin::new(
        &SourceId::new("gitlab"),
        &format!("larkspur/shop/web/-/{key}"),
    )
}

fn runs(bodies: &[Body]) -> Vec<Run> {
    let runs = bodies.iter().filter_map(|body| match body {
        Body::Run(run) => Some(run.clone()),
        _ => None,
    });
    runs.collect()
}

fn deployments(bodies: &[Body]) -> Vec<Deployment> {
    let all = bodies.iter().filter_map(|body| match body {
        Body::Deployment(one) => Some(one.clone()),
        _ => None,
    });
    all.collect()
}

/// The last listing.
fn approvals(bodies: &[Body]) -> Vec<Approval> {
    let mut all = bodies.iter().filter_map(|body| match body {
        Body::Approvals { items, .. } => Some(items.clone()),
        _ => None,
    });
    all.next_back().unwrap_or_default()
}

/// The jobs of a run's newest attempt that was told last.
fn jobs(bodies: &[Body], run: &str) -> (u32, Vec<Job>) {
    let wanted = origin(run);
    let all = bodies.iter().filter_map(|body| match body {
        Body::Jobs {
            run,
            attempt,
            items,
        } if *run == wanted => Some((*attempt, items.clone())),
        _ => None,
    });
    all.max_by_key(|(attempt, _)| *attempt).expect("jobs")
}

const PIPELINES: &str = r#"[
  {"id":20,"iid":8,"sha":"c12","ref":"v4.12.0","status":"running","source":"push","name":"Release",
   "created_at":"2026-11-22T14:00:00.000Z","updated_at":"2026-11-22T14:01:00.000Z","web_url":"u"},
  {"id":19,"iid":7,"sha":"abc","ref":"main","status":"success","source":"push",
   "created_at":"2026-11-22T13:00:00.000Z","updated_at":"2026-11-22T13:05:00.000Z","web_url":"u"}]"#;
const COMMITS: &str = r#"[{"id":"c12","title":"Keep baskets"},{"id":"abc","title":"Fix a typo"}]"#;
const JOBS: &str = r#"[
  {"id":203,"status":"created","stage":"deploy","name":"deploy","created_at":"2026-11-22T14:00:00Z"},
  {"id":202,"status":"running","stage":"test","name":"unit","created_at":"2026-11-22T14:00:00Z",
   "user":{"id":3,"username":"bo"},"commit":{"id":"c12","title":"Keep baskets"}},
  {"id":201,"status":"failed","stage":"test","name":"unit","created_at":"2026-11-22T14:00:00Z",
   "failure_reason":"script_failure"}]"#;

#[tokio::test]
async fn a_pipeline_is_told_with_the_title_and_the_attempt_that_its_jobs_tell() {
    let vendor = project(&[
        ("pipelines", PIPELINES),
        ("repository/commits", COMMITS),
        ("pipelines/20/jobs", JOBS),
    ])
    .await;
    let gitlab = gitlab(&vendor.url, &["web"]);
    let (sink, facts) = sink();
    gitlab.sweep(&sink).await.unwrap();
    let bodies = bodies(&facts);
    let run = runs(&bodies)
        .into_iter()
        .rfind(|run| run.id == origin("pipelines/20"))
        .unwrap();
    assert_eq!((run.number, run.attempt), (8, 2), "retried once");
    assert_eq!(run.title, Text::new("Keep baskets"));
    assert_eq!(run.actor, Text::new("bo"));
    assert_eq!(run.workflow, Text::new("Release"));
    assert_eq!(run.version, Some("4.12.0".into()));
    assert_eq!(run.state, RunState::Running);
    let (attempt, items) = jobs(&bodies, "pipelines/20");
    assert_eq!(attempt, 2);
    let names: Vec<&str> = items.iter().map(|job| job.id.key.as_str()).collect();
    assert_eq!(
        names,
        [
            "larkspur/shop/web/-/jobs/202",
            "larkspur/shop/web/-/jobs/203"
        ],
        "the retried one counts no more, and the order is that of the pipeline"
    );
    let lists = vendor.asked();
    assert!(
        lists
            .iter()
            .any(|asked| asked.path.contains("include_retried=true"))
    );
}

#[tokio::test]
async fn deployments_are_asked_for_with_the_newest_first() {
    let vendor = project(&[]).await;
    let gitlab = gitlab(&vendor.url, &["web"]);
    let (sink, _facts) = sink();
    gitlab.sweep(&sink).await.unwrap();
    let asked = vendor.asked();
    let list = asked
        .iter()
        .find(|asked| path(asked).ends_with("/deployments"))
        .unwrap();
    assert!(list.path.contains("order_by=id&sort=desc"), "{}", list.path);
}

const DEPLOYMENTS: &str = r#"[
  {"id":34,"status":"blocked","ref":"v4.13.0","sha":"c13","created_at":"2026-11-22T14:00:00Z",
   "environment":{"id":4,"name":"production"},"user":{"id":3,"username":"bo"},
   "deployable":{"id":340,"status":"manual","name":"deploy","pipeline":{"id":21},"commit":{"id":"c13","title":"Ship it"}}},
  {"id":33,"status":"created","ref":"v4.12.9","sha":"c129","created_at":"2026-11-22T13:30:00Z",
   "environment":{"id":4,"name":"production"},
   "deployable":{"id":330,"status":"manual","name":"deploy","pipeline":{"id":20}}},
  {"id":32,"status":"success","ref":"v4.12.0","sha":"c12","created_at":"2026-11-22T13:00:00Z",
   "environment":{"id":4,"name":"production"},"deployable":{"id":320,"status":"success","pipeline":{"id":19}}},
  {"id":31,"status":"success","ref":"v4.11.3","sha":"c11","created_at":"2026-11-22T12:00:00Z",
   "environment":{"id":4,"name":"production"},"deployable":null},
  {"id":30,"status":"created","ref":"main","sha":"c10","created_at":"2026-11-22T11:00:00Z",
   "environment":{"id":5,"name":"staging"},
   "deployable":{"id":300,"status":"manual","name":"deploy staging","pipeline":{"id":18}}}]"#;
const BLOCKED: &str = r#"
  {"id":34,"status":"blocked","ref":"v4.13.0","sha":"c13","created_at":"2026-11-22T14:00:00Z",
   "environment":{"id":4,"name":"production"},"user":{"id":3,"username":"bo"},
   "deployable":{"id":340,"status":"manual","name":"deploy","pipeline":{"id":21},"commit":{"id":"c13","title":"Ship it"}},
   "pending_approval_count":2,"approvals":[{"user":{"id":9,"username":"kim"},"status":"approved"}],
   "approval_summary":{"rules":[
     {"access_level_description":"Maintainers","required_approvals":2,
      "deployment_approvals":[{"user":{"id":9,"username":"kim"},"status":"approved"}]},
     {"access_level_description":"qa","required_approvals":2,"deployment_approvals":[]}]}}"#;

#[tokio::test]
async fn only_the_newest_success_serves_although_older_ones_keep_the_word() {
    let vendor = project(&[("deployments", DEPLOYMENTS), ("deployments/34", BLOCKED)]).await;
    let gitlab = gitlab(&vendor.url, &["web"]);
    let (sink, facts) = sink();
    gitlab.sweep(&sink).await.unwrap();
    let deployments = deployments(&bodies(&facts));
    let states: Vec<(&str, &DeploymentState)> = deployments
        .iter()
        .map(|one| (one.version.as_str(), &one.state))
        .take(4)
        .collect();
    assert_eq!(
        states,
        [
            ("4.13.0", &DeploymentState::Waiting),
            ("4.12.9", &DeploymentState::Waiting),
            ("4.12.0", &DeploymentState::Success),
            ("4.11.3", &DeploymentState::Inactive),
        ]
    );
    assert_eq!(deployments[2].run, Some(origin("pipelines/19")));
    assert_eq!(deployments[3].run, None, "something outside deployed it");
}

#[tokio::test]
async fn a_blocked_deployment_and_a_manual_job_wait_and_an_overtaken_one_does_not() {
    let vendor = project(&[("deployments", DEPLOYMENTS), ("deployments/34", BLOCKED)]).await;
    let gitlab = gitlab(&vendor.url, &["web"]);
    let (sink, facts) = sink();
    gitlab.sweep(&sink).await.unwrap();
    let waiting = approvals(&bodies(&facts));
    let ids: Vec<&str> = waiting.iter().map(|one| one.id.key.as_str()).collect();
    assert_eq!(
        ids,
        [
            "larkspur/shop/web/-/deployments/34",
            "larkspur/shop/web/-/jobs/300"
        ]
    );
    let blocked = &waiting[0];
    assert_eq!(
        blocked.reviewers,
        [Text::new("Maintainers"), Text::new("2 of qa")]
    );
    assert_eq!(blocked.run, origin("pipelines/21"));
    assert_eq!(blocked.title, Text::new("Ship it"));
    assert_eq!(waiting[1].title, Text::new("play deploy staging"));
    assert_eq!(blocked.requested_by, Text::new("bo"));
}

#[tokio::test]
async fn jobs_of_a_child_pipeline_are_walked_to() {
    let vendor = project(&[
        (
            "pipelines/20",
            r#"{"id":20,"status":"failed","created_at":"2026-11-22T14:00:00Z"}"#,
        ),
        (
            "pipelines/20/bridges",
            r#"[{"id":1,"name":"trigger e2e","status":"failed","downstream_pipeline":{"id":21,"project_id":7,"status":"failed"}},
                {"id":2,"name":"not yet","status":"created","downstream_pipeline":null}]"#,
        ),
        (
            "pipelines/21/jobs",
            r#"[{"id":211,"status":"failed","stage":"test","name":"guest pays"}]"#,
        ),
    ])
    .await;
    let gitlab = gitlab(&vendor.url, &["web"]);
    let (sink, facts) = sink();
    gitlab
        .fetch(Query::Jobs(origin("pipelines/20")), &sink)
        .await
        .unwrap();
    let (_, items) = jobs(&bodies(&facts), "pipelines/20");
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].name, Text::new("trigger e2e / guest pays"));
    assert!(items[0].state.is_failed());
}

#[tokio::test]
async fn further_pages_are_asked_for_below_the_configured_address() {
    // An instance behind a proxy writes its inner name into its links.
    let stranger = Vendor::start(|_| Reply::json("[]")).await;
    let link = format!(
        "link: <{}/api/v4/projects/7/pipelines/20/jobs?id=7&page=2&per_page=100>; rel=\"next\"\r\n",
        stranger.url
    );
    let vendor = Vendor::start(move |asked| {
        if !path(asked).ends_with("pipelines/20/jobs") {
            return answer(
                asked,
                &[(
                    "pipelines/20",
                    r#"{"id":20,"status":"success","created_at":"2026-11-22T14:00:00Z"}"#,
                )],
            );
        }
        let second = asked.path.contains("page=2");
        let name = if second { "two" } else { "one" };
        let id = if second { 2 } else { 1 };
        let link = if second { String::new() } else { link.clone() };
        Reply::Say(
            200,
            format!("content-type: application/json\r\n{link}"),
            format!(r#"[{{"id":{id},"status":"success","stage":"x","name":"{name}"}}]"#),
        )
    })
    .await;
    let gitlab = gitlab(&vendor.url, &["web"]);
    let (sink, facts) = sink();
    gitlab
        .fetch(Query::Jobs(origin("pipelines/20")), &sink)
        .await
        .unwrap();
    assert_eq!(jobs(&bodies(&facts), "pipelines/20").1.len(), 2);
    assert!(stranger.asked().is_empty(), "the token went to a stranger");
}

#[tokio::test]
async fn a_moved_project_is_followed_and_a_stranger_gets_no_token() {
    let stranger = Vendor::start(|_| Reply::json("[]")).await;
    let away = format!("location: {}/elsewhere\r\n", stranger.url);
    let vendor = Vendor::start(move |asked| match path(asked) {
        "projects/larkspur%2Fshop%2Fweb/pipelines" => Reply::Say(
            302,
            "location: /api/v4/projects/77/pipelines\r\n".to_owned(),
            String::new(),
        ),
        "projects/77/pipelines" => Reply::json(PIPELINES),
        "projects/larkspur%2Fshop%2Fweb/releases" => Reply::Say(302, away.clone(), String::new()),
        _ => answer(asked, &[]),
    })
    .await;
    let gitlab = gitlab(&vendor.url, &["web"]);
    let (sink, facts) = sink();
    let _ = gitlab.sweep(&sink).await;
    assert!(!runs(&bodies(&facts)).is_empty());
    let moved = vendor.asked();
    let moved = moved
        .iter()
        .find(|asked| path(asked) == "projects/77/pipelines")
        .unwrap();
    assert!(moved.head.contains(TOKEN), "the same host gets it");
    assert_eq!(stranger.asked().len(), 1);
    for asked in stranger.asked() {
        assert!(!asked.head.contains(TOKEN), "{}", asked.head);
    }
}

#[tokio::test]
async fn an_unchanged_list_costs_a_304_and_is_still_news() {
    let vendor = Vendor::start(|asked| {
        if !path(asked).ends_with("/pipelines") {
            return answer(asked, &[]);
        }
        if asked
            .head
            .to_ascii_lowercase()
            .contains("if-none-match: w/\"abc\"")
        {
            return Reply::Say(304, String::new(), String::new());
        }
        Reply::Say(
            200,
            "content-type: application/json\r\netag: W/\"abc\"\r\n".to_owned(),
            PIPELINES.replace("running", "success"),
        )
    })
    .await;
    let gitlab = gitlab(&vendor.url, &["web"]);
    let (sink, facts) = sink();
    gitlab.sweep(&sink).await.unwrap();
    gitlab.sweep(&sink).await.unwrap();
    let seen: Vec<_> = facts
        .lock()
        .unwrap()
        .iter()
        .filter(|fact| matches!(&fact.body, Body::Run(run) if run.id == origin("pipelines/19")))
        .map(|fact| fact.observed)
        .collect();
    assert_eq!(seen.len(), 2);
    assert!(seen[1] > seen[0], "seen again, later");
}

#[tokio::test]
async fn no_wrong_body_is_ever_an_empty_list() {
    for (status, body) in [
        (200, "<html><title>Sign in</title></html>"),
        (200, ""),
        (200, "{}"),
        (200, "null"),
        (200, "true"),
        (200, r#"[{"id":1,"created_at":"#),
        (401, r#"{"message":"401 Unauthorized"}"#),
        (500, r#"{"message":"500 Internal Server Error"}"#),
    ] {
        let vendor = Vendor::start(move |_| Reply::status(status, body)).await;
        let gitlab = gitlab(&vendor.url, &["web"]);
        let (sink, facts) = sink();
        assert!(gitlab.sweep(&sink).await.is_err(), "{body:?}");
        for body in bodies(&facts) {
            assert!(
                matches!(&body, Body::Health(health) if health.connection != Connection::Ok),
                "{body:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_switched_off_in_a_project_lacks_and_nothing_else_does() {
    let vendor = Vendor::start(|asked| {
        let closed = ["freeze_periods", "milestones", "releases", "environments"];
        if closed.iter().any(|end| path(asked).ends_with(end)) {
            return Reply::status(403, r#"{"message":"403 Forbidden"}"#);
        }
        answer(
            asked,
            &[("pipelines", PIPELINES), ("pipelines/20/jobs", JOBS)],
        )
    })
    .await;
    let gitlab = gitlab(&vendor.url, &["web"]);
    let (sink, facts) = sink();
    gitlab.sweep(&sink).await.unwrap();
    let bodies = bodies(&facts);
    assert!(bodies.contains(&Body::Service(ServiceName::new("web"))));
    assert!(
        matches!(bodies.last(), Some(Body::Health(health)) if health.connection == Connection::Ok)
    );
}

#[tokio::test]
async fn a_limit_says_until_when_and_ends_the_round() {
    let vendor = Vendor::start(|_| {
        Reply::Say(
            429,
            "content-type: text/plain\r\nretry-after: 120\r\nratelimit-limit: 600\r\n\
             ratelimit-remaining: 0\r\nratelimit-reset: 1\r\n"
                .to_owned(),
            "Retry later\n".to_owned(),
        )
    })
    .await;
    let names: Vec<String> = (0..100).map(|number| format!("service-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let gitlab = gitlab(&vendor.url, &names);
    let (sink, _facts) = sink();
    let fault = gitlab.sweep(&sink).await.unwrap_err();
    assert_eq!(fault.connection, Connection::RateLimited);
    assert!(fault.retry_at.is_some());
    assert_eq!(vendor.asked().len(), 1, "nobody is asked again before that");
}

#[tokio::test]
async fn a_hundred_projects_take_a_bounded_number_of_requests() {
    let vendor = Vendor::start(|_| Reply::json("[]")).await;
    let names: Vec<String> = (0..100).map(|number| format!("service-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let gitlab = gitlab(&vendor.url, &names);
    let (sink, _facts) = sink();
    gitlab.sweep(&sink).await.unwrap();
    assert_eq!(
        vendor.asked().len(),
        700,
        "two for pipelines and deployments, five for the calendar"
    );
}

#[tokio::test]
async fn a_comparison_asks_for_tags_falls_back_to_the_words_and_tells_what_was_merged() {
    let vendor = Vendor::start(|asked| {
        if path(asked).ends_with("repository/compare") {
            if asked.path.contains("from=v4.11.3") {
                return Reply::status(404, r#"{"message":"404 Ref Not Found"}"#);
            }
            return Reply::json(
                r#"{"commits":[{"id":"c12","title":"Keep baskets","author_name":"Bo","committed_date":"2026-11-22T12:00:00Z"}],
                    "diffs":[{"new_path":"migrations/1.sql"},{"odd":true}]}"#,
            );
        }
        answer(
            asked,
            &[
                ("deployments", DEPLOYMENTS),
                ("deployments/34", BLOCKED),
                (
                    "deployments/32/merge_requests",
                    r#"[{"iid":7,"title":"Keep baskets","author":{"id":3,"username":"bo"},"merge_commit_sha":"c12","labels":["bug"]},
                        {"iid":6,"title":"Earlier","merge_commit_sha":"c11"}]"#,
                ),
            ],
        )
    })
    .await;
    let gitlab = gitlab(&vendor.url, &["web"]);
    let (sink, facts) = sink();
    gitlab.sweep(&sink).await.unwrap();
    let query = Query::Compare {
        service: ServiceName::new("web"),
        base: Text::new("4.11.3"),
        head: Text::new("main"),
    };
    gitlab.fetch(query, &sink).await.unwrap();
    let bodies = bodies(&facts);
    let Some(Body::Comparison(found)) = bodies.last() else {
        panic!("{bodies:?}");
    };
    assert_eq!((found.ahead, found.behind), (1, 0));
    assert_eq!(found.files, [Text::new("migrations/1.sql")]);
    assert_eq!(found.pull_requests.len(), 1);
    assert_eq!(found.pull_requests[0].number, 7);
    assert_eq!(found.pull_requests[0].labels, [Text::new("bug")]);
}

#[tokio::test]
async fn review_environments_do_not_hide_what_production_serves() {
    let vendor = Vendor::start(|asked| {
        let mut routes = vec![(
            "environments",
            r#"[{"id":4,"name":"production"},{"id":5,"name":"review/x"}]"#,
        )];
        if asked.path.contains("environment=production") {
            routes.push(("deployments", DEPLOYMENTS));
        }
        answer(asked, &routes)
    })
    .await;
    let gitlab = gitlab(&vendor.url, &["web"]);
    let (sink, facts) = sink();
    gitlab.sweep(&sink).await.unwrap();
    let serves = deployments(&bodies(&facts))
        .into_iter()
        .any(|one| one.version == "4.12.0".into() && one.state == DeploymentState::Success);
    assert!(serves);
}

#[tokio::test]
async fn the_doctor_names_what_is_wrong_and_how_to_mend_it() {
    let vendor = Vendor::start(|_| Reply::status(401, r#"{"message":"401 Unauthorized"}"#)).await;
    let gitlab = gitlab(&vendor.url, &["web"]);
    let findings = gitlab.doctor().await;
    assert_eq!(findings[0].ok, Some(false));
    assert!(findings[0].detail.contains("401"), "{:?}", findings[0]);
    assert!(!findings[0].hint.is_empty());
    assert!(vendor.asked().iter().all(|asked| asked.method == "GET"));
}

#[tokio::test]
async fn freezes_and_milestones_are_spans_and_releases_are_published() {
    let vendor = project(&[
        (
            "freeze_periods",
            r#"[{"id":3,"freeze_start":"0 0 * * *","freeze_end":"0 1 * * *","cron_timezone":"UTC"},
                {"id":4,"freeze_start":"soon","freeze_end":"later","cron_timezone":"UTC"}]"#,
        ),
        (
            "milestones",
            r#"[{"id":5,"title":"4.13","start_date":"2026-11-01","due_date":"2026-11-30","web_url":"u"},
                {"id":6,"title":"someday","due_date":null}]"#,
        ),
        (
            "releases",
            r#"[{"tag_name":"v4.14.0","name":"Winter","released_at":"2027-01-01T00:00:00Z","upcoming_release":true},
                {"tag_name":"v4.12.0","released_at":"2026-11-01T00:00:00Z","_links":{"self":"u"}}]"#,
        ),
    ])
    .await;
    let gitlab = gitlab(&vendor.url, &["web"]);
    let (sink, facts) = sink();
    let fault = gitlab.sweep(&sink).await.unwrap_err();
    assert!(
        fault.detail.contains("freeze period 4 cannot be read"),
        "{fault}"
    );
    let mut spans = Vec::new();
    let mut published = Vec::new();
    for body in bodies(&facts) {
        match body {
            Body::Windows { items, .. } => spans.extend(items),
            Body::Published(one) => published.push(one),
            _ => {}
        }
    }
    let milestone = spans
        .iter()
        .find(|span| span.title == Text::new("4.13"))
        .unwrap();
    assert_eq!(milestone.end.to_rfc3339(), "2026-12-01T00:00:00+00:00");
    let freezes = spans
        .iter()
        .filter(|span| span.kind == crate::domain::WindowKind::Freeze)
        .count();
    assert_eq!(freezes, 4, "the next nights");
    assert_eq!(published[0].at, None, "announced, not out");
    assert!(published[1].at.is_some());
}
