//! The command line as scripts see it: the real binary against the simulator,
//! both as processes of their own.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what goes wrong in a test is a failure of the test"
)]

mod calendar;
mod canary;
mod crash;
mod evidence;
mod flaky;
mod freeze;
mod jenkins;
mod journal;
mod network;
mod people;
mod policy;
mod release;
mod surroundings;
mod world;

use serde_json::Value;
use world::{World, tminus, tminus_in_checkout};

fn first_approval(world: &World) -> String {
    let approvals = world.run(&["approvals", "--json"]);
    assert_eq!(approvals.status, 0, "{}", approvals.stderr);
    approvals.json()["approvals"][0]["id"]
        .as_str()
        .expect("something waits at the start of the release day")
        .to_owned()
}

#[test]
fn status_tells_everything_that_the_contract_names() {
    let world = World::start("release-day");
    let status = world.run(&["status", "--json"]);
    assert_eq!(status.status, 0, "{}", status.stderr);
    let json = status.json();
    assert!(json["services"].as_array().unwrap().len() >= 12);
    let all = |list: &str, fields: &[&str]| {
        let items = json[list].as_array().unwrap();
        assert!(!items.is_empty(), "{list} is empty");
        for item in items {
            for field in fields {
                assert!(item.get(field).is_some(), "{list} lacks {field}: {item}");
            }
        }
    };
    all("services", &["name", "environments"]);
    all(
        "runs",
        &[
            "id",
            "integration",
            "service",
            "name",
            "status",
            "conclusion",
            "url",
            "observed_at",
        ],
    );
    all(
        "approvals",
        &[
            "id",
            "service",
            "environment",
            "run",
            "waiting_since",
            "can_approve",
        ],
    );
    all(
        "canaries",
        &["service", "weight", "step", "verdict", "metrics"],
    );
    all("calendar", &["kind", "title", "start", "end"]);
    all("integrations", &["name", "state", "last_ok", "detail"]);
    for integration in json["integrations"].as_array().unwrap() {
        assert_eq!(integration["state"], "ok", "{integration}");
    }
    let checkout = json["services"]
        .as_array()
        .unwrap()
        .iter()
        .find(|service| service["name"] == "checkout")
        .unwrap();
    let production = checkout["environments"]
        .as_array()
        .unwrap()
        .iter()
        .find(|environment| environment["name"] == "production")
        .unwrap();
    assert_eq!(production["version"], "4.11.3");
}

#[test]
fn an_approval_is_observed_once_and_kept_in_the_journal() {
    let world = World::start("release-day");
    let id = first_approval(&world);
    let approve = [
        "approve",
        &id,
        "--reason",
        "tests are green",
        "--yes",
        "--json",
    ];
    let first = world.run(&approve);
    assert_eq!(first.status, 0, "{}", first.stderr);
    assert_eq!(first.json()["state"], "observed");
    let again = world.run(&approve);
    assert_eq!(again.status, 1, "{}", again.stderr);
    assert_eq!(world.writes(), 1);

    let journal = world.run(&["journal", "--json"]);
    assert_eq!(journal.status, 0, "{}", journal.stderr);
    assert_eq!(journal.json()[0]["target"], Value::String(id));
    assert_eq!(world.run(&["verify"]).status, 0);
}

#[test]
fn a_declined_deployment_is_observed_too() {
    let world = World::start("release-day");
    let id = first_approval(&world);
    let declined = world.run(&["decline", &id, "--reason", "not today", "--yes", "--json"]);
    assert_eq!(declined.status, 0, "{}", declined.stderr);
    assert_eq!(declined.json()["action"], "decline");
}

