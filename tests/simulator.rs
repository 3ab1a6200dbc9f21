//! The simulator over HTTP, as a client sees it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tminus::simulator::{Options, Running, start};

struct Company {
    running: Running,
    client: Client,
    token: String,
    url: String,
}

impl Company {
    async fn open(scenario: &str, speed: f64) -> Self {
        let running = start(Options {
            scenario: scenario.to_owned(),
            seed: 7,
            speed,
        })
        .await
        .unwrap();
        let directory = tempfile::tempdir().unwrap();
        running.write_files(directory.path()).unwrap();
        let token = std::fs::read_to_string(directory.path().join("github.token")).unwrap();
        let client = Client::builder()
            .user_agent("test")
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            url: running.urls["github"].clone(),
            running,
            client,
            token,
        }
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> reqwest::Response {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let response = self.send(Method::GET, path, None).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let response = self.send(Method::POST, path, Some(body)).await;
        let status = response.status();
        (status, response.json().await.unwrap_or_default())
    }

    /// Reads until what is read is as wished.
    async fn until(&self, path: &str, wish: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..200 {
            let value = self.get(path).await;
            if wish(&value) {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{path} never became as wished");
    }
}

#[tokio::test]
async fn an_approval_lets_a_run_go_on_and_a_second_one_is_refused() {
    let company = Company::open("release-day", 40.0).await;
    let waiting = company
        .get("/repos/larkspur/search/actions/runs?status=waiting")
        .await;
    assert_eq!(waiting["total_count"], 1);
    let run = waiting["workflow_runs"][0]["id"].as_u64().unwrap();
    let path = format!("/repos/larkspur/search/actions/runs/{run}");
    let pending = company.get(&format!("{path}/pending_deployments")).await;
    let environment = pending[0]["environment"]["id"].clone();
    assert_eq!(pending[0]["current_user_can_approve"], true);
    let review = json!({
        "environment_ids": [environment], "state": "approved", "comment": "go",
    });
    let (status, deployments) = company
        .post(&format!("{path}/pending_deployments"), review.clone())
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(deployments[0]["ref"], "v1.88.0");
    let (status, _) = company
        .post(&format!("{path}/pending_deployments"), review)
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = company
        .until(&path, |run| run["status"] == "completed")
        .await;
    assert_eq!(done["conclusion"], "success");
    let approvals = company.get(&format!("{path}/approvals")).await;
    assert_eq!(approvals[0]["state"], "approved");
    assert_eq!(approvals[0]["user"]["login"], "ana");
    let deployment = deployments[0]["id"].as_u64().unwrap();
    let statuses = company
        .get(&format!(
            "/repos/larkspur/search/deployments/{deployment}/statuses"
        ))
        .await;
    assert_eq!(statuses[0]["state"], "success");
    company.running.shutdown().await;
}

#[tokio::test]
async fn a_rollback_is_dispatched_observed_and_found_by_its_request_id() {
    let company = Company::open("release-day", 40.0).await;
    let (status, answer) = company
        .post(
            "/repos/larkspur/checkout/actions/workflows/rollback.yml/dispatches",
            json!({
                "ref": "main",
                "inputs": {
                    "service": "checkout", "environment": "production",
                    "version": "4.11.3", "request_id": "0198-aa",
                },
                "return_run_details": true,
            }),
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let run = answer["workflow_run_id"].as_u64().unwrap();
    let path = format!("/repos/larkspur/checkout/actions/runs/{run}");
    let created = company.get(&path).await;
    assert!(
        created["display_title"]
            .as_str()
            .unwrap()
            .contains("0198-aa")
    );
    assert_eq!(created["event"], "workflow_dispatch");
    company
        .until(&path, |run| run["conclusion"] == "success")
        .await;
    let deployments = company
        .get("/repos/larkspur/checkout/deployments?environment=production&per_page=2")
        .await;
    assert_eq!(deployments[0]["ref"], "v4.11.3");
    let live = company
        .get("/repos/larkspur/checkout/actions/runs?branch=v4.12.0")
        .await;
    assert_eq!(live["workflow_runs"][0]["conclusion"], "failure");
    company.running.shutdown().await;
}

#[tokio::test]
async fn failed_jobs_run_again_and_their_log_comes_from_another_origin() {
    let company = Company::open("release-day", 60.0).await;
    let failed = company
        .get("/repos/larkspur/web/actions/runs?status=failure")
        .await;
    let run = failed["workflow_runs"][0]["id"].as_u64().unwrap();
    let path = format!("/repos/larkspur/web/actions/runs/{run}");
    let jobs = company.get(&format!("{path}/jobs")).await;
    let job = jobs["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|job| job["conclusion"] == "failure")
        .unwrap();
    assert!(
        job["steps"]
            .as_array()
            .unwrap()
            .iter()
            .any(|step| step["conclusion"] == "failure")
    );
    let id = job["id"].as_u64().unwrap();
    let redirect = company
        .send(
            Method::GET,
            &format!("/repos/larkspur/web/actions/jobs/{id}/logs"),
            None,
        )
        .await;
    assert_eq!(redirect.status(), StatusCode::FOUND);
    let location = redirect.headers()["location"].to_str().unwrap().to_owned();
    assert!(!location.starts_with(&company.url));
    let log = company.client.get(&location).send().await.unwrap();
    assert_eq!(log.status(), StatusCode::OK);
    assert!(log.text().await.unwrap().contains("Timed out 30000ms"));
    let refused = company
        .client
        .get(&location)
        .bearer_auth(&company.token)
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    let (status, _) = company
        .post(&format!("{path}/rerun-failed-jobs"), json!({}))
        .await;
    assert_eq!(status, StatusCode::CREATED);
    let again = company
        .until(&path, |run| {
            run["run_attempt"] == 2 && run["status"] == "completed"
        })
        .await;
    assert_eq!(again["conclusion"], "success");
    company.running.shutdown().await;
}

#[tokio::test]
async fn unchanged_lists_answer_304_and_cost_nothing() {
    let company = Company::open("quiet-day", 1.0).await;
    let path = "/repos/larkspur/billing/actions/runs?per_page=3";
    let first = company.send(Method::GET, path, None).await;
    let tag = first.headers()["etag"].clone();
    assert!(
        first.headers()["link"]
            .to_str()
            .unwrap()
            .contains("rel=\"next\"")
    );
    let left = first.headers()["x-ratelimit-remaining"].clone();
    let second = company
        .client
        .get(format!("{}{path}", company.url))
        .bearer_auth(&company.token)
        .header("if-none-match", tag)
        .send()
        .await
        .unwrap();
    assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(second.headers()["x-ratelimit-remaining"], left);
    company.running.shutdown().await;
}

#[tokio::test]
async fn strangers_stay_outside() {
    let company = Company::open("quiet-day", 1.0).await;
    let url = format!("{}/repos/larkspur/billing", company.url);
    let wrong = company
        .client
        .get(&url)
        .bearer_auth("wrong")
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    let host = company
        .client
        .get(&url)
        .bearer_auth(&company.token)
        .header("host", "attacker.example")
        .send()
        .await
        .unwrap();
    assert_eq!(host.status(), StatusCode::FORBIDDEN);
    let origin = company
        .client
        .get(&url)
        .bearer_auth(&company.token)
        .header("origin", "https://attacker.example")
        .send()
        .await
        .unwrap();
    assert_eq!(origin.status(), StatusCode::FORBIDDEN);
    let absent = company
        .send(Method::GET, "/repos/larkspur/absent", None)
        .await;
    assert_eq!(absent.status(), StatusCode::NOT_FOUND);
    let slash = company
        .send(Method::GET, "/repos/larkspur/billing/", None)
        .await;
    assert_eq!(slash.status(), StatusCode::NOT_FOUND);
    company.running.shutdown().await;
}

#[tokio::test]
async fn faults_are_switched_and_writes_are_counted() {
    let company = Company::open("quiet-day", 1.0).await;
    let run = company
        .get("/repos/larkspur/shipping/actions/runs?status=waiting")
        .await["workflow_runs"][0]["id"]
        .as_u64()
        .unwrap();
    for (kind, status) in [
        ("bad-gateway", StatusCode::BAD_GATEWAY),
        ("rate-limit", StatusCode::TOO_MANY_REQUESTS),
        ("unauthorized", StatusCode::UNAUTHORIZED),
    ] {
        company
            .post("/__sim/fault", json!({ "kind": kind, "seconds": 30 }))
            .await;
        let response = company.send(Method::GET, "/user", None).await;
        assert_eq!(response.status(), status);
    }
    company
        .post("/__sim/fault", json!({ "kind": "truncate", "seconds": 30 }))
        .await;
    let half = company
        .send(Method::GET, "/user", None)
        .await
        .text()
        .await
        .unwrap();
    assert!(serde_json::from_str::<Value>(&half).is_err());
    company
        .post(
            "/__sim/fault",
            json!({ "kind": "reset-after-write", "seconds": 30 }),
        )
        .await;
    let lost = company
        .client
        .post(format!(
            "{}/repos/larkspur/shipping/actions/runs/{run}/cancel",
            company.url
        ))
        .bearer_auth(&company.token)
        .send()
        .await;
    assert!(lost.is_err());
    company
        .post("/__sim/fault", json!({ "kind": "none" }))
        .await;
    let path = format!("/repos/larkspur/shipping/actions/runs/{run}");
    company
        .until(&path, |run| run["conclusion"] == "cancelled")
        .await;
    let log = company.get("/__sim/requests").await;
    assert_eq!(log["writes"], 1);
    let stranger = company
        .client
        .get(format!("{}/__sim/requests", company.url))
        .send()
        .await
        .unwrap();
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    company.running.shutdown().await;
}

const SWEEP: &str = r#"
query Sweep($owner: String!, $commits: Int = 5) {
  rateLimit { cost limit remaining resetAt }
  viewer { login }
  r0: repository(owner: $owner, name: "search") { ...Swept }
  r1: repository(owner: $owner, name: "checkout") { ...Swept }
  r2: repository(owner: $owner, name: "absent") { name }
}
fragment Swept on Repository {
  __typename nameWithOwner
  environments(first: 20) { nodes { name latestCompletedDeployment { state commitOid } } }
  deployments(first: 4, orderBy: {field: CREATED_AT, direction: DESC}) {
    nodes { state environment ref { name } latestStatus { state } }
  }
  refs(refPrefix: "refs/tags/", first: 1, orderBy: {field: TAG_COMMIT_DATE, direction: DESC}) {
    nodes { name target { oid ... on Tag { target { oid } } } }
  }
  milestones(first: 3, states: [OPEN]) { totalCount nodes { title dueOn progressPercentage } }
  defaultBranchRef { name target { ... on Commit { history(first: $commits) {
    pageInfo { hasNextPage endCursor }
    nodes { oid messageHeadline checkSuites(first: 10) { nodes {
      status conclusion branch { name }
      workflowRun {
        databaseId runNumber workflow { name }
        pendingDeploymentRequests(first: 5) { nodes {
          currentUserCanApprove environment { name }
          reviewers(first: 5) { nodes { ... on User { login } ... on Team { name } } }
        } }
      }
    } } }
  } } } }
}
"#;

#[tokio::test]
async fn one_query_sweeps_runs_approvals_and_deployments() {
    let company = Company::open("release-day", 1.0).await;
    let (status, answer) = company
        .post(
            "/graphql",
            json!({ "query": SWEEP, "variables": { "owner": "larkspur" } }),
        )
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{answer}");
    assert_eq!(answer["errors"][0]["type"], "NOT_FOUND");
    assert_eq!(answer["errors"][0]["path"], json!(["r2"]));
    let data = &answer["data"];
    assert_eq!(data["r2"], Value::Null);
    assert_eq!(data["viewer"]["login"], "ana");
    assert_eq!(data["rateLimit"]["cost"], 6);
    assert_eq!(data["rateLimit"]["remaining"], 4_994);
    let search = &data["r0"];
    assert_eq!(search["__typename"], "Repository");
    assert_eq!(search["deployments"]["nodes"][0]["state"], "WAITING");
    assert_eq!(search["refs"]["nodes"][0]["name"], "v1.88.0");
    let pending: Vec<&Value> = search["defaultBranchRef"]["target"]["history"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|commit| commit["checkSuites"]["nodes"].as_array().unwrap())
        .flat_map(|suite| {
            suite["workflowRun"]["pendingDeploymentRequests"]["nodes"]
                .as_array()
                .unwrap()
        })
        .collect();
    assert_eq!(pending.len(), 1);
    assert_eq!(pending[0]["environment"]["name"], "production");
    assert_eq!(pending[0]["reviewers"]["nodes"][0]["login"], "ana");
    let checkout = &data["r1"];
    assert_eq!(checkout["deployments"]["nodes"][0]["state"], "IN_PROGRESS");
    let production = &checkout["environments"]["nodes"][1];
    assert_eq!(production["latestCompletedDeployment"]["state"], "ACTIVE");
    company.running.shutdown().await;
}

#[tokio::test]
async fn what_the_schema_does_not_have_is_refused_with_status_200() {
    let company = Company::open("quiet-day", 1.0).await;
    for (query, message) in [
        (
            r#"{ repository(owner: "larkspur", name: "web") { titel } }"#,
            "Field 'titel' doesn't exist on type 'Repository'",
        ),
        ("{ viewer { login ", "Parse error"),
        (
            r#"{ repository(owner: "larkspur", name: "web") { releases { totalCount } } }"#,
            "You must provide a `first` or `last` value",
        ),
        (
            r#"{ repository(owner: "larkspur", name: "web") { releases(first: 101) { totalCount } } }"#,
            "exceeds the `first` limit of 100",
        ),
        ("{ viewer }", "Field must have selections"),
        ("{ viewer { ...Missing } }", "Fragment Missing was used"),
    ] {
        let (status, answer) = company.post("/graphql", json!({ "query": query })).await;
        assert_eq!(status, StatusCode::OK);
        let said = answer["errors"][0]["message"].as_str().unwrap_or_default();
        assert!(said.contains(message), "{query}: {answer}");
    }
    company.running.shutdown().await;
}

#[tokio::test]
async fn a_redirect_to_another_host_shows_whether_a_credential_followed() {
    let company = Company::open("quiet-day", 1.0).await;
    company
        .post("/__sim/fault", json!({ "kind": "redirect", "seconds": 30 }))
        .await;
    let away = company.send(Method::GET, "/user", None).await;
    assert_eq!(away.status(), StatusCode::TEMPORARY_REDIRECT);
    let target = away.headers()["location"].to_str().unwrap().to_owned();
    assert!(target.starts_with("http://localhost:"));
    company.client.get(&target).send().await.unwrap();
    let log = company.get("/__sim/requests").await;
    let seen = log["requests"].as_array().unwrap();
    assert_eq!(seen[seen.len() - 1]["path"], "/__elsewhere");
    assert_eq!(seen[seen.len() - 1]["credential"], false);
    assert_eq!(seen[seen.len() - 2]["credential"], true);
    company.running.shutdown().await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error_and_one_that_trickles_arrives() {
    let company = Company::open("quiet-day", 1.0).await;
    let path = "/repos/larkspur/web/environments/absent";
    let fault =
        |kind: &'static str| company.post("/__sim/fault", json!({ "kind": kind, "seconds": 30 }));
    fault("cut").await;
    let cut = company.send(Method::GET, path, None).await;
    assert!(cut.text().await.is_err());
    fault("reset").await;
    let url = format!("{}{path}", company.url);
    let reset = company
        .client
        .get(&url)
        .bearer_auth(&company.token)
        .send()
        .await;
    assert!(reset.is_err());
    fault("trickle").await;
    let slow = company.send(Method::GET, path, None).await;
    assert!(slow.text().await.unwrap().contains("Not Found"));
    fault("silence-after-write").await;
    let asked = company.send(Method::GET, path, None).await;
    assert_eq!(asked.status(), StatusCode::NOT_FOUND);
    company.running.shutdown().await;
}

#[cfg(unix)]
#[tokio::test]
async fn the_written_files_are_private_where_they_have_to_be() {
    use std::os::unix::fs::PermissionsExt;
    let running = start(Options::default()).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    running.write_files(directory.path()).unwrap();
    let token = directory.path().join("github.token");
    let mode = std::fs::metadata(token).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = std::fs::read_to_string(directory.path().join("tminus.toml")).unwrap();
    let configuration: toml::Table = text.parse().unwrap();
    assert_eq!(configuration["services"].as_array().unwrap().len(), 17);
    assert_eq!(
        configuration["releases"][0]["id"].as_str(),
        Some("train-47")
    );
    assert!(
        !text.contains(&std::fs::read_to_string(directory.path().join("github.token")).unwrap())
    );
    running.shutdown().await;
}
