//! A simulator as a process, and the binary run against it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
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

/// The binary, away from any configuration and checkout of the machine.
fn binary(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tminus"));
    command
        .args(arguments)
        .env_remove("TMINUS_CONFIG")
        .env_remove("TMINUS_DATA_DIR")
        .stdin(Stdio::null());
    command
}

/// Runs the binary, away from any configuration and checkout of the machine.
pub fn tminus(arguments: &[&str]) -> Said {
    said(&binary(arguments).output().expect("the binary runs"))
}

/// Runs the binary for somebody with this home directory, which has no
/// configuration.
pub fn tminus_at(home: &str, arguments: &[&str]) -> Said {
    let output = binary(arguments)
        .current_dir(home)
        .env("HOME", home)
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_DATA_HOME")
        .output()
        .expect("the binary runs");
    said(&output)
}

/// What a command said, from its output.
pub fn said(output: &Output) -> Said {
    Said {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs the binary in a fresh checkout of a repository, with a token in the
/// environment and no configuration anywhere.
pub fn tminus_in_checkout(remote: &str, variables: &[(&str, &str)], arguments: &[&str]) -> Said {
    let home = tempfile::tempdir().expect("a home directory");
    let git = |arguments: &[&str]| {
        let done = Command::new("git")
            .args(arguments)
            .current_dir(home.path())
            .env("HOME", home.path())
            .stdout(Stdio::null())
            .status()
            .expect("git runs");
        assert!(done.success(), "git {arguments:?}");
    };
    git(&["init", "--quiet"]);
    git(&["remote", "add", "origin", remote]);
    let output = binary(arguments)
        .current_dir(home.path())
        .env("HOME", home.path())
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_DATA_HOME")
        .env_remove("GITHUB_TOKEN")
        .env_remove("GH_TOKEN")
        .env("PATH", "/usr/bin:/bin")
        .envs(variables.iter().copied())
        .output()
        .expect("the binary runs");
    said(&output)
}

/// How long a test waits for what must happen. Generous: the machine may be
/// busy, and a test that passes never waits that long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks until the answer is yes.
pub fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !happened() {
        assert!(Instant::now() < deadline, "waited for {what}");
        std::thread::sleep(Duration::from_millis(20));
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
        Self::start_at(scenario, "10")
    }

    /// Starts a scenario at a speed, and waits for `ready`.
    pub fn start_at(scenario: &str, speed: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory for the simulator");
        let mut simulator = Command::new(env!("CARGO_BIN_EXE_tminus"))
            .args([
                "sim",
                "--scenario",
                scenario,
                "--seed",
                "7",
                "--speed",
                speed,
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

    /// A directory of the test's own.
    pub fn place(&self) -> &Path {
        self.directory.path()
    }

    fn company(&self) -> PathBuf {
        self.directory.path().join("company")
    }

    /// The configuration that leads to this simulator.
    pub fn config(&self) -> PathBuf {
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

    /// Where the binary keeps its data.
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The binary with these arguments, against this simulator.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = binary(&[]);
        command.arg("--config").arg(self.config());
        command.arg("--data-dir").arg(self.data()).args(arguments);
        command
    }

    /// Runs the binary against this simulator.
    pub fn run(&self, arguments: &[&str]) -> Said {
        said(&self.command(arguments).output().expect("the binary runs"))
    }

    /// What stands in the journal's file.
    pub fn journal_file(&self) -> String {
        fs::read_to_string(self.data().join("journal.jsonl")).unwrap_or_default()
    }

    /// The ids of all that waits for a yes.
    pub fn waiting(&self) -> Vec<String> {
        let said = self.run(&["approvals", "--json"]);
        assert_eq!(said.status, 0, "{}", said.stderr);
        let json = said.json();
        let list = json["approvals"].as_array().expect("a list of approvals");
        let id = |one: &Value| one["id"].as_str().expect("an id").to_owned();
        list.iter().map(id).collect()
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

    /// The token that a vendor knows.
    pub fn token(&self, vendor: &str) -> String {
        let path = self.company().join(format!("{vendor}.token"));
        let token = fs::read_to_string(path).expect("the token file");
        token.trim().to_owned()
    }

    /// How many requests that change something reached GitHub.
    pub fn writes(&self) -> u64 {
        self.writes_at("github")
    }

    /// How many requests that change something reached a vendor.
    pub fn writes_at(&self, vendor: &str) -> u64 {
        self.requests(vendor)["writes"]
            .as_u64()
            .expect("a count of writes")
    }

    /// The requests that reached a vendor, with their counts.
    pub fn requests(&self, vendor: &str) -> Value {
        let url = format!("{}/__sim/requests", self.url(vendor));
        self.switch(vendor, reqwest::Client::new().get(url))
    }

    /// Lets a vendor misbehave from now on; `none` ends it.
    pub fn fault(&self, vendor: &str, kind: &str) {
        let url = format!("{}/__sim/fault", self.url(vendor));
        let order = serde_json::json!({"kind": kind, "seconds": 600});
        self.switch(vendor, reqwest::Client::new().post(url).json(&order));
    }

    /// What a vendor answers to whoever asks it without tminus.
    pub fn ask(&self, vendor: &str, path: &str) -> Value {
        let url = format!("{}{path}", self.url(vendor));
        let request = reqwest::Client::new()
            .get(url)
            .header("user-agent", "somebody");
        if vendor == "jenkins" {
            let request = request.basic_auth("ana", Some(self.token(vendor)));
            return answered(request);
        }
        self.switch(vendor, request)
    }

    /// Asks one of the simulator's own switches.
    fn switch(&self, vendor: &str, request: reqwest::RequestBuilder) -> Value {
        answered(request.bearer_auth(self.token(vendor)))
    }
}

/// Sends a request, and gives the JSON of its answer.
fn answered(request: reqwest::RequestBuilder) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime
        .block_on(async { request.send().await?.error_for_status()?.json().await })
        .expect("the simulator answers")
}

impl Drop for World {
    fn drop(&mut self) {
        // SIGTERM would be kinder; nothing of it is needed again.
        let _ = self.simulator.kill();
        let _ = self.simulator.wait();
    }
}
