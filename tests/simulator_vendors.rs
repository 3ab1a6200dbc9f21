//! PagerDuty and Prometheus of the simulator over HTTP, as a client sees them.

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tminus::simulator::{Options, Running, start};

struct Company {
    running: Running,
    client: Client,
    token: String,
}

impl Company {
    async fn open() -> Result<Self, Box<dyn std::error::Error>> {
        let running = start(Options {
            scenario: "release-day".to_owned(),
            seed: 7,
            speed: 1.0,
        })
        .await?;
        let directory = tempfile::tempdir()?;
        running.write_files(directory.path())?;
        Ok(Self {
            token: std::fs::read_to_string(directory.path().join("pagerduty.token"))?,
            client: Client::builder().build()?,
            running,
        })
    }

    fn url(&self, vendor: &str, path: &str) -> String {
        format!("{}{path}", self.running.urls[vendor])
    }

    fn pagerduty(&self, path: &str) -> RequestBuilder {
        self.client
            .get(self.url("pagerduty", path))
            .header("authorization", format!("Token token={}", self.token))
    }

    /// Orders a misbehaviour of a vendor.
    async fn fault(&self, vendor: &str, kind: &str) -> Result<(), Box<dyn std::error::Error>> {
        let token = self.token.replace("pagerduty", vendor);
        self.client
            .post(self.url(vendor, "/__sim/fault"))
            .bearer_auth(token)
            .json(&json!({ "kind": kind, "seconds": 30 }))
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[tokio::test]
async fn pagerduty_asks_for_its_token_and_tells_its_limit() -> Outcome {
    let company = Company::open().await?;
    for authorization in [None, Some("Token token=wrong"), Some("Basic abc")] {
        let mut request = company.client.get(company.url("pagerduty", "/incidents"));
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        let response = request.send().await?;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.json::<Value>().await?["error"]["code"], 2006);
    }
    let mut remaining = Vec::new();
    for _ in 0..2 {
        let response = company
            .pagerduty("/services")
            .send()
            .await?
            .error_for_status()?;
        assert_eq!(response.headers()["ratelimit-limit"], "960");
        let reset: u32 = response.headers()["ratelimit-reset"].to_str()?.parse()?;
        assert!((1..=60).contains(&reset));
        remaining.push(
            response.headers()["ratelimit-remaining"]
                .to_str()?
                .parse::<u32>()?,
        );
    }
    assert_eq!(remaining[0], remaining[1] + 1);
    company.running.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn brackets_arrive_written_out_or_escaped() -> Outcome {
    let company = Company::open().await?;
    for list in ["statuses[]", "statuses%5B%5D"] {
        let path = format!("/incidents?{list}=resolved&{list}=acknowledged&date_range=all");
        let found: Value = company.pagerduty(&path).send().await?.json().await?;
        let statuses: Vec<&Value> = found["incidents"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|incident| &incident["status"])
            .collect();
        assert_eq!(statuses, ["resolved"], "{list}");
    }
    company.running.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn too_many_requests_in_pagerdutys_words() -> Outcome {
    let company = Company::open().await?;
    company.fault("pagerduty", "rate-limit").await?;
    let response = company.pagerduty("/incidents").send().await?;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(response.headers().contains_key("ratelimit-reset"));
    assert_eq!(response.json::<Value>().await?["error"]["code"], 2020);
    company.running.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn a_query_comes_by_address_or_by_form() -> Outcome {
    let company = Company::open().await?;
    let query = "sum by (track) (http_requests_total{service=\"checkout\"}) + 1";
    let url = company.url("prometheus", "/api/v1/query");
    let form = [("query", query), ("time", "2100-01-01T00:00:00Z")];
    let posted: Value = company
        .client
        .post(&url)
        .form(&form)
        .send()
        .await?
        .json()
        .await?;
    let asked: Value = company
        .client
        .get(&url)
        .query(&form)
        .send()
        .await?
        .json()
        .await?;
    assert_eq!(posted, asked);
    assert_eq!(
        posted["data"],
        json!({ "resultType": "vector", "result": [] })
    );
    let now: Value = company
        .client
        .post(&url)
        .form(&[("query", query)])
        .send()
        .await?
        .json()
        .await?;
    assert_eq!(now["data"]["result"].as_array().map(Vec::len), Some(2));
    let json = company.client.post(&url).json(&json!({})).send().await?;
    assert_eq!(json.status(), StatusCode::BAD_REQUEST);
    company.running.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn prometheus_says_what_it_is_and_warns_on_demand() -> Outcome {
    let company = Company::open().await?;
    let text = |path: &str| company.client.get(company.url("prometheus", path)).send();
    let metrics = text("/metrics").await?;
    assert_eq!(
        metrics.headers()["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    assert!(
        metrics
            .text()
            .await?
            .contains("# TYPE http_requests_total counter")
    );
    assert_eq!(text("/-/healthy").await?.status(), StatusCode::OK);
    assert_eq!(
        text("/api/v1/nothing").await?.status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(text("/nothing").await?.status(), StatusCode::NOT_FOUND);

    let path = "/api/v1/query?query=1";
    let calm: Value = text(path).await?.json().await?;
    assert_eq!(calm.get("warnings"), None);
    company.fault("prometheus", "warn").await?;
    let warned: Value = text(path).await?.json().await?;
    assert_eq!(warned["warnings"].as_array().map(Vec::len), Some(1));
    assert_eq!(warned["data"]["result"][1], "1");
    company.running.shutdown().await;
    Ok(())
}