#[test]
fn a_rollback_is_confirmed_by_name_and_observed() {
    let world = World::start("release-day");
    let rollback = |more: &[&str]| {
        let base = [
            "rollback",
            "checkout",
            "--env",
            "production",
            "--to",
            "4.11.3",
            "--reason",
            "error rate",
        ];
        world.run(&[&base, more].concat())
    };
    let nameless = rollback(&[]);
    assert_eq!(nameless.status, 2, "{}", nameless.stderr);
    assert!(
        nameless.stderr.contains("--confirm checkout"),
        "{}",
        nameless.stderr
    );
    let dry = rollback(&["--confirm", "checkout", "--dry-run"]);
    assert_eq!(dry.status, 0, "{}", dry.stderr);
    assert!(dry.stdout.contains("dispatches"), "{}", dry.stdout);
    assert_eq!(world.writes(), 0);
    let wrong = world.run(&[
        "rollback",
        "checkout",
        "--env",
        "production",
        "--to",
        "9.9.9",
        "--reason",
        "x",
        "--confirm",
        "checkout",
    ]);
    assert_eq!(wrong.status, 1, "{}", wrong.stderr);
    assert!(wrong.stderr.contains("never served"), "{}", wrong.stderr);
    let done = rollback(&["--confirm", "checkout", "--json"]);
    assert_eq!(done.status, 0, "{}{}", done.stdout, done.stderr);
    assert_eq!(done.json()["state"], "observed");
    assert_eq!(world.writes(), 1);
}

#[test]
fn several_services_go_back_by_one_plan() {
    let world = World::start("release-day");
    for id in world.waiting() {
        let done = world.run(&["approve", &id, "--reason", "go", "--yes"]);
        assert_eq!(done.status, 0, "{}", done.stderr);
    }
    let approved = world.writes();
    let base = [
        "rollback",
        "billing=2.3.0",
        "search=1.87.2",
        "checkout=4.11.3",
        "--env",
        "production",
        "--reason",
        "error rate",
    ];
    let rollback = |more: &[&str]| world.run(&[&base, more].concat());
    // The approved versions have to serve first.
    world::until("both to serve", || {
        let dry = rollback(&["--dry-run", "--json"]);
        let json = dry.json();
        let from = |at: usize| json["steps"][at]["from"].clone();
        from(1) == "2.3.1" && from(2) == "1.88.0"
    });
    let dry = rollback(&["--dry-run"]);
    assert_eq!(dry.status, 0, "{}", dry.stderr);
    for words in [
        "1  checkout",
        "2  billing",
        "refused",
        "fix forward: migrations/0043_contract_drop_invoice_text.sql",
        "CVE-2026-31337",
        "checkout goes before billing",
        "--confirm checkout+1",
        "nothing was sent",
    ] {
        assert!(dry.stdout.contains(words), "{words}: {}", dry.stdout);
    }
    // Whoever thinks that all three go is told otherwise.
    let all = rollback(&["--confirm", "checkout+2"]);
    assert_eq!(all.status, 2, "{}", all.stdout);
    assert!(all.stderr.contains("without billing"), "{}", all.stderr);
    assert_eq!(world.writes(), approved);
    let done = rollback(&["--confirm", "checkout+1", "--json"]);
    assert_eq!(done.status, 0, "{}{}", done.stdout, done.stderr);
    let json = done.json();
    assert_eq!(json["state"], "done");
    let states: Vec<&str> = json["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["observed", "refused", "observed"]);
    assert_eq!(world.writes(), approved + 2);
    // Once more there is nothing left to do.
    let again = rollback(&["--confirm", "checkout+1"]);
    assert_eq!(again.status, 1, "{}", again.stdout);
    assert_eq!(world.writes(), approved + 2);
    assert_eq!(world.run(&["verify"]).status, 0);
}

#[test]
fn a_contract_migration_refuses_a_single_rollback_too() {
    let world = World::start("release-day");
    let billing = |more: &[&str]| {
        let base = ["rollback", "billing", "--env", "production", "--to"];
        world.run(&[&base, more].concat())
    };
    for id in world.waiting() {
        let done = world.run(&["approve", &id, "--reason", "go", "--yes"]);
        assert_eq!(done.status, 0, "{}", done.stderr);
    }
    world::until("2.3.1 to serve", || {
        let said = billing(&["2.3.1", "--reason", "x", "--dry-run"]);
        said.stderr.contains("already")
    });
    let approved = world.writes();
    let refused = billing(&["2.3.0", "--reason", "x", "--confirm", "billing"]);
    assert_eq!(refused.status, 1, "{}", refused.stdout);
    assert!(refused.stderr.contains("fix forward"), "{}", refused.stderr);
    assert_eq!(world.writes(), approved);
}

#[test]
fn a_rollback_names_its_versions_once() {
    let world = World::start("quiet-day");
    let status = |arguments: &[&str]| {
        let base = ["rollback", "--env", "production", "--reason", "x"];
        world.run(&[&base, arguments].concat()).status
    };
    assert_eq!(status(&[]), 2);
    assert_eq!(status(&["catalog"]), 2);
    assert_eq!(status(&["catalog", "cart", "--to", "1.0.0"]), 2);
    assert_eq!(status(&["catalog=1.0.0", "--to", "1.0.0"]), 2);
    assert_eq!(status(&["catalog=1.0.0", "catalog=1.0.0"]), 2);
    assert_eq!(status(&["nonsense=1.0.0"]), 2);
}

#[test]
fn read_only_sends_nothing() {
    let world = World::start("release-day");
    let id = first_approval(&world);
    let refused = world.run(&["--read-only", "approve", &id, "--reason", "x", "--yes"]);
    assert_eq!(refused.status, 1);
    assert!(refused.stderr.contains("read-only"), "{}", refused.stderr);
    assert_eq!(world.writes(), 0);
}

#[test]
fn a_vendor_that_is_away_is_not_known_and_costs_only_itself() {
    let world = World::start("quiet-day");
    world.replace_in_config(&world.url("pagerduty"), "http://127.0.0.1:9");
    let status = world.run(&["status", "--json"]);
    assert_eq!(status.status, 3);
    let json = status.json();
    assert!(json["services"].as_array().unwrap().len() >= 12);
    let state = |name: &str| {
        let all = json["integrations"].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).unwrap()["state"].clone()
    };
    assert_eq!(state("pagerduty"), "unreachable");
    assert_eq!(state("github"), "ok");
    assert!(status.stderr.contains("pagerduty"), "{}", status.stderr);
}

