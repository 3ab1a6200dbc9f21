//! A train with eight services on GitHub, GitLab and Jenkins goes from draft to
//! done by keys: one item is cut, one is taken back. What its notes tell is
//! compared with what the repositories hold between the two versions.

use std::collections::BTreeSet;

use portable_pty::CommandBuilder;
use serde_json::Value;

use super::harness::{Session, read_the_dialog};
use super::world::{World, until};

const ID: &str = "train-48";
/// Service, the version before, the version after.
const ON_GITHUB: [(&str, &str, &str); 3] = [
    ("checkout", "4.11.3", "4.12.0"),
    ("search", "1.87.2", "1.88.0"),
    ("billing", "2.3.0", "2.4.0"),
];
const ON_GITLAB: [(&str, &str, &str); 2] = [
    ("identity", "7.14.0", "7.15.0"),
    ("notifications", "1.12.6", "1.13.0"),
];
const ON_JENKINS: [(&str, &str, &str); 2] =
    [("loyalty", "2.4.1", "2.5.0"), ("pricing", "5.8.2", "5.9.0")];

fn screen(world: &World) -> Session {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tminus"));
    command.arg("--config");
    command.arg(world.config());
    command.arg("--data-dir");
    command.arg(world.data());
    command.env("HOME", world.place());
    command.cwd(world.place());
    Session::start(command, 120, 40)
}

/// Opens the sheet of the train.
fn sheet(session: &mut Session) {
    session.press("1i");
    session.wait_for(&format!("Release {ID}"));
}

/// Takes the next step that is offered, and waits for the state.
fn step(session: &mut Session, why: &str, state: &str) {
    session.press("s");
    session.wait_for("to which state");
    session.press("<enter>");
    session.wait_for("why");
    session.press(&format!("{why}<enter>"));
    session.wait_for(&format!("{ID} {state}"));
}

/// Sees to the check under the cursor.
fn check(session: &mut Session, name: &str, done: usize) {
    session.press("c");
    session.wait_for(&format!("{name} is done"));
    session.press("<enter>");
    session.wait_for(&format!("{done} of 5"));
}

/// Chooses what of a service waits on the deck.
fn choose(session: &mut Session, service: &str, version: &str) {
    session.press(&format!("1/approve {service}<enter>g"));
    session.wait_for(&format!("{service} {version}"));
}

/// Says yes in the dialog; with a reason where one is asked for, as in the
/// freeze that the projects at GitLab have over the weekend.
fn agree(session: &mut Session) {
    session.wait_for("tab next");
    read_the_dialog();
    if session.contents().contains("reason required") {
        session.press("<tab>it is due<tab>");
        session.press("<enter>");
    } else {
        session.press("y");
    }
}

/// Says yes in the dialog that `key` opens, and waits for what comes of it.
fn yes(session: &mut Session, key: &str, dialog: &str, outcome: &str) {
    session.act(key, dialog);
    agree(session);
    session.wait_for(outcome);
    session.press("<esc>");
}

/// Lets everything that was not cut go to production, each in the way of its
/// system.
fn roll(session: &mut Session) {
    for (service, _, to) in ON_GITHUB {
        choose(session, service, to);
        let observed = format!("approve {service}: observed");
        yes(session, "A", &format!("Approve {service} to"), &observed);
        session.press("<esc><esc>");
    }
    for (service, _, to) in ON_GITLAB {
        choose(session, service, to);
        yes(session, "A", "/approval", "its job waits to be played");
        // Until the next look lists the job, the old approval is refused.
        loop {
            session.act("A", "sends POST");
            if session.contents().contains("/play") {
                break;
            }
            session.press("<esc>");
            session.wait_until("no dialog", |screen| {
                !screen.contents().contains("sends POST")
            });
        }
        agree(session);
        session.wait_for("the job deploy production is");
        session.press("<esc><esc><esc>");
    }
    for (service, _, to) in ON_JENKINS {
        choose(session, service, to);
        yes(session, "A", "/input/Production/proceed", "approved by Ana");
        session.press("<esc><esc>");
    }
}

/// Takes search back, by its name.
fn take_back(session: &mut Session) {
    session.press("7/search<enter>g");
    session.act("R", "enter choose");
    session.wait_for("1.87.2");
    session.press("<enter>");
    session.wait_for("Roll back search in");
    session.wait_for("tab next");
    read_the_dialog();
    session.press("<tab>it finds nothing<tab>search<tab>");
    session.wait_for("it finds nothing");
    session.press("<enter>");
    session.wait_for("roll back search: observed");
    session.press("<esc><esc><esc>");
}

