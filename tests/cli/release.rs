//! `tminus release`: a train from draft to done by commands alone.

use serde_json::Value;

use super::world::World;

fn ok(world: &World, arguments: &[&str]) -> Value {
    let said = world.run(&[&["release"], arguments, &["--json"]].concat());
    assert_eq!(said.status, 0, "{arguments:?}: {}", said.stderr);
    said.json()
}

fn refused(world: &World, arguments: &[&str]) -> String {
    let said = world.run(&[&["release"], arguments].concat());
    assert_eq!(said.status, 1, "{arguments:?}: {}", said.stderr);
    said.stderr
}

#[test]
fn a_list_tells_what_the_contract_names() {
    let world = World::start("release-day");
    let list = ok(&world, &["list"]);
    let train = &list["releases"][0];
    assert_eq!(train["id"], "train-47");
    assert_eq!(train["kind"], "train");
    assert_eq!(train["captain"], "ana");
    assert!(train["state"].is_string() && train["window"]["start"].is_string());
    let names: Vec<&str> = train["services"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["checkout", "search", "billing"]);
    assert_eq!(train["services"][0]["from"], "4.11.3");
    assert_eq!(train["services"][0]["to"], "4.12.0");
    let waits = list["awaiting"].as_array().unwrap();
    let search = waits.iter().find(|one| one["service"] == "search").unwrap();
    assert_eq!(
        (&search["from"], &search["to"]),
        (&"1.87.2".into(), &"1.88.0".into())
    );
    let unknown = world.run(&["release", "show", "nothing"]);
    assert_eq!(unknown.status, 2, "{}", unknown.stderr);
}

