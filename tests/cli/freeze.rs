//! `tminus freeze` and `tminus calendar`, as pipelines call them.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

struct Place(tempfile::TempDir);

struct Said {
    status: i32,
    out: String,
    err: String,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{}{}", self.out, self.err))
    }
}

impl Place {
    fn with(config: &str) -> Self {
        let place = tempfile::tempdir().expect("a directory");
        fs::write(place.path().join("tminus.toml"), config).expect("the file is written");
        Self(place)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    /// Without any environment: no home, no token, no agent.
    fn run(&self, arguments: &[&str]) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_tminus"))
            .args(arguments)
            .arg("--config")
            .arg(self.path("tminus.toml"))
            .arg("--data-dir")
            .arg(self.path("data"))
            .current_dir("/")
            .env_clear()
            .output()
            .expect("tminus runs");
        Said {
            status: output.status.code().expect("it ends by itself"),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    fn freeze(&self, at: &str) -> Said {
        self.run(&[
            "freeze",
            "--service",
            "checkout",
            "--env",
            "production",
            "--at",
            at,
            "--json",
        ])
    }
}

const WEEKEND: &str = r#"
[[window]]
name = "weekend"
kind = "deny"
timezone = "Europe/Berlin"
start_cron = "0 18 * * FRI"
end_cron = "0 8 * * MON"
services = ["check*"]
environments = ["production"]
reason = "support is thin"
owner = "captains"
"#;

#[test]
fn windows_alone_are_enough_and_the_exit_status_is_the_answer() {
    let place = Place::with(WEEKEND);
    let frozen = place.freeze("2026-11-28T12:00:00Z");
    assert_eq!(frozen.status, 1, "{}", frozen.err);
    let json = frozen.json();
    assert_eq!(json["frozen"], true);
    assert_eq!(json["next_transition"], "2026-11-30T07:00:00Z");
    let because = &json["because"][0];
    for (key, value) in [
        ("name", "weekend"),
        ("kind", "deny"),
        ("reason", "support is thin"),
        ("owner", "captains"),
        ("source", "config"),
        ("from", "2026-11-27T17:00:00Z"),
        ("to", "2026-11-30T07:00:00Z"),
    ] {
        assert_eq!(because[key], value, "{key}");
    }
    let open = place.freeze("2026-11-25T12:00:00Z");
    assert_eq!(open.status, 0);
    assert_eq!(open.json()["frozen"], false);
    assert_eq!(open.json()["because"], Value::Array(Vec::new()));
    assert_eq!(open.json()["next_transition"], "2026-11-27T17:00:00Z");
    let other = place.run(&[
        "freeze",
        "--service",
        "search",
        "--env",
        "production",
        "--at",
        "2026-11-28T12:00:00Z",
    ]);
    assert_eq!(other.status, 0, "{}", other.out);
    assert!(other.out.starts_with("open: "), "{}", other.out);
}

#[test]
fn a_deployment_has_to_fit_with_its_rollback() {
    let place = Place::with(WEEKEND);
    let run = |takes| {
        place.run(&[
            "freeze",
            "--service",
            "checkout",
            "--env",
            "production",
            "--at",
            "2026-11-27T16:00:00Z",
            "--takes",
            takes,
            "--rollback",
            "15m",
            "--json",
        ])
    };
    assert_eq!(run("45m").status, 0);
    let late = run("46m");
    assert_eq!(
        (late.status, &late.json()["fits"]),
        (1, &Value::Bool(false))
    );
    assert_eq!(late.json()["fits_until"], "2026-11-27T17:00:00Z");
}

#[test]
fn a_calendar_that_cannot_be_read_is_not_known_until_it_was_read_once() {
    let config = "[[calendar]]\nkind = \"ical\"\npath = \"c/google.ics\"\nas = \"freeze\"\n";
    let place = Place::with(config);
    let unknown = place.freeze("2026-12-25T12:00:00Z");
    assert_eq!(unknown.status, 3, "{}", unknown.out);
    assert_eq!(unknown.json()["frozen"], Value::Null);
    assert_eq!(unknown.json()["because"][0]["kind"], "unknown");
    let fixture =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/calendar/producers/google.ics");
    fs::create_dir(place.path("c")).expect("a directory");
    fs::copy(fixture, place.path("c/google.ics")).expect("the file is copied");
    let read = place.freeze("2026-12-25T12:00:00Z");
    assert_eq!(read.status, 1, "{}{}", read.out, read.err);
    assert_eq!(read.json()["because"][0]["name"], "Christmas");
    assert_eq!(read.json()["because"][0]["source"], "google");
    fs::remove_file(place.path("c/google.ics")).expect("the file is removed");
    let known = place.freeze("2026-12-25T12:00:00Z");
    assert_eq!(known.status, 1);
    assert_eq!(known.json()["sources"][0]["state"], "last_known");
    // Elsewhere it is open, and that is known from the copy.
    assert_eq!(place.freeze("2026-02-01T12:00:00Z").status, 0);
}

#[test]
fn what_is_wrong_is_refused_with_its_place() {
    let place = Place::with(&WEEKEND.replace("0 18", "0 25"));
    let wrong = place.freeze("2026-11-28T12:00:00Z");
    assert_eq!(wrong.status, 2);
    assert!(wrong.err.contains("tminus.toml:6:14"), "{}", wrong.err);
    assert!(
        wrong.err.contains("`25` is no hour: 0 to 23 is expected"),
        "{}",
        wrong.err
    );
    let place = Place::with(WEEKEND);
    let wrong = place.freeze("tomorrow");
    assert_eq!(wrong.status, 2);
    assert!(wrong.err.contains("RFC 3339"), "{}", wrong.err);
}

const RELEASES: &str = r#"
[[environments]]
name = "production"
production = true

[[services]]
name = "checkout"
depends_on = ["payments"]

[[services]]
name = "payments"

[[releases]]
id = "one"
captain = "ana"
start = "2026-11-28T10:00:00Z"
end = "2026-11-28T11:00:00Z"
items = [{ service = "checkout", environment = "production", to = "2" }]

[[releases]]
id = "two"
captain = "ana"
start = "2026-11-28T10:30:00Z"
end = "2026-11-28T12:00:00Z"
items = [{ service = "payments", environment = "production", to = "2" }]
"#;

#[test]
fn conflicts_are_listed_with_their_reason() {
    let place = Place::with(&format!("version = 1\n{RELEASES}{WEEKEND}"));
    let check = place.run(&[
        "calendar",
        "check",
        "--at",
        "2026-11-25T00:00:00Z",
        "--json",
    ]);
    assert_eq!(check.status, 1, "{}", check.err);
    let json = check.json();
    let kinds: Vec<(&str, &str)> = json["conflicts"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| {
            (
                one["release"].as_str().unwrap_or(""),
                one["kind"].as_str().unwrap_or(""),
            )
        })
        .collect();
    for wanted in [
        ("one", "freeze"),
        ("one", "dependency_order"),
        ("one", "captain_double_booked"),
        ("two", "captain_double_booked"),
    ] {
        assert!(kinds.contains(&wanted), "{wanted:?} in {kinds:?}");
    }
    assert!(!kinds.contains(&("two", "freeze")), "{kinds:?}");
    let later = place.run(&["calendar", "check", "--at", "2026-12-01T00:00:00Z"]);
    assert_eq!((later.status, later.out.trim()), (0, "no conflicts"));
}

#[test]
fn the_file_that_is_served_freezes_whoever_subscribes() {
    let place = Place::with(&format!(
        "{WEEKEND}\n[[window]]\nname = \"night\"\nkind = \"deny\"\nduration = \"3h\"\n\
         rrule = \"DTSTART;TZID=America/New_York:20260101T013000\\nRRULE:FREQ=DAILY\"\n"
    ));
    let file = place.path("served.ics");
    let served = place.run(&[
        "calendar",
        "serve-file",
        &file.display().to_string(),
        "--as",
        "freeze",
    ]);
    assert_eq!(served.status, 0, "{}", served.err);
    let reader = Place::with(&format!(
        "[[calendar]]\nkind = \"ical\"\npath = \"{}\"\nas = \"freeze\"\n",
        file.display()
    ));
    for at in [
        "2027-03-14T05:59:00Z",
        "2027-03-14T06:30:00Z",
        "2027-03-14T09:29:00Z",
        "2027-11-07T08:30:00Z",
    ] {
        let (one, other) = (place.freeze(at), reader.freeze(at));
        assert_eq!(one.status, other.status, "{at}");
        assert_eq!(
            one.json()["next_transition"],
            other.json()["next_transition"],
            "{at}"
        );
    }
    assert_eq!(
        fs::read_dir(place.0.path()).expect("a directory").count(),
        2,
        "no half file is left"
    );
}