/// The commits between two versions, by their first seven digits, as the
/// repository itself holds them.
fn held(world: &World, system: &str, (service, from, to): (&str, &str, &str)) -> BTreeSet<String> {
    let short = |sha: &Value| sha.as_str().unwrap()[..7].to_owned();
    let (tags, commits, key) = match system {
        "github" => (
            format!("/repos/larkspur/{service}/tags?per_page=100"),
            format!("/repos/larkspur/{service}/commits?per_page=100"),
            "sha",
        ),
        "gitlab" => {
            let project = format!("/api/v4/projects/larkspur%2Fplatform%2F{service}/repository");
            (
                format!("{project}/tags?per_page=100"),
                format!("{project}/commits?per_page=100"),
                "id",
            )
        }
        _ => return built(world, (service, from, to)),
    };
    let tags = world.ask(system, &tags);
    let of_tag = |version: &str| {
        let name = format!("v{version}");
        let mut all = tags.as_array().unwrap().iter();
        let tag = all.find(|tag| tag["name"] == name.as_str()).unwrap();
        short(&tag["commit"][key])
    };
    let (first, last) = (of_tag(from), of_tag(to));
    let commits = world.ask(system, &commits);
    let commits = commits.as_array().unwrap().iter();
    commits
        .map(|commit| short(&commit[key]))
        .skip_while(|sha| *sha != last)
        .take_while(|sha| *sha != first)
        .collect()
}

/// The same at Jenkins: what came in with the builds after that of the older
/// version, up to that of the newer.
fn built(world: &World, (service, from, to): (&str, &str, &str)) -> BTreeSet<String> {
    let path = format!(
        "/ci/job/larkspur/job/{service}/job/release/api/json?tree=\
         builds[number,actions[parameters[name,value]],changeSets[items[commitId]]]"
    );
    let answer = world.ask("jenkins", &path);
    let builds = answer["builds"].as_array().unwrap();
    let is_of = |build: &&Value, version: &str| {
        let actions = build["actions"].as_array().unwrap().iter();
        let mut values = actions
            .filter_map(|action| action["parameters"].as_array())
            .flatten();
        values.any(|value| value["name"] == "VERSION" && value["value"] == version)
    };
    let number = |version: &str| {
        let build = builds.iter().find(|build| is_of(build, version)).unwrap();
        build["number"].as_u64().unwrap()
    };
    let (first, last) = (number(from), number(to));
    let between = builds.iter().filter(|build| {
        let number = build["number"].as_u64().unwrap();
        number > first && number <= last
    });
    between
        .flat_map(|build| build["changeSets"].as_array().unwrap())
        .flat_map(|set| set["items"].as_array().unwrap())
        .map(|item| item["commitId"].as_str().unwrap()[..7].to_owned())
        .collect()
}

/// The commits that the notes tell of a service, each as often as they do.
fn told(notes: &str, service: &str) -> Vec<String> {
    let part = notes
        .split("\n## ")
        .find(|part| part.starts_with(&format!("{service} ")));
    part.unwrap_or_default()
        .lines()
        .filter(|line| line.starts_with("- "))
        .filter_map(|line| {
            let (_, last) = line.rsplit_once('(')?;
            let sha: String = last.chars().take_while(char::is_ascii_hexdigit).collect();
            (sha.len() == 7).then_some(sha)
        })
        .collect()
}

/// The notes are written by keys, gone over and finished; the command line
/// prints them as they were finished.
fn notes(world: &World, session: &mut Session) -> String {
    session.press("n");
    session.wait_for("notes for whom");
    session.press("<enter>");
    session.wait_for("# train-48 (train-48)");
    session.press("<ctrl-s>");
    session.wait_until("the sheet again", |screen| {
        screen.contents().contains(&format!("Release {ID}"))
    });
    // What was finished is stored a moment later.
    let edited = || world.run(&["release", "notes", ID, "--edited"]);
    until("the notes that were gone over", || edited().status == 0);
    edited().stdout
}

fn assert_right_to_the_commit(world: &World, notes: &str) {
    let systems = [
        ("github", &ON_GITHUB[..]),
        ("gitlab", &ON_GITLAB[..]),
        ("jenkins", &ON_JENKINS[..]),
    ];
    for (system, services) in systems {
        for one in services.iter().filter(|one| one.0 != "search") {
            let held = held(world, system, *one);
            let told = told(notes, one.0);
            assert!(
                held.len() > 1,
                "{one:?}: several commits, or nothing is tried"
            );
            let once: BTreeSet<String> = told.iter().cloned().collect();
            assert_eq!(once, held, "{one:?}\n{notes}");
            assert_eq!(told.len(), held.len(), "{one:?}: each is told once");
        }
    }
    assert!(notes.contains("## Cut\n- cart 3.3.0"), "{notes}");
    assert!(
        notes.contains("## Taken back\n- search 1.88.0 (1.87.2 serves)"),
        "{notes}"
    );
    for gone in ["## search", "## cart"] {
        assert!(!notes.contains(gone), "{notes}");
    }
    assert!(
        notes.contains("## Breaking changes\n- **checkout** refuse coupons that have run out"),
        "{notes}"
    );
}

