//! A flaky test, seen in a terminal: beside the failure, in the list of what is
//! flaky, and by the command line from what was written down.

use std::process::Command;

use super::rehearsal::Rehearsal;

#[test]
fn a_flaky_test_is_marked_and_listed_and_kept() {
    let mut day = Rehearsal::start(120, 40).ready();
    day.session.press("3/web failed<enter>g");
    day.session.wait_for("failed end-to-end (2/2)");
    // How often comes with the history, which is read little by little.
    day.session.wait_until("the mark of the job", |screen| {
        screen
            .contents()
            .lines()
            .any(|line| line.contains("end-to-end (2/2)") && line.contains("flaky "))
    });
    day.session.press("l");
    day.session
        .wait_until("the sentence above the log", |screen| {
            let text = screen.contents();
            text.lines()
                .any(|line| line.contains("Log") && line.contains("flaky: "))
        });
    day.session.press("<esc><esc>:flaky<enter>");
    day.session.wait_for("TEST OR JOB");
    day.session.wait_for("checkout.spec.ts guest pays by card");
    // Enter leads to the run in which it failed last.
    day.session.press("<enter>");
    day.session.wait_for("#1659 CI · web");
    let said = Command::new(env!("CARGO_BIN_EXE_tminus"))
        .args(["flaky", "--service", "web", "--data-dir"])
        .arg(day.data())
        .env("HOME", day.data())
        .current_dir(day.data())
        .output()
        .unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(
        said.contains("checkout.spec.ts guest pays by card"),
        "{said}"
    );
    assert!(said.contains("flaky: "), "{said}");
    day.session.press("<ctrl-c>");
    day.session.wait_for_end();
    day.session.assert_given_back();
}
