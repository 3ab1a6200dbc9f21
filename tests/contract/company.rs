//! A running simulator and what connects to it.

use std::sync::{Arc, Mutex};

use tminus::{
    config::{Config, fetch_secret},
    domain::{Body, IncidentStatus, Origin, Urgency},
    integrations::{
        contract::{FactSink, Fault, Integration, PreparedRequest, Spool},
        http::Access,
    },
    simulator::{Options, Running, start},
};

/// A simulator with its configuration.
pub struct Company {
    _running: Running,
    config: Config,
    directory: tempfile::TempDir,
}

impl Company {
    pub async fn open(scenario: &str, speed: f64) -> Self {
        let running = start(Options {
            scenario: scenario.to_owned(),
            seed: 7,
            speed,
        })
        .await
        .unwrap();
        let directory = tempfile::tempdir().unwrap();
        running.write_files(directory.path()).unwrap();
        let config = Config::find(Some(directory.path().join("tminus.toml"))).unwrap();
        Self {
            _running: running,
            config,
            directory,
        }
    }

    pub fn connect(&self, name: &str) -> Arc<dyn Integration> {
        let id = name.into();
        let settings = &self.config.systems[&id];
        settings
            .connect(id, &fetch_secret, &self.config.catalog, Access::ReadWrite)
            .unwrap()
    }

    /// The same integration at another address.
    pub fn connect_to(&self, name: &str, url: &str, access: Access) -> Arc<dyn Integration> {
        let file = std::fs::read_to_string(self.directory.path().join("tminus.toml")).unwrap();
        let path = self.directory.path().join("elsewhere.toml");
        let text = file.replace(&self.url(name), url);
        assert_ne!(text, file);
        std::fs::write(&path, text).unwrap();
        let config = Config::find(Some(path)).unwrap();
        let id = name.into();
        config.systems[&id]
            .connect(id.clone(), &fetch_secret, &config.catalog, access)
            .unwrap()
    }

    /// The same integration with another token: the vendor's with this at its
    /// end.
    pub fn connect_with_token(
        &self,
        name: &str,
        end: &str,
        access: Access,
    ) -> Arc<dyn Integration> {
        let id = name.into();
        let token = format!("{}{end}", self.token(name));
        self.config.systems[&id]
            .connect(
                id.clone(),
                &|_| Ok(token.clone().into()),
                &self.config.catalog,
                access,
            )
            .unwrap()
    }

    /// The base URL of a vendor.
    pub fn url(&self, vendor: &str) -> String {
        let urls = std::fs::read_to_string(self.directory.path().join("urls.json")).unwrap();
        let urls: serde_json::Value = serde_json::from_str(&urls).unwrap();
        urls[vendor].as_str().unwrap().to_owned()
    }

    /// The token that a vendor knows.
    pub fn token(&self, vendor: &str) -> String {
        let file = self.directory.path().join(format!("{vendor}.token"));
        std::fs::read_to_string(file).unwrap().trim().to_owned()
    }

    /// Lets a vendor misbehave from now on; `none` ends it.
    pub async fn fault(&self, vendor: &str, kind: &str) {
        let token = self.directory.path().join(format!("{vendor}.token"));
        let token = std::fs::read_to_string(token).unwrap();
        reqwest::Client::new()
            .post(format!("{}/__sim/fault", self.url(vendor)))
            .bearer_auth(token.trim())
            .json(&serde_json::json!({ "kind": kind, "seconds": 600 }))
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap();
    }

    /// Waits until the day's incident is there, and names it.
    pub async fn until_incident(&self) -> Origin {
        let duty = self.connect("pagerduty");
        loop {
            let (_, facts) = collect(&duty).await;
            let found = facts.iter().find_map(|body| match body {
                Body::Incidents(items) => items.iter().find(|one| {
                    one.urgency == Urgency::High && one.status == IncidentStatus::Triggered
                }),
                _ => None,
            });
            if let Some(incident) = found {
                return incident.id.clone();
            }
            tokio::task::yield_now().await;
        }
    }

