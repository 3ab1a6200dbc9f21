//! No token is anywhere but in its file and in the header of a request.

use std::fs;
use std::path::Path;

use portable_pty::CommandBuilder;

use super::harness::{Session, read_the_dialog};
use super::world::World;

const VENDORS: [&str; 3] = ["github", "pagerduty", "prometheus"];

struct Canaries(Vec<String>);

impl Canaries {
    fn assert_absent(&self, place: &str, bytes: &[u8]) {
        assert!(!bytes.is_empty(), "{place} is empty: nothing was tested");
        for token in &self.0 {
            let mut windows = bytes.windows(token.len());
            let found = windows.any(|window| window == token.as_bytes());
            assert!(!found, "{place} has {token}");
        }
    }

    fn assert_absent_below(&self, directory: &Path) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.assert_absent_below(&path);
            } else if fs::metadata(&path).unwrap().len() > 0 {
                self.assert_absent(&path.to_string_lossy(), &fs::read(&path).unwrap());
            }
        }
    }
}

#[test]
fn no_token_is_seen_anywhere() {
    let world = World::start("release-day");
    let canaries = Canaries(VENDORS.iter().map(|vendor| world.token(vendor)).collect());
    let log = world.data().parent().unwrap().join("trace.log");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tminus"));
    command.arg("--config");
    command.arg(world.config());
    command.arg("--data-dir");
    command.arg(world.data());
    command.env("TMINUS_LOG_FILE", &log);
    command.env("RUST_LOG", "trace");
    let mut session = Session::start(command, 120, 40);
    session.wait_for("Needs you");
    session.wait_for("checkout error budget burn");
    canaries.assert_absent("the command line", session.command_line().as_bytes());
    session.press("5");
    session.wait_for("not acked");
    session.press("g");
    session.act("a", "y do it");
    session.wait_for("y do it");
    read_the_dialog();
    session.press("y");
    session.wait_for("acknowledged");
    session.press("wnothing secret here<ctrl-s>");
    session.wait_for("Send it to the incident too");
    session.press("n");
    // What goes wrong is told at length, and must not tell this.
    for vendor in VENDORS {
        world.fault(vendor, "unauthorized");
    }
    session.wait_until("a refusal", |screen| !screen.contents().contains("github●"));
    for view in ["1", "2", "3", "4", "5", "7", "8", "?"] {
        session.press(view);
    }
    let run = |arguments: &[&str]| {
        let output = world
            .command(arguments)
            .env("TMINUS_LOG_FILE", &log)
            .env("RUST_LOG", "trace")
            .output()
            .unwrap();
        canaries.assert_absent(
            &arguments.join(" "),
            &[output.stdout, output.stderr].concat(),
        );
    };
    for kind in ["unauthorized", "redirect", "none"] {
        for vendor in VENDORS {
            world.fault(vendor, kind);
        }
        run(&["status", "--json"]);
        run(&["doctor"]);
    }
    run(&["journal", "--json"]);
    run(&["config", "check"]);
    run(&["snapshot", "--view", "war-room", "--format", "svg"]);
    run(&["approvals", "--json"]);
    session.press("<ctrl-c>");
    session.wait_for_end();
    canaries.assert_absent("the terminal", &session.bytes_since(0));
    canaries.assert_absent("the log", &fs::read(&log).unwrap());
    canaries.assert_absent_below(&world.data());
}
