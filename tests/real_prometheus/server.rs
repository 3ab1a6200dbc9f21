//! A real Prometheus, started on a free port of this machine.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::Value as Json;

use super::{PATIENCE, PAUSE};

/// Ports that are tried: below those that systems hand out to clients.
const PORTS: std::ops::Range<u16> = 15_000..20_000;

/// A recorded series, and an alert on it.
const RULES: &str = r#"groups:
  - name: checkout
    rules:
      - record: track:http_requests_errors:ratio15s
        expr: sum by (track) (rate(http_requests_total{service="checkout",code=~"5.."}[15s])) / sum by (track) (rate(http_requests_total{service="checkout"}[15s]))
      - alert: CheckoutCanaryBurns
        expr: track:http_requests_errors:ratio15s{track="canary"} > 0.015
        labels: { severity: page, service: checkout }
        annotations: { summary: the canary of checkout burns its error budget }
"#;

/// The path of the program, or why the test cannot run.
pub fn program() -> Option<PathBuf> {
    let found = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path)
            .map(|directory| directory.join("prometheus"))
            .find(|file| file.is_file())
    });
    if found.is_none() {
        assert!(
            std::env::var_os("TMINUS_REQUIRE_PROMETHEUS").is_none(),
            "TMINUS_REQUIRE_PROMETHEUS is set, but there is no program `prometheus` in PATH"
        );
        println!(
            "skipped: there is no program `prometheus` in PATH (Debian: apt install prometheus)"
        );
    }
    found
}

/// A Prometheus of our own; it ends by SIGTERM when this goes.
pub struct Prometheus {
    child: Child,
    pub job: String,
    pub url: String,
    client: Client,
    _directory: tempfile::TempDir,
}

impl Prometheus {
    /// Starts it scraping an address, and waits until that scrape works. A
    /// port that somebody else took meanwhile makes it try another.
    pub async fn start(program: &Path, target: &str) -> Self {
        for attempt in 0..10 {
            let directory = tempfile::tempdir().unwrap();
            let job = format!(
                "tminus-{}-{}-{attempt}",
                std::process::id(),
                directory
                    .path()
                    .file_name()
                    .unwrap()
                    .to_string_lossy()
                    .trim_start_matches('.')
            );
            let configuration = directory.path().join("prometheus.yml");
            std::fs::write(
                &configuration,
                format!(
                    "global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\n  evaluation_interval: 1s\nrule_files: [rules.yml]\nscrape_configs:\n  - job_name: {job}\n    static_configs:\n      - targets: ['{target}']\n"
                ),
            )
            .unwrap();
            std::fs::write(directory.path().join("rules.yml"), RULES).unwrap();
            let port = free_port();
            let child = Command::new(program)
                .arg(format!("--config.file={}", configuration.display()))
                .arg(format!(
                    "--storage.tsdb.path={}",
                    directory.path().join("data").display()
                ))
                .arg(format!("--web.listen-address=127.0.0.1:{port}"))
                .arg("--log.level=error")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut started = Self {
                child,
                job,
                url: format!("http://127.0.0.1:{port}"),
                client: Client::builder()
                    .timeout(Duration::from_secs(5))
                    .build()
                    .unwrap(),
                _directory: directory,
            };
            if started.is_up().await {
                return started;
            }
        }
        panic!("prometheus did not start in ten attempts");
    }

    /// Whether it is ours (its job's name occurs once) and sees its target.
    async fn is_up(&mut self) -> bool {
        let query = format!("up{{job=\"{}\"}}", self.job);
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            if let Some(body) = self.try_query(&query, None).await
                && body["data"]["result"][0]["value"][1] == "1"
            {
                return true;
            }
            tokio::time::sleep(PAUSE).await;
        }
        false
    }

    pub async fn try_query(&self, query: &str, time: Option<f64>) -> Option<Json> {
        let mut form = vec![("query".to_owned(), query.to_owned())];
        form.extend(time.map(|time| ("time".to_owned(), format!("{time:.3}"))));
        self.post("query", &form).await
    }

    pub async fn post(&self, path: &str, form: &[(String, String)]) -> Option<Json> {
        self.client
            .post(format!("{}/api/v1/{path}", self.url))
            .form(form)
            .send()
            .await
            .ok()?
            .json()
            .await
            .ok()
    }

    /// The one number of a query, where there is one.
    pub async fn number(&self, query: &str) -> Option<f64> {
        let body = self.try_query(query, None).await?;
        assert_eq!(body["status"], "success", "{query}: {body}");
        body["data"]["result"][0]["value"][1].as_str()?.parse().ok()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end {
            if self.child.try_wait().is_ok_and(|status| status.is_some()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = (std::process::id() % 4_999) as u16;
    let span = PORTS.end - PORTS.start;
    (0..span)
        .map(|_| PORTS.start + (begin + NEXT.fetch_add(1, Ordering::Relaxed)) % span)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .unwrap()
}
