//! Windows made here: in the journal, and in force at once.

use std::{fs, path::PathBuf, process::Command};

use serde_json::Value;

use super::world::{Said, World, said, until};

struct Place(tempfile::TempDir);

const CONFIG: &str = r#"
[[environments]]
name = "production"
production = true

[[services]]
name = "checkout"
takes = "40m"
rollback_takes = "15m"

[[services]]
name = "search"

[[releases]]
id = "soon"
captain = "ana"
start = "2031-01-07T18:00:00Z"
end = "2031-01-07T20:00:00Z"
items = [{ service = "checkout", environment = "production", to = "4.12.0" }]

[[window]]
name = "christmas"
kind = "deny"
from = "2030-12-24T00:00:00Z"
to = "2030-12-27T00:00:00Z"
"#;

impl Place {
    fn with(config: &str) -> Self {
        let place = tempfile::tempdir().expect("a directory");
        fs::write(place.path().join("tminus.toml"), config).expect("the file is written");
        Self(place)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tminus"));
        command
            .args(arguments)
            .arg("--config")
            .arg(self.path("tminus.toml"))
            .arg("--data-dir")
            .arg(self.path("data"))
            .current_dir("/")
            .env_clear()
            .env("USER", "ana");
        command
    }

    fn run(&self, arguments: &[&str]) -> Said {
        said(&self.command(arguments).output().expect("tminus runs"))
    }

    fn ok(&self, arguments: &[&str]) -> Value {
        let said = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(said.status, 0, "{arguments:?}: {}", said.stderr);
        said.json()
    }

    fn refused(&self, arguments: &[&str], status: i32) -> String {
        let said = self.run(arguments);
        assert_eq!(
            said.status, status,
            "{arguments:?}: {}{}",
            said.stdout, said.stderr
        );
        said.stderr
    }

    fn freeze(&self, at: &str) -> i32 {
        let target = ["--service", "checkout", "--env", "production"];
        self.run(&[&["freeze"], &target[..], &["--at", at]].concat())
            .status
    }

    /// The spans that the calendar shows, with what they do.
    fn spans(&self, from: &str) -> Vec<[String; 4]> {
        let shown = self.ok(&["calendar", "show", "--at", from, "--days", "400"]);
        let windows = shown["windows"].as_array().expect("a list").iter();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        windows
            .map(|one| ["name", "kind", "from", "to"].map(|key| text(&one[key])))
            .collect()
    }
}

const DAY: [&str; 4] = [
    "--from",
    "2031-01-07T17:00:00Z",
    "--to",
    "2031-01-07T19:00:00Z",
];