#[test]
fn a_wrong_token_says_so() {
    let world = World::start("quiet-day");
    world.overwrite_token("github", "ghp_wrong");
    let status = world.run(&["status", "--json"]);
    assert_eq!(status.status, 3);
    assert!(status.stderr.contains("github"), "{}", status.stderr);
    assert!(!status.stderr.contains("ghp_wrong") && !status.stdout.contains("ghp_wrong"));
    let doctor = world.run(&["doctor"]);
    assert_eq!(doctor.status, 1, "{}", doctor.stdout);
    assert!(doctor.stdout.contains('✗'), "{}", doctor.stdout);
}

#[test]
fn a_configuration_with_a_typo_is_refused_with_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tminus.toml");
    std::fs::write(&path, "version = 1\n[ui]\nteme = \"dark\"\n").unwrap();
    let checked = tminus(&["--config", path.to_str().unwrap(), "config", "check"]);
    assert_eq!(checked.status, 2);
    assert!(
        checked.stderr.contains("tminus.toml:3:1"),
        "{}",
        checked.stderr
    );
    assert!(
        checked.stderr.contains("did you mean `theme`?"),
        "{}",
        checked.stderr
    );
}

#[test]
fn a_token_in_the_configuration_is_refused_with_a_hint() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tminus.toml");
    let text = "version = 1\n[integrations.github]\nkind = \"github\"\nurl = \"https://api.github.com\"\ntoken = \"ghp_verysecret\"\n";
    std::fs::write(&path, text).unwrap();
    let checked = tminus(&["--config", path.to_str().unwrap(), "config", "check"]);
    assert_eq!(checked.status, 2, "{}", checked.stderr);
    assert!(!checked.stderr.contains("verysecret"), "{}", checked.stderr);
    assert!(checked.stderr.contains("env"), "{}", checked.stderr);
}

#[test]
fn wrong_usage_is_status_2() {
    assert_eq!(tminus(&["nonsense"]).status, 2);
    assert_eq!(
        tminus(&["sim", "--dir", "/tmp/x", "--speed", "0"]).status,
        2
    );
}

#[test]
fn schema_completions_and_manual_are_printed() {
    let schema = tminus(&["schema"]);
    assert_eq!(schema.status, 0);
    let json: Value = serde_json::from_str(&schema.stdout).unwrap();
    assert!(json["properties"]["status"].is_object());
    for shell in ["bash", "zsh", "fish"] {
        assert!(tminus(&["completions", shell]).stdout.contains("tminus"));
    }
    let manual = tminus(&["man"]).stdout;
    assert!(
        manual.contains(".SH KEYS") && manual.contains("approve"),
        "{manual}"
    );
}

