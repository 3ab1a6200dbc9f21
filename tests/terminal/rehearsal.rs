//! A rehearsal with the real program in a terminal.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use serde_json::Value;

use super::disk::Disk;
use super::harness::{PATIENCE, Session};

/// A rehearsal in a terminal, with its own data directory.
pub struct Rehearsal {
    pub session: Session,
    // Unmounted when nobody uses it any more, and before its directory goes.
    disk: Option<Disk>,
    data: tempfile::TempDir,
}

impl Rehearsal {
    pub fn start(columns: u16, rows: u16) -> Self {
        Self::start_with(columns, rows, |_| ())
    }

    pub fn start_with(columns: u16, rows: u16, change: impl Fn(&mut CommandBuilder)) -> Self {
        let data = tempfile::tempdir().unwrap();
        Self::start_in(data, None, columns, rows, |command, _| change(command))
    }

    /// Starts in a data directory, with the command changed by somebody who
    /// knows where that is.
    pub fn start_in(
        data: tempfile::TempDir,
        disk: Option<Disk>,
        columns: u16,
        rows: u16,
        change: impl Fn(&mut CommandBuilder, &Path),
    ) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tminus"));
        command.args(["demo", "--seed", "7", "--data-dir"]);
        command.arg(data.path());
        command.env("RUST_BACKTRACE", "0");
        command.env("HOME", data.path());
        command.env_remove("TMINUS_CONFIG");
        command.cwd(data.path());
        change(&mut command, data.path());
        let session = Session::start(command, columns, rows);
        Self {
            session,
            disk,
            data,
        }
    }

    /// Waits until the facts of the rehearsal are on the screen.
    pub fn ready(self) -> Self {
        self.session.wait_for("Needs you");
        self.session.wait_for("checkout");
        self
    }

    /// Where it keeps its data.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// The disk that it was started on.
    pub fn disk(&self) -> &Disk {
        self.disk.as_ref().expect("a disk of its own")
    }

    /// How many requests that change something the simulator has seen.
    pub fn writes(&self) -> u64 {
        self.count("writes")
    }

    /// How many requests of any kind the simulator has seen.
    pub fn requests(&self) -> u64 {
        self.count("total")
    }

    fn count(&self, what: &str) -> u64 {
        let urls = fs::read_to_string(self.data.path().join("company/urls.json")).unwrap();
        let urls: Value = serde_json::from_str(&urls).unwrap();
        ["github", "gitlab", "jenkins", "kubernetes", "pagerduty"]
            .iter()
            // Not every company has a cluster.
            .filter(|vendor| urls[**vendor].is_string())
            .filter_map(|vendor| self.switch(vendor, "GET", "requests", "")[what].as_u64())
            .sum()
    }

    /// Lets a vendor misbehave from now on.
    pub fn fault(&self, vendor: &str, kind: &str) {
        let order = serde_json::json!({"kind": kind, "seconds": 600});
        self.switch(vendor, "POST", "fault", &order.to_string());
    }

    /// Asks one of the simulator's own switches.
    fn switch(&self, vendor: &str, method: &str, name: &str, body: &str) -> Value {
        let company = self.data.path().join("company");
        let read = |file: String| fs::read_to_string(company.join(file)).unwrap();
        let urls: Value = serde_json::from_str(&read("urls.json".to_owned())).unwrap();
        let token = read(format!("{vendor}.token"));
        let token = token.trim();
        let address = urls[vendor].as_str().unwrap();
        let address = address.strip_prefix("http://").unwrap();
        let address = address.split('/').next().unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "{method} /__sim/{name} HTTP/1.1\r\nHost: {address}\r\n\
             Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(" 200 "), "{head}");
        serde_json::from_str(body).unwrap()
    }

    /// What stands in the journal's file.
    pub fn journal_file(&self) -> String {
        fs::read_to_string(self.data.path().join("journal.jsonl")).unwrap_or_default()
    }

    /// Waits until the journal's file says this.
    pub fn wait_for_journal(&self, text: &str) {
        self.wait_for_file("journal.jsonl", text);
    }

    /// Waits until a file of the data directory says this.
    pub fn wait_for_file(&self, name: &str, text: &str) {
        let path = self.data.path().join(name);
        let deadline = Instant::now() + PATIENCE;
        while !fs::read_to_string(&path).is_ok_and(|found| found.contains(text)) {
            assert!(
                Instant::now() < deadline,
                "{name} never said {text:?}; the screen:\n{}",
                self.session.contents()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// How many entries of a kind the journal holds.
    pub fn journal_kinds(&self, kind: &str) -> usize {
        let entry = format!("\"kind\":\"{kind}\"");
        self.journal_file().matches(&entry).count()
    }

    /// Asserts that no operation was begun.
    pub fn assert_nothing_done(&self) {
        assert!(self.journal_file().is_empty(), "the journal has an entry");
        assert_eq!(self.writes(), 0, "requests that change something");
    }

    /// What the command line says about the data directory; it must not fail.
    pub fn said(&self, arguments: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_tminus"))
            .args(arguments)
            .arg("--data-dir")
            .arg(self.data.path())
            .env("HOME", self.data.path())
            .env_remove("TMINUS_CONFIG")
            .current_dir(self.data.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}