#[test]
fn a_freeze_stops_until_it_is_cancelled_and_the_journal_says_by_whom() {
    let place = Place::with(CONFIG);
    let (before, inside) = ("2031-01-07T16:59:59Z", "2031-01-07T18:30:00Z");
    assert_eq!(place.freeze(inside), 0);
    assert!(!place.path("data").exists(), "asking makes nothing");

    let add = [
        &["calendar", "add", "Audit"],
        &DAY[..],
        &["--reason", "the auditors"],
    ]
    .concat();
    let dry = place.ok(&[&add[..], &["--dry-run"]].concat());
    assert_eq!(dry["conflicts"][0]["release"], "soon", "{dry}");
    assert_eq!(dry["conflicts"][0]["kind"], "freeze");
    assert!(dry["made"].is_null());
    assert_eq!(place.freeze(inside), 0, "nothing was made");

    let made = place.ok(&add);
    assert_eq!(made["id"], "audit");
    assert_eq!(made["made"]["by"], "ana");
    assert_eq!(made["made"]["reason"], "the auditors");
    assert_eq!((place.freeze(before), place.freeze(inside)), (0, 1));
    let check = place.run(&["calendar", "check", "--at", before, "--json"]);
    assert_eq!(check.status, 1, "{}", check.stdout);
    assert_eq!(check.json()["conflicts"][0]["with"], "Audit");

    let moved = place.ok(&[
        "calendar",
        "move",
        "audit",
        "--from",
        "2031-01-08T17:00:00Z",
        "--reason",
        "they are late",
    ]);
    assert_eq!(moved["to"], "2031-01-08T19:00:00Z", "the end goes along");
    assert_eq!(moved["ended"][0]["release"], "soon");
    assert_eq!(place.freeze(inside), 0);
    let again = place.ok(&[
        "calendar",
        "duplicate",
        "audit",
        "--from",
        DAY[1],
        "--reason",
        "once more",
    ]);
    assert_eq!(again["id"], "audit-2");
    assert_eq!(place.freeze(inside), 1);

    let cancel = [
        "calendar",
        "cancel",
        "audit-2",
        "--reason",
        "they were here",
    ];
    assert!(
        place
            .refused(&[&["--read-only"], &cancel[..]].concat(), 1)
            .contains("read-only")
    );
    let gone = place.ok(&cancel);
    assert_eq!(gone["cancelled"]["reason"], "they were here");
    assert_eq!(place.freeze(inside), 0);
    assert!(place.refused(&cancel, 1).contains("ana cancelled it"));
    assert_eq!(
        place.ok(&["calendar", "list"])["windows"]
            .as_array()
            .expect("a list")
            .len(),
        1
    );
    assert_eq!(
        place.ok(&["calendar", "list", "--all"])["windows"]
            .as_array()
            .expect("a list")
            .len(),
        2
    );
    assert_eq!(place.run(&["verify"]).status, 0);
}

#[test]
fn what_is_wrong_is_said_and_nothing_is_written() {
    let place = Place::with(CONFIG);
    let add = |more: &[&str], status| {
        let base = ["calendar", "add", "x", "--reason", "y"];
        place.refused(&[&base, more].concat(), status)
    };
    assert!(add(&[], 2).contains("says no time"));
    assert!(add(&["--from", DAY[3], "--to", DAY[1]], 2).contains("before it starts"));
    assert!(add(&["--from", "2031-01-07 17:00", "--to", DAY[3]], 2).contains("--from"));
    assert!(add(&["--rrule", "FREQ=WEEKLY"], 2).contains("without --duration"));
    assert!(add(&["--rrule", "FREQ=WEEKLY", "--duration", "1h"], 2).contains("DTSTART"));
    assert!(add(&[&DAY[..], &["--service", "[x"]].concat(), 2).contains("no glob"));
    assert!(add(&[&DAY[..], &["--timezone", "Berlin"]].concat(), 2).contains("no time zone"));
    assert!(add(&[&DAY[..], &["--id", "a b"]].concat(), 1).contains("is no id"));
    let empty = [&["calendar", "add", "x", "--reason", " "], &DAY[..]].concat();
    assert!(place.refused(&empty, 1).contains("say why"));
    assert!(
        place
            .refused(&["calendar", "cancel", "x", "--reason", "y"], 2)
            .contains("no window")
    );
    let journal = fs::read_to_string(place.path("data/journal.jsonl"));
    assert_eq!(journal.unwrap_or_default(), "");
}

#[test]
fn a_change_window_opens_nothing_that_is_frozen_and_shuts_the_rest() {
    let place = Place::with(CONFIG);
    place.ok(&[
        "calendar",
        "add",
        "evenings",
        "--kind",
        "allow",
        "--from",
        "2030-12-25T10:00:00Z",
        "--to",
        "2030-12-28T10:00:00Z",
        "--service",
        "check*",
        "--reason",
        "a pilot",
    ]);
    assert_eq!(place.freeze("2030-12-25T12:00:00Z"), 1, "deny beats allow");
    assert_eq!(place.freeze("2030-12-27T12:00:00Z"), 0);
    assert_eq!(place.freeze("2031-01-01T12:00:00Z"), 1, "outside of it");
    let search = ["freeze", "--service", "search", "--env", "production"];
    assert_eq!(place.run(&search).status, 0, "it is not selected");
    let shown = place.spans("2030-12-01T00:00:00Z");
    assert!(
        shown
            .iter()
            .any(|span| span[0] == "evenings" && span[1] == "allow"),
        "{shown:?}"
    );
}

