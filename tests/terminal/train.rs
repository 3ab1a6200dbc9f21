//! A train from draft to done by keys alone, with one item cut.

use super::harness::Session;
use super::world::World;

use portable_pty::CommandBuilder;

const ID: &str = "train-48";

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

#[test]
fn a_train_goes_from_draft_to_done_by_keys() {
    let world = World::start("release-day");
    let services = ["checkout", "search", "billing"];
    let mut new = vec!["release", "new", ID, "--kind", "train", "--captain", "bo"];
    for service in services {
        new.extend(["--service", service]);
    }
    let made = world.run(&new);
    assert_eq!(made.status, 0, "{}", made.stderr);

    let mut session = screen(&world);
    session.wait_for("Needs you");
    session.wait_for("checkout");
    session.press("i");
    session.wait_for("Release train-47");
    // What was made here is read from the journal.
    session.wait_for(&format!("{ID} draft"));
    session.press("]]");
    session.wait_for(&format!("Release {ID}"));
    session.wait_for("1.87.2 → 1.88.0");

    // The second service is cut; the first needs it, and that is said.
    session.press("jx");
    session.wait_for("cut search");
    session.wait_for("checkout needs search");
    session.press("<enter>");
    session.wait_for("a cut needs a reason");
    session.press("late<enter>");
    session.wait_for("1.88.0  cut");

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
    step(&mut session, "", "baking");
    step(&mut session, "", "done");

    let shown = world.run(&["release", "show", ID, "--json"]);
    assert_eq!(shown.status, 0, "{}", shown.stderr);
    let json = shown.json();
    assert_eq!(json["state"], "done");
    assert_eq!(json["cut"][0]["name"], "search");
    assert_eq!(json["course"].as_array().unwrap().len(), 6);
    assert_eq!(world.writes(), 0, "nothing left this machine");
    assert_eq!(world.run(&["verify"]).status, 0);
}
