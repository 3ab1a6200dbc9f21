//! What the simulator says as Jenkins, held against what Jenkins' own sources
//! say that it says: there is no published description of its API to check by.

use std::collections::BTreeSet;

use reqwest::{Response, StatusCode, header::HeaderMap, redirect::Policy};
use serde_json::Value;

use super::company::Company;

const RESULTS: [&str; 5] = ["SUCCESS", "UNSTABLE", "FAILURE", "NOT_BUILT", "ABORTED"];
const STATUSES: [&str; 8] = [
    "NOT_EXECUTED",
    "ABORTED",
    "SUCCESS",
    "IN_PROGRESS",
    "PAUSED_PENDING_INPUT",
    "FAILED",
    "UNSTABLE",
    "QUEUED",
];
const CLASSES: [&str; 3] = [
    "com.cloudbees.hudson.plugins.folder.Folder",
    "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject",
    "org.jenkinsci.plugins.workflow.job.WorkflowJob",
];

struct Wire {
    company: Company,
    base: String,
    client: reqwest::Client,
}

impl Wire {
    async fn open(scenario: &str, speed: f64) -> Self {
        let company = Company::open(scenario, speed).await;
        Self {
            base: format!("{}/ci/", company.url("jenkins")),
            client: reqwest::Client::builder()
                .redirect(Policy::none())
                .build()
                .unwrap(),
            company,
        }
    }

    fn token(&self) -> String {
        self.company.token("jenkins")
    }

    async fn ask(&self, method: &str, path: &str) -> Response {
        self.client
            .request(method.parse().unwrap(), format!("{}{path}", self.base))
            .basic_auth("ana", Some(self.token()))
            .send()
            .await
            .unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let response = self.ask("GET", path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let media = response.headers()["content-type"].to_str().unwrap();
        assert!(media.starts_with("application/json"), "{path}: {media}");
        response.json().await.unwrap()
    }

    async fn status(&self, method: &str, path: &str) -> u16 {
        self.ask(method, path).await.status().as_u16()
    }

    /// The path of an address that Jenkins gave.
    fn path<'a>(&self, url: &'a Value) -> &'a str {
        url.as_str().unwrap().strip_prefix(&self.base).unwrap()
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// All jobs below an object, each checked.
fn items<'v>(wire: &Wire, above: &str, item: &'v Value, all: &mut Vec<&'v Value>) {
    let name = word(&item["name"]);
    assert!(CLASSES.contains(&word(&item["_class"])), "{item}");
    let full = if above.is_empty() {
        name.to_owned()
    } else {
        format!("{above}/{name}")
    };
    assert_eq!(item["fullName"], full.as_str());
    // A branch's `%2F` is encoded once more.
    let path = full.replace('%', "%25").replace('/', "/job/");
    assert_eq!(wire.path(&item["url"]), format!("job/{path}/"));
    let is_job = CLASSES[2] == item["_class"];
    assert_eq!(item["builds"].is_array(), is_job, "{full}");
    assert_eq!(item["jobs"].is_array(), !is_job, "{full}");
    if is_job {
        all.push(item);
    }
    for below in list(&item["jobs"]) {
        items(wire, &full, below, all);
    }
}

fn check_build(build: &Value) {
    let building = build["building"].as_bool().unwrap();
    assert!(build["number"].as_u64().unwrap() > 0);
    assert_eq!(build["result"].is_null(), building, "{build}");
    assert!(
        building || RESULTS.contains(&word(&build["result"])),
        "{build}"
    );
    assert!(build["timestamp"].as_i64().unwrap() > 1_500_000_000_000);
    assert_eq!(
        build["duration"].as_i64().unwrap() == 0,
        building,
        "{build}"
    );
    assert!(build["queueId"].as_u64().unwrap() > 0);
    let end = format!("/{}/", build["number"]);
    assert!(word(&build["url"]).ends_with(&end), "{build}");
    for action in list(&build["actions"]) {
        assert!(action.is_object(), "{action}");
        for cause in list(&action["causes"]) {
            assert!(
                !word(&cause["_class"]).is_empty() && !word(&cause["shortDescription"]).is_empty()
            );
        }
        for parameter in list(&action["parameters"]) {
            assert!(!word(&parameter["name"]).is_empty() && !parameter["value"].is_null());
        }
        let sha = &action["lastBuiltRevision"]["SHA1"];
        assert!(sha.is_null() || word(sha).len() == 40, "{action}");
    }
}