#[test]
fn one_occurrence_of_a_rule_is_moved_or_left_out() {
    let place = Place::with(CONFIG);
    let rule = "DTSTART;TZID=Europe/Berlin:20310103T180000\\nRRULE:FREQ=WEEKLY;BYDAY=FR";
    place.ok(&[
        "calendar",
        "add",
        "weekend",
        "--rrule",
        rule,
        "--duration",
        "62h",
        "--timezone",
        "Europe/Berlin",
        "--reason",
        "support is thin",
    ]);
    let friday = "2031-01-10T17:00:00Z";
    assert_eq!(place.freeze(friday), 1);
    let wrong = [
        "calendar",
        "cancel",
        "weekend",
        "--reason",
        "x",
        "--occurrence",
    ];
    let said = place.refused(&[&wrong[..], &["2031-01-10T18:00:00Z"]].concat(), 2);
    assert!(said.contains("2031-01-17T17:00:00"), "{said}");
    let to = |occurrence: &str, from: &str| {
        place.ok(&[
            "calendar",
            "move",
            "weekend",
            "--occurrence",
            occurrence,
            "--from",
            from,
            "--reason",
            "a visit",
        ])
    };
    to(friday, "2031-01-14T17:00:00Z");
    assert_eq!(
        (place.freeze(friday), place.freeze("2031-01-14T17:00:00Z")),
        (0, 1)
    );
    // And back again: what was left out is in force once more.
    to("2031-01-14T17:00:00Z", friday);
    assert_eq!(
        (place.freeze(friday), place.freeze("2031-01-14T17:00:00Z")),
        (1, 0)
    );
    place.ok(&[&wrong[..], &[friday]].concat());
    assert_eq!(
        (place.freeze(friday), place.freeze("2031-01-17T17:00:00Z")),
        (0, 1)
    );
}

#[test]
fn a_journal_that_cannot_be_read_is_not_known_to_be_open() {
    let place = Place::with(CONFIG);
    place.ok(&[
        &["calendar", "add", "Audit"],
        &DAY[..],
        &["--reason", "auditors"],
    ]
    .concat());
    let path = place.path("data/journal.jsonl");
    let good = fs::read_to_string(&path).expect("the journal");
    let spoilt = good.replacen("Audit", "Audio", 1);
    for spoilt in [String::new(), spoilt] {
        fs::write(&path, spoilt).expect("it can be spoilt");
        let asked = place.run(&[
            "freeze",
            "--service",
            "checkout",
            "--env",
            "production",
            "--at",
            "2031-06-01T00:00:00Z",
            "--json",
        ]);
        assert_eq!(asked.status, 3, "{}", asked.stdout);
        assert!(asked.json()["frozen"].is_null());
        assert_eq!(asked.json()["sources"][0]["name"], "own");
        // A freeze of the configuration is one all the same.
        assert_eq!(place.freeze("2030-12-25T00:00:00Z"), 1);
        let served = place.run(&["calendar", "serve-file", "-"]);
        assert_eq!(served.status, 3, "{}", served.stdout);
    }
    fs::write(&path, good).expect("it can be mended");
    assert_eq!(place.freeze("2031-06-01T00:00:00Z"), 0);
}