#[test]
fn a_snapshot_is_drawn_in_every_format() {
    let world = World::start("release-day");
    for format in ["text", "ansi", "svg"] {
        let snapshot = world.run(&[
            "snapshot", "--view", "deck", "--size", "120x40", "--format", format,
        ]);
        assert_eq!(snapshot.status, 0, "{}", snapshot.stderr);
        assert!(snapshot.stdout.contains("Needs you"), "{}", snapshot.stdout);
    }
    assert_eq!(world.run(&["snapshot", "--view", "nonsense"]).status, 2);
    assert_eq!(world.run(&["snapshot", "--size", "0x9"]).status, 2);
}

#[test]
fn a_checkout_with_a_token_needs_no_configuration() {
    let world = World::start("release-day");
    let (url, token) = (world.url("github"), world.token("github"));
    let variables = [
        ("GITHUB_API_URL", url.as_str()),
        ("GITHUB_TOKEN", token.as_str()),
    ];
    let remote = "git@github.com:larkspur/checkout.git";
    let status = tminus_in_checkout(remote, &variables, &["status", "--json"]);
    assert_eq!(status.status, 0, "{}", status.stderr);
    let json = status.json();
    assert_eq!(json["services"][0]["name"], "checkout");
    assert!(!json["runs"].as_array().unwrap().is_empty());
    let places = json["services"][0]["environments"].as_array().unwrap();
    assert!(
        places.iter().any(|place| place["name"] == "production"),
        "{places:?}"
    );

    let written = tminus_in_checkout(remote, &variables, &["init"]);
    assert_eq!(written.status, 0, "{}", written.stderr);

    let tokenless = tminus_in_checkout(remote, &[], &["status"]);
    assert_eq!(tokenless.status, 2);
    assert!(
        tokenless.stderr.contains("GITHUB_TOKEN"),
        "{}",
        tokenless.stderr
    );
}

#[test]
fn triage_says_what_broke_in_the_contracts_words() {
    let place = tempfile::tempdir().unwrap();
    let log = place.path().join("job.log");
    std::fs::write(
        &log,
        "2026-11-24T10:25:41.1000000Z ##[group]Run make\n2026-11-24T10:25:41.1000000Z ##[endgroup]\n\
         2026-11-24T10:25:41.1000000Z store.c:3:3: error: 'n' undeclared\n\
         2026-11-24T10:25:41.1000000Z ##[error]Process completed with exit code 2.\n",
    )
    .unwrap();
    let said = tminus(&["triage", "--log", log.to_str().unwrap(), "--json"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    let json = said.json();
    assert_eq!(json["class"], "code");
    assert_eq!(json["first_error_line"], 3);
    assert_eq!(json["evidence"][0]["line"], 3);
    assert_eq!(
        json["evidence"][0]["text"],
        "store.c:3:3: error: 'n' undeclared"
    );
    assert!(json["failed_tests"].as_array().unwrap().is_empty());
    assert!(
        json["summary"]
            .as_str()
            .unwrap()
            .contains("does not compile")
    );
    let confidence = json["confidence"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&confidence));
    let shown = tminus(&["triage", "--log", log.to_str().unwrap()]);
    assert_eq!(shown.status, 0);
    assert!(shown.stdout.starts_with("code ("), "{}", shown.stdout);
}

#[test]
fn triage_refuses_what_it_cannot_read() {
    let said = tminus(&["triage", "--log", "/nowhere/job.log"]);
    assert_eq!(said.status, 2);
    assert!(said.stderr.contains("cannot read the log /nowhere/job.log"));
    let place = tempfile::tempdir().unwrap();
    let config = place.path().join("tminus.toml");
    std::fs::create_dir(place.path().join("rules")).unwrap();
    std::fs::write(
        place.path().join("rules/own.toml"),
        "[[rule]]\nid = \"own\"\npatterns = ['fatal']\n",
    )
    .unwrap();
    std::fs::write(&config, "version = 1\n[triage]\nrules = \"rules\"\n").unwrap();
    let log = place.path().join("job.log");
    std::fs::write(&log, "fatal\n").unwrap();
    let said = tminus(&[
        "triage",
        "--config",
        config.to_str().unwrap(),
        "--log",
        log.to_str().unwrap(),
    ]);
    assert_eq!(said.status, 2, "{}", said.stderr);
    assert!(
        said.stderr.contains("own.toml:2: the rule `own`"),
        "{}",
        said.stderr
    );
}