    /// Sends a prepared request to GitHub, and gives status and answer.
    pub async fn deliver_to_github(&self, request: &PreparedRequest) -> (u16, serde_json::Value) {
        let token = self.directory.path().join("github.token");
        let token = std::fs::read_to_string(token).unwrap();
        let response = reqwest::Client::new()
            .request(request.method.parse().unwrap(), &request.url)
            .bearer_auth(token.trim())
            .header("user-agent", "tminus")
            .header("accept", "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28")
            .header("content-type", "application/json")
            .body(request.body.clone())
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or_default())
    }

    /// Sends a prepared request to GitLab, and gives status and answer.
    pub async fn deliver_to_gitlab(&self, request: &PreparedRequest) -> (u16, serde_json::Value) {
        let token = self.directory.path().join("gitlab.token");
        let token = std::fs::read_to_string(token).unwrap();
        let response = reqwest::Client::new()
            .request(request.method.parse().unwrap(), &request.url)
            .bearer_auth(token.trim())
            .header("content-type", "application/json")
            .body(request.body.clone())
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or_default())
    }

    /// Sends a prepared request to Jenkins, and gives status and `Location`.
    pub async fn deliver_to_jenkins(&self, request: &PreparedRequest) -> (u16, String) {
        let response = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap()
            .request(request.method.parse().unwrap(), &request.url)
            .basic_auth("ana", Some(self.token("jenkins")))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(request.body.clone())
            .send()
            .await
            .unwrap();
        let location = response.headers().get("location");
        let location = location.map_or("", |value| value.to_str().unwrap());
        (response.status().as_u16(), location.to_owned())
    }

    /// Sends a prepared request as the write client would, and gives the
    /// status.
    pub async fn deliver(&self, vendor: &str, request: &PreparedRequest) -> u16 {
        let token = self.directory.path().join(format!("{vendor}.token"));
        let token = std::fs::read_to_string(token).unwrap();
        reqwest::Client::new()
            .request(request.method.parse().unwrap(), &request.url)
            .header("authorization", format!("Token token={}", token.trim()))
            .header("from", "ana@larkspur.example")
            .header("accept", "application/vnd.pagerduty+json;version=2")
            .header("content-type", "application/json")
            .body(request.body.clone())
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    }
}

/// The time now, as an operation would note it.
pub fn now() -> tminus::domain::Timestamp {
    chrono::Utc::now()
}

/// Where facts are kept, and logs.
#[derive(Clone, Default)]
pub struct Sink(Arc<Mutex<Vec<Body>>>, Arc<Kept>);

/// The whole logs that were handed over.
#[derive(Default)]
pub struct Kept(Mutex<Vec<u8>>);

impl Spool for Kept {
    fn put(
        &self,
        _: &tminus::domain::Origin,
        from: u64,
        bytes: &[u8],
    ) -> std::io::Result<tminus::integrations::contract::Kept> {
        let mut log = self.0.lock().unwrap();
        log.truncate(from as usize);
        log.extend_from_slice(bytes);
        Ok(tminus::integrations::contract::Kept {
            edition: 0,
            bytes: log.len() as u64,
        })
    }
}

impl Sink {
    pub fn facts(&self, source: &str) -> FactSink {
        let kept = self.0.clone();
        FactSink::new(
            source.into(),
            Arc::new(move |facts| {
                let mut kept = kept.lock().unwrap();
                kept.extend(facts.into_iter().map(|fact| fact.body));
            }),
        )
        .with_spool(self.1.clone())
    }

    /// The log that was handed over last.
    pub fn log(&self) -> String {
        String::from_utf8(self.1.0.lock().unwrap().clone()).unwrap()
    }

    pub fn bodies(&self) -> Vec<Body> {
        self.0.lock().unwrap().clone()
    }
}

/// All that one sweep tells.
pub async fn collect(integration: &Arc<dyn Integration>) -> (Result<(), Fault>, Vec<Body>) {
    let sink = Sink::default();
    let facts = sink.facts(integration.id().as_str());
    let result = integration.sweep(&facts).await;
    (result, sink.bodies())
}