#[test]
fn a_train_with_eight_services_goes_from_draft_to_done() {
    let world = World::start("train-day");
    let made = world.run(&[
        "release",
        "new",
        ID,
        "--kind",
        "train",
        "--captain",
        "bo",
        "--awaiting",
        "--json",
    ]);
    assert_eq!(made.status, 0, "{}", made.stderr);
    let made = made.json();
    assert_eq!(made["services"].as_array().unwrap().len(), 8, "{made}");

    let mut session = screen(&world);
    session.wait_for("Needs you");
    session.wait_for("checkout 4.12.0");
    sheet(&mut session);
    session.wait_for("0 of 8 there");

    // Cart is late. Nothing that stays needs it.
    session.press("jjjx");
    session.wait_for("cut cart");
    session.wait_for("nothing that stays needs it");
    session.press("late<enter>");
    session.wait_for("3.3.0  cut");

    step(&mut session, "", "scheduled");
    session.press("j");
    check(&mut session, "branch-cut", 1);
    step(&mut session, "", "readiness");
    session.press("j");
    check(&mut session, "rollback-plan", 2);
    session.press("j");
    check(&mut session, "cut-list", 3);
    step(&mut session, "", "go/no-go");
    session.press("jj");
    check(&mut session, "on-call-told", 4);
    step(&mut session, "all agree", "rolling");
    session.press("<esc>");

    roll(&mut session);
    sheet(&mut session);
    session.wait_for("7 of 7 there");
    session.press("<esc>");

    take_back(&mut session);
    sheet(&mut session);
    session.wait_for("6 of 7 there");
    session.wait_for("1.88.0  rolled back");
    // The others go on, and that is what the facts say.
    session.wait_for("all of it but search serves");
    step(&mut session, "", "baking");
    step(&mut session, "", "done");

    let notes = notes(&world, &mut session);
    assert_right_to_the_commit(&world, &notes);

    // The notes of one service become the page of its version: what is there
    // is shown first, and the dialog shows what goes where.
    session.press("gp");
    session.wait_for("publish the notes of checkout");
    session.wait_for("has no page yet");
    session.press("<enter>");
    session.wait_for("Publish the notes of checkout 4.12.0");
    agree(&mut session);
    session.wait_for("publish notes checkout: observed");
    let page = world.ask("github", "/repos/larkspur/checkout/releases/tags/v4.12.0");
    let body = page["body"].as_str().unwrap();
    assert!(body.contains("refuse coupons that have run out"), "{page}");

    let shown = world.run(&["release", "show", ID, "--json"]);
    assert_eq!(shown.status, 0, "{}", shown.stderr);
    let json = shown.json();
    assert_eq!(json["state"], "done");
    assert_eq!(json["cut"][0]["name"], "cart");
    assert_eq!(json["course"].as_array().unwrap().len(), 6);
    for one in json["services"].as_array().unwrap() {
        let back = one["name"] == "search";
        let wanted = if back { "rolled_back" } else { "there" };
        assert_eq!(one["progress"], wanted, "{one}");
        // How far it is in each environment, and what of it is deployed.
        let places = one["environments"].as_array().unwrap();
        let there: Vec<bool> = places
            .iter()
            .map(|place| place["there"].as_bool().unwrap())
            .collect();
        assert_eq!(there, [true, !back], "{one}");
        let told = ON_GITHUB.iter().any(|(name, ..)| one["name"] == *name);
        let digest = one["digest"].as_str().unwrap_or_default();
        assert_eq!(digest.starts_with("sha256:"), told, "{one}");
    }
    let joins = json["joins"].as_array().unwrap();
    for kind in ["run", "deployment", "operation", "note"] {
        let mut of_kind = joins.iter().filter(|join| join["kind"] == kind);
        assert!(
            of_kind.any(|join| join["reason"] != ""),
            "{kind}: {joins:?}"
        );
    }
    // Each yes was one request: three approvals, a rollback and a page; an
    // approval and a job twice; two inputs.
    assert_eq!(world.writes_at("github"), 5);
    assert_eq!(world.writes_at("gitlab"), 4);
    assert_eq!(world.writes_at("jenkins"), 2);
    assert_eq!(world.run(&["verify"]).status, 0);
}