/// What was made here is the same to who subscribes to it.
#[test]
fn own_windows_go_through_icalendar_and_back() {
    let place = Place::with("[[services]]\nname = \"checkout\"\n");
    let rule = "DTSTART;TZID=Europe/Berlin:20310103T023000\\nRRULE:FREQ=DAILY;COUNT=200\\nEXDATE;TZID=Europe/Berlin:20310105T023000";
    for arguments in [
        &["--from", DAY[1], "--to", DAY[3]][..],
        &[
            "--rrule",
            rule,
            "--duration",
            "90m",
            "--timezone",
            "Europe/Berlin",
        ],
    ] {
        let base = [
            "calendar",
            "add",
            "Audit; \"x\", äöü",
            "--reason",
            "so it is",
        ];
        place.ok(&[&base, arguments].concat());
    }
    let file = place.path("out.ics");
    let written = place.run(&["calendar", "serve-file", file.to_str().expect("a path")]);
    assert_eq!(written.status, 0, "{}", written.stderr);
    let other = Place::with(&format!(
        "[[calendar]]\nkind = \"ical\"\npath = \"{}\"\nas = \"freeze\"\n",
        file.display()
    ));
    let from = "2031-01-01T00:00:00Z";
    let spans = place.spans(from);
    assert!(spans.len() > 190, "{}", spans.len());
    assert_eq!(other.spans(from), spans);
}

/// Killed at any moment, the chain is whole and the freeze is there or not.
#[test]
fn killed_while_it_is_made_the_chain_is_whole() {
    let place = Place::with(CONFIG);
    for round in 0..4_u32 {
        let name = format!("round {round}");
        let add = [&["calendar", "add", &name], &DAY[..], &["--reason", "x"]].concat();
        let mut child = place.command(&add).spawn().expect("tminus runs");
        if round > 0 {
            // The journal is being made or written to.
            until("the data directory", || place.path("data").exists());
        }
        child.kill().expect("it can be killed");
        child.wait().expect("it was ours");
        assert_eq!(place.run(&["verify"]).status, 0, "round {round}");
    }
    place.ok(&[&["calendar", "add", "last"], &DAY[..], &["--reason", "x"]].concat());
    assert_eq!(place.freeze(DAY[1]), 1);
    assert_eq!(place.run(&["verify"]).status, 0);
}

/// Of many who make and take back at once nobody loses anything.
#[test]
fn two_writers_at_once_lose_no_cancel() {
    let place = Place::with(CONFIG);
    let ids = ["a", "b", "c", "d"];
    for id in ids {
        place.ok(&[&["calendar", "add", id], &DAY[..], &["--reason", "x"]].concat());
    }
    let mut children = Vec::new();
    for id in ids {
        children.push(
            place
                .command(&["calendar", "cancel", id, "--reason", "y"])
                .spawn(),
        );
        children.push(
            place
                .command(&[
                    "calendar",
                    "move",
                    id,
                    "--from",
                    "2031-02-01T00:00:00Z",
                    "--reason",
                    "z",
                ])
                .spawn(),
        );
    }
    for child in children {
        child.expect("tminus runs").wait().expect("it ends");
    }
    let list = place.ok(&["calendar", "list", "--all"]);
    for window in list["windows"].as_array().expect("a list") {
        assert!(!window["cancelled"].is_null(), "{window}");
    }
    assert_eq!(place.freeze(DAY[1]), 0);
    assert_eq!(place.run(&["verify"]).status, 0);
}

const TRAIN: &str = r#"
[[train]]
name = "train"
timezone = "Europe/Berlin"
rrule = "DTSTART;TZID=Europe/Berlin:20260301T100000\nRRULE:FREQ=DAILY"
ship_days = 3
ship_time = "14:00"
duration = "4h"
services = ["checkout", "search"]
captains = ["ana", "bo"]
first_number = 1
"#;