#[test]
fn a_train_goes_from_draft_to_done_with_one_item_cut() {
    let world = World::start("release-day");
    let id = "train-48";
    let made = ok(
        &world,
        &[
            "new",
            id,
            "--awaiting",
            "--kind",
            "train",
            "--captain",
            "bo",
        ],
    );
    assert_eq!(made["state"], "draft");
    let services = made["services"].as_array().unwrap().len();
    assert!(services >= 4, "{made}");
    assert!(refused(&world, &["new", id, "--awaiting"]).contains("already"));

    // What a cut would do, then the cut.
    let what_if = ok(&world, &["cut", id, "search", "--dry-run"]);
    assert_eq!(what_if["affected"][0]["service"], "checkout", "{what_if}");
    assert!(refused(&world, &["cut", id, "search"]).contains("reason"));
    let said = world.run(&["release", "cut", id, "search", "--reason", "late"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    let cut = ok(&world, &["show", id]);
    assert_eq!(cut["cut"][0]["name"], "search");
    assert_eq!(cut["services"].as_array().unwrap().len(), services - 1);

    // Another time and another captain; nothing that cannot be.
    let moved = ok(&world, &["move", id, "--start", "2031-01-07T18:00:00Z"]);
    assert_eq!(moved["window"]["start"], "2031-01-07T18:00:00Z");
    let end = ["move", id, "--end", "2031-01-07T17:00:00Z"];
    assert!(refused(&world, &end).contains("before it starts"));
    let wrong = world.run(&["release", "move", id, "--start", "soon"]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.stderr.contains("--start"), "{}", wrong.stderr);
    assert_eq!(ok(&world, &["captain", id, "mira"])["captain"], "mira");
    assert!(refused(&world, &["captain", id, "mira"]).contains("already"));

    // The way, with what holds it up.
    assert!(refused(&world, &["set-state", id, "rolling"]).contains("comes between"));
    ok(&world, &["set-state", id, "scheduled"]);
    assert!(refused(&world, &["set-state", id, "readiness"]).contains("branch-cut"));
    ok(&world, &["check", id, "branch-cut"]);
    ok(&world, &["set-state", id, "readiness"]);
    let held = ok(
        &world,
        &["set-state", id, "held", "--reason", "the network"],
    );
    assert_eq!(held["held_from"], "readiness");
    assert!(refused(&world, &["set-state", id, "scheduled", "--reason", "x"]).contains("held"));
    ok(
        &world,
        &["set-state", id, "readiness", "--reason", "it is back"],
    );
    ok(&world, &["check", id, "rollback-plan"]);
    ok(
        &world,
        &[
            "check",
            id,
            "cut-list",
            "--waive",
            "--reason",
            "one cut, by hand",
        ],
    );
    ok(&world, &["set-state", id, "go-no-go"]);
    ok(&world, &["check", id, "on-call-told"]);
    // No window is open that far ahead.
    assert!(refused(&world, &["set-state", id, "rolling"]).contains("gate"));
    for (state, why) in [("rolling", "all agree"), ("baking", ""), ("done", "")] {
        ok(&world, &["set-state", id, state, "--reason", why]);
    }
    let done = ok(&world, &["show", id]);
    assert_eq!(done["state"], "done");
    assert_eq!(done["declared"], true);
    let course = done["course"].as_array().unwrap();
    assert_eq!(course.len(), 8);
    assert!(
        !course[5]["unmet"].as_array().unwrap().is_empty(),
        "{}",
        course[5]
    );
    assert_eq!(course[5]["why"], "all agree");
    assert!(refused(&world, &["set-state", id, "rolling"]).contains("done"));

    // Nothing left this machine, and all of it is in the chain.
    assert_eq!(world.writes(), 0);
    assert_eq!(world.run(&["verify"]).status, 0);
}

#[test]
fn notes_are_right_to_the_commit() {
    let world = World::start("release-day");
    let record = world.run(&[
        "release",
        "notes",
        "train-47",
        "--template",
        "change-record",
    ]);
    assert_eq!(record.status, 0, "{}", record.stderr);
    let detail = ok(&world, &["show", "train-47"]);
    // The newest commit of each item is the one that was deployed.
    for item in detail["services"].as_array().unwrap() {
        let commit = item["commit"].as_str().unwrap();
        assert!(
            record
                .stdout
                .lines()
                .any(|line| line.starts_with(&format!("- {commit} "))),
            "{commit} is not among the commits:\n{}",
            record.stdout
        );
    }
    let listed = |text: &str| text.lines().filter(|line| is_commit(line)).count();
    let counted: usize = record
        .stdout
        .lines()
        .filter(|line| line.contains("| production |"))
        .map(|line| {
            line.trim_end_matches('|')
                .rsplit('|')
                .next()
                .unwrap()
                .trim()
                .parse::<usize>()
                .unwrap()
        })
        .sum();
    assert_eq!(listed(&record.stdout), counted, "{}", record.stdout);
    let place = world.place().join("notes.md");
    let file = place.to_str().unwrap();
    let internal = world.run(&["release", "notes", "train-47", "--out", file]);
    assert_eq!((internal.status, internal.stdout.as_str()), (0, ""));
    let internal = std::fs::read_to_string(&place).unwrap();
    assert!(internal.contains("CVE-2026-31337"), "{internal}");
    assert!(internal.contains("### Security"), "{internal}");
    let edited = world.run(&["release", "notes", "train-47", "--edited"]);
    assert_eq!(edited.status, 1, "nobody went over them: {}", edited.stdout);
}

#[test]
fn notes_are_published_where_the_code_is() {
    let world = World::start("train-day");
    ok(&world, &["new", "train-48", "--awaiting"]);
    let publish = ["publish", "train-48", "--reason", "the train has left"];
    let pages = |said: &Value| -> Vec<(String, String)> {
        let pages = said["pages"].as_array().unwrap().iter();
        let word = |page: &Value, name: &str| page[name].as_str().unwrap().to_owned();
        pages
            .map(|page| (word(page, "service"), word(page, "outcome")))
            .collect()
    };
    let outcome = |all: &[(String, String)], service: &str| {
        let found = all.iter().find(|(name, _)| name == service);
        found.map(|(_, outcome)| outcome.clone())
    };

    // What would be sent is shown, and nothing is.
    let dry = world.run(&[
        "release",
        "publish",
        "train-48",
        "--service",
        "checkout",
        "--dry-run",
    ]);
    assert_eq!(dry.status, 0, "{}", dry.stderr);
    assert!(dry.stdout.contains("the page of v4.12.0"), "{}", dry.stdout);
    assert!(
        dry.stdout.contains("larkspur/checkout/releases"),
        "{}",
        dry.stdout
    );
    assert_eq!(world.writes(), 0);

    // One has a page already, of which nothing is overwritten.
    let said = world.run(&[&["release"], &publish[..], &["--yes", "--json"]].concat());
    assert_eq!(said.status, 1, "{}", said.stderr);
    assert!(said.stderr.contains("published already"), "{}", said.stderr);
    assert!(said.stderr.contains("pricing"), "left out: {}", said.stderr);
    let all = pages(&said.json());
    assert_eq!(all.len(), 6, "those at Jenkins are left out: {all:?}");
    for (service, wanted) in [
        ("checkout", "observed"),
        ("search", "observed"),
        ("identity", "observed"),
        ("notifications", "refused"),
    ] {
        assert_eq!(outcome(&all, service).as_deref(), Some(wanted), "{all:?}");
    }
    let page = world.ask("github", "/repos/larkspur/checkout/releases/tags/v4.12.0");
    assert_eq!(page["name"], "checkout 4.12.0");
    assert_eq!(page["draft"], false);
    let body = page["body"].as_str().unwrap();
    assert!(body.contains("refuse coupons that have run out"), "{body}");
    assert!(!body.contains("colour"), "another service's: {body}");
    let page = world.ask("github", "/repos/larkspur/search/releases/tags/v1.88.0");
    assert!(page["body"].as_str().unwrap().contains("colour"), "{page}");
    let path = "/api/v4/projects/larkspur%2Fplatform%2Fidentity/releases/v7.15.0";
    let page = world.ask("gitlab", path);
    let text = page["description"].as_str().unwrap();
    assert!(
        text.contains("keep sessions over a change of keys"),
        "{page}"
    );

    // What is there is not sent again.
    let (github, gitlab) = (world.writes_at("github"), world.writes_at("gitlab"));
    assert_eq!((github, gitlab), (4, 1));
    let said = world.run(&[&["release"], &publish[..], &["--yes", "--json"]].concat());
    assert_eq!(
        outcome(&pages(&said.json()), "checkout").as_deref(),
        Some("there")
    );
    assert_eq!(
        (world.writes_at("github"), world.writes_at("gitlab")),
        (4, 1)
    );

    // Nothing at Jenkins, which keeps no pages, and nothing read-only.
    refused(
        &world,
        &["publish", "train-48", "--service", "pricing", "--yes"],
    );
    let read_only = world.run(&["--read-only", "release", "publish", "train-48", "--yes"]);
    assert_eq!(read_only.status, 1, "{}", read_only.stderr);
    assert_eq!(world.run(&["verify"]).status, 0);
}

/// `- ` and a full hash.
fn is_commit(line: &str) -> bool {
    line.strip_prefix("- ").is_some_and(|rest| {
        let hash = rest.split(' ').next().unwrap_or_default();
        hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
