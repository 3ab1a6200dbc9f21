//! `tminus policy`, and what the policy does to the commands that act.

use std::fs;

use serde_json::Value;

use super::world::{World, tminus};

/// A world whose configuration names a directory of rules.
fn with_rules(files: &[(&str, &str)]) -> (World, tempfile::TempDir) {
    let world = World::start("release-day");
    let rules = tempfile::tempdir().expect("a directory");
    for (name, text) in files {
        fs::write(rules.path().join(name), text).expect("the file is written");
    }
    world.replace_in_config(
        "version = 1\n",
        &format!(
            "version = 1\n\n[policy]\ndir = \"{}\"\n",
            rules.path().display()
        ),
    );
    (world, rules)
}

/// Says what the rules were told about a change, and who asks; forbids one
/// that was not read.
pub const SEEN: &str = r#"package tminus.policy.seen

findings contains {"verdict": "warn", "sentence": sentence} if {
	input.change.known
	sentence := sprintf("seen: %v commits, %v files by %v for %v", [
		input.change.commits,
		count(input.change.files),
		concat("+", input.change.authors),
		concat("+", input.person.names),
	])
}

findings contains {"verdict": "deny", "sentence": "the change was not read"} if not input.change.known
"#;

/// The approval of search: others wrote it, and nothing stands against it.
fn search(world: &World) -> String {
    world
        .waiting()
        .into_iter()
        .find(|id| id.contains("/search/"))
        .expect("search waits")
}

const QUARTER: &str = r#"# Nothing at the end of a quarter.
package tminus.policy.quarter_end

findings contains {"verdict": "deny", "sentence": "the quarter ends"} if {
	input.operation.verb == "approve"
	input.now.weekday != ""
}
"#;

const QUARTER_TEST: &str = r#"package tminus.policy.quarter_end_test

import data.tminus.policy.fixture_test as fixture
import data.tminus.policy.quarter_end

test_an_approval_waits if {
	fixture.verdicts(quarter_end.findings) == {"deny"} with input as fixture.approve
}

test_this_one_fails if {
	print("asked about", input.operation.verb) with input as fixture.roll_back
	fixture.verdicts(quarter_end.findings) == {"deny"} with input as fixture.roll_back
}
"#;

