//! A simulator as a process, and the binary run against it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

/// What a command said.
pub struct Said {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}\n{}", self.stdout, self.stderr))
    }
}

/// Runs the binary, away from any configuration and checkout of the machine.
pub fn tminus(arguments: &[&str]) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_tminus"))
        .args(arguments)
        .env_remove("TMINUS_CONFIG")
        .env_remove("TMINUS_DATA_DIR")
        .stdin(Stdio::null())
        .output()
        .expect("the binary runs");
    Said {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A running simulator with its directory.
pub struct World {
    directory: tempfile::TempDir,
    simulator: Child,
}

impl World {
    /// Starts a scenario, ten times as fast as the clock, and waits for `ready`.
    pub fn start(scenario: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory for the simulator");
        let mut simulator = Command::new(env!("CARGO_BIN_EXE_tminus"))
            .args([
                "sim",
                "--scenario",
                scenario,
                "--seed",
                "7",
                "--speed",
                "10",
                "--dir",
            ])
            .arg(directory.path().join("company"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the simulator starts");
        let stdout = simulator.stdout.take().expect("its output is piped");
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("the simulator says when it is ready");
        assert_eq!(line.trim(), "ready");
        Self {
            directory,
            simulator,
        }
    }

    fn company(&self) -> PathBuf {
        self.directory.path().join("company")
    }

    fn config(&self) -> PathBuf {
        self.company().join("tminus.toml")
    }

    /// The base URL of a vendor.
    pub fn url(&self, vendor: &str) -> String {
        let urls = fs::read_to_string(self.company().join("urls.json")).expect("urls.json");
        let urls: Value = serde_json::from_str(&urls).expect("urls.json is JSON");
        urls[vendor]
            .as_str()
            .expect("the vendor has a URL")
            .to_owned()
    }

    /// Runs the binary against this simulator.
    pub fn run(&self, arguments: &[&str]) -> Said {
        let config = self.config();
        let data = self.directory.path().join("data");
        let mut all = vec![
            "--config",
            config.to_str().expect("a path in text"),
            "--data-dir",
            data.to_str().expect("a path in text"),
        ];
        all.extend(arguments);
        tminus(&all)
    }

    pub fn replace_in_config(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.config()).expect("the configuration");
        assert!(text.contains(from), "{from} is not in the configuration");
        fs::write(self.config(), text.replace(from, to)).expect("the configuration is ours");
    }

    pub fn overwrite_token(&self, vendor: &str, token: &str) {
        let path = self.company().join(format!("{vendor}.token"));
        fs::write(path, token).expect("the token file is ours");
    }

    /// How many requests that change something reached GitHub.
    pub fn writes(&self) -> u64 {
        let token =
            fs::read_to_string(self.company().join("github.token")).expect("the token file");
        let url = format!("{}/__sim/requests", self.url("github"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let log: Value = runtime
            .block_on(async {
                let answer = reqwest::Client::new()
                    .get(url)
                    .bearer_auth(token.trim())
                    .send()
                    .await?;
                answer.json().await
            })
            .expect("the simulator tells its requests");
        log["writes"].as_u64().expect("a count of writes")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // SIGTERM would be kinder; nothing of it is needed again.
        let _ = self.simulator.kill();
        let _ = self.simulator.wait();
    }
}