#[tokio::test]
async fn jobs_builds_stages_inputs_and_logs_have_jenkins_shape() {
    let wire = Wire::open("release-day", 1.0).await;
    let whole = wire.get("job/larkspur/api/json").await;
    let mut jobs = Vec::new();
    items(&wire, "", &whole, &mut jobs);
    assert_eq!(jobs.len(), 12, "three services of four jobs each");
    let mut seen = BTreeSet::new();
    for job in jobs {
        let builds = list(&job["builds"]);
        let numbers: Vec<u64> = builds
            .iter()
            .map(|one| one["number"].as_u64().unwrap())
            .collect();
        assert!(
            numbers.is_sorted_by(|a, b| a > b),
            "newest first: {numbers:?}"
        );
        assert!(job["nextBuildNumber"].as_u64() > numbers.first().copied());
        for build in builds.iter().take(3) {
            check_build(build);
            let path = wire.path(&build["url"]);
            let alone = wire
                .get(&format!("{path}api/json?tree=number,result"))
                .await;
            assert_eq!(alone["number"], build["number"]);
            assert_eq!(
                alone.as_object().unwrap().len(),
                3,
                "what is asked for, and the class"
            );
            let described = wire.get(&format!("{path}wfapi/describe")).await;
            assert!(
                STATUSES.contains(&word(&described["status"])),
                "{described}"
            );
            let mut ids = BTreeSet::new();
            for stage in list(&described["stages"]) {
                assert!(ids.insert(word(&stage["id"])), "{described}");
                assert!(STATUSES.contains(&word(&stage["status"])), "{stage}");
                let number = |name: &str| stage[name].as_i64().unwrap();
                assert!(
                    number("durationMillis") >= number("pauseDurationMillis"),
                    "{stage}"
                );
                assert!(number("startTimeMillis") >= build["timestamp"].as_i64().unwrap());
                assert_eq!(stage["error"].is_object(), stage["status"] == "FAILED");
                seen.insert(word(&stage["status"]).to_owned());
            }
            let marked = list(&build["actions"])
                .iter()
                .any(|action| word(&action["_class"]).ends_with(".InputAction"));
            let inputs = wire.get(&format!("{path}wfapi/pendingInputActions")).await;
            for input in list(&inputs) {
                assert!(marked && word(&input["id"]).starts_with(char::is_uppercase));
                assert!(input["inputs"].is_array() && word(&input["abortUrl"]).ends_with("/abort"));
                seen.insert("input".to_owned());
            }
            if marked && list(&inputs).is_empty() {
                seen.insert("a mark without an input".to_owned());
            }
        }
    }
    for wanted in [
        "SUCCESS",
        "FAILED",
        "NOT_EXECUTED",
        "PAUSED_PENDING_INPUT",
        "input",
        "a mark without an input",
    ] {
        assert!(seen.contains(wanted), "{wanted}: {seen:?}");
    }
    assert_eq!(
        wire.status("GET", "job/larkspur/job/nowhere/api/json")
            .await,
        404
    );
    assert_eq!(
        wire.status("GET", "job/larkspur/api/json?tree=a[").await,
        400
    );
}