#[test]
fn without_a_configuration_it_is_the_shipped_one() {
    let home = tempfile::tempdir().expect("a directory");
    let home = home.path().display().to_string();
    let said = crate::world::tminus_at(&home, &["policy", "check", "--json"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    let report = said.json();
    let names: Vec<&str> = report["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"freeze.rego") && names.contains(&"segregation_of_duties.rego"));
    assert_eq!(report["digest"].as_str().unwrap().len(), 64);
    let said = crate::world::tminus_at(&home, &["policy", "test", "--json"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    assert_eq!(said.json()["failed"], 0);
    assert!(said.json()["passed"].as_u64().unwrap() > 50);
    let schema = tminus(&["policy", "schema"]);
    assert!(schema.json()["properties"]["operation"].is_object());
}

#[test]
fn a_rule_of_ones_own_holds_and_its_tests_run() {
    let (world, rules) = with_rules(&[
        ("quarter_end.rego", QUARTER),
        ("quarter_end_test.rego", QUARTER_TEST),
    ]);
    let shipped = tminus(&[
        "--config",
        "config.example.toml",
        "policy",
        "check",
        "--json",
    ]);
    let checked = world.run(&["policy", "check", "--json"]);
    assert_eq!(checked.status, 0, "{}", checked.stderr);
    assert_ne!(checked.json()["digest"], shipped.json()["digest"]);
    let file = rules.path().join("quarter_end_test.rego");
    let tested = world.run(&["policy", "test", &file.display().to_string()]);
    assert_eq!(tested.status, 1, "{}", tested.stdout);
    assert!(tested.stdout.contains("✓") && tested.stdout.contains("1 passed, 1 failed"));
    assert!(
        tested
            .stdout
            .contains("quarter_end_test.rego:10 test_this_one_fails")
    );
    assert!(
        tested.stdout.contains("asked about roll_back"),
        "{}",
        tested.stdout
    );
    let id = search(&world);
    let refused = world.run(&["approve", &id, "--reason", "x", "--yes"]);
    assert_eq!(refused.status, 1);
    assert!(
        refused.stderr.contains("the quarter ends"),
        "{}",
        refused.stderr
    );
    assert_eq!(world.writes(), 0);
    // It is not about declining.
    let declined = world.run(&["decline", &id, "--reason", "x", "--yes"]);
    assert_eq!(declined.status, 0, "{}", declined.stderr);
}

#[test]
fn a_plan_from_the_command_line_tells_the_rules_what_a_single_rollback_does() {
    let (world, _rules) = with_rules(&[("seen.rego", SEEN)]);
    let place = ["--env", "production"];
    let single = |service: &str, to: &str| {
        let base = [
            "policy", "explain", "rollback", service, "--to", to, "--json",
        ];
        let said = world.run(&[&base[..], &place].concat());
        assert_eq!(said.status, 0, "{}", said.stderr);
        let rules = said.json()["rules"].clone();
        let rule = rules.as_array().unwrap().iter();
        let seen = rule.filter(|rule| rule["rule"] == "seen");
        let seen: Vec<&str> = seen
            .map(|rule| rule["sentence"].as_str().unwrap())
            .collect();
        assert_eq!(seen.len(), 1, "{rules}");
        assert!(seen[0].starts_with("seen: "), "{seen:?}");
        seen[0].to_owned()
    };
    let alone = [single("checkout", "4.11.3"), single("search", "1.87.1")];
    let base = [
        "rollback",
        "checkout=4.11.3",
        "search=1.87.1",
        "--reason",
        "x",
    ];
    let plan = world.run(&[&base[..], &place, &["--dry-run"]].concat());
    assert_eq!(plan.status, 0, "{}{}", plan.stdout, plan.stderr);
    for sentence in &alone {
        assert!(
            plan.stdout.contains(sentence),
            "{sentence}: {}",
            plan.stdout
        );
    }
}

#[test]
fn what_a_rules_file_prints_cannot_act_on_the_terminal() {
    let test = "package tminus.policy.loud_test\n\ntest_loud if {\n\tprint(\"a\\u001b]0;b\\u0007c\")\n\t1 == 2\n}\n\ntest_odd := \"d\\u001b[31me\"\n";
    let (world, _rules) = with_rules(&[("loud_test.rego", test)]);
    for more in [&["policy", "test"][..], &["policy", "test", "--json"]] {
        let said = world.run(more);
        assert_eq!(said.status, 1, "{}", said.stderr);
        let all = format!("{}{}", said.stdout, said.stderr);
        assert!(
            all.contains("test_loud") && all.contains("test_odd"),
            "{all}"
        );
        let acts = |character: char| character.is_control() && character != '\n';
        assert!(!all.contains(acts), "{all:?}");
    }
    // A program that reads the JSON and prints what it says is safe as well.
    let tests = world.run(&["policy", "test", "--json"]).json();
    let printed: Vec<&str> = tests["tests"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|test| test["prints"].as_array().unwrap())
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(printed.len(), 1, "{printed:?}");
    assert!(!printed[0].contains(char::is_control), "{printed:?}");
}

#[test]
fn a_policy_that_cannot_be_read_stops_every_operation_and_no_look() {
    let (world, rules) = with_rules(&[(
        "odd.rego",
        "package tminus.policy.odd\n\nfindings contains x if x := http.send({}).body\n",
    )]);
    let place = format!("{}:3: ", rules.path().join("odd.rego").display());
    for command in [
        &["policy", "check"] as &[&str],
        &["policy", "test"],
        &["config", "check"],
    ] {
        let said = world.run(command);
        assert_eq!(said.status, 2, "{command:?}: {}", said.stderr);
        assert!(said.stderr.contains(&place), "{command:?}: {}", said.stderr);
        assert!(said.stderr.contains("`http.send` cannot be used"));
    }
    let id = search(&world);
    for command in [
        &["approve", &id, "--reason", "x", "--yes"] as &[&str],
        &["decline", &id, "--reason", "x", "--yes"],
    ] {
        let said = world.run(command);
        assert_eq!(said.status, 1, "{command:?}: {}", said.stderr);
        assert!(said.stderr.contains(&place), "{command:?}: {}", said.stderr);
    }
    assert_eq!(world.writes(), 0);
    assert_eq!(world.run(&["status"]).status, 0);
    assert_eq!(world.run(&["approvals"]).status, 0);
    let doctor = world.run(&["doctor"]);
    assert_eq!(doctor.status, 1);
    assert!(doctor.stdout.contains(&place), "{}", doctor.stdout);
}

#[test]
fn a_rule_that_everybody_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let (world, rules) = with_rules(&[("quarter_end.rego", QUARTER)]);
    let file = rules.path().join("quarter_end.rego");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    let said = world.run(&["policy", "check"]);
    assert_eq!(said.status, 2, "{}", said.stderr);
    assert!(
        said.stderr.contains("everybody may write to it"),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("chmod o-w"), "{}", said.stderr);
}

#[test]
fn an_operation_is_explained_before_and_after() {
    let world = World::start("release-day");
    let id = search(&world);
    let before = world.run(&["policy", "explain", "approve", &id, "--json", "--input"]);
    assert_eq!(before.status, 0, "{}", before.stderr);
    let before = before.json();
    assert_eq!(before["recorded"], false);
    assert_eq!(before["input"]["change"]["known"], true);
    assert_eq!(before["input"]["person"]["known"], true);
    assert_eq!(before["risk"], "medium");
    let says = |explanation: &serde_json::Value, rule: &str| -> Vec<String> {
        explanation["rules"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|says| says["rule"] == rule)
            .map(|says| says["verdict"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(says(&before, "segregation of duties"), ["pass"]);
    assert_eq!(says(&before, "freshness"), ["pass"]);
    assert_eq!(world.writes(), 0);

    let approved = world.run(&["approve", &id, "--reason", "planned", "--yes", "--json"]);
    assert_eq!(approved.status, 0, "{}", approved.stderr);
    let operation = approved.json()["id"].as_str().unwrap().to_owned();
    let after = world.run(&["policy", "explain", &operation, "--json"]);
    assert_eq!(after.status, 0, "{}", after.stderr);
    let after = after.json();
    assert_eq!(after["recorded"], true);
    assert_eq!(after["policy"], before["policy"]);
    assert_eq!(after["risk"], "medium");
    assert_eq!(says(&after, "segregation of duties"), ["pass"]);
    let in_words = world.run(&["policy", "explain", &operation]);
    assert!(
        in_words.stdout.contains("risk: risk is medium"),
        "{}",
        in_words.stdout
    );
    let entry = world.journal_file();
    assert!(entry.contains("\"before\":\"production serves search 1.87.2; run "));
    assert!(entry.contains("\"after\":\"production serves search 1.88.0\""));

    for (arguments, status) in [
        (&["policy", "explain", "0199-nothing"] as &[&str], 1),
        (&["policy", "explain", "promote", &id], 2),
        (&["policy", "explain", "rollback", "checkout"], 2),
        (&["policy", "explain", &operation, "--input"], 2),
    ] {
        let said = world.run(arguments);
        assert_eq!(said.status, status, "{arguments:?}: {}", said.stderr);
    }
    let rollback = [
        "policy",
        "explain",
        "rollback",
        "checkout",
        "--env",
        "production",
    ];
    let said = world.run(&[&rollback as &[&str], &["--to", "4.11.3"]].concat());
    assert_eq!(said.status, 0, "{}", said.stderr);
    assert!(said.stdout.contains("needs_typing"), "{}", said.stdout);
}

#[test]
fn whoever_asked_for_it_does_not_approve_it_alone() {
    let world = World::start("release-day");
    let id = search(&world);
    let explained = world.run(&["policy", "explain", "approve", &id, "--json", "--input"]);
    let asked = explained.json()["input"]["request"]["by"]
        .as_str()
        .unwrap()
        .to_owned();
    // The operator of the simulator is known as ana; now also as whoever asked.
    world.replace_in_config(
        "version = 1\n",
        &format!("version = 1\n\n[people.somebody]\nnames = [\"ana\", \"{asked}\"]\n"),
    );
    let refused = world.run(&["approve", &id, "--reason", "x", "--yes"]);
    assert_eq!(refused.status, 1, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("another person"),
        "{}",
        refused.stderr
    );
    assert_eq!(world.writes(), 0);
    // A team that is fine with it says so.
    world.replace_in_config(
        "version = 1\n",
        "version = 1\n\n[policy]\nown_request = \"warn\"\nown_change = \"warn\"\n",
    );
    let approved = world.run(&["approve", &id, "--reason", "x", "--yes"]);
    assert_eq!(approved.status, 0, "{}", approved.stderr);
}

#[test]
fn only_whoever_has_the_conn_acts() {
    let world = World::start("release-day");
    let id = search(&world);
    world.replace_in_config(
        "version = 1\n",
        "version = 1\n\n[operations]\nconn = \"bo\"\n",
    );
    let refused = world.run(&["approve", &id, "--reason", "x", "--yes"]);
    assert_eq!(refused.status, 1);
    assert!(
        refused.stderr.contains("bo has the conn"),
        "{}",
        refused.stderr
    );
    world.replace_in_config("conn = \"bo\"", "conn = \"ANA\"");
    let approved = world.run(&["approve", &id, "--reason", "x", "--yes"]);
    assert_eq!(approved.status, 0, "{}", approved.stderr);
}
