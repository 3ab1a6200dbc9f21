//! Jenkins by keys alone: a failed deployment is followed to the line that
//! failed and to its class, and built once more; an input is answered.

use super::harness::read_the_dialog;
use super::rehearsal::Rehearsal;

#[test]
fn a_failed_deployment_is_read_and_built_once_more() {
    let mut day = Rehearsal::start_with(120, 40, |command| {
        command.args(["--speed", "4"]);
    })
    .ready();
    // Eight keys from the deck: pipelines, the service, the failed deployment,
    // its log.
    day.session.press("3/loy<enter>g");
    day.session.wait_for("failed deploy staging");
    day.session.press("l");
    day.session
        .wait_for("Error from server (NotFound): secrets \"loyalty-ledger\" not found");
    day.session.wait_for("configuration");
    day.session.press("<esc><esc>");
    day.session.wait_until("no log", |screen| {
        !screen.contents().contains("loyalty-ledger")
    });
    day.session.act("r", "y do it");
    // Jenkins cannot run the failed part alone, and that is said.
    day.session.wait_for("cannot run the failed part alone");
    read_the_dialog();
    day.session.press("y");
    day.session.wait_for("repeats #");
    day.session.press("<esc>");
    assert_eq!(day.writes(), 1, "it was sent once");
    // The new build is well, and stops before production.
    day.session.press("<esc><esc><esc>1/approve loyalty<enter>");
    day.session.wait_for("loyalty 2.5.0");
    day.session.press("<ctrl-c>");
    day.session.wait_for_end();
    day.session.assert_given_back();
}

#[test]
fn an_input_is_answered_and_the_version_serves() {
    let mut day = Rehearsal::start_with(120, 40, |command| {
        command.args(["--speed", "4"]);
    })
    .ready();
    // What nobody knows to serve takes a second person to replace.
    day.session.press("7");
    day.session.wait_until("what production serves", |screen| {
        let text = screen.contents();
        text.lines()
            .any(|line| line.contains("pricing") && line.contains("5.8.2"))
    });
    day.session.press("1/approve pricing<enter>g");
    day.session.wait_for("pricing 5.9.0");
    day.session.act("A", "/input/Production/proceed");
    // What it asks for is given its default, and shown.
    day.session.wait_for("PACE = careful");
    day.session.wait_for("y do it");
    read_the_dialog();
    day.session.press("y");
    day.session.wait_for("approved by Ana");
    day.session.press("<esc>");
    assert_eq!(day.writes(), 1, "it was sent once");
    day.session.press("<esc><esc>7/pricing<enter>");
    day.session.wait_until("the new version served", |screen| {
        screen.contents().lines().any(|line| {
            line.contains("pricing") && !line.contains("5.8.2") && line.contains("5.9.0")
        })
    });
    day.session.press("<ctrl-c>");
    day.session.wait_for_end();
    day.session.assert_given_back();
}