fn size(headers: &HeaderMap) -> usize {
    headers["x-text-size"].to_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_log_is_told_from_an_offset_that_counts_more_than_what_is_shown() {
    let wire = Wire::open("release-day", 1.0).await;
    let job = wire
        .get("job/larkspur/job/pricing/job/release/api/json")
        .await;
    for (place, more) in [(0, true), (1, false)] {
        let path =
            wire.path(&job["builds"][place]["url"]).to_owned() + "logText/progressiveText?start=";
        let first = wire.ask("GET", &format!("{path}0")).await;
        let headers = first.headers().clone();
        assert!(
            headers["content-type"]
                .to_str()
                .unwrap()
                .starts_with("text/plain")
        );
        assert_eq!(headers.get("x-more-data").is_some(), more, "{headers:?}");
        let text = first.text().await.unwrap();
        assert!(
            text.contains("[Pipeline] { (build)") && !text.contains('\u{1b}'),
            "{text}"
        );
        assert!(size(&headers) > text.len());
        let rest = wire.ask("GET", &format!("{path}{}", size(&headers))).await;
        assert_eq!(size(rest.headers()), size(&headers));
        assert_eq!(rest.text().await.unwrap(), "");
        let anew = wire
            .ask("GET", &format!("{path}{}", size(&headers) + 1))
            .await;
        assert_eq!(anew.text().await.unwrap(), text, "it begins anew");
    }
}

#[tokio::test]
async fn changes_are_answered_as_jenkins_answers_them() {
    let wire = Wire::open("release-day", 1.0).await;
    let job = wire
        .get("job/larkspur/job/pricing/job/release/api/json")
        .await;
    let waits = wire.path(&job["builds"][0]["url"]).to_owned();
    let old = wire.path(&job["builds"][1]["url"]).to_owned();
    let input = format!("{waits}input/Production/");
    // Only a POST changes something, and an id is not normalised for us.
    assert_eq!(
        wire.status("GET", &format!("{input}proceedEmpty")).await,
        405
    );
    let lower = format!("{waits}input/production/proceedEmpty");
    assert_eq!(wire.status("POST", &lower).await, 404);
    assert_eq!(wire.status("POST", &format!("{input}abort")).await, 200);
    for act in ["abort", "proceedEmpty", "proceed"] {
        assert_eq!(
            wire.status("POST", &format!("{input}{act}")).await,
            404,
            "{act}"
        );
    }
    let stopped = wire.ask("POST", &format!("{waits}stop")).await;
    assert_eq!(stopped.status(), StatusCode::FOUND);
    assert!(
        stopped.headers()["location"]
            .to_str()
            .unwrap()
            .ends_with(&waits)
    );
    let again = wire.ask("POST", &format!("{old}replay/rebuild")).await;
    assert_eq!(again.status(), StatusCode::FOUND);
    assert!(
        !again.headers()["location"]
            .to_str()
            .unwrap()
            .contains("queue")
    );

    let back = "job/larkspur/job/warehouse/job/rollback/buildWithParameters\
                ?ENVIRONMENT=staging&VERSION=8.0.9&REQUEST_ID=x&UNKNOWN=dropped";
    let started = wire.ask("POST", back).await;
    assert_eq!(started.status(), StatusCode::CREATED);
    let item = started.headers()["location"].to_str().unwrap().to_owned();
    // The same, while it waits for its turn, is one build.
    let folded = wire.ask("POST", back).await;
    assert_eq!(folded.headers()["location"].to_str().unwrap(), item);
    let item = item.strip_prefix(&wire.base).unwrap();
    assert!(
        item.starts_with("queue/item/") && item.ends_with('/'),
        "{item}"
    );
    let item = wire.get(&format!("{item}api/json")).await;
    assert!(!word(&item["why"]).is_empty(), "{item}");
    assert_eq!(item["executable"], Value::Null);
    assert_eq!(item["cancelled"], false);
}

#[tokio::test]
async fn a_password_needs_a_crumb_that_is_bound_to_its_session() {
    let wire = Wire::open("quiet-day", 1.0).await;
    let ask = |method: &str, path: &str, secret: Option<&str>, headers: &[(&str, &str)]| {
        let url = format!("{}{path}", wire.base);
        let mut request = wire.client.request(method.parse().unwrap(), url);
        if let Some(secret) = secret {
            request = request.basic_auth("ana", Some(secret));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send()
    };
    let password = format!("{}-password", wire.token());
    let me = "whoAmI/api/json";
    assert_eq!(ask("GET", me, None, &[]).await.unwrap().status(), 403);
    assert_eq!(
        ask("GET", me, Some("wrong"), &[]).await.unwrap().status(),
        401
    );
    assert_eq!(
        ask("GET", me, Some(&password), &[]).await.unwrap().status(),
        200
    );
    let stop = "job/larkspur/job/warehouse/job/release/1/stop";
    assert_eq!(
        ask("POST", stop, Some(&wire.token()), &[])
            .await
            .unwrap()
            .status(),
        302
    );
    let refused = ask("POST", stop, Some(&password), &[]).await.unwrap();
    assert_eq!(refused.status(), 403);
    assert!(refused.text().await.unwrap().contains("No valid crumb"));
    let issued = ask("GET", "crumbIssuer/api/json", Some(&password), &[])
        .await
        .unwrap();
    let cookie = issued.headers()["set-cookie"].to_str().unwrap().to_owned();
    let cookie = cookie.split(';').next().unwrap();
    let issued: Value = issued.json().await.unwrap();
    let crumb = (word(&issued["crumbRequestField"]), word(&issued["crumb"]));
    // Without its session it is worth nothing.
    let alone = ask("POST", stop, Some(&password), &[crumb]).await.unwrap();
    assert_eq!(alone.status(), 403);
    let both = [crumb, ("cookie", cookie)];
    let taken = ask("POST", stop, Some(&password), &both).await.unwrap();
    assert_eq!(taken.status(), 302);
}