#[test]
fn a_departure_is_moved_while_its_branch_stays_and_is_planned_once_more() {
    let place = Place::with(&format!("{CONFIG}{TRAIN}"));
    let list = place.ok(&["release", "list"]);
    let trains: Vec<&Value> = list["releases"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|release| release["kind"] == "train")
        .collect();
    let last = trains.last().expect("there are departures");
    let id = last["id"].as_str().expect("an id");
    let move_to = |reason: &[&str]| {
        let base = ["release", "move", id, "--start", "2099-01-07T18:00:00Z"];
        place.ok(&[&base, reason].concat())
    };
    let moved = move_to(&["--reason", "the hall is taken"]);
    assert_eq!(moved["branch"], last["branch"]);
    assert!(moved["branch"].is_string(), "{moved}");
    assert_eq!(moved["window"]["start"], "2099-01-07T18:00:00Z");
    assert_eq!(
        moved["window"]["end"], "2099-01-07T22:00:00Z",
        "the end goes along"
    );
    assert_eq!(moved["services"][1]["to"], "unbuilt");
    // The one before has the other captain, and is where it was.
    let before = trains[trains.len() - 2];
    assert_ne!(before["captain"], moved["captain"]);
    let same = place.ok(&["release", "show", before["id"].as_str().expect("an id")]);
    assert_eq!(same["window"], before["window"]);

    let copy = place.ok(&["release", "new", "extra", "--copy", id, "--start", DAY[1]]);
    assert_eq!(copy["kind"], "train");
    assert_eq!(copy["captain"], moved["captain"]);
    assert_eq!(copy["window"]["end"], "2031-01-07T21:00:00Z");
    assert!(copy["branch"].is_null());
    let off = [
        "release",
        "set-state",
        id,
        "scrubbed",
        "--reason",
        "not needed",
    ];
    assert_eq!(place.ok(&off)["state"], "scrubbed");
    assert_eq!(place.run(&["verify"]).status, 0);

    let wrong = Place::with(&format!("{CONFIG}{}", TRAIN.replace("4h", "soon")));
    let said = wrong.refused(&["config", "check"], 2);
    assert!(said.contains("the train `train`: `duration`"), "{said}");
}

#[test]
fn a_window_too_short_for_deployment_and_rollback_is_a_conflict() {
    let config = CONFIG.replace("takes = \"40m\"", "takes = \"110m\"");
    let place = Place::with(&config);
    let check = place.run(&[
        "calendar",
        "check",
        "--at",
        "2031-01-01T00:00:00Z",
        "--json",
    ]);
    assert_eq!(check.status, 1, "{}", check.stdout);
    let conflict = check.json()["conflicts"][0].clone();
    assert_eq!(conflict["kind"], "window_too_short");
    let reason = conflict["reason"].as_str().expect("a sentence");
    assert!(
        reason.contains("takes 110 minutes and its rollback 15"),
        "{reason}"
    );
    // A freeze that begins before it could be taken back is in the way, too.
    let place = Place::with(CONFIG);
    let freeze = [
        "--from",
        "2031-01-07T20:00:00Z",
        "--to",
        "2031-01-08T00:00:00Z",
    ];
    place.ok(&[
        &["calendar", "add", "night"],
        &freeze[..],
        &["--reason", "x"],
    ]
    .concat());
    let late = [
        "release",
        "move",
        "soon",
        "--start",
        "2031-01-07T19:20:00Z",
        "--end",
    ];
    place.ok(&[&late[..], &["2031-01-07T20:00:00Z"]].concat());
    let check = place.run(&["calendar", "check", "--at", "2031-01-01T00:00:00Z"]);
    assert_eq!(check.status, 1);
    assert!(
        check
            .stdout
            .contains("could not be deployed and rolled back"),
        "{}",
        check.stdout
    );
}

#[test]
fn who_is_on_call_is_asked_and_not_known_while_the_pager_is_away() {
    let world = World::start("release-day");
    let kinds = || -> Vec<String> {
        let check = world.run(&["calendar", "check", "--json"]).json();
        let conflicts = check["conflicts"].as_array().expect("a list").iter();
        conflicts
            .map(|one| one["kind"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let about_duty = |kinds: &[String]| kinds.iter().any(|kind| kind.contains("on_call"));
    let known = kinds();
    assert!(!about_duty(&known), "{known:?}");
    world.replace_in_config(&world.url("pagerduty"), "http://127.0.0.1:9");
    let away = kinds();
    assert!(
        away.iter().any(|kind| kind == "on_call_not_known"),
        "{away:?}"
    );
    assert!(
        !away.iter().any(|kind| kind == "nobody_on_call"),
        "{away:?}"
    );
}
