//! Jenkins as scripts use it: with a password instead of a token, and a rollback
//! by the job that takes the version.

use crate::world::World;

/// What waits at Jenkins.
fn input(world: &World) -> String {
    let all = world.waiting();
    let found = all.into_iter().find(|id| id.starts_with("jenkins:"));
    found.expect("something waits at Jenkins")
}

#[test]
fn a_password_changes_nothing_without_a_crumb_and_leaves_no_trace_with_one() {
    let world = World::start("release-day");
    let token = world.token("jenkins");
    let password = format!("{token}-password");
    world.overwrite_token("jenkins", &password);
    let id = input(&world);
    let approve = ["approve", id.as_str(), "--reason", "for the train", "--yes"];
    let refused = world.run(&approve);
    assert_ne!(refused.status, 0);
    let said = format!("{}{}", refused.stdout, refused.stderr);
    assert!(said.contains("No valid crumb was included"), "{said}");
    assert!(said.contains("set `crumb = true`"), "{said}");
    assert_eq!(input(&world), id, "it still waits");

    world.replace_in_config("kind = \"jenkins\"", "kind = \"jenkins\"\ncrumb = true");
    let approved = world.run(&["approve", &id, "--reason", "go", "--yes", "--json"]);
    assert_eq!(approved.status, 0, "{}", approved.stderr);
    assert_eq!(approved.json()["state"], "observed");
    world.overwrite_token("jenkins", &token);
    assert_eq!(world.writes_at("jenkins"), 2, "each was sent once");
    let kept = format!(
        "{}{}{}",
        world.journal_file(),
        approved.stdout,
        approved.stderr
    );
    for secret in [token.as_str(), "JSESSIONID", "crumbRequestField"] {
        assert!(!kept.contains(secret), "{secret} was kept");
    }
}

#[test]
fn a_service_goes_back_by_the_job_that_takes_the_version() {
    let world = World::start_at("quiet-day", "20");
    let serves = || {
        let status = world.run(&["status", "--json"]).json();
        let services = status["services"].as_array().expect("services").clone();
        let found = services.into_iter().find(|one| one["name"] == "warehouse");
        found.expect("the warehouse")["environments"][1]["version"].clone()
    };
    let back = |to: &str| {
        world.run(&[
            "rollback",
            "warehouse",
            "--env",
            "production",
            "--to",
            to,
            "--reason",
            "stock is wrong",
            "--confirm",
            "warehouse",
        ])
    };
    assert_eq!(serves(), "8.1.0");
    let never = back("8.0.2");
    assert_ne!(never.status, 0, "{}", never.stdout);
    assert_eq!(world.writes_at("jenkins"), 0);
    let done = back("8.0.1");
    assert_eq!(done.status, 0, "{}{}", done.stdout, done.stderr);
    assert_eq!(world.writes_at("jenkins"), 1);
    assert_eq!(serves(), "8.0.1");
}
